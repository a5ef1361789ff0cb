// Sums, products and means; any and all.
#include "kernels/cuda/reduce.cuh"

#include "kernels/cuda/fill.h"
#include "kernels/functors.h"

namespace pyten::kernels::cuda {
namespace {

struct Sum {
  static constexpr bool kMeans = true;
  template <typename A> static __device__ A start() { return A(0); }
  template <typename A> static __device__ A apply(A x, A y) { return A(x + y); }
};
struct Prod {
  static constexpr bool kMeans = false;
  template <typename A> static __device__ A start() {
    if constexpr (same_v<A, Complex64> || same_v<A, Complex128>) return A{1, 0};
    else return A(1);
  }
  template <typename A> static __device__ A apply(A x, A y) { return fn::multiply::apply<A>(x, y); }
};
struct Any {
  static constexpr bool kMeans = false;
  template <typename A> static __device__ A start() { return 0; }
  template <typename A> static __device__ A apply(A x, A y) { return x | y; }
};
struct All {
  static constexpr bool kMeans = false;
  template <typename A> static __device__ A start() { return 1; }
  template <typename A> static __device__ A apply(A x, A y) { return x & y; }
};

template <typename Op, typename T, bool kMean = false>
void value_loop(const void* x, void* out, int64_t outer, int64_t n, int64_t inner) {
  run_reduce<Folding<Op, T>>(kMean ? "reduce_mean" : "reduce", x, out, outer, n, inner, kMean);
}
// The exact sum, divided, truncated towards zero. In one launch: of these no speed is expected.
template <typename T>
void integer_mean(const void* x, void* out, int64_t outer, int64_t n, int64_t inner) {
  using Small = if_t<Traits<T>::is_signed, int64_t, uint64_t>;
  using Total = if_t<sizeof(T) == 8, __int128, Small>;
  run_reduce<Folding<Sum, T, Total>, false>("reduce_mean", x, out, outer, n, inner, true);
}
// Complex sums are those of the real parts and of the imaginary parts.
template <ReduceLoop real>
void complex_loop(const void* x, void* out, int64_t outer, int64_t n, int64_t inner) {
  real(x, out, outer, n, 2 * inner);
}

template <typename Op, typename... Ts>
void row(ReduceLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = value_loop<Op, Ts>), ...);
}
template <typename Op, typename... Ts>
void bits_row(ReduceLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = value_loop<Op, bits_t<Ts>>), ...);
}
template <typename... Ts>
void mean_row(ReduceLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = value_loop<Sum, Ts, true>), ...);
}
template <typename... Ts>
void integer_mean_row(ReduceLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = integer_mean<Ts>), ...);
}

}  // namespace

void fill_reduce(Table& t) {
#define INTS int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
#define FLOATS Half, BFloat16, float, double
  auto loops = [&](Reduce op) { return t.reduce[int(op)]; };
  bits_row<Sum, INTS>(loops(Reduce::sum));
  bits_row<Prod, INTS>(loops(Reduce::prod));
  row<Sum, FLOATS>(loops(Reduce::sum));
  row<Prod, FLOATS, Complex64, Complex128>(loops(Reduce::prod));
  bits_row<Any, bool>(loops(Reduce::any));
  bits_row<All, bool>(loops(Reduce::all));
  loops(Reduce::sum)[int(DType::kComplex64)] = complex_loop<value_loop<Sum, float>>;
  loops(Reduce::sum)[int(DType::kComplex128)] = complex_loop<value_loop<Sum, double>>;
  mean_row<FLOATS>(t.mean);
  integer_mean_row<INTS>(t.mean);
  t.mean[int(DType::kComplex64)] = complex_loop<value_loop<Sum, float, true>>;
  t.mean[int(DType::kComplex128)] = complex_loop<value_loop<Sum, double, true>>;
#undef INTS
#undef FLOATS
  fill_extremes(t);
}

}  // namespace pyten::kernels::cuda
