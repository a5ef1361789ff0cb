// array[key] = value: in place when nobody else holds the memory, on a copy otherwise; recorded
// when a tape watches.
#include "bindings/array.h"
#include "bindings/convert.h"
#include "bindings/indexing.h"
#include "ops/layout.h"
#include "ops/strided.h"
#include "ops/updates.h"

namespace pyten::bindings {
namespace {

using indexing::Key;

// The bool that a key of rank 0 is: Python's, or an array's. Selects all or nothing, on a new axis.
std::optional<bool> bool_key(PyObject* key) {
  if (PyBool_Check(key)) return key == Py_True;
  Operand x;
  if (!as_operand(key, x) || x->rank() != 0 || x->dtype() != DType::kBool) return std::nullopt;
  return *on_host(*x).data_as<bool>();
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

// The end of x[key] += y: the part itself has changed already.
bool is_already_there(const Tensor& x, const indexing::View& target, const Tensor& y) {
  auto* place = static_cast<const char*>(x.data()) + target.offset * int64_t(size_of(x.dtype()));
  return y.data() == place && y.impl()->storage == x.impl()->storage && y.strides() == target.steps;
}

void scatter(const Tensor& x, const indexing::Places& at, const Tensor& y) {
  const Shape rows{x.size() / at.inner, at.inner};
  scatter_nd_into(kernels::Scatter::update, x.as_strided(rows, {at.inner, 1}, 0),
                  expand_dims(at.places, 1), reshape(y, {at.places.size(), at.inner}));
}

// A value in the memory that is written to is copied first, and let go.
Tensor apart_from(const Tensor& x, Tensor y, Tensor& value) {
  if (y.impl()->storage != x.impl()->storage) return y;
  y = fresh_copy(y);
  value = Tensor();
  return y;
}

// Holds the only reference to the value, or the memory of x[1] would have a second holder in
// x[0] = x[1].
void write(PyArray* self, PyObject* key, Tensor value) {
  PauseRecording pause;
  const Tensor& x = self->head.tensor;
  if (!together(value, x)) [[unlikely]]
    value = beside(value, x.device());
  Key parsed = indexing::parse(key);
  // Checks come before anything is copied.
  if (!parsed.has_tensors) {
    indexing::View target = indexing::view_of(parsed.items, x.shape(), x.strides());
    Tensor y = fitted(value, target.shape);
    if (y.size() == 0 || is_already_there(x, target, y)) return;
    y = apart_from(x, std::move(y), value);
    make_writable(self);
    indexing::View view = indexing::view_of(parsed.items, x.shape(), x.strides());
    void* to = static_cast<char*>(x.mutable_data()) + view.offset * int64_t(size_of(x.dtype()));
    copy_into(y, to, view.steps);
    return;
  }
  indexing::Advanced advanced = indexing::advanced_of(parsed.items, x.shape(), true);
  indexing::View view = indexing::view_of(advanced.view, x.shape(), contiguous_strides(x.shape()));
  indexing::Places at = indexing::places_of(advanced, view);
  Tensor y = fitted(value, at.shape);
  if (y.size() == 0) return;
  y = apart_from(x, std::move(y), value);
  make_writable(self);
  if (x.is_contiguous()) {
    scatter(x, at, y);
  } else {
    Tensor changed = fresh_copy(x);
    scatter(changed, at, y);
    copy_into(changed, x.mutable_data(), x.strides());
  }
}

}  // namespace

Tensor array_item(const Tensor& x, PyObject* key, bool* is_view) {
  if (std::optional<bool> all = bool_key(key)) {
    *is_view = false;
    Tensor rows = expand_dims(x, 0);
    Dims begin(rows.shape().size(), 0), strides(rows.shape().size(), 1);
    Shape size = rows.shape();
    size[0] = *all;
    return slice(rows, begin, size, strides);
  }
  return get_item(x, key, is_view);
}

void assign_all(PyArray* self, const Tensor& value) {
  if (family_recording(self, value)) {
    take_recorded(self, value);
  } else {
    write(self, Py_Ellipsis, value);
  }
}

int array_assign(PyObject* o, PyObject* key, PyObject* value) {
  if (value == nullptr) {
    PyErr_SetString(PyExc_TypeError, "'Array' object does not support item deletion");
    return -1;
  }
  try {
    PyArray* self = array_of(o);
    Tensor y = value_for(value, self->head.tensor.dtype());
    if (std::optional<bool> all = bool_key(key)) {
      if (!*all) return 0;
      if (y.rank() > self->head.tensor.rank() && y.dim(0) == 1) y = squeeze(y, {0});
      key = Py_Ellipsis;
    }
    if (family_recording(self, y)) {
      take_recorded(self, indexing::with_item(self->head.tensor, key, y));
    } else {
      write(self, key, std::move(y));
    }
    return 0;
  } catch (...) {
    set_python_error();
    return -1;
  }
}

}  // namespace pyten::bindings
