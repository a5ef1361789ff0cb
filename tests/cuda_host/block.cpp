// Blocks of threads on one host thread.
//
// Thread 0 of a block runs first, as a fiber. If it ends without waiting for others, the rest are
// plain calls; else each of them is a fiber with a stack of its own, and whoever waits gives way to
// the next. With PYTEN_FAKE_GPU_ORDER=reverse blocks run from the last to the first, and so do the
// threads after thread 0: what works in one order alone lacks a barrier.
#include "block.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define CUDA_HOST_ASAN 1
#else
#define CUDA_HOST_ASAN 0
#endif

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

// void cuda_host_switch(void** old_stack, void* new_stack): saves what a call must keep on the old
// stack, and takes it from the new one.
extern "C" CUDA_HOST_HIDDEN void cuda_host_switch(void** old_stack, void* new_stack);
#if defined(__x86_64__)
asm(R"(
.text
.globl cuda_host_switch
.hidden cuda_host_switch
.type cuda_host_switch, @function
cuda_host_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size cuda_host_switch, .-cuda_host_switch
)");
constexpr size_t kFrameWords = 8, kReturnWord = 6;  // the stack is odd by a word after a call
#elif defined(__aarch64__)
asm(R"(
.text
.globl cuda_host_switch
.hidden cuda_host_switch
.type cuda_host_switch, %function
cuda_host_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size cuda_host_switch, .-cuda_host_switch
)");
constexpr size_t kFrameWords = 20, kReturnWord = 11;
#else
#error "fibers are written for x86-64 and aarch64"
#endif

namespace cuda_host {
namespace {

constexpr size_t kStackBytes = size_t(256) << 10;
constexpr size_t kSharedBytes = size_t(64) << 10;
constexpr int kWarp = 32;

enum class State : uint8_t { ready, at_block, at_warp, ended };

struct Fiber {
  char* stack = nullptr;  // its lowest address
  void* top = nullptr;    // where it was left
  uint3 index{};
  State state = State::ended;
  unsigned mask = 0;  // of the warp's barrier
  alignas(16) unsigned char value[16];
  bool predicate = false;
  void* fake_stack = nullptr;
};

// The block that runs. Only one does at a time, in the whole process.
struct Block {
  const char* op = "";
  void (*body)(void*) = nullptr;
  void* data = nullptr;
  int threads = 0, at_block = 0, ended = 0, current = 0;
  bool plain = false, waited = false;
  int predicates = 0, counted = 0;  // of the block's vote that was last complete
  void* host_top = nullptr;
  const void* host_stack = nullptr;
  size_t host_stack_bytes = 0;
  void* host_fake_stack = nullptr;
};
Block g_block;
std::vector<Fiber>& fibers() {
  static auto* all = new std::vector<Fiber>(1024);
  return *all;
}
alignas(16) unsigned char g_shared[kSharedBytes];

bool reversed() {
  static const bool is = [] {
    const char* order = std::getenv("PYTEN_FAKE_GPU_ORDER");
    return order && std::strcmp(order, "reverse") == 0;
  }();
  return is;
}

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "cuda_host: kernel of %s, block (%u, %u, %u), thread (%u, %u, %u): %s\n",
               g_block.op, blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y,
               threadIdx.z, why);
  std::abort();
}

uint3 index_of(int t) {
  auto u = unsigned(t);
  return {u % blockDim.x, u / blockDim.x % blockDim.y, u / blockDim.x / blockDim.y};
}

// -- From one stack to another --------------------------------------------------------------------
void enter(int t) {
  Fiber& f = fibers()[size_t(t)];
  g_block.current = t;
  threadIdx = f.index;
#if CUDA_HOST_ASAN
  __sanitizer_start_switch_fiber(&g_block.host_fake_stack, f.stack, kStackBytes);
#endif
  cuda_host_switch(&g_block.host_top, f.top);
#if CUDA_HOST_ASAN
  __sanitizer_finish_switch_fiber(g_block.host_fake_stack, nullptr, nullptr);
#endif
}
void leave() {
  Fiber& f = fibers()[size_t(g_block.current)];
#if CUDA_HOST_ASAN
  __sanitizer_start_switch_fiber(&f.fake_stack, g_block.host_stack, g_block.host_stack_bytes);
#endif
  cuda_host_switch(&f.top, g_block.host_top);
#if CUDA_HOST_ASAN
  __sanitizer_finish_switch_fiber(f.fake_stack, &g_block.host_stack, &g_block.host_stack_bytes);
#endif
}

// A fiber runs one thread after another, of this block and of later ones.
void fiber_main() {
#if CUDA_HOST_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &g_block.host_stack, &g_block.host_stack_bytes);
#endif
  for (;;) {
    g_block.body(g_block.data);
    fibers()[size_t(g_block.current)].state = State::ended;
    ++g_block.ended;
    leave();
  }
}

void make_stack(Fiber& f) {
  void* memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  f.stack = static_cast<char*>(memory);
  // As if fiber_main had been about to begin: aligned as after a call.
  void** top = reinterpret_cast<void**>(f.stack + kStackBytes) - 4 - kFrameWords;
  for (size_t i = 0; i < kFrameWords; ++i) top[i] = nullptr;
  top[kReturnWord] = reinterpret_cast<void*>(&fiber_main);
  f.top = top;
}

void start(int t) {
  Fiber& f = fibers()[size_t(t)];
  if (f.stack == nullptr) make_stack(f);
  f.index = index_of(t);
  f.state = State::ready;
}

// -- Barriers -------------------------------------------------------------------------------------
bool release_block() {
  if (g_block.at_block + g_block.ended < g_block.threads) return false;
  g_block.at_block = 0;
  g_block.counted = g_block.predicates;
  g_block.predicates = 0;
  for (int t = 0; t < g_block.threads; ++t) {
    Fiber& f = fibers()[size_t(t)];
    if (f.state == State::at_block) f.state = State::ready;
  }
  return true;
}

// Enters the threads of a warp until none of them can go on alone.
bool run_warp(int first) {
  int n = g_block.threads - first < kWarp ? g_block.threads - first : kWarp;
  bool moved = false;
  for (bool again = true; again;) {
    again = false;
    for (int i = 0; i < n; ++i) {
      int t = first + (reversed() ? n - 1 - i : i);
      if (fibers()[size_t(t)].state != State::ready) continue;
      enter(t);
      again = moved = true;
    }
  }
  return moved;
}

// Until every thread has ended. Each warp runs as far as it can while the others stand still, so
// that what should have waited for them does not find their work done.
void run_fibers() {
  int warps = (g_block.threads - 1) / kWarp + 1;
  while (g_block.ended < g_block.threads) {
    bool moved = false;
    for (int w = 0; w < warps; ++w) {
      moved |= run_warp(kWarp * (reversed() ? warps - 1 - w : w));
    }
    if (!moved && !release_block()) {
      give_up("threads wait for others that never come: a barrier in a branch, or a wrong mask");
    }
  }
}

void run_block() {
  g_block.at_block = g_block.ended = g_block.predicates = 0;
  g_block.plain = g_block.waited = false;
  start(0);
  g_block.waited = false;
  enter(0);
  int n = g_block.threads;
  if (g_block.waited) {
    for (int t = 1; t < n; ++t) start(t);
    return run_fibers();
  }
  g_block.plain = true;
  for (int i = 1; i < n; ++i) {
    threadIdx = index_of(reversed() ? n - i : i);
    g_block.body(g_block.data);
  }
}

void wait(State state) {
  if (g_block.plain) give_up("waits for thread 0, which has ended without waiting");
  g_block.waited = true;
  fibers()[size_t(g_block.current)].state = state;
  leave();
}

}  // namespace

void run_grid(const char* op, dim3 blocks, dim3 threads, size_t, void (*body)(void*), void* data) {
  g_block.op = op;
  g_block.body = body;
  g_block.data = data;
  g_block.threads = int(threads.x * threads.y * threads.z);
  blockDim = threads;
  gridDim = blocks;
  uint64_t n = uint64_t(blocks.x) * blocks.y * blocks.z;
  for (uint64_t i = 0; i < n; ++i) {
    uint64_t b = reversed() ? n - 1 - i : i;
    blockIdx = {unsigned(b % blocks.x), unsigned(b / blocks.x % blocks.y),
                unsigned(b / blocks.x / blocks.y)};
    run_block();
  }
}

void* dynamic_shared() { return g_shared; }

void wait_block() {
  ++g_block.at_block;
  wait(State::at_block);
}
int count_block(bool predicate) {
  g_block.predicates += predicate;
  wait_block();
  return g_block.counted;
}

int lane() {
  return int((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x) % kWarp;
}

void wait_warp(unsigned mask) {
  int current = g_block.current, first = current / kWarp * kWarp;
  if (g_block.plain) give_up("waits for thread 0, which has ended without waiting");
  if (!(mask >> (current - first) & 1)) give_up("a lane is not in its own mask");
  if (g_block.threads - first < kWarp) mask &= (1u << (g_block.threads - first)) - 1;
  if (mask == 1u << (current - first)) return;
  if (!g_block.waited) {  // thread 0, before the others have begun
    Fiber& f = fibers()[0];
    f.mask = mask;
    return wait(State::at_warp);
  }
  // The last to come lets the others go on.
  bool complete = true;
  for (int i = 0; i < kWarp; ++i) {
    if (!(mask >> i & 1) || first + i == current) continue;
    Fiber& f = fibers()[size_t(first + i)];
    if (f.state == State::ended) give_up("a lane of the mask has ended");
    complete &= f.state == State::at_warp && f.mask == mask;
  }
  if (complete) {
    for (int i = 0; i < kWarp; ++i) {
      if (mask >> i & 1) fibers()[size_t(first + i)].state = State::ready;
    }
    return;
  }
  fibers()[size_t(current)].mask = mask;
  wait(State::at_warp);
}

void exchange(unsigned mask, const void* value, size_t size, int source, void* to) {
  int current = g_block.current, first = current / kWarp * kWarp;
  std::memcpy(fibers()[size_t(current)].value, value, size);
  wait_warp(mask);
  if (first + source >= g_block.threads) source = current - first;  // an incomplete warp
  if (!(mask >> source & 1)) give_up("shuffles from a lane that is not in the mask");
  std::memcpy(to, fibers()[size_t(first + source)].value, size);
  wait_warp(mask);
}

unsigned ballot(unsigned mask, bool predicate) {
  int first = g_block.current / kWarp * kWarp;
  fibers()[size_t(g_block.current)].predicate = predicate;
  wait_warp(mask);
  unsigned votes = 0;
  for (int i = 0; i < kWarp && first + i < g_block.threads; ++i) {
    if (mask >> i & 1) votes |= unsigned(fibers()[size_t(first + i)].predicate) << i;
  }
  wait_warp(mask);
  return votes;
}

}  // namespace cuda_host
