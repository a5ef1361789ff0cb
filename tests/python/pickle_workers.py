"""What worker processes run for test_multiprocessing.py: importable by name, with little to import."""

from __future__ import annotations

from typing import Any

import pyten as tf


def total(x: Any) -> Any:
    return tf.reduce_sum(x * x)


def echo(x: Any) -> Any:
    return x


def gradient(v: Any) -> Any:
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(v**3)
    return tape.gradient(y, v)


@tf.function
def doubled(x: Any) -> Any:
    return 2 * x


def large_product(n: int) -> float:
    """Enough work for the thread pool."""
    return float(tf.reduce_sum(tf.ones((n, n)) @ tf.ones((n, n))))


def step(state: tuple[Any, Any]) -> tuple[Any, Any]:
    optimizer, variable = state
    optimizer.apply_gradients([(tf.ones_like(variable), variable)])
    return optimizer, variable


def refuse(n: int) -> Any:
    return tf.ones((2, n)) + tf.ones((2, 4))


def draw(generator: Any) -> tuple[Any, Any]:
    return generator.normal((3,)), generator


def accuracy(job: tuple[Any, Any, Any]) -> float:
    model, x, y = job
    return float(model.score(x, y))
