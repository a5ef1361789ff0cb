// Softmax and the cross entropies.
#include <cmath>

#include "ops/batch.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

void softmax_rule(GradContext& g) {
  const Tensor& y = g.saved(0);
  Tensor weighted = g.dy() * y;
  g.set(0, weighted - y * reduce_sum(weighted, Dims{g.attr<int64_t>("axis")}, true));
}
const Op kSoftmax{"softmax", softmax_rule,
                  [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
                    return {softmax(x[0], a.get<int64_t>("axis"))};
                  },
                  [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a,
                     int64_t) -> Tensors { return {softmax(x[0], a.get<int64_t>("axis") + 1)}; }};

void log_softmax_rule(GradContext& g) {
  Tensor sum = reduce_sum(g.dy(), Dims{g.attr<int64_t>("axis")}, true);
  g.set(0, g.dy() - exp(g.saved(0)) * sum);
}
const Op kLogSoftmax{
    "log_softmax", log_softmax_rule,
    [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
      return {log_softmax(x[0], a.get<int64_t>("axis"))};
    },
    [](const Op&, const Tensors& x, std::span<const bool>, const Attrs& a, int64_t) -> Tensors {
      return {log_softmax(x[0], a.get<int64_t>("axis") + 1)};
    }};

void sigmoid_cross_entropy_with_logits_rule(GradContext& g) {
  const Tensor &labels = g.saved(0), &logits = g.saved(1);
  if (g.needs(0)) g.set(0, negative(g.dy() * logits));
  if (g.needs(1)) g.set(1, g.dy() * (sigmoid(logits) - labels));
}
const Op kSigmoidCrossEntropy{
    "sigmoid_cross_entropy_with_logits", sigmoid_cross_entropy_with_logits_rule,
    [](const Op&, const Tensors& x, const Attrs&) -> Tensors {
      return {sigmoid_cross_entropy_with_logits(x[0], x[1])};
    },
    [](const Op&, const Tensors& x, std::span<const bool> batched, const Attrs&,
       int64_t n) -> Tensors {
      return {sigmoid_cross_entropy_with_logits(with_batch(x[0], batched[0], n),
                                                with_batch(x[1], batched[1], n))};
    }};

Tensor over_rows(const Op& op, const kernels::RowLoop* loops, const Tensor& logits, int64_t axis) {
  require_dtype(op.name, logits.dtype(), kFloats);
  int64_t at = normalize_axis(op.name, axis, logits.rank());
  Dims perm;
  bool moved = at != logits.rank() - 1;
  if (moved) perm = axis_last(logits.rank(), at);
  Tensor rows = packed(moved ? permuted(logits, perm) : logits);
  Tensor out = Tensor::empty(rows.shape(), rows.dtype(), rows.device());
  if (out.size()) {
    int64_t n = rows.shape().back();
    if (loops[int(rows.dtype())] == nullptr) [[unlikely]]
      fail_no_kernel(op.name, logits);
    loops[int(rows.dtype())](rows.data(), out.mutable_data(), rows.size() / n, n);
  }
  if (moved) out = permuted(out, inverse(perm));
  if (recording(logits)) record(op, {logits}, {out}, {out}, {{"axis", at}});
  return out;
}

}  // namespace

Tensor softmax(const Tensor& logits, int64_t axis) {
  return over_rows(kSoftmax, table_of(logits).softmax, logits, axis);
}
Tensor log_softmax(const Tensor& logits, int64_t axis) {
  return over_rows(kLogSoftmax, table_of(logits).log_softmax, logits, axis);
}

Tensor softmax_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits, int64_t axis) {
  constexpr const char* op = "softmax_cross_entropy_with_logits";
  require_same_dtype(op, labels, logits);
  require_dtype(op, logits.dtype(), kFloats);
  if (!broadcast_shapes(labels.shape(), logits.shape())) {
    fail(ErrorKind::kInvalidArgument, op,
         ": logits and labels must be broadcastable, got logits.shape=", tuple_text(logits.shape()),
         " and labels.shape=", tuple_text(labels.shape()),
         ": logits and labels must be the same size: "
         "logits_size=",
         brackets(logits.shape()), " labels_size=", brackets(labels.shape()));
  }
  int64_t at = normalize_axis(op, axis, logits.rank());
  // A label of 0 counts nothing, even where the logarithm is -inf.
  Tensor terms = multiply_no_nan(log_softmax(logits, at), labels);
  return negative(reduce_sum(terms, Dims{at - logits.rank()}));
}

Tensor sparse_softmax_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits) {
  constexpr const char* op = "sparse_softmax_cross_entropy_with_logits";
  require_dtype(op, labels.dtype(), kInts);
  require_dtype(op, logits.dtype(), kFloats);
  Shape rows = logits.shape();
  if (!rows.empty()) rows.pop_back();
  if (logits.rank() == 0 || !(labels.shape() == rows)) {
    fail(ErrorKind::kInvalidArgument, op,
         ": labels must have a place for each row of logits, got labels.shape=",
         tuple_text(labels.shape()), " and logits.shape=", tuple_text(logits.shape()));
  }
  int64_t n = logits.shape().back();
  Tensor list = converted(labels, DType::kInt64);
  // The host does not look at a GPU's labels: there, as in TensorFlow, a wrong one gives NaN.
  bool seen = list.device().is_cpu();
  const int64_t* p = list.data_as<int64_t>();
  for (int64_t i = 0; seen && i < list.size(); ++i) {
    if (uint64_t(p[i]) >= uint64_t(n)) {
      fail(ErrorKind::kInvalidIndex, op, ": Received a label value of ", p[i],
           " which is outside the valid range of [0, ", n, "), got labels",
           subscript(i, labels.shape()), " = ", p[i]);
    }
  }
  int rank = logits.rank();
  Tensor places = expand_dims(cast(labels, DType::kInt64), -1);
  Tensor chosen = gather(log_softmax(logits), places, -1, rank - 1);
  if (!seen) [[unlikely]] {
    auto number = [](int64_t value) { return scalar(double(value), DType::kInt64); };
    Tensor valid = logical_and(greater_equal(places, number(0)), less(places, number(n)));
    chosen = select(valid, chosen, scalar(std::nan(""), chosen.dtype()));
  }
  return negative(squeeze(chosen, {-1}));
}

Tensor sigmoid_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits) {
  const char* op = kSigmoidCrossEntropy.name;
  require_same_dtype(op, labels, logits);
  require_dtype(op, logits.dtype(), kFloats);
  if (!(labels.shape() == logits.shape())) {
    fail(ErrorKind::kInvalidArgument, op,
         ": `logits` and `labels` must have the same shape, received (", tuple_text(logits.shape()),
         " vs ", tuple_text(labels.shape()), ")");
  }
  Tensor out;
  {
    Unrecorded pause;
    // max(x, 0) - x z + log(1 + exp(-|x|)): no overflow, and no cancellation for large x.
    out = relu(logits) - logits * labels + log1p(exp(negative(abs(logits))));
  }
  if (recording(labels, logits)) {
    record(kSigmoidCrossEntropy, {labels, logits}, {out}, {labels, logits});
  }
  return out;
}

namespace {

std::string softmax_doc(const char* summary, const char* example) {
  return std::string(summary) + R"(

Args:
  logits: a tensor of rank 1 or more; float16, bfloat16, float32 or float64.
  axis: the axis of the classes; the last one when absent.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  InvalidArgumentError: axis is out of range (also an IndexError), or the dtype is refused (also a
    TypeError).

Example:
)" + example;
}

}  // namespace

void register_nn(Functions& out) {
  const Param name{"name", Kind::kName, "None"};
  const std::vector<Param> params = {{"logits", Kind::kTensor}, {"axis", Kind::kInt, "None"}, name};

  out.push_back({.name = "softmax",
                 .params = params,
                 .call = [](const Arguments& a) -> Tensors {
                   return {softmax(a.tensor(0), a.given(1) ? a.integer(1) : -1)};
                 },
                 .dtypes = kFloats,
                 .doc = softmax_doc("Computes exp(x) / sum(exp(x)) along an axis without overflow.",
                                    "  >>> tf.nn.softmax([0., 0.])\n"
                                    "  <tf.Tensor: shape=(2,), dtype=float32, "
                                    "numpy=array([0.5, 0.5], dtype=float32)>\n")});
  out.push_back({.name = "log_softmax",
                 .params = params,
                 .call = [](const Arguments& a) -> Tensors {
                   return {log_softmax(a.tensor(0), a.given(1) ? a.integer(1) : -1)};
                 },
                 .dtypes = kFloats,
                 .doc = softmax_doc("Computes x - log(sum(exp(x))) along an axis without overflow.",
                                    "  >>> tf.nn.log_softmax([1000., 0.])\n"
                                    "  <tf.Tensor: shape=(2,), dtype=float32, "
                                    "numpy=array([    0., -1000.], dtype=float32)>\n")});
  out.push_back(
      {.name = "softmax_cross_entropy_with_logits",
       .params =
           {{"labels", Kind::kTensor}, {"logits", Kind::kTensor}, {"axis", Kind::kInt, "-1"}, name},
       .call = [](const Arguments& a) -> Tensors {
         return {softmax_cross_entropy_with_logits(a.tensor(0), a.tensor(1), a.integer(2))};
       },
       .dtypes = kFloats,
       .doc = R"(Computes -sum(labels * log_softmax(logits)) along an axis.

Args:
  labels: the probability of each class; float16, bfloat16, float32 or float64.
  logits: unscaled logarithms of probabilities, of the same shape and dtype.
  axis: the axis of the classes.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same dtype without that axis.

Raises:
  InvalidArgumentError: the shapes do not fit (also a ValueError), axis is out of range (also an
    IndexError), or the dtypes differ or are refused (also a TypeError).

Gradient: for logits softmax(logits) * sum(labels) - labels, for labels -log_softmax(logits).

Example:
  >>> tf.nn.softmax_cross_entropy_with_logits(labels=[[1., 0.]], logits=[[0., 0.]])
  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.6931472], dtype=float32)>
)"});
  out.push_back({.name = "sparse_softmax_cross_entropy_with_logits",
                 .params = {{"labels", Kind::kIndices}, {"logits", Kind::kTensor}, name},
                 .call = [](const Arguments& a) -> Tensors {
                   return {sparse_softmax_cross_entropy_with_logits(a.tensor(0), a.tensor(1))};
                 },
                 .dtypes = kFloats,
                 .doc = R"(Computes -log_softmax(logits) at the class that each label names.

Args:
  labels: integers in [0, classes), of shape logits.shape[:-1].
  logits: unscaled logarithms of probabilities, the classes along the last axis; float16, bfloat16,
    float32 or float64.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the shape of labels and the dtype of logits.

Raises:
  InvalidArgumentError: a label is out of range (also an IndexError), the shapes do not fit (also a
    ValueError), or a dtype is refused (also a TypeError).

Example:
  >>> tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0], logits=[[0., 0.]])
  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.6931472], dtype=float32)>
)"});
  out.push_back(
      {.name = "sigmoid_cross_entropy_with_logits",
       .params = {{"labels", Kind::kTensor, "None"}, {"logits", Kind::kTensor, "None"}, name},
       .call = [](const Arguments& a) -> Tensors {
         if (!a.given(0) || !a.given(1)) {
           fail(ErrorKind::kValue,
                "sigmoid_cross_entropy_with_logits: labels and logits "
                "must both be given, got only one of them or none");
         }
         return {sigmoid_cross_entropy_with_logits(a.tensor(0), a.tensor(1))};
       },
       .dtypes = kFloats,
       .doc = R"(Computes -labels * log(p) - (1 - labels) * log(1 - p), p = sigmoid(logits).

The form max(x, 0) - x * z + log(1 + exp(-|x|)) of it neither overflows nor cancels.

Args:
  labels: the probability that each element belongs to the class; float16, bfloat16, float32 or
    float64.
  logits: unscaled values, of the same shape and dtype.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  InvalidArgumentError: the shapes differ (also a ValueError), or the dtypes differ or are refused
    (also a TypeError).

Gradient: for logits sigmoid(logits) - labels, for labels -logits.

Example:
  >>> tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.], logits=[0.])
  <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.6931472], dtype=float32)>
)"});
}

}  // namespace pyten
