#include "kernels/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>

#include "core/control_groups.h"
#include "core/error.h"

namespace pyten {

namespace {

// -- how many threads ----------------------------------------------------------------------------
int affinity_count() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
#endif
  int n = int(std::thread::hardware_concurrency());
  return n > 0 ? n : 1;
}

// Processors that a quota of `quota` microseconds in each `period` amounts to; 0 for no limit.
int as_processors(double quota, double period) {
  if (quota <= 0 || period <= 0) return 0;
  double n = quota / period;
  return n < 1 ? 1 : int(n + 0.999);
}

// The tightest quota of this process's control groups and those above them, version 2 or 1.
int cgroup_count() {
  int best = 0;
  for (const std::string& group : control_group_folders("cpu")) {
    double quota = 0, period = 0;
    std::ifstream v2(group + "/cpu.max");  // the word `max` is no number
    std::ifstream q(group + "/cpu.cfs_quota_us"), p(group + "/cpu.cfs_period_us");
    if (!(v2 >> quota >> period) && !(q >> quota && p >> period)) continue;
    int n = as_processors(quota, period);
    if (n > 0 && (best == 0 || n < best)) best = n;
  }
  return best;
}

int default_thread_count() {
  if (const char* text = std::getenv("OMP_NUM_THREADS")) {
    int n = std::atoi(text);
    if (n > 0) return n;
  }
  int n = affinity_count(), quota = cgroup_count();
  return quota > 0 && quota < n ? quota : n;
}

std::atomic<int> wanted_threads{0};  // 0: not asked yet
thread_local bool inside = false;    // this thread is running tiles: do not start more

// -- interruption --------------------------------------------------------------------------------
std::atomic<void (*)()> interrupt_hook{nullptr};
thread_local bool serves = false;    // a thread of the pool: it is not asked
thread_local int uninterrupted = 0;  // how many Uninterrupted there are
thread_local int64_t last_look = 0;  // when the hook was called, nanoseconds

constexpr int64_t kBetweenLooks = 50'000'000;

// -- the pool ------------------------------------------------------------------------------------
void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

struct Job {
  int64_t n, grain;
  void (*body)(void*, int64_t, int64_t);
  void* context;
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr error{};

  void fail(std::exception_ptr why) {
    if (!failed.exchange(true)) error = std::move(why);
  }

  void work() {
    inside = true;
    for (;;) {
      int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= n || failed.load(std::memory_order_relaxed)) break;
      try {
        check_interrupt();
        body(context, begin, n - begin < grain ? n : begin + grain);
      } catch (...) {
        fail(std::current_exception());
      }
    }
    inside = false;
  }
};

thread_local Job* running = nullptr;  // what this thread gave the pool

// Workers that sleep between jobs, one job at a time. Never destroyed: threads may outlive main().
class Pool {
 public:
  void run(Job& job, int helpers) {
    {
      std::lock_guard lock(mutex_);
      helpers = std::min(helpers, start_workers(helpers));
      job_ = &job;
      open_ = helpers;
      generation_.fetch_add(1, std::memory_order_release);
    }
    if (helpers == 1) wake_.notify_one();
    else wake_.notify_all();
    running = &job;
    job.work();
    running = nullptr;
    {
      std::lock_guard lock(mutex_);
      open_ = 0;  // whoever has not come yet is no longer needed
      job_ = nullptr;
    }
    for (int spin = 0; busy_.load(std::memory_order_acquire) != 0; ++spin) {
      if (spin < kSpins) {
        pause();
        continue;
      }
      std::unique_lock lock(mutex_);
      done_.wait(lock, [&] { return busy_.load() == 0; });
    }
  }

  // In a child process, in the middle of run(): the workers did not come along.
  void abandon() {
    new (&mutex_) std::mutex;
    busy_.store(0);
  }

 private:
  static constexpr int kSpins = 2000;  // some tens of microseconds

  // Brings the workers up to so many if the system has them; how many there are. The mutex is held.
  int start_workers(int wanted) {
    if (workers_ >= wanted) return workers_;
    sigset_t all, before;  // signals are for the threads that the program knows of
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      for (; workers_ < wanted; ++workers_) {
        std::thread(&Pool::serve, this, generation_.load()).detach();
      }
    } catch (const std::system_error&) {
      // As many as there are.
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return workers_;
  }

  void serve(uint64_t seen) {
    serves = true;
    for (;;) {
      for (int spin = 0; spin < kSpins; ++spin) {
        if (generation_.load(std::memory_order_acquire) != seen) break;
        pause();
      }
      Job* job = nullptr;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return generation_.load() != seen; });
        seen = generation_.load();
        if (open_ > 0) {
          --open_;
          job = job_;
          busy_.fetch_add(1);
        }
      }
      if (!job) continue;
      job->work();
      std::lock_guard lock(mutex_);
      if (busy_.fetch_sub(1) == 1) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<int> busy_{0};
  Job* job_ = nullptr;
  int open_ = 0;  // helpers that may still join the job
  int workers_ = 0;
};

// Held by the thread that uses the pool; another one that wants it meanwhile works alone.
std::mutex pool_mutex;
Pool* pool = nullptr;

// The child has the forking thread alone. Whatever others were computing is of no concern to it, so
// nobody waits for them, which could be for ever: they may wait for the lock that the one in fork()
// holds.
void after_fork_in_child() {
  if (running) {
    // Forked from an interrupt hook, inside an op whose tiles were partly elsewhere.
    running->fail(std::make_exception_ptr(
        Error(ErrorKind::kRuntime, "fork: the process was forked in the middle of an operation")));
    pool->abandon();
  } else {
    new (&pool_mutex) std::mutex;
  }
  pool = nullptr;
}

void run_alone(Job& job) {
  for (int64_t begin = 0; begin < job.n; begin += job.grain) {
    check_interrupt();
    job.body(job.context, begin, job.n - begin < job.grain ? job.n : begin + job.grain);
  }
}

}  // namespace

int thread_count() {
  int n = wanted_threads.load(std::memory_order_relaxed);
  if (n == 0) {
    n = default_thread_count();
    wanted_threads.store(n, std::memory_order_relaxed);
  }
  return n;
}

void set_thread_count(int n) { wanted_threads.store(n > 0 ? n : 0, std::memory_order_relaxed); }

void check_interrupt() {
  if (serves || uninterrupted > 0) return;
  void (*hook)() = interrupt_hook.load(std::memory_order_relaxed);
  if (hook == nullptr) return;
  int64_t now = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  if (now - last_look < kBetweenLooks) return;
  last_look = now;
  hook();
}

Uninterrupted::Uninterrupted() { ++uninterrupted; }
Uninterrupted::~Uninterrupted() { --uninterrupted; }

void set_interrupt_hook(void (*hook)()) { interrupt_hook.store(hook); }

void parallel_for(int64_t n, int64_t grain, void (*body)(void*, int64_t, int64_t), void* context) {
  if (n <= 0) return;
  if (grain < 1) grain = 1;
  if (n <= grain) return body(context, 0, n);
  Job job{n, grain, body, context};
  int64_t tiles = (n - 1) / grain + 1;
  int threads = inside ? 1 : thread_count();
  if (threads > tiles) threads = int(tiles);
  if (threads == 1) return run_alone(job);
  std::unique_lock lock(pool_mutex, std::try_to_lock);
  if (!lock.owns_lock()) return run_alone(job);
  if (!pool) {
    static const bool registered [[maybe_unused]] =
        pthread_atfork(nullptr, nullptr, after_fork_in_child) == 0;
    pool = new Pool;
  }
  pool->run(job, threads - 1);
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace pyten
