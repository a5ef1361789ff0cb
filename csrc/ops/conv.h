// Convolutions with channels last and one to three spatial axes.
#pragma once

#include "ops/ops.h"

namespace pyten {

// Along each spatial axis, tap k at output place o reads the input at o * stride + k * dilation -
// pad, and zeros outside. `sizes` are those of the spatial axes of the result, of which strides and
// padding alone do not always tell.
struct ConvGeometry {
  Dims strides, dilations, pads, sizes;
  int64_t groups = 1;
};

// x [n, ..., channels], filter [..., channels / groups, outputs] -> [n, sizes, outputs].
Tensor conv(const Tensor& x, const Tensor& filter, const ConvGeometry& geometry);
// The adjoints of conv: by x, from dy [n, ..., outputs] -> [n, sizes, channels];
Tensor conv_input_gradient(const Tensor& dy, const Tensor& filter, const ConvGeometry& geometry);
// by filter -> [sizes, channels / groups, outputs].
Tensor conv_filter_gradient(const Tensor& x, const Tensor& dy, const ConvGeometry& geometry);

}  // namespace pyten
