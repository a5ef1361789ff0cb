"""tf.nn, tf.math's composites and tf.debugging."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pyten as tf

X = np.array([-3.0, -0.5, 0.0, 0.5, 3.0])


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize(
    ("f", "want"),
    [
        (tf.nn.silu, X * sigmoid(X)),
        (lambda x: tf.nn.swish(x, beta=2.0), X * sigmoid(2 * X)),
        (tf.nn.softsign, X / (1 + abs(X))),
        (tf.nn.leaky_relu, np.where(X > 0, X, 0.2 * X)),
        (lambda x: tf.nn.leaky_relu(x, alpha=1.5), np.where(X > 0, X, 1.5 * X)),
        (tf.nn.gelu, [0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in X]),
        (
            lambda x: tf.nn.gelu(x, approximate=True),
            0.5 * X * (1 + np.tanh(math.sqrt(2 / math.pi) * (X + 0.044715 * X**3))),
        ),
        (tf.math.log_sigmoid, np.log(sigmoid(X))),
        (tf.nn.crelu, np.maximum(np.concatenate([X, -X]), 0)),
        (lambda x: tf.math.polyval([1.0, 2.0, 3.0], x), X * X + 2 * X + 3),
        (tf.math.l2_normalize, X / np.linalg.norm(X)),
    ],
)
def test_values_and_gradients(f: object, want: np.ndarray) -> None:
    np.testing.assert_allclose(f(X), want, rtol=1e-6, atol=1e-9)
    x = tf.constant(X + 0.01)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    h = 1e-6
    numeric = (np.asarray(f(x + h)) - np.asarray(f(x - h))) / (2 * h)
    if numeric.shape == x.shape and f is not tf.math.l2_normalize:
        np.testing.assert_allclose(tape.gradient(y, x), numeric, rtol=1e-5, atol=1e-7)


def test_far_from_zero() -> None:
    np.testing.assert_allclose(tf.math.log_sigmoid([-200.0, 200.0]), [-200.0, 0.0])
    assert tf.nn.leaky_relu([-10]).dtype == tf.float32
    x = tf.Variable(0.0)
    for f, slope in ((tf.nn.leaky_relu, 0.2), (tf.nn.gelu, 0.5), (tf.nn.silu, 0.5)):
        with tf.GradientTape() as tape:
            y = f(x)
        np.testing.assert_allclose(tape.gradient(y, x), slope, rtol=1e-6)


def test_losses() -> None:
    assert tf.nn.l2_loss([3.0, 4.0]).numpy() == 12.5
    z, x = np.array([1.0, 0.0, 0.3]), np.array([0.5, -2.0, 3.0])
    want = -3 * z * np.log(sigmoid(x)) - (1 - z) * np.log(sigmoid(-x))
    np.testing.assert_allclose(tf.nn.weighted_cross_entropy_with_logits(z, x, 3.0), want)
    np.testing.assert_allclose(tf.nn.log_poisson_loss(z, x), np.exp(x) - x * z)
    full = tf.nn.log_poisson_loss([0.5, 4.0], [0.0, 0.0], compute_full_loss=True)
    stirling = 4 * math.log(4) - 4 + 0.5 * math.log(8 * math.pi)
    np.testing.assert_allclose(full, [1.0, 1.0 + stirling], rtol=1e-6)
    for f in (
        tf.nn.log_poisson_loss,
        lambda a, b: tf.nn.weighted_cross_entropy_with_logits(a, b, 1.0),
    ):
        with pytest.raises(ValueError, match="must have the same shape"):
            f([1.0], [1.0, 2.0])


def test_bias_add() -> None:
    x = tf.ones((2, 3, 4))
    assert tf.nn.bias_add(x, [1.0, 2.0, 3.0, 4.0])[0, 0].numpy().tolist() == [2.0, 3.0, 4.0, 5.0]
    assert tf.nn.bias_add(x, tf.ones(3), data_format="NCW").shape == (2, 3, 4)
    for value, bias in (
        (tf.ones((2, 3)), tf.ones(2)),
        (tf.ones(3), tf.ones(3)),
        (x, tf.ones((2, 2))),
    ):
        with pytest.raises(ValueError, match="bias_add: bias must be a vector"):
            tf.nn.bias_add(value, bias)
    with pytest.raises(ValueError, match="data_format"):
        tf.nn.bias_add(x, tf.ones(4), data_format="foo")


def test_moments_and_batch_normalization() -> None:
    x = np.random.default_rng(0).standard_normal((4, 3))
    for keepdims in (False, True):
        mean, variance = tf.nn.moments(x, axes=[0], keepdims=keepdims)
        np.testing.assert_allclose(mean, x.mean(0, keepdims=keepdims))
        np.testing.assert_allclose(variance, x.var(0, keepdims=keepdims))
    y = tf.nn.batch_normalization(x, x.mean(0), x.var(0), 1.0, 2.0, 0.0)
    np.testing.assert_allclose(y, (x - x.mean(0)) / x.std(0) * 2 + 1)
    half = tf.nn.moments(tf.cast(x, tf.float16), [0])
    assert half[0].dtype == tf.float16


def test_embedding_lookup() -> None:
    table = tf.Variable([[3.0, 4.0], [0.3, 0.4]])
    with tf.GradientTape() as tape:
        rows = tf.nn.embedding_lookup(table, [[0, 0], [1, 0]])
    assert rows.shape == (2, 2, 2)
    assert tape.gradient(rows, table).numpy().tolist() == [[3.0, 3.0], [1.0, 1.0]]
    np.testing.assert_allclose(
        tf.nn.embedding_lookup(table, [0, 1], max_norm=1.0), [[0.6, 0.8], [0.3, 0.4]]
    )


def test_top_k_and_zero_fraction() -> None:
    top = tf.math.top_k([[1.0, 3.0, 3.0]], k=2, index_type=tf.int64)
    assert top.indices.dtype == tf.int64 and top.indices.numpy().tolist() == [[1, 2]]
    assert tf.nn.zero_fraction([0, 1]).numpy() == 0.5
    with pytest.raises(ValueError, match="coeffs must be a list"):
        tf.math.polyval(tf.ones(2), 1.0)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: tf.nn.gelu([1, 2]), ValueError),
        (lambda: tf.nn.l2_loss([1, 2]), TypeError),
        (lambda: tf.math.l2_normalize([1, 2]), TypeError),
        (lambda: tf.nn.softsign([1, 2]), TypeError),
    ],
)
def test_integers_are_refused(call: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        call()


# -- tf.debugging -------------------------------------------------------------------------------------
def test_check_numerics() -> None:
    x = tf.Variable([1.0, 4.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as tape:
            y = tf.debugging.check_numerics(x * x, "here")
        g = tape.gradient(y, x)
    assert g.numpy().tolist() == [2.0, 8.0] and outer.gradient(g, x).numpy().tolist() == [2.0, 2.0]
    for bad, found in (([np.nan], "NaN"), ([np.inf], "Inf"), ([-np.inf, np.nan], "Inf and NaN")):
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=f"here : Tensor had {found} values"
        ):
            tf.debugging.check_numerics(bad, "here")
    with pytest.raises(TypeError, match="must be floating, got int32"):
        tf.debugging.check_numerics([1], "here")
    z = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        y = tf.debugging.check_numerics(tf.sqrt(z), "root") * 2.0
        y = tf.debugging.check_numerics(z, "argument") + tf.sqrt(
            tf.debugging.check_numerics(z, "in")
        )
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"in \(in the gradient\)"):
        tape.gradient(y, z)


def test_comparisons_show_where() -> None:
    tf.debugging.assert_equal([1, 2], [1, 2])
    with pytest.raises(tf.errors.InvalidArgumentError) as e:
        tf.debugging.assert_equal([1, 2, 3], [1, 5, 3], message="hello")
    assert str(e.value).split("\n") == [
        "hello",
        "Condition x == y did not hold.",
        "Indices of first 1 different values:",
        "[[1]]",
        "Corresponding x values:",
        "[2]",
        "Corresponding y values:",
        "[5]",
        "First 3 elements of x:",
        "[1 2 3]",
        "First 3 elements of y:",
        "[1 5 3]",
    ]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("assert_less", ([1, 2], 3), ([1, 3], 3)),
        ("assert_less_equal", ([1, 3], 3), ([1, 4], 3)),
        ("assert_greater", ([4, 5], 3), ([4, 3], 3)),
        ("assert_greater_equal", ([3, 5], 3), ([2, 5], 3)),
        ("assert_none_equal", ([1, 2], 3), ([1, 3], 3)),
        ("assert_near", ([1.0], [1.0]), ([1.0], [1.1])),
        ("assert_positive", ([1, 2],), ([1, 0],)),
        ("assert_negative", ([-1.0],), ([-1.0, 0.0],)),
        ("assert_non_negative", ([0, 1],), ([-1],)),
        ("assert_non_positive", ([0, -1],), ([1],)),
    ],
)
def test_assertions(name: str, good: tuple, bad: tuple) -> None:
    check = getattr(tf.debugging, name)
    assert check(*good) is None
    with pytest.raises(tf.errors.InvalidArgumentError, match="did not hold"):
        check(*bad)
    with pytest.raises(tf.errors.InvalidArgumentError, match="why"):
        check(*bad, message="why")


def test_assert_near_tolerances() -> None:
    tf.debugging.assert_near([1.0], [1.1], rtol=0.2)
    tf.debugging.assert_near(1, 2, rtol=0, atol=1)
    with pytest.raises(ValueError, match="must be floating"):
        tf.debugging.assert_near(1, 2)


def test_ranks_types_and_conditions() -> None:
    x = tf.ones((2, 2))
    tf.debugging.assert_rank(x, 2)
    tf.debugging.assert_rank_at_least(x, 1)
    tf.debugging.assert_type(x, tf.float32)
    tf.debugging.Assert(True, [1])
    assert tf.debugging.is_numeric_tensor(x) and not tf.debugging.is_numeric_tensor(x > 0)
    for call, error, message in (
        (
            lambda: tf.debugging.assert_rank(x, 1, message="mm"),
            ValueError,
            "mm.  Tensor must have rank 1",
        ),
        (lambda: tf.debugging.assert_rank_at_least(x, 3), ValueError, "rank at least 3"),
        (lambda: tf.debugging.assert_type(x, tf.int32), TypeError, "must be of type tf.int32"),
        (lambda: tf.debugging.Assert(False, [x, "text"]), ValueError, "1.0, 1.0, 1.0"),
    ):
        with pytest.raises(error, match=message):
            call()


def test_assert_shapes() -> None:
    x, y = tf.ones((5, 2)), tf.ones(5)
    tf.debugging.assert_shapes(
        [(x, ("N", "D")), (y, ("N",)), (x, (..., 2)), (x, ("*", "D")), (x, (None, 2))]
    )
    for shapes, message in (
        ([(x, ("N", "D")), (y, ("D",))], "dimension 0 must have size 2.  Received size 5"),
        ([(x, (5, 3))], "Specified explicitly.*must have size 3"),
        ([(x, ("N",))], "must have rank 1.  Received rank 2"),
    ):
        with pytest.raises(ValueError, match=message):
            tf.debugging.assert_shapes(shapes)
