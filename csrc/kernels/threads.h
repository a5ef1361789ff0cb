// One pool of threads, started at first need. Work is cut into tiles whose bounds depend on the
// problem alone, never on the number of threads, and taken by whoever is free.
#pragma once

#include <cstdint>
#include <type_traits>

namespace pyten {

// body(context, begin, end) for tiles of `grain` indices that cover [0, n). Runs on the calling
// thread when there is one tile or one thread. The first exception is rethrown here.
void parallel_for(int64_t n, int64_t grain, void (*body)(void*, int64_t, int64_t), void* context);

template <typename F>
void parallel_for(int64_t n, int64_t grain, F&& f) {
  parallel_for(
      n, grain,
      [](void* context, int64_t begin, int64_t end) {
        (*static_cast<std::remove_reference_t<F>*>(context))(begin, end);
      },
      const_cast<void*>(static_cast<const void*>(&f)));
}

// Throws if somebody wants the work to stop (see set_interrupt_hook). A kernel whose tile may take
// longer than a tenth of a second calls it now and then; parallel_for does between tiles. Costs a
// look at the clock.
void check_interrupt();

// While one exists, this thread is not interrupted: half an update in place must not be left
// behind.
class Uninterrupted {
 public:
  Uninterrupted();
  ~Uninterrupted();
  Uninterrupted(const Uninterrupted&) = delete;
};

// hook() is called every twentieth of a second from the thread that called the op, in the middle of
// long work, and may throw. It may wait for a lock that a thread in fork() holds.
void set_interrupt_hook(void (*hook)());

int thread_count();            // affinity, cgroup quota and OMP_NUM_THREADS, or what was set
void set_thread_count(int n);  // 0: back to the default

}  // namespace pyten
