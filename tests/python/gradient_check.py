"""Derivatives compared with finite differences in float64.

`f` maps float64 tensors to a tensor or a list of them. A weighted sum makes one number of its
result; its gradient, along a random direction, must equal the central difference of that number,
and the same is asked of a weighted sum of the gradient itself, to the order wanted.
"""

import numpy as np

import pyten as tf

STEP = 1e-6


def weighted_sum(y):
    """The sum of y's elements with weights that no symmetry cancels."""
    if isinstance(y, (list, tuple)):
        total = weighted_sum(y[0])
        for part in y[1:]:
            total = total + weighted_sum(part)
        return total
    n = int(np.prod(tuple(y.shape)))
    w = (0.5 + (np.arange(n) * 7 % 11) / 8).reshape(tuple(y.shape))
    return tf.reduce_sum(y * tf.constant(w, dtype=y.dtype))


def derivative(f, order, xs):
    """f, or the weighted gradient of its weighted sum, `order` times over."""
    if order == 0:
        return weighted_sum(f(*xs))
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = derivative(f, order - 1, xs)
    gradients = tape.gradient(y, xs, unconnected_gradients="zero")
    return weighted_sum(gradients)


def check_gradients(f, arrays, order=2, tolerance=2e-5, seed=0):
    """Raises AssertionError if a derivative up to `order` differs from finite differences."""
    rng = np.random.default_rng(seed)
    arrays = [np.asarray(a, np.float64) for a in arrays]
    for k in range(order):
        xs = [tf.constant(a) for a in arrays]
        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = derivative(f, k, xs)
        gradients = tape.gradient(y, xs, unconnected_gradients="zero")
        directions = [rng.standard_normal(a.shape) for a in arrays]
        got = sum(float(np.sum(g.numpy() * d)) for g, d in zip(gradients, directions))
        up = derivative(f, k, [tf.constant(a + STEP * d) for a, d in zip(arrays, directions)])
        down = derivative(f, k, [tf.constant(a - STEP * d) for a, d in zip(arrays, directions)])
        want = (float(up) - float(down)) / (2 * STEP)
        scale = max(1.0, abs(want))
        assert abs(got - want) <= tolerance * scale, (
            f"derivative of order {k + 1}: the tape says {got}, differences say {want}"
        )
