// This level's table.
#include "kernels/fill.h"

namespace pyten::kernels::PYTEN_ISA {

void fill(Table& t) {
  fill_unary(t);
  fill_binary(t);
  fill_compare(t);
  fill_copy(t);
  fill_cast(t);
  fill_reduce(t);
  fill_arg(t);
  fill_softmax(t);
  fill_matmul(t);
  fill_conv(t);
  fill_pool(t);
  fill_half(t);
  fill_random(t);
}

}  // namespace pyten::kernels::PYTEN_ISA
