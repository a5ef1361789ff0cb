// Sums, products, extremes and means.
#include "kernels/cpu/reduce.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

template <typename Op, typename T>
void reduce_loop(const void* x, void* out, int64_t outer, int64_t n, int64_t inner) {
  reduce(folder<Op, T>, x, out, outer, n, inner);
}
template <typename T>
void mean_loop(const void* x, void* out, int64_t outer, int64_t n, int64_t inner) {
  Folder f = folder<Sum, T>;
  f.finish = finish_mean<T>;
  reduce(f, x, out, outer, n, inner);
}
// Complex sums are those of the real parts and of the imaginary parts.
template <ReduceLoop real>
void complex_loop(const void* x, void* out, int64_t outer, int64_t n, int64_t inner) {
  real(x, out, outer, n, 2 * inner);
}

template <typename Op, typename... Ts>
void row(ReduceLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = reduce_loop<Op, Ts>), ...);
}
template <typename Op, typename... Ts>
void bits_row(ReduceLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = reduce_loop<Op, bits_t<Ts>>), ...);
}

}  // namespace

void fill_reduce(Table& t) {
  auto loops = [&](Reduce op) { return t.reduce[int(op)]; };
  bits_row<Sum, PYTEN_INTS>(loops(Reduce::sum));
  bits_row<Prod, PYTEN_INTS>(loops(Reduce::prod));
  row<Sum, Half, BFloat16, float, double>(loops(Reduce::sum));
  row<Prod, Half, BFloat16, float, double>(loops(Reduce::prod));
  row<Max, PYTEN_INTS, Half, BFloat16, float, double>(loops(Reduce::max));
  row<Min, PYTEN_INTS, Half, BFloat16, float, double>(loops(Reduce::min));
  bits_row<Any, bool>(loops(Reduce::any));
  bits_row<All, bool>(loops(Reduce::all));
  t.reduce[int(Reduce::sum)][int(DType::kComplex64)] = complex_loop<reduce_loop<Sum, float>>;
  t.reduce[int(Reduce::sum)][int(DType::kComplex128)] = complex_loop<reduce_loop<Sum, double>>;
  t.mean[int(DType::kFloat16)] = mean_loop<Half>;
  t.mean[int(DType::kBFloat16)] = mean_loop<BFloat16>;
  t.mean[int(DType::kFloat32)] = mean_loop<float>;
  t.mean[int(DType::kFloat64)] = mean_loop<double>;
  t.mean[int(DType::kComplex64)] = complex_loop<mean_loop<float>>;
  t.mean[int(DType::kComplex128)] = complex_loop<mean_loop<double>>;
}

}  // namespace pyten::kernels::PYTEN_ISA
