// Reductions made of others, with rules of their own where the composed gradient would be worse.
#include "ops/batch.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

template <Tensor (*kReduce)(const Tensor&, const std::optional<Dims>&, bool)>
Tensors reduce_again(const Op&, const Tensors& x, const Attrs& a) {
  return {kReduce(x[0], a.get<Dims>("axis"), a.get<bool>("keepdims"))};
}
template <Tensor (*kReduce)(const Tensor&, const std::optional<Dims>&, bool)>
Tensors reduce_batch(const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) {
  return {kReduce(x[0], shifted_axes(a.get<Dims>("axis")), a.get<bool>("keepdims"))};
}

// With the reduced axes back as size 1.
Tensor kept(GradContext& g, const Tensor& y) {
  return reshape(y, reduced_shape(g.input_shape(0), g.attr<Dims>("axis"), true));
}
int64_t count(GradContext& g) {
  int64_t n = 1;
  for (int64_t axis : g.attr<Dims>("axis")) n *= g.input_shape(0)[axis];
  return n;
}
Tensor centred(GradContext& g) {
  const Tensor& x = g.saved(0);
  return x - reduce_mean(x, g.attr<Dims>("axis"), true);
}

// The softmax over the axes, relative to the same constant as the value: exp(x - y) would inherit
// the rounding of a large y.
void reduce_logsumexp_rule(GradContext& g) {
  Tensor e = exp(g.saved(0) - g.saved(1));
  g.set(0, kept(g, g.dy()) * e / reduce_sum(e, g.attr<Dims>("axis"), true));
}
const Op kLogSumExp{"reduce_logsumexp", reduce_logsumexp_rule, reduce_again<reduce_logsumexp>,
                    reduce_batch<reduce_logsumexp>};

void reduce_variance_rule(GradContext& g) {
  DType dtype = g.input_dtype(0);
  Tensor dy = cast(kept(g, g.dy()), dtype);
  g.set(0, dy * scalar(2.0 / double(count(g)), dtype) * centred(g));
}
const Op kVariance{"reduce_variance", reduce_variance_rule, reduce_again<reduce_variance>,
                   reduce_batch<reduce_variance>};

// 0 where all elements are equal: a subgradient.
void reduce_std_rule(GradContext& g) {
  DType dtype = g.input_dtype(0);
  Tensor deviation = cast(kept(g, g.saved(1)), dtype) * scalar(double(count(g)), dtype);
  g.set(0, cast(kept(g, g.dy()), dtype) * divide_no_nan(centred(g), deviation));
}
const Op kStd{"reduce_std", reduce_std_rule, reduce_again<reduce_std>, reduce_batch<reduce_std>};

// 0 at the origin: a subgradient. Norms of complex numbers are real, whatever dy is.
void reduce_euclidean_norm_rule(GradContext& g) {
  Tensor dy = g.dy();
  if (is_complex(dy.dtype())) dy = cast(real(dy), dy.dtype());
  g.set(0, kept(g, dy) * divide_no_nan(g.saved(0), kept(g, g.saved(1))));
}
const Op kEuclideanNorm{"reduce_euclidean_norm", reduce_euclidean_norm_rule,
                        reduce_again<reduce_euclidean_norm>, reduce_batch<reduce_euclidean_norm>};

template <Tensor (*kArg)(const Tensor&, int64_t, DType)>
Tensors arg_again(const Op&, const Tensors& x, const Attrs& a) {
  return {kArg(x[0], a.get<int64_t>("axis"), a.get<DType>("output_type"))};
}
template <Tensor (*kArg)(const Tensor&, int64_t, DType)>
Tensors arg_batch(const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) {
  return {kArg(x[0], a.get<int64_t>("axis") + 1, a.get<DType>("output_type"))};
}
const Op kArgmax{"argmax", nullptr, arg_again<argmax>, arg_batch<argmax>};
const Op kArgmin{"argmin", nullptr, arg_again<argmin>, arg_batch<argmin>};

Tensor variance(const Tensor& x, const Dims& axes, bool keepdims) {
  Tensor apart = x - reduce_mean(x, axes, true);
  if (is_complex(x.dtype())) return reduce_mean(square(abs(apart)), axes, keepdims);
  return reduce_mean(square(apart), axes, keepdims);
}

void require_inexact(const char* op, DType dtype) {
  if (is_integer(dtype)) {
    fail(ErrorKind::kInvalidDType, op,
         ": Input must be either real or complex. Received integer type ", name_of(dtype),
         "; use tf.cast(x, tf.float32)");
  }
  require_dtype(op, dtype, kInexact);
}

Attrs reduction_attrs(const Dims& axes, bool keepdims) {
  return {{"axis", axes}, {"keepdims", keepdims}};
}

Tensor arg_extreme(const Op& op, const kernels::ArgLoop* loops, const Tensor& x, int64_t axis,
                   DType output_type) {
  require_dtype(op.name, x.dtype(), kReals | kBools);
  require_dtype(op.name, output_type, kInts);
  int64_t at = normalize_axis(op.name, axis, x.rank());
  if (x.dim(int(at)) == 0) {
    fail(ErrorKind::kInvalidArgument, op.name, ": Reduction axis ", at, " is empty in shape ",
         brackets(x.shape()));
  }
  Tensor numbers = x;
  if (x.dtype() == DType::kBool) {  // 0 and 1
    numbers =
        Tensor::view(x.impl()->storage, x.mutable_data(), x.shape(), x.strides(), DType::kUInt8);
  }
  if (loops[int(numbers.dtype())] == nullptr) [[unlikely]]
    fail_no_kernel(op.name, x);
  Block block = block_of(numbers, {at});
  Tensor out = Tensor::empty(reduced_shape(x.shape(), {at}, false), DType::kInt64, x.device());
  if (out.size()) {
    loops[int(numbers.dtype())](block.x.data(), static_cast<int64_t*>(out.mutable_data()),
                                block.outer, block.n, block.inner);
  }
  out = converted(out, output_type);
  if (recording(x)) record(op, {x}, {out}, {}, {{"axis", at}, {"output_type", output_type}});
  return out;
}

}  // namespace

Tensor reduce_logsumexp(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  require_dtype(kLogSumExp.name, x.dtype(), kFloats);
  Dims at = reduction_axes(kLogSumExp.name, axes, x.rank());
  Tensor out, top;
  {
    Unrecorded pause;
    Tensor zero = scalar(0, x.dtype());
    top = reduce_max(x, at, true);
    top = select(is_finite(top), top, zero);
    Tensor sum = log(reduce_sum(exp(x - top), at, keepdims));
    out = sum + reshape(top, sum.shape());
  }
  if (recording(x)) record(kLogSumExp, {x}, {out}, {x, top}, reduction_attrs(at, keepdims));
  return out;
}

Tensor reduce_variance(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  require_inexact(kVariance.name, x.dtype());
  Dims at = reduction_axes(kVariance.name, axes, x.rank());
  Tensor out;
  {
    Unrecorded pause;
    out = variance(x, at, keepdims);
  }
  if (recording(x)) record(kVariance, {x}, {out}, {x}, reduction_attrs(at, keepdims));
  return out;
}

Tensor reduce_std(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  require_inexact(kStd.name, x.dtype());
  Dims at = reduction_axes(kStd.name, axes, x.rank());
  Tensor out;
  {
    Unrecorded pause;
    out = sqrt(variance(x, at, keepdims));
  }
  if (recording(x)) record(kStd, {x}, {out}, {x, out}, reduction_attrs(at, keepdims));
  return out;
}

Tensor reduce_euclidean_norm(const Tensor& x, const std::optional<Dims>& axes, bool keepdims) {
  require_dtype(kEuclideanNorm.name, x.dtype(), kNumbers);
  Dims at = reduction_axes(kEuclideanNorm.name, axes, x.rank());
  Tensor out;
  {
    Unrecorded pause;
    DType dtype = x.dtype();
    if (is_integer(dtype)) {
      out = cast(sqrt(cast(reduce_sum(square(x), at, keepdims), DType::kFloat64)), dtype);
    } else if (is_complex(dtype)) {
      out = cast(sqrt(reduce_sum(square(abs(x)), at, keepdims)), dtype);
    } else {
      out = sqrt(reduce_sum(square(x), at, keepdims));
    }
  }
  if (recording(x)) record(kEuclideanNorm, {x}, {out}, {x, out}, reduction_attrs(at, keepdims));
  return out;
}

Tensor count_nonzero(const Tensor& x, const std::optional<Dims>& axes, bool keepdims, DType dtype) {
  reduction_axes("count_nonzero", axes, x.rank());
  Tensor hits = x.dtype() == DType::kBool ? x : not_equal(x, scalar(0, x.dtype()));
  return cast(reduce_sum(cast(hits, DType::kInt64), axes, keepdims), dtype);
}

Tensor argmax(const Tensor& x, int64_t axis, DType output_type) {
  return arg_extreme(kArgmax, table_of(x).argmax, x, axis, output_type);
}
Tensor argmin(const Tensor& x, int64_t axis, DType output_type) {
  return arg_extreme(kArgmin, table_of(x).argmin, x, axis, output_type);
}

namespace {

using Reduction = Tensor (*)(const Tensor&, const std::optional<Dims>&, bool);

template <Reduction kReduce>
Tensors reduce_call(const Arguments& a) {
  return {kReduce(a.tensor(0), a.optional_ints(1), a.boolean(2))};
}
template <Tensor (*kArg)(const Tensor&, int64_t, DType)>
Tensors arg_call(const Arguments& a) {
  return {kArg(a.tensor(0), a.given(1) ? a.integer(1) : 0, a.dtype(2))};
}

constexpr const char* kReductionArgs = R"(
  axis: the axes that go: an int or a list of ints, negative ones counted from the end. All of them
    when absent.
  keepdims: whether they stay, with size 1.
  name: accepted for compatibility and ignored.

Returns:
  )";
constexpr const char* kReductionRaises = R"(

Raises:
  InvalidArgumentError: an axis is out of range (also an IndexError) or named twice (also a
    ValueError), or the dtype is refused (also a TypeError).
)";

std::string reduction_doc(const char* summary, const char* input, const char* returns,
                          const char* rest) {
  return std::string(summary) + "\n\nArgs:\n  input_tensor: " + input + kReductionArgs + returns +
         kReductionRaises + rest;
}

std::string arg_doc(const char* which, const char* example) {
  return std::string("Finds the place of the ") + which + R"( element along an axis.

Of several places the first counts; the first NaN wins over numbers.

Args:
  input: a tensor of rank 1 or more; real or bool.
  axis: the axis to look along, which goes; 0 when absent.
  output_type: the dtype of the places, an integer one.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of places without that axis.

Raises:
  InvalidArgumentError: axis is out of range (also an IndexError), there is nothing along it (also a
    ValueError), or the dtype is refused (also a TypeError).

Gradient: none flows through; the tape reports it as None.

Example:
)" + example;
}

}  // namespace

void register_statistics(Functions& out) {
  const std::vector<Param> reduction = {{"input_tensor", Kind::kTensor},
                                        {"axis", Kind::kInts, "None"},
                                        {"keepdims", Kind::kBool, "False"},
                                        {"name", Kind::kName, "None"}};
  out.push_back(
      {.name = "reduce_logsumexp",
       .params = reduction,
       .call = reduce_call<reduce_logsumexp>,
       .dtypes = kFloats,
       .doc = reduction_doc("Computes log(sum(exp(x))) along axes without overflow.",
                            "a tensor of any shape; float16, bfloat16, float32 or float64.",
                            "A tensor of the same dtype; -inf where there are no elements.",
                            "\nExample:\n  >>> tf.reduce_logsumexp([1000., 1000.], keepdims=True)\n"
                            "  <tf.Tensor: shape=(1,), dtype=float32, "
                            "numpy=array([1000.6932], dtype=float32)>\n")});
  out.push_back(
      {.name = "reduce_variance",
       .params = reduction,
       .call = reduce_call<reduce_variance>,
       .dtypes = kInexact,
       .doc = reduction_doc("Computes the mean squared distance from the mean along axes.",
                            "a tensor of any shape; real or complex floating point.",
                            "A real tensor; the divisor is the number of elements.",
                            "\nExample:\n  >>> tf.math.reduce_variance([1., 3.])\n"
                            "  <tf.Tensor: shape=(), dtype=float32, numpy=1.0>\n")});
  out.push_back(
      {.name = "reduce_std",
       .params = reduction,
       .call = reduce_call<reduce_std>,
       .dtypes = kInexact,
       .doc = reduction_doc("Computes the standard deviation along axes.",
                            "a tensor of any shape; real or complex floating point.",
                            "A real tensor; the divisor under the root is the number of elements.",
                            "\nGradient: 0 where all elements are equal.\n"
                            "\nExample:\n  >>> tf.math.reduce_std([1., 5.])\n"
                            "  <tf.Tensor: shape=(), dtype=float32, numpy=2.0>\n")});
  out.push_back({.name = "reduce_euclidean_norm",
                 .params = reduction,
                 .call = reduce_call<reduce_euclidean_norm>,
                 .dtypes = kNumbers,
                 .doc = reduction_doc("Computes the square root of the sum of squares along axes.",
                                      "a tensor of any shape and number dtype.",
                                      "A tensor of the same dtype; for integers truncated.",
                                      "\nGradient: 0 where all elements are 0.\n"
                                      "\nExample:\n  >>> tf.math.reduce_euclidean_norm([3., 4.])\n"
                                      "  <tf.Tensor: shape=(), dtype=float32, numpy=5.0>\n")});
  out.push_back({.name = "count_nonzero",
                 .params = {{"input", Kind::kTensor},
                            {"axis", Kind::kInts, "None"},
                            {"keepdims", Kind::kBool, "None"},
                            {"dtype", Kind::kDType, "tf.int64"},
                            {"name", Kind::kName, "None"}},
                 .call = [](const Arguments& a) -> Tensors {
                   return {
                       count_nonzero(a.tensor(0), a.optional_ints(1), a.boolean(2), a.dtype(3))};
                 },
                 .differentiable = false,
                 .doc = R"(Counts the elements that are not zero along axes.

Args:
  input: a tensor of any shape and dtype; of bools, True is counted.
  axis: the axes that go: an int or a list of ints. All of them when absent.
  keepdims: whether they stay, with size 1.
  dtype: the dtype of the counts.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of counts.

Raises:
  InvalidArgumentError: an axis is out of range (also an IndexError) or named twice (also a
    ValueError).

Example:
  >>> tf.math.count_nonzero([1, 0, 2])
  <tf.Tensor: shape=(), dtype=int64, numpy=2>
)"});
  const std::vector<Param> arg = {{"input", Kind::kTensor},
                                  {"axis", Kind::kInt, "None"},
                                  {"output_type", Kind::kDType, "tf.int64"},
                                  {"name", Kind::kName, "None"}};
  out.push_back({.name = "argmax",
                 .params = arg,
                 .call = arg_call<argmax>,
                 .dtypes = kReals | kBools,
                 .differentiable = false,
                 .doc = arg_doc("largest",
                                "  >>> tf.argmax([[1, 5, 2], [7, 3, 4]], axis=1)\n"
                                "  <tf.Tensor: shape=(2,), dtype=int64, numpy=array([1, 0])>\n")});
  out.push_back({.name = "argmin",
                 .params = arg,
                 .call = arg_call<argmin>,
                 .dtypes = kReals | kBools,
                 .differentiable = false,
                 .doc = arg_doc("smallest",
                                "  >>> tf.argmin([[1, 5, 2], [7, 3, 4]], axis=1)\n"
                                "  <tf.Tensor: shape=(2,), dtype=int64, numpy=array([0, 1])>\n")});
}

}  // namespace pyten
