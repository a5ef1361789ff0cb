#include "bindings/gpu_exchange.h"

#include "bindings/convert.h"
#include "core/accelerator.h"
#include "kernels/accelerators.h"
#include "ops/ops.h"
#include "ops/placement.h"

namespace pyten::bindings {
namespace {

// CUDA's names for the streams that every thread, and each thread, has without making one.
constexpr intptr_t kLegacyDefault = 1, kThreadDefault = 2;

}  // namespace

Stream stream_of(py::handle stream) {
  if (stream.is_none()) return {reinterpret_cast<void*>(kLegacyDefault), true, true};
  long long number = PyLong_AsLongLong(stream.ptr());
  if (number == -1 && PyErr_Occurred()) throw py::error_already_set();
  if (number == -1) return {nullptr, true, false};
  if (number <= 0) {
    fail(ErrorKind::kValue, "__dlpack__: stream must be -1, 1, 2 or a stream's handle, got ",
         number, "; 0 could mean either default stream");
  }
  return {reinterpret_cast<void*>(intptr_t(number)), number <= kThreadDefault, true};
}

void let_consumer_wait(Device device, const Stream& consumer) {
  if (consumer.waits) accelerator(device).let_wait(consumer.handle);
}

void await_consumer(Device device, const Stream& consumer) noexcept {
  Accelerator* owner = accelerator_still_there(device);
  if (owner == nullptr) return;
  try {
    // A stream that the consumer made may be gone by now, so it is not asked for by its handle.
    if (consumer.lasting && consumer.waits) owner->wait_for(consumer.handle);
    else owner->synchronize_all();
  } catch (const Error&) {
    // The driver has shut down: nothing runs any more.
  }
}

void finish_work(Device device) noexcept {
  Accelerator* owner = accelerator_still_there(device);
  if (owner == nullptr) return;
  try {
    owner->synchronize();
  } catch (const Error&) {
  }
}

Device gpu_of(int64_t id) { return {DeviceType::kCUDA, int8_t(id)}; }

Device known_gpu(const char* op, int64_t id) {
  int count = kernels::accelerator_count();
  if (id >= 0 && id < count) return gpu_of(id);
  const std::string& problem = kernels::accelerator_problem();
  fail(ErrorKind::kValue, op, ": the data is on CUDA:", id, ", and pyten can use ", count, " GPUs",
       problem.empty() ? "" : "; ", problem,
       "; copy it to the CPU first, or pass device=\"CPU:0\"");
}

py::object own_stream(Device device) {
  Accelerator& owner = accelerator(device);
  owner.make_current();
  auto handle = reinterpret_cast<intptr_t>(owner.stream());
  return py::int_(handle ? handle : kLegacyDefault);
}

Tensor from_cuda_array(const py::dict& interface, bool to_cpu) {
  auto typestr = py::cast<std::string>(interface["typestr"]);
  py::dtype type = py::dtype::from_args(py::str(typestr));
  std::optional<DType> dtype =
      convert::scalar_dtype(reinterpret_cast<PyTypeObject*>(py::object(type.attr("type")).ptr()));
  if (!dtype || typestr[0] == '>') {
    fail(ErrorKind::kType, "from_dlpack: tensors have no dtype for ", typestr);
  }
  Shape shape;
  for (py::handle n : interface["shape"]) shape.push_back(py::cast<int64_t>(n));
  Dims strides = contiguous_strides(shape);
  if (interface.contains("strides") && !interface["strides"].is_none()) {
    auto size = int64_t(size_of(*dtype));
    size_t at = 0;
    for (py::handle s : interface["strides"]) {
      auto bytes = py::cast<int64_t>(s);
      if (at >= strides.size() || bytes % size != 0) {
        fail(ErrorKind::kValue, "from_dlpack: the strides do not fit the shape and elements");
      }
      strides[at++] = bytes / size;
    }
  }
  // The protocol does not say which GPU: as for CUDA itself, it is the current one.
  Device device = known_gpu("from_dlpack", 0);
  if (t_device && !t_device->is_cpu()) device = *t_device;
  Tensor out;
  if (num_elements(shape) == 0) {
    out = Tensor::empty(shape, *dtype, device);
  } else {
    auto address = py::cast<uintptr_t>(py::tuple(interface["data"])[0]);
    if (interface.contains("stream") && !interface["stream"].is_none()) {
      Stream producer = stream_of(interface["stream"]);
      if (producer.waits) accelerator(device).wait_for(producer.handle);
    }
    Ref<Storage> borrowed =
        Storage::wrap(reinterpret_cast<void*>(address), 0, [](void*) {}, nullptr, device);
    out = convert::copy_of(Tensor::view(std::move(borrowed), reinterpret_cast<void*>(address),
                                        shape, strides, *dtype));
    finish_work(device);  // its owner may reuse the memory at once
  }
  return to_cpu ? on_host(out) : out;
}

PyObject* cuda_array_interface(PyObject* self, void*) {
  try {
    const Tensor& t = tensor_of(self);
    const char* why = t.device().is_cpu()              ? "is on the CPU"
                      : t.dtype() == DType::kBFloat16  ? "is bfloat16, which the protocol lacks"
                      : Py_TYPE(self) != g_tensor_type ? "is of a class that may change its memory"
                                                       : nullptr;
    if (why != nullptr) {
      PyErr_Format(PyExc_AttributeError,
                   "'%s' object has no attribute '__cuda_array_interface__': it %s",
                   type_name(self), why);
      return nullptr;
    }
    note_exit_from_python(t);
    py::dict out;
    out["version"] = 3;
    out["typestr"] = numpy_dtype(t.dtype()).attr("str");
    out["shape"] = py::tuple(py::cast(std::vector<int64_t>(t.shape().begin(), t.shape().end())));
    auto address = t.size() ? reinterpret_cast<uintptr_t>(t.data()) : 0;
    out["data"] = py::make_tuple(address, true);
    Dims strides = byte_strides(t);
    out["strides"] =
        t.is_contiguous()
            ? py::object(py::none())
            : py::object(py::tuple(py::cast(std::vector<int64_t>(strides.begin(), strides.end()))));
    out["stream"] = own_stream(t.device());
    return out.release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

}  // namespace pyten::bindings
