// Elementary functions of complex numbers; their arithmetic stands with that of real ones.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_complex(Table& t) {
#define ROW(name) unary_row<fn::name, mask(kComplexes), Width::one>(t.unary[int(Unary::name)]);
  // clang-format off
  ROW(sqrt) ROW(rsqrt) ROW(exp) ROW(expm1) ROW(log) ROW(log1p) ROW(sin) ROW(cos) ROW(tan)
  ROW(asin) ROW(acos) ROW(atan) ROW(sinh) ROW(cosh) ROW(tanh) ROW(asinh) ROW(acosh) ROW(atanh)
  ROW(sigmoid)
#undef ROW
#define ROW(name) binary_row<fn::name, mask(kComplexes), Width::one>(t.binary[int(Binary::name)]);
  ROW(pow) ROW(xlogy)
#undef ROW
  // clang-format on
}

}  // namespace pyten::kernels::cuda
