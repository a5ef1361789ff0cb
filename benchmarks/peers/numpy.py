"""NumPy, with the gradients written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.peers import EPSILON, Peer, Variants


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    e /= e.sum(axis=-1, keepdims=True)
    return e


def patches(x: Any) -> Any:
    """The 3×3 surroundings of each pixel, zeros outside: (batch, height, width, 9 · channels)."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(*x.shape[:3], -1)


class NumPy(Peer):
    name = "numpy"
    version = np.__version__
    ops = {
        "add": np.add,
        "mul": np.multiply,
        "exp": np.exp,
        "log": np.log,
        "tanh": np.tanh,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "relu": lambda x: np.maximum(x, 0),
        "sum": np.sum,
        "mean": np.mean,
        "where": np.where,
        "slice": lambda x: x[:1, :-1],
        "reshape": lambda x: x.reshape(-1),
        "transpose": np.transpose,
        "transposed": lambda x: x.T.reshape(-1),
        "concat": lambda x, y: np.concatenate((x, y)),
        "matmul": np.matmul,
        "matmul_tn": lambda a, b: a.T @ b,
        "matmul_nt": lambda a, b: a @ b.T,
        "softmax": softmax,
        "cumsum": np.cumsum,
        "argmax": np.argmax,
        "sort": np.sort,
    }

    # -- Training steps: the gradients as one writes them by hand ------------------------------------
    def linear_step(self, x: Any, y: Any, start: Any) -> Variants:
        w, b = start.copy(), np.zeros(1, x.dtype)
        rate, slope = x.dtype.type(0.1), x.dtype.type(2 / len(x))

        def step() -> Any:
            nonlocal w, b
            error = x @ w + b - y
            loss = np.mean(np.square(error))
            error *= slope
            w -= rate * (x.T @ error)
            b -= rate * error.sum(axis=0)
            return loss

        return {"eager": step}

    def regression_step(self, x: Any, y: Any, *weights: Any) -> Variants:
        w1, b1, w2, b2, w3, b3 = (w.copy() for w in weights)
        rate = x.dtype.type(0.01)

        def step() -> Any:
            h1 = np.tanh(x @ w1 + b1)
            h2 = np.tanh(h1 @ w2 + b2)
            error = h2 @ w3 + b3 - y
            loss = np.mean(np.square(error))
            d3 = error * x.dtype.type(2 / error.size)
            d2 = (d3 @ w3.T) * (1 - h2 * h2)
            d1 = (d2 @ w2.T) * (1 - h1 * h1)
            for w, b, below, d in ((w3, b3, h2, d3), (w2, b2, h1, d2), (w1, b1, x, d1)):
                w -= rate * (below.T @ d)
                b -= rate * d.sum(axis=0)
            return loss

        return {"eager": step}

    def classifier_step(self, x: Any, labels: Any, *weights: Any, optimizer: str) -> Variants:
        variables = [w.copy() for w in weights]
        w1, b1, w2, b2 = variables
        rows = np.arange(len(x))
        m = [np.zeros_like(w) for w in variables]
        v = [np.zeros_like(w) for w in variables]
        t = 0

        def adam(gradients: Any) -> None:
            nonlocal t
            t += 1
            rate = 0.001 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            for w, g, mi, vi in zip(variables, gradients, m, v, strict=True):
                mi += x.dtype.type(0.1) * (g - mi)
                vi += x.dtype.type(0.001) * (g * g - vi)
                w -= x.dtype.type(rate) * mi / (np.sqrt(vi) + x.dtype.type(EPSILON))

        def sgd(gradients: Any) -> None:
            for w, g in zip(variables, gradients, strict=True):
                w -= x.dtype.type(0.01) * g

        update = {"sgd": sgd, "adam": adam}[optimizer]

        def step() -> Any:
            hidden = np.maximum(x @ w1 + b1, 0)
            p = softmax(hidden @ w2 + b2)
            loss = -np.mean(np.log(p[rows, labels]))
            p[rows, labels] -= 1
            p *= x.dtype.type(1 / len(x))
            d = (p @ w2.T) * (hidden > 0)
            update([x.T @ d, d.sum(axis=0), hidden.T @ p, p.sum(axis=0)])
            return loss

        return {"eager": step}

    def convolution_step(self, x: Any, labels: Any, *weights: Any) -> Variants:
        variables = [w.copy() for w in weights]
        k1, b1, k2, b2, w, b = variables
        rows, n, size = np.arange(len(x)), len(x), x.shape[1]
        half = size // 2
        rate = x.dtype.type(0.01)

        def step() -> Any:
            p0 = patches(x)
            h1 = np.maximum(p0 @ k1.reshape(9, -1) + b1, 0)
            p1 = patches(h1)
            h2 = np.maximum(p1 @ k2.reshape(p1.shape[-1], -1) + b2, 0)
            squares = h2.reshape(n, half, 2, half, 2, -1).transpose(0, 1, 3, 5, 2, 4)
            squares = squares.reshape(n, half, half, -1, 4)
            best = squares.argmax(axis=-1)[..., None]
            pooled = np.take_along_axis(squares, best, -1).reshape(n, -1)
            p = softmax(pooled @ w + b)
            loss = -np.mean(np.log(p[rows, labels]))
            p[rows, labels] -= 1
            p *= x.dtype.type(1 / n)

            d_squares = np.zeros_like(squares)
            np.put_along_axis(d_squares, best, (p @ w.T).reshape(best.shape), -1)
            d2 = d_squares.reshape(n, half, half, -1, 2, 2).transpose(0, 1, 4, 2, 5, 3)
            d2 = d2.reshape(h2.shape) * (h2 > 0)
            turned = k2[::-1, ::-1].transpose(0, 1, 3, 2).reshape(-1, k2.shape[2])
            d1 = (patches(d2) @ turned) * (h1 > 0)
            gradients = [
                (p0.reshape(-1, p0.shape[-1]).T @ d1.reshape(-1, d1.shape[-1])).reshape(k1.shape),
                d1.sum(axis=(0, 1, 2)),
                (p1.reshape(-1, p1.shape[-1]).T @ d2.reshape(-1, d2.shape[-1])).reshape(k2.shape),
                d2.sum(axis=(0, 1, 2)),
                pooled.T @ p,
                p.sum(axis=0),
            ]
            for variable, gradient in zip(variables, gradients, strict=True):
                variable -= rate * gradient
            return loss

        return {"eager": step}

    # -- Random numbers ------------------------------------------------------------------------------
    def random_normal(self, n: int) -> Variants:
        rng = np.random.Generator(np.random.SFC64(1))
        return {"eager": lambda: rng.standard_normal(n, dtype=np.float32)}

    def random_uniform(self, n: int) -> Variants:
        rng = np.random.Generator(np.random.SFC64(1))
        return {"eager": lambda: rng.random(n, dtype=np.float32)}


def load(threads: int) -> Peer:
    return NumPy()
