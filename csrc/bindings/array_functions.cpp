// The elementwise functions of the array API standard: builtin functions with positional
// parameters, which promote their operands and give Arrays.
#include <deque>

#include "bindings/array.h"
#include "core/error.h"
#include "ops/ops.h"

namespace pyten::bindings {

namespace standard {

namespace {
Tensor as_bool(const Tensor& x) { return cast(x, DType::kBool); }

// Functions that need floating numbers: integers and bools become float64.
Tensor floating(const Tensor& x) { return is_inexact(x.dtype()) ? x : cast(x, DType::kFloat64); }
template <ArrayUnary f>
Tensor of_floats(const Tensor& x) {
  return f(floating(x));
}
template <ArrayBinary f>
Tensor of_floats(const Tensor& x, const Tensor& y) {
  return f(floating(x), floating(y));
}

// Rounding, which leaves integers as they are.
template <ArrayUnary f>
Tensor to_whole(const Tensor& x) {
  return is_integer(x.dtype()) ? identity(x) : f(x);
}

// A complex array's memory as pairs of real numbers, and back.
Tensor as_pairs(const Tensor& z) {
  Tensor c = contiguous(z);
  Shape shape = c.shape();
  shape.push_back(2);
  return Tensor::view(Ref<Storage>(c.impl()->storage), c.impl()->data, shape,
                      contiguous_strides(shape), real_of(c.dtype()));
}
Tensor from_pairs(const Tensor& pairs, DType dtype) {
  Tensor c = contiguous(pairs);
  Shape shape(c.shape().begin(), c.shape().end() - 1);
  return Tensor::view(Ref<Storage>(c.impl()->storage), c.impl()->data, shape,
                      contiguous_strides(shape), dtype);
}
Tensor rounded(const Tensor& x) {
  return is_complex(x.dtype()) ? from_pairs(rint(as_pairs(x)), x.dtype()) : rint(x);
}

// exp(z) - 1 with the standard's sign of zero: +0 real for a real part of -0.
Tensor complex_expm1(const Tensor& z) {
  Tensor zero = Tensor::empty({}, z.dtype());
  if (z.dtype() == DType::kComplex64) {
    static_cast<float*>(zero.mutable_data())[0] = 0;
    static_cast<float*>(zero.mutable_data())[1] = -0.f;
  } else {
    static_cast<double*>(zero.mutable_data())[0] = 0;
    static_cast<double*>(zero.mutable_data())[1] = -0.;
  }
  return add(pyten::expm1(z), zero);
}
Tensor exp_less_one(const Tensor& x) {
  return is_complex(x.dtype()) ? complex_expm1(x) : pyten::expm1(floating(x));
}

Tensor conjugated(const Tensor& x) { return is_complex(x.dtype()) ? conj(x) : identity(x); }
Tensor real_part(const Tensor& x) { return is_complex(x.dtype()) ? real(x) : identity(x); }
Tensor imaginary_part(const Tensor& x) { return is_complex(x.dtype()) ? imag(x) : zeros_like(x); }

// NaN or infinite in either part; integers and bools are neither.
template <ArrayUnary f>
Tensor either_part(const Tensor& x) {
  if (is_complex(x.dtype())) return logical_or(f(real(x)), f(imag(x)));
  return is_floating(x.dtype()) ? f(x) : zeros(x.shape(), DType::kBool);
}
Tensor finite(const Tensor& x) {
  if (is_complex(x.dtype())) return logical_and(is_finite(real(x)), is_finite(imag(x)));
  return is_floating(x.dtype()) ? is_finite(x) : ones(x.shape(), DType::kBool);
}

Tensor signs(const Tensor& x) {
  return is_unsigned(x.dtype()) ? cast(as_bool(x), x.dtype()) : sign(x);
}

template <ArrayBinary f>
Tensor of_bools(const Tensor& x, const Tensor& y) {
  return f(as_bool(x), as_bool(y));
}
Tensor negation(const Tensor& x) { return logical_not(as_bool(x)); }

// NumPy orders bools as 0 and 1.
template <ArrayBinary f>
Tensor of_numbers(const Tensor& x, const Tensor& y) {
  if (x.dtype() != DType::kBool) return f(x, y);
  return f(cast(x, DType::kUInt8), cast(y, DType::kUInt8));
}
}  // namespace

Tensor absolute(const Tensor& x) { return is_unsigned(x.dtype()) ? identity(x) : abs(x); }
Tensor negative(const Tensor& x) {
  return is_unsigned(x.dtype()) ? subtract(zeros_like(x), x) : pyten::negative(x);
}
Tensor complement(const Tensor& x) {
  return x.dtype() == DType::kBool ? logical_not(x) : invert(x);
}
namespace {
// Nothing is left of a number that is shifted by its width or more; the op shifts by one bit less.
Tensor unless_shifted_out(const Tensor& x, const Tensor& y, const Tensor& shifted) {
  auto width = double(8 * size_of(y.dtype()));
  if (y.size() == 1 && cast(y, DType::kFloat64).data_as<double>()[0] < width) return shifted;
  return select(pyten::less(y, scalar(width, y.dtype())), shifted, scalar(0, x.dtype()));
}
}  // namespace

Tensor left_shift(const Tensor& x, const Tensor& y) {
  return unless_shifted_out(x, y, pyten::left_shift(x, y));
}
Tensor right_shift(const Tensor& x, const Tensor& y) {
  Tensor shifted = pyten::right_shift(x, y);
  return is_unsigned(x.dtype()) ? unless_shifted_out(x, y, shifted) : shifted;
}
Tensor remainder(const Tensor& x, const Tensor& y) {
  return is_floating(x.dtype()) ? pyten::remainder(x, y) : floormod(x, y);
}
Tensor divide(const Tensor& x, const Tensor& y) { return of_floats<pyten::divide>(x, y); }
Tensor less(const Tensor& x, const Tensor& y) { return of_numbers<pyten::less>(x, y); }
Tensor less_equal(const Tensor& x, const Tensor& y) { return of_numbers<pyten::less_equal>(x, y); }
Tensor greater(const Tensor& x, const Tensor& y) { return of_numbers<pyten::greater>(x, y); }
Tensor greater_equal(const Tensor& x, const Tensor& y) {
  return of_numbers<pyten::greater_equal>(x, y);
}

// Vectors as well: one on the left is a row, one on the right a column, without the axis.
Tensor matmul(const Tensor& x, const Tensor& y) {
  if (x.rank() == 0 || y.rank() == 0) {
    fail(ErrorKind::kInvalidArgument,
         "matmul: x1 and x2 must have at least one axis, got x1.shape=", tuple_text(x.shape()),
         " and x2.shape=", tuple_text(y.shape()));
  }
  if (is_integer(x.dtype()) && x.dtype() != DType::kInt64) {
    // Products wrap alike in 64 bits.
    return cast(standard::matmul(cast(x, DType::kInt64), cast(y, DType::kInt64)), x.dtype());
  }
  if (x.rank() > 1 && y.rank() > 1) return pyten::matmul(x, y);
  Tensor left = x.rank() == 1 ? expand_dims(x, 0) : x;
  Tensor right = y.rank() == 1 ? expand_dims(y, 1) : y;
  Tensor out = pyten::matmul(left, right);
  Dims axes;
  if (x.rank() == 1) axes.push_back(out.rank() - 2);
  if (y.rank() == 1) axes.push_back(out.rank() - 1);
  return squeeze(out, axes);
}

}  // namespace standard

namespace {

template <ArrayUnary f>
PyObject* call1(PyObject*, PyObject* x) {
  return call_array_unary(f, x);
}

PyObject* checked(PyObject* result, const char* name, PyObject* const* args) {
  if (result != Py_NotImplemented) return result;
  Py_DECREF(result);
  return PyErr_Format(PyExc_TypeError,
                      "%s: expected arrays, or an array and a Python number, got %s and %s", name,
                      type_name(args[0]), type_name(args[1]));
}

template <ArrayBinary f, const char* const& name>
PyObject* call2(PyObject*, PyObject* const* args, Py_ssize_t n) {
  if (n != 2) {
    return PyErr_Format(PyExc_TypeError, "%s() takes 2 positional arguments but %zd were given",
                        name, n);
  }
  return checked(call_array_binary(f, args[0], args[1]), name, args);
}

struct Row {
  const char* name;
  const char* summary;     // completes "Computes … of each element", or "… element by element"
  const char* example[2];  // a call and its result
  PyCFunction unary;
  PyCFunction binary;
};

using namespace standard;  // NOLINT: the rows read as the standard has them

// clang-format off
#define NAMED(id) static constexpr const char* const name_##id = #id
NAMED(add); NAMED(atan2); NAMED(bitwise_and); NAMED(bitwise_left_shift); NAMED(bitwise_or);
NAMED(bitwise_right_shift); NAMED(bitwise_xor); NAMED(copysign); NAMED(divide); NAMED(equal);
NAMED(floor_divide); NAMED(greater); NAMED(greater_equal); NAMED(hypot); NAMED(less);
NAMED(less_equal); NAMED(logaddexp); NAMED(logical_and); NAMED(logical_or); NAMED(logical_xor);
NAMED(maximum); NAMED(minimum); NAMED(multiply); NAMED(nextafter); NAMED(not_equal); NAMED(pow);
NAMED(remainder); NAMED(subtract);
// clang-format on
#undef NAMED

#define UNARY(id, f, summary, ...) {#id, summary, {__VA_ARGS__}, call1<f>, nullptr}
#define BINARY(id, f, summary, ...) \
  {#id, summary, {__VA_ARGS__}, nullptr, (PyCFunction)(void*)call2<f, name_##id>}

const Row kRows[] = {
    UNARY(abs, standard::absolute, "the absolute value", ">>> xp.abs(xp.asarray([-1.5, 2.]))",
          "Array([1.5, 2. ], dtype=float64)"),
    UNARY(acos, of_floats<acos>, "the inverse cosine, in radians",
          ">>> xp.acos(xp.asarray([0., 0.5]))", "Array([1.57079633, 1.04719755], dtype=float64)"),
    UNARY(acosh, of_floats<acosh>, "the inverse hyperbolic cosine",
          ">>> xp.acosh(xp.asarray([1., 2.]))", "Array([0.       , 1.3169579], dtype=float64)"),
    UNARY(asin, of_floats<asin>, "the inverse sine, in radians",
          ">>> xp.asin(xp.asarray([0., 0.5]))", "Array([0.        , 0.52359878], dtype=float64)"),
    UNARY(asinh, of_floats<asinh>, "the inverse hyperbolic sine",
          ">>> xp.asinh(xp.asarray([0., 0.5]))", "Array([0.        , 0.48121183], dtype=float64)"),
    UNARY(atan, of_floats<atan>, "the inverse tangent, in radians",
          ">>> xp.atan(xp.asarray([0., 0.5]))", "Array([0.        , 0.46364761], dtype=float64)"),
    UNARY(atanh, of_floats<atanh>, "the inverse hyperbolic tangent",
          ">>> xp.atanh(xp.asarray([0., 0.5]))", "Array([0.        , 0.54930614], dtype=float64)"),
    UNARY(bitwise_invert, standard::complement, "the bitwise complement",
          ">>> xp.bitwise_invert(xp.asarray([0, 5]))", "Array([-1, -6], dtype=int64)"),
    UNARY(ceil, to_whole<pyten::ceil>, "the smallest integer not below x",
          ">>> xp.ceil(xp.asarray([-1.5, 1.5]))", "Array([-1.,  2.], dtype=float64)"),
    UNARY(conj, conjugated, "the complex conjugate", ">>> xp.conj(xp.asarray([1 + 2j]))",
          "Array([1.-2.j], dtype=complex128)"),
    UNARY(cos, of_floats<cos>, "the cosine of x in radians", ">>> xp.cos(xp.asarray([0., 0.5]))",
          "Array([1.        , 0.87758256], dtype=float64)"),
    UNARY(cosh, of_floats<cosh>, "the hyperbolic cosine", ">>> xp.cosh(xp.asarray([0., 0.5]))",
          "Array([1.        , 1.12762597], dtype=float64)"),
    UNARY(exp, of_floats<exp>, "the exponential", ">>> xp.exp(xp.asarray([0., 1.]))",
          "Array([1.        , 2.71828183], dtype=float64)"),
    UNARY(expm1, exp_less_one, "exp(x) - 1", ">>> xp.expm1(xp.asarray([0., 1.]))",
          "Array([0.        , 1.71828183], dtype=float64)"),
    UNARY(floor, to_whole<pyten::floor>, "the largest integer not above x",
          ">>> xp.floor(xp.asarray([-1.5, 1.5]))", "Array([-2.,  1.], dtype=float64)"),
    UNARY(imag, imaginary_part, "the imaginary part", ">>> xp.imag(xp.asarray([1 + 2j]))",
          "Array([2.], dtype=float64)"),
    UNARY(isfinite, finite, "whether it is neither infinite nor NaN",
          ">>> xp.isfinite(xp.asarray([1., xp.inf]))", "Array([ True, False], dtype=bool)"),
    UNARY(isinf, either_part<is_inf>, "whether it is infinite",
          ">>> xp.isinf(xp.asarray([1., xp.inf]))", "Array([False,  True], dtype=bool)"),
    UNARY(isnan, either_part<is_nan>, "whether it is NaN", ">>> xp.isnan(xp.asarray([1., xp.nan]))",
          "Array([False,  True], dtype=bool)"),
    UNARY(log, of_floats<log>, "the natural logarithm", ">>> xp.log(xp.asarray([1., 2.]))",
          "Array([0.        , 0.69314718], dtype=float64)"),
    UNARY(log1p, of_floats<log1p>, "log(1 + x)", ">>> xp.log1p(xp.asarray([0., 1.]))",
          "Array([0.        , 0.69314718], dtype=float64)"),
    UNARY(log2, of_floats<log2>, "the logarithm to base 2", ">>> xp.log2(xp.asarray([1., 8.]))",
          "Array([0., 3.], dtype=float64)"),
    UNARY(log10, of_floats<log10>, "the logarithm to base 10",
          ">>> xp.log10(xp.asarray([1., 100.]))", "Array([0., 2.], dtype=float64)"),
    UNARY(logical_not, negation, "the logical negation",
          ">>> xp.logical_not(xp.asarray([True, False]))", "Array([False,  True], dtype=bool)"),
    UNARY(negative, standard::negative, "-x", ">>> xp.negative(xp.asarray([1, -2]))",
          "Array([-1,  2], dtype=int64)"),
    UNARY(positive, identity, "x itself", ">>> xp.positive(xp.asarray([1, -2]))",
          "Array([ 1, -2], dtype=int64)"),
    UNARY(real, real_part, "the real part", ">>> xp.real(xp.asarray([1 + 2j]))",
          "Array([1.], dtype=float64)"),
    UNARY(reciprocal, of_floats<reciprocal>, "1 / x", ">>> xp.reciprocal(xp.asarray([2., 4.]))",
          "Array([0.5 , 0.25], dtype=float64)"),
    UNARY(round, to_whole<rounded>, "the nearest integer, halves to the even one",
          ">>> xp.round(xp.asarray([0.5, 1.5, 1.7]))", "Array([0., 2., 2.], dtype=float64)"),
    UNARY(sign, signs, "-1, 0 or 1, or z / |z|", ">>> xp.sign(xp.asarray([-2., 0., 3.]))",
          "Array([-1.,  0.,  1.], dtype=float64)"),
    UNARY(signbit, of_floats<signbit>, "whether the sign bit is set, also of zeros and NaNs",
          ">>> xp.signbit(xp.asarray([-0., 0.]))", "Array([ True, False], dtype=bool)"),
    UNARY(sin, of_floats<sin>, "the sine of x in radians", ">>> xp.sin(xp.asarray([0., 0.5]))",
          "Array([0.        , 0.47942554], dtype=float64)"),
    UNARY(sinh, of_floats<sinh>, "the hyperbolic sine", ">>> xp.sinh(xp.asarray([0., 0.5]))",
          "Array([0.        , 0.52109531], dtype=float64)"),
    UNARY(sqrt, of_floats<sqrt>, "the square root", ">>> xp.sqrt(xp.asarray([4., 9.]))",
          "Array([2., 3.], dtype=float64)"),
    UNARY(square, square, "x * x", ">>> xp.square(xp.asarray([2, 3]))",
          "Array([4, 9], dtype=int64)"),
    UNARY(tan, of_floats<tan>, "the tangent of x in radians", ">>> xp.tan(xp.asarray([0., 0.5]))",
          "Array([0.        , 0.54630249], dtype=float64)"),
    UNARY(tanh, of_floats<tanh>, "the hyperbolic tangent", ">>> xp.tanh(xp.asarray([0., 0.5]))",
          "Array([0.        , 0.46211716], dtype=float64)"),
    UNARY(trunc, to_whole<pyten::trunc>, "the next integer towards 0",
          ">>> xp.trunc(xp.asarray([-1.5, 1.5]))", "Array([-1.,  1.], dtype=float64)"),
    BINARY(add, add, "x1 + x2", ">>> xp.add(xp.asarray([1, 2]), xp.asarray([3, 4]))",
           "Array([4, 6], dtype=int64)"),
    BINARY(atan2, of_floats<atan2>, "the angle of the point (x2, x1), in radians",
           ">>> xp.atan2(xp.asarray([1.]), xp.asarray([1.]))",
           "Array([0.78539816], dtype=float64)"),
    BINARY(bitwise_and, bitwise_and, "the bitwise and",
           ">>> xp.bitwise_and(xp.asarray([6]), xp.asarray([3]))", "Array([2], dtype=int64)"),
    BINARY(bitwise_left_shift, standard::left_shift, "x1 shifted left by x2 bits",
           ">>> xp.bitwise_left_shift(xp.asarray([1, 2]), xp.asarray([3]))",
           "Array([ 8, 16], dtype=int64)"),
    BINARY(bitwise_or, bitwise_or, "the bitwise or",
           ">>> xp.bitwise_or(xp.asarray([6]), xp.asarray([3]))", "Array([7], dtype=int64)"),
    BINARY(bitwise_right_shift, standard::right_shift, "x1 shifted right by x2 bits, with its sign",
           ">>> xp.bitwise_right_shift(xp.asarray([8, -8]), xp.asarray([1]))",
           "Array([ 4, -4], dtype=int64)"),
    BINARY(bitwise_xor, bitwise_xor, "the bitwise exclusive or",
           ">>> xp.bitwise_xor(xp.asarray([6]), xp.asarray([3]))", "Array([5], dtype=int64)"),
    BINARY(copysign, of_floats<copysign>, "|x1| with the sign of x2",
           ">>> xp.copysign(xp.asarray([1., 2.]), xp.asarray([-1., 1.]))",
           "Array([-1.,  2.], dtype=float64)"),
    BINARY(divide, standard::divide, "x1 / x2",
           ">>> xp.divide(xp.asarray([1., 2.]), xp.asarray([4.]))",
           "Array([0.25, 0.5 ], dtype=float64)"),
    BINARY(equal, equal, "whether x1 == x2", ">>> xp.equal(xp.asarray([1, 2]), xp.asarray([1, 3]))",
           "Array([ True, False], dtype=bool)"),
    BINARY(floor_divide, floordiv, "floor(x1 / x2)",
           ">>> xp.floor_divide(xp.asarray([7, -7]), xp.asarray([2]))",
           "Array([ 3, -4], dtype=int64)"),
    BINARY(greater, standard::greater, "whether x1 > x2",
           ">>> xp.greater(xp.asarray([1, 2]), xp.asarray([1]))",
           "Array([False,  True], dtype=bool)"),
    BINARY(greater_equal, standard::greater_equal, "whether x1 >= x2",
           ">>> xp.greater_equal(xp.asarray([1, 2]), xp.asarray([2]))",
           "Array([False,  True], dtype=bool)"),
    BINARY(hypot, of_floats<hypot>, "sqrt(x1^2 + x2^2) without overflow on the way",
           ">>> xp.hypot(xp.asarray([3.]), xp.asarray([4.]))", "Array([5.], dtype=float64)"),
    BINARY(less, standard::less, "whether x1 < x2",
           ">>> xp.less(xp.asarray([1, 2]), xp.asarray([2]))", "Array([ True, False], dtype=bool)"),
    BINARY(less_equal, standard::less_equal, "whether x1 <= x2",
           ">>> xp.less_equal(xp.asarray([1, 2]), xp.asarray([1]))",
           "Array([ True, False], dtype=bool)"),
    BINARY(logaddexp, of_floats<logaddexp>, "log(exp(x1) + exp(x2)) without overflow on the way",
           ">>> xp.logaddexp(xp.asarray([0.]), xp.asarray([0.]))",
           "Array([0.69314718], dtype=float64)"),
    BINARY(logical_and, of_bools<logical_and>, "the logical and",
           ">>> xp.logical_and(xp.asarray([True, False]), xp.asarray([True]))",
           "Array([ True, False], dtype=bool)"),
    BINARY(logical_or, of_bools<logical_or>, "the logical or",
           ">>> xp.logical_or(xp.asarray([True, False]), xp.asarray([False]))",
           "Array([ True, False], dtype=bool)"),
    BINARY(logical_xor, of_bools<logical_xor>, "the logical exclusive or",
           ">>> xp.logical_xor(xp.asarray([True, False]), xp.asarray([True]))",
           "Array([False,  True], dtype=bool)"),
    BINARY(maximum, maximum, "the larger of x1 and x2; NaN if either is",
           ">>> xp.maximum(xp.asarray([1, 4]), xp.asarray([3, 2]))", "Array([3, 4], dtype=int64)"),
    BINARY(minimum, minimum, "the smaller of x1 and x2; NaN if either is",
           ">>> xp.minimum(xp.asarray([1, 4]), xp.asarray([3, 2]))", "Array([1, 2], dtype=int64)"),
    BINARY(multiply, multiply, "x1 * x2", ">>> xp.multiply(xp.asarray([1, 2]), xp.asarray([3, 4]))",
           "Array([3, 8], dtype=int64)"),
    BINARY(nextafter, of_floats<nextafter>, "the number next to x1 towards x2",
           ">>> xp.nextafter(xp.asarray([1.]), xp.asarray([2.]))", "Array([1.], dtype=float64)"),
    BINARY(not_equal, not_equal, "whether x1 != x2",
           ">>> xp.not_equal(xp.asarray([1, 2]), xp.asarray([1, 3]))",
           "Array([False,  True], dtype=bool)"),
    BINARY(pow, pow, "x1 to the power of x2", ">>> xp.pow(xp.asarray([2., 3.]), xp.asarray([2.]))",
           "Array([4., 9.], dtype=float64)"),
    BINARY(remainder, standard::remainder, "the remainder of floor(x1 / x2), with the sign of x2",
           ">>> xp.remainder(xp.asarray([7, -7]), xp.asarray([3]))", "Array([1, 2], dtype=int64)"),
    BINARY(subtract, subtract, "x1 - x2", ">>> xp.subtract(xp.asarray([3, 4]), xp.asarray([1, 1]))",
           "Array([2, 3], dtype=int64)"),
};

std::string doc_of(const Row& row) {
  std::string doc = row.name;
  if (row.unary) {
    doc +=
        "(x, /)\n--\n\nComputes " + std::string(row.summary) +
        " of each element.\n\nArgs:\n  x: an array.\n\nReturns:\n  An Array of the same shape.\n";
  } else {
    doc +=
        "(x1, x2, /)\n--\n\nComputes " + std::string(row.summary) +
        " element by element, with broadcasting.\n\nArgs:\n  x1: an array, or a Python number "
        "when x2 is an array.\n  x2: likewise; a number takes the dtype of the array, arrays are "
        "promoted.\n\nReturns:\n  An Array of the broadcast shape.\n";
  }
  return doc + "\nExample:\n  >>> import pyten.array_api as xp\n  " + row.example[0] + "\n  " +
         row.example[1] + "\n";
}

// {name: function}, made once.
py::dict elementwise() {
  static std::deque<std::string> docs;
  static std::deque<PyMethodDef> methods;
  static PyObject* known = nullptr;
  if (known) return py::reinterpret_borrow<py::dict>(known);
  py::dict out;
  py::str module("pyten.array_api");
  for (const Row& row : kRows) {
    docs.push_back(doc_of(row));
    methods.push_back({row.name, row.unary ? row.unary : row.binary,
                       row.unary ? METH_O : METH_FASTCALL, docs.back().c_str()});
    PyObject* f = PyCFunction_NewEx(&methods.back(), nullptr, module.ptr());
    if (f == nullptr) throw py::error_already_set();
    out[row.name] = py::reinterpret_steal<py::object>(f);
  }
  known = py::object(out).release().ptr();
  return out;
}

}  // namespace

void init_array_elementwise(py::module_& m) {
  m.def("_array_elementwise", elementwise, "The elementwise functions of the standard, by name.");
}

}  // namespace pyten::bindings
