#include "ops/layout.h"

#include <cstdlib>
#include <cstring>

#include "core/accelerator.h"

namespace pyten {

// Bytes up to which a copy is done at once, without the driver for many axes and threads.
constexpr size_t kSmall = 16384;

void copy_into(const Tensor& x, void* out, const Dims& strides) {
  if (x.size() == 0) return;
  size_t size = size_of(x.dtype());
  bool small = x.nbytes() <= kSmall && x.is_contiguous() && strides == x.strides();
  if ((small || x.size() == 1) && x.device().is_cpu()) [[likely]] {
    std::memcpy(out, x.data(), x.nbytes());
    return;
  }
  kernels::run_unary(table_of(x).copy[size_class(x.dtype())], x.rank(), x.shape().data(), x.data(),
                     x.strides().data(), size, out, strides.data(), size);
}

Tensor packed(const Tensor& x) {
  if (x.is_contiguous()) return x;
  Tensor out = Tensor::empty(x.shape(), x.dtype(), x.device());
  copy_into(x, out.mutable_data(), out.strides());
  return out;
}

Tensor converted(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return packed(x);
  Tensor out = Tensor::empty(x.shape(), dtype, x.device());
  if (x.size() == 0) return out;
  kernels::run_unary(table_of(x).cast[int(x.dtype())][int(dtype)], x.rank(), x.shape().data(),
                     x.data(), x.strides().data(), size_of(x.dtype()), out.mutable_data(),
                     out.strides().data(), size_of(dtype));
  return out;
}

void fill_with(const Tensor& out, const Tensor& value) {
  int64_t n = out.size();
  if (n == 0) return;
  Tensor one = beside(value, out.device());
  size_t size = size_of(value.dtype());
  kernels::UnaryKernel loop = table_of(out).copy[size_class(value.dtype())];
  if (size_t(n) * size <= kSmall) {
    loop(n, one.data(), 0, out.mutable_data(), 1);
    return;
  }
  int64_t still = 0, step = 1;
  kernels::run_unary(loop, 1, &n, one.data(), &still, size, out.mutable_data(), &step, size);
}

void fill_zero(const Tensor& out) {
  if (out.device().is_cpu()) [[likely]]
    std::memset(out.mutable_data(), 0, out.nbytes());
  else accelerator(out.device()).zero(out.mutable_data(), out.nbytes());
}

Tensor permuted(const Tensor& x, const Dims& perm) {
  Shape shape(perm.size());
  Dims strides(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    shape[i] = x.shape()[perm[i]];
    strides[i] = x.strides()[perm[i]];
  }
  return x.as_strided(std::move(shape), std::move(strides), 0);
}

Dims inverse(const Dims& perm) {
  Dims back(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) back[perm[i]] = int64_t(i);
  return back;
}

Dims axis_last(int rank, int64_t axis) {
  Dims perm;
  for (int i = 0; i < rank; ++i) {
    if (i != axis) perm.push_back(i);
  }
  perm.push_back(axis);
  return perm;
}

Block block_of(const Tensor& x, const Dims& axes) {
  Block block;
  uint64_t middle = 0;
  for (int64_t axis : axes) middle |= uint64_t(1) << axis;

  // Three runs of axes, read from the left: kept, reduced, kept. Sizes of 1 belong anywhere.
  bool adjacent = true;
  int run = 0;
  int64_t kept = 1;
  for (int i = 0; i < x.rank(); ++i) {
    int64_t d = x.dim(i);
    if (d == 1) continue;
    if (middle >> i & 1) {
      adjacent = adjacent && run < 2;
      run = 1;
      block.n *= d;
    } else {
      kept *= d;
      if (run == 0) {
        block.outer *= d;
      } else {
        run = 2;
        block.inner *= d;
      }
    }
  }
  if (adjacent && x.is_contiguous()) {
    block.x = x;
    return block;
  }

  // The order among the reduced axes is free: take the one in which they lie in memory.
  Dims inside = axes, around;
  std::stable_sort(inside.begin(), inside.end(), [&](int64_t a, int64_t b) {
    return std::abs(x.strides()[a]) > std::abs(x.strides()[b]);
  });
  for (int i = 0; i < x.rank(); ++i) {
    if (!(middle >> i & 1)) around.push_back(i);
  }
  Dims last = around, first = inside;
  last.append(inside.begin(), inside.end());
  first.append(around.begin(), around.end());
  block.x = permuted(x, first);
  block.outer = 1;
  block.inner = kept;
  if (block.x.is_contiguous()) return block;
  block.x = packed(permuted(x, last));
  block.outer = kept;
  block.inner = 1;
  return block;
}

Dims reduction_axes(const char* op, const std::optional<Dims>& axes, int rank) {
  Dims out;
  if (!axes) {
    for (int i = 0; i < rank; ++i) out.push_back(i);
    return out;
  }
  for (int64_t axis : *axes) {
    if (axis < -rank || axis >= rank) {
      fail(ErrorKind::kInvalidIndex, op, ": axis must be in the range [", -rank, ", ", rank,
           "), got axis=", axis, ": Invalid reduction dimension (", axis, " for input with ", rank,
           " dimension(s)");
    }
    out.push_back(axis < 0 ? axis + rank : axis);
  }
  std::sort(out.begin(), out.end());
  for (size_t i = 1; i < out.size(); ++i) {
    if (out[i] == out[i - 1]) {
      fail(ErrorKind::kInvalidArgument, op, ": axes must differ, got axis=", ints_text(*axes),
           ": Invalid reduction arguments: Axes contains duplicate dimension: ", out[i]);
    }
  }
  return out;
}

Shape reduced_shape(const Shape& shape, const Dims& axes, bool keepdims) {
  Shape out;
  size_t next = 0;
  for (int64_t i = 0; i < shape.ssize(); ++i) {
    if (next < axes.size() && axes[next] == i) {
      ++next;
      if (keepdims) out.push_back(1);
    } else {
      out.push_back(shape[i]);
    }
  }
  return out;
}

void require_shape(const char* op, const Shape& shape) {
  for (int64_t d : shape) {
    if (d < 0) {
      fail(ErrorKind::kInvalidArgument, op, ": Dimension ", d,
           " must be >= 0, got shape=", ints_text(shape));
    }
  }
}

void require_scalar(const char* op, const char* argument, const Tensor& t) {
  if (t.rank() != 0) {
    fail(ErrorKind::kInvalidArgument, op, ": ", argument, " must be a scalar, got ", argument,
         ".shape=", tuple_text(t.shape()));
  }
}

std::string subscript(int64_t flat, const Shape& shape) {
  if (shape.empty()) return "";
  Dims place(shape.size());
  for (int i = shape.ssize() - 1; i >= 0; --i) {
    place[i] = flat % shape[i];
    flat /= shape[i];
  }
  return brackets(place);
}

std::string ints_text(const Dims& values) {
  std::string s = "(";
  for (size_t i = 0; i < values.size(); ++i) {
    if (i) s += ", ";
    s += std::to_string(values[i]);
  }
  return s + (values.size() == 1 ? ",)" : ")");
}

}  // namespace pyten
