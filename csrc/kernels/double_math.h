// Elementary functions of double without branches, so that loops over them become vector code; see
// float_math.h for those of float. Used by the CPU levels alone: code that is compiled once calls
// the C library. Reductions are those of fdlibm (Sun Microsystems, 1993), polynomials were fitted
// at Chebyshev nodes in 60 digits.
//
// Largest error in units in the last place (kernels_accuracy_test), with and without fma:
//   exp 1.0, expm1 1.8, log 0.8, log1p 1.3
#pragma once

#include "kernels/float_math.h"

namespace pyten::kernels::PYTEN_ISA::m {

PYTEN_FN double mul_add(double a, double b, double c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}

// c[i] + c[i + 1] x + ..., written out: a loop would keep the one around it from becoming vector
// code.
template <int i = 0, typename T, int n>
PYTEN_FN T polynomial(const T (&c)[n], T x) {
  if constexpr (i == n - 1) return c[i];
  else return mul_add(polynomial<i + 1>(c, x), x, c[i]);
}

// The nearest integer to x, also as n; |x| < 2^51.
PYTEN_FN double nearest(double x, int64_t& n) {
  constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52
  double t = x + kRound;
  n = int64_t(bit_cast<uint64_t>(t) - bit_cast<uint64_t>(kRound));
  return t - kRound;
}
// For NaN, n is anything: arithmetic with it must wrap.
PYTEN_FN int64_t minus(int64_t n, int64_t k) { return int64_t(uint64_t(n) - uint64_t(k)); }
PYTEN_FN int32_t minus(int32_t n, int32_t k) { return int32_t(uint32_t(n) - uint32_t(k)); }
PYTEN_FN double power_of_two(int64_t n) { return bit_cast<double>((uint64_t(n) + 1023) << 52); }

// x = n ln 2 + r, |r| <= ln 2 / 2; gives exp(r) - 1.
PYTEN_FN double expm1_reduced(double x, int64_t& n) {
  constexpr double kQ[] = {0.5,
                           0.1666666666666667099,
                           0.04166666666666666975,
                           0.008333333333326135126,
                           0.00138888888888837483,
                           0.0001984126987482062527,
                           0.00002480158732554774122,
                           2.755725540020642443e-6,
                           2.755727364311029533e-7,
                           2.510521700472074516e-8,
                           2.091468696808687723e-9};
  double t = nearest(x * 1.44269504088896340736, n);
  double r = mul_add(t, -6.93147180369123816490e-01, x);  // exact: the factor has 32 bits
  r = mul_add(t, -1.90821492927058770002e-10, r);
  return mul_add(r * r, polynomial(kQ, r), r);
}
PYTEN_FN float expm1_reduced(float x, int32_t& n) {
  float r, tail = exp_reduced(x, r, n);
  return tail + r;
}

PYTEN_FN double exp(double x) {
  double c = x > 710 ? 710 : x;
  c = c < -746 ? -746 : c;
  int64_t n;
  double p = expm1_reduced(c, n);
  int64_t half = int64_t((uint64_t(n) + 2048) >> 1) - 1024;
  double s = power_of_two(half);
  return mul_add(s, p, s) * power_of_two(minus(n, half));
}

PYTEN_FN double expm1(double x) {
  double c = x > 710 ? 710 : x;
  c = c < -60 ? -60 : c;
  int64_t n;
  double p = expm1_reduced(c, n);
  double s = power_of_two(minus(n, int64_t(1)));  // 2^n may be out of range
  double y = 2 * mul_add(s, p, s - 0.5);
  y = n == 0 ? p : y;
  return x == 0 ? x : y;
}

// x = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2).
PYTEN_FN double log_reduced(double x, double& e) {
  constexpr uint64_t kLowest = 0x3fe6a09e00000000;  // sqrt(1/2)
  bool small = x < 0x1p-1022;
  double scaled = small ? x * 0x1p54 : x;
  uint64_t u = bit_cast<uint64_t>(scaled) + (0x3ff0000000000000 - kLowest);
  double biased = bit_cast<double>(u >> 52 | 0x4330000000000000);  // 2^52 + e + 1023
  e = biased - (0x1p52 + 1023) - (small ? 54 : 0);
  return bit_cast<double>((u & 0xfffffffffffff) + kLowest) - 1;
}

PYTEN_FN double log(double x) {
  constexpr double kL[] = {0.6666666666666669708, 0.3999999999989889051, 0.2857142862625383761,
                           0.2222221108937949621, 0.181828924325368712,  0.1533161172205500789,
                           0.1461780715341732496};
  double e, f = log_reduced(x, e);
  double s = f / (2 + f), z = s * s, half = 0.5 * f * f;
  double r = z * polynomial(kL, z);
  double low = mul_add(s, half + r, e * 1.90821492927058770002e-10);
  double y = mul_add(e, 6.93147180369123816490e-01, f - (half - low));
  constexpr double kInf = __builtin_inf();
  y = x == kInf ? kInf : y;
  y = x < 0 ? __builtin_nan("") : y;
  y = x == 0 ? -kInf : y;
  return x != x ? x : y;
}

// log(1 + x), with what rounding 1 + x has lost.
PYTEN_FN double log1p(double x) {
  double u = 1 + x, lost = x - (u - 1);
  double correction = lost / u;  // NaN where log(u) is infinite
  double y = m::log(u) + (correction == correction ? correction : 0);
  return u == 1 ? x : y;
}

}  // namespace pyten::kernels::PYTEN_ISA::m
