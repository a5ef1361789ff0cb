"""Loss functions of labels, classes and masks, as tf.keras.losses has them."""

from __future__ import annotations

import warnings
from typing import Any

from pyten import _core, nn
from pyten.keras._value_loss_functions import EPSILON, mean, pair

__all__ = [
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "dice",
    "hinge",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]


def _clipped(x: Any) -> Any:
    return _core.clip_by_value(x, EPSILON, 1.0 - EPSILON)


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


def _signs(true: Any) -> Any:
    binary = _core.reduce_all(_core.logical_or(_core.equal(true, 0), _core.equal(true, 1)))
    return 2.0 * true - 1.0 if bool(binary) else true


def hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true * y_pred, 0)).

    Args:
      y_true: the labels, -1 or 1, of a shape that broadcasts to y_pred's; 0 and 1 are taken as -1
        and 1 where there are no others.
      y_pred: the predictions, floating, [..., n]; integers are taken as float32.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> tf.keras.losses.hinge([[0., 1.], [1., 0.]], [[0.5, -0.5], [2., 1.]]).numpy().round(4)
      array([1.5, 1. ], dtype=float32)
    """
    true, pred = pair(y_true, y_pred)
    return mean(_core.maximum(1.0 - _signs(true) * pred, 0.0))


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true * y_pred, 0) ** 2).

    Args:
      y_true: the labels, -1 or 1, of a shape that broadcasts to y_pred's; 0 and 1 are taken as -1
        and 1 where there are no others.
      y_pred: the predictions, floating, [..., n]; integers are taken as float32.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[0., 1.], [1., 0.]], [[0.5, -0.5], [2., 1.]]
      >>> tf.keras.losses.squared_hinge(y_true, y_pred).numpy().round(4)
      array([2.25, 2.  ], dtype=float32)
    """
    true, pred = pair(y_true, y_pred)
    return mean(_core.square(_core.maximum(1.0 - _signs(true) * pred, 0.0)))


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(max((1 - y_true) * y_pred) - sum(y_true * y_pred) + 1, 0).

    Args:
      y_true: one-hot labels, of a shape that broadcasts to y_pred's; converted to its dtype.
      y_pred: the scores of the classes, floating, [..., classes]; integers are taken as float32.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[0., 1., 0.], [0., 0., 1.]], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]
      >>> tf.keras.losses.categorical_hinge(y_true, y_pred).numpy().round(4)
      array([0.75, 1.25], dtype=float32)
    """
    true, pred = pair(y_true, y_pred)
    wrong = _core.reduce_max((1.0 - true) * pred, -1)
    return _core.maximum(wrong - _core.reduce_sum(true * pred, -1) + 1.0, 0.0)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """mean(-y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred)).

    Probabilities are limited to 1e-7 and 1 - 1e-7.

    Args:
      y_true: the labels, 0 or 1 or between, of y_pred's shape; converted to its dtype.
      y_pred: the probabilities of label 1 (or logits), floating, [..., n]; integers are taken as
        float32.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to 0.5, from 0 to 1.
      axis: the axis of the mean.

    Returns:
      A tensor in y_pred's dtype, `axis` reduced.

    Raises:
      ValueError: the shapes of y_true and y_pred differ.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[0., 1.], [1., 0.]], [[0.25, 0.75], [0.5, 0.5]]
      >>> tf.keras.losses.binary_crossentropy(y_true, y_pred).numpy().round(4)
      array([0.2877, 0.6931], dtype=float32)
    """
    true, pred = pair(y_true, y_pred)
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
    """binary_crossentropy times (1 - p) ** gamma (Lin et al. 2018).

    Here p is the probability of the true label.

    Args:
      y_true: the labels, 0 or 1 or between, of y_pred's shape; converted to its dtype.
      y_pred: the probabilities of label 1 (or logits), floating, [..., n]; integers are taken as
        float32.
      apply_class_balancing: whether label 1 is weighted by alpha and label 0 by 1 - alpha.
      alpha: the weight of label 1 where apply_class_balancing is true.
      gamma: the exponent; more of it lowers the loss of what is predicted well.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to 0.5, from 0 to 1.
      axis: the axis of the mean.

    Returns:
      A tensor in y_pred's dtype, `axis` reduced.

    Raises:
      ValueError: the shapes of y_true and y_pred differ.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[0., 1.], [1., 0.]], [[0.25, 0.75], [0.5, 0.5]]
      >>> tf.keras.losses.binary_focal_crossentropy(y_true, y_pred).numpy().round(4)
      array([0.018 , 0.1733], dtype=float32)
    """
    true, pred = pair(y_true, y_pred)
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
    true, pred = pair(y_true, y_pred)
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
    """-sum(y_true * log(y_pred)), y_pred scaled to sum 1 and limited to 1e-7 and 1 - 1e-7.

    Args:
      y_true: a distribution over the classes, such as one-hot labels, of y_pred's shape; converted
        to its dtype.
      y_pred: the probabilities of the classes (or logits), floating, [..., classes]; integers are
        taken as float32.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to the uniform distribution, from 0 to 1.
      axis: the axis of the classes.

    Returns:
      A tensor in y_pred's dtype, `axis` reduced.

    Raises:
      ValueError: the shapes of y_true and y_pred differ, or axis is a bool.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[0., 1., 0.], [0., 0., 1.]], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]
      >>> tf.keras.losses.categorical_crossentropy(y_true, y_pred).numpy().round(4)
      array([0.6931, 1.3863], dtype=float32)
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
      y_true: a distribution over the classes, such as one-hot labels, of a shape that broadcasts to
        y_pred's; converted to its dtype.
      y_pred: the probabilities of the classes (or logits), floating, [..., classes]; integers are
        taken as float32.
      alpha: a weight, or one for each class.
      gamma: the exponent; more of it lowers the loss of what is predicted well.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to the uniform distribution, from 0 to 1.
      axis: the axis of the classes.

    Returns:
      A tensor in y_pred's dtype, `axis` reduced.

    Raises:
      ValueError: axis is a bool.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[0., 1., 0.], [0., 0., 1.]], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]
      >>> tf.keras.losses.categorical_focal_crossentropy(y_true, y_pred).numpy().round(4)
      array([0.0433, 0.1949], dtype=float32)
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
      y_true: the numbers of the classes, [...] or [..., 1]; converted to int64.
      y_pred: the probabilities of the classes (or logits), floating, [..., classes].
      from_logits: whether y_pred holds logits in place of probabilities.
      ignore_class: a label whose examples have loss 0; None for none.
      axis: the axis of the classes; the last one.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Raises:
      ValueError: axis is not the last one, or the shapes of y_true and y_pred do not match.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [1, 2], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]
      >>> tf.keras.losses.sparse_categorical_crossentropy(y_true, y_pred).numpy().round(4)
      array([0.6931, 1.3863], dtype=float32)
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
      y_true: the numbers of the classes, [...]; converted to int64.
      y_pred: the probabilities of the classes, floating, [..., classes].
      q: from 0 (crossentropy) to 1 (absolute error), 0 left out.

    Returns:
      A tensor [...] in y_pred's dtype, the last axis reduced.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [1, 2], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]
      >>> loss = tf.keras.losses.categorical_generalized_cross_entropy(y_true, y_pred, q=0.5)
      >>> loss.numpy().round(4)
      array([0.5858, 1.    ], dtype=float32)
    """
    pred = _core.convert(y_pred)
    hot = _core.one_hot(_core.cast(y_true, "int64"), pred.shape[-1], dtype=pred.dtype)
    return (1 - _core.reduce_sum(pred * hot, -1) ** q) / q


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred) + 1e-7).

    Args:
      y_true: the masks, 0 or 1 or between, of a shape that broadcasts to y_pred's; converted to its
        dtype.
      y_pred: the predicted masks, floating; integers are taken as float32.
      axis: the axis or axes of the sums; None for all.

    Returns:
      A tensor in y_pred's dtype, `axis` reduced; a scalar where that is None.

    Example:
      >>> import pyten as tf
      >>> y_true, y_pred = [[0., 1.], [1., 0.]], [[0.25, 0.75], [0.5, 0.5]]
      >>> tf.keras.losses.dice(y_true, y_pred, axis=-1).numpy().round(4)
      array([0.25, 0.5 ], dtype=float32)
    """
    true, pred = pair(y_true, y_pred)
    both = _core.reduce_sum(true * pred, axis)
    return 1 - 2.0 * both / (_core.reduce_sum(true, axis) + _core.reduce_sum(pred, axis) + EPSILON)


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Any:
    """1 - both / (both + alpha * only true + beta * only predicted + 1e-7) (Salehi et al. 2017).

    Args:
      y_true: the masks, 0 or 1 or between, of a shape that broadcasts to y_pred's; converted to its
        dtype.
      y_pred: the predicted masks, floating; integers are taken as float32.
      alpha: the weight of what is true and not predicted.
      beta: the weight of what is predicted and not true.
      axis: the axis or axes of the sums; None for all.

    Returns:
      A tensor in y_pred's dtype, `axis` reduced; a scalar where that is None.

    Example:
      >>> import pyten as tf
      >>> tf.keras.losses.tversky([[0., 1.], [1., 0.]], [[0.25, 0.75], [0.5, 0.5]]).numpy().round(4)
      np.float32(0.375)
    """
    true, pred = pair(y_true, y_pred)
    both = _core.reduce_sum(true * pred, axis)
    missed = _core.reduce_sum((1 - pred) * true, axis)
    extra = _core.reduce_sum(pred * (1 - true), axis)
    return 1 - both / (both + missed * alpha + extra * beta + EPSILON)
