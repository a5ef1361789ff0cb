"""Results are the same, bit for bit, on 1, 2, 4 and 8 threads: every op, on samples large enough to share."""

import numpy as np
import pytest
from op_table import TABLE
from test_ops import as_dtype, call, function

import pyten as tf
from pyten import _core

ELEMENTS = 80_000  # an op shares its work from 32,768 on at the latest

#: Options that hold a shape keep some samples as small as they are: larger ones, by hand.
_x = np.random.default_rng(0).standard_normal((512, 512)).astype("f")
BY_HAND = {
    "reshape": lambda f: f(tf.transpose(tf.constant(_x)), [1024, 256]),
    "broadcast_to": lambda f: f(tf.constant(_x), [3, 512, 512]),
    "slice": lambda f: f(tf.constant(_x), [1, 3], [500, 501]),
    "split": lambda f: f(tf.constant(_x), 4, 1),
    "one_hot": lambda f: f(tf.range(3000) % 100, 100),
}


@pytest.fixture(autouse=True)
def threads_as_before():
    before = _core.thread_count()
    yield
    _core.set_thread_count(before)


def enlarged(row, dtype, arrays):
    """The sample's arrays repeated along their axes, no two repeats quite alike."""
    arrays = [np.asarray(a) for a in arrays]
    rank, size = max(a.ndim for a in arrays), max(a.size for a in arrays)
    factor = max(1, round((ELEMENTS / max(size, 1)) ** (1 / max(rank, 1))))
    rng = np.random.default_rng(0)
    out = []
    for i, a in enumerate(arrays):
        repeats = [factor if n > 1 else 1 for n in a.shape]  # an axis of 1 is there to be broadcast
        if i in row.fixed and a.dtype.kind == "i" and a.ndim:
            # More indices of the same kind; in order if they were.
            ordered = a.ndim == 1 and (np.diff(a) >= 0).all()
            a = np.repeat(a, factor) if ordered else np.tile(a, [repeats[0]] + [1] * (a.ndim - 1))
        elif a.ndim:
            a = np.tile(a, repeats)
            if i not in row.fixed and dtype.startswith(("float", "bfloat", "complex")):
                a = a * rng.uniform(0.99, 1, a.shape)
        out.append(a if i in row.fixed else as_dtype(a, dtype))
    return out


def bytes_of(result):
    if isinstance(result, (list, tuple)):
        return [b for r in result for b in bytes_of(r)]
    return [] if result is None else [(result.shape, result.dtype.name, result.numpy().tobytes())]


def on_each_count(work, counts=(1, 2, 4, 8)):
    results = []
    for count in counts:
        _core.set_thread_count(count)
        results.append(bytes_of(work()))
    return results


def same_on_all(work):
    first, *others = on_each_count(work)
    assert first and all(r == first for r in others)


def large_calls(name, dtype):
    """The row's samples, as large as the op accepts them."""
    row = TABLE[name]
    found = []
    for arrays, options in row.samples:
        tensors = [tf.constant(a) for a in enlarged(row, dtype, arrays)]
        try:
            call(name, tensors, options)
        except (ValueError, IndexError):
            continue  # an option has to do with the shape
        found.append((tensors, options))
    return found


def dtypes_of(name):
    offered = TABLE[name].dtypes or function(name).dtypes
    return [d for d in ("float32", "int32", "complex64") if d in offered] or [offered[0]]


@pytest.mark.parametrize("name", TABLE)
def test_forward(name):
    if name in BY_HAND:
        return same_on_all(lambda: BY_HAND[name](function(name)))
    tried = 0
    for dtype in dtypes_of(name):
        for tensors, options in large_calls(name, dtype):
            same_on_all(lambda: call(name, tensors, options))
            tried += 1
    assert tried, "no sample can be made larger: give one in BY_HAND"


@pytest.mark.parametrize(
    "name", [n for n in TABLE if n not in BY_HAND and function(n).differentiable]
)
def test_gradient(name):
    dtype = next(d for d in dtypes_of(name) if d in ("float32", "complex64", "float64"))
    for tensors, options in large_calls(name, dtype)[:2]:
        sources = [
            t
            for i, t in enumerate(tensors)
            if i not in TABLE[name].constant and t.dtype.name == dtype
        ]

        def gradient():
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(sources)
                y = call(name, tensors, options)
            return tape.gradient(y, sources, unconnected_gradients="zero")

        results = on_each_count(gradient, (1, 4))
        assert results[0] == results[1]


def test_a_training_run():
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((256, 784)), tf.float32)
    y = tf.constant(rng.integers(0, 10, 256))
    start = [rng.standard_normal(s).astype("f") * 0.03 for s in ((784, 256), (256, 10))]

    def train():
        variables = [tf.Variable(w) for w in start]
        adam = tf.optimizers.Adam(0.01)
        for _ in range(5):
            with tf.GradientTape() as tape:
                logits = tf.nn.relu(x @ variables[0]) @ variables[1]
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
                )
            adam.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return [v.read_value() for v in variables]

    same_on_all(train)


@pytest.mark.parametrize(
    "draw", ["stateless_normal", "stateless_uniform", "stateless_truncated_normal"]
)
def test_random_numbers(draw):
    same_on_all(lambda: getattr(tf.random, draw)([300_001], [3, 4]))
