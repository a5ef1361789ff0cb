// Shapes and strides, both counted in elements.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/small_vector.h"

namespace pyten {

using Dims = SmallVector<int64_t, 5>;
using Shape = Dims;

// Product of the sizes; 1 for a scalar. Raises if it does not fit in int64.
int64_t num_elements(const Shape& shape);

// Row-major strides.
Dims contiguous_strides(const Shape& shape);

// The shape both broadcast to, by NumPy's rule; nullopt if they do not fit.
std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b);

// `[2,3]`, as TensorFlow writes shapes in messages; `(2, 3)`, as Python does.
std::string brackets(const Shape& shape);
std::string tuple_text(const Shape& shape);

}  // namespace pyten
