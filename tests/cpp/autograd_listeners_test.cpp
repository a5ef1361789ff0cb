// The stack of listeners, and the check for NaN and infinity that shares its hook.
#include <cmath>
#include <limits>
#include <thread>

#include "autograd/forward.h"
#include "autograd/numerics.h"
#include "ops_testing.h"

namespace pyten {
namespace {

// Notes the ops it is shown.
class Ear final : public Listener {
 public:
  explicit Ear(bool exclusive = false) : Listener(exclusive) {}
  bool knows(int64_t id) const override {
    return std::find(ids_.begin(), ids_.end(), id) != ids_.end();
  }
  void on_record(const Ref<Entry>& entry, const Call& call, size_t place) override {
    heard.push_back(entry->op->name);
    for (const Tensor& t : call.outputs) ids_.push_back(tensor_id(t));
    if (then) {
      Outside outside(place);
      then(call);
    }
  }
  void on_read(const Variable&) override { heard.push_back("read"); }
  void note_exit(int64_t, const std::string& where) override { heard.push_back(where); }
  void watch(const Tensor& t) { ids_.push_back(tensor_id(t)); }
  void start() {
    recording_ = true;
    ListenerStack::here().push(Ref<Listener>::share(this));
  }
  void stop() {
    recording_ = false;
    ListenerStack::here().remove(this);
  }
  std::vector<std::string> heard;
  std::function<void(const Call&)> then;

 private:
  std::vector<int64_t> ids_;
};

using Heard = std::vector<std::string>;

TEST(Listeners, HearOfWhatTheyKnowAlone) {
  auto ear = Ref<Ear>::adopt(new Ear);
  Tensor x = vec({1, 2}), other = vec({3, 4});
  ear->watch(x);
  ear->start();
  Tensor y = exp(x), z = exp(other), sum = y + z;
  Tensor whole = cast(sum, DType::kInt32);
  Tensor after = whole + whole;  // integers are followed by exclusive ones alone
  ear->stop();
  exp(sum);
  EXPECT_EQ(ear->heard, (Heard{"exp", "add", "cast"}));
  EXPECT_FALSE(any_tape_active());
}

TEST(Listeners, OuterOnesHearFirstAndAloneWhatInnerOnesCompute) {
  auto outer = Ref<Ear>::adopt(new Ear), inner = Ref<Ear>::adopt(new Ear);
  Tensor x = vec({1, 2});
  outer->watch(x);
  inner->watch(x);
  std::vector<size_t> known;
  inner->then = [&](const Call& call) {
    known.push_back(outer->heard.size());
    if (std::string(call.op.name) == "exp") negative(call.outputs[0]);
  };
  outer->start();
  inner->start();
  Tensor y = exp(x);
  inner->stop();
  outer->stop();
  EXPECT_EQ(outer->heard, (Heard{"exp", "negative"}));
  EXPECT_EQ(inner->heard, (Heard{"exp"}));
  EXPECT_EQ(known, (std::vector<size_t>{1}));
}

TEST(Listeners, AnExclusiveOneHidesItsOpsFromThoseOutside) {
  auto outer = Ref<Ear>::adopt(new Ear), trace = Ref<Ear>::adopt(new Ear(true)),
       inner = Ref<Ear>::adopt(new Ear);
  Tensor x = vec({1, 2}), other = vec({1, 2});
  for (Ear* e : {outer.get(), trace.get(), inner.get()}) e->watch(x);
  outer->watch(other);
  outer->start();
  trace->start();
  inner->start();
  Tensor y = exp(x);
  Tensor whole = cast(y, DType::kInt32);
  Tensor twice = whole + whole;
  Tensor z = negative(other);
  for (Ear* e : {inner.get(), trace.get(), outer.get()}) e->stop();
  EXPECT_EQ(outer->heard, (Heard{"negative"}));
  EXPECT_EQ(trace->heard, (Heard{"exp", "cast", "add"}));
  EXPECT_EQ(inner->heard, (Heard{"exp", "cast"}));
}

TEST(Listeners, PausesHideOuterOnesAndRememberVariables) {
  auto outer = Ref<Ear>::adopt(new Ear), inner = Ref<Ear>::adopt(new Ear);
  Tensor x = vec({1, 2});
  Variable v(x), frozen(x, false);
  outer->watch(x);
  inner->watch(x);
  outer->start();
  {
    TapePause pause;
    inner->start();
    exp(x);
    v.read(), v.read(), frozen.read();
    inner->stop();
    ASSERT_EQ(pause.variables().size(), 1u);
    EXPECT_EQ(pause.variables()[0].id(), v.id());
  }
  negative(x);
  outer->stop();
  EXPECT_EQ(outer->heard, (Heard{"negative"}));
  EXPECT_EQ(inner->heard, (Heard{"exp", "read", "read", "read"}));
}

TEST(Listeners, BelongToTheirThread) {
  auto ear = Ref<Ear>::adopt(new Ear);
  Tensor x = vec({1, 2});
  ear->watch(x);
  ear->start();
  std::thread([&] {
    EXPECT_FALSE(any_tape_active());
    exp(x);
  }).join();
  EXPECT_FALSE(note_exit(x, "left"));
  ear->stop();
  EXPECT_EQ(ear->heard, (Heard{"left"}));
}

// -- Numerics -------------------------------------------------------------------------------------

const double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Numerics, EveryElementOfEveryDTypeIsLookedAt) {
  for (DType dtype : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64,
                      DType::kComplex64, DType::kComplex128}) {
    SCOPED_TRACE(name_of(dtype));
    for (int64_t n : {1, 2, 3, 7, 8, 9, 16, 31, 33, 64, 100, 129, 300}) {
      std::vector<double> values;
      for (int64_t i = 0; i < n; ++i) values.push_back(i % 3 ? 60000.0 : -1e-8 * double(i));
      EXPECT_TRUE(numerics::all_finite(vec(values, dtype))) << n;
      for (int64_t at = 0; at < n; at += 1 + n / 40) {
        for (double bad : {kInf, -kInf, kNaN, -kNaN}) {
          std::vector<double> changed = values;
          changed[size_t(at)] = bad;
          EXPECT_FALSE(numerics::all_finite(vec(changed, dtype)))
              << bad << " at " << at << " of " << n;
        }
      }
    }
  }
}

TEST(Numerics, TheLargestFiniteNumbersAreFinite) {
  auto limits = [](double largest, double smallest, DType dtype) {
    std::vector<double> values(70, largest);
    for (size_t i = 0; i < values.size(); i += 3) values[i] = -largest;
    values[5] = smallest, values[6] = -0.0;
    EXPECT_TRUE(numerics::all_finite(vec(values, dtype))) << name_of(dtype);
  };
  limits(65504, 6e-8, DType::kFloat16);
  limits(3.3895313892515355e38, 1e-40, DType::kBFloat16);
  limits(std::numeric_limits<float>::max(), 1e-45, DType::kFloat32);
  limits(std::numeric_limits<double>::max(), 5e-324, DType::kFloat64);
  EXPECT_TRUE(numerics::all_finite(ints({1, -1}, {2})));
  EXPECT_TRUE(numerics::all_finite(zeros({0}, DType::kFloat32)));
}

TEST(Numerics, AStridedTensorIsReadWhereItsElementsAre) {
  Tensor x = make({1, kNaN, 3, kNaN, 5, kNaN}, {6});
  EXPECT_TRUE(numerics::all_finite(slice(x, {0}, {3}, {2})));
  EXPECT_FALSE(numerics::all_finite(slice(x, {1}, {3}, {2})));
}

void expect_stop(const std::function<void()>& f, const std::string& part) {
  CheckNumerics check;
  expect_error(f, ErrorKind::kInvalidArgument, part);
}

TEST(Numerics, StopAtTheOpThatMadeIt) {
  expect_stop([] { log(vec({1, 0, 2})); },
              "log: Detected Infinity or NaN: made 1 infinity of finite operands");
  expect_stop([] { vec({0, 1}) / vec({0, 0}); }, "made 1 NaN and 1 infinity");
  expect_stop([] { matmul(make({1e300, 1e300}, {1, 2}), make({1e300, 1}, {2, 1})); }, "matmul: ");
  expect_stop([] { reduce_sum(vec({1e308, 1e308})); }, "reduce_sum: ");
  expect_stop([] { sum_to(make({1e308, 1e308}, {2, 1}), {1}); }, "sum_to: ");
  expect_stop([] { exp(broadcast_to(num(1000), {40000})); }, "exp: ");
}

TEST(Numerics, MovingAValueDoesNotMakeIt) {
  Tensor x = vec({1, kNaN});
  CheckNumerics check;
  Tensor y = transpose(reshape(broadcast_to(x, {3, 2}), {2, 3}));
  expect_error([&] { exp(y); }, ErrorKind::kInvalidArgument, "not made here");
}

TEST(Numerics, RulesMayPassThroughAnInfinity) {
  Tensor x = vec({0, 4});
  CheckNumerics check;
  GradientTape tape(true);
  tape.watch(x);
  Tensor y = sqrt(x), safe = reduce_sum(y * vec({0, 1}));
  tape.stop();
  expect_tensor(tape.gradient(safe, x), {0, 0.25}, {2});
  expect_error([&] { tape.gradient(y, x); }, ErrorKind::kInvalidArgument,
               "in the gradient of sqrt");
}

TEST(Numerics, AVariableKeepsItsValue) {
  Variable v(num(1), true, "v");
  {
    CheckNumerics check;
    expect_error([&] { v.assign(num(kNaN)); }, ErrorKind::kInvalidArgument, "variable v:0 keeps");
    expect_error([&] { v.assign_add(num(kInf)); }, ErrorKind::kInvalidArgument,
                 "variable v:0 keeps");
  }
  EXPECT_EQ(number(v.read()), 1);
  v.assign(num(kInf));
  EXPECT_EQ(number(v.read()), kInf);
}

TEST(Numerics, TheSwitchIsTheThreadsOwnAndNests) {
  EXPECT_FALSE(checking_numerics());
  {
    CheckNumerics on;
    EXPECT_TRUE(checking_numerics());
    std::thread([] { EXPECT_FALSE(checking_numerics()); }).join();
    {
      CheckNumerics off(false);
      EXPECT_EQ(number(log(num(0))), -kInf);
    }
    EXPECT_TRUE(checking_numerics());
  }
  EXPECT_FALSE(checking_numerics());
}

TEST(Numerics, TapesRecordTheSameWithAndWithoutTheCheck) {
  auto entries = [] {
    Tensor x = sample({3, 4}), w = sample({4, 2}, 2);
    Ref<Tape> tape = Tape::create(true);
    tape->watch(w);
    tape->start();
    Tensor y = reduce_mean(square(reshape(matmul(x, w), {2, 3}) - num(1)));
    tape->stop();
    std::vector<std::string> names;
    for (const Ref<Entry>& e : tape->entries()) names.push_back(e->op->name);
    return std::pair(names, values_of(tape->gradient({y}, {w})[0]));
  };
  auto without = entries();
  CheckNumerics check;
  EXPECT_EQ(entries(), without);
}

}  // namespace
}  // namespace pyten
