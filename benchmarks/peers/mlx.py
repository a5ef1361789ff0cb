"""MLX on the CPU, as it is; whole steps also under mx.compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optimizers
import numpy as np

from benchmarks.peers import EPSILON, Peer, Variants


def expression(x: Any, y: Any) -> Any:
    a = mx.sin(x) * y + mx.exp(-x)
    b = mx.tanh(a * x) + mx.sqrt(y + 1.5)
    c = mx.log(b * b + 1.0) / (x + 2.0)
    return mx.cos(c) * a - b * c + x * y


def evaluated(f: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """A call of f that computes the result: MLX only notes what is to be done."""

    def work() -> Any:
        out = f(*args)
        mx.eval(out)
        return out

    return work


class MLX(Peer):
    name = "mlx"
    version = mx.__version__
    ops = {
        "add": mx.add,
        "mul": mx.multiply,
        "exp": mx.exp,
        "log": mx.log,
        "tanh": mx.tanh,
        "sigmoid": mx.sigmoid,
        "relu": nn.relu,
        "sum": mx.sum,
        "mean": mx.mean,
        "where": mx.where,
        "slice": lambda x: x[:1, :-1],
        "reshape": lambda x: mx.reshape(x, [-1]),
        "transpose": mx.transpose,
        "transposed": lambda x: mx.reshape(x.T, [-1]),
        "concat": lambda x, y: mx.concatenate((x, y)),
        "matmul": mx.matmul,
        "matmul_tn": lambda a, b: a.T @ b,
        "matmul_nt": lambda a, b: a @ b.T,
        "softmax": lambda x: mx.softmax(x, axis=-1),
        "cumsum": lambda x: mx.cumsum(x, axis=0),
        "argmax": mx.argmax,
        "sort": mx.sort,
    }

    def array(self, a: Any) -> Any:
        if np.asarray(a).dtype == np.float64:
            return mx.array(a, dtype=mx.float64)
        return mx.array(a)

    def numpy(self, value: Any) -> np.ndarray:
        return np.array(value)

    def bind(self, f: Callable[..., Any], args: list[Any]) -> Variants:
        return {"eager": evaluated(f, *args)}

    # -- Derivatives ---------------------------------------------------------------------------------
    def square(self, x: Any) -> Variants:
        return {"eager": evaluated(mx.grad(lambda v: v * v), mx.array(x))}

    def second_order(self, t: Any) -> Variants:
        return {"eager": evaluated(mx.grad(mx.grad(lambda v: 4.9 * v**2)), mx.array(t))}

    def expression(self, x: Any, y: Any) -> Variants:
        return {"eager": evaluated(expression, mx.array(x), mx.array(y))}

    def expression_gradient(self, x: Any, y: Any) -> Variants:
        return {"eager": evaluated(mx.grad(expression, (0, 1)), mx.array(x), mx.array(y))}

    def expression_hessian(self, x: Any, y: Any) -> Variants:
        part = lambda i: lambda a, b: mx.grad(expression, (0, 1))(a, b)[i]
        rows = [mx.grad(part(i), (0, 1)) for i in (0, 1)]
        return {"eager": evaluated(lambda a, b: [r(a, b) for r in rows], mx.array(x), mx.array(y))}

    # -- Training steps ------------------------------------------------------------------------------
    def trained(
        self, loss: Callable[..., Any], weights: Any, method: Callable[[], Any]
    ) -> Variants:
        def variant(compiled: bool) -> Callable[[], Any]:
            state = {"w": [mx.array(w) for w in weights]}
            optimizer = method()
            optimizer.init(state)
            slopes_of = mx.value_and_grad(lambda p: loss(p["w"]))

            def update() -> Any:
                value, slopes = slopes_of(state)
                state.update(optimizer.apply_gradients(slopes, state))
                return value

            kept = [state, optimizer.state]
            if compiled:
                update = mx.compile(update, inputs=kept, outputs=kept)

            def step() -> Any:
                value = update()
                mx.eval(value, state, optimizer.state)
                return value

            return step

        return {"eager": variant(False), "compile": variant(True)}

    def linear_step(self, inputs: Any, targets: Any, start: Any) -> Variants:
        x, y = mx.array(inputs), mx.array(targets)

        def loss(parameters: Any) -> Any:
            w, b = parameters
            return mx.mean(mx.square(y - (x @ w + b)))

        weights = [start, np.zeros(1, "float32")]
        return self.trained(loss, weights, lambda: optimizers.SGD(learning_rate=0.1))

    def regression_step(self, inputs: Any, targets: Any, *weights: Any) -> Variants:
        x, y = mx.array(inputs), mx.array(targets)

        def loss(parameters: Any) -> Any:
            w1, b1, w2, b2, w3, b3 = parameters
            h = mx.tanh(mx.tanh(x @ w1 + b1) @ w2 + b2)
            return mx.mean(mx.square(h @ w3 + b3 - y))

        return self.trained(loss, weights, lambda: optimizers.SGD(learning_rate=0.01))

    def classifier_step(self, images: Any, classes: Any, *weights: Any, optimizer: str) -> Variants:
        x, labels = mx.array(images), mx.array(classes)

        def loss(parameters: Any) -> Any:
            w1, b1, w2, b2 = parameters
            logits = nn.relu(x @ w1 + b1) @ w2 + b2
            return nn.losses.cross_entropy(logits, labels, reduction="mean")

        if optimizer == "sgd":
            method = lambda: optimizers.SGD(learning_rate=0.01)
        else:
            method = lambda: optimizers.Adam(learning_rate=0.001, eps=EPSILON, bias_correction=True)
        return self.trained(loss, weights, method)

    def convolution_step(self, images: Any, classes: Any, *weights: Any) -> Variants:
        x, labels = mx.array(images), mx.array(classes)
        k1, b1, k2, b2, w, b = weights
        order = (3, 0, 1, 2)  # kernels are OHWI here
        arrays = [
            *(np.ascontiguousarray(k1.transpose(order)), b1),
            *(np.ascontiguousarray(k2.transpose(order)), b2),
            *(w, b),
        ]
        pool = nn.MaxPool2d(2, 2)

        def loss(parameters: Any) -> Any:
            k1, b1, k2, b2, w, b = parameters
            h = nn.relu(mx.conv2d(x, k1, padding=1) + b1)
            h = nn.relu(mx.conv2d(h, k2, padding=1) + b2)
            logits = mx.reshape(pool(h), [len(images), -1]) @ w + b
            return nn.losses.cross_entropy(logits, labels, reduction="mean")

        return self.trained(loss, arrays, lambda: optimizers.SGD(learning_rate=0.01))

    def transformer(self, tokens: Any, *weights: Any, heads: int) -> Variants:
        x0 = mx.array(tokens)
        n, length, d = tokens.shape

        def loss(parameters: Any) -> Any:
            s1, o1, w_in, b_in, w_out, b_out, s2, o2, w1, b1, w2, b2 = parameters
            h = mx.fast.layer_norm(x0, s1, o1, 1e-5) @ w_in + b_in
            q, k, v = mx.reshape(h, [n, length, 3, heads, -1]).transpose(2, 0, 3, 1, 4)
            h = mx.fast.scaled_dot_product_attention(q, k, v, scale=(d // heads) ** -0.5)
            x = x0 + mx.reshape(h.transpose(0, 2, 1, 3), [n, length, d]) @ w_out + b_out
            h = nn.gelu(mx.fast.layer_norm(x, s2, o2, 1e-5) @ w1 + b1)
            return mx.mean(mx.square(x + h @ w2 + b2))

        slopes_of = mx.value_and_grad(loss)
        parameters = [mx.array(w) for w in weights]
        return {
            "eager": evaluated(slopes_of, parameters),
            "compile": evaluated(mx.compile(slopes_of), parameters),
        }

    # -- Random numbers ------------------------------------------------------------------------------
    def drawn(self, draw: Callable[..., Any]) -> Variants:
        key = mx.random.key(1)

        def work() -> Any:
            nonlocal key
            key, now = mx.random.split(key)
            value = draw(now)
            mx.eval(value, key)
            return value

        return {"eager": work}

    def random_normal(self, n: int) -> Variants:
        return self.drawn(lambda key: mx.random.normal([n], key=key))

    def random_uniform(self, n: int) -> Variants:
        return self.drawn(lambda key: mx.random.uniform(shape=[n], key=key))


def load(threads: int) -> Peer:
    mx.set_default_device(mx.cpu)
    return MLX()
