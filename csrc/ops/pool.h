// Pooling with channels last and one to three spatial axes.
#pragma once

#include "ops/ops.h"

namespace pyten {

// Places are read as in ConvGeometry; nothing stands outside the input.
struct PoolGeometry {
  Dims window, strides, dilations, pads, sizes;
};

// x [n, ..., channels] -> the greatest of each window [n, sizes, channels], and where in its image
// it stands (int32, flattened; the first of equals; -1 for a window outside).
Tensors max_pool(const Tensor& x, const PoolGeometry& geometry);
// The mean of what each window has inside x.
Tensor average_pool(const Tensor& x, const PoolGeometry& geometry);
// Its adjoint; `sizes` are those of the result.
Tensor average_pool_gradient(const Tensor& dy, const PoolGeometry& geometry);
// x's elements at `places`, image by image, and the adjoint: dy added up there.
Tensor take_places(const Tensor& x, const Tensor& places);
Tensor put_places(const Tensor& dy, const Tensor& places, const Dims& sizes);

}  // namespace pyten
