"""Random distributions: TensorFlow 2.21's own numbers for fixed seeds, and their statistics."""

import numpy as np
import pytest
import scipy.stats as st

import pyten as tf

LOGITS = [[0.1, 1.0, -2.0, 0.5], [1.0, float("-inf"), 2.0, 0.0]]


def seeded(f):
    tf.random.set_seed(7)
    return [f().numpy() for _ in range(2)]


def same_twice(f, first, second):
    for got, want in zip(seeded(f), (first, second), strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-7)


def test_numbers_of_tensorflow():
    same_twice(
        lambda: tf.random.categorical(LOGITS, 5),
        [[1, 0, 1, 3, 1], [2, 2, 0, 3, 0]],
        [[0, 1, 3, 1, 0], [2, 3, 2, 2, 2]],
    )
    same_twice(
        lambda: tf.random.categorical(LOGITS, 3, dtype="int32", seed=3),
        [[1, 1, 3], [0, 2, 2]],
        [[1, 0, 3], [2, 2, 2]],
    )
    same_twice(
        lambda: tf.random.gamma([3], 2.5),
        [3.6981568336486816, 3.1864171028137207, 3.070951461791992],
        [0.4730781614780426, 0.6433327198028564, 2.3097078800201416],
    )
    same_twice(
        lambda: tf.random.gamma([], [1.0, 1.0], seed=4),
        [0.4722689390182495, 0.8445077538490295],
        [0.848224937915802, 0.4020475745201111],
    )
    for dtype in ("float16", "float32", "float64", "int32", "int64"):
        same_twice(
            lambda dtype=dtype: tf.random.poisson([5], [0.5, 30.0], dtype=dtype, seed=3),
            [[0, 23], [1, 24], [0, 21], [0, 30], [1, 30]],
            [[0, 21], [0, 23], [0, 34], [1, 24], [0, 24]],
        )
    same_twice(
        lambda: tf.random.poisson([4], [1000.0, 10.0], seed=3),
        [[998, 13], [1040, 6], [975, 13], [963, 5]],
        [[1003, 9], [998, 15], [999, 9], [981, 5]],
    )


def test_stateless_numbers_of_tensorflow():
    got = tf.random.stateless_categorical(LOGITS, 5, seed=[1, 2]).numpy()
    np.testing.assert_array_equal(got, [[3, 3, 0, 3, 1], [2, 2, 0, 2, 2]])
    got = tf.random.stateless_gamma([2, 2], [1, 2], [0.5, 3.0], dtype="float64").numpy()
    want = [[0.06695361383821083, 4.674579336704944], [0.62823544551181, 3.3503754927825242]]
    np.testing.assert_allclose(got, want, rtol=1e-15)
    got = tf.random.stateless_gamma([2, 3], [1, 2], [0.5, 1.0, 3.0], beta=[[2.0], [3.0]]).numpy()
    want = [[0.0334768071770668, 0.8596546649932861, 2.337289571762085]]
    np.testing.assert_allclose(got[:1], want, rtol=2e-7)
    got = tf.random.stateless_poisson([4, 2], [1, 2], [0.5, 30.0])
    assert got.dtype == "int32"
    np.testing.assert_array_equal(got.numpy(), [[3, 25], [2, 35], [1, 30], [3, 29]])
    got = tf.random.stateless_binomial([3, 2], [1, 2], [10.0, 100.0], [0.3, 0.8])
    np.testing.assert_array_equal(got.numpy(), [[5, 70], [5, 84], [5, 77]])


def test_generator_binomial_of_tensorflow():
    for shape, n, p, want, state in [
        ([4], 10.0, 0.3, [3, 4, 3, 2], 89605),
        ([3, 2], [10.0, 100.0], [0.3, 0.8], [[3, 82], [4, 75], [3, 83]], 153605),
        ([3, 2], [[10.0], [100.0], [50.0]], [0.3, 0.5], [[3, 5], [31, 47], [19, 23]], 307205),
        ([3], 7.0, 1.5, [7, 7, 7], 76805),
        ([3], 7.0, -0.5, [0, 0, 0], 76805),
        ([], 10.0, 0.3, 3, 51205),
    ]:
        g = tf.random.Generator.from_seed(5)
        np.testing.assert_array_equal(g.binomial(shape, n, p).numpy(), want)
        assert g.state.numpy().tolist() == [state, 0, 0]
    g = tf.random.Generator.from_seed(5)
    assert np.isnan(g.binomial([2], 7.0, float("nan"), dtype="float32").numpy()).all()
    assert g.binomial([0], 7.0, 0.5).shape == (0,)


@pytest.mark.parametrize("alpha", [0.05, 0.7, 1.0, 3.0, 400.0])
def test_gamma_is_gamma(alpha):
    x = tf.random.stateless_gamma([20000], [3, 4], alpha, 2.0, "float64").numpy()
    assert st.kstest(x, st.gamma(alpha, scale=0.5).cdf).pvalue > 1e-3


def chi_square(x, law):
    """The p value of counts, with tails joined so that every bin expects at least 5."""
    edges = np.unique(law.ppf(np.linspace(0.001, 0.999, 40)))
    expected = np.diff([0, *law.cdf(edges), 1]) * len(x)
    found = np.diff([0, *[np.sum(x <= e) for e in edges], len(x)])
    keep = expected >= 5
    rest = [found[~keep].sum()], [expected[~keep].sum()]
    found, expected = (np.append(a[keep], b) for a, b in zip((found, expected), rest, strict=True))
    expected[-1] += 1e-9
    return st.chi2(len(found) - 1).sf(np.sum((found - expected) ** 2 / np.maximum(expected, 1e-9)))


@pytest.mark.parametrize("rate", [0.3, 4.0, 9.99, 10.0, 55.0, 1e5])
def test_poisson_is_poisson(rate):
    x = tf.random.stateless_poisson([20000], [5, 6], rate, "float64").numpy()
    assert chi_square(x, st.poisson(rate)) > 1e-3


@pytest.mark.parametrize(("n", "p"), [(5, 0.3), (40, 0.9), (40, 0.5), (1000, 0.2), (1000, 0.97)])
def test_binomial_is_binomial(n, p):
    counts = tf.constant(n, "float64")
    x = tf.random.stateless_binomial([20000], [1, 6], counts, p, "float64").numpy()
    assert chi_square(x, st.binom(n, p)) > 1e-3


def test_categorical_is_categorical():
    x = tf.random.stateless_categorical(LOGITS, 20000, seed=[1, 3]).numpy()
    for row, logits in zip(x, LOGITS, strict=True):
        p = np.exp(logits) / np.exp(logits).sum()
        found = np.bincount(row, minlength=4)
        assert found[p == 0].sum() == 0
        assert st.chisquare(found[p > 0], p[p > 0] * len(row)).pvalue > 1e-3


def test_gamma_gradients():
    alpha, beta = tf.constant([0.5, 2.0], "float64"), tf.constant([1.0, 3.0], "float64")

    def sample(a):
        return tf.random.stateless_gamma([5, 2], [1, 2], a, beta, "float64")

    with tf.GradientTape() as tape:
        tape.watch([alpha, beta])
        y = sample(alpha)
    by_alpha, by_beta = tape.gradient(y, [alpha, beta])
    np.testing.assert_allclose(by_beta.numpy(), -y.numpy().sum(0) / beta.numpy(), rtol=1e-12)
    # At a fixed quantile: the derivative of the inverse of the distribution function.
    level = st.gamma(alpha.numpy()).cdf(y.numpy() * beta.numpy())
    h = 1e-5
    up, down = (st.gamma(alpha.numpy() + d).ppf(level) / beta.numpy() for d in (h, -h))
    np.testing.assert_allclose(by_alpha.numpy(), ((up - down) / (2 * h)).sum(0), rtol=1e-6)
    with tf.GradientTape() as outer:
        outer.watch(alpha)
        with tf.GradientTape() as inner:
            inner.watch(alpha)
            y = sample(alpha)
        first = inner.gradient(y, alpha)
    h = 1e-4
    up, middle, down = (st.gamma(alpha.numpy() + d).ppf(level) for d in (h, 0, -h))
    want = ((up - 2 * middle + down) / h**2 / beta.numpy()).sum(0)
    np.testing.assert_allclose(outer.gradient(first, alpha).numpy(), want, rtol=1e-3)


def test_limits_and_empty():
    assert np.isnan(tf.random.gamma([2], -1.0).numpy()).all()
    assert (tf.random.gamma([2], 0.0).numpy() == np.float32(2.0**-126)).all()  # TF
    assert (tf.random.poisson([3], [0.0, -1.0]).numpy() == 0).all()
    assert tf.random.gamma([0], [1.0]).shape == (0, 1)
    assert tf.random.gamma([2], tf.zeros([0])).shape == (2, 0)
    assert tf.random.poisson([0], [1.0]).shape == (0, 1)
    assert tf.random.categorical(LOGITS, 0).shape == (2, 0)
    nothing = [[float("-inf")] * 3]
    assert tf.random.categorical(nothing, 2).numpy().tolist() == [[3, 3]]  # TF


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda r: r.categorical([1.0, 2.0], 3), ValueError, "should be a matrix"),
        (lambda r: r.categorical(LOGITS, -1), ValueError, "non-negative, got -1"),
        (lambda r: r.categorical(tf.zeros([2, 0]), 1), ValueError, "should be positive"),
        (lambda r: r.categorical(LOGITS, 1, dtype="float32"), ValueError, "Accepted dtypes"),
        (lambda r: r.categorical([[1, 2]], 1), TypeError, "must be floating"),
        (lambda r: r.gamma(3, 1.0), ValueError, "must be a vector"),
        (lambda r: r.gamma([2], 1, dtype="int32"), TypeError, "dtype must be one of"),
        (lambda r: r.poisson([3], 1.0, dtype="uint8"), TypeError, "allowed values"),
        (lambda r: r.poisson([3], float("inf")), ValueError, "must be finite"),
        (lambda r: r.stateless_gamma([2], [1, 2], [0.5, 1.0, 3.0]), ValueError, "must end with"),
        (lambda r: r.stateless_poisson([2], [1], [1.0]), ValueError, "does not end with"),
        (lambda r: r.stateless_poisson([1], [1], [1.0]), ValueError, "seed must have shape"),
        (lambda r: r.Generator.from_seed(1).binomial([1], 2.0, 0.5, "int8"), TypeError, "allowed"),
    ],
)
def test_errors(call, kind, text):
    with pytest.raises(kind, match=text):
        call(tf.random)
