// Comparisons.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_compare(Table& t) {
#define ROW(name, dtypes) binary_row<fn::name, mask(dtypes)>(t.binary[int(Binary::name)]);
  ROW(equal, kAllDTypes)
  ROW(not_equal, kAllDTypes)
  ROW(less, kReals)
  ROW(less_equal, kReals)
  ROW(greater, kReals)
  ROW(greater_equal, kReals)
#undef ROW
}

}  // namespace pyten::kernels::cuda
