// A function's work on a GPU, noted once and replayed: the core's side of pyten.cuda.graph. The
// device notes kernels and keeps their memory (core/accelerator.h); here are the variables, which
// must stand where they stood when the work was noted.
#pragma once

#include <memory>
#include <vector>

#include "autograd/variable.h"
#include "core/accelerator.h"
#include "core/thread_local.h"

namespace pyten {

// The variables that this thread uses, while somebody asks.
class VariableUse {
 public:
  struct Used {
    Ref<VariableImpl> variable;
    void* data;  // where its value was before
    Shape shape;
    bool written;
  };
  VariableUse();
  ~VariableUse();
  VariableUse(const VariableUse&) = delete;

  void note(VariableImpl& v, bool written);
  std::vector<Used>& all() { return all_; }

 private:
  VariableUse* outer_;
  std::vector<Used> all_;
};
extern PYTEN_THREAD_LOCAL VariableUse* t_variable_use;

// In a capture of this thread.
bool capturing();
// Raises kRuntime in one.
void refuse_in_capture(const char* what);

class CapturedFunction {
 public:
  // Whether its variables stand where they stood, and what it writes is nobody else's. If not, the
  // function has to be captured anew.
  bool current() const;
  void replay();

 private:
  friend class Capture;
  Device device_;
  std::vector<VariableUse::Used> variables_;
  std::vector<Tensor> kept_;
  std::unique_ptr<CapturedWork> work_;
};

// A capture on this thread, from its construction to finish(), or to its end without one: then
// nothing has happened, and variables have the values that they had.
class Capture {
 public:
  // `expected`: the variables that the function used when it was called before.
  Capture(Device device, const std::vector<Ref<VariableImpl>>& expected);
  ~Capture();
  Capture(const Capture&) = delete;

  // A result of the function; a copy where it shares a variable's memory.
  Tensor result(const Tensor& t) const;
  // Memory apart from what the graph itself writes to: for a tensor that is written between
  // replays.
  Tensor keep(const Shape& shape, DType dtype);
  std::unique_ptr<CapturedFunction> finish();

 private:
  void put_back();
  Tensor home(const VariableUse::Used& used);

  Device device_;
  std::vector<VariableUse::Used> expected_;  // and where they stood at the beginning
  std::unique_ptr<VariableUse> use_;
  std::vector<Tensor> kept_;
  bool open_ = false;
};
// This thread's, or null.
extern PYTEN_THREAD_LOCAL Capture* t_capture;

}  // namespace pyten
