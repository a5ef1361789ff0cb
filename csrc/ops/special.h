// Special functions and segment operations beyond the elementwise ones of kernels/special.def.
#pragma once

#include "ops/ops.h"

namespace pyten {

// The regularized incomplete beta function I_x(a, b); all three broadcast.
Tensor betainc(const Tensor& a, const Tensor& b, const Tensor& x);
// log of the running sum of exp(x).
Tensor cumulative_logsumexp(const Tensor& x, int64_t axis, bool exclusive, bool reverse);

enum class Segment : uint8_t { sum, prod, max, min };
// data[i] joined for each value of segment_ids; negative ids are left out. segment_ids.shape is a
// prefix of data.shape. Segments without elements: 0, 1, the lowest and the highest number.
Tensor unsorted_segment(Segment how, const Tensor& data, const Tensor& segment_ids,
                        int64_t num_segments);
// The same for ids that never fall, from 0 to the last one; empty segments are 0 (prod: 1).
Tensor segment(Segment how, const Tensor& data, const Tensor& segment_ids);
Tensor segment_mean(const Tensor& data, const Tensor& segment_ids);

}  // namespace pyten
