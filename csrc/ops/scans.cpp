// Running sums and products.
#include <limits>

#include "kernels/special.h"
#include "ops/batch.h"
#include "ops/elementwise.h"
#include "ops/function.h"
#include "ops/layout.h"
#include "ops/special.h"

namespace pyten {

namespace {

void cumsum_rule(GradContext& g) {
  g.set(0, cumsum(g.dy(), g.attr<int64_t>("axis"), g.attr<bool>("exclusive"),
                  !g.attr<bool>("reverse")));
}

template <Tensor (*kScan)(const Tensor&, int64_t, bool, bool)>
Tensors scan_again(const Op&, const Tensors& x, const Attrs& a) {
  return {kScan(x[0], a.get<int64_t>("axis"), a.get<bool>("exclusive"), a.get<bool>("reverse"))};
}
template <Tensor (*kScan)(const Tensor&, int64_t, bool, bool)>
Tensors scan_batch(const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) {
  return {
      kScan(x[0], a.get<int64_t>("axis") + 1, a.get<bool>("exclusive"), a.get<bool>("reverse"))};
}
const Op kCumsum{"cumsum", cumsum_rule, scan_again<cumsum>, scan_batch<cumsum>};

// x[i + by] at place i, and 0 where that is beyond the end.
Tensor shifted(const Tensor& x, int64_t axis, int64_t by) {
  Dims begin(x.shape().size(), 0), ones(x.shape().size(), 1);
  Shape size = x.shape();
  begin[axis] = by;
  size[axis] -= by;
  Tensor tail = slice(x, begin, size, ones);
  return slice_scatter(tail, x.shape(), Dims(x.shape().size(), 0), ones);
}

// r[j] = b[j] + a[j] * r[j + 1] from the end, by doubling: log2(n) rounds without a division, so
// that zeros do no harm, and made of ops that have gradients of every order.
Tensor solve_backwards(Tensor a, Tensor b, int64_t axis) {
  int64_t n = b.dim(int(axis));
  for (int64_t step = 1; step < n; step *= 2) {
    b = b + a * shifted(b, axis, step);
    if (2 * step < n) a = a * shifted(a, axis, step);
  }
  return b;
}

// With y the running product and dy its gradient, that of x[j] is the product before j times
// r[j] = dy[j] + x[j + 1] * r[j + 1].
void cumprod_rule(GradContext& g) {
  int64_t axis = g.attr<int64_t>("axis");
  bool from_end = g.attr<bool>("reverse");
  Tensor x = conjugate(g.saved(0)), dy = g.dy();
  if (from_end) {
    x = reverse(x, {axis});
    dy = reverse(dy, {axis});
  }
  if (x.dim(int(axis)) > 0) {
    if (g.attr<bool>("exclusive")) dy = shifted(dy, axis, 1);
    dy = cumprod(x, axis, true) * solve_backwards(shifted(x, axis, 1), dy, axis);
  }
  g.set(0, from_end ? reverse(dy, {axis}) : dy);
}
const Op kCumprod{"cumprod", cumprod_rule, scan_again<cumprod>, scan_batch<cumprod>};

// With y the running logsumexp of x, dx[j] = exp(x[j] - y[j]) r[j], where r[j] = dy[j] +
// exp(y[j] - y[j + 1]) r[j + 1]: no weight exceeds 1.
void cumulative_logsumexp_rule(GradContext& g) {
  int64_t axis = g.attr<int64_t>("axis");
  bool from_end = g.attr<bool>("reverse"), exclusive = g.attr<bool>("exclusive");
  Tensor x = g.saved(0), dy = g.dy();
  if (x.size() == 0) return g.set(0, zeros_like(x));
  if (from_end) x = reverse(x, {axis}), dy = reverse(dy, {axis});
  // Of an exclusive scan, y[j + 1] is the inclusive one's y[j].
  if (exclusive) dy = shifted(dy, axis, 1);
  Tensor y = cumulative_logsumexp(x, axis, false, false);
  Tensor zero = like(0, x), empty = equal(y, like(-std::numeric_limits<double>::infinity(), y));
  Tensor level = select(empty, zero, y);
  // exp(y[j] - y[j + 1]), 0 where y[j] is -inf still; the last has no successor.
  Tensor weight = select(empty, zero, exp(level - shifted(level, axis, 1)));
  Dims end(x.shape().size(), 0), ones(x.shape().size(), 1);
  Shape size = x.shape();
  size[axis] -= 1;
  weight = slice_scatter(slice(weight, end, size, ones), x.shape(), end, ones);
  Tensor r = solve_backwards(weight, dy, axis);
  Tensor share = select(empty, zero, exp(x - level));
  Tensor dx = share * r;
  g.set(0, from_end ? reverse(dx, {axis}) : dx);
}
Tensors call_cumulative_logsumexp(const Op&, const Tensors& in, const Attrs& attrs) {
  return {cumulative_logsumexp(in[0], attrs.get<int64_t>("axis"), attrs.get<bool>("exclusive"),
                               attrs.get<bool>("reverse"))};
}
const Op kCumulativeLogsumexp{"cumulative_logsumexp", cumulative_logsumexp_rule,
                              call_cumulative_logsumexp};

Tensor scan(const Op& op, const kernels::ScanLoop* loops, const Tensor& x, int64_t axis,
            bool exclusive, bool reverse) {
  require_dtype(op.name, x.dtype(), kNumbers);
  int64_t at = normalize_axis(op.name, axis, x.rank());
  if (loops[int(x.dtype())] == nullptr) [[unlikely]]
    fail_no_kernel(op.name, x);
  Tensor source = packed(x);
  Block block = block_of(source, {at});
  Tensor out = Tensor::empty(x.shape(), x.dtype(), x.device());
  if (out.size()) {
    loops[int(x.dtype())](source.data(), out.mutable_data(), block.outer, block.n, block.inner,
                          exclusive, reverse);
  }
  if (recording(x)) {
    Tensors saved;
    if (&op == &kCumprod) saved.push_back(x);
    record(op, Tensors{x}, Tensors{out}, saved,
           {{"axis", at}, {"exclusive", exclusive}, {"reverse", reverse}});
  }
  return out;
}

}  // namespace

Tensor cumsum(const Tensor& x, int64_t axis, bool exclusive, bool reverse) {
  return scan(kCumsum, table_of(x).cumsum, x, axis, exclusive, reverse);
}
Tensor cumprod(const Tensor& x, int64_t axis, bool exclusive, bool reverse) {
  return scan(kCumprod, table_of(x).cumprod, x, axis, exclusive, reverse);
}
Tensor cumulative_logsumexp(const Tensor& x, int64_t axis, bool exclusive, bool reverse) {
  require_dtype("cumulative_logsumexp", x.dtype(), kFloats);
  require_host("cumulative_logsumexp", x);
  int64_t at = normalize_axis("cumulative_logsumexp", axis, x.rank());
  DType wide = x.dtype() == DType::kFloat64 ? DType::kFloat64 : DType::kFloat32;
  Tensor out;
  {
    Unrecorded pause;
    Tensor source = packed(cast(x, wide));
    Block block = block_of(source, {at});
    out = Tensor::empty(x.shape(), wide, x.device());
    if (out.size()) {
      kernels::cumulative_logsumexp(wide, source.data(), out.mutable_data(), block.outer, block.n,
                                    block.inner, exclusive, reverse);
    }
    out = cast(out, x.dtype());
  }
  if (recording(x)) {
    record(kCumulativeLogsumexp, {x}, {out}, {x},
           {{"axis", at}, {"exclusive", exclusive}, {"reverse", reverse}});
  }
  return out;
}

namespace {

std::string scan_doc(const char* verb, const char* neutral, const char* rest) {
  return std::string(verb) + R"( the elements along an axis, up to each one.

Args:
  x: a tensor of rank 1 or more; )" +
         dtype_names(kNumbers) + R"(.
  axis: the axis to run along.
  exclusive: whether an element's own value is left out: the first result is )" +
         neutral + R"(.
  reverse: whether to run from the end.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  InvalidArgumentError: axis is out of range (also an IndexError), or the dtype is refused (also a
    TypeError).
)" + rest;
}

}  // namespace

void register_scans(Functions& out) {
  const std::vector<Param> params = {{"x", Kind::kTensor},
                                     {"axis", Kind::kInt, "0"},
                                     {"exclusive", Kind::kBool, "False"},
                                     {"reverse", Kind::kBool, "False"},
                                     {"name", Kind::kName, "None"}};
  out.push_back({.name = "cumsum",
                 .params = params,
                 .call = [](const Arguments& a) -> Tensors {
                   return {cumsum(a.tensor(0), a.integer(1), a.boolean(2), a.boolean(3))};
                 },
                 .dtypes = kNumbers,
                 .doc = scan_doc("Adds up", "0",
                                 "\nExample:\n  >>> tf.cumsum([1, 2, 3])\n"
                                 "  <tf.Tensor: shape=(3,), dtype=int32, "
                                 "numpy=array([1, 3, 6], dtype=int32)>\n")});
  out.push_back({.name = "cumprod",
                 .params = params,
                 .call = [](const Arguments& a) -> Tensors {
                   return {cumprod(a.tensor(0), a.integer(1), a.boolean(2), a.boolean(3))};
                 },
                 .dtypes = kNumbers,
                 .doc = scan_doc("Multiplies", "1",
                                 "\nGradient: right also where elements are 0.\n"
                                 "\nExample:\n  >>> tf.math.cumprod([2, 3, 4])\n"
                                 "  <tf.Tensor: shape=(3,), dtype=int32, "
                                 "numpy=array([ 2,  6, 24], dtype=int32)>\n")});
  out.push_back(
      {.name = "cumulative_logsumexp",
       .params = params,
       .call = [](const Arguments& a) -> Tensors {
         return {cumulative_logsumexp(a.tensor(0), a.integer(1), a.boolean(2), a.boolean(3))};
       },
       .dtypes = kFloats,
       .doc =
           R"(Computes the logarithm of the running sum of exponentials along an axis, without overflow.

Args:
  x: a floating tensor of rank 1 or more.
  axis: the axis to run along.
  exclusive: whether an element's own value is left out: the first result is -inf.
  reverse: whether to run from the end.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  InvalidArgumentError: axis is out of range (also an IndexError), or the dtype is refused (also a
    TypeError).

Example:
  >>> tf.math.cumulative_logsumexp([0., 0.])
  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.6931472], dtype=float32)>
)"});
}

}  // namespace pyten
