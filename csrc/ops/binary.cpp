// Elementwise functions of two tensors, with broadcasting: one record each.
#include <array>
#include <bit>

#include "ops/batch.h"
#include "ops/elementwise.h"
#include "ops/placement.h"
#include "ops/rules.h"

namespace pyten {

using kernels::Binary;

namespace {

// The whole gradient goes to the operand that was taken; to x when they are equal.
void extreme_rule(GradContext& g, Tensor (*prefers_x)(const Tensor&, const Tensor&)) {
  Tensor takes_x = prefers_x(g.saved(0), g.saved(1));
  Tensor zero = scalar(0, g.input_dtype(0));
  if (g.needs(0)) g.set(0, select(takes_x, g.dy(), zero));
  if (g.needs(1)) g.set(1, select(takes_x, zero, g.dy()));
}

void pow_rule(GradContext& g) {
  const Tensor &x = g.saved(0), &y = g.saved(1), &z = g.saved(2);
  if (g.needs(0)) {
    // 0 where y * dy is 0: the power rule is exact for constant exponents, also at x = 0.
    g.set(0, safe(conjugate(pow(x, y - like(1, y))), conjugate(y) * g.dy()));
  }
  if (g.needs(1)) {
    Tensor zero = like(0, x);
    Tensor defined = is_complex(x.dtype()) ? not_equal(x, zero) : greater(x, zero);
    Tensor log_x = select(defined, log(select(defined, x, like(1, x))), zero);
    g.set(1, g.dy() * conjugate(z * log_x));
  }
}

constexpr const char* kNone = "none flows through; the tape reports it as None.";
constexpr const char* kSafe = "0 where the incoming gradient is 0, even at a pole.";

// In the order of kernels/elementwise.def; laid out by hand, a record being read as a whole.
// clang-format off
constexpr BinaryOp kRows[] = {
    {{"add",
      [](GradContext& g) {
        g.set(0, g.dy());
        g.set(1, g.dy());
      }},
     Binary::add, kNothing, "x + y", "",
     "  >>> tf.add([1, 2], 3)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([4, 5], dtype=int32)>"},
    {{"subtract",
      [](GradContext& g) {
        g.set(0, g.dy());
        if (g.needs(1)) g.set(1, negative(g.dy()));
      }},
     Binary::subtract, kNothing, "x - y", "",
     "  >>> tf.subtract([1, 2], 3)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([-2, -1], dtype=int32)>"},
    {{"multiply",
      [](GradContext& g) {
        if (g.needs(0)) g.set(0, g.dy() * conjugate(g.saved(1)));
        if (g.needs(1)) g.set(1, g.dy() * conjugate(g.saved(0)));
      }},
     Binary::multiply, kX | kY, "x * y", "",
     "  >>> tf.multiply([1, 2], 3)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([3, 6], dtype=int32)>"},
    {{"divide",
      [](GradContext& g) {
        Tensor x = conjugate(g.saved(0)), y = conjugate(g.saved(1));
        if (g.needs(0)) g.set(0, safe(reciprocal(y), g.dy()));
        if (g.needs(1)) g.set(1, safe(negative((x / y) / y), g.dy()));
      }},
     Binary::divide, kX | kY, "x / y", kSafe,
     "  >>> tf.divide([1., 2.], 4.)\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.25, 0.5 ], dtype=float32)>"},
    {{"divide_no_nan",
      [](GradContext& g) {
        Tensor x = conjugate(g.saved(0)), y = conjugate(g.saved(1));
        if (g.needs(0)) g.set(0, divide_no_nan(g.dy(), y));
        if (g.needs(1)) g.set(1, g.dy() * divide_no_nan(divide_no_nan(negative(x), y), y));
      }},
     Binary::divide_no_nan, kX | kY, "x / y, and 0 where y is 0", "0 where y is 0."},
    {{"multiply_no_nan",
      [](GradContext& g) {
        Tensor x = conjugate(g.saved(0)), y = conjugate(g.saved(1));
        if (g.needs(0)) g.set(0, multiply_no_nan(g.dy(), y));
        if (g.needs(1)) g.set(1, multiply_no_nan(x, g.dy()));
      }},
     Binary::multiply_no_nan, kX | kY, "x * y, and 0 where y is 0 even if x is infinite or NaN", "",
     "  >>> tf.math.multiply_no_nan([np.inf, 2.], [0., 3.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 6.], dtype=float32)>"},
    {{"floordiv"}, Binary::floordiv, kNothing, "floor(x / y)", kNone,
     "  >>> tf.math.floordiv([7, -7], 2)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 3, -4], dtype=int32)>"},
    {{"floormod",
      [](GradContext& g) {
        g.set(0, g.dy());
        if (g.needs(1)) g.set(1, negative(g.dy() * floordiv(g.saved(0), g.saved(1))));
      }},
     Binary::floormod, kX | kY, "the remainder of floor(x / y), with the sign of y",
     "1 for x, -floor(x / y) for y.",
     "  >>> tf.math.floormod([7, -7], 3)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>"},
    {{"truncatediv"}, Binary::truncatediv, kNothing, "x / y rounded towards zero", kNone,
     "  >>> tf.truncatediv([7, -7], 2)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 3, -3], dtype=int32)>"},
    {{"truncatemod",
      [](GradContext& g) {
        g.set(0, g.dy());
        if (g.needs(1)) g.set(1, negative(g.dy() * truncatediv(g.saved(0), g.saved(1))));
      }},
     Binary::truncatemod, kX | kY,
     "the remainder of x / y rounded towards zero, with the sign of x",
     "1 for x, -truncate(x / y) for y.",
     "  >>> tf.truncatemod([7, -7], 3)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 1, -1], dtype=int32)>"},
    {{"pow", pow_rule}, Binary::pow, kX | kY | kOut, "x to the power of y",
     "for x the power rule, exact for constant exponents also at x = 0; for y 0 where x <= 0.",
     "  >>> tf.pow([2., 3.], 2.)\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([4., 9.], dtype=float32)>"},
    {{"maximum", [](GradContext& g) { extreme_rule(g, greater_equal); }}, Binary::maximum, kX | kY,
     "the larger of x and y; NaN if either is", "all of it to x where they are equal.",
     "  >>> tf.maximum([1., 5.], 3.)\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([3., 5.], dtype=float32)>"},
    {{"minimum", [](GradContext& g) { extreme_rule(g, less_equal); }}, Binary::minimum, kX | kY,
     "the smaller of x and y; NaN if either is", "all of it to x where they are equal.",
     "  >>> tf.minimum([1., 5.], 3.)\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 3.], dtype=float32)>"},
    {{"atan2",
      [](GradContext& g) {
        const Tensor &y = g.saved(0), &x = g.saved(1);
        Tensor r2 = square(x) + square(y);
        if (g.needs(0)) g.set(0, safe(x / r2, g.dy()));
        if (g.needs(1)) g.set(1, safe(negative(y / r2), g.dy()));
      }},
     Binary::atan2, kX | kY, "the angle of the point (x, y), in radians from -pi to pi", kSafe,
     "  >>> tf.atan2([1., 1.], [1., -1.]).numpy().round(4)\n"
     "  array([0.7854, 2.3562], dtype=float32)"},
    {{"squared_difference",
      [](GradContext& g) {
        Tensor d = g.dy() * (like(2, g.saved(0)) * (g.saved(0) - g.saved(1)));
        g.set(0, d);
        if (g.needs(1)) g.set(1, negative(d));
      }},
     Binary::squared_difference, kX | kY, "(x - y) * conj(x - y)", "",
     "  >>> tf.math.squared_difference([1., 5.], 3.)\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([4., 4.], dtype=float32)>"},
    {{"xlogy",
      [](GradContext& g) {
        Tensor x = conjugate(g.saved(0)), y = conjugate(g.saved(1));
        Tensor zero = like(0, x), at_zero = equal(x, zero);
        if (g.needs(0)) g.set(0, select(at_zero, zero, safe(log(y), g.dy())));
        if (g.needs(1)) g.set(1, select(at_zero, zero, safe(x / y, g.dy())));
      }},
     Binary::xlogy, kX | kY, "x * log(y), and 0 where x is 0", "0 where x is 0.",
     "  >>> tf.math.xlogy([0., 2.], [0., 1.])\n"
     "  <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 0.], dtype=float32)>"},
    {{"bitwise_and"}, Binary::bitwise_and, kNothing, "the bitwise and", "",
     "  >>> tf.bitwise.bitwise_and([12, 10], 6)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([4, 2], dtype=int32)>"},
    {{"bitwise_or"}, Binary::bitwise_or, kNothing, "the bitwise or", "",
     "  >>> tf.bitwise.bitwise_or([12, 10], 6)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([14, 14], dtype=int32)>"},
    {{"bitwise_xor"}, Binary::bitwise_xor, kNothing, "the bitwise exclusive or", "",
     "  >>> tf.bitwise.bitwise_xor([12, 10], 6)\n"
     "  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([10, 12], dtype=int32)>"},
    {{"equal"}, Binary::equal, kNothing, "whether x == y", "",
     "  >>> tf.equal([1, 2], [1, 3])\n"
     "  <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>"},
    {{"not_equal"}, Binary::not_equal, kNothing, "whether x != y", "",
     "  >>> tf.not_equal([1, 2], [1, 3])\n"
     "  <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>"},
    {{"less"}, Binary::less, kNothing, "whether x < y", "",
     "  >>> tf.less([1, 2, 3], 2)\n"
     "  <tf.Tensor: shape=(3,), dtype=bool, numpy=array([ True, False, False])>"},
    {{"less_equal"}, Binary::less_equal, kNothing, "whether x <= y", "",
     "  >>> tf.less_equal([1, 2, 3], 2)\n"
     "  <tf.Tensor: shape=(3,), dtype=bool, numpy=array([ True,  True, False])>"},
    {{"greater"}, Binary::greater, kNothing, "whether x > y", "",
     "  >>> tf.greater([1, 2, 3], 2)\n"
     "  <tf.Tensor: shape=(3,), dtype=bool, numpy=array([False, False,  True])>"},
    {{"greater_equal"}, Binary::greater_equal, kNothing, "whether x >= y", "",
     "  >>> tf.greater_equal([1, 2, 3], 2)\n"
     "  <tf.Tensor: shape=(3,), dtype=bool, numpy=array([False,  True,  True])>"},
};
// clang-format on
static_assert(std::size(kRows) == size_t(Binary::xlog1py));  // the first of special.def

void require_no_zero(const char* op, const Tensor& y) {
  if (y.size() == 0) return;
  if (on_host(reduce_any(equal(y, like(0, y)))).data_as<bool>()[0]) {
    fail(ErrorKind::kZeroDivision, op, ": Integer division by zero, y of shape ",
         tuple_text(y.shape()), " holds a 0");
  }
}

void require_no_negative(const Tensor& y) {
  if (is_unsigned(y.dtype()) || y.size() == 0) return;
  if (on_host(reduce_any(less(y, like(0, y)))).data_as<bool>()[0]) {
    fail(ErrorKind::kInvalidArgument,
         "pow: Integers to negative integer powers are not allowed, y of shape ",
         tuple_text(y.shape()), " holds a negative one; use tf.cast(x, tf.float32)");
  }
}

void check_integer_operands(Binary kernel, const char* op, const Tensor& y) {
  PauseRecording pause;
  switch (kernel) {
    case Binary::floordiv:
    case Binary::floormod:
    case Binary::truncatediv:
    case Binary::truncatemod: return require_no_zero(op, y);
    case Binary::pow: return require_no_negative(y);
    default: return;
  }
}

// The one stride with which all elements can be read in order: 1 for a row-major tensor, 0 for one
// element repeated (what the gradient of a sum is), -1 if there is none.
int64_t flat_stride(const Tensor& t) {
  if (t.is_contiguous()) [[likely]]
    return 1;
  for (int i = 0; i < t.rank(); ++i) {
    if (t.dim(i) > 1 && t.strides()[i] != 0) return -1;
  }
  return 0;
}

Tensor apply(const BinaryOp& op, const Tensor& x, const Tensor& y);
Tensors apply_again(const Op& op, const Tensors& x, const Attrs&) {
  return {apply(static_cast<const BinaryOp&>(op), x[0], x[1])};
}

// The rows, with what they have in common.
constexpr auto kOps = [] {
  std::array<BinaryOp, std::size(kRows)> ops = std::to_array(kRows);
  for (BinaryOp& op : ops) {
    op.call = apply_again;
    op.batch = batch_elementwise;
  }
  return ops;
}();

Tensor apply(const BinaryOp& op, const Tensor& x, const Tensor& y) {
  require_same_dtype(op.name, x, y);
  if (!together(x, y)) [[unlikely]] {
    Device at = meeting_place(op.name, {&x, &y});
    return apply(op, to_device(x, at), to_device(y, at));
  }
  DType dtype = x.dtype();
  kernels::BinaryKernel loop = kernels::table(x.device()).binary[int(op.kernel)][int(dtype)];
  if (loop == nullptr) [[unlikely]] {
    require_dtype(op.name, dtype, binary_dtypes(op.kernel));
    fail_no_kernel(op.name, x);
  }
  if (is_integer(dtype)) check_integer_operands(op.kernel, op.name, y);

  DType result = binary_result(op.kernel, dtype);
  Tensor out;
  bool same = x.shape() == y.shape();
  int64_t sx = flat_stride(x), sy = flat_stride(y);
  if (same && sx >= 0 && sy >= 0 && x.size() < kParallelFrom) [[likely]] {
    out = Tensor::empty(x.shape(), result, x.device());
    loop(x.size(), x.data(), sx, y.data(), sy, out.mutable_data(), 1);
  } else if (y.size() == 1 && y.rank() <= x.rank() && x.is_contiguous() &&
             x.size() < kParallelFrom) {
    out = Tensor::empty(x.shape(), result, x.device());
    loop(x.size(), x.data(), 1, y.data(), 0, out.mutable_data(), 1);
  } else if (x.size() == 1 && x.rank() <= y.rank() && y.is_contiguous() &&
             y.size() < kParallelFrom) {
    out = Tensor::empty(y.shape(), result, x.device());
    loop(y.size(), x.data(), 0, y.data(), 1, out.mutable_data(), 1);
  } else {
    std::optional<Shape> shape = same ? x.shape() : broadcast_shapes(x.shape(), y.shape());
    if (!shape) {
      fail(ErrorKind::kInvalidArgument, op.name, ": incompatible shapes: ", brackets(x.shape()),
           " vs. ", brackets(y.shape()), "; sizes must be equal or 1, from the last axis on");
    }
    out = Tensor::empty(*shape, result, x.device());
    Dims steps_x = broadcast_strides(x.shape(), x.strides(), *shape);
    Dims steps_y = broadcast_strides(y.shape(), y.strides(), *shape);
    kernels::watch_next(result);
    kernels::run_binary(loop, out.rank(), shape->data(), x.data(), steps_x.data(), y.data(),
                        steps_y.data(), size_of(dtype), out.mutable_data(), out.strides().data(),
                        size_of(result));
  }
  see_result(out, out.size() >= kParallelFrom);
  if (recording(x, y)) [[unlikely]] {
    switch (op.saves) {
      case kX | kY: record(op, {x, y}, {out}, {x, y}); break;
      case kX | kY | kOut: record(op, {x, y}, {out}, {x, y, out}); break;
      default: record(op, {x, y}, {out}, {});
    }
  }
  return out;
}

const Op kSelect{
    "where",
    [](GradContext& g) {
      const Tensor& condition = g.saved(0);
      Tensor zero = scalar(0, g.input_dtype(1));
      if (g.needs(1)) g.set(1, select(condition, g.dy(), zero));
      if (g.needs(2)) g.set(2, select(condition, zero, g.dy()));
    },
    [](const Op&, const Tensors& x, const Attrs&) -> Tensors { return {select(x[0], x[1], x[2])}; },
    batch_elementwise};

const Op kAddN{"add_n",
               [](GradContext& g) {
                 for (int i = 0; i < g.input_count(); ++i) g.set(i, g.dy());
               },
               [](const Op&, const Tensors& x, const Attrs&) -> Tensors { return {add_n(x)}; },
               [](const Op&, const Tensors& x, std::span<const bool> batched, const Attrs&,
                  int64_t n) -> Tensors { return {add_n(with_batches(x, batched, n))}; }};

template <Tensor (*bitwise)(const Tensor&, const Tensor&)>
Tensor logical(const char* op, const Tensor& x, const Tensor& y) {
  require_dtype(op, x.dtype(), kBools);
  require_dtype(op, y.dtype(), kBools);
  return bitwise(x, y);
}

}  // namespace

Tensor apply_binary(const BinaryOp& op, const Tensor& x, const Tensor& y) {
  return apply(op, x, y);
}

#define PYTEN_BINARY(name, dtypes) \
  Tensor name(const Tensor& x, const Tensor& y) { return apply(kOps[int(Binary::name)], x, y); }
#define PYTEN_COMPARE PYTEN_BINARY
#define PYTEN_WITHOUT_SPECIAL
#include "kernels/elementwise.def"
#undef PYTEN_WITHOUT_SPECIAL

Tensor logical_and(const Tensor& x, const Tensor& y) {
  return logical<bitwise_and>("logical_and", x, y);
}
Tensor logical_or(const Tensor& x, const Tensor& y) {
  return logical<bitwise_or>("logical_or", x, y);
}
Tensor logical_xor(const Tensor& x, const Tensor& y) {
  return logical<bitwise_xor>("logical_xor", x, y);
}

Tensor truediv(const Tensor& x, const Tensor& y) {
  if (!is_integer(x.dtype())) return divide(x, y);
  require_same_dtype("divide", x, y);
  DType wide = size_of(x.dtype()) <= 2 ? DType::kFloat32 : DType::kFloat64;
  return divide(cast(x, wide), cast(y, wide));
}

Tensor select(const Tensor& condition, const Tensor& x, const Tensor& y) {
  require_dtype("where", condition.dtype(), kBools);
  require_same_dtype("where", x, y);
  if (!together(x, y) || !together(x, condition)) [[unlikely]] {
    Device at = meeting_place("where", {&condition, &x, &y});
    return select(to_device(condition, at), to_device(x, at), to_device(y, at));
  }
  if (x.size() < kParallelFrom && x.shape() == y.shape() && x.shape() == condition.shape() &&
      x.is_contiguous() && y.is_contiguous() && condition.is_contiguous()) [[likely]] {
    Tensor out = Tensor::empty(x.shape(), x.dtype(), x.device());
    kernels::table(x.device())
        .select[std::countr_zero(size_of(x.dtype()))](x.size(), condition.data(), 1, x.data(), 1,
                                                      y.data(), 1, out.mutable_data(), 1);
    if (recording(condition, x, y)) record(kSelect, {condition, x, y}, {out}, {condition});
    return out;
  }
  std::optional<Shape> shape = broadcast_shapes(x.shape(), y.shape());
  if (shape) shape = broadcast_shapes(*shape, condition.shape());
  if (!shape) {
    fail(ErrorKind::kInvalidArgument, "where: condition ", brackets(condition.shape()), ", then ",
         brackets(x.shape()), ", and else ", brackets(y.shape()), " must be broadcastable");
  }
  Tensor out = Tensor::empty(*shape, x.dtype(), x.device());
  size_t size = size_of(x.dtype());
  kernels::SelectKernel loop = kernels::table(x.device()).select[std::countr_zero(size)];
  Dims sc = broadcast_strides(condition.shape(), condition.strides(), *shape);
  Dims sx = broadcast_strides(x.shape(), x.strides(), *shape);
  Dims sy = broadcast_strides(y.shape(), y.strides(), *shape);
  kernels::run_select(loop, out.rank(), shape->data(), condition.data(), sc.data(), x.data(),
                      sx.data(), y.data(), sy.data(), out.mutable_data(), out.strides().data(),
                      size);
  if (recording(condition, x, y)) record(kSelect, {condition, x, y}, {out}, {condition});
  return out;
}

Tensor clip_by_value(const Tensor& t, const Tensor& clip_value_min, const Tensor& clip_value_max) {
  require_dtype("clip_by_value", t.dtype(), kReals);
  // In this order, so that the upper bound gives way where the bounds cross, and a tie is t's.
  return maximum(minimum(t, clip_value_max), clip_value_min);
}

Tensor add_n(const Tensors& inputs) {
  if (inputs.empty())
    fail(ErrorKind::kValue, "add_n: inputs must hold at least one tensor, got none");
  const Tensor& first = inputs[0];
  require_dtype("add_n", first.dtype(), kNumbers);
  for (size_t i = 1; i < inputs.size(); ++i) {
    require_same_dtype("add_n", first, inputs[i]);
    if (inputs[i].shape() != first.shape()) {
      fail(ErrorKind::kInvalidArgument,
           "add_n: shapes of all inputs must match: inputs[0].shape = ", brackets(first.shape()),
           " != inputs[", i, "].shape = ", brackets(inputs[i].shape()));
    }
  }
  bool tape = recording(inputs);
  Tensor sum;
  {
    PauseRecording pause;
    sum = identity(first);
    for (size_t i = 1; i < inputs.size(); ++i) sum = sum + inputs[i];
  }
  if (tape) record(kAddN, inputs, {sum}, {});
  return sum;
}

Function binary_function(const char* name, Tensor (*f)(const Tensor&, const Tensor&),
                         const std::string& summary, DTypeSet dtypes, const char* gradient,
                         const char* example, bool differentiable, bool to_bool, const char* first,
                         const char* second) {
  Function out{
      .name = name,
      .params = {{first, Kind::kTensor}, {second, Kind::kTensor}, {"name", Kind::kName, "None"}}};
  out.binary = f;
  out.dtypes = dtypes;
  out.differentiable = differentiable;
  out.doc = elementwise_doc(
      "Computes " + summary + " element by element, with broadcasting.",
      std::string("  ") + first + ": a tensor; " + dtype_names(dtypes) + ".\n  " + second +
          ": a tensor of the same dtype whose shape broadcasts with that of `" + first + "`.\n",
      dtypes,
      to_bool ? "A bool tensor of the broadcast shape." : "A tensor of the broadcast shape.",
      gradient, example);
  return out;
}

void register_binary(Functions& out) {
  for (const BinaryOp& op : kOps) {
    Tensor (*f)(const Tensor&, const Tensor&) = nullptr;
    switch (op.kernel) {
#define PYTEN_BINARY(name, dtypes) \
  case Binary::name: f = pyten::name; break;
#define PYTEN_COMPARE PYTEN_BINARY
#define PYTEN_WITHOUT_SPECIAL
#include "kernels/elementwise.def"
#undef PYTEN_WITHOUT_SPECIAL
      default: break;
    }
    DTypeSet dtypes = binary_dtypes(op.kernel);
    bool division = op.kernel == Binary::divide, angle = op.kernel == Binary::atan2;
    if (division) {
      f = truediv;
      dtypes = kNumbers;
    }
    bool to_bool =
        binary_result(op.kernel, DType::kInt32) == DType::kBool && !dtypes.contains(DType::kBool);
    to_bool |= op.kernel == Binary::equal || op.kernel == Binary::not_equal;
    out.push_back(binary_function(op.name, f, op.summary, dtypes, op.gradient, op.example,
                                  op.grad != nullptr, to_bool, angle ? "y" : "x",
                                  angle ? "x" : "y"));
  }
  out.push_back(binary_function(
      "truediv", truediv,
      "x / y (integers of 8 and 16 bits become float32 first, wider ones float64)", kNumbers, kSafe,
      "  >>> tf.truediv(1, 4)\n"
      "  <tf.Tensor: shape=(), dtype=float64, numpy=0.25>",
      true, false));
  out.push_back(
      binary_function("logical_and", logical_and, "the logical and", kBools, "",
                      "  >>> tf.logical_and([True, True], [True, False])\n"
                      "  <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>",
                      false, true));
  out.push_back(
      binary_function("logical_or", logical_or, "the logical or", kBools, "",
                      "  >>> tf.logical_or([False, True], [False, False])\n"
                      "  <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>",
                      false, true));
  out.push_back(
      binary_function("logical_xor", logical_xor, "the logical exclusive or", kBools, "",
                      "  >>> tf.math.logical_xor([True, True], [True, False])\n"
                      "  <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>",
                      false, true));
  out.push_back({.name = "select",
                 .params = {{"condition", Kind::kAnyTensor},
                            {"x", Kind::kTensor},
                            {"y", Kind::kTensor},
                            {"name", Kind::kName, "None"}},
                 .call = [](const Arguments& a) -> Tensors {
                   return {select(a.tensor(0), a.tensor(1), a.tensor(2))};
                 },
                 .doc = R"(Takes elements of x where the condition holds and of y elsewhere.

Args:
  condition: a bool tensor.
  x: a tensor of any dtype.
  y: a tensor of the same dtype; all three shapes broadcast.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the broadcast shape.

Raises:
  InvalidArgumentError: the shapes do not broadcast, or the dtypes differ.

Gradient: to the element that was taken; exactly 0 to the other.
)"});
  out.push_back({.name = "clip_by_value",
                 .params = {{"t", Kind::kTensor},
                            {"clip_value_min", Kind::kTensor},
                            {"clip_value_max", Kind::kTensor},
                            {"name", Kind::kName, "None"}},
                 .call = [](const Arguments& a) -> Tensors {
                   return {clip_by_value(a.tensor(0), a.tensor(1), a.tensor(2))};
                 },
                 .dtypes = kReals,
                 .doc = R"(Limits each element to a range.

Args:
  t: a tensor of integers or floats.
  clip_value_min: the lower bound, which broadcasts with `t`.
  clip_value_max: the upper bound, which broadcasts with `t`; it gives way where the bounds cross.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the broadcast shape; NaN stays NaN.

Raises:
  InvalidArgumentError: the shapes do not broadcast, or the dtypes differ.

Gradient: 1 to `t` inside the range and on its bounds.

Example:
  >>> tf.clip_by_value([-1., 0.5, 2.], 0., 1.)
  <tf.Tensor: shape=(3,), dtype=float32, numpy=array([0. , 0.5, 1. ], dtype=float32)>
)"});
  out.push_back({.name = "add_n",
                 .params = {{"inputs", Kind::kTensors}, {"name", Kind::kName, "None"}},
                 .call = [](const Arguments& a) -> Tensors { return {add_n(a.tensors(0))}; },
                 .dtypes = kNumbers,
                 .doc = R"(Adds tensors of one shape and dtype.

Args:
  inputs: a list of at least one tensor.
  name: accepted for compatibility and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  ValueError: the list is empty.
  InvalidArgumentError: the shapes or dtypes differ.

Example:
  >>> tf.add_n([tf.constant([1, 2]), tf.constant([3, 4])])
  <tf.Tensor: shape=(2,), dtype=int32, numpy=array([4, 6], dtype=int32)>
)"});
}

}  // namespace pyten
