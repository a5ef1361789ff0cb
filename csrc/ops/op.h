// What an op is to the tape, and the one hook through which ops reach it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/tensor.h"
#include "core/thread_local.h"

namespace pyten {

using Attr = std::variant<bool, int64_t, double, DType, Dims, std::string>;

// An op's arguments that are not tensors, by name: enough to carry the op out again.
class Attrs {
 public:
  Attrs() = default;
  Attrs(std::initializer_list<std::pair<const char*, Attr>> items) : items_(items) {}
  template <typename T>
  const T& get(std::string_view name) const {
    for (const auto& [key, value] : items_) {
      if (name == key) return std::get<T>(value);
    }
    fail(ErrorKind::kInternal, "attribute ", name, " was not recorded");
  }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  bool empty() const { return items_.empty(); }

 private:
  std::vector<std::pair<const char*, Attr>> items_;
};

class GradContext;

struct Op;

// How an op with a leading axis added to some inputs follows from the op without it; see batch.h.
// `batched[i]` says whether input i has the axis, whose size is n; every output has it.
using BatchRule = Tensors (*)(const Op& op, const Tensors& inputs, std::span<const bool> batched,
                              const Attrs& attrs, int64_t n);

// The part of an op's definition that tapes see. `grad` calls public ops only, so that every order
// of derivative works; null: no gradient flows through this op. `call` carries a recorded call out
// again, with other inputs of the same shapes. `batch` is null where one call per example has to
// do.
struct Op {
  const char* name;
  void (*grad)(GradContext&) = nullptr;
  Tensors (*call)(const Op& op, const Tensors& inputs, const Attrs& attrs) = nullptr;
  BatchRule batch = nullptr;
};

// A gradient rule that does not belong to an op but to one recording: custom_gradient.
class CustomRule {
 public:
  virtual ~CustomRule() = default;
  // One gradient per output in; one per input out, undefined where there is none.
  virtual Tensors gradient(const Tensors& dy) = 0;
};

// A line of the user's program.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::string file() const = 0;
  virtual int line() const = 0;
  virtual std::string source() const = 0;  // the line itself, or nothing
  // When a backward pass recorded the call: the op whose rule it is, and where that was called.
  virtual const char* rule_of() const { return nullptr; }
  virtual const Place* forward() const { return nullptr; }
};

struct ValueInfo {
  int64_t id;
  Shape shape;
  DType dtype;
};

// One recorded call. Shared by all tapes that want it.
struct Entry : public RefCounted {
  static void destroy(Entry* e) { delete e; }
  const Op* op;
  SmallVector<ValueInfo, 2> inputs;
  SmallVector<ValueInfo, 1> outputs;
  SmallVector<Tensor, 3> saved;  // what the rule needs, in the rule's own order
  Attrs attrs;
  std::shared_ptr<CustomRule> custom;
  Device device;                       // where the outputs are
  std::shared_ptr<const Place> place;  // only when numerics are checked or values are kept
};

struct Call;
// The entry that keeps a call; takes its attributes.
Ref<Entry> entry_of(const Call& call);

// What a gradient rule sees: dy and what the op saved in, one gradient per input out. Gradients may
// still have the broadcast shape: the tape sums them down to the input's.
class GradContext {
 public:
  GradContext(const Entry& entry, std::span<Tensor> dy, std::span<const bool> needs,
              std::span<Tensor> result)
      : entry_(entry), dy_(dy), needs_(needs), result_(result) {}

  // The gradient that reached output i; zeros if none did.
  const Tensor& dy(int i = 0);
  bool has_dy(int i) const { return dy_[i].defined(); }
  const Tensor& saved(int i) const { return entry_.saved[i]; }
  const Shape& input_shape(int i) const { return entry_.inputs[i].shape; }
  DType input_dtype(int i) const { return entry_.inputs[i].dtype; }
  int input_count() const { return entry_.inputs.ssize(); }
  const Shape& output_shape(int i = 0) const { return entry_.outputs[i].shape; }
  int output_count() const { return entry_.outputs.ssize(); }
  template <typename T>
  const T& attr(std::string_view name) const {
    return entry_.attrs.get<T>(name);
  }
  // Whether anybody wants the gradient of input i: work for others can be left out.
  bool needs(int i) const { return needs_[i]; }
  void set(int i, Tensor gradient) { result_[i] = std::move(gradient); }
  const Entry& entry() const { return entry_; }

 private:
  const Entry& entry_;
  std::span<Tensor> dy_;
  std::span<const bool> needs_;
  std::span<Tensor> result_;
};

// -- The hook -------------------------------------------------------------------------------------
// One call as it happened: what recorders are shown.
struct Call {
  const Op& op;
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
  std::span<const Tensor> saved;
  Attrs& attrs;                         // may be moved from, by the last who needs it
  std::shared_ptr<CustomRule>& custom;  // likewise
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual bool wants(const Tensor* const* inputs, size_t n) = 0;
  virtual void record(const Call& call) = 0;
  virtual void values_read(const Tensor& t) = 0;
};

// This thread's recorder; null when no tape is active, which is the common case.
extern PYTEN_THREAD_LOCAL Recorder* t_recorder;

// True if a tape watches one of the tensors.
template <typename... T>
inline bool recording(const T&... inputs) {
  if (t_recorder == nullptr) [[likely]]
    return false;
  const Tensor* list[] = {&inputs...};
  return t_recorder->wants(list, sizeof...(inputs));
}
bool recording(const Tensors& inputs);

// The values of t are about to decide a shape or an attribute of an op, which a recording then
// states as if it were a constant.
inline void reading_values(const Tensor& t) {
  if (t_recorder != nullptr) [[unlikely]]
    t_recorder->values_read(t);
}

// While it lives, nothing on this thread is recorded.
class PauseRecording {
 public:
  PauseRecording() : saved_(std::exchange(t_recorder, nullptr)) {}
  ~PauseRecording() { t_recorder = saved_; }
  PauseRecording(const PauseRecording&) = delete;

 private:
  Recorder* saved_;
};

// Tells the tapes of a call. Only after recording() said true.
void record(const Op& op, std::initializer_list<Tensor> inputs,
            std::initializer_list<Tensor> outputs, std::initializer_list<Tensor> saved,
            Attrs attrs = {});
void record(const Op& op, const Tensors& inputs, const Tensors& outputs, const Tensors& saved,
            Attrs attrs = {}, std::shared_ptr<CustomRule> custom = nullptr);

}  // namespace pyten
