// Steps of the compiled optimizers against the formulas as Keras 3 and the papers write them, in
// double, one element after the other.
#include "ops/optimizers.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "core/error.h"
#include "kernels/threads.h"
#include "kernels_testing.h"

namespace pyten {
namespace {

using kernels::Buffer;
using kernels::Dice;
using Numbers = std::vector<double>;

// One step of one element: value, gradient, slots and the method's numbers for this step.
using Formula = std::function<void(double& p, double g, double* s, const Numbers& k)>;

struct Method {
  Numbers numbers;  // at step 1
  std::vector<double> start;
  Formula formula;
  // The numbers of a later step; by default those of step 1.
  std::function<Numbers(const Numbers&, int)> at = [](const Numbers& k, int) { return k; };
};

Numbers with_step(const Numbers& k, int step) {
  Numbers later = k;
  later[4] = step;
  return later;
}

double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

void adam(double& p, double g, double* s, const Numbers& k, bool amsgrad) {
  s[0] = k[1] * s[0] + (1 - k[1]) * g;
  s[1] = k[2] * s[1] + (1 - k[2]) * g * g;
  double v = s[1];
  if (amsgrad) v = s[2] = std::max(s[2], v);
  double rate = k[0] * std::sqrt(1 - std::pow(k[2], k[4])) / (1 - std::pow(k[1], k[4]));
  p -= rate * s[0] / (std::sqrt(v) + k[3]);
}

// Slots: mean square, momentum if there is one, mean if it is centred.
Formula rmsprop(bool centered, bool momentum) {
  return [=](double& p, double g, double* s, const Numbers& k) {
    s[0] = k[1] * s[0] + (1 - k[1]) * g * g;
    double variance = s[0];
    if (centered) {
      double& mean = s[momentum ? 2 : 1];
      mean = k[1] * mean + (1 - k[1]) * g;
      variance -= mean * mean;
    }
    double step = k[0] * g / std::sqrt(variance + k[2]);
    if (momentum) s[1] = step = k[3] * s[1] + step;
    p -= step;
  };
}

// The schedule of Nadam's momentum (Dozat 2016), and the product of its values up to a step.
double nadam_momentum(double beta_1, double step) {
  return beta_1 * (1 - 0.5 * std::pow(0.96, step));
}
Numbers nadam_numbers(const Numbers& k, int step) {
  Numbers later = with_step(k, step);
  later[5] = 1;
  for (int i = 1; i <= step; ++i) later[5] *= nadam_momentum(k[1], i);
  return later;
}

// Powers of two where a formula would otherwise see the rounding of a number to float32.
std::map<std::string, Method> methods() {
  const double b1 = 0.75, b2 = 0.9375, eps = 0x1p-20;
  std::map<std::string, Method> all;
  all["sgd"] = {{0.125}, {}, [](double& p, double g, double*, const Numbers& k) { p -= k[0] * g; }};
  all["momentum"] = {{0.125, 0.75}, {0}, [](double& p, double g, double* s, const Numbers& k) {
                       s[0] = k[1] * s[0] - k[0] * g;
                       p += s[0];
                     }};
  all["nesterov"] = {{0.125, 0.75}, {0}, [](double& p, double g, double* s, const Numbers& k) {
                       s[0] = k[1] * s[0] - k[0] * g;
                       p += k[1] * s[0] - k[0] * g;
                     }};
  all["adam"] = {{0.125, b1, b2, eps, 1},
                 {0, 0},
                 [](double& p, double g, double* s, const Numbers& k) { adam(p, g, s, k, false); },
                 with_step};
  all["amsgrad"] = {
      {0.125, b1, b2, eps, 1},
      {0, 0, 0},
      [](double& p, double g, double* s, const Numbers& k) { adam(p, g, s, k, true); },
      with_step};
  all["rmsprop"] = {{0.125, b1, eps, 0}, {0}, rmsprop(false, false)};
  all["rmsprop_momentum"] = {{0.125, b1, eps, 0.5}, {0, 0}, rmsprop(false, true)};
  all["rmsprop_centered"] = {{0.125, b1, eps, 0}, {0, 0}, rmsprop(true, false)};
  all["rmsprop_centered_momentum"] = {{0.125, b1, eps, 0.5}, {0, 0, 0}, rmsprop(true, true)};
  all["adagrad"] = {{0.125, eps}, {0.1}, [](double& p, double g, double* s, const Numbers& k) {
                      s[0] += g * g;
                      p -= k[0] * g / std::sqrt(s[0] + k[1]);
                    }};
  all["adadelta"] = {{0.5, b1, eps}, {0, 0}, [](double& p, double g, double* s, const Numbers& k) {
                       s[0] = k[1] * s[0] + (1 - k[1]) * g * g;
                       double step = -std::sqrt(s[1] + k[2]) / std::sqrt(s[0] + k[2]) * g;
                       s[1] = k[1] * s[1] + (1 - k[1]) * step * step;
                       p += k[0] * step;
                     }};
  all["adamax"] = {{0.125, b1, b2, eps, 1},
                   {0, 0},
                   [](double& p, double g, double* s, const Numbers& k) {
                     s[0] = k[1] * s[0] + (1 - k[1]) * g;
                     s[1] = std::max(k[2] * s[1], std::fabs(g));
                     p -= k[0] / (1 - std::pow(k[1], k[4])) * s[0] / (s[1] + k[3]);
                   },
                   with_step};
  all["nadam"] = {{0.125, b1, b2, eps, 1, 0},
                  {0, 0},
                  [](double& p, double g, double* s, const Numbers& k) {
                    s[0] = k[1] * s[0] + (1 - k[1]) * g;
                    s[1] = k[2] * s[1] + (1 - k[2]) * g * g;
                    double now = nadam_momentum(k[1], k[4]), next = nadam_momentum(k[1], k[4] + 1);
                    double m = next * s[0] / (1 - k[5] * next) + (1 - now) * g / (1 - k[5]);
                    p -= k[0] * m / (std::sqrt(s[1] / (1 - std::pow(k[2], k[4]))) + k[3]);
                  },
                  nadam_numbers};
  all["lion"] = {{0.125, b1, b2}, {0}, [](double& p, double g, double* s, const Numbers& k) {
                   p -= k[0] * sign(k[1] * s[0] + (1 - k[1]) * g);
                   s[0] = k[2] * s[0] + (1 - k[2]) * g;
                 }};
  all["ftrl"] = {{0.125, -0.5, 0.03125, 0.0625, 0.25, 0.5},
                 {0.1, 0},
                 [](double& p, double g, double* s, const Numbers& k) {
                   double used = g + 2 * k[4] * p, sum = s[0] + g * g;
                   s[1] += used - (std::pow(sum, -k[1]) - std::pow(s[0], -k[1])) / k[0] * p;
                   double l2 = 2 * (k[3] + k[5] / (2 * k[0]));
                   double clipped = std::min(std::max(s[1], -k[2]), k[2]);
                   p = (clipped - s[1]) / (std::pow(sum, -k[1]) / k[0] + l2);
                   s[0] = sum;
                 }};
  return all;
}

// Relative to the size of numbers here, about 1. Nadam alone takes 0.96 through float32, as Keras
// does, which leaves its float64 steps with float32's precision.
double tolerance(DType d, const std::string& name) {
  if (d == DType::kFloat64) return name == "nadam" ? 2e-7 : 1e-13;
  if (d == DType::kFloat32) return 4e-6;
  return d == DType::kFloat16 ? 4e-3 : 3e-2;
}

void check(const std::string& name, const Method& m, DType d, int64_t n, double decay) {
  SCOPED_TRACE(testing::Message() << name << " " << name_of(d) << " n=" << n << " decay=" << decay);
  const OptimizerRule* rule = optimizer_rule(name);
  ASSERT_NE(rule, nullptr);
  ASSERT_EQ(slot_count(*rule), int(m.start.size()));
  ASSERT_EQ(number_count(*rule), int(m.numbers.size()));
  Dice random(42);
  Buffer value(d, n + 1);
  std::vector<Buffer> slots(m.start.size(), Buffer(d, n + 1));
  for (int64_t i = 0; i <= n; ++i) {
    value.set(i, random.uniform(-1, 1));
    for (size_t s = 0; s < slots.size(); ++s) slots[s].set(i, m.start[s]);
  }
  OptimizerStep step{d, n, value.data(), nullptr, {}, decay};
  for (size_t s = 0; s < slots.size(); ++s) step.slots[s] = slots[s].data();
  for (int count = 1; count <= 4; ++count) {
    Buffer gradient(d, n);
    for (int64_t i = 0; i < n; ++i) {
      // Away from 0: Lion's direction must not depend on rounding.
      double g = random.uniform(0.25, 1);
      gradient.set(i, random.below(2) ? g : -g);
    }
    Numbers k = m.at(m.numbers, count);
    // Each step starts from what the last one left, so that errors do not add up.
    std::vector<double> want;
    std::vector<std::vector<double>> want_slots(slots.size());
    for (int64_t i = 0; i < n; ++i) {
      double p = value.get(i), s[3] = {};
      for (size_t j = 0; j < slots.size(); ++j) s[j] = slots[j].get(i);
      p -= p * decay * k[0];
      m.formula(p, gradient.get(i), s, k);
      want.push_back(p);
      for (size_t j = 0; j < slots.size(); ++j) want_slots[j].push_back(s[j]);
    }
    double last = value.get(n);
    step.gradient = gradient.data();
    optimizer_step(*rule, step, k);
    EXPECT_EQ(value.get(n), last) << "wrote beyond the end";
    for (int64_t i = 0; i < n; ++i) {
      double near = tolerance(d, name);
      ASSERT_NEAR(value.get(i), want[size_t(i)], near * (1 + std::fabs(want[size_t(i)])))
          << "element " << i << " of step " << count;
      for (size_t j = 0; j < slots.size(); ++j) {
        double w = want_slots[j][size_t(i)];
        ASSERT_NEAR(slots[j].get(i), w, near * (1 + std::fabs(w)))
            << "slot " << j << " of element " << i << " of step " << count;
      }
    }
  }
}

TEST(Optimizers, StepsAreTheFormulas) {
  for (const auto& [name, method] : methods()) {
    for (DType d : {DType::kFloat64, DType::kFloat32, DType::kFloat16, DType::kBFloat16}) {
      check(name, method, d, 37, 0);
      check(name, method, d, 37, 0.25);
    }
  }
}

// Several tiles, with a rest, on several threads.
TEST(Optimizers, StepsOfManyElements) {
  for (int threads : {1, 3}) {
    set_thread_count(threads);
    for (const auto& [name, method] : methods()) {
      check(name, method, DType::kFloat32, 40001, 0);
      check(name, method, DType::kFloat64, 1025, 0.25);
      check(name, method, DType::kFloat64, 1, 0);
    }
  }
  set_thread_count(0);
}

TEST(Optimizers, NothingToDo) {
  for (const auto& [name, method] : methods()) check(name, method, DType::kFloat32, 0, 0.5);
}

TEST(Optimizers, NaNStaysNaN) {
  for (const auto& [name, method] : methods()) {
    Buffer value = Buffer::of(DType::kFloat64, {1, 2});
    Buffer gradient = Buffer::of(DType::kFloat64, {std::nan(""), 0.5});
    std::vector<Buffer> slots;
    for (double s : method.start) slots.push_back(Buffer::of(DType::kFloat64, {s, s}));
    OptimizerStep step{DType::kFloat64, 2, value.data(), gradient.data(), {}, 0};
    for (size_t s = 0; s < slots.size(); ++s) step.slots[s] = slots[s].data();
    optimizer_step(*optimizer_rule(name), step, method.at(method.numbers, 1));
    EXPECT_TRUE(std::isnan(value.get(0))) << name;
    EXPECT_TRUE(std::isfinite(value.get(1))) << name;
  }
}

TEST(Optimizers, RefuseWhatTheyCannotDo) {
  EXPECT_EQ(optimizer_rule("no_such_rule"), nullptr);
  int32_t value = 1, gradient = 1;
  OptimizerStep step{DType::kInt32, 1, &value, &gradient, {}, 0};
  try {
    optimizer_step(*optimizer_rule("sgd"), step, {0.5});
    ADD_FAILURE() << "no error";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "apply_gradients: variables must be floating, got int32");
  }
}

}  // namespace
}  // namespace pyten
