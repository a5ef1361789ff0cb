#include "autograd/jacobian.h"

#include <algorithm>

#include "autograd/trace.h"
#include "ops/batch.h"

namespace pyten {

namespace {

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
  auto trace = Ref<Trace>::adopt(new Trace(Trace::Of::kRules));
  Tensors once;
  trace->start({seed});
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
    int64_t most = trace->most_at_once();
    for (int64_t begin = 0; begin < count; begin += most) {
      int64_t end = std::min(count, begin + most);
      bool whole = end - begin == count && !per_example;
      Diagonal seeds = whole ? diagonal_seeds(target)
                             : Diagonal{one_hot_seeds(target, begin, end, count, per_example), 0};
      Tensors found = trace->run({seeds}, end - begin, wanted);
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
