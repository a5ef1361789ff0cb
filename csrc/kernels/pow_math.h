// Powers without branches: exp(y log x), with the logarithm in two parts for double.
#pragma once

#include "kernels/double_math.h"

namespace pyten::kernels::PYTEN_ISA::m {

// Where pow_fast holds; all else (zeros, negative and subnormal bases, infinities, NaN, results
// that overflow or are subnormal) belongs to the C library.
PYTEN_FN bool pow_fits(float x, float y) {
  return int(x > 0) & int(x < __builtin_inff()) & int(__builtin_fabsf(y) < 0x1p60f);
}
PYTEN_FN bool pow_fits(double x, double y) {
  // |log2 x| |y| < 1000, from x's exponent: no further than 1 from log2 x.
  uint64_t field = bit_cast<uint64_t>(x) >> 52;
  double e = bit_cast<double>(field | 0x4330000000000000) - (0x1p52 + 1023);
  double most = (e < 0 ? -e : e) + 1;
  return int(x >= 0x1p-1022) & int(x < __builtin_inf()) & int(most * __builtin_fabs(y) < 1000);
}

// In double throughout: an error of 2^-36 in the logarithm is below a float's last place.
PYTEN_FN float pow_fast(float x, float y) {
  constexpr double kL[] = {2.885390081777850159,  0.9617966941132127155, 0.5770779423594590848,
                           0.4122092567861549711, 0.3199053739227617143, 0.2829066165906811111};
  constexpr double kE[] = {0.999999999959496961,     0.6931471805568274267,
                           0.2402265121412005353,    0.05550410906373737279,
                           0.009618025530398208056,  0.00133334784098653989,
                           0.0001546975574492582195, 0.00001530372113080136507};
  double e, f = log_reduced(double(x), e), s = f / (2 + f);
  double power = double(y) * mul_add(s, polynomial(kL, s * s), e);
  power = power > 200 ? 200 : power;
  power = power < -200 ? -200 : power;
  int64_t n;
  double r = power - nearest(power, n);
  return float(polynomial(kE, r) * power_of_two(n));
}

struct Parts {
  double high, low;
};
// Exact, |a| >= |b|.
PYTEN_FN Parts sum_of(double a, double b) {
  double s = a + b;
  return {s, b - (s - a)};
}
#if defined(__FMA__) || defined(__aarch64__)
PYTEN_FN Parts product_of(double a, double b) {
  double p = a * b;
  return {p, __builtin_fma(a, b, -p)};
}

PYTEN_FN double pow_fast(double x, double y) {
  // log(1 + f) = 2 s + (2/3) s^3 + s^5 q(s^2), s = f / (2 + f)
  constexpr double kQ[] = {0.3999999999999999982, 0.2857142857142937133, 0.2222222222165276527,
                           0.1818181833609984623, 0.153845948870071794,  0.133348087988123387,
                           0.1170612646456339678, 0.1172432706084675086};
  double e, f = log_reduced(x, e);
  double c = 2 + f, c_low = f - (c - 2), inverse = 1 / c;
  double s = f * inverse;
  double s_low = (__builtin_fma(-s, c, f) - s * c_low) * inverse;
  Parts z = product_of(s, s);
  z.low = __builtin_fma(2 * s, s_low, z.low);
  Parts cube = product_of(s, z.high);
  cube.low += __builtin_fma(s, z.low, s_low * z.high);
  Parts third = product_of(cube.high, 0.66666666666666662966);
  third.low += __builtin_fma(cube.low, 0.66666666666666662966, cube.high * 3.7007434154171883e-17);
  double rest = cube.high * z.high * polynomial(kQ, z.high);
  // e ln 2 + 2 s + third + rest, from the largest down
  constexpr double kHigh = 6.93147180369123816490e-01, kLow = 1.90821492927058770002e-10;
  Parts log = sum_of(e * kHigh, 2 * s);  // e ln 2 is 0, or larger than the rest
  Parts low = sum_of(third.high, e * kLow);
  double lower = log.low + (2 * s_low + third.low + rest + low.low);
  Parts next = sum_of(log.high, low.high);
  next = sum_of(next.high, next.low + lower);
  Parts power = product_of(y, next.high);
  power.low = __builtin_fma(y, next.low, power.low);
  int64_t n;
  double p = expm1_reduced(power.high, n);
  double grown = mul_add(1 + p, power.low, p);
  double scale = power_of_two(n);
  return mul_add(scale, grown, scale);
}
#endif

}  // namespace pyten::kernels::PYTEN_ISA::m
