#include "core/accelerator.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <vector>

#include "core/error.h"

#ifndef _WIN32
#include <pthread.h>
#endif

namespace pyten {
namespace {

constexpr int kMostAccelerators = 64;
Accelerator* g_accelerators[kMostAccelerators];
std::atomic<int> g_count{0};
std::atomic<bool> g_forked{false};

// Who holds a device's large blocks. Never destroyed: tensors may be freed at exit.
struct HeldBlocks {
  std::mutex mutex;
  Holders holders[kMostAccelerators];
};
HeldBlocks& held_blocks() {
  static auto* all = new HeldBlocks;
  return *all;
}

}  // namespace

Accelerator* accelerator_still_there(Device device) noexcept {
  return g_forked.load(std::memory_order_relaxed) ? nullptr : g_accelerators[device.index];
}

Accelerator& accelerator(Device device) {
  if (g_forked.load(std::memory_order_relaxed)) [[unlikely]] {
    fail(ErrorKind::kRuntime, short_name(device),
         ": this process was forked after its parent had found the GPUs, and drivers do not "
         "survive that; start it by multiprocessing.get_context('spawn'), or let only the children "
         "ask for GPUs");
  }
  if (device.is_cpu() || device.index >= known_accelerators()) {
    fail(ErrorKind::kValue, "device: there is no ", short_name(device), "; this process knows ",
         known_accelerators(), " GPUs");
  }
  return *g_accelerators[device.index];
}

void add_accelerator(Accelerator* a) {
  int index = g_count.load(std::memory_order_relaxed);
  if (index == kMostAccelerators) return;
#ifndef _WIN32
  if (index == 0) pthread_atfork(nullptr, nullptr, [] { g_forked.store(true); });
#endif
  g_accelerators[index] = a;
  g_count.store(index + 1, std::memory_order_release);
}

int known_accelerators() { return g_count.load(std::memory_order_acquire); }

void* allocate_on(Device device, size_t nbytes) {
  Accelerator& owner = accelerator(device);
  try {
    return owner.allocate(nbytes);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kOutOfMemory) throw;
    HeldBlocks& held = held_blocks();
    std::lock_guard lock(held.mutex);
    throw Error(ErrorKind::kOutOfMemory,
                e.what() + holders_text(held.holders[device.index].largest(3)));
  }
}

void deallocate_on(Device device, void* p, size_t nbytes) noexcept {
  Accelerator* owner = accelerator_still_there(device);
  if (owner == nullptr) return;
  if (nbytes >= kHolderFrom) {
    HeldBlocks& held = held_blocks();
    std::lock_guard lock(held.mutex);
    held.holders[device.index].remove(p);
  }
  owner->deallocate(p, nbytes);
}

void note_holder_on(Device device, void* p, size_t nbytes, const Shape& shape, DType dtype) {
  HeldBlocks& held = held_blocks();
  std::lock_guard lock(held.mutex);
  held.holders[device.index].add(p, int64_t(nbytes), shape, dtype);
}

void copy_bytes(void* to, Device to_device, const void* from, Device from_device, size_t nbytes) {
  if (nbytes == 0) return;
  if (to_device == from_device) {
    if (to_device.is_cpu()) std::memcpy(to, from, nbytes);
    else accelerator(to_device).copy(to, from, nbytes);
  } else if (from_device.is_cpu()) {
    accelerator(to_device).copy_in(to, from, nbytes);
  } else if (to_device.is_cpu()) {
    accelerator(from_device).copy_out(to, from, nbytes);
  } else {
    // Between two accelerators by way of the host: right wherever they stand.
    std::vector<char> host(nbytes);
    accelerator(from_device).copy_out(host.data(), from, nbytes);
    accelerator(to_device).copy_in(to, host.data(), nbytes);
  }
}

}  // namespace pyten
