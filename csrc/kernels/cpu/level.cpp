// This level's tables.
#include "kernels/fill.h"

namespace pyten::kernels::PYTEN_ISA {

void fill(Table& t, Parts& p) {
  fill_unary(t);
  fill_binary(t);
  fill_compare(t);
  fill_copy(t, p);
  fill_cast(t);
  fill_reduce(t);
  fill_arg(t);
  fill_softmax(t);
  fill_sort(t);
  fill_matmul(t);
  fill_conv(t);
  fill_pool(t);
  fill_half(t);
  fill_random(t, p);
  fill_transpose(p);
}

}  // namespace pyten::kernels::PYTEN_ISA
