// What pickling needs: a tensor's bytes as a buffer, and a tensor over somebody's buffer.
#include <cstring>

#include "bindings/convert.h"
#include "ops/ops.h"

namespace pyten::bindings {
namespace {

// The elements, row-major, as uint8 [nbytes]: a view of t's memory if that is row-major already.
// Every dtype has these, and their buffer is the one that pickle takes out of band.
Tensor bytes_of(const Tensor& t) {
  note_exit_from_python(t, "was pickled");
  Tensor rows = t.is_contiguous() ? t : convert::copy_of(t);
  int64_t n = int64_t(rows.nbytes());
  return Tensor::view(rows.impl()->storage, rows.mutable_data(), {n}, {1}, DType::kUInt8);
}

struct Buffer {
  Py_buffer view{};
  explicit Buffer(PyObject* o) {
    if (PyObject_GetBuffer(o, &view, PyBUF_SIMPLE) < 0) throw py::error_already_set();
  }
  Buffer(const Buffer&) = delete;
  ~Buffer() { PyBuffer_Release(&view); }

  // The last reference may go on any thread, and while the interpreter is being torn down.
  static void destroy(void* buffer) {
    if (!Py_IsInitialized()) return;
    PyGILState_STATE gil = PyGILState_Ensure();
    delete static_cast<Buffer*>(buffer);
    PyGILState_Release(gil);
  }
};

// Whose memory it is, beneath memoryviews.
PyObject* owner_of(const Py_buffer& view) {
  PyObject* o = view.obj;
  while (o && PyMemoryView_Check(o)) o = PyMemoryView_GET_BUFFER(o)->obj;
  return o;
}

// Storage that keeps the buffer alive, or null where somebody could still write to its memory:
// a read-only view of a bytearray, an array or a file is not enough.
Ref<Storage> shared_memory(std::unique_ptr<Buffer>& buffer) {
  PyObject* owner = owner_of(buffer->view);
  char* data = static_cast<char*>(buffer->view.buf);
  if (owner && is_tensor(owner)) {
    Ref<Storage> storage = tensor_of(owner).impl()->storage;
    char* begin = static_cast<char*>(storage->data());
    bool inside = data >= begin && data + buffer->view.len <= begin + storage->nbytes();
    return inside ? storage : Ref<Storage>();
  }
  if (owner == nullptr || !PyBytes_CheckExact(owner)) return {};
  // A size of 0: a variable that is given the tensor sees that it is not the whole storage, and
  // makes a copy to write to.
  return Storage::wrap(data, 0, Buffer::destroy, buffer.release());
}

Tensor from_buffer(PyObject* source, PyObject* dtype_given, PyObject* sizes, bool copy) {
  constexpr const char* kWho = "unpickle: ";
  DType dtype = parse_dtype(dtype_given);
  Shape shape = to_dims(sizes, "unpickle", "shape");
  for (int64_t n : shape) {
    if (n < 0) fail(ErrorKind::kValue, kWho, "sizes must be >= 0, got shape ", tuple_text(shape));
  }
  int64_t count = num_elements(shape);
  if (!PyObject_CheckBuffer(source)) {
    fail(ErrorKind::kType, kWho, "expected the elements as bytes or another buffer, got ",
         type_name(source));
  }
  auto buffer = std::make_unique<Buffer>(source);
  int64_t nbytes = buffer->view.len;
  const auto size = int64_t(size_of(dtype));
  if (nbytes % size != 0 || nbytes / size != count) {
    fail(ErrorKind::kValue, kWho, "shape ", tuple_text(shape), " and dtype ", name_of(dtype),
         " do not fit a buffer of ", nbytes, " bytes");
  }
  const auto* data = static_cast<const unsigned char*>(buffer->view.buf);
  if (dtype == DType::kBool) {
    for (int64_t i = 0; i < nbytes; ++i) {
      if (data[i] > 1) fail(ErrorKind::kValue, kWho, "a bool is 0 or 1, got byte ", int(data[i]));
    }
  }
  Dims strides = contiguous_strides(shape);
  bool aligned = reinterpret_cast<uintptr_t>(data) % size_t(size) == 0;
  if (!copy && aligned && nbytes > 0) {
    if (Ref<Storage> storage = shared_memory(buffer)) {
      auto* start = const_cast<unsigned char*>(data);
      return Tensor::view(std::move(storage), start, std::move(shape), std::move(strides), dtype);
    }
  }
  Tensor out = Tensor::empty(shape, dtype);
  if (nbytes > 0) std::memcpy(out.mutable_data(), data, size_t(nbytes));
  return out;
}

py::object wrapped(Tensor t) {
  PyObject* out = wrap(std::move(t));
  if (!out) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(out);
}

}  // namespace

void init_pickle(py::module_& m) {
  m.def(
      "_bytes_of",
      [](py::object x) { return wrapped(bytes_of(to_tensor(x.ptr(), {}, {}, "pickle", "x"))); },
      py::arg("x"), "The elements as a uint8 tensor, row-major; shares the memory where it can.");
  m.def(
      "_from_buffer",
      [](py::object source, py::object dtype, py::object shape, bool copy) {
        return wrapped(from_buffer(source.ptr(), dtype.ptr(), shape.ptr(), copy));
      },
      py::arg("source"), py::arg("dtype"), py::arg("shape"), py::arg("copy") = false,
      "A tensor with a buffer's bytes; shares the memory where nobody can write to it.");
}

}  // namespace pyten::bindings
