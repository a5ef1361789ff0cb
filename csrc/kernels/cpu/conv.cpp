// Convolutions of float and double without im2col: a tile of output places times output channels
// stays in registers while the sum runs over the window, reading the input where it lies. What is
// copied is a slab of input rows, and only where the window reaches beyond the edge or a group has
// part of the channels.
//
// The gradient by the input is the same sum: for each phase of the stride, places of the input that
// are `stride` apart see the same taps of the filter, at consecutive places of dy. The gradient by
// the filter sums over places instead, in a number of parts that the problem alone decides.
#include "kernels/cpu/conv.h"

#include "core/allocator.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/gemm_tile.h"
#include "kernels/fill.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

constexpr int64_t kUnitPlaces = 512;         // output places of a unit of work, about
constexpr int64_t kSlabBytes = 512 << 10;    // of input rows that a unit copies: L2
constexpr int64_t kParallelWork = 1 << 19;   // multiplications that are worth waking a thread
constexpr int64_t kMaxParts = 16;            // of a sum over places
constexpr int64_t kPartsBytes = 32ll << 20;  // all parts together

// Without a destructor, as in gemm.cpp.
template <typename T>
struct Scratch {
  explicit Scratch(int64_t n) : nbytes(size_t(n) * sizeof(T)) {
    if (nbytes > 0) data = static_cast<T*>(allocate(nbytes));
  }
  void free() {
    if (nbytes > 0) deallocate(data, nbytes);
  }
  size_t nbytes;
  T* data = nullptr;
};

// Along one axis, tap k of output place o reads input place o * step + k * dilation + first.
struct Axis {
  int64_t in, taps, out, step, dilation, first;
  // Input places from the first to the last that `places` neighbouring outputs read.
  int64_t span(int64_t places) const { return (places - 1) * step + (taps - 1) * dilation + 1; }
};

// Images whose windows are summed: `count` channels of each place, from `channel` on.
template <typename T>
struct Source {
  const T* data;
  int64_t channels, channel, count;
  Axis axes[3];

  int64_t image() const { return axes[0].in * axes[1].in * axes[2].in * channels; }
  // Taps along x and channels are one run of memory in a slab.
  bool is_run() const { return axes[2].dilation == 1 || axes[2].taps == 1; }
};

// The input rows that a unit reads: element (kz, y, x, c) at kz * plane + y * row + x * place + c.
template <typename T>
struct Slab {
  const T* data;
  int64_t plane, row, place;
};

// Units of work: rows of one plane of one image.
template <typename T>
struct Units {
  explicit Units(const Source<T>& s, int64_t batch) {
    const Axis &z = s.axes[0], &y = s.axes[1], &x = s.axes[2];
    rows = at_most(at_least(kUnitPlaces / x.out, 1), y.out);
    int64_t row_bytes = z.taps * x.span(x.out) * s.count * int64_t(sizeof(T));
    while (rows > 1 && y.span(rows) * row_bytes > kSlabBytes) rows = rows / 2;
    blocks = ceil_div(y.out, rows);
    rows = ceil_div(y.out, blocks);
    planes = z.out;
    count = batch * planes * blocks;
    slab_size = z.taps * y.span(rows) * x.span(x.out) * s.count;
    places = rows * x.out;
  }
  int64_t rows, blocks, planes, count, slab_size, places;
};

template <typename T>
void clear(T* to, int64_t n) {
  __builtin_memset(to, 0, size_t(n) * sizeof(T));
}

template <typename T>
Slab<T> read_slab(const Source<T>& s, int64_t n, int64_t z, int64_t y_begin, int64_t y_end,
                  T* buffer) {
  const Axis &az = s.axes[0], &ay = s.axes[1], &ax = s.axes[2];
  const int64_t first_z = z * az.step + az.first, first_y = y_begin * ay.step + ay.first;
  const int64_t rows = ay.span(y_end - y_begin), width = ax.span(ax.out), first_x = ax.first;
  const T* image = s.data + n * s.image() + s.channel;
  const bool inside = first_z >= 0 && first_z + az.span(1) <= az.in && first_y >= 0 &&
                      first_y + rows <= ay.in && first_x >= 0 && first_x + width <= ax.in;
  if (inside && s.count == s.channels) {
    int64_t row = ax.in * s.channels;
    return {image + (first_z * ay.in + first_y) * row + first_x * s.channels,
            az.dilation * ay.in * row, row, s.channels};
  }
  const int64_t left = at_most(at_least(-first_x, 0), width);
  const int64_t right = at_most(at_least(ax.in - first_x, left), width);
  for (int64_t k = 0; k < az.taps; ++k) {
    for (int64_t r = 0; r < rows; ++r) {
      T* to = buffer + (k * rows + r) * width * s.count;
      int64_t iz = first_z + k * az.dilation, iy = first_y + r;
      if (iz < 0 || iz >= az.in || iy < 0 || iy >= ay.in) {
        clear(to, width * s.count);
        continue;
      }
      const T* from = image + ((iz * ay.in + iy) * ax.in + first_x + left) * s.channels;
      clear(to, left * s.count);
      to += left * s.count;
      if (s.count == s.channels) {
        __builtin_memcpy(to, from, size_t((right - left) * s.count) * sizeof(T));
        to += (right - left) * s.count;
      } else {
        for (int64_t x = left; x < right; ++x, to += s.count, from += s.channels) {
          for (int64_t c = 0; c < s.count; ++c) to[c] = from[c];
        }
      }
      clear(to, (width - right) * s.count);
    }
  }
  return {buffer, rows * width * s.count, width * s.count, s.count};
}

// Sums over windows: c(n, z, y, x, j) = sum over taps and channels of source * b.
template <typename T>
struct Sums {
  Source<T> source;
  const T*
      b;  // panels of kTileColumns columns, panel_b apart; rows by tap and channel, row_b apart
  int64_t row_b, panel_b, columns;
  T* c;
  int64_t image_c, plane_c, row_c, place_c;

  void run(int64_t batch) const {
    const Units<T> units(source, batch);
    const Axis* axes = source.axes;
    int64_t depth = axes[0].taps * axes[1].taps * axes[2].taps * source.count;
    int64_t work = units.places * depth * columns + 1;
    parallel_for(units.count, 1 + kParallelWork / work, [&](int64_t begin, int64_t end) {
      Scratch<T> buffer(units.slab_size);
      for (int64_t unit = begin; unit < end; ++unit) {
        int64_t y = unit % units.blocks * units.rows, rest = unit / units.blocks;
        int64_t z = rest % units.planes, n = rest / units.planes;
        int64_t y_end = at_most(y + units.rows, axes[1].out);
        if (y >= y_end) continue;
        Slab<T> slab = read_slab(source, n, z, y, y_end, buffer.data);
        run_rows(slab, y_end - y, c + n * image_c + z * plane_c + y * row_c);
      }
      buffer.free();
    });
  }

  void run_rows(const Slab<T>& slab, int64_t rows, T* to) const {
    constexpr int kWidth = kTileColumns<T>;
    const Axis &az = source.axes[0], &ay = source.axes[1], &ax = source.axes[2];
    const bool run = source.is_run();
    TileArgs<T> args;
    args.row_a = ax.step * slab.place, args.col_a = 1;
    args.row_b = row_b;
    args.ldc = place_c;
    args.bias = nullptr;
    args.k = run ? ax.taps * source.count : source.count;
    args.segments = run ? ay.taps : ax.taps;
    args.step_a = run ? ay.dilation * slab.row : ax.dilation * slab.place;
    args.step_b = args.k * row_b;
    const int64_t outer = run ? az.taps : az.taps * ay.taps;
    const int64_t tiles = ceil_div(ax.out, kTileRows);
    const int64_t height = ax.out / tiles, taller = ax.out % tiles;
    for (int64_t j = 0; j < columns; j += kWidth) {
      int width = int(at_most(columns - j, kWidth));
      TileLoop<T> low = tile_loop<T>(int(height), width, args.last);
      TileLoop<T> tall = taller ? tile_loop<T>(int(height + 1), width, args.last) : low;
      const T* panel = b + j / kWidth * panel_b;
      for (int64_t y = 0; y < rows; ++y) {
        const T* from = slab.data + y * ay.step * slab.row;
        for (int64_t t = 0, x = 0; t < tiles; ++t) {
          args.c = to + y * row_c + x * place_c + j;
          for (int64_t o = 0; o < outer; ++o) {
            int64_t kz = run ? o : o / ay.taps, ky = run ? 0 : o % ay.taps;
            args.a = from + x * args.row_a + kz * slab.plane + ky * ay.dilation * slab.row;
            args.b = panel + o * args.segments * args.step_b;
            args.add = o > 0;
            (t < taller ? tall : low)(args);
          }
          x += height + (t < taller);
        }
      }
    }
  }
};

template <typename T>
Source<T> forward_source(const ConvArgs& args, int64_t group) {
  const Window& w = args.window;
  int64_t count = args.in_channels / args.groups;
  Source<T> s{static_cast<const T*>(args.x), args.in_channels, group * count, count, {}};
  for (int d = 0; d < 3; ++d) {
    s.axes[d] = {w.in[d], w.kernel[d], w.out[d], w.stride[d], w.dilation[d], -w.pad[d]};
  }
  return s;
}

int64_t product(const int64_t (&v)[3]) { return v[0] * v[1] * v[2]; }

// A window of one place, or of the whole input: a plain product of matrices of `rows` and `depth`.
bool is_product(const ConvArgs& args, int64_t& rows, int64_t& depth) {
  const Window& w = args.window;
  bool point = args.groups == 1, whole = point;
  for (int d = 0; d < 3; ++d) {
    bool fits = w.pad[d] == 0 && (w.dilation[d] == 1 || w.kernel[d] == 1);
    point = point && fits && w.kernel[d] == 1 && w.out[d] == w.in[d] &&
            (w.stride[d] == 1 || w.out[d] == 1);
    whole = whole && fits && w.kernel[d] == w.in[d] && w.out[d] == 1;
  }
  rows = args.batch * product(w.out);
  depth = product(w.kernel) * args.in_channels;
  return point || whole;
}

// c[m, n] = a b; row strides of a and b are their column strides' other half when transposed.
template <typename T>
void multiply(int64_t m, int64_t n, int64_t k, const void* a, bool transpose_a, const void* b,
              bool transpose_b, void* c) {
  MatmulArgs args{};
  args.a = a, args.b = b, args.c = c;
  args.batch = 1, args.m = m, args.n = n, args.k = k;
  args.row_a = transpose_a ? 1 : k, args.col_a = transpose_a ? m : 1;
  args.row_b = transpose_b ? 1 : n, args.col_b = transpose_b ? k : 1;
  args.ldc = n;
  multiply_floats<T>(args);
}

template <typename T>
void forward(const ConvArgs& args) {
  int64_t rows, depth;
  if (is_product(args, rows, depth)) {
    return multiply<T>(rows, args.out_channels, depth, args.x, false, args.filter, false, args.y);
  }
  if (is_depthwise(args)) return depthwise_forward<T>(args);
  constexpr int kWidth = kTileColumns<T>;
  const Window& w = args.window;
  const int64_t columns = args.out_channels / args.groups;
  depth /= args.groups;
  // Panels of a wide filter are copied, so that they are dense in the cache.
  const int64_t panels = columns > kWidth ? ceil_div(columns, kWidth) : 0;
  Scratch<T> packed(panels * kWidth * depth);
  for (int64_t g = 0; g < args.groups; ++g) {
    const T* filter = static_cast<const T*>(args.filter) + g * columns;
    for (int64_t j = 0; j < panels; ++j) {
      int64_t width = at_most(columns - j * kWidth, kWidth);
      for (int64_t p = 0; p < depth; ++p) {
        __builtin_memcpy(packed.data + (j * depth + p) * kWidth,
                         filter + p * args.out_channels + j * kWidth, size_t(width) * sizeof(T));
      }
    }
    Sums<T> sums;
    sums.source = forward_source<T>(args, g);
    sums.b = panels ? packed.data : filter;
    sums.row_b = panels ? kWidth : args.out_channels;
    sums.panel_b = panels ? depth * kWidth : kWidth;
    sums.columns = columns;
    sums.place_c = args.out_channels, sums.row_c = sums.place_c * w.out[2];
    sums.plane_c = sums.row_c * w.out[1], sums.image_c = sums.plane_c * w.out[0];
    sums.c = static_cast<T*>(args.y) + g * columns;
    sums.run(args.batch);
  }
  packed.free();
}

int64_t greatest_common_divisor(int64_t a, int64_t b) {
  return b == 0 ? a : greatest_common_divisor(b, a % b);
}

// The taps that input places phase, phase + stride, … see: last, last - every, … (`axis.taps` of
// them, in the order of the places of dy that they meet).
struct Phase {
  Axis axis;
  int64_t last, every;
};
Phase phase_of(const Window& w, int d, int64_t phase) {
  int64_t stride = w.stride[d], dilation = w.dilation[d];
  Phase p{};
  p.every = stride / greatest_common_divisor(stride, dilation);
  int64_t first = 0;
  while (first < p.every && (phase + w.pad[d] - first * dilation) % stride != 0) ++first;
  int64_t taps =
      first < p.every && first < w.kernel[d] ? (w.kernel[d] - 1 - first) / p.every + 1 : 0;
  p.last = first + (taps - 1) * p.every;
  int64_t places = phase < w.in[d] ? (w.in[d] - 1 - phase) / stride + 1 : 0;
  p.axis = {w.out[d],
            taps,
            places,
            1,
            p.every * dilation / stride,
            (phase + w.pad[d] - p.last * dilation) / stride};
  return p;
}

// Whether there are input places that no tap ever meets.
bool has_gaps(const Window& w) {
  for (int d = 0; d < 3; ++d) {
    for (int64_t phase = 0; phase < w.stride[d]; ++phase) {
      Axis axis = phase_of(w, d, phase).axis;
      if (axis.out > 0 && axis.taps == 0) return true;
    }
  }
  return false;
}

template <typename T>
void input_gradient(const ConvArgs& args) {
  int64_t rows, depth;
  if (is_product(args, rows, depth)) {
    return multiply<T>(rows, depth, args.out_channels, args.y, false, args.filter, true, args.x);
  }
  if (is_depthwise(args)) return depthwise_input_gradient<T>(args);
  constexpr int kWidth = kTileColumns<T>;
  const Window& w = args.window;
  const int64_t columns = args.in_channels / args.groups, count = args.out_channels / args.groups;
  const int64_t panels = ceil_div(columns, kWidth);
  const int64_t place = args.in_channels, row = place * w.in[2], plane = row * w.in[1];
  Scratch<T> packed(panels * kWidth * product(w.kernel) * count);
  auto x = static_cast<T*>(args.x);
  if (has_gaps(w)) clear(x, args.batch * plane * w.in[0]);
  for (int64_t index = 0; index < product(w.stride); ++index) {
    int64_t phases[3] = {index / (w.stride[1] * w.stride[2]), index / w.stride[2] % w.stride[1],
                         index % w.stride[2]};
    Phase p[3];
    bool empty = false;
    for (int d = 0; d < 3; ++d) {
      p[d] = phase_of(w, d, phases[d]);
      empty = empty || p[d].axis.taps == 0 || p[d].axis.out == 0;
    }
    if (empty) continue;
    const int64_t taps = p[0].axis.taps * p[1].axis.taps * p[2].axis.taps;
    for (int64_t g = 0; g < args.groups; ++g) {
      // The filter of this phase, its taps turned round and its channels swapped.
      T* to = packed.data;
      for (int64_t j = 0; j < columns; j += kWidth) {
        int64_t width = at_most(columns - j, kWidth);
        for (int64_t t = 0; t < taps; ++t) {
          int64_t kz = t / (p[1].axis.taps * p[2].axis.taps);
          int64_t ky = t / p[2].axis.taps % p[1].axis.taps, kx = t % p[2].axis.taps;
          int64_t tap =
              ((p[0].last - kz * p[0].every) * w.kernel[1] + p[1].last - ky * p[1].every) *
                  w.kernel[2] +
              p[2].last - kx * p[2].every;
          const T* from = static_cast<const T*>(args.filter) + tap * columns * args.out_channels +
                          j * args.out_channels + g * count;
          for (int64_t i = 0; i < width; ++i) {
            const T* values = from + i * args.out_channels;
            for (int64_t o = 0; o < count; ++o) to[o * kWidth + i] = values[o];
          }
          to += count * kWidth;
        }
      }
      Sums<T> sums;
      sums.source = {static_cast<const T*>(args.y),
                     args.out_channels,
                     g * count,
                     count,
                     {p[0].axis, p[1].axis, p[2].axis}};
      sums.b = packed.data, sums.row_b = kWidth, sums.panel_b = taps * count * kWidth;
      sums.columns = columns;
      sums.place_c = place * w.stride[2], sums.row_c = row * w.stride[1];
      sums.plane_c = plane * w.stride[0], sums.image_c = plane * w.in[0];
      sums.c = x + phases[0] * plane + phases[1] * row + phases[2] * place + g * columns;
      sums.run(args.batch);
    }
  }
  packed.free();
}

// Adds what one unit has to the gradient by the filter.
template <typename T>
void add_places(const ConvArgs& args, const Source<T>& s, const Slab<T>& slab, int64_t rows,
                const T* dy, T* to) {
  constexpr int kWidth = kTileColumns<T>;
  const Axis &az = s.axes[0], &ay = s.axes[1], &ax = s.axes[2];
  const int64_t columns = args.out_channels / args.groups;
  const bool run = s.is_run();
  const int64_t m = run ? ax.taps * s.count : s.count, sets = run ? 1 : ax.taps;
  const int64_t tiles = ceil_div(m, kTileRows), height = m / tiles, taller = m % tiles;
  TileArgs<T> args_of;
  args_of.row_a = 1, args_of.col_a = ax.step * slab.place;
  args_of.k = ax.out, args_of.segments = rows;
  args_of.step_a = ay.step * slab.row;
  args_of.row_b = args.out_channels, args_of.step_b = ax.out * args.out_channels;
  args_of.ldc = args.out_channels;
  args_of.bias = nullptr, args_of.add = true;
  for (int64_t j = 0; j < columns; j += kWidth) {
    int width = int(at_most(columns - j, kWidth));
    TileLoop<T> low = tile_loop<T>(int(height), width, args_of.last);
    TileLoop<T> tall = taller ? tile_loop<T>(int(height + 1), width, args_of.last) : low;
    args_of.b = dy + j;
    for (int64_t k = 0; k < az.taps * ay.taps * sets; ++k) {
      int64_t kx = k % sets, ky = k / sets % ay.taps, kz = k / sets / ay.taps;
      const T* from =
          slab.data + kz * slab.plane + ky * ay.dilation * slab.row + kx * ax.dilation * slab.place;
      for (int64_t t = 0, i = 0; t < tiles; ++t) {
        args_of.a = from + i;
        args_of.c = to + (k * m + i) * args.out_channels + j;
        (t < taller ? tall : low)(args_of);
        i += height + (t < taller);
      }
    }
  }
}

template <typename T>
void filter_gradient(const ConvArgs& args) {
  int64_t rows, depth;
  if (is_product(args, rows, depth)) {
    return multiply<T>(depth, args.out_channels, rows, args.x, true, args.y, false, args.filter);
  }
  if (is_depthwise(args)) return depthwise_filter_gradient<T>(args);
  const Window& w = args.window;
  const int64_t columns = args.out_channels / args.groups;
  const int64_t size = depth / args.groups * args.out_channels;
  const Source<T> first = forward_source<T>(args, 0);
  const Units<T> units(first, args.batch);
  int64_t work = units.count * units.places * size / args.groups;
  int64_t parts = at_most(at_most(units.count, kMaxParts), 1 + work / kParallelWork);
  parts = at_most(parts, at_least(kPartsBytes / (size * int64_t(sizeof(T))), 4));
  const int64_t each = ceil_div(units.count, parts);
  auto out = static_cast<T*>(args.filter);
  Scratch<T> sums((parts - 1) * size);
  parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    Scratch<T> buffer(units.slab_size);
    for (int64_t part = begin; part < end; ++part) {
      T* to = part == 0 ? out : sums.data + (part - 1) * size;
      clear(to, size);
      int64_t last = at_most((part + 1) * each, units.count);
      for (int64_t unit = part * each; unit < last; ++unit) {
        int64_t y = unit % units.blocks * units.rows, rest = unit / units.blocks;
        int64_t z = rest % units.planes, n = rest / units.planes;
        int64_t y_end = at_most(y + units.rows, w.out[1]);
        if (y >= y_end) continue;
        const T* dy = static_cast<const T*>(args.y) +
                      ((n * w.out[0] + z) * w.out[1] + y) * w.out[2] * args.out_channels;
        for (int64_t g = 0; g < args.groups; ++g) {
          Source<T> s = forward_source<T>(args, g);
          Slab<T> slab = read_slab(s, n, z, y, y_end, buffer.data);
          add_places(args, s, slab, y_end - y, dy + g * columns, to + g * columns);
        }
      }
    }
    buffer.free();
  });
  for (int64_t part = 1; part < parts; ++part) {
    const T* from = sums.data + (part - 1) * size;
    for (int64_t i = 0; i < size; ++i) out[i] += from[i];
  }
  sums.free();
}

template <typename T>
void rows_of(Table& t) {
  int d = int(Traits<T>::dtype);
  t.conv[int(Conv::forward)][d] = forward<T>;
  t.conv[int(Conv::input_gradient)][d] = input_gradient<T>;
  t.conv[int(Conv::filter_gradient)][d] = filter_gradient<T>;
}

}  // namespace

void fill_conv(Table& t) {
  rows_of<float>(t);
  rows_of<double>(t);
}

}  // namespace pyten::kernels::PYTEN_ISA
