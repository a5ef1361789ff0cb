"""ForwardAccumulator: alone, nested, and against tapes and finite differences over the op table."""

from __future__ import annotations

import numpy as np
import pytest
from gradient_check import weighted_sum
from op_table import TABLE
from test_ops import call, function, samples

import pyten as tf
from pyten import _core

ForwardAccumulator = tf.autodiff.ForwardAccumulator


def derivative(f, x, t, modes):
    """d/dx of f along t, once for each letter: f(orward) or r(everse), the first one outermost."""
    if not modes:
        return f(x)
    if modes[0] == "f":
        with ForwardAccumulator(x, t) as acc:
            y = derivative(f, x, t, modes[1:])
        return acc.jvp(y, unconnected_gradients="zero")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = derivative(f, x, t, modes[1:])
    return tf.reduce_sum(tape.gradient(y, x, unconnected_gradients="zero") * t)


def mixtures(order):
    return [format(i, f"0{order}b").replace("0", "f").replace("1", "r") for i in range(2**order)]


@pytest.mark.parametrize("modes", [m for k in (1, 2, 3, 4) for m in mixtures(k)])
def test_powers_at_every_order(modes):
    x = tf.constant(1.3, tf.float64)
    for f in (lambda x: x**5.0, lambda x: x * x * x * x * x):
        want = 1.0
        for k in range(len(modes)):
            want *= 5 - k
        want *= 1.3 ** (5 - len(modes))
        got = float(derivative(f, x, tf.constant(1.0, tf.float64), modes))
        assert got == pytest.approx(want, rel=1e-12)


DIFFERENTIABLE = [
    name
    for name, row in TABLE.items()
    if function(name).differentiable
    and "float64" in function(name).dtypes
    and row.order
    and row.samples
]


def programs(name):
    """(function of one vector, point, direction) for each sample of the op's row."""
    row = TABLE[name]
    rng = np.random.default_rng(0)
    for arrays, options in samples(row, "float64"):
        free = [i for i in range(len(arrays)) if i not in row.constant]
        arrays = [np.asarray(a) for a in arrays]
        sizes = [arrays[i].size for i in free]

        def f(x, arrays=arrays, options=options, free=free, sizes=sizes):
            full = [tf.constant(a) for a in arrays]
            for i, part in zip(free, tf.split(x, sizes)):
                full[i] = tf.reshape(part, arrays[i].shape)
            return weighted_sum(call(name, full, options))

        point = np.concatenate([arrays[i].ravel() for i in free])
        yield f, tf.constant(point), tf.constant(rng.standard_normal(point.shape))


def agree(got, want):
    assert abs(got - want) <= 1e-10 * max(1.0, abs(want)), (got, want)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_modes_agree(name):
    for f, x, t in programs(name):
        up, down = f(x + 1e-6 * t), f(x - 1e-6 * t)
        want = (float(up) - float(down)) / 2e-6
        assert float(derivative(f, x, t, "f")) == pytest.approx(want, rel=2e-5, abs=2e-5)
        for order in range(1, min(3, TABLE[name].last) + 1):
            reverse = float(derivative(f, x, t, "r" * order))
            for modes in mixtures(order):
                agree(float(derivative(f, x, t, modes)), reverse)


def test_nested_accumulators_look_outwards():
    x, one = tf.constant([1.0, 2.0]), tf.ones(2)
    with ForwardAccumulator(x, one) as outer, ForwardAccumulator(x, one) as inner:
        y = x**3.0
    assert outer.jvp(inner.jvp(y)).numpy().tolist() == [6.0, 12.0]
    assert outer.jvp(y).numpy().tolist() == inner.jvp(y).numpy().tolist() == [3.0, 12.0]
    assert inner.jvp(outer.jvp(y)) is None


def test_hessian_vector_products():
    v, t = tf.Variable([1.0, 2.0]), tf.constant([1.0, 0.5])
    with ForwardAccumulator(v, t) as acc:
        with tf.GradientTape() as tape:
            y = v[0] ** 2 * v[1] ** 3
        g = tape.gradient(y, v)
    assert acc.jvp(g).numpy().tolist() == [28.0, 30.0]
    with tf.GradientTape() as tape:
        with ForwardAccumulator(v, t) as acc:
            y = v[0] ** 2 * v[1] ** 3
        d = acc.jvp(y)
    assert tape.gradient(d, v).numpy().tolist() == [28.0, 30.0]


def test_variables():
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([1.0, 2.0])
    with ForwardAccumulator(v, tf.ones(2)) as acc:
        y = v * v
        v.assign(v * 3.0)
        z = v * v
        w.assign(v)
        other = w * w
    assert acc.jvp(v).numpy().tolist() == [1.0, 1.0]
    assert acc.jvp(y).numpy().tolist() == [2.0, 4.0]
    assert acc.jvp(z).numpy().tolist() == [6.0, 12.0]
    assert acc.jvp(other) is None and acc.jvp(w) is None


def test_blocks():
    x = tf.constant([1.0, 2.0])
    acc = ForwardAccumulator(x, tf.ones(2))
    before = x * x
    with acc:
        y = x * x
        with pytest.raises(ValueError, match="already recording"):
            acc.__enter__()
    after = y * x
    with acc:
        z = y * x
    assert acc.jvp(before) is None and acc.jvp(after) is None
    assert acc.jvp(x).numpy().tolist() == [1.0, 1.0]
    assert acc.jvp({"z": [z]})["z"][0].numpy().tolist() == [3.0, 12.0]


def test_unconnected():
    x = tf.constant([1.0, 2.0])
    with ForwardAccumulator(x, tf.ones(2)) as acc:
        cut = [tf.stop_gradient(x), tf.floor(x), tf.argmax(x), tf.cast(x, tf.int32), tf.ones(2)]
    assert acc.jvp(cut) == [None] * 5
    assert acc.jvp(cut[4], unconnected_gradients="zero").numpy().tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="foo"):
        acc.jvp(x, unconnected_gradients="foo")
    with pytest.raises(TypeError, match="jvp: primals must be tensors or variables, got float"):
        acc.jvp(1.0)


def test_mistakes():
    x = tf.constant([1.0, 2.0])
    with pytest.raises(ValueError, match="specified as a primal multiple times"):
        ForwardAccumulator([x, x], [x, x])
    with pytest.raises(ValueError, match=r"primal's shape \(2,\), got \(3,\)"):
        ForwardAccumulator(x, tf.ones(3))
    with pytest.raises((TypeError, ValueError), match="float64"):
        ForwardAccumulator(x, tf.ones(2, tf.float64))
    with pytest.raises(TypeError, match="primals must be tensors or variables, got float"):
        ForwardAccumulator(1.0, 1.0)
    with pytest.raises((TypeError, ValueError), match="structure"):
        ForwardAccumulator([x], [x, x])
    with pytest.warns(UserWarning, match="must be floating, got int32"):
        ForwardAccumulator(tf.constant(1), tf.constant(1))


def test_custom_gradients_and_several_outputs():
    @tf.custom_gradient
    def scaled(x):
        return x * x, lambda dy: dy * 100.0 * x

    x = tf.constant([1.0, 2.0])
    again = tf.recompute_grad(lambda x: tf.sin(x) * x)
    with ForwardAccumulator(x, tf.constant([1.0, -1.0])) as acc:
        y, z = scaled(x), again(x)
        a, b = tf.unstack(x)
    assert acc.jvp(y).numpy().tolist() == [100.0, -200.0]
    want = (np.cos([1, 2]) * [1, 2] + np.sin([1, 2])) * [1, -1]
    np.testing.assert_allclose(acc.jvp(z).numpy(), want, rtol=1e-6)
    assert (float(acc.jvp(a)), float(acc.jvp(b))) == (1.0, -1.0)


def test_complex():
    z = tf.constant([1.0 + 2.0j], tf.complex128)
    with ForwardAccumulator(z, tf.constant([1.0 + 1.0j], tf.complex128)) as acc:
        square, modulus = z * z, tf.abs(z)
    np.testing.assert_allclose(acc.jvp(square).numpy(), [-2 + 6j])
    np.testing.assert_allclose(acc.jvp(modulus).numpy(), [3 / np.sqrt(5)])


@pytest.mark.parametrize("modes", ["f", "ff", "fr", "rf"])
def test_safe_at_zero(modes):
    """D16, D17 and D19 of the specification: no NaN where the derivative is 0."""
    zero = tf.constant([0.0], tf.float64)
    t = tf.ones(1, tf.float64)
    for f in (
        lambda x: x**0.0,
        lambda x: tf.where(x > 0, tf.math.log(x), 0.0),
        lambda x: tf.where(x > 0, tf.sqrt(x), 0.0),
        lambda x: tf.math.reduce_std(tf.concat([x, x], 0)),
        lambda x: tf.math.reduce_euclidean_norm(x),
    ):
        got = derivative(lambda x: tf.reduce_sum(f(x)), zero, t, modes)
        np.testing.assert_array_equal(got.numpy(), 0.0)


def test_memory_is_given_back():
    x = tf.constant(np.ones(1 << 17))
    with ForwardAccumulator(x, x):
        y = x
        for i in range(200):
            y = y * 0.5 + x
            if i == 60:
                start = _core.memory_stats()["live_bytes"]
        end = _core.memory_stats()["live_bytes"]
    assert end <= start + (64 << 20)


@pytest.mark.parametrize("modes", mixtures(2))
def test_products_with_zeros(modes):
    """D18: right at second order where one or two factors are 0."""
    t = tf.constant([1.0, -2.0, 0.5], tf.float64)
    for values in ([2.0, 0.0, 4.0], [0.0, 0.0, 3.0]):
        x = tf.constant(values, tf.float64)
        a, d = np.array(values), t.numpy()
        want = 2 * (a[2] * d[0] * d[1] + a[1] * d[0] * d[2] + a[0] * d[1] * d[2])
        got = derivative(tf.reduce_prod, x, t, modes)
        assert float(got) == pytest.approx(want, abs=1e-12)
        got = derivative(lambda v: tf.reduce_sum(tf.math.cumprod(v)), x, t, modes)
        assert float(got) == pytest.approx(want + 2 * d[0] * d[1], abs=1e-12)
