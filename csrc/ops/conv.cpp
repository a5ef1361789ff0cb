// Convolutions: three ops, each linear in both operands, whose gradients are the other two.
#include "ops/conv.h"

#include "kernels/windows.h"
#include "ops/batch.h"
#include "ops/elementwise.h"
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

using kernels::Conv;

namespace {

constexpr DTypeSet kConvDTypes = kFloats | DType::kInt32;

Dims image_sizes(const Shape& shape) { return Dims(shape.begin() + 1, shape.end() - 1); }
Dims filter_sizes(const Shape& shape) { return Dims(shape.begin(), shape.end() - 2); }

Attrs attrs_of(const ConvGeometry& g) {
  return {{"strides", g.strides},
          {"dilations", g.dilations},
          {"pads", g.pads},
          {"sizes", g.sizes},
          {"groups", g.groups}};
}
ConvGeometry geometry_of(const Attrs& attrs) {
  return {attrs.get<Dims>("strides"), attrs.get<Dims>("dilations"), attrs.get<Dims>("pads"),
          attrs.get<Dims>("sizes"), attrs.get<int64_t>("groups")};
}
// The same windows for a result of other sizes.
ConvGeometry resized(GradContext& g, Dims sizes) {
  ConvGeometry geometry = geometry_of(g.entry().attrs);
  geometry.sizes = std::move(sizes);
  return geometry;
}

void forward_rule(GradContext& g) {
  const Tensor &x = g.saved(0), &filter = g.saved(1);
  if (g.needs(0)) {
    g.set(0, conv_input_gradient(g.dy(), filter, resized(g, image_sizes(x.shape()))));
  }
  if (g.needs(1)) {
    g.set(1, conv_filter_gradient(x, g.dy(), resized(g, filter_sizes(filter.shape()))));
  }
}
void input_gradient_rule(GradContext& g) {
  const Tensor &dy = g.saved(0), &filter = g.saved(1);
  if (g.needs(0)) g.set(0, conv(g.dy(), filter, resized(g, image_sizes(dy.shape()))));
  if (g.needs(1)) {
    g.set(1, conv_filter_gradient(g.dy(), dy, resized(g, filter_sizes(filter.shape()))));
  }
}
void filter_gradient_rule(GradContext& g) {
  const Tensor &x = g.saved(0), &dy = g.saved(1);
  if (g.needs(0)) g.set(0, conv_input_gradient(dy, g.dy(), resized(g, image_sizes(x.shape()))));
  if (g.needs(1)) g.set(1, conv(x, g.dy(), resized(g, image_sizes(dy.shape()))));
}

Tensors call_again(const Op& op, const Tensors& inputs, const Attrs& attrs);
Tensors batch_conv(const Op& op, const Tensors& inputs, std::span<const bool> batched,
                   const Attrs& attrs, int64_t n);

const Op kOps[] = {{"conv", forward_rule, call_again, batch_conv},
                   {"conv_input_gradient", input_gradient_rule, call_again, batch_conv},
                   {"conv_filter_gradient", filter_gradient_rule, call_again, batch_conv}};

Tensors call_again(const Op& op, const Tensors& inputs, const Attrs& attrs) {
  ConvGeometry g = geometry_of(attrs);
  if (&op == &kOps[0]) return {conv(inputs[0], inputs[1], g)};
  if (&op == &kOps[1]) return {conv_input_gradient(inputs[0], inputs[1], g)};
  return {conv_filter_gradient(inputs[0], inputs[1], g)};
}

// Examples as parts of the last axis, which holds channels in images and outputs in filters, and
// back.
Tensor into_channels(const Tensor& x) {
  Dims perm;
  for (int i = 1; i + 1 < x.rank(); ++i) perm.push_back(i);
  perm.push_back(0);
  perm.push_back(x.rank() - 1);
  Shape shape(x.shape().begin() + 1, x.shape().end());
  shape.back() *= x.dim(0);
  return reshape(transpose(x, perm), shape);
}
Tensor from_channels(const Tensor& x, int64_t n) {
  Shape shape = x.shape();
  shape.back() /= n;
  shape.insert(shape.size() - 1, n);
  Dims perm = {x.rank() - 1};
  for (int i = 0; i < x.rank(); ++i) perm.push_back(i + (i == x.rank() - 1));
  return transpose(reshape(x, shape), perm);
}

// One convolution for all examples: their images are one batch where the filter is the same, else
// they are groups of channels, or with the same images more outputs.
Tensors batch_conv(const Op& op, const Tensors& inputs, std::span<const bool> batched,
                   const Attrs& attrs, int64_t n) {
  ConvGeometry g = geometry_of(attrs);
  bool for_filter = &op == &kOps[2];
  if (!for_filter && !batched[1]) {
    Shape shape(inputs[0].shape().begin() + 1, inputs[0].shape().end());
    shape[0] *= n;
    Tensor out = call_again(op, {reshape(inputs[0], shape), inputs[1]}, attrs)[0];
    shape = with_front(n, out.shape());
    shape[1] /= n;
    return {reshape(out, shape)};
  }
  Tensor a = inputs[0], b = inputs[1];
  if (batched[0] || g.groups > 1 || &op == &kOps[1]) {
    a = into_channels(with_batch(a, batched[0], n));
    b = with_batch(b, batched[1], n);
    g.groups *= n;
  }
  return {from_channels(call_again(op, {a, into_channels(b)}, attrs_of(g))[0], n)};
}

// The three tensors of a convolution: which of them is missing is what is asked for.
struct Operands {
  Shape x, filter, y;
};

void require_geometry(const char* op, const ConvGeometry& g, int axes) {
  bool lengths = g.strides.ssize() == axes && g.dilations.ssize() == axes &&
                 g.pads.ssize() == axes && g.sizes.ssize() == axes;
  bool positive = g.groups > 0;
  for (int64_t s : g.strides) positive = positive && s > 0;
  for (int64_t d : g.dilations) positive = positive && d > 0;
  if (axes < 1 || axes > 3 || !lengths || !positive) {
    fail(ErrorKind::kInvalidArgument, op,
         ": strides, dilations, pads and sizes must have an entry for each of 1 to 3 spatial axes, "
         "and strides, dilations and groups must be positive, got strides=",
         ints_text(g.strides), ", dilations=", ints_text(g.dilations), ", pads=", ints_text(g.pads),
         ", sizes=", ints_text(g.sizes), " and groups=", g.groups, " for ", axes, " axes");
  }
}

// What is left of an operand's shape once its spatial sizes are known to be there.
[[noreturn]] void refuse(const char* op, const char* first, const Tensor& a, const char* second,
                         const Tensor& b, const ConvGeometry& g) {
  fail(ErrorKind::kInvalidArgument, op, ": ranks must agree and channels must fit the groups, got ",
       first, ".shape=", tuple_text(a.shape()), ", ", second, ".shape=", tuple_text(b.shape()),
       " and groups=", g.groups);
}

kernels::ConvArgs args_of(const Operands& o, const ConvGeometry& g) {
  kernels::ConvArgs args{};
  args.batch = o.x[0], args.groups = g.groups;
  args.in_channels = o.x.back(), args.out_channels = o.y.back();
  kernels::Window& w = args.window;
  int axes = o.x.ssize() - 2;
  for (int d = 0; d < 3; ++d) {
    int i = d - (3 - axes);
    w.in[d] = i < 0 ? 1 : o.x[i + 1];
    w.kernel[d] = i < 0 ? 1 : o.filter[i];
    w.out[d] = i < 0 ? 1 : o.y[i + 1];
    w.stride[d] = i < 0 ? 1 : g.strides[i];
    w.dilation[d] = i < 0 ? 1 : g.dilations[i];
    w.pad[d] = i < 0 ? 0 : g.pads[i];
  }
  return args;
}

// [..., c] -> [..., c * times], each channel repeated.
Tensor repeated(const Tensor& x, int64_t times) {
  Shape wide = x.shape(), joined = x.shape();
  wide.push_back(times);
  joined.back() *= times;
  return packed(reshape(broadcast_to(expand_dims(x, -1), wide), joined));
}

// Runs the kernel for the operand `kind` asks for, the others given.
Tensor run(Conv kind, const Tensor& a, const Tensor& b, Operands o, ConvGeometry g) {
  const Shape shape = kind == Conv::forward ? o.y : kind == Conv::input_gradient ? o.x : o.filter;
  DType dtype = a.dtype();
  Unrecorded pause;
  if (dtype == DType::kFloat16 || dtype == DType::kBFloat16) {  // summed in float32, rounded once
    DType wide = DType::kFloat32;
    return converted(run(kind, converted(a, wide), converted(b, wide), o, g), dtype);
  }
  // Several filters for each channel: as many copies of the channel, one filter each.
  int64_t times = o.x.back() == g.groups && g.groups > 1 ? o.y.back() / g.groups : 1;
  if (times > 1) {
    g.groups *= times;
    o.x.back() *= times;
    if (kind != Conv::input_gradient) return run(kind, repeated(a, times), b, o, g);
    Shape split = shape;
    split.push_back(times);
    return reduce_sum(reshape(run(kind, a, b, o, g), split), Dims{-1});
  }
  Tensor out = Tensor::empty(shape, dtype, a.device());
  if (out.size() == 0) return out;
  if (a.size() == 0 || b.size() == 0) {
    fill_zero(out);
    return out;
  }
  Tensor p = packed(a), q = packed(b);
  auto bytes = [](const Tensor& t) { return const_cast<void*>(t.data()); };
  kernels::ConvArgs args = args_of(o, g);
  args.x = bytes(kind == Conv::input_gradient ? out : p);
  args.filter = bytes(kind == Conv::filter_gradient ? out : q);
  args.y = bytes(kind == Conv::forward ? out : kind == Conv::input_gradient ? p : q);
  kernels::ConvLoop loop = table_of(a).conv[int(kind)][int(dtype)];
  if (loop == nullptr) [[unlikely]]
    fail_no_kernel(kOps[int(kind)].name, a);
  loop(args);
  return out;
}

Tensor finish(Conv kind, const Tensor& a, const Tensor& b, Operands o, const ConvGeometry& g) {
  if (!together(a, b)) [[unlikely]] {
    Device at = meeting_place(kOps[int(kind)].name, {&a, &b});
    return finish(kind, to_device(a, at), to_device(b, at), std::move(o), g);
  }
  Tensor out = run(kind, a, b, std::move(o), g);
  if (recording(a, b)) record(kOps[int(kind)], {a, b}, {out}, {a, b}, attrs_of(g));
  return out;
}

void require_operands(const char* op, const Tensor& a, const Tensor& b, const ConvGeometry& g) {
  require_same_dtype(op, a, b);
  require_dtype(op, a.dtype(), kConvDTypes);
  require_geometry(op, g, a.rank() - 2);
}

}  // namespace

Tensor conv(const Tensor& x, const Tensor& filter, const ConvGeometry& g) {
  const char* op = "conv";
  require_operands(op, x, filter, g);
  if (filter.rank() != x.rank() || x.shape().back() != filter.shape()[x.rank() - 2] * g.groups ||
      filter.shape().back() % g.groups != 0) {
    refuse(op, "x", x, "filter", filter, g);
  }
  Shape y{x.dim(0)};
  y.append(g.sizes.begin(), g.sizes.end());
  y.push_back(filter.shape().back());
  return finish(Conv::forward, x, filter, {x.shape(), filter.shape(), y}, g);
}

Tensor conv_input_gradient(const Tensor& dy, const Tensor& filter, const ConvGeometry& g) {
  const char* op = "conv_input_gradient";
  require_operands(op, dy, filter, g);
  if (filter.rank() != dy.rank() || dy.shape().back() != filter.shape().back() ||
      filter.shape().back() % g.groups != 0) {
    refuse(op, "dy", dy, "filter", filter, g);
  }
  Shape x{dy.dim(0)};
  x.append(g.sizes.begin(), g.sizes.end());
  x.push_back(filter.shape()[filter.rank() - 2] * g.groups);
  return finish(Conv::input_gradient, dy, filter, {x, filter.shape(), dy.shape()}, g);
}

Tensor conv_filter_gradient(const Tensor& x, const Tensor& dy, const ConvGeometry& g) {
  const char* op = "conv_filter_gradient";
  require_operands(op, x, dy, g);
  if (x.rank() != dy.rank() || x.dim(0) != dy.dim(0) || x.shape().back() % g.groups != 0 ||
      dy.shape().back() % g.groups != 0) {
    refuse(op, "x", x, "dy", dy, g);
  }
  Shape filter = g.sizes;
  filter.push_back(x.shape().back() / g.groups);
  filter.push_back(dy.shape().back());
  return finish(Conv::filter_gradient, x, dy, {x.shape(), filter, dy.shape()}, g);
}

void register_conv(Functions& out) {
  struct Named {
    const char *name, *first, *second, *summary, *returns;
    Tensors (*call)(const Arguments&);
  };
  static constexpr auto geometry = [](const Arguments& a) {
    return ConvGeometry{a.ints(2), a.ints(3), a.ints(4), a.ints(5), a.integer(6)};
  };
  static const Named names[] = {
      {"_conv", "x", "filter", "Sums of windows of x, weighted by a filter.",
       "A tensor [n, sizes, outputs].",
       [](const Arguments& a) -> Tensors { return {conv(a.tensor(0), a.tensor(1), geometry(a))}; }},
      {"_conv_input_gradient", "dy", "filter", "The adjoint of _conv by its first operand.",
       "A tensor [n, sizes, channels].",
       [](const Arguments& a) -> Tensors {
         return {conv_input_gradient(a.tensor(0), a.tensor(1), geometry(a))};
       }},
      {"_conv_filter_gradient", "x", "dy", "The adjoint of _conv by its filter.",
       "A tensor [sizes, channels / groups, outputs].", [](const Arguments& a) -> Tensors {
         return {conv_filter_gradient(a.tensor(0), a.tensor(1), geometry(a))};
       }}};
  for (const Named& n : names) {
    out.push_back(
        {.name = n.name,
         .params = {{n.first, Kind::kTensor},
                    {n.second, Kind::kTensor},
                    {"strides", Kind::kInts},
                    {"dilations", Kind::kInts},
                    {"pads", Kind::kInts},
                    {"sizes", Kind::kInts},
                    {"groups", Kind::kInt, "1"}},
         .call = n.call,
         .dtypes = kConvDTypes,
         .doc =
             std::string(n.summary) + R"(

Args:
  )" + n.first +
             R"(: a tensor [n, ..., channels] with 1 to 3 spatial axes; )" +
             dtype_names(kConvDTypes) + R"(.
  )" + n.second +
             R"(: a tensor of the same dtype and rank; a filter is [..., channels / groups, outputs].
  strides: the step of the window along each spatial axis.
  dilations: the step between the window's taps along each.
  pads: how many zeros stand before the first place of each.
  sizes: the spatial sizes of the result.
  groups: in how many parts the channels are convolved apart.

Returns:
  )" + n.returns +
             R"(

Raises:
  InvalidArgumentError: the shapes do not fit (also a ValueError), or the dtypes differ or are
    refused (also a TypeError).
)"});
  }
}

}  // namespace pyten
