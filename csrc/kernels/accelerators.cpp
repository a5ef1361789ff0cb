#include "kernels/accelerators.h"

#include <cstdlib>
#include <mutex>

#include "core/error.h"

#ifdef _WIN32
#define PYTEN_OPEN_LIBRARY 0
#else
#include <dlfcn.h>
#define PYTEN_OPEN_LIBRARY 1
#endif

namespace pyten::kernels {
namespace {

struct Found {
  std::once_flag once;
  std::string path = "libpyten_cuda.so";
  std::string problem;
  int count = 0;
  const Table* const* tables = nullptr;
};
Found& found() {
  static Found* f = new Found;  // accelerators are used until the very end
  return *f;
}

const AcceleratorLibrary* open_library(const std::string& path, std::string& problem) {
#if PYTEN_OPEN_LIBRARY
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    problem = text("this build of pyten has no GPU kernels (", why ? why : path.c_str(), ")");
    return nullptr;
  }
  auto open = reinterpret_cast<OpenAccelerators>(dlsym(handle, kOpenAccelerators));
  const AcceleratorLibrary* library =
      open ? open({PYTEN_VERSION, sizeof(Table), cpu, &tensor_float_32()}) : nullptr;
  if (library == nullptr) problem = text(path, " belongs to another version of pyten");
  return library;
#else
  problem = "this build of pyten has no GPU kernels";
  return nullptr;
#endif
}

void open_once(Found& f) {
  const char* chosen = std::getenv("PYTEN_GPU_LIBRARY");
  std::string path = chosen ? chosen : f.path;
  if (path.empty()) {
    f.problem = "PYTEN_GPU_LIBRARY is empty, which turns GPUs off";
    return;
  }
  const AcceleratorLibrary* library = open_library(path, f.problem);
  if (library == nullptr) return;
  if (library->count == 0 && library->problem) f.problem = library->problem;
  f.tables = library->tables;
  f.count = library->count;
  for (int i = 0; i < library->count; ++i) add_accelerator(library->devices[i]);
}

}  // namespace

bool& tensor_float_32() {
  static bool allowed = false;
  return allowed;
}

void set_accelerator_library(const std::string& path) { found().path = path; }

int accelerator_count() {
  Found& f = found();
  std::call_once(f.once, open_once, f);
  return f.count;
}

const std::string& accelerator_problem() {
  accelerator_count();
  return found().problem;
}

const Table& accelerator_table(Device device) {
  if (device.index < 0 || device.index >= accelerator_count()) accelerator(device);  // raises
  accelerator(device).make_current();
  return *found().tables[device.index];
}

}  // namespace pyten::kernels
