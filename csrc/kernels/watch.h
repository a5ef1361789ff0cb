// Looks at what a driver writes while it is still in the cache: for the numerics check, which would
// else read every large result from memory once more.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "core/dtype.h"
#include "core/thread_local.h"

namespace pyten::kernels {

struct Watch {
  bool (*finite)(const char* data, int64_t bytes, DType dtype);
  std::optional<DType> next =
      std::nullopt;                // the next call of a driver writes this, and is to be looked at
  const void* data = nullptr;      // the output last looked at, whole
  std::atomic<bool> found{false};  // whether it holds a NaN or an infinity
  bool seen = false;  // the result of the call that asks next whether it is recorded is finite

  // Looks at a call's result, unless a driver that wrote it has.
  void see(const void* out, int64_t bytes, DType dtype, bool by_driver) {
    seen = by_driver && data == out ? !found.load(std::memory_order_relaxed)
                                    : finite(static_cast<const char*>(out), bytes, dtype);
  }
};

// This thread's; null while numerics are not checked.
extern PYTEN_THREAD_LOCAL Watch* t_watch;

inline void watch_next(DType dtype) {
  if (t_watch != nullptr) [[unlikely]]
    t_watch->next = dtype;
}

}  // namespace pyten::kernels
