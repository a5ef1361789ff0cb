"""A training step of a small convolutional network: pyten beside PyTorch.

conv 3x3 -> relu -> conv 3x3 -> relu -> max pool 2x2 -> dense, batches of 64, plain gradient descent,
on 8x8 and 28x28 images. Each library runs in a process of its own, at its own interpreter; rounds
alternate between them, and the median round counts.

    python benchmarks/cnn.py --python torch=/path/to/python --threads 2 --json result.json
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

FILTERS = (16, 32)
BATCH = 64


def data(size: int) -> list[np.ndarray]:
    """Images, labels and the weights that both libraries start from."""
    rng = np.random.default_rng(0)
    a, b = FILTERS
    half = size // 2
    shapes = [(3, 3, 1, a), (a,), (3, 3, a, b), (b,), (half * half * b, 10), (10,)]
    weights = [0.1 * rng.standard_normal(s).astype(np.float32) for s in shapes]
    images = rng.random((BATCH, size, size, 1)).astype(np.float32)
    return [images, rng.integers(0, 10, BATCH), *weights]


def pyten_step(size: int) -> Callable[[], float]:
    import pyten as tf

    images, labels, *weights = (tf.constant(a) for a in data(size))
    v = [tf.Variable(w) for w in weights]

    def step() -> float:
        with tf.GradientTape() as tape:
            x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(images, v[0], 1, "SAME"), v[1]))
            x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, v[2], 1, "SAME"), v[3]))
            x = tf.reshape(tf.nn.max_pool2d(x, 2, 2, "VALID"), [BATCH, -1])
            logits = tf.matmul(x, v[4]) + v[5]
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )
        for variable, gradient in zip(v, tape.gradient(loss, v), strict=True):
            variable.assign_sub(0.01 * gradient)
        return float(loss)

    return step


def torch_step(size: int) -> Callable[[], float]:
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    images, labels, k1, b1, k2, b2, dense, b3 = data(size)
    x0 = torch.tensor(images.transpose(0, 3, 1, 2).copy())
    y = torch.tensor(labels)
    half = size // 2  # the dense layer sees channels first
    dense = dense.reshape(half, half, -1, 10).transpose(2, 0, 1, 3).reshape(-1, 10)
    arrays = [k1.transpose(3, 2, 0, 1), b1, k2.transpose(3, 2, 0, 1), b2, dense, b3]
    v = [torch.tensor(a.copy(), requires_grad=True) for a in arrays]
    optimizer = torch.optim.SGD(v, lr=0.01)
    f = torch.nn.functional

    def step() -> float:
        optimizer.zero_grad()
        x = f.relu(f.conv2d(x0, v[0], v[1], padding=1))
        x = f.relu(f.conv2d(x, v[2], v[3], padding=1))
        x = f.max_pool2d(x, 2).flatten(1)
        loss = f.cross_entropy(x @ v[4] + v[5], y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def serve(library: str) -> None:
    """Answers each line `size steps` with the seconds a step takes and the last loss."""
    steps: dict[int, Callable[[], float]] = {}
    for line in sys.stdin:
        size, count = map(int, line.split())
        if size not in steps:
            steps[size] = {"pyten": pyten_step, "torch": torch_step}[library](size)
            for _ in range(3):
                steps[size]()
        start = time.perf_counter()
        for _ in range(count):
            loss = steps[size]()
        print(json.dumps([(time.perf_counter() - start) / count, loss]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Times a training step of a small CNN.")
    parser.add_argument("--python", action="append", default=[], metavar="LIBRARY=PATH")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", help="where the results are written")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve)
    pythons = {"pyten": sys.executable, **dict(item.split("=", 1) for item in options.python)}
    env = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
    servers = {
        name: subprocess.Popen(
            [python, __file__, "--serve", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )
        for name, python in pythons.items()
    }
    results: dict[str, dict[str, float]] = {}
    for size, count in ((8, 20), (28, 3)):
        rounds: dict[str, list[float]] = {name: [] for name in servers}
        losses: dict[str, float] = {}
        for _ in range(options.rounds):
            for name, server in servers.items():
                assert server.stdin is not None and server.stdout is not None
                print(size, count, file=server.stdin, flush=True)
                seconds, losses[name] = json.loads(server.stdout.readline())
                rounds[name].append(seconds)
        if max(losses.values()) - min(losses.values()) > 1e-3:
            sys.exit(f"the libraries disagree about the loss: {losses}")
        row = {f"{name} us": statistics.median(r) * 1e6 for name, r in rounds.items()}
        if "torch" in rounds:
            ratios = [a / b for a, b in zip(rounds["pyten"], rounds["torch"], strict=True)]
            row["ratio"] = statistics.median(ratios)
        results[f"{size}x{size}"] = {key: round(value, 3) for key, value in row.items()}
        print(f"{size}x{size}", results[f"{size}x{size}"])
    for server in servers.values():
        assert server.stdin is not None
        server.stdin.close()
        server.wait()
    if options.json:
        with open(options.json, "w") as file:
            json.dump(
                {"threads": options.threads, "batch": BATCH, "filters": FILTERS, "step": results},
                file,
                indent=2,
            )
            file.write("\n")


if __name__ == "__main__":
    main()
