// Special functions that do not fit the elementwise tables, on row-major blocks.
#pragma once

#include "kernels/kernels.h"

namespace pyten::kernels {

// out[i] = I_x[i](a[i], b[i]), the regularized incomplete beta function; float32 or float64.
void betainc(DType dtype, int64_t n, const void* a, const void* b, const void* x, void* out);
// Running log(sum(exp(x))); float32 or float64.
void cumulative_logsumexp(DType dtype, const void* x, void* out, int64_t outer, int64_t n,
                          int64_t inner, bool exclusive, bool reverse);

}  // namespace pyten::kernels
