// DLPack: memory for and from PyTorch, JAX, CuPy, NumPy. Out goes a read-only view, or a copy to
// those who cannot be told that it is read-only; what comes in is copied.
#include "bindings/dlpack.h"

#include "bindings/convert.h"
#include "ops/ops.h"

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
  for (int i = 0; i < kDTypeCount; ++i) {
    dlpack::ElementType own = element_type(DType(i));
    if (own.code == type.code && own.bits == type.bits && type.lanes == 1) return DType(i);
  }
  fail(ErrorKind::kType, "from_dlpack: tensors have no dtype for DLPack's code ", int(type.code),
       " of ", int(type.bits), " bits and ", int(type.lanes), " lanes");
}

// -- Out ------------------------------------------------------------------------------------------

// One allocation for the struct that others see and what it points to.
template <typename M>
struct Export {
  M managed;
  Tensor tensor;
  Dims shape, strides;

  static void destroy(M* m) { delete static_cast<Export*>(m->context); }
};

template <typename M>
void destroy_capsule(PyObject* capsule) {
  // A consumer renames the capsule that it has taken over.
  if (!PyCapsule_IsValid(capsule, M::kName)) return;
  auto* managed = static_cast<M*>(PyCapsule_GetPointer(capsule, M::kName));
  if (managed->deleter) managed->deleter(managed);
}

template <typename M>
PyObject* export_as(const Tensor& t, uint64_t flags) {
  auto kept = std::make_unique<Export<M>>();
  kept->tensor = t;
  kept->shape = t.shape();
  kept->strides = t.strides();
  M& m = kept->managed;
  m.array = {const_cast<void*>(t.data()), {dlpack::kCPU, 0},    t.rank(), element_type(t.dtype()),
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

PyObject* export_tensor(const Tensor& t, py::dict arguments) {
  auto argument = [&](const char* name) -> py::object {
    return arguments.contains(name) ? py::object(arguments[name]) : py::none();
  };
  py::object stream = argument("stream");
  py::object max_version = argument("max_version");
  py::object device = argument("dl_device");
  py::object copy = argument("copy");
  if (!stream.is_none()) refuse("a CPU tensor has no stream", stream.ptr());
  if (!device.is_none()) {
    if (!device.equal(py::make_tuple(dlpack::kCPU, 0))) {
      refuse("the tensor is on dl_device (1, 0), the CPU", device.ptr());
    }
  }
  bool versioned = !max_version.is_none() && py::int_(max_version[py::int_(0)]).cast<long>() >= 1;
  bool must_copy = !copy.is_none() && PyObject_IsTrue(copy.ptr()) == 1;
  bool must_not = !copy.is_none() && !must_copy;
  note_exit_from_python(t);
  if (versioned) {
    if (must_copy) {
      return export_as<dlpack::ManagedVersioned>(convert::copy_of(t), dlpack::kIsCopied);
    }
    return export_as<dlpack::ManagedVersioned>(t, dlpack::kReadOnly);
  }
  if (must_not) {
    refuse("a consumer that knows no read-only memory gets a copy; pass max_version=(1, 0)",
           copy.ptr());
  }
  return export_as<dlpack::Managed>(convert::copy_of(t), 0);
}

// -- In -------------------------------------------------------------------------------------------

Tensor import_array(const dlpack::Array& a) {
  if (a.device.type != dlpack::kCPU && a.device.type != dlpack::kCUDAHost) {
    fail(ErrorKind::kValue, "from_dlpack: the data must be in CPU memory, got DLPack device type ",
         a.device.type);
  }
  DType dtype = dtype_of(a.dtype);
  Shape shape(a.shape, a.shape + a.ndim);
  Dims strides = a.strides ? Dims(a.strides, a.strides + a.ndim) : contiguous_strides(shape);
  void* data = static_cast<char*>(a.data) + a.byte_offset;
  Ref<Storage> borrowed = Storage::wrap(data, 0, [](void*) {}, nullptr);
  return convert::copy_of(
      Tensor::view(std::move(borrowed), data, std::move(shape), std::move(strides), dtype));
}

template <typename M>
Tensor import_capsule(PyObject* capsule) {
  auto* managed = static_cast<M*>(PyCapsule_GetPointer(capsule, M::kName));
  Tensor t = import_array(managed->array);
  if (PyCapsule_SetName(capsule, M::kUsedName) < 0) throw py::error_already_set();
  if (managed->deleter) managed->deleter(managed);
  return t;
}

Tensor from_dlpack(py::object value) {
  if (is_tensor(value.ptr())) return convert::copy_of(tensor_of(value.ptr()));
  py::object capsule = value;
  if (!PyCapsule_CheckExact(value.ptr())) {
    if (!py::hasattr(value, "__dlpack__")) {
      fail(ErrorKind::kType, "from_dlpack: x must have a method __dlpack__, got ",
           convert::shown(value.ptr()));
    }
    try {
      capsule = value.attr("__dlpack__")(
          py::arg("max_version") = py::make_tuple(dlpack::kVersion.major, dlpack::kVersion.minor));
    } catch (py::error_already_set& e) {
      if (!e.matches(PyExc_TypeError)) throw;
      capsule = value.attr("__dlpack__")();  // from before version 1.0
    }
  }
  if (PyCapsule_IsValid(capsule.ptr(), dlpack::ManagedVersioned::kName)) {
    auto* managed = static_cast<dlpack::ManagedVersioned*>(
        PyCapsule_GetPointer(capsule.ptr(), dlpack::ManagedVersioned::kName));
    if (managed->version.major != dlpack::kVersion.major) {
      fail(ErrorKind::kValue, "from_dlpack: DLPack version ", managed->version.major, ".",
           managed->version.minor, " is not understood; 1.x is");
    }
    return import_capsule<dlpack::ManagedVersioned>(capsule.ptr());
  }
  if (PyCapsule_IsValid(capsule.ptr(), dlpack::Managed::kName)) {
    return import_capsule<dlpack::Managed>(capsule.ptr());
  }
  fail(ErrorKind::kValue, "from_dlpack: the capsule holds no DLPack data, or was used before: ",
       convert::shown(capsule.ptr()));
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
    return export_tensor(tensor_of(self), arguments);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* tensor_dlpack_device(PyObject*, PyObject*) {
  return Py_BuildValue("(ii)", int(dlpack::kCPU), 0);
}

void init_exchange(py::module_& m) {
  m.def(
      "from_dlpack",
      [](py::object x) {
        PyObject* out = wrap(from_dlpack(std::move(x)));
        if (!out) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(out);
      },
      py::arg("x"), "A tensor from any array that has __dlpack__, copied.");
}

}  // namespace pyten::bindings
