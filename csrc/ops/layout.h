// What the op families share below the public ops: memory layout and axes. Nothing here is
// recorded.
#pragma once

#include <bit>

#include "ops/ops.h"
#include "ops/placement.h"
#include "ops/rules.h"

namespace pyten {

// Tapes do not see what runs while one of these lives: for ops that are computed with other ops
// but have a gradient rule of their own.
class Unrecorded {
 public:
  Unrecorded() : saved_(std::exchange(t_recorder, nullptr)) {}
  ~Unrecorded() { t_recorder = saved_; }
  Unrecorded(const Unrecorded&) = delete;
  Unrecorded& operator=(const Unrecorded&) = delete;

 private:
  Recorder* saved_;
};

inline const kernels::Table& table_of(const Tensor& x) { return kernels::table(x.device()); }
// The place of a dtype in tables of loops by element size.
inline int size_class(DType dtype) { return std::countr_zero(unsigned(size_of(dtype))); }

// Copies x's elements to `out`, on the same device, where they stand `strides` apart.
void copy_into(const Tensor& x, void* out, const Dims& strides);
// x as a row-major block: x itself when it already is one.
Tensor packed(const Tensor& x);
// The elements converted, row-major; x itself when there is nothing to do.
Tensor converted(const Tensor& x, DType dtype);
// Writes the scalar `value` to all of `out`, which is row-major.
void fill_with(const Tensor& out, const Tensor& value);
// Writes zeros to all of it.
void fill_zero(const Tensor& out);
// x with its axes in another order: a view.
Tensor permuted(const Tensor& x, const Dims& perm);
// The permutation that undoes `perm`.
Dims inverse(const Dims& perm);
// The permutation that puts `axis` last and leaves the others in order.
Dims axis_last(int rank, int64_t axis);

// x seen as a row-major [outer, n, inner] with the given axes (ascending) in the middle.
struct Block {
  Tensor x;
  int64_t outer = 1, n = 1, inner = 1;
};
Block block_of(const Tensor& x, const Dims& axes);

// Reduction axes from the front, ascending; all of them when absent.
Dims reduction_axes(const char* op, const std::optional<Dims>& axes, int rank);
Shape reduced_shape(const Shape& shape, const Dims& axes, bool keepdims);

// Raises when a size is negative.
void require_shape(const char* op, const Shape& shape);
// Raises unless t has rank 0.
void require_scalar(const char* op, const char* argument, const Tensor& t);

// What may name a place along an axis.
inline constexpr DTypeSet kIndexDTypes = DTypeSet(DType::kInt16) | DType::kInt32 | DType::kInt64;
// `[1,0]` for the flat place 2 in shape [2, 2], as a subscript; nothing for a scalar.
std::string subscript(int64_t flat, const Shape& shape);

// `(4, -1)`: like tuple_text, but negative sizes as they are.
std::string ints_text(const Dims& values);

}  // namespace pyten
