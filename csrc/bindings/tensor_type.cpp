// The Tensor type.
#include "bindings/indexing.h"
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
template <char how>
PyObject* get_slice_assign(PyObject* self, void* closure);

PyGetSetDef kGetSet[] = {
    {"shape", get_shape, nullptr, "The shape, a TensorShape.", nullptr},
    {"dtype", get_dtype, nullptr, "The type of the elements, a DType.", nullptr},
    {"ndim", get_ndim, nullptr, "The number of axes, an int.", nullptr},
    {"device", get_device, nullptr, "The name of the device that holds the tensor.", nullptr},
    {"_id", get_id, nullptr, "The number that tapes know the tensor by.", nullptr},
    {"assign", get_slice_assign<'u'>, nullptr, "Assigns to the slice of the variable this is.",
     nullptr},
    {"assign_add", get_slice_assign<'a'>, nullptr, "Adds to the slice of the variable this is.",
     nullptr},
    {"assign_sub", get_slice_assign<'s'>, nullptr,
     "Subtracts from the slice of the variable this is.", nullptr},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {},
};

// variable[key][more] is a part of the variable too.
PyObject* longer_origin(PyObject* origin, PyObject* key) {
  Py_ssize_t n = PyTuple_GET_SIZE(origin);
  PyObject* out = PyTuple_New(n + 1);
  for (Py_ssize_t i = 0; out && i <= n; ++i) {
    PyTuple_SET_ITEM(out, i, Py_NewRef(i < n ? PyTuple_GET_ITEM(origin, i) : key));
  }
  return out;
}

PyObject* subscript(PyObject* self, PyObject* key) {
  auto* from = reinterpret_cast<PyTensor*>(self);
  try {
    bool is_view;
    PyObject* out = wrap(get_item(from->tensor, key, &is_view));
    if (out && from->origin && from->is_view) [[unlikely]] {
      auto* slice = reinterpret_cast<PyTensor*>(out);
      if (slice->origin == nullptr) {
        slice->origin = longer_origin(from->origin, key);
        slice->is_view = is_view;
      }
    }
    return out;
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
               "A tensor never changes; make a new one with: x = x.at[%s].set(y)",
               type_name(self), k.c_str());
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

// self.assign's function: (value, use_locking=None, name=None, read_value=True) with the slice's
// origin bound.
template <char how>
PyObject* slice_assign(PyObject* origin, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  constexpr const char* op = how == 'u' ? "assign" : how == 'a' ? "assign_add" : "assign_sub";
  constexpr const char* kNames[] = {how == 'u' ? "value" : "delta", "use_locking", "name",
                                    "read_value"};
  PyObject* given[4] = {};
  try {
    if (n > 4) {
      throw py::type_error(std::string(op) + "() takes from 1 to 4 positional arguments but " +
                           std::to_string(n) + " were given");
    }
    std::copy(args, args + n, given);
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); ++i) {
      PyObject* key = PyTuple_GET_ITEM(names, i);
      int at = 0;
      while (at < 4 && PyUnicode_CompareWithASCIIString(key, kNames[at]) != 0) ++at;
      if (at == 4) {
        unexpected_keyword(op, py::make_tuple(kNames[0], kNames[1], kNames[2], kNames[3]).ptr(),
                           key);
      }
      given[at] = args[n + i];
    }
    if (given[0] == nullptr) {
      throw py::type_error(std::string(op) + "() missing 1 required positional argument: '" +
                           kNames[0] + "'");
    }
    set_item(origin, given[0],
             how == 'u'   ? kernels::Scatter::update
             : how == 'a' ? kernels::Scatter::add
                          : kernels::Scatter::subtract);
    if (given[3] && !PyObject_IsTrue(given[3])) Py_RETURN_NONE;
    return Py_NewRef(PyTuple_GET_ITEM(origin, 0));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
template <char how>
PyMethodDef kSliceAssign = {how == 'u'   ? "assign"
                            : how == 'a' ? "assign_add"
                                         : "assign_sub",
                            (PyCFunction)(void*)slice_assign<how>, METH_FASTCALL | METH_KEYWORDS,
                            "Writes to the slice and returns the variable."};

template <char how>
PyObject* get_slice_assign(PyObject* self, void*) {
  PyObject* origin = reinterpret_cast<PyTensor*>(self)->origin;
  if (origin == nullptr) {
    PyErr_Format(PyExc_AttributeError,
                 "'Tensor' object has no attribute '%s'; tensors never change: assign to a "
                 "tf.Variable, or make a new tensor with x.at[...].set(y)",
                 kSliceAssign<how>.ml_name);
    return nullptr;
  }
  return PyCFunction_New(&kSliceAssign<how>, origin);
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
      {Py_tp_getattro, (void*)get_attribute},
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
