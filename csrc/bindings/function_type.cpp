// The callables for the entries of functions(): one type with the vectorcall protocol, which parses
// arguments by the entry's parameter list. Elementwise functions take a short road.
#include "bindings/array.h"

#include <structmember.h>

#include <pybind11/eval.h>

namespace pyten::bindings {
namespace {

struct PyFunction {
  PyObject_HEAD
  vectorcallfunc vectorcall;
  const Function* function;
  PyObject* names;      // tuple of the parameters' interned names
  PyObject* signature;  // inspect.Signature, made when asked for
  PyObject* module;     // where the public name is
  PyObject* weakrefs;
  bool array;  // results are Arrays
};

constexpr int kMaxParams = 14;
PyTypeObject* g_function_type = nullptr;

PyFunction* function_of(PyObject* o) { return reinterpret_cast<PyFunction*>(o); }

PyObject* wrap_for(const PyFunction* self, Tensor t) {
  return self->array ? wrap_array(std::move(t)) : wrap(std::move(t));
}

// -- Arguments to parameters ----------------------------------------------------------------------

// The given objects by parameter, null where there is none.
void bind(PyFunction* self, PyObject* const* args, Py_ssize_t n, PyObject* keywords,
          PyObject** bound) {
  const Function& f = *self->function;
  Py_ssize_t count = Py_ssize_t(f.params.size());
  if (n > count) {
    Py_ssize_t required = 0;
    for (const Param& p : f.params) required += p.fallback == nullptr;
    std::string takes = required == count
                            ? std::to_string(count)
                            : "from " + std::to_string(required) + " to " + std::to_string(count);
    throw py::type_error(std::string(f.name) + "() takes " + takes + " positional arguments but " +
                         std::to_string(n) + " were given");
  }
  for (Py_ssize_t i = 0; i < count; ++i) bound[i] = i < n ? args[i] : nullptr;
  Py_ssize_t extra = keywords ? PyTuple_GET_SIZE(keywords) : 0;
  for (Py_ssize_t k = 0; k < extra; ++k) {
    PyObject* key = PyTuple_GET_ITEM(keywords, k);
    Py_ssize_t at = 0;
    while (at < count && PyTuple_GET_ITEM(self->names, at) != key) ++at;
    if (at == count) {
      // Not the interned string: compare.
      for (at = 0; at < count; ++at) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(self->names, at), key) == 0) break;
      }
    }
    if (at == count) unexpected_keyword(f.name, self->names, key);
    if (bound[at]) {
      throw py::type_error(std::string(f.name) + "() got multiple values for argument '" +
                           f.params[size_t(at)].name + "'");
    }
    bound[at] = args[n + k];
  }
  std::string missing;
  int missing_count = 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (bound[i] || f.params[size_t(i)].fallback) continue;
    missing += (missing_count++ ? ", '" : "'") + std::string(f.params[size_t(i)].name) + "'";
  }
  if (missing_count) {
    throw py::type_error(std::string(f.name) + "() missing " + std::to_string(missing_count) +
                         " required positional argument" + (missing_count > 1 ? "s: " : ": ") +
                         missing);
  }
}

// The dtype that all tensor parameters must take: that of the first tensor among them.
void find_dtype(PyObject* o, std::optional<DType>& dtype) {
  if (dtype || o == nullptr) return;
  if (is_tensor(o)) {
    dtype = tensor_of(o).dtype();
  } else if (is_variable(o)) {
    dtype = variable_of(o).dtype();
  }
}

void find_dtype_in_list(PyObject* o, std::optional<DType>& dtype) {
  if (o == nullptr || !(PyList_Check(o) || PyTuple_Check(o))) return find_dtype(o, dtype);
  PyObject** items = PySequence_Fast_ITEMS(o);
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); ++i) find_dtype(items[i], dtype);
}

Tensor tensor_argument(PyObject* o, std::optional<DType>& dtype, const char* op, const char* name) {
  Operand x;
  if (as_operand(o, x)) {
    if (!dtype) dtype = x->dtype();
    return x.held();
  }
  // An earlier parameter that is no tensor decides as well as a tensor does.
  Tensor t = dtype ? operand_like(o, *dtype, op, name) : to_tensor(o, {}, {}, op, name);
  if (!dtype) dtype = t.dtype();
  return t;
}

Tensors list_argument(PyObject* o, std::optional<DType>& dtype, const Function& f,
                      const char* name) {
  Tensors out;
  if (PyList_Check(o) || PyTuple_Check(o)) {
    PyObject** items = PySequence_Fast_ITEMS(o);
    Py_ssize_t count = PySequence_Fast_GET_SIZE(o);
    // Without a tensor among them, numbers decide together: any float makes all of them floats.
    for (Py_ssize_t i = 0; i < count; ++i) {
      std::optional<DType> own = dtype;
      out.push_back(tensor_argument(items[i], own, f.name, name));
      if (is_inexact(*own)) dtype = own;
    }
    if (!dtype && count) dtype = out[0].dtype();
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (out[size_t(i)].dtype() == *dtype || is_tensor(items[i]) || is_variable(items[i]))
        continue;
      out[size_t(i)] = tensor_argument(items[i], dtype, f.name, name);
    }
    return out;
  }
  // A tensor or array stands for its rows; any other iterable for its elements.
  if (f.tensor_is_item && (is_tensor(o) || is_variable(o))) {
    return {tensor_argument(o, dtype, f.name, name)};
  }
  if (is_tensor(o) || is_variable(o) || PyObject_CheckBuffer(o)) {
    return unstack(tensor_argument(o, dtype, f.name, name), 0);
  }
  py::list items(py::reinterpret_borrow<py::object>(o));
  find_dtype_in_list(items.ptr(), dtype);
  return list_argument(items.ptr(), dtype, f, name);
}

int64_t integer_argument(PyObject* o, const char* op, const char* name) {
  if (PyFloat_Check(o)) {
    fail(ErrorKind::kType, op, ": ", name, " must be an integer, got ",
         py::cast<std::string>(py::repr(o)));
  }
  PyObject* index = PyNumber_Index(o);
  if (index == nullptr) {
    PyErr_Clear();
    fail(ErrorKind::kType, op, ": ", name, " must be an integer, got ",
         py::cast<std::string>(py::repr(o)));
  }
  int64_t value = PyLong_AsLongLong(index);
  Py_DECREF(index);
  if (value == -1 && PyErr_Occurred()) throw py::error_already_set();
  return value;
}

// The default as an argument: the few forms that parameter lists use.
void set_default(const Param& p, Argument& out) {
  std::string_view text = p.fallback;
  if (text == "None") return;
  out.given = true;
  switch (p.kind) {
    case Kind::kBool: out.boolean = text == "True"; break;
    case Kind::kInt: out.integer = std::stoll(p.fallback); break;
    case Kind::kInts:
    case Kind::kShape: out.ints = {std::stoll(p.fallback)}; break;
    case Kind::kFloat: out.real = std::stod(p.fallback); break;
    case Kind::kString: out.string = std::string(text.substr(1, text.size() - 2)); break;
    case Kind::kDType:
      for (int d = 0; d < kDTypeCount; ++d) {
        if (text == std::string("tf.") + name_of(DType(d))) out.dtype = DType(d);
      }
      break;
    case Kind::kTensor:
    case Kind::kAnyTensor:
    case Kind::kIndices: out.tensor = scalar(std::stod(p.fallback), DType::kInt32); break;
    default: out.given = false;
  }
}

void convert(const Function& f, PyObject* const* bound, Argument* out) {
  size_t count = f.params.size();
  std::optional<DType> dtype;
  bool array_first = f.array_decides && py::isinstance<py::array>(bound[0]);
  for (size_t i = 0; i < count && !array_first; ++i) {
    if (f.params[i].kind == Kind::kTensor) find_dtype(bound[i], dtype);
    if (f.params[i].kind == Kind::kTensors) find_dtype_in_list(bound[i], dtype);
  }
  for (size_t i = 0; i < count; ++i) {
    const Param& p = f.params[i];
    PyObject* o = bound[i];
    Argument& a = out[i];
    if (o == nullptr) {
      set_default(p, a);
      // A default number beside tensors is of their dtype.
      if (p.kind == Kind::kTensor && a.given && dtype) a.tensor = cast(a.tensor, *dtype);
      continue;
    }
    if (o == Py_None && p.fallback != nullptr) {
      if (std::string_view(p.fallback) != "None" && p.kind != Kind::kName) set_default(p, a);
      continue;
    }
    a.given = true;
    switch (p.kind) {
      case Kind::kTensor: a.tensor = tensor_argument(o, dtype, f.name, p.name); break;
      case Kind::kTensors: a.tensors = list_argument(o, dtype, f, p.name); break;
      case Kind::kAnyTensor: {
        std::optional<DType> own;
        a.tensor = tensor_argument(o, own, f.name, p.name);
        break;
      }
      case Kind::kIndices: {
        Operand x;
        if (as_operand(o, x)) {
          a.tensor = x.held();
        } else {  // on the host, who looks at what the user wrote
          DeviceScope host{Device{}};
          a.tensor = to_tensor(o, {}, DType::kInt32, f.name, p.name);
        }
        // An empty list says nothing of its type.
        if (a.tensor.size() == 0 && PySequence_Check(o) && !is_tensor(o) && !is_variable(o)) {
          a.tensor = cast(a.tensor, DType::kInt32);
        }
        break;
      }
      case Kind::kInts:
      case Kind::kShape: a.ints = to_dims(o, f.name, p.name, &a.is_list); break;
      case Kind::kInt: a.integer = integer_argument(o, f.name, p.name); break;
      case Kind::kFloat: {
        a.real = PyFloat_AsDouble(o);
        if (a.real == -1 && PyErr_Occurred()) throw py::error_already_set();
        break;
      }
      case Kind::kBool: {
        int truth = PyObject_IsTrue(o);
        if (truth < 0) throw py::error_already_set();
        a.boolean = truth;
        break;
      }
      case Kind::kString: {
        if (!PyUnicode_Check(o)) {
          fail(ErrorKind::kType, f.name, ": ", p.name, " must be a string, got ",
               py::cast<std::string>(py::repr(o)));
        }
        a.string = PyUnicode_AsUTF8(o);
        break;
      }
      case Kind::kDType: a.dtype = parse_dtype(o); break;
      case Kind::kName: break;
    }
  }
}

int64_t work_of(const Argument* values, size_t count) {
  int64_t work = 0;
  for (size_t i = 0; i < count; ++i) {
    if (values[i].tensor.defined()) work += values[i].tensor.size();
    for (const Tensor& t : values[i].tensors) work += t.size();
  }
  return work;
}

// A function that is traced for all examples at once: gives up where a result depends on its input
// without a recording of how.
void require_recorded(const Function& f, const Argument* values, size_t count, const Tensors& out) {
  constexpr std::string_view kShapeAlone[] = {"ones_like", "rank", "shape", "size", "zeros_like"};
  if (std::find(std::begin(kShapeAlone), std::end(kShapeAlone), f.name) != std::end(kShapeAlone)) {
    return;
  }
  bool depends = false;
  for (size_t i = 0; i < count; ++i) {
    depends |= values[i].tensor.defined() && watched(values[i].tensor);
    for (const Tensor& t : values[i].tensors) depends |= watched(t);
  }
  if (!depends) return;
  for (const Tensor& t : out) {
    if (!watched(t)) note_effect(f.name);
  }
}

PyObject* call_general(PyFunction* self, PyObject* const* args, Py_ssize_t n, PyObject* keywords) {
  const Function& f = *self->function;
  PyObject* bound[kMaxParams];
  bind(self, args, n, keywords, bound);
  size_t count = f.params.size();
  SmallVector<Argument, 5> values(count);
  convert(f, bound, values.data());
  Tensors out;
  auto run = [&] {
    if (f.call) {
      out = f.call(Arguments({values.data(), count}));
    } else if (f.unary) {
      out = {f.unary(values[0].tensor)};
    } else {
      out = {f.binary(values[0].tensor, values[1].tensor)};
    }
  };
  auto run_softly = [&] {
    try {
      run();
    } catch (const NoKernel& missing) {
      if (!soft_placement()) throw;
      DeviceScope host{Device{}};
      for (Argument& a : values) {
        a.tensor = all_to_device(a.tensor, Device{});
        a.tensors = all_to_device(a.tensors, Device{});
      }
      run();
      out = all_to_device(out, missing.device());
    }
  };
  if (work_of(values.data(), count) < kReleaseGilFrom / 4) {
    run_softly();
  } else {
    py::gil_scoped_release release;
    run_softly();
  }
  if (t_function_traces > 0) [[unlikely]]
    require_recorded(f, values.data(), count, out);
  if (t_device != nullptr) [[unlikely]] {  // what was made by the host
    for (Tensor& t : out) t = to_device(t, *t_device);
  }
  if (!f.returns_list) return wrap_for(self, std::move(out[0]));
  return self->array ? wrap_array_list(out) : wrap_list(out);
}

// Lists that need no conversion: false for any other.
bool plain_ints(PyObject* o, Dims& out) {
  if (!PyList_CheckExact(o) && !PyTuple_CheckExact(o)) return false;
  PyObject** items = PySequence_Fast_ITEMS(o);
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); ++i) {
    int overflow = 0;
    if (!PyLong_CheckExact(items[i])) return false;
    out.push_back(PyLong_AsLongLongAndOverflow(items[i], &overflow));
    if (overflow) return false;
  }
  return true;
}
bool plain_tensors(PyObject* o, Tensors& out) {
  if (!PyList_CheckExact(o) && !PyTuple_CheckExact(o)) return false;
  PyObject** items = PySequence_Fast_ITEMS(o);
  Py_ssize_t count = PySequence_Fast_GET_SIZE(o);
  out.reserve(size_t(count));
  int64_t work = 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!is_tensor(items[i])) return false;
    const Tensor& t = tensor_of(items[i]);
    if (i > 0 && t.dtype() != out[0].dtype()) return false;
    if ((work += t.size()) >= kReleaseGilFrom / 4) return false;
    out.push_back(t);
  }
  return count > 0;
}

bool is_number(PyObject* o) { return PyFloat_CheckExact(o) || PyLong_CheckExact(o); }

PyObject* call(PyObject* callable, PyObject* const* args, size_t flags, PyObject* keywords) {
  PyFunction* self = function_of(callable);
  Py_ssize_t n = PyVectorcall_NARGS(flags);
  const Function& f = *self->function;
  try {
    if (keywords == nullptr && t_function_traces == 0) [[likely]] {
      Operand x, y;
      if (n == 1 && f.unary && as_operand(args[0], x) && x->size() < kReleaseGilFrom) {
        return wrap_for(self, softly(f.unary, *x));
      }
      if (n == 2 && f.binary) {
        bool left = as_operand(args[0], x), right = as_operand(args[1], y);
        if (left && !right && is_number(args[1])) {
          y.own(operand_like(args[1], x->dtype(), f.name, f.params[1].name));
        } else if (right && !left && is_number(args[0])) {
          x.own(operand_like(args[0], y->dtype(), f.name, f.params[0].name));
        }
        if (x.set() && y.set() && x->size() + y->size() < kReleaseGilFrom) {
          return wrap_for(self, softly(f.binary, *x, *y));
        }
      }
      if (n == 2 && f.with_ints && as_operand(args[0], x) && x->size() < kReleaseGilFrom / 4) {
        Dims ints;
        if (plain_ints(args[1], ints)) return wrap_for(self, f.with_ints(*x, ints));
      }
      if (n == 2 && f.joining && t_device == nullptr && PyLong_CheckExact(args[1])) {
        int overflow = 0;
        int64_t axis = PyLong_AsLongLongAndOverflow(args[1], &overflow);
        Tensors list;
        if (!overflow && plain_tensors(args[0], list)) {
          return wrap_for(self, f.joining(list, axis));
        }
      }
    }
    return call_general(self, args, n, keywords);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

// -- Attributes -----------------------------------------------------------------------------------

std::string parameter_text(const Function& f) {
  std::string text;
  for (const Param& p : f.params) {
    if (!text.empty()) text += ", ";
    text += p.name;
    if (p.fallback) text += std::string("=") + p.fallback;
  }
  return text;
}

PyObject* get_name(PyObject* self, void*) {
  return PyUnicode_FromString(function_of(self)->function->name);
}
PyObject* get_doc(PyObject* self, void*) {
  return PyUnicode_FromString(function_of(self)->function->doc.c_str());
}
PyObject* get_module(PyObject* self, void*) { return Py_NewRef(function_of(self)->module); }
PyObject* get_text_signature(PyObject* self, void*) {
  return PyUnicode_FromString(("(" + parameter_text(*function_of(self)->function) + ")").c_str());
}
PyObject* get_signature(PyObject* self, void*) {
  PyFunction* o = function_of(self);
  try {
    if (o->signature == nullptr) {
      py::dict scope;
      scope["tf"] = py::module_::import("pyten");
      py::object lambda = py::eval("lambda " + parameter_text(*o->function) + ": None", scope);
      o->signature = py::module_::import("inspect").attr("signature")(lambda).release().ptr();
    }
    return Py_NewRef(o->signature);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
PyObject* get_dtypes(PyObject* self, void*) {
  DTypeSet set = function_of(self)->function->dtypes;
  try {
    py::list out;
    for (int d = 0; d < kDTypeCount; ++d) {
      if (set.contains(DType(d))) out.append(name_of(DType(d)));
    }
    return py::tuple(out).release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
PyObject* get_differentiable(PyObject* self, void*) {
  return PyBool_FromLong(function_of(self)->function->differentiable);
}

// Parameter kinds and defaults, for the stub generator and the reference.
PyObject* get_parameters(PyObject* self, void*) {
  static const char* kKinds[] = {"tensor", "tensors", "indices", "any_tensor", "ints",  "shape",
                                 "int",    "float",   "bool",    "string",     "dtype", "name"};
  try {
    py::list out;
    for (const Param& p : function_of(self)->function->params) {
      out.append(py::make_tuple(p.name, kKinds[int(p.kind)],
                                p.fallback ? py::object(py::str(p.fallback)) : py::none()));
    }
    return out.release().ptr();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
PyObject* get_returns_list(PyObject* self, void*) {
  return PyBool_FromLong(function_of(self)->function->returns_list);
}

PyGetSetDef kGetSet[] = {
    {"__name__", get_name, nullptr, nullptr, nullptr},
    {"__qualname__", get_name, nullptr, nullptr, nullptr},
    {"__doc__", get_doc, nullptr, nullptr, nullptr},
    {"__module__", get_module, nullptr, nullptr, nullptr},
    {"__text_signature__", get_text_signature, nullptr, nullptr, nullptr},
    {"__signature__", get_signature, nullptr, nullptr, nullptr},
    {"dtypes", get_dtypes, nullptr, "Names of the dtypes that the first tensor may have.", nullptr},
    {"differentiable", get_differentiable, nullptr, "Whether a gradient flows through.", nullptr},
    {"_parameters", get_parameters, nullptr, nullptr, nullptr},
    {"_returns_list", get_returns_list, nullptr, nullptr, nullptr},
    {},
};

PyObject* function_repr(PyObject* self) {
  const Function& f = *function_of(self)->function;
  return PyUnicode_FromFormat("<pyten function %s(%s)>", f.name, parameter_text(f).c_str());
}

// Pickled by name.
PyObject* function_reduce(PyObject* self, PyObject*) { return get_name(self, nullptr); }

void function_dealloc(PyObject* self) {
  PyFunction* o = function_of(self);
  PyTypeObject* type = Py_TYPE(self);
  if (o->weakrefs) PyObject_ClearWeakRefs(self);
  Py_CLEAR(o->names);
  Py_CLEAR(o->signature);
  Py_CLEAR(o->module);
  type->tp_free(self);
  Py_DECREF(type);
}

PyMethodDef kMethods[] = {
    {"__reduce__", function_reduce, METH_NOARGS, nullptr},
    {},
};
PyMemberDef kMembers[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(PyFunction, vectorcall), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(PyFunction, weakrefs), READONLY, nullptr},
    {},
};

PyObject* make_function(const Function& f, bool array = false) {
  if (f.params.size() > size_t(kMaxParams)) {
    fail(ErrorKind::kInternal, f.name, ": more than ", kMaxParams, " parameters");
  }
  auto* o = PyObject_New(PyFunction, g_function_type);
  if (o == nullptr) throw py::error_already_set();
  o->vectorcall = call;
  o->function = &f;
  o->signature = nullptr;
  o->weakrefs = nullptr;
  o->array = array;
  o->module = PyUnicode_InternFromString("pyten._core");
  o->names = PyTuple_New(Py_ssize_t(f.params.size()));
  for (size_t i = 0; i < f.params.size(); ++i) {
    PyTuple_SET_ITEM(o->names, Py_ssize_t(i), PyUnicode_InternFromString(f.params[i].name));
  }
  return reinterpret_cast<PyObject*>(o);
}

}  // namespace

py::dict array_functions() {
  py::dict out;
  for (const Function& f : functions()) {
    out[f.name] = py::reinterpret_steal<py::object>(make_function(f, true));
  }
  return out;
}

void init_functions(py::module_& m) {
  PyType_Slot slots[] = {
      {Py_tp_dealloc, (void*)function_dealloc},
      {Py_tp_call, (void*)PyVectorcall_Call},
      {Py_tp_repr, (void*)function_repr},
      {Py_tp_getset, kGetSet},
      {Py_tp_methods, kMethods},
      {Py_tp_members, kMembers},
      {},
  };
  PyType_Spec spec = {"pyten._core.Function", sizeof(PyFunction), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL, slots};
  g_function_type = add_type(m, "Function", spec);
  py::list names;
  for (const Function& f : functions()) {
    m.attr(f.name) = py::reinterpret_steal<py::object>(make_function(f));
    names.append(f.name);
  }
  m.attr("_function_names") = names;
}

}  // namespace pyten::bindings
