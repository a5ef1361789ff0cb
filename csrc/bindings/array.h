// pyten.array_api.Array: a subtype of Tensor that can be written to. It is a handle; its tensor is
// written in place while nobody else holds the memory, and replaced by a changed copy otherwise
// (copy-on-write), so that no tensor ever changes through it. Views of an array share what is
// written to it, as in NumPy (array_views.cpp). An Array is never the one Python object that a
// TensorImpl remembers (`py`): many handles may share a tensor.
#pragma once

#include "bindings/operators.h"

namespace pyten::bindings {

struct PyArray {
  PyTensor head;
  PyArray* root;  // owned: the array that this is a view of; null when it is of none
  PyArray* prev;  // the root, or another of its views
  PyArray* next;  // another view; of a root, the first one
};

extern PyTypeObject* g_array_type;

inline bool is_array_handle(PyObject* o) { return Py_TYPE(o) == g_array_type; }

// A new handle. A new reference, or null with a Python error set.
PyObject* wrap_array(Tensor t);
PyObject* wrap_array_list(const Tensors& tensors);  // a list

// -- Views (array_views.cpp) ----------------------------------------------------------------------
inline PyArray* array_of(PyObject* o) { return reinterpret_cast<PyArray*>(o); }
// To be called before a view of `base` is computed: makes a root row-major.
void prepare_root(PyArray* base);
// A new handle for t, which shares base's writes if t lies in base's memory.
PyObject* wrap_view(PyObject* base, Tensor t);
void join_family(PyArray* base, PyArray* view);
void leave_family(PyArray* view);
// Whether a tape watches the value, the array or one that shares its writes.
bool family_recording(PyArray* a, const Tensor& value);
// Afterwards the array's memory may be written to.
void make_writable(PyArray* a);
// Gives the array, and those that share its writes, a value that was computed by ops.
void take_recorded(PyArray* a, Tensor changed);

// -- Promotion (array_promotion.cpp) --------------------------------------------------------------
// The dtype of a result of two dtypes: as the array API standard has it, and NumPy where that
// leaves it open (integers beside floats, uint64 beside signed integers).
DType promote(DType a, DType b);
// What a Python number (bool, int, float, complex) becomes beside an array of dtype `beside`.
DType promote_number(PyObject* number, DType beside);
bool is_python_number(PyObject* o);
// The number in a dtype that promote_number gave; raises OverflowError when an int does not fit.
Tensor number_tensor(PyObject* number, DType dtype);

// Both operands with the dtype that they promote to. False when one is foreign to array operators,
// or neither is an array.
bool promoted_operands(PyObject* a, PyObject* b, Operand& x, Operand& y);

// -- Elementwise functions of the standard (array_functions.cpp) ----------------------------------
using ArrayUnary = Tensor (*)(const Tensor&);
using ArrayBinary = Tensor (*)(const Tensor&, const Tensor&);  // of one dtype

namespace standard {
Tensor absolute(const Tensor& x);
Tensor negative(const Tensor& x);
Tensor complement(const Tensor& x);
Tensor left_shift(const Tensor& x, const Tensor& y);
Tensor right_shift(const Tensor& x, const Tensor& y);
Tensor remainder(const Tensor& x, const Tensor& y);
Tensor divide(const Tensor& x, const Tensor& y);
Tensor less(const Tensor& x, const Tensor& y);
Tensor less_equal(const Tensor& x, const Tensor& y);
Tensor greater(const Tensor& x, const Tensor& y);
Tensor greater_equal(const Tensor& x, const Tensor& y);
Tensor matmul(const Tensor& x, const Tensor& y);
}  // namespace standard

// f(a, b) as an Array; NotImplemented when promoted_operands() says false.
PyObject* call_array_binary(ArrayBinary f, PyObject* a, PyObject* b);
PyObject* call_array_unary(ArrayUnary f, PyObject* a);

// -- Assignment (array_assign.cpp) ----------------------------------------------------------------
int array_assign(PyObject* self, PyObject* key, PyObject* value);
// self[...] = value, of the same shape and dtype.
void assign_all(PyArray* self, const Tensor& value);
// x[key], where the key may also be a bool of rank 0; says whether it is a view.
Tensor array_item(const Tensor& x, PyObject* key, bool* is_view);

// The registry's functions with Arrays as results, by name (function_type.cpp).
py::dict array_functions();

void add_array_operator_slots(std::vector<PyType_Slot>& slots);  // array_operators.cpp
void init_array(py::module_& m);
void init_array_elementwise(py::module_& m);

}  // namespace pyten::bindings
