// Reverse mode. A tape records the ops that touch what it watches and walks back through them.
// Tapes form a stack per thread; each records on its own, so a backward pass is seen by the outer
// ones and derivatives of any order come out of nesting.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "autograd/flat_map.h"
#include "autograd/stack.h"
#include "ops/op.h"

namespace pyten {

// What a gradient is taken with respect to.
struct Source {
  Source(const Tensor& t) : id(tensor_id(t)), shape(t.shape()), dtype(t.dtype()) {}  // NOLINT
  Source(const Variable& v) : id(v.id()), shape(v.shape()), dtype(v.dtype()) {}      // NOLINT
  explicit Source(const ValueInfo& v) : id(v.id), shape(v.shape), dtype(v.dtype) {}
  int64_t id;
  Shape shape;
  DType dtype;
};

struct GradientOptions {
  bool zero_unconnected = false;  // zeros in place of undefined tensors
  bool keep = false;              // leave the recording as it is, whatever the tape's kind
};

class Tape final : public Listener {
 public:
  static Ref<Tape> create(bool persistent = false, bool watch_accessed_variables = true);
  static void destroy(Tape* tape);

  // Puts the tape on this thread's stack, or takes it off.
  void start();
  void stop();
  bool started() const { return started_; }  // ever
  bool persistent() const { return persistent_; }

  void watch(const Tensor& t);
  void watch(const Variable& v);
  // Forgets what was recorded and watched.
  void reset();
  // In the order in which the variables were made.
  std::vector<Variable> watched_variables() const;

  // The gradient of the sum of `targets` by each source; undefined where there is none. Seeds are
  // ones, or output_gradients (undefined ones count as ones). Ends a tape that is not persistent.
  Tensors gradient(const Tensors& targets, const std::vector<Source>& sources,
                   const Tensors& output_gradients = {}, GradientOptions options = {});
  // What taking the one gradient does to a tape that is not persistent.
  void finish();
  // Raises if the tape never recorded, or if the one gradient of a tape that is not persistent was
  // taken.
  void check_usable() const;

  // The value of v as a target of gradient(): read as if inside the block.
  Tensor read_target(const Variable& v);

  // Why gradient(target, source) is undefined, or that it is not; names are the user's.
  struct Question {
    Tensor target;
    std::string target_name;
    Source source;
    std::string source_name;
    bool source_is_variable;
    bool trainable;
  };
  std::string explain(const Question& q) const;

  // From here on every value is kept, with the line that made it: for looking at the recording.
  void keep_values() {
    if (!kept_) kept_ = std::make_unique<Kept>();
  }
  bool keeps_values() const override { return kept_ != nullptr; }
  // The value named id, undefined if it was not kept.
  Tensor kept(int64_t id) const;
  bool released() const { return released_; }
  const std::vector<Ref<Entry>>& blocked() const { return blocked_; }
  const std::vector<Variable>& variables() const { return variables_; }

  bool knows(int64_t id) const override { return slots_.find(id) >= 0; }
  void on_record(const Ref<Entry>& entry, const Call& call, size_t place) override;
  void on_read(const Variable& v) override;
  void note_exit(int64_t id, const std::string& where) override;
  size_t entry_count() const { return entries_.size(); }
  // Whether the recorded calls' inputs and outputs have so many elements together.
  bool has_elements(int64_t count) const;
  // The thread in gradient(), for bindings, which let others run meanwhile; 0: none.
  unsigned long walker = 0;
  const std::vector<Ref<Entry>>& entries() const { return entries_; }

 private:
  Tape(bool persistent, bool watch_accessed_variables)
      : persistent_(persistent), watch_accessed_variables_(watch_accessed_variables) {}
  int32_t slot_of(int64_t id) { return slots_.insert(id); }
  void link(const Variable& v);
  void keep(const Tensor& t);
  // Slots that `from` reaches through the recording.
  std::vector<bool> reachable(const std::vector<Source>& from) const;

  bool persistent_;
  bool watch_accessed_variables_;
  bool paused_ = false;  // stopped and started again, or reset: for explain()
  bool started_ = false;
  bool used_ = false;      // the one gradient was taken
  bool released_ = false;  // and the recording was given up for it
  FlatMap slots_;          // ids this tape knows -> dense numbers
  std::vector<Ref<Entry>> entries_;
  std::vector<Variable> variables_;
  // For explain(): calls of ops without a gradient, and values that went to NumPy or Python.
  std::vector<Ref<Entry>> blocked_;
  std::vector<std::pair<int64_t, std::string>> exits_;
  struct Kept {
    FlatMap index;  // ids -> places in `values`
    std::vector<Tensor> values;
  };
  std::unique_ptr<Kept> kept_;  // after keep_values()
};

// Carries out a call's gradient rule: `dy` by output, undefined where none came, to `result` by
// input.
void run_rule(const Entry& entry, SmallVector<Tensor, 4>& dy, std::span<const bool> needs,
              SmallVector<Tensor, 4>& result);
// A rule's gradient in its input's shape.
Tensor fit(Tensor gradient, const Shape& shape);

// The C++ user's tape: records from construction to destruction or stop().
class GradientTape {
 public:
  explicit GradientTape(bool persistent = false) : tape_(Tape::create(persistent)) {
    tape_->start();
  }
  ~GradientTape() { stop(); }
  GradientTape(const GradientTape&) = delete;
  void stop() {
    if (tape_->recording()) tape_->stop();
  }
  void watch(const Tensor& t) { tape_->watch(t); }
  Tensors gradient(const Tensor& target, const std::vector<Source>& sources) {
    return tape_->gradient({target}, sources);
  }
  Tensor gradient(const Tensor& target, const Source& source) {
    return tape_->gradient({target}, {source})[0];
  }

 private:
  Ref<Tape> tape_;
};

}  // namespace pyten
