// Elementary functions of complex numbers where there is no C library with them: on a GPU. In
// double; complex64 is computed here too and rounded once. The formulas are Kahan's (Branch Cuts
// for Complex Elementary Functions, 1987), the values at infinities and NaN those of the C
// standard, Annex G. Part of math.h.
#pragma once

#include "kernels/numbers.h"

namespace pyten::kernels::PYTEN_ISA::m {

namespace z {

constexpr double kPi = 3.14159265358979323846;
constexpr double kHuge = 1e150;  // above, squares overflow

PYTEN_FN bool is_nan(double x) { return x != x; }
PYTEN_FN bool is_finite(double x) { return x - x == 0; }
PYTEN_FN bool is_inf(double x) { return x == x && x - x != 0; }
PYTEN_FN double with_sign(double x, double sign) { return __builtin_copysign(x, sign); }
PYTEN_FN double infinity() { return __builtin_inf(); }

// i z and -i z: sine is a hyperbolic sine turned, and so on.
PYTEN_FN Complex128 left(Complex128 x) { return {-x.im, x.re}; }
PYTEN_FN Complex128 right(Complex128 x) { return {x.im, -x.re}; }

PYTEN_FN Complex128 sqrt(Complex128 x) {
  double re = x.re, im = x.im;
  if (re == 0 && im == 0) return {0, im};
  if (is_inf(im)) return {infinity(), im};
  if (is_nan(re)) return {re, re};
  if (is_inf(re)) {
    return re < 0 ? Complex128{m::fabs(im - im), with_sign(re, im)}
                  : Complex128{re, with_sign(im - im, im)};
  }
  // By powers of four, away from overflow and from subnormal numbers.
  double a = m::fabs(re), b = m::fabs(im), most = a > b ? a : b, scale = 1;
  if (most > 0x1p1000) re *= 0x1p-4, im *= 0x1p-4, scale = 0x1p2;
  if (most < 0x1p-1000) re *= 0x1p60, im *= 0x1p60, scale = 0x1p-30;
  double t = m::sqrt((m::fabs(re) + m::hypot(re, im)) / 2), other = m::fabs(im) / (2 * t);
  return re >= 0 ? Complex128{scale * t, scale * with_sign(other, im)}
                 : Complex128{scale * other, scale * with_sign(t, im)};
}

PYTEN_FN Complex128 exp(Complex128 x) {
  if (x.im == 0) return {m::exp(x.re), x.im};
  if (!is_finite(x.im)) {
    if (is_inf(x.re)) return x.re < 0 ? Complex128{0, 0} : Complex128{x.re, x.im - x.im};
    return {x.im - x.im, x.im - x.im};
  }
  double c = m::cos(x.im), s = m::sin(x.im);
  if (x.re > 700 && is_finite(x.re)) {  // exp alone may overflow
    double half = m::exp(x.re / 2);
    return {half * c * half, half * s * half};
  }
  double e = m::exp(x.re);
  return {e * c, e * s};
}

PYTEN_FN Complex128 log(Complex128 x) {
  double a = m::fabs(x.re), b = m::fabs(x.im), most = a > b ? a : b, least = a > b ? b : a;
  double length;
  if (is_inf(a) || is_inf(b)) length = infinity();
  else if (most > 0.5 && most < 1.5) length = m::log1p((most - 1) * (most + 1) + least * least) / 2;
  else if (most > kHuge) length = m::log(most) + m::log1p(least / most * (least / most)) / 2;
  else length = m::log(m::hypot(most, least));
  return {length, m::atan2(x.im, x.re)};
}

PYTEN_FN Complex128 sinh(Complex128 x) {
  if (x.im == 0) return {m::sinh(x.re), x.im};
  if (!is_finite(x.im)) {
    if (x.re == 0 || is_inf(x.re)) return {x.re, x.im - x.im};
    return {x.im - x.im, x.im - x.im};
  }
  double c = m::cos(x.im), s = m::sin(x.im);
  if (m::fabs(x.re) > 700 && is_finite(x.re)) {
    double half = m::exp(m::fabs(x.re) / 2);
    return {with_sign(half / 2, x.re) * c * half, half / 2 * s * half};
  }
  return {m::sinh(x.re) * c, m::cosh(x.re) * s};
}
PYTEN_FN Complex128 cosh(Complex128 x) {
  if (x.im == 0)
    return {m::cosh(x.re), x.re == 0 || is_nan(x.re) ? x.im : with_sign(x.im, x.re * x.im)};
  if (!is_finite(x.im)) {
    if (x.re == 0) return {x.im - x.im, x.re};
    if (is_inf(x.re)) return {infinity(), x.im - x.im};
    return {x.im - x.im, x.im - x.im};
  }
  double c = m::cos(x.im), s = m::sin(x.im);
  if (m::fabs(x.re) > 700 && is_finite(x.re)) {
    double half = m::exp(m::fabs(x.re) / 2);
    return {half / 2 * c * half, with_sign(half / 2, x.re) * s * half};
  }
  return {m::cosh(x.re) * c, m::sinh(x.re) * s};
}
PYTEN_FN Complex128 tanh(Complex128 x) {
  if (is_nan(x.re)) return {x.re, x.im == 0 ? x.im : x.re};
  if (m::fabs(x.re) > 22) {
    double one = with_sign(1, x.re);
    if (!is_finite(x.im))
      return is_inf(x.re) ? Complex128{one, 0} : Complex128{x.im - x.im, x.im - x.im};
    return {one, 4 * m::sin(x.im) * m::cos(x.im) * m::exp(-2 * m::fabs(x.re))};
  }
  if (!is_finite(x.im)) return {x.re == 0 ? x.re : x.im - x.im, x.im - x.im};
  double t = m::tan(x.im), b = 1 + t * t, s = m::sinh(x.re), r = m::sqrt(1 + s * s);
  double d = 1 + b * s * s;
  return {b * r * s / d, t / d};
}

PYTEN_FN Complex128 acos(Complex128 x) {
  double re = x.re, im = x.im;
  if (is_inf(re) || is_inf(im)) {
    double imaginary = is_inf(im) ? -im : with_sign(infinity(), is_nan(im) ? -1.0 : -im);
    if (is_nan(re) || is_nan(im)) return {re + im - (re + im), imaginary};
    if (is_inf(re) && is_inf(im)) return {re < 0 ? 0.75 * kPi : 0.25 * kPi, imaginary};
    return {is_inf(im) ? kPi / 2 : re < 0 ? kPi : 0, imaginary};
  }
  if (re == 0 && is_nan(im)) return {kPi / 2, im};
  Complex128 minus = z::sqrt({1 - re, -im}), plus = z::sqrt({1 + re, im});
  return {2 * m::atan2(minus.re, plus.re), m::asinh(plus.re * minus.im - plus.im * minus.re)};
}
PYTEN_FN Complex128 asin(Complex128 x) {
  double re = x.re, im = x.im;
  if (is_inf(re) || is_inf(im)) {
    double imaginary = is_inf(im) ? im : with_sign(infinity(), is_nan(im) ? 1.0 : im);
    if (is_nan(re) || is_nan(im)) return {re + im - (re + im), imaginary};
    if (is_inf(re) && is_inf(im)) return {with_sign(0.25 * kPi, re), imaginary};
    return {with_sign(is_inf(im) ? 0 : kPi / 2, re), imaginary};
  }
  if (re == 0 && is_nan(im)) return x;
  Complex128 minus = z::sqrt({1 - re, -im}), plus = z::sqrt({1 + re, im});
  return {m::atan2(re, minus.re * plus.re - minus.im * plus.im),
          m::asinh(minus.re * plus.im - minus.im * plus.re)};
}
PYTEN_FN Complex128 acosh(Complex128 x) {
  Complex128 a = z::acos(x);
  return {m::fabs(a.im), with_sign(a.re, x.im)};
}
PYTEN_FN Complex128 atanh(Complex128 x) {
  double a = m::fabs(x.re), im = x.im;
  double quarter_turn = with_sign(kPi / 2, im);
  if (is_inf(im)) return {with_sign(0, x.re), quarter_turn};
  if (is_inf(a)) return {with_sign(0, x.re), is_nan(im) ? im : quarter_turn};
  if (is_nan(a) || is_nan(im)) return {x.re == 0 ? x.re : a + im, a + im};
  if (a > kHuge || m::fabs(im) > kHuge) {
    double length = m::hypot(a / kHuge, im / kHuge);
    return {with_sign(a / kHuge / length / length / kHuge, x.re), quarter_turn};
  }
  double real = m::log1p(4 * a / ((1 - a) * (1 - a) + im * im)) / 4;
  return {with_sign(real, x.re), m::atan2(2 * im, (1 - a) * (1 + a) - im * im) / 2};
}

}  // namespace z

#define PYTEN_COMPLEX1(name, formula)                        \
  PYTEN_FN Complex128 name(Complex128 x) { return formula; } \
  PYTEN_FN Complex64 name(Complex64 single) {                \
    Complex128 x{single.re, single.im};                      \
    Complex128 y = formula;                                  \
    return {float(y.re), float(y.im)};                       \
  }
PYTEN_COMPLEX1(sqrt, z::sqrt(x))
PYTEN_COMPLEX1(exp, z::exp(x))
PYTEN_COMPLEX1(log, z::log(x))
PYTEN_COMPLEX1(sinh, z::sinh(x))
PYTEN_COMPLEX1(cosh, z::cosh(x))
PYTEN_COMPLEX1(ctanh, z::tanh(x))
PYTEN_COMPLEX1(sin, z::right(z::sinh(z::left(x))))
PYTEN_COMPLEX1(cos, z::cosh(z::left(x)))
PYTEN_COMPLEX1(tan, z::right(z::tanh(z::left(x))))
PYTEN_COMPLEX1(acos, z::acos(x))
PYTEN_COMPLEX1(asin, z::asin(x))
PYTEN_COMPLEX1(acosh, z::acosh(x))
PYTEN_COMPLEX1(atanh, z::atanh(x))
PYTEN_COMPLEX1(asinh, z::right(z::asin(z::left(x))))
PYTEN_COMPLEX1(atan, z::right(z::atanh(z::left(x))))
#undef PYTEN_COMPLEX1

}  // namespace pyten::kernels::PYTEN_ISA::m
