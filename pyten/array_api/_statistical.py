"""Sums, means, extremes and running totals along axes."""

from __future__ import annotations

from typing import Any

from pyten import _core
from pyten.array_api._array import array, axes_of, axis_of, elementwise, float_result, op
from pyten.errors import InvalidArgumentError

__all__ = [
    "all",
    "any",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


def _accumulated(x: Any, dtype: Any) -> Any:
    """x in the dtype of its sums: integers of any width count in 64 bits."""
    if dtype is None:
        if x.dtype.is_unsigned:
            dtype = "uint64"
        elif x.dtype.is_integer or x.dtype.is_bool:
            dtype = "int64"
        else:
            return x
    return op.cast(x, dtype)


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Adds up the elements along axes.

    Args:
      x: an array of numbers.
      axis: the axis or axes; None for all.
      dtype: the dtype of the result. None for that of x; integers become int64 or uint64.
      keepdims: whether these axes stay, with size 1.

    Returns:
      An Array; 0 where there are no elements.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.sum(xp.asarray([[1, 2], [3, 4]]), axis=0)
      Array([4, 6], dtype=int64)
    """
    x = array(x)
    return op.reduce_sum(_accumulated(x, dtype), axes_of("sum", axis, x.ndim), keepdims)


def prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Multiplies the elements along axes.

    Args:
      x: an array of numbers.
      axis: the axis or axes; None for all.
      dtype: the dtype of the result. None for that of x; integers become int64 or uint64.
      keepdims: whether these axes stay, with size 1.

    Returns:
      An Array; 1 where there are no elements.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.prod(xp.asarray([2., 3.]))
      Array(6., dtype=float64)
    """
    x = array(x)
    return op.reduce_prod(_accumulated(x, dtype), axes_of("prod", axis, x.ndim), keepdims)


def mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Averages the elements along axes.

    Args:
      x: an array of numbers; integers become float64.
      axis: the axis or axes; None for all.
      keepdims: whether these axes stay, with size 1.

    Returns:
      An Array; NaN where there are no elements.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.mean(xp.asarray([1, 2]))
      Array(1.5, dtype=float64)
    """
    x = array(x)
    return op.reduce_mean(float_result(x), axes_of("mean", axis, x.ndim), keepdims)


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The mean squared distance from the mean.

    Args:
      x: an array of real numbers; integers become float64.
      axis: the axis or axes; None for all.
      correction: taken off the number of elements that the sum is divided by.
      keepdims: whether these axes stay, with size 1.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.var(xp.asarray([1., 2., 3.]), correction=1)
      Array(1., dtype=float64)
    """
    x = float_result(array(x))
    axes = axes_of("var", axis, x.ndim)
    variance = op.reduce_variance(x, axes, keepdims)
    if correction == 0:
        return variance
    count = 1
    for a in axes:
        count *= x.shape[a]
    left = float(count) - correction
    factor = count / left if left > 0 else float("inf") if count > 0 else float("nan")
    return variance * factor


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The standard deviation, the square root of var().

    Args:
      x: an array of real numbers; integers become float64.
      axis: the axis or axes; None for all.
      correction: taken off the number of elements that the sum is divided by.
      keepdims: whether these axes stay, with size 1.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.std(xp.asarray([1., 3.]))
      Array(1., dtype=float64)
    """
    if correction == 0:
        x = float_result(array(x))
        return op.reduce_std(x, axes_of("std", axis, x.ndim), keepdims)
    return op.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def _extreme(name: str, reduce: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    x = array(x)
    axes = axes_of(name, axis, x.ndim)
    if any_empty(x, axes):
        raise InvalidArgumentError(f"{name}: there are no elements in shape {x.shape}")
    if x.dtype.is_bool:
        return op.cast(reduce(op.cast(x, "uint8"), axes, keepdims), "bool")
    return reduce(x, axes, keepdims)


def any_empty(x: Any, axes: list[int]) -> bool:
    return 0 in [x.shape[a] for a in axes]


def max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element along axes; NaN if there is one.

    Args:
      x: an array of real numbers.
      axis: the axis or axes; None for all.
      keepdims: whether these axes stay, with size 1.

    Returns:
      An Array.

    Raises:
      ValueError: there are no elements along the axes.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.max(xp.asarray([1, 3, 2]))
      Array(3, dtype=int64)
    """
    return _extreme("max", op.reduce_max, x, axis, keepdims)


def min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest element along axes; NaN if there is one.

    Args:
      x: an array of real numbers.
      axis: the axis or axes; None for all.
      keepdims: whether these axes stay, with size 1.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.min(xp.asarray([[1, 3], [4, 2]]), axis=1)
      Array([1, 2], dtype=int64)
    """
    return _extreme("min", op.reduce_min, x, axis, keepdims)


def all(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements along axes are true (not 0).

    Args:
      x: an array.
      axis: the axis or axes; None for all.
      keepdims: whether these axes stay, with size 1.

    Returns:
      A bool Array; True where there are no elements.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.all(xp.asarray([True, False]))
      Array(False, dtype=bool)
    """
    x = array(x)
    return op.reduce_all(op.cast(x, "bool"), axes_of("all", axis, x.ndim), keepdims)


def any(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether any element along axes is true (not 0).

    Args:
      x: an array.
      axis: the axis or axes; None for all.
      keepdims: whether these axes stay, with size 1.

    Returns:
      A bool Array; False where there are no elements.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.any(xp.asarray([True, False]))
      Array(True, dtype=bool)
    """
    x = array(x)
    return op.reduce_any(op.cast(x, "bool"), axes_of("any", axis, x.ndim), keepdims)


def _running(
    name: str, scan: Any, first: int, x: Any, axis: int | None, dtype: Any, include_initial: bool
) -> Any:
    x = array(x)
    if axis is None:
        if x.ndim > 1:
            raise InvalidArgumentError(f"{name}: axis must be given for shape {x.shape}")
        axis = 0
    if x.ndim == 0:
        x = op.reshape(x, [1])
    at = axis_of(name, axis, x.ndim)
    out = scan(_accumulated(x, dtype), at)
    if not include_initial:
        return out
    shape = list(x.shape)
    shape[at] = 1
    start = op.ones(shape, out.dtype) if first else op.zeros(shape, out.dtype)
    return op.concat([start, out], at)


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """The running sum along an axis.

    Args:
      x: an array of numbers.
      axis: the axis; may be None for a vector.
      dtype: the dtype of the result. None for that of x; integers become int64 or uint64.
      include_initial: whether to begin with a 0, which makes the axis longer by one.

    Returns:
      An Array.

    Raises:
      ValueError: axis is None and x has several.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.cumulative_sum(xp.asarray([1, 2, 3]), include_initial=True)
      Array([0, 1, 3, 6], dtype=int64)
    """
    return _running("cumulative_sum", op.cumsum, 0, x, axis, dtype, include_initial)


def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """The running product along an axis.

    Args:
      x: an array of numbers.
      axis: the axis; may be None for a vector.
      dtype: the dtype of the result. None for that of x; integers become int64 or uint64.
      include_initial: whether to begin with a 1, which makes the axis longer by one.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.cumulative_prod(xp.asarray([1, 2, 3]))
      Array([1, 2, 6], dtype=int64)
    """
    return _running("cumulative_prod", op.cumprod, 1, x, axis, dtype, include_initial)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """The differences between neighbours along an axis.

    Args:
      x: an array of numbers of rank 1 or more.
      axis: the axis.
      n: how many times to take differences.
      prepend: values to put before x along the axis first.
      append: values to put after x likewise.

    Returns:
      An Array, shorter by n along the axis.

    Raises:
      ValueError: n is negative.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.diff(xp.asarray([1, 4, 9]))
      Array([3, 5], dtype=int64)
    """
    from pyten.array_api._manipulation import concat

    x = array(x)
    if n < 0:
        raise InvalidArgumentError(f"diff: n must not be negative, got {n}")
    at = axis_of("diff", axis, x.ndim)
    if n == 0:
        return _core._array_handle(x)
    ends = [array(e) for e in (prepend, x, append) if e is not None]
    if len(ends) > 1:
        x = concat(ends, axis=at)
    subtract = elementwise.not_equal if x.dtype.is_bool else elementwise.subtract
    before = (slice(None),) * at
    tail, head = (*before, slice(1, None)), (*before, slice(None, -1))
    for _ in range(n):
        x = subtract(x[tail], x[head])
    return x
