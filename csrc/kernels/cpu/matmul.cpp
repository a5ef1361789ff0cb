// Matrix products.
#include "core/allocator.h"
#include "kernels/cpu/gemm.h"
#include "kernels/fill.h"
#include "kernels/half.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

template <typename T> struct Accumulator {
  using type = T;
};
template <> struct Accumulator<Half> {
  using type = float;
};
template <> struct Accumulator<BFloat16> {
  using type = float;
};

template <typename T>
auto load(T x) {
  if constexpr (same_v<T, Half> || same_v<T, BFloat16>) return to_float(x);
  else return x;
}
template <typename T, typename A>
T store(A x) {
  if constexpr (same_v<T, Half> || same_v<T, BFloat16>) return from_float<T>(x);
  else return x;
}

// Row by row of c, for the dtypes that deserve no more.
template <typename T>
void plain(const MatmulArgs& args) {
  using A = typename Accumulator<T>::type;
  constexpr int64_t kStrip = 256;
  int64_t grain = 1 + (1 << 15) / (args.n * args.k + 1);
  parallel_for(args.batch * args.m, grain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      int64_t batch = r / args.m, i = r % args.m;
      const T* a = static_cast<const T*>(args.a) + batch * args.batch_a + i * args.row_a;
      T* c = static_cast<T*>(args.c) + batch * args.batch_c + i * args.ldc;
      for (int64_t j0 = 0; j0 < args.n; j0 += kStrip) {
        const T* b = static_cast<const T*>(args.b) + batch * args.batch_b + j0 * args.col_b;
        int64_t width = args.n - j0 < kStrip ? args.n - j0 : kStrip;
        A sums[kStrip] = {};
        for (int64_t p = 0; p < args.k; ++p) {
          A scale = load(a[p * args.col_a]);
          const T* row = b + p * args.row_b;
          if (args.col_b == 1) {
            for (int64_t j = 0; j < width; ++j) {
              sums[j] = fn::add::apply<A>(sums[j], fn::multiply::apply<A>(scale, load(row[j])));
            }
          } else {
            for (int64_t j = 0; j < width; ++j) {
              sums[j] = fn::add::apply<A>(sums[j],
                                          fn::multiply::apply<A>(scale, load(row[j * args.col_b])));
            }
          }
        }
        if (args.bias) {
          auto bias = static_cast<const T*>(args.bias) + j0;
          for (int64_t j = 0; j < width; ++j) sums[j] = fn::add::apply<A>(sums[j], load(bias[j]));
        }
        for (int64_t j = 0; j < width; ++j) c[j0 + j] = store<T>(sums[j]);
      }
    }
  });
}

// -- float and double ----------------------------------------------------------------------------
constexpr int64_t kPlainWork = 512;  // multiplications of halves that are not worth a copy
constexpr int64_t kShortDepth = 32;  // up to which a tile is better than dot products

template <typename T>
void multiply(const Product<T>& p) {
  bool vector = p.m == 1 || p.n == 1;
  if ((!vector || p.k <= kShortDepth) && multiply_one_tile(p)) return;
  if (vector) multiply_vector(p);
  else if (!multiply_narrow(p)) multiply_blocked(p);
}

}  // namespace

template <typename T>
void multiply_floats(const MatmulArgs& args) {
  Product<T> p;
  p.m = args.m, p.n = args.n, p.k = args.k;
  p.a = static_cast<const T*>(args.a), p.row_a = args.row_a, p.col_a = args.col_a;
  p.b = static_cast<const T*>(args.b), p.row_b = args.row_b, p.col_b = args.col_b;
  p.c = static_cast<T*>(args.c), p.ldc = args.ldc;
  p.bias = static_cast<const T*>(args.bias);
  if (p.m == 0 || p.n == 0) return;
  if (p.k == 0) return plain<T>(args);
  if (args.batch == 1) return multiply(p);
  int64_t work = p.m * p.n * p.k, grain = 1 + (1 << 17) / work;
  parallel_for(args.batch, work > (1 << 22) ? args.batch : grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Product<T> q = p;
      q.a += i * args.batch_a, q.b += i * args.batch_b, q.c += i * args.batch_c;
      multiply(q);
    }
  });
}
template void multiply_floats<float>(const MatmulArgs&);
template void multiply_floats<double>(const MatmulArgs&);

namespace {

// -- float16 and bfloat16 ------------------------------------------------------------------------
// An operand in float, contiguous along the axis that was.
template <typename H>
void widen_matrix(const H* x, int64_t rows, int64_t columns, int64_t row, int64_t column,
                  float* out, int64_t& out_row, int64_t& out_column) {
  bool transposed = row == 1 && column != 1;
  int64_t outer = transposed ? columns : rows, inner = transposed ? rows : columns;
  for (int64_t i = 0; i < outer; ++i) {
    widen(inner, x + i * (transposed ? column : row), transposed ? row : column, out + i * inner);
  }
  out_row = transposed ? 1 : columns;
  out_column = transposed ? rows : 1;
}

template <typename H>
void halves(const MatmulArgs& args) {
  int64_t m = args.m, n = args.n, k = args.k;
  if (m * n * k <= kPlainWork) return plain<H>(args);
  size_t nbytes = size_t(m * k + k * n + m * n + n) * sizeof(float);
  auto scratch = static_cast<float*>(allocate(nbytes));
  float *a = scratch, *b = a + m * k, *c = b + k * n, *bias = c + m * n;
  Product<float> p;
  p.m = m, p.n = n, p.k = k;
  p.a = a, p.b = b, p.c = c, p.ldc = n;
  p.bias = args.bias ? bias : nullptr;
  if (args.bias) widen(n, static_cast<const H*>(args.bias), 1, bias);
  for (int64_t i = 0; i < args.batch; ++i) {
    widen_matrix(static_cast<const H*>(args.a) + i * args.batch_a, m, k, args.row_a, args.col_a, a,
                 p.row_a, p.col_a);
    widen_matrix(static_cast<const H*>(args.b) + i * args.batch_b, k, n, args.row_b, args.col_b, b,
                 p.row_b, p.col_b);
    multiply(p);
    H* out = static_cast<H*>(args.c) + i * args.batch_c;
    for (int64_t r = 0; r < m; ++r) narrow(n, c + r * n, out + r * args.ldc, 1);
  }
  deallocate(scratch, nbytes);
}

template <typename... Ts>
void row(MatmulLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = plain<bits_t<Ts>>), ...);
}

}  // namespace

void fill_matmul(Table& t) {
  row<PYTEN_INTS, PYTEN_COMPLEXES>(t.matmul);
  t.matmul[int(DType::kFloat32)] = multiply_floats<float>;
  t.matmul[int(DType::kFloat64)] = multiply_floats<double>;
  t.matmul[int(DType::kFloat16)] = halves<Half>;
  t.matmul[int(DType::kBFloat16)] = halves<BFloat16>;
}

}  // namespace pyten::kernels::PYTEN_ISA
