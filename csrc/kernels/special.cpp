// Special functions: the rows of special.def, float16 and bfloat16 aside.
#include "kernels/special.h"

#include "kernels/fill.h"
#include "kernels/loops.h"
#include "kernels/special_functors.h"
#include "kernels/threads.h"

namespace pyten::kernels {

namespace common {

void fill_special(Table& t) {
#define PYTEN_ROW(kind, enumeration, name, ...) \
  strided_row<fn::name, __VA_ARGS__>(t.kind[int(enumeration::name)]);
  // clang-format off
#define ROW(name) PYTEN_ROW(unary, Unary, name, PYTEN_REAL_FLOATS)
  ROW(lgamma)
  ROW(digamma)
  ROW(erfinv)
  ROW(erfcinv)
  ROW(ndtri)
  ROW(bessel_i0)
  ROW(bessel_i0e)
  ROW(bessel_i1)
  ROW(bessel_i1e)
  ROW(bessel_k0)
  ROW(bessel_k0e)
  ROW(bessel_k1)
  ROW(bessel_k1e)
  ROW(bessel_j0)
  ROW(bessel_j1)
  ROW(bessel_y0)
  ROW(bessel_y1)
#undef ROW
#define ROW(name, ...) PYTEN_ROW(binary, Binary, name, __VA_ARGS__)
  ROW(xlog1py, PYTEN_REAL_FLOATS, PYTEN_COMPLEXES)
  ROW(xdivy, PYTEN_REAL_FLOATS, PYTEN_COMPLEXES)
  ROW(polygamma, PYTEN_REAL_FLOATS)
  ROW(zeta, PYTEN_REAL_FLOATS)
  ROW(igamma, PYTEN_REAL_FLOATS)
  ROW(igammac, PYTEN_REAL_FLOATS)
  ROW(igamma_grad_a, PYTEN_REAL_FLOATS)
  ROW(igamma_grad_aa, PYTEN_REAL_FLOATS)
  ROW(random_gamma_grad, PYTEN_REAL_FLOATS)
  ROW(nextafter, PYTEN_REAL_FLOATS)
  ROW(left_shift, PYTEN_INTS)
  ROW(right_shift, PYTEN_INTS)
#undef ROW
// clang-format on
#undef PYTEN_ROW
}

namespace {

// log(x^a y^b / (a B(a, b))) with y = 1 - x, B being Euler's beta function.
double log_beta_factor(double a, double b, double x, double y) {
  using namespace special;
  double log_x = x < 0.5 ? m::log(x) : m::log1p(-y), log_y = y < 0.5 ? m::log(y) : m::log1p(-x);
  double least = a < b ? a : b, most = a < b ? b : a;
  if (least >= 10) {
    // About the mean, where the large terms cancel.
    double off = x * b - y * a;
    return a * log1p_minus(off / a) + b * log1p_minus(-off / b) - m::log(a) -
           (stirling_rest(a) + stirling_rest(b) - stirling_rest(a + b)) +
           0.5 * m::log(a / (2 * kPi) * (b / (a + b)));
  }
  double log_gamma_ratio;  // log(gamma(most) / gamma(a + b))
  if (most >= 10) {
    log_gamma_ratio = stirling_rest(most) - stirling_rest(a + b) -
                      (a + b - 0.5) * m::log1p(least / most) - least * (m::log(most) - 1);
  } else {
    log_gamma_ratio = lgamma(most) - lgamma(a + b);
  }
  return a * log_x + b * log_y - m::log(a) - lgamma(least) - log_gamma_ratio;
}

// The continued fraction DLMF 8.17.22 by the modified Lentz method; converges for x < a / (a + b).
double beta_fraction(double a, double b, double x) {
  using namespace special;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (d == 0 ? kTiny : d);
  double h = d;
  for (int k = 1; k < 100000; ++k) {
    double even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
    d = 1 + even * d;
    c = 1 + even / c;
    d = 1 / (d == 0 ? kTiny : d);
    c = c == 0 ? kTiny : c;
    h *= d * c;
    double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
    d = 1 + odd * d;
    c = 1 + odd / c;
    d = 1 / (d == 0 ? kTiny : d);
    c = c == 0 ? kTiny : c;
    double factor = d * c;
    h *= factor;
    if (m::fabs(factor - 1) < kEpsilon) break;
  }
  return h;
}

double betainc_of(double a, double b, double x) {
  using namespace special;
  if (!(a >= 0 && b >= 0 && x >= 0 && x <= 1)) return nan();
  if ((a == 0 && b == 0) || (is_inf(a) && is_inf(b))) return nan();
  if (a == 0 || is_inf(b)) return x > 0 ? 1 : a == 0 ? 1 : 0;
  if (b == 0 || is_inf(a)) return x < 1 ? 0 : 1;
  if (x == 0 || x == 1) return x;
  double y = 1 - x;
  if (x <= (a + 1) / (a + b + 2)) {
    return m::exp(log_beta_factor(a, b, x, y)) * beta_fraction(a, b, x);
  }
  return 1 - m::exp(log_beta_factor(b, a, y, x)) * beta_fraction(b, a, y);
}

template <typename T>
void betainc_loop(int64_t n, const void* pa, const void* pb, const void* px, void* po) {
  auto a = static_cast<const T*>(pa), b = static_cast<const T*>(pb), x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  parallel_for(n, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = T(betainc_of(a[i], b[i], x[i]));
  });
}

// The sum is kept in units of exp(the greatest so far): one rounding of the exponential a step, and
// no overflow.
template <typename T>
void logsumexp_loop(const void* px, void* po, int64_t outer, int64_t n, int64_t inner,
                    bool exclusive, bool reverse) {
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  parallel_for(outer * inner, 1 + (1 << 12) / (n > 0 ? n : 1), [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      int64_t at = j / inner * n * inner + j % inner, step = inner;
      if (reverse) at += (n - 1) * inner, step = -inner;
      double greatest = -special::kInfinity, sum = 0;
      for (int64_t i = 0; i < n; ++i, at += step) {
        double value = x[at];
        if (exclusive) out[at] = T(sum == 0 ? greatest : greatest + m::log(sum));
        if (value != value || greatest != greatest) {
          greatest = special::nan(), sum = 0;
        } else if (value > greatest) {
          bool first = greatest == -special::kInfinity || value == special::kInfinity;
          sum = first ? 1 : sum * m::exp(greatest - value) + 1;
          greatest = value;
        } else if (greatest != -special::kInfinity && greatest != special::kInfinity) {
          sum += m::exp(value - greatest);
        }
        if (!exclusive) out[at] = T(sum == 0 ? greatest : greatest + m::log(sum));
      }
    }
  });
}

}  // namespace

}  // namespace common

void betainc(DType dtype, int64_t n, const void* a, const void* b, const void* x, void* out) {
  auto loop = dtype == DType::kFloat32 ? common::betainc_loop<float> : common::betainc_loop<double>;
  loop(n, a, b, x, out);
}

void cumulative_logsumexp(DType dtype, const void* x, void* out, int64_t outer, int64_t n,
                          int64_t inner, bool exclusive, bool reverse) {
  auto loop =
      dtype == DType::kFloat32 ? common::logsumexp_loop<float> : common::logsumexp_loop<double>;
  loop(x, out, outer, n, inner, exclusive, reverse);
}

}  // namespace pyten::kernels
