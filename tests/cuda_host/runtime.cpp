// Devices, memory, streams, events and graphs of the emulated GPUs.
//
// A device address lies in memory that nobody may touch but a kernel or a copy while it runs: a
// host that reads or writes it crashes. Work waits in its stream's queue until somebody asks for an
// outcome that depends on it: without an event between them, two streams do not wait for each
// other, and whatever a call needs must have been copied or kept alive. Fresh memory holds garbage.
//
// Environment: PYTEN_FAKE_GPUS, how many (2); PYTEN_FAKE_GPU_BYTES, the memory of each (1 GiB).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cuda_runtime.h"
#include "device_memory.h"

namespace {

using cuda_host::kPage, cuda_host::Memory;

struct Work {
  const char* op;
  std::function<void()> run;
};

constexpr size_t kMostWaiting = 1024;             // a GPU would have begun by then
constexpr size_t kStaged = size_t(64) << 10;      // host memory that a copy takes along at once
constexpr size_t kMostShared = size_t(64) << 10;  // what the oldest chip has

size_t number_from(const char* variable, size_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

struct CUgraph_st {
  std::vector<Work> nodes;
};
struct CUgraphExec_st {
  std::vector<Work> nodes;
};
struct CUstream_st {
  int device = 0;
  std::deque<Work> queue;
  uint64_t done = 0;  // of all that was ever put in
  CUgraph_st* capture = nullptr;
  bool capture_failed = false;
  uint64_t end() const { return done + queue.size() + running; }
  bool running = false;
};
struct CUevent_st {
  CUstream_st* stream = nullptr;
  uint64_t position = 0;
  bool captured = false;
};

namespace {

struct Device {
  Memory memory;
  CUstream_st standard;  // the legacy default stream
  std::vector<std::unique_ptr<CUstream_st>> streams;
  explicit Device(int index, size_t bytes) : memory(bytes) { standard.device = index; }
};

struct Machine {
  std::recursive_mutex mutex;
  std::vector<std::unique_ptr<Device>> devices;
  std::map<char*, size_t> pinned;
  Machine() {
    size_t count = number_from("PYTEN_FAKE_GPUS", 2);
    size_t bytes = number_from("PYTEN_FAKE_GPU_BYTES", size_t(1) << 30);
    for (size_t i = 0; i < count; ++i) devices.push_back(std::make_unique<Device>(int(i), bytes));
  }
};
Machine& machine() {
  static auto* m = new Machine;  // streams may be asked until the very end
  return *m;
}

thread_local int t_device = 0;
thread_local cudaError_t t_error = cudaSuccess;

cudaError_t result(cudaError_t error) {
  if (error != cudaSuccess) t_error = error;
  return error;
}

using Lock = std::lock_guard<std::recursive_mutex>;

CUstream_st* resolve(cudaStream_t stream) {
  if (stream == nullptr || stream == cudaStreamLegacy || stream == cudaStreamPerThread) {
    return &machine().devices[size_t(t_device)]->standard;
  }
  return stream;
}

Device* owner(const void* p) {
  for (auto& d : machine().devices) {
    if (d->memory.holds(p)) return d.get();
  }
  return nullptr;
}
bool pinned(const void* p) {
  auto& blocks = machine().pinned;
  auto after = blocks.upper_bound(static_cast<char*>(const_cast<void*>(p)));
  if (after == blocks.begin()) return false;
  --after;
  return p < after->first + after->second;
}

// Memory is open while the outermost of these lives.
struct Open {
  static inline int depth = 0;
  Open() {
    if (depth++ == 0) all(PROT_READ | PROT_WRITE);
  }
  ~Open() {
    if (--depth == 0) all(PROT_NONE);
  }
  static void all(int protection) {
    for (auto& d : machine().devices) d->memory.protect(protection);
  }
};

// Carries out the stream's work up to a position.
void drain(CUstream_st* s, uint64_t position) {
  if (s->done >= position) return;
  Open open;
  while (s->done < position && !s->queue.empty()) {
    Work work = std::move(s->queue.front());
    s->queue.pop_front();
    s->running = true;
    work.run();
    s->running = false;
    ++s->done;
  }
}
void drain(CUstream_st* s) { drain(s, s->end()); }
void drain(Device& d) {
  drain(&d.standard);
  for (auto& s : d.streams) drain(s.get());
}

cudaError_t put(CUstream_st* s, Work work) {
  if (s->capture) {
    s->capture->nodes.push_back(std::move(work));
    return cudaSuccess;
  }
  s->queue.push_back(std::move(work));
  if (s->queue.size() >= kMostWaiting) drain(s);
  return cudaSuccess;
}

// What may not be asked of a stream while it is captured.
cudaError_t refuse_capture(CUstream_st* s) {
  if (!s->capture) return cudaSuccess;
  s->capture_failed = true;
  return result(cudaErrorStreamCaptureUnsupported);
}

}  // namespace

namespace cuda_host {

bool enqueue(const char* op, cudaStream_t stream, std::function<void()> work) {
  Lock lock(machine().mutex);
  return put(resolve(stream), {op, std::move(work)}) == cudaSuccess;
}

void require_device(const char* op, cudaStream_t stream, const void* p) {
  if (p == nullptr) return;
  Lock lock(machine().mutex);
  Device* device = machine().devices[size_t(resolve(stream)->device)].get();
  if (device->memory.allocated(p, 0)) return;
  std::fprintf(stderr, "cuda_host: a kernel of %s was given %p, which is %s\n", op, p,
               owner(p) == device ? "not allocated"
               : owner(p)         ? "memory of another device"
                                  : "host memory");
  std::abort();
}

bool launchable(dim3 blocks, dim3 threads, size_t shared_bytes) {
  uint64_t n = uint64_t(threads.x) * threads.y * threads.z;
  bool right = n >= 1 && n <= 1024 && threads.z <= 64 && blocks.x >= 1 && blocks.y >= 1 &&
               blocks.z >= 1 && blocks.x <= 0x7fffffffu && blocks.y <= 65535 && blocks.z <= 65535 &&
               shared_bytes <= kMostShared;
  if (!right) result(cudaErrorInvalidConfiguration);
  return right;
}

}  // namespace cuda_host

// -- Errors ---------------------------------------------------------------------------------------
const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
#define NAME(name) \
  case name: return #name;
    NAME(cudaSuccess)
    NAME(cudaErrorInvalidValue)
    NAME(cudaErrorMemoryAllocation)
    NAME(cudaErrorInvalidConfiguration)
    NAME(cudaErrorInvalidDevicePointer)
    NAME(cudaErrorInvalidMemcpyDirection)
    NAME(cudaErrorInsufficientDriver)
    NAME(cudaErrorNoDevice)
    NAME(cudaErrorInvalidDevice)
    NAME(cudaErrorInvalidResourceHandle)
    NAME(cudaErrorNotReady)
    NAME(cudaErrorIllegalAddress)
    NAME(cudaErrorLaunchFailure)
    NAME(cudaErrorNotSupported)
    NAME(cudaErrorStreamCaptureUnsupported)
    NAME(cudaErrorStreamCaptureInvalidated)
    NAME(cudaErrorStreamCaptureUnjoined)
    NAME(cudaErrorStreamCaptureIsolation)
    NAME(cudaErrorStreamCaptureImplicit)
    NAME(cudaErrorCapturedEvent)
#undef NAME
  }
  return "unrecognized error code";
}
const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorMemoryAllocation ? "out of memory" : cudaGetErrorName(error);
}
cudaError_t cudaGetLastError() {
  cudaError_t error = t_error;
  t_error = cudaSuccess;
  return error;
}
cudaError_t cudaPeekAtLastError() { return t_error; }

// -- Devices --------------------------------------------------------------------------------------
cudaError_t cudaGetDeviceCount(int* count) {
  *count = int(machine().devices.size());
  return *count ? cudaSuccess : result(cudaErrorNoDevice);
}
cudaError_t cudaSetDevice(int device) {
  if (device < 0 || size_t(device) >= machine().devices.size()) {
    return result(cudaErrorInvalidDevice);
  }
  t_device = device;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = t_device;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device < 0 || size_t(device) >= machine().devices.size()) {
    return result(cudaErrorInvalidDevice);
  }
  *properties = {};
  std::snprintf(properties->name, sizeof(properties->name), "Fake GPU %d", device);
  properties->totalGlobalMem = machine().devices[size_t(device)]->memory.bytes;
  properties->sharedMemPerBlock = size_t(48) << 10;
  properties->sharedMemPerBlockOptin = kMostShared;
  properties->warpSize = 32;
  properties->maxThreadsPerBlock = 1024;
  properties->major = 7;
  properties->minor = 5;
  properties->multiProcessorCount = 1;  // few blocks, so that kernels have to step
  properties->l2CacheSize = 4 << 20;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  cudaDeviceProp p;
  if (cudaError_t e = cudaGetDeviceProperties(&p, device)) return e;
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount: *value = p.multiProcessorCount; break;
    case cudaDevAttrComputeCapabilityMajor: *value = p.major; break;
    case cudaDevAttrComputeCapabilityMinor: *value = p.minor; break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = int(p.sharedMemPerBlockOptin); break;
  }
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() {
  Lock lock(machine().mutex);
  Device& d = *machine().devices[size_t(t_device)];
  for (auto& s : d.streams) {
    if (cudaError_t e = refuse_capture(s.get())) return e;
  }
  drain(d);
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) { return cudaDriverGetVersion(version); }

// -- Memory ---------------------------------------------------------------------------------------
cudaError_t cudaMalloc(void** p, size_t nbytes) {
  Lock lock(machine().mutex);
  *p = machine().devices[size_t(t_device)]->memory.take(nbytes);
  return *p ? cudaSuccess : result(cudaErrorMemoryAllocation);
}
// Waits for the device, as CUDA's does.
cudaError_t cudaFree(void* p) {
  if (p == nullptr) return cudaSuccess;
  Lock lock(machine().mutex);
  Device* d = owner(p);
  if (d == nullptr) return result(cudaErrorInvalidValue);
  drain(*d);
  return d->memory.give_back(p) ? cudaSuccess : result(cudaErrorInvalidValue);
}
cudaError_t cudaMallocHost(void** p, size_t nbytes) {
  Lock lock(machine().mutex);
  *p = std::aligned_alloc(kPage, (nbytes + kPage - 1) / kPage * kPage);
  if (*p == nullptr) return result(cudaErrorMemoryAllocation);
  machine().pinned[static_cast<char*>(*p)] = nbytes;
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* p) {
  Lock lock(machine().mutex);
  if (machine().pinned.erase(static_cast<char*>(p)) == 0) return result(cudaErrorInvalidValue);
  for (auto& d : machine().devices) drain(*d);
  std::free(p);
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(size_t* available, size_t* total) {
  Lock lock(machine().mutex);
  Memory& memory = machine().devices[size_t(t_device)]->memory;
  *total = memory.bytes;
  *available = memory.bytes - memory.used;
  return cudaSuccess;
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* p) {
  Lock lock(machine().mutex);
  *attributes = {};
  auto writable = const_cast<void*>(p);
  if (Device* d = owner(p)) {
    *attributes = {cudaMemoryTypeDevice, d->standard.device, writable, nullptr};
  } else if (pinned(p)) {
    *attributes = {cudaMemoryTypeHost, t_device, writable, writable};
  } else {
    attributes->device = -2;
    attributes->hostPointer = writable;
  }
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t nbytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  if (nbytes == 0) return cudaSuccess;
  Lock lock(machine().mutex);
  CUstream_st* s = resolve(stream);
  Device *target = owner(to), *source = owner(from);
  bool fits = kind == cudaMemcpyDefault || (kind == cudaMemcpyHostToDevice && target && !source) ||
              (kind == cudaMemcpyDeviceToHost && !target && source) ||
              (kind == cudaMemcpyDeviceToDevice && target && source) ||
              (kind == cudaMemcpyHostToHost && !target && !source);
  if (!fits) return result(cudaErrorInvalidMemcpyDirection);
  if ((target && !target->memory.allocated(to, nbytes)) ||
      (source && !source->memory.allocated(from, nbytes))) {
    return result(cudaErrorInvalidValue);
  }
  if (!source && !pinned(from) && nbytes <= kStaged) {
    auto c = static_cast<const char*>(from);
    return put(s, {"copy", [to, staged = std::vector<char>(c, c + nbytes)] {
                     std::memcpy(to, staged.data(), staged.size());
                   }});
  }
  if (cudaError_t e = put(s, {"copy", [=] { std::memmove(to, from, nbytes); }})) return e;
  // Host memory that is not pinned: the call waits.
  if ((!source && !pinned(from)) || (!target && !pinned(to))) {
    if (cudaError_t e = refuse_capture(s)) return e;
    drain(s);
  }
  return cudaSuccess;
}
cudaError_t cudaMemcpy(void* to, const void* from, size_t nbytes, cudaMemcpyKind kind) {
  if (cudaError_t e = cudaMemcpyAsync(to, from, nbytes, kind, nullptr)) return e;
  return cudaStreamSynchronize(nullptr);
}
cudaError_t cudaMemsetAsync(void* p, int value, size_t nbytes, cudaStream_t stream) {
  if (nbytes == 0) return cudaSuccess;
  Lock lock(machine().mutex);
  Device* d = owner(p);
  if (d == nullptr || !d->memory.allocated(p, nbytes)) return result(cudaErrorInvalidValue);
  return put(resolve(stream), {"memset", [=] { std::memset(p, value, nbytes); }});
}

// -- Streams and events ---------------------------------------------------------------------------
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  Lock lock(machine().mutex);
  Device& d = *machine().devices[size_t(t_device)];
  d.streams.push_back(std::make_unique<CUstream_st>());
  *stream = d.streams.back().get();
  (*stream)->device = t_device;
  return cudaSuccess;
}
cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, 0); }
// Events keep pointing at it, so it stays.
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  Lock lock(machine().mutex);
  drain(stream);
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  Lock lock(machine().mutex);
  CUstream_st* s = resolve(stream);
  if (cudaError_t e = refuse_capture(s)) return e;
  drain(s);
  return cudaSuccess;
}
// Each question moves the stream on by one piece of work.
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  Lock lock(machine().mutex);
  CUstream_st* s = resolve(stream);
  if (s->queue.empty()) return cudaSuccess;
  drain(s, s->done + 1);
  return cudaErrorNotReady;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  Lock lock(machine().mutex);
  CUstream_st* s = resolve(stream);
  if (event->stream == nullptr) return cudaSuccess;
  if (s->capture) return event->captured ? cudaSuccess : result(cudaErrorStreamCaptureIsolation);
  if (event->captured) return result(cudaErrorCapturedEvent);
  return put(
      s, {"wait", [other = event->stream, position = event->position] { drain(other, position); }});
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, 0); }
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  Lock lock(machine().mutex);
  CUstream_st* s = resolve(stream);
  *event = {s, s->end(), s->capture != nullptr};
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  Lock lock(machine().mutex);
  if (event->captured) return result(cudaErrorCapturedEvent);
  if (event->stream) drain(event->stream, event->position);
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  Lock lock(machine().mutex);
  if (event->captured) return result(cudaErrorCapturedEvent);
  if (event->stream == nullptr || event->stream->done >= event->position) return cudaSuccess;
  drain(event->stream, event->stream->done + 1);
  return cudaErrorNotReady;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
  *milliseconds = 0;
  return cudaSuccess;
}
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  Lock lock(machine().mutex);
  return put(resolve(stream), {"host function", [=] { function(data); }});
}

// -- Graphs ---------------------------------------------------------------------------------------
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  Lock lock(machine().mutex);
  CUstream_st* s = resolve(stream);
  if (s == &machine().devices[size_t(s->device)]->standard) {
    return result(cudaErrorStreamCaptureUnsupported);
  }
  if (s->capture) return result(cudaErrorInvalidValue);
  s->capture = new CUgraph_st;
  s->capture_failed = false;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  Lock lock(machine().mutex);
  CUstream_st* s = resolve(stream);
  if (!s->capture) return result(cudaErrorInvalidValue);
  *graph = s->capture;
  s->capture = nullptr;
  if (!s->capture_failed) return cudaSuccess;
  delete *graph;
  *graph = nullptr;
  return result(cudaErrorStreamCaptureInvalidated);
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  Lock lock(machine().mutex);
  CUstream_st* s = resolve(stream);
  *status = !s->capture         ? cudaStreamCaptureStatusNone
            : s->capture_failed ? cudaStreamCaptureStatusInvalidated
                                : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  *exec = new CUgraphExec_st{graph->nodes};
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  Lock lock(machine().mutex);
  CUstream_st* s = resolve(stream);
  for (const Work& work : exec->nodes) {
    if (cudaError_t e = put(s, work)) return e;
  }
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  delete exec;
  return cudaSuccess;
}
cudaError_t cudaGraphGetNodes(cudaGraph_t graph, void* nodes, size_t* count) {
  if (nodes) return result(cudaErrorNotSupported);
  *count = graph->nodes.size();
  return cudaSuccess;
}
