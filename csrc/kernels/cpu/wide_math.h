// exp and its relatives of float with what AVX-512 alone has: scaling by a power of two, which is a
// third of the work of float_math.h, and a quick reciprocal, where a division takes as long as all
// the rest. Same reductions and polynomials, same bounds (kernels_accuracy_test).
#pragma once

#include "kernels/cpu/simd.h"

#if defined(__AVX512F__)
#define PYTEN_WIDE_MATH 1

namespace pyten::kernels::PYTEN_ISA::wide {

using V = Vector<float>;

// The forms with a mask, of all lanes: GCC 12 takes the others' undefined source for a mistake.
constexpr __mmask16 kLanesAll = 0xffff;
inline V all(float x) { return _mm512_set1_ps(x); }
// The limit where x is beyond it; NaN stays.
inline V at_most(V x, float limit) { return _mm512_maskz_min_ps(kLanesAll, all(limit), x); }
inline V at_least(V x, float limit) { return _mm512_maskz_max_ps(kLanesAll, all(limit), x); }
inline V magnitude(V x) { return _mm512_abs_ps(x); }
inline V reciprocal(V d) {
  V r = _mm512_maskz_rcp14_ps(kLanesAll, d);
  return fma(r, _mm512_fnmadd_ps(d, r, all(1)), r);
}
inline V scaled(V x, V n) { return _mm512_maskz_scalef_ps(kLanesAll, x, n); }  // x 2^n
// For finite numbers: one correction of a quotient that is right to 14 bits.
inline V quotient(V x, V d) {
  V r = _mm512_maskz_rcp14_ps(kLanesAll, d), q = x * r;
  return fma(_mm512_fnmadd_ps(q, d, x), r, q);
}

// x = n ln 2 + r, |r| <= ln 2 / 2; gives exp(r) - 1 and sets n.
inline V exp_reduced(V x, V& n) {
  const V round = all(12582912.0f);  // 1.5 * 2^23: the sum's low bits are the nearest integer
  n = fma(x, all(1.44269504f), round) - round;
  V r = fma(n, all(-0.693359375f), x);
  r = fma(n, all(2.12194440e-4f), r);
  V p = all(1.9875691500e-4f);
  p = fma(p, r, all(1.3981999507e-3f));
  p = fma(p, r, all(8.3334519073e-3f));
  p = fma(p, r, all(4.1665795894e-2f));
  p = fma(p, r, all(1.6666665459e-1f));
  p = fma(p, r, all(5.0000001201e-1f));
  return fma(p * r, r, r);
}

// For x from -104.5, where the result is 0, to 89, where it is infinite.
inline V exp_between(V x) {
  V n, e = exp_reduced(x, n);
  return scaled(all(1) + e, n);
}
inline V exp(V x) { return exp_between(at_least(at_most(x, 89.0f), -104.5f)); }

inline V tanh(V x) {
  V n, e = exp_reduced(2 * at_most(magnitude(x), 10.0f), n);  // beyond it the result is 1
  V s = scaled(all(1), n), t = fma(s, e, s - 1);              // exp(2 |x|) - 1
  V y = quotient(t, t + 2);
  const __m512i sign = _mm512_set1_epi32(int32_t(0x80000000));
  return V(_mm512_ternarylogic_epi32(sign, __m512i(x), __m512i(y), 0xca));  // sign ? x : y
}

inline V sigmoid(V x) {
  const __m512i sign = _mm512_set1_epi32(int32_t(0x80000000));
  V e = exp_between(at_least(V(_mm512_or_si512(__m512i(x), sign)), -104.5f));  // exp(-|x|)
  V y = reciprocal(1 + e);
  return _mm512_mask_mul_ps(y, _mm512_cmp_ps_mask(x, all(0), _CMP_LT_OQ), y, e);
}

// Along any stride: the same bits however the elements lie.
template <V (*f)(V)>
void unary(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  auto x = static_cast<const float*>(px);
  auto out = static_cast<float*>(po);
  constexpr int L = kLanes<float>;
  for (int64_t i = 0; i < n; i += L) {
    int count = n - i < L ? int(n - i) : L;
    V v;
    if (sx == 1) {
      v = count == L ? load(x + i) : load_part(x + i, count);
    } else {
      v = V{};
      for (int j = 0; j < count; ++j) v[j] = x[(i + j) * sx];
    }
    v = f(v);
    if (so == 1) {
      if (count == L) store(out + i, v);
      else store_part(out + i, v, count);
    } else {
      for (int j = 0; j < count; ++j) out[(i + j) * so] = v[j];
    }
  }
}

}  // namespace pyten::kernels::PYTEN_ISA::wide

#endif
