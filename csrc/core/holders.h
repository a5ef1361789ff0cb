// Who holds the large blocks, for the message when memory runs out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/dtype.h"
#include "core/shape.h"

namespace pyten {

inline constexpr size_t kHolderFrom = 1 << 20;  // smaller blocks are not noted

// Equal tensors taken together.
struct Holder {
  std::string what;  // "float32 (1024, 1024)"
  int64_t count, bytes;
};

// Not locked: the allocator's mutex is held.
class Holders {
 public:
  void add(void* block, int64_t bytes, const Shape& shape, DType dtype) {
    blocks_.insert_or_assign(block, Block{bytes, shape, dtype});
  }
  void remove(void* block) { blocks_.erase(block); }
  std::vector<Holder> largest(size_t count) const;  // the largest groups first

 private:
  struct Block {
    int64_t bytes;
    Shape shape;
    DType dtype;
  };
  std::unordered_map<void*, Block> blocks_;
};

// ", most of it by 3 tensors float32 [1024,1024]: …", or nothing.
std::string holders_text(const std::vector<Holder>& largest);

std::string bytes_text(int64_t bytes);  // "1536 bytes (1.5 KiB)"

}  // namespace pyten
