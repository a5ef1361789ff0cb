// Tensors put together, taken apart and repeated.
#include "ops/batch.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

// The part of x from `begin` on along one axis.
Tensor part(const Tensor& x, int64_t axis, int64_t begin, int64_t size) {
  Dims first(x.shape().size(), 0), strides(x.shape().size(), 1);
  Shape shape = x.shape();
  first[axis] = begin;
  shape[axis] = size;
  return slice(x, first, shape, strides);
}

void concat_rule(GradContext& g) {
  int64_t axis = g.attr<int64_t>("axis"), at = 0;
  for (int i = 0; i < g.input_count(); ++i) {
    int64_t size = g.input_shape(i)[axis];
    if (g.needs(i)) g.set(i, part(g.dy(), axis, at, size));
    at += size;
  }
}
const Op kConcat{"concat", concat_rule,
                 [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
                   return {concat(x, a.get<int64_t>("axis"))};
                 },
                 [](const Op&, const Tensors& x, std::span<const bool> batched, const Attrs& a,
                    int64_t n) -> Tensors {
                   return {concat(with_batches(x, batched, n), a.get<int64_t>("axis") + 1)};
                 }};

void stack_rule(GradContext& g) {
  Tensors parts = unstack(g.dy(), g.attr<int64_t>("axis"));
  for (int i = 0; i < g.input_count(); ++i) g.set(i, parts[i]);
}
const Op kStack{"stack", stack_rule,
                [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
                  return {stack(x, a.get<int64_t>("axis"))};
                },
                [](const Op&, const Tensors& x, std::span<const bool> batched, const Attrs& a,
                   int64_t n) -> Tensors {
                  return {stack(with_batches(x, batched, n), a.get<int64_t>("axis") + 1)};
                }};

Tensors all_dy(GradContext& g) {
  Tensors dy;
  for (int i = 0; i < g.output_count(); ++i) dy.push_back(g.dy(i));
  return dy;
}
void unstack_rule(GradContext& g) { g.set(0, stack(all_dy(g), g.attr<int64_t>("axis"))); }
const Op kUnstack{"unstack", unstack_rule,
                  [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
                    return unstack(x[0], a.get<int64_t>("axis"));
                  },
                  [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a,
                     int64_t) -> Tensors { return unstack(x[0], a.get<int64_t>("axis") + 1); }};

void split_rule(GradContext& g) { g.set(0, concat(all_dy(g), g.attr<int64_t>("axis"))); }
const Op kSplit{
    "split", split_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return split(x[0], a.get<Dims>("sizes"), a.get<int64_t>("axis"));
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      return split(x[0], a.get<Dims>("sizes"), a.get<int64_t>("axis") + 1);
    }};

// Each axis as the pair (multiple, size).
Shape in_pairs(const Shape& shape, const Dims& multiples) {
  Shape pairs;
  for (size_t i = 0; i < shape.size(); ++i) {
    pairs.push_back(multiples[i]);
    pairs.push_back(shape[i]);
  }
  return pairs;
}
void tile_rule(GradContext& g) {
  const Dims& multiples = g.attr<Dims>("multiples");
  Dims axes;
  for (int64_t i = 0; i < multiples.ssize(); ++i) axes.push_back(2 * i);
  g.set(0, reduce_sum(reshape(g.dy(), in_pairs(g.input_shape(0), multiples)), axes));
}
const Op kTile{
    "tile", tile_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {tile(x[0], a.get<Dims>("multiples"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      return {tile(x[0], with_front(1, a.get<Dims>("multiples")))};
    }};

// Whether the tensors are on several devices, and where they meet.
bool apart(const char* op, const Tensors& values, Device& at) {
  for (const Tensor& v : values) {
    if (together(v, values[0])) continue;
    at = meeting_place(op, values);
    return true;
  }
  return false;
}
Tensors moved(const Tensors& values, Device device) {
  Tensors out;
  for (const Tensor& v : values) out.push_back(to_device(v, device));
  return out;
}

void copy_at(const Tensor& x, const Tensor& out, int64_t offset, const Dims& strides) {
  copy_into(x, static_cast<char*>(out.mutable_data()) + offset * int64_t(size_of(x.dtype())),
            strides);
}

}  // namespace

Tensor concat(const Tensors& values, int64_t axis) {
  if (values.empty()) {
    fail(ErrorKind::kInvalidArgument, "concat: values must hold at least one tensor, got none");
  }
  if (Device at; apart("concat", values, at)) [[unlikely]]
    return concat(moved(values, at), axis);
  const Tensor& first = values[0];
  if (first.rank() == 0) {
    fail(ErrorKind::kInvalidArgument,
         "concat: Can't concatenate scalars (use tf.stack instead), got values[0].shape=()");
  }
  int64_t at = normalize_axis("concat", axis, first.rank());
  Shape shape = first.shape();
  for (size_t i = 1; i < values.size(); ++i) {
    const Tensor& v = values[i];
    require_same_dtype("concat", first, v);
    if (v.rank() != first.rank()) {
      fail(ErrorKind::kInvalidArgument,
           "concat: Ranks of all input tensors should match: shape[0] = ", brackets(first.shape()),
           " vs. shape[", i, "] = ", brackets(v.shape()));
    }
    for (int d = 0; d < v.rank(); ++d) {
      if (d != at && v.dim(d) != first.dim(d)) {
        fail(ErrorKind::kInvalidArgument, "concat: Dimension ", d,
             " in both shapes must be equal: shape[0] = ", brackets(first.shape()), " vs. shape[",
             i, "] = ", brackets(v.shape()), ", got axis=", axis);
      }
    }
    shape[at] += v.dim(int(at));
  }
  Tensor out = Tensor::empty(shape, first.dtype(), first.device());
  int64_t offset = 0;
  for (const Tensor& v : values) {
    copy_at(v, out, offset, out.strides());
    offset += v.dim(int(at)) * out.strides()[at];
  }
  if (recording(values)) record(kConcat, values, {out}, {}, {{"axis", at}});
  return out;
}

Tensor stack(const Tensors& values, int64_t axis) {
  if (values.empty()) {
    fail(ErrorKind::kInvalidArgument, "stack: values must hold at least one tensor, got none");
  }
  if (Device at; apart("stack", values, at)) [[unlikely]]
    return stack(moved(values, at), axis);
  const Tensor& first = values[0];
  int rank = first.rank() + 1;
  if (axis < -rank || axis >= rank) {
    fail(ErrorKind::kInvalidIndex, "stack: Argument `axis` = ", axis, " not in range [", -rank,
         ", ", rank, "), got values[0].shape=", tuple_text(first.shape()));
  }
  int64_t at = axis < 0 ? axis + rank : axis;
  for (size_t i = 1; i < values.size(); ++i) {
    require_same_dtype("stack", first, values[i]);
    if (!(values[i].shape() == first.shape())) {
      fail(ErrorKind::kInvalidArgument,
           "stack: Shapes of all inputs must match: values[0].shape = ", brackets(first.shape()),
           " != values[", i, "].shape = ", brackets(values[i].shape()));
    }
  }
  Shape shape = first.shape();
  shape.insert(at, int64_t(values.size()));
  Tensor out = Tensor::empty(shape, first.dtype(), first.device());
  Dims strides = out.strides();
  int64_t step = strides[at];
  strides.erase(at);
  for (size_t i = 0; i < values.size(); ++i) copy_at(values[i], out, int64_t(i) * step, strides);
  if (recording(values)) record(kStack, values, {out}, {}, {{"axis", at}});
  return out;
}

Tensors unstack(const Tensor& value, int64_t axis) {
  if (value.rank() == 0) {
    fail(ErrorKind::kInvalidArgument,
         "unstack: value must have at least one axis, got value.shape=()");
  }
  int64_t at = normalize_axis("unstack", axis, value.rank());
  Shape shape = value.shape();
  Dims strides = value.strides();
  int64_t step = strides[at];
  shape.erase(at);
  strides.erase(at);
  Tensors out;
  out.reserve(value.dim(int(at)));
  for (int64_t i = 0; i < value.dim(int(at)); ++i) {
    out.push_back(value.as_strided(shape, strides, value.size() ? i * step : 0));
  }
  if (!out.empty() && recording(value)) record(kUnstack, {value}, out, {}, {{"axis", at}});
  return out;
}

Tensors split(const Tensor& value, const Dims& sizes, int64_t axis) {
  if (value.rank() == 0) {
    fail(ErrorKind::kInvalidArgument,
         "split: value must have at least one axis, got value.shape=()");
  }
  int64_t at = normalize_axis("split", axis, value.rank());
  int64_t have = value.dim(int(at)), known = 0;
  Dims parts = sizes;
  int64_t* unknown = nullptr;
  bool fits = true;
  for (int64_t& n : parts) {
    if (n == -1 && !unknown) {
      unknown = &n;
    } else {
      fits = fits && n >= 0;
      known += n;
    }
  }
  if (unknown) *unknown = have - known;
  if (!fits || (unknown ? known > have : known != have)) {
    fail(ErrorKind::kInvalidArgument,
         "split: num_or_size_splits must add up to the size of the axis, got num_or_size_splits=",
         ints_text(sizes), " and axis=", axis, " of value.shape=", tuple_text(value.shape()),
         ": Determined shape must either match input shape along split_dim exactly if fully "
         "specified, or be less than the size of the input along split_dim if not fully specified. "
         "Got: ",
         known);
  }
  Tensors out;
  Shape shape = value.shape();
  int64_t begin = 0;
  for (int64_t n : parts) {
    shape[at] = n;
    out.push_back(
        value.as_strided(shape, value.strides(), value.size() ? begin * value.strides()[at] : 0));
    begin += n;
  }
  if (!out.empty() && recording(value)) {
    record(kSplit, {value}, out, {}, {{"sizes", parts}, {"axis", at}});
  }
  return out;
}

Tensor tile(const Tensor& x, const Dims& multiples) {
  if (multiples.ssize() != x.rank()) {
    fail(ErrorKind::kInvalidArgument, "tile: Expected multiples argument to be a vector of length ",
         x.rank(), " but got length ", multiples.size(), " (input.shape=", tuple_text(x.shape()),
         ", multiples=", ints_text(multiples), ")");
  }
  Shape shape = x.shape();
  Dims strides;
  for (int i = 0; i < x.rank(); ++i) {
    if (multiples[i] < 0) {
      fail(ErrorKind::kInvalidArgument, "tile: Expected multiples[", i, "] >= 0, but got ",
           multiples[i]);
    }
    shape[i] *= multiples[i];
    strides.push_back(0);
    strides.push_back(x.strides()[i]);
  }
  Shape pairs = in_pairs(x.shape(), multiples);
  Tensor out = packed(x.as_strided(pairs, std::move(strides), 0));
  out = out.as_strided(shape, contiguous_strides(shape), 0);
  if (recording(x)) record(kTile, {x}, {out}, {}, {{"multiples", multiples}});
  return out;
}

void register_join(Functions& out) {
  const Param name{"name", Kind::kName, "None"};

  out.push_back(
      {.name = "concat",
       .params = {{"values", Kind::kTensors},
                  {"axis", Kind::kInt},
                  {"name", Kind::kName, "'concat'"}},
       .joining = concat,
       .call = [](const Arguments& a) -> Tensors { return {concat(a.tensors(0), a.integer(1))}; },
       .tensor_is_item = true,
       .doc = R"(Joins tensors along an axis that they have.

Args:
  values: tensors of one dtype and rank, at least 1, whose sizes agree but for `axis`.
  axis: the axis along which they follow each other.
  name: accepted for compatibility and ignored.

Returns:
  A tensor whose size along `axis` is the sum of theirs.

Raises:
  InvalidArgumentError: the shapes do not fit (also a ValueError), the dtypes differ (also a
    TypeError), or axis is out of range (also an IndexError).

Example:
  >>> tf.concat([[1, 2], [3]], axis=0)
  <tf.Tensor: shape=(3,), dtype=int32, numpy=array([1, 2, 3], dtype=int32)>
)"});
  out.push_back(
      {.name = "stack",
       .params = {{"values", Kind::kTensors},
                  {"axis", Kind::kInt, "0"},
                  {"name", Kind::kName, "'stack'"}},
       .joining = stack,
       .call = [](const Arguments& a) -> Tensors { return {stack(a.tensors(0), a.integer(1))}; },
       .doc = R"(Joins tensors along a new axis.

Args:
  values: tensors of one dtype and shape.
  axis: the place of the new axis in the result.
  name: accepted for compatibility and ignored.

Returns:
  A tensor with one more axis, whose size is the number of tensors.

Raises:
  InvalidArgumentError: the shapes differ (also a ValueError), the dtypes differ (also a
    TypeError), or axis is out of range (also an IndexError).

Example:
  >>> tf.stack([1, 2, 3])
  <tf.Tensor: shape=(3,), dtype=int32, numpy=array([1, 2, 3], dtype=int32)>
)"});
  out.push_back({.name = "unstack",
                 .params = {{"value", Kind::kTensor},
                            {"num", Kind::kInt, "None"},
                            {"axis", Kind::kInt, "0"},
                            {"name", Kind::kName, "'unstack'"}},
                 .call = [](const Arguments& a) -> Tensors {
                   Tensors parts = unstack(a.tensor(0), a.integer(2));
                   if (a.given(1) && a.integer(1) != int64_t(parts.size())) {
                     fail(ErrorKind::kInvalidArgument,
                          "unstack: num must be the size of the axis, got num=", a.integer(1),
                          " and axis=", a.integer(2),
                          " of value.shape=", tuple_text(a.tensor(0).shape()));
                   }
                   return parts;
                 },
                 .returns_list = true,
                 .doc = R"(Takes a tensor apart along an axis.

Args:
  value: a tensor of rank 1 or more and any dtype.
  num: the number of parts; if given, it must be the size of the axis.
  axis: the axis that goes.
  name: accepted for compatibility and ignored.

Returns:
  A list of tensors with one axis less, of the same memory.

Raises:
  InvalidArgumentError: num is wrong (also a ValueError), or axis is out of range (also an
    IndexError).

Example:
  >>> [t.numpy().tolist() for t in tf.unstack([[1, 2], [3, 4]], axis=1)]
  [[1, 3], [2, 4]]
)"});
  out.push_back({.name = "split",
                 .params = {{"value", Kind::kTensor},
                            {"num_or_size_splits", Kind::kInts},
                            {"axis", Kind::kInt, "0"},
                            {"num", Kind::kName, "None"},
                            {"name", Kind::kName, "'split'"}},
                 .call = [](const Arguments& a) -> Tensors {
                   const Tensor& x = a.tensor(0);
                   int64_t axis = a.integer(2);
                   if (a.is_list(1) || x.rank() == 0) return split(x, a.ints(1), axis);
                   int64_t parts = a.ints(1)[0];
                   int64_t at = normalize_axis("split", axis, x.rank()), size = x.dim(int(at));
                   if (parts <= 0 || size % parts != 0) {
                     fail(
                         ErrorKind::kInvalidArgument,
                         "split: Number of ways to split should evenly divide the split dimension, "
                         "but got split_dim ",
                         at, " (size = ", size, ") and num_split ", parts);
                   }
                   return split(x, Dims(size_t(parts), size / parts), axis);
                 },
                 .returns_list = true,
                 .doc = R"(Cuts a tensor into pieces along an axis.

Args:
  value: a tensor of rank 1 or more and any dtype.
  num_or_size_splits: the number of equal pieces, or a list of their sizes, of which one may be -1
    and is then worked out.
  axis: the axis along which to cut.
  num: accepted for compatibility and ignored.
  name: accepted for compatibility and ignored.

Returns:
  A list of tensors of the same rank and memory.

Raises:
  InvalidArgumentError: the pieces do not make up the axis (also a ValueError), or axis is out of
    range (also an IndexError).

Example:
  >>> [t.numpy().tolist() for t in tf.split([1, 2, 3, 4], [1, -1])]
  [[1], [2, 3, 4]]
)"});
  out.push_back(
      {.name = "tile",
       .params = {{"input", Kind::kTensor}, {"multiples", Kind::kInts}, name},
       .call = [](const Arguments& a) -> Tensors { return {tile(a.tensor(0), a.ints(1))}; },
       .doc = R"(Repeats a whole tensor along its axes.

Args:
  input: a tensor of any shape and dtype.
  multiples: for each axis, how many times.
  name: accepted for compatibility and ignored.

Returns:
  A tensor whose size along axis i is input.shape[i] * multiples[i].

Raises:
  InvalidArgumentError: multiples has the wrong length or a negative entry (also a ValueError).

Example:
  >>> tf.tile([1, 2], [2])
  <tf.Tensor: shape=(4,), dtype=int32, numpy=array([1, 2, 1, 2], dtype=int32)>
)"});
}

}  // namespace pyten
