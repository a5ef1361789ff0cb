// The tensor: an immutable view of a storage. Copying a Tensor copies a pointer.
#pragma once

#include <vector>

#include "core/dtype.h"
#include "core/shape.h"
#include "core/storage.h"

namespace pyten {

class TensorImpl : public RefCounted {
 public:
  static void destroy(TensorImpl* impl);

  Ref<Storage> storage;
  void* data = nullptr;  // first element, inside the storage
  Shape shape;
  Dims strides;  // in elements; 0 along a broadcast axis, negative along a reversed one
  int64_t size = 1;
  DType dtype = DType::kFloat32;
  bool contiguous = true;  // row-major without gaps
  // Names this value on tapes; 0 until a tape asks. An identity, not a property: see tensor_id().
  mutable std::atomic<int64_t> id{0};
  // The Python object that stands for this tensor, if there is one (borrowed; owned by bindings).
  mutable void* py = nullptr;

 private:
  friend class Tensor;
  TensorImpl() = default;
};

class Tensor {
 public:
  Tensor() = default;  // undefined: stands for "no tensor"

  // Uninitialised, row-major.
  static Tensor empty(const Shape& shape, DType dtype, Device device = {});
  // A view of `storage` that starts at `data`.
  static Tensor view(Ref<Storage> storage, void* data, Shape shape, Dims strides, DType dtype);
  // A view of the same memory; `offset` in elements.
  Tensor as_strided(Shape shape, Dims strides, int64_t offset) const;
  // A new identity for the same memory: tapes tell it from this tensor.
  Tensor alias() const;

  static Tensor adopt(TensorImpl* impl) {
    Tensor t;
    t.impl_ = Ref<TensorImpl>::adopt(impl);
    return t;
  }
  static Tensor share(TensorImpl* impl) {
    Tensor t;
    t.impl_ = Ref<TensorImpl>::share(impl);
    return t;
  }

  bool defined() const { return bool(impl_); }
  explicit operator bool() const { return defined(); }
  TensorImpl* impl() const { return impl_.get(); }
  TensorImpl* take() { return impl_.take(); }

  const Shape& shape() const { return impl_->shape; }
  const Dims& strides() const { return impl_->strides; }
  DType dtype() const { return impl_->dtype; }
  Device device() const { return impl_->storage->device(); }
  int rank() const { return impl_->shape.ssize(); }
  int64_t dim(int axis) const { return impl_->shape[axis]; }
  int64_t size() const { return impl_->size; }
  size_t nbytes() const { return size_t(size()) * size_of(dtype()); }
  bool is_contiguous() const { return impl_->contiguous; }
  bool same(const Tensor& o) const { return impl_ == o.impl_; }

  const void* data() const { return impl_->data; }
  template <typename T>
  const T* data_as() const {
    return static_cast<const T*>(impl_->data);
  }
  // For the op that has just created this tensor, and for nobody else.
  void* mutable_data() const { return impl_->data; }

 private:
  Ref<TensorImpl> impl_;
};

using Tensors = std::vector<Tensor>;

// The tensor's name on tapes, assigned at the first call; unique in the process, never reused.
int64_t tensor_id(const Tensor& t);
int64_t next_id();

}  // namespace pyten
