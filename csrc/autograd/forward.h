// Forward mode. An accumulator carries a tangent beside each value that depends on what it watches,
// op by op. It takes part in the stack of listeners: its tangent ops are seen by those outside it
// and not by itself, so forward and reverse mode nest in every order.
#pragma once

#include <unordered_map>

#include "autograd/stack.h"

namespace pyten {

class ForwardAccumulator final : public Listener {
 public:
  static Ref<ForwardAccumulator> create() {
    return Ref<ForwardAccumulator>::adopt(new ForwardAccumulator);
  }
  static void destroy(ForwardAccumulator* a) { delete a; }

  // Puts the accumulator on this thread's stack, or takes it off. What it knows stays.
  void start();
  void stop();

  // The tangent must have the primal's dtype and broadcast to its shape.
  void watch(const Tensor& primal, const Tensor& tangent);
  void watch(const Variable& primal, const Tensor& tangent);
  // The tangent of a value; undefined if it does not depend on what is watched.
  Tensor jvp(const Tensor& t) const { return tangent(tensor_id(t)); }
  Tensor jvp(const Variable& v) const { return tangent(v.id()); }

  bool knows(int64_t id) const override { return known_.contains(id); }
  void on_record(const Ref<Entry>& entry, const Call& call, size_t place) override;
  void on_read(const Variable& v) override;
  void note_exit(int64_t, const std::string&) override {}

 private:
  struct Known {
    Tensor primal;  // kept so that sweep() can tell whether anybody else still has it
    Tensor tangent;
  };
  Tensor tangent(int64_t id) const {
    auto at = known_.find(id);
    return at == known_.end() ? Tensor() : at->second.tangent;
  }
  void keep(int64_t id, Tensor primal, Tensor tangent);
  // Forgets values that nobody else holds: no op can take them any more.
  void sweep();

  std::unordered_map<int64_t, Known> known_;  // by the id of a tensor or variable
  size_t bytes_ = 0;
  size_t sweep_at_count_ = 256, sweep_at_bytes_ = size_t(16) << 20;
};

}  // namespace pyten
