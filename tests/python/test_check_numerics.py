"""enable_check_numerics: the first op that makes a NaN or an infinity."""

import threading

import numpy as np
import pytest

import pyten as tf

enabled = tf.debugging.check_numerics_enabled
Invalid = tf.errors.InvalidArgumentError


def message_of(f):
    with enabled(), pytest.raises(Invalid) as raised:
        f()
    assert len(str(raised.value).splitlines()) <= 8
    return str(raised.value)


def test_forward_names_op_line_shapes_and_ranges():
    x = tf.constant([1.0, 0.0, 2.0])
    text = message_of(lambda: tf.math.log(x))
    assert text.startswith("log: Detected Infinity or NaN: made 1 infinity of finite operands")
    assert "result: float32 (3,), 1 infinity in 3 elements, the first at [1] (-inf)" in text
    assert "x: float32 (3,), from 0 to 2" in text
    assert "test_check_numerics.py" in text and "message_of(lambda: tf.math.log(x))" in text


def test_backward_names_both_lines():
    x = tf.Variable([0.0, 1.0])

    def step():
        with tf.GradientTape() as tape:
            y = tf.sqrt(x)
        return tape.gradient(y, x)

    text = message_of(step)
    assert "in the gradient of sqrt" in text
    assert "y = tf.sqrt(x)" in text and "return tape.gradient(y, x)" in text


def test_an_infinity_that_a_rule_takes_back_is_none():
    x = tf.Variable([0.0, 4.0])
    with enabled():
        with tf.GradientTape() as tape:
            y = tf.where(x > 0, tf.sqrt(x), 0.0)
        np.testing.assert_allclose(tape.gradient(y, x), [0.0, 0.25])


def test_what_came_in_is_said_to():
    x = tf.constant([1.0, np.nan])
    assert "came in from outside with x" in message_of(lambda: tf.reshape(x, (1, 2)) * 2.0)


def test_moving_elements_is_allowed():
    with enabled():
        assert np.isinf(tf.where([True, False], [1.0, 2.0], -np.inf)[1])


def test_assign():
    v = tf.Variable([1.0], name="v")
    text = message_of(lambda: v.assign([np.nan]))
    assert "came in from outside; variable v:0 keeps its value" in text
    big = tf.Variable([3e38])
    assert "made 1 infinity of finite" in message_of(lambda: big.assign_add([3e38]))
    np.testing.assert_array_equal(v, [1.0])
    np.testing.assert_array_equal(big, np.float32([3e38]))


@pytest.mark.filterwarnings("ignore:overflow")
def test_through_numpy():
    text = message_of(lambda: tf.linalg.inv([[1e-40, 0.0], [0.0, 1e-40]]))
    assert text.startswith("inv: ")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex64"])
@pytest.mark.parametrize("size", [1, 3, 7, 65, 1000, 200_001])
def test_every_dtype_and_place(dtype, size):
    with enabled():
        tf.cast(tf.zeros(size), dtype) * 1
    for at in {0, size // 2, size - 1}:
        for bad in (np.nan, np.inf, -np.inf):
            a = np.ones(size)
            a[at] = bad
            x = tf.cast(tf.constant(a), dtype)
            with enabled(), pytest.raises(Invalid):
                x * 1


def test_nests_and_stays_on_its_thread():
    with enabled():
        with enabled(False):
            tf.math.log(0.0)
        seen = []
        thread = threading.Thread(target=lambda: seen.append(tf.math.log(0.0)))
        thread.start()
        thread.join()
        assert len(seen) == 1
        with pytest.raises(Invalid):
            tf.math.log(0.0)
    tf.math.log(0.0)


def test_enable_and_disable():
    tf.debugging.enable_check_numerics(path_length_limit=12)
    try:
        with pytest.raises(Invalid, match=r"\n  at \.\.\..{12}:"):
            tf.math.log(0.0)
    finally:
        tf.debugging.disable_check_numerics()
        tf.debugging.enable_check_numerics()
        tf.debugging.disable_check_numerics()
    tf.math.log(0.0)
