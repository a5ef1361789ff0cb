// to[b, i] = from[b, index[b / outer, i]]: slices copied by their places; and
// target[index[i]] op= updates[i]. A place out of range gives zeros, and no update.
#include "kernels/cuda/fill.h"
#include "kernels/cuda/reduce.cuh"
#include "kernels/functors.h"

#include <memory>

namespace pyten::kernels::cuda {
namespace {

struct alignas(16) Bytes16 {
  uint64_t low, high;
};

// Slices of `per` pieces. Small: 32 bits count the pieces.
template <typename U, bool kSmall>
__global__ void take_kernel(const U* from, const int64_t* index, U* to, int64_t all, int64_t outer,
                            int64_t n, int64_t count, int64_t per) {
  using I = if_t<kSmall, uint32_t, int64_t>;
  int64_t threads = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < all; i += threads) {
    I slice = I(i) / I(per), within = I(i) - slice * I(per);
    I block = slice / I(count), place = slice - block * I(count);
    int64_t row = index[int64_t(block / I(outer)) * count + place];
    U value{};
    if (row >= 0 && row < n) value = from[(int64_t(block) * n + row) * per + within];
    to[i] = value;
  }
}

template <typename U>
void take_by(const TakeArgs& a) {
  auto per = int64_t(a.size / sizeof(U)), all = a.blocks * a.count * per;
  auto from = static_cast<const U*>(a.from);
  auto to = static_cast<U*>(a.to);
  bool small = all < int64_t(1) << 31 && a.outer < int64_t(1) << 31;
  launch("gather", small ? take_kernel<U, true> : take_kernel<U, false>, blocks_for(all), kThreads,
         0, from, a.index, to, all, a.outer, a.n, a.count, per);
}

void take(const TakeArgs& a) {
  if (a.blocks == 0 || a.count == 0 || a.size == 0) return;
  uintptr_t together =
      reinterpret_cast<uintptr_t>(a.from) | reinterpret_cast<uintptr_t>(a.to) | uintptr_t(a.size);
  if (together % 16 == 0) take_by<Bytes16>(a);
  else if (together % 8 == 0) take_by<uint64_t>(a);
  else if (together % 4 == 0) take_by<uint32_t>(a);
  else if (together % 2 == 0) take_by<uint16_t>(a);
  else take_by<uint8_t>(a);
}

// -- Scatter --------------------------------------------------------------------------------------
// Updates are sorted by their rows, those of one row in order. The first of a row's thread carries
// all of them out, in each column: so a place that is named often takes long, but the bits are
// those of the CPU.
struct Update {};

template <typename F, typename T>
__device__ T combined(T x, T y) {
  if constexpr (is_16_bit<T>) {
    return from_float<T>(F::template apply<float>(to_float(x), to_float(y)));
  } else {
    return F::template apply<T>(x, y);
  }
}

template <typename F, typename T>
__global__ void scatter_kernel(T* target, int64_t rows, const int64_t* sorted,
                               const int32_t* places, const T* updates, int64_t count,
                               int64_t inner) {
  int64_t threads = int64_t(gridDim.x) * blockDim.x, all = count * inner;
  for (int64_t j = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; j < all; j += threads) {
    int64_t i = j / inner, column = j - i * inner, row = sorted[i];
    if (row < 0 || row >= rows || (i > 0 && sorted[i - 1] == row)) continue;
    T* to = target + row * inner + column;
    if constexpr (same_v<F, Update>) {
      while (i + 1 < count && sorted[i + 1] == row) ++i;
      *to = updates[int64_t(places[i]) * inner + column];
    } else {
      T value = *to;
      for (; i < count && sorted[i] == row; ++i) {
        value = combined<F>(value, updates[int64_t(places[i]) * inner + column]);
      }
      *to = value;
    }
  }
}

template <typename F, typename T>
void scatter(void* pt, int64_t rows, const int64_t* index, const void* pu, int64_t count,
             int64_t inner) {
  if (count == 0 || inner == 0 || rows == 0) return;
  static const SortLoop sort = [] {
    auto t = std::make_unique<Table>();
    fill_sort(*t);
    return t->sort[int(DType::kInt64)];
  }();
  if (count > INT32_MAX) {
    fail(ErrorKind::kUnimplemented, "scatter: on a GPU at most 2**31 - 1 updates, got ", count);
  }
  auto& gpu = pyten::cuda::current();
  pyten::cuda::Gpu::Scratch rows_of(gpu, size_t(count) * sizeof(int64_t));
  pyten::cuda::Gpu::Scratch places_of(gpu, size_t(count) * sizeof(int32_t));
  auto sorted = static_cast<int64_t*>(rows_of.data());
  auto places = static_cast<int32_t*>(places_of.data());
  sort(index, sorted, places, 1, count, false);
  launch("scatter", scatter_kernel<F, T>, blocks_for(count * inner), kThreads, 0,
         static_cast<T*>(pt), rows, sorted, places, static_cast<const T*>(pu), count, inner);
}

template <typename F, typename... Ts>
void row(ScatterLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = scatter<F, Ts>), ...);
}
template <typename F, typename... Ts>
void bits_row(ScatterLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = scatter<F, bits_t<Ts>>), ...);
}

}  // namespace

void fill_take(Table& t) {
#define INTS int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
#define FLOATS Half, BFloat16, float, double
  t.take = take;
  for (int d = 0; d < kDTypeCount; ++d) {
    size_t size = size_of(DType(d));
    t.scatter[int(Scatter::update)][d] = size == 1   ? scatter<Update, uint8_t>
                                         : size == 2 ? scatter<Update, uint16_t>
                                         : size == 4 ? scatter<Update, uint32_t>
                                         : size == 8 ? scatter<Update, uint64_t>
                                                     : scatter<Update, Bytes16>;
  }
  auto loops = [&](Scatter op) { return t.scatter[int(op)]; };
  bits_row<fn::add, INTS>(loops(Scatter::add));
  bits_row<fn::subtract, INTS>(loops(Scatter::subtract));
  bits_row<fn::multiply, INTS>(loops(Scatter::multiply));
  row<fn::add, FLOATS, Complex64, Complex128>(loops(Scatter::add));
  row<fn::subtract, FLOATS, Complex64, Complex128>(loops(Scatter::subtract));
  row<fn::multiply, FLOATS, Complex64, Complex128>(loops(Scatter::multiply));
  row<fn::divide, INTS, FLOATS, Complex64, Complex128>(loops(Scatter::divide));
  row<fn::maximum, INTS, FLOATS>(loops(Scatter::max));
  row<fn::minimum, INTS, FLOATS>(loops(Scatter::min));
#undef INTS
#undef FLOATS
}

}  // namespace pyten::kernels::cuda
