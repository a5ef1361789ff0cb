// variable[key].assign(value) and its relatives.
#include "bindings/indexing.h"
#include "ops/ops.h"

namespace pyten::bindings {
namespace {

using kernels::Scatter;

const char* name_of(Scatter how) {
  switch (how) {
    case Scatter::add: return "assign_add";
    case Scatter::subtract: return "assign_sub";
    default: return "assign";
  }
}

Tensor combine(Scatter how, const Tensor& old, const Tensor& y) {
  switch (how) {
    case Scatter::add: return add(old, y);
    case Scatter::subtract: return subtract(old, y);
    case Scatter::multiply: return multiply(old, y);
    case Scatter::divide: return divide(old, y);
    case Scatter::max: return maximum(old, y);
    case Scatter::min: return minimum(old, y);
    default: return y;
  }
}

Tensor broadcast_value(Tensor y, const Shape& shape, Scatter how) {
  // Leading axes of size 1 too many do no harm.
  while (y.rank() > shape.ssize() && y.dim(0) == 1) y = squeeze(y, {0});
  std::optional<Shape> both = broadcast_shapes(y.shape(), shape);
  if (!both || *both != shape) {
    fail(ErrorKind::kInvalidArgument, name_of(how), ": Cannot broadcast input shape ",
         brackets(y.shape()), " into final shape ", brackets(shape));
  }
  return broadcast_to(y, shape);
}

void assign_view(Variable& v, const indexing::Items& items, const Tensor& value, Scatter how) {
  indexing::View view = indexing::view_of(items, v.shape(), contiguous_strides(v.shape()));
  Tensor y = reshape(broadcast_value(value, view.shape, how), view.size);
  if (y.size() == 0) return;
  if (how != Scatter::update) {
    // The old value must be let go before the assign, or it would be copied.
    y = combine(how, slice(v.peek(), view.begin, view.size, view.strides), y);
  }
  v.assign_slice(y, view.begin, view.size, view.strides);
}

// Positions in a row-major `shape`, as indices [n, rank].
Tensor unraveled(const Tensor& positions, const Shape& shape) {
  int64_t n = positions.size();
  int rank = shape.ssize();
  Tensor out = Tensor::empty({n, rank}, DType::kInt64);
  auto* to = static_cast<int64_t*>(out.mutable_data());
  const int64_t* from = positions.data_as<int64_t>();
  for (int64_t i = 0; i < n; ++i) {
    int64_t p = from[i];
    for (int axis = rank - 1; axis >= 0; --axis) {
      to[i * rank + axis] = p % shape[axis];
      p /= shape[axis];
    }
  }
  return out;
}

void assign_indices(Variable& v, const indexing::Items& items, const Tensor& value, Scatter how) {
  const Shape shape = v.shape();
  indexing::Advanced key = indexing::advanced_of(items, shape, true);
  indexing::View view = indexing::view_of(key.view, shape, contiguous_strides(shape));
  int depth = key.axes.ssize();
  bool whole = view.shape == shape && view.steps == contiguous_strides(shape) && view.offset == 0;
  if (whole && key.axes.back() == depth - 1) {  // leading axes: what scatter_nd is made for
    Shape target(key.indices.shape().begin(), key.indices.shape().end() - 1);
    target.append(shape.begin() + depth, shape.end());
    Tensor y = broadcast_value(value, target, how);
    if (y.size() > 0) v.scatter_nd(how, key.indices, y);
    return;
  }
  // Else by position: the same key applied to the places' own numbers.
  Tensor places = Tensor::empty(shape, DType::kInt64);
  auto* number = static_cast<int64_t*>(places.mutable_data());
  for (int64_t i = 0; i < places.size(); ++i) number[i] = i;
  places = contiguous(indexing::select(places, key));
  Tensor y = broadcast_value(value, places.shape(), how);
  if (y.size() > 0) v.scatter_nd(how, unraveled(places, shape), reshape(y, {y.size()}));
}

}  // namespace

void set_item(Variable v, PyObject* key, PyObject* value, kernels::Scatter how) {
  indexing::Key parsed = indexing::parse(key);
  Tensor y = to_tensor(value, v.dtype(), {}, name_of(how), "value");
  TapePause pause;  // an assign is no op of the tape's
  if (parsed.has_tensors) {
    assign_indices(v, parsed.items, y, how);
  } else {
    assign_view(v, parsed.items, y, how);
  }
}

namespace {

Scatter scatter_of(const std::string& how) {
  if (how == "update") return Scatter::update;
  if (how == "add") return Scatter::add;
  if (how == "sub") return Scatter::subtract;
  fail(ErrorKind::kValue, "set_item: how must be 'update', 'add' or 'sub', got '", how, "'");
}

}  // namespace

void init_indexing(py::module_& m) {
  m.def(
      "get_item",
      [](py::object x, py::object key) {
        PyObject* out = wrap(get_item(to_tensor(x.ptr()), key.ptr()));
        if (!out) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(out);
      },
      py::arg("x"), py::arg("key"), "x[key], for anything that converts to a tensor.");
  m.def(
      "set_item",
      [](py::object variable, py::object key, py::object value, const std::string& how) {
        if (!is_variable(variable.ptr())) {
          fail(ErrorKind::kType, "set_item: variable must be a tf.Variable");
        }
        set_item(variable_of(variable.ptr()), key.ptr(), value.ptr(), scatter_of(how));
      },
      py::arg("variable"), py::arg("key"), py::arg("value"), py::arg("how") = "update",
      "variable[key].assign(value), or assign_add or assign_sub.");
}

}  // namespace pyten::bindings
