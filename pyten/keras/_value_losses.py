"""Loss objects of values and distributions, as tf.keras.losses has them."""

from __future__ import annotations

from typing import Any

from pyten._docs import file_under
from pyten.keras._loss_classes import LossFunction
from pyten.keras._value_loss_functions import (
    cosine_similarity,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
)

__all__ = [
    "CosineSimilarity",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
]


class MeanSquaredError(LossFunction):
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


class MeanAbsoluteError(LossFunction):
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


class MeanAbsolutePercentageError(LossFunction):
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


class MeanSquaredLogarithmicError(LossFunction):
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


class CosineSimilarity(LossFunction):
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


class Huber(LossFunction):
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


class LogCosh(LossFunction):
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


class KLDivergence(LossFunction):
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


class Poisson(LossFunction):
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


file_under("pyten.keras.losses", globals())
