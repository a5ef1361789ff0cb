// The innermost part of a matrix product: a tile of c that stays in registers.
#pragma once

#include "kernels/cpu/simd.h"

namespace pyten::kernels::PYTEN_ISA {

// Rows of a tile: with two vectors a row, as many as the registers hold.
#if defined(__AVX512F__)
inline constexpr int kTileRows = 12;
#elif defined(__aarch64__)
inline constexpr int kTileRows = 10;
#elif defined(__AVX2__)
inline constexpr int kTileRows = 6;
#else
inline constexpr int kTileRows = 4;
#endif
template <typename T>
inline constexpr int kTileColumns = 2 * kLanes<T>;

// a: element (i, p) at i * row_a + p * col_a. b: rows of contiguous elements, row_b apart. `last`
// elements of the last vector count. c = a b + bias, or c += a b. The sum over p may go on in
// further segments of a and b, step_a and step_b from the one before: convolutions jump between
// rows.
template <typename T>
struct TileArgs {
  int64_t k;
  const T* a;
  int64_t row_a, col_a;
  const T* b;
  int64_t row_b;
  T* c;
  int64_t ldc;
  const T* bias;  // may be null
  bool add;
  int last;
  int64_t segments = 1, step_a = 0, step_b = 0;
};
template <typename T>
using TileLoop = void (*)(const TileArgs<T>&);

// f(Constant<0>()) ... f(Constant<n - 1>()), written out: accumulators that are indexed in a loop
// would live in memory.
template <int i>
struct Constant {
  static constexpr int value = i;
  constexpr operator int() const { return i; }
};
template <int n, int i = 0, typename F>
[[gnu::always_inline]] inline void each(F&& f) {
  if constexpr (i < n) {
    f(Constant<i>());
    each<n, i + 1>(f);
  }
}

inline constexpr int64_t kPrefetchFrom = 128;
inline constexpr int64_t kAhead =
    12;  // rows of packed operands that are asked for before their turn

// kPacked: row_a is 1, col_a kRows, and row_b kTileColumns.
template <typename T, int kRows, int kVectors, bool kPart, bool kPacked = false>
[[gnu::noinline]] void tile(const TileArgs<T>& t) {
  using V = Vector<T>;
  constexpr int L = kLanes<T>;
  V acc[kRows][kVectors];
  each<kRows>([&](auto i) [[gnu::always_inline]] {
    each<kVectors>([&](auto v) [[gnu::always_inline]] { acc[i][v] = V{}; });
  });
  if (t.k >= kPrefetchFrom) {  // c is needed at the end
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      for (int v = 0; v < kVectors; ++v) __builtin_prefetch(t.c + i * t.ldc + v * L, 1);
    }
  }
  const int last = t.last;
  auto step = [&](const T* a_column, auto a_at, const T* b_row) [[gnu::always_inline]] {
    V bv[kVectors];
    each<kVectors>([&](auto v) [[gnu::always_inline]] {
      bv[v] = kPart && v == kVectors - 1 ? load_part(b_row + v * L, last) : load(b_row + v * L);
    });
    each<kRows>([&](auto i) [[gnu::always_inline]] {
      T scale = a_at(a_column, i);
      each<kVectors>([&](auto v)
                         [[gnu::always_inline]] { acc[i][v] = fma(scale, bv[v], acc[i][v]); });
    });
  };
  for (int64_t s = 0; s < t.segments; ++s) {
    const T *a = t.a + s * t.step_a, *b = t.b + s * t.step_b;
    int64_t p = t.k;
    if constexpr (kPacked) {
      constexpr int kLine = 64 / sizeof(T);
      // All distances are known, so that the loop has hardly any arithmetic but its own.
      auto at = [](const T* column, auto i) [[gnu::always_inline]] { return column[i]; };
      for (; p > 0; --p) {
        for (int v = 0; v < kVectors; ++v) {
          __builtin_prefetch(b + kAhead * kTileColumns<T> + v * L);
        }
        for (int i = 0; i < kRows; i += kLine) __builtin_prefetch(a + kAhead * kRows + i);
        step(a, at, b);
        a += kRows;
        b += kTileColumns<T>;
      }
    } else {
      // Three rows share a pointer; more pointers than registers would spill.
      const int64_t row_a = t.row_a, col_a = t.col_a, row_b = t.row_b;
      const T* rows[(kRows + 2) / 3];
      each<(kRows + 2) / 3>([&](auto i) [[gnu::always_inline]] { rows[i] = a + 3 * i * row_a; });
      auto at = [&](const T*, auto i)
                    [[gnu::always_inline]] { return rows[i / 3][(i % 3) * row_a]; };
      for (; p > 0; --p) {
        step(a, at, b);
        each<(kRows + 2) / 3>([&](auto i) [[gnu::always_inline]] { rows[i] += col_a; });
        b += row_b;
      }
    }
  }
  each<kRows>([&](auto i) [[gnu::always_inline]] {
    each<kVectors>([&](auto v) [[gnu::always_inline]] {
      constexpr bool kInPart = kPart && decltype(v)::value == kVectors - 1;
      T* c = t.c + i * t.ldc + v * L;
      V r = acc[i][v];
      if constexpr (kInPart) {
        if (t.add) r += load_part(c, last);
        if (t.bias) r += load_part(t.bias + v * L, last);
        store_part(c, r, last);
      } else {
        if (t.add) r += load(c);
        if (t.bias) r += load(t.bias + v * L);
        store(c, r);
      }
    });
  });
}

// The tiles of 1 to kTileRows rows and of one or two vectors, the last of them whole or in part.
template <typename T>
struct Tiles {
  TileLoop<T> loops[kTileRows][2][2] = {};
  TileLoop<T> packed[kTileRows] = {};  // of two whole vectors

  constexpr Tiles() { fill<1>(); }
  template <int kRows>
  constexpr void fill() {
    if constexpr (kRows <= kTileRows) {
      loops[kRows - 1][0][0] = tile<T, kRows, 1, false>;
      loops[kRows - 1][0][1] = tile<T, kRows, 1, true>;
      loops[kRows - 1][1][0] = tile<T, kRows, 2, false>;
      loops[kRows - 1][1][1] = tile<T, kRows, 2, true>;
      packed[kRows - 1] = tile<T, kRows, 2, false, true>;
      fill<kRows + 1>();
    }
  }
};
template <typename T>
inline constexpr Tiles<T> kTiles;

// The loop for rows of `width` <= kTileColumns elements; tells how many are in the last vector.
// `packed`: both operands are, see tile.
template <typename T>
inline TileLoop<T> tile_loop(int rows, int width, int& last, bool packed = false) {
  bool two = width > kLanes<T>;
  if (packed && width == kTileColumns<T>) return kTiles<T>.packed[rows - 1];
  last = two ? width - kLanes<T> : width;
  return kTiles<T>.loops[rows - 1][two][last < kLanes<T>];
}

}  // namespace pyten::kernels::PYTEN_ISA
