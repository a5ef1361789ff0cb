// Tensors out of nothing but shapes and scalars.
#include <cmath>
#include <complex>
#include <cstring>
#include <numeric>

#include "ops/batch.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

// The dtype whose memory holds a T.
template <typename T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, bool>) return DType::kBool;
  if constexpr (std::is_same_v<T, int8_t>) return DType::kInt8;
  if constexpr (std::is_same_v<T, int16_t>) return DType::kInt16;
  if constexpr (std::is_same_v<T, int32_t>) return DType::kInt32;
  if constexpr (std::is_same_v<T, int64_t>) return DType::kInt64;
  if constexpr (std::is_same_v<T, uint8_t>) return DType::kUInt8;
  if constexpr (std::is_same_v<T, uint16_t>) return DType::kUInt16;
  if constexpr (std::is_same_v<T, uint32_t>) return DType::kUInt32;
  if constexpr (std::is_same_v<T, uint64_t>) return DType::kUInt64;
  if constexpr (std::is_same_v<T, float>) return DType::kFloat32;
  if constexpr (std::is_same_v<T, double>) return DType::kFloat64;
  if constexpr (std::is_same_v<T, std::complex<float>>) return DType::kComplex64;
  if constexpr (std::is_same_v<T, std::complex<double>>) return DType::kComplex128;
}

template <typename T>
T value_of(const Tensor& t) {
  reading_values(t);
  Tensor v = converted(on_host(t), dtype_of<T>());
  return *v.data_as<T>();
}

const Op kFill{
    "fill", [](GradContext& g) { g.set(0, reduce_sum(g.dy())); },
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {fill(a.get<Dims>("dims"), x[0])};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t n) -> Tensors {
      const Dims& dims = a.get<Dims>("dims");
      return {
          broadcast_to(reshape(x[0], with_front(n, Dims(dims.size(), 1))), with_front(n, dims))};
    }};
void one_hot_rule(GradContext& g) {
  Tensor hot = one_hot(g.saved(0), g.attr<int64_t>("depth"), scalar(1, g.input_dtype(1)),
                       scalar(0, g.input_dtype(1)), g.attr<int64_t>("axis"));
  if (g.needs(1)) g.set(1, reduce_sum(g.dy() * hot));
  if (g.needs(2)) g.set(2, reduce_sum(g.dy() * (scalar(1, hot.dtype()) - hot)));
}
const Op kOneHot{
    "one_hot", one_hot_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {one_hot(x[0], a.get<int64_t>("depth"), x[1], x[2], a.get<int64_t>("axis"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool> batched, const Attrs& a,
       int64_t) -> Tensors {
      if (batched[1] || batched[2]) return {};
      return {one_hot(x[0], a.get<int64_t>("depth"), x[1], x[2], a.get<int64_t>("axis") + 1)};
    }};

template <typename T>
Tensor range_of(const Tensor& start_, const Tensor& limit_, const Tensor& delta_, DType dtype) {
  T start = value_of<T>(start_), limit = value_of<T>(limit_), delta = value_of<T>(delta_);
  if (delta == 0) fail(ErrorKind::kInvalidArgument, "range: Requires delta != 0: ", delta);
  if (delta > 0 ? start > limit : start < limit) {
    fail(ErrorKind::kInvalidArgument, "range: Requires start ",
         delta > 0 ? "<=" : ">=", " limit when delta ", delta > 0 ? ">" : "<", " 0: ", start, "/",
         limit, ", got delta=", delta);
  }
  int64_t n;
  if constexpr (std::is_integral_v<T>) {
    // In unsigned arithmetic, where the distance of any two numbers fits.
    uint64_t distance =
        delta > 0 ? uint64_t(limit) - uint64_t(start) : uint64_t(start) - uint64_t(limit);
    uint64_t step = delta > 0 ? uint64_t(delta) : -uint64_t(delta);
    n = int64_t(distance / step + (distance % step != 0));
  } else {
    T count = std::ceil(std::abs((limit - start) / delta));
    if (!(count < T(9e18))) {
      fail(ErrorKind::kInvalidArgument, "range: the result must be finite, got start=", start,
           ", limit=", limit, " and delta=", delta);
    }
    n = int64_t(count);
  }
  Tensor out = Tensor::empty({n}, dtype_of<T>());
  T* p = static_cast<T*>(out.mutable_data());
  for (int64_t i = 0; i < n; ++i) p[i] = T(start + T(i) * delta);
  return converted(out, dtype);
}

}  // namespace

Tensor zeros(const Shape& shape, DType dtype) {
  require_shape("zeros", shape);
  Tensor out = Tensor::empty(shape, dtype, current_device());
  fill_zero(out);
  return out;
}

Tensor ones(const Shape& shape, DType dtype) {
  require_shape("ones", shape);
  Tensor out = Tensor::empty(shape, dtype, current_device());
  fill_with(out, scalar(1, dtype));
  return out;
}

Tensor zeros_like(const Tensor& x) {
  DeviceScope beside_x(x.device());
  return zeros(x.shape(), x.dtype());
}
Tensor ones_like(const Tensor& x) {
  DeviceScope beside_x(x.device());
  return ones(x.shape(), x.dtype());
}

Tensor scalar(double value, DType dtype) {
  Tensor out = Tensor::empty({}, dtype);
  if (dtype == DType::kFloat32) {
    *static_cast<float*>(out.mutable_data()) = float(value);
  } else if (dtype == DType::kFloat64) {
    *static_cast<double*>(out.mutable_data()) = value;
  } else {
    kernels::cpu().cast[int(DType::kFloat64)][int(dtype)](1, &value, 1, out.mutable_data(), 1);
  }
  return out;
}

template <typename T>
Tensor from_values(std::span<const T> values, const Shape& shape, DType dtype) {
  Tensor out = Tensor::empty(shape, dtype_of<T>());
  if (out.size() != int64_t(values.size())) {
    fail(ErrorKind::kInvalidArgument, "from_values: shape must hold ", values.size(),
         " values, got shape=", tuple_text(shape));
  }
  if (!values.empty()) std::memcpy(out.mutable_data(), values.data(), values.size_bytes());
  return converted(out, dtype);
}
template Tensor from_values(std::span<const bool>, const Shape&, DType);
template Tensor from_values(std::span<const int8_t>, const Shape&, DType);
template Tensor from_values(std::span<const int16_t>, const Shape&, DType);
template Tensor from_values(std::span<const int32_t>, const Shape&, DType);
template Tensor from_values(std::span<const int64_t>, const Shape&, DType);
template Tensor from_values(std::span<const uint8_t>, const Shape&, DType);
template Tensor from_values(std::span<const uint16_t>, const Shape&, DType);
template Tensor from_values(std::span<const uint32_t>, const Shape&, DType);
template Tensor from_values(std::span<const uint64_t>, const Shape&, DType);
template Tensor from_values(std::span<const float>, const Shape&, DType);
template Tensor from_values(std::span<const double>, const Shape&, DType);
template Tensor from_values(std::span<const std::complex<float>>, const Shape&, DType);
template Tensor from_values(std::span<const std::complex<double>>, const Shape&, DType);

Tensor fill(const Shape& dims, const Tensor& value) {
  require_shape("fill", dims);
  require_scalar("fill", "value", value);
  Tensor out = value.as_strided(dims, Dims(dims.size(), 0), 0);
  if (recording(value)) record(kFill, {value}, {out}, {}, {{"dims", dims}});
  return out;
}

Tensor range(const Tensor& start, const Tensor& limit, const Tensor& delta) {
  require_scalar("range", "start", start);
  require_scalar("range", "limit", limit);
  require_scalar("range", "delta", delta);
  require_same_dtype("range", start, limit);
  require_same_dtype("range", start, delta);
  DType dtype = start.dtype();
  require_dtype("range", dtype, kFloats | DType::kInt32 | DType::kInt64);
  if (dtype == DType::kFloat64) return range_of<double>(start, limit, delta, dtype);
  if (is_floating(dtype)) return range_of<float>(start, limit, delta, dtype);
  return range_of<int64_t>(start, limit, delta, dtype);
}

Tensor eye(int64_t rows, int64_t columns, const Shape& batch, DType dtype) {
  Shape shape = batch;
  shape.push_back(rows);
  shape.push_back(columns);
  require_shape("eye", shape);
  Tensor out = zeros(shape, dtype);
  Tensor one = beside(scalar(1, dtype), out.device());
  int64_t n = std::min(rows, columns);
  Tensor line = one.as_strided({n}, {0}, 0);
  for (int64_t i = 0; n > 0 && i < out.size(); i += rows * columns) {
    copy_into(line, static_cast<char*>(out.mutable_data()) + i * int64_t(size_of(dtype)),
              {columns + 1});
  }
  return out;
}

namespace {
void write_one_hot(const Tensor& out, const Tensor& indices, int64_t depth, const Tensor& on,
                   const Tensor& off, int64_t axis) {
  fill_with(out, off);
  Tensor list = converted(indices, DType::kInt64);
  const int64_t* index = list.data_as<int64_t>();
  int64_t inner = 1;
  for (int i = int(axis) + 1; i < out.rank(); ++i) inner *= out.dim(i);
  size_t size = size_of(on.dtype());
  char* p = static_cast<char*>(out.mutable_data());
  for (int64_t i = 0; i < list.size(); ++i) {
    if (index[i] < 0 || index[i] >= depth) continue;
    int64_t place = (i / inner * depth + index[i]) * inner + i % inner;
    std::memcpy(p + place * int64_t(size), on.data(), size);
  }
}
}  // namespace

Tensor one_hot(const Tensor& indices, int64_t depth, const Tensor& on, const Tensor& off,
               int64_t axis) {
  require_dtype("one_hot", indices.dtype(),
                DTypeSet(DType::kUInt8) | DType::kInt8 | DType::kInt32 | DType::kInt64);
  require_scalar("one_hot", "on_value", on);
  require_scalar("one_hot", "off_value", off);
  require_same_dtype("one_hot", on, off);
  if (depth < 0) {
    fail(ErrorKind::kInvalidArgument, "one_hot: depth must be non-negative, got depth=", depth);
  }
  int64_t at = normalize_axis("one_hot", axis, indices.rank() + 1);
  Shape shape = indices.shape();
  shape.insert(at, depth);
  Tensor out;
  if (meeting_place("one_hot", {&indices, &on, &off}).is_cpu()) [[likely]] {
    out = Tensor::empty(shape, on.dtype());
    write_one_hot(out, indices, depth, on, off, at);
  } else {  // a comparison with each column's number
    Unrecorded pause;
    std::vector<int64_t> columns(static_cast<size_t>(depth));
    std::iota(columns.begin(), columns.end(), 0);
    Shape along(size_t(indices.rank() - at) + 1, 1);
    along[0] = depth;
    Tensor numbers = from_values<int64_t>(columns, along, DType::kInt64);
    out = select(equal(expand_dims(cast(indices, DType::kInt64), at), numbers), on, off);
  }
  if (recording(indices, on, off)) {
    record(kOneHot, {indices, on, off}, {out}, {indices}, {{"depth", depth}, {"axis", at}});
  }
  return out;
}

void register_creation(Functions& out) {
  const Param name{"name", Kind::kName, "None"}, layout{"layout", Kind::kName, "None"};
  const Param f32{"dtype", Kind::kDType, "tf.float32"}, like{"dtype", Kind::kDType, "None"};

  out.push_back(
      {.name = "zeros",
       .params = {{"shape", Kind::kShape}, f32, name, layout},
       .call = [](const Arguments& a) -> Tensors { return {zeros(a.ints(0), a.dtype(1))}; },
       .differentiable = false,
       .doc = R"(Creates a tensor of zeros.

Args:
  shape: its sizes: an int, a sequence of ints, a TensorShape or an integer tensor.
  dtype: its dtype; False for bool.
  name: accepted for compatibility and ignored.
  layout: accepted for compatibility and ignored.

Returns:
  A tensor of that shape and dtype.

Raises:
  InvalidArgumentError: a size is negative (also a ValueError).

Example:
  >>> tf.zeros(2)
  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 0.], dtype=float32)>
)"});
  out.push_back(
      {.name = "ones",
       .params = {{"shape", Kind::kShape}, f32, name, layout},
       .call = [](const Arguments& a) -> Tensors { return {ones(a.ints(0), a.dtype(1))}; },
       .differentiable = false,
       .doc = R"(Creates a tensor of ones.

Args:
  shape: its sizes: an int, a sequence of ints, a TensorShape or an integer tensor.
  dtype: its dtype; True for bool.
  name: accepted for compatibility and ignored.
  layout: accepted for compatibility and ignored.

Returns:
  A tensor of that shape and dtype.

Raises:
  InvalidArgumentError: a size is negative (also a ValueError).

Example:
  >>> tf.ones((1, 2), tf.int32)
  <tf.Tensor: shape=(1, 2), dtype=int32, numpy=array([[1, 1]], dtype=int32)>
)"});
  out.push_back({.name = "zeros_like",
                 .params = {{"input", Kind::kTensor}, like, name, layout},
                 .call = [](const Arguments& a) -> Tensors {
                   const Tensor& x = a.tensor(0);
                   return {zeros(x.shape(), a.given(1) ? a.dtype(1) : x.dtype())};
                 },
                 .differentiable = false,
                 .doc = R"(Creates a tensor of zeros with the shape of another one.

Args:
  input: a tensor of any shape and dtype.
  dtype: the result's dtype; the input's when absent.
  name: accepted for compatibility and ignored.
  layout: accepted for compatibility and ignored.

Returns:
  A tensor of the input's shape.

Example:
  >>> tf.zeros_like([1.5, 2.5])
  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 0.], dtype=float32)>
)"});
  out.push_back({.name = "ones_like",
                 .params = {{"input", Kind::kTensor}, like, name, layout},
                 .call = [](const Arguments& a) -> Tensors {
                   const Tensor& x = a.tensor(0);
                   return {ones(x.shape(), a.given(1) ? a.dtype(1) : x.dtype())};
                 },
                 .differentiable = false,
                 .doc = R"(Creates a tensor of ones with the shape of another one.

Args:
  input: a tensor of any shape and dtype.
  dtype: the result's dtype; the input's when absent.
  name: accepted for compatibility and ignored.
  layout: accepted for compatibility and ignored.

Returns:
  A tensor of the input's shape.

Example:
  >>> tf.ones_like([5, 7])
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 1], dtype=int32)>
)"});
  out.push_back(
      {.name = "fill",
       .params = {{"dims", Kind::kShape}, {"value", Kind::kTensor}, name, layout},
       .call = [](const Arguments& a) -> Tensors { return {fill(a.ints(0), a.tensor(1))}; },
       .doc = R"(Creates a tensor that holds one value everywhere.

The result takes no memory of its own.

Args:
  dims: its sizes: an int, a sequence of ints, a TensorShape or an integer tensor.
  value: a scalar of any dtype; the result has its dtype.
  name: accepted for compatibility and ignored.
  layout: accepted for compatibility and ignored.

Returns:
  A tensor of shape `dims`.

Raises:
  InvalidArgumentError: a size is negative, or value is not a scalar (also a ValueError).

Example:
  >>> tf.fill([2], 7)
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([7, 7], dtype=int32)>
)"});
  out.push_back({.name = "eye",
                 .params = {{"num_rows", Kind::kInt},
                            {"num_columns", Kind::kInt, "None"},
                            {"batch_shape", Kind::kShape, "None"},
                            f32,
                            name},
                 .call = [](const Arguments& a) -> Tensors {
                   int64_t rows = a.integer(0);
                   return {eye(rows, a.given(1) ? a.integer(1) : rows, a.ints(2), a.dtype(3))};
                 },
                 .differentiable = false,
                 .doc = R"(Creates an identity matrix, or a batch of them.

Args:
  num_rows: the number of rows.
  num_columns: the number of columns; num_rows when absent.
  batch_shape: sizes that come before the matrix's two.
  dtype: the result's dtype.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of shape batch_shape + [num_rows, num_columns], 1 on the diagonal and 0 elsewhere.

Raises:
  InvalidArgumentError: a size is negative (also a ValueError).

Example:
  >>> tf.eye(1, 2)
  <tf.Tensor: shape=(1, 2), dtype=float32, numpy=array([[1., 0.]], dtype=float32)>
)"});
  out.push_back(
      {.name = "_range",
       .params = {{"start", Kind::kTensor}, {"limit", Kind::kTensor}, {"delta", Kind::kTensor}},
       .call = [](const Arguments& a) -> Tensors {
         return {range(a.tensor(0), a.tensor(1), a.tensor(2))};
       },
       .dtypes = kFloats | DType::kInt32 | DType::kInt64,
       .differentiable = false,
       .doc = R"(Creates the numbers from start up to limit, delta apart.

Args:
  start: a scalar, the first number; float16, bfloat16, float32, float64, int32 or int64.
  limit: a scalar of the same dtype, not reached.
  delta: a scalar of the same dtype, not 0.

Returns:
  A tensor of shape [ceil((limit - start) / delta)] and the same dtype.

Raises:
  InvalidArgumentError: delta is 0 or has the wrong sign (also a ValueError).
)"});
  out.push_back({.name = "one_hot",
                 .params = {{"indices", Kind::kIndices},
                            {"depth", Kind::kInt},
                            {"on_value", Kind::kTensor, "None"},
                            {"off_value", Kind::kTensor, "None"},
                            {"axis", Kind::kInt, "None"},
                            like,
                            name},
                 .call = [](const Arguments& a) -> Tensors {
                   DType dtype = a.given(5)   ? a.dtype(5)
                                 : a.given(2) ? a.tensor(2).dtype()
                                 : a.given(3) ? a.tensor(3).dtype()
                                              : DType::kFloat32;
                   Tensor on = a.given(2) ? cast(a.tensor(2), dtype) : scalar(1, dtype);
                   Tensor off = a.given(3) ? cast(a.tensor(3), dtype) : scalar(0, dtype);
                   return {
                       one_hot(a.tensor(0), a.integer(1), on, off, a.given(4) ? a.integer(4) : -1)};
                 },
                 .doc = R"(Marks the place that each index names along a new axis.

Args:
  indices: places, of any shape; uint8, int8, int32 or int64. A place outside [0, depth) marks
    nothing.
  depth: the size of the new axis.
  on_value: a scalar for marked places; 1 when absent.
  off_value: a scalar for all others; 0 when absent.
  axis: where the new axis goes in the result; last when absent.
  dtype: the result's dtype; that of on_value or off_value when absent, else float32.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the shape of indices with `depth` inserted at `axis`.

Raises:
  InvalidArgumentError: depth is negative (also a ValueError), axis is out of range (also an
    IndexError), or the dtype of indices is none of those above (also a TypeError).

Example:
  >>> tf.one_hot([1, 0], 2)
  <tf.Tensor: shape=(2, 2), dtype=float32, numpy=
  array([[0., 1.],
         [1., 0.]], dtype=float32)>
)"});
}

}  // namespace pyten
