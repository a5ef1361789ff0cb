"""GradientTape: what is recorded, what a gradient is, and what it refuses."""

from __future__ import annotations

import gc
import threading
import warnings
from collections import namedtuple

import numpy as np
import pytest

import pyten as tf

pytestmark = pytest.mark.filterwarnings("ignore:gradient is None")


def value(t: object) -> object:
    return None if t is None else np.asarray(t).tolist()


def values(ts: object) -> list:
    return [value(t) for t in tf.nest.flatten(ts)]


# -- Sources and targets ----------------------------------------------------------------------------
def test_gradient_has_the_source_shape_and_dtype() -> None:
    for dtype in (tf.float16, tf.float32, tf.float64, tf.complex64):
        x = tf.ones((2, 3), dtype)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        g = tape.gradient(y, x)
        assert g.shape == (2, 3) and g.dtype == dtype


Pair = namedtuple("Pair", "first second")


@pytest.mark.parametrize("form", ["list", "tuple", "dict", "namedtuple", "nested", "twice"])
def test_structure_of_sources(form: str) -> None:
    x, w = tf.Variable(2.0), tf.Variable(3.0)
    sources = {
        "list": [x, w],
        "tuple": (x, w),
        "dict": {"w": w, "x": x},
        "namedtuple": Pair(x, w),
        "nested": {"a": [x, (w,)]},
        "twice": [x, x],
    }[form]
    with tf.GradientTape() as tape:
        y = x * x * w
    g = tape.gradient(y, sources)
    tf.nest.assert_same_structure(g, sources)
    want = {id(x): 12.0, id(w): 4.0}
    assert values(g) == [want[id(s)] for s in tf.nest.flatten(sources)]


def test_no_sources_and_no_targets() -> None:
    x = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x * x
    assert tape.gradient(y, []) == []
    assert tape.gradient([], x) is None


def test_several_targets_are_summed() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y, z = x * x, tf.reduce_sum(x)
    assert value(tape.gradient([y, z], x)) == [3.0, 5.0]
    assert value(tape.gradient({"a": y, "b": (z,)}, x)) == [3.0, 5.0]


def test_target_is_source() -> None:
    x, z = tf.constant(3.0), tf.constant(5.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, z])
        y = z * z
    assert value(tape.gradient(x, x)) == 1.0
    assert values(tape.gradient([x, y], [x, z])) == [1.0, 10.0]


def test_intermediate_source_needs_no_watch() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
        z = y * y
    assert value(tape.gradient(z, y)) == 18.0


def test_unwatched_and_unconnected_are_none() -> None:
    x, c, i = tf.Variable(3.0), tf.constant(2.0), tf.constant(2)
    with tf.GradientTape(persistent=True) as tape:
        y = x * c
        through_numpy = tf.constant(np.square(np.asarray(x))) * 1.0
    outside = x * x
    for target, source in ((y, c), (outside, x), (through_numpy, x), (y, tf.Variable(1.0)), (y, i)):
        assert tape.gradient(target, source) is None


@pytest.mark.parametrize("zero", ["zero", tf.UnconnectedGradients.ZERO])
def test_unconnected_zeros(zero: object) -> None:
    x, c, i = tf.Variable([3.0]), tf.constant([[2.0]]), tf.constant([1, 2])
    with tf.GradientTape() as tape:
        y = x * x
    g = tape.gradient(y, [c, i], unconnected_gradients=zero)
    assert values(g) == [[[0.0]], [0, 0]] and g[1].dtype == tf.int32


def test_output_gradients() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y, z = x * x, 3.0 * x
    assert value(tape.gradient(y, x, output_gradients=tf.constant([1.0, 10.0]))) == [2.0, 40.0]
    assert value(tape.gradient(y, x, output_gradients=tf.constant(2.0))) == [4.0, 8.0]
    both = tape.gradient([y, z], x, output_gradients=[tf.ones(2), 2.0 * tf.ones(2)])
    assert value(both) == [8.0, 10.0]
    assert value(tape.gradient([y, z], x, output_gradients=[2.0 * tf.ones(2)])) == [7.0, 11.0]
    with pytest.raises(TypeError):
        tape.gradient([y], x, output_gradients=[None])
    with pytest.raises(ValueError):
        tape.gradient(y, x, output_gradients=tf.ones(3))


# -- How often ----------------------------------------------------------------------------------------
def test_one_gradient_of_a_plain_tape() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    assert value(tape.gradient(y, x)) == 6.0
    for call in (tape.gradient, tape.jacobian):
        with pytest.raises(RuntimeError, match="non-persistent GradientTape can only be used"):
            call(y, x)


def test_persistent_tape_and_memory() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x * x
    assert [value(tape.gradient(y, x)) for _ in range(3)] == [6.0] * 3
    del tape
    gc.collect()


def test_gradient_inside_the_block_ends_a_plain_tape() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
        assert value(tape.gradient(y, x)) == 6.0
        with pytest.raises(RuntimeError, match="non-persistent"):
            tape.gradient(y, x)


def test_persistent_tape_differentiates_its_own_gradients() -> None:
    x = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x**3
        first = tape.gradient(y, x)
        second = tape.gradient(first, x)
    assert (value(first), value(second)) == (12.0, 12.0)
    assert value(tape.gradient(second, x)) == 6.0


# -- Watching ---------------------------------------------------------------------------------------------
def test_every_use_of_a_variable_is_a_read() -> None:
    v = tf.Variable([2.0, 3.0])
    reads = [
        lambda: v * 1.0,
        v.read_value,
        v.value,
        lambda: v[:],
        lambda: tf.convert_to_tensor(v),
        lambda: tf.identity(v),
        lambda: tf.stack([v[0], v[1]]),
        lambda: tf.stack(list(v)),
    ]
    for read in reads:
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(read() ** 2)
        assert [w is v for w in tape.watched_variables()] == [True]
        assert value(tape.gradient(y, v)) == [4.0, 6.0]


def test_variables_that_are_not_trainable() -> None:
    v = tf.Variable(3.0, trainable=False)
    with tf.GradientTape(persistent=True) as tape:
        y = v * v
        tape.watch(v)
        z = v * v
    assert tape.gradient(y, v) is None
    assert value(tape.gradient(z, v)) == 6.0


def test_watch_accessed_variables_false() -> None:
    v, w = tf.Variable(3.0), tf.Variable(2.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(w)
        y = v * w
    assert values(tape.gradient(y, [v, w])) == [None, 3.0]


def test_watch_holds_from_then_on() -> None:
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        y = x * x
        tape.watch({"a": [x]})
        z = x * y
    assert value(tape.gradient(z, x)) == 9.0


@pytest.mark.parametrize("wrong", [3.0, np.ones(2), None, "text"])
def test_watch_refuses(wrong: object) -> None:
    with tf.GradientTape() as tape, pytest.raises((ValueError, TypeError)):
        tape.watch(wrong)


def test_watching_an_integer_warns() -> None:
    i = tf.constant(3)
    with tf.GradientTape() as tape:
        with pytest.warns(UserWarning, match="must be floating, got int32"):
            tape.watch(i)
        y = i * i
    assert tape.gradient(y, i) is None


def test_watched_variables_are_in_order_of_creation() -> None:
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = b * a
        assert [v is w for v, w in zip(tape.watched_variables(), (a, b), strict=True)] == [True] * 2
        tape.reset()
        assert tape.watched_variables() == ()
        y = b * b
    assert value(tape.gradient(y, b)) == 4.0
    assert len(tape.watched_variables()) == 1


def test_reset_forgets() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
        tape.reset()
    assert tape.gradient(y, x) is None


def test_no_op_results_are_tensors_of_their_own() -> None:
    x = tf.constant([1.0, 2.0])
    own = [tf.identity(x), x + 0.0, x * 1.0, tf.reshape(x, (2,)), tf.transpose(x)]
    same = [tf.cast(x, tf.float32), tf.convert_to_tensor(x), tf.constant(x)]
    assert all(t is not x for t in own) and all(t is x for t in same)
    with tf.GradientTape() as tape:
        tape.watch([x, *own])
        y = sum((i + 1.0) * t for i, t in enumerate([x, *own]))
    assert values(tape.gradient(y, [x, *own])) == [[i + 1.0] * 2 for i in range(6)]


def test_equal_constants_are_distinct() -> None:
    x, z = tf.constant(3.0), tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch([x, z])
        y = x + z * z
    assert values(tape.gradient(y, [x, z])) == [1.0, 6.0]


# -- Recording ----------------------------------------------------------------------------------------------
def test_stop_recording() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as outer, tf.GradientTape(persistent=True) as inner:
        with inner.stop_recording():
            y = x * x
        z = x * y
    assert inner.gradient(y, x) is None
    assert value(inner.gradient(z, x)) == 9.0
    assert value(outer.gradient(y, x)) == 6.0
    with pytest.raises(ValueError, match="Tape is not recording"), inner.stop_recording():
        pass


def test_reentering() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
        with pytest.raises(ValueError, match="Tape is still recording"):
            tape.__enter__()
    with tape:
        z = y * x
    assert value(tape.gradient(z, x)) == 27.0


def test_exception_in_the_block() -> None:
    x = tf.Variable(2.0)
    with pytest.raises(KeyError), tf.GradientTape() as tape:
        y = x * x
        raise KeyError
    z = x * y
    assert tape.gradient(z, x) is None


def test_nested_tapes_and_high_orders() -> None:
    x = tf.Variable(2.0)
    with tf.GradientTape() as a, tf.GradientTape() as b:
        with tf.GradientTape() as c, tf.GradientTape() as d:
            y = x**5
            g1 = d.gradient(y, x)
            g2 = c.gradient(g1, x)
        g3 = b.gradient(g2, x)
    assert [value(g) for g in (g1, g2, g3)] == [80.0, 160.0, 240.0]
    assert value(a.gradient(g3, x)) == 240.0


def test_inner_gradient_outside_the_outer_block() -> None:
    x = tf.Variable(2.0)
    with tf.GradientTape() as a, tf.GradientTape() as b:
        y = x**4
    assert a.gradient(b.gradient(y, x), x) is None


def test_assign_inside_the_block() -> None:
    v, u = tf.Variable(3.0), tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = v * v
        v.assign_add(1.0)
        z = v * v
        v.assign(u * u)
        w = v * 1.0
    assert [value(tape.gradient(t, v)) for t in (y, z, y + z)][:2] == [6.0, 8.0]
    assert value(tape.gradient([y, z], v)) == 14.0
    assert tape.gradient(w, u) is None
    v.assign(100.0)
    assert value(tape.gradient(y, v)) == 6.0


def test_iteration_and_python_control_flow() -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        total = sum(row * row for row in v if row > 1.5)
    assert value(tape.gradient(total, v)) == [0.0, 4.0, 6.0]


def test_long_chains_and_many_inputs() -> None:
    x = tf.Variable(1.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x
        for _ in range(5000):
            y = y * 1.0
        z = tf.add_n([x] * 500)
    assert value(tape.gradient(y, x)) == 1.0
    assert value(tape.gradient(z, x)) == 500.0


# -- Wrong arguments ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("wrong", [3.0, np.ones(2), None, "text"])
def test_sources_must_be_tensors(wrong: object) -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    with pytest.raises(TypeError, match="sources must be tensors or variables"):
        tape.gradient(y, [x, wrong])


@pytest.mark.parametrize("wrong", [3.0, np.ones(2), None])
def test_targets_must_be_tensors(wrong: object) -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        _ = x * x
    with pytest.raises(TypeError, match="target"):
        tape.gradient(wrong, x)


def test_unknown_keywords() -> None:
    with pytest.raises(TypeError):
        tf.GradientTape(foo=1)
    with tf.GradientTape() as tape:
        pass
    with pytest.raises(ValueError, match="unconnected_gradients.*'foo'"):
        tape.gradient(tf.ones(1), tf.ones(1), unconnected_gradients="foo")
    with pytest.raises(RuntimeError, match="Use tf.GradientTape instead"):
        tf.gradients(tf.ones(1), tf.ones(1))


# -- Missing gradients explain themselves ------------------------------------------------------------------------
def test_the_warning_names_the_reason_and_this_file() -> None:
    constant = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = 2.0 * constant
    with pytest.warns(UserWarning, match="constant.*watch") as seen:
        assert tape.gradient(y, constant) is None
    assert seen[0].filename == __file__
    assert "watch" in tape.explain(y, constant)


def test_no_warning_when_one_gradient_is_there_or_zeros_are_wanted() -> None:
    x, c = tf.Variable(3.0), tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x * c
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tape.gradient(y, [x, c])
        tape.gradient(y, c, unconnected_gradients="zero")


# -- Threads --------------------------------------------------------------------------------------------------------
def in_thread(f: object) -> object:
    box: list = []
    thread = threading.Thread(target=lambda: box.append(f()))
    thread.start()
    thread.join()
    return box[0]


def test_tapes_belong_to_their_thread() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x * x
        elsewhere = in_thread(lambda: x * x)
    assert tape.gradient(elsewhere, x) is None
    assert value(in_thread(lambda: tape.gradient(y, x))) == 6.0


def test_watched_variables_outlive_their_objects() -> None:
    with tf.GradientTape() as tape:
        y = tf.Variable(3.0, name="gone") * 2.0
        gc.collect()
    (v,) = tape.watched_variables()
    assert isinstance(v, tf.Variable) and v.name == "gone:0" and v.trainable
    assert value(tape.gradient(y, v)) == 2.0
    assert v.assign_add(1.0).numpy() == 4.0 and v.constraint is None


def test_a_tape_that_never_recorded() -> None:
    x = tf.Variable(3.0)
    for persistent in (False, True):
        tape = tf.GradientTape(persistent=persistent)
        with pytest.raises(RuntimeError, match="can only be used to compute one set of gradients"):
            tape.gradient(x, x)
        with pytest.raises(TypeError, match="watch: the tape is not recording"):
            tape.watch(x)


def reason(f):
    """The one warning of a call whose gradient is None, and the line it points to."""
    with pytest.warns(UserWarning) as caught:
        assert f() is None
    (warning,) = caught
    assert warning.filename == __file__
    return str(warning.message)


def test_the_reason_is_the_op_that_made_the_target() -> None:
    u = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        tf.argmax(u)
        y = tf.floor(u)
    assert "u went through floor, which has no gradient" in reason(lambda: tape.gradient(y, u))


def test_the_reason_mentions_stopped_recording() -> None:
    u = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape, tape.stop_recording():
        y = u * u
    assert "or only while stop_recording()" in reason(lambda: tape.gradient(y, u))
    with tf.GradientTape() as tape:
        y = u * u
        tape.reset()
    assert "or after reset()" in reason(lambda: tape.gradient(y, u))
    with tf.GradientTape() as tape:
        pass
    assert "stop_recording" not in reason(lambda: tape.gradient(y, u))


def test_a_jacobian_that_is_none_says_why() -> None:
    c, u = tf.constant(2.0), tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = c * u
    assert "constant that the tape does not watch" in reason(lambda: tape.jacobian(y, c))
