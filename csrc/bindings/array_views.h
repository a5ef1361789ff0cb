// Arrays that are views of the same memory, such as x and x[1:]: an assignment to one of them is
// seen by the others, as in NumPy. They form a ring. Tensors are never in one: they hold the memory
// like strangers, for whose sake the whole ring moves to new memory before it is written to.
#pragma once

#include "bindings/bindings.h"

namespace pyten::bindings {

struct PyArray {
  PyTensor base;
  PyArray* next;  // in the ring; the array itself when it is alone
  PyArray* previous;
  // The recorded tensor whose name on tapes this value bears, if it lies in the ring's memory
  // instead: forward mode forgets a tensor that nobody holds.
  Tensor named;

  Tensor& tensor() { return base.tensor; }
  bool is_alone() const { return next == this; }
};

namespace views {

// Makes `view` one of the arrays that share memory with `array`, if it does.
void join(PyArray* array, PyArray* view);
void leave(PyArray* array);

// Gives the array memory that nobody outside its ring holds; all of the ring moves together.
void make_writable(PyArray* array);
// Whether a tape or another listener follows one of the ring.
bool recorded(PyArray* array);
// Whether one of the ring has a name on tapes.
bool any_named(PyArray* array);
// The elements `at` of the array, which is writable, are about to change: what shares them has
// another value from now on, which tapes must not take for the old one.
void forget_names(PyArray* array, const Tensor& at);
// All elements of the array become those of `value`, of the same shape and dtype; recorded for
// the others of the ring, too.
void assign(PyArray* array, const Tensor& value);

}  // namespace views
}  // namespace pyten::bindings
