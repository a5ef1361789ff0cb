// Modified Bessel functions of orders 0 and 1 in double; those of the first kind are scaled with
// exp(-|x|), those of the second with exp(x), to stay in range.
#pragma once

#include "kernels/special_gamma.h"

namespace pyten::kernels::PYTEN_ISA::special {

// exp(-|x|) I_order(x). The power series has positive terms alone (DLMF 10.25.2); from 25 on the
// asymptotic one (10.40.1), whose least term is below exp(-50).
template <int order>
PYTEN_SPECIAL double bessel_ie(double x) {
  double a = m::fabs(x);
  if (is_nan(x)) return x;
  if (is_inf(a)) return 0;
  double value;
  if (a < 25) {
    double z = a * a / 4, term = 1, sum = 1;
    for (int k = 1; k < 200 && term > 1e-18 * sum; ++k) {
      term *= z / (double(k) * (k + order));
      sum += term;
    }
    value = sum * m::exp(-a) * (order == 1 ? a / 2 : 1);
  } else {
    double sum = 1, term = 1;
    for (int k = 1; k < 40; ++k) {
      double next = term * -(4 * order * order - (2.0 * k - 1) * (2.0 * k - 1)) / (8 * k * a);
      if (!(m::fabs(next) < m::fabs(term)) || m::fabs(next) < 1e-18) break;
      term = next;
      sum += term;
    }
    value = sum / m::sqrt(2 * kPi * a);
  }
  return order == 1 && x < 0 ? -value : value;
}
// exp(|x|) overflows before the result does.
PYTEN_SPECIAL double grown(double scaled, double a) {
  double half = m::exp(a / 2);
  return scaled * half * half;
}
template <int order>
PYTEN_SPECIAL double bessel_i(double x) {
  if (is_inf(x)) return order == 1 ? x : kInfinity;
  return grown(bessel_ie<order>(x), m::fabs(x));
}

// exp(x) K_order(x), x > 0. Up to 1 the series with the logarithm (DLMF 10.31.1 and 2); above, the
// integral of exp(-x (cosh t - 1)) cosh(order t) over t > 0 (10.32.9) by the trapezoidal rule,
// which converges exponentially for it.
template <int order>
PYTEN_SPECIAL double bessel_ke(double x) {
  if (is_nan(x)) return x;
  if (x < 0) return nan();
  if (x == 0) return kInfinity;
  if (is_inf(x)) return 0;
  if (x <= 1) {
    constexpr double kGamma = 0.57721566490153286061;
    double z = x * x / 4, l = m::log(x / 2);
    if (order == 0) {
      double term = 1, harmonic = 0, sum = -(l + kGamma);
      for (int k = 1; k < 20; ++k) {
        term *= z / (double(k) * k);
        harmonic += 1.0 / k;
        sum += term * (harmonic - l - kGamma);
      }
      return sum * m::exp(x);
    }
    double term = 1, psi = 1 - 2 * kGamma, sum = 0;  // psi(k + 1) + psi(k + 2)
    for (int k = 0; k < 20; ++k) {
      sum += term * (2 * l - psi);
      term *= z / (double(k + 1) * (k + 2));
      psi += 1.0 / (k + 1) + 1.0 / (k + 2);
    }
    return (1 / x + x / 4 * sum) * m::exp(x);
  }
  // With t = s / sqrt(x) for large x, so that the step fits the peak's width.
  double step = 0.2 / (x > 1 ? m::sqrt(x) : 1), sum = 0.5;
  if (step < 1e-150) return m::sqrt(kPi / (2 * x));
  for (int k = 1; k < 400; ++k) {
    double t = k * step, s = m::sinh(t / 2);
    double term = m::exp(-2 * x * s * s) * (order == 1 ? m::cosh(t) : 1);
    sum += term;
    if (term < 1e-18 * sum) break;
  }
  return sum * step;
}
template <int order>
PYTEN_SPECIAL double bessel_k(double x) {
  double e = m::exp(-x / 2);
  return is_inf(x) && x > 0 ? 0 : bessel_ke<order>(x) * e * e;
}

// Those of the first and second kind are the C library's.
#ifdef __CUDACC__
#define PYTEN_BESSEL(name) \
  PYTEN_SPECIAL double bessel_##name(double x) { return ::name(x); }
#else
#define PYTEN_BESSEL(name) \
  PYTEN_SPECIAL double bessel_##name(double x) { return __builtin_##name(x); }
#endif
PYTEN_BESSEL(j0)
PYTEN_BESSEL(j1)
PYTEN_BESSEL(y0)
PYTEN_BESSEL(y1)
#undef PYTEN_BESSEL

}  // namespace pyten::kernels::PYTEN_ISA::special
