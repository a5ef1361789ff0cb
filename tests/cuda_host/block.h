// The kernel language: indices, shared memory, barriers, warps, atomics. The threads of a block run
// one at a time on one host thread; those that wait for each other are fibers (block.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static  // blocks run one after the other
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
#define CUDA_HOST_HIDDEN __attribute__((visibility("hidden")))

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
CUDA_HOST_HIDDEN extern uint3 threadIdx, blockIdx;
CUDA_HOST_HIDDEN extern dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;

namespace cuda_host {

// Runs every thread of every block; `body(data)` is the kernel with its arguments.
void run_grid(const char* op, dim3 blocks, dim3 threads, size_t shared_bytes, void (*body)(void*),
              void* data);
void* dynamic_shared();

// Waits until all threads of the block that have not ended are here.
void wait_block();
// Waits until all lanes of the mask are here.
void wait_warp(unsigned mask);
// This thread's value, at most 16 bytes, is seen by the lanes of its warp until the next call of
// theirs; the one of `source` is copied to `to`. A source outside of the mask ends the process.
void exchange(unsigned mask, const void* value, size_t size, int source, void* to);
int lane();
// The lanes of the mask for which the predicate holds.
unsigned ballot(unsigned mask, bool predicate);
// How many threads of the block the predicate holds for.
int count_block(bool predicate);

}  // namespace cuda_host

inline void __syncthreads() { cuda_host::wait_block(); }
inline int __syncthreads_count(int predicate) { return cuda_host::count_block(predicate != 0); }
inline int __syncthreads_or(int predicate) { return cuda_host::count_block(predicate != 0) > 0; }
inline int __syncthreads_and(int predicate) { return cuda_host::count_block(predicate == 0) == 0; }
inline void __syncwarp(unsigned mask = 0xffffffffu) { cuda_host::wait_warp(mask); }
inline unsigned __ballot_sync(unsigned mask, int predicate) {
  return cuda_host::ballot(mask, predicate != 0);
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, !predicate) == 0; }

// -- Shuffles: within `width` lanes, a power of two; a source outside gives the own value
// ----------
template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  static_assert(std::is_arithmetic_v<T>, "CUDA shuffles numbers alone");
  int first = cuda_host::lane() & ~(width - 1);
  T result;
  cuda_host::exchange(mask, &value, sizeof(T), first + (source & (width - 1)), &result);
  return result;
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  int lane = cuda_host::lane(), first = lane & ~(width - 1), source = lane - int(delta);
  return __shfl_sync(mask, value, source < first ? lane : source, 32);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  int lane = cuda_host::lane(), last = lane | (width - 1), source = lane + int(delta);
  return __shfl_sync(mask, value, source > last ? lane : source, 32);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32) {
  int lane = cuda_host::lane(), last = lane | (width - 1), source = lane ^ lanes;
  return __shfl_sync(mask, value, source > last ? lane : source, 32);
}

// -- Atomics: on integers alone, since results of floats would depend on the order
// ------------------
#define CUDA_HOST_ATOMIC(name, result)                                 \
  template <typename T>                                                \
  T name(T* address, std::type_identity_t<T> value) {                  \
    static_assert(std::is_integral_v<T>, "atomics on integers alone"); \
    T old = *address;                                                  \
    *address = result;                                                 \
    return old;                                                        \
  }
CUDA_HOST_ATOMIC(atomicAdd, T(old + value))
CUDA_HOST_ATOMIC(atomicSub, T(old - value))
CUDA_HOST_ATOMIC(atomicMax, old > value ? old : value)
CUDA_HOST_ATOMIC(atomicMin, old < value ? old : value)
CUDA_HOST_ATOMIC(atomicAnd, T(old& value))
CUDA_HOST_ATOMIC(atomicOr, T(old | value))
CUDA_HOST_ATOMIC(atomicXor, T(old ^ value))
CUDA_HOST_ATOMIC(atomicExch, value)
#undef CUDA_HOST_ATOMIC
template <typename T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  static_assert(std::is_integral_v<T>, "atomics on integers alone");
  T old = *address;
  if (old == expected) *address = value;
  return old;
}
inline void __threadfence() {}
inline void __threadfence_block() {}

// -- Integers and loads ---------------------------------------------------------------------------
inline unsigned __umulhi(unsigned x, unsigned y) { return unsigned(uint64_t(x) * y >> 32); }
inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
  return (unsigned long long)((unsigned __int128)(x)*y >> 64);
}
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x ? __builtin_clz(unsigned(x)) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
template <typename T>
T __ldg(const T* p) {
  return *p;
}
template <typename T>
T __ldcs(const T* p) {
  return *p;
}
template <typename T>
void __stcs(T* p, T value) {
  *p = value;
}
