"""Nothing leaks: bytes the core holds, and resident memory, come back to where they were."""

import gc
import resource
import sys

import numpy as np
import pytest

import pyten as tf
from pyten import _core

STEPS = 1_000_000
TAPES = 10_000


def live_bytes():
    return _core.memory_stats()["live_bytes"]


def resident_bytes():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


@pytest.fixture
def no_cyclic_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_a_million_training_steps(no_cyclic_collector):
    x = tf.constant(np.random.default_rng(0).standard_normal((8, 2)), tf.float32)
    t = tf.constant(np.ones((8, 1)), tf.float32)
    W, b = tf.Variable(tf.zeros((2, 1))), tf.Variable(tf.zeros((1,)))

    def steps(n):
        for _ in range(n):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(t - (tf.matmul(x, W) + b)))
            dW, db = tape.gradient(loss, [W, b])
            W.assign_sub(dW * 0.1)
            b.assign_sub(db * 0.1)

    steps(1000)
    live, resident = live_bytes(), resident_bytes()
    steps(STEPS)
    assert live_bytes() == live
    assert resident_bytes() - resident < 1 << 20


@linux
def test_persistent_nested_and_abandoned_tapes(no_cyclic_collector):
    v = tf.Variable([1.0, 2.0])

    def once():
        with tf.GradientTape(persistent=True) as outer:
            with tf.GradientTape() as inner:
                y = tf.reduce_sum(v**3)
            g = inner.gradient(y, v)
        outer.gradient(g, v)
        outer.gradient(y, v)
        abandoned = tf.GradientTape()
        abandoned.__enter__()
        tf.exp(v)
        del abandoned
        with tf.GradientTape() as unused:
            tf.sin(v)
        try:
            with tf.GradientTape():
                tf.reshape(v, (3,))
        except ValueError:
            pass
        return unused

    for _ in range(100):
        once()
    live, resident = live_bytes(), resident_bytes()
    for _ in range(TAPES):
        once()
    assert live_bytes() == live
    assert resident_bytes() - resident < 1 << 20


def test_tensors_and_variables_are_freed_at_once(no_cyclic_collector):
    live = live_bytes()
    t = tf.ones((1000, 1000))
    v = tf.Variable(t)
    view = t[10:20]
    assert live_bytes() - live < 2 * 4_100_000  # the variable shares the tensor's memory
    del t, v
    assert live_bytes() - live > 4_000_000  # the view keeps it
    del view
    assert live_bytes() == live


def test_numpy_views_keep_the_memory():
    t = tf.range(1000.0)
    view = np.asarray(t)
    del t
    gc.collect()
    tf.zeros((1000,)) + 1
    np.testing.assert_array_equal(view, np.arange(1000))


def test_custom_gradients_do_not_leak(no_cyclic_collector):
    @tf.custom_gradient
    def f(x):
        y = tf.exp(x)
        return y, lambda dy: dy * y

    v = tf.Variable(1.0)

    def once():
        with tf.GradientTape() as tape:
            y = f(v)
        return tape.gradient(y, v)

    for _ in range(10):
        once()
    live = live_bytes()
    for _ in range(1000):
        once()
    assert live_bytes() == live
