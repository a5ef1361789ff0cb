// Nested lists and tuples. The first number decides the type; a single pass then fills memory of
// that type and says what it met when the guess was wrong.
#include <cmath>
#include <complex>
#include <limits>

#include "bindings/convert.h"
#include "ops/ops.h"

namespace pyten::bindings::convert {
namespace {

constexpr int kDeepest = 64;  // NumPy's limit; a list that contains itself has no end

// How a fill ended.
enum class Found {
  kNothing,  // but numbers of the type: done
  kFloat,    // a float among integers
  kComplex,  // a complex number among real ones
  kWide,     // an integer that does not fit
  kMixed,    // bools and numbers
  kRagged,   // rows of different lengths
  kParts,    // tensors or arrays, to be stacked
  kString,
  kUnsupported,
};

// The items of a list, a tuple or any other sequence.
class Items {
 public:
  explicit Items(PyObject* sequence)
      : fast_(py::reinterpret_steal<py::object>(PySequence_Fast(sequence, "not a sequence"))) {
    if (!fast_) throw py::error_already_set();
  }
  Py_ssize_t size() const { return PySequence_Fast_GET_SIZE(fast_.ptr()); }
  PyObject* operator[](Py_ssize_t i) const { return PySequence_Fast_GET_ITEM(fast_.ptr(), i); }

 private:
  py::object fast_;
};

bool is_plain_number(PyObject* o) {
  return PyFloat_CheckExact(o) || PyLong_CheckExact(o) || PyBool_Check(o);
}

// A value that has a shape and a dtype of its own.
bool is_part(PyObject* o) {
  if (is_plain_number(o)) return false;
  if (is_tensor(o) || is_variable(o) || is_array(o)) return true;
  return !is_numpy_scalar(o) &&
         PyObject_HasAttrString(reinterpret_cast<PyObject*>(Py_TYPE(o)), "__array__");
}

// What sort of leaf it is, when it is none of the plain numbers.
Found sort_of_leaf(PyObject* o) {
  if (is_sequence(o)) return Found::kRagged;
  if (PyUnicode_Check(o) || PyBytes_Check(o)) return Found::kString;
  return is_part(o) ? Found::kParts : Found::kUnsupported;
}

enum class Number { kBool, kInt, kFloat, kComplex, kNone };

Number number_of(PyObject* o) {
  if (PyFloat_CheckExact(o)) return Number::kFloat;
  if (PyBool_Check(o)) return Number::kBool;
  if (PyLong_CheckExact(o)) return Number::kInt;
  if (is_numpy_scalar(o)) {
    std::optional<DType> d = scalar_dtype(Py_TYPE(o));
    if (!d) return Number::kNone;
    return *d == DType::kBool ? Number::kBool
           : is_integer(*d)   ? Number::kInt
           : is_floating(*d)  ? Number::kFloat
                              : Number::kComplex;
  }
  if (PyFloat_Check(o)) return Number::kFloat;
  if (PyLong_Check(o)) return Number::kInt;
  return PyComplex_Check(o) ? Number::kComplex : Number::kNone;
}

double to_double(PyObject* o) {
  double v = PyFloat_AsDouble(o);
  if (v == -1 && PyErr_Occurred()) {
    if (!PyErr_ExceptionMatches(PyExc_OverflowError)) throw py::error_already_set();
    PyErr_Clear();
    fail_too_big({});
  }
  return v;
}

// Writes a nested sequence of numbers as T, row-major.
template <typename T>
class Fill {
 public:
  // Integers must lie in [lo, hi]. `imposed`: the caller wants this type, so that NumPy's scalars
  // may change theirs where no value is lost.
  Fill(const Shape& shape, T* out, bool imposed, int64_t lo, uint64_t hi)
      : shape_(shape), out_(out), imposed_(imposed), lo_(lo), hi_(hi) {}

  Found run(PyObject* sequence, int level = 0) {
    Items items(sequence);
    Py_ssize_t n = items.size();
    if (n != shape_[level]) return Found::kRagged;
    bool last = level + 1 == shape_.ssize();
    for (Py_ssize_t i = 0; i < n; ++i) {
      PyObject* o = items[i];
      Found found;
      if (last) {
        found = put(o);
      } else if (is_sequence(o)) {
        found = run(o, level + 1);
      } else {
        // A number beside a list, or a tensor beside one.
        found = number_of(o) == Number::kNone ? sort_of_leaf(o) : Found::kRagged;
      }
      if (found != Found::kNothing) {
        if (!culprit_) culprit_ = py::reinterpret_borrow<py::object>(o);
        return found;
      }
    }
    return Found::kNothing;
  }
  PyObject* culprit() const { return culprit_.ptr(); }

 private:
  Found put(PyObject* o) {
    if constexpr (std::is_floating_point_v<T>) {
      if (PyFloat_CheckExact(o)) [[likely]] {
        double v = PyFloat_AS_DOUBLE(o);
        if (std::is_same_v<T, float> && !imposed_ && too_far(v)) return Found::kWide;
        *out_++ = T(v);
        return Found::kNothing;
      }
    }
    Number number = number_of(o);
    if (number == Number::kNone) return sort_of_leaf(o);
    if constexpr (std::is_same_v<T, bool>) {
      if (number != Number::kBool) return Found::kMixed;
      *out_++ = o == Py_True || (o != Py_False && PyObject_IsTrue(o) == 1);
    } else if constexpr (std::is_integral_v<T>) {
      return put_integer(o, number);
    } else if constexpr (std::is_floating_point_v<T>) {
      if (number == Number::kComplex) return Found::kComplex;
      *out_++ = T(to_double(o));
    } else {
      Py_complex c = PyComplex_AsCComplex(o);
      if (c.real == -1 && PyErr_Occurred()) throw py::error_already_set();
      using Part = typename T::value_type;
      *out_++ = T(Part(c.real), Part(c.imag));
    }
    return Found::kNothing;
  }

  Found put_integer(PyObject* o, Number number) {
    if (number == Number::kComplex) return Found::kComplex;
    if (number == Number::kFloat) {
      if (!imposed_ || !is_numpy_scalar(o)) return Found::kFloat;
      double v = to_double(o);
      // The bounds are exact in double or rounded up to a power of two.
      bool whole = v == std::trunc(v) && v >= double(lo_) && v < double(hi_) + 1;
      if (!whole || v >= std::ldexp(1.0, std::numeric_limits<T>::digits)) return Found::kFloat;
      *out_++ = T(v);
      return Found::kNothing;
    }
    py::object index;
    if (!PyLong_Check(o)) {  // NumPy's integers and bools
      index = py::reinterpret_steal<py::object>(PyNumber_Long(o));
      if (!index) throw py::error_already_set();
      o = index.ptr();
    }
    int overflow = 0;
    int64_t v = PyLong_AsLongLongAndOverflow(o, &overflow);
    if (overflow > 0 && std::is_same_v<T, uint64_t>) {
      uint64_t u = PyLong_AsUnsignedLongLong(o);
      if (!PyErr_Occurred()) {
        *out_++ = T(u);
        return Found::kNothing;
      }
      PyErr_Clear();
    }
    if (overflow || v < lo_ || (v > 0 && uint64_t(v) > hi_)) return Found::kWide;
    *out_++ = T(v);
    return Found::kNothing;
  }

  const Shape& shape_;
  T* out_;
  bool imposed_;
  int64_t lo_;
  uint64_t hi_;
  py::object culprit_;
};

struct Filled {
  Found found;
  Tensor tensor;
  py::object culprit;
};

template <typename T>
Filled fill_as(PyObject* sequence, const Shape& shape, DType stored, DType wanted, bool imposed) {
  int64_t lo = 0;
  uint64_t hi = 0;
  if (is_integer(wanted)) {
    int bits = int(8 * size_of(wanted)) - (is_unsigned(wanted) ? 0 : 1);
    hi = ~uint64_t(0) >> (64 - bits);
    lo = is_unsigned(wanted) ? 0 : -int64_t(hi) - 1;
  }
  Tensor t = Tensor::empty(shape, stored);
  Fill<T> fill(shape, static_cast<T*>(t.mutable_data()), imposed, lo, hi);
  Found found = fill.run(sequence);
  py::object culprit = py::reinterpret_borrow<py::object>(fill.culprit());
  if (found != Found::kNothing) return {found, {}, std::move(culprit)};
  return {found, cast(t, wanted), {}};
}

Filled fill(PyObject* sequence, const Shape& shape, DType d, bool imposed) {
  switch (d) {
    case DType::kBool: return fill_as<bool>(sequence, shape, d, d, imposed);
    case DType::kInt32: return fill_as<int32_t>(sequence, shape, d, d, imposed);
    case DType::kUInt64: return fill_as<uint64_t>(sequence, shape, d, d, imposed);
    case DType::kFloat32: return fill_as<float>(sequence, shape, d, d, imposed);
    case DType::kComplex64: return fill_as<std::complex<float>>(sequence, shape, d, d, imposed);
    case DType::kComplex128: return fill_as<std::complex<double>>(sequence, shape, d, d, imposed);
    default:
      if (is_integer(d)) return fill_as<int64_t>(sequence, shape, DType::kInt64, d, imposed);
      return fill_as<double>(sequence, shape, DType::kFloat64, d, imposed);
  }
}

// -- Shape and type, from the first leaf ----------------------------------------------------------

struct First {
  Shape shape;      // from the first item at each level
  py::object leaf;  // null when there is none
};

First first_of(PyObject* sequence, const Request& request) {
  First first;
  py::object at = py::reinterpret_borrow<py::object>(sequence);
  while (is_sequence(at.ptr())) {
    if (first.shape.ssize() == kDeepest) {
      fail(ErrorKind::kValue, prefix(request), "cannot convert a list nested more than ", kDeepest,
           " levels deep to a tensor");
    }
    Items items(at.ptr());
    first.shape.push_back(items.size());
    if (items.size() == 0) return first;
    at = py::reinterpret_borrow<py::object>(items[0]);
  }
  first.leaf = std::move(at);
  return first;
}

// -- Sequences with tensors or arrays in them -----------------------------------------------------

struct Parts {
  std::optional<DType> tensor;  // of the first tensor or variable
  std::optional<DType> first;   // of the first leaf
  bool any_float = false, any_complex = false;

  void add(DType d) {
    if (!first) first = d;
    any_float |= is_floating(d);
    any_complex |= is_complex(d);
  }
};

void look_at_parts(PyObject* o, Parts& parts, int depth) {
  if (is_sequence(o)) {
    if (depth == kDeepest) return;
    Items items(o);
    for (Py_ssize_t i = 0; i < items.size(); ++i) look_at_parts(items[i], parts, depth + 1);
  } else if (is_tensor(o) || is_variable(o)) {
    DType d = is_tensor(o) ? tensor_of(o).dtype() : variable_of(o).dtype();
    if (!parts.tensor) parts.tensor = d;
    parts.add(d);
  } else if (is_array(o)) {
    if (std::optional<DType> d = array_dtype(o)) parts.add(*d);
  } else if (is_part(o)) {
    parts.add(from_array_like(o, {}).dtype());
  } else if (is_numpy_scalar(o)) {
    if (std::optional<DType> d = scalar_dtype(Py_TYPE(o))) parts.add(*d);
  } else {
    switch (number_of(o)) {
      case Number::kBool: return parts.add(DType::kBool);
      case Number::kInt: return parts.add(DType::kInt32);
      case Number::kFloat: return parts.add(DType::kFloat32);
      case Number::kComplex: return parts.add(DType::kComplex128);
      case Number::kNone: return;
    }
  }
}

Tensor stack_parts(PyObject* o, DType dtype, const Request& request) {
  if (!is_sequence(o)) return to_tensor(o, dtype, {}, request.op, request.argument);
  Items items(o);
  if (items.size() == 0) return Tensor::empty({0}, dtype);
  Tensors parts;
  parts.reserve(size_t(items.size()));
  for (Py_ssize_t i = 0; i < items.size(); ++i) {
    parts.push_back(stack_parts(items[i], dtype, request));
  }
  return stack(parts, 0);
}

// NumPy's integers and complex numbers count as Python's inside a list, as TensorFlow has it.
DType in_list(DType d) {
  return is_integer(d) ? DType::kInt32 : is_complex(d) ? DType::kComplex128 : d;
}

Tensor from_parts(PyObject* sequence, const Request& request) {
  if (request.dtype) return stack_parts(sequence, *request.dtype, request);
  Parts parts;
  look_at_parts(sequence, parts, 0);
  if (parts.tensor) return stack_parts(sequence, *parts.tensor, request);
  DType dtype = in_list(parts.first.value_or(DType::kFloat32));
  if (is_integer(dtype) && parts.any_float) dtype = DType::kFloat32;
  if (is_integer(dtype) && parts.any_complex) dtype = DType::kComplex128;
  if (!is_integer(dtype)) return stack_parts(sequence, dtype, request);
  try {
    return stack_parts(sequence, DType::kInt32, request);
  } catch (const Error&) {  // a number that needs 64 bits
    return stack_parts(sequence, DType::kInt64, request);
  }
}

[[noreturn]] void fail_sequence(PyObject* sequence, const Filled& filled, DType dtype,
                                const Request& request) {
  switch (filled.found) {
    case Found::kRagged:
      fail(
          ErrorKind::kValue, prefix(request),
          "Can't convert non-rectangular Python sequence to Tensor. All rows must have one length: "
          "pad the shorter ones");
    case Found::kUnsupported:
      if (is_numpy_scalar(filled.culprit.ptr())) from_array_like(filled.culprit.ptr(), request);
      fail_unsupported(filled.culprit.ptr(), request);
    case Found::kString: fail_string(filled.culprit.ptr(), request);
    case Found::kWide:
      if (dtype == DType::kFloat32) fail_too_far(request);
      if (!request.dtype && dtype == DType::kInt64) fail_too_big(request);
      break;
    default:
      if (request.dtype) break;
      fail(ErrorKind::kValue, prefix(request),
           "Can't convert Python sequence with mixed types to Tensor.");
  }
  Request imposed = request;
  imposed.dtype = dtype;
  if (is_integer(dtype) && filled.found == Found::kWide) {
    fail(ErrorKind::kType, prefix(request), "cannot convert ", shown(sequence),
         " to a tensor of dtype ", name_of(dtype), "; ", shown(filled.culprit.ptr()),
         " does not fit");
  }
  fail_cast(sequence, imposed);
}

PyObject* g_abstract_sequence = nullptr;  // collections.abc.Sequence

}  // namespace

void prepare_sequences() {
  py::module_ abc = py::module_::import("collections.abc");
  g_abstract_sequence = py::object(abc.attr("Sequence")).release().ptr();
}

bool is_sequence(PyObject* o) {
  if (PyList_Check(o) || PyTuple_Check(o)) return true;
  if (is_plain_number(o) || PyUnicode_Check(o) || PyBytes_Check(o) || is_tensor(o) ||
      is_variable(o) || is_array(o)) {
    return false;
  }
  if (PyRange_Check(o) || is_tensor_shape(o)) return true;
  if (!PySequence_Check(o)) return false;
  // collections.deque, UserList: what says of itself that it is a sequence and not NumPy's.
  int yes = PyObject_IsInstance(o, g_abstract_sequence);
  if (yes < 0) throw py::error_already_set();
  return yes && !PyObject_HasAttrString(reinterpret_cast<PyObject*>(Py_TYPE(o)), "__array__") &&
         !PyObject_CheckBuffer(o);
}

Tensor from_sequence(PyObject* sequence, const Request& request) {
  First first = first_of(sequence, request);
  if (!first.leaf && !request.dtype && is_tensor_shape(sequence)) {
    return Tensor::empty({0}, DType::kInt32);
  }
  if (!first.leaf && !request.dtype) {
    Filled empty = fill(sequence, first.shape, DType::kFloat32, false);
    if (empty.found == Found::kParts) return from_parts(sequence, request);
    if (empty.found != Found::kNothing) {
      fail_sequence(sequence, empty, DType::kFloat32, request);
    }
    return empty.tensor;
  }
  DType dtype = DType::kFloat32;
  if (request.dtype) {
    dtype = *request.dtype;
  } else {
    PyObject* leaf = first.leaf.ptr();
    if (is_part(leaf)) return from_parts(sequence, request);
    switch (number_of(leaf)) {
      case Number::kBool: dtype = DType::kBool; break;
      case Number::kInt: dtype = DType::kInt32; break;
      case Number::kComplex: dtype = DType::kComplex128; break;
      default: break;
    }
    if (is_numpy_scalar(leaf)) dtype = in_list(scalar_dtype(Py_TYPE(leaf)).value_or(dtype));
  }
  for (;;) {
    Filled filled = fill(sequence, first.shape, dtype, request.dtype.has_value());
    if (filled.found == Found::kNothing) return filled.tensor;
    if (filled.found == Found::kParts) return from_parts(sequence, request);
    if (!request.dtype) {
      if (filled.found == Found::kFloat) {
        dtype = DType::kFloat32;
        continue;
      }
      if (filled.found == Found::kComplex) {
        dtype = DType::kComplex128;
        continue;
      }
      if (filled.found == Found::kWide && dtype == DType::kInt32) {
        dtype = DType::kInt64;
        continue;
      }
    }
    fail_sequence(sequence, filled, dtype, request);
  }
}

}  // namespace pyten::bindings::convert
