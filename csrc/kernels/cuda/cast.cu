// Conversions between dtypes, as on the CPU: integers wrap; floats saturate, and NaN becomes 0,
// where the target is an integer; whatever is not zero is true.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {
namespace {

// The largest value of T that F can represent.
template <typename T, typename F>
constexpr F highest_in() {
  constexpr int kDigits = same_v<F, float> ? 24 : 53;
  constexpr int kBits = int(sizeof(T)) * 8 - (Traits<T>::is_signed ? 1 : 0);
  constexpr int kDrop = kBits > kDigits ? kBits - kDigits : 0;
  return F(T(T(Traits<T>::highest >> kDrop) << kDrop));
}

template <typename To, typename From>
__device__ To real_to(From x) {
  if constexpr (!is_int<From> && is_int<To>) {
    constexpr From high = highest_in<To, From>(), low = From(Traits<To>::lowest);
    From c = x == x ? x : From(0);
    c = c < low ? low : c;
    return c > high ? Traits<To>::highest : To(c);
  } else {
    return To(x);
  }
}

// kTruth: to bool.
template <typename To, bool kTruth>
struct convert {
  template <typename From>
  static __device__ To apply(From x) {
    if constexpr (is_half<From>) return apply(to_float(x));
    else if constexpr (kTruth && is_cplx<From>) return To(int(x.re != 0) | int(x.im != 0));
    else if constexpr (kTruth) return To(x != From(0));
    else if constexpr (is_cplx<To> && is_cplx<From>) return To{real_t<To>(x.re), real_t<To>(x.im)};
    else if constexpr (is_cplx<To>) return To{real_t<To>(x), 0};
    else if constexpr (is_cplx<From>) return apply(x.re);
    else if constexpr (is_half<To> && same_v<From, double>) return from_float<To>(round_to_odd(x));
    else if constexpr (is_half<To> && is_int<From> && sizeof(From) > 2)
      return from_float<To>(round_to_odd(double(x)));
    else if constexpr (is_half<To>) return from_float<To>(float(x));
    else return real_to<To>(x);
  }
};

template <typename From, typename To, bool kTruth>
__global__ void cast_flat(int64_t n, const From* __restrict__ x, To* __restrict__ out) {
  constexpr int k = kWide<From, To>;
  int64_t step = int64_t(gridDim.x) * blockDim.x, packs = n / k;
  int64_t first = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  auto from = reinterpret_cast<const Pack<From, k>*>(x);
  auto to = reinterpret_cast<Pack<To, k>*>(out);
  for (int64_t i = first; i < packs; i += step) {
    Pack<From, k> a = from[i];
    Pack<To, k> r;
#pragma unroll
    for (int j = 0; j < k; ++j) r.v[j] = convert<To, kTruth>::apply(a.v[j]);
    to[i] = r;
  }
  for (int64_t i = packs * k + first; i < n; i += step) {
    out[i] = convert<To, kTruth>::apply(x[i]);
  }
}

template <typename From, typename To, bool kTruth>
__global__ void cast_any(Layout<2> layout, const From* x, To* out) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < layout.n; i += step) {
    int64_t at[2];
    layout.places<false>(i, at);
    out[at[1]] = convert<To, kTruth>::apply(x[at[0]]);
  }
}

template <typename From, typename To, bool kTruth>
void cast_block(int rank, const int64_t* shape, const void* px, const int64_t* sx, void* pout,
                const int64_t* so) {
  Layout<2> layout(rank, shape, {sx, so});
  if (layout.n == 0) return;
  auto x = static_cast<const From*>(px);
  auto out = static_cast<To*>(pout);
  if (layout.flat(0) && layout.flat(1) && aligned16(x) && aligned16(out)) {
    launch("cast", cast_flat<From, To, kTruth>, blocks_for(layout.n / kWide<From, To> + 1),
           kThreads, 0, layout.n, x, out);
  } else {
    launch("cast", cast_any<From, To, kTruth>, blocks_for(layout.n), kThreads, 0, layout, x, out);
  }
}
template <typename From, typename To, bool kTruth>
void cast_loop(int64_t n, const void* x, int64_t sx, void* out, int64_t so) {
  cast_block<From, To, kTruth>(1, &n, x, &sx, out, &so);
}

}  // namespace

void fill_cast(Table& t) {
  each_dtype([&](auto from) {
    each_dtype([&](auto to) {
      using F = decltype(from);
      using G = decltype(to);
      if constexpr (F::dtype != G::dtype) {
        constexpr bool kTruth = G::dtype == DType::kBool;
        using A = typename F::Type;
        using B = typename G::Type;
        t.cast[int(F::dtype)][int(G::dtype)] = {cast_loop<A, B, kTruth>, cast_block<A, B, kTruth>};
      }
    });
  });
}

}  // namespace pyten::kernels::cuda
