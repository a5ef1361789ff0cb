// How elementwise ops are defined: one record each, from which follow the public C++ function, the
// shape and dtype rule, the recording and the Python function.
#pragma once

#include "ops/function.h"
#include "ops/ops.h"
#include "ops/see.h"

namespace pyten {

// What a recording keeps for the gradient rule, in this order.
enum Saves : uint8_t { kNothing = 0, kX = 1, kY = 2, kOut = 4 };

struct UnaryOp : Op {
  kernels::Unary kernel;
  uint8_t saves = kNothing;
  const char* summary;        // completes "Computes … of each element."
  const char* gradient = "";  // one sentence on kinks and conventions, when there is one
  const char* example = "";   // doctest lines
  const char* parameter = "x";
};

struct BinaryOp : Op {
  kernels::Binary kernel;
  uint8_t saves = kNothing;
  const char* summary;  // completes "Computes … element by element, with broadcasting."
  const char* gradient = "";
  const char* example = "";
};

// One call of an op: dtype and shape rule, kernel, recording.
Tensor apply_unary(const UnaryOp& op, const Tensor& x);
Tensor apply_binary(const BinaryOp& op, const Tensor& x, const Tensor& y);
// What Python sees of an op.
Function unary_function(const UnaryOp& op, Tensor (*call)(const Tensor&));
Function binary_function(const char* name, Tensor (*call)(const Tensor&, const Tensor&),
                         const std::string& summary, DTypeSet dtypes, const char* gradient,
                         const char* example, bool differentiable, bool to_bool,
                         const char* first = "x", const char* second = "y");

DTypeSet unary_dtypes(kernels::Unary kernel);
DTypeSet binary_dtypes(kernels::Binary kernel);
// The result's dtype, which the kind of op decides.
DType unary_result(kernels::Unary kernel, DType x);
DType binary_result(kernels::Binary kernel, DType x);

// Elements from which a loop is worth cutting up for several threads.
inline constexpr int64_t kParallelFrom = 32768;

// Strides with which a tensor of `strides` and `shape` is read as if it had the shape `out`.
Dims broadcast_strides(const Shape& shape, const Dims& strides, const Shape& out);

// The docstrings of elementwise functions are put together from their parts.
std::string elementwise_doc(const std::string& first_line, const std::string& arguments,
                            DTypeSet dtypes, const std::string& returns, const char* gradient,
                            const char* example);
std::string dtype_names(DTypeSet set);

}  // namespace pyten
