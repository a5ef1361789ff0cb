// How the records of elementwise ops outside unary.cpp and binary.cpp are carried out again.
#pragma once

#include <array>

#include "ops/batch.h"
#include "ops/elementwise.h"

namespace pyten {

inline Tensors unary_again(const Op& op, const Tensors& x, const Attrs&) {
  return {apply_unary(static_cast<const UnaryOp&>(op), x[0])};
}
inline Tensors binary_again(const Op& op, const Tensors& x, const Attrs&) {
  return {apply_binary(static_cast<const BinaryOp&>(op), x[0], x[1])};
}

// The records, with what they have in common.
template <typename Rows>
constexpr auto with_calls(const Rows& rows, decltype(Op::call) call) {
  auto ops = std::to_array(rows);
  for (auto& op : ops) {
    op.call = call;
    op.batch = batch_elementwise;
  }
  return ops;
}

}  // namespace pyten
