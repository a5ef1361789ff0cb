"""Losses: functions that give a number for each example, and classes that average them.

The functions take (y_true, y_pred), convert y_true to y_pred's dtype, and reduce the last axis.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from pyten import _core, nn
from pyten.keras import _loss_classes as _classes

__all__ = [
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "cosine_similarity",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]

_EPSILON = 1e-7


def _pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    pred = _core.convert(y_pred)
    return _core.cast(_core.convert(y_true), pred.dtype), pred


def _ranked(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    return _classes.same_rank(*_pair(y_true, y_pred))


def _mean(x: Any) -> Any:
    return _core.reduce_mean(x, -1)


def _clipped(x: Any) -> Any:
    return _core.clip_by_value(x, _EPSILON, 1.0 - _EPSILON)


def _axis(axis: Any) -> int:
    if isinstance(axis, bool):
        raise ValueError(
            f"`axis` must be of type `int`. Received: axis={axis} of type {type(axis)}"
        )
    return int(axis)


def _same_shape(y_true: Any, y_pred: Any) -> None:
    if y_true.shape != y_pred.shape:
        what = "rank (ndim)" if y_true.ndim != y_pred.ndim else "shape"
        raise ValueError(
            f"Arguments `target` and `output` must have the same {what}. Received: "
            f"target.shape={y_true.shape}, output.shape={y_pred.shape}"
        )


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """mean((y_true - y_pred) ** 2).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _ranked(y_true, y_pred)
    return _mean(_core.square(true - pred))


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """mean(|y_true - y_pred|).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _ranked(y_true, y_pred)
    return _mean(_core.abs(true - pred))


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """100 * mean(|y_true - y_pred| / max(|y_true|, 1e-7)).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _ranked(y_true, y_pred)
    return 100.0 * _mean(_core.abs((true - pred) / _core.maximum(_core.abs(true), _EPSILON)))


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """mean((log(y_true + 1) - log(y_pred + 1)) ** 2), with negative values taken as 1e-7.

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _ranked(y_true, y_pred)
    first = _core.log(_core.maximum(pred, _EPSILON) + 1.0)
    second = _core.log(_core.maximum(true, _EPSILON) + 1.0)
    return _mean(_core.square(first - second))


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """-sum(y_true * y_pred) after both are scaled to norm 1 along `axis`: -1 for the same direction.

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
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
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _ranked(y_true, y_pred)
    error = pred - true
    size = _core.abs(error)
    limit = _core.cast(delta, pred.dtype)
    outside = limit * size - 0.5 * _core.square(limit)
    return _mean(_core.select(size <= limit, 0.5 * _core.square(error), outside))


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """mean(log(cosh(y_pred - y_true))).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _ranked(y_true, y_pred)
    error = pred - true
    return _mean(error + _core.softplus(-2.0 * error) - math.log(2.0))


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """sum(y_true * log(y_true / y_pred)), with both limited to 1e-7 and 1.

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _pair(y_true, y_pred)
    true = _core.clip_by_value(true, _EPSILON, 1.0)
    pred = _core.clip_by_value(pred, _EPSILON, 1.0)
    return _core.reduce_sum(true * _core.log(true / pred), -1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """mean(y_pred - y_true * log(y_pred + 1e-7)).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _pair(y_true, y_pred)
    return _mean(pred - true * _core.log(pred + _EPSILON))


def _signs(true: Any) -> Any:
    binary = _core.reduce_all(_core.logical_or(_core.equal(true, 0), _core.equal(true, 1)))
    return 2.0 * true - 1.0 if bool(binary) else true


def hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true * y_pred, 0)); labels 0 and 1 are taken as -1 and 1.

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _pair(y_true, y_pred)
    return _mean(_core.maximum(1.0 - _signs(true) * pred, 0.0))


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true * y_pred, 0) ** 2); labels 0 and 1 are taken as -1 and 1.

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _pair(y_true, y_pred)
    return _mean(_core.square(_core.maximum(1.0 - _signs(true) * pred, 0.0)))


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(max((1 - y_true) * y_pred) - sum(y_true * y_pred) + 1, 0).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _pair(y_true, y_pred)
    wrong = _core.reduce_max((1.0 - true) * pred, -1)
    return _core.maximum(wrong - _core.reduce_sum(true * pred, -1) + 1.0, 0.0)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """mean(-y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred)), probabilities limited to 1e-7.

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to 0.5, from 0 to 1.
      axis: the axis of the mean.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _pair(y_true, y_pred)
    if label_smoothing:
        true = true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return _core.reduce_mean(_binary(true, pred, from_logits), axis)


def _binary(true: Any, pred: Any, from_logits: bool) -> Any:
    _same_shape(true, pred)
    if from_logits:
        return nn.sigmoid_cross_entropy_with_logits(true, pred)
    pred = _clipped(pred)
    return -(true * _core.log(pred) + (1 - true) * _core.log(1 - pred))


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """binary_crossentropy times (1 - p) ** gamma, p the probability of the true label (Lin et al. 2018).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.
      apply_class_balancing: whether label 1 is weighted by alpha and label 0 by 1 - alpha.
      alpha: see there.
      gamma: the exponent.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to 0.5, from 0 to 1.
      axis: the axis of the mean.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _pair(y_true, y_pred)
    if label_smoothing:
        true = true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        pred = _core.sigmoid(pred)
    loss = _binary(true, pred, False)
    loss = (1.0 - (true * pred + (1 - true) * (1 - pred))) ** gamma * loss
    if apply_class_balancing:
        loss = (true * alpha + (1 - true) * (1 - alpha)) * loss
    return _core.reduce_mean(loss, axis)


def _categories(y_true: Any, y_pred: Any, label_smoothing: float, op: str) -> tuple[Any, Any]:
    true, pred = _pair(y_true, y_pred)
    if pred.ndim and pred.shape[-1] == 1:
        warnings.warn(
            f"In loss {op}, expected y_pred.shape to be (batch_size, num_classes) with num_classes "
            f"> 1. Received: y_pred.shape={pred.shape}. Consider using 'binary_crossentropy' if "
            "you only have 2 classes.",
            SyntaxWarning,
            stacklevel=3,
        )
    if label_smoothing:
        true = true * (1.0 - label_smoothing) + label_smoothing / true.shape[-1]
    return true, pred


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """-sum(y_true * log(y_pred)), probabilities scaled to sum 1 and limited to 1e-7.

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to the uniform distribution, from 0 to 1.
      axis: the axis of the classes.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    axis = _axis(axis)
    true, pred = _categories(y_true, y_pred, label_smoothing, "categorical_crossentropy")
    _same_shape(true, pred)
    if from_logits:
        return nn.softmax_cross_entropy_with_logits(true, pred, axis)
    pred = _clipped(pred / _core.reduce_sum(pred, axis, True))
    return -_core.reduce_sum(true * _core.log(pred), axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """-sum(alpha * (1 - y_pred) ** gamma * y_true * log(y_pred)) (Lin et al. 2018).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.
      alpha: a weight, or one for each class.
      gamma: the exponent.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to the uniform distribution, from 0 to 1.
      axis: the axis of the classes.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    axis = _axis(axis)
    true, pred = _categories(y_true, y_pred, label_smoothing, "categorical_focal_crossentropy")
    if from_logits:
        pred = _core.softmax(pred, axis)
    pred = _clipped(pred / _core.reduce_sum(pred, axis, True))
    weight = (1.0 - pred) ** gamma * _core.cast(alpha, pred.dtype)
    return _core.reduce_sum(weight * -true * _core.log(pred), axis)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """-log(y_pred[label]), where y_true holds the numbers of the classes.

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.
      from_logits: whether y_pred holds logits in place of probabilities.
      ignore_class: a label whose examples have loss 0; None for none.
      axis: the axis of the classes; the last one.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    pred, true = _core.convert(y_pred), _core.convert(y_true)
    if axis not in (-1, pred.ndim - 1):
        raise ValueError(f"Only axis=-1 is currently supported. Received: axis={axis}")
    if true.ndim == pred.ndim and true.ndim and true.shape[-1] == 1:
        true = _core.squeeze(true, -1)
    true = _core.cast(true, "int64")
    if true.ndim != pred.ndim - 1:
        raise ValueError(
            "Argument `output` must have rank (ndim) `target.ndim - 1`. Received: "
            f"target.shape={true.shape}, output.shape={pred.shape}"
        )
    if true.shape != pred.shape[:-1]:
        raise ValueError(
            "Arguments `target` and `output` must have the same shape up until the last dimension: "
            f"target.shape={true.shape}, output.shape={pred.shape}"
        )
    valid = None
    if ignore_class is not None:
        valid = _core.not_equal(true, ignore_class)
        true = _core.select(valid, true, _core.zeros_like(true))
        pred = _core.select(_core.expand_dims(valid, -1), pred, _core.zeros_like(pred))
    if not from_logits:
        pred = _core.log(_clipped(pred))
    loss = nn.sparse_softmax_cross_entropy_with_logits(true, pred)
    return loss if valid is None else _core.select(valid, loss, _core.zeros_like(loss))


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """(1 - y_pred[label] ** q) / q, robust to wrong labels (Zhang & Sabuncu 2018).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.
      q: from 0 (crossentropy) to 1 (absolute error), both left out.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    pred = _core.convert(y_pred)
    hot = _core.one_hot(_core.cast(y_true, "int64"), pred.shape[-1], dtype=pred.dtype)
    return (1 - _core.reduce_sum(pred * hot, -1) ** q) / q


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred) + 1e-7).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.
      axis: the axes of the sums; None for all.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _pair(y_true, y_pred)
    both = _core.reduce_sum(true * pred, axis)
    return 1 - 2.0 * both / (_core.reduce_sum(true, axis) + _core.reduce_sum(pred, axis) + _EPSILON)


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Any:
    """1 - both / (both + alpha * only true + beta * only predicted + 1e-7) (Salehi et al. 2017).

    Args:
      y_true: the true values.
      y_pred: the predictions, floating.
      alpha: the weight of what is true and not predicted.
      beta: the weight of what is predicted and not true.
      axis: the axes of the sums; None for all.

    Returns:
      A tensor in y_pred's dtype without the reduced axis.
    """
    true, pred = _pair(y_true, y_pred)
    both = _core.reduce_sum(true * pred, axis)
    missed = _core.reduce_sum((1 - pred) * true, axis)
    extra = _core.reduce_sum(pred * (1 - true), axis)
    return 1 - both / (both + missed * alpha + extra * beta + _EPSILON)


MSE = mse = mean_squared_error
MAE = mae = mean_absolute_error
MAPE = mape = mean_absolute_percentage_error
MSLE = msle = mean_squared_logarithmic_error
KLD = kld = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh


class MeanSquaredError(_classes.LossFunction):
    """mean_squared_error of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(_classes.LossFunction):
    """mean_absolute_error of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(_classes.LossFunction):
    """mean_absolute_percentage_error of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(_classes.LossFunction):
    """mean_squared_logarithmic_error of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(_classes.LossFunction):
    """cosine_similarity of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(_classes.LossFunction):
    """huber of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(_classes.LossFunction):
    """log_cosh of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)


class KLDivergence(_classes.LossFunction):
    """kl_divergence of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(_classes.LossFunction):
    """poisson of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(poisson, reduction, name, dtype)


class Hinge(_classes.LossFunction):
    """hinge of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(_classes.LossFunction):
    """squared_hinge of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(_classes.LossFunction):
    """categorical_hinge of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)


class BinaryCrossentropy(_classes.LossFunction):
    """binary_crossentropy of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class BinaryFocalCrossentropy(_classes.LossFunction):
    """binary_focal_crossentropy of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalCrossentropy(_classes.LossFunction):
    """categorical_crossentropy of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(_classes.LossFunction):
    """categorical_focal_crossentropy of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(_classes.LossFunction):
    """sparse_categorical_crossentropy of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )


class CategoricalGeneralizedCrossEntropy(_classes.LossFunction):
    """categorical_generalized_cross_entropy of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)


class Dice(_classes.LossFunction):
    """dice of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(_classes.LossFunction):
    """tversky of each example, averaged; its arguments are explained there and at Loss."""

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)


Loss = _classes.Loss
_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    mean_squared_error,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
    cosine_similarity,
    huber,
    log_cosh,
    kl_divergence,
    poisson,
    hinge,
    squared_hinge,
    categorical_hinge,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    sparse_categorical_crossentropy,
    categorical_generalized_cross_entropy,
    dice,
    tversky,
)
_CLASSES: tuple[type[Loss], ...] = (
    MeanSquaredError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    CosineSimilarity,
    Huber,
    LogCosh,
    KLDivergence,
    Poisson,
    Hinge,
    SquaredHinge,
    CategoricalHinge,
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    SparseCategoricalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    Dice,
    Tversky,
)
_SHORT = {
    "mse": mse,
    "mae": mae,
    "mape": mape,
    "msle": msle,
    "kld": kld,
    "kullback_leibler_divergence": kl_divergence,
    "logcosh": log_cosh,
}
_BY_NAME: dict[str, Any] = {
    **{f.__name__: f for f in _FUNCTIONS},
    **{k: f for n, f in _SHORT.items() for k in (n, n.upper())},
    **{c.__name__: c for c in _CLASSES},
}


def serialize(loss: Any) -> Any:
    """A name for a loss function, or a dictionary of plain values for a loss object."""
    if not isinstance(loss, Loss):
        return loss.__name__
    return {
        "module": "keras.losses",
        "class_name": type(loss).__name__,
        "config": loss.get_config(),
        "registered_name": None,
    }


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The loss that serialize, or a name, describes; a class by its name is made an object.

    Args:
      name: a name, or a dictionary with "class_name" and "config".
      custom_objects: further functions and classes by name.

    Raises:
      ValueError: there is no such loss.
    """
    config: dict[str, Any] = {}
    given = name
    if isinstance(name, dict):
        name, config = name.get("class_name"), dict(name.get("config") or {})
    found = (custom_objects or {}).get(name) or _BY_NAME.get(name)
    if found is None:
        raise ValueError(f"Could not interpret loss identifier: {given}")
    return found(**config) if isinstance(found, type) else found


def get(identifier: Any) -> Any:
    """A loss by its name; None, functions and objects are given back.

    Example:
      >>> import pyten as tf
      >>> tf.keras.losses.get("mse")([[1., 2.]], [[1., 4.]]).numpy()
      array([2.], dtype=float32)
    """
    if identifier is None or (callable(identifier) and not isinstance(identifier, type)):
        return identifier
    if isinstance(identifier, type):
        return identifier()
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    raise ValueError(f"Could not interpret loss identifier: {identifier}")


def __getattr__(name: str) -> Any:
    why = ": pyten has no such loss" if name in ("CTC", "ctc", "Circle", "circle") else ""
    raise AttributeError(f"module 'pyten.keras.losses' has no attribute '{name}'{why}")
