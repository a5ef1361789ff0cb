#include "kernels/cuda/graph.h"

#include <algorithm>
#include <cstring>

#include "kernels/cuda/blas.h"
#include "kernels/cuda/launch.cuh"

namespace pyten::cuda {

thread_local Capture* t_capture = nullptr;

void refuse_in_capture(const char* what) {
  if (!capturing()) [[likely]]
    return;
  fail(
      ErrorKind::kRuntime, "pyten.cuda.graph: ", what,
      " inside the function, which is noted here and carried out later; compute with tensors on "
      "the GPU alone (operations without a kernel there ask for values, too), and take values from "
      "what the function returns");
}

// -- Noting ---------------------------------------------------------------------------------------

bool CapturedMemory::names(const void* p, size_t nbytes) const {
  auto first = reinterpret_cast<uintptr_t>(p);
  auto at = std::lower_bound(words.begin(), words.end(), first);
  return at != words.end() && *at < first + nbytes;
}

void note_words(Gpu&, const void* bytes, size_t nbytes) {
  if (!capturing()) [[likely]]
    return;
  auto from = static_cast<const char*>(bytes);
  for (size_t at = 0; at + sizeof(uintptr_t) <= nbytes; at += alignof(void*)) {
    uintptr_t word;
    std::memcpy(&word, from + at, sizeof(word));
    if (word >= 4096) t_capture->memory.words.push_back(word);
  }
}

namespace {

template <size_t size>
struct Bytes {
  unsigned char v[size];
};
template <size_t size>
__global__ void put_bytes(Bytes<size> bytes, unsigned n, unsigned char* to) {
  for (unsigned i = threadIdx.x; i < n; i += blockDim.x) to[i] = bytes.v[i];
}
template <size_t size>
void put(void* device, const void* host, size_t nbytes) {
  Bytes<size> bytes{};
  std::memcpy(bytes.v, host, nbytes);
  kernels::cuda::launch("constant", put_bytes<size>, 1, nbytes < 32 ? 32 : 128, 0, bytes,
                        unsigned(nbytes), static_cast<unsigned char*>(device));
}

constexpr size_t kPinned = size_t(1) << 20;

}  // namespace

void note_constant(Gpu& gpu, void* device, const void* host, size_t nbytes) {
  if (nbytes <= 16) return put<16>(device, host, nbytes);
  if (nbytes <= 1024) return put<1024>(device, host, nbytes);
  note_address(gpu, device);
  Capture& c = *t_capture;
  if (c.left < nbytes) {
    size_t size = std::max(kPinned, nbytes);
    void* fresh = nullptr;
    check(cudaMallocHost(&fresh, size), "pinned memory");
    c.pinned.push_back(fresh);
    c.room = static_cast<char*>(fresh);
    c.left = size;
  }
  std::memcpy(c.room, host, nbytes);
  check(cudaMemcpyAsync(device, c.room, nbytes, cudaMemcpyHostToDevice,
                        static_cast<cudaStream_t>(gpu.stream())),
        "copy to the GPU");
  c.room += nbytes;
  c.left -= nbytes;
}

// -- Captures -------------------------------------------------------------------------------------

void Gpu::begin_capture() {
  make_current();
  std::lock_guard lock(mutex_);
  if (capture_) {
    fail(ErrorKind::kRuntime, "pyten.cuda.graph: GPU:", index_,
         " is noting a function already; graphs do not nest");
  }
  if (capture_stream_ == nullptr) {
    check(cudaStreamCreateWithFlags(&capture_stream_, cudaStreamNonBlocking), "GPU");
  }
  prepare_blas_for_capture(*this, capture_stream_);
  // The allocator may ask the driver for memory meanwhile, which is not the graph's work.
  check(cudaStreamBeginCapture(capture_stream_, cudaStreamCaptureModeRelaxed), "capture");
  capture_ = new Capture;
  capture_->free.resize(free_.size());
  t_capture = capture_;
}

std::unique_ptr<CapturedWork> Gpu::end_capture() {
  make_current();
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t work = nullptr;
  cudaError_t status = cudaStreamEndCapture(capture_stream_, &graph);
  if (status == cudaSuccess) {
    status = cudaGraphInstantiate(&work, graph, 0);
    cudaGraphDestroy(graph);
  }
  std::unique_ptr<Capture> capture(capture_);
  t_capture = nullptr;
  std::vector<std::pair<void*, int>> returned = std::move(capture->memory.returned);
  capture->memory.returned.clear();
  std::sort(capture->memory.words.begin(), capture->memory.words.end());
  auto graph_of_work = std::make_unique<Graph>(*this, work, std::move(*capture));
  {
    std::lock_guard lock(mutex_);
    capture_ = nullptr;
    for (auto [p, c] : returned) put_block(p, c);
  }
  check(status, "capture");
  return graph_of_work;
}

void Gpu::drop_capture() noexcept {
  try {
    end_capture();
  } catch (const Error&) {  // it was to be thrown away
  }
}

bool Gpu::take_back(void* p) {
  std::lock_guard lock(mutex_);
  if (capture_ == nullptr) return false;
  auto& returned = capture_->memory.returned;
  auto at = std::find_if(returned.begin(), returned.end(),
                         [&](const std::pair<void*, int>& r) { return r.first == p; });
  if (at == returned.end()) return false;
  returned.erase(at);
  return true;
}

// A block that a tensor gives back: to the capture or graph that owns it, to one that still uses
// it, or to everybody. With the mutex held.
void Gpu::put_block(void* p, int c) noexcept {
  if (capture_) {
    auto own = capture_->memory.blocks.find(p);
    if (own != capture_->memory.blocks.end()) {
      own->second.live = false;
      capture_->free[size_t(c)].push_back(p);
    } else {
      capture_->memory.returned.push_back({p, c});
    }
    return;
  }
  for (Graph* graph : graphs_) {
    auto own = graph->memory.blocks.find(p);
    if (own != graph->memory.blocks.end()) {
      own->second.live = false;
      return;
    }
    if (graph->memory.names(p, class_bytes(c))) {
      graph->memory.returned.push_back({p, c});
      return;
    }
  }
  auto bytes = int64_t(class_bytes(c));
  free_[size_t(c)].push_back(p);
  --used_[size_t(c)];
  stats_.live_bytes -= bytes;
  stats_.cached_bytes += bytes;
}

// -- Graphs ---------------------------------------------------------------------------------------

Graph::Graph(Gpu& gpu, cudaGraphExec_t work, Capture&& capture)
    : memory(std::move(capture.memory)),
      gpu_(gpu),
      work_(work),
      pinned_(std::move(capture.pinned)) {
  std::lock_guard lock(gpu_.mutex_);
  gpu_.graphs_.push_back(this);
}

// Work under way keeps what it needs of the graph itself, and memory is reused in the stream's
// order.
Graph::~Graph() {
  if (work_) cudaGraphExecDestroy(work_);
  if (!pinned_.empty()) cudaStreamSynchronize(gpu_.stream_);
  for (void* p : pinned_) cudaFreeHost(p);
  std::lock_guard lock(gpu_.mutex_);
  std::erase(gpu_.graphs_, this);
  for (auto [p, block] : memory.blocks) {
    if (!block.live) gpu_.put_block(p, block.size_class);
  }
  for (auto [p, c] : memory.returned) gpu_.put_block(p, c);
}

void Graph::replay() {
  refuse_in_capture("another graph was replayed");
  gpu_.make_current();
  check(cudaGraphLaunch(work_, static_cast<cudaStream_t>(gpu_.stream())), "pyten.cuda.graph");
  check_launch("pyten.cuda.graph");
}

}  // namespace pyten::cuda
