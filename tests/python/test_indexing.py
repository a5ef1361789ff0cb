"""x[key] and variable[key].assign(value) against NumPy."""

import random

import numpy as np
import pytest

import pyten as tf


def tensor(*shape, dtype="float32"):
    return tf.reshape(tf.cast(tf.range(int(np.prod(shape, dtype=int))), dtype), shape)


def same(t, a):
    assert tuple(t.shape) == a.shape
    np.testing.assert_array_equal(t.numpy(), a)


# -- Keys that are one view -------------------------------------------------------------------------
BASIC = [
    0, -1, (0,), (1, 2), (1, -1, 3), (slice(None),), slice(1, 2), slice(None, None, -1), slice(5, 9), slice(-100, 1),
    slice(1, 1), (slice(None), 1), (slice(None), slice(0, 3, 2)), (slice(None), slice(None), -1), (Ellipsis, 1),
    (0, Ellipsis, 2), Ellipsis, (Ellipsis, None), (Ellipsis, None, slice(None, 1)), None, (None, 0, None), (),
    (slice(None, None, -1), slice(None, None, -2), -1), (slice(None), slice(2, 0, -1)), (0, 0, 0, Ellipsis),
    (0, 0, 0, None), (slice(0, 0), 0), np.int64(1), np.uint8(1), (np.int32(-1), slice(np.int64(1), None)),
    (slice(None, None, 2**70), slice(-(2**70), 2**70)), (slice(10, None, -1),), (slice(None, -10, -1),), True.__index__(),
]  # fmt: skip


@pytest.mark.parametrize("key", BASIC, ids=lambda key: f"{str(key)[:60]!r}")
def test_basic_keys(key):
    t = tensor(2, 3, 4)
    same(t[key], t.numpy()[key])


def test_scalar():
    t = tf.constant(3.0)
    same(t[...], np.array(3.0))
    same(t[()], np.array(3.0))
    same(t[None], np.array([3.0]))
    same(t[None, ..., None], np.array([[3.0]]))


def test_tensors_and_variables_as_indices_and_bounds():
    t = tf.range(5)
    one, three = tf.constant(1), tf.Variable(3, dtype=tf.int64)
    assert int(t[one]) == 1
    assert int(t[three]) == 3
    same(t[one:three], np.array([1, 2]))
    same(t[: tf.constant(-1, tf.int16) : one], np.arange(4))
    same(t[np.array(2)], np.array(2))


def test_a_key_is_a_new_tensor_even_when_it_selects_all():
    t = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        u = t[:]
        tape.watch(u)
        y = u * u
    assert u is not t
    same(tape.gradient(y, u), np.array([2.0, 4.0]))


def test_views_of_views():
    t = tensor(4, 5, 6)
    a = t.numpy()
    same(t[1:, ::-2][::-1, 1:][..., 2:5], a[1:, ::-2][::-1, 1:][..., 2:5])
    same(tf.transpose(t)[1:3, :, 0], a.T[1:3, :, 0])
    same(tf.broadcast_to(tf.constant([1.0, 2.0]), (3, 2))[1:, ::-1], np.array([[2.0, 1.0]] * 2))


# -- Indices and masks, NumPy's meaning ------------------------------------------------------------------
I = np.array([[1, 0], [-1, 1]])
ADVANCED = [
    [0, 1], [1], [], [[0, 1], [1, 1]], np.array([1, -2]), ([0, 1], [2, 0]), ([0, 1], slice(None), [0, 3]),
    (0, slice(None), [0, 3]), ([0, 1], 1), (slice(None), 0, [1, 2]), (slice(None), [0, 2]), (slice(None), slice(None), I),
    (Ellipsis, [0, 2]), (Ellipsis, None, [0, 2]), ([0, 1], None, [1, 2]), (None, [1, 0]), ([[0], [1]], [[0, 2]]),
    (slice(None, None, -1), [2, 0], slice(1, 3)), (1, [0, 1]), ([0, 1], Ellipsis, 0), (0, [0, 1], 0), ((0, 1),),
    (np.int64(1), np.array([0, 2]), slice(None)), range(2), np.array([[True, False, True], [False, True, False]]),
    np.array([True, False]), [True, False], (slice(None), np.array([True, False, True])),
    (0, np.array([True, False, True])), (np.array([True, False]), [0]), (np.array([True, True]), slice(None), [0, 1]),
    (slice(None), np.ones((3, 4), bool)), (Ellipsis, np.zeros(4, bool)), np.zeros((2, 3, 4), bool),
    (np.array([False, False]), 0), (slice(0, 0), [0, 1]), (np.array([1, 0], np.uint8),), (np.array([1, 0], np.int16), 0),
]  # fmt: skip


@pytest.mark.parametrize("key", ADVANCED, ids=lambda key: f"{str(key)[:60]!r}")
def test_advanced_keys(key):
    t = tensor(2, 3, 4)
    same(t[key], t.numpy()[key])


@pytest.mark.parametrize("key", ADVANCED, ids=lambda key: f"{str(key)[:60]!r}")
def test_advanced_keys_of_tensors(key):
    def convert(item):
        if isinstance(item, (list, np.ndarray)):
            return tf.constant(np.array(item, np.int32 if np.size(item) == 0 else None))
        return item

    t = tensor(2, 3, 4)
    tensors = tuple(map(convert, key)) if isinstance(key, tuple) else convert(key)
    same(t[tensors], t.numpy()[key])


def test_mask_by_comparison():
    t = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    same(t[t > 2], np.array([3.0, 4.0, 5.0, 6.0]))
    same(t[tf.constant([False, True])], np.array([[4.0, 5.0, 6.0]]))
    v = tf.Variable(t)
    same(v[v > 4], np.array([5.0, 6.0]))


def random_key(rng, shape):
    """A key of integers, slices, new axes, an ellipsis, index arrays and masks that fits the shape."""
    key, axis, index_shape = [], 0, None
    ellipsis = rng.random() < 0.4
    rank = rng.randint(0, len(shape)) if ellipsis or rng.random() < 0.5 else len(shape)
    batch = rng.choice([(2,), (1,), (2, 2), (3,)])
    while axis < rank:
        n, kind = shape[axis], rng.random()
        if kind < 0.2 and n > 0:
            key.append(rng.randrange(-n, n))
        elif kind < 0.5:
            bound = lambda: rng.choice([None, rng.randint(-n - 2, n + 2)])
            key.append(slice(bound(), bound(), rng.choice([None, 1, 2, -1, -2, 3])))
        elif kind < 0.6:
            key.append(None)
            continue
        elif kind < 0.75 and n > 0:
            sizes = tuple(rng.choice([1, s]) for s in batch)[rng.randrange(len(batch)) :]
            key.append(
                np.array([rng.randrange(-n, n) for _ in range(int(np.prod(sizes)))]).reshape(sizes)
            )
        elif kind < 0.82 and index_shape is None:
            depth = min(rng.choice([1, 1, 2]), rank - axis)
            index_shape = shape[axis : axis + depth]
            mask = np.array([rng.random() < 0.5 for _ in range(int(np.prod(index_shape)))], bool)
            key.append(mask.reshape(index_shape))
            axis += depth
            continue
        else:
            key.append(slice(None))
        axis += 1
    if ellipsis:
        key.insert(rng.randint(0, len(key)), Ellipsis)
        # What follows the ellipsis counts from the end, so the sizes above may not fit there.
    return tuple(key)


def numpy_or_none(a, key):
    try:
        return a[key]
    except IndexError:
        return None


@pytest.mark.parametrize("seed", range(400))
def test_random_keys(seed):
    rng = random.Random(seed)
    shape = tuple(rng.choice([1, 2, 3, 4]) for _ in range(rng.randint(1, 4)))
    t = tf.constant(np.random.default_rng(seed).normal(size=shape))
    key = random_key(rng, shape)
    expected = numpy_or_none(t.numpy(), key)
    if expected is None:
        with pytest.raises(IndexError, match="index: "):
            t[key]
        return
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = t[key]
        z = y * y
    same(y, expected)
    expected_gradient = np.zeros(shape)
    np.add.at(expected_gradient, key, 2 * expected)
    np.testing.assert_allclose(tape.gradient(z, t).numpy(), expected_gradient, rtol=1e-12)


@pytest.mark.parametrize("key", [*BASIC, *ADVANCED], ids=lambda key: f"{str(key)[:60]!r}")
def test_second_order(key):
    x = tensor(2, 3, 4, dtype="float64")
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x[key] ** 3
        g = inner.gradient(y, x)
    expected = np.zeros((2, 3, 4))
    np.add.at(expected, key, 6 * x.numpy()[key])
    np.testing.assert_allclose(outer.gradient(g, x).numpy(), expected)


# -- Errors ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("key", "message"),
    [
        (5, r"slice index 5 of dimension 0 out of bounds for shape \[2,3\]"),
        (-3, r"slice index -3 of dimension 0 out of bounds"),
        ((0, 3), r"slice index 3 of dimension 1 out of bounds"),
        ((Ellipsis, 3), r"slice index 3 of dimension 1 out of bounds"),
        ((None, 0, -4), r"slice index -4 of dimension 1 out of bounds"),
        ([0, 2], r"slice index 2 of dimension 0 out of bounds"),
        ((slice(None), [0, -4]), r"slice index -4 of dimension 1 out of bounds"),
        (([0, 1], 7), r"slice index 7 of dimension 1 out of bounds"),
        (2**70, f"slice index {2**70} out of bounds"),
        ((0, 0, 0), "Index out of range using input dim 2; input has only 2 dims"),
        ((0, 0, [0]), "Index out of range using input dim 2; input has only 2 dims"),
        ((Ellipsis, Ellipsis), "Multiple ellipses"),
        (([0, 1], [0, 1, 2]), r"indices must broadcast together, got shapes \[2\] and \[3\]"),
        (np.array([True]), r"Shapes \(2,\) and \(1,\) are incompatible"),
        (np.ones((2, 2), bool), r"Shapes \(2, 3\) and \(2, 2\) are incompatible"),
    ],
)
def test_index_errors(key, message):
    with pytest.raises(IndexError, match=message) as e:
        tensor(2, 3)[key]
    assert isinstance(e.value, ValueError)


def test_other_errors():
    t = tensor(2, 3)
    with pytest.raises(IndexError, match="Attempting to slice scalar input"):
        tf.constant(1.0)[0]
    with pytest.raises(ValueError, match=r"strides\[1\] must be non-zero"):
        t[0, ::0]
    for mask in (True, np.bool_(False), tf.constant(True), np.array(True)):
        with pytest.raises(ValueError, match="mask cannot be scalar"):
            t[mask]


@pytest.mark.parametrize(
    "key",
    [1.0, "a", b"a", 1j, np.float32(1), tf.constant(1.0), [0.5], np.array([1.0]), tf.constant([1.0]), object(), {1},
     slice(1.0, None), slice(None, tf.constant(2.0)), slice("a"), slice(None, None, [1]), [slice(1)], [[0], [1, 2]],
     ["a"], (0, "a")],
    ids=repr,
)  # fmt: skip
def test_type_errors(key):
    with pytest.raises(
        TypeError, match=r"Only integers, slices \(`:`\), .*tensors are valid indices, got "
    ):
        tensor(2, 3)[key]


# -- Sliced assignment ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["assign", "assign_add", "assign_sub"])
@pytest.mark.parametrize("key", [*BASIC, *ADVANCED], ids=lambda key: f"{str(key)[:60]!r}")
def test_assign(key, how):
    v, a = tf.Variable(tensor(2, 3, 4, dtype="float64")), tensor(2, 3, 4).numpy().astype("float64")
    value = np.random.default_rng(0).normal(size=a[key].shape)
    before = v.read_value()
    r = getattr(v[key], how)(value)
    assert r is v
    if how == "assign":
        a[key] = value
    else:  # the same element twice: both count
        np.add.at(a, key, value if how == "assign_add" else -value)
    np.testing.assert_allclose(v.numpy(), a)
    np.testing.assert_array_equal(before.numpy(), tensor(2, 3, 4).numpy())


@pytest.mark.parametrize("key", [*BASIC, *ADVANCED], ids=lambda key: f"{str(key)[:60]!r}")
def test_assign_broadcasts(key):
    v, a = tf.Variable(tensor(2, 3, 4)), tensor(2, 3, 4).numpy()
    v[key].assign(7)
    a[key] = 7
    np.testing.assert_array_equal(v.numpy(), a)
    if a[key].ndim and a[key].shape[-1]:
        row = np.arange(a[key].shape[-1])
        v[key].assign(row)
        a[key] = row
        np.testing.assert_array_equal(v.numpy(), a)


@pytest.mark.parametrize("seed", range(200))
def test_random_assign(seed):
    rng = random.Random(1000 + seed)
    shape = tuple(rng.choice([1, 2, 3, 4]) for _ in range(rng.randint(1, 4)))
    a = np.random.default_rng(seed).normal(size=shape)
    v = tf.Variable(a)
    key = random_key(rng, shape)
    if numpy_or_none(a, key) is None:
        return
    value = np.random.default_rng(seed + 1).normal(size=a[key].shape)
    a[key] = value
    v[key].assign(value)
    np.testing.assert_array_equal(v.numpy(), a)


def test_assign_takes_its_own_values():
    v = tf.Variable([1.0, 2.0, 3.0, 4.0])
    v[1:].assign(v[:-1])
    np.testing.assert_array_equal(v.numpy(), [1, 1, 2, 3])
    v[::-1].assign(v)
    np.testing.assert_array_equal(v.numpy(), [3, 2, 1, 1])
    v[:2].assign_add(v[2:])
    np.testing.assert_array_equal(v.numpy(), [4, 3, 1, 1])


def test_failed_assigns_change_nothing():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    for assign, error, message in [
        (
            lambda: v[0].assign([1.0, 2.0, 3.0]),
            ValueError,
            r"Cannot broadcast input shape \[3\] into final shape \[2\]",
        ),
        (
            lambda: v[0].assign([[1.0, 2.0], [3.0, 4.0]]),
            ValueError,
            r"Cannot broadcast input shape \[2,2\] into final shape \[2\]",
        ),
        (
            lambda: v[[0, 1]].assign([1.0, 2.0, 3.0]),
            ValueError,
            r"Cannot broadcast input shape \[3\] into final shape \[2,2\]",
        ),
        (
            lambda: v[0].assign(tf.constant([1, 2])),
            ValueError,
            "requested dtype float32 for Tensor with dtype int32",
        ),
        (lambda: v[0].assign(None), ValueError, "unsupported type"),
        (lambda: v[0].assign("a"), TypeError, "string"),
        (lambda: v[5].assign(1.0), IndexError, "index 5"),
    ]:
        with pytest.raises(error, match=message):
            assign()
        np.testing.assert_array_equal(v.numpy(), [[1, 2], [3, 4]])
    n = tf.Variable([1, 2])
    with pytest.raises(TypeError, match="cannot convert value=1.5 to a tensor of dtype int32"):
        n[0].assign(1.5)
    np.testing.assert_array_equal(n.numpy(), [1, 2])


def test_assign_is_not_differentiated():
    v, u = tf.Variable([1.0, 2.0]), tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = v * v
        v[0].assign(u * u)
        z = v * v
    np.testing.assert_array_equal(tape.gradient(y, v).numpy(), [2, 4])
    np.testing.assert_array_equal(tape.gradient(z, v).numpy(), [18, 4])
    with pytest.warns(UserWarning, match="z does not depend on u"):
        assert tape.gradient(z, u) is None


def test_leading_axes_of_size_1_are_dropped():
    v = tf.Variable([1.0, 2.0])
    v[:].assign([[3.0, 4.0]])
    v[[0]].assign_add([[[1.0]]])
    np.testing.assert_array_equal(v.numpy(), [4, 4])


def test_empty_assign():
    v = tf.Variable([1.0, 2.0])
    v[1:1].assign([])
    v[[]].assign(5.0)
    v[v > 9].assign(5.0)
    np.testing.assert_array_equal(v.numpy(), [1, 2])


# -- Keys after keys ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "keys",
    [
        (0, 1), (slice(1, None), 0, slice(None, None, 2)), (slice(None, None, -1), [0, 0]), (Ellipsis, 1, [2, 0]),
        (None, (0, [1, 0])), (slice(None, None, -2), np.array([[True, False, True]])), (0, slice(2, None), (slice(None), 3)),
    ],
    ids=repr,
)  # fmt: skip
def test_chained_keys_write_through(keys):
    a = np.arange(24.0).reshape(2, 3, 4)
    v = tf.Variable(a)
    part, slices = a, v
    for key in keys[:-1]:
        part, slices = part[key], slices[key]
    part[keys[-1]] = -1.0
    slices[keys[-1]].assign(-1.0)
    np.testing.assert_array_equal(v.numpy(), a)
    np.add.at(part, keys[-1], 5.0)
    slices[keys[-1]].assign_add(5.0)
    np.testing.assert_array_equal(v.numpy(), a)


def test_a_part_named_by_indices_is_a_copy():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(AttributeError, match="has no attribute 'assign'; tensors never change"):
        v[[0, 1]][0].assign(1.0)


def test_arguments_of_a_sliced_assign():
    v = tf.Variable([1.0, 2.0])
    assert v[0].assign(value=5.0, name="n") is v
    assert v[0].assign_add(1.0, read_value=False) is None
    assert v.numpy().tolist() == [6, 2]
    with pytest.raises(TypeError, match=r"assign_sub\(\) missing 1 required .*'delta'"):
        v[0].assign_sub()
