// The emulator itself: that it does what CUDA does, and that mistakes show.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "cuda_runtime.h"

namespace {

constexpr unsigned kAll = 0xffffffffu;

// Memory of the current device that is filled from, and read into, a vector.
template <typename T>
struct DeviceArray {
  T* data = nullptr;
  size_t n;
  explicit DeviceArray(size_t count) : n(count) {
    EXPECT_EQ(cudaMalloc(&data, n * sizeof(T)), cudaSuccess);
  }
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    EXPECT_EQ(cudaMemcpy(data, values.data(), n * sizeof(T), cudaMemcpyHostToDevice), cudaSuccess);
  }
  DeviceArray(const DeviceArray&) = delete;
  ~DeviceArray() { cudaFree(data); }
  std::vector<T> values() const {
    std::vector<T> out(n);
    EXPECT_EQ(cudaMemcpy(out.data(), data, n * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
    return out;
  }
};

template <typename... Params, typename... Args>
void run(void (*kernel)(Params...), dim3 blocks, dim3 threads, cudaStream_t stream, Args... args) {
  cuda_host::launch<Params...>("test", kernel, blocks, threads, 0, stream,
                               static_cast<Params>(args)...);
}

struct Stream {
  cudaStream_t handle = nullptr;
  Stream() { cudaStreamCreateWithFlags(&handle, cudaStreamNonBlocking); }
};

// -- Threads of a block ---------------------------------------------------------------------------
__global__ void sum_blocks(const int* x, int* out, int n) {
  __shared__ int partial[8];
  int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  int value = i < n ? x[i] : 0;
  for (int step = 16; step > 0; step /= 2) value += __shfl_down_sync(kAll, value, unsigned(step));
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
  __syncthreads();
  if (threadIdx.x == 0) {
    int total = 0;
    for (int w = 0; w < int(blockDim.x) / 32; ++w) total += partial[w];
    out[blockIdx.x] = total;
  }
}

TEST(Emulator, BarriersAndShufflesSumUp) {
  std::vector<int> x(1000);
  std::iota(x.begin(), x.end(), 1);
  DeviceArray<int> in(x), out(4);
  run(sum_blocks, 4, 256, nullptr, in.data, out.data, 1000);
  std::vector<int> totals = out.values();
  EXPECT_EQ(std::accumulate(totals.begin(), totals.end(), 0), 500500);
  EXPECT_EQ(totals[0], 256 * 257 / 2);
}

__global__ void shuffle_all(int* out) {
  int lane = int(threadIdx.x), *to = out + 5 * lane;
  to[0] = __shfl_sync(kAll, 10 * lane, 3, 8);
  to[1] = __shfl_up_sync(kAll, lane, 2);
  to[2] = __shfl_xor_sync(kAll, lane, 5);
  to[3] = __shfl_down_sync(kAll, lane, 1, 4);
  to[4] = int(__ballot_sync(kAll, lane % 2));
}

TEST(Emulator, ShufflesStayInTheirWidth) {
  DeviceArray<int> out(5 * 32);
  run(shuffle_all, 1, 32, nullptr, out.data);
  std::vector<int> r = out.values();
  for (int lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(r[size_t(5 * lane)], 10 * (lane / 8 * 8 + 3));
    EXPECT_EQ(r[size_t(5 * lane + 1)], lane < 2 ? lane : lane - 2);
    EXPECT_EQ(r[size_t(5 * lane + 2)], lane ^ 5);
    EXPECT_EQ(r[size_t(5 * lane + 3)], lane % 4 == 3 ? lane : lane + 1);
    EXPECT_EQ(unsigned(r[size_t(5 * lane + 4)]), 0xaaaaaaaau);
  }
}

__global__ void count_odd(int* out) {
  int n = __syncthreads_count(threadIdx.x % 2);
  int any = __syncthreads_or(threadIdx.x == 40), all = __syncthreads_and(threadIdx.x < 40);
  out[threadIdx.x] = n * 100 + any * 10 + all;
}

TEST(Emulator, BlocksVote) {
  DeviceArray<int> out(64);
  run(count_odd, 1, 64, nullptr, out.data);
  EXPECT_EQ(out.values(), std::vector<int>(64, 3210));
}

__global__ void barrier_in_a_branch(int* out) {
  __syncthreads();
  if (threadIdx.x < 32) __syncwarp();
  else __shfl_sync(0x1u, 0, 0);
  out[threadIdx.x] = 1;
}
__global__ void half_of_a_warp(int* out) {
  __syncthreads();
  if (threadIdx.x < 16) out[threadIdx.x] = __shfl_xor_sync(kAll, 1, 1);
  else __syncthreads();
}
__global__ void plain(int* out) { out[threadIdx.x] = 1; }

void run_to_the_end(void (*kernel)(int*)) {
  int* p = nullptr;
  cudaMalloc(&p, 4096);
  run(kernel, 1, 64, nullptr, p);
  cudaDeviceSynchronize();
}

TEST(EmulatorDeathTest, MistakesInKernels) {
  EXPECT_DEATH(run_to_the_end(barrier_in_a_branch), "a lane is not in its own mask");
  EXPECT_DEATH(run_to_the_end(half_of_a_warp), "threads wait for others that never come");
}

TEST(EmulatorDeathTest, MemoryOfOneSideIsClosedToTheOther) {
  int* device = nullptr;
  ASSERT_EQ(cudaMalloc(&device, 4096), cudaSuccess);
  EXPECT_DEATH(*device = 1, "");
  int host[64];
  EXPECT_DEATH(run(plain, 1, 64, nullptr, host), "which is host memory");
  ASSERT_EQ(cudaFree(device), cudaSuccess);
  EXPECT_DEATH(run(plain, 1, 64, nullptr, device), "which is not allocated");
}

__global__ void write_at(int* out, int place) { out[place] = 1; }

void write_past_the_end(int place) {
  int* p = nullptr;
  cudaMalloc(&p, 100 * sizeof(int));
  run(write_at, 1, 1, nullptr, p, place);
  cudaFree(p);
}
TEST(EmulatorDeathTest, NothingGoesPastAnEnd) {
  write_past_the_end(99);
  EXPECT_DEATH(write_past_the_end(100), "a block of 400 bytes was written 0 bytes past its end");
  EXPECT_DEATH(write_past_the_end(128), "");
}

// -- Streams --------------------------------------------------------------------------------------
TEST(Emulator, StreamsWaitForEachOtherByEventsAlone) {
  DeviceArray<int> x(std::vector<int>(64, 0)), seen(std::vector<int>(64, 0));
  Stream writes, reads;
  size_t bytes = 64 * sizeof(int);
  run(plain, 1, 64, writes.handle, x.data);
  cudaMemcpyAsync(seen.data, x.data, bytes, cudaMemcpyDeviceToDevice, reads.handle);
  cudaStreamSynchronize(reads.handle);
  EXPECT_EQ(seen.values()[0], 0) << "a stream saw what it had not waited for";

  cudaEvent_t event;
  cudaEventCreateWithFlags(&event, cudaEventDisableTiming);
  cudaEventRecord(event, writes.handle);
  cudaStreamWaitEvent(reads.handle, event, 0);
  cudaMemcpyAsync(seen.data, x.data, bytes, cudaMemcpyDeviceToDevice, reads.handle);
  cudaStreamSynchronize(reads.handle);
  EXPECT_EQ(seen.values()[63], 1);
  cudaEventDestroy(event);
}

TEST(Emulator, PinnedMemoryIsReadWhenTheCopyHappens) {
  int* pinned = nullptr;
  ASSERT_EQ(cudaMallocHost(reinterpret_cast<void**>(&pinned), sizeof(int)), cudaSuccess);
  int pageable = 5;
  DeviceArray<int> a(1), b(1);
  *pinned = 5;
  Stream s;
  cudaMemcpyAsync(a.data, pinned, sizeof(int), cudaMemcpyHostToDevice, s.handle);
  cudaMemcpyAsync(b.data, &pageable, sizeof(int), cudaMemcpyHostToDevice, s.handle);
  *pinned = pageable = 7;
  cudaStreamSynchronize(s.handle);
  EXPECT_EQ(a.values()[0], 7);
  EXPECT_EQ(b.values()[0], 5);
  cudaFreeHost(pinned);
}

TEST(Emulator, GraphsRunAgain) {
  DeviceArray<int> x(std::vector<int>(64, 0));
  Stream s;
  ASSERT_EQ(cudaStreamBeginCapture(s.handle, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  run(plain, 1, 64, s.handle, x.data);
  cudaGraph_t graph;
  ASSERT_EQ(cudaStreamEndCapture(s.handle, &graph), cudaSuccess);
  cudaStreamSynchronize(s.handle);
  EXPECT_EQ(x.values()[0], 0) << "what is captured does not run";
  cudaGraphExec_t exec;
  ASSERT_EQ(cudaGraphInstantiate(&exec, graph, 0), cudaSuccess);
  for (int i = 0; i < 2; ++i) {
    cudaMemsetAsync(x.data, 0, 64 * sizeof(int), s.handle);
    cudaGraphLaunch(exec, s.handle);
    cudaStreamSynchronize(s.handle);
    EXPECT_EQ(x.values()[5], 1);
  }
  cudaGraphExecDestroy(exec);
  cudaGraphDestroy(graph);
  // To wait for a stream that is captured spoils the capture.
  ASSERT_EQ(cudaStreamBeginCapture(s.handle, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(s.handle), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamEndCapture(s.handle, &graph), cudaErrorStreamCaptureInvalidated);
  cudaGetLastError();
}

// -- Refusals -------------------------------------------------------------------------------------
TEST(Emulator, MemoryEnds) {
  size_t available = 0, total = 0;
  cudaMemGetInfo(&available, &total);
  void* p = nullptr;
  EXPECT_EQ(cudaMalloc(&p, available + 1), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&p, available / 2), cudaSuccess);
  EXPECT_EQ(cudaFree(p), cudaSuccess);
}

TEST(Emulator, RefusesWhatCudaRefuses) {
  DeviceArray<int> x(64);
  run(plain, 1, 2048, nullptr, x.data);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  run(plain, 0, 32, nullptr, x.data);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  int host = 0;
  EXPECT_EQ(cudaMemcpy(&host, &host, 4, cudaMemcpyHostToDevice), cudaErrorInvalidMemcpyDirection);
  EXPECT_EQ(cudaMemcpy(&host, x.data + 2000, 4, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
  cudaGetLastError();
}

}  // namespace
