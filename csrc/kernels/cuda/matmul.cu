// Matrix products: cuBLAS's where it has them, else tiles in shared memory. Sums run in the order
// of k in the latter, so that they have the same bits each time.
#include "kernels/cuda/blas.h"
#include "kernels/cuda/fill.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/layout.cuh"
#include "kernels/functors.h"

namespace pyten::kernels::cuda {
namespace {

// What sums of T are kept in; integers wrap alike in any width.
template <typename T>
struct Accumulator {
  using type = if_t<sizeof(T) == 2, float, T>;
};
template <> struct Accumulator<uint8_t> {
  using type = uint32_t;
};
template <> struct Accumulator<uint16_t> {
  using type = uint32_t;
};
template <typename T> using sum_t = typename Accumulator<T>::type;

template <typename T>
inline constexpr bool is_half_v = same_v<T, Half> || same_v<T, BFloat16>;
template <typename T>
__device__ sum_t<T> load(T x) {
  if constexpr (is_half_v<T>) return to_float(x);
  else return sum_t<T>(x);
}
template <typename T>
__device__ T store(sum_t<T> x) {
  if constexpr (is_half_v<T>) return from_float<T>(x);
  else return T(x);
}

// A block makes a tile of kTile x kTile, a thread kEach x kEach of it, a depth of kDepth at a time.
constexpr int kTile = 64, kEach = 4, kDepth = 16, kSide = kTile / kEach;
constexpr int kTileThreads = kSide * kSide;

// Element e of the kTile * kDepth of an operand that goes to shared memory: neighbouring threads
// read along the axis that is dense.
__device__ inline void place_of(int e, bool depth_first, int& along, int& depth) {
  along = depth_first ? e / kDepth : e % kTile;
  depth = depth_first ? e % kDepth : e / kTile;
}

template <typename T>
__global__ void multiply_tiles(MatmulArgs args, int64_t tiles_n, int64_t tiles) {
  using A = sum_t<T>;
  __shared__ A left[kDepth][kTile + 1], right[kDepth][kTile + 1];  // no bank twice
  auto bias = static_cast<const T*>(args.bias);
  const bool a_deep = args.col_a == 1, b_deep = args.row_b == 1;
  const int row = threadIdx.x / kSide, column = threadIdx.x % kSide;
  for (int64_t t = blockIdx.x; t < tiles * args.batch; t += gridDim.x) {
    const int64_t batch = t / tiles, tile = t % tiles;
    const int64_t i0 = tile / tiles_n * kTile, j0 = tile % tiles_n * kTile;
    auto a = static_cast<const T*>(args.a) + batch * args.batch_a;
    auto b = static_cast<const T*>(args.b) + batch * args.batch_b;
    A sums[kEach][kEach] = {};
    for (int64_t p0 = 0; p0 < args.k; p0 += kDepth) {
      for (int e = threadIdx.x; e < kTile * kDepth; e += kTileThreads) {
        int along, depth;
        place_of(e, a_deep, along, depth);
        bool inside = i0 + along < args.m && p0 + depth < args.k;
        left[depth][along] =
            inside ? load(a[(i0 + along) * args.row_a + (p0 + depth) * args.col_a]) : A{};
        place_of(e, b_deep, along, depth);
        inside = j0 + along < args.n && p0 + depth < args.k;
        right[depth][along] =
            inside ? load(b[(p0 + depth) * args.row_b + (j0 + along) * args.col_b]) : A{};
      }
      __syncthreads();
      const int deep = args.k - p0 < kDepth ? int(args.k - p0) : kDepth;
      for (int p = 0; p < deep; ++p) {
        A x[kEach], y[kEach];
#pragma unroll
        for (int i = 0; i < kEach; ++i) x[i] = left[p][row + i * kSide];
#pragma unroll
        for (int j = 0; j < kEach; ++j) y[j] = right[p][column + j * kSide];
#pragma unroll
        for (int i = 0; i < kEach; ++i) {
#pragma unroll
          for (int j = 0; j < kEach; ++j) {
            sums[i][j] = fn::add::apply<A>(sums[i][j], fn::multiply::apply<A>(x[i], y[j]));
          }
        }
      }
      __syncthreads();
    }
    auto c = static_cast<T*>(args.c) + batch * args.batch_c;
    for (int i = 0; i < kEach; ++i) {
      for (int j = 0; j < kEach; ++j) {
        int64_t at_i = i0 + row + i * kSide, at_j = j0 + column + j * kSide;
        if (at_i >= args.m || at_j >= args.n) continue;
        A sum = bias ? fn::add::apply<A>(sums[i][j], load(bias[at_j])) : sums[i][j];
        c[at_i * args.ldc + at_j] = store<T>(sum);
      }
    }
  }
}

template <typename T>
void multiply_tiled(const MatmulArgs& args) {
  int64_t tiles_n = (args.n + kTile - 1) / kTile;
  int64_t tiles = tiles_n * ((args.m + kTile - 1) / kTile);
  launch("matmul", multiply_tiles<T>, blocks_for(tiles * args.batch, 1), kTileThreads, 0, args,
         tiles_n, tiles);
}

// -- Through cuBLAS -------------------------------------------------------------------------------
// Element [b, i, j] of dense matrices from any strides, 0 for a matrix that is repeated.
template <typename T>
__global__ void gather_matrices(int64_t n, int64_t rows, int64_t columns, const T* x, int64_t row,
                                int64_t column, int64_t batch, T* out) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    int64_t j = e % columns, rest = e / columns, i = rest % rows, b = rest / rows;
    out[e] = x[b * batch + i * row + j * column];
  }
}

// Every row of c is the bias, to which cuBLAS adds: rounded once, as the sum is.
template <typename T>
__global__ void spread_bias(int64_t n, int64_t columns, const T* bias, int64_t rows, T* c,
                            int64_t ldc, int64_t batch_c) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    int64_t j = e % columns, rest = e / columns;
    c[rest / rows * batch_c + rest % rows * ldc + j] = bias[j];
  }
}

// Whether a matrix has dense rows or columns that cuBLAS takes as they are.
bool dense(int64_t rows, int64_t columns, int64_t row, int64_t column, bool& transposed,
           int64_t& ld) {
  transposed = false;
  if ((column == 1 || columns == 1) && (rows == 1 || row >= columns)) {
    ld = rows == 1 ? columns : row;
    return true;
  }
  transposed = true;
  if ((row == 1 || rows == 1) && (columns == 1 || column >= rows)) {
    ld = columns == 1 ? rows : column;
    return true;
  }
  return false;
}

// An operand for cuBLAS; copied where its strides don't suit.
template <typename T>
class Operand {
 public:
  Operand(const void* x, int64_t batch, int64_t rows, int64_t columns, int64_t row, int64_t column,
          int64_t between)
      : data(x), stride(between) {
    if (dense(rows, columns, row, column, transposed, ld)) return;
    int64_t matrices = between == 0 ? 1 : batch, n = matrices * rows * columns;
    nbytes_ = size_t(n) * sizeof(T);
    pyten::cuda::Gpu& gpu = pyten::cuda::current();
    copy_ = gpu.allocate(nbytes_);
    launch("matmul", gather_matrices<T>, blocks_for(n), kThreads, 0, n, rows, columns,
           static_cast<const T*>(x), row, column, between, static_cast<T*>(copy_));
    data = copy_;
    transposed = false;
    ld = columns;
    stride = between == 0 ? 0 : rows * columns;
  }
  ~Operand() {
    if (copy_) pyten::cuda::current().deallocate(copy_, nbytes_);
  }
  Operand(const Operand&) = delete;

  const void* data;
  bool transposed = false;
  int64_t ld = 0, stride;

 private:
  void* copy_ = nullptr;
  size_t nbytes_ = 0;
};

template <typename T>
bool multiply_by_blas(const MatmulArgs& args) {
  if (args.k == 0 || !pyten::cuda::has_blas()) return false;
  Operand<T> a(args.a, args.batch, args.m, args.k, args.row_a, args.col_a, args.batch_a);
  Operand<T> b(args.b, args.batch, args.k, args.n, args.row_b, args.col_b, args.batch_b);
  if (args.bias) {
    int64_t n = args.batch * args.m * args.n;
    launch("matmul", spread_bias<T>, blocks_for(n), kThreads, 0, n, args.n,
           static_cast<const T*>(args.bias), args.m, static_cast<T*>(args.c), args.ldc,
           args.batch_c);
  }
  pyten::cuda::BlasProduct p{};
  p.dtype = Traits<T>::dtype;
  p.m = args.m, p.n = args.n, p.k = args.k, p.batch = args.batch;
  p.a = a.data, p.ld_a = a.ld, p.batch_a = a.stride, p.transpose_a = a.transposed;
  p.b = b.data, p.ld_b = b.ld, p.batch_b = b.stride, p.transpose_b = b.transposed;
  p.c = args.c, p.ld_c = args.ldc, p.batch_c = args.batch_c;
  p.add = args.bias != nullptr;
  return pyten::cuda::multiply(p);
}

template <typename T, bool kBlas>
void multiply(const MatmulArgs& args) {
  if (args.batch == 0 || args.m == 0 || args.n == 0) return;
  if constexpr (kBlas) {
    if (multiply_by_blas<T>(args)) return;
  }
  multiply_tiled<T>(args);
}

template <typename... Ts>
void integer_row(MatmulLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = multiply<bits_t<Ts>, false>), ...);
}
template <typename... Ts>
void blas_row(MatmulLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = multiply<Ts, true>), ...);
}

}  // namespace

void fill_matmul(Table& t) {
  integer_row<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t>(t.matmul);
  blas_row<Half, BFloat16, float, double, Complex64, Complex128>(t.matmul);
}

void multiply_matrices(DType dtype, const MatmulArgs& args) {
  static const Table* const own = [] {
    auto table = new Table{};
    fill_matmul(*table);
    return table;
  }();
  own->matmul[int(dtype)](args);
}

}  // namespace pyten::kernels::cuda
