// CPU memory: blocks of size classes, kept when freed and handed out again.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pyten {

inline constexpr size_t kAlignment = 64;  // a cache line and the widest vector

struct MemoryStats {
  int64_t live_bytes;    // in blocks that are in use
  int64_t peak_bytes;    // the most that ever were
  int64_t cached_bytes;  // in free blocks kept for reuse
};

// At least `nbytes` bytes aligned to kAlignment; never null. Raises kOutOfMemory, naming the size.
void* allocate(size_t nbytes);
// `nbytes` as it was asked for.
void deallocate(void* p, size_t nbytes) noexcept;

MemoryStats memory_stats();
// Gives the cached blocks of this thread and the shared cache back to the system.
void release_cached_memory();

}  // namespace pyten
