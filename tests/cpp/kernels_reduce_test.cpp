// Reductions, scans, sorts, softmax and scatters of every level against naive loops.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/threads.h"
#include "kernels_testing.h"

namespace pyten::kernels {
namespace {

const double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

struct Layout {
  int64_t outer, n, inner;
};
const Layout kLayouts[] = {
    {1, 0, 1},      {2, 0, 3},     {1, 1, 1},      {1, 2, 1},    {3, 5, 1},    {7, 31, 1},
    {2, 64, 1},     {2, 129, 1},   {1, 1000, 1},   {2, 2048, 1}, {1, 2049, 1}, {3, 5000, 1},
    {1, 9, 2},      {1, 1000, 2},  {2, 300, 3},    {1, 513, 5},  {4, 7, 64},   {1, 100, 255},
    {1, 70, 256},   {1, 70, 300},  {2, 33, 511},   {2, 9, 512},  {1, 65, 513}, {1, 5, 3000},
    {1, 140000, 1}, {1, 70000, 2}, {2, 3000, 700},
};

constexpr DType kRealTypes[] = {DType::kInt8,     DType::kInt16,   DType::kInt32,
                                DType::kInt64,    DType::kUInt8,   DType::kUInt16,
                                DType::kUInt32,   DType::kUInt64,  DType::kFloat16,
                                DType::kBFloat16, DType::kFloat32, DType::kFloat64};

Buffer random_values(DType d, int64_t n, double lo, double hi, uint64_t seed = 1) {
  Dice random(seed);
  Buffer b(d, n);
  for (int64_t i = 0; i < n; ++i) {
    double re = random.uniform(lo, hi);
    b.set_complex(i, {re, is_complex(d) ? random.uniform(lo, hi) : 0});
  }
  return b;
}

class Reductions : public testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { set_thread_count(0); }
  const Table& t = *cpu_level(GetParam());

  Buffer run(ReduceLoop loop, const Buffer& x, Layout l) {
    Buffer out(x.dtype(), l.outer * l.inner);
    loop(x.data(), out.data(), l.outer, l.n, l.inner);
    return out;
  }
};

// Calls f(output index, first input index).
template <typename F>
void each_output(Layout l, F f) {
  for (int64_t o = 0; o < l.outer; ++o) {
    for (int64_t k = 0; k < l.inner; ++k) f(o * l.inner + k, o * l.n * l.inner + k);
  }
}

TEST_P(Reductions, SumsAndMeans) {
  for (DType d : kRealTypes) {
    for (Layout l : kLayouts) {
      double lo = is_unsigned(d) ? 0 : -10;
      Buffer x = random_values(d, l.outer * l.n * l.inner, lo, 11);
      Buffer sum = run(t.reduce[int(Reduce::sum)][int(d)], x, l), mean = run(t.mean[int(d)], x, l);
      each_output(l, [&](int64_t out, int64_t first) {
        double want = 0, size = 0;
        int64_t whole = 0;
        for (int64_t i = 0; i < l.n; ++i) {
          double v = x.get(first + i * l.inner);
          want += v, size += std::fabs(v), whole += int64_t(v);
        }
        SCOPED_TRACE(testing::Message()
                     << name_of(d) << " " << l.outer << " " << l.n << " " << l.inner);
        if (is_integer(d)) {
          Buffer wrapped(d, 1);
          wrapped.set_int(0, whole);
          EXPECT_EQ(sum.get_int(out), wrapped.get_int(0));
          EXPECT_EQ(mean.get_int(out), l.n ? whole / l.n : 0);
        } else {
          double rounding = d == DType::kFloat64 ? 1e-14 : 1e-6;
          double ulp = std::fabs(rounded(d, want)) * std::ldexp(1, -format_of(d).digits);
          if (std::fabs(want) < 65000) {
            EXPECT_NEAR(sum.get(out), want, size * rounding + ulp);
          }
          if (l.n == 0) {
            EXPECT_TRUE(std::isnan(mean.get(out)));
          } else {
            double tolerance = (size * rounding + ulp) / double(l.n) + 1e-7;
            EXPECT_NEAR(mean.get(out), want / double(l.n), tolerance);
          }
        }
      });
    }
  }
}

TEST_P(Reductions, Extremes) {
  for (DType d : kRealTypes) {
    for (Layout l : kLayouts) {
      Buffer x = random_values(d, l.outer * l.n * l.inner, is_unsigned(d) ? 0 : -100, 100);
      Buffer max = run(t.reduce[int(Reduce::max)][int(d)], x, l);
      Buffer min = run(t.reduce[int(Reduce::min)][int(d)], x, l);
      each_output(l, [&](int64_t out, int64_t first) {
        if (l.n == 0) {
          Buffer ends(d, 2);  // lowest and highest
          if (is_floating(d)) {
            ends.set(0, -kInf), ends.set(1, kInf);
          } else {
            uint64_t top = uint64_t(1) << (8 * size_of(d) - 1);
            ends.set_int(0, is_unsigned(d) ? 0 : int64_t(top));
            ends.set_int(1, is_unsigned(d) ? -1 : int64_t(top - 1));
          }
          EXPECT_EQ(max.get(out), ends.get(0));
          EXPECT_EQ(min.get(out), ends.get(1));
          return;
        }
        double high = -kInf, low = kInf;
        for (int64_t i = 0; i < l.n; ++i) {
          high = std::max(high, x.get(first + i * l.inner));
          low = std::min(low, x.get(first + i * l.inner));
        }
        EXPECT_EQ(max.get(out), high) << name_of(d) << l.n << " " << l.inner;
        EXPECT_EQ(min.get(out), low) << name_of(d) << l.n << " " << l.inner;
      });
    }
  }
}

TEST_P(Reductions, ExtremesPassOnNan) {
  for (DType d : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
    for (int64_t n : {1, 5, 17, 200, 3000}) {
      for (int64_t inner : {1, 3}) {
        for (int64_t at : {int64_t(0), n / 2, n - 1}) {
          Buffer x = random_values(d, n * inner, -1, 1);
          for (int64_t k = 0; k < inner; ++k) x.set(at * inner + k, kNan);
          EXPECT_TRUE(std::isnan(run(t.reduce[int(Reduce::max)][int(d)], x, {1, n, inner}).get(0)));
          EXPECT_TRUE(std::isnan(run(t.reduce[int(Reduce::min)][int(d)], x, {1, n, inner}).get(0)));
        }
      }
    }
  }
}

TEST_P(Reductions, Products) {
  for (DType d : kRealTypes) {
    for (Layout l :
         {Layout{2, 0, 2}, {3, 5, 1}, {1, 40, 1}, {1, 300, 1}, {2, 40, 3}, {1, 3, 600}}) {
      Buffer x = is_integer(d) ? random_values(d, l.outer * l.n * l.inner, 1, 4)
                               : random_values(d, l.outer * l.n * l.inner, 0.95, 1.05);
      Buffer out = run(t.reduce[int(Reduce::prod)][int(d)], x, l);
      each_output(l, [&](int64_t o, int64_t first) {
        double want = 1;
        uint64_t whole = 1;
        for (int64_t i = 0; i < l.n; ++i) {
          want *= x.get(first + i * l.inner);
          if (is_integer(d)) whole *= uint64_t(x.get_int(first + i * l.inner));
        }
        if (is_integer(d)) {
          Buffer wrapped(d, 1);
          wrapped.set_int(0, int64_t(whole));
          EXPECT_EQ(out.get_int(o), wrapped.get_int(0)) << name_of(d);
        } else {
          double tolerance = d == DType::kFloat64 ? 1e-12 : d == DType::kFloat32 ? 2e-5 : 8e-3;
          EXPECT_NEAR(out.get(o), want, tolerance * want) << name_of(d) << l.n << " " << l.inner;
        }
      });
    }
  }
}

TEST_P(Reductions, Complex) {
  for (DType d : {DType::kComplex64, DType::kComplex128}) {
    for (Layout l : {Layout{1, 0, 2}, {1, 7, 1}, {2, 100, 3}, {1, 40, 300}}) {
      Buffer x = random_values(d, l.outer * l.n * l.inner, -0.9, 0.9);
      Buffer sum = run(t.reduce[int(Reduce::sum)][int(d)], x, l);
      Buffer prod = run(t.reduce[int(Reduce::prod)][int(d)], x, l);
      Buffer mean = run(t.mean[int(d)], x, l);
      each_output(l, [&](int64_t o, int64_t first) {
        std::complex<double> s = 0, p = 1;
        for (int64_t i = 0; i < l.n; ++i) {
          s += x.get_complex(first + i * l.inner), p *= x.get_complex(first + i * l.inner);
        }
        EXPECT_LT(std::abs(sum.get_complex(o) - s), 1e-5);
        EXPECT_LT(std::abs(prod.get_complex(o) - p), 1e-5);
        if (l.n > 0) {
          EXPECT_LT(std::abs(mean.get_complex(o) - s / double(l.n)), 1e-6);
        }
      });
    }
  }
}

TEST_P(Reductions, AnyAll) {
  for (Layout l : kLayouts) {
    for (int kind = 0; kind < 3; ++kind) {
      Buffer x(DType::kBool, l.outer * l.n * l.inner);
      for (int64_t i = 0; i < x.size(); ++i) x.set(i, kind == 1);
      if (kind == 2 && x.size()) x.set(x.size() - 1, 1);
      Buffer any = run(t.reduce[int(Reduce::any)][int(DType::kBool)], x, l);
      Buffer all = run(t.reduce[int(Reduce::all)][int(DType::kBool)], x, l);
      each_output(l, [&](int64_t o, int64_t first) {
        bool some = false, every = true;
        for (int64_t i = 0; i < l.n; ++i) {
          bool v = x.get(first + i * l.inner) != 0;
          some = some || v, every = every && v;
        }
        EXPECT_EQ(any.get(o), some);
        EXPECT_EQ(all.get(o), every);
      });
    }
  }
}

TEST_P(Reductions, AreAccurate) {
  const int64_t n = 10000000;
  std::vector<float> x(n, 0.1f);
  float sum;
  t.reduce[int(Reduce::sum)][int(DType::kFloat32)](x.data(), &sum, 1, n, 1);
  EXPECT_LT(std::fabs(sum / (double(0.1f) * n) - 1), 1e-6);
  Buffer ones(DType::kFloat16, 70000), mean(DType::kFloat16, 1);
  for (int64_t i = 0; i < ones.size(); ++i) ones.set(i, 1);
  t.mean[int(DType::kFloat16)](ones.data(), mean.data(), 1, ones.size(), 1);
  EXPECT_EQ(mean.get(0), 1);
  Buffer big(DType::kInt64, 3), whole(DType::kInt64, 1);
  for (int64_t i = 0; i < 3; ++i) big.set_int(i, std::numeric_limits<int64_t>::max() - i);
  t.mean[int(DType::kInt64)](big.data(), whole.data(), 1, 3, 1);
  EXPECT_EQ(whole.get_int(0), std::numeric_limits<int64_t>::max() - 1);
}

// Bit for bit the same on any number of threads and on every level.
TEST_P(Reductions, DoNotDependOnThreadsOrLevels) {
  for (Layout l :
       {Layout{1, 1000003, 1}, {3, 200001, 1}, {1, 300001, 3}, {2, 5000, 600}, {900, 1000, 1}}) {
    Buffer x = random_values(DType::kFloat32, l.outer * l.n * l.inner, -1, 1);
    set_thread_count(1);
    Buffer want(x.dtype(), l.outer * l.inner);
    cpu_level("baseline")
        ->reduce[int(Reduce::sum)][int(DType::kFloat32)](x.data(), want.data(), l.outer, l.n,
                                                         l.inner);
    for (int threads : {1, 2, 4, 8}) {
      set_thread_count(threads);
      EXPECT_TRUE(run(t.reduce[int(Reduce::sum)][int(DType::kFloat32)], x, l) == want) << threads;
    }
  }
}

TEST_P(Reductions, ArgExtremes) {
  for (DType d : kRealTypes) {
    for (Layout l : kLayouts) {
      if (l.n == 0) continue;
      Buffer x = random_values(d, l.outer * l.n * l.inner, 0, 100);  // with ties in small types
      bool with_nan = is_floating(d) && l.n > 20;
      if (with_nan) x.set(l.inner * 13, kNan), x.set(l.inner * 15, kNan);
      std::vector<int64_t> high(size_t(l.outer * l.inner)), low = high;
      t.argmax[int(d)](x.data(), high.data(), l.outer, l.n, l.inner);
      t.argmin[int(d)](x.data(), low.data(), l.outer, l.n, l.inner);
      each_output(l, [&](int64_t o, int64_t first) {
        int64_t top = 0, bottom = 0;
        for (int64_t i = 1; i < l.n; ++i) {
          double v = x.get(first + i * l.inner);
          if (v > x.get(first + top * l.inner)) top = i;
          if (v < x.get(first + bottom * l.inner)) bottom = i;
        }
        if (with_nan && o == 0) top = bottom = 13;
        EXPECT_EQ(high[size_t(o)], top) << name_of(d) << l.n << " " << l.inner;
        EXPECT_EQ(low[size_t(o)], bottom) << name_of(d) << l.n << " " << l.inner;
      });
    }
  }
}

TEST_P(Reductions, Scans) {
  for (DType d : {DType::kInt8, DType::kUInt16, DType::kInt32, DType::kInt64, DType::kFloat16,
                  DType::kBFloat16, DType::kFloat32, DType::kFloat64, DType::kComplex64,
                  DType::kComplex128}) {
    for (Layout l : {Layout{1, 0, 2}, {2, 1, 1}, {2, 7, 3}, {1, 50, 1}, {3, 9, 40}}) {
      for (int mode = 0; mode < 4; ++mode) {
        bool exclusive = mode & 1, reverse = mode & 2;
        Buffer x = random_values(d, l.outer * l.n * l.inner, 0.5, 2.5), sum(d, x.size()),
               prod(d, x.size());
        t.cumsum[int(d)](x.data(), sum.data(), l.outer, l.n, l.inner, exclusive, reverse);
        t.cumprod[int(d)](x.data(), prod.data(), l.outer, l.n, l.inner, exclusive, reverse);
        each_output(l, [&](int64_t, int64_t first) {
          std::complex<double> s = 0, p = 1;
          for (int64_t i = 0; i < l.n; ++i) {
            int64_t at = first + (reverse ? l.n - 1 - i : i) * l.inner;
            auto v = x.get_complex(at);
            if (!exclusive) s += v, p *= v;
            double tolerance = is_integer(d) ? 0 : size_of(d) == 2 ? 0.01 : 1e-5;
            if (std::abs(p) < 100) {
              EXPECT_LE(std::abs(prod.get_complex(at) - p), tolerance * std::abs(p)) << name_of(d);
            }
            EXPECT_LE(std::abs(sum.get_complex(at) - s), tolerance * std::abs(s)) << name_of(d);
            if (exclusive) s += v, p *= v;
          }
        });
      }
    }
  }
}

TEST_P(Reductions, Sorts) {
  for (DType d : kRealTypes) {
    for (int64_t n : {0, 1, 2, 9, 17, 100, 129, 300, 5000, 40000}) {
      for (bool descending : {false, true}) {
        Buffer x = random_values(d, 3 * n, is_unsigned(d) ? 0 : -60, 60), values(d, 3 * n);
        if (is_floating(d) && n > 5) x.set(2, kNan), x.set(4, kNan), x.set(5, -0.0), x.set(7, 0.0);
        std::vector<int32_t> places(size_t(3 * n));
        t.sort[int(d)](x.data(), values.data(), places.data(), 3, n, descending);
        std::vector<int32_t> alone(size_t(3 * n));
        t.sort[int(d)](x.data(), nullptr, alone.data(), 3, n, descending);
        EXPECT_EQ(places, alone);
        Buffer bare(d, 3 * n);
        t.sort[int(d)](x.data(), bare.data(), nullptr, 3, n, descending);
        EXPECT_TRUE(bare == values) << name_of(d) << n << descending;
        for (int64_t r = 0; r < 3; ++r) {
          std::vector<int32_t> want(static_cast<size_t>(n));
          std::iota(want.begin(), want.end(), 0);
          std::stable_sort(want.begin(), want.end(), [&](int32_t i, int32_t j) {
            double a = x.get(r * n + i), b = x.get(r * n + j);
            if (std::isnan(a) || std::isnan(b)) return !std::isnan(a);
            return descending ? a > b : a < b;
          });
          for (int64_t i = 0; i < n; ++i) {
            ASSERT_EQ(places[size_t(r * n + i)], want[size_t(i)]) << name_of(d) << n << descending;
            double got = values.get(r * n + i), from = x.get(r * n + want[size_t(i)]);
            EXPECT_TRUE(got == from || (std::isnan(got) && std::isnan(from)));
            EXPECT_EQ(std::signbit(got), std::signbit(from));
          }
        }
      }
    }
  }
}

// Orders that pivots and digits do badly with.
TEST_P(Reductions, SortsPatterns) {
  for (DType d : {DType::kInt32, DType::kFloat32, DType::kFloat64}) {
    for (int64_t n : {63, 64, 65, 127, 128, 257, 1000, 100000}) {
      for (int kind = 0; kind < 6; ++kind) {
        Buffer x(d, n), values(d, n);
        Dice random(uint64_t(kind + 1));
        std::vector<double> want;
        for (int64_t i = 0; i < n; ++i) {
          const double patterns[] = {double(i),
                                     double(n - i),
                                     7,
                                     double(i % 3),
                                     double(i < n / 2 ? i : n - i),
                                     double(random.below(5)) - 2};
          x.set(i, patterns[kind]);
          want.push_back(patterns[kind]);
        }
        t.sort[int(d)](x.data(), values.data(), nullptr, 1, n, false);
        std::sort(want.begin(), want.end());
        for (int64_t i = 0; i < n; ++i) ASSERT_EQ(values.get(i), want[size_t(i)]) << kind << n;
      }
    }
  }
}

TEST_P(Reductions, Softmax) {
  for (DType d : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
    double tolerance = d == DType::kFloat64 ? 1e-13 : d == DType::kFloat32 ? 2e-6 : 0.02;
    for (int64_t n : {1, 2, 3, 10, 17, 100, 3000}) {
      Buffer x = random_values(d, 2 * n, -20, 20), p(d, 2 * n), log_p(d, 2 * n);
      t.softmax[int(d)](x.data(), p.data(), 2, n);
      t.log_softmax[int(d)](x.data(), log_p.data(), 2, n);
      for (int64_t r = 0; r < 2; ++r) {
        double top = -kInf, total = 0;
        for (int64_t i = 0; i < n; ++i) top = std::max(top, x.get(r * n + i));
        for (int64_t i = 0; i < n; ++i) total += std::exp(x.get(r * n + i) - top);
        for (int64_t i = 0; i < n; ++i) {
          double want = std::exp(x.get(r * n + i) - top) / total;
          EXPECT_NEAR(p.get(r * n + i), want, tolerance * want + 1e-7);
          EXPECT_NEAR(log_p.get(r * n + i), x.get(r * n + i) - top - std::log(total),
                      20 * tolerance);
        }
      }
    }
    Buffer x = Buffer::of(d, {-kInf, 0, kInf, 0, kNan, 0, 1000, 1000}), p(d, 8);
    t.softmax[int(d)](x.data(), p.data(), 4, 2);
    EXPECT_EQ(p.get(0), 0);
    EXPECT_EQ(p.get(1), 1);
    EXPECT_TRUE(std::isnan(p.get(2)));
    EXPECT_EQ(p.get(3), 0);
    EXPECT_TRUE(std::isnan(p.get(5)));
    EXPECT_EQ(p.get(6), 0.5);
  }
}

TEST_P(Reductions, Scatters) {
  const int64_t index[] = {3, 0, 3, 1};
  struct Case {
    Scatter op;
    double (*formula)(double, double);
  };
  const Case cases[] = {{Scatter::update, [](double, double y) { return y; }},
                        {Scatter::add, [](double x, double y) { return x + y; }},
                        {Scatter::subtract, [](double x, double y) { return x - y; }},
                        {Scatter::multiply, [](double x, double y) { return x * y; }},
                        {Scatter::divide, [](double x, double y) { return x / y; }},
                        {Scatter::max, [](double x, double y) { return std::max(x, y); }},
                        {Scatter::min, [](double x, double y) { return std::min(x, y); }}};
  for (int code = 0; code < kDTypeCount; ++code) {
    DType d = DType(code);
    for (int64_t inner : {1, 5}) {
      for (const Case& c : cases) {
        ScatterLoop loop = t.scatter[int(c.op)][code];
        if (!loop) continue;
        Buffer target(d, 5 * inner), updates(d, 4 * inner), want(d, 5 * inner);
        for (int64_t i = 0; i < target.size(); ++i)
          target.set(i, double(40 + i)), want.set(i, double(40 + i));
        for (int64_t i = 0; i < updates.size(); ++i) updates.set(i, double(1 + i % 3));
        loop(target.data(), 5, index, updates.data(), 4, inner);
        for (int64_t i = 0; i < 4; ++i) {
          for (int64_t j = 0; j < inner; ++j) {
            int64_t at = index[i] * inner + j;
            double v = c.formula(want.get(at), updates.get(i * inner + j));
            want.set(at, is_integer(d) ? std::trunc(v) : v);
          }
        }
        EXPECT_TRUE(target == want) << name_of(d) << int(c.op);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Reductions, testing::ValuesIn(levels_under_test()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace pyten::kernels
