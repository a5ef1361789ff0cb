"""Python and NumPy values to tensors."""

import array
import collections
import enum
import fractions

import numpy as np
import pytest

import pyten as tf

INTS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "float32", "float64"]
COMPLEXES = ["complex64", "complex128"]
NUMPY = ["bool", *INTS, *FLOATS, *COMPLEXES]


def check(value, name, shape, expected, /, **arguments):
    t = tf.convert_to_tensor(value, **arguments)
    assert (t.dtype.name, tuple(t.shape)) == (name, shape)
    np.testing.assert_array_equal(t.numpy(), expected)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (3, "int32"),
        (-(2**31), "int32"),
        (2**31 - 1, "int32"),
        (2**31, "int64"),
        (-(2**63), "int64"),
        (2**63 - 1, "int64"),
        (2.5, "float32"),
        (True, "bool"),
        (1 + 2j, "complex128"),
        (float("inf"), "float32"),
    ],
)
def test_number_without_dtype(value, dtype):
    check(value, dtype, (), value)


@pytest.mark.parametrize("dtype", [*INTS, *FLOATS, *COMPLEXES])
def test_int_and_bool_take_every_number_dtype(dtype):
    check(7, dtype, (), 7, dtype=dtype)
    check(True, dtype, (), 1, dtype=dtype)
    check([True, 2], dtype, (2,), [1, 2], dtype=dtype)


@pytest.mark.parametrize("dtype", INTS)
def test_bounds_of_an_integer_dtype(dtype):
    info = np.iinfo(dtype)
    for v in (info.min, info.max):
        check(v, dtype, (), v, dtype=dtype)
        check([v], dtype, (1,), [v], dtype=dtype)
        check(np.array([v], dtype), dtype, (1,), [v])
    for v in (info.min - 1, info.max + 1):
        with pytest.raises(TypeError, match=f"cannot convert {v} to a tensor of dtype {dtype}"):
            tf.convert_to_tensor(v, dtype)
        with pytest.raises(TypeError, match=f"dtype {dtype}; .*does not fit"):
            tf.convert_to_tensor([0, v], dtype)


def test_int_beyond_int64():
    for value in (2**63, [1, 2**63], -(2**70)):
        with pytest.raises(ValueError, match="out-of-range integer"):
            tf.convert_to_tensor(value)
    check(2**70, "float32", (), float(2**70), dtype="float32")
    check([2**70], "float64", (1,), [float(2**70)], dtype="float64")


@pytest.mark.parametrize("dtype", INTS)
@pytest.mark.parametrize("value", [1.0, 1.5, [1, 1.5], [[1.0]], float("nan")])
def test_python_float_to_integer_raises(value, dtype):
    with pytest.raises(TypeError, match="cannot convert .* to a tensor of dtype " + dtype):
        tf.convert_to_tensor(value, dtype)


@pytest.mark.parametrize("value", [1, 0, 1.0, [1], [True, 0]])
def test_number_to_bool_raises(value):
    with pytest.raises(TypeError, match="to a tensor of dtype bool"):
        tf.convert_to_tensor(value, "bool")


@pytest.mark.parametrize("dtype", FLOATS + INTS)
@pytest.mark.parametrize("value", [1j, [1, 1j], np.complex64(1j), np.array([1j])])
def test_complex_to_real_raises(value, dtype):
    with pytest.raises(TypeError, match="cannot convert"):
        tf.convert_to_tensor(value, dtype)


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        ([1, 2], "int32", [1, 2]),
        ([1, 2.5], "float32", [1, 2.5]),
        ([2.5, 1], "float32", [2.5, 1]),
        ([1, True], "int32", [1, 1]),
        ([1.5, True], "float32", [1.5, 1]),
        ([True, False], "bool", [True, False]),
        ([1, 2**40], "int64", [1, 2**40]),
        ([2**40, 0.5], "float32", [2**40, 0.5]),
        ([1, 2j], "complex128", [1, 2j]),
        ([1.5, 2j], "complex128", [1.5, 2j]),
        (((1, 2), [3, 4]), "int32", [[1, 2], [3, 4]]),
        (range(2, 8, 3), "int32", [2, 5]),
        ([range(2), range(2)], "int32", [[0, 1], [0, 1]]),
        (collections.deque([1, 2]), "int32", [1, 2]),
        (tf.TensorShape([2, 3]), "int32", [2, 3]),
        ([[[[[[1]]]]]], "int32", [[[[[[1]]]]]]),
    ],
)
def test_sequence_without_dtype(value, dtype, expected):
    check(value, dtype, np.shape(expected), expected)


@pytest.mark.parametrize(
    ("value", "shape"),
    [([], (0,)), ([[]], (1, 0)), ([[], []], (2, 0)), ((), (0,)), (range(0), (0,))],
)
def test_empty_sequence(value, shape):
    check(value, "float32", shape, np.zeros(shape))
    check(value, "int64", shape, np.zeros(shape), dtype="int64")


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3]],
        [1, [2]],
        [[1], 2],
        [[], [1]],
        [[1], []],
        [[[1]], [1]],
        [[1.0, 2.0], [3.0, [4.0]]],
    ],
)
@pytest.mark.parametrize("dtype", [None, "float32"])
def test_ragged_list(value, dtype):
    with pytest.raises(ValueError, match="Can't convert non-rectangular Python sequence to Tensor"):
        tf.convert_to_tensor(value, dtype)


@pytest.mark.parametrize("value", [[True, 1], [True, 1.0], [[False], [2]], [np.bool_(True), 1]])
def test_mixed_list(value):
    with pytest.raises(
        ValueError, match="Can't convert Python sequence with mixed types to Tensor"
    ):
        tf.convert_to_tensor(value)


@pytest.mark.parametrize(
    "value",
    [None, object(), {"a": 1}, {1, 2}, (i for i in range(3)), fractions.Fraction(1, 2), len],
)
def test_unsupported_value(value):
    name = type(value).__name__
    with pytest.raises(
        ValueError,
        match=rf"Attempt to convert a value \(.*\) with an unsupported type \(<class '.*{name}'>\)",
    ):
        tf.convert_to_tensor(value)
    with pytest.raises(ValueError, match="unsupported type"):
        tf.convert_to_tensor([1, value])
    with pytest.raises(ValueError, match="unsupported type"):
        tf.convert_to_tensor([value], "float32")


@pytest.mark.parametrize(
    "value", ["a", b"a", ["a"], [1, "a"], [["a"]], np.array(["a"]), np.array([b"a"]), np.str_("a")]
)
def test_strings_are_refused(value):
    with pytest.raises(TypeError, match="pyten has no string tensors"):
        tf.convert_to_tensor(value)


def test_list_that_contains_itself():
    a = [1]
    a[0] = a
    with pytest.raises(ValueError, match="nested more than 64 levels"):
        tf.convert_to_tensor(a)


def test_subclasses_of_numbers():
    class Colour(enum.IntEnum):
        RED = 5

    class Real(float):
        pass

    check(Colour.RED, "int32", (), 5)
    check([Colour.RED, Colour.RED], "int32", (2,), [5, 5])
    check(Real(0.5), "float32", (), 0.5)
    check([Real(0.5)], "float32", (1,), [0.5])


# -- NumPy ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", NUMPY)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (40, 50, 60)])
def test_array_keeps_dtype_and_values(dtype, shape):
    a = (np.arange(np.prod(shape, dtype=int)) % 7).reshape(shape).astype(dtype)
    check(a, dtype, shape, a)


@pytest.mark.parametrize("dtype", NUMPY)
def test_numpy_scalar_keeps_dtype(dtype):
    check(np.dtype(dtype).type(1), dtype, (), 1)
    # In a list NumPy's integers and complex numbers count as Python's, as TensorFlow has it.
    listed = {"i": "int32", "u": "int32", "c": "complex128"}.get(np.dtype(dtype).kind, dtype)
    check([np.dtype(dtype).type(1)], listed, (1,), [1])


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize(
    "layout",
    [
        lambda a: a,
        lambda a: a.T,
        lambda a: a[::-1, ::2],
        lambda a: np.asfortranarray(a),
        lambda a: a.astype(a.dtype.newbyteorder()),
        lambda a: np.broadcast_to(a[0], a.shape),
        lambda a: np.frombuffer(b"\0" + a.tobytes(), np.uint8)[1:].view(a.dtype),
        lambda a: np.rec.fromarrays([np.zeros(a.shape, np.int8), a], names="x,y")["y"],
    ],
    ids=["plain", "transposed", "strided", "fortran", "swapped", "broadcast", "unaligned", "field"],
)
@pytest.mark.parametrize("dtype", ["int16", "float32", "float64", "complex64"])
def test_array_of_any_layout(layout, size, dtype):
    a = layout(np.arange(size).reshape(size // 5, 5).astype(dtype))
    check(a, dtype, a.shape, a)


@pytest.mark.parametrize("size", [4, 200_000])
def test_source_is_never_aliased(size):
    a = np.zeros(size, np.float32)
    t = tf.constant(a)
    a[:] = 1
    assert not np.any(t.numpy())
    b = np.ones(size, np.float32)
    b.flags.writeable = False
    check(b, "float32", (size,), b)


@pytest.mark.filterwarnings("ignore:Casting complex values")
@pytest.mark.parametrize("from_dtype", NUMPY)
@pytest.mark.parametrize("to", NUMPY)
def test_array_to_another_dtype(from_dtype, to):
    a = np.array([[0, 1], [1, 0]], from_dtype)
    check(a, to, (2, 2), a.astype(to), dtype=to)
    check(a.T[::-1], to, (2, 2), a.T[::-1].astype(to), dtype=to)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (np.array([1.5]), "int32"),
        (np.float64(1.5), "int32"),
        (np.float32(0.1), "int64"),
        (np.array([np.nan]), "int32"),
        (np.array([np.inf], np.float16), "int32"),
        (np.array([2.0**31]), "int32"),
        (np.array([2.0**63]), "int64"),
        (np.array([2.0**64]), "uint64"),
        (np.array([-1.0]), "uint8"),
        (np.array([300]), "uint8"),
        (np.array([-1]), "uint64"),
        (np.array([2**63], np.uint64), "int64"),
        (np.array([2**40]), "int32"),
        (np.array([2]), "bool"),
        (np.array([0.5]), "bool"),
        ([np.float64(1.5)], "int32"),
        ([np.int64(300)], "int8"),
        ([np.array([1.5])], "int32"),
    ],
)
def test_lossy_numpy_cast_raises(value, dtype):
    with pytest.raises(TypeError, match="cannot convert"):
        tf.convert_to_tensor(value, dtype)


def test_numpy_casts_that_lose_nothing_or_round():
    check(np.array([1.0, -2.0]), "int32", (2,), [1, -2], dtype="int32")
    check(np.float64(2), "int32", (), 2, dtype="int32")
    check([np.float64(2), 3], "int32", (2,), [2, 3], dtype="int32")
    check(np.array([0.1]), "float32", (1,), np.array([0.1], np.float32), dtype="float32")
    check(np.array([2**24 + 1]), "float32", (1,), [2**24], dtype="float32")
    check(np.array([-(2.0**63)]), "int64", (1,), [-(2**63)], dtype="int64")
    check(np.array([255.0]), "uint8", (1,), [255], dtype="uint8")


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([np.float64(1), 2.0], "float64"),
        ([np.float32(1), np.float64(2)], "float32"),
        ([np.int64(1), 2.5], "float32"),
        ([np.int64(1), 2], "int32"),
        ([1, np.int64(2)], "int32"),
        ([1.0, np.float64(2)], "float32"),
        ([np.float16(1), 2], "float16"),
        ([np.uint8(1), np.uint8(2)], "int32"),
        ([np.bool_(True), False], "bool"),
        ([np.complex64(1), 2.0], "complex128"),
        ([np.longlong(1)], "int32"),
        ([np.int64(2**40), 1], "int64"),
        ([np.array([1.0, 2.0]), np.array([3.0, 4.0])], "float64"),
        ([np.array([1, 2]), np.array([3.5, 4.5])], "float32"),
        ([np.array([1, 2], np.int16), [3, 4]], "int32"),
        ([np.array([1, 2**40]), [3, 4]], "int64"),
        ([[1.0, 2.0], np.array([3.0, 4.0])], "float32"),
        ([np.array(1.0), 2.0], "float64"),
    ],
)
def test_list_of_numpy_values(value, dtype):
    expected = np.array(value)
    check(value, dtype, expected.shape, expected)


@pytest.mark.parametrize(
    "dtype",
    [object, "datetime64[s]", "timedelta64[s]", np.longdouble, np.clongdouble, "V4", [("a", "f4")]],
)
def test_arrays_of_foreign_types_are_refused(dtype):
    with pytest.raises(
        (TypeError, ValueError), match="Failed to convert a NumPy array to a Tensor"
    ):
        tf.convert_to_tensor(np.zeros(2, dtype))


def test_longdouble_names_the_remedy():
    with pytest.raises(TypeError, match=r"array\.astype\(np\.float64\)"):
        tf.convert_to_tensor(np.longdouble(1))
    with pytest.raises(TypeError, match=r"array\.astype\(np\.float32\)"):
        tf.convert_to_tensor(np.array([1, None]))


def test_bfloat16():
    check(
        0.1, "bfloat16", (), np.float32(0.10009765625), dtype="bfloat16"
    ) if _ml_dtypes() else None
    t = tf.convert_to_tensor([0.1, 3.14159], "bfloat16")
    np.testing.assert_array_equal(
        tf.cast(t, "float32").numpy(), np.float32([0.10009765625, 3.140625])
    )


def _ml_dtypes():
    try:
        import ml_dtypes
    except ImportError:
        return None
    return ml_dtypes


def test_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    a = np.array([[1, 2.5]], ml_dtypes.bfloat16)
    check(a, "bfloat16", (1, 2), a)
    check(a[0, 1], "bfloat16", (), 2.5)
    check([a[0, 1], 1.0], "bfloat16", (2,), [2.5, 1])
    check(a, "float32", (1, 2), [[1, 2.5]], dtype="float32")
    check(np.array([1, 2.5]), "bfloat16", (2,), [1, 2.5], dtype="bfloat16")
    with pytest.raises(TypeError, match="cannot convert"):
        tf.convert_to_tensor(a, "int32")
    with pytest.raises(TypeError, match="no dtype float8_e4m3fn"):
        tf.convert_to_tensor(np.zeros(1, ml_dtypes.float8_e4m3fn))


# -- Other objects -----------------------------------------------------------------------------------
class HasArray:
    def __init__(self, a):
        self.a = a

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.a, dtype)


def test_objects_with_array_method_and_buffers():
    check(HasArray(np.float64([1, 2])), "float64", (2,), [1, 2])
    check(
        [HasArray(np.float64([1, 2])), HasArray(np.float64([3, 4]))],
        "float64",
        (2, 2),
        [[1, 2], [3, 4]],
    )
    check(HasArray([1.0, 2.0]), "float32", (2,), [1, 2], dtype="float32")
    check(memoryview(np.int16([1, 2])), "int16", (2,), [1, 2])
    check(array.array("d", [1, 2]), "float64", (2,), [1, 2])
    check(bytearray(b"\1\2"), "uint8", (2,), [1, 2])


def test_error_inside_array_method_is_passed_on():
    class Broken:
        def __array__(self, dtype=None, copy=None):
            raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        tf.convert_to_tensor(Broken())


def test_pandas():
    pd = pytest.importorskip("pandas")
    check(pd.Series([1.5, 2.5]), "float64", (2,), [1.5, 2.5])
    check(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), "int64", (2, 2), [[1, 3], [2, 4]])
    check(
        pd.DataFrame({"a": [1, 2], "b": [0.5, 4]}),
        "float32",
        (2, 2),
        [[1, 0.5], [2, 4]],
        dtype="float32",
    )
    with pytest.raises(TypeError, match="object"):
        tf.convert_to_tensor(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))


# -- Tensors and variables -----------------------------------------------------------------------------
def test_tensor_is_itself():
    t = tf.constant([1.0, 2.0])
    assert tf.convert_to_tensor(t) is t
    assert tf.convert_to_tensor(t, tf.float32) is t
    assert tf.convert_to_tensor(t, dtype_hint=tf.int32) is t
    with pytest.raises(
        ValueError,
        match=r"Tensor conversion requested dtype int32 for Tensor with dtype float32: <tf\.Tensor",
    ):
        tf.convert_to_tensor(t, tf.int32)


def test_variable_is_read():
    v = tf.Variable([1.0, 2.0])
    t = tf.convert_to_tensor(v)
    v.assign([5.0, 6.0])
    check(t, "float32", (2,), [1, 2])
    with pytest.raises(
        ValueError, match="requested dtype int32 for Tensor with dtype float32: <tf.Variable"
    ):
        tf.convert_to_tensor(v, tf.int32)


def test_lists_of_tensors_are_stacked_on_the_tape():
    x, v = tf.constant(2.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        t = tf.convert_to_tensor([[x, 1], [2, v]])
        y = t * t
    check(t, "float32", (2, 2), [[2, 1], [2, 3]])
    dx, dv = tape.gradient(y, [x, v])
    assert (float(dx), float(dv)) == (4, 6)


def test_lists_of_tensors_agree_on_a_dtype():
    a = tf.constant([1.0, 2.0], tf.float64)
    check([a, [3, 4]], "float64", (2, 2), [[1, 2], [3, 4]])
    check([[3, 4], a], "float64", (2, 2), [[3, 4], [1, 2]])
    check([a, np.float32([3, 4])], "float64", (2, 2), [[1, 2], [3, 4]])
    with pytest.raises(
        ValueError, match="Tensor conversion requested dtype float64 for Tensor with dtype int32"
    ):
        tf.convert_to_tensor([a, tf.constant([1, 2])])
    with pytest.raises(TypeError, match="cannot convert 2.5 to a tensor of dtype int32"):
        tf.convert_to_tensor([tf.constant(1), 2.5])
    with pytest.raises(ValueError, match=r"\[2\].*\[3\]"):
        tf.convert_to_tensor([tf.zeros(2), tf.zeros(3)])


def test_hint():
    check([1, 2], "float32", (2,), [1, 2], dtype_hint="float32")
    check([1.5, 2], "float32", (2,), [1.5, 2], dtype_hint="int32")
    check(1.5, "float32", (), 1.5, dtype_hint="int32")
    check([], "int64", (0,), [], dtype_hint="int64")
    check(np.float64([1, 2]), "float32", (2,), [1, 2], dtype_hint="float32")


def test_indexed_slices():
    s = tf.IndexedSlices(
        tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        tf.constant([2, 0, 2]),
        tf.constant([4, 2]),
    )
    check(s, "float32", (4, 2), [[3, 4], [0, 0], [6, 8], [0, 0]])
    with pytest.raises(ValueError, match="without dense_shape"):
        tf.convert_to_tensor(tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0])))


# -- In operators and functions --------------------------------------------------------------------------
def test_numbers_beside_tensors():
    x, i = tf.constant([1.0, 2.0]), tf.constant([1, 2])
    np.testing.assert_array_equal((x * True).numpy(), [1, 2])
    np.testing.assert_array_equal((x * np.float64(2)).numpy(), [2, 4])
    np.testing.assert_array_equal((i * np.float64(2)).numpy(), [2, 4])
    np.testing.assert_array_equal((np.arange(2) + x).numpy(), [1, 3])
    assert (x + np.float64([1, 2])).dtype == "float32"
    with pytest.raises(
        TypeError, match=r"multiply: cannot convert y=1\.5 to a tensor of dtype int32; use tf\.cast"
    ):
        i * 1.5
    with pytest.raises(TypeError, match="cannot convert x=1.5 to a tensor of dtype int32"):
        1.5 + i
    with pytest.raises(TypeError, match="fraction"):
        i * np.float64(1.5)
    with pytest.raises(TypeError, match="complex"):
        x + 1j


@pytest.mark.parametrize(
    "shape",
    [
        2,
        [2],
        (2,),
        np.int64(2),
        np.array([2]),
        tf.constant([2]),
        [tf.constant(2)],
        tf.TensorShape([2]),
    ],
)
def test_shapes_as_arguments(shape):
    assert tuple(tf.zeros(shape).shape) == (2,)


@pytest.mark.parametrize(
    "shape", [2.0, [2.0], None, "a", True, np.array([2.0]), [[2]], tf.constant([2.0])]
)
def test_what_is_no_shape(shape):
    with pytest.raises((TypeError, ValueError), match="zeros"):
        tf.zeros(shape)


def test_large_lists():
    a = np.random.default_rng(0).normal(size=(300, 40))
    check(a.tolist(), "float32", a.shape, a.astype(np.float32))
    check(a.tolist(), "float64", a.shape, a, dtype="float64")
    n = (a * 1000).astype(int)
    check(n.tolist(), "int32", n.shape, n)
    check(n.tolist(), "float16", n.shape, n.astype(np.float16), dtype="float16")
