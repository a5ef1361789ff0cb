// How kernels walk their operands: without a launch, so also where no memory would do.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "kernels/cuda/layout.cuh"

namespace pyten::kernels::cuda {
namespace {

using Dims = std::vector<int64_t>;

Layout<2> layout_of(const Dims& shape, const Dims& x, const Dims& out) {
  return Layout<2>(int(shape.size()), shape.data(), {x.data(), out.data()});
}

// Element i's place by its definition.
int64_t place(int64_t i, const Dims& shape, const Dims& strides) {
  int64_t at = 0;
  for (size_t d = shape.size(); d-- > 0;) {
    at += i % shape[d] * strides[d];
    i /= shape[d];
  }
  return at;
}

TEST(Divisor, DividesAllThatItMustDivide) {
  std::mt19937 random(1);
  for (uint32_t d : {1u, 2u, 3u, 7u, 64u, 641u, 65535u, 65537u, 0x3fffffffu, 0x7fffffffu}) {
    Divisor by(d);
    for (uint32_t n : {0u, 1u, d - 1, d, 2 * d - 1, 0x7ffffffeu, 0x7fffffffu}) {
      if (n >= 0x80000000u) continue;
      EXPECT_EQ(by.quotient(n), n / d) << n << " / " << d;
    }
    for (int i = 0; i < 1000; ++i) {
      uint32_t n = random() >> 1;
      EXPECT_EQ(by.quotient(n), n / d) << n << " / " << d;
    }
  }
}

TEST(Layout, PlacesAreThoseOfTheStrides) {
  struct Case {
    Dims shape, x, out;
  };
  for (const Case& c : {Case{{}, {}, {}}, Case{{5}, {-1}, {1}}, Case{{4, 6}, {6, 1}, {6, 1}},
                        Case{{4, 6}, {1, 4}, {6, 1}}, Case{{3, 1, 4}, {0, 9, 1}, {4, 4, 1}},
                        Case{{2, 3, 4, 5}, {1, 0, 10, 2}, {60, 20, 5, 1}}}) {
    Layout<2> layout = layout_of(c.shape, c.x, c.out);
    ASSERT_EQ(layout.steps, layout.n);
    for (int64_t i = 0; i < layout.n; ++i) {
      int64_t at[2];
      layout.places(i, at);
      EXPECT_EQ(at[0], place(i, c.shape, c.x));
      EXPECT_EQ(at[1], place(i, c.shape, c.out));
    }
  }
}

TEST(Layout, NothingIsWalkedInNoSteps) {
  EXPECT_EQ(layout_of({3, 0, 2}, {1, 5, 3}, {0, 2, 1}).steps, 0);
}

// Steps of four floats: whole, with a row repeated, and where something forbids them.
TEST(Layout, WidensWhereAllOperandsAllowIt) {
  alignas(16) static float memory[512];
  auto width = [](const Dims& shape, const Dims& x, const Dims& out, const float* from) {
    Layout<2> layout = layout_of(shape, x, out);
    layout.widen(4, {from, memory}, {4, 4});
    for (int64_t i = 0; i < layout.steps; ++i) {
      int64_t at[2];
      layout.places(i, at);
      EXPECT_EQ(at[0], place(i * layout.width, shape, x));
      EXPECT_EQ(at[1], place(i * layout.width, shape, out));
    }
    return layout.width;
  };
  EXPECT_EQ(width({103}, {1}, {1}, memory), 4);
  EXPECT_EQ(width({103}, {0}, {1}, memory + 1), 4);
  EXPECT_EQ(width({6, 8}, {0, 1}, {8, 1}, memory), 4);
  EXPECT_EQ(width({6, 8}, {1, 0}, {8, 1}, memory), 4);
  EXPECT_EQ(width({6, 8}, {12, 1}, {8, 1}, memory), 4);
  EXPECT_EQ(width({103}, {1}, {1}, memory + 1), 1) << "not aligned";
  EXPECT_EQ(width({6, 8}, {9, 1}, {8, 1}, memory), 1) << "rows not aligned";
  EXPECT_EQ(width({6, 7}, {0, 1}, {7, 1}, memory), 1) << "rows end within a step";
  EXPECT_EQ(width({103}, {2}, {1}, memory), 1) << "not neighbours";
  EXPECT_EQ(width({8, 6}, {1, 8}, {6, 1}, memory), 1) << "transposed";
}

TEST(Layout, HugeOnesAreWalkedInPartsThat32BitsCount) {
  const int64_t large = int64_t(1) << 31;
  Dims shape{5, large / 2 + 3, 3}, x{1, 5, large * 4}, out{(large / 2 + 3) * 3, 3, 1};
  Layout<2> whole = layout_of(shape, x, out);
  ASSERT_FALSE(whole.countable());
  int64_t elements = 0;
  std::set<int64_t> begins;
  in_parts(whole, [&](const Layout<2>& part, const int64_t(&offsets)[2]) {
    EXPECT_TRUE(part.countable());
    elements += part.n;
    begins.insert(offsets[1]);
    for (int64_t i : {int64_t(0), part.n / 2, part.n - 1}) {
      int64_t at[2];
      part.places(i, at);
      int64_t element = offsets[1] + at[1];  // of the output, which is in order
      EXPECT_EQ(offsets[0] + at[0], place(element, shape, x));
    }
  });
  EXPECT_EQ(elements, whole.n);
  EXPECT_EQ(*begins.begin(), 0);
  EXPECT_GE(begins.size(), 8u);
}

TEST(Layout, OneAxisIsWalkedWholeHoweverLong) {
  int64_t n = int64_t(1) << 33, one = 1, two = 2;
  Layout<2> layout(1, &n, {&two, &one});
  ASSERT_TRUE(layout.countable());
  int64_t at[2];
  layout.places(n - 1, at);
  EXPECT_EQ(at[0], 2 * (n - 1));
  EXPECT_EQ(at[1], n - 1);
}

}  // namespace
}  // namespace pyten::kernels::cuda
