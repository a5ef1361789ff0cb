"""What checking for NaN and infinity costs: whole training steps with the check on and off.

    python benchmarks/check_numerics.py [--rounds 41] [--json FILE]

Each round times a step without the check and with it, one after the other; the figure is the ratio
of the medians over rounds. The bar is the ratio that pyten means to stay under.
"""

import argparse
import json
import os
import platform
import statistics
import time

import numpy as np

import pyten as tf

BAR = 1.3
BATCH_SECONDS = 0.02


def linear_step():
    """Logistic regression on 1000 points of two features, all at once."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(1000, 2)).astype("f"))
    y = tf.constant(rng.integers(0, 2, (1000, 1)).astype("f"))
    w, b = tf.Variable(tf.zeros((2, 1))), tf.Variable(tf.zeros(1))

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - tf.matmul(x, w) - b))
        dw, db = tape.gradient(loss, [w, b])
        w.assign_sub(dw * 0.1)
        b.assign_sub(db * 0.1)

    return step


def mlp_step():
    """A network 784-512-10 on a batch of 128."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(128, 784)).astype("f"))
    y = tf.one_hot(rng.integers(0, 10, 128), 10)
    shapes = [(784, 512), (512,), (512, 10), (10,)]
    variables = [tf.Variable((0.03 * rng.normal(size=s)).astype("f")) for s in shapes]
    w1, b1, w2, b2 = variables

    def step():
        with tf.GradientTape() as tape:
            hidden = tf.nn.relu(tf.matmul(x, w1) + b1)
            log_p = tf.nn.log_softmax(tf.matmul(hidden, w2) + b2)
            loss = -tf.reduce_mean(tf.reduce_sum(y * log_p, axis=1))
        for v, g in zip(variables, tape.gradient(loss, variables), strict=True):
            v.assign_sub(g * 0.01)

    return step


def elementwise_chain():
    """Ten elementwise operations on 1,000,000 elements, no gradient: the least work per byte."""
    x = tf.constant(np.random.default_rng(0).uniform(0.5, 1.5, 1_000_000).astype("f"))

    def step():
        a = x + 1.0
        a = a * 0.5
        a = tf.maximum(a, 0.1)
        a = a - x
        a = tf.abs(a)
        a = a + 0.5
        a = tf.sqrt(a)
        a = a * x
        a = tf.square(a)
        tf.minimum(a, 3.0)

    return step


STEPS = {
    "linear step 1000x2": linear_step,
    "MLP step 784-512-10, batch 128": mlp_step,
    "10 elementwise ops, 1e6 elements": elementwise_chain,
}


def seconds(step, calls):
    start = time.perf_counter()
    for _ in range(calls):
        step()
    return (time.perf_counter() - start) / calls


def compare(step, rounds):
    """Median seconds of a step without and with the check."""
    for on in (False, True):
        with tf.debugging.check_numerics_enabled(on):
            seconds(step, 3)
    calls = max(1, int(BATCH_SECONDS / seconds(step, 3)))
    times = {False: [], True: []}
    for i in range(rounds):
        for on in (False, True) if i % 2 == 0 else (True, False):
            with tf.debugging.check_numerics_enabled(on):
                times[on].append(seconds(step, calls))
    return statistics.median(times[False]), statistics.median(times[True])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    found = {}
    for name, make in STEPS.items():
        off, on = compare(make(), args.rounds)
        found[name] = {"off_us": off * 1e6, "on_us": on * 1e6, "ratio": on / off, "bar": BAR}
        print(f"{name:36} {off * 1e6:9.1f} us {on * 1e6:9.1f} us  x{on / off:.2f}")
    if args.json:
        about = {
            "rounds": args.rounds,
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "python": platform.python_version(),
        }
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump({"about": about, "results": found}, file, indent=2)
            file.write("\n")
    return int(any(f["ratio"] > f["bar"] for f in found.values()))


if __name__ == "__main__":
    raise SystemExit(main())
