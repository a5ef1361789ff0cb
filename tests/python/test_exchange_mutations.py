"""Random programs that write to whatever a tensor was made from and to whatever was made from it."""

from __future__ import annotations

import array
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pyten as tf

try:
    import torch
except ImportError:
    torch = None

# Programs of 100 steps, two thirds of which write; PYTEN_MUTATION_PROGRAMS=2000 looks longer.
PROGRAMS = int(os.environ.get("PYTEN_MUTATION_PROGRAMS", "200"))
STEPS = 100
DTYPES = ["float32", "float64", "int32", "uint8", "bool", "complex64", "float16"]


class World:
    """Arrays that may be written to, tensors that must not change, arrays that must be read-only."""

    def __init__(self) -> None:
        self.sources: list[Any] = [np.arange(12, dtype=np.float32)]
        self.tensors: list[tuple[Any, bytes]] = []
        self.views: list[np.ndarray] = []
        self.variables: list[Any] = []
        self.writes = 0

    def keep(self, t: Any) -> None:
        self.tensors.append((t, bytes(t)))
        del self.tensors[:-12]

    def check(self) -> None:
        for t, expected in self.tensors:
            assert bytes(t) == expected

    # -- Making -----------------------------------------------------------------------------------
    def new_source(self, a: int, b: int) -> None:
        dtype, kind = DTYPES[a % len(DTYPES)], b % 5
        values = (np.arange(12) % 3).astype(dtype)
        if kind == 0:
            new: Any = values.reshape(3, 4)
        elif kind == 1:
            new = np.asfortranarray(values.reshape(4, 3))
        elif kind == 2:
            new = array.array("f", range(12))
        elif kind == 3:
            new = np.frombuffer(bytearray(values.tobytes()), dtype)
        else:
            new = np.zeros((3, 4), dtype) if torch is None else torch.arange(12.0).reshape(3, 4)
        self.sources.append(new)
        del self.sources[:-10]

    def new_view(self, a: int, b: int) -> None:
        s = self.source(a)
        if isinstance(s, array.array):
            self.sources.append(np.frombuffer(s, np.float32))
        elif isinstance(s, np.ndarray) and s.ndim:
            part = [lambda: s[::2], lambda: s.T, lambda: s[::-1], lambda: s.view()][b % 4]()
            if part.size:
                self.sources.append(part)
        del self.sources[:-10]

    def new_tensor(self, a: int, b: int) -> None:
        s = self.source(a)
        makers: list[Callable[[Any], Any]] = [
            tf.constant,
            tf.convert_to_tensor,
            lambda s: tf.from_dlpack(s) if hasattr(s, "__dlpack__") else tf.constant(s),
            lambda s: tf.constant(memoryview(np.asarray(s))),
            lambda s: tf.stack([np.asarray(s), np.asarray(s)]),
            lambda s: tf.identity(s),
            lambda s: tf.reshape(s, [-1]),
            lambda s: tf.Variable(s).read_value(),
            lambda s: tf.numpy_function(
                lambda: np.asarray(s), [], tf.as_dtype(np.asarray(s).dtype)
            ),
            lambda s: (
                tf.data.Dataset.from_tensors(s).get_single_element()
                if hasattr(tf.data.Dataset, "get_single_element")
                else tf.constant(s)
            ),
        ]
        self.keep(makers[b % len(makers)](s))

    def new_from_tensor(self, a: int, b: int) -> None:
        t = self.tensor(a)
        if t is None:
            return
        makers: list[Callable[[Any], Any]] = [
            lambda t: tf.transpose(t),
            lambda t: t[::-1] if t.ndim else t,
            lambda t: tf.from_dlpack(t.__dlpack__(max_version=(1, 0))),
            lambda t: tf.from_dlpack(np.asarray(t)) if NEW else t,
            lambda t: tf.constant(np.asarray(t)),
        ]
        self.keep(makers[b % len(makers)](t))

    def new_export(self, a: int, b: int) -> None:
        t = self.tensor(a)
        if t is None:
            return
        views: list[Callable[[Any], Any]] = [
            np.asarray,
            lambda t: np.asarray(memoryview(t)),
            lambda t: np.array(t, copy=False) if not NEW else np.array(t, copy=None),
            lambda t: t.__array__(),
            lambda t: np.from_dlpack(t) if NEW else np.asarray(t),
            lambda t: (
                np.frombuffer(t, np.uint8) if np.asarray(t).flags.c_contiguous else np.asarray(t)
            ),
            lambda t: np.asarray(Interface(t)),
        ]
        copies: list[Callable[[Any], Any]] = [
            lambda t: np.asarray(t.numpy()),
            np.array,
            lambda t: t.__array__(copy=True),
            lambda t: np.from_dlpack(t, copy=True) if NEW else np.array(t),
            lambda t: np.from_dlpack(Old(t)),
            lambda t: torch.from_dlpack(t, copy=True) if torch is not None else np.array(t),
            lambda t: np.exp(t.numpy()),
        ]
        if b % 2:
            self.views.append(views[b // 2 % len(views)](t))
            del self.views[:-8]
        else:
            self.sources.append(copies[b // 2 % len(copies)](t))
            del self.sources[:-10]

    def new_variable(self, a: int, b: int) -> None:
        t = self.tensor(a)
        if t is not None:
            v = tf.Variable(t)
            self.variables.append(v)
            del self.variables[:-4]
            self.keep(v.read_value())
            self.views.append(np.asarray(v.read_value()))

    # -- Writing ----------------------------------------------------------------------------------
    def source(self, a: int) -> Any:
        return self.sources[a % len(self.sources)]

    def tensor(self, a: int) -> Any:
        return self.tensors[a % len(self.tensors)][0] if self.tensors else None

    def write(self, a: int, b: int) -> None:
        s = self.source(a)
        value = b % 7 + 1
        if isinstance(s, np.ndarray) and not (s.size and s.flags.writeable):
            return
        self.writes += 1
        if isinstance(s, array.array):
            s[b % len(s)] = value
        elif not isinstance(s, np.ndarray):
            [
                lambda: s.fill_(value),
                lambda: s.logical_not_(),
                lambda: s.reshape(-1)[:1].fill_(value),
            ][b % 3]()
        else:
            ways = [
                lambda: s.fill(value),
                lambda: s.__setitem__(..., value),
                lambda: np.add(s, s, out=s),
                lambda: np.copyto(s, value, casting="unsafe"),
                lambda: np.put(s, [0], value),
                lambda: s.sort(axis=0),
                lambda: (
                    memoryview(s.reshape(-1).view(np.uint8)).__setitem__(0, value)
                    if s.flags.c_contiguous and s.ndim
                    else s.fill(value)
                ),
                lambda: np.logical_not(s, out=s, casting="unsafe"),
            ]
            ways[b % len(ways)]()

    def write_to_view(self, a: int, b: int) -> None:
        if not self.views:
            return
        s = self.views[a % len(self.views)]
        if not s.size:
            return
        self.writes += 1
        ways: list[Callable[[], Any]] = [
            lambda: s.fill(1),
            lambda: s.__setitem__(..., 1),
            lambda: np.logical_not(s, out=s, casting="unsafe"),
            lambda: np.copyto(s, 1),
            lambda: np.put(s, [0], 1),
            lambda: s.sort(axis=0) if s.ndim else s.fill(1),
            lambda: s.setflags(write=True),
            lambda: memoryview(s).cast("B").__setitem__(0, 1),
            lambda: s.reshape(-1)[:1].__setitem__(0, 1) if s.flags.c_contiguous else s.fill(1),
            lambda: np.frombuffer(s, np.uint8).__setitem__(0, 1),
        ]
        with pytest.raises((ValueError, TypeError, BufferError, RuntimeError)):
            ways[b % len(ways)]()

    def assign(self, a: int, b: int) -> None:
        if not self.variables:
            return
        self.writes += 1
        v = self.variables[a % len(self.variables)]
        if v.dtype.is_bool or v.ndim == 0:
            v.assign(tf.identity(v))
        else:
            [lambda: v.assign_add(tf.ones_like(v)), lambda: v[:1].assign(tf.ones_like(v[:1]))][
                b % 2
            ]()


NEW = np.lib.NumpyVersion(np.__version__) >= "2.1.0"


class Old:
    """A consumer from before DLPack 1.0."""

    def __init__(self, t: Any) -> None:
        self.t = t

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.t.__dlpack__()

    def __dlpack_device__(self) -> Any:
        return self.t.__dlpack_device__()


class Interface:
    """What has nothing but __array_interface__."""

    def __init__(self, t: Any) -> None:
        self.t = t
        self.__array_interface__ = t.__array_interface__


MOVES = [World.new_source, World.new_view, World.new_tensor, World.new_tensor, World.new_from_tensor,
         World.new_export, World.new_export, World.new_variable]  # fmt: skip
WRITES = [World.write, World.write, World.write_to_view, World.assign]

written = 0


@settings(
    max_examples=PROGRAMS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 255), st.integers(0, 255)),
        min_size=STEPS,
        max_size=STEPS,
    )
)
def program(steps: list[tuple[int, int, int]]) -> None:
    global written
    world = World()
    world.new_tensor(0, 0)
    world.new_export(0, 1)
    for what, a, b in steps:
        MOVES[what](world, a, b)
        WRITES[b % len(WRITES)](world, a // 3, b // 4)
        world.check()
    written += world.writes


@pytest.mark.filterwarnings("ignore")
def test_no_mutation_changes_a_tensor() -> None:
    program()
    assert written >= PROGRAMS * STEPS / 2
