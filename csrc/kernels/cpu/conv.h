// Convolutions of float and double.
#pragma once

#include "kernels/cpu/simd.h"
#include "kernels/windows.h"

namespace pyten::kernels::PYTEN_ISA {

// For convolutions with one input and one output channel a group: no sums over channels, so vectors
// run along them.
template <typename T> void depthwise_forward(const ConvArgs& args);
template <typename T> void depthwise_input_gradient(const ConvArgs& args);
template <typename T> void depthwise_filter_gradient(const ConvArgs& args);

inline bool is_depthwise(const ConvArgs& args) {
  return args.groups > 1 && args.groups == args.in_channels && args.groups == args.out_channels;
}

inline int64_t at_most(int64_t x, int64_t limit) { return x < limit ? x : limit; }
inline int64_t at_least(int64_t x, int64_t limit) { return x > limit ? x : limit; }
inline int64_t ceil_div(int64_t x, int64_t y) { return (x + y - 1) / y; }

}  // namespace pyten::kernels::PYTEN_ISA
