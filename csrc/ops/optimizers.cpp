#include "ops/optimizers.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "core/error.h"
#include "kernels/kernels.h"
#include "kernels/optimizer_rules.h"
#include "kernels/threads.h"
#include "ops/placement.h"

namespace pyten {

namespace {

using kernels::common::BFloat16;
using kernels::common::Half;
namespace rules = kernels::common::rules;

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

// -- From a name to a loop ------------------------------------------------------------------------
template <typename Rule, typename S>
void run(const OptimizerStep& step, const Numbers& numbers) {
  using T = Wide<S>;
  const typename Rule::template Rule<T> body(numbers.data());
  T decay = rules::rounded<T>(step.decay), rate = T(numbers[0]);
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

template <typename Rule>
void make_live(kernels::LiveRule& out, DType dtype, const Numbers& numbers) {
  auto put = [&](auto rule) {
    static_assert(sizeof(rule) <= sizeof(out.rule));
    std::memcpy(out.rule, &rule, sizeof(rule));
  };
  if (dtype == DType::kFloat64) put(typename Rule::template Rule<double>(numbers.data()));
  else put(typename Rule::template Rule<float>(numbers.data()));
}

}  // namespace

struct OptimizerRule {
  const char* name;
  int slots, numbers;
  void (*run)(const OptimizerStep&, const Numbers&);
  void (*live)(kernels::LiveRule&, DType, const Numbers&);
};

namespace {
using namespace rules;
// In the order of kernels::Optimizer.
constexpr OptimizerRule kRules[] = {
#define PYTEN_OPTIMIZER(name, Rule) \
  {#name, Rule::slots, Rule::numbers, dispatch<Rule>, make_live<Rule>},
#include "kernels/optimizers.def"
};

void run_on_device(const OptimizerRule& rule, const OptimizerStep& step, const Numbers& numbers) {
  kernels::OptimizerLoop loop =
      kernels::table(step.device).optimizer[&rule - kRules][int(step.dtype)];
  if (loop == nullptr) {
    fail(ErrorKind::kUnimplemented, "apply_gradients: no kernel of ", rule.name, " for dtype ",
         name_of(step.dtype), " on ", short_name(step.device));
  }
  kernels::OptimizerArgs args{};
  args.n = step.n, args.value = step.value, args.gradient = step.gradient;
  std::copy(step.slots.begin(), step.slots.end(), args.slots);
  std::copy(numbers.begin(), numbers.end(), args.numbers);
  args.decay = step.decay;
  args.live = step.live;
  loop(args);
}
}  // namespace

const OptimizerRule* optimizer_rule(std::string_view name) {
  for (const OptimizerRule& r : kRules) {
    if (name == r.name) return &r;
  }
  return nullptr;
}

kernels::LiveRule live_rule(const OptimizerRule& rule, DType dtype, const Numbers& numbers) {
  kernels::LiveRule out{};
  out.rate = numbers[0];
  rule.live(out, dtype, numbers);
  return out;
}

int slot_count(const OptimizerRule& rule) { return rule.slots; }
int number_count(const OptimizerRule& rule) { return rule.numbers; }

void optimizer_step(const OptimizerRule& rule, const OptimizerStep& step, const Numbers& numbers) {
  if (!is_floating(step.dtype)) {
    fail(ErrorKind::kInvalidDType, "apply_gradients: variables must be floating, got ",
         name_of(step.dtype));
  }
  if (step.device.is_cpu()) rule.run(step, numbers);
  else if (step.n > 0) run_on_device(rule, step, numbers);
}

}  // namespace pyten
