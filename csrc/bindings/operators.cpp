#include "bindings/operators.h"

namespace pyten::bindings {
namespace {

// What an operator converts; anything else gets NotImplemented and Python asks the other side.
bool convertible(PyObject* o) {
  if (PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o) || PyList_Check(o) ||
      PyTuple_Check(o) || PyRange_Check(o) || o == Py_None || PyUnicode_Check(o)) {
    return true;
  }
  if (g_python.indexed_slices && PyObject_IsInstance(o, g_python.indexed_slices) == 1) return true;
  if (reinterpret_cast<PyObject*>(Py_TYPE(o)) == g_python.tensor_shape) return true;
  return PyObject_HasAttrString(o, "__array__") || PyObject_CheckBuffer(o);
}

// A number as an operand beside a bool tensor in a comparison: the bools count as 0 and 1.
bool number_beside_bool(PyObject* o, const Tensor& t) {
  return t.dtype() == DType::kBool && (PyLong_Check(o) || PyFloat_Check(o)) && !PyBool_Check(o);
}

using BinaryFunction = Tensor (*)(const Tensor&, const Tensor&);

PyObject* apply_binary(BinaryFunction f, const Operand& x, const Operand& y) {
  if (x->size() + y->size() < kReleaseGilFrom) [[likely]]
    return wrap(softly(f, *x, *y));
  return wrap(
      compute(x->size() + y->size(), [f, a = x.held(), b = y.held()] { return softly(f, a, b); }));
}

template <BinaryFunction f>
PyObject* binary_slot_named(PyObject* a, PyObject* b, const char* name) {
  try {
    Operand x, y;
    if (!binary_operands(a, b, name, x, y)) Py_RETURN_NOTIMPLEMENTED;
    return apply_binary(f, x, y);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

#define PYTEN_SLOT(slot, function, name) \
  PyObject* slot(PyObject* a, PyObject* b) { return binary_slot_named<function>(a, b, name); }
PYTEN_SLOT(slot_add, add, "add")
PYTEN_SLOT(slot_subtract, subtract, "subtract")
PYTEN_SLOT(slot_multiply, multiply, "multiply")
PYTEN_SLOT(slot_truediv, truediv, "divide")
PYTEN_SLOT(slot_floordiv, floordiv, "floordiv")
PYTEN_SLOT(slot_floormod, floormod, "floormod")
PYTEN_SLOT(slot_and, bitwise_and, "bitwise_and")
PYTEN_SLOT(slot_or, bitwise_or, "bitwise_or")
PYTEN_SLOT(slot_xor, bitwise_xor, "bitwise_xor")
#undef PYTEN_SLOT

PyObject* slot_matmul(PyObject* a, PyObject* b) {
  try {
    Operand x, y;
    if (!binary_operands(a, b, "matmul", x, y)) Py_RETURN_NOTIMPLEMENTED;
    // Work grows faster than the operands do.
    int64_t columns = y->rank() ? y->dim(y->rank() - 1) : 1;
    auto f = [](const Tensor& a, const Tensor& b) { return matmul(a, b); };
    if (x->size() * columns < kReleaseGilFrom) return wrap(softly(f, *x, *y));
    return wrap(
        compute(kReleaseGilFrom, [f, a = x.held(), b = y.held()] { return softly(f, a, b); }));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* slot_power(PyObject* a, PyObject* b, PyObject* modulus) {
  if (modulus != Py_None) Py_RETURN_NOTIMPLEMENTED;
  return binary_slot_named<pow>(a, b, "pow");
}

PyObject* slot_divmod(PyObject* a, PyObject* b) {
  PyObject* quotient = slot_floordiv(a, b);
  if (quotient == nullptr || quotient == Py_NotImplemented) return quotient;
  PyObject* remainder = slot_floormod(a, b);
  if (remainder == nullptr) {
    Py_DECREF(quotient);
    return nullptr;
  }
  PyObject* pair = PyTuple_Pack(2, quotient, remainder);
  Py_DECREF(quotient);
  Py_DECREF(remainder);
  return pair;
}

template <Tensor (*f)(const Tensor&)>
PyObject* unary_slot(PyObject* o) {
  try {
    Operand x;
    as_operand(o, x);
    if (x->size() < kReleaseGilFrom) return wrap(softly(f, *x));
    return wrap(compute(x->size(), [t = x.held()] { return softly(f, t); }));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

Tensor complement(const Tensor& x) {
  return x.dtype() == DType::kBool ? logical_not(x) : invert(x);
}

// The value behind a conversion to a Python number; tapes are told that it leaves.
Tensor leaving_value(PyObject* o) {
  Operand x;
  read_operand(o, x);
  note_exit_from_python(*x);
  return on_host(x.held());
}

Tensor single_value(PyObject* o, const char* type) {
  Tensor t = leaving_value(o);
  if (t.rank() != 0) {
    fail(ErrorKind::kType, type,
         ": only 0-dimensional tensors can be converted to Python scalars, "
         "got shape ",
         tuple_text(t.shape()));
  }
  return t;
}

PyObject* slot_float(PyObject* o) {
  try {
    Tensor t = single_value(o, "float");
    if (is_complex(t.dtype())) {
      fail(ErrorKind::kType, "float: cannot convert ", name_of(t.dtype()), "; use tf.math.real(x)");
    }
    PauseRecording pause;
    return PyFloat_FromDouble(cast(t, DType::kFloat64).data_as<double>()[0]);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* python_int(const Tensor& t) {
  PauseRecording pause;
  if (is_floating(t.dtype())) {
    return PyLong_FromDouble(cast(t, DType::kFloat64).data_as<double>()[0]);
  }
  if (is_unsigned(t.dtype())) {
    return PyLong_FromUnsignedLongLong(cast(t, DType::kUInt64).data_as<uint64_t>()[0]);
  }
  return PyLong_FromLongLong(cast(t, DType::kInt64).data_as<int64_t>()[0]);
}

PyObject* slot_int(PyObject* o) {
  try {
    Tensor t = single_value(o, "int");
    if (is_complex(t.dtype())) {
      fail(ErrorKind::kType, "int: cannot convert ", name_of(t.dtype()), "; use tf.math.real(x)");
    }
    return python_int(t);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* slot_index(PyObject* o) {
  try {
    Operand x;
    read_operand(o, x);
    if (x->rank() != 0 || !is_integer(x->dtype())) {
      fail(ErrorKind::kType, "index: only integer scalar tensors can be an index, got dtype ",
           name_of(x->dtype()), " and shape ", tuple_text(x->shape()));
    }
    note_exit_from_python(*x);
    return python_int(on_host(*x));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

int slot_bool(PyObject* o) {
  try {
    Tensor t = leaving_value(o);
    if (t.size() == 0) return 0;
    if (t.size() > 1) {
      fail(ErrorKind::kValue,
           "bool: The truth value of a tensor with more than one element is "
           "ambiguous, got shape ",
           tuple_text(t.shape()), "; use tf.reduce_any(x) or tf.reduce_all(x)");
    }
    PauseRecording pause;
    return cast(t, DType::kBool).data_as<bool>()[0];
  } catch (...) {
    set_python_error();
    return -1;
  }
}

PyObject* compare(PyObject* a, PyObject* b, int how) {
  bool equality = how == Py_EQ || how == Py_NE;
  if (equality && b == Py_None) return PyBool_FromLong(how == Py_NE);
  try {
    Operand x, y;
    as_operand(a, x);
    if (!as_operand(b, y)) {
      if (!convertible(b)) Py_RETURN_NOTIMPLEMENTED;
      if (number_beside_bool(b, *x)) {
        DType number = PyFloat_Check(b) ? DType::kFloat32 : DType::kInt32;
        x.own(cast(x.held(), number));
      }
      const char* name = how == Py_EQ   ? "equal"
                         : how == Py_NE ? "not_equal"
                         : how == Py_LT ? "less"
                         : how == Py_LE ? "less_equal"
                         : how == Py_GT ? "greater"
                                        : "greater_equal";
      y.own(operand_like(b, x->dtype(), name, "y"));
    }
    if (equality && x->dtype() == y->dtype() && !broadcast_shapes(x->shape(), y->shape())) {
      return wrap(scalar(how == Py_NE, DType::kBool));
    }
    switch (how) {
      case Py_EQ: return apply_binary(equal, x, y);
      case Py_NE: return apply_binary(not_equal, x, y);
      case Py_LT: return apply_binary(less, x, y);
      case Py_LE: return apply_binary(less_equal, x, y);
      case Py_GT: return apply_binary(greater, x, y);
      default: return apply_binary(greater_equal, x, y);
    }
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

Py_ssize_t slot_length(PyObject* o) {
  try {
    const Tensor& t = is_tensor(o) ? tensor_of(o) : variable_of(o).peek();
    if (t.rank() == 0) fail(ErrorKind::kType, "len: Scalar tensor has no `len()`, got shape ()");
    return t.dim(0);
  } catch (...) {
    set_python_error();
    return -1;
  }
}

// For iteration: IndexError ends it.
PyObject* slot_item(PyObject* o, Py_ssize_t i) {
  try {
    Operand x;
    as_operand(o, x);
    if (x->rank() == 0 || i < 0 || i >= x->dim(0)) {
      PyErr_SetNone(PyExc_IndexError);
      return nullptr;
    }
    Dims begin(x->shape().size(), 0);
    Dims strides(x->shape().size(), 1);
    Shape size = x->shape();
    begin[0] = i;
    size[0] = 1;
    return wrap(squeeze(slice(*x, begin, size, strides), {0}));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* slot_iter(PyObject* o) {
  try {
    Operand x;
    as_operand(o, x);
    if (x->rank() == 0) {
      PyErr_SetString(PyExc_TypeError, "iter: Cannot iterate over a scalar tensor, got shape ()");
      return nullptr;
    }
    // Later assigns to a variable do not reach an iteration that has begun.
    PyObject* rows = is_tensor(o) && t_device == nullptr ? Py_NewRef(o) : wrap(identity(*x));
    if (rows == nullptr) return nullptr;
    PyObject* iterator = PySeqIter_New(rows);
    Py_DECREF(rows);
    return iterator;
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

}  // namespace

Tensor operand_like(PyObject* o, DType dtype, const char* op, const char* argument) {
  if (PyFloat_CheckExact(o) && is_inexact(dtype)) {
    return scalar(PyFloat_AS_DOUBLE(o), dtype);
  }
  if (PyLong_CheckExact(o)) {
    int overflow = 0;
    long long value = PyLong_AsLongLongAndOverflow(o, &overflow);
    // Within 2^53 a double is exact; int8 takes no more than 127. The rest goes the long way.
    bool small = value >= -128 && value <= 127 && !(value < 0 && is_unsigned(dtype));
    bool exact = is_inexact(dtype) && value > -(1LL << 53) && value < 1LL << 53;
    if (!overflow && dtype != DType::kBool && (small || exact)) return scalar(double(value), dtype);
  }
  return to_tensor(o, dtype, std::nullopt, op, argument);
}

bool binary_operands(PyObject* a, PyObject* b, const char* op, Operand& x, Operand& y) {
  bool left = as_operand(a, x), right = as_operand(b, y);
  if (left && right) [[likely]]
    return true;
  if (left) {
    if (!convertible(b)) return false;
    y.own(operand_like(b, x->dtype(), op, "y"));
    return true;
  }
  if (!convertible(a)) return false;
  x.own(operand_like(a, y->dtype(), op, "x"));
  return true;
}

void add_operator_slots(std::vector<PyType_Slot>& slots) {
  const PyType_Slot own[] = {
      {Py_nb_add, (void*)slot_add},
      {Py_nb_subtract, (void*)slot_subtract},
      {Py_nb_multiply, (void*)slot_multiply},
      {Py_nb_true_divide, (void*)slot_truediv},
      {Py_nb_floor_divide, (void*)slot_floordiv},
      {Py_nb_remainder, (void*)slot_floormod},
      {Py_nb_divmod, (void*)slot_divmod},
      {Py_nb_power, (void*)slot_power},
      {Py_nb_matrix_multiply, (void*)slot_matmul},
      {Py_nb_and, (void*)slot_and},
      {Py_nb_or, (void*)slot_or},
      {Py_nb_xor, (void*)slot_xor},
      {Py_nb_negative, (void*)unary_slot<negative>},
      {Py_nb_positive, (void*)unary_slot<identity>},
      {Py_nb_absolute, (void*)unary_slot<abs>},
      {Py_nb_invert, (void*)unary_slot<complement>},
      {Py_nb_bool, (void*)slot_bool},
      {Py_nb_float, (void*)slot_float},
      {Py_nb_int, (void*)slot_int},
      {Py_nb_index, (void*)slot_index},
      {Py_tp_richcompare, (void*)compare},
      {Py_tp_iter, (void*)slot_iter},
      {Py_sq_length, (void*)slot_length},
      {Py_mp_length, (void*)slot_length},
      {Py_sq_item, (void*)slot_item},
  };
  slots.insert(slots.end(), std::begin(own), std::end(own));
}

}  // namespace pyten::bindings
