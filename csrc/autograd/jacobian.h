// Jacobians without a loop over outputs: one backward pass is traced, and carried out once for many
// seeds by the ops' batching rules.
#pragma once

#include <optional>

#include "autograd/tape.h"

namespace pyten {

// The gradients of `target` from `count` one-hot seeds, by source [count, source's shape...];
// undefined where unconnected. The seeds select the target's elements, or with `per_example` those
// of all examples along its first axis at once. nullopt if an op in the pass cannot be batched: the
// tape is then as it was.
std::optional<Tensors> batched_gradients(Tape& tape, const Tensor& target,
                                         const std::vector<Source>& sources, int64_t count,
                                         bool per_example);

}  // namespace pyten
