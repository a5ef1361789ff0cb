// What common code in kernels/ asks of the CPU level that runs; ops see the Table alone.
#pragma once

#include "kernels/kernels.h"

namespace pyten::kernels {

// out[i * so + j] = x[j * sx + i] for i < rows and j < columns; past the caches if asked to.
using TransposeLoop = void (*)(int64_t rows, int64_t columns, const void* x, int64_t sx, void* out,
                               int64_t so, bool past);
// Copies past the caches. The caller ends with a fence, as a thread of the pool does.
using StreamLoop = void (*)(const void* from, void* to, int64_t nbytes);
// Four numbers from each block of a stream: uniform in [lo, lo + range), or normal.
using NumbersLoop = void (*)(const Philox& stream, int64_t blocks, float lo, float range,
                             float* out);

struct Parts {
  TransposeLoop transpose[5];  // by log2 of the element's size; null where there is none
  StreamLoop stream;           // null where a copy would do no better
  NumbersLoop uniform, normal;
};

const Parts& cpu_parts();

}  // namespace pyten::kernels
