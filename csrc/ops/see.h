// What ops tell the numerics check right before recording(), so that no Call is built for it alone.
#pragma once

#include "core/tensor.h"
#include "kernels/watch.h"
#include "ops/op.h"

namespace pyten {

// A result, looked at here; `by_driver` says that a driver that looks at its tiles made it.
inline void see_result(const Tensor& out, bool by_driver = false) {
  if (t_recorder == nullptr || kernels::t_watch == nullptr) [[likely]]
    return;
  if (!out.device().is_cpu()) return;
  constexpr size_t kSmall = size_t(1) << 18;  // larger ones are read by several threads
  if (by_driver || (out.is_contiguous() && out.nbytes() <= kSmall)) {
    kernels::t_watch->see(out.data(), int64_t(out.nbytes()), out.dtype(), by_driver);
  }
}

// A result that holds elements of the operands and no others: what it shows was there before.
inline void see_moved() {
  if (t_recorder == nullptr || kernels::t_watch == nullptr) [[likely]]
    return;
  kernels::t_watch->seen = true;
}

}  // namespace pyten
