"""A Jacobian of 500 outputs of small networks, as a multiple of one gradient in the same run.

Each figure is the median of several rounds; a round times the gradient and the Jacobian in turn.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import statistics
import time
from typing import Any

import numpy as np

import pyten as tf

#: (batch, sizes of the layers, with respect to what); batch times the last size is 500.
CASES = [
    (1, [8, 32, 500], "input"),
    (1, [32, 64, 500], "input"),
    (1, [64, 128, 128, 500], "input"),
    (10, [16, 32, 50], "input"),
    (50, [8, 32, 10], "input"),
    (1, [8, 32, 500], "first weights"),
    (10, [16, 32, 50], "first weights"),
    (50, [8, 32, 10], "first weights"),
    (500, [2, 16, 1], "first weights"),
]


def seconds(f: Any, least: float = 0.02) -> float:
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < least or count < 2:
        f()
        count += 1
    return (time.perf_counter() - start) / count


def case(batch: int, sizes: list[int], by: str, rounds: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    weights = [
        tf.Variable(rng.standard_normal((m, n)) / np.sqrt(m), dtype=tf.float32)
        for m, n in itertools.pairwise(sizes)
    ]
    x = tf.Variable(rng.standard_normal((batch, sizes[0])), dtype=tf.float32)
    source = x if by == "input" else weights[0]

    def forward() -> Any:
        h: Any = x
        for w in weights[:-1]:
            h = tf.tanh(h @ w)
        return h @ weights[-1]

    def gradient() -> Any:
        with tf.GradientTape() as tape:
            y = forward()
        return tape.gradient(y, source)

    def jacobian(pfor: bool = True) -> Any:
        with tf.GradientTape() as tape:
            y = forward()
        return tape.jacobian(y, source, experimental_use_pfor=pfor)

    one, all_rows, looped = [], [], []
    for _ in range(rounds):
        one.append(seconds(gradient))
        all_rows.append(seconds(jacobian))
    for _ in range(3):
        looped.append(seconds(lambda: jacobian(False)))
    g, j, loop = map(statistics.median, (one, all_rows, looped))
    return {
        "batch": batch,
        "sizes": sizes,
        "by": by,
        "gradient_us": round(g * 1e6, 1),
        "jacobian_us": round(j * 1e6, 1),
        "looped_us": round(loop * 1e6, 1),
        "gradients": round(j / g, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    found = []
    for batch, sizes, by in CASES:
        found.append(case(batch, sizes, by, options.rounds))
        print(found[-1])
    if options.json:
        with open(options.json, "w") as f:
            json.dump({"machine": platform.processor(), "cases": found}, f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
