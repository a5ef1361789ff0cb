"""What the adapters share: NumPy's arguments as tensors, dtypes and axes."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

import pyten as tf

__all__ = [
    "Unsupported",
    "axes_of",
    "axis_of",
    "broadcast_shape",
    "cast_to",
    "floating",
    "is_tensor",
    "plain",
    "product",
    "refuse",
    "tensor",
    "together",
    "value_of",
]


class Unsupported(Exception):
    """pyten cannot carry this call out; the text names what stands in the way."""


_TENSORS = (tf.Tensor, tf.Variable)


def is_tensor(x: Any) -> bool:
    return isinstance(x, _TENSORS)


def refuse(**given: Any) -> None:
    """Raises Unsupported for an argument that is not None."""
    for name, value in given.items():
        if value is not None:
            raise Unsupported(f"{name}=")


# -- Values ---------------------------------------------------------------------------------------
def _holds_tensor(x: Any) -> bool:
    return is_tensor(x) or (isinstance(x, (list, tuple)) and any(_holds_tensor(v) for v in x))


def tensor(x: Any) -> Any:
    """A tensor, recorded where x is one; what is none has the dtype that NumPy gives it."""
    if isinstance(x, tf.Tensor):
        return x
    if isinstance(x, tf.Variable):
        return tf.convert_to_tensor(x)
    if isinstance(x, (list, tuple)) and _holds_tensor(x):
        return tf.stack(together(*x))
    array = np.asarray(x)
    if array.dtype.kind not in "biufcV":
        raise Unsupported(f"an argument of dtype {array.dtype}")
    return tf.convert_to_tensor(array)


_KINDS = "biufc"


def _kind(dtype: Any) -> int:
    kind = "f" if dtype.name == "bfloat16" else np.dtype(dtype.as_numpy_dtype).kind
    return _KINDS.index("i" if kind == "u" else kind)


def _result_type(dtypes: Any) -> Any:
    first, *rest = dict.fromkeys(dtypes)
    if not rest:
        return first
    return tf.as_dtype(np.result_type(*(d.as_numpy_dtype for d in (first, *rest))))


def together(*values: Any) -> list[Any]:
    """Tensors of one dtype: that of the tensors among the values, as for operators.

    Numbers and arrays take it unless they are of a higher kind (complex beside real); then, and
    for tensors of several dtypes, NumPy's promotion decides.
    """
    out = [tensor(v) for v in values]
    own = [t.dtype for t, v in zip(out, values, strict=True) if _holds_tensor(v)]
    dtype = _result_type(own or [t.dtype for t in out])
    higher = [t.dtype for t in out if _kind(t.dtype) > _kind(dtype)]
    if higher:
        dtype = _result_type([dtype, *higher])
    return [cast_to(t, dtype) for t in out]


def cast_to(x: Any, dtype: Any) -> Any:
    return x if dtype is None or x.dtype == dtype else tf.cast(x, dtype)


def floating(x: Any) -> Any:
    """x, or its float64 values if they are bools or integers."""
    x = tensor(x)
    return x if x.dtype.is_floating or x.dtype.is_complex else tf.cast(x, tf.float64)


def plain(x: Any) -> Any:
    """The value with the tensors in it as arrays, in lists, tuples and dicts too."""
    kind = type(x)
    if kind is list:
        return [plain(v) for v in x]
    if kind is tuple:
        return tuple([plain(v) for v in x])
    if kind is dict:
        return {k: plain(v) for k, v in x.items()}
    return np.asarray(x) if isinstance(x, _TENSORS) else x


def value_of(x: Any) -> Any:
    """The array of x, for what has no derivative: places, masks, counts."""
    with tf._core._pause_tapes():
        return np.asarray(plain(x))


# -- Axes and shapes ------------------------------------------------------------------------------
def axis_of(axis: Any, rank: int) -> int:
    """The number of an axis, from 0."""
    number = operator.index(axis)
    if not -rank <= number < rank:
        raise np.exceptions.AxisError(number, rank)
    return number % rank


def axes_of(axis: Any, rank: int) -> list[int]:
    """The numbers of axes given as None (all), a number or a sequence."""
    if axis is None:
        return list(range(rank))
    if not isinstance(axis, (tuple, list)):
        return [axis_of(axis, rank)]
    axes = [axis_of(a, rank) for a in axis]
    if len(set(axes)) != len(axes):
        raise ValueError("repeated axis")
    return axes


def broadcast_shape(*tensors: Any) -> list[int]:
    return list(np.broadcast_shapes(*(tuple(t.shape) for t in tensors)))


def product(sizes: Any) -> int:
    out = 1
    for n in sizes:
        out *= int(n)
    return out
