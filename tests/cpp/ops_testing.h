// What the op tests share: tensors from plain numbers and back, errors with their text, and
// gradients of first and second order against finite differences.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "autograd/tape.h"
#include "ops/layout.h"
#include "ops/ops.h"

namespace pyten {

inline Tensor make(const std::vector<double>& values, const Shape& shape,
                   DType dtype = DType::kFloat64) {
  return from_values<double>(values, shape, dtype);
}
inline Tensor vec(const std::vector<double>& values, DType dtype = DType::kFloat64) {
  return make(values, {int64_t(values.size())}, dtype);
}
inline Tensor ints(const std::vector<double>& values, const Shape& shape) {
  return make(values, shape, DType::kInt32);
}
inline Tensor num(double value, DType dtype = DType::kFloat64) { return scalar(value, dtype); }

// start, start + step, … in the given shape.
inline Tensor iota(const Shape& shape, DType dtype = DType::kFloat64, double start = 0,
                   double step = 1) {
  std::vector<double> values(num_elements(shape));
  for (size_t i = 0; i < values.size(); ++i) values[i] = start + step * double(i);
  return make(values, shape, dtype);
}

// Numbers without ties, of both signs, the same ones each time.
inline Tensor sample(const Shape& shape, double seed = 1) {
  std::vector<double> values(num_elements(shape));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 1.7 * std::sin(seed * 12.9898 + double(i + 1) * 78.233) + 0.1 * seed;
  }
  return make(values, shape);
}

inline std::vector<double> values_of(const Tensor& t) {
  Tensor v = converted(t, DType::kFloat64);
  return {v.data_as<double>(), v.data_as<double>() + v.size()};
}
inline Shape shape_of(const Tensor& t) { return t.shape(); }

inline void expect_tensor(const Tensor& t, const std::vector<double>& values, const Shape& shape,
                          double tolerance = 1e-12) {
  ASSERT_EQ(tuple_text(t.shape()), tuple_text(shape));
  std::vector<double> got = values_of(t);
  ASSERT_EQ(got.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << "at " << i << ": " << got[i];
    } else if (std::isinf(values[i])) {
      EXPECT_EQ(got[i], values[i]) << "at " << i;
    } else {
      EXPECT_NEAR(got[i], values[i], tolerance * (1 + std::abs(values[i]))) << "at " << i;
    }
  }
}
inline void expect_same(const Tensor& got, const Tensor& want, double tolerance = 1e-12) {
  EXPECT_EQ(name_of(got.dtype()), std::string(name_of(want.dtype())));
  expect_tensor(got, values_of(want), want.shape(), tolerance);
}

inline void expect_error(const std::function<void()>& f, ErrorKind kind, const std::string& part) {
  try {
    f();
    ADD_FAILURE() << "no error; expected: " << part;
  } catch (const Error& e) {
    EXPECT_EQ(int(e.kind()), int(kind)) << e.what();
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
  }
}

using Scalar = std::function<Tensor(const Tensors&)>;
using Function1 = std::function<Tensor(const Tensors&)>;

inline double number(const Tensor& t) { return values_of(t).at(0); }

inline Tensors gradients_of(const Scalar& f, const Tensors& x) {
  GradientTape tape;
  std::vector<Source> sources;
  for (const Tensor& t : x) {
    tape.watch(t);
    sources.emplace_back(t);
  }
  Tensor y = f(x);
  return tape.gradient(y, sources);
}

inline void check_scalar(const Scalar& f, const Tensors& x, int order, double tolerance) {
  Tensors got = gradients_of(f, x);
  const double h = 1e-5;
  for (size_t k = 0; k < x.size(); ++k) {
    std::vector<double> values = values_of(x[k]);
    std::vector<double> gradient(values.size(), 0.0);
    if (got[k]) {
      ASSERT_EQ(tuple_text(got[k].shape()), tuple_text(x[k].shape()));
      gradient = values_of(got[k]);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      auto at = [&](double step) {
        std::vector<double> moved = values;
        moved[i] += step;
        Tensors inputs = x;
        inputs[k] = make(moved, x[k].shape());
        return number(f(inputs));
      };
      double slope = (at(h) - at(-h)) / (2 * h);
      EXPECT_NEAR(gradient[i], slope, tolerance * (1 + std::abs(slope)))
          << "input " << k << ", element " << i << ", orders left " << order;
    }
  }
  if (order <= 1) return;
  check_scalar(
      [&](const Tensors& in) {
        Tensors g = gradients_of(f, in);
        Tensor sum = num(0);
        for (size_t k = 0; k < g.size(); ++k) {
          if (g[k]) sum = sum + reduce_sum(g[k] * sample(g[k].shape(), 7 + double(k)));
        }
        return sum;
      },
      x, order - 1, tolerance);
}

// Compares gradients with finite differences; weights keep them from cancelling.
inline void check_gradient(const Function1& f, const Tensors& x, int order = 2,
                           double tolerance = 2e-6) {
  check_scalar(
      [&](const Tensors& in) {
        Tensor y = f(in);
        return reduce_sum(y * sample(y.shape(), 3));
      },
      x, order, tolerance);
}

}  // namespace pyten
