"""Gradient-descent methods: objects that change variables by their gradients.

The same as `tf.keras.optimizers`, with Keras 3's arguments and results.

>>> import pyten as tf
>>> v = tf.Variable([1., 2.])
>>> optimizer = tf.optimizers.SGD(learning_rate=0.5)
>>> with tf.GradientTape() as tape:
...     loss = tf.reduce_sum(v * v)
>>> step = optimizer.apply_gradients(zip(tape.gradient(loss, [v]), [v]))
>>> v.numpy()
array([0., 0.], dtype=float32)
"""

from __future__ import annotations

from typing import Any

from pyten.optimizers import schedules
from pyten.optimizers._base import Optimizer
from pyten.optimizers._methods import SGD, Adam, Adamax, AdamW, Lion, Nadam
from pyten.optimizers._scaled import Adadelta, Adagrad, Ftrl, RMSprop

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

_ALL: tuple[type[Optimizer], ...] = (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    Adamax,
    Ftrl,
    Lion,
    Nadam,
    RMSprop,
)
_BY_NAME: dict[str, Any] = {cls.__name__.lower(): cls for cls in _ALL}


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """A dictionary of plain values from which deserialize makes the optimizer again.

    Args:
      optimizer: an optimizer. Its state is not part of it; see tf.train.Checkpoint.

    Returns:
      A dictionary.

    Example:
      >>> import pyten as tf
      >>> tf.optimizers.serialize(tf.optimizers.SGD(0.5))["class_name"]
      'SGD'
    """
    return {
        "module": "keras.optimizers",
        "class_name": type(optimizer).__name__,
        "config": optimizer.get_config(),
        "registered_name": None,
    }


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Optimizer:
    """The optimizer that a dictionary of serialize describes.

    Args:
      config: a dictionary with "class_name" and "config".
      custom_objects: further classes by name.

    Returns:
      A new optimizer.

    Raises:
      ValueError: there is no such class.

    Example:
      >>> import pyten as tf
      >>> config = tf.optimizers.serialize(tf.optimizers.SGD(0.5, name="mine"))
      >>> tf.optimizers.deserialize(config).name
      'mine'
    """
    name = str(config.get("class_name"))
    cls = (custom_objects or {}).get(name) or _BY_NAME.get(name.lower())
    if cls is None:
        raise ValueError(f"Could not interpret optimizer identifier: {name}")
    optimizer: Optimizer = cls.from_config(dict(config.get("config") or {}))
    return optimizer


def get(identifier: Any) -> Optimizer | None:
    """An optimizer by its name, with the default arguments.

    Args:
      identifier: a name such as "adam", a dictionary of serialize, an optimizer (which is given
        back) or None.

    Returns:
      An optimizer, or None for None.

    Raises:
      ValueError: it is none of these.

    Example:
      >>> import pyten as tf
      >>> tf.optimizers.get("rmsprop").name[:8]
      'rm_sprop'
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str) and identifier.lower() in _BY_NAME:
        made: Optimizer = _BY_NAME[identifier.lower()]()
        return made
    raise ValueError(f"Could not interpret optimizer identifier: {identifier}")


_NO = {"Adafactor", "Lamb", "LossScaleOptimizer", "MultiOptimizer", "Muon", "OptimizerMap"} | {
    "ScheduleFreeAdamW",
    "legacy",
}


def __getattr__(name: str) -> Any:
    why = f": pyten has no {name}; it has {', '.join(c.__name__ for c in _ALL)}"
    raise AttributeError(
        f"module 'pyten.optimizers' has no attribute '{name}'{why if name in _NO else ''}"
    )
