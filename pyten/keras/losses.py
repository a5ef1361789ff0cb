"""Losses: functions that give a number for each example, and classes that average them.

The functions take (y_true, y_pred), convert y_true to y_pred's dtype, and reduce the last axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyten.keras import _loss_classes as _classes
from pyten.keras._loss_functions import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    cosine_similarity,
    dice,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
    tversky,
)

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

MSE = mse = mean_squared_error
MAE = mae = mean_absolute_error
MAPE = mape = mean_absolute_percentage_error
MSLE = msle = mean_squared_logarithmic_error
KLD = kld = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh


class MeanSquaredError(_classes.LossFunction):
    """mean_squared_error, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.MeanSquaredError()
      >>> loss([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      np.float32(1.25)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(_classes.LossFunction):
    """mean_absolute_error, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.MeanAbsoluteError()
      >>> loss([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      np.float32(0.75)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(_classes.LossFunction):
    """mean_absolute_percentage_error, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.MeanAbsolutePercentageError()
      >>> loss([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      np.float32(31.25)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(_classes.LossFunction):
    """mean_squared_logarithmic_error, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.MeanSquaredLogarithmicError()
      >>> loss([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      np.float32(0.0777)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(_classes.LossFunction):
    """cosine_similarity, averaged over the examples or as `reduction` says.

    Args:
      axis: the axis that holds the vectors.
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.CosineSimilarity(axis=0)
      >>> loss([[3., 4.], [1., 0.]], [[4., 3.], [-2., 0.]]).numpy().round(4)
      np.float32(-0.8536)
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(_classes.LossFunction):
    """huber, averaged over the examples or as `reduction` says.

    Args:
      delta: the size of error where the square turns into a line.
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.Huber(delta=0.5)
      >>> loss([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      np.float32(0.3125)
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(_classes.LossFunction):
    """log_cosh, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.LogCosh()
      >>> loss([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      np.float32(0.4397)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)


class KLDivergence(_classes.LossFunction):
    """kl_divergence, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.KLDivergence()
      >>> loss([[0., 1.], [1., 0.]], [[0.25, 0.75], [0.5, 0.5]]).numpy().round(4)
      np.float32(0.4904)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(_classes.LossFunction):
    """poisson, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.Poisson()
      >>> loss([[1., 2.], [3., 4.]], [[1., 4.], [3., 3.]]).numpy().round(4)
      np.float32(0.1343)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(poisson, reduction, name, dtype)


class Hinge(_classes.LossFunction):
    """hinge, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.Hinge()
      >>> loss([[0., 1.], [1., 0.]], [[0.5, -0.5], [2., 1.]]).numpy().round(4)
      np.float32(1.25)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(_classes.LossFunction):
    """squared_hinge, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.SquaredHinge()
      >>> loss([[0., 1.], [1., 0.]], [[0.5, -0.5], [2., 1.]]).numpy().round(4)
      np.float32(2.125)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(_classes.LossFunction):
    """categorical_hinge, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.CategoricalHinge()
      >>> y_true, y_pred = [[0., 1., 0.], [0., 0., 1.]], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]
      >>> loss(y_true, y_pred).numpy().round(4)
      np.float32(1.0)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)


class BinaryCrossentropy(_classes.LossFunction):
    """binary_crossentropy, averaged over the examples or as `reduction` says.

    Args:
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to 0.5, from 0 to 1.
      axis: the axis of the mean.
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.BinaryCrossentropy(from_logits=True)
      >>> loss([[0., 1.], [1., 0.]], [[-2., 1.], [3., -1.]]).numpy().round(4)
      np.float32(0.2005)
    """

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
    """binary_focal_crossentropy, averaged over the examples or as `reduction` says.

    Args:
      apply_class_balancing: whether label 1 is weighted by alpha and label 0 by 1 - alpha.
      alpha: the weight of label 1 where apply_class_balancing is true.
      gamma: the exponent; more of it lowers the loss of what is predicted well.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to 0.5, from 0 to 1.
      axis: the axis of the mean.
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.BinaryFocalCrossentropy(gamma=1.0)
      >>> loss([[0., 1.], [1., 0.]], [[0.25, 0.75], [0.5, 0.5]]).numpy().round(4)
      np.float32(0.2092)
    """

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
    """categorical_crossentropy, averaged over the examples or as `reduction` says.

    Args:
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to the uniform distribution, from 0 to 1.
      axis: the axis of the classes.
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.CategoricalCrossentropy(label_smoothing=0.3)
      >>> y_true, y_pred = [[0., 1., 0.], [0., 0., 1.]], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]
      >>> loss(y_true, y_pred).numpy().round(4)
      np.float32(1.0744)
    """

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
    """categorical_focal_crossentropy, averaged over the examples or as `reduction` says.

    Args:
      alpha: a weight, or one for each class.
      gamma: the exponent; more of it lowers the loss of what is predicted well.
      from_logits: whether y_pred holds logits in place of probabilities.
      label_smoothing: how far labels are drawn to the uniform distribution, from 0 to 1.
      axis: the axis of the classes.
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.CategoricalFocalCrossentropy(gamma=1.0)
      >>> y_true, y_pred = [[0., 1., 0.], [0., 0., 1.]], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]
      >>> loss(y_true, y_pred).numpy().round(4)
      np.float32(0.1733)
    """

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
    """sparse_categorical_crossentropy, averaged over the examples or as `reduction` says.

    Args:
      from_logits: whether y_pred holds logits in place of probabilities.
      ignore_class: a label whose examples have loss 0 and do not count in the mean; None for none.
      reduction: how the losses of the examples become one number, as for Loss.
      axis: the axis of the classes; the last one.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.SparseCategoricalCrossentropy(ignore_class=2)
      >>> loss([1, 2], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]).numpy().round(4)
      np.float32(0.6931)
    """

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
    """categorical_generalized_cross_entropy, averaged over the examples or as `reduction` says.

    Args:
      q: from 0 (crossentropy) to 1 (absolute error), 0 left out.
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.CategoricalGeneralizedCrossEntropy(q=0.5)
      >>> loss([1, 2], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]).numpy().round(4)
      np.float32(0.7929)
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)


class Dice(_classes.LossFunction):
    """dice, averaged over the examples or as `reduction` says.

    Args:
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      axis: the axis or axes of the sums; None for all.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.Dice(axis=-1)
      >>> loss([[0., 1.], [1., 0.]], [[0.25, 0.75], [0.5, 0.5]]).numpy().round(4)
      np.float32(0.375)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(_classes.LossFunction):
    """tversky, averaged over the examples or as `reduction` says.

    Args:
      alpha: the weight of what is true and not predicted.
      beta: the weight of what is predicted and not true.
      reduction: how the losses of the examples become one number, as for Loss.
      name: a name.
      axis: the axis or axes of the sums; None for all.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.Tversky(alpha=0.25, beta=0.75)
      >>> loss([[0., 1.], [1., 0.]], [[0.25, 0.75], [0.5, 0.5]]).numpy().round(4)
      np.float32(0.375)
    """

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
    """A name for a loss function, or a dictionary of plain values for a loss object.

    Args:
      loss: a function, or an object of Loss.

    Returns:
      The function's name; for an object a dictionary with "module", "class_name", "config" and
      "registered_name".

    Example:
      >>> import pyten as tf
      >>> tf.keras.losses.serialize(tf.keras.losses.mse)
      'mean_squared_error'
      >>> tf.keras.losses.serialize(tf.keras.losses.Huber(delta=0.5))["config"]
      {'name': 'huber_loss', 'reduction': 'sum_over_batch_size', 'delta': 0.5}
    """
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

    Returns:
      A loss function, or an object of Loss.

    Raises:
      ValueError: there is no such loss.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.deserialize({"class_name": "Huber", "config": {"delta": 0.5}})
      >>> loss([[1., 2.]], [[1., 4.]]).numpy()
      np.float32(0.4375)
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

    Args:
      identifier: a name, a dictionary as for deserialize, a class, a function, an object or None.

    Returns:
      A loss function, an object of Loss (for a class one made without arguments), or None.

    Raises:
      ValueError: there is no such loss.

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
