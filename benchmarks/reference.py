"""What the results are checked against: NumPy in float64, by formulas of its own for derivatives."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from benchmarks.peers import Variants
from benchmarks.peers.numpy import NumPy, softmax

STEP = 1e-20  # of a complex step: nothing is subtracted, so nothing is lost


def expression(x: Any, y: Any) -> Any:
    """Twenty operations on two scalars."""
    a = np.sin(x) * y + np.exp(-x)
    b = np.tanh(a * x) + np.sqrt(y + 1.5)
    c = np.log(b * b + 1.0) / (x + 2.0)
    return np.cos(c) * a - b * c + x * y


def gradient(x: Any, y: Any) -> list[float]:
    return [
        expression(complex(x, STEP), y).imag / STEP,
        expression(x, complex(y, STEP)).imag / STEP,
    ]


def erf(x: Any) -> Any:
    """The integral 2/√π ∫ exp(-t²) from 0 to x by Gauss and Legendre's rule with 40 points."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half = np.clip(x, -7, 7) / 2
    total = np.zeros_like(half)
    for node, weight in zip(nodes, weights, strict=True):
        total += weight * np.exp(-np.square(half * (node + 1)))
    return 2 / np.sqrt(np.pi) * half * total


def normalized(x: Any, scale: Any, offset: Any) -> Any:
    centred = x - x.mean(axis=-1, keepdims=True)
    return (
        scale * centred / np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + 1e-5) + offset
    )


def block_loss(heads: int, x: Any, *parameters: Any) -> float:
    """The mean square of a pre-norm transformer block's output."""
    s1, o1, w_in, b_in, w_out, b_out, s2, o2, w1, b1, w2, b2 = parameters
    n, tokens, d = x.shape
    q, k, v = (
        part.reshape(n, tokens, heads, -1).transpose(0, 2, 1, 3)
        for part in np.split(normalized(x, s1, o1) @ w_in + b_in, 3, axis=-1)
    )
    p = softmax(q @ k.transpose(0, 1, 3, 2) / np.sqrt(d // heads))
    x = x + (p @ v).transpose(0, 2, 1, 3).reshape(x.shape) @ w_out + b_out
    h = normalized(x, s2, o2) @ w1 + b1
    x = x + (h * (1 + erf(h / np.sqrt(2))) / 2) @ w2 + b2
    return float(np.mean(np.square(x)))


def directions(arrays: Any) -> list[np.ndarray]:
    """A direction for each array, the same in every process."""
    rng = np.random.default_rng(1)
    return [rng.standard_normal(a.shape) / np.sqrt(a.size) for a in arrays]


class Reference(NumPy):
    """NumPy's work and that which NumPy has no good way to write, on float64."""

    def square(self, x: Any) -> Variants:
        return {"eager": lambda: 2 * x}

    def second_order(self, t: Any) -> Variants:
        return {"eager": lambda: np.float64(9.8)}

    def expression(self, x: Any, y: Any) -> Variants:
        return {"eager": lambda: expression(x, y)}

    def expression_gradient(self, x: Any, y: Any) -> Variants:
        return {"eager": lambda: gradient(x, y)}

    def expression_hessian(self, x: Any, y: Any) -> Variants:
        h = 1e-5

        def hessian() -> Any:
            rows = []
            for dx, dy in ((h, 0), (0, h)):
                ahead, behind = gradient(x + dx, y + dy), gradient(x - dx, y - dy)
                rows += [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]
            return rows

        return {"eager": hessian}

    def jacobian(self, x: Any, *weights: Any, by: str) -> Variants:
        """By the chain rule, one factor a layer."""

        def work() -> Any:
            hidden = [x]
            for w in weights[:-1]:
                hidden.append(np.tanh(hidden[-1] @ w))
            down = np.broadcast_to(weights[-1].T, (len(x), *weights[-1].T.shape))
            for w, h in zip(weights[-2::-1], hidden[:0:-1], strict=True):
                if by == "weights" and w is weights[0]:
                    slopes = down * (1 - h * h)[:, None, :]
                    return np.einsum("bi,boj->boij", x, slopes)
                down = (down * (1 - h * h)[:, None, :]) @ w.T
            out = np.zeros((len(x), down.shape[1], len(x), x.shape[1]))
            for i in range(len(x)):
                out[i, :, i] = down[i]
            return out

        return {"eager": work}

    def sum_gradient(self, x: Any, *weights: Any, by: str) -> Variants:
        jacobian = self.jacobian(x, *weights, by=by)["eager"]
        return {"eager": lambda: jacobian().sum(axis=(0, 1))}

    def transformer(self, *arrays: Any, heads: int) -> Variants:
        """The loss, and its derivative in the direction that `directions` gives."""

        def work() -> Any:
            h, (x, *parameters) = 1e-5, arrays
            ways = directions(parameters)
            ahead, behind = (
                block_loss(heads, x, *(p + s * w for p, w in zip(parameters, ways, strict=True)))
                for s in (h, -h)
            )
            return [block_loss(heads, *arrays), (ahead - behind) / (2 * h)]

        return {"eager": work}

    def checked_linear(self, *arrays: Any) -> Variants:
        return self.linear_step(*arrays)

    def checked_classifier(self, *arrays: Any) -> Variants:
        return self.classifier_step(*arrays, optimizer="sgd")

    def side_by_side(self, *arrays: Any, steps: int) -> Variants:
        step = self.classifier_step(*arrays, optimizer="adam")["eager"]

        def work() -> Any:
            for _ in range(steps):
                loss = step()
            return [loss, loss]

        return {"eager": work}

    def checked_chain(self, x: Any) -> Variants:
        return {"eager": lambda: np.minimum(chain(x, np), 3.0)}


def chain(x: Any, np: Any) -> Any:
    """Nine elementwise operations in a row: the least work for each byte."""
    a = np.abs(np.maximum((x + 1.0) * 0.5, 0.1) - x) + 0.5
    return np.square(np.sqrt(a) * x)


def expected(case: Any) -> list[list[np.ndarray]]:
    """The results of the case's successive calls in float64; none for random numbers."""
    if case.work.startswith("random"):
        return []
    inputs = [
        np.asarray(a, np.float64) if np.asarray(a).dtype.kind == "f" else a for a in case.inputs()
    ]
    (f,) = itertools.islice(getattr(Reference(), case.work)(*inputs, **case.options).values(), 1)
    return [[np.array(r) for r in as_list(f())] for _ in range(case.calls)]


def as_list(result: Any) -> list[Any]:
    """A result as a flat list: tuples, lists and dictionaries opened."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        return [r for part in result for r in as_list(part)]
    return [result]
