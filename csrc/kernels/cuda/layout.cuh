// How N-dimensional operands are walked: axes merged on the host, offsets by multiplication.
#pragma once

#include <cstdint>

#include "kernels/cuda/launch.cuh"
#include "kernels/numbers.h"

namespace pyten::kernels::cuda {

constexpr int kMaxAxes = 16;
constexpr int kThreads = 256;

// Division by a number that is known at the launch (Granlund and Montgomery, Division by Invariant
// Integers using Multiplication, 1994), for n below 2^31.
struct Divisor {
  uint32_t d = 1, multiplier = 1, shift = 0;
  Divisor() = default;
  explicit Divisor(uint32_t divisor) : d(divisor) {
    while ((uint64_t(1) << shift) < d) ++shift;
    multiplier = uint32_t(((uint64_t(1) << 32) * ((uint64_t(1) << shift) - d)) / d + 1);
  }
  __device__ uint32_t quotient(uint32_t n) const { return (__umulhi(n, multiplier) + n) >> shift; }
};

// K operands over common axes, the innermost first; strides in elements, of the output last.
template <int K>
struct Layout {
  int rank = 0;
  int width = 1;      // elements that a step takes: neighbours in the output
  int64_t n = 1;      // elements
  int64_t steps = 0;  // of `width` elements; what is left over follows one by one
  int64_t sizes[kMaxAxes];
  int64_t strides[K][kMaxAxes];
  Divisor divisors[kMaxAxes];  // of steps

  Layout(int caller_rank, const int64_t* shape, const int64_t* const (&operands)[K]) {
    for (int d = caller_rank - 1; d >= 0; --d) {
      n *= shape[d];
      if (shape[d] == 1) continue;
      bool merges = rank > 0;
      for (int k = 0; k < K && merges; ++k) {
        merges = operands[k][d] == strides[k][rank - 1] * sizes[rank - 1];
      }
      if (merges) {
        sizes[rank - 1] *= shape[d];
        continue;
      }
      if (rank == kMaxAxes) {
        fail(ErrorKind::kUnimplemented, "a GPU kernel walks at most ", kMaxAxes,
             " axes that do not merge; use tf.identity on a transposed operand first");
      }
      sizes[rank] = shape[d];
      for (int k = 0; k < K; ++k) strides[k][rank] = operands[k][d];
      ++rank;
    }
    if (rank == 0) {
      sizes[0] = 1;
      for (int k = 0; k < K; ++k) strides[k][0] = 0;
      rank = 1;
    }
    prepare(1);
  }

  // Whether operand k is read element by element in order, or is one element throughout.
  bool flat(int k) const { return n == 1 || (rank == 1 && strides[k][0] == 1); }
  bool still(int k) const { return n == 1 || (rank == 1 && strides[k][0] == 0); }

  // Steps of `wide` elements where these are neighbours, or the same, in every operand, and
  // aligned.
  void widen(int wide, const void* const (&at)[K], const size_t (&element)[K]) {
    if (sizes[0] < wide || (rank > 1 && sizes[0] % wide != 0) || strides[K - 1][0] != 1) return;
    for (int k = 0; k < K; ++k) {
      if (strides[k][0] == 0) continue;
      if (strides[k][0] != 1) return;
      size_t bytes = size_t(wide) * element[k], access = bytes < 16 ? bytes : 16;
      if (reinterpret_cast<uintptr_t>(at[k]) % access != 0) return;
      for (int d = 1; d < rank; ++d) {
        if (strides[k][d] * int64_t(element[k]) % int64_t(access) != 0) return;
      }
    }
    prepare(wide);
  }
  void prepare(int wide) {
    width = wide;
    steps = n / wide;
    if (rank == 1 || n == 0) return;
    for (int d = 0; d + 1 < rank; ++d) {
      divisors[d] = Divisor(uint32_t(d == 0 ? sizes[0] / wide : sizes[d]));
    }
  }

  // Whether 32 bits count the elements, as places() wants it for more than one axis.
  bool countable() const { return rank == 1 || n < int64_t(1) << 31; }
  // The halves of a layout that is not, along its longest axis.
  int longest() const {
    int d = 0;
    for (int e = 1; e < rank; ++e) d = sizes[e] > sizes[d] ? e : d;
    return d;
  }
  Layout part(int axis, int64_t size) const {
    Layout result = *this;
    result.n = n / sizes[axis] * size;
    result.sizes[axis] = size;
    result.prepare(1);
    return result;
  }

  // Step i's place in each operand.
  __device__ void places(int64_t i, int64_t (&out)[K]) const {
    if (rank == 1) {
      for (int k = 0; k < K; ++k) out[k] = i * width * strides[k][0];
      return;
    }
    auto rest = uint32_t(i);
    uint32_t q = divisors[0].quotient(rest);
    int64_t at = int64_t(rest - q * divisors[0].d) * width;
    for (int k = 0; k < K; ++k) out[k] = at * strides[k][0];
    for (int d = 1; d < rank; ++d) {
      rest = q;
      q = d + 1 < rank ? divisors[d].quotient(rest) : 0;
      at = d + 1 < rank ? rest - q * divisors[d].d : rest;
      for (int k = 0; k < K; ++k) out[k] += at * strides[k][d];
    }
  }
};

// Calls run(layout, offsets in elements) for parts whose elements 32 bits can count.
template <int K, typename Run>
void in_parts(const Layout<K>& layout, Run run, const int64_t (&offsets)[K]) {
  if (layout.n == 0) return;
  if (layout.countable()) return run(layout, offsets);
  int axis = layout.longest();
  int64_t size = layout.sizes[axis], half = size / 2, moved[K];
  for (int k = 0; k < K; ++k) moved[k] = offsets[k] + half * layout.strides[k][axis];
  in_parts(layout.part(axis, half), run, offsets);
  in_parts(layout.part(axis, size - half), run, moved);
}
template <int K, typename Run>
void in_parts(const Layout<K>& layout, Run run) {
  const int64_t none[K] = {};
  in_parts(layout, run, none);
}

// Blocks for n pieces of work, as many as keep the GPU busy; kernels step over the rest.
inline int blocks_for(int64_t n, int threads = kThreads) {
  int64_t most = int64_t(pyten::cuda::current().processors()) * 32;
  int64_t wanted = (n + threads - 1) / threads;
  return int(wanted < most ? (wanted > 0 ? wanted : 1) : most);
}

// n neighbours, read and written by 16 bytes at a time.
template <typename T, int n>
struct alignas(sizeof(T) * n < 16 ? sizeof(T) * n : 16) Pack {
  T v[n];
};
inline bool aligned16(const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; }

// kWide neighbours from p on, or, if `still`, kWide times what is at p.
template <int kWide, typename T>
__device__ inline Pack<T, kWide> load(const T* p, bool still) {
  if (!still) return *reinterpret_cast<const Pack<T, kWide>*>(p);
  Pack<T, kWide> result;
  T one = *p;
#pragma unroll
  for (int j = 0; j < kWide; ++j) result.v[j] = one;
  return result;
}
template <int kWide, typename T>
__device__ inline void store(T* p, const Pack<T, kWide>& pack) {
  *reinterpret_cast<Pack<T, kWide>*>(p) = pack;
}

}  // namespace pyten::kernels::cuda
