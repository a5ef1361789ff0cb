// Tapes and variables.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "autograd/tape.h"
#include "core/allocator.h"
#include "core/error.h"
#include "ops/ops.h"

namespace pyten {
namespace {

Tensor number(double x) { return scalar(x, DType::kFloat64); }
double value(const Tensor& t) { return cast(t, DType::kFloat64).data_as<double>()[0]; }
Tensor vec(std::initializer_list<double> v) {
  Tensors rows;
  for (double x : v) rows.push_back(number(x));
  return stack(rows, 0);
}

TEST(Variable, ReadsAreFreeAndSnapshotsStay) {
  Variable v(number(1));
  EXPECT_TRUE(v.read().same(v.read()));
  Tensor before = v.read_value();
  v.assign_add(number(2));
  EXPECT_EQ(value(before), 1);
  EXPECT_EQ(value(v.read()), 3);
}

TEST(Variable, UpdatesInPlaceWhenNobodyElseHoldsTheValue) {
  Variable v(number(1));
  v.assign(number(5) + number(0));
  const void* memory = v.read().data();
  v.assign_sub(number(2));
  EXPECT_EQ(v.read().data(), memory);
  Tensor held = v.read();
  v.assign_sub(number(2));
  EXPECT_NE(v.read().data(), memory);
  EXPECT_EQ(value(held), 3);
}

TEST(Variable, NeverSharesWithWhatWasAssigned) {
  Tensor t = vec({1, 2, 3});
  Variable v(t);
  v.assign(t);
  v.assign_add(t);
  v.assign_slice(vec({9, 8}), {0}, {2}, {2});
  EXPECT_EQ(v.read().data_as<double>()[2], 8);
  EXPECT_EQ(t.data_as<double>()[0], 1);
}

TEST(Variable, AFailedAssignChangesNothing) {
  Variable v(vec({1, 2}));
  EXPECT_THROW(v.assign(vec({1, 2, 3})), Error);
  EXPECT_THROW(v.assign_add(number(1)), Error);
  EXPECT_THROW(v.assign(cast(vec({1, 2}), DType::kFloat32)), Error);
  EXPECT_EQ(v.read().data_as<double>()[1], 2);
}

TEST(Tape, GradientOfAVariable) {
  Variable v(number(3));
  GradientTape tape;
  Tensor y = v.read() * v.read();
  EXPECT_EQ(value(tape.gradient(y, v)), 6);
}

TEST(Tape, WatchesTensorsFromTheCallOn) {
  Tensor x = number(2);
  Ref<Tape> tape = Tape::create();
  tape->start();
  Tensor y = x * x;
  tape->watch(x);
  Tensor z = x * y;
  EXPECT_EQ(value(tape->gradient({z}, {x})[0]), 4);  // y counts as a constant
}

TEST(Tape, OrdersOneToFour) {
  Tensor x = number(2);
  std::vector<std::unique_ptr<GradientTape>> tapes;
  for (int i = 0; i < 4; ++i) {
    tapes.push_back(std::make_unique<GradientTape>());
    tapes.back()->watch(x);
  }
  Tensor y = pow(x, number(5));
  double expected[] = {80, 160, 240, 240};
  for (int i = 0; i < 4; ++i) {
    y = tapes.back()->gradient(y, x);
    tapes.pop_back();
    EXPECT_NEAR(value(y), expected[i], 1e-9);
  }
}

TEST(Tape, AssignsInBetweenAreValuesOfTheirOwn) {
  Variable v(number(3));
  GradientTape tape(true);
  Tensor y = v.read() * v.read();
  v.assign_add(number(1));
  Tensor z = v.read() * v.read();
  EXPECT_EQ(value(tape.gradient(y, v)), 6);
  EXPECT_EQ(value(tape.gradient(z, v)), 8);
  EXPECT_EQ(value(tape.gradient(y + z, v)), 14);
}

TEST(Tape, BroadcastOperandsAreSummedBack) {
  Variable w(vec({1, 2, 3})), b(number(1));
  GradientTape tape;
  Tensor y = w.read() * b.read();
  Tensors g = tape.gradient(y, {w, b});
  EXPECT_EQ(g[0].shape(), (Shape{3}));
  EXPECT_EQ(g[1].shape(), Shape{});
  EXPECT_EQ(value(g[1]), 6);
}

TEST(Tape, OneShotTapesSaySo) {
  Variable v(number(3));
  GradientTape tape;
  Tensor y = v.read() * v.read();
  tape.gradient(y, v);
  try {
    tape.gradient(y, v);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kRuntime);
    EXPECT_NE(std::string(e.what()).find("persistent=True"), std::string::npos);
  }
}

TEST(Tape, UnconnectedSourcesAreUndefinedOrZero) {
  Variable v(number(3)), w(vec({1, 2}));
  Ref<Tape> tape = Tape::create(true);
  tape->start();
  Tensor y = v.read() * v.read();
  tape->stop();
  EXPECT_FALSE(tape->gradient({y}, {w})[0].defined());
  Tensor zero = tape->gradient({y}, {w}, {}, {.zero_unconnected = true})[0];
  EXPECT_EQ(zero.shape(), (Shape{2}));
  EXPECT_EQ(zero.data_as<double>()[0], 0);
}

TEST(Tape, ExplainsMissingGradients) {
  Variable v(number(3)), frozen(number(1), false);
  Tensor c = number(2);
  Ref<Tape> tape = Tape::create(true);
  tape->start();
  Tensor y = floor(v.read());
  Tensor z = frozen.read() * c;
  tape->stop();
  auto why = [&](const Tensor& target, const Source& source, bool variable, bool trainable) {
    return tape->explain({target, "y", source, "x", variable, trainable});
  };
  EXPECT_NE(why(y, v, true, true).find("floor, which has no gradient"), std::string::npos);
  EXPECT_NE(why(z, frozen, true, false).find("not trainable"), std::string::npos);
  EXPECT_NE(why(z, c, false, true).find("does not watch: call tape.watch(x)"), std::string::npos);
}

TEST(Tape, KeepsOnlyWhatRulesNeed) {
  Tensor x = Tensor::empty({1000}, DType::kFloat64);
  GradientTape tape(true);
  tape.watch(x);
  Tensor y = x + x;
  int64_t live = memory_stats().live_bytes;
  Tensor z = y + x;
  y = Tensor();
  // y's memory is free again: add saves nothing.
  EXPECT_LT(memory_stats().live_bytes, live + 4096);
}

TEST(Tape, IsOfItsThread) {
  Variable v(number(3));
  GradientTape tape;
  Tensor y;
  std::thread([&] { y = v.read() * v.read(); }).join();
  EXPECT_FALSE(tape.gradient(y, v).defined());
}

TEST(Tape, MemoryComesBack) {
  Variable v(number(0.5));
  auto step = [&] {
    GradientTape outer;
    Tensor g;
    {
      GradientTape inner;
      g = inner.gradient(tanh(v.read() * v.read()), v);
    }
    v.assign_sub(outer.gradient(g, v) * number(0.01));
  };
  step();
  int64_t live = memory_stats().live_bytes;
  for (int i = 0; i < 1000; ++i) step();
  EXPECT_EQ(memory_stats().live_bytes, live);
}

TEST(TapePause, HidesOuterTapesAndCollectsReads) {
  Variable v(number(3));
  GradientTape tape(true);
  Tensor hidden, inner_gradient;
  {
    TapePause pause;
    GradientTape inner;
    hidden = v.read() * v.read();
    inner_gradient = inner.gradient(hidden, v);
    EXPECT_EQ(pause.variables().size(), 1u);
  }
  EXPECT_EQ(value(inner_gradient), 6);
  EXPECT_FALSE(tape.gradient(hidden, v).defined());
}

}  // namespace
}  // namespace pyten
