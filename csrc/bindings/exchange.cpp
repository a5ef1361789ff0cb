// Tensors for NumPy and for whatever speaks the buffer protocol. Views are read-only and keep the
// tensor's memory alive; copies are the user's own.
#include <cstring>

#include "bindings/convert.h"
#include "ops/ops.h"
#include "ops/placement.h"

namespace pyten::bindings {
namespace {

[[noreturn]] void raise(PyObject* type, const std::string& message) {
  PyErr_SetString(type, message.c_str());
  throw py::error_already_set();
}

py::dtype bfloat16_dtype() {
  py::object module = py::reinterpret_steal<py::object>(PyImport_ImportModule("ml_dtypes"));
  if (!module) {
    PyErr_Clear();
    fail(ErrorKind::kType,
         "numpy: NumPy has no bfloat16 of its own; pip install ml_dtypes, or use "
         "tf.cast(x, tf.float32)");
  }
  return py::dtype::from_args(module.attr("bfloat16"));
}

}  // namespace

Dims byte_strides(const Tensor& t) {
  Dims strides = t.strides();
  for (int64_t& s : strides) s *= int64_t(size_of(t.dtype()));
  return strides;
}

namespace {

// A new array of NumPy's own, filled with t's elements.
py::array copied_array(const Tensor& t) {
  py::array out(numpy_dtype(t.dtype()),
                std::vector<py::ssize_t>(t.shape().begin(), t.shape().end()));
  convert::copy_to(t, out.mutable_data());
  return out;
}

PyObject* to_object(const py::array& array, bool scalar_for_rank_0) {
  if (!scalar_for_rank_0 || array.ndim() > 0) return py::object(array).release().ptr();
  py::tuple nothing;
  return PyObject_GetItem(array.ptr(), nothing.ptr());
}

}  // namespace

py::dtype numpy_dtype(DType d) {
  static PyObject* known[kDTypeCount];
  PyObject*& at = known[int(d)];
  if (!at) {
    at = (d == DType::kBFloat16 ? bfloat16_dtype() : py::dtype(name_of(d))).release().ptr();
  }
  return py::reinterpret_borrow<py::dtype>(at);
}

py::object to_numpy(const Tensor& t) {
  PyObject* out = to_object(copied_array(t), true);
  if (!out) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(out);
}

py::array as_numpy_view(PyObject* tensor) {
  Tensor t = on_host(tensor_of(tensor));
  Dims strides = byte_strides(t);
  py::object base = py::reinterpret_borrow<py::object>(tensor);
  if (Py_TYPE(tensor) != g_tensor_type || !t.same(tensor_of(tensor))) {
    // A subclass may let its object change memory; the view keeps the memory that it shows.
    base = py::reinterpret_steal<py::object>(wrap(t.alias()));
    if (!base) throw py::error_already_set();
  }
  py::array view(numpy_dtype(t.dtype()),
                 std::vector<py::ssize_t>(t.shape().begin(), t.shape().end()),
                 std::vector<py::ssize_t>(strides.begin(), strides.end()), t.data(), base);
  py::detail::array_proxy(view.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return view;
}

PyObject* tensor_numpy(PyObject* self, PyObject*) {
  try {
    Tensor t = tensor_of(self);
    note_exit_from_python(t);
    return to_object(copied_array(t), true);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

namespace {

// The values of keyword and positional arguments `dtype` and `copy`.
bool array_arguments(PyObject* const* args, Py_ssize_t n, PyObject* names, PyObject** given) {
  static const char* const kNames[] = {"dtype", "copy"};
  if (n > 2) {
    PyErr_Format(PyExc_TypeError, "__array__() takes at most 2 arguments (%zd given)", n);
    return false;
  }
  std::copy(args, args + n, given);
  Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t i = 0; i < named; ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    int at = 0;
    while (at < 2 && PyUnicode_CompareWithASCIIString(name, kNames[at]) != 0) ++at;
    if (at == 2 || at < n) {
      PyErr_Format(PyExc_TypeError, "__array__() got an unexpected or repeated argument '%U'",
                   name);
      return false;
    }
    given[at] = args[n + i];
  }
  return true;
}

}  // namespace

PyObject* tensor_array(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  PyObject* given[2] = {Py_None, Py_None};
  if (!array_arguments(args, n, names, given)) return nullptr;
  auto [dtype, copy] = given;
  try {
    Tensor t = tensor_of(self);
    note_exit_from_python(t);
    py::dtype own = numpy_dtype(t.dtype());
    py::dtype wanted =
        dtype == Py_None ? own : py::dtype::from_args(py::handle(dtype).cast<py::object>());
    if (!own.equal(wanted)) {
      if (copy == Py_False) {
        fail(ErrorKind::kValue, "__array__: a ", name_of(t.dtype()), " tensor as dtype ",
             std::string(py::str(wanted)), " needs a copy, got copy=False");
      }
      return as_numpy_view(self).attr("astype")(wanted).release().ptr();
    }
    int copies = copy == Py_None ? 0 : PyObject_IsTrue(copy);
    if (copies < 0) return nullptr;
    if (copy == Py_False && !t.device().is_cpu()) {
      fail(ErrorKind::kValue, "__array__: a tensor on ", short_name(t.device()),
           " needs a copy, got copy=False");
    }
    return (copies ? copied_array(t) : as_numpy_view(self)).release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

// -- Buffer protocol ------------------------------------------------------------------------------
namespace {

const char* buffer_format(DType d) {
  switch (d) {
    case DType::kBool: return "?";
    case DType::kInt8: return "b";
    case DType::kInt16: return "h";
    case DType::kInt32: return "i";
    case DType::kInt64: return sizeof(long) == 8 ? "l" : "q";  // NumPy's own choice of the two
    case DType::kUInt8: return "B";
    case DType::kUInt16: return "H";
    case DType::kUInt32: return "I";
    case DType::kUInt64: return sizeof(long) == 8 ? "L" : "Q";
    case DType::kFloat16: return "e";
    case DType::kFloat32: return "f";
    case DType::kFloat64: return "d";
    case DType::kComplex64: return "Zf";
    case DType::kComplex128: return "Zd";
    case DType::kBFloat16: break;
  }
  return nullptr;
}

// What a view needs for as long as it lives.
struct Exported {
  Ref<Storage> storage;
  Dims shape;
  Dims strides;
};

bool is_column_major(const Tensor& t) {
  int64_t step = 1;
  for (int i = 0; i < t.rank(); ++i) {
    if (t.dim(i) > 1 && t.strides()[i] != step) return false;
    step *= t.dim(i);
  }
  return true;
}

bool asks(int flags, int what) { return (flags & what) == what; }

}  // namespace

int tensor_get_buffer(PyObject* self, Py_buffer* view, int flags) {
  view->obj = nullptr;
  try {
    Tensor t = tensor_of(self);
    const char* format = buffer_format(t.dtype());
    if (!format) {
      raise(PyExc_BufferError, text("buffer: the buffer protocol has no format for ",
                                    name_of(t.dtype()), "; use tf.cast(x, tf.float32)"));
    }
    if (asks(flags, PyBUF_WRITABLE)) {
      raise(PyExc_BufferError,
            "buffer: tensors are read-only; use x.numpy() for a copy to write to");
    }
    note_exit_from_python(t);
    t = on_host(t);
    bool fortran = asks(flags, PyBUF_F_CONTIGUOUS) && !asks(flags, PyBUF_ANY_CONTIGUOUS);
    if (fortran && !is_column_major(t)) {
      raise(PyExc_BufferError, "buffer: the tensor is not column-major");
    }
    // Who cannot follow strides gets a row-major copy: nobody may write, so nobody can tell.
    bool row_major = !asks(flags, PyBUF_STRIDES) || asks(flags, PyBUF_C_CONTIGUOUS) ||
                     asks(flags, PyBUF_ANY_CONTIGUOUS);
    if (row_major && !fortran) t = contiguous(t);
    auto kept = std::make_unique<Exported>(Exported{t.impl()->storage, t.shape(), byte_strides(t)});
    view->buf = const_cast<void*>(t.data());
    view->len = Py_ssize_t(t.nbytes());
    view->itemsize = Py_ssize_t(size_of(t.dtype()));
    view->readonly = 1;
    view->ndim = t.rank();
    view->format = asks(flags, PyBUF_FORMAT) ? const_cast<char*>(format) : nullptr;
    static_assert(sizeof(Py_ssize_t) == sizeof(int64_t));
    view->shape =
        asks(flags, PyBUF_ND) ? reinterpret_cast<Py_ssize_t*>(kept->shape.data()) : nullptr;
    view->strides =
        asks(flags, PyBUF_STRIDES) ? reinterpret_cast<Py_ssize_t*>(kept->strides.data()) : nullptr;
    view->suboffsets = nullptr;
    view->internal = kept.release();
    view->obj = Py_NewRef(self);
    return 0;
  } catch (...) {
    set_python_error();
    return -1;
  }
}

void tensor_release_buffer(PyObject*, Py_buffer* view) {
  delete static_cast<Exported*>(view->internal);
  view->internal = nullptr;
}

// -- For the tapes --------------------------------------------------------------------------------
namespace {

// Code between the user and us: its lines would tell the user nothing.
bool is_library(py::handle frame) {
  py::object globals = frame.attr("f_globals");
  PyObject* name = PyDict_GetItemString(globals.ptr(), "__name__");
  const char* s = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : nullptr;
  if (!s) {
    PyErr_Clear();
    return false;
  }
  std::string_view package(s);
  package = package.substr(0, package.find('.'));
  return package == "pyten" || package == "numpy" || package == "scipy" || package == "pandas" ||
         package == "matplotlib";
}

// `train.py:12 in "y = np.square(x)"`, or less where there is no source.
std::string user_line() {
  py::object frame =
      py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(PyEval_GetFrame()));
  if (!frame) return "Python";
  py::object at = frame;
  while (!at.is_none() && is_library(at)) at = py::object(at.attr("f_back"));
  if (at.is_none()) at = frame;
  std::string file = at.attr("f_code").attr("co_filename").cast<std::string>();
  py::object number = at.attr("f_lineno");
  py::object line = py::module_::import("linecache").attr("getline")(file, number);
  std::string source = py::str(line.attr("strip")());
  std::string where =
      text(file.substr(file.find_last_of("/\\") + 1), ":", std::string(py::str(number)));
  return source.empty() ? where : text(where, " in `", source, "`");
}

}  // namespace

void note_exit_from_python(const Tensor& t, const char* how) {
  if (!any_tape_active() || !watched(t)) [[likely]]
    return;
  // Called while an error may be set, and must not set one itself.
  bool calm = PyErr_Occurred() == nullptr, gave_up;
  {
    py::error_scope keep;
    std::string where = how;
    try {
      where += ": " + user_line();
    } catch (const py::error_already_set&) {
    }
    gave_up = note_exit(t, where);
  }
  if (gave_up && calm) throw Untraceable();
}

}  // namespace pyten::bindings
