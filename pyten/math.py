"""Mathematics: elementwise functions, reductions, scans and sorting."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyten import _core
from pyten import _special as special
from pyten._core import (
    abs,
    acos,
    acosh,
    add,
    add_n,
    angle,
    argmax,
    argmin,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    bessel_i0,
    bessel_i0e,
    bessel_i1,
    bessel_i1e,
    betainc,
    ceil,
    cos,
    cosh,
    count_nonzero,
    cumprod,
    cumsum,
    cumulative_logsumexp,
    digamma,
    divide,
    equal,
    erf,
    erfc,
    erfcinv,
    erfinv,
    exp,
    expm1,
    floor,
    floordiv,
    floormod,
    greater,
    greater_equal,
    igamma,
    igammac,
    is_finite,
    is_inf,
    is_nan,
    less,
    less_equal,
    lgamma,
    log,
    log1p,
    log_softmax,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    multiply,
    multiply_no_nan,
    ndtri,
    negative,
    nextafter,
    not_equal,
    polygamma,
    pow,
    reciprocal,
    reduce_all,
    reduce_any,
    reduce_euclidean_norm,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_std,
    reduce_sum,
    reduce_variance,
    rint,
    round,
    rsqrt,
    segment_max,
    segment_mean,
    segment_min,
    segment_prod,
    segment_sum,
    sigmoid,
    sign,
    sin,
    sinh,
    softmax,
    softplus,
    sqrt,
    square,
    squared_difference,
    subtract,
    tan,
    tanh,
    truediv,
    unsorted_segment_max,
    unsorted_segment_min,
    unsorted_segment_prod,
    unsorted_segment_sum,
    xdivy,
    xlog1py,
    xlogy,
    zeta,
)
from pyten._counting import bincount, confusion_matrix, in_top_k
from pyten._norms import l2_normalize
from pyten._sums import accumulate_n, lbeta, unsorted_segment_mean, unsorted_segment_sqrt_n

mod = floormod

__all__ = [
    "TopKV2",
    "abs",
    "accumulate_n",
    "acos",
    "acosh",
    "add",
    "add_n",
    "angle",
    "argmax",
    "argmin",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "betainc",
    "bincount",
    "ceil",
    "confusion_matrix",
    "conj",
    "cos",
    "cosh",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "cumulative_logsumexp",
    "digamma",
    "divide",
    "divide_no_nan",
    "equal",
    "erf",
    "erfc",
    "erfcinv",
    "erfinv",
    "exp",
    "expm1",
    "floor",
    "floordiv",
    "floormod",
    "greater",
    "greater_equal",
    "igamma",
    "igammac",
    "imag",
    "in_top_k",
    "is_finite",
    "is_inf",
    "is_nan",
    "l2_normalize",
    "lbeta",
    "less",
    "less_equal",
    "lgamma",
    "log",
    "log1p",
    "log_sigmoid",
    "log_softmax",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "multiply_no_nan",
    "ndtri",
    "negative",
    "nextafter",
    "not_equal",
    "polygamma",
    "polyval",
    "pow",
    "real",
    "reciprocal",
    "reduce_all",
    "reduce_any",
    "reduce_euclidean_norm",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_std",
    "reduce_sum",
    "reduce_variance",
    "rint",
    "round",
    "rsqrt",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "special",
    "sqrt",
    "square",
    "squared_difference",
    "subtract",
    "tan",
    "tanh",
    "top_k",
    "truediv",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
    "xdivy",
    "xlog1py",
    "xlogy",
    "zero_fraction",
    "zeta",
]


class TopKV2(NamedTuple):
    """What top_k gives: the greatest elements and their places.

    Example:
      >>> import pyten as tf
      >>> tf.math.top_k([1., 3.]).values.numpy()
      array([3.], dtype=float32)
    """

    values: Any
    indices: Any


def top_k(
    input: Any, k: int = 1, sorted: bool = True, index_type: Any = "int32", name: str | None = None
) -> TopKV2:
    """The k greatest elements along the last axis, and their places.

    Args:
      input: a real tensor [..., n].
      k: how many.
      sorted: accepted for compatibility: the elements are always in descending order.
      index_type: the dtype of the places: int16, int32 or int64.
      name: accepted and ignored.

    Returns:
      (values, indices), both [..., k]; of equal elements the first ones.

    Raises:
      InvalidArgumentError: k is negative or greater than n.

    Gradient: to the elements that were chosen.

    Example:
      >>> import pyten as tf
      >>> top = tf.math.top_k([1., 3., 2.], k=2)
      >>> top.values.numpy(), top.indices.numpy()
      (array([3., 2.], dtype=float32), array([1, 2], dtype=int32))
    """
    values, indices = _core._top_k(input, k)
    return TopKV2(values, _core.cast(indices, index_type))


def real(input: Any, name: str | None = None) -> Any:
    """The real part.

    Args:
      input: a tensor of numbers.
      name: accepted and ignored.

    Returns:
      A tensor of the real dtype; the input itself if it is real.

    Raises:
      TypeError: the input is bool.

    Gradient: to the real part.

    Example:
      >>> import pyten as tf
      >>> tf.math.real([1. + 2.j]).numpy()
      array([1.])
    """
    x = _numeric("real", input)
    return _core.real(x) if x.dtype.is_complex else x


def imag(input: Any, name: str | None = None) -> Any:
    """The imaginary part.

    Args:
      input: a tensor of numbers.
      name: accepted and ignored.

    Returns:
      A tensor of the real dtype; zeros if the input is real.

    Raises:
      TypeError: the input is bool.

    Gradient: the imaginary unit times the real one that comes in.

    Example:
      >>> import pyten as tf
      >>> tf.math.imag([1. + 2.j]).numpy()
      array([2.])
    """
    x = _numeric("imag", input)
    return _core.imag(x) if x.dtype.is_complex else _core.zeros_like(x)


def conj(x: Any, name: str | None = None) -> Any:
    """The complex conjugate.

    Args:
      x: a tensor of numbers.
      name: accepted and ignored.

    Returns:
      A tensor of the same dtype; x itself if it is real.

    Raises:
      TypeError: x is bool.

    Gradient: its conjugate.

    Example:
      >>> import pyten as tf
      >>> tf.math.conj([1. + 2.j]).numpy()
      array([1.-2.j])
    """
    x = _numeric("conj", x)
    return _core.conj(x) if x.dtype.is_complex else x


def _numeric(op: str, value: Any) -> Any:
    x = _core.convert(value)
    if x.dtype.is_bool:
        raise TypeError(f"{op}: expected a tensor of numbers, got bool")
    return x


def divide_no_nan(x: Any, y: Any, name: str | None = None) -> Any:
    """x / y, and 0 where y is 0.

    Args:
      x: a tensor of numbers; integers become float64 (8 and 16 bits: float32).
      y: a tensor of the same dtype that broadcasts with x.
      name: accepted and ignored.

    Returns:
      A tensor.

    Raises:
      TypeError: the dtypes differ, or are bool.

    Gradient: 0 where y is 0.

    Example:
      >>> import pyten as tf
      >>> tf.math.divide_no_nan([1., 3.], [0., 2.]).numpy()
      array([0. , 1.5], dtype=float32)
    """
    like = next((t.dtype for t in (x, y) if isinstance(t, (_core.Tensor, _core.Variable))), None)
    x = _core.convert(x, hint=like)
    if not x.dtype.is_integer:
        return _core.divide_no_nan(x, y)
    y = _core.convert(y, hint=x.dtype)
    if y.dtype != x.dtype:
        raise TypeError(
            f"divide_no_nan: dtypes differ: {x.dtype.name} and {y.dtype.name}; use tf.cast"
        )
    wide = "float32" if x.dtype.size <= 2 else "float64"
    return _core.divide_no_nan(_core.cast(x, wide), _core.cast(y, wide))


def log_sigmoid(x: Any, name: str | None = None) -> Any:
    """log(1 / (1 + exp(-x))), without overflow.

    Args:
      x: a floating tensor.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype.

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.math.log_sigmoid([0., -200.]).numpy()
      array([  -0.6931472, -200.       ], dtype=float32)
    """
    return _core.negative(_core.softplus(_core.negative(x)))


def zero_fraction(value: Any, name: str | None = None) -> Any:
    """The share of elements that are 0.

    Args:
      value: a tensor.
      name: accepted and ignored.

    Returns:
      A float32 scalar; NaN for an empty tensor.

    Gradient: None.

    Example:
      >>> import pyten as tf
      >>> tf.math.zero_fraction([0., 1., 0., 2.]).numpy()
      np.float32(0.5)
    """
    zero = _core.logical_not(_core.cast(value, "bool"))
    return _core.reduce_mean(_core.cast(zero, "float32"))


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Any:
    """A polynomial at x, by Horner's rule.

    Args:
      coeffs: a list of coefficients, that of the highest power first.
      x: a tensor.
      name: accepted and ignored.

    Returns:
      A tensor of the shape of x.

    Raises:
      ValueError: coeffs is no list.

    Gradient: differentiable to any order, by x and by the coefficients.

    Example:
      >>> import pyten as tf
      >>> tf.math.polyval([1., 2., 3.], 2.).numpy()  # x * x + 2 * x + 3
      np.float32(11.0)
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"polyval: coeffs must be a list, got {type(coeffs).__name__}")
    x = _core.convert(x)
    if not coeffs:
        return _core.zeros_like(x)
    value = _core.convert(coeffs[0], hint=x.dtype)
    for c in coeffs[1:]:
        value = value * x + c
    return value
