#include "core/accelerator.h"

#include <atomic>
#include <cstring>
#include <vector>

#include "core/error.h"

namespace pyten {
namespace {

constexpr int kMostAccelerators = 64;
Accelerator* g_accelerators[kMostAccelerators];
std::atomic<int> g_count{0};

}  // namespace

Accelerator& accelerator(Device device) {
  if (device.is_cpu() || device.index >= known_accelerators()) {
    fail(ErrorKind::kValue, "device: there is no ", short_name(device), "; this process knows ",
         known_accelerators(), " GPUs");
  }
  return *g_accelerators[device.index];
}

void add_accelerator(Accelerator* a) {
  int index = g_count.load(std::memory_order_relaxed);
  if (index == kMostAccelerators) return;
  g_accelerators[index] = a;
  g_count.store(index + 1, std::memory_order_release);
}

int known_accelerators() { return g_count.load(std::memory_order_acquire); }

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
