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
  int64_t n = 1;  // elements
  int64_t sizes[kMaxAxes];
  int64_t strides[K][kMaxAxes];
  Divisor divisors[kMaxAxes];

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
    if (n < int64_t(1) << 31) {
      for (int d = 0; d < rank; ++d) divisors[d] = Divisor(uint32_t(sizes[d]));
    }
  }

  // Whether operand k is read element by element in order, or is one element throughout.
  bool flat(int k) const { return rank == 0 || (rank == 1 && strides[k][0] == 1); }
  bool still(int k) const { return rank == 0 || (rank == 1 && strides[k][0] == 0); }

  // Element i's place in each operand. 32-bit arithmetic when kSmall.
  template <bool kSmall>
  __device__ void places(int64_t i, int64_t (&out)[K]) const {
    for (int k = 0; k < K; ++k) out[k] = 0;
    if constexpr (kSmall) {
      auto rest = uint32_t(i);
      for (int d = 0; d < rank; ++d) {
        uint32_t q = d + 1 < rank ? divisors[d].quotient(rest) : 0;
        int64_t at = rest - q * divisors[d].d;
        for (int k = 0; k < K; ++k) out[k] += at * strides[k][d];
        rest = q;
      }
    } else {
      for (int d = 0; d < rank; ++d) {
        int64_t q = d + 1 < rank ? i / sizes[d] : 0, at = i - q * sizes[d];
        for (int k = 0; k < K; ++k) out[k] += at * strides[k][d];
        i = q;
      }
    }
  }
};

// Blocks for n pieces of work, as many as keep the GPU busy; kernels step over the rest.
inline int blocks_for(int64_t n, int threads = kThreads) {
  int64_t most = int64_t(pyten::cuda::current().processors()) * 32;
  int64_t wanted = (n + threads - 1) / threads;
  return int(wanted < most ? (wanted > 0 ? wanted : 1) : most);
}

template <typename T, int n>
struct alignas(sizeof(T) * n) Pack {
  T v[n];
};
inline bool aligned16(const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; }

}  // namespace pyten::kernels::cuda
