"""Tensors to and from NumPy, the buffer protocol and DLPack."""

import ctypes
import gc
import subprocess
import sys

import numpy as np
import pytest

import pyten as tf
from pyten import _core

NUMPY = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
         "float64", "complex64", "complex128"]  # fmt: skip
SHAPES = [(), (0,), (3,), (2, 3), (2, 0, 3), (100, 300)]


def values(shape, dtype):
    return (np.arange(np.prod(shape, dtype=int)) % 5).reshape(shape).astype(dtype)


def live_bytes():
    gc.collect()
    return _core.memory_stats()["live_bytes"]


# -- numpy() ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", NUMPY)
@pytest.mark.parametrize("shape", SHAPES)
def test_numpy_is_a_writable_copy(shape, dtype):
    a = values(shape, dtype)
    t = tf.constant(a)
    b = t.numpy()
    assert (b.dtype, b.shape) == (a.dtype, shape)
    np.testing.assert_array_equal(b, a)
    if shape == ():
        assert isinstance(b, np.generic)
        return
    assert b.flags.writeable and b.flags.c_contiguous and b.flags.owndata
    b[...] = 1
    np.testing.assert_array_equal(t.numpy(), a)


@pytest.mark.parametrize(
    "view",
    [lambda t: tf.transpose(t), lambda t: t[::-1, 1:], lambda t: tf.broadcast_to(t[:1], (7, 6))],
)
def test_strided_tensors(view):
    t = tf.constant(values((5, 6), "float32"))
    a = view(t).numpy()
    assert a.flags.c_contiguous
    for b in (np.asarray(view(t)), np.array(view(t)), np.from_dlpack(view(t))):
        np.testing.assert_array_equal(a, b)
    assert np.shares_memory(np.asarray(view(t)), np.asarray(t))


def test_variables_are_copied():
    v = tf.Variable([1.0, 2.0])
    a, b = v.numpy(), np.asarray(v)
    v.assign([5.0, 6.0])
    a[0] = 9
    np.testing.assert_array_equal(a, [9, 2])
    np.testing.assert_array_equal(b, [1, 2])
    np.testing.assert_array_equal(v.numpy(), [5, 6])


# -- Views -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", NUMPY)
@pytest.mark.parametrize("shape", SHAPES)
def test_asarray_is_a_read_only_view(shape, dtype):
    a = values(shape, dtype)
    t = tf.constant(a)
    views = [np.asarray(t), t.__array__(), np.asarray(memoryview(t))]
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":  # knows of read-only memory
        views.append(np.from_dlpack(t))
    for b in views:
        assert (b.dtype, b.shape, b.flags.writeable) == (a.dtype, shape, False)
        np.testing.assert_array_equal(b, a)
        assert b.size == 0 or np.shares_memory(b, np.asarray(t))
        with pytest.raises(ValueError, match="read-only"):
            b[...] = 0


def test_array_method():
    t = tf.constant([1.0, 2.0])
    assert t.__array__(np.float64).dtype == np.float64
    assert t.__array__(dtype="int32").tolist() == [1, 2]
    copy = t.__array__(copy=True)
    copy[0] = 5
    assert float(t[0]) == 1
    assert not t.__array__(copy=False).flags.writeable
    assert np.array(t, copy=True).flags.writeable
    assert np.asarray(t, dtype=np.int32).dtype == np.int32
    with pytest.raises(ValueError, match="needs a copy"):
        t.__array__(np.float64, copy=False)
    with pytest.raises(TypeError, match="unexpected"):
        t.__array__(foo=1)


NUMPY_2 = np.lib.NumpyVersion(np.__version__) >= "2.0.0"


@pytest.mark.parametrize("dtype", [None, "float32", "float64"])
@pytest.mark.parametrize("copy", [None, True, False])
@pytest.mark.parametrize("kind", ["tensor", "strided", "variable"])
def test_numpys_rules_for_copies(kind, dtype, copy):
    """copy=None copies where it must, False never, True always; NumPy 1 has no None."""
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    x = {"tensor": x, "strided": tf.transpose(x), "variable": tf.Variable(x)}[kind]
    must = kind == "variable" or dtype == "float64"
    if copy is None and not NUMPY_2:
        a = np.asarray(x, dtype)
    elif copy is False and must and NUMPY_2:
        with pytest.raises(ValueError, match="copy"):
            np.array(x, dtype, copy=copy)
        with pytest.raises(ValueError, match="copy"):
            x.__array__(dtype and np.dtype(dtype), copy=copy)
        return
    else:
        a = np.array(x, dtype, copy=copy)
    np.testing.assert_array_equal(a, x.numpy())
    assert a.dtype == (dtype or "float32")
    same = np.asarray(x) if kind != "variable" else np.asarray(x.read_value())
    shared = np.shares_memory(a, same)
    assert shared == (not must and copy is not True)
    assert a.flags.writeable == (not shared)


def test_array_interface():
    class Only:
        def __init__(self, t):
            self.t = t

        @property
        def __array_interface__(self):
            return self.t.__array_interface__

    for dtype in NUMPY:
        for t in (tf.constant(values((2, 3), dtype)), tf.transpose(tf.constant(values((2, 3), dtype))),
                  tf.constant(values((), dtype)), tf.constant(values((0, 2), dtype))):  # fmt: skip
            a = np.asarray(Only(t))
            assert (a.dtype, a.shape, a.flags.writeable) == (dtype, tuple(t.shape), False)
            np.testing.assert_array_equal(a, t.numpy())
            assert a.size == 0 or np.shares_memory(a, np.asarray(t))
    with pytest.raises(AttributeError, match="bfloat16"):
        tf.constant(1, tf.bfloat16).__array_interface__  # noqa: B018


def test_views_keep_the_memory_alive():
    before = live_bytes()
    views = [
        f(tf.constant(values((1000, 100), "float32")))
        for f in (np.asarray, memoryview, np.from_dlpack, np.transpose)
    ]
    gc.collect()
    junk = [tf.zeros((1000, 100)) for _ in range(4)]
    for view in views[:3]:
        np.testing.assert_array_equal(view, values((1000, 100), "float32"))
    assert live_bytes() - before >= 8 * 400_000
    del view, views, junk
    assert live_bytes() - before < 400_000


def test_views_of_variables_do_not_change():
    v = tf.Variable(np.zeros(10, np.float32))
    view = np.asarray(v.read_value())
    part = np.asarray(v[2:4])
    v.assign_add(np.ones(10, np.float32))
    v[0].assign(5.0)
    assert not view.any() and not part.any()


def test_memoryview():
    m = memoryview(tf.constant([[1, 2, 3], [4, 5, 6]]))
    assert (m.shape, m.strides, m.format, m.readonly, m.itemsize, m.nbytes) == (
        (2, 3),
        (12, 4),
        "i",
        True,
        4,
        24,
    )
    assert m.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert memoryview(tf.constant(True)).format == "?"
    assert memoryview(tf.constant(1, tf.float16)).format == "e"
    assert memoryview(tf.constant(1j)).format == "Zd"
    assert memoryview(tf.constant(2.5)).shape == ()
    assert bytes(tf.transpose(tf.constant([[1, 2], [3, 4]], tf.int8))) == b"\1\3\2\4"
    t = tf.constant([[1, 2], [3, 4]], tf.int8)[:, ::-1]
    assert memoryview(t).strides == (2, -1)
    assert memoryview(t).tolist() == [[2, 1], [4, 3]]
    with pytest.raises(TypeError, match="read-only"):
        memoryview(tf.constant([1]))[0] = 5


def test_a_writable_buffer_is_refused():
    with pytest.raises((BufferError, TypeError), match="writable|read-only"):
        (ctypes.c_float * 2).from_buffer(tf.constant([1.0, 2.0]))


def test_numpy_functions_give_arrays():
    t = tf.ones((2, 3))
    assert isinstance(np.exp(t), np.ndarray)
    assert np.sum(t) == 6
    assert np.float32(tf.constant(2.5)) + np.float32(1) == 3.5
    assert np.arange(5)[tf.constant([1, 2])].tolist() == [1, 2]
    assert np.asarray([tf.constant(1.0), tf.constant(2.0)]).tolist() == [1, 2]


# -- bfloat16 --------------------------------------------------------------------------------------
def test_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    t = tf.constant([1, 2.5], tf.bfloat16)
    for a in (t.numpy(), np.asarray(t), t.__array__()):
        assert a.dtype == ml_dtypes.bfloat16
        assert a.astype(np.float32).tolist() == [1, 2.5]
    assert isinstance(t[0].numpy(), ml_dtypes.bfloat16)
    with pytest.raises(BufferError, match="no format for bfloat16"):
        memoryview(t)


def test_bfloat16_without_ml_dtypes():
    code = (
        "import sys; sys.modules['ml_dtypes'] = None\n"
        "import pyten as tf\n"
        "t = tf.constant([1, 2.5], tf.bfloat16)\n"
        "print(t)\n"
        "try: t.numpy()\n"
        "except TypeError as e: print(e)\n"
    )
    r = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "tf.Tensor([1.  2.5], shape=(2,), dtype=bfloat16)" in r.stdout
    assert "pip install ml_dtypes" in r.stdout


# -- DLPack ----------------------------------------------------------------------------------------
class Old:
    """A producer or consumer from before DLPack 1.0."""

    def __init__(self, t):
        self.t = t

    def __dlpack__(self, stream=None):
        return self.t.__dlpack__()

    def __dlpack_device__(self):
        return self.t.__dlpack_device__()


def test_dlpack_capsules():
    t = tf.constant([1.0, 2.0])
    assert t.__dlpack_device__() == (1, 0)
    assert '"dltensor"' in repr(t.__dlpack__())
    assert '"dltensor_versioned"' in repr(t.__dlpack__(max_version=(1, 0)))
    assert '"dltensor_versioned"' in repr(
        t.__dlpack__(stream=None, max_version=(2, 3), dl_device=(1, 0), copy=True)
    )
    with pytest.raises(BufferError, match="stream"):
        t.__dlpack__(stream=1)
    with pytest.raises(BufferError, match=r"dl_device.*\(2, 0\)"):
        t.__dlpack__(dl_device=(2, 0))
    with pytest.raises(BufferError, match="max_version"):
        t.__dlpack__(copy=False)
    with pytest.raises(TypeError, match="keyword"):
        t.__dlpack__(foo=1)
    with pytest.raises(TypeError, match="keyword"):
        t.__dlpack__(None)


def test_dlpack_for_old_consumers_is_a_copy():
    t = tf.constant([1.0, 2.0])
    a = np.from_dlpack(Old(t))
    np.testing.assert_array_equal(a, [1, 2])
    assert not np.shares_memory(a, np.asarray(t))


def test_unused_capsules_are_freed():
    t = tf.zeros((1000, 100))
    before = live_bytes()
    for _ in range(10):
        t.__dlpack__()
        t.__dlpack__(max_version=(1, 0))
    assert live_bytes() - before < 400_000


@pytest.mark.parametrize("dtype", NUMPY)
@pytest.mark.parametrize("shape", SHAPES)
def test_from_dlpack(shape, dtype):
    a = values(shape, dtype)
    for source in (
        a,
        Old(tf.constant(a)),
        tf.constant(a),
        tf.constant(a).__dlpack__(max_version=(1, 0)),
    ):
        t = _core.from_dlpack(source)
        assert (t.dtype.name, tuple(t.shape)) == (dtype, shape)
        np.testing.assert_array_equal(t.numpy(), a)
        assert a.size == 0 or not np.shares_memory(np.asarray(t), a)


def test_from_dlpack_of_strided_arrays():
    a = values((4, 6), "float32")
    for b in (a.T, a[::2, ::-1], np.asfortranarray(a)):
        np.testing.assert_array_equal(_core.from_dlpack(b).numpy(), b)


def test_from_dlpack_errors():
    with pytest.raises(TypeError, match="__dlpack__"):
        _core.from_dlpack([1, 2])
    capsule = tf.constant([1.0]).__dlpack__()
    _core.from_dlpack(capsule)
    with pytest.raises(ValueError, match="used before"):
        _core.from_dlpack(capsule)


def test_torch():
    torch = pytest.importorskip("torch")
    t = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    u = torch.from_dlpack(t)
    assert u.tolist() == [[1, 2], [3, 4]]
    for x in (
        torch.arange(6).reshape(2, 3).T,
        torch.tensor([1.5, 2.5], dtype=torch.bfloat16),
        torch.tensor([True]),
    ):
        t = _core.from_dlpack(x)
        assert t.dtype.name == str(x.dtype).removeprefix("torch.")
        assert tf.cast(t, tf.float32).numpy().tolist() == x.float().tolist()
    assert tf.constant(torch.ones(2)).dtype == "float32"


# -- Tapes -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "leave",
    [
        lambda x: x.numpy(),
        lambda x: np.asarray(x),
        lambda x: bytes(x),
        lambda x: memoryview(x),
        lambda x: x.__dlpack__(),
        lambda x: x.__array_interface__,
    ],
)
def test_the_tape_learns_where_a_value_left(leave):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        x = v * 1.0
        leave(x)
        y = tf.constant(np.square(np.float32([1, 2])))
    with pytest.warns(UserWarning, match=r"test_exchange\.py:\d+"):
        assert tape.gradient(y, v) is None
