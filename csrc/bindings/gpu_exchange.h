// Memory of GPUs for and from other libraries: whose stream waits for whose, and
// __cuda_array_interface__, https://numba.readthedocs.io/en/stable/cuda/cuda_array_interface.html
#pragma once

#include "bindings/bindings.h"

namespace pyten::bindings {

// A consumer's stream as DLPack's Python protocol names it.
struct Stream {
  void* handle = nullptr;  // a cudaStream_t; CUDA's own names for the two default ones
  bool lasting = true;     // one of those, which is there for good
  bool waits = true;       // false: the consumer sees to the order itself
};
// None or 1: the legacy default stream; 2: the thread's default one; -1: no waiting; else a handle.
Stream stream_of(py::handle stream);

// The consumer's later work sees what was computed so far.
void let_consumer_wait(Device device, const Stream& consumer);
// The consumer lets go: what it began comes before whatever the memory is used for next.
void await_consumer(Device device, const Stream& consumer) noexcept;
// Waits for this library's own work.
void finish_work(Device device) noexcept;

Device gpu_of(int64_t id);
// The GPU with that number; raises kValue when there is none.
Device known_gpu(const char* op, int64_t id);
// This library's stream as the protocols name it.
py::object own_stream(Device device);

// A copy, on the GPU or the CPU, of the array that the dictionary describes.
Tensor from_cuda_array(const py::dict& interface, bool to_cpu);
// Tensor.__cuda_array_interface__, version 3; AttributeError for a tensor that is not on a GPU.
PyObject* cuda_array_interface(PyObject* self, void*);

}  // namespace pyten::bindings
