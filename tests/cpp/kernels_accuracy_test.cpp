// The error of float32 functions in units in the last place, against float64, over the whole range
// of floats: every 997th bit pattern, both signs, subnormals, infinities and NaN.
#include <gtest/gtest.h>

#include "kernels_testing.h"

namespace pyten::kernels {
namespace {

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
    {"tanh", Unary::tanh, [](double x) { return std::tanh(x); }, 2},
    {"sin", Unary::sin, [](double x) { return std::sin(x); }, 2},
    {"cos", Unary::cos, [](double x) { return std::cos(x); }, 2},
    {"erf", Unary::erf, [](double x) { return std::erf(x); }, 2},
    {"sigmoid", Unary::sigmoid,
     [](double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }, 3},
    {"softplus", Unary::softplus,
     [](double x) { return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }, 3},
    {"elu", Unary::elu, [](double x) { return x < 0 ? std::expm1(x) : x; }, 2},
    {"selu", Unary::selu,
     [](double x) { return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * std::expm1(x) : x); },
     3},
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

INSTANTIATE_TEST_SUITE_P(Cpu, Accuracy, testing::ValuesIn(levels_under_test()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace pyten::kernels
