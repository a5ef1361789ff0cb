// The error of float32 functions in units in the last place, against float64, over the whole range
// of floats: every 997th bit pattern, both signs, subnormals, infinities and NaN. That of float64
// functions, against long double, at random bit patterns and where the formulas change.
#include <gtest/gtest.h>

#include "kernels_testing.h"

namespace pyten::kernels {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class Accuracy : public testing::TestWithParam<std::string> {};

struct Case {
  const char* name;
  Unary op;
  double (*formula)(double);
  double ulps;
};

const Case kCases[] = {
    {"exp", Unary::exp, [](double x) { return std::exp(x); }, 2},
    {"expm1", Unary::expm1, [](double x) { return std::expm1(x); }, 2},
    {"log", Unary::log, [](double x) { return std::log(x); }, 2},
    {"log1p", Unary::log1p, [](double x) { return std::log1p(x); }, 2},
    {"tanh", Unary::tanh, [](double x) { return std::tanh(x); }, 3},
    {"sin", Unary::sin, [](double x) { return std::sin(x); }, 2},
    {"cos", Unary::cos, [](double x) { return std::cos(x); }, 2},
    {"tan", Unary::tan, [](double x) { return std::tan(x); }, 3},
    {"asin", Unary::asin, [](double x) { return std::asin(x); }, 2},
    {"acos", Unary::acos, [](double x) { return std::acos(x); }, 2},
    {"atan", Unary::atan, [](double x) { return std::atan(x); }, 3},
    {"sinh", Unary::sinh, [](double x) { return std::sinh(x); }, 3},
    {"cosh", Unary::cosh, [](double x) { return std::cosh(x); }, 2},
    {"asinh", Unary::asinh, [](double x) { return std::asinh(x); }, 3},
    {"acosh", Unary::acosh, [](double x) { return std::acosh(x); }, 3},
    {"atanh", Unary::atanh, [](double x) { return std::atanh(x); }, 3},
    {"erf", Unary::erf, [](double x) { return std::erf(x); }, 2},
    {"erfc", Unary::erfc, [](double x) { return std::erfc(x); }, 4},
    {"sigmoid", Unary::sigmoid,
     [](double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }, 3},
    {"softplus", Unary::softplus,
     [](double x) { return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }, 3},
    {"elu", Unary::elu, [](double x) { return x < 0 ? std::expm1(x) : x; }, 2},
    {"selu", Unary::selu,
     [](double x) { return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * std::expm1(x) : x); },
     3},
    {"gelu", Unary::gelu, [](double x) { return 0.5 * x * std::erfc(-x * M_SQRT1_2); }, 5},
};

TEST_P(Accuracy, IsWithinTheStatedBounds) {
  const Table& t = *cpu_level(GetParam());
  std::vector<float> x;
  for (uint64_t u = 0; u <= 0xffffffffu; u += 997) {
    uint32_t bits = uint32_t(u);
    float f;
    std::memcpy(&f, &bits, sizeof(f));
    x.push_back(f);
  }
  std::vector<float> y(x.size());
  for (const Case& c : kCases) {
    t.unary[int(c.op)][int(DType::kFloat32)](int64_t(x.size()), x.data(), 1, y.data(), 1);
    double worst = 0;
    float at = 0;
    int wrong = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      double want = c.formula(x[i]);
      if (near(DType::kFloat32, y[i], want, 0.5)) continue;
      int e;
      std::frexp(want, &e);
      double ulps = std::fabs(y[i] - want) / std::ldexp(1, std::max(e - 24, -149));
      if (near(DType::kFloat32, y[i], want, c.ulps)) {
        if (std::isfinite(ulps) && ulps > worst) worst = ulps, at = x[i];
      } else if (++wrong < 10) {
        ADD_FAILURE() << c.name << "(" << x[i] << ") = " << y[i] << ", not " << want << ": "
                      << ulps;
      }
    }
    EXPECT_EQ(wrong, 0) << c.name;
    std::printf("%s %s: %.2f ulp at %g\n", t.name, c.name, worst, double(at));
  }
}

using Real = long double;

struct DoubleCase {
  const char* name;
  Unary op;
  Real (*formula)(Real);
  double ulps;
};

const DoubleCase kDoubleCases[] = {
    {"exp", Unary::exp, [](Real x) { return std::exp(x); }, 2},
    {"expm1", Unary::expm1, [](Real x) { return std::expm1(x); }, 2},
    {"log", Unary::log, [](Real x) { return std::log(x); }, 2},
    {"log1p", Unary::log1p, [](Real x) { return std::log1p(x); }, 2},
    {"tanh", Unary::tanh, [](Real x) { return std::tanh(x); }, 3},
    {"sin", Unary::sin, [](Real x) { return std::sin(x); }, 2},
    {"cos", Unary::cos, [](Real x) { return std::cos(x); }, 2},
    {"tan", Unary::tan, [](Real x) { return std::tan(x); }, 3},
    {"asin", Unary::asin, [](Real x) { return std::asin(x); }, 2},
    {"acos", Unary::acos, [](Real x) { return std::acos(x); }, 2},
    {"atan", Unary::atan, [](Real x) { return std::atan(x); }, 3},
    {"sinh", Unary::sinh, [](Real x) { return std::sinh(x); }, 3},
    {"cosh", Unary::cosh, [](Real x) { return std::cosh(x); }, 2},
    {"asinh", Unary::asinh, [](Real x) { return std::asinh(x); }, 3},
    {"acosh", Unary::acosh, [](Real x) { return std::acosh(x); }, 3},
    {"atanh", Unary::atanh, [](Real x) { return std::atanh(x); }, 3},
    {"erf", Unary::erf, [](Real x) { return std::erf(x); }, 2},
    {"sigmoid", Unary::sigmoid,
     [](Real x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }, 3},
    {"softplus", Unary::softplus,
     [](Real x) { return std::fmax(x, Real(0)) + std::log1p(std::exp(-std::fabs(x))); }, 3},
    {"elu", Unary::elu, [](Real x) { return x < 0 ? std::expm1(x) : x; }, 2},
};

// Whether `got` is within `ulps` of `want`, which is known to more digits; tells by how many it is
// off.
bool near_double(double got, Real want, double ulps, double& off) {
  auto nearest = double(want);
  off = 0;
  if (std::isnan(nearest)) return std::isnan(got);
  if (got == nearest) return true;
  if (!std::isfinite(got) || !std::isfinite(nearest)) {
    // Where rounding, or an error of `ulps`, carries over the limit.
    Real limit = std::ldexp(Real(1), 1024);
    return std::signbit(got) == std::signbit(nearest) &&
           std::fabs(std::isfinite(got) ? Real(got) : want) > limit * (1 - ulps * 0x1p-53);
  }
  int e;
  std::frexp(nearest, &e);
  off = double(std::fabs(Real(got) - want) / std::ldexp(Real(1), std::max(e - 53, -1074)));
  return off <= ulps;
}

std::vector<double> doubles(int64_t n) {
  Dice random(7);
  std::vector<double> x = {0,       -0.0,   1,      -1,     kInf,   -kInf,  kNan,   0x1p-1074,
                           1e308,   -1e308, 709.78, 709.79, 710.47, 710.48, -708.4, -745.13,
                           -745.14, 0.5,    -0.5,   800000, 800001, 1e22};
  while (int64_t(x.size()) < n) {
    uint64_t bits = random.bits();
    double any;
    std::memcpy(&any, &bits, sizeof(any));
    x.push_back(any);
    for (double scale : {0.5, 1.0, 4.0, 40.0, 700.0, 1e5})
      x.push_back(random.uniform(-scale, scale));
  }
  return x;
}

TEST_P(Accuracy, OfDoublesIsWithinTheStatedBounds) {
  const Table& t = *cpu_level(GetParam());
  std::vector<double> x = doubles(200000), y(x.size());
  for (const DoubleCase& c : kDoubleCases) {
    t.unary[int(c.op)][int(DType::kFloat64)](int64_t(x.size()), x.data(), 1, y.data(), 1);
    double worst = 0, at = 0;
    int wrong = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      double off;
      if (!near_double(y[i], c.formula(x[i]), c.ulps, off) && ++wrong < 10) {
        ADD_FAILURE() << c.name << "(" << x[i] << ") = " << y[i] << ": " << off;
      }
      if (off > worst) worst = off, at = x[i];
    }
    EXPECT_EQ(wrong, 0) << c.name;
    std::printf("%s %s of float64: %.2f ulp at %g\n", t.name, c.name, worst, at);
  }
}

// Elements are computed alike wherever they stand, beside whatever others and at any stride.
TEST_P(Accuracy, DoesNotDependOnThePlace) {
  const Table& t = *cpu_level(GetParam());
  std::vector<double> x = doubles(1001), y(x.size()), strided(2 * x.size());
  for (size_t i = 0; i < x.size(); ++i) strided[2 * i] = x[i];
  for (const DoubleCase& c : kDoubleCases) {
    UnaryLoop loop = t.unary[int(c.op)][int(DType::kFloat64)];
    loop(int64_t(x.size()), x.data(), 1, y.data(), 1);
    for (size_t i = 0; i < x.size(); ++i) {
      double alone, apart;
      loop(1, &x[i], 1, &alone, 1);
      loop(1, &strided[2 * i], 2, &apart, 2);
      EXPECT_TRUE(alone == y[i] || std::isnan(y[i])) << c.name << "(" << x[i] << ")";
      EXPECT_TRUE(apart == y[i] || std::isnan(y[i])) << c.name << "(" << x[i] << ")";
    }
  }
}

TEST_P(Accuracy, OfPowersIsWithinTheStatedBounds) {
  const Table& t = *cpu_level(GetParam());
  Dice random(9);
  std::vector<double> x, y;
  for (double a : {0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, kInf, -kInf, kNan, 1e-310, 1e300}) {
    for (double b : {0.0, -0.0, 1.0, -1.0, 2.0, 3.0, 0.5, -0.5, kInf, -kInf, kNan, 1e300}) {
      x.push_back(a), y.push_back(b);
    }
  }
  for (int i = 0; i < 50000; ++i) {
    x.push_back(std::exp(random.uniform(-3, 3))), y.push_back(random.uniform(-300, 300));
    x.push_back(std::exp(random.uniform(-700, 700))), y.push_back(random.uniform(-1.1, 1.1));
    x.push_back(1 + random.uniform(-1e-3, 1e-3)), y.push_back(random.uniform(-7e5, 7e5));
  }
  auto n = int64_t(x.size());
  std::vector<double> out(x.size());
  t.binary[int(Binary::pow)][int(DType::kFloat64)](n, x.data(), 1, y.data(), 1, out.data(), 1);
  std::vector<float> xf(x.begin(), x.end()), yf(y.begin(), y.end()), outf(x.size());
  t.binary[int(Binary::pow)][int(DType::kFloat32)](n, xf.data(), 1, yf.data(), 1, outf.data(), 1);
  for (size_t i = 0; i < x.size(); ++i) {
    double off;
    EXPECT_TRUE(near_double(out[i], std::pow(Real(x[i]), Real(y[i])), 2, off))
        << "pow(" << x[i] << ", " << y[i] << ") = " << out[i] << ": " << off;
    EXPECT_TRUE(near(DType::kFloat32, outf[i], std::pow(double(xf[i]), double(yf[i])), 1))
        << "pow(" << xf[i] << "f, " << yf[i] << "f) = " << outf[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Accuracy, testing::ValuesIn(levels_under_test()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace pyten::kernels
