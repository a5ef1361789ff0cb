// The parts of a GPU's Table, a file each.
#pragma once

#include "kernels/kernels.h"

namespace pyten::kernels::cuda {

void fill_unary(Table& t);
void fill_transcendental(Table& t);
void fill_complex(Table& t);
void fill_special(Table& t);  // and those of two operands
void fill_special_binary(Table& t);
void fill_binary(Table& t);
void fill_compare(Table& t);
void fill_cast(Table& t);
void fill_copy(Table& t);      // copy, select
void fill_reduce(Table& t);    // and the extremes
void fill_extremes(Table& t);  // max, min, argmax, argmin
void fill_rows(Table& t);      // softmax, log_softmax
void fill_scan(Table& t);
void fill_sort(Table& t);
void fill_take(Table& t);  // take, scatter
void fill_matmul(Table& t);
void fill_conv(Table& t);
void fill_pool(Table& t);
void fill_random(Table& t);
void fill_optimizer(Table& t);

// For other kernels' use.
void multiply_matrices(DType dtype, const MatmulArgs& args);

}  // namespace pyten::kernels::cuda
