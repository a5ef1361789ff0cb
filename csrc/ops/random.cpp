// Random tensors from an explicit stream: the same numbers for the same stream, on every device.
#include "ops/elementwise.h"
#include "ops/layout.h"

namespace pyten {
namespace {

using kernels::Random;

// A tensor on the current device, filled by its kernel; on_cpu(data) is the CPU's way.
template <typename Find, typename OnCpu, typename... Args>
Tensor drawn(const char* op, const Shape& shape, DType dtype, Find find, OnCpu on_cpu,
             const kernels::Philox& stream, Args... args) {
  Device device = current_device();
  Tensor out = Tensor::empty(shape, dtype, device);
  if (device.is_cpu()) {
    on_cpu(out.mutable_data());
  } else if (out.size() != 0) {
    auto loop = find(kernels::table(device));
    if (loop == nullptr) [[unlikely]]
      fail_no_kernel(op, out);
    loop(stream, out.size(), args..., out.mutable_data());
  }
  return out;
}

template <typename OnCpu>
Tensor floats(const char* op, Random kind, const Shape& shape, DType dtype, OnCpu on_cpu,
              const kernels::Philox& stream, double lo = 0, double hi = 1) {
  require_shape(op, shape);
  require_dtype(op, dtype, kFloats);
  auto find = [&](const kernels::Table& t) { return t.random[int(kind)][int(dtype)]; };
  return drawn(op, shape, dtype, find, on_cpu, stream, lo, hi);
}

}  // namespace

Tensor random_uniform(const kernels::Philox& stream, const Shape& shape, DType dtype, double lo,
                      double hi) {
  auto on_cpu = [&](void* out) {
    kernels::random_uniform(stream, dtype, num_elements(shape), lo, hi, out);
  };
  return floats("random_uniform", Random::uniform, shape, dtype, on_cpu, stream, lo, hi);
}

Tensor random_normal(const kernels::Philox& stream, const Shape& shape, DType dtype) {
  auto on_cpu = [&](void* out) { kernels::random_normal(stream, dtype, num_elements(shape), out); };
  return floats("random_normal", Random::normal, shape, dtype, on_cpu, stream);
}

Tensor random_truncated_normal(const kernels::Philox& stream, const Shape& shape, DType dtype) {
  auto on_cpu = [&](void* out) {
    kernels::random_truncated_normal(stream, dtype, num_elements(shape), out);
  };
  return floats("random_truncated_normal", Random::truncated_normal, shape, dtype, on_cpu, stream);
}

Tensor random_integers(const kernels::Philox& stream, const Shape& shape, DType dtype, int64_t lo,
                       uint64_t range) {
  const char* op = "random_integers";
  require_shape(op, shape);
  require_dtype(op, dtype,
                DTypeSet(DType::kInt32) | DType::kInt64 | DType::kUInt32 | DType::kUInt64);
  auto on_cpu = [&](void* out) {
    kernels::random_integers(stream, dtype, num_elements(shape), lo, range, out);
  };
  auto find = [&](const kernels::Table& t) { return t.integers[int(dtype)]; };
  return drawn(op, shape, dtype, find, on_cpu, stream, lo, range);
}

Tensor random_shuffle_order(const kernels::Philox& stream, int64_t n) {
  Device device = current_device();
  kernels::ShuffleLoop loop = device.is_cpu() ? nullptr : kernels::table(device).shuffle;
  bool there = loop != nullptr && n <= INT32_MAX;
  Tensor out = Tensor::empty({n}, DType::kInt64, there ? device : Device{});
  if (n == 0) return beside(out, device);
  auto places = static_cast<int64_t*>(out.mutable_data());
  if (there) loop(stream, n, places);
  else kernels::random_shuffle(stream, n, places);
  return beside(out, device);
}

}  // namespace pyten
