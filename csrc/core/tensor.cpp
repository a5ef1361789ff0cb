#include "core/tensor.h"

#include <new>

#include "core/accelerator.h"
#include "core/allocator.h"
#include "core/error.h"

namespace pyten {
namespace {

bool is_row_major(const Shape& shape, const Dims& strides) {
  int64_t step = 1;
  for (int i = shape.ssize() - 1; i >= 0; --i) {
    if (shape[i] == 0) return true;
    if (shape[i] == 1) continue;
    if (strides[i] != step) return false;
    step *= shape[i];
  }
  return true;
}

[[noreturn]] void out_of_memory(const Shape& shape, DType dtype, const char* why) {
  fail(ErrorKind::kOutOfMemory, "OOM when allocating tensor with shape", brackets(shape),
       " and type ", name_of(dtype), ": ", why);
}

}  // namespace

void TensorImpl::destroy(TensorImpl* impl) {
  impl->~TensorImpl();
  deallocate(impl, sizeof(TensorImpl));
}

Tensor Tensor::view(Ref<Storage> storage, void* data, Shape shape, Dims strides, DType dtype) {
  auto* impl = new (allocate(sizeof(TensorImpl))) TensorImpl;
  Tensor t = adopt(impl);
  impl->storage = std::move(storage);
  impl->data = data;
  impl->shape = std::move(shape);
  impl->strides = std::move(strides);
  impl->size = num_elements(impl->shape);
  impl->dtype = dtype;
  impl->contiguous = is_row_major(impl->shape, impl->strides);
  return t;
}

Tensor Tensor::empty(const Shape& shape, DType dtype, Device device) {
  for (int64_t d : shape) {
    if (d < 0) fail(ErrorKind::kInvalidArgument, "Dimension ", d, " must be >= 0");
  }
  int64_t n = num_elements(shape);
  int64_t nbytes;
  if (__builtin_mul_overflow(n, int64_t(size_of(dtype)), &nbytes)) {
    out_of_memory(shape, dtype, "allocate: the number of its bytes does not fit into 64 bits");
  }
  auto* impl = new (allocate(sizeof(TensorImpl))) TensorImpl;
  Tensor t = adopt(impl);
  try {
    impl->storage = Storage::create(size_t(nbytes), device);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kOutOfMemory) throw;
    out_of_memory(shape, dtype, e.what());
  }
  if (size_t(nbytes) >= kHolderFrom) {
    if (device.is_cpu()) [[likely]]
      note_holder(impl->storage.get(), size_t(nbytes), shape, dtype);
    else note_holder_on(device, impl->storage->data(), size_t(nbytes), shape, dtype);
  }
  impl->data = impl->storage->data();
  impl->shape = shape;
  impl->strides = contiguous_strides(shape);
  impl->size = n;
  impl->dtype = dtype;
  return t;
}

Tensor Tensor::as_strided(Shape shape, Dims strides, int64_t offset) const {
  void* data = static_cast<char*>(impl_->data) + offset * int64_t(size_of(dtype()));
  return view(impl_->storage, data, std::move(shape), std::move(strides), dtype());
}

Tensor Tensor::alias() const { return as_strided(shape(), strides(), 0); }

int64_t next_id() {
  static std::atomic<int64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

int64_t tensor_id(const Tensor& t) {
  std::atomic<int64_t>& id = t.impl()->id;
  int64_t have = id.load(std::memory_order_relaxed);
  if (have) return have;
  int64_t fresh = next_id();
  return id.compare_exchange_strong(have, fresh, std::memory_order_relaxed) ? fresh : have;
}

}  // namespace pyten
