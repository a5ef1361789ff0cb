// Elements and slices named by rows of indices: gather_nd, scatter_nd and their kin.
#include "ops/batch.h"
#include "ops/function.h"
#include "ops/layout.h"
#include "ops/updates.h"

namespace pyten {

using kernels::Scatter;

namespace {

void gather_nd_rule(GradContext& g) { g.set(0, scatter_nd(g.saved(0), g.dy(), g.input_shape(0))); }
const Op kGatherNd{
    "gather_nd", gather_nd_rule,
    [](const Op&, const Tensors& x, const Attrs&) -> Tensors { return {gather_nd(x[0], x[1], 0)}; },
    [](const Op&, const Tensors& x, std::span<const bool> batched, const Attrs&,
       int64_t) -> Tensors {
      if (batched[1]) return {};
      return {batch_first(gather_nd(batch_last(x[0]), x[1], 0))};
    }};

void scatter_nd_rule(GradContext& g) { g.set(1, gather_nd(g.dy(), g.saved(0), 0)); }
const Op kScatterNd{"scatter_nd", scatter_nd_rule,
                    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
                      return {scatter_nd(x[0], x[1], a.get<Dims>("shape"))};
                    },
                    [](const Op&, const Tensors& x, std::span<const bool> batched, const Attrs& a,
                       int64_t n) -> Tensors {
                      if (batched[0]) return {};
                      Shape shape = a.get<Dims>("shape");
                      shape.push_back(n);
                      return {batch_first(scatter_nd(x[0], batch_last(x[1]), shape))};
                    }};

void update_rule(GradContext& g) {
  const Tensor& indices = g.saved(0);
  if (g.needs(0)) {
    Tensor none = zeros(g.input_shape(2), g.input_dtype(2));
    g.set(0, tensor_scatter_nd(Scatter::update, g.dy(), indices, none));
  }
  // Each update gets the whole gradient of its place, also where a later one replaced it.
  if (g.needs(2)) g.set(2, gather_nd(g.dy(), indices, 0));
}
void add_rule(GradContext& g) {
  g.set(0, g.dy());
  if (g.needs(2)) g.set(2, gather_nd(g.dy(), g.saved(0), 0));
}
void subtract_rule(GradContext& g) {
  g.set(0, g.dy());
  if (g.needs(2)) g.set(2, negative(gather_nd(g.dy(), g.saved(0), 0)));
}
// All that equal the result share the gradient evenly.
void extreme_rule(GradContext& g) {
  const Tensor &indices = g.saved(0), &x = g.saved(1), &updates = g.saved(2), &y = g.saved(3);
  Tensor from_x = cast(equal(x, y), g.input_dtype(0));
  Tensor from_updates = cast(equal(updates, gather_nd(y, indices, 0)), g.input_dtype(0));
  Tensor share = g.dy() / (from_x + scatter_nd(indices, from_updates, x.shape()));
  g.set(0, share * from_x);
  g.set(2, gather_nd(share, indices, 0) * from_updates);
}

// Rows of indices name leading axes: the batch goes last.
template <Scatter kHow>
Tensors scatter_again(const Op&, const Tensors& x, const Attrs&) {
  return {tensor_scatter_nd(kHow, x[0], x[1], x[2])};
}
template <Scatter kHow>
Tensors scatter_batch(const Op&, const Tensors& x, std::span<const bool> batched, const Attrs&,
                      int64_t n) {
  if (batched[1]) return {};
  return {batch_first(tensor_scatter_nd(kHow, batch_last(with_batch(x[0], batched[0], n)), x[1],
                                        batch_last(with_batch(x[2], batched[2], n))))};
}

// In the order of kernels::Scatter.
const Op kTensorScatter[] = {
    {"tensor_scatter_nd_update", update_rule, scatter_again<Scatter::update>,
     scatter_batch<Scatter::update>},
    {"tensor_scatter_nd_add", add_rule, scatter_again<Scatter::add>, scatter_batch<Scatter::add>},
    {"tensor_scatter_nd_sub", subtract_rule, scatter_again<Scatter::subtract>,
     scatter_batch<Scatter::subtract>},
    {"tensor_scatter_nd_mul", scatter_multiply_rule, scatter_again<Scatter::multiply>,
     scatter_batch<Scatter::multiply>},
    {"tensor_scatter_nd_div", scatter_divide_rule, scatter_again<Scatter::divide>,
     scatter_batch<Scatter::divide>},
    {"tensor_scatter_nd_max", extreme_rule, scatter_again<Scatter::max>,
     scatter_batch<Scatter::max>},
    {"tensor_scatter_nd_min", extreme_rule, scatter_again<Scatter::min>,
     scatter_batch<Scatter::min>},
};
static_assert(std::size(kTensorScatter) == size_t(Scatter::kCount));

// Places in the flattened leading axes of `shape`, one for each row of indices.
struct FlatIndices {
  int64_t count = 0;
  int64_t depth;      // how many axes a row names
  int64_t inner = 1;  // elements of what remains
  Tensor held;        // the places, int64
};

// Of indices on a GPU, which the host does not see: rows that are out of range get the place -1.
FlatIndices flatten_unseen(FlatIndices out, const Tensor& list, const Shape& shape) {
  Unrecorded pause;
  Shape named(shape.begin(), shape.begin() + out.depth);
  out.count = list.size() / std::max<int64_t>(out.depth, 1);
  auto row = [&](const Dims& values) {
    return from_values<int64_t>({values.data(), values.size()}, {out.depth}, DType::kInt64);
  };
  Tensor inside = logical_and(greater_equal(list, scalar(0, DType::kInt64)),
                              less(list, row(Dims(named.begin(), named.end()))));
  Tensor places = reduce_sum(list * row(contiguous_strides(named)), Dims{-1});
  out.held = packed(select(reduce_all(inside, Dims{-1}), places, scalar(-1, DType::kInt64)));
  return out;
}

FlatIndices flatten(const char* op, const Tensor& indices, const Shape& shape) {
  require_dtype(op, indices.dtype(), kIndexDTypes);
  if (indices.rank() == 0) {
    fail(ErrorKind::kInvalidArgument, op,
         ": indices must be at least a vector, got indices.shape=()");
  }
  FlatIndices out;
  out.depth = indices.shape().back();
  if (out.depth > shape.ssize()) {
    fail(ErrorKind::kInvalidArgument, op,
         ": index innermost dimension length must be <= ", shape.ssize(), "; saw: ", out.depth,
         ", got indices.shape=", tuple_text(indices.shape()), " for shape=", tuple_text(shape));
  }
  for (int i = int(out.depth); i < shape.ssize(); ++i) out.inner *= shape[i];
  Tensor list = converted(indices, DType::kInt64);
  if (!list.device().is_cpu()) [[unlikely]]
    return flatten_unseen(std::move(out), list, shape);
  const int64_t* row = list.data_as<int64_t>();
  Shape rows(indices.shape().begin(), indices.shape().end() - 1);
  out.count = num_elements(rows);
  // Rows of one number are places already.
  out.held = out.depth == 1 ? list : Tensor::empty({out.count}, DType::kInt64);
  for (int64_t i = 0; i < out.count; ++i, row += out.depth) {
    int64_t place = 0;
    for (int64_t k = 0; k < out.depth; ++k) {
      if (uint64_t(row[k]) >= uint64_t(shape[k])) {
        Dims bad(row, row + out.depth);
        std::string values = ints_text(bad);
        values = "[" + values.substr(1, values.size() - 2 - (out.depth == 1)) + "]";
        fail(ErrorKind::kInvalidIndex, op, ": indices", subscript(i, rows), " = ", values,
             " does not index into shape ", brackets(shape));
      }
      place = place * shape[k] + row[k];
    }
    if (out.depth != 1) static_cast<int64_t*>(out.held.mutable_data())[i] = place;
  }
  return out;
}

// indices.shape[:-1] + shape[depth:]
Shape updates_shape(const Tensor& indices, const Shape& shape, int64_t depth) {
  Shape out(indices.shape().begin(), indices.shape().end() - 1);
  out.append(shape.begin() + depth, shape.end());
  return out;
}

void scatter_into(const char* op, Scatter how, const Tensor& target, const Tensor& indices,
                  const Tensor& updates) {
  FlatIndices flat = flatten(op, indices, target.shape());
  Shape expected = updates_shape(indices, target.shape(), flat.depth);
  if (!(updates.shape() == expected)) {
    fail(ErrorKind::kInvalidArgument, op, ": updates must have shape ", tuple_text(expected),
         " = indices.shape[:-1] + shape[indices.shape[-1]:], got updates.shape=",
         tuple_text(updates.shape()), ", indices.shape=", tuple_text(indices.shape()),
         " and shape=", tuple_text(target.shape()));
  }
  auto loop = table_of(target).scatter[int(how)][int(target.dtype())];
  if (!loop && !target.device().is_cpu()) fail_no_kernel(op, target);
  if (!loop) {
    fail(ErrorKind::kInvalidDType, op, ": dtype must be a number, got ", name_of(target.dtype()));
  }
  if (updates.size() == 0) return;
  Tensor source = packed(beside(updates, target.device()));
  Tensor places = beside(flat.held, target.device());
  loop(target.mutable_data(), target.size() / flat.inner, places.data_as<int64_t>(), source.data(),
       flat.count, flat.inner);
}

Tensor copy_of(const Tensor& x) {
  Tensor out = Tensor::empty(x.shape(), x.dtype(), x.device());
  copy_into(x, out.mutable_data(), out.strides());
  return out;
}

}  // namespace

void scatter_nd_into(Scatter how, const Tensor& target, const Tensor& indices,
                     const Tensor& updates) {
  scatter_into("scatter_nd", how, target, indices, updates);
}

Tensor gather_nd(const Tensor& params, const Tensor& indices, int64_t batch_dims) {
  if (batch_dims != 0) {
    // The batch's own places go in front of each row.
    if (batch_dims < 0 || batch_dims >= indices.rank() || batch_dims >= params.rank()) {
      fail(ErrorKind::kInvalidArgument,
           "gather_nd: batch_dims must be less than the ranks of params "
           "and indices, got batch_dims=",
           batch_dims, ", params.shape=", tuple_text(params.shape()),
           " and indices.shape=", tuple_text(indices.shape()));
    }
    Shape rows = indices.shape();
    rows.back() = 1;
    Tensors columns;
    for (int64_t i = 0; i < batch_dims; ++i) {
      if (params.dim(int(i)) != indices.dim(int(i))) {
        fail(ErrorKind::kInvalidArgument,
             "gather_nd: the batch axes must agree, got params.shape=", tuple_text(params.shape()),
             " and indices.shape=", tuple_text(indices.shape()), " with batch_dims=", batch_dims);
      }
      std::vector<int64_t> places(rows[i]);
      for (int64_t k = 0; k < rows[i]; ++k) places[k] = k;
      Shape line(rows.size(), 1);
      line[i] = rows[i];
      columns.push_back(broadcast_to(from_values<int64_t>(places, line, DType::kInt64), rows));
    }
    columns.push_back(cast(indices, DType::kInt64));
    return gather_nd(params, concat(columns, -1), 0);
  }
  FlatIndices flat = flatten("gather_nd", indices, params.shape());
  Shape shape = updates_shape(indices, params.shape(), flat.depth);
  Tensor out = Tensor::empty(shape, params.dtype(), params.device());
  if (out.size() != 0) {
    Tensor source = packed(params);
    Tensor places = beside(flat.held, params.device());
    table_of(params).take({source.data(), places.data_as<int64_t>(), out.mutable_data(), 1, 1,
                           source.size() / flat.inner, flat.count,
                           size_t(flat.inner) * size_of(params.dtype())});
  }
  if (recording(params, indices)) record(kGatherNd, {params, indices}, {out}, {indices});
  return out;
}

Tensor scatter_nd(const Tensor& indices, const Tensor& updates, const Shape& shape) {
  require_shape("scatter_nd", shape);
  DeviceScope beside_updates(updates.device());
  Tensor out = zeros(shape, updates.dtype());
  if (updates.dtype() == DType::kBool) {  // the sum of truth values: whether any is true
    Unrecorded pause;
    Tensor counts = scatter_nd(indices, cast(updates, DType::kInt32), shape);
    out = not_equal(counts, scalar(0, DType::kInt32));
  } else {
    scatter_into("scatter_nd", Scatter::add, out, indices, updates);
  }
  if (recording(indices, updates)) {
    record(kScatterNd, {indices, updates}, {out}, {indices}, {{"shape", shape}});
  }
  return out;
}

Tensor tensor_scatter_nd(Scatter how, const Tensor& tensor, const Tensor& indices,
                         const Tensor& updates) {
  const Op& op = kTensorScatter[int(how)];
  require_same_dtype(op.name, tensor, updates);
  Tensor out = copy_of(tensor);
  scatter_into(op.name, how, out, indices, updates);
  if (recording(tensor, indices, updates)) {
    Tensors saved = {indices};
    if (how >= Scatter::multiply) saved = {indices, tensor, updates, out};
    record(op, Tensors{tensor, indices, updates}, Tensors{out}, saved);
  }
  return out;
}

namespace {

// tf.tensor_scatter_nd_*(tensor, indices, updates, …): what they do to the named places.
struct ScatterDoc {
  Tensors (*call)(const Arguments&);
  Scatter how;
  const char* summary;
  const char* gradient;
  const char* example;
};
template <Scatter kHow>
Tensors scatter_call(const Arguments& a) {
  return {tensor_scatter_nd(kHow, a.tensor(0), a.tensor(1), a.tensor(2))};
}
const ScatterDoc kScatterDocs[] = {
    {scatter_call<Scatter::update>, Scatter::update,
     "Replaces slices of a tensor; of several updates of one place the last wins.",
     "0 for replaced slices of the tensor; for each update the gradient of its place.", "9, 2, 3"},
    {scatter_call<Scatter::add>, Scatter::add, "Adds updates to slices of a tensor.",
     "passes through to the tensor; for each update the gradient of its place.", "10,  2,  3"},
    {scatter_call<Scatter::subtract>, Scatter::subtract,
     "Subtracts updates from slices of a tensor.",
     "passes through to the tensor; for each update minus the gradient of its place.",
     "-8,  2,  3"},
    {scatter_call<Scatter::max>, Scatter::max,
     "Takes the larger one of each slice of a tensor and its updates.",
     "shared evenly by all that equal the result.", "9, 2, 3"},
    {scatter_call<Scatter::min>, Scatter::min,
     "Takes the smaller one of each slice of a tensor and its updates.",
     "shared evenly by all that equal the result.", "1, 2, 3"},
};

}  // namespace

void register_scatter(Functions& out) {
  const Param name{"name", Kind::kName, "None"};
  const Param policy{"bad_indices_policy", Kind::kName, "''"};

  out.push_back({.name = "gather_nd",
                 .params = {{"params", Kind::kTensor},
                            {"indices", Kind::kIndices},
                            {"batch_dims", Kind::kInt, "0"},
                            name,
                            policy},
                 .call = [](const Arguments& a) -> Tensors {
                   return {gather_nd(a.tensor(0), a.tensor(1), a.integer(2))};
                 },
                 .doc = R"(Takes the slices that rows of indices name.

Args:
  params: a tensor of any dtype.
  indices: integers of shape [..., depth]: each row names a place along the first `depth` axes of
    params (those after batch_dims).
  batch_dims: how many leading axes params and indices have in common.
  name: accepted for compatibility and ignored.
  bad_indices_policy: accepted for compatibility and ignored: bad indices raise.

Returns:
  A tensor of shape indices.shape[:-1] + params.shape[batch_dims + depth:].

Raises:
  InvalidArgumentError: an index is out of range (also an IndexError), or the shapes do not fit
    (also a ValueError).

Example:
  >>> tf.gather_nd([[1, 2], [3, 4]], [[1, 0], [0, 1]])
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([3, 2], dtype=int32)>
)"});
  out.push_back({.name = "scatter_nd",
                 .params = {{"indices", Kind::kIndices},
                            {"updates", Kind::kTensor},
                            {"shape", Kind::kShape},
                            policy,
                            name},
                 .call = [](const Arguments& a) -> Tensors {
                   return {scatter_nd(a.tensor(0), a.tensor(1), a.ints(2))};
                 },
                 .doc = R"(Adds updates into zeros at the places that rows of indices name.

Args:
  indices: integers of shape [..., depth], one row for each update.
  updates: a tensor of shape indices.shape[:-1] + shape[depth:].
  shape: the result's shape.
  bad_indices_policy: accepted for compatibility and ignored: bad indices raise.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of that shape and the dtype of updates.

Raises:
  InvalidArgumentError: an index is out of range (also an IndexError), or the shapes do not fit
    (also a ValueError).

Example:
  >>> tf.scatter_nd([[1], [1]], [5, 2], [3])
  <tf.Tensor: shape=(3,), dtype=int32, numpy=array([0, 7, 0], dtype=int32)>
)"});
  for (const ScatterDoc& d : kScatterDocs) {
    const char* op = kTensorScatter[int(d.how)].name;
    Function f{.name = op,
               .params = {{"tensor", Kind::kTensor},
                          {"indices", Kind::kIndices},
                          {"updates", Kind::kTensor}},
               .call = d.call};
    if (d.how != Scatter::update) f.params.push_back(policy);
    f.params.push_back(name);
    if (d.how == Scatter::max || d.how == Scatter::min) f.dtypes = kReals;
    if (d.how == Scatter::add || d.how == Scatter::subtract) f.dtypes = kNumbers;
    f.doc =
        std::string(d.summary) + R"(

Args:
  tensor: a tensor of rank 1 or more.
  indices: integers of shape [..., depth]: each row names a place along the first `depth` axes.
  updates: a tensor of shape indices.shape[:-1] + tensor.shape[depth:] and the tensor's dtype.
)" +
        (d.how == Scatter::update ? ""
                                  : "  bad_indices_policy: accepted for compatibility and ignored: "
                                    "bad indices raise.\n") +
        R"(  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  InvalidArgumentError: an index is out of range (also an IndexError), the shapes do not fit (also a
    ValueError), or the dtypes differ (also a TypeError).

Gradient: )" +
        d.gradient + "\n\nExample:\n  >>> tf." + op + "([1, 2, 3], [[0]], [9])\n" +
        "  <tf.Tensor: shape=(3,), dtype=int32, numpy=array([" + d.example + "], dtype=int32)>\n";
    out.push_back(std::move(f));
  }
}

}  // namespace pyten
