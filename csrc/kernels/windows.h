// What convolution and pooling kernels are told. Tensors are row-major with channels last; there
// are always three spatial axes, of which a caller with fewer leaves the first at size 1.
//
// Along each axis, tap k of the window at output place o reads the input at
//   o * stride + k * dilation - pad
// and nothing where that is outside.
#pragma once

#include <cstdint>

namespace pyten::kernels {

struct Window {
  int64_t in[3], kernel[3], out[3];
  int64_t stride[3], dilation[3], pad[3];
};

// x [batch, in, in_channels], filter [kernel, in_channels / groups, out_channels],
// y [batch, out, out_channels]; one of the three, by the kind of loop, is written. Channels of the
// input and of the output are cut into `groups` parts, each a convolution of its own.
struct ConvArgs {
  void *x, *filter, *y;
  int64_t batch, groups, in_channels, out_channels;
  Window window;
};

// x [batch, in, channels], y [batch, out, channels]. max: y, and if `places` is not null, where it
// stands in x's image, flattened; the first of equals, -1 if the window is outside. average: the
// mean over what is inside, 0 if nothing is. average_gradient: x from y.
struct PoolArgs {
  void *x, *y;
  int32_t* places;
  int64_t batch, channels;
  Window window;
};

// take: y[n, i] = x[n, places[n, i]]; put: the adjoint, x[n, places[n, i]] += y[n, i] into zeros.
// A place of -1 is nowhere.
struct PlacesArgs {
  void *x, *y;
  const int32_t* places;
  int64_t batch, size_x, size_y;
};

}  // namespace pyten::kernels
