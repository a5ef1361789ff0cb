// What is common to all elementwise kernels: every pattern of strides gives what one element at a
// time gives, levels agree bit for bit, and the drivers visit every element once.
#include <gtest/gtest.h>

#include <functional>
#include <numeric>

#include "kernels/threads.h"
#include "kernels_testing.h"

namespace pyten::kernels {
namespace {

constexpr int64_t kMost = 70, kRoom = 4 * kMost;

// Values that every formula accepts and that meet each other, with some ties and zeros.
Buffer inputs(DType d, uint64_t seed) {
  Dice random(seed);
  Buffer b(d, kRoom);
  for (int64_t i = 0; i < kRoom; ++i) {
    if (d == DType::kBool) b.set(i, double(random.below(2)));
    else if (is_integer(d))
      b.set_int(i, random.below(is_unsigned(d) ? 12 : 13) - (is_unsigned(d) ? 0 : 5));
    else
      b.set_complex(i,
                    {double(random.below(25) - 8) / 8, is_complex(d) ? random.uniform(-1, 1) : 0});
  }
  return b;
}

bool same_values(const Buffer& a, const Buffer& b) {
  if (a == b) return true;
  if (!is_inexact(a.dtype())) return false;
  for (int64_t i = 0; i < a.size(); ++i) {  // NaNs may differ in their bits
    auto x = a.get_complex(i), y = b.get_complex(i);
    bool re = x.real() == y.real() || (std::isnan(x.real()) && std::isnan(y.real()));
    bool im = x.imag() == y.imag() || (std::isnan(x.imag()) && std::isnan(y.imag()));
    if (!re || !im) return false;
  }
  return true;
}

DType result_of(Unary op, DType d) {
  switch (op) {
#define PYTEN_UNARY_BOOL(name, dtypes) \
  case Unary::name: return DType::kBool;
#define PYTEN_UNARY_REAL(name, dtypes) \
  case Unary::name: return real_of(d);
#include "kernels/elementwise.def"
    default: return d;
  }
}
DType result_of(Binary op, DType d) {
  return op >= Binary::equal && op <= Binary::greater_equal ? DType::kBool : d;
}

// Ops whose last digit may depend on whether the level has fma.
bool may_differ(Unary op) {
  switch (op) {
    case Unary::exp:
    case Unary::expm1:
    case Unary::log:
    case Unary::log1p:
    case Unary::tanh:
    case Unary::sigmoid:
    case Unary::softplus:
    case Unary::elu:
    case Unary::selu:
    case Unary::sin:
    case Unary::cos:
    case Unary::tan:
    case Unary::asin:
    case Unary::acos:
    case Unary::atan:
    case Unary::sinh:
    case Unary::cosh:
    case Unary::asinh:
    case Unary::acosh:
    case Unary::atanh:
    case Unary::erf:
    case Unary::erfc:
    case Unary::gelu:
    case Unary::gelu_slope: return true;
    default: return false;
  }
}
bool may_differ(Binary op) { return op == Binary::pow || op == Binary::xlogy; }

struct Strides {
  int64_t x, y, out;
};
const Strides kStrides[] = {{1, 1, 1}, {1, 0, 1},  {0, 1, 1},  {0, 0, 1}, {2, 3, 1},
                            {1, 1, 2}, {-1, 1, 1}, {3, -2, 2}, {0, 2, 3}, {1, 1, -1}};

int64_t start(int64_t stride, int64_t n) { return stride < 0 && n > 0 ? -stride * (n - 1) : 0; }

class Loops : public testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { set_thread_count(0); }
  const Table& t = *cpu_level(GetParam());
  const Table& base = *cpu_level("baseline");
};

TEST_P(Loops, UnaryStrides) {
  for (int op = 0; op < int(Unary::kCount); ++op) {
    for (int code = 0; code < kDTypeCount; ++code) {
      UnaryLoop loop = t.unary[op][code];
      if (!loop) continue;
      DType d = DType(code), r = result_of(Unary(op), d);
      Buffer x = inputs(d, 1);
      for (Strides s : kStrides) {
        for (int64_t n : {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 70}) {
          Buffer got(r, kRoom), want(r, kRoom), level(r, kRoom);
          int64_t ix = start(s.x, n), io = start(s.out, n);
          loop(n, x.at(ix), s.x, got.at(io), s.out);
          base.unary[op][code](n, x.at(ix), s.x, level.at(io), s.out);
          for (int64_t i = 0; i < n; ++i)
            loop(1, x.at(ix + i * s.x), 1, want.at(io + i * s.out), 1);
          ASSERT_TRUE(same_values(got, want))
              << op << " " << name_of(d) << " n=" << n << " " << s.x << " " << s.out;
          if (!may_differ(Unary(op))) {
            ASSERT_TRUE(same_values(got, level)) << op << " " << name_of(d) << " n=" << n;
          }
          if (s.x == s.out && r == d) {
            Buffer place = x;
            loop(n, place.at(ix), s.x, place.at(ix), s.x);
            for (int64_t i = 0; i < n; ++i) {
              auto a = place.get_complex(ix + i * s.x), b = got.get_complex(io + i * s.out);
              ASSERT_TRUE(a == b || a != a) << "in place " << op << " " << name_of(d) << " n=" << n;
            }
          }
        }
      }
    }
  }
}

TEST_P(Loops, BinaryStrides) {
  for (int op = 0; op < int(Binary::kCount); ++op) {
    for (int code = 0; code < kDTypeCount; ++code) {
      BinaryLoop loop = t.binary[op][code];
      if (!loop) continue;
      DType d = DType(code), r = result_of(Binary(op), d);
      Buffer x = inputs(d, 1), y = inputs(d, 2);
      for (Strides s : kStrides) {
        for (int64_t n : {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 70}) {
          Buffer got(r, kRoom), want(r, kRoom), level(r, kRoom);
          int64_t ix = start(s.x, n), iy = start(s.y, n), io = start(s.out, n);
          loop(n, x.at(ix), s.x, y.at(iy), s.y, got.at(io), s.out);
          base.binary[op][code](n, x.at(ix), s.x, y.at(iy), s.y, level.at(io), s.out);
          for (int64_t i = 0; i < n; ++i) {
            loop(1, x.at(ix + i * s.x), 1, y.at(iy + i * s.y), 1, want.at(io + i * s.out), 1);
          }
          ASSERT_TRUE(same_values(got, want))
              << op << " " << name_of(d) << " n=" << n << " " << s.x << " " << s.y;
          if (!may_differ(Binary(op)) || is_integer(d)) {
            ASSERT_TRUE(same_values(got, level)) << op << " " << name_of(d) << " n=" << n;
          }
          if (s.x == 1 && s.out == 1 && r == d) {
            Buffer place = x;
            loop(n, place.data(), 1, y.at(iy), s.y, place.data(), 1);
            for (int64_t i = 0; i < n; ++i) {
              auto a = place.get_complex(i), b = got.get_complex(i);
              ASSERT_TRUE(a == b || a != a) << "in place " << op << " " << name_of(d);
            }
          }
        }
      }
    }
  }
}

TEST_P(Loops, Casts) {
  const double inf = std::numeric_limits<double>::infinity();
  std::vector<double> values = {0,
                                -0.0,
                                1,
                                -1,
                                0.4,
                                -0.9,
                                2.5,
                                127,
                                128,
                                -128,
                                -129,
                                255,
                                256,
                                300,
                                -300,
                                32767,
                                32768,
                                65535,
                                65536,
                                65519,
                                65520,
                                70000,
                                1e6,
                                16777217,
                                2147483647,
                                2147483648.0,
                                -2147483648.0,
                                -2147483649.0,
                                4294967295.0,
                                4294967296.0,
                                1e10,
                                -1e10,
                                1.0000001,
                                1.00048828125,
                                1.00390625,
                                9.2233720368547758e18,
                                1.8446744073709552e19,
                                1e20,
                                -1e20,
                                1e-40,
                                6e-8,
                                3e-8,
                                2.9e-8,
                                1e300,
                                inf,
                                -inf,
                                std::nan("")};
  Dice random(4);
  for (int i = 0; i < 200; ++i) values.push_back(random.uniform(-300, 300));
  for (int i = 0; i < 200; ++i) values.push_back(random.any_float());
  int64_t n = int64_t(values.size());
  for (int from = 0; from < kDTypeCount; ++from) {
    Buffer x(DType(from), n);
    for (int64_t i = 0; i < n; ++i) {
      double v = values[size_t(i)];
      if (is_integer(x.dtype()))
        x.set_int(i, std::isfinite(v) && std::fabs(v) < 9e18 ? int64_t(v) : int64_t(random.bits()));
      else x.set_complex(i, {v, is_complex(x.dtype()) ? 0.5 : 0});
    }
    for (int to = 0; to < kDTypeCount; ++to) {
      DType r = DType(to);
      Buffer got(r, 3 * n), strided(r, 3 * n);
      t.cast[from][to](n, x.data(), 1, got.data(), 1);
      t.cast[from][to](n, x.data(), 1, strided.data(), 3);
      for (int64_t i = 0; i < n; ++i) {
        SCOPED_TRACE(testing::Message()
                     << name_of(DType(from)) << " " << x.get(i) << " to " << name_of(r));
        double v = x.get(i);
        Buffer want(r, 1);
        if (r == DType::kBool) {
          want.set(0, x.get_complex(i) != std::complex<double>(0));
        } else if (is_integer(r)) {
          if (is_inexact(x.dtype())) {
            bool u = is_unsigned(r);
            double low = u ? 0 : -std::ldexp(1, int(8 * size_of(r)) - 1);
            double high = std::ldexp(1, int(8 * size_of(r)) - (u ? 0 : 1));
            if (std::isnan(v)) want.set_int(0, 0);
            else if (v <= low) want.set_int(0, u ? 0 : int64_t(low));
            else if (v >= high) want.set_int(0, u ? -1 : int64_t(uint64_t(high) - 1));
            else want.set_int(0, u ? int64_t(uint64_t(v)) : int64_t(v));
          } else {
            want.set_int(0, x.get_int(i));
          }
        } else {
          want.set_complex(0, {v, is_complex(r) ? x.get_complex(i).imag() : 0});
        }
        if (is_integer(r)) {
          ASSERT_EQ(got.get_int(i), want.get_int(0));
          ASSERT_EQ(strided.get_int(3 * i), want.get_int(0));
        } else {
          double g = got.get(i), w = want.get(0);
          // 64-bit integers reach 16-bit floats by way of float64.
          ASSERT_TRUE(g == w || (std::isnan(g) && std::isnan(w))) << g << " not " << w;
          ASSERT_TRUE(got.get_complex(i).imag() == want.get_complex(0).imag());
          ASSERT_TRUE(strided.get(3 * i) == g || std::isnan(g));
          if (v == 0 && is_inexact(x.dtype())) {
            ASSERT_EQ(std::signbit(g), std::signbit(v) && r != DType::kBool);
          }
        }
      }
    }
  }
}

TEST_P(Loops, CopiesAndSelects) {
  const DType kBySize[] = {DType::kUInt8, DType::kUInt16, DType::kUInt32, DType::kUInt64,
                           DType::kComplex128};
  for (int size = 0; size < 5; ++size) {
    DType d = kBySize[size];
    Buffer x = inputs(d, 1), y = inputs(d, 2), c = inputs(DType::kBool, 3);
    for (Strides s : kStrides) {
      for (int64_t sc : {0, 1, 2}) {
        for (int64_t n : {0, 1, 5, 33, 70}) {
          Buffer copied(d, kRoom), selected(d, kRoom);
          int64_t ix = start(s.x, n), iy = start(s.y, n), io = start(s.out, n);
          t.copy[size](n, x.at(ix), s.x, copied.at(io), s.out);
          t.select[size](n, c.data(), sc, x.at(ix), s.x, y.at(iy), s.y, selected.at(io), s.out);
          for (int64_t i = 0; i < n; ++i) {
            auto a = x.get_complex(ix + i * s.x), b = y.get_complex(iy + i * s.y);
            ASSERT_EQ(copied.get_complex(io + i * s.out), a);
            ASSERT_EQ(selected.get_complex(io + i * s.out), c.get(i * sc) != 0 ? a : b);
          }
        }
      }
    }
  }
}

// -- the drivers ---------------------------------------------------------------------------------
struct View {
  std::vector<int64_t> shape, x, y, out;
};

std::vector<int64_t> row_major(const std::vector<int64_t>& shape) {
  std::vector<int64_t> s(shape.size());
  int64_t step = 1;
  for (size_t d = shape.size(); d-- > 0; step *= shape[d]) s[d] = step;
  return s;
}

const View kViews[] = {
    {{}, {}, {}, {}},
    {{0, 3}, {3, 1}, {3, 1}, {3, 1}},
    {{7}, {1}, {0}, {1}},
    {{1, 7, 1}, {9, 1, 5}, {0, 0, 0}, {7, 1, 1}},
    {{3, 4, 5}, {20, 5, 1}, {20, 5, 1}, {}},  // merges to one axis
    {{3, 4, 5}, {20, 5, 1}, {0, 5, 1}, {}},   // broadcast first axis
    {{3, 4, 5}, {5, 0, 1}, {0, 1, 0}, {}},
    {{5, 4, 3}, {1, 5, 20}, {12, 3, 1}, {}},          // reversed axes
    {{5, 4, 3}, {1, 5, 20}, {1, 5, 20}, {1, 5, 20}},  // all in the same odd order
    {{100, 2}, {2, 1}, {0, 1}, {}},                   // a short last axis
    {{100, 2}, {1, 0}, {0, 1}, {}},
    {{70, 90}, {1, 70}, {90, 1}, {}},  // transposed
    {{70, 90}, {1, 70}, {0, 1}, {180, 2}},
    {{300, 301}, {1, 300}, {301, 1}, {}},  // several tiles
    {{200000}, {1}, {1}, {}},
    {{100000, 2}, {2, 1}, {0, 1}, {}},
    {{3, 70, 5, 90}, {31500, 1, 6300, 70}, {0, 90, 6300, 1}, {}},
    {{2, 2, 2, 2, 2, 2, 2}, {1, 2, 4, 8, 16, 32, 64}, {64, 32, 16, 8, 4, 2, 1}, {}},
};

template <typename F>
void each_element(const View& v, F f) {
  std::vector<int64_t> index(v.shape.size());
  int64_t total = std::accumulate(v.shape.begin(), v.shape.end(), int64_t(1), std::multiplies<>());
  for (int64_t e = 0; e < total; ++e) {
    int64_t x = 0, y = 0, out = 0;
    for (size_t d = 0; d < index.size(); ++d) {
      x += index[d] * v.x[d], y += index[d] * v.y[d], out += index[d] * v.out[d];
    }
    f(x, y, out);
    for (size_t d = index.size(); d-- > 0 && ++index[d] == v.shape[d];) index[d] = 0;
  }
}

TEST_P(Loops, DriversVisitEveryElement) {
  const int64_t room = 300000;
  Buffer x(DType::kFloat32, room), y(DType::kFloat32, room), c(DType::kBool, room);
  for (int64_t i = 0; i < room; ++i)
    x.set(i, double(i)), y.set(i, double(i % 1000) / 2), c.set(i, i % 3 == 0);
  const int f = int(DType::kFloat32);
  for (View v : kViews) {
    if (v.out.empty()) v.out = row_major(v.shape);
    int rank = int(v.shape.size());
    for (int threads : {1, 4}) {
      set_thread_count(threads);
      Buffer sum(DType::kFloat32, room), copied = sum, chosen = sum, want = sum, want_copy = sum,
                                         want_choice = sum;
      Buffer less(DType::kBool, room), want_less = less;
      run_binary(t.binary[int(Binary::add)][f], rank, v.shape.data(), x.data(), v.x.data(),
                 y.data(), v.y.data(), 4, sum.data(), v.out.data(), 4);
      run_binary(t.binary[int(Binary::less)][f], rank, v.shape.data(), x.data(), v.x.data(),
                 y.data(), v.y.data(), 4, less.data(), v.out.data(), 1);
      run_unary(t.copy[2], rank, v.shape.data(), x.data(), v.x.data(), 4, copied.data(),
                v.out.data(), 4);
      run_select(t.select[2], rank, v.shape.data(), c.data(), v.x.data(), x.data(), v.x.data(),
                 y.data(), v.y.data(), chosen.data(), v.out.data(), 4);
      each_element(v, [&](int64_t ix, int64_t iy, int64_t io) {
        want.set(io, double(float(x.get(ix)) + float(y.get(iy))));
        want_less.set(io, x.get(ix) < y.get(iy));
        want_copy.set(io, x.get(ix));
        want_choice.set(io, c.get(ix) != 0 ? x.get(ix) : y.get(iy));
      });
      std::string shape = testing::PrintToString(v.shape);
      EXPECT_TRUE(sum == want) << shape;
      EXPECT_TRUE(less == want_less) << shape;
      EXPECT_TRUE(copied == want_copy) << shape;
      EXPECT_TRUE(chosen == want_choice) << shape;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Loops, testing::ValuesIn(levels_under_test()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace pyten::kernels
