#include "ops/placement.h"

#include <atomic>

#include "core/accelerator.h"
#include "ops/batch.h"
#include "ops/layout.h"

namespace pyten {
namespace {

std::atomic<bool> g_soft{true};

// A device as an attribute.
int64_t code_of(Device d) { return d.is_cpu() ? -1 : d.index; }
Device device_of(int64_t code) {
  return code < 0 ? Device{} : Device{DeviceType::kCUDA, int8_t(code)};
}

const Op kCopy{
    "copy", [](GradContext& g) { g.set(0, to_device(g.dy(), device_of(g.attr<int64_t>("from")))); },
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {to_device(x[0], device_of(a.get<int64_t>("to")))};
    },
    batch_as_is};

Tensor copied_to(const Tensor& x, Device device) {
  Tensor source = packed(x);
  Tensor out = Tensor::empty(x.shape(), x.dtype(), device);
  copy_bytes(out.mutable_data(), device, source.data(), x.device(), x.nbytes());
  return out;
}

Device meet(const char* op, Device place, const Tensor& x) {
  Device d = x.device();
  if (d.is_cpu() || d == place) return place;
  if (place.is_cpu()) return d;
  fail(ErrorKind::kInvalidArgument, op, ": inputs must be on one GPU, got ", short_name(place),
       " and ", short_name(d), "; use tf.identity(x) under tf.device to move one");
}

}  // namespace

Tensor to_device(const Tensor& x, Device device) {
  if (x.device() == device) return x;
  Tensor out = copied_to(x, device);
  if (recording(x)) {
    record(kCopy, {x}, {out}, {}, {{"from", code_of(x.device())}, {"to", code_of(device)}});
  }
  return out;
}

Device meeting_place(const char* op, std::initializer_list<const Tensor*> inputs) {
  Device place;
  for (const Tensor* x : inputs) place = meet(op, place, *x);
  return place;
}

Device meeting_place(const char* op, const Tensors& inputs) {
  Device place;
  for (const Tensor& x : inputs) place = meet(op, place, x);
  return place;
}

Tensor beside(const Tensor& x, Device device) {
  return x.device() == device ? x : copied_to(x, device);
}

Tensor on_host(const Tensor& x) { return x.device().is_cpu() ? x : copied_to(x, {}); }

void require_host(const char* op, const Tensor& x) {
  if (!x.device().is_cpu()) [[unlikely]]
    fail_no_kernel(op, x);
}

void fail_no_kernel(const char* op, const Tensor& x) {
  if (x.device().is_cpu()) {
    fail(ErrorKind::kUnimplemented, op, ": no kernel for dtype ", name_of(x.dtype()));
  }
  throw NoKernel(
      text(op, ": no kernel for dtype ", name_of(x.dtype()), " on ", short_name(x.device()),
           "; tf.config.set_soft_device_placement(True) runs it on the CPU"),
      x.device());
}

bool soft_placement() { return g_soft.load(std::memory_order_relaxed); }
void set_soft_placement(bool on) { g_soft.store(on, std::memory_order_relaxed); }

Tensors all_to_device(const Tensors& x, Device device) {
  Tensors out;
  out.reserve(x.size());
  for (const Tensor& t : x) out.push_back(all_to_device(t, device));
  return out;
}

}  // namespace pyten
