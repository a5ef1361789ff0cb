// The type pyten.array_api.Array; see array.h. Its Python part is in pyten/array_api/_array.py.
#include "bindings/array.h"
#include "bindings/indexing.h"
#include "ops/strided.h"

namespace pyten::bindings {

PyTypeObject* g_array_type = nullptr;

namespace {

// Freed handles, kept for the next wrap_array().
constexpr int kFreeObjects = 256;
PyArray* g_free[kFreeObjects];
int g_free_count = 0;

void array_dealloc(PyObject* self) {
  PyArray* o = array_of(self);
  if (o->head.weakrefs) PyObject_ClearWeakRefs(self);
  Py_CLEAR(o->head.dict);
  o->head.tensor.~Tensor();
  if (o->root) leave_family(o);
  if (g_free_count < kFreeObjects) {
    g_free[g_free_count++] = o;
  } else {
    g_array_type->tp_free(self);
  }
  Py_DECREF(g_array_type);
}

PyObject* array_new(PyTypeObject*, PyObject*, PyObject*) {
  PyErr_SetString(
      PyExc_TypeError,
      "Array() takes no arguments; use pyten.array_api.asarray(value) to make an array");
  return nullptr;
}

PyObject* get_shape(PyObject* self, void*) {
  const Shape& shape = tensor_of(self).shape();
  PyObject* tuple = PyTuple_New(shape.ssize());
  for (int i = 0; tuple && i < shape.ssize(); ++i) {
    PyObject* size = PyLong_FromLongLong(shape[i]);
    if (size == nullptr) Py_CLEAR(tuple);
    else PyTuple_SET_ITEM(tuple, i, size);
  }
  return tuple;
}
PyObject* get_size(PyObject* self, void*) { return PyLong_FromLongLong(tensor_of(self).size()); }
PyObject* get_itemsize(PyObject* self, void*) {
  return PyLong_FromSize_t(size_of(tensor_of(self).dtype()));
}
PyObject* get_nbytes(PyObject* self, void*) { return PyLong_FromSize_t(tensor_of(self).nbytes()); }

// NumPy would keep the handle, not the memory that the numbers in it describe.
PyObject* refuse_interface(PyObject*, void*) {
  PyErr_SetString(PyExc_AttributeError,
                  "'Array' object has no attribute '__array_interface__'; use np.asarray(x)");
  return nullptr;
}

PyGetSetDef kGetSet[] = {
    {"shape", get_shape, nullptr, "The shape, a tuple of ints.", nullptr},
    {"size", get_size, nullptr, "The number of elements, an int.", nullptr},
    {"itemsize", get_itemsize, nullptr, "Bytes of one element.", nullptr},
    {"nbytes", get_nbytes, nullptr, "Bytes of all elements.", nullptr},
    {"__array_interface__", refuse_interface, nullptr, nullptr, nullptr},
    {},
};

PyObject* subscript(PyObject* self, PyObject* key) {
  try {
    if (!tensor_of(self).is_contiguous()) prepare_root(array_of(self));
    if (PyLong_CheckExact(key)) [[likely]]
      return wrap_view(self, get_item(tensor_of(self), key));
    bool is_view;
    Tensor part = array_item(tensor_of(self), key, &is_view);
    return is_view ? wrap_view(self, std::move(part)) : wrap_array(std::move(part));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

// What is handed out keeps a Tensor, not the handle: the memory then has a second holder, and an
// assignment to the handle leaves it alone. NumPy gets a copy, which it may write to.
using Method = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
template <Method method>
PyObject* through_tensor(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  PyObject* tensor = wrap(tensor_of(self));
  if (tensor == nullptr) return nullptr;
  PyObject* out = nullptr;
  try {
    out = method(tensor, args, n, names);
  } catch (...) {
    set_python_error();
  }
  Py_DECREF(tensor);
  return out;
}

PyObject* array_method(PyObject* tensor, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  PyObject* given[2] = {Py_None, Py_None};
  if (n <= 2 && names == nullptr) std::copy(args, args + n, given);
  bool plain = n <= 2 && names == nullptr;
  for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); ++i) {
    bool copy = PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), "copy") == 0;
    (copy ? given[1] : given[0]) = args[n + i];
    plain = true;
  }
  if (!plain || n > 2) return tensor_array(tensor, args, n, names);
  if (names && n > 0) given[0] = args[0];
  if (given[1] == Py_None) given[1] = Py_True;
  return tensor_array(tensor, given, 2, nullptr);
}

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  view->obj = nullptr;
  try {
    PauseRecording pause;
    py::object copy = py::reinterpret_steal<py::object>(wrap(fresh_copy(tensor_of(self))));
    if (!copy) return -1;
    note_exit_from_python(tensor_of(self));
    if (tensor_get_buffer(copy.ptr(), view, flags & ~PyBUF_WRITABLE) < 0) return -1;
    view->readonly = 0;
    Py_SETREF(view->obj, Py_NewRef(self));
    return 0;
  } catch (...) {
    set_python_error();
    return -1;
  }
}

PyMethodDef kMethods[] = {
    {"__array__", (PyCFunction)(void*)through_tensor<array_method>, METH_FASTCALL | METH_KEYWORDS,
     "__array__($self, dtype=None, copy=None)\n--\n\nReturns a copy of the present value, or with "
     "copy=False a read-only view of it."},
    {"__dlpack__", (PyCFunction)(void*)through_tensor<tensor_dlpack>, METH_FASTCALL | METH_KEYWORDS,
     "__dlpack__($self, *, stream=None, max_version=None, dl_device=None, copy=None)\n--\n\nReturns a "
     "DLPack capsule of the present value."},
    {},
};

py::object array_from(py::object x) {
  PyObject* o = x.ptr();
  if (is_array_handle(o)) return x;
  PyObject* out = nullptr;
  if (is_tensor(o)) {
    out = wrap_array(tensor_of(o));
  } else if (is_variable(o)) {
    out = wrap_array(variable_of(o).read());
  } else if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
    py::list items;
    for (py::handle item : x) items.append(array_from(py::reinterpret_borrow<py::object>(item)));
    return PyList_CheckExact(o) ? py::object(items) : py::object(py::tuple(items));
  } else {
    return x;
  }
  if (out == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(out);
}

PyObject* array_function(PyObject*, PyObject* o) {
  if (is_tensor(o) && !is_array_handle(o)) return wrap_array(tensor_of(o));
  try {
    return array_from(py::reinterpret_borrow<py::object>(o)).release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* array_value(PyObject*, PyObject* o) {
  return is_array_handle(o) ? wrap(tensor_of(o)) : Py_NewRef(o);
}

PyObject* new_handle(PyObject*, PyObject* o) {
  if (is_tensor(o)) return wrap_array(tensor_of(o));
  return PyErr_Format(PyExc_TypeError, "_array_handle: expected an Array, got %s", type_name(o));
}

PyObject* row_major(PyObject*, PyObject* o) {
  return PyBool_FromLong(is_tensor(o) && tensor_of(o).is_contiguous());
}

// A view that an op made of an array, with the array's writes.
PyObject* view_of(PyObject*, PyObject* const* args, Py_ssize_t n) {
  if (n != 2 || !is_array_handle(args[0]) || !is_tensor(args[1])) {
    PyErr_SetString(PyExc_TypeError, "_array_view: expected an Array and what an op made of it");
    return nullptr;
  }
  return wrap_view(args[0], tensor_of(args[1]));
}

PyObject* as_root(PyObject*, PyObject* o) {
  try {
    if (is_array_handle(o)) prepare_root(array_of(o));
    return Py_NewRef(o);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyMethodDef kFunctions[] = {
    {"_array_view", (PyCFunction)(void*)view_of, METH_FASTCALL,
     "_array_view(base, x, /)\n--\n\nx as an Array that shares what is written to base, if they share "
     "memory."},
    {"_array_base", as_root, METH_O, "_array_base(x, /)\n--\n\nx itself, ready for views of it."},
    {"_is_contiguous", row_major, METH_O,
     "_is_contiguous(x, /)\n--\n\nWhether a tensor's elements lie row by row without gaps."},
    {"_array", array_function, METH_O,
     "_array(x, /)\n--\n\nA tensor or variable as an Array, the items of a list or tuple likewise, "
     "anything else as it is."},
    {"_array_value", array_value, METH_O,
     "_array_value(x, /)\n--\n\nThe tensor that an Array now holds; anything else as it is."},
    {"_array_handle", new_handle, METH_O,
     "_array_handle(x, /)\n--\n\nA new Array with the same elements, which assignments to x do not reach."},
    {nullptr, nullptr, 0, nullptr},
};

py::object promoted(py::args arrays) {
  std::optional<DType> dtype;
  for (py::handle item : arrays) {
    PyObject* o = item.ptr();
    if (is_python_number(o)) continue;
    DType own = is_tensor(o)     ? tensor_of(o).dtype()
                : is_variable(o) ? variable_of(o).dtype()
                                 : parse_dtype(o);
    dtype = dtype ? promote(*dtype, own) : own;
  }
  if (!dtype) throw py::value_error("result_type: at least one array or dtype is needed");
  for (py::handle item : arrays) {
    if (is_python_number(item.ptr())) dtype = promote_number(item.ptr(), *dtype);
  }
  return py::reinterpret_borrow<py::object>(dtype_object(*dtype));
}

}  // namespace

PyObject* wrap_array(Tensor t) {
  PyArray* o;
  if (g_free_count > 0) {
    o = g_free[--g_free_count];
    PyObject_Init(reinterpret_cast<PyObject*>(o), g_array_type);
  } else {
    o = PyObject_New(PyArray, g_array_type);
    if (o == nullptr) return nullptr;
  }
  new (&o->head.tensor) Tensor(std::move(t));
  o->head.dict = nullptr;
  o->head.weakrefs = nullptr;
  o->head.origin = nullptr;
  o->root = o->prev = o->next = nullptr;
  return reinterpret_cast<PyObject*>(o);
}

PyObject* wrap_array_list(const Tensors& tensors) {
  PyObject* list = PyList_New(Py_ssize_t(tensors.size()));
  for (size_t i = 0; list && i < tensors.size(); ++i) {
    PyObject* item = wrap_array(tensors[i]);
    if (item == nullptr) Py_CLEAR(list);
    else PyList_SET_ITEM(list, Py_ssize_t(i), item);
  }
  return list;
}

void init_array(py::module_& m) {
  std::vector<PyType_Slot> slots = {
      {Py_tp_dealloc, (void*)array_dealloc},
      {Py_tp_new, (void*)array_new},
      {Py_tp_getset, kGetSet},
      {Py_tp_methods, kMethods},
      {Py_mp_subscript, (void*)subscript},
      {Py_mp_ass_subscript, (void*)array_assign},
      {Py_bf_getbuffer, (void*)get_buffer},
      {Py_bf_releasebuffer, (void*)tensor_release_buffer},
      {Py_tp_doc,
       (void*)"An array of the Python array API standard: a Tensor that can be written to.\n\n"
              "Made by the functions of pyten.array_api. Operators follow the standard's promotion "
              "and give Arrays.\nAn assignment changes this array alone: not the tensors that it "
              "came from, nor views of it.\n\n"
              "Example:\n"
              "  >>> import pyten.array_api as xp\n"
              "  >>> x = xp.asarray([1., 2., 3.])\n"
              "  >>> x[0] = 5\n"
              "  >>> x * 2\n"
              "  Array([10.,  4.,  6.], dtype=float64)\n"},
  };
  add_array_operator_slots(slots);
  slots.push_back({});
  PyType_Spec spec = {"pyten.array_api.Array", sizeof(PyArray), 0, Py_TPFLAGS_DEFAULT,
                      slots.data()};
  PyObject* bases = PyTuple_Pack(1, reinterpret_cast<PyObject*>(g_tensor_type));
  PyObject* type = bases ? PyType_FromSpecWithBases(&spec, bases) : nullptr;
  Py_XDECREF(bases);
  if (type == nullptr) throw py::error_already_set();
  g_array_type = reinterpret_cast<PyTypeObject*>(type);
  m.attr("Array") = py::handle(type);
  if (PyModule_AddFunctions(m.ptr(), kFunctions) < 0) throw py::error_already_set();
  m.def("_result_type", promoted, "The dtype that arrays, dtypes and Python numbers promote to.");
  m.def("_array_functions", array_functions,
        "The registry's functions, by name, with Arrays as results.");
  init_array_elementwise(m);
}

}  // namespace pyten::bindings
