// Products of many rows with a few columns: dot products, so that vectors run along the long k,
// with the columns packed as rows.
#include <utility>

#include "core/allocator.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/gemm_tile.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

// Columns that two rows meet at a time: their sums stay in registers.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kMostTogether = 12;
#else
constexpr int kMostTogether = 6;
#endif
template <typename T>
constexpr int kTogether = kMostTogether < kLanes<T> ? kMostTogether : kLanes<T>;

// Halves of a and b, such that the sum of the results holds a's lanes summed in pairs and b's.
template <int kDistance, typename V, size_t... l>
[[gnu::always_inline]] inline V sum_pairs(V a, V b, std::index_sequence<l...>) {
  constexpr int L = sizeof...(l);
  return __builtin_shufflevector(a, b, int(l & kDistance ? L + l - kDistance : l)...) +
         __builtin_shufflevector(a, b, int(l & kDistance ? L + l : l + kDistance)...);
}
// Lane l of the result is the sum of all lanes of x[l].
template <typename T, int kDistance = kLanes<T> / 2>
[[gnu::always_inline]] inline Vector<T> sums_of(Vector<T> (&x)[kLanes<T>]) {
  each<kDistance>([&](auto i) [[gnu::always_inline]] {
    x[i] =
        sum_pairs<kDistance>(x[i], x[i + kDistance], std::make_index_sequence<size_t(kLanes<T>)>());
  });
  if constexpr (kDistance > 1) return sums_of<T, kDistance / 2>(x);
  else return x[0];
}

// kRows rows of a with kColumns packed columns; k is a multiple of the lanes but for `rest`.
template <typename T, int kRows, int kColumns>
[[gnu::noinline]] void narrow_tile(const T* a, int64_t row_a, const T* b, int64_t step_b, int64_t k,
                                   T* c, int64_t ldc, const T* bias) {
  constexpr int L = kLanes<T>;
  Vector<T> sums[kRows][L] = {};
  auto step = [&](int64_t p, auto fetch) [[gnu::always_inline]] {
    Vector<T> x[kRows];
    each<kRows>([&](auto r) [[gnu::always_inline]] { x[r] = fetch(a + r.value * row_a + p); });
    each<kColumns>([&](auto j) [[gnu::always_inline]] {
      Vector<T> y = load(b + j.value * step_b + p);
      each<kRows>([&](auto r) [[gnu::always_inline]] { sums[r][j] = fma(x[r], y, sums[r][j]); });
    });
  };
  int64_t p = 0;
  for (; p + L <= k; p += L) step(p, [](const T* from) { return load(from); });
  if (p < k) step(p, [&](const T* from) { return load_part(from, int(k - p)); });
  each<kRows>([&](auto r) [[gnu::always_inline]] {
    Vector<T> y = sums_of<T>(sums[r]);
    if (bias) y += load_part(bias, kColumns);
    store_part(c + r.value * ldc, y, kColumns);
  });
}

template <typename T>
using NarrowLoop = void (*)(const T*, int64_t, const T*, int64_t, int64_t, T*, int64_t, const T*);
template <typename T>
struct NarrowLoops {
  NarrowLoop<T> loops[2][kTogether<T>] = {};
  constexpr NarrowLoops() { fill<1>(); }
  template <int kColumns>
  constexpr void fill() {
    if constexpr (kColumns <= kTogether<T>) {
      loops[0][kColumns - 1] = narrow_tile<T, 1, kColumns>;
      loops[1][kColumns - 1] = narrow_tile<T, 2, kColumns>;
      fill<kColumns + 1>();
    }
  }
};
template <typename T>
constexpr NarrowLoops<T> kNarrowLoops;

constexpr int64_t kGrain = 1 << 17;  // multiplications that are worth a thread's while

}  // namespace

template <typename T>
bool multiply_narrow(const Product<T>& p) {
  constexpr int64_t kColumns = 16, kLeastRows = 32, kLeastDepth = 128;
  if (p.n > kColumns || p.m < kLeastRows || p.k < kLeastDepth || p.col_a != 1) return false;
  constexpr int L = kLanes<T>;
  int64_t step = (p.k + L - 1) / L * L;
  size_t nbytes = size_t(p.n * step) * sizeof(T);
  auto packed = static_cast<T*>(allocate(nbytes));
  for (int64_t j = 0; j < p.n; ++j) {
    T* to = packed + j * step;
    for (int64_t q = 0; q < p.k; ++q) to[q] = p.b[q * p.row_b + j * p.col_b];
    for (int64_t q = p.k; q < step; ++q) to[q] = 0;
  }
  parallel_for(p.m, 2 + kGrain / (p.n * p.k) / 2 * 2, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += 2) {
      int two = i + 1 < end;
      for (int64_t j = 0; j < p.n; j += kTogether<T>) {
        int width = int(p.n - j < kTogether<T> ? p.n - j : kTogether<T>);
        kNarrowLoops<T>.loops[two][width - 1](p.a + i * p.row_a, p.row_a, packed + j * step, step,
                                              p.k, p.c + i * p.ldc + j, p.ldc,
                                              p.bias ? p.bias + j : nullptr);
      }
    }
  });
  deallocate(packed, nbytes);
  return true;
}

template bool multiply_narrow<float>(const Product<float>&);
template bool multiply_narrow<double>(const Product<double>&);

}  // namespace pyten::kernels::PYTEN_ISA
