// What each method of gradient descent does to one element, once for every device. A rule is made
// of the method's numbers, the learning rate first, and is then called with the value p, the
// gradient g and what the method remembers, s. Everything is computed in T, so that float32
// variables take Keras's steps.
#pragma once

#include "kernels/math.h"

namespace pyten::kernels::PYTEN_ISA::rules {

// Keras passes some numbers through float32 even for float64 variables; so do we, for equal steps.
template <typename T>
PYTEN_FN T rounded(double x) {
  return T(float(x));
}

template <typename T>
PYTEN_FN T bias(double beta, double step) {
  return T(1) - m::pow(rounded<T>(beta), T(step));
}

struct Sgd {  // rate
  static constexpr int slots = 0, numbers = 1;
  template <typename T>
  struct Rule {
    T rate;
    PYTEN_FN explicit Rule(const double* k) : rate(T(k[0])) {}
    PYTEN_FN void operator()(T& p, T g, T*) const { p -= g * rate; }
  };
};

template <bool nesterov>
struct Momentum {  // rate, momentum; slot: momentum
  static constexpr int slots = 1, numbers = 2;
  template <typename T>
  struct Rule {
    T rate, momentum;
    PYTEN_FN explicit Rule(const double* k) : rate(T(k[0])), momentum(rounded<T>(k[1])) {}
    PYTEN_FN void operator()(T& p, T g, T* s) const {
      s[0] = s[0] * momentum - g * rate;
      if constexpr (nesterov) p += s[0] * momentum - g * rate;
      else p += s[0];
    }
  };
};

// rate, beta_1, beta_2, epsilon, step; slots: first and second moment (and its maximum)
// Kingma & Ba 2015, with epsilon beside the uncorrected root; AMSGrad: Reddi et al. 2018.
template <bool amsgrad>
struct Adam {
  static constexpr int slots = amsgrad ? 3 : 2, numbers = 5;
  template <typename T>
  struct Rule {
    T alpha, c1, c2, epsilon;
    PYTEN_FN explicit Rule(const double* k)
        : alpha(T(k[0]) * m::sqrt(bias<T>(k[2], k[4])) / bias<T>(k[1], k[4])),
          c1(T(1 - k[1])),
          c2(T(1 - k[2])),
          epsilon(T(k[3])) {}
    PYTEN_FN void operator()(T& p, T g, T* s) const {
      s[0] += (g - s[0]) * c1;
      s[1] += (g * g - s[1]) * c2;
      T v = s[1];
      if constexpr (amsgrad) v = s[2] = s[2] > v ? s[2] : v;
      p -= s[0] * alpha / (m::sqrt(v) + epsilon);
    }
  };
};

// rate, rho, epsilon, momentum; slots: mean square, then momentum, then mean where there are such
inline constexpr int kCentered = 1, kMomentum = 2;
template <int with>
struct RmsProp {
  static constexpr bool centered = with & kCentered, momentum = with & kMomentum;
  static constexpr int slots = 1 + centered + momentum, numbers = 4;
  template <typename T>
  struct Rule {
    T rate, rho, rest, epsilon, m_;
    PYTEN_FN explicit Rule(const double* k)
        : rate(T(k[0])), rho(T(k[1])), rest(T(1 - k[1])), epsilon(T(k[2])), m_(T(k[3])) {}
    PYTEN_FN void operator()(T& p, T g, T* s) const {
      s[0] = rho * s[0] + rest * (g * g);
      T square = s[0];
      if constexpr (centered) {
        T& mean = s[1 + momentum];
        mean = rho * mean + rest * g;
        square -= mean * mean;
      }
      T step = rate * g / m::sqrt(square + epsilon);
      if constexpr (momentum) step = s[1] = m_ * s[1] + step;
      p -= step;
    }
  };
};

struct Adagrad {  // rate, epsilon; slot: sum of squares
  static constexpr int slots = 1, numbers = 2;
  template <typename T>
  struct Rule {
    T rate, epsilon;
    PYTEN_FN explicit Rule(const double* k) : rate(T(k[0])), epsilon(T(k[1])) {}
    PYTEN_FN void operator()(T& p, T g, T* s) const {
      s[0] += g * g;
      p -= rate * g / m::sqrt(s[0] + epsilon);
    }
  };
};

struct Adadelta {  // rate, rho, epsilon; slots: mean squares of the gradient and of the step
  static constexpr int slots = 2, numbers = 3;
  template <typename T>
  struct Rule {
    T rate, rho, rest, epsilon;
    PYTEN_FN explicit Rule(const double* k)
        : rate(T(k[0])), rho(T(k[1])), rest(T(1 - k[1])), epsilon(T(k[2])) {}
    PYTEN_FN void operator()(T& p, T g, T* s) const {
      s[0] = rho * s[0] + rest * (g * g);
      T step = -(m::sqrt(s[1] + epsilon) * g / m::sqrt(s[0] + epsilon));
      s[1] = rho * s[1] + rest * (step * step);
      p += rate * step;
    }
  };
};

struct Adamax {  // rate, beta_1, beta_2, epsilon, step; slots: first moment, largest |g|
  static constexpr int slots = 2, numbers = 5;
  template <typename T>
  struct Rule {
    T rate, c1, beta_2, epsilon, correction;
    PYTEN_FN explicit Rule(const double* k)
        : rate(T(k[0])),
          c1(T(1 - k[1])),
          beta_2(T(k[2])),
          epsilon(T(k[3])),
          correction(bias<T>(k[1], k[4])) {}
    PYTEN_FN void operator()(T& p, T g, T* s) const {
      s[0] += (g - s[0]) * c1;
      T old = beta_2 * s[1], now = m::fabs(g);
      s[1] = old > now ? old : now;
      p -= rate * s[0] / (correction * (s[1] + epsilon));
    }
  };
};

// rate, beta_1, beta_2, epsilon, step, product of the momenta up to this step; slots as Adam
// Dozat 2016, with his schedule of the momentum.
struct Nadam {
  static constexpr int slots = 2, numbers = 6;
  template <typename T>
  struct Rule {
    T rate, next, c1, c2, epsilon, of_m, rest, of_g, of_v;
    static PYTEN_FN T momentum(const double* k, double step) {
      return rounded<T>(k[1]) * (T(1) - T(0.5) * m::pow(rounded<T>(0.96), T(step)));
    }
    PYTEN_FN explicit Rule(const double* k)
        : rate(T(k[0])),
          next(momentum(k, k[4] + 1)),
          c1(T(1) - rounded<T>(k[1])),
          c2(T(1) - rounded<T>(k[2])),
          epsilon(T(k[3])),
          of_m(T(1) - T(k[5]) * next),
          rest(T(1) - momentum(k, k[4])),
          of_g(T(1) - T(k[5])),
          of_v(bias<T>(k[2], k[4])) {}
    PYTEN_FN void operator()(T& p, T g, T* s) const {
      s[0] += (g - s[0]) * c1;
      s[1] += (g * g - s[1]) * c2;
      T mean = next * s[0] / of_m + rest * g / of_g;
      p -= mean * rate / (m::sqrt(s[1] / of_v) + epsilon);
    }
  };
};

struct Lion {  // rate, beta_1, beta_2; slot: momentum. Chen et al. 2023
  static constexpr int slots = 1, numbers = 3;
  template <typename T>
  struct Rule {
    T rate, b1, b2;
    PYTEN_FN explicit Rule(const double* k)
        : rate(T(k[0])), b1(rounded<T>(k[1])), b2(rounded<T>(k[2])) {}
    PYTEN_FN void operator()(T& p, T g, T* s) const {
      T direction = s[0] * b1 + g * (1 - b1);
      T sign = direction > 0 ? T(1) : direction < 0 ? T(-1) : direction;  // NaN stays
      p -= rate * sign;
      s[0] = s[0] * b2 + g * (1 - b2);
    }
  };
};

// rate, power, l1, l2, shrinkage, beta; slots: sum of squares, linear. McMahan et al. 2013
struct Ftrl {
  static constexpr int slots = 2, numbers = 6;
  template <typename T>
  struct Rule {
    T rate, power, l1, l2, shrink;
    PYTEN_FN explicit Rule(const double* k)
        : rate(T(k[0])),
          power(T(-k[1])),
          l1(T(k[2])),
          l2(T(2) * (T(k[3]) + T(k[5]) / (T(2) * T(k[0])))),
          shrink(T(2 * k[4])) {}
    PYTEN_FN void operator()(T& p, T g, T* s) const {
      T used = g + shrink * p, sum = s[0] + g * g;
      T now = m::pow(sum, power);
      s[1] += used - (now - m::pow(s[0], power)) / rate * p;
      T clipped = s[1] < -l1 ? -l1 : s[1] > l1 ? l1 : s[1];
      p = (clipped - s[1]) / (now / rate + l2);
      s[0] = sum;
    }
  };
};

}  // namespace pyten::kernels::PYTEN_ISA::rules
