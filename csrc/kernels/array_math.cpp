// The rows of array_math.def, float16 and bfloat16 aside: formulas that a wider instruction set
// would not make faster.
#include "kernels/array_functors.h"
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::common {

void fill_array_math(Table& t) {
  // clang-format off
#define ROW(name, ...) strided_row<fn::name, __VA_ARGS__>(t.unary[int(Unary::name)]);
  ROW(log2, PYTEN_REAL_FLOATS, PYTEN_COMPLEXES)
  ROW(log10, PYTEN_REAL_FLOATS, PYTEN_COMPLEXES)
  ROW(trunc, PYTEN_REAL_FLOATS)
  ROW(signbit, PYTEN_REAL_FLOATS)
#undef ROW
#define ROW(name) strided_row<fn::name, PYTEN_REAL_FLOATS>(t.binary[int(Binary::name)]);
  ROW(copysign)
  ROW(hypot)
  ROW(logaddexp)
  ROW(remainder)
#undef ROW
  // clang-format on
}

}  // namespace pyten::kernels::common
