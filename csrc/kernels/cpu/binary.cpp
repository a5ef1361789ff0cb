// Binary elementwise arithmetic of real types.
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::PYTEN_ISA {

void fill_binary(Table& t) {
#define ROW(kind, name, ...) kind##_row<fn::name, __VA_ARGS__>(t.binary[int(Binary::name)]);
  ROW(bits, add, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(bits, subtract, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(bits, multiply, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(vector, divide, PYTEN_REAL_FLOATS)
  ROW(vector, divide_no_nan, PYTEN_REAL_FLOATS)
  ROW(vector, multiply_no_nan, PYTEN_REAL_FLOATS)
  ROW(vector, maximum, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(vector, minimum, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(bits, squared_difference, PYTEN_INTS, PYTEN_REAL_FLOATS)
  ROW(bits, bitwise_and, bool, PYTEN_INTS)
  ROW(bits, bitwise_or, bool, PYTEN_INTS)
  ROW(bits, bitwise_xor, bool, PYTEN_INTS)
#undef ROW
}

}  // namespace pyten::kernels::PYTEN_ISA
