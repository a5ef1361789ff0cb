// Every level's table has what elementwise.def and kernels.h promise.
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/error.h"
#include "kernels/kernels.h"

namespace pyten::kernels {
namespace {

template <typename Loop>
void expect_row(const Table& t, const char* what, DTypeSet dtypes, const Loop (&row)[kDTypeCount]) {
  for (int d = 0; d < kDTypeCount; ++d) {
    EXPECT_EQ(dtypes.contains(DType(d)), row[d] != nullptr)
        << t.name << " " << what << " " << name_of(DType(d));
  }
}

class Levels : public testing::TestWithParam<std::string> {};

TEST_P(Levels, EverySlotIsFilledAndNoOther) {
  const Table& t = *cpu_level(GetParam());
  EXPECT_EQ(t.name, GetParam());
#define PYTEN_UNARY(name, dtypes) expect_row(t, #name, dtypes, t.unary[int(Unary::name)]);
#define PYTEN_UNARY_REAL(name, dtypes) expect_row(t, #name, dtypes, t.unary[int(Unary::name)]);
#define PYTEN_UNARY_BOOL(name, dtypes) expect_row(t, #name, dtypes, t.unary[int(Unary::name)]);
#define PYTEN_BINARY(name, dtypes) expect_row(t, #name, dtypes, t.binary[int(Binary::name)]);
#define PYTEN_COMPARE(name, dtypes) expect_row(t, #name, dtypes, t.binary[int(Binary::name)]);
#include "kernels/elementwise.def"
  for (int from = 0; from < kDTypeCount; ++from) {
    expect_row(t, name_of(DType(from)), kAllDTypes, t.cast[from]);
  }
  for (int size = 0; size < 5; ++size) {
    EXPECT_TRUE(t.copy[size]);
    EXPECT_TRUE(t.select[size]);
  }
  expect_row(t, "sum", kNumbers, t.reduce[int(Reduce::sum)]);
  expect_row(t, "prod", kNumbers, t.reduce[int(Reduce::prod)]);
  expect_row(t, "max", kReals, t.reduce[int(Reduce::max)]);
  expect_row(t, "min", kReals, t.reduce[int(Reduce::min)]);
  expect_row(t, "any", kBools, t.reduce[int(Reduce::any)]);
  expect_row(t, "all", kBools, t.reduce[int(Reduce::all)]);
  expect_row(t, "mean", kNumbers, t.mean);
  expect_row(t, "argmax", kReals | kBools, t.argmax);
  expect_row(t, "argmin", kReals | kBools, t.argmin);
  expect_row(t, "cumsum", kNumbers, t.cumsum);
  expect_row(t, "cumprod", kNumbers, t.cumprod);
  expect_row(t, "sort", kReals, t.sort);
  expect_row(t, "softmax", kFloats, t.softmax);
  expect_row(t, "log_softmax", kFloats, t.log_softmax);
  expect_row(t, "update", kAllDTypes, t.scatter[int(Scatter::update)]);
  expect_row(t, "add", kNumbers, t.scatter[int(Scatter::add)]);
  expect_row(t, "subtract", kNumbers, t.scatter[int(Scatter::subtract)]);
  expect_row(t, "multiply", kNumbers, t.scatter[int(Scatter::multiply)]);
  expect_row(t, "divide", kNumbers, t.scatter[int(Scatter::divide)]);
  expect_row(t, "max", kReals, t.scatter[int(Scatter::max)]);
  expect_row(t, "min", kReals, t.scatter[int(Scatter::min)]);
  expect_row(t, "matmul", kNumbers, t.matmul);
}

INSTANTIATE_TEST_SUITE_P(Cpu, Levels, testing::ValuesIn(cpu_capabilities()),
                         [](const auto& info) { return info.param; });

TEST(Dispatch, KnowsItsLevels) {
  auto names = cpu_capabilities();
  ASSERT_FALSE(names.empty());
  EXPECT_EQ(names.back(), "baseline");
  EXPECT_EQ(cpu_level("no such level"), nullptr);
  const char* wanted = std::getenv("PYTEN_CPU_CAPABILITY");
  EXPECT_STREQ(cpu().name, wanted && *wanted ? wanted : names.front().c_str());
}

// The choice is made once in a process: each case has a process of its own.
TEST(DispatchDeathTest, ForcesALevelOrRaises) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto exit_with = [](const char* wanted, const std::string& expected) {
    setenv("PYTEN_CPU_CAPABILITY", wanted, 1);
    try {
      std::exit(cpu().name == expected ? 0 : 1);
    } catch (const Error& e) {
      bool good = e.kind() == ErrorKind::kValue &&
                  std::string(e.what()).find(expected) != std::string::npos;
      if (!good) std::fprintf(stderr, "%s\n", e.what());
      std::exit(good ? 0 : 1);
    }
  };
  EXPECT_EXIT(exit_with("baseline", "baseline"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(exit_with("sse9", "PYTEN_CPU_CAPABILITY: must be one of "),
              testing::ExitedWithCode(0), "");
  EXPECT_EXIT(exit_with("sse9", "got sse9"), testing::ExitedWithCode(0), "");
#if defined(__x86_64__)
  EXPECT_EXIT(exit_with("neon", "does not support"), testing::ExitedWithCode(0), "");
#endif
}

}  // namespace
}  // namespace pyten::kernels
