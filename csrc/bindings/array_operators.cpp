// The operators of Array: promotion as in the array API standard, Arrays as results.
#include "bindings/array.h"
#include "bindings/convert.h"
#include "core/error.h"
#include "ops/ops.h"

namespace pyten::bindings {

PyObject* call_array_binary(ArrayBinary f, PyObject* a, PyObject* b) {
  try {
    if (is_array_handle(a) && is_array_handle(b)) [[likely]] {
      const Tensor &x = tensor_of(a), &y = tensor_of(b);
      if (x.dtype() == y.dtype() && x.size() + y.size() < kReleaseGilFrom) {
        return wrap_array(f(x, y));
      }
    }
    Operand x, y;
    if (!promoted_operands(a, b, x, y)) Py_RETURN_NOTIMPLEMENTED;
    int64_t work = x->size() + y->size();
    if (work < kReleaseGilFrom) return wrap_array(f(*x, *y));
    return wrap_array(compute(work, [f, x = x.held(), y = y.held()] { return f(x, y); }));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* call_array_unary(ArrayUnary f, PyObject* a) {
  try {
    Operand x;
    if (is_array_handle(a)) {
      x.borrow(tensor_of(a));
    } else if (!as_operand(a, x)) {
      x.own(to_tensor(a));
    }
    if (x->size() < kReleaseGilFrom) return wrap_array(f(*x));
    return wrap_array(compute(x->size(), [f, t = x.held()] { return f(t); }));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

namespace {

template <ArrayBinary f>
PyObject* binary(PyObject* a, PyObject* b) {
  return call_array_binary(f, a, b);
}
template <ArrayUnary f>
PyObject* unary(PyObject* a) {
  return call_array_unary(f, a);
}

bool is_two(PyObject* o) {
  int overflow = 0;
  if (PyLong_CheckExact(o)) return PyLong_AsLongAndOverflow(o, &overflow) == 2;
  return PyFloat_CheckExact(o) && PyFloat_AS_DOUBLE(o) == 2;
}

PyObject* power(PyObject* a, PyObject* b, PyObject* modulus) {
  if (modulus != Py_None) Py_RETURN_NOTIMPLEMENTED;
  // The square of an imaginary number is real: not so through logarithms.
  if (is_array_handle(a) && is_complex(tensor_of(a).dtype()) && is_two(b)) {
    return call_array_binary(multiply, a, a);
  }
  return call_array_binary(pow, a, b);
}

PyObject* divmod(PyObject* a, PyObject* b) {
  PyObject* quotient = call_array_binary(floordiv, a, b);
  if (quotient == nullptr || quotient == Py_NotImplemented) return quotient;
  PyObject* remainder = call_array_binary(standard::remainder, a, b);
  PyObject* pair = remainder ? PyTuple_Pack(2, quotient, remainder) : nullptr;
  Py_DECREF(quotient);
  Py_XDECREF(remainder);
  return pair;
}

// Work grows faster than the operands do.
PyObject* matrix_product(PyObject* a, PyObject* b) {
  try {
    if (is_array_handle(a) && is_array_handle(b)) [[likely]] {
      const Tensor &x = tensor_of(a), &y = tensor_of(b);
      if (x.dtype() == y.dtype() && x.size() * y.size() < kReleaseGilFrom) {
        return wrap_array(standard::matmul(x, y));
      }
    }
    if (is_python_number(a) || is_python_number(b)) Py_RETURN_NOTIMPLEMENTED;
    Operand x, y;
    if (!promoted_operands(a, b, x, y)) Py_RETURN_NOTIMPLEMENTED;
    int64_t columns = y->rank() ? y->dim(y->rank() - 1) : 1;
    if (x->size() * columns < kReleaseGilFrom) return wrap_array(standard::matmul(*x, *y));
    return wrap_array(
        compute(kReleaseGilFrom, [x = x.held(), y = y.held()] { return standard::matmul(x, y); }));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

// a op= b: the handle takes the result, which must have a's shape, and a dtype that a's can hold.
PyObject* take_result(PyObject* a, PyObject* result) {
  if (result == nullptr || result == Py_NotImplemented) return result;
  auto* self = reinterpret_cast<PyTensor*>(a);
  try {
    Tensor t = tensor_of(result);
    Py_CLEAR(result);
    DType own = self->tensor.dtype();
    if (t.shape() != self->tensor.shape()) {
      fail(ErrorKind::kValue, "in-place operator: an array of shape ",
           tuple_text(self->tensor.shape()), " cannot hold the result of shape ",
           tuple_text(t.shape()));
    }
    if (t.dtype() != own) {
      bool same_kind = (is_integer(t.dtype()) && is_integer(own)) ||
                       (is_floating(t.dtype()) && is_inexact(own)) ||
                       (is_complex(t.dtype()) && is_complex(own));
      if (!same_kind) {
        fail(ErrorKind::kType, "in-place operator: an array of dtype ", name_of(own),
             " cannot hold the result of dtype ", name_of(t.dtype()), "; use x = x op y");
      }
      t = cast(t, own);
    }
    PyArray* handle = array_of(a);
    if (handle->root || handle->next) {
      assign_all(handle, t);
    } else {
      self->tensor = std::move(t);
    }
    return Py_NewRef(a);
  } catch (...) {
    set_python_error();
    Py_XDECREF(result);
    return nullptr;
  }
}

template <ArrayBinary f>
PyObject* in_place(PyObject* a, PyObject* b) {
  return take_result(a, call_array_binary(f, a, b));
}
PyObject* in_place_power(PyObject* a, PyObject* b, PyObject* modulus) {
  return take_result(a, power(a, b, modulus));
}
PyObject* in_place_product(PyObject* a, PyObject* b) {
  return take_result(a, matrix_product(a, b));
}

PyObject* compare(PyObject* a, PyObject* b, int how) {
  switch (how) {
    case Py_EQ: return call_array_binary(equal, a, b);
    case Py_NE: return call_array_binary(not_equal, a, b);
    case Py_LT: return call_array_binary(standard::less, a, b);
    case Py_LE: return call_array_binary(standard::less_equal, a, b);
    case Py_GT: return call_array_binary(standard::greater, a, b);
    default: return call_array_binary(standard::greater_equal, a, b);
  }
}

PyObject* item(PyObject* o, Py_ssize_t i) {
  const Tensor& x = tensor_of(o);
  if (x.rank() == 0 || i < 0 || i >= x.dim(0)) {
    PyErr_SetNone(PyExc_IndexError);
    return nullptr;
  }
  PyObject* key = PyLong_FromSsize_t(i);
  PyObject* out = key ? PyObject_GetItem(o, key) : nullptr;
  Py_XDECREF(key);
  return out;
}

PyObject* iterate(PyObject* o) {
  if (tensor_of(o).rank() == 0) {
    PyErr_SetString(PyExc_TypeError, "iter: Cannot iterate over an array of shape ()");
    return nullptr;
  }
  return PySeqIter_New(o);
}

}  // namespace

void add_array_operator_slots(std::vector<PyType_Slot>& slots) {
  const PyType_Slot own[] = {
      {Py_nb_add, (void*)binary<add>},
      {Py_nb_subtract, (void*)binary<subtract>},
      {Py_nb_multiply, (void*)binary<multiply>},
      {Py_nb_true_divide, (void*)binary<standard::divide>},
      {Py_nb_floor_divide, (void*)binary<floordiv>},
      {Py_nb_remainder, (void*)binary<standard::remainder>},
      {Py_nb_divmod, (void*)divmod},
      {Py_nb_power, (void*)power},
      {Py_nb_matrix_multiply, (void*)matrix_product},
      {Py_nb_and, (void*)binary<bitwise_and>},
      {Py_nb_or, (void*)binary<bitwise_or>},
      {Py_nb_xor, (void*)binary<bitwise_xor>},
      {Py_nb_lshift, (void*)binary<standard::left_shift>},
      {Py_nb_rshift, (void*)binary<standard::right_shift>},
      {Py_nb_negative, (void*)unary<standard::negative>},
      {Py_nb_positive, (void*)unary<identity>},
      {Py_nb_absolute, (void*)unary<standard::absolute>},
      {Py_nb_invert, (void*)unary<standard::complement>},
      {Py_nb_inplace_add, (void*)in_place<add>},
      {Py_nb_inplace_subtract, (void*)in_place<subtract>},
      {Py_nb_inplace_multiply, (void*)in_place<multiply>},
      {Py_nb_inplace_true_divide, (void*)in_place<standard::divide>},
      {Py_nb_inplace_floor_divide, (void*)in_place<floordiv>},
      {Py_nb_inplace_remainder, (void*)in_place<standard::remainder>},
      {Py_nb_inplace_power, (void*)in_place_power},
      {Py_nb_inplace_matrix_multiply, (void*)in_place_product},
      {Py_nb_inplace_and, (void*)in_place<bitwise_and>},
      {Py_nb_inplace_or, (void*)in_place<bitwise_or>},
      {Py_nb_inplace_xor, (void*)in_place<bitwise_xor>},
      {Py_nb_inplace_lshift, (void*)in_place<standard::left_shift>},
      {Py_nb_inplace_rshift, (void*)in_place<standard::right_shift>},
      {Py_tp_richcompare, (void*)compare},
      {Py_tp_iter, (void*)iterate},
      {Py_sq_item, (void*)item},
  };
  slots.insert(slots.end(), std::begin(own), std::end(own));
}

}  // namespace pyten::bindings
