// Running sums and products.
#include "ops/batch.h"
#include "ops/elementwise.h"
#include "ops/function.h"
#include "ops/layout.h"

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

Tensor scan(const Op& op, const kernels::ScanLoop* loops, const Tensor& x, int64_t axis,
            bool exclusive, bool reverse) {
  require_dtype(op.name, x.dtype(), kNumbers);
  int64_t at = normalize_axis(op.name, axis, x.rank());
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
}

}  // namespace pyten
