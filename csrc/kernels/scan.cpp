// Cumulative sums and products.
#include "kernels/fill.h"
#include "kernels/functors.h"
#include "kernels/threads.h"

namespace pyten::kernels::common {

namespace {

// Running totals of floats are kept wider than their elements and rounded at each store.
template <typename T> struct Total {
  using type = T;
};
template <> struct Total<Half> {
  using type = float;
};
template <> struct Total<BFloat16> {
  using type = float;
};
template <> struct Total<float> {
  using type = double;
};
template <> struct Total<Complex64> {
  using type = Complex128;
};

template <typename A, typename T>
A load(T x) {
  if constexpr (same_v<T, Half> || same_v<T, BFloat16>) return to_float(x);
  else if constexpr (same_v<T, Complex64>) return {x.re, x.im};
  else return A(x);
}
template <typename T, typename A>
T store(A x) {
  if constexpr (same_v<T, Half> || same_v<T, BFloat16>) return from_float<T>(x);
  else if constexpr (same_v<T, Complex64>) return {float(x.re), float(x.im)};
  else return T(x);
}
template <typename A>
A one() {
  if constexpr (same_v<A, Complex64> || same_v<A, Complex128>) return {1, 0};
  else return A(1);
}

template <typename F, typename T>
void scan(const void* px, void* po, int64_t outer, int64_t n, int64_t inner, bool exclusive,
          bool reverse) {
  using A = typename Total<T>::type;
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  const A start = same_v<F, fn::add> ? A{} : one<A>();
  int64_t grain = 1 + (1 << 15) / (n > 0 ? n : 1);
  parallel_for(outer * inner, grain, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      int64_t at = j / inner * n * inner + j % inner, step = inner;
      if (reverse) at += (n - 1) * inner, step = -inner;
      A total = start;
      for (int64_t i = 0; i < n; ++i, at += step) {
        A next = F::template apply<A>(total, load<A>(x[at]));
        out[at] = store<T>(exclusive ? total : next);
        total = next;
      }
    }
  });
}

template <typename F, typename... Ts>
void scan_row(ScanLoop* row) {
  ((row[int(Traits<Ts>::dtype)] = scan<F, Ts>), ...);
}
template <typename F, typename... Ts>
void bits_scan_row(ScanLoop* row) {
  ((row[int(Traits<Ts>::dtype)] = scan<F, bits_t<Ts>>), ...);
}

}  // namespace

void fill_scan(Table& t) {
#define INTS int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
  bits_scan_row<fn::add, INTS>(t.cumsum);
  bits_scan_row<fn::multiply, INTS>(t.cumprod);
  scan_row<fn::add, Half, BFloat16, float, double, Complex64, Complex128>(t.cumsum);
  scan_row<fn::multiply, Half, BFloat16, float, double, Complex64, Complex128>(t.cumprod);
#undef INTS
}

}  // namespace pyten::kernels::common
