#include "core/allocator.h"

#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "core/error.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace pyten {
namespace {

// Size classes: four per power of two from 64 bytes on, so that at most a fifth is wasted.
constexpr int kFirstBits = 6;
constexpr int kClasses = 4 * 40;
constexpr size_t kLocalLimit = 64 << 10;   // blocks up to this size are cached per thread
constexpr int kLocalBlocks = 64;           // at most so many of one class
constexpr size_t kHugeFrom = 4 << 20;      // ask for huge pages from here on
constexpr size_t kSharedLimit = size_t(4) << 30;  // bytes the shared cache may hold

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

std::atomic<int64_t> g_live{0}, g_peak{0}, g_cached{0};

struct SharedCache {
  std::mutex mutex;
  FreeBlock* head[kClasses] = {};
};
SharedCache& shared_cache() {
  static SharedCache* cache = new SharedCache;  // never destroyed: threads may free at exit
  return *cache;
}

void give_back(FreeBlock* list, int c) {
  while (list) {
    FreeBlock* next = list->next;
    std::free(list);
    g_cached.fetch_sub(int64_t(class_bytes(c)), std::memory_order_relaxed);
    list = next;
  }
}

// Blocks that this thread freed. Plain lists: no locks, no atomics but the statistics.
struct LocalCache {
  FreeBlock* head[kClasses] = {};
  int count[kClasses] = {};
  void clear() {
    for (int c = 0; c < kClasses; ++c) {
      give_back(head[c], c);
      head[c] = nullptr;
      count[c] = 0;
    }
  }
  ~LocalCache();
};
thread_local bool t_cache_gone = false;
LocalCache::~LocalCache() {
  t_cache_gone = true;
  clear();
}
LocalCache& local_cache() {
  thread_local LocalCache cache;
  return cache;
}

void count_live(int64_t bytes) {
  int64_t live = g_live.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t peak = g_peak.load(std::memory_order_relaxed);
  while (live > peak && !g_peak.compare_exchange_weak(peak, live, std::memory_order_relaxed)) {
  }
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

void* allocate(size_t nbytes) {
  if (nbytes > size_t(1) << 45) {
    fail(ErrorKind::kOutOfMemory, "allocate: ", nbytes, " bytes are more than this machine has");
  }
  int c = class_of(nbytes);
  size_t bytes = class_bytes(c);
  FreeBlock* block = nullptr;
  if (bytes <= kLocalLimit) {
    if (!t_cache_gone) {
      LocalCache& cache = local_cache();
      block = cache.head[c];
      if (block) {
        cache.head[c] = block->next;
        --cache.count[c];
      }
    }
  } else {
    SharedCache& cache = shared_cache();
    std::lock_guard lock(cache.mutex);
    block = cache.head[c];
    if (block) cache.head[c] = block->next;
  }
  if (block) {
    g_cached.fetch_sub(int64_t(bytes), std::memory_order_relaxed);
  } else {
    block = static_cast<FreeBlock*>(from_system(bytes));
    if (!block) {
      release_cached_memory();
      block = static_cast<FreeBlock*>(from_system(bytes));
    }
    if (!block) {
      fail(ErrorKind::kOutOfMemory, "allocate: the system has no ", nbytes, " bytes left; ",
           g_live.load(), " bytes are in use");
    }
  }
  count_live(int64_t(bytes));
  return block;
}

void deallocate(void* p, size_t nbytes) noexcept {
  int c = class_of(nbytes);
  int64_t bytes = int64_t(class_bytes(c));
  g_live.fetch_sub(bytes, std::memory_order_relaxed);
  auto* block = static_cast<FreeBlock*>(p);
  if (size_t(bytes) <= kLocalLimit) {
    if (!t_cache_gone) {
      LocalCache& cache = local_cache();
      if (cache.count[c] < kLocalBlocks) {
        block->next = cache.head[c];
        cache.head[c] = block;
        ++cache.count[c];
        g_cached.fetch_add(bytes, std::memory_order_relaxed);
        return;
      }
    }
  } else if (g_cached.load(std::memory_order_relaxed) + bytes <= int64_t(kSharedLimit)) {
    SharedCache& cache = shared_cache();
    std::lock_guard lock(cache.mutex);
    block->next = cache.head[c];
    cache.head[c] = block;
    g_cached.fetch_add(bytes, std::memory_order_relaxed);
    return;
  }
  std::free(p);
}

MemoryStats memory_stats() { return {g_live.load(), g_peak.load(), g_cached.load()}; }

void release_cached_memory() {
  if (!t_cache_gone) local_cache().clear();
  SharedCache& cache = shared_cache();
  std::lock_guard lock(cache.mutex);
  for (int c = 0; c < kClasses; ++c) {
    give_back(cache.head[c], c);
    cache.head[c] = nullptr;
  }
}

}  // namespace pyten
