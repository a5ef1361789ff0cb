// Products of float and double matrices.
#pragma once

#include "kernels/cpu/simd.h"

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

// Few elements: plain loops. A vector on either side. All others.
template <typename T> void multiply_tiny(const Product<T>& p);
template <typename T> void multiply_vector(const Product<T>& p);
template <typename T> void multiply_blocked(const Product<T>& p);

}  // namespace pyten::kernels::PYTEN_ISA
