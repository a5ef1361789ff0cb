// Depthwise convolutions of float and double: one input and one output channel a group.
//
// Forward and the gradient by the input are one loop: each place sums, over the taps that meet
// something, the vector of channels there times that of the filter. Which taps these are stands in
// a small table for each axis.
#include "core/allocator.h"
#include "kernels/cpu/conv.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

constexpr int64_t kParallelWork = 1 << 17;  // multiplications worth waking a thread
constexpr int64_t kParts = 16;              // of a sum over places
constexpr int kBlock = 4;                   // vectors of channels that stay in registers

// Of one axis: place p meets `count[p]` taps; tap[p * taps + i] of them meets source place
// from[p * taps + i].
struct Meetings {
  int64_t places, taps;
  int32_t *count, *tap, *from;
};

int64_t table_size(int64_t places, int64_t taps) { return places + 2 * places * taps; }

Meetings meetings(const Window& w, int d, bool gradient, int32_t*& memory) {
  Meetings m;
  m.places = gradient ? w.in[d] : w.out[d];
  m.taps = w.kernel[d];
  m.count = memory, m.tap = m.count + m.places, m.from = m.tap + m.places * m.taps;
  memory = m.from + m.places * m.taps;
  for (int64_t p = 0; p < m.places; ++p) {
    int32_t n = 0;
    for (int64_t k = 0; k < m.taps; ++k) {
      int64_t source, limit;
      if (gradient) {
        int64_t offset = p + w.pad[d] - k * w.dilation[d];
        if (offset < 0 || offset % w.stride[d] != 0) continue;
        source = offset / w.stride[d], limit = w.out[d];
      } else {
        source = p * w.stride[d] + k * w.dilation[d] - w.pad[d], limit = w.in[d];
      }
      if (source < 0 || source >= limit) continue;
      m.tap[p * m.taps + n] = int32_t(k);
      m.from[p * m.taps + n] = int32_t(source);
      ++n;
    }
    m.count[p] = n;
  }
  return m;
}

// to[place, c] = sum over taps of from[source, c] * filter[tap, c], for one row of places.
template <typename T, int kVectors, bool kPart>
[[gnu::noinline]] void sum_row(const Meetings* axes, int64_t z, int64_t y, const T* from,
                               int64_t plane, int64_t row, int64_t channels, const T* filter, T* to,
                               int last) {
  using V = Vector<T>;
  constexpr int L = kLanes<T>;
  const Meetings &az = axes[0], &ay = axes[1], &ax = axes[2];
  for (int64_t x = 0; x < ax.places; ++x, to += channels) {
    V acc[kVectors] = {};
    for (int64_t i = 0; i < az.count[z]; ++i) {
      for (int64_t j = 0; j < ay.count[y]; ++j) {
        const T* line = from + az.from[z * az.taps + i] * plane + ay.from[y * ay.taps + j] * row;
        int64_t tap = (az.tap[z * az.taps + i] * ay.taps + ay.tap[y * ay.taps + j]) * ax.taps;
        for (int64_t k = 0; k < ax.count[x]; ++k) {
          const T* a = line + ax.from[x * ax.taps + k] * channels;
          const T* b = filter + (tap + ax.tap[x * ax.taps + k]) * channels;
          for (int v = 0; v < kVectors; ++v) {
            bool part = kPart && v == kVectors - 1;
            acc[v] = part ? fma(load_part(a + v * L, last), load_part(b + v * L, last), acc[v])
                          : fma(load(a + v * L), load(b + v * L), acc[v]);
          }
        }
      }
    }
    for (int v = 0; v < kVectors; ++v) {
      if (kPart && v == kVectors - 1) store_part(to + v * L, acc[v], last);
      else store(to + v * L, acc[v]);
    }
  }
}

template <typename T>
void sum(const Window& w, bool gradient, int64_t batch, int64_t channels, const T* from,
         const T* filter, T* to) {
  constexpr int L = kLanes<T>;
  int64_t table = 0;
  for (int d = 0; d < 3; ++d) table += table_size(gradient ? w.in[d] : w.out[d], w.kernel[d]);
  size_t nbytes = size_t(table) * sizeof(int32_t);
  auto memory = static_cast<int32_t*>(allocate(nbytes));
  Meetings axes[3];
  int32_t* free = memory;
  for (int d = 0; d < 3; ++d) axes[d] = meetings(w, d, gradient, free);
  const int64_t* source = gradient ? w.out : w.in;
  const int64_t row = source[2] * channels, plane = source[1] * row, image = source[0] * plane;
  const int64_t row_to = axes[2].places * channels, rows = axes[0].places * axes[1].places;
  const int64_t taps = w.kernel[0] * w.kernel[1] * w.kernel[2];
  parallel_for(
      batch * rows, 1 + kParallelWork / (row_to * taps + 1), [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          int64_t n = r / rows, z = r % rows / axes[1].places, y = r % axes[1].places;
          const T* x = from + n * image;
          int64_t c = 0;
          for (; c + kBlock * L <= channels; c += kBlock * L) {
            sum_row<T, kBlock, false>(axes, z, y, x + c, plane, row, channels, filter + c,
                                      to + r * row_to + c, 0);
          }
          for (; c < channels; c += L) {
            bool part = channels - c < L;
            (part ? sum_row<T, 1, true>
                  : sum_row<T, 1, false>)(axes, z, y, x + c, plane, row, channels, filter + c,
                                          to + r * row_to + c, int(channels - c));
          }
        }
      });
  deallocate(memory, nbytes);
}

}  // namespace

template <typename T>
void depthwise_forward(const ConvArgs& args) {
  sum(args.window, false, args.batch, args.in_channels, static_cast<const T*>(args.x),
      static_cast<const T*>(args.filter), static_cast<T*>(args.y));
}

template <typename T>
void depthwise_input_gradient(const ConvArgs& args) {
  sum(args.window, true, args.batch, args.in_channels, static_cast<const T*>(args.y),
      static_cast<const T*>(args.filter), static_cast<T*>(args.x));
}

template <typename T>
void depthwise_filter_gradient(const ConvArgs& args) {
  constexpr int L = kLanes<T>;
  const Window& w = args.window;
  const int64_t channels = args.in_channels,
                size = w.kernel[0] * w.kernel[1] * w.kernel[2] * channels;
  const int64_t rows = args.batch * w.out[0] * w.out[1], work = rows * w.out[2] * size;
  const int64_t parts = at_least(at_most(at_most(rows, kParts), work / kParallelWork), 1);
  const int64_t each = ceil_div(rows, parts);
  auto out = static_cast<T*>(args.filter);
  size_t nbytes = size_t((parts - 1) * size) * sizeof(T);
  T* sums = parts > 1 ? static_cast<T*>(allocate(nbytes)) : nullptr;
  parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      T* to = part == 0 ? out : sums + (part - 1) * size;
      __builtin_memset(to, 0, size_t(size) * sizeof(T));
      for (int64_t r = part * each; r < at_most((part + 1) * each, rows); ++r) {
        int64_t y = r % w.out[1], z = r / w.out[1] % w.out[0], n = r / w.out[1] / w.out[0];
        const T* dy = static_cast<const T*>(args.y) + r * w.out[2] * channels;
        for (int64_t tap = 0; tap < size / channels; ++tap) {
          int64_t kx = tap % w.kernel[2], ky = tap / w.kernel[2] % w.kernel[1];
          int64_t kz = tap / w.kernel[2] / w.kernel[1];
          int64_t iz = z * w.stride[0] + kz * w.dilation[0] - w.pad[0];
          int64_t iy = y * w.stride[1] + ky * w.dilation[1] - w.pad[1];
          if (iz < 0 || iz >= w.in[0] || iy < 0 || iy >= w.in[1]) continue;
          const T* line = static_cast<const T*>(args.x) +
                          ((n * w.in[0] + iz) * w.in[1] + iy) * w.in[2] * channels;
          for (int64_t c = 0; c < channels; c += L) {
            int count = int(at_most(channels - c, L));
            Vector<T> acc = load_part(to + tap * channels + c, count);
            for (int64_t x = 0; x < w.out[2]; ++x) {
              int64_t ix = x * w.stride[2] + kx * w.dilation[2] - w.pad[2];
              if (ix < 0 || ix >= w.in[2]) continue;
              const T *a = line + ix * channels + c, *b = dy + x * channels + c;
              acc = count == L ? fma(load(a), load(b), acc)
                               : fma(load_part(a, count), load_part(b, count), acc);
            }
            store_part(to + tap * channels + c, acc, count);
          }
        }
      }
    }
  });
  for (int64_t part = 1; part < parts; ++part) {
    for (int64_t i = 0; i < size; ++i) out[i] += sums[(part - 1) * size + i];
  }
  if (sums) deallocate(sums, nbytes);
}

template void depthwise_forward<float>(const ConvArgs&);
template void depthwise_forward<double>(const ConvArgs&);
template void depthwise_input_gradient<float>(const ConvArgs&);
template void depthwise_input_gradient<double>(const ConvArgs&);
template void depthwise_filter_gradient<float>(const ConvArgs&);
template void depthwise_filter_gradient<double>(const ConvArgs&);

}  // namespace pyten::kernels::PYTEN_ISA
