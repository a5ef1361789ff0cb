// Steps of gradient descent, a variable in one pass over memory.
#include "kernels/cuda/fill.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/layout.cuh"
#include "kernels/optimizer_rules.h"

namespace pyten::kernels::cuda {
namespace {

// The type to compute in, and the way there and back.
template <typename S> using calculated_t = if_t<same_v<S, double>, double, float>;
template <typename S>
__device__ calculated_t<S> load(S x) {
  if constexpr (sizeof(S) == 2) return to_float(x);
  else return x;
}
template <typename S>
__device__ S store(calculated_t<S> x) {
  if constexpr (sizeof(S) == 2) return from_float<S>(x);
  else return x;
}

template <typename Method, typename S>
struct Step {
  using T = calculated_t<S>;
  using Rule = typename Method::template Rule<T>;
  static constexpr int slots = Method::slots;

  // One element at each of `value` and the slots.
  static __device__ void apply(const Rule& rule, T decay, T rate, S& value, S gradient, S* a, S* b,
                               S* c) {
    T p = load(value), s[3] = {};
    if (decay != 0) p = load(store<S>(p - p * decay * rate));
    if constexpr (slots > 0) s[0] = load(*a);
    if constexpr (slots > 1) s[1] = load(*b);
    if constexpr (slots > 2) s[2] = load(*c);
    rule(p, load(gradient), s);
    value = store<S>(p);
    if constexpr (slots > 0) *a = store<S>(s[0]);
    if constexpr (slots > 1) *b = store<S>(s[1]);
    if constexpr (slots > 2) *c = store<S>(s[2]);
  }
};

// 16 bytes at a time where everything is `aligned` to that.
template <typename Method, typename S>
__global__ void step(OptimizerArgs args, typename Step<Method, S>::Rule rule, bool aligned) {
  using One = Step<Method, S>;
  using T = typename One::T;
  constexpr int k = int(16 / sizeof(S));
  static_assert(sizeof(rule) <= sizeof(args.live->rule));
  if (args.live) rule = *reinterpret_cast<const typename One::Rule*>(args.live->rule);
  const T decay = rules::rounded<T>(args.decay);
  const T rate = T(args.live ? args.live->rate : args.numbers[0]);
  auto value = static_cast<Pack<S, k>*>(args.value);
  auto gradient = static_cast<const Pack<S, k>*>(args.gradient);
  Pack<S, k>* slots[3];
  for (int i = 0; i < 3; ++i) slots[i] = static_cast<Pack<S, k>*>(args.slots[i]);
  int64_t stride = int64_t(gridDim.x) * blockDim.x, packs = aligned ? args.n / k : 0;
  int64_t first = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  for (int64_t i = first; i < packs; i += stride) {
    Pack<S, k> p = value[i], g = gradient[i], s[3];
#pragma unroll
    for (int j = 0; j < One::slots; ++j) s[j] = slots[j][i];
#pragma unroll
    for (int j = 0; j < k; ++j) {
      One::apply(rule, decay, rate, p.v[j], g.v[j], &s[0].v[j], &s[1].v[j], &s[2].v[j]);
    }
    value[i] = p;
#pragma unroll
    for (int j = 0; j < One::slots; ++j) slots[j][i] = s[j];
  }
  S* at[3];
  for (int i = 0; i < 3; ++i) at[i] = static_cast<S*>(args.slots[i]);
  for (int64_t i = packs * k + first; i < args.n; i += stride) {
    One::apply(rule, decay, rate, static_cast<S*>(args.value)[i],
               static_cast<const S*>(args.gradient)[i], at[0] + i, at[1] + i, at[2] + i);
  }
}

template <typename Method, typename S>
void run(const OptimizerArgs& args) {
  if (args.n == 0) return;
  bool aligned = aligned16(args.value) && aligned16(args.gradient);
  for (int i = 0; i < Method::slots; ++i) aligned = aligned && aligned16(args.slots[i]);
  const typename Step<Method, S>::Rule rule(args.numbers);
  launch("apply_gradients", step<Method, S>, blocks_for(args.n / int64_t(16 / sizeof(S)) + 1),
         kThreads, 0, args, rule, aligned);
}

template <typename Method>
void row(OptimizerLoop* loops) {
  loops[int(DType::kFloat16)] = run<Method, Half>;
  loops[int(DType::kBFloat16)] = run<Method, BFloat16>;
  loops[int(DType::kFloat32)] = run<Method, float>;
  loops[int(DType::kFloat64)] = run<Method, double>;
}

}  // namespace

void fill_optimizer(Table& t) {
  using namespace rules;
#define PYTEN_OPTIMIZER(name, Method) row<Method>(t.optimizer[int(Optimizer::name)]);
#include "kernels/optimizers.def"
}

}  // namespace pyten::kernels::cuda
