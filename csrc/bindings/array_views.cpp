#include "bindings/array_views.h"

#include <cstring>
#include <unordered_map>

#include "ops/layout.h"
#include "ops/ops.h"

namespace pyten::bindings::views {
namespace {

template <typename F>
void for_each(PyArray* first, F&& f) {
  PyArray* a = first;
  do {
    PyArray* next = a->next;
    f(a);
    a = next;
  } while (a != first);
}

// An element of memory has several places in the tensor.
bool overlaps_itself(const Tensor& x) {
  for (int i = 0; i < x.rank(); ++i) {
    if (x.dim(i) > 1 && x.strides()[i] == 0) return true;
  }
  return false;
}

struct Extent {
  char* low;
  char* high;  // one past the last byte
};
Extent extent_of(const Tensor& x) {
  auto* low = static_cast<char*>(const_cast<void*>(x.data()));
  char* high = low + (x.size() > 0 ? size_of(x.dtype()) : 0);
  for (int i = 0; i < x.rank() && x.size() > 0; ++i) {
    int64_t reach = (x.dim(i) - 1) * x.strides()[i] * int64_t(size_of(x.dtype()));
    (reach < 0 ? low : high) += reach;
  }
  return {low, high};
}

// Calls f with the address of each element, in order.
template <typename F>
void for_each_address(const Tensor& x, F&& f) {
  Dims at(x.shape().size(), 0);
  auto* p = static_cast<const char*>(x.data());
  auto size = int64_t(size_of(x.dtype()));
  for (int64_t n = 0; n < x.size(); ++n) {
    f(p);
    for (int i = x.rank() - 1; i >= 0; --i) {
      p += x.strides()[i] * size;
      if (++at[i] < x.dim(i)) break;
      p -= x.dim(i) * x.strides()[i] * size;
      at[i] = 0;
    }
  }
}

// Where the elements of x stand in `source`: flat indices, -1 for those that do not. Empty if none
// does.
std::vector<int64_t> places_in(const Tensor& x, const Tensor& source) {
  Extent a = extent_of(x), b = extent_of(source);
  if (a.high <= b.low || b.high <= a.low) return {};
  std::unordered_map<const char*, int64_t> known;
  int64_t count = 0;
  for_each_address(source, [&](const char* p) { known.emplace(p, count++); });
  std::vector<int64_t> places;
  bool any = false;
  for_each_address(x, [&](const char* p) {
    auto found = known.find(p);
    places.push_back(found == known.end() ? -1 : found->second);
    any |= found != known.end();
  });
  if (!any) places.clear();
  return places;
}

// The value of x, a view of memory where now `value` stands instead of `source`; recorded.
Tensor through(const Tensor& x, const std::vector<int64_t>& places, const Tensor& value) {
  Tensor indices = Tensor::empty({x.size()}, DType::kInt64);
  Tensor mask = Tensor::empty({x.size()}, DType::kBool);
  auto* to = static_cast<int64_t*>(indices.mutable_data());
  auto* shared = static_cast<bool*>(mask.mutable_data());
  for (size_t i = 0; i < places.size(); ++i) {
    shared[i] = places[i] >= 0;
    to[i] = std::max<int64_t>(places[i], 0);
  }
  Tensor taken = gather(reshape(value, {value.size()}), indices, 0, 0);
  return reshape(select(mask, taken, reshape(x, {x.size()})), x.shape());
}

int64_t name_of_value(const Tensor& x) { return x.impl()->id.load(std::memory_order_relaxed); }
void set_name(const Tensor& x, int64_t id) { x.impl()->id.store(id, std::memory_order_relaxed); }

void move_to_new_memory(PyArray* array) {
  Extent all = extent_of(array->tensor());
  for_each(array, [&](PyArray* a) {
    Extent e = extent_of(a->tensor());
    all = {std::min(all.low, e.low), std::max(all.high, e.high)};
  });
  Ref<Storage> memory = Storage::create(size_t(all.high - all.low), array->tensor().device());
  auto* start = static_cast<char*>(memory->data());
  std::memcpy(start, all.low, size_t(all.high - all.low));
  for_each(array, [&](PyArray* a) {
    const Tensor& old = a->tensor();
    char* data = start + (static_cast<const char*>(old.data()) - all.low);
    Tensor moved = Tensor::view(memory, data, old.shape(), old.strides(), old.dtype());
    set_name(moved, name_of_value(old));
    a->tensor() = std::move(moved);
  });
}

}  // namespace

void join(PyArray* array, PyArray* view) {
  const Tensor &x = array->tensor(), &y = view->tensor();
  if (x.impl()->storage != y.impl()->storage || x.size() == 0 || overlaps_itself(x)) return;
  view->next = array->next;
  view->previous = array;
  array->next->previous = view;
  array->next = view;
}

void leave(PyArray* array) {
  array->next->previous = array->previous;
  array->previous->next = array->next;
  array->next = array->previous = array;
}

void make_writable(PyArray* array) {
  const Tensor& x = array->tensor();
  const Storage& memory = *x.impl()->storage;
  bool writable = !memory.foreign() && !overlaps_itself(x);
  if (array->is_alone()) {
    if (writable && x.impl()->refs() == 1 && memory.refs() == 1) return;
    int64_t id = name_of_value(x);
    Tensor copy = Tensor::empty(x.shape(), x.dtype(), x.device());
    copy_into(x, copy.mutable_data(), copy.strides());
    set_name(copy, id);
    array->tensor() = std::move(copy);
    return;
  }
  uint32_t count = 0;
  for_each(array, [&](PyArray* a) {
    ++count;
    writable &= a->tensor().impl()->refs() == 1;
  });
  if (!writable || memory.refs() != count) move_to_new_memory(array);
}

bool recorded(PyArray* array) {
  bool any = false;
  for_each(array, [&](PyArray* a) { any |= recording(a->tensor()); });
  return any;
}

bool any_named(PyArray* array) {
  bool any = false;
  for_each(array, [&](PyArray* a) { any |= name_of_value(a->tensor()) != 0; });
  return any;
}

void forget_names(PyArray* array, const Tensor& at) {
  for_each(array, [&](PyArray* a) {
    if (name_of_value(a->tensor()) == 0) return;
    if (a != array && places_in(a->tensor(), at).empty()) return;
    set_name(a->tensor(), 0);
    a->named = Tensor();
  });
}

void assign(PyArray* array, const Tensor& value) {
  if (array->is_alone()) {
    array->tensor() = value;
    array->named = Tensor();
    return;
  }
  std::vector<std::pair<PyArray*, Tensor>> changed = {{array, value}};
  for_each(array, [&](PyArray* a) {
    if (a == array || (name_of_value(a->tensor()) == 0 && !recording(value))) return;
    std::vector<int64_t> places = places_in(a->tensor(), array->tensor());
    if (!places.empty()) changed.emplace_back(a, through(a->tensor(), places, value));
  });
  PauseRecording pause;
  make_writable(array);
  const Tensor& x = array->tensor();
  copy_into(value, x.mutable_data(), x.strides());
  for (auto& [a, recorded] : changed) {
    set_name(a->tensor(), name_of_value(recorded));
    a->named = name_of_value(recorded) ? std::move(recorded) : Tensor();
  }
}

}  // namespace pyten::bindings::views
