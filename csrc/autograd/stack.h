// Who follows the ops of one thread: tapes, forward accumulators and traces, in one stack. What a
// listener computes is seen by those outside it alone, so that all nestings come out right.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "autograd/variable.h"
#include "kernels/watch.h"
#include "ops/op.h"

namespace pyten {

class Listener : public RefCounted {
 public:
  static void destroy(Listener* l) { delete l; }
  virtual ~Listener() = default;
  bool recording() const { return recording_; }
  virtual bool knows(int64_t id) const = 0;
  // A call that takes a value which it knows; `place` is the listener's own in the stack.
  virtual void on_record(const Ref<Entry>& entry, const Call& call, size_t place) = 0;
  virtual void on_read(const Variable& v) = 0;
  virtual void note_exit(int64_t id, const std::string& where) = 0;
  // A trace of a function that may do anything. What it cannot show makes it give up.
  virtual bool is_function() const { return false; }
  virtual void give_up(const std::string&) {}
  // Whether entries shall say where the user's call stands.
  virtual bool keeps_values() const { return false; }

 protected:
  explicit Listener(bool exclusive = false) : exclusive_(exclusive) {}
  bool recording_ = false;

 private:
  friend class ListenerStack;
  // An exclusive one follows values of every dtype, and those outside do not see what it sees.
  bool follows(DType dtype) const { return is_inexact(dtype) || exclusive_; }
  bool wants(const Entry& entry) const {
    for (const ValueInfo& input : entry.inputs) {
      if (follows(input.dtype) && knows(input.id)) return true;
    }
    return false;
  }
  bool exclusive_;
};

class TapePause;

// The listeners of one thread, innermost last.
class ListenerStack : public Recorder {
 public:
  static ListenerStack& here();
  ~ListenerStack() override;

  bool wants(const Tensor* const* inputs, size_t n) override {
    if (!check_numerics_) [[likely]]
      return wanted(inputs, n);
    // A result that is known to be finite matters to listeners alone.
    if (!kernels::t_watch->seen) return true;
    return kernels::t_watch->seen = wanted(inputs, n);
  }
  // Whether a listener wants the call, whatever else looks at it.
  bool wanted(const Tensor* const* inputs, size_t n) const;
  void record(const Call& call) override;
  // Sets whether every call is checked for NaN and infinity, and returns what it was.
  bool check_numerics(bool on);
  bool checks_numerics() const { return check_numerics_; }
  // Whether anybody follows, be it paused or not.
  bool listening() const { return list_.size() > base_; }
  void read(const Variable& v);
  // True if a trace gave up for it.
  bool note_exit(int64_t id, const std::string& where);
  void values_read(const Tensor& t) override;
  // All traces of functions give up, those that are paused as well; true if there is one.
  bool give_up(const std::string& why);
  void push(Ref<Listener> listener);
  bool remove(const Listener* listener);
  // Listeners pushed so far stop recording until resume() with what this returned.
  size_t pause(TapePause* pause);
  void resume(TapePause* pause, size_t base);

 private:
  friend class Outside;
  void update() { t_recorder = list_.size() > base_ || pause_ || check_numerics_ ? this : nullptr; }

  std::vector<Ref<Listener>> list_;
  size_t base_ = 0;             // those before it are paused
  TapePause* pause_ = nullptr;  // the innermost
  bool check_numerics_ = false;
};

// While it lives, only the listeners before `place` record, and those pushed meanwhile.
class Outside {
 public:
  explicit Outside(size_t place);
  ~Outside();
  Outside(const Outside&) = delete;

 private:
  std::vector<Ref<Listener>> all_;
};

// Tells this thread's listeners that v was read.
void notify_read(const Variable& v);
// Whether any listener of this thread records and watches t.
bool watched(const Tensor& t);
// Tells every listener of this thread that watches t that its value left for where they cannot
// follow; `where` is the user's file and line. True if a trace of a function gave up for it, and
// what called it should throw Untraceable.
bool note_exit(const Tensor& t, const std::string& where);
bool any_tape_active();
// The same, without those who only check numerics or remember variables.
bool any_listener_active();

// Thrown to leave a function whose trace gave up.
struct Untraceable : std::exception {
  const char* what() const noexcept override { return "the function cannot be traced"; }
};
// How many traces of functions this thread is in.
extern PYTEN_THREAD_LOCAL int t_function_traces;
// Before anything is done that a recording of ops does not show: a variable's assign, a draw from a
// random stream.
void refuse_in_traces(const char* what);
inline void note_effect(const char* what) {
  if (t_function_traces > 0) [[unlikely]]
    refuse_in_traces(what);
}

// While it lives, the listeners that were active on this thread do not record; those started
// meanwhile do. It remembers the trainable variables that were read.
class TapePause {
 public:
  TapePause();
  ~TapePause();
  TapePause(const TapePause&) = delete;
  const std::vector<Variable>& variables() const { return variables_; }

 private:
  friend class ListenerStack;
  void on_read(const Variable& v);
  TapePause* outer_ = nullptr;
  size_t base_ = 0;
  std::vector<Variable> variables_;
};

}  // namespace pyten
