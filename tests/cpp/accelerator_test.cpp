// Memory, copies and gradients between the CPU and an accelerator, which is made of host memory
// here.
#include "core/accelerator.h"

#include <gtest/gtest.h>
#ifndef _WIN32
#include <unistd.h>
#endif

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "autograd/tape.h"
#include "core/error.h"
#include "ops/ops.h"
#include "ops/placement.h"

namespace pyten {
namespace {

// Counts what it is asked for, and has room for 64 MiB.
class Counting : public Accelerator {
 public:
  std::string name() const override { return "counting"; }
  size_t total_bytes() const override { return size_t(64) << 20; }
  void make_current() override {}
  void* allocate(size_t nbytes) override {
    if (live + nbytes > total_bytes()) fail(ErrorKind::kOutOfMemory, "allocate: no ", nbytes);
    live += nbytes;
    return std::malloc(nbytes + 1);
  }
  void deallocate(void* p, size_t nbytes) noexcept override {
    live -= nbytes;
    std::free(p);
  }
  MemoryStats memory_stats() const override { return {int64_t(live), 0, 0}; }
  void reset_peak() override {}
  void release_cached_memory() override {}
  void copy_in(void* device, const void* host, size_t nbytes) override {
    ++in;
    std::memcpy(device, host, nbytes);
  }
  void copy_out(void* host, const void* device, size_t nbytes) override {
    ++out;
    std::memcpy(host, device, nbytes);
  }
  void copy(void* to, const void* from, size_t nbytes) override {
    ++within;
    std::memmove(to, from, nbytes);
  }
  void zero(void* device, size_t nbytes) override { std::memset(device, 0, nbytes); }
  void synchronize() override {}
  void* stream() const override { return nullptr; }
  void wait_for(void*) override {}
  void let_wait(void*) override {}

  size_t live = 0;
  int in = 0, out = 0, within = 0;
};

constexpr Device kFirst{DeviceType::kCUDA, 0}, kSecond{DeviceType::kCUDA, 1};

Counting& counting(int i) {
  static Counting* const both = [] {
    auto* two = new Counting[2];
    add_accelerator(&two[0]);
    add_accelerator(&two[1]);
    return two;
  }();
  return both[i];
}

template <typename F>
std::string message_of(ErrorKind kind, F f) {
  try {
    f();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), kind);
    return e.what();
  }
  ADD_FAILURE() << "nothing was raised";
  return "";
}

TEST(Accelerators, TensorsGoThereAndBack) {
  Counting& a = counting(0);
  int in = a.in, out = a.out;
  const float values[] = {1, 2, 3};
  Tensor x = from_values<float>(values, {3}, DType::kFloat32);
  Tensor there = to_device(x, kFirst);
  EXPECT_EQ(there.device(), kFirst);
  EXPECT_EQ(a.in, in + 1);
  EXPECT_TRUE(to_device(there, kFirst).same(there));
  Tensor back = on_host(there);
  EXPECT_TRUE(back.device().is_cpu());
  EXPECT_EQ(back.data_as<float>()[2], 3);
  EXPECT_EQ(a.out, out + 1);
}

TEST(Accelerators, CopiesBetweenTwoGoByTheHost) {
  counting(0);
  const int32_t values[] = {4, 5};
  Tensor x = to_device(from_values<int32_t>(values, {2}, DType::kInt32), kFirst);
  int out = counting(0).out, in = counting(1).in;
  Tensor y = to_device(x, kSecond);
  EXPECT_EQ(y.device(), kSecond);
  EXPECT_EQ(counting(0).out, out + 1);
  EXPECT_EQ(counting(1).in, in + 1);
  EXPECT_EQ(on_host(y).data_as<int32_t>()[1], 5);
}

TEST(Accelerators, ScopesNest) {
  counting(0);
  EXPECT_TRUE(current_device().is_cpu());
  {
    DeviceScope there(kSecond);
    EXPECT_EQ(current_device(), kSecond);
    EXPECT_EQ(zeros({4}, DType::kFloat32).device(), kSecond);
    {
      DeviceScope host{Device{}};
      EXPECT_TRUE(zeros({4}, DType::kFloat32).device().is_cpu());
    }
    EXPECT_EQ(current_device(), kSecond);
  }
  EXPECT_TRUE(current_device().is_cpu());
}

TEST(Accelerators, OperandsMeetOnTheOneThatHasSome) {
  counting(0);
  Tensor here = zeros({1}, DType::kFloat32);
  Tensor a = to_device(here, kFirst), b = to_device(here, kSecond);
  EXPECT_TRUE(meeting_place("add", {&here, &here}).is_cpu());
  EXPECT_EQ(meeting_place("add", {&here, &a}), kFirst);
  EXPECT_EQ(meeting_place("add", {&b, &here}), kSecond);
  EXPECT_EQ(message_of(ErrorKind::kInvalidArgument, [&] { meeting_place("add", {&a, &b}); }),
            "add: inputs must be on one GPU, got GPU:0 and GPU:1; use tf.identity(x) under "
            "tf.device to move one");
}

TEST(Accelerators, AGradientComesBackToWhereItsSourceIs) {
  counting(0);
  Tensor x = ones({2}, DType::kFloat32);
  Ref<Tape> tape = Tape::create(false, false);
  tape->watch(x);
  tape->start();
  Tensor y = to_device(to_device(x, kFirst), kSecond);
  tape->stop();
  std::vector<Source> sources;
  sources.emplace_back(x);
  Tensor seed = to_device(ones({2}, DType::kFloat32), kSecond);
  Tensor g = tape->gradient({y}, sources, {seed})[0];
  EXPECT_TRUE(g.device().is_cpu());
  EXPECT_EQ(g.data_as<float>()[0], 1);
}

TEST(Accelerators, LackOfMemoryNamesTheHoldersOfThatDevice) {
  Counting& a = counting(0);
  Tensor on_cpu = Tensor::empty({1 << 19, 5}, DType::kFloat32);
  Tensor held = Tensor::empty({1 << 20, 3}, DType::kFloat32, kFirst);
  size_t before = a.live;
  std::string message = message_of(ErrorKind::kOutOfMemory,
                                   [] { Tensor::empty({1 << 24, 2}, DType::kFloat32, kFirst); });
  EXPECT_EQ(message,
            "OOM when allocating tensor with shape[16777216,2] and type float32: allocate: no "
            "134217728, most of it by 1 tensor float32 [1048576,3]: 12582912 bytes (12 MiB)");
  EXPECT_EQ(a.live, before);
  held = Tensor();
  EXPECT_EQ(a.live, before - (size_t(12) << 20));
  message = message_of(ErrorKind::kOutOfMemory,
                       [] { Tensor::empty({1 << 24, 2}, DType::kFloat32, kFirst); });
  EXPECT_EQ(message.find("most of it"), std::string::npos);
}

TEST(Accelerators, WhatIsNotThereIsAnError) {
  counting(0);
  EXPECT_EQ(message_of(ErrorKind::kValue, [] { accelerator({DeviceType::kCUDA, 7}); }),
            "device: there is no GPU:7; this process knows 2 GPUs");
}

TEST(SoftPlacement, TheCpuStandsInForAMissingKernel) {
  counting(0);
  Tensor x = to_device(ones({2}, DType::kFloat32), kFirst);
  int calls = 0;
  auto f = [&](const Tensor& t) {
    ++calls;
    require_host("op", t);
    EXPECT_TRUE(current_device().is_cpu());
    return t;
  };
  EXPECT_EQ(softly(f, x).device(), kFirst);
  EXPECT_EQ(calls, 2);
  set_soft_placement(false);
  EXPECT_EQ(message_of(ErrorKind::kUnimplemented, [&] { softly(f, x); }),
            "op: no kernel for dtype float32 on GPU:0; tf.config.set_soft_device_placement(True) "
            "runs it on the CPU");
  set_soft_placement(true);
}

#ifndef _WIN32
TEST(AcceleratorsDeathTest, AForkedChildSaysWhy) {
  GTEST_FLAG_SET(death_test_style, "fast");  // forks
  counting(0);
  Tensor kept = Tensor::empty({4}, DType::kFloat32, kFirst);
  EXPECT_EXIT(
      {
        std::string why = message_of(ErrorKind::kRuntime, [] { accelerator(kFirst); });
        kept = Tensor();  // must not touch the device either: _exit, as the block leaks
        _exit(why.find("forked after its parent had found the GPUs") != why.npos ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace pyten
