"""What an operation of pyten.array_api costs beside the same one of tf.

    python benchmarks/array_api.py

Prints nanoseconds a call, the least of interleaved rounds, and the ratio.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pyten as tf
import pyten.array_api as xp

ROUNDS, CALLS = 60, 2000


def pairs() -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Each operation on tensors, and on arrays."""
    t = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    a = xp.asarray(t)
    big_t = tf.ones((1000, 100))
    big_a = xp.asarray(big_t)
    return {
        "x + y, 2x2": (lambda: t + t, lambda: a + a),
        "x * 2.0, 2x2": (lambda: t * 2.0, lambda: a * 2.0),
        "x @ y, 2x2": (lambda: t @ t, lambda: a @ a),
        "x < y, 2x2": (lambda: t < t, lambda: a < a),
        "-x, 2x2": (lambda: -t, lambda: -a),
        "x[0], 2x2": (lambda: t[0], lambda: a[0]),
        "exp, 2x2": (lambda: tf.exp(t), lambda: xp.exp(a)),
        "add, 2x2": (lambda: tf.add(t, t), lambda: xp.add(a, a)),
        "x + y, 1000x100": (lambda: big_t + big_t, lambda: big_a + big_a),
    }


def least(f: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter_ns()
    for _ in range(calls):
        f()
    return (time.perf_counter_ns() - start) / calls


def main() -> None:
    print(f"{'':20}{'tensor ns':>12}{'array ns':>12}{'ratio':>8}")
    for name, (tensor, array) in pairs().items():
        calls = CALLS // 50 if "1000" in name else CALLS
        best = [float("inf")] * 2
        for _ in range(ROUNDS):
            best = [min(b, least(f, calls)) for b, f in zip(best, (tensor, array), strict=True)]
        print(f"{name:20}{best[0]:12.0f}{best[1]:12.0f}{best[1] / best[0]:8.2f}")


if __name__ == "__main__":
    main()
