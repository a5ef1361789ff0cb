// The formulas of array_math.def.
#pragma once

#include "kernels/functors.h"

namespace pyten::kernels::PYTEN_ISA::fn {

template <typename T>
using word_t = if_t<sizeof(T) == 4, uint32_t, uint64_t>;
template <typename T>
constexpr word_t<T> kSignBit = word_t<T>(1) << (8 * sizeof(T) - 1);

constexpr double kLog2E = 1.4426950408889634, kLog10E = 0.4342944819032518;
constexpr double kLog2 = 0.6931471805599453;

#ifdef __CUDACC__
PYTEN_FN float real_log2(float x) { return ::log2f(x); }
PYTEN_FN double real_log2(double x) { return ::log2(x); }
PYTEN_FN float real_log10(float x) { return ::log10f(x); }
PYTEN_FN double real_log10(double x) { return ::log10(x); }
#else
PYTEN_FN float real_log2(float x) { return __builtin_log2f(x); }
PYTEN_FN double real_log2(double x) { return __builtin_log2(x); }
PYTEN_FN float real_log10(float x) { return __builtin_log10f(x); }
PYTEN_FN double real_log10(double x) { return __builtin_log10(x); }
#endif

struct log2 {
  template <typename T> static PYTEN_FN T apply(T x) {
    if constexpr (is_cplx<T>) return real_t<T>(kLog2E) * m::log(x);
    else return real_log2(x);
  }
};
struct log10 {
  template <typename T> static PYTEN_FN T apply(T x) {
    if constexpr (is_cplx<T>) return real_t<T>(kLog10E) * m::log(x);
    else return real_log10(x);
  }
};
struct trunc {
  template <typename T> static PYTEN_FN T apply(T x) { return m::trunc(x); }
};
// By the bit, which zeros and NaNs have too.
struct signbit {
  template <typename T> static PYTEN_FN bool apply(T x) {
    return bit_cast<word_t<T>>(x) & kSignBit<T>;
  }
};
struct copysign {
  template <typename T> static PYTEN_FN T apply(T x, T y) {
    return bit_cast<T>((bit_cast<word_t<T>>(x) & ~kSignBit<T>) |
                       (bit_cast<word_t<T>>(y) & kSignBit<T>));
  }
};
// Python's %: as floormod, and a zero has the sign of y too.
struct remainder {
  template <typename T> static PYTEN_FN T apply(T x, T y) {
    T r = fn::floormod::apply(x, y);
    return r == 0 ? copysign::apply(r, y) : r;
  }
};
struct hypot {
  template <typename T> static PYTEN_FN T apply(T x, T y) { return m::hypot(x, y); }
};
struct logaddexp {
  template <typename T> static PYTEN_FN T apply(T x, T y) {
    if (x == y) return x + T(kLog2);  // infinities too, whose difference is no number
    T d = x - y;
    return d > 0 ? x + m::log1p(m::exp(-d)) : d <= 0 ? y + m::log1p(m::exp(d)) : d;
  }
};

}  // namespace pyten::kernels::PYTEN_ISA::fn
