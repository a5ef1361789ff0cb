// _optimizer_step: one step of a gradient-descent method for a list of variables, in place.
#include "ops/optimizers.h"

#include "autograd/capture.h"
#include "bindings/operators.h"
#include "core/accelerator.h"
#include "core/error.h"
#include "kernels/threads.h"
#include "ops/layout.h"
#include "ops/op.h"
#include "ops/ops.h"
#include "ops/placement.h"

namespace pyten::bindings {
namespace {

struct Work {
  Variable variable;
  std::array<Variable, 3> slots;
  Tensor gradient;
  double decay;
};

Variable variable_at(const py::list& list, size_t i, const char* what) {
  PyObject* o = list[i].ptr();
  if (!is_variable(o)) {
    fail(ErrorKind::kType, "apply_gradients: ", what, " must be tf.Variables, got ", type_name(o));
  }
  return variable_of(o);
}

Tensor gradient_for(const Variable& v, PyObject* given) {
  Tensor g = is_tensor(given) ? tensor_of(given) : to_tensor(given, {}, v.dtype());
  if (g.shape() != v.shape()) {
    fail(ErrorKind::kInvalidArgument, "apply_gradients: Incompatible shapes: the gradient's is ",
         tuple_text(g.shape()), " and that of variable ", v.name(), ":0 is ",
         tuple_text(v.shape()));
  }
  if (g.dtype() != v.dtype()) g = cast(g, v.dtype());
  return contiguous(g);
}

// The rule of a captured step, which is written anew before each replay.
struct LiveStep {
  const OptimizerRule* rule;
  std::vector<std::pair<DType, Tensor>> places;  // for the dtypes that rules compute in

  // Room for the rule of a variable of that dtype.
  const kernels::LiveRule* place_for(DType dtype) {
    DType computed = dtype == DType::kFloat64 ? dtype : DType::kFloat32;
    for (auto& [known, place] : places) {
      if (known == computed) return static_cast<const kernels::LiveRule*>(place.data());
    }
    places.push_back({computed, t_capture->keep({sizeof(kernels::LiveRule)}, DType::kUInt8)});
    return static_cast<const kernels::LiveRule*>(places.back().second.data());
  }
  void refresh(const std::vector<double>& numbers) const {
    if (number_count(*rule) != int(numbers.size())) {
      fail(ErrorKind::kInternal, "_LiveStep: another number of numbers");
    }
    for (const auto& [dtype, place] : places) {
      kernels::LiveRule now = live_rule(*rule, dtype, numbers);
      copy_bytes(place.mutable_data(), place.device(), &now, {}, sizeof(now));
    }
  }
};

// Nothing is changed unless all can be. In a capture the numbers are left out: the _LiveStep that
// is given back takes them before each replay.
py::object optimizer_step(const std::string& name, const py::list& variables,
                          const py::list& gradients, const std::vector<py::list>& slots,
                          std::vector<double> numbers, const std::vector<double>& decays) {
  const OptimizerRule* rule = optimizer_rule(name);
  const bool live = capturing();
  if (live && rule != nullptr) numbers.assign(size_t(number_count(*rule)), 1);
  if (rule == nullptr || slot_count(*rule) != int(slots.size()) ||
      number_count(*rule) != int(numbers.size())) {
    fail(ErrorKind::kInternal, "_optimizer_step: no method '", name, "' with these numbers");
  }
  size_t n = variables.size();
  bool even = gradients.size() == n && (decays.empty() || decays.size() == n);
  for (const py::list& slot : slots) even = even && slot.size() == n;
  if (!even) fail(ErrorKind::kInternal, "_optimizer_step: lists of different lengths");
  PauseRecording pause;
  std::vector<Work> work(n);
  int64_t total = 0;
  for (size_t i = 0; i < n; ++i) {
    Work& w = work[i];
    w.variable = variable_at(variables, i, "variables");
    Device device = w.variable.peek().device();
    w.gradient = beside(gradient_for(w.variable, gradients[i].ptr()), device);
    w.decay = decays.empty() ? 0 : decays[i];
    for (size_t k = 0; k < slots.size(); ++k) {
      w.slots[k] = variable_at(slots[k], i, "slots");
      if (w.slots[k].shape() != w.variable.shape() || w.slots[k].dtype() != w.variable.dtype()) {
        fail(ErrorKind::kInvalidArgument, "apply_gradients: variable ", w.variable.name(),
             ":0 is no longer of the shape and dtype that the optimizer was built for");
      }
    }
    for (size_t k = 0; k < slots.size(); ++k) w.slots[k].move_to(device);
    if (!is_floating(w.variable.dtype())) {
      fail(ErrorKind::kInvalidDType, "apply_gradients: variables must be floating, got ",
           name_of(w.variable.dtype()), " for ", w.variable.name(), ":0");
    }
    total += w.variable.peek().size();
  }
  LiveStep live_step{rule, {}};
  auto carry_out = [&] {
    Uninterrupted all_or_nothing;
    for (Work& w : work) {
      OptimizerStep step{w.variable.dtype(), w.variable.peek().size(), w.variable.writable(),
                         w.gradient.data()};
      for (size_t k = 0; k < slots.size(); ++k) step.slots[k] = w.slots[k].writable();
      step.decay = w.decay;
      step.device = w.variable.peek().device();
      if (live) step.live = live_step.place_for(step.dtype);
      pyten::optimizer_step(*rule, step, numbers);
    }
  };
  if (total < kReleaseGilFrom) {
    carry_out();
  } else {
    py::gil_scoped_release release;
    carry_out();
  }
  return live ? py::cast(std::move(live_step)) : py::none();
}

}  // namespace

void init_optimizers(py::module_& m) {
  using py::arg;
  py::class_<LiveStep>(m, "_LiveStep").def("refresh", &LiveStep::refresh, arg("numbers"));
  m.def("_optimizer_step", optimizer_step, arg("rule"), arg("variables"), arg("gradients"),
        arg("slots"), arg("numbers"), arg("decays"));
}

}  // namespace pyten::bindings
