// CPU memory: blocks of size classes, kept when freed and handed out again.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/holders.h"

namespace pyten {

inline constexpr size_t kAlignment = 64;  // a cache line and the widest vector

struct MemoryStats {
  int64_t live_bytes;    // in blocks that are in use
  int64_t peak_bytes;    // the most that ever were, or were since reset_peak_memory()
  int64_t cached_bytes;  // in free blocks kept for reuse
};

// At least `nbytes` bytes aligned to kAlignment; never null. Raises kOutOfMemory, naming the size
// and the largest holders; the kept blocks are given up before.
void* allocate(size_t nbytes);
// `nbytes` as it was asked for.
void deallocate(void* p, size_t nbytes) noexcept;

// What a block of at least kHolderFrom bytes is for: it is named when memory runs out.
void note_holder(void* p, size_t nbytes, const Shape& shape, DType dtype);
std::vector<Holder> largest_holders(size_t count);

MemoryStats memory_stats();
void reset_peak_memory();  // the peak starts anew from what is in use
// Blocks that would bring the bytes in use above `bytes` are refused; 0: no limit.
void set_memory_limit(int64_t bytes);
int64_t memory_limit();
// Gives the cached blocks of this thread and the shared cache back to the system.
void release_cached_memory();

}  // namespace pyten
