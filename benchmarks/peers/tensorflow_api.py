"""pyten and TensorFlow: one code, since the API is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers import EPSILON, Peer, Variants


def expression(x: Any, y: Any, tf: Any) -> Any:
    """The twenty operations of reference.expression."""
    a = tf.sin(x) * y + tf.exp(-x)
    b = tf.tanh(a * x) + tf.sqrt(y + 1.5)
    c = tf.math.log(b * b + 1.0) / (x + 2.0)
    return tf.cos(c) * a - b * c + x * y


class TensorFlowAPI(Peer):
    """The work in terms of a module with TensorFlow's names."""

    def __init__(self, tf: Any) -> None:
        self.tf = tf
        self.version = tf.__version__
        self.ops = {
            "add": lambda x, y: x + y,
            "mul": lambda x, y: x * y,
            "exp": tf.exp,
            "log": tf.math.log,
            "tanh": tf.tanh,
            "sigmoid": tf.sigmoid,
            "relu": tf.nn.relu,
            "sum": tf.reduce_sum,
            "mean": tf.reduce_mean,
            "where": tf.where,
            "slice": lambda x: x[:1, :-1],
            "reshape": lambda x: tf.reshape(x, [-1]),
            "transpose": tf.transpose,
            "transposed": lambda x: tf.reshape(tf.transpose(x), [-1]),
            "concat": lambda x, y: tf.concat([x, y], 0),
            "matmul": tf.matmul,
            "matmul_tn": lambda a, b: tf.matmul(a, b, transpose_a=True),
            "matmul_nt": lambda a, b: tf.matmul(a, b, transpose_b=True),
            "softmax": tf.nn.softmax,
            "cumsum": tf.cumsum,
            "argmax": tf.argmax,
            "sort": tf.sort,
        }

    def array(self, a: Any) -> Any:
        return self.tf.constant(a)

    def variable(self, a: Any) -> Any:
        return self.tf.Variable(a)

    def variants_of(self, make: Callable[[], Callable[[], Any]]) -> Variants:
        """What `make` returns; each variant starts with variables of its own."""
        return {"eager": make()}

    # -- Derivatives ---------------------------------------------------------------------------------
    def square(self, x: Any) -> Variants:
        def make() -> Any:
            v = self.tf.Variable(x)

            def step() -> Any:
                with self.tf.GradientTape() as tape:
                    y = v * v
                return tape.gradient(y, v)

            return step

        return self.variants_of(make)

    def second_order(self, t: Any) -> Variants:
        def make() -> Any:
            time = self.tf.Variable(t)

            def step() -> Any:
                with self.tf.GradientTape() as outer_tape:
                    with self.tf.GradientTape() as inner_tape:
                        position = 4.9 * time**2
                    speed = inner_tape.gradient(position, time)
                return outer_tape.gradient(speed, time)

            return step

        return self.variants_of(make)

    def expression(self, x: Any, y: Any) -> Variants:
        a, b, tf = self.tf.constant(x), self.tf.constant(y), self.tf
        return self.variants_of(lambda: lambda: expression(a, b, tf))

    def expression_gradient(self, x: Any, y: Any) -> Variants:
        a, b, tf = self.tf.constant(x), self.tf.constant(y), self.tf

        def step() -> Any:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch((a, b))
                value = expression(a, b, tf)
            return tape.gradient(value, (a, b))

        return self.variants_of(lambda: step)

    def expression_hessian(self, x: Any, y: Any) -> Variants:
        a, b, tf = self.tf.constant(x), self.tf.constant(y), self.tf
        both = (a, b)

        def step() -> Any:
            with tf.GradientTape(persistent=True, watch_accessed_variables=False) as outer_tape:
                outer_tape.watch(both)
                with tf.GradientTape(watch_accessed_variables=False) as inner_tape:
                    inner_tape.watch(both)
                    value = expression(a, b, tf)
                first = inner_tape.gradient(value, both)
            return [outer_tape.gradient(g, both) for g in first]

        return self.variants_of(lambda: step)

    def _network(self, x: Any, weights: Any, by: str) -> tuple[Callable[[], Any], Any]:
        tf = self.tf
        v, w = tf.Variable(x), [tf.Variable(a) for a in weights]

        def forward() -> Any:
            h: Any = v
            for layer in w[:-1]:
                h = tf.tanh(h @ layer)
            return h @ w[-1]

        return forward, v if by == "input" else w[0]

    def jacobian(self, x: Any, *weights: Any, by: str) -> Variants:
        forward, source = self._network(x, weights, by)

        def work() -> Any:
            with self.tf.GradientTape() as tape:
                y = forward()
            return tape.jacobian(y, source)

        return self.variants_of(lambda: work)

    def sum_gradient(self, x: Any, *weights: Any, by: str) -> Variants:
        forward, source = self._network(x, weights, by)

        def work() -> Any:
            with self.tf.GradientTape() as tape:
                y = forward()
            return tape.gradient(y, source)

        return self.variants_of(lambda: work)

    # -- Training steps ------------------------------------------------------------------------------
    def linear_step(self, inputs: Any, targets: Any, start: Any) -> Variants:
        tf = self.tf
        x, t = tf.constant(inputs), tf.constant(targets)

        def make() -> Any:
            W, b = tf.Variable(start), tf.Variable(tf.zeros(1))

            def step() -> Any:
                with tf.GradientTape() as tape:
                    predictions = tf.matmul(x, W) + b
                    loss = tf.reduce_mean(tf.square(t - predictions))
                dW, db = tape.gradient(loss, [W, b])
                W.assign_sub(dW * 0.1)
                b.assign_sub(db * 0.1)
                return loss

            return step

        return self.variants_of(make)

    def regression_step(self, inputs: Any, targets: Any, *weights: Any) -> Variants:
        tf = self.tf
        x, t = tf.constant(inputs), tf.constant(targets)

        def make() -> Any:
            variables = [tf.Variable(w) for w in weights]
            w1, b1, w2, b2, w3, b3 = variables

            def step() -> Any:
                with tf.GradientTape() as tape:
                    h = tf.tanh(tf.matmul(x, w1) + b1)
                    h = tf.tanh(tf.matmul(h, w2) + b2)
                    loss = tf.reduce_mean(tf.square(tf.matmul(h, w3) + b3 - t))
                for v, g in zip(variables, tape.gradient(loss, variables)):
                    v.assign_sub(g * 0.01)
                return loss

            return step

        return self.variants_of(make)

    def classifier_step(self, images: Any, classes: Any, *weights: Any, optimizer: str) -> Variants:
        tf = self.tf
        x, labels = tf.constant(images), tf.constant(classes)

        def make() -> Any:
            variables = [tf.Variable(w) for w in weights]
            w1, b1, w2, b2 = variables
            if optimizer == "sgd":
                method = tf.optimizers.SGD(learning_rate=0.01)
            else:
                method = tf.optimizers.Adam(learning_rate=0.001, epsilon=EPSILON)
            if hasattr(method, "build"):
                method.build(variables)

            def step() -> Any:
                with tf.GradientTape() as tape:
                    hidden = tf.nn.relu(tf.matmul(x, w1) + b1)
                    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                        labels=labels, logits=tf.matmul(hidden, w2) + b2
                    )
                    loss = tf.reduce_mean(losses)
                gradients = tape.gradient(loss, variables)
                method.apply_gradients(zip(gradients, variables))
                return loss

            return step

        return self.variants_of(make)

    def convolution_step(self, images: Any, classes: Any, *weights: Any) -> Variants:
        tf = self.tf
        x, labels = tf.constant(images), tf.constant(classes)

        def make() -> Any:
            variables = [tf.Variable(w) for w in weights]
            k1, b1, k2, b2, w, b = variables

            def step() -> Any:
                with tf.GradientTape() as tape:
                    h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, k1, 1, "SAME"), b1))
                    h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(h, k2, 1, "SAME"), b2))
                    h = tf.reshape(tf.nn.max_pool2d(h, 2, 2, "VALID"), [len(images), -1])
                    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                        labels=labels, logits=tf.matmul(h, w) + b
                    )
                    loss = tf.reduce_mean(losses)
                for v, g in zip(variables, tape.gradient(loss, variables)):
                    v.assign_sub(g * 0.01)
                return loss

            return step

        return self.variants_of(make)

    def normalized(self, x: Any, scale: Any, offset: Any) -> Any:
        """Layer normalization with epsilon 1e-5."""
        tf = self.tf
        mean, variance = tf.nn.moments(x, [-1], keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-5)

    def transformer(self, tokens: Any, *weights: Any, heads: int) -> Variants:
        tf = self.tf
        x0 = tf.constant(tokens)
        n, length, d = tokens.shape
        scale = (d // heads) ** -0.5

        def make() -> Any:
            variables = [tf.Variable(w) for w in weights]
            s1, o1, w_in, b_in, w_out, b_out, s2, o2, w1, b1, w2, b2 = variables

            def attention(x: Any) -> Any:
                mixed = tf.reshape(tf.matmul(x, w_in) + b_in, [n, length, 3, heads, -1])
                q, k, v = tf.unstack(tf.transpose(mixed, [2, 0, 3, 1, 4]))
                p = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) * scale)
                out = tf.reshape(tf.transpose(tf.matmul(p, v), [0, 2, 1, 3]), [n * length, d])
                return tf.matmul(out, w_out) + b_out

            def step() -> Any:
                with tf.GradientTape() as tape:
                    x = tf.reshape(x0, [n * length, d])
                    x = x + attention(self.normalized(x, s1, o1))
                    h = tf.nn.gelu(tf.matmul(self.normalized(x, s2, o2), w1) + b1)
                    x = x + tf.matmul(h, w2) + b2
                    loss = tf.reduce_mean(tf.square(x))
                return [loss, *tape.gradient(loss, variables)]

            return step

        return self.variants_of(make)

    # -- Random numbers ------------------------------------------------------------------------------
    def random_normal(self, n: int) -> Variants:
        generator = self.tf.random.Generator.from_seed(1)
        return self.variants_of(lambda: lambda: generator.normal([n]))

    def random_uniform(self, n: int) -> Variants:
        generator = self.tf.random.Generator.from_seed(1)
        return self.variants_of(lambda: lambda: generator.uniform([n]))


def to_numpy(value: Any) -> np.ndarray:
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)
