// DLPack: memory for and from PyTorch, JAX, CuPy, NumPy. Out goes a read-only view, or a copy to
// those who cannot be told that it is read-only. What comes in is copied, since its owner may write
// to it, unless nobody else has it: it was made for us, or is a tensor's. Memory of GPUs stays
// there; the two libraries' streams wait for each other (gpu_exchange.h).
#include "bindings/dlpack.h"

#include <cstring>

#include "bindings/convert.h"
#include "bindings/gpu_exchange.h"
#include "core/accelerator.h"
#include "ops/ops.h"
#include "ops/placement.h"

namespace pyten::bindings {
namespace {

dlpack::ElementType element_type(DType d) {
  uint8_t code = d == DType::kBool       ? dlpack::kBool
                 : d == DType::kBFloat16 ? dlpack::kBFloat
                 : is_floating(d)        ? dlpack::kFloat
                 : is_complex(d)         ? dlpack::kComplex
                 : is_unsigned(d)        ? dlpack::kUInt
                                         : dlpack::kInt;
  return {code, uint8_t(8 * size_of(d)), 1};
}

DType dtype_of(dlpack::ElementType type) {
  if (type.lanes != 1) {
    fail(ErrorKind::kType, "from_dlpack: elements must have one lane, got ", int(type.lanes));
  }
  for (int i = 0; i < kDTypeCount; ++i) {
    dlpack::ElementType own = element_type(DType(i));
    if (own.code == type.code && own.bits == type.bits) return DType(i);
  }
  constexpr const char* kNames[] = {"int", "uint", "float", "opaque", "bfloat", "complex", "bool"};
  bool small = type.code >= dlpack::kFloat8 && type.code <= dlpack::kFloat4;
  fail(ErrorKind::kType, "from_dlpack: tensors have no dtype for ",
       small                        ? "float"
       : type.code <= dlpack::kBool ? kNames[type.code]
                                    : "elements",
       int(type.bits), " (DLPack's code ", int(type.code), ")");
}

std::string device_text(dlpack::Device d) {
  constexpr const char* kNames[] = {"",     "CPU",       "CUDA",   "CUDA host",    "OpenCL",
                                    "",     "",          "Vulkan", "Metal",        "VPI",
                                    "ROCm", "ROCm host", "",       "CUDA managed", "oneAPI"};
  bool known = d.type > 0 && d.type < int(std::size(kNames)) && kNames[d.type][0];
  return known ? text(kNames[d.type], ":", d.id)
               : text("DLPack's device (", d.type, ", ", d.id, ")");
}

bool is_host(int32_t type) {
  return type == dlpack::kCPU || type == dlpack::kCUDAHost || type == dlpack::kROCMHost;
}

// -- Out ------------------------------------------------------------------------------------------

dlpack::Device device_of(const Tensor& t) {
  if (t.device().is_cpu()) return {dlpack::kCPU, 0};
  return {dlpack::kCUDA, t.device().index};
}

// One allocation for the struct that others see and what it points to.
template <typename M>
struct Export {
  M managed;
  Ref<Storage> storage;
  Dims shape, strides;
  std::optional<Stream> taken_on;  // of a GPU: where the consumer works

  static void destroy(M* m) {
    auto* kept = static_cast<Export*>(m->context);
    if (kept->taken_on) await_consumer(kept->storage->device(), *kept->taken_on);
    delete kept;
  }
};

template <typename M>
void destroy_capsule(PyObject* capsule) {
  // A consumer renames the capsule that it has taken over.
  if (!PyCapsule_IsValid(capsule, M::kName)) return;
  auto* managed = static_cast<M*>(PyCapsule_GetPointer(capsule, M::kName));
  if (managed->deleter) managed->deleter(managed);
}

template <typename M>
PyObject* export_as(const Tensor& t, uint64_t flags, std::optional<Stream> stream = {}) {
  auto kept = std::make_unique<Export<M>>();
  kept->storage = t.impl()->storage;
  kept->shape = t.shape();
  kept->strides = t.strides();
  kept->taken_on = stream;
  M& m = kept->managed;
  m.array = {const_cast<void*>(t.data()), device_of(t),         t.rank(), element_type(t.dtype()),
             kept->shape.data(),          kept->strides.data(), 0};
  m.context = kept.get();
  m.deleter = Export<M>::destroy;
  if constexpr (std::is_same_v<M, dlpack::ManagedVersioned>) {
    m.version = dlpack::kVersion;
    m.flags = flags;
  }
  PyObject* capsule = PyCapsule_New(&m, M::kName, destroy_capsule<M>);
  if (capsule) kept.release();
  return capsule;
}

void refuse(const char* what, PyObject* value) {
  PyErr_Format(PyExc_BufferError, "__dlpack__: %s, got %R", what, value);
  throw py::error_already_set();
}

// Whether who asks knows capsules of version 1, which can say that memory is read-only.
bool is_versioned(py::handle max_version) {
  if (max_version.is_none()) return false;
  if (!PyTuple_Check(max_version.ptr()) || PyTuple_GET_SIZE(max_version.ptr()) != 2) {
    fail(ErrorKind::kType, "__dlpack__: max_version must be a tuple (major, minor), got ",
         convert::shown(max_version.ptr()));
  }
  long major = PyLong_AsLong(PyTuple_GET_ITEM(max_version.ptr(), 0));
  if (major == -1 && PyErr_Occurred()) throw py::error_already_set();
  return major >= 1;
}

PyObject* export_tensor(Tensor t, const py::dict& arguments) {
  auto argument = [&](const char* name) -> py::object {
    return arguments.contains(name) ? py::object(arguments[name]) : py::none();
  };
  py::object stream = argument("stream");
  py::object device = argument("dl_device");
  py::object copy = argument("copy");
  dlpack::Device own = device_of(t);
  bool leaves = own.type != dlpack::kCPU && device.equal(py::make_tuple(dlpack::kCPU, 0));
  if (!device.is_none() && !leaves && !device.equal(py::make_tuple(own.type, own.id))) {
    refuse(own.type == dlpack::kCPU ? "the tensor is on dl_device (1, 0), the CPU"
                                    : "the tensor goes to its own GPU or to dl_device (1, 0)",
           device.ptr());
  }
  std::optional<Stream> consumer;
  if (own.type == dlpack::kCPU || leaves) {
    if (!stream.is_none()) refuse("a CPU tensor has no stream", stream.ptr());
  } else {
    consumer = stream_of(stream);
  }
  bool versioned = is_versioned(argument("max_version"));
  int wanted = copy.is_none() ? -1 : PyObject_IsTrue(copy.ptr());
  if (wanted < 0 && PyErr_Occurred()) throw py::error_already_set();
  note_exit_from_python(t);
  if (leaves) {
    if (wanted == 0) refuse("a copy takes it to the CPU", copy.ptr());
    t = on_host(t);
    return versioned ? export_as<dlpack::ManagedVersioned>(t, dlpack::kIsCopied)
                     : export_as<dlpack::Managed>(t, 0);
  }
  if (versioned && wanted != 1) {
    if (consumer) let_consumer_wait(t.device(), *consumer);
    return export_as<dlpack::ManagedVersioned>(t, dlpack::kReadOnly, consumer);
  }
  if (wanted == 0) {
    refuse("a consumer that knows no read-only memory gets a copy; pass max_version=(1, 0)",
           copy.ptr());
  }
  Tensor copied = convert::copy_of(t);
  if (consumer) let_consumer_wait(t.device(), *consumer);
  return versioned ? export_as<dlpack::ManagedVersioned>(copied, dlpack::kIsCopied, consumer)
                   : export_as<dlpack::Managed>(copied, 0, consumer);
}

// -- In -------------------------------------------------------------------------------------------

// The layout that a producer states, once it has been checked.
struct Layout {
  DType dtype{};
  Shape shape;
  Dims strides;
  char* data = nullptr;
  int64_t size = 1;
  Device device;
};

Layout layout_of(const dlpack::Array& a) {
  constexpr int kMostAxes = 64;
  Layout out;
  out.dtype = dtype_of(a.dtype);
  if (a.device.type == dlpack::kCUDA) {
    out.device = known_gpu("from_dlpack", a.device.id);
  } else if (!is_host(a.device.type)) {
    fail(ErrorKind::kValue,
         "from_dlpack: the data must be in the memory of the CPU or of a CUDA "
         "GPU, got ",
         device_text(a.device), "; copy it there first, or pass device=\"CPU:0\"");
  }
  if (a.ndim < 0 || a.ndim > kMostAxes || (a.ndim > 0 && !a.shape)) {
    fail(ErrorKind::kValue, "from_dlpack: a tensor has 0 to ", kMostAxes, " axes, got ", a.ndim,
         a.ndim > 0 && !a.shape ? " without a shape" : "");
  }
  out.shape = Shape(a.shape, a.shape + a.ndim);
  int64_t bytes = int64_t(size_of(out.dtype));
  bool fits = true, empty = false;
  for (int64_t n : out.shape) {
    if (n < 0) fail(ErrorKind::kValue, "from_dlpack: a size must not be negative, got ", n);
    empty |= n == 0;
    fits &= !__builtin_mul_overflow(bytes, n, &bytes);
    out.size *= n;
  }
  if (empty) {
    out.size = 0;
    return out;
  }
  if (!fits) fail(ErrorKind::kValue, "from_dlpack: shape ", tuple_text(out.shape), " is too large");
  if (!a.data) {
    fail(ErrorKind::kValue, "from_dlpack: no memory for shape ", tuple_text(out.shape),
         ": the data pointer is null");
  }
  out.strides = a.strides ? Dims(a.strides, a.strides + a.ndim) : contiguous_strides(out.shape);
  out.data = static_cast<char*>(a.data) + a.byte_offset;
  return out;
}

Tensor view_of(Ref<Storage> storage, const Layout& l) {
  return Tensor::view(std::move(storage), l.data, l.shape, l.strides, l.dtype);
}

bool is_aligned(const Layout& l) {
  size_t alignment = is_complex(l.dtype) ? size_of(l.dtype) / 2 : size_of(l.dtype);
  return reinterpret_cast<uintptr_t>(l.data) % alignment == 0;
}

Tensor copied(const Layout& l) {
  Ref<Storage> borrowed = Storage::wrap(l.data, 0, [](void*) {}, nullptr, l.device);
  if (l.dtype == DType::kBool) {  // any byte but 0 is true
    Layout bytes = l;
    bytes.dtype = DType::kUInt8;
    return cast(view_of(std::move(borrowed), bytes), DType::kBool);
  }
  if (is_aligned(l)) return convert::copy_of(view_of(std::move(borrowed), l));
  Layout bytes = l;
  bytes.dtype = DType::kUInt8;
  auto width = int64_t(size_of(l.dtype));
  for (int64_t& stride : bytes.strides) stride *= width;
  bytes.shape.push_back(width);
  bytes.strides.push_back(1);
  Tensor out = Tensor::empty(l.shape, l.dtype, l.device);
  if (!l.device.is_cpu()) {
    fail(ErrorKind::kValue, "from_dlpack: memory of a GPU must be aligned to its elements");
  }
  convert::copy_to(view_of(std::move(borrowed), bytes), out.mutable_data());
  return out;
}

// The memory itself, if nobody can write to it from now on; else null. Then `keep` says whether
// the storage has taken the producer's struct over.
template <typename M>
Ref<Storage> exclusive_storage(M* managed, const Layout& l, bool* keep) {
  // A tensor of our own on its way back.
  if (managed->deleter == &Export<M>::destroy) {
    return static_cast<Export<M>*>(managed->context)->storage;
  }
  if constexpr (std::is_same_v<M, dlpack::ManagedVersioned>) {
    bool ours = (managed->flags & (dlpack::kIsCopied | dlpack::kReadOnly)) == dlpack::kIsCopied;
    bool plain =
        l.dtype != DType::kBool && is_aligned(l) && l.strides == contiguous_strides(l.shape);
    if (ours && plain) {
      *keep = true;
      return Storage::wrap(
          l.data, size_t(l.size) * size_of(l.dtype),
          [](void* context) {
            auto* m = static_cast<M*>(context);
            // Our own work may still read it.
            if (m->array.device.type == dlpack::kCUDA) finish_work(gpu_of(m->array.device.id));
            if (m->deleter) m->deleter(m);
          },
          managed, l.device);
    }
  }
  return {};
}

enum class Copy { kIfNeeded, kAlways, kNever };

template <typename M>
Tensor import_capsule(PyObject* capsule, Copy copy) {
  auto* managed = static_cast<M*>(PyCapsule_GetPointer(capsule, M::kName));
  Layout l = layout_of(managed->array);
  bool keep = false;
  Tensor t;
  if (l.size == 0) {
    t = Tensor::empty(l.shape, l.dtype, l.device);
  } else {
    // What was copied for us is a copy already.
    Ref<Storage> storage;
    bool own_view = managed->deleter == &Export<M>::destroy;
    if (copy != Copy::kAlways || !own_view) storage = exclusive_storage(managed, l, &keep);
    if (storage) {
      t = view_of(std::move(storage), l);
    } else if (copy == Copy::kNever) {
      fail(ErrorKind::kValue,
           "from_dlpack: copy=False, but the memory is its owner's, who could write to it later, "
           "and tensors never change; leave copy out");
    } else {
      t = copied(l);
      if (!l.device.is_cpu()) finish_work(l.device);  // its owner may reuse the memory at once
    }
  }
  if (PyCapsule_SetName(capsule, M::kUsedName) < 0) {
    // The capsule still owns the struct.
    PyErr_WriteUnraisable(capsule);
  }
  if (!keep && managed->deleter) managed->deleter(managed);
  return t;
}

Tensor from_capsule(PyObject* capsule, Copy copy) {
  using Versioned = dlpack::ManagedVersioned;
  if (PyCapsule_IsValid(capsule, Versioned::kName)) {
    auto* managed = static_cast<Versioned*>(PyCapsule_GetPointer(capsule, Versioned::kName));
    if (managed->version.major != dlpack::kVersion.major) {
      fail(ErrorKind::kValue, "from_dlpack: DLPack version ", managed->version.major, ".",
           managed->version.minor, " is not understood; 1.x is");
    }
    return import_capsule<Versioned>(capsule, copy);
  }
  if (PyCapsule_IsValid(capsule, dlpack::Managed::kName)) {
    return import_capsule<dlpack::Managed>(capsule, copy);
  }
  const char* name = PyCapsule_GetName(capsule);
  PyErr_Clear();
  bool used = name && std::strncmp(name, "used_", 5) == 0;
  fail(ErrorKind::kValue, "from_dlpack: the capsule ",
       used ? "was used before; a capsule can be used once" : "holds no DLPack data", ": ",
       convert::shown(capsule));
}

// The GPU that a producer says its array is on.
std::optional<Device> gpu_named_by(const py::object& producer) {
  if (!py::hasattr(producer, "__dlpack_device__")) return {};
  auto [type, id] = py::cast<std::pair<int, int>>(py::tuple(producer.attr("__dlpack_device__")()));
  if (type != dlpack::kCUDA) return {};
  return known_gpu("from_dlpack", id);
}

py::object ask(const py::object& producer, bool to_cpu, Copy copy) {
  py::dict wishes;
  std::optional<Device> gpu = to_cpu ? std::nullopt : gpu_named_by(producer);
  if (gpu) wishes["stream"] = own_stream(*gpu);
  wishes["max_version"] = py::make_tuple(dlpack::kVersion.major, dlpack::kVersion.minor);
  if (to_cpu) wishes["dl_device"] = py::make_tuple(dlpack::kCPU, 0);
  if (copy == Copy::kAlways) wishes["copy"] = true;
  try {
    return producer.attr("__dlpack__")(**wishes);
  } catch (py::error_already_set& e) {
    if (!e.matches(PyExc_TypeError)) throw;
    // From before version 1.0.
    return gpu ? producer.attr("__dlpack__")(py::arg("stream") = own_stream(*gpu))
               : producer.attr("__dlpack__")();
  }
}

Tensor from_dlpack(const py::object& x, bool to_cpu, const py::object& copy_wish) {
  int wanted = copy_wish.is_none() ? -1 : PyObject_IsTrue(copy_wish.ptr());
  if (wanted < 0 && PyErr_Occurred()) throw py::error_already_set();
  Copy copy = wanted < 0 ? Copy::kIfNeeded : wanted ? Copy::kAlways : Copy::kNever;
  if (is_tensor(x.ptr()) || is_variable(x.ptr())) {
    Tensor t = is_tensor(x.ptr()) ? tensor_of(x.ptr()) : variable_of(x.ptr()).read();
    if (copy != Copy::kAlways) return identity(t);
    note_exit_from_python(t);
    return convert::copy_of(t);
  }
  if (PyCapsule_CheckExact(x.ptr())) return from_capsule(x.ptr(), copy);
  if (!py::hasattr(x, "__dlpack__")) {
    if (py::hasattr(x, "__cuda_array_interface__") && copy != Copy::kNever) {
      return from_cuda_array(x.attr("__cuda_array_interface__"), to_cpu);
    }
    fail(ErrorKind::kType, "from_dlpack: x must have a method __dlpack__, got ",
         convert::shown(x.ptr()));
  }
  py::object capsule = ask(x, to_cpu, copy);
  if (!PyCapsule_CheckExact(capsule.ptr())) {
    fail(ErrorKind::kType, "from_dlpack: __dlpack__ must return a capsule, got ",
         convert::shown(capsule.ptr()));
  }
  return from_capsule(capsule.ptr(), copy);
}

}  // namespace

PyObject* tensor_dlpack(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  static const char* const kNames[] = {"stream", "max_version", "dl_device", "copy"};
  try {
    if (n > 0) fail(ErrorKind::kType, "__dlpack__() takes keyword arguments only");
    py::dict arguments;
    Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
    for (Py_ssize_t i = 0; i < named; ++i) {
      py::str name = py::reinterpret_borrow<py::str>(PyTuple_GET_ITEM(names, i));
      bool known = false;
      for (const char* k : kNames) {
        known |= PyUnicode_CompareWithASCIIString(name.ptr(), k) == 0;
      }
      if (!known) {
        fail(ErrorKind::kType, "__dlpack__() got an unexpected keyword argument '",
             std::string(name), "'");
      }
      arguments[name] = py::handle(args[n + i]);
    }
    return export_tensor(is_tensor(self) ? tensor_of(self) : variable_of(self).read(), arguments);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* tensor_dlpack_device(PyObject* self, PyObject*) {
  try {
    dlpack::Device d = device_of(is_tensor(self) ? tensor_of(self) : variable_of(self).peek());
    return Py_BuildValue("(ii)", int(d.type), int(d.id));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

void init_dlpack(py::module_& m) {
  m.def(
      "from_dlpack",
      [](py::object x, bool to_cpu, py::object copy) {
        PyObject* out = wrap(from_dlpack(x, to_cpu, copy));
        if (!out) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(out);
      },
      py::arg("x"), py::arg("to_cpu") = false, py::arg("copy") = py::none(),
      "A tensor from a capsule of DLPack or from any array that has __dlpack__.");
}

}  // namespace pyten::bindings
