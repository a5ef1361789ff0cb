"""Copy-on-write: whatever is done with arrays, each has the values that NumPy arrays would have, and
no tensor or exported array ever changes."""

from __future__ import annotations

import threading

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

import pyten as tf
import pyten.array_api as xp
from pyten import _core

DTYPES = [np.float32, np.int64, np.bool_, np.complex128]


class Writes(RuleBasedStateMachine):
    """Arrays beside NumPy's, views beside views; frozen things beside what they were when made."""

    arrays = Bundle("arrays")

    def __init__(self):
        super().__init__()
        self.mutable = []  # [Array, the values that it must have]
        self.frozen = []  # (anything that np.asarray reads, its values)
        self.count = 0

    def add(self, x, a, view=False, wide=False):
        pair = [x, a if view else np.array(a), wide]
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

        x, a, _ = pair
        make = {
            "copy": lambda: xp.asarray(x, copy=True),
            "astype": lambda: xp.astype(x, x.dtype),
            "pos": lambda: +x if a.dtype != bool else ~~x,
            "deepcopy": lambda: copy.deepcopy(x),
        }
        return self.add(make[how](), a, wide=pair[2])

    @rule(
        target=arrays,
        pair=arrays,
        how=st.sampled_from(["row", "reversed", "transposed", "flat", "wide", "new axis", "self"]),
    )
    def view(self, pair, how):
        x, a, wide = pair
        make = {
            "row": lambda y: y[0] if y.ndim > 1 else y[1:],
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
        if a.ndim > 3 or wide:  # NumPy lets nobody write to what was broadcast
            return pair
        # Where memory is in order after a copy, there can be a view that NumPy has not.
        ordered = _core._is_contiguous(x), a.flags.c_contiguous
        if how == "flat" and ordered != (True, True):
            return self.add(xp.reshape(x, (-1,), copy=True), a.reshape(-1))
        return self.add(make(x), make(a), view=how != "wide", wide=how == "wide")

    # -- Writing -----------------------------------------------------------------------------------
    @rule(
        pair=arrays, key=st.sampled_from(["all", "first", "slice", "mask", "indices", "last axis"])
    )
    def write(self, pair, key):
        x, a, _ = pair
        if a.size == 0 or a.ndim == 0:
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
        x, a, _ = pair
        if a.ndim == 0 or a.shape[0] < 2:
            return
        x[1:] = x[:-1]
        a[1:] = a[:-1].copy()

    @rule(pair=arrays)
    def in_place(self, pair):
        x, a, _ = pair
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
        how=st.sampled_from(["constant", "convert", "numpy", "buffer", "dlpack", "variable", "op"]),
    )
    def hand_out(self, pair, how):
        x, a, _ = pair
        make = {
            "constant": lambda: tf.constant(x),
            "convert": lambda: tf.convert_to_tensor(x),
            "numpy": lambda: np.asarray(x),
            "buffer": lambda: np.asarray(memoryview(x)) if a.dtype.kind != "c" else np.asarray(x),
            "dlpack": lambda: np.from_dlpack(x),
            "variable": lambda: tf.Variable(x),
            "op": lambda: tf.reshape(x, [-1]),
        }
        self.freeze(make[how](), a.reshape(-1) if how == "op" else a)

    @invariant()
    def all_hold(self):
        for x, a, _ in self.mutable:
            got = np.array(x)
            assert got.dtype == a.dtype
            np.testing.assert_array_equal(got, a)
        for thing, values in self.frozen:
            np.testing.assert_array_equal(np.array(thing), values)


TestWrites = Writes.TestCase
TestWrites.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_sole_holder_is_written_in_place():
    x = xp.zeros(1000)
    x[0] = 1  # the first write may copy
    place = np.asarray(x).__array_interface__["data"][0]
    for i in range(5):
        x[i] = i
        assert np.asarray(x).__array_interface__["data"][0] == place


def test_a_tensor_keeps_its_values_and_the_memory_of_what_was_written_is_freed():
    x = xp.ones(1 << 20, dtype=xp.float32)
    x[0] = 2
    kept = tf.constant(x)[:10]
    before = tf.config.experimental.get_memory_info("CPU:0")["current"]
    x[1] = 3  # copies: the tensor holds the old memory
    x[2] = 4
    after = tf.config.experimental.get_memory_info("CPU:0")["current"]
    assert after - before < 2 * x.nbytes
    assert kept.numpy().tolist() == [2.0] + [1.0] * 9


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
