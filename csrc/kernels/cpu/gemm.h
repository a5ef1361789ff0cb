// Products of float and double matrices.
#pragma once

#include "kernels/cpu/simd.h"
#include "kernels/kernels.h"

namespace pyten::kernels::PYTEN_ISA {

// One product; see MatmulArgs.
template <typename T>
struct Product {
  int64_t m, n, k;
  const T* a;
  int64_t row_a, col_a;
  const T* b;
  int64_t row_b, col_b;
  T* c;
  int64_t ldc;
  const T* bias;
};

// False, and nothing done, if c does not fit in one tile.
template <typename T> bool multiply_one_tile(const Product<T>& p);
// False, and nothing done, unless c has few columns and the sums are long.
template <typename T> bool multiply_narrow(const Product<T>& p);
// A vector on either side: m == 1 or n == 1.
template <typename T> void multiply_vector(const Product<T>& p);
// Any other.
template <typename T> void multiply_blocked(const Product<T>& p);

// Whichever suits, for each of the batch.
template <typename T> void multiply_floats(const MatmulArgs& args);

}  // namespace pyten::kernels::PYTEN_ISA
