// Random tensors from an explicit stream: the same numbers for the same stream.
#include "ops/layout.h"

namespace pyten {

Tensor random_uniform(const kernels::Philox& stream, const Shape& shape, DType dtype, double lo,
                      double hi) {
  require_shape("random_uniform", shape);
  require_dtype("random_uniform", dtype, kFloats);
  Tensor out = Tensor::empty(shape, dtype);
  kernels::random_uniform(stream, dtype, out.size(), lo, hi, out.mutable_data());
  return beside(out, current_device());
}

Tensor random_normal(const kernels::Philox& stream, const Shape& shape, DType dtype) {
  require_shape("random_normal", shape);
  require_dtype("random_normal", dtype, kFloats);
  Tensor out = Tensor::empty(shape, dtype);
  kernels::random_normal(stream, dtype, out.size(), out.mutable_data());
  return beside(out, current_device());
}

Tensor random_truncated_normal(const kernels::Philox& stream, const Shape& shape, DType dtype) {
  require_shape("random_truncated_normal", shape);
  require_dtype("random_truncated_normal", dtype, kFloats);
  Tensor out = Tensor::empty(shape, dtype);
  kernels::random_truncated_normal(stream, dtype, out.size(), out.mutable_data());
  return beside(out, current_device());
}

Tensor random_integers(const kernels::Philox& stream, const Shape& shape, DType dtype, int64_t lo,
                       uint64_t range) {
  require_shape("random_integers", shape);
  require_dtype("random_integers", dtype,
                DTypeSet(DType::kInt32) | DType::kInt64 | DType::kUInt32 | DType::kUInt64);
  Tensor out = Tensor::empty(shape, dtype);
  kernels::random_integers(stream, dtype, out.size(), lo, range, out.mutable_data());
  return beside(out, current_device());
}

Tensor random_shuffle_order(const kernels::Philox& stream, int64_t n) {
  Tensor out = Tensor::empty({n}, DType::kInt64);
  kernels::random_shuffle(stream, n, static_cast<int64_t*>(out.mutable_data()));
  return beside(out, current_device());
}

}  // namespace pyten
