// Cumulative sums and products. Of an axis with contiguous elements a warp scans 32 at a time and
// carries the total on; along other axes each column is one thread's. Long axes are cut into parts:
// first their totals are found and scanned, then each part begins with what came before it.
#include "kernels/cuda/fill.h"
#include "kernels/cuda/reduce.cuh"
#include "kernels/functors.h"

namespace pyten::kernels::cuda {
namespace {

constexpr int64_t kPartElements = 1024;

// Running totals of 16-bit floats are float, and rounded at each store.
template <typename T> using total_t = if_t<is_16_bit<T>, float, T>;

template <typename A, typename T>
__device__ A widened(T x) {
  if constexpr (is_16_bit<T>) return to_float(x);
  else return x;
}
template <typename T, typename A>
__device__ T narrowed(A x) {
  if constexpr (is_16_bit<T> && !is_16_bit<A>) return from_float<T>(x);
  else return x;
}
template <typename F, typename A>
__device__ A neutral() {
  if constexpr (same_v<F, fn::add>) return A{};
  else if constexpr (same_v<A, Complex64> || same_v<A, Complex128>) return A{1, 0};
  else return A(1);
}
template <typename A>
__device__ A shift_up(A x, int lanes) {
  if constexpr (same_v<A, Complex64> || same_v<A, Complex128>) {
    return {__shfl_up_sync(0xffffffffu, x.re, lanes), __shfl_up_sync(0xffffffffu, x.im, lanes)};
  } else if constexpr (sizeof(A) < 4) {
    return A(__shfl_up_sync(0xffffffffu, uint32_t(x), lanes));
  } else {
    return __shfl_up_sync(0xffffffffu, x, lanes);
  }
}
template <typename A>
__device__ A last_lane(A x) {
  if constexpr (same_v<A, Complex64> || same_v<A, Complex128>) {
    return {__shfl_sync(0xffffffffu, x.re, 31), __shfl_sync(0xffffffffu, x.im, 31)};
  } else if constexpr (sizeof(A) < 4) {
    return A(__shfl_sync(0xffffffffu, uint32_t(x), 31));
  } else {
    return __shfl_sync(0xffffffffu, x, 31);
  }
}

struct ScanShape {
  int64_t outer, n, inner, chunk, parts;
  bool exclusive, reverse;
};

// `carries`, where not null, is what each part begins with; `totals`, where not null, gets what it
// ends with, and out nothing. Both [outer, parts, inner], parts in the order of the scan.
template <typename F, typename T>
__global__ void scan_rows(ScanShape s, const T* x, T* out, const total_t<T>* carries,
                          total_t<T>* totals) {
  using A = total_t<T>;
  const int lane = int(threadIdx.x) % 32, together = kThreads / 32;
  const int64_t step = int64_t(gridDim.x) * together, all = s.outer * s.parts;
  for (int64_t j = int64_t(blockIdx.x) * together + int(threadIdx.x) / 32; j < all; j += step) {
    int64_t o = j / s.parts, first = j % s.parts * s.chunk;
    int64_t last = first + s.chunk < s.n ? first + s.chunk : s.n;
    A carry = carries ? carries[j] : neutral<F, A>();
    for (int64_t tile = first; tile < last; tile += 32) {
      int64_t i = tile + lane;
      int64_t at = o * s.n + (s.reverse ? s.n - 1 - i : i);
      A before = i < last ? widened<A>(x[at]) : neutral<F, A>();
      for (int d = 1; d < 32; d *= 2) {
        A other = shift_up(before, d);
        if (lane >= d) before = F::template apply<A>(other, before);
      }
      A total = F::template apply<A>(carry, before);
      A previous = shift_up(total, 1);
      if (lane == 0) previous = carry;
      if (i < last && !totals) out[at] = narrowed<T>(s.exclusive ? previous : total);
      carry = last_lane(total);
    }
    if (totals && lane == 0) totals[j] = carry;
  }
}

template <typename F, typename T>
__global__ void scan_columns(ScanShape s, const T* x, T* out, const total_t<T>* carries,
                             total_t<T>* totals) {
  using A = total_t<T>;
  const int64_t step = int64_t(gridDim.x) * blockDim.x, all = s.outer * s.parts * s.inner;
  for (int64_t j = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; j < all; j += step) {
    int64_t column = j % s.inner, rest = j / s.inner;
    int64_t o = rest / s.parts, first = rest % s.parts * s.chunk;
    int64_t last = first + s.chunk < s.n ? first + s.chunk : s.n;
    A total = carries ? carries[j] : neutral<F, A>();
    for (int64_t i = first; i < last; ++i) {
      int64_t at = (o * s.n + (s.reverse ? s.n - 1 - i : i)) * s.inner + column;
      A next = F::template apply<A>(total, widened<A>(x[at]));
      if (!totals) out[at] = narrowed<T>(s.exclusive ? total : next);
      total = next;
    }
    if (totals) totals[j] = total;
  }
}

template <typename F, typename T>
void run(const ScanShape& s, const T* x, T* out, const total_t<T>* carries, total_t<T>* totals) {
  if (s.inner == 1) {
    int64_t warps = s.outer * s.parts;
    launch("scan", scan_rows<F, T>, blocks_for((warps + 7) / 8, 1), kThreads, 0, s, x, out, carries,
           totals);
  } else {
    launch("scan", scan_columns<F, T>, blocks_for(s.outer * s.parts * s.inner), kThreads, 0, s, x,
           out, carries, totals);
  }
}

template <typename F, typename T>
void scan(const void* px, void* po, int64_t outer, int64_t n, int64_t inner, bool exclusive,
          bool reverse) {
  using A = total_t<T>;
  if (outer == 0 || n == 0 || inner == 0) return;
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  ScanShape s{outer, n, inner, n, 1, exclusive, reverse};
  int64_t length = inner == 1 ? kPartElements : kPartElements / 4;
  if (n < 4 * length || outer * inner >= (1 << 16)) {
    return run<F, T>(s, x, out, nullptr, nullptr);
  }
  s.chunk = length;
  s.parts = (n + length - 1) / length;
  auto count = size_t(outer * s.parts * inner);
  auto& gpu = pyten::cuda::current();
  pyten::cuda::Gpu::Scratch totals_of(gpu, count * sizeof(A)), carries_of(gpu, count * sizeof(A));
  auto totals = static_cast<A*>(totals_of.data()), carries = static_cast<A*>(carries_of.data());
  run<F, T>(s, x, out, nullptr, totals);
  scan<F, A>(totals, carries, outer, s.parts, inner, true, false);
  run<F, T>(s, x, out, carries, nullptr);
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

}  // namespace pyten::kernels::cuda
