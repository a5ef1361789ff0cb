// Complex elementwise kernels.
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::common {

void fill_complex(Table& t) {
  // clang-format off
#define ROW(name) strided_row<fn::name, PYTEN_COMPLEXES>(t.unary[int(Unary::name)]);
  ROW(negative) ROW(abs) ROW(sign) ROW(square) ROW(sqrt) ROW(rsqrt) ROW(reciprocal)
  ROW(exp) ROW(expm1) ROW(log) ROW(log1p) ROW(sin) ROW(cos) ROW(tan) ROW(asin) ROW(acos) ROW(atan)
  ROW(sinh) ROW(cosh) ROW(tanh) ROW(asinh) ROW(acosh) ROW(atanh) ROW(sigmoid)
  ROW(conj) ROW(real) ROW(imag) ROW(angle)
#undef ROW
#define ROW(name) strided_row<fn::name, PYTEN_COMPLEXES>(t.binary[int(Binary::name)]);
  ROW(add) ROW(subtract) ROW(multiply) ROW(divide) ROW(divide_no_nan) ROW(multiply_no_nan)
  ROW(pow) ROW(squared_difference) ROW(xlogy) ROW(equal) ROW(not_equal)
#undef ROW
  // clang-format on
}

}  // namespace pyten::kernels::common
