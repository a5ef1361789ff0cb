"""What picks elements: by place, mask, order or diagonal, as NumPy has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import pyten as tf
from pyten._numpy.arguments import (
    Unsupported,
    axes_of,
    axis_of,
    broadcast_shape,
    product,
    refuse,
    tensor,
    together,
    value_of,
)
from pyten._numpy.shapes import moveaxis, stacked

__all__ = ["FUNCTIONS", "diagonal"]


# -- By place -----------------------------------------------------------------------------------------
def _within(places: Any, n: int, mode: str) -> Any:
    """Places as numbers from 0."""
    if places.dtype.kind not in "iu":
        raise TypeError("indices must be integers")
    if mode == "clip":
        return np.clip(places, 0, n - 1)
    if mode == "wrap":
        return places % n
    if places.size and not (-n <= places.min() and places.max() < n):
        bad = places[(places < -n) | (places >= n)].flat[0]
        raise IndexError(f"index {bad} is out of bounds for axis with size {n}")
    return np.where(places < 0, places + n, places)


def _take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
    x = tensor(a)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    at = axis_of(axis, x.ndim)
    return tf.gather(x, _within(value_of(indices), int(x.shape[at]), mode), axis=at)


def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    x, places = tensor(arr), value_of(indices)
    if axis is None:
        x, places, axis = tf.reshape(x, [-1]), places.reshape(-1), 0
    if x.ndim != places.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    at = axis_of(axis, x.ndim)
    places = _within(np.moveaxis(places, at, -1), int(x.shape[at]), "raise")
    x = moveaxis(x, at, -1)
    outer = list(np.broadcast_shapes(tuple(x.shape[:-1]), places.shape[:-1]))
    x = tf.broadcast_to(x, [*outer, x.shape[-1]])
    places = np.broadcast_to(places, (*outer, places.shape[-1]))
    return moveaxis(tf.gather(x, places, batch_dims=len(outer)), -1, at)


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    parts = together(*choices)
    which = _within(value_of(a), len(parts), mode)
    if mode == "raise" and (value_of(a) < 0).any():
        raise ValueError("invalid entry in choice array")
    shape = list(np.broadcast_shapes(which.shape, tuple(broadcast_shape(*parts))))
    rows = tf.stack([tf.reshape(tf.broadcast_to(p, shape), [-1]) for p in parts], 1)
    which = np.broadcast_to(which, shape).reshape(-1, 1)
    return tf.reshape(tf.gather(rows, which, batch_dims=1), shape)


def _compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    return _take(a, np.flatnonzero(value_of(condition)), axis)


def _extract(condition: Any, arr: Any) -> Any:
    return _take(arr, np.flatnonzero(value_of(condition)))


def _delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    x = tensor(arr)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    at = axis_of(axis, x.ndim)
    obj = obj if isinstance(obj, slice) else value_of(obj)
    return tf.gather(x, np.delete(np.arange(x.shape[at]), obj), axis=at)


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    x, new = together(arr, values)
    if axis is None:
        x = tf.reshape(x, [-1])
    elif x.ndim != 1:
        raise Unsupported("axis= of more than one axis")
    n = int(x.shape[0])
    obj = obj if isinstance(obj, slice) else value_of(obj)
    new = tf.reshape(new, [-1])
    places = np.arange(n)[obj] if isinstance(obj, slice) else obj
    count = (
        new.size
        if np.ndim(places) == 0
        else len(np.flatnonzero(places) if places.dtype == bool else places)
    )
    order = np.insert(np.arange(n), obj, n + np.arange(count))
    return tf.gather(tf.concat([x, tf.broadcast_to(new, [count])], 0), order)


def _trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    x = tensor(filt)
    refuse(axis=axis)
    if x.ndim != 1:
        raise Unsupported("more than one axis")
    some = np.flatnonzero(value_of(x))
    if some.size == 0:
        return x[:0]
    front = some[0] if "f" in trim.lower() else 0
    return x[int(front) : int(some[-1]) + 1 if "b" in trim.lower() else None]


# -- By condition -----------------------------------------------------------------------------------
def _where(condition: Any, /, *choices: Any) -> Any:
    mask = value_of(condition).astype(bool)
    if not choices:
        return np.nonzero(mask)
    if len(choices) != 2:
        raise ValueError("either both or neither of x and y should be given")
    return tf.where(mask, *together(*choices))


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError("list of cases must be same length as list of conditions")
    *choices, out = together(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices)):
        out = tf.where(value_of(condition), choice, out)
    return out


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    x = tensor(x)
    masks = value_of(condlist).astype(bool)
    if masks.ndim == x.ndim:
        masks = masks[None]
    if len(funclist) == len(masks) + 1:
        masks = np.concatenate([masks, ~np.any(masks, axis=0)[None]])
    elif len(funclist) != len(masks):
        raise ValueError(
            f"with {len(masks)} condition(s), either that many or one more function(s)"
        )
    row, out = tf.reshape(x, [-1]), tf.zeros([x.size], x.dtype)
    for mask, function in zip(masks, funclist, strict=True):
        places = np.flatnonzero(mask)
        if places.size == 0:
            continue
        part = tf.gather(row, places)
        value = function(part, *args, **kw) if callable(function) else function
        value = tf.broadcast_to(tf.cast(tensor(value), x.dtype), [places.size])
        out = tf.tensor_scatter_nd_update(out, places[:, None], value)
    return tf.reshape(out, x.shape)


def _clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    **kw: Any,
) -> Any:
    if kw:
        raise Unsupported(f"{next(iter(kw))}=")
    low, high = a_min if min is None else min, a_max if max is None else max
    x = a
    for limit, choose in ((low, tf.maximum), (high, tf.minimum)):
        if limit is not None:
            x = choose(*together(x, limit))
    return tf.identity(tensor(x)) if low is None and high is None else x


# -- By order -----------------------------------------------------------------------------------------
def _sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Any:
    refuse(order=order)
    x = tensor(a)
    if x.dtype.is_complex:
        raise Unsupported("complex numbers")
    if axis is None:
        return tf.sort(tf.reshape(x, [-1]))
    return tf.sort(x, axis=axis_of(axis, x.ndim))


def _partition(
    a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    x = tensor(a)
    if x.dtype.is_complex or order is not None:
        raise Unsupported("complex numbers or order=")
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    # The places that NumPy's elements come from: beside kth, their order is NumPy's own.
    return _take_along_axis(x, np.argpartition(value_of(x), kth, axis, kind), axis)


def _msort(a: Any) -> Any:
    return _sort(a, 0)


def _unique(ar: Any, *args: Any, **kwargs: Any) -> Any:
    """The values are those of the first places; all else has no derivative."""
    x = tensor(ar)
    names = ("return_index", "return_inverse", "return_counts", "axis")
    given = {**dict(zip(names, args)), **kwargs}
    if given.get("axis") is not None:
        raise Unsupported("axis=")
    wanted = given.pop("return_index", False)
    _, first, *more = np.unique(value_of(x), return_index=True, **given)
    picked = tf.gather(tf.reshape(x, [-1]), first)
    rest = ([first] if wanted else []) + more
    return (picked, *rest) if rest else picked


def _unique_values(x: Any, /) -> Any:
    return _unique(x, equal_nan=False)


# -- Diagonals and triangles ------------------------------------------------------------------------
def diagonal(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    x = tensor(a)
    if axis_of(axis1, x.ndim) == axis_of(axis2, x.ndim):
        raise ValueError("axis1 and axis2 cannot be the same")
    x = moveaxis(x, (axis1, axis2), (-2, -1))
    rows, columns = int(x.shape[-2]), int(x.shape[-1])
    places = np.diagonal(np.arange(rows * columns).reshape(rows, columns), offset)
    return tf.gather(tf.reshape(x, [*x.shape[:-2], rows * columns]), places, axis=-1)


def _last_diagonal(x: Any, /, *, offset: Any = 0) -> Any:
    return diagonal(x, offset, -2, -1)


def _trace(
    a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None
) -> Any:
    d = diagonal(a, offset, axis1, axis2)
    return tf.reduce_sum(d if dtype is None else tf.cast(d, dtype), -1)


def _last_trace(x: Any, /, *, offset: Any = 0, dtype: Any = None) -> Any:
    return _trace(x, offset, -2, -1, dtype)


def _diag(v: Any, k: Any = 0) -> Any:
    x = tensor(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = int(x.shape[0])
    places = np.diag(np.arange(n) + 1, k)  # 0 where there is none
    return tf.gather(tf.concat([tf.zeros([1], x.dtype), x], 0), places)


def _diagflat(v: Any, k: Any = 0) -> Any:
    return _diag(tf.reshape(tensor(v), [-1]), k)


def _triangle(which: Callable[..., Any]) -> Callable[..., Any]:
    def triangle(m: Any, k: Any = 0) -> Any:
        x = tensor(m)
        if x.ndim == 1:  # each row is the vector
            x = tf.broadcast_to(x, [x.size, x.size])
        mask = which(np.ones(tuple(x.shape[-2:]), bool), k)
        return tf.where(mask, x, tf.zeros([], x.dtype))

    return triangle


# -- Functions of the user's ----------------------------------------------------------------------------
def _apply_along_axis(func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    x = tensor(arr)
    at = axis_of(axis, x.ndim)
    x = moveaxis(x, at, -1)
    outer = list(x.shape[:-1])
    if product(outer) == 0:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    rows = tf.unstack(tf.reshape(x, [-1, x.shape[-1]]))
    found = stacked([func1d(row, *args, **kwargs) for row in rows])
    inner = list(found.shape[1:])
    found = tf.reshape(found, [*outer, *inner])
    # The axes of a result stand where the axis was.
    where = list(range(len(outer), len(outer) + len(inner)))
    return moveaxis(found, where, [at + i for i in range(len(inner))]) if inner else found


def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    x = tensor(a)
    for axis in axes_of(axes, x.ndim) if np.ndim(axes) else [axis_of(axes, x.ndim)]:
        found = func(x, axis)
        x = found if found.ndim == x.ndim else tf.expand_dims(found, axis)
    return x


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "apply_along_axis": _apply_along_axis,
    "apply_over_axes": _apply_over_axes,
    "choose": _choose,
    "clip": _clip,
    "compress": _compress,
    "delete": _delete,
    "diag": _diag,
    "diagflat": _diagflat,
    "diagonal": diagonal,
    "extract": _extract,
    "insert": _insert,
    "linalg.diagonal": _last_diagonal,
    "linalg.trace": _last_trace,
    "msort": _msort,
    "partition": _partition,
    "piecewise": _piecewise,
    "select": _select,
    "sort": _sort,
    "take": _take,
    "take_along_axis": _take_along_axis,
    "trace": _trace,
    "tril": _triangle(np.tril),
    "trim_zeros": _trim_zeros,
    "triu": _triangle(np.triu),
    "unique": _unique,
    "unique_values": _unique_values,
    "where": _where,
}
