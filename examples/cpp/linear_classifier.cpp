// A linear classifier trained by gradient descent on two clouds of points, with pyten's tensors,
// variables and tape and no Python. Prints the loss as it falls; exits with 1 if it did not learn.

#include <pyten/pyten.h>

#include <cstdio>
#include <random>
#include <vector>

namespace {

using pyten::DType;
using pyten::Tensor;
using pyten::Variable;

constexpr int kPointsPerClass = 500;
constexpr int kSteps = 40;
constexpr double kLearningRate = 0.1;

struct Data {
  Tensor points;  // [n, 2]
  Tensor labels;  // [n, 1]: 0 or 1
};

// Round clouds of standard deviation 1 around (0, 3) and (3, 0).
Data make_clouds() {
  std::mt19937 random(1234);
  std::normal_distribution<float> normal;
  std::vector<float> points, labels;
  for (int label : {0, 1}) {
    for (int i = 0; i < kPointsPerClass; ++i) {
      points.push_back(normal(random) + (label == 0 ? 0.0f : 3.0f));
      points.push_back(normal(random) + (label == 0 ? 3.0f : 0.0f));
      labels.push_back(static_cast<float>(label));
    }
  }
  const int64_t n = 2 * kPointsPerClass;
  return {pyten::from_values<float>(points, {n, 2}, DType::kFloat32),
          pyten::from_values<float>(labels, {n, 1}, DType::kFloat32)};
}

float value_of(const Tensor& scalar) { return *scalar.data_as<float>(); }

}  // namespace

int main() {
  const Data data = make_clouds();
  Variable weights(pyten::zeros({2, 1}, DType::kFloat32));
  Variable bias(pyten::zeros({1}, DType::kFloat32));
  const Tensor rate = pyten::scalar(kLearningRate, DType::kFloat32);

  auto predict = [&] { return pyten::matmul(data.points, weights.read()) + bias.read(); };

  float loss_value = 0;
  for (int step = 1; step <= kSteps; ++step) {
    pyten::GradientTape tape;
    const Tensor loss = pyten::reduce_mean(pyten::square(predict() - data.labels));
    const pyten::Tensors gradients = tape.gradient(loss, {weights, bias});
    weights.assign_sub(gradients[0] * rate);
    bias.assign_sub(gradients[1] * rate);
    loss_value = value_of(loss);
    if (step % 10 == 0) std::printf("step %2d: loss %.4f\n", step, loss_value);
  }

  const Tensor half = pyten::scalar(0.5, DType::kFloat32);
  const Tensor right =
      pyten::equal(pyten::cast(pyten::greater(predict(), half), DType::kFloat32), data.labels);
  const float accuracy = value_of(pyten::reduce_mean(pyten::cast(right, DType::kFloat32)));
  std::printf("loss %.4f, accuracy %.4f\n", loss_value, accuracy);
  return loss_value < 0.06f && accuracy > 0.95f ? 0 : 1;
}
