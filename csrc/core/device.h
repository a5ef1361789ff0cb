// Where a tensor's memory is.
#pragma once

#include <cstdint>
#include <string>

namespace pyten {

enum class DeviceType : uint8_t { kCPU, kCUDA };

struct Device {
  DeviceType type = DeviceType::kCPU;
  int8_t index = 0;
  bool operator==(const Device&) const = default;
};

// TensorFlow's full name, e.g. `/job:localhost/replica:0/task:0/device:CPU:0`.
std::string device_name(Device device);

}  // namespace pyten
