"""pyten.array_api: promotion, assignment, conversion, tapes. The suite of the standard itself is run
by test_array_api_suite.py."""

from __future__ import annotations

import copy
import itertools
import pickle
import subprocess
import sys

import numpy as np
import pytest
from gradient_check import check_gradients

import pyten as tf
import pyten.array_api as xp

NAMES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
]


def same(a, b):
    a = np.asarray(a)
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    np.testing.assert_array_equal(a, b)


def test_is_loaded_only_when_asked_for():
    code = "import sys, pyten; sys.exit('pyten.array_api' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- The type --------------------------------------------------------------------------------------
def test_array_is_a_tensor_with_the_standards_members():
    x = xp.asarray([[1, 2, 3], [4, 5, 6]])
    assert isinstance(x, tf.Tensor)
    assert type(x) is xp.Array
    assert x.dtype == xp.int64
    assert x.shape == (2, 3)
    assert type(x.shape) is tuple
    assert (x.ndim, x.size, x.itemsize, x.nbytes, len(x)) == (2, 6, 8, 48, 2)
    assert x.T.shape == x.mT.shape == (3, 2)
    assert type(x.T) is type(x.mT) is type(x[0]) is type(-x) is xp.Array
    assert x.to_device(x.device) is x
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2025.12") is xp
    assert tf.constant([1.0]).__array_namespace__() is xp
    assert repr(x) == "Array([[1, 2, 3],\n       [4, 5, 6]], dtype=int64)"
    assert repr(xp.asarray(2.5)) == "Array(2.5, dtype=float64)"


def test_array_errors_name_the_remedy():
    x = xp.asarray([1.0, 2.0])
    with pytest.raises(TypeError, match=r"use pyten.array_api.asarray\(value\)"):
        xp.Array([1.0])
    with pytest.raises(ValueError, match="api_version must be one of 2021.12"):
        x.__array_namespace__(api_version="2020.01")
    with pytest.raises(ValueError, match="device must be 'CPU:0' or None, got 'GPU:7'"):
        x.to_device("GPU:7")
    with pytest.raises(ValueError, match="the CPU has no streams"):
        x.to_device("CPU:0", stream=1)
    with pytest.raises(TypeError, match="does not support item deletion"):
        del x[0]
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)


def test_methods_of_tensors_give_arrays():
    x = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    for method in ("sum", "mean", "max", "min", "prod", "std", "var", "ravel", "argmax"):
        out = getattr(x, method)()
        assert type(out) is xp.Array, method
        same(out, np.asarray(getattr(np.asarray(x), method)()))
    assert x.reshape(4).shape == (4,)
    assert x.astype("float32").dtype == xp.float32


def test_copies_and_pickles_are_arrays_of_their_own():
    x = xp.asarray([1.0, 2.0])
    protocols = range(2, pickle.HIGHEST_PROTOCOL + 1)
    unpickled = [pickle.loads(pickle.dumps(x, protocol)) for protocol in protocols]
    for twin in (copy.copy(x), copy.deepcopy(x), *unpickled):
        assert type(twin) is xp.Array
        twin[0] = 9
        same(x, np.array([1.0, 2.0]))


# -- Conversion ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "dtype"),
    [(True, "bool"), (1, "int64"), (1.0, "float64"), (1j, "complex128"), (2**63, "uint64")],
)
def test_python_numbers_take_the_defaults(value, dtype):
    assert xp.asarray(value).dtype == dtype
    assert xp.asarray(value) == value


def test_asarray_of_sequences_arrays_and_tensors():
    same(xp.asarray([[1, 2], [3, 4]]), np.array([[1, 2], [3, 4]]))
    same(xp.asarray([]), np.array([]))
    same(xp.asarray(np.float32([1, 2])), np.float32([1, 2]))
    same(xp.asarray([xp.asarray(1.5), 2]), np.array([1.5, 2.0]))
    same(xp.asarray(tf.constant([1, 2])), np.array([1, 2], np.int32))
    same(xp.asarray(tf.Variable([1.0])), np.array([1.0], np.float32))
    same(xp.asarray(range(3), dtype=xp.float32), np.arange(3, dtype=np.float32))
    same(xp.asarray([1.7, -1.7], dtype=xp.int8), np.array([1, -1], np.int8))
    with pytest.raises(TypeError, match="expected numbers, got str"):
        xp.asarray("text")
    with pytest.raises(OverflowError):
        xp.asarray(2**70)


def test_asarray_copy():
    x = xp.asarray([1.0, 2.0])
    assert xp.asarray(x) is x
    assert xp.asarray(x, copy=False) is x
    other = xp.asarray(x, copy=True)
    x[0] = 5
    same(other, np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="float64 as float32 needs a copy, got copy=False"):
        xp.asarray(x, dtype=xp.float32, copy=False)
    with pytest.raises(ValueError, match="a list must be copied, got copy=False"):
        xp.asarray([1.0], copy=False)


# -- Promotion -------------------------------------------------------------------------------------
@pytest.mark.parametrize("a", NAMES)
@pytest.mark.parametrize("b", NAMES)
def test_promotion_is_numpys(a, b):
    expected = np.promote_types(a, b).name
    assert xp.result_type(tf.as_dtype(a), tf.as_dtype(b)) == expected
    x, y = (tf.as_dtype(n) for n in (a, b))
    assert xp.can_cast(x, y) == (expected == b)
    assert (
        xp.multiply(xp.ones(2, dtype=x), xp.ones(2, dtype=y)).dtype == expected
        if ("bool" not in (a, b) or a != b)
        else True
    )
    assert (xp.ones(2, dtype=x) == xp.ones(2, dtype=y)).dtype == xp.bool


def test_promotion_of_bfloat16():
    for other, expected in (
        *(("float16", "float32"), ("float32", "float32"), ("float64", "float64")),
        *(("int8", "bfloat16"), ("int16", "float32"), ("int64", "float64"), ("bool", "bfloat16")),
        ("complex64", "complex64"),
    ):
        for pair in itertools.permutations((tf.bfloat16, tf.as_dtype(other))):
            assert xp.result_type(*pair) == expected


NUMBERS = {True: "bool", 3: "int64", 1.5: "float64", 2j: "complex128"}


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("dtype", NAMES)
def test_python_numbers_take_the_arrays_dtype(dtype, number):
    a = np.ones(2, dtype)
    x = xp.ones(2, dtype=tf.as_dtype(dtype))
    expected = np.result_type(a, number)
    if dtype == "float16" and isinstance(number, complex):
        expected = np.dtype("complex64")
    assert xp.result_type(x, number) == expected.name
    if not (dtype == "bool" and number is True):
        for got in (x * number, number * x, xp.multiply(x, number), xp.multiply(number, x)):
            assert type(got) is xp.Array
            same(got, (a * number).astype(expected))


def test_integers_that_do_not_fit_raise():
    x = xp.asarray([1], dtype=xp.uint8)
    for bad in (-1, 256, 2**80):
        with pytest.raises(OverflowError, match=f"{bad} is out of range of dtype uint8"):
            x + bad
    same(xp.asarray([0], dtype=xp.uint64) + (2**64 - 1), np.array([2**64 - 1], np.uint64))
    with pytest.raises(OverflowError):
        xp.asarray([1], dtype=xp.int64) + 2**63


def test_two_numbers_are_refused():
    with pytest.raises(TypeError, match="add: expected arrays, or an array and a Python number"):
        xp.add(1, 2)
    with pytest.raises(ValueError, match="at least one array or dtype is needed"):
        xp.result_type(1, 2.0)


def test_tensors_keep_tensorflows_rules():
    a, b = tf.constant([1, 2]), tf.constant([1.0, 2.0])
    with pytest.raises(TypeError):
        a + b
    assert type(b + b) is tf.Tensor
    # With an Array on either side the array API's rules hold.
    assert (a + xp.asarray(b)).dtype == xp.float64
    assert type(a + xp.asarray(b)) is type(xp.asarray(b) + a) is xp.Array
    assert type(tf.add(xp.asarray(b), b)) is tf.Tensor
    assert type(tf.constant(xp.asarray(b))) is tf.Tensor


def test_operands_of_numpy():
    x = xp.asarray([1.0, 2.0], dtype=xp.float32)
    for got in (x + np.float32([1, 1]), np.float32(1) + x, x + np.float32(1)):
        assert type(got) is xp.Array
        same(got, np.float32([2, 3]))
    assert (x + np.ones(2)).dtype == xp.float64
    assert (x * np.float64(2)).dtype == xp.float32  # a Python float


def test_in_place_operators_keep_the_dtype():
    x = xp.asarray([1, 2], dtype=xp.int32)
    same_object = x
    x += 1
    x *= xp.asarray([2, 2], dtype=xp.int64)
    x <<= 1
    assert same_object is x
    same(x, np.array([8, 12], np.int32))
    with pytest.raises(TypeError, match="an array of dtype int32 cannot hold the result of dtype"):
        x += 0.5
    with pytest.raises(ValueError, match=r"shape \(2,\) cannot hold the result of shape \(3, 2\)"):
        x += xp.ones((3, 2), dtype=xp.int32)
    same(x, np.array([8, 12], np.int32))


def test_comparisons_and_bools():
    x = xp.asarray([False, True])
    same(x < xp.asarray([True, True]), np.array([True, False]))
    same(x == 1, np.array([False, True]))
    assert (x == None) is False  # noqa: E711
    assert (x == "text") is False
    assert bool(xp.asarray(True))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x)
    with pytest.raises(TypeError, match="add: dtype bool"):
        x + x


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint32", "uint64"])
def test_shifts_by_the_width_and_more(dtype):
    a = np.array([1, 100, np.iinfo(dtype).max, np.iinfo(dtype).min], dtype)
    x, bits = xp.asarray(a), 8 * a.itemsize
    for count in (0, bits - 1, bits, bits + 3):
        same(x << count, a << np.asarray(count, dtype))
        same(x >> count, a >> np.asarray(count, dtype))
    counts = np.array([0, bits, bits - 1, 1], dtype)
    same(x << xp.asarray(counts), a << counts)
    same(x >> xp.asarray(counts), a >> counts)


def test_signs_of_zeros():
    for z, expected in ((complex(-0.0, 0.0), (False, False)), (complex(0.0, -0.0), (False, True))):
        got = xp.expm1(xp.asarray(z))
        signs = bool(xp.signbit(xp.real(got))), bool(xp.signbit(xp.imag(got)))
        assert signs == expected
    a = np.array([-0.0, 0.0, -6.0, 6.0])
    for b in (3.0, -3.0):
        np.testing.assert_array_equal(np.signbit(xp.asarray(a) % b), np.signbit(a % b))


def test_axes_out_of_range():
    x = xp.ones((2, 3))
    for call in (
        lambda: xp.expand_dims(x, axis=3),
        lambda: xp.sum(x, axis=2),
        lambda: xp.flip(x, axis=-3),
        lambda: xp.moveaxis(x, 0, 5),
    ):
        with pytest.raises(IndexError, match=r"axis must be in \[-\d, \d\), got"):
            call()
    with pytest.raises(ValueError, match="axis must not name an axis twice"):
        xp.expand_dims(x, axis=(0, 0))


# -- Indexing --------------------------------------------------------------------------------------
def test_masks_of_rank_0():
    x, a = xp.asarray([1, 2, 3]), np.array([1, 2, 3])
    for flag in (True, False):
        same(x[flag], a[flag])
        same(x[xp.asarray(flag)], a[flag])
        y, b = xp.asarray(x, copy=True), a.copy()
        y[xp.asarray(flag)] = 7
        b[flag] = 7
        same(y, b)


def test_setitem_takes_what_the_dtype_can_hold():
    x = xp.zeros(3, dtype=xp.float32)
    x[0], x[1], x[2] = 1, 2.5, xp.asarray(3.25)
    same(x, np.float32([1, 2.5, 3.25]))
    n = xp.zeros(2, dtype=xp.int8)
    n[0] = xp.asarray(3, dtype=xp.int64)
    same(n, np.int8([3, 0]))
    with pytest.raises(TypeError, match=r"setitem: cannot write 1.5 to an array of dtype int8"):
        n[0] = 1.5
    with pytest.raises(
        TypeError, match=r"values of dtype float32 .* use xp.astype\(value, xp.int8"
    ):
        n[0] = x[0]
    with pytest.raises(OverflowError):
        n[0] = 1000
    with pytest.raises(ValueError, match=r"value of shape \(3,\) into the selected shape \(2,\)"):
        n[:] = xp.asarray([1, 2, 3])
    with pytest.raises(IndexError):
        n[5] = 1
    same(n, np.int8([3, 0]))


# -- Tapes -----------------------------------------------------------------------------------------
FUNCTIONS = {
    "clip": lambda x: xp.clip(x, -0.45, 0.83),
    "diff": lambda x: xp.diff(x, axis=0),
    "hypot": lambda x: xp.hypot(x, x[::-1]),
    "logaddexp": lambda x: xp.logaddexp(x, 1.0),
    "remainder": lambda x: x % 0.43,
    "moveaxis": lambda x: xp.moveaxis(x, 0, 1) * x.T[:, ::-1],
    "take": lambda x: xp.take(x, xp.asarray([1, -1, 1]), axis=0),
    "take_along_axis": lambda x: xp.take_along_axis(x, xp.argsort(x, axis=0), axis=0) ** 2,
    "where": lambda x: xp.where(x > 0, x**2, xp.exp(x)),
    "tril": lambda x: xp.tril(x) ** 2,
    "repeat": lambda x: xp.repeat(x, 2, axis=1) ** 2,
    "tile": lambda x: xp.tile(x, (2, 1)) ** 2,
    "unique_values": lambda x: xp.unique_values(x) ** 2,
    "cumulative_sum": lambda x: xp.cumulative_sum(x, axis=1, include_initial=True) ** 2,
    "cumulative_prod": lambda x: xp.cumulative_prod(x, axis=1),
    "sort": lambda x: xp.sort(x, axis=1, descending=True) ** 2,
    "var": lambda x: xp.var(x, axis=0, correction=1),
    "std": lambda x: xp.std(x, correction=0.5),
    "concat": lambda x: xp.concat([x, x**2], axis=None),
    "matmul": lambda x: x @ x[0],
    "vecdot": lambda x: xp.vecdot(x, x**2),
    "outer": lambda x: xp.linalg.outer(x[0], x[1]),
    "cross": lambda x: xp.linalg.cross(x, x[::-1] ** 2),
    "diagonal": lambda x: xp.linalg.diagonal(x, offset=1) ** 2,
    "trace": lambda x: xp.linalg.trace(x @ x),
    "inv": lambda x: xp.linalg.inv(x + 5 * xp.eye(3)),
    "solve": lambda x: xp.linalg.solve(x + 5 * xp.eye(3), x[0]),
    "det": lambda x: xp.linalg.det(x),
    "matrix_norm": lambda x: xp.linalg.matrix_norm(x),
    "vector_norm": lambda x: xp.linalg.vector_norm(x, ord=3),
    "eigvalsh": lambda x: xp.linalg.eigvalsh(x + x.T),
    "fft": lambda x: xp.real(xp.fft.fft(x, n=4) ** 2),
    "irfft": lambda x: xp.fft.irfft(xp.fft.rfft(x, norm="ortho") ** 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_recorded(name):
    x = np.random.default_rng(1).permutation(np.linspace(-1.3, 1.9, 9)).reshape(3, 3)
    check_gradients(lambda t: FUNCTIONS[name](xp.asarray(t)), [x], order=2)


def test_assignment_is_recorded():
    def changed(t):
        x = xp.asarray(t) * 1
        x[0, :] = x[1, :] ** 2
        x[x > 1] = 0.5
        x[xp.asarray([2, 2]), xp.asarray([0, 1])] = x[0, 0]
        x += x[:, ::-1]
        x[1] *= 3
        return x

    x = np.random.default_rng(1).permutation(np.linspace(-1.3, 1.9, 9)).reshape(3, 3)
    check_gradients(changed, [x], order=2)


def test_assignment_through_views_is_recorded():
    def changed(t):
        x = xp.asarray(t) * 1
        y = x[1:]
        z = y.T
        z[0] = x[0, 1:] ** 2
        y *= x[0]
        x[0, 0] = z[1, 0] ** 2
        x[::-1][0] += y[0]
        return x

    x = np.random.default_rng(1).permutation(np.linspace(-1.3, 1.9, 9)).reshape(3, 3)
    with tf.GradientTape() as tape:
        t = tf.constant(x)
        tape.watch(t)
        recorded = changed(t)
    a = x.copy()
    b = a[1:]
    b.T[0] = a[0, 1:] ** 2
    b *= a[0]
    a[0, 0] = b.T[1, 0] ** 2
    a[::-1][0] += b[0]
    np.testing.assert_allclose(recorded, a)
    np.testing.assert_allclose(changed(x), a)  # without a tape
    check_gradients(changed, [x], order=2)


def test_what_was_recorded_before_an_assignment_stays():
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        x = xp.asarray(v) * 2
        y = xp.sum(x * x)
        x[:] = 0
        z = xp.sum(x)
    np.testing.assert_allclose(tape.gradient(y, v), [8.0, 16.0, 24.0])
    with tf.GradientTape(persistent=True) as tape:
        x = xp.asarray(v) * 2
        with tape.stop_recording():
            x[0] = 100
        y = xp.sum(x)
    with pytest.warns(UserWarning, match="gradient is None"):
        assert tape.gradient(y, v) is None  # another value, of which the tape knows nothing
    assert float(z) == 0


def test_watched_arrays_are_sources():
    x = xp.asarray([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = xp.sum(x**3)
    np.testing.assert_allclose(tape.gradient(y, x), [3.0, 12.0])
