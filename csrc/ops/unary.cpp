// Elementwise functions of one tensor: one record each.
#include <cmath>

#include "ops/elementwise.h"
#include "ops/rules.h"

namespace pyten {

using kernels::Unary;

namespace {

// Zeros for the places where a kinked function is flat. An outer tape sees them depend on y, so
// that the second derivative is 0 and not None.
Tensor flat(const Tensor& y) {
  Tensor zero = like(0, y);
  return recording(y) ? multiply_no_nan(y, zero) : zero;
}
Tensor one_minus_square(const Tensor& x) { return like(1, x) - square(x); }

constexpr const char* kNone = "none flows through; the tape reports it as None.";

// In the order of kernels/elementwise.def; laid out by hand, a record being read as a whole.
// clang-format off
const UnaryOp kOps[] = {
    {{"negative", [](GradContext& g) { g.set(0, negative(g.dy())); }}, Unary::negative, kNothing,
     "the negative", "",
     "  >>> tf.negative([1., -2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-1.,  2.], dtype=float32)>"},
    {{"abs",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, cast(g.dy(), x.dtype()) * sign(x));
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
     Unary::expm1, kX, "exp(x) - 1, accurate near 0"},
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
     Unary::log1p, kX, "log(1 + x), accurate near 0", "0 where the incoming gradient is 0."},
    {{"sin", [](GradContext& g) { g.set(0, g.dy() * conjugate(cos(g.saved(0)))); }}, Unary::sin, kX,
     "the sine (radians)"},
    {{"cos",
      [](GradContext& g) { g.set(0, g.dy() * conjugate(negative(sin(g.saved(0))))); }},
     Unary::cos, kX, "the cosine (radians)"},
    {{"tan",
      [](GradContext& g) {
        Tensor y = conjugate(g.saved(0));
        g.set(0, g.dy() * (like(1, y) + square(y)));
      }},
     Unary::tan, kOut, "the tangent (radians)"},
    {{"asin",
      [](GradContext& g) {
        g.set(0, safe(rsqrt(one_minus_square(conjugate(g.saved(0)))), g.dy()));
      }},
     Unary::asin, kX, "the inverse sine, in radians", "0 where the incoming gradient is 0."},
    {{"acos",
      [](GradContext& g) {
        g.set(0, safe(negative(rsqrt(one_minus_square(conjugate(g.saved(0))))), g.dy()));
      }},
     Unary::acos, kX, "the inverse cosine, in radians", "0 where the incoming gradient is 0."},
    {{"atan",
      [](GradContext& g) {
        Tensor x = conjugate(g.saved(0));
        g.set(0, g.dy() * reciprocal(like(1, x) + square(x)));
      }},
     Unary::atan, kX, "the inverse tangent, in radians"},
    {{"sinh",
      [](GradContext& g) { g.set(0, g.dy() * conjugate(cosh(g.saved(0)))); }},
     Unary::sinh, kX, "the hyperbolic sine"},
    {{"cosh",
      [](GradContext& g) { g.set(0, g.dy() * conjugate(sinh(g.saved(0)))); }},
     Unary::cosh, kX, "the hyperbolic cosine"},
    {{"tanh", [](GradContext& g) { g.set(0, g.dy() * one_minus_square(conjugate(g.saved(0)))); }},
     Unary::tanh, kOut, "the hyperbolic tangent", "",
     "  >>> tf.tanh([0.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.], dtype=float32)>"},
    {{"asinh",
      [](GradContext& g) { g.set(0, g.dy() / conjugate(cosh(g.saved(0)))); }},
     Unary::asinh, kOut, "the inverse hyperbolic sine"},
    {{"acosh",
      [](GradContext& g) { g.set(0, safe(reciprocal(conjugate(sinh(g.saved(0)))), g.dy())); }},
     Unary::acosh, kOut, "the inverse hyperbolic cosine", "0 where the incoming gradient is 0."},
    {{"atanh",
      [](GradContext& g) {
        g.set(0, safe(reciprocal(one_minus_square(conjugate(g.saved(0)))), g.dy()));
      }},
     Unary::atanh, kX, "the inverse hyperbolic tangent", "0 where the incoming gradient is 0."},
    {{"sigmoid",
      [](GradContext& g) {
        Tensor y = conjugate(g.saved(0));
        g.set(0, g.dy() * (y * (like(1, y) - y)));
      }},
     Unary::sigmoid, kOut, "the logistic function 1 / (1 + exp(-x))", "",
     "  >>> tf.sigmoid([0.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.5], dtype=float32)>"},
    {{"softplus", [](GradContext& g) { g.set(0, g.dy() * sigmoid(g.saved(0))); }}, Unary::softplus,
     kX, "log(1 + exp(x)), without overflow", "", "", "features"},
    {{"erf",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * (like(2 / std::sqrt(M_PI), x) * exp(negative(square(x)))));
      }},
     Unary::erf, kX, "the error function"},
    {{"erfc",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * (like(-2 / std::sqrt(M_PI), x) * exp(negative(square(x)))));
      }},
     Unary::erfc, kX, "the complementary error function 1 - erf(x)"},
    {{"floor"}, Unary::floor, kNothing, "the largest integer not above x", kNone},
    {{"ceil"}, Unary::ceil, kNothing, "the smallest integer not below x", kNone},
    {{"rint"}, Unary::rint, kNothing, "the nearest integer, halves to the even one", kNone},
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
     Unary::relu6, kOut, "min(max(x, 0), 6)", "0 at 0 and at 6.", "", "features"},
    {{"elu",
      [](GradContext& g) {
        const Tensor& y = g.saved(0);
        g.set(0, select(less(y, like(0, y)), g.dy() * (y + like(1, y)), g.dy()));
      }},
     Unary::elu, kOut, "x where positive, else exp(x) - 1", "1 at 0.", "", "features"},
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
     "scale (1.0507) at 0.", "", "features"},
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
     Unary::angle, kX, "the argument of a complex number, in radians", "", "", "input"},
    {{"invert"}, Unary::invert, kNothing, "the bitwise complement"},
    {{"logical_not"}, Unary::logical_not, kNothing, "the logical negation"},
    {{"is_nan"}, Unary::is_nan, kNothing, "whether it is NaN"},
    {{"is_inf"}, Unary::is_inf, kNothing, "whether it is infinite"},
    {{"is_finite"}, Unary::is_finite, kNothing, "whether it is neither infinite nor NaN"},
};
// clang-format on
static_assert(std::size(kOps) == size_t(Unary::kCount));

Tensor apply(const UnaryOp& op, const Tensor& x) {
  const kernels::Table& table = kernels::table(x.device());
  kernels::UnaryLoop loop = table.unary[int(op.kernel)][int(x.dtype())];
  if (loop == nullptr) [[unlikely]] {
    require_dtype(op.name, x.dtype(), unary_dtypes(op.kernel));
    fail(ErrorKind::kUnimplemented, op.name, ": no kernel for dtype ", name_of(x.dtype()));
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
  see_result(out);
  if (recording(x)) [[unlikely]] {
    switch (op.saves) {
      case kX: record(op, {x}, {out}, {x}); break;
      case kOut: record(op, {x}, {out}, {out}); break;
      default: record(op, {x}, {out}, {});
    }
  }
  return out;
}

const Op kCast{"cast", [](GradContext& g) { g.set(0, cast(g.dy(), g.input_dtype(0))); }};
// Numbers of a kind that has no derivatives.
const Op kCastToExact{"cast"};

}  // namespace

const UnaryOp& unary_op(Unary kernel) { return kOps[int(kernel)]; }

#define PYTEN_UNARY(name, dtypes) \
  Tensor name(const Tensor& x) { return apply(kOps[int(Unary::name)], x); }
#define PYTEN_UNARY_REAL PYTEN_UNARY
#define PYTEN_UNARY_BOOL PYTEN_UNARY
#include "kernels/elementwise.def"

Tensor round(const Tensor& x) { return is_integer(x.dtype()) ? identity(x) : rint(x); }

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor out = Tensor::empty(x.shape(), dtype, x.device());
  kernels::UnaryLoop loop = kernels::table(x.device()).cast[int(x.dtype())][int(dtype)];
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

void register_unary(Functions& out) {
  for (const UnaryOp& op : kOps) {
    DTypeSet dtypes = unary_dtypes(op.kernel);
    Function f{.name = op.name,
               .params = {{op.parameter, Kind::kTensor}, {"name", Kind::kName, "None"}}};
    switch (op.kernel) {
#define PYTEN_UNARY(name, dtypes) \
  case Unary::name: f.unary = static_cast<Tensor (*)(const Tensor&)>(name); break;
#define PYTEN_UNARY_REAL PYTEN_UNARY
#define PYTEN_UNARY_BOOL PYTEN_UNARY
#include "kernels/elementwise.def"
      case Unary::kCount: break;
    }
    f.dtypes = dtypes;
    f.differentiable = op.grad != nullptr;
    bool to_bool = unary_result(op.kernel, DType::kFloat32) == DType::kBool;
    f.doc = elementwise_doc(
        "Computes " + std::string(op.summary) + " of each element.",
        std::string("  ") + op.parameter + ": a tensor of any shape; " + dtype_names(dtypes) +
            ".\n",
        dtypes,
        to_bool ? "A bool tensor of the same shape." : "A tensor of the same shape and dtype.",
        op.gradient, op.example);
    out.push_back(std::move(f));
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
