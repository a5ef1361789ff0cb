// What the convert_*.cpp files share: from Python values to tensors.
#pragma once

#include <cmath>

#include "bindings/bindings.h"
#include "core/error.h"

namespace pyten::bindings::convert {

// What the caller asked for, and who asks: for messages.
struct Request {
  std::optional<DType> dtype;
  const char* op = nullptr;
  const char* argument = nullptr;
};

// -- Messages -------------------------------------------------------------------------------------
std::string prefix(const Request& request);  // "multiply: y: ", or less
std::string shown(PyObject* value);          // its repr, cut to one short line
[[noreturn]] void fail_cast(PyObject* value, const Request& request);  // into request.dtype
[[noreturn]] void fail_string(PyObject* value, const Request& request);
[[noreturn]] void fail_unsupported(PyObject* value, const Request& request);
[[noreturn]] void fail_too_big(const Request& request);
[[noreturn]] void fail_too_far(const Request& request);
// Finite, but not as float32, which a Python float becomes when nobody asks for another type.
inline bool too_far(double v) { return std::isfinite(v) && std::isinf(float(v)); }

// Import what the conversions need of Python, once, when the module is made: a static's first use
// that gives up the GIL could wait for itself.
void prepare_arrays();
void prepare_sequences();

// -- NumPy (convert_array.cpp) --------------------------------------------------------------------
bool is_array(PyObject* o);
bool is_numpy_scalar(PyObject* o);
// The element type of a NumPy scalar's class; nullopt if tensors have no such type.
std::optional<DType> scalar_dtype(PyTypeObject* type);
std::optional<DType> array_dtype(PyObject* array);
// An array of any layout and byte order, copied.
Tensor from_array(PyObject* array, const Request& request);
// Anything that np.asarray takes: NumPy scalars, pandas objects, buffers.
Tensor from_array_like(PyObject* value, const Request& request);
// The elements, row-major, to memory that is large enough.
void copy_to(const Tensor& x, void* out);
// A row-major copy in memory of its own.
Tensor copy_of(const Tensor& x);
// Elements of another type: numbers keep their value but for rounding, else TypeError.
Tensor cast_values(const Tensor& x, PyObject* value, const Request& request);

// -- Lists and tuples (convert_sequence.cpp) ------------------------------------------------------
inline bool is_tensor_shape(PyObject* o) {
  return reinterpret_cast<PyObject*>(Py_TYPE(o)) == g_python.tensor_shape;
}
bool is_sequence(PyObject* o);
Tensor from_sequence(PyObject* sequence, const Request& request);

}  // namespace pyten::bindings::convert
