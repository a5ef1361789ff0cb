"""NumPy's ufuncs: what their call, reduce, accumulate, reduceat and outer are in pyten."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import pyten as tf
from pyten import _core
from pyten._numpy import reductions
from pyten._numpy.arguments import (
    Unsupported,
    axis_of,
    cast_to,
    floating,
    tensor,
    together,
    value_of,
)

__all__ = ["CALLS", "METHODS", "SPECIAL", "matmul"]


# -- One argument ---------------------------------------------------------------------------------
def _unary(op: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: op(floating(x))


def _any_dtype(op: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: op(tensor(x))


def _rounding(op: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def rounded(x: Any) -> Any:
        x = tensor(x)
        return op(x) if x.dtype.is_floating else tf.identity(x)

    return rounded


def _trunc(x: Any) -> Any:
    return tf.where(x < 0, tf.math.ceil(x), tf.floor(x))


def _cbrt(x: Any) -> Any:
    return tf.sign(x) * tf.pow(tf.abs(x), 1 / 3)


def _modf(x: Any) -> tuple[Any, Any]:
    x = floating(x)
    whole = _trunc(x)
    return tf.where(tf.math.is_inf(x), 0.0, x - whole), whole


def _frexp(x: Any) -> tuple[Any, Any]:
    x = floating(x)
    _, exponent = np.frexp(value_of(x))
    half = -(exponent // 2)  # the scale of a subnormal number is no number by itself
    return x * _power_of_2(half, x) * _power_of_2(-exponent - half, x), exponent


def _power_of_2(exponent: Any, x: Any) -> Any:
    return tf.constant(np.ldexp(1.0, exponent).astype(x.dtype.as_numpy_dtype))


# -- Two arguments --------------------------------------------------------------------------------
def _binary(op: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: op(*together(x, y))


def _floats(op: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: op(*map(floating, together(x, y)))


def _copysign(x: Any, y: Any) -> Any:
    x, y = map(floating, together(x, y))
    sign = np.copysign(1.0, value_of(y).astype(np.float64))
    return tf.abs(x) * tf.constant(sign.astype(x.dtype.as_numpy_dtype))


def _hypot(x: Any, y: Any) -> Any:
    size = tf.stop_gradient(tf.maximum(tf.abs(x), tf.abs(y)))
    zero = size == 0
    scale = tf.where(zero | tf.math.is_inf(size), 1.0, size)
    squares = tf.square(x / scale) + tf.square(y / scale)
    return tf.where(zero, 0.0, scale * tf.sqrt(tf.where(zero, 1.0, squares)))


def _logaddexp(x: Any, y: Any) -> Any:
    first = x >= y
    high, low = tf.where(first, x, y), tf.where(first, y, x)
    gap = low - high
    finite = tf.math.is_finite(gap)
    near = high + tf.math.softplus(tf.where(finite, gap, 0.0))
    return tf.where(finite, near, tf.maximum(x, y))


def _logaddexp2(x: Any, y: Any) -> Any:
    return _logaddexp(x * math.log(2), y * math.log(2)) / math.log(2)


def _without_nan(op: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def chosen(x: Any, y: Any) -> Any:
        x, y = together(x, y)
        if not x.dtype.is_floating:
            return op(x, y)
        no_x, no_y = tf.math.is_nan(x), tf.math.is_nan(y)
        return op(tf.where(no_x, y, x), tf.where(no_y, x, y))

    return chosen


def _float_power(x: Any, y: Any) -> Any:
    x, y = together(x, y)
    dtype = tf.complex128 if x.dtype.is_complex else tf.float64
    return tf.pow(cast_to(x, dtype), cast_to(y, dtype))


def _heaviside(x: Any, h: Any) -> Any:
    x, h = map(floating, together(x, h))
    step = tf.where(tf.math.is_nan(x), x, tf.cast(x > 0, x.dtype))
    return tf.where(x == 0, h, step)


def _ldexp(x: Any, exponent: Any) -> Any:
    x = floating(x)
    return x * _power_of_2(value_of(exponent), x)


def _conj(x: Any) -> Any:
    return tf.math.conj(x) if x.dtype.is_complex else x


def matmul(x: Any, y: Any) -> Any:
    x, y = together(x, y)
    if x.ndim == 0 or y.ndim == 0:
        raise ValueError("matmul: Input operand does not have enough dimensions")
    a = tf.expand_dims(x, 0) if x.ndim == 1 else x
    b = tf.expand_dims(y, 1) if y.ndim == 1 else y
    out = tf.matmul(a, b)
    if y.ndim == 1:
        out = tf.squeeze(out, -1)
    return tf.squeeze(out, -1 if y.ndim == 1 else -2) if x.ndim == 1 else out


def _vecdot(x: Any, y: Any, axis: Any = -1) -> Any:
    x, y = together(x, y)
    return tf.reduce_sum(_conj(x) * y, axis=-1) if axis == -1 else _vecdot_along(x, y, axis)


def _vecdot_along(x: Any, y: Any, axis: int) -> Any:
    from pyten._numpy.shapes import moveaxis

    return _vecdot(moveaxis(x, axis, -1), moveaxis(y, axis, -1))


def _matvec(x: Any, y: Any) -> Any:
    x, y = together(x, y)
    return tf.squeeze(tf.matmul(x, tf.expand_dims(y, -1)), -1)


def _vecmat(x: Any, y: Any) -> Any:
    x, y = together(x, y)
    return tf.squeeze(tf.matmul(tf.expand_dims(_conj(x), -2), y), -2)


CALLS: dict[str, Callable[..., Any]] = {
    "absolute": _any_dtype(tf.abs),
    "add": _binary(tf.add),
    "arccos": _unary(tf.acos),
    "arccosh": _unary(tf.acosh),
    "arcsin": _unary(tf.asin),
    "arcsinh": _unary(tf.asinh),
    "arctan": _unary(tf.atan),
    "arctan2": _floats(tf.atan2),
    "arctanh": _unary(tf.atanh),
    "cbrt": _unary(_cbrt),
    "ceil": _rounding(tf.math.ceil),
    "conjugate": _any_dtype(_conj),
    "copysign": _copysign,
    "cos": _unary(tf.cos),
    "cosh": _unary(tf.cosh),
    "deg2rad": _unary(lambda x: x * (math.pi / 180)),
    "degrees": _unary(lambda x: x * (180 / math.pi)),
    "divide": _binary(tf.truediv),
    "divmod": lambda x, y: (CALLS["floor_divide"](x, y), CALLS["remainder"](x, y)),
    "exp": _unary(tf.exp),
    "exp2": _unary(lambda x: tf.pow(tf.constant(2, x.dtype), x)),
    "expm1": _unary(tf.math.expm1),
    "fabs": _unary(tf.abs),
    "float_power": _float_power,
    "floor": _rounding(tf.floor),
    "floor_divide": _binary(tf.math.floordiv),
    "fmax": _without_nan(tf.maximum),
    "fmin": _without_nan(tf.minimum),
    "fmod": _binary(tf.truncatemod),
    "frexp": _frexp,
    "heaviside": _heaviside,
    "hypot": _floats(_hypot),
    "ldexp": _ldexp,
    "log": _unary(tf.math.log),
    "log10": _unary(lambda x: tf.math.log(x) / math.log(10)),
    "log1p": _unary(tf.math.log1p),
    "log2": _unary(lambda x: tf.math.log(x) / math.log(2)),
    "logaddexp": _floats(_logaddexp),
    "logaddexp2": _floats(_logaddexp2),
    "matmul": matmul,
    "matvec": _matvec,
    "maximum": _binary(tf.maximum),
    "minimum": _binary(tf.minimum),
    "modf": _modf,
    "multiply": _binary(tf.multiply),
    "negative": _any_dtype(tf.negative),
    "nextafter": _floats(tf.math.nextafter),
    "positive": _any_dtype(tf.identity),
    "power": _binary(tf.pow),
    "rad2deg": _unary(lambda x: x * (180 / math.pi)),
    "radians": _unary(lambda x: x * (math.pi / 180)),
    "reciprocal": _any_dtype(tf.math.reciprocal),
    "remainder": _binary(tf.math.floormod),
    "rint": _rounding(tf.math.rint),
    "sign": _any_dtype(tf.sign),
    "sin": _unary(tf.sin),
    "sinh": _unary(tf.sinh),
    "sqrt": _unary(tf.sqrt),
    "square": _any_dtype(tf.square),
    "subtract": _binary(tf.subtract),
    "tan": _unary(tf.tan),
    "tanh": _unary(tf.tanh),
    "trunc": _rounding(_trunc),
    "vecdot": _vecdot,
    "vecmat": _vecmat,
}
CALLS["true_divide"] = CALLS["divide"]


# -- The ufuncs of scipy.special, by name -----------------------------------------------------------
SPECIAL: dict[str, Callable[..., Any]] = {
    "_zeta": _floats(tf.math.zeta),  # scipy.special.zeta with two arguments
    "betainc": lambda a, b, x: tf.math.betainc(*map(floating, together(a, b, x))),
    "cbrt": CALLS["cbrt"],
    "digamma": _unary(tf.math.digamma),
    "entr": _unary(lambda x: -tf.math.xlogy(x, x)),
    "erf": _unary(tf.math.erf),
    "erfc": _unary(tf.math.erfc),
    "erfcinv": _unary(tf.math.erfcinv),
    "erfinv": _unary(tf.math.erfinv),
    "exp2": CALLS["exp2"],
    "expit": _unary(tf.sigmoid),
    "expm1": CALLS["expm1"],
    "gammainc": _floats(tf.math.igamma),
    "gammaincc": _floats(tf.math.igammac),
    "gammaln": _unary(tf.math.lgamma),
    "i0": _unary(tf.math.bessel_i0),
    "i0e": _unary(tf.math.bessel_i0e),
    "i1": _unary(tf.math.bessel_i1),
    "i1e": _unary(tf.math.bessel_i1e),
    "j0": _unary(tf.math.special.bessel_j0),
    "j1": _unary(tf.math.special.bessel_j1),
    "k0": _unary(tf.math.special.bessel_k0),
    "k0e": _unary(tf.math.special.bessel_k0e),
    "k1": _unary(tf.math.special.bessel_k1),
    "k1e": _unary(tf.math.special.bessel_k1e),
    "log1p": CALLS["log1p"],
    "log_expit": _unary(tf.math.log_sigmoid),
    "logit": _unary(lambda x: tf.math.log(x) - tf.math.log1p(-x)),
    "ndtr": _unary(lambda x: 0.5 * tf.math.erfc(-math.sqrt(0.5) * x)),
    "ndtri": _unary(tf.math.ndtri),
    "psi": _unary(tf.math.digamma),
    "rel_entr": _floats(lambda x, y: tf.math.xlogy(x, x) - tf.math.xlogy(x, y)),
    "xlog1py": _floats(tf.math.xlog1py),
    "xlogy": _floats(tf.math.xlogy),
    "y0": _unary(tf.math.special.bessel_y0),
    "y1": _unary(tf.math.special.bessel_y1),
}


# -- Other methods ----------------------------------------------------------------------------------
Call = Callable[[Any, Any], Any]


def _slices(x: Any, axis: int) -> Any:
    return tf.unstack(x, axis=axis)


def _reduce(
    name: str,
    call: Call,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    quick = reductions.OF_UFUNCS.get(name)
    if quick is not None:
        extra: dict[str, Any] = {} if initial is None else {"initial": initial}
        if where is not True:
            extra["where"] = where
        if name in ("add", "multiply"):
            extra["dtype"] = dtype
        elif dtype is not None:
            array = cast_to(tensor(array), dtype)
        return quick(array, axis=axis, keepdims=keepdims, **extra)
    if initial is not None or where is not True:
        raise Unsupported("initial= or where=")
    x = cast_to(tensor(array), dtype)
    if axis is None and x.ndim != 1:
        raise Unsupported("axis=None")
    at = axis_of(0 if axis is None else axis, x.ndim)
    if x.shape[at] == 0:
        raise Unsupported("an empty axis")
    result = functools.reduce(call, _slices(x, at))
    return tf.expand_dims(result, at) if keepdims else result


def _accumulate(
    name: str, call: Call, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None
) -> Any:
    x = cast_to(tensor(array), dtype)
    at = axis_of(axis, x.ndim)
    if name in ("add", "multiply"):
        if x.dtype.is_bool:
            x = tf.cast(x, tf.int64)
        return (_core.cumsum if name == "add" else _core.cumprod)(x, at)
    if x.shape[at] == 0:
        return tf.identity(x)
    steps: list[Any] = []
    for piece in _slices(x, at):
        steps.append(call(steps[-1], piece) if steps else piece)
    return tf.stack(steps, axis=at)


def _reduceat(
    name: str,
    call: Call,
    array: Any,
    indices: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    x = cast_to(tensor(array), dtype)
    at = axis_of(axis, x.ndim)
    starts = [int(i) for i in value_of(indices)]
    size = int(x.shape[at])
    if any(not 0 <= i < size for i in starts):
        raise IndexError(f"index out of bounds for axis of size {size} in {name}.reduceat")
    rows = []
    for i, end in zip(starts, [*starts[1:], size], strict=True):
        part = x[(slice(None),) * at + (slice(i, max(end, i + 1)),)]
        rows.append(_reduce(name, call, part, at))
    return tf.stack(rows, axis=at)


def _outer(name: str, call: Call, a: Any, b: Any) -> Any:
    a, b = together(a, b)
    return call(tf.reshape(a, [*a.shape, *[1] * b.ndim]), b)


METHODS: dict[str, Callable[..., Any]] = {
    "accumulate": _accumulate,
    "outer": _outer,
    "reduce": _reduce,
    "reduceat": _reduceat,
}
