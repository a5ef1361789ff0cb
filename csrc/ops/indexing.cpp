// Elements and slices named by tensors of indices.
#include "kernels/threads.h"
#include "ops/batch.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

void gather_rule(GradContext& g) {
  g.set(0, gather_adjoint(g.dy(), g.saved(0), g.input_shape(0), g.attr<int64_t>("axis"),
                          g.attr<int64_t>("batch_dims")));
}
Tensors gather_batch(const Op&, const Tensors& x, std::span<const bool> batched, const Attrs& a,
                     int64_t n) {
  int64_t axis = a.get<int64_t>("axis") + 1, batch_dims = a.get<int64_t>("batch_dims");
  if (!batched[0]) return {};
  if (!batched[1] && batch_dims == 0) return {gather(x[0], x[1], axis, 0)};
  return {gather(x[0], with_batch(x[1], batched[1], n), axis, batch_dims + 1)};
}
const Op kGather{
    "gather", gather_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {gather(x[0], x[1], a.get<int64_t>("axis"), a.get<int64_t>("batch_dims"))};
    },
    gather_batch};

void gather_adjoint_rule(GradContext& g) {
  g.set(0, gather(g.dy(), g.saved(0), g.attr<int64_t>("axis"), g.attr<int64_t>("batch_dims")));
}
Tensors gather_adjoint_batch(const Op&, const Tensors& x, std::span<const bool> batched,
                             const Attrs& a, int64_t n) {
  int64_t axis = a.get<int64_t>("axis") + 1, batch_dims = a.get<int64_t>("batch_dims");
  if (!batched[0]) return {};
  if (!batched[1] && batch_dims == 0)
    return {gather_adjoint(x[0], x[1], with_front(n, a.get<Dims>("shape")), axis, 0)};
  return {gather_adjoint(x[0], with_batch(x[1], batched[1], n), with_front(n, a.get<Dims>("shape")),
                         axis, batch_dims + 1)};
}
const Op kGatherAdjoint{
    "gather_adjoint", gather_adjoint_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {gather_adjoint(x[0], x[1], a.get<Dims>("shape"), a.get<int64_t>("axis"),
                             a.get<int64_t>("batch_dims"))};
    },
    gather_adjoint_batch};

const Op kNonzero{"nonzero"};

// The sizes of params [batch, outer, n, inner] and of indices [batch, count].
struct GatherSizes {
  int64_t axis, batch_dims;
  int64_t batch = 1, outer = 1, n = 1, inner = 1, count = 1;
};

GatherSizes gather_sizes(const char* op, const Shape& params, const Shape& indices, int64_t axis,
                         int64_t batch_dims) {
  GatherSizes s{};
  s.batch = s.outer = s.n = s.inner = s.count = 1;
  int rank = params.ssize(), index_rank = indices.ssize();
  s.batch_dims = batch_dims < 0 ? batch_dims + index_rank : batch_dims;
  s.axis = normalize_axis(op, axis, rank);
  if (s.batch_dims < 0 || s.batch_dims > index_rank || s.batch_dims > s.axis) {
    fail(ErrorKind::kInvalidArgument, op,
         ": batch_dims must be at most axis and the rank of indices, "
         "got batch_dims=",
         batch_dims, ", axis=", axis, " and indices.shape=", tuple_text(indices));
  }
  for (int64_t i = 0; i < rank; ++i) {
    if (i < s.batch_dims) {
      if (params[i] != indices[i]) {
        fail(ErrorKind::kInvalidArgument, op, ": params.shape[", i,
             "] should be equal to indices.shape[", i, "], got params.shape=", tuple_text(params),
             " and indices.shape=", tuple_text(indices), " with batch_dims=", batch_dims);
      }
      s.batch *= params[i];
    } else if (i < s.axis) {
      s.outer *= params[i];
    } else if (i == s.axis) {
      s.n = params[i];
    } else {
      s.inner *= params[i];
    }
  }
  for (int64_t i = s.batch_dims; i < index_rank; ++i) s.count *= indices[i];
  return s;
}

// The indices as int64 beside `params`, each checked against [0, n) where the host can see them.
Tensor checked_indices(const char* op, const Tensor& indices, int64_t n, Device device) {
  require_dtype(op, indices.dtype(), kIndexDTypes);
  Tensor list = converted(indices, DType::kInt64);
  if (!list.device().is_cpu()) [[unlikely]]
    return beside(list, device);
  const int64_t* index = list.data_as<int64_t>();
  for (int64_t i = 0; i < list.size(); ++i) {
    if (uint64_t(index[i]) >= uint64_t(n)) {
      fail(ErrorKind::kInvalidIndex, op, ": indices", subscript(i, indices.shape()), " = ",
           index[i], " is not in [0, ", n, ")");
    }
  }
  return beside(list, device);
}

}  // namespace

Tensor gather(const Tensor& params, const Tensor& indices, int64_t axis, int64_t batch_dims) {
  GatherSizes s = gather_sizes("gather", params.shape(), indices.shape(), axis, batch_dims);
  Tensor list = checked_indices("gather", indices, s.n, params.device());
  Shape shape(params.shape().begin(), params.shape().begin() + s.axis);
  shape.append(indices.shape().begin() + s.batch_dims, indices.shape().end());
  shape.append(params.shape().begin() + s.axis + 1, params.shape().end());
  Tensor out = Tensor::empty(shape, params.dtype(), params.device());
  if (out.size() != 0) {
    Tensor source = packed(params);
    table_of(params).take({source.data(), list.data_as<int64_t>(), out.mutable_data(),
                           s.batch * s.outer, s.outer, s.n, s.count,
                           size_t(s.inner) * size_of(params.dtype())});
  }
  if (recording(params, indices)) {
    record(kGather, {params, indices}, {out}, {indices},
           {{"axis", s.axis}, {"batch_dims", s.batch_dims}});
  }
  return out;
}

Tensor gather_adjoint(const Tensor& y, const Tensor& indices, const Shape& shape, int64_t axis,
                      int64_t batch_dims) {
  GatherSizes s = gather_sizes("gather_adjoint", shape, indices.shape(), axis, batch_dims);
  Tensor list = checked_indices("gather_adjoint", indices, s.n, y.device());
  DeviceScope beside_y(y.device());
  Tensor out = zeros(shape, y.dtype());
  if (y.size() != 0) {
    Unrecorded pause;
    Tensor source = packed(y);
    kernels::ScatterLoop loop = table_of(y).scatter[int(kernels::Scatter::add)][int(y.dtype())];
    if (loop == nullptr) [[unlikely]]
      fail_no_kernel("gather_adjoint", y);
    if (s.batch * s.outer > 1) {  // each block has its own stretch of places
      std::vector<int64_t> starts(size_t(s.batch * s.outer));
      for (size_t b = 0; b < starts.size(); ++b) starts[b] = int64_t(b) * s.n;
      list = reshape(list, {s.batch, 1, s.count}) +
             from_values<int64_t>(starts, {s.batch, s.outer, 1}, DType::kInt64);
    }
    loop(out.mutable_data(), s.batch * s.outer * s.n, list.data_as<int64_t>(), source.data(),
         list.size(), s.inner);
  }
  if (recording(y, indices)) {
    record(kGatherAdjoint, {y, indices}, {out}, {indices},
           {{"shape", shape}, {"axis", s.axis}, {"batch_dims", s.batch_dims}});
  }
  return out;
}

Tensor nonzero(const Tensor& condition) {
  reading_values(condition);
  Tensor truth = condition;
  {
    Unrecorded pause;
    if (truth.dtype() != DType::kBool) truth = not_equal(truth, scalar(0, truth.dtype()));
  }
  truth = packed(on_host(truth));
  const bool* p = truth.data_as<bool>();
  int64_t count = std::count(p, p + truth.size(), true);
  int rank = truth.rank();
  Tensor out = Tensor::empty({count, rank}, DType::kInt64);
  auto* row = static_cast<int64_t*>(out.mutable_data());
  for (int64_t i = 0; i < truth.size() && count > 0; ++i) {
    if (!p[i]) continue;
    int64_t rest = i;
    for (int d = rank - 1; d >= 0; --d) {
      row[d] = rest % truth.dim(d);
      rest /= truth.dim(d);
    }
    row += rank;
    --count;
  }
  out = beside(out, condition.device());
  if (recording(condition)) record(kNonzero, {condition}, {out}, {});
  return out;
}

void register_indexing(Functions& out) {
  const Param name{"name", Kind::kName, "None"};

  out.push_back({.name = "gather",
                 .params = {{"params", Kind::kTensor},
                            {"indices", Kind::kIndices},
                            {"validate_indices", Kind::kName, "None"},
                            {"axis", Kind::kInt, "None"},
                            {"batch_dims", Kind::kInt, "0"},
                            name},
                 .call = [](const Arguments& a) -> Tensors {
                   int64_t batch_dims = a.integer(4), axis = a.integer(3);
                   if (!a.given(3)) {
                     axis = batch_dims < 0 ? batch_dims + a.tensor(1).rank() : batch_dims;
                   }
                   return {gather(a.tensor(0), a.tensor(1), axis, batch_dims)};
                 },
                 .doc = R"(Takes slices along an axis, named by their places.

Args:
  params: a tensor of rank 1 or more and any dtype.
  indices: places along `axis`, of any shape; int16, int32 or int64.
  validate_indices: accepted for compatibility and ignored: indices are always checked.
  axis: the axis to take from; batch_dims when absent.
  batch_dims: how many leading axes params and indices have in common.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of shape params.shape[:axis] + indices.shape[batch_dims:] + params.shape[axis + 1:].

Raises:
  InvalidArgumentError: an index or axis is out of range (also an IndexError), or batch_dims does
    not fit the shapes (also a ValueError).

Gradient: a tensor of the shape of params; slices that were taken often get the sum.

Example:
  >>> tf.gather([10, 20, 30], [2, 0])
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([30, 10], dtype=int32)>
)"});
  out.push_back({.name = "_where_nonzero",
                 .params = {{"condition", Kind::kTensor}, name},
                 .call = [](const Arguments& a) -> Tensors { return {nonzero(a.tensor(0))}; },
                 .differentiable = false,
                 .doc = R"(Finds the places of the elements that are true or not zero.

Args:
  condition: a tensor of any shape and dtype.
  name: accepted for compatibility and ignored.

Returns:
  An int64 tensor of shape [count, rank]: the places in row-major order.
)"});
}

}  // namespace pyten
