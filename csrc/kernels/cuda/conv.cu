// Convolutions as products of matrices that are never written down: tiles of the result stay in
// registers while elements of the windows are gathered into shared memory.
//
//   forward          [places of y, outputs]         = sum over taps and inputs of  x * filter
//   input gradient   [places of x, inputs]          = sum over taps and outputs of y * filter
//   filter gradient  [taps and inputs, outputs]     = sum over places of           x * y
//
// The input's gradient is taken phase by phase: places that are a stride apart meet the same taps.
// Every sum has a fixed order.
#include "kernels/cuda/conv.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {
namespace {

constexpr int kTile = 64, kEach = 4, kDepth = 16, kSide = kTile / kEach;
constexpr int kTileThreads = kSide * kSide;
constexpr int kLoads = kTile * kDepth / kTileThreads;  // elements a thread gathers of each operand
constexpr int64_t kNarrow = 12;                        // columns that are not worth tiles

// The tiles of a launch, from the fastest index to the slowest.
struct Tiles {
  int64_t columns, rows, phases, groups, parts, part_depth;
  PYTEN_FN int64_t count() const { return columns * rows * phases * groups * parts; }
};

// One axis of rows or depth, decoded.
struct Taps {
  int64_t tap;       // flattened
  int64_t shift[3];  // k * dilation
  int64_t channel;
};

template <Conv kind>
struct Problem {
  const ConvShape& s;
  Phase phase[3];
  int64_t rows, columns, depth;

  __device__ Problem(const ConvShape& shape, int64_t index) : s(shape) {
    const Window& w = s.window;
    if constexpr (kind == Conv::input_gradient) {
      int64_t first[3];
      split(index, w.stride, first);
      for (int d = 0; d < 3; ++d) phase[d] = phase_of(w, d, first[d]);
      rows = s.batch * phase[0].places * phase[1].places * phase[2].places;
      columns = s.inputs;
      depth = int64_t(phase[0].taps) * phase[1].taps * phase[2].taps * s.outputs;
    } else if constexpr (kind == Conv::forward) {
      rows = s.batch * s.out_places;
      columns = s.outputs;
      depth = s.taps * s.inputs;
    } else {
      rows = s.taps * s.inputs;
      columns = s.outputs;
      depth = s.batch * s.out_places;
    }
  }

  // Element p of an axis of taps and channels.
  __device__ Taps taps_at(int64_t p) const {
    const Window& w = s.window;
    Taps t;
    int64_t channels = kind == Conv::input_gradient ? s.outputs : s.inputs, k[3];
    int64_t index = quotient(p, channels);
    t.channel = p - index * channels;
    if constexpr (kind == Conv::input_gradient) {
      int64_t sizes[3] = {phase[0].taps, phase[1].taps, phase[2].taps};
      split(index, sizes, k);
      for (int d = 0; d < 3; ++d) k[d] = phase[d].tap + k[d] * phase[d].every;
    } else {
      split(index, w.kernel, k);
    }
    t.tap = (k[0] * w.kernel[1] + k[1]) * w.kernel[2] + k[2];
    for (int d = 0; d < 3; ++d) t.shift[d] = k[d] * w.dilation[d];
    return t;
  }

  // The image and coordinates of place p of its side, before a tap shifts them.
  __device__ int64_t place_at(int64_t p, int64_t (&at)[3]) const {
    const Window& w = s.window;
    if constexpr (kind == Conv::input_gradient) {
      int64_t sizes[3] = {phase[0].places, phase[1].places, phase[2].places};
      int64_t image = quotient(p, sizes[0] * sizes[1] * sizes[2]);
      split(p - image * sizes[0] * sizes[1] * sizes[2], sizes, at);
      for (int d = 0; d < 3; ++d) at[d] = phase[d].first + w.stride[d] * at[d] + w.pad[d];
      return image;
    } else {
      int64_t image = quotient(p, s.out_places);
      split(p - image * s.out_places, w.out, at);
      for (int d = 0; d < 3; ++d) at[d] = at[d] * w.stride[d] - w.pad[d];
      return image;
    }
  }

  // Where in the image (of x, or of y for the input's gradient) a tap finds the window's place; -1
  // where that is outside.
  __device__ int64_t seen(const int64_t (&at)[3], const Taps& t) const {
    const Window& w = s.window;
    int64_t i[3];
    if constexpr (kind == Conv::input_gradient) {
      for (int d = 0; d < 3; ++d) {
        int64_t from = at[d] - t.shift[d];
        i[d] = from < 0 ? -1 : quotient(from, w.stride[d]);
      }
      return place_in(w.out, i);
    } else {
      for (int d = 0; d < 3; ++d) i[d] = at[d] + t.shift[d];
      return place_in(w.in, i);
    }
  }

  // Where row r of the result is.
  __device__ int64_t result_row(int64_t r) const {
    if constexpr (kind != Conv::input_gradient) return r;
    const Window& w = s.window;
    int64_t at[3], image = place_at(r, at);
    for (int d = 0; d < 3; ++d) at[d] -= w.pad[d];
    return image * s.in_places + (at[0] * w.in[1] + at[1]) * w.in[2] + at[2];
  }
};

template <typename T, Conv kind>
__global__ void convolve(ConvShape s, Tiles tiles, const T* a, const T* b, T* out,
                         int64_t part_size) {
  constexpr bool kFilter = kind == Conv::filter_gradient;
  __shared__ T left[kDepth][kTile + 1], right[kDepth][kTile + 1];
  const int row = threadIdx.x / kSide, column = threadIdx.x % kSide;
  // Which elements a thread gathers: those along the axis that is dense in memory are neighbours.
  const int deep = threadIdx.x % kDepth, deep_row = threadIdx.x / kDepth;
  const int wide = threadIdx.x % kTile, wide_depth = threadIdx.x / kTile;
  constexpr int kRowStep = kTileThreads / kDepth, kDepthStep = kTileThreads / kTile;
  for (int64_t t = blockIdx.x; t < tiles.count(); t += gridDim.x) {
    int64_t rest = t;
    const int64_t j0 = rest % tiles.columns * kTile;
    rest /= tiles.columns;
    const int64_t i0 = rest % tiles.rows * kTile;
    rest /= tiles.rows;
    const Problem<kind> problem(s, rest % tiles.phases);
    rest /= tiles.phases;
    const int64_t group = rest % tiles.groups, part = rest / tiles.groups;
    if (i0 >= problem.rows) continue;
    const int64_t begin = part * tiles.part_depth;
    int64_t end = begin + tiles.part_depth;
    if (end > problem.depth) end = problem.depth;
    const T* x = a + group * (kind == Conv::input_gradient ? s.outputs : s.inputs);
    const int64_t x_channels = kind == Conv::input_gradient ? s.out_channels : s.in_channels;
    const int64_t x_places = kind == Conv::input_gradient ? s.out_places : s.in_places;
    const T* y = b + group * s.outputs;

    // What of the left operand does not depend on the depth.
    int64_t at[kFilter ? 1 : kLoads][3], image[kFilter ? 1 : kLoads];
    Taps own{};
    if constexpr (kFilter) {
      if (i0 + wide < problem.rows) own = problem.taps_at(i0 + wide);
    } else {
      for (int j = 0; j < kLoads; ++j) {
        int64_t r = i0 + deep_row + j * kRowStep;
        image[j] = r < problem.rows ? problem.place_at(r, at[j]) : -1;
      }
    }

    T sums[kEach][kEach] = {};
    for (int64_t p0 = begin; p0 < end; p0 += kDepth) {
      if constexpr (kFilter) {
        for (int j = 0; j < kLoads; ++j) {
          int64_t p = p0 + wide_depth + j * kDepthStep;
          T value{}, other{};
          if (p < end) {
            if (i0 + wide < problem.rows) {
              int64_t window[3], n = problem.place_at(p, window);
              int64_t place = problem.seen(window, own);
              if (place >= 0) value = x[(n * x_places + place) * x_channels + own.channel];
            }
            if (j0 + wide < problem.columns) other = y[p * s.out_channels + j0 + wide];
          }
          left[wide_depth + j * kDepthStep][wide] = value;
          right[wide_depth + j * kDepthStep][wide] = other;
        }
      } else {
        Taps taps{};
        const bool inside = p0 + deep < end;
        if (inside) taps = problem.taps_at(p0 + deep);
        for (int j = 0; j < kLoads; ++j) {
          T value{};
          if (inside && image[j] >= 0) {
            int64_t place = problem.seen(at[j], taps);
            if (place >= 0) value = x[(image[j] * x_places + place) * x_channels + taps.channel];
          }
          left[deep][deep_row + j * kRowStep] = value;
        }
        for (int j = 0; j < kLoads; ++j) {
          if constexpr (kind == Conv::forward) {
            int64_t p = p0 + wide_depth + j * kDepthStep;
            bool there = p < end && j0 + wide < problem.columns;
            right[wide_depth + j * kDepthStep][wide] =
                there ? y[p * s.out_channels + j0 + wide] : T{};
          } else {
            int64_t c = j0 + deep_row + j * kRowStep;
            bool there = inside && c < problem.columns;
            right[deep][deep_row + j * kRowStep] =
                there ? y[(taps.tap * s.inputs + c) * s.out_channels + taps.channel] : T{};
          }
        }
      }
      __syncthreads();
      // What stands beyond the end is zero.
#pragma unroll
      for (int p = 0; p < kDepth; ++p) {
        T u[kEach], v[kEach];
#pragma unroll
        for (int i = 0; i < kEach; ++i) u[i] = left[p][row + i * kSide];
#pragma unroll
        for (int j = 0; j < kEach; ++j) v[j] = right[p][column + j * kSide];
#pragma unroll
        for (int i = 0; i < kEach; ++i) {
#pragma unroll
          for (int j = 0; j < kEach; ++j) sums[i][j] += u[i] * v[j];
        }
      }
      __syncthreads();
    }

    const int64_t channels = kind == Conv::input_gradient ? s.in_channels : s.out_channels;
    T* to = out + part * part_size + group * problem.columns;
    for (int i = 0; i < kEach; ++i) {
      int64_t r = i0 + row + i * kSide;
      if (r >= problem.rows) continue;
      T* line = to + problem.result_row(r) * channels;
      for (int j = 0; j < kEach; ++j) {
        int64_t c = j0 + column + j * kSide;
        if (c < problem.columns) line[c] = sums[i][j];
      }
    }
  }
}

int64_t tiles_for(int64_t n) { return (n + kTile - 1) / kTile; }

template <typename T, Conv kind>
void by_tiles(const ConvArgs& args) {
  ConvShape s(args);
  const Window& w = s.window;
  int64_t rows, depth, columns = kind == Conv::input_gradient ? s.inputs : s.outputs, size;
  Tiles tiles{};
  tiles.phases = 1, tiles.groups = s.groups;
  if constexpr (kind == Conv::forward) {
    rows = s.batch * s.out_places, depth = s.taps * s.inputs;
    size = rows * s.out_channels;
  } else if constexpr (kind == Conv::input_gradient) {
    rows = s.batch, depth = s.outputs;  // of the largest phase
    for (int d = 0; d < 3; ++d) {
      rows *= (w.in[d] + w.stride[d] - 1) / w.stride[d];
      int every = int(w.stride[d] / common_divisor(w.stride[d], w.dilation[d]));
      depth *= (w.kernel[d] + every - 1) / every;
    }
    tiles.phases = s.phases();
    size = s.batch * s.in_places * s.in_channels;
  } else {
    rows = s.taps * s.inputs, depth = s.batch * s.out_places;
    size = s.filter_size();
  }
  tiles.columns = tiles_for(columns), tiles.rows = tiles_for(rows);
  int64_t work = tiles.columns * tiles.rows * tiles.phases * tiles.groups;
  tiles.parts = parts_of(work, 256, depth, 512, size * int64_t(sizeof(T)));
  tiles.part_depth = (depth + tiles.parts - 1) / tiles.parts;
  const void* a = kind == Conv::input_gradient ? args.y : args.x;
  const void* b = kind == Conv::filter_gradient ? args.y : args.filter;
  void* out = kind == Conv::forward ? args.y : kind == Conv::input_gradient ? args.x : args.filter;
  in_parts<T>(tiles.parts, size, out, [&](T* to) {
    launch("conv", convolve<T, kind>, blocks_for(tiles.count(), 1), kTileThreads, 0, s, tiles,
           static_cast<const T*>(a), static_cast<const T*>(b), to, size);
  });
}

// A window of one place, or of the whole input: a plain product of matrices.
bool is_product(const ConvArgs& args, int64_t& rows, int64_t& depth) {
  const Window& w = args.window;
  bool point = args.groups == 1, whole = point;
  rows = args.batch, depth = args.in_channels;
  for (int d = 0; d < 3; ++d) {
    bool fits = w.pad[d] == 0 && (w.dilation[d] == 1 || w.kernel[d] == 1);
    point = point && fits && w.kernel[d] == 1 && w.out[d] == w.in[d] &&
            (w.stride[d] == 1 || w.out[d] == 1);
    whole = whole && fits && w.kernel[d] == w.in[d] && w.out[d] == 1;
    rows *= w.out[d], depth *= w.kernel[d];
  }
  return point || whole;
}

// c[m, n] = a b, dense matrices that may stand transposed.
void multiply(DType dtype, int64_t m, int64_t n, int64_t k, const void* a, bool transpose_a,
              const void* b, bool transpose_b, void* c) {
  MatmulArgs args{};
  args.a = a, args.b = b, args.c = c;
  args.batch = 1, args.m = m, args.n = n, args.k = k;
  args.row_a = transpose_a ? 1 : k, args.col_a = transpose_a ? m : 1;
  args.row_b = transpose_b ? 1 : n, args.col_b = transpose_b ? k : 1;
  args.ldc = n;
  multiply_matrices(dtype, args);
}

// T: what is computed with; integers wrap.
template <typename T, Conv kind, DType dtype>
void run(const ConvArgs& args) {
  int64_t rows, depth, outputs = args.out_channels;
  if (is_product(args, rows, depth)) {
    if (kind == Conv::forward) {
      multiply(dtype, rows, outputs, depth, args.x, false, args.filter, false, args.y);
    } else if (kind == Conv::input_gradient) {
      multiply(dtype, rows, depth, outputs, args.y, false, args.filter, true, args.x);
    } else {
      multiply(dtype, depth, outputs, rows, args.x, true, args.y, false, args.filter);
    }
    return;
  }
  int64_t columns = (kind == Conv::input_gradient ? args.in_channels : outputs) / args.groups;
  if (columns < kNarrow) convolve_narrow<T>(kind, args);
  else by_tiles<T, kind>(args);
}

template <typename T, DType dtype>
void rows_of(Table& t) {
  t.conv[int(Conv::forward)][int(dtype)] = run<T, Conv::forward, dtype>;
  t.conv[int(Conv::input_gradient)][int(dtype)] = run<T, Conv::input_gradient, dtype>;
  t.conv[int(Conv::filter_gradient)][int(dtype)] = run<T, Conv::filter_gradient, dtype>;
}

}  // namespace

void fill_conv(Table& t) {
  rows_of<float, DType::kFloat32>(t);
  rows_of<double, DType::kFloat64>(t);
  rows_of<uint32_t, DType::kInt32>(t);
}

}  // namespace pyten::kernels::cuda
