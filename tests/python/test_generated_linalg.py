"""einsum, tensordot and norm over generated programs: NumPy's values, exact directional derivatives.

The same generators, 400 programs each, were run through TensorFlow 2.21 as well.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

import pyten as tf

DTYPES = ["float64", "float64", "float64", "complex128", "int32", "float32"]


def numbers(rng, shape, dtype):
    if dtype == "int32":
        return np.asarray(rng.integers(-3, 4, shape), dtype)
    x = rng.standard_normal(shape)
    if dtype == "complex128":
        x = x + 1j * rng.standard_normal(shape)
    return np.asarray(x, dtype)


def check_multilinear(f, reference, xs):
    """Values against NumPy; a function that is linear in each operand has exact differences."""
    want = np.asarray(reference(*xs))
    got = f(*xs)
    close = {"rtol": 1e-4, "atol": 1e-4} if want.dtype.itemsize == 4 else {"rtol": 1e-12}
    assert got.dtype.name == want.dtype.name and got.shape == want.shape
    np.testing.assert_allclose(got.numpy(), want, **{"atol": 1e-12, **close})
    if want.dtype.kind not in "fc":
        return
    ts = [tf.constant(x) for x in xs]
    weights = numbers(np.random.default_rng(1), want.shape, want.dtype.name)
    with tf.GradientTape() as tape:
        tape.watch(ts)
        y = tf.reduce_sum(tf.math.real(f(*ts) * tf.constant(weights)))
    gradients = tape.gradient(y, ts)
    for i, (x, g) in enumerate(zip(xs, gradients, strict=True)):
        along = numbers(np.random.default_rng(i), x.shape, x.dtype.name)
        moved = [along if k == i else other for k, other in enumerate(xs)]
        slope = np.sum(np.real(np.asarray(reference(*moved)) * weights))
        got = np.sum(np.real(np.conj(g.numpy()) * along))
        np.testing.assert_allclose(got, slope, **{"atol": 1e-11, **close})


def equation(r):
    """An equation and its operands' shapes, as NumPy takes it."""
    labels = "abcde"[: r.randint(1, 5)]
    sizes = {c: r.randint(1, 3) for c in labels}
    ellipsis = [r.randint(1, 3) for _ in range(r.randint(0, 2))] if r.random() < 0.35 else None
    parts, shapes = [], []
    for _ in range(r.choice([1, 1, 2, 2, 2, 2, 3, 3])):
        count = r.randint(0, 3)
        repeated = r.random() < 0.2
        part = "".join(
            [r.choice(labels) for _ in range(count)]
            if repeated
            else r.sample(labels, min(count, len(labels)))
        )
        shape = [sizes[c] for c in part]
        if ellipsis is not None and r.random() < 0.8:
            at = r.randint(0, len(part))
            own = [d if r.random() < 0.8 else 1 for d in ellipsis[r.randint(0, len(ellipsis)) :]]
            shape[at:at] = own
            part = f"{part[:at]}...{part[at:]}"
        parts.append(part)
        shapes.append(shape)
    text = ",".join(parts)
    used = sorted(set(text) - set(",."))
    if r.random() < 0.75 or "..." in text:
        out = "".join(r.sample(used, r.randint(0, len(used))))
        if "..." in text:
            at = r.randint(0, len(out))
            out = f"{out[:at]}...{out[at:]}"
        text += "->" + out
    return text, shapes


@pytest.mark.parametrize("block", range(10))
def test_einsum(block):
    for seed in range(40 * block, 40 * block + 40):
        r, rng = random.Random(seed), np.random.default_rng(seed)
        text, shapes = equation(r)
        dtype = r.choice(DTYPES)
        xs = [numbers(rng, s, dtype) for s in shapes]
        check_multilinear(
            lambda *x, text=text: tf.einsum(text, *x),
            lambda *x, text=text: np.einsum(text, *x),
            xs,
        )


@pytest.mark.parametrize("block", range(10))
def test_tensordot(block):
    for seed in range(40 * block, 40 * block + 40):
        r, rng = random.Random(seed), np.random.default_rng(seed)
        a = [r.randint(1, 3) for _ in range(r.randint(0, 4))]
        b = [r.randint(1, 3) for _ in range(r.randint(0, 4))]
        k = r.randint(0, min(len(a), len(b)))
        if r.random() < 0.3:
            b[:k] = a[len(a) - k :]
            axes = k
        else:
            first, second = r.sample(range(len(a)), k), r.sample(range(len(b)), k)
            for i, j in zip(first, second, strict=True):
                b[j] = a[i]
            if r.random() < 0.5:
                first, second = [i - len(a) for i in first], [j - len(b) for j in second]
            axes = [first, second]
        dtype = r.choice(DTYPES)
        check_multilinear(
            lambda x, y, axes=axes: tf.tensordot(x, y, axes),
            lambda x, y, axes=axes: np.tensordot(x, y, axes),
            [numbers(rng, a, dtype), numbers(rng, b, dtype)],
        )


def reference_norm(x, order, axis, keepdims):
    if axis is None:
        out = np.linalg.norm(x.reshape(-1), order)
        out = np.full([1] * x.ndim if keepdims else [], out)
    else:
        out = np.asarray(np.linalg.norm(x, order, axis, keepdims))
    return out.astype(x.dtype)


@pytest.mark.parametrize("block", range(10))
def test_norm(block):
    for seed in range(40 * block, 40 * block + 40):
        r, rng = random.Random(seed), np.random.default_rng(seed)
        shape = [r.randint(1, 4) for _ in range(r.randint(1, 4))]
        axis = r.choice([None, r.randrange(len(shape)), -r.randint(1, len(shape))])
        order = r.choice(["euclidean", 1, 2, 3, 0.5, 2.5, np.inf])
        if len(shape) > 1 and r.random() < 0.4:
            axis = tuple(r.sample(range(len(shape)), 2))
            order = r.choice(["euclidean", "fro", 1, 2, np.inf])
        keepdims = r.random() < 0.4
        is_complex = r.random() < 0.25
        x = numbers(rng, shape, "complex128" if is_complex else "float64")
        x = x + 0.3 * np.sign(x.real)  # clear of 0, where differences are inaccurate for ord=0.5
        numpy_order = order
        if order == "euclidean":
            numpy_order = "fro" if isinstance(axis, tuple) else 2
        want = reference_norm(x, numpy_order, axis, keepdims)
        t = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(t)
            y = tf.norm(t, order, axis, keepdims)
            weights = numbers(np.random.default_rng(1), want.shape, "float64")
            total = tf.reduce_sum(
                tf.math.real(y) * weights + 0.3 * tf.math.imag(y) if is_complex else y * weights
            )
        assert y.shape == want.shape
        np.testing.assert_allclose(y.numpy(), want, rtol=1e-12)
        g = tape.gradient(total, t).numpy()
        along, h = numbers(rng, shape, x.dtype.name), 1e-6

        def at(step, x=x, along=along, order=numpy_order, axis=axis, keepdims=keepdims, w=weights):
            return np.sum(np.real(reference_norm(x + step * along, order, axis, keepdims)) * w)

        slope = (at(h) - at(-h)) / (2 * h)
        np.testing.assert_allclose(np.sum(np.real(np.conj(g) * along)), slope, rtol=2e-6, atol=2e-6)


def test_norms_of_integers():
    x = np.array([[1, -2, 3], [-4, 0, 2]], np.int32)
    for order, axis in [(1, None), (1, 0), (np.inf, 1), (1, (0, 1)), (np.inf, (0, 1))]:
        got = tf.norm(x, order, axis)
        assert got.dtype == tf.int32
        np.testing.assert_array_equal(got.numpy(), reference_norm(x, order, axis, False))
    with pytest.raises(TypeError, match="integers for ord=1 and np.inf, got int32 and ord=2"):
        tf.norm(x, 2)


def test_matvec_is_transposed_once():
    a = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(
        ValueError, match="matvec: Only one of `transpose_a` and `adjoint_a` can be"
    ):
        tf.linalg.matvec(a, [1.0, 1.0], transpose_a=True, adjoint_a=True)
