// One operand: arithmetic, rounding, comparison with limits, activations without transcendentals.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_unary(Table& t) {
#define ROW(name, dtypes) unary_row<fn::name, mask(dtypes)>(t.unary[int(Unary::name)]);
  ROW(negative, kUnsignedInts | kInexact)
  ROW(square, kUnsignedInts | kInexact)
  ROW(abs, kSignedInts | kInexact)
  ROW(sign, kSignedInts | kInexact)
  ROW(sqrt, kFloats)
  ROW(rsqrt, kFloats)
  ROW(reciprocal, kInexact)
  ROW(floor, kFloats)
  ROW(ceil, kFloats)
  ROW(rint, kFloats)
  ROW(relu, kReals)
  ROW(relu6, kReals)
  ROW(conj, kComplexes)
  ROW(real, kComplexes)
  ROW(imag, kComplexes)
  ROW(angle, kInexact)
  ROW(invert, kUnsignedInts)
  ROW(logical_not, kBools)
  ROW(is_nan, kFloats)
  ROW(is_inf, kFloats)
  ROW(is_finite, kFloats)
#undef ROW
  for (Unary op : {Unary::negative, Unary::square, Unary::invert}) {
    share_wrapping(t.unary[int(op)]);
  }
  // Compiled for the sake of the signed ones.
  for (int d = int(DType::kUInt8); d <= int(DType::kUInt64); ++d) {
    t.unary[int(Unary::negative)][d] = {};
  }
}

}  // namespace pyten::kernels::cuda
