// Forward mode, alone and mixed with reverse mode, against finite differences.
#include "autograd/forward.h"

#include "ops/conv.h"
#include "ops_testing.h"

namespace pyten {
namespace {

using F = std::function<Tensor(const Tensor&)>;

Tensor tangent(const F& f, const Tensor& x, const Tensor& t) {
  Ref<ForwardAccumulator> acc = ForwardAccumulator::create();
  acc->watch(x, t);
  acc->start();
  Tensor y = f(x);
  acc->stop();
  Tensor found = acc->jvp(y);
  return found.defined() ? found : zeros_like(y);
}

Tensor reverse(const F& f, const Tensor& x, const Tensor& t) {
  GradientTape tape;
  tape.watch(x);
  Tensor y = f(x);
  Tensor g = tape.gradient(y, x);
  return g.defined() ? reduce_sum(g * t) : zeros({}, x.dtype());
}

// One letter for each order, the outermost first.
Tensor derivative(const F& f, const Tensor& x, const Tensor& t, const std::string& modes) {
  if (modes.empty()) return f(x);
  F inner = [&](const Tensor& at) { return derivative(f, at, t, modes.substr(1)); };
  return modes[0] == 'f' ? tangent(inner, x, t) : reverse(inner, x, t);
}

struct Case {
  const char* name;
  Shape shape;
  F f;
};

const Case kCases[] = {
    {"elementwise", {5}, [](const Tensor& x) { return tanh(x) * x / (num(2) + square(x)); }},
    {"two arguments", {4}, [](const Tensor& x) { return atan2(x, num(1.5) + x * x); }},
    {"broadcast", {3}, [](const Tensor& x) { return x * reshape(x, {3, 1}) + num(2); }},
    {"matmul", {3, 2}, [](const Tensor& x) { return matmul(x, x, false, true); }},
    {"batched matmul",
     {2, 3},
     [](const Tensor& x) { return matmul(expand_dims(x, 2), expand_dims(x, 1)); }},
    {"reductions",
     {3, 4},
     [](const Tensor& x) { return reduce_mean(x, Dims{0}) * reduce_sum(x, Dims{0}); }},
    {"product", {5}, [](const Tensor& x) { return reduce_prod(x); }},
    {"softmax", {2, 4}, [](const Tensor& x) { return softmax(x * x); }},
    {"logsumexp", {2, 4}, [](const Tensor& x) { return reduce_logsumexp(x, Dims{1}); }},
    {"maximum", {6}, [](const Tensor& x) { return maximum(x, x * x) + reduce_max(x); }},
    {"where", {6}, [](const Tensor& x) { return select(greater(x, num(0)), x * x, sin(x)); }},
    {"movement",
     {2, 3},
     [](const Tensor& x) { return transpose(reshape(x, {3, 2})) * stack(unstack(x, 0), 0); }},
    {"slices",
     {6},
     [](const Tensor& x) { return slice(x, {0}, {3}, {2}) * slice(x, {5}, {3}, {-1}); }},
    {"split", {6}, [](const Tensor& x) { return split(x, {2, 4}, 0)[1] * reduce_sum(x); }},
    {"gather", {4}, [](const Tensor& x) { return gather(x * x, ints({3, 0, 3}, {3}), 0, 0); }},
    {"scatter",
     {3},
     [](const Tensor& x) { return scatter_nd(ints({1, 1, 0}, {3, 1}), x * x, {4}); }},
    {"cumulative", {5}, [](const Tensor& x) { return cumprod(x, 0) * cumsum(x, 0); }},
    {"sort", {5}, [](const Tensor& x) { return sort(x * x, 0, true) * iota({5}); }},
    {"top_k", {5}, [](const Tensor& x) { return top_k(x * x, 2)[0]; }},
    {"diag", {3}, [](const Tensor& x) { return trace(diag(x) * diag(x * x)); }},
    {"convolution",
     {1, 5, 2},
     [](const Tensor& x) {
       ConvGeometry g{{2}, {1}, {1}, {3}};
       return conv(x, reshape(slice(reshape(x, {10}), {0}, {8}, {1}), {2, 2, 2}), g);
     }},
};

TEST(Forward, EqualsFiniteDifferencesInEveryMixtureOfModes) {
  const double h = 1e-5;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Tensor x = sample(c.shape), t = sample(c.shape, 4);
    F f = [&](const Tensor& at) {
      Tensor y = c.f(at);
      return reduce_sum(y * sample(y.shape(), 3));
    };
    auto slope = [&](const std::string& modes) {
      double up = number(derivative(f, x + num(h) * t, t, modes));
      double down = number(derivative(f, x - num(h) * t, t, modes));
      return (up - down) / (2 * h);
    };
    double first = slope("");
    for (const char* modes : {"f", "r"}) {
      EXPECT_NEAR(number(derivative(f, x, t, modes)), first, 1e-7 * (1 + std::abs(first)));
    }
    double second = slope("f"), exact = number(derivative(f, x, t, "rr"));
    EXPECT_NEAR(exact, second, 1e-6 * (1 + std::abs(second)));
    for (const char* modes : {"ff", "fr", "rf"}) {
      EXPECT_NEAR(number(derivative(f, x, t, modes)), exact, 1e-10 * (1 + std::abs(exact)))
          << modes;
    }
  }
}

TEST(Forward, FollowsVariablesAndSeveralOutputs) {
  Variable v(vec({1, 2, 3}));
  Ref<ForwardAccumulator> acc = ForwardAccumulator::create();
  acc->watch(v, vec({1, 0, -1}));
  acc->start();
  Tensors parts = unstack(v.read() * v.read(), 0);
  v.assign(vec({5, 5, 5}));
  Tensor after = v.read() * num(2);
  acc->stop();
  expect_tensor(acc->jvp(parts[0]), {2}, {});
  expect_tensor(acc->jvp(parts[2]), {-6}, {});
  expect_tensor(acc->jvp(after), {2, 0, -2}, {3});  // the variable keeps its tangent
  EXPECT_FALSE(acc->jvp(v.read() * num(2)).defined());
}

TEST(Forward, IntegersAndWhatIsUnconnectedHaveNoTangent) {
  Tensor x = vec({1.5, 2.5});
  Ref<ForwardAccumulator> acc = ForwardAccumulator::create();
  acc->watch(x, ones_like(x));
  acc->start();
  Tensor whole = cast(x, DType::kInt32), other = num(3) * num(2), step = floor(x);
  acc->stop();
  for (const Tensor& t : {whole, other, step}) EXPECT_FALSE(acc->jvp(t).defined());
}

TEST(Forward, TellsOfMistakes) {
  Ref<ForwardAccumulator> acc = ForwardAccumulator::create();
  expect_error([&] { acc->watch(vec({1, 2}), vec({1, 2, 3})); }, ErrorKind::kInvalidArgument,
               "a tangent must have its primal's shape (2,), got (3,)");
  expect_error([&] { acc->watch(vec({1}), vec({1}, DType::kFloat32)); }, ErrorKind::kInvalidDType,
               "a tangent must have its primal's dtype float64, got float32");
  expect_error([&] { acc->stop(); }, ErrorKind::kValue, "not recording");
  acc->start();
  expect_error([&] { acc->start(); }, ErrorKind::kValue, "already recording");
  acc->stop();
}

TEST(Forward, ForgetsWhatNobodyHolds) {
  Tensor x = vec({1, 2});
  Ref<ForwardAccumulator> acc = ForwardAccumulator::create();
  acc->watch(x, ones_like(x));
  acc->start();
  Tensor y = x;
  int64_t first = 0;
  for (int i = 0; i < 2000; ++i) {
    y = y * num(1.0001);
    if (i == 0) first = tensor_id(y);
  }
  acc->stop();
  EXPECT_FALSE(acc->knows(first));
  expect_tensor(acc->jvp(y), {std::pow(1.0001, 2000), std::pow(1.0001, 2000)}, {2}, 1e-9);
}

}  // namespace
}  // namespace pyten
