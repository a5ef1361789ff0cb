"""Time per call on small tensors, as a ratio to NumPy in the same run.

    python benchmarks/overhead.py [--rounds 15] [--json FILE] [--peers]

Each round times pyten and NumPy one after the other on the same core; the figure is the median
over rounds of the ratio, so a busy neighbour disturbs both sides alike. A bar is the ratio that
pyten means to stay under. --peers adds PyTorch and TensorFlow where they are installed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

import pyten as tf

BAR_WIDTH = 46


def timed(f, n):
    """Seconds for one call of f, the loop's own cost taken off."""
    steps = range(n)
    start = time.perf_counter()
    for _ in steps:
        pass
    empty = time.perf_counter() - start
    start = time.perf_counter()
    for _ in steps:
        f()
    return max(time.perf_counter() - start - empty, 0.0) / n


def calls_for(f, budget=0.01):
    """How many calls of f fill the budget (seconds)."""
    n = 1
    while True:
        start = time.perf_counter()
        for _ in range(n):
            f()
        if time.perf_counter() - start > budget:
            return n
        n *= 2


# -- The work ---------------------------------------------------------------------------------------
def small(op, numpy_op, *names):
    """An op on 2x2 float32 tensors against NumPy's, with the tensors and arrays to choose from."""
    a, b = np.array([[1, 2], [3, 4]], np.float32), np.array([[5, 6], [7, 8]], np.float32)
    ours = {"a": tf.constant(a), "b": tf.constant(b), "v": tf.Variable(a)}
    theirs = {"a": a, "b": b, "v": a}
    return bound(op, [ours[n] for n in names]), bound(numpy_op, [theirs[n] for n in names])


def bound(f, args):
    if len(args) == 1:
        (x,) = args
        return lambda: f(x)
    x, y = args
    return lambda: f(x, y)


def add(x, y):
    return x + y


def multiply(x, y):
    return x * y


def matmul(x, y):
    return x @ y


def numpy_add():
    a = np.array([[1, 2], [3, 4]], np.float32)
    return lambda: a + a


def tape_of_square():
    v = tf.Variable(3.0)

    def step():
        with tf.GradientTape() as t:
            y = v * v
        return t.gradient(y, v)

    return step


def second_order():
    moment = tf.Variable(0.0)

    def step():
        with tf.GradientTape() as outer_tape:
            with tf.GradientTape() as inner_tape:
                position = 4.9 * moment**2
            speed = inner_tape.gradient(position, moment)
        return outer_tape.gradient(speed, moment)

    return step


def article_data():
    rng = np.random.default_rng(0)
    eye = [[1, 0], [0, 1]]
    inputs = np.vstack(
        [rng.multivariate_normal([0, 3], eye, 500), rng.multivariate_normal([3, 0], eye, 500)]
    ).astype(np.float32)
    targets = np.repeat(np.array([[0], [1]], np.float32), 500, axis=0)
    return inputs, targets, rng.uniform(size=(2, 1)).astype(np.float32)


def training_step():
    inputs, targets, start = article_data()
    x, t = tf.constant(inputs), tf.constant(targets)
    W, b = tf.Variable(start), tf.Variable(tf.zeros((1,)))

    def ours():
        with tf.GradientTape() as tape:
            predictions = tf.matmul(x, W) + b
            loss = tf.reduce_mean(tf.square(t - predictions))
        dW, db = tape.gradient(loss, [W, b])
        W.assign_sub(dW * 0.1)
        b.assign_sub(db * 0.1)
        return loss

    w, c = start.copy(), np.zeros(1, np.float32)

    def theirs():
        nonlocal w, c
        error = inputs @ w + c - targets
        loss = np.mean(np.square(error))
        slope = error * np.float32(2 / len(inputs))
        w -= np.float32(0.1) * (inputs.T @ slope)
        c -= np.float32(0.1) * slope.sum(axis=0)
        return loss

    return ours, theirs


def relu_numpy(x):
    return np.maximum(x, 0)


ROWS = [
    ("add, 2x2", 0.5, lambda: small(add, add, "a", "b")),
    ("multiply, 2x2", 0.5, lambda: small(multiply, multiply, "a", "b")),
    ("relu, 2x2", 0.5, lambda: small(tf.nn.relu, relu_numpy, "a")),
    ("matmul, 2x2", 0.5, lambda: small(matmul, matmul, "a", "b")),
    ("tf.matmul, 2x2", 0.5, lambda: small(tf.matmul, np.matmul, "a", "b")),
    ("reduce_sum, 2x2", 0.5, lambda: small(tf.reduce_sum, np.sum, "a")),
    ("add, Variable operand", 0.6, lambda: small(add, add, "v", "b")),
    ("multiply, Variable operand", 0.6, lambda: small(multiply, multiply, "v", "b")),
    ("relu, Variable operand", 0.6, lambda: small(tf.nn.relu, relu_numpy, "v")),
    ("matmul, Variable operand", 0.6, lambda: small(matmul, matmul, "v", "b")),
    ("reduce_sum, Variable operand", 0.6, lambda: small(tf.reduce_sum, np.sum, "v")),
    ("tape and gradient of v * v / NumPy add", 8, lambda: (tape_of_square(), numpy_add())),
    ("second-order listing / NumPy add", 20, lambda: (second_order(), numpy_add())),
    ("training step, 1000x2 / NumPy's", 0.7, training_step),
]


def measure(rounds):
    results = []
    for name, bar, make in ROWS:
        ours, theirs = make()
        n, m = calls_for(ours), calls_for(theirs)
        pairs = [(timed(ours, n), timed(theirs, m)) for _ in range(rounds)]
        results.append(
            {
                "name": name,
                "bar": bar,
                "ratio": statistics.median(a / b for a, b in pairs),
                "pyten_ns": 1e9 * statistics.median(a for a, _ in pairs),
                "numpy_ns": 1e9 * statistics.median(b for _, b in pairs),
            }
        )
    return results


# -- Import -----------------------------------------------------------------------------------------
IMPORT = """
import sys, threading, time
import numpy
start = time.perf_counter()
import pyten
spent = time.perf_counter() - start
import os
threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
before = int(sys.argv[1])
print(spent, threads)
"""
NUMPY_THREADS = 'import numpy, os; print(len(os.listdir("/proc/self/task")))'


def import_cost(rounds):
    """Milliseconds of `import pyten` after NumPy's, bytes printed and threads started."""
    env = dict(os.environ)
    run = lambda *a: subprocess.run(  # noqa: E731
        [sys.executable, *a], capture_output=True, text=True, check=True, env=env
    )
    base = int(run("-c", NUMPY_THREADS).stdout)
    spent, printed, threads = [], 0, 0
    for _ in range(rounds):
        out = run("-c", IMPORT, str(base))
        printed += len(out.stderr) + out.stdout.count("\n") - 1
        seconds, count = out.stdout.split()
        spent.append(float(seconds))
        threads = max(threads, int(count) - base)
    return {
        "name": "import, ms above NumPy's",
        "bar": 30,
        "ratio": 1e3 * statistics.median(spent),
        "bytes_printed": printed,
        "threads_started": threads,
    }


# -- Peers ------------------------------------------------------------------------------------------
def peer_rows():
    """(name, seconds) of the tape rows in PyTorch and TensorFlow, where they are installed."""
    rows = []
    try:
        import torch
    except ImportError:
        torch = None
    if torch:
        v = torch.tensor(3.0, requires_grad=True)

        def square():
            (v * v).backward()
            v.grad = None

        def second():
            (speed,) = torch.autograd.grad(4.9 * v**2, v, create_graph=True)
            return torch.autograd.grad(speed, v)

        rows += [("PyTorch: v * v and gradient", square), ("PyTorch: second-order listing", second)]
    try:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow
    except ImportError:
        tensorflow = None
    if tensorflow:
        u = tensorflow.Variable(3.0)

        def tape():
            with tensorflow.GradientTape() as t:
                y = u * u
            return t.gradient(y, u)

        rows.append(("TensorFlow: v * v and gradient", tape))
    return [(name, timed(f, calls_for(f, 0.1))) for name, f in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", help="write the figures to this file")
    parser.add_argument("--peers", action="store_true")
    args = parser.parse_args()
    results = measure(args.rounds)
    print(f"pyten {tf.__version__}, NumPy {np.__version__}, Python {sys.version.split()[0]}")
    print(f"{'':{BAR_WIDTH}}{'ratio':>8}{'bar':>8}{'pyten ns':>12}{'NumPy ns':>12}")
    for r in results:
        over = "" if r["ratio"] <= r["bar"] else "  OVER"
        print(
            f"{r['name']:{BAR_WIDTH}}{r['ratio']:8.2f}{r['bar']:8g}"
            f"{r['pyten_ns']:12.0f}{r['numpy_ns']:12.0f}{over}"
        )
    cost = import_cost(7)
    results.append(cost)
    print(
        f"{cost['name']:{BAR_WIDTH}}{cost['ratio']:8.1f}{cost['bar']:8g}   "
        f"{cost['bytes_printed']} bytes printed, {cost['threads_started']} threads started"
    )
    if args.peers:
        base = timed(numpy_add(), 200_000)
        for name, seconds in peer_rows():
            print(f"{name + ' / NumPy add':{BAR_WIDTH}}{seconds / base:8.1f}")
            results.append({"name": name, "ratio": seconds / base})
    if args.json:
        with open(args.json, "w") as f:
            json.dump({"python": sys.version.split()[0], "numpy": np.__version__, "rows": results}, f, indent=1)


if __name__ == "__main__":
    main()
