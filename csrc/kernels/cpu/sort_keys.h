// Sorts of unsigned integer keys, which every other sort is made of. A key has no order but its
// value, so that equal ones cannot be told apart, and results depend on the keys alone.
#pragma once

#include "core/allocator.h"
#include "kernels/cpu/simd.h"
#include "kernels/cpu/sort_vector.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

// Sorts n items by the low `bits` bits of key(item), stable, through `spare` of the same size:
// digits from the lowest. Digits that all items share are passed over.
template <typename Item, typename Key>
void radix_sort(Item* items, Item* spare, int64_t n, int bits, Key key) {
  constexpr int kBits = 8, kDigits = 1 << kBits;
  Item *from = items, *to = spare;
  for (int shift = 0; shift < bits; shift += kBits) {
    int64_t place[kDigits] = {};
    for (int64_t i = 0; i < n; ++i) ++place[key(from[i]) >> shift & (kDigits - 1)];
    if (place[key(from[0]) >> shift & (kDigits - 1)] == n) continue;
    int64_t sum = 0;
    for (int64_t& p : place) {
      int64_t count = p;
      p = sum;
      sum += count;
    }
    for (int64_t i = 0; i < n; ++i) to[place[key(from[i]) >> shift & (kDigits - 1)]++] = from[i];
    Item* t = from;
    from = to, to = t;
  }
  if (from != items) __builtin_memcpy(items, from, size_t(n) * sizeof(Item));
}

template <typename Item, typename Key>
void radix_sort(Item* items, int64_t n, int bits, Key key) {
  size_t nbytes = size_t(n) * sizeof(Item);
  auto spare = static_cast<Item*>(allocate(nbytes));
  radix_sort(items, spare, n, bits, key);
  deallocate(spare, nbytes);
}

template <typename Item, typename Before>
void insertion_sort(Item* items, int64_t n, Before before) {
  for (int64_t i = 1; i < n; ++i) {
    Item item = items[i];
    int64_t j = i;
    for (; j > 0 && before(item, items[j - 1]); --j) items[j] = items[j - 1];
    items[j] = item;
  }
}

inline constexpr int64_t kSortedByInsertion = 32;

#if defined(__AVX512F__)
template <typename K>
int64_t partition_keys(K* keys, int64_t n, K pivot) {
  if (n >= 16 * kSmallSort<K>) return partition_vectors<8>(keys, n, pivot);
  if (n >= kSmallSort<K>) return partition_vectors<4>(keys, n, pivot);
  int64_t below = 0;
  for (int64_t i = 0; i < n; ++i) {
    K key = keys[i];
    keys[i] = keys[below];
    keys[below] = key;
    below += key < pivot;
  }
  return below;
}

template <typename K>
void sort_part(K* keys, int64_t n, int depth) {
  while (n > kSmallSort<K>) {
    if (depth-- == 0) {
      return radix_sort(keys, n, int(sizeof(K)) * 8, [](K key) { return key; });
    }
    K pivot = middle_key(keys, n);
    int64_t below = partition_keys(keys, n, pivot);
    if (below == 0) {  // the pivot is the least: all that equal it are done
      if (pivot == K(-1)) return;
      below = partition_keys(keys, n, K(pivot + 1));
    } else {
      sort_part(keys, below, depth);
    }
    keys += below, n -= below;
  }
  sort_small(keys, n);
}
#else
// About the median: of 15 keys that stand evenly apart.
template <typename K>
K middle_key(const K* keys, int64_t n) {
  constexpr int kSamples = 15;
  K samples[kSamples];
  for (int i = 0; i < kSamples; ++i) samples[i] = keys[(2 * i + 1) * n / (2 * kSamples)];
  insertion_sort(samples, kSamples, [](K a, K b) { return a < b; });
  return samples[kSamples / 2];
}

// Without compress instructions digits are faster than pivots; those serve to share out the work.
template <typename K>
int64_t partition_keys(K* keys, int64_t n, K pivot) {
  int64_t below = 0;
  for (int64_t i = 0; i < n; ++i) {
    K key = keys[i];
    keys[i] = keys[below];
    keys[below] = key;
    below += key < pivot;
  }
  return below;
}
template <typename K>
void sort_part(K* keys, int64_t n, int) {
  if (n <= kSortedByInsertion) return insertion_sort(keys, n, [](K a, K b) { return a < b; });
  radix_sort(keys, n, int(sizeof(K)) * 8, [](K key) { return key; });
}
#endif

// Long rows are cut at pivots until there is a part for every thread, level by level.
template <typename K>
void sort_keys(K* keys, int64_t n) {
  constexpr int64_t kPart = 1 << 12;
  constexpr int kParts = 32;
  int depth = 8;
  for (int64_t rest = n; rest > 1; rest /= 2) depth += 2;
  if (n < 2 * kPart) return sort_part(keys, n, depth);
  int64_t ends[2 * kParts] = {n};
  int parts = 1;
  while (2 * parts <= kParts && n / parts >= 2 * kPart) {
    int64_t cuts[2 * kParts];
    parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        int64_t first = i > 0 ? ends[i - 1] : 0, count = ends[i] - first;
        cuts[2 * i] = first;
        if (count > 0) {
          cuts[2 * i] += partition_keys(keys + first, count, middle_key(keys + first, count));
        }
        cuts[2 * i + 1] = ends[i];
      }
    });
    parts *= 2;
    for (int i = 0; i < parts; ++i) ends[i] = cuts[i];
  }
  parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t first = i > 0 ? ends[i - 1] : 0;
      sort_part(keys + first, ends[i] - first, depth);
    }
  });
}

}  // namespace pyten::kernels::PYTEN_ISA
