// The error of special functions against values that mpmath computed with 50 digits
// (special_values.py): relative in float64, in units in the last place in float32.
#include "kernels/special.h"

#include <gtest/gtest.h>

#include <map>

#include "kernels_testing.h"

namespace pyten::kernels {
namespace {

struct Value {
  const char* name;
  double arguments[3], value;
};
const Value kValues[] = {
#include "special_values.inc"
};

struct Function {
  Unary unary = Unary::kCount;
  Binary binary = Binary::kCount;  // neither: betainc
  double relative = 0;             // what float64 keeps to
  double absolute = 0;             // beside a root of the function
};

std::map<std::string, Function> functions() {
  auto one = [](Unary op, double relative, double absolute = 0) {
    return Function{op, Binary::kCount, relative, absolute};
  };
  auto two = [](Binary op, double relative) { return Function{Unary::kCount, op, relative, 0}; };
  return {
      {"lgamma", one(Unary::lgamma, 1e-15, 1e-15)},
      {"digamma", one(Unary::digamma, 1e-14, 1e-14)},
      {"erfinv", one(Unary::erfinv, 2e-15)},
      {"erfcinv", one(Unary::erfcinv, 2e-15)},
      {"ndtri", one(Unary::ndtri, 2e-15)},
      {"bessel_i0", one(Unary::bessel_i0, 5e-15)},
      {"bessel_i0e", one(Unary::bessel_i0e, 5e-15)},
      {"bessel_i1", one(Unary::bessel_i1, 5e-15)},
      {"bessel_i1e", one(Unary::bessel_i1e, 5e-15)},
      {"bessel_k0", one(Unary::bessel_k0, 5e-15)},
      {"bessel_k0e", one(Unary::bessel_k0e, 5e-15)},
      {"bessel_k1", one(Unary::bessel_k1, 5e-15)},
      {"bessel_k1e", one(Unary::bessel_k1e, 5e-15)},
      {"bessel_j0", one(Unary::bessel_j0, 1e-15, 1e-15)},
      {"bessel_j1", one(Unary::bessel_j1, 1e-15, 1e-15)},
      {"bessel_y0", one(Unary::bessel_y0, 1e-15, 1e-15)},
      {"bessel_y1", one(Unary::bessel_y1, 1e-15, 1e-15)},
      {"polygamma", two(Binary::polygamma, 5e-15)},
      {"zeta", two(Binary::zeta, 2e-15)},
      {"igamma", two(Binary::igamma, 1e-13)},
      {"igammac", two(Binary::igammac, 1e-13)},
      {"igamma_grad_a", two(Binary::igamma_grad_a, 1e-13)},
      {"igamma_grad_aa", two(Binary::igamma_grad_aa, 1e-12)},
      {"random_gamma_grad", two(Binary::random_gamma_grad, 1e-12)},
      {"xlog1py", two(Binary::xlog1py, 5e-16)},
      {"xdivy", two(Binary::xdivy, 2e-16)},
      {"betainc", Function{Unary::kCount, Binary::kCount, 2e-13, 0}},
  };
}

double call(const Table& t, DType d, const Function& f, const Value& v) {
  Buffer a[] = {Buffer::of(d, {v.arguments[0]}), Buffer::of(d, {v.arguments[1]}),
                Buffer::of(d, {v.arguments[2]})};
  Buffer out(d, 1);
  if (f.unary != Unary::kCount) {
    t.unary[int(f.unary)][int(d)](1, a[0].data(), 1, out.data(), 1);
  } else if (f.binary != Binary::kCount) {
    t.binary[int(f.binary)][int(d)](1, a[0].data(), 1, a[1].data(), 1, out.data(), 1);
  } else {
    betainc(d, 1, a[0].data(), a[1].data(), a[2].data(), out.data());
  }
  return out.get(0);
}

class Special : public testing::TestWithParam<std::string> {};

TEST_P(Special, Float64) {
  const Table& t = *cpu_level(GetParam());
  std::map<std::string, Function> all = functions();
  std::map<std::string, std::pair<double, int>> worst;
  for (const Value& v : kValues) {
    const Function& f = all.at(v.name);
    double got = call(t, DType::kFloat64, f, v), error = std::fabs(got - v.value);
    EXPECT_TRUE(error <= f.relative * std::fabs(v.value) + f.absolute)
        << t.name << " " << v.name << "(" << v.arguments[0] << ", " << v.arguments[1] << ", "
        << v.arguments[2] << ") = " << got << ", not " << v.value << ": relative "
        << error / std::fabs(v.value);
    auto& [most, count] = worst[v.name];
    most = std::max(most, error / std::fabs(v.value)), ++count;
  }
  EXPECT_EQ(worst.size(), all.size());  // each function has values
  for (const auto& [name, pair] : worst) {
    EXPECT_GE(pair.second, 20) << name;
    std::printf("%s %s: %.2g of %d\n", t.name, name.c_str(), pair.first, pair.second);
  }
}

// Computed in double and rounded once: half a unit, and what the double is off by.
TEST_P(Special, Float32) {
  const Table& t = *cpu_level(GetParam());
  std::map<std::string, Function> all = functions();
  for (const Value& v : kValues) {
    const Function& f = all.at(v.name);
    // Only these two are float32 arithmetic, and beside a root the double is off absolutely.
    double ulps = f.binary == Binary::xlog1py || f.binary == Binary::xdivy ? 2 : 0.501;
    double got = call(t, DType::kFloat32, f, v);
    EXPECT_TRUE(near(DType::kFloat32, got, v.value, ulps))
        << t.name << " " << v.name << "(" << v.arguments[0] << ", " << v.arguments[1] << ", "
        << v.arguments[2] << ") = " << got << ", not " << v.value;
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Special, testing::ValuesIn(levels_under_test()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace pyten::kernels
