// Special functions of two numbers, and those of the Python array API.
#include "kernels/special_functors.h"

#include "kernels/array_functors.h"
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_special_binary(Table& t) {
#define ROW(name, dtypes, width) \
  binary_row<fn::name, mask(dtypes), Width::width>(t.binary[int(Binary::name)]);
  ROW(xlog1py, kInexact, one)
  ROW(xdivy, kInexact, one)
  ROW(polygamma, kFloats, one)
  ROW(zeta, kFloats, one)
  ROW(igamma, kFloats, one)
  ROW(igammac, kFloats, one)
  ROW(igamma_grad_a, kFloats, one)
  ROW(igamma_grad_aa, kFloats, one)
  ROW(random_gamma_grad, kFloats, one)
  ROW(nextafter, DTypeSet(DType::kFloat32) | DType::kFloat64, full)
  ROW(left_shift, kInts, full)
  ROW(right_shift, kInts, full)
  ROW(copysign, kFloats, full)
  ROW(hypot, kFloats, four)
  ROW(logaddexp, kFloats, four)
  ROW(remainder, kFloats, four)
#undef ROW
}

}  // namespace pyten::kernels::cuda
