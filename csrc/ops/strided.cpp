#include "ops/strided.h"

#include "ops/batch.h"
#include "ops/layout.h"

namespace pyten {
namespace {

// The place in row-major memory of each element of the view: int64 [count, 1].
Tensor places_of(const Shape& shape, const Dims& strides, int64_t offset) {
  Tensor places = Tensor::empty({num_elements(shape), 1}, DType::kInt64);
  auto* out = static_cast<int64_t*>(places.mutable_data());
  Dims at(shape.size(), 0);
  for (int64_t i = 0, n = places.size(), place = offset; i < n; ++i) {
    out[i] = place;
    for (int axis = shape.ssize() - 1; axis >= 0; --axis) {
      place += strides[axis];
      if (++at[axis] < shape[axis]) break;
      place -= shape[axis] * strides[axis];
      at[axis] = 0;
    }
  }
  return places;
}

Tensor rows_of(const Tensor& x) { return reshape(x, {x.size()}); }

void strided_view_rule(GradContext& g) {
  Tensor places = places_of(g.output_shape(), g.attr<Dims>("strides"), g.attr<int64_t>("offset"));
  Tensor flat = scatter_nd(places, rows_of(g.dy()), {num_elements(g.input_shape(0))});
  g.set(0, reshape(flat, g.input_shape(0)));
}
Tensors strided_view_again(const Op&, const Tensors& x, const Attrs& a) {
  return {strided_view(contiguous(x[0]), a.get<Dims>("shape"), a.get<Dims>("strides"),
                       a.get<int64_t>("offset"))};
}
const Op kStridedView{"strided_view", strided_view_rule, strided_view_again};

const Op kFreshCopy{
    "fresh_copy", [](GradContext& g) { g.set(0, g.dy()); },
    [](const Op&, const Tensors& x, const Attrs&) -> Tensors { return {fresh_copy(x[0])}; },
    batch_as_is};

}  // namespace

Tensor strided_view(const Tensor& x, const Shape& shape, const Dims& strides, int64_t offset) {
  Tensor out = x.as_strided(shape, strides, offset);
  if (recording(x)) {
    record(kStridedView, {x}, {out}, {},
           {{"shape", shape}, {"strides", strides}, {"offset", offset}});
  }
  return out;
}

Tensor strided_update(const Tensor& x, const Tensor& y, const Dims& strides, int64_t offset) {
  Tensor places = places_of(y.shape(), strides, offset);
  return reshape(tensor_scatter_nd(kernels::Scatter::update, rows_of(x), places, rows_of(y)),
                 x.shape());
}

Tensor fresh_copy(const Tensor& x) {
  Tensor out = Tensor::empty(x.shape(), x.dtype(), x.device());
  copy_into(x, out.mutable_data(), out.strides());
  if (recording(x)) record(kFreshCopy, {x}, {out}, {});
  return out;
}

}  // namespace pyten
