// What the binding files share. Tensor, Variable, GradientTape and the op functions are CPython
// types of their own, since pybind11's dispatch costs more than a small op; the rest is pybind11.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstring>
#include <optional>

#include "autograd/tape.h"
#include "core/tensor.h"
#include "ops/function.h"

namespace py = pybind11;

namespace pyten::bindings {

// -- Objects --------------------------------------------------------------------------------------
struct PyTensor {
  PyObject_HEAD
  Tensor tensor;
  PyObject* dict;  // attributes that users set; null until then
  PyObject* weakrefs;
  // (variable, key, …) when this is variable[key][…]: what .assign writes to.
  PyObject* origin;
  bool is_view;  // of the variable: all of these keys are without tensors, another may follow
};

struct PyVariable {
  PyObject_HEAD
  Variable variable;
  PyObject* weakrefs;
};

extern PyTypeObject* g_tensor_type;
extern PyTypeObject* g_variable_type;
extern PyTypeObject* g_tape_type;

inline bool is_tensor(PyObject* o) {
  return Py_TYPE(o) == g_tensor_type || PyType_IsSubtype(Py_TYPE(o), g_tensor_type);
}
inline bool is_variable(PyObject* o) { return PyType_IsSubtype(Py_TYPE(o), g_variable_type); }

// The type's name without its module, as Python's own messages have it.
inline const char* type_name(PyObject* o) {
  const char* name = Py_TYPE(o)->tp_name;
  const char* dot = std::strrchr(name, '.');
  return dot ? dot + 1 : name;
}

Tape& tape_of(PyObject* tape);  // a GradientTape
inline const Tensor& tensor_of(PyObject* o) { return reinterpret_cast<PyTensor*>(o)->tensor; }
// A variable whose class did not call super().__init__() has no value: a RuntimeError.
[[noreturn]] void fail_without_value(PyObject* variable);
inline Variable& variable_of(PyObject* o) {
  Variable& v = reinterpret_cast<PyVariable*>(o)->variable;
  if (!v.defined()) [[unlikely]]
    fail_without_value(o);
  return v;
}

// The Python object for a tensor: the one it already has, or a new one. A new reference, or null
// with a Python error set.
PyObject* wrap(Tensor t);
PyObject* wrap(const Variable& v);
PyObject* wrap_list(const Tensors& tensors);  // a list

// -- What the Python side registers (see pyten/_bootstrap.py) -------------------------------------
struct PythonSide {
  PyObject* dtypes[kDTypeCount] = {};  // the DType objects, in the order of the enum
  PyObject* as_dtype = nullptr;        // anything -> DType object, or TypeError
  PyObject* tensor_shape = nullptr;    // the class TensorShape: called with a tuple
  PyObject* errors = nullptr;          // dict: kind's name -> exception class
  PyObject* flatten = nullptr;         // nest.flatten
  PyObject* pack = nullptr;            // nest.pack_sequence_as
  PyObject* variable = nullptr;        // the class pyten.Variable
  PyObject* indexed_slices = nullptr;  // the class IndexedSlices, or null
};
extern PythonSide g_python;

DType parse_dtype(PyObject* o);              // a DType object, a name, a NumPy type, float, bool
PyObject* dtype_object(DType d);             // borrowed
PyObject* shape_object(const Shape& shape);  // a new TensorShape
py::dtype numpy_dtype(DType d);              // raises when bfloat16 has no name (ml_dtypes missing)

// Sets the Python error for the C++ exception in flight; to be called in a catch block.
void set_python_error();
void set_untraceable();  // the one for Untraceable

// -- Conversion (convert.cpp)
// ----------------------------------------------------------------------- A Python value as a
// tensor: tensor and variable (read, on the tape), number, NumPy scalar or array, nested list or
// tuple of these, range, TensorShape, any object with __array__ or the buffer protocol. Without
// `dtype`, spec 2.5 decides; `hint` is taken when the value allows it. With `dtype`, the value
// takes it or TypeError is raised (a fraction or range would be lost). `op` and `argument` are for
// messages: "multiply", "y".
Tensor to_tensor(PyObject* value, std::optional<DType> dtype = {}, std::optional<DType> hint = {},
                 const char* op = nullptr, const char* argument = nullptr);
// One int, a sequence of ints, a TensorShape or an integer tensor.
Dims to_dims(PyObject* value, const char* op, const char* argument, bool* is_list = nullptr);

// -- Indexing (indexing.cpp, indexing_assign.cpp)
// x[key], recorded; says whether it is a view of x, with no index arrays or masks in the key.
Tensor get_item(const Tensor& x, PyObject* key, bool* is_view = nullptr);
// variable[key][…] (how)= value for origin = (variable, key, …); value broadcasts to the slice.
void set_item(PyObject* origin, PyObject* value, kernels::Scatter how);

// -- Mistakes (mistakes.cpp): better words for errors of Python's own
// tp_getattro: PyObject_GenericGetAttr, whose AttributeError also says what the user may have
// meant.
PyObject* get_attribute(PyObject* self, PyObject* name);
// The TypeError for a keyword that a function does not have; parameters: a tuple of names.
[[noreturn]] void unexpected_keyword(const char* function, PyObject* parameters, PyObject* key);
// True if all keywords are among the names, which end with a null; else the error is set.
bool check_keywords(const char* function, const char* const* names, PyObject* keywords);

// -- Each file's part of the module ---------------------------------------------------------------
// Makes a CPython type and puts it into the module; the reference is for good.
PyTypeObject* add_type(py::module_& m, const char* name, PyType_Spec& spec);
void init_errors(py::module_& m);
void init_tensor(py::module_& m);    // the Tensor type
void init_variable(py::module_& m);  // the Variable base type
void init_tape(py::module_& m);      // GradientTape
void init_batched(py::module_& m);   // Jacobians and vectorized calls
void init_custom_gradient(py::module_& m);
void init_inspection(py::module_& m);  // checking numerics, the recording as Python objects
void init_forward(py::module_& m);     // ForwardAccumulator
void init_functions(py::module_& m);   // one callable for each entry of functions()
void init_convert(py::module_& m);     // convert(value, dtype=None, hint=None)
void init_graph(py::module_& m);       // pyten.cuda
void init_indexing(py::module_& m);
void init_mistakes(py::module_& m);
void init_dlpack(py::module_& m);
void init_mapping(py::module_& m);          // tensors over memory-mapped files
void init_numpy_protocols(py::module_& m);  // __array_ufunc__, __array_interface__, …
void init_optimizers(py::module_& m);       // the steps of pyten._optimizer
void init_pickle(py::module_& m);           // a tensor's bytes, a tensor over bytes
void init_random(py::module_& m);
void init_runtime(py::module_& m);  // runtime_info(), memory_stats(), thread counts

// -- Exchange (exchange.cpp): methods and slots of the Tensor type --------------------------------
py::object to_numpy(const Tensor& t);       // a fresh writable copy; a NumPy scalar for rank 0
py::array as_numpy_view(PyObject* tensor);  // read-only, keeps the tensor alive
Dims byte_strides(const Tensor& t);
int tensor_get_buffer(PyObject* self, Py_buffer* view, int flags);
void tensor_release_buffer(PyObject* self, Py_buffer* view);
PyObject* tensor_numpy(PyObject* self, PyObject* unused);
PyObject* tensor_array(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names);
// Of tensors and of variables.
PyObject* tensor_dlpack(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names);
PyObject* tensor_dlpack_device(PyObject* self, PyObject* unused);

// Tells the tapes that a watched value leaves for where they cannot follow, with the user's file
// and line.
void note_exit_from_python(const Tensor& t, const char* how = "went through NumPy or Python");

}  // namespace pyten::bindings
