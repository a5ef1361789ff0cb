// Comparisons of real types and bool.
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

// x > y is y < x.
template <typename F, typename T>
void swapped(int64_t n, const void* x, int64_t sx, const void* y, int64_t sy, void* out,
             int64_t so) {
  vector_binary<F, T>(n, y, sy, x, sx, out, so);
}
template <typename F, typename... Ts>
void swapped_row(BinaryKernel* row) {
  ((row[int(Traits<Ts>::dtype)] = swapped<F, Ts>), ...);
}

}  // namespace

void fill_compare(Table& t) {
  auto row = [&](Binary op) { return t.binary[int(op)]; };
  bits_row<fn::equal, bool, PYTEN_INTS, PYTEN_REAL_FLOATS>(row(Binary::equal));
  bits_row<fn::not_equal, bool, PYTEN_INTS, PYTEN_REAL_FLOATS>(row(Binary::not_equal));
  vector_row<fn::less, PYTEN_INTS, PYTEN_REAL_FLOATS>(row(Binary::less));
  vector_row<fn::less_equal, PYTEN_INTS, PYTEN_REAL_FLOATS>(row(Binary::less_equal));
  swapped_row<fn::less, PYTEN_INTS, PYTEN_REAL_FLOATS>(row(Binary::greater));
  swapped_row<fn::less_equal, PYTEN_INTS, PYTEN_REAL_FLOATS>(row(Binary::greater_equal));
}

}  // namespace pyten::kernels::PYTEN_ISA
