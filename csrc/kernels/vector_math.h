// Further elementary functions without branches, for float and double alike, and where they hold.
//
// Largest error in units in the last place, of float and double (kernels_accuracy_test): sin and
// cos 1.5, cosh, asin, acos, erf and pow below 2, tanh, tan, sinh, atan, asinh, acosh and atanh
// below 3.
#pragma once

#include "kernels/double_math.h"

namespace pyten::kernels::PYTEN_ISA::m {

template <typename T> using int_t = if_t<sizeof(T) == 8, int64_t, int32_t>;
template <typename T> inline constexpr bool is_double = sizeof(T) == 8;

PYTEN_FN float absolute(float x) { return __builtin_fabsf(x); }
PYTEN_FN double absolute(double x) { return __builtin_fabs(x); }
PYTEN_FN float with_sign(float x, float s) { return __builtin_copysignf(x, s); }
PYTEN_FN double with_sign(double x, double s) { return __builtin_copysign(x, s); }
PYTEN_FN float root(float x) { return __builtin_sqrtf(x); }
PYTEN_FN double root(double x) { return __builtin_sqrt(x); }

// -- exponentials --------------------------------------------------------------------------------
PYTEN_FN double tanh(double x) {
  double a = __builtin_fabs(x);
  a = a > 20 ? 20 : a;  // where the result is 1
  int64_t n;
  double p = expm1_reduced(2 * a, n), s = power_of_two(n);
  double t = mul_add(s, p, s - 1);  // exp(2 a) - 1
  double y = __builtin_copysign(t / (t + 2), x);
  return x != x ? x : y;
}

// (exp(a) - 1) / 2 for a >= 0, which overflows no sooner than sinh(a).
template <typename T>
PYTEN_FN T half_expm1(T a) {
  constexpr T kMost = is_double<T> ? T(710.5) : T(89.5);
  a = a > kMost ? kMost : a;
  int_t<T> n;
  T p = expm1_reduced(a, n), s = power_of_two(minus(n, int_t<T>(2)));
  T y = 2 * mul_add(s, p, s - T(0.25));
  return n == 0 ? p / 2 : y;
}
template <typename T>
PYTEN_FN T sinh_of(T x) {
  constexpr T kLarge = is_double<T> ? 0x1p60 : 0x1p30;
  T e = half_expm1(m::absolute(x)), rest = e / (2 * e + 1);
  T y = m::with_sign(e > kLarge ? e : e + rest, x);
  return x != x ? x : y;
}
template <typename T>
PYTEN_FN T cosh_of(T x) {
  T e = half_expm1(m::absolute(x)) + T(0.5);
  T y = e + T(0.25) / e;
  return x != x ? x : y;
}

// -- logarithms ----------------------------------------------------------------------------------
template <typename T> inline constexpr T kSquares = is_double<T> ? 0x1p60 : 0x1p40;
template <typename T> inline constexpr T kLn2 = T(0.69314718055994530942);

template <typename T>
PYTEN_FN T asinh_of(T x) {
  T a = m::absolute(x);
  bool large = a > kSquares<T>;
  T t = a + a * a / (1 + m::root(1 + a * a));
  return m::with_sign(m::log1p(large ? a : t) + (large ? kLn2<T> : T(0)), x);
}
template <typename T>
PYTEN_FN T acosh_of(T x) {
  T t = x - 1;
  bool large = x > kSquares<T>;
  T u = t + m::root(t * (2 + t));
  T y = m::log1p(large ? x : u) + (large ? kLn2<T> : T(0));
  return x < 1 ? T(__builtin_nan("")) : y;
}
template <typename T>
PYTEN_FN T atanh_of(T x) {
  T a = m::absolute(x);
  return m::with_sign(T(0.5) * m::log1p(2 * a / (1 - a)), x);
}

// -- sine, cosine, tangent -----------------------------------------------------------------------
// Where the reduction below is exact enough.
template <typename T>
PYTEN_FN bool trig_fits(T x) {
  return m::absolute(x) <= (is_double<T> ? T(800000) : T(48000));
}

// x = k pi / 2 + r + low, |r| <= pi / 4.
PYTEN_FN double trig_reduced(double x, int64_t& k, double& low) {
  // pi / 2 in parts of 33, 33 and 53 bits, so that products with k are exact.
  double t = nearest(x * 0.63661977236758134308, k);
  double a = x - t * 1.57079632673412561417e+00;
  double b = t * 6.07710050630396597660e-11;
  double r = a - b, v = r - a;
  double lost = (a - (r - v)) - (b + v);
  double c = t * 2.02226624879595063154e-21;
  double y = r + (lost - c);
  low = (r - y) + (lost - c);
  return y;
}
PYTEN_FN float trig_reduced(float x, int32_t& k, float& low) {
  low = 0;
#if defined(__FMA__) || defined(__aarch64__)
  constexpr float kRound = 12582912.0f;
  float t = x * 0.636619772f + kRound;
  k = int32_t(bit_cast<uint32_t>(t) - bit_cast<uint32_t>(kRound));
  t -= kRound;
  float r = mul_add(t, -1.57079637050628662109375f, x);
  r = mul_add(t, 4.371138828673793e-8f, r);
  return mul_add(t, 1.7151245100058819e-15f, r);
#else
  int64_t n;
  double t = nearest(double(x) * 0.63661977236758134308, n);
  k = int32_t(n);
  return float((double(x) - t * 1.57079632673412561417e+00) - t * 6.07710050650619224932e-11);
#endif
}

template <typename T>
struct SinCos {
  T sin, cos;  // of the reduced argument
  int_t<T> quadrant;
};
template <typename T>
PYTEN_FN SinCos<T> sin_cos(T x) {
  SinCos<T> v;
  T low, r = trig_reduced(x, v.quadrant, low), z = r * r, half = T(0.5) * z, w = 1 - half;
  T s, c;
  if constexpr (is_double<T>) {
    constexpr double kS[] = {-0.1666666666666666461,   0.008333333333330936554,
                             -0.000198412698367405321, 2.755731609319840519e-6,
                             -2.505112989645018631e-8, 1.591798897939743326e-10};
    constexpr double kC[] = {0.04166666666666666538,    -0.001388888888888738977,
                             0.00002480158729875440117, -2.755731726587808004e-7,
                             2.087614504941317909e-9,   -1.138254464534925044e-11};
    s = polynomial(kS, z), c = polynomial(kC, z);
    v.sin = r + mul_add(r * z, s, low * w);
    v.cos = w + (((1 - w) - half) + mul_add(z * z, c, -r * low));
  } else {
    constexpr float kS[] = {-0.1666666466f, 0.008332747105f, -0.000195876391f};
    constexpr float kC[] = {0.04166666465f, -0.001388830187f, 2.454768977e-5f};
    s = polynomial(kS, z), c = polynomial(kC, z);
    v.sin = mul_add(r * z, s, r);
    v.cos = w + mul_add(z * z, c, (1 - w) - half);
  }
  return v;
}
template <typename T>
PYTEN_FN T sin_of(T x) {
  SinCos<T> v = sin_cos(x);
  T y = v.quadrant & 1 ? v.cos : v.sin;
  y = v.quadrant & 2 ? -y : y;
  return x == 0 ? x : y;
}
template <typename T>
PYTEN_FN T cos_of(T x) {
  SinCos<T> v = sin_cos(x);
  T y = v.quadrant & 1 ? v.sin : v.cos;
  return (v.quadrant + 1) & 2 ? -y : y;
}
template <typename T>
PYTEN_FN T tan_of(T x) {
  SinCos<T> v = sin_cos(x);
  bool odd = v.quadrant & 1;
  T y = (odd ? -v.cos : v.sin) / (odd ? v.sin : v.cos);
  return x == 0 ? x : y;
}

// -- arcs ----------------------------------------------------------------------------------------
template <typename T>
PYTEN_FN T atan_of(T x) {
  T a = m::absolute(x);
  bool near = a<T(0.41421356237309504880), far = a> T(2.41421356237309504880);
  T q = (near ? a : far ? T(-1) : a - 1) / (near ? T(1) : far ? a : a + 1);
  T z = q * q, p;
  if constexpr (is_double<T>) {
    constexpr double kA[] = {
        -0.3333333333333333013,  0.199999999999954792,    -0.1428571428465789355,
        0.111111110145610136,    -0.09090904549884610954, 0.07692182535116648202,
        -0.06664502215671447104, 0.05858068756861510547,  -0.05085030492810940543,
        0.03921955253255129409,  -0.01916206891590257395};
    p = polynomial(kA, z);
  } else {
    constexpr float kA[] = {-0.3333333175f, 0.1999953879f, -0.1426389711f, 0.1074309967f,
                            -0.06449835225f};
    p = polynomial(kA, z);
  }
  constexpr T kQuarter = T(0.78539816339744830962);
  constexpr T kRest = is_double<T> ? T(3.0616169978683829431e-17) : T(-2.1855694e-8);
  T base = near ? T(0) : far ? 2 * kQuarter : kQuarter;
  T rest = near ? T(0) : far ? 2 * kRest : kRest;
  T y = base + (mul_add(q * z, p, q) + rest);
  y = near ? mul_add(q * z, p, q) : y;
  return x != x ? x : m::with_sign(y, x);
}

// asin(s) - s where z = s^2 <= 1/4.
template <typename T>
PYTEN_FN T asin_rest(T s, T z) {
  if constexpr (is_double<T>) {
    constexpr double kB[] = {
        0.1666666666666666783,   0.0749999999999842426,  0.04464285714637338088,
        0.0303819441370852143,   0.02237217300200559739, 0.01735239126590922786,
        0.01397123530112453915,  0.01147895269025738674, 0.01032431828874411205,
        0.005450878187720549948, 0.01741935796488485717, -0.01488140940939281806,
        0.02877844261259304085};
    return s * z * polynomial(kB, z);
  } else {
    constexpr float kB[] = {0.1666667243f, 0.07498852962f, 0.04500189409f, 0.02655066296f,
                            0.03809396215f};
    return s * z * polynomial(kB, z);
  }
}
template <typename T>
PYTEN_FN T asin_of(T x) {
  T a = m::absolute(x);
  bool far = a > T(0.5);
  T z = far ? (1 - a) / 2 : a * a;
  T s = far ? m::root(z) : a, rest = asin_rest(s, z);
  constexpr T kRest = is_double<T> ? T(6.123233995736766036e-17) : T(-4.371139e-8);
  T y = (T(1.57079632679489661923) - 2 * s) - (2 * rest - kRest);
  return m::with_sign(far ? y : s + rest, x);
}
template <typename T>
PYTEN_FN T acos_of(T x) {
  T a = m::absolute(x);
  bool far = a > T(0.5);
  T z = far ? (1 - a) / 2 : a * a;
  T s = far ? m::root(z) : x, p = s + asin_rest(s, z);
  constexpr T kHalf = T(1.57079632679489661923);
  constexpr T kRest = is_double<T> ? T(6.123233995736766036e-17) : T(-4.371139e-8);
  T y = kHalf - (p - kRest);
  T left = 2 * kHalf - (2 * p - 2 * kRest), right = 2 * p;
  return far ? (x < 0 ? left : right) : y;
}

// -- error function ------------------------------------------------------------------------------
PYTEN_FN float erf_of(float x) {
  constexpr float kNear[] = {0.128379166f,    -0.3761262667f,    0.1128359472f,  -0.02685421201f,
                             0.005189087423f, -0.0008016864287f, 7.875875063e-5f};
  constexpr float kFar[] = {0.0003201380497f, -1.130233435f,    -0.6318260516f,
                            -0.1100800829f,   0.02642113601f,   -0.004759596293f,
                            0.0005968056257f, -4.605804269e-5f, 1.637151415e-6f};  // log erfc
  float a = __builtin_fabsf(x), c = a > 4 ? 4 : a;
  float near = mul_add(x, polynomial(kNear, a > 1 ? 1 : x * x), x);
  float far = __builtin_copysignf(1 - m::exp(polynomial(kFar, c)), x);
  return a > 1 ? far : near;
}
PYTEN_FN double erf_of(double x) {
  constexpr double kNear[] = {
      0.128379167095512574,     -0.3761263890318374806,     0.1128379167095487867,
      -0.02686617064507679325,  0.005223977624818014467,    -0.0008548326980833789905,
      0.0001205533111164271092, -0.00001492559526683118157, 1.646100048412136803e-6,
      -1.635031270105469501e-7, 1.465977527404743581e-8,    -1.137284885679167367e-9,
      5.957176147748911404e-11};
  // erfc(a) exp(a^2) in (a - 3) / (a + 3)
  constexpr double kFar[] = {
      0.1790011511813899502,     -0.3262335600430371748,    0.2456038017123319448,
      -0.1501159365007874391,    0.07166583719774874339,    -0.02439249931827319312,
      0.004269136347508256361,   0.0007077464443901537315,  -0.0005970623517093284279,
      0.00004525472635483354137, 0.00006406182073530546743, -0.0000128488945125235288,
      -8.008021319412684335e-6,  2.023603179641756635e-6,   1.280190086296266194e-6};
  double a = __builtin_fabs(x), c = a > 6 ? 6 : a;
  double near = mul_add(x, polynomial(kNear, a > 1 ? 1 : x * x), x);
  double tail = m::exp(-c * c) * polynomial(kFar, (c - 3) / (c + 3));
  double far = __builtin_copysign(1 - tail, x);
  return a > 1 ? far : near;
}

#define PYTEN_BOTH(name)                                \
  PYTEN_FN float name(float x) { return name##_of(x); } \
  PYTEN_FN double name(double x) { return name##_of(x); }
PYTEN_BOTH(sinh)
PYTEN_BOTH(cosh)
PYTEN_BOTH(asinh)
PYTEN_BOTH(acosh)
PYTEN_BOTH(atanh)
PYTEN_BOTH(sin)
PYTEN_BOTH(cos)
PYTEN_BOTH(tan)
PYTEN_BOTH(atan)
PYTEN_BOTH(asin)
PYTEN_BOTH(acos)
PYTEN_BOTH(erf)
#undef PYTEN_BOTH

}  // namespace pyten::kernels::PYTEN_ISA::m
