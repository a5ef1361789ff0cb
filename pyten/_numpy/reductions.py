"""Sums, means, extremes and order statistics, as NumPy has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import pyten as tf
from pyten import _core
from pyten._numpy.arguments import (
    Unsupported,
    axes_of,
    axis_of,
    cast_to,
    floating,
    product,
    refuse,
    tensor,
    together,
    value_of,
)

__all__ = ["FUNCTIONS", "OF_UFUNCS", "flat"]


def flat(x: Any) -> Any:
    return tf.reshape(x, [-1])


def _kept(x: Any, where: Any, otherwise: Any) -> Any:
    """x, with `otherwise` where the mask is false."""
    return x if where is True else tf.where(tf.constant(value_of(where)), x, otherwise)


def _axes(axis: Any, x: Any) -> Any:
    return None if axis is None else axes_of(axis, x.ndim)


def _counted(x: Any) -> Any:
    """Bools and narrow integers add up as NumPy's int64."""
    if x.dtype.is_bool or (x.dtype.is_integer and x.dtype.size < 8):
        return tf.cast(x, tf.uint64 if x.dtype.is_unsigned else tf.int64)
    return x


# -- Sums, products, extremes -----------------------------------------------------------------------
def _sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    x = tensor(a)
    x = _counted(x) if dtype is None else cast_to(x, dtype)
    total = tf.reduce_sum(_kept(x, where, 0), _axes(axis, x), bool(keepdims))
    return total if initial is None else total + initial


def _prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    x = tensor(a)
    x = _counted(x) if dtype is None else cast_to(x, dtype)
    total = tf.reduce_prod(_kept(x, where, 1), _axes(axis, x), bool(keepdims))
    return total if initial is None else total * initial


def _extreme(reduce: Any, choose: Any) -> Callable[..., Any]:
    def extreme(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        x = tensor(a)
        axes = axes_of(axis, x.ndim)
        if initial is None:
            if where is not True:
                raise ValueError("where= needs initial=, the value of an empty selection")
            if product(x.shape[i] for i in axes) == 0:
                raise ValueError("zero-size array to reduction operation which has no identity")
            return reduce(x, axes, bool(keepdims))
        x = _kept(x, where, initial)
        if product(x.shape[i] for i in axes) == 0:
            raise Unsupported("initial= of nothing")
        return choose(reduce(x, axes, bool(keepdims)), initial)

    return extreme


_max = _extreme(tf.reduce_max, tf.maximum)
_min = _extreme(tf.reduce_min, tf.minimum)


def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    return _max(a, axis, None, keepdims) - _min(a, axis, None, keepdims)


def _logsumexp(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    x = floating(a)
    return tf.reduce_logsumexp(x, _axes(axis, x), bool(keepdims))


# -- Means ------------------------------------------------------------------------------------------
def _count(x: Any, axis: Any, where: Any, keepdims: bool) -> Any:
    """How many elements are summed: a number, or an array when a mask says so."""
    if where is True:
        return float(product(x.shape[i] for i in axes_of(axis, x.ndim)))
    mask = np.broadcast_to(value_of(where), tuple(x.shape))
    axes = None if axis is None else tuple(axes_of(axis, x.ndim))
    count = np.sum(mask, axis=axes, keepdims=keepdims)
    return np.asarray(count, np.float64 if x.dtype.is_complex else x.dtype.as_numpy_dtype)


def _divided(x: Any, count: Any) -> Any:
    return x / tf.cast(tf.constant(count), x.dtype) if isinstance(count, np.ndarray) else x / count


def _mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    *,
    where: Any = True,
) -> Any:
    x = floating(a) if dtype is None else cast_to(tensor(a), dtype)
    if where is True:
        return tf.reduce_mean(x, _axes(axis, x), bool(keepdims))
    total = _sum(x, axis, keepdims=keepdims, where=where)
    return _divided(total, _count(x, axis, where, bool(keepdims)))


def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    x = floating(a) if dtype is None else cast_to(tensor(a), dtype)
    ddof = ddof if correction is None else correction
    if where is True and mean is None and ddof == 0:
        return tf.math.reduce_variance(x, _axes(axis, x), bool(keepdims))
    middle = _mean(x, axis, keepdims=True, where=where) if mean is None else tensor(mean)
    apart = tf.square(tf.abs(x - middle))
    total = _sum(apart, axis, keepdims=keepdims, where=where)
    count = _count(apart, axis, where, bool(keepdims)) - ddof
    return _divided(total, np.maximum(count, 0) if isinstance(count, np.ndarray) else max(count, 0))


def _std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    if where is True and mean is None and (ddof if correction is None else correction) == 0:
        x = floating(a) if dtype is None else cast_to(tensor(a), dtype)
        return tf.math.reduce_std(x, _axes(axis, x), bool(keepdims))
    options = {"where": where, "mean": mean, "correction": correction}
    return tf.sqrt(_var(a, axis, dtype, out, ddof, keepdims, **options))


def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False
) -> Any:
    if weights is None:
        x = floating(a)
        mean = tf.reduce_mean(x, _axes(axis, x), bool(keepdims))
        count = _count(x, axis, True, False)
        return (mean, tf.fill(mean.shape, tf.cast(count, x.dtype))) if returned else mean
    x, w = map(floating, together(a, weights))
    axes = axes_of(axis, x.ndim)
    if w.shape != x.shape:
        if axis is None or w.ndim != len(axes):
            raise TypeError("average: axis must say which axes the weights belong to")
        shape = [1] * x.ndim
        for at, n in zip(axes, w.shape, strict=True):
            if n != x.shape[at]:
                raise ValueError("average: weights and a differ along the axis")
            shape[at] = int(n)
        if sorted(axes) != axes:
            raise Unsupported("axes in this order")
        w = tf.broadcast_to(tf.reshape(w, shape), x.shape)
    scale = tf.reduce_sum(w, axes, bool(keepdims))
    mean = tf.reduce_sum(x * w, axes, bool(keepdims)) / scale
    return (mean, scale) if returned else mean


# -- Running sums -----------------------------------------------------------------------------------
def _running(op: Any) -> Callable[..., Any]:
    def running(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        x = tensor(a)
        x = _counted(x) if dtype is None else cast_to(x, dtype)
        return op(flat(x), 0) if axis is None else op(x, axis_of(axis, x.ndim))

    return running


def _cumulative(op: Any, start: int) -> Callable[..., Any]:
    def cumulative(
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Any:
        x = tensor(x)
        if axis is None and x.ndim != 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` is required.")
        at = axis_of(0 if axis is None else axis, x.ndim)
        y = _running(op)(x, at, dtype)
        if not include_initial:
            return y
        first = [1 if i == at else n for i, n in enumerate(y.shape)]
        return tf.concat([tf.fill(first, tf.constant(start, y.dtype)), y], at)

    return cumulative


# -- Without NaN ------------------------------------------------------------------------------------
def _present(a: Any) -> tuple[Any, Any]:
    x = tensor(a)
    return x, True if x.dtype.is_integer or x.dtype.is_bool else ~np.isnan(value_of(x))


def _skipping(function: Callable[..., Any]) -> Callable[..., Any]:
    def skipping(a: Any, *args: Any, where: Any = True, **kwargs: Any) -> Any:
        x, present = _present(a)
        mask = present if where is True else present & value_of(where)
        if mask is not True and mask.all():
            mask = True
        return function(_kept(x, mask, 0), *args, where=mask, **kwargs)

    return skipping


def _skipping_extreme(function: Callable[..., Any], worst: float) -> Callable[..., Any]:
    def extreme(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        x, present = _present(a)
        mask = present if where is True else present & value_of(where)
        if mask is True or x.size == 0:
            return function(x, axis, None, keepdims, initial)
        axes = tuple(axes_of(axis, x.ndim))
        found = function(_kept(x, mask, worst), axis, None, keepdims, initial)
        some = np.any(mask, axis=axes, keepdims=bool(keepdims))
        return found if initial is not None else _kept(found, some, np.nan)

    return extreme


def _skipping_running(function: Callable[..., Any], neutral: int) -> Callable[..., Any]:
    def running(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        x, present = _present(a)
        return function(_kept(x, present, neutral), axis, dtype)

    return running


# -- Quantiles --------------------------------------------------------------------------------------
def _rows(x: Any, axis: Any) -> tuple[Any, list[int], list[int]]:
    """The reduced axes as one, last; the other sizes; the shape with the reduced sizes as 1."""
    axes = axes_of(axis, x.ndim)
    others = [i for i in range(x.ndim) if i not in axes]
    sizes = [int(x.shape[i]) for i in others]
    rows = tf.reshape(
        tf.transpose(x, [*others, *axes]), [*sizes, product(x.shape[i] for i in axes)]
    )
    return rows, sizes, [1 if i in axes else int(n) for i, n in enumerate(x.shape)]


def _places(method: str, at: Any) -> tuple[Any, Any, Any]:
    """The neighbours of a place between elements, and the weight of the upper one."""
    low, high = np.floor(at), np.ceil(at)
    if method == "linear":
        return low, high, at - low
    if method == "lower":
        return low, low, 0 * at
    if method == "higher":
        return high, high, 0 * at
    if method == "midpoint":
        return low, high, np.where(at == low, 0.0, 0.5)
    if method == "nearest":
        near = np.where(at - low == 0.5, low + low % 2, np.rint(at))
        return near, near, 0 * at
    raise Unsupported(f"method={method!r}")


def _quantile_of(a: Any, q: Any, axis: Any, keepdims: Any, method: str, skip_nan: bool) -> Any:
    x = floating(a)
    if x.dtype.is_complex:
        raise TypeError("a must be an array of real numbers")
    chances = np.asarray(value_of(q), np.float64)
    if ((chances < 0) | (chances > 1)).any():
        raise ValueError("Quantiles must be in the range [0, 1]")
    rows, sizes, ones = _rows(x, axis)
    n = int(rows.shape[-1])
    if n == 0:
        raise Unsupported("an empty axis")
    ordered = tf.sort(rows, axis=-1)  # NaN is last
    missing = np.isnan(value_of(rows)).sum(-1)
    counts = n - missing if skip_nan else np.full(sizes, n)
    at = chances.reshape(chances.shape + (1,) * len(sizes)) * np.maximum(counts - 1, 0)
    low, high, weight = _places(method, at)
    bad = (counts == 0) if skip_nan else (missing > 0)
    picked = []
    for places in (low, high):
        places = np.moveaxis(places.reshape(-1, *sizes), 0, -1).astype(np.int64)
        found = tf.gather(ordered, places, batch_dims=len(sizes))
        picked.append(tf.transpose(found, [len(sizes), *range(len(sizes))]))
    lower, upper = picked
    weights = tf.constant(weight.reshape(-1, *sizes).astype(x.dtype.as_numpy_dtype))
    out = lower + (upper - lower) * weights if method in ("linear", "midpoint") else lower
    if bad.any():
        out = tf.where(tf.constant(bad), tf.constant(np.nan, out.dtype), out)
    return tf.reshape(out, [*chances.shape, *(ones if keepdims else sizes)])


def _quantile(scale: float, skip_nan: bool) -> Callable[..., Any]:
    def quantile(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: Any = False,
        *,
        weights: Any = None,
        interpolation: Any = None,
    ) -> Any:
        refuse(weights=weights, interpolation=interpolation)
        chances = np.asarray(value_of(q), np.float64) / scale
        return _quantile_of(a, chances, axis, keepdims, method, skip_nan)

    return quantile


def _median(skip_nan: bool) -> Callable[..., Any]:
    def median(
        a: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        keepdims: Any = False,
    ) -> Any:
        return _quantile_of(a, 0.5, axis, keepdims, "midpoint", skip_nan)

    return median


# -- Covariances ------------------------------------------------------------------------------------
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    refuse(fweights=fweights, aweights=aweights)
    x, *others = map(floating, together(m) if y is None else together(m, y))
    if x.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    x = tf.reshape(x, [1, -1]) if x.ndim < 2 else x if rowvar else tf.transpose(x)
    for other in others:
        other = tf.reshape(other, [1, -1]) if other.ndim < 2 else other
        if not rowvar and other.shape[0] != 1:
            other = tf.transpose(other)
        x = tf.concat([x, other], 0)
    x = cast_to(x, dtype)
    count = int(x.shape[1]) - (ddof if ddof is not None else 0 if bias else 1)
    apart = x - tf.reduce_mean(x, 1, True)
    right = tf.math.conj(apart) if x.dtype.is_complex else apart
    return tf.squeeze(tf.matmul(apart, tf.transpose(right)) / max(count, 0))


def _corrcoef(
    x: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: Any = None,
    ddof: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    c = _cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    spread = tf.sqrt(tf.math.real(tf.linalg.diag_part(c)))
    if not c.dtype.is_complex:
        return tf.clip_by_value(c / spread[:, None] / spread[None, :], -1, 1)
    return c / tf.cast(spread[:, None] * spread[None, :], c.dtype)


OF_UFUNCS: dict[str, Callable[..., Any]] = {
    "add": _sum,
    "logaddexp": _logsumexp,
    "maximum": _max,
    "minimum": _min,
    "multiply": _prod,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "amax": _max,
    "amin": _min,
    "average": _average,
    "corrcoef": _corrcoef,
    "cov": _cov,
    "cumprod": _running(_core.cumprod),
    "cumsum": _running(_core.cumsum),
    "cumulative_prod": _cumulative(_core.cumprod, 1),
    "cumulative_sum": _cumulative(_core.cumsum, 0),
    "max": _max,
    "mean": _mean,
    "median": _median(False),
    "min": _min,
    "nancumprod": _skipping_running(_running(_core.cumprod), 1),
    "nancumsum": _skipping_running(_running(_core.cumsum), 0),
    "nanmax": _skipping_extreme(_max, -np.inf),
    "nanmean": _skipping(_mean),
    "nanmedian": _median(True),
    "nanmin": _skipping_extreme(_min, np.inf),
    "nanpercentile": _quantile(100, True),
    "nanprod": _skipping(_prod),
    "nanquantile": _quantile(1, True),
    "nanstd": _skipping(_std),
    "nansum": _skipping(_sum),
    "nanvar": _skipping(_var),
    "percentile": _quantile(100, False),
    "prod": _prod,
    "ptp": _ptp,
    "quantile": _quantile(1, False),
    "std": _std,
    "sum": _sum,
    "var": _var,
}
FUNCTIONS["cumproduct"] = FUNCTIONS["cumprod"]
FUNCTIONS["product"] = FUNCTIONS["prod"]
