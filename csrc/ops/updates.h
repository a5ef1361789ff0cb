// Parts of a tensor replaced: what x.at[key] and assignments to variable[key] are made of.
#pragma once

#include "ops/ops.h"

namespace pyten {

// x with y in place of the slice that starts at `begin` and steps by `strides`; y has the slice's
// shape. Bounds are the caller's duty.
Tensor slice_update(const Tensor& x, const Tensor& y, const Dims& begin, const Dims& strides);

// Slices of `target`, which must belong to the caller alone, at indices [..., depth]. All checks
// come before the first write.
void scatter_nd_into(kernels::Scatter how, const Tensor& target, const Tensor& indices,
                     const Tensor& updates);

// For each row of indices [..., depth] whether no later row names the same place: bool [...]. An
// undefined tensor when all of them do.
Tensor last_of_each_place(const Tensor& indices);

// The gradient rules of tensor_scatter_nd(multiply, …) and (divide, …); saved: indices, tensor,
// updates, result.
void scatter_multiply_rule(GradContext& g);
void scatter_divide_rule(GradContext& g);

}  // namespace pyten
