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

namespace {
template <typename Inputs, typename Outputs, typename Saved>
void record_any(const Op& op, const Inputs& inputs, const Outputs& outputs, const Saved& saved,
                Attrs attrs, std::shared_ptr<CustomRule> custom) {
  auto entry = Ref<Entry>::adopt(new Entry);
  entry->op = &op;
  for (const Tensor& t : inputs) entry->inputs.push_back({tensor_id(t), t.shape(), t.dtype()});
  for (const Tensor& t : outputs) entry->outputs.push_back({tensor_id(t), t.shape(), t.dtype()});
  entry->saved.append(saved.begin(), saved.end());
  entry->attrs = std::move(attrs);
  entry->custom = std::move(custom);
  t_recorder->record(std::move(entry));
}
}  // namespace

void record(const Op& op, std::initializer_list<Tensor> inputs,
            std::initializer_list<Tensor> outputs, std::initializer_list<Tensor> saved,
            Attrs attrs) {
  record_any(op, inputs, outputs, saved, std::move(attrs), nullptr);
}

void record(const Op& op, const Tensors& inputs, const Tensors& outputs, const Tensors& saved,
            Attrs attrs, std::shared_ptr<CustomRule> custom) {
  record_any(op, inputs, outputs, saved, std::move(attrs), std::move(custom));
}

const Tensor& GradContext::dy(int i) {
  if (!dy_[i].defined()) dy_[i] = zeros(entry_.outputs[i].shape, entry_.outputs[i].dtype);
  return dy_[i];
}

}  // namespace pyten
