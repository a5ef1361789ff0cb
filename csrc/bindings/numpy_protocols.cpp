// NumPy's protocols. Without a tape or accumulator a tensor has neither __array_ufunc__ nor
// __array_function__: NumPy makes arrays of tensors, as it does of TensorFlow's, and leaves
// operators to them because of __array_priority__. While one is active, both exist, and
// pyten._numpy carries the calls out whose gradient would else be lost.
#include "bindings/convert.h"
#include "bindings/gpu_exchange.h"

namespace pyten::bindings {
namespace {

// -- Calls of ufuncs that need no Python ----------------------------------------------------------

PyObject* g_python_handler[2];  // pyten._numpy.array_ufunc and array_function, once needed

PyObject* python_handler(int which) {
  if (g_python_handler[which] == nullptr) {
    PyObject* module = PyImport_ImportModule("pyten._numpy");
    if (module == nullptr) return nullptr;
    PyObject* handler =
        PyObject_GetAttrString(module, which == 0 ? "array_ufunc" : "array_function");
    Py_DECREF(module);
    if (handler == nullptr) return nullptr;
    Py_XSETREF(g_python_handler[which], handler);
  }
  return g_python_handler[which];
}

// The operator that NumPy carries out by a ufunc: with an array on the left it arrives here.
struct Operator {
  const char* name;
  binaryfunc PyNumberMethods::* slot;
  int compare = -1;  // with the sides exchanged
  PyObject* ufunc = nullptr;
};
Operator g_operators[] = {
    {"add", &PyNumberMethods::nb_add},
    {"subtract", &PyNumberMethods::nb_subtract},
    {"multiply", &PyNumberMethods::nb_multiply},
    {"true_divide", &PyNumberMethods::nb_true_divide},
    {"matmul", &PyNumberMethods::nb_matrix_multiply},
    {"floor_divide", &PyNumberMethods::nb_floor_divide},
    {"remainder", &PyNumberMethods::nb_remainder},
    {"power", nullptr},
    {"divmod", &PyNumberMethods::nb_divmod},
    {"bitwise_and", &PyNumberMethods::nb_and},
    {"bitwise_or", &PyNumberMethods::nb_or},
    {"bitwise_xor", &PyNumberMethods::nb_xor},
    {"left_shift", &PyNumberMethods::nb_lshift},
    {"right_shift", &PyNumberMethods::nb_rshift},
    {"equal", nullptr, Py_EQ},
    {"not_equal", nullptr, Py_NE},
    {"less", nullptr, Py_GT},
    {"less_equal", nullptr, Py_GE},
    {"greater", nullptr, Py_LT},
    {"greater_equal", nullptr, Py_LE},
};
PyObject* g_call;  // "__call__"

// left (op) right; a new reference to NotImplemented when it is no operator of the right side.
PyObject* as_operator(PyObject* ufunc, PyObject* left, PyObject* right) {
  for (const Operator& op : g_operators) {
    if (op.ufunc != ufunc) continue;
    PyTypeObject* type = Py_TYPE(right);
    if (op.compare >= 0) return type->tp_richcompare(right, left, op.compare);
    PyNumberMethods* slots = type->tp_as_number;
    if (op.slot == nullptr) return slots->nb_power(left, right, Py_None);
    if (op.slot == &PyNumberMethods::nb_matrix_multiply) {
      // NumPy has products with vectors, the operator has not.
      int rank = is_tensor(right) ? tensor_of(right).rank() : variable_of(right).peek().rank();
      if (rank == 1 || !convert::is_array(left)) break;
      if (py::reinterpret_borrow<py::array>(left).ndim() == 1) break;
    }
    binaryfunc f = slots->*op.slot;
    if (f == nullptr) break;
    return f(left, right);
  }
  Py_RETURN_NOTIMPLEMENTED;
}

bool is_followed(PyObject* o) {
  return is_tensor(o) ? watched(tensor_of(o)) : is_variable(o) && watched(variable_of(o).read());
}

bool is_ours(PyObject* o) { return is_tensor(o) || is_variable(o); }

// NumPy's own result for values that nobody follows; null without an error if that is not so.
PyObject* as_arrays(PyObject* ufunc, PyObject* const* inputs, Py_ssize_t n) {
  constexpr Py_ssize_t kMost = 4;
  if (n > kMost) return nullptr;
  py::object kept[kMost];
  PyObject* given[kMost];
  for (Py_ssize_t i = 0; i < n; ++i) {
    PyObject* o = inputs[i];
    bool known = is_ours(o) || convert::is_array(o) || convert::is_numpy_scalar(o) ||
                 PyFloat_Check(o) || PyLong_Check(o);
    if (!known || is_followed(o)) return nullptr;
  }
  for (Py_ssize_t i = 0; i < n; ++i) {
    PyObject* o = inputs[i];
    if (is_tensor(o)) {
      kept[i] = as_numpy_view(o);
    } else if (is_variable(o)) {
      kept[i] = to_numpy(variable_of(o).peek());
    }
    given[i] = kept[i] ? kept[i].ptr() : o;
  }
  return PyObject_Vectorcall(ufunc, given, size_t(n), nullptr);
}

// (self, ufunc, method, *inputs, **keywords)
PyObject* array_ufunc(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  try {
    bool plain = n >= 4 && (names == nullptr || PyTuple_GET_SIZE(names) == 0) &&
                 (args[2] == g_call || PyUnicode_Compare(args[2], g_call) == 0);
    if (plain) {
      if (n == 5 && !is_ours(args[3]) && is_ours(args[4])) {
        PyObject* out = as_operator(args[1], args[3], args[4]);
        if (out != Py_NotImplemented) return out;
        Py_DECREF(out);
      }
      PyObject* out = as_arrays(args[1], args + 3, n - 3);
      if (out != nullptr || PyErr_Occurred()) return out;
    }
    PyObject* handler = python_handler(0);
    return handler ? PyObject_Vectorcall(handler, args, size_t(n), names) : nullptr;
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

// Calls f for the tensors and variables in o, in its lists, tuples and dicts too, until f is false.
template <typename F>
bool all_within(PyObject* o, F&& f) {
  if (is_ours(o)) return f(o);
  if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
    PyObject** items = PySequence_Fast_ITEMS(o);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); ++i) {
      if (!all_within(items[i], f)) return false;
    }
  } else if (PyDict_CheckExact(o)) {
    PyObject *key, *value;
    for (Py_ssize_t at = 0; PyDict_Next(o, &at, &key, &value);) {
      if (!all_within(value, f)) return false;
    }
  }
  return true;
}

// o with arrays in place of the tensors in it.
py::object with_arrays(py::handle o) {
  if (is_tensor(o.ptr())) return as_numpy_view(o.ptr());
  if (is_variable(o.ptr())) return to_numpy(variable_of(o.ptr()).peek());
  if (PyList_CheckExact(o.ptr()) || PyTuple_CheckExact(o.ptr())) {
    py::list out;
    for (py::handle item : o) out.append(with_arrays(item));
    return PyTuple_CheckExact(o.ptr()) ? py::object(py::tuple(out)) : py::object(out);
  }
  if (PyDict_CheckExact(o.ptr())) {
    py::dict out;
    for (auto [key, value] : py::reinterpret_borrow<py::dict>(o)) out[key] = with_arrays(value);
    return out;
  }
  return py::reinterpret_borrow<py::object>(o);
}

// (self, function, types, args, kwargs)
PyObject* array_function(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  try {
    bool plain = n == 5 && !names && PyTuple_CheckExact(args[2]) && PyTuple_CheckExact(args[3]) &&
                 PyDict_CheckExact(args[4]) && !PyDict_GetItemString(args[4], "out");
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(args[2]); ++i) {
      auto* type = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(args[2], i));
      plain = PyType_IsSubtype(type, g_tensor_type) || PyType_IsSubtype(type, g_variable_type) ||
              PyType_IsSubtype(type, py::detail::npy_api::get().PyArray_Type_);
    }
    auto unfollowed = [](PyObject* o) { return !is_followed(o); };
    if (plain && all_within(args[3], unfollowed) && all_within(args[4], unfollowed)) {
      py::object positional = with_arrays(args[3]), named = with_arrays(args[4]);
      return PyObject_Call(args[1], positional.ptr(), named.ptr());
    }
  } catch (...) {
    set_python_error();
    return nullptr;
  }
  PyObject* handler = python_handler(1);
  return handler ? PyObject_Vectorcall(handler, args, size_t(n), names) : nullptr;
}

PyMethodDef kHandlers[] = {
    {"__array_ufunc__", (PyCFunction)(void*)array_ufunc, METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"__array_function__", (PyCFunction)(void*)array_function, METH_FASTCALL | METH_KEYWORDS,
     nullptr},
};

// -- When they are there --------------------------------------------------------------------------

// An attribute of the class that is there only while somebody follows the ops of this thread.
struct PyProtocol {
  PyObject_HEAD
  PyObject* name;
  PyObject* handler;
};

PyObject* protocol_get(PyObject* self, PyObject* object, PyObject*) {
  auto* p = reinterpret_cast<PyProtocol*>(self);
  if (!any_listener_active()) {
    PyErr_SetObject(PyExc_AttributeError, p->name);
    return nullptr;
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
    if (!t.device().is_cpu()) {
      PyErr_SetString(PyExc_AttributeError,
                      "__array_interface__ is for the CPU's memory; use np.asarray, which copies "
                      "from a GPU");
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
      if (is_followed(args[i])) Py_RETURN_TRUE;
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

PyGetSetDef kCudaInterface = {
    "__cuda_array_interface__", cuda_array_interface, nullptr,
    "The address, layout and stream of a GPU's memory, read-only, as Numba and CuPy take them.",
    nullptr};

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
  g_call = PyUnicode_InternFromString("__call__");
  py::module_ numpy = py::module_::import("numpy");
  for (Operator& op : g_operators) op.ufunc = py::object(numpy.attr(op.name)).release().ptr();
  PyTypeObject* type = protocol_type();
  for (PyMethodDef& method : kHandlers) {
    for (PyTypeObject* owner : {g_tensor_type, g_variable_type}) {
      auto* p = PyObject_New(PyProtocol, type);
      if (p == nullptr) throw py::error_already_set();
      p->name = PyUnicode_InternFromString(method.ml_name);
      p->handler = PyCFunction_New(&method, nullptr);
      set(owner, method.ml_name, reinterpret_cast<PyObject*>(p));
    }
  }
  Py_DECREF(type);
  set(g_tensor_type, "__array_interface__", PyDescr_NewGetSet(g_tensor_type, &kInterface));
  set(g_tensor_type, "__cuda_array_interface__", PyDescr_NewGetSet(g_tensor_type, &kCudaInterface));
  for (PyMethodDef& method : kVariableMethods) {
    set(g_variable_type, method.ml_name, PyDescr_NewMethod(g_variable_type, &method));
  }
  if (PyModule_AddFunctions(m.ptr(), kFunctions) < 0) throw py::error_already_set();
}

}  // namespace pyten::bindings
