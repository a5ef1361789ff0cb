// x[key] with NumPy's meaning: integers, slices, `...`, None, integer arrays and boolean masks.
#include "bindings/indexing.h"

#include "bindings/convert.h"
#include "ops/batch.h"
#include "ops/ops.h"
#include "ops/placement.h"

namespace pyten::bindings {
namespace indexing {
namespace {

[[noreturn]] void fail_type(PyObject* got) {
  fail(ErrorKind::kType,
       "index: Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and integer or "
       "boolean arrays and tensors are valid indices, got ",
       convert::shown(got));
}

[[noreturn]] void fail_scalar_mask() {
  fail(ErrorKind::kValue,
       "index: mask cannot be scalar. Use None to add an axis, or tf.boolean_mask");
}

[[noreturn]] void fail_bounds(int64_t index, int dimension, const Shape& shape) {
  fail(ErrorKind::kInvalidIndex, "index: slice index ", index, " of dimension ", dimension,
       " out of bounds for shape ", brackets(shape));
}

[[noreturn]] void fail_rank(int64_t used, const Shape& shape) {
  if (shape.empty()) {
    fail(ErrorKind::kInvalidIndex, "index: Attempting to slice scalar input.");
  }
  fail(ErrorKind::kInvalidIndex, "index: Index out of range using input dim ", shape.size(),
       "; input has only ", shape.size(), " dims (shape ", brackets(shape), "), got ", used,
       " indices");
}

int64_t checked(int64_t index, int dimension, const Shape& shape) {
  int64_t n = shape[dimension];
  int64_t i = index < 0 ? index + n : index;
  if (i < 0 || i >= n) fail_bounds(index, dimension, shape);
  return i;
}

// The bound of a slice; those beyond int64 stop at its ends, where all is out of range.
int64_t clamped(PyObject* integer) {
  int overflow = 0;
  int64_t v = PyLong_AsLongLongAndOverflow(integer, &overflow);
  return overflow > 0 ? INT64_MAX : overflow < 0 ? INT64_MIN / 2 : v;
}

int64_t index_value(PyObject* integer) {
  int overflow = 0;
  int64_t v = PyLong_AsLongLongAndOverflow(integer, &overflow);
  if (overflow) {
    fail(ErrorKind::kInvalidIndex, "index: slice index ", convert::shown(integer),
         " out of bounds");
  }
  return v;
}

// -- Items ----------------------------------------------------------------------------------------

Item integer_item(int64_t index) {
  Item item;
  item.kind = Item::kInteger;
  item.index = index;
  return item;
}

int64_t scalar_value(const Tensor& t) {
  return *on_host(cast(t, DType::kInt64)).data_as<int64_t>();
}

Item tensor_item(const Tensor& t, PyObject* object) {
  bool is_mask = t.dtype() == DType::kBool;
  if (is_mask && t.rank() == 0) fail_scalar_mask();
  reading_values(t);
  Item item;
  if (is_mask) {
    item.kind = Item::kMask;
    item.tensor = contiguous(t);
    return item;
  }
  // The empty list is a list of no integers, though its dtype is float32.
  bool nothing = t.size() == 0 && convert::is_sequence(object);
  if (!is_integer(t.dtype()) && !nothing) fail_type(object);
  if (t.rank() == 0) return integer_item(scalar_value(t));
  item.kind = Item::kIndices;
  item.tensor = contiguous(cast(t, DType::kInt64));
  return item;
}

// Anything but the plain kinds.
Item other_item(PyObject* o) {
  if (PyBool_Check(o)) fail_scalar_mask();
  if (PyLong_Check(o)) return integer_item(index_value(o));
  if (is_tensor(o)) return tensor_item(tensor_of(o), o);
  if (is_variable(o)) return tensor_item(variable_of(o).read(), o);
  if (PyFloat_Check(o) || PyUnicode_Check(o) || PyBytes_Check(o) || PyComplex_Check(o)) {
    fail_type(o);
  }
  if (convert::is_sequence(o) || convert::is_array(o) || convert::is_numpy_scalar(o)) {
    Tensor t;
    try {
      t = to_tensor(o);
    } catch (const Error&) {  // e.g. a list of slices
      fail_type(o);
    }
    return tensor_item(t, o);
  }
  if (PyIndex_Check(o)) {
    py::object index = py::reinterpret_steal<py::object>(PyNumber_Index(o));
    if (!index) throw py::error_already_set();
    return integer_item(index_value(index.ptr()));
  }
  if (!PyObject_HasAttrString(reinterpret_cast<PyObject*>(Py_TYPE(o)), "__array__")) fail_type(o);
  return tensor_item(to_tensor(o), o);
}

Item item_of(PyObject* o) {
  Item item;
  if (PyLong_CheckExact(o)) {
    item.kind = Item::kInteger;
    item.index = index_value(o);
  } else if (PySlice_Check(o)) {
    item.kind = Item::kSlice;
    item.object = o;
  } else if (o == Py_None) {
    item.kind = Item::kNewAxis;
  } else if (o == Py_Ellipsis) {
    item.kind = Item::kEllipsis;
  } else {
    return other_item(o);
  }
  return item;
}

// -- Slices ---------------------------------------------------------------------------------------

int64_t bound(PyObject* o) {
  if (PyLong_Check(o)) return clamped(o);
  if (is_tensor(o) || is_variable(o)) {
    Tensor t = is_tensor(o) ? tensor_of(o) : variable_of(o).read();
    if (t.rank() != 0 || !is_integer(t.dtype())) fail_type(o);
    return scalar_value(t);
  }
  py::object index;
  if (PyIndex_Check(o)) index = py::reinterpret_steal<py::object>(PyNumber_Index(o));
  if (!index) {
    PyErr_Clear();
    fail_type(o);
  }
  return clamped(index.ptr());
}

struct Range {
  int64_t begin = 0, count = 0, step = 1;
};

Range range_of(PyObject* object, int64_t n, int position) {
  if (!object) return {0, n, 1};
  auto* slice = reinterpret_cast<PySliceObject*>(object);
  int64_t step = slice->step == Py_None ? 1 : bound(slice->step);
  if (step == 0) {
    fail(ErrorKind::kInvalidArgument, "index: strides[", position, "] must be non-zero");
  }
  // Where a slice may begin and end: one before the first element when it runs backwards.
  int64_t lowest = step < 0 ? -1 : 0, highest = step < 0 ? n - 1 : n;
  auto limited = [&](PyObject* o, int64_t fallback) {
    if (o == Py_None) return fallback;
    int64_t v = bound(o);
    if (v < 0) v += n;
    return std::clamp(v, lowest, highest);
  };
  int64_t begin = limited(slice->start, step < 0 ? highest : lowest);
  int64_t end = limited(slice->stop, step < 0 ? lowest : highest);
  int64_t span = step < 0 ? begin - end : end - begin;
  if (span <= 0) return {0, 0, 1};
  // A step beyond the end takes one element; its own size no longer matters.
  uint64_t width = step < 0 ? 0 - uint64_t(step) : uint64_t(step);
  int64_t count = int64_t((uint64_t(span) - 1) / width) + 1;
  return {begin, count, count == 1 ? 1 : step};
}

// How many axes of x the ellipsis stands for, or what is left at the end.
int64_t unnamed_axes(const Items& items, const Shape& shape) {
  int64_t used = 0;
  int ellipses = 0;
  for (const Item& item : items) {
    if (item.kind == Item::kMask) {
      used += item.tensor.rank();
    } else if (item.kind == Item::kEllipsis) {
      ++ellipses;
    } else if (item.kind != Item::kNewAxis) {
      ++used;
    }
  }
  if (ellipses > 1) {
    fail(ErrorKind::kInvalidIndex, "index: Multiple ellipses (`...`) are not allowed");
  }
  if (used > shape.ssize()) fail_rank(used, shape);
  return shape.ssize() - used;
}

}  // namespace

Key parse(PyObject* key) {
  Key out;
  if (!PyTuple_Check(key)) {
    out.items.push_back(item_of(key));
  } else {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i) {
      out.items.push_back(item_of(PyTuple_GET_ITEM(key, i)));
    }
  }
  for (const Item& item : out.items) out.has_tensors |= item.tensor.defined();
  return out;
}

View view_of(const Items& items, const Shape& shape, const Dims& steps) {
  View v;
  int64_t unnamed = unnamed_axes(items, shape);
  int axis = 0;
  auto keep = [&](const Range& r) {
    v.begin.push_back(r.begin);
    v.size.push_back(r.count);
    v.strides.push_back(r.step);
    v.offset += r.begin * steps[axis];
    v.shape.push_back(r.count);
    v.steps.push_back(r.step * steps[axis]);
    ++axis;
  };
  auto keep_unnamed = [&] {
    for (; unnamed > 0; --unnamed) keep({0, shape[axis], 1});
  };
  for (int position = 0; position < items.ssize(); ++position) {
    const Item& item = items[position];
    switch (item.kind) {
      case Item::kInteger: {
        int64_t i = checked(item.index, axis, shape);
        v.begin.push_back(i);
        v.size.push_back(1);
        v.strides.push_back(1);
        v.offset += i * steps[axis];
        ++axis;
        break;
      }
      case Item::kSlice: keep(range_of(item.object, shape[axis], position)); break;
      case Item::kNewAxis:
        v.shape.push_back(1);
        v.steps.push_back(0);
        break;
      default: keep_unnamed(); break;
    }
  }
  keep_unnamed();
  return v;
}

namespace {

void index_grad(GradContext& g) {
  g.set(0, slice_scatter(reshape(g.dy(), g.attr<Dims>("size")), g.input_shape(0),
                         g.attr<Dims>("begin"), g.attr<Dims>("strides")));
}
Tensors index_again(const Op&, const Tensors& x, const Attrs& a) {
  Tensor part = slice(x[0], a.get<Dims>("begin"), a.get<Dims>("size"), a.get<Dims>("strides"));
  return {reshape(part, a.get<Dims>("shape"))};
}
Tensors index_batch(const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t n) {
  Tensor part = slice(x[0], with_front(0, a.get<Dims>("begin")), with_front(n, a.get<Dims>("size")),
                      with_front(1, a.get<Dims>("strides")));
  return {reshape(part, with_front(n, a.get<Dims>("shape")))};
}
constexpr Op kIndex = {"index", index_grad, index_again, index_batch};

// x seen through a view, as one recorded op.
Tensor take(const Tensor& x, View v) {
  bool tell = recording(x);
  Tensor out = x.as_strided(std::move(v.shape), std::move(v.steps), v.offset);
  if (tell) {
    record(kIndex, {x}, {out}, {},
           {{"begin", v.begin}, {"size", v.size}, {"strides", v.strides}, {"shape", out.shape()}});
  }
  return out;
}

// What take(x, view_of(...)) gives for a key without tensors while nobody records, without the
// lists that a recording wants. False for any other key, and for those that view_of refuses.
bool take_plain(const Tensor& x, PyObject* key, Tensor& out) {
  bool is_tuple = PyTuple_Check(key);
  PyObject* const* items = is_tuple ? &PyTuple_GET_ITEM(key, 0) : &key;
  Py_ssize_t count = is_tuple ? PyTuple_GET_SIZE(key) : 1;
  int unnamed = x.rank(), ellipses = 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* o = items[i];
    if (PySlice_Check(o) || PyLong_CheckExact(o)) {
      --unnamed;
    } else if (o == Py_Ellipsis) {
      ++ellipses;
    } else if (o != Py_None) {
      return false;
    }
  }
  if (unnamed < 0 || ellipses > 1) return false;
  const Shape& from = x.shape();
  const Dims& steps = x.strides();
  Shape shape;
  Dims strides;
  int64_t offset = 0;
  int axis = 0;
  auto keep_unnamed = [&] {
    shape.append(from.begin() + axis, from.begin() + axis + unnamed);
    strides.append(steps.begin() + axis, steps.begin() + axis + unnamed);
    axis += unnamed;
    unnamed = 0;
  };
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* o = items[i];
    if (PySlice_Check(o)) {
      Range r = range_of(o, from[axis], int(i));
      shape.push_back(r.count);
      strides.push_back(r.step * steps[axis]);
      offset += r.begin * steps[axis++];
    } else if (o == Py_None) {
      shape.push_back(1);
      strides.push_back(0);
    } else if (o == Py_Ellipsis) {
      keep_unnamed();
    } else {
      offset += checked(index_value(o), axis, from) * steps[axis];
      ++axis;
    }
  }
  keep_unnamed();
  out = x.as_strided(std::move(shape), std::move(strides), offset);
  return true;
}

// x[index], the commonest key.
Tensor take_row(const Tensor& x, int64_t index) {
  const Shape& shape = x.shape();
  if (shape.empty()) fail_rank(1, shape);
  int64_t i = checked(index, 0, shape);
  if (t_recorder) {
    Items items;
    items.push_back(integer_item(index));
    return take(x, view_of(items, shape, x.strides()));
  }
  return x.as_strided(Shape(shape.begin() + 1, shape.end()),
                      Dims(x.strides().begin() + 1, x.strides().end()), i * x.strides()[0]);
}

// -- Indices --------------------------------------------------------------------------------------

// Indices along one axis of x, counted from the front.
Tensor in_range(const Tensor& given, int dimension, const Shape& shape) {
  Tensor indices = on_host(given);
  const int64_t* from = indices.data_as<int64_t>();
  bool any_negative = false;
  for (int64_t i = 0; i < indices.size(); ++i)
    any_negative |= checked(from[i], dimension, shape) != from[i];
  if (!any_negative) return indices;
  Tensor out = Tensor::empty(indices.shape(), DType::kInt64);
  auto* to = static_cast<int64_t*>(out.mutable_data());
  for (int64_t i = 0; i < indices.size(); ++i) to[i] = checked(from[i], dimension, shape);
  return out;
}

void check_mask(const Tensor& mask, int axis, const Shape& shape) {
  for (int i = 0; i < mask.rank(); ++i) {
    // NumPy takes an axis of size 0 for any: nothing is selected.
    if (mask.dim(i) == shape[axis + i] || mask.dim(i) == 0) continue;
    Shape part(shape.begin() + axis, shape.begin() + axis + mask.rank());
    fail(ErrorKind::kInvalidIndex, "index: Shapes ", tuple_text(part), " and ",
         tuple_text(mask.shape()), " are incompatible: a mask has the shape of the axes it selects",
         " from, got a mask of shape ", brackets(mask.shape()), " for shape ", brackets(shape));
  }
}

// One tensor of all indices, [..., columns], from one tensor per axis of x. Where the broadcast
// shape is empty nothing is selected, and no index is out of range, as NumPy has it.
Tensor joined(Tensors& columns, const Dims& axes, const Shape& shape) {
  Shape common = columns[0].shape();
  for (const Tensor& c : columns) {
    std::optional<Shape> both = broadcast_shapes(common, c.shape());
    if (!both) {
      fail(ErrorKind::kInvalidIndex, "index: indices must broadcast together, got shapes ",
           brackets(common), " and ", brackets(c.shape()));
    }
    common = *both;
  }
  bool nothing = num_elements(common) == 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    Tensor& c = columns[i];
    c = broadcast_to(nothing ? c : in_range(c, int(axes[i]), shape), common);
  }
  return columns.size() == 1 ? expand_dims(columns[0], -1) : stack(columns, common.ssize());
}

}  // namespace

Advanced advanced_of(const Items& items, const Shape& shape, bool fold) {
  Advanced out;
  int64_t unnamed = unnamed_axes(items, shape);
  Tensors columns;
  Dims columns_axes;                     // of x
  int axis = 0;                          // of x
  int kept = 0;                          // of the view
  int others = 0;                        // of the view, without indices
  int first = -1, last = -1, count = 0;  // items that are integers or tensors
  Item whole;
  whole.kind = Item::kSlice;
  auto add_column = [&](Tensor column) {
    columns.push_back(column);
    columns_axes.push_back(axis++);
    out.axes.push_back(kept++);
    out.view.push_back(whole);
  };
  for (int position = 0; position < items.ssize(); ++position) {
    const Item& item = items[position];
    bool advanced = item.tensor.defined() || item.kind == Item::kInteger;
    if (advanced) {
      if (first < 0) {
        first = position;
        out.at = others;
      }
      last = position;
      ++count;
    }
    if (item.kind == Item::kIndices) {
      add_column(item.tensor);
    } else if (item.kind == Item::kMask) {
      check_mask(item.tensor, axis, shape);
      Tensor places = nonzero(item.tensor);  // [count, rank]
      for (Tensor& column : unstack(places, 1)) add_column(contiguous(column));
    } else if (item.kind == Item::kInteger && fold) {
      int64_t index[] = {checked(item.index, axis, shape)};
      add_column(from_values<int64_t>(index, {}, DType::kInt64));
    } else {
      out.view.push_back(item);
      int64_t axes = item.kind == Item::kEllipsis ? unnamed : item.kind != Item::kNewAxis;
      if (item.kind == Item::kInteger) {
        checked(item.index, axis, shape);  // here, where the axis is the user's
      } else {
        kept += item.kind == Item::kNewAxis ? 1 : int(axes);
        others += item.kind == Item::kNewAxis ? 1 : int(axes);
      }
      axis += int(axes);
    }
  }
  // NumPy: indices with anything between them come first in the result.
  if (last - first + 1 != count) out.at = 0;
  out.indices = joined(columns, columns_axes, shape);
  return out;
}

Tensor select(const Tensor& x, const Advanced& key) {
  View v = view_of(key.view, x.shape(), x.strides());
  bool is_x = v.shape == x.shape() && v.steps == x.strides() && v.offset == 0;
  Tensor t = is_x ? x : take(x, std::move(v));
  Shape batch(key.indices.shape().begin(), key.indices.shape().end() - 1);
  int from = 0;  // where the axes of the indices are
  if (key.axes.size() == 1) {
    from = int(key.axes[0]);
    t = gather(t, reshape(key.indices, batch), from, 0);
  } else {
    Dims perm = key.axes;
    for (int i = 0, k = 0; i < t.rank(); ++i) {
      if (k < key.axes.ssize() && key.axes[k] == i) {
        ++k;
      } else {
        perm.push_back(i);
      }
    }
    bool ordered = std::is_sorted(perm.begin(), perm.end());
    t = gather_nd(ordered ? t : transpose(t, perm), key.indices, 0);
  }
  if (from == key.at) return t;
  Dims perm;
  for (int i = 0; i < t.rank(); ++i) {
    if (i < from || i >= from + batch.ssize()) perm.push_back(i);
  }
  for (int i = 0; i < batch.ssize(); ++i) perm.insert(size_t(key.at + i), from + i);
  return transpose(t, perm);
}

}  // namespace indexing

Tensor get_item(const Tensor& x, PyObject* key, bool* is_view) {
  using namespace indexing;
  if (is_view) *is_view = true;
  if (PyLong_CheckExact(key)) return take_row(x, index_value(key));
  Tensor view;
  if (t_recorder == nullptr && take_plain(x, key, view)) return view;
  Key parsed = parse(key);
  if (!parsed.has_tensors) return take(x, view_of(parsed.items, x.shape(), x.strides()));
  if (is_view) *is_view = false;
  return select(x, advanced_of(parsed.items, x.shape(), false));
}

}  // namespace pyten::bindings
