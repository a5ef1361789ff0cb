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

// One kernel for each formula and dtype serves every layout: the steps of the layout are `k` wide
// where that is possible, and what is left over of one axis follows one by one.

// -- One operand ----------------------------------------------------------------------------------
template <typename F, typename T, int k>
__global__ void unary_kernel(Layout<2> layout, const T* x, typename Formula1<F, T>::R* out) {
  using R = typename Formula1<F, T>::R;
  int64_t threads = int64_t(gridDim.x) * blockDim.x;
  int64_t first = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  int64_t steps = layout.steps;
  if constexpr (k > 1) {
    if (layout.width == k) {
      bool still = layout.strides[0][0] == 0;
      for (int64_t i = first; i < steps; i += threads) {
        int64_t at[2];
        layout.places(i, at);
        Pack<T, k> a = load<k>(x + at[0], still);
        Pack<R, k> r;
#pragma unroll
        for (int j = 0; j < k; ++j) r.v[j] = Formula1<F, T>::apply(a.v[j]);
        store(out + at[1], r);
      }
      // Less than k elements, of one axis.
      int64_t i = steps * k + first;
      if (i < layout.n) out[i] = Formula1<F, T>::apply(x[i * layout.strides[0][0]]);
      return;
    }
  }
  for (int64_t i = first; i < steps; i += threads) {
    int64_t at[2];
    layout.places(i, at);
    out[at[1]] = Formula1<F, T>::apply(x[at[0]]);
  }
}

template <typename F, typename T, int k>
void unary_block(int rank, const int64_t* shape, const void* px, const int64_t* sx, void* pout,
                 const int64_t* so) {
  using R = typename Formula1<F, T>::R;
  auto run = [&](Layout<2> layout, const int64_t(&offsets)[2]) {
    auto x = static_cast<const T*>(px) + offsets[0];
    auto out = static_cast<R*>(pout) + offsets[1];
    layout.widen(k, {x, out}, {sizeof(T), sizeof(R)});
    launch("elementwise", unary_kernel<F, T, k>, blocks_for(layout.steps), kThreads, 0, layout, x,
           out);
  };
  in_parts(Layout<2>(rank, shape, {sx, so}), run);
}
template <typename F, typename T, int k>
void unary_loop(int64_t n, const void* x, int64_t sx, void* out, int64_t so) {
  unary_block<F, T, k>(1, &n, x, &sx, out, &so);
}

// -- Two operands ---------------------------------------------------------------------------------
template <typename F, typename T, int k>
__global__ void binary_kernel(Layout<3> layout, const T* x, const T* y,
                              typename Formula2<F, T>::R* out) {
  using R = typename Formula2<F, T>::R;
  int64_t threads = int64_t(gridDim.x) * blockDim.x;
  int64_t first = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  int64_t steps = layout.steps;
  if constexpr (k > 1) {
    if (layout.width == k) {
      bool still_x = layout.strides[0][0] == 0, still_y = layout.strides[1][0] == 0;
      for (int64_t i = first; i < steps; i += threads) {
        int64_t at[3];
        layout.places(i, at);
        Pack<T, k> a = load<k>(x + at[0], still_x), b = load<k>(y + at[1], still_y);
        Pack<R, k> r;
#pragma unroll
        for (int j = 0; j < k; ++j) r.v[j] = Formula2<F, T>::apply(a.v[j], b.v[j]);
        store(out + at[2], r);
      }
      int64_t i = steps * k + first;
      if (i < layout.n) {
        out[i] = Formula2<F, T>::apply(x[i * layout.strides[0][0]], y[i * layout.strides[1][0]]);
      }
      return;
    }
  }
  for (int64_t i = first; i < steps; i += threads) {
    int64_t at[3];
    layout.places(i, at);
    out[at[2]] = Formula2<F, T>::apply(x[at[0]], y[at[1]]);
  }
}

template <typename F, typename T, int k>
void binary_block(int rank, const int64_t* shape, const void* px, const int64_t* sx, const void* py,
                  const int64_t* sy, void* pout, const int64_t* so) {
  using R = typename Formula2<F, T>::R;
  auto run = [&](Layout<3> layout, const int64_t(&offsets)[3]) {
    auto x = static_cast<const T*>(px) + offsets[0], y = static_cast<const T*>(py) + offsets[1];
    auto out = static_cast<R*>(pout) + offsets[2];
    layout.widen(k, {x, y, out}, {sizeof(T), sizeof(T), sizeof(R)});
    launch("elementwise", binary_kernel<F, T, k>, blocks_for(layout.steps), kThreads, 0, layout, x,
           y, out);
  };
  in_parts(Layout<3>(rank, shape, {sx, sy, so}), run);
}
template <typename F, typename T, int k>
void binary_loop(int64_t n, const void* x, int64_t sx, const void* y, int64_t sy, void* out,
                 int64_t so) {
  binary_block<F, T, k>(1, &n, x, &sx, y, &sy, out, &so);
}

// -- Rows of the table ----------------------------------------------------------------------------
// The dtypes of elementwise.def decide which of these are compiled.
template <typename T, DType d>
struct Code {
  using Type = T;
  static constexpr DType dtype = d;
};
template <typename F>
__host__ __device__ inline void each_dtype(F f) {
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

// How many elements a step takes: as 16 bytes have; at most four, for formulas of many
// instructions; one, for those so long that memory does not matter.
enum class Width : int { full = 16, four = 4, one = 1 };
template <typename T, typename R, Width width>
inline constexpr int kStep = kWide<T, R> < int(width) ? kWide<T, R> : int(width);
template <typename F, uint32_t kSet, Width width = Width::full>
void unary_row(UnaryKernel* row) {
  each_dtype([&](auto code) {
    using C = decltype(code);
    if constexpr (kSet >> int(C::dtype) & 1) {
      using T = typename C::Type;
      constexpr int k = kStep<T, typename Formula1<F, T>::R, width>;
      row[int(C::dtype)] = {unary_loop<F, T, k>, unary_block<F, T, k>};
    }
  });
}
template <typename F, uint32_t kSet, Width width = Width::full>
void binary_row(BinaryKernel* row) {
  each_dtype([&](auto code) {
    using C = decltype(code);
    if constexpr (kSet >> int(C::dtype) & 1) {
      using T = typename C::Type;
      constexpr int k = kStep<T, typename Formula2<F, T>::R, width>;
      row[int(C::dtype)] = {binary_loop<F, T, k>, binary_block<F, T, k>};
    }
  });
}
// Integers whose arithmetic wraps alike share code: rows of the unsigned ones serve the signed.
template <typename Kernel>
void share_wrapping(Kernel* row) {
  for (int d = int(DType::kInt8); d <= int(DType::kInt64); ++d) {
    row[d] = row[d - int(DType::kInt8) + int(DType::kUInt8)];
  }
}

}  // namespace pyten::kernels::cuda
