// What the convolution kernels share: sizes, and where the windows' places are.
#pragma once

#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/layout.cuh"
#include "kernels/functors.h"
#include "kernels/windows.h"

namespace pyten::kernels::cuda {

// Along an axis, the input places that are equal to `first` modulo the stride, and the taps that
// meet them: place first + stride * q is read by tap `tap` + `every` * j at output place (first +
// stride * q + pad - (tap + every * j) * dilation) / stride.
struct Phase {
  int64_t first, places;
  int tap, every, taps;
};

__host__ __device__ inline int common_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    int64_t r = a % b;
    a = b;
    b = r;
  }
  return int(a);
}

__host__ __device__ inline Phase phase_of(const Window& w, int d, int64_t first) {
  int64_t stride = w.stride[d], dilation = w.dilation[d];
  Phase p{};
  p.first = first;
  p.places = first < w.in[d] ? (w.in[d] - 1 - first) / stride + 1 : 0;
  p.every = int(stride / common_divisor(stride, dilation));
  while (p.tap < p.every && (first + w.pad[d] - p.tap * dilation) % stride != 0) ++p.tap;
  if (p.tap < p.every && p.tap < w.kernel[d]) p.taps = int((w.kernel[d] - 1 - p.tap) / p.every) + 1;
  return p;
}

struct ConvShape {
  Window window;
  int64_t batch, groups, in_channels, out_channels;
  int64_t inputs, outputs;        // channels of a group
  int64_t in_places, out_places;  // of an image
  int64_t taps;

  explicit ConvShape(const ConvArgs& args)
      : window(args.window),
        batch(args.batch),
        groups(args.groups),
        in_channels(args.in_channels),
        out_channels(args.out_channels),
        inputs(args.in_channels / args.groups),
        outputs(args.out_channels / args.groups),
        in_places(window.in[0] * window.in[1] * window.in[2]),
        out_places(window.out[0] * window.out[1] * window.out[2]),
        taps(window.kernel[0] * window.kernel[1] * window.kernel[2]) {}

  int64_t filter_size() const { return taps * inputs * out_channels; }
  int64_t phases() const { return window.stride[0] * window.stride[1] * window.stride[2]; }
};

// Where place i of a box stands along its axes.
template <typename I>
__device__ inline void split(int64_t i, const I (&sizes)[3], int64_t (&out)[3]) {
  if (i < int64_t(1) << 31) {  // 32-bit division is several times faster
    auto rest = uint32_t(i), n2 = uint32_t(sizes[2]), n1 = uint32_t(sizes[1]);
    uint32_t q = rest / n2;
    out[2] = rest - q * n2;
    out[0] = q / n1;
    out[1] = q - uint32_t(out[0]) * n1;
  } else {
    int64_t q = i / sizes[2];
    out[2] = i - q * sizes[2];
    out[0] = q / sizes[1];
    out[1] = q - out[0] * sizes[1];
  }
}
__device__ inline int64_t quotient(int64_t a, int64_t b) {
  return a < int64_t(1) << 31 ? int64_t(uint32_t(a) / uint32_t(b)) : a / b;
}

// The place in the image, or -1 where one of the coordinates is outside.
__device__ inline int64_t place_in(const int64_t (&sizes)[3], const int64_t (&at)[3]) {
  bool inside = true;
  for (int d = 0; d < 3; ++d) inside = inside && at[d] >= 0 && at[d] < sizes[d];
  return inside ? (at[0] * sizes[1] + at[1]) * sizes[2] + at[2] : -1;
}

// Sums in parts: out[i] = parts[0][i] + parts[1][i] + …, in that order.
template <typename T>
__global__ void add_parts(int64_t n, int64_t parts, const T* from, T* out) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
    T sum = from[i];
    for (int64_t p = 1; p < parts; ++p) sum += from[p * n + i];
    out[i] = sum;
  }
}

// How many parts a sum of `depth` terms is cut into: so many that `work` pieces of it keep a GPU
// busy, as the problem alone decides, for the same bits on any.
inline int64_t parts_of(int64_t work, int64_t wanted, int64_t depth, int64_t shortest,
                        int64_t result_bytes) {
  constexpr int64_t kScratch = int64_t(64) << 20;
  int64_t parts = (wanted + work - 1) / work, most = (depth + shortest - 1) / shortest;
  if (parts > most) parts = most;
  if (parts > kScratch / (result_bytes + 1)) parts = kScratch / (result_bytes + 1);
  return parts < 1 ? 1 : parts;
}

// Writes the result, or its parts and then their sum: run(to) is given room for all parts.
template <typename T, typename Run>
void in_parts(int64_t parts, int64_t n, void* out, Run run) {
  if (parts == 1) return run(static_cast<T*>(out));
  pyten::cuda::Gpu::Scratch scratch(pyten::cuda::current(), size_t(parts * n) * sizeof(T));
  auto room = static_cast<T*>(scratch.data());
  run(room);
  launch("conv", add_parts<T>, blocks_for(n), kThreads, 0, n, parts, room, static_cast<T*>(out));
}

// Convolutions whose groups are too narrow for tiles; conv_narrow.cu.
template <typename T>
void convolve_narrow(Conv kind, const ConvArgs& args);

}  // namespace pyten::kernels::cuda
