// Better words for errors that Python raises by itself. All is decided in pyten/_mistakes.py, which
// is imported when the first mistake is made.
#include "bindings/bindings.h"

namespace pyten::bindings {
namespace {

py::object teacher(const char* function) {
  return py::module_::import("pyten._mistakes").attr(function);
}

// The exception in flight, taken from Python; gives it back if it is not replaced.
class Flying {
 public:
  Flying() {
    PyErr_Fetch(&type_, &value_, &traceback_);
    PyErr_NormalizeException(&type_, &value_, &traceback_);
  }
  ~Flying() {
    if (kept_) PyErr_Restore(type_, value_, traceback_);
  }
  bool from_inside() const { return traceback_ != nullptr; }
  PyObject* value() const { return value_; }
  void replace() {
    kept_ = false;
    Py_XDECREF(type_);
    Py_XDECREF(value_);
    Py_XDECREF(traceback_);
  }

 private:
  PyObject *type_ = nullptr, *value_ = nullptr, *traceback_ = nullptr;
  bool kept_ = true;
};

// A plain Python function's own way to be called, for all of them.
vectorcallfunc g_call_function = nullptr;

PyObject* call_function(PyObject* f, PyObject* const* args, size_t flags, PyObject* names) {
  PyObject* out = g_call_function(f, args, flags, names);
  if (out != nullptr || !PyErr_ExceptionMatches(PyExc_TypeError)) [[likely]]
    return out;
  Flying error;
  if (error.from_inside()) return nullptr;  // the arguments did fit
  try {
    py::object better = teacher("call_error")(py::handle(f), py::handle(error.value()));
    if (better.is_none()) return nullptr;
    error.replace();
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(better.ptr())), better.ptr());
  } catch (py::error_already_set&) {  // then Python's own words have to do
  }
  return nullptr;
}

}  // namespace

PyObject* get_attribute(PyObject* self, PyObject* name) {
  PyObject* out = PyObject_GenericGetAttr(self, name);
  if (out != nullptr) [[likely]]
    return out;
  // Protocols are probed with names that begin so, and often.
  if (PyUnicode_GET_LENGTH(name) == 0 || PyUnicode_READ_CHAR(name, 0) == '_') return nullptr;
  if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return nullptr;
  Flying error;
  try {
    py::object better =
        teacher("attribute_error")(py::handle(self), py::handle(name), py::handle(error.value()));
    if (better.is_none()) return nullptr;
    error.replace();
    PyErr_SetObject(PyExc_AttributeError, better.ptr());
  } catch (py::error_already_set&) {
  }
  return nullptr;
}

void unexpected_keyword(const char* function, PyObject* parameters, PyObject* key) {
  throw py::type_error(py::cast<std::string>(
      teacher("keyword_message")(function, py::handle(parameters), py::handle(key))));
}

void init_mistakes(py::module_& m) {
  m.def(
      "_explain_calls",
      [](py::object function) {
        if (!PyFunction_Check(function.ptr())) return;
        auto* f = reinterpret_cast<PyFunctionObject*>(function.ptr());
        if (f->vectorcall == call_function) return;
        if (g_call_function == nullptr) g_call_function = f->vectorcall;
        if (f->vectorcall != g_call_function) return;
#if PY_VERSION_HEX >= 0x030C0000
        PyFunction_SetVectorcall(f, call_function);
#else
        f->vectorcall = call_function;
#endif
      },
      py::arg("function"),
      "Has a Python function say more when it is called with arguments that do not fit.");
}

}  // namespace pyten::bindings
