// Reductions over axes.
#include "ops/batch.h"
#include "ops/elementwise.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

// y, one element for each reduced block, with the reduced axes back as size 1.
Tensor kept(GradContext& g, const Tensor& y) {
  return reshape(y, reduced_shape(g.input_shape(0), g.attr<Dims>("axis"), true));
}

Tensor spread(GradContext& g, const Tensor& y) {
  return broadcast_to(kept(g, y), g.input_shape(0));
}

void mean_rule(GradContext& g) {
  int64_t n = 1;
  for (int64_t axis : g.attr<Dims>("axis")) n *= g.input_shape(0)[axis];
  DType dtype = g.input_dtype(0);
  Tensor share = dtype == DType::kFloat16  // whose largest number is 65504
                     ? g.dy() * scalar(1 / double(n), dtype)
                     : g.dy() / scalar(double(n), dtype);
  g.set(0, spread(g, share));
}

// The product of all others: of those before it and of those after it, right with zeros as well.
void prod_rule(GradContext& g) {
  const Dims& axes = g.attr<Dims>("axis");
  Tensor x = conjugate(g.saved(0));
  Dims order;
  for (int i = 0; i < x.rank(); ++i) {
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) order.push_back(i);
  }
  Shape flat;  // the kept sizes and one for all that are reduced
  int64_t n = 1;
  for (int64_t axis : order) flat.push_back(x.dim(int(axis)));
  for (int64_t axis : axes) n *= x.dim(int(axis));
  flat.push_back(n);
  order.append(axes.begin(), axes.end());

  Tensor moved = transpose(x, order), rows = reshape(moved, flat);
  Tensor others = cumprod(rows, -1, true, false) * cumprod(rows, -1, true, true);
  Tensor back = transpose(reshape(others, moved.shape()), inverse(order));
  g.set(0, kept(g, g.dy()) * back);
}

void extreme_rule(GradContext& g) {
  const Tensor &x = g.saved(0), &y = g.saved(1);
  Tensor chosen = cast(equal(x, kept(g, y)), x.dtype());
  Tensor count = reduce_sum(chosen, g.attr<Dims>("axis"), true);
  g.set(0, chosen / count * kept(g, g.dy()));
}

template <Tensor (*kReduce)(const Tensor&, const std::optional<Dims>&, bool)>
Tensors reduce_again(const Op&, const Tensors& x, const Attrs& a) {
  return {kReduce(x[0], a.get<Dims>("axis"), a.get<bool>("keepdims"))};
}
template <Tensor (*kReduce)(const Tensor&, const std::optional<Dims>&, bool)>
Tensors reduce_batch(const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) {
  return {kReduce(x[0], shifted_axes(a.get<Dims>("axis")), a.get<bool>("keepdims"))};
}

const Op kSum{"reduce_sum", [](GradContext& g) { g.set(0, spread(g, g.dy())); },
              reduce_again<reduce_sum>, reduce_batch<reduce_sum>};
const Op kMean{"reduce_mean", mean_rule, reduce_again<reduce_mean>, reduce_batch<reduce_mean>};

const Op kProd{"reduce_prod", prod_rule, reduce_again<reduce_prod>, reduce_batch<reduce_prod>};
const Op kMax{"reduce_max", extreme_rule, reduce_again<reduce_max>, reduce_batch<reduce_max>};
const Op kMin{"reduce_min", extreme_rule, reduce_again<reduce_min>, reduce_batch<reduce_min>};
const Op kAny{"reduce_any", nullptr, reduce_again<reduce_any>, reduce_batch<reduce_any>};
const Op kAll{"reduce_all", nullptr, reduce_again<reduce_all>, reduce_batch<reduce_all>};

Tensor reduce(const Op& op, kernels::ReduceLoop loop, const Tensor& x,
              const std::optional<Dims>& axes, bool keepdims) {
  if (loop == nullptr) [[unlikely]]
    fail_no_kernel(op.name, x);
  Tensor out;
  if (!axes && !keepdims && x.is_contiguous() && x.size() != 1) {
    out = Tensor::empty({}, x.dtype(), x.device());
    loop(x.data(), out.mutable_data(), 1, x.size(), 1);
    see_result(out);
    if (!recording(x)) [[likely]]
      return out;
  }
  Dims at = reduction_axes(op.name, axes, x.rank());
  if (!out) {
    Block block = block_of(x, at);
    Shape shape = reduced_shape(x.shape(), at, keepdims);
    if (block.n == 1) {
      Tensor same = packed(x);
      out = same.as_strided(shape, contiguous_strides(shape), 0);
    } else {
      out = Tensor::empty(shape, x.dtype(), x.device());
      if (out.size()) loop(block.x.data(), out.mutable_data(), block.outer, block.n, block.inner);
    }
  }
  see_result(out);
  if (recording(x)) {
    Tensors saved;
    if (op.grad == prod_rule || op.grad == extreme_rule) saved.push_back(x);
    if (op.grad == extreme_rule) saved.push_back(out);
    record(op, Tensors{x}, Tensors{out}, saved, {{"axis", at}, {"keepdims", keepdims}});
  }
  return out;
}

Tensor reduce(const Op& op, kernels::Reduce kind, DTypeSet dtypes, const Tensor& x,
              const std::optional<Dims>& axes, bool keepdims) {
  require_dtype(op.name, x.dtype(), dtypes);
  return reduce(op, table_of(x).reduce[int(kind)][int(x.dtype())], x, axes, keepdims);
}

}  // namespace

Tensor reduce_sum(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  return reduce(kSum, kernels::Reduce::sum, kNumbers, x, axes, keepdims);
}
Tensor reduce_prod(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  return reduce(kProd, kernels::Reduce::prod, kNumbers, x, axes, keepdims);
}
Tensor reduce_max(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  return reduce(kMax, kernels::Reduce::max, kReals, x, axes, keepdims);
}
Tensor reduce_min(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  return reduce(kMin, kernels::Reduce::min, kReals, x, axes, keepdims);
}
Tensor reduce_any(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  return reduce(kAny, kernels::Reduce::any, kBools, x, axes, keepdims);
}
Tensor reduce_all(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  return reduce(kAll, kernels::Reduce::all, kBools, x, axes, keepdims);
}

Tensor reduce_mean(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  require_dtype(kMean.name, x.dtype(), kNumbers);
  return reduce(kMean, table_of(x).mean[int(x.dtype())], x, axes, keepdims);
}

namespace {

struct Reduction {
  Tensor (*all)(const Tensor&);  // over all axes
  Tensors (*call)(const Arguments&);
};

struct ReductionDoc {
  const char* name;
  Reduction reduction;
  DTypeSet dtypes;
  const char* summary;
  const char* empty;     // the result for no elements
  const char* gradient;  // "" if there is none
  const char* example;
};

template <Tensor (*kReduce)(const Tensor&, const std::optional<Dims>&, bool)>
constexpr Reduction kReduction{[](const Tensor& x) { return kReduce(x, {}, false); },
                               [](const Arguments& a) -> Tensors {
                                 return {kReduce(a.tensor(0), a.optional_ints(1), a.boolean(2))};
                               }};

const ReductionDoc kDocs[] = {
    {"reduce_sum", kReduction<reduce_sum>, kNumbers, "Adds up the elements along axes.",
     "0; integers wrap around", "the same for each element.",
     "  >>> tf.reduce_sum([[1, 2], [3, 4]], axis=0)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([4, 6], dtype=int32)>\n"},
    {"reduce_mean", kReduction<reduce_mean>, kNumbers, "Averages the elements along axes.",
     "NaN, and 0 for integers; the mean of integers is truncated towards zero",
     "the same for each element.",
     "  >>> tf.reduce_mean([[1., 2.], [3., 4.]], axis=1)\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.5, 3.5], dtype=float32)>\n"},
    {"reduce_prod", kReduction<reduce_prod>, kNumbers, "Multiplies the elements along axes.",
     "1; integers wrap around", "the product of all other elements, right also where some are 0.",
     "  >>> tf.reduce_prod([2, 3, 4])\n"
     "  <tf.Tensor: shape=(), dtype=int32, numpy=24>\n"},
    {"reduce_max", kReduction<reduce_max>, kReals, "Finds the largest element along axes.",
     "the dtype's lowest value; NaN wins over numbers",
     "shared evenly by all elements that equal the maximum.",
     "  >>> tf.reduce_max([[1, 5], [3, 4]], axis=1)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([5, 4], dtype=int32)>\n"},
    {"reduce_min", kReduction<reduce_min>, kReals, "Finds the smallest element along axes.",
     "the dtype's highest value; NaN wins over numbers",
     "shared evenly by all elements that equal the minimum.",
     "  >>> tf.reduce_min([[1, 5], [3, 4]], axis=1)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 3], dtype=int32)>\n"},
    {"reduce_any", kReduction<reduce_any>, kBools, "Tells whether any element is true along axes.",
     "False", "",
     "  >>> tf.reduce_any([[True, False], [False, False]], axis=1)\n"
     "  <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>\n"},
    {"reduce_all", kReduction<reduce_all>, kBools,
     "Tells whether all elements are true along axes.", "True", "",
     "  >>> tf.reduce_all([True, False])\n"
     "  <tf.Tensor: shape=(), dtype=bool, numpy=False>\n"},
};

}  // namespace

void register_reductions(Functions& out) {
  for (const ReductionDoc& d : kDocs) {
    std::string doc = std::string(d.summary) +
                      "\n\nArgs:\n  input_tensor: a tensor of any shape; " + dtype_names(d.dtypes) +
                      R"(.
  axis: the axes that go: an int or a list of ints, negative ones counted from the end. All of them
    when absent; none for an empty list.
  keepdims: whether they stay, with size 1.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same dtype. Where there are no elements: )" +
                      d.empty + R"(.

Raises:
  InvalidArgumentError: an axis is out of range (also an IndexError) or named twice (also a
    ValueError), or the dtype is refused (also a TypeError).
)";
    if (*d.gradient) doc += std::string("\nGradient: ") + d.gradient + "\n";
    out.push_back({.name = d.name,
                   .params = {{"input_tensor", Kind::kTensor},
                              {"axis", Kind::kInts, "None"},
                              {"keepdims", Kind::kBool, "False"},
                              {"name", Kind::kName, "None"}},
                   .unary = d.reduction.all,
                   .call = d.reduction.call,
                   .dtypes = d.dtypes,
                   .differentiable = *d.gradient != 0,
                   .doc = doc + "\nExample:\n" + d.example});
  }
}

}  // namespace pyten
