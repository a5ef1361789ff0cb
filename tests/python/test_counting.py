"""Counting against NumPy and brute force; numbers marked TF are TensorFlow 2.21's own results."""

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.special as sp

import pyten as tf

INF, NAN = float("inf"), float("nan")


def same(got, want, dtype=None):
    np.testing.assert_array_equal(got.numpy(), want)
    if dtype is not None:
        assert got.dtype == dtype


# -- bitcast ---------------------------------------------------------------------------------------
NUMBERS = "int8 uint8 int16 uint16 float16 int32 uint32 float32 int64 uint64 float64 complex64 "
NUMBERS = [*NUMBERS.split(), "complex128"]


@pytest.mark.parametrize("source", NUMBERS)
def test_bitcast_between_all_sizes(source):
    raw = np.random.default_rng(0).integers(0, 256, (3, 2, 64), dtype=np.uint8).view(source)
    for target in NUMBERS:
        wide, narrow = raw.itemsize, np.dtype(target).itemsize
        x = raw
        if wide < narrow:
            x = np.ascontiguousarray(raw[..., : narrow // wide])
            want = x.view(target)[..., 0]
        elif wide > narrow:
            want = x.view(target).reshape(*x.shape, wide // narrow)
        else:
            want = x.view(target)
        got = tf.bitcast(tf.constant(x), target)
        assert got.dtype == target
        assert got.numpy().shape == want.shape
        assert got.numpy().tobytes() == want.tobytes()


def test_bitcast_of_views_bfloat16_and_errors():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    same(tf.bitcast(tf.transpose(x), "int32"), x.numpy().T.copy().view("int32"))
    same(tf.bitcast(tf.constant([1.0, -2.0], "bfloat16"), "uint16"), [0x3F80, 0xC000])
    assert tf.bitcast(tf.constant(1.0), "uint8").numpy().tolist() == [0, 0, 128, 63]
    assert tf.bitcast(tf.zeros([0, 2]), "float64").shape == (0,)
    with pytest.raises(tf.errors.InvalidArgumentError, match="axis of size 2, got shape .4"):
        tf.bitcast(tf.zeros([4]), "int64")
    with pytest.raises(TypeError, match="bool"):
        tf.bitcast(tf.zeros([4]), "bool")
    with pytest.raises(TypeError, match="bool"):
        tf.bitcast([True], "uint8")


# -- bincount --------------------------------------------------------------------------------------
def test_bincount_against_numpy():
    rng = np.random.default_rng(1)
    for n in (0, 1, 7, 1000):
        x, w = rng.integers(0, 12, n), rng.normal(size=n)
        for dtype in ("int32", "int64", "float32", "float64"):
            same(tf.math.bincount(tf.constant(x), dtype=dtype), np.bincount(x), dtype)
        np.testing.assert_allclose(
            tf.math.bincount(x, tf.constant(w)).numpy(), np.bincount(x, w), rtol=1e-12, atol=1e-14
        )
        same(tf.math.bincount(x, minlength=20), np.bincount(x, minlength=20))
        longest = min(5, max(x, default=-1) + 1)  # numbers left out count for the length: TF
        same(tf.math.bincount(x, maxlength=5), np.bincount(x[x < 5], minlength=longest))
        same(tf.math.bincount(x, minlength=20, maxlength=5), np.bincount(x[x < 5], minlength=5))
    rows = rng.integers(0, 9, (5, 30))
    w = rng.integers(1, 5, (5, 30))
    want = np.stack([np.bincount(r, v, minlength=7)[:7] for r, v in zip(rows, w, strict=True)])
    same(tf.math.bincount(rows, w, maxlength=7, axis=-1), want, "int64")
    same(tf.math.bincount(rows), np.bincount(rows.ravel()))


def test_bincount_binary_and_shapes():  # TF
    count = tf.math.bincount
    same(count([[1, 1], [2, 3]], axis=-1, binary_output=True), [[0, 1, 0, 0], [0, 0, 1, 1]])
    same(count([1, 1, 2], binary_output=True, dtype="float32"), [0, 1, 1], "float32")
    same(count([1, 1, 2], axis=-1), [0, 2, 1])
    same(count([[[1, 1, 2]]]), [0, 2, 1])
    same(count(3), [0, 0, 0, 1])
    same(count([1, 2], maxlength=0), [])


def test_bincount_weights_get_gradients():
    w = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(w)
        y = tf.reduce_sum(tf.math.bincount([1, 2, 9], w, maxlength=3) ** 2)
    same(tape.gradient(y, w), [2.0, 4.0, 0.0])


@pytest.mark.parametrize(
    ("kind", "options", "text"),
    [
        (tf.errors.InvalidArgumentError, {"arr": [1, -2]}, "must be non-negative"),
        (tf.errors.InvalidArgumentError, {"arr": [1, 2], "weights": [1.0]}, "same shape as `arr`"),
        (tf.errors.InvalidArgumentError, {"arr": [[[1]]], "axis": -1}, "at most rank 2"),
        (ValueError, {"arr": [[1]], "axis": 1}, "Only 0 and -1"),
        (ValueError, {"arr": [1], "weights": [1.0], "binary_output": True}, "exclusive"),
        (TypeError, {"arr": [1], "dtype": "int8"}, "allowed values"),
    ],
)
def test_bincount_errors(kind, options, text):
    with pytest.raises(kind, match=text):
        tf.math.bincount(**options)


# -- Confusion matrix, in_top_k --------------------------------------------------------------------
def test_confusion_matrix():
    rng = np.random.default_rng(2)
    a, b, w = rng.integers(0, 6, 200), rng.integers(0, 6, 200), rng.integers(0, 9, 200)
    want, weighted = np.zeros((6, 6)), np.zeros((6, 6))
    np.add.at(want, (a, b), 1)
    np.add.at(weighted, (a, b), w)
    same(tf.math.confusion_matrix(a, b), want, "int32")
    same(tf.math.confusion_matrix(a[:, None], b, weights=w, dtype="float64"), weighted, "float64")
    same(tf.math.confusion_matrix([1, 2], [2, 2], num_classes=4)[1:3, 2], [1, 1])
    same(tf.math.confusion_matrix([1, 2], [2, 2], weights=[0.5, 2.0])[1:, 2], [0, 2])  # TF
    for options, text in [
        ({"labels": [1, 2], "predictions": [2, 2], "num_classes": 2}, "out of bound: 2"),
        ({"labels": [1, -2], "predictions": [2, 2]}, "`labels` contains negative values: -2"),
        ({"labels": [1, 2], "predictions": [2, 2, 1]}, "must match: .2. vs. .3."),
        ({"labels": [1, 2], "predictions": [2, 2], "weights": [0.5]}, "incompatible"),
    ]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            tf.math.confusion_matrix(**options)


def test_in_top_k():  # TF
    scores = [[0.1, 0.9, 0.3], [0.5, 0.5, 0.2], [NAN, 1, 2], [INF, 1, 0]]
    assert tf.nn.in_top_k is tf.math.in_top_k
    for k, want in [
        (0, [False] * 4),
        (1, [True, True, False, False]),
        (5, [True, True, False, False]),
    ]:
        same(tf.math.in_top_k([1, 1, 1, 0], scores, k), want, "bool")
    same(tf.math.in_top_k([0, 5, -1, 2], scores, 2), [False] * 4)
    same(
        tf.math.in_top_k(tf.constant([2, 2, 1, 1], "int64"), scores, 2), [True, False, False, False]
    )
    for targets, predictions, text in [
        ([0, 1], scores, "First dimension of predictions 4 must match length of targets 2"),
        ([0, 1], [1.0, 2.0], "predictions must be 2-dimensional"),
        ([[0, 1]], scores, "targets must be 1-dimensional"),
    ]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            tf.math.in_top_k(targets, predictions, 1)


# -- Histograms ------------------------------------------------------------------------------------
def test_histograms():
    x = [-1.0, 0.0, 1.5, 2.0, 5.0, 15.0]
    same(tf.histogram_fixed_width(x, [0.0, 5.0], 5), [2, 1, 1, 0, 2], "int32")  # TF
    same(tf.histogram_fixed_width([INF, -INF, 1.0, 2.0], [0.0, 5.0], 5), [1, 1, 1, 0, 1])  # TF
    same(tf.histogram_fixed_width([1, 2, 3], [0, 5], 5, "int64"), [0, 1, 1, 1, 0], "int64")  # TF
    same(tf.histogram_fixed_width_bins([x], [0.0, 5.0], 5), [[0, 0, 1, 2, 4, 4]], "int32")  # TF
    values = np.random.default_rng(3).normal(size=5000)
    want, edges = np.histogram(np.clip(values, -2, 2), bins=16, range=(-2, 2))
    limits = tf.constant([-2.0, 2.0], "float64")
    same(tf.histogram_fixed_width(values, limits, 16), want)
    bins = tf.histogram_fixed_width_bins(values, limits, 16).numpy()
    np.testing.assert_array_equal(np.bincount(bins, minlength=16), want)
    assert len(edges) == 17
    for f in (tf.histogram_fixed_width, tf.histogram_fixed_width_bins):
        for limits, nbins, text in [
            ([0.0, 5.0], 0, "nbins should be a positive number, but got '?0"),
            ([5.0, 5.0], 3, r"should satisfy value_range\[0\] < value_range\[1\]"),
            ([0.0, 5.0, 6.0], 3, "vector of 2 elements"),
        ]:
            with pytest.raises(tf.errors.InvalidArgumentError, match=text):
                f([1.0], limits, nbins)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must not contain NaN"):
        tf.histogram_fixed_width([NAN], [0.0, 5.0])


# -- Edit distance ---------------------------------------------------------------------------------
def sparse(rows, shape):
    places = [(*p, i) for p, values in rows.items() for i in range(len(values))]
    flat = [v for values in rows.values() for v in values]
    return SimpleNamespace(indices=places, values=flat, dense_shape=shape)


def test_edit_distance():  # TF
    a = sparse({(0,): [1, 2], (1,): [3]}, [2, 2])
    b = sparse({(0,): [1], (1,): [3, 4]}, [2, 2])
    same(tf.edit_distance(a, b), [1.0, 0.5], "float32")
    same(tf.edit_distance(a, b, normalize=False), [1.0, 1.0])
    same(tf.edit_distance(a, sparse({(0,): [1]}, [3, 1])), [1.0, INF, 0.0])
    kitten, sitting = (list(map(ord, w)) for w in ("kitten", "sitting"))
    pair = sparse({(0, 1): kitten}, [1, 2, 6]), sparse({(0, 1): sitting}, [1, 2, 7])
    same(tf.edit_distance(*pair, normalize=False), [[0.0, 3.0]])
    with pytest.raises(TypeError, match="must be a SparseTensor"):
        tf.edit_distance([1], [2])
    with pytest.raises(TypeError, match="one dtype"):
        tf.edit_distance(sparse({(0,): [1.0]}, [1, 1]), sparse({(0,): [1]}, [1, 1]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="rank at least 2"):
        tf.edit_distance(sparse({(): [1]}, [1]), sparse({(): [1]}, [1]))


# -- Sums ------------------------------------------------------------------------------------------
def test_lbeta():
    x = np.random.default_rng(4).uniform(0.1, 9, (3, 2))
    np.testing.assert_allclose(tf.math.lbeta(x).numpy(), sp.betaln(*x.T), rtol=1e-12)
    same(tf.math.lbeta(tf.zeros([2, 0])), [-INF, -INF])  # TF
    with pytest.raises(tf.errors.InvalidArgumentError, match="scalar"):
        tf.math.lbeta(2.0)
    with pytest.raises(TypeError):
        tf.math.lbeta([1, 2])


def test_accumulate_n_and_parallel_stack():
    same(tf.math.accumulate_n([[1, 2], [3, 4], [5, 6]], shape=[2]), [9, 12], "int32")
    for inputs, options in [
        ([], {}),
        ([[1.0], [1]], {}),
        ([[1, 2], [3]], {}),
        ([[1, 2]], {"shape": [3]}),
        ([[1, 2]], {"tensor_dtype": "float32"}),
    ]:
        with pytest.raises(ValueError, match="accumulate_n"):
            tf.math.accumulate_n(inputs, **options)
    same(tf.parallel_stack([[1, 2], [3, 4]]), [[1, 2], [3, 4]])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex128"])
def test_segment_means(dtype):
    data = np.random.default_rng(5).integers(-8, 9, (7, 3))
    ids = np.array([0, 2, 2, -1, 0, 2, 4])
    rows = [data[ids == i].astype("float64") for i in range(6)]
    x = tf.cast(tf.constant(data), dtype)
    rtol = {"float16": 1e-3, "bfloat16": 1e-2, "float32": 1e-6}.get(dtype, 1e-12)
    for f, scale in [(tf.math.unsorted_segment_mean, 1), (tf.math.unsorted_segment_sqrt_n, 0.5)]:
        got = f(x, ids, 6)
        want = np.stack([r.sum(0) / max(len(r), 1) ** scale for r in rows])
        assert got.dtype == dtype
        np.testing.assert_allclose(tf.cast(got, "complex128").numpy(), want, rtol=rtol)


def test_segment_mean_of_integers_ranks_and_gradients():
    same(tf.math.unsorted_segment_mean([1, 2, 4], [0, 0, 2], 4), [1.5, 0, 4, 0], "float64")  # TF
    same(tf.math.unsorted_segment_mean([[1.0, 2.0], [3.0, 4.0]], [[0, 0], [2, 1]], 3), [1.5, 4, 3])
    with pytest.raises(TypeError, match="floating or complex"):
        tf.math.unsorted_segment_sqrt_n([1, 2], [0, 0], 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
        tf.math.unsorted_segment_mean([1.0, 2.0], [0, 9], 2)
    x = tf.constant([1.0, 2.0, 5.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.math.unsorted_segment_mean(x, [0, 0, 2], 3)
    same(tape.gradient(y, x), [0.5, 0.5, 1.0])


def test_special_namespace():
    x = np.linspace(0.1, 20, 50)
    for name, want in [("i0", sp.i0), ("i1e", sp.i1e), ("j0", sp.j0), ("j1", sp.j1), ("k0", sp.k0),
                       ("k0e", sp.k0e), ("k1", sp.k1), ("k1e", sp.k1e), ("y0", sp.y0), ("y1", sp.y1)]:  # fmt: skip
        got = getattr(tf.math.special, f"bessel_{name}")(tf.constant(x)).numpy()
        np.testing.assert_allclose(got, want(x), rtol=1e-11, atol=1e-14)
