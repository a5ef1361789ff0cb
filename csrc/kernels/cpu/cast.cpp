// Conversions between dtypes. Integers wrap; floats saturate, and NaN becomes 0, where the target
// is an integer; whatever is not zero is true.
#include <utility>

#include "kernels/fill.h"
#include "kernels/half.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

struct Truth {};  // the target type bool

// The largest value of T that F can represent, so that clamping to it does not round out of range.
template <typename T, typename F>
constexpr F highest_in() {
  constexpr int kDigits = same_v<F, float> ? 24 : 53;
  constexpr int kBits = int(sizeof(T)) * 8 - (Traits<T>::is_signed ? 1 : 0);
  constexpr int kDrop = kBits > kDigits ? kBits - kDigits : 0;
  return F(T(T(Traits<T>::highest >> kDrop) << kDrop));
}

template <typename From, typename To>
inline auto convert(From x) {
  if constexpr (same_v<To, Truth>) {
    return uint8_t(x != From(0));
  } else if constexpr (!is_int<From> && is_int<To>) {
    constexpr From high = highest_in<To, From>(), low = From(Traits<To>::lowest);
    From c = x == x ? x : From(0);
    c = c < low ? low : c;
    bool above = c > high;
    c = above ? high : c;
    using Via = if_t<sizeof(To) < 4, int32_t, To>;  // there are no vector conversions to less
    To r = To(Via(c));
    return above ? Traits<To>::highest : r;
  } else {
    return To(x);
  }
}

template <typename From, typename To>
void cast(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  using R = decltype(convert<From, To>(From()));
  auto x = static_cast<const From*>(px);
  auto out = static_cast<R*>(po);
  if (sx == 1 && so == 1) {
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < n; ++i) out[i] = convert<From, To>(x[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * so] = convert<From, To>(x[i * sx]);
  }
}

// -- integers and real floats --------------------------------------------------------------------
template <typename From, typename To>
void to_integer(UnaryKernel* row) {
  // Only widening and floats care for signs.
  if constexpr (!is_int<From>) {
    row[int(Traits<To>::dtype)] = cast<From, To>;
  } else if constexpr (sizeof(To) <= sizeof(From)) {
    row[int(Traits<To>::dtype)] = cast<bits_t<From>, bits_t<To>>;
  } else {
    row[int(Traits<To>::dtype)] = cast<From, bits_t<To>>;
  }
}
template <typename From, typename... To>
void to_integers(UnaryKernel* row) {
  (to_integer<From, To>(row), ...);
}
template <typename From>
void real_row(Table& t) {
  UnaryKernel* row = t.cast[int(Traits<From>::dtype)];
  to_integers<From, PYTEN_INTS>(row);
  row[int(DType::kBool)] = cast<bits_t<From>, Truth>;
  row[int(DType::kFloat32)] = cast<From, float>;
  row[int(DType::kFloat64)] = cast<From, double>;
}
template <typename... From>
void real_rows(Table& t) {
  (real_row<From>(t), ...);
}

// -- the others are made of those ----------------------------------------------------------------
const Table* kernels;  // the table that is being filled

UnaryLoop find(DType from, DType to) { return kernels->cast[int(from)][int(to)]; }

template <typename H>
void narrow_float(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  auto x = static_cast<const float*>(px);
  auto out = static_cast<H*>(po);
  if (sx == 1) return narrow(n, x, out, so);
  for (int64_t i = 0; i < n; ++i) out[i * so] = from_float<H>(x[i * sx]);
}
template <typename H>
void narrow_double(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  auto x = static_cast<const double*>(px);
  auto out = static_cast<H*>(po);
  for (int64_t i = 0; i < n; ++i) out[i * so] = from_float<H>(round_to_odd(x[i * sx]));
}

// By way of `via`, in blocks.
template <DType from, DType via, DType to>
void in_two_steps(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  alignas(64) char buffer[kHalfBlock * 8];
  auto x = static_cast<const char*>(px);
  auto out = static_cast<char*>(po);
  for (int64_t i = 0; i < n; i += kHalfBlock) {
    int64_t count = n - i < kHalfBlock ? n - i : kHalfBlock;
    find(from, via)(count, x + i * sx * int64_t(size_of(from)), sx, buffer, 1);
    find(via, to)(count, buffer, 1, out + i * so * int64_t(size_of(to)), so);
  }
}
template <typename H>
void widen_half(int64_t n, const void* x, int64_t sx, void* po, int64_t so) {
  auto h = static_cast<const H*>(x);
  auto out = static_cast<float*>(po);
  if (so == 1) return widen(n, h, sx, out);
  for (int64_t i = 0; i < n; ++i) out[i * so] = to_float(h[i * sx]);
}

template <DType from, DType to>
void real_part(int64_t n, const void* x, int64_t sx, void* out, int64_t so) {
  find(real_of(from), to)(n, x, 2 * sx, out, so);
}
template <DType from, DType to>
void with_zero(int64_t n, const void* x, int64_t sx, void* out, int64_t so) {
  find(from, real_of(to))(n, x, sx, out, 2 * so);
  using T = if_t<to == DType::kComplex64, float, double>;
  auto parts = static_cast<T*>(out);
  for (int64_t i = 0; i < n; ++i) parts[2 * i * so + 1] = 0;
}
template <typename From, typename To>
void both_parts(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  auto x = static_cast<const Complex<From>*>(px);
  auto out = static_cast<Complex<To>*>(po);
  for (int64_t i = 0; i < n; ++i) {
    Complex<From> v = x[i * sx];
    out[i * so] = {To(v.re), To(v.im)};
  }
}
template <typename T>
void complex_truth(int64_t n, const void* px, int64_t sx, void* po, int64_t so) {
  auto x = static_cast<const Complex<T>*>(px);
  auto out = static_cast<uint8_t*>(po);
  for (int64_t i = 0; i < n; ++i) out[i * so] = int(x[i * sx].re != 0) | int(x[i * sx].im != 0);
}

constexpr bool is_half(DType d) { return d == DType::kFloat16 || d == DType::kBFloat16; }

template <DType from, DType to>
constexpr UnaryLoop composed() {
  if constexpr (is_half(from) || is_half(to)) {
    // float32 holds every value of these exactly; float64 is rounded once.
    constexpr DType via = size_of(from) < 4 ? DType::kFloat32 : DType::kFloat64;
    if constexpr (is_complex(from)) return real_part<from, to>;
    else if constexpr (is_complex(to)) return with_zero<from, to>;
    else return in_two_steps<from, via, to>;
  } else if constexpr (is_complex(from) && !is_complex(to)) {
    return real_part<from, to>;
  } else if constexpr (is_complex(to) && !is_complex(from)) {
    return with_zero<from, to>;
  } else {
    return nullptr;
  }
}
template <int from, int... to>
void composed_row(Table& t, std::integer_sequence<int, to...>) {
  auto set = [](UnaryKernel& slot, UnaryLoop loop) {
    if (!slot) slot = loop;
  };
  (set(t.cast[from][to], composed<DType(from), DType(to)>()), ...);
}
template <int... from>
void composed_rows(Table& t, std::integer_sequence<int, from...> all) {
  (composed_row<from>(t, all), ...);
}

}  // namespace

void fill_cast(Table& t) {
  kernels = &t;
  auto slot = [&](DType from, DType to) -> UnaryKernel& { return t.cast[int(from)][int(to)]; };
  real_rows<PYTEN_INTS, PYTEN_REAL_FLOATS>(t);
  for (int to = 0; to < kDTypeCount; ++to) {  // bools are bytes
    t.cast[int(DType::kBool)][to] = t.cast[int(DType::kUInt8)][to];
  }
  slot(DType::kFloat16, DType::kFloat32) = widen_half<Half>;
  slot(DType::kBFloat16, DType::kFloat32) = widen_half<BFloat16>;
  slot(DType::kFloat32, DType::kFloat16) = narrow_float<Half>;
  slot(DType::kFloat32, DType::kBFloat16) = narrow_float<BFloat16>;
  slot(DType::kFloat64, DType::kFloat16) = narrow_double<Half>;
  slot(DType::kFloat64, DType::kBFloat16) = narrow_double<BFloat16>;
  slot(DType::kFloat16, DType::kFloat16) = t.copy[1];
  slot(DType::kBFloat16, DType::kBFloat16) = t.copy[1];
  slot(DType::kComplex64, DType::kComplex64) = t.copy[3];
  slot(DType::kComplex128, DType::kComplex128) = t.copy[4];
  slot(DType::kComplex64, DType::kComplex128) = both_parts<float, double>;
  slot(DType::kComplex128, DType::kComplex64) = both_parts<double, float>;
  slot(DType::kComplex64, DType::kBool) = complex_truth<float>;
  slot(DType::kComplex128, DType::kBool) = complex_truth<double>;
  composed_rows(t, std::make_integer_sequence<int, kDTypeCount>());
}

}  // namespace pyten::kernels::PYTEN_ISA
