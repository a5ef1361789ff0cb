#include "ops/op.h"

#include "ops/ops.h"

namespace pyten {

PYTEN_THREAD_LOCAL Recorder* t_recorder = nullptr;

bool recording(const Tensors& inputs) {
  if (t_recorder == nullptr) return false;
  SmallVector<const Tensor*, 16> list;
  for (const Tensor& t : inputs) list.push_back(&t);
  return t_recorder->wants(list.data(), list.size());
}

void record(const Op& op, std::initializer_list<Tensor> inputs,
            std::initializer_list<Tensor> outputs, std::initializer_list<Tensor> saved,
            Attrs attrs) {
  std::shared_ptr<CustomRule> none;
  t_recorder->record({op,
                      {inputs.begin(), inputs.size()},
                      {outputs.begin(), outputs.size()},
                      {saved.begin(), saved.size()},
                      attrs,
                      none});
}

void record(const Op& op, const Tensors& inputs, const Tensors& outputs, const Tensors& saved,
            Attrs attrs, std::shared_ptr<CustomRule> custom) {
  t_recorder->record({op,
                      {inputs.data(), inputs.size()},
                      {outputs.data(), outputs.size()},
                      {saved.data(), saved.size()},
                      attrs,
                      custom});
}

Ref<Entry> entry_of(const Call& call) {
  auto entry = Ref<Entry>::adopt(new Entry);
  entry->op = &call.op;
  for (const Tensor& t : call.inputs) entry->inputs.push_back({tensor_id(t), t.shape(), t.dtype()});
  for (const Tensor& t : call.outputs) {
    entry->outputs.push_back({tensor_id(t), t.shape(), t.dtype()});
  }
  if (!call.outputs.empty()) entry->device = call.outputs[0].device();
  entry->saved.append(call.saved.begin(), call.saved.end());
  entry->attrs = std::move(call.attrs);
  entry->custom = std::move(call.custom);
  return entry;
}

const Tensor& GradContext::dy(int i) {
  if (!dy_[i].defined()) dy_[i] = zeros(entry_.outputs[i].shape, entry_.outputs[i].dtype);
  return dy_[i];
}

}  // namespace pyten
