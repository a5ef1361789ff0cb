// Random numbers against what TensorFlow printed for the same streams.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/threads.h"
#include "kernels_testing.h"

namespace pyten::kernels {
namespace {

// tf.random.set_seed(42): the first op gets Python's Random(42).randint(0, 2**31 - 1).
const Philox k42 = {{0, 0, 478163327, 0}, {42, 0}};
const Philox k42Second = {{0, 0, 107420369, 0}, {42, 0}};  // the second op's
// tf.random.set_seed(1), seed=5
const Philox k1And5 = {{0, 0, 5, 0}, {1, 0}};

template <typename T>
std::vector<T> uniform(DType d, int64_t n, double lo = 0, double hi = 1) {
  std::vector<T> out(static_cast<size_t>(n));
  random_uniform(k42, d, n, lo, hi, out.data());
  return out;
}

TEST(Philox, MatchesTheReference) {
  // The generator's own known answers (Random123's kat_vectors).
  uint32_t out[4];
  philox_block({{0, 0, 0, 0}, {0, 0}}, out);
  EXPECT_EQ(out[0], 0x6627e8d5u);
  EXPECT_EQ(out[1], 0xe169c58du);
  EXPECT_EQ(out[2], 0xbc57ac4cu);
  EXPECT_EQ(out[3], 0x9b00dbd8u);
  const uint32_t ones = 0xffffffff;
  philox_block({{ones, ones, ones, ones}, {ones, ones}}, out);
  EXPECT_EQ(out[0], 0x408f276du);
  EXPECT_EQ(out[3], 0x6d5451fdu);
}

TEST(Philox, SkipCarriesThroughAllWords) {
  const uint32_t ones = 0xffffffff;
  Philox p = philox_skip({{ones, ones, ones, 7}, {1, 2}}, 1);
  EXPECT_EQ(p.counter[0], 0u);
  EXPECT_EQ(p.counter[1], 0u);
  EXPECT_EQ(p.counter[2], 0u);
  EXPECT_EQ(p.counter[3], 8u);
  EXPECT_EQ(philox_skip({{5, 0, 0, 0}, {0, 0}}, uint64_t(3) << 32).counter[1], 3u);
}

TEST(Philox, ManyBlocksAtATimeAreTheSame) {
  const uint32_t ones = 0xffffffff;
  for (const std::string& level : levels_under_test()) {
    for (uint32_t low : {0u, ones - 40, ones}) {
      Philox p = {{low, ones, 3, 4}, {5, 6}};
      std::vector<uint32_t> words(4 * 130);
      cpu_level(level)->philox(p, 130, words.data());
      for (uint64_t b = 0; b < 130; ++b) {
        uint32_t one[4];
        philox_block(philox_skip(p, b), one);
        for (size_t i = 0; i < 4; ++i) ASSERT_EQ(words[4 * b + i], one[i]) << level << " " << b;
      }
    }
  }
}

TEST(RandomNumbers, Uniform) {
  auto f = uniform<float>(DType::kFloat32, 3);
  EXPECT_EQ(f[0], 0.6645621f);
  EXPECT_EQ(f[1], 0.44100678f);
  EXPECT_EQ(f[2], 0.3528825f);
  auto d = uniform<double>(DType::kFloat64, 4);
  const double want[] = {0.31649747, 0.82306065, 0.26928379, 0.9209402};
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(d[size_t(i)], want[i], 1e-8);
  Buffer h(DType::kFloat16, 4);
  random_uniform(k42, DType::kFloat16, 4, 0, 1, h.data());
  const double want16[] = {0.0928, 0.7275, 0.8135, 0.04102};
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(h.get(i), want16[i], 5e-5);
  auto scaled = uniform<float>(DType::kFloat32, 1, -0.3, 0.1);
  EXPECT_EQ(scaled[0], 0.6645621f * (0.1f - -0.3f) + -0.3f);
}

TEST(RandomNumbers, Normal) {
  float f[3];
  random_normal(k42Second, DType::kFloat32, 3, f);
  const float want[] = {0.08422458f, -0.86090374f, 0.37812304f};
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(f[i], want[i], 1e-6);
  random_normal(k1And5, DType::kFloat32, 2, f);
  EXPECT_NEAR(f[0], 0.33694574, 1e-6);
  EXPECT_NEAR(f[1], 1.77476, 1e-5);
  random_normal(philox_skip(k1And5, 512), DType::kFloat32, 2, f);
  EXPECT_NEAR(f[0], 1.4499723, 2e-6);
  double d[4];
  random_normal(k42, DType::kFloat64, 4, d);
  const double want64[] = {-1.35982758, 0.67212278, -0.7719791, 1.4240882};
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(d[i], want64[i], 1e-8);
  Buffer h(DType::kFloat16, 3), b(DType::kBFloat16, 3);
  random_normal(k42Second, DType::kFloat16, 3, h.data());
  random_normal(k42Second, DType::kBFloat16, 3, b.data());
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(h.get(i), want[i], 1e-3);
    EXPECT_NEAR(b.get(i), want[i], 1e-2);
  }
}

TEST(RandomNumbers, TruncatedNormal) {
  const double want[] = {0.3274685, -0.8426258, 0.3194337, -1.4075519, -0.5677412, 0.06361793};
  for (int64_t n : {1, 3, 4, 6}) {
    float f[6];
    random_truncated_normal(k42, DType::kFloat32, n, f);
    for (int64_t i = 0; i < n; ++i) EXPECT_NEAR(f[i], want[i], 1e-6);
  }
  std::vector<double> d(10001);
  random_truncated_normal(k42, DType::kFloat64, 10001, d.data());
  for (double x : d) EXPECT_LT(std::fabs(x), 2);
}

TEST(RandomNumbers, Integers) {
  int64_t i64[4];
  random_integers(k42, DType::kInt64, 4, 0, 1000, i64);
  const int64_t want[] = {231, 417, 756, 411};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(i64[i], want[i]);
  int32_t i32[5];
  uint32_t words[8];
  philox_block(k42, words);
  philox_block(philox_skip(k42, 1), words + 4);
  random_integers(k42, DType::kInt32, 5, -7, 20, i32);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(i32[i], int32_t(words[i] % 20) - 7);
  random_integers(k42, DType::kInt32, 5, 0, 0, i32);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(i32[i], int32_t(words[i]));
}

TEST(RandomNumbers, Shuffle) {
  int64_t p[6];
  random_shuffle(k42, 6, p);
  const int64_t want[] = {1, 5, 3, 2, 4, 0};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(p[i], want[i]);
  random_shuffle(k42, 0, p);
  random_shuffle(k42, 1, p);
  EXPECT_EQ(p[0], 0);
}

// A long draw is its parts, and the number of threads does not show.
TEST(RandomNumbers, DoNotDependOnTilesOrThreads) {
  const int64_t n = 100003;
  std::vector<float> one(static_cast<size_t>(n)), other = one;
  set_thread_count(1);
  random_normal(k42, DType::kFloat32, n, one.data());
  for (int threads : {2, 4, 8}) {
    set_thread_count(threads);
    random_normal(k42, DType::kFloat32, n, other.data());
    EXPECT_EQ(one, other);
  }
  set_thread_count(0);
  random_normal(philox_skip(k42, 20000), DType::kFloat32, 100, other.data());
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(other[i], one[80000 + i]);
}

}  // namespace
}  // namespace pyten::kernels
