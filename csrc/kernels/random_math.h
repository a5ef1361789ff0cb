// Philox4x32-10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011), and numbers
// made of its words exactly as TensorFlow makes them, once for every device.
#pragma once

#include "kernels/kernels.h"
#include "kernels/math.h"

namespace pyten::kernels::PYTEN_ISA {

PYTEN_FN void philox_words(const Philox& stream, uint32_t* out) {
  uint32_t c0 = stream.counter[0], c1 = stream.counter[1];
  uint32_t c2 = stream.counter[2], c3 = stream.counter[3];
  uint32_t k0 = stream.key[0], k1 = stream.key[1];
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = uint64_t(0xD2511F53) * c0, p1 = uint64_t(0xCD9E8D57) * c2;
    c0 = uint32_t(p1 >> 32) ^ c1 ^ k0;
    c2 = uint32_t(p0 >> 32) ^ c3 ^ k1;
    c1 = uint32_t(p1);
    c3 = uint32_t(p0);
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

PYTEN_FN Philox philox_after(Philox stream, uint64_t blocks) {
  uint64_t low = uint64_t(stream.counter[1]) << 32 | stream.counter[0];
  uint64_t high = uint64_t(stream.counter[3]) << 32 | stream.counter[2];
  low += blocks;
  high += low < blocks;
  stream.counter[0] = uint32_t(low), stream.counter[1] = uint32_t(low >> 32);
  stream.counter[2] = uint32_t(high), stream.counter[3] = uint32_t(high >> 32);
  return stream;
}

// In [0, 1): the words' low bits as the fraction of a number in [1, 2), less 1.
template <typename T> PYTEN_FN T unit(const uint32_t* words);
template <> PYTEN_FN float unit<float>(const uint32_t* words) {
  return bit_cast<float>((*words & 0x7fffff) | 0x3f800000) - 1.0f;
}
template <> PYTEN_FN double unit<double>(const uint32_t* words) {
  uint64_t fraction = uint64_t(words[0] & 0xfffff) << 32 | words[1];
  return bit_cast<double>(fraction | uint64_t(1023) << 52) - 1.0;
}
template <> PYTEN_FN Half unit<Half>(const uint32_t* words) {
  return from_float<Half>(to_float(Half{uint16_t((*words & 0x3ff) | 15 << 10)}) - 1.0f);
}
template <> PYTEN_FN BFloat16 unit<BFloat16>(const uint32_t* words) {
  return from_float<BFloat16>(to_float(BFloat16{uint16_t((*words & 0x7f) | 127 << 7)}) - 1.0f);
}

// a * b + c; rounded once where that costs nothing.
PYTEN_FN double fused(double a, double b, double c) {
#if defined(__FMA__) || defined(__aarch64__) || defined(__CUDACC__)
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}

// -- log, sin and cos as the GNU C library computes them for float, in double: TensorFlow's normals
// are made with those, to the last bit ------------------------------------------------------------
// x normal, positive and not 1.
PYTEN_FN float log_of(float x) {
  struct Logarithm {
    double inverse, log;
  };
  static constexpr Logarithm kLogarithms[16] = {
      {0x1.661ec79f8f3bep+0, -0x1.57bf7808caadep-2}, {0x1.571ed4aaf883dp+0, -0x1.2bef0a7c06ddbp-2},
      {0x1.49539f0f010b0p+0, -0x1.01eae7f513a67p-2}, {0x1.3c995b0b80385p+0, -0x1.b31d8a68224e9p-3},
      {0x1.30d190c8864a5p+0, -0x1.6574f0ac07758p-3}, {0x1.25e227b0b8ea0p+0, -0x1.1aa2bc79c8100p-3},
      {0x1.1bb4a4a1a343fp+0, -0x1.a4e76ce8c0e5ep-4}, {0x1.12358f08ae5bap+0, -0x1.1973c5a611cccp-4},
      {0x1.0953f419900a7p+0, -0x1.252f438e10c1ep-5}, {0x1.0000000000000p+0, 0x0.0p+0},
      {0x1.e608cfd9a47acp-1, 0x1.aa5aa5df25984p-5},  {0x1.ca4b31f026aa0p-1, 0x1.c5e53aa362eb4p-4},
      {0x1.b2036576afce6p-1, 0x1.526e57720db08p-3},  {0x1.9c2d163a1aa2dp-1, 0x1.bc2860d224770p-3},
      {0x1.886e6037841edp-1, 0x1.1058bc8a07ee1p-2},  {0x1.767dcf5534862p-1, 0x1.4043057b6ee09p-2}};
  uint32_t bits = bit_cast<uint32_t>(x), offset = bits - 0x3f330000u;
  uint32_t place = offset >> 19 & 15;
  int32_t exponent = int32_t(offset) >> 23;
  double z = bit_cast<float>(bits - (offset & 0xff800000u));
  double r = fused(z, kLogarithms[place].inverse, -1.0);
  double whole = fused(double(exponent), 0x1.62e42fefa39efp-1, kLogarithms[place].log);
  double square = r * r;
  double y = fused(0x1.5575b0be00b6ap-2, r, -0x1.ffffef20a4123p-2);
  y = fused(-0x1.00ea348b88334p-2, square, y);
  return float(fused(y, square, whole + r));
}

// 0 <= y <= 2 pi
PYTEN_FN void sin_cos_of(float y, float& sine, float& cosine) {
  double x = y;
  int32_t n = (int32_t(x * 0x1.45f306dc9c883p+23) + 0x800000) >> 24;
  x = fused(-double(n), 0x1.921fb54442d18p0, x);
  double z = x * x, z2 = z * z, cube = x * z;
  double s = fused(z, -0x1.994eb3774cf24p-13, 0x1.1107605230bc4p-7);
  s = fused(cube * z, s, fused(cube, -0x1.555545995a603p-3, x));
  double c = fused(z, 0x1.99343027bf8c3p-16, -0x1.6c087e89a359dp-10);
  double first = fused(z, -0x1.ffffffd0c621cp-2, 1.0);
  c = fused(z2 * z, c, fused(z2, 0x1.55553e1068f19p-5, first));
  s = (n + 1) & 2 ? -s : s;
  c = n & 2 ? -c : c;
  sine = float(n & 1 ? c : s);
  cosine = float(n & 1 ? s : c);
}

}  // namespace pyten::kernels::PYTEN_ISA
