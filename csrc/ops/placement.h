// Tensors from one device to another, and who goes where when they meet.
#pragma once

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

// Raises kUnimplemented, naming op, dtype and device, when x is not on the CPU: for ops that are
// carried out by the host.
void require_host(const char* op, const Tensor& x);
// The same for a kernel that the device's table lacks.
[[noreturn]] void fail_no_kernel(const char* op, const Tensor& x);

}  // namespace pyten
