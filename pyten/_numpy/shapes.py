"""What moves elements: shapes, axes, joins and parts, as NumPy has them."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

import pyten as tf
from pyten._numpy.arguments import (
    Unsupported,
    axes_of,
    axis_of,
    broadcast_shape,
    cast_to,
    product,
    tensor,
    together,
    value_of,
)

__all__ = ["FUNCTIONS", "moveaxis", "stacked"]


def _row_major(order: Any) -> bool:
    if order not in (None, "C", "K", "A", "F"):
        raise ValueError(f"order must be one of 'C', 'F', 'A', or 'K' (got {order!r})")
    return order != "F"


def _backwards(x: Any) -> Any:
    return tf.transpose(x)


# -- Shapes and axes ----------------------------------------------------------------------------------
def _reshape(
    a: Any, shape: Any = None, order: Any = "C", *, newshape: Any = None, copy: Any = None
) -> Any:
    x = tensor(a)
    sizes = shape if newshape is None else newshape
    sizes = [int(n) for n in (sizes if isinstance(sizes, (tuple, list)) else value_of(sizes).flat)]
    if _row_major(order):
        return tf.reshape(x, sizes)
    return _backwards(tf.reshape(_backwards(x), sizes[::-1]))


def _ravel(a: Any, order: Any = "C") -> Any:
    x = tensor(a)
    return tf.reshape(x if _row_major(order) else _backwards(x), [-1])


def _transpose(a: Any, axes: Any = None) -> Any:
    x = tensor(a)
    if axes is None:
        return tf.transpose(x)
    if len(axes) != x.ndim:
        raise ValueError("axes don't match array")
    return tf.transpose(x, axes_of(axes, x.ndim))


def _matrix_transpose(x: Any, /) -> Any:
    return _swapaxes(x, -1, -2)


def _swapaxes(a: Any, axis1: Any, axis2: Any) -> Any:
    x = tensor(a)
    order = list(range(x.ndim))
    i, j = axis_of(axis1, x.ndim), axis_of(axis2, x.ndim)
    order[i], order[j] = j, i
    return tf.transpose(x, order)


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    x = tensor(a)
    come, go = axes_of(source, x.ndim), axes_of(destination, x.ndim)
    if len(come) != len(go):
        raise ValueError(
            "`source` and `destination` arguments must have the same number of elements"
        )
    order = [i for i in range(x.ndim) if i not in come]
    for to, at in sorted(zip(go, come, strict=True)):
        order.insert(to, at)
    return tf.transpose(x, order)


def _rollaxis(a: Any, axis: Any, start: Any = 0) -> Any:
    x = tensor(a)
    at = axis_of(axis, x.ndim)
    to = start + x.ndim if start < 0 else start
    if not 0 <= to <= x.ndim:
        raise np.exceptions.AxisError(start, x.ndim + 1)
    return moveaxis(x, at, to - 1 if at < to else to)


def _squeeze(a: Any, axis: Any = None) -> Any:
    x = tensor(a)
    if axis is None:
        return tf.squeeze(x)
    axes = axes_of(axis, x.ndim)
    if any(x.shape[i] != 1 for i in axes):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return tf.squeeze(x, axes) if axes else tf.identity(x)


def _expand_dims(a: Any, axis: Any) -> Any:
    x = tensor(a)
    count = len(axis) if isinstance(axis, (tuple, list)) else 1
    new = axes_of(axis, x.ndim + count)
    sizes = iter(x.shape)
    return tf.reshape(x, [1 if i in new else next(sizes) for i in range(x.ndim + count)])


def _at_least(rank: int) -> Callable[..., Any]:
    def one(x: Any) -> Any:
        x = tensor(x)
        if x.ndim >= rank:
            return x
        if rank == 3 and x.ndim:
            return tf.reshape(x, [*(x.shape if x.ndim == 2 else [1, *x.shape]), 1])
        return tf.reshape(x, [1] * (rank - x.ndim) + list(x.shape))

    def at_least(*arrays: Any) -> Any:
        return one(arrays[0]) if len(arrays) == 1 else tuple(one(x) for x in arrays)

    return at_least


_atleast_1d, _atleast_2d, _atleast_3d = _at_least(1), _at_least(2), _at_least(3)


def _broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    sizes = list(shape) if isinstance(shape, (tuple, list)) else [operator.index(shape)]
    return tf.broadcast_to(tensor(array), sizes)


def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    tensors = [tensor(x) for x in args]
    shape = broadcast_shape(*tensors)
    return tuple(tf.broadcast_to(t, shape) for t in tensors)


def _flip(m: Any, axis: Any = None) -> Any:
    x = tensor(m)
    return tf.reverse(x, axes_of(axis, x.ndim))


def _fliplr(m: Any) -> Any:
    return _flip(m, 1)


def _flipud(m: Any) -> Any:
    return _flip(m, 0)


def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    x = tensor(a)
    if axis is None:
        return tf.reshape(tf.roll(tf.reshape(x, [-1]), int(np.sum(value_of(shift))), 0), x.shape)
    axes = axes_of(axis, x.ndim) if np.ndim(axis) == 0 else [axis_of(i, x.ndim) for i in axis]
    shifts = np.broadcast_to(value_of(shift), len(axes)).tolist()
    return tf.roll(x, shifts, axes)


def _rot90(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    x = tensor(m)
    i, j = (axis_of(a, x.ndim) for a in axes)
    if i == j:
        raise ValueError("Axes must be different.")
    k %= 4
    if k == 0:
        return tf.identity(x)
    if k == 2:
        return tf.reverse(x, [i, j])
    return _swapaxes(_flip(x, j), i, j) if k == 1 else _flip(_swapaxes(x, i, j), j)


# -- Repeats ------------------------------------------------------------------------------------------
def _tile(A: Any, reps: Any) -> Any:
    x = tensor(A)
    counts = [int(n) for n in value_of(reps).reshape(-1)]
    rank = max(x.ndim, len(counts))
    x = tf.reshape(x, [1] * (rank - x.ndim) + list(x.shape))
    return tf.tile(x, [1] * (rank - len(counts)) + counts)


def _repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    x = tensor(a)
    if axis is None:
        return tf.repeat(tf.reshape(x, [-1]), value_of(repeats), 0)
    return tf.repeat(x, value_of(repeats), axis_of(axis, x.ndim))


def _resize(a: Any, new_shape: Any) -> Any:
    x = tf.reshape(tensor(a), [-1])
    sizes = list(new_shape) if isinstance(new_shape, (tuple, list)) else [int(new_shape)]
    count = product(sizes)
    if x.size == 0:
        return tf.zeros(sizes, x.dtype)
    return tf.reshape(tf.gather(x, np.arange(count) % x.size), sizes)


_BY_PLACE = ("edge", "reflect", "symmetric", "wrap")


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    x = tensor(array)
    if isinstance(pad_width, dict):
        given: list[Any] = [pad_width.get(i, pad_width.get(i - x.ndim, 0)) for i in range(x.ndim)]
        widths = np.array([[w, w] if np.ndim(w) == 0 else w for w in given])
    else:
        widths = np.broadcast_to(value_of(pad_width), (x.ndim, 2))
    if (widths < 0).any():
        raise ValueError("index can't contain negative values")
    if mode == "constant" and kwargs.keys() <= {"constant_values"}:
        x, fill = together(array, kwargs.get("constant_values", 0))
        fill = tf.broadcast_to(fill, [x.ndim, 2])
        for i, (before, after) in enumerate(widths.tolist()):
            parts = [x]
            for side, n in ((0, before), (1, after)):
                shape = [n if j == i else s for j, s in enumerate(x.shape)]
                parts.insert(side * len(parts), tf.broadcast_to(fill[i, side], shape))
            x = tf.concat(parts, i)
        return x
    if mode not in _BY_PLACE or kwargs.get("reflect_type", "even") != "even":
        raise Unsupported(f"mode={mode!r}" if mode not in _BY_PLACE else "reflect_type=")
    for i, width in enumerate(widths.tolist()):
        if any(width):
            x = tf.gather(x, np.pad(np.arange(x.shape[i]), width, mode=mode), axis=i)
    return x


# -- Joins and parts ------------------------------------------------------------------------------------
def _joined(parts: Any, axis: Any, dtype: Any) -> Any:
    return tf.concat([cast_to(p, dtype) for p in together(*parts)], axis)


def _concatenate(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None
) -> Any:
    parts = [tensor(p) for p in _listed(arrays)]
    if axis is None:
        return _joined([tf.reshape(p, [-1]) for p in together(*arrays)], 0, dtype)
    if any(p.ndim == 0 for p in parts):
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    return _joined(_listed(arrays), axis_of(axis, parts[0].ndim), dtype)


def _listed(arrays: Any) -> list[Any]:
    return list(arrays) if isinstance(arrays, (list, tuple)) else list(tensor(arrays))


def stacked(
    arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None
) -> Any:
    parts = together(*_listed(arrays))
    at = axis_of(axis, parts[0].ndim + 1)
    return tf.stack([cast_to(p, dtype) for p in parts], at)


def _stack_by(least: Any, axis: int) -> Callable[..., Any]:
    def stack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
        parts = [least(p) for p in together(*_listed(tup))]
        at = axis if axis >= 0 else 0 if parts[0].ndim == 1 else 1
        return _joined(parts, at, dtype)

    return stack


def _column_stack(tup: Any) -> Any:
    parts = together(*_listed(tup))
    return tf.concat([tf.reshape(p, [-1, 1]) if p.ndim < 2 else p for p in parts], 1)


def _leaves(arrays: Any) -> list[Any]:
    return [v for a in arrays for v in _leaves(a)] if isinstance(arrays, list) else [arrays]


def _block(arrays: Any) -> Any:
    leaves = together(*_leaves(arrays))
    depth, level = 0, arrays
    while isinstance(level, list):
        depth, level = depth + 1, level[0]
    rank = max(depth, *(t.ndim for t in leaves))
    supply = iter(leaves)

    def joined(part: Any, level: int) -> Any:
        if not isinstance(part, list):
            t = next(supply)
            return tf.reshape(t, [1] * (rank - t.ndim) + list(t.shape))
        return tf.concat([joined(p, level - 1) for p in part], rank - level)

    return joined(arrays, depth)


def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    return _concatenate((arr, values), axis=axis)


def _cut(x: Any, at: int, places: list[int]) -> list[Any]:
    bounds = [0, *places, int(x.shape[at])]
    key = (slice(None),) * at
    return [x[key + (slice(i, j),)] for i, j in itertools.pairwise(bounds)]


def _array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    x = tensor(ary)
    at = axis_of(axis, x.ndim)
    if np.ndim(indices_or_sections):
        return _cut(x, at, [int(i) for i in value_of(indices_or_sections)])
    n = operator.index(indices_or_sections)
    if n <= 0:
        raise ValueError("number sections must be larger than 0.")
    each, more = divmod(int(x.shape[at]), n)
    sizes = [each + 1] * more + [each] * (n - more)
    return _cut(x, at, np.cumsum(sizes)[:-1].tolist())


def _split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    x = tensor(ary)
    at = axis_of(axis, x.ndim)
    if np.ndim(indices_or_sections) == 0 and int(x.shape[at]) % int(indices_or_sections):
        raise ValueError("array split does not result in an equal division")
    return _array_split(x, indices_or_sections, at)


def _split_by(axis: int, rank: int) -> Callable[..., Any]:
    def split(ary: Any, indices_or_sections: Any) -> list[Any]:
        x = tensor(ary)
        if x.ndim < rank:
            raise ValueError(f"split only works on arrays of {rank} or more dimensions")
        return _split(x, indices_or_sections, 0 if axis == 1 and x.ndim == 1 else axis)

    return split


def _unstack(x: Any, /, *, axis: Any = 0) -> tuple[Any, ...]:
    x = tensor(x)
    return tuple(tf.unstack(x, axis=axis_of(axis, x.ndim)))


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    axes = [tf.reshape(tensor(x), [-1]) for x in xi]
    places = list(range(len(axes)))
    if indexing == "xy" and len(axes) > 1:
        places[:2] = [1, 0]
    shape = [0] * len(axes)
    for at, x in zip(places, axes, strict=True):
        shape[at] = x.size
    out = []
    for at, x in zip(places, axes, strict=True):
        x = tf.reshape(x, [-1 if i == at else 1 for i in range(len(axes))])
        out.append(x if sparse else tf.broadcast_to(x, shape))
    return tuple(out) if tuple(map(int, np.__version__.split(".")[:1])) >= (2,) else out


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "append": _append,
    "array_split": _array_split,
    "atleast_1d": _atleast_1d,
    "atleast_2d": _atleast_2d,
    "atleast_3d": _atleast_3d,
    "block": _block,
    "broadcast_arrays": _broadcast_arrays,
    "broadcast_to": _broadcast_to,
    "column_stack": _column_stack,
    "concatenate": _concatenate,
    "dsplit": _split_by(2, 3),
    "dstack": _stack_by(_atleast_3d, 2),
    "expand_dims": _expand_dims,
    "flip": _flip,
    "fliplr": _fliplr,
    "flipud": _flipud,
    "hsplit": _split_by(1, 1),
    "hstack": _stack_by(_atleast_1d, -1),
    "linalg.matrix_transpose": _matrix_transpose,
    "matrix_transpose": _matrix_transpose,
    "meshgrid": _meshgrid,
    "moveaxis": moveaxis,
    "pad": _pad,
    "ravel": _ravel,
    "repeat": _repeat,
    "reshape": _reshape,
    "resize": _resize,
    "roll": _roll,
    "rollaxis": _rollaxis,
    "rot90": _rot90,
    "split": _split,
    "squeeze": _squeeze,
    "stack": stacked,
    "swapaxes": _swapaxes,
    "tile": _tile,
    "transpose": _transpose,
    "unstack": _unstack,
    "vsplit": _split_by(0, 2),
    "vstack": _stack_by(_atleast_2d, 0),
}
