// The C structs of DLPack, by which array libraries hand each other memory: a published ABI, see
// https://dmlc.github.io/dlpack/latest/c_api.html. Field order and sizes are fixed.
#pragma once

#include <cstdint>

namespace pyten::dlpack {

struct Version {
  uint32_t major;
  uint32_t minor;
};
inline constexpr Version kVersion = {1, 0};

inline constexpr int32_t kCPU = 1;
inline constexpr int32_t kCUDA = 2;
// Memory that the CPU can read as its own.
inline constexpr int32_t kCUDAHost = 3;
inline constexpr int32_t kROCMHost = 11;

struct Device {
  int32_t type;
  int32_t id;
};

enum Code : uint8_t {
  kInt = 0,
  kUInt = 1,
  kFloat = 2,
  kOpaque = 3,
  kBFloat = 4,
  kComplex = 5,
  kBool = 6,
  kFloat8 = 7,  // this one and those up to kFloat4 are formats of fewer than 16 bits
  kFloat4 = 17,
};

struct ElementType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
};

struct Array {
  void* data;
  Device device;
  int32_t ndim;
  ElementType dtype;
  int64_t* shape;
  int64_t* strides;  // in elements; null when row-major
  uint64_t byte_offset;
};

// Before version 1.0: capsule "dltensor".
struct Managed {
  static constexpr const char* kName = "dltensor";
  static constexpr const char* kUsedName = "used_dltensor";
  Array array;
  void* context;
  void (*deleter)(Managed*);
};

inline constexpr uint64_t kReadOnly = 1;
inline constexpr uint64_t kIsCopied = 2;  // made for the consumer, whose own it is

// From version 1.0 on: capsule "dltensor_versioned".
struct ManagedVersioned {
  static constexpr const char* kName = "dltensor_versioned";
  static constexpr const char* kUsedName = "used_dltensor_versioned";
  Version version;
  void* context;
  void (*deleter)(ManagedVersioned*);
  uint64_t flags;
  Array array;
};

}  // namespace pyten::dlpack
