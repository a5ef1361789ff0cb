// What finding trouble needs of Python: the user's lines, the switch of the numerics check, and a
// tape's recording as Python objects, for pyten/_tape_html.py.
#include "bindings/bindings.h"

#include <frameobject.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "autograd/numerics.h"

namespace pyten::bindings {
namespace {

// -- The user's line ------------------------------------------------------------------------------

// A code object and an instruction in it: what is cheap to note. The line is looked up when asked.
class PythonPlace : public Place {
 public:
  PythonPlace(PyCodeObject* code, int instruction) : code_(code), instruction_(instruction) {}
  bool is(const PyCodeObject* code, int instruction) const {
    return code_ == code && instruction_ == instruction;
  }
  ~PythonPlace() override {
    if (PyGILState_Check()) {
      Py_DECREF(code_);
      return;
    }
    py::gil_scoped_acquire gil;
    Py_DECREF(code_);
  }
  std::string file() const override {
    py::gil_scoped_acquire gil;
    return py::cast<std::string>(py::handle(code_->co_filename));
  }
  int line() const override {
    py::gil_scoped_acquire gil;
    return PyCode_Addr2Line(code_, instruction_);
  }
  std::string source() const override {
    py::gil_scoped_acquire gil;
    // Often asked for while an error is on its way.
    py::error_scope keep;
    try {
      py::object line = py::module_::import("linecache").attr("getline")(file(), this->line());
      return py::cast<std::string>(line.attr("strip")());
    } catch (const py::error_already_set&) {
      return "";
    }
  }

 private:
  PyCodeObject* code_;  // owned
  int instruction_;
};

bool is_ours(PyObject* globals) {
  static PyObject* const key = PyUnicode_InternFromString("__name__");
  PyObject* name = PyDict_GetItemWithError(globals, key);
  if (name == nullptr || !PyUnicode_Check(name)) return false;
  static PyObject* const package = PyUnicode_InternFromString("pyten");
  if (PyUnicode_Compare(name, package) == 0) return true;
  static PyObject* const inside = PyUnicode_InternFromString("pyten.");
  return PyUnicode_Tailmatch(name, inside, 0, PY_SSIZE_T_MAX, -1) == 1;
}

int instruction_of(PyFrameObject* frame) {
#if PY_VERSION_HEX >= 0x030B0000
  return PyFrame_GetLasti(frame);
#else
  return frame->f_lasti * 2;
#endif
}

// The innermost frame outside the package; the outermost of all if there is none.
py::object user_frame(PyFrameObject* innermost) {
  auto frame = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(innermost));
  PyObject* globals = PyEval_GetGlobals();
  while (globals != nullptr && is_ours(globals)) {
    PyFrameObject* back = PyFrame_GetBack(reinterpret_cast<PyFrameObject*>(frame.ptr()));
    if (back == nullptr) break;
    frame = py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(back));
    globals = py::object(frame.attr("f_globals")).ptr();  // the frame keeps it
  }
  return frame;
}

// Places noted lately: a program's loops come to the same ones again. Guarded by the interpreter's
// lock, and never freed, for the interpreter may end first.
std::shared_ptr<const PythonPlace>& remembered(const PyCodeObject* code, int instruction) {
  constexpr size_t kPlaces = 256;
  static auto* const places = new std::array<std::shared_ptr<const PythonPlace>, kPlaces>;
  return (*places)[(size_t(reinterpret_cast<uintptr_t>(code) >> 4) * 31 + size_t(instruction)) %
                   kPlaces];
}

std::shared_ptr<const Place> user_place() {
  std::optional<py::gil_scoped_acquire> gil;
  if (!PyGILState_Check()) gil.emplace();
  PyFrameObject* frame = PyEval_GetFrame();
  if (frame == nullptr) return nullptr;
  auto code =
      py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  auto* own = reinterpret_cast<PyCodeObject*>(code.ptr());
  int instruction = instruction_of(frame);
  std::shared_ptr<const PythonPlace>& place = remembered(own, instruction);
  if (place && place->is(own, instruction)) return place;
  if (!is_ours(PyEval_GetGlobals())) {
    code.release();
    return place = std::make_shared<PythonPlace>(own, instruction);
  }
  // Not remembered: the same line of the package serves many of the user's.
  py::object user = user_frame(frame);
  frame = reinterpret_cast<PyFrameObject*>(user.ptr());
  return std::make_shared<PythonPlace>(PyFrame_GetCode(frame), instruction_of(frame));
}

// -- The recording --------------------------------------------------------------------------------

py::object place_object(const Place* place) {
  if (place == nullptr) return py::none();
  return py::make_tuple(place->file(), place->line(), place->source());
}

struct AttrObject {
  py::object operator()(bool x) const { return py::bool_(x); }
  py::object operator()(int64_t x) const { return py::int_(x); }
  py::object operator()(double x) const { return py::float_(x); }
  py::object operator()(DType x) const { return py::str(name_of(x)); }
  py::object operator()(const std::string& x) const { return py::str(x); }
  py::object operator()(const Dims& x) const {
    py::list out;
    for (int64_t n : x) out.append(n);
    return out;
  }
  // Kinds that only the library's own rules read.
  template <typename T>
  py::object operator()(const T&) const {
    return py::str("…");
  }
};

// {"entries": [(op, inputs, outputs, attributes, place, differentiable)], "values": {id: (shape,
// dtype, tensor or None)}, "variables": {id: variable}, "released": bool, "keeps": bool}, entries
// in the order in which they were recorded, values and variables by their numbers on tapes.
py::dict records(py::handle object) {
  Tape& tape = tape_of(object.ptr());
  std::unordered_map<int64_t, Tensor> known;
  std::vector<std::pair<const Entry*, bool>> all;
  for (const Ref<Entry>& e : tape.entries()) {
    if (e) all.emplace_back(e.get(), true);
  }
  for (const Ref<Entry>& e : tape.blocked()) {
    if (e) all.emplace_back(e.get(), false);
  }
  // Numbers grow, so a result's says when it was made.
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.first->outputs[0].id < b.first->outputs[0].id;
  });
  for (const auto& [e, differentiable] : all) {
    for (const Tensor& t : e->saved) {
      if (t.defined()) known.emplace(t.impl()->id.load(std::memory_order_relaxed), t);
    }
  }
  py::dict values, variables;
  for (const Variable& v : tape.variables()) {
    variables[py::int_(v.id())] = py::reinterpret_steal<py::object>(wrap(v));
    int64_t id = v.peek().impl()->id.load(std::memory_order_relaxed);
    if (id != 0) known.emplace(id, v.peek());
  }
  auto add = [&](const ValueInfo& v) {
    py::int_ id(v.id);
    if (values.contains(id)) return;
    Tensor t = tape.kept(v.id);
    if (!t.defined()) {
      auto found = known.find(v.id);
      if (found != known.end()) t = found->second;
    }
    py::object held = py::none();
    if (t.defined()) held = py::reinterpret_steal<py::object>(wrap(t));
    values[id] = py::make_tuple(std::vector<int64_t>(v.shape.begin(), v.shape.end()),
                                name_of(v.dtype), held);
  };
  py::list entries;
  for (const auto& [e, differentiable] : all) {
    py::list inputs, outputs;
    py::dict attrs;
    for (const ValueInfo& v : e->inputs) {
      add(v);
      inputs.append(v.id);
    }
    for (const ValueInfo& v : e->outputs) {
      add(v);
      outputs.append(v.id);
    }
    for (const auto& [name, value] : e->attrs) attrs[name] = std::visit(AttrObject{}, value);
    entries.append(py::make_tuple(e->op->name, inputs, outputs, attrs, place_object(e->place.get()),
                                  differentiable));
  }
  py::dict out;
  out["entries"] = entries;
  out["values"] = values;
  out["variables"] = variables;
  out["released"] = tape.released();
  out["keeps"] = tape.keeps_values();
  return out;
}

// The gradients of the sum of targets by every floating value of the recording: {id: tensor}. No
// tape records it, and infinities in it are there to be looked at.
py::dict gradients_by_values(py::handle object, const py::list& targets) {
  Tape& tape = tape_of(object.ptr());
  Tensors y;
  for (py::handle t : targets) {
    y.push_back(is_variable(t.ptr()) ? tape.read_target(variable_of(t.ptr())) : tensor_of(t.ptr()));
  }
  std::vector<Source> sources;
  std::vector<int64_t> ids;
  std::unordered_map<int64_t, bool> seen;
  auto add = [&](const ValueInfo& v) {
    if (!is_inexact(v.dtype) || !seen.emplace(v.id, true).second) return;
    sources.emplace_back(v);
    ids.push_back(v.id);
  };
  for (const Ref<Entry>& e : tape.entries()) {
    if (!e) continue;
    for (const ValueInfo& v : e->inputs) {
      if (tape.knows(v.id)) add(v);
    }
    for (const ValueInfo& v : e->outputs) add(v);
  }
  Tensors gradients;
  {
    TapePause pause;
    CheckNumerics off(false);
    gradients = tape.gradient(y, sources);
  }
  py::dict out;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!gradients[i].defined()) continue;
    out[py::int_(ids[i])] = py::reinterpret_steal<py::object>(wrap(gradients[i]));
  }
  return out;
}

// The number by which tapes know a tensor or variable; 0 if none does.
int64_t value_id(py::handle o) {
  if (is_variable(o.ptr())) return variable_of(o.ptr()).id();
  if (is_tensor(o.ptr())) return tensor_of(o.ptr()).impl()->id.load(std::memory_order_relaxed);
  return 0;
}

}  // namespace

void init_inspection(py::module_& m) {
  numerics::set_locator(&user_place);
  m.def("_set_check_numerics", &set_check_numerics);
  m.def("_checking_numerics", &checking_numerics);
  m.def("_set_path_limit", &numerics::set_path_limit);
  m.def("_tape_records", &records);
  m.def("_tape_gradients", &gradients_by_values);
  m.def("_value_id", &value_id);
}

}  // namespace pyten::bindings
