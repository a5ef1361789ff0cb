"""Arrays in other shapes, joined and taken apart."""

from __future__ import annotations

import operator
from typing import Any

from pyten import _arrays, _core
from pyten.array_api._array import array, axes_of, axis_of, op, promoted, viewed
from pyten.errors import InvalidArgumentError

__all__ = [
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "moveaxis",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "tile",
    "unstack",
]


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that shapes broadcast to.

    Args:
      shapes: tuples of ints.

    Returns:
      A tuple of ints.

    Raises:
      ValueError: they do not broadcast.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.broadcast_shapes((3, 1), (2,))
      (3, 2)
    """
    out: list[int] = []
    for shape in shapes:
        if len(shape) > len(out):
            out = [1] * (len(shape) - len(out)) + out
        for i in range(1, len(shape) + 1):
            if shape[-i] == 1 or shape[-i] == out[-i]:
                continue
            if out[-i] != 1:
                raise InvalidArgumentError(
                    "broadcast_shapes: Incompatible shapes: "
                    + " and ".join(str(tuple(s)) for s in shapes)
                    + "; sizes must be equal or 1, from the last axis on"
                )
            out[-i] = shape[-i]
    return tuple(out)


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Brings arrays to the shape that they broadcast to, without copies.

    Args:
      arrays: arrays whose shapes broadcast.

    Returns:
      A tuple of Arrays.

    Example:
      >>> import pyten.array_api as xp
      >>> a, b = xp.broadcast_arrays(xp.asarray([1, 2]), xp.asarray([[3], [4]]))
      >>> a
      Array([[1, 2],
             [1, 2]], dtype=int64)
    """
    given = [array(a) for a in arrays]
    shape = list(broadcast_shapes(*(tuple(a.shape) for a in given)))
    return tuple(viewed(lambda a: op.broadcast_to(a, shape), a) for a in given)


def broadcast_to(x: Any, /, shape: tuple[int, ...]) -> Any:
    """Repeats an array along new axes and along those of size 1, without a copy.

    Args:
      x: an array.
      shape: the shape of the result.

    Returns:
      An Array.

    Raises:
      ValueError: the shape of x does not broadcast to it.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.broadcast_to(xp.asarray([1, 2]), (2, 2))
      Array([[1, 2],
             [1, 2]], dtype=int64)
    """
    return viewed(lambda a: op.broadcast_to(a, list(shape)), array(x))


def concat(arrays: Any, /, *, axis: int | None = 0) -> Any:
    """Joins arrays along an axis that they have.

    Args:
      arrays: a list or tuple of at least one array; their dtypes promote.
      axis: the axis; None flattens all of them first.

    Returns:
      An Array.

    Raises:
      ValueError: the other sizes differ.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.concat([xp.asarray([1, 2]), xp.asarray([3.5])])
      Array([1. , 2. , 3.5], dtype=float64)
    """
    given = promoted(*(array(a) for a in arrays))
    if axis is None:
        given, axis = [op.reshape(a, [-1]) for a in given], 0
    return op.concat(given, axis_of("concat", axis, given[0].ndim))


def stack(arrays: Any, /, *, axis: int = 0) -> Any:
    """Joins arrays of one shape along a new axis.

    Args:
      arrays: a list or tuple of at least one array; their dtypes promote.
      axis: where the new axis goes.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.stack([xp.asarray([1, 2]), xp.asarray([3, 4])])
      Array([[1, 2],
             [3, 4]], dtype=int64)
    """
    return op.stack(promoted(*(array(a) for a in arrays)), axis)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """Takes an array apart along an axis.

    Args:
      x: an array of rank 1 or more.
      axis: the axis.

    Returns:
      A tuple of Arrays without that axis.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.unstack(xp.asarray([[1, 2], [3, 4]]))[1]
      Array([3, 4], dtype=int64)
    """
    x = array(x)
    before = (slice(None),) * axis_of("unstack", axis, x.ndim)
    keys = [(*before, i) for i in range(x.shape[axis])]
    return tuple(x[key] for key in keys)


def expand_dims(x: Any, /, axis: int | tuple[int, ...]) -> Any:
    """Inserts axes of size 1.

    Args:
      x: an array.
      axis: where they stand in the result.

    Returns:
      An Array.

    Raises:
      IndexError: an axis is out of range.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.expand_dims(xp.asarray([1, 2]), 0)
      Array([[1, 2]], dtype=int64)
    """
    x = array(x)
    axes = axis if isinstance(axis, tuple) else (axis,)
    places = axes_of("expand_dims", axes, x.ndim + len(axes))
    key = tuple(None if a in places else slice(None) for a in range(x.ndim + len(axes)))
    return x[key]


def squeeze(x: Any, /, axis: int | tuple[int, ...]) -> Any:
    """Removes axes of size 1.

    Args:
      x: an array.
      axis: the axis or axes.

    Returns:
      An Array.

    Raises:
      ValueError: one of them is of another size.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.squeeze(xp.asarray([[1, 2]]), 0)
      Array([1, 2], dtype=int64)
    """
    x = array(x)
    axes = axes_of("squeeze", axis, x.ndim)
    return viewed(lambda a: op.squeeze(a, axes) if axes else a, x)


def flip(x: Any, /, *, axis: int | tuple[int, ...] | None = None) -> Any:
    """Reverses the order along axes.

    Args:
      x: an array.
      axis: the axis or axes; None for all.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.flip(xp.asarray([1, 2, 3]))
      Array([3, 2, 1], dtype=int64)
    """
    x = array(x)
    axes = axes_of("flip", axis, x.ndim)
    return x[tuple(slice(None, None, -1 if a in axes else None) for a in range(x.ndim))]


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    """Reorders the axes, without a copy.

    Args:
      x: an array.
      axes: for each axis of the result which one of x it is.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.permute_dims(xp.asarray([[1, 2], [3, 4]]), (1, 0))
      Array([[1, 3],
             [2, 4]], dtype=int64)
    """
    x = array(x)
    perm = axes_of("permute_dims", tuple(axes), x.ndim)
    return viewed(lambda a: op.transpose(a, perm), x)


def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
    """Moves axes; the others keep their order.

    Args:
      x: an array.
      source: the axis or axes to move.
      destination: where they go.

    Returns:
      An Array.

    Raises:
      ValueError: there are not as many destinations as sources.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.moveaxis(xp.ones((2, 3, 4)), 0, -1).shape
      (3, 4, 2)
    """
    x = array(x)
    start = axes_of("moveaxis", source, x.ndim)
    end = axes_of("moveaxis", destination, x.ndim)
    if len(start) != len(end):
        raise InvalidArgumentError(
            f"moveaxis: source and destination must name as many axes, got {source} and "
            f"{destination}"
        )
    order = [a for a in range(x.ndim) if a not in start]
    for to, from_ in sorted(zip(end, start, strict=True)):
        order.insert(to, from_)
    return viewed(lambda a: op.transpose(a, order), x)


def reshape(x: Any, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Any:
    """Gives the elements another shape, in row-major order.

    Args:
      x: an array.
      shape: the shape; one size may be -1.
      copy: False raises if the memory cannot be seen in that shape; True gives an array that
        shares no writes with x; None gives a view where that is possible.

    Returns:
      An Array.

    Raises:
      ValueError: the sizes do not fit, or copy is False and a copy is needed.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.reshape(xp.asarray([1, 2, 3, 4]), (2, -1))
      Array([[1, 2],
             [3, 4]], dtype=int64)
    """
    x = array(x)
    sizes = [operator.index(n) for n in (shape if isinstance(shape, (tuple, list)) else (shape,))]
    if copy is False and not _core._is_contiguous(x):
        raise ValueError(f"reshape: an array of shape {x.shape} and these strides needs a copy")
    if copy:
        return op.reshape(x, sizes)
    return viewed(lambda a: op.reshape(a, sizes), x)


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    """Moves elements along axes; what falls off the end comes in at the start.

    Args:
      x: an array.
      shift: by how many places, one number or one for each axis.
      axis: the axis or axes; None rolls the flattened array.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.roll(xp.asarray([1, 2, 3]), 1)
      Array([3, 1, 2], dtype=int64)
    """
    x = array(x)
    if axis is None:
        return op.reshape(op.roll(op.reshape(x, [-1]), [operator.index(shift)], [0]), list(x.shape))
    axes = list(axis) if isinstance(axis, (tuple, list)) else [axis]
    shifts = list(shift) if isinstance(shift, (tuple, list)) else [shift] * len(axes)
    if x.size == 0:
        return _core._array_handle(x)
    return op.roll(x, shifts, [axis_of("roll", a, x.ndim) for a in axes])


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Repeats each element, or each slice along an axis.

    Args:
      x: an array.
      repeats: how often: an int, or an integer array with one for each slice.
      axis: the axis; None flattens x first.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.repeat(xp.asarray([1, 2]), 2)
      Array([1, 1, 2, 2], dtype=int64)
    """
    return _core._array(_arrays.repeat(array(x), repeats, axis))


def tile(x: Any, repetitions: tuple[int, ...], /) -> Any:
    """Repeats a whole array along its axes.

    Args:
      x: an array.
      repetitions: how often along each axis; missing axes are added in front.

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.tile(xp.asarray([1, 2]), (2,))
      Array([1, 2, 1, 2], dtype=int64)
    """
    x = array(x)
    counts = list(repetitions) if isinstance(repetitions, (tuple, list)) else [repetitions]
    rank = max(len(counts), x.ndim)
    shape = [1] * (rank - x.ndim) + list(x.shape)
    return op.tile(op.reshape(x, shape), [1] * (rank - len(counts)) + counts)
