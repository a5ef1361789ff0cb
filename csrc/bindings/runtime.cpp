// What this build is and what it uses of the machine.
#include "bindings/bindings.h"
#include "core/allocator.h"
#include "core/error.h"
#include "kernels/kernels.h"
#include "kernels/threads.h"

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

py::dict runtime_info() {
  py::list dtypes;
  for (int i = 0; i < kDTypeCount; ++i) dtypes.append(name_of(DType(i)));
  py::dict info;
  info["version"] = PYTEN_VERSION;
  info["cpu_capability"] = kernels::cpu().name;
  info["cpu_capabilities"] = kernels::cpu_capabilities();
  info["threads"] = thread_count();
#ifdef PYTEN_CUDA
  info["cuda_built"] = true;
#else
  info["cuda_built"] = false;
#endif
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
