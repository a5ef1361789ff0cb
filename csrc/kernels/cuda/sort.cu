// Stable sorts of rows. Elements become keys: unsigned integers in the order that is wanted, NaN
// the last. Short rows are sorted in shared memory, by key and place; of long ones all elements are
// sorted at once, by key and then by row, with CUB's radix sort.
#include "kernels/cuda/fill.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/layout.cuh"
#include "kernels/cuda/sort.h"

#ifdef PYTEN_CUDA_HOST
#include <algorithm>
#include <numeric>
#else
#include <cub/device/device_radix_sort.cuh>
#endif

namespace pyten::kernels::cuda {
namespace {

template <int size> struct Unsigned;
template <> struct Unsigned<1> {
  using type = uint8_t;
};
template <> struct Unsigned<2> {
  using type = uint16_t;
};
template <> struct Unsigned<4> {
  using type = uint32_t;
};
template <> struct Unsigned<8> {
  using type = uint64_t;
};
template <typename T> using sort_key_t = if_t<sizeof(T) == 8, uint64_t, uint32_t>;

template <typename T>
inline constexpr bool is_inexact_v = is_real_float<T> || same_v<T, Half> || same_v<T, BFloat16>;

// The key has as many bits as the element. Zeros of both signs have one.
template <typename T>
__device__ sort_key_t<T> key_of(T x, bool descending) {
  using U = typename Unsigned<int(sizeof(T))>::type;
  constexpr U kSign = U(U(1) << (8 * sizeof(U) - 1));
  U bits = bit_cast<U>(x), key;
  if constexpr (is_inexact_v<T>) {
    bool nan;
    if constexpr (is_real_float<T>) nan = x != x;
    else nan = to_float(x) != to_float(x);
    if (nan) return U(-1);
    if (bits == kSign) bits = 0;
    key = bits & kSign ? U(~bits) : U(bits | kSign);
  } else if constexpr (Traits<T>::is_signed) {
    key = bits ^ kSign;
  } else {
    key = bits;
  }
  return descending ? U(~key) : key;
}

// -- Rows that fit into shared memory -------------------------------------------------------------
constexpr int kShortRow = 2048;    // elements
constexpr int kSortThreads = 256;  // for at least twice as many elements

// Batcher's bitonic network over `together` rows of `padded` elements, a power of two. Places tell
// equal keys apart, and the elements that fill a row up have the highest.
template <typename T>
__global__ void sort_short(const T* x, T* values, int32_t* places, int64_t rows, int n, int padded,
                           int together, bool descending) {
  using K = sort_key_t<T>;
  const int all = padded * together;
  K* keys = dynamic_shared<K>();
  auto at = reinterpret_cast<int32_t*>(keys + all);
  for (int64_t first = int64_t(blockIdx.x) * together; first < rows;
       first += int64_t(gridDim.x) * together) {
    for (int e = threadIdx.x; e < all; e += kSortThreads) {
      int64_t row = first + e / padded;
      int place = e % padded;
      bool inside = row < rows && place < n;
      keys[e] = inside ? key_of<T>(x[row * n + place], descending) : K(-1);
      at[e] = place;
    }
    for (int size = 2; size <= padded; size *= 2) {
      for (int stride = size / 2; stride > 0; stride /= 2) {
        __syncthreads();
        for (int pair = threadIdx.x; pair < all / 2; pair += kSortThreads) {
          int low = 2 * pair - (pair & (stride - 1)), high = low + stride;
          bool upwards = (low & (padded - 1) & size) == 0;
          K a = keys[low], b = keys[high];
          int32_t p = at[low], q = at[high];
          bool after = a > b || (a == b && p > q);
          if (after != upwards) continue;
          keys[low] = b, keys[high] = a;
          at[low] = q, at[high] = p;
        }
      }
    }
    __syncthreads();
    for (int e = threadIdx.x; e < all; e += kSortThreads) {
      int64_t row = first + e / padded;
      int place = e % padded;
      if (row >= rows || place >= n) continue;
      if (values) values[row * n + place] = x[row * n + at[e]];
      if (places) places[row * n + place] = at[e];
    }
    __syncthreads();
  }
}

// -- Long rows ------------------------------------------------------------------------------------
template <typename T>
__global__ void make_keys(int64_t total, const T* x, bool descending, sort_key_t<T>* keys,
                          uint32_t* index) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < total; i += step) {
    keys[i] = key_of<T>(x[i], descending);
    index[i] = uint32_t(i);
  }
}

__global__ void make_row_keys(int64_t total, uint32_t n, const uint32_t* index, uint32_t* keys) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < total; i += step) {
    keys[i] = index[i] / n;
  }
}

template <typename T>
__global__ void put_sorted(int64_t total, uint32_t n, const T* x, const uint32_t* index, T* values,
                           int32_t* places) {
  int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < total; i += step) {
    if (values) values[i] = x[index[i]];
    if (places) places[i] = int32_t(index[i] % n);
  }
}

template <typename K>
void sort_any(Buffers<K>& keys, Buffers<uint32_t>& index, int64_t n, int bits) {
#ifdef PYTEN_CUDA_HOST
  cuda_host::enqueue("sort", pyten::cuda::stream(), [keys, index, n, bits] {
    K mask = bits == 8 * int(sizeof(K)) ? K(-1) : K((K(1) << bits) - 1);
    std::vector<int64_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t i, int64_t j) {
      return (keys.now[i] & mask) < (keys.now[j] & mask);
    });
    for (int64_t i = 0; i < n; ++i) {
      keys.spare[i] = keys.now[order[size_t(i)]];
      index.spare[i] = index.now[order[size_t(i)]];
    }
  });
  std::swap(keys.now, keys.spare);
  std::swap(index.now, index.spare);
#else
  cub::DoubleBuffer<K> k(keys.now, keys.spare);
  cub::DoubleBuffer<uint32_t> v(index.now, index.spare);
  size_t nbytes = 0;
  auto run = [&](void* scratch) {
    pyten::cuda::check(
        cub::DeviceRadixSort::SortPairs(scratch, nbytes, k, v, n, 0, bits, pyten::cuda::stream()),
        "sort");
  };
  run(nullptr);
  pyten::cuda::Gpu::Scratch scratch(pyten::cuda::current(), nbytes);
  run(scratch.data());
  pyten::cuda::check_launch("sort");
  keys = {k.Current(), k.Alternate()};
  index = {v.Current(), v.Alternate()};
#endif
}

// At most 2^31 elements.
template <typename T>
void sort_long(const T* x, T* values, int32_t* places, int64_t rows, int64_t n, bool descending) {
  using K = sort_key_t<T>;
  int64_t total = rows * n;
  auto part = size_t((total * 4 + 255) / 256 * 256);
  constexpr size_t kTimes = sizeof(K) / 4;
  pyten::cuda::Gpu::Scratch scratch(pyten::cuda::current(), part * (2 * kTimes + 2));
  auto at = [&](size_t parts) { return static_cast<char*>(scratch.data()) + parts * part; };
  Buffers<K> keys{reinterpret_cast<K*>(at(0)), reinterpret_cast<K*>(at(kTimes))};
  Buffers<uint32_t> index{reinterpret_cast<uint32_t*>(at(2 * kTimes)),
                          reinterpret_cast<uint32_t*>(at(2 * kTimes + 1))};
  const int blocks = blocks_for(total);
  launch("sort", make_keys<T>, blocks, kThreads, 0, total, x, descending, keys.now, index.now);
  sort_pairs(keys, index, total, 8 * int(sizeof(T)));
  if (rows > 1) {
    Buffers<uint32_t> row_keys{reinterpret_cast<uint32_t*>(keys.now),
                               reinterpret_cast<uint32_t*>(keys.spare)};
    launch("sort", make_row_keys, blocks, kThreads, 0, total, uint32_t(n), index.now, row_keys.now);
    sort_pairs(row_keys, index, total, bits_below(rows));
  }
  launch("sort", put_sorted<T>, blocks, kThreads, 0, total, uint32_t(n), x, index.now, values,
         places);
}

template <typename T>
void sort_rows(const void* px, void* pv, int32_t* places, int64_t rows, int64_t n,
               bool descending) {
  auto x = static_cast<const T*>(px);
  auto values = static_cast<T*>(pv);
  if (rows == 0 || n == 0 || (!values && !places)) return;
  if (n <= kShortRow) {
    int padded = 1 << bits_below(n), together = 2 * kSortThreads / padded;
    if (together < 1) together = 1;
    size_t shared = size_t(padded) * together * (sizeof(sort_key_t<T>) + sizeof(int32_t));
    launch("sort", sort_short<T>, blocks_for((rows + together - 1) / together, 1), kSortThreads,
           shared, x, values, places, rows, int(n), padded, together, descending);
    return;
  }
  constexpr int64_t kMost = int64_t(1) << 31;
  if (n > kMost) {
    fail(ErrorKind::kUnimplemented, "sort: rows on a GPU must have at most 2**31 elements, got ",
         n);
  }
  int64_t most = kMost / n;
  for (int64_t row = 0; row < rows; row += most) {
    int64_t count = rows - row < most ? rows - row : most;
    sort_long(x + row * n, values ? values + row * n : nullptr, places ? places + row * n : nullptr,
              count, n, descending);
  }
}

template <typename... Ts>
void sort_row(SortLoop* row) {
  ((row[int(Traits<Ts>::dtype)] = sort_rows<Ts>), ...);
}

}  // namespace

void sort_pairs(Buffers<uint32_t>& keys, Buffers<uint32_t>& values, int64_t n, int bits) {
  sort_any(keys, values, n, bits);
}
void sort_pairs(Buffers<uint64_t>& keys, Buffers<uint32_t>& values, int64_t n, int bits) {
  sort_any(keys, values, n, bits);
}

void fill_sort(Table& t) {
  sort_row<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, Half, BFloat16,
           float, double>(t.sort);
}

}  // namespace pyten::kernels::cuda
