// Backward passes from Python.
#pragma once

#include "bindings/operators.h"

namespace pyten::bindings {

// Has the tape walked by f(), without the GIL when there is work for more than some microseconds.
template <typename F>
auto walked(Tape& tape, const char* op, F&& f) {
  struct Turn {
    Tape& tape;
    unsigned long before;
    ~Turn() { tape.walker = before; }
  };
  unsigned long me = PyThread_get_thread_ident();
  if (tape.walker != 0 && tape.walker != me) {
    fail(ErrorKind::kRuntime, op,
         ": another thread is taking a gradient of this tape; give each thread a tape of its own");
  }
  Turn turn{tape, tape.walker};
  tape.walker = me;
  if (!tape.has_elements(kReleaseGilFrom)) return f();
  py::gil_scoped_release release;
  return f();
}

}  // namespace pyten::bindings
