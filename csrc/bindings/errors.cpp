// C++ errors as Python exceptions.
#include "bindings/bindings.h"

namespace pyten::bindings {
namespace {

// The key in g_python.errors, and the class to raise before the package has registered its own.
std::pair<const char*, PyObject*> python_class(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument: return {"InvalidArgument", PyExc_ValueError};
    case ErrorKind::kInvalidDType: return {"InvalidDType", PyExc_TypeError};
    case ErrorKind::kInvalidIndex: return {"InvalidIndex", PyExc_IndexError};
    case ErrorKind::kZeroDivision: return {"ZeroDivision", PyExc_ZeroDivisionError};
    case ErrorKind::kValue: return {"Value", PyExc_ValueError};
    case ErrorKind::kType: return {"Type", PyExc_TypeError};
    case ErrorKind::kIndex: return {"Index", PyExc_IndexError};
    case ErrorKind::kRuntime: return {"Runtime", PyExc_RuntimeError};
    case ErrorKind::kUnimplemented: return {"Unimplemented", PyExc_NotImplementedError};
    case ErrorKind::kOutOfMemory: return {"OutOfMemory", PyExc_MemoryError};
    case ErrorKind::kInternal: return {"Internal", PyExc_SystemError};
  }
  return {"Internal", PyExc_SystemError};
}

void raise(const Error& e) {
  auto [name, fallback] = python_class(e.kind());
  PyObject* type = g_python.errors ? PyDict_GetItemString(g_python.errors, name) : nullptr;
  PyErr_SetString(type ? type : fallback, e.what());
}

}  // namespace

void set_python_error() {
  try {
    throw;
  } catch (const Error& e) {
    raise(e);
  } catch (py::error_already_set& e) {
    e.restore();
  } catch (const py::builtin_exception& e) {
    e.set_error();
  } catch (const Untraceable&) {
    set_untraceable();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
  }
}

void init_errors(py::module_&) {
  py::register_local_exception_translator([](std::exception_ptr p) {
    try {
      if (p) std::rethrow_exception(p);
    } catch (const Error& e) {
      raise(e);
    } catch (const Untraceable&) {
      set_untraceable();
    }
  });
}

}  // namespace pyten::bindings
