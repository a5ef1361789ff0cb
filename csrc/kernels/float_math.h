// Elementary functions of float without branches, so that loops over them become vector code. The
// polynomials are those of the Cephes library (Moshier, Methods and Programs for Mathematical
// Functions, 1989). Subnormal numbers are exact to the same bounds as others.
//
// Largest error in units in the last place (kernels_accuracy_test), with and without fma:
//   exp 1.0, expm1 1.6, log 0.8, log1p 1.5, tanh 2.3
#pragma once

#include "kernels/numbers.h"

namespace pyten::kernels::PYTEN_ISA::m {

// a * b + c; rounded once where that costs nothing.
PYTEN_FN float mul_add(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__) || defined(__CUDACC__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

// x = n ln 2 + r, |r| <= ln 2 / 2; gives exp(r) - 1 - r and sets n.
PYTEN_FN float exp_reduced(float x, float& r, int32_t& n) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: the sum's low bits are the nearest integer
  float t = x * 1.44269504f + kRound;
  n = int32_t(bit_cast<uint32_t>(t) - bit_cast<uint32_t>(kRound));
  t -= kRound;
  r = mul_add(t, -0.693359375f, x);
  r = mul_add(t, 2.12194440e-4f, r);
  float p = 1.9875691500e-4f;
  p = mul_add(p, r, 1.3981999507e-3f);
  p = mul_add(p, r, 8.3334519073e-3f);
  p = mul_add(p, r, 4.1665795894e-2f);
  p = mul_add(p, r, 1.6666665459e-1f);
  p = mul_add(p, r, 5.0000001201e-1f);
  return p * r * r;
}
PYTEN_FN float power_of_two(int32_t n) { return bit_cast<float>(uint32_t(n + 127) << 23); }

PYTEN_FN float exp(float x) {
  float c = x > 89.0f ? 89.0f : x, r;
  c = c < -104.5f ? -104.5f : c;
  int32_t n;
  float tail = exp_reduced(c, r, n), y = 1 + (tail + r);
  // In two steps: 2^n alone may be out of range, and only the last may round.
  int32_t half = n >> 1;
  return y * power_of_two(half) * power_of_two(n - half);
}

PYTEN_FN float expm1(float x) {
  float c = x > 89.0f ? 89.0f : x, r;
  c = c < -30.0f ? -30.0f : c;
  int32_t n;
  float tail = exp_reduced(c, r, n), e = tail + r;
  float s = power_of_two(n - 1);  // 2^n may be out of range
  float y = 2 * mul_add(s, e, s - 0.5f);
  y = n == 0 ? e : y;
  return x == 0 ? x : y;
}

PYTEN_FN float log(float x) {
  bool small = x < 0x1p-126f;
  float scaled = small ? x * 0x1p23f : x;
  // 2^e m with m between sqrt(1/2) and sqrt(2), counted from the bits of sqrt(1/2).
  uint32_t u = bit_cast<uint32_t>(scaled) - 0x3f3504f3u;
  int32_t exponent = int32_t(u) >> 23;
  float m = bit_cast<float>((u & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
  float e = float(exponent - (small ? 23 : 0));
  float z = m * m;
  float p = 7.0376836292e-2f;
  p = mul_add(p, m, -1.1514610310e-1f);
  p = mul_add(p, m, 1.1676998740e-1f);
  p = mul_add(p, m, -1.2420140846e-1f);
  p = mul_add(p, m, 1.4249322787e-1f);
  p = mul_add(p, m, -1.6668057665e-1f);
  p = mul_add(p, m, 2.0000714765e-1f);
  p = mul_add(p, m, -2.4999993993e-1f);
  p = mul_add(p, m, 3.3333331174e-1f);
  float y = mul_add(e, -2.12194440e-4f, p * m * z);
  y = m + mul_add(-0.5f, z, y);
  y = mul_add(e, 0.693359375f, y);
  constexpr float kInf = __builtin_inff();
  y = x == kInf ? kInf : y;
  y = x < 0 ? __builtin_nanf("") : y;
  y = x == 0 ? -kInf : y;
  return x != x ? x : y;
}

// log(1 + x), with what rounding 1 + x has lost.
PYTEN_FN float log1p(float x) {
  float u = 1.0f + x, lost = x - (u - 1.0f);
  float correction = lost / u;  // NaN where log(u) is infinite
  float y = m::log(u) + (correction == correction ? correction : 0.0f);
  return u == 1.0f ? x : y;
}

PYTEN_FN float tanh(float x) {
  float a = __builtin_fabsf(x), r;
  a = a > 10.0f ? 10.0f : a;  // where the result is 1
  int32_t n;
  float tail = exp_reduced(2 * a, r, n), s = power_of_two(n);
  float t = mul_add(s, tail + r, s - 1);  // exp(2 a) - 1
  float y = __builtin_copysignf(t / (t + 2), x);
  return x != x ? x : y;
}

}  // namespace pyten::kernels::PYTEN_ISA::m
