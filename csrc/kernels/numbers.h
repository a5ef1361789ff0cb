// Element types as the kernels see them. Everything stands in a namespace named after the
// instruction-set level, so that the linker never takes one level's inline function for another's;
// `common` is code that is compiled once for all levels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/dtype.h"

// Levels have elementary functions of their own; common code calls the C library.
#if defined(__CUDACC__) || defined(PYTEN_CUDA_HOST)
#define PYTEN_FOR_GPU 1  // device code; or the same, as C++, for the emulator
#endif

#ifndef PYTEN_ISA
#define PYTEN_ISA common
#elif !defined(PYTEN_FOR_GPU)
#define PYTEN_VECTOR_MATH 1
#endif

#ifdef __CUDACC__
#define PYTEN_FN __host__ __device__ inline
#else  // a call inside a loop would keep it from becoming vector code
#define PYTEN_FN inline __attribute__((always_inline))
#endif

namespace pyten::kernels::PYTEN_ISA {

template <typename To, typename From>
PYTEN_FN To bit_cast(From x) {
  static_assert(sizeof(To) == sizeof(From));
  To y;
  __builtin_memcpy(&y, &x, sizeof(y));
  return y;
}

template <bool condition, typename A, typename B>
struct If {
  using type = A;
};
template <typename A, typename B>
struct If<false, A, B> {
  using type = B;
};
template <bool condition, typename A, typename B>
using if_t = typename If<condition, A, B>::type;

template <typename A, typename B>
inline constexpr bool same_v = false;
template <typename A>
inline constexpr bool same_v<A, A> = true;

struct Half {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits;
};

template <typename T>
struct Complex {
  T re, im;
};
using Complex64 = Complex<float>;
using Complex128 = Complex<double>;

template <typename T> PYTEN_FN Complex<T> operator-(Complex<T> x) { return {-x.re, -x.im}; }
template <typename T> PYTEN_FN Complex<T> operator+(Complex<T> x, Complex<T> y) {
  return {x.re + y.re, x.im + y.im};
}
template <typename T> PYTEN_FN Complex<T> operator-(Complex<T> x, Complex<T> y) {
  return {x.re - y.re, x.im - y.im};
}
template <typename T> PYTEN_FN Complex<T> operator*(Complex<T> x, Complex<T> y) {
  return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
}
template <typename T> PYTEN_FN Complex<T> operator*(T x, Complex<T> y) {
  return {x * y.re, x * y.im};
}
// Smith's method: no overflow where the quotient itself is in range.
template <typename T> PYTEN_FN Complex<T> operator/(Complex<T> x, Complex<T> y) {
  T a = y.re < 0 ? -y.re : y.re, b = y.im < 0 ? -y.im : y.im;
  if (a >= b) {
    if (a == 0 && b == 0) return {x.re / a, x.im / a};
    T r = y.im / y.re, d = y.re + y.im * r;
    return {(x.re + x.im * r) / d, (x.im - x.re * r) / d};
  }
  T r = y.re / y.im, d = y.re * r + y.im;
  return {(x.re * r + x.im) / d, (x.im * r - x.re) / d};
}
template <typename T> PYTEN_FN bool operator==(Complex<T> x, Complex<T> y) {
  return x.re == y.re && x.im == y.im;
}
template <typename T> PYTEN_FN bool operator!=(Complex<T> x, Complex<T> y) { return !(x == y); }

// The properties of an element type that the formulas ask for.
template <typename T>
struct Traits;
#define PYTEN_TRAITS(T, code, lowest_, highest_, signed_, integer_, unsigned_type)  \
  template <> struct Traits<T> {                                                    \
    static constexpr DType dtype = DType::code;                                     \
    static constexpr bool integer = integer_, complex = false, is_signed = signed_; \
    static constexpr T lowest = lowest_, highest = highest_;                        \
    using Real = T;                                                                 \
    using Bits = unsigned_type; /* the type whose arithmetic wraps alike */         \
  };
PYTEN_TRAITS(bool, kBool, false, true, false, true, uint8_t)
PYTEN_TRAITS(int8_t, kInt8, INT8_MIN, INT8_MAX, true, true, uint8_t)
PYTEN_TRAITS(int16_t, kInt16, INT16_MIN, INT16_MAX, true, true, uint16_t)
PYTEN_TRAITS(int32_t, kInt32, INT32_MIN, INT32_MAX, true, true, uint32_t)
PYTEN_TRAITS(int64_t, kInt64, INT64_MIN, INT64_MAX, true, true, uint64_t)
PYTEN_TRAITS(uint8_t, kUInt8, 0, UINT8_MAX, false, true, uint8_t)
PYTEN_TRAITS(uint16_t, kUInt16, 0, UINT16_MAX, false, true, uint16_t)
PYTEN_TRAITS(uint32_t, kUInt32, 0, UINT32_MAX, false, true, uint32_t)
PYTEN_TRAITS(uint64_t, kUInt64, 0, UINT64_MAX, false, true, uint64_t)
PYTEN_TRAITS(float, kFloat32, -__builtin_inff(), __builtin_inff(), true, false, float)
PYTEN_TRAITS(double, kFloat64, -__builtin_inf(), __builtin_inf(), true, false, double)
#undef PYTEN_TRAITS
template <typename T>
struct Traits<Complex<T>> {
  static constexpr DType dtype = same_v<T, float> ? DType::kComplex64 : DType::kComplex128;
  static constexpr bool integer = false, complex = true, is_signed = true;
  using Real = T;
  using Bits = Complex<T>;
};
template <> struct Traits<Half> {
  static constexpr DType dtype = DType::kFloat16;
};
template <> struct Traits<BFloat16> {
  static constexpr DType dtype = DType::kBFloat16;
};

template <typename T> inline constexpr bool is_int = Traits<T>::integer;
template <typename T> inline constexpr bool is_cplx = Traits<T>::complex;
template <typename T> inline constexpr bool is_real_float = same_v<T, float> || same_v<T, double>;
template <typename T> using real_t = typename Traits<T>::Real;
template <typename T> using bits_t = typename Traits<T>::Bits;
// Where integer arithmetic is done: unsigned, and at least as wide as int (which would overflow).
template <typename T> using wrap_t = if_t<sizeof(T) <= 4, uint32_t, uint64_t>;

// -- 16-bit floats. Branch-free, so that loops over them vectorise -------------------------------
PYTEN_FN float to_float(Half h) {
  uint32_t magnitude = uint32_t(h.bits & 0x7fff) << 13;
  // The product moves the exponent's bias from 15 to 127 and normalises subnormals.
  float f = bit_cast<float>(magnitude) * 0x1p112f;
  uint32_t u = magnitude >= 0x0f800000u ? magnitude | 0x7f800000u : bit_cast<uint32_t>(f);
  return bit_cast<float>(u | uint32_t(h.bits & 0x8000) << 16);
}
PYTEN_FN float to_float(BFloat16 b) { return bit_cast<float>(uint32_t(b.bits) << 16); }
PYTEN_FN float to_float(float x) { return x; }

template <typename T> T from_float(float x);
template <> PYTEN_FN float from_float<float>(float x) { return x; }
template <> PYTEN_FN Half from_float<Half>(float x) {
  uint32_t u = bit_cast<uint32_t>(x), sign = u >> 16 & 0x8000, magnitude = u & 0x7fffffff;
  // Adding 0.5 leaves a subnormal half, rounded to nearest even, in the low bits of the sum.
  uint32_t small = bit_cast<uint32_t>(bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
  uint32_t normal = (magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000u) >> 13;
  uint32_t large = magnitude > 0x7f800000u ? 0x7e00u : 0x7c00u;
  uint32_t r = magnitude < 0x38800000u ? small : normal;
  r = magnitude >= 0x47800000u ? large : r;
  return {uint16_t(r | sign)};
}
template <> PYTEN_FN BFloat16 from_float<BFloat16>(float x) {
  uint32_t u = bit_cast<uint32_t>(x);
  uint32_t rounded = (u + 0x7fff + (u >> 16 & 1)) >> 16, nan = (u >> 16) | 0x40;
  return {uint16_t(x != x ? nan : rounded)};
}
// To the float next to x whose last bit is set unless x is exact: what is then rounded to 16 bits
// has in effect been rounded once.
PYTEN_FN float round_to_odd(double x) {
  float f = float(x);
  double back = f;
  uint32_t u = bit_cast<uint32_t>(f);
  bool inexact = back != x && x == x, even = !(u & 1);
  double ax = x < 0 ? -x : x, ab = back < 0 ? -back : back;
  uint32_t moved = ab > ax ? u - 1 : u + 1;
  return bit_cast<float>(inexact && even ? moved : u);
}

}  // namespace pyten::kernels::PYTEN_ISA
