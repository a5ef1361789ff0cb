#include "ops/batch.h"

#include <algorithm>

namespace pyten {

Tensor with_batch(const Tensor& x, bool batched, int64_t n) {
  return batched ? x : broadcast_to(x, with_front(n, x.shape()));
}

Tensors with_batches(const Tensors& inputs, std::span<const bool> batched, int64_t n) {
  Tensors out;
  for (size_t i = 0; i < inputs.size(); ++i) out.push_back(with_batch(inputs[i], batched[i], n));
  return out;
}

Tensor batch_last(const Tensor& x) {
  Dims perm;
  for (int i = 1; i < x.rank(); ++i) perm.push_back(i);
  perm.push_back(0);
  return transpose(x, perm);
}

Tensor batch_first(const Tensor& x) {
  Dims perm = {x.rank() - 1};
  for (int i = 0; i + 1 < x.rank(); ++i) perm.push_back(i);
  return transpose(x, perm);
}

Tensors batch_elementwise(const Op& op, const Tensors& inputs, std::span<const bool> batched,
                          const Attrs& attrs, int64_t n) {
  int rank = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    rank = std::max(rank, inputs[i].rank() - int(batched[i]));
  }
  Tensors aligned = inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!batched[i] || inputs[i].rank() == rank + 1) continue;
    Shape shape = {n};
    for (int k = inputs[i].rank(); k < rank + 1; ++k) shape.push_back(1);
    shape.append(inputs[i].shape().begin() + 1, inputs[i].shape().end());
    aligned[i] = reshape(inputs[i], shape);
  }
  return op.call(op, aligned, attrs);
}

Tensors batch_as_is(const Op& op, const Tensors& inputs, std::span<const bool>, const Attrs& attrs,
                    int64_t) {
  return op.call(op, inputs, attrs);
}

}  // namespace pyten
