// The core of tf.autodiff.ForwardAccumulator; structures and warnings are pyten/_forward.py's.
#include "autograd/forward.h"
#include "bindings/bindings.h"

namespace pyten::bindings {

namespace {

class PyAccumulator {
 public:
  PyAccumulator() : accumulator_(ForwardAccumulator::create()) {}
  ~PyAccumulator() {
    if (accumulator_->recording()) accumulator_->stop();  // abandoned inside its block
  }
  PyAccumulator(const PyAccumulator&) = delete;
  void start() { accumulator_->start(); }
  void stop() { accumulator_->stop(); }
  bool recording() const { return accumulator_->recording(); }
  void watch(py::handle primal, py::handle tangent) {
    if (is_variable(primal.ptr())) {
      accumulator_->watch(variable_of(primal.ptr()), tensor_of(tangent.ptr()));
    } else {
      accumulator_->watch(tensor_of(primal.ptr()), tensor_of(tangent.ptr()));
    }
  }
  py::object jvp(py::handle primal) const {
    Tensor found = is_variable(primal.ptr()) ? accumulator_->jvp(variable_of(primal.ptr()))
                                             : accumulator_->jvp(tensor_of(primal.ptr()));
    if (!found.defined()) return py::none();
    return py::reinterpret_steal<py::object>(wrap(found));
  }

 private:
  Ref<ForwardAccumulator> accumulator_;
};

}  // namespace

void init_forward(py::module_& m) {
  py::class_<PyAccumulator>(m, "_ForwardAccumulator")
      .def(py::init<>())
      .def("start", &PyAccumulator::start)
      .def("stop", &PyAccumulator::stop)
      .def_property_readonly("recording", &PyAccumulator::recording)
      .def("watch", &PyAccumulator::watch)
      .def("jvp", &PyAccumulator::jvp);
}

}  // namespace pyten::bindings
