// Order along an axis.
#include "ops/batch.h"
#include "ops/elementwise.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

// The gradient of each value goes to the place that it came from.
void sort_rule(GradContext& g) {
  const Tensor& places = g.saved(0);  // along the last axis
  Dims perm = axis_last(places.rank(), g.attr<int64_t>("axis"));
  Tensor dy = transpose(g.dy(), perm);
  Tensor dx = gather_adjoint(dy, places, dy.shape(), -1, places.rank() - 1);
  g.set(0, transpose(dx, inverse(perm)));
}
const Op kSort{
    "sort", sort_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {sort(x[0], a.get<int64_t>("axis"), a.get<bool>("descending"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      return {sort(x[0], a.get<int64_t>("axis") + 1, a.get<bool>("descending"))};
    }};

const Op kArgsort{
    "argsort", nullptr,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {argsort(x[0], a.get<int64_t>("axis"), a.get<bool>("descending"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      return {argsort(x[0], a.get<int64_t>("axis") + 1, a.get<bool>("descending"))};
    }};
void top_k_rule(GradContext& g) {
  const Tensor& places = g.saved(0);
  g.set(0, gather_adjoint(g.dy(0), places, g.input_shape(0), -1, places.rank() - 1));
}
const Op kTopK{"top_k", top_k_rule,
               [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
                 return top_k(x[0], a.get<int64_t>("k"));
               },
               batch_as_is};

// Sorts rows. `values` and `places`, where wanted, are given as undefined tensors.
void sort_rows(const Tensor& rows, bool descending, Tensor* values, Tensor* places) {
  if (values) *values = Tensor::empty(rows.shape(), rows.dtype(), rows.device());
  if (places) *places = Tensor::empty(rows.shape(), DType::kInt32, rows.device());
  if (rows.size() == 0) return;
  int64_t n = rows.shape().back();
  if (places && n > INT32_MAX) {
    fail(ErrorKind::kUnimplemented, "argsort: rows must have less than 2**31 elements, got ", n);
  }
  kernels::SortLoop loop = table_of(rows).sort[int(rows.dtype())];
  if (loop == nullptr) [[unlikely]]
    fail_no_kernel(places ? "argsort" : "sort", rows);
  loop(rows.data(), values ? values->mutable_data() : nullptr,
       places ? static_cast<int32_t*>(places->mutable_data()) : nullptr, rows.size() / n, n,
       descending);
}

}  // namespace

Tensor sort(const Tensor& values, int64_t axis, bool descending) {
  require_dtype(kSort.name, values.dtype(), kReals);
  int64_t at = normalize_axis(kSort.name, axis, values.rank());
  Dims perm = axis_last(values.rank(), at);
  bool recorded = recording(values);
  Tensor sorted, places;
  sort_rows(packed(permuted(values, perm)), descending, &sorted, recorded ? &places : nullptr);
  Tensor out = permuted(sorted, inverse(perm));
  if (recorded)
    record(kSort, {values}, {out}, {places}, {{"axis", at}, {"descending", descending}});
  return out;
}

Tensor argsort(const Tensor& values, int64_t axis, bool descending) {
  require_dtype(kArgsort.name, values.dtype(), kReals);
  int64_t at = normalize_axis(kArgsort.name, axis, values.rank());
  Dims perm = axis_last(values.rank(), at);
  Tensor places;
  sort_rows(packed(permuted(values, perm)), descending, nullptr, &places);
  Tensor out = permuted(places, inverse(perm));
  if (recording(values)) {
    record(kArgsort, {values}, {out}, {}, {{"axis", at}, {"descending", descending}});
  }
  return out;
}

Tensors top_k(const Tensor& input, int64_t k) {
  require_dtype(kTopK.name, input.dtype(), kReals);
  if (input.rank() == 0) {
    fail(ErrorKind::kInvalidArgument, "top_k: input must be >= 1-D, got input.shape=()");
  }
  int64_t n = input.shape().back();
  if (k < 0 || k > n) {
    fail(ErrorKind::kInvalidArgument, "top_k: input must have at least k columns. Had ", n,
         ", needed ", k, ", got input.shape=", tuple_text(input.shape()), " and k=", k);
  }
  Tensor values, places;
  sort_rows(packed(input), true, &values, &places);
  Shape shape = input.shape();
  shape.back() = k;
  values = packed(values.as_strided(shape, values.strides(), 0));
  places = packed(places.as_strided(shape, places.strides(), 0));
  if (recording(input)) record(kTopK, {input}, {values, places}, {places}, {{"k", k}});
  return {values, places};
}

namespace {

bool is_descending(const char* op, const std::string& direction) {
  if (direction == "ASCENDING") return false;
  if (direction == "DESCENDING") return true;
  fail(ErrorKind::kValue, op, ": direction must be 'ASCENDING' or 'DESCENDING', got '", direction,
       "'");
}

}  // namespace

void register_sorting(Functions& out) {
  const Param name{"name", Kind::kName, "None"};
  const Param direction{"direction", Kind::kString, "'ASCENDING'"};
  const std::string dtypes = dtype_names(kReals);

  out.push_back({.name = "sort",
                 .params = {{"values", Kind::kTensor}, {"axis", Kind::kInt, "-1"}, direction, name},
                 .call = [](const Arguments& a) -> Tensors {
                   return {sort(a.tensor(0), a.integer(1), is_descending("sort", a.string(2)))};
                 },
                 .dtypes = kReals,
                 .doc = R"(Sorts the elements along an axis.

NaN comes last in both directions.

Args:
  values: a tensor of rank 1 or more; )" +
                        dtypes + R"(.
  axis: the axis to sort along.
  direction: 'ASCENDING' or 'DESCENDING'.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  InvalidArgumentError: axis is out of range (also an IndexError), or the dtype is refused (also a
    TypeError).
  ValueError: an unknown direction.

Gradient: each value's goes to the place that it came from.

Example:
  >>> tf.sort([3, 1, 2])
  <tf.Tensor: shape=(3,), dtype=int32, numpy=array([1, 2, 3], dtype=int32)>
)"});
  out.push_back({.name = "argsort",
                 .params = {{"values", Kind::kTensor},
                            {"axis", Kind::kInt, "-1"},
                            direction,
                            {"stable", Kind::kName, "False"},
                            name},
                 .call = [](const Arguments& a) -> Tensors {
                   return {
                       argsort(a.tensor(0), a.integer(1), is_descending("argsort", a.string(2)))};
                 },
                 .dtypes = kReals,
                 .differentiable = false,
                 .doc = R"(Finds the places of the elements in sorted order along an axis.

Equal elements stay in order; NaN comes last in both directions.

Args:
  values: a tensor of rank 1 or more; )" +
                        dtypes + R"(.
  axis: the axis to sort along.
  direction: 'ASCENDING' or 'DESCENDING'.
  stable: accepted for compatibility and ignored: the order is always stable.
  name: accepted for compatibility and ignored.

Returns:
  An int32 tensor of the same shape.

Raises:
  InvalidArgumentError: axis is out of range (also an IndexError), or the dtype is refused (also a
    TypeError).
  ValueError: an unknown direction.

Gradient: none flows through; the tape reports it as None.

Example:
  >>> tf.argsort([3, 1, 2])
  <tf.Tensor: shape=(3,), dtype=int32, numpy=array([1, 2, 0], dtype=int32)>
)"});
  out.push_back(
      {.name = "_top_k",
       .params = {{"input", Kind::kTensor}, {"k", Kind::kInt, "1"}},
       .call = [](const Arguments& a) -> Tensors { return top_k(a.tensor(0), a.integer(1)); },
       .returns_list = true,
       .dtypes = kReals,
       .doc = R"(Finds the k largest elements along the last axis, largest first.

Args:
  input: a tensor of rank 1 or more; )" +
              dtypes + R"(.
  k: how many, at most the size of the last axis.

Returns:
  A list of two tensors of shape input.shape[:-1] + [k]: the values, and their places as int32. Of
  equal elements the first come first.

Raises:
  InvalidArgumentError: k is too large (also a ValueError), or the dtype is refused (also a
    TypeError).
)"});
}

}  // namespace pyten
