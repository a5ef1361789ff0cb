// Blocked matrix products, after Goto and van de Geijn, Anatomy of High-Performance Matrix
// Multiplication, 2008. Operands are packed when that pays: always for large matrices, never where
// the small ones can be read in place.
//
// Every element of c is summed over k in order, in blocks of kDepth, whatever the tiling and the
// number of threads.
#include "kernels/cpu/gemm.h"

#include "core/allocator.h"
#include "kernels/cpu/gemm_tile.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

constexpr int64_t kDepth = 512;  // of a block; kTileColumns columns of b then have 64 KiB
// Rows of a block of a; packed, they share the L2 cache with kTileColumns columns of b.
constexpr int64_t kBlockRows = 12 * kTileRows;
constexpr int64_t kBlockBytes = 4 << 20;    // of b, packed: the L3 cache
constexpr int64_t kParallelWork = 1 << 19;  // multiplications that are worth waking a thread

// Without a destructor, whose exception tables would share symbols with other levels: only running
// out of memory can throw here.
template <typename T>
struct Scratch {
  explicit Scratch(int64_t n) : nbytes(size_t(n) * sizeof(T)) {
    if (nbytes > 0) data = static_cast<T*>(allocate(nbytes));
  }
  void free() {
    if (nbytes > 0) deallocate(data, nbytes);
  }
  size_t nbytes;
  T* data = nullptr;
};

// A block of kSquare x kSquare, rows to columns.
template <typename T>
constexpr int kSquare = 4;
inline void transpose_block(const float* x, int64_t ldx, float* out, int64_t ldo) {
  using V = Vector<float, 16>;
  auto row = [&](int i) { return load<float, 16>(x + i * ldx); };
  V a = row(0), b = row(1), c = row(2), d = row(3);
  V ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  V cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  auto put = [&](int i, V v) { store<16>(out + i * ldo, v); };
  put(0, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  put(1, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  put(2, __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5));
  put(3, __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7));
}
#if defined(__AVX2__)
inline void transpose_block(const double* x, int64_t ldx, double* out, int64_t ldo) {
  using V = Vector<double, 32>;
  auto row = [&](int i) { return load<double, 32>(x + i * ldx); };
  V a = row(0), b = row(1), c = row(2), d = row(3);
  V ab = __builtin_shufflevector(a, b, 0, 4, 2, 6), ab2 = __builtin_shufflevector(a, b, 1, 5, 3, 7);
  V cd = __builtin_shufflevector(c, d, 0, 4, 2, 6), cd2 = __builtin_shufflevector(c, d, 1, 5, 3, 7);
  auto put = [&](int i, V v) { store<32>(out + i * ldo, v); };
  put(0, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  put(1, __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5));
  put(2, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  put(3, __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7));
}
#else
template <>
constexpr int kSquare<double> = 2;
inline void transpose_block(const double* x, int64_t ldx, double* out, int64_t ldo) {
  using V = Vector<double, 16>;
  V a = load<double, 16>(x), b = load<double, 16>(x + ldx);
  store<16>(out, __builtin_shufflevector(a, b, 0, 2));
  store<16>(out + ldo, __builtin_shufflevector(a, b, 1, 3));
}
#endif

// out[p * width + i] = x[i * step + p * depth_step] for i < count, 0 for count <= i < width.
template <typename T>
void pack(const T* x, int64_t step, int64_t depth_step, int count, int width, int64_t k, T* out) {
  if (step == 1 && count == width) {
    for (int64_t p = 0; p < k; ++p) {
      __builtin_memcpy(out + p * width, x + p * depth_step, size_t(width) * sizeof(T));
    }
    return;
  }
  constexpr int kBlock = kSquare<T>;
  int64_t p = 0;
  int whole = depth_step == 1 ? count / kBlock * kBlock : 0;
  if (whole > 0) {
    for (; p + kBlock <= k; p += kBlock) {
      for (int i = 0; i < whole; i += kBlock) {
        transpose_block(x + i * step + p, step, out + p * width + i, width);
      }
      for (int q = 0; q < kBlock; ++q) {
        T* to = out + (p + q) * width;
        for (int i = whole; i < count; ++i) to[i] = x[i * step + p + q];
        for (int i = count; i < width; ++i) to[i] = 0;
      }
    }
  }
  for (; p < k; ++p) {
    T* to = out + p * width;
    for (int i = 0; i < count; ++i) to[i] = x[i * step + p * depth_step];
    for (int i = count; i < width; ++i) to[i] = 0;
  }
}

// Whole panels of b, whose rows are contiguous: row by row, as they lie in memory.
template <typename T>
void copy_panels(const T* b, int64_t row_b, int64_t begin, int64_t end, int64_t k, T* out) {
  constexpr int kWidth = kTileColumns<T>;
  for (int64_t p = 0; p < k; ++p) {
    for (int64_t panel = begin; panel < end; ++panel) {
      __builtin_memcpy(out + (panel * k + p) * kWidth, b + p * row_b + panel * kWidth,
                       kWidth * sizeof(T));
    }
  }
}

// Rows [begin, end) of c in tiles of nearly equal height, all k of one block.
template <typename T>
struct Block {
  int64_t n, k;
  const T* a;
  int64_t row_a, col_a;
  bool pack_a;
  const T* packed_a;  // all rows, when not null
  const T* b;         // panels of kTileColumns columns, panel_b apart
  int64_t row_b, panel_b;
  T* c;
  int64_t ldc;
  const T* bias;
  bool add;

  // Rows [begin, end) of a, tile by tile.
  void pack_rows(int64_t begin, int64_t end, T* to) const {
    int64_t rows = end - begin, tiles = (rows + kTileRows - 1) / kTileRows;
    int64_t height = rows / tiles, taller = rows % tiles;
    for (int64_t t = 0, i = begin; t < tiles; ++t) {
      int h = int(height + (t < taller));
      pack(a + i * row_a, row_a, col_a, h, h, k, to);
      to += h * k, i += h;
    }
  }

  void run(int64_t begin, int64_t end, int64_t first_panel, int64_t last_panel) const {
    constexpr int kWidth = kTileColumns<T>;
    int64_t rows = end - begin, tiles = (rows + kTileRows - 1) / kTileRows;
    int64_t height = rows / tiles, taller = rows % tiles;
    Scratch<T> packed(pack_a && !packed_a ? rows * k : 0);
    if (packed.data) pack_rows(begin, end, packed.data);
    bool both = pack_a && row_b == kWidth;
    for (int64_t panel = first_panel; panel < last_panel; ++panel) {
      int64_t j = panel * kWidth, width = n - j < kWidth ? n - j : kWidth;
      TileArgs<T> args;
      args.k = k;
      args.b = b + panel * panel_b;
      args.row_b = row_b;
      args.ldc = ldc;
      args.bias = bias ? bias + j : nullptr;
      args.add = add;
      TileLoop<T> low = tile_loop<T>(int(height), int(width), args.last, both);
      TileLoop<T> tall = taller ? tile_loop<T>(int(height + 1), int(width), args.last, both) : low;
      const T* from = packed_a ? packed_a + begin * k : packed.data;
      for (int64_t t = 0, i = begin; t < tiles; ++t) {
        int h = int(height + (t < taller));
        args.a = pack_a ? from : a + i * row_a;
        args.row_a = pack_a ? 1 : row_a;
        args.col_a = pack_a ? h : col_a;
        args.c = c + i * ldc + j;
        (t < taller ? tall : low)(args);
        from += h * k, i += h;
      }
    }
    packed.free();
  }
};

int64_t at_most(int64_t x, int64_t limit) { return x < limit ? x : limit; }
int64_t at_least(int64_t x, int64_t limit) { return x > limit ? x : limit; }
int64_t ceil_div(int64_t x, int64_t y) { return (x + y - 1) / y; }

}  // namespace

template <typename T>
bool multiply_one_tile(const Product<T>& p) {
  constexpr int kElements = 256;
  if (p.m > kTileRows || p.n > kTileColumns<T>) return false;
  if (p.col_b != 1 && p.k * p.n > kElements) return false;
  TileArgs<T> args;
  args.k = p.k;
  args.a = p.a, args.row_a = p.row_a, args.col_a = p.col_a;
  args.b = p.b, args.row_b = p.row_b;
  args.c = p.c, args.ldc = p.ldc;
  args.bias = p.bias, args.add = false;
  TileLoop<T> loop = tile_loop<T>(int(p.m), int(p.n), args.last);
  if (p.col_b == 1) {
    loop(args);
  } else {
    T rows[kElements];
    for (int64_t q = 0; q < p.k; ++q) {
      for (int64_t j = 0; j < p.n; ++j) rows[q * p.n + j] = p.b[q * p.row_b + j * p.col_b];
    }
    args.b = rows, args.row_b = p.n;
    loop(args);
  }
  return true;
}

template <typename T>
void multiply_blocked(const Product<T>& p) {
  constexpr int kWidth = kTileColumns<T>;
  const int64_t row_bytes = p.row_a * int64_t(sizeof(T));
  // In place: b if its rows are contiguous and few enough to stay cached while all of a passes; a
  // if c is narrow, unless rows of a tile compete for the same cache lines.
  bool pack_b = p.col_b != 1 || (p.m > 4 * kTileRows && p.k * p.n * int64_t(sizeof(T)) > (1 << 16));
  bool clash = row_bytes % 2048 == 0 && p.k > 64;
  bool pack_a = p.m > 2 && p.n > kWidth && (clash || p.n >= 16 * kWidth || p.col_a != 1);
  int64_t width = kBlockBytes / (kDepth * int64_t(sizeof(T)));
  for (int64_t j = 0; j < p.n; j += width) {
    int64_t n = at_most(p.n - j, width), panels = ceil_div(n, kWidth);
    for (int64_t q = 0; q < p.k; q += kDepth) {
      int64_t k = at_most(p.k - q, kDepth);
      const T* b = p.b + q * p.row_b + j * p.col_b;
      bool parallel = p.m * n * k > kParallelWork;
      Scratch<T> packed(pack_b ? panels * kWidth * k : 0);
      auto pack_panels = [&](int64_t begin, int64_t end) {
        int64_t whole = p.col_b == 1 ? at_most(end, n / kWidth) : begin;
        copy_panels(b, p.row_b, begin, whole, k, packed.data);
        for (int64_t panel = at_least(begin, whole); panel < end; ++panel) {
          pack(b + panel * kWidth * p.col_b, p.col_b, p.row_b,
               int(at_most(n - panel * kWidth, kWidth)), kWidth, k,
               packed.data + panel * kWidth * k);
        }
      };
      Block<T> block;
      block.n = n, block.k = k;
      block.a = p.a + q * p.col_a, block.row_a = p.row_a, block.col_a = p.col_a;
      block.pack_a = pack_a;
      block.b = pack_b ? packed.data : b;
      block.row_b = pack_b ? kWidth : p.row_b;
      block.panel_b = pack_b ? kWidth * k : kWidth;
      block.c = p.c + j, block.ldc = p.ldc;
      block.bias = p.bias && q == 0 ? p.bias + j : nullptr;
      block.add = q > 0;
      int64_t units = parallel ? at_most(p.m * n * k / kParallelWork, 8) : 1;
      if (!pack_a && panels >= 4 && p.m <= 4 * n) {
        // Columns for each thread, which packs its own: what another one wrote is slow to read.
        int64_t across = at_most(ceil_div(panels, 2), units), columns = ceil_div(panels, across);
        parallel_for(across, parallel ? 1 : across, [&](int64_t begin, int64_t end) {
          for (int64_t t = begin; t < end; ++t) {
            int64_t first = t * columns, last = at_most(first + columns, panels);
            if (first >= last) continue;
            if (pack_b) pack_panels(first, last);
            block.run(0, p.m, first, last);
          }
        });
        packed.free();
        continue;
      }
      if (pack_b) parallel_for(panels, parallel ? at_most(panels, 4) : panels, pack_panels);
      // Work for the threads: blocks of rows, lower ones where these are few, and then of columns
      // too.
      int64_t down = ceil_div(p.m, kBlockRows), across = 1;
      if (parallel && down < 8) {
        down = at_least(down, at_most(ceil_div(p.m, 4 * kTileRows), units));
        across = at_most(ceil_div(panels, 2), ceil_div(units, down));
      }
      int64_t rows = ceil_div(p.m, down), columns = ceil_div(panels, across);
      // Rows that several tiles need are packed once.
      Scratch<T> all_a(pack_a && across > 1 ? p.m * k : 0);
      block.packed_a = all_a.data;
      if (all_a.data) {
        parallel_for(down, 1, [&](int64_t begin, int64_t end) {
          for (int64_t t = begin; t < end; ++t) {
            int64_t i = t * rows;
            if (i < p.m) block.pack_rows(i, at_most(i + rows, p.m), all_a.data + i * k);
          }
        });
      }
      parallel_for(down * across, parallel ? 1 : down * across, [&](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
          int64_t i = t / across * rows, first = t % across * columns;
          if (i >= p.m || first >= panels) continue;
          block.run(i, at_most(i + rows, p.m), first, at_most(first + columns, panels));
        }
      });
      all_a.free();
      packed.free();
    }
  }
}

template bool multiply_one_tile<float>(const Product<float>&);
template bool multiply_one_tile<double>(const Product<double>&);
template void multiply_blocked<float>(const Product<float>&);
template void multiply_blocked<double>(const Product<double>&);

}  // namespace pyten::kernels::PYTEN_ISA
