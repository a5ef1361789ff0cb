#include "kernels/threads.h"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

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

// The quota of the control group at `path` below the usual mount point, version 2 then 1.
int quota_at(const std::string& path) {
  double quota = 0, period = 0;
  std::ifstream v2("/sys/fs/cgroup" + path + "/cpu.max");
  if (v2 >> quota >> period) return as_processors(quota, period);  // the word `max` stops here
  for (const char* controller : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"}) {
    std::ifstream q(controller + path + "/cpu.cfs_quota_us");
    std::ifstream p(controller + path + "/cpu.cfs_period_us");
    if (q >> quota && p >> period) return as_processors(quota, period);
  }
  return 0;
}

// The tightest quota of this process's control group and those above it.
int cgroup_count() {
  int best = quota_at("");
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && controllers.find("cpu") == std::string::npos) continue;
    std::string path = line.substr(second + 1);
    while (path.size() > 1) {
      int n = quota_at(path);
      if (n > 0 && (best == 0 || n < best)) best = n;
      path.erase(path.rfind('/'));
    }
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

  void work() {
    inside = true;
    for (;;) {
      int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= n || failed.load(std::memory_order_relaxed)) break;
      try {
        body(context, begin, n - begin < grain ? n : begin + grain);
      } catch (...) {
        if (!failed.exchange(true)) error = std::current_exception();
      }
    }
    inside = false;
  }
};

// Workers that sleep between jobs, one job at a time. Never destroyed: threads may outlive main().
class Pool {
 public:
  void run(Job& job, int helpers) {
    {
      std::lock_guard lock(mutex_);
      while (workers_ < helpers) {
        std::thread(&Pool::serve, this, generation_.load()).detach();
        ++workers_;
      }
      job_ = &job;
      open_ = helpers;
      generation_.fetch_add(1, std::memory_order_release);
    }
    if (helpers == 1) wake_.notify_one();
    else wake_.notify_all();
    job.work();
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

 private:
  static constexpr int kSpins = 2000;  // some tens of microseconds

  void serve(uint64_t seen) {
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

void before_fork() { pool_mutex.lock(); }
void after_fork_in_parent() { pool_mutex.unlock(); }
void after_fork_in_child() {
  pool = nullptr;  // its threads did not come along
  pool_mutex.unlock();
}

void run_alone(Job& job) {
  for (int64_t begin = 0; begin < job.n; begin += job.grain) {
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
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
    pool = new Pool;
  }
  pool->run(job, threads - 1);
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace pyten
