// Copies and selects, which know only the size of an element.
#include "kernels/cpu/simd.h"
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

struct Bytes16 {
  uint64_t low, high;
};

template <typename T>
void copy(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  if (so == 1 && sx == 1) {
    if (px != po) __builtin_memcpy(po, px, size_t(n) * sizeof(T));
  } else if (so == 1 && sx == 0) {
    const T v = *x;
    for (int64_t i = 0; i < n; ++i) out[i] = v;
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * so] = x[i * sx];
  }
}

template <typename T>
void select(int64_t n, const void* pc, int64_t sc, const void* px, int64_t sx, const void* py,
            int64_t sy, void* po, int64_t so) {
  auto c = static_cast<const uint8_t*>(pc);
  auto x = static_cast<const T*>(px), y = static_cast<const T*>(py);
  auto out = static_cast<T*>(po);
  if (so == 1 && sc == 1 && sx == 1 && sy == 1) {
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) {
      T a = x[i], b = y[i];
      out[i] = c[i] ? a : b;
    }
  } else if (so == 1 && sc == 1 && sx == 1 && sy == 0) {
    const T b = *y;
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) {
      T a = x[i];
      out[i] = c[i] ? a : b;
    }
  } else if (so == 1 && sc == 1 && sx == 0 && sy == 1) {
    const T a = *x;
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) {
      T b = y[i];
      out[i] = c[i] ? a : b;
    }
  } else if (sc == 0) {
    if (*c) copy<T>(n, px, sx, po, so);
    else copy<T>(n, py, sy, po, so);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * so] = c[i * sc] ? x[i * sx] : y[i * sy];
  }
}

#if defined(__SSE2__)
void stream(const void* from, void* to, int64_t nbytes) {
  auto x = static_cast<const uint8_t*>(from);
  auto out = static_cast<uint8_t*>(to);
  int64_t i = -reinterpret_cast<intptr_t>(to) & (kVectorBytes - 1);
  if (i > nbytes) i = nbytes;
  __builtin_memcpy(out, x, size_t(i));
  for (; i + kVectorBytes <= nbytes; i += kVectorBytes) store_past(out + i, load(x + i));
  __builtin_memcpy(out + i, x + i, size_t(nbytes - i));
}
#endif

}  // namespace

void fill_copy(Table& t, Parts& p) {
#if defined(__SSE2__)
  p.stream = stream;
#else
  p.stream = nullptr;
#endif
  t.copy[0] = copy<uint8_t>;
  t.copy[1] = copy<uint16_t>;
  t.copy[2] = copy<uint32_t>;
  t.copy[3] = copy<uint64_t>;
  t.copy[4] = copy<Bytes16>;
  t.select[0] = select<uint8_t>;
  t.select[1] = select<uint16_t>;
  t.select[2] = select<uint32_t>;
  t.select[3] = select<uint64_t>;
  t.select[4] = select<Bytes16>;
}

}  // namespace pyten::kernels::PYTEN_ISA
