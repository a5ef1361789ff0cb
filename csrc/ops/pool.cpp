// Pooling. Maxima keep their places, so that the gradient of any order only takes and puts.
#include "ops/pool.h"

#include "kernels/windows.h"
#include "ops/batch.h"
#include "ops/elementwise.h"
#include "ops/function.h"
#include "ops/layout.h"
#include "ops/rules.h"

namespace pyten {

using kernels::Pool;

namespace {

constexpr DTypeSet kMaxDTypes = kFloats | kSignedInts | DType::kUInt8 | DType::kUInt16;

Dims image_sizes(const Shape& shape) { return Dims(shape.begin() + 1, shape.end() - 1); }

Shape with_sizes(const Shape& shape, const Dims& sizes) {
  Shape out{shape[0]};
  out.append(sizes.begin(), sizes.end());
  out.push_back(shape.back());
  return out;
}

Attrs attrs_of(const PoolGeometry& g) {
  return {{"window", g.window},
          {"strides", g.strides},
          {"dilations", g.dilations},
          {"pads", g.pads},
          {"sizes", g.sizes}};
}
PoolGeometry geometry_of(const Attrs& attrs) {
  return {attrs.get<Dims>("window"), attrs.get<Dims>("strides"), attrs.get<Dims>("dilations"),
          attrs.get<Dims>("pads"), attrs.get<Dims>("sizes")};
}
PoolGeometry resized(GradContext& g, const Shape& shape) {
  PoolGeometry geometry = geometry_of(g.entry().attrs);
  geometry.sizes = image_sizes(shape);
  return geometry;
}

// Flat between the places where the greatest changes: the second derivative is zeros, as relu's,
// for which the rule's result stays connected.
void max_rule(GradContext& g) {
  const Tensor& y = g.saved(1);
  Tensor dy = g.dy();
  if (recording(y)) dy = dy + flat(y);
  g.set(0, put_places(dy, g.saved(0), image_sizes(g.input_shape(0))));
}
void average_rule(GradContext& g) {
  g.set(0, average_pool_gradient(g.dy(), resized(g, g.input_shape(0))));
}
void average_gradient_rule(GradContext& g) {
  g.set(0, average_pool(g.dy(), resized(g, g.input_shape(0))));
}
void take_rule(GradContext& g) {
  g.set(0, put_places(g.dy(), g.saved(0), image_sizes(g.input_shape(0))));
}
void put_rule(GradContext& g) { g.set(0, take_places(g.dy(), g.saved(0))); }

// Images of all examples in one batch.
Tensors batch_images(const Op& op, const Tensors& inputs, std::span<const bool> batched,
                     const Attrs& attrs, int64_t n) {
  Tensors joined = with_batches(inputs, batched, n);
  for (Tensor& x : joined) {
    Shape shape(x.shape().begin() + 1, x.shape().end());
    shape[0] *= n;
    x = reshape(x, shape);
  }
  Tensors out = op.call(op, joined, attrs);
  for (Tensor& y : out) {
    Shape shape = with_front(n, y.shape());
    shape[1] /= n;
    y = reshape(y, shape);
  }
  return out;
}

const Op kMaxPool{"max_pool", max_rule,
                  [](const Op&, const Tensors& in, const Attrs& attrs) -> Tensors {
                    return max_pool(in[0], geometry_of(attrs));
                  },
                  batch_images};
const Op kAveragePool{"average_pool", average_rule,
                      [](const Op&, const Tensors& in, const Attrs& attrs) -> Tensors {
                        return {average_pool(in[0], geometry_of(attrs))};
                      },
                      batch_images};
const Op kAveragePoolGradient{"average_pool_gradient", average_gradient_rule,
                              [](const Op&, const Tensors& in, const Attrs& attrs) -> Tensors {
                                return {average_pool_gradient(in[0], geometry_of(attrs))};
                              },
                              batch_images};
const Op kTakePlaces{"take_places", take_rule,
                     [](const Op&, const Tensors& in, const Attrs&) -> Tensors {
                       return {take_places(in[0], in[1])};
                     },
                     batch_images};
const Op kPutPlaces{"put_places", put_rule,
                    [](const Op&, const Tensors& in, const Attrs& attrs) -> Tensors {
                      return {put_places(in[0], in[1], attrs.get<Dims>("sizes"))};
                    },
                    batch_images};

bool is_half(DType d) { return d == DType::kFloat16 || d == DType::kBFloat16; }

void require_geometry(const char* op, const Tensor& x, const PoolGeometry& g) {
  int axes = x.rank() - 2;
  bool fits = axes >= 1 && axes <= 3;
  for (const Dims* list : {&g.window, &g.strides, &g.dilations, &g.pads, &g.sizes}) {
    fits = fits && list->ssize() == axes;
  }
  for (const Dims* list : {&g.window, &g.strides, &g.dilations}) {
    for (int64_t value : *list) fits = fits && value > 0;
  }
  if (fits) return;
  fail(ErrorKind::kInvalidArgument, op,
       ": window, strides, dilations, pads and sizes must have an entry for each of 1 to 3 spatial "
       "axes, and the first three must be positive, got x.shape=",
       tuple_text(x.shape()), ", window=", ints_text(g.window), ", strides=", ints_text(g.strides),
       ", dilations=", ints_text(g.dilations), ", pads=", ints_text(g.pads),
       " and sizes=", ints_text(g.sizes));
}

// `x` and `y` are the shapes of the larger and of the pooled tensor.
kernels::PoolArgs args_of(const Shape& x, const Shape& y, const PoolGeometry& g) {
  kernels::PoolArgs args{};
  args.batch = x[0], args.channels = x.back();
  int axes = x.ssize() - 2;
  for (int d = 0; d < 3; ++d) {
    int i = d - (3 - axes);
    kernels::Window& w = args.window;
    w.in[d] = i < 0 ? 1 : x[i + 1];
    w.kernel[d] = i < 0 ? 1 : g.window[i];
    w.out[d] = i < 0 ? 1 : y[i + 1];
    w.stride[d] = i < 0 ? 1 : g.strides[i];
    w.dilation[d] = i < 0 ? 1 : g.dilations[i];
    w.pad[d] = i < 0 ? 0 : g.pads[i];
  }
  return args;
}

Tensor average(Pool kind, const Op& op, const Tensor& x, const PoolGeometry& g) {
  require_dtype(op.name, x.dtype(), kFloats);
  require_geometry(op.name, x, g);
  Tensor from = packed(is_half(x.dtype()) ? converted(x, DType::kFloat32) : x);
  Tensor out = Tensor::empty(with_sizes(x.shape(), g.sizes), from.dtype(), x.device());
  if (x.size() == 0) {
    out = zeros(out.shape(), out.dtype());
  } else if (out.size()) {
    bool forward = kind == Pool::average;
    const Tensor &large = forward ? from : out, &small = forward ? out : from;
    kernels::PoolArgs args = args_of(large.shape(), small.shape(), g);
    args.x = const_cast<void*>(large.data()), args.y = const_cast<void*>(small.data());
    kernels::PoolLoop loop = table_of(x).pool[int(kind)][int(from.dtype())];
    if (loop == nullptr) [[unlikely]]
      fail_no_kernel(op.name, x);
    loop(args);
  }
  out = converted(out, x.dtype());
  if (recording(x)) record(op, {x}, {out}, {}, attrs_of(g));
  return out;
}

int64_t image_size(const Shape& shape) {
  int64_t n = 1;
  for (int i = 1; i < shape.ssize(); ++i) n *= shape[i];
  return n;
}

void require_places(const char* op, const Tensor& x, const Tensor& places) {
  require_dtype(op, x.dtype(), kFloats);
  require_dtype(op, places.dtype(), DType::kInt32);
  if (x.rank() != places.rank() || x.rank() < 3 || x.dim(0) != places.dim(0)) {
    fail(ErrorKind::kInvalidArgument, op,
         ": x and places must agree in rank (3 or more) and batch, got x.shape=",
         tuple_text(x.shape()), " and places.shape=", tuple_text(places.shape()));
  }
}

void require_range(const char* op, const Tensor& places, int64_t limit) {
  if (!places.device().is_cpu()) [[unlikely]]
    return;  // the kernel leaves out what is outside
  const int32_t* p = places.data_as<int32_t>();
  bool inside = true;
  for (int64_t i = 0; i < places.size(); ++i) inside &= p[i] >= -1 && p[i] < limit;
  if (!inside) {
    fail(ErrorKind::kInvalidIndex, op, ": places must be in the range [-1, ", limit, ")");
  }
}

}  // namespace

Tensors max_pool(const Tensor& x, const PoolGeometry& g) {
  const char* op = kMaxPool.name;
  require_dtype(op, x.dtype(), kMaxDTypes);
  require_geometry(op, x, g);
  if (image_size(x.shape()) > INT32_MAX) {
    fail(ErrorKind::kUnimplemented, op, ": an image must have fewer than 2**31 elements, got ",
         "x.shape=", tuple_text(x.shape()));
  }
  Tensor from = packed(is_half(x.dtype()) ? converted(x, DType::kFloat32) : x);
  Shape shape = with_sizes(x.shape(), g.sizes);
  Tensor out = Tensor::empty(shape, from.dtype(), x.device());
  Tensor places = Tensor::empty(shape, DType::kInt32, x.device());
  if (out.size()) {
    kernels::PoolArgs args = args_of(x.shape(), shape, g);
    args.x = const_cast<void*>(from.data()), args.y = out.mutable_data();
    args.places = static_cast<int32_t*>(places.mutable_data());
    kernels::PoolLoop loop = table_of(x).pool[int(Pool::max)][int(from.dtype())];
    if (loop == nullptr) [[unlikely]]
      fail_no_kernel(op, x);
    loop(args);
  }
  out = converted(out, x.dtype());
  if (recording(x)) record(kMaxPool, {x}, {out, places}, {places, out}, attrs_of(g));
  return {out, places};
}

Tensor average_pool(const Tensor& x, const PoolGeometry& g) {
  return average(Pool::average, kAveragePool, x, g);
}
Tensor average_pool_gradient(const Tensor& dy, const PoolGeometry& g) {
  return average(Pool::average_gradient, kAveragePoolGradient, dy, g);
}

Tensor take_places(const Tensor& x, const Tensor& places) {
  require_places(kTakePlaces.name, x, places);
  Tensor from = packed(is_half(x.dtype()) ? converted(x, DType::kFloat32) : x);
  Tensor at = packed(beside(places, x.device()));
  require_range(kTakePlaces.name, at, image_size(x.shape()));
  Tensor out = Tensor::empty(places.shape(), from.dtype(), x.device());
  if (out.size()) {
    kernels::PlacesLoop loop = table_of(x).take_places[int(from.dtype())];
    if (loop == nullptr) [[unlikely]]
      fail_no_kernel(kTakePlaces.name, x);
    loop({const_cast<void*>(from.data()), out.mutable_data(), at.data_as<int32_t>(), x.dim(0),
          image_size(x.shape()), image_size(places.shape())});
  }
  out = converted(out, x.dtype());
  if (recording(x, places)) record(kTakePlaces, {x, places}, {out}, {places});
  return out;
}

Tensor put_places(const Tensor& dy, const Tensor& places, const Dims& sizes) {
  const char* op = kPutPlaces.name;
  require_places(op, dy, places);
  if (!(dy.shape() == places.shape()) || sizes.ssize() != dy.rank() - 2) {
    fail(ErrorKind::kInvalidArgument, op,
         ": dy and places must have the same shape and sizes an entry for each spatial axis, got "
         "dy.shape=",
         tuple_text(dy.shape()), ", places.shape=", tuple_text(places.shape()),
         " and sizes=", ints_text(sizes));
  }
  Tensor from = packed(is_half(dy.dtype()) ? converted(dy, DType::kFloat32) : dy);
  Tensor at = packed(beside(places, dy.device()));
  Tensor out = Tensor::empty(with_sizes(dy.shape(), sizes), from.dtype(), dy.device());
  require_range(op, at, image_size(out.shape()));
  if (out.size()) {
    kernels::PlacesLoop loop = table_of(dy).put_places[int(from.dtype())];
    if (loop == nullptr) [[unlikely]]
      fail_no_kernel(op, dy);
    loop({out.mutable_data(), const_cast<void*>(from.data()), at.data_as<int32_t>(), dy.dim(0),
          image_size(out.shape()), image_size(places.shape())});
  }
  out = converted(out, dy.dtype());
  if (recording(dy, places)) record(kPutPlaces, {dy, places}, {out}, {places}, {{"sizes", sizes}});
  return out;
}

void register_pool(Functions& out) {
  static constexpr auto geometry = [](const Arguments& a) {
    return PoolGeometry{a.ints(1), a.ints(2), a.ints(3), a.ints(4), a.ints(5)};
  };
  auto add = [&](const char* name, const char* summary, const char* returns, DTypeSet dtypes,
                 Tensors (*call)(const Arguments&), bool list) {
    out.push_back({.name = name,
                   .params = {{"x", Kind::kTensor},
                              {"window", Kind::kInts},
                              {"strides", Kind::kInts},
                              {"dilations", Kind::kInts},
                              {"pads", Kind::kInts},
                              {"sizes", Kind::kInts}},
                   .call = call,
                   .returns_list = list,
                   .dtypes = dtypes,
                   .doc = std::string(summary) + R"(

Args:
  x: a tensor [n, ..., channels] with 1 to 3 spatial axes; )" +
                          dtype_names(dtypes) + R"(.
  window: the window's size along each spatial axis.
  strides: its step along each.
  dilations: the step between its taps along each.
  pads: how much of it may stand before the first place of each.
  sizes: the spatial sizes of the result.

Returns:
  )" + returns + R"(

Raises:
  InvalidArgumentError: the lengths do not fit (also a ValueError), or the dtype is refused (also a
    TypeError).
)"});
  };
  add(
      "_max_pool", "The greatest of each window, and where it stands.",
      "[values, places]: the places int32, in the flattened image.", kMaxDTypes,
      [](const Arguments& a) -> Tensors { return max_pool(a.tensor(0), geometry(a)); }, true);
  add(
      "_average_pool", "The mean of what each window has inside x.",
      "A tensor [n, sizes, channels].", kFloats,
      [](const Arguments& a) -> Tensors { return {average_pool(a.tensor(0), geometry(a))}; },
      false);
  add(
      "_average_pool_gradient", "The adjoint of _average_pool.", "A tensor [n, sizes, channels].",
      kFloats,
      [](const Arguments& a) -> Tensors {
        return {average_pool_gradient(a.tensor(0), geometry(a))};
      },
      false);
}

}  // namespace pyten
