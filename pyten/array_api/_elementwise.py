"""Elementwise functions: compiled, but for clip."""

from __future__ import annotations

import math
from typing import Any

from pyten import _core
from pyten.array_api._array import array, elementwise, op

_names = list(vars(elementwise))
globals().update(vars(elementwise))

__all__ = [*_names, "clip"]


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Limits each element to a range.

    Args:
      x: an array of integers or floats.
      min: the lower bound, a number or an array that broadcasts; None for none.
      max: the upper bound, likewise.

    Returns:
      An Array of the dtype of x and the broadcast shape; NaN where x or a bound is NaN.

    Raises:
      ValueError: a bound is NaN beside integers.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.clip(xp.asarray([-1., 0.5, 2.]), 0, 1)
      Array([0. , 0.5, 1. ], dtype=float64)
    """
    x = array(x)
    out = x
    if min is not None:
        out = elementwise.maximum(out, _bound(min, x.dtype, math.ceil))
    if max is not None:
        out = elementwise.minimum(out, _bound(max, x.dtype, math.floor))
    # Bounds of a wider dtype widened the numbers on the way; a new handle where nothing was done.
    return _core._array_handle(op.cast(out, x.dtype))


def _bound(bound: Any, dtype: Any, whole: Any) -> Any:
    """A bound beside numbers of the dtype: a number beyond it limits as much as its end does."""
    if not isinstance(bound, (int, float)) or not dtype.is_integer:
        return bound
    low, high = dtype.min, dtype.max
    if bound != bound:
        raise ValueError(f"clip: bounds must not be NaN beside {dtype.name}")
    return low if bound <= low else high if bound >= high else whole(bound)
