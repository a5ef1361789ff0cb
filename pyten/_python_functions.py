"""Python functions as operations, and operations that do nothing: eagerly, a call is just made."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from pyten import _core

__all__ = ["group", "no_op", "numpy_function", "py_function", "timestamp"]


def py_function(
    func: Callable[..., Any] | None = None,
    inp: Any = None,
    Tout: Any = None,
    name: str | None = None,
) -> Any:
    """func of tensors, with the results as tensors of the given dtypes. Differentiable.

    Args:
      func: a function of tensors.
      inp: a list of its arguments.
      Tout: the dtypes of the results: one, a list, or [] for none.
      name: accepted and ignored.

    Returns:
      A tensor, a list of tensors, or None.

    Gradient: that of what func does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.py_function(lambda x: x * 2, [tf.constant(3.)], tf.float32).numpy()
      np.float32(6.0)
    """
    result = func(*[_core.convert(x) for x in inp or []])  # type: ignore[misc]
    if isinstance(Tout, (list, tuple)):
        if not Tout:
            return None
        values = result if isinstance(result, (list, tuple)) else [result]
        return [_core.convert(v, getattr(t, "dtype", t)) for v, t in zip(values, Tout, strict=True)]
    return _core.convert(result, getattr(Tout, "dtype", Tout) if Tout is not None else None)


def numpy_function(
    func: Callable[..., Any] | None = None,
    inp: Any = None,
    Tout: Any = None,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """func of arrays, with the results as tensors of the given dtypes. Without gradient.

    Args:
      func: a function of NumPy arrays.
      inp: a list of its arguments.
      Tout: the dtypes of the results: one, a list, or [] for none.
      stateful: accepted for compatibility.
      name: accepted and ignored.

    Returns:
      A tensor, a list of tensors, or None.

    Example:
      >>> import numpy as np
      >>> import pyten as tf
      >>> tf.numpy_function(np.sinh, [tf.constant([0.])], tf.float32).numpy()
      array([0.], dtype=float32)
    """
    result = func(*[_core.convert(x).numpy() for x in inp or []])  # type: ignore[misc]
    if isinstance(Tout, (list, tuple)):
        if not Tout:
            return None
        values = result if isinstance(result, (list, tuple)) else [result]
        return [
            _core.cast(_core.convert(np.asarray(v)), t) for v, t in zip(values, Tout, strict=True)
        ]
    return _core.cast(_core.convert(np.asarray(result)), Tout)


def group(*inputs: Any, **kwargs: Any) -> None:
    """Does nothing: the inputs have been computed already.

    Args:
      inputs: tensors, as many as you like.
      kwargs: `name`, accepted and ignored.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable(1.)
      >>> tf.group(v.assign(2.), v.assign_add(1.))
      >>> v.numpy()
      np.float32(3.0)
    """


def no_op(name: str | None = None) -> None:
    """Does nothing.

    Example:
      >>> import pyten as tf
      >>> tf.no_op()
    """


def timestamp(name: str | None = None) -> Any:
    """Seconds since 1970, a float64 scalar.

    Args:
      name: accepted and ignored.

    Returns:
      A tensor.

    Example:
      >>> import pyten as tf
      >>> start = tf.timestamp()
      >>> bool(tf.timestamp() >= start)
      True
    """
    return _core.convert(time.time(), "float64")
