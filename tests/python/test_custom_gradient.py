"""custom_gradient, recompute_grad, grad_pass_through and stop_gradient."""

from __future__ import annotations

import numpy as np
import pytest

import pyten as tf


def gradient(f: object, *xs: tf.Variable) -> list:
    with tf.GradientTape() as tape:
        y = f(*xs)
    return [None if g is None else g.numpy().tolist() for g in tape.gradient(y, list(xs))]


def test_replaces_the_gradient() -> None:
    @tf.custom_gradient
    def f(x: tf.Tensor) -> object:
        return x * x, lambda dy: dy * 100.0

    x = tf.Variable(3.0)
    assert f(x).numpy() == 9.0 and gradient(f, x) == [100.0]
    assert f.__name__ == "f"


@pytest.mark.parametrize("form", [tuple, list])
def test_one_gradient_for_each_argument(form: type) -> None:
    f = tf.custom_gradient(lambda x, y: (x * y, lambda dy: form([dy * y, dy * x])))
    assert gradient(f, tf.Variable(3.0), tf.Variable(2.0)) == [2.0, 3.0]


def test_parentheses_keywords_and_numbers() -> None:
    @tf.custom_gradient()
    def f(x: tf.Tensor, *, factor: float) -> object:
        return x * factor, lambda dy: dy * factor * 2.0

    assert gradient(lambda x: f(x, factor=5.0), tf.Variable(1.0)) == [10.0]
    assert f(3, factor=2).numpy() == 6


def test_methods() -> None:
    class Layer:
        @tf.custom_gradient
        def __call__(self, x: tf.Tensor) -> object:
            return x, lambda dy: dy * 7.0

        @tf.custom_gradient
        def scaled(self, x: tf.Tensor) -> object:
            return x, lambda dy: dy * 8.0

    assert gradient(Layer().scaled, tf.Variable(1.0)) == [8.0]
    assert gradient(Layer(), tf.Variable(1.0)) == [7.0]


def test_structures() -> None:
    @tf.custom_gradient
    def f(d: dict) -> object:
        def grad(dy: tf.Tensor) -> dict:
            return {"a": dy * 1.0, "b": [dy * 2.0]}

        return {"o": d["a"] * d["b"][0]}, grad

    x, w = tf.Variable(3.0), tf.Variable(4.0)
    with tf.GradientTape() as tape:
        y = f({"a": x, "b": [w]})
    assert list(y) == ["o"] and y["o"].numpy() == 12.0
    assert [g.numpy() for g in tape.gradient(y["o"], [x, w])] == [1.0, 2.0]


def test_several_outputs_get_zeros_when_unused() -> None:
    f = tf.custom_gradient(lambda x: ((x, x * 2.0), lambda a, b: a * 10.0 + b))
    assert gradient(lambda x: f(x)[0] + 2.0 * f(x)[1], tf.Variable(3.0)) == [12.0]
    assert gradient(lambda x: f(x)[0] * 1.0, tf.Variable(3.0)) == [10.0]


def test_none_is_no_gradient() -> None:
    f = tf.custom_gradient(lambda x: (x * x, lambda dy: None))
    with pytest.warns(UserWarning, match="gradient is None"):
        assert gradient(f, tf.Variable(3.0)) == [None]


def test_returned_input_is_a_new_tensor() -> None:
    f = tf.custom_gradient(lambda x: (x, lambda dy: dy))
    x = tf.constant(1.0)
    assert f(x) is not x


def test_intermediate_values_are_differentiated_again() -> None:
    @tf.custom_gradient
    def log1pexp(x: tf.Tensor) -> object:
        e = tf.exp(x)  # grad uses it: its own derivative must not be lost
        return tf.math.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))

    x = tf.Variable(0.3)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = log1pexp(x)
        g = inner.gradient(y, x)
    s = 1 / (1 + np.exp(-0.3))
    np.testing.assert_allclose(g.numpy(), s, rtol=1e-6)
    np.testing.assert_allclose(outer.gradient(g, x).numpy(), s * (1 - s), rtol=1e-6)


def test_variables() -> None:
    w = tf.Variable(5.0)

    @tf.custom_gradient
    def f(x: tf.Tensor) -> object:
        def grad(dy: tf.Tensor, variables: object = None) -> object:
            assert [v is w for v in variables] == [True]
            return dy * w, [dy * x]

        return x * w, grad

    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = f(x)
    assert [g.numpy() for g in tape.gradient(y, [x, w])] == [5.0, 3.0]


def test_variables_without_the_keyword() -> None:
    w = tf.Variable(5.0)
    f = tf.custom_gradient(lambda x: (x * w, lambda dy: dy))
    with pytest.raises(TypeError, match="must accept keyword argument 'variables'"):
        f(tf.constant(1.0))


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([], "expected to return 1 gradients, but returned 0 instead"),
        ([1.0, 2.0], "expected to return 1 gradients, but returned 2 instead"),
    ],
)
def test_wrong_number_of_gradients(returned: list, message: str) -> None:
    f = tf.custom_gradient(lambda x: (x, lambda dy: returned))
    with pytest.raises(ValueError, match=message):
        gradient(f, tf.Variable(1.0))


def test_forgotten_grad_fn() -> None:
    f = tf.custom_gradient(lambda x: x * x)
    with pytest.raises(TypeError, match=r"custom_gradient: f must return \(result, grad_fn\)"):
        f(tf.constant(2.0))


def test_exceptions_leave_no_state() -> None:
    def fail(dy: tf.Tensor) -> None:
        raise KeyError("inside")

    x = tf.Variable(1.0)
    with pytest.raises(KeyError, match="inside"):
        gradient(tf.custom_gradient(lambda x: (x, fail)), x)
    assert gradient(lambda x: x * x, x) == [2.0]


def test_recompute_grad() -> None:
    w = tf.Variable(2.0)
    calls = []

    def f(x: tf.Tensor) -> tf.Tensor:
        calls.append(1)
        return tf.sin(x * w)

    x = tf.Variable(0.5)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.recompute_grad(f)(x)
        gx, gw = inner.gradient(y, [x, w])
    assert len(calls) == 2
    np.testing.assert_allclose([gx, gw], [2 * np.cos(1.0), 0.5 * np.cos(1.0)], rtol=1e-6)
    np.testing.assert_allclose(outer.gradient(gx, x), -4 * np.sin(1.0), rtol=1e-6)


def test_grad_pass_through() -> None:
    w = tf.Variable(2.0)
    f = tf.grad_pass_through(lambda x: tf.floor(x * w))
    x = tf.Variable(1.3)
    with tf.GradientTape() as tape:
        y = f(x)
    assert y.numpy() == 2.0
    assert [None if g is None else g.numpy() for g in tape.gradient(y, [x, w])] == [1.0, None]


def test_stop_gradient() -> None:
    assert gradient(lambda x: x * tf.stop_gradient(x), tf.Variable(3.0)) == [3.0]
