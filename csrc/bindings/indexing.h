// A key x[…] taken apart. Shared by reading (indexing.cpp) and sliced assignment
// (indexing_assign.cpp).
#pragma once

#include "bindings/bindings.h"
#include "core/error.h"

namespace pyten::bindings::indexing {

// One item of a key.
struct Item {
  enum Kind : uint8_t { kInteger, kSlice, kNewAxis, kEllipsis, kIndices, kMask };
  Kind kind = kNewAxis;
  int64_t index = 0;           // kInteger
  PyObject* object = nullptr;  // kSlice: borrowed; null stands for `:`
  Tensor tensor;               // kIndices: int64 of rank >= 1; kMask: bool of rank >= 1
};
using Items = SmallVector<Item, 4>;

struct Key {
  Items items;
  bool has_tensors = false;  // indices or masks
};
Key parse(PyObject* key);

// What a key of integers, slices, new axes and an ellipsis selects: elements
// begin[i] + k * strides[i] (size[i] of them) along each axis of x, seen as `shape`.
struct View {
  Dims begin, strides;
  Shape size;
  Shape shape;
  Dims steps;          // of the view, in elements of memory
  int64_t offset = 0;  // likewise
};
View view_of(const Items& items, const Shape& shape, const Dims& steps);

// What any other key selects: a view, and in it the elements at `indices` along some axes.
struct Advanced {
  Items view;      // a key without tensors
  Dims axes;       // of the view, ascending
  Tensor indices;  // int64 [..., axes.size()], in range and not negative
  int at = 0;      // where the axes of the indices stand in the result
};
// With `fold`, integers of the key become indices too, and `view` has none.
Advanced advanced_of(const Items& items, const Shape& shape, bool fold);
Tensor select(const Tensor& x, const Advanced& key);

// The places in row-major memory of what `key`, folded, selects of `view`: runs of `inner` elements
// that begin at places[i] * inner, in the order of the selection, whose shape is `shape`.
struct Places {
  Tensor places;  // int64 [n]
  int64_t inner = 1;
  Shape shape;
};
Places places_of(const Advanced& key, const View& view);

// x with x[key] set to y, which has the same dtype; recorded.
Tensor with_item(const Tensor& x, PyObject* key, const Tensor& y);

// The key as the user wrote it, without brackets: "0, 1:3"; "..." stands for what is long.
std::string shown_key(PyObject* key);

}  // namespace pyten::bindings::indexing
