"""Pickles of all protocols, buffers out of band, copies, and what damaged pickles do."""

from __future__ import annotations

import copy
import io
import pickle
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyten as tf
from pyten import _core
from pyten._dtypes import ALL_DTYPES, as_dtype
from pyten._shape import TensorShape
from pyten._tensor import _from_bytes
from pyten._variable import _unpickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
DTYPES = [d.name for d in ALL_DTYPES]


def same(x: Any, y: Any) -> bool:
    return x.dtype == y.dtype and x.shape == y.shape and bool(tf.reduce_all(x == y))


def address(t: Any) -> int:
    return np.asarray(_core._bytes_of(t)).ctypes.data


def layouts(dtype: str) -> list[Any]:
    m = tf.cast([[1, 0, 2], [3, 4, 5]], dtype)
    return [m, m[0, 2], m[:0], tf.transpose(m), m[:, ::-1], m[:, 1:], tf.broadcast_to(m[1], (4, 3))]


# -- Tensors -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_round_trip(dtype: str, protocol: int) -> None:
    for t in layouts(dtype):
        assert same(pickle.loads(pickle.dumps(t, protocol)), t)
    assert same(pickle.loads(pickle._dumps(t, protocol)), t)  # the pickler in Python


@pytest.mark.parametrize("dtype", DTYPES)
def test_out_of_band(dtype: str) -> None:
    for t in layouts(dtype):
        buffers: list[Any] = []
        stream = pickle.dumps(t, 5, buffer_callback=buffers.append)
        assert len(buffers) == 1 and len(stream) < 200
        assert same(pickle.loads(stream, buffers=buffers), t)
        whole = [b.raw().tobytes() for b in buffers]
        assert same(pickle.loads(stream, buffers=whole), t)
        assert same(pickle.loads(stream, buffers=[bytearray(whole[0])]), t)


def test_nothing_is_copied_out_of_band() -> None:
    t = tf.random.normal((1000, 10))
    buffers: list[Any] = []
    stream = pickle.dumps([t, t], 5, buffer_callback=buffers.append)
    (data,) = buffers  # a tensor that occurs twice is sent once
    assert np.frombuffer(data, np.uint8).ctypes.data == address(t)
    first, second = pickle.loads(stream, buffers=buffers)
    assert first is second and address(first) == address(t)
    # and neither from bytes, which never change
    whole = data.raw().tobytes()
    again = pickle.loads(stream, buffers=[whole])[0]
    assert address(again) == np.frombuffer(whole, np.uint8).ctypes.data
    part = pickle.loads(stream, buffers=[memoryview(b"0123456789abcdef" + whole)[16:]])[0]
    assert same(part, t)
    del whole, data, buffers, first, second
    assert same(again, t)


@pytest.mark.parametrize("seal", [lambda b: b, lambda b: memoryview(b).toreadonly()])
def test_memory_that_can_change_is_copied(seal: Any) -> None:
    t = tf.range(100.0)
    buffers: list[Any] = []
    stream = pickle.dumps(t, 5, buffer_callback=buffers.append)
    for memory in (bytearray(buffers[0].raw()), np.array(buffers[0].raw())):
        u = pickle.loads(stream, buffers=[seal(memory)])
        np.asarray(memory)[:] = 7
        assert same(u, t)


def test_unaligned_memory_is_copied() -> None:
    t = tf.range(10.0)
    data = memoryview(b"x" + t.numpy().tobytes())[1:]
    assert same(_from_bytes(data, "float32", (10,)), t)


def test_a_variable_does_not_write_to_the_pickle() -> None:
    t = tf.ones(1000)
    buffers: list[Any] = []
    stream = pickle.dumps(t, 5, buffer_callback=buffers.append)
    whole = buffers[0].raw().tobytes()
    before = bytes(bytearray(whole))
    for change in (
        lambda v: v.assign_add(tf.ones(1000)),
        lambda v: v[3].assign(5.0),
        lambda v: v.scatter_nd_update([[1]], [9.0]),
        lambda v: v.assign(pickle.loads(stream, buffers=[whole])).assign_sub(tf.ones(1000)),
        lambda v: tf.optimizers.SGD(0.1).apply_gradients([(tf.ones(1000), v)]),
    ):
        change(tf.Variable(pickle.loads(stream, buffers=[whole])))
        assert whole == before
    # The variable's own pickle, whose memory nobody else holds.
    v = tf.Variable(t)
    parts: list[Any] = []
    stream = pickle.dumps(v, 5, buffer_callback=parts.append)
    v.assign_add(t)
    v[0].assign(9.0)
    data = parts[0].raw().tobytes()
    w = pickle.loads(stream, buffers=[data])
    assert same(w, t)  # as it was when it was pickled
    w.assign_add(t)
    assert same(pickle.loads(stream, buffers=[data]), t)


def test_attributes_and_subclasses_of_variables() -> None:
    t = tf.constant(1.0)
    t.note = [1, 2]
    assert pickle.loads(pickle.dumps(t)).note == [1, 2]
    v = Named(1.0, name="v")
    v.tag = "x"
    w = pickle.loads(pickle.dumps(v))
    assert type(w) is Named and w.tag == "x" and w.name == "v:0" and w.numpy() == 1


class Named(tf.Variable):
    tag = ""


def test_pickling_under_a_tape() -> None:
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = v * v
        again = pickle.loads(pickle.dumps(y))
        w = pickle.loads(pickle.dumps(v))
        z = again * v
    assert tape.gradient(z, v).numpy() == 4  # the pickled value is a constant
    assert w is not v and w.numpy() == 2
    with tf.GradientTape() as tape:
        again = pickle.loads(pickle.dumps(v * v))
    assert "was pickled" in tape.explain(again, v)


# -- Everything else -----------------------------------------------------------------------------------
def clip(x: Any) -> Any:
    return tf.clip_by_value(x, 0.0, 1.0)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_variables(protocol: int) -> None:
    v = tf.Variable(
        [[1.0, 2.0]],
        name="v",
        trainable=False,
        constraint=clip,
        shape=[None, 2],
        synchronization=tf.VariableSynchronization.NONE,
        aggregation=tf.VariableAggregation.SUM,
    )
    w = pickle.loads(pickle.dumps(v, protocol))
    assert same(w, v) and w is not v and w.name == "v:0" and not w.trainable
    assert w.constraint is clip and w.shape.as_list() == [None, 2]
    assert w.synchronization is v.synchronization and w.aggregation is v.aggregation
    w.assign([[1.0, 2.0], [3.0, 4.0]])
    assert (w.size, w.nbytes) == (4, 16)
    any_shape = tf.Variable(1.0, shape=tf.TensorShape(None))
    assert pickle.loads(pickle.dumps(any_shape, protocol)).shape.rank is None
    with tf.name_scope("outer"):
        assert pickle.loads(pickle.dumps(v, protocol)).name == "v:0"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("how", ["pickle", "deepcopy"])
def test_small_types(how: str, protocol: int) -> None:
    def again(x: Any) -> Any:
        return copy.deepcopy(x) if how == "deepcopy" else pickle.loads(pickle.dumps(x, protocol))

    for x in (tf.TensorShape([1, None]), tf.TensorSpec([None, 2], tf.int8, "x")):
        assert again(x) == x
    assert again(tf.TensorShape(None)).rank is None
    for x in (tf.bfloat16, tf.UnconnectedGradients.ZERO, tf.random.Algorithm.PHILOX):
        assert again(x) is x
    rows = again(tf.IndexedSlices([[1.0, 2.0]], [3], [5, 2]))
    assert rows.values.numpy().tolist() == [[1.0, 2.0]] and rows.indices.numpy().tolist() == [3]
    assert rows.dense_shape.numpy().tolist() == [5, 2]
    t = tf.constant(1.0)
    reference, target = again((t.ref(), t))
    assert reference.deref() is target
    g = tf.random.Generator.from_seed(3)
    assert same(again(g).normal((4,)), copy.deepcopy(g).normal((4,)))
    for function in (tf.tanh, tf.reduce_sum, tf.nn.relu, tf.linspace, tf.Tensor, tf.Variable):
        assert again(function) is function


class Layer(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = tf.Variable([2.0], name="w")
        self.compiled = tf.function(self.times)

    def times(self, x: Any) -> Any:
        return self.w * x


@tf.function
def compiled(x: Any) -> Any:
    return x + 1


@pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_modules_and_functions(how: Any) -> None:
    layer = Layer()
    other = how(layer)
    other.w.assign([3.0])
    assert layer.times(2.0).numpy() == 4 and other.times(2.0).numpy() == 6
    assert other.compiled(2.0).numpy() == 6  # bound to the copy
    assert how(compiled) is compiled


@pytest.mark.parametrize(
    "error",
    [e for e in vars(tf.errors).values() if isinstance(e, type) and issubclass(e, Exception)],
)
def test_errors(error: type[Exception]) -> None:
    for protocol in PROTOCOLS:
        e = pickle.loads(pickle.dumps(error("text"), protocol))
        assert type(e) is error and str(e) == "text" and e.args == ("text",)
    try:
        tf.ones((2, 3)) + tf.ones(4)
    except tf.errors.InvalidArgumentError as e:
        again = pickle.loads(pickle.dumps(e))
        assert type(again) is type(e) and again.message == e.message == str(again)


def test_what_cannot_be_pickled_says_so() -> None:
    d = tf.data.Dataset.range(3)
    with pytest.raises(TypeError, match="Dataset: a dataset holds functions"):
        pickle.dumps(d)
    assert copy.copy(d) is d and copy.deepcopy(d) is d
    one = tf.constant(1.0)
    with pytest.raises(TypeError, match="ForwardAccumulator: what is being recorded belongs to"):
        pickle.dumps(tf.autodiff.ForwardAccumulator([one], [one]), 0)
    with pytest.raises(TypeError, match="cannot pickle 'pyten.GradientTape' object"):
        pickle.dumps(tf.GradientTape())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_of_the_array_api(protocol: int) -> None:
    from pyten import array_api as xp

    a = xp.asarray([1.0, 2.0, 3.0])
    buffers: list[Any] = []
    callback = buffers.append if protocol == 5 else None
    stream = pickle.dumps(a, protocol, buffer_callback=callback)
    a[0] = 9.0  # does not reach what was pickled
    again = pickle.loads(stream, buffers=buffers)
    assert type(again) is type(a) and [float(x) for x in again] == [1.0, 2.0, 3.0]
    again[1] = 7.0
    assert [float(x) for x in pickle.loads(stream, buffers=buffers)] == [1.0, 2.0, 3.0]
    for other in (copy.copy(a), copy.deepcopy(a)):
        other[2] = 8.0
        assert float(a[2]) == 3.0


# -- Identity --------------------------------------------------------------------------------------------
def test_hash_references_and_weak_references() -> None:
    t, v = tf.constant([1.0]), tf.Variable([1.0])
    for x, text in ((t, "Tensor is unhashable"), (v, "Variable is unhashable")):
        with pytest.raises(TypeError, match=rf"{text}. Instead, use \w+.ref\(\) as the key."):
            hash(x)
        assert len({x.ref(), x.ref()}) == 1 and x.ref().deref() is x
        assert x.ref() != tf.identity(x).ref() and (x.ref() == 1) is False
        gone = []
        weak = weakref.ref(x, gone.append)
        assert weak() is x and weakref.proxy(x).shape == (1,)
        table: Any = weakref.WeakValueDictionary(key=x)
        assert table["key"] is x
    del x
    del t
    assert len(table) == 1 and gone == []
    del v
    assert len(table) == 0 and len(gone) == 1
    for other in (tf.GradientTape(), tf.float32, tf.random.Generator.from_seed(1)):
        assert weakref.ref(other)() is other and isinstance(hash(other), int)


class Forgetful(tf.Variable):
    def __init__(self) -> None:
        self.ready = True


USES = {
    "shape": lambda v: v.shape,
    "dtype": lambda v: v.dtype,
    "numpy": lambda v: v.numpy(),
    "repr": repr,
    "len": len,
    "bool": bool,
    "iter": list,
    "add": lambda v: v + 1,
    "compare": lambda v: v == 1,
    "item": lambda v: v[0],
    "op": tf.exp,
    "stack": lambda v: tf.stack([v, v]),
    "constant": tf.constant,
    "assign": lambda v: v.assign(1.0),
    "assign_add": lambda v: v.assign_add(1.0),
    "scatter": lambda v: v.scatter_nd_add([[0]], [1.0]),
    "watch": lambda v: tf.GradientTape().__enter__().watch(v),
    "optimizer": lambda v: tf.optimizers.SGD().apply_gradients([(tf.constant(1.0), v)]),
    "pickle": pickle.dumps,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("use", USES)
def test_a_variable_whose_class_forgot_to_initialise_it(use: str) -> None:
    for v in (Forgetful(), tf.Variable.__new__(tf.Variable)):
        with pytest.raises(RuntimeError, match=r"has no value yet; its class must call super\(\)"):
            USES[use](v)


def test_initialised_twice() -> None:
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = v * v
        v.__init__(5.0)
    del v
    (old,) = tape.watched_variables()
    assert old.numpy() == 1 and tape.gradient(y, old).numpy() == 2


# -- Damaged pickles ---------------------------------------------------------------------------------------
ERRORS = (TypeError, ValueError, OverflowError, MemoryError)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.binary(max_size=40) | st.sampled_from(DTYPES),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple),
    max_leaves=6,
)  # fmt: skip
sizes = st.lists(st.integers(-3, 6) | st.integers(), max_size=4).map(tuple)


def consistent(t: Any) -> None:
    """Reads all of a tensor that came out."""
    assert t.numpy().nbytes == t.nbytes and repr(t)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64) | anything, st.sampled_from(DTYPES) | anything, sizes | anything)
def test_damaged_tensors(data: Any, dtype: Any, shape: Any) -> None:
    try:
        t = _from_bytes(data, dtype, shape)
    except ERRORS:
        return
    assert t.nbytes == memoryview(data).nbytes
    consistent(t)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([tf.Variable, Named, tf.Tensor, int]) | anything,
    st.sampled_from([tf.ones((2, 3)), tf.constant(1)]) | anything,
    st.booleans() | anything,
    st.text() | anything,
    sizes | st.just((2, None)) | anything,
    st.dictionaries(st.text(max_size=5), anything, max_size=2) | anything,
)
def test_damaged_variables(
    cls: Any, value: Any, trainable: Any, name: Any, dims: Any, state: Any
) -> None:
    try:
        v = _unpickle(cls, value, trainable, name, dims)
    except ERRORS:
        return
    if isinstance(state, dict):
        v.__dict__.update(state)
    consistent(v)
    assert v.shape.is_compatible_with(value.shape) and isinstance(v.name, str)
    v.assign(v + 1)


@settings(max_examples=60, deadline=None)
@given(anything)
def test_damaged_types(value: Any) -> None:
    for make in (as_dtype, TensorShape, tf.IndexedSlices):
        with pytest.raises(Exception) as caught:
            repr(make(value, value) if make is tf.IndexedSlices else make(value))
            raise ValueError
        assert isinstance(caught.value, (*ERRORS, AttributeError))


class Careful(pickle._Unpickler):
    """Finds pyten's own names alone: damage must not reach for the rest of Python.

    It is the unpickler in Python, since the one in C makes its memo as long as a damaged index says.
    """

    def find_class(self, module: str, name: str) -> Any:
        if not module.startswith("pyten"):
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


SAMPLES = [
    pickle.dumps(x, protocol)
    for protocol in (0, 2, 5)
    for x in (
        tf.constant([[1.0, 2.0, 3.0]]),
        tf.constant([True, False]),
        tf.cast([1, 2], "bfloat16"),
        tf.Variable([[1.0, 2.0]], name="v", shape=[None, 2]),
        tf.TensorSpec([None, 2], tf.int8),
        tf.IndexedSlices([[1.0]], [0]),
        tf.errors.NotFoundError("text"),
    )
]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_damaged_streams(data: Any) -> None:
    stream = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(stream) - 1))
        how = data.draw(st.sampled_from(["byte", "cut", "insert"]))
        if how == "byte":
            stream[at] = data.draw(st.integers(0, 255))
        elif how == "insert":
            stream[at:at] = data.draw(st.binary(min_size=1, max_size=3))
        else:
            del stream[at : at + data.draw(st.integers(1, 3))]
        if not stream:
            return
    try:
        found = Careful(io.BytesIO(stream)).load()
    except Exception:  # of any kind, but no crash
        return
    if isinstance(found, (tf.Tensor, tf.Variable)):
        consistent(found)
