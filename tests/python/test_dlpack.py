"""DLPack with NumPy, PyTorch and JAX, and with producers that go to the limits and beyond."""

from __future__ import annotations

import ctypes
import gc
import importlib

import numpy as np
import pytest

import pyten as tf
from pyten import _core

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "bfloat16",
          "float32", "float64", "complex64", "complex128"]  # fmt: skip
READ_ONLY, IS_COPIED = 1, 2


def live_bytes():
    gc.collect()
    return _core.memory_stats()["live_bytes"]


def address(t):
    """Where a tensor's elements are."""
    if t.dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    return np.asarray(t).ctypes.data


# -- The other libraries ------------------------------------------------------------------------------
class NumPy:
    strided = True
    reads_only = np.lib.NumpyVersion(np.__version__) >= "2.1.0"  # else it asks without a version

    def __init__(self):
        self.module = np

    def has(self, dtype):
        return dtype != "bfloat16"  # DLPack's bfloat16 is no type of NumPy's

    def make(self, values, dtype):
        return values.astype(dtype)

    def take(self, x):
        return np.from_dlpack(x)

    def to_numpy(self, a):
        return a

    def address(self, a):
        return a.ctypes.data


class PyTorch(NumPy):
    reads_only = True

    def __init__(self):
        self.module = pytest.importorskip("torch")

    def has(self, dtype):
        return True

    def make(self, values, dtype):
        torch = self.module
        return torch.tensor(values).to(getattr(torch, dtype))

    def take(self, x):
        return self.module.from_dlpack(x)

    def to_numpy(self, a):
        return a.float().numpy() if a.dtype == self.module.bfloat16 else a.numpy()

    def address(self, a):
        return a.data_ptr()


class Jax(NumPy):
    strided = False  # its arrays are row-major always
    reads_only = False  # asks without a version

    def __init__(self):
        jax = pytest.importorskip("jax")
        jax.config.update("jax_enable_x64", True)
        self.module = importlib.import_module("jax.numpy")

    def has(self, dtype):
        return True

    def make(self, values, dtype):
        return self.module.asarray(values).astype(dtype)

    def take(self, x):
        return self.module.from_dlpack(x)

    def to_numpy(self, a):
        return np.asarray(a.astype("float32") if a.dtype == "bfloat16" else a)

    def address(self, a):
        return a.unsafe_buffer_pointer()


@pytest.fixture(params=[NumPy, PyTorch, Jax], ids=lambda c: c.__name__)
def library(request):
    return request.param()


VALUES = np.arange(24).reshape(4, 6) % 5
LAYOUTS = {
    "contiguous": lambda a: a,
    "strided": lambda a: a[::2, 1:].T,
    "zero-size": lambda a: a[:0],
    "scalar": lambda a: a[3, 4],
}


def laid_out(t, layout):
    if layout == "strided":
        return tf.transpose(t[::2, 1:])
    return t[3, 4] if layout == "scalar" else t[:0] if layout == "zero-size" else t


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_out(library, dtype, layout):
    """Without a copy to those who can be told that it is read-only; a copy to the others."""
    if not library.has(dtype):
        with pytest.raises((BufferError, RuntimeError, TypeError)):
            library.take(tf.cast(VALUES, dtype))
        return
    t = laid_out(tf.cast(VALUES, dtype), layout)
    a = library.take(t)
    expected = LAYOUTS[layout](VALUES).astype("float32" if dtype == "bfloat16" else dtype)
    np.testing.assert_array_equal(library.to_numpy(a), expected)
    assert str(a.dtype).removeprefix("torch.") == dtype
    if expected.size:
        assert (library.address(a) == address(t)) == library.reads_only
    if isinstance(a, np.ndarray) and library.reads_only:
        assert not a.flags.writeable


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_in(library, dtype, layout):
    """Always a copy: the owner may write to it."""
    if not library.has(dtype):
        pytest.skip("NumPy has no such type")
    a = LAYOUTS[layout](library.make(VALUES, dtype))
    if isinstance(a, np.generic):
        a = np.asarray(a)
    t = tf.from_dlpack(a)
    expected = LAYOUTS[layout](VALUES).astype("float32" if dtype == "bfloat16" else dtype)
    assert t.dtype == dtype and tuple(t.shape) == expected.shape
    np.testing.assert_array_equal(
        (tf.cast(t, tf.float32) if dtype == "bfloat16" else t).numpy(), expected
    )
    if expected.size:
        assert address(t) != library.address(a)
    again = tf.from_dlpack(a, copy=True)
    assert again.dtype == dtype and tuple(again.shape) == expected.shape
    if expected.size and not isinstance(library, Jax):  # who says what was made for us
        with pytest.raises(ValueError, match="copy=False, but the memory is its owner's"):
            tf.from_dlpack(a, copy=False)


def test_pytorch_writes_through_and_a_copy_protects():
    """It ignores the flag that says read-only (docs/numpy.md); copy=True keeps tensors safe."""
    torch = pytest.importorskip("torch")
    t = tf.constant([1.0, 2.0])
    torch.from_dlpack(t, copy=True).add_(1)
    assert t.numpy().tolist() == [1, 2]
    t = tf.constant([1.0, 2.0])
    torch.from_dlpack(t).add_(1)
    assert t.numpy().tolist() == [2, 3], "PyTorch now respects READ_ONLY: say so in docs/numpy.md"
    # What it gives is copied, also if it never moves again.
    a = torch.ones(3)
    t = tf.from_dlpack(a)
    a.add_(1)
    assert t.numpy().tolist() == [1, 1, 1]


def test_pytorchs_own_flags():
    torch = pytest.importorskip("torch")
    with pytest.raises(BufferError, match="gradient"):
        tf.from_dlpack(torch.ones(2, requires_grad=True))
    x = torch.complex(torch.ones(2), torch.ones(2))
    assert tf.from_dlpack(x.resolve_conj()).numpy().tolist() == [1 + 1j, 1 + 1j]
    capsule = torch.utils.dlpack.to_dlpack(torch.arange(3))
    assert tf.experimental.dlpack.from_dlpack(capsule).numpy().tolist() == [0, 1, 2]
    back = torch.utils.dlpack.from_dlpack(tf.experimental.dlpack.to_dlpack(tf.constant([1.0, 2.0])))
    assert back.tolist() == [1, 2]


def test_requests():
    t = tf.constant([1.0, 2.0])
    for max_version in (1, (1,), [1, 0], "1.0"):
        with pytest.raises(TypeError, match=r"max_version must be a tuple \(major, minor\)"):
            t.__dlpack__(max_version=max_version)
    with pytest.raises(TypeError):
        t.__dlpack__(max_version=("1", 0))
    assert '"dltensor"' in repr(t.__dlpack__(max_version=(0, 8)))
    if NumPy.reads_only:
        assert np.from_dlpack(t, copy=True).flags.writeable
        assert not np.from_dlpack(t, copy=False).flags.writeable
        assert np.from_dlpack(t, device="cpu").tolist() == [1, 2]


def test_variables():
    v = tf.Variable([1.0, 2.0])
    assert v.__dlpack_device__() == (1, 0)
    a = np.from_dlpack(v)
    v.assign_add([1.0, 1.0])
    assert a.tolist() == [1, 2] and v.numpy().tolist() == [2, 3]
    t = tf.from_dlpack(v)
    v.assign_add([1.0, 1.0])
    assert t.numpy().tolist() == [2, 3]


def test_tensors_come_back_without_a_copy():
    t = tf.constant(VALUES)
    back = [tf.from_dlpack(t.__dlpack__(max_version=(1, 0))), tf.from_dlpack(t)]
    back.append(tf.from_dlpack(tf.transpose(t).__dlpack__(max_version=(1, 0))))
    assert all(address(b) == address(t) for b in back)
    np.testing.assert_array_equal(back[2].numpy(), VALUES.T)
    assert address(tf.from_dlpack(t, copy=True)) != address(t)
    assert address(tf.from_dlpack(t.__dlpack__(max_version=(1, 0)), copy=True)) != address(t)
    v = tf.Variable(back[0])
    v.assign_add(VALUES)
    np.testing.assert_array_equal(t.numpy(), VALUES)


def test_a_tensor_keeps_its_gradient():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.from_dlpack(v) * 3
    assert tape.gradient(y, v).numpy().tolist() == [3, 3]


def test_device():
    a = np.ones(2)
    assert tf.from_dlpack(a, device="CPU:0").numpy().tolist() == [1, 1]
    assert tf.from_dlpack(a, device=(1, 0)).numpy().tolist() == [1, 1]
    with pytest.raises(ValueError, match='device must be None or "CPU:0"'):
        tf.from_dlpack(a, device="GPU:0")


def test_tensorflows_functions():
    t = tf.constant([[1, 2], [3, 4]])
    capsule = tf.experimental.dlpack.to_dlpack(t)
    assert '"dltensor"' in repr(capsule)
    back = tf.experimental.dlpack.from_dlpack(capsule)
    assert back.numpy().tolist() == [[1, 2], [3, 4]] and address(back) != address(t)
    with pytest.raises(ValueError, match="was used before"):
        tf.experimental.dlpack.from_dlpack(capsule)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be a TF tensor"):
        tf.experimental.dlpack.to_dlpack(np.ones(2))
    with pytest.raises(TypeError, match="__dlpack__"):
        tf.experimental.dlpack.from_dlpack([1, 2])
    with pytest.raises(AttributeError):
        tf.experimental.numpy  # noqa: B018


# -- Producers of our own -----------------------------------------------------------------------------
class Device(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class Element(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class Array(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", Device),
        ("ndim", ctypes.c_int32),
        ("dtype", Element),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


DELETER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Versioned(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", DELETER),
        ("flags", ctypes.c_uint64),
        ("array", Array),
    ]


class Legacy(ctypes.Structure):
    _fields_ = [("array", Array), ("context", ctypes.c_void_p), ("deleter", DELETER)]


python = ctypes.pythonapi
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
python.PyCapsule_GetPointer.restype = ctypes.c_void_p
python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
python.PyCapsule_IsValid.argtypes = [ctypes.py_object, ctypes.c_char_p]
CAPSULE_DESTRUCTOR = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


ALIVE = []  # callbacks must outlive what may call them


@pytest.fixture(autouse=True)
def dropped_capsules():
    yield
    for p in ALIVE:
        p.capsule = None


class Producer:
    """A capsule with any fields; counts how often it is deleted."""

    def __init__(self, data, shape, strides=None, code=2, bits=32, lanes=1, device=(1, 0), offset=0,
                 flags=0, version=(1, 0), legacy=False):  # fmt: skip
        ALIVE.append(self)
        self.data, self.deleted = data, 0
        sizes = (ctypes.c_int64 * max(len(shape), 1))(*shape)
        steps = None if strides is None else (ctypes.c_int64 * max(len(strides), 1))(*strides)
        at = data if data is None or isinstance(data, int) else data.ctypes.data
        array = Array(
            at, Device(*device), len(shape), Element(code, bits, lanes), sizes, steps, offset
        )
        self.keep = sizes, steps
        self.deleter = DELETER(self.delete)
        if legacy:
            self.managed, self.name = Legacy(array, None, self.deleter), b"dltensor"
        else:
            self.managed = Versioned(*version, None, self.deleter, flags, array)
            self.name = b"dltensor_versioned"
        self.destructor = CAPSULE_DESTRUCTOR(self.destroy)
        self.capsule = python.PyCapsule_New(
            ctypes.addressof(self.managed), self.name, ctypes.cast(self.destructor, ctypes.c_void_p)
        )

    def delete(self, managed):
        self.deleted += 1

    def destroy(self, capsule):
        # Runs with no reference to the capsule left, so none may be taken.
        check = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)(
            ("PyCapsule_IsValid", python)
        )
        if check(capsule, self.name):
            self.delete(None)

    def __dlpack__(self, **kwargs):
        return self.capsule

    def __dlpack_device__(self):
        return (1, 0)


F = np.arange(12, dtype=np.float32)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"shape": (12,)}, F),
        ({"shape": (3, 4)}, F.reshape(3, 4)),
        ({"shape": (3, 4), "strides": (4, 1)}, F.reshape(3, 4)),
        ({"shape": (4, 3), "strides": (1, 4)}, F.reshape(3, 4).T),
        ({"shape": (3, 2), "strides": (4, 2)}, F.reshape(3, 4)[:, ::2]),
        ({"shape": (4,), "strides": (-2,), "offset": 28}, F[7::-2]),
        ({"shape": (2, 3), "strides": (-1, -4), "offset": 44}, F.reshape(3, 4).T[::-1, ::-1][:2]),
        ({"shape": (5, 2), "strides": (0, 1), "offset": 4}, np.tile(F[1:3], (5, 1))),
        ({"shape": (3, 4), "strides": (2, 1)}, np.lib.stride_tricks.as_strided(F, (3, 4), (8, 4))),
        ({"shape": ()}, F[0]),
        ({"shape": (), "strides": (), "offset": 8}, F[2]),
        ({"shape": (0, 5)}, F[:0].reshape(0, 5)),
        ({"shape": (1, 1), "strides": (99, -7), "offset": 4}, F[1:2].reshape(1, 1)),
        ({"shape": (1,) * 20}, F[:1].reshape((1,) * 20)),
    ],
)
@pytest.mark.parametrize("legacy", [False, True])
def test_layouts(options, expected, legacy):
    p = Producer(F, legacy=legacy, **options)
    t = tf.from_dlpack(p)
    np.testing.assert_array_equal(t.numpy(), expected)
    assert t.dtype == tf.float32 and tuple(t.shape) == expected.shape
    assert p.deleted == 1  # as soon as it was copied
    p.capsule = None
    assert p.deleted == 1


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "int16", "complex64", "complex128", "int64"]
)
@pytest.mark.parametrize("strides", [None, (-1,), (3,)])
def test_unaligned(dtype, strides):
    values = np.arange(7).astype(dtype)
    raw = np.zeros(7 * values.itemsize + 1, np.uint8)
    raw[1:] = np.frombuffer(values.tobytes(), np.uint8)
    code = {"f": 2, "i": 0, "c": 5}[values.dtype.kind]
    shape = (7,) if strides != (3,) else (3,)
    offset = 1 + (6 * values.itemsize if strides == (-1,) else 0)
    for flags in (0, IS_COPIED):
        p = Producer(raw, shape, strides, code, 8 * values.itemsize, offset=offset, flags=flags)
        expected = values[::-1] if strides == (-1,) else values[::3] if strides else values
        np.testing.assert_array_equal(tf.from_dlpack(p).numpy(), expected)
        assert p.deleted == 1


def test_any_byte_but_zero_is_true():
    for flags in (0, IS_COPIED):
        p = Producer(np.array([0, 1, 2, 255, 0], np.uint8), (5,), code=6, bits=8, flags=flags)
        t = tf.from_dlpack(p)
        assert np.asarray(t).view(np.uint8).tolist() == [0, 1, 1, 1, 0]


def test_memory_made_for_us_is_not_copied():
    a = np.arange(1024, dtype=np.float32)
    p = Producer(a, (32, 32), flags=IS_COPIED)
    t = tf.from_dlpack(p)
    assert address(t) == a.ctypes.data and p.deleted == 0
    part = t[3:5]
    v = tf.Variable(t)  # its assigns must not reach t
    v.assign_add(tf.ones([32, 32]))
    np.testing.assert_array_equal(t.numpy(), a.reshape(32, 32))
    del t, v
    gc.collect()
    assert p.deleted == 0
    np.testing.assert_array_equal(part.numpy(), a.reshape(32, 32)[3:5])
    del part
    gc.collect()
    assert p.deleted == 1
    # Asked for, so it is taken; and a copy of it would be one too many.
    p = Producer(a, (1024,), flags=IS_COPIED)
    assert address(tf.from_dlpack(p, copy=False)) == a.ctypes.data
    p = Producer(a, (1024,), flags=IS_COPIED)
    assert address(tf.from_dlpack(p, copy=True)) == a.ctypes.data


@pytest.mark.parametrize("flags", [READ_ONLY, READ_ONLY | IS_COPIED, 0, 8])
def test_other_memory_is_copied(flags):
    """Who may not write through this capsule may still write in another way."""
    a = np.arange(6, dtype=np.float32)
    p = Producer(a, (6,), flags=flags)
    t = tf.from_dlpack(p)
    a[:] = 9
    assert t.numpy().tolist() == [0, 1, 2, 3, 4, 5] and p.deleted == 1


FOREIGN = [((10, 0), "ROCm:0"), ((8, 1), "Metal:1"), ((14, 0), "oneAPI:0"),
           ((13, 0), "CUDA managed:0"), ((77, 5), r"DLPack's device \(77, 5\)")]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"device": d}, ValueError, f"memory of the CPU or of a CUDA GPU, got {name}")
        for d, name in FOREIGN
    ]
    + [({"device": (2, 99)}, ValueError, r"the data is on CUDA:99, and pyten can use \d+ GPUs")]
    + [
        ({"lanes": 4}, TypeError, "must have one lane, got 4"),
        ({"lanes": 0}, TypeError, "must have one lane, got 0"),
        ({"code": 2, "bits": 128}, TypeError, r"no dtype for float128 \(DLPack's code 2\)"),
        ({"code": 0, "bits": 4}, TypeError, r"no dtype for int4 \(DLPack's code 0\)"),
        ({"code": 10, "bits": 8}, TypeError, r"no dtype for float8 \(DLPack's code 10\)"),
        ({"code": 17, "bits": 4}, TypeError, r"no dtype for float4 \(DLPack's code 17\)"),
        ({"code": 3, "bits": 64}, TypeError, r"no dtype for opaque64 \(DLPack's code 3\)"),
        ({"code": 99, "bits": 8}, TypeError, r"DLPack's code 99"),
        ({"code": 6, "bits": 1}, TypeError, "no dtype for bool1"),
        ({"shape": (2, -3)}, ValueError, "a size must not be negative, got -3"),
        ({"shape": (2**40, 2**40)}, ValueError, "too large"),
        ({"shape": (2**62,)}, ValueError, "too large"),
        ({"shape": (1,) * 65}, ValueError, "0 to 64 axes, got 65"),
        ({"data": None}, ValueError, r"no memory for shape \(3, 4\): the data pointer is null"),
        ({"version": (2, 0)}, ValueError, r"version 2\.0 is not understood; 1\.x is"),
    ],
)
def test_bad_capsules(options, error, match):
    p = Producer(**{"data": F, "shape": (3, 4), **options})
    for _ in range(2):  # a capsule that was refused is not used up
        with pytest.raises(error, match=match):
            tf.from_dlpack(p)
    assert p.deleted == 0
    p.capsule = None
    gc.collect()
    assert p.deleted == 1


def test_bad_producers():
    class Bad:
        def __init__(self, value):
            self.value = value

        def __dlpack__(self, **kwargs):
            if isinstance(self.value, Exception):
                raise self.value
            return self.value

    with pytest.raises(TypeError, match="must return a capsule, got 7"):
        tf.from_dlpack(Bad(7))
    with pytest.raises(KeyError):
        tf.from_dlpack(Bad(KeyError("mine")))
    with pytest.raises(ValueError, match="holds no DLPack data"):
        tf.from_dlpack(python.PyCapsule_New(ctypes.addressof(ctypes.c_int(1)), b"else", None))
    used = tf.constant(1.0).__dlpack__()
    tf.from_dlpack(used)
    with pytest.raises(ValueError, match="was used before; a capsule can be used once"):
        tf.from_dlpack(used)


def test_hosts_memory_of_other_devices():
    for device in ((3, 0), (11, 0)):
        t = tf.from_dlpack(Producer(F, (12,), device=device))
        np.testing.assert_array_equal(t.numpy(), F)


def test_nothing_leaks():
    def all_ways():
        t = tf.constant(np.zeros((100, 1000), np.float32))
        for options in ({}, {"max_version": (1, 0)}, {"max_version": (1, 0), "copy": True}):
            t.__dlpack__(**options)
            tf.from_dlpack(t.__dlpack__(**options))
            capsule = t.__dlpack__(**options)
            tf.from_dlpack(capsule)
            with pytest.raises(ValueError):
                tf.from_dlpack(capsule)
        for options in ({"stream": 1}, {"copy": False}, {"max_version": 3}, {"dl_device": (2, 0)}):
            with pytest.raises((BufferError, TypeError)):
                t.__dlpack__(**options)
        kept = [np.from_dlpack(t), np.from_dlpack(tf.transpose(t))]
        del t
        return kept

    all_ways()
    before = live_bytes()
    for _ in range(5):
        all_ways()
    assert live_bytes() - before < 400_000
