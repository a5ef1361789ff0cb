"""Loss objects of labels, classes and masks, as tf.keras.losses has them."""

from __future__ import annotations

from typing import Any

from pyten._docs import file_under
from pyten.keras._label_loss_functions import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    dice,
    hinge,
    sparse_categorical_crossentropy,
    squared_hinge,
    tversky,
)
from pyten.keras._loss_classes import LossFunction

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Dice",
    "Hinge",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
]


class Hinge(LossFunction):
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


class SquaredHinge(LossFunction):
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


class CategoricalHinge(LossFunction):
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


class BinaryCrossentropy(LossFunction):
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


class BinaryFocalCrossentropy(LossFunction):
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


class CategoricalCrossentropy(LossFunction):
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


class CategoricalFocalCrossentropy(LossFunction):
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


class SparseCategoricalCrossentropy(LossFunction):
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


class CategoricalGeneralizedCrossEntropy(LossFunction):
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


class Dice(LossFunction):
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


class Tversky(LossFunction):
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


file_under("pyten.keras.losses", globals())
