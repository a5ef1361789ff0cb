"""The Python array API standard, version 2025.12.

A namespace of its own beside TensorFlow's: the standard's names and promotion, float64 and int64 as
defaults, and `Array`, a Tensor that can be written to. Tapes record its functions like any other.

>>> import pyten.array_api as xp
>>> x = xp.asarray([1., 2., 3.])
>>> x[0] = 5
>>> xp.sum(x)
Array(10., dtype=float64)
"""

from __future__ import annotations

from math import e, inf, nan, pi
from typing import Any

from pyten._dtypes import as_dtype
from pyten.array_api import (
    _array,
    _creation,
    _data_types,
    _elementwise,
    _info,
    _linear_algebra,
    _manipulation,
    _searching,
    _statistical,
)
from pyten.array_api._array import VERSION as __array_api_version__
from pyten.array_api._array import Array

_GROUPS = (_creation, _data_types, _elementwise, _info, _manipulation, _searching, _statistical)
_DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
_FUNCTIONS: dict[str, Any] = {
    name: getattr(group, name) for group in _GROUPS for name in group.__all__
} | {name: getattr(_linear_algebra, name) for name in _linear_algebra.MAIN}

newaxis = None

__all__ = [
    "Array",
    "__array_api_version__",
    "e",
    "fft",
    "inf",
    "linalg",
    "nan",
    "newaxis",
    "pi",
    *_DTYPES,
    *_FUNCTIONS,
]

globals().update(_FUNCTIONS)
globals().update({name: as_dtype(name) for name in _DTYPES})

_array.attach()

from pyten.array_api import fft, linalg  # noqa: E402
