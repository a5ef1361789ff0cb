// Elementwise functions of one tensor: one record each.
#include <array>
#include <cmath>

#include "ops/batch.h"
#include "ops/elementwise.h"
#include "ops/placement.h"
#include "ops/rules.h"

namespace pyten {

using kernels::Unary;

namespace {

Tensor one_minus_square(const Tensor& x) { return like(1, x) - square(x); }

constexpr const char* kNone = "none flows through; the tape reports it as None.";

// In the order of kernels/elementwise.def; laid out by hand, a record being read as a whole.
// clang-format off
constexpr UnaryOp kRows[] = {
    {{"negative", [](GradContext& g) { g.set(0, negative(g.dy())); }}, Unary::negative, kNothing,
     "the negative", "",
     "  >>> tf.negative([1., -2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-1.,  2.], dtype=float32)>"},
    {{"abs",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        Tensor dy = cast(g.dy(), x.dtype());
        // sign has no derivative as a complex function: write out x / |x|.
        g.set(0, is_complex(x.dtype()) ? divide_no_nan(dy * x, cast(abs(x), x.dtype()))
                                       : dy * sign(x));
      }},
     Unary::abs, kX, "the absolute value (of complex numbers: the modulus, a real tensor)",
     "0 at 0.",
     "  >>> tf.abs([-1.5, 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.5, 2. ], dtype=float32)>"},
    {{"sign", [](GradContext& g) { g.set(0, zeros(g.input_shape(0), g.input_dtype(0))); }},
     Unary::sign, kNothing, "the sign: -1, 0 or 1 (of complex numbers: x / |x|)", "0 everywhere.",
     "  >>> tf.sign([-3, 0, 5])\n"
     "  <tf.Tensor: shape=(3,), dtype=int32, numpy=array([-1,  0,  1], dtype=int32)>"},
    {{"square",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * (like(2, x) * conjugate(x)));
      }},
     Unary::square, kX, "the square", "",
     "  >>> tf.square([2., 3.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([4., 9.], dtype=float32)>"},
    {{"sqrt",
      [](GradContext& g) {
        const Tensor& y = g.saved(0);
        g.set(0, safe(like(0.5, y) / conjugate(y), g.dy()));
      }},
     Unary::sqrt, kOut, "the square root", "infinite at 0, and 0 where the incoming gradient is 0.",
     "  >>> tf.sqrt([4., 9.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([2., 3.], dtype=float32)>"},
    {{"rsqrt",
      [](GradContext& g) {
        Tensor y = conjugate(g.saved(0));
        g.set(0, safe(like(-0.5, y) * (square(y) * y), g.dy()));
      }},
     Unary::rsqrt, kOut, "1 / sqrt(x)", "0 where the incoming gradient is 0.",
     "  >>> tf.math.rsqrt([4.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.5], dtype=float32)>"},
    {{"reciprocal",
      [](GradContext& g) { g.set(0, safe(negative(square(conjugate(g.saved(0)))), g.dy())); }},
     Unary::reciprocal, kOut, "1 / x", "0 where the incoming gradient is 0.",
     "  >>> tf.math.reciprocal([4.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.25], dtype=float32)>"},
    {{"exp", [](GradContext& g) { g.set(0, g.dy() * conjugate(g.saved(0))); }}, Unary::exp, kOut,
     "the exponential", "",
     "  >>> tf.exp([0.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([1.], dtype=float32)>"},
    {{"expm1",
      [](GradContext& g) { g.set(0, g.dy() * conjugate(exp(g.saved(0)))); }},
     Unary::expm1, kX, "exp(x) - 1, accurate near 0", "",
     "  >>> tf.math.expm1([0., 1e-8])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.e+00, 1.e-08], dtype=float32)>"},
    {{"log", [](GradContext& g) { g.set(0, safe(reciprocal(conjugate(g.saved(0))), g.dy())); }},
     Unary::log, kX, "the natural logarithm",
     "infinite at 0, and 0 where the incoming gradient is 0.",
     "  >>> tf.math.log([1.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.], dtype=float32)>"},
    {{"log1p",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, safe(reciprocal(like(1, x) + conjugate(x)), g.dy()));
      }},
     Unary::log1p, kX, "log(1 + x), accurate near 0", "0 where the incoming gradient is 0.",
     "  >>> tf.math.log1p([0., 1e-8])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.e+00, 1.e-08], dtype=float32)>"},
    {{"sin", [](GradContext& g) { g.set(0, g.dy() * conjugate(cos(g.saved(0)))); }}, Unary::sin, kX,
     "the sine (radians)", "",
     "  >>> tf.sin([0., 0.5]).numpy().round(4)\n"
     "  array([0.    , 0.4794], dtype=float32)"},
    {{"cos",
      [](GradContext& g) { g.set(0, g.dy() * conjugate(negative(sin(g.saved(0))))); }},
     Unary::cos, kX, "the cosine (radians)", "",
     "  >>> tf.cos([0., 0.5]).numpy().round(4)\n"
     "  array([1.    , 0.8776], dtype=float32)"},
    {{"tan",
      [](GradContext& g) {
        Tensor y = conjugate(g.saved(0));
        g.set(0, g.dy() * (like(1, y) + square(y)));
      }},
     Unary::tan, kOut, "the tangent (radians)", "",
     "  >>> tf.tan([0., 0.5]).numpy().round(4)\n"
     "  array([0.    , 0.5463], dtype=float32)"},
    {{"asin",
      [](GradContext& g) {
        g.set(0, safe(rsqrt(one_minus_square(conjugate(g.saved(0)))), g.dy()));
      }},
     Unary::asin, kX, "the inverse sine, in radians", "0 where the incoming gradient is 0.",
     "  >>> tf.asin([0., 0.5]).numpy().round(4)\n"
     "  array([0.    , 0.5236], dtype=float32)"},
    {{"acos",
      [](GradContext& g) {
        g.set(0, safe(negative(rsqrt(one_minus_square(conjugate(g.saved(0))))), g.dy()));
      }},
     Unary::acos, kX, "the inverse cosine, in radians", "0 where the incoming gradient is 0.",
     "  >>> tf.acos([0., 1.]).numpy().round(4)\n"
     "  array([1.5708, 0.    ], dtype=float32)"},
    {{"atan",
      [](GradContext& g) {
        Tensor x = conjugate(g.saved(0));
        g.set(0, g.dy() * reciprocal(like(1, x) + square(x)));
      }},
     Unary::atan, kX, "the inverse tangent, in radians", "",
     "  >>> tf.atan([0., 0.5]).numpy().round(4)\n"
     "  array([0.    , 0.4636], dtype=float32)"},
    {{"sinh",
      [](GradContext& g) { g.set(0, g.dy() * conjugate(cosh(g.saved(0)))); }},
     Unary::sinh, kX, "the hyperbolic sine", "",
     "  >>> tf.sinh([0., 1.]).numpy().round(4)\n"
     "  array([0.    , 1.1752], dtype=float32)"},
    {{"cosh",
      [](GradContext& g) { g.set(0, g.dy() * conjugate(sinh(g.saved(0)))); }},
     Unary::cosh, kX, "the hyperbolic cosine", "",
     "  >>> tf.cosh([0., 1.]).numpy().round(4)\n"
     "  array([1.    , 1.5431], dtype=float32)"},
    {{"tanh", [](GradContext& g) { g.set(0, g.dy() * one_minus_square(conjugate(g.saved(0)))); }},
     Unary::tanh, kOut, "the hyperbolic tangent", "",
     "  >>> tf.tanh([0.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.], dtype=float32)>"},
    {{"asinh",
      [](GradContext& g) { g.set(0, g.dy() / conjugate(cosh(g.saved(0)))); }},
     Unary::asinh, kOut, "the inverse hyperbolic sine", "",
     "  >>> tf.asinh([0., 1.]).numpy().round(4)\n"
     "  array([0.    , 0.8814], dtype=float32)"},
    {{"acosh",
      [](GradContext& g) { g.set(0, safe(reciprocal(conjugate(sinh(g.saved(0)))), g.dy())); }},
     Unary::acosh, kOut, "the inverse hyperbolic cosine", "0 where the incoming gradient is 0.",
     "  >>> tf.acosh([1., 2.]).numpy().round(4)\n"
     "  array([0.   , 1.317], dtype=float32)"},
    {{"atanh",
      [](GradContext& g) {
        g.set(0, safe(reciprocal(one_minus_square(conjugate(g.saved(0)))), g.dy()));
      }},
     Unary::atanh, kX, "the inverse hyperbolic tangent", "0 where the incoming gradient is 0.",
     "  >>> tf.atanh([0., 0.5]).numpy().round(4)\n"
     "  array([0.    , 0.5493], dtype=float32)"},
    {{"sigmoid",
      [](GradContext& g) {
        Tensor y = conjugate(g.saved(0));
        g.set(0, g.dy() * (y * (like(1, y) - y)));
      }},
     Unary::sigmoid, kOut, "the logistic function 1 / (1 + exp(-x))", "",
     "  >>> tf.sigmoid([0.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.5], dtype=float32)>"},
    {{"softplus", [](GradContext& g) { g.set(0, g.dy() * sigmoid(g.saved(0))); }}, Unary::softplus,
     kX, "log(1 + exp(x)), without overflow", "",
     "  >>> tf.math.softplus([-200., 0., 200.]).numpy().round(4)\n"
     "  array([  0.    ,   0.6931, 200.    ], dtype=float32)",
     "features"},
    {{"erf",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * (like(2 / std::sqrt(M_PI), x) * exp(negative(square(x)))));
      }},
     Unary::erf, kX, "the error function", "",
     "  >>> tf.math.erf([0., 0.5]).numpy().round(4)\n"
     "  array([0.    , 0.5205], dtype=float32)"},
    {{"erfc",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * (like(-2 / std::sqrt(M_PI), x) * exp(negative(square(x)))));
      }},
     Unary::erfc, kX, "the complementary error function 1 - erf(x)", "",
     "  >>> tf.math.erfc([0., 0.5]).numpy().round(4)\n"
     "  array([1.    , 0.4795], dtype=float32)"},
    {{"floor"}, Unary::floor, kNothing, "the largest integer not above x", kNone,
     "  >>> tf.floor([-1.5, 1.5])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-2.,  1.], dtype=float32)>"},
    {{"ceil"}, Unary::ceil, kNothing, "the smallest integer not below x", kNone,
     "  >>> tf.math.ceil([-1.5, 1.5])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-1.,  2.], dtype=float32)>"},
    {{"rint"}, Unary::rint, kNothing, "the nearest integer, halves to the even one", kNone,
     "  >>> tf.math.rint([0.5, 1.5, 1.7])\n"
     "  <tf.Tensor: shape=(3,), dtype=float32, numpy=array([0., 2., 2.], dtype=float32)>"},
    {{"relu",
      [](GradContext& g) {
        const Tensor& y = g.saved(0);
        Tensor zero = like(0, y);
        g.set(0, select(greater(y, zero), g.dy(), flat(y)));
      }},
     Unary::relu, kOut, "max(x, 0)", "0 at 0.",
     "  >>> tf.nn.relu([-1., 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 2.], dtype=float32)>",
     "features"},
    {{"relu6",
      [](GradContext& g) {
        const Tensor& y = g.saved(0);
        Tensor zero = like(0, y);
        g.set(0, select(logical_and(greater(y, zero), less(y, like(6, y))), g.dy(), flat(y)));
      }},
     Unary::relu6, kOut, "min(max(x, 0), 6)", "0 at 0 and at 6.",
     "  >>> tf.nn.relu6([-1., 3., 8.])\n"
     "  <tf.Tensor: shape=(3,), dtype=float32, numpy=array([0., 3., 6.], dtype=float32)>",
     "features"},
    {{"elu",
      [](GradContext& g) {
        const Tensor& y = g.saved(0);
        g.set(0, select(less(y, like(0, y)), g.dy() * (y + like(1, y)), g.dy()));
      }},
     Unary::elu, kOut, "x where positive, else exp(x) - 1", "1 at 0.",
     "  >>> tf.nn.elu([-1., 2.]).numpy().round(4)\n"
     "  array([-0.6321,  2.    ], dtype=float32)",
     "features"},
    {{"selu",
      [](GradContext& g) {
        constexpr double kScale = 1.0507009873554804934193349852946;
        constexpr double kAlpha = 1.6732632423543772848170429916717;
        const Tensor& y = g.saved(0);
        g.set(0, select(less(y, like(0, y)), g.dy() * (y + like(kScale * kAlpha, y)),
                        g.dy() * like(kScale, y)));
      }},
     Unary::selu, kOut,
     "scale * x where positive, else scale * alpha * (exp(x) - 1), with the constants of "
     "Klambauer et al. 2017",
     "scale (1.0507) at 0.",
     "  >>> tf.nn.selu([-1., 2.]).numpy().round(4)\n"
     "  array([-1.1113,  2.1014], dtype=float32)",
     "features"},
    {{"gelu", [](GradContext& g) { g.set(0, g.dy() * gelu_slope(g.saved(0))); }}, Unary::gelu, kX,
     "x P(X <= x) for a standard normal X", "",
     "  >>> tf.nn.gelu([-1., 2.]).numpy().round(4)\n"
     "  array([-0.1587,  1.9545], dtype=float32)",
     "features"},
    {{"gelu_slope",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        constexpr double kRootHalf = 0.70710677f;  // a float, as in kernels/math.h
        Tensor z2 = square(like(kRootHalf, x) * x);
        Tensor slope = like(2 * kRootHalf / std::sqrt(M_PI), x) * exp(negative(z2));
        g.set(0, g.dy() * (slope * (like(1, x) - z2)));
      }},
     Unary::gelu_slope, kX, "the derivative of gelu", "", "", "features"},
    {{"conj", [](GradContext& g) { g.set(0, conj(g.dy())); }}, Unary::conj, kNothing,
     "the complex conjugate"},
    {{"real", [](GradContext& g) { g.set(0, cast(g.dy(), g.input_dtype(0))); }}, Unary::real,
     kNothing, "the real part", "", "", "input"},
    {{"imag",
      [](GradContext& g) {
        Tensor dy = cast(g.dy(), g.input_dtype(0));
        g.set(0, dy * sqrt(like(-1, dy)));
      }},
     Unary::imag, kNothing, "the imaginary part", "", "", "input"},
    {{"angle",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        if (!is_complex(x.dtype())) return g.set(0, zeros_like(x));
        g.set(0, cast(g.dy(), x.dtype()) * (sqrt(like(-1, x)) / conj(x)));
      }},
     Unary::angle, kX, "the argument of a complex number, in radians", "",
     "  >>> tf.math.angle([1j, -1.]).numpy().round(4)\n"
     "  array([1.5708, 3.1416])",
     "input"},
    {{"invert"}, Unary::invert, kNothing, "the bitwise complement", "",
     "  >>> tf.bitwise.invert([0, 5])\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([-1, -6], dtype=int32)>"},
    {{"logical_not"}, Unary::logical_not, kNothing, "the logical negation", "",
     "  >>> tf.logical_not([True, False])\n"
     "  <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>"},
    {{"is_nan"}, Unary::is_nan, kNothing, "whether it is NaN", "",
     "  >>> tf.math.is_nan([1., np.nan])\n"
     "  <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>"},
    {{"is_inf"}, Unary::is_inf, kNothing, "whether it is infinite", "",
     "  >>> tf.math.is_inf([1., -np.inf])\n"
     "  <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>"},
    {{"is_finite"}, Unary::is_finite, kNothing, "whether it is neither infinite nor NaN", "",
     "  >>> tf.math.is_finite([1., np.inf, np.nan])\n"
     "  <tf.Tensor: shape=(3,), dtype=bool, numpy=array([ True, False, False])>"},
};
// clang-format on
static_assert(std::size(kRows) == size_t(Unary::lgamma));  // the first of special.def

Tensor apply(const UnaryOp& op, const Tensor& x);
Tensors apply_again(const Op& op, const Tensors& x, const Attrs&) {
  return {apply(static_cast<const UnaryOp&>(op), x[0])};
}

// The rows, with what they have in common.
constexpr auto kOps = [] {
  std::array<UnaryOp, std::size(kRows)> ops = std::to_array(kRows);
  for (UnaryOp& op : ops) {
    op.call = apply_again;
    op.batch = batch_elementwise;
  }
  return ops;
}();

Tensor apply(const UnaryOp& op, const Tensor& x) {
  const kernels::Table& table = kernels::table(x.device());
  kernels::UnaryKernel loop = table.unary[int(op.kernel)][int(x.dtype())];
  if (loop == nullptr) [[unlikely]] {
    require_dtype(op.name, x.dtype(), unary_dtypes(op.kernel));
    fail_no_kernel(op.name, x);
  }
  Tensor out = Tensor::empty(x.shape(), unary_result(op.kernel, x.dtype()), x.device());
  if (x.is_contiguous() && x.size() < kParallelFrom) [[likely]] {
    loop(x.size(), x.data(), 1, out.mutable_data(), 1);
  } else {
    kernels::watch_next(out.dtype());
    kernels::run_unary(loop, x.rank(), x.shape().data(), x.data(), x.strides().data(),
                       size_of(x.dtype()), out.mutable_data(), out.strides().data(),
                       size_of(out.dtype()));
  }
  see_result(out, out.size() >= kParallelFrom);
  if (recording(x)) [[unlikely]] {
    switch (op.saves) {
      case kX: record(op, {x}, {out}, {x}); break;
      case kOut: record(op, {x}, {out}, {out}); break;
      default: record(op, {x}, {out}, {});
    }
  }
  return out;
}

Tensors cast_again(const Op&, const Tensors& x, const Attrs& a) {
  return {cast(x[0], a.get<DType>("dtype"))};
}
const Op kCast{"cast", [](GradContext& g) { g.set(0, cast(g.dy(), g.input_dtype(0))); }, cast_again,
               batch_as_is};
// Numbers of a kind that has no derivatives.
const Op kCastToExact{"cast", nullptr, cast_again, batch_as_is};

}  // namespace

Tensor apply_unary(const UnaryOp& op, const Tensor& x) { return apply(op, x); }

#define PYTEN_UNARY(name, dtypes) \
  Tensor name(const Tensor& x) { return apply(kOps[int(Unary::name)], x); }
#define PYTEN_UNARY_REAL PYTEN_UNARY
#define PYTEN_UNARY_BOOL PYTEN_UNARY
#define PYTEN_WITHOUT_SPECIAL
#include "kernels/elementwise.def"
#undef PYTEN_WITHOUT_SPECIAL

Tensor round(const Tensor& x) { return is_integer(x.dtype()) ? identity(x) : rint(x); }

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor out = Tensor::empty(x.shape(), dtype, x.device());
  kernels::UnaryKernel loop = kernels::table(x.device()).cast[int(x.dtype())][int(dtype)];
  if (loop == nullptr) [[unlikely]]
    fail_no_kernel("cast", x);
  if (x.is_contiguous() && x.size() < kParallelFrom) {
    loop(x.size(), x.data(), 1, out.mutable_data(), 1);
  } else {
    kernels::run_unary(loop, x.rank(), x.shape().data(), x.data(), x.strides().data(),
                       size_of(x.dtype()), out.mutable_data(), out.strides().data(),
                       size_of(dtype));
  }
  if (recording(x)) {
    record(is_inexact(dtype) ? kCast : kCastToExact, {x}, {out}, {}, {{"dtype", dtype}});
  }
  return out;
}

Function unary_function(const UnaryOp& op, Tensor (*call)(const Tensor&)) {
  DTypeSet dtypes = unary_dtypes(op.kernel);
  Function f{.name = op.name,
             .params = {{op.parameter, Kind::kTensor}, {"name", Kind::kName, "None"}}};
  f.unary = call;
  f.dtypes = dtypes;
  f.differentiable = op.grad != nullptr;
  bool to_bool = unary_result(op.kernel, DType::kFloat32) == DType::kBool;
  f.doc = elementwise_doc(
      "Computes " + std::string(op.summary) + " of each element.",
      std::string("  ") + op.parameter + ": a tensor of any shape; " + dtype_names(dtypes) + ".\n",
      dtypes,
      to_bool ? "A bool tensor of the same shape." : "A tensor of the same shape and dtype.",
      op.gradient, op.example);
  return f;
}

void register_unary(Functions& out) {
  for (const UnaryOp& op : kOps) {
    Tensor (*f)(const Tensor&) = nullptr;
    switch (op.kernel) {
#define PYTEN_UNARY(name, dtypes) \
  case Unary::name: f = name; break;
#define PYTEN_UNARY_REAL PYTEN_UNARY
#define PYTEN_UNARY_BOOL PYTEN_UNARY
#define PYTEN_WITHOUT_SPECIAL
#include "kernels/elementwise.def"
#undef PYTEN_WITHOUT_SPECIAL
      default: break;
    }
    out.push_back(unary_function(op, f));
  }
  out.push_back({.name = "round",
                 .params = {{"x", Kind::kTensor}, {"name", Kind::kName, "None"}},
                 .unary = round,
                 .dtypes = kReals,
                 .differentiable = false,
                 .doc = elementwise_doc(
                     "Rounds each element to the nearest integer, halves to the even one.",
                     "  x: a tensor of any shape; integers stay as they are.\n", kReals,
                     "A tensor of the same shape and dtype.", kNone,
                     "  >>> tf.round([0.5, 1.5, -0.7])\n"
                     "  <tf.Tensor: shape=(3,), dtype=float32, numpy=array([ 0.,  2., -1.], "
                     "dtype=float32)>")});
  out.push_back(
      {.name = "cast",
       .params = {{"x", Kind::kAnyTensor}, {"dtype", Kind::kDType}, {"name", Kind::kName, "None"}},
       .call = [](const Arguments& a) -> Tensors { return {cast(a.tensor(0), a.dtype(1))}; },
       .doc = R"(Converts a tensor to another dtype.

Args:
  x: a tensor of any shape and dtype.
  dtype: the dtype of the result.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape; `x` itself when it already has the dtype. Floats become integers by
  truncation towards zero; what does not fit saturates and NaN becomes 0. Integers wrap around.
  Everything but 0 is True. Complex numbers lose their imaginary part.

Raises:
  TypeError: `dtype` does not name a dtype.

Gradient: cast back to the dtype of `x`; none through integers and bools.

Example:
  >>> tf.cast([1.9, -1.9], tf.int32)
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 1, -1], dtype=int32)>
)"});
}

}  // namespace pyten
