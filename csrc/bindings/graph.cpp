// What pyten/cuda.py is made of: captures of functions on a GPU and their replays.
#include "autograd/capture.h"
#include "autograd/stack.h"
#include "bindings/bindings.h"
#include "ops/layout.h"
#include "ops/placement.h"

namespace pyten::bindings {
namespace {

using Variables = std::vector<Ref<VariableImpl>>;

py::object wrapped(Tensor t) {
  PyObject* out = wrap(std::move(t));
  if (out == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(out);
}

Tensor copy_of(const Tensor& t) {
  Tensor out = Tensor::empty(t.shape(), t.dtype(), t.device());
  copy_into(t, out.mutable_data(), out.strides());
  return out;
}

// `with` it, the GPU's variables that are used are remembered.
class VariableList {
 public:
  void enter() { use_ = std::make_unique<VariableUse>(); }
  void exit(const py::args&) {
    if (!use_) return;
    add(use_->all());
    use_.reset();
  }
  void add(const std::vector<VariableUse::Used>& used) {
    for (const VariableUse::Used& u : used) {
      bool known = std::any_of(variables.begin(), variables.end(),
                               [&](const auto& v) { return v.get() == u.variable.get(); });
      if (!known && !u.variable->value.device().is_cpu()) variables.push_back(u.variable);
    }
  }
  Variables variables;

 private:
  std::unique_ptr<VariableUse> use_;
};

// A function that was captured, with the tensors that it takes and gives.
struct Replayable {
  std::unique_ptr<CapturedFunction> function;
  Tensors inputs, outputs;

  bool current() const { return function->current(); }
  // Copies of its results for these inputs.
  py::list replay(const py::list& given) {
    if (given.size() != inputs.size()) {
      fail(ErrorKind::kInternal, "pyten.cuda.graph: ", given.size(), " inputs for a function of ",
           inputs.size());
    }
    note_effect("a CUDA graph is replayed");
    PauseRecording pause;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& x = tensor_of(given[i].ptr());
      if (x.shape() != inputs[i].shape() || x.dtype() != inputs[i].dtype()) {
        fail(ErrorKind::kInternal, "pyten.cuda.graph: an input of another shape or dtype");
      }
      if (x.device() == inputs[i].device()) {
        copy_into(x, inputs[i].mutable_data(), inputs[i].strides());
      } else {
        Tensor source = packed(x);
        copy_bytes(inputs[i].mutable_data(), inputs[i].device(), source.data(), source.device(),
                   source.nbytes());
      }
    }
    function->replay();
    py::list out;
    for (const Tensor& t : outputs) out.append(wrapped(copy_of(t)));
    return out;
  }
};

class PyCapture {
 public:
  PyCapture(int index, const VariableList& expected)
      : device_{DeviceType::kCUDA, int8_t(index)},
        capture_(std::make_unique<Capture>(device_, expected.variables)) {}

  py::object input(const py::object& like) {
    const Tensor& x = tensor_of(like.ptr());
    inputs_.push_back(open().keep(x.shape(), x.dtype()));
    return wrapped(inputs_.back());
  }
  // Whether the tensor is a result that replays make; others are what they are.
  bool output(const py::object& result) {
    const Tensor& t = tensor_of(result.ptr());
    if (t.device().is_cpu()) return false;
    outputs_.push_back(open().result(t));
    return true;
  }
  // None when variables were written to that were not expected: they are now.
  py::object finish(VariableList& expected) {
    expected.add(t_variable_use->all());
    std::unique_ptr<CapturedFunction> function = open().finish();
    if (!function) return py::none();
    auto out = std::make_unique<Replayable>();
    out->function = std::move(function);
    out->inputs = std::move(inputs_);
    out->outputs = std::move(outputs_);
    capture_.reset();
    return py::cast(std::move(out));
  }
  void drop() {
    inputs_.clear();
    outputs_.clear();
    capture_.reset();
  }

 private:
  Capture& open() {
    if (!capture_) fail(ErrorKind::kRuntime, "pyten.cuda.graph: the capture has ended");
    return *capture_;
  }
  Device device_;
  std::unique_ptr<Capture> capture_;
  Tensors inputs_, outputs_;
};

}  // namespace

void init_graph(py::module_& m) {
  using py::arg;
  py::class_<VariableList>(m, "_VariableList")
      .def(py::init<>())
      .def("__enter__", &VariableList::enter)
      .def("__exit__", &VariableList::exit)
      .def("__len__", [](const VariableList& list) { return list.variables.size(); });
  py::class_<Replayable>(m, "_CapturedFunction")
      .def_property_readonly("current", &Replayable::current)
      .def("replay", &Replayable::replay, arg("inputs"));
  py::class_<PyCapture>(m, "_Capture")
      .def("input", &PyCapture::input, arg("like"))
      .def("output", &PyCapture::output, arg("result"))
      .def("finish", &PyCapture::finish, arg("expected"))
      .def("drop", &PyCapture::drop);
  m.def(
      "_begin_capture",
      [](int gpu, const VariableList& expected) {
        return std::make_unique<PyCapture>(gpu, expected);
      },
      arg("gpu"), arg("expected"), "Notes what this thread calls on the GPU from now on.");
  m.def("_capturing", capturing);
  m.def("_refuse_in_capture", refuse_in_capture, arg("what"));
  m.def("_any_listener", any_listener_active, "Whether a tape or an accumulator records.");
}

}  // namespace pyten::bindings
