// Vectors as wide as the level's registers, and what the compiler's vector types lack.
#pragma once

#include "kernels/numbers.h"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace pyten::kernels::PYTEN_ISA {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
#else
inline constexpr int kVectorBytes = 16;
#endif

template <typename T, int bytes>
struct VectorOf {
  typedef T type __attribute__((vector_size(bytes)));
  // For memory: needs no alignment. Not for values, which it would keep out of registers.
  typedef T unaligned __attribute__((vector_size(bytes), aligned(alignof(T)), may_alias));
};
template <typename T, int bytes = kVectorBytes>
using Vector = typename VectorOf<T, bytes>::type;

template <typename T>
inline constexpr int kLanes = kVectorBytes / int(sizeof(T));

template <typename T, int bytes = kVectorBytes>
inline Vector<T, bytes> load(const T* p) {
  return *reinterpret_cast<const typename VectorOf<T, bytes>::unaligned*>(p);
}
template <int bytes = kVectorBytes, typename T>
inline void store(T* p, Vector<T, bytes> v) {
  *reinterpret_cast<typename VectorOf<T, bytes>::unaligned*>(p) = v;
}

// a * b + c, rounded once where the level has the instruction; the first n lanes at p, the others 0
// or left alone.
#if defined(__AVX512F__)
inline Vector<float> fma(float a, Vector<float> b, Vector<float> c) {
  return _mm512_fmadd_ps(_mm512_set1_ps(a), b, c);
}
inline Vector<double> fma(double a, Vector<double> b, Vector<double> c) {
  return _mm512_fmadd_pd(_mm512_set1_pd(a), b, c);
}
inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  return _mm512_fmadd_ps(a, b, c);
}
inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  return _mm512_fmadd_pd(a, b, c);
}
inline Vector<float> load_part(const float* p, int n) {
  return _mm512_maskz_loadu_ps(__mmask16((1u << n) - 1), p);
}
inline Vector<double> load_part(const double* p, int n) {
  return _mm512_maskz_loadu_pd(__mmask8((1u << n) - 1), p);
}
inline void store_part(float* p, Vector<float> v, int n) {
  _mm512_mask_storeu_ps(p, __mmask16((1u << n) - 1), v);
}
inline void store_part(double* p, Vector<double> v, int n) {
  _mm512_mask_storeu_pd(p, __mmask8((1u << n) - 1), v);
}
#else
#if defined(__AVX2__)
inline Vector<float> fma(float a, Vector<float> b, Vector<float> c) {
  return _mm256_fmadd_ps(_mm256_set1_ps(a), b, c);
}
inline Vector<double> fma(double a, Vector<double> b, Vector<double> c) {
  return _mm256_fmadd_pd(_mm256_set1_pd(a), b, c);
}
inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  return _mm256_fmadd_ps(a, b, c);
}
inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  return _mm256_fmadd_pd(a, b, c);
}
#elif defined(__aarch64__)
inline Vector<float> fma(float a, Vector<float> b, Vector<float> c) { return vfmaq_n_f32(c, b, a); }
inline Vector<double> fma(double a, Vector<double> b, Vector<double> c) {
  return vfmaq_n_f64(c, b, a);
}
inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) {
  return vfmaq_f32(c, a, b);
}
inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  return vfmaq_f64(c, a, b);
}
#else
template <typename T> inline Vector<T> fma(T a, Vector<T> b, Vector<T> c) { return a * b + c; }
inline Vector<float> fma(Vector<float> a, Vector<float> b, Vector<float> c) { return a * b + c; }
inline Vector<double> fma(Vector<double> a, Vector<double> b, Vector<double> c) {
  return a * b + c;
}
#endif
template <typename T>
inline Vector<T> load_part(const T* p, int n) {
  Vector<T> v{};
  for (int i = 0; i < kLanes<T>; ++i) {
    if (i < n) v[i] = p[i];
  }
  return v;
}
template <typename T>
inline void store_part(T* p, Vector<T> v, int n) {
  for (int i = 0; i < kLanes<T>; ++i) {
    if (i < n) p[i] = v[i];
  }
}
#endif

// Aligned stores that do not read the line first and leave the caches alone, where there are such;
// end_past() before others may see them.
template <typename T>
inline void store_past(T* p, Vector<T> v) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(p), __m512i(v));
#elif defined(__AVX2__)
  _mm256_stream_si256(reinterpret_cast<__m256i*>(p), __m256i(v));
#elif defined(__SSE2__)
  _mm_stream_si128(reinterpret_cast<__m128i*>(p), __m128i(v));
#else
  store(p, v);
#endif
}
inline void end_past() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

// The product of the low halves of each lane.
inline Vector<uint64_t> multiply_low(Vector<uint64_t> a, Vector<uint64_t> b) {
#if defined(__AVX512F__)
  return Vector<uint64_t>(_mm512_maskz_mul_epu32(__mmask8(-1), __m512i(a), __m512i(b)));
#elif defined(__AVX2__)
  return Vector<uint64_t>(_mm256_mul_epu32(__m256i(a), __m256i(b)));
#elif defined(__SSE2__)
  return Vector<uint64_t>(_mm_mul_epu32(__m128i(a), __m128i(b)));
#elif defined(__aarch64__)
  return Vector<uint64_t>(vmull_u32(vmovn_u64(uint64x2_t(a)), vmovn_u64(uint64x2_t(b))));
#else
  return (a & 0xffffffff) * (b & 0xffffffff);
#endif
}

}  // namespace pyten::kernels::PYTEN_ISA
