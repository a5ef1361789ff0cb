// Pooling: a thread an element of the result. Gradients are gathered, each place's in the order in
// which the CPU adds them up.
#include "kernels/cuda/conv.cuh"
#include "kernels/cuda/fill.h"
#include "kernels/cuda/sort.h"

namespace pyten::kernels::cuda {
namespace {

struct PoolShape {
  Window window;
  int64_t batch, channels, in_places, out_places;

  explicit PoolShape(const PoolArgs& args)
      : window(args.window),
        batch(args.batch),
        channels(args.channels),
        in_places(window.in[0] * window.in[1] * window.in[2]),
        out_places(window.out[0] * window.out[1] * window.out[2]) {}
};

// What an output place reads along each axis: taps [first, last) are inside the input.
struct Reach {
  int64_t first[3], last[3], start[3];

  __device__ Reach(const Window& w, const int64_t (&place)[3]) {
    for (int d = 0; d < 3; ++d) {
      int64_t at = place[d] * w.stride[d] - w.pad[d], step = w.dilation[d];
      start[d] = at;
      first[d] = at < 0 ? (-at + step - 1) / step : 0;
      last[d] = at >= w.in[d] ? 0 : (w.in[d] - 1 - at) / step + 1;
      if (last[d] > w.kernel[d]) last[d] = w.kernel[d];
      if (first[d] > last[d]) first[d] = last[d];
    }
  }
  __device__ int64_t count() const {
    return (last[0] - first[0]) * (last[1] - first[1]) * (last[2] - first[2]);
  }
  // f(place of the input, flattened) for each tap inside, in row-major order.
  template <typename F>
  __device__ void each_tap(const Window& w, F f) const {
    for (int64_t k0 = first[0]; k0 < last[0]; ++k0) {
      int64_t z = start[0] + k0 * w.dilation[0];
      for (int64_t k1 = first[1]; k1 < last[1]; ++k1) {
        int64_t line = (z * w.in[1] + start[1] + k1 * w.dilation[1]) * w.in[2] + start[2];
        for (int64_t k2 = first[2]; k2 < last[2]; ++k2) f(line + k2 * w.dilation[2]);
      }
    }
  }
};

// NaN counts as the greatest, the first of them as the place.
template <typename T>
__global__ void max_pool(PoolShape s, const T* x, T* y, int32_t* places) {
  int64_t step = int64_t(gridDim.x) * blockDim.x, n = s.batch * s.out_places * s.channels;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    int64_t place = quotient(e, s.channels), c = e - place * s.channels;
    int64_t image = quotient(place, s.out_places), o[3];
    split(place - image * s.out_places, s.window.out, o);
    const T* from = x + image * s.in_places * s.channels + c;
    T best = Traits<T>::lowest;
    int64_t found = -1;
    Reach(s.window, o).each_tap(s.window, [&](int64_t at) {
      T value = from[at * s.channels];
      if (found < 0 || value > best || (value != value && best == best)) {
        best = value;
        found = at * s.channels + c;
      }
    });
    y[e] = best;
    if (places) places[e] = int32_t(found);
  }
}

template <typename T>
__global__ void average_pool(PoolShape s, const T* x, T* y) {
  int64_t step = int64_t(gridDim.x) * blockDim.x, n = s.batch * s.out_places * s.channels;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    int64_t place = quotient(e, s.channels), c = e - place * s.channels;
    int64_t image = quotient(place, s.out_places), o[3];
    split(place - image * s.out_places, s.window.out, o);
    const T* from = x + image * s.in_places * s.channels + c;
    Reach reach(s.window, o);
    T sum = 0;
    reach.each_tap(s.window, [&](int64_t at) { sum += from[at * s.channels]; });
    int64_t count = reach.count();
    y[e] = count ? sum / T(count) : sum;
  }
}

// The outputs that a place takes part in, in their order: the last taps first.
template <typename T>
__global__ void average_pool_gradient(PoolShape s, const T* y, T* x) {
  const Window& w = s.window;
  int64_t step = int64_t(gridDim.x) * blockDim.x, n = s.batch * s.in_places * s.channels;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    int64_t place = quotient(e, s.channels), c = e - place * s.channels;
    int64_t image = quotient(place, s.in_places), i[3];
    split(place - image * s.in_places, w.in, i);
    const T* from = y + image * s.out_places * s.channels + c;
    Phase p[3];
    for (int d = 0; d < 3; ++d) p[d] = phase_of(w, d, i[d] % w.stride[d]);
    T sum = 0;
    for (int j0 = p[0].taps; j0-- > 0;) {
      for (int j1 = p[1].taps; j1-- > 0;) {
        for (int j2 = p[2].taps; j2-- > 0;) {
          const int j[3] = {j0, j1, j2};
          int64_t o[3];
          for (int d = 0; d < 3; ++d) {
            int64_t reached =
                i[d] + w.pad[d] - (p[d].tap + int64_t(j[d]) * p[d].every) * w.dilation[d];
            o[d] = reached < 0 ? -1 : reached / w.stride[d];
          }
          int64_t at = place_in(w.out, o);
          if (at >= 0) sum += from[at * s.channels] / T(Reach(w, o).count());
        }
      }
    }
    x[e] = sum;
  }
}

template <typename T, Pool kind>
void pool(const PoolArgs& args) {
  PoolShape s(args);
  auto x = static_cast<T*>(args.x), y = static_cast<T*>(args.y);
  int64_t places = kind == Pool::average_gradient ? s.in_places : s.out_places;
  int blocks = blocks_for(s.batch * places * s.channels);
  if constexpr (kind == Pool::max) {
    launch("max_pool", max_pool<T>, blocks, kThreads, 0, s, x, y, args.places);
  } else if constexpr (kind == Pool::average) {
    launch("average_pool", average_pool<T>, blocks, kThreads, 0, s, x, y);
  } else {
    launch("average_pool_gradient", average_pool_gradient<T>, blocks, kThreads, 0, s, y, x);
  }
}

// -- By places ------------------------------------------------------------------------------------
template <typename T>
__global__ void take_places(PlacesArgs args) {
  int64_t step = int64_t(gridDim.x) * blockDim.x, n = args.batch * args.size_y;
  auto x = static_cast<const T*>(args.x);
  auto y = static_cast<T*>(args.y);
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    int64_t place = args.places[e];
    bool inside = place >= 0 && place < args.size_x;
    y[e] = inside ? x[quotient(e, args.size_y) * args.size_x + place] : T(0);
  }
}

template <typename T>
void run_take_places(const PlacesArgs& args) {
  launch("take_places", take_places<T>, blocks_for(args.batch * args.size_y), kThreads, 0, args);
}

// The place in all images of each element of y; `nowhere` for one that has none.
__global__ void key_places(int64_t n, int64_t size_x, int64_t size_y, const int32_t* places,
                           uint32_t nowhere, uint32_t* keys, uint32_t* index) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    int64_t place = places[e];
    bool inside = place >= 0 && place < size_x;
    keys[e] = inside ? uint32_t(quotient(e, size_y) * size_x + place) : nowhere;
    index[e] = uint32_t(e);
  }
}

// The first of elements with one place adds them up, in the order of y.
template <typename T>
__global__ void put_sums(int64_t n, uint32_t nowhere, const uint32_t* keys, const uint32_t* index,
                         const T* y, T* x) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t e = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; e < n; e += step) {
    uint32_t key = keys[e];
    if (key == nowhere || (e > 0 && keys[e - 1] == key)) continue;
    T sum = 0;
    for (int64_t i = e; i < n && keys[i] == key; ++i) sum += y[index[i]];
    x[key] = sum;
  }
}

template <typename T>
void put_places(const PlacesArgs& args) {
  auto x = static_cast<T*>(args.x);
  auto y = static_cast<const T*>(args.y);
  if (args.batch * args.size_x == 0) return;
  pyten::cuda::current().zero(x, size_t(args.batch * args.size_x) * sizeof(T));
  if (args.batch * args.size_y == 0) return;
  // As many images at a time as 32 bits can count elements of.
  constexpr int64_t kMost = int64_t(1) << 31;
  int64_t larger = args.size_x > args.size_y ? args.size_x : args.size_y;
  int64_t images = kMost / larger;
  if (images > args.batch) images = args.batch;
  if (images < 1) images = 1;  // places are int32
  auto part = size_t((images * args.size_y * 4 + 255) / 256 * 256);
  pyten::cuda::Gpu::Scratch scratch(pyten::cuda::current(), 4 * part);
  auto at = [&](size_t i) {
    return reinterpret_cast<uint32_t*>(static_cast<char*>(scratch.data()) + i * part);
  };
  for (int64_t first = 0; first < args.batch; first += images) {
    int64_t count = args.batch - first < images ? args.batch - first : images;
    int64_t n = count * args.size_y;
    auto nowhere = uint32_t(count * args.size_x);
    Buffers<uint32_t> keys{at(0), at(1)}, index{at(2), at(3)};
    launch("put_places", key_places, blocks_for(n), kThreads, 0, n, args.size_x, args.size_y,
           args.places + first * args.size_y, nowhere, keys.now, index.now);
    sort_pairs(keys, index, n, bits_below(int64_t(nowhere) + 1));
    launch("put_places", put_sums<T>, blocks_for(n), kThreads, 0, n, nowhere, keys.now, index.now,
           y + first * args.size_y, x + first * args.size_x);
  }
}

template <typename T>
void rows_of(Table& t) {
  int d = int(Traits<T>::dtype);
  t.pool[int(Pool::average)][d] = pool<T, Pool::average>;
  t.pool[int(Pool::average_gradient)][d] = pool<T, Pool::average_gradient>;
  t.take_places[d] = run_take_places<T>;
  t.put_places[d] = put_places<T>;
}
template <typename... Ts>
void max_rows(Table& t) {
  ((t.pool[int(Pool::max)][int(Traits<Ts>::dtype)] = pool<Ts, Pool::max>), ...);
}

}  // namespace

void fill_pool(Table& t) {
  rows_of<float>(t);
  rows_of<double>(t);
  max_rows<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, float, double>(t);
}

}  // namespace pyten::kernels::cuda
