// Inverses of the error function and of the normal distribution, in double.
#pragma once

#include "kernels/special_gamma.h"

namespace pyten::kernels::PYTEN_ISA::special {

constexpr double kRootPi = 1.77245385090551602730;

// log erfc(y) for y >= 20, by the asymptotic series DLMF 7.12.1; erfc itself may be subnormal.
PYTEN_SPECIAL double log_erfc_far(double y) {
  double z = 0.5 / (y * y), sum = 0, term = 1;
  for (int k = 1; k <= 9; ++k) {
    term *= -(2 * k - 1) * z;
    sum += term;
  }
  return m::log1p(sum) - m::log(y * kRootPi) - y * y;
}

// 0 < x <= 1/2: Newton's method on log erfc(y) = log x, which is nearly a parabola, from the first
// terms of its expansion.
PYTEN_SPECIAL double erfcinv_small(double x) {
  double l = -m::log(x);
  // y^2 + log(y sqrt(pi)) = l
  double start = l - 0.5 * m::log(kPi * (l > 0.9 ? l - 0.5 * m::log(l) : 0.9));
  double y = m::sqrt(start > 0.2 ? start : 0.2);
  if (x < 1e-200) {
    for (int i = 0; i < 4; ++i) y += (log_erfc_far(y) + l) / (2 * y + 1 / y);
    return y;
  }
  for (int i = 0; i < 5; ++i) {
    double p = m::erfc(y);
    double step = m::log(p / x) * p * (kRootPi / 2) * m::exp(y * y);
    y += step;
    if (m::fabs(step) < 1e-9 * y) break;
  }
  return y;
}

// |x| <= 1/2: Halley's method on erf(y) = x from the first terms of the Maclaurin series.
PYTEN_SPECIAL double erfinv_small(double x) {
  double z = kPi * x * x;
  double y = x * (kRootPi / 2) * (1 + z * (1.0 / 12 + z * (7.0 / 480 + z * (127.0 / 40320))));
  for (int i = 0; i < 2; ++i) {
    double error = (m::erf(y) - x) * (kRootPi / 2) * m::exp(y * y);
    y -= error / (1 + error * y);
  }
  return y;
}

PYTEN_SPECIAL double erfinv(double x) {
  double a = m::fabs(x);
  if (!(a <= 1)) return nan();
  if (a == 1) return x * kInfinity;
  if (a <= 0.5) return m::fabs(x) < 1e-8 ? x * (kRootPi / 2) : erfinv_small(x);
  double y = erfcinv_small(1 - a);  // exact
  return x < 0 ? -y : y;
}

PYTEN_SPECIAL double erfcinv(double x) {
  if (!(x >= 0 && x <= 2)) return nan();
  if (x == 0) return kInfinity;
  if (x == 2) return -kInfinity;
  return x <= 0.5 ? erfcinv_small(x) : x >= 1.5 ? -erfcinv_small(2 - x) : erfinv_small(1 - x);
}

// The normal distribution's quantile: -sqrt(2) erfcinv(2 p).
PYTEN_SPECIAL double ndtri(double p) {
  constexpr double kRootTwo = 1.41421356237309504880;
  if (!(p >= 0 && p <= 1)) return nan();
  if (p == 0) return -kInfinity;
  if (p == 1) return kInfinity;
  if (p <= 0.25) return -kRootTwo * erfcinv_small(2 * p);
  if (p >= 0.75) return kRootTwo * erfcinv_small(2 * (1 - p));
  return kRootTwo * erfinv_small(2 * (p - 0.5));
}

}  // namespace pyten::kernels::PYTEN_ISA::special
