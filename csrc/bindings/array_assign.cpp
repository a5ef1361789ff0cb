// array[key] = value: in place when nobody but views of the array holds the memory, on a copy
// otherwise; recorded when a tape watches.
#include "bindings/array.h"
#include "bindings/array_views.h"
#include "bindings/convert.h"
#include "bindings/indexing.h"
#include "ops/layout.h"
#include "ops/updates.h"

namespace pyten::bindings {
namespace {

using indexing::Key;

// The bool that a key of rank 0 is: Python's, or an array's. Selects all or nothing, on a new axis.
std::optional<bool> bool_key(PyObject* key) {
  if (PyBool_Check(key)) return key == Py_True;
  Operand x;
  if (!as_operand(key, x) || x->rank() != 0 || x->dtype() != DType::kBool) return std::nullopt;
  return *x->data_as<bool>();
}

// Whether a value of dtype `from` may be written to an array of dtype `to`: what keeps the kind of
// number, or widens it.
bool may_write(DType from, DType to) {
  if (promote(from, to) == to) return true;
  if (is_integer(from)) return is_integer(to) || is_inexact(to);
  if (is_floating(from)) return is_inexact(to);
  return is_complex(from) && is_complex(to);
}

Tensor value_for(PyObject* value, DType dtype) {
  if (is_python_number(value)) {
    bool fraction = !is_inexact(dtype) && !PyLong_Check(value);
    bool imaginary = !is_complex(dtype) && PyComplex_Check(value);
    if (fraction || imaginary) {
      fail(ErrorKind::kType, "setitem: cannot write ", convert::shown(value),
           " to an array of dtype ", name_of(dtype));
    }
    if (dtype == DType::kBool) return scalar(PyObject_IsTrue(value), dtype);
    return number_tensor(value, dtype);
  }
  Operand x;
  if (!as_operand(value, x)) x.own(to_tensor(value, {}, dtype, "setitem", "value"));
  if (x->dtype() == dtype) return x.held();
  if (!may_write(x->dtype(), dtype)) {
    fail(ErrorKind::kType, "setitem: cannot write values of dtype ", name_of(x->dtype()),
         " to an array of dtype ", name_of(dtype), "; use xp.astype(value, xp.", name_of(dtype),
         ")");
  }
  return cast(x.held(), dtype);
}

Tensor fitted(Tensor y, const Shape& shape) {
  std::optional<Shape> both = broadcast_shapes(y.shape(), shape);
  if (!both || *both != shape) {
    fail(ErrorKind::kInvalidArgument, "setitem: cannot broadcast a value of shape ",
         tuple_text(y.shape()), " into the selected shape ", tuple_text(shape));
  }
  return broadcast_to(y, shape);
}

// y holds a reference of its own, so it is never what is written to.
void write(PyArray* array, PyObject* key, const Tensor& value) {
  PauseRecording pause;
  Key parsed = indexing::parse(key);
  const Tensor& x = array->tensor();
  if (!parsed.has_tensors) {
    // Checks come before the copy.
    Tensor y = fitted(value, indexing::view_of(parsed.items, x.shape(), x.strides()).shape);
    if (y.size() == 0) return;
    views::make_writable(array);
    indexing::View view = indexing::view_of(parsed.items, x.shape(), x.strides());
    if (views::any_named(array)) {
      views::forget_names(array, x.as_strided(view.shape, view.steps, view.offset));
    }
    void* to = static_cast<char*>(x.mutable_data()) + view.offset * int64_t(size_of(x.dtype()));
    copy_into(y, to, view.steps);
    return;
  }
  indexing::Advanced advanced = indexing::advanced_of(parsed.items, x.shape(), true);
  Dims steps = contiguous_strides(x.shape());
  indexing::View view = indexing::view_of(advanced.view, x.shape(), steps);
  indexing::Places at = indexing::places_of(advanced, view);
  Tensor y = fitted(value, at.shape);
  if (y.size() == 0) return;
  auto scatter_into = [&](const Tensor& rows_of) {
    const Shape rows{rows_of.size() / at.inner, at.inner};
    scatter_nd_into(kernels::Scatter::update, rows_of.as_strided(rows, {at.inner, 1}, 0),
                    expand_dims(at.places, 1), reshape(y, {at.places.size(), at.inner}));
  };
  if (x.is_contiguous()) {
    views::make_writable(array);
    views::forget_names(array, x);
    scatter_into(x);
  } else {
    Tensor row_major = Tensor::empty(x.shape(), x.dtype(), x.device());
    copy_into(x, row_major.mutable_data(), row_major.strides());
    scatter_into(row_major);
    views::assign(array, row_major);
  }
}

// Whether `value` already is array[key]: what `x[1:] += 1` assigns, after it has changed it.
bool is_that_view(PyArray* array, PyObject* key, PyObject* value) {
  if (!is_array_handle(value) || array->is_alone()) return false;
  const Tensor &x = array->tensor(), &y = tensor_of(value);
  if (x.impl()->storage != y.impl()->storage) return false;
  Key parsed = indexing::parse(key);
  if (parsed.has_tensors) return false;
  indexing::View view = indexing::view_of(parsed.items, x.shape(), x.strides());
  const char* at = static_cast<const char*>(x.data()) + view.offset * int64_t(size_of(x.dtype()));
  return at == y.data() && view.shape == y.shape() && view.steps == y.strides();
}

}  // namespace

Tensor array_item(const Tensor& x, PyObject* key) {
  if (std::optional<bool> all = bool_key(key)) {
    Tensor rows = expand_dims(x, 0);
    Dims begin(rows.shape().size(), 0), strides(rows.shape().size(), 1);
    Shape size = rows.shape();
    size[0] = *all;
    return slice(rows, begin, size, strides);
  }
  return get_item(x, key);
}

int array_assign(PyObject* self, PyObject* key, PyObject* value) {
  if (value == nullptr) {
    PyErr_SetString(PyExc_TypeError, "'Array' object does not support item deletion");
    return -1;
  }
  try {
    auto* array = reinterpret_cast<PyArray*>(self);
    const Tensor& x = array->tensor();
    Tensor y = value_for(value, x.dtype());
    py::object everything = py::reinterpret_borrow<py::object>(Py_Ellipsis);
    if (std::optional<bool> all = bool_key(key)) {
      if (!*all) return 0;
      if (y.rank() > x.rank() && y.dim(0) == 1) y = squeeze(y, {0});
      key = everything.ptr();
    }
    if (recording(x, y) || (!array->is_alone() && views::recorded(array))) {
      views::assign(array, indexing::with_item(x, key, y));
    } else if (!is_that_view(array, key, value)) {
      write(array, key, y);
    }
    return 0;
  } catch (...) {
    set_python_error();
    return -1;
  }
}

}  // namespace pyten::bindings
