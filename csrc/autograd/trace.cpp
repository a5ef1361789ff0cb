#include "autograd/trace.h"

#include <algorithm>

#include "ops/batch.h"
#include "ops/placement.h"

namespace pyten {

namespace {

// What a batched pass may hold at one time: more examples than fit go in several passes.
constexpr size_t kMostBytes = size_t(256) << 20;

// One call per example.
Tensors one_by_one(const Op& op, const Tensors& inputs, std::span<const bool> batched,
                   const Attrs& attrs, int64_t n, size_t outputs) {
  std::vector<Tensors> examples(inputs.size()), results(outputs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (batched[i]) examples[i] = unstack(inputs[i], 0);
  }
  for (int64_t k = 0; k < n; ++k) {
    Tensors one = inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (batched[i]) one[i] = examples[i][size_t(k)];
    }
    Tensors out = softly([&](const Tensors& x) { return op.call(op, x, attrs); }, one);
    for (size_t i = 0; i < out.size(); ++i) results[i].push_back(out[i]);
  }
  Tensors stacked;
  for (const Tensors& r : results) stacked.push_back(stack(r, 0));
  return stacked;
}

bool among(std::span<const Tensor> list, const Tensor& t) {
  return std::any_of(list.begin(), list.end(), [&](const Tensor& other) { return other.same(t); });
}

}  // namespace

void Trace::start(const Tensors& seeds) {
  for (const Tensor& seed : seeds) slot(tensor_id(seed), seed.nbytes());
  seeds_ = seeds.size();
  recording_ = true;
  t_function_traces += function_;
  ListenerStack::here().push(Ref<Listener>::share(this));
}

void Trace::stop() {
  recording_ = false;
  t_function_traces -= function_;
  ListenerStack::here().remove(this);
}

void Trace::on_record(const Ref<Entry>& entry, const Call& call, size_t) {
  if (entry->custom || entry->op->call == nullptr) {
    give_up(text(entry->op->name, " cannot be carried out again"));
  }
  Step step{entry->op, entry->attrs, {}, {}, {}, {}};
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    step.from.push_back(slots_.find(entry->inputs[i].id));
    step.inputs.push_back(step.from.back() < 0 ? call.inputs[i] : Tensor());
  }
  for (size_t i = 0; i < call.outputs.size(); ++i) {
    const ValueInfo& output = entry->outputs[i];
    // Elements of integers, which rules may read without anybody being told.
    if (!function_ && is_integer(output.dtype)) give_up("integers");
    step.to.push_back(slot(output.id, call.outputs[i].nbytes()));
    step.shapes.push_back(output.shape);
  }
  steps_.push_back(std::move(step));
  if (!function_) return;
  for (const ValueInfo& input : entry->inputs) {
    if (hidden_.find(input.id) >= 0) give_up("a gradient needs more than operands and results");
  }
  for (const Tensor& t : call.saved) {
    if (t.defined() && slots_.find(tensor_id(t)) < 0 && !among(call.inputs, t)) {
      hidden_.insert(tensor_id(t));
    }
  }
}

int64_t Trace::most_at_once() const {
  return std::max<int64_t>(1, int64_t(kMostBytes / std::max<size_t>(1, peak_)));
}

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
  size_t live = 0;
  for (size_t s = 0; s < seeds_; ++s) live += bytes_[s];
  peak_ = live;
  for (size_t k = 0; k < steps_.size(); ++k) {
    for (int32_t s : steps_[k].to) live += bytes_[size_t(s)];
    peak_ = std::max(peak_, live);
    for (size_t s = 0; s < last_.size(); ++s) {
      if (last_[s] == k && k > 0) live -= std::min(live, bytes_[s]);
    }
  }
}

Tensors Trace::run(const std::vector<Diagonal>& seeds, int64_t n,
                   const std::vector<int32_t>& wanted) const {
  std::vector<Diagonal> values(bytes_.size());
  std::copy(seeds.begin(), seeds.end(), values.begin());
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
      if (step.op->batch) {
        out = softly(
            [&](const Tensors& x) { return step.op->batch(*step.op, x, which, step.attrs, n); },
            inputs);
      }
      if (out.empty()) out = one_by_one(*step.op, inputs, which, step.attrs, n, step.to.size());
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

namespace {

// Puts the results of some slots for all examples together, a part of the examples at a time.
Tensors in_parts(const Trace& trace, const Tensors& batches, int64_t n,
                 const std::vector<int32_t>& wanted) {
  std::vector<Tensors> parts(wanted.size());
  int64_t most = trace.most_at_once();
  for (int64_t begin = 0; begin < n; begin += most) {
    int64_t count = std::min(n - begin, most);
    std::vector<Diagonal> seeds;
    for (const Tensor& batch : batches) {
      if (count == n) {
        seeds.push_back({batch, 0});
        continue;
      }
      Dims first(batch.shape().size(), 0), steps(batch.shape().size(), 1);
      first[0] = begin;
      Shape size = batch.shape();
      size[0] = count;
      seeds.push_back({slice(batch, first, size, steps), 0});
    }
    Tensors found = trace.run(seeds, count, wanted);
    for (size_t i = 0; i < found.size(); ++i) parts[i].push_back(found[i]);
  }
  Tensors out;
  for (const Tensors& p : parts) out.push_back(p.size() == 1 ? p[0] : concat(p, 0));
  return out;
}

}  // namespace

std::optional<Tensors> vectorized(const std::function<Tensors(const Tensors&)>& f,
                                  const Tensors& batches, int64_t n, std::string& why) {
  Tensors first;
  for (const Tensor& batch : batches) {
    // Views of their own, which nobody else has seen.
    DeviceScope beside_the_batch(batch.device());
    Shape shape(batch.shape().begin() + 1, batch.shape().end());
    Dims strides(batch.strides().begin() + 1, batch.strides().end());
    first.push_back(n == 0 ? zeros(shape, batch.dtype())
                           : batch.as_strided(std::move(shape), std::move(strides), 0));
  }
  auto trace = Ref<Trace>::adopt(new Trace(Trace::Of::kFunction));
  Tensors once;
  trace->start(first);
  try {
    once = f(first);
  } catch (...) {
    // Where it went on after all, whatever came of it was computed from the first slices alone.
    if (!trace->failed()) {
      trace->stop();
      throw;
    }
  }
  trace->stop();
  if (trace->failed()) {
    why = *trace->failed();
    return std::nullopt;
  }
  if (n == 0) {
    Tensors none;
    for (const Tensor& t : once) {
      DeviceScope beside_t(t.device());
      none.push_back(zeros(with_front(0, t.shape()), t.dtype()));
    }
    return none;
  }
  std::vector<int32_t> wanted;
  for (const Tensor& t : once) {
    int32_t s = trace->slot_of(t);
    if (s >= 0) wanted.push_back(s);
  }
  trace->prune(wanted);
  Tensors found = in_parts(*trace, batches, n, wanted), out;
  size_t next = 0;
  for (const Tensor& t : once) {
    out.push_back(trace->slot_of(t) >= 0 ? found[next++]
                                         : broadcast_to(t, with_front(n, t.shape())));
  }
  return out;
}

}  // namespace pyten
