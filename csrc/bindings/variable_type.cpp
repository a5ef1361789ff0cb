// The base of pyten.Variable: its value, its reads and its assigns. The rest is Python.
#include "bindings/indexing.h"
#include "bindings/operators.h"

#include <structmember.h>

namespace pyten::bindings {

PyTypeObject* g_variable_type = nullptr;

namespace {

PyObject* variable_new(PyTypeObject* type, PyObject*, PyObject*) {
  auto* o = reinterpret_cast<PyVariable*>(type->tp_alloc(type, 0));
  if (o == nullptr) return nullptr;
  new (&o->variable) Variable();
  o->weakrefs = nullptr;
  return reinterpret_cast<PyObject*>(o);
}

// What explain() says of values that go this way.
constexpr const char* kAssigned = "was assigned to a variable";

// (tensor, trainable, name, shape): shape a tuple with None for sizes that may vary, or None for
// any shape at all, or absent for the tensor's own.
int variable_init(PyObject* self, PyObject* args, PyObject*) {
  PyObject *value, *shape = nullptr;
  int trainable;
  const char* name;
  if (!PyArg_ParseTuple(args, "O!ps|O:Variable", g_tensor_type, &value, &trainable, &name,
                        &shape)) {
    return -1;
  }
  try {
    note_exit_from_python(tensor_of(value), kAssigned);
    Variable v(tensor_of(value), trainable, name);
    if (shape == Py_None) {
      v.impl()->any_rank = true;
    } else if (shape != nullptr) {
      v.impl()->shape.clear();
      for (py::handle size : py::reinterpret_borrow<py::tuple>(shape)) {
        v.impl()->shape.push_back(size.is_none() ? -1 : py::cast<int64_t>(size));
      }
    }
    auto* o = reinterpret_cast<PyVariable*>(self);
    if (o->variable.defined()) o->variable.impl()->py = nullptr;  // __init__ a second time
    o->variable = v;
    v.impl()->py = self;
    return 0;
  } catch (...) {
    set_python_error();
    return -1;
  }
}

void variable_dealloc(PyObject* self) {
  auto* o = reinterpret_cast<PyVariable*>(self);
  PyTypeObject* type = Py_TYPE(self);
  if (PyType_IS_GC(type)) PyObject_GC_UnTrack(self);
  if (o->weakrefs) PyObject_ClearWeakRefs(self);
  if (o->variable.defined() && o->variable.impl()->py == self) o->variable.impl()->py = nullptr;
  o->variable.~Variable();
  type->tp_free(self);
  Py_DECREF(type);
}

// A getter that may throw, as every use of a variable without a value does.
template <auto get>
PyObject* guarded(PyObject* self, void*) {
  try {
    return get(variable_of(self));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* get_shape(const Variable& v) {
  return v.impl()->any_rank ? PyObject_CallOneArg(g_python.tensor_shape, Py_None)
                            : shape_object(v.impl()->shape);
}
PyObject* get_dtype(const Variable& v) { return Py_NewRef(dtype_object(v.dtype())); }
PyObject* get_ndim(const Variable& v) { return PyLong_FromLong(v.peek().rank()); }
PyObject* get_device(const Variable& v) {
  return PyUnicode_FromString(device_name(v.peek().device()).c_str());
}
PyObject* get_trainable(const Variable& v) { return PyBool_FromLong(v.trainable()); }
PyObject* get_name(const Variable& v) { return PyUnicode_FromString(v.name().c_str()); }
PyObject* get_id(const Variable& v) { return PyLong_FromLongLong(v.id()); }

PyGetSetDef kGetSet[] = {
    {"shape", guarded<get_shape>, nullptr, "The shape that assigns must match, a TensorShape.",
     nullptr},
    {"dtype", guarded<get_dtype>, nullptr, "The type of the elements, a DType.", nullptr},
    {"ndim", guarded<get_ndim>, nullptr, "The number of axes, an int.", nullptr},
    {"device", guarded<get_device>, nullptr, "The name of the device that holds the value.",
     nullptr},
    {"trainable", guarded<get_trainable>, nullptr,
     "Whether tapes watch the variable by themselves.", nullptr},
    {"_name", guarded<get_name>, nullptr, nullptr, nullptr},
    {"_id", guarded<get_id>, nullptr, nullptr, nullptr},
    {},
};

// What the three assigns have in common: (value, use_locking=None, name=None, read_value=True).
template <void (Variable::*method)(const Tensor&)>
PyObject* assign_with(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names,
                      const char* op, const char* parameter) {
  PyObject* value = n > 0 ? args[0] : nullptr;
  bool read_value = n > 3 ? PyObject_IsTrue(args[3]) : true;
  Py_ssize_t keywords = names ? PyTuple_GET_SIZE(names) : 0;
  if (n > 4) {
    PyErr_Format(PyExc_TypeError, "%s() takes from 1 to 4 positional arguments but %zd were given",
                 op, n);
    return nullptr;
  }
  for (Py_ssize_t i = 0; i < keywords; ++i) {
    PyObject* key = PyTuple_GET_ITEM(names, i);
    if (PyUnicode_CompareWithASCIIString(key, parameter) == 0 && value == nullptr) {
      value = args[n + i];
    } else if (PyUnicode_CompareWithASCIIString(key, "read_value") == 0) {
      read_value = PyObject_IsTrue(args[n + i]);
    } else if (PyUnicode_CompareWithASCIIString(key, "use_locking") != 0 &&
               PyUnicode_CompareWithASCIIString(key, "name") != 0) {
      try {
        unexpected_keyword(op, py::make_tuple(parameter, "use_locking", "name", "read_value").ptr(),
                           key);
      } catch (...) {
        set_python_error();
        return nullptr;
      }
    }
  }
  if (value == nullptr) {
    PyErr_Format(PyExc_TypeError, "%s() missing 1 required positional argument: '%s'", op,
                 parameter);
    return nullptr;
  }
  try {
    Variable& v = variable_of(self);
    if (Py_TYPE(value) == g_tensor_type) {
      note_exit_from_python(tensor_of(value), kAssigned);
      (v.*method)(tensor_of(value));
    } else if (is_variable(value)) {
      Tensor held = variable_of(value).read();
      note_exit_from_python(held, kAssigned);
      (v.*method)(held);
    } else {
      (v.*method)(to_tensor(value, v.dtype(), std::nullopt, op, parameter));
    }
    if (!read_value) Py_RETURN_NONE;
    return Py_NewRef(self);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* assign(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return assign_with<&Variable::assign>(self, args, n, names, "assign", "value");
}
PyObject* assign_add(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return assign_with<&Variable::assign_add>(self, args, n, names, "assign_add", "delta");
}
PyObject* assign_sub(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return assign_with<&Variable::assign_sub>(self, args, n, names, "assign_sub", "delta");
}

PyObject* read_value(PyObject* self, PyObject*) {
  try {
    return wrap(variable_of(self).read_value());
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* numpy(PyObject* self, PyObject*) {
  try {
    const Tensor& value = variable_of(self).read();
    note_exit_from_python(value);
    return to_numpy(value).release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

kernels::Scatter scatter_named(const std::string& how) {
  const char* names[] = {"update", "add", "subtract", "multiply", "divide", "max", "min"};
  for (int i = 0; i < int(kernels::Scatter::kCount); ++i) {
    if (how == names[i]) return kernels::Scatter(i);
  }
  fail(ErrorKind::kValue, "scatter: unknown kind ", how);
}

PyObject* scatter_nd_method(PyObject* self, PyObject* args) {
  PyObject *indices, *updates;
  const char* how;
  if (!PyArg_ParseTuple(args, "sOO:_scatter_nd", &how, &indices, &updates)) return nullptr;
  try {
    Variable& v = variable_of(self);
    Tensor at = to_tensor(indices, std::nullopt, DType::kInt32, "scatter_nd", "indices");
    Tensor with = to_tensor(updates, v.dtype(), std::nullopt, "scatter_nd", "updates");
    v.scatter_nd(scatter_named(how), at, with);
    return Py_NewRef(self);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyMethodDef kMethods[] = {
    {"assign", (PyCFunction)(void*)assign, METH_FASTCALL | METH_KEYWORDS,
     "assign($self, value, use_locking=None, name=None, read_value=True)\n--\n\nReplaces the value.\n\n"
     "Args:\n  value: a tensor of the variable's shape and dtype, or what converts to one.\n"
     "  use_locking: accepted for compatibility and ignored.\n"
     "  read_value: False makes the method return None.\n\nReturns:\n  The variable.\n\n"
     "Raises:\n  ValueError: the shape or a tensor's dtype differs; the variable stays as it was.\n"
     "  TypeError: the value does not convert without loss."},
    {"assign_add", (PyCFunction)(void*)assign_add, METH_FASTCALL | METH_KEYWORDS,
     "assign_add($self, delta, use_locking=None, name=None, read_value=True)\n--\n\nAdds to the value, in "
     "place when nobody else holds it.\n\nArgs:\n  delta: a tensor of the variable's shape and "
     "dtype, or what converts to one.\n"
     "  use_locking: accepted for compatibility and ignored.\n"
     "  read_value: False makes the method return None.\n\nReturns:\n  The variable."},
    {"assign_sub", (PyCFunction)(void*)assign_sub, METH_FASTCALL | METH_KEYWORDS,
     "assign_sub($self, delta, use_locking=None, name=None, read_value=True)\n--\n\nSubtracts from the "
     "value, in place when nobody else holds it.\n\nArgs:\n  delta: a tensor of the variable's "
     "shape and dtype, or what converts to one.\n"
     "  use_locking: accepted for compatibility and ignored.\n"
     "  read_value: False makes the method return None.\n\nReturns:\n  The variable."},
    {"read_value", read_value, METH_NOARGS,
     "read_value($self, /)\n--\n\nReturns the present value as a tensor; later assigns do not change it."},
    {"value", read_value, METH_NOARGS,
     "value($self, /)\n--\n\nReturns the present value as a tensor; later assigns do not change it."},
    {"numpy", numpy, METH_NOARGS,
     "numpy($self, /)\n--\n\nReturns the value as a NumPy array of its own (a NumPy scalar for rank 0)."},
    {"_scatter_nd", scatter_nd_method, METH_VARARGS, nullptr},
    {},
};

PyMemberDef kMembers[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(PyVariable, weakrefs), READONLY, nullptr},
    {},
};

PyObject* subscript(PyObject* self, PyObject* key) {
  try {
    bool is_view;
    PyObject* slice = wrap(get_item(variable_of(self).read(), key, &is_view));
    if (slice == nullptr) return nullptr;
    auto* tensor = reinterpret_cast<PyTensor*>(slice);
    if (tensor->origin == nullptr) {
      tensor->origin = PyTuple_Pack(2, self, key);
      tensor->is_view = is_view;
    }
    return slice;
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

int refuse_item(PyObject* self, PyObject* key, PyObject* value) {
  if (value == nullptr) {
    PyErr_Format(PyExc_TypeError, "'%s' object does not support item deletion", type_name(self));
    return -1;
  }
  std::string k = indexing::shown_key(key);
  PyErr_Format(PyExc_TypeError,
               "'%s' object does not support item assignment\n"
               "Write to the variable with: v[%s].assign(y)",
               type_name(self), k.c_str());
  return -1;
}

Py_hash_t refuse_hash(PyObject* self) {
  PyErr_Format(PyExc_TypeError,
               "Variable is unhashable. Instead, use variable.ref() as the key. (Variable: %R)",
               self);
  return -1;
}

// v += x would rebind the name to a tensor and leave the variable as it was.
PyObject* refuse_in_place(PyObject*, PyObject*) {
  PyErr_SetString(PyExc_RuntimeError,
                  "`variable += value` and its like are not supported for tf.Variable. Use "
                  "`variable.assign_add(value)` or `variable.assign(...)` to modify the variable, "
                  "or `out = variable + value` to get a new tensor.");
  return nullptr;
}
PyObject* refuse_in_place_power(PyObject* self, PyObject* other, PyObject*) {
  return refuse_in_place(self, other);
}

}  // namespace

void fail_without_value(PyObject* variable) {
  fail(ErrorKind::kRuntime, type_name(variable),
       ": has no value yet; its class must call super().__init__(initial_value)");
}

PyObject* wrap(const Variable& v) {
  if (auto* known = static_cast<PyObject*>(v.impl()->py)) return Py_NewRef(known);
  // The Python object is gone and a tape kept the variable: a fresh object for it.
  PyTypeObject* type =
      g_python.variable ? reinterpret_cast<PyTypeObject*>(g_python.variable) : g_variable_type;
  PyObject* o = variable_new(type, nullptr, nullptr);
  if (o == nullptr) return nullptr;
  reinterpret_cast<PyVariable*>(o)->variable = v;
  v.impl()->py = o;
  return o;
}

void init_variable(py::module_& m) {
  std::vector<PyType_Slot> slots = {
      {Py_tp_dealloc, (void*)variable_dealloc},
      {Py_tp_new, (void*)variable_new},
      {Py_tp_init, (void*)variable_init},
      {Py_tp_getset, kGetSet},
      {Py_tp_methods, kMethods},
      {Py_tp_members, kMembers},
      {Py_tp_hash, (void*)refuse_hash},
      {Py_tp_getattro, (void*)get_attribute},
      {Py_mp_subscript, (void*)subscript},
      {Py_mp_ass_subscript, (void*)refuse_item},
      {Py_nb_inplace_add, (void*)refuse_in_place},
      {Py_nb_inplace_subtract, (void*)refuse_in_place},
      {Py_nb_inplace_multiply, (void*)refuse_in_place},
      {Py_nb_inplace_true_divide, (void*)refuse_in_place},
      {Py_nb_inplace_floor_divide, (void*)refuse_in_place},
      {Py_nb_inplace_remainder, (void*)refuse_in_place},
      {Py_nb_inplace_matrix_multiply, (void*)refuse_in_place},
      {Py_nb_inplace_power, (void*)refuse_in_place_power},
      {Py_tp_doc, (void*)"The compiled part of pyten.Variable."},
  };
  add_operator_slots(slots);
  slots.push_back({});
  PyType_Spec spec = {"pyten._core.Variable", sizeof(PyVariable), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};
  g_variable_type = add_type(m, "Variable", spec);
  m.attr("Variable").attr("__array_priority__") = 100;  // NumPy leaves operators to us
}

}  // namespace pyten::bindings
