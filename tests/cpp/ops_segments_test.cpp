// Segment operations against loops over their definition.
#include "ops/special.h"

#include <limits>

#include "ops_testing.h"

namespace pyten {
namespace {

constexpr Segment kAll[] = {Segment::sum, Segment::prod, Segment::max, Segment::min};

double start_of(Segment how, DType d) {
  if (how == Segment::sum || how == Segment::prod) return how == Segment::prod;
  double sign = how == Segment::max ? -1 : 1;
  switch (d) {
    case DType::kFloat32: return sign * std::numeric_limits<float>::max();
    case DType::kFloat64: return sign * std::numeric_limits<double>::max();
    case DType::kUInt8: return sign < 0 ? 0 : 255;
    // The lowest number is one more than the highest in size.
    default: {
      double half = std::ldexp(1, int(8 * size_of(d)) - 1);
      return sign < 0 ? -half : half - 1;
    }
  }
}
double join(Segment how, double a, double b) {
  switch (how) {
    case Segment::sum: return a + b;
    case Segment::prod: return a * b;
    case Segment::max: return std::max(a, b);
    default: return std::min(a, b);
  }
}

// data [n, inner] joined by ids; `empty` stands where no row falls.
std::vector<double> naive(Segment how, const Tensor& data, const std::vector<double>& ids,
                          int64_t rows, double empty) {
  int64_t inner = ids.empty() ? 1 : data.size() / int64_t(ids.size());
  std::vector<double> a = values_of(data), out(size_t(rows * inner), empty);
  std::vector<bool> begun(size_t(rows), false);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0) continue;
    size_t row = size_t(ids[i]);
    for (size_t j = 0; j < size_t(inner); ++j) {
      double& to = out[row * size_t(inner) + j];
      double v = a[i * size_t(inner) + j];
      to = begun[row] ? join(how, to, v) : v;
    }
    begun[row] = true;
  }
  return out;
}

const std::vector<double> kUnsorted = {2, 0, 2, -1, 4, 0, 2, -3, 4};
const std::vector<double> kSorted = {0, 0, 2, 2, 2, 3, 3, 6, 6};

TEST(Segments, EveryKindDtypeAndIdDtype) {
  for (Segment how : kAll) {
    for (DType d : {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64, DType::kInt16,
                    DType::kUInt8}) {
      Tensor data = cast(iota({9, 2, 2}, DType::kFloat64, 1), d);
      if (how == Segment::prod) data = cast(iota({9, 2, 2}, DType::kFloat64, 0, 0.2), d);
      for (DType id : {DType::kInt32, DType::kInt64}) {
        SCOPED_TRACE(testing::Message() << int(how) << " " << name_of(d) << " " << name_of(id));
        double tolerance = d == DType::kFloat32 ? 1e-6 : 1e-15;
        Tensor y = unsorted_segment(how, data, vec(kUnsorted, id), 6);
        EXPECT_EQ(y.dtype(), d);
        expect_tensor(y, naive(how, data, kUnsorted, 6, start_of(how, d)), {6, 2, 2}, tolerance);
        expect_tensor(segment(how, data, vec(kSorted, id)),
                      naive(how, data, kSorted, 7, how == Segment::prod), {7, 2, 2}, tolerance);
      }
    }
  }
}

TEST(Segments, HalfIsSummedInFloat) {
  std::vector<double> ones(4096, 1.0), ids(4096, 0.0);
  for (DType d : {DType::kFloat16, DType::kBFloat16}) {
    expect_tensor(unsorted_segment(Segment::sum, vec(ones, d), vec(ids, DType::kInt32), 1), {4096},
                  {1}, 0);
    expect_tensor(segment(Segment::sum, vec(ones, d), vec(ids, DType::kInt32)), {4096}, {1}, 0);
  }
}

TEST(Segments, MeansWithEmptyOnes) {
  Tensor data = sample({9, 3});
  std::vector<double> want = naive(Segment::sum, data, kSorted, 7, 0);
  std::vector<double> count(7, 0.0);
  for (double id : kSorted) count[size_t(id)] += 1;
  for (size_t i = 0; i < want.size(); ++i) want[i] /= std::max(count[i / 3], 1.0);
  expect_tensor(segment_mean(data, vec(kSorted, DType::kInt32)), want, {7, 3});
}

TEST(Segments, IdsOfSeveralAxesAndViews) {
  Tensor data = transpose(sample({2, 4, 3}), {2, 1, 0});  // [3, 4, 2]
  std::vector<double> ids = {1, 0, 1, 3, -1, 1, 0, 0, 3, 3, 1, 0};
  for (Segment how : kAll) {
    Tensor y = unsorted_segment(how, data, make(ids, {3, 4}, DType::kInt64), 4);
    expect_tensor(y, naive(how, data, ids, 4, start_of(how, DType::kFloat64)), {4, 2});
  }
}

TEST(Segments, Empty) {
  Tensor none = zeros({0, 3}, DType::kFloat64), ids = zeros({0}, DType::kInt32);
  expect_tensor(unsorted_segment(Segment::prod, none, ids, 2), {1, 1, 1, 1, 1, 1}, {2, 3});
  EXPECT_EQ(tuple_text(unsorted_segment(Segment::sum, none, ids, 0).shape()), "(0, 3)");
  EXPECT_EQ(tuple_text(segment(Segment::max, none, ids).shape()), "(0, 3)");
  expect_tensor(unsorted_segment(Segment::sum, sample({2}), ints({-1, -1}, {2}), 1), {0}, {1});
}

TEST(Segments, GradientsOfBothOrders) {
  Tensor data = sample({9, 2}), ids = vec(kUnsorted, DType::kInt32);
  Tensor sorted = vec(kSorted, DType::kInt32);
  for (Segment how : kAll) {
    // Rows that no id names have extreme values, whose squares would drown all others.
    std::vector<double> dense = {2, 0, 2, -1, 1, 0, 2, -3, 1};
    check_gradient(
        [&](const Tensors& in) {
          return square(unsorted_segment(how, in[0], vec(dense, DType::kInt32), 3));
        },
        {data});
    check_gradient([&](const Tensors& in) { return square(segment(how, in[0], sorted)); }, {data});
  }
  check_gradient([&](const Tensors& in) { return square(segment_mean(in[0], sorted)); }, {data});
  // Zeros in a product: one, and two in the same segment.
  Tensor zeros_inside = make({0, 2, 3, 0, 0, 5}, {6});
  Tensors g = gradients_of(
      [](const Tensors& in) {
        return reduce_sum(unsorted_segment(Segment::prod, in[0], ints({0, 0, 0, 1, 1, 1}, {6}), 2));
      },
      {zeros_inside});
  expect_tensor(g[0], {6, 0, 0, 0, 0, 0}, {6});
  // Equal extremes share the gradient.
  g = gradients_of(
      [](const Tensors& in) {
        return reduce_sum(unsorted_segment(Segment::max, in[0], ints({0, 0, 0, 1}, {4}), 2));
      },
      {vec({3, 1, 3, 2})});
  expect_tensor(g[0], {0.5, 0, 0.5, 1}, {4});
}

TEST(Segments, Errors) {
  Tensor data = sample({3, 2});
  expect_error([&] { unsorted_segment(Segment::sum, data, ints({0, 3, 1}, {3}), 3); },
               ErrorKind::kInvalidArgument, "is out of range [0, 3)");
  expect_error([&] { unsorted_segment(Segment::sum, data, ints({0, 1}, {2}), 3); },
               ErrorKind::kInvalidArgument, "does not start with segment_ids.shape");
  expect_error([&] { unsorted_segment(Segment::sum, data, ints({0, 0, 0}, {3}), -1); },
               ErrorKind::kInvalidArgument, "must not be negative");
  expect_error([&] { segment(Segment::sum, data, ints({0, 2, 1}, {3})); },
               ErrorKind::kInvalidArgument, "segment ids are not increasing");
  expect_error([&] { segment(Segment::sum, data, ints({-1, 0, 1}, {3})); },
               ErrorKind::kInvalidArgument, "must not be negative");
  expect_error([&] { segment(Segment::sum, data, ints({0, 1}, {2})); }, ErrorKind::kInvalidArgument,
               "segment_ids should be the same size as dimension 0");
  EXPECT_THROW(unsorted_segment(Segment::sum, data, vec({0, 0, 0}), 1), Error);
  EXPECT_THROW(
      unsorted_segment(Segment::max, cast(data, DType::kComplex64), ints({0, 0, 0}, {3}), 1),
      Error);
}

}  // namespace
}  // namespace pyten
