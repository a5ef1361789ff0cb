// Regular parts of a tensor: slices, their adjoint, reversing and rolling.
#include <cstring>

#include "ops/batch.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

void slice_rule(GradContext& g) {
  g.set(0, slice_scatter(g.dy(), g.input_shape(0), g.attr<Dims>("begin"), g.attr<Dims>("strides")));
}
const Op kSlice{
    "slice", slice_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {slice(x[0], a.get<Dims>("begin"), a.get<Dims>("size"), a.get<Dims>("strides"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t n) -> Tensors {
      return {slice(x[0], with_front(0, a.get<Dims>("begin")), with_front(n, a.get<Dims>("size")),
                    with_front(1, a.get<Dims>("strides")))};
    }};

void slice_scatter_rule(GradContext& g) {
  g.set(0, slice(g.dy(), g.attr<Dims>("begin"), g.input_shape(0), g.attr<Dims>("strides")));
}
const Op kSliceScatter{
    "slice_scatter", slice_scatter_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {
          slice_scatter(x[0], a.get<Dims>("shape"), a.get<Dims>("begin"), a.get<Dims>("strides"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t n) -> Tensors {
      return {slice_scatter(x[0], with_front(n, a.get<Dims>("shape")),
                            with_front(0, a.get<Dims>("begin")),
                            with_front(1, a.get<Dims>("strides")))};
    }};

const Op kReverse{
    "reverse", [](GradContext& g) { g.set(0, reverse(g.dy(), g.attr<Dims>("axis"))); },
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {reverse(x[0], a.get<Dims>("axis"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      return {reverse(x[0], shifted_axes(a.get<Dims>("axis")))};
    }};
void roll_rule(GradContext& g) {
  Dims back = g.attr<Dims>("shift");
  for (int64_t& s : back) s = -s;
  g.set(0, roll(g.dy(), back, g.attr<Dims>("axis")));
}
const Op kRoll{
    "roll", roll_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {roll(x[0], a.get<Dims>("shift"), a.get<Dims>("axis"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      return {roll(x[0], a.get<Dims>("shift"), shifted_axes(a.get<Dims>("axis")))};
    }};

// Where the slice starts and how far apart its elements stand, in memory of the given strides.
int64_t slice_offset(const Dims& begin, const Dims& memory) {
  int64_t offset = 0;
  for (size_t i = 0; i < begin.size(); ++i) offset += begin[i] * memory[i];
  return offset;
}
Dims slice_steps(const Dims& strides, const Dims& memory) {
  Dims steps = memory;
  for (size_t i = 0; i < strides.size(); ++i) steps[i] *= strides[i];
  return steps;
}

}  // namespace

Tensor slice(const Tensor& x, const Dims& begin, const Shape& size, const Dims& strides) {
  int64_t offset = num_elements(size) == 0 ? 0 : slice_offset(begin, x.strides());
  Tensor out = x.as_strided(size, slice_steps(strides, x.strides()), offset);
  if (recording(x)) {
    record(kSlice, {x}, {out}, {}, {{"begin", begin}, {"size", size}, {"strides", strides}});
  }
  return out;
}

Tensor slice_scatter(const Tensor& y, const Shape& shape, const Dims& begin, const Dims& strides) {
  Tensor out = Tensor::empty(shape, y.dtype(), y.device());
  fill_zero(out);
  if (y.size() != 0) {
    int64_t offset = slice_offset(begin, out.strides()) * int64_t(size_of(y.dtype()));
    copy_into(y, static_cast<char*>(out.mutable_data()) + offset,
              slice_steps(strides, out.strides()));
  }
  if (recording(y)) {
    record(kSliceScatter, {y}, {out}, {},
           {{"shape", shape}, {"begin", begin}, {"strides", strides}});
  }
  return out;
}

Tensor strided_slice(const Tensor& x, const Dims& begin, const Dims& end, const Dims& strides,
                     const SliceMasks& masks) {
  constexpr const char* op = "strided_slice";
  size_t n = begin.size();
  if (end.size() != n || (!strides.empty() && strides.size() != n)) {
    fail(ErrorKind::kInvalidArgument, op,
         ": begin, end and strides must have one length, got begin=", ints_text(begin),
         ", end=", ints_text(end), " and strides=", ints_text(strides));
  }
  auto bit = [](int64_t mask, size_t i) { return bool(mask >> i & 1); };
  int named = 0, ellipses = 0;
  for (size_t i = 0; i < n; ++i) {
    if (bit(masks.ellipsis, i)) {
      ++ellipses;
    } else if (!bit(masks.new_axis, i)) {
      ++named;
    }
  }
  if (ellipses > 1) {
    fail(ErrorKind::kInvalidArgument, op, ": Multiple ellipses in slice spec not allowed, got ",
         ellipses);
  }
  if (named > x.rank()) {
    fail(ErrorKind::kInvalidIndex, op, ": Index out of range using input dim ", x.rank(),
         "; input has only ", x.rank(), " dims, got input_.shape=", tuple_text(x.shape()));
  }

  Dims first, step;
  Shape size, shape;  // of the slice; with axes added and dropped
  auto whole = [&](int axes) {
    for (int k = 0; k < axes; ++k) {
      int64_t d = x.dim(first.ssize());
      first.push_back(0);
      step.push_back(1);
      size.push_back(d);
      shape.push_back(d);
    }
  };
  for (size_t i = 0; i < n; ++i) {
    if (bit(masks.ellipsis, i)) {
      whole(x.rank() - named);
      continue;
    }
    if (bit(masks.new_axis, i)) {
      shape.push_back(1);
      continue;
    }
    int axis = first.ssize();
    int64_t d = x.dim(axis), s = strides.empty() ? 1 : strides[i];
    if (s == 0) {
      fail(ErrorKind::kInvalidArgument, op, ": strides[", i,
           "] must be non-zero, got strides=", ints_text(strides));
    }
    int64_t from = begin[i] < 0 ? begin[i] + d : begin[i];
    if (bit(masks.shrink_axis, i)) {
      if (from < 0 || from >= d) {
        fail(ErrorKind::kInvalidIndex, op, ": slice index ", begin[i], " of dimension ", axis,
             " out of bounds, got input_.shape=", tuple_text(x.shape()));
      }
      first.push_back(from);
      step.push_back(1);
      size.push_back(1);
      continue;
    }
    int64_t to = end[i] < 0 ? end[i] + d : end[i];
    int64_t low = s > 0 ? 0 : -1, high = s > 0 ? d : d - 1;
    from = bit(masks.begin, i) ? (s > 0 ? low : high) : std::clamp(from, low, high);
    to = bit(masks.end, i) ? (s > 0 ? high : low) : std::clamp(to, low, high);
    int64_t distance = s > 0 ? to - from : from - to;
    uint64_t apart = s > 0 ? uint64_t(s) : -uint64_t(s);
    int64_t count = distance > 0 ? int64_t((uint64_t(distance) - 1) / apart) + 1 : 0;
    first.push_back(count == 0 ? 0 : from);
    step.push_back(s);
    size.push_back(count);
    shape.push_back(count);
  }
  whole(x.rank() - first.ssize());
  Tensor out = slice(x, first, size, step);
  return shape == size ? out : reshape(out, shape);
}

Tensor reverse(const Tensor& x, const Dims& axes) {
  Dims at, strides = x.strides();
  int64_t offset = 0;
  for (int64_t axis : axes) {
    int64_t a = normalize_axis("reverse", axis, x.rank());
    if (std::find(at.begin(), at.end(), a) != at.end()) {
      fail(ErrorKind::kInvalidArgument, "reverse: axes must differ, got axis=", ints_text(axes),
           ": axis ", a, " specified more than once.");
    }
    at.push_back(a);
    if (x.size() != 0) offset += (x.dim(int(a)) - 1) * x.strides()[a];
    strides[a] = -x.strides()[a];
  }
  Tensor out = x.as_strided(x.shape(), std::move(strides), offset);
  if (recording(x)) record(kReverse, {x}, {out}, {}, {{"axis", at}});
  return out;
}

Tensor roll(const Tensor& x, const Dims& shifts, const Dims& axes) {
  if (shifts.size() != axes.size()) {
    fail(ErrorKind::kInvalidArgument,
         "roll: shift and axis must have the same size, got shift=", ints_text(shifts),
         " and axis=", ints_text(axes));
  }
  Tensor out = x;
  Dims at;
  for (size_t i = 0; i < axes.size(); ++i) {
    int64_t a = normalize_axis("roll", axes[i], x.rank());
    at.push_back(a);
    if (x.size() == 0) continue;
    int64_t n = x.dim(int(a)), shift = (shifts[i] % n + n) % n;
    if (shift == 0) continue;
    Tensor rolled = Tensor::empty(x.shape(), x.dtype(), x.device());
    auto* data = static_cast<char*>(rolled.mutable_data());
    // The last `shift` slices come to the front.
    Shape tail = x.shape(), head = x.shape();
    tail[a] = shift;
    head[a] = n - shift;
    copy_into(out.as_strided(tail, out.strides(), (n - shift) * out.strides()[a]), data,
              rolled.strides());
    copy_into(out.as_strided(head, out.strides(), 0),
              data + shift * rolled.strides()[a] * int64_t(size_of(x.dtype())), rolled.strides());
    out = rolled;
  }
  if (out.same(x)) out = x.alias();
  if (recording(x)) record(kRoll, {x}, {out}, {}, {{"shift", shifts}, {"axis", at}});
  return out;
}

void register_slicing(Functions& out) {
  const Param name{"name", Kind::kName, "None"};

  out.push_back(
      {.name = "slice",
       .params = {{"input_", Kind::kTensor}, {"begin", Kind::kInts}, {"size", Kind::kInts}, name},
       .call = [](const Arguments& a) -> Tensors {
         const Tensor& x = a.tensor(0);
         const Dims& begin = a.ints(1);
         Shape size = a.ints(2);
         if (begin.ssize() != x.rank() || size.ssize() != x.rank()) {
           fail(ErrorKind::kInvalidArgument,
                "slice: begin and size must have one entry for each axis, got begin=",
                ints_text(begin), " and size=", ints_text(size),
                " for input_.shape=", tuple_text(x.shape()));
         }
         for (int i = 0; i < x.rank(); ++i) {
           int64_t d = x.dim(i);
           if (begin[i] < 0 || begin[i] > d) {
             fail(ErrorKind::kInvalidArgument, "slice: Expected begin[", i, "] in [0, ", d,
                  "], but got ", begin[i], " (input_.shape=", tuple_text(x.shape()), ")");
           }
           if (size[i] == -1) size[i] = d - begin[i];
           if (size[i] < 0 || size[i] > d - begin[i]) {
             fail(ErrorKind::kInvalidArgument, "slice: Expected size[", i, "] in [0, ",
                  d - begin[i], "], but got ", size[i], " (begin=", ints_text(begin),
                  ", input_.shape=", tuple_text(x.shape()), ")");
           }
         }
         return {slice(x, begin, size, Dims(size.size(), 1))};
       },
       .doc = R"(Cuts a block out of a tensor.

Args:
  input_: a tensor of any shape and dtype.
  begin: the block's first place along each axis.
  size: the number of places along each axis; -1 for all that are left.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of shape `size`, of the same memory.

Raises:
  InvalidArgumentError: the block reaches beyond the tensor (also a ValueError).

Example:
  >>> tf.slice([1, 2, 3, 4], [1], [2])
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([2, 3], dtype=int32)>
)"});
  out.push_back({.name = "strided_slice",
                 .params = {{"input_", Kind::kTensor},
                            {"begin", Kind::kInts},
                            {"end", Kind::kInts},
                            {"strides", Kind::kInts, "None"},
                            {"begin_mask", Kind::kInt, "0"},
                            {"end_mask", Kind::kInt, "0"},
                            {"ellipsis_mask", Kind::kInt, "0"},
                            {"new_axis_mask", Kind::kInt, "0"},
                            {"shrink_axis_mask", Kind::kInt, "0"},
                            {"var", Kind::kName, "None"},
                            name},
                 .call = [](const Arguments& a) -> Tensors {
                   SliceMasks masks{a.integer(4), a.integer(5), a.integer(6), a.integer(7),
                                    a.integer(8)};
                   return {strided_slice(a.tensor(0), a.ints(1), a.ints(2), a.ints(3), masks)};
                 },
                 .doc = R"(Takes the places from begin up to end, strides apart, along each axis.

Bit i of a mask says something about entry i of begin, end and strides. Bounds beyond the tensor
are clamped; negative ones count from the end.

Args:
  input_: a tensor of any shape and dtype.
  begin: the first place along each of the leading axes.
  end: the places at which to stop, not taken.
  strides: the distances, not 0; 1 when absent.
  begin_mask: entries whose begin is ignored: the slice starts at the axis's start.
  end_mask: entries whose end is ignored: the slice runs to the axis's end.
  ellipsis_mask: the one entry that stands for all axes that no other entry names.
  new_axis_mask: entries that insert an axis of size 1.
  shrink_axis_mask: entries whose axis is dropped: begin is an index.
  var: accepted for compatibility and ignored.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same dtype and memory.

Raises:
  InvalidArgumentError: a stride is 0 (also a ValueError), or an index is out of bounds or there are
    too many entries (also an IndexError).

Example:
  >>> tf.strided_slice([1, 2, 3, 4], [0], [4], [2])
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 3], dtype=int32)>
)"});
  out.push_back(
      {.name = "reverse",
       .params = {{"tensor", Kind::kTensor}, {"axis", Kind::kInts}, name},
       .call = [](const Arguments& a) -> Tensors { return {reverse(a.tensor(0), a.ints(1))}; },
       .doc = R"(Reverses the order along axes.

Args:
  tensor: a tensor of any shape and dtype.
  axis: the axes to reverse.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape, dtype and memory.

Raises:
  InvalidArgumentError: an axis is out of range (also an IndexError) or named twice (also a
    ValueError).

Example:
  >>> tf.reverse([1, 2, 3], [0])
  <tf.Tensor: shape=(3,), dtype=int32, numpy=array([3, 2, 1], dtype=int32)>
)"});
  out.push_back(
      {.name = "roll",
       .params = {{"input", Kind::kTensor}, {"shift", Kind::kInts}, {"axis", Kind::kInts}, name},
       .call = [](const Arguments& a) -> Tensors {
         return {roll(a.tensor(0), a.ints(1), a.ints(2))};
       },
       .doc = R"(Moves elements along axes; what falls off the end comes in at the start.

Args:
  input: a tensor of any shape and dtype.
  shift: by how many places, for each entry of axis; negative ones move towards the start.
  axis: the axes; shifts of an axis named twice add up.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  InvalidArgumentError: an axis is out of range (also an IndexError), or shift and axis differ in
    length (also a ValueError).

Example:
  >>> tf.roll([1, 2, 3, 4], 1, 0)
  <tf.Tensor: shape=(4,), dtype=int32, numpy=array([4, 1, 2, 3], dtype=int32)>
)"});
}

}  // namespace pyten
