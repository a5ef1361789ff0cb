#include "autograd/diagonal.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "autograd/stack.h"
#include "ops/batch.h"
#include "ops/placement.h"

namespace pyten {

namespace {

bool is_zero(const Tensor& t) {
  // A value that another trace follows may be another number for the next example.
  if (!t.defined() || t.size() != 1 || watched(t)) return false;
  Tensor value = on_host(t);
  const char* p = static_cast<const char*>(value.data());
  return std::all_of(p, p + size_of(t.dtype()), [](char c) { return c == 0; });
}

// The first axis behind the second: [F, B, …] as [B, F, …].
Tensor swapped(const Tensor& x) {
  Dims perm = {1, 0};
  for (int i = 2; i < x.rank(); ++i) perm.push_back(i);
  return transpose(x, perm);
}

// Whether zeros give zeros, and the op acts on each element by itself.
bool keeps_zeros(std::string_view name, const Tensors& inputs, size_t at) {
  if (name == "multiply" || name == "multiply_no_nan") return true;
  if (name == "divide") return at == 0;
  if (name == "where") return at != 0 && is_zero(inputs[3 - at]);
  return name == "negative" || name == "identity" || name == "contiguous";
}

// Whether t is the transpose of a matrix that lies row by row, but for axes of size 1.
bool is_transposed(const Tensor& t) {
  SmallVector<int, 4> axes;
  for (int i = 0; i < t.rank(); ++i) {
    if (t.dim(i) != 1) axes.push_back(i);
  }
  return axes.size() == 2 && t.strides()[axes[0]] == 1 && t.strides()[axes[1]] == t.dim(axes[0]);
}

// An elementwise op with d.t for one of its inputs. A transposed one is read, and the result
// written, in the order in which it lies.
Tensor elementwise(const Op& op, const Tensors& inputs, size_t at, const Tensor& value,
                   const Attrs& attrs) {
  Tensors args = inputs;
  args[at] = value;
  int rank = value.rank();
  bool reorder = is_transposed(value);
  for (const Tensor& t : args) reorder &= t.rank() <= rank;
  auto call = [&](const Tensors& x) { return op.call(op, x, attrs); };
  if (!reorder) return softly(call, args)[0];
  Dims perm;
  for (int i = rank - 1; i >= 0; --i) perm.push_back(i);
  for (Tensor& t : args) {
    if (t.rank() == 0) continue;
    Shape shape(size_t(rank - t.rank()), 1);
    shape.append(t.shape().begin(), t.shape().end());
    t = transpose(shape == t.shape() ? t : reshape(t, shape), perm);
  }
  return transpose(softly(call, args)[0], perm);
}

// dy @ W: the rows stay apart.
Diagonal rows_times(const Diagonal& d, const Tensor& w, bool transposed) {
  int rank = d.t.rank() - 1;
  if (d.axes < rank) return {matmul(d.t, w, false, transposed), d.axes};
  // Each seed is one number: it picks a row of W.
  Dims perm = {rank - 1};
  for (int i = 0; i + 1 < rank; ++i) perm.push_back(i);
  Tensor numbers = transpose(reshape(d.t, Shape(d.t.shape().begin() + 1, d.t.shape().end())), perm);
  Tensor rows = transposed ? transpose(w) : w;
  if (numbers.size() > rows.dim(0)) rows = contiguous(rows);  // read once for each example
  Shape shape = {rows.dim(0)};
  for (int i = 0; i + 1 < rank; ++i) shape.push_back(1);
  shape.push_back(rows.dim(1));
  Tensor lines = reshape(rows, shape);
  if (d.ones) {
    Shape all = numbers.shape();
    all.push_back(rows.dim(1));
    return {broadcast_to(lines, all), rank - 1};
  }
  return {expand_dims(numbers, -1) * lines, rank - 1};
}

// a' @ dy, a sum over the axis that is kept apart: one outer product for each place on it.
Diagonal outer_products(const Tensor& a, const Diagonal& d) {
  Tensor dy = swapped(is_transposed(d.t) ? contiguous(d.t) : d.t);
  dy = expand_dims(dy, 2);  // [B, F, 1, J]
  Tensor columns = reshape(a, {a.dim(0), 1, a.dim(1), 1});
  Tensor out = columns * dy;
  return {reshape(out, {out.dim(0) * out.dim(1), out.dim(2), out.dim(3)}), 0};
}

}  // namespace

Diagonal diagonal_seeds(const Tensor& target) {
  return {ones(with_front(1, target.shape()), target.dtype()), target.rank(), true};
}

Tensor dense(const Diagonal& d, int64_t count) {
  if (d.axes == 0) return d.t;
  Shape value(d.t.shape().begin() + 1, d.t.shape().end());
  int64_t places = 1, rest = 1, free = d.t.dim(0);
  for (int i = 0; i < value.ssize(); ++i) (i < d.axes ? places : rest) *= value[i];
  Tensor lines = swapped(reshape(d.t, {free, places, rest}));
  if (places <= 1) return reshape(lines, with_front(count, value));
  // Line (i, f) stands at place i of row (i, f): in rows longer by one place, always at f * places.
  int64_t width = free * places;
  Tensor wide = slice_scatter(lines, {places, width + 1, rest}, {0, 0, 0}, {1, places, 1});
  Tensor flat = reshape(wide, {places * (width + 1), rest});
  return reshape(slice(flat, {0, 0}, {places * width, rest}, {1, 1}), with_front(count, value));
}

Diagonal diagonal_call(const Op& op, const Attrs& attrs, const Tensors& inputs,
                       std::span<const Diagonal* const> structured, const Shape& shape) {
  std::string_view name = op.name;
  size_t found = 0, at = 0;
  for (size_t i = 0; i < structured.size(); ++i) {
    if (!structured[i]) continue;
    at = i;
    ++found;
  }
  const Diagonal& d = *structured[at];
  Shape own(d.t.shape().begin() + 1, d.t.shape().end());
  bool same_shape = own == shape;
  if (found == 2 && name == "add" && same_shape) {
    const Diagonal& other = *structured[0];
    if (other.axes != d.axes || !(other.t.shape() == d.t.shape())) return {};
    return {other.t + d.t, d.axes};
  }
  if (found != 1) return {};
  if (same_shape && keeps_zeros(name, inputs, at)) {
    return {elementwise(op, inputs, at, d.t, attrs), d.axes};
  }
  if (name == "matmul" && !attrs.get<bool>("transpose_a") && at == 0 && inputs[1].rank() == 2) {
    return rows_times(d, inputs[1], attrs.get<bool>("transpose_b"));
  }
  if (name == "matmul" && attrs.get<bool>("transpose_a") && !attrs.get<bool>("transpose_b") &&
      at == 1 && inputs[0].rank() == 2 && own.size() == 2 && d.axes == 1) {
    return outer_products(inputs[0], d);
  }
  if (name == "sum_to" && d.axes == 1 && own.size() == 2 && shape.size() == 1 &&
      own[1] == shape[0]) {
    Tensor rows = swapped(d.t);
    return {reshape(rows, {rows.dim(0) * rows.dim(1), shape[0]}), 0};
  }
  return {};
}

}  // namespace pyten
