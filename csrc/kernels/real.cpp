// Real elementwise kernels that a wider instruction set would not make faster.
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::common {

void fill_real(Table& t) {
  // clang-format off
#define ROW(name) strided_row<fn::name, PYTEN_REAL_FLOATS>(t.unary[int(Unary::name)]);
  ROW(sin) ROW(cos) ROW(tan) ROW(asin) ROW(acos) ROW(atan) ROW(sinh) ROW(cosh) ROW(asinh)
  ROW(acosh) ROW(atanh) ROW(erf) ROW(erfc)
#undef ROW
#define ROW(name) strided_row<fn::name, double>(t.unary[int(Unary::name)]);
  ROW(exp) ROW(expm1) ROW(log) ROW(log1p) ROW(tanh) ROW(sigmoid) ROW(softplus) ROW(elu) ROW(selu)
#undef ROW
#define ROW(name, ...) strided_row<fn::name, __VA_ARGS__>(t.binary[int(Binary::name)]);
  ROW(floordiv, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(floormod, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(truncatediv, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(truncatemod, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(pow, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(atan2, PYTEN_REAL_FLOATS)
  ROW(xlogy, PYTEN_REAL_FLOATS)
#undef ROW
  // clang-format on
}

}  // namespace pyten::kernels::common
