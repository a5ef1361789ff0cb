// Element types: what they are called, how large they are and which families they belong to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pyten {

enum class DType : uint8_t {
  kBool,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kFloat16,
  kBFloat16,
  kFloat32,
  kFloat64,
  kComplex64,
  kComplex128,
};

inline constexpr int kDTypeCount = 15;

// A set of element types, for stating what an op accepts.
class DTypeSet {
 public:
  constexpr DTypeSet() = default;
  constexpr DTypeSet(DType d)
      : bits_(uint16_t(1u << unsigned(d))) {}  // NOLINT: implicit on purpose
  constexpr DTypeSet operator|(DTypeSet o) const { return DTypeSet(uint16_t(bits_ | o.bits_)); }
  constexpr DTypeSet operator-(DTypeSet o) const { return DTypeSet(uint16_t(bits_ & ~o.bits_)); }
  constexpr bool contains(DType d) const { return bits_ >> unsigned(d) & 1; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(const DTypeSet&) const = default;

 private:
  constexpr explicit DTypeSet(uint16_t bits) : bits_(bits) {}
  uint16_t bits_ = 0;
};

inline constexpr DTypeSet kSignedInts =
    DTypeSet(DType::kInt8) | DType::kInt16 | DType::kInt32 | DType::kInt64;
inline constexpr DTypeSet kUnsignedInts =
    DTypeSet(DType::kUInt8) | DType::kUInt16 | DType::kUInt32 | DType::kUInt64;
inline constexpr DTypeSet kInts = kSignedInts | kUnsignedInts;
inline constexpr DTypeSet kFloats =
    DTypeSet(DType::kFloat16) | DType::kBFloat16 | DType::kFloat32 | DType::kFloat64;
inline constexpr DTypeSet kComplexes = DTypeSet(DType::kComplex64) | DType::kComplex128;
inline constexpr DTypeSet kBools = DType::kBool;
inline constexpr DTypeSet kInexact = kFloats | kComplexes;  // what gradients flow through
inline constexpr DTypeSet kReals = kInts | kFloats;         // ordered numbers
inline constexpr DTypeSet kNumbers = kReals | kComplexes;
inline constexpr DTypeSet kAllDTypes = kNumbers | kBools;

namespace detail {
inline constexpr uint8_t kSizes[kDTypeCount] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};
inline constexpr const char* kNames[kDTypeCount] = {
    "bool",   "int8",    "int16",    "int32",   "int64",   "uint8",     "uint16",    "uint32",
    "uint64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"};
}  // namespace detail

constexpr size_t size_of(DType d) { return detail::kSizes[size_t(d)]; }
constexpr const char* name_of(DType d) { return detail::kNames[size_t(d)]; }  // NumPy's name

constexpr bool is_floating(DType d) { return kFloats.contains(d); }
constexpr bool is_complex(DType d) { return kComplexes.contains(d); }
constexpr bool is_inexact(DType d) { return kInexact.contains(d); }
constexpr bool is_integer(DType d) { return kInts.contains(d); }
constexpr bool is_unsigned(DType d) { return kUnsignedInts.contains(d); }

// The type of |x| and of a complex number's parts; every other type is its own.
constexpr DType real_of(DType d) {
  return d == DType::kComplex64 ? DType::kFloat32 : d == DType::kComplex128 ? DType::kFloat64 : d;
}

}  // namespace pyten
