"""Elementwise functions that are no ufuncs, differences, sums along a line, polynomials."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

import pyten as tf
from pyten._numpy.arguments import (
    Unsupported,
    axes_of,
    axis_of,
    cast_to,
    floating,
    refuse,
    tensor,
    together,
    value_of,
)
from pyten._numpy.shapes import moveaxis

__all__ = ["FUNCTIONS"]


# -- Element by element -------------------------------------------------------------------------------
def _real(val: Any) -> Any:
    x = tensor(val)
    return tf.math.real(x) if x.dtype.is_complex else x


def _imag(val: Any) -> Any:
    x = tensor(val)
    return tf.math.imag(x) if x.dtype.is_complex else tf.zeros_like(x)


def _real_if_close(a: Any, tol: Any = 100) -> Any:
    x = tensor(a)
    return (
        tf.math.real(x)
        if x.dtype.is_complex and not np.iscomplexobj(np.real_if_close(value_of(x), tol))
        else x
    )


def _angle(z: Any, deg: bool = False) -> Any:
    x = floating(z)
    turn = tf.math.angle(x)
    return turn * (180 / math.pi) if deg else turn


def _round(a: Any, decimals: Any = 0, out: Any = None) -> Any:
    x = tensor(a)
    if x.dtype.is_complex:
        return tf.complex(_round(tf.math.real(x), decimals), _round(tf.math.imag(x), decimals))
    return x.round(decimals)


def _fix(x: Any, out: Any = None) -> Any:
    x = tensor(x)
    return tf.where(x < 0, tf.math.ceil(x), tf.floor(x)) if x.dtype.is_floating else tf.identity(x)


def _nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    x = tensor(x)
    if x.dtype.is_complex:
        parts = (tf.math.real(x), tf.math.imag(x))
        return tf.complex(*(_nan_to_num(p, copy, nan, posinf, neginf) for p in parts))
    if not x.dtype.is_floating:
        return tf.identity(x)
    most = x.dtype.max
    values = value_of(x)
    x = tf.where(np.isnan(values), nan, x)
    x = tf.where(np.isposinf(values), most if posinf is None else posinf, x)
    return tf.where(np.isneginf(values), -most if neginf is None else neginf, x)


def _sinc(x: Any) -> Any:
    y = floating(x) * math.pi
    near = tf.abs(y) < 1e-2  # the series has the derivatives at 0 too
    z = tf.square(tf.where(near, y, 0.0))
    series = 1 - z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72)))
    far = tf.where(near, 1.0, y)
    return tf.where(near, series, tf.sin(far) / far)


def _i0(x: Any) -> Any:
    return tf.math.bessel_i0(floating(x))


def _unwrap(p: Any, discont: Any = None, axis: Any = -1, *, period: Any = 2 * math.pi) -> Any:
    x = floating(p)
    values = value_of(x)
    whole = np.unwrap(values, discont, axis, period=period)
    return x + tf.constant((whole - values).astype(values.dtype))  # whole periods: constant


def _copy(a: Any, order: Any = "K", subok: bool = False) -> Any:
    return tf.identity(tensor(a))


def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    return tf.cast(tensor(x), dtype)


def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    x = tensor(a)
    kind = tensor(fill_value).dtype if dtype is None and x.dtype.is_integer else dtype or x.dtype
    sizes = x.shape if shape is None else [shape] if np.ndim(shape) == 0 else list(shape)
    return tf.broadcast_to(cast_to(tensor(fill_value), tf.as_dtype(kind)), sizes)


# -- Rows of numbers ----------------------------------------------------------------------------------
def _steps(num: int, endpoint: bool, rank: int, dtype: Any) -> tuple[Any, int]:
    parts = num - 1 if endpoint else num
    share = np.arange(num).reshape(-1, *[1] * rank) / max(parts, 1)
    return tf.cast(tf.constant(share), dtype), parts


def _linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: Any = 0,
    *,
    device: Any = None,
) -> Any:
    first, last = map(floating, together(start, stop))
    first, last = (first + tf.zeros_like(last), last + tf.zeros_like(first))
    share, parts = _steps(operator.index(num), endpoint, first.ndim, first.dtype)
    out = moveaxis(first * (1 - share) + last * share, 0, axis)
    out = cast_to(out, None if dtype is None else tf.as_dtype(dtype))
    return (out, (last - first) / (parts or math.nan)) if retstep else out


def _logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    exponents = _linspace(start, stop, num, endpoint, axis=axis)
    if np.ndim(value_of(base)):
        raise Unsupported("base= of more than one number")
    out = tf.pow(*together(base, exponents))
    return cast_to(out, None if dtype is None else tf.as_dtype(dtype))


def _geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: Any = 0
) -> Any:
    first, last = map(floating, together(start, stop))
    if first.dtype.is_complex or (value_of(first) <= 0).any() or (value_of(last) <= 0).any():
        raise Unsupported("numbers that are not positive")
    out = tf.exp(_linspace(tf.math.log(first), tf.math.log(last), num, endpoint, axis=axis))
    return cast_to(out, None if dtype is None else tf.as_dtype(dtype))


# -- Differences --------------------------------------------------------------------------------------
def _part(x: Any, axis: int, *bounds: Any) -> Any:
    return x[(slice(None),) * axis + (slice(*bounds),)]


def _diff(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Any:
    given = [v for v in (prepend, a, append) if v is not None]
    parts = together(*given)
    x = parts[0 if prepend is None else 1]
    at = axis_of(axis, x.ndim)
    for i, part in enumerate(parts):
        if part.ndim == 0 and part is not x:
            shape = [1 if i == at else s for i, s in enumerate(x.shape)]
            parts[i] = tf.broadcast_to(part, shape)
    x = tf.concat(parts, at) if len(parts) > 1 else x
    for _ in range(operator.index(n)):
        head, tail = _part(x, at, 1, None), _part(x, at, None, -1)
        x = tf.not_equal(head, tail) if x.dtype.is_bool else head - tail
    return x


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    parts = together(*(v for v in (to_begin, ary, to_end) if v is not None))
    parts = [tf.reshape(part, [-1]) for part in parts]
    at = 0 if to_begin is None else 1
    parts[at] = _diff(parts[at])
    return tf.concat(parts, 0)


def _gradient_along(f: Any, h: Any, at: int, edge_order: int) -> Any:
    n = int(f.shape[at])
    if n < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, at least "
            "(edge_order + 1) elements are required."
        )
    shape = [-1 if i == at else 1 for i in range(f.ndim)]
    steps = tf.reshape(tf.broadcast_to(h, [n - 1]) if h.ndim == 0 else h[1:] - h[:-1], shape)

    def part(x: Any, *bounds: Any) -> Any:
        return _part(x, at, *bounds)

    slopes = (part(f, 1, None) - part(f, None, -1)) / steps
    first, last = part(slopes, 0, 1), part(slopes, -1, None)
    if n == 2:
        return tf.concat([first, last], at)
    before, after = part(steps, None, -1), part(steps, 1, None)
    left, right = part(slopes, None, -1), part(slopes, 1, None)
    inside = (after * left + before * right) / (before + after)
    if edge_order == 2:
        h1, h2 = part(steps, 0, 1), part(steps, 1, 2)
        first = first + h1 * (first - part(slopes, 1, 2)) / (h1 + h2)
        h1, h2 = part(steps, -1, None), part(steps, -2, -1)
        last = last + h1 * (last - part(slopes, -2, -1)) / (h1 + h2)
    return tf.concat([first, inside, last], at)


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    x, *spacings = map(floating, together(f, *(varargs or (1.0,))))
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    axes = axes_of(axis, x.ndim)
    if len(spacings) == 1 and spacings[0].ndim == 0:
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise TypeError("invalid number of arguments")
    out = [_gradient_along(x, h, at, edge_order) for h, at in zip(spacings, axes, strict=True)]
    if len(out) == 1:
        return out[0]
    return tuple(out) if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else out


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    y, places = map(floating, together(y, dx if x is None else x))
    at = axis_of(axis, y.ndim)
    if x is None:
        step = places
    elif places.ndim == 1:
        step = _diff(tf.reshape(places, [-1 if i == at else 1 for i in range(y.ndim)]), 1, at)
    else:
        step = _diff(places, 1, axis_of(axis, places.ndim))
    means = (_part(y, at, 1, None) + _part(y, at, None, -1)) / 2
    return tf.reduce_sum(step * means, at)


def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    refuse(period=period)
    x, xp, fp = map(floating, together(x, xp, fp))
    if xp.ndim != 1 or fp.ndim != 1 or xp.size != fp.size or xp.size == 0:
        raise ValueError("fp and xp are not of the same length.")
    at, knots = value_of(x), value_of(xp)
    if xp.size == 1:
        raise Unsupported("a single point")
    i = np.clip(np.searchsorted(knots, at, "right") - 1, 0, len(knots) - 2)
    x0, x1, f0, f1 = tf.gather(xp, i), tf.gather(xp, i + 1), tf.gather(fp, i), tf.gather(fp, i + 1)
    out = f0 + (x - x0) * ((f1 - f0) / (x1 - x0))
    out = tf.where(at < knots[0], fp[0] if left is None else tf.cast(left, fp.dtype), out)
    out = tf.where(at > knots[-1], fp[-1] if right is None else tf.cast(right, fp.dtype), out)
    return tf.where(np.isnan(at), x, out)


# -- Sums along a line ----------------------------------------------------------------------------------
def _convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    x, w = together(a, v)
    if x.ndim > 1 or w.ndim > 1:
        raise ValueError("object too deep for desired array")
    x, w = tf.reshape(x, [-1]), tf.reshape(w, [-1])
    if x.size == 0 or w.size == 0:
        raise ValueError("a cannot be empty" if x.size == 0 else "v cannot be empty")
    if w.size > x.size:
        x, w = w, x
    n, m = x.size, w.size
    places = np.arange(n + m - 1)[:, None] - np.arange(m) + m - 1
    windows = tf.gather(tf.pad(x, [[m - 1, m - 1]]), places)
    full = tf.linalg.matvec(windows, w)
    start, count = {"full": (0, n + m - 1), "same": ((m - 1) // 2, n), "valid": (m - 1, n - m + 1)}[
        mode
    ]
    return full[start : start + count]


def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    x, w = together(a, v)
    swapped = w.size > x.size
    w = tf.reverse(tf.reshape(w, [-1]), [0])
    if w.dtype.is_complex:
        w = tf.math.conj(w)
    out = _convolve(x, w, mode)
    if swapped and mode == "same" and min(x.size, w.size) % 2 == 0:
        full = _convolve(x, w, "full")
        start = min(x.size, w.size) // 2
        return full[start : start + w.size]
    return out


def _bincount(x: Any, /, weights: Any = None, minlength: Any = 0) -> Any:
    places = value_of(x)
    if weights is None:
        return np.bincount(places, None, minlength)
    size = max(int(places.max(initial=-1)) + 1, minlength)
    return tf.math.unsorted_segment_sum(cast_to(tensor(weights), tf.float64), places, size)


# -- Polynomials --------------------------------------------------------------------------------------
def _polyval(p: Any, x: Any) -> Any:
    p, x = together(p, x)
    out = tf.zeros_like(x)
    for coefficient in tf.unstack(p):
        out = out * x + coefficient
    return out


def _same_length(a1: Any, a2: Any) -> tuple[Any, Any]:
    a, b = together(a1, a2)
    a, b = tf.reshape(a, [-1]), tf.reshape(b, [-1])
    n = max(a.size, b.size)
    return tf.pad(a, [[n - a.size, 0]]), tf.pad(b, [[n - b.size, 0]])


def _polyadd(a1: Any, a2: Any) -> Any:
    a, b = _same_length(a1, a2)
    return a + b


def _polysub(a1: Any, a2: Any) -> Any:
    a, b = _same_length(a1, a2)
    return a - b


def _polyder(p: Any, m: Any = 1) -> Any:
    x = tensor(p)
    for _ in range(operator.index(m)):
        n = x.size
        x = x[:-1] * tf.cast(tf.constant(np.arange(n - 1, 0, -1)), x.dtype)
    return x


def _polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    x = floating(p)
    m = operator.index(m)
    constants = np.zeros(m) if k is None else np.broadcast_to(value_of(k), (m,))
    for constant in constants:
        x = x / tf.cast(tf.constant(np.arange(x.size, 0, -1)), x.dtype)
        x = tf.concat([x, tf.cast(tf.constant([constant]), x.dtype)], 0)
    return x


def _vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    x = tensor(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    n = x.size if N is None else operator.index(N)
    powers = [tf.ones_like(x)]
    for _ in range(n - 1):
        powers.append(powers[-1] * x)
    return tf.stack(powers[:n] if increasing else powers[:n][::-1], 1)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "angle": _angle,
    "around": _round,
    "astype": _astype,
    "bincount": _bincount,
    "convolve": _convolve,
    "copy": _copy,
    "correlate": _correlate,
    "diff": _diff,
    "ediff1d": _ediff1d,
    "fix": _fix,
    "full_like": _full_like,
    "geomspace": _geomspace,
    "gradient": _gradient,
    "i0": _i0,
    "imag": _imag,
    "interp": _interp,
    "linspace": _linspace,
    "logspace": _logspace,
    "nan_to_num": _nan_to_num,
    "polyadd": _polyadd,
    "polyder": _polyder,
    "polyint": _polyint,
    "polymul": _convolve,
    "polysub": _polysub,
    "polyval": _polyval,
    "real": _real,
    "real_if_close": _real_if_close,
    "round": _round,
    "round_": _round,
    "sinc": _sinc,
    "trapezoid": _trapezoid,
    "trapz": _trapezoid,
    "unwrap": _unwrap,
    "vander": _vander,
}
