"""tf.vectorized_map equals a loop over slices: every op of the table, and what cannot be batched."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from gradient_check import weighted_sum
from op_table import TABLE
from test_ops import call, samples

import pyten as tf
from pyten import _core

#: Functions of the registry whose calls are not carried out for all slices at once, and why.
LOOPED = {
    f"segment_{how}": "the last id decides a shape" for how in "max mean min prod sum".split()
}
CLOSE = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 1e-5, "complex64": 1e-5}


def listed(y):
    return list(y) if isinstance(y, (list, tuple)) else [y]


def looped(f, batches):
    """The results of a plain loop, or the exception that it raises."""
    try:
        rows = [listed(f(*[tf.constant(b[i]) for b in batches])) for i in range(len(batches[0]))]
        return [np.stack([np.asarray(r) for r in column]) for column in zip(*rows)]
    except Exception as e:
        return e


def check(f, batches):
    """Compares with the loop; says whether it was done at once."""
    want = looped(f, batches)
    try:
        got, _ = _core._vectorized(
            lambda *x: listed(f(*x)), [tf.constant(b) for b in batches], len(batches[0])
        )
    except Exception as e:
        assert isinstance(want, Exception), f"raises {e!r}, the loop does not"
        return True
    if got is None:
        return False
    assert not isinstance(want, Exception), f"gives {got!r}, the loop raises {want!r}"
    assert len(got) == len(want)
    for g, w in zip(got, want):
        g = g.numpy()
        assert g.shape == w.shape and g.dtype == w.dtype
        close = CLOSE.get(w.dtype.name, 1e-10)
        if w.dtype.kind in "biu":
            np.testing.assert_array_equal(g, w)
        else:
            wide = np.complex128 if w.dtype.kind == "c" else np.float64
            np.testing.assert_allclose(g.astype(wide), w.astype(wide), rtol=close, atol=close)
    return True


def other_examples(a):
    """Three arrays like a, each with other values in other places."""
    flipped = a[::-1] if a.ndim else a
    if a.dtype == bool:
        return np.stack([a, flipped, ~a])
    if a.dtype.kind in "iu":
        return np.stack([a, flipped, np.roll(a, 1)])
    return np.stack([a, flipped, (a * np.asarray(0.97, a.dtype)).astype(a.dtype)])


def runs(name, dtype):
    row = TABLE[name]
    for arrays, options in samples(row, dtype):
        batches = [other_examples(np.asarray(a)) for a in arrays]
        every = range(len(batches))
        for chosen in [tuple(every), *((i,) for i in every if len(batches) > 1)]:

            def f(*xs, arrays=arrays, options=options, chosen=chosen):
                full = [tf.constant(a) for a in arrays]
                for i, x in zip(chosen, xs):
                    full[i] = x
                return call(name, full, options)

            if chosen:
                yield f, [batches[i] for i in chosen]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_op(name):
    dtypes = TABLE[name].dtypes or getattr(_core, name).dtypes
    tried = [d for d in ("float64", "float32", "int32", "bool", "complex128") if d in dtypes]
    at_once = [check(f, batches) for d in tried[:3] for f, batches in runs(name, d)]
    if at_once:  # one_hot has no samples; its own test is below
        assert all(at_once) == (name not in LOOPED), at_once


def slices(shape=(4, 3), seed=0):
    return np.random.default_rng(seed).uniform(0.5, 2.0, shape)


def agree(f, *batches):
    """The results and whether it was done at once, after comparing with tf.map_fn."""
    elems = tuple(tf.constant(b) for b in batches)
    g = (lambda x: f(*x)) if len(elems) > 1 else f
    elems = elems if len(elems) > 1 else elems[0]
    want = [g(tf.nest.map_structure(lambda e, i=i: e[i], elems)) for i in range(len(batches[0]))]
    want = tf.nest.map_structure(lambda *parts: np.stack([np.asarray(p) for p in parts]), *want)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        got = tf.vectorized_map(g, elems)
    for a, b in zip(tf.nest.flatten(got), tf.nest.flatten(want), strict=True):
        assert a.dtype.name == b.dtype.name
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-12)
    return got, not any("called for each slice" in str(w.message) for w in seen)


AT_ONCE = {
    "NumPy's functions": lambda x: x + np.abs(x)[1],  # which pyten carries out while it traces
    "arithmetic": lambda x: x * 2.0 + tf.exp(x),
    "matmul": lambda x: tf.linalg.matvec(tf.constant(slices((3, 3), 1)), x),
    "structure": lambda x: (x, {"sum": tf.reduce_sum(x), "same": tf.constant(1.0)}),
    "where": lambda x: tf.where(x > 1.0, x, -x),
    "rows": lambda x: tf.stack([x[0], x[-1], x[1] * 2.0]),
    "integers": lambda x: tf.cast(x * 3.0, tf.int32) // 2,
    "lookup": lambda x: tf.gather(tf.range(10), tf.cast(x * 3.0, tf.int32)),
    "argmax": lambda x: tf.argmax(x),
    "sort": lambda x: tf.sort(x),
    "one_hot": lambda x: tf.one_hot(tf.cast(x, tf.int32), 3),
    "one_hot, axis": lambda x: tf.one_hot(tf.cast(x, tf.int32)[None], 3, x[0], x[1], axis=0),
    "one_hot, first axis": lambda x: tf.one_hot(tf.cast(x, tf.int32), 3, 2.5, -1.0, axis=0),
    "softmax": lambda x: tf.nn.softmax(x),
    "shape": lambda x: tf.reshape(x, tf.shape(x)[::-1]) / tf.cast(tf.size(x), x.dtype),
    "zeros": lambda x: tf.zeros_like(x) + tf.ones_like(x),
    "conv": lambda x: tf.nn.conv1d(x[None, :, None], tf.constant(slices((2, 1, 2))), 1, "SAME"),
    "loop over a tensor": lambda x: sum(part * part for part in x),
    "nested": lambda x: tf.vectorized_map(lambda v: v * x, x),
    "map inside": lambda x: tf.map_fn(lambda v: v * 2.0, x),
    "constant": lambda x: tf.constant([1.0, 2.0]),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_at_once(name):
    assert agree(AT_ONCE[name], slices())[1]


def numpy_sum(x):
    return np.sum(x.numpy())


BY_SLICE = {
    "if": lambda x: x * 2.0 if x[0] > 1.2 else x * 3.0,
    "and": lambda x: (x[0] > 1.2 and x[1] > 1.0) or x[2] > 1.0,
    "int": lambda x: x * int(x[0] * 10.0),
    "float": lambda x: x + float(x[1]),
    "numpy": lambda x: x + numpy_sum(x),
    "array": lambda x: x + np.asarray(x)[0],
    "buffer": lambda x: x + memoryview(x)[2],
    "dlpack": lambda x: x + tf.constant(np.from_dlpack(x))[0],
    "item": lambda x: x * x[0].numpy().item(),
    "index": lambda x: tf.constant([1.0, 2.0, 3.0])[tf.argmax(x)],
    "indices": lambda x: tf.constant([1.0, 2.0, 3.0])[tf.argsort(x)],
    "mask": lambda x: tf.reduce_sum(x[x > 1.2]),
    "boolean_mask": lambda x: tf.reduce_sum(tf.boolean_mask(x, x > 1.2)),
    "nonzero": lambda x: tf.reduce_sum(tf.where(x > 1.2)),
    "unique": lambda x: tf.reduce_sum(tf.unique(tf.cast(x * 2.0, tf.int32))[0]),
    "shape by a value": lambda x: tf.reduce_sum(tf.ones([tf.cast(x[0] * 3.0, tf.int32), 2])),
    "fill": lambda x: tf.reduce_sum(tf.fill([tf.cast(x[0] * 3.0, tf.int32)], 2.0)),
    "range": lambda x: tf.reduce_sum(tf.range(tf.cast(x[0] * 3.0, tf.int32))),
    "Python's range": lambda x: tf.constant([sum(range(tf.cast(x[0] * 3.0, tf.int32)))]),
    "pad": lambda x: tf.reduce_sum(
        tf.pad(x, tf.cast(x[None, :2] * 2.0, tf.int32), constant_values=1.0)
    ),
    "repeat": lambda x: tf.reduce_sum(tf.repeat(x, tf.cast(x * 2.0, tf.int32))),
    "sequence_mask": lambda x: tf.reduce_sum(
        tf.cast(tf.sequence_mask(tf.cast(x * 3.0, tf.int32)), tf.int32)
    ),
    "segments": lambda x: tf.reduce_sum(
        tf.math.segment_max(x, tf.sort(tf.cast(x * 2.0, tf.int32)))
    ),
    "while_loop": lambda x: tf.while_loop(lambda v: v[0] < 9.0, lambda v: [v * v + 0.5], [x])[0],
    "cond": lambda x: tf.cond(x[0] > 1.2, lambda: x, lambda: -x),
    "custom gradient": tf.custom_gradient(lambda x: (x * 2.0, lambda dy: dy)),
    "inverse": lambda x: tf.linalg.inv(x * tf.eye(3, dtype=x.dtype)),
    "py_function": lambda x: tf.py_function(lambda v: v * float(v[0]), [x], tf.float64),
    "assert": lambda x: tf.debugging.assert_positive(x) or x,
}


@pytest.mark.parametrize("name", BY_SLICE)
def test_what_is_not_in_a_recording(name):
    """Never the first slice's branch, index or shape for all."""
    got, at_once = agree(BY_SLICE[name], slices())
    del got
    assert not at_once


def test_it_says_why():
    x = tf.constant(slices())
    with pytest.warns(UserWarning, match=r"fn is called for each slice: a value went through"):
        tf.vectorized_map(lambda v: v if v[0] > 1.0 else -v, x)
    with pytest.raises(ValueError, match=r"cannot be carried out for all slices at once.*map_fn"):
        tf.vectorized_map(lambda v: v.numpy(), x, fallback_to_while_loop=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tf.vectorized_map(lambda v: v.numpy(), x, warn=False)


def test_effects_happen_as_in_a_loop():
    total = tf.Variable(0.0, dtype=tf.float64)

    def accumulate(x):
        total.assign_add(tf.reduce_sum(x))
        return x * total

    x = slices()
    got = tf.vectorized_map(accumulate, tf.constant(x), warn=False).numpy()
    np.testing.assert_allclose(got, x * np.cumsum(x.sum(1))[:, None], rtol=1e-12)
    np.testing.assert_allclose(total.numpy(), x.sum(), rtol=1e-12)

    counter = tf.Variable(0)
    tf.vectorized_map(lambda v: (counter.assign_add(1), v)[1], tf.constant(x), warn=False)
    assert counter.numpy() == 4


def test_random_numbers_are_those_of_a_loop():
    def noisy(x):
        try:
            return x + tf.random.normal([3], dtype=tf.float64)
        except Exception:  # what stops the trace is none
            return x

    x = tf.constant(slices())
    tf.random.set_seed(1)
    want = [noisy(v).numpy() for v in x]
    tf.random.set_seed(1)
    np.testing.assert_array_equal(tf.vectorized_map(noisy, x, warn=False).numpy(), want)

    def by_generator(x, source):
        return x * source.uniform([], dtype=tf.float64)

    source = tf.random.Generator.from_seed(3)
    want = [by_generator(v, source).numpy() for v in x]
    source = tf.random.Generator.from_seed(3)
    got = tf.vectorized_map(lambda v: by_generator(v, source), x, warn=False).numpy()
    np.testing.assert_array_equal(got, want)


def test_an_error_of_the_function_is_the_users():
    x = tf.constant(slices())
    with pytest.raises(ZeroDivisionError, match="mine"):
        tf.vectorized_map(lambda v: (_ for _ in ()).throw(ZeroDivisionError("mine")), x)
    with pytest.raises(tf.errors.InvalidArgumentError, match="matmul"):
        tf.vectorized_map(lambda v: tf.matmul(v[None], v[None]), x)
    # One slice alone divides by zero.
    n = tf.constant([[2], [1], [0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="zero"):
        tf.vectorized_map(lambda v: 6 // v, n)
    assert _core._vectorized(lambda v: [v * v], [x], 4)[0] is not None  # nothing is left behind


def test_elems():
    x = slices()
    shared = tf.vectorized_map(lambda p: p[0] * p[1], (tf.constant(x), tf.constant(x[:1])))
    np.testing.assert_allclose(shared.numpy(), x * x[0])
    named = tf.vectorized_map(lambda d: d["a"] + d["b"][0], {"a": x, "b": [x]})
    np.testing.assert_allclose(named.numpy(), 2 * x)
    assert tf.vectorized_map(lambda v: tf.reduce_sum(v), tf.zeros([0, 3])).shape == (0,)
    assert tf.vectorized_map(lambda v: v[0] * 2, np.array([[1, 2], [3, 4]])).numpy().tolist() == [
        2,
        6,
    ]
    with pytest.raises(ValueError, match="at least one axis"):
        tf.vectorized_map(lambda v: v, tf.constant(1.0))
    with pytest.raises(ValueError, match=r"one size, or 1, got \[4, 2\]"):
        tf.vectorized_map(lambda p: p[0], (x, x[:2]))


def test_derivatives():
    """By the slices and by what the function takes from outside, to second order, in both modes."""
    w = tf.Variable(slices((3, 3), 2))
    x = tf.constant(slices())

    def f(v):
        return tf.reduce_sum(tf.tanh(tf.linalg.matvec(w, v)) ** 3)

    def derivatives(mapped):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(mapped(f, x) ** 2)
            g = inner.gradient(y, [x, w])
            total = weighted_sum(g)
        second = outer.gradient(total, [x, w])
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as acc:
            y = mapped(f, x)
        return [*g, *second, acc.jvp(y)]

    for got, want in zip(derivatives(tf.vectorized_map), derivatives(tf.map_fn)):
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-11, atol=1e-12)


def test_gradients_inside():
    """One gradient, Hessian or tangent for each slice."""
    w = tf.Variable(slices((3, 3), 2))

    def gradient(v):
        with tf.GradientTape() as tape:
            tape.watch(v)
            y = tf.reduce_sum(tf.nn.softmax(tf.linalg.matvec(w, v)) ** 2)
        return tape.gradient(y, [v, w])

    def hessian(v):
        with tf.GradientTape() as outer:
            outer.watch(v)
            with tf.GradientTape() as inner:
                inner.watch(v)
                y = tf.reduce_sum(tf.exp(v) * v[::-1])
            g = inner.gradient(y, v)
        return outer.jacobian(g, v)

    def tangent(v):
        with tf.autodiff.ForwardAccumulator(v, v * 2.0) as acc:
            y = tf.sin(v) * v[0]
        return acc.jvp(y)

    for f in (gradient, hessian, tangent):
        assert agree(f, slices())[1]


def pooled(v):
    image = tf.reshape(tf.concat([v, v * 2.0, -v], 0), [1, 9, 1])
    return tf.nn.max_pool1d(image, 3, 2, "SAME")


@pytest.mark.parametrize(
    "f",
    [
        tf.sort,
        lambda v: tf.math.top_k(v, 2)[0],
        tf.reduce_max,
        tf.reduce_prod,
        tf.reduce_logsumexp,
        tf.math.cumprod,
        pooled,
        lambda v: tf.math.unsorted_segment_max(v, tf.cast(v * 1.4, tf.int32), 3),
        lambda v: tf.gather(v, tf.argsort(v)[:2]),
        lambda v: tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(v[0], tf.int32), v),
        lambda v: tf.tensor_scatter_nd_max(v, tf.cast(v[:1, None], tf.int32), v[1:2]),
        lambda v: tf.linalg.norm(v),
    ],
)
def test_gradients_inside_of_ops_that_look_at_values(f):
    """What a rule knows of the first slice is not used for the others."""

    def gradient(v):
        with tf.GradientTape() as tape:
            tape.watch(v)
            y = f(v)
            y = tf.reduce_sum(y * tf.cast(tf.range(1, 1 + tf.size(y)), v.dtype)[0])
        return tape.gradient(y, v)

    agree(gradient, slices())


def test_parts_of_a_large_batch():
    """2,000 slices whose values together exceed what one pass may hold."""
    x = tf.constant(np.linspace(0.0, 1.0, 2000))
    row = tf.constant(np.linspace(1.0, 2.0, 40_000))
    got = tf.vectorized_map(lambda v: tf.reduce_sum(tf.sin(row * v)), x).numpy()
    want = [np.sin(row.numpy() * v).sum() for v in x.numpy()[::500]]
    np.testing.assert_allclose(got[::500], want, rtol=1e-9)
