// Ids to dense numbers 0, 1, 2, … in order of insertion. Ids are positive; nothing is ever removed
// but everything. Open addressing; small maps live inside the object.
#pragma once

#include <cstdint>
#include <memory>

namespace pyten {

class FlatMap {
 public:
  // -1 if absent.
  int32_t find(int64_t id) const {
    for (uint32_t i = start(id);; i = (i + 1) & mask_) {
      if (keys_[i] == id) return values_[i];
      if (keys_[i] == 0) return -1;
    }
  }
  // The number of `id`, a new one if it has none.
  int32_t insert(int64_t id) {
    for (uint32_t i = start(id);; i = (i + 1) & mask_) {
      if (keys_[i] == id) return values_[i];
      if (keys_[i] == 0) {
        if (uint32_t(size_) * 2 >= mask_) {
          grow();
          return insert(id);
        }
        keys_[i] = id;
        values_[i] = size_;
        return size_++;
      }
    }
  }
  int32_t size() const { return size_; }
  void clear() {
    for (uint32_t i = 0; i <= mask_; ++i) keys_[i] = 0;
    size_ = 0;
  }
  FlatMap() = default;
  FlatMap(const FlatMap&) = delete;
  FlatMap& operator=(const FlatMap&) = delete;

 private:
  static constexpr uint32_t kInline = 32;
  uint32_t start(int64_t id) const {
    return uint32_t(uint64_t(id) * 0x9E3779B97F4A7C15u >> 40) & mask_;
  }
  void grow() {
    uint32_t old = mask_ + 1;
    auto keys = std::move(heap_keys_);
    auto values = std::move(heap_values_);
    const int64_t* k = keys_;
    const int32_t* v = values_;
    heap_keys_ = std::make_unique<int64_t[]>(old * 4);
    heap_values_ = std::make_unique<int32_t[]>(old * 4);
    keys_ = heap_keys_.get();
    values_ = heap_values_.get();
    mask_ = old * 4 - 1;
    for (uint32_t i = 0; i < old; ++i) {
      if (k[i] == 0) continue;
      uint32_t j = start(k[i]);
      while (keys_[j] != 0) j = (j + 1) & mask_;
      keys_[j] = k[i];
      values_[j] = v[i];
    }
  }
  int64_t inline_keys_[kInline] = {};
  int32_t inline_values_[kInline];
  std::unique_ptr<int64_t[]> heap_keys_;
  std::unique_ptr<int32_t[]> heap_values_;
  int64_t* keys_ = inline_keys_;
  int32_t* values_ = inline_values_;
  uint32_t mask_ = kInline - 1;
  int32_t size_ = 0;
};

}  // namespace pyten
