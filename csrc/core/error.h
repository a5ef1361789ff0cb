// Errors of the core. The kind decides the Python class (see bindings/errors.cpp); the text is
// `op: requirement, got actuals`.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace pyten {

enum class ErrorKind {
  kInvalidArgument,  // InvalidArgumentError, also a ValueError: shapes and values
  kInvalidDType,     // InvalidArgumentError, also a TypeError: an op refuses a dtype
  kInvalidIndex,     // InvalidArgumentError, also an IndexError
  kZeroDivision,     // InvalidArgumentError, also a ZeroDivisionError
  kValue,            // ValueError
  kType,             // TypeError
  kIndex,            // IndexError
  kRuntime,          // RuntimeError: misuse of the tape
  kUnimplemented,    // UnimplementedError, also a NotImplementedError: no kernel
  kOutOfMemory,      // ResourceExhaustedError, also a MemoryError
  kInternal,
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

// All arguments written one after the other.
template <typename... Args>
std::string text(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return out.str();
}

template <typename... Args>
[[noreturn]] void fail(ErrorKind kind, const Args&... args) {
  throw Error(kind, text(args...));
}

}  // namespace pyten
