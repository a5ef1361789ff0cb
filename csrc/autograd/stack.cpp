#include "autograd/stack.h"

#include <algorithm>

#include "autograd/numerics.h"

namespace pyten {

ListenerStack& ListenerStack::here() {
  thread_local ListenerStack stack;
  return stack;
}

ListenerStack::~ListenerStack() {
  if (t_recorder == this) t_recorder = nullptr;
}

bool ListenerStack::wanted(const Tensor* const* inputs, size_t n) const {
  for (size_t l = base_; l < list_.size(); ++l) {
    const Listener& listener = *list_[l];
    if (!listener.recording()) continue;  // stopped by another thread
    for (size_t i = 0; i < n; ++i) {
      int64_t id = inputs[i]->impl()->id.load(std::memory_order_relaxed);
      if (id != 0 && listener.follows(inputs[i]->dtype()) && listener.knows(id)) return true;
    }
  }
  return false;
}

void ListenerStack::record(const Call& call) {
  bool keeps = check_numerics_;
  if (check_numerics_ && !std::exchange(kernels::t_watch->seen, false)) [[unlikely]] {
    numerics::check(call);
    if (list_.size() == base_) return;
    SmallVector<const Tensor*, 8> inputs;
    for (const Tensor& t : call.inputs) inputs.push_back(&t);
    if (!wanted(inputs.data(), inputs.size())) return;
  }
  Ref<Entry> entry = entry_of(call);
  for (size_t i = base_; i < list_.size(); ++i) keeps |= list_[i]->keeps_values();
  if (keeps) [[unlikely]]
    entry->place = numerics::here();
  size_t first = base_;
  for (size_t i = list_.size(); i-- > base_;) {
    const Listener& l = *list_[i];
    if (!l.exclusive_ || !l.recording() || !l.wants(*entry)) continue;
    first = i;
    break;
  }
  // Outer ones first: an accumulator's tangent ops take values that those outside must know by
  // then.
  for (size_t i = first; i < list_.size(); ++i) {
    Listener& l = *list_[i];
    if (l.recording() && l.wants(*entry)) l.on_record(entry, call, i);
  }
}

bool ListenerStack::check_numerics(bool on) {
  bool before = std::exchange(check_numerics_, on);
  numerics::watch(on);
  update();
  return before;
}

void ListenerStack::read(const Variable& v) {
  for (size_t i = base_; i < list_.size(); ++i) {
    if (list_[i]->recording()) list_[i]->on_read(v);
  }
  if (pause_) pause_->on_read(v);
}

bool ListenerStack::note_exit(int64_t id, const std::string& where) {
  bool gave_up = false;
  for (size_t i = base_; i < list_.size(); ++i) {
    if (!list_[i]->knows(id)) continue;
    list_[i]->note_exit(id, where);
    gave_up |= list_[i]->is_function();
  }
  return gave_up;
}

void ListenerStack::values_read(const Tensor& t) {
  int64_t id = t.impl()->id.load(std::memory_order_relaxed);
  if (id == 0) return;
  for (size_t i = base_; i < list_.size(); ++i) {
    if (list_[i]->knows(id)) list_[i]->give_up("a value decides a shape");
  }
}

bool ListenerStack::give_up(const std::string& why) {
  bool any = false;
  for (const Ref<Listener>& l : list_) {
    if (!l->is_function()) continue;
    l->give_up(why);
    any = true;
  }
  return any;
}

void ListenerStack::push(Ref<Listener> listener) {
  // One that another thread dropped while it recorded here.
  while (list_.size() > base_ && !list_.back()->recording()) list_.pop_back();
  list_.push_back(std::move(listener));
  update();
}

bool ListenerStack::remove(const Listener* listener) {
  auto at = std::find_if(list_.begin(), list_.end(),
                         [&](const Ref<Listener>& l) { return l.get() == listener; });
  if (at == list_.end()) return false;
  if (size_t(at - list_.begin()) < base_) --base_;
  list_.erase(at);
  update();
  return true;
}

size_t ListenerStack::pause(TapePause* pause) {
  pause->outer_ = std::exchange(pause_, pause);
  size_t base = std::exchange(base_, list_.size());
  update();
  return base;
}

void ListenerStack::resume(TapePause* pause, size_t base) {
  pause_ = pause->outer_;
  base_ = std::min(base, list_.size());
  update();
}

Outside::Outside(size_t place) {
  ListenerStack& stack = ListenerStack::here();
  all_ = std::move(stack.list_);
  stack.list_.assign(all_.begin(), all_.begin() + int64_t(place));
  stack.update();
}

Outside::~Outside() {
  ListenerStack& stack = ListenerStack::here();
  stack.list_ = std::move(all_);
  stack.update();
}

void notify_read(const Variable& v) { ListenerStack::here().read(v); }

bool any_tape_active() { return t_recorder != nullptr; }

bool any_listener_active() { return t_recorder != nullptr && ListenerStack::here().listening(); }

bool watched(const Tensor& t) {
  const Tensor* list[] = {&t};
  return t_recorder != nullptr && ListenerStack::here().wanted(list, 1);
}

bool set_check_numerics(bool on) { return ListenerStack::here().check_numerics(on); }

bool checking_numerics() {
  return t_recorder != nullptr && ListenerStack::here().checks_numerics();
}

bool note_exit(const Tensor& t, const std::string& where) {
  return ListenerStack::here().note_exit(tensor_id(t), where);
}

PYTEN_THREAD_LOCAL int t_function_traces = 0;

void refuse_in_traces(const char* what) {
  if (ListenerStack::here().give_up(what)) throw Untraceable();
}

TapePause::TapePause() {
  note_effect("operations that tapes do not see");
  base_ = ListenerStack::here().pause(this);
}

TapePause::~TapePause() { ListenerStack::here().resume(this, base_); }

void TapePause::on_read(const Variable& v) {
  bool known = std::any_of(variables_.begin(), variables_.end(),
                           [&](const Variable& other) { return other.id() == v.id(); });
  if (v.trainable() && !known) variables_.push_back(v);
}

}  // namespace pyten
