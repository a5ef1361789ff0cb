// Random numbers for the Python layer: pure functions of a Philox stream, which is a key of two
// 32-bit words and a counter of four, the lowest first.
#include <array>

#include "bindings/bindings.h"
#include "ops/ops.h"

namespace pyten::bindings {
namespace {

using Key = std::array<uint32_t, 2>;
using Counter = std::array<uint32_t, 4>;

kernels::Philox stream_of(const Key& key, const Counter& counter) {
  return {{counter[0], counter[1], counter[2], counter[3]}, {key[0], key[1]}};
}

py::object wrapped(Tensor t) {
  PyObject* out = wrap(std::move(t));
  if (!out) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(out);
}

// Runs `draw` without the GIL and wraps its tensor.
template <typename F>
py::object drawn(F&& draw) {
  Tensor t;
  {
    py::gil_scoped_release release;
    t = draw();
  }
  return wrapped(std::move(t));
}

}  // namespace

void init_random(py::module_& m) {
  using py::arg;
  m.def(
      "random_uniform",
      [](const Key& key, const Counter& counter, py::object shape, py::object dtype, double lo,
         double hi) {
        Shape s = to_dims(shape.ptr(), "random_uniform", "shape");
        DType d = parse_dtype(dtype.ptr());
        return drawn([&] { return random_uniform(stream_of(key, counter), s, d, lo, hi); });
      },
      arg("key"), arg("counter"), arg("shape"), arg("dtype"), arg("lo") = 0.0, arg("hi") = 1.0,
      "Floats in [lo, hi).");
  m.def(
      "random_normal",
      [](const Key& key, const Counter& counter, py::object shape, py::object dtype) {
        Shape s = to_dims(shape.ptr(), "random_normal", "shape");
        DType d = parse_dtype(dtype.ptr());
        return drawn([&] { return random_normal(stream_of(key, counter), s, d); });
      },
      arg("key"), arg("counter"), arg("shape"), arg("dtype"), "Standard normal numbers.");
  m.def(
      "random_truncated_normal",
      [](const Key& key, const Counter& counter, py::object shape, py::object dtype) {
        Shape s = to_dims(shape.ptr(), "random_truncated_normal", "shape");
        DType d = parse_dtype(dtype.ptr());
        return drawn([&] { return random_truncated_normal(stream_of(key, counter), s, d); });
      },
      arg("key"), arg("counter"), arg("shape"), arg("dtype"),
      "Standard normal numbers within two standard deviations.");
  m.def(
      "random_integers",
      [](const Key& key, const Counter& counter, py::object shape, py::object dtype, int64_t lo,
         uint64_t range) {
        Shape s = to_dims(shape.ptr(), "random_integers", "shape");
        DType d = parse_dtype(dtype.ptr());
        return drawn([&] { return random_integers(stream_of(key, counter), s, d, lo, range); });
      },
      arg("key"), arg("counter"), arg("shape"), arg("dtype"), arg("lo"), arg("range"),
      "Integers in [lo, lo + range); range 0: all that the dtype has.");
  m.def(
      "random_shuffle_order",
      [](const Key& key, const Counter& counter, int64_t n) {
        return drawn([&] { return random_shuffle_order(stream_of(key, counter), n); });
      },
      arg("key"), arg("counter"), arg("n"), "A permutation of 0 … n - 1, int64.");
  m.def(
      "philox_block",
      [](const Key& key, const Counter& counter) {
        Counter out;
        kernels::philox_block(stream_of(key, counter), out.data());
        return py::tuple(py::cast(out));
      },
      arg("key"), arg("counter"), "The four words at one place of a stream.");
  m.def(
      "philox_skip",
      [](const Counter& counter, uint64_t blocks) {
        kernels::Philox next = kernels::philox_skip(stream_of({}, counter), blocks);
        return py::make_tuple(next.counter[0], next.counter[1], next.counter[2], next.counter[3]);
      },
      arg("counter"), arg("blocks"), "The counter `blocks` places on.");
}

}  // namespace pyten::bindings
