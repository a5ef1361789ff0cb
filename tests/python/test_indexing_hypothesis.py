"""Indexing against NumPy on generated keys: equal, or both raise.

Every example holds a batch of keys for one array, and every key is read, assigned to in three ways
and updated in seven: hypothesis runs 250 examples of 40 keys, 10,000 in all, the same ones each
time.
"""

import numpy as np
import pytest

import pyten as tf

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

EXAMPLES, KEYS = 250, 40


def integers(draw_from, shape, low, high):
    return draw_from.integers(low, high, shape) if high > low else np.zeros(shape, int)


def index(rng, n):
    """An integer along an axis of size n, now and then one that is out of range."""
    return (
        int(rng.integers(-n - 1, n + 2)) if rng.random() < 0.05 else int(integers(rng, (), -n, n))
    )


def item(rng, shape, axis, batch):
    """One entry of a key, and how many axes it takes."""
    n, kind = shape[axis], rng.random()
    if kind < 0.2:
        return rng.choice([int, np.int64, np.int8])(index(rng, n)), 1
    if kind < 0.5:
        bounds = [
            None if rng.random() < 0.3 else int(rng.integers(-n - 2, n + 3)) for _ in range(2)
        ]
        return slice(*bounds, [None, 1, 2, -1, -2, 3, -3][rng.integers(7)]), 1
    if kind < 0.58:
        return None, 0
    if kind < 0.8:
        sizes = tuple(1 if rng.random() < 0.3 else s for s in batch)[int(rng.integers(0, 2)) :]
        if rng.random() < 0.04:
            sizes = (*sizes[:-1], 5) if sizes else (5,)
        places = integers(rng, sizes, -n, n)
        if places.size and rng.random() < 0.04:
            places.flat[0] = n
        form = rng.random()
        if form < 0.3 and places.size:
            return places.tolist(), 1
        if form < 0.5:
            return tf.constant(places), 1
        return places, 1
    if kind < 0.9:
        depth = min(int(rng.integers(1, 3)), len(shape) - axis)
        sizes = [s + (rng.random() < 0.03) for s in shape[axis : axis + depth]]
        mask = rng.random(sizes) < 0.5
        return (tf.constant(mask) if rng.random() < 0.5 else mask), depth
    return slice(None), 1


def key(rng, shape):
    """A key of integers, slices, new axes, an ellipsis, index arrays and masks."""
    batch = [(2,), (1,), (2, 2), (3,), (0,), (1, 3)][rng.integers(6)]
    ellipsis = rng.random() < 0.35
    rank = int(rng.integers(0, len(shape) + 1)) if rng.random() < 0.6 else len(shape)
    out, axis = [], 0
    while axis < rank:
        entry, axes = item(rng, shape, axis, batch)
        out.append(entry)
        axis += axes
    if rng.random() < 0.02:
        out.append(0)  # one too many, often
    if ellipsis:
        out.insert(int(rng.integers(0, len(out) + 1)), Ellipsis)
        if rng.random() < 0.02:
            out.append(Ellipsis)
    return out[0] if len(out) == 1 and rng.random() < 0.7 else tuple(out)


def numpy_key(k):
    if isinstance(k, tuple):
        return tuple(map(numpy_key, k))
    return k.numpy() if tf.is_tensor(k) else k


def outcome(f):
    try:
        return f()
    except (IndexError, ValueError) as e:
        return type(e)


def same(ours, theirs, what):
    raised = isinstance(ours, type), isinstance(theirs, type)
    assert raised[0] == raised[1], f"{what}: {ours!r} but NumPy {theirs!r}"
    if not raised[0]:
        ours = ours.numpy() if tf.is_tensor(ours) else ours
        assert ours.shape == theirs.shape, what
        np.testing.assert_array_equal(ours, theirs, err_msg=what)


def value_for(rng, part):
    """A value that broadcasts to the part; now and then one that does not."""
    shape = part if isinstance(part, tuple) else (2,)
    if rng.random() < 0.3:
        shape = tuple(1 if rng.random() < 0.5 else s for s in shape)[int(rng.integers(0, 2)) :]
    if rng.random() < 0.03:
        shape = (*shape, 7)
    return np.asarray(rng.integers(1, 5, shape), "float64")


AT = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
}


def updated(a, k, y, update):
    a = np.array(a)
    if update is None:
        # As any other assignment does; a lone mask takes values of one axis only.
        a[k] = np.broadcast_to(y, a[k].shape)
    else:
        # Of an empty part ufunc.at does not look at y.
        update.at(a, k, np.broadcast_to(y, a[k].shape))
    return a


@hypothesis.settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)  # fmt: skip
@hypothesis.given(st.lists(st.integers(0, 4), max_size=4), st.integers(0, 2**32 - 1))
def test_as_numpy(sizes, seed):
    rng = np.random.default_rng(seed)
    shape = tuple(sizes)
    a = np.asarray(rng.integers(-9, 10, shape), "float64")
    x = tf.constant(a)
    for _ in range(KEYS):
        k = key(rng, shape)
        n = numpy_key(k)
        what = f"shape {shape}, key {n!r}"
        theirs = outcome(lambda: a[n])
        same(
            outcome(lambda: x[k]), theirs if isinstance(theirs, type) else np.asarray(theirs), what
        )
        part = theirs if isinstance(theirs, type) else np.shape(theirs)
        y = value_for(rng, part)
        for method, update in [
            ("assign", None),
            ("assign_add", np.add),
            ("assign_sub", np.subtract),
        ]:
            v = tf.Variable(a)
            expected = outcome(lambda: updated(a, n, y, update))
            same(outcome(lambda: getattr(v[k], method)(y)), expected, f"{method}, {what}")
            if isinstance(expected, type):
                np.testing.assert_array_equal(v.numpy(), a)
        for method, update in [("set", None), *AT.items()]:
            same(
                outcome(lambda: getattr(x.at[k], method)(y)),
                outcome(lambda: updated(a, n, y, update)),
                f"{method}, {what}",
            )


@hypothesis.settings(
    max_examples=100, derandomize=True, deadline=None, database=None, phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)  # fmt: skip
@hypothesis.given(st.lists(st.integers(1, 3), max_size=3), st.integers(0, 2**32 - 1))
def test_gradients(sizes, seed):
    """Of reads and updates along random directions, against central differences in float64."""
    rng = np.random.default_rng(seed)
    shape = tuple(sizes)
    a = np.asarray(rng.uniform(0.5, 2, shape))
    k = key(rng, shape)
    n = numpy_key(k)
    part = outcome(lambda: a[n])
    if isinstance(part, type):
        return
    y, weights = np.asarray(rng.uniform(0.5, 2, np.shape(part))), rng.normal(size=shape)
    da, dy, read = rng.normal(size=shape), rng.normal(size=y.shape), rng.normal(size=y.shape)
    x, u, h = tf.constant(a), tf.constant(y), 1e-6
    for method, update in [("get", None), ("set", None), *AT.items(), ("divide", np.divide)]:
        with tf.GradientTape() as tape:
            tape.watch([x, u])
            if method == "get":
                z = tf.reduce_sum(x[k] ** 2 * read)
            else:
                z = tf.reduce_sum(getattr(x.at[k], method)(u) ** 2 * weights)
        g = tape.gradient(z, [x, u], unconnected_gradients="zero")

        def value(t, method=method, update=update):
            if method == "get":
                return ((a + t * da)[n] ** 2 * read).sum()
            return (updated(a + t * da, n, y + t * dy, update) ** 2 * weights).sum()

        slope = (g[0].numpy() * da).sum() + (g[1].numpy() * dy).sum()
        np.testing.assert_allclose(
            slope,
            (value(h) - value(-h)) / (2 * h),
            rtol=1e-5,
            atol=1e-6,
            err_msg=f"{method}, {n!r}",
        )
