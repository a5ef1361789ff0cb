// Each elementwise formula, once, under its name in elementwise.def. T is an integer type, float,
// double or Complex of these; float16 and bfloat16 are computed in float and rounded once.
#pragma once

#include "kernels/math.h"

namespace pyten::kernels::PYTEN_ISA::fn {

#define PYTEN_FORMULA1(name)                               \
  struct name {                                            \
    template <typename T> static PYTEN_FN auto apply(T x); \
  };                                                       \
  template <typename T> PYTEN_FN auto name::apply(T x)
#define PYTEN_FORMULA2(name)                                    \
  struct name {                                                 \
    template <typename T> static PYTEN_FN auto apply(T x, T y); \
  };                                                            \
  template <typename T> PYTEN_FN auto name::apply(T x, T y)

// -- arithmetic ----------------------------------------------------------------------------------
PYTEN_FORMULA1(negative) {
  if constexpr (is_int<T>) return T(0 - wrap_t<T>(x));
  else return -x;
}
PYTEN_FORMULA1(abs) {
  if constexpr (is_cplx<T>) return m::hypot(x.re, x.im);
  else if constexpr (is_int<T>) return x < 0 ? T(0 - wrap_t<T>(x)) : x;
  else return m::fabs(x);
}
PYTEN_FORMULA1(sign) {
  if constexpr (is_cplx<T>) {
    auto r = m::hypot(x.re, x.im);
    return r == 0 ? T{0, 0} : T{x.re / r, x.im / r};
  } else if constexpr (is_int<T>) {
    return T((x > 0) - (x < 0));
  } else {
    T s = x > 0 ? T(1) : x < 0 ? T(-1) : T(0);
    return x != x ? x : s;
  }
}
PYTEN_FORMULA1(square) {
  if constexpr (is_int<T>) return T(wrap_t<T>(x) * wrap_t<T>(x));
  else return x * x;
}
PYTEN_FORMULA1(sqrt) { return m::sqrt(x); }
PYTEN_FORMULA1(rsqrt) {
  if constexpr (is_cplx<T>) return T{1, 0} / m::sqrt(x);
  else return 1 / m::sqrt(x);
}
PYTEN_FORMULA1(reciprocal) {
  if constexpr (is_cplx<T>) return T{1, 0} / x;
  else return 1 / x;
}
PYTEN_FORMULA2(add) {
  if constexpr (is_int<T>) return T(wrap_t<T>(x) + wrap_t<T>(y));
  else return x + y;
}
PYTEN_FORMULA2(subtract) {
  if constexpr (is_int<T>) return T(wrap_t<T>(x) - wrap_t<T>(y));
  else return x - y;
}
PYTEN_FORMULA2(multiply) {
  if constexpr (is_int<T>) return T(wrap_t<T>(x) * wrap_t<T>(y));
  else return x * y;
}
// Complex: |x - y|² as a complex number.
PYTEN_FORMULA2(squared_difference) {
  auto d = subtract::apply(x, y);
  if constexpr (is_cplx<T>) return T{d.re * d.re + d.im * d.im, 0};
  else return multiply::apply(d, d);
}
PYTEN_FORMULA2(divide) {
  if constexpr (is_int<T>) return y == 0 ? T(0) : T(y == T(-1) ? T(0 - wrap_t<T>(x)) : x / y);
  else return x / y;
}
PYTEN_FORMULA2(divide_no_nan) {
  if constexpr (is_cplx<T>) return y == T{0, 0} ? T{0, 0} : x / y;
  else return y == 0 ? T(0) : x / y;
}
PYTEN_FORMULA2(multiply_no_nan) {
  if constexpr (is_cplx<T>) return y == T{0, 0} ? T{0, 0} : x * y;
  else return y == 0 ? T(0) : x * y;
}
// Division of integers never traps: by zero it gives 0 (the ops have raised before), and
// INT_MIN / -1 wraps.
PYTEN_FORMULA2(truncatediv) {
  if constexpr (is_real_float<T>) {
    return m::trunc(x / y);
  } else if constexpr (Traits<T>::is_signed) {
    return y == 0 ? T(0) : y == -1 ? T(0 - wrap_t<T>(x)) : T(x / y);
  } else {
    return y == 0 ? T(0) : T(x / y);
  }
}
PYTEN_FORMULA2(truncatemod) {
  if constexpr (is_real_float<T>) {
    return m::fmod(x, y);
  } else if constexpr (Traits<T>::is_signed) {
    return y == 0 || y == -1 ? T(0) : T(x % y);
  } else {
    return y == 0 ? T(0) : T(x % y);
  }
}
PYTEN_FORMULA2(floordiv) {
  if constexpr (is_real_float<T>) {
    return m::floor(x / y);
  } else if constexpr (Traits<T>::is_signed) {
    T q = truncatediv::apply(x, y), r = truncatemod::apply(x, y);
    return T(r != 0 && (r < 0) != (y < 0) ? q - 1 : q);
  } else {
    return truncatediv::apply(x, y);
  }
}
PYTEN_FORMULA2(floormod) {
  T r = truncatemod::apply(x, y);
  if constexpr (Traits<T>::is_signed) return r != 0 && (r < 0) != (y < 0) ? T(r + y) : r;
  else return r;
}
PYTEN_FORMULA2(pow) {
  if constexpr (is_int<T>) {
    if constexpr (Traits<T>::is_signed) {
      if (y < 0) return T(0);  // refused by the ops
    }
    wrap_t<T> base = wrap_t<T>(x), result = 1;
    for (auto e = bits_t<T>(y); e != 0; e = bits_t<T>(e >> 1)) {
      if (e & 1) result *= base;
      base *= base;
    }
    return T(result);
  } else {
    return m::pow(x, y);
  }
}
// NaN on either side is passed on; of equal operands the first is returned.
PYTEN_FORMULA2(maximum) {
  if constexpr (is_int<T>) return x >= y ? x : y;
  else return int(x >= y) | int(x != x) ? x : y;
}
PYTEN_FORMULA2(minimum) {
  if constexpr (is_int<T>) return x <= y ? x : y;
  else return int(x <= y) | int(x != x) ? x : y;
}
PYTEN_FORMULA2(atan2) { return m::atan2(x, y); }
PYTEN_FORMULA2(xlogy) {
  if constexpr (is_cplx<T>) return x == T{0, 0} ? x : x * m::log(y);
  else return x == 0 ? T(0) : x * m::log(y);
}
PYTEN_FORMULA2(bitwise_and) { return T(x & y); }
PYTEN_FORMULA2(bitwise_or) { return T(x | y); }
PYTEN_FORMULA2(bitwise_xor) { return T(x ^ y); }
PYTEN_FORMULA1(invert) { return T(~x); }
PYTEN_FORMULA1(logical_not) { return T(x ^ 1); }

// -- comparison ----------------------------------------------------------------------------------
PYTEN_FORMULA2(equal) { return x == y; }
PYTEN_FORMULA2(not_equal) { return x != y; }
PYTEN_FORMULA2(less) { return x < y; }
PYTEN_FORMULA2(less_equal) { return x <= y; }
PYTEN_FORMULA2(greater) { return x > y; }
PYTEN_FORMULA2(greater_equal) { return x >= y; }
PYTEN_FORMULA1(is_nan) { return x != x; }
PYTEN_FORMULA1(is_inf) { return m::fabs(x) == Traits<T>::highest; }
PYTEN_FORMULA1(is_finite) { return m::fabs(x) < Traits<T>::highest; }

// -- rounding and parts --------------------------------------------------------------------------
PYTEN_FORMULA1(floor) { return m::floor(x); }
PYTEN_FORMULA1(ceil) { return m::ceil(x); }
PYTEN_FORMULA1(rint) { return m::rint(x); }  // half to even
PYTEN_FORMULA1(conj) { return T{x.re, -x.im}; }
PYTEN_FORMULA1(real) { return x.re; }
PYTEN_FORMULA1(imag) { return x.im; }
PYTEN_FORMULA1(angle) {
  if constexpr (is_cplx<T>) {
    return m::atan2(x.im, x.re);
  } else {
    T a = x < 0 ? T(3.14159265358979323846) : T(0);
    return x != x ? x : a;
  }
}

// -- elementary functions ------------------------------------------------------------------------
PYTEN_FORMULA1(exp) { return m::exp(x); }
PYTEN_FORMULA1(expm1) { return m::expm1(x); }
PYTEN_FORMULA1(log) { return m::log(x); }
PYTEN_FORMULA1(log1p) { return m::log1p(x); }
PYTEN_FORMULA1(sin) { return m::sin(x); }
PYTEN_FORMULA1(cos) { return m::cos(x); }
PYTEN_FORMULA1(tan) { return m::tan(x); }
PYTEN_FORMULA1(asin) { return m::asin(x); }
PYTEN_FORMULA1(acos) { return m::acos(x); }
PYTEN_FORMULA1(atan) { return m::atan(x); }
PYTEN_FORMULA1(sinh) { return m::sinh(x); }
PYTEN_FORMULA1(cosh) { return m::cosh(x); }
PYTEN_FORMULA1(tanh) { return m::tanh(x); }
PYTEN_FORMULA1(asinh) { return m::asinh(x); }
PYTEN_FORMULA1(acosh) { return m::acosh(x); }
PYTEN_FORMULA1(atanh) { return m::atanh(x); }
PYTEN_FORMULA1(erf) { return m::erf(x); }
PYTEN_FORMULA1(erfc) { return m::erfc(x); }

// -- activations ---------------------------------------------------------------------------------
// Exact in both tails: exp never gets a positive argument.
PYTEN_FORMULA1(sigmoid) {
  if constexpr (is_cplx<T>) {
    T e = m::exp(x.re < 0 ? x : -x), one{1, 0};
    return (x.re < 0 ? e : one) / (one + e);
  } else {
    T e = m::exp(-m::fabs(x));
    return (x < 0 ? e : T(1)) / (1 + e);
  }
}
PYTEN_FORMULA1(softplus) {
  T tail = m::log1p(m::exp(-m::fabs(x)));
  return (x < 0 ? T(0) : x) + tail;
}
PYTEN_FORMULA1(relu) { return x <= 0 ? T(0) : x; }  // in this order, to keep NaN
PYTEN_FORMULA1(relu6) {
  T r = x <= 0 ? T(0) : x;
  return r > 6 ? T(6) : r;
}
PYTEN_FORMULA1(elu) {
  T tail = m::expm1(x < 0 ? x : T(0));
  return x < 0 ? tail : x;
}
// Klambauer et al., Self-Normalizing Neural Networks, 2017.
PYTEN_FORMULA1(selu) {
  constexpr double kScale = 1.0507009873554804934193349852946;
  constexpr double kAlpha = 1.6732632423543772848170429916717;
  T tail = T(kScale * kAlpha) * m::expm1(x < 0 ? x : T(0));
  return x < 0 ? tail : T(kScale) * x;
}

// Hendrycks and Gimpel, Gaussian Error Linear Units, 2016; and its derivative.
PYTEN_FORMULA1(gelu) { return m::gelu(x); }
PYTEN_FORMULA1(gelu_slope) { return m::gelu_slope(x); }

#undef PYTEN_FORMULA1
#undef PYTEN_FORMULA2

}  // namespace pyten::kernels::PYTEN_ISA::fn
