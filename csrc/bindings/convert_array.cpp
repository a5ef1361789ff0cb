// NumPy arrays and scalars, and whatever NumPy makes an array of.
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "bindings/convert.h"
#include "core/allocator.h"
#include "kernels/kernels.h"
#include "ops/layout.h"
#include "ops/ops.h"

namespace pyten::bindings::convert {
namespace {

constexpr size_t kWithoutGil = 1 << 16;  // copies of more bytes let other threads run

// NumPy's type numbers, which are part of its ABI.
enum : int {
  kNpyLongDouble = 13,
  kNpyComplexLongDouble = 16,
  kNpyObject = 17,
  kNpyString = 18,
  kNpyUnicode = 19,
  kNpyVoid = 20,
  kNpyDatetime = 21,
  kNpyTimedelta = 22,
  kNpyHalf = 23,
  kNpyUser = 256,  // types that other packages register
  kNpyVString = 2056,
};

template <typename T>
constexpr DType integer_of() {
  constexpr DType kSigned[] = {DType::kInt8, DType::kInt16, DType::kInt32, DType::kInt64};
  constexpr DType kUnsigned[] = {DType::kUInt8, DType::kUInt16, DType::kUInt32, DType::kUInt64};
  return (std::is_signed_v<T> ? kSigned : kUnsigned)[std::countr_zero(sizeof(T))];
}

std::optional<DType> dtype_of_number(int number) {
  static constexpr DType kTypes[] = {
      DType::kBool,                  // NPY_BOOL
      integer_of<signed char>(),     // NPY_BYTE
      integer_of<unsigned char>(),   // and so on
      integer_of<short>(),           // NOLINT: NumPy counts in C's types
      integer_of<unsigned short>(),  // NOLINT
      integer_of<int>(),
      integer_of<unsigned int>(),
      integer_of<long>(),                // NOLINT
      integer_of<unsigned long>(),       // NOLINT
      integer_of<long long>(),           // NOLINT
      integer_of<unsigned long long>(),  // NOLINT
      DType::kFloat32,
      DType::kFloat64,
  };
  if (number >= 0 && number < int(std::size(kTypes))) return kTypes[number];
  if (number == 14) return DType::kComplex64;
  if (number == 15) return DType::kComplex128;
  if (number == kNpyHalf) return DType::kFloat16;
  return std::nullopt;
}

bool is_bfloat16(py::handle dtype) {
  py::object name = dtype.attr("name");
  return PyUnicode_CompareWithASCIIString(name.ptr(), "bfloat16") == 0;
}

std::optional<DType> dtype_of(const py::dtype& d) {
  int number = d.num();
  if (std::optional<DType> known = dtype_of_number(number)) return known;
  static int bfloat16 = -1;  // the number that ml_dtypes got, once seen
  if (number == bfloat16) return DType::kBFloat16;
  if (number >= kNpyUser && number != kNpyVString && is_bfloat16(d)) {
    bfloat16 = number;
    return DType::kBFloat16;
  }
  return std::nullopt;
}

[[noreturn]] void fail_array(const py::array& array, PyObject* value, const Request& request) {
  py::dtype d = array.dtype();
  int number = d.num();
  std::string who = prefix(request), name = py::str(d);
  if (number == kNpyString || number == kNpyUnicode || number == kNpyVString) {
    fail_string(value, request);
  }
  if (number == kNpyObject) {
    py::object teacher = py::module_::import("pyten._mistakes").attr("object_remedy");
    fail(ErrorKind::kType, who, "Failed to convert a NumPy array to a Tensor: its elements are ",
         "Python objects (dtype object); ", std::string(py::str(teacher(py::handle(value)))));
  }
  const bool is_time = number == kNpyDatetime || number == kNpyTimedelta;
  const char* remedy = number == kNpyLongDouble          ? "; use array.astype(np.float64)"
                       : number == kNpyComplexLongDouble ? "; use array.astype(np.complex128)"
                       : is_time                         ? "; use array.astype(np.int64)"
                                                         : "";
  fail(ErrorKind::kType, who, "Failed to convert a NumPy array to a Tensor: tensors have no dtype ",
       name, remedy);
}

// Runs f with the GIL released when it touches many bytes.
template <typename F>
auto unlocked(size_t nbytes, F&& f) {
  if (nbytes < kWithoutGil) return f();
  py::gil_scoped_release release;
  return f();
}

// -- Whether values survive a cast ----------------------------------------------------------------

template <typename T>
bool integers_fit(const Tensor& x, int64_t lo, uint64_t hi) {
  const T* p = x.data_as<T>();
  T least = p[0], most = p[0];
  for (int64_t i = 1; i < x.size(); ++i) {
    least = std::min(least, p[i]);
    most = std::max(most, p[i]);
  }
  return std::cmp_greater_equal(least, lo) && std::cmp_less_equal(most, hi);
}

template <typename T>
bool floats_fit(const Tensor& x, double lo, double end) {
  const T* p = x.data_as<T>();
  bool ok = true;
  for (int64_t i = 0; i < x.size(); ++i) {
    double v = p[i];
    ok &= v == std::trunc(v) && v >= lo && v < end;  // false for NaN
  }
  return ok;
}

template <typename T>
bool all_real(const Tensor& x) {
  const T* p = x.data_as<T>();
  bool ok = true;
  for (int64_t i = 0; i < x.size(); ++i) ok &= p[2 * i + 1] == 0;
  return ok;
}

// Whether the numbers of x, contiguous, are numbers of `to` but for rounding.
bool survives(const Tensor& x, DType to) {
  DType from = x.dtype();
  if (from == to || x.size() == 0 || is_complex(to) || from == DType::kBool) return true;
  if (is_complex(from)) {
    bool real = from == DType::kComplex64 ? all_real<float>(x) : all_real<double>(x);
    return real && (is_floating(to) || survives(contiguous(cast(x, real_of(from))), to));
  }
  if (is_floating(to)) return true;
  int bits = to == DType::kBool ? 1 : int(8 * size_of(to)) - (is_unsigned(to) ? 0 : 1);
  bool negative = kSignedInts.contains(to);
  uint64_t hi = bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  int64_t lo = negative ? -int64_t(hi) - 1 : 0;
  switch (from) {
    case DType::kInt8: return integers_fit<int8_t>(x, lo, hi);
    case DType::kInt16: return integers_fit<int16_t>(x, lo, hi);
    case DType::kInt32: return integers_fit<int32_t>(x, lo, hi);
    case DType::kInt64: return integers_fit<int64_t>(x, lo, hi);
    case DType::kUInt8: return integers_fit<uint8_t>(x, lo, hi);
    case DType::kUInt16: return integers_fit<uint16_t>(x, lo, hi);
    case DType::kUInt32: return integers_fit<uint32_t>(x, lo, hi);
    case DType::kUInt64: return integers_fit<uint64_t>(x, lo, hi);
    case DType::kFloat32: return floats_fit<float>(x, double(lo), std::ldexp(1.0, bits));
    case DType::kFloat64: return floats_fit<double>(x, double(lo), std::ldexp(1.0, bits));
    default: return survives(cast(x, DType::kFloat32), to);  // 16 bits
  }
}

// -- NumPy's types --------------------------------------------------------------------------------

struct NumPy {
  PyTypeObject* generic = nullptr;  // the base of its scalars
  PyObject* asarray = nullptr;
  std::vector<std::pair<PyTypeObject*, DType>> scalars;
};
NumPy g_numpy;

}  // namespace

void prepare_arrays() {
  py::module_ numpy = py::module_::import("numpy");
  auto type_of = [&](const char* name) {
    return reinterpret_cast<PyTypeObject*>(py::object(numpy.attr(name)).release().ptr());
  };
  py::detail::npy_api::get();
  g_numpy.generic = type_of("generic");
  g_numpy.asarray = py::object(numpy.attr("asarray")).release().ptr();
  auto& scalars = g_numpy.scalars;
  scalars.emplace_back(type_of("bool_"), DType::kBool);
  for (int i = 1; i < kDTypeCount; ++i) {
    if (DType(i) != DType::kBFloat16) scalars.emplace_back(type_of(name_of(DType(i))), DType(i));
  }
  scalars.emplace_back(type_of("intc"), integer_of<int>());
  scalars.emplace_back(type_of("uintc"), integer_of<unsigned int>());
  scalars.emplace_back(type_of("longlong"), integer_of<long long>());            // NOLINT
  scalars.emplace_back(type_of("ulonglong"), integer_of<unsigned long long>());  // NOLINT
}

bool is_array(PyObject* o) { return py::detail::npy_api::get().PyArray_Check_(o); }

bool is_numpy_scalar(PyObject* o) { return PyType_IsSubtype(Py_TYPE(o), g_numpy.generic); }

std::optional<DType> scalar_dtype(PyTypeObject* type) {
  static std::pair<PyTypeObject*, DType> last = g_numpy.scalars[0];  // lists repeat one type
  if (last.first == type) return last.second;
  for (const auto& known : g_numpy.scalars) {
    if (known.first != type) continue;
    last = known;
    return known.second;
  }
  if (type->tp_name && std::strstr(type->tp_name, "bfloat16")) return DType::kBFloat16;
  return std::nullopt;
}

std::optional<DType> array_dtype(PyObject* array) {
  return dtype_of(py::reinterpret_borrow<py::array>(array).dtype());
}

void copy_to(const Tensor& x, void* out) {
  if (!x.device().is_cpu()) return copy_to(on_host(x), out);
  unlocked(x.nbytes(), [&] {
    if (x.nbytes() < kWithoutGil && x.is_contiguous()) {
      std::memcpy(out, x.data(), x.nbytes());
    } else {
      size_t size = size_of(x.dtype());
      kernels::run_unary(kernels::cpu().copy[std::countr_zero(size)], x.rank(), x.shape().data(),
                         x.data(), x.strides().data(), size, out,
                         contiguous_strides(x.shape()).data(), size);
    }
  });
}

Tensor copy_of(const Tensor& x) {
  Tensor out = Tensor::empty(x.shape(), x.dtype(), x.device());
  if (x.device().is_cpu()) [[likely]]
    copy_to(x, out.mutable_data());
  else copy_into(x, out.mutable_data(), out.strides());
  return out;
}

Tensor cast_values(const Tensor& x, PyObject* value, const Request& request) {
  Tensor out = unlocked(x.nbytes(), [&] {
    bool checked = is_inexact(*request.dtype) && !is_complex(x.dtype());
    if (!checked && !survives(contiguous(on_host(x)), *request.dtype)) return Tensor();
    return cast(x, *request.dtype);
  });
  if (out.defined()) return out;
  DType to = *request.dtype;
  if (is_floating(to)) fail_cast(value, request);
  fail(ErrorKind::kType, request.op ? text(request.op, ": ") : "", "cannot convert ",
       request.argument ? text(request.argument, "=") : "", shown(value), " to a tensor of dtype ",
       name_of(to), " without losing ", is_integer(x.dtype()) ? "range" : "a fraction or range",
       "; use tf.cast(value, tf.", name_of(to), ")");
}

namespace {

// `value` is what the user gave, for messages.
Tensor from_array(py::array array, PyObject* value, const Request& request) {
  py::dtype descr = array.dtype();
  std::optional<DType> dtype = dtype_of(descr);
  if (!dtype) fail_array(array, value, request);
  auto size = Py_ssize_t(size_of(*dtype));
  constexpr bool kLittle = std::endian::native == std::endian::little;
  bool plain = descr.byteorder() != (kLittle ? '>' : '<') &&
               (array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_);
  for (py::ssize_t i = 0; i < array.ndim(); ++i) plain &= array.strides(i) % size == 0;
  if (!plain) {
    py::object native = descr.attr("newbyteorder")("=");
    array = array.attr("astype")(native, py::arg("order") = "C");
  }
  Shape shape(array.shape(), array.shape() + array.ndim());
  Dims strides;
  for (py::ssize_t i = 0; i < array.ndim(); ++i) strides.push_back(array.strides(i) / size);
  void* data = const_cast<void*>(array.data());
  // A view of NumPy's memory, for as long as it takes to copy it.
  Ref<Storage> borrowed = Storage::wrap(data, size_t(array.nbytes()), [](void*) {}, nullptr);
  Tensor source =
      Tensor::view(std::move(borrowed), data, std::move(shape), std::move(strides), *dtype);
  if (request.dtype && *request.dtype != *dtype) return cast_values(source, value, request);
  return copy_of(source);
}

}  // namespace

Tensor from_array(PyObject* array, const Request& request) {
  return from_array(py::reinterpret_borrow<py::array>(array), array, request);
}

Tensor from_array_like(PyObject* value, const Request& request) {
  py::object array = py::reinterpret_steal<py::object>(PyObject_CallOneArg(g_numpy.asarray, value));
  if (!array) throw py::error_already_set();
  return from_array(py::reinterpret_borrow<py::array>(array), value, request);
}

}  // namespace pyten::bindings::convert
