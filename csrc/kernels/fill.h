// The parts of a Table. Those of `common` are compiled once and serve every level; a level's own
// are laid over them.
#pragma once

#include "kernels/kernels.h"
#include "kernels/numbers.h"
#include "kernels/parts.h"

namespace pyten::kernels {

namespace common {
void fill_real(Table& t);  // elementwise formulas that call libm or divide integers
void fill_complex(Table& t);
void fill_scan(Table& t);  // cumsum, cumprod
void fill_scatter(Table& t);
void fill_take(Table& t);
void fill_special(Table& t);
void fill_array_math(Table& t);
void fill_reduce_rest(Table& t);
void fill_windows_rest(Table& t);  // convolution and pooling of integers
}  // namespace common

namespace PYTEN_ISA {
void fill_unary(Table& t);
void fill_binary(Table& t);
void fill_compare(Table& t);
void fill_half(Table& t);  // float16 and bfloat16 by way of float32; after the other elementwise
void fill_cast(Table& t);
void fill_copy(Table& t, Parts& p);  // copy, select; past the caches
void fill_reduce(Table& t);
void fill_arg(Table& t);
void fill_softmax(Table& t);
void fill_sort(Table& t);
void fill_matmul(Table& t);
void fill_conv(Table& t);
void fill_pool(Table& t);
void fill_random(Table& t, Parts& p);
void fill_transpose(Parts& p);
}  // namespace PYTEN_ISA

}  // namespace pyten::kernels
