// The CUDA side of an Accelerator: one stream a GPU, and memory that is reused in the stream's
// order.
#pragma once

#include <cuda_runtime.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/accelerator.h"
#include "core/error.h"
#include "kernels/kernels.h"

namespace pyten::cuda {

// Raises kInternal (kOutOfMemory for lack of memory) with CUDA's own words.
void check(cudaError_t status, const char* what);
// After a launch: raises what it refused. With PYTEN_CUDA_SYNC=1 also waits, so that an error in a
// kernel is raised by the op that made it.
void check_launch(const char* op);

struct Capture;
class Graph;

// Blocks come in sizes of classes.
size_t class_bytes(int c);

class Gpu final : public Accelerator {
 public:
  explicit Gpu(int index);

  std::string name() const override { return properties_.name; }
  size_t total_bytes() const override { return properties_.totalGlobalMem; }
  void make_current() override;

  void* allocate(size_t nbytes) override;
  void deallocate(void* p, size_t nbytes) noexcept override;
  MemoryStats memory_stats() const override;
  void reset_peak() override;
  void release_cached_memory() override;

  void copy_in(void* device, const void* host, size_t nbytes) override;
  void copy_out(void* host, const void* device, size_t nbytes) override;
  void copy(void* to, const void* from, size_t nbytes) override;
  void zero(void* device, size_t nbytes) override;
  void synchronize() override;
  void synchronize_all() override;
  void* stream() const override;
  void wait_for(void* stream) override;
  void let_wait(void* stream) override;

  void begin_capture() override;
  std::unique_ptr<CapturedWork> end_capture() override;
  void drop_capture() noexcept override;
  void* allocate_apart(size_t nbytes) override;
  bool take_back(void* p) override;

  int index() const { return index_; }
  int processors() const { return properties_.multiProcessorCount; }
  const cudaDeviceProp& properties() const { return properties_; }
  // Memory for the length of a call, from the same cache.
  class Scratch {
   public:
    Scratch(Gpu& gpu, size_t nbytes) : gpu_(gpu), nbytes_(nbytes), data_(gpu.allocate(nbytes)) {}
    ~Scratch() { gpu_.deallocate(data_, nbytes_); }
    Scratch(const Scratch&) = delete;
    void* data() const { return data_; }

   private:
    Gpu& gpu_;
    size_t nbytes_;
    void* data_;
  };

 private:
  // Pinned memory that a copy to the GPU goes through; busy until its event has passed.
  struct Staging {
    char* data = nullptr;
    cudaEvent_t passed = nullptr;
  };

  friend class Graph;
  void* take_block(size_t nbytes);
  void put_block(void* p, int size_class) noexcept;
  void* from_driver(size_t bytes);
  std::string holders() const;

  int index_;
  cudaDeviceProp properties_;
  cudaStream_t stream_ = nullptr;
  cudaEvent_t event_ = nullptr;

  mutable std::mutex mutex_;
  std::vector<std::vector<void*>> free_;         // by size class
  std::vector<int64_t> used_;                    // blocks in use, by size class
  std::vector<std::pair<void*, size_t>> whole_;  // what the driver gave
  MemoryStats stats_{};

  std::mutex staging_mutex_;
  std::vector<Staging> staging_;
  size_t next_staging_ = 0;

  cudaStream_t capture_stream_ = nullptr;
  Capture* capture_ = nullptr;  // one at a time; see graph.h
  std::vector<Graph*> graphs_;  // that live
};

// The GPU that this thread's calls go to: the one that was made current last.
Gpu& current();
inline cudaStream_t stream() { return static_cast<cudaStream_t>(current().stream()); }

}  // namespace pyten::cuda
