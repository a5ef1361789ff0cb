// GradientTape.
#include "bindings/operators.h"
#include "bindings/walk.h"

#include <structmember.h>

namespace pyten::bindings {

PyTypeObject* g_tape_type = nullptr;

namespace {
struct PyTape {
  PyObject_HEAD
  Ref<Tape> tape;
  PyObject* weakrefs;
};
}  // namespace

Tape& tape_of(PyObject* o) { return *reinterpret_cast<PyTape*>(o)->tape; }

namespace {

template <typename F>
PyObject* guarded(F&& f) {
  try {
    return f();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* tape_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  int persistent = 0, watch_accessed_variables = 1;
  if (PyTuple_GET_SIZE(args) || kwargs) {
    const char* names[] = {"persistent", "watch_accessed_variables", nullptr};
    if (!check_keywords("GradientTape", names, kwargs)) return nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|pp:GradientTape", const_cast<char**>(names),
                                     &persistent, &watch_accessed_variables)) {
      return nullptr;
    }
  }
  auto* o = reinterpret_cast<PyTape*>(type->tp_alloc(type, 0));
  if (o == nullptr) return nullptr;
  new (&o->tape) Ref<Tape>(Tape::create(persistent, watch_accessed_variables));
  o->weakrefs = nullptr;
  return reinterpret_cast<PyObject*>(o);
}

void tape_dealloc(PyObject* self) {
  auto* o = reinterpret_cast<PyTape*>(self);
  PyTypeObject* type = Py_TYPE(self);
  if (o->weakrefs) PyObject_ClearWeakRefs(self);
  if (o->tape->recording()) o->tape->stop();  // abandoned inside its block
  o->tape.~Ref();
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* enter(PyObject* self, PyObject*) {
  return guarded([&] {
    tape_of(self).start();
    return Py_NewRef(self);
  });
}

PyObject* leave(PyObject* self, PyObject* const*, Py_ssize_t) {
  return guarded([&] {
    // gradient() inside the block may have ended the recording.
    if (tape_of(self).recording()) tape_of(self).stop();
    return Py_NewRef(Py_None);
  });
}

// -- Targets and sources --------------------------------------------------------------------------

std::string described(PyObject* o) {
  return std::string(Py_TYPE(o)->tp_name) + " " + py::cast<std::string>(py::repr(o)).substr(0, 60);
}

Source source_of(PyObject* o, const char* op) {
  if (is_tensor(o)) return tensor_of(o);
  if (is_variable(o)) return variable_of(o);
  fail(ErrorKind::kType, op, ": sources must be tensors or variables, got ",
       o == Py_None ? "None" : described(o));
}

Tensor target_of(Tape& tape, PyObject* o, const char* op) {
  if (is_tensor(o)) return tensor_of(o);
  if (is_variable(o)) return tape.read_target(variable_of(o));
  if (o == Py_None) {
    fail(ErrorKind::kType, op,
         ": argument `target` must be a tensor, a variable or a nested "
         "structure of them, got None");
  }
  fail(ErrorKind::kType, op, ": target must be a tensor or a variable, got ", described(o),
       "; a value that went through NumPy has no gradient");
}

bool is_leaf(PyObject* o) { return is_tensor(o) || is_variable(o); }

// The leaves of a nested structure; `flat` says that o is one leaf or a plain list of leaves.
std::vector<py::object> leaves(PyObject* o, bool& flat) {
  flat = true;
  if (is_leaf(o)) return {py::reinterpret_borrow<py::object>(o)};
  if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
    std::vector<py::object> out;
    PyObject** items = PySequence_Fast_ITEMS(o);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); ++i) {
      if (!is_leaf(items[i])) {
        flat = false;
        break;
      }
      out.push_back(py::reinterpret_borrow<py::object>(items[i]));
    }
    if (flat) return out;
  }
  flat = false;
  std::vector<py::object> out;
  for (py::handle leaf : py::handle(g_python.flatten)(py::handle(o))) {
    out.push_back(py::reinterpret_borrow<py::object>(leaf));
  }
  return out;
}

bool zero_when_unconnected(PyObject* o) {
  if (o == nullptr) return false;
  py::object value = py::reinterpret_borrow<py::object>(o);
  if (py::hasattr(value, "value")) value = value.attr("value");
  if (py::isinstance<py::str>(value)) {
    auto name = py::cast<std::string>(value);
    if (name == "zero") return true;
    if (name == "none") return false;
  }
  fail(ErrorKind::kValue, "gradient: Unknown value for unconnected_gradients: ",
       py::cast<std::string>(py::repr(py::handle(o))), "; use 'none' or 'zero'");
}

// -- Why a gradient is missing --------------------------------------------------------------------

// The local names of the Python code that called us; null without any.
py::object caller_locals() {
  PyFrameObject* frame = PyEval_GetFrame();
  if (frame == nullptr) return {};
  auto locals = py::reinterpret_steal<py::object>(
      PyObject_GetAttrString(reinterpret_cast<PyObject*>(frame), "f_locals"));
  if (!locals) PyErr_Clear();
  return locals;
}

// The name by which Python code with these locals knows an object, or a description.
std::string name_in(py::handle locals, PyObject* o, const char* otherwise) {
  if (locals && PyDict_Check(locals.ptr())) {
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(locals.ptr(), &at, &key, &value)) {
      if (value == o && PyUnicode_Check(key)) return PyUnicode_AsUTF8(key);
    }
  }
  if (is_variable(o) && variable_of(o).name() != "Variable") return variable_of(o).name();
  return otherwise;
}

std::string explanation(Tape& tape, PyObject* target, PyObject* source, py::handle locals) {
  bool variable = is_variable(source);
  return tape.explain({target_of(tape, target, "explain"), name_in(locals, target, "the target"),
                       source_of(source, "explain"), name_in(locals, source, "the source"),
                       variable, !variable || variable_of(source).trainable()});
}

int warn_missing(Tape& tape, PyObject* target, PyObject* source) {
  std::string message =
      "gradient is None: " + explanation(tape, target, source, caller_locals()) + ".";
  return PyErr_WarnEx(PyExc_UserWarning, message.c_str(), 1);
}

// -- gradient() -----------------------------------------------------------------------------------

PyObject* pack_like(PyObject* structure, const Tensors& gradients, bool flat) {
  if (is_leaf(structure)) {
    return gradients[0].defined() ? wrap(gradients[0]) : Py_NewRef(Py_None);
  }
  PyObject* list = wrap_list(gradients);
  if (list == nullptr || (flat && PyList_CheckExact(structure))) return list;
  PyObject* out = flat ? PyList_AsTuple(list)
                       : PyObject_CallFunctionObjArgs(g_python.pack, structure, list, nullptr);
  Py_DECREF(list);
  return out;
}

PyObject* gradient_of(Tape& tape, PyObject* target, PyObject* sources, PyObject* output_gradients,
                      PyObject* unconnected) {
  tape.check_usable();
  bool zero = zero_when_unconnected(unconnected);
  bool flat_targets, flat_sources;
  if (target == Py_None) target_of(tape, target, "gradient");
  std::vector<py::object> target_leaves = leaves(target, flat_targets);
  std::vector<py::object> source_leaves = leaves(sources, flat_sources);
  Tensors targets;
  for (const py::object& o : target_leaves) {
    targets.push_back(target_of(tape, o.ptr(), "gradient"));
  }
  std::vector<Source> from;
  for (const py::object& o : source_leaves) from.push_back(source_of(o.ptr(), "gradient"));
  Tensors seeds;
  if (output_gradients && output_gradients != Py_None) {
    bool flat;
    std::vector<py::object> given = leaves(output_gradients, flat);
    for (size_t i = 0; i < given.size(); ++i) {
      if (given[i].is_none()) {
        fail(ErrorKind::kType, "gradient: output_gradients[", i, "] must be a tensor, got None");
      }
      std::optional<DType> dtype;
      if (i < targets.size()) dtype = targets[i].dtype();
      seeds.push_back(to_tensor(given[i].ptr(), dtype, {}, "gradient", "output_gradients"));
    }
  }
  GradientOptions options;
  options.zero_unconnected = zero;
  Tensors gradients =
      walked(tape, "gradient", [&] { return tape.gradient(targets, from, seeds, options); });
  bool any = gradients.empty();
  for (const Tensor& g : gradients) any |= g.defined();
  if (!any && !target_leaves.empty()) {
    if (warn_missing(tape, target_leaves[0].ptr(), source_leaves[0].ptr()) < 0) return nullptr;
  }
  return pack_like(sources, gradients, flat_sources);
}

// Keyword arguments into the places of `parameters`; the first `required` must be there.
bool bind(const char* op, const char* const* parameters, int count, int required,
          PyObject* const* args, Py_ssize_t n, PyObject* names, PyObject** out) {
  if (n > count) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most %d arguments but %zd were given", op, count,
                 n);
    return false;
  }
  for (int i = 0; i < count; ++i) out[i] = i < n ? args[i] : nullptr;
  Py_ssize_t keywords = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t k = 0; k < keywords; ++k) {
    PyObject* key = PyTuple_GET_ITEM(names, k);
    int at = 0;
    while (at < count && PyUnicode_CompareWithASCIIString(key, parameters[at]) != 0) ++at;
    if (at == count) {
      PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument %R", op, key);
      return false;
    }
    out[at] = args[n + k];
  }
  for (int i = 0; i < required; ++i) {
    if (out[i] == nullptr) {
      PyErr_Format(PyExc_TypeError, "%s() missing 1 required positional argument: '%s'", op,
                   parameters[i]);
      return false;
    }
  }
  return true;
}

PyObject* gradient(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  static const char* const kParameters[] = {"target", "sources", "output_gradients",
                                            "unconnected_gradients"};
  PyObject* given[4];
  if (!bind("gradient", kParameters, 4, 2, args, n, names, given)) return nullptr;
  return guarded(
      [&] { return gradient_of(tape_of(self), given[0], given[1], given[2], given[3]); });
}

// (targets, sources, output_gradients, zero, keep) -> list: no nesting, no warning.
PyObject* plain_gradient(PyObject* self, PyObject* args) {
  return guarded([&]() -> PyObject* {
    auto [targets, sources, seeds, zero, keep] =
        py::cast<std::tuple<py::list, py::list, py::object, bool, bool>>(py::handle(args));
    Tape& tape = tape_of(self);
    Tensors y, dy;
    std::vector<Source> x;
    for (py::handle o : targets) y.push_back(target_of(tape, o.ptr(), "gradient"));
    for (py::handle o : sources) x.push_back(source_of(o.ptr(), "gradient"));
    if (!seeds.is_none()) {
      for (py::handle o : seeds) dy.push_back(o.is_none() ? Tensor() : tensor_of(o.ptr()));
    }
    GradientOptions options{.zero_unconnected = zero, .keep = keep};
    return wrap_list(walked(tape, "gradient", [&] { return tape.gradient(y, x, dy, options); }));
  });
}

PyObject* watch(PyObject* self, PyObject* argument) {
  return guarded([&]() -> PyObject* {
    if (!tape_of(self).started()) {
      fail(ErrorKind::kType, "watch: the tape is not recording: call it inside `with tape:`");
    }
    bool flat;
    for (const py::object& o : leaves(argument, flat)) {
      DType dtype;
      if (is_tensor(o.ptr())) {
        dtype = tensor_of(o.ptr()).dtype();
        tape_of(self).watch(tensor_of(o.ptr()));
      } else if (is_variable(o.ptr())) {
        dtype = variable_of(o.ptr()).dtype();
        tape_of(self).watch(variable_of(o.ptr()));
      } else {
        fail(ErrorKind::kValue, "watch: expected a tensor or a variable, got ", described(o.ptr()));
      }
      if (!is_inexact(dtype)) {
        std::string message = std::string(
                                  "watch: the dtype of a watched tensor must be floating, "
                                  "got ") +
                              name_of(dtype) + "; its gradient is None.";
        if (PyErr_WarnEx(PyExc_UserWarning, message.c_str(), 1) < 0) return nullptr;
      }
    }
    return Py_NewRef(Py_None);
  });
}

PyObject* watched_variables(PyObject* self, PyObject*) {
  return guarded([&]() -> PyObject* {
    std::vector<Variable> all = tape_of(self).watched_variables();
    PyObject* out = PyTuple_New(Py_ssize_t(all.size()));
    for (size_t i = 0; out && i < all.size(); ++i) {
      PyTuple_SET_ITEM(out, Py_ssize_t(i), wrap(all[i]));
    }
    return out;
  });
}

PyObject* reset(PyObject* self, PyObject*) {
  return guarded([&] {
    tape_of(self).reset();
    return Py_NewRef(Py_None);
  });
}

PyObject* keep_values(PyObject* self, PyObject*) {
  tape_of(self).keep_values();
  Py_RETURN_NONE;
}

PyObject* explain(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  static const char* const kParameters[] = {"target", "source"};
  PyObject* given[2];
  if (!bind("explain", kParameters, 2, 2, args, n, names, given)) return nullptr;
  return guarded([&] {
    return PyUnicode_FromString(
        explanation(tape_of(self), given[0], given[1], caller_locals()).c_str());
  });
}

// (target, source, locals): with the names of another caller.
PyObject* explain_to(PyObject* self, PyObject* args) {
  PyObject *target, *source, *locals;
  if (!PyArg_ParseTuple(args, "OOO:_explain", &target, &source, &locals)) return nullptr;
  return guarded([&] {
    return PyUnicode_FromString(explanation(tape_of(self), target, source, locals).c_str());
  });
}

// -- Context managers -----------------------------------------------------------------------------

class StopRecording {
 public:
  explicit StopRecording(py::object tape) : tape_(std::move(tape)) {
    if (!tape_of(tape_.ptr()).recording()) {
      fail(ErrorKind::kValue, "stop_recording: Tape is not recording.");
    }
  }
  void enter() { tape_of(tape_.ptr()).stop(); }
  void leave() { tape_of(tape_.ptr()).start(); }

 private:
  py::object tape_;
};

PyObject* stop_recording(PyObject* self, PyObject*) {
  return guarded([&] {
    return py::cast(StopRecording(py::reinterpret_borrow<py::object>(self))).release().ptr();
  });
}

// -- The type -------------------------------------------------------------------------------------

PyMethodDef kMethods[] = {
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__exit__", (PyCFunction)(void*)leave, METH_FASTCALL, nullptr},
    {"gradient", (PyCFunction)(void*)gradient, METH_FASTCALL | METH_KEYWORDS,
     "gradient($self, target, sources, output_gradients=None, unconnected_gradients='none')\n--\n\n"
     "Returns the gradient of the sum of the target's elements by each source.\n\n"
     "Args:\n  target: a tensor, a variable or a nested structure of them.\n"
     "  sources: a tensor, a variable or a nested structure of them.\n"
     "  output_gradients: what to start from instead of ones, one for each target.\n"
     "  unconnected_gradients: 'none', or 'zero' for zeros in place of None.\n\n"
     "Returns:\n  Tensors of the sources' shapes and dtypes in the structure of `sources`; None "
     "where the target\n  does not depend on a source. When all are None, a warning says why.\n\n"
     "Raises:\n  RuntimeError: the tape is not persistent and was used before.\n"
     "  TypeError: a target or source is neither tensor nor variable.\n\n"
     "Example:\n  >>> x, y = tf.Variable(3.), tf.Variable(4.)\n  >>> with tf.GradientTape() as tape:\n"
     "  ...     z = x * x * y\n  >>> [g.numpy().item() for g in tape.gradient(z, [x, y])]\n"
     "  [24.0, 9.0]"},
    {"_gradient", plain_gradient, METH_VARARGS, nullptr},
    {"watch", watch, METH_O,
     "watch($self, tensor)\n--\n\nMakes the tape follow a tensor, a variable or a nested structure of "
     "them from here on.\n\n"
     "Args:\n  tensor: a floating or complex tensor, a variable, or a nested structure of them.\n\n"
     "Raises:\n  ValueError: an argument is neither tensor nor variable.\n\n"
     "Example:\n  >>> x = tf.constant(3.)\n  >>> with tf.GradientTape() as tape:\n"
     "  ...     tape.watch(x)\n  ...     y = x * x\n  >>> tape.gradient(y, x).numpy()\n"
     "  np.float32(6.0)"},
    {"watched_variables", watched_variables, METH_NOARGS,
     "watched_variables($self, /)\n--\n\nReturns a tuple of the variables the tape follows, oldest first."},
    {"stop_recording", stop_recording, METH_NOARGS,
     "stop_recording($self, /)\n--\n\nReturns a context manager inside which this tape records nothing."},
    {"reset", reset, METH_NOARGS, "reset($self, /)\n--\n\nForgets what was recorded and watched."},
    {"keep_values", keep_values, METH_NOARGS,
     "keep_values($self, /)\n--\n\nKeeps every value from here on, with the line of the program that "
     "made it, for to_html.\n\nCall it at the start of the `with` block. Without it a tape keeps only "
     "what gradients need."},
    {"_explain", explain_to, METH_VARARGS, nullptr},
    {"explain", (PyCFunction)(void*)explain, METH_FASTCALL | METH_KEYWORDS,
     "explain($self, target, source)\n--\n\nSays in a sentence why the gradient of target by source is "
     "None, or that it is not.\n\n"
     "Args:\n  target: a tensor or variable.\n  source: a tensor or variable.\n\n"
     "Returns:\n  A string.\n\n"
     "Example:\n  >>> x = tf.constant(3.)\n  >>> with tf.GradientTape() as tape:\n"
     "  ...     y = x * x\n  >>> \"watch\" in tape.explain(y, x)\n  True"},
    {},
};
PyMemberDef kMembers[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(PyTape, weakrefs), READONLY, nullptr},
    {},
};

}  // namespace

void init_tape(py::module_& m) {
  PyType_Slot slots[] = {
      {Py_tp_new, (void*)tape_new},
      {Py_tp_dealloc, (void*)tape_dealloc},
      {Py_tp_methods, kMethods},
      {Py_tp_members, kMembers},
      {Py_tp_doc,
       (void*)"GradientTape(persistent=False, watch_accessed_variables=True)\n--\n\n"
              "Records operations inside its `with` block, for their derivatives.\n\n"
              "Trainable variables are watched when they are read; tensors by watch().\n\n"
              "Args:\n  persistent: whether gradient() may be called more than once.\n"
              "  watch_accessed_variables: False leaves it all to watch().\n\n"
              "Example:\n"
              "  >>> x = tf.Variable(3.)\n"
              "  >>> with tf.GradientTape() as tape:\n"
              "  ...     y = x * x\n"
              "  >>> tape.gradient(y, x)\n"
              "  <tf.Tensor: shape=(), dtype=float32, numpy=6.0>\n"},
      {},
  };
  PyType_Spec spec = {"pyten.GradientTape", sizeof(PyTape), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  g_tape_type = add_type(m, "GradientTape", spec);

  py::class_<StopRecording>(m, "_StopRecording")
      .def("__enter__", &StopRecording::enter)
      .def("__exit__", [](StopRecording& s, const py::args&) { s.leave(); });
}

}  // namespace pyten::bindings
