// What gradient rules are written with.
#pragma once

#include "ops/ops.h"

namespace pyten {

// z's conjugate; z itself for real tensors. TensorFlow's gradient of a holomorphic f is
// dy * conj(f'(z)).
inline Tensor conjugate(const Tensor& z) { return is_complex(z.dtype()) ? conj(z) : z; }

// A number beside x.
inline Tensor like(double value, const Tensor& x) { return scalar(value, x.dtype()); }

// derivative * dy, and 0 where dy is 0 even if the derivative is infinite or NaN: a branch that
// tf.where did not take stays out of the gradient.
inline Tensor safe(const Tensor& derivative, const Tensor& dy) {
  return multiply_no_nan(derivative, dy);
}

// Zeros for the places where a kinked function is flat. An outer tape sees them depend on y, so
// that the second derivative is 0 and not None.
inline Tensor flat(const Tensor& y) {
  Tensor zero = like(0, y);
  return recording(y) ? multiply_no_nan(y, zero) : zero;
}

}  // namespace pyten
