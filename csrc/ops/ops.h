// The public C++ operations. Each checks its arguments, computes, and tells the tape. Arguments
// are named as in the Python API; negative axes count from the end.
#pragma once

#include <optional>
#include <span>

#include "core/tensor.h"
#include "kernels/kernels.h"
#include "ops/op.h"

namespace pyten {

// -- Elementwise: one function for each row of kernels/elementwise.def (unary.cpp, binary.cpp) ----
// Binary ops broadcast; dtypes must agree. Every op refuses a dtype that it has no kernel for.
#define PYTEN_UNARY(name, dtypes) Tensor name(const Tensor& x);
#define PYTEN_UNARY_REAL(name, dtypes) Tensor name(const Tensor& x);
#define PYTEN_UNARY_BOOL(name, dtypes) Tensor name(const Tensor& x);
#define PYTEN_BINARY(name, dtypes) Tensor name(const Tensor& x, const Tensor& y);
#define PYTEN_COMPARE(name, dtypes) Tensor name(const Tensor& x, const Tensor& y);
#include "kernels/elementwise.def"

// Integers become float32 (8 and 16 bits) or float64 (32 and 64 bits) first.
Tensor truediv(const Tensor& x, const Tensor& y);
Tensor round(const Tensor& x);  // half to even; integers as they are
Tensor logical_and(const Tensor& x, const Tensor& y);
Tensor logical_or(const Tensor& x, const Tensor& y);
Tensor logical_xor(const Tensor& x, const Tensor& y);
// x itself when it already has the dtype.
Tensor cast(const Tensor& x, DType dtype);
// condition ? x : y, all three broadcast.
Tensor select(const Tensor& condition, const Tensor& x, const Tensor& y);
Tensor clip_by_value(const Tensor& t, const Tensor& clip_value_min, const Tensor& clip_value_max);
Tensor add_n(const Tensors& inputs);

inline Tensor operator+(const Tensor& x, const Tensor& y) { return add(x, y); }
inline Tensor operator-(const Tensor& x, const Tensor& y) { return subtract(x, y); }
inline Tensor operator*(const Tensor& x, const Tensor& y) { return multiply(x, y); }
inline Tensor operator/(const Tensor& x, const Tensor& y) { return divide(x, y); }
inline Tensor operator-(const Tensor& x) { return negative(x); }

// -- Creation (creation.cpp) ----------------------------------------------------------------------
Tensor zeros(const Shape& shape, DType dtype);
Tensor ones(const Shape& shape, DType dtype);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
Tensor scalar(double value, DType dtype);             // rank 0
Tensor fill(const Shape& dims, const Tensor& value);  // value is a scalar; a broadcast view
Tensor range(const Tensor& start, const Tensor& limit, const Tensor& delta);
Tensor eye(int64_t rows, int64_t columns, const Shape& batch, DType dtype);
Tensor one_hot(const Tensor& indices, int64_t depth, const Tensor& on, const Tensor& off,
               int64_t axis);
template <typename T>
Tensor from_values(std::span<const T> values, const Shape& shape, DType dtype);  // copies

// -- Movement (movement, slicing, join, padding .cpp): views where strides can say it
// ----------------
Tensor identity(const Tensor& x);                     // a new tensor, the same memory
Tensor stop_gradient(const Tensor& x);                // the same, and tapes do not see through it
Tensor contiguous(const Tensor& x);                   // x itself when it already is
Tensor reshape(const Tensor& x, const Shape& shape);  // one size may be -1
Tensor transpose(const Tensor& x, const Dims& perm);
Tensor transpose(const Tensor& x);  // the last two axes: a matrix's or a batch's
Tensor expand_dims(const Tensor& x, int64_t axis);
Tensor squeeze(const Tensor& x, const Dims& axes);  // no axes: every axis of size 1
Tensor broadcast_to(const Tensor& x, const Shape& shape);
// Sums a broadcast result back to `shape`; the tape's way to undo broadcasting.
Tensor sum_to(const Tensor& x, const Shape& shape);
Tensor concat(const Tensors& values, int64_t axis);
Tensor stack(const Tensors& values, int64_t axis);
Tensors unstack(const Tensor& value, int64_t axis);
Tensors split(const Tensor& value, const Dims& sizes, int64_t axis);
Tensor tile(const Tensor& x, const Dims& multiples);
Tensor pad(const Tensor& x, const Dims& before, const Dims& after, const Tensor& value);
// Continued by mirror images: with the edge itself repeated (symmetric) or not.
Tensor mirror_pad(const Tensor& x, const Dims& before, const Dims& after, bool symmetric);
// Elements begin[i], begin[i] + stride[i], … (size[i] of them) along each axis; strides may be
// negative. Bounds are the caller's duty.
Tensor slice(const Tensor& x, const Dims& begin, const Shape& size, const Dims& strides);
// The adjoint: y put into zeros of `shape` at those places.
Tensor slice_scatter(const Tensor& y, const Shape& shape, const Dims& begin, const Dims& strides);
// Python's slices: bit i of a mask speaks of entry i. Bounds are clamped, indices are checked.
struct SliceMasks {
  int64_t begin = 0, end = 0;  // the bound is left out
  int64_t ellipsis = 0;        // stands for all axes that no other entry names
  int64_t new_axis = 0;        // inserts an axis of size 1
  int64_t shrink_axis = 0;     // begin is an index; the axis goes
};
Tensor strided_slice(const Tensor& x, const Dims& begin, const Dims& end, const Dims& strides,
                     const SliceMasks& masks);
Tensor reverse(const Tensor& x, const Dims& axes);
Tensor roll(const Tensor& x, const Dims& shifts, const Dims& axes);

// -- Indexing (indexing.cpp) ----------------------------------------------------------------------
// Indices are integer tensors; out of range raises.
Tensor gather(const Tensor& params, const Tensor& indices, int64_t axis, int64_t batch_dims);
// The adjoint of gather: y added into zeros of `shape` at those places.
Tensor gather_adjoint(const Tensor& y, const Tensor& indices, const Shape& shape, int64_t axis,
                      int64_t batch_dims);
Tensor gather_nd(const Tensor& params, const Tensor& indices, int64_t batch_dims);
Tensor scatter_nd(const Tensor& indices, const Tensor& updates, const Shape& shape);
Tensor tensor_scatter_nd(kernels::Scatter how, const Tensor& tensor, const Tensor& indices,
                         const Tensor& updates);
Tensor nonzero(const Tensor& condition);  // int64 [count, rank]

// -- Reductions, scans, sorting (reductions, statistics, scans, sorting .cpp)
// ---------------------- `axes` absent: all of them.
Tensor reduce_sum(const Tensor& x, const std::optional<Dims>& axes = {}, bool keepdims = false);
Tensor reduce_mean(const Tensor& x, const std::optional<Dims>& axes = {}, bool keepdims = false);
Tensor reduce_prod(const Tensor& x, const std::optional<Dims>& axes = {}, bool keepdims = false);
Tensor reduce_max(const Tensor& x, const std::optional<Dims>& axes = {}, bool keepdims = false);
Tensor reduce_min(const Tensor& x, const std::optional<Dims>& axes = {}, bool keepdims = false);
Tensor reduce_any(const Tensor& x, const std::optional<Dims>& axes = {}, bool keepdims = false);
Tensor reduce_all(const Tensor& x, const std::optional<Dims>& axes = {}, bool keepdims = false);
// log(sum(exp(x))) without overflow.
Tensor reduce_logsumexp(const Tensor& x, const std::optional<Dims>& axes = {},
                        bool keepdims = false);
Tensor reduce_variance(const Tensor& x, const std::optional<Dims>& axes = {},
                       bool keepdims = false);
Tensor reduce_std(const Tensor& x, const std::optional<Dims>& axes = {}, bool keepdims = false);
Tensor reduce_euclidean_norm(const Tensor& x, const std::optional<Dims>& axes = {},
                             bool keepdims = false);
Tensor count_nonzero(const Tensor& x, const std::optional<Dims>& axes = {}, bool keepdims = false,
                     DType dtype = DType::kInt64);
Tensor argmax(const Tensor& x, int64_t axis, DType output_type = DType::kInt64);
Tensor argmin(const Tensor& x, int64_t axis, DType output_type = DType::kInt64);
Tensor cumsum(const Tensor& x, int64_t axis, bool exclusive = false, bool reverse = false);
Tensor cumprod(const Tensor& x, int64_t axis, bool exclusive = false, bool reverse = false);
Tensor sort(const Tensor& values, int64_t axis, bool descending);
Tensor argsort(const Tensor& values, int64_t axis, bool descending);  // int32
// The k largest along the last axis, largest first, and their places as int32.
Tensors top_k(const Tensor& input, int64_t k);

// -- Linear algebra and neural networks (matmul.cpp, diagonals.cpp, nn.cpp) -----------------------
// [..., m, k] x [..., k, n] with broadcast batches.
Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a = false, bool transpose_b = false);
// Diagonal k of matrices: 0 the main one, positive above it. diag is n + |k| square.
Tensor diag(const Tensor& diagonal, int64_t k = 0);
Tensor diag_part(const Tensor& input, int64_t k = 0);
Tensor set_diag(const Tensor& input, const Tensor& diagonal);
// Keeps num_lower diagonals below the main one and num_upper above; negative: all.
Tensor band_part(const Tensor& input, int64_t num_lower, int64_t num_upper);
Tensor trace(const Tensor& x);
Tensor softmax(const Tensor& logits, int64_t axis = -1);
Tensor log_softmax(const Tensor& logits, int64_t axis = -1);
Tensor softmax_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits,
                                         int64_t axis = -1);
Tensor sparse_softmax_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits);
Tensor sigmoid_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits);

// -- Random (random.cpp): from an explicit stream
// ---------------------------------------------------
Tensor random_uniform(const kernels::Philox& stream, const Shape& shape, DType dtype, double lo,
                      double hi);
Tensor random_normal(const kernels::Philox& stream, const Shape& shape, DType dtype);
Tensor random_truncated_normal(const kernels::Philox& stream, const Shape& shape, DType dtype);
Tensor random_integers(const kernels::Philox& stream, const Shape& shape, DType dtype, int64_t lo,
                       uint64_t range);
Tensor random_shuffle_order(const kernels::Philox& stream, int64_t n);  // int64 permutation

// Checks shared by op families
// --------------------------------------------------------------------- The axis counted from the
// front; raises InvalidIndex `op: …range [-r, r), but got axis`.
int64_t normalize_axis(const char* op, int64_t axis, int rank);
// Raises when the op has no kernel for the dtype.
void require_dtype(const char* op, DType dtype, DTypeSet allowed);
void require_same_dtype(const char* op, const Tensor& x, const Tensor& y);

}  // namespace pyten
