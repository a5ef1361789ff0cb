// Places of extremes: the first of equal ones, and the first NaN before all.
#include "core/allocator.h"
#include "kernels/cpu/reduce.h"
#include "kernels/threads.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

template <typename T>
auto value(T x) {
  if constexpr (same_v<T, Half> || same_v<T, BFloat16>) return to_float(x);
  else return x;
}

// Whether v takes the place of `best`, which came before.
struct Larger {
  using Extreme = Max;
  template <typename T> static bool beats(T v, T best) {
    return int(!(v <= best)) & int(best == best);
  }
};
struct Smaller {
  using Extreme = Min;
  template <typename T> static bool beats(T v, T best) {
    return int(!(v >= best)) & int(best == best);
  }
};

// The extreme, then its place: both are vector code.
template <typename Order, typename T>
int64_t first_in_block(const T* x, int64_t n, decltype(value(*x)) best) {
  constexpr int64_t kFew = 64;
  int64_t i = 0;
  for (; i + kFew <= n; i += kFew) {
    int found = 0;
    for (int64_t l = 0; l < kFew; ++l) {
      auto v = value(x[i + l]);
      found |= int(v == best) | int(v != v);
    }
    if (found) break;
  }
  for (;; ++i) {
    auto v = value(x[i]);
    if (v == best || v != v) return i;
  }
}

// The block whose extreme is that of the row is looked through once more.
constexpr int64_t kBlock = 2048;

template <typename Order, typename T>
int64_t first_in_row(const T* x, int64_t n, decltype(value(*x))& best) {
  int64_t at = 0;
  if (n < 64) {
    best = value(x[0]);
    for (int64_t i = 1; i < n; ++i) {
      auto v = value(x[i]);
      if (Order::beats(v, best)) best = v, at = i;
    }
    return at;
  }
  for (int64_t i = 0; i < n; i += kBlock) {
    auto v = fold_row<typename Order::Extreme>(x + i, n - i < kBlock ? n - i : kBlock);
    if (i == 0 || Order::beats(v, best)) best = v, at = i;
  }
  return at + first_in_block<Order>(x + at, n - at < kBlock ? n - at : kBlock, best);
}

// A long row is shared out in chunks.
template <typename Order, typename T>
int64_t first_in_long_row(const T* x, int64_t n) {
  constexpr int64_t kChunk = 1 << 16;
  using V = decltype(value(*x));
  struct First {
    V best;
    int64_t at;
  };
  int64_t chunks = (n - 1) / kChunk + 1;
  size_t nbytes = size_t(chunks) * sizeof(First);
  auto firsts = static_cast<First*>(allocate(nbytes));
  parallel_for(chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      int64_t i = c * kChunk;
      firsts[c].at =
          i + first_in_row<Order>(x + i, n - i < kChunk ? n - i : kChunk, firsts[c].best);
    }
  });
  First first = firsts[0];
  for (int64_t c = 1; c < chunks; ++c) {
    if (Order::beats(firsts[c].best, first.best)) first = firsts[c];
  }
  deallocate(firsts, nbytes);
  return first.at;
}

template <typename Order, typename T>
void first_in_columns(const T* x, int64_t* out, int64_t n, int64_t stride, int64_t width) {
  constexpr int64_t kStrip = 256;
  for (int64_t k0 = 0; k0 < width; k0 += kStrip) {
    int64_t count = width - k0 < kStrip ? width - k0 : kStrip;
    decltype(value(*x)) best[kStrip];
    for (int64_t k = 0; k < count; ++k) best[k] = value(x[k0 + k]), out[k0 + k] = 0;
    for (int64_t i = 1; i < n; ++i) {
      const T* row = x + i * stride + k0;
      for (int64_t k = 0; k < count; ++k) {
        auto v = value(row[k]);
        bool wins = Order::beats(v, best[k]);
        best[k] = wins ? v : best[k];
        out[k0 + k] = wins ? i : out[k0 + k];
      }
    }
  }
}

template <typename Order, typename T>
void arg(const void* px, int64_t* out, int64_t outer, int64_t n, int64_t inner) {
  auto x = static_cast<const T*>(px);
  if (n == 0 || inner == 0) return;
  if (inner == 1 && outer == 1 && n > (1 << 16)) {
    out[0] = first_in_long_row<Order>(x, n);
    return;
  }
  parallel_for(outer, 1 + (1 << 15) / (n * inner), [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) {
      decltype(value(*x)) best;
      if (inner == 1) out[o] = first_in_row<Order>(x + o * n, n, best);
      else first_in_columns<Order>(x + o * n * inner, out + o * inner, n, inner, inner);
    }
  });
}

template <typename Order, typename... Ts>
void row(ArgLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = arg<Order, Ts>), ...);
}

}  // namespace

void fill_arg(Table& t) {
  row<Larger, PYTEN_INTS, Half, BFloat16, float, double>(t.argmax);
  row<Smaller, PYTEN_INTS, Half, BFloat16, float, double>(t.argmin);
  t.argmax[int(DType::kBool)] = arg<Larger, uint8_t>;
  t.argmin[int(DType::kBool)] = arg<Smaller, uint8_t>;
}

}  // namespace pyten::kernels::PYTEN_ISA
