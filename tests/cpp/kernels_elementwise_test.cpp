// Elementwise kernels of every level against formulas written again in double precision.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <functional>
#include <limits>
#include <type_traits>
#include <vector>

#include "kernels_testing.h"

namespace pyten::kernels {
namespace {

using C = std::complex<double>;
const double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

class Elementwise : public testing::TestWithParam<std::string> {
 protected:
  const Table& t = *cpu_level(GetParam());
};

// -- floats --------------------------------------------------------------------------------------
struct UnaryCase {
  const char* name;
  Unary op;
  double (*formula)(double);
  double ulps;  // of error allowed in float32; float64 gets twice libm's
};

double sign(double x) { return std::isnan(x) ? x : (x > 0) - (x < 0); }
double relu(double x) { return std::isnan(x) ? x : std::max(x, 0.0); }
double elu(double x) { return x < 0 ? std::expm1(x) : x; }

const UnaryCase kUnaryCases[] = {
    {"negative", Unary::negative, [](double x) { return -x; }, 0},
    {"abs", Unary::abs, [](double x) { return std::fabs(x); }, 0},
    {"sign", Unary::sign, sign, 0},
    {"square", Unary::square, [](double x) { return x * x; }, 0.5},
    {"sqrt", Unary::sqrt, [](double x) { return std::sqrt(x); }, 0.5},
    {"rsqrt", Unary::rsqrt, [](double x) { return 1 / std::sqrt(x); }, 1.5},
    {"reciprocal", Unary::reciprocal, [](double x) { return 1 / x; }, 0.5},
    {"exp", Unary::exp, [](double x) { return std::exp(x); }, 2},
    {"expm1", Unary::expm1, [](double x) { return std::expm1(x); }, 2},
    {"log", Unary::log, [](double x) { return std::log(x); }, 2},
    {"log1p", Unary::log1p, [](double x) { return std::log1p(x); }, 2},
    {"sin", Unary::sin, [](double x) { return std::sin(x); }, 2},
    {"cos", Unary::cos, [](double x) { return std::cos(x); }, 2},
    {"tan", Unary::tan, [](double x) { return std::tan(x); }, 2},
    {"asin", Unary::asin, [](double x) { return std::asin(x); }, 2},
    {"acos", Unary::acos, [](double x) { return std::acos(x); }, 2},
    {"atan", Unary::atan, [](double x) { return std::atan(x); }, 2},
    {"sinh", Unary::sinh, [](double x) { return std::sinh(x); }, 2.5},
    {"cosh", Unary::cosh, [](double x) { return std::cosh(x); }, 2.5},
    {"tanh", Unary::tanh, [](double x) { return std::tanh(x); }, 2.5},
    {"asinh", Unary::asinh, [](double x) { return std::asinh(x); }, 2},
    {"acosh", Unary::acosh, [](double x) { return std::acosh(x); }, 2.5},
    {"atanh", Unary::atanh, [](double x) { return std::atanh(x); }, 2},
    {"sigmoid", Unary::sigmoid,
     [](double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }, 3},
    {"softplus", Unary::softplus,
     [](double x) { return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }, 3},
    {"erf", Unary::erf, [](double x) { return std::erf(x); }, 2},
    {"erfc", Unary::erfc, [](double x) { return std::erfc(x); }, 4},
    {"floor", Unary::floor, [](double x) { return std::floor(x); }, 0},
    {"ceil", Unary::ceil, [](double x) { return std::ceil(x); }, 0},
    {"rint", Unary::rint, [](double x) { return std::rint(x); }, 0},
    {"relu", Unary::relu, relu, 0},
    {"relu6", Unary::relu6, [](double x) { return std::isnan(x) ? x : std::min(relu(x), 6.0); }, 0},
    {"elu", Unary::elu, elu, 2},
    {"selu", Unary::selu,
     [](double x) { return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * elu(x) : x); }, 3},
    {"angle", Unary::angle,
     [](double x) { return std::isnan(x) ? x
                           : x < 0       ? std::acos(-1.0)
                                         : 0.0; }, 0.5},
    {"is_nan", Unary::is_nan, [](double x) { return double(std::isnan(x)); }, 0},
    {"is_inf", Unary::is_inf, [](double x) { return double(std::isinf(x)); }, 0},
    {"is_finite", Unary::is_finite, [](double x) { return double(std::isfinite(x)); }, 0},
};

bool gives_bool(Unary op) {
  return op == Unary::is_nan || op == Unary::is_inf || op == Unary::is_finite;
}

std::vector<double> interesting() {
  std::vector<double> x = {0.0,   -0.0,  1.0,    -1.0,  0.5,   -0.5,   1.5,     -1.5,      2.5,
                           -2.5,  kInf,  -kInf,  kNan,  1e-40, -1e-40, 1.4e-45, 1.2e-38,   3.4e38,
                           -3e38, 87.0,  -87.3,  88.7,  88.8,  -103.5, -104.1,  -90.0,     100.0,
                           -20.0, 20.0,  6.0,    6.5,   1e-5,  -1e-5,  1e-8,    -1e-8,     0.1,
                           9.01,  -9.01, 3.1415, 1e4,   65504, 65519,  65520,   8388609.0, -0.99,
                           0.99,  0.7,   0.625,  -0.62, 1e10,  1e30,   -1e30,   6.1e-5,    5e-8};
  Dice random(7);
  for (int i = 0; i < 700; ++i) x.push_back(random.uniform(-20, 20));
  for (int i = 0; i < 700; ++i) x.push_back(random.uniform(-1, 1));
  for (int i = 0; i < 700; ++i) x.push_back(random.any_float());
  return x;
}

TEST_P(Elementwise, UnaryFloats) {
  for (const UnaryCase& c : kUnaryCases) {
    for (DType d : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
      SCOPED_TRACE(testing::Message() << c.name << " " << name_of(d));
      Buffer x = Buffer::of(d, interesting());
      Buffer out(gives_bool(c.op) ? DType::kBool : d, x.size());
      t.unary[int(c.op)][int(d)](x.size(), x.data(), 1, out.data(), 1);
      // The float32 result is rounded once more in 16 bits.
      double ulps = d == DType::kFloat32 ? c.ulps : d == DType::kFloat64 ? 2 * c.ulps : 0.51;
      if (d == DType::kFloat32 && c.ulps <= 0.5) ulps = c.ulps;
      for (int64_t i = 0; i < x.size(); ++i) {
        EXPECT_TRUE(near(out.dtype(), out.get(i), c.formula(x.get(i)), ulps))
            << c.name << "(" << x.get(i) << ") = " << out.get(i) << ", not " << c.formula(x.get(i));
      }
    }
  }
}

struct BinaryCase {
  const char* name;
  Binary op;
  double (*formula)(double, double);
  double ulps;
};

double floormod(double x, double y) {
  double r = std::fmod(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
double maximum(double x, double y) { return std::isnan(x) || x >= y ? x : y; }
double minimum(double x, double y) { return std::isnan(x) || x <= y ? x : y; }

const BinaryCase kBinaryCases[] = {
    {"add", Binary::add, [](double x, double y) { return x + y; }, 0.5},
    {"subtract", Binary::subtract, [](double x, double y) { return x - y; }, 0.5},
    {"multiply", Binary::multiply, [](double x, double y) { return x * y; }, 0.5},
    {"divide", Binary::divide, [](double x, double y) { return x / y; }, 0.5},
    {"divide_no_nan", Binary::divide_no_nan, [](double x, double y) { return y == 0 ? 0 : x / y; },
     0.5},
    {"multiply_no_nan", Binary::multiply_no_nan,
     [](double x, double y) { return y == 0 ? 0 : x * y; }, 0.5},
    {"truncatemod", Binary::truncatemod, [](double x, double y) { return std::fmod(x, y); }, 0},
    {"floormod", Binary::floormod, floormod, 0.5},
    {"pow", Binary::pow, [](double x, double y) { return std::pow(x, y); }, 1.5},
    {"maximum", Binary::maximum, maximum, 0},
    {"minimum", Binary::minimum, minimum, 0},
    {"atan2", Binary::atan2, [](double x, double y) { return std::atan2(x, y); }, 1.5},
    {"xlogy", Binary::xlogy, [](double x, double y) { return x == 0 ? 0 : x * std::log(y); }, 3},
    {"equal", Binary::equal, [](double x, double y) { return double(x == y); }, 0},
    {"not_equal", Binary::not_equal, [](double x, double y) { return double(x != y); }, 0},
    {"less", Binary::less, [](double x, double y) { return double(x < y); }, 0},
    {"less_equal", Binary::less_equal, [](double x, double y) { return double(x <= y); }, 0},
    {"greater", Binary::greater, [](double x, double y) { return double(x > y); }, 0},
    {"greater_equal", Binary::greater_equal, [](double x, double y) { return double(x >= y); }, 0},
};

bool compares(Binary op) { return op >= Binary::equal; }

TEST_P(Elementwise, BinaryFloats) {
  std::vector<double> x, y, few = {0.0, -0.0, 1, -1, 2.5, kInf, -kInf, kNan, 1e-40, 3e38, 0.3, -7};
  for (double a : few) {
    for (double b : few) x.push_back(a), y.push_back(b);
  }
  Dice random(3);
  for (int i = 0; i < 500; ++i)
    x.push_back(random.uniform(-9, 9)), y.push_back(random.uniform(-9, 9));
  for (int i = 0; i < 500; ++i) x.push_back(random.any_float()), y.push_back(random.any_float());
  for (const BinaryCase& c : kBinaryCases) {
    for (DType d : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
      Buffer a = Buffer::of(d, x), b = Buffer::of(d, y);
      Buffer out(compares(c.op) ? DType::kBool : d, a.size());
      t.binary[int(c.op)][int(d)](a.size(), a.data(), 1, b.data(), 1, out.data(), 1);
      double ulps = size_of(d) == 2 && c.ulps > 0 ? 0.51 : c.ulps;
      for (int64_t i = 0; i < a.size(); ++i) {
        double want = c.formula(a.get(i), b.get(i));
        EXPECT_TRUE(near(out.dtype(), out.get(i), want, ulps))
            << name_of(d) << " " << c.name << "(" << a.get(i) << ", " << b.get(i)
            << ") = " << out.get(i) << ", not " << want;
      }
    }
  }
}

// The quotient is rounded to the compute type before it is rounded to an integer.
TEST_P(Elementwise, QuotientsOfFloats) {
  std::vector<double> x = {7, -7, 7, -7, 5, -5, 1, 0.5, kInf, 3},
                      y = {2, 2, -2, -2, kInf, kInf, 0, 0.1, 2, kNan};
  std::vector<double> floors = {3, -4, -4, 3, 0, 0, kInf, 5, kInf, kNan};
  std::vector<double> truncs = {3, -3, -3, 3, 0, 0, kInf, 5, kInf, kNan};
  for (DType d : {DType::kFloat32, DType::kFloat64}) {
    Buffer a = Buffer::of(d, x), b = Buffer::of(d, y), out(d, a.size());
    t.binary[int(Binary::floordiv)][int(d)](a.size(), a.data(), 1, b.data(), 1, out.data(), 1);
    for (int64_t i = 0; i < a.size(); ++i)
      EXPECT_TRUE(near(d, out.get(i), floors[size_t(i)], 0)) << i;
    t.binary[int(Binary::truncatediv)][int(d)](a.size(), a.data(), 1, b.data(), 1, out.data(), 1);
    for (int64_t i = 0; i < a.size(); ++i)
      EXPECT_TRUE(near(d, out.get(i), truncs[size_t(i)], 0)) << i;
  }
}

TEST_P(Elementwise, SignsOfZero) {
  Buffer x = Buffer::of(DType::kFloat32, {-0.0, 0.0}), y = Buffer::of(DType::kFloat32, {0.0, -0.0});
  Buffer out(DType::kFloat32, 2);
  auto binary = [&](Binary op) {
    t.binary[int(op)][int(DType::kFloat32)](2, x.data(), 1, y.data(), 1, out.data(), 1);
  };
  binary(Binary::maximum);
  EXPECT_TRUE(std::signbit(out.get(0)));
  EXPECT_FALSE(std::signbit(out.get(1)));
  binary(Binary::minimum);
  EXPECT_TRUE(std::signbit(out.get(0)));
  EXPECT_FALSE(std::signbit(out.get(1)));
  for (Unary op : {Unary::sign, Unary::angle, Unary::relu}) {
    t.unary[int(op)][int(DType::kFloat32)](2, x.data(), 1, out.data(), 1);
    EXPECT_FALSE(std::signbit(out.get(0)));
  }
}

// -- integers ------------------------------------------------------------------------------------
using Wide = __int128;

struct IntCase {
  const char* name;
  Binary op;
  Wide (*formula)(Wide, Wide);
};

Wide truncated(Wide x, Wide y) { return y == 0 ? 0 : x / y; }
Wide floored(Wide x, Wide y) { return y == 0 ? 0 : x / y - (x % y != 0 && (x % y < 0) != (y < 0)); }
Wide power(Wide x, Wide y) {
  if (y < 0) return 0;
  unsigned __int128 r = 1;
  for (Wide i = 0; i < y; ++i) r *= (unsigned __int128)(x);
  return Wide(r);
}

const IntCase kIntCases[] = {
    {"add", Binary::add, [](Wide x, Wide y) { return x + y; }},
    {"subtract", Binary::subtract, [](Wide x, Wide y) { return x - y; }},
    {"multiply", Binary::multiply,
     [](Wide x, Wide y) { return Wide((unsigned __int128)(x) * (unsigned __int128)(y)); }},
    {"squared_difference", Binary::squared_difference,
     [](Wide x, Wide y) { return Wide((unsigned __int128)(x - y) * (unsigned __int128)(x - y)); }},
    {"truncatediv", Binary::truncatediv, truncated},
    {"truncatemod", Binary::truncatemod, [](Wide x, Wide y) { return y == 0 ? 0 : x % y; }},
    {"floordiv", Binary::floordiv, floored},
    {"floormod", Binary::floormod,
     [](Wide x, Wide y) { return y == 0 ? 0 : x - floored(x, y) * y; }},
    {"pow", Binary::pow, power},
    {"maximum", Binary::maximum, [](Wide x, Wide y) { return x > y ? x : y; }},
    {"minimum", Binary::minimum, [](Wide x, Wide y) { return x < y ? x : y; }},
    {"bitwise_and", Binary::bitwise_and, [](Wide x, Wide y) { return x & y; }},
    {"bitwise_or", Binary::bitwise_or, [](Wide x, Wide y) { return x | y; }},
    {"bitwise_xor", Binary::bitwise_xor, [](Wide x, Wide y) { return x ^ y; }},
    {"equal", Binary::equal, [](Wide x, Wide y) { return Wide(x == y); }},
    {"not_equal", Binary::not_equal, [](Wide x, Wide y) { return Wide(x != y); }},
    {"less", Binary::less, [](Wide x, Wide y) { return Wide(x < y); }},
    {"less_equal", Binary::less_equal, [](Wide x, Wide y) { return Wide(x <= y); }},
    {"greater", Binary::greater, [](Wide x, Wide y) { return Wide(x > y); }},
    {"greater_equal", Binary::greater_equal, [](Wide x, Wide y) { return Wide(x >= y); }},
};

constexpr DType kIntTypes[] = {DType::kInt8,  DType::kInt16,  DType::kInt32,  DType::kInt64,
                               DType::kUInt8, DType::kUInt16, DType::kUInt32, DType::kUInt64};

Wide wide(const Buffer& b, int64_t i) {
  return b.dtype() == DType::kUInt64 ? Wide(uint64_t(b.get_int(i))) : Wide(b.get_int(i));
}

Buffer random_ints(DType d, int64_t n, uint64_t seed) {
  Dice random(seed);
  Buffer b(d, n);
  int64_t low = is_unsigned(d) ? 0 : int64_t(uint64_t(1) << (8 * size_of(d) - 1));
  const int64_t special[] = {0, 1, -1, 2, low, int64_t(uint64_t(low) - 1), 7, 3};
  for (int64_t i = 0; i < n; ++i) {
    b.set_int(
        i, i < 64 ? special[seed % 2 ? i % 8 : i / 8] : int64_t(random.bits() >> random.below(64)));
  }
  return b;
}

TEST_P(Elementwise, BinaryInts) {
  for (DType d : kIntTypes) {
    Buffer x = random_ints(d, 300, 1), y = random_ints(d, 300, 2);
    Buffer small(d, 300);
    for (int64_t i = 0; i < 300; ++i) small.set_int(i, i % 70);
    for (const IntCase& c : kIntCases) {
      const Buffer& b = c.op == Binary::pow ? small : y;
      Buffer out(compares(c.op) ? DType::kBool : d, 300), want(out.dtype(), 300);
      t.binary[int(c.op)][int(d)](300, x.data(), 1, b.data(), 1, out.data(), 1);
      for (int64_t i = 0; i < 300; ++i) {
        want.set_int(i, int64_t(c.formula(wide(x, i), wide(b, i))));
        EXPECT_EQ(out.get_int(i), want.get_int(i))
            << name_of(d) << " " << c.name << "(" << x.get_int(i) << ", " << b.get_int(i) << ")";
      }
    }
  }
}

TEST_P(Elementwise, UnaryInts) {
  struct Case {
    Unary op;
    DTypeSet dtypes;
    Wide (*formula)(Wide);
  };
  const Case cases[] = {
      {Unary::negative, kSignedInts, [](Wide x) { return -x; }},
      {Unary::abs, kSignedInts, [](Wide x) { return x < 0 ? -x : x; }},
      {Unary::sign, kSignedInts, [](Wide x) { return Wide((x > 0) - (x < 0)); }},
      {Unary::square, kInts,
       [](Wide x) { return Wide((unsigned __int128)(x) * (unsigned __int128)(x)); }},
      {Unary::relu, kInts, [](Wide x) { return x > 0 ? x : 0; }},
      {Unary::relu6, kInts, [](Wide x) { return x > 6   ? Wide(6)
                                                : x > 0 ? x
                                                        : 0; }},
      {Unary::invert, kInts, [](Wide x) { return ~x; }},
  };
  for (DType d : kIntTypes) {
    Buffer x = random_ints(d, 300, 5), out(d, 300), want(d, 300);
    for (const Case& c : cases) {
      if (!c.dtypes.contains(d)) continue;
      t.unary[int(c.op)][int(d)](300, x.data(), 1, out.data(), 1);
      for (int64_t i = 0; i < 300; ++i) {
        want.set_int(i, int64_t(c.formula(wide(x, i))));
        EXPECT_EQ(out.get_int(i), want.get_int(i)) << name_of(d) << " " << int(c.op) << " " << i;
      }
    }
  }
}

TEST_P(Elementwise, Bools) {
  Buffer x = Buffer::of(DType::kBool, {0, 0, 1, 1}), y = Buffer::of(DType::kBool, {0, 1, 0, 1});
  Buffer out(DType::kBool, 4);
  auto expect = [&](Binary op, std::vector<double> want) {
    t.binary[int(op)][int(DType::kBool)](4, x.data(), 1, y.data(), 1, out.data(), 1);
    EXPECT_TRUE(out == Buffer::of(DType::kBool, want)) << int(op);
  };
  expect(Binary::bitwise_and, {0, 0, 0, 1});
  expect(Binary::bitwise_or, {0, 1, 1, 1});
  expect(Binary::bitwise_xor, {0, 1, 1, 0});
  expect(Binary::equal, {1, 0, 0, 1});
  expect(Binary::not_equal, {0, 1, 1, 0});
  t.unary[int(Unary::logical_not)][int(DType::kBool)](4, x.data(), 1, out.data(), 1);
  EXPECT_TRUE(out == Buffer::of(DType::kBool, {1, 1, 0, 0}));
}

// -- complex -------------------------------------------------------------------------------------
TEST_P(Elementwise, ComplexUnary) {
  struct Case {
    const char* name;
    Unary op;
    C (*formula)(C);
  };
  const Case cases[] = {
      {"negative", Unary::negative, [](C z) { return -z; }},
      {"abs", Unary::abs, [](C z) { return C(std::abs(z)); }},
      {"sign", Unary::sign, [](C z) { return z == C(0) ? z : z / std::abs(z); }},
      {"square", Unary::square, [](C z) { return z * z; }},
      {"sqrt", Unary::sqrt, [](C z) { return std::sqrt(z); }},
      {"rsqrt", Unary::rsqrt, [](C z) { return 1.0 / std::sqrt(z); }},
      {"reciprocal", Unary::reciprocal, [](C z) { return 1.0 / z; }},
      {"exp", Unary::exp, [](C z) { return std::exp(z); }},
      {"expm1", Unary::expm1, [](C z) { return std::exp(z) - 1.0; }},
      {"log", Unary::log, [](C z) { return std::log(z); }},
      {"log1p", Unary::log1p, [](C z) { return std::log(1.0 + z); }},
      {"sin", Unary::sin, [](C z) { return std::sin(z); }},
      {"cos", Unary::cos, [](C z) { return std::cos(z); }},
      {"tan", Unary::tan, [](C z) { return std::tan(z); }},
      {"asin", Unary::asin, [](C z) { return std::asin(z); }},
      {"acos", Unary::acos, [](C z) { return std::acos(z); }},
      {"atan", Unary::atan, [](C z) { return std::atan(z); }},
      {"sinh", Unary::sinh, [](C z) { return std::sinh(z); }},
      {"cosh", Unary::cosh, [](C z) { return std::cosh(z); }},
      {"tanh", Unary::tanh, [](C z) { return std::tanh(z); }},
      {"asinh", Unary::asinh, [](C z) { return std::asinh(z); }},
      {"acosh", Unary::acosh, [](C z) { return std::acosh(z); }},
      {"atanh", Unary::atanh, [](C z) { return std::atanh(z); }},
      {"sigmoid", Unary::sigmoid, [](C z) { return 1.0 / (1.0 + std::exp(-z)); }},
      {"conj", Unary::conj, [](C z) { return std::conj(z); }},
      {"real", Unary::real, [](C z) { return C(z.real()); }},
      {"imag", Unary::imag, [](C z) { return C(z.imag()); }},
      {"angle", Unary::angle, [](C z) { return C(std::arg(z)); }},
  };
  Dice random(11);
  for (DType d : {DType::kComplex64, DType::kComplex128}) {
    Buffer x(d, 200);
    for (int64_t i = 0; i < 200; ++i)
      x.set_complex(i, {random.uniform(-3, 3), random.uniform(-3, 3)});
    for (const Case& c : cases) {
      bool real =
          c.op == Unary::abs || c.op == Unary::real || c.op == Unary::imag || c.op == Unary::angle;
      Buffer out(real ? real_of(d) : d, 200);
      t.unary[int(c.op)][int(d)](200, x.data(), 1, out.data(), 1);
      for (int64_t i = 0; i < 200; ++i) {
        C want = c.formula(x.get_complex(i));
        double tolerance = (d == DType::kComplex64 ? 3e-6 : 1e-13) * (std::abs(want) + 0.1);
        EXPECT_LT(std::abs(out.get_complex(i) - want), tolerance) << c.name << x.get_complex(i);
      }
    }
  }
}

TEST_P(Elementwise, ComplexBinary) {
  struct Case {
    const char* name;
    Binary op;
    C (*formula)(C, C);
  };
  const Case cases[] = {
      {"add", Binary::add, [](C x, C y) { return x + y; }},
      {"subtract", Binary::subtract, [](C x, C y) { return x - y; }},
      {"multiply", Binary::multiply, [](C x, C y) { return x * y; }},
      {"divide", Binary::divide, [](C x, C y) { return x / y; }},
      {"divide_no_nan", Binary::divide_no_nan, [](C x, C y) { return y == C(0) ? C(0) : x / y; }},
      {"multiply_no_nan", Binary::multiply_no_nan, [](C x, C y) { return x * y; }},
      {"pow", Binary::pow, [](C x, C y) { return x == C(0) ? C(y == C(0)) : std::pow(x, y); }},
      {"squared_difference", Binary::squared_difference,
       [](C x, C y) { return C(std::norm(x - y)); }},
      {"xlogy", Binary::xlogy, [](C x, C y) { return x == C(0) ? x : x * std::log(y); }},
      {"equal", Binary::equal, [](C x, C y) { return C(x == y); }},
      {"not_equal", Binary::not_equal, [](C x, C y) { return C(x != y); }},
  };
  Dice random(12);
  for (DType d : {DType::kComplex64, DType::kComplex128}) {
    Buffer x(d, 200), y(d, 200);
    for (int64_t i = 0; i < 200; ++i) {
      x.set_complex(i, {random.uniform(-2, 2), random.uniform(-2, 2)});
      y.set_complex(i, i % 5 ? C(random.uniform(-2, 2), random.uniform(-2, 2)) : x.get_complex(i));
    }
    x.set_complex(7, 0), y.set_complex(7, {1.5, 0.5}), y.set_complex(8, 0), x.set_complex(9, 0),
        y.set_complex(9, 0);
    for (const Case& c : cases) {
      Buffer out(compares(c.op) ? DType::kBool : d, 200);
      t.binary[int(c.op)][int(d)](200, x.data(), 1, y.data(), 1, out.data(), 1);
      for (int64_t i = 0; i < 200; ++i) {
        C want = c.formula(x.get_complex(i), y.get_complex(i));
        C got = out.get_complex(i);
        if ((i == 8 || i == 9) && !std::isfinite(std::abs(want))) {
          EXPECT_FALSE(std::isfinite(std::abs(got))) << c.name << i;
          continue;
        }
        double tolerance = (d == DType::kComplex64 ? 3e-6 : 1e-13) * (std::abs(want) + 0.1);
        EXPECT_LT(std::abs(got - want), tolerance)
            << c.name << x.get_complex(i) << y.get_complex(i);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Elementwise, testing::ValuesIn(levels_under_test()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace pyten::kernels
