"""Means and variances from weights or from sums."""

from __future__ import annotations

from typing import Any

from pyten import _core

__all__ = ["normalize_moments", "sufficient_statistics", "weighted_moments"]


def sufficient_statistics(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[Any, Any, Any, Any]:
    """The count, the sum and the sum of squares of x - shift.

    Args:
      x: a floating tensor.
      axes: the axes to sum over.
      shift: a number near the mean, which makes the variance accurate; None for 0.
      keepdims: whether to keep the axes, with size 1.
      name: accepted and ignored.

    Returns:
      (count, sum, sum of squares, shift); the count is a scalar of the dtype of x, shift None if
      none was given.

    Example:
      >>> import pyten as tf
      >>> count, total, squares, _ = tf.nn.sufficient_statistics([1., 3.], [0])
      >>> count.numpy(), total.numpy(), squares.numpy()
      (np.float32(2.0), np.float32(4.0), np.float32(10.0))
    """
    x = _core.convert(x)
    total = 1
    for axis in axes if isinstance(axes, (list, tuple)) else [axes]:
        total *= x.shape[int(axis)]
    count = _core.convert(total, x.dtype.name)
    if shift is not None:
        shift = _core.convert(shift, x.dtype.name)
        x = x - shift
    sums = _core.reduce_sum(x, axes, keepdims), _core.reduce_sum(_core.square(x), axes, keepdims)
    return count, *sums, shift


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Any, Any]:
    """Mean and variance from what sufficient_statistics returned.

    Args:
      counts: how many elements were summed.
      mean_ss: their sum.
      variance_ss: the sum of their squares.
      shift: what was taken off each, or None.
      name: accepted and ignored.

    Returns:
      (mean, variance).

    Example:
      >>> import pyten as tf
      >>> mean, variance = tf.nn.normalize_moments(2., 4., 10., None)
      >>> mean.numpy(), variance.numpy()
      (np.float32(2.0), np.float32(1.0))
    """
    sums = _core.convert(mean_ss)
    inverse = _core.reciprocal(_core.convert(counts, hint=sums.dtype))
    shifted = sums * inverse
    mean = shifted if shift is None else shifted + shift
    return mean, _core.convert(variance_ss, hint=sums.dtype) * inverse - _core.square(shifted)


def weighted_moments(
    x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: str | None = None
) -> tuple[Any, Any]:
    """Mean and variance of elements that count as often as their weights say.

    Args:
      x: a floating tensor.
      axes: the axes to average over.
      frequency_weights: a tensor that broadcasts with x.
      keepdims: whether to keep the axes, with size 1.
      name: accepted and ignored.

    Returns:
      (mean, variance).

    Example:
      >>> import pyten as tf
      >>> mean, variance = tf.nn.weighted_moments([0., 4.], [0], [1., 3.])
      >>> mean.numpy(), variance.numpy()
      (np.float32(3.0), np.float32(3.0))
    """
    x = _core.convert(x)
    weights = _core.cast(_core.convert(frequency_weights, hint=x.dtype), x.dtype)
    narrow = x.dtype.name in ("float16", "bfloat16")
    y = _core.cast(x, "float32") if narrow else x
    weights = _core.cast(weights, y.dtype) + _core.zeros_like(y)  # of the full shape
    total = _core.reduce_sum(weights, axes, True)
    mean = _core.reduce_sum(weights * y, axes, True) / total
    spread = weights * _core.squared_difference(y, mean)
    variance = _core.reduce_sum(spread, axes, True) / total
    if not keepdims:
        reduced = list(axes) if isinstance(axes, (list, tuple)) else [axes]
        mean, variance = _core.squeeze(mean, reduced), _core.squeeze(variance, reduced)
    return (
        (_core.cast(mean, x.dtype), _core.cast(variance, x.dtype)) if narrow else (mean, variance)
    )
