"""The part of tf.keras that needs no layers: optimizers, losses and their like.

Layers, models and the rest come with the real Keras running on pyten.
"""

from __future__ import annotations

from typing import Any

from pyten import optimizers
from pyten.keras import activations, initializers, layers, losses, metrics

__all__ = [
    "Model",
    "Sequential",
    "activations",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "optimizers",
]

_LATER = (
    "layers and models come with the real Keras on pyten; until then derive from tf.Module and use "
    "tf.nn, tf.keras.losses and tf.optimizers"
)


class _Later(type):
    """A class whose every use says what to use instead."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"tf.keras.{cls.__name__}: {_LATER}")

    def __new__(mcs, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
        if bases:
            raise NotImplementedError(f"tf.keras.{bases[0].__name__}: {_LATER}")
        return super().__new__(mcs, name, bases, space)


class Sequential(metaclass=_Later):
    """Stands for Keras's Sequential until the real Keras runs on pyten; any use says so.

    Args:
      *args: whatever Keras's Sequential takes; never looked at.
      **kwargs: likewise.

    Raises:
      NotImplementedError: always, for calls and for classes derived from it.

    Example:
      >>> import pyten as tf
      >>> tf.keras.Sequential()
      Traceback (most recent call last):
        ...
      NotImplementedError: tf.keras.Sequential: layers and models come with the real Keras on pyten;
      until then derive from tf.Module and use tf.nn, tf.keras.losses and tf.optimizers
    """


class Model(metaclass=_Later):
    """Stands for Keras's Model until the real Keras runs on pyten; any use says so.

    Args:
      *args: whatever Keras's Model takes; never looked at.
      **kwargs: likewise.

    Raises:
      NotImplementedError: always, for calls and for classes derived from it.

    Example:
      >>> import pyten as tf
      >>> tf.keras.Model()
      Traceback (most recent call last):
        ...
      NotImplementedError: tf.keras.Model: layers and models come with the real Keras on pyten;
      until then derive from tf.Module and use tf.nn, tf.keras.losses and tf.optimizers
    """


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"module 'pyten.keras' has no attribute '{name}': {_LATER}")
