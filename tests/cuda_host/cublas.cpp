// cuBLAS as far as pyten calls it: products of column-major matrices, one sum after the other.
#include <complex>

#include "core/dtype.h"
#include "cuda_runtime.h"
#include "kernels/numbers.h"

namespace {

using namespace pyten::kernels::cuda;

struct Handle {
  cudaStream_t stream = nullptr;
};

// cublasStatus_t, cublasOperation_t and cudaDataType (NVIDIA cuBLAS and CUDA library types).
enum Status : int { kSuccess = 0, kInvalidValue = 7, kNotSupported = 15 };
enum Type : int { kR32F = 0, kR64F = 1, kR16F = 2, kC32F = 4, kC64F = 5, kR16BF = 14 };

struct Product {
  bool transpose_a, transpose_b;
  int m, n, k;
  const void* a;
  int ld_a;
  long long stride_a;
  const void* b;
  int ld_b;
  long long stride_b;
  void* c;
  int ld_c;
  long long stride_c;
  int batch;
};

template <typename S, typename T>
S read(T x) {
  if constexpr (sizeof(T) == 2) return to_float(x);
  else return S(x);
}
template <typename T, typename S>
T write(S x) {
  if constexpr (sizeof(T) == 2) return from_float<T>(x);
  else return T(x);
}

// Sums in S.
template <typename T, typename S>
void multiply(const Product& p, S alpha, S beta) {
  for (int i = 0; i < p.batch; ++i) {
    auto a = static_cast<const T*>(p.a) + i * p.stride_a;
    auto b = static_cast<const T*>(p.b) + i * p.stride_b;
    auto c = static_cast<T*>(p.c) + i * p.stride_c;
    for (int column = 0; column < p.n; ++column) {
      for (int row = 0; row < p.m; ++row) {
        S sum{};
        for (int j = 0; j < p.k; ++j) {
          T x = p.transpose_a ? a[int64_t(row) * p.ld_a + j] : a[int64_t(j) * p.ld_a + row];
          T y = p.transpose_b ? b[int64_t(j) * p.ld_b + column] : b[int64_t(column) * p.ld_b + j];
          sum += read<S>(x) * read<S>(y);
        }
        T& to = c[int64_t(column) * p.ld_c + row];
        to = write<T>(beta == S{} ? alpha * sum : alpha * sum + beta * read<S>(to));
      }
    }
  }
}

template <typename T, typename S>
int put(Handle& handle, const Product& p, const void* alpha, const void* beta) {
  cuda_host::require_device("matmul", handle.stream, p.a);
  cuda_host::require_device("matmul", handle.stream, p.b);
  cuda_host::require_device("matmul", handle.stream, p.c);
  S x = *static_cast<const S*>(alpha), y = *static_cast<const S*>(beta);
  cuda_host::enqueue("matmul", handle.stream, [=] { multiply<T, S>(p, x, y); });
  return kSuccess;
}

}  // namespace

#define CUBLAS extern "C" __attribute__((visibility("default"))) int

CUBLAS cublasCreate_v2(void** handle) {
  *handle = new Handle;
  return kSuccess;
}
CUBLAS cublasDestroy_v2(void* handle) {
  delete static_cast<Handle*>(handle);
  return kSuccess;
}
CUBLAS cublasSetStream_v2(void* handle, cudaStream_t stream) {
  static_cast<Handle*>(handle)->stream = stream;
  return kSuccess;
}
CUBLAS cublasSetWorkspace_v2(void*, void*, size_t) { return kSuccess; }
CUBLAS cublasSetMathMode(void*, int) { return kSuccess; }

CUBLAS cublasGemmStridedBatchedEx(void* handle, int op_a, int op_b, int m, int n, int k,
                                  const void* alpha, const void* a, int type_a, int ld_a,
                                  long long stride_a, const void* b, int type_b, int ld_b,
                                  long long stride_b, const void* beta, void* c, int type_c,
                                  int ld_c, long long stride_c, int batch, int, int) {
  bool right = m >= 0 && n >= 0 && k >= 0 && batch >= 0 && ld_a >= (op_a ? k : m) &&
               ld_b >= (op_b ? n : k) && ld_c >= m && ld_a >= 1 && ld_b >= 1 && ld_c >= 1;
  if (!right) return kInvalidValue;
  if (type_a != type_b || type_a != type_c) return kNotSupported;
  Product p{op_a != 0, op_b != 0, m,        n, k,    a,        ld_a, stride_a,
            b,         ld_b,      stride_b, c, ld_c, stride_c, batch};
  Handle& h = *static_cast<Handle*>(handle);
  switch (type_a) {
    case kR32F: return put<float, float>(h, p, alpha, beta);
    case kR64F: return put<double, double>(h, p, alpha, beta);
    case kR16F: return put<Half, float>(h, p, alpha, beta);
    case kR16BF: return put<BFloat16, float>(h, p, alpha, beta);
    case kC32F: return put<std::complex<float>, std::complex<float>>(h, p, alpha, beta);
    case kC64F: return put<std::complex<double>, std::complex<double>>(h, p, alpha, beta);
  }
  return kNotSupported;
}
