"""Stands for tf.keras.initializers: any attribute says what to use until the real Keras is there."""

from __future__ import annotations

from typing import Any

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"module 'pyten.keras.initializers' has no attribute '{name}': it comes with the real Keras on "
        "pyten; until then use tf.nn, tf.random and tf.math"
    )
