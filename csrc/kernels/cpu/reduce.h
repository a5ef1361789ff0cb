// Reductions whose result depends on the data and its shape alone, on every level and for any
// number of threads: lanes of a fixed number, blocks of a fixed size, added up in a fixed order.
#pragma once

#include "core/allocator.h"
#include "kernels/cpu/simd.h"
#include "kernels/fill.h"
#include "kernels/half.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

// How two elements, or two vectors of them, become one. Total is the type in which the results of
// blocks are combined.
struct Sum {
  template <typename T> static constexpr T identity = T(0);
  template <typename V> static V of(V a, V b) { return V(a + b); }
  template <typename T> struct Total { using type = if_t<same_v<T, float>, double, T>; };
};
struct Prod {
  template <typename T> static constexpr T identity = T(1);
  template <typename V> static V of(V a, V b) { return V(a * b); }
  template <typename T> struct Total { using type = T; };
};
struct Max {  // a, unless b is larger or NaN
  template <typename T> static constexpr T identity = Traits<T>::lowest;
  template <typename V> static V of(V a, V b) { return (a >= b) | (a != a) ? a : b; }
  template <typename T> struct Total { using type = T; };
};
struct Min {
  template <typename T> static constexpr T identity = Traits<T>::highest;
  template <typename V> static V of(V a, V b) { return (a <= b) | (a != a) ? a : b; }
  template <typename T> struct Total { using type = T; };
};
struct Any {
  template <typename T> static constexpr T identity = T(0);
  template <typename V> static V of(V a, V b) { return V(a | b); }
  template <typename T> struct Total { using type = T; };
};
struct All {
  template <typename T> static constexpr T identity = T(1);
  template <typename V> static V of(V a, V b) { return V(a & b); }
  template <typename T> struct Total { using type = T; };
};

// The type that elements are combined in; and `count` elements in it, converted if need be.
template <typename T> struct Wide { using type = T; };
template <> struct Wide<Half> { using type = float; };
template <> struct Wide<BFloat16> { using type = float; };

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

inline constexpr int64_t kBlockElements = 2048;   // combined in lanes
inline constexpr int64_t kChunkElements = 1 << 16;  // a tile for a thread
inline constexpr int64_t kStrip = 512;            // columns that are combined at a time

// One block of contiguous elements.
template <typename Op, typename A>
A fold_block(const A* x, int64_t n) {
  constexpr int kLanes = 256 / sizeof(A), kFew = 32 / sizeof(A);
  A r = Op::template identity<A>;
  int64_t i = 0;
  if (n >= 2 * kLanes) {
    using V = Vector<A>;
    constexpr int kVectors = 256 / kVectorBytes, kEach = kVectorBytes / sizeof(A);
    V acc[kVectors];
    for (int v = 0; v < kVectors; ++v) acc[v] = load(x + v * kEach);
    for (i = kLanes; i + kLanes <= n; i += kLanes) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        acc[v] = Op::of(acc[v], load(x + i + v * kEach));
      }
    }
    for (int half = kVectors / 2; half > 0; half /= 2) {
      for (int v = 0; v < half; ++v) acc[v] = Op::of(acc[v], acc[v + half]);
    }
    A lanes[kEach];
    store(lanes, acc[0]);
    for (int half = kEach / 2; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) lanes[l] = Op::of(lanes[l], lanes[l + half]);
    }
    r = lanes[0];
  }
  if (n - i >= 2 * kFew) {
    A lanes[kFew];
    for (int l = 0; l < kFew; ++l) lanes[l] = x[i + l];
    for (i += kFew; i + kFew <= n; i += kFew) {
      for (int l = 0; l < kFew; ++l) lanes[l] = Op::of(lanes[l], x[i + l]);
    }
    for (int half = kFew / 2; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) lanes[l] = Op::of(lanes[l], lanes[l + half]);
    }
    r = Op::of(r, lanes[0]);
  }
  for (; i < n; ++i) r = Op::of(r, x[i]);
  return r;
}

// Any number of contiguous elements.
template <typename Op, typename T>
auto fold_row(const T* x, int64_t n) {
  using A = typename Wide<T>::type;
  using Total = typename Op::template Total<A>::type;
  A buffer[same_v<A, T> ? 1 : kBlockElements];
  Total total = Op::template identity<Total>;
  for (int64_t i = 0; i < n; i += kBlockElements) {
    int64_t count = n - i < kBlockElements ? n - i : kBlockElements;
    total = Op::of(total, Total(fold_block<Op, A>(fetch(x + i, count, buffer), count)));
  }
  return total;
}

// `rows` rows, `stride` apart, of `width` <= kStrip columns; one total a column.
template <typename Op, typename T, typename Total>
void fold_columns(const T* x, int64_t rows, int64_t stride, int64_t width, Total* totals) {
  using A = typename Wide<T>::type;
  constexpr int64_t kRows = 64;  // combined in A, then in Total
  A acc[kStrip], buffer[same_v<A, T> ? 1 : kStrip];
  for (int64_t k = 0; k < width; ++k) totals[k] = Op::template identity<Total>;
  for (int64_t i = 0; i < rows; i += kRows) {
    int64_t last = i + kRows < rows ? i + kRows : rows, row = i + 1;
    const A* first = fetch(x + i * stride, width, buffer);
    for (int64_t k = 0; k < width; ++k) acc[k] = first[k];
    if constexpr (same_v<A, T>) {
      for (; row + 4 <= last; row += 4) {
        const A *p = x + row * stride, *q = p + stride, *r = q + stride, *s = r + stride;
        for (int64_t k = 0; k < width; ++k) {
          acc[k] = Op::of(Op::of(Op::of(Op::of(acc[k], p[k]), q[k]), r[k]), s[k]);
        }
      }
    }
    for (; row < last; ++row) {
      const A* p = fetch(x + row * stride, width, buffer);
      for (int64_t k = 0; k < width; ++k) acc[k] = Op::of(acc[k], p[k]);
    }
    for (int64_t k = 0; k < width; ++k) totals[k] = Op::of(totals[k], Total(acc[k]));
  }
}

// The same for all `inner` < kStrip columns of contiguous rows. Short rows are taken several at a
// time, as if they were one.
template <typename Op, typename T, typename Total>
void fold_short_rows(const T* x, int64_t rows, int64_t inner, Total* totals) {
  int64_t together = kStrip / 2 / inner;
  if (together < 2 || rows < 2 * together) return fold_columns<Op>(x, rows, inner, inner, totals);
  Total wide[kStrip];
  int64_t width = together * inner, groups = rows / together, rest = rows % together;
  fold_columns<Op>(x, groups, width, width, wide);
  if (rest) {
    fold_columns<Op>(x + groups * width, rest, inner, inner, totals);
  } else {
    for (int64_t k = 0; k < inner; ++k) totals[k] = Op::template identity<Total>;
  }
  for (int64_t g = 0; g < together; ++g) {
    for (int64_t k = 0; k < inner; ++k) totals[k] = Op::of(totals[k], wide[g * inner + k]);
  }
}

// [outer, n, inner] -> [outer, inner], each total through `finish`.
template <typename Op, typename T, typename Finish>
void reduce(const T* x, T* out, int64_t outer, int64_t n, int64_t inner, Finish finish) {
  using A = typename Wide<T>::type;
  using Total = typename Op::template Total<A>::type;
  if (outer == 0 || inner == 0) return;
  if (inner == 1 && n <= kBlockElements) {  // many short rows
    return parallel_for(outer, 1 + kChunkElements / (n + 1), [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) out[o] = finish(fold_row<Op>(x + o * n, n));
    });
  }
  // Chunks of rows, strips of columns; the chunks of a column are combined at the end, in order.
  int64_t strip = inner < kStrip ? inner : kStrip, strips = (inner - 1) / strip + 1;
  int64_t rows = 1 + (kChunkElements - 1) / strip, chunks = n > 0 ? (n - 1) / rows + 1 : 1;
  auto fold = [&](int64_t o, int64_t chunk, int64_t s, Total* totals) {
    int64_t first = chunk * rows, count = n - first < rows ? n - first : rows;
    int64_t k = s * strip, width = inner - k < strip ? inner - k : strip;
    const T* from = x + (o * n + first) * inner + k;
    if (inner == 1) *totals = fold_row<Op>(from, count);
    else if (strips == 1) fold_short_rows<Op>(from, count, inner, totals);
    else fold_columns<Op>(from, count, inner, width, totals);
    return width;
  };
  if (chunks == 1) {
    int64_t grain = 1 + kChunkElements / (n * strip + 1);
    return parallel_for(outer * strips, grain, [&](int64_t begin, int64_t end) {
      Total totals[kStrip];
      for (int64_t j = begin; j < end; ++j) {
        int64_t o = j / strips, s = j % strips, width = fold(o, 0, s, totals);
        for (int64_t k = 0; k < width; ++k) out[o * inner + s * strip + k] = finish(totals[k]);
      }
    });
  }
  size_t nbytes = size_t(outer * chunks * strips * strip) * sizeof(Total);
  auto partial = static_cast<Total*>(allocate(nbytes));
  parallel_for(outer * chunks * strips, 1, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      fold(j / strips / chunks, j / strips % chunks, j % strips, partial + j * strip);
    }
  });
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t k = 0; k < inner; ++k) {
      Total total = Op::template identity<Total>;
      for (int64_t c = 0; c < chunks; ++c) {
        int64_t j = (o * chunks + c) * strips + k / strip;
        total = Op::of(total, partial[j * strip + k % strip]);
      }
      out[o * inner + k] = finish(total);
    }
  }
  deallocate(partial, nbytes);
}

}  // namespace pyten::kernels::PYTEN_ISA
