// softmax and log_softmax over rows. The row's maximum is subtracted first.
#include "core/allocator.h"
#include "kernels/cpu/reduce.h"
#include "kernels/functors.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

// `e` holds exp(x - max) on return, and out may be x; returns their sum.
template <typename T>
T exponentials(const T* x, T* e, int64_t n, T top) {
  PYTEN_VECTORIZE
  for (int64_t i = 0; i < n; ++i) e[i] = m::exp(x[i] - top);
  return T(fold_row<Sum>(e, n));
}

template <typename T>
void softmax_row(const T* x, T* out, int64_t n) {
  T scale = 1 / exponentials(x, out, n, fold_row<Max>(x, n));
  PYTEN_VECTORIZE
  for (int64_t i = 0; i < n; ++i) out[i] = out[i] == 0 ? T(0) : out[i] * scale;
}

template <typename T>
void log_softmax_row(const T* x, T* out, int64_t n) {
  constexpr int64_t kBlock = 1024;
  T top = fold_row<Max>(x, n), e[kBlock];
  double total = 0;
  for (int64_t i = 0; i < n; i += kBlock) {
    total += double(exponentials(x + i, e, n - i < kBlock ? n - i : kBlock, top));
  }
  T shift = T(m::log(total));
  PYTEN_VECTORIZE
  for (int64_t i = 0; i < n; ++i) out[i] = x[i] - top - shift;
}

template <typename T, void (*body)(const T*, T*, int64_t)>
void rows_loop(const void* px, void* po, int64_t rows, int64_t n) {
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  parallel_for(rows, 1 + (1 << 13) / (n + 1), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) body(x + r * n, out + r * n, n);
  });
}

template <typename H, void (*body)(const float*, float*, int64_t)>
void half_rows_loop(const void* px, void* po, int64_t rows, int64_t n) {
  auto x = static_cast<const H*>(px);
  auto out = static_cast<H*>(po);
  parallel_for(rows, 1 + (1 << 13) / (n + 1), [&](int64_t begin, int64_t end) {
    size_t nbytes = size_t(n) * sizeof(float);
    auto buffer = static_cast<float*>(allocate(2 * nbytes));
    for (int64_t r = begin; r < end; ++r) {
      widen(n, x + r * n, 1, buffer);
      body(buffer, buffer + n, n);
      narrow(n, buffer + n, out + r * n, 1);
    }
    deallocate(buffer, 2 * nbytes);
  });
}

}  // namespace

void fill_softmax(Table& t) {
  t.softmax[int(DType::kFloat16)] = half_rows_loop<Half, softmax_row<float>>;
  t.softmax[int(DType::kBFloat16)] = half_rows_loop<BFloat16, softmax_row<float>>;
  t.softmax[int(DType::kFloat32)] = rows_loop<float, softmax_row<float>>;
  t.softmax[int(DType::kFloat64)] = rows_loop<double, softmax_row<double>>;
  t.log_softmax[int(DType::kFloat16)] = half_rows_loop<Half, log_softmax_row<float>>;
  t.log_softmax[int(DType::kBFloat16)] = half_rows_loop<BFloat16, log_softmax_row<float>>;
  t.log_softmax[int(DType::kFloat32)] = rows_loop<float, log_softmax_row<float>>;
  t.log_softmax[int(DType::kFloat64)] = rows_loop<double, log_softmax_row<double>>;
}

}  // namespace pyten::kernels::PYTEN_ISA
