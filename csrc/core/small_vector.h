// A vector that keeps its first N elements inside itself: shapes, strides and operand lists are
// short, and an allocation for each would cost more than most small kernels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>

namespace pyten {

template <typename T, unsigned N>
class SmallVector {
 public:
  using value_type = T;

  SmallVector() = default;
  explicit SmallVector(size_t n) {
    if (n > capacity_) grow(n);
    std::uninitialized_value_construct_n(data_, n);
    size_ = uint32_t(n);
  }
  SmallVector(size_t n, const T& value) { resize(n, value); }
  SmallVector(std::initializer_list<T> v) { append(v.begin(), v.end()); }
  template <typename It>
    requires(!std::is_integral_v<It>)
  SmallVector(It first, It last) {
    append(first, last);
  }
  SmallVector(const SmallVector& o) { append(o.begin(), o.end()); }
  SmallVector(SmallVector&& o) noexcept { steal(o); }
  SmallVector& operator=(const SmallVector& o) {
    if (this != &o) {
      clear();
      append(o.begin(), o.end());
    }
    return *this;
  }
  SmallVector& operator=(SmallVector&& o) noexcept {
    if (this != &o) {
      destroy();
      steal(o);
    }
    return *this;
  }
  ~SmallVector() { destroy(); }

  size_t size() const { return size_; }
  int ssize() const { return int(size_); }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T& front() { return data_[0]; }
  T& back() { return data_[size_ - 1]; }
  const T& front() const { return data_[0]; }
  const T& back() const { return data_[size_ - 1]; }

  void push_back(T v) {
    if (size_ == capacity_) grow(size_ + 1);
    std::construct_at(data_ + size_++, std::move(v));
  }
  void pop_back() { std::destroy_at(data_ + --size_); }
  void clear() {
    std::destroy(begin(), end());
    size_ = 0;
  }
  void resize(size_t n, const T& value = T()) {
    if (n > capacity_) grow(n);
    while (size_ > n) pop_back();
    while (size_ < n) std::construct_at(data_ + size_++, value);
  }
  // Of elements from elsewhere.
  template <typename It>
  void append(It first, It last) {
    if constexpr (kPlain && (std::is_same_v<It, T*> || std::is_same_v<It, const T*>)) {
      append_plain(first, size_t(last - first));
    } else {
      for (; first != last; ++first) push_back(*first);
    }
  }
  void insert(size_t at, T v) {
    push_back(std::move(v));
    std::rotate(begin() + at, end() - 1, end());
  }
  void erase(size_t at) {
    std::move(begin() + at + 1, end(), begin() + at);
    pop_back();
  }
  bool operator==(const SmallVector& o) const {
    return size_ == o.size_ && std::equal(begin(), end(), o.begin());
  }

 private:
  // Elements that may be copied as bytes: a loop of push_back shows in the time of a small op.
  static constexpr bool kPlain = std::is_trivially_copyable_v<T>;

  T* inline_data() { return reinterpret_cast<T*>(buffer_); }
  void append_plain(const T* from, size_t n) {
    if (size_ + n > capacity_) grow(size_ + n);
    if (n) std::memcpy(static_cast<void*>(data_ + size_), from, n * sizeof(T));
    size_ += uint32_t(n);
  }
  void grow(size_t at_least) {
    size_t capacity = std::max<size_t>(at_least, capacity_ * 2);
    T* p = std::allocator<T>().allocate(capacity);
    std::uninitialized_move(begin(), end(), p);
    uint32_t n = size_;
    destroy();
    data_ = p;
    size_ = n;
    capacity_ = uint32_t(capacity);
  }
  // Ends as an empty inline vector.
  void destroy() {
    std::destroy(begin(), end());
    if (data_ != inline_data()) std::allocator<T>().deallocate(data_, capacity_);
    data_ = inline_data();
    size_ = 0;
    capacity_ = N;
  }
  void steal(SmallVector& o) {
    if (o.data_ == o.inline_data()) {
      if constexpr (kPlain) {
        std::memcpy(buffer_, o.buffer_, sizeof buffer_);  // of a known size: a few moves
      } else {
        std::uninitialized_move(o.begin(), o.end(), inline_data());
      }
      size_ = o.size_;
      o.clear();
    } else {
      data_ = std::exchange(o.data_, o.inline_data());
      size_ = std::exchange(o.size_, 0);
      capacity_ = std::exchange(o.capacity_, N);
    }
  }

  T* data_ = inline_data();
  uint32_t size_ = 0;
  uint32_t capacity_ = N;
  alignas(T) unsigned char buffer_[N * sizeof(T)];
};

}  // namespace pyten
