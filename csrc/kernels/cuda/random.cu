// Random numbers: the CPU's streams, so the same numbers. Those that are made of words and of
// products have the same bits; normals have where theirs are made of fused products, as on CPUs
// with fma, and of float's functions.
#include "kernels/cuda/fill.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/layout.cuh"
#include "kernels/random_math.h"

namespace pyten::kernels::cuda {
namespace {

constexpr uint64_t kReservedPerOutput = 256;  // words that TensorFlow sets aside for rejections

// a * b + c, rounded twice: a compiler would fuse it.
__device__ inline float scaled(float a, float b, float c) {
#ifdef __CUDA_ARCH__
  return __fadd_rn(__fmul_rn(a, b), c);
#else
  return a * b + c;
#endif
}
__device__ inline double scaled(double a, double b, double c) {
#ifdef __CUDA_ARCH__
  return __dadd_rn(__dmul_rn(a, b), c);
#else
  return a * b + c;
#endif
}

// -- Numbers from the four words of a block -------------------------------------------------------
// Each: how many a block gives, and the numbers themselves.

// unit * range + lo, each step rounded to T, as TensorFlow composes it of ops.
template <typename T>
struct Uniform {
  static constexpr int count = 4;
  using Number = T;
  float lo, range;
  Uniform(double low, double high)
      : lo(to_float(from_float<T>(float(low)))),
        range(to_float(from_float<T>(to_float(from_float<T>(float(high))) - lo))) {}
  __device__ void operator()(const uint32_t* words, T* out) const {
    for (int i = 0; i < 4; ++i) {
      if constexpr (same_v<T, float>) {
        out[i] = scaled(unit<float>(words + i), range, lo);
      } else {
        T product = from_float<T>(to_float(unit<T>(words + i)) * range);
        out[i] = from_float<T>(to_float(product) + lo);
      }
    }
  }
};
template <>
struct Uniform<double> {
  static constexpr int count = 2;
  using Number = double;
  double lo, range;
  Uniform(double low, double high) : lo(low), range(high - low) {}
  __device__ void operator()(const uint32_t* words, double* out) const {
    for (int i = 0; i < 2; ++i) out[i] = scaled(unit<double>(words + 2 * i), range, lo);
  }
};

// Box-Muller: two independent normals from two words (float) or four (double).
__device__ inline void normal_pair(const uint32_t* words, float* out) {
  constexpr float kTurn = 6.28318530717958647693f;
  float u = unit<float>(words), sine, cosine;
  u = u < 1e-7f ? 1e-7f : u;
  float radius = m::sqrt(-2.0f * log_of(u));
  sin_cos_of(kTurn * unit<float>(words + 1), sine, cosine);
  out[0] = sine * radius;
  out[1] = cosine * radius;
}
__device__ inline void normal_pair(const uint32_t* words, double* out) {
  constexpr double kTurn = 6.28318530717958647693;
  double u = unit<double>(words), angle = kTurn * unit<double>(words + 2);
  u = u < 1e-7 ? 1e-7 : u;
  double radius = m::sqrt(-2.0 * m::log(u));
  out[0] = m::sin(angle) * radius;
  out[1] = m::cos(angle) * radius;
}

template <typename T>
struct Normal {
  static constexpr int count = same_v<T, double> ? 2 : 4;
  using Number = T;
  Normal(double, double) {}
  __device__ void operator()(const uint32_t* words, T* out) const {
    if constexpr (same_v<T, double>) {
      normal_pair(words, out);
    } else {
      float f[4];
      normal_pair(words, f);
      normal_pair(words + 2, f + 2);
      for (int i = 0; i < 4; ++i) out[i] = from_float<T>(f[i]);
    }
  }
};

// In [lo, lo + range), or any when the range is 0.
template <typename T>
struct Integers {
  static constexpr int count = int(16 / sizeof(T));
  using Number = T;
  T lo, range;
  __device__ void operator()(const uint32_t* words, T* out) const {
    for (int i = 0; i < count; ++i) {
      T word = sizeof(T) == 4 ? T(words[i]) : T(words[2 * i] | uint64_t(words[2 * i + 1]) << 32);
      out[i] = range ? T(lo + word % range) : word;
    }
  }
};

template <typename Make>
__global__ void fill_blocks(Philox stream, int64_t n, Make make, typename Make::Number* out) {
  using T = typename Make::Number;
  constexpr int k = Make::count;
  int64_t step = int64_t(gridDim.x) * blockDim.x, blocks = (n + k - 1) / k;
  for (int64_t b = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; b < blocks; b += step) {
    uint32_t words[4];
    philox_words(philox_after(stream, uint64_t(b)), words);
    Pack<T, k> numbers;
    make(words, numbers.v);
    if (n - b * k >= k) {
      reinterpret_cast<Pack<T, k>*>(out)[b] = numbers;
    } else {
      for (int64_t i = b * k; i < n; ++i) out[i] = numbers.v[i - b * k];
    }
  }
}

template <typename Make>
void fill(const char* op, const Philox& stream, int64_t n, Make make, void* out) {
  if (n == 0) return;
  launch(op, fill_blocks<Make>, blocks_for((n + Make::count - 1) / Make::count), kThreads, 0,
         stream, n, make, static_cast<typename Make::Number*>(out));
}

// -- Normals of magnitude below 2; others are drawn again -----------------------------------------
// Each group of outputs has a stretch of the stream of its own, and a thread.
template <typename T>
__global__ void fill_truncated(Philox stream, int64_t n, T* out) {
  using Real = if_t<same_v<T, double>, double, float>;
  constexpr int kGroup = same_v<T, double> ? 2 : 4, kWords = sizeof(Real) / 2;
  constexpr uint64_t kSkip = kGroup * kReservedPerOutput / 4;
  int64_t step = int64_t(gridDim.x) * blockDim.x, groups = (n + kGroup - 1) / kGroup;
  for (int64_t g = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; g < groups; g += step) {
    Philox at = philox_after(stream, uint64_t(g) * kSkip);
    int64_t first = g * kGroup, count = n - first < kGroup ? n - first : kGroup;
    for (int64_t got = 0; got < count; at = philox_after(at, 1)) {
      uint32_t words[4];
      philox_words(at, words);
      for (int w = 0; w < 4; w += kWords) {
        Real pair[2];
        normal_pair(words + w, pair);
        for (int i = 0; i < 2; ++i) {
          if (m::fabs(pair[i]) >= 2 || got == count) continue;
          if constexpr (same_v<T, Real>) out[first + got++] = pair[i];
          else out[first + got++] = from_float<T>(pair[i]);
        }
      }
    }
  }
}

// -- A permutation --------------------------------------------------------------------------------
// The swaps of the CPU's loop, i with target(i) >= i for i = 0, 1, …, as many at once as touch
// places that no earlier one still will (Shun et al., Sequential Random Permutation, List
// Contraction and Tree Contraction are Highly Parallel, 2015): so it is the loop's permutation, in
// about log n rounds. One block does it all, which knows without the host when it has finished.
__device__ inline uint32_t target_of(const Philox& stream, uint32_t n, uint32_t i) {
  uint32_t words[4];
  philox_words(philox_after(stream, i / 4), words);
  return i + words[i % 4] % (n - i);
}

__global__ void shuffle(Philox stream, uint32_t n, int64_t* out, uint32_t* claims,
                        uint32_t* waiting, uint32_t* next) {
  __shared__ uint32_t count;
  for (uint32_t i = threadIdx.x; i < n; i += blockDim.x) {
    out[i] = i;
    claims[i] = 0;
    waiting[i] = i;
  }
  uint32_t left = n - 1;
  while (left > 0) {
    __syncthreads();
    if (threadIdx.x == 0) count = 0;
    for (uint32_t w = threadIdx.x; w < left; w += blockDim.x) {
      uint32_t i = waiting[w];
      atomicMax(&claims[i], n - i);
      atomicMax(&claims[target_of(stream, n, i)], n - i);
    }
    __syncthreads();
    for (uint32_t w = threadIdx.x; w < left; w += blockDim.x) {
      uint32_t i = waiting[w], j = target_of(stream, n, i);
      if (claims[i] == n - i && claims[j] == n - i) {
        int64_t kept = out[i];
        out[i] = out[j];
        out[j] = kept;
      } else {
        next[atomicAdd(&count, 1u)] = i;
      }
    }
    __syncthreads();
    for (uint32_t w = threadIdx.x; w < left; w += blockDim.x) {
      claims[waiting[w]] = 0;
      claims[target_of(stream, n, waiting[w])] = 0;
    }
    left = count;
    uint32_t* spare = waiting;
    waiting = next;
    next = spare;
  }
}

void run_shuffle(const Philox& stream, int64_t n, int64_t* out) {
  if (n == 0) return;
  size_t nbytes = 3 * size_t(n) * sizeof(uint32_t);
  pyten::cuda::Gpu::Scratch scratch(pyten::cuda::current(), nbytes);
  auto words = static_cast<uint32_t*>(scratch.data());
  launch("random_shuffle", shuffle, 1, n < 1024 ? 128 : 1024, 0, stream, uint32_t(n), out, words,
         words + n, words + 2 * n);
}

// -- The table ------------------------------------------------------------------------------------
template <typename T>
void uniform(const Philox& stream, int64_t n, double lo, double hi, void* out) {
  fill("random_uniform", stream, n, Uniform<T>(lo, hi), out);
}
template <typename T>
void normal(const Philox& stream, int64_t n, double lo, double hi, void* out) {
  fill("random_normal", stream, n, Normal<T>(lo, hi), out);
}
template <typename T>
void truncated(const Philox& stream, int64_t n, double, double, void* out) {
  if (n == 0) return;
  launch("random_truncated_normal", fill_truncated<T>, blocks_for((n + 3) / 4), kThreads, 0, stream,
         n, static_cast<T*>(out));
}
template <typename T>
void integers(const Philox& stream, int64_t n, int64_t lo, uint64_t range, void* out) {
  fill("random_integers", stream, n, Integers<T>{T(lo), T(range)}, out);
}

template <typename... Ts>
void rows(Table& t) {
  ((t.random[int(Random::uniform)][int(Traits<Ts>::dtype)] = uniform<Ts>), ...);
  ((t.random[int(Random::normal)][int(Traits<Ts>::dtype)] = normal<Ts>), ...);
  ((t.random[int(Random::truncated_normal)][int(Traits<Ts>::dtype)] = truncated<Ts>), ...);
}

}  // namespace

void fill_random(Table& t) {
  rows<Half, BFloat16, float, double>(t);
  t.integers[int(DType::kInt32)] = t.integers[int(DType::kUInt32)] = integers<uint32_t>;
  t.integers[int(DType::kInt64)] = t.integers[int(DType::kUInt64)] = integers<uint64_t>;
  t.shuffle = run_shuffle;
}

}  // namespace pyten::kernels::cuda
