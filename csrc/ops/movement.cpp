// Other views of the same elements: nothing is copied where strides can say it.
#include "ops/batch.h"
#include "ops/function.h"
#include "ops/layout.h"
#include "ops/see.h"

namespace pyten {

namespace {

// Every op here whose adjoint is to take the gradient back to the input's shape.
void reshape_rule(GradContext& g) { g.set(0, reshape(g.dy(), g.input_shape(0))); }

const Op kIdentity{
    "identity", [](GradContext& g) { g.set(0, g.dy()); },
    [](const Op&, const Tensors& x, const Attrs&) -> Tensors { return {identity(x[0])}; },
    batch_as_is};
const Op kContiguous{
    "contiguous", [](GradContext& g) { g.set(0, g.dy()); },
    [](const Op&, const Tensors& x, const Attrs&) -> Tensors { return {contiguous(x[0])}; },
    batch_as_is};
const Op kStopGradient{
    "stop_gradient", nullptr,
    [](const Op&, const Tensors& x, const Attrs&) -> Tensors { return {stop_gradient(x[0])}; },
    batch_as_is};
const Op kReshape{
    "reshape", reshape_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {reshape(x[0], a.get<Dims>("shape"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t n) -> Tensors {
      return {reshape(x[0], with_front(n, a.get<Dims>("shape")))};
    }};

const Op kExpandDims{
    "expand_dims", reshape_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {expand_dims(x[0], a.get<int64_t>("axis"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      return {expand_dims(x[0], a.get<int64_t>("axis") + 1)};
    }};
const Op kSqueeze{
    "squeeze", reshape_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {squeeze(x[0], a.get<Dims>("axis"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      Dims axes = shifted_axes(a.get<Dims>("axis"));
      if (axes.empty()) {
        for (int i = 1; i < x[0].rank(); ++i) {
          if (x[0].dim(i) == 1) axes.push_back(i);
        }
        if (axes.empty()) return {identity(x[0])};
      }
      return {squeeze(x[0], axes)};
    }};

void transpose_rule(GradContext& g) { g.set(0, transpose(g.dy(), inverse(g.attr<Dims>("perm")))); }
const Op kTranspose{
    "transpose", transpose_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {transpose(x[0], a.get<Dims>("perm"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      return {transpose(x[0], with_front(0, shifted_axes(a.get<Dims>("perm"))))};
    }};

void broadcast_to_rule(GradContext& g) { g.set(0, sum_to(g.dy(), g.input_shape(0))); }
const Op kBroadcastTo{
    "broadcast_to", broadcast_to_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {broadcast_to(x[0], a.get<Dims>("shape"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t n) -> Tensors {
      const Dims& to = a.get<Dims>("shape");
      Shape shape(to.size() + 2 - x[0].shape().size(), 1);  // n and the axes that x lacks
      shape[0] = n;
      shape.append(x[0].shape().begin() + 1, x[0].shape().end());
      return {broadcast_to(reshape(x[0], shape), with_front(n, to))};
    }};

const Op kSumTo{
    "sum_to", [](GradContext& g) { g.set(0, broadcast_to(g.dy(), g.input_shape(0))); },
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {sum_to(x[0], a.get<Dims>("shape"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t n) -> Tensors {
      const Dims& to = a.get<Dims>("shape");
      Shape kept(x[0].shape().size() - to.size(), 1);
      kept[0] = n;
      kept.append(to.begin(), to.end());
      return {reshape(sum_to(x[0], kept), with_front(n, to))};
    }};

// The shape with its -1 replaced.
Shape resolved(const Tensor& x, const Shape& shape) {
  Shape out = shape;
  int64_t known = 1;
  int unknown = -1;
  for (int i = 0; i < shape.ssize(); ++i) {
    if (shape[i] >= 0) {
      if (__builtin_mul_overflow(known, shape[i], &known)) {
        fail(ErrorKind::kInvalidArgument,
             "reshape: the sizes must fit in 64 bits, got shape=", ints_text(shape));
      }
    } else if (shape[i] != -1) {
      fail(ErrorKind::kInvalidArgument, "reshape: Size ", i, " must be non-negative, not ",
           shape[i], ", got shape=", ints_text(shape));
    } else if (unknown >= 0) {
      fail(ErrorKind::kInvalidArgument, "reshape: Only one input size may be -1, not both ",
           unknown, " and ", i, ", got shape=", ints_text(shape));
    } else {
      unknown = i;
    }
  }
  if (unknown >= 0) {
    if (known == 0) {
      fail(ErrorKind::kInvalidArgument,
           "reshape: reshape cannot infer the missing input size for an empty tensor unless all "
           "specified input sizes are non-zero, got tensor.shape=",
           tuple_text(x.shape()), " and shape=", ints_text(shape));
    }
    if (x.size() % known != 0) {
      fail(ErrorKind::kInvalidArgument, "reshape: Input to reshape is a tensor with ", x.size(),
           " values, but the requested shape requires a multiple of ", known,
           ", got tensor.shape=", tuple_text(x.shape()), " and shape=", ints_text(shape));
    }
    out[unknown] = x.size() / known;
  } else if (known != x.size()) {
    fail(ErrorKind::kInvalidArgument, "reshape: Input to reshape is a tensor with ", x.size(),
         " values, but the requested shape has ", known,
         ", got tensor.shape=", tuple_text(x.shape()), " and shape=", ints_text(shape));
  }
  return out;
}

// Strides that show x's elements in another shape; false if only a copy can.
bool restrided(const Tensor& x, const Shape& shape, Dims& strides) {
  Shape from;  // x's axes with more than one element, neighbours merged where memory allows
  Dims steps;
  for (int i = 0; i < x.rank(); ++i) {
    int64_t d = x.dim(i), step = x.strides()[i];
    if (d == 1) continue;
    if (!from.empty() && steps.back() == step * d) {
      from.back() *= d;
      steps.back() = step;
    } else {
      from.push_back(d);
      steps.push_back(step);
    }
  }
  strides = contiguous_strides(shape);
  int at = from.ssize() - 1;
  int64_t left = at >= 0 ? from[at] : 1, step = at >= 0 ? steps[at] : 1;
  for (int i = shape.ssize() - 1; i >= 0; --i) {
    if (shape[i] == 1) continue;
    if (left == 1 && at > 0) {
      --at;
      left = from[at];
      step = steps[at];
    }
    if (left % shape[i] != 0) return false;
    strides[i] = step;
    step *= shape[i];
    left /= shape[i];
  }
  return true;
}

}  // namespace

Tensor identity(const Tensor& x) {
  Tensor out = x.alias();
  see_moved();
  if (recording(x)) record(kIdentity, {x}, {out}, {});
  return out;
}

Tensor stop_gradient(const Tensor& x) {
  Tensor out = x.alias();
  see_moved();
  if (recording(x)) record(kStopGradient, {x}, {out}, {});
  return out;
}

Tensor contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  Tensor out = packed(x);
  see_moved();
  if (recording(x)) record(kContiguous, {x}, {out}, {});
  return out;
}

Tensor reshape(const Tensor& x, const Shape& shape) {
  Shape to = resolved(x, shape);
  Tensor out;
  Dims strides;
  if (x.is_contiguous() || x.size() == 0) {
    out = x.as_strided(to, contiguous_strides(to), 0);
  } else if (restrided(x, to, strides)) {
    out = x.as_strided(to, std::move(strides), 0);
  } else {
    Tensor copy = packed(x);
    out = copy.as_strided(to, contiguous_strides(to), 0);
  }
  see_moved();
  if (recording(x)) record(kReshape, {x}, {out}, {}, {{"shape", to}});
  return out;
}

Tensor transpose(const Tensor& x, const Dims& perm) {
  int rank = x.rank();
  if (perm.ssize() != rank) {
    fail(ErrorKind::kInvalidArgument,
         "transpose: perm must name each axis once, got perm=", ints_text(perm),
         " and a.shape=", tuple_text(x.shape()), ": transpose expects a vector of size ", rank,
         ". But input(1) is a vector of size ", perm.size());
  }
  Dims order(perm.size());
  uint64_t seen = 0;
  for (int i = 0; i < rank; ++i) {
    if (perm[i] < -rank || perm[i] >= rank) {
      fail(ErrorKind::kInvalidArgument, "transpose: ", perm[i], " is out of range [0 .. ", rank,
           "), got perm=", ints_text(perm), " and a.shape=", tuple_text(x.shape()));
    }
    order[i] = perm[i] < 0 ? perm[i] + rank : perm[i];
    seen |= uint64_t(1) << order[i];
  }
  for (int i = 0; i < rank; ++i) {
    if (!(seen >> i & 1)) {
      fail(ErrorKind::kInvalidArgument, "transpose: perm must name each axis once, ", i,
           " is missing from perm=", ints_text(perm), ", got a.shape=", tuple_text(x.shape()));
    }
  }
  Tensor out = permuted(x, order);
  see_moved();
  if (recording(x)) record(kTranspose, {x}, {out}, {}, {{"perm", order}});
  return out;
}

Tensor transpose(const Tensor& x) {
  int rank = x.rank();
  if (rank < 2) {
    fail(ErrorKind::kInvalidArgument,
         "transpose: a matrix must have at least 2 axes, got a.shape=", tuple_text(x.shape()));
  }
  Dims perm;
  for (int i = 0; i < rank; ++i) perm.push_back(i);
  std::swap(perm[rank - 1], perm[rank - 2]);
  return transpose(x, perm);
}

Tensor expand_dims(const Tensor& x, int64_t axis) {
  int rank = x.rank();
  if (axis < -rank - 1 || axis > rank) {
    fail(ErrorKind::kInvalidIndex, "expand_dims: axis must be in the range [", -rank - 1, ", ",
         rank + 1, "), got axis=", axis, " and input.shape=", tuple_text(x.shape()),
         ": Tried to expand dim index ", axis, " for tensor with ", rank, " dimensions");
  }
  int64_t at = axis < 0 ? axis + rank + 1 : axis;
  Shape shape = x.shape();
  Dims strides = x.strides();
  shape.insert(at, 1);
  strides.insert(at, at < rank ? x.strides()[at] * x.dim(int(at)) : 1);
  Tensor out = x.as_strided(std::move(shape), std::move(strides), 0);
  see_moved();
  if (recording(x)) record(kExpandDims, {x}, {out}, {}, {{"axis", at}});
  return out;
}

Tensor squeeze(const Tensor& x, const Dims& axes) {
  uint64_t drop = 0;
  for (int64_t axis : axes) {
    int64_t at = normalize_axis("squeeze", axis, x.rank());
    if (x.dim(int(at)) != 1) {
      fail(ErrorKind::kInvalidArgument, "squeeze: Can not squeeze dim[", at,
           "], expected a dimension of 1, got ", x.dim(int(at)),
           " (input.shape=", tuple_text(x.shape()), ")");
    }
    drop |= uint64_t(1) << at;
  }
  Shape shape;
  Dims strides;
  for (int i = 0; i < x.rank(); ++i) {
    if (axes.empty() ? x.dim(i) == 1 : drop >> i & 1) continue;
    shape.push_back(x.dim(i));
    strides.push_back(x.strides()[i]);
  }
  Tensor out = x.as_strided(std::move(shape), std::move(strides), 0);
  see_moved();
  if (recording(x)) record(kSqueeze, {x}, {out}, {}, {{"axis", axes}});
  return out;
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  require_shape("broadcast_to", shape);
  int lead = shape.ssize() - x.rank();
  bool fits = lead >= 0;
  Dims strides(shape.size(), 0);
  for (int i = 0; fits && i < x.rank(); ++i) {
    fits = x.dim(i) == shape[lead + i] || x.dim(i) == 1;
    if (x.dim(i) == shape[lead + i]) strides[lead + i] = x.strides()[i];
  }
  if (!fits) {
    fail(ErrorKind::kInvalidArgument,
         "broadcast_to: input must broadcast to shape, got input.shape=", tuple_text(x.shape()),
         " and shape=", tuple_text(shape), ": Incompatible shapes: ", brackets(x.shape()), " vs. ",
         brackets(shape));
  }
  Tensor out = x.as_strided(shape, std::move(strides), 0);
  see_moved();
  if (recording(x)) record(kBroadcastTo, {x}, {out}, {}, {{"shape", shape}});
  return out;
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  int lead = x.rank() - shape.ssize();
  bool fits = lead >= 0;
  Dims axes;
  for (int i = 0; fits && i < x.rank(); ++i) {
    if (i < lead) {
      axes.push_back(i);
    } else if (x.dim(i) != shape[i - lead]) {
      fits = shape[i - lead] == 1;
      axes.push_back(i);
    }
  }
  if (!fits) {
    fail(ErrorKind::kInvalidArgument,
         "sum_to: shape must broadcast to that of x, got x.shape=", tuple_text(x.shape()),
         " and shape=", tuple_text(shape));
  }
  Tensor out;
  {
    Unrecorded pause;
    out = reduce_sum(x, axes);
    if (!(out.shape() == shape)) out = out.as_strided(shape, contiguous_strides(shape), 0);
  }
  see_result(out);
  if (recording(x)) record(kSumTo, {x}, {out}, {}, {{"shape", shape}});
  return out;
}

void register_movement(Functions& out) {
  const Param name{"name", Kind::kName, "None"};

  out.push_back({.name = "identity",
                 .params = {{"input", Kind::kTensor}, name},
                 .call = [](const Arguments& a) -> Tensors { return {identity(a.tensor(0))}; },
                 .doc = R"(Returns a new tensor with the same elements.

Args:
  input: a tensor of any shape and dtype.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype; tapes tell it from the input.

Example:
  >>> tf.identity([1, 2])
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>
)"});
  out.push_back({.name = "stop_gradient",
                 .params = {{"input", Kind::kTensor}, name},
                 .call = [](const Arguments& a) -> Tensors { return {stop_gradient(a.tensor(0))}; },
                 .differentiable = false,
                 .doc = R"(Returns the same elements, which gradients treat as constants.

Args:
  input: a tensor of any shape and dtype.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Example:
  >>> x = tf.Variable(3.)
  >>> with tf.GradientTape() as tape:
  ...     y = x * tf.stop_gradient(x)
  >>> tape.gradient(y, x)
  <tf.Tensor: shape=(), dtype=float32, numpy=3.0>
)"});
  out.push_back(
      {.name = "reshape",
       .params = {{"tensor", Kind::kTensor}, {"shape", Kind::kShape}, name},
       .call = [](const Arguments& a) -> Tensors { return {reshape(a.tensor(0), a.ints(1))}; },
       .doc = R"(Gives the elements another shape, in the same order.

Args:
  tensor: a tensor of any shape and dtype.
  shape: the new sizes; one of them may be -1 and is then worked out.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the new shape; it shares memory with the old one where possible.

Raises:
  InvalidArgumentError: the number of elements would change (also a ValueError).

Example:
  >>> tf.reshape([[1, 2, 3, 4]], [2, -1])
  <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
  array([[1, 2],
         [3, 4]], dtype=int32)>
)"});
  out.push_back({.name = "transpose",
                 .params = {{"a", Kind::kTensor},
                            {"perm", Kind::kInts, "None"},
                            {"conjugate", Kind::kBool, "False"},
                            {"name", Kind::kName, "'transpose'"}},
                 .call = [](const Arguments& a) -> Tensors {
                   Dims perm = a.ints(1);
                   if (!a.given(1)) {
                     for (int i = a.tensor(0).rank() - 1; i >= 0; --i) perm.push_back(i);
                   }
                   Tensor t = transpose(a.tensor(0), perm);
                   return {a.boolean(2) ? conjugate(t) : t};
                 },
                 .doc = R"(Reorders the axes.

Args:
  a: a tensor of any shape and dtype.
  perm: for each axis of the result, the axis of `a` that it is; the reverse order when absent.
  conjugate: whether complex elements are conjugated too.
  name: accepted for compatibility and ignored.

Returns:
  A tensor with a.shape[perm[i]] as size of axis i; without `conjugate` it shares memory with `a`.

Raises:
  InvalidArgumentError: perm is not a permutation of the axes (also a ValueError).

Example:
  >>> tf.transpose([[1, 2], [3, 4]])
  <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
  array([[1, 3],
         [2, 4]], dtype=int32)>
)"});
  out.push_back({.name = "expand_dims",
                 .params = {{"input", Kind::kTensor}, {"axis", Kind::kInt}, name},
                 .call = [](const Arguments& a) -> Tensors {
                   return {expand_dims(a.tensor(0), a.integer(1))};
                 },
                 .doc = R"(Inserts an axis of size 1.

Args:
  input: a tensor of any shape and dtype.
  axis: the place of the new axis in the result; negative ones count from its end.
  name: accepted for compatibility and ignored.

Returns:
  A tensor with one more axis, of the same memory.

Raises:
  InvalidArgumentError: axis is out of range (also an IndexError).

Example:
  >>> tf.expand_dims([1, 2], -1).shape
  TensorShape([2, 1])
)"});
  out.push_back(
      {.name = "squeeze",
       .params = {{"input", Kind::kTensor}, {"axis", Kind::kInts, "None"}, name},
       .call = [](const Arguments& a) -> Tensors { return {squeeze(a.tensor(0), a.ints(1))}; },
       .doc = R"(Removes axes of size 1.

Args:
  input: a tensor of any shape and dtype.
  axis: the axes to remove; all of size 1 when absent or empty.
  name: accepted for compatibility and ignored.

Returns:
  A tensor with fewer axes, of the same memory.

Raises:
  InvalidArgumentError: an axis is out of range (also an IndexError) or not of size 1 (also a
    ValueError).

Example:
  >>> tf.squeeze([[[1], [2]]], axis=0).shape
  TensorShape([2, 1])
)"});
  out.push_back(
      {.name = "broadcast_to",
       .params = {{"input", Kind::kTensor}, {"shape", Kind::kShape}, name},
       .call = [](const Arguments& a) -> Tensors { return {broadcast_to(a.tensor(0), a.ints(1))}; },
       .doc = R"(Repeats a tensor along new axes and along those of size 1.

Args:
  input: a tensor of any shape and dtype.
  shape: the result's shape; its last sizes are those of the input, or the input's size is 1.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of that shape, of the same memory.

Raises:
  InvalidArgumentError: the shapes do not fit (also a ValueError).

Example:
  >>> tf.broadcast_to([1, 2], [2, 2])
  <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
  array([[1, 2],
         [1, 2]], dtype=int32)>
)"});
}

}  // namespace pyten
