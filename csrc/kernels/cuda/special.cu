// Special functions of one number, and those of the Python array API.
#include "kernels/special_functors.h"

#include "kernels/array_functors.h"
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {

void fill_special(Table& t) {
#define ROW(name) unary_row<fn::name, mask(kFloats), Width::one>(t.unary[int(Unary::name)]);
  // clang-format off
  ROW(lgamma) ROW(digamma) ROW(erfinv) ROW(erfcinv) ROW(ndtri)
  ROW(bessel_i0) ROW(bessel_i0e) ROW(bessel_i1) ROW(bessel_i1e)
  ROW(bessel_k0) ROW(bessel_k0e) ROW(bessel_k1) ROW(bessel_k1e)
  ROW(bessel_j0) ROW(bessel_j1) ROW(bessel_y0) ROW(bessel_y1)
#undef ROW
      // clang-format on
      unary_row<fn::log2, mask(kInexact), Width::one>(t.unary[int(Unary::log2)]);
  unary_row<fn::log10, mask(kInexact), Width::one>(t.unary[int(Unary::log10)]);
  unary_row<fn::trunc, mask(kFloats)>(t.unary[int(Unary::trunc)]);
  unary_row<fn::signbit, mask(kFloats)>(t.unary[int(Unary::signbit)]);
  fill_special_binary(t);
}

}  // namespace pyten::kernels::cuda
