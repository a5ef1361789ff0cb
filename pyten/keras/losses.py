"""Losses: functions that give a number for each example, and classes that average them.

The functions take (y_true, y_pred), convert y_true to y_pred's dtype, and reduce the last axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from pyten.keras._label_losses import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    CategoricalHinge,
    Dice,
    Hinge,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    Tversky,
)
from pyten.keras._loss_classes import Loss
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
from pyten.keras._value_losses import (
    CosineSimilarity,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
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
