// Launching kernels: `launch("softmax", kernel<T>, blocks, threads, shared_bytes, arguments...)`.
// nvcc makes a real launch of it. With PYTEN_CUDA_HOST the same sources are C++ for the emulator of
// tests/cuda_host, where a launch waits in its stream's queue.
#pragma once

#include <cstddef>

#include "kernels/cuda/graph.h"
#include "kernels/cuda/runtime.h"

namespace pyten::kernels::cuda {

// Shared memory whose size the launch gives; aligned to 16 bytes. All calls in a kernel give the
// same memory.
template <typename T>
__device__ inline T* dynamic_shared() {
#ifdef PYTEN_CUDA_HOST
  return static_cast<T*>(cuda_host::dynamic_shared());
#else
  extern __shared__ __align__(16) unsigned char pyten_dynamic_shared[];
  return reinterpret_cast<T*>(pyten_dynamic_shared);
#endif
}

// On the current GPU's stream. Arguments are converted to the kernel's parameters and go by value.
template <typename... Params, typename... Args>
void launch(const char* op, void (*kernel)(Params...), dim3 blocks, dim3 threads,
            size_t shared_bytes, const Args&... args) {
  static_assert(sizeof...(Params) == sizeof...(Args), "as many arguments as the kernel has");
  cudaStream_t stream = pyten::cuda::stream();
  if (pyten::cuda::capturing()) {
    (pyten::cuda::note_words(pyten::cuda::current(), &args, sizeof(args)), ...);
  }
#ifdef PYTEN_CUDA_HOST
  cuda_host::launch<Params...>(op, kernel, blocks, threads, shared_bytes, stream,
                               static_cast<Params>(args)...);
#else
  constexpr size_t kUnasked = 48 << 10;  // more has to be asked for
  if (shared_bytes > kUnasked) {
    pyten::cuda::check(
        cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                             cudaFuncAttributeMaxDynamicSharedMemorySize, int(shared_bytes)),
        op);
  }
  // clang-format off
  kernel<<<blocks, threads, shared_bytes, stream>>>(static_cast<Params>(args)...);
  // clang-format on
#endif
  pyten::cuda::check_launch(op);
}

}  // namespace pyten::kernels::cuda
