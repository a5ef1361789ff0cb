// NumPy's protocols. Without a tape or accumulator a tensor has neither __array_ufunc__ nor
// __array_function__: NumPy makes arrays of tensors, as it does of TensorFlow's, and leaves
// operators to them because of __array_priority__. While one is active, both exist, and
// pyten._numpy carries the calls out whose gradient would else be lost.
#include "bindings/convert.h"

namespace pyten::bindings {
namespace {

// An attribute of the class that is there only while somebody follows the ops of this thread.
struct PyProtocol {
  PyObject_HEAD
  PyObject* name;     // of the function in pyten._numpy
  PyObject* handler;  // that function, once it was needed
};

PyObject* protocol_get(PyObject* self, PyObject* object, PyObject*) {
  auto* p = reinterpret_cast<PyProtocol*>(self);
  if (!any_listener_active()) {
    PyErr_SetObject(PyExc_AttributeError, p->name);
    return nullptr;
  }
  if (p->handler == nullptr) {
    PyObject* module = PyImport_ImportModule("pyten._numpy");
    if (module == nullptr) return nullptr;
    PyObject* handler = PyObject_GetAttr(module, p->name);
    Py_DECREF(module);
    if (handler == nullptr) return nullptr;
    Py_XSETREF(p->handler, handler);
  }
  return object ? PyMethod_New(p->handler, object) : Py_NewRef(p->handler);
}

void protocol_dealloc(PyObject* self) {
  auto* p = reinterpret_cast<PyProtocol*>(self);
  PyTypeObject* type = Py_TYPE(self);
  Py_CLEAR(p->name);
  Py_CLEAR(p->handler);
  type->tp_free(self);
  Py_DECREF(type);
}

PyTypeObject* protocol_type() {
  static PyType_Slot slots[] = {
      {Py_tp_descr_get, (void*)protocol_get},
      {Py_tp_dealloc, (void*)protocol_dealloc},
      {},
  };
  static PyType_Spec spec = {"pyten._core._NumPyProtocol", sizeof(PyProtocol), 0,
                             Py_TPFLAGS_DEFAULT, slots};
  PyObject* type = PyType_FromSpec(&spec);
  if (type == nullptr) throw py::error_already_set();
  return reinterpret_cast<PyTypeObject*>(type);
}

// __array_interface__, version 3.
PyObject* array_interface(PyObject* self, void*) {
  try {
    const Tensor& t = tensor_of(self);
    if (t.dtype() == DType::kBFloat16) {
      PyErr_SetString(PyExc_AttributeError,
                      "__array_interface__ has no type for bfloat16; use tf.cast(x, tf.float32)");
      return nullptr;
    }
    if (Py_TYPE(self) != g_tensor_type) {
      // Who reads the address keeps the object alive, which may have other memory by then.
      PyErr_Format(PyExc_AttributeError,
                   "'%s' object has no attribute '__array_interface__'; use "
                   "np.asarray",
                   type_name(self));
      return nullptr;
    }
    note_exit_from_python(t);
    py::dict out;
    out["version"] = 3;
    out["typestr"] = numpy_dtype(t.dtype()).attr("str");
    out["shape"] = py::tuple(py::cast(std::vector<int64_t>(t.shape().begin(), t.shape().end())));
    out["data"] = py::make_tuple(reinterpret_cast<uintptr_t>(t.data()), true);
    Dims strides = byte_strides(t);
    out["strides"] =
        t.is_contiguous()
            ? py::object(py::none())
            : py::object(py::tuple(py::cast(std::vector<int64_t>(strides.begin(), strides.end()))));
    return out.release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

// _watched(*objects): whether a tape or accumulator follows one of the tensors or variables.
PyObject* watched_function(PyObject*, PyObject* const* args, Py_ssize_t n) {
  try {
    for (Py_ssize_t i = 0; i < n; ++i) {
      PyObject* o = args[i];
      if (is_tensor(o) ? watched(tensor_of(o)) : is_variable(o) && watched(variable_of(o).read())) {
        Py_RETURN_TRUE;
      }
    }
    Py_RETURN_FALSE;
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyMethodDef kFunctions[] = {
    {"_watched", (PyCFunction)(void*)watched_function, METH_FASTCALL,
     "_watched(*objects)\n--\n\nWhether a tape or accumulator follows one of them."},
    {},
};

PyGetSetDef kInterface = {
    "__array_interface__", array_interface, nullptr,
    "The memory's address and layout, read-only, as NumPy's protocol has them.", nullptr};

PyMethodDef kVariableMethods[] = {
    {"__dlpack__", (PyCFunction)(void*)tensor_dlpack, METH_FASTCALL | METH_KEYWORDS,
     "__dlpack__($self, *, stream=None, max_version=None, dl_device=None, copy=None)\n--\n\nReturns a "
     "DLPack capsule with the present value, which later assigns do not change."},
    {"__dlpack_device__", (PyCFunction)tensor_dlpack_device, METH_NOARGS,
     "__dlpack_device__($self, /)\n--\n\nReturns DLPack's (device type, device number)."},
};

void set(PyTypeObject* type, const char* name, PyObject* value) {
  py::object owned = py::reinterpret_steal<py::object>(value);
  if (!owned) throw py::error_already_set();
  py::handle(reinterpret_cast<PyObject*>(type)).attr(name) = owned;
}

}  // namespace

void init_numpy_protocols(py::module_& m) {
  PyTypeObject* type = protocol_type();
  for (const char* name : {"__array_ufunc__", "__array_function__"}) {
    for (PyTypeObject* owner : {g_tensor_type, g_variable_type}) {
      auto* p = PyObject_New(PyProtocol, type);
      if (p == nullptr) throw py::error_already_set();
      p->handler = nullptr;
      p->name = PyUnicode_InternFromString(std::string(name).substr(2, strlen(name) - 4).c_str());
      set(owner, name, reinterpret_cast<PyObject*>(p));
    }
  }
  Py_DECREF(type);
  set(g_tensor_type, "__array_interface__", PyDescr_NewGetSet(g_tensor_type, &kInterface));
  for (PyMethodDef& method : kVariableMethods) {
    set(g_variable_type, method.ml_name, PyDescr_NewMethod(g_variable_type, &method));
  }
  if (PyModule_AddFunctions(m.ptr(), kFunctions) < 0) throw py::error_already_set();
}

}  // namespace pyten::bindings
