// The pool: tiles, nesting, exceptions, several callers, fork.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kernels/threads.h"

namespace pyten {
namespace {

class Threads : public testing::Test {
 protected:
  void TearDown() override { set_thread_count(0); }
};

int64_t sum_to(int64_t n) {
  std::atomic<int64_t> total{0};
  parallel_for(n, 10, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) total += i;
  });
  return total;
}

TEST_F(Threads, TilesCoverTheRangeOnceWithFixedBounds) {
  for (int threads : {1, 2, 8}) {
    set_thread_count(threads);
    for (int64_t n : {0, 1, 7, 10, 11, 1000}) {
      std::mutex mutex;
      std::set<std::pair<int64_t, int64_t>> tiles, want;
      parallel_for(n, 10, [&](int64_t begin, int64_t end) {
        std::lock_guard lock(mutex);
        EXPECT_TRUE(tiles.emplace(begin, end).second);
      });
      for (int64_t b = 0; b < n; b += 10) want.emplace(b, std::min(b + 10, n));
      EXPECT_EQ(tiles, want) << n << " on " << threads;
    }
  }
}

TEST_F(Threads, OneTileRunsOnTheCaller) {
  set_thread_count(8);
  auto caller = std::this_thread::get_id();
  parallel_for(5, 10, [&](int64_t, int64_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

TEST_F(Threads, NestedCallsRunInline) {
  set_thread_count(4);
  std::atomic<int64_t> total{0};
  parallel_for(8, 1, [&](int64_t, int64_t) {
    auto outer = std::this_thread::get_id();
    parallel_for(100, 10, [&](int64_t begin, int64_t end) {
      EXPECT_EQ(std::this_thread::get_id(), outer);
      total += end - begin;
    });
  });
  EXPECT_EQ(total, 800);
}

TEST_F(Threads, TheFirstExceptionIsRethrownAndThePoolGoesOn) {
  for (int threads : {1, 4}) {
    set_thread_count(threads);
    auto throwing = [](int64_t begin, int64_t) {
      if (begin == 30) throw std::runtime_error("tile 3");
    };
    try {
      parallel_for(1000, 10, throwing);
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& e) {
      EXPECT_STREQ(e.what(), "tile 3");
    }
    EXPECT_EQ(sum_to(1000), 499500);
  }
}

TEST_F(Threads, ManyShortJobsFromManyCallers) {
  set_thread_count(4);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) wrong += sum_to(100) != 4950;
    });
  }
  for (auto& c : callers) c.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Threads, CountIsPositiveAndCanBeSet) {
  set_thread_count(3);
  EXPECT_EQ(thread_count(), 3);
  set_thread_count(0);
  EXPECT_GE(thread_count(), 1);
}

TEST_F(Threads, SurvivesFork) {
  set_thread_count(4);
  EXPECT_EQ(sum_to(1000), 499500);
  pid_t child = fork();
  if (child == 0) {
    bool good = true;
    for (int i = 0; i < 100; ++i) good = good && sum_to(1000) == 499500;
    _exit(good ? 0 : 1);
  }
  ASSERT_GT(child, 0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(sum_to(1000), 499500);
}

TEST_F(Threads, ForksWhileOthersCompute) {
  set_thread_count(4);
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) EXPECT_EQ(sum_to(20000), 199990000);
  });
  for (int i = 0; i < 50; ++i) {
    pid_t child = fork();
    if (child == 0) _exit(sum_to(1000) == 499500 ? 0 : 1);
    ASSERT_GT(child, 0);
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  stop = true;
  busy.join();
}

// -- Interruption ---------------------------------------------------------------------------------
std::atomic<int> looks{0};
std::atomic<bool> throws{false};
std::thread::id looked_from;
void hook() {
  ++looks;
  looked_from = std::this_thread::get_id();
  if (throws) throw std::runtime_error("interrupted");
}

class Interruption : public Threads {
 protected:
  void SetUp() override {
    looks = 0;
    throws = false;
    set_interrupt_hook(hook);
  }
  void TearDown() override {
    set_interrupt_hook(nullptr);
    Threads::TearDown();
  }
};

// Tiles of a millisecond each; how many were run.
int sleepy_tiles(int n) {
  std::atomic<int> done{0};
  try {
    parallel_for(n, 1, [&](int64_t, int64_t) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++done;
    });
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "interrupted");
    return done;
  }
  EXPECT_FALSE(throws);
  return done;
}

TEST_F(Interruption, LooksNowAndThenFromTheCallerAlone) {
  for (int threads : {1, 4}) {
    set_thread_count(threads);
    looks = 0;
    EXPECT_EQ(sleepy_tiles(200 * threads), 200 * threads);
    EXPECT_GE(looks, 2);
    EXPECT_EQ(looked_from, std::this_thread::get_id());
  }
}

TEST_F(Interruption, EndsTheWorkAndThePoolGoesOn) {
  throws = true;
  for (int threads : {1, 4}) {
    set_thread_count(threads);
    EXPECT_LT(sleepy_tiles(1000), 1000);
    throws = false;
    EXPECT_EQ(sum_to(1000), 499500);
    throws = true;
  }
}

TEST_F(Interruption, DoesNotCutAnUpdateInTwo) {
  throws = true;
  Uninterrupted guard;
  for (int threads : {1, 4}) {
    set_thread_count(threads);
    std::atomic<int> done{0};
    parallel_for(200, 1, [&](int64_t, int64_t) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++done;
    });
    EXPECT_EQ(done, 200);
  }
}

// A handler of a signal may fork: the child's op fails, and the child can go on.
TEST_F(Interruption, ForkedFromTheHook) {
  set_thread_count(4);
  static pid_t child;
  child = -1;
  set_interrupt_hook([] {
    if (child == -1) child = fork();
  });
  std::string said;
  try {
    parallel_for(400, 1, [](int64_t, int64_t) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  } catch (const std::exception& e) {
    said = e.what();
  }
  if (child == 0) {
    bool good = said.find("forked in the middle of an operation") != std::string::npos;
    _exit(good && sum_to(1000) == 499500 ? 0 : 1);
  }
  EXPECT_EQ(said, "");
  ASSERT_GT(child, 0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// Each in a process of its own, for the count is asked of the environment once.
TEST(ThreadsDeathTest, ObeysOmpNumThreads) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto count_with = [](const char* value) {
    setenv("OMP_NUM_THREADS", value, 1);
    set_thread_count(0);
    std::_Exit(thread_count());
  };
  EXPECT_EXIT(count_with("3"), testing::ExitedWithCode(3), "");
  EXPECT_EXIT(count_with("5,2"), testing::ExitedWithCode(5), "");
}

}  // namespace
}  // namespace pyten
