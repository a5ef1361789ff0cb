// Reductions that need no speed: means of integers, products of complex numbers.
#include "kernels/fill.h"
#include "kernels/threads.h"

namespace pyten::kernels::common {

namespace {

// The exact sum, divided, truncated towards zero; 0 of nothing.
template <typename T>
void integer_mean(const void* px, void* po, int64_t outer, int64_t n, int64_t inner) {
  using Small = if_t<Traits<T>::is_signed, int64_t, uint64_t>;
  using Total = if_t<sizeof(T) == 8, __int128, Small>;
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  parallel_for(outer * inner, 1 + (1 << 15) / (n + 1), [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      const T* from = x + j / inner * n * inner + j % inner;
      Total total = 0;
      for (int64_t i = 0; i < n; ++i) total += from[i * inner];
      out[j] = n > 0 ? T(total / Total(n)) : T(0);
    }
  });
}

template <typename T>
void complex_prod(const void* px, void* po, int64_t outer, int64_t n, int64_t inner) {
  auto x = static_cast<const Complex<T>*>(px);
  auto out = static_cast<Complex<T>*>(po);
  parallel_for(outer * inner, 1 + (1 << 15) / (n + 1), [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      const Complex<T>* from = x + j / inner * n * inner + j % inner;
      Complex<T> total{1, 0};
      for (int64_t i = 0; i < n; ++i) total = total * from[i * inner];
      out[j] = total;
    }
  });
}

template <typename... Ts>
void mean_row(ReduceLoop* row) {
  ((row[int(Traits<Ts>::dtype)] = integer_mean<Ts>), ...);
}

}  // namespace

void fill_reduce_rest(Table& t) {
  mean_row<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t>(t.mean);
  t.reduce[int(Reduce::prod)][int(DType::kComplex64)] = complex_prod<float>;
  t.reduce[int(Reduce::prod)][int(DType::kComplex128)] = complex_prod<double>;
}

}  // namespace pyten::kernels::common
