// Convolutions and pooling as ops: every dtype, views, empty tensors, gradients, wrong arguments.
// What the kernels compute is tested in kernels_windows_test.cpp.
#include "ops/conv.h"
#include "ops/pool.h"
#include "ops_testing.h"

namespace pyten {
namespace {

// The definition for two spatial axes, in double.
Tensor naive_conv(const Tensor& x, const Tensor& filter, const ConvGeometry& g) {
  std::vector<double> a = values_of(x), f = values_of(filter);
  int64_t outputs = filter.dim(3), part = filter.dim(2), channels = x.dim(3);
  std::vector<double> out;
  for (int64_t n = 0; n < x.dim(0); ++n) {
    for (int64_t oy = 0; oy < g.sizes[0]; ++oy) {
      for (int64_t ox = 0; ox < g.sizes[1]; ++ox) {
        for (int64_t o = 0; o < outputs; ++o) {
          double sum = 0;
          for (int64_t ky = 0; ky < filter.dim(0); ++ky) {
            for (int64_t kx = 0; kx < filter.dim(1); ++kx) {
              int64_t y = oy * g.strides[0] + ky * g.dilations[0] - g.pads[0];
              int64_t z = ox * g.strides[1] + kx * g.dilations[1] - g.pads[1];
              if (y < 0 || y >= x.dim(1) || z < 0 || z >= x.dim(2)) continue;
              for (int64_t c = 0; c < part; ++c) {
                int64_t from = o / (outputs / g.groups) * part + c;
                sum += a[size_t(((n * x.dim(1) + y) * x.dim(2) + z) * channels + from)] *
                       f[size_t(((ky * filter.dim(1) + kx) * part + c) * outputs + o)];
              }
            }
          }
          out.push_back(sum);
        }
      }
    }
  }
  return make(out, {x.dim(0), g.sizes[0], g.sizes[1], outputs});
}

ConvGeometry geometry(Dims strides, Dims dilations, Dims pads, Dims sizes, int64_t groups = 1) {
  return {strides, dilations, pads, sizes, groups};
}
const ConvGeometry kSame = geometry({1, 1}, {1, 1}, {1, 1}, {5, 4});
const ConvGeometry kSparse = geometry({2, 1}, {1, 2}, {1, 2}, {3, 4}, 2);

TEST(Conv, EveryDtype) {
  Tensor x = iota({2, 5, 4, 4}, DType::kFloat64, -3, 0.125);
  Tensor filter = iota({3, 3, 2, 6}, DType::kFloat64, 2, -0.0625);
  for (DType d : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
    Tensor a = cast(x, d), f = cast(filter, d), y = conv(a, f, kSparse);
    EXPECT_EQ(y.dtype(), d);
    // Summed in float32 or wider and rounded once: half a unit in the last place, and a bit.
    double ulp = d == DType::kFloat16 ? 0x1p-11 : d == DType::kBFloat16 ? 0x1p-8 : 1e-6;
    expect_tensor(y, values_of(naive_conv(a, f, kSparse)), {2, 3, 4, 6},
                  d == DType::kFloat64 ? 1e-13 : 1.01 * ulp);
  }
  Tensor a = cast(iota({1, 5, 4, 2}), DType::kInt32);
  Tensor f = cast(iota({3, 3, 2, 3}, DType::kFloat64, -9), DType::kInt32);
  expect_tensor(conv(a, f, kSame), values_of(naive_conv(a, f, kSame)), {1, 5, 4, 3}, 0);
}

TEST(Conv, ChannelsSecondAndOtherViews) {
  Tensor x = sample({2, 4, 5, 4}), filter = sample({3, 3, 4, 2}, 2);
  Tensor view = transpose(x, {0, 2, 3, 1});  // [2, 5, 4, 4]
  expect_same(conv(view, filter, kSame), naive_conv(view, filter, kSame), 1e-13);
  Tensor flipped = reverse(filter, {0, 1}),
         spread = slice(sample({2, 9, 4, 8}), {0, 0, 0, 0}, {2, 5, 4, 4}, {1, 2, 1, 2});
  expect_same(conv(spread, flipped, kSame), naive_conv(spread, flipped, kSame), 1e-13);
  Tensor wide = broadcast_to(sample({1, 5, 1, 4}), {2, 5, 4, 4});
  expect_same(conv(wide, filter, kSame), naive_conv(wide, filter, kSame), 1e-13);
}

TEST(Conv, SeveralFiltersForEachChannel) {
  ConvGeometry g = geometry({1, 1}, {1, 1}, {1, 1}, {5, 4}, 3);
  Tensor x = sample({2, 5, 4, 3}), filter = sample({3, 3, 1, 6}, 2);
  expect_same(conv(x, filter, g), naive_conv(x, filter, g), 1e-13);
}

TEST(Conv, EmptyTensors) {
  ConvGeometry none = geometry({1, 1}, {1, 1}, {0, 0}, {0, 0});
  EXPECT_EQ(tuple_text(conv(zeros({2, 2, 2, 3}, DType::kFloat64),
                            zeros({3, 3, 3, 4}, DType::kFloat64), none)
                           .shape()),
            "(2, 0, 0, 4)");
  EXPECT_EQ(tuple_text(conv(zeros({0, 5, 4, 3}, DType::kFloat64),
                            zeros({3, 3, 3, 4}, DType::kFloat64), kSame)
                           .shape()),
            "(0, 5, 4, 4)");
  // No place and no image: the adjoints are zeros.
  ConvGeometry back = geometry({1, 1}, {1, 1}, {0, 0}, {2, 2});
  expect_tensor(
      conv_input_gradient(zeros({1, 0, 0, 4}, DType::kFloat64), sample({3, 3, 1, 4}), back),
      {0, 0, 0, 0}, {1, 2, 2, 1});
  expect_tensor(conv_filter_gradient(zeros({0, 5, 4, 1}, DType::kFloat64),
                                     zeros({0, 5, 4, 1}, DType::kFloat64),
                                     geometry({1, 1}, {1, 1}, {0, 0}, {1, 2})),
                {0, 0}, {1, 2, 1, 1});
}

// <conv(x, f), dy> = <x, input gradient> = <f, filter gradient>.
TEST(Conv, Adjoints) {
  Tensor x = sample({2, 5, 4, 4}), f = sample({3, 3, 2, 6}, 2), dy = sample({2, 3, 4, 6}, 3);
  double want = number(reduce_sum(conv(x, f, kSparse) * dy));
  ConvGeometry by_x = kSparse, by_f = kSparse;
  by_x.sizes = {5, 4}, by_f.sizes = {3, 3};
  EXPECT_NEAR(number(reduce_sum(conv_input_gradient(dy, f, by_x) * x)), want, 1e-11);
  EXPECT_NEAR(number(reduce_sum(conv_filter_gradient(x, dy, by_f) * f)), want, 1e-11);
}

TEST(Conv, GradientsOfBothOrders) {
  Tensors line = {sample({1, 4, 2}), sample({2, 2, 3}, 2)};
  check_gradient([](const Tensors& in) { return conv(in[0], in[1], {{1}, {2}, {1}, {4}, 1}); },
                 line);
  Tensors image = {sample({1, 4, 3, 2}), sample({2, 2, 1, 2}, 2)};
  check_gradient(
      [](const Tensors& in) {
        return square(conv(in[0], in[1], geometry({2, 1}, {1, 1}, {1, 0}, {2, 2}, 2)));
      },
      image);
  Tensors block = {sample({1, 2, 2, 3, 1}), sample({2, 1, 2, 1, 2}, 2)};
  check_gradient(
      [](const Tensors& in) {
        return conv(in[0], in[1], {{1, 1, 2}, {1, 1, 1}, {1, 0, 0}, {3, 2, 1}, 1});
      },
      block);
}

TEST(Conv, Errors) {
  Tensor x = sample({1, 5, 4, 4}), f = sample({3, 3, 4, 2});
  expect_error([&] { conv(x, sample({3, 3, 3, 2}), kSame); }, ErrorKind::kInvalidArgument,
               "conv: ranks must agree and channels must fit the groups, got x.shape=(1, 5, 4, 4)");
  expect_error([&] { conv(x, f, geometry({0, 1}, {1, 1}, {1, 1}, {5, 4})); },
               ErrorKind::kInvalidArgument, "strides, dilations and groups must be positive");
  expect_error([&] { conv(x, f, geometry({1}, {1, 1}, {1, 1}, {5, 4})); },
               ErrorKind::kInvalidArgument, "must have an entry for each of 1 to 3 spatial axes");
  EXPECT_THROW(conv(cast(x, DType::kInt64), cast(f, DType::kInt64), kSame), Error);
  EXPECT_THROW(conv(x, cast(f, DType::kFloat32), kSame), Error);
}

const PoolGeometry kPool = {{2, 3}, {2, 1}, {1, 1}, {1, 1}, {3, 4}};  // of [n, 5, 4, c]

// The places that each window has inside its image, row by row.
std::vector<std::vector<int64_t>> windows(int64_t rows, int64_t columns, const PoolGeometry& g) {
  std::vector<std::vector<int64_t>> all;
  for (int64_t oy = 0; oy < g.sizes[0]; ++oy) {
    for (int64_t ox = 0; ox < g.sizes[1]; ++ox) {
      all.emplace_back();
      for (int64_t ky = 0; ky < g.window[0]; ++ky) {
        for (int64_t kx = 0; kx < g.window[1]; ++kx) {
          int64_t y = oy * g.strides[0] + ky * g.dilations[0] - g.pads[0];
          int64_t x = ox * g.strides[1] + kx * g.dilations[1] - g.pads[1];
          if (y >= 0 && y < rows && x >= 0 && x < columns) all.back().push_back(y * columns + x);
        }
      }
    }
  }
  return all;
}

TEST(Pool, EveryDtypeAndViews) {
  Tensor whole = sample({2, 3, 5, 4});
  auto reached = windows(5, 4, kPool);
  for (DType d : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
    Tensor x = cast(transpose(whole, {0, 2, 3, 1}), d);  // [2, 5, 4, 3]
    std::vector<double> a = values_of(x), greatest, mean, places;
    for (int64_t n = 0; n < 2; ++n) {
      for (const auto& window : reached) {
        for (int64_t c = 0; c < 3; ++c) {
          double best = -INFINITY, sum = 0;
          int64_t at = -1;
          for (int64_t place : window) {
            double v = a[size_t((n * 20 + place) * 3 + c)];
            sum += v;
            if (v > best) best = v, at = place * 3 + c;
          }
          greatest.push_back(best), places.push_back(double(at));
          mean.push_back(sum / double(window.size()));
        }
      }
    }
    Tensors pair = max_pool(x, kPool);
    EXPECT_EQ(pair[0].dtype(), d);
    EXPECT_EQ(pair[1].dtype(), DType::kInt32);
    expect_tensor(pair[0], greatest, {2, 3, 4, 3}, 0);
    expect_tensor(pair[1], places, {2, 3, 4, 3}, 0);
    double ulp = d == DType::kFloat16 ? 0x1p-11 : d == DType::kBFloat16 ? 0x1p-8 : 1e-6;
    expect_tensor(average_pool(x, kPool), mean, {2, 3, 4, 3},
                  d == DType::kFloat64 ? 1e-14 : 1.01 * ulp);
  }
}

TEST(Pool, TakesAndPutsPlaces) {
  Tensor x = sample({2, 5, 4, 3});
  Tensors pair = max_pool(x, kPool);
  expect_same(take_places(x, pair[1]), pair[0], 0);
  Tensor dy = sample({2, 3, 4, 3}, 2);
  double want = number(reduce_sum(take_places(x, pair[1]) * dy));
  EXPECT_NEAR(number(reduce_sum(put_places(dy, pair[1], {5, 4}) * x)), want, 1e-12);
}

TEST(Pool, GradientsOfBothOrders) {
  Tensors x = {sample({1, 5, 4, 2})};
  check_gradient([](const Tensors& in) { return square(average_pool(in[0], kPool)); }, x);
  check_gradient([](const Tensors& in) { return square(max_pool(in[0], kPool)[0]); }, x);
}

TEST(Pool, Errors) {
  Tensor x = sample({1, 5, 4, 2});
  EXPECT_THROW(max_pool(x, {{2}, {1}, {1}, {0}, {4}}), Error);
  EXPECT_THROW(average_pool(cast(x, DType::kInt32), kPool), Error);
  Tensor far = ints({40}, {1, 1, 1, 1});
  expect_error([&] { take_places(x, far); }, ErrorKind::kInvalidIndex,
               "places must be in the range [-1, 40)");
}

}  // namespace
}  // namespace pyten
