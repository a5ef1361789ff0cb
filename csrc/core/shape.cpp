#include "core/shape.h"

#include "core/error.h"

namespace pyten {

int64_t num_elements(const Shape& shape) {
  int64_t n = 1;
  bool overflow = false;
  for (int64_t d : shape) overflow |= __builtin_mul_overflow(n, d, &n);
  if (overflow) {
    for (int64_t d : shape) {
      if (d == 0) return 0;
    }
    fail(ErrorKind::kInvalidArgument, "shape ", brackets(shape),
         " has more than 2**63 - 1 elements");
  }
  return n;
}

Dims contiguous_strides(const Shape& shape) {
  Dims strides(shape.size());
  int64_t step = 1;
  for (int i = shape.ssize() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= shape[i] > 1 ? shape[i] : 1;
  }
  return strides;
}

std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape out = longer;
  size_t lead = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    int64_t& d = out[lead + i];
    if (d == shorter[i]) continue;
    if (d == 1) {
      d = shorter[i];
    } else if (shorter[i] != 1) {
      return std::nullopt;
    }
  }
  return out;
}

namespace {
std::string joined(const Shape& shape, const char* separator) {
  std::string s;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i) s += separator;
    s += shape[i] < 0 ? "None" : std::to_string(shape[i]);
  }
  return s;
}
}  // namespace

std::string brackets(const Shape& shape) { return "[" + joined(shape, ",") + "]"; }

std::string tuple_text(const Shape& shape) {
  return "(" + joined(shape, ", ") + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace pyten
