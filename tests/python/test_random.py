"""Random numbers are TensorFlow's; NumPy states the algorithm once more."""

from __future__ import annotations

import random

import numpy as np
import pytest

import pyten as tf
from pyten import _core, _seeds

LARGEST = 2**31 - 1


# -- The algorithm in NumPy ---------------------------------------------------------------------------
def philox(key: tuple, counter: tuple) -> list[int]:
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k0, p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k1, p0 & 0xFFFFFFFF]
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return c


def raw(stream: tuple, count: int) -> np.ndarray:
    key, counter = stream
    blocks = [philox(key, _seeds.skip(counter, i)) for i in range(-(-count // 4))]
    return np.array(blocks, np.uint32).reshape(-1)[:count]


def unit(words: np.ndarray) -> np.ndarray:
    return ((words & np.uint32(0x7FFFFF)) | np.uint32(0x3F800000)).view(np.float32) - np.float32(1)


def normals(stream: tuple, count: int) -> np.ndarray:
    words = raw(stream, count + count % 2)
    u, v = np.maximum(unit(words[0::2]), np.float32(1e-7)), unit(words[1::2])
    radius, angle = np.sqrt(np.float32(-2) * np.log(u)), np.float32(2 * np.pi) * v
    return np.stack([np.sin(angle) * radius, np.cos(angle) * radius], -1).reshape(-1)[:count]


def op_streams(global_seed: int) -> object:
    source = random.Random(global_seed)
    while True:
        second = source.randint(0, LARGEST) % LARGEST
        yield (global_seed % LARGEST, 0), (0, 0, second, 0)


def test_philox() -> None:
    for key, counter in (((1, 2), (3, 4, 5, 6)), ((0xFFFFFFFF, 7), (0, 0, 0, 0xFFFFFFFF))):
        assert list(_core.philox_block(key, counter)) == philox(key, counter)


@pytest.mark.parametrize("seed", [0, 42, 12345678901, -7])
def test_streams_follow_the_global_seed(seed: int) -> None:
    streams = op_streams(seed)
    tf.random.set_seed(seed)
    for count in (1, 7, 1000):
        np.testing.assert_array_equal(tf.random.uniform((count,)), unit(raw(next(streams), count)))
        np.testing.assert_allclose(
            tf.random.normal((count,)), normals(next(streams), count), rtol=2e-5, atol=2e-6
        )
        got = tf.random.uniform((count,), -3, 1000, tf.int32)
        want = -3 + (raw(next(streams), count) % np.uint32(1003)).astype(np.int32)
        np.testing.assert_array_equal(got, want)


def test_shuffle() -> None:
    tf.random.set_seed(5)
    words = raw(next(op_streams(5)), 9)
    order = list(range(10))
    for i in range(9):
        j = i + int(words[i]) % (10 - i)
        order[i], order[j] = order[j], order[i]
    assert tf.random.shuffle(tf.range(10)).numpy().tolist() == order


# -- TensorFlow's own numbers ---------------------------------------------------------------------------
def near(t: object, want: list) -> None:
    np.testing.assert_allclose(np.asarray(t, np.float64), want, rtol=2e-5, atol=2e-6)


def test_operation_seeds_go_on_where_they_stopped() -> None:
    tf.random.set_seed(1)
    near(tf.random.uniform((2,), seed=5), [0.19560599, 0.02986085])
    near(tf.random.uniform((2,), 1, 3, seed=5), [1.57994485, 1.37302566])
    assert tf.random.uniform((3,), maxval=100, dtype=tf.int32, seed=5).numpy().tolist() == [
        66,
        39,
        2,
    ]
    assert tf.random.uniform((3,), maxval=100, dtype=tf.int32, seed=5).numpy().tolist() == [
        3,
        85,
        64,
    ]
    near(tf.random.truncated_normal((2,), seed=5), [0.33694574, 1.77476001])
    near(tf.random.truncated_normal((2,), seed=5), [1.44997227, 0.61116207])
    x = tf.range(10)
    tf.random.set_seed(1)
    assert tf.random.shuffle(x, seed=3).numpy().tolist() == [7, 5, 9, 8, 0, 3, 1, 4, 6, 2]
    assert tf.random.shuffle(x, seed=3).numpy().tolist() == [1, 2, 6, 7, 0, 8, 3, 4, 9, 5]


def test_an_int64_shape_has_a_stream_of_its_own() -> None:
    tf.random.set_seed(1)
    first = tf.random.uniform((2,), seed=5).numpy()
    np.testing.assert_array_equal(tf.random.uniform(tf.constant([2], tf.int64), seed=5), first)


def test_seeds_of_zero_and_beyond() -> None:
    tf.random.set_seed(0)
    near(tf.random.uniform((2,), seed=0), [0.01975703, 0.00704217])
    near(tf.random.uniform((2,), seed=2**31 - 1), [0.51667833, 0.82128441])
    near(tf.random.uniform((2,), seed=-5), [0.57082593, 0.22112954])


def test_an_operation_seed_without_a_global_one_repeats_after_reset() -> None:
    _seeds.set_seed(None)
    first = tf.random.normal((3,), seed=7).numpy()
    assert (tf.random.normal((3,), seed=7).numpy() != first).all()
    _seeds.set_seed(None)
    np.testing.assert_array_equal(tf.random.normal((3,), seed=7), first)


def test_without_any_seed_numbers_never_repeat() -> None:
    assert (tf.random.normal((8,)).numpy() != tf.random.normal((8,)).numpy()).any()


def test_operations_that_draw_nothing_take_a_seed_as_well() -> None:
    for skipped in (lambda: tf.nn.dropout(tf.ones(4), 0.0), lambda: tf.random.shuffle(tf.range(1))):
        tf.random.set_seed(1)
        skipped()
        near(tf.random.uniform((2,)), [0.51010704, 0.44353175])


def test_dtypes() -> None:
    tf.random.set_seed(1)
    near(tf.random.uniform((2,), dtype=tf.float64), [0.3210474306745106, 0.04779355308887756])
    near(tf.random.normal((2,), dtype=tf.float64), [2.228049233279119, -0.25682397274658764])
    tf.random.set_seed(1)
    near(tf.random.uniform((2,), dtype=tf.float16), [0.751953125, 0.9345703125])
    tf.random.set_seed(1)
    near(tf.cast(tf.random.uniform((2,), dtype=tf.bfloat16), tf.float32), [0.015625, 0.4765625])


def test_tensor_bounds_and_their_gradients() -> None:
    tf.random.set_seed(1)
    low = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        x = tf.random.uniform((2, 2), low, tf.constant(5.0))
    near(x, [[1.6605234, 4.704444], [3.5238967, 3.3036385]])
    assert tape.gradient(x, low).shape == (2,)
    mean = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = tf.random.normal((3,), mean)
    assert tape.gradient(y, mean).numpy() == 3.0


# -- Stateless and Generator ------------------------------------------------------------------------------
def test_stateless() -> None:
    near(tf.random.stateless_uniform((3,), [1, 2]), [0.8440604, 0.19204533, 0.9962232])
    near(tf.random.stateless_uniform((3,), [-1, 2]), [0.4135995, 0.6200979, 0.1530968])
    near(tf.random.stateless_uniform((3,), [2**40, -(2**40)]), [0.4862802, 0.98287416, 0.7362162])
    near(tf.random.stateless_normal((3,), tf.constant([1, 2])), [0.5441101, 0.20738031, 0.07356432])
    near(
        tf.random.stateless_truncated_normal((3,), [1, 2], 1.0, 2.0),
        [2.0882201, 1.4147606, 1.1471286],
    )
    full = {
        tf.int32: [1105988140, 1738052849, -335576002],
        tf.uint64: [7464880146280614444, 1591045637757961278, 17389275318164050067],
    }
    for dtype, want in full.items():
        assert tf.random.stateless_uniform((3,), [1, 2], None, None, dtype).numpy().tolist() == want
    assert tf.random.stateless_uniform((3,), [1, 2], 0, 10, tf.int64).numpy().tolist() == [4, 8, 7]


def test_generator() -> None:
    g = tf.random.Generator.from_seed(7)
    assert g.state.numpy().tolist() == [7, 0, 0] and g.algorithm == 1 and g.key.numpy() == 0
    assert g.make_seeds(2).numpy().tolist() == [[784853886890614065, 8349095772848317176], [0, 0]]
    assert g.uniform((2,), 0, 10, tf.int32).numpy().tolist() == [8, 9]
    assert g.uniform_full_int((2,)).numpy().tolist() == [17363861674241379526, 4799780590738962461]
    assert g.uniform_full_int((2,), tf.int32).numpy().tolist() == [-1191554365, -457924258]
    near(g.truncated_normal((2,)), [-1.5651422, -0.46152303])
    assert g.state.numpy().tolist() == [2567, 0, 0]
    states = [h.state.numpy().tolist() for h in g.split(2)]
    assert states == [[0, 0, 6002981072787626489], [0, 0, -5361039104290772540]]
    assert g.skip(3).numpy().tolist() == [3079, 0, 0] and g.state.numpy().tolist() == [3847, 0, 0]


def test_generator_states() -> None:
    g = tf.random.Generator.from_seed(1)
    h = tf.random.Generator(copy_from=g)
    np.testing.assert_array_equal(g.normal((2,)), h.normal((2,)))
    g.reset_from_seed(3)
    assert g.state.numpy().tolist() == [3, 0, 0]
    g.reset_from_key_counter(5, [1, 2])
    assert g.state.numpy().tolist() == [1, 2, 5]
    g.reset([9, 8, 7])
    assert g.state.numpy().tolist() == [9, 8, 7]
    assert tf.random.Generator.from_key_counter(1, [2, 3], "philox").state.numpy().tolist() == [
        2,
        3,
        1,
    ]
    tf.random.set_global_generator(tf.random.Generator.from_seed(4))
    near(tf.random.get_global_generator().normal((2,)), [1.0019137, 0.6735137])
    state = tf.random.create_rng_state
    assert state([1, 2], "philox").numpy().tolist() == [0, 1, 2]
    assert state(2**70 + 5, "philox").numpy().tolist() == [5, 64, 0]
    assert state(-3, "philox").numpy().tolist() == [-3, -1, -1]


def test_the_counter_carries() -> None:
    g = tf.random.Generator.from_state([-1, 0, 0], alg="philox")
    g.skip(1)
    assert g.state.numpy().tolist() == [255, 1, 0]


# -- Refusals ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tf.random.uniform(3), ValueError, "random.uniform: shape must be a vector"),
        (lambda: tf.random.normal(tf.constant(3)), ValueError, "shape must be a vector"),
        (lambda: tf.random.normal((-1,)), ValueError, "Dimension -1 must be >= 0"),
        (lambda: tf.random.normal((2.0,)), TypeError, "vector of integers"),
        (lambda: tf.random.uniform((2,), dtype=tf.int32), ValueError, "Must specify maxval"),
        (lambda: tf.random.uniform((2,), maxval=3, dtype=tf.int8), ValueError, "got int8"),
        (
            lambda: tf.random.uniform((2,), 5, 3, tf.int32),
            ValueError,
            "Need minval < maxval, got 5 >= 3",
        ),
        (lambda: tf.random.uniform((2,), [1, 2], 3, tf.int32), ValueError, "minval must be 0-D"),
        (lambda: tf.random.uniform((2,), 0.5, 9, tf.int32), TypeError, "0.5"),
        (lambda: tf.random.normal((2,), dtype=tf.int32), TypeError, "got int32"),
        (
            lambda: tf.random.stateless_uniform((2,), [1, 2, 3]),
            ValueError,
            r"shape \[2\], not \[3\]",
        ),
        (lambda: tf.random.stateless_uniform((2,), 1), ValueError, r"shape \[2\], not \[\]"),
        (lambda: tf.random.stateless_uniform((2,), [1.0, 2.0]), TypeError, "integers"),
        (lambda: tf.random.stateless_uniform((2,), [1, 2], dtype=tf.int32), ValueError, "both"),
        (lambda: tf.random.stateless_uniform((2,), [1, 2], alg="foo"), ValueError, "alg"),
        (
            lambda: tf.random.stateless_uniform((2,), [1, 2], alg="threefry"),
            NotImplementedError,
            "ThreeFry",
        ),
        (lambda: tf.random.Generator(), ValueError, "copy_from or state"),
        (lambda: tf.random.Generator.from_state([1, 2], "philox"), ValueError, r"\[3\]"),
        (lambda: tf.random.set_seed("a"), TypeError, "seed must be an integer"),
        (lambda: tf.nn.dropout(tf.ones(2), 1.5), ValueError, "`rate` must be"),
        (lambda: tf.nn.dropout(tf.ones(2, tf.int32), 0.5), ValueError, "floating point"),
        (lambda: tf.nn.dropout(tf.ones(2), "a"), ValueError, "`rate` must be a scalar"),
    ],
)
def test_refusals(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_dropout() -> None:
    tf.random.set_seed(42)
    x = tf.Variable(tf.ones(8))
    with tf.GradientTape() as tape:
        y = tf.nn.dropout(x, 0.5)
    assert y.numpy().tolist() == [2.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0]
    np.testing.assert_array_equal(tape.gradient(y, x), y)
    kept = tf.nn.dropout(tf.ones((5, 3)), 0.5, noise_shape=[None, 1]).numpy()
    assert (kept == kept[:, :1]).all()
    t = tf.ones(3)
    assert tf.nn.dropout(t, 0.0) is t
