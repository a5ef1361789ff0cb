#include "autograd/capture.h"

#include <algorithm>

#include "core/error.h"
#include "ops/layout.h"
#include "ops/placement.h"

namespace pyten {

PYTEN_THREAD_LOCAL VariableUse* t_variable_use = nullptr;
PYTEN_THREAD_LOCAL Capture* t_capture = nullptr;

bool capturing() { return t_capture != nullptr; }

void refuse_in_capture(const char* what) {
  if (!capturing()) [[likely]]
    return;
  fail(ErrorKind::kRuntime, "pyten.cuda.graph: ", what,
       " inside the function, which is noted once and would do the same in each replay; do it "
       "outside and give the function the result");
}

VariableUse::VariableUse() : outer_(std::exchange(t_variable_use, this)) {}
VariableUse::~VariableUse() { t_variable_use = outer_; }

void VariableUse::note(VariableImpl& v, bool written) {
  for (Used& used : all_) {
    if (used.variable.get() != &v) continue;
    used.written |= written;
    return;
  }
  if (capturing() && v.value.device().is_cpu()) {
    fail(ErrorKind::kRuntime, "pyten.cuda.graph: variable ", v.name,
         ":0 is on the CPU, so that a replay would not see it; make it under tf.device of the GPU");
  }
  all_.push_back(
      {Ref<VariableImpl>::share(&v), const_cast<void*>(v.value.data()), v.value.shape(), written});
}

namespace {

// Whether the value is memory of its own that nobody else sees.
bool is_private(const Tensor& t) {
  return t.impl()->refs() == 1 && t.impl()->storage->refs() == 1 && t.is_contiguous() &&
         t.data() == t.impl()->storage->data() && t.impl()->storage->nbytes() == t.nbytes() &&
         !t.impl()->storage->foreign();
}

}  // namespace

bool CapturedFunction::current() const {
  return std::all_of(variables_.begin(), variables_.end(), [](const VariableUse::Used& used) {
    const Tensor& value = used.variable->value;
    return value.data() == used.data && (!used.written || is_private(value));
  });
}

void CapturedFunction::replay() {
  work_->replay();
  for (const VariableUse::Used& used : variables_) {
    // The same memory holds another value now: tapes must not take it for the old one.
    if (used.written) used.variable->value.impl()->id.store(0, std::memory_order_relaxed);
  }
}

Capture::Capture(Device device, const std::vector<Ref<VariableImpl>>& expected) : device_(device) {
  if (capturing()) fail(ErrorKind::kRuntime, "pyten.cuda.graph: graphs do not nest");
  PauseRecording pause;
  for (const Ref<VariableImpl>& v : expected) {
    Tensor& value = v->value;
    if (!is_private(value)) {
      Tensor copy = Tensor::empty(value.shape(), value.dtype(), value.device());
      copy_into(value, copy.mutable_data(), copy.strides());
      value = std::move(copy);
    }
    expected_.push_back({v, value.mutable_data(), value.shape(), false});
  }
  accelerator(device_).begin_capture();
  open_ = true;
  t_capture = this;
  use_ = std::make_unique<VariableUse>();
}

Capture::~Capture() {
  if (open_) {
    put_back();
    accelerator(device_).drop_capture();
  }
  use_.reset();
  t_capture = nullptr;
}

Tensor Capture::keep(const Shape& shape, DType dtype) {
  size_t nbytes = size_t(num_elements(shape)) * size_of(dtype);
  void* data = accelerator(device_).allocate_apart(nbytes);
  kept_.push_back(Tensor::view(Storage::adopt(data, nbytes, device_), data, shape,
                               contiguous_strides(shape), dtype));
  return kept_.back();
}

// The memory that a variable had at the beginning, as a tensor again. Undefined if somebody else
// has it.
Tensor Capture::home(const VariableUse::Used& used) {
  DType dtype = used.variable->value.dtype();
  if (!accelerator(device_).take_back(used.data)) return {};
  size_t nbytes = size_t(num_elements(used.shape)) * size_of(dtype);
  return Tensor::view(Storage::adopt(used.data, nbytes, device_), used.data, used.shape,
                      contiguous_strides(used.shape), dtype);
}

Tensor Capture::result(const Tensor& t) const {
  for (const VariableUse::Used& used : use_->all()) {
    const Storage* storage = t.impl()->storage.get();
    if (storage != used.variable->value.impl()->storage.get() && storage->data() != used.data) {
      continue;
    }
    PauseRecording pause;
    Tensor copy = Tensor::empty(t.shape(), t.dtype(), t.device());
    copy_into(t, copy.mutable_data(), copy.strides());
    return copy;
  }
  return t;
}

// Variables that were assigned to get their old values back, which are still in their memory.
void Capture::put_back() {
  for (const VariableUse::Used& used : use_->all()) {
    if (used.variable->value.data() == used.data) continue;
    Tensor old = home(used);
    if (old.defined()) used.variable->value = std::move(old);
  }
}

std::unique_ptr<CapturedFunction> Capture::finish() {
  PauseRecording pause;
  for (VariableUse::Used& used : use_->all()) {
    bool expected = std::any_of(expected_.begin(), expected_.end(), [&](const auto& other) {
      return other.variable.get() == used.variable.get();
    });
    if (used.written && !expected) return nullptr;
    Tensor& value = used.variable->value;
    if (value.data() == used.data) continue;
    if (value.shape() != used.shape) {
      fail(ErrorKind::kRuntime, "pyten.cuda.graph: variable ", used.variable->name,
           ":0 must keep its shape, ", tuple_text(used.shape), "; the function assigned one of ",
           tuple_text(value.shape()));
    }
    Tensor old = home(used);
    if (!old.defined()) {
      fail(ErrorKind::kRuntime, "pyten.cuda.graph: a value that the function read from variable ",
           used.variable->name,
           ":0 is kept beyond its end, where replays would change it; return it instead");
    }
    copy_into(value, old.mutable_data(), old.strides());
    value = std::move(old);
  }
  auto out = std::make_unique<CapturedFunction>();
  out->device_ = device_;
  out->variables_ = std::move(use_->all());
  out->kept_ = std::move(kept_);
  open_ = false;
  out->work_ = accelerator(device_).end_capture();
  return out;
}

}  // namespace pyten
