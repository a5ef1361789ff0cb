// cuBLAS, opened at run time: pyten neither needs its headers nor fails to load without it.
#pragma once

#include "kernels/cuda/runtime.h"
#include "kernels/kernels.h"

namespace pyten::cuda {

// A row-major product as cuBLAS may take it: c[m, n] = a[m, k] b[k, n] + beta c. Rows are `ld`
// apart, or, where transposed, columns are. Strides between matrices in elements.
struct BlasProduct {
  DType dtype;
  int64_t m, n, k, batch;
  const void *a, *b;
  void* c;
  int64_t ld_a, ld_b, ld_c;
  int64_t batch_a, batch_b, batch_c;
  bool transpose_a, transpose_b;
  bool add;  // beta: 1 instead of 0
};

// Whether cuBLAS was found; the first call looks for it: where the environment variable
// PYTEN_CUBLAS says, in NVIDIA's wheel beside this package, on the system. An empty PYTEN_CUBLAS
// turns it off.
bool has_blas();
// False, with nothing done, when cuBLAS has no such product.
bool multiply(const BlasProduct& p);

// Makes what products of a capture on that stream need, where products were made before.
void prepare_blas_for_capture(Gpu& gpu, cudaStream_t stream);

// Whether float32 may be multiplied as TF32; see HostServices.
void set_tensor_float_32(const bool* flag);

}  // namespace pyten::cuda
