// Matrix products, diagonals, softmax and the cross entropies.
#include <gtest/gtest-spi.h>

#include <complex>

#include "ops_testing.h"

namespace pyten {
namespace {

// The product of row-major matrices by its definition.
std::vector<double> product(const std::vector<double>& a, const std::vector<double>& b, int64_t m,
                            int64_t k, int64_t n) {
  std::vector<double> c(size_t(m * n), 0.0);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t p = 0; p < k; ++p) {
      for (int64_t j = 0; j < n; ++j) c[i * n + j] += a[i * k + p] * b[p * n + j];
    }
  }
  return c;
}

TEST(Matmul, TransposedAndStridedOperands) {
  for (int64_t m : {1, 2, 7, 40}) {
    for (int64_t k : {1, 3, 33}) {
      for (int64_t n : {1, 2, 19}) {
        Tensor a = sample({m, k}), b = sample({k, n}, 2);
        std::vector<double> want = product(values_of(a), values_of(b), m, k, n);
        Tensor at = packed(transpose(a)), bt = packed(transpose(b));
        // Every second column of a wider matrix, and columns in the wrong order.
        Tensor wide = slice(slice_scatter(a, {m, 2 * k}, {0, 0}, {1, 2}), {0, 0}, {m, k}, {1, 2});
        Tensor flipped = reverse(packed(reverse(b, {1})), {1});
        expect_tensor(matmul(a, b), want, {m, n});
        expect_tensor(matmul(at, b, true), want, {m, n});
        expect_tensor(matmul(a, bt, false, true), want, {m, n});
        expect_tensor(matmul(at, bt, true, true), want, {m, n});
        expect_tensor(matmul(transpose(at), transpose(bt)), want, {m, n});
        expect_tensor(matmul(wide, flipped), want, {m, n});
      }
    }
  }
}

TEST(Matmul, Batches) {
  const int64_t m = 3, k = 4, n = 2;
  struct Case {
    Shape a, b, batch;
  };
  const Case cases[] = {{{5}, {5}, {5}},       {{5}, {}, {5}},           {{}, {5}, {5}},
                        {{2, 3}, {3}, {2, 3}}, {{2, 1}, {1, 3}, {2, 3}}, {{1}, {2, 3}, {2, 3}}};
  for (const Case& c : cases) {
    Shape sa = c.a, sb = c.b, shape = c.batch;
    sa.push_back(m), sa.push_back(k);
    sb.push_back(k), sb.push_back(n);
    Tensor a = sample(sa), b = sample(sb, 2);
    shape.push_back(m), shape.push_back(k);
    Tensor wide_a = packed(broadcast_to(a, shape));
    shape = c.batch, shape.push_back(k), shape.push_back(n);
    Tensor wide_b = packed(broadcast_to(b, shape));
    shape = c.batch, shape.push_back(m), shape.push_back(n);
    std::vector<double> want, va = values_of(wide_a), vb = values_of(wide_b);
    for (int64_t i = 0; i < num_elements(c.batch); ++i) {
      std::vector<double> one =
          product({va.begin() + i * m * k, va.begin() + (i + 1) * m * k},
                  {vb.begin() + i * k * n, vb.begin() + (i + 1) * k * n}, m, k, n);
      want.insert(want.end(), one.begin(), one.end());
    }
    expect_tensor(matmul(a, b), want, shape);
    expect_tensor(matmul(packed(transpose(a)), packed(transpose(b)), true, true), want, shape);
    expect_tensor(matmul(wide_a, b), want, shape);
    check_gradient([](const Tensors& t) { return matmul(t[0], t[1]); }, {a, b}, 2, 1e-5);
  }
}

TEST(Matmul, DtypesAndEmpty) {
  for (DType d : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kInt32, DType::kInt64,
                  DType::kComplex64, DType::kComplex128}) {
    Tensor c = matmul(make({1, 2}, {1, 2}, d), make({3, 4}, {2, 1}, d));
    EXPECT_EQ(c.dtype(), d);
    expect_tensor(c, {11}, {1, 1});
  }
  expect_tensor(matmul(zeros({0, 3}, DType::kFloat32), zeros({3, 2}, DType::kFloat32)), {}, {0, 2});
  expect_tensor(matmul(zeros({2, 0}, DType::kFloat32), zeros({0, 2}, DType::kFloat32)),
                {0, 0, 0, 0}, {2, 2});
  expect_tensor(matmul(zeros({2, 1, 0}, DType::kFloat32), zeros({0, 1}, DType::kFloat32)), {0, 0},
                {2, 1, 1});
  Tensors g = gradients_of([](const Tensors& t) { return reduce_sum(matmul(t[0], t[1])); },
                           {zeros({2, 3, 4}, DType::kFloat64), zeros({4, 0}, DType::kFloat64)});
  EXPECT_EQ(tuple_text(g[0].shape()), "(2, 3, 4)");
  EXPECT_EQ(tuple_text(g[1].shape()), "(4, 0)");
}

TEST(Matmul, Errors) {
  expect_error([] { matmul(iota({2, 3}), iota({4, 5})); }, ErrorKind::kInvalidArgument,
               "matmul: inner dimensions must match, got a.shape=(2, 3) and b.shape=(4, 5): Matrix "
               "size-incompatible: In[0]: [2,3], In[1]: [4,5]");
  expect_error([] { matmul(iota({2, 3}), iota({3, 5}), true); }, ErrorKind::kInvalidArgument,
               "transpose_a=True");
  expect_error([] { matmul(iota({2, 3}), iota({3})); }, ErrorKind::kInvalidArgument,
               "In[1] ndims must be >= 2, got a.shape=(2, 3) and b.shape=(3,)");
  expect_error([] { matmul(iota({4, 2, 3}), iota({5, 3, 2})); }, ErrorKind::kInvalidArgument,
               "In[0] and In[1] must have compatible batch dimensions: [4,2,3] vs. [5,3,2]");
  expect_error([] { matmul(iota({2, 2}), iota({2, 2}, DType::kFloat32)); },
               ErrorKind::kInvalidDType, "matmul: dtypes differ");
  expect_error([] { matmul(iota({2, 2}, DType::kInt8), iota({2, 2}, DType::kInt8)); },
               ErrorKind::kInvalidDType, "matmul: dtype int8");
}

TEST(Matmul, Gradients) {
  Tensor a = sample({2, 3}), b = sample({3, 4}, 2);
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      check_gradient([&](const Tensors& t) { return matmul(t[0], t[1], ta, tb); },
                     {ta ? packed(transpose(a)) : a, tb ? packed(transpose(b)) : b}, 2, 1e-5);
    }
  }
  // A batch times one matrix: the matrix's gradient is one product.
  Tensor batch = sample({2, 2, 2, 3});
  check_gradient([](const Tensors& t) { return matmul(t[0], t[1]); }, {batch, b}, 2, 1e-5);
  check_gradient([](const Tensors& t) { return matmul(t[0], t[1], false, true); },
                 {batch, packed(transpose(b))}, 2, 1e-5);
  check_gradient([](const Tensors& t) { return matmul(matmul(t[0], t[1]), t[0]); },
                 {a, sample({3, 2}, 3)}, 2, 1e-5);
}

// The gradient of the real loss re(sum(a b)) is conj(b): TensorFlow's convention.
TEST(Matmul, ComplexGradientsConjugate) {
  const std::complex<double> va(1, 2), vb(3, -4);
  Tensor a = from_values<std::complex<double>>({&va, 1}, {1, 1}, DType::kComplex128);
  Tensor b = from_values<std::complex<double>>({&vb, 1}, {1, 1}, DType::kComplex128);
  Tensors g =
      gradients_of([](const Tensors& t) { return real(reduce_sum(matmul(t[0], t[1]))); }, {a, b});
  EXPECT_EQ(*g[0].data_as<std::complex<double>>(), std::conj(vb));
  EXPECT_EQ(*g[1].data_as<std::complex<double>>(), std::conj(va));
}

TEST(Diagonals, Values) {
  Tensor x = iota({2, 2, 3});
  expect_tensor(diag_part(x), {0, 4, 6, 10}, {2, 2});
  expect_tensor(diag_part(x, 1), {1, 5, 7, 11}, {2, 2});
  expect_tensor(diag_part(x, -1), {3, 9}, {2, 1});
  expect_tensor(diag(vec({1, 2})), {1, 0, 0, 2}, {2, 2});
  expect_tensor(diag(vec({5}), -1), {0, 0, 5, 0}, {2, 2});
  expect_tensor(diag(vec({})), {}, {0, 0});
  expect_tensor(trace(x), {4, 16}, {2});
  expect_tensor(set_diag(iota({2, 2}), vec({8, 9})), {8, 1, 2, 9}, {2, 2});
  expect_tensor(band_part(iota({3, 3}), 1, 0), {0, 0, 0, 3, 4, 0, 0, 7, 8}, {3, 3});
  expect_tensor(band_part(iota({2, 3}), -1, 1), {0, 1, 0, 3, 4, 5}, {2, 3});
  expect_error([] { trace(vec({1})); }, ErrorKind::kInvalidArgument, "at least 2-dim");
  expect_error([&] { diag_part(x, 3); }, ErrorKind::kInvalidArgument, "got k=3");
  Tensor s = sample({2, 2});
  check_gradient([](const Tensors& t) { return diag_part(t[0] * t[0], 0); }, {s});
  check_gradient([](const Tensors& t) { return diag(t[0] * t[0], 1); }, {s});
  check_gradient([](const Tensors& t) { return set_diag(t[0] * t[0], t[1] * t[1]); },
                 {s, sample({2})});
  check_gradient([](const Tensors& t) { return band_part(t[0] * t[0], 0, -1); }, {s});
  check_gradient([](const Tensors& t) { return trace(matmul(t[0], t[0])); }, {s});
}

TEST(Softmax, Values) {
  Tensor x = make({1, -2, 0.5, 3, 0.1, -1}, {2, 3});
  Tensor sums = reduce_sum(exp(x), Dims{1}, true);
  expect_tensor(softmax(x), values_of(exp(x) / sums), {2, 3});
  expect_tensor(log_softmax(x), values_of(x - log(sums)), {2, 3});
  expect_same(softmax(x, 0), transpose(softmax(transpose(x))));
  expect_tensor(softmax(vec({1000, 0})), {1, 0}, {2});
  expect_tensor(log_softmax(vec({1000, 0})), {0, -1000}, {2});
  expect_tensor(softmax(vec({-INFINITY, 0})), {0, 1}, {2});
  expect_tensor(softmax(zeros({0, 3}, DType::kFloat32)), {}, {0, 3});
  expect_error([] { softmax(vec({1, 2}, DType::kInt32)); }, ErrorKind::kInvalidDType,
               "softmax: dtype int32 is not in the list of allowed values");
  for (int64_t axis : {0, 1}) {
    check_gradient([&](const Tensors& t) { return softmax(t[0] * t[0], axis); }, {x}, 2, 1e-5);
    check_gradient([&](const Tensors& t) { return log_softmax(t[0] * t[0], axis); }, {x}, 2, 1e-5);
  }
}

TEST(CrossEntropy, Softmax) {
  Tensor x = make({1, -2, 0.5, 3, 0.1, -1}, {2, 3});
  Tensor labels = make({0, 1, 0, 0.2, 0.3, 0.5}, {2, 3});
  expect_tensor(softmax_cross_entropy_with_logits(labels, x),
                values_of(negative(reduce_sum(labels * log_softmax(x), Dims{1}))), {2});
  expect_tensor(softmax_cross_entropy_with_logits(transpose(labels), transpose(x), 0),
                values_of(negative(reduce_sum(labels * log_softmax(x), Dims{1}))), {2});
  expect_tensor(
      softmax_cross_entropy_with_logits(make({1, 0}, {1, 2}), make({0, -INFINITY}, {1, 2})), {0},
      {1});
  expect_error([&] { softmax_cross_entropy_with_logits(labels, iota({2, 4})); },
               ErrorKind::kInvalidArgument, "logits.shape=(2, 4) and labels.shape=(2, 3)");
  check_gradient([](const Tensors& t) { return softmax_cross_entropy_with_logits(t[0], t[1]); },
                 {labels + num(0.1), x}, 2, 1e-5);
}

TEST(CrossEntropy, Sparse) {
  Tensor x = make({1, -2, 0.5, 3, 0.1, -1}, {2, 3});
  Tensor lsm = log_softmax(x);
  expect_tensor(sparse_softmax_cross_entropy_with_logits(ints({1, 0}, {2}), x),
                {-values_of(lsm)[1], -values_of(lsm)[3]}, {2});
  expect_tensor(sparse_softmax_cross_entropy_with_logits(num(2, DType::kUInt8), vec({0, 0, 0})),
                {std::log(3.0)}, {});
  expect_error(
      [] { sparse_softmax_cross_entropy_with_logits(ints({0, 5}, {2}), iota({2, 3})); },
      ErrorKind::kInvalidIndex,
      "sparse_softmax_cross_entropy_with_logits: Received a label value of 5 which is outside "
      "the valid range of [0, 3)");
  expect_error([] { sparse_softmax_cross_entropy_with_logits(ints({0}, {1}), iota({2, 3})); },
               ErrorKind::kInvalidArgument, "labels.shape=(1,) and logits.shape=(2, 3)");
  check_gradient(
      [](const Tensors& t) {
        return sparse_softmax_cross_entropy_with_logits(ints({1, 0}, {2}), t[0]);
      },
      {x}, 2, 1e-5);
}

TEST(CrossEntropy, Sigmoid) {
  Tensor z = vec({1, 0, 0.5}), x = vec({0.3, 2, -3});
  Tensor p = sigmoid(x), one = num(1);
  expect_tensor(sigmoid_cross_entropy_with_logits(z, x),
                values_of(negative(z * log(p) + (one - z) * log(one - p))), {3});
  expect_tensor(sigmoid_cross_entropy_with_logits(vec({1, 0, 1}), vec({-1000, -1000, 50})),
                {1000, 0, std::exp(-50.0)}, {3});
  expect_error([&] { sigmoid_cross_entropy_with_logits(iota({2, 3}), iota({2, 4})); },
               ErrorKind::kInvalidArgument,
               "must have the same shape, received ((2, 4) vs (2, 3))");
  check_gradient([](const Tensors& t) { return sigmoid_cross_entropy_with_logits(t[0], t[1]); },
                 {z, x});
  Tensors g = gradients_of(
      [&](const Tensors& t) {
        return reduce_sum(sigmoid_cross_entropy_with_logits(vec({1, 0, 1}), t[0]));
      },
      {vec({0, 0, -1000})});
  expect_tensor(g[0], {-0.5, 0.5, -1}, {3});
}

// The checker itself finds a gradient that is wrong, in the first and in the second order.
TEST(Checker, FindsWrongGradients) {
  EXPECT_NONFATAL_FAILURE(
      check_gradient([](const Tensors& t) { return t[0] * stop_gradient(t[0]); }, {num(1.5)}, 1),
      "orders left 1");
  EXPECT_NONFATAL_FAILURE(  // the slope of x^3 with one x hidden from the tape, made right
      check_gradient(
          [](const Tensors& t) {
            Tensor held = stop_gradient(t[0]), right = t[0] * t[0] * t[0];
            return num(3) * t[0] * held * held - num(3) * held * held * held + stop_gradient(right);
          },
          {num(1.5)}, 2),
      "orders left 1");
}

}  // namespace
}  // namespace pyten
