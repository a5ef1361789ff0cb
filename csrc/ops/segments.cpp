// Rows joined by the number of their segment.
#include <algorithm>
#include <limits>
#include <numeric>

#include "ops/function.h"
#include "ops/layout.h"
#include "ops/special.h"

namespace pyten {

using kernels::Scatter;

namespace {

constexpr DTypeSet kIdDTypes = DTypeSet(DType::kInt32) | DType::kInt64;
constexpr const char* kUnsortedNames[] = {"unsorted_segment_sum", "unsorted_segment_prod",
                                          "unsorted_segment_max", "unsorted_segment_min"};
constexpr const char* kSortedNames[] = {"segment_sum", "segment_prod", "segment_max",
                                        "segment_min"};

std::vector<int64_t> flat_ids(const Tensor& segment_ids) {
  Tensor list = converted(on_host(segment_ids), DType::kInt64);
  const int64_t* ids = list.data_as<int64_t>();
  return {ids, ids + segment_ids.size()};
}

// The ids, for indices or a shape that follow from them and are not recorded.
std::vector<int64_t> read_ids(const Tensor& segment_ids) {
  reading_values(segment_ids);
  return flat_ids(segment_ids);
}

// data as [number of ids, elements of a row].
Tensor as_rows(const Tensor& data, const Tensor& segment_ids) {
  int64_t n = segment_ids.size(), inner = 1;
  for (int i = segment_ids.rank(); i < data.rank(); ++i) inner *= data.dim(i);
  return reshape(data, {n, inner});
}

// The rows of a tensor [num_segments, …] for each id; zeros for ids that are left out.
Tensor rows_of(const Tensor& segments, const Tensor& segment_ids) {
  std::vector<int64_t> ids = read_ids(segment_ids), kept(ids.size());
  bool whole = true;
  for (size_t i = 0; i < ids.size(); ++i) {
    kept[i] = std::max<int64_t>(ids[i], 0);
    whole = whole && ids[i] >= 0;
  }
  if (segments.dim(0) == 0) {  // nothing but ids that are left out
    Shape shape = segment_ids.shape();
    shape.append(segments.shape().begin() + 1, segments.shape().end());
    return zeros(shape, segments.dtype());
  }
  Tensor rows =
      gather(segments, from_values<int64_t>(kept, segment_ids.shape(), DType::kInt64), 0, 0);
  if (whole) return rows;
  std::vector<uint8_t> mask(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) mask[i] = ids[i] >= 0;
  Shape shape = segment_ids.shape();
  while (shape.ssize() < rows.rank()) shape.push_back(1);
  Tensor inside = cast(from_values<uint8_t>(mask, shape, DType::kUInt8), DType::kBool);
  return select(inside, rows, scalar(0, rows.dtype()));
}

void sum_rule(GradContext& g) { g.set(0, rows_of(g.dy(), g.saved(0))); }

// All that equal the extreme share the gradient evenly.
void extreme_rule(GradContext& g) {
  const Tensor &ids = g.saved(0), &data = g.saved(1), &out = g.saved(2);
  Tensor chosen = cast(equal(data, rows_of(out, ids)), data.dtype());
  Tensor count = unsorted_segment(Segment::sum, chosen, ids, out.dim(0));
  g.set(0, rows_of(divide_no_nan(g.dy(), count), ids) * chosen);
}

// The product of the others: of those before and those after in the same segment, by doubling, so
// that zeros do no harm and derivatives of every order are right.
void prod_rule(GradContext& g) {
  const Tensor &segment_ids = g.saved(0), &data = g.saved(1);
  std::vector<int64_t> ids = read_ids(segment_ids);
  int64_t n = int64_t(ids.size());
  if (data.size() == 0) return g.set(0, zeros_like(data));
  std::vector<int64_t> order(n), back(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t i, int64_t j) { return ids[i] < ids[j]; });
  int64_t longest = 1;
  for (int64_t i = 0, run = 0; i < n; ++i) {
    back[order[i]] = i;
    run = i > 0 && ids[order[i]] == ids[order[i - 1]] ? run + 1 : 1;
    longest = std::max(longest, run);
  }
  auto index = [&](const std::vector<int64_t>& v) {
    return from_values<int64_t>(v, {n}, DType::kInt64);
  };
  Tensor one = scalar(1, data.dtype());
  // x[i + step] where that is of the same segment, else 1.
  auto neighbour = [&](const Tensor& x, int64_t step) {
    std::vector<int64_t> at(n);
    std::vector<uint8_t> same(n);
    for (int64_t i = 0; i < n; ++i) {
      int64_t j = i + step;
      same[i] = j >= 0 && j < n && ids[order[i]] == ids[order[j]];
      at[i] = same[i] ? j : i;
    }
    Tensor mask = cast(from_values<uint8_t>(same, {n, 1}, DType::kUInt8), DType::kBool);
    return select(mask, gather(x, index(at), 0, 0), one);
  };
  Tensor x = conjugate(gather(as_rows(data, segment_ids), index(order), 0, 0));
  Tensor before = neighbour(x, -1), after = neighbour(x, 1);
  for (int64_t step = 1; step < longest; step *= 2) {
    before = before * neighbour(before, -step);
    after = after * neighbour(after, step);
  }
  Tensor others = reshape(gather(before * after, index(back), 0, 0), data.shape());
  g.set(0, rows_of(g.dy(), segment_ids) * others);
}

Tensors call_unsorted(const Op&, const Tensors& in, const Attrs& attrs) {
  return {unsorted_segment(Segment(attrs.get<int64_t>("how")), in[0], in[1],
                           attrs.get<int64_t>("num_segments"))};
}
Tensors call_sorted(const Op&, const Tensors& in, const Attrs& attrs) {
  return {segment(Segment(attrs.get<int64_t>("how")), in[0], in[1])};
}

constexpr void (*kRules[])(GradContext&) = {sum_rule, prod_rule, extreme_rule, extreme_rule};
const Op kUnsorted[] = {{kUnsortedNames[0], kRules[0], call_unsorted},
                        {kUnsortedNames[1], kRules[1], call_unsorted},
                        {kUnsortedNames[2], kRules[2], call_unsorted},
                        {kUnsortedNames[3], kRules[3], call_unsorted}};
const Op kSorted[] = {{kSortedNames[0], kRules[0], call_sorted},
                      {kSortedNames[1], kRules[1], call_sorted},
                      {kSortedNames[2], kRules[2], call_sorted},
                      {kSortedNames[3], kRules[3], call_sorted}};

bool is_half(DType dtype) { return dtype == DType::kFloat16 || dtype == DType::kBFloat16; }

// The number beside which nothing is lower (or higher).
Tensor limit(DType dtype, bool lowest) {
  if (dtype == DType::kFloat16) return scalar(lowest ? -65504.0 : 65504.0, dtype);
  if (dtype == DType::kBFloat16) return scalar(lowest ? -0x1.fep127 : 0x1.fep127, dtype);
  if (dtype == DType::kFloat32) {
    double most = std::numeric_limits<float>::max();
    return scalar(lowest ? -most : most, dtype);
  }
  double most = std::numeric_limits<double>::max();  // integers saturate
  Tensor wide = scalar(lowest ? -most : most, DType::kFloat64);
  return cast(wide, dtype);
}

// What the scatter loop makes of rows and checked ids.
Tensor joined(Segment how, const Tensor& data, const Tensor& segment_ids, int64_t rows,
              const Tensor& start) {
  Unrecorded pause;
  DType dtype = data.dtype(), wide = is_half(dtype) ? DType::kFloat32 : dtype;
  Shape shape{rows};
  shape.append(data.shape().begin() + segment_ids.rank(), data.shape().end());
  Tensor out = Tensor::empty(shape, wide, data.device());
  Tensor first = beside(cast(start, wide), out.device());
  copy_into(broadcast_to(first, shape), out.mutable_data(), out.strides());
  Tensor source = packed(cast(as_rows(data, segment_ids), wide));
  std::vector<int64_t> ids = flat_ids(segment_ids);
  constexpr Scatter kLoops[] = {Scatter::add, Scatter::multiply, Scatter::max, Scatter::min};
  auto loop = table_of(data).scatter[int(kLoops[int(how)])][int(wide)];
  if (loop == nullptr) [[unlikely]]
    fail_no_kernel("unsorted_segment", data);
  int64_t inner = ids.empty() ? 0 : source.dim(1);
  if (!data.device().is_cpu() && inner > 0) [[unlikely]] {  // there a negative place is nowhere
    Tensor places =
        beside(from_values<int64_t>(ids, {int64_t(ids.size())}, DType::kInt64), data.device());
    loop(out.mutable_data(), rows, places.data_as<int64_t>(), source.data(), places.size(), inner);
    return cast(out, dtype);
  }
  const char* from = static_cast<const char*>(source.data());
  // Stretches of ids that are not left out.
  for (size_t i = 0; i < ids.size() && inner > 0;) {
    size_t end = i;
    while (end < ids.size() && ids[end] >= 0) ++end;
    if (end > i) {
      loop(out.mutable_data(), rows, ids.data() + i, from + i * size_t(inner) * size_of(wide),
           int64_t(end - i), inner);
    }
    i = end + 1;
  }
  return cast(out, dtype);
}

DTypeSet dtypes_of(Segment how) {
  return how == Segment::sum || how == Segment::prod ? kNumbers : kReals;
}

}  // namespace

Tensor unsorted_segment(Segment how, const Tensor& data, const Tensor& segment_ids,
                        int64_t num_segments) {
  const Op& op = kUnsorted[int(how)];
  require_dtype(op.name, data.dtype(), dtypes_of(how));
  require_dtype(op.name, segment_ids.dtype(), kIdDTypes);
  if (num_segments < 0) {
    fail(ErrorKind::kInvalidArgument, op.name, ": Input num_segments == ", num_segments,
         " must not be negative.");
  }
  bool starts = data.rank() >= segment_ids.rank();
  for (int i = 0; starts && i < segment_ids.rank(); ++i) {
    starts = data.dim(i) == segment_ids.dim(i);
  }
  if (!starts) {
    fail(ErrorKind::kInvalidArgument, op.name, ": data.shape = ", brackets(data.shape()),
         " does not start with segment_ids.shape = ", brackets(segment_ids.shape()));
  }
  std::vector<int64_t> ids = flat_ids(segment_ids);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < num_segments) continue;
    fail(ErrorKind::kInvalidArgument, op.name, ": segment_ids",
         subscript(int64_t(i), segment_ids.shape()), " = ", ids[i], " is out of range [0, ",
         num_segments, ")");
  }
  Tensor start = how == Segment::sum    ? scalar(0, data.dtype())
                 : how == Segment::prod ? scalar(1, data.dtype())
                                        : limit(data.dtype(), how == Segment::max);
  Tensor out = joined(how, data, segment_ids, num_segments, start);
  if (recording(data, segment_ids)) {
    Tensors saved = {segment_ids};
    if (how != Segment::sum) saved.push_back(data);
    if (how == Segment::max || how == Segment::min) saved.push_back(out);
    record(op, Tensors{data, segment_ids}, Tensors{out}, saved,
           {{"how", int64_t(how)}, {"num_segments", num_segments}});
  }
  return out;
}

namespace {

// How many segments there are; raises for ids that are no vector, fall or do not fit data.
int64_t check_sorted(const char* op, const Tensor& data, const Tensor& segment_ids) {
  require_dtype(op, segment_ids.dtype(), kIdDTypes);
  if (data.rank() == 0) {
    fail(ErrorKind::kInvalidArgument, op, ": data must be at least rank 1, got data.shape=()");
  }
  if (segment_ids.rank() != 1) {
    fail(ErrorKind::kInvalidArgument, op, ": segment_ids should be a vector., got shape ",
         tuple_text(segment_ids.shape()));
  }
  if (segment_ids.dim(0) != data.dim(0)) {
    fail(ErrorKind::kInvalidArgument, op,
         ": segment_ids should be the same size as dimension 0 of input., got segment_ids.shape=",
         tuple_text(segment_ids.shape()), " and data.shape=", tuple_text(data.shape()));
  }
  std::vector<int64_t> ids = read_ids(segment_ids);
  int64_t last = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0) {
      fail(ErrorKind::kInvalidArgument, op, ": segment_ids[", i, "] = ", ids[i],
           " must not be negative; tf.math.unsorted_", op, " leaves such rows out");
    }
    if (ids[i] < last) {
      fail(ErrorKind::kInvalidArgument, op, ": segment ids are not increasing, got segment_ids[",
           i - 1, "] = ", last, " and segment_ids[", i, "] = ", ids[i], "; use tf.math.unsorted_",
           op);
    }
    last = ids[i];
  }
  return ids.empty() ? 0 : last + 1;
}

}  // namespace

Tensor segment(Segment how, const Tensor& data, const Tensor& segment_ids) {
  const Op& op = kSorted[int(how)];
  require_dtype(op.name, data.dtype(), dtypes_of(how));
  int64_t rows = check_sorted(op.name, data, segment_ids);
  Tensor out;
  if (how == Segment::sum || how == Segment::prod) {
    out = joined(how, data, segment_ids, rows, scalar(how == Segment::prod, data.dtype()));
  } else {
    Unrecorded pause;
    out = joined(how, data, segment_ids, rows, limit(data.dtype(), how == Segment::max));
    std::vector<uint8_t> taken(rows, 0);
    for (int64_t id : flat_ids(segment_ids)) taken[id] = 1;
    Shape shape(out.shape().size(), 1);
    shape[0] = rows;
    Tensor mask = cast(from_values<uint8_t>(taken, shape, DType::kUInt8), DType::kBool);
    out = select(mask, out, scalar(0, out.dtype()));
  }
  if (recording(data, segment_ids)) {
    Tensors saved = {segment_ids};
    if (how != Segment::sum) saved.push_back(data);
    if (how == Segment::max || how == Segment::min) saved.push_back(out);
    record(op, Tensors{data, segment_ids}, Tensors{out}, saved, {{"how", int64_t(how)}});
  }
  return out;
}

Tensor segment_mean(const Tensor& data, const Tensor& segment_ids) {
  require_dtype("segment_mean", data.dtype(), kNumbers);
  int64_t rows = check_sorted("segment_mean", data, segment_ids);
  std::vector<int64_t> counts(rows, 0);
  for (int64_t id : flat_ids(segment_ids)) ++counts[id];
  for (int64_t& n : counts) n = std::max<int64_t>(n, 1);
  Shape shape(data.shape().size(), 1);
  shape[0] = rows;
  Tensor count = cast(from_values<int64_t>(counts, shape, DType::kInt64), data.dtype());
  Tensor sum = segment(Segment::sum, data, segment_ids);
  return is_integer(data.dtype()) ? truncatediv(sum, count) : sum / count;
}

void register_segments(Functions& out) {
  constexpr const char* kWhat[] = {"The sum", "The product", "The greatest", "The least"};
  constexpr const char* kEmpty[] = {"0", "1", "the dtype's lowest number",
                                    "the dtype's highest number"};
  constexpr const char* kGradients[] = {"",
                                        "\nGradient: right to every order where elements are 0.\n",
                                        "\nGradient: shared evenly among equal elements.\n",
                                        "\nGradient: shared evenly among equal elements.\n"};
  // What the examples give.
  constexpr const char* kSorted[] = {"3., 4.", "2., 4.", "2., 4.", "1., 4."};
  constexpr const char* kUnsorted[] = {"2., 5.", "2., 4.", "2., 4.", "2., 1."};
  auto example = [](const std::string& call, const std::string& result) {
    return "\nExample:\n  >>> tf.math." + call +
           "\n  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([" + result +
           "], dtype=float32)>\n";
  };
  auto sorted_example = [&](const std::string& name, const std::string& result) {
    return example(name + "([1., 2., 4.], [0, 0, 1])", result);
  };
  auto unsorted_example = [&](const std::string& name, const std::string& result) {
    return example(name + "([1., 2., 4.], [1, 0, 1], num_segments=2)", result);
  };
  auto sorted_doc = [](const std::string& first, const std::string& rest) {
    return first + R"( of the rows of each segment.

Args:
  data: a tensor of rank 1 or more.
  segment_ids: an int32 or int64 vector as long as data's first axis, ascending from 0: the segment
    of each row. Numbers may be left out.
  name: accepted for compatibility and ignored.

Returns:
  A tensor with a row for each number up to the last id.

Raises:
  InvalidArgumentError: the ids fall, are negative or do not fit `data`, or the dtype is refused
    (also a TypeError).
)" + rest;
  };
  auto unsorted_doc = [](const std::string& first, const std::string& empty,
                         const std::string& rest) {
    return first + R"( of the elements of each segment, in any order.

Args:
  data: a tensor whose shape starts with that of `segment_ids`.
  segment_ids: an int32 or int64 tensor; where negative, elements are left out.
  num_segments: how many segments there are.
  name: accepted for compatibility and ignored.

Returns:
  A tensor [num_segments, …]; segments without elements are )" +
           empty + R"(.

Raises:
  InvalidArgumentError: an id is num_segments or more, the shapes do not fit, or the dtype is refused
    (also a TypeError).
)" + rest;
  };
  const std::vector<Param> sorted_params = {
      {"data", Kind::kTensor}, {"segment_ids", Kind::kIndices}, {"name", Kind::kName, "None"}};
  const std::vector<Param> unsorted_params = {{"data", Kind::kTensor},
                                              {"segment_ids", Kind::kIndices},
                                              {"num_segments", Kind::kInt},
                                              {"name", Kind::kName, "None"}};
  using Call = Tensors (*)(const Arguments&);
  constexpr Call kSortedList[] = {[](const Arguments& a) -> Tensors {
                                    return {segment(Segment::sum, a.tensor(0), a.tensor(1))};
                                  },
                                  [](const Arguments& a) -> Tensors {
                                    return {segment(Segment::prod, a.tensor(0), a.tensor(1))};
                                  },
                                  [](const Arguments& a) -> Tensors {
                                    return {segment(Segment::max, a.tensor(0), a.tensor(1))};
                                  },
                                  [](const Arguments& a) -> Tensors {
                                    return {segment(Segment::min, a.tensor(0), a.tensor(1))};
                                  }};
  constexpr Call kUnsortedList[] = {
      [](const Arguments& a) -> Tensors {
        return {unsorted_segment(Segment::sum, a.tensor(0), a.tensor(1), a.integer(2))};
      },
      [](const Arguments& a) -> Tensors {
        return {unsorted_segment(Segment::prod, a.tensor(0), a.tensor(1), a.integer(2))};
      },
      [](const Arguments& a) -> Tensors {
        return {unsorted_segment(Segment::max, a.tensor(0), a.tensor(1), a.integer(2))};
      },
      [](const Arguments& a) -> Tensors {
        return {unsorted_segment(Segment::min, a.tensor(0), a.tensor(1), a.integer(2))};
      }};
  for (int i = 0; i < 4; ++i) {
    out.push_back(
        {.name = kSortedNames[i],
         .params = sorted_params,
         .call = kSortedList[i],
         .dtypes = dtypes_of(Segment(i)),
         .doc = sorted_doc(kWhat[i], kGradients[i] + sorted_example(kSortedNames[i], kSorted[i]))});
    out.push_back(
        {.name = kUnsortedNames[i],
         .params = unsorted_params,
         .call = kUnsortedList[i],
         .dtypes = dtypes_of(Segment(i)),
         .doc = unsorted_doc(kWhat[i], kEmpty[i],
                             kGradients[i] + unsorted_example(kUnsortedNames[i], kUnsorted[i]))});
  }
  out.push_back({.name = "segment_mean",
                 .params = sorted_params,
                 .call = [](const Arguments& a) -> Tensors {
                   return {segment_mean(a.tensor(0), a.tensor(1))};
                 },
                 .dtypes = kNumbers,
                 .doc = sorted_doc("The mean (of integers: rounded towards zero)",
                                   sorted_example("segment_mean", "1.5, 4. "))});
}

}  // namespace pyten
