#include "autograd/variable.h"

#include "autograd/capture.h"
#include "autograd/numerics.h"
#include "autograd/stack.h"
#include "autograd/tape.h"
#include "core/error.h"
#include "kernels/threads.h"
#include "ops/elementwise.h"
#include "ops/layout.h"
#include "ops/ops.h"
#include "ops/placement.h"
#include "ops/updates.h"

namespace pyten {
namespace {

bool compatible(const VariableImpl& v, const Shape& shape) {
  if (v.any_rank) return true;
  if (v.shape.size() != shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (v.shape[i] >= 0 && v.shape[i] != shape[i]) return false;
  }
  return true;
}

Tensor copied(const Tensor& t) {
  Tensor copy = Tensor::empty(t.shape(), t.dtype(), t.device());
  copy_into(t, copy.mutable_data(), copy.strides());
  return copy;
}

// A row-major value with an identity of its own. It shares t's memory unless t is only a part of
// it, which the rest would then be kept for.
Tensor owned(const Tensor& t) {
  bool whole = t.is_contiguous() && t.impl()->storage->nbytes() == t.nbytes();
  return whole ? t.alias() : copied(t);
}

void about_to_write(VariableImpl& v) {
  note_effect("a variable is assigned to");
  if (t_variable_use != nullptr) [[unlikely]]
    t_variable_use->note(v, true);
}

void require_dtype(const char* op, const VariableImpl& v, const Tensor& value) {
  if (value.dtype() == v.value.dtype()) return;
  fail(ErrorKind::kValue, op, ": variable ", v.name, ":0 is ", name_of(v.value.dtype()),
       ", got a tensor of ", name_of(value.dtype()), "; use tf.cast(value, tf.",
       name_of(v.value.dtype()), ")");
}

}  // namespace

Variable::Variable(const Tensor& initial_value, bool trainable, std::string name)
    : impl_(Ref<VariableImpl>::adopt(new VariableImpl)) {
  refuse_in_capture("a variable was made");
  PauseRecording pause;
  impl_->value = owned(t_device ? beside(initial_value, *t_device) : initial_value);
  impl_->shape = initial_value.shape();
  impl_->trainable = trainable;
  impl_->name = std::move(name);
}

const Tensor& Variable::read() const {
  if (t_recorder != nullptr) [[unlikely]]
    notify_read(*this);
  if (t_variable_use != nullptr) [[unlikely]]
    t_variable_use->note(*impl_, false);
  return impl_->value;
}

Tensor Variable::read_value() const { return identity(read()); }

void Variable::move_to(Device device) {
  if (impl_->value.device() == device) [[likely]]
    return;
  PauseRecording pause;
  impl_->value = beside(impl_->value, device);
}

void* Variable::writable() {
  about_to_write(*impl_);
  Tensor& value = impl_->value;
  if (value.impl()->refs() == 1 && value.impl()->storage->refs() == 1) {
    // The same memory will hold another value: tapes must not take it for the old one.
    value.impl()->id.store(0, std::memory_order_relaxed);
  } else {
    value = copied(value);
  }
  return value.mutable_data();
}

void Variable::assign(const Tensor& value) {
  require_dtype("assign", *impl_, value);
  if (!compatible(*impl_, value.shape())) {
    fail(ErrorKind::kInvalidArgument, "assign: cannot assign to variable ", impl_->name,
         ":0: shape mismatch, the variable's shape is ", tuple_text(impl_->shape),
         ", and the assigned value's is ", tuple_text(value.shape()));
  }
  about_to_write(*impl_);
  if (checking_numerics()) numerics::check_assigned("assign", impl_->name, value, value);
  PauseRecording pause;
  impl_->value = owned(beside(value, impl_->value.device()));
}

namespace {
template <Tensor (*op)(const Tensor&, const Tensor&)>
void update(const char* name, kernels::Binary kernel, VariableImpl& v, const Tensor& delta) {
  require_dtype(name, v, delta);
  if (!together(delta, v.value)) [[unlikely]]
    return update<op>(name, kernel, v, beside(delta, v.value.device()));
  if (delta.shape() != v.value.shape()) {
    fail(ErrorKind::kInvalidArgument, name, ": cannot update variable ", v.name, ":0 with shape ",
         brackets(v.value.shape()), " using a tensor with shape ", brackets(delta.shape()),
         ", shapes must be equal");
  }
  about_to_write(v);
  const bool check = checking_numerics();
  PauseRecording pause;
  TensorImpl* impl = v.value.impl();
  if (!check && impl->refs() == 1 && impl->storage->refs() == 1 && delta.is_contiguous() &&
      (v.value.size() < kParallelFrom || !v.value.device().is_cpu())) {
    kernels::BinaryKernel loop =
        kernels::table(v.value.device()).binary[int(kernel)][int(v.value.dtype())];
    if (loop != nullptr) {
      impl->id.store(0, std::memory_order_relaxed);
      loop(impl->size, impl->data, 1, delta.data(), 1, impl->data, 1);
      return;
    }
  }
  Tensor next = op(v.value, delta);
  if (check) numerics::check_assigned(name, v.name, next, delta, v.value);
  v.value = std::move(next);
}
}  // namespace

void Variable::assign_add(const Tensor& delta) {
  update<add>("assign_add", kernels::Binary::add, *impl_, delta);
}

void Variable::assign_sub(const Tensor& delta) {
  update<subtract>("assign_sub", kernels::Binary::subtract, *impl_, delta);
}

void Variable::assign_slice(const Tensor& y, const Dims& begin, const Shape& size,
                            const Dims& strides) {
  require_dtype("assign", *impl_, y);
  if (y.shape() != size) {
    fail(ErrorKind::kInvalidArgument, "assign: cannot assign a value of shape ",
         brackets(y.shape()), " to a slice of shape ", brackets(size), " of variable ", impl_->name,
         ":0");
  }
  Dims steps = contiguous_strides(impl_->value.shape());
  int64_t offset = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    offset += begin[i] * steps[i];
    steps[i] *= strides[i];
  }
  assign_strided(y, steps, offset);
}

void Variable::assign_strided(const Tensor& y, const Dims& steps, int64_t offset) {
  require_dtype("assign", *impl_, y);
  about_to_write(*impl_);
  if (checking_numerics()) numerics::check_assigned("assign", impl_->name, y, y);
  PauseRecording pause;
  Tensor source = beside(y, impl_->value.device());
  Uninterrupted in_place;
  copy_into(source, static_cast<char*>(writable()) + offset * int64_t(size_of(dtype())), steps);
}

void Variable::scatter_nd(kernels::Scatter how, const Tensor& indices, const Tensor& updates) {
  require_dtype("scatter_nd", *impl_, updates);
  about_to_write(*impl_);
  const bool check = checking_numerics();
  PauseRecording pause;
  if (check) {
    Tensor next = tensor_scatter_nd(how, impl_->value, indices, updates);
    numerics::check_assigned("scatter_nd", impl_->name, next, updates, impl_->value);
    impl_->value = std::move(next);
    return;
  }
  Uninterrupted in_place;
  writable();
  scatter_nd_into(how, impl_->value, indices, updates);
}

void Variable::scatter_places(kernels::Scatter how, const Tensor& places, int64_t inner,
                              const Tensor& updates) {
  require_dtype("scatter_nd", *impl_, updates);
  about_to_write(*impl_);
  const bool check = checking_numerics();
  PauseRecording pause;
  const Shape rows{impl_->value.size() / inner, inner};
  if (check) {
    Tensor next =
        tensor_scatter_nd(how, reshape(impl_->value, rows), expand_dims(places, 1), updates);
    numerics::check_assigned("scatter_nd", impl_->name, next, updates, impl_->value);
    impl_->value = reshape(next, impl_->value.shape());
    return;
  }
  Uninterrupted in_place;
  writable();
  scatter_nd_into(how, impl_->value.as_strided(rows, {inner, 1}, 0), expand_dims(places, 1),
                  updates);
}

}  // namespace pyten
