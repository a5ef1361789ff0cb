// Sorting with vectors that can be compressed: networks for a few hundred bytes, and partitions for
// more. After Bramas, A Novel Hybrid Quicksort Algorithm Vectorized using AVX-512, 2017.
#pragma once

#include "kernels/cpu/gemm_tile.h"

#if defined(__AVX512F__)

namespace pyten::kernels::PYTEN_ISA {

template <typename K> struct KeyVector;
template <> struct KeyVector<uint32_t> {
  static constexpr int kCount = 16;
  using Mask = __mmask16;
  using Lanes = Vector<uint32_t>;
  static __m512i lanes() {
    return _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  }
  static __m512i spread(uint32_t x) { return _mm512_set1_epi32(int(x)); }
  static __m512i min(__m512i a, __m512i b) {
    return __m512i(Lanes(a) < Lanes(b) ? Lanes(a) : Lanes(b));
  }
  static __m512i max(__m512i a, __m512i b) {
    return __m512i(Lanes(a) > Lanes(b) ? Lanes(a) : Lanes(b));
  }
  static __m512i permute(__m512i places, __m512i x) {
    return _mm512_maskz_permutexvar_epi32(Mask(-1), places, x);
  }
  static __m512i blend(Mask m, __m512i a, __m512i b) { return _mm512_mask_mov_epi32(a, m, b); }
  static Mask less(__m512i a, __m512i b) { return _mm512_cmplt_epu32_mask(a, b); }
  static __m512i compress(Mask m, __m512i x) { return _mm512_maskz_compress_epi32(m, x); }
  static __m512i load_part(Mask m, const uint32_t* p) {
    return _mm512_mask_loadu_epi32(spread(~0u), m, p);
  }
  static void store_part(uint32_t* p, Mask m, __m512i x) { _mm512_mask_storeu_epi32(p, m, x); }
};
template <> struct KeyVector<uint64_t> {
  static constexpr int kCount = 8;
  using Mask = __mmask8;
  using Lanes = Vector<uint64_t>;
  static __m512i lanes() { return _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0); }
  static __m512i spread(uint64_t x) { return _mm512_set1_epi64(int64_t(x)); }
  static __m512i min(__m512i a, __m512i b) {
    return __m512i(Lanes(a) < Lanes(b) ? Lanes(a) : Lanes(b));
  }
  static __m512i max(__m512i a, __m512i b) {
    return __m512i(Lanes(a) > Lanes(b) ? Lanes(a) : Lanes(b));
  }
  static __m512i permute(__m512i places, __m512i x) {
    return _mm512_maskz_permutexvar_epi64(Mask(-1), places, x);
  }
  static __m512i blend(Mask m, __m512i a, __m512i b) { return _mm512_mask_mov_epi64(a, m, b); }
  static Mask less(__m512i a, __m512i b) { return _mm512_cmplt_epu64_mask(a, b); }
  static __m512i compress(Mask m, __m512i x) { return _mm512_maskz_compress_epi64(m, x); }
  static __m512i load_part(Mask m, const uint64_t* p) {
    return _mm512_mask_loadu_epi64(spread(~uint64_t(0)), m, p);
  }
  static void store_part(uint64_t* p, Mask m, __m512i x) { _mm512_mask_storeu_epi64(p, m, x); }
};

template <typename K>
inline constexpr int64_t kSmallSort = 8 * KeyVector<K>::kCount;

// Lanes l and l ^ kFlip are compared, and the larger key goes to the higher lane.
template <typename K, int kFlip>
[[gnu::always_inline]] inline __m512i exchange_lanes(__m512i x) {
  using V = KeyVector<K>;
  constexpr auto kHigher = typename V::Mask(kFlip >= 8   ? 0xff00
                                            : kFlip >= 4 ? 0xf0f0
                                            : kFlip >= 2 ? 0xcccc
                                                         : 0xaaaa);
  __m512i y = V::permute(_mm512_xor_si512(V::lanes(), V::spread(kFlip)), x);
  return V::blend(kHigher, V::min(x, y), V::max(x, y));
}
// Sorts lanes that ascend and then descend, or a rotation of that.
template <typename K, int kDistance>
[[gnu::always_inline]] inline __m512i merge_lanes(__m512i x) {
  if constexpr (kDistance > 0) x = merge_lanes<K, kDistance / 2>(exchange_lanes<K, kDistance>(x));
  return x;
}
template <typename K, int kSorted = 1>
[[gnu::always_inline]] inline __m512i sort_lanes(__m512i x) {
  if constexpr (kSorted < KeyVector<K>::kCount) {
    x = exchange_lanes<K, 2 * kSorted - 1>(x);
    x = sort_lanes<K, 2 * kSorted>(merge_lanes<K, kSorted / 2>(x));
  }
  return x;
}

// Sorts runs of 2 kSorted vectors whose halves are sorted, and goes on until kVectors are.
template <typename K, int kVectors, int kSorted = 1>
[[gnu::always_inline]] inline void merge_vectors(__m512i (&x)[kVectors]) {
  if constexpr (kSorted < kVectors) {
    using V = KeyVector<K>;
    const __m512i backwards = _mm512_xor_si512(V::lanes(), V::spread(V::kCount - 1));
    each<kVectors / (2 * kSorted)>([&](auto run) [[gnu::always_inline]] {
      constexpr int kFirst = decltype(run)::value * 2 * kSorted;
      each<(kSorted + 1) / 2>([&](auto i) [[gnu::always_inline]] {
        constexpr int kLow = kFirst + decltype(i)::value, kHigh = kFirst + 2 * kSorted - 1 - i;
        constexpr int kLow2 = kFirst + kSorted - 1 - i, kHigh2 = kFirst + kSorted + i;
        // Pairs from both ends at once, so that each is read before its reverse is written.
        __m512i a = x[kLow], b = V::permute(backwards, x[kHigh]);
        __m512i a2 = x[kLow2], b2 = V::permute(backwards, x[kHigh2]);
        x[kLow] = V::min(a, b);
        x[kLow2] = V::min(a2, b2);
        x[kHigh2] = V::max(a, b);
        x[kHigh] = V::max(a2, b2);
      });
      auto halve = [&]<int kDistance>(auto&& self) [[gnu::always_inline]] {
        if constexpr (kDistance > 0) {
          each<2 * kSorted>([&](auto i) [[gnu::always_inline]] {
            if constexpr ((decltype(i)::value & kDistance) == 0) {
              __m512i a = x[kFirst + i], b = x[kFirst + i + kDistance];
              x[kFirst + i] = V::min(a, b);
              x[kFirst + i + kDistance] = V::max(a, b);
            }
          });
          self.template operator()<kDistance / 2>(self);
        }
      };
      halve.template operator()<kSorted / 2>(halve);
    });
    each<kVectors>([&](auto i) [[gnu::always_inline]] {
      x[i] = merge_lanes<K, KeyVector<K>::kCount / 2>(x[i]);
    });
    merge_vectors<K, kVectors, 2 * kSorted>(x);
  }
}

template <typename K, int kVectors>
[[gnu::noinline]] void sort_network(K* keys, int64_t n) {
  using V = KeyVector<K>;
  using Mask = typename V::Mask;
  __m512i x[kVectors];
  Mask part[kVectors];
  each<kVectors>([&](auto i) [[gnu::always_inline]] {
    int64_t count = n - i * V::kCount;
    part[i] = Mask(count >= V::kCount ? ~0u : count > 0 ? (1u << count) - 1 : 0u);
    x[i] = sort_lanes<K>(V::load_part(part[i], keys + i * V::kCount));
  });
  merge_vectors<K, kVectors>(x);
  each<kVectors>(
      [&](auto i) [[gnu::always_inline]] { V::store_part(keys + i * V::kCount, part[i], x[i]); });
}

// n <= kSmallSort.
template <typename K>
void sort_small(K* keys, int64_t n) {
  constexpr int kCount = KeyVector<K>::kCount;
  if (n < 2) return;
  if (n <= kCount) sort_network<K, 1>(keys, n);
  else if (n <= 2 * kCount) sort_network<K, 2>(keys, n);
  else if (n <= 4 * kCount) sort_network<K, 4>(keys, n);
  else sort_network<K, 8>(keys, n);
}

// About the median: of keys that stand evenly apart.
template <typename K>
K middle_key(const K* keys, int64_t n) {
  constexpr int kSamples = KeyVector<K>::kCount;
  K samples[kSamples];
  for (int i = 0; i < kSamples; ++i) samples[i] = keys[(2 * i + 1) * n / (2 * kSamples)];
  _mm512_storeu_si512(samples, sort_lanes<K>(_mm512_loadu_si512(samples)));
  return samples[kSamples / 2];
}

// Keys below the pivot come first; returns how many they are. n >= 2 kTogether vectors.
//
// kTogether vectors are kept from each end, which leaves room there; then as many are read from the
// end with less room, split and written to both. So whole vectors may be written where parts count:
// keys below the pivot from `low` upwards, the others from `high` downwards.
template <int kTogether, typename K>
int64_t partition_vectors(K* keys, int64_t n, K pivot) {
  using V = KeyVector<K>;
  using Mask = typename V::Mask;
  constexpr int kCount = V::kCount, kStep = kTogether * kCount;
  const __m512i pivots = V::spread(pivot);
  const __m512i backwards = _mm512_xor_si512(V::lanes(), V::spread(kCount - 1));
  int64_t rest = n % kStep, whole = n - rest;
  K last[kStep];
  __builtin_memcpy(last, keys + whole, size_t(rest) * sizeof(K));

  __m512i first[kTogether], end[kTogether];
  each<kTogether>([&](auto i) [[gnu::always_inline]] {
    first[i] = _mm512_loadu_si512(keys + i * kCount);
    end[i] = _mm512_loadu_si512(keys + whole - kStep + i * kCount);
  });
  const K *left = keys + kStep, *right = keys + whole - kStep;
  K *low = keys, *high = keys + whole;
  auto put = [&](__m512i x) [[gnu::always_inline]] {
    Mask below = V::less(x, pivots);
    __m512i lows = V::compress(below, x), highs = V::compress(Mask(~below), x);
    // Together they fill a vector, which may be all the room that is left.
    __m512i both = _mm512_or_si512(lows, V::permute(backwards, highs));
    _mm512_storeu_si512(low, both);
    _mm512_storeu_si512(high - kCount, both);
    int64_t count = __builtin_popcount(below);
    low += count;
    high += count - kCount;
  };
  while (left < right) {
    bool at_right = left - low > high - right;
    right -= at_right ? kStep : 0;
    const K* from = at_right ? right : left;
    left += at_right ? 0 : kStep;
    __m512i x[kTogether];
    each<kTogether>([&](auto i)
                        [[gnu::always_inline]] { x[i] = _mm512_loadu_si512(from + i * kCount); });
    each<kTogether>([&](auto i) [[gnu::always_inline]] { put(x[i]); });
  }
  each<kTogether>([&](auto i) [[gnu::always_inline]] { put(first[i]); });
  each<kTogether>([&](auto i) [[gnu::always_inline]] { put(end[i]); });

  // What did not fill a step: its keys below the pivot go between the two parts.
  K lows[kStep], *above = keys + n;
  int64_t below = 0;
  for (int64_t i = 0; i < rest; ++i) {
    if (last[i] < pivot) lows[below++] = last[i];
    else *--above = last[i];
  }
  int64_t highs = keys + whole - low, moved = below < highs ? below : highs;
  __builtin_memcpy(low + below + highs - moved, low, size_t(moved) * sizeof(K));
  __builtin_memcpy(low, lows, size_t(below) * sizeof(K));
  return low - keys + below;
}

}  // namespace pyten::kernels::PYTEN_ISA

#endif
