// Copies from one layout to another and selection by a condition, by the size of the elements.
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/fill.h"

namespace pyten::kernels::cuda {
namespace {

struct alignas(16) Bytes16 {
  uint64_t low, high;
};

template <typename T>
constexpr int kPerThread = int(16 / sizeof(T));

template <typename T>
__global__ void copy_any(Layout<2> layout, const T* x, T* out) {
  constexpr int k = kPerThread<T>;
  int64_t threads = int64_t(gridDim.x) * blockDim.x;
  int64_t first = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  int64_t steps = layout.steps;
  if (k > 1 && layout.width == k) {
    bool still = layout.strides[0][0] == 0;
    for (int64_t i = first; i < steps; i += threads) {
      int64_t at[2];
      layout.places(i, at);
      store(out + at[1], load<k>(x + at[0], still));
    }
    int64_t i = steps * k + first;
    if (i < layout.n) out[i] = x[i * layout.strides[0][0]];
    return;
  }
  for (int64_t i = first; i < steps; i += threads) {
    int64_t at[2];
    layout.places(i, at);
    out[at[1]] = x[at[0]];
  }
}

// A transposed operand goes through tiles in shared memory, so that both sides are read and written
// along their own rows. Axis 0 of the layout is contiguous in `out`, axis `other` in x.
constexpr int kTile = 32, kTileRows = 8;
template <typename T>
__global__ void copy_transposed(Layout<2> layout, int other, int64_t tiles0, int64_t tiles1,
                                const T* x, T* out) {
  __shared__ T tile[kTile][kTile + 1];
  int64_t n0 = layout.sizes[0], n1 = layout.sizes[other];
  int64_t all = tiles0 * tiles1;
  for (int d = 1; d < layout.rank; ++d) {
    if (d != other) all *= layout.sizes[d];
  }
  for (int64_t t = blockIdx.x; t < all; t += gridDim.x) {
    int64_t first0 = t % tiles0 * kTile, rest = t / tiles0;
    int64_t first1 = rest % tiles1 * kTile;
    rest /= tiles1;
    const T* from = x;
    T* to = out;
    for (int d = 1; d < layout.rank; ++d) {
      if (d == other) continue;
      int64_t at = rest % layout.sizes[d];
      rest /= layout.sizes[d];
      from += at * layout.strides[0][d];
      to += at * layout.strides[1][d];
    }
    // threadIdx.x runs along x's own axis here …
    for (int r = threadIdx.y; r < kTile; r += kTileRows) {
      int64_t i0 = first0 + r, i1 = first1 + threadIdx.x;
      if (i0 < n0 && i1 < n1) {
        tile[r][threadIdx.x] = from[i0 * layout.strides[0][0] + i1 * layout.strides[0][other]];
      }
    }
    __syncthreads();
    // … and along the output's here.
    for (int r = threadIdx.y; r < kTile; r += kTileRows) {
      int64_t i0 = first0 + threadIdx.x, i1 = first1 + r;
      if (i0 < n0 && i1 < n1) {
        to[i0 * layout.strides[1][0] + i1 * layout.strides[1][other]] = tile[threadIdx.x][r];
      }
    }
    __syncthreads();
  }
}

// The axis along which x is contiguous when the output is along axis 0; -1 if there is none.
int transposed_axis(const Layout<2>& layout) {
  if (layout.rank < 2 || layout.strides[1][0] != 1) return -1;
  int64_t step = layout.strides[0][0];
  if (step >= -1 && step <= 1) return -1;
  for (int d = 1; d < layout.rank; ++d) {
    if (layout.strides[0][d] == 1 && layout.sizes[d] >= 8 && layout.sizes[0] >= 8) return d;
  }
  return -1;
}

template <typename T>
void copy_block(int rank, const int64_t* shape, const void* px, const int64_t* sx, void* pout,
                const int64_t* so) {
  auto run = [&](Layout<2> layout, const int64_t(&offsets)[2]) {
    auto x = static_cast<const T*>(px) + offsets[0];
    auto out = static_cast<T*>(pout) + offsets[1];
    if (layout.flat(0) && layout.flat(1)) {
      pyten::cuda::current().copy(out, x, size_t(layout.n) * sizeof(T));
    } else if (int other = transposed_axis(layout); other > 0) {
      int64_t tiles0 = (layout.sizes[0] + kTile - 1) / kTile;
      int64_t tiles1 = (layout.sizes[other] + kTile - 1) / kTile;
      int64_t all = layout.n / layout.sizes[0] / layout.sizes[other] * tiles0 * tiles1;
      launch("copy", copy_transposed<T>, blocks_for(all, 1), dim3(kTile, kTileRows), 0, layout,
             other, tiles0, tiles1, x, out);
    } else {
      layout.widen(kPerThread<T>, {x, out}, {sizeof(T), sizeof(T)});
      launch("copy", copy_any<T>, blocks_for(layout.steps), kThreads, 0, layout, x, out);
    }
  };
  in_parts(Layout<2>(rank, shape, {sx, so}), run);
}
template <typename T>
void copy_loop(int64_t n, const void* x, int64_t sx, void* out, int64_t so) {
  copy_block<T>(1, &n, x, &sx, out, &so);
}

template <typename T>
__global__ void select_kernel(Layout<4> layout, const uint8_t* condition, const T* x, const T* y,
                              T* out) {
  constexpr int k = kPerThread<T>;
  int64_t threads = int64_t(gridDim.x) * blockDim.x;
  int64_t first = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  int64_t steps = layout.steps;
  if (k > 1 && layout.width == k) {
    bool still[3];
    for (int j = 0; j < 3; ++j) still[j] = layout.strides[j][0] == 0;
    for (int64_t i = first; i < steps; i += threads) {
      int64_t at[4];
      layout.places(i, at);
      Pack<uint8_t, k> c = load<k>(condition + at[0], still[0]);
      Pack<T, k> a = load<k>(x + at[1], still[1]), b = load<k>(y + at[2], still[2]);
#pragma unroll
      for (int j = 0; j < k; ++j) a.v[j] = c.v[j] ? a.v[j] : b.v[j];
      store(out + at[3], a);
    }
    int64_t i = steps * k + first;
    if (i < layout.n) {
      out[i] = condition[i * layout.strides[0][0]] ? x[i * layout.strides[1][0]]
                                                   : y[i * layout.strides[2][0]];
    }
    return;
  }
  for (int64_t i = first; i < steps; i += threads) {
    int64_t at[4];
    layout.places(i, at);
    out[at[3]] = condition[at[0]] ? x[at[1]] : y[at[2]];
  }
}

template <typename T>
void select_block(int rank, const int64_t* shape, const void* condition, const int64_t* sc,
                  const void* px, const int64_t* sx, const void* py, const int64_t* sy, void* pout,
                  const int64_t* so) {
  auto run = [&](Layout<4> layout, const int64_t(&offsets)[4]) {
    auto c = static_cast<const uint8_t*>(condition) + offsets[0];
    auto x = static_cast<const T*>(px) + offsets[1], y = static_cast<const T*>(py) + offsets[2];
    auto out = static_cast<T*>(pout) + offsets[3];
    layout.widen(kPerThread<T>, {c, x, y, out}, {1, sizeof(T), sizeof(T), sizeof(T)});
    launch("where", select_kernel<T>, blocks_for(layout.steps), kThreads, 0, layout, c, x, y, out);
  };
  in_parts(Layout<4>(rank, shape, {sc, sx, sy, so}), run);
}
template <typename T>
void select_loop(int64_t n, const void* c, int64_t sc, const void* x, int64_t sx, const void* y,
                 int64_t sy, void* out, int64_t so) {
  select_block<T>(1, &n, c, &sc, x, &sx, y, &sy, out, &so);
}

}  // namespace

void fill_copy(Table& t) {
  t.copy[0] = {copy_loop<uint8_t>, copy_block<uint8_t>};
  t.copy[1] = {copy_loop<uint16_t>, copy_block<uint16_t>};
  t.copy[2] = {copy_loop<uint32_t>, copy_block<uint32_t>};
  t.copy[3] = {copy_loop<uint64_t>, copy_block<uint64_t>};
  t.copy[4] = {copy_loop<Bytes16>, copy_block<Bytes16>};
  t.select[0] = {select_loop<uint8_t>, select_block<uint8_t>};
  t.select[1] = {select_loop<uint16_t>, select_block<uint16_t>};
  t.select[2] = {select_loop<uint32_t>, select_block<uint32_t>};
  t.select[3] = {select_loop<uint64_t>, select_block<uint64_t>};
  t.select[4] = {select_loop<Bytes16>, select_block<Bytes16>};
}

}  // namespace pyten::kernels::cuda
