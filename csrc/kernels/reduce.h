// Reductions over [outer, n, inner], as far as they do not depend on the op or the dtype.
//
// Results depend on the data and its shape alone, on every level and for any number of threads:
// there are lanes of a fixed number, blocks of a fixed size, and both are combined in fixed order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pyten::kernels {

inline constexpr int64_t kReduceStrip = 512;  // totals that are kept at a time

// What one op does on one dtype. A total is at most 8 bytes.
struct Folder {
  size_t element_size, total_size;
  // `count` rows of n contiguous elements: a total each.
  void (*rows)(const void* x, int64_t count, int64_t n, void* totals);
  // `n` rows, `stride` apart, of `width` <= kReduceStrip columns: a total a column.
  void (*columns)(const void* x, int64_t n, int64_t stride, int64_t width, void* totals);
  // totals[i] op= others[i]
  void (*combine)(void* totals, const void* others, int64_t count);
  // Results from totals of n elements each.
  void (*finish)(const void* totals, int64_t count, int64_t n, void* out);
};

void reduce(const Folder& f, const void* x, void* out, int64_t outer, int64_t n, int64_t inner);

}  // namespace pyten::kernels
