#include "ops/optimizers.h"

#include <cmath>
#include <type_traits>

#include "core/error.h"
#include "kernels/numbers.h"
#include "kernels/threads.h"

namespace pyten {

namespace {

using kernels::common::BFloat16;
using kernels::common::Half;

// Elements that are worked on together: value, gradient and three slots stay in the first cache.
constexpr int64_t kTile = 1024;
constexpr int64_t kGrain = 16 * kTile;

// The type to compute in, and the way there and back.
template <typename S>
using Wide = std::conditional_t<std::is_same_v<S, double>, double, float>;

template <typename S>
Wide<S> load(S x) {
  if constexpr (std::is_arithmetic_v<S>) return x;
  else return kernels::common::to_float(x);
}
template <typename S>
S store(Wide<S> x) {
  if constexpr (std::is_arithmetic_v<S>) return x;
  else return kernels::common::from_float<S>(x);
}

// body(value, gradient, slots) of each element.
template <int K, typename S, typename F>
void sweep(int64_t n, S* value, const S* gradient, const std::array<S*, 3>& slots, F body) {
  S *a = slots[0], *b = slots[1], *c = slots[2];
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    Wide<S> p = load(value[i]), g = load(gradient[i]), s[3] = {};
    if constexpr (K > 0) s[0] = load(a[i]);
    if constexpr (K > 1) s[1] = load(b[i]);
    if constexpr (K > 2) s[2] = load(c[i]);
    body(p, g, s);
    value[i] = store<S>(p);
    if constexpr (K > 0) a[i] = store<S>(s[0]);
    if constexpr (K > 1) b[i] = store<S>(s[1]);
    if constexpr (K > 2) c[i] = store<S>(s[2]);
  }
}

using Numbers = std::vector<double>;

// -- The methods ----------------------------------------------------------------------------------
// Each gives the function of one element for its numbers, the learning rate first. Everything is
// computed in T, so that float32 variables take Keras's steps. `slots` counts what s holds.

// Keras passes some numbers through float32 even for float64 variables; so do we, for equal steps.
template <typename T>
T rounded(double x) {
  return T(float(x));
}

template <typename T>
T bias(double beta, double step) {
  return T(1) - std::pow(rounded<T>(beta), T(step));
}

struct Sgd {  // rate
  static constexpr int slots = 0, numbers = 1;
  template <typename T>
  static auto make(const Numbers& k) {
    return [rate = T(k[0])](T& p, T g, T*) { p -= g * rate; };
  }
};

struct Momentum {  // rate, momentum; slot: momentum
  static constexpr int slots = 1, numbers = 2;
  template <typename T>
  static auto make(const Numbers& k) {
    return [rate = T(k[0]), momentum = rounded<T>(k[1])](T& p, T g, T* s) {
      s[0] = s[0] * momentum - g * rate;
      p += s[0];
    };
  }
};

struct Nesterov {  // as Momentum
  static constexpr int slots = 1, numbers = 2;
  template <typename T>
  static auto make(const Numbers& k) {
    return [rate = T(k[0]), momentum = rounded<T>(k[1])](T& p, T g, T* s) {
      s[0] = s[0] * momentum - g * rate;
      p += s[0] * momentum - g * rate;
    };
  }
};

// rate, beta_1, beta_2, epsilon, step; slots: first and second moment (and its maximum)
// Kingma & Ba 2015, with epsilon beside the uncorrected root; AMSGrad: Reddi et al. 2018.
template <bool amsgrad>
struct Adam {
  static constexpr int slots = amsgrad ? 3 : 2, numbers = 5;
  template <typename T>
  static auto make(const Numbers& k) {
    T alpha = T(k[0]) * std::sqrt(bias<T>(k[2], k[4])) / bias<T>(k[1], k[4]);
    return [alpha, c1 = T(1 - k[1]), c2 = T(1 - k[2]), epsilon = T(k[3])](T& p, T g, T* s) {
      s[0] += (g - s[0]) * c1;
      s[1] += (g * g - s[1]) * c2;
      T v = s[1];
      if constexpr (amsgrad) v = s[2] = s[2] > v ? s[2] : v;
      p -= s[0] * alpha / (std::sqrt(v) + epsilon);
    };
  }
};

// rate, rho, epsilon, momentum; slots: mean square, then momentum, then mean where there are such
template <bool centered, bool momentum>
struct RmsProp {
  static constexpr int slots = 1 + centered + momentum, numbers = 4;
  template <typename T>
  static auto make(const Numbers& k) {
    return [rate = T(k[0]), rho = T(k[1]), rest = T(1 - k[1]), epsilon = T(k[2]), m = T(k[3])](
               T& p, T g, T* s) {
      s[0] = rho * s[0] + rest * (g * g);
      T square = s[0];
      if constexpr (centered) {
        T& mean = s[1 + momentum];
        mean = rho * mean + rest * g;
        square -= mean * mean;
      }
      T step = rate * g / std::sqrt(square + epsilon);
      if constexpr (momentum) step = s[1] = m * s[1] + step;
      p -= step;
    };
  }
};

struct Adagrad {  // rate, epsilon; slot: sum of squares
  static constexpr int slots = 1, numbers = 2;
  template <typename T>
  static auto make(const Numbers& k) {
    return [rate = T(k[0]), epsilon = T(k[1])](T& p, T g, T* s) {
      s[0] += g * g;
      p -= rate * g / std::sqrt(s[0] + epsilon);
    };
  }
};

struct Adadelta {  // rate, rho, epsilon; slots: mean squares of the gradient and of the step
  static constexpr int slots = 2, numbers = 3;
  template <typename T>
  static auto make(const Numbers& k) {
    return [rate = T(k[0]), rho = T(k[1]), rest = T(1 - k[1]), epsilon = T(k[2])](T& p, T g, T* s) {
      s[0] = rho * s[0] + rest * (g * g);
      T step = -(std::sqrt(s[1] + epsilon) * g / std::sqrt(s[0] + epsilon));
      s[1] = rho * s[1] + rest * (step * step);
      p += rate * step;
    };
  }
};

struct Adamax {  // rate, beta_1, beta_2, epsilon, step; slots: first moment, largest |g|
  static constexpr int slots = 2, numbers = 5;
  template <typename T>
  static auto make(const Numbers& k) {
    return [rate = T(k[0]), c1 = T(1 - k[1]), beta_2 = T(k[2]), epsilon = T(k[3]),
            correction = bias<T>(k[1], k[4])](T& p, T g, T* s) {
      s[0] += (g - s[0]) * c1;
      T old = beta_2 * s[1], now = std::fabs(g);
      s[1] = old > now ? old : now;
      p -= rate * s[0] / (correction * (s[1] + epsilon));
    };
  }
};

// rate, beta_1, beta_2, epsilon, step, product of the momenta up to this step; slots as Adam
// Dozat 2016, with his schedule of the momentum.
struct Nadam {
  static constexpr int slots = 2, numbers = 6;
  template <typename T>
  static auto make(const Numbers& k) {
    auto momentum = [&](double step) {
      return rounded<T>(k[1]) * (T(1) - T(0.5) * std::pow(rounded<T>(0.96), T(step)));
    };
    T u = momentum(k[4]), next = momentum(k[4] + 1), product = T(k[5]);
    return [rate = T(k[0]), next, c1 = T(1) - rounded<T>(k[1]), c2 = T(1) - rounded<T>(k[2]),
            epsilon = T(k[3]), of_m = T(1) - product * next, rest = T(1) - u, of_g = T(1) - product,
            of_v = bias<T>(k[2], k[4])](T& p, T g, T* s) {
      s[0] += (g - s[0]) * c1;
      s[1] += (g * g - s[1]) * c2;
      T m = next * s[0] / of_m + rest * g / of_g;
      p -= m * rate / (std::sqrt(s[1] / of_v) + epsilon);
    };
  }
};

struct Lion {  // rate, beta_1, beta_2; slot: momentum. Chen et al. 2023
  static constexpr int slots = 1, numbers = 3;
  template <typename T>
  static auto make(const Numbers& k) {
    return [rate = T(k[0]), b1 = rounded<T>(k[1]), b2 = rounded<T>(k[2])](T& p, T g, T* s) {
      T direction = s[0] * b1 + g * (1 - b1);
      T sign = direction > 0 ? T(1) : direction < 0 ? T(-1) : direction;  // NaN stays
      p -= rate * sign;
      s[0] = s[0] * b2 + g * (1 - b2);
    };
  }
};

// rate, power, l1, l2, shrinkage, beta; slots: sum of squares, linear. McMahan et al. 2013
struct Ftrl {
  static constexpr int slots = 2, numbers = 6;
  template <typename T>
  static auto make(const Numbers& k) {
    T rate = T(k[0]);
    return [rate, power = T(-k[1]), l1 = T(k[2]), l2 = T(2) * (T(k[3]) + T(k[5]) / (T(2) * rate)),
            shrink = T(2 * k[4])](T& p, T g, T* s) {
      T used = g + shrink * p, sum = s[0] + g * g;
      T now = std::pow(sum, power);
      s[1] += used - (now - std::pow(s[0], power)) / rate * p;
      T clipped = s[1] < -l1 ? -l1 : s[1] > l1 ? l1 : s[1];
      p = (clipped - s[1]) / (now / rate + l2);
      s[0] = sum;
    };
  }
};

// -- From a name to a loop ------------------------------------------------------------------------
template <typename Rule, typename S>
void run(const OptimizerStep& step, const Numbers& numbers) {
  using T = Wide<S>;
  auto body = Rule::template make<T>(numbers);
  T decay = rounded<T>(step.decay), rate = T(numbers[0]);
  parallel_for(step.n, kGrain, [&](int64_t begin, int64_t end) {
    for (; begin < end; begin += kTile) {
      int64_t n = end - begin < kTile ? end - begin : kTile;
      S* value = static_cast<S*>(step.value) + begin;
      const S* gradient = static_cast<const S*>(step.gradient) + begin;
      std::array<S*, 3> slots;
      for (int i = 0; i < 3; ++i) {
        slots[i] = step.slots[i] ? static_cast<S*>(step.slots[i]) + begin : nullptr;
      }
      if (decay != 0) {
        sweep<0>(n, value, gradient, slots, [=](T& p, T, T*) { p -= p * decay * rate; });
      }
      sweep<Rule::slots>(n, value, gradient, slots, body);
    }
  });
}

template <typename Rule>
void dispatch(const OptimizerStep& step, const Numbers& numbers) {
  switch (step.dtype) {
    case DType::kFloat16: return run<Rule, Half>(step, numbers);
    case DType::kBFloat16: return run<Rule, BFloat16>(step, numbers);
    case DType::kFloat32: return run<Rule, float>(step, numbers);
    default: return run<Rule, double>(step, numbers);
  }
}

}  // namespace

struct OptimizerRule {
  const char* name;
  int slots, numbers;
  void (*run)(const OptimizerStep&, const Numbers&);
};

namespace {
template <typename Rule>
constexpr OptimizerRule rule(const char* name) {
  return {name, Rule::slots, Rule::numbers, dispatch<Rule>};
}
constexpr OptimizerRule kRules[] = {
    rule<Sgd>("sgd"),
    rule<Momentum>("momentum"),
    rule<Nesterov>("nesterov"),
    rule<Adam<false>>("adam"),
    rule<Adam<true>>("amsgrad"),
    rule<RmsProp<false, false>>("rmsprop"),
    rule<RmsProp<true, false>>("rmsprop_centered"),
    rule<RmsProp<false, true>>("rmsprop_momentum"),
    rule<RmsProp<true, true>>("rmsprop_centered_momentum"),
    rule<Adagrad>("adagrad"),
    rule<Adadelta>("adadelta"),
    rule<Adamax>("adamax"),
    rule<Nadam>("nadam"),
    rule<Lion>("lion"),
    rule<Ftrl>("ftrl"),
};
}  // namespace

const OptimizerRule* optimizer_rule(std::string_view name) {
  for (const OptimizerRule& r : kRules) {
    if (name == r.name) return &r;
  }
  return nullptr;
}

int slot_count(const OptimizerRule& rule) { return rule.slots; }
int number_count(const OptimizerRule& rule) { return rule.numbers; }

void optimizer_step(const OptimizerRule& rule, const OptimizerStep& step, const Numbers& numbers) {
  if (!is_floating(step.dtype)) {
    fail(ErrorKind::kInvalidDType, "apply_gradients: variables must be floating, got ",
         name_of(step.dtype));
  }
  rule.run(step, numbers);
}

}  // namespace pyten
