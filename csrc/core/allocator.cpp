#include "core/allocator.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

#include "core/error.h"
#include "core/system_memory.h"
#include "core/thread_local.h"

#ifndef _WIN32
#include <pthread.h>
#endif
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace pyten {
namespace {

// Size classes: four per power of two from 64 bytes on, so that at most a fifth is wasted.
constexpr int kFirstBits = 6;
constexpr int kClasses = 4 * 40;
constexpr size_t kLocalLimit = 64 << 10;          // blocks up to this size are cached per thread
constexpr int kLocalBlocks = 64;                  // at most so many of one class
constexpr size_t kHugeFrom = 4 << 20;             // ask for huge pages from here on
constexpr size_t kSharedLimit = size_t(4) << 30;  // bytes the shared cache may hold
// From here on the system is asked what it has left, which takes it some 50 microseconds: it hands
// out addresses without memory behind them and kills a process that uses too many.
constexpr size_t kAskFrom = size_t(256) << 20;
constexpr int64_t kReserve = int64_t(64) << 20;  // not taken: others need some too

int class_of(size_t nbytes) {
  if (nbytes <= size_t(1) << kFirstBits) return 0;
  int bits = 63 - std::countl_zero(nbytes - 1);  // 2^bits < nbytes <= 2^(bits+1)
  size_t quarter = size_t(1) << (bits - 2);
  int step = int((nbytes - 1 - (size_t(1) << bits)) / quarter);
  return 4 * (bits - kFirstBits) + step + 1;
}

size_t class_bytes(int c) {
  if (c == 0) return size_t(1) << kFirstBits;
  int bits = kFirstBits + (c - 1) / 4;
  size_t quarter = size_t(1) << (bits - 2);
  size_t n = (size_t(1) << bits) + quarter * size_t((c - 1) % 4 + 1);
  return (n + kAlignment - 1) / kAlignment * kAlignment;
}

struct FreeBlock {
  FreeBlock* next;
};

// A counter that one thread writes and any may read: no locked instruction in the fast path.
class Counter {
 public:
  void add(int64_t n) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  int64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

struct LocalCache;

struct SharedCache {
  std::mutex mutex;
  FreeBlock* head[kClasses] = {};
  std::vector<LocalCache*> threads;
  int64_t live = 0, cached = 0;  // of threads that are gone, and of everything large
  int64_t peak = 0;
  std::atomic<int64_t> limit{0};  // of live bytes; 0: none
  Holders holders;
};
SharedCache& shared_cache() {
  // Never destroyed: threads may free at exit. A child process must not inherit the lock taken.
  static SharedCache* cache = [] {
#ifndef _WIN32
    pthread_atfork([] { shared_cache().mutex.lock(); }, [] { shared_cache().mutex.unlock(); },
                   [] { shared_cache().mutex.unlock(); });
#endif
    return new SharedCache;
  }();
  return *cache;
}

int64_t free_list(FreeBlock* list, int c) {
  int64_t freed = 0;
  while (list) {
    FreeBlock* next = list->next;
    std::free(list);
    freed += int64_t(class_bytes(c));
    list = next;
  }
  return freed;
}

// Blocks that this thread freed. Plain lists: no locks.
struct LocalCache {
  FreeBlock* head[kClasses] = {};
  int count[kClasses] = {};
  Counter live, cached;  // this thread's part of the sums; one thread's may be negative

  LocalCache() {
    SharedCache& shared = shared_cache();
    std::lock_guard lock(shared.mutex);
    shared.threads.push_back(this);
  }
  ~LocalCache();
  void clear() {
    for (int c = 0; c < kClasses; ++c) {
      cached.add(-free_list(head[c], c));
      head[c] = nullptr;
      count[c] = 0;
    }
  }
};
PYTEN_THREAD_LOCAL LocalCache* t_cache = nullptr;
PYTEN_THREAD_LOCAL bool t_cache_gone = false;
LocalCache::~LocalCache() {
  t_cache_gone = true;
  t_cache = nullptr;
  clear();
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  std::erase(shared.threads, this);
  shared.live += live.get();
}
// This thread's cache; null once the thread is ending.
LocalCache* local_cache() {
  if (t_cache || t_cache_gone) [[likely]]
    return t_cache;
  // On the heap: libraries opened at run time share a small block of thread-local memory.
  thread_local std::unique_ptr<LocalCache> cache = std::make_unique<LocalCache>();
  return t_cache = cache.get();
}

// With the mutex held. Notes a new peak unless the caller may yet have to do without the block.
MemoryStats sum(SharedCache& shared, bool note_peak = true) {
  MemoryStats stats{shared.live, 0, shared.cached};
  for (LocalCache* t : shared.threads) {
    stats.live_bytes += t->live.get();
    stats.cached_bytes += t->cached.get();
  }
  // A new peak needs memory that was not cached, so it is enough to look when some is taken.
  if (note_peak) shared.peak = std::max(shared.peak, stats.live_bytes);
  stats.peak_bytes = shared.peak;
  return stats;
}

void* from_system(size_t bytes) {
  void* p = std::aligned_alloc(bytes >= kHugeFrom ? size_t(2) << 20 : kAlignment,
                               bytes >= kHugeFrom ? (bytes + (2 << 20) - 1) >> 21 << 21 : bytes);
#ifdef __linux__
  if (p && bytes >= kHugeFrom) madvise(p, bytes, MADV_HUGEPAGE);
#endif
  return p;
}

}  // namespace

namespace {

[[noreturn]] void out_of_memory(size_t nbytes, const std::string& why) {
  std::string text = "allocate: " + bytes_text(int64_t(nbytes)) + " " + why + "; " +
                     bytes_text(memory_stats().live_bytes) + " are in use";
  fail(ErrorKind::kOutOfMemory, text + holders_text(largest_holders(3)));
}

// Why a block that must come from the system is refused; empty if it is not. The bytes count as
// live already.
std::string refusal(SharedCache& shared, int64_t bytes) {
  int64_t limit = shared.limit.load(std::memory_order_relaxed);
  MemoryStats stats;
  {
    std::lock_guard lock(shared.mutex);
    stats = sum(shared, false);
  }
  if (limit > 0 && stats.live_bytes > limit) {
    return "would exceed the limit of " + bytes_text(limit);
  }
  if (size_t(bytes) < kAskFrom) return {};
  int64_t left = available_memory();
  if (left < 0 || bytes + kReserve <= left) return {};
  if (stats.cached_bytes > 0) {
    release_cached_memory();
    left = available_memory();
    if (bytes + kReserve <= left) return {};
  }
  return "are more than the system has left, " + bytes_text(left);
}

// A block of the class, counted as live already; null with the reason when there is none.
void* fresh_block(SharedCache& shared, int64_t bytes, std::string& why) {
  if (shared.limit.load(std::memory_order_relaxed) > 0 || size_t(bytes) >= kAskFrom) {
    why = refusal(shared, bytes);
    if (!why.empty()) return nullptr;
  }
  void* block = from_system(size_t(bytes));
  if (block == nullptr) {
    release_cached_memory();
    block = from_system(size_t(bytes));
  }
  if (block == nullptr) why = "are more than the system has left";
  return block;
}

}  // namespace

void* allocate(size_t nbytes) {
  if (nbytes > size_t(1) << 45) out_of_memory(nbytes, "are more than this machine has");
  int c = class_of(nbytes);
  auto bytes = int64_t(class_bytes(c));
  LocalCache* local = size_t(bytes) <= kLocalLimit ? local_cache() : nullptr;
  if (local) [[likely]] {
    local->live.add(bytes);
    if (FreeBlock* block = local->head[c]) {
      local->head[c] = block->next;
      --local->count[c];
      local->cached.add(-bytes);
      return block;
    }
  }
  SharedCache& shared = shared_cache();
  std::string why;
  {
    std::lock_guard lock(shared.mutex);
    if (!local) shared.live += bytes;
    int64_t limit = shared.limit.load(std::memory_order_relaxed);
    FreeBlock* block = local ? nullptr : shared.head[c];
    bool allowed = limit == 0 || sum(shared, false).live_bytes <= limit;
    if (block && allowed) {
      shared.head[c] = block->next;
      shared.cached -= bytes;
      sum(shared);
      return block;
    }
  }
  void* block = fresh_block(shared, bytes, why);
  if (block) {
    std::lock_guard lock(shared.mutex);
    sum(shared);
    return block;
  }
  if (local) {
    local->live.add(-bytes);
  } else {
    std::lock_guard lock(shared.mutex);
    shared.live -= bytes;
  }
  out_of_memory(nbytes, why);
}

void deallocate(void* p, size_t nbytes) noexcept {
  int c = class_of(nbytes);
  auto bytes = int64_t(class_bytes(c));
  auto* block = static_cast<FreeBlock*>(p);
  LocalCache* local = size_t(bytes) <= kLocalLimit ? local_cache() : nullptr;
  if (local) [[likely]] {
    local->live.add(-bytes);
    if (local->count[c] < kLocalBlocks) {
      block->next = local->head[c];
      local->head[c] = block;
      ++local->count[c];
      local->cached.add(bytes);
      return;
    }
  } else {
    SharedCache& shared = shared_cache();
    std::lock_guard lock(shared.mutex);
    shared.live -= bytes;
    if (nbytes >= kHolderFrom) shared.holders.remove(p);
    if (size_t(bytes) > kLocalLimit && shared.cached + bytes <= int64_t(kSharedLimit)) {
      block->next = shared.head[c];
      shared.head[c] = block;
      shared.cached += bytes;
      return;
    }
  }
  std::free(p);
}

void note_holder(void* p, size_t nbytes, const Shape& shape, DType dtype) {
  if (nbytes < kHolderFrom) return;
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  shared.holders.add(p, int64_t(nbytes), shape, dtype);
}

std::vector<Holder> largest_holders(size_t count) {
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  return shared.holders.largest(count);
}

MemoryStats memory_stats() {
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  return sum(shared);
}

void reset_peak_memory() {
  // Kept blocks would be handed out again unseen.
  release_cached_memory();
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  shared.peak = 0;
  sum(shared);
}

void set_memory_limit(int64_t bytes) {
  release_cached_memory();  // small kept blocks are handed out without a look at the limit
  shared_cache().limit.store(bytes > 0 ? bytes : 0);
}

int64_t memory_limit() { return shared_cache().limit.load(); }

void release_cached_memory() {
  if (LocalCache* local = local_cache()) local->clear();
  SharedCache& shared = shared_cache();
  std::lock_guard lock(shared.mutex);
  for (int c = 0; c < kClasses; ++c) {
    shared.cached -= free_list(shared.head[c], c);
    shared.head[c] = nullptr;
  }
}

}  // namespace pyten
