// Stable sorts of rows.
#include <algorithm>
#include <vector>

#include "kernels/fill.h"
#include "kernels/numbers.h"
#include "kernels/threads.h"

namespace pyten::kernels::common {

namespace {

template <typename T>
struct Item {
  T value;
  int32_t place;
};

template <typename T>
auto key(T x) {
  if constexpr (same_v<T, Half> || same_v<T, BFloat16>) return to_float(x);
  else return x;
}

// NaN comes last in both directions.
template <typename T>
bool ascends(T a, T b) {
  auto x = key(a), y = key(b);
  return x < y || (y != y && x == x);
}
template <typename T>
bool descends(T a, T b) {
  auto x = key(a), y = key(b);
  return x > y || (y != y && x == x);
}

template <typename T>
void sort_rows(const void* px, void* pv, int32_t* places, int64_t rows, int64_t n,
               bool descending) {
  auto x = static_cast<const T*>(px);
  auto values = static_cast<T*>(pv);
  int64_t grain = 1 + (1 << 12) / (n > 0 ? n : 1);
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    std::vector<Item<T>> items(static_cast<size_t>(n));
    for (int64_t r = begin; r < end; ++r) {
      for (int64_t i = 0; i < n; ++i) items[i] = {x[r * n + i], int32_t(i)};
      auto sort = [&](auto before) {
        // Equal values keep their places' order, which makes the faster unstable sort stable.
        std::sort(items.begin(), items.end(), [before](const Item<T>& a, const Item<T>& b) {
          if (before(a.value, b.value)) return true;
          if (before(b.value, a.value)) return false;
          return a.place < b.place;
        });
      };
      if (descending) sort([](T a, T b) { return descends(a, b); });
      else sort([](T a, T b) { return ascends(a, b); });
      for (int64_t i = 0; i < n; ++i) {
        if (values) values[r * n + i] = items[i].value;
        if (places) places[r * n + i] = items[i].place;
      }
    }
  });
}

template <typename... Ts>
void sort_row(SortLoop* row) {
  ((row[int(Traits<Ts>::dtype)] = sort_rows<Ts>), ...);
}

}  // namespace

void fill_sort(Table& t) {
  sort_row<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, Half, BFloat16,
           float, double>(t.sort);
}

}  // namespace pyten::kernels::common
