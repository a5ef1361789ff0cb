// One-dimensional loops around the formulas, and how they get into a Table.
//
// `out` may be the same memory as an input, never overlap it otherwise: so no `restrict`, but
// `ivdep` tells the compiler that no iteration depends on another.
#pragma once

#include "kernels/functors.h"
#include "kernels/kernels.h"

namespace pyten::kernels::PYTEN_ISA {

#ifdef __clang__
#define PYTEN_VECTORIZE _Pragma("clang loop vectorize(assume_safety)")
#else
#define PYTEN_VECTORIZE _Pragma("GCC ivdep")
#endif

// Elements that are looked at together before a formula that does not suit all values.
inline constexpr int64_t kGuardBlock = 256;

// How results are stored: bool as a byte.
template <typename R> struct Stored {
  using type = R;
};
template <> struct Stored<bool> {
  using type = uint8_t;
};
template <typename R> using stored_t = typename Stored<R>::type;

template <typename F, typename T>
using result1_t = stored_t<decltype(F::template apply<T>(T()))>;
template <typename F, typename T>
using result2_t = stored_t<decltype(F::template apply<T>(T(), T()))>;

template <typename F, typename T>
void strided_unary(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  using R = result1_t<F, T>;
  auto x = static_cast<const T*>(px);
  auto out = static_cast<R*>(po);
  for (int64_t i = 0; i < n; ++i) out[i * so] = R(F::template apply<T>(x[i * sx]));
}

template <typename F, typename T>
void vector_unary(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  using R = result1_t<F, T>;
  auto x = static_cast<const T*>(px);
  auto out = static_cast<R*>(po);
  if (sx == 1 && so == 1) {
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) out[i] = R(F::template apply<T>(x[i]));
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * so] = R(F::template apply<T>(x[i * sx]));
  }
}

template <typename F, typename T>
void strided_binary(int64_t n, const void* px, int64_t sx, const void* py, int64_t sy, void* po,
                    int64_t so) {
  using R = result2_t<F, T>;
  auto x = static_cast<const T*>(px), y = static_cast<const T*>(py);
  auto out = static_cast<R*>(po);
  for (int64_t i = 0; i < n; ++i) out[i * so] = R(F::template apply<T>(x[i * sx], y[i * sy]));
}

template <typename F, typename T>
void vector_binary(int64_t n, const void* px, int64_t sx, const void* py, int64_t sy, void* po,
                   int64_t so) {
  using R = result2_t<F, T>;
  auto x = static_cast<const T*>(px), y = static_cast<const T*>(py);
  auto out = static_cast<R*>(po);
  if (so == 1 && sx == 1 && sy == 1) {
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) out[i] = R(F::template apply<T>(x[i], y[i]));
  } else if (so == 1 && sx == 1 && sy == 0) {
    const T b = *y;
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) out[i] = R(F::template apply<T>(x[i], b));
  } else if (so == 1 && sx == 0 && sy == 1) {
    const T a = *x;
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) out[i] = R(F::template apply<T>(a, y[i]));
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * so] = R(F::template apply<T>(x[i * sx], y[i * sy]));
  }
}

// Rows of the table for the dtypes Ts. `vector`: a fast path for each pattern of strides;
// `strided`: one small loop, for formulas that gain nothing from vectors. With `Bits`, signed
// integers use the code of unsigned ones.
template <typename F, typename... Ts>
void vector_row(UnaryKernel* row) {
  ((row[int(Traits<Ts>::dtype)] = vector_unary<F, Ts>), ...);
}
template <typename F, typename... Ts>
void vector_row(BinaryKernel* row) {
  ((row[int(Traits<Ts>::dtype)] = vector_binary<F, Ts>), ...);
}
template <typename F, typename... Ts>
void strided_row(UnaryKernel* row) {
  ((row[int(Traits<Ts>::dtype)] = strided_unary<F, Ts>), ...);
}
template <typename F, typename... Ts>
void strided_row(BinaryKernel* row) {
  ((row[int(Traits<Ts>::dtype)] = strided_binary<F, Ts>), ...);
}
template <typename F, typename... Ts>
void bits_row(UnaryKernel* row) {
  ((row[int(Traits<Ts>::dtype)] = vector_unary<F, bits_t<Ts>>), ...);
}
template <typename F, typename... Ts>
void bits_row(BinaryKernel* row) {
  ((row[int(Traits<Ts>::dtype)] = vector_binary<F, bits_t<Ts>>), ...);
}

#define PYTEN_SIGNED int8_t, int16_t, int32_t, int64_t
#define PYTEN_UNSIGNED uint8_t, uint16_t, uint32_t, uint64_t
#define PYTEN_INTS PYTEN_SIGNED, PYTEN_UNSIGNED
#define PYTEN_REAL_FLOATS float, double
#define PYTEN_COMPLEXES Complex64, Complex128

}  // namespace pyten::kernels::PYTEN_ISA
