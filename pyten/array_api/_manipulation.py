"""Arrays in other shapes, joined and taken apart."""

from __future__ import annotations

import operator
from typing import Any

from pyten import _arrays, _core
from pyten.array_api._array import array, axes_of, axis_of, op, promoted
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
                    "broadcast_shapes: shapes must broadcast, got "
                    + " and ".join(str(tuple(s)) for s in shapes)
                )
            out[-i] = shape[-i]
    return tuple(out)


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Brings arrays to the shape that they broadcast to, without copies.

    Args:
      arrays: arrays whose shapes broadcast.

    Returns:
      A tuple of Arrays.
    """
    given = [array(a) for a in arrays]
    shape = list(broadcast_shapes(*(tuple(a.shape) for a in given)))
    return tuple(op.broadcast_to(a, shape) for a in given)


def broadcast_to(x: Any, /, shape: tuple[int, ...]) -> Any:
    """Repeats an array along new axes and along those of size 1, without a copy.

    Args:
      x: an array.
      shape: the shape of the result.

    Returns:
      An Array.

    Raises:
      ValueError: the shape of x does not broadcast to it.
    """
    return op.broadcast_to(array(x), list(shape))


def concat(arrays: Any, /, *, axis: int | None = 0) -> Any:
    """Joins arrays along an axis that they have.

    Args:
      arrays: a list or tuple of at least one array; their dtypes promote.
      axis: the axis; None flattens all of them first.

    Returns:
      An Array.

    Raises:
      ValueError: the other sizes differ.
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
    """
    return op.stack(promoted(*(array(a) for a in arrays)), axis)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """Takes an array apart along an axis.

    Args:
      x: an array of rank 1 or more.
      axis: the axis.

    Returns:
      A tuple of Arrays without that axis.
    """
    return tuple(op.unstack(array(x), axis=axis))


def expand_dims(x: Any, /, axis: int | tuple[int, ...]) -> Any:
    """Inserts axes of size 1.

    Args:
      x: an array.
      axis: where they stand in the result.

    Returns:
      An Array.

    Raises:
      IndexError: an axis is out of range.
    """
    x = array(x)
    axes = axis if isinstance(axis, tuple) else (axis,)
    for at in sorted(axes_of("expand_dims", axes, x.ndim + len(axes))):
        x = op.expand_dims(x, at)
    return x


def squeeze(x: Any, /, axis: int | tuple[int, ...]) -> Any:
    """Removes axes of size 1.

    Args:
      x: an array.
      axis: the axis or axes.

    Returns:
      An Array.

    Raises:
      ValueError: one of them is of another size.
    """
    x = array(x)
    axes = axes_of("squeeze", axis, x.ndim)
    return op.squeeze(x, axes) if axes else _core._array_handle(x)


def flip(x: Any, /, *, axis: int | tuple[int, ...] | None = None) -> Any:
    """Reverses the order along axes.

    Args:
      x: an array.
      axis: the axis or axes; None for all.

    Returns:
      An Array.
    """
    x = array(x)
    return op.reverse(x, axes_of("flip", axis, x.ndim))


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    """Reorders the axes, without a copy.

    Args:
      x: an array.
      axes: for each axis of the result which one of x it is.

    Returns:
      An Array.
    """
    x = array(x)
    perm = axes_of("permute_dims", tuple(axes), x.ndim)
    return op.transpose(x, perm)


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
    return op.transpose(x, order)


def reshape(x: Any, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Any:
    """Gives the elements another shape, in row-major order.

    Args:
      x: an array.
      shape: the shape; one size may be -1.
      copy: False raises if the memory cannot be seen in that shape; True and None are the same,
        since memory is shared until one of the arrays is written to.

    Returns:
      An Array.

    Raises:
      ValueError: the sizes do not fit, or copy is False and a copy is needed.
    """
    x = array(x)
    sizes = [operator.index(n) for n in (shape if isinstance(shape, (tuple, list)) else (shape,))]
    if copy is False and not _core._is_contiguous(x):
        raise ValueError(f"reshape: an array of shape {x.shape} and these strides needs a copy")
    return op.reshape(x, sizes)


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    """Moves elements along axes; what falls off the end comes in at the start.

    Args:
      x: an array.
      shift: by how many places, one number or one for each axis.
      axis: the axis or axes; None rolls the flattened array.

    Returns:
      An Array.
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
    """
    return _core._array(_arrays.repeat(array(x), repeats, axis))


def tile(x: Any, repetitions: tuple[int, ...], /) -> Any:
    """Repeats a whole array along its axes.

    Args:
      x: an array.
      repetitions: how often along each axis; missing axes are added in front.

    Returns:
      An Array.
    """
    x = array(x)
    counts = list(repetitions) if isinstance(repetitions, (tuple, list)) else [repetitions]
    rank = max(len(counts), x.ndim)
    shape = [1] * (rank - x.ndim) + list(x.shape)
    return op.tile(op.reshape(x, shape), [1] * (rank - len(counts)) + counts)
