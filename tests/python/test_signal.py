"""tf.signal against NumPy and SciPy, with gradients against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from gradient_check import check_gradients

import pyten as tf

RNG = np.random.default_rng(11)
X = RNG.standard_normal((2, 3, 4))
Z = X + 1j * RNG.standard_normal(X.shape)
AXES = {"": (-1,), "2d": (-2, -1), "3d": (-3, -2, -1)}


def close(got: tf.Tensor, want: np.ndarray, wide: bool) -> None:
    assert got.shape == want.shape
    if wide:
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
    else:  # computed in double precision and rounded once
        np.testing.assert_allclose(got, want, rtol=2e-7, atol=1e-12)


@pytest.mark.parametrize("suffix", AXES)
@pytest.mark.parametrize("wide", [False, True])
def test_against_numpy(suffix: str, wide: bool) -> None:
    axes = AXES[suffix]
    z = Z.astype("complex128" if wide else "complex64")
    x = X.astype("float64" if wide else "float32")
    for name, f, a in (
        ("fft", np.fft.fftn, z),
        ("ifft", np.fft.ifftn, z),
        ("rfft", np.fft.rfftn, x),
    ):
        got = getattr(tf.signal, name + suffix)(a)
        assert got.dtype == z.dtype.name
        close(got, f(a.astype("complex128" if a is z else "float64"), axes=axes), wide)
    for sizes in ((5, 2, 7), (1, 4, 6), (2, 3, 1)):
        sizes = sizes[-len(axes) :]
        got = getattr(tf.signal, "rfft" + suffix)(x, sizes)
        close(got, np.fft.rfftn(x.astype("float64"), sizes, axes), wide)
        got = getattr(tf.signal, "irfft" + suffix)(z, tf.constant(sizes))
        assert got.dtype == x.dtype.name
        close(got, np.fft.irfftn(z.astype("complex128"), sizes, axes), wide)
    back = getattr(tf.signal, "irfft" + suffix)(getattr(tf.signal, "rfft" + suffix)(x))
    np.testing.assert_allclose(back, x, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("suffix", AXES)
def test_gradients(suffix: str) -> None:
    pair = [X, Z.imag]
    for name in ("fft", "ifft"):
        f = getattr(tf.signal, name + suffix)
        check_gradients(
            lambda a, b, f=f: [tf.math.real(f(tf.complex(a, b)) ** 3), tf.abs(f(tf.complex(a, b)))],
            pair,
        )
    rfft, irfft = getattr(tf.signal, "rfft" + suffix), getattr(tf.signal, "irfft" + suffix)
    for sizes in (None, (3, 2, 6), (2, 5, 3)):
        length = sizes and sizes[-len(AXES[suffix]) :]
        check_gradients(lambda a, n=length: tf.math.real(rfft(a, n) ** 3), [X])
        check_gradients(lambda a, n=length: tf.math.imag(rfft(a, n) ** 3), [X])
        check_gradients(lambda a, b, n=length: irfft(tf.complex(a, b), n) ** 3, pair)


def test_gradient_has_tensorflows_convention() -> None:
    """The gradient of fft(t) * c is F^H conj(c)."""
    t = tf.constant([1 + 2j, 3.0 + 0j, 4j])
    c = tf.constant([1j, 2.0 + 0j, 3.0 + 0j])
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = tf.signal.fft(t) * c
    n = np.arange(3)
    matrix = np.exp(2j * np.pi * np.outer(n, n) / 3)
    np.testing.assert_allclose(tape.gradient(y, t), matrix @ np.conj(c.numpy()), atol=1e-12)


def test_shifts() -> None:
    for axes in (None, 1, [0, 2]):
        np.testing.assert_array_equal(tf.signal.fftshift(X, axes), np.fft.fftshift(X, axes))
        np.testing.assert_array_equal(tf.signal.ifftshift(X, axes), np.fft.ifftshift(X, axes))
    with pytest.raises(ValueError, match="fftshift: axes=5 do not fit"):
        tf.signal.fftshift(X, 5)


@pytest.mark.parametrize("type", [1, 2, 3, 4])
@pytest.mark.parametrize("norm", [None, "ortho"])
def test_cosine_transforms(type: int, norm: str | None) -> None:
    fft = pytest.importorskip("scipy.fft")
    if (type, norm) == (1, "ortho"):
        with pytest.raises(ValueError, match="not supported for the Type-I DCT"):
            tf.signal.dct(X, type=1, norm=norm)
        return
    for n in (None, 3, 7):
        close(tf.signal.dct(X, type, n, norm=norm), fft.dct(X, type, n, norm=norm), True)
    if norm is None:
        narrow = X.astype("float32")
        close(tf.signal.dct(narrow, type), fft.dct(narrow.astype("float64"), type), False)
    scale = 1 if norm else (6 if type == 1 else 8)
    close(tf.signal.idct(tf.signal.dct(X, type, norm=norm), type, norm=norm), X * scale, True)
    check_gradients(lambda t: tf.signal.dct(t, type, norm=norm) ** 3, [X])
    check_gradients(
        lambda t: tf.signal.dct(t, type, 2, norm=norm) ** 3, [X[..., :1] if type > 1 else X]
    )


def test_empty() -> None:
    assert tf.signal.fft(tf.zeros((0, 3), tf.complex64)).shape == (0, 3)
    assert tf.signal.rfft(tf.zeros((2, 0))).shape == (2, 0)
    assert tf.signal.rfft(tf.zeros((0, 3))).shape == (0, 2)
    assert tf.signal.rfft(tf.zeros((0,)), [4]).numpy().tolist() == [0, 0, 0]
    assert tf.signal.irfft(tf.zeros((0, 3), tf.complex64)).shape == (0, 4)
    assert tf.signal.dct(tf.zeros((0,))).shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: tf.signal.fft(tf.ones(3)),
            "fft: FFT requires complex64 or complex128 inputs, got float32",
        ),
        (lambda: tf.signal.rfft(tf.ones(3, tf.complex64)), "RFFT requires float32 or float64"),
        (lambda: tf.signal.fft2d(tf.ones(3, tf.complex64)), "Input must have rank of at least 2"),
        (lambda: tf.signal.rfft(tf.ones(3), [2, 2]), r"fft_length must have shape \[1\]"),
        (lambda: tf.signal.rfft(tf.ones(3), [-1]), r"fft_length\[0\] must >= 0, but got: -1"),
        (lambda: tf.signal.dct(tf.ones(3), type=5), "type must be 1, 2, 3 or 4"),
        (lambda: tf.signal.dct(tf.ones(3), n=0), "n should be a positive integer"),
        (lambda: tf.signal.dct(tf.ones(3), norm="x"), "norm must be None or 'ortho'"),
    ],
)
def test_refusals(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
    with pytest.raises(NotImplementedError, match="axis must be -1"):
        tf.signal.dct(tf.ones((2, 2)), axis=0)


def test_second_derivative_of_the_modulus() -> None:
    """Of |rfft(x)|^2 it is a constant matrix; the rule of abs is differentiated twice."""
    x = tf.constant([1.0, 2.0, 3.0, 5.0], tf.float64)
    w = tf.constant([0.5, 1.375, 0.875], tf.float64)
    v = tf.constant([0.5, 1.375, 0.875, 1.75], tf.float64)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(w * tf.abs(tf.signal.rfft(x)) ** 2)
        g = tf.reduce_sum(inner.gradient(y, x) * v)
    n = np.arange(4)
    f = np.exp(-2j * np.pi * np.outer(np.arange(3), n) / 4)
    np.testing.assert_allclose(
        outer.gradient(g, x), 2 * (np.conj(f.T) * w.numpy() @ f).real @ v.numpy()
    )
