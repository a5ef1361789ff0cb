// Stable sorts of rows.
//
// Elements become keys: unsigned integers in the order that is wanted, NaN the last. With its place
// in the low half, a key of 32 bits tells equal elements apart, which makes any sort stable.
#include "kernels/cpu/sort_keys.h"
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

template <typename T> struct KeyOf {  // 8-byte types have keys of 64 bits, all others of 32
  using type = if_t<sizeof(T) == 8, uint64_t, uint32_t>;
};
template <typename T> using key_t = typename KeyOf<T>::type;
template <typename T>
inline constexpr bool is_inexact_v = is_real_float<T> || same_v<T, Half> || same_v<T, BFloat16>;

template <typename T>
auto value_of(T x) {
  if constexpr (same_v<T, Half> || same_v<T, BFloat16>) return to_float(x);
  else return x;
}

// `flip` is all ones for descending order. Zeros of both signs have one key.
template <typename T>
PYTEN_FN key_t<T> key_of(T element, key_t<T> flip) {
  using K = key_t<T>;
  constexpr K kSign = K(1) << (8 * sizeof(K) - 1);
  if constexpr (is_inexact_v<T>) {
    auto x = value_of(element);
    K bits = bit_cast<K>(x + 0);
    K key = bits & kSign ? K(~bits) : K(bits | kSign);
    return x != x ? K(-1) : K(key ^ flip);
  } else if constexpr (Traits<T>::is_signed) {
    return K(K(element) ^ kSign ^ flip);
  } else {
    return K(K(element) ^ flip);
  }
}
template <typename T>
PYTEN_FN T element_of(key_t<T> key, key_t<T> flip) {
  using K = key_t<T>;
  constexpr K kSign = K(1) << (8 * sizeof(K) - 1);
  key ^= flip;
  if constexpr (is_inexact_v<T>) {
    K bits = key & kSign ? K(key ^ kSign) : K(~key);
    if constexpr (same_v<T, double>) return bit_cast<double>(bits);
    else return from_float<T>(bit_cast<float>(bits));
  } else if constexpr (Traits<T>::is_signed) {
    return T(key ^ kSign);
  } else {
    return T(key);
  }
}

// Zeros and NaN that a key does not tell apart, in the order they had.
template <typename T>
void restore(const T* x, T* values, int64_t n) {
  int64_t nans = 0, zero = n;
  for (int64_t i = 0; i < n; ++i) {
    auto v = value_of(x[i]);
    nans += v != v;
  }
  for (int64_t i = 0; i < n && zero == n; ++i) {
    if (value_of(values[i]) == 0) zero = i;
  }
  for (int64_t i = 0, nan = n - nans; i < n; ++i) {
    auto v = value_of(x[i]);
    if (v == 0) values[zero++] = x[i];
    if (v != v) values[nan++] = x[i];
  }
}

constexpr int64_t kKeysPerTile = 1 << 14;

template <typename T>
void sort_values(const T* x, T* values, int64_t n, key_t<T> flip) {
  using K = key_t<T>;
  bool in_place = sizeof(K) == sizeof(T);
  size_t nbytes = in_place ? 0 : size_t(n) * sizeof(K);
  auto keys = reinterpret_cast<K*>(values);
  if (!in_place) keys = static_cast<K*>(allocate(nbytes));
  bool lost = false;  // what the keys do not tell
  parallel_for(n, kKeysPerTile, [&](int64_t begin, int64_t end) {
    int special = 0;
    PYTEN_VECTORIZE
    for (int64_t i = begin; i < end; ++i) {
      if constexpr (is_inexact_v<T>) {
        auto v = value_of(x[i]);
        constexpr K kSign = K(1) << (8 * sizeof(K) - 1);
        special |= int(v != v) | int(bit_cast<K>(v) == kSign);
      }
      keys[i] = key_of<T>(x[i], flip);
    }
    if (special) __atomic_store_n(&lost, true, __ATOMIC_RELAXED);
  });
  sort_keys(keys, n);
  parallel_for(n, kKeysPerTile, [&](int64_t begin, int64_t end) {
    PYTEN_VECTORIZE
    for (int64_t i = begin; i < end; ++i) values[i] = element_of<T>(keys[i], flip);
  });
  if (!in_place) deallocate(keys, nbytes);
  if constexpr (is_inexact_v<T>) {
    if (lost) restore(x, values, n);
  }
}

struct Placed {
  uint64_t key;
  int32_t place;
};

template <typename T>
void sort_places(const T* x, T* values, int32_t* places, int64_t n, key_t<T> flip) {
  if constexpr (sizeof(T) == 8) {
    size_t nbytes = size_t(n) * sizeof(Placed);
    auto items = static_cast<Placed*>(allocate(nbytes));
    for (int64_t i = 0; i < n; ++i) items[i] = {key_of<T>(x[i], flip), int32_t(i)};
    if (n <= kSortedByInsertion) {
      insertion_sort(items, n, [](const Placed& a, const Placed& b) { return a.key < b.key; });
    } else {
      radix_sort(items, n, 64, [](const Placed& item) { return item.key; });
    }
    for (int64_t i = 0; i < n; ++i) places[i] = items[i].place;
    deallocate(items, nbytes);
  } else {
    size_t nbytes = size_t(n) * sizeof(uint64_t);
    auto keys = static_cast<uint64_t*>(allocate(nbytes));
    parallel_for(n, kKeysPerTile, [&](int64_t begin, int64_t end) {
      PYTEN_VECTORIZE
      for (int64_t i = begin; i < end; ++i) {
        keys[i] = uint64_t(key_of<T>(x[i], flip)) << 32 | uint64_t(i);
      }
    });
    sort_keys(keys, n);
    parallel_for(n, kKeysPerTile, [&](int64_t begin, int64_t end) {
      PYTEN_VECTORIZE
      for (int64_t i = begin; i < end; ++i) places[i] = int32_t(keys[i]);
    });
    deallocate(keys, nbytes);
  }
  if (values == nullptr) return;
  parallel_for(n, kKeysPerTile, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) values[i] = x[places[i]];
  });
}

template <typename T>
void sort_rows(const void* px, void* pv, int32_t* places, int64_t rows, int64_t n,
               bool descending) {
  auto x = static_cast<const T*>(px);
  auto values = static_cast<T*>(pv);
  auto flip = key_t<T>(descending ? -1 : 0);
  if (n == 0 || (!values && !places)) return;
  auto row = [&](int64_t r) {
    T* v = values ? values + r * n : nullptr;
    if (places) sort_places(x + r * n, v, places + r * n, n, flip);
    else sort_values(x + r * n, v, n, flip);
  };
  if (rows < 8 && n > kKeysPerTile) {  // long rows are shared out one by one
    for (int64_t r = 0; r < rows; ++r) row(r);
    return;
  }
  parallel_for(rows, 1 + (1 << 12) / n, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) row(r);
  });
}

template <typename... Ts>
void sort_row(SortLoop* row) {
  ((row[int(Traits<Ts>::dtype)] = sort_rows<Ts>), ...);
}

}  // namespace

void fill_sort(Table& t) { sort_row<PYTEN_INTS, Half, BFloat16, float, double>(t.sort); }

}  // namespace pyten::kernels::PYTEN_ISA
