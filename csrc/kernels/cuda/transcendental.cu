// One operand: elementary functions of real numbers and what is made of them.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_transcendental(Table& t) {
#define ROW(name) unary_row<fn::name, mask(kFloats), Width::four>(t.unary[int(Unary::name)]);
  // clang-format off
  ROW(exp) ROW(expm1) ROW(log) ROW(log1p) ROW(sin) ROW(cos) ROW(tan) ROW(asin) ROW(acos) ROW(atan)
  ROW(sinh) ROW(cosh) ROW(tanh) ROW(asinh) ROW(acosh) ROW(atanh) ROW(sigmoid) ROW(softplus)
  ROW(erf) ROW(erfc) ROW(elu) ROW(selu) ROW(gelu) ROW(gelu_slope)
  // clang-format on
#undef ROW
}

}  // namespace pyten::kernels::cuda
