"""JAX, under jax.jit; whole steps and expressions also as they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers import EPSILON, Peer, Variants

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_ENABLE_X64", "1")  # float64 products; float32 arrays stay what they are

import jax
import jax.numpy as jnp


def expression(x: Any, y: Any) -> Any:
    a = jnp.sin(x) * y + jnp.exp(-x)
    b = jnp.tanh(a * x) + jnp.sqrt(y + 1.5)
    c = jnp.log(b * b + 1.0) / (x + 2.0)
    return jnp.cos(c) * a - b * c + x * y


def cross_entropy(logits: Any, labels: Any) -> Any:
    log_p = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(log_p, labels[:, None], axis=-1))


def normalized(x: Any, scale: Any, offset: Any) -> Any:
    mean = x.mean(axis=-1, keepdims=True)
    variance = jnp.square(x - mean).mean(axis=-1, keepdims=True)
    return scale * (x - mean) * jax.lax.rsqrt(variance + 1e-5) + offset


class JAX(Peer):
    name = "jax"
    version = jax.__version__
    ops = {
        "add": jnp.add,
        "mul": jnp.multiply,
        "exp": jnp.exp,
        "log": jnp.log,
        "tanh": jnp.tanh,
        "sigmoid": jax.nn.sigmoid,
        "relu": jax.nn.relu,
        "sum": jnp.sum,
        "mean": jnp.mean,
        "where": jnp.where,
        "slice": lambda x: x[:1, :-1],
        "reshape": lambda x: x.reshape(-1),
        "transpose": jnp.transpose,
        "transposed": lambda x: x.T.reshape(-1),
        "concat": lambda x, y: jnp.concatenate((x, y)),
        "matmul": jnp.matmul,
        "matmul_tn": lambda a, b: a.T @ b,
        "matmul_nt": lambda a, b: a @ b.T,
        "softmax": jax.nn.softmax,
        "cumsum": jnp.cumsum,
        "argmax": jnp.argmax,
        "sort": jnp.sort,
    }

    def array(self, a: Any) -> Any:
        return jnp.asarray(a)

    def wait(self, value: Any) -> None:
        jax.block_until_ready(value)

    def bind(self, f: Callable[..., Any], args: list[Any]) -> Variants:
        return {"jit": super().bind(jax.jit(f), args)["eager"]}

    def both(self, f: Callable[..., Any], *args: Any) -> Variants:
        jitted = jax.jit(f)
        return {"eager": lambda: f(*args), "jit": lambda: jitted(*args)}

    # -- Derivatives ---------------------------------------------------------------------------------
    def square(self, x: Any) -> Variants:
        return self.both(jax.grad(lambda v: v * v), jnp.asarray(x))

    def second_order(self, t: Any) -> Variants:
        return self.both(jax.grad(jax.grad(lambda v: 4.9 * v**2)), jnp.asarray(t))

    def expression(self, x: Any, y: Any) -> Variants:
        return self.both(expression, jnp.asarray(x), jnp.asarray(y))

    def expression_gradient(self, x: Any, y: Any) -> Variants:
        return self.both(jax.grad(expression, (0, 1)), jnp.asarray(x), jnp.asarray(y))

    def expression_hessian(self, x: Any, y: Any) -> Variants:
        return self.both(jax.hessian(expression, (0, 1)), jnp.asarray(x), jnp.asarray(y))

    def jacobian(self, x: Any, *weights: Any, by: str) -> Variants:
        inputs, w = jnp.asarray(x), [jnp.asarray(a) for a in weights]

        def forward(h: Any, first: Any) -> Any:
            layers = [first, *w[1:]]
            for layer in layers[:-1]:
                h = jnp.tanh(h @ layer)
            return h @ layers[-1]

        derivative = jax.jit(jax.jacrev(forward, 0 if by == "input" else 1))
        return {"jit": lambda: derivative(inputs, w[0])}

    # -- Training steps ------------------------------------------------------------------------------
    def trained(self, loss: Callable[..., Any], weights: Any, rate: float) -> Variants:
        """A step of gradient descent on loss(weights), jitted as a whole, and as it is."""

        def update(w: Any) -> Any:
            value, slopes = jax.value_and_grad(loss)(w)
            return value, [a - rate * g for a, g in zip(w, slopes)]

        def variant(f: Callable[..., Any]) -> Callable[[], Any]:
            state = [jnp.asarray(w) for w in weights]

            def step() -> Any:
                nonlocal state
                value, state = f(state)
                return value

            return step

        return {"eager": variant(update), "jit": variant(jax.jit(update, donate_argnums=0))}

    def linear_step(self, inputs: Any, targets: Any, start: Any) -> Variants:
        x, y = jnp.asarray(inputs), jnp.asarray(targets)

        def loss(parameters: Any) -> Any:
            w, b = parameters
            return jnp.mean(jnp.square(y - (x @ w + b)))

        return self.trained(loss, [start, np.zeros(1, "float32")], 0.1)

    def regression_step(self, inputs: Any, targets: Any, *weights: Any) -> Variants:
        x, y = jnp.asarray(inputs), jnp.asarray(targets)

        def loss(parameters: Any) -> Any:
            w1, b1, w2, b2, w3, b3 = parameters
            h = jnp.tanh(jnp.tanh(x @ w1 + b1) @ w2 + b2)
            return jnp.mean(jnp.square(h @ w3 + b3 - y))

        return self.trained(loss, weights, 0.01)

    def classifier_step(self, images: Any, classes: Any, *weights: Any, optimizer: str) -> Variants:
        x, labels = jnp.asarray(images), jnp.asarray(classes)

        def loss(parameters: Any) -> Any:
            w1, b1, w2, b2 = parameters
            return cross_entropy(jax.nn.relu(x @ w1 + b1) @ w2 + b2, labels)

        if optimizer == "sgd":
            return self.trained(loss, weights, 0.01)

        def update(state: Any) -> Any:
            w, m, v, t = state
            value, slopes = jax.value_and_grad(loss)(w)
            t = t + 1
            rate = 0.001 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            m = [0.9 * a + 0.1 * g for a, g in zip(m, slopes)]
            v = [0.999 * a + 0.001 * g * g for a, g in zip(v, slopes)]
            w = [a - rate * b / (jnp.sqrt(c) + EPSILON) for a, b, c in zip(w, m, v)]
            return value, (w, m, v, t)

        def variant(f: Callable[..., Any]) -> Callable[[], Any]:
            zeros = lambda: [jnp.zeros_like(w) for w in weights]
            state = [jnp.asarray(w) for w in weights], zeros(), zeros(), jnp.float32(0)

            def step() -> Any:
                nonlocal state
                value, state = f(state)
                return value

            return step

        return {"eager": variant(update), "jit": variant(jax.jit(update, donate_argnums=0))}

    def convolution_step(self, images: Any, classes: Any, *weights: Any) -> Variants:
        x, labels = jnp.asarray(images), jnp.asarray(classes)
        conv = lambda x, k: jax.lax.conv_general_dilated(
            x, k, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

        def loss(parameters: Any) -> Any:
            k1, b1, k2, b2, w, b = parameters
            h = jax.nn.relu(conv(x, k1) + b1)
            h = jax.nn.relu(conv(h, k2) + b2)
            window = (1, 2, 2, 1)
            h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, window, window, "VALID")
            return cross_entropy(h.reshape(len(x), -1) @ w + b, labels)

        return self.trained(loss, weights, 0.01)

    def transformer(self, tokens: Any, *weights: Any, heads: int) -> Variants:
        x0 = jnp.asarray(tokens)
        n, length, d = tokens.shape

        def loss(parameters: Any) -> Any:
            s1, o1, w_in, b_in, w_out, b_out, s2, o2, w1, b1, w2, b2 = parameters
            h = normalized(x0, s1, o1) @ w_in + b_in
            q, k, v = h.reshape(n, length, 3, heads, -1).transpose(2, 0, 3, 1, 4)
            p = jax.nn.softmax(q @ k.swapaxes(-1, -2) * (d // heads) ** -0.5)
            x = x0 + (p @ v).transpose(0, 2, 1, 3).reshape(n, length, d) @ w_out + b_out
            h = jax.nn.gelu(normalized(x, s2, o2) @ w1 + b1, approximate=False)
            return jnp.mean(jnp.square(x + h @ w2 + b2))

        def work(parameters: Any) -> Any:
            value, slopes = jax.value_and_grad(loss)(parameters)
            return [value, *slopes]

        return self.both(work, [jnp.asarray(w) for w in weights])

    # -- Random numbers ------------------------------------------------------------------------------
    def drawn(self, draw: Callable[..., Any]) -> Variants:
        key = jax.random.key(1)

        @jax.jit
        def split_and_draw(key: Any) -> Any:
            key, now = jax.random.split(key)
            return key, draw(now)

        def work() -> Any:
            nonlocal key
            key, value = split_and_draw(key)
            return value

        return {"jit": work}

    def random_normal(self, n: int) -> Variants:
        return self.drawn(lambda key: jax.random.normal(key, (n,), "float32"))

    def random_uniform(self, n: int) -> Variants:
        return self.drawn(lambda key: jax.random.uniform(key, (n,), "float32"))


def load(threads: int) -> Peer:
    # XLA takes as many threads as the process may run on; the worker has seen to that.
    return JAX()
