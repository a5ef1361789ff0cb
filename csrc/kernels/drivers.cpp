// From N-dimensional operands to one-dimensional loops.
//
// Axes are sorted by the output's strides and merged where every operand allows it. Of what is
// left, one axis (`column`) goes to the loop and a second (`row`) forms tiles with it, so that a
// transposed operand is read from the cache; the others are counted through. Tiles are shared out
// to threads; their bounds depend on the shapes alone.
#include <atomic>
#include <bit>
#include <utility>

#include "core/error.h"
#include "kernels/parts.h"
#include "kernels/threads.h"
#include "kernels/watch.h"

namespace pyten::kernels {

PYTEN_THREAD_LOCAL Watch* t_watch = nullptr;

namespace {

constexpr int kMaxRank = 64;
constexpr int64_t kTile = 1 << 15;  // elements worth a thread's while
constexpr int64_t kShort = 8;       // a loop over fewer elements is mostly overhead
constexpr int64_t kTransposeRows = 32, kTransposeColumns = 64;
constexpr int64_t kTurnRows = 512, kTurnColumns = 32;  // where the level has a loop for tiles
// Results of so many bytes are written past the caches, which would read each line before writing
// it and could not keep it.
constexpr int64_t kStreamFrom = 16 << 20;
constexpr int64_t kStreamBlock = 8192;  // bytes that are made in the cache before they are moved

struct Operand {
  char* data;
  int64_t size;
  const int64_t* strides;  // of the caller's axes
};

template <int K>
struct Axis {
  int64_t n;
  int64_t strides[K];  // of the output last
};

int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

template <int K>
struct Plan {
  Axis<K> axes[kMaxRank];  // innermost first
  int rank = 0;
  Axis<K> row, column;
  int64_t rows = 1, columns = 1;  // of a tile
  int64_t tiles = 1;
  int64_t size = 1;     // elements
  bool turned = false;  // row and column are those of a transposed operand

  // False if there is nothing to do.
  bool collect(int caller_rank, const int64_t* shape, const Operand (&operands)[K]) {
    if (caller_rank > kMaxRank) {
      fail(ErrorKind::kUnimplemented, "tensors of rank ", caller_rank, ": the most is ", kMaxRank);
    }
    for (int d = caller_rank - 1; d >= 0; --d) {
      if (shape[d] == 0) return false;
      if (shape[d] == 1) continue;
      size *= shape[d];
      Axis<K> axis;
      axis.n = shape[d];
      for (int k = 0; k < K; ++k) axis.strides[k] = operands[k].strides[d];
      int at = rank++;
      int64_t step = magnitude(axis.strides[K - 1]);
      for (; at > 0 && magnitude(axes[at - 1].strides[K - 1]) > step; --at) axes[at] = axes[at - 1];
      axes[at] = axis;
    }
    if (rank < 2) return true;
    int kept = 0;
    for (int d = 1; d < rank; ++d) {
      Axis<K>& inner = axes[kept];
      bool merges = true;
      for (int k = 0; k < K; ++k) {
        merges = merges && axes[d].strides[k] == inner.strides[k] * inner.n;
      }
      if (merges) inner.n *= axes[d].n;
      else axes[++kept] = axes[d];
    }
    rank = kept + 1;
    return true;
  }

  // The axis along which an operand that is strided along axis 0 is contiguous; -1 if none is.
  int transposed_axis() const {
    for (int k = 0; k < K - 1; ++k) {
      if (magnitude(axes[0].strides[k]) < 2) continue;
      for (int d = 1; d < rank; ++d) {
        if (magnitude(axes[d].strides[k]) == 1) return d;
      }
    }
    return -1;
  }

  void take(int c, int r) {
    column = axes[c];
    row = axes[r];
    int kept = 0;
    for (int d = 0; d < rank; ++d) {
      if (d != c && d != r) axes[kept++] = axes[d];
    }
    rank = kept;
  }

  void choose() {
    row.n = 1;
    for (int k = 0; k < K; ++k) row.strides[k] = 0;
    if (rank == 0) {
      column = row;
      return;
    }
    if (rank == 1) {
      column = axes[0];
      rank = 0;
      columns = column.n < kTile ? column.n : kTile;
      tiles = (column.n - 1) / columns + 1;
      return;
    }
    int longest = 0, transposed = -1;
    for (int d = 1; d < rank; ++d) {
      if (axes[d].n > axes[longest].n) longest = d;
    }
    if (axes[0].n < kShort && axes[longest].n > 2 * axes[0].n) {
      take(longest, 0);
      columns = kTile / 16;
      rows = row.n;
    } else if ((transposed = transposed_axis()) > 0) {
      take(0, transposed);
      turned = true;
      rows = kTransposeRows, columns = kTransposeColumns;
    } else {
      take(0, 1);
      columns = column.n < kTile ? column.n : kTile;
      rows = kTile / columns;
    }
    cut(rows, columns);
  }

  void cut(int64_t most_rows, int64_t most_columns) {
    rows = most_rows < row.n ? most_rows : row.n;
    columns = most_columns < column.n ? most_columns : column.n;
    tiles = ((row.n - 1) / rows + 1) * ((column.n - 1) / columns + 1);
    for (int d = 0; d < rank; ++d) tiles *= axes[d].n;
  }

  // call(rows, columns, data) for each tile.
  template <typename Call>
  void each_tile(const Operand (&operands)[K], int64_t begin, int64_t end, Call call) const {
    int64_t across = (column.n - 1) / columns + 1, down = (row.n - 1) / rows + 1;
    int64_t index[kMaxRank];
    int64_t c = begin % across, rest = begin / across;
    int64_t r = rest % down;
    rest /= down;
    for (int d = 0; d < rank; ++d) {
      index[d] = rest % axes[d].n;
      rest /= axes[d].n;
    }
    for (int64_t tile = begin; tile < end; ++tile) {
      int64_t first_row = r * rows, first_column = c * columns;
      int64_t last_row = first_row + rows < row.n ? first_row + rows : row.n;
      int64_t n = column.n - first_column < columns ? column.n - first_column : columns;
      char* data[K];
      for (int k = 0; k < K; ++k) {
        int64_t offset = first_row * row.strides[k] + first_column * column.strides[k];
        for (int d = 0; d < rank; ++d) offset += index[d] * axes[d].strides[k];
        data[k] = operands[k].data + offset * operands[k].size;
      }
      call(last_row - first_row, n, data);
      if (++c < across) continue;
      c = 0;
      if (++r < down) continue;
      r = 0;
      for (int d = 0; d < rank && ++index[d] == axes[d].n; ++d) index[d] = 0;
    }
  }

  template <typename Call>
  void run_tiles(const Operand (&operands)[K], int64_t begin, int64_t end, Call call) const {
    each_tile(operands, begin, end, [&](int64_t count, int64_t n, char** data) {
      for (int64_t i = 0; i < count; ++i) {
        call(n, data, column.strides);
        for (int k = 0; k < K; ++k) data[k] += row.strides[k] * operands[k].size;
      }
    });
  }

  // The same, with results made a block at a time in the cache.
  template <typename Call>
  void stream_tiles(const Operand (&operands)[K], int64_t begin, int64_t end, StreamLoop stream,
                    Call call) const {
    alignas(64) char block[kStreamBlock];
    const int64_t size_out = operands[K - 1].size, most = kStreamBlock / size_out;
    run_tiles(operands, begin, end, [&](int64_t n, char* const* data, const int64_t* strides) {
      char* at[K];
      for (int k = 0; k < K; ++k) at[k] = data[k];
      at[K - 1] = block;
      for (int64_t i = 0; i < n; i += most) {
        int64_t count = n - i < most ? n - i : most;
        call(count, at, strides);
        stream(block, data[K - 1] + i * size_out, count * size_out);
        for (int k = 0; k < K - 1; ++k) at[k] += count * strides[k] * operands[k].size;
      }
    });
    std::atomic_thread_fence(
        std::memory_order_seq_cst);  // drains what stream() has not written yet
  }
};

template <int K, typename Call>
void run(int rank, const int64_t* shape, const Operand (&operands)[K], Call call,
         bool may_stream = true) {
  Plan<K> plan;
  if (!plan.collect(rank, shape, operands)) return;
  plan.choose();
  if (plan.tiles == 1) return plan.run_tiles(operands, 0, 1, call);
  int64_t grain = kTile / (plan.rows * plan.columns);
  if (plan.size * operands[K - 1].size >= kStreamFrom && plan.column.strides[K - 1] == 1 &&
      plan.columns * operands[K - 1].size >= kStreamBlock && may_stream) {
    if (StreamLoop stream = cpu_parts().stream) {
      return parallel_for(plan.tiles, grain, [&](int64_t begin, int64_t end) {
        plan.stream_tiles(operands, begin, end, stream, call);
      });
    }
  }
  parallel_for(plan.tiles, grain,
               [&](int64_t begin, int64_t end) { plan.run_tiles(operands, begin, end, call); });
}

// The watch that asked for this call of a driver, if one did; it then looks at every run of
// elements, so the output must consist of such runs.
Watch* take_watch(int rank, const int64_t* shape, const int64_t* so, const void* out) {
  Watch* watch = t_watch;
  if (watch == nullptr) [[likely]]
    return nullptr;
  watch->data = nullptr;
  if (!watch->next) return nullptr;
  int64_t step = 1;
  bool dense = true;
  for (int d = rank - 1; d >= 0; --d) {
    dense = dense && (shape[d] == 1 || so[d] == step);
    step *= shape[d];
  }
  if (!dense) {
    watch->next.reset();
    return nullptr;
  }
  watch->data = out;
  watch->found.store(false, std::memory_order_relaxed);
  return watch;
}

void look(Watch* watch, DType dtype, const char* data, int64_t n, int64_t stride, size_t size) {
  if (stride == 1 || n == 1) {
    if (watch->finite(data, n * int64_t(size), dtype)) return;
    watch->found.store(true, std::memory_order_relaxed);
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    if (watch->finite(data + i * stride * int64_t(size), int64_t(size), dtype)) continue;
    watch->found.store(true, std::memory_order_relaxed);
  }
}

// Whether x, a transposed view of `size`-byte elements, was copied by a level's own loop.
bool turn(int rank, const int64_t* shape, const Operand (&operands)[2]) {
  int64_t size = operands[1].size;
  if (rank < 2 || operands[0].size != size || size > 16) return false;
  TransposeLoop loop = cpu_parts().transpose[std::countr_zero(uint64_t(size))];
  Plan<2> plan;
  if (!loop || !plan.collect(rank, shape, operands)) return false;
  plan.choose();
  if (!plan.turned || plan.row.strides[0] != 1 || plan.column.strides[1] != 1) return false;
  plan.cut(kTurnRows, kTurnColumns);
  bool past = plan.size * size >= kStreamFrom;
  int64_t grain = kTile / (plan.rows * plan.columns);
  parallel_for(plan.tiles, grain, [&](int64_t begin, int64_t end) {
    plan.each_tile(operands, begin, end, [&](int64_t rows, int64_t columns, char** data) {
      loop(rows, columns, data[0], plan.column.strides[0], data[1], plan.row.strides[1], past);
    });
  });
  return true;
}

char* bytes(const void* p) { return static_cast<char*>(const_cast<void*>(p)); }

}  // namespace

void run_unary(UnaryKernel kernel, int rank, const int64_t* shape, const void* x, const int64_t* sx,
               size_t size_x, void* out, const int64_t* so, size_t size_out) {
  if (kernel.block) [[unlikely]]
    return kernel.block(rank, shape, x, sx, out, so);
  UnaryLoop loop = kernel.loop;
  const Operand operands[] = {{bytes(x), int64_t(size_x), sx}, {bytes(out), int64_t(size_out), so}};
  if (Watch* watch = take_watch(rank, shape, so, out)) [[unlikely]] {
    DType dtype = *std::exchange(watch->next, std::nullopt);
    return run(
        rank, shape, operands,
        [=](int64_t n, char* const* data, const int64_t* strides) {
          loop(n, data[0], strides[0], data[1], strides[1]);
          look(watch, dtype, data[1], n, strides[1], size_out);
        },
        false);
  }
  if (size_x == size_out && loop == cpu().copy[std::countr_zero(size_out)] &&
      turn(rank, shape, operands)) {
    return;
  }
  run(rank, shape, operands, [loop](int64_t n, char* const* data, const int64_t* strides) {
    loop(n, data[0], strides[0], data[1], strides[1]);
  });
}

void run_binary(BinaryKernel kernel, int rank, const int64_t* shape, const void* x,
                const int64_t* sx, const void* y, const int64_t* sy, size_t size_in, void* out,
                const int64_t* so, size_t size_out) {
  if (kernel.block) [[unlikely]]
    return kernel.block(rank, shape, x, sx, y, sy, out, so);
  BinaryLoop loop = kernel.loop;
  const Operand operands[] = {{bytes(x), int64_t(size_in), sx},
                              {bytes(y), int64_t(size_in), sy},
                              {bytes(out), int64_t(size_out), so}};
  if (Watch* watch = take_watch(rank, shape, so, out)) [[unlikely]] {
    DType dtype = *std::exchange(watch->next, std::nullopt);
    return run(
        rank, shape, operands,
        [=](int64_t n, char* const* data, const int64_t* strides) {
          loop(n, data[0], strides[0], data[1], strides[1], data[2], strides[2]);
          look(watch, dtype, data[2], n, strides[2], size_out);
        },
        false);
  }
  run(rank, shape, operands, [loop](int64_t n, char* const* data, const int64_t* strides) {
    loop(n, data[0], strides[0], data[1], strides[1], data[2], strides[2]);
  });
}

void run_select(SelectKernel kernel, int rank, const int64_t* shape, const void* condition,
                const int64_t* sc, const void* x, const int64_t* sx, const void* y,
                const int64_t* sy, void* out, const int64_t* so, size_t size) {
  if (kernel.block) [[unlikely]]
    return kernel.block(rank, shape, condition, sc, x, sx, y, sy, out, so);
  SelectLoop loop = kernel.loop;
  const Operand operands[] = {{bytes(condition), 1, sc},
                              {bytes(x), int64_t(size), sx},
                              {bytes(y), int64_t(size), sy},
                              {bytes(out), int64_t(size), so}};
  run(rank, shape, operands, [loop](int64_t n, char* const* data, const int64_t* strides) {
    loop(n, data[0], strides[0], data[1], strides[1], data[2], strides[2], data[3], strides[3]);
  });
}

}  // namespace pyten::kernels
