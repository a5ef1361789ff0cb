"""x.at[key].set(y) and its relatives: values against NumPy, gradients against finite differences."""

import numpy as np
import pytest

import pyten as tf

NUMPY = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "min": np.minimum,
    "max": np.maximum,
}  # fmt: skip
METHODS = ["set", *NUMPY]
MASK = np.array([[True, False, True], [False, True, False]])
KEYS = [
    0, -1, (1, 2), slice(None, None, -1), (slice(None), slice(0, 3, 2)), Ellipsis, (Ellipsis, None, 1), (0, 0, 0), (),
    slice(1, 1), None, [0, 1], [0, 0], [1, 0, 1, 1], [], (slice(None), [0, 2, 0]), (0, slice(None), [0, 3, 3]),
    (slice(None), slice(None), [[0, 0], [3, 1]]), ([0, 1, 0], [2, 0, 2]), ([[0], [1]], [[0, 2]]), MASK,
    (slice(None), np.ones((3, 4), bool)), np.zeros((2, 3, 4), bool), (None, [1, 0], slice(None, None, -2)),
    ([0, 1], None, [1, 2]), (slice(None, None, -1), [2, 0], slice(1, 3)),
]  # fmt: skip
named = pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{str(key)[:60]!r}")
each_method = pytest.mark.parametrize("method", METHODS)


def expected(a, key, y, method):
    a = a.copy()
    if method == "set":
        a[key] = y
    else:
        NUMPY[method].at(a, key, y)
    return a


def data(key, dtype="float64"):
    rng = np.random.default_rng(0)
    a = rng.permutation(np.linspace(0.6, 3.1, 24)).reshape(2, 3, 4).astype(dtype)
    return a, rng.uniform(0.5, 3, a[key].shape).astype(dtype)


@each_method
@named
def test_values(key, method):
    a, y = data(key)
    x = tf.constant(a)
    out = getattr(x.at[key], method)(y)
    assert (out.dtype, out.shape) == (x.dtype, x.shape)
    np.testing.assert_allclose(out.numpy(), expected(a, key, y, method), rtol=1e-14)
    np.testing.assert_array_equal(x.numpy(), a)
    np.testing.assert_array_equal(x.at[key].get().numpy(), a[key])
    v = tf.Variable(a)
    np.testing.assert_array_equal(getattr(v.at[key], method)(y).numpy(), out.numpy())
    np.testing.assert_array_equal(v.numpy(), a)


@each_method
@named
def test_values_do_not_depend_on_a_tape(key, method):
    a, y = map(tf.constant, data(key))
    with tf.GradientTape() as tape:
        tape.watch([a, y])
        recorded = getattr(a.at[key], method)(y)
    np.testing.assert_array_equal(recorded.numpy(), getattr(a.at[key], method)(y).numpy())


@each_method
@named
def test_first_and_second_derivatives(key, method):
    a, y = data(key)
    weights = np.random.default_rng(1).normal(size=a.shape)
    du, dv = (
        np.random.default_rng(2).normal(size=a.shape),
        np.random.default_rng(3).normal(size=y.shape),
    )

    def value(a, y):
        return (weights * expected(a, key, y, method) ** 3).sum()

    def first(a, y):
        x, u = tf.constant(a), tf.constant(y)
        with tf.GradientTape() as tape:
            tape.watch([x, u])
            z = tf.reduce_sum(weights * getattr(x.at[key], method)(u) ** 3)
        return [g.numpy() for g in tape.gradient(z, [x, u])]

    def along(f, h=1e-5):
        return (f(a + h * du, y + h * dv) - f(a - h * du, y - h * dv)) / (2 * h)

    def slope(a, y):
        ga, gy = first(a, y)
        return (ga * du).sum() + (gy * dv).sum()

    np.testing.assert_allclose(slope(a, y), along(value), rtol=1e-6, atol=1e-6)
    x, u = tf.constant(a), tf.constant(y)
    with tf.GradientTape() as outer:
        outer.watch([x, u])
        with tf.GradientTape() as inner:
            inner.watch([x, u])
            z = tf.reduce_sum(weights * getattr(x.at[key], method)(u) ** 3)
        ga, gy = inner.gradient(z, [x, u])
        s = tf.reduce_sum(ga * du) + tf.reduce_sum(gy * dv)
    sa, sy = (g.numpy() for g in outer.gradient(s, [x, u], unconnected_gradients="zero"))
    np.testing.assert_allclose(
        (sa * du).sum() + (sy * dv).sum(), along(slope), rtol=1e-5, atol=1e-5
    )


def test_third_derivative_of_a_product_of_duplicates():
    y = tf.constant([2.0, 3.0, 5.0])
    with tf.GradientTape() as c:
        c.watch(y)
        with tf.GradientTape() as b:
            b.watch(y)
            with tf.GradientTape() as a:
                a.watch(y)
                z = tf.ones(1).at[[0, 0, 0]].multiply(y)[0]
            g = a.gradient(z, y)
            first = g[0]
        h = b.gradient(first, y)
        second = h[1]
    np.testing.assert_array_equal(g.numpy(), [15, 10, 6])
    np.testing.assert_array_equal(h.numpy(), [0, 5, 3])
    np.testing.assert_array_equal(c.gradient(second, y).numpy(), [0, 0, 1])


def test_set_gives_the_gradient_to_the_last_value():
    x, y = tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0, 5.0])
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = x.at[[0, 0, 1]].set(y)
    assert z.numpy().tolist() == [4, 5]
    dx, dy = tape.gradient(z, [x, y])
    assert dx.numpy().tolist() == [0, 0]
    assert dy.numpy().tolist() == [0, 1, 1]


@pytest.mark.parametrize("method", ["min", "max"])
@pytest.mark.parametrize("key", [slice(None), [0, 1]])
def test_equal_values_share_the_gradient(method, key):
    x, y = tf.constant([1.0, 2.0]), tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = getattr(x.at[key], method)(y)
    dx, dy = tape.gradient(z, [x, y])
    assert dx.numpy().tolist() == dy.numpy().tolist() == [0.5, 0.5]


def test_complex_gradient_is_conjugated():
    x, y = tf.constant([1 + 2j]), tf.constant([3 - 1j])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        pairs = [(x.at[[0]].multiply(y), x * y), (x.at[[0]].divide(y), x / y)]
    for ours, plain in pairs:
        for source in (x, y):
            np.testing.assert_allclose(
                tape.gradient(ours, source).numpy(), tape.gradient(plain, source).numpy()
            )


@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "int8", "int64", "uint8", "complex64", "bool"]
)
@each_method
def test_dtypes(dtype, method):
    x, y = tf.cast(tf.constant([4, 2, 6]), dtype), tf.cast(tf.constant([2, 1]), dtype)
    refused = (
        (dtype == "bool" and method != "set")
        or (dtype == "complex64" and method in ("min", "max"))
        or (method == "divide" and "int" in dtype)
    )
    for key in (slice(0, 2), [0, 1]):
        if refused:
            with pytest.raises(TypeError, match=f"{method}: x must be .*got .*{dtype}"):
                getattr(x.at[key], method)(y)
        else:
            out = getattr(x.at[key], method)(y)
            assert out.dtype == dtype
            np.testing.assert_allclose(out.numpy(), expected(x.numpy(), key, y.numpy(), method))


def test_values_broadcast_and_take_the_dtype_of_x():
    x = tf.zeros((2, 3))
    assert x.at[:, 1].set(7).numpy().tolist() == [[0, 7, 0], [0, 7, 0]]
    assert x.at[[1, 1]].add(np.array([1, 2, 3])).numpy().tolist() == [[0, 0, 0], [2, 4, 6]]
    with tf.GradientTape() as tape:
        y = tf.Variable(2.0)
        z = x.at[[0, 1, 1]].add(y)
    assert tape.gradient(z, y).numpy() == 9


def test_variables_are_watched():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        z = v.at[0].multiply(5.0)
    assert tape.gradient(z, v).numpy().tolist() == [5, 1]


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda x: x.at[5].set(1.0), IndexError, r"slice index 5 of dimension 0 out of bounds"),
        (lambda x: x.at[[0, 7]].add(1.0), IndexError, r"slice index 7 of dimension 0 out of bounds"),
        (lambda x: x.at[0].set([1.0, 2.0]), ValueError, r"set: Cannot broadcast input shape \[2\] into final shape \[3\]"),
        (lambda x: x.at[0.5].set(1.0), TypeError, "valid indices, got 0.5"),
        (lambda x: x.at[0].add(tf.constant(1)), TypeError, r"add: x and y must have the same dtype, got float32 and int32"),
        (lambda x: tf.cast(x, "int32").at[0].add(1.5), TypeError, "cannot convert y=1.5"),
        (lambda x: x.at(0), TypeError, "index in brackets"),
        (lambda x: x.at.__setitem__(0, 1.0), TypeError, r"write x = x.at\[...\].set"),
        (lambda x: x.at[0].set(None), ValueError, "unsupported type"),
    ],
)  # fmt: skip
def test_mistakes(f, error, message):
    with pytest.raises(error, match=message):
        f(tf.zeros((2, 3)))
