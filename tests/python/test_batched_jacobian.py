"""The batched Jacobian equals the one computed row by row, for every differentiable op."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from gradient_check import weighted_sum
from op_table import TABLE
from test_forward import DIFFERENTIABLE, derivative
from test_ops import call, samples

import pyten as tf
from pyten import _core

#: Ops whose backward pass cannot be batched, and why. Their Jacobians are computed row by row.
LOOPED: dict[str, str] = {}


def programs(name):
    row = TABLE[name]
    for arrays, options in samples(row, "float64"):
        free = [i for i in range(len(arrays)) if i not in row.constant]

        def f(xs, arrays=arrays, options=options, free=free):
            full = [tf.constant(a) for a in arrays]
            for i, x in zip(free, xs):
                full[i] = x
            y = call(name, full, options)
            y = tf.concat([tf.reshape(p, [-1]) for p in (y if isinstance(y, list) else [y])], 0)
            return y * y if y.dtype == tf.float64 else tf.cast(y, tf.float64)

        yield f, [tf.constant(arrays[i]) for i in free]


def same(got, want):
    assert (got is None) == (want is None)
    if got is not None:
        assert got.shape == want.shape and got.dtype == want.dtype
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_first_order(name):
    for f, xs in programs(name):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(xs)
            y = f(xs)
        for got, want in zip(
            tape.jacobian(y, xs), tape.jacobian(y, xs, experimental_use_pfor=False)
        ):
            same(got, want)
        batched = _core._batched_jacobian(tape, y, xs, False)
        assert (batched is None) == (name in LOOPED)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_hessian(name):
    """outer.jacobian(inner.gradient), and a gradient through an inner Jacobian."""
    if TABLE[name].last < 2:
        pytest.skip("no second derivative")
    for f, xs in programs(name):
        found = []
        for pfor in (True, False):
            with tf.GradientTape(persistent=True) as outer:
                outer.watch(xs)
                with tf.GradientTape() as inner:
                    inner.watch(xs)
                    y = weighted_sum(f(xs))
                g = inner.gradient(y, xs, unconnected_gradients="zero")
                with tf.GradientTape() as inner:
                    inner.watch(xs)
                    y = f(xs)
                j = inner.jacobian(y, xs, unconnected_gradients="zero", experimental_use_pfor=pfor)
                total = weighted_sum(j)
            rows = [
                outer.jacobian(part, xs, unconnected_gradients="zero", experimental_use_pfor=pfor)
                for part in g
            ]
            found.append(
                [h for row in rows for h in row]
                + outer.gradient(total, xs, unconnected_gradients="zero")
            )
        for got, want in zip(*found):
            same(got, want)


def mlp(x, weights):
    for w in weights[:-1]:
        x = tf.tanh(x @ w)
    return x @ weights[-1]


def weights_of(sizes, dtype=tf.float64):
    rng = np.random.default_rng(0)
    return [
        tf.Variable(rng.standard_normal((m, n)) / np.sqrt(m), dtype=dtype)
        for m, n in itertools.pairwise(sizes)
    ]


def test_batch_jacobian_of_a_network():
    w = weights_of([3, 5, 4])
    x = tf.constant(np.random.default_rng(1).standard_normal((6, 3)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = mlp(x, w)
    got = tape.batch_jacobian(y, x)
    same(got, tape.batch_jacobian(y, x, experimental_use_pfor=False))
    full = tape.jacobian(y, x).numpy()
    np.testing.assert_allclose(got.numpy(), np.einsum("bibj->bij", full), rtol=1e-12)
    for a, b in zip(tape.jacobian(y, w), tape.jacobian(y, w, experimental_use_pfor=False)):
        same(a, b)


@pytest.mark.parametrize("shape", [(4, 3), (1, 3), (5, 1), (0, 3)])
@pytest.mark.parametrize("bias", [False, True])
def test_networks_row_by_row(shape, bias):
    """The seeds' zeros, which the batched pass leaves out, are in the result; at second order too."""
    w = weights_of([3, 5, 2])
    b = tf.Variable([0.1, -0.2, 0.3, 0.0, 0.5], dtype=tf.float64)
    x = tf.constant(np.random.default_rng(1).standard_normal((shape[0], 3)))
    last = tf.tanh if shape[1] == 1 else tf.identity

    def f():
        h = tf.nn.relu(x @ w[0] + b) if bias else tf.tanh(x @ w[0])
        return last(h @ w[1])[:, : min(2, shape[1])]

    found = []
    for pfor in (True, False):
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = f()
            j = inner.jacobian(y, [x, *w, b], "zero", experimental_use_pfor=pfor)
            total = weighted_sum([p * p for p in j])
        found.append(j + outer.gradient(total, [x, *w, b], unconnected_gradients="zero"))
    for got, want in zip(*found):
        same(got, want)


def test_forward_mode_sees_an_inner_jacobian():
    x, t = tf.constant([1.0, 2.0], tf.float64), tf.constant([1.0, -1.0], tf.float64)
    with tf.autodiff.ForwardAccumulator(x, t) as acc:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x**3.0 * x[::-1]
        j = tape.jacobian(y, x)
    up = 1e-6

    def jac(v):
        with tf.GradientTape() as tape:
            tape.watch(v)
            y = v**3.0 * v[::-1]
        return tape.jacobian(y, v, experimental_use_pfor=False).numpy()

    want = (jac(x + up * t) - jac(x - up * t)) / (2 * up)
    np.testing.assert_allclose(acc.jvp(j).numpy(), want, rtol=1e-7, atol=1e-7)
    assert derivative(lambda v: tf.reduce_sum(v**3.0), x, t, "f").shape == ()


def test_custom_gradients_fall_back():
    seen = []

    @tf.custom_gradient
    def f(x):
        def grad(dy):
            seen.append(dy.numpy().tolist())
            return dy * 2.0

        return x * x, grad

    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = f(x)
    assert tape.jacobian(y, x).numpy().tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert seen[-2:] == [[1.0, 0.0], [0.0, 1.0]]


def test_complex_and_unconnected():
    z = tf.constant([1.0 + 2.0j, 3.0 - 1.0j], tf.complex128)
    other = tf.Variable(1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        y = z * z[::-1] + tf.exp(z)
        flat = tf.sign(tf.math.real(z))
    same(tape.jacobian(y, z), tape.jacobian(y, z, experimental_use_pfor=False))
    same(tape.jacobian(flat, z), tape.jacobian(flat, z, experimental_use_pfor=False))
    assert tape.jacobian(y, other) is None
    np.testing.assert_array_equal(tape.jacobian(z, z).numpy(), np.eye(2))


def test_many_seeds_are_cut_into_passes():
    """2,000 seeds of 2,000 x 40 values each would hold 1.3 GB at once."""
    x = tf.constant(np.linspace(-1.0, 1.0, 2000))
    w = tf.constant(np.linspace(0.5, 1.0, 40))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.sin(x[:, None] * w), axis=1)
    before = _core.memory_stats()["live_bytes"]
    j = tape.jacobian(y, x)
    assert _core.memory_stats()["peak_bytes"] - before < (900 << 20)
    want = np.diag((np.cos(x.numpy()[:, None] * w.numpy()) * w.numpy()).sum(1))
    np.testing.assert_allclose(j.numpy(), want, rtol=1e-12)


@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
@pytest.mark.parametrize("pool", [tf.nn.max_pool2d, tf.nn.avg_pool2d])
def test_convolutional_network(layout, pool):
    """By the images and by all filters, in one pass; and the gradient of that."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 6, 5, 2))
    x = tf.constant(x if layout == "NHWC" else np.moveaxis(x, -1, 1))
    filters = [tf.Variable(rng.standard_normal(s)) for s in [(3, 3, 2, 4), (2, 2, 4, 3)]]
    dense = tf.Variable(rng.standard_normal((6, 3)))

    def network():
        h = tf.nn.conv2d(x, filters[0], 1, "SAME", data_format=layout)
        h = pool(tf.tanh(h), 2, 2, "VALID", data_format=layout)
        h = tf.nn.conv2d(h, filters[1], 1, [[0, 0]] * 4, data_format=layout)
        return tf.reshape(h, [2, 6]) @ dense

    by = [x, *filters, dense]
    found = []
    for pfor in (True, False):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(x)
                y = network()
            j = tape.jacobian(y, by, experimental_use_pfor=pfor)
            total = weighted_sum(j)
        found.append(j + outer.gradient(total, by, unconnected_gradients="zero"))
    assert _core._batched_jacobian(tape, y, by, False) is not None
    for got, want in zip(*found):
        same(got, want)
