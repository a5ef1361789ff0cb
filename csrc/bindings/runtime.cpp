// What this build is and what it uses of the machine.
#include "bindings/bindings.h"
#include "core/allocator.h"
#include "core/error.h"
#include "kernels/kernels.h"
#include "kernels/threads.h"

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

}  // namespace

void init_runtime(py::module_& m) {
  m.def("runtime_info", runtime_info, "What this build is and which CPU kernels it chose.");
  m.def(
      "memory_stats",
      [] {
        MemoryStats stats = memory_stats();
        py::dict d;
        d["live_bytes"] = stats.live_bytes;
        d["peak_bytes"] = stats.peak_bytes;
        d["cached_bytes"] = stats.cached_bytes;
        return d;
      },
      "Bytes in use, the most there ever were, and bytes kept for reuse.");
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
