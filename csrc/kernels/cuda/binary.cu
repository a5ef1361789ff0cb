// Two operands: arithmetic.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_binary(Table& t) {
#define ROW(name, dtypes) binary_row<fn::name, mask(dtypes)>(t.binary[int(Binary::name)]);
  ROW(add, kNumbers)
  ROW(subtract, kNumbers)
  ROW(multiply, kNumbers)
  ROW(divide, kInexact)
  ROW(divide_no_nan, kInexact)
  ROW(multiply_no_nan, kInexact)
  ROW(floordiv, kReals)
  ROW(floormod, kReals)
  ROW(truncatediv, kReals)
  ROW(truncatemod, kReals)
  ROW(pow, kReals)
  ROW(maximum, kReals)
  ROW(minimum, kReals)
  ROW(squared_difference, kNumbers)
  ROW(atan2, kFloats)
  ROW(xlogy, kFloats)
  ROW(bitwise_and, kInts | kBools)
  ROW(bitwise_or, kInts | kBools)
  ROW(bitwise_xor, kInts | kBools)
#undef ROW
}

}  // namespace pyten::kernels::cuda
