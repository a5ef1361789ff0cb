// Two operands: arithmetic.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_binary(Table& t) {
#define ROW(name, dtypes, ...) \
  binary_row<fn::name, mask(dtypes) __VA_OPT__(, ) __VA_ARGS__>(t.binary[int(Binary::name)]);
  ROW(add, kUnsignedInts | kInexact)
  ROW(subtract, kUnsignedInts | kInexact)
  ROW(multiply, kUnsignedInts | kInexact)
  ROW(divide, kInexact)
  ROW(divide_no_nan, kInexact)
  ROW(multiply_no_nan, kInexact)
  ROW(floordiv, kReals, Width::four)
  ROW(floormod, kReals, Width::four)
  ROW(truncatediv, kReals, Width::four)
  ROW(truncatemod, kReals, Width::four)
  ROW(pow, kFloats, Width::four)
  ROW(pow, kInts, Width::one)
  ROW(maximum, kReals)
  ROW(minimum, kReals)
  ROW(squared_difference, kUnsignedInts | kInexact)
  ROW(atan2, kFloats, Width::four)
  ROW(xlogy, kFloats, Width::four)
  ROW(bitwise_and, kUnsignedInts)
  ROW(bitwise_or, kUnsignedInts)
  ROW(bitwise_xor, kUnsignedInts)
#undef ROW
  for (Binary op : {Binary::add, Binary::subtract, Binary::multiply, Binary::squared_difference}) {
    share_wrapping(t.binary[int(op)]);
  }
  for (Binary op : {Binary::bitwise_and, Binary::bitwise_or, Binary::bitwise_xor}) {
    BinaryKernel* row = t.binary[int(op)];
    share_wrapping(row);
    row[int(DType::kBool)] = row[int(DType::kUInt8)];
  }
}

}  // namespace pyten::kernels::cuda
