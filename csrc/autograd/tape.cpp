#include "autograd/tape.h"

#include <algorithm>

#include "autograd/numerics.h"
#include "kernels/watch.h"
#include "ops/ops.h"

namespace pyten {

// The tapes that record on one thread, innermost last.
class TapeStack : public Recorder {
 public:
  static TapeStack& here() {
    thread_local TapeStack stack;
    return stack;
  }
  ~TapeStack() override {
    if (t_recorder == this) t_recorder = nullptr;
  }

  bool wants(const Tensor* const* inputs, size_t n) override {
    if (!check_numerics_) [[likely]]
      return wanted(inputs, n);
    // A result that is known to be finite matters to tapes alone.
    if (!kernels::t_watch->seen) return true;
    return kernels::t_watch->seen = wanted(inputs, n);
  }
  bool wanted(const Tensor* const* inputs, size_t n) const {
    for (const Ref<Tape>& tape : active()) {
      if (!tape->recording()) continue;  // stopped by another thread
      for (size_t i = 0; i < n; ++i) {
        int64_t id = inputs[i]->impl()->id.load(std::memory_order_relaxed);
        if (id != 0 && is_inexact(inputs[i]->dtype()) && tape->knows(id)) return true;
      }
    }
    return false;
  }
  void record(const Call& call) override {
    bool keeps = check_numerics_;
    if (check_numerics_) [[unlikely]] {
      if (!std::exchange(kernels::t_watch->seen, false)) {
        numerics::check(call);
        if (tapes_.size() == base_) return;
        SmallVector<const Tensor*, 8> inputs;
        for (const Tensor& t : call.inputs) inputs.push_back(&t);
        if (!wanted(inputs.data(), inputs.size())) return;
      }
    }
    Ref<Entry> entry = entry_of(call);
    for (const Ref<Tape>& tape : active()) keeps |= tape->keeps_values();
    if (keeps) [[unlikely]]
      entry->place = numerics::here();
    for (const Ref<Tape>& tape : active()) {
      if (tape->recording() && tape->watches(*entry)) tape->on_record(entry, call);
    }
  }
  bool check_numerics(bool on) {
    bool before = std::exchange(check_numerics_, on);
    numerics::watch(on);
    update();
    return before;
  }
  bool checks_numerics() const { return check_numerics_; }
  void read(const Variable& v) {
    for (const Ref<Tape>& tape : active()) {
      if (tape->recording()) tape->on_read(v);
    }
    if (pause_) pause_->on_read(v);
  }
  void note_exit(int64_t id, const std::string& where) {
    for (const Ref<Tape>& tape : active()) {
      if (tape->knows(id)) tape->note_exit(id, where);
    }
  }
  void push(Ref<Tape> tape) {
    // A tape that another thread dropped while it recorded here.
    while (tapes_.size() > base_ && !tapes_.back()->recording()) tapes_.pop_back();
    tapes_.push_back(std::move(tape));
    update();
  }
  bool remove(const Tape* tape) {
    auto at = std::find_if(tapes_.begin(), tapes_.end(),
                           [&](const Ref<Tape>& t) { return t.get() == tape; });
    if (at == tapes_.end()) return false;
    if (size_t(at - tapes_.begin()) < base_) --base_;
    tapes_.erase(at);
    update();
    return true;
  }
  // Tapes pushed so far stop recording until resume() with what this returned.
  size_t pause(TapePause* pause) {
    pause->outer_ = std::exchange(pause_, pause);
    size_t base = std::exchange(base_, tapes_.size());
    update();
    return base;
  }
  void resume(TapePause* pause, size_t base) {
    pause_ = pause->outer_;
    base_ = std::min(base, tapes_.size());
    update();
  }

 private:
  std::span<const Ref<Tape>> active() const { return std::span(tapes_).subspan(base_); }
  void update() {
    t_recorder = tapes_.size() > base_ || pause_ || check_numerics_ ? this : nullptr;
  }

  std::vector<Ref<Tape>> tapes_;
  size_t base_ = 0;             // those before it are paused
  TapePause* pause_ = nullptr;  // the innermost
  bool check_numerics_ = false;
};

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
  TapeStack::here().push(Ref<Tape>::share(this));
}

void Tape::stop() {
  if (!recording_) fail(ErrorKind::kValue, "GradientTape: Tape is not recording.");
  recording_ = false;
  TapeStack::here().remove(this);
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

bool Tape::watches(const Entry& entry) const {
  for (const ValueInfo& input : entry.inputs) {
    if (is_inexact(input.dtype) && knows(input.id)) return true;
  }
  return false;
}

void Tape::keep(const Tensor& t) {
  int32_t at = kept_->index.insert(tensor_id(t));
  if (size_t(at) == kept_->values.size()) kept_->values.push_back(t);
}

Tensor Tape::kept(int64_t id) const {
  int32_t at = kept_ ? kept_->index.find(id) : -1;
  return at < 0 ? Tensor() : kept_->values[size_t(at)];
}

void Tape::on_record(const Ref<Entry>& entry, const Call& call) {
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

namespace {

// A rule's gradient in its input's shape.
Tensor fit(Tensor g, const Shape& shape) {
  if (g.shape() == shape) [[likely]]
    return g;
  std::optional<Shape> both = broadcast_shapes(g.shape(), shape);
  if (both && *both == g.shape()) return sum_to(g, shape);
  return broadcast_to(g, shape);
}

void accumulate(Tensor& total, Tensor g) { total = total.defined() ? total + g : std::move(g); }

Tensor seed(const Tensor& target, const Tensors& output_gradients, size_t i) {
  if (i >= output_gradients.size() || !output_gradients[i].defined()) {
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
    result.clear();
    result.resize(inputs);
    std::optional<numerics::BackwardStep> step;
    if (check) [[unlikely]]
      step.emplace(*entry);
    GradContext context(*entry, {dy.data(), dy.size()}, {needs.data(), inputs},
                        {result.data(), inputs});
    if (entry->custom) {
      Tensors all(dy.size());
      for (size_t i = 0; i < dy.size(); ++i) all[i] = context.dy(int(i));
      Tensors given = entry->custom->gradient(all);
      for (size_t i = 0; i < inputs; ++i) result[i] = given[i];
    } else {
      entry->op->grad(context);
    }
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

void notify_read(const Variable& v) { TapeStack::here().read(v); }

bool any_tape_active() { return t_recorder != nullptr; }

bool watched(const Tensor& t) {
  const Tensor* list[] = {&t};
  return t_recorder != nullptr && TapeStack::here().wanted(list, 1);
}

bool set_check_numerics(bool on) { return TapeStack::here().check_numerics(on); }

bool checking_numerics() { return t_recorder != nullptr && TapeStack::here().checks_numerics(); }

void note_exit(const Tensor& t, const std::string& where) {
  TapeStack::here().note_exit(tensor_id(t), where);
}

TapePause::TapePause() { base_ = TapeStack::here().pause(this); }

TapePause::~TapePause() { TapeStack::here().resume(this, base_); }

void TapePause::on_read(const Variable& v) {
  bool known = std::any_of(variables_.begin(), variables_.end(),
                           [&](const Variable& other) { return other.id() == v.id(); });
  if (v.trainable() && !known) variables_.push_back(v);
}

}  // namespace pyten
