// Matrix products.
#include <cstring>

#include "ops/batch.h"
#include "ops/elementwise.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

constexpr DTypeSet kMatmulDTypes = kInexact | DType::kInt32 | DType::kInt64;

// x with all but its last axis joined, so that a batch times one matrix is one product.
Tensor flat_rows(const Tensor& x) {
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank(); ++i) rows *= x.dim(i);
  return reshape(x, {rows, x.shape().back()});
}

void matmul_rule(GradContext& g) {
  Tensor a = conjugate(g.saved(0)), b = conjugate(g.saved(1));
  const Tensor& dy = g.dy();
  bool ta = g.attr<bool>("transpose_a"), tb = g.attr<bool>("transpose_b");
  if (g.needs(0)) g.set(0, ta ? matmul(b, dy, tb, true) : matmul(dy, b, false, !tb));
  if (!g.needs(1)) return;
  if (b.rank() == 2 && a.rank() > 2 && !ta && a.size() != 0) {
    Tensor rows = flat_rows(a), dy_rows = flat_rows(dy);
    g.set(1, tb ? matmul(dy_rows, rows, true, false) : matmul(rows, dy_rows, true, false));
  } else {
    g.set(1, tb ? matmul(dy, a, true, ta) : matmul(a, dy, !ta, false));
  }
}
Tensors matmul_again(const Op&, const Tensors& x, const Attrs& a) {
  return {matmul(x[0], x[1], a.get<bool>("transpose_a"), a.get<bool>("transpose_b"))};
}
const Op kMatmul{"matmul", matmul_rule, matmul_again, batch_elementwise};  // batch axes broadcast

// The kernel reads any strides, but well only when rows or columns are dense.
bool readable(const Tensor& x) {
  int rank = x.rank();
  int64_t rows = x.dim(rank - 2), columns = x.dim(rank - 1);
  int64_t row = x.strides()[rank - 2], column = x.strides()[rank - 1];
  return (column == 1 || columns == 1 || row == 1 || rows == 1) && row >= 0 && column >= 0;
}

// Batch axes of the product with each operand's strides, neighbours joined where all three allow.
struct BatchAxes {
  Shape sizes;
  Dims a, b, c;
};

BatchAxes batch_axes(const Shape& batch, const Tensor& a, const Tensor& b, int64_t matrix) {
  int rank = batch.ssize();
  auto strides = [&](const Tensor& x) {
    Shape shape(x.shape().begin(), x.shape().end() - 2);
    Dims own(x.strides().begin(), x.strides().end() - 2);
    return broadcast_strides(shape, own, batch);
  };
  Dims sa = strides(a), sb = strides(b), sc = contiguous_strides(batch);
  BatchAxes out;
  for (int i = 0; i < rank; ++i) {
    if (batch[i] == 1) continue;
    int64_t c = sc[i] * matrix, n = batch[i];
    if (!out.sizes.empty() && out.a.back() == sa[i] * n && out.b.back() == sb[i] * n &&
        out.c.back() == c * n) {
      out.sizes.back() *= n;
      out.a.back() = sa[i];
      out.b.back() = sb[i];
      out.c.back() = c;
    } else {
      out.sizes.push_back(n);
      out.a.push_back(sa[i]);
      out.b.push_back(sb[i]);
      out.c.push_back(c);
    }
  }
  return out;
}

void run_batches(kernels::MatmulLoop loop, kernels::MatmulArgs args, const BatchAxes& axes,
                 int axis, size_t size) {
  int last = axes.sizes.ssize() - 1;
  if (axis >= last) {
    if (last >= 0) {
      args.batch = axes.sizes[last];
      args.batch_a = axes.a[last];
      args.batch_b = axes.b[last];
      args.batch_c = axes.c[last];
    }
    if (args.m == 1) args.row_a = args.batch_a;
    // A batch of row blocks times one matrix is a single, taller product.
    if (args.batch > 1 && args.batch_b == 0 && args.batch_a == args.m * args.row_a &&
        args.batch_c == args.m * args.ldc) {
      args.m *= args.batch;
      args.batch = 1;
    }
    loop(args);
    return;
  }
  for (int64_t i = 0; i < axes.sizes[axis]; ++i) {
    run_batches(loop, args, axes, axis + 1, size);
    args.a = static_cast<const char*>(args.a) + axes.a[axis] * int64_t(size);
    args.b = static_cast<const char*>(args.b) + axes.b[axis] * int64_t(size);
    args.c = static_cast<char*>(args.c) + axes.c[axis] * int64_t(size);
  }
}

[[noreturn]] void refuse_inner(const Tensor& a, const Tensor& b, bool ta, bool tb) {
  std::string flags;
  if (ta) flags += ", transpose_a=True";
  if (tb) flags += ", transpose_b=True";
  fail(ErrorKind::kInvalidArgument,
       "matmul: inner dimensions must match, got a.shape=", tuple_text(a.shape()),
       " and b.shape=", tuple_text(b.shape()), flags,
       ": Matrix size-incompatible: In[0]: ", brackets(a.shape()),
       ", In[1]: ", brackets(b.shape()));
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  require_same_dtype("matmul", a, b);
  if (!together(a, b)) [[unlikely]] {
    Device at = meeting_place("matmul", {&a, &b});
    return matmul(to_device(a, at), to_device(b, at), transpose_a, transpose_b);
  }
  require_dtype("matmul", a.dtype(), kMatmulDTypes);
  int ra = a.rank(), rb = b.rank();
  if (ra < 2 || rb < 2) {
    fail(ErrorKind::kInvalidArgument, "matmul: In[", ra < 2 ? 0 : 1,
         "] ndims must be >= 2, got a.shape=", tuple_text(a.shape()),
         " and b.shape=", tuple_text(b.shape()),
         "; use tf.linalg.matvec or tf.tensordot for vectors");
  }
  Tensor x = readable(a) ? a : packed(a), y = readable(b) ? b : packed(b);
  kernels::MatmulArgs args{};
  args.a = x.data();
  args.b = y.data();
  args.batch = 1;
  int64_t ka, kb;
  args.m = x.dim(ra - 2);
  ka = x.dim(ra - 1);
  args.row_a = x.strides()[ra - 2];
  args.col_a = x.strides()[ra - 1];
  if (transpose_a) {
    std::swap(args.m, ka);
    std::swap(args.row_a, args.col_a);
  }
  kb = y.dim(rb - 2);
  args.n = y.dim(rb - 1);
  args.row_b = y.strides()[rb - 2];
  args.col_b = y.strides()[rb - 1];
  if (transpose_b) {
    std::swap(kb, args.n);
    std::swap(args.row_b, args.col_b);
  }
  if (ka != kb) refuse_inner(a, b, transpose_a, transpose_b);
  args.k = ka;
  args.ldc = args.n;

  auto loop = table_of(a).matmul[int(a.dtype())];
  if (loop == nullptr) [[unlikely]]
    fail_no_kernel("matmul", a);
  Tensor out;
  if (ra == 2 && rb == 2) {
    out = Tensor::empty({args.m, args.n}, a.dtype(), a.device());
    args.c = out.mutable_data();
    if (args.k == 0) {
      fill_zero(out);
    } else if (out.size()) {
      loop(args);
    }
  } else {
    Shape batch_a(a.shape().begin(), a.shape().end() - 2);
    Shape batch_b(b.shape().begin(), b.shape().end() - 2);
    std::optional<Shape> batch = broadcast_shapes(batch_a, batch_b);
    if (!batch) {
      fail(ErrorKind::kInvalidArgument,
           "matmul: In[0] and In[1] must have compatible batch dimensions: ", brackets(a.shape()),
           " vs. ", brackets(b.shape()));
    }
    Shape shape = *batch;
    shape.push_back(args.m);
    shape.push_back(args.n);
    out = Tensor::empty(shape, a.dtype(), a.device());
    args.c = out.mutable_data();
    if (args.k == 0) {
      fill_zero(out);
    } else if (out.size()) {
      run_batches(loop, args, batch_axes(*batch, x, y, args.m * args.n), 0, size_of(a.dtype()));
    }
  }
  see_result(out);
  if (recording(a, b)) {
    record(kMatmul, {a, b}, {out}, {a, b},
           {{"transpose_a", transpose_a}, {"transpose_b", transpose_b}});
  }
  return out;
}

void register_matmul(Functions& out) {
  const Param name{"name", Kind::kName, "None"};

  out.push_back({.name = "matmul",
                 .params = {{"a", Kind::kTensor},
                            {"b", Kind::kTensor},
                            {"transpose_a", Kind::kBool, "False"},
                            {"transpose_b", Kind::kBool, "False"},
                            {"adjoint_a", Kind::kBool, "False"},
                            {"adjoint_b", Kind::kBool, "False"},
                            {"a_is_sparse", Kind::kName, "False"},
                            {"b_is_sparse", Kind::kName, "False"},
                            {"output_type", Kind::kDType, "None"},
                            {"grad_a", Kind::kName, "False"},
                            {"grad_b", Kind::kName, "False"},
                            name},
                 .binary = [](const Tensor& a, const Tensor& b) { return matmul(a, b); },
                 .call = [](const Arguments& a) -> Tensors {
                   for (int i : {2, 3}) {
                     if (a.boolean(i) && a.boolean(i + 2)) {
                       fail(ErrorKind::kInvalidArgument, "matmul: Only one of `transpose_",
                            "ab"[i - 2], "` and `adjoint_", "ab"[i - 2], "` can be True, got both");
                     }
                   }
                   Tensor x = a.boolean(4) ? conjugate(a.tensor(0)) : a.tensor(0);
                   Tensor y = a.boolean(5) ? conjugate(a.tensor(1)) : a.tensor(1);
                   Tensor z =
                       matmul(x, y, a.boolean(2) || a.boolean(4), a.boolean(3) || a.boolean(5));
                   return {a.given(8) && a.dtype(8) != z.dtype() ? cast(z, a.dtype(8)) : z};
                 },
                 .array_decides = true,
                 .dtypes = kMatmulDTypes,
                 .doc = R"(Multiplies matrices, or batches of them.

Args:
  a: a tensor of shape [..., m, k]; )" +
                        dtype_names(kMatmulDTypes) + R"(.
  b: a tensor of shape [..., k, n] and the same dtype; the axes before broadcast.
  transpose_a: whether `a` is given as [..., k, m].
  transpose_b: whether `b` is given as [..., n, k].
  adjoint_a: the same, and complex elements are conjugated.
  adjoint_b: the same, and complex elements are conjugated.
  a_is_sparse: accepted for compatibility and ignored.
  b_is_sparse: accepted for compatibility and ignored.
  output_type: the result's dtype; that of the operands when absent.
  grad_a: accepted for compatibility and ignored.
  grad_b: accepted for compatibility and ignored.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of shape [..., m, n].

Raises:
  InvalidArgumentError: the shapes do not fit (also a ValueError), or the dtypes differ or are
    refused (also a TypeError).

Example:
  >>> tf.matmul([[1, 2]], [[3], [4]])
  <tf.Tensor: shape=(1, 1), dtype=int32, numpy=array([[11]], dtype=int32)>
)"});
  out.push_back({.name = "matvec",
                 .params = {{"a", Kind::kTensor},
                            {"b", Kind::kTensor},
                            {"transpose_a", Kind::kBool, "False"},
                            {"adjoint_a", Kind::kBool, "False"},
                            {"a_is_sparse", Kind::kName, "False"},
                            {"b_is_sparse", Kind::kName, "False"},
                            name},
                 .call = [](const Arguments& a) -> Tensors {
                   if (a.tensor(1).rank() == 0) {
                     fail(ErrorKind::kInvalidArgument,
                          "matvec: b must be at least a vector, got "
                          "b.shape=()");
                   }
                   if (a.boolean(2) && a.boolean(3)) {
                     fail(ErrorKind::kInvalidArgument,
                          "matvec: Only one of `transpose_a` and `adjoint_a` can be True, got "
                          "both");
                   }
                   Tensor x = a.boolean(3) ? conjugate(a.tensor(0)) : a.tensor(0);
                   Tensor column = expand_dims(a.tensor(1), -1);
                   return {squeeze(matmul(x, column, a.boolean(2) || a.boolean(3)), {-1})};
                 },
                 .dtypes = kMatmulDTypes,
                 .doc = R"(Multiplies matrices by vectors.

Args:
  a: a tensor of shape [..., m, k]; )" +
                        dtype_names(kMatmulDTypes) + R"(.
  b: a tensor of shape [..., k] and the same dtype; the axes before broadcast.
  transpose_a: whether `a` is given as [..., k, m].
  adjoint_a: the same, and complex elements are conjugated.
  a_is_sparse: accepted for compatibility and ignored.
  b_is_sparse: accepted for compatibility and ignored.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of shape [..., m].

Raises:
  InvalidArgumentError: the shapes do not fit (also a ValueError), or the dtypes differ or are
    refused (also a TypeError).

Example:
  >>> tf.linalg.matvec([[1, 2], [3, 4]], [1, 1])
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([3, 7], dtype=int32)>
)"});
}

}  // namespace pyten
