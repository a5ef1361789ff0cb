#include "kernels/cuda/blas.h"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <string>

#include "kernels/cuda/graph.h"

namespace pyten::cuda {
namespace {

// The values of cuBLAS's enumerations, which are part of its binary interface (cublas_api.h and
// library_types.h of CUDA 12 and 13).
enum Operation : int { kAsIs = 0, kTransposed = 1 };
enum Compute : int { k32F = 68, k64F = 70, k32FastTf32 = 77 };
enum DataType : int { kR32F = 0, kR64F = 1, kR16F = 2, kC32F = 4, kC64F = 5, kR16BF = 14 };
constexpr int kDefaultAlgorithm = -1;
constexpr int kNoReducedPrecisionReduction =
    16;  // float32 sums of float16 and bfloat16, to the end
constexpr int kArchMismatch = 8, kNotSupported = 15;
// What NVIDIA advises for Hopper. With a workspace of its own cuBLAS allocates nothing later, which
// a capture could not stand, and gives the same bits each time.
constexpr size_t kWorkspace = size_t(32) << 20;
constexpr int64_t kMostBatches = 65535;

struct Cublas {
  int (*create)(void** handle) = nullptr;
  int (*set_stream)(void* handle, cudaStream_t stream) = nullptr;
  int (*set_workspace)(void* handle, void* workspace, size_t nbytes) = nullptr;
  int (*set_math_mode)(void* handle, int mode) = nullptr;
  int (*gemm)(void* handle, int op_a, int op_b, int m, int n, int k, const void* alpha,
              const void* a, int type_a, int ld_a, long long stride_a, const void* b, int type_b,
              int ld_b, long long stride_b, const void* beta, void* c, int type_c, int ld_c,
              long long stride_c, int batch, int compute, int algorithm) = nullptr;

  bool open(const std::string& path) {
    // Its other half, where the loader would not look for it.
    if (size_t at = path.rfind("/libcublas.so"); at != std::string::npos) {
      dlopen((path.substr(0, at) + "/libcublasLt" + path.substr(at + 10)).c_str(),
             RTLD_NOW | RTLD_LOCAL);
    }
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return false;
    auto find = [&](auto& f, const char* name) {
      f = reinterpret_cast<std::decay_t<decltype(f)>>(dlsym(library, name));
      return f != nullptr;
    };
    return find(create, "cublasCreate_v2") && find(set_stream, "cublasSetStream_v2") &&
           find(set_workspace, "cublasSetWorkspace_v2") &&
           find(set_math_mode, "cublasSetMathMode") && find(gemm, "cublasGemmStridedBatchedEx");
  }
};

// The folder that holds the package's, which is where pip puts NVIDIA's wheels.
std::string beside_package() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&beside_package), &info) == 0) return "..";
  std::string path = info.dli_fname;
  size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? ".." : path.substr(0, slash) + "/..";
}

const Cublas* cublas() {
  static const Cublas* const found = []() -> const Cublas* {
    static Cublas library;
    if (const char* chosen = std::getenv("PYTEN_CUBLAS")) {
      return library.open(chosen) ? &library : nullptr;
    }
    std::string wheels = beside_package() + "/nvidia/";
    for (const std::string& path :
         {wheels + "cu13/lib/libcublas.so.13", wheels + "cublas/lib/libcublas.so.12",
          std::string("libcublas.so.13"), std::string("libcublas.so.12")}) {
      if (library.open(path)) return &library;
    }
    return nullptr;
  }();
  return found;
}

const bool* g_tensor_float_32 = nullptr;

void require(int status) {
  if (status != 0) fail(ErrorKind::kInternal, "matmul: cuBLAS failed with status ", status);
}

// Never destroyed. Calls with one handle must not run at once. A workspace is its stream's, so a
// capture, which has a stream of its own, has a handle of its own.
struct Handle {
  std::mutex mutex;
  void* handle = nullptr;

  void* get(const Cublas& library, cudaStream_t stream) {
    if (handle) return handle;
    void *fresh = nullptr, *workspace = nullptr;
    require(library.create(&fresh));
    check(cudaMalloc(&workspace, kWorkspace), "matmul");
    require(library.set_stream(fresh, stream));
    require(library.set_workspace(fresh, workspace, kWorkspace));
    require(library.set_math_mode(fresh, kNoReducedPrecisionReduction));
    return handle = fresh;
  }
};
Handle& handle_of(const Gpu& gpu, bool for_captures) {
  static auto* all = new std::array<Handle, 256>;  // Device::index is an int8_t
  return (*all)[size_t(2 * gpu.index() + for_captures)];
}

union Scalar {
  float single[2];
  double twice[2];
};
struct Types {
  int data, compute;
};
bool types_of(DType dtype, Types& out) {
  bool fast = g_tensor_float_32 && *g_tensor_float_32;
  switch (dtype) {
    case DType::kFloat32: out = {kR32F, fast ? k32FastTf32 : k32F}; return true;
    case DType::kComplex64: out = {kC32F, fast ? k32FastTf32 : k32F}; return true;
    case DType::kFloat64: out = {kR64F, k64F}; return true;
    case DType::kComplex128: out = {kC64F, k64F}; return true;
    case DType::kFloat16: out = {kR16F, k32F}; return true;
    case DType::kBFloat16: out = {kR16BF, k32F}; return true;
    default: return false;
  }
}

}  // namespace

void set_tensor_float_32(const bool* flag) { g_tensor_float_32 = flag; }

bool has_blas() { return cublas() != nullptr; }

void prepare_blas_for_capture(Gpu& gpu, cudaStream_t stream) {
  if (handle_of(gpu, false).handle == nullptr) return;
  Handle& own = handle_of(gpu, true);
  std::lock_guard lock(own.mutex);
  own.get(*cublas(), stream);
}

// cuBLAS has columns where we have rows, so it is asked for the transposed product: b is its first
// operand, and what we call transposed is transposed to it, too.
bool multiply(const BlasProduct& p) {
  const Cublas* library = cublas();
  Types types;
  if (library == nullptr || !types_of(p.dtype, types)) return false;
  for (int64_t size : {p.m, p.n, p.k, p.ld_a, p.ld_b, p.ld_c}) {
    if (size > INT32_MAX) return false;
  }
  bool twice = types.compute == k64F;
  Scalar alpha{}, beta{};
  if (twice) alpha.twice[0] = 1, beta.twice[0] = p.add;
  else alpha.single[0] = 1, beta.single[0] = p.add;
  Gpu& gpu = current();
  for (const void* x : {p.a, p.b, static_cast<const void*>(p.c)}) note_address(gpu, x);
  Handle& own = handle_of(gpu, capturing());
  std::lock_guard lock(own.mutex);
  void* handle = own.get(*library, static_cast<cudaStream_t>(gpu.stream()));
  auto at = [&](const void* x, int64_t matrices) {
    return static_cast<const char*>(x) + matrices * int64_t(size_of(p.dtype));
  };
  for (int64_t done = 0; done < p.batch; done += kMostBatches) {
    int64_t count = p.batch - done < kMostBatches ? p.batch - done : kMostBatches;
    int status = library->gemm(
        handle, p.transpose_b ? kTransposed : kAsIs, p.transpose_a ? kTransposed : kAsIs, int(p.n),
        int(p.m), int(p.k), &alpha, at(p.b, done * p.batch_b), types.data, int(p.ld_b), p.batch_b,
        at(p.a, done * p.batch_a), types.data, int(p.ld_a), p.batch_a, &beta,
        const_cast<char*>(at(p.c, done * p.batch_c)), types.data, int(p.ld_c), p.batch_c,
        int(count), types.compute, kDefaultAlgorithm);
    if (done == 0 && (status == kArchMismatch || status == kNotSupported)) return false;
    require(status);
  }
  check_launch("matmul");
  return true;
}

}  // namespace pyten::cuda
