// Comparisons.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_compare(Table& t) {
#define ROW(name, dtypes) binary_row<fn::name, mask(dtypes)>(t.binary[int(Binary::name)]);
  ROW(equal, kUnsignedInts | kInexact)  // of integers, the bits
  ROW(not_equal, kUnsignedInts | kInexact)
  ROW(less, kReals)
  ROW(less_equal, kReals)
  ROW(greater, kReals)
  ROW(greater_equal, kReals)
#undef ROW
  for (Binary op : {Binary::equal, Binary::not_equal}) {
    BinaryKernel* row = t.binary[int(op)];
    share_wrapping(row);
    row[int(DType::kBool)] = row[int(DType::kUInt8)];
  }
}

}  // namespace pyten::kernels::cuda
