// Transposed copies of 4- and 8-byte elements: a square of vectors at a time is turned in
// registers, so that both sides move whole vectors, and along the rows that are read.
#include <utility>

#include "kernels/cpu/gemm_tile.h"
#include "kernels/fill.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

// Exchanges the lanes with the bit kDistance of a vector with those without of its partner.
template <int kDistance, typename V, size_t... l>
[[gnu::always_inline]] inline void exchange(V& a, V& b, std::index_sequence<l...>) {
  constexpr int L = sizeof...(l);
  V low = __builtin_shufflevector(a, b, int(l & kDistance ? L + l - kDistance : l)...);
  V high = __builtin_shufflevector(a, b, int(l & kDistance ? L + l : l + kDistance)...);
  a = low, b = high;
}

template <typename T, int kDistance = kLanes<T> / 2>
[[gnu::always_inline]] inline void turn(Vector<T> (&x)[kLanes<T>]) {
  if constexpr (kDistance > 0) {
    each<kLanes<T>>([&](auto i) [[gnu::always_inline]] {
      if constexpr ((decltype(i)::value & kDistance) == 0) {
        exchange<kDistance>(x[i], x[i + kDistance], std::make_index_sequence<size_t(kLanes<T>)>());
      }
    });
    turn<T, kDistance / 2>(x);
  }
}

template <typename T, bool kPast>
void transpose_part(int64_t rows, int64_t columns, const T* x, int64_t sx, T* out, int64_t so) {
  constexpr int L = kLanes<T>;
  int64_t i = 0;
  for (; i + L <= rows; i += L) {
    int64_t j = 0;
    for (; j + L <= columns; j += L) {
      Vector<T> square[L];
      each<L>([&](auto k) [[gnu::always_inline]] { square[k] = load(x + (j + k.value) * sx + i); });
      turn<T>(square);
      each<L>([&](auto k) [[gnu::always_inline]] {
        T* to = out + (i + k.value) * so + j;
        if constexpr (kPast) store_past(to, square[k]);
        else store(to, square[k]);
      });
    }
    for (; j < columns; ++j) {
      for (int k = 0; k < L; ++k) out[(i + k) * so + j] = x[j * sx + i + k];
    }
  }
  for (; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) out[i * so + j] = x[j * sx + i];
  }
}

template <typename T>
void transpose(int64_t rows, int64_t columns, const void* px, int64_t sx, void* po, int64_t so,
               bool past) {
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  constexpr auto kMask = uint64_t(kVectorBytes - 1);
  bool aligned =
      ((uint64_t(reinterpret_cast<uintptr_t>(po)) | uint64_t(so) * sizeof(T)) & kMask) == 0;
  if (!past || !aligned) return transpose_part<T, false>(rows, columns, x, sx, out, so);
  transpose_part<T, true>(rows, columns, x, sx, out, so);
  end_past();
}

}  // namespace

void fill_transpose(Parts& p) {
  for (TransposeLoop& loop : p.transpose) loop = nullptr;
  p.transpose[2] = transpose<uint32_t>;
  p.transpose[3] = transpose<uint64_t>;
}

}  // namespace pyten::kernels::PYTEN_ISA
