// Products with a vector.
#include "kernels/cpu/gemm.h"

#include <utility>

#include "core/allocator.h"
#include "kernels/cpu/gemm_tile.h"
#include "kernels/loops.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

constexpr int64_t kParallelElements = 1 << 17;

// y[i] = sum over p of a[i * row + p * column] x[p] (+ bias[i * step_bias])
template <typename T>
struct MatrixVector {
  int64_t m, k;
  const T* a;
  int64_t row, column;
  const T* x;  // contiguous
  T* y;
  int64_t step_y;
  const T* bias;
  int64_t step_bias;

  void put(int64_t i, T sum) const { y[i * step_y] = bias ? sum + bias[i * step_bias] : sum; }
};

template <typename T>
T sum_of_lanes(Vector<T> v) {
  for (int half = kLanes<T> / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; ++l) v[l] += v[l + half];
  }
  return v[0];
}

// Rows of a are contiguous: dot products, kRows of them at a time.
template <typename T, int kRows>
void dots(const MatrixVector<T>& p, int64_t i) {
  using V = Vector<T>;
  constexpr int L = kLanes<T>, kUnroll = kRows == 1 ? 4 : 1;
  const T* a = p.a + i * p.row;
  V acc[kRows * kUnroll] = {};
  int64_t q = 0;
  for (; q + kUnroll * L <= p.k; q += kUnroll * L) {
#pragma GCC unroll 4
    for (int u = 0; u < kUnroll; ++u) {
      V x = load(p.x + q + u * L);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        V& sum = acc[u * kRows + r];
        sum = fma(load(a + r * p.row + q + u * L), x, sum);
      }
    }
  }
  for (; q < p.k; q += L) {
    int part = int(p.k - q < L ? p.k - q : L);
    V x = load_part(p.x + q, part);
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) acc[r] = fma(load_part(a + r * p.row + q, part), x, acc[r]);
  }
  for (int r = 0; r < kRows; ++r) {
    V sum = acc[r];
    for (int u = 1; u < kUnroll; ++u) sum += acc[u * kRows + r];
    p.put(i + r, sum_of_lanes<T>(sum));
  }
}

// Rows of kCount elements, one after the other.
template <typename T, int kCount>
void short_rows(const MatrixVector<T>& p) {
  const T *a = p.a, *x = p.x;
  T w[4] = {};
  for (int q = 0; q < kCount; ++q) w[q] = x[q];
  const T b = p.bias ? *p.bias : T(0);
  T* y = p.y;
  PYTEN_VECTORIZE
  for (int64_t i = 0; i < p.m; ++i) {
    T sum = a[i * kCount] * w[0];
    for (int q = 1; q < kCount; ++q) sum += a[i * kCount + q] * w[q];
    y[i] = sum + b;
  }
}

// The vector whose lane l, as part v of a longer one, holds x[(v * lanes + l) / kCount].
template <typename T, int kCount, int v, size_t... l>
Vector<T> spread(Vector<T> x, std::index_sequence<l...>) {
  return __builtin_shufflevector(x, x, int((v * kLanes<T> + l) / kCount)...);
}

// Columns of kCount elements, one after the other: kCount sums over a long k. kCount vectors of a
// meet one of x, each of whose elements is repeated kCount times.
template <typename T, int kCount>
void short_columns(const MatrixVector<T>& p) {
  constexpr int L = kLanes<T>;
  constexpr auto kAll = std::make_index_sequence<size_t(L)>();
  Vector<T> acc[2][kCount];
  each<2>([&](auto u) { each<kCount>([&](auto v) { acc[u.value][v.value] = Vector<T>{}; }); });
  int64_t q = 0;
  auto step = [&](auto u) [[gnu::always_inline]] {
    Vector<T> x = load(p.x + q);
    each<kCount>([&](auto v) [[gnu::always_inline]] {
      Vector<T> a = load(p.a + q * kCount + v.value * L);
      acc[u.value][v.value] = fma(a, spread<T, kCount, v.value>(x, kAll), acc[u.value][v.value]);
    });
    q += L;
  };
  while (q + 2 * L <= p.k) {
    step(Constant<0>());
    step(Constant<1>());
  }
  if (q + L <= p.k) step(Constant<0>());
  T lanes[kCount * L], sums[kCount] = {};
  each<kCount>([&](auto v) { store(lanes + v.value * L, acc[0][v.value] + acc[1][v.value]); });
  for (int l = 0; l < L; ++l) {
    for (int i = 0; i < kCount; ++i) sums[i] += lanes[l * kCount + i];
  }
  for (; q < p.k; ++q) {
    for (int i = 0; i < kCount; ++i) sums[i] += p.a[q * kCount + i] * p.x[q];
  }
  for (int i = 0; i < kCount; ++i) p.put(i, sums[i]);
}

// Columns of a are contiguous: y grows by a column at a time, kColumns together.
template <typename T>
void columns(const MatrixVector<T>& p, int64_t begin, int64_t end) {
  constexpr int L = kLanes<T>;
  int64_t i = begin;
  auto sum_vectors = [&]<int kVectors>() {
    Vector<T> acc[kVectors] = {};
    const T* a = p.a + i;
    for (int64_t q = 0; q < p.k; ++q, a += p.column) {
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) acc[v] = fma(p.x[q], load(a + v * L), acc[v]);
    }
    for (int v = 0; v < kVectors; ++v) {
      for (int l = 0; l < L; ++l) p.put(i + v * L + l, acc[v][l]);
    }
    i += kVectors * L;
  };
  while (i + 8 * L <= end) sum_vectors.template operator()<8>();
  while (i + L <= end) sum_vectors.template operator()<1>();
  if (i < end) {
    int part = int(end - i);
    Vector<T> acc{};
    for (int64_t q = 0; q < p.k; ++q)
      acc = fma(p.x[q], load_part(p.a + i + q * p.column, part), acc);
    for (int l = 0; l < part; ++l) p.put(i + l, acc[l]);
  }
}

template <typename T>
void run(const MatrixVector<T>& p) {
  bool packed_y = p.step_y == 1 && p.step_bias == 0;
  if (p.column == 1 && p.row == p.k && p.k <= 4 && packed_y) {
    if (p.k == 1) return short_rows<T, 1>(p);
    if (p.k == 2) return short_rows<T, 2>(p);
    if (p.k == 3) return short_rows<T, 3>(p);
    return short_rows<T, 4>(p);
  }
  if (p.row == 1 && p.column == p.m && p.m <= 4) {
    if (p.m == 1) return dots<T, 1>(p, 0);
    if (p.m == 2) return short_columns<T, 2>(p);
    if (p.m == 3) return short_columns<T, 3>(p);
    return short_columns<T, 4>(p);
  }
  int64_t grain = 1 + kParallelElements / p.k;
  parallel_for(p.m, grain > 256 ? grain : 256, [&](int64_t begin, int64_t end) {
    int64_t i = begin;
    if (p.column == 1) {
      for (; i + 4 <= end; i += 4) dots<T, 4>(p, i);
      for (; i < end; ++i) dots<T, 1>(p, i);
    } else if (p.row == 1) {
      columns(p, begin, end);
    } else {
      for (; i < end; ++i) {
        T sum = 0;
        for (int64_t q = 0; q < p.k; ++q) sum += p.a[i * p.row + q * p.column] * p.x[q];
        p.put(i, sum);
      }
    }
  });
}

}  // namespace

template <typename T>
void multiply_vector(const Product<T>& p) {
  MatrixVector<T> v;
  v.k = p.k;
  const T* x;
  int64_t step_x;
  if (p.n == 1) {
    v.m = p.m, v.a = p.a, v.row = p.row_a, v.column = p.col_a;
    x = p.b, step_x = p.row_b;
    v.y = p.c, v.step_y = p.ldc, v.bias = p.bias, v.step_bias = 0;
  } else {
    v.m = p.n, v.a = p.b, v.row = p.col_b, v.column = p.row_b;
    x = p.a, step_x = p.col_a;
    v.y = p.c, v.step_y = 1, v.bias = p.bias, v.step_bias = 1;
  }
  v.x = x;
  if (step_x == 1) return run(v);
  size_t nbytes = size_t(p.k) * sizeof(T);
  auto copy = static_cast<T*>(allocate(nbytes));
  for (int64_t q = 0; q < p.k; ++q) copy[q] = x[q * step_x];
  v.x = copy;
  run(v);
  deallocate(copy, nbytes);
}

template void multiply_vector<float>(const Product<float>&);
template void multiply_vector<double>(const Product<double>&);

}  // namespace pyten::kernels::PYTEN_ISA
