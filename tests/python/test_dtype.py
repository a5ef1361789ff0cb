"""DType, its instances and tf.as_dtype."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import pyten as tf
from pyten._dtypes import ALL_DTYPES

NUMPY = [d for d in ALL_DTYPES if d.name != "bfloat16"]


@pytest.mark.parametrize("dtype", NUMPY, ids=lambda d: d.name)
def test_numpy_counterpart(dtype: tf.DType) -> None:
    counterpart = np.dtype(dtype.name)
    assert dtype.as_numpy_dtype is counterpart.type
    assert np.dtype(dtype) == counterpart
    assert np.zeros(2, dtype=dtype).dtype == counterpart
    assert dtype.size == counterpart.itemsize
    assert dtype == counterpart and dtype == dtype.name and dtype == counterpart.type
    assert tf.as_dtype(counterpart) is tf.as_dtype(counterpart.type) is dtype
    assert tf.as_dtype(counterpart.newbyteorder(">")) is dtype


def test_bfloat16_is_that_of_ml_dtypes() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    assert tf.bfloat16.as_numpy_dtype is ml_dtypes.bfloat16
    assert tf.as_dtype(ml_dtypes.bfloat16) is tf.bfloat16


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ("half", tf.float16),
        ("float", tf.float32),
        ("double", tf.float64),
        (float, tf.float32),
        (bool, tf.bool),
        (int, tf.int32),
        (np.longlong, tf.int64),
        (np.ones(2), tf.float64),
        (tf.uint8, tf.uint8),
        (1, tf.float32),
    ],
)
def test_as_dtype(value: object, dtype: tf.DType) -> None:
    assert tf.as_dtype(value) is dtype


@pytest.mark.parametrize(
    "value", ["int", "nonsense", complex, str, None, [], object(), np.dtype("U3")]
)
def test_as_dtype_refuses(value: object) -> None:
    with pytest.raises(TypeError, match="Cannot convert the argument `type_value`"):
        tf.as_dtype(value)


@pytest.mark.parametrize("dtype", ALL_DTYPES, ids=lambda d: d.name)
def test_each_exists_once(dtype: tf.DType) -> None:
    assert copy.copy(dtype) is copy.deepcopy(dtype) is pickle.loads(pickle.dumps(dtype)) is dtype
    assert tf.DType(dtype.as_datatype_enum) is dtype
    assert repr(dtype) == f"tf.{dtype.name}"
    assert str(dtype) == f"<dtype: '{dtype.name}'>"
    assert dtype.base_dtype is dtype
    assert {dtype: 1}[dtype.name] == 1
    assert dtype.is_compatible_with(dtype.name)


def test_kinds() -> None:
    kinds = {
        "is_bool": ["bool"],
        "is_integer": ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"],
        "is_unsigned": ["uint8", "uint16", "uint32", "uint64"],
        "is_floating": ["float16", "bfloat16", "float32", "float64"],
        "is_complex": ["complex64", "complex128"],
    }
    for attribute, names in kinds.items():
        assert [d.name for d in ALL_DTYPES if getattr(d, attribute)] == names


def test_comparison_with_nonsense_is_false() -> None:
    assert tf.float32 != None  # noqa: E711
    assert tf.float32 != "nonsense"
    assert tf.float32 != object()
    with pytest.raises(TypeError):
        tf.float32 < tf.float64  # noqa: B015


def test_extremes() -> None:
    assert (tf.int8.min, tf.int8.max, tf.uint64.max) == (-128, 127, 2**64 - 1)
    assert tf.float32.max == np.finfo(np.float32).max
    assert tf.bfloat16.max == 3.3895313892515355e38
    assert (tf.int8.limits, tf.float32.limits, tf.bool.limits) == ((0, 127), (0, 1), (0, True))
    with pytest.raises(TypeError, match="Cannot find minimum value"):
        _ = tf.bool.min
    with pytest.raises(ValueError, match="does not have defined limits"):
        _ = tf.float16.limits


def test_real_dtype() -> None:
    assert tf.complex64.real_dtype is tf.float32
    assert tf.complex128.real_dtype is tf.float64
    assert tf.int8.real_dtype is tf.int8


def test_no_dtype_by_an_unknown_number() -> None:
    with pytest.raises(TypeError, match="no type has the number 7"):
        tf.DType(7)
