// Conversions between dtypes, as on the CPU: integers wrap; floats saturate, and NaN becomes 0,
// where the target is an integer; whatever is not zero is true.
//
// Elements are widened without loss to one of five types, and converted from there: a kernel for
// each of the five, which branches by the dtypes, instead of one for each pair of dtypes.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {
namespace {

constexpr int kElements = 8;  // that a thread takes at a time

template <typename T>
using widest_t =
    if_t<same_v<T, uint64_t>, uint64_t,
         if_t<is_half<T> || same_v<T, float>, float,
              if_t<same_v<T, double>, double,
                   if_t<same_v<T, Complex64> || same_v<T, Complex128>, Complex128, int64_t>>>>;

template <typename W, typename T>
__device__ W widen(T x) {
  if constexpr (is_half<T>) return to_float(x);
  else if constexpr (same_v<W, Complex128>) return {double(x.re), double(x.im)};
  else return W(x);
}

// The largest value of T that F can represent.
template <typename T, typename F>
constexpr F highest_in() {
  constexpr int kDigits = same_v<F, float> ? 24 : 53;
  constexpr int kBits = int(sizeof(T)) * 8 - (Traits<T>::is_signed ? 1 : 0);
  constexpr int kDrop = kBits > kDigits ? kBits - kDigits : 0;
  return F(T(T(Traits<T>::highest >> kDrop) << kDrop));
}

template <typename To, typename W>
__device__ To narrow(W x) {
  if constexpr (same_v<W, Complex128>) {
    if constexpr (same_v<To, Complex64> || same_v<To, Complex128>) {
      return To{real_t<To>(x.re), real_t<To>(x.im)};
    } else {
      return narrow<To>(x.re);
    }
  } else if constexpr (same_v<To, Complex64> || same_v<To, Complex128>) {
    return To{real_t<To>(x), 0};
  } else if constexpr (is_half<To>) {
    if constexpr (same_v<W, float>) return from_float<To>(x);
    else return from_float<To>(round_to_odd(double(x)));
  } else if constexpr (is_int<To> && !is_int<W>) {
    constexpr W high = highest_in<To, W>(), low = W(Traits<To>::lowest);
    W c = x == x ? x : W(0);
    c = c < low ? low : c;
    return c > high ? Traits<To>::highest : To(c);
  } else {
    return To(x);
  }
}
template <typename W>
__device__ uint8_t truth(W x) {
  if constexpr (same_v<W, Complex128>) return uint8_t(int(x.re != 0) | int(x.im != 0));
  else return x != W(0);
}

// kElements of them, or, if not `wide`, one.
template <typename W>
__device__ void read(const void* x, DType from, int64_t at, bool still, bool wide,
                     Pack<W, kElements>& r) {
  each_dtype([&](auto code) {
    using C = decltype(code);
    using T = typename C::Type;
    if constexpr (same_v<widest_t<T>, W>) {
      if (from != C::dtype) return;
      auto p = static_cast<const T*>(x) + at;
      if (wide) {
        Pack<T, kElements> a = load<kElements>(p, still);
#pragma unroll
        for (int j = 0; j < kElements; ++j) r.v[j] = widen<W>(a.v[j]);
      } else {
        r.v[0] = widen<W>(*p);
      }
    }
  });
}

template <typename W>
__device__ void write(void* out, DType to, int64_t at, bool wide, const Pack<W, kElements>& a) {
  each_dtype([&](auto code) {
    using C = decltype(code);
    using T = typename C::Type;
    if (to != C::dtype) return;
    auto p = static_cast<T*>(out) + at;
    auto one = [](W x) {
      if constexpr (C::dtype == DType::kBool) return truth(x);
      else return narrow<T>(x);
    };
    if (wide) {
      Pack<T, kElements> r;
#pragma unroll
      for (int j = 0; j < kElements; ++j) r.v[j] = one(a.v[j]);
      store(p, r);
    } else {
      *p = one(a.v[0]);
    }
  });
}

template <typename W>
__global__ void cast_kernel(Layout<2> layout, DType from, DType to, const void* x, void* out) {
  int64_t threads = int64_t(gridDim.x) * blockDim.x;
  int64_t first = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  int64_t packed = layout.steps * layout.width;
  bool still = layout.strides[0][0] == 0;
  for (int64_t i = first; i < layout.steps + (layout.n - packed); i += threads) {
    bool wide = layout.width > 1 && i < layout.steps;
    int64_t at[2];
    if (i < layout.steps) {
      layout.places(i, at);
    } else {  // what is left over of one axis
      at[1] = packed + (i - layout.steps);
      at[0] = at[1] * layout.strides[0][0];
    }
    Pack<W, kElements> a;
    read(x, from, at[0], still, wide, a);
    write(out, to, at[1], wide, a);
  }
}

template <typename From, typename To>
void cast_block(int rank, const int64_t* shape, const void* px, const int64_t* sx, void* pout,
                const int64_t* so) {
  using W = widest_t<typename From::Type>;
  auto run = [&](Layout<2> layout, const int64_t(&offsets)[2]) {
    auto x = static_cast<const typename From::Type*>(px) + offsets[0];
    auto out = static_cast<typename To::Type*>(pout) + offsets[1];
    layout.widen(kElements, {x, out}, {sizeof(*x), sizeof(*out)});
    launch("cast", cast_kernel<W>, blocks_for(layout.steps), kThreads, 0, layout, From::dtype,
           To::dtype, x, out);
  };
  in_parts(Layout<2>(rank, shape, {sx, so}), run);
}
template <typename From, typename To>
void cast_loop(int64_t n, const void* x, int64_t sx, void* out, int64_t so) {
  cast_block<From, To>(1, &n, x, &sx, out, &so);
}

}  // namespace

void fill_cast(Table& t) {
  each_dtype([&](auto from) {
    each_dtype([&](auto to) {
      using F = decltype(from);
      using G = decltype(to);
      if constexpr (F::dtype != G::dtype) {
        t.cast[int(F::dtype)][int(G::dtype)] = {cast_loop<F, G>, cast_block<F, G>};
      }
    });
  });
}

}  // namespace pyten::kernels::cuda
