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


def tape_of_square(tf=tf):
    v = tf.Variable(3.0)

    def step():
        with tf.GradientTape() as t:
            y = v * v
        return t.gradient(y, v)

    return step


def second_order(tf=tf):
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


def training_step(tf=tf):
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
import os, time
import numpy
start = time.perf_counter()
import pyten
spent = time.perf_counter() - start
print(spent, len(os.listdir("/proc/self/task")))
"""
NUMPY_THREADS = 'import numpy, os; print(len(os.listdir("/proc/self/task")))'


def import_cost(rounds):
    """Milliseconds of `import pyten` after NumPy's, bytes printed and threads started."""
    # With bytecode cached, as in any installed package; the first run sees to that.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    run = lambda *a: subprocess.run(
        [sys.executable, *a], capture_output=True, text=True, check=True, env=env
    )
    base = int(run("-c", NUMPY_THREADS).stdout)
    spent, printed, threads = [], 0, 0
    for _ in range(rounds + 1):
        out = run("-c", IMPORT)
        printed += len(out.stderr) + out.stdout.count("\n") - 1
        seconds, count = out.stdout.split()
        spent.append(float(seconds))
        threads = max(threads, int(count) - base)
    del spent[0]
    return {
        "name": "import, ms above NumPy's",
        "bar": 30,
        "ratio": 1e3 * statistics.median(spent),
        "bytes_printed": printed,
        "threads_started": threads,
    }


# -- Peers ------------------------------------------------------------------------------------------
def torch_rows():
    """The same work in PyTorch, written as its users write it: (name, bar's row, function)."""
    import torch

    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    v = torch.tensor(3.0, requires_grad=True)
    inputs, targets, start = article_data()
    x, t = torch.tensor(inputs), torch.tensor(targets)
    W = torch.tensor(start, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)

    def square():
        return torch.autograd.grad(v * v, v)

    def second():
        (speed,) = torch.autograd.grad(4.9 * v**2, v, create_graph=True)
        return torch.autograd.grad(speed, v)

    def train():
        loss = torch.mean(torch.square(t - (x @ W + b)))
        dW, db = torch.autograd.grad(loss, (W, b))
        with torch.no_grad():
            W.sub_(dW * 0.1)
            b.sub_(db * 0.1)
        return loss

    return [
        ("PyTorch: add, 2x2", lambda: a + a),
        ("PyTorch: v * v and its gradient", square),
        ("PyTorch: second-order listing", second),
        ("PyTorch: training step, 1000x2", train),
    ]


def tensorflow_rows():
    """The same work in eager TensorFlow."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow

    return [
        ("TensorFlow: " + name, f)
        for name, f in [
            ("add, 2x2", small_add_of(tensorflow)),
            ("v * v and its gradient", tape_of_square(tensorflow)),
            ("second-order listing", second_order(tensorflow)),
            ("training step, 1000x2", training_step(tensorflow)[0]),
        ]
    ]


def small_add_of(tf):
    a = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    return lambda: a + a


def peer_rows():
    """(name, seconds for one call) of the peers that are installed."""
    rows = []
    for make in (torch_rows, tensorflow_rows):
        try:
            rows += make()
        except ImportError:
            continue
    return [(name, statistics.median(timed(f, calls_for(f)) for _ in range(5))) for name, f in rows]


def cpu_model():
    try:
        with open("/proc/cpuinfo") as f:
            return next(line.split(":")[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown"


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
        print(f"{'':{BAR_WIDTH}}{'/ NumPy add':>12}{'ns':>12}")
        for name, seconds in peer_rows():
            print(f"{name:{BAR_WIDTH}}{seconds / base:12.1f}{1e9 * seconds:12.0f}")
            results.append({"name": name, "ratio": seconds / base, "ns": 1e9 * seconds})
    if args.json:
        with open(args.json, "w") as f:
            about = {"python": sys.version.split()[0], "numpy": np.__version__}
            json.dump({**about, "cpu": cpu_model(), "rows": results}, f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
