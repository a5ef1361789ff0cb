// What the kernel tests share: buffers of any dtype, read and written as double, and closeness in
// units in the last place.
#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace pyten::kernels {

// All levels of this machine, or the one that the environment forces.
inline std::vector<std::string> levels_under_test() {
  const char* forced = std::getenv("PYTEN_CPU_CAPABILITY");
  if (forced && *forced) return {cpu().name};
  return cpu_capabilities();
}

// A small generator of its own, so that a failing test fails everywhere alike.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed * 2862933555777941757u + 3037000493u) {}
  uint64_t bits() {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
    return state_ * 2685821657736338717u;
  }
  double uniform(double lo, double hi) { return lo + (hi - lo) * double(bits() >> 11) * 0x1p-53; }
  int64_t below(int64_t n) { return int64_t(bits() % uint64_t(n)); }
  float any_float() {  // of any bits: subnormal, huge, NaN
    uint32_t u = uint32_t(bits() >> 32);
    float f;
    std::memcpy(&f, &u, sizeof(f));
    return f;
  }

 private:
  uint64_t state_;
};

// The value nearest to x, ties to even, with `digits` bits of significand and no exponent below
// `lowest` (of the last place); infinite from `limit` on.
inline double round_to(double x, int digits, int lowest, double limit) {
  if (x == 0 || !std::isfinite(x)) return x;
  int e;
  std::frexp(x, &e);
  int place = std::max(e - digits, lowest);
  double r = std::ldexp(std::nearbyint(std::ldexp(x, -place)), place);
  return std::fabs(r) >= limit ? std::copysign(std::numeric_limits<double>::infinity(), x) : r;
}

struct FloatFormat {
  int digits, lowest;
  double limit;  // the first power of two that is too large
};
inline FloatFormat format_of(DType d) {
  switch (d) {
    case DType::kFloat16: return {11, -24, 65536.0};
    case DType::kBFloat16: return {8, -133, 0x1p128};
    case DType::kFloat32: return {24, -149, 0x1p128};
    default: return {53, -1074, std::numeric_limits<double>::infinity()};
  }
}
inline double rounded(DType d, double x) {
  FloatFormat f = format_of(d);
  return d == DType::kFloat64 ? x : round_to(x, f.digits, f.lowest, f.limit);
}

// Memory for n elements; get and set go through double, or through complex<double>.
class Buffer {
 public:
  Buffer(DType d, int64_t n) : dtype_(d), size_(n), bytes_(size_t(n) * size_of(d) + 16) {}
  static Buffer of(DType d, const std::vector<double>& values) {
    Buffer b(d, int64_t(values.size()));
    for (int64_t i = 0; i < b.size(); ++i) b.set(i, values[size_t(i)]);
    return b;
  }

  DType dtype() const { return dtype_; }
  int64_t size() const { return size_; }
  void* data() { return bytes_.data(); }
  const void* data() const { return bytes_.data(); }
  void* at(int64_t i) { return bytes_.data() + i * int64_t(size_of(dtype_)); }
  bool operator==(const Buffer& o) const { return bytes_ == o.bytes_; }

  std::complex<double> get_complex(int64_t i) const {
    if (dtype_ == DType::kComplex64) return {load<float>(2 * i), load<float>(2 * i + 1)};
    if (dtype_ == DType::kComplex128) return {load<double>(2 * i), load<double>(2 * i + 1)};
    return get(i);
  }
  void set_complex(int64_t i, std::complex<double> v) {
    if (dtype_ == DType::kComplex64) {
      store<float>(2 * i, v.real()), store<float>(2 * i + 1, v.imag());
    } else if (dtype_ == DType::kComplex128) {
      store<double>(2 * i, v.real()), store<double>(2 * i + 1, v.imag());
    } else {
      set(i, v.real());
    }
  }
  double get(int64_t i) const {
    switch (dtype_) {
      case DType::kFloat16: return half(load_bits(i), 5, 10);
      case DType::kBFloat16: return half(load_bits(i), 8, 7);
      case DType::kFloat32: return load<float>(i);
      case DType::kFloat64: return load<double>(i);
      case DType::kComplex64:
      case DType::kComplex128: return get_complex(i).real();
      case DType::kUInt64: return double(load<uint64_t>(i));
      default: return double(get_int(i));
    }
  }
  void set(int64_t i, double v) {
    switch (dtype_) {
      case DType::kFloat16: return store<uint16_t>(i, bits(v, 5, 10));
      case DType::kBFloat16: return store<uint16_t>(i, bits(v, 8, 7));
      case DType::kFloat32: return store<float>(i, float(v));
      case DType::kFloat64: return store<double>(i, v);
      case DType::kComplex64:
      case DType::kComplex128: return set_complex(i, v);
      case DType::kBool: return store<uint8_t>(i, v != 0);
      default: return set_int(i, int64_t(v));
    }
  }
  // Integers, exactly; uint64 as its bits.
  int64_t get_int(int64_t i) const {
    switch (dtype_) {
      case DType::kInt8: return load<int8_t>(i);
      case DType::kInt16: return load<int16_t>(i);
      case DType::kInt32: return load<int32_t>(i);
      case DType::kBool:
      case DType::kUInt8: return load<uint8_t>(i);
      case DType::kUInt16: return load<uint16_t>(i);
      case DType::kUInt32: return load<uint32_t>(i);
      default: return load<int64_t>(i);
    }
  }
  void set_int(int64_t i, int64_t v) { std::memcpy(at(i), &v, size_of(dtype_)); }

 private:
  template <typename T>
  T load(int64_t i) const {
    T v;
    std::memcpy(&v, bytes_.data() + size_t(i) * sizeof(T), sizeof(T));
    return v;
  }
  template <typename T, typename V>
  void store(int64_t i, V value) {
    T v = T(value);
    std::memcpy(bytes_.data() + size_t(i) * sizeof(T), &v, sizeof(T));
  }
  uint16_t load_bits(int64_t i) const { return load<uint16_t>(i); }

  // A 16-bit float, spelled out.
  static double half(uint16_t b, int exponent_bits, int digits) {
    int top = (1 << exponent_bits) - 1, e = b >> digits & top, bias = top / 2;
    double fraction = b & ((1 << digits) - 1), sign = b & 0x8000 ? -1 : 1;
    if (e == top) return fraction ? std::nan("") : sign * std::numeric_limits<double>::infinity();
    if (e == 0) return sign * std::ldexp(fraction, 1 - bias - digits);
    return sign * std::ldexp(fraction + (1 << digits), e - bias - digits);
  }
  static uint16_t bits(double x, int exponent_bits, int digits) {
    int top = (1 << exponent_bits) - 1, bias = top / 2;
    uint16_t sign = std::signbit(x) ? 0x8000 : 0;
    if (std::isnan(x)) return uint16_t(sign | top << digits | 1 << (digits - 1));
    double a = round_to(std::fabs(x), digits + 1, 1 - bias - digits, std::ldexp(1, bias + 1));
    if (std::isinf(a)) return uint16_t(sign | top << digits);
    if (a < std::ldexp(1, 1 - bias)) return uint16_t(sign | int(std::ldexp(a, bias - 1 + digits)));
    int e;
    std::frexp(a, &e);
    return uint16_t(sign | (e - 1 + bias) << digits |
                    (int(std::ldexp(a, digits + 1 - e)) & ((1 << digits) - 1)));
  }

  DType dtype_;
  int64_t size_;
  std::vector<char> bytes_;
};

// Whether `got`, a value of dtype d, is within `ulps` units in the last place of `want`.
inline bool near(DType d, double got, double want, double ulps) {
  if (std::isnan(want)) return std::isnan(got);
  if (got == want) return true;
  if (!is_floating(d) || std::isnan(got) || std::isinf(want)) return false;
  FloatFormat f = format_of(d);
  int e;
  if (std::isinf(got)) {  // where rounding, or an error of `ulps`, carries over the limit
    return std::signbit(got) == std::signbit(want) &&
           std::fabs(want) >=
               f.limit - std::ldexp(std::max(ulps, 0.5) + 0.5, 0) * std::ldexp(f.limit, -f.digits);
  }
  std::frexp(want, &e);
  return std::fabs(got - want) <= ulps * std::ldexp(1, std::max(e - f.digits, f.lowest));
}

}  // namespace pyten::kernels
