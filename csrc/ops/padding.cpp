// Elements added around a tensor.
#include <cctype>

#include "ops/batch.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

void pad_rule(GradContext& g) {
  const Dims& before = g.attr<Dims>("before");
  Dims strides(before.size(), 1);
  Tensor inside = slice(g.dy(), before, g.input_shape(0), strides);
  g.set(0, inside);
  if (g.needs(1)) {
    g.set(1, reduce_sum(g.dy() - slice_scatter(inside, g.output_shape(), before, strides)));
  }
}
const Op kPad{"pad", pad_rule,
              [](const Op&, const Tensors& x, const Attrs& a) -> Tensors {
                return {pad(x[0], a.get<Dims>("before"), a.get<Dims>("after"), x[1])};
              },
              [](const Op&, const Tensors& x, std::span<const bool> batched, const Attrs& a,
                 int64_t n) -> Tensors {
                if (batched[1]) return {};
                return {pad(with_batch(x[0], batched[0], n), with_front(0, a.get<Dims>("before")),
                            with_front(0, a.get<Dims>("after")), x[1])};
              }};

void require_paddings(const Tensor& x, const Dims& before, const Dims& after) {
  if (before.ssize() != x.rank() || after.ssize() != x.rank()) {
    fail(ErrorKind::kInvalidArgument,
         "pad: The first dimension of paddings must be the rank of inputs, got ", before.size(),
         " pairs for tensor.shape=", tuple_text(x.shape()));
  }
  for (int i = 0; i < x.rank(); ++i) {
    if (before[i] < 0 || after[i] < 0) {
      fail(ErrorKind::kInvalidArgument, "pad: Paddings must be non-negative, got ", before[i],
           " and ", after[i], " for axis ", i);
    }
  }
}

}  // namespace

Tensor pad(const Tensor& x, const Dims& before, const Dims& after, const Tensor& value) {
  require_same_dtype("pad", x, value);
  if (!together(x, value)) [[unlikely]] {
    Device at = meeting_place("pad", {&x, &value});
    return pad(to_device(x, at), before, after, to_device(value, at));
  }
  require_scalar("pad", "constant_values", value);
  require_paddings(x, before, after);
  Shape shape = x.shape();
  for (int i = 0; i < x.rank(); ++i) shape[i] += before[i] + after[i];
  Tensor out = Tensor::empty(shape, x.dtype(), x.device());
  fill_with(out, value);
  int64_t offset = 0;
  for (int i = 0; i < x.rank(); ++i) offset += before[i] * out.strides()[i];
  char* inside = static_cast<char*>(out.mutable_data()) + offset * int64_t(size_of(x.dtype()));
  if (x.size()) copy_into(x, inside, out.strides());
  if (recording(x, value)) {
    record(kPad, {x, value}, {out}, {}, {{"before", before}, {"after", after}});
  }
  return out;
}

Tensor mirror_pad(const Tensor& x, const Dims& before, const Dims& after, bool symmetric) {
  require_paddings(x, before, after);
  Tensor out = identity(x);
  for (int i = 0; i < x.rank(); ++i) {
    int64_t n = x.dim(i), most = symmetric ? n : n - 1;
    if (before[i] > most || after[i] > most) {
      fail(ErrorKind::kInvalidArgument, "pad: paddings must be ", symmetric ? "no greater" : "less",
           " than the dimension size: ", before[i], ", ", after[i],
           symmetric ? " greater than " : " not less than ", n, " (axis ", i,
           " of tensor.shape=", tuple_text(x.shape()), ")");
    }
    if (before[i] == 0 && after[i] == 0) continue;
    int64_t skip = symmetric ? 1 : 0;  // the edge itself is repeated
    std::vector<int64_t> places;
    for (int64_t k = -before[i]; k < n + after[i]; ++k) {
      places.push_back(k < 0 ? -k - skip : k < n ? k : 2 * n - 2 - k + skip);
    }
    int64_t count = int64_t(places.size());
    out = gather(out, from_values<int64_t>(places, {count}, DType::kInt64), i, 0);
  }
  return out;
}

void register_padding(Functions& out) {
  const Param name{"name", Kind::kName, "None"};

  out.push_back(
      {.name = "pad",
       .params = {{"tensor", Kind::kTensor},
                  {"paddings", Kind::kIndices},
                  {"mode", Kind::kString, "'CONSTANT'"},
                  {"constant_values", Kind::kTensor, "0"},
                  name},
       .call = [](const Arguments& a) -> Tensors {
         const Tensor &x = a.tensor(0), &paddings = a.tensor(1);
         if (paddings.rank() != 2 || paddings.dim(1) != 2 || paddings.dim(0) != x.rank()) {
           fail(ErrorKind::kInvalidArgument,
                "pad: paddings must have a pair for each axis, got tensor.shape=",
                tuple_text(x.shape()), " and paddings.shape=", tuple_text(paddings.shape()),
                ": The first dimension of paddings must be the rank of inputs");
         }
         reading_values(paddings);
         Tensor list = converted(on_host(paddings), DType::kInt64);
         const int64_t* p = list.data_as<int64_t>();
         Dims before, after;
         for (int i = 0; i < x.rank(); ++i) {
           before.push_back(p[2 * i]);
           after.push_back(p[2 * i + 1]);
         }
         std::string mode = a.string(2);
         for (char& c : mode) c = char(std::toupper(static_cast<unsigned char>(c)));
         if (mode == "CONSTANT") return {pad(x, before, after, a.tensor(3))};
         if (mode != "REFLECT" && mode != "SYMMETRIC") {
           fail(ErrorKind::kValue, "pad: mode must be 'CONSTANT', 'REFLECT' or 'SYMMETRIC', got '",
                a.string(2), "'");
         }
         return {mirror_pad(x, before, after, mode == "SYMMETRIC")};
       },
       .doc = R"(Adds elements before and after the ends of each axis.

Args:
  tensor: a tensor of any shape and dtype.
  paddings: integers of shape [rank, 2]: how many before and after, for each axis.
  mode: 'CONSTANT' adds constant_values; 'REFLECT' mirrors the tensor about its edge elements,
    'SYMMETRIC' repeats these too.
  constant_values: a scalar of the tensor's dtype.
  name: accepted for compatibility and ignored.

Returns:
  A tensor whose size along axis i is paddings[i, 0] + tensor.shape[i] + paddings[i, 1].

Raises:
  InvalidArgumentError: paddings has the wrong shape, a negative entry, or more than there is to
    mirror (also a ValueError).
  ValueError: an unknown mode.

Example:
  >>> tf.pad([1, 2, 3], [[2, 1]], 'REFLECT')
  <tf.Tensor: shape=(6,), dtype=int32, numpy=array([3, 2, 1, 2, 3, 2], dtype=int32)>
)"});
}

}  // namespace pyten
