// Convolutions whose groups have few channels, depthwise ones above all: a thread an element of the
// result (or of a part of it), neighbours along the channels, no tiles.
#include "kernels/cuda/conv.cuh"

namespace pyten::kernels::cuda {
namespace {

template <typename T>
__global__ void narrow_forward(ConvShape s, const T* x, const T* filter, T* y) {
  const Window& w = s.window;
  int64_t step = int64_t(gridDim.x) * blockDim.x, n = s.batch * s.out_places * s.out_channels;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    int64_t place = quotient(e, s.out_channels), c = e - place * s.out_channels;
    int64_t group = quotient(c, s.outputs), image = quotient(place, s.out_places), o[3];
    split(place - image * s.out_places, w.out, o);
    T sum{};
    for (int64_t k0 = 0, tap = 0; k0 < w.kernel[0]; ++k0) {
      for (int64_t k1 = 0; k1 < w.kernel[1]; ++k1) {
        for (int64_t k2 = 0; k2 < w.kernel[2]; ++k2, ++tap) {
          int64_t at[3] = {o[0] * w.stride[0] + k0 * w.dilation[0] - w.pad[0],
                           o[1] * w.stride[1] + k1 * w.dilation[1] - w.pad[1],
                           o[2] * w.stride[2] + k2 * w.dilation[2] - w.pad[2]};
          int64_t from = place_in(w.in, at);
          if (from < 0) continue;
          const T* xs = x + (image * s.in_places + from) * s.in_channels + group * s.inputs;
          const T* fs = filter + tap * s.inputs * s.out_channels + c;
          for (int64_t i = 0; i < s.inputs; ++i) sum += xs[i] * fs[i * s.out_channels];
        }
      }
    }
    y[e] = sum;
  }
}

template <typename T>
__global__ void narrow_input_gradient(ConvShape s, const T* y, const T* filter, T* x) {
  const Window& w = s.window;
  int64_t step = int64_t(gridDim.x) * blockDim.x, n = s.batch * s.in_places * s.in_channels;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    int64_t place = quotient(e, s.in_channels), c = e - place * s.in_channels;
    int64_t group = quotient(c, s.inputs), image = quotient(place, s.in_places), i[3];
    c -= group * s.inputs;
    split(place - image * s.in_places, w.in, i);
    Phase p[3];
    for (int d = 0; d < 3; ++d) p[d] = phase_of(w, d, i[d] % w.stride[d]);
    T sum{};
    for (int j0 = 0; j0 < p[0].taps; ++j0) {
      for (int j1 = 0; j1 < p[1].taps; ++j1) {
        for (int j2 = 0; j2 < p[2].taps; ++j2) {
          const int j[3] = {j0, j1, j2};
          int64_t at[3], tap = 0;
          for (int d = 0; d < 3; ++d) {
            int64_t k = p[d].tap + int64_t(j[d]) * p[d].every;
            int64_t from = i[d] + w.pad[d] - k * w.dilation[d];
            at[d] = from < 0 ? -1 : from / w.stride[d];
            tap = tap * w.kernel[d] + k;
          }
          int64_t from = place_in(w.out, at);
          if (from < 0) continue;
          const T* ys = y + (image * s.out_places + from) * s.out_channels + group * s.outputs;
          const T* fs = filter + (tap * s.inputs + c) * s.out_channels + group * s.outputs;
          for (int64_t o = 0; o < s.outputs; ++o) sum += ys[o] * fs[o];
        }
      }
    }
    x[e] = sum;
  }
}

// Part `part` sums the places from part * length on.
template <typename T>
__global__ void narrow_filter_gradient(ConvShape s, int64_t parts, int64_t length, const T* x,
                                       const T* y, T* out) {
  const Window& w = s.window;
  const int64_t size = s.taps * s.inputs * s.out_channels, places = s.batch * s.out_places;
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < size * parts; e += step) {
    int64_t part = quotient(e, size), own = e - part * size;
    int64_t line = quotient(own, s.out_channels), c = own - line * s.out_channels;
    int64_t tap = quotient(line, s.inputs), input = line - tap * s.inputs, k[3], o[3];
    const T* xs = x + quotient(c, s.outputs) * s.inputs + input;
    split(tap, w.kernel, k);
    int64_t begin = part * length, end = begin + length < places ? begin + length : places;
    int64_t image = quotient(begin, s.out_places);
    split(begin - image * s.out_places, w.out, o);
    T sum{};
    for (int64_t place = begin; place < end; ++place) {
      int64_t at[3];
      for (int d = 0; d < 3; ++d) at[d] = o[d] * w.stride[d] + k[d] * w.dilation[d] - w.pad[d];
      int64_t from = place_in(w.in, at);
      if (from >= 0) {
        sum += xs[(image * s.in_places + from) * s.in_channels] * y[place * s.out_channels + c];
      }
      if (++o[2] < w.out[2]) continue;
      o[2] = 0;
      if (++o[1] < w.out[1]) continue;
      o[1] = 0;
      if (++o[0] < w.out[0]) continue;
      o[0] = 0;
      ++image;
    }
    out[e] = sum;
  }
}

}  // namespace

template <typename T>
void convolve_narrow(Conv kind, const ConvArgs& args) {
  ConvShape s(args);
  auto x = static_cast<T*>(args.x), filter = static_cast<T*>(args.filter),
       y = static_cast<T*>(args.y);
  if (kind == Conv::forward) {
    launch("conv", narrow_forward<T>, blocks_for(s.batch * s.out_places * s.out_channels), kThreads,
           0, s, x, filter, y);
  } else if (kind == Conv::input_gradient) {
    launch("conv_input_gradient", narrow_input_gradient<T>,
           blocks_for(s.batch * s.in_places * s.in_channels), kThreads, 0, s, y, filter, x);
  } else {
    int64_t size = s.filter_size(), places = s.batch * s.out_places;
    int64_t parts = parts_of(size, 1 << 16, places, 64, size * int64_t(sizeof(T)));
    int64_t length = (places + parts - 1) / parts;
    in_parts<T>(parts, size, args.filter, [&](T* to) {
      launch("conv_filter_gradient", narrow_filter_gradient<T>, blocks_for(size * parts), kThreads,
             0, s, parts, length, x, y, to);
    });
  }
}
template void convolve_narrow<float>(Conv, const ConvArgs&);
template void convolve_narrow<double>(Conv, const ConvArgs&);
template void convolve_narrow<uint32_t>(Conv, const ConvArgs&);

}  // namespace pyten::kernels::cuda
