// Binary elementwise arithmetic of real types.
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

// Blocks whose elements all suit pow_fast are vector code; the C library does the others.
template <typename T>
void guarded_pow(int64_t n, const void* px, int64_t sx, const void* py, int64_t sy, void* po,
                 int64_t so) {
  auto x = static_cast<const T*>(px), y = static_cast<const T*>(py);
  auto out = static_cast<T*>(po);
  const T first_y = n > 0 ? *y : T(0);
  const bool one_y = sy == 0;
  for (int64_t i = 0; i < n; i += kGuardBlock) {
    int64_t end = i + kGuardBlock < n ? i + kGuardBlock : n;
    if (sx == 1 && so == 1 && (sy == 1 || one_y)) {
      int fits = 1;
      if (one_y) {
        for (int64_t j = i; j < end; ++j) fits &= int(m::pow_fits(x[j], first_y));
      } else {
        for (int64_t j = i; j < end; ++j) fits &= int(m::pow_fits(x[j], y[j]));
      }
      if (fits && one_y) {
        PYTEN_VECTORIZE
        for (int64_t j = i; j < end; ++j) out[j] = m::pow_fast(x[j], first_y);
        continue;
      }
      if (fits) {
        PYTEN_VECTORIZE
        for (int64_t j = i; j < end; ++j) out[j] = m::pow_fast(x[j], y[j]);
        continue;
      }
    }
    for (int64_t j = i; j < end; ++j) {
      T a = x[j * sx], b = one_y ? first_y : y[j * sy];
      out[j * so] = m::pow_fits(a, b) ? m::pow_fast(a, b) : m::pow(a, b);
    }
  }
}

}  // namespace

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
  ROW(vector, xlogy, PYTEN_REAL_FLOATS)
  ROW(bits, bitwise_and, bool, PYTEN_INTS)
  ROW(bits, bitwise_or, bool, PYTEN_INTS)
  ROW(bits, bitwise_xor, bool, PYTEN_INTS)
#undef ROW
  t.binary[int(Binary::pow)][int(DType::kFloat32)] = guarded_pow<float>;
#if defined(__FMA__) || defined(__aarch64__)
  t.binary[int(Binary::pow)][int(DType::kFloat64)] = guarded_pow<double>;
#endif
}

}  // namespace pyten::kernels::PYTEN_ISA
