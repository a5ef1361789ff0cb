"""Every function of the registry against NumPy and finite differences, by the rows of op_table."""

import re

import numpy as np
import pytest
from gradient_check import check_gradients
from op_table import BINARY, OTHERS, TABLE, TOLERANCE, UNARY

import pyten as tf
from pyten import _core

ml_dtypes = pytest.importorskip("ml_dtypes")
DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 complex64 complex128".split()
TAKES_LIST = {"add_n", "concat", "stack"}


def function(name):
    return getattr(_core, name)


def call(name, tensors, options):
    f = function(name)
    return f(list(tensors), **options) if name in TAKES_LIST else f(*tensors, **options)


def call_reference(row, name, arrays, options):
    with np.errstate(all="ignore"):
        return row.reference(*arrays, **options)


def as_dtype(a, dtype):
    """The sample in a dtype: small positive numbers where it has no others."""
    if dtype == "bool":
        return np.asarray(a) > np.median(a)
    if dtype.startswith("uint"):
        return np.abs(np.round(a)).astype(dtype)
    if dtype.startswith("int"):
        return np.round(a).astype(dtype)
    if dtype == "bfloat16":
        return np.asarray(a).astype(ml_dtypes.bfloat16)
    if dtype.startswith("complex"):
        return (np.asarray(a) + 0.25j).astype(dtype)
    return np.asarray(a).astype(dtype)


def wide(a):
    """What the reference computes with."""
    if a.dtype == bool:
        return a
    if np.iscomplexobj(a):
        return a.astype(np.complex128)
    if np.issubdtype(a.dtype, np.integer):
        return a.astype(np.int64)
    return a.astype(np.float64)


def compare(got, want, row):
    if isinstance(want, list):
        assert isinstance(got, list) and len(got) == len(want)
        for g, w in zip(got, want):
            compare(g, w, row)
        return
    want = np.asarray(want)
    value = np.asarray(got.numpy())
    assert value.shape == want.shape
    dtype = got.dtype.name
    if dtype in TOLERANCE:
        rtol, atol = row.loose.get(dtype, TOLERANCE[dtype])
        np.testing.assert_allclose(wide(value), want, rtol, atol)
    elif dtype == "bool":
        np.testing.assert_array_equal(value, want)
    else:
        # Integers wrap around: compare modulo the type's range.
        np.testing.assert_array_equal(value, np.trunc(want).astype(np.int64).astype(dtype))


def samples(row, dtype):
    for arrays, options in row.samples:
        yield (
            [a if i in row.fixed else as_dtype(a, dtype) for i, a in enumerate(arrays)],
            options,
        )


CASES = [(name, dtype) for name in TABLE for dtype in function(name).dtypes]


def test_every_function_has_a_row():
    assert set(_core._function_names) == set(TABLE) | OTHERS


@pytest.mark.parametrize("name, dtype", CASES)
def test_forward(name, dtype):
    row = TABLE[name]
    for arrays, options in samples(row, dtype):
        got = call(name, [tf.constant(a) for a in arrays], options)
        want = call_reference(row, name, [wide(np.asarray(a)) for a in arrays], options)
        compare(got, want, row)


@pytest.mark.parametrize("name", [n for n in TABLE if set(DTYPES) - set(function(n).dtypes)])
def test_other_dtypes_are_refused(name):
    for dtype in set(DTYPES) - set(function(name).dtypes):
        for arrays, options in list(samples(TABLE[name], dtype))[:1]:
            with pytest.raises(tf.errors.InvalidArgumentError, match=dtype) as e:
                call(name, [tf.constant(a) for a in arrays], options)
            assert isinstance(e.value, TypeError)


@pytest.mark.parametrize("name", TABLE)
def test_strided_inputs(name):
    """Transposed, reversed and offset views give what their copies give."""
    row = TABLE[name]
    dtype = "float64" if "float64" in function(name).dtypes else function(name).dtypes[0]
    for arrays, options in samples(row, dtype):
        views = []
        for a in arrays:
            a = np.asarray(a)
            padded = tf.constant(np.pad(np.flip(a).T, 1) if a.ndim else a)
            view = tf.reverse(padded, list(range(a.ndim))) if a.ndim else padded
            view = tf.transpose(view)
            views.append(view[(slice(1, -1),) * a.ndim] if a.ndim else view)
            np.testing.assert_array_equal(views[-1].numpy(), a)
        got = call(name, views, options)
        want = call(name, [tf.constant(a) for a in arrays], options)
        for g, w in zip(*[x if isinstance(x, list) else [x] for x in (got, want)]):
            # A sum's order depends on how its elements lie.
            tolerance = 1e-14 if name.startswith(("reduce_", "trace", "mat")) else 0
            np.testing.assert_allclose(g.numpy(), w.numpy(), rtol=tolerance)


ELEMENTWISE = sorted({*UNARY, *BINARY})


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (2, 0, 4), (3, 1)])
def test_empty_and_scalar(name, shape):
    f = function(name)
    count = sum(kind == "tensor" for _, kind, _ in f._parameters)
    x = tf.ones(shape, f.dtypes[-1])
    assert f(*[x] * count).shape == shape


@pytest.mark.parametrize(
    "name", [n for n in TABLE if function(n).differentiable and n != "stop_gradient"]
)
def test_gradients(name):
    row, f = TABLE[name], function(name)
    if "float64" not in f.dtypes or name == "sign" or row.order == 0 or not row.samples:
        pytest.skip("no real gradient to compare")
    for arrays, options in samples(row, "float64"):
        free = [i for i in range(len(arrays)) if i not in row.constant]

        def g(*xs):
            full = [tf.constant(a) for a in arrays]
            for i, x in zip(free, xs):
                full[i] = x
            return call(name, full, options)

        check_gradients(g, [arrays[i] for i in free], order=row.order)


@pytest.mark.parametrize("name", [n for n in TABLE if not function(n).differentiable])
def test_no_gradient(name):
    f = function(name)
    if "float64" not in f.dtypes or not TABLE[name].samples:
        pytest.skip("takes no floats")
    arrays, options = next(samples(TABLE[name], "float64"))
    xs = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(xs[0])
        y = call(name, xs, options)
    with pytest.warns(UserWarning, match="gradient is None"):
        assert tape.gradient(y, xs[0]) is None


RAISING = [(n, i) for n, row in TABLE.items() for i in range(len(row.raises))]


@pytest.mark.parametrize("name, i", RAISING)
def test_mistakes(name, i):
    make, pattern = TABLE[name].raises[i]
    with pytest.raises(tf.errors.InvalidArgumentError, match=pattern) as e:
        make(function(name), tf.constant)
    message = str(e.value)
    assert message.count("\n") <= 5
    assert re.match(rf"{name}\b".replace("truediv", "divide"), message), message
    assert isinstance(e.value, (ValueError, TypeError, IndexError))


def test_the_checker_finds_a_wrong_gradient():
    @tf.custom_gradient
    def wrong(x):
        return x * x, lambda dy: dy * 2.001 * x

    check_gradients(lambda x: x * x, [np.array([0.5, -1.5])])
    with pytest.raises(AssertionError, match="order 1"):
        check_gradients(wrong, [np.array([0.5, -1.5])])


def test_the_checker_finds_a_wrong_second_gradient():
    @tf.custom_gradient
    def wrong(x):
        return x * x, lambda dy: dy * 2 * tf.stop_gradient(x)

    with pytest.raises(AssertionError, match="order 2"):
        check_gradients(wrong, [np.array([0.5, -1.5])])


def test_one_hot():
    got = tf.one_hot([0, 2, 3, -1], 3)
    np.testing.assert_array_equal(got.numpy(), [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]])
    check_gradients(lambda on, off: tf.one_hot([0, 1], 3, on, off), [1.5, 0.5])


@pytest.mark.parametrize("dtype", DTYPES)
def test_makers(dtype):
    for f, want in ((tf.zeros, np.zeros), (tf.ones, np.ones)):
        got = f((2, 3), dtype)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got.numpy().astype(np.complex128), want((2, 3)))
    np.testing.assert_array_equal(
        tf.eye(2, 3, dtype=dtype).numpy().astype(np.complex128), np.eye(2, 3)
    )
    filled = tf.fill([2, 2], tf.ones((), dtype))
    assert filled.dtype == dtype and filled.shape == (2, 2)
