// Tensors that are views of read-only memory which a Python object owns: a memory-mapped file,
// bytes.
#include <cstdint>
#include <limits>
#include <memory>

#include "bindings/bindings.h"
#include "core/error.h"

namespace pyten::bindings {
namespace {

// The last tensor may go on any thread, with or without the interpreter's lock.
void release_buffer(void* context) {
  if (!Py_IsInitialized()) return;
  PyGILState_STATE state = PyGILState_Ensure();
  auto* view = static_cast<Py_buffer*>(context);
  PyBuffer_Release(view);
  delete view;
  PyGILState_Release(state);
}

// Alignment that C++ asks of an element; a complex number is two real ones.
size_t alignment_of(DType d) { return is_complex(d) ? size_of(d) / 2 : size_of(d); }

// Whether `shape` elements of `size` bytes from `offset` on lie inside `length` bytes.
bool fits(const Shape& shape, size_t size, int64_t offset, int64_t length) {
  if (offset < 0 || offset > length) return false;
  int64_t count = 1;
  for (int64_t n : shape) {
    if (n < 0) return false;
    if (n == 0) return true;
  }
  for (int64_t n : shape) {
    if (count > std::numeric_limits<int64_t>::max() / n) return false;
    count *= n;
  }
  return count <= (length - offset) / int64_t(size);
}

Tensor view_buffer(py::object buffer, int64_t offset, py::object dtype, std::vector<int64_t> dims) {
  DType d = parse_dtype(dtype.ptr());
  Shape shape(dims.begin(), dims.end());
  auto view = std::make_unique<Py_buffer>();
  if (PyObject_GetBuffer(buffer.ptr(), view.get(), PyBUF_SIMPLE) < 0) throw py::error_already_set();
  bool readonly = view->readonly, inside = fits(shape, size_of(d), offset, view->len);
  char* start = static_cast<char*>(view->buf) + (inside ? offset : 0);
  // nbytes 0: not ours, so that a variable copies it before it writes.
  Ref<Storage> storage = Storage::wrap(start, 0, release_buffer, view.release());
  if (!readonly) fail(ErrorKind::kType, "_view_buffer: buffer must be read-only");
  if (!inside) fail(ErrorKind::kValue, "_view_buffer: the tensor must lie inside the buffer");
  if (reinterpret_cast<uintptr_t>(start) % alignment_of(d) == 0) {
    return Tensor::view(std::move(storage), start, shape, contiguous_strides(shape), d);
  }
  Tensor copy = Tensor::empty(shape, d);
  if (copy.nbytes() > 0) std::memcpy(copy.mutable_data(), start, copy.nbytes());
  return copy;
}

}  // namespace

void init_mapping(py::module_& m) {
  m.def(
      "_view_buffer",
      [](py::object buffer, int64_t offset, py::object dtype, std::vector<int64_t> shape) {
        return py::reinterpret_steal<py::object>(
            wrap(view_buffer(std::move(buffer), offset, std::move(dtype), std::move(shape))));
      },
      py::arg("buffer"), py::arg("offset"), py::arg("dtype"), py::arg("shape"),
      "A tensor over read-only memory from a byte offset on, which keeps the buffer alive; a copy "
      "where elements are not aligned.");
}

}  // namespace pyten::bindings
