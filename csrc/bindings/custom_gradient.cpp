// What Python needs for gradients of its own: recordings that carry a Python function as their
// rule.
#include "bindings/operators.h"

#include <map>

namespace pyten::bindings {
namespace {

class Pause {
 public:
  void enter() { pause_ = std::make_unique<TapePause>(); }
  void leave() {
    for (const Variable& v : pause_->variables()) read_.push_back(v);
    pause_.reset();
  }
  py::list variables() const {
    py::list out;
    for (const Variable& v : pause_ ? pause_->variables() : read_) {
      out.append(py::reinterpret_steal<py::object>(wrap(v)));
    }
    return out;
  }

 private:
  std::unique_ptr<TapePause> pause_;
  std::vector<Variable> read_;
};

class PythonRule : public CustomRule {
 public:
  explicit PythonRule(py::object rule, size_t inputs) : rule_(std::move(rule)), inputs_(inputs) {}
  ~PythonRule() override {
    py::gil_scoped_acquire gil;
    rule_ = py::object();
  }
  Tensors gradient(const Tensors& dy) override {
    py::gil_scoped_acquire gil;
    py::tuple args(dy.size());
    for (size_t i = 0; i < dy.size(); ++i) {
      args[i] = py::reinterpret_steal<py::object>(wrap(dy[i]));
    }
    py::list given(rule_(*args));
    if (given.size() != inputs_) {
      fail(ErrorKind::kValue, "custom_gradient function expected to return ", inputs_,
           " gradients, but returned ", given.size(), " instead.");
    }
    Tensors out(inputs_);
    for (size_t i = 0; i < inputs_; ++i) {
      py::object g = given[i];
      if (!g.is_none()) out[i] = tensor_of(g.ptr());
    }
    return out;
  }

 private:
  py::object rule_;
  size_t inputs_;
};

// The op of this name, made at the first call: recordings bear the name of the function whose rule
// they carry. Never freed, for entries point to it.
const Op& op_named(const std::string& name) {
  static auto& ops = *new std::map<std::string, Op>;
  auto [place, fresh] = ops.try_emplace(name);
  if (fresh) place->second.name = place->first.c_str();
  return place->second;
}

// The tensors under new identities.
py::object aliases(const py::list& tensors) {
  Tensors out;
  for (py::handle o : tensors) out.push_back(tensor_of(o.ptr()).alias());
  return py::reinterpret_steal<py::object>(wrap_list(out));
}

// Records a call of which nobody but `rule` knows the results yet.
void record_custom(const std::string& name, const py::list& inputs, const py::list& outputs,
                   py::object rule) {
  Tensors x, y;
  for (py::handle o : inputs) x.push_back(tensor_of(o.ptr()));
  if (!recording(x)) return;
  for (py::handle o : outputs) y.push_back(tensor_of(o.ptr()));
  record(op_named(name), x, y, {}, {}, std::make_shared<PythonRule>(std::move(rule), x.size()));
}

}  // namespace

void init_custom_gradient(py::module_& m) {
  py::class_<Pause>(m, "_Pause")
      .def("__enter__",
           [](py::object self) {
             py::cast<Pause&>(self).enter();
             return self;
           })
      .def("__exit__", [](Pause& p, const py::args&) { p.leave(); })
      .def_property_readonly("variables", &Pause::variables);
  m.def("_pause_tapes", [] { return std::make_unique<Pause>(); });
  m.def("_aliases", &aliases);
  m.def("_record_custom", &record_custom);
}

}  // namespace pyten::bindings
