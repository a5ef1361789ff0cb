// The module pyten._core.
#include "bindings/array.h"

namespace pyten::bindings {

PythonSide g_python;

namespace {

void register_python_side(const py::kwargs& given) {
  for (const auto& [key, value] : given) {
    std::string name = py::cast<std::string>(key);
    PyObject* object = value.ptr();
    if (name == "dtypes") {
      for (int d = 0; d < kDTypeCount; ++d) {
        g_python.dtypes[d] = py::object(value[py::int_(d)]).release().ptr();
      }
      continue;
    }
    PyObject** place = name == "as_dtype"         ? &g_python.as_dtype
                       : name == "tensor_shape"   ? &g_python.tensor_shape
                       : name == "errors"         ? &g_python.errors
                       : name == "flatten"        ? &g_python.flatten
                       : name == "pack"           ? &g_python.pack
                       : name == "variable"       ? &g_python.variable
                       : name == "indexed_slices" ? &g_python.indexed_slices
                                                  : nullptr;
    if (place == nullptr) throw py::type_error("_register: unknown name " + name);
    Py_INCREF(object);
    Py_XSETREF(*place, object);
  }
}

}  // namespace

PyObject* dtype_object(DType d) { return g_python.dtypes[int(d)]; }

DType parse_dtype(PyObject* o) {
  for (int pass = 0; pass < 2; ++pass) {
    for (int d = 0; d < kDTypeCount; ++d) {
      if (g_python.dtypes[d] == o) return DType(d);
    }
    // Not one of ours: a name, a NumPy type, … The reference is borrowed from g_python.dtypes.
    if (pass == 0) {
      PyObject* converted = PyObject_CallOneArg(g_python.as_dtype, o);
      if (converted == nullptr) throw py::error_already_set();
      o = converted;
      Py_DECREF(converted);
    }
  }
  fail(ErrorKind::kType, "as_dtype: returned something that is no DType");
}

PyObject* shape_object(const Shape& shape) {
  PyObject* tuple = PyTuple_New(shape.ssize());
  if (tuple == nullptr) return nullptr;
  for (int i = 0; i < shape.ssize(); ++i) {
    PyObject* item = shape[i] < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(shape[i]);
    if (item == nullptr) {
      Py_DECREF(tuple);
      return nullptr;
    }
    PyTuple_SET_ITEM(tuple, i, item);
  }
  PyObject* out = PyObject_CallOneArg(g_python.tensor_shape, tuple);
  Py_DECREF(tuple);
  return out;
}

PyTypeObject* add_type(py::module_& m, const char* name, PyType_Spec& spec) {
  PyObject* type = PyType_FromSpec(&spec);
  if (type == nullptr) throw py::error_already_set();
  m.attr(name) = py::handle(type);
  return reinterpret_cast<PyTypeObject*>(type);
}

}  // namespace pyten::bindings

PYBIND11_MODULE(_core, m) {
  using namespace pyten::bindings;
  m.doc() = "pyten's compiled core. The public names are in the package pyten.";
  m.def("_register", [](const py::kwargs& given) { register_python_side(given); });
  init_errors(m);
  init_tensor(m);
  init_variable(m);
  init_tape(m);
  init_batched(m);
  init_custom_gradient(m);
  init_inspection(m);
  init_forward(m);
  init_functions(m);
  init_array(m);
  init_convert(m);
  init_graph(m);
  init_indexing(m);
  init_mistakes(m);
  init_dlpack(m);
  init_mapping(m);
  init_numpy_protocols(m);
  init_optimizers(m);
  init_pickle(m);
  init_random(m);
  init_runtime(m);
}
