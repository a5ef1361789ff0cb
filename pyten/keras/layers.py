"""Stands for tf.keras.layers: any attribute says what to use until the real Keras is there."""

from __future__ import annotations

from typing import Any

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"module 'pyten.keras.layers' has no attribute '{name}': layers come with the real Keras "
        "on pyten; until then derive from tf.Module and use tf.nn"
    )
