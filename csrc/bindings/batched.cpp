// Many derivatives, or many calls of a function, in one pass: for GradientTape.jacobian,
// batch_jacobian and tf.vectorized_map.
#include "autograd/capture.h"
#include "autograd/jacobian.h"
#include "autograd/trace.h"
#include "bindings/walk.h"
#include "ops/batch.h"

namespace pyten::bindings {
namespace {

PyObject* g_untraceable = nullptr;

// The rows [count, source's shape…] as [target's shape…, source's shape…]; with `per_example`,
// where row i holds the i-th derivatives of every example, the examples come first.
Tensor arranged(const Tensor& rows, const Shape& target, bool per_example) {
  Tensor out = rows;
  if (per_example) {
    Dims perm = {1, 0};
    for (int i = 2; i < rows.rank(); ++i) perm.push_back(i);
    out = transpose(rows, perm);
  }
  Shape shape = target;
  shape.append(rows.shape().begin() + (per_example ? 2 : 1), rows.shape().end());
  return out.shape() == shape ? out : reshape(out, shape);
}

// The Jacobian of one target by each source, None where it is unconnected; None for all where a
// loop over rows has to do.
py::object batched_jacobian(py::handle object, py::handle target, const py::list& sources,
                            bool per_example) {
  Tape& tape = tape_of(object.ptr());
  tape.check_usable();
  Tensor y = is_variable(target.ptr()) ? tape.read_target(variable_of(target.ptr()))
                                       : tensor_of(target.ptr());
  if (y.size() == 0) return py::none();
  std::vector<Source> x;
  for (py::handle o : sources) {
    if (is_variable(o.ptr())) x.emplace_back(variable_of(o.ptr()));
    else x.emplace_back(tensor_of(o.ptr()));
  }
  int64_t count = per_example ? y.size() / y.dim(0) : y.size();
  std::optional<Tensors> found =
      walked(tape, "jacobian", [&] { return batched_gradients(tape, y, x, count, per_example); });
  if (!found) return py::none();
  for (Tensor& g : *found) {
    if (g.defined()) g = arranged(g, y.shape(), per_example);
  }
  return py::reinterpret_steal<py::object>(wrap_list(*found));
}

// (fn, batches, n) -> (list of results for all n slices, None), or (None, why it must be a loop);
// fn takes slices and returns a list of tensors.
py::tuple vectorized_call(const py::object& fn, const py::list& batches, int64_t n) {
  Tensors elems;
  for (py::handle o : batches) elems.push_back(tensor_of(o.ptr()));
  auto f = [&](const Tensors& slices) {
    py::tuple args(slices.size());
    for (size_t i = 0; i < slices.size(); ++i) {
      args[i] = py::reinterpret_steal<py::object>(wrap(slices[i]));
    }
    Tensors out;
    for (py::handle o : py::list(fn(*args))) out.push_back(tensor_of(o.ptr()));
    return out;
  };
  std::string why;
  std::optional<Tensors> found = vectorized(f, elems, n, why);
  if (!found) return py::make_tuple(py::none(), why);
  return py::make_tuple(py::reinterpret_steal<py::object>(wrap_list(*found)), py::none());
}

}  // namespace

void set_untraceable() {
  PyErr_SetString(g_untraceable ? g_untraceable : PyExc_RuntimeError,
                  "a function that vectorized_map was tracing did what cannot be batched");
}

void init_batched(py::module_& m) {
  // Not an Exception: it is to leave the user's function, whatever that catches.
  g_untraceable = PyErr_NewException("pyten._core._Untraceable", PyExc_BaseException, nullptr);
  m.attr("_Untraceable") = py::handle(g_untraceable);
  m.def("_batched_jacobian", &batched_jacobian);
  m.def("_vectorized", &vectorized_call);
  m.def("_note_effect", [](const char* what) {
    note_effect(what);
    refuse_in_capture(what);
  });
}

}  // namespace pyten::bindings
