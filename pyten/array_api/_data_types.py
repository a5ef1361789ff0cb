"""Element types: which there are, what they promote to, and their limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pyten import _core
from pyten._dtypes import DType, as_dtype
from pyten.array_api._array import array, check_device, op

__all__ = ["astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type"]

BY_KIND = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
BY_KIND["integral"] = BY_KIND["signed integer"] + BY_KIND["unsigned integer"]
BY_KIND["numeric"] = BY_KIND["integral"] + BY_KIND["real floating"] + BY_KIND["complex floating"]


def _dtype_of(value: Any) -> DType:
    dtype = getattr(value, "dtype", None)
    return dtype if isinstance(dtype, DType) else as_dtype(value)


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Converts an array to another dtype.

    Args:
      x: an array.
      dtype: the dtype of the result.
      copy: whether the result is another array even if the dtype is the same; memory is shared
        until one of them is written to.
      device: None or "CPU:0".

    Returns:
      An Array of the same shape.

    Raises:
      TypeError: complex numbers would become real; take real(x) or abs(x).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.astype(xp.asarray([1.5, -1.5]), xp.int32)
      Array([ 1, -1], dtype=int32)
    """
    check_device("astype", device)
    x, wanted = array(x), as_dtype(dtype)
    if x.dtype == wanted:
        return _core._array_handle(x) if copy else x
    if x.dtype.is_complex and not (wanted.is_complex or wanted.is_bool):
        raise TypeError(
            f"astype: complex numbers cannot become {wanted.name}; use xp.real(x) or xp.abs(x)"
        )
    return op.cast(x, wanted)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether a dtype may be converted to another by the promotion rules.

    Args:
      from_: a dtype or an array.
      to: a dtype.

    Returns:
      A bool.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.can_cast(xp.int8, xp.int16), xp.can_cast(xp.int64, xp.int8)
      (True, False)
    """
    target = as_dtype(to)
    return bool(_core._result_type(_dtype_of(from_), target) == target)


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype that a result of these has.

    Args:
      arrays_and_dtypes: arrays, dtypes and Python numbers, at least one of them no number.

    Returns:
      A dtype: the standard's, and NumPy's where that leaves it open (integers beside floats,
      uint64 beside signed integers).

    Raises:
      ValueError: there are only numbers.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.result_type(xp.uint8, xp.int8), xp.result_type(xp.float32, 1.5)
      (tf.int16, tf.float32)
    """
    numbers = (int, float, complex)
    given = [
        v if isinstance(v, (*numbers, _core.Tensor, _core.Variable)) else _dtype_of(v)
        for v in arrays_and_dtypes
    ]
    result: DType = _core._result_type(*given)
    return result


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is of a kind.

    Args:
      dtype: a dtype.
      kind: a dtype, one of "bool", "signed integer", "unsigned integer", "integral",
        "real floating", "complex floating" and "numeric", or a tuple of these.

    Returns:
      A bool.

    Raises:
      ValueError: there is no such kind.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.isdtype(xp.int8, "integral"), xp.isdtype(xp.int8, ("bool", "real floating"))
      (True, False)
    """
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    d = as_dtype(dtype)
    if isinstance(kind, str) and kind in BY_KIND:
        extra = kind in ("real floating", "numeric") and d.is_floating
        return d.name in BY_KIND[kind] or extra
    if isinstance(kind, str):
        raise ValueError(f"isdtype: kind must be one of {', '.join(BY_KIND)}, got {kind!r}")
    return d == as_dtype(kind)


@dataclass
class FloatInfo:
    """The limits of a floating dtype: bits, eps, max, min, smallest_normal and dtype."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


@dataclass
class IntInfo:
    """The limits of an integer dtype: bits, max, min and dtype."""

    bits: int
    max: int
    min: int
    dtype: DType


def finfo(type: Any, /) -> FloatInfo:
    """The limits of a floating dtype; of a complex one, those of its parts.

    Args:
      type: a dtype or an array.

    Returns:
      An object with bits, eps, max, min, smallest_normal and dtype.

    Raises:
      TypeError: the dtype is not floating.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.finfo(xp.float32).eps
      1.1920928955078125e-07
    """
    d = _dtype_of(type).real_dtype
    if not d.is_floating:
        raise TypeError(f"finfo: expected a floating dtype, got {d.name}")
    if d.name == "bfloat16":
        return FloatInfo(16, 2.0**-7, float(d.max), float(d.min), 2.0**-126, d)
    limits = np.finfo(d.as_numpy_dtype)
    return FloatInfo(
        limits.bits,
        float(limits.eps),
        float(limits.max),
        float(limits.min),
        float(limits.smallest_normal),
        d,
    )


def iinfo(type: Any, /) -> IntInfo:
    """The limits of an integer dtype.

    Args:
      type: a dtype or an array.

    Returns:
      An object with bits, max, min and dtype.

    Raises:
      TypeError: the dtype is no integer.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.iinfo(xp.int8).max
      127
    """
    d = _dtype_of(type)
    if not d.is_integer:
        raise TypeError(f"iinfo: expected an integer dtype, got {d.name}")
    return IntInfo(8 * d.size, d.max, d.min, d)
