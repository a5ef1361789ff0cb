// Which dtype a result has:
// https://data-apis.org/array-api/2025.12/API_specification/type_promotion.html and, where the
// standard leaves it open, NumPy.
#include <array>

#include "bindings/array.h"
#include "bindings/convert.h"
#include "ops/ops.h"

namespace pyten::bindings {
namespace {

constexpr DType signed_of_size(size_t bytes) {
  return bytes == 1   ? DType::kInt8
         : bytes == 2 ? DType::kInt16
         : bytes == 4 ? DType::kInt32
                      : DType::kInt64;
}

constexpr DType wider(DType a, DType b) { return size_of(a) >= size_of(b) ? a : b; }

constexpr DType promote_ints(DType a, DType b) {
  if (is_unsigned(a) == is_unsigned(b)) return wider(a, b);
  DType u = is_unsigned(a) ? a : b, s = is_unsigned(a) ? b : a;
  if (size_of(u) < size_of(s)) return s;
  return size_of(u) == 8 ? DType::kFloat64 : signed_of_size(2 * size_of(u));
}

constexpr DType promote_floats(DType a, DType b) {
  if (a != b && size_of(a) == 2 && size_of(b) == 2) return DType::kFloat32;
  return wider(a, b);
}

// The floating type that holds the integers, next to one of type `beside`.
constexpr DType float_for(DType integer, DType beside) {
  if (integer == DType::kBool) return beside;
  switch (size_of(integer)) {
    case 1: return beside == DType::kBFloat16 ? DType::kBFloat16 : DType::kFloat16;
    case 2: return DType::kFloat32;
    default: return DType::kFloat64;
  }
}

constexpr DType promote_real(DType a, DType b) {
  if (a == DType::kBool) return b;
  if (b == DType::kBool) return a;
  if (is_integer(a) && is_integer(b)) return promote_ints(a, b);
  if (is_integer(a)) return promote_floats(float_for(a, b), b);
  if (is_integer(b)) return promote_floats(a, float_for(b, a));
  return promote_floats(a, b);
}

constexpr DType complex_of(DType real) {
  return real == DType::kFloat64 ? DType::kComplex128 : DType::kComplex64;
}

constexpr DType promote_any(DType a, DType b) {
  if (a == b) return a;
  if (!is_complex(a) && !is_complex(b)) return promote_real(a, b);
  return complex_of(promote_real(real_of(a), real_of(b)));
}

constexpr auto kTable = [] {
  std::array<std::array<DType, kDTypeCount>, kDTypeCount> table{};
  for (int a = 0; a < kDTypeCount; ++a) {
    for (int b = 0; b < kDTypeCount; ++b) {
      table[size_t(a)][size_t(b)] = promote_any(DType(a), DType(b));
    }
  }
  return table;
}();

// An array, a tensor, a variable, or what NumPy has made.
bool array_operand(PyObject* o, Operand& x) {
  if (as_operand(o, x)) return true;
  if (!convert::is_array(o) && !convert::is_numpy_scalar(o)) return false;
  x.own(to_tensor(o));
  return true;
}

void cast_operand(Operand& x, DType dtype) {
  if (x->dtype() != dtype) x.own(cast(x.held(), dtype));
}

}  // namespace

DType promote(DType a, DType b) { return kTable[size_t(a)][size_t(b)]; }

bool is_python_number(PyObject* o) {
  return PyFloat_Check(o) || PyLong_Check(o) || PyComplex_Check(o);
}

DType promote_number(PyObject* number, DType beside) {
  if (PyBool_Check(number)) return beside;
  if (PyLong_Check(number)) return beside == DType::kBool ? DType::kInt64 : beside;
  if (PyFloat_Check(number)) return is_inexact(beside) ? beside : DType::kFloat64;
  if (is_complex(beside)) return beside;
  return is_floating(beside) ? complex_of(beside) : DType::kComplex128;
}

Tensor number_tensor(PyObject* number, DType dtype) {
  if (PyLong_Check(number) && !PyBool_Check(number) && is_integer(dtype)) {
    int overflow = 0;
    int64_t v = PyLong_AsLongLongAndOverflow(number, &overflow);
    bool fits = !overflow;
    if (overflow > 0 && dtype == DType::kUInt64) {
      PyLong_AsUnsignedLongLong(number);
      fits = !PyErr_Occurred();
      PyErr_Clear();
    } else if (fits && is_unsigned(dtype)) {
      fits = v >= 0 && (size_of(dtype) == 8 || v >> (8 * size_of(dtype)) == 0);
    } else if (fits && size_of(dtype) < 8) {
      int shift = int(8 * size_of(dtype)) - 1;
      fits = v >> shift == 0 || v >> shift == -1;
    }
    if (!fits) {
      std::string message = text("Python integer ", convert::shown(number),
                                 " is out of range of dtype ", name_of(dtype));
      PyErr_SetString(PyExc_OverflowError, message.c_str());
      throw py::error_already_set();
    }
  }
  return operand_like(number, dtype, nullptr, nullptr);
}

bool promoted_operands(PyObject* a, PyObject* b, Operand& x, Operand& y) {
  bool left_number = is_python_number(a), right_number = is_python_number(b);
  if (!right_number && !left_number) [[likely]] {
    if (!array_operand(a, x) || !array_operand(b, y)) return false;
    if (x->dtype() == y->dtype()) return true;
    DType dtype = promote(x->dtype(), y->dtype());
    cast_operand(x, dtype);
    cast_operand(y, dtype);
    return true;
  }
  if (left_number && right_number) return false;
  PyObject *array = left_number ? b : a, *number = left_number ? a : b;
  Operand &of_array = left_number ? y : x, &of_number = left_number ? x : y;
  if (!array_operand(array, of_array)) return false;
  DType dtype = promote_number(number, of_array->dtype());
  cast_operand(of_array, dtype);
  of_number.own(number_tensor(number, dtype));
  return true;
}

}  // namespace pyten::bindings
