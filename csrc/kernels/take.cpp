// to[b, i] = from[b, index[b / outer, i]]: slices copied by their places.
#include <algorithm>
#include <cstring>

#include "kernels/fill.h"
#include "kernels/threads.h"

namespace pyten::kernels::common {

namespace {

constexpr int64_t kGrain = 65536;  // bytes worth a thread's while

template <typename T>
void copy_each(const char* from, const int64_t* index, char* to, int64_t count) {
  auto source = reinterpret_cast<const T*>(from);
  auto target = reinterpret_cast<T*>(to);
  for (int64_t i = 0; i < count; ++i) target[i] = source[index[i]];
}

void copy_slices(const char* from, const int64_t* index, char* to, int64_t count, size_t size) {
  switch (size) {
    case 1: return copy_each<uint8_t>(from, index, to, count);
    case 2: return copy_each<uint16_t>(from, index, to, count);
    case 4: return copy_each<uint32_t>(from, index, to, count);
    case 8: return copy_each<uint64_t>(from, index, to, count);
    default:
      for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * size, from + index[i] * size, size);
  }
}

void take(const TakeArgs& a) {
  auto from = static_cast<const char*>(a.from);
  auto to = static_cast<char*>(a.to);
  auto size = int64_t(a.size);
  if (a.blocks == 1) {
    parallel_for(a.count, std::max<int64_t>(1, kGrain / size), [&](int64_t begin, int64_t end) {
      copy_slices(from, a.index + begin, to + begin * size, end - begin, a.size);
    });
    return;
  }
  int64_t grain = std::max<int64_t>(1, kGrain / (size * a.count));
  parallel_for(a.blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      copy_slices(from + b * a.n * size, a.index + b / a.outer * a.count, to + b * a.count * size,
                  a.count, a.size);
    }
  });
}

}  // namespace

void fill_take(Table& t) { t.take = take; }

}  // namespace pyten::kernels::common
