// softmax and log_softmax over rows. The row's maximum is subtracted first.
//
// A short row belongs to some lanes of a warp, which keep it in registers; a longer one to a block,
// which keeps it in shared memory, as far as it fits, and else reads it three times.
#include "kernels/cuda/fill.h"
#include "kernels/cuda/reduce.cuh"
#include "kernels/functors.h"

namespace pyten::kernels::cuda {
namespace {

constexpr int kHeld = 16;                     // elements of a row that a lane keeps
constexpr size_t kShared = size_t(32) << 10;  // bytes of a row in shared memory

template <typename T> using row_t = if_t<same_v<T, double>, double, float>;

template <typename A, typename T>
__device__ A widened(T x) {
  if constexpr (is_16_bit<T>) return to_float(x);
  else return x;
}
template <typename T, typename A>
__device__ T narrowed(A x) {
  if constexpr (is_16_bit<T>) return from_float<T>(x);
  else return x;
}

template <typename A>
struct Greatest {
  static __device__ A fold(A x, A y) { return fn::maximum::apply<A>(x, y); }
};
template <typename A>
struct Total {
  static __device__ A fold(A x, A y) { return x + y; }
};

template <typename A>
__device__ A result(A x, A top, A total, bool log) {
  if (log) return x - top - m::log(total);
  A e = m::exp(x - top), scale = 1 / total;
  return e == 0 ? A(0) : e * scale;
}

// All of `lanes` neighbours of a warp, a power of two, get the same.
template <typename F, typename A>
__device__ A fold_lanes(A x, int lanes) {
  for (int step = lanes / 2; step > 0; step /= 2) {
    x = F::fold(x, __shfl_xor_sync(0xffffffffu, x, step));
  }
  return x;
}

template <typename T>
__global__ void short_rows(const T* x, T* out, int64_t rows, int n, int lanes, bool log) {
  using A = row_t<T>;
  const int lane = int(threadIdx.x) % lanes, together = kThreads / lanes;
  const int64_t step = int64_t(gridDim.x) * together;
  // Every lane takes part in every step, also those without a row.
  for (int64_t first = int64_t(blockIdx.x) * together; first < rows; first += step) {
    int64_t row = first + int(threadIdx.x) / lanes;
    bool inside = row < rows;
    A held[kHeld], top = Traits<A>::lowest;
#pragma unroll
    for (int j = 0; j < kHeld; ++j) {
      int i = lane + j * lanes;
      held[j] = inside && i < n ? widened<A>(x[row * n + i]) : Traits<A>::lowest;
    }
#pragma unroll
    for (int j = 0; j < kHeld; ++j) top = Greatest<A>::fold(top, held[j]);
    top = fold_lanes<Greatest<A>>(top, lanes);
    A total = 0;
#pragma unroll
    for (int j = 0; j < kHeld; ++j) {
      if (lane + j * lanes < n) total += m::exp(held[j] - top);
    }
    total = fold_lanes<Total<A>>(total, lanes);
#pragma unroll
    for (int j = 0; j < kHeld; ++j) {
      int i = lane + j * lanes;
      if (inside && i < n) out[row * n + i] = narrowed<T>(result(held[j], top, total, log));
    }
  }
}

// All threads of the block get the same.
template <typename F, typename A>
__device__ A fold_block(A x, A* scratch) {
  const int t = threadIdx.x;
  x = fold_lanes<F>(x, 32);
  __syncthreads();
  if (t % 32 == 0) scratch[t / 32] = x;
  __syncthreads();
  A total = scratch[0];
  for (int w = 1; w < kThreads / 32; ++w) total = F::fold(total, scratch[w]);
  return total;
}

template <typename T>
__global__ void long_rows(const T* x, T* out, int64_t rows, int64_t n, bool keeps, bool log) {
  using A = row_t<T>;
  __shared__ A scratch[kThreads / 32];
  A* kept = dynamic_shared<A>();
  for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const T* from = x + row * n;
    T* to = out + row * n;
    A top = Traits<A>::lowest;
    for (int64_t i = threadIdx.x; i < n; i += kThreads) {
      A v = widened<A>(from[i]);
      if (keeps) kept[i] = v;
      top = Greatest<A>::fold(top, v);
    }
    top = fold_block<Greatest<A>>(top, scratch);
    A total = 0;
    for (int64_t i = threadIdx.x; i < n; i += kThreads) {
      total += m::exp((keeps ? kept[i] : widened<A>(from[i])) - top);
    }
    total = fold_block<Total<A>>(total, scratch);
    for (int64_t i = threadIdx.x; i < n; i += kThreads) {
      A v = keeps ? kept[i] : widened<A>(from[i]);
      to[i] = narrowed<T>(result(v, top, total, log));
    }
  }
}

template <typename T, bool log>
void rows_loop(const void* px, void* po, int64_t rows, int64_t n) {
  const char* op = log ? "log_softmax" : "softmax";
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  if (rows == 0 || n == 0) return;
  if (n <= 32 * kHeld) {
    int lanes = int(power_of_two_from((n + 3) / 4, 32));
    int64_t together = kThreads / lanes;
    launch(op, short_rows<T>, blocks_for((rows + together - 1) / together, 1), kThreads, 0, x, out,
           rows, int(n), lanes, log);
    return;
  }
  size_t bytes = size_t(n) * sizeof(row_t<T>);
  bool keeps = bytes <= kShared;
  launch(op, long_rows<T>, blocks_for(rows, 1), kThreads, keeps ? bytes : 0, x, out, rows, n, keeps,
         log);
}

template <typename... Ts>
void fill_row(Table& t) {
  ((t.softmax[int(Traits<Ts>::dtype)] = rows_loop<Ts, false>), ...);
  ((t.log_softmax[int(Traits<Ts>::dtype)] = rows_loop<Ts, true>), ...);
}

}  // namespace

void fill_rows(Table& t) { fill_row<Half, BFloat16, float, double>(t); }

}  // namespace pyten::kernels::cuda
