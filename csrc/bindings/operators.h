// The number, comparison and sequence slots, which Tensor and Variable share.
#pragma once

#include <vector>

#include "bindings/bindings.h"
#include "ops/placement.h"

namespace pyten::bindings {

// Elements from which an op gives the GIL to other threads: some microseconds of work.
inline constexpr int64_t kReleaseGilFrom = 1 << 14;

// Runs f(), without the GIL when there is enough work. f must not touch Python objects, and must
// hold its own references to tensors.
template <typename F>
Tensor compute(int64_t work, F&& f) {
  if (work < kReleaseGilFrom) [[likely]]
    return f();
  py::gil_scoped_release release;
  return f();
}

// A tensor argument in a call by C: borrowed from the Python object when it is a tensor, owned when
// it had to be made.
class Operand {
 public:
  const Tensor& operator*() const { return borrowed_ ? *borrowed_ : made_; }
  const Tensor* operator->() const { return &**this; }
  void borrow(const Tensor& t) { borrowed_ = &t; }
  void own(Tensor t) {
    made_ = std::move(t);
    borrowed_ = nullptr;
  }
  bool set() const { return borrowed_ || made_.defined(); }
  // A reference that outlives the GIL.
  Tensor held() const { return **this; }

 private:
  const Tensor* borrowed_ = nullptr;
  Tensor made_;
};

// True and the operand when o is a tensor or a variable (which is read).
inline bool read_operand(PyObject* o, Operand& out) {
  if (Py_TYPE(o) == g_tensor_type) [[likely]] {
    out.borrow(tensor_of(o));
  } else if (is_variable(o)) {
    out.borrow(variable_of(o).read());
  } else if (is_tensor(o)) {
    out.borrow(tensor_of(o));
  } else {
    return false;
  }
  return true;
}
// The same, copied to the device of the scope that this is in.
inline bool as_operand(PyObject* o, Operand& out) {
  if (!read_operand(o, out)) return false;
  if (t_device != nullptr) [[unlikely]]
    out.own(to_device(*out, *t_device));
  return true;
}

// A Python number, array or list as an operand beside a tensor of `dtype`.
Tensor operand_like(PyObject* o, DType dtype, const char* op, const char* argument);

// Both operands of a binary call. False when one of them is foreign: NotImplemented.
bool binary_operands(PyObject* a, PyObject* b, const char* op, Operand& x, Operand& y);

// Slots for a PyType_Spec.
void add_operator_slots(std::vector<PyType_Slot>& slots);

}  // namespace pyten::bindings
