// Where a tensor's memory is, and where new ones go.
#pragma once

#include <cstdint>
#include <string>

#include "core/thread_local.h"

namespace pyten {

enum class DeviceType : uint8_t { kCPU, kCUDA };

struct Device {
  DeviceType type = DeviceType::kCPU;
  int8_t index = 0;
  bool is_cpu() const { return type == DeviceType::kCPU; }
  bool operator==(const Device&) const = default;
};

// TensorFlow's full name, e.g. `/job:localhost/replica:0/task:0/device:CPU:0`.
std::string device_name(Device device);
// `GPU:0`, for messages.
std::string short_name(Device device);

// The device that this thread's innermost scope asks for; null when there is no scope, which is the
// common case.
extern PYTEN_THREAD_LOCAL const Device* t_device;
// Where tensors are made that come from no other tensor.
inline Device current_device() { return t_device == nullptr ? Device{} : *t_device; }

// While it lives, new tensors of this thread are made on `device`.
class DeviceScope {
 public:
  explicit DeviceScope(Device device) : device_(device), outer_(t_device) { t_device = &device_; }
  ~DeviceScope() { t_device = outer_; }
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  Device device_;
  const Device* outer_;
};

}  // namespace pyten
