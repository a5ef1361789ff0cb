// Special functions: one record for each row of kernels/special.def, and betainc.
#include "ops/special.h"

#include <cmath>

#include "kernels/special.h"
#include "ops/elementwise_calls.h"
#include "ops/layout.h"

namespace pyten {

using kernels::Binary;
using kernels::Unary;

namespace {

Tensor lbeta2(const Tensor& a, const Tensor& b) { return lgamma(a) + lgamma(b) - lgamma(a + b); }
// d P(a, x) / d x, the density of the gamma distribution.
Tensor gamma_density(const Tensor& a, const Tensor& x) {
  return exp(xlogy(a - like(1, a), x) - x - lgamma(a));
}
// d log(density) / d a.
Tensor gamma_score(const Tensor& a, const Tensor& x) { return log(x) - digamma(a); }
Tensor at_zero(const Tensor& x, double value, const Tensor& otherwise) {
  return select(equal(x, like(0, x)), like(value, x), otherwise);
}

[[noreturn]] void no_derivative(const char* op, const char* by) {
  fail(ErrorKind::kUnimplemented, op, ": no derivative by ", by, " is known here");
}

// clang-format off
constexpr UnaryOp kUnaryRows[] = {
    {{"lgamma", [](GradContext& g) { g.set(0, safe(digamma(g.saved(0)), g.dy())); }},
     Unary::lgamma, kX, "log |gamma(x)| (the C library's)", "digamma(x).",
     "  >>> tf.math.lgamma([1., 2., 5.])\n"
     "  <tf.Tensor: shape=(3,), dtype=float32, numpy=array([0.       , 0.       , 3.1780539], dtype=float32)>"},
    {{"digamma",
      [](GradContext& g) { const Tensor& x = g.saved(0); g.set(0, safe(polygamma(like(1, x), x), g.dy())); }},
     Unary::digamma, kX,
     "the derivative of lgamma (DLMF 5.5.4 and 5.11.2; relative error in float64 below 3e-15 for "
     "x > 0 and 1e-14 for -60 < x < 0, away from the zeros)",
     "polygamma(1, x).",
     "  >>> tf.math.digamma([1.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([-0.5772157], dtype=float32)>"},
    {{"erfinv",
      [](GradContext& g) {
        const Tensor& y = g.saved(0);
        g.set(0, safe(like(std::sqrt(M_PI) / 2, y) * exp(square(y)), g.dy()));
      }},
     Unary::erfinv, kOut,
     "the inverse of the error function, by Newton's and Halley's methods (within 1e-15 relative in float64)",
     "infinite at -1 and 1, and 0 where the incoming gradient is 0.",
     "  >>> tf.math.erfinv([0., 0.5])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.        , 0.47693628], dtype=float32)>"},
    {{"erfcinv",
      [](GradContext& g) {
        const Tensor& y = g.saved(0);
        g.set(0, safe(like(-std::sqrt(M_PI) / 2, y) * exp(square(y)), g.dy()));
      }},
     Unary::erfcinv, kOut, "the inverse of the complementary error function, accurate near 0 as well",
     "infinite at 0 and 2, and 0 where the incoming gradient is 0.",
     "  >>> tf.math.erfcinv([1.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.], dtype=float32)>"},
    {{"ndtri",
      [](GradContext& g) {
        const Tensor& y = g.saved(0);
        g.set(0, safe(like(std::sqrt(2 * M_PI), y) * exp(square(y) / like(2, y)), g.dy()));
      }},
     Unary::ndtri, kOut, "the quantile of the standard normal distribution",
     "infinite at 0 and 1, and 0 where the incoming gradient is 0.",
     "  >>> tf.math.ndtri([0.5, 0.975])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 1.9599644], dtype=float32)>"},
    {{"bessel_i0", [](GradContext& g) { g.set(0, g.dy() * bessel_i1(g.saved(0))); }},
     Unary::bessel_i0, kX, "the modified Bessel function I of order 0", "",
     "  >>> tf.math.bessel_i0([0., 1.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.       , 1.2660658], dtype=float32)>"},
    {{"bessel_i0e",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * (bessel_i1e(x) - sign(x) * bessel_i0e(x)));
      }},
     Unary::bessel_i0e, kX, "exp(-|x|) I0(x)", "",
     "  >>> tf.math.bessel_i0e([0., 1.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.       , 0.4657596], dtype=float32)>"},
    {{"bessel_i1",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * at_zero(x, 0.5, bessel_i0(x) - divide_no_nan(bessel_i1(x), x)));
      }},
     Unary::bessel_i1, kX, "the modified Bessel function I of order 1", "1/2 at 0.",
     "  >>> tf.math.bessel_i1([0., 1.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.5651591], dtype=float32)>"},
    {{"bessel_i1e",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        Tensor y = bessel_i1e(x);
        g.set(0, g.dy() * at_zero(x, 0.5, bessel_i0e(x) - y * sign(x) - divide_no_nan(y, x)));
      }},
     Unary::bessel_i1e, kX, "exp(-|x|) I1(x)", "1/2 at 0.",
     "  >>> tf.math.bessel_i1e([0., 1.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.        , 0.20791042], dtype=float32)>"},
    {{"bessel_k0", [](GradContext& g) { g.set(0, negative(g.dy() * bessel_k1(g.saved(0)))); }},
     Unary::bessel_k0, kX, "the modified Bessel function K of order 0", "",
     "  >>> tf.math.special.bessel_k0([1., 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.42102444, 0.11389387], dtype=float32)>"},
    {{"bessel_k0e",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * (bessel_k0e(x) - bessel_k1e(x)));
      }},
     Unary::bessel_k0e, kX, "exp(x) K0(x)", "",
     "  >>> tf.math.special.bessel_k0e([1., 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.1444631 , 0.84156823], dtype=float32)>"},
    {{"bessel_k1",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, negative(g.dy() * (bessel_k0(x) + bessel_k1(x) / x)));
      }},
     Unary::bessel_k1, kX, "the modified Bessel function K of order 1", "",
     "  >>> tf.math.special.bessel_k1([1., 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.60190725, 0.13986588], dtype=float32)>"},
    {{"bessel_k1e",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        Tensor y = bessel_k1e(x);
        g.set(0, g.dy() * (y - y / x - bessel_k0e(x)));
      }},
     Unary::bessel_k1e, kX, "exp(x) K1(x)", "",
     "  >>> tf.math.special.bessel_k1e([1., 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.6361535, 1.0334768], dtype=float32)>"},
    {{"bessel_j0", [](GradContext& g) { g.set(0, negative(g.dy() * bessel_j1(g.saved(0)))); }},
     Unary::bessel_j0, kX, "the Bessel function J of order 0 (the C library's)", "",
     "  >>> tf.math.special.bessel_j0([1., 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.7651977 , 0.22389078], dtype=float32)>"},
    {{"bessel_j1",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * at_zero(x, 0.5, bessel_j0(x) - divide_no_nan(bessel_j1(x), x)));
      }},
     Unary::bessel_j1, kX, "the Bessel function J of order 1 (the C library's)", "1/2 at 0.",
     "  >>> tf.math.special.bessel_j1([1., 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.44005057, 0.5767248 ], dtype=float32)>"},
    {{"bessel_y0", [](GradContext& g) { g.set(0, negative(g.dy() * bessel_y1(g.saved(0)))); }},
     Unary::bessel_y0, kX, "the Bessel function Y of order 0 (the C library's)", "",
     "  >>> tf.math.special.bessel_y0([1., 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.08825696, 0.5103757 ], dtype=float32)>"},
    {{"bessel_y1",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, g.dy() * (bessel_y0(x) - bessel_y1(x) / x));
      }},
     Unary::bessel_y1, kX, "the Bessel function Y of order 1 (the C library's)", "",
     "  >>> tf.math.special.bessel_y1([1., 2.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-0.7812128 , -0.10703243], dtype=float32)>"},
};

struct SpecialBinary : BinaryOp {
  const char *first = "x", *second = "y";
};

constexpr SpecialBinary kBinaryRows[] = {
    {{{"xlog1py",
       [](GradContext& g) {
         Tensor x = conjugate(g.saved(0)), y = conjugate(g.saved(1));
         Tensor nonzero = cast(not_equal(x, like(0, x)), x.dtype());
         if (g.needs(0)) g.set(0, g.dy() * xlog1py(nonzero, y));
         if (g.needs(1)) g.set(1, g.dy() * xdivy(x, y + like(1, y)));
       }},
      Binary::xlog1py, kX | kY, "x * log(1 + y), and 0 where x is 0", "0 where x is 0.",
     "  >>> tf.math.xlog1py([0., 2.], [-1., 1.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 1.3862944], dtype=float32)>"}},
    {{{"xdivy",
       [](GradContext& g) {
         Tensor x = conjugate(g.saved(0)), y = conjugate(g.saved(1));
         Tensor nonzero = cast(not_equal(x, like(0, x)), x.dtype());
         if (g.needs(0)) g.set(0, g.dy() * xdivy(nonzero, y));
         if (g.needs(1)) g.set(1, g.dy() * xdivy(negative(x), square(y)));
       }},
      Binary::xdivy, kX | kY, "x / y, and 0 where x is 0", "0 where x is 0.",
     "  >>> tf.math.xdivy([0., 2.], [0., 4.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0. , 0.5], dtype=float32)>"}},
    {{{"polygamma",
       [](GradContext& g) {
         const Tensor &n = g.saved(0), &x = g.saved(1);
         g.set(1, safe(polygamma(n + like(1, n), x), g.dy()));
       }},
      Binary::polygamma, kX | kY,
      "the derivative of order a of digamma (DLMF 25.11.12); NaN unless a is 0, 1, 2, …",
      "by x; none by a.",
     "  >>> tf.math.polygamma(1., [1.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([1.644934], dtype=float32)>"}, "a", "x"},
    {{{"zeta",
       [](GradContext& g) {
         const Tensor &s = g.saved(0), &q = g.saved(1);
         g.set(1, safe(negative(s) * zeta(s + like(1, s), q), g.dy()));
       }},
      Binary::zeta, kX | kY, "the Hurwitz zeta function, the sum of (q + k)^-x over k >= 0 (DLMF 25.11.28)",
      "by q; none by x.",
     "  >>> tf.math.zeta([2.], [1.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([1.644934], dtype=float32)>"}, "x", "q"},
    {{{"igamma",
       [](GradContext& g) {
         const Tensor &a = g.saved(0), &x = g.saved(1);
         if (g.needs(0)) g.set(0, g.dy() * igamma_grad_a(a, x));
         if (g.needs(1)) g.set(1, g.dy() * gamma_density(a, x));
       }},
      Binary::igamma, kX | kY,
      "the regularized lower incomplete gamma function P(a, x) (DLMF 8.7, 8.9 and 8.12)",
      "by x the density, by a igamma_grad_a.",
     "  >>> tf.math.igamma([1.], [1.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.63212055], dtype=float32)>"}, "a", "x"},
    {{{"igammac",
       [](GradContext& g) {
         const Tensor &a = g.saved(0), &x = g.saved(1);
         if (g.needs(0)) g.set(0, negative(g.dy() * igamma_grad_a(a, x)));
         if (g.needs(1)) g.set(1, negative(g.dy() * gamma_density(a, x)));
       }},
      Binary::igammac, kX | kY, "the regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x)",
      "as igamma's, negated.",
     "  >>> tf.math.igammac([1.], [1.])\n"
     "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.36787945], dtype=float32)>"}, "a", "x"},
    {{{"igamma_grad_a",
       [](GradContext& g) {
         const Tensor &a = g.saved(0), &x = g.saved(1);
         if (g.needs(0)) g.set(0, g.dy() * igamma_grad_aa(a, x));
         if (g.needs(1)) g.set(1, g.dy() * (gamma_density(a, x) * gamma_score(a, x)));
       }},
      Binary::igamma_grad_a, kX | kY,
      "the derivative of P(a, x) by a, the formulas of P being carried out on Taylor series in a", ""},
     "a", "x"},
    {{{"igamma_grad_aa",
       [](GradContext& g) {
         const Tensor &a = g.saved(0), &x = g.saved(1);
         if (g.needs(0)) no_derivative("igamma_grad_aa", "a: the third derivative of igamma by a");
         Tensor score = square(gamma_score(a, x)) - polygamma(like(1, a), a);
         if (g.needs(1)) g.set(1, g.dy() * (gamma_density(a, x) * score));
       }},
      Binary::igamma_grad_aa, kX | kY, "the second derivative of P(a, x) by a",
      "by x; asking for the one by a raises an UnimplementedError."}, "a", "x"},
    {{{"random_gamma_grad",
       [](GradContext& g) {
         const Tensor &a = g.saved(0), &x = g.saved(1);
         Tensor slope = random_gamma_grad(a, x);
         Tensor score = gamma_score(a, x);
         if (g.needs(0)) {
           Tensor curve = igamma_grad_aa(a, x) / gamma_density(a, x);
           g.set(0, negative(g.dy() * (curve + slope * score)));
         }
         if (g.needs(1)) {
           Tensor fall = (a - like(1, a)) / x - like(1, x);
           g.set(1, negative(g.dy() * (score + slope * fall)));
         }
       }},
      Binary::random_gamma_grad, kX | kY,
      "the derivative by alpha of a sample of the gamma distribution at a fixed quantile (Figurnov et "
      "al., Implicit Reparameterization Gradients, 2018)", ""}, "alpha", "sample"},
    {{{"nextafter",
       [](GradContext& g) {
         if (g.needs(0)) g.set(0, g.dy());
         if (g.needs(1)) g.set(1, zeros_like(g.dy()));
       }},
      Binary::nextafter, kNothing, "the neighbour of x1 in the direction of x2",
      "1 by x1, 0 by x2.",
      "  >>> tf.math.nextafter([1.], [2.])\n"
      "  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([1.0000001], dtype=float32)>"}, "x1", "x2"},
    {{{"left_shift"}, Binary::left_shift, kNothing,
      "x shifted left by y bits (y below 0 counts as 0, beyond the width less 1 as that)", "",
     "  >>> tf.bitwise.left_shift([1, 2], [3, 1])\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([8, 4], dtype=int32)>"}},
    {{{"right_shift"}, Binary::right_shift, kNothing,
      "x shifted right by y bits, with its sign (y below 0 counts as 0, beyond the width less 1 as that)", "",
     "  >>> tf.bitwise.right_shift([8, -8], [1, 2])\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 4, -2], dtype=int32)>"}},
};
// clang-format on

constexpr auto kUnaryOps = with_calls(kUnaryRows, unary_again);
constexpr auto kBinaryOps = with_calls(kBinaryRows, binary_again);

constexpr int kFirstUnary = int(Unary::lgamma), kFirstBinary = int(Binary::xlog1py);
static_assert(std::size(kUnaryOps) == size_t(Unary::log2) - kFirstUnary);
static_assert(std::size(kBinaryOps) == size_t(Binary::copysign) - kFirstBinary);

void betainc_rule(GradContext& g) {
  if (!g.needs(2)) return;
  const Tensor &a = g.saved(0), &b = g.saved(1), &x = g.saved(2);
  Tensor log_density =
      xlog1py(b - like(1, b), negative(x)) + xlogy(a - like(1, a), x) - lbeta2(a, b);
  g.set(2, g.dy() * exp(log_density));
}
Tensors call_betainc(const Op&, const Tensors& in, const Attrs&) {
  return {betainc(in[0], in[1], in[2])};
}
const Op kBetainc{"betainc", betainc_rule, call_betainc, batch_elementwise};

}  // namespace

#define PYTEN_UNARY(name, dtypes) \
  Tensor name(const Tensor& x) { return apply_unary(kUnaryOps[int(Unary::name) - kFirstUnary], x); }
#define PYTEN_BINARY(name, dtypes)                                           \
  Tensor name(const Tensor& x, const Tensor& y) {                            \
    return apply_binary(kBinaryOps[int(Binary::name) - kFirstBinary], x, y); \
  }
#include "kernels/special.def"
#undef PYTEN_UNARY
#undef PYTEN_BINARY

Tensor betainc(const Tensor& a, const Tensor& b, const Tensor& x) {
  require_dtype("betainc", a.dtype(), kFloats);
  require_same_dtype("betainc", a, b);
  require_same_dtype("betainc", a, x);
  for (const Tensor* t : {&a, &b, &x}) require_host("betainc", *t);
  std::optional<Shape> shape = broadcast_shapes(a.shape(), b.shape());
  if (shape) shape = broadcast_shapes(*shape, x.shape());
  if (!shape) {
    fail(ErrorKind::kInvalidArgument,
         "betainc: shapes must broadcast, got a.shape=", tuple_text(a.shape()),
         ", b.shape=", tuple_text(b.shape()), " and x.shape=", tuple_text(x.shape()));
  }
  DType wide = a.dtype() == DType::kFloat64 ? DType::kFloat64 : DType::kFloat32;
  Tensor out;
  {
    Unrecorded pause;
    auto full = [&](const Tensor& t) { return packed(broadcast_to(cast(t, wide), *shape)); };
    Tensor fa = full(a), fb = full(b), fx = full(x);
    out = Tensor::empty(*shape, wide, a.device());
    kernels::betainc(wide, out.size(), fa.data(), fb.data(), fx.data(), out.mutable_data());
    out = cast(out, a.dtype());
  }
  if (recording(a, b, x)) record(kBetainc, {a, b, x}, {out}, {a, b, x});
  return out;
}

void register_special(Functions& out) {
  for (const UnaryOp& op : kUnaryOps) {
    Tensor (*f)(const Tensor&) = nullptr;
    switch (op.kernel) {
#define PYTEN_UNARY(name, dtypes) \
  case Unary::name: f = name; break;
#define PYTEN_BINARY(name, dtypes)
#include "kernels/special.def"
#undef PYTEN_UNARY
#undef PYTEN_BINARY
      default: break;
    }
    out.push_back(unary_function(op, f));
  }
  for (const SpecialBinary& op : kBinaryOps) {
    Tensor (*f)(const Tensor&, const Tensor&) = nullptr;
    switch (op.kernel) {
#define PYTEN_UNARY(name, dtypes)
#define PYTEN_BINARY(name, dtypes) \
  case Binary::name: f = name; break;
#include "kernels/special.def"
#undef PYTEN_UNARY
#undef PYTEN_BINARY
      default: break;
    }
    out.push_back(binary_function(op.name, f, op.summary, binary_dtypes(op.kernel), op.gradient,
                                  op.example, op.grad != nullptr, false, op.first, op.second));
  }
  out.push_back(
      {.name = "betainc",
       .params = {{"a", Kind::kTensor},
                  {"b", Kind::kTensor},
                  {"x", Kind::kTensor},
                  {"name", Kind::kName, "None"}},
       .call = [](const Arguments& a) -> Tensors {
         return {betainc(a.tensor(0), a.tensor(1), a.tensor(2))};
       },
       .dtypes = kFloats,
       .doc = R"(Computes the regularized incomplete beta function I_x(a, b), with broadcasting.

By the continued fraction DLMF 8.17.22.

Args:
  a: a floating tensor, not negative.
  b: a floating tensor of the same dtype, not negative.
  x: a floating tensor of the same dtype, in [0, 1].
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the broadcast shape; NaN outside the domain.

Raises:
  InvalidArgumentError: the shapes do not broadcast, or the dtypes differ.

Gradient: by x; none by a and b.

Example:
  >>> tf.math.betainc(1., 1., 0.25)
  <tf.Tensor: shape=(), dtype=float32, numpy=0.25>
)"});
}

}  // namespace pyten
