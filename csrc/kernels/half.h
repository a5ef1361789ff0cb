// Loops between the 16-bit floats and float32.
#pragma once

#include "kernels/loops.h"

namespace pyten::kernels::PYTEN_ISA {

inline constexpr int64_t kHalfBlock = 256;  // elements that stay on the stack, widened

template <typename H>
[[gnu::noinline]] void widen(int64_t n, const H* x, int64_t sx, float* out) {
  if (sx == 1) {
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) out[i] = to_float(x[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i] = to_float(x[i * sx]);
  }
}

template <typename H>
[[gnu::noinline]] void narrow(int64_t n, const float* x, H* out, int64_t so) {
  if (so == 1) {
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) out[i] = from_float<H>(x[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * so] = from_float<H>(x[i]);
  }
}

}  // namespace pyten::kernels::PYTEN_ISA
