// Pooling loops. Places are taken in row-major order and vectors run along the channels.
#pragma once

#include "kernels/loops.h"
#include "kernels/threads.h"
#include "kernels/windows.h"

namespace pyten::kernels::PYTEN_ISA {

inline constexpr int64_t kPoolWork = 1 << 16;  // reads worth waking a thread

// What one output place reads along each axis: taps [first[d], last[d]) are inside the input.
struct Reach {
  int64_t first[3], last[3], start[3];

  void set(const Window& w, int d, int64_t place) {
    int64_t at = place * w.stride[d] - w.pad[d], step = w.dilation[d];
    start[d] = at;
    first[d] = at < 0 ? (-at + step - 1) / step : 0;
    last[d] = at >= w.in[d] ? 0 : (w.in[d] - 1 - at) / step + 1;
    last[d] = last[d] < w.kernel[d] ? last[d] : w.kernel[d];
    if (first[d] > last[d]) first[d] = last[d];
  }
  int64_t count() const {
    return (last[0] - first[0]) * (last[1] - first[1]) * (last[2] - first[2]);
  }
};

// f(place of the input, flattened) for each tap inside, in row-major order.
template <typename F>
inline void each_tap(const Window& w, const Reach& r, F&& f) {
  for (int64_t kz = r.first[0]; kz < r.last[0]; ++kz) {
    int64_t z = r.start[0] + kz * w.dilation[0];
    for (int64_t ky = r.first[1]; ky < r.last[1]; ++ky) {
      int64_t line = (z * w.in[1] + r.start[1] + ky * w.dilation[1]) * w.in[2] + r.start[2];
      for (int64_t kx = r.first[2]; kx < r.last[2]; ++kx) f(line + kx * w.dilation[2]);
    }
  }
}

// f(image, reach, place of the output in all images) for output places of rows [begin, end).
template <typename F>
inline void each_place(const Window& w, int64_t begin, int64_t end, F&& f) {
  Reach reach;
  for (int64_t row = begin; row < end; ++row) {
    int64_t n = row / w.out[1] / w.out[0];
    reach.set(w, 0, row / w.out[1] % w.out[0]);
    reach.set(w, 1, row % w.out[1]);
    for (int64_t x = 0; x < w.out[2]; ++x) {
      reach.set(w, 2, x);
      f(n, reach, row * w.out[2] + x);
    }
  }
}

inline int64_t pool_grain(const PoolArgs& args, int64_t places) {
  const Window& w = args.window;
  int64_t work = places * args.channels * w.kernel[0] * w.kernel[1] * w.kernel[2];
  return 1 + kPoolWork / (work + 1);
}

template <typename T>
inline void first_values(int64_t n, const T* x, T* best, int32_t* places, int32_t at) {
  PYTEN_VECTORIZE
  for (int64_t c = 0; c < n; ++c) best[c] = x[c];
  if (places == nullptr) return;
  PYTEN_VECTORIZE
  for (int64_t c = 0; c < n; ++c) places[c] = at + int32_t(c);
}

// NaN counts as the greatest, the first of them as the place.
template <typename T>
inline void greater_values(int64_t n, const T* x, T* best, int32_t* places, int32_t at) {
  if (places == nullptr) {
    PYTEN_VECTORIZE
    for (int64_t c = 0; c < n; ++c) best[c] = x[c] > best[c] || x[c] != x[c] ? x[c] : best[c];
    return;
  }
  PYTEN_VECTORIZE
  for (int64_t c = 0; c < n; ++c) {
    bool greater = x[c] > best[c] || (x[c] != x[c] && best[c] == best[c]);
    best[c] = greater ? x[c] : best[c];
    places[c] = greater ? at + int32_t(c) : places[c];
  }
}

template <typename T>
void max_pool(const PoolArgs& args) {
  const Window& w = args.window;
  const int64_t channels = args.channels, image = w.in[0] * w.in[1] * w.in[2] * channels;
  parallel_for(args.batch * w.out[0] * w.out[1], pool_grain(args, w.out[2]),
               [&](int64_t begin, int64_t end) {
                 each_place(w, begin, end, [&](int64_t n, const Reach& reach, int64_t place) {
                   const T* x = static_cast<const T*>(args.x) + n * image;
                   T* best = static_cast<T*>(args.y) + place * channels;
                   int32_t* places = args.places ? args.places + place * channels : nullptr;
                   bool first = true;
                   each_tap(w, reach, [&](int64_t at) {
                     const T* from = x + at * channels;
                     if (first) first_values(channels, from, best, places, int32_t(at * channels));
                     else greater_values(channels, from, best, places, int32_t(at * channels));
                     first = false;
                   });
                   if (!first) return;
                   for (int64_t c = 0; c < channels; ++c) {
                     best[c] = Traits<T>::lowest;
                     if (places) places[c] = -1;
                   }
                 });
               });
}

template <typename T>
void average_pool(const PoolArgs& args) {
  const Window& w = args.window;
  const int64_t channels = args.channels, image = w.in[0] * w.in[1] * w.in[2] * channels;
  parallel_for(args.batch * w.out[0] * w.out[1], pool_grain(args, w.out[2]),
               [&](int64_t begin, int64_t end) {
                 each_place(w, begin, end, [&](int64_t n, const Reach& reach, int64_t place) {
                   const T* x = static_cast<const T*>(args.x) + n * image;
                   T* sum = static_cast<T*>(args.y) + place * channels;
                   for (int64_t c = 0; c < channels; ++c) sum[c] = 0;
                   each_tap(w, reach, [&](int64_t at) {
                     const T* from = x + at * channels;
                     PYTEN_VECTORIZE
                     for (int64_t c = 0; c < channels; ++c) sum[c] += from[c];
                   });
                   T count = T(reach.count());
                   if (count == 0) return;
                   PYTEN_VECTORIZE
                   for (int64_t c = 0; c < channels; ++c) sum[c] /= count;
                 });
               });
}

template <typename T>
void average_pool_gradient(const PoolArgs& args) {
  const Window& w = args.window;
  const int64_t channels = args.channels, image = w.in[0] * w.in[1] * w.in[2] * channels;
  const int64_t rows = w.out[0] * w.out[1];
  parallel_for(args.batch, pool_grain(args, rows * w.out[2]), [&](int64_t begin, int64_t end) {
    __builtin_memset(static_cast<T*>(args.x) + begin * image, 0,
                     size_t((end - begin) * image) * sizeof(T));
    each_place(w, begin * rows, end * rows, [&](int64_t n, const Reach& reach, int64_t place) {
      T* x = static_cast<T*>(args.x) + n * image;
      const T* dy = static_cast<const T*>(args.y) + place * channels;
      T count = T(reach.count());
      each_tap(w, reach, [&](int64_t at) {
        T* to = x + at * channels;
        PYTEN_VECTORIZE
        for (int64_t c = 0; c < channels; ++c) to[c] += dy[c] / count;
      });
    });
  });
}

}  // namespace pyten::kernels::PYTEN_ISA
