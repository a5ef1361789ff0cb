"""Writing to arrays: they and their views are what NumPy's would be, and no tensor, variable or
exported array ever changes."""

from __future__ import annotations

import threading

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

import pyten as tf
import pyten.array_api as xp

DTYPES = [np.float32, np.int64, np.bool_, np.complex128]


class Writes(RuleBasedStateMachine):
    """Arrays beside arrays of NumPy, of which the same views are taken; frozen things beside what
    they were when they were made."""

    arrays = Bundle("arrays")

    def __init__(self):
        super().__init__()
        self.mutable = []  # [Array, what NumPy has of it]
        self.frozen = []  # (anything that np.asarray reads, its values)
        self.count = 0

    def add(self, x, a, view=False):
        pair = [x, a if view else np.array(a, order="C")]
        self.mutable.append(pair)
        return pair

    def freeze(self, thing, values):
        self.frozen.append((thing, np.array(values)))

    def value(self, pair):
        """A new number of the array's dtype."""
        self.count += 1
        return pair[1].dtype.type(self.count % 2 if pair[1].dtype == bool else self.count).item()

    # -- Making arrays -----------------------------------------------------------------------------
    @rule(
        target=arrays, dtype=st.sampled_from(DTYPES), shape=st.sampled_from([(3,), (2, 3), (4, 1)])
    )
    def new(self, dtype, shape):
        a = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
        return self.add(xp.asarray(a), a)

    @rule(target=arrays)
    def of_tensor(self):
        a = np.arange(6, dtype=np.float32).reshape(2, 3)
        t = tf.constant(a)
        self.freeze(t, a)
        return self.add(xp.asarray(t), a)

    @rule(target=arrays)
    def of_variable(self):
        a = np.arange(3, dtype=np.float32)
        v = tf.Variable(a)
        pair = self.add(xp.asarray(v), a)
        v.assign_add([1.0, 1.0, 1.0])
        self.freeze(v, a + 1)
        return pair

    @rule(target=arrays, pair=arrays, how=st.sampled_from(["copy", "astype", "pos", "deepcopy"]))
    def copied(self, pair, how):
        import copy

        x, a = pair
        make = {
            "copy": lambda: xp.asarray(x, copy=True),
            "astype": lambda: xp.astype(x, x.dtype),
            "pos": lambda: +x if a.dtype != bool else ~~x,
            "deepcopy": lambda: copy.deepcopy(x),
        }
        return self.add(make[how](), a)

    @rule(
        target=arrays,
        pair=arrays,
        how=st.sampled_from(
            ["row", "column", "reversed", "transposed", "flat", "wide", "new axis", "self"]
        ),
    )
    def view(self, pair, how):
        x, a = pair
        make = {
            "row": lambda y: y[0] if y.ndim > 1 else y[1:],
            "column": lambda y: y[..., -1:],
            "reversed": lambda y: y[::-1],
            "transposed": lambda y: y.T,
            "flat": lambda y: y.reshape(-1),
            "wide": lambda y: (
                xp.broadcast_to(y, (2, *y.shape))
                if isinstance(y, tf.Tensor)
                else np.broadcast_to(y, (2, *y.shape))
            ),
            "new axis": lambda y: y[None],
            "self": lambda y: y[...],
        }[how]
        if a.ndim > 3 or (how == "flat" and not a.flags.c_contiguous):
            return pair
        return self.add(make(x), make(a), view=True)

    # -- Writing -----------------------------------------------------------------------------------
    @rule(
        pair=arrays, key=st.sampled_from(["all", "first", "slice", "mask", "indices", "last axis"])
    )
    def write(self, pair, key):
        x, a = pair
        if a.size == 0 or a.ndim == 0 or not a.flags.writeable:
            return
        value = self.value(pair)
        k = {
            "all": ...,
            "first": 0,
            "slice": slice(None, None, 2),
            "mask": None,
            "indices": np.array([0, -1, 0]),
            "last axis": (..., 0),
        }[key]
        if key == "mask":
            mask = (np.arange(a.size) % 2 == 0).reshape(a.shape)
            x[xp.asarray(mask)] = value
            a[mask] = value
        else:
            x[xp.asarray(k) if key == "indices" else k] = value
            a[k] = value

    @rule(pair=arrays)
    def shift(self, pair):
        """A value that shares memory with where it goes."""
        x, a = pair
        if a.ndim == 0 or a.shape[0] < 2 or not a.flags.writeable:
            return
        x[1:] = x[:-1]
        a[1:] = a[:-1].copy()

    @rule(pair=arrays)
    def in_place(self, pair):
        x, a = pair
        if not a.flags.writeable:
            return
        if a.dtype == bool:
            x ^= True
            a ^= True
        else:
            x += 1
            x *= x
            a += 1
            a *= a.copy()
        pair[0] = x

    @rule(pair=consumes(arrays))
    def drop(self, pair):
        """One holder less: what it shared may be written in place from now on."""
        self.mutable = [p for p in self.mutable if p is not pair]

    # -- Handing out -------------------------------------------------------------------------------
    @rule(
        pair=arrays,
        how=st.sampled_from(
            ["constant", "convert", "numpy", "buffer", "no copy", "dlpack", "variable", "op"]
        ),
    )
    def hand_out(self, pair, how):
        x, a = pair
        make = {
            "constant": lambda: tf.constant(x),
            "convert": lambda: tf.convert_to_tensor(x),
            "numpy": lambda: np.asarray(x),
            "buffer": lambda: np.asarray(memoryview(x)) if a.dtype.kind != "c" else np.asarray(x),
            "no copy": lambda: x.__array__(copy=False),
            "dlpack": lambda: np.from_dlpack(x),
            "variable": lambda: tf.Variable(x),
            "op": lambda: tf.reshape(x, [-1]),
        }
        self.freeze(make[how](), a.reshape(-1) if how == "op" else a)

    @invariant()
    def all_hold(self):
        for x, a in self.mutable:
            got = np.asarray(x)
            assert got.dtype == a.dtype
            np.testing.assert_array_equal(got, a)
        for thing, values in self.frozen:
            np.testing.assert_array_equal(np.array(thing), values)


TestWrites = Writes.TestCase
TestWrites.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def address(x):
    return x.__array__(copy=False).__array_interface__["data"][0]


def test_sole_holder_is_written_in_place():
    x = xp.zeros(1000)
    x[0] = 1  # the first write may copy
    rows = x.reshape(10, 100)
    place = address(x)
    for i in range(5):
        x[i] = i
        rows[i] += 1
        assert address(x) == address(rows) == place


def test_values_from_the_same_array_are_copied_alone():
    x = xp.arange(1000)
    x[0] = 5
    place = address(x)
    x[0] = x[7]
    x[1:4] = x[3:0:-1]
    x[x < 3] = x[999]
    x[5] = x[...][5]
    assert address(x) == place
    a = np.arange(1000)
    a[0] = 7
    a[1:4] = a[3:0:-1].copy()
    a[a < 3] = a[999]
    np.testing.assert_array_equal(x, a)


def test_a_view_alone_is_all_that_is_copied():
    t = tf.zeros((1000, 1000))
    row = xp.asarray(t)[5]
    before = tf.config.experimental.get_memory_info("CPU:0")["current"]
    row[0] = 1
    after = tf.config.experimental.get_memory_info("CPU:0")["current"]
    assert after - before < 2 * row.nbytes
    assert float(tf.reduce_sum(t)) == 0


def test_arrays_given_to_numpy_are_copies_to_write_to():
    x = xp.asarray([1.0, 2.0, 3.0])
    for a in (np.asarray(x), np.array(x), np.asarray(memoryview(x)), np.asarray(x[::-1])[::-1]):
        a[0] = 9
        assert x.__array__(copy=False).tolist() == [1.0, 2.0, 3.0]
    view = x.__array__(copy=False)
    assert not view.flags.writeable
    x[0] = 5
    assert view.tolist() == [1.0, 2.0, 3.0]


def test_rows_of_an_iteration_are_views():
    x, a = xp.zeros((3, 2)), np.zeros((3, 2))
    for i, (row, line) in enumerate(zip(x, a, strict=True)):
        row += i
        line += i
    np.testing.assert_array_equal(x, a)


def test_a_broadcast_array_is_written_to_alone():
    x = xp.asarray([1, 2])
    wide = xp.broadcast_to(x, (3, 2))
    wide[0, 0] = 7
    assert np.asarray(wide).tolist() == [[7, 2], [1, 2], [1, 2]]
    assert np.asarray(x).tolist() == [1, 2]


def test_views_of_what_numpy_would_copy_are_copies():
    x = xp.asarray([[1, 2], [3, 4]])
    for other in (x[xp.asarray([0])], x[x > 0], xp.take(x, xp.asarray([0]), axis=0), +x):
        other[...] = 0
    xp.reshape(x, (4,), copy=True)[0] = 0
    assert np.asarray(x).tolist() == [[1, 2], [3, 4]]


def test_threads_write_to_arrays_of_their_own():
    shared = xp.zeros((64, 64))
    failures = []

    def work(k):
        mine = xp.asarray(shared, copy=True)
        for i in range(200):
            mine[i % 64] = k
            mine += 1
            mine -= 1
        if not bool(xp.all(mine == k)):
            failures.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    assert bool(xp.all(shared == 0))
