"""GradientTape.jacobian and batch_jacobian."""

from __future__ import annotations

import numpy as np
import pytest

import pyten as tf

pytestmark = pytest.mark.filterwarnings("ignore:gradient is None")


def value(t: object) -> object:
    return None if t is None else np.asarray(t).tolist()


def test_jacobian() -> None:
    x, w = tf.Variable([1.0, 2.0]), tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.linalg.matvec(w, x)
        total = tf.reduce_sum(y * y)
    by = tape.jacobian(y, {"x": x, "w": [w]})
    assert value(by["x"]) == [[1.0, 2.0], [3.0, 4.0]]
    assert by["w"][0].shape == (2, 2, 2)
    assert tape.jacobian(total, x).shape == (2,)
    assert value(tape.jacobian(x, x)) == [[1.0, 0.0], [0.0, 1.0]]
    with pytest.warns(UserWarning, match="jacobian is None"):
        assert tape.jacobian(y, tf.ones(1)) is None
    assert value(tape.jacobian(y, tf.ones(1), unconnected_gradients="zero")) == [[0.0], [0.0]]


def test_the_warning_speaks_of_the_users_names() -> None:
    price, rate = tf.Variable([1.0]), tf.constant([2.0])
    with tf.GradientTape(persistent=True) as tape:
        cost = price * rate
    with pytest.warns(UserWarning, match="jacobian is None: rate is a constant that the tape does"):
        assert tape.jacobian(cost, rate) is None
    with pytest.warns(UserWarning, match="jacobian is None: rate .*watch.rate. inside"):
        assert tape.jacobian(cost, [rate]) == [None]
    other = tf.Variable([3.0], name="other")
    with tape:
        unrelated = other * 2.0
    with pytest.warns(UserWarning, match="jacobian is None: unrelated does not depend on price"):
        assert tape.jacobian(unrelated, price) is None


def test_jacobian_counts_as_the_one_call() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = x * x
    tape.jacobian(y, x)
    with pytest.raises(RuntimeError, match="non-persistent"):
        tape.gradient(y, x)


def test_hessian() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x[0] ** 2 * x[1] ** 3
        g = inner.gradient(y, x)
    assert value(outer.jacobian(g, x)) == [[16.0, 24.0], [24.0, 12.0]]


def test_jacobian_is_differentiated() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x**3
        j = inner.jacobian(y, x)
    assert value(outer.gradient(j, x)) == [6.0, 12.0]


def test_empty_jacobians() -> None:
    x = tf.zeros((0,))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    assert tape.jacobian(y, x).shape == (0, 0)
    with pytest.warns(UserWarning, match="jacobian is None"):
        assert tape.jacobian(tf.zeros((0, 2)), x) is None


def test_batch_jacobian() -> None:
    x = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.stack([x[:, 0] * x[:, 1], x[:, 0]], axis=1)
        rows = tf.reduce_sum(x, axis=1)
    want = [[[2.0, 1.0], [1.0, 0.0]], [[4.0, 3.0], [1.0, 0.0]], [[6.0, 5.0], [1.0, 0.0]]]
    assert value(tape.batch_jacobian(y, x)) == want
    assert value(tape.batch_jacobian(tf.ones((3, 1)), x)) == [[[0.0, 0.0]]] * 3
    with pytest.raises(ValueError, match="Need first dimension of target shape"):
        tape.batch_jacobian(y, tf.ones((2, 2)))
    with pytest.raises(ValueError, match="rank at least 2"):
        tape.batch_jacobian(rows, x)


@pytest.mark.parametrize("method", ["jacobian", "batch_jacobian"])
def test_jacobians_take_one_target(method: str) -> None:
    x = tf.Variable([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        y = x * x
    with pytest.raises(
        TypeError, match=f"{method}: target must be one tensor or variable, got list"
    ):
        getattr(tape, method)([y], x)
