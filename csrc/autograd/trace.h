// Writes down the ops that depend on some values, to carry them out once for a whole batch of them.
#pragma once

#include <functional>
#include <optional>

#include "autograd/diagonal.h"
#include "autograd/flat_map.h"
#include "autograd/stack.h"

namespace pyten {

// Ops that do not depend on the seeds go to the listeners outside, as ever; the others they see
// when the batch is carried out.
class Trace final : public Listener {
 public:
  // Of gradient rules, which only compute; or of a user's function, which may do anything: it is
  // given up (Untraceable is thrown) where it does what a recording does not show.
  enum class Of : uint8_t { kRules, kFunction };
  explicit Trace(Of what) : Listener(true), function_(what == Of::kFunction) {}

  // From here on, ops that depend on the seeds are written down. Seed i has slot i.
  void start(const Tensors& seeds);
  void stop();
  bool knows(int64_t id) const override { return slots_.find(id) >= 0 || hidden_.find(id) >= 0; }
  void on_record(const Ref<Entry>& entry, const Call& call, size_t) override;
  void on_read(const Variable&) override {}
  void note_exit(int64_t, const std::string& where) override { give_up("a value " + where); }
  bool is_function() const override { return function_; }
  void give_up(const std::string& why) override {
    if (!failed_) failed_ = why;
  }

  // Why the batch cannot be carried out; nothing if it can.
  const std::optional<std::string>& failed() const { return failed_; }
  int32_t slot_of(const Tensor& t) const { return slots_.find(tensor_id(t)); }
  // Leaves only what `wanted` need, and finds out where each value is used last.
  void prune(const std::vector<int32_t>& wanted);
  // How many examples may be carried out at one time, for memory's sake.
  int64_t most_at_once() const;
  // The wanted values for n seeds each, along a leading axis.
  Tensors run(const std::vector<Diagonal>& seeds, int64_t n,
              const std::vector<int32_t>& wanted) const;

 private:
  struct Step {
    const Op* op;
    Attrs attrs;
    Tensors inputs;             // undefined where a slot is named instead
    std::vector<int32_t> from;  // slots, or -1
    std::vector<int32_t> to;
    std::vector<Shape> shapes;  // of the outputs, for one seed
  };

  int32_t slot(int64_t id, size_t bytes) {
    int32_t s = slots_.insert(id);
    if (size_t(s) == bytes_.size()) bytes_.push_back(bytes);
    return s;
  }

  FlatMap slots_;
  // Of a function: what calls kept for their rules beside operands and results. It may depend on
  // the seeds, but how was not recorded: a tape inside the function must not use it.
  FlatMap hidden_;
  std::vector<size_t> bytes_;  // of each slot's value
  std::vector<size_t> last_;   // the step that uses it last
  std::vector<Step> steps_;
  size_t seeds_ = 0, peak_ = 0;
  bool function_;
  std::optional<std::string> failed_;
};

// f of each slice of `batches` along their first axes, of size n, for all slices at once. f is
// called with the first slices. nullopt if f does what a recording does not show: it then was
// called in vain, and `why` says for what reason.
std::optional<Tensors> vectorized(const std::function<Tensors(const Tensors&)>& f,
                                  const Tensors& batches, int64_t n, std::string& why);

}  // namespace pyten
