// The elementary functions that the formulas are made of, by one name for every type.
#pragma once

#include "kernels/float_math.h"
#include "kernels/numbers.h"
#ifdef PYTEN_VECTOR_MATH
#include "kernels/pow_math.h"
#include "kernels/vector_math.h"
#endif

namespace pyten::kernels::PYTEN_ISA::m {

#ifdef __CUDACC__
#define PYTEN_LIBM(name) ::name
#define PYTEN_LIBMF(name) ::name##f
#else
#define PYTEN_LIBM(name) __builtin_##name
#define PYTEN_LIBMF(name) __builtin_##name##f
#endif

#define PYTEN_DOUBLE1(name) \
  PYTEN_FN double name(double x) { return PYTEN_LIBM(name)(x); }
#define PYTEN_REAL1(name)                                       \
  PYTEN_FN float name(float x) { return PYTEN_LIBMF(name)(x); } \
  PYTEN_DOUBLE1(name)
#define PYTEN_REAL2(name)                                                   \
  PYTEN_FN float name(float x, float y) { return PYTEN_LIBMF(name)(x, y); } \
  PYTEN_FN double name(double x, double y) { return PYTEN_LIBM(name)(x, y); }

// clang-format off
#ifndef PYTEN_VECTOR_MATH
PYTEN_DOUBLE1(exp) PYTEN_DOUBLE1(expm1) PYTEN_DOUBLE1(log) PYTEN_DOUBLE1(log1p)
PYTEN_DOUBLE1(tanh)  // float_math.h has them for float
PYTEN_REAL1(sin) PYTEN_REAL1(cos) PYTEN_REAL1(tan) PYTEN_REAL1(asin) PYTEN_REAL1(acos)
PYTEN_REAL1(atan) PYTEN_REAL1(sinh) PYTEN_REAL1(cosh) PYTEN_REAL1(asinh)
PYTEN_REAL1(acosh) PYTEN_REAL1(atanh) PYTEN_REAL1(erf)
PYTEN_FN float erfc(float x) { return PYTEN_LIBMF(erfc)(x); }
#endif
PYTEN_REAL1(sqrt) PYTEN_DOUBLE1(erfc)
PYTEN_REAL1(floor) PYTEN_REAL1(ceil) PYTEN_REAL1(rint) PYTEN_REAL1(trunc) PYTEN_REAL1(fabs)
PYTEN_REAL2(pow) PYTEN_REAL2(atan2) PYTEN_REAL2(fmod) PYTEN_REAL2(hypot)
    // clang-format on

    // x P(X <= x) for a standard normal X, and its derivative. The root of 1/2 is a float in every
    // dtype, as TensorFlow has it.
    inline constexpr float kRootHalf = 0.70710677f;
template <typename T>
PYTEN_FN T gelu(T x) {
  return T(0.5) * x * m::erfc(-T(kRootHalf) * x);
}
template <typename T>
PYTEN_FN T gelu_slope(T x) {
  T near = x > 40 ? T(40) : x;  // beyond, the density is 0
  T z = T(kRootHalf) * near, density = T(kRootHalf * 0.564189583547756287) * m::exp(-z * z);
  return T(0.5) * m::erfc(-z) + near * density;
}

#ifdef PYTEN_FOR_GPU
}  // namespace pyten::kernels::PYTEN_ISA::m
#include "kernels/complex_math.h"
namespace pyten::kernels::PYTEN_ISA::m {
#else
#define PYTEN_COMPLEX1(name)               \
  PYTEN_FN Complex64 name(Complex64 x) {   \
    _Complex float z;                      \
    __real__ z = x.re, __imag__ z = x.im;  \
    z = __builtin_c##name##f(z);           \
    return {__real__ z, __imag__ z};       \
  }                                        \
  PYTEN_FN Complex128 name(Complex128 x) { \
    _Complex double z;                     \
    __real__ z = x.re, __imag__ z = x.im;  \
    z = __builtin_c##name(z);              \
    return {__real__ z, __imag__ z};       \
  }
// clang-format off
PYTEN_COMPLEX1(sqrt) PYTEN_COMPLEX1(exp) PYTEN_COMPLEX1(log) PYTEN_COMPLEX1(sin)
PYTEN_COMPLEX1(cos) PYTEN_COMPLEX1(tan) PYTEN_COMPLEX1(asin) PYTEN_COMPLEX1(acos)
PYTEN_COMPLEX1(atan) PYTEN_COMPLEX1(sinh) PYTEN_COMPLEX1(cosh)
PYTEN_COMPLEX1(asinh) PYTEN_COMPLEX1(acosh) PYTEN_COMPLEX1(atanh)
// clang-format on
#undef PYTEN_COMPLEX1

            PYTEN_FN Complex64 ctanh(Complex64 x) {
  _Complex float z;
  __real__ z = x.re, __imag__ z = x.im;
  z = __builtin_ctanhf(z);
  return {__real__ z, __imag__ z};
}
PYTEN_FN Complex128 ctanh(Complex128 x) {
  _Complex double z;
  __real__ z = x.re, __imag__ z = x.im;
  z = __builtin_ctanh(z);
  return {__real__ z, __imag__ z};
}

#endif

template <typename T>
PYTEN_FN Complex<T> pow(Complex<T> x, Complex<T> y) {
  if (y.re == 0 && y.im == 0) return {1, 0};
  if (x.re == 0 && x.im == 0 && y.re > 0) return {0, 0};
  return m::exp(y * m::log(x));
}
// The limits are those of the array API standard.
template <typename T>
PYTEN_FN Complex<T> expm1(Complex<T> x) {
  if (x.im == 0) return {m::expm1(x.re), x.im};
  if (x.im - x.im != 0 && x.re - x.re != 0 && x.re == x.re) {  // im infinite or NaN, re infinite
    return x.re < 0 ? Complex<T>{-1, 0} : Complex<T>{x.re, x.im - x.im};
  }
  T s = m::sin(x.im / 2);
  return {m::expm1(x.re) * m::cos(x.im) - 2 * s * s, m::exp(x.re) * m::sin(x.im)};
}
// At infinity the imaginary part is a zero with the sign of x's, so that conj(tanh(z)) is
// tanh(conj(z)).
template <typename T>
PYTEN_FN Complex<T> tanh(Complex<T> x) {
  bool infinite = x.re == x.re && x.re - x.re != 0, finite = x.im - x.im == 0;
  if (infinite && finite) return {T(x.re < 0 ? -1 : 1), x.im < 0 ? -T(0) : T(0)};
  return m::ctanh(x);
}
template <typename T>
PYTEN_FN Complex<T> log1p(Complex<T> x) {
  double re = x.re, im = x.im;
  double r = re > -0.5 && re < 0.5 && im > -0.5 && im < 0.5 ? m::log1p(re * (2 + re) + im * im) / 2
                                                            : m::log(m::hypot(1 + re, im));
  return {T(r), T(m::atan2(im, 1 + re))};
}

#undef PYTEN_DOUBLE1
#undef PYTEN_REAL1
#undef PYTEN_REAL2
#undef PYTEN_LIBM
#undef PYTEN_LIBMF

}  // namespace pyten::kernels::PYTEN_ISA::m
