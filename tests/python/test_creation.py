"""Creation, masks, selection, shapes of broadcasts, search, clipping."""

from __future__ import annotations

import numpy as np
import pytest

import pyten as tf


def listed(t: object) -> object:
    return np.asarray(t).tolist()


# -- constant and convert_to_tensor -----------------------------------------------------------------
def test_constant() -> None:
    t = tf.constant([1.0, 2.0])
    assert tf.constant(t) is t and tf.convert_to_tensor(t) is t
    assert listed(tf.constant(5, shape=(2, 2))) == [[5, 5], [5, 5]]
    assert tf.constant([1, 2, 3, 4], shape=[2, 2]).shape == (2, 2)
    assert tf.constant(t, shape=(2, 1)).shape == (2, 1)
    assert listed(tf.constant([t, t])) == [[1.0, 2.0]] * 2
    assert tf.convert_to_tensor([1, 2], dtype_hint=tf.float32).dtype == tf.float32
    assert tf.convert_to_tensor([1.5], dtype_hint=tf.int32).dtype == tf.float32
    assert tf.constant([1, 2], int).dtype == tf.int32
    assert listed(tf.constant([[7]], shape=(2,))) == [7, 7]
    assert tf.constant(tf.Variable([1, 2]), tf.float32).dtype == tf.float32


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: tf.constant([1, 2, 3], shape=(2, 2)),
            TypeError,
            "has 3 elements, but got `shape`",
        ),
        (lambda: tf.constant(tf.ones(2), tf.int32), TypeError, r"use tf.cast\(value, tf.int32\)"),
        (lambda: tf.constant([1], shape=[None]), TypeError, "fully known"),
        (lambda: tf.convert_to_tensor(tf.ones(2), tf.int32), ValueError, "requested dtype int32"),
        (lambda: tf.constant(300, tf.uint8), TypeError, "300"),
        (lambda: tf.constant("text"), TypeError, "no string tensors"),
        (lambda: tf.constant(None), ValueError, "unsupported type"),
        (lambda: tf.range(tf.constant(3, tf.int8)), TypeError, "range: dtype must be one of"),
        (lambda: tf.range(0, 5, 0), ValueError, "delta"),
        (lambda: tf.range(5, 0), ValueError, "start <= limit"),
        (lambda: tf.range(1.5, dtype=tf.int32), TypeError, "1.5"),
        (lambda: tf.linspace(0.0, 1.0, -1), ValueError, "num must be >= 0"),
        (lambda: tf.linspace(tf.constant(0), tf.constant(1.0), 2), TypeError, "dtypes differ"),
        (lambda: tf.linspace(0.0, 1.0, 2.5), TypeError, "num must be an integer"),
        (lambda: tf.meshgrid([1], indexing="foo"), ValueError, "'xy' or 'ij'"),
        (lambda: tf.meshgrid([1], foo=1), TypeError, "unexpected keyword argument 'foo'"),
        (lambda: tf.sequence_mask([1], tf.constant([2])), ValueError, "maxlen must be scalar"),
    ],
)
def test_refusals(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


# -- Ranges and grids -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "dtype", "want"),
    [
        ((5,), "int32", [0, 1, 2, 3, 4]),
        ((1.0, 0.0, -0.25), "float32", [1.0, 0.75, 0.5, 0.25]),
        ((0, 1, 0.5), "float32", [0.0, 0.5]),
        ((np.int64(3),), "int64", [0, 1, 2]),
        ((tf.constant(3.0), 5), "float32", [3.0, 4.0]),
        ((tf.Variable(2),), "int32", [0, 1]),
        ((np.float64(2),), "float64", [0.0, 1.0]),
        ((3, 3), "int32", []),
    ],
)
def test_range(arguments: tuple, dtype: str, want: list) -> None:
    t = tf.range(*arguments)
    assert t.dtype == dtype and listed(t) == want


def test_range_with_dtype() -> None:
    assert tf.range(3, dtype=tf.float32).dtype == tf.float32
    assert listed(tf.range(tf.constant(2.0), tf.constant(4.0), dtype=tf.int64)) == [2, 3]


@pytest.mark.parametrize("axis", [0, -1, 1])
def test_linspace(axis: int) -> None:
    a, b = np.array([0.0, 5.0]), np.array([1.0, 2.0])
    np.testing.assert_allclose(tf.linspace(a, b, 7, axis=axis), np.linspace(a, b, 7, axis=axis))


def test_linspace_ends_and_dtypes() -> None:
    t = tf.linspace(0.1, 0.7, 13)
    assert (t[0].numpy(), t[-1].numpy()) == (np.float32(0.1), np.float32(0.7))
    assert tf.linspace(0, 10, 3).dtype == tf.float64
    assert tf.linspace(tf.constant(0, tf.int8), 10, 3).dtype == tf.float32
    assert tf.linspace(0.0, 1.0, 0).shape == (0,) and listed(tf.linspace(1.0, 2.0, 1)) == [1.0]
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = tf.linspace(0.0, x, 3)
    assert tape.gradient(y, x).numpy() == 1.5


@pytest.mark.parametrize("indexing", ["xy", "ij"])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_meshgrid(indexing: str, count: int) -> None:
    vectors = [np.arange(n + 2) for n in range(count)]
    for got, want in zip(
        tf.meshgrid(*vectors, indexing=indexing),
        np.meshgrid(*vectors, indexing=indexing),
        strict=True,
    ):
        np.testing.assert_array_equal(got, want)


def test_sequence_mask() -> None:
    assert listed(tf.sequence_mask([1, 3])) == [[True, False, False], [True, True, True]]
    assert tf.sequence_mask([[1, 2]], tf.constant(3), tf.float32).shape == (1, 2, 3)
    assert tf.sequence_mask([]).shape == (0, 0)


# -- Selection --------------------------------------------------------------------------------------------
def test_where() -> None:
    assert listed(tf.where([True, False], [1, 2], 3)) == [1, 3]
    assert listed(tf.where(np.array([1, 0]), [1, 2], 3)) == [1, 3]
    assert listed(tf.where([[0, 1], [2, 0]])) == [[0, 1], [1, 0]]
    assert tf.where(tf.zeros((0, 2))).shape == (0, 2)
    with pytest.raises(ValueError, match="must both be non-None or both be None"):
        tf.where([True], 1)
    with pytest.raises(TypeError):
        tf.where([1, 0], 1, 2)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_boolean_mask(axis: int | None) -> None:
    x = np.arange(12.0).reshape(3, 4)
    mask = np.array([True, False, True, True])[: 3 if axis in (None, 0) else 4]
    want = x[mask] if axis in (None, 0) else x[:, mask]
    np.testing.assert_array_equal(tf.boolean_mask(x, mask, axis=axis), want)


def test_boolean_mask_of_more_axes() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    mask = x[:, :, 0] > 5
    np.testing.assert_array_equal(tf.boolean_mask(x, mask), x[mask])
    v = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = tf.boolean_mask(v, mask)
    np.testing.assert_array_equal(tape.gradient(y, v)[:, :, 0], mask)
    for wrong, message in ((True, "cannot be scalar"), ([True], "are incompatible")):
        with pytest.raises(ValueError, match=message):
            tf.boolean_mask(x, wrong)


@pytest.mark.parametrize(
    ("repeats", "axis"), [(2, None), (2, 0), ([1, 2], 0), ([0, 1, 3], 1), (0, 1), ([2], -1)]
)
def test_repeat(repeats: object, axis: int | None) -> None:
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(tf.repeat(x, repeats, axis), np.repeat(x, repeats, axis))


def test_repeat_gradient_and_refusals() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.repeat(x, [3, 1])
    assert listed(tape.gradient(y, x)) == [3.0, 1.0]
    assert listed(tf.repeat(3, 2)) == [3, 3]
    for repeats, axis in (([1, 2, 3], None), (-1, None), (1.5, None), (2, 5)):
        with pytest.raises(ValueError, match="repeat"):
            tf.repeat(x, repeats, axis)


# -- Shapes and conversion -----------------------------------------------------------------------------------
def test_shapes() -> None:
    assert tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([None])) == (2, None)
    assert listed(tf.broadcast_dynamic_shape([4, 1, 3], [2, 1])) == [4, 2, 3]
    with pytest.raises(ValueError, match="Incompatible shapes for broadcasting"):
        tf.broadcast_static_shape([2], [3])
    assert tf.ensure_shape([1, 2], [None]).shape == (2,)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="is not compatible with expected shape"
    ):
        tf.ensure_shape([1, 2], [3])
    assert tf.get_static_value(tf.constant(3)) == 3 and tf.guarantee_const(2.0).numpy() == 2.0


def test_conversions() -> None:
    assert listed(tf.saturate_cast([-1.0, 300.0, float("inf")], tf.uint8)) == [0, 255, 255]
    assert listed(tf.saturate_cast([-200, 200], tf.int8)) == [-128, 127]
    assert np.isfinite(listed(tf.saturate_cast([1e30], tf.float16))).all()
    assert listed(tf.complex([1.0], [2.0])) == [1 + 2j]
    with pytest.raises(TypeError, match="complex: real and imag must both be"):
        tf.complex([1], [2])


def test_search() -> None:
    y, idx, count = tf.unique_with_counts([3, 1, 3, 2, 1])
    assert (listed(y), listed(idx), listed(count)) == ([3, 1, 2], [0, 1, 0, 2, 1], [2, 2, 1])
    assert tf.unique([1.0], tf.int64).idx.dtype == tf.int64
    with pytest.raises(ValueError, match="must be a vector"):
        tf.unique([[1]])
    assert listed(tf.searchsorted([[1, 3], [2, 4]], [[3], [3]], side="right")) == [[2], [1]]
    with pytest.raises(ValueError, match="side must be"):
        tf.searchsorted([1], [1], side="middle")
    with pytest.raises(ValueError, match="leading sizes"):
        tf.searchsorted([[1]], [1])


def test_clipping() -> None:
    np.testing.assert_allclose(tf.clip_by_norm([3.0, 4.0], 1.0), [0.6, 0.8])
    np.testing.assert_allclose(tf.clip_by_norm([0.3, 0.4], 1.0), [0.3, 0.4])
    rows = tf.clip_by_norm([[3.0, 4.0], [0.0, 0.5]], 1.0, axes=[1])
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.0, 0.5]])
    clipped, norm = tf.clip_by_global_norm([tf.constant([3.0]), None, tf.constant([4.0])], 1.0)
    assert clipped[1] is None and norm.numpy() == 5.0
    np.testing.assert_allclose(clipped[0], [0.6])
    assert np.isnan(tf.clip_by_global_norm([tf.constant([np.inf])], 1.0)[0][0]).all()
    with pytest.raises(TypeError, match="must be a list"):
        tf.clip_by_global_norm(tf.ones(2), 1.0)


def test_is_tensor() -> None:
    yes = [tf.ones(1), tf.Variable(1.0), tf.IndexedSlices([[1.0]], [0])]
    assert all(map(tf.is_tensor, yes)) and not any(map(tf.is_tensor, (np.ones(1), 1, [tf.ones(1)])))
    assert tf.executing_eagerly() is True


def test_indexed_slices() -> None:
    s = tf.IndexedSlices([[1.0, 2.0]], [1], [3, 2])
    assert (s.shape, s.dtype, listed(s.dense_shape)) == ((3, 2), tf.float32, [3, 2])
    assert listed(tf.convert_to_tensor(s)) == [[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]
    assert listed((-s).values) == [[-1.0, -2.0]] and "IndexedSlices(indices=" in str(s)
    assert tf.IndexedSlices([[1.0, 2.0]], [1]).shape == (None, 2)
    with pytest.raises(ValueError, match="without dense_shape"):
        tf.convert_to_tensor(tf.IndexedSlices([[1.0, 2.0]], [1]))
    v = tf.Variable(tf.zeros((3, 2)))
    v.assign_sub(s)
    assert listed(v)[1] == [-1.0, -2.0]
