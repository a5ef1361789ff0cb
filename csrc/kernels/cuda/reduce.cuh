// Reductions over [outer, n, inner] in an order that the shape alone decides: same bits each run,
// on every GPU.
//
// A block is tx columns wide, ty lanes deep along n, and tz outer places high. A lane folds every
// ty-th element, the lanes are folded in halves. Where there are too few blocks, n is cut into
// parts whose totals a second launch folds.
#pragma once

#include "kernels/cuda/layout.cuh"
#include "kernels/kernels.h"

namespace pyten::kernels::cuda {

template <typename T> inline constexpr bool is_16_bit = same_v<T, Half> || same_v<T, BFloat16>;

struct ReduceShape {
  int64_t outer, n, inner;
  int64_t chunk, parts;  // elements of n in a part
  int tx, ty, tz;
  bool wide;  // 16 bytes at a time, along n
  bool mean;
  int64_t count;  // elements of a result, for means

  int64_t tiles_x() const { return (inner + tx - 1) / tx; }
  int64_t tiles_z() const { return (outer + tz - 1) / tz; }
  int64_t tiles() const { return tiles_x() * tiles_z() * parts; }
};

inline int64_t power_of_two_from(int64_t n, int64_t most) {
  int64_t p = 1;
  while (p < n && p < most) p *= 2;
  return p;
}

inline ReduceShape reduce_shape(int64_t outer, int64_t n, int64_t inner, int k, bool cuts) {
  constexpr int64_t kEnough = 1024, kPart = 16384;  // blocks, elements of a block
  ReduceShape s{};
  s.outer = outer, s.n = n, s.inner = inner;
  s.chunk = n > 0 ? n : 1, s.parts = 1;
  s.wide = k > 1 && inner == 1 && n % k == 0 && n >= 64 * k;
  s.tx = int(power_of_two_from(inner, 32));
  // Each lane has some elements of its own.
  s.ty = int(power_of_two_from((s.chunk / (s.wide ? k : 1) + 3) / 4, kThreads / s.tx));
  s.tz = kThreads / s.tx / s.ty;
  int64_t tiles = s.tiles_x() * s.tiles_z(), all = n * s.tx;
  if (cuts && tiles < kEnough && all > kPart) {
    int64_t parts = all / kPart, most = kEnough / tiles > 1 ? kEnough / tiles : 1;
    parts = parts < most ? parts : most;
    s.chunk = ((n + parts - 1) / parts + 63) / 64 * 64;
    s.parts = (n + s.chunk - 1) / s.chunk;
  }
  return s;
}

// Policy: In, Total and Out; load(In, place in n), start(), fold(Total, Total), and finish(Total,
// count, mean). With `totals` the results are written there, unfinished.
template <typename Policy>
__global__ void reduce_kernel(ReduceShape s, const typename Policy::In* x,
                              typename Policy::Out* out, typename Policy::Total* totals) {
  using In = typename Policy::In;
  using Total = typename Policy::Total;
  constexpr int k = sizeof(In) < 16 ? int(16 / sizeof(In)) : 1;
  constexpr int kFlight = 4;  // loads under way at once
  __shared__ Total folded[kThreads];
  const int t = threadIdx.x;
  const int lx = t % s.tx, ly = t / s.tx % s.ty, lz = t / (s.tx * s.ty);
  const int64_t tiles_x = (s.inner + s.tx - 1) / s.tx;
  const int64_t tiles = tiles_x * ((s.outer + s.tz - 1) / s.tz) * s.parts;
  for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    int64_t column = tile % tiles_x * s.tx + lx, rest = tile / tiles_x;
    int64_t part = rest % s.parts, o = rest / s.parts * s.tz + lz;
    int64_t first = part * s.chunk, last = first + s.chunk < s.n ? first + s.chunk : s.n;
    bool inside = column < s.inner && o < s.outer;
    Total lanes[kFlight];
#pragma unroll
    for (int j = 0; j < kFlight; ++j) lanes[j] = Policy::start();
    if (inside && k > 1 && s.wide) {
      auto packs = reinterpret_cast<const Pack<In, k>*>(x + o * s.n);
      constexpr int kPacks = 2;
      int64_t i = first / k + ly, end = last / k, step = s.ty;
      for (; i + (kPacks - 1) * step < end; i += kPacks * step) {
        Pack<In, k> a[kPacks];
#pragma unroll
        for (int p = 0; p < kPacks; ++p) a[p] = packs[i + p * step];
#pragma unroll
        for (int p = 0; p < kPacks; ++p) {
#pragma unroll
          for (int j = 0; j < k; ++j) {
            Total& lane = lanes[(p * k + j) % kFlight];
            lane = Policy::fold(lane, Policy::load(a[p].v[j], (i + p * step) * k + j));
          }
        }
      }
      for (; i < end; i += step) {
        Pack<In, k> a = packs[i];
#pragma unroll
        for (int j = 0; j < k; ++j) {
          Total& lane = lanes[j % kFlight];
          lane = Policy::fold(lane, Policy::load(a.v[j], i * k + j));
        }
      }
    } else if (inside) {
      const In* from = x + o * s.n * s.inner + column;
      int64_t i = first + ly, step = s.ty;
      for (; i + (kFlight - 1) * step < last; i += kFlight * step) {
        In a[kFlight];
#pragma unroll
        for (int j = 0; j < kFlight; ++j) a[j] = from[(i + j * step) * s.inner];
#pragma unroll
        for (int j = 0; j < kFlight; ++j) {
          lanes[j] = Policy::fold(lanes[j], Policy::load(a[j], i + j * step));
        }
      }
      for (; i < last; i += step) {
        lanes[0] = Policy::fold(lanes[0], Policy::load(from[i * s.inner], i));
      }
    }
    Total total = Policy::fold(Policy::fold(lanes[0], lanes[1]), Policy::fold(lanes[2], lanes[3]));
    if (s.ty > 1) {
      folded[t] = total;
      for (int half = s.ty / 2; half > 0; half /= 2) {
        __syncthreads();
        if (ly < half) folded[t] = Policy::fold(folded[t], folded[t + half * s.tx]);
      }
      total = folded[t];
    }
    if (inside && ly == 0) {
      if (totals) totals[(o * s.parts + part) * s.inner + column] = total;
      else out[o * s.inner + column] = Policy::finish(total, s.count, s.mean);
    }
    if (s.ty > 1) __syncthreads();
  }
}

// The same over totals.
template <typename Policy>
struct OfTotals : Policy {
  using In = typename Policy::Total;
  static __device__ In load(In x, int64_t) { return x; }
};

template <typename Policy, bool kCuts = true>
void run_reduce(const char* op, const void* px, void* po, int64_t outer, int64_t n, int64_t inner,
                bool mean = false) {
  using In = typename Policy::In;
  using Total = typename Policy::Total;
  if (outer == 0 || inner == 0) return;
  auto x = static_cast<const In*>(px);
  auto out = static_cast<typename Policy::Out*>(po);
  int k = sizeof(In) < 16 && aligned16(x) ? int(16 / sizeof(In)) : 1;
  ReduceShape s = reduce_shape(outer, n, inner, k, kCuts);
  s.mean = mean, s.count = n;
  if (s.parts == 1) {
    launch(op, reduce_kernel<Policy>, blocks_for(s.tiles(), 1), kThreads, 0, s, x, out, nullptr);
    return;
  }
  if constexpr (kCuts) {
    pyten::cuda::Gpu::Scratch scratch(pyten::cuda::current(),
                                      size_t(outer * s.parts * inner) * sizeof(Total));
    auto totals = static_cast<Total*>(scratch.data());
    launch(op, reduce_kernel<Policy>, blocks_for(s.tiles(), 1), kThreads, 0, s, x, out, totals);
    ReduceShape second = reduce_shape(outer, s.parts, inner, 1, false);
    second.mean = mean, second.count = n;
    launch(op, reduce_kernel<OfTotals<Policy>>, blocks_for(second.tiles(), 1), kThreads, 0, second,
           totals, out, nullptr);
  }
}

// -- Policies of values ---------------------------------------------------------------------------
// Totals of 16-bit floats are float.
template <typename Op, typename T, typename A = if_t<is_16_bit<T>, float, T>>
struct Folding {
  using In = T;
  using Total = A;
  using Out = T;
  static __device__ A load(T x, int64_t) {
    if constexpr (is_16_bit<T>) return to_float(x);
    else return A(x);
  }
  static __device__ A start() { return Op::template start<A>(); }
  static __device__ A fold(A x, A y) { return Op::template apply<A>(x, y); }
  static __device__ T finish(A total, int64_t count, bool mean) {
    if constexpr (Op::kMeans) {
      if (mean) {
        if constexpr (!is_16_bit<T> && !is_real_float<T>) {
          return count > 0 ? T(total / A(count)) : T(0);
        } else {
          total = total / A(count);
        }
      }
    }
    if constexpr (is_16_bit<T>) return from_float<T>(total);
    else return T(total);
  }
};

}  // namespace pyten::kernels::cuda
