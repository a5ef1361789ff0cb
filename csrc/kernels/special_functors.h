// The formulas of special.def. float is computed in double and rounded once, so that its error is
// half an ulp nearly everywhere; these functions are bound by arithmetic, not by memory.
#pragma once

#include "kernels/special_bessel.h"
#include "kernels/special_erf.h"
#include "kernels/special_igamma.h"

namespace pyten::kernels::PYTEN_ISA::fn {

#define PYTEN_SPECIAL1(name, formula)                                                         \
  struct name {                                                                               \
    template <typename T> static PYTEN_SPECIAL T apply(T x) { return T(formula(double(x))); } \
  };
#define PYTEN_SPECIAL2(name, formula)                              \
  struct name {                                                    \
    template <typename T> static PYTEN_SPECIAL T apply(T x, T y) { \
      return T(formula(double(x), double(y)));                     \
    }                                                              \
  };

PYTEN_SPECIAL1(lgamma, special::lgamma)
PYTEN_SPECIAL1(digamma, special::digamma)
PYTEN_SPECIAL1(erfinv, special::erfinv)
PYTEN_SPECIAL1(erfcinv, special::erfcinv)
PYTEN_SPECIAL1(ndtri, special::ndtri)
PYTEN_SPECIAL1(bessel_i0, special::bessel_i<0>)
PYTEN_SPECIAL1(bessel_i0e, special::bessel_ie<0>)
PYTEN_SPECIAL1(bessel_i1, special::bessel_i<1>)
PYTEN_SPECIAL1(bessel_i1e, special::bessel_ie<1>)
PYTEN_SPECIAL1(bessel_k0, special::bessel_k<0>)
PYTEN_SPECIAL1(bessel_k0e, special::bessel_ke<0>)
PYTEN_SPECIAL1(bessel_k1, special::bessel_k<1>)
PYTEN_SPECIAL1(bessel_k1e, special::bessel_ke<1>)
PYTEN_SPECIAL1(bessel_j0, special::bessel_j0)
PYTEN_SPECIAL1(bessel_j1, special::bessel_j1)
PYTEN_SPECIAL1(bessel_y0, special::bessel_y0)
PYTEN_SPECIAL1(bessel_y1, special::bessel_y1)
PYTEN_SPECIAL2(polygamma, special::polygamma)
PYTEN_SPECIAL2(zeta, special::zeta)
PYTEN_SPECIAL2(igamma, special::igamma)
PYTEN_SPECIAL2(igammac, special::igammac)
PYTEN_SPECIAL2(igamma_grad_a, special::igamma_derivative<1>)
PYTEN_SPECIAL2(igamma_grad_aa, special::igamma_derivative<2>)
PYTEN_SPECIAL2(random_gamma_grad, special::random_gamma_grad)

#undef PYTEN_SPECIAL1
#undef PYTEN_SPECIAL2

struct xlog1py {
  template <typename T> static PYTEN_SPECIAL T apply(T x, T y) {
    if constexpr (is_cplx<T>) return x == T{0, 0} ? x : x * m::log1p(y);
    else return x == 0 && y == y ? T(0) : x * m::log1p(y);
  }
};
struct xdivy {
  template <typename T> static PYTEN_SPECIAL T apply(T x, T y) {
    if constexpr (is_cplx<T>) return x == T{0, 0} ? x : x / y;
    else return x == 0 && y == y ? T(0) : x / y;
  }
};
// The neighbour of x towards y, by its bits: those of positive numbers are in order.
struct nextafter {
  template <typename T> static PYTEN_SPECIAL T apply(T x, T y) {
    using U = if_t<sizeof(T) == 4, uint32_t, uint64_t>;
    if (x != x || y != y) return x + y;
    if (x == y) return y;
    if (x == 0) return y > 0 ? bit_cast<T>(U(1)) : -bit_cast<T>(U(1));
    U bits = bit_cast<U>(x);
    return bit_cast<T>(U((x < y) == (x > 0) ? bits + 1 : bits - 1));
  }
};
// Shift counts outside [0, width - 1] are taken as the nearest of these.
template <typename T>
PYTEN_FN int shift_count(T y) {
  constexpr int kMost = 8 * sizeof(T) - 1;
  return y < 1 ? 0 : y > T(kMost) ? kMost : int(y);
}
struct left_shift {
  template <typename T> static PYTEN_SPECIAL T apply(T x, T y) {
    return T(wrap_t<T>(x) << shift_count(y));
  }
};
struct right_shift {
  template <typename T> static PYTEN_SPECIAL T apply(T x, T y) { return T(x >> shift_count(y)); }
};

}  // namespace pyten::kernels::PYTEN_ISA::fn
