#include "core/device.h"

namespace pyten {

std::string device_name(Device device) {
  const char* type = device.type == DeviceType::kCPU ? "CPU:" : "GPU:";
  return std::string("/job:localhost/replica:0/task:0/device:") + type +
         std::to_string(device.index);
}

}  // namespace pyten
