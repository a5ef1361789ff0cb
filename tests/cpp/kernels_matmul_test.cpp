// Matrix products of every level and dtype against the definition.
#include <gtest/gtest.h>

#include "kernels/threads.h"
#include "kernels_testing.h"

namespace pyten::kernels {
namespace {

using C = std::complex<double>;

class Matmul : public testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { set_thread_count(0); }
  const Table& t = *cpu_level(GetParam());
};

struct Case {
  int64_t m, k, n, batch = 1;
  bool transpose_a = false, transpose_b = false, bias = false;
  int64_t gap = 0;  // elements between the rows of everything
};

Buffer random_matrix(DType d, int64_t n, uint64_t seed) {
  Dice random(seed);
  Buffer b(d, n);
  for (int64_t i = 0; i < n; ++i) {
    if (is_integer(d)) b.set_int(i, random.below(9) - (is_unsigned(d) ? 0 : 4));
    else b.set_complex(i, {random.uniform(-1, 1), is_complex(d) ? random.uniform(-1, 1) : 0});
  }
  return b;
}

// The layout of an r x c operand that is stored as it is, or transposed.
void strides(int64_t r, int64_t c, bool transposed, int64_t gap, int64_t& row, int64_t& col,
             int64_t& size) {
  row = transposed ? 1 : c + gap;
  col = transposed ? r + gap : 1;
  size = (transposed ? c : r) * ((transposed ? r : c) + gap);
}

void check(const Table& t, DType d, const Case& c) {
  SCOPED_TRACE(testing::Message() << t.name << " " << name_of(d) << " m=" << c.m << " k=" << c.k
                                  << " n=" << c.n << " batch=" << c.batch << " ta=" << c.transpose_a
                                  << " tb=" << c.transpose_b << " bias=" << c.bias
                                  << " gap=" << c.gap);
  MatmulArgs g{};
  g.batch = c.batch, g.m = c.m, g.n = c.n, g.k = c.k;
  strides(c.m, c.k, c.transpose_a, c.gap, g.row_a, g.col_a, g.batch_a);
  strides(c.k, c.n, c.transpose_b, c.gap, g.row_b, g.col_b, g.batch_b);
  g.ldc = c.n + c.gap, g.batch_c = c.m * g.ldc;
  Buffer a = random_matrix(d, c.batch * g.batch_a, 1), b = random_matrix(d, c.batch * g.batch_b, 2);
  Buffer bias = random_matrix(d, c.n, 3), out(d, c.batch * g.batch_c);
  for (int64_t i = 0; i < out.size(); ++i) out.set(i, 77);
  g.a = a.data(), g.b = b.data(), g.c = out.data();
  if (c.bias) g.bias = bias.data();
  t.matmul[int(d)](g);
  for (int64_t s = 0; s < c.batch; ++s) {
    for (int64_t i = 0; i < c.m; ++i) {
      for (int64_t j = 0; j < c.n + c.gap; ++j) {
        int64_t at = s * g.batch_c + i * g.ldc + j;
        if (j >= c.n) {  // not a part of the matrix
          ASSERT_EQ(out.get(at), 77);
          continue;
        }
        C want = c.bias ? bias.get_complex(j) : 0;
        double size = 0;
        int64_t whole = c.bias && is_integer(d) ? bias.get_int(j) : 0;
        for (int64_t p = 0; p < c.k; ++p) {
          int64_t ia = s * g.batch_a + i * g.row_a + p * g.col_a;
          int64_t ib = s * g.batch_b + p * g.row_b + j * g.col_b;
          if (is_integer(d)) {
            whole += a.get_int(ia) * b.get_int(ib);
          } else {
            C product = a.get_complex(ia) * b.get_complex(ib);
            want += product, size += std::abs(product);
          }
        }
        if (is_integer(d)) {
          Buffer wrapped(d, 1);
          wrapped.set_int(0, whole);
          ASSERT_EQ(out.get_int(at), wrapped.get_int(0)) << i << ", " << j;
        } else {
          double digits = format_of(is_complex(d) ? real_of(d) : d).digits;
          double compute = d == DType::kFloat64 || d == DType::kComplex128 ? 1e-15 : 5e-7;
          double tolerance = (size + 1) * compute + std::abs(want) * std::ldexp(1, -int(digits));
          ASSERT_LE(std::abs(out.get_complex(at) - want), tolerance) << i << ", " << j;
        }
      }
    }
  }
}

void check_layouts(const Table& t, DType d, Case c) {
  for (int layout = 0; layout < 4; ++layout) {
    c.transpose_a = layout & 1, c.transpose_b = layout & 2;
    check(t, d, c);
  }
}

TEST_P(Matmul, SmallShapes) {
  for (DType d : {DType::kFloat32, DType::kFloat64}) {
    for (int64_t m : {1, 2, 3, 5, 8, 13}) {
      for (int64_t n : {1, 2, 4, 7, 16, 17, 33}) {
        for (int64_t k : {0, 1, 2, 3, 4, 9, 33}) {
          check_layouts(t, d, {m, k, n});
          check(t, d, {m, k, n, 2, false, true, true, 3});
        }
      }
    }
  }
}

TEST_P(Matmul, AroundTheTiles) {
  for (DType d : {DType::kFloat32, DType::kFloat64}) {
    for (Case c : {Case{12, 64, 32},
                   {25, 65, 31},
                   {96, 10, 65},
                   {97, 300, 40},
                   {50, 256, 257},
                   {130, 257, 70},
                   {7, 600, 300},
                   {128, 128, 128},
                   {100, 100, 1030},
                   {60, 520, 545},    // two blocks of the sum, both operands packed
                   {200, 784, 10},    // narrow
                   {90, 600, 16}}) {  // narrow
      check_layouts(t, d, c);
      c.bias = true, c.gap = 5;
      check_layouts(t, d, c);
    }
  }
}

TEST_P(Matmul, VectorsAndThinMatrices) {
  for (DType d : {DType::kFloat32, DType::kFloat64}) {
    for (Case c : {Case{1000, 2, 1},
                   {2, 1000, 1},
                   {1000, 1, 2},
                   {1, 1000, 2},
                   {3, 1001, 1},
                   {4, 999, 1},
                   {1, 1000, 3},
                   {500, 300, 1},
                   {1, 300, 500},
                   {1, 1000, 1},
                   {1000, 3, 1},
                   {1000, 4, 1},
                   {1000, 5, 1},
                   {1, 7, 1000},
                   {300, 2, 3},
                   {2, 300, 3},
                   {700, 1, 1},
                   {1, 1, 700}}) {
      check_layouts(t, d, c);
      c.bias = true;
      check_layouts(t, d, c);
      c.gap = 2;
      check_layouts(t, d, c);
    }
  }
}

TEST_P(Matmul, Batches) {
  for (DType d : {DType::kFloat32, DType::kFloat64}) {
    check_layouts(t, d, {2, 2, 2, 100});
    check_layouts(t, d, {20, 30, 40, 7});
    check_layouts(t, d, {4, 30, 1, 7});
    check_layouts(t, d, {0, 3, 4, 7});
    check_layouts(t, d, {2, 3, 4, 0});
    check_layouts(t, d, {2, 3, 0, 2});
  }
}

TEST_P(Matmul, OtherDTypes) {
  for (int code = 0; code < kDTypeCount; ++code) {
    DType d = DType(code);
    if (!t.matmul[code] || d == DType::kFloat32 || d == DType::kFloat64) continue;
    for (Case c :
         {Case{2, 2, 2}, {1, 5, 1}, {5, 0, 3}, {7, 40, 19}, {9, 33, 300, 2}, {40, 50, 60}}) {
      check_layouts(t, d, c);
      c.bias = true, c.gap = 1;
      check(t, d, c);
    }
  }
}

TEST_P(Matmul, HalfAccumulatesInFloat) {
  Buffer a(DType::kFloat16, 4096), b(DType::kFloat16, 4096), c(DType::kFloat16, 1);
  for (int64_t i = 0; i < 4096; ++i) a.set(i, 1), b.set(i, 1);
  t.matmul[int(DType::kFloat16)](
      {a.data(), b.data(), c.data(), nullptr, 1, 1, 1, 4096, 4096, 1, 0, 1, 1, 0, 1, 0});
  EXPECT_EQ(c.get(0), 4096);
}

TEST_P(Matmul, DoesNotDependOnThreads) {
  for (Case c : {Case{300, 600, 500},
                 {40, 700, 900},
                 {128, 128, 128},  // columns for each thread
                 {384, 384, 384},
                 {400, 784, 10},
                 {2000, 300, 20},
                 {1, 900, 5000},
                 {5000, 400, 1},
                 {30, 40, 50, 300}}) {
    Buffer a = random_matrix(DType::kFloat32, c.batch * c.m * c.k, 1);
    Buffer b = random_matrix(DType::kFloat32, c.batch * c.k * c.n, 2);
    Buffer one(DType::kFloat32, c.batch * c.m * c.n), other = one;
    MatmulArgs g{a.data(), b.data(), one.data(), nullptr, c.batch, c.m,       c.n, c.k,
                 c.k,      1,        c.m * c.k,  c.n,     1,       c.k * c.n, c.n, c.m * c.n};
    set_thread_count(1);
    t.matmul[int(DType::kFloat32)](g);
    g.c = other.data();
    for (int threads : {2, 4, 8}) {
      set_thread_count(threads);
      t.matmul[int(DType::kFloat32)](g);
      EXPECT_TRUE(one == other) << c.m << " " << c.k << " " << c.n << " on " << threads;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Matmul, testing::ValuesIn(levels_under_test()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace pyten::kernels
