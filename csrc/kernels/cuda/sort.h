// Stable radix sorts in device memory, for kernels of any kind.
#pragma once

#include <cstdint>

namespace pyten::kernels::cuda {

// Two arrays, of which `now` has the contents and the other is free. A sort may swap them.
template <typename T>
struct Buffers {
  T *now, *spare;
};

// Sorts n pairs by the low `bits` bits of their keys; stable. n <= 2^31.
void sort_pairs(Buffers<uint32_t>& keys, Buffers<uint32_t>& values, int64_t n, int bits);
void sort_pairs(Buffers<uint64_t>& keys, Buffers<uint32_t>& values, int64_t n, int bits);

// How many bits the numbers below n have.
inline int bits_below(int64_t n) {
  int bits = 0;
  while (bits < 63 && int64_t(1) << bits < n) ++bits;
  return bits;
}

}  // namespace pyten::kernels::cuda
