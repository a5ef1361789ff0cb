// The gamma function's family in double: log, derivatives of the log, and the Hurwitz zeta
// function. float is computed here too and rounded once. Formulas are those of the Digital Library
// of Mathematical Functions (DLMF, https://dlmf.nist.gov); measured errors stand in
// docs/decisions.md.
#pragma once

#include "kernels/math.h"

#ifdef __CUDACC__
#define PYTEN_SPECIAL __host__ __device__ inline
#else  // called out of line: these are long, and no loop around them becomes vector code
#define PYTEN_SPECIAL inline
#endif

namespace pyten::kernels::PYTEN_ISA::special {

constexpr double kPi = 3.14159265358979323846;
constexpr double kEpsilon = 2.220446049250313e-16;
constexpr double kTiny = 2.2250738585072014e-308;
constexpr double kInfinity = __builtin_inf();

PYTEN_SPECIAL double nan() { return __builtin_nan(""); }
PYTEN_SPECIAL bool is_nan(double x) { return x != x; }
PYTEN_SPECIAL bool is_inf(double x) { return m::fabs(x) == kInfinity; }

// log |gamma(x)|, the C library's, by its reentrant name.
PYTEN_SPECIAL double lgamma(double x) {
#ifdef __CUDACC__
  return ::lgamma(x);
#else
  int sign;
  return __builtin_lgamma_r(x, &sign);
#endif
}

// sin(pi x) and cos(pi x); the argument is reduced exactly.
PYTEN_SPECIAL double sin_pi(double x) {
  double r = x - 2 * m::rint(x / 2);  // [-1, 1]
  if (r > 0.5) r = 1 - r;
  if (r < -0.5) r = -1 - r;
  return m::fabs(r) <= 0.25 ? m::sin(kPi * r) : (r < 0 ? -1 : 1) * m::cos(kPi * (0.5 - m::fabs(r)));
}
PYTEN_SPECIAL double cos_pi(double x) {
  double r = m::fabs(x - 2 * m::rint(x / 2));  // [0, 1]
  return r <= 0.25 ? m::cos(kPi * r) : r >= 0.75 ? -m::cos(kPi * (1 - r)) : m::sin(kPi * (0.5 - r));
}

// B(2k) / 2k for k = 1 … 10.
PYTEN_SPECIAL double bernoulli_ratio(int k) {
  constexpr double kRatios[] = {1.0 / 12,        -1.0 / 120,      1.0 / 252, -1.0 / 240,
                                1.0 / 132,       -691.0 / 32760,  1.0 / 12,  -3617.0 / 8160,
                                43867.0 / 14364, -174611.0 / 6600};
  return kRatios[k - 1];
}

// x > 0. Near the zero at 1.4616 the Taylor series about it, so that the relative error stays
// small; elsewhere recurrence up to 10 (DLMF 5.5.2) and Stirling's series (5.11.2).
PYTEN_SPECIAL double digamma_positive(double x) {
  constexpr double kZero = 1.4616321449683622, kZeroRest = 9.549995429965697e-17;
  constexpr double kTaylor[] = {
      0.9676722454476212,     -0.4427631689835921,     0.258499760955651,    -0.16394270544240652,
      0.10782405069126237,    -0.07219956125645471,    0.04880428816414311,  -0.03316112647484736,
      0.022597648232218104,   -0.01542476590494896,    0.010538791616612175, -0.007204534386356869,
      0.004926781395729853,   -0.003369801655439328,   0.002305126326734928, -0.0015769367714301972,
      0.0010788252019162967,  -0.0007380709389960052,  0.000504953265834602, -0.0003454680251063077,
      0.00023635601564027053, -0.00016170622091974803, 0.0001106337276874741};
  double d = (x - kZero) - kZeroRest;
  if (m::fabs(d) < 0.3) {
    double sum = 0;
    for (int k = 22; k >= 0; --k) sum = sum * d + kTaylor[k];
    return sum * d;
  }
  double shift = 0;
  for (; x < 10; x += 1) shift -= 1 / x;
  double z = 1 / (x * x), tail = 0;
  for (int k = 8; k >= 1; --k) tail = (tail + bernoulli_ratio(k)) * z;
  return m::log(x) - 0.5 / x - tail + shift;
}

PYTEN_SPECIAL double digamma(double x) {
  if (x > 0) return digamma_positive(x);
  if (x == 0) return __builtin_copysign(kInfinity, -x);
  if (is_nan(x) || x == -kInfinity || m::floor(x) == x) return nan();
  // Reflection, DLMF 5.5.4.
  return digamma_positive(1 - x) - kPi * cos_pi(x) / sin_pi(x);
}

// The Hurwitz zeta function for q > 0, s > 1 by the Euler-Maclaurin formula (DLMF 25.11.28).
PYTEN_SPECIAL double zeta_positive(double s, double q) {
  if (q == kInfinity) return 0;
  if (s == kInfinity) return q < 1 ? kInfinity : q == 1 ? 1 : 0;
  double sum = 0, x = q;
  // Until the terms of the expansion shrink: their ratio is about ((s + 2k) / (2 pi x))^2.
  double from = s > 12 ? s : 12;
  for (; x < from; x += 1) {
    double term = m::pow(x, -s);
    sum += term;
    if (term * (1 + x / (s - 1)) <= 1e-18 * sum) return sum;  // also where all of them underflow
    if (sum == kInfinity) return sum;
  }
  double power = m::pow(x, -s);
  double result = sum + power * x / (s - 1) + power / 2;
  // B(2k) / (2k)! * s (s + 1) … (s + 2k - 2) x^(1 - s - 2k)
  double factor = s * power / x;
  for (int k = 1; k <= 10; ++k) {
    double term = bernoulli_ratio(k) * factor;
    result += term;
    if (m::fabs(term) < 1e-18 * result) break;
    factor *= (s + 2 * k - 1) * (s + 2 * k) / ((2 * k) * (2 * k + 1) * x * x);
  }
  return result;
}

// Negative q: the terms before 0 are a difference of two zeta functions, for integral s.
PYTEN_SPECIAL double zeta(double s, double q) {
  if (is_nan(s) || is_nan(q)) return nan();
  if (s == 1) return kInfinity;
  if (s < 1) return nan();
  if (q > 0) return zeta_positive(s, q);
  if (m::floor(q) == q) return q == -kInfinity ? nan() : kInfinity;
  if (m::floor(s) != s) return nan();
  double sign = m::fmod(s, 2) == 0 ? 1 : -1, fraction = q - m::floor(q);
  if (q > -64) {  // directly: no cancellation between near zeta functions
    double sum = 0, x = q;
    for (; x < 0; x += 1) sum += sign * m::pow(-x, -s);
    return sum + zeta_positive(s, x);
  }
  return zeta_positive(s, fraction) +
         sign * (zeta_positive(s, 1 - fraction) - zeta_positive(s, 1 - q));
}

// The derivative of order n of digamma, for whole n >= 0: (-1)^(n+1) n! zeta(n + 1, x), DLMF
// 25.11.12.
PYTEN_SPECIAL double polygamma(double n, double x) {
  if (is_nan(n) || is_nan(x) || n < 0 || m::floor(n) != n) return nan();
  if (n == 0) return digamma(x);
  double sign = m::fmod(n, 2) == 0 ? -1 : 1;
  double z = zeta(n + 1, x);
  if (n < 20) {
    double factorial = 1;
    for (int k = 2; k <= int(n); ++k) factorial *= k;
    return sign * factorial * z;
  }
  if (z == 0 || is_inf(z)) return z == 0 ? 0 * sign : sign * z;
  double magnitude = m::exp(lgamma(n + 1) + m::log(m::fabs(z)));
  return z < 0 ? -sign * magnitude : sign * magnitude;
}

}  // namespace pyten::kernels::PYTEN_ISA::special
