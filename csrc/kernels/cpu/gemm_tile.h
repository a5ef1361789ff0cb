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
// elements of the last vector count. c = a b + bias, or c += a b.
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
};
template <typename T>
using TileLoop = void (*)(const TileArgs<T>&);

template <typename T, int kRows, int kVectors, bool kPart>
__attribute__((noinline)) void tile(const TileArgs<T>& t) {
  using V = Vector<T>;
  constexpr int L = kLanes<T>;
  V acc[kRows][kVectors] = {};
  const T *a = t.a, *b = t.b;
  const int64_t row_a = t.row_a, col_a = t.col_a, row_b = t.row_b;
  const int last = t.last;
  for (int64_t p = t.k; p > 0; --p) {
    V bv[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      bv[v] = kPart && v == kVectors - 1 ? load_part(b + v * L, last) : load(b + v * L);
    }
    // Three rows share a pointer; more pointers than registers would spill.
    const T* row = a;
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      T scale = row[(i % 3) * row_a];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) acc[i][v] = fma(scale, bv[v], acc[i][v]);
      if (i % 3 == 2) row += 3 * row_a;
    }
    a += col_a;
    b += row_b;
  }
  T* c = t.c;
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i, c += t.ldc) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      bool part = kPart && v == kVectors - 1;
      V r = acc[i][v];
      if (t.add) r += part ? load_part(c + v * L, last) : load(c + v * L);
      if (t.bias) r += part ? load_part(t.bias + v * L, last) : load(t.bias + v * L);
      if (part) store_part(c + v * L, r, last);
      else store(c + v * L, r);
    }
  }
}

// The tile of `rows` rows and `vectors` vectors a row, the last of them perhaps in part.
template <typename T, int kRows = kTileRows>
inline TileLoop<T> tile_loop(int rows, int vectors, bool part) {
  if constexpr (kRows == 0) {
    return nullptr;
  } else {
    if (rows != kRows) return tile_loop<T, kRows - 1>(rows, vectors, part);
    if (vectors == 2) return part ? tile<T, kRows, 2, true> : tile<T, kRows, 2, false>;
    return part ? tile<T, kRows, 1, true> : tile<T, kRows, 1, false>;
  }
}

}  // namespace pyten::kernels::PYTEN_ISA
