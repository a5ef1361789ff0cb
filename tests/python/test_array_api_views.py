"""Views of an array: assignments to one are seen by the others as NumPy's are, tapes included."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

import pyten as tf
import pyten.array_api as xp
from pyten import _core

KEYS = [
    *(0, -1, slice(1, None), slice(None, None, -1), slice(None, None, 2), None, ...),
    *((..., 0), (slice(None), None), (slice(1, 3), slice(0, 1))),
]


class Views(RuleBasedStateMachine):
    """Arrays and what NumPy makes of the same steps: its views are views, so ours must be."""

    arrays = Bundle("arrays")

    def __init__(self):
        super().__init__()
        self.pairs = []
        self.frozen = []
        self.count = 0

    def add(self, x, a):
        assert tuple(x.shape) == a.shape
        self.pairs.append([x, a])
        return self.pairs[-1]

    @rule(target=arrays, shape=st.sampled_from([(4,), (3, 2), (2, 3, 2)]))
    def new(self, shape):
        a = np.arange(np.prod(shape), dtype=float).reshape(shape)
        return self.add(xp.asarray(a), a)

    @rule(target=arrays, pair=arrays, key=st.sampled_from(KEYS))
    def slice(self, pair, key):
        x, a = pair
        try:
            part = a[key]
        except IndexError:
            with pytest.raises(IndexError):
                x[key]
            return pair
        return self.add(x[key], a[key, ...] if np.isscalar(part) else part)

    @rule(
        target=arrays,
        pair=arrays,
        how=st.sampled_from(["T", "mT", "flat", "permute", "expand", "squeeze", "move"]),
    )
    def reshaped(self, pair, how):
        x, a = pair
        if a.ndim == 0 or a.ndim > 4:
            return pair
        if how == "mT":
            return self.add(x.mT, a.mT) if a.ndim > 1 else pair
        if how == "flat":
            # Where memory is in order after a copy, there can be a view that NumPy has not.
            if not _core._is_contiguous(x) or not a.flags.c_contiguous:
                return self.add(xp.reshape(x, (-1,), copy=True), a.reshape(-1).copy())
            return self.add(xp.reshape(x, (-1,)), a.reshape(-1))
        if how == "permute":
            order = tuple(range(a.ndim))[::-1]
            return self.add(xp.permute_dims(x, order), a.transpose(order))
        if how == "expand":
            return self.add(xp.expand_dims(x, axis=(0, -1)), np.expand_dims(a, (0, -1)))
        if how == "squeeze":
            axes = tuple(i for i, n in enumerate(a.shape) if n == 1)
            return self.add(xp.squeeze(x, axes), a.squeeze(axes))
        if how == "move":
            return self.add(xp.moveaxis(x, 0, -1), np.moveaxis(a, 0, -1))
        return self.add(x.T, a.T)

    @rule(target=arrays, pair=arrays)
    def copied(self, pair):
        return self.add(xp.asarray(pair[0], copy=True), pair[1].copy())

    @rule(pair=arrays, how=st.sampled_from(["tensor", "numpy", "dlpack", "tape"]))
    def freeze(self, pair, how):
        x, a = pair
        kept = {
            "tensor": lambda: tf.identity(tf.convert_to_tensor(x)),
            "numpy": lambda: np.asarray(x),
            "dlpack": lambda: np.from_dlpack(x),
            "tape": lambda: x * 1,
        }[how]()
        self.frozen.append((kept, a.copy()))

    @rule(pair=arrays, key=st.sampled_from(KEYS))
    def write(self, pair, key):
        x, a = pair
        self.count += 1
        try:
            a[key] = self.count
        except IndexError:
            return
        x[key] = self.count

    @rule(pair=arrays, other=arrays)
    def write_array(self, pair, other):
        x, a = pair
        if a.ndim and other[1].size and other[1].ndim and other[1].shape[-1] == a.shape[-1]:
            while other[1].ndim > 1:
                other = [other[0][0], other[1][0]]
            x[...] = other[0]
            a[...] = other[1].copy()

    @rule(pair=arrays)
    def write_places(self, pair):
        x, a = pair
        self.count += 1
        if a.ndim and a.shape[0]:
            x[xp.asarray([0, -1])] = self.count
            a[[0, -1]] = self.count
            x[x > self.count - 1] = -1.0
            a[a > self.count - 1] = -1.0

    @rule(pair=arrays)
    def in_place(self, pair):
        x, a = pair
        x += 1.0
        a += 1.0
        if a.ndim:
            x[..., :1] *= 2.0
            a[..., :1] *= 2.0

    @rule(pair=consumes(arrays))
    def drop(self, pair):
        self.pairs = [p for p in self.pairs if p is not pair]

    @invariant()
    def all_are_what_they_should_be(self):
        for x, a in self.pairs:
            np.testing.assert_array_equal(np.array(x), a)
        for kept, a in self.frozen:
            np.testing.assert_array_equal(np.asarray(kept), a)


TestViews = Views.TestCase
TestViews.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


def test_bare_bones():
    x = xp.zeros((3, 2))
    t = tf.convert_to_tensor(x)
    row, column = x[1], x.T[0]
    row[0] = 5.0
    assert float(column[1]) == 5.0 and float(x[1, 0]) == 5.0
    column += 1.0
    assert np.asarray(x).tolist() == [[1, 0], [6, 0], [1, 0]]
    assert np.asarray(row).tolist() == [6, 0]
    for line in x:
        line[1] = 9.0
    assert np.asarray(x)[:, 1].tolist() == [9, 9, 9]
    assert not np.asarray(t).any()


def test_copies_are_no_views():
    x = xp.arange(4.0)
    others = [
        xp.asarray(x, copy=True),
        xp.reshape(x, (2, 2), copy=True),
        xp.astype(x, xp.float64),
        +x,
        x[xp.asarray([0, 1])],
    ]
    before = [np.array(o) for o in others]
    x[...] = -1.0
    for o, a in zip(others, before, strict=True):
        np.testing.assert_array_equal(np.asarray(o), a)


def test_writing_does_not_move_what_it_need_not():
    x = xp.zeros((1000, 100))
    place = np.asarray(x).__array_interface__["data"][0]
    for i in range(5):
        row = x[i]
        row += 1.0
        x[i + 1, :] += 2.0
        x[:, 1:] *= 3.0
    assert np.asarray(x).__array_interface__["data"][0] == place


def test_views_leave_the_ring_when_they_go():
    x = xp.zeros(100)
    for _ in range(1000):
        x[3]
    views = [x[i:] for i in range(50)]
    del views
    gc.collect()
    place = np.asarray(x).__array_interface__["data"][0]
    x[0] = 1.0
    assert np.asarray(x).__array_interface__["data"][0] == place


class TestTapes:
    def gradient(self, f, values):
        v = tf.Variable(values, dtype="float64")
        with tf.GradientTape() as tape:
            y = f(xp.asarray(v) * 1.0)
        return tape.gradient(y, v).numpy().tolist()

    def test_a_write_to_a_view_reaches_the_base(self):
        def f(x):
            x[1:][0] = x[0] * 3.0
            return xp.sum(x * xp.asarray([1.0, 10.0, 100.0]))

        assert self.gradient(f, [1.0, 2.0, 3.0]) == [31.0, 0.0, 100.0]

    def test_a_write_to_the_base_reaches_a_view(self):
        def f(x):
            view = x[1:]
            x[1] = x[0] * x[0]
            return xp.sum(view * view)

        # x0**4 + x2**2
        assert self.gradient(f, [2.0, 5.0, 3.0]) == [32.0, 0.0, 6.0]

    def test_in_place_operators(self):
        def f(x):
            view = xp.reshape(x, (2, 2)).T[0]  # elements 0 and 2
            view *= view
            x[0] += x[3]
            return xp.sum(x * xp.asarray([1.0, 2.0, 3.0, 4.0])) + xp.sum(view)

        # 2 * (x0**2 + x3) + 2 x1 + 4 x2**2 + 4 x3
        assert self.gradient(f, [1.0, 2.0, 3.0, 4.0]) == [4.0, 2.0, 24.0, 6.0]

    def test_a_watched_view_of_what_is_not(self):
        x = xp.zeros(3)
        view = x[:2]
        with tf.GradientTape() as tape:
            tape.watch(view)
            before = view * 2.0
            x[0] = 7.0
            y = xp.sum(before) + xp.sum(view * view)
        assert float(y) == 49.0
        assert tape.gradient(y, before).numpy().tolist() == [1.0, 1.0]

    def test_second_derivatives_and_forward_mode(self):
        v = tf.Variable([2.0, 3.0], dtype="float64")

        def f(x):
            x = xp.asarray(x) * 1.0
            tail = x[1:]
            tail *= x[0] * x[0]
            return xp.sum(x * x)

        # a**2 + (b a**2)**2: d/da = 2a + 4 b^2 a^3, d2/da2 = 2 + 12 b^2 a^2
        with tf.GradientTape() as outer:
            with tf.GradientTape() as tape:
                y = f(v)
            g = tape.gradient(y, v)
            first = g[0]
        assert float(first) == 4.0 + 4 * 9 * 8
        assert outer.gradient(first, v).numpy().tolist() == [2 + 12 * 9 * 4, 8 * 3 * 8]
        with tf.autodiff.ForwardAccumulator(v, tf.constant([1.0, 0.0], "float64")) as forward:
            y = f(v)
        assert float(forward.jvp(y)) == 4.0 + 4 * 9 * 8
