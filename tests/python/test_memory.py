"""Nothing leaks: live bytes come back to where they started, with the cyclic collector off."""

from __future__ import annotations

import contextlib
import copy
import gc
import pathlib
import pickle
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import pyten as tf
from pyten import _core


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def live_bytes() -> int:
    return _core.memory_stats()["live_bytes"]


def resident_bytes() -> int:
    fields = pathlib.Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096


W = tf.Variable(tf.ones((8, 1)))
X = tf.ones((16, 8))


def plain() -> None:
    with tf.GradientTape() as tape:
        y = tf.reduce_mean(tf.square(X @ W))
    W.assign_sub(0.0 * tape.gradient(y, W))


def persistent() -> None:
    with tf.GradientTape(persistent=True) as tape:
        y = tf.exp(W)
        tape.gradient(tape.gradient(y, W), W)
    tape.gradient(y, W)


def nested() -> None:
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.tanh(W) ** 3
        g = inner.gradient(y, W)
    outer.gradient(g, W)


def abandoned() -> None:
    tape = tf.GradientTape(persistent=True)
    tape.__enter__()
    tf.exp(X @ W)
    tape.__exit__(None, None, None)


def left_by_an_exception() -> None:
    try:
        with tf.GradientTape():
            tf.exp(X @ W)
            raise KeyError
    except KeyError:
        pass


@tf.custom_gradient
def doubled(x: tf.Tensor) -> object:
    e = tf.exp(x)
    return e, lambda dy: 2.0 * dy * e


def custom() -> None:
    with tf.GradientTape(persistent=True) as tape:
        y = doubled(W)
        z = tf.linalg.inv(tf.eye(3) + W[:3] * 0.1)
        r = tf.recompute_grad(tf.sin)(W)
    tape.gradient([y, z, r], W)


def jacobians() -> None:
    with tf.GradientTape(persistent=True) as tape:
        y = W * W
    tape.jacobian(y, W)
    tape.batch_jacobian(y, W)


def variables() -> None:
    v = tf.Variable(tf.ones((32, 32)))
    held = v.read_value()
    v[0].assign(3.0)
    v.assign_add(held)
    copy.deepcopy(v).assign(held)
    pickle.loads(pickle.dumps(v))


def exchange() -> None:
    t = tf.constant(np.ones((32, 32), np.float32))
    np.asarray(t).sum(), t.numpy(), np.from_dlpack(t), memoryview(t), list(t)


def errors() -> None:
    for call in (
        lambda: X @ X,
        lambda: X + tf.ones(3),
        lambda: tf.reshape(X, (7, -1)),
        lambda: X[99],
    ):
        with contextlib.suppress(tf.errors.InvalidArgumentError):
            call()


WORK = [plain, persistent, nested, abandoned, left_by_an_exception, custom, jacobians, variables]
WORK += [exchange, errors]


@pytest.mark.parametrize("work", WORK, ids=lambda f: f.__name__)
def test_live_bytes_come_back(work: Callable[[], None]) -> None:
    work()
    before = live_bytes()
    for _ in range(100):
        work()
    assert live_bytes() == before


@pytest.mark.parametrize("work", WORK, ids=lambda f: f.__name__)
def test_no_reference_cycles(work: Callable[[], None]) -> None:
    work()
    gc.collect()
    work()
    assert gc.collect() == 0


@pytest.mark.skipif(not pathlib.Path("/proc/self/statm").exists(), reason="reads /proc")
@pytest.mark.parametrize("work", [plain, persistent, nested, abandoned], ids=lambda f: f.__name__)
def test_resident_memory_does_not_drift(work: Callable[[], None]) -> None:
    for _ in range(2000):
        work()
    before = resident_bytes()
    for _ in range(10_000):
        work()
    assert resident_bytes() - before < 2**20


@pytest.mark.slow
@pytest.mark.skipif(not pathlib.Path("/proc/self/statm").exists(), reason="reads /proc")
def test_a_million_training_steps() -> None:
    for _ in range(10_000):
        plain()
    before = resident_bytes()
    for _ in range(1_000_000):
        plain()
    assert resident_bytes() - before < 2**20
