"""Loss functions of values and distributions, as tf.keras.losses has them."""

from __future__ import annotations

from typing import Any

from pyten import _core
from pyten.keras._loss_classes import same_rank

__all__ = [
    "EPSILON",
    "cosine_similarity",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pair",
    "poisson",
]

EPSILON = 1e-7
_LOG_2 = 0.6931471824645996  # rounded to float32, as Keras has it


def pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    pred = _core.convert(y_pred)
    if pred.dtype.is_integer:
        pred = _core.cast(pred, "float32")
    return _core.cast(_core.convert(y_true), pred.dtype), pred


def _ranked(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    return same_rank(*pair(y_true, y_pred))


def mean(x: Any) -> Any:
    return _core.reduce_mean(x, -1)


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of squared errors: mean((y_true - y_pred) ** 2).

    Args:
      y_true: the true values, of y_pred's shape, or without or with one more last axis of length 1;
        converted to y_pred's dtype.
      y_pred: the predictions, floating, [..., n]; integers are taken as float32.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]
      >>> tf.keras.losses.mean_squared_error(y_true, y_pred).numpy().round(4)
      array([2. , 0.5], dtype=float32)
    """
    true, pred = _ranked(y_true, y_pred)
    return mean(_core.square(true - pred))


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of absolute errors: mean(|y_true - y_pred|).

    Args:
      y_true: the true values, of y_pred's shape, or without or with one more last axis of length 1;
        converted to y_pred's dtype.
      y_pred: the predictions, floating, [..., n]; integers are taken as float32.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]
      >>> tf.keras.losses.mean_absolute_error(y_true, y_pred).numpy().round(4)
      array([1. , 0.5], dtype=float32)
    """
    true, pred = _ranked(y_true, y_pred)
    return mean(_core.abs(true - pred))


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Mean error in percent: 100 * mean(|y_true - y_pred| / max(|y_true|, 1e-7)).

    Args:
      y_true: the true values, of y_pred's shape, or without or with one more last axis of length 1;
        converted to y_pred's dtype.
      y_pred: the predictions, floating, [..., n]; integers are taken as float32.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]
      >>> tf.keras.losses.mean_absolute_percentage_error(y_true, y_pred).numpy().round(4)
      array([50. , 12.5], dtype=float32)
    """
    true, pred = _ranked(y_true, y_pred)
    return 100.0 * mean(_core.abs((true - pred) / _core.maximum(_core.abs(true), EPSILON)))


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """mean((log(y_true + 1) - log(y_pred + 1)) ** 2), with values below 1e-7 taken as 1e-7.

    Args:
      y_true: the true values, of y_pred's shape, or without or with one more last axis of length 1;
        converted to y_pred's dtype.
      y_pred: the predictions, floating, [..., n]; integers are taken as float32.

    Returns:
      A tensor [...], the last axis reduced, in y_pred's dtype, or float32 where that is of 16 bits.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]
      >>> tf.keras.losses.mean_squared_logarithmic_error(y_true, y_pred).numpy().round(4)
      array([0.1305, 0.0249], dtype=float32)
    """
    true, pred = _ranked(y_true, y_pred)
    if pred.dtype.size < 4:
        true, pred = _core.cast(true, "float32"), _core.cast(pred, "float32")
    first = _core.log(_core.maximum(pred, EPSILON) + 1.0)
    second = _core.log(_core.maximum(true, EPSILON) + 1.0)
    return mean(_core.square(first - second))


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """-sum(y_true * y_pred), both scaled to norm 1 along `axis`: -1 for the same direction.

    Args:
      y_true: the true values, of y_pred's shape, or without or with one more last axis of length 1;
        converted to y_pred's dtype.
      y_pred: the predictions, floating, [..., n]; integers are taken as float32.
      axis: the axis that holds the vectors.

    Returns:
      A tensor in y_pred's dtype, `axis` reduced.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[3., 4.], [1., 0.]], [[4., 3.], [-2., 0.]]
      >>> tf.keras.losses.cosine_similarity(y_true, y_pred).numpy().round(4)
      array([-0.96,  1.  ], dtype=float32)
    """
    true, pred = _ranked(y_true, y_pred)
    scaled = [
        x / _core.sqrt(_core.maximum(_core.reduce_sum(_core.square(x), axis, True), 1e-12))
        for x in (true, pred)
    ]
    return -_core.reduce_sum(scaled[0] * scaled[1], axis)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """mean(e ** 2 / 2 where |e| <= delta, else delta * |e| - delta ** 2 / 2), e = y_pred - y_true.

    Args:
      y_true: the true values, of y_pred's shape, or without or with one more last axis of length 1;
        converted to y_pred's dtype.
      y_pred: the predictions, floating, [..., n]; integers are taken as float32.
      delta: the size of error where the square turns into a line.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> tf.keras.losses.huber([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      array([0.75, 0.25], dtype=float32)
    """
    true, pred = _ranked(y_true, y_pred)
    error = pred - true
    size = _core.abs(error)
    limit = _core.convert(delta, pred.dtype)
    outside = limit * size - 0.5 * _core.square(limit)
    return mean(_core.select(size <= limit, 0.5 * _core.square(error), outside))


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Mean of the logarithm of the error's cosh: mean(log(cosh(y_pred - y_true))).

    Args:
      y_true: the true values, of y_pred's shape, or without or with one more last axis of length 1;
        converted to y_pred's dtype.
      y_pred: the predictions, floating, [..., n]; integers are taken as float32.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> tf.keras.losses.log_cosh([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      array([0.6625, 0.2169], dtype=float32)
    """
    true, pred = _ranked(y_true, y_pred)
    error = pred - true
    return mean(error + _core.softplus(-2.0 * error) - _LOG_2)


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """sum(y_true * log(y_true / y_pred)), with both limited to 1e-7 and 1.

    Args:
      y_true: the true distributions, of a shape that broadcasts to y_pred's; converted to its
        dtype.
      y_pred: the predicted distributions, floating, [..., n]; integers are taken as float32.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[0., 1.], [1., 0.]], [[0.25, 0.75], [0.5, 0.5]]
      >>> tf.keras.losses.kl_divergence(y_true, y_pred).numpy().round(4)
      array([0.2877, 0.6931], dtype=float32)
    """
    true, pred = pair(y_true, y_pred)
    true = _core.clip_by_value(true, EPSILON, 1.0)
    pred = _core.clip_by_value(pred, EPSILON, 1.0)
    return _core.reduce_sum(true * _core.log(true / pred), -1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """mean(y_pred - y_true * log(y_pred + 1e-7)).

    Args:
      y_true: the counts, of a shape that broadcasts to y_pred's; converted to its dtype.
      y_pred: the expected counts, floating, [..., n]; integers are taken as float32.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> tf.keras.losses.poisson([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      array([ 1.1137, -0.8451], dtype=float32)
    """
    true, pred = pair(y_true, y_pred)
    return mean(pred - true * _core.log(pred + EPSILON))
