// Extremes and their places. The first NaN is the extreme of what it stands in.
#include "kernels/cuda/fill.h"
#include "kernels/cuda/reduce.cuh"
#include "kernels/functors.h"

namespace pyten::kernels::cuda {
namespace {

struct Max {
  static constexpr bool kMeans = false;
  template <typename A> static __device__ A start() { return Traits<A>::lowest; }
  template <typename A> static __device__ A apply(A x, A y) { return fn::maximum::apply<A>(x, y); }
  // Whether v takes the place of `best`, which came before.
  template <typename A> static __device__ bool beats(A v, A best) {
    return int(!(v <= best)) & int(best == best);
  }
};
struct Min {
  static constexpr bool kMeans = false;
  template <typename A> static __device__ A start() { return Traits<A>::highest; }
  template <typename A> static __device__ A apply(A x, A y) { return fn::minimum::apply<A>(x, y); }
  template <typename A> static __device__ bool beats(A v, A best) {
    return int(!(v >= best)) & int(best == best);
  }
};

template <typename V>
struct Best {
  V value;
  int64_t at;  // -1: nothing yet
};

template <typename Op, typename T>
struct Finding {
  using In = T;
  using V = if_t<is_16_bit<T>, float, T>;
  using Total = Best<V>;
  using Out = int64_t;
  static __device__ Total load(T x, int64_t i) {
    if constexpr (is_16_bit<T>) return {to_float(x), i};
    else return {x, i};
  }
  static __device__ Total start() { return {V(0), -1}; }
  static __device__ Total fold(Total x, Total y) {
    if (x.at < 0 || y.at < 0) return x.at < 0 ? y : x;
    bool y_wins = Op::template beats<V>(y.value, x.value);
    bool x_wins = Op::template beats<V>(x.value, y.value);
    if (y_wins == x_wins) return x.at < y.at ? x : y;  // equal, or both NaN
    return y_wins ? y : x;
  }
  static __device__ int64_t finish(Total total, int64_t, bool) { return total.at; }
};

template <typename Op, typename T>
void value_loop(const void* x, void* out, int64_t outer, int64_t n, int64_t inner) {
  run_reduce<Folding<Op, T>>("reduce", x, out, outer, n, inner);
}
template <typename Op, typename T>
void place_loop(const void* x, int64_t* out, int64_t outer, int64_t n, int64_t inner) {
  if (n > 0) run_reduce<Finding<Op, T>>("argmax", x, out, outer, n, inner);
}

template <typename Op, typename... Ts>
void rows(ReduceLoop* values, ArgLoop* places) {
  ((values[int(Traits<Ts>::dtype)] = value_loop<Op, Ts>), ...);
  ((places[int(Traits<Ts>::dtype)] = place_loop<Op, Ts>), ...);
}

}  // namespace

void fill_extremes(Table& t) {
#define REALS                                                                                      \
  int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, Half, BFloat16, float, \
      double
  rows<Max, REALS>(t.reduce[int(Reduce::max)], t.argmax);
  rows<Min, REALS>(t.reduce[int(Reduce::min)], t.argmin);
#undef REALS
  t.argmax[int(DType::kBool)] = place_loop<Max, uint8_t>;
  t.argmin[int(DType::kBool)] = place_loop<Min, uint8_t>;
}

}  // namespace pyten::kernels::cuda
