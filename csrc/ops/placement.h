// Tensors from one device to another, and who goes where when they meet.
#pragma once

#include <utility>

#include "ops/op.h"

namespace pyten {

// x on `device`; x itself when it is there. Recorded: the gradient comes back to x's device.
Tensor to_device(const Tensor& x, Device device);

// Where an op on these runs: on the GPU that one of them is on, else on the CPU. Raises
// kInvalidArgument for two different GPUs.
Device meeting_place(const char* op, std::initializer_list<const Tensor*> inputs);
Device meeting_place(const char* op, const Tensors& inputs);

inline bool together(const Tensor& x, const Tensor& y) { return x.device() == y.device(); }

// The same values on `device`, for the op itself to read; not recorded.
Tensor beside(const Tensor& x, Device device);
// The same values in host memory; not recorded. Waits for the device.
Tensor on_host(const Tensor& x);

// -- Ops without a kernel on a GPU ----------------------------------------------------------------
// Raises NoKernel, naming op, dtype and device, when x is not on the CPU: for ops that are carried
// out by the host.
void require_host(const char* op, const Tensor& x);
// The same for a kernel that the device's table lacks.
[[noreturn]] void fail_no_kernel(const char* op, const Tensor& x);

// A GPU has no kernel for what was asked: kUnimplemented.
class NoKernel : public Error {
 public:
  NoKernel(const std::string& message, Device device)
      : Error(ErrorKind::kUnimplemented, message), device_(device) {}
  Device device() const { return device_; }

 private:
  Device device_;
};

// Whether the CPU then does it instead: inputs are copied there and results back. On at first, as
// in TensorFlow; for all threads.
bool soft_placement();
void set_soft_placement(bool on);

inline Tensor all_to_device(const Tensor& x, Device device) {
  return x.defined() ? to_device(x, device) : x;
}
Tensors all_to_device(const Tensors& x, Device device);

// f(x...), on the CPU where a GPU lacks a kernel for it and placement is soft. Copies are recorded,
// so that gradients find back.
template <typename F, typename... X>
auto softly(F&& f, const X&... x) -> decltype(f(x...)) {
  try {
    return f(x...);
  } catch (const NoKernel& missing) {
    if (!soft_placement()) throw;
    DeviceScope host{Device{}};
    return all_to_device(f(all_to_device(x, Device{})...), missing.device());
  }
}

}  // namespace pyten
