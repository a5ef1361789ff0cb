// One-hot seeds make the first values of a backward pass mostly zeros: element (t, s) of the batch
// can differ from 0 only where the leading axes of the seed's place t and of s agree. As long as
// the ops keep those axes apart, only the places that can are computed.
#pragma once

#include <span>

#include "ops/op.h"

namespace pyten {

// For a target of shape T, whose elements the seeds name in order: `t` has shape [F, S...] where F
// is the number of seeds for each place along T[:axes], and S[:axes] = T[:axes]. With axes = 0 it
// is the batch itself.
struct Diagonal {
  Tensor t;
  int axes = 0;
  bool ones = false;  // t is known to be
};

Diagonal diagonal_seeds(const Tensor& target);
// The batch with its zeros.
Tensor dense(const Diagonal& d, int64_t count);
// The result of an op that keeps the axes apart; undefined if it does not, or may not.
Diagonal diagonal_call(const Op& op, const Attrs& attrs, const Tensors& inputs,
                       std::span<const Diagonal* const> structured, const Shape& shape);

}  // namespace pyten
