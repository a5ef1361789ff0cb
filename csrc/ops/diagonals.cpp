// Diagonals and bands of matrices: made of other ops, whose gradients they have.
#include "ops/elementwise.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

void require_matrix(const char* op, const Tensor& x) {
  if (x.rank() < 2) {
    fail(ErrorKind::kInvalidArgument, op,
         ": input must be at least 2-dim, got input.shape=", tuple_text(x.shape()));
  }
}

// Where diagonal k of an m x n matrix starts in the flattened matrix, and how long it is.
struct Diagonal {
  int64_t begin, size;
};
Diagonal diagonal(const char* op, int64_t m, int64_t n, int64_t k) {
  if (k <= -std::max<int64_t>(m, 1) || k >= std::max<int64_t>(n, 1)) {
    fail(ErrorKind::kInvalidArgument, op, ": k must name a diagonal of the matrix, in [",
         1 - std::max<int64_t>(m, 1), ", ", std::max<int64_t>(n, 1) - 1, "], got k=", k);
  }
  return k >= 0 ? Diagonal{k, std::min(m, n - k)} : Diagonal{-k * n, std::min(m + k, n)};
}

// An int64 column or row of places 0 … n - 1 that broadcasts against a matrix.
Tensor places(int64_t n, const Shape& shape) {
  Tensor line =
      range(scalar(0, DType::kInt64), scalar(double(n), DType::kInt64), scalar(1, DType::kInt64));
  return reshape(line, shape);
}

}  // namespace

Tensor diag_part(const Tensor& input, int64_t k) {
  require_matrix("diag_part", input);
  int rank = input.rank();
  int64_t m = input.dim(rank - 2), n = input.dim(rank - 1);
  Diagonal d = diagonal("diag_part", m, n, k);
  Shape flat(input.shape().begin(), input.shape().end() - 2);
  flat.push_back(m * n);
  Dims begin(flat.size(), 0), strides(flat.size(), 1);
  Tensor rows = reshape(input, flat);
  begin.back() = d.begin;
  strides.back() = n + 1;
  flat.back() = d.size;
  return slice(rows, begin, flat, strides);
}

Tensor diag(const Tensor& diagonal_, int64_t k) {
  if (diagonal_.rank() < 1) {
    fail(ErrorKind::kInvalidArgument,
         "diag: diagonal must be at least 1-dim, got diagonal.shape=()");
  }
  int64_t n = diagonal_.shape().back() + std::abs(k);
  Diagonal d = diagonal("diag", n, n, n == 0 ? 0 : k);
  Shape flat = diagonal_.shape();
  Dims begin(flat.size(), 0), strides(flat.size(), 1);
  flat.back() = n * n;
  begin.back() = d.begin;
  strides.back() = n + 1;
  Tensor rows = slice_scatter(diagonal_, flat, begin, strides);
  flat.back() = n;
  flat.push_back(n);
  return reshape(rows, flat);
}

Tensor set_diag(const Tensor& input, const Tensor& diagonal_) {
  require_matrix("set_diag", input);
  require_same_dtype("set_diag", input, diagonal_);
  int rank = input.rank();
  int64_t m = input.dim(rank - 2), n = input.dim(rank - 1), size = std::min(m, n);
  Shape expected(input.shape().begin(), input.shape().end() - 2);
  expected.push_back(size);
  if (!(diagonal_.shape() == expected)) {
    fail(ErrorKind::kInvalidArgument, "set_diag: diagonal must have shape ", tuple_text(expected),
         " for input.shape=", tuple_text(input.shape()),
         ", got diagonal.shape=", tuple_text(diagonal_.shape()));
  }
  Shape flat = expected;
  flat.back() = m * n;
  Dims begin(flat.size(), 0), strides(flat.size(), 1);
  strides.back() = n + 1;
  Tensor rows = reshape(slice_scatter(diagonal_, flat, begin, strides), input.shape());
  Tensor here = equal(places(m, {m, 1}), places(n, {1, n}));
  return select(here, rows, input);
}

Tensor band_part(const Tensor& input, int64_t num_lower, int64_t num_upper) {
  require_matrix("band_part", input);
  int rank = input.rank();
  int64_t m = input.dim(rank - 2), n = input.dim(rank - 1);
  if (num_lower > std::max<int64_t>(m, 1) || num_upper > std::max<int64_t>(n, 1)) {
    fail(ErrorKind::kInvalidArgument,
         "band_part: num_lower and num_upper must be at most the numbers "
         "of rows and columns, got num_lower=",
         num_lower, " and num_upper=", num_upper, " for input.shape=", tuple_text(input.shape()));
  }
  Tensor below = places(m, {m, 1}) - places(n, {1, n});  // diagonals below the main one
  auto number = [](int64_t v) { return scalar(double(v), DType::kInt64); };
  Tensor inside = logical_and(less_equal(below, number(num_lower < 0 ? m : num_lower)),
                              greater_equal(below, number(num_upper < 0 ? -n : -num_upper)));
  return select(inside, input, scalar(0, input.dtype()));
}

Tensor trace(const Tensor& x) {
  require_matrix("trace", x);
  require_dtype("trace", x.dtype(), kNumbers);
  return reduce_sum(diag_part(x, 0), Dims{-1});
}

void register_diagonals(Functions& out) {
  const Param name{"name", Kind::kName, "None"};

  out.push_back(
      {.name = "_diag",
       .params = {{"diagonal", Kind::kTensor}, {"k", Kind::kInt, "0"}, name},
       .call = [](const Arguments& a) -> Tensors { return {diag(a.tensor(0), a.integer(1))}; },
       .doc = R"(Puts vectors on a diagonal of zero matrices.

Args:
  diagonal: a tensor of shape [..., n] and any dtype.
  k: which diagonal: 0 the main one, above it if positive, below it if negative.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of shape [..., n + |k|, n + |k|].

Raises:
  InvalidArgumentError: diagonal is a scalar (also a ValueError).
)"});
  out.push_back(
      {.name = "_diag_part",
       .params = {{"input", Kind::kTensor}, {"k", Kind::kInt, "0"}, name},
       .call = [](const Arguments& a) -> Tensors { return {diag_part(a.tensor(0), a.integer(1))}; },
       .doc = R"(Takes a diagonal out of matrices.

Args:
  input: a tensor of shape [..., m, n] and any dtype.
  k: which diagonal: 0 the main one, above it if positive, below it if negative.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of shape [..., size of the diagonal].

Raises:
  InvalidArgumentError: input has less than two axes, or no diagonal k (also a ValueError).
)"});
  out.push_back(
      {.name = "_set_diag",
       .params = {{"input", Kind::kTensor}, {"diagonal", Kind::kTensor}, name},
       .call = [](const Arguments& a) -> Tensors { return {set_diag(a.tensor(0), a.tensor(1))}; },
       .doc = R"(Replaces the main diagonal of matrices.

Args:
  input: a tensor of shape [..., m, n] and any dtype.
  diagonal: a tensor of shape [..., min(m, n)] and the same dtype.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the shape of input.

Raises:
  InvalidArgumentError: the shapes do not fit (also a ValueError), or the dtypes differ (also a
    TypeError).
)"});
  out.push_back({.name = "band_part",
                 .params = {{"input", Kind::kTensor},
                            {"num_lower", Kind::kInt},
                            {"num_upper", Kind::kInt},
                            name},
                 .call = [](const Arguments& a) -> Tensors {
                   return {band_part(a.tensor(0), a.integer(1), a.integer(2))};
                 },
                 .doc = R"(Keeps a band of diagonals of matrices and sets the rest to 0.

Args:
  input: a tensor of shape [..., m, n] and any dtype.
  num_lower: how many diagonals below the main one stay; negative for all.
  num_upper: how many above it; negative for all.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  InvalidArgumentError: input has less than two axes, or fewer rows or columns than asked for (also
    a ValueError).

Example:
  >>> tf.linalg.band_part([[1, 2], [3, 4]], -1, 0)
  <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
  array([[1, 0],
         [3, 4]], dtype=int32)>
)"});
  out.push_back({.name = "trace",
                 .params = {{"x", Kind::kTensor}, name},
                 .call = [](const Arguments& a) -> Tensors { return {trace(a.tensor(0))}; },
                 .dtypes = kNumbers,
                 .doc = R"(Adds up the main diagonal of matrices.

Args:
  x: a tensor of shape [..., m, n] and a number dtype.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of shape [...].

Raises:
  InvalidArgumentError: x has less than two axes (also a ValueError), or the dtype is refused (also
    a TypeError).

Example:
  >>> tf.linalg.trace([[1, 2], [3, 4]])
  <tf.Tensor: shape=(), dtype=int32, numpy=5>
)"});
}

}  // namespace pyten
