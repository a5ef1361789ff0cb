// One operand: arithmetic, rounding, comparison with limits, activations without transcendentals.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_unary(Table& t) {
#define ROW(name, dtypes) unary_row<fn::name, mask(dtypes)>(t.unary[int(Unary::name)]);
  ROW(negative, kSignedInts | kInexact)
  ROW(square, kNumbers)
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
  ROW(invert, kInts)
  ROW(logical_not, kBools)
  ROW(is_nan, kFloats)
  ROW(is_inf, kFloats)
  ROW(is_finite, kFloats)
#undef ROW
}

}  // namespace pyten::kernels::cuda
