// One record for each row of kernels/array_math.def.
#include <cmath>

#include "ops/elementwise_calls.h"
#include "ops/rules.h"

namespace pyten {

using kernels::Binary;
using kernels::Unary;

namespace {

constexpr const char* kPiecewise = "none flows: it is constant between its jumps.";

// clang-format off
constexpr UnaryOp kUnaryRows[] = {
    {{"log2",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, safe(reciprocal(conjugate(x) * like(M_LN2, x)), g.dy()));
      }},
     Unary::log2, kX, "the logarithm to base 2",
     "infinite at 0, and 0 where the incoming gradient is 0."},
    {{"log10",
      [](GradContext& g) {
        const Tensor& x = g.saved(0);
        g.set(0, safe(reciprocal(conjugate(x) * like(M_LN10, x)), g.dy()));
      }},
     Unary::log10, kX, "the logarithm to base 10",
     "infinite at 0, and 0 where the incoming gradient is 0."},
    {{"trunc"}, Unary::trunc, kNothing, "the next integer towards 0", kPiecewise},
    {{"signbit"}, Unary::signbit, kNothing, "whether the sign bit is set, also of zeros and NaNs"},
};

constexpr BinaryOp kBinaryRows[] = {
    {{"copysign",
      [](GradContext& g) {
        const Tensor &x = g.saved(0), &y = g.saved(1);
        if (g.needs(0)) g.set(0, g.dy() * sign(x) * copysign(like(1, x), y));
      }},
     Binary::copysign, kX | kY, "|x| with the sign of y", "by x, 0 at 0; none by y."},
    {{"hypot",
      [](GradContext& g) {
        const Tensor &x = g.saved(0), &y = g.saved(1);
        Tensor h = hypot(x, y);
        if (g.needs(0)) g.set(0, g.dy() * divide_no_nan(x, h));
        if (g.needs(1)) g.set(1, g.dy() * divide_no_nan(y, h));
      }},
     Binary::hypot, kX | kY, "sqrt(x^2 + y^2) without overflow on the way", "0 where both are 0."},
    {{"logaddexp",
      [](GradContext& g) {
        const Tensor &x = g.saved(0), &y = g.saved(1);
        // Equal infinities share the gradient like all equal numbers.
        Tensor d = select(equal(x, y), like(0, x), x - y);
        if (g.needs(0)) g.set(0, g.dy() * sigmoid(d));
        if (g.needs(1)) g.set(1, g.dy() * sigmoid(negative(d)));
      }},
     Binary::logaddexp, kX | kY, "log(exp(x) + exp(y)) without overflow on the way",
     "each operand's share of the sum of exponentials."},
    {{"remainder",
      [](GradContext& g) {
        g.set(0, g.dy());
        if (g.needs(1)) g.set(1, negative(g.dy() * floordiv(g.saved(0), g.saved(1))));
      }},
     Binary::remainder, kX | kY,
     "the remainder of floor(x / y), with the sign of y even where it is 0",
     "1 for x, -floor(x / y) for y."},
};
// clang-format on
constexpr int kFirstUnary = int(Unary::log2), kFirstBinary = int(Binary::copysign);
constexpr auto kUnaryOps = with_calls(kUnaryRows, unary_again);
constexpr auto kBinaryOps = with_calls(kBinaryRows, binary_again);
static_assert(std::size(kUnaryOps) == size_t(Unary::kCount) - kFirstUnary);
static_assert(std::size(kBinaryOps) == size_t(Binary::kCount) - kFirstBinary);

}  // namespace

#define PYTEN_UNARY(name, dtypes) \
  Tensor name(const Tensor& x) { return apply_unary(kUnaryOps[int(Unary::name) - kFirstUnary], x); }
#define PYTEN_UNARY_BOOL PYTEN_UNARY
#define PYTEN_BINARY(name, dtypes)                                           \
  Tensor name(const Tensor& x, const Tensor& y) {                            \
    return apply_binary(kBinaryOps[int(Binary::name) - kFirstBinary], x, y); \
  }
#include "kernels/array_math.def"
#undef PYTEN_UNARY
#undef PYTEN_UNARY_BOOL
#undef PYTEN_BINARY

void register_array_math(Functions& out) {
  Tensor (*const unary[])(const Tensor&) = {log2, log10, trunc, signbit};
  Tensor (*const binary[])(const Tensor&, const Tensor&) = {copysign, hypot, logaddexp, remainder};
  for (size_t i = 0; i < std::size(unary); ++i) {
    out.push_back(unary_function(kUnaryOps[i], unary[i]));
  }
  for (size_t i = 0; i < std::size(binary); ++i) {
    const BinaryOp& op = kBinaryOps[i];
    out.push_back(binary_function(op.name, binary[i], op.summary, binary_dtypes(op.kernel),
                                  op.gradient, op.example, op.grad != nullptr, false));
  }
}

}  // namespace pyten
