#include "ops/updates.h"

#include <cstring>
#include <numeric>

#include "ops/layout.h"

namespace pyten {

using kernels::Scatter;

namespace {

void slice_update_rule(GradContext& g) {
  const Dims &begin = g.attr<Dims>("begin"), &strides = g.attr<Dims>("strides");
  if (g.needs(0)) {
    g.set(0, slice_update(g.dy(), zeros(g.input_shape(1), g.input_dtype(1)), begin, strides));
  }
  if (g.needs(1)) g.set(1, slice(g.dy(), begin, g.input_shape(1), strides));
}
Tensors call_slice_update(const Op&, const Tensors& inputs, const Attrs& attrs) {
  return {slice_update(inputs[0], inputs[1], attrs.get<Dims>("begin"), attrs.get<Dims>("strides"))};
}
const Op kSliceUpdate{"slice_update", slice_update_rule, call_slice_update};

}  // namespace

Tensor slice_update(const Tensor& x, const Tensor& y, const Dims& begin, const Dims& strides) {
  require_same_dtype("slice_update", x, y);
  if (!together(x, y)) [[unlikely]] {
    Device at = meeting_place("slice_update", {&x, &y});
    return slice_update(to_device(x, at), to_device(y, at), begin, strides);
  }
  Tensor out = Tensor::empty(x.shape(), x.dtype(), x.device());
  copy_into(x, out.mutable_data(), out.strides());
  if (y.size() != 0) {
    Dims steps = out.strides();
    int64_t offset = 0;
    for (size_t i = 0; i < steps.size(); ++i) {
      offset += begin[i] * steps[i];
      steps[i] *= strides[i];
    }
    char* to = static_cast<char*>(out.mutable_data()) + offset * int64_t(size_of(x.dtype()));
    copy_into(y, to, steps);
  }
  if (recording(x, y)) {
    record(kSliceUpdate, {x, y}, {out}, {}, {{"begin", begin}, {"strides", strides}});
  }
  return out;
}

// -- Places named more than once ------------------------------------------------------------------
namespace {

// The rows of indices [..., depth] in order of their places; rows of one place stay in order.
struct Places {
  Tensor rows;  // int64, row-major
  int64_t count = 0, depth = 0;
  std::vector<int64_t> order;

  const int64_t* row(int64_t i) const { return rows.data_as<int64_t>() + i * depth; }
  bool same(int64_t i, int64_t j) const {
    return std::memcmp(row(i), row(j), size_t(depth) * sizeof(int64_t)) == 0;
  }
};

Places places_of(const Tensor& indices) {
  reading_values(indices);
  Places p;
  p.rows = converted(on_host(indices), DType::kInt64);
  p.depth = indices.shape().back();
  p.count = num_elements(Shape(indices.shape().begin(), indices.shape().end() - 1));
  p.order.resize(size_t(p.count));
  std::iota(p.order.begin(), p.order.end(), 0);
  std::stable_sort(p.order.begin(), p.order.end(), [&](int64_t i, int64_t j) {
    return std::lexicographical_compare(p.row(i), p.row(i) + p.depth, p.row(j), p.row(j) + p.depth);
  });
  return p;
}

bool any_twice(const Places& p) {
  for (int64_t i = 1; i < p.count; ++i) {
    if (p.same(p.order[i - 1], p.order[i])) return true;
  }
  return false;
}

Tensor list_of(const std::vector<int64_t>& values) {
  return from_values<int64_t>(values, {int64_t(values.size())}, DType::kInt64);
}

// Of y [count, inner], sorted by place: for each row the product of those `distance` and more steps
// towards `side` (-1: before it, 1: after it) of the same place, by doubling.
Tensor products_beside(const Tensor& y, const std::vector<int64_t>& beside, int side) {
  int64_t count = y.dim(0);
  int64_t most = count == 0 ? 0 : *std::max_element(beside.begin(), beside.end());
  Tensor one = ones({1, y.dim(1)}, y.dtype());
  auto moved = [&](const Tensor& t, int64_t distance) {
    std::vector<int64_t> from(beside.size());
    for (int64_t i = 0; i < count; ++i) {
      from[size_t(i)] = beside[size_t(i)] >= distance ? i + side * distance : count;
    }
    return gather(concat({t, one}, 0), list_of(from), 0, 0);
  };
  Tensor product = moved(y, 1);
  for (int64_t distance = 1; distance < most; distance *= 2) {
    product = product * moved(product, distance);
  }
  return product;
}

// For each update the product of all other updates of its place.
Tensor products_of_others(const Tensor& updates, const Places& p) {
  std::vector<int64_t> before(size_t(p.count)), after(size_t(p.count)), back(size_t(p.count));
  for (int64_t i = 0; i < p.count; ++i) {
    back[size_t(p.order[i])] = i;
    if (i > 0 && p.same(p.order[i - 1], p.order[i])) before[size_t(i)] = before[size_t(i - 1)] + 1;
  }
  for (int64_t i = p.count - 2; i >= 0; --i) {
    if (p.same(p.order[i], p.order[i + 1])) after[size_t(i)] = after[size_t(i + 1)] + 1;
  }
  int64_t inner = updates.size() / p.count;
  Tensor sorted = gather(reshape(updates, {p.count, inner}), list_of(p.order), 0, 0);
  Tensor others = products_beside(sorted, before, -1) * products_beside(sorted, after, 1);
  return reshape(gather(others, list_of(back), 0, 0), updates.shape());
}

}  // namespace

Tensor last_of_each_place(const Tensor& indices) {
  Places p = places_of(indices);
  if (!any_twice(p)) return {};
  Shape rows(indices.shape().begin(), indices.shape().end() - 1);
  Tensor out = Tensor::empty(rows, DType::kBool);
  auto* last = static_cast<bool*>(out.mutable_data());
  for (int64_t i = 0; i < p.count; ++i) {
    last[p.order[i]] = i + 1 == p.count || !p.same(p.order[i], p.order[i + 1]);
  }
  return out;
}

void scatter_multiply_rule(GradContext& g) {
  const Tensor &indices = g.saved(0), &x = g.saved(1), &updates = g.saved(2);
  if (g.needs(0)) {
    g.set(0, tensor_scatter_nd(Scatter::multiply, g.dy(), indices, conjugate(updates)));
  }
  if (!g.needs(2)) return;
  Tensor gradient = gather_nd(g.dy() * conjugate(x), indices, 0);
  Places p = places_of(indices);
  if (any_twice(p)) gradient = gradient * products_of_others(conjugate(updates), p);
  g.set(2, gradient);
}

void scatter_divide_rule(GradContext& g) {
  const Tensor &indices = g.saved(0), &updates = g.saved(2), &out = g.saved(3);
  Tensor y = conjugate(updates);
  if (g.needs(0)) g.set(0, tensor_scatter_nd(Scatter::divide, g.dy(), indices, y));
  if (g.needs(2)) {
    Tensor slope = negative(gather_nd(conjugate(out), indices, 0) / y);
    g.set(2, safe(slope, gather_nd(g.dy(), indices, 0)));
  }
}

}  // namespace pyten
