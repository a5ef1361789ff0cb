// Unary elementwise kernels of real types.
#include "kernels/cpu/wide_math.h"
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

// What the C library does where sine and its like are not reduced exactly.
template <typename F, typename T>
T slow(T x) {
  if constexpr (same_v<F, fn::sin>)
    return same_v<T, float> ? T(__builtin_sinf(x)) : T(__builtin_sin(x));
  if constexpr (same_v<F, fn::cos>)
    return same_v<T, float> ? T(__builtin_cosf(x)) : T(__builtin_cos(x));
  if constexpr (same_v<F, fn::tan>)
    return same_v<T, float> ? T(__builtin_tanf(x)) : T(__builtin_tan(x));
}

// Blocks whose elements all suit the formula are vector code.
template <typename F, typename T>
void guarded_unary(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  for (int64_t i = 0; i < n; i += kGuardBlock) {
    int64_t end = i + kGuardBlock < n ? i + kGuardBlock : n;
    if (sx == 1 && so == 1) {
      int fits = 1;
      for (int64_t j = i; j < end; ++j) fits &= int(m::trig_fits(x[j]));
      if (fits) {
        vector_unary<F, T>(end - i, x + i, 1, out + i, 1);
        continue;
      }
    }
    for (int64_t j = i; j < end; ++j) {
      T v = x[j * sx];
      out[j * so] = m::trig_fits(v) ? F::template apply<T>(v) : slow<F>(v);
    }
  }
}
template <typename F, typename... Ts>
void guarded_row(UnaryKernel* row) {
  ((row[int(Traits<Ts>::dtype)] = guarded_unary<F, Ts>), ...);
}

}  // namespace

void fill_unary(Table& t) {
#define ROW(kind, name, ...) kind##_row<fn::name, __VA_ARGS__>(t.unary[int(Unary::name)]);
  ROW(bits, negative, PYTEN_SIGNED, PYTEN_REAL_FLOATS)
  ROW(vector, abs, PYTEN_SIGNED, PYTEN_REAL_FLOATS)
  ROW(vector, sign, PYTEN_SIGNED, PYTEN_REAL_FLOATS)
  ROW(bits, square, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(vector, sqrt, PYTEN_REAL_FLOATS)
  ROW(vector, rsqrt, PYTEN_REAL_FLOATS)
  ROW(vector, reciprocal, PYTEN_REAL_FLOATS)
  ROW(vector, floor, PYTEN_REAL_FLOATS)
  ROW(vector, ceil, PYTEN_REAL_FLOATS)
  ROW(vector, rint, PYTEN_REAL_FLOATS)
  ROW(vector, relu, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(vector, relu6, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(vector, angle, PYTEN_REAL_FLOATS)
  ROW(bits, invert, PYTEN_INTS)
  ROW(vector, is_nan, PYTEN_REAL_FLOATS)
  ROW(vector, is_inf, PYTEN_REAL_FLOATS)
  ROW(vector, is_finite, PYTEN_REAL_FLOATS)
  // Functions without branches, of float_math.h, double_math.h and vector_math.h.
  ROW(vector, exp, PYTEN_REAL_FLOATS)
  ROW(vector, expm1, PYTEN_REAL_FLOATS)
  ROW(vector, log, PYTEN_REAL_FLOATS)
  ROW(vector, log1p, PYTEN_REAL_FLOATS)
  ROW(vector, sinh, PYTEN_REAL_FLOATS)
  ROW(vector, cosh, PYTEN_REAL_FLOATS)
  ROW(vector, tanh, PYTEN_REAL_FLOATS)
  ROW(vector, asin, PYTEN_REAL_FLOATS)
  ROW(vector, acos, PYTEN_REAL_FLOATS)
  ROW(vector, atan, PYTEN_REAL_FLOATS)
  ROW(vector, asinh, PYTEN_REAL_FLOATS)
  ROW(vector, acosh, PYTEN_REAL_FLOATS)
  ROW(vector, atanh, PYTEN_REAL_FLOATS)
  ROW(vector, erf, PYTEN_REAL_FLOATS)
  ROW(vector, sigmoid, PYTEN_REAL_FLOATS)
  ROW(vector, softplus, PYTEN_REAL_FLOATS)
  ROW(vector, elu, PYTEN_REAL_FLOATS)
  ROW(vector, selu, PYTEN_REAL_FLOATS)
  ROW(vector, erfc, float)
  ROW(vector, gelu, float)
  ROW(vector, gelu_slope, float)
  ROW(guarded, sin, PYTEN_REAL_FLOATS)
  ROW(guarded, cos, PYTEN_REAL_FLOATS)
  ROW(guarded, tan, PYTEN_REAL_FLOATS)
#undef ROW
#ifdef PYTEN_WIDE_MATH
  t.unary[int(Unary::exp)][int(DType::kFloat32)] = wide::unary<wide::exp>;
  t.unary[int(Unary::sigmoid)][int(DType::kFloat32)] = wide::unary<wide::sigmoid>;
  t.unary[int(Unary::tanh)][int(DType::kFloat32)] = wide::unary<wide::tanh>;
#endif
  t.unary[int(Unary::logical_not)][int(DType::kBool)] = vector_unary<fn::logical_not, uint8_t>;
}

}  // namespace pyten::kernels::PYTEN_ISA
