// Arrays that share writes: an array and the views of it, as x[1:], x.T or a reshape. The array
// that the first view was taken of is the root; views keep it alive, and it knows them, so that all
// of them follow when memory has to be copied because somebody else (a tensor, a tape, NumPy) holds
// it. While a root has views its tensor is row-major, and the tensors of all lie in its memory.
#include "bindings/array.h"
#include "ops/ops.h"
#include "ops/strided.h"

namespace pyten::bindings {
namespace {

PyArray* root_of(PyArray* a) { return a->root ? a->root : a; }
bool has_family(PyArray* a) { return a->root || a->next; }

template <typename F>
void for_each(PyArray* root, F f) {
  f(root->head.tensor);
  for (PyArray* view = root->next; view; view = view->next) f(view->head.tensor);
}

bool overlaps_itself(const Tensor& x) {
  for (int i = 0; i < x.rank(); ++i) {
    if (x.dim(i) > 1 && x.strides()[i] == 0) return true;
  }
  return false;
}

int64_t offset_in(const Tensor& root, const Tensor& view) {
  auto bytes = static_cast<const char*>(view.data()) - static_cast<const char*>(root.data());
  return bytes / int64_t(size_of(root.dtype()));
}

// Without other arrays, a view is a root of its own: only what it shows is kept and copied.
void settle(PyArray* a) {
  if (a->root && Py_REFCNT(a->root) == 1) leave_family(a);
}

bool nobody_else_holds(const Tensor& x, uint32_t holders) {
  const Storage& storage = *x.impl()->storage;
  return storage.refs() == holders && !storage.foreign();
}

}  // namespace

void leave_family(PyArray* view) {
  PyArray* root = view->root;
  view->prev->next = view->next;
  if (view->next) view->next->prev = view->prev;
  view->root = view->prev = view->next = nullptr;
  Py_DECREF(root);
}

void join_family(PyArray* base, PyArray* view) {
  if (view->head.tensor.impl()->storage != base->head.tensor.impl()->storage) return;
  PyArray* root = root_of(base);
  Py_INCREF(root);
  view->root = view->prev = root;
  view->next = root->next;
  if (root->next) root->next->prev = view;
  root->next = view;
}

void prepare_root(PyArray* base) {
  Tensor& x = base->head.tensor;
  if (!has_family(base) && !x.is_contiguous()) x = fresh_copy(x);
}

PyObject* wrap_view(PyObject* base, Tensor t) {
  // The same tensor in two handles would look as if somebody else held it.
  if (t.same(tensor_of(base))) t = identity(t);
  PyObject* view = wrap_array(std::move(t));
  if (view) join_family(array_of(base), array_of(view));
  return view;
}

bool family_recording(PyArray* a, const Tensor& value) {
  if (t_recorder == nullptr) [[likely]]
    return false;
  bool any = recording(value);
  for_each(root_of(a), [&](const Tensor& x) { any = any || recording(x); });
  return any;
}

// Makes the memory of `a` its family's alone, and takes the names on tapes away: the values are
// others from now on.
void make_writable(PyArray* a) {
  settle(a);
  Tensor& x = a->head.tensor;
  if (overlaps_itself(x)) {
    // Each element is to have a place of its own.
    if (a->root) leave_family(a);
    x = fresh_copy(x);
    return;
  }
  PyArray* root = root_of(a);
  uint32_t holders = 0;
  bool alone = true;
  for_each(root, [&](const Tensor& t) {
    ++holders;
    alone = alone && t.impl()->refs() == 1;
  });
  if (alone && nobody_else_holds(x, holders)) {
    for_each(root, [](const Tensor& t) { t.impl()->id.store(0, std::memory_order_relaxed); });
    return;
  }
  Tensor old = root->head.tensor;
  Tensor fresh = fresh_copy(old);
  for_each(root, [&](Tensor& t) {
    t = t.same(old) ? fresh : fresh.as_strided(t.shape(), t.strides(), offset_in(old, t));
  });
}

// The family after `a` has become `changed`, all of it as ops that tapes see.
void take_recorded(PyArray* a, Tensor changed) {
  settle(a);
  Tensor& x = a->head.tensor;
  if (!has_family(a) || overlaps_itself(x)) {
    if (a->root) leave_family(a);
    x = std::move(changed);
    return;
  }
  PyArray* root = root_of(a);
  Tensor old = root->head.tensor;
  Tensor fresh = a == root ? fresh_copy(changed)
                           : strided_update(old, changed, x.strides(), offset_in(old, x));
  for_each(root, [&](Tensor& t) {
    t = t.same(old) ? fresh : strided_view(fresh, t.shape(), t.strides(), offset_in(old, t));
  });
}

}  // namespace pyten::bindings
