// variable[key].assign(value), x.at[key].set(value) and their relatives.
#include "bindings/convert.h"
#include "bindings/indexing.h"
#include "bindings/operators.h"
#include "ops/updates.h"

namespace pyten::bindings {
namespace indexing {

Places places_of(const Advanced& key, const View& view) {
  Places out;
  // The axes of the selection that no index names, with their steps; the indices' own stand at
  // key.at.
  Shape counts;
  Dims steps;
  for (int axis = 0, k = 0; axis < view.shape.ssize(); ++axis) {
    if (k < key.axes.ssize() && key.axes[k] == axis) {
      ++k;
    } else {
      counts.push_back(view.shape[axis]);
      steps.push_back(view.steps[axis]);
    }
  }
  Shape batch(key.indices.shape().begin(), key.indices.shape().end() - 1);
  out.shape = Shape(counts.begin(), counts.begin() + key.at);
  out.shape.append(batch.begin(), batch.end());
  out.shape.append(counts.begin() + key.at, counts.end());
  // Axes at the end that lie one element after the other make a run; all else steps by whole runs.
  auto whole_runs = [&](int64_t run) {
    if (view.offset % run != 0) return false;
    for (int64_t axis : key.axes) {
      if (view.steps[axis] % run != 0) return false;
    }
    for (int i = 0; i + 1 < counts.ssize(); ++i) {
      if (steps[i] % run != 0) return false;
    }
    return true;
  };
  while (counts.ssize() > key.at && num_elements(out.shape) > 0) {
    bool one = counts.back() == 1;
    if (!one && (steps.back() != out.inner || !whole_runs(out.inner * counts.back()))) break;
    out.inner *= counts.back();
    counts.pop_back();
    steps.pop_back();
  }
  int64_t batches = num_elements(batch), depth = key.axes.ssize();
  int64_t before = 1, after = 1;
  for (int i = 0; i < counts.ssize(); ++i) (i < key.at ? before : after) *= counts[i];
  out.places = Tensor::empty({before * batches * after}, DType::kInt64);
  auto* place = static_cast<int64_t*>(out.places.mutable_data());
  Tensor indices = on_host(key.indices);
  const int64_t* row = indices.data_as<int64_t>();
  // The offset of the i-th position along axes [from, to), counted row-major.
  auto offset_of = [&](int64_t i, int from, int to) {
    int64_t offset = 0;
    for (int axis = to - 1; axis >= from; --axis) {
      offset += i % counts[axis] * steps[axis];
      i /= counts[axis];
    }
    return offset;
  };
  std::vector<int64_t> tails(static_cast<size_t>(after));
  for (int64_t t = 0; t < after; ++t) tails[size_t(t)] = offset_of(t, key.at, counts.ssize());
  std::vector<int64_t> indexed(static_cast<size_t>(batches));
  for (int64_t b = 0; b < batches; ++b) {
    for (int64_t k = 0; k < depth; ++k) {
      indexed[size_t(b)] += row[b * depth + k] * view.steps[key.axes[k]];
    }
  }
  for (int64_t h = 0; h < before; ++h) {
    int64_t head = view.offset + offset_of(h, 0, key.at);
    for (int64_t b : indexed) {
      for (int64_t t : tails) *place++ = (head + b + t) / out.inner;
    }
  }
  return out;
}

std::string shown_key(PyObject* key) {
  constexpr size_t kLongest = 40;
  auto item = [](PyObject* o) -> std::string {
    if (o == Py_Ellipsis) return "...";
    if (PySlice_Check(o)) {
      auto* slice = reinterpret_cast<PySliceObject*>(o);
      auto part = [](PyObject* p) { return p == Py_None ? std::string() : convert::shown(p); };
      std::string out = part(slice->start) + ":" + part(slice->stop);
      return slice->step == Py_None ? out : out + ":" + part(slice->step);
    }
    if (o == Py_None || PyLong_Check(o) || PyList_Check(o)) return convert::shown(o);
    return "";
  };
  std::string out;
  if (!PyTuple_Check(key)) {
    out = item(key);
  } else {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i) {
      std::string next = item(PyTuple_GET_ITEM(key, i));
      if (next.empty()) return "i";
      out += (i ? ", " : "") + next;
    }
    if (PyTuple_GET_SIZE(key) == 0) out = "()";
  }
  return out.empty() || out.size() > kLongest ? "i" : out;
}

}  // namespace indexing

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
    case Scatter::max:
    case Scatter::min:
      if (recording(old, y)) {
        // One slice, the whole: the op whose gradient is shared by all that are equal.
        return tensor_scatter_nd(how, old, Tensor::empty({0}, DType::kInt64), y);
      }
      return how == Scatter::max ? maximum(old, y) : minimum(old, y);
    default: return y;
  }
}

Tensor broadcast_value(Tensor y, const Shape& shape, const char* op) {
  // Leading axes of size 1 too many do no harm.
  while (y.rank() > shape.ssize() && y.dim(0) == 1) y = squeeze(y, {0});
  std::optional<Shape> both = broadcast_shapes(y.shape(), shape);
  if (!both || *both != shape) {
    fail(ErrorKind::kInvalidArgument, op, ": Cannot broadcast input shape ", brackets(y.shape()),
         " into final shape ", brackets(shape), ": the value must fit the part that the index ",
         "selects");
  }
  return broadcast_to(y, shape);
}

// What a chain of keys without tensors selects of the variable's value; the last one may have some.
struct Target {
  indexing::View view;
  indexing::Key key;  // the last one
};

Target target_of(const Variable& v, PyObject* origin) {
  Target out;
  out.view.shape = v.shape();
  out.view.steps = contiguous_strides(v.shape());
  Py_ssize_t count = PyTuple_GET_SIZE(origin);
  for (Py_ssize_t i = 1; i < count; ++i) {
    out.key = indexing::parse(PyTuple_GET_ITEM(origin, i));
    if (i + 1 == count && out.key.has_tensors) break;
    int64_t offset = out.view.offset;
    out.view = indexing::view_of(out.key.items, out.view.shape, out.view.steps);
    out.view.offset += offset;
  }
  return out;
}

}  // namespace

void set_item(PyObject* origin, PyObject* value, kernels::Scatter how) {
  const char* op = name_of(how);
  Variable v = variable_of(PyTuple_GET_ITEM(origin, 0));
  Target target = target_of(v, origin);
  indexing::View& view = target.view;
  Tensor y = to_tensor(value, v.dtype(), {}, op, "value");
  TapePause pause;  // an assign is no op of the tape's
  if (!target.key.has_tensors) {
    y = broadcast_value(y, view.shape, op);
    if (y.size() == 0) return;
    if (how != Scatter::update) {
      // The old value must be let go before the assign, or it would be copied.
      y = combine(how, v.peek().as_strided(view.shape, view.steps, view.offset), y);
    }
    v.assign_strided(y, view.steps, view.offset);
    return;
  }
  indexing::Advanced key = indexing::advanced_of(target.key.items, view.shape, true);
  int64_t offset = view.offset;
  view = indexing::view_of(key.view, view.shape, view.steps);
  view.offset += offset;
  indexing::Places at = indexing::places_of(key, view);
  y = broadcast_value(y, at.shape, op);
  if (y.size() == 0) return;
  v.scatter_places(how, at.places, at.inner, reshape(y, {at.places.size(), at.inner}));
}

namespace {

struct Update {
  const char* name;  // x.at[…].name
  const char* op;    // in messages
  Scatter how;
};
constexpr Update kUpdates[] = {
    {"set", "at[...].set", Scatter::update},
    {"add", "at[...].add", Scatter::add},
    {"subtract", "at[...].subtract", Scatter::subtract},
    {"multiply", "at[...].multiply", Scatter::multiply},
    {"divide", "at[...].divide", Scatter::divide},
    {"max", "at[...].max", Scatter::max},
    {"min", "at[...].min", Scatter::min},
};

const Update& update_named(const std::string& name) {
  for (const Update& u : kUpdates) {
    if (name == u.name) return u;
  }
  fail(ErrorKind::kValue, "update_item: there is no update '", name, "'");
}

void require_update_dtype(const Update& u, DType dtype) {
  if (u.how == Scatter::update) return;
  bool order = u.how == Scatter::max || u.how == Scatter::min;
  if (dtype == DType::kBool || (order && is_complex(dtype))) {
    fail(ErrorKind::kInvalidDType, u.op, ": x must be ", order ? "real numbers" : "numbers",
         ", got dtype ", name_of(dtype), "; use tf.cast(x, tf.float32) first");
  }
  if (u.how == Scatter::divide && !is_inexact(dtype)) {
    fail(ErrorKind::kInvalidDType, u.op, ": x must be of a floating or complex dtype, got ",
         name_of(dtype), "; use tf.cast(x, tf.float32) first");
  }
}

// x with x[key] (how)= value, recorded.
Tensor updated(const Tensor& x, PyObject* key, Tensor y, const Update& u) {
  require_update_dtype(u, x.dtype());
  indexing::Key parsed = indexing::parse(key);
  if (y.dtype() != x.dtype()) {
    fail(ErrorKind::kInvalidDType, u.op, ": x and y must have the same dtype, got ",
         name_of(x.dtype()), " and ", name_of(y.dtype()), "; use tf.cast(y, tf.",
         name_of(x.dtype()), ")");
  }
  const Shape& shape = x.shape();
  if (!parsed.has_tensors) {
    indexing::View view = indexing::view_of(parsed.items, shape, contiguous_strides(shape));
    y = reshape(broadcast_value(y, view.shape, u.op), view.size);
    if (u.how != Scatter::update) {
      y = combine(u.how, slice(x, view.begin, view.size, view.strides), y);
    }
    return slice_update(x, y, view.begin, view.strides);
  }
  indexing::Advanced advanced = indexing::advanced_of(parsed.items, shape, true);
  indexing::View view = indexing::view_of(advanced.view, shape, contiguous_strides(shape));
  indexing::Places at = indexing::places_of(advanced, view);
  int64_t count = at.places.size();
  y = reshape(broadcast_value(y, at.shape, u.op), {count, at.inner});
  Tensor rows = expand_dims(at.places, 1);
  if (u.how == Scatter::update && recording(y)) {
    // What a later update of the same place replaces has no effect, and no gradient.
    Tensor last = last_of_each_place(rows);
    if (last.defined()) y = select(reshape(last, {count, 1}), y, zeros(y.shape(), y.dtype()));
  }
  Tensor flat = reshape(x, {x.size() / at.inner, at.inner});
  return reshape(tensor_scatter_nd(u.how, flat, rows, y), shape);
}

}  // namespace

Tensor indexing::with_item(const Tensor& x, PyObject* key, const Tensor& y) {
  return updated(x, key, y, kUpdates[0]);
}

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
      "update_item",
      [](py::object x, py::object key, py::object y, const std::string& how) {
        const Update& u = update_named(how);
        Tensor t = to_tensor(x.ptr());
        Operand operand;
        if (!as_operand(y.ptr(), operand)) operand.own(operand_like(y.ptr(), t.dtype(), u.op, "y"));
        PyObject* out = wrap(updated(t, key.ptr(), operand.held(), u));
        if (!out) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(out);
      },
      py::arg("x"), py::arg("key"), py::arg("y"), py::arg("how"),
      "x with x[key] set to y, or combined with it: see x.at.");
}

}  // namespace pyten::bindings
