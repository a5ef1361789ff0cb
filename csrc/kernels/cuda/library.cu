// The library's one door: finds the GPUs and gives each its table.
#include <memory>
#include <string>
#include <vector>

#include "kernels/accelerators.h"
#include "kernels/cuda/blas.h"
#include "kernels/cuda/fill.h"
#include "kernels/cuda/runtime.h"

namespace pyten::kernels::cuda {
namespace {

struct Library {
  std::vector<std::unique_ptr<pyten::cuda::Gpu>> gpus;
  std::vector<Accelerator*> devices;
  std::vector<const Table*> tables;
  Table table{};
  std::string problem;
  AcceleratorLibrary face{};

  Library() {
    fill(table);
    find();
    for (auto& gpu : gpus) {
      devices.push_back(gpu.get());
      tables.push_back(&table);
    }
    face = {int(gpus.size()), gpus.empty() ? problem.c_str() : nullptr, devices.data(),
            tables.data()};
  }

  void find() {
    int count = 0;
    if (cudaError_t e = cudaGetDeviceCount(&count); e != cudaSuccess) {
      cudaGetLastError();
      problem = e == cudaErrorInsufficientDriver
                    ? "there is no NVIDIA driver, or it is older than " + version_text()
                : e == cudaErrorNoDevice
                    ? "the NVIDIA driver finds no GPU"
                    : std::string("the NVIDIA driver refuses: ") + cudaGetErrorString(e);
      return;
    }
    if (count == 0) problem = "the NVIDIA driver finds no GPU";
    try {
      for (int i = 0; i < count; ++i) gpus.push_back(std::make_unique<pyten::cuda::Gpu>(i));
    } catch (const Error& e) {
      gpus.clear();
      problem = e.what();
    }
  }

  static std::string version_text() {
    int version = 0;
    cudaRuntimeGetVersion(&version);
    return "CUDA " + std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
  }

  static void fill(Table& t) {
    t.name = "cuda";
    fill_unary(t);
    fill_transcendental(t);
    fill_complex(t);
    fill_special(t);
    fill_binary(t);
    fill_compare(t);
    fill_cast(t);
    fill_copy(t);
    fill_reduce(t);
    fill_rows(t);
    fill_scan(t);
    fill_sort(t);
    fill_take(t);
    fill_matmul(t);
    fill_conv(t);
    fill_pool(t);
    fill_random(t);
    fill_optimizer(t);
  }
};

}  // namespace
}  // namespace pyten::kernels::cuda

extern "C" __attribute__((visibility("default"))) const pyten::kernels::AcceleratorLibrary*
pyten_open_accelerators(const pyten::kernels::HostServices& host) {
  if (std::string(host.version) != PYTEN_VERSION ||
      host.table_bytes != sizeof(pyten::kernels::Table)) {
    return nullptr;
  }
  pyten::cuda::set_tensor_float_32(host.tensor_float_32);
  static auto* library = new pyten::kernels::cuda::Library;  // GPUs are used until the very end
  return &library->face;
}
