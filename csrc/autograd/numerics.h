// Stops at the first op that makes a NaN or an infinity. While the check is on, the thread's
// recorder (ListenerStack) shows every call to check(); off, none of this is reached.
#pragma once

#include <memory>
#include <string>

#include "ops/op.h"

namespace pyten {

// Turns the check on or off for this thread; returns what it was. Defined beside ListenerStack.
bool set_check_numerics(bool on);
bool checking_numerics();

// While it lives, this thread's ops are checked (or, with false, are not).
class CheckNumerics {
 public:
  explicit CheckNumerics(bool on = true) : before_(set_check_numerics(on)) {}
  ~CheckNumerics() { set_check_numerics(before_); }
  CheckNumerics(const CheckNumerics&) = delete;

 private:
  bool before_;
};

namespace numerics {

// Whether every element is finite; true for dtypes that hold numbers only.
bool all_finite(const Tensor& t);

// Has this thread's large results looked at while they are written. Only for set_check_numerics.
void watch(bool on);

// Raises kInvalidArgument when the call made a NaN or an infinity, or passes on one.
void check(const Call& call);
// The same for what a variable would become: `op` is "assign", `given` is what came in, `before`
// the present value where it takes part.
void check_assigned(const char* op, const std::string& variable, const Tensor& value,
                    const Tensor& given, const Tensor& before = {});

// One step of a backward pass. A rule may pass through an infinity that a later op of the same rule
// takes back (0 times the slope of sqrt at 0), so ops inside are remembered, and judged when the
// step's result is known.
class BackwardStep {
 public:
  explicit BackwardStep(const Entry& entry);
  ~BackwardStep();
  BackwardStep(const BackwardStep&) = delete;
  // Raises when a gradient is not finite.
  void check(const Tensor& gradient);

 private:
  friend void numerics::check(const Call& call);
  friend std::shared_ptr<const Place> here();
  struct Suspect;
  const Entry& entry_;
  BackwardStep* outer_;
  std::unique_ptr<Suspect> suspect_;  // the first call whose result was not finite
};

// Where the user's program is; null without a locator.
std::shared_ptr<const Place> here();
// How bindings find that out: called with or without the interpreter's lock.
void set_locator(std::shared_ptr<const Place> (*locate)());
// At most this many characters of a file's path are shown; the thread's own.
void set_path_limit(int characters);

}  // namespace numerics
}  // namespace pyten
