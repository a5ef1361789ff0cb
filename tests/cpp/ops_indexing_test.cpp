// Gathering, scattering and finding places.
#include "ops_testing.h"

namespace pyten {
namespace {

using kernels::Scatter;

// gather by its definition, for params [batch, outer, n, inner] and indices [batch, count].
TEST(Gather, AgainstLoops) {
  const int64_t batch = 2, outer = 3, n = 4, inner = 2, count = 5;
  Tensor params = sample({batch, outer, n, inner});
  std::vector<double> places;
  for (int64_t i = 0; i < batch * count; ++i) places.push_back(double((i * 7 + 3) % n));
  Tensor indices = ints(places, {batch, count});
  std::vector<double> p = values_of(params), want;
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < inner; ++k) {
          int64_t at = int64_t(places[size_t(b * count + i)]);
          want.push_back(p[size_t(((b * outer + o) * n + at) * inner + k)]);
        }
      }
    }
  }
  expect_tensor(gather(params, indices, 2, 1), want, {batch, outer, count, inner});
  expect_tensor(gather(params, indices, -2, -1), want, {batch, outer, count, inner});
}

TEST(Gather, Cases) {
  Tensor x = iota({2, 3});
  expect_tensor(gather(x, num(1, DType::kInt64), 0, 0), {3, 4, 5}, {3});
  expect_tensor(gather(x, ints({2, 0}, {2}), 1, 0), {2, 0, 5, 3}, {2, 2});
  expect_tensor(gather(transpose(x), ints({2}, {1}), 0, 0), {2, 5}, {1, 2});
  expect_tensor(gather(x, cast(ints({1}, {1, 1}), DType::kInt16), 0, 0), {3, 4, 5}, {1, 1, 3});
  expect_tensor(gather(x, ints({}, {0}), 0, 0), {}, {0, 3});
  expect_tensor(gather(x, ints({2, 0}, {2, 1}), 1, 1), {2, 3}, {2, 1});
  for (DType d : {DType::kBool, DType::kInt8, DType::kFloat16, DType::kComplex128}) {
    expect_tensor(gather(vec({0, 1}, d), ints({1, 0, 1}, {3}), 0, 0), {1, 0, 1}, {3});
  }
  expect_error([&] { gather(vec({1, 2, 3}), num(5, DType::kInt32), 0, 0); },
               ErrorKind::kInvalidIndex, "gather: indices = 5 is not in [0, 3)");
  expect_error([&] { gather(vec({1, 2, 3}), ints({0, -1}, {1, 2}), 0, 0); },
               ErrorKind::kInvalidIndex, "indices[0,1] = -1 is not in [0, 3)");
  expect_error([&] { gather(x, ints({0}, {1}), 2, 0); }, ErrorKind::kInvalidIndex, "[-2, 2)");
  expect_error([&] { gather(x, vec({0}), 0, 0); }, ErrorKind::kInvalidDType, "gather");
  expect_error([&] { gather(x, ints({0}, {1}), 1, 1); }, ErrorKind::kInvalidArgument,
               "params.shape[0] should be equal to indices.shape[0]");
}

TEST(Gather, Gradients) {
  Tensor x = sample({2, 3, 2});
  check_gradient([](const Tensors& t) { return gather(t[0] * t[0], ints({1, 1, 0}, {3}), 0, 0); },
                 {x});
  check_gradient(
      [](const Tensors& t) { return gather(t[0] * t[0], ints({2, 0, 2, 2}, {2, 2}), 1, 0); }, {x});
  check_gradient(
      [](const Tensors& t) { return gather(t[0] * t[0], ints({2, 0, 2, 2}, {2, 2}), 1, 1); }, {x});
  check_gradient(
      [](const Tensors& t) {
        return gather_adjoint(t[0] * t[0], ints({2, 2, 0}, {3}), {2, 5, 2}, 1, 0);
      },
      {x});
}

TEST(GatherNd, Cases) {
  Tensor p = iota({2, 2});
  expect_tensor(gather_nd(p, ints({1, 1, 0, 0}, {2, 2}), 0), {3, 0}, {2});
  expect_tensor(gather_nd(p, ints({1, 0}, {2, 1}), 0), {2, 3, 0, 1}, {2, 2});
  expect_tensor(gather_nd(p, ints({0, 1}, {2}), 0), {1}, {});
  expect_tensor(gather_nd(p, ints({1, 0}, {2, 1}), 1), {1, 2}, {2});
  expect_tensor(gather_nd(p, ints({}, {3, 0}), 0), {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}, {3, 2, 2});
  expect_error([&] { gather_nd(p, ints({0, 0, 2, 0}, {2, 2}), 0); }, ErrorKind::kInvalidIndex,
               "gather_nd: indices[1] = [2, 0] does not index into shape [2,2]");
  expect_error([&] { gather_nd(p, ints({0, 0, 0}, {1, 3}), 0); }, ErrorKind::kInvalidArgument,
               "index innermost dimension length must be <= 2; saw: 3");
  expect_error([&] { gather_nd(p, num(0, DType::kInt32), 0); }, ErrorKind::kInvalidArgument,
               "vector");
}

TEST(ScatterNd, Cases) {
  expect_tensor(scatter_nd(ints({1, 1}, {2, 1}), make({1, 2, 3, 4}, {2, 2}), {3, 2}),
                {0, 0, 4, 6, 0, 0}, {3, 2});
  expect_tensor(scatter_nd(ints({}, {0, 1}), vec({}), {2}), {0, 0}, {2});
  Tensor truth = scatter_nd(ints({0, 0, 2}, {3, 1}), vec({1, 1, 0}, DType::kBool), {3});
  expect_tensor(truth, {1, 0, 0}, {3});
  EXPECT_EQ(truth.dtype(), DType::kBool);
  expect_error([] { scatter_nd(ints({9}, {1, 1}), vec({1}), {2}); }, ErrorKind::kInvalidIndex,
               "scatter_nd: indices[0] = [9] does not index into shape [2]");
  expect_error([] { scatter_nd(ints({0}, {1, 1}), vec({1, 2}), {2}); }, ErrorKind::kInvalidArgument,
               "updates must have shape (1,)");
}

TEST(TensorScatter, Cases) {
  Tensor x = vec({1, 2, 3, 4}), i = ints({0, 3}, {2, 1}), u = vec({9, 3});
  expect_tensor(tensor_scatter_nd(Scatter::update, x, i, u), {9, 2, 3, 3}, {4});
  expect_tensor(tensor_scatter_nd(Scatter::add, x, ints({0, 0}, {2, 1}), u), {13, 2, 3, 4}, {4});
  expect_tensor(tensor_scatter_nd(Scatter::subtract, x, i, u), {-8, 2, 3, 1}, {4});
  expect_tensor(tensor_scatter_nd(Scatter::max, x, i, u), {9, 2, 3, 4}, {4});
  expect_tensor(tensor_scatter_nd(Scatter::min, x, i, u), {1, 2, 3, 3}, {4});
  expect_tensor(x, {1, 2, 3, 4}, {4});
  expect_tensor(tensor_scatter_nd(Scatter::update, fill({2, 2}, num(1)), ints({1}, {1, 1}),
                                  make({5, 6}, {1, 2})),
                {1, 1, 5, 6}, {2, 2});
  expect_tensor(tensor_scatter_nd(Scatter::update, vec({0, 0}, DType::kBool), ints({1}, {1, 1}),
                                  vec({1}, DType::kBool)),
                {0, 1}, {2});
  expect_tensor(tensor_scatter_nd(Scatter::update, vec({1, 2}), ints({0, 0}, {2, 1}), vec({5, 6})),
                {6, 2}, {2});
  expect_error([&] { tensor_scatter_nd(Scatter::add, x, i, vec({1, 2}, DType::kFloat32)); },
               ErrorKind::kInvalidDType, "tensor_scatter_nd_add");
  expect_error(
      [&] {
        tensor_scatter_nd(Scatter::max, vec({0}, DType::kBool), ints({0}, {1, 1}),
                          vec({0}, DType::kBool));
      },
      ErrorKind::kInvalidDType, "tensor_scatter_nd_max");
}

TEST(TensorScatter, Gradients) {
  Tensor x = sample({4, 2}), u = sample({2, 2}, 2), i = ints({3, 1}, {2, 1});
  for (Scatter how :
       {Scatter::update, Scatter::add, Scatter::subtract, Scatter::max, Scatter::min}) {
    check_gradient(
        [&](const Tensors& t) { return tensor_scatter_nd(how, t[0] * t[0], i, t[1] * t[1]); },
        {x, u});
  }
  check_gradient(
      [&](const Tensors& t) { return scatter_nd(ints({1, 1}, {2, 1}), t[0] * t[0], {3, 2}); }, {u});
  check_gradient(
      [&](const Tensors& t) { return gather_nd(t[0] * t[0], ints({0, 1, 3, 0, 0, 1}, {3, 2}), 0); },
      {x});
  check_gradient(
      [&](const Tensors& t) { return gather_nd(t[0] * t[0], ints({1, 0, 1, 1}, {4, 1}), 1); }, {x});
}

// Of two updates of one place the last wins, and both get the gradient.
TEST(TensorScatter, DuplicateUpdates) {
  Tensor x = vec({1, 2}), u = vec({5, 6});
  Tensors g = gradients_of(
      [](const Tensors& t) {
        return reduce_sum(tensor_scatter_nd(Scatter::update, t[0], ints({0, 0}, {2, 1}), t[1]) *
                          vec({3, 4}));
      },
      {x, u});
  expect_tensor(g[0], {0, 4}, {2});
  expect_tensor(g[1], {3, 3}, {2});
}

TEST(TensorScatter, TiesShare) {
  Tensors g = gradients_of(
      [](const Tensors& t) {
        return reduce_sum(tensor_scatter_nd(Scatter::max, t[0], ints({0, 0}, {2, 1}), t[1]));
      },
      {vec({5, 2}), vec({5, 5})});
  expect_tensor(g[0], {1.0 / 3, 1}, {2});
  expect_tensor(g[1], {1.0 / 3, 1.0 / 3}, {2});
}

TEST(Nonzero, Cases) {
  expect_tensor(nonzero(make({0, 1, 2, 0}, {2, 2})), {0, 1, 1, 0}, {2, 2});
  expect_tensor(nonzero(vec({1, 0, 1}, DType::kBool)), {0, 2}, {2, 1});
  expect_tensor(nonzero(num(3)), {}, {1, 0});
  expect_tensor(nonzero(vec({})), {}, {0, 1});
  expect_tensor(nonzero(transpose(make({0, 1, 0, 0}, {2, 2}))), {1, 0}, {1, 2});
  EXPECT_EQ(nonzero(num(0)).dtype(), DType::kInt64);
}

}  // namespace
}  // namespace pyten
