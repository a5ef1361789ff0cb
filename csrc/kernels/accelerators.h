// Finds the GPUs: opens the library with the kernels for them at the first question.
#pragma once

#include <string>

#include "core/accelerator.h"
#include "kernels/kernels.h"

namespace pyten::kernels {

// What the core gives the library.
struct HostServices {
  const char* version;  // of pyten; the library refuses another
  size_t table_bytes;   // sizeof(Table): the two must agree on it
  const Table& (*cpu)();
  const bool* tensor_float_32;  // as below; stays for good
};

// Whether GPUs may multiply float32 with 10 bits of mantissa, as TF32: faster, and off by default.
bool& tensor_float_32();

// What the library gives the core. Everything in it stays for good.
struct AcceleratorLibrary {
  int count;            // how many devices there are
  const char* problem;  // why there are none; null when there are
  Accelerator* const* devices;
  const Table* const* tables;
};

// The library's one function, `extern "C"`. Null where versions differ.
using OpenAccelerators = const AcceleratorLibrary* (*)(const HostServices& host);
inline constexpr const char* kOpenAccelerators = "pyten_open_accelerators";

// Where the library is; to be called before the first question. The environment variable
// PYTEN_GPU_LIBRARY has precedence; an empty one stands for no library.
void set_accelerator_library(const std::string& path);

// How many GPUs there are. The first call opens the library; without one, a driver or a GPU the
// answer is 0.
int accelerator_count();
// Why there are none, in a sentence; empty when there are some.
const std::string& accelerator_problem();
// The GPU's kernels; makes it this thread's current one, where they run. Raises kValue when it does
// not exist.
const Table& accelerator_table(Device device);

}  // namespace pyten::kernels
