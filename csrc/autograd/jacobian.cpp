#include "autograd/jacobian.h"

#include <algorithm>

#include "autograd/diagonal.h"
#include "autograd/flat_map.h"
#include "ops/batch.h"

namespace pyten {

namespace {

// What the batched pass may hold at one time: more seeds than fit go in several passes.
constexpr size_t kMostBytes = size_t(256) << 20;

struct Step {
  const Op* op;
  Attrs attrs;
  Tensors inputs;             // undefined where a slot is named instead
  std::vector<int32_t> from;  // slots, or -1
  std::vector<int32_t> to;
  std::vector<Shape> shapes;  // of the outputs, for one seed
};

// Writes down the ops that depend on a seed. Ops that do not go to the listeners outside, as ever;
// the others they see when the batched pass is carried out.
class Trace final : public Listener {
 public:
  Trace() : Listener(true) {}
  void start(const Tensor& seed) {
    slot(tensor_id(seed), seed.nbytes());
    recording_ = true;
    ListenerStack::here().push(Ref<Listener>::share(this));
  }
  void stop() {
    recording_ = false;
    ListenerStack::here().remove(this);
  }
  bool knows(int64_t id) const override { return slots_.find(id) >= 0; }
  void on_record(const Ref<Entry>& entry, const Call& call, size_t) override {
    failed_ |= entry->custom || entry->op->call == nullptr;
    Step step{entry->op, entry->attrs, {}, {}, {}, {}};
    for (size_t i = 0; i < call.inputs.size(); ++i) {
      step.from.push_back(slots_.find(entry->inputs[i].id));
      step.inputs.push_back(step.from.back() < 0 ? call.inputs[i] : Tensor());
    }
    for (size_t i = 0; i < call.outputs.size(); ++i) {
      const ValueInfo& output = entry->outputs[i];
      failed_ |= is_integer(output.dtype);  // whose elements ops may read without recording
      step.to.push_back(slot(output.id, call.outputs[i].nbytes()));
      step.shapes.push_back(output.shape);
    }
    steps_.push_back(std::move(step));
  }
  void on_read(const Variable&) override {}
  void note_exit(int64_t, const std::string&) override { failed_ = true; }

  bool failed() const { return failed_; }
  int32_t slot_of(const Tensor& t) const { return slots_.find(tensor_id(t)); }
  // Leaves only what `wanted` need, and finds out where each value is used last.
  void prune(const std::vector<int32_t>& wanted);
  size_t peak_bytes() const { return peak_; }
  Tensors run(const Diagonal& seeds, int64_t n, const std::vector<int32_t>& wanted) const;

 private:
  int32_t slot(int64_t id, size_t bytes) {
    int32_t s = slots_.insert(id);
    if (size_t(s) == bytes_.size()) bytes_.push_back(bytes);
    return s;
  }
  FlatMap slots_;
  std::vector<size_t> bytes_;  // of each slot's value
  std::vector<size_t> last_;   // the step that uses it last
  std::vector<Step> steps_;
  size_t peak_ = 0;
  bool failed_ = false;
};

void Trace::prune(const std::vector<int32_t>& wanted) {
  std::vector<bool> needed(bytes_.size());
  for (int32_t s : wanted) needed[size_t(s)] = true;
  std::vector<Step> kept;
  for (size_t k = steps_.size(); k-- > 0;) {
    Step& step = steps_[k];
    bool any =
        std::any_of(step.to.begin(), step.to.end(), [&](int32_t s) { return needed[size_t(s)]; });
    if (!any) continue;
    for (int32_t s : step.from) {
      if (s >= 0) needed[size_t(s)] = true;
    }
    kept.push_back(std::move(step));
  }
  std::reverse(kept.begin(), kept.end());
  steps_ = std::move(kept);

  last_.assign(bytes_.size(), 0);
  for (size_t k = 0; k < steps_.size(); ++k) {
    for (int32_t s : steps_[k].from) {
      if (s >= 0) last_[size_t(s)] = k;
    }
  }
  for (int32_t s : wanted) last_[size_t(s)] = steps_.size();
  size_t live = peak_ = bytes_[0];
  for (size_t k = 0; k < steps_.size(); ++k) {
    for (int32_t s : steps_[k].to) live += bytes_[size_t(s)];
    peak_ = std::max(peak_, live);
    for (size_t s = 0; s < last_.size(); ++s) {
      if (last_[s] == k && k > 0) live -= std::min(live, bytes_[s]);
    }
  }
}

// One call per example.
Tensors one_by_one(const Step& step, const Tensors& inputs, std::span<const bool> batched,
                   int64_t n) {
  std::vector<Tensors> examples(inputs.size()), results(step.to.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (batched[i]) examples[i] = unstack(inputs[i], 0);
  }
  for (int64_t k = 0; k < n; ++k) {
    Tensors one = inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (batched[i]) one[i] = examples[i][size_t(k)];
    }
    Tensors out = step.op->call(*step.op, one, step.attrs);
    for (size_t i = 0; i < out.size(); ++i) results[i].push_back(out[i]);
  }
  Tensors stacked;
  for (const Tensors& r : results) stacked.push_back(stack(r, 0));
  return stacked;
}

Tensors Trace::run(const Diagonal& seeds, int64_t n, const std::vector<int32_t>& wanted) const {
  std::vector<Diagonal> values(bytes_.size());
  values[0] = seeds;
  auto batch = [&](int32_t s) -> const Tensor& {
    Diagonal& value = values[size_t(s)];
    if (value.axes > 0) value = {dense(value, n), 0};
    return value.t;
  };
  for (size_t k = 0; k < steps_.size(); ++k) {
    const Step& step = steps_[k];
    Tensors inputs = step.inputs;
    SmallVector<bool, 8> batched;
    SmallVector<const Diagonal*, 8> structured;
    bool all_structured = true;
    for (int32_t s : step.from) {
      batched.push_back(s >= 0);
      structured.push_back(s >= 0 ? &values[size_t(s)] : nullptr);
      all_structured &= s < 0 || values[size_t(s)].axes > 0;
    }
    if (all_structured && step.to.size() == 1) {
      Diagonal out = diagonal_call(*step.op, step.attrs, inputs,
                                   {structured.data(), structured.size()}, step.shapes[0]);
      if (out.t.defined()) {
        values[size_t(step.to[0])] = std::move(out);
        inputs.clear();
      }
    }
    if (!inputs.empty()) {
      for (size_t i = 0; i < inputs.size(); ++i) {
        if (batched[i]) inputs[i] = batch(step.from[i]);
      }
      std::span<const bool> which{batched.data(), batched.size()};
      Tensors out;
      if (step.op->batch) out = step.op->batch(*step.op, inputs, which, step.attrs, n);
      if (out.empty()) out = one_by_one(step, inputs, which, n);
      for (size_t i = 0; i < out.size(); ++i) {
        if (!(out[i].shape() == with_front(n, step.shapes[i]))) {
          fail(ErrorKind::kInternal, step.op->name, ": batching rule gave shape ",
               tuple_text(out[i].shape()), " for ", n, " times ", tuple_text(step.shapes[i]));
        }
        values[size_t(step.to[i])] = {out[i], 0};
      }
    }
    for (int32_t s : step.from) {
      if (s >= 0 && last_[size_t(s)] == k) values[size_t(s)] = {};
    }
  }
  Tensors found;
  for (int32_t s : wanted) found.push_back(batch(s));
  return found;
}

// Rows begin to end of the identity, as seeds.
Tensor one_hot_seeds(const Tensor& target, int64_t begin, int64_t end, int64_t count,
                     bool per_example) {
  std::vector<int64_t> places;
  for (int64_t i = begin; i < end; ++i) places.push_back(i);
  DType dtype = target.dtype();
  Tensor rows = one_hot(from_values<int64_t>(places, {end - begin}, DType::kInt64), count,
                        scalar(1, dtype), scalar(0, dtype), -1);
  Shape shape = with_front(end - begin, target.shape());
  if (!per_example) return reshape(rows, shape);
  Shape one = shape;
  one[1] = 1;
  return broadcast_to(reshape(rows, one), shape);
}

}  // namespace

std::optional<Tensors> batched_gradients(Tape& tape, const Tensor& target,
                                         const std::vector<Source>& sources, int64_t count,
                                         bool per_example) {
  Tensor seed = ones(target.shape(), target.dtype());
  auto trace = Ref<Trace>::adopt(new Trace);
  Tensors once;
  trace->start(seed);
  try {
    once = tape.gradient({target}, sources, {seed}, {.keep = true});
  } catch (...) {
    trace->stop();
    throw;
  }
  trace->stop();
  if (trace->failed()) return std::nullopt;

  std::vector<int32_t> wanted;
  std::vector<size_t> places;
  for (size_t i = 0; i < once.size(); ++i) {
    int32_t s = once[i].defined() ? trace->slot_of(once[i]) : -1;
    if (s < 0) continue;
    wanted.push_back(s);
    places.push_back(i);
  }
  std::vector<Tensors> parts(wanted.size());
  if (!wanted.empty()) {
    trace->prune(wanted);
    int64_t most =
        std::max<int64_t>(1, int64_t(kMostBytes / std::max<size_t>(1, trace->peak_bytes())));
    for (int64_t begin = 0; begin < count; begin += most) {
      int64_t end = std::min(count, begin + most);
      bool whole = end - begin == count && !per_example;
      Diagonal seeds = whole ? diagonal_seeds(target)
                             : Diagonal{one_hot_seeds(target, begin, end, count, per_example), 0};
      Tensors found = trace->run(seeds, end - begin, wanted);
      for (size_t i = 0; i < found.size(); ++i) parts[i].push_back(found[i]);
    }
  }
  Tensors out(once.size());
  for (size_t i = 0; i < once.size(); ++i) {  // no slot: the same whatever the seed
    if (once[i].defined()) out[i] = broadcast_to(once[i], with_front(count, once[i].shape()));
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    out[places[i]] = parts[i].size() == 1 ? parts[i][0] : concat(parts[i], 0);
  }
  tape.finish();
  return out;
}

}  // namespace pyten
