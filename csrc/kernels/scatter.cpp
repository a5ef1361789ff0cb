// target[index[i]] op= updates[i], in order: a place that is named twice gets both.
#include "kernels/fill.h"
#include "kernels/functors.h"

namespace pyten::kernels::common {

namespace {

template <typename T>
void update(void* pt, int64_t, const int64_t* index, const void* pu, int64_t count, int64_t inner) {
  auto target = static_cast<T*>(pt);
  auto updates = static_cast<const T*>(pu);
  if (inner == 1) {
    for (int64_t i = 0; i < count; ++i) target[index[i]] = updates[i];
  } else {
    for (int64_t i = 0; i < count; ++i) {
      __builtin_memcpy(target + index[i] * inner, updates + i * inner, size_t(inner) * sizeof(T));
    }
  }
}

template <typename F, typename T>
void combine(void* pt, int64_t, const int64_t* index, const void* pu, int64_t count,
             int64_t inner) {
  auto target = static_cast<T*>(pt);
  auto updates = static_cast<const T*>(pu);
  for (int64_t i = 0; i < count; ++i) {
    T* to = target + index[i] * inner;
    const T* from = updates + i * inner;
    for (int64_t j = 0; j < inner; ++j) {
      if constexpr (same_v<T, Half> || same_v<T, BFloat16>) {
        to[j] = from_float<T>(F::template apply<float>(to_float(to[j]), to_float(from[j])));
      } else {
        to[j] = F::template apply<T>(to[j], from[j]);
      }
    }
  }
}

template <typename F, typename... Ts>
void row(ScatterLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = combine<F, Ts>), ...);
}
template <typename F, typename... Ts>
void bits_row(ScatterLoop* loops) {
  ((loops[int(Traits<Ts>::dtype)] = combine<F, bits_t<Ts>>), ...);
}

}  // namespace

void fill_scatter(Table& t) {
#define INTS int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
#define FLOATS Half, BFloat16, float, double
  struct Bytes16 {
    uint64_t low, high;
  };
  for (int d = 0; d < kDTypeCount; ++d) {
    size_t size = size_of(DType(d));
    t.scatter[int(Scatter::update)][d] = size == 1   ? update<uint8_t>
                                         : size == 2 ? update<uint16_t>
                                         : size == 4 ? update<uint32_t>
                                         : size == 8 ? update<uint64_t>
                                                     : update<Bytes16>;
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

}  // namespace pyten::kernels::common
