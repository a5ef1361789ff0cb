#include "autograd/forward.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "autograd/tape.h"
#include "ops/ops.h"
#include "ops/placement.h"
#include "ops/rules.h"

namespace pyten {

namespace {

// How the tangent of a call follows from those of its inputs.
enum class Way : uint8_t {
  kTranspose,    // the gradient rule's adjoint: for every op that has a rule
  kElementwise,  // the rule itself: a diagonal derivative is its own adjoint (real numbers)
  kLinear,       // the op itself, on the tangents
  kBilinear,     // the op once for each operand's tangent
};

constexpr std::string_view kElementwiseOps[] = {
#define PYTEN_UNARY(name, dtypes) #name,
#define PYTEN_BINARY(name, dtypes) #name,
#include "kernels/elementwise.def"
};
constexpr std::string_view kLinearOps[] = {
    "add_n",         "broadcast_to", "cast",    "concat", "conj",           "contiguous",
    "cumsum",        "expand_dims",  "fill",    "gather", "gather_adjoint", "gather_nd",
    "identity",      "imag",         "index",   "pad",    "real",           "reduce_mean",
    "reduce_sum",    "reshape",      "reverse", "roll",   "scatter_nd",     "slice",
    "slice_scatter", "split",        "squeeze", "stack",  "sum_to",         "tile",
    "transpose",     "unstack",      "where",
};

Way classify(const Op& op) {
  auto in = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), op.name) != std::end(names);
  };
  if (op.call && in(kLinearOps)) return Way::kLinear;
  if (op.call && std::string_view(op.name) == "matmul") return Way::kBilinear;
  return in(kElementwiseOps) ? Way::kElementwise : Way::kTranspose;
}

Way way_of(const Op& op) {
  thread_local std::unordered_map<const Op*, Way> ways;
  auto [at, fresh] = ways.try_emplace(&op);
  if (fresh) at->second = classify(op);
  return at->second;
}

using Needs = SmallVector<bool, 4>;

Tensor sum_of(const Tensor& a, const Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? a + b : a;
}

Tensors elementwise(const Entry& entry, const Tensors& tangents) {
  const Shape& shape = entry.outputs[0].shape;
  Tensor total;
  SmallVector<Tensor, 4> dy, result;
  for (size_t i = 0; i < tangents.size(); ++i) {
    if (!tangents[i].defined()) continue;
    Needs needs(tangents.size(), false);
    needs[i] = true;
    dy.clear();
    dy.push_back(fit(tangents[i], shape));
    run_rule(entry, dy, {needs.data(), needs.size()}, result);
    if (result[i].defined()) total = sum_of(total, fit(result[i], shape));
  }
  return {total};
}

Tensors called(const Entry& entry, const Tensors& inputs) {
  return softly([&](const Tensors& x) { return entry.op->call(*entry.op, x, entry.attrs); },
                inputs);
}

Tensors linear(const Entry& entry, const Call& call, const Tensors& tangents) {
  Tensors inputs(tangents.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& x = call.inputs[i];
    DeviceScope beside_x(x.device());
    inputs[i] = tangents[i].defined()   ? tangents[i]
                : is_inexact(x.dtype()) ? zeros(x.shape(), x.dtype())
                                        : x;
  }
  return called(entry, inputs);
}

Tensors bilinear(const Entry& entry, const Call& call, const Tensors& tangents) {
  Tensor total;
  for (size_t i = 0; i < 2; ++i) {
    if (!tangents[i].defined()) continue;
    Tensors inputs(call.inputs.begin(), call.inputs.end());
    inputs[i] = tangents[i];
    total = sum_of(total, called(entry, inputs)[0]);
  }
  return {total};
}

// The gradient rule is linear in dy: on a watched dy it gives a recording of the derivative's
// adjoint, whose gradient along the tangents is the derivative itself. dy is ones, so that a rule
// that is safe where dy is 0 does not cut.
Tensors transposed(const Entry& entry, const Tensors& tangents) {
  Ref<Tape> tape = Tape::create(false, false);
  SmallVector<Tensor, 4> dy, result;
  std::vector<Source> sources;
  std::vector<size_t> places;
  for (size_t i = 0; i < entry.outputs.size(); ++i) {
    DeviceScope beside_the_call(entry.device);
    dy.push_back(ones(entry.outputs[i].shape, entry.outputs[i].dtype));
    if (!is_inexact(entry.outputs[i].dtype)) continue;
    tape->watch(dy.back());
    sources.emplace_back(dy.back());
    places.push_back(i);
  }
  Needs needs;
  for (const Tensor& t : tangents) needs.push_back(t.defined());
  Tensors targets, seeds;
  tape->start();
  try {
    run_rule(entry, dy, {needs.data(), needs.size()}, result);
    for (size_t i = 0; i < tangents.size(); ++i) {
      if (!needs[i] || !result[i].defined()) continue;
      targets.push_back(fit(result[i], entry.inputs[i].shape));
      seeds.push_back(tangents[i]);
    }
  } catch (...) {
    tape->stop();
    throw;
  }
  Tensors found = tape->gradient(targets, sources, seeds);
  Tensors out(entry.outputs.size());
  for (size_t i = 0; i < places.size(); ++i) out[places[i]] = found[i];
  return out;
}

bool real_throughout(const Entry& entry) {
  DType dtype = entry.outputs[0].dtype;
  return is_floating(dtype) && entry.inputs[0].dtype == dtype;
}

}  // namespace

void ForwardAccumulator::start() {
  if (recording_) fail(ErrorKind::kValue, "ForwardAccumulator: Accumulator is already recording.");
  recording_ = true;
  ListenerStack::here().push(Ref<Listener>::share(this));
}

void ForwardAccumulator::stop() {
  if (!recording_) fail(ErrorKind::kValue, "ForwardAccumulator: Accumulator is not recording.");
  recording_ = false;
  ListenerStack::here().remove(this);
}

namespace {

Tensor checked_tangent(const Tensor& tangent, const Shape& shape, DType dtype) {
  if (tangent.dtype() != dtype) {
    fail(ErrorKind::kInvalidDType, "ForwardAccumulator: a tangent must have its primal's dtype ",
         name_of(dtype), ", got ", name_of(tangent.dtype()));
  }
  if (tangent.shape() == shape) return tangent;
  std::optional<Shape> both = broadcast_shapes(tangent.shape(), shape);
  if (!both || *both != shape) {
    fail(ErrorKind::kInvalidArgument, "ForwardAccumulator: a tangent must have its primal's shape ",
         tuple_text(shape), ", got ", tuple_text(tangent.shape()));
  }
  return broadcast_to(tangent, shape);
}

}  // namespace

void ForwardAccumulator::watch(const Tensor& primal, const Tensor& tangent) {
  keep(tensor_id(primal), primal, checked_tangent(tangent, primal.shape(), primal.dtype()));
}

void ForwardAccumulator::watch(const Variable& primal, const Tensor& tangent) {
  keep(primal.id(), Tensor(), checked_tangent(tangent, primal.shape(), primal.dtype()));
}

// The variable's present value has the variable's tangent, whatever it was before.
void ForwardAccumulator::on_read(const Variable& v) {
  auto at = known_.find(v.id());
  if (at == known_.end()) return;
  Tensor tangent = at->second.tangent;
  keep(tensor_id(v.peek()), v.peek(), std::move(tangent));
}

void ForwardAccumulator::on_record(const Ref<Entry>& entry, const Call& call, size_t place) {
  if (entry->op->grad == nullptr && !entry->custom) return;
  Tensors tangents;
  bool any = false;
  for (const ValueInfo& input : entry->inputs) {
    tangents.push_back(is_inexact(input.dtype) ? tangent(input.id) : Tensor());
    any |= tangents.back().defined();
  }
  bool inexact = std::any_of(entry->outputs.begin(), entry->outputs.end(),
                             [](const ValueInfo& o) { return is_inexact(o.dtype); });
  if (!any || !inexact) return;

  Tensors found;
  {
    Outside outside(place);
    Way way = entry->custom ? Way::kTranspose : way_of(*entry->op);
    if (way == Way::kElementwise && !real_throughout(*entry)) way = Way::kTranspose;
    found = way == Way::kLinear        ? linear(*entry, call, tangents)
            : way == Way::kBilinear    ? bilinear(*entry, call, tangents)
            : way == Way::kElementwise ? elementwise(*entry, tangents)
                                       : transposed(*entry, tangents);
  }
  for (size_t i = 0; i < found.size(); ++i) {
    if (!found[i].defined() || !is_inexact(entry->outputs[i].dtype)) continue;
    keep(entry->outputs[i].id, call.outputs[i], std::move(found[i]));
  }
}

void ForwardAccumulator::keep(int64_t id, Tensor primal, Tensor tangent) {
  bytes_ += tangent.nbytes() + (primal.defined() ? primal.nbytes() : 0);
  known_[id] = {std::move(primal), std::move(tangent)};
  if (known_.size() > sweep_at_count_ || bytes_ > sweep_at_bytes_) sweep();
}

void ForwardAccumulator::sweep() {
  bytes_ = 0;
  for (auto at = known_.begin(); at != known_.end();) {
    const Known& k = at->second;
    if (k.primal.defined() && k.primal.impl()->refs() == 1) {
      at = known_.erase(at);
      continue;
    }
    bytes_ += k.tangent.nbytes() + (k.primal.defined() ? k.primal.nbytes() : 0);
    ++at;
  }
  sweep_at_count_ = std::max<size_t>(256, 2 * known_.size());
  sweep_at_bytes_ = std::max<size_t>(size_t(16) << 20, 2 * bytes_);
}

}  // namespace pyten
