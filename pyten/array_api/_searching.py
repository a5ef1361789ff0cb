"""Places of elements, sets and order."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from pyten import _core
from pyten.array_api._array import array, axes_of, axis_of, by_numpy, constant, op
from pyten.errors import InvalidArgumentError

__all__ = [
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "isin",
    "nonzero",
    "searchsorted",
    "sort",
    "take",
    "take_along_axis",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "where",
]


def _numbers(x: Any) -> Any:
    """Bools as 0 and 1, which have an order."""
    return op.cast(x, "uint8") if x.dtype.is_bool else x


def _extreme(find: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
    x = _numbers(array(x))
    if axis is None:
        place = find(op.reshape(x, [-1]), 0)
        return op.reshape(place, [1] * x.ndim) if keepdims else place
    place = find(x, axis)
    return op.expand_dims(place, axis) if keepdims else place


def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Finds the place of the first largest element.

    Args:
      x: an array of real numbers.
      axis: the axis to search along; None searches the flattened array.
      keepdims: whether that axis stays, with size 1.

    Returns:
      An int64 Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.argmax(xp.asarray([1, 3, 2]))
      Array(1, dtype=int64)
    """
    return _extreme(op.argmax, x, axis, keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Finds the place of the first smallest element.

    Args:
      x: an array of real numbers.
      axis: the axis to search along; None searches the flattened array.
      keepdims: whether that axis stays, with size 1.

    Returns:
      An int64 Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.argmin(xp.asarray([[1, 3], [4, 2]]), axis=1)
      Array([0, 1], dtype=int64)
    """
    return _extreme(op.argmin, x, axis, keepdims)


def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Counts the elements that are not 0.

    Args:
      x: an array.
      axis: the axis or axes to count along; None for all.
      keepdims: whether these axes stay, with size 1.

    Returns:
      An int64 Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.count_nonzero(xp.asarray([0, 3, 2]))
      Array(2, dtype=int64)
    """
    x = array(x)
    counted = op.cast(op.cast(x, "bool"), "int64")
    return op.reduce_sum(counted, axes_of("count_nonzero", axis, x.ndim), keepdims)


def nonzero(x: Any, /) -> tuple[Any, ...]:
    """Finds the places of the elements that are not 0, in row-major order.

    Args:
      x: an array of rank 1 or more.

    Returns:
      A tuple of int64 Arrays, one for each axis.

    Raises:
      ValueError: x has no axis.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.nonzero(xp.asarray([0, 3, 2]))
      (Array([1, 2], dtype=int64),)
    """
    x = array(x)
    if x.ndim == 0:
        raise InvalidArgumentError("nonzero: x must have at least one axis, got shape ()")
    return tuple(op.unstack(op._where_nonzero(x), axis=1))


def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    """Takes elements of x1 where a condition holds and of x2 elsewhere.

    Args:
      condition: a bool array.
      x1: an array or a Python number.
      x2: an array or a Python number; the dtypes promote.

    Returns:
      An Array of the broadcast shape.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.where(xp.asarray([True, False]), xp.asarray([1., 2.]), 0)
      Array([1., 0.], dtype=float64)
    """
    numbers = (int, float, complex)
    if isinstance(x1, numbers) and isinstance(x2, numbers):
        x1 = array(x1)
    x1 = x1 if isinstance(x1, numbers) else array(x1)
    x2 = x2 if isinstance(x2, numbers) else array(x2)
    dtype = _core._result_type(x1, x2)
    x1 = _core.convert(x1, dtype) if isinstance(x1, numbers) else op.cast(x1, dtype)
    x2 = _core.convert(x2, dtype) if isinstance(x2, numbers) else op.cast(x2, dtype)
    return op.select(op.cast(array(condition), "bool"), x1, x2)


def searchsorted(
    x1: Any,
    x2: Any,
    /,
    *,
    side: Literal["left", "right"] = "left",
    sorter: Any = None,
) -> Any:
    """Finds where elements would go in a sorted array.

    Args:
      x1: an array of rank 1, sorted upwards, or with `sorter` in any order.
      x2: an array of real numbers, or a Python number.
      side: "left": before equal elements; "right": after them.
      sorter: the places of the elements of x1 in sorted order, as argsort() gives them.

    Returns:
      An int64 Array of the shape of x2.

    Raises:
      ValueError: side is neither.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.searchsorted(xp.asarray([1, 3, 5]), xp.asarray([0, 3, 4]))
      Array([0, 1, 2], dtype=int64)
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side must be 'left' or 'right', got {side!r}")
    x1, x2 = array(x1), array(x2)
    order = None if sorter is None else by_numpy(lambda a: a, array(sorter))
    found = by_numpy(lambda a, v: np.searchsorted(a, v, side, order), x1, x2)
    return constant(np.asarray(found, np.int64))


# -- Selections ------------------------------------------------------------------------------------
def _from_front(indices: Any, size: int) -> Any:
    """Indices as int64; negative ones counted from the end."""
    indices = op.cast(indices, "int64")
    return op.select(indices < 0, indices + size, indices)


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """Takes slices along an axis, named by their places.

    Args:
      x: an array.
      indices: an integer array; negative places count from the end.
      axis: the axis; None for the flattened array.

    Returns:
      An Array: the axis is replaced by those of `indices`.

    Raises:
      IndexError: a place is out of range.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.take(xp.asarray([10, 20, 30]), xp.asarray([2, 0]))
      Array([30, 10], dtype=int64)
    """
    x, indices = array(x), array(indices)
    if axis is None:
        x, axis = op.reshape(x, [-1]), 0
    at = axis_of("take", axis, x.ndim)
    return op.gather(x, _from_front(indices, x.shape[at]), axis=at)


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Takes one element for each index along an axis, as argsort() gives them.

    Args:
      x: an array.
      indices: an integer array of the same rank; the other axes broadcast with those of x.
      axis: the axis that the indices count along.

    Returns:
      An Array.

    Raises:
      ValueError: the ranks differ.
      IndexError: a place is out of range.

    Example:
      >>> import pyten.array_api as xp
      >>> x = xp.asarray([[3, 1, 2]])
      >>> xp.take_along_axis(x, xp.argsort(x))
      Array([[1, 2, 3]], dtype=int64)
    """
    from pyten.array_api._manipulation import broadcast_shapes, moveaxis

    x, indices = array(x), array(indices)
    if x.ndim != indices.ndim:
        raise InvalidArgumentError(
            f"take_along_axis: x and indices must have the same rank, got x.shape={x.shape} and "
            f"indices.shape={indices.shape}"
        )
    at = axis_of("take_along_axis", axis, x.ndim)
    size = x.shape[at]
    x, indices = moveaxis(x, at, -1), moveaxis(_from_front(indices, size), at, -1)
    batch = list(broadcast_shapes(x.shape[:-1], indices.shape[:-1]))
    x = op.broadcast_to(x, [*batch, size])
    indices = op.broadcast_to(indices, [*batch, indices.shape[-1]])
    return moveaxis(op.gather(x, indices, axis=len(batch), batch_dims=len(batch)), -1, at)


# -- Order -----------------------------------------------------------------------------------------
def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Sorts the elements along an axis; NaN comes last in both directions.

    Args:
      x: an array of real numbers.
      axis: the axis.
      descending: whether the largest comes first.
      stable: accepted and ignored: equal elements always keep their order.

    Returns:
      An Array of the same shape and dtype.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.sort(xp.asarray([3, 1, 2]), descending=True)
      Array([3, 2, 1], dtype=int64)
    """
    x = array(x)
    direction = "DESCENDING" if descending else "ASCENDING"
    at = axis_of("sort", axis, x.ndim)
    return op.cast(op.sort(_numbers(x), at, direction), x.dtype)


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Finds the places of the elements in sorted order; NaN comes last in both directions.

    Args:
      x: an array of real numbers.
      axis: the axis.
      descending: whether the largest comes first.
      stable: accepted and ignored: equal elements always keep their order.

    Returns:
      An int64 Array of the same shape.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.argsort(xp.asarray([3, 1, 2]))
      Array([1, 2, 0], dtype=int64)
    """
    x = array(x)
    direction = "DESCENDING" if descending else "ASCENDING"
    at = axis_of("argsort", axis, x.ndim)
    return op.cast(op.argsort(_numbers(x), at, direction), "int64")


# -- Sets ------------------------------------------------------------------------------------------
class UniqueAll(NamedTuple):
    """The distinct values, where each is first, which of them each element is, how many."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """The distinct values, and how many there are of each."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """The distinct values, and which of them each element is."""

    values: Any
    inverse_indices: Any


def unique_all(x: Any, /) -> UniqueAll:
    """Finds the distinct elements, in ascending order; each NaN is one of its own.

    Args:
      x: an array of any shape.

    Returns:
      A named tuple (values, indices, inverse_indices, counts): the values, as the array's own
      elements, which gradients reach; the place in the flattened array where each is first; for
      each element, in the shape of x, which value it is; and how often each occurs. The places and
      counts are int64.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.unique_all(xp.asarray([4, 1, 4])).inverse_indices
      Array([1, 0, 1], dtype=int64)
    """
    x = array(x)
    _, first, inverse, counts = by_numpy(
        lambda a: np.unique(
            a,
            return_index=True,
            return_inverse=True,
            return_counts=True,
            equal_nan=False,
        ),
        x,
    )
    places = constant(first.astype(np.int64))
    return UniqueAll(
        op.gather(op.reshape(x, [-1]), places),
        places,
        constant(inverse.reshape(x.shape).astype(np.int64)),
        constant(counts.astype(np.int64)),
    )


def unique_counts(x: Any, /) -> UniqueCounts:
    """Finds the distinct elements and how often each occurs; see unique_all.

    Args:
      x: an array of any shape.

    Returns:
      A named tuple (values, counts).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.unique_counts(xp.asarray([4, 1, 4])).counts
      Array([1, 2], dtype=int64)
    """
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Any, /) -> UniqueInverse:
    """Finds the distinct elements and which of them each element is; see unique_all.

    Args:
      x: an array of any shape.

    Returns:
      A named tuple (values, inverse_indices).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.unique_inverse(xp.asarray([4, 1, 4])).inverse_indices
      Array([1, 0, 1], dtype=int64)
    """
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Any, /) -> Any:
    """Finds the distinct elements, in ascending order; see unique_all.

    Args:
      x: an array of any shape.

    Returns:
      An Array of rank 1.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.unique_values(xp.asarray([4, 1, 4]))
      Array([1, 4], dtype=int64)
    """
    return unique_all(x).values


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Finds which elements are among others.

    Args:
      x1: an array, or a Python int.
      x2: an array of those to look for, or a Python int.
      invert: whether to find those that are not among them.

    Returns:
      A bool Array of the shape of x1.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.isin(xp.asarray([1, 2, 3]), xp.asarray([3, 1]))
      Array([ True, False,  True], dtype=bool)
    """
    x1, x2 = array(x1), array(x2)
    return constant(by_numpy(lambda a, b: np.isin(a, b, invert=invert), x1, x2))
