// Real elementwise kernels that a wider instruction set would not make faster.
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::common {

void fill_real(Table& t) {
  // clang-format off
  strided_row<fn::erfc, PYTEN_REAL_FLOATS>(t.unary[int(Unary::erfc)]);
#define ROW(name, ...) strided_row<fn::name, __VA_ARGS__>(t.binary[int(Binary::name)]);
  ROW(floordiv, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(floormod, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(truncatediv, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(truncatemod, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(pow, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(atan2, PYTEN_REAL_FLOATS)
#undef ROW
  // clang-format on
}

}  // namespace pyten::kernels::common
