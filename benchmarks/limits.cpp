// What the machine can do: multiply-adds a second, and seconds for the passes over memory that
// large elementwise work consists of. Built by limits.py; `threads` threads, started before the
// clock.
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

#ifdef __SSE__
#include <immintrin.h>
#endif

namespace {

#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

// Seconds from when all threads are ready until the last is done with f(thread).
template <typename F>
double together(int threads, F f) {
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) {
    others.emplace_back([&, t] {
      ++ready;
      while (!go) std::this_thread::yield();
      f(t);
    });
  }
  while (ready < threads - 1) std::this_thread::yield();
  double start = now();
  go = true;
  f(0);
  for (auto& t : others) t.join();
  return now() - start;
}

// Independent chains of multiply-adds, enough to keep every unit busy; the count of operations.
template <typename T>
double multiply_adds(int64_t rounds, volatile T* sink) {
  typedef T Vector __attribute__((vector_size(kBytes)));
  constexpr int kChains = 12;
  constexpr int kLanes = kBytes / int(sizeof(T));
  Vector a[kChains], b, c;
  for (int l = 0; l < kLanes; ++l) b[l] = T(0.999), c[l] = T(1e-3);
  for (int k = 0; k < kChains; ++k)
    for (int l = 0; l < kLanes; ++l) a[k][l] = T(k + l);
  for (int64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (int k = 0; k < kChains; ++k) a[k] = a[k] * b + c;
  }
  for (int k = 1; k < kChains; ++k) a[0] += a[k];
  *sink = a[0][0];
  return 2.0 * kLanes * kChains * double(rounds);
}

template <typename T>
double peak(int threads) {
  constexpr int64_t kRounds = 1 << 20;
  std::vector<double> done(threads);
  std::vector<T> sinks(threads * 64);
  double seconds =
      together(threads, [&](int t) { done[t] = multiply_adds<T>(kRounds, &sinks[t * 64]); });
  double total = 0;
  for (double d : done) total += d;
  return total / seconds;
}

typedef float Floats __attribute__((vector_size(kBytes)));
constexpr int64_t kWide = kBytes / int64_t(sizeof(float));

void stream(Floats* to, Floats v) {
#if defined(__AVX512F__)
  _mm512_stream_ps(reinterpret_cast<float*>(to), __m512(v));
#elif defined(__AVX__)
  _mm256_stream_ps(reinterpret_cast<float*>(to), __m256(v));
#elif defined(__SSE__)
  _mm_stream_ps(reinterpret_cast<float*>(to), __m128(v));
#else
  *to = v;
#endif
}

struct Memory {
  float *a, *b, *c;
};

// Three arrays on huge pages where there are any, each page touched by the thread that uses it.
Memory& memory(int64_t n, int threads) {
  static Memory m{};
  static int64_t have = 0;
  if (have < n) {
    size_t bytes = (size_t(n) * sizeof(float) + (2 << 20) - 1) >> 21 << 21;
    for (float** p : {&m.a, &m.b, &m.c}) {
      std::free(*p);
      *p = static_cast<float*>(std::aligned_alloc(2 << 20, bytes));
      madvise(*p, bytes, MADV_HUGEPAGE);
      float* array = *p;
      together(threads, [&](int t) {
        for (int64_t i = n * t / threads; i < n * (t + 1) / threads; ++i) array[i] = 1.0f;
      });
    }
    have = n;
  }
  return m;
}

}  // namespace

extern "C" {

double peak_float32(int threads) { return peak<float>(threads); }
double peak_float64(int threads) { return peak<double>(threads); }

// Seconds to read `reads` (1 or 2) arrays of n floats and write `writes` (0 or 1): the faster of
// ordinary and non-temporal stores.
double pass(int reads, int writes, int64_t n, int threads) {
  Memory& m = memory(n, threads);
  double best = 1e9;
  for (int streaming = 0; streaming <= writes; ++streaming) {
    std::vector<float> sinks(size_t(threads) * 64);
    best = std::min(best, together(threads, [&](int t) {
                      auto at = [&](int i) { return n * i / threads / (8 * kWide) * (8 * kWide); };
                      int64_t begin = at(t),
                              end = t + 1 == threads ? n / (8 * kWide) * (8 * kWide) : at(t + 1);
                      Floats sum[8] = {};
                      for (int64_t i = begin; i < end; i += 8 * kWide) {
                        for (int k = 0; k < 8; ++k) {
                          auto* a = reinterpret_cast<Floats*>(m.a + i) + k;
                          auto* b = reinterpret_cast<Floats*>(m.b + i) + k;
                          auto* c = reinterpret_cast<Floats*>(m.c + i) + k;
                          Floats v = sum[k];
                          if (reads > 0) v = *a;
                          if (reads > 1) v += *b;
                          if (writes == 0) sum[k] += v;
                          else if (streaming) stream(c, v);
                          else *c = v;
                        }
                      }
                      for (int k = 1; k < 8; ++k) sum[0] += sum[k];
                      sinks[size_t(t) * 64] = sum[0][0];
                    }));
  }
  return best;
}

}  // extern "C"
