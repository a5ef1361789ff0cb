// Kernels around the formulas: flat runs with 16-byte accesses, and any other layout.
#pragma once

#include "kernels/cuda/layout.cuh"
#include "kernels/functors.h"
#include "kernels/kernels.h"

namespace pyten::kernels::cuda {

// What a formula gives for T, as it is stored. float16 and bfloat16 are computed in float.
template <typename T> inline constexpr bool is_half = same_v<T, Half> || same_v<T, BFloat16>;
template <typename T> using wide_t = if_t<is_half<T>, float, T>;
template <typename R> using stored_t = if_t<same_v<R, bool>, uint8_t, R>;

template <typename F, typename T>
struct Formula1 {
  using W = wide_t<T>;
  using Raw = decltype(F::template apply<W>(W()));
  using R = if_t<is_half<T> && same_v<Raw, float>, T, stored_t<Raw>>;
  static __device__ R apply(T x) {
    if constexpr (!is_half<T>) return R(F::template apply<T>(x));
    else if constexpr (same_v<R, T>) return from_float<T>(F::template apply<float>(to_float(x)));
    else return R(F::template apply<float>(to_float(x)));
  }
};
template <typename F, typename T>
struct Formula2 {
  using W = wide_t<T>;
  using Raw = decltype(F::template apply<W>(W(), W()));
  using R = if_t<is_half<T> && same_v<Raw, float>, T, stored_t<Raw>>;
  static __device__ R apply(T x, T y) {
    if constexpr (!is_half<T>) {
      return R(F::template apply<T>(x, y));
    } else {
      auto r = F::template apply<float>(to_float(x), to_float(y));
      if constexpr (same_v<R, T>) return from_float<T>(r);
      else return R(r);
    }
  }
};

// Elements that one thread takes at a time: 16 bytes of the wider of operand and result.
template <typename T, typename R>
inline constexpr int kWide = int(16 / (sizeof(T) > sizeof(R) ? sizeof(T) : sizeof(R)));

// -- One operand ----------------------------------------------------------------------------------
template <typename F, typename T>
__global__ void unary_flat(int64_t n, const T* __restrict__ x,
                           typename Formula1<F, T>::R* __restrict__ out) {
  using R = typename Formula1<F, T>::R;
  constexpr int k = kWide<T, R>;
  int64_t step = int64_t(gridDim.x) * blockDim.x, packs = n / k;
  int64_t first = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  auto from = reinterpret_cast<const Pack<T, k>*>(x);
  auto to = reinterpret_cast<Pack<R, k>*>(out);
  for (int64_t i = first; i < packs; i += step) {
    Pack<T, k> a = from[i];
    Pack<R, k> r;
#pragma unroll
    for (int j = 0; j < k; ++j) r.v[j] = Formula1<F, T>::apply(a.v[j]);
    to[i] = r;
  }
  for (int64_t i = packs * k + first; i < n; i += step) out[i] = Formula1<F, T>::apply(x[i]);
}

template <typename F, typename T, bool kSmall>
__global__ void unary_any(Layout<2> layout, const T* x, typename Formula1<F, T>::R* out) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < layout.n; i += step) {
    int64_t at[2];
    layout.places<kSmall>(i, at);
    out[at[1]] = Formula1<F, T>::apply(x[at[0]]);
  }
}

template <typename F, typename T>
void unary_block(int rank, const int64_t* shape, const void* px, const int64_t* sx, void* pout,
                 const int64_t* so) {
  using R = typename Formula1<F, T>::R;
  Layout<2> layout(rank, shape, {sx, so});
  if (layout.n == 0) return;
  auto x = static_cast<const T*>(px);
  auto out = static_cast<R*>(pout);
  if (layout.flat(0) && layout.flat(1) && aligned16(x) && aligned16(out)) {
    launch("elementwise", unary_flat<F, T>, blocks_for(layout.n / kWide<T, R> + 1), kThreads, 0,
           layout.n, x, out);
  } else if (layout.n < int64_t(1) << 31) {
    launch("elementwise", unary_any<F, T, true>, blocks_for(layout.n), kThreads, 0, layout, x, out);
  } else {
    launch("elementwise", unary_any<F, T, false>, blocks_for(layout.n), kThreads, 0, layout, x,
           out);
  }
}
template <typename F, typename T>
void unary_loop(int64_t n, const void* x, int64_t sx, void* out, int64_t so) {
  unary_block<F, T>(1, &n, x, &sx, out, &so);
}

// -- Two operands ---------------------------------------------------------------------------------
// Which of them are one element throughout.
enum class Still : uint8_t { none, x, y };

template <typename F, typename T, Still kStill>
__global__ void binary_flat(int64_t n, const T* __restrict__ x, const T* __restrict__ y,
                            typename Formula2<F, T>::R* __restrict__ out) {
  using R = typename Formula2<F, T>::R;
  constexpr int k = kWide<T, R>;
  int64_t step = int64_t(gridDim.x) * blockDim.x, packs = n / k;
  int64_t first = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  auto px = reinterpret_cast<const Pack<T, k>*>(x);
  auto py = reinterpret_cast<const Pack<T, k>*>(y);
  auto to = reinterpret_cast<Pack<R, k>*>(out);
  T one{};
  if constexpr (kStill == Still::x) one = *x;
  if constexpr (kStill == Still::y) one = *y;
  for (int64_t i = first; i < packs; i += step) {
    Pack<T, k> a, b;
    if constexpr (kStill != Still::x) a = px[i];
    if constexpr (kStill != Still::y) b = py[i];
    Pack<R, k> r;
#pragma unroll
    for (int j = 0; j < k; ++j) {
      r.v[j] = Formula2<F, T>::apply(kStill == Still::x ? one : a.v[j],
                                     kStill == Still::y ? one : b.v[j]);
    }
    to[i] = r;
  }
  for (int64_t i = packs * k + first; i < n; i += step) {
    out[i] =
        Formula2<F, T>::apply(kStill == Still::x ? one : x[i], kStill == Still::y ? one : y[i]);
  }
}

template <typename F, typename T, bool kSmall>
__global__ void binary_any(Layout<3> layout, const T* x, const T* y,
                           typename Formula2<F, T>::R* out) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < layout.n; i += step) {
    int64_t at[3];
    layout.places<kSmall>(i, at);
    out[at[2]] = Formula2<F, T>::apply(x[at[0]], y[at[1]]);
  }
}

template <typename F, typename T>
void binary_block(int rank, const int64_t* shape, const void* px, const int64_t* sx, const void* py,
                  const int64_t* sy, void* pout, const int64_t* so) {
  using R = typename Formula2<F, T>::R;
  Layout<3> layout(rank, shape, {sx, sy, so});
  if (layout.n == 0) return;
  auto x = static_cast<const T*>(px), y = static_cast<const T*>(py);
  auto out = static_cast<R*>(pout);
  int64_t n = layout.n;
  int wide = blocks_for(n / kWide<T, R> + 1);
  bool to = layout.flat(2) && aligned16(out), fx = layout.flat(0) && aligned16(x),
       fy = layout.flat(1) && aligned16(y);
  if (to && fx && fy) {
    launch("elementwise", binary_flat<F, T, Still::none>, wide, kThreads, 0, n, x, y, out);
  } else if (to && fx && layout.still(1)) {
    launch("elementwise", binary_flat<F, T, Still::y>, wide, kThreads, 0, n, x, y, out);
  } else if (to && fy && layout.still(0)) {
    launch("elementwise", binary_flat<F, T, Still::x>, wide, kThreads, 0, n, x, y, out);
  } else if (n < int64_t(1) << 31) {
    launch("elementwise", binary_any<F, T, true>, blocks_for(n), kThreads, 0, layout, x, y, out);
  } else {
    launch("elementwise", binary_any<F, T, false>, blocks_for(n), kThreads, 0, layout, x, y, out);
  }
}
template <typename F, typename T>
void binary_loop(int64_t n, const void* x, int64_t sx, const void* y, int64_t sy, void* out,
                 int64_t so) {
  binary_block<F, T>(1, &n, x, &sx, y, &sy, out, &so);
}

// -- Rows of the table ----------------------------------------------------------------------------
// The dtypes of elementwise.def decide which of these are compiled. Integers whose arithmetic wraps
// alike could share code; they do not, which costs size and keeps one rule.
template <typename T, DType d>
struct Code {
  using Type = T;
  static constexpr DType dtype = d;
};
template <typename F>
void each_dtype(F f) {
  f(Code<uint8_t, DType::kBool>());
  f(Code<int8_t, DType::kInt8>());
  f(Code<int16_t, DType::kInt16>());
  f(Code<int32_t, DType::kInt32>());
  f(Code<int64_t, DType::kInt64>());
  f(Code<uint8_t, DType::kUInt8>());
  f(Code<uint16_t, DType::kUInt16>());
  f(Code<uint32_t, DType::kUInt32>());
  f(Code<uint64_t, DType::kUInt64>());
  f(Code<Half, DType::kFloat16>());
  f(Code<BFloat16, DType::kBFloat16>());
  f(Code<float, DType::kFloat32>());
  f(Code<double, DType::kFloat64>());
  f(Code<Complex64, DType::kComplex64>());
  f(Code<Complex128, DType::kComplex128>());
}

// A set as a template argument.
constexpr uint32_t mask(DTypeSet set) {
  uint32_t bits = 0;
  for (int d = 0; d < kDTypeCount; ++d) bits |= uint32_t(set.contains(DType(d))) << d;
  return bits;
}

template <typename F, uint32_t kSet>
void unary_row(UnaryKernel* row) {
  each_dtype([&](auto code) {
    using C = decltype(code);
    if constexpr (kSet >> int(C::dtype) & 1) {
      using T = typename C::Type;
      row[int(C::dtype)] = {unary_loop<F, T>, unary_block<F, T>};
    }
  });
}
template <typename F, uint32_t kSet>
void binary_row(BinaryKernel* row) {
  each_dtype([&](auto code) {
    using C = decltype(code);
    if constexpr (kSet >> int(C::dtype) & 1) {
      using T = typename C::Type;
      row[int(C::dtype)] = {binary_loop<F, T>, binary_block<F, T>};
    }
  });
}

}  // namespace pyten::kernels::cuda
