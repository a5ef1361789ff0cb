// Unary elementwise kernels of real types.
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::PYTEN_ISA {

void fill_unary(Table& t) {
#define ROW(kind, name, ...) kind##_row<fn::name, __VA_ARGS__>(t.unary[int(Unary::name)]);
  ROW(bits, negative, PYTEN_SIGNED, PYTEN_REAL_FLOATS)
  ROW(vector, abs, PYTEN_SIGNED, PYTEN_REAL_FLOATS)
  ROW(vector, sign, PYTEN_SIGNED, PYTEN_REAL_FLOATS)
  ROW(bits, square, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(vector, sqrt, PYTEN_REAL_FLOATS)
  ROW(vector, rsqrt, PYTEN_REAL_FLOATS)
  ROW(vector, reciprocal, PYTEN_REAL_FLOATS)
  ROW(vector, floor, PYTEN_REAL_FLOATS)
  ROW(vector, ceil, PYTEN_REAL_FLOATS)
  ROW(vector, rint, PYTEN_REAL_FLOATS)
  ROW(vector, relu, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(vector, relu6, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(vector, angle, PYTEN_REAL_FLOATS)
  ROW(bits, invert, PYTEN_INTS)
  ROW(vector, is_nan, PYTEN_REAL_FLOATS)
  ROW(vector, is_inf, PYTEN_REAL_FLOATS)
  ROW(vector, is_finite, PYTEN_REAL_FLOATS)
  // Functions that float_math.h has without branches.
  ROW(vector, exp, float)
  ROW(vector, expm1, float)
  ROW(vector, log, float)
  ROW(vector, log1p, float)
  ROW(vector, tanh, float)
  ROW(vector, sigmoid, float)
  ROW(vector, softplus, float)
  ROW(vector, elu, float)
  ROW(vector, selu, float)
#undef ROW
  t.unary[int(Unary::logical_not)][int(DType::kBool)] = vector_unary<fn::logical_not, uint8_t>;
}

}  // namespace pyten::kernels::PYTEN_ISA
