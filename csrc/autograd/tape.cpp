#include "autograd/tape.h"

#include <algorithm>

#include "autograd/numerics.h"
#include "kernels/threads.h"
#include "ops/ops.h"
#include "ops/placement.h"

namespace pyten {

namespace {
const Op kReadVariable{"read_variable", [](GradContext& g) { g.set(0, g.dy()); }};
}  // namespace

Ref<Tape> Tape::create(bool persistent, bool watch_accessed_variables) {
  return Ref<Tape>::adopt(new Tape(persistent, watch_accessed_variables));
}

void Tape::destroy(Tape* tape) { delete tape; }

void Tape::start() {
  if (recording_) {
    fail(ErrorKind::kValue,
         "GradientTape: Tape is still recording; a tape that is active cannot be entered again");
  }
  paused_ |= started_;
  recording_ = started_ = true;
  ListenerStack::here().push(Ref<Listener>::share(this));
}

void Tape::stop() {
  if (!recording_) fail(ErrorKind::kValue, "GradientTape: Tape is not recording.");
  recording_ = false;
  ListenerStack::here().remove(this);
}

void Tape::watch(const Tensor& t) { slots_.insert(tensor_id(t)); }

void Tape::watch(const Variable& v) {
  if (slots_.find(v.id()) < 0) variables_.push_back(v);
  slots_.insert(v.id());
}

void Tape::reset() {
  released_ = false;
  slots_.clear();
  entries_.clear();
  variables_.clear();
  blocked_.clear();
  exits_.clear();
  if (kept_) kept_ = std::make_unique<Kept>();
  paused_ = true;
}

std::vector<Variable> Tape::watched_variables() const {
  std::vector<Variable> sorted = variables_;
  std::sort(sorted.begin(), sorted.end(),
            [](const Variable& a, const Variable& b) { return a.id() < b.id(); });
  return sorted;
}

void Tape::keep(const Tensor& t) {
  int32_t at = kept_->index.insert(tensor_id(t));
  if (size_t(at) == kept_->values.size()) kept_->values.push_back(t);
}

Tensor Tape::kept(int64_t id) const {
  int32_t at = kept_ ? kept_->index.find(id) : -1;
  return at < 0 ? Tensor() : kept_->values[size_t(at)];
}

void Tape::on_record(const Ref<Entry>& entry, const Call& call, size_t) {
  if (kept_) [[unlikely]] {
    for (const Tensor& t : call.inputs) keep(t);
    for (const Tensor& t : call.outputs) keep(t);
  }
  if (entry->op->grad == nullptr && !entry->custom) {
    blocked_.push_back(entry);
    return;
  }
  entries_.push_back(entry);
  for (const ValueInfo& output : entry->outputs) slots_.insert(output.id);
}

void Tape::on_read(const Variable& v) {
  if (!knows(v.id())) {
    if (!watch_accessed_variables_ || !v.trainable()) return;
    watch(v);
  }
  link(v);
}

// The variable's present value is a value of its own, which the variable's gradient is summed from.
void Tape::link(const Variable& v) {
  const Tensor& value = v.peek();
  int64_t id = tensor_id(value);
  if (knows(id) || !is_inexact(value.dtype())) return;
  if (kept_) keep(value);
  auto entry = Ref<Entry>::adopt(new Entry);
  entry->op = &kReadVariable;
  entry->inputs.push_back({v.id(), value.shape(), value.dtype()});
  entry->outputs.push_back({id, value.shape(), value.dtype()});
  entries_.push_back(std::move(entry));
  slots_.insert(id);
}

Tensor Tape::read_target(const Variable& v) {
  on_read(v);
  slots_.insert(v.id());  // by itself, at least, a variable has the gradient 1
  link(v);
  return v.peek();
}

void Tape::check_usable() const {
  if (!started_) {
    fail(ErrorKind::kRuntime,
         "gradient: the tape has recorded nothing: compute inside `with tape:` first. (A "
         "non-persistent GradientTape can only be used to compute one set of gradients or "
         "jacobians.)");
  }
  if (used_ && !persistent_) {
    fail(ErrorKind::kRuntime,
         "gradient: A non-persistent GradientTape can only be used to compute one set of gradients "
         "(or jacobians); use tf.GradientTape(persistent=True)");
  }
}

void Tape::finish() {
  if (persistent_) return;
  used_ = released_ = true;
  if (recording_) stop();
  entries_.clear();
}

namespace {

// The rule as softly() would call it: what it needs is copied to the CPU and its results to `back`.
void run_rule_on_host(const Entry& entry, const SmallVector<Tensor, 4>& dy,
                      std::span<const bool> needs, SmallVector<Tensor, 4>& result, Device back) {
  DeviceScope host{Device{}};
  auto moved = Ref<Entry>::adopt(new Entry);
  moved->op = entry.op;
  moved->inputs = entry.inputs;
  moved->outputs = entry.outputs;
  moved->attrs = entry.attrs;
  for (const Tensor& t : entry.saved) moved->saved.push_back(all_to_device(t, Device{}));
  SmallVector<Tensor, 4> arrived;
  for (const Tensor& t : dy) arrived.push_back(all_to_device(t, Device{}));
  for (Tensor& r : result) r = Tensor();
  GradContext context(*moved, {arrived.data(), arrived.size()}, needs,
                      {result.data(), result.size()});
  entry.op->grad(context);
  for (Tensor& r : result) r = all_to_device(r, back);
}

}  // namespace

void run_rule(const Entry& entry, SmallVector<Tensor, 4>& dy, std::span<const bool> needs,
              SmallVector<Tensor, 4>& result) {
  size_t inputs = entry.inputs.size();
  result.clear();
  result.resize(inputs);
  DeviceScope beside_the_call(entry.device);
  GradContext context(entry, {dy.data(), dy.size()}, needs, {result.data(), inputs});
  if (!entry.custom) {
    try {
      return entry.op->grad(context);
    } catch (const NoKernel& missing) {
      if (!soft_placement()) throw;
      return run_rule_on_host(entry, dy, needs, result, missing.device());
    }
  }
  Tensors all(dy.size());
  for (size_t i = 0; i < dy.size(); ++i) all[i] = context.dy(int(i));
  Tensors given = entry.custom->gradient(all);
  for (size_t i = 0; i < inputs; ++i) result[i] = given[i];
}

Tensor fit(Tensor g, const Shape& shape) {
  if (g.shape() == shape) [[likely]]
    return g;
  std::optional<Shape> both = broadcast_shapes(g.shape(), shape);
  if (both && *both == g.shape()) return sum_to(g, shape);
  return broadcast_to(g, shape);
}

namespace {

void accumulate(Tensor& total, Tensor g) { total = total.defined() ? total + g : std::move(g); }

Tensor seed(const Tensor& target, const Tensors& output_gradients, size_t i) {
  if (i >= output_gradients.size() || !output_gradients[i].defined()) {
    DeviceScope beside_the_target(target.device());
    return ones(target.shape(), target.dtype());
  }
  const Tensor& given = output_gradients[i];
  if (given.shape() == target.shape()) return given;
  std::optional<Shape> both = broadcast_shapes(given.shape(), target.shape());
  if (!both || *both != target.shape()) {
    fail(ErrorKind::kInvalidArgument, "gradient: output_gradients[", i,
         "] must have its target's shape ", tuple_text(target.shape()), ", got ",
         tuple_text(given.shape()));
  }
  return broadcast_to(given, target.shape());
}

}  // namespace

Tensors Tape::gradient(const Tensors& targets, const std::vector<Source>& sources,
                       const Tensors& output_gradients, GradientOptions options) {
  check_usable();
  bool consume = !persistent_ && !options.keep;
  if (consume) {
    used_ = true;
    if (recording_) stop();
  }

  // What lies between the sources and anything: rules need not be called for the rest.
  int32_t count = slots_.size();
  size_t entry_count = entries_.size();
  const size_t slot_count = size_t(count);
  SmallVector<uint8_t, 64> needed(slot_count, 0);
  SmallVector<uint8_t, 64> is_source(slot_count, 0);
  SmallVector<uint8_t, 64> live(entry_count, 0);
  for (const Source& s : sources) {
    int32_t slot = slots_.find(s.id);
    if (slot >= 0 && is_inexact(s.dtype)) needed[slot] = is_source[slot] = 1;
  }
  for (size_t e = 0; e < entry_count; ++e) {
    for (const ValueInfo& input : entries_[e]->inputs) live[e] |= needed[slots_.find(input.id)];
    if (!live[e]) continue;
    for (const ValueInfo& output : entries_[e]->outputs) needed[slots_.find(output.id)] = 1;
  }

  SmallVector<Tensor, 16> grads(slot_count);
  bool reached = false;
  Tensors direct(sources.size());  // seeds of targets that are sources no tape knows
  for (size_t i = 0; i < targets.size(); ++i) {
    if (!is_inexact(targets[i].dtype())) continue;
    int64_t id = tensor_id(targets[i]);
    int32_t slot = slots_.find(id);
    if (slot >= 0 && slot < count) {
      if (needed[slot]) {
        accumulate(grads[slot], seed(targets[i], output_gradients, i));
        reached = true;
      }
      continue;
    }
    for (size_t s = 0; s < sources.size(); ++s) {
      if (sources[s].id == id) accumulate(direct[s], seed(targets[i], output_gradients, i));
    }
  }

  // Nothing to walk: leave the recording for explain().
  if (!reached) consume = false;
  const bool check = checking_numerics();
  SmallVector<Tensor, 4> dy, result;
  for (size_t e = reached ? entry_count : 0; e-- > 0;) {
    Ref<Entry> entry = consume ? std::move(entries_[e]) : entries_[e];
    if (e % 64 == 63) check_interrupt();
    if (!live[e]) continue;
    dy.clear();
    bool any = false;
    for (const ValueInfo& output : entry->outputs) {
      int32_t slot = slots_.find(output.id);
      any |= grads[slot].defined();
      dy.push_back(is_source[slot] ? grads[slot] : std::move(grads[slot]));
    }
    if (!any) continue;

    size_t inputs = entry->inputs.size();
    SmallVector<int32_t, 4> slots;
    SmallVector<bool, 4> needs;
    for (const ValueInfo& input : entry->inputs) {
      slots.push_back(slots_.find(input.id));
      needs.push_back(slots.back() >= 0 && slots.back() < count && needed[slots.back()] &&
                      is_inexact(input.dtype));
    }
    std::optional<numerics::BackwardStep> step;
    if (check) [[unlikely]]
      step.emplace(*entry);
    run_rule(*entry, dy, {needs.data(), inputs}, result);
    for (size_t i = 0; i < inputs; ++i) {
      if (!needs[i] || !result[i].defined()) continue;
      accumulate(grads[slots[i]], fit(std::move(result[i]), entry->inputs[i].shape));
      if (step) [[unlikely]]
        step->check(grads[slots[i]]);
    }
  }
  if (consume) {
    entries_.clear();
    released_ = true;
  }

  Tensors out(sources.size());
  for (size_t s = 0; s < sources.size(); ++s) {
    int32_t slot = slots_.find(sources[s].id);
    if (slot >= 0 && slot < count && is_source[slot]) out[s] = grads[slot];
    if (direct[s].defined()) out[s] = direct[s];
    if (!out[s].defined() && options.zero_unconnected) {
      out[s] = zeros(sources[s].shape, sources[s].dtype);
    }
  }
  return out;
}

std::vector<bool> Tape::reachable(const std::vector<Source>& from) const {
  std::vector<bool> reached(size_t(slots_.size()));
  for (const Source& s : from) {
    if (knows(s.id)) reached[size_t(slots_.find(s.id))] = true;
  }
  for (const Ref<Entry>& entry : entries_) {
    if (!entry) continue;
    bool any = false;
    for (const ValueInfo& input : entry->inputs) {
      int32_t slot = slots_.find(input.id);
      any |= slot >= 0 && reached[size_t(slot)];
    }
    if (!any) continue;
    for (const ValueInfo& output : entry->outputs) reached[size_t(slots_.find(output.id))] = true;
  }
  return reached;
}

bool Tape::has_elements(int64_t count) const {
  for (const Ref<Entry>& entry : entries_) {
    if (!entry) continue;
    for (const ValueInfo& v : entry->inputs) count -= num_elements(v.shape);
    for (const ValueInfo& v : entry->outputs) count -= num_elements(v.shape);
    if (count <= 0) return true;
  }
  return false;
}

void Tape::note_exit(int64_t id, const std::string& where) {
  if (exits_.size() < 64) exits_.emplace_back(id, where);
}

std::string Tape::explain(const Question& q) const {
  const char* flow = ", and gradients flow through floating and complex numbers only";
  const std::string &x = q.source_name, &y = q.target_name;
  if (!is_inexact(q.source.dtype)) return text(x, " is ", name_of(q.source.dtype), flow);
  if (!is_inexact(q.target.dtype())) return text(y, " is ", name_of(q.target.dtype()), flow);
  if (tensor_id(q.target) == q.source.id) return text(y, " is ", x, " itself: the gradient is 1");
  if (!knows(q.source.id)) {
    if (!q.source_is_variable) {
      return text(x, " is a constant that the tape does not watch: call tape.watch(", x,
                  ") inside the block, before it is used");
    }
    if (!q.trainable) {
      return text(x, " is not trainable, so the tape does not watch it by itself: call tape.watch(",
                  x, ") inside the block");
    }
    if (!watch_accessed_variables_) {
      return text("the tape was made with watch_accessed_variables=False: call tape.watch(", x,
                  ") inside the block");
    }
    return text(x, " was not read inside the `with tf.GradientTape()` block",
                paused_ ? ", or only while stop_recording() or after reset()" : "");
  }

  std::vector<bool> reached = reachable({q.source});
  int32_t target = slots_.find(tensor_id(q.target));
  if (target >= 0 && reached[size_t(target)]) {
    return text(y, " depends on ", x, " through differentiable operations");
  }
  if (released_) {
    return text(
        "the recording was released by the first gradient; make the tape with "
        "persistent=True to ask afterwards");
  }
  auto from_source = [&](int64_t id) {
    int32_t slot = slots_.find(id);
    return slot >= 0 && reached[size_t(slot)];
  };
  // The op that made the target, if it is one of them, else the first.
  const int64_t target_id = tensor_id(q.target);
  const char* without_gradient = nullptr;
  for (const Ref<Entry>& entry : blocked_) {
    bool takes = std::any_of(entry->inputs.begin(), entry->inputs.end(),
                             [&](const ValueInfo& i) { return from_source(i.id); });
    if (!takes) continue;
    bool made = std::any_of(entry->outputs.begin(), entry->outputs.end(),
                            [&](const ValueInfo& o) { return o.id == target_id; });
    if (made || without_gradient == nullptr) without_gradient = entry->op->name;
    if (made) break;
  }
  if (without_gradient != nullptr) {
    return text(x, " went through ", without_gradient, ", which has no gradient");
  }
  for (const auto& [id, where] : exits_) {
    if (from_source(id)) {
      return text(x, " ", where,
                  ", where the tape cannot follow; use tf functions of tensors instead");
    }
  }
  if (target < 0) {
    return text(y, " was computed outside the `with tf.GradientTape()` block, before ", x,
                " was watched, or from nothing that the tape watches");
  }
  return text(y, " does not depend on ", x);
}

}  // namespace pyten
