// The incomplete gamma functions P(a, x) and Q(a, x), and derivatives of P by a: all formulas are
// carried out on truncated Taylor series in a, whose first coefficient is the value itself.
#pragma once

#include "kernels/special_gamma.h"

namespace pyten::kernels::PYTEN_ISA::special {

// f(a + h) = c[0] + c[1] h + … + c[N] h^N.
template <int N>
struct Jet {
  double c[N + 1] = {};
  Jet() = default;
  PYTEN_FN Jet(double value) { c[0] = value; }
};
template <int N> PYTEN_FN Jet<N> operator+(Jet<N> x, const Jet<N>& y) {
  for (int i = 0; i <= N; ++i) x.c[i] += y.c[i];
  return x;
}
template <int N> PYTEN_FN Jet<N> operator-(Jet<N> x, const Jet<N>& y) {
  for (int i = 0; i <= N; ++i) x.c[i] -= y.c[i];
  return x;
}
template <int N> PYTEN_FN Jet<N> operator*(const Jet<N>& x, const Jet<N>& y) {
  Jet<N> z;
  for (int i = 0; i <= N; ++i) {
    for (int j = 0; j <= i; ++j) z.c[i] += x.c[j] * y.c[i - j];
  }
  return z;
}
template <int N> PYTEN_FN Jet<N> operator/(const Jet<N>& x, const Jet<N>& y) {
  Jet<N> z;
  for (int i = 0; i <= N; ++i) {
    double rest = x.c[i];
    for (int j = 0; j < i; ++j) rest -= z.c[j] * y.c[i - j];
    z.c[i] = rest / y.c[0];
  }
  return z;
}
template <int N> PYTEN_FN Jet<N> operator*(double x, Jet<N> y) {
  for (int i = 0; i <= N; ++i) y.c[i] *= x;
  return y;
}
// f with f' = slope * x', given f(x.c[0]).
template <int N> PYTEN_FN Jet<N> integrated(double value, const Jet<N>& slope, const Jet<N>& x) {
  Jet<N> z(value);
  for (int i = 1; i <= N; ++i) {
    for (int j = 1; j <= i; ++j) z.c[i] += j * x.c[j] * slope.c[i - j];
    z.c[i] /= i;
  }
  return z;
}
// exp(x), whose value may be known better than exp(x.c[0]).
template <int N> PYTEN_FN Jet<N> exp_with(double value, const Jet<N>& x) {
  Jet<N> z(value);
  for (int i = 1; i <= N; ++i) {
    for (int j = 1; j <= i; ++j) z.c[i] += j * x.c[j] * z.c[i - j];
    z.c[i] /= i;
  }
  return z;
}
template <int N> PYTEN_FN Jet<N> sqrt(const Jet<N>& x) {
  Jet<N> z(m::sqrt(x.c[0]));
  for (int i = 1; i <= N; ++i) {
    double rest = x.c[i];
    for (int j = 1; j < i; ++j) rest -= z.c[j] * z.c[i - j];
    z.c[i] = rest / (2 * z.c[0]);
  }
  return z;
}
template <int N> PYTEN_FN bool negligible(const Jet<N>& term, const Jet<N>& sum) {
  for (int i = 0; i <= N; ++i) {
    if (!(m::fabs(term.c[i]) <= kEpsilon / 4 * m::fabs(sum.c[i]))) return false;
  }
  return true;
}
template <int N> PYTEN_FN Jet<N> variable(double a) {
  Jet<N> z(a);
  if constexpr (N > 0) z.c[1] = 1;
  return z;
}

// log(1 + u) - u, to full relative accuracy.
PYTEN_SPECIAL double log1p_minus(double u) {
  if (!(m::fabs(u) < 0.4)) return m::log1p(u) - u;
  double r = u / (2 + u), z = r * r, sum = 0;  // log(1 + u) = 2 atanh(r)
  for (int k = 14; k >= 0; --k) sum = sum * z + 1.0 / (2 * k + 3);
  return r * (2 * z * sum - u);
}
// What Stirling's formula leaves of log gamma(a), a >= 10 (DLMF 5.11.1).
PYTEN_SPECIAL double stirling_rest(double a) {
  double z = 1 / (a * a), sum = 0;
  for (int k = 8; k >= 1; --k) sum = sum * z + bernoulli_ratio(k) / (2 * k - 1);
  return sum / a;
}
// log gamma(1 + a), |a| <= 1/2, accurate near 0 (DLMF 5.7.3).
PYTEN_SPECIAL double lgamma1p(double a) {
  constexpr double kZetaLess1[] = {
      0.6449340668482264,     0.2020569031595943,     0.08232323371113819,
      0.03692775514336993,    0.01734306198444914,    0.008349277381922827,
      0.00407735619794434,    0.00200839282608221,    0.0009945751278180853,
      0.0004941886041194645,  0.00024608655330804832, 0.00012271334757848915,
      6.124813505870483e-05,  3.058823630702049e-05,  1.528225940865187e-05,
      7.637197637899763e-06,  3.81729326499984e-06,   1.908212716553939e-06,
      9.539620338727962e-07,  4.769329867878064e-07,  2.3845050272773299e-07,
      1.1921992596531107e-07, 5.960818905125948e-08,  2.980350351465228e-08};
  double sum = 0;
  for (int k = 25; k >= 2; --k) sum = sum * -a + kZetaLess1[k - 2] / k;
  return sum * a * a + (1 - 0.57721566490153286061) * a - m::log1p(a);
}

// log(x^a e^-x / gamma(a + 1)) with its derivatives by a.
template <int N>
PYTEN_SPECIAL Jet<N> log_factor(double a, double x) {
  Jet<N> z;
  if (a >= 20) {
    double u = (x - a) / a;
    bool close = m::fabs(u) < 0.4;  // elsewhere x / a is known better than 1 + u
    double l = close ? log1p_minus(u) : m::log(x / a) - u;
    z.c[0] = a * l - stirling_rest(a) - 0.5 * m::log(2 * kPi * a);
    if constexpr (N > 0) {
      // digamma(a + 1) - log a
      double y = 1 / (a * a), tail = 0;
      for (int k = 8; k >= 1; --k) tail = (tail + bernoulli_ratio(k)) * y;
      z.c[1] = (close ? m::log1p(u) : m::log(x / a)) - (0.5 / a - tail);
    }
  } else {
    double lg = a <= 0.5 ? lgamma1p(a) : lgamma(a + 1);
    z.c[0] = a * m::log(x) - x - lg;
    if constexpr (N > 0) z.c[1] = m::log(x) - digamma(a + 1);
  }
  if constexpr (N > 1) z.c[2] = -0.5 * zeta_positive(2, a + 1);
  return z;
}

// The uniform expansion of Temme (DLMF 8.12; Gil, Segura and Temme, 2012) for large a and x near
// it: Q = erfc(eta sqrt(a/2)) / 2 + R. C_k as power series in eta, from their recursion in exact
// rational numbers.
constexpr int kTemmeTerms = 18;
PYTEN_SPECIAL double temme(int k, int i) {
  constexpr double kC[5][kTemmeTerms] = {
      {-0.3333333333333333, 0.08333333333333333, -0.014814814814814815, 0.0011574074074074073,
       0.0003527336860670194, -0.0001787551440329218, 3.919263178522438e-05, -2.185448510679992e-06,
       -1.85406221071516e-06, 8.296711340953087e-07, -1.7665952736826078e-07, 6.707853543401498e-09,
       1.0261809784240309e-08, -4.382036018453353e-09, 9.14769958223679e-10,
       -2.5514193994946248e-11, -5.830772132550426e-11, 2.4361948020667415e-11},
      {-0.001851851851851852, -0.003472222222222222, 0.0026455026455026454, -0.0009902263374485596,
       0.00020576131687242798, -4.018775720164609e-07, -1.8098550334489977e-05,
       7.64916091608111e-06, -1.6120900894563446e-06, 4.647127802807434e-09, 1.378633446915721e-07,
       -5.752545603517705e-08, 1.1951628599778148e-08, -1.7543241719747647e-11,
       -1.0091543710600413e-09, 4.162792991842583e-10, -8.56390702649298e-11,
       6.067215101604758e-14},
      {0.004133597883597883, -0.0026813271604938273, 0.0007716049382716049, 2.0093878600823047e-06,
       -0.0001073665322636516, 5.2923448829120125e-05, -1.2760635188618728e-05,
       3.423578734096138e-08, 1.3721957309062934e-06, -6.298992138380055e-07,
       1.4280614206064242e-07, -2.0477098421990866e-10, -1.409252991086752e-08,
       6.228974084922022e-09, -1.3670488396617114e-09, 9.428356159014678e-13,
       1.2872252400089318e-10, -5.5645956134363323e-11},
      {0.0006494341563786008, 0.00022947209362139917, -0.0004691894943952557,
       0.00026772063206283885, -7.561801671883977e-05, -2.396505113867297e-07,
       1.1082654115347302e-05, -5.6749528269915965e-06, 1.4230900732435883e-06,
       -2.7861080291528143e-11, -1.6958404091930278e-07, 8.099464905388083e-08,
       -1.9111168485973655e-08, 2.3928620439808118e-12, 2.0620131815488797e-09,
       -9.460496661855133e-10, 2.1541049775774907e-10, -1.388823336813903e-14},
      {-0.0008618882909167117, 0.0007840392217200666, -0.0002990724803031902,
       -1.4638452578843418e-06, 6.641498215465122e-05, -3.968365047179435e-05,
       1.1375726970678419e-05, 2.507497226237533e-10, -1.6954149536558305e-06,
       8.907507532205309e-07, -2.292934834000805e-07, 2.956794137544049e-11, 2.8865829742708783e-08,
       -1.4189739437803219e-08, 3.4463580499464896e-09, -2.3024517174528067e-13,
       -3.9409233028046403e-10, 1.86023389685045e-10}};
  return kC[k][i];
}
template <int N>
PYTEN_SPECIAL Jet<N> temme_series(int k, const Jet<N>& eta) {
  Jet<N> sum;
  for (int i = kTemmeTerms - 1; i >= 0; --i) sum = sum * eta + Jet<N>(temme(k, i));
  return sum;
}

// One of P (lower) or Q (upper), whichever is small: scale * part.
template <int N>
struct IncompleteGamma {
  Jet<N> log_scale, part;
  bool upper;
};

template <int N>
PYTEN_SPECIAL IncompleteGamma<N> igamma_temme(double a, double x) {
  double u = (x - a) / a, phi = -log1p_minus(u);
  // a * mu / eta = 1 / (1 + eta C_0(eta)), and d eta / d a = -(mu / eta) / a.
  Jet<N> one(1), at = variable<N>(a), eta;
  eta.c[0] = (u < 0 ? -1 : 1) * m::sqrt(2 * phi);
  for (int i = 1; i <= N; ++i) {
    Jet<N> slope = Jet<N>(-1) / ((one + eta * temme_series(0, eta)) * at);
    eta.c[i] = slope.c[i - 1] / i;
  }
  Jet<N> z = eta * sqrt(0.5 * at), exponent = -1.0 * (z * z);
  // The density is factored out: G = exp(-z^2) / sqrt(2 pi a) is common to both parts of Q'.
  double value = m::exp(-a * phi);
  Jet<N> g = exp_with(value, exponent);
  bool upper = u >= 0;
  constexpr double kTwoOverRootPi = 1.12837916709551257390;
  Jet<N> tail = integrated(m::erfc(m::fabs(z.c[0])), -kTwoOverRootPi * g, upper ? z : -1.0 * z);
  Jet<N> rest, power = one;
  for (int k = 0; k < 5; ++k) {
    rest = rest + power * temme_series(k, eta);
    power = power / at;
  }
  rest = rest * g / sqrt((2 * kPi) * at);
  IncompleteGamma<N> out;
  out.upper = upper;
  out.part = upper ? 0.5 * tail + rest : 0.5 * tail - rest;
  return out;
}

// a, x > 0 and finite.
template <int N>
PYTEN_SPECIAL IncompleteGamma<N> incomplete_gamma(double a, double x) {
  if (a >= 1e4 && m::fabs(x - a) < 0.4 * a) return igamma_temme<N>(a, x);
  IncompleteGamma<N> out;
  out.log_scale = log_factor<N>(a, x);
  out.upper = x > 1.1 && x > a;
  Jet<N> at = variable<N>(a), one(1);
  if (!out.upper) {  // DLMF 8.7.1
    Jet<N> term = one, sum = one, n = at;
    for (int i = 0; i < 100000; ++i) {
      n = n + one;
      term = Jet<N>(x) * term / n;
      sum = sum + term;
      if (negligible(term, sum)) break;
    }
    out.part = sum;
    return out;
  }
  // DLMF 8.9.2 by the modified Lentz method; times a, for the scale has gamma(a + 1).
  Jet<N> b = Jet<N>(x + 1) - at, c(1 / kTiny), d = one / b, h = d;
  for (int i = 1; i < 100000; ++i) {
    Jet<N> numerator = double(-i) * (Jet<N>(i) - at);
    b = b + Jet<N>(2);
    d = numerator * d + b;
    if (d.c[0] == 0) d.c[0] = kTiny;
    c = b + numerator / c;
    if (c.c[0] == 0) c.c[0] = kTiny;
    d = one / d;
    Jet<N> factor = d * c;
    h = h * factor;
    // The factor tends to 1 and its derivatives to 0, down to rounding.
    bool done = m::fabs(factor.c[0] - 1) <= kEpsilon;
    for (int k = 1; k <= N; ++k) done = done && m::fabs(factor.c[k]) <= kEpsilon;
    if (done) break;
  }
  out.part = h * at;
  return out;
}

template <int N>
PYTEN_SPECIAL Jet<N> scaled(const IncompleteGamma<N>& p, double a, double x) {
  if (a >= 1e4 && m::fabs(x - a) < 0.4 * a) return p.part;
  return exp_with(m::exp(p.log_scale.c[0]), p.log_scale) * p.part;
}

PYTEN_SPECIAL double igamma(double a, double x) {
  if (!(a >= 0 && x >= 0)) return nan();
  if (a == 0 || is_inf(x)) return (a == 0 && x == 0) || is_inf(a) ? nan() : 1;
  if (x == 0 || is_inf(a)) return 0;
  auto p = incomplete_gamma<0>(a, x);
  double value = scaled(p, a, x).c[0];
  return p.upper ? 1 - value : value;
}

PYTEN_SPECIAL double igammac(double a, double x) {
  if (!(a >= 0 && x >= 0)) return nan();
  if (a == 0 || is_inf(x)) return (a == 0 && x == 0) || is_inf(a) ? nan() : 0;
  if (x == 0 || is_inf(a)) return 1;
  if (a < 1 && x <= 1.1) {
    // 1 - P without the difference, which would lose all for small a: DLMF 8.7.1, first form.
    double log_power = a * m::log(x) - (a <= 0.5 ? lgamma1p(a) : lgamma(a + 1));
    double sum = 0, term = 1;
    for (int n = 1; n < 40; ++n) {
      term *= -x / n;
      sum += term / (a + n);
    }
    return -m::expm1(log_power) - m::exp(log_power) * a * sum;
  }
  auto p = incomplete_gamma<0>(a, x);
  double value = scaled(p, a, x).c[0];
  return p.upper ? value : 1 - value;
}

// The n-th derivative of P by a.
template <int n>
PYTEN_SPECIAL double igamma_derivative(double a, double x) {
  if (!(a > 0 && x >= 0) || is_inf(a)) return nan();
  if (x == 0 || is_inf(x)) return 0;
  auto p = incomplete_gamma<n>(a, x);
  double value = scaled(p, a, x).c[n] * n;  // n!, n = 1 or 2
  return p.upper ? -value : value;
}

// The derivative by alpha of a sample of the gamma distribution for a fixed quantile: -P_a / p, p
// the density. The common scale cancels, so that it holds far into the tails.
PYTEN_SPECIAL double random_gamma_grad(double a, double x) {
  if (!(a > 0 && x >= 0) || is_inf(a) || is_inf(x)) return nan();
  if (x == 0) return 0;
  auto p = incomplete_gamma<1>(a, x);
  double sign = p.upper ? x : -x;
  if (a >= 1e4 && m::fabs(x - a) < 0.4 * a) {
    return sign * p.part.c[1] * m::exp(-log_factor<0>(a, x).c[0]) / a;
  }
  return sign * (p.part.c[1] + p.part.c[0] * p.log_scale.c[1]) / a;
}

}  // namespace pyten::kernels::PYTEN_ISA::special
