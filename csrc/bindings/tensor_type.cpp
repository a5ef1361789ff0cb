// The Tensor type.
#include "bindings/operators.h"

#include <structmember.h>

namespace pyten::bindings {

PyTypeObject* g_tensor_type = nullptr;

namespace {

// Freed objects of exactly the Tensor type, kept for the next wrap().
constexpr int kFreeObjects = 256;
PyTensor* g_free[kFreeObjects];
int g_free_count = 0;

PyTensor* new_object() {
  if (g_free_count > 0) {
    PyTensor* o = g_free[--g_free_count];
    // Sets the reference count to 1 and takes a reference to the type.
    PyObject_Init(reinterpret_cast<PyObject*>(o), g_tensor_type);
    return o;
  }
  return PyObject_New(PyTensor, g_tensor_type);
}

void tensor_dealloc(PyObject* self) {
  auto* o = reinterpret_cast<PyTensor*>(self);
  PyTypeObject* type = Py_TYPE(self);
  if (o->weakrefs) PyObject_ClearWeakRefs(self);
  Py_CLEAR(o->dict);
  Py_CLEAR(o->origin);
  if (o->tensor.impl()->py == self) o->tensor.impl()->py = nullptr;
  o->tensor.~Tensor();
  if (type == g_tensor_type && g_free_count < kFreeObjects) {
    g_free[g_free_count++] = o;
  } else {
    type->tp_free(self);
  }
  Py_DECREF(type);
}

PyObject* tensor_new(PyTypeObject*, PyObject*, PyObject*) {
  PyErr_SetString(PyExc_TypeError,
                  "Tensor() takes no arguments; use tf.constant(value) to make a tensor");
  return nullptr;
}

PyObject* guarded(PyObject* (*f)(const Tensor&), const Tensor& t) {
  try {
    return f(t);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* get_shape(PyObject* self, void*) {
  return guarded([](const Tensor& t) { return shape_object(t.shape()); }, tensor_of(self));
}
PyObject* get_dtype(PyObject* self, void*) {
  return Py_NewRef(dtype_object(tensor_of(self).dtype()));
}
PyObject* get_ndim(PyObject* self, void*) { return PyLong_FromLong(tensor_of(self).rank()); }
PyObject* get_device(PyObject* self, void*) {
  return PyUnicode_FromString(device_name(tensor_of(self).device()).c_str());
}
PyObject* get_id(PyObject* self, void*) { return PyLong_FromLongLong(tensor_id(tensor_of(self))); }

// .assign, .assign_add and .assign_sub exist on variable[key] alone.
PyObject* get_slice_assign(PyObject* self, void* closure);

PyGetSetDef kGetSet[] = {
    {"shape", get_shape, nullptr, "The shape, a TensorShape.", nullptr},
    {"dtype", get_dtype, nullptr, "The type of the elements, a DType.", nullptr},
    {"ndim", get_ndim, nullptr, "The number of axes, an int.", nullptr},
    {"device", get_device, nullptr, "The name of the device that holds the tensor.", nullptr},
    {"_id", get_id, nullptr, "The number that tapes know the tensor by.", nullptr},
    {"assign", get_slice_assign, nullptr, "Assigns to the slice of the variable this is.",
     const_cast<char*>("update")},
    {"assign_add", get_slice_assign, nullptr, "Adds to the slice of the variable this is.",
     const_cast<char*>("add")},
    {"assign_sub", get_slice_assign, nullptr, "Subtracts from the slice of the variable this is.",
     const_cast<char*>("subtract")},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {},
};

PyObject* subscript(PyObject* self, PyObject* key) {
  try {
    return wrap(get_item(tensor_of(self), key));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

int refuse_item(PyObject* self, PyObject*, PyObject* value) {
  PyErr_Format(PyExc_TypeError,
               value ? "'%s' object does not support item assignment; tensors are constant: make a "
                       "tf.Variable and use v[...].assign(value), or tf.tensor_scatter_nd_update"
                     : "'%s' object does not support item deletion",
               type_name(self));
  return -1;
}

Py_hash_t refuse_hash(PyObject*) {
  PyErr_SetString(PyExc_TypeError, "Tensor is unhashable. Instead, use tensor.ref() as the key.");
  return -1;
}

template <auto method>
PyObject* with_keywords(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  try {
    return method(self, args, n, names);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
template <auto method>
PyObject* without_arguments(PyObject* self, PyObject* unused) {
  try {
    return method(self, unused);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyMethodDef kMethods[] = {
    {"numpy", (PyCFunction)without_arguments<tensor_numpy>, METH_NOARGS,
     "numpy($self, /)\n--\n\nReturns the value as a NumPy array of its own (a NumPy scalar for rank 0)."},
    {"__array__", (PyCFunction)(void*)with_keywords<tensor_array>, METH_FASTCALL | METH_KEYWORDS,
     "__array__($self, dtype=None, copy=None)\n--\n\nReturns a read-only view of the tensor's memory, or a "
     "copy where one is needed."},
    {"__dlpack__", (PyCFunction)(void*)with_keywords<tensor_dlpack>, METH_FASTCALL | METH_KEYWORDS,
     "__dlpack__($self, *, stream=None, max_version=None, dl_device=None, copy=None)\n--\n\nReturns a "
     "DLPack capsule: read-only without a copy for version 1 and later, a copy for older ones."},
    {"__dlpack_device__", (PyCFunction)without_arguments<tensor_dlpack_device>, METH_NOARGS,
     "__dlpack_device__($self, /)\n--\n\nReturns DLPack's (device type, device number)."},
    {},
};

PyMemberDef kMembers[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(PyTensor, weakrefs), READONLY, nullptr},
    {"__dictoffset__", T_PYSSIZET, offsetof(PyTensor, dict), READONLY, nullptr},
    {},
};

// self.assign's function: (value, name=None) with the slice's origin bound.
PyObject* slice_assign(PyObject* bound, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  PyObject *variable = PyTuple_GET_ITEM(bound, 0), *key = PyTuple_GET_ITEM(bound, 1);
  const char* how = PyUnicode_AsUTF8(PyTuple_GET_ITEM(bound, 2));
  if (n != 1 && !(n == 0 && names && PyTuple_GET_SIZE(names) == 1)) {
    PyErr_SetString(PyExc_TypeError, "assign() takes one value: v[...].assign(value)");
    return nullptr;
  }
  try {
    kernels::Scatter scatter = how[0] == 'u'   ? kernels::Scatter::update
                               : how[0] == 'a' ? kernels::Scatter::add
                                               : kernels::Scatter::subtract;
    set_item(variable_of(variable), key, args[0], scatter);
    return Py_NewRef(variable);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
PyMethodDef kSliceAssign = {"assign", (PyCFunction)(void*)slice_assign,
                            METH_FASTCALL | METH_KEYWORDS,
                            "Writes to the slice and returns the variable."};

PyObject* get_slice_assign(PyObject* self, void* closure) {
  PyObject* origin = reinterpret_cast<PyTensor*>(self)->origin;
  if (origin == nullptr) {
    PyErr_Format(PyExc_AttributeError,
                 "'Tensor' object has no attribute 'assign%s'; tensors are constant: make a "
                 "tf.Variable to assign to",
                 static_cast<char*>(closure)[0] == 'u'   ? ""
                 : static_cast<char*>(closure)[0] == 'a' ? "_add"
                                                         : "_sub");
    return nullptr;
  }
  PyObject* bound = Py_BuildValue("(OOs)", PyTuple_GET_ITEM(origin, 0), PyTuple_GET_ITEM(origin, 1),
                                  static_cast<char*>(closure));
  if (bound == nullptr) return nullptr;
  PyObject* function = PyCFunction_New(&kSliceAssign, bound);
  Py_DECREF(bound);
  return function;
}

}  // namespace

PyObject* wrap(Tensor t) {
  if (auto* known = static_cast<PyObject*>(t.impl()->py)) return Py_NewRef(known);
  PyTensor* o = new_object();
  if (o == nullptr) return nullptr;
  new (&o->tensor) Tensor(std::move(t));
  o->dict = nullptr;
  o->weakrefs = nullptr;
  o->origin = nullptr;
  o->tensor.impl()->py = o;
  return reinterpret_cast<PyObject*>(o);
}

PyObject* wrap_list(const Tensors& tensors) {
  PyObject* list = PyList_New(Py_ssize_t(tensors.size()));
  if (list == nullptr) return nullptr;
  for (size_t i = 0; i < tensors.size(); ++i) {
    PyObject* item = tensors[i].defined() ? wrap(tensors[i]) : Py_NewRef(Py_None);
    if (item == nullptr) {
      Py_DECREF(list);
      return nullptr;
    }
    PyList_SET_ITEM(list, Py_ssize_t(i), item);
  }
  return list;
}

void init_tensor(py::module_& m) {
  std::vector<PyType_Slot> slots = {
      {Py_tp_dealloc, (void*)tensor_dealloc},
      {Py_tp_new, (void*)tensor_new},
      {Py_tp_getset, kGetSet},
      {Py_tp_methods, kMethods},
      {Py_tp_members, kMembers},
      {Py_tp_hash, (void*)refuse_hash},
      {Py_mp_subscript, (void*)subscript},
      {Py_mp_ass_subscript, (void*)refuse_item},
      {Py_bf_getbuffer, (void*)tensor_get_buffer},
      {Py_bf_releasebuffer, (void*)tensor_release_buffer},
      {Py_tp_doc,
       (void*)"An immutable array of numbers: made by tf.constant and by every op.\n\n"
              "Operators broadcast as in NumPy. A Python number beside a tensor takes the tensor's "
              "dtype; two\ntensors must have the same one (tf.cast changes it).\n\n"
              "Example:\n"
              "  >>> x = tf.constant([[1., 2.], [3., 4.]])\n"
              "  >>> x.shape, x.dtype\n"
              "  (TensorShape([2, 2]), tf.float32)\n"
              "  >>> (2 * x @ x)[0].numpy()\n"
              "  array([14., 20.], dtype=float32)\n"},
  };
  add_operator_slots(slots);
  slots.push_back({});
  PyType_Spec spec = {"pyten.Tensor", sizeof(PyTensor), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                      slots.data()};
  g_tensor_type = add_type(m, "Tensor", spec);
  m.attr("Tensor").attr("__array_priority__") = 100;  // NumPy leaves operators to us
}

}  // namespace pyten::bindings
