// Views by strides that tapes follow: what arrays that share writes are made of (bindings/array.h).
#pragma once

#include "ops/ops.h"

namespace pyten {

// Elements offset + i * strides[0] + j * strides[1] + … of x, which must be row-major: a view.
// Bounds are the caller's duty.
Tensor strided_view(const Tensor& x, const Shape& shape, const Dims& strides, int64_t offset);
// x with y, of the shape of such a view, in the place of its elements. No two of them are the same.
Tensor strided_update(const Tensor& x, const Tensor& y, const Dims& strides, int64_t offset);
// A row-major copy in memory of its own.
Tensor fresh_copy(const Tensor& x);

}  // namespace pyten
