// Reductions, statistics, scans and sorting.
#include "ops_testing.h"

namespace pyten {
namespace {

// Folds the elements along `axes` one after the other.
std::vector<double> folded(const Tensor& x, const Dims& axes, double start,
                           double (*f)(double, double)) {
  Shape shape = reduced_shape(x.shape(), axes, false);
  Dims strides = contiguous_strides(shape), to;
  for (int i = 0, next = 0; i < x.rank(); ++i) {
    bool gone = std::find(axes.begin(), axes.end(), i) != axes.end();
    to.push_back(gone ? 0 : strides[next++]);
  }
  std::vector<double> out(size_t(num_elements(shape)), start), v = values_of(x);
  for (int64_t i = 0; i < int64_t(v.size()); ++i) {
    int64_t place = 0, rest = i;
    for (int d = x.rank() - 1; d >= 0; --d) {
      place += rest % x.dim(d) * to[d];
      rest /= x.dim(d);
    }
    out[place] = f(out[place], v[i]);
  }
  return out;
}

TEST(Reduce, AllAxesAgainstLoops) {
  Tensor block = sample({2, 3, 4, 5});
  std::vector<Tensor> inputs = {block,
                                transpose(block, {3, 1, 0, 2}),
                                reverse(block, {1}),
                                slice(block, {0, 0, 1, 0}, {2, 3, 2, 3}, {1, 1, 2, 2}),
                                broadcast_to(sample({3, 1, 1}), {2, 3, 4, 2}),
                                transpose(block, {1, 0, 2, 3}),
                                sample({2, 1, 3, 1})};
  for (const Tensor& x : inputs) {
    for (int mask = 0; mask < 16; ++mask) {
      Dims axes;
      for (int d = 0; d < 4; ++d) {
        if (mask >> d & 1) axes.push_back(d);
      }
      Shape shape = reduced_shape(x.shape(), axes, false),
            kept = reduced_shape(x.shape(), axes, true);
      auto add = [](double a, double b) { return a + b; };
      std::vector<double> sum = folded(x, axes, 0, add);
      expect_tensor(reduce_sum(x, axes), sum, shape);
      expect_tensor(reduce_sum(x, axes, true), sum, kept);
      expect_tensor(reduce_max(x, axes),
                    folded(x, axes, -INFINITY, [](double a, double b) { return std::max(a, b); }),
                    shape);
      expect_tensor(reduce_min(x, axes),
                    folded(x, axes, INFINITY, [](double a, double b) { return std::min(a, b); }),
                    shape);
      expect_tensor(reduce_prod(x, axes),
                    folded(x, axes, 1, [](double a, double b) { return a * b; }), shape);
      double n = double(x.size()) / double(num_elements(shape));
      for (double& s : sum) s /= n;
      expect_tensor(reduce_mean(x, axes), sum, shape);
    }
  }
}

TEST(Reduce, Empty) {
  Tensor x = zeros({0, 3}, DType::kFloat32);
  expect_tensor(reduce_sum(x, Dims{0}), {0, 0, 0}, {3});
  expect_tensor(reduce_prod(x, Dims{0}), {1, 1, 1}, {3});
  expect_tensor(reduce_mean(x, Dims{0}), {NAN, NAN, NAN}, {3});
  expect_tensor(reduce_mean(zeros({0}, DType::kInt32)), {0}, {});
  expect_tensor(reduce_max(x), {-INFINITY}, {});
  expect_tensor(reduce_min(x), {INFINITY}, {});
  expect_tensor(reduce_max(zeros({0}, DType::kInt32)), {-2147483648.0}, {});
  expect_tensor(reduce_any(zeros({0}, DType::kBool)), {0}, {});
  expect_tensor(reduce_all(zeros({0}, DType::kBool)), {1}, {});
  expect_tensor(reduce_sum(x, Dims{1}), {}, {0});
  expect_tensor(reduce_logsumexp(x), {-INFINITY}, {});
  expect_tensor(reduce_variance(x), {NAN}, {});
  expect_tensor(count_nonzero(x), {0}, {});
}

TEST(Reduce, Dtypes) {
  expect_tensor(reduce_sum(vec({200, 100}, DType::kUInt8)), {44}, {});
  expect_tensor(reduce_mean(vec({1, 2}, DType::kInt32)), {1}, {});
  expect_tensor(reduce_mean(vec({-1, -2}, DType::kInt32)), {-1}, {});
  expect_tensor(reduce_mean(vec({2147483647, 2147483647}, DType::kInt32)), {2147483647}, {});
  expect_tensor(reduce_mean(vec({200, 200}, DType::kUInt8)), {200}, {});
  expect_tensor(reduce_mean(fill({70000}, num(1, DType::kFloat16))), {1}, {});
  expect_tensor(reduce_sum(vec({1, 2}, DType::kComplex64)), {3}, {});
  expect_tensor(reduce_any(make({1, 0, 0, 0}, {2, 2}, DType::kBool), Dims{1}), {1, 0}, {2});
  expect_tensor(reduce_all(make({1, 1, 0, 1}, {2, 2}, DType::kBool), Dims{1}), {1, 0}, {2});
  Tensor large = fill({10000000}, num(0.1, DType::kFloat32));
  EXPECT_NEAR(number(reduce_sum(large)) / 1e6, 1, 1e-5);
  expect_error([] { reduce_sum(vec({1}, DType::kBool)); }, ErrorKind::kInvalidDType, "reduce_sum");
  expect_error([] { reduce_mean(vec({1}, DType::kBool)); }, ErrorKind::kInvalidDType,
               "reduce_mean");
  expect_error([] { reduce_any(vec({1})); }, ErrorKind::kInvalidDType, "reduce_any");
  expect_error([] { reduce_max(vec({1}, DType::kComplex64)); }, ErrorKind::kInvalidDType,
               "reduce_max");
  expect_error([] { reduce_std(vec({1}, DType::kInt32)); }, ErrorKind::kInvalidDType,
               "Input must be either real or complex");
}

TEST(Reduce, AxisErrors) {
  Tensor x = iota({2, 3});
  expect_error([&] { reduce_sum(x, Dims{2}); }, ErrorKind::kInvalidIndex,
               "Invalid reduction dimension (2 for input with 2 dimension(s)");
  expect_error([&] { reduce_max(x, Dims{-3}); }, ErrorKind::kInvalidIndex, "got axis=-3");
  expect_error([&] { reduce_sum(x, Dims{0, -2}); }, ErrorKind::kInvalidArgument,
               "Axes contains duplicate dimension: 0");
  expect_error([&] { argmax(x, 2); }, ErrorKind::kInvalidIndex, "range [-2, 2), but got 2");
  expect_error([&] { argmax(vec({}), 0); }, ErrorKind::kInvalidArgument,
               "Reduction axis 0 is empty in shape [0]");
  expect_error([&] { cumsum(vec({1}), 1); }, ErrorKind::kInvalidIndex, "range [-1, 1)");
}

TEST(Reduce, Gradients) {
  Tensor x = sample({2, 3, 2});
  using F = Tensor (*)(const Tensor&, const std::optional<Dims>&, bool);
  const F all[] = {reduce_sum,       reduce_mean,     reduce_prod, reduce_max,           reduce_min,
                   reduce_logsumexp, reduce_variance, reduce_std,  reduce_euclidean_norm};
  for (F f : all) {
    check_gradient([&](const Tensors& t) { return f(t[0] * t[0] * t[0], {}, false); }, {x}, 2,
                   2e-5);
    check_gradient([&](const Tensors& t) { return f(t[0] * t[0], Dims{0, 2}, false); }, {x}, 2,
                   2e-5);
    check_gradient([&](const Tensors& t) { return f(t[0] * t[0], Dims{1}, true); }, {x}, 2, 2e-5);
    check_gradient([&](const Tensors& t) { return f(t[0] * t[0], Dims{}, false); }, {x + num(2)},
                   1);
  }
}

TEST(Reduce, EmptyGradients) {
  for (auto f : {reduce_sum, reduce_mean, reduce_prod, reduce_max}) {
    Tensors g = gradients_of([&](const Tensors& t) { return f(t[0], {}, false); },
                             {zeros({0, 2}, DType::kFloat32)});
    expect_tensor(g[0], {}, {0, 2});
  }
}

TEST(Reduce, TiesSplitEvenly) {
  Tensors g = gradients_of(
      [](const Tensors& t) { return reduce_sum(reduce_max(t[0], Dims{1})) + reduce_min(t[0]); },
      {make({1, 1, 0, 2, 3, 3}, {2, 3})});
  expect_tensor(g[0], {0.5, 0.5, 1, 0, 0.5, 0.5}, {2, 3});
}

// The product's derivatives with one zero and with two, to second order.
TEST(Reduce, ProductWithZeros) {
  for (const Tensor& x : {vec({2, 0, 4}), vec({0, 0, 4}), vec({0, 0, 0, 1}), vec({3})}) {
    check_gradient([](const Tensors& t) { return reduce_prod(t[0]); }, {x}, 2, 1e-5);
    check_gradient([](const Tensors& t) { return reduce_prod(t[0] * t[0] + t[0]); }, {x}, 2, 1e-4);
  }
  check_gradient([](const Tensors& t) { return reduce_prod(t[0], Dims{0, 2}); },
                 {make({1, 0, 2, 3, 4, 0, 0, 2}, {2, 2, 2})}, 2, 1e-5);
}

TEST(Statistics, Values) {
  Tensor x = make({0.5, -1.25, 2.0, 3.5, 0.75, -0.5}, {2, 3});
  expect_tensor(reduce_variance(x, Dims{0}), {2.25, 1.0, 1.5625}, {3});
  expect_tensor(reduce_std(x, Dims{0}, true), {1.5, 1, 1.25}, {1, 3});
  expect_tensor(reduce_euclidean_norm(x), {4.344536799244831}, {});
  expect_tensor(reduce_euclidean_norm(vec({3, 4, 1}, DType::kInt32)), {5}, {});
  expect_tensor(reduce_logsumexp(vec({1000, 1000})), {1000.6931471805599}, {});
  expect_tensor(reduce_logsumexp(vec({-INFINITY, 0})), {0}, {});
  expect_tensor(reduce_logsumexp(vec({-INFINITY, -INFINITY})), {-INFINITY}, {});
  expect_tensor(count_nonzero(make({1, 0, 2, 3}, {2, 2}), Dims{0}), {2, 1}, {2});
  Tensor z = cast(vec({1, 3}), DType::kComplex128);
  EXPECT_EQ(reduce_variance(z).dtype(), DType::kFloat64);
  expect_tensor(reduce_variance(z), {1}, {});
}

TEST(Statistics, GradientAtTheKink) {
  Tensors g = gradients_of([](const Tensors& t) { return reduce_std(t[0]); }, {vec({2, 2})});
  expect_tensor(g[0], {0, 0}, {2});
  g = gradients_of([](const Tensors& t) { return reduce_euclidean_norm(t[0]); }, {vec({0, 0})});
  expect_tensor(g[0], {0, 0}, {2});
  g = gradients_of([](const Tensors& t) { return reduce_logsumexp(t[0]); }, {vec({-INFINITY, 0})});
  expect_tensor(g[0], {0, 1}, {2});
  // A large value's rounding must not reach the gradient.
  g = gradients_of([](const Tensors& t) { return reduce_logsumexp(t[0]); },
                   {vec({1000, 1000}, DType::kFloat32)});
  expect_tensor(g[0], {0.5, 0.5}, {2}, 1e-6);
}

TEST(Arg, Values) {
  Tensor x = make({1, 5, 5, 7, 3, 7}, {2, 3});
  expect_tensor(argmax(x, 1), {1, 0}, {2});
  expect_tensor(argmin(x, 0), {0, 1, 0}, {3});
  expect_tensor(argmax(transpose(x), -1), {1, 0, 1}, {3});
  expect_tensor(argmax(vec({1, NAN, 3}), 0), {1}, {});
  expect_tensor(argmax(vec({0, 1, 1}, DType::kBool), 0), {1}, {});
  EXPECT_EQ(argmax(x, 0).dtype(), DType::kInt64);
  EXPECT_EQ(argmax(x, 0, DType::kInt32).dtype(), DType::kInt32);
  expect_tensor(argmax(zeros({2, 0}, DType::kFloat32), 0), {}, {0});
  Tensors g = gradients_of([](const Tensors& t) { return cast(argmax(t[0], 0), DType::kFloat64); },
                           {vec({1, 2})});
  EXPECT_FALSE(g[0]);
}

TEST(Scan, Values) {
  Tensor x = make({1, 2, 3, 4, 5, 6}, {2, 3});
  expect_tensor(cumsum(x, 1), {1, 3, 6, 4, 9, 15}, {2, 3});
  expect_tensor(cumsum(x, 0, true), {0, 0, 0, 1, 2, 3}, {2, 3});
  expect_tensor(cumsum(x, 1, true, true), {5, 3, 0, 11, 6, 0}, {2, 3});
  expect_tensor(cumprod(transpose(x), 0), {1, 4, 2, 20, 6, 120}, {3, 2});
  expect_tensor(cumprod(x, -1, true), {1, 1, 2, 1, 4, 20}, {2, 3});
  expect_tensor(cumsum(zeros({0, 2}, DType::kInt32), 0), {}, {0, 2});
}

TEST(Scan, Gradients) {
  Tensor x = sample({2, 4}), zeroed = make({2, 0, 4, 1, 0, 0, 3, 2}, {2, 4});
  for (bool exclusive : {false, true}) {
    for (bool reverse : {false, true}) {
      for (int64_t axis : {0, 1}) {
        check_gradient(
            [&](const Tensors& t) { return cumsum(t[0] * t[0], axis, exclusive, reverse); }, {x});
        for (const Tensor& at : {x, zeroed}) {
          check_gradient([&](const Tensors& t) { return cumprod(t[0], axis, exclusive, reverse); },
                         {at}, 2, 1e-5);
        }
      }
    }
  }
  check_gradient([&](const Tensors& t) { return cumprod(t[0] + t[0] * t[0], 0); }, {sample({9})}, 2,
                 1e-5);
  Tensors g =
      gradients_of([](const Tensors& t) { return reduce_sum(cumprod(t[0], 0)); }, {vec({2, 0, 4})});
  expect_tensor(g[0], {1, 10, 0}, {3});
}

TEST(Sort, Values) {
  Tensor x = make({3, 1, 2, 5}, {2, 2});
  expect_tensor(sort(x, -1, false), {1, 3, 2, 5}, {2, 2});
  expect_tensor(sort(x, 0, true), {3, 5, 2, 1}, {2, 2});
  expect_tensor(argsort(vec({3, 1, 3, 1}), 0, false), {1, 3, 0, 2}, {4});
  expect_tensor(argsort(vec({3, 1, 3, 1}), 0, true), {0, 2, 1, 3}, {4});
  expect_tensor(sort(vec({2, NAN, 1}), 0, true), {2, 1, NAN}, {3});
  expect_tensor(sort(vec({}), 0, true), {}, {0});
  EXPECT_EQ(argsort(x, 0, false).dtype(), DType::kInt32);
  Tensors top = top_k(make({1, 3, 3, 2}, {1, 4}), 2);
  expect_tensor(top[0], {3, 3}, {1, 2});
  expect_tensor(top[1], {1, 2}, {1, 2});
  expect_tensor(top_k(vec({1}), 0)[0], {}, {0});
  expect_error([] { top_k(vec({1, 2}), 3); }, ErrorKind::kInvalidArgument,
               "input must have at least k columns. Had 2, needed 3");
  expect_error([] { sort(num(1), -1, false); }, ErrorKind::kInvalidIndex, "[0, 0)");
  expect_error([] { sort(vec({1}, DType::kBool), -1, false); }, ErrorKind::kInvalidDType, "sort");
}

TEST(Sort, Gradients) {
  Tensor x = sample({3, 4});
  for (int64_t axis : {0, 1}) {
    for (bool descending : {false, true}) {
      check_gradient([&](const Tensors& t) { return sort(t[0] * t[0], axis, descending); }, {x});
    }
  }
  check_gradient([&](const Tensors& t) { return top_k(t[0] * t[0], 2)[0]; }, {x});
}

}  // namespace
}  // namespace pyten
