// The memory of an emulated GPU: addresses that nobody may touch but while it is opened, with a
// closed page after each block.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace cuda_host {

inline constexpr size_t kPage = 4096;
inline constexpr size_t kAligned = 256;  // as cudaMalloc promises
inline constexpr size_t kGarbageBytes = size_t(1) << 20;
inline constexpr char kGarbage = char(0xa5);

struct Memory {
  char* base = nullptr;
  size_t bytes = 0;
  struct Block {
    size_t reserved, pages, lead, asked;  // bytes; `lead` before the address that was given out
  };
  std::map<size_t, Block> blocks;  // by their offsets
  size_t used = 0;

  explicit Memory(size_t n) : bytes((n + kPage - 1) / kPage * kPage) {
    void* p = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) std::abort();
    base = static_cast<char*>(p);
  }
  bool holds(const void* p) const {
    auto c = static_cast<const char*>(p);
    return c >= base && c < base + bytes;
  }
  std::map<size_t, Block>::iterator find(const void* p) {
    if (!holds(p)) return blocks.end();
    auto offset = size_t(static_cast<const char*>(p) - base);
    auto after = blocks.upper_bound(offset);
    if (after == blocks.begin()) return blocks.end();
    --after;
    return offset < after->first + after->second.pages ? after : blocks.end();
  }
  // Whether [p, p + n) lies in one allocation.
  bool allocated(const void* p, size_t n) {
    auto found = find(p);
    if (found == blocks.end()) return false;
    auto& [offset, block] = *found;
    auto from = size_t(static_cast<const char*>(p) - base) - offset;
    return from >= block.lead && from + n <= block.lead + std::max<size_t>(block.asked, 1);
  }
  void protect(int protection) const {
    for (auto& [offset, block] : blocks) {
      if (mprotect(base + offset, block.pages, protection) != 0) std::abort();
    }
  }
  // The first gap that is large enough. The block ends with its pages, and a page that nobody may
  // touch follows; the bytes up to the next multiple of kAligned are looked at in the end.
  void* take(size_t n) {
    size_t pages = std::max((n + kPage - 1) / kPage * kPage, kPage), size = pages + kPage, at = 0;
    for (auto& [offset, block] : blocks) {
      if (offset - at >= size) break;
      at = offset + block.reserved;
    }
    if (at + size > bytes) return nullptr;
    size_t whole = (n + kAligned - 1) / kAligned * kAligned;
    blocks[at] = {size, pages, pages - whole, n};
    used += pages;
    size_t garbage = std::min(pages, kGarbageBytes);
    char* end = base + at + pages;
    if (mprotect(end - garbage, garbage, PROT_READ | PROT_WRITE) != 0) std::abort();
    std::memset(end - garbage, kGarbage, garbage);
    mprotect(end - garbage, garbage, PROT_NONE);
    return base + at + pages - whole;
  }
  bool give_back(void* p) {
    auto found = find(p);
    if (found == blocks.end()) return false;
    auto& [offset, block] = *found;
    char *begin = base + offset, *end = begin + block.pages;
    if (static_cast<char*>(p) != begin + block.lead) return false;
    mprotect(begin, block.pages, PROT_READ);
    for (char* c = static_cast<char*>(p) + block.asked; c < end; ++c) {
      if (*c == kGarbage) continue;
      std::fprintf(stderr, "cuda_host: a block of %zu bytes was written %zu bytes past its end\n",
                   block.asked, size_t(c - static_cast<char*>(p)) - block.asked);
      std::abort();
    }
    mprotect(begin, block.pages, PROT_NONE);
    madvise(begin, block.pages, MADV_DONTNEED);
    used -= block.pages;
    blocks.erase(found);
    return true;
  }
};

}  // namespace cuda_host
