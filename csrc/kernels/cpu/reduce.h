// The arithmetic of reductions.
#pragma once

#include "core/allocator.h"
#include "kernels/cpu/simd.h"
#include "kernels/fill.h"
#include "kernels/half.h"
#include "kernels/reduce.h"

namespace pyten::kernels::PYTEN_ISA {

// How two elements, or two vectors of them, become one. Total is the type in which the results of
// blocks are combined.
struct Sum {
  template <typename T> static constexpr T identity = T(0);
  template <typename V> static V of(V a, V b) { return V(a + b); }
  template <typename T> struct Total {
    using type = if_t<same_v<T, float>, double, T>;
  };
};
struct Prod {
  template <typename T> static constexpr T identity = T(1);
  template <typename V> static V of(V a, V b) { return V(a * b); }
  template <typename T> struct Total {
    using type = T;
  };
};
struct Max {  // a, unless b is larger or NaN
  template <typename T> static constexpr T identity = Traits<T>::lowest;
  template <typename V> static V of(V a, V b) { return (a >= b) | (a != a) ? a : b; }
  template <typename T> struct Total {
    using type = T;
  };
};
struct Min {
  template <typename T> static constexpr T identity = Traits<T>::highest;
  template <typename V> static V of(V a, V b) { return (a <= b) | (a != a) ? a : b; }
  template <typename T> struct Total {
    using type = T;
  };
};
struct Any {
  template <typename T> static constexpr T identity = T(0);
  template <typename V> static V of(V a, V b) { return V(a | b); }
  template <typename T> struct Total {
    using type = T;
  };
};
struct All {
  template <typename T> static constexpr T identity = T(1);
  template <typename V> static V of(V a, V b) { return V(a & b); }
  template <typename T> struct Total {
    using type = T;
  };
};

// The type that elements are combined in; and `count` elements in it, converted if need be.
template <typename T> struct Wide {
  using type = T;
};
template <> struct Wide<Half> {
  using type = float;
};
template <> struct Wide<BFloat16> {
  using type = float;
};

template <typename T>
const typename Wide<T>::type* fetch(const T* x, [[maybe_unused]] int64_t count,
                                    [[maybe_unused]] typename Wide<T>::type* buffer) {
  if constexpr (same_v<T, typename Wide<T>::type>) {
    return x;
  } else {
    widen(count, x, 1, buffer);
    return buffer;
  }
}
template <typename T, typename A>
T narrowed(A x) {
  if constexpr (same_v<T, Half> || same_v<T, BFloat16>) return from_float<T>(round_to_odd(x));
  else return T(x);
}

// The result of contiguous elements in `bytes` bytes of lanes, as far as they fill the lanes; moves
// i on.
template <typename Op, int bytes, typename A>
inline A fold_lanes(const A* x, int64_t n, int64_t& i) {
  constexpr int kBytes = bytes < kVectorBytes ? bytes : kVectorBytes;
  constexpr int kVectors = bytes / kBytes, kEach = kBytes / sizeof(A), kAll = bytes / sizeof(A);
  Vector<A, kBytes> acc[kVectors];
  for (int v = 0; v < kVectors; ++v) acc[v] = load<A, kBytes>(x + i + v * kEach);
  for (i += kAll; i + kAll <= n; i += kAll) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      acc[v] = Op::of(acc[v], load<A, kBytes>(x + i + v * kEach));
    }
  }
  for (int half = kVectors / 2; half > 0; half /= 2) {
    for (int v = 0; v < half; ++v) acc[v] = Op::of(acc[v], acc[v + half]);
  }
  A lanes[kEach];
  store<kBytes>(lanes, acc[0]);
  for (int half = kEach / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; ++l) lanes[l] = Op::of(lanes[l], lanes[l + half]);
  }
  return lanes[0];
}

// One block of contiguous elements.
template <typename Op, typename A>
[[gnu::noinline]] A fold_block(const A* x, int64_t n) {
  constexpr int64_t kMany = 256 / sizeof(A), kSome = 64 / sizeof(A), kFew = 16 / sizeof(A);
  A r = Op::template identity<A>;
  int64_t i = 0;
  if (n >= 2 * kMany) r = fold_lanes<Op, 256>(x, n, i);
  if (n - i >= 2 * kSome) r = Op::of(r, fold_lanes<Op, 64>(x, n, i));
  if (n - i >= 2 * kFew) r = Op::of(r, fold_lanes<Op, 16>(x, n, i));
  for (; i < n; ++i) r = Op::of(r, x[i]);
  return r;
}

// Any number of contiguous elements.
template <typename Op, typename T>
auto fold_row(const T* x, int64_t n) {
  using A = typename Wide<T>::type;
  using Total = typename Op::template Total<A>::type;
  constexpr int64_t kBlock = 2048;  // combined in lanes
  A buffer[same_v<A, T> ? 1 : kBlock];
  Total total = Op::template identity<Total>;
  for (int64_t i = 0; i < n; i += kBlock) {
    int64_t count = n - i < kBlock ? n - i : kBlock;
    total = Op::of(total, Total(fold_block<Op, A>(fetch(x + i, count, buffer), count)));
  }
  return total;
}

// -- a Folder ------------------------------------------------------------------------------------
template <typename Op, typename T>
void fold_rows(const void* px, int64_t count, int64_t n, void* totals) {
  using Total = typename Op::template Total<typename Wide<T>::type>::type;
  auto x = static_cast<const T*>(px);
  for (int64_t r = 0; r < count; ++r) static_cast<Total*>(totals)[r] = fold_row<Op>(x + r * n, n);
}

template <typename Op, typename A>
[[gnu::noinline]] void combine(void* pt, const void* po, int64_t count) {
  auto totals = static_cast<A*>(pt);
  auto others = static_cast<const A*>(po);
  PYTEN_VECTORIZE
  for (int64_t i = 0; i < count; ++i) totals[i] = Op::of(totals[i], others[i]);
}

// The first of `rows` rows in acc, and then the others.
template <typename Op, typename T, typename A>
void fold_block_of_rows(const T* x, int64_t rows, int64_t stride, int64_t width, A* acc) {
  A buffer[same_v<A, T> ? 1 : kReduceStrip];
  __builtin_memcpy(acc, fetch(x, width, buffer), size_t(width) * sizeof(A));
  int64_t row = 1;
  if constexpr (is_real_float<T>) {  // in fours, which saves loads and stores of acc
    for (; row + 4 <= rows; row += 4) {
      const A *p = x + row * stride, *q = p + stride, *r = q + stride, *s = r + stride;
      PYTEN_VECTORIZE
      for (int64_t k = 0; k < width; ++k) {
        acc[k] = Op::of(Op::of(Op::of(Op::of(acc[k], p[k]), q[k]), r[k]), s[k]);
      }
    }
  }
  for (; row < rows; ++row) combine<Op, A>(acc, fetch(x + row * stride, width, buffer), width);
}

template <typename Op, typename T>
void fold_columns(const void* px, int64_t rows, int64_t stride, int64_t width, void* pt) {
  using A = typename Wide<T>::type;
  using Total = typename Op::template Total<A>::type;
  auto x = static_cast<const T*>(px);
  auto totals = static_cast<Total*>(pt);
  if constexpr (same_v<A, Total>) {
    if (rows > 0) return fold_block_of_rows<Op>(x, rows, stride, width, totals);
    for (int64_t k = 0; k < width; ++k) totals[k] = Op::template identity<Total>;
  } else {
    constexpr int64_t kRows = 64;  // combined in A, then in Total
    A acc[kReduceStrip];
    for (int64_t k = 0; k < width; ++k) totals[k] = Op::template identity<Total>;
    for (int64_t i = 0; i < rows; i += kRows) {
      fold_block_of_rows<Op>(x + i * stride, rows - i < kRows ? rows - i : kRows, stride, width,
                             acc);
      for (int64_t k = 0; k < width; ++k) totals[k] = Op::of(totals[k], Total(acc[k]));
    }
  }
}

template <typename T, typename Total>
void finish(const void* pt, int64_t count, int64_t, void* po) {
  auto totals = static_cast<const Total*>(pt);
  for (int64_t i = 0; i < count; ++i) static_cast<T*>(po)[i] = narrowed<T>(totals[i]);
}
template <typename T>
void finish_mean(const void* pt, int64_t count, int64_t n, void* po) {
  auto totals = static_cast<const double*>(pt);
  for (int64_t i = 0; i < count; ++i) static_cast<T*>(po)[i] = narrowed<T>(totals[i] / double(n));
}

template <typename Op, typename T>
inline constexpr Folder folder = {
    sizeof(T),
    sizeof(typename Op::template Total<typename Wide<T>::type>::type),
    fold_rows<Op, T>,
    fold_columns<Op, T>,
    combine<Op, typename Op::template Total<typename Wide<T>::type>::type>,
    finish<T, typename Op::template Total<typename Wide<T>::type>::type>};

}  // namespace pyten::kernels::PYTEN_ISA
