// What this build is and what it uses of the machine.
#include <array>
#include <chrono>

#include "bindings/bindings.h"
#include "core/accelerator.h"
#include "core/allocator.h"
#include "core/error.h"
#include "kernels/accelerators.h"
#include "kernels/threads.h"
#include "ops/placement.h"

// For threadpoolctl, which finds them in the shared library (see pyten/_thread_limits.py).
extern "C" {
__attribute__((visibility("default"))) int pyten_get_num_threads() { return pyten::thread_count(); }
__attribute__((visibility("default"))) void pyten_set_num_threads(int n) {
  pyten::set_thread_count(n);
}
}

namespace pyten::bindings {
namespace {

const char* compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#elif defined(__GNUC__)
  return "GCC " __VERSION__;
#elif defined(_MSC_FULL_VER)
  return "MSVC";
#else
  return "unknown";
#endif
}

Device gpu(int index) {
  if (index < 0 || index >= kernels::accelerator_count()) {
    fail(ErrorKind::kValue, "device: there is no GPU:", index, "; tf.config.list_physical_devices",
         "('GPU') lists ", kernels::accelerator_count());
  }
  return {DeviceType::kCUDA, int8_t(index)};
}

// Scopes point at these: they outlive every thread.
constexpr int kMostDevices = 65;
void set_device(std::optional<int> index) {
  static const std::array<Device, kMostDevices> devices = [] {
    std::array<Device, kMostDevices> all{};
    for (int i = 1; i < kMostDevices; ++i) all[size_t(i)] = {DeviceType::kCUDA, int8_t(i - 1)};
    return all;
  }();
  if (!index) {
    t_device = nullptr;
    return;
  }
  if (*index >= 0) gpu(*index);
  t_device = &devices[size_t(*index + 1)];
}

py::dict runtime_info() {
  py::list dtypes;
  for (int i = 0; i < kDTypeCount; ++i) dtypes.append(name_of(DType(i)));
  py::dict info;
  info["version"] = PYTEN_VERSION;
  info["cpu_capability"] = kernels::cpu().name;
  info["cpu_capabilities"] = kernels::cpu_capabilities();
  info["threads"] = thread_count();
  info["compiler"] = compiler();
  info["dtypes"] = dtypes;
  return info;
}

// Runs the handlers of signals that came, in the middle of an op: Ctrl-C becomes KeyboardInterrupt.
void look_for_signals() {
  py::gil_scoped_acquire gil;
  if (PyErr_Occurred()) return;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

}  // namespace

void init_runtime(py::module_& m) {
  set_interrupt_hook(look_for_signals);
  m.def("runtime_info", runtime_info, "What this build is and which CPU kernels it chose.");
  m.def(
      "memory_stats",
      [] {
        MemoryStats stats = memory_stats();
        py::dict d;
        d["live_bytes"] = stats.live_bytes;
        d["peak_bytes"] = stats.peak_bytes;
        d["cached_bytes"] = stats.cached_bytes;
        d["limit_bytes"] = memory_limit();
        return d;
      },
      "Bytes in use, the most there ever were, bytes kept for reuse, and the limit (0: none).");
  m.def(
      "reset_peak_memory", [] { reset_peak_memory(); },
      "The most bytes in use start anew from those that are.");
  m.def(
      "set_memory_limit",
      [](int64_t nbytes) {
        if (nbytes < 0)
          fail(ErrorKind::kValue, "set_memory_limit: nbytes must be >= 0, got ", nbytes);
        set_memory_limit(nbytes);
      },
      py::arg("nbytes"), "Bytes in use that no allocation may exceed; 0: no limit.");
  m.def(
      "release_memory", [] { release_cached_memory(); },
      "Gives the memory that is kept for reuse back to the system.");
  m.def(
      "set_accelerator_library",
      [](const std::string& path) { kernels::set_accelerator_library(path); }, py::arg("path"));
  m.def("accelerator_count", kernels::accelerator_count, "How many GPUs there are.");
  m.def("accelerator_problem", kernels::accelerator_problem, "Why there are none, or nothing.");
  m.def(
      "accelerator_info",
      [](int index) {
        Accelerator& a = accelerator(gpu(index));
        MemoryStats stats = a.memory_stats();
        py::dict d;
        d["name"] = a.name();
        d["total_bytes"] = a.total_bytes();
        d["live_bytes"] = stats.live_bytes;
        d["peak_bytes"] = stats.peak_bytes;
        d["cached_bytes"] = stats.cached_bytes;
        return d;
      },
      py::arg("index"), "A GPU's name and memory.");
  m.def(
      "accelerator_release", [](int index) { accelerator(gpu(index)).release_cached_memory(); },
      py::arg("index"), "Gives a GPU's cached memory back to the driver.");
  m.def(
      "accelerator_synchronize", [](int index) { accelerator(gpu(index)).synchronize(); },
      py::arg("index"), py::call_guard<py::gil_scoped_release>(),
      "Waits until a GPU has done everything it was asked to.");
  m.def(
      "measure_accelerator_copy",
      [](int index, size_t nbytes, int times) {
        Device device = gpu(index);
        Accelerator& a = accelerator(device);
        Ref<Storage> from = Storage::create(nbytes, device), to = Storage::create(nbytes, device);
        a.zero(from->data(), nbytes);
        a.copy(to->data(), from->data(), nbytes);
        a.synchronize();
        auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < times; ++i) a.copy(to->data(), from->data(), nbytes);
        a.synchronize();
        std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        return spent.count() / times;
      },
      py::arg("index"), py::arg("nbytes"), py::arg("times"),
      "Seconds that the driver's own copy of so many bytes takes within a GPU's memory.");
  m.def(
      "to_device",
      [](py::handle x, int index) {
        Device device = index < 0 ? Device{} : gpu(index);
        PyObject* out = wrap(to_device(to_tensor(x.ptr()), device));
        if (out == nullptr) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(out);
      },
      py::arg("x"), py::arg("index"), "A tensor on a GPU, or on the CPU (-1); recorded by tapes.");
  m.def("set_device", set_device, py::arg("index"),
        "Sets where this thread's tensors are made: -1 the CPU, else a GPU; None: wherever.");
  m.def("known_accelerators", known_accelerators, "GPUs found so far; asks for none.");
  m.def(
      "accelerator_reset_peak", [](int index) { accelerator(gpu(index)).reset_peak(); },
      py::arg("index"), "The most bytes in use on a GPU start anew from those that are.");
  m.def(
      "tensor_float_32", [] { return kernels::tensor_float_32(); },
      "Whether GPUs may multiply float32 as TensorFloat-32.");
  m.def("set_tensor_float_32", [](bool on) { kernels::tensor_float_32() = on; }, py::arg("on"));
  m.def("soft_placement", soft_placement, "Whether the CPU stands in where a GPU lacks a kernel.");
  m.def("set_soft_placement", set_soft_placement, py::arg("on"));
  m.def("thread_count", [] { return thread_count(); }, "How many threads large ops use.");
  m.def(
      "set_thread_count",
      [](int n) {
        if (n < 0) fail(ErrorKind::kValue, "set_thread_count: n must be >= 0, got ", n);
        set_thread_count(n);
      },
      py::arg("n"), "Sets how many threads large ops use; 0: as many as the machine allows.");
}

}  // namespace pyten::bindings
