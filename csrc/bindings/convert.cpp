// From Python values to tensors: numbers, and the choice of who converts the rest.
#include "bindings/convert.h"

#include "bindings/array.h"

#include <cstring>
#include <limits>

#include "ops/ops.h"
#include "ops/placement.h"

namespace pyten::bindings {
namespace convert {

std::string prefix(const Request& request) {
  std::string s;
  if (request.op) s += text(request.op, ": ");
  if (request.argument) s += text(request.argument, ": ");
  return s;
}

std::string shown(PyObject* value) {
  constexpr size_t kLongest = 120;
  py::object repr;
  if (PyList_Check(value) || PyTuple_Check(value)) {
    // Never all of a long list, which could take longer than the work it was meant for.
    try {
      py::object short_repr = py::module_::import("reprlib").attr("Repr")();
      for (const char* limit : {"maxlist", "maxtuple"}) short_repr.attr(limit) = 8;
      for (const char* limit : {"maxother", "maxlong"}) short_repr.attr(limit) = kLongest;
      repr = short_repr.attr("repr")(py::handle(value));
    } catch (const py::error_already_set&) {
    }
  }
  if (!repr) repr = py::reinterpret_steal<py::object>(PyObject_Repr(value));
  const char* s = repr ? PyUnicode_AsUTF8(repr.ptr()) : nullptr;
  if (!s) {
    PyErr_Clear();
    return text("a ", Py_TYPE(value)->tp_name);
  }
  std::string line;
  for (const char* c = s; *c; ++c) {
    bool space = *c == ' ' || *c == '\n';
    if (!space || line.empty() || line.back() != ' ') line += space ? ' ' : *c;
  }
  if (line.size() <= kLongest) return line;
  size_t end = kLongest;
  while (end > 0 && (line[end] & 0xC0) == 0x80) --end;  // not inside a UTF-8 character
  return line.substr(0, end) + "…";
}

void fail_cast(PyObject* value, const Request& request) {
  DType to = *request.dtype;
  std::string who = request.op ? text(request.op, ": ") : "";
  std::string what = request.argument ? text(request.argument, "=") : "";
  std::string remedy;
  if (is_integer(to)) {
    bool is_int = PyLong_Check(value);
    remedy = is_int       ? "it does not fit"
             : request.op ? text("use tf.cast(x, tf.float32) on the ", name_of(to),
                                 " operand, or tf.cast(value, tf.", name_of(to), ") on this value")
                          : text("use tf.cast(value, tf.", name_of(to), ")");
  } else if (to == DType::kBool) {
    remedy = "use tf.cast(value, tf.bool) or a comparison";
  } else {
    remedy = "use tf.math.real(value) for the real part, or a complex dtype";
  }
  ErrorKind kind = is_floating(to) ? ErrorKind::kInvalidDType : ErrorKind::kType;
  fail(kind, who, "cannot convert ", what, shown(value), " to a tensor of dtype ", name_of(to),
       "; ", remedy);
}

void fail_string(PyObject* value, const Request& request) {
  fail(ErrorKind::kType, prefix(request), "cannot convert ", shown(value),
       " to a tensor: pyten has no string tensors");
}

void fail_unsupported(PyObject* value, const Request& request) {
  const char* remedy = value == Py_None      ? " Did a function forget to return its result?"
                       : PyIter_Check(value) ? " Use list(...) on it first."
                       : PyDict_Check(value)
                           ? " Convert its values one by one: tf.nest.map_structure does."
                           : "";
  fail(ErrorKind::kValue, prefix(request), "Attempt to convert a value (", shown(value),
       ") with an unsupported type (", shown(reinterpret_cast<PyObject*>(Py_TYPE(value))),
       ") to a Tensor.", remedy);
}

void fail_too_big(const Request& request) {
  fail(ErrorKind::kValue, prefix(request),
       "Can't convert Python sequence with out-of-range integer to Tensor.");
}

void fail_too_far(const Request& request) {
  fail(ErrorKind::kValue, prefix(request),
       "Can't convert Python sequence with a value out of range of float32 to Tensor; use "
       "dtype=tf.float64");
}

namespace {

// Rank 0, from a number that was checked to fit.
Tensor of_double(double v, DType d) {
  if (d != DType::kFloat32 && d != DType::kFloat64) return scalar(v, d);
  Tensor t = Tensor::empty({}, d);
  if (d == DType::kFloat32) {
    *static_cast<float*>(t.mutable_data()) = float(v);
  } else {
    *static_cast<double*>(t.mutable_data()) = v;
  }
  return t;
}

// The low bytes of v are the number in two's complement, whatever the width (little endian).
Tensor of_bits(uint64_t v, DType d) {
  Tensor t = Tensor::empty({}, d);
  std::memcpy(t.mutable_data(), &v, size_of(d));
  return t;
}

bool fits(int64_t v, DType d) {
  if (d == DType::kInt64) return true;
  if (is_unsigned(d)) return v >= 0 && (size_of(d) == 8 || v >> (8 * size_of(d)) == 0);
  int shift = int(8 * size_of(d)) - 1;
  return v >> shift == 0 || v >> shift == -1;
}

Tensor from_int(PyObject* value, const Request& request) {
  int overflow = 0;
  int64_t v = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (v == -1 && !overflow && PyErr_Occurred()) throw py::error_already_set();
  if (!request.dtype) {
    if (overflow) fail_too_big(request);
    return of_bits(uint64_t(v), fits(v, DType::kInt32) ? DType::kInt32 : DType::kInt64);
  }
  DType d = *request.dtype;
  if (is_inexact(d)) {
    double x = overflow ? PyLong_AsDouble(value) : double(v);
    if (overflow && PyErr_Occurred()) {
      PyErr_Clear();
      fail_too_big(request);
    }
    return of_double(x, d);
  }
  if (overflow && d == DType::kUInt64) {
    uint64_t u = PyLong_AsUnsignedLongLong(value);
    if (!PyErr_Occurred()) return of_bits(u, d);
    PyErr_Clear();
  }
  if (overflow || d == DType::kBool || !fits(v, d)) fail_cast(value, request);
  return of_bits(uint64_t(v), d);
}

Tensor from_float(PyObject* value, const Request& request) {
  DType d = request.dtype.value_or(DType::kFloat32);
  if (!is_inexact(d)) fail_cast(value, request);
  double v = PyFloat_AS_DOUBLE(value);
  if (!request.dtype && too_far(v)) fail_too_far(request);
  return of_double(v, d);
}

Tensor from_bool(PyObject* value, const Request& request) {
  DType d = request.dtype.value_or(DType::kBool);
  return is_inexact(d) ? of_double(value == Py_True, d) : of_bits(value == Py_True, d);
}

Tensor from_complex(PyObject* value, const Request& request) {
  DType d = request.dtype.value_or(DType::kComplex128);
  if (!is_complex(d)) fail_cast(value, request);
  Py_complex c = PyComplex_AsCComplex(value);
  Tensor t = Tensor::empty({}, d);
  if (d == DType::kComplex128) {
    std::memcpy(t.mutable_data(), &c, sizeof c);
  } else {
    float parts[2] = {float(c.real), float(c.imag)};
    std::memcpy(t.mutable_data(), parts, sizeof parts);
  }
  return t;
}

// The common casts at once; NumPy does the rest, and the checks.
Tensor from_numpy_scalar(PyObject* value, const Request& request) {
  std::optional<DType> own = scalar_dtype(Py_TYPE(value));
  DType to = request.dtype.value_or(own.value_or(DType::kBool));
  if (own && is_floating(*own) && is_inexact(to)) {
    return of_double(PyFloat_AsDouble(value), to);
  }
  if (own && is_integer(*own) && (is_integer(to) || is_inexact(to))) {
    py::object index = py::reinterpret_steal<py::object>(PyNumber_Index(value));
    if (!index) throw py::error_already_set();
    return from_int(index.ptr(), {to, request.op, request.argument});
  }
  return from_array_like(value, request);
}

Tensor check_dtype(const Tensor& t, PyObject* value, const Request& request) {
  if (request.dtype && *request.dtype != t.dtype()) {
    fail(ErrorKind::kValue, prefix(request), "Tensor conversion requested dtype ",
         name_of(*request.dtype), " for Tensor with dtype ", name_of(t.dtype()), ": ", shown(value),
         "; use tf.cast(x, tf.", name_of(*request.dtype), ")");
  }
  return t;
}

// tf.IndexedSlices, made dense.
Tensor from_slices(PyObject* value, const Request& request) {
  py::handle slices(value);
  py::object shape = slices.attr("dense_shape");
  if (shape.is_none()) {
    fail(ErrorKind::kValue, prefix(request),
         "Tensor conversion requested for IndexedSlices without dense_shape: ", shown(value));
  }
  Tensor values = to_tensor(slices.attr("values").ptr(), request.dtype, {}, request.op);
  Tensor indices = to_tensor(slices.attr("indices").ptr(), {}, {}, request.op);
  return scatter_nd(expand_dims(indices, -1), values,
                    to_dims(shape.ptr(), request.op ? request.op : "convert", "dense_shape"));
}

bool has_array_method(PyObject* value) {
  return PyObject_HasAttrString(reinterpret_cast<PyObject*>(Py_TYPE(value)), "__array__") ||
         PyObject_CheckBuffer(value);
}

Tensor from_value(PyObject* value, const Request& request) {
  if (PyFloat_CheckExact(value)) return from_float(value, request);
  if (PyLong_CheckExact(value)) return from_int(value, request);
  if (PyBool_Check(value)) return from_bool(value, request);
  if (PyList_CheckExact(value) || PyTuple_CheckExact(value)) return from_sequence(value, request);
  if (is_array(value)) return from_array(value, request);
  // Before Python's numbers: np.float64 is a float.
  if (is_numpy_scalar(value)) return from_numpy_scalar(value, request);
  if (PyFloat_Check(value)) return from_float(value, request);
  if (PyLong_Check(value)) return from_int(value, request);
  if (PyComplex_Check(value)) return from_complex(value, request);
  if (PyUnicode_Check(value) || PyBytes_Check(value)) fail_string(value, request);
  if (g_python.indexed_slices) {
    int is_slices = PyObject_IsInstance(value, g_python.indexed_slices);
    if (is_slices < 0) throw py::error_already_set();
    if (is_slices) return from_slices(value, request);
  }
  if (has_array_method(value)) return from_array_like(value, request);
  if (is_sequence(value)) return from_sequence(value, request);
  fail_unsupported(value, request);
}

}  // namespace
// Where the device scope wants new tensors.
Tensor placed(Tensor t) { return beside(t, current_device()); }

}  // namespace convert

Tensor to_tensor(PyObject* value, std::optional<DType> dtype, std::optional<DType> hint,
                 const char* op, const char* argument) {
  convert::Request request{dtype, op, argument};
  if (is_tensor(value)) return convert::check_dtype(tensor_of(value), value, request);
  if (is_variable(value)) return convert::check_dtype(variable_of(value).read(), value, request);
  if (!dtype && hint) {
    try {
      return convert::placed(convert::from_value(value, {hint, op, argument}));
    } catch (const Error& e) {
      // The value does not allow it.
      if (e.kind() != ErrorKind::kType && e.kind() != ErrorKind::kInvalidDType &&
          e.kind() != ErrorKind::kValue) {
        throw;
      }
    }
  }
  return convert::placed(convert::from_value(value, request));
}

namespace {

[[noreturn]] void fail_dims(PyObject* value, const char* op, const char* argument) {
  fail(ErrorKind::kType, op, ": ", argument, " must be an integer or a sequence of integers, got ",
       convert::shown(value));
}

int64_t to_dim(PyObject* item, PyObject* value, const char* op, const char* argument) {
  py::object index;
  if (!PyLong_CheckExact(item)) {
    if (PyBool_Check(item)) fail_dims(value, op, argument);
    index = py::reinterpret_steal<py::object>(PyNumber_Index(item));
    if (!index) {
      PyErr_Clear();
      fail_dims(value, op, argument);
    }
    item = index.ptr();
  }
  int overflow = 0;
  int64_t dim = PyLong_AsLongLongAndOverflow(item, &overflow);
  if (overflow) {
    fail(ErrorKind::kValue, op, ": ", argument, " must fit in int64, got ", convert::shown(value));
  }
  return dim;
}

}  // namespace

Dims to_dims(PyObject* value, const char* op, const char* argument, bool* is_list) {
  if (is_list) *is_list = true;
  Dims dims;
  if (PyList_Check(value) || PyTuple_Check(value) || convert::is_tensor_shape(value)) {
    py::object items = py::reinterpret_steal<py::object>(PySequence_Fast(value, "not a sequence"));
    if (!items) throw py::error_already_set();
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i) {
      dims.push_back(to_dim(PySequence_Fast_GET_ITEM(items.ptr(), i), value, op, argument));
    }
    return dims;
  }
  if (PyLong_Check(value)) {
    if (is_list) *is_list = false;
    dims.push_back(to_dim(value, value, op, argument));
    return dims;
  }
  if (PyFloat_Check(value) || value == Py_None) fail_dims(value, op, argument);
  Tensor t = to_tensor(value, {}, {}, op, argument);
  // An empty list that NumPy made has a floating type.
  if (t.rank() > 1 || !(is_integer(t.dtype()) || t.size() == 0)) fail_dims(value, op, argument);
  reading_values(t);
  t = on_host(contiguous(cast(t, DType::kInt64)));
  if (is_list) *is_list = t.rank() == 1;
  dims.append(t.data_as<int64_t>(), t.data_as<int64_t>() + t.size());
  return dims;
}

namespace {

PyObject* convert_function(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  static const char* const kNames[] = {"value", "dtype", "hint"};
  PyObject* given[3] = {nullptr, Py_None, Py_None};
  if (n > 3) {
    return PyErr_Format(PyExc_TypeError, "convert() takes at most 3 arguments (%zd given)", n);
  }
  std::copy(args, args + n, given);
  Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t i = 0; i < named; ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    int at = 0;
    while (at < 3 && PyUnicode_CompareWithASCIIString(name, kNames[at]) != 0) ++at;
    if (at == 3 || at < n) {
      return PyErr_Format(PyExc_TypeError, "convert() got an unexpected or repeated argument '%U'",
                          name);
    }
    given[at] = args[n + i];
  }
  PyObject* value = given[0];
  if (!value) {
    PyErr_SetString(PyExc_TypeError, "convert() missing required argument: 'value'");
    return nullptr;
  }
  try {
    std::optional<DType> dtype, hint;
    if (given[1] != Py_None) dtype = parse_dtype(given[1]);
    if (given[2] != Py_None) hint = parse_dtype(given[2]);
    Tensor t = to_tensor(value, dtype, hint);
    // An Array is a handle that may change: what it holds now.
    if (is_tensor(value) && !is_array_handle(value)) return Py_NewRef(value);
    // What the user may differentiate by is a tensor of its own.
    if (is_variable(value)) t = variable_of(value).read_value();
    return wrap(std::move(t));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyMethodDef kFunctions[] = {
    {"convert", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(convert_function)),
     METH_FASTCALL | METH_KEYWORDS,
     "convert(value, dtype=None, hint=None)\n--\n\nA Python value as a tensor."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

void init_convert(py::module_& m) {
  convert::prepare_arrays();
  convert::prepare_sequences();
  if (PyModule_AddFunctions(m.ptr(), kFunctions) < 0) throw py::error_already_set();
}

}  // namespace pyten::bindings
