// Better words for errors that Python raises by itself. All is decided in pyten/_mistakes.py, which
// is imported when the first mistake is made.
#include "bindings/bindings.h"

#include <structmember.h>

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

// A Python function of the public API. Stands for it everywhere: a call goes on to it, and only
// when the arguments do not fit is more said.
struct PyTaught {
  PyObject_HEAD
  vectorcallfunc vectorcall;
  PyObject* function;
};
PyTypeObject* g_taught_type = nullptr;

PyObject* function_in(PyObject* self) { return reinterpret_cast<PyTaught*>(self)->function; }

PyObject* explain(PyObject* function) {
  if (!PyErr_ExceptionMatches(PyExc_TypeError)) return nullptr;
  Flying error;
  if (error.from_inside()) return nullptr;  // the arguments did fit
  try {
    py::object better = teacher("call_error")(py::handle(function), py::handle(error.value()));
    if (better.is_none()) return nullptr;
    error.replace();
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(better.ptr())), better.ptr());
  } catch (py::error_already_set&) {  // then Python's own words have to do
  }
  return nullptr;
}

PyObject* taught_call(PyObject* self, PyObject* const* args, size_t flags, PyObject* names) {
  PyObject* out = PyObject_Vectorcall(function_in(self), args, flags, names);
  return out ? out : explain(function_in(self));
}

PyObject* taught_getattro(PyObject* self, PyObject* name) {
  PyObject* out = PyObject_GenericGetAttr(self, name);
  if (out || !PyErr_ExceptionMatches(PyExc_AttributeError)) return out;
  PyErr_Clear();
  return PyObject_GetAttr(function_in(self), name);
}
// As a method: bound to the object, as a function is.
PyObject* taught_get(PyObject* self, PyObject* object, PyObject*) {
  return object ? PyMethod_New(self, object) : Py_NewRef(self);
}
template <const char* const* name>
PyObject* of_function(PyObject* self, void*) {
  return PyObject_GetAttrString(function_in(self), *name);
}
constexpr const char* kDoc = "__doc__";
constexpr const char* kModule = "__module__";
PyObject* get_wrapped(PyObject* self, void*) { return Py_NewRef(function_in(self)); }
PyObject* taught_repr(PyObject* self) { return PyObject_Repr(function_in(self)); }
PyObject* taught_reduce(PyObject* self, PyObject*) {  // pickled by name
  return PyObject_GetAttrString(function_in(self), "__qualname__");
}
void taught_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Py_CLEAR(reinterpret_cast<PyTaught*>(self)->function);
  type->tp_free(self);
  Py_DECREF(type);
}

PyGetSetDef kTaughtGetSet[] = {
    {"__doc__", of_function<&kDoc>, nullptr, nullptr, nullptr},
    {"__module__", of_function<&kModule>, nullptr, nullptr, nullptr},
    {"__wrapped__", get_wrapped, nullptr, nullptr, nullptr},
    {},
};
PyMethodDef kTaughtMethods[] = {{"__reduce__", taught_reduce, METH_NOARGS, nullptr}, {}};
PyMemberDef kTaughtMembers[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(PyTaught, vectorcall), READONLY, nullptr},
    {},
};

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

bool check_keywords(const char* function, const char* const* names, PyObject* keywords) {
  if (keywords == nullptr) return true;
  try {
    py::list known;
    for (; *names; ++names) known.append(*names);
    for (auto [key, value] : py::reinterpret_borrow<py::dict>(keywords)) {
      if (!known.contains(key)) unexpected_keyword(function, py::tuple(known).ptr(), key.ptr());
    }
    return true;
  } catch (...) {
    set_python_error();
    return false;
  }
}

void init_mistakes(py::module_& m) {
  PyType_Slot slots[] = {
      {Py_tp_dealloc, (void*)taught_dealloc},
      {Py_tp_call, (void*)PyVectorcall_Call},
      {Py_tp_getattro, (void*)taught_getattro},
      {Py_tp_descr_get, (void*)taught_get},
      {Py_tp_repr, (void*)taught_repr},
      {Py_tp_getset, kTaughtGetSet},
      {Py_tp_methods, kTaughtMethods},
      {Py_tp_members, kTaughtMembers},
      {},
  };
  PyType_Spec spec = {"pyten._core.TaughtFunction", sizeof(PyTaught), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL, slots};
  g_taught_type = add_type(m, "TaughtFunction", spec);
  m.def(
      "_teach",
      [](py::object function) {
        auto* o = PyObject_New(PyTaught, g_taught_type);
        if (o == nullptr) throw py::error_already_set();
        o->vectorcall = taught_call;
        o->function = Py_NewRef(function.ptr());
        return py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(o));
      },
      py::arg("function"),
      "The function, which says more when it is called with arguments that do not fit.");
}

}  // namespace pyten::bindings
