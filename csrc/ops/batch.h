// Batching rules: how an op with a leading axis of size n on some inputs follows from the op
// without it. Rules call public ops only, so what they compute can be differentiated. One that does
// not cover a case returns nothing, and the op is called once per example.
#pragma once

#include "ops/ops.h"

namespace pyten {

// `value` in front of `dims`.
inline Dims with_front(int64_t value, const Dims& dims) {
  Dims out = {value};
  out.append(dims.begin(), dims.end());
  return out;
}
// Axes counted from the front, moved behind the new one.
inline Dims shifted_axes(Dims axes) {
  for (int64_t& axis : axes) axis += axis < 0 ? 0 : 1;
  return axes;
}
// x with the leading axis: repeated, as a view, if it has none.
Tensor with_batch(const Tensor& x, bool batched, int64_t n);
Tensors with_batches(const Tensors& inputs, std::span<const bool> batched, int64_t n);
// The leading axis as the last one, and back.
Tensor batch_last(const Tensor& x);
Tensor batch_first(const Tensor& x);

// Elementwise ops with broadcasting, by their `call`.
Tensors batch_elementwise(const Op& op, const Tensors& inputs, std::span<const bool> batched,
                          const Attrs& attrs, int64_t n);
// Ops that do to an example what they do to a batch: the `call` itself, on one input.
Tensors batch_as_is(const Op& op, const Tensors& inputs, std::span<const bool> batched,
                    const Attrs& attrs, int64_t n);

}  // namespace pyten
