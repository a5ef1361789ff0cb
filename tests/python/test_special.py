"""Special functions and segments at poles, limits and far arguments."""

import numpy as np
import pytest
import scipy.special as sp

import pyten as tf

FAR = np.concatenate([10.0 ** np.linspace(-300, 300, 601), np.linspace(0.01, 30, 997)])


def close(got, want, rtol):
    np.testing.assert_allclose(got.numpy(), want, rtol=rtol, atol=0)


def test_special_functions_over_their_domains():
    close(tf.math.digamma(tf.constant(FAR)), sp.psi(FAR), 5e-15)
    p = np.concatenate([10.0 ** np.linspace(-300, -1, 300), np.linspace(0.1, 0.999, 300)])
    close(tf.math.erfinv(tf.constant(p)), sp.erfinv(p), 1e-15)
    close(tf.math.erfcinv(tf.constant(p)), sp.erfcinv(p), 2e-15)
    close(tf.math.ndtri(tf.constant(p)), sp.ndtri(p), 2e-15)
    x = np.linspace(0.05, 700, 5000)
    close(tf.math.bessel_i0e(tf.constant(x)), sp.i0e(x), 5e-15)
    close(tf.math.bessel_i1e(tf.constant(x)), sp.i1e(x), 5e-15)
    s, q = np.meshgrid(np.linspace(1.01, 80, 80), 10.0 ** np.linspace(-2, 3, 60))
    close(tf.math.zeta(tf.constant(s), tf.constant(q)), sp.zeta(s, q), 2e-13)


@pytest.mark.parametrize("x", [-10.5, -0.5, 1e-10])
def test_digamma_of_negative_and_tiny(x):
    close(tf.math.digamma(tf.constant(x, "float64")), sp.psi(x), 1e-13)


def test_poles_and_limits():
    nan, inf = np.nan, np.inf
    for f, x, want in [
        (tf.math.lgamma, [0.0, -1.0, inf, nan], [inf, inf, inf, nan]),
        (tf.math.digamma, [0.0, -0.0, -1.0, inf, -inf], [-inf, inf, nan, inf, nan]),
        (tf.math.erfinv, [-1.0, 1.0, 0.0, 1.5, nan], [-inf, inf, 0.0, nan, nan]),
        (tf.math.erfcinv, [0.0, 2.0, 1.0, -0.1], [inf, -inf, 0.0, nan]),
        (tf.math.ndtri, [0.0, 1.0, 0.5, 2.0], [-inf, inf, 0.0, nan]),
    ]:
        for dtype in ("float32", "float64"):
            np.testing.assert_array_equal(f(tf.constant(x, dtype)).numpy(), want)


#: Computed with 60 digits (numerical integration, mpmath); SciPy loses digits here.
def test_incomplete_gamma_of_large_arguments():
    a, x = np.float64(953480879567.7556), np.float64(953476323193.9246)
    got = tf.math.igamma(tf.constant(a), tf.constant(x))
    np.testing.assert_allclose(got.numpy(), 1.5340520002475157e-06, rtol=1e-12)
    got = tf.math.igamma(tf.constant(1e6, "float64"), 997000.0)
    np.testing.assert_allclose(got.numpy(), 0.0013381041673135997, rtol=1e-12)


@pytest.mark.parametrize(
    ("a", "x", "first", "second"),
    [
        (2.5, 1.3, -0.22962689833555939, 0.15826392630864443),
        (0.3, 4.0, -0.010264313972653528, -0.02737907792129222),
        (50.0, 60.0, -0.021284992786349492, -0.0038864838466231135),
    ],
)
def test_derivatives_of_igamma_by_a(a, x, first, second):
    a = tf.constant(a, "float64")
    with tf.GradientTape() as outer:
        outer.watch(a)
        with tf.GradientTape() as tape:
            tape.watch(a)
            y = tf.math.igamma(a, x)
        d = tape.gradient(y, a)
    np.testing.assert_allclose(d.numpy(), first, rtol=1e-12)
    np.testing.assert_allclose(outer.gradient(d, a).numpy(), second, rtol=1e-12)


def test_third_derivative_of_igamma_by_a_says_so():
    a = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(a)
        y = tf._core.igamma_grad_aa(a, 1.0)
    with pytest.raises(tf.errors.UnimplementedError, match="third derivative of igamma"):
        tape.gradient(y, a)


def test_shifts_beyond_the_width_are_clamped():
    """As TensorFlow: counts below 0 are 0, beyond the width less 1 are that."""
    x, y = tf.constant([1, 1, -8, -8]), tf.constant([40, -1, 40, -1])
    assert tf.bitwise.left_shift(x, y).numpy().tolist() == [-(2**31), 1, 0, -8]
    assert tf.bitwise.right_shift(x, y).numpy().tolist() == [0, 1, -1, -8]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int32", "uint8"])
def test_extremes_of_empty_segments(dtype):
    data, ids = tf.constant([1, 2], dtype), tf.constant([0, 0])
    limits = tf.as_dtype(dtype)
    assert float(tf.math.unsorted_segment_max(data, ids, 2)[1]) == float(limits.min)
    assert float(tf.math.unsorted_segment_min(data, ids, 2)[1]) == float(limits.max)
    gap = tf.constant([0, 2])
    assert tf.cast(tf.math.segment_max(data, gap), "float64").numpy().tolist() == [1, 0, 2]


def test_ties_share_the_gradient():
    x = tf.constant([3.0, 3.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.math.segment_max(x, [0, 0, 0])
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [0.5, 0.5, 0])


def test_cumulative_logsumexp_with_infinities():
    x = tf.constant([-np.inf, 1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.math.cumulative_logsumexp(x, exclusive=True)
    np.testing.assert_allclose(y.numpy(), [-np.inf, -np.inf, 1.0])
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), [0, 1, 0])


def _units_off(got, want):
    """The error in units in the last place of float32, where the reference is a normal number."""
    keep = np.isfinite(want) & (np.abs(want) > 2.0**-126) & (np.abs(want) < 2.0**127)
    _, e = np.frexp(want[keep])
    return np.max(np.abs(got[keep] - want[keep]) / np.ldexp(1.0, e - 24))


UNIT = (-0.999999, 0.999999)


@pytest.mark.parametrize(
    ("name", "reference", "low", "high"),
    [
        ("lgamma", sp.gammaln, 1e-30, 1e30),
        ("digamma", sp.psi, 1e-30, 1e30),
        ("erfinv", sp.erfinv, *UNIT),
        ("erfcinv", sp.erfcinv, 1e-30, 1.9999),
        ("ndtri", sp.ndtri, 1e-30, 0.99999),
        ("bessel_i0e", sp.i0e, 1e-30, 1e6),
        ("bessel_i1e", sp.i1e, 1e-30, 1e6),
        ("bessel_i0", sp.i0, 1e-30, 80),
        ("bessel_i1", sp.i1, 1e-30, 80),
        ("bessel_k0", sp.k0, 1e-30, 80),
        ("bessel_k0e", sp.k0e, 1e-30, 1e6),
        ("bessel_k1", sp.k1, 1e-30, 80),
        ("bessel_k1e", sp.k1e, 1e-30, 1e6),
        ("bessel_j0", sp.j0, 1e-30, 1e3),
        ("bessel_j1", sp.j1, 1e-30, 1e3),
        ("bessel_y0", sp.y0, 1e-30, 1e3),
        ("bessel_y1", sp.y1, 1e-30, 1e3),
    ],
)
def test_float32_is_within_a_unit_in_the_last_place(name, reference, low, high):
    rng = np.random.default_rng(8)
    x = rng.uniform(low, min(high, 50), 20000)
    if low > 0:
        x = np.concatenate([x, np.exp(rng.uniform(np.log(low), np.log(high), 20000))])
    x = x.astype(np.float32)
    place = tf.math if hasattr(tf.math, name) else tf.math.special
    got = getattr(place, name)(tf.constant(x)).numpy().astype(np.float64)
    assert _units_off(got, reference(x.astype(np.float64))) <= 0.501


def test_zeta_and_polygamma_of_huge_orders():
    """The first term, q ** -s, is all that counts; SciPy gives NaN where it underflows."""
    with np.errstate(all="ignore"):
        for s in (1e3, 1e10, 3e38, 1e300):
            q = np.array([0.5, 1.0, 1.5, 2.0, 40.0])
            got = tf.math.zeta(tf.constant(s, tf.float64), tf.constant(q)).numpy()
            np.testing.assert_allclose(got, q**-s, rtol=1e-12)
    assert tf.math.polygamma(tf.constant(3e38), tf.constant([2.0])).numpy() == [0]
