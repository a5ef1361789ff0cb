// One step of a gradient-descent method for one variable, in place and in one pass over memory.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "core/device.h"
#include "core/dtype.h"
#include "kernels/kernels.h"

namespace pyten {

// What a step reads and writes: n elements each, contiguous, all of one floating dtype.
struct OptimizerStep {
  DType dtype;
  int64_t n;
  void* value;                   // the variable
  const void* gradient;          // what it is to descend along
  std::array<void*, 3> slots{};  // what the method remembers, in the method's own order
  double decay = 0;  // taken off first: value -= value * decay * rate, with rate = numbers[0]
  Device device{};   // where all of it is
  const kernels::LiveRule* live = nullptr;  // see kernels.h
};

// A method by its name, or null. Numbers and slots of each stand in optimizer_rules.h.
struct OptimizerRule;
const OptimizerRule* optimizer_rule(std::string_view name);
int slot_count(const OptimizerRule& rule);
int number_count(const OptimizerRule& rule);

// float16 and bfloat16 are computed in float32 and rounded once.
void optimizer_step(const OptimizerRule& rule, const OptimizerStep& step,
                    const std::vector<double>& numbers);

// What a step's `live` holds for these numbers.
kernels::LiveRule live_rule(const OptimizerRule& rule, DType dtype,
                            const std::vector<double>& numbers);

}  // namespace pyten
