#include "core/device.h"

namespace pyten {

PYTEN_THREAD_LOCAL const Device* t_device = nullptr;

std::string short_name(Device device) {
  return (device.is_cpu() ? "CPU:" : "GPU:") + std::to_string(device.index);
}

std::string device_name(Device device) {
  return "/job:localhost/replica:0/task:0/device:" + short_name(device);
}

}  // namespace pyten
