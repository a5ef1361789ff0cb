// A named, assignable tensor. Reading hands out the value itself; an assign that would change a
// value somebody still holds makes a new one instead (copy on write).
#pragma once

#include <string>

#include "core/tensor.h"
#include "kernels/kernels.h"

namespace pyten {

class Variable;

class VariableImpl : public RefCounted {
 public:
  static void destroy(VariableImpl* v) { delete v; }
  int64_t id = next_id();  // names the variable on tapes; also its age
  Tensor value;
  Shape shape;  // what assigns must match; -1: any size
  bool any_rank = false;
  std::string name = "Variable";
  bool trainable = true;
  mutable void* py = nullptr;  // as in TensorImpl
};

class Variable {
 public:
  Variable() = default;
  explicit Variable(const Tensor& initial_value, bool trainable = true,
                    std::string name = "Variable");
  explicit Variable(Ref<VariableImpl> impl) : impl_(std::move(impl)) {}

  // The value now; active tapes watch a trainable variable from here on. Two reads with no assign
  // between them give one and the same tensor.
  const Tensor& read() const;
  // The same memory as a tensor of its own: what the user may hold and differentiate by.
  Tensor read_value() const;
  // The value without telling tapes.
  const Tensor& peek() const { return impl_->value; }

  // Shapes must be equal (assign: compatible with the declared shape) and dtypes the same; nothing
  // changes when they are not.
  void assign(const Tensor& value);
  void assign_add(const Tensor& delta);
  void assign_sub(const Tensor& delta);
  // value[begin + i * stride] = y, which must have the slice's shape.
  void assign_slice(const Tensor& y, const Dims& begin, const Shape& size, const Dims& strides);
  // The same for any view of the value: y's elements go `steps` apart, from `offset` on.
  void assign_strided(const Tensor& y, const Dims& steps, int64_t offset);
  // Slices at indices [..., depth], as in scatter_nd; in place when nobody else holds the value.
  void scatter_nd(kernels::Scatter how, const Tensor& indices, const Tensor& updates);
  // The same for the value seen as [size / inner, inner] and places, int64 [n], along that.
  void scatter_places(kernels::Scatter how, const Tensor& places, int64_t inner,
                      const Tensor& updates);
  // Keeps the value on that device from now on.
  void move_to(Device device);
  // Memory of the value, row-major, that may be written: copied first if anybody else can see it.
  void* writable();

  bool defined() const { return bool(impl_); }
  VariableImpl* impl() const { return impl_.get(); }
  int64_t id() const { return impl_->id; }
  DType dtype() const { return impl_->value.dtype(); }
  const Shape& shape() const { return impl_->value.shape(); }
  const std::string& name() const { return impl_->name; }
  bool trainable() const { return impl_->trainable; }

 private:
  Ref<VariableImpl> impl_;
};

}  // namespace pyten
