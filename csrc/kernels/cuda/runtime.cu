#include "kernels/cuda/runtime.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "kernels/cuda/graph.h"

namespace pyten::cuda {
namespace {

// Size classes: four per power of two from 512 bytes on. Small blocks are cut from slabs, since
// the driver's own granularity is 2 MB.
constexpr int kFirstBits = 9;
constexpr int kClasses = 4 * 40;
constexpr size_t kSlab = size_t(2) << 20;
constexpr size_t kStaging = size_t(1) << 20;
constexpr size_t kStagingBlocks = 4;
constexpr size_t kInline = 4096;  // copies up to here are taken along by the launch itself

int class_of(size_t nbytes) {
  if (nbytes <= size_t(1) << kFirstBits) return 0;
  int bits = 63 - std::countl_zero(nbytes - 1);
  size_t quarter = size_t(1) << (bits - 2);
  int step = int((nbytes - 1 - (size_t(1) << bits)) / quarter);
  return 4 * (bits - kFirstBits) + step + 1;
}
bool synchronous() {
  static const bool on = [] {
    const char* value = std::getenv("PYTEN_CUDA_SYNC");
    return value && std::strcmp(value, "1") == 0;
  }();
  return on;
}

// PYTEN_CUDA_CACHE=0: each block is the driver's own, of the size that was asked for, so that a
// memory checker sees what goes past its end. Slow; graphs are then kept from giving memory back.
bool caches() {
  static const bool on = [] {
    const char* value = std::getenv("PYTEN_CUDA_CACHE");
    return value == nullptr || std::strcmp(value, "0") != 0;
  }();
  return on;
}

thread_local Gpu* t_gpu = nullptr;

}  // namespace

size_t class_bytes(int c) {
  if (c == 0) return size_t(1) << kFirstBits;
  int bits = kFirstBits + (c - 1) / 4;
  size_t quarter = size_t(1) << (bits - 2);
  size_t n = (size_t(1) << bits) + quarter * size_t((c - 1) % 4 + 1);
  return (n + 255) / 256 * 256;
}

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  ErrorKind kind =
      status == cudaErrorMemoryAllocation ? ErrorKind::kOutOfMemory : ErrorKind::kInternal;
  cudaGetLastError();  // forget it: what can go on should
  fail(kind, what, ": ", cudaGetErrorString(status), " (", cudaGetErrorName(status), ")");
}

void check_launch(const char* op) {
  check(cudaGetLastError(), op);
  if (synchronous() && !capturing()) check(cudaStreamSynchronize(stream()), op);
}

Gpu& current() {
  if (t_gpu == nullptr) fail(ErrorKind::kInternal, "no GPU was made current on this thread");
  return *t_gpu;
}

Gpu::Gpu(int index) : index_(index), free_(kClasses), used_(kClasses) {
  check(cudaGetDeviceProperties(&properties_, index), "GPU");
}

void* Gpu::stream() const { return capturing() ? capture_stream_ : stream_; }

void Gpu::make_current() {
  if (t_gpu == this) return;
  refuse_in_capture("another GPU was used");
  check(cudaSetDevice(index_), "GPU");
  if (stream_ == nullptr) {
    std::lock_guard lock(mutex_);
    if (stream_ == nullptr) {
      check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "GPU");
      cudaStream_t fresh;
      check(cudaStreamCreateWithFlags(&fresh, cudaStreamNonBlocking), "GPU");
      stream_ = fresh;
    }
  }
  t_gpu = this;
}

// -- Memory ---------------------------------------------------------------------------------------

std::string Gpu::holders() const {
  std::vector<std::pair<size_t, int64_t>> sizes;  // bytes together, class
  for (int c = 0; c < kClasses; ++c) {
    if (used_[c]) sizes.push_back({size_t(used_[c]) * class_bytes(c), c});
  }
  std::sort(sizes.rbegin(), sizes.rend());
  std::string text;
  for (size_t i = 0; i < sizes.size() && i < 3; ++i) {
    auto c = int(sizes[i].second);
    text += (i ? ", " : "; the most is held by ") + std::to_string(used_[c]) + " blocks of " +
            std::to_string(class_bytes(c)) + " bytes";
  }
  return text;
}

// Null when the driver has none. With the mutex held.
void* Gpu::from_driver(size_t bytes) {
  void* p = nullptr;
  if (cudaMalloc(&p, bytes) == cudaSuccess) return p;
  cudaGetLastError();
  return nullptr;
}

void* Gpu::allocate(size_t nbytes) {
  make_current();
  if (capturing() && caches()) {
    std::lock_guard lock(mutex_);
    std::vector<void*>& own = t_capture->free[size_t(class_of(nbytes))];
    if (!own.empty()) {
      void* p = own.back();
      own.pop_back();
      t_capture->memory.blocks[p].live = true;
      return p;
    }
  }
  return take_block(nbytes);
}

void* Gpu::allocate_apart(size_t nbytes) {
  make_current();
  return take_block(nbytes);
}

// A block that is free for everybody, or one of the driver's.
void* Gpu::take_block(size_t nbytes) {
  int c = class_of(nbytes);
  size_t bytes = class_bytes(c);
  std::unique_lock lock(mutex_);
  if (free_[c].empty() || !caches()) {
    size_t wanted = caches() ? std::max(bytes, kSlab) : std::max<size_t>(nbytes, 1);
    void* fresh = from_driver(wanted);
    if (fresh == nullptr) {
      lock.unlock();
      release_cached_memory();
      lock.lock();
      if (free_[c].empty()) fresh = from_driver(wanted);
    }
    if (fresh) {
      whole_.push_back({fresh, wanted});
      size_t parts = caches() ? wanted / bytes : 1;
      for (size_t i = parts; i-- > 0;) free_[c].push_back(static_cast<char*>(fresh) + i * bytes);
      stats_.cached_bytes += int64_t(parts * bytes);
    } else if (free_[c].empty()) {
      fail(ErrorKind::kOutOfMemory, "allocate: GPU:", index_, " has no ", nbytes, " bytes left; ",
           stats_.live_bytes, " of its ", total_bytes(), " bytes are in use", holders());
    }
  }
  void* p = free_[c].back();
  free_[c].pop_back();
  ++used_[c];
  stats_.cached_bytes -= int64_t(bytes);
  stats_.live_bytes += int64_t(bytes);
  stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes);
  if (capturing()) t_capture->memory.blocks[p] = {c, true};
  return p;
}

// The stream is in order, so later work may have the block at once.
void Gpu::deallocate(void* p, size_t nbytes) noexcept {
  std::lock_guard lock(mutex_);
  int c = class_of(nbytes);
  if (caches() || capture_ || !graphs_.empty()) return put_block(p, c);
  cudaFree(p);
  std::erase_if(whole_, [&](const auto& block) { return block.first == p; });
  --used_[c];
  stats_.live_bytes -= int64_t(class_bytes(c));
}

MemoryStats Gpu::memory_stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}
void Gpu::reset_peak() {
  std::lock_guard lock(mutex_);
  stats_.peak_bytes = stats_.live_bytes;
}

// A slab goes back when all of its parts are free.
void Gpu::release_cached_memory() {
  make_current();
  check(cudaStreamSynchronize(stream_), "release");
  std::lock_guard lock(mutex_);
  std::sort(whole_.begin(), whole_.end());
  auto slab_of = [&](void* p) {
    auto after = std::upper_bound(whole_.begin(), whole_.end(), std::pair(p, ~size_t(0)));
    return size_t(after - whole_.begin()) - 1;
  };
  std::vector<size_t> free_bytes(whole_.size());
  for (int c = 0; c < kClasses; ++c) {
    for (void* p : free_[c]) free_bytes[slab_of(p)] += class_bytes(c);
  }
  auto goes = [&](size_t slab, int c) {
    size_t bytes = class_bytes(c);
    return free_bytes[slab] == whole_[slab].second / bytes * bytes;
  };
  std::vector<bool> gone(whole_.size());
  for (int c = 0; c < kClasses; ++c) {
    std::erase_if(free_[c], [&](void* p) {
      size_t slab = slab_of(p);
      if (!goes(slab, c)) return false;
      gone[slab] = true;
      stats_.cached_bytes -= int64_t(class_bytes(c));
      return true;
    });
  }
  std::vector<std::pair<void*, size_t>> kept;
  for (size_t i = 0; i < whole_.size(); ++i) {
    if (gone[i]) cudaFree(whole_[i].first);
    else kept.push_back(whole_[i]);
  }
  whole_ = std::move(kept);
}

// -- Copies ---------------------------------------------------------------------------------------

// Host memory may be pageable and may change at once, so it goes through pinned blocks of our own,
// which are taken in turn.
void Gpu::copy_in(void* device, const void* host, size_t nbytes) {
  make_current();
  auto to = static_cast<char*>(device);
  auto from = static_cast<const char*>(host);
  if (capturing()) return note_constant(*this, device, host, nbytes);
  if (nbytes <= kInline) {  // the driver copies so little before it returns
    check(cudaMemcpyAsync(to, from, nbytes, cudaMemcpyHostToDevice, stream_), "copy to the GPU");
    return;
  }
  std::lock_guard lock(staging_mutex_);
  if (staging_.empty()) {
    staging_.resize(kStagingBlocks);
    for (Staging& s : staging_) {
      void* p = nullptr;
      check(cudaMallocHost(&p, kStaging), "pinned memory");
      s.data = static_cast<char*>(p);
      check(cudaEventCreateWithFlags(&s.passed, cudaEventDisableTiming), "event");
    }
  }
  for (size_t done = 0; done < nbytes;) {
    Staging& s = staging_[next_staging_++ % kStagingBlocks];
    check(cudaEventSynchronize(s.passed), "copy to the GPU");
    size_t n = std::min(kStaging, nbytes - done);
    std::memcpy(s.data, from + done, n);
    check(cudaMemcpyAsync(to + done, s.data, n, cudaMemcpyHostToDevice, stream_),
          "copy to the GPU");
    check(cudaEventRecord(s.passed, stream_), "copy to the GPU");
    done += n;
  }
}

void Gpu::copy_out(void* host, const void* device, size_t nbytes) {
  refuse_in_capture("a value was asked for");
  make_current();
  check(cudaMemcpyAsync(host, device, nbytes, cudaMemcpyDeviceToHost, stream_),
        "copy from the GPU");
  check(cudaStreamSynchronize(stream_), "copy from the GPU");
}

void Gpu::copy(void* to, const void* from, size_t nbytes) {
  make_current();
  note_address(*this, to);
  note_address(*this, from);
  check(cudaMemcpyAsync(to, from, nbytes, cudaMemcpyDeviceToDevice,
                        static_cast<cudaStream_t>(stream())),
        "copy on the GPU");
}

void Gpu::zero(void* device, size_t nbytes) {
  make_current();
  note_address(*this, device);
  check(cudaMemsetAsync(device, 0, nbytes, static_cast<cudaStream_t>(stream())), "zero");
}

void Gpu::synchronize() {
  refuse_in_capture("the GPU was waited for");
  make_current();
  check(cudaStreamSynchronize(stream_), "synchronize");
}

void Gpu::synchronize_all() {
  make_current();
  check(cudaDeviceSynchronize(), "synchronize");
}

void Gpu::wait_for(void* other) {
  refuse_in_capture("a tensor was shared with another library");
  make_current();
  std::lock_guard lock(mutex_);
  check(cudaEventRecord(event_, static_cast<cudaStream_t>(other)), "wait for a stream");
  check(cudaStreamWaitEvent(stream_, event_, 0), "wait for a stream");
}
void Gpu::let_wait(void* other) {
  refuse_in_capture("a tensor was shared with another library");
  make_current();
  std::lock_guard lock(mutex_);
  check(cudaEventRecord(event_, stream_), "let a stream wait");
  check(cudaStreamWaitEvent(static_cast<cudaStream_t>(other), event_, 0), "let a stream wait");
}

}  // namespace pyten::cuda
