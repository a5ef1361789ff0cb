"""Memory of a GPU for and from other libraries: DLPack and __cuda_array_interface__.

The other side is played by what reads and writes the structs itself; where PyTorch or CuPy sees the
GPU too, they play it as well.
"""

from __future__ import annotations

import ctypes
import gc

import numpy as np
import pytest
from test_dlpack import (  # the fixture drops what Producers hold
    READ_ONLY,
    Legacy,
    Producer,
    Versioned,
    dropped_capsules,  # noqa: F401
    python,
)

import pyten as tf

gpus = tf.config.list_logical_devices("GPU")
pytestmark = pytest.mark.skipif(not gpus, reason="no GPU, and no emulator of one")
CUDA = (2, 0)
IS_COPIED = 2
IMPORTERS = pytest.mark.parametrize("stream", [None, 1, 2, -1], ids=str)


@pytest.fixture
def x():
    with tf.device("GPU:0"):
        return tf.constant(np.arange(6, dtype=np.float32).reshape(2, 3))


def address(t):
    return t.__cuda_array_interface__["data"][0]


def opened(capsule):
    """The struct in a capsule, and its name."""
    for name, kind in ((b"dltensor_versioned", Versioned), (b"dltensor", Legacy)):
        if python.PyCapsule_IsValid(capsule, name):
            return kind.from_address(python.PyCapsule_GetPointer(capsule, name)), name
    raise AssertionError("no capsule of DLPack")


def live():
    gc.collect()
    return tf.config.experimental.get_memory_info("GPU:0")["current"]


# -- Out ----------------------------------------------------------------------------------------------


@IMPORTERS
def test_a_view_goes_out(x, stream):
    assert x.__dlpack_device__() == CUDA
    capsule = x.__dlpack__(stream=stream, max_version=(1, 0))
    struct, _ = opened(capsule)
    assert (struct.array.device.type, struct.array.device.id) == CUDA
    assert struct.array.data == address(x) and struct.flags == READ_ONLY
    assert [struct.array.shape[i] for i in range(2)] == [2, 3]
    assert [struct.array.strides[i] for i in range(2)] == [3, 1]


def test_who_cannot_be_told_of_read_only_memory_gets_a_copy(x):
    struct, name = opened(capsule := x.__dlpack__(stream=1))
    assert name == b"dltensor" and struct.array.data != address(x)
    del capsule
    with pytest.raises(BufferError, match="gets a copy"):
        x.__dlpack__(copy=False)


def test_memory_stays_for_as_long_as_the_consumer_has_it(x):
    with tf.device("GPU:0"):
        big = x[0, 0] + tf.zeros((512, 512))
    before = live()
    capsule = big.__dlpack__(max_version=(1, 0))
    del big
    assert live() == before
    struct, _ = opened(capsule)
    struct.deleter(ctypes.addressof(struct))
    python.PyCapsule_SetName = ctypes.pythonapi.PyCapsule_SetName
    python.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]
    python.PyCapsule_SetName(capsule, b"used_dltensor_versioned")
    assert live() <= before - 512 * 512 * 4


def test_to_the_cpu(x):
    np.testing.assert_array_equal(np.from_dlpack(x, device="cpu"), x.numpy())
    capsule = x.__dlpack__(dl_device=(1, 0), max_version=(1, 0))
    struct, _ = opened(capsule)
    assert struct.array.device.type == 1 and struct.flags == IS_COPIED
    with pytest.raises(BufferError, match="a copy takes it to the CPU"):
        x.__dlpack__(dl_device=(1, 0), copy=False)


def test_what_cannot_be(x):
    with pytest.raises(BufferError, match="goes to its own GPU or to dl_device"):
        x.__dlpack__(dl_device=(2, 5))
    with pytest.raises(ValueError, match="stream must be -1, 1, 2 or a stream's handle, got 0"):
        x.__dlpack__(stream=0)
    with pytest.raises(TypeError):
        x.__dlpack__(stream="1")
    with tf.device("CPU:0"):
        here = tf.ones(2)
    assert here.__dlpack_device__() == (1, 0)
    with pytest.raises(BufferError, match="a CPU tensor has no stream"):
        here.__dlpack__(stream=1)


def test_a_variable_goes_out_with_its_present_value():
    with tf.device("GPU:0"):
        v = tf.Variable([1.0, 2.0])
    assert v.__dlpack_device__() == CUDA
    t = tf.from_dlpack(v.__dlpack__(max_version=(1, 0)))
    v.assign([3.0, 4.0])
    np.testing.assert_array_equal(t.numpy(), [1, 2])


# -- In -----------------------------------------------------------------------------------------------


class Foreign(Producer):
    """An array of another library on the GPU; `lender` owns its memory."""

    def __init__(self, lender, at=None, **options):
        super().__init__(at or address(lender), device=CUDA, **{"shape": lender.shape, **options})
        self.lender, self.asked = lender, None

    def __dlpack__(self, **wishes):
        self.asked = wishes
        return self.capsule

    def __dlpack_device__(self):
        return CUDA


def test_an_array_comes_in_as_a_copy(x):
    foreign = Foreign(x)
    t = tf.from_dlpack(foreign)
    assert t.device.endswith("GPU:0") and address(t) != address(x) and foreign.deleted == 1
    assert foreign.asked["max_version"] == (1, 0) and foreign.asked["stream"] != 0
    np.testing.assert_array_equal(t.numpy(), x.numpy())
    with pytest.raises(ValueError, match="copy=False, but the memory is its owner's"):
        tf.from_dlpack(Foreign(x), copy=False)


def test_strided_and_shifted_arrays(x):
    turned = tf.from_dlpack(Foreign(x, shape=(3, 2), strides=(1, 3)))
    np.testing.assert_array_equal(turned.numpy(), x.numpy().T)
    last = tf.from_dlpack(Foreign(x, shape=(2,), strides=(-1,), offset=20))
    np.testing.assert_array_equal(last.numpy(), [5, 4])
    assert tf.from_dlpack(Foreign(x, shape=(0, 3))).shape == (0, 3)


def test_what_was_made_for_us_is_taken_as_it_is(x):
    foreign = Foreign(x, flags=IS_COPIED)
    t = tf.from_dlpack(foreign)
    assert address(t) == address(x) and foreign.deleted == 0
    assert float(tf.reduce_sum(t)) == 15
    del t
    gc.collect()
    assert foreign.deleted == 1


def test_a_tensor_that_comes_back_is_itself(x):
    assert address(tf.from_dlpack(x.__dlpack__(stream=1, max_version=(1, 0)))) == address(x)


def test_bools_of_any_byte():
    with tf.device("GPU:0"):
        raw = tf.constant([0, 1, 255, 2], tf.uint8)
    t = tf.from_dlpack(Foreign(raw, code=6, bits=8))
    assert t.dtype == tf.bool
    np.testing.assert_array_equal(t.numpy(), [False, True, True, True])


def test_a_gpu_that_is_not_there(x):
    foreign = Foreign(x)
    foreign.__class__ = type("Far", (Foreign,), {"__dlpack_device__": lambda self: (2, 77)})
    with pytest.raises(ValueError, match="the data is on CUDA:77"):
        tf.from_dlpack(foreign)


# -- __cuda_array_interface__ -------------------------------------------------------------------------


class Interface:
    def __init__(self, lender, **changed):
        self.lender = lender
        self.__cuda_array_interface__ = {**lender.__cuda_array_interface__, **changed}


def test_the_interface_says_where_the_elements_are(x):
    found = x.__cuda_array_interface__
    assert found["version"] == 3 and found["shape"] == (2, 3) and found["typestr"] == "<f4"
    assert found["strides"] is None and found["data"] == (address(x), True)
    assert found["stream"] != 0
    assert tf.transpose(x).__cuda_array_interface__["strides"] == (4, 12)
    with tf.device("GPU:0"):
        assert tf.zeros((0, 2)).__cuda_array_interface__["data"] == (0, True)
        assert not hasattr(tf.zeros(2, tf.bfloat16), "__cuda_array_interface__")
    with tf.device("CPU:0"):
        assert not hasattr(tf.zeros(2), "__cuda_array_interface__")


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float64", "complex64"])
def test_an_interface_comes_in(dtype):
    with tf.device("GPU:0"):
        t = tf.cast(tf.constant([[0, 1, 2], [3, 4, 5]]), dtype)
    got = tf.from_dlpack(Interface(t))
    assert got.device.endswith("GPU:0") and got.dtype == dtype and address(got) != address(t)
    np.testing.assert_array_equal(got.numpy(), t.numpy())
    turned = tf.from_dlpack(Interface(tf.transpose(t), stream=1))
    np.testing.assert_array_equal(turned.numpy(), t.numpy().T)
    assert tf.from_dlpack(Interface(t), device="CPU:0").device.endswith("CPU:0")


def test_interfaces_that_cannot_be(x):
    with pytest.raises(TypeError, match="tensors have no dtype for"):
        tf.from_dlpack(Interface(x, typestr="<U4"))
    with pytest.raises(ValueError, match="strides do not fit"):
        tf.from_dlpack(Interface(x, strides=(13, 4)))


# -- Libraries that see the GPU too -------------------------------------------------------------------


def foreign_library(name):
    module = pytest.importorskip(name)
    if not module.cuda.is_available():
        pytest.skip(f"{name} sees no GPU")
    return module


def test_pytorch_reads_the_same_memory(x):
    torch = foreign_library("torch")
    view = torch.from_dlpack(x)
    assert view.data_ptr() == address(x)
    np.testing.assert_array_equal((view * 2).cpu().numpy(), x.numpy() * 2)
    back = tf.from_dlpack(view + 1)
    np.testing.assert_array_equal(back.numpy(), x.numpy() + 1)


def test_cupy_reads_the_same_memory(x):
    cupy = foreign_library("cupy")
    view = cupy.from_dlpack(x)
    assert view.data.ptr == address(x) and cupy.asarray(x).data.ptr == address(x)
    np.testing.assert_array_equal(cupy.asnumpy(view * 2), x.numpy() * 2)
    np.testing.assert_array_equal(tf.from_dlpack(view + 1).numpy(), x.numpy() + 1)
