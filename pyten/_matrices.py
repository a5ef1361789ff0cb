"""What functions of matrices share: checks of arguments, and the way to NumPy's routines and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pyten import _core
from pyten.errors import InvalidArgumentError, InvalidDTypeError

WIDE = ("float32", "float64", "complex64", "complex128")


def like_of(*values: Any) -> Any:
    """The dtype of the first tensor or variable among the arguments; None without one."""
    return next(
        (t.dtype for t in values if isinstance(t, (_core.Tensor, _core.Variable))),
        None,
    )


def matrix(op: str, name: str, value: Any, dtypes: tuple[str, ...] = WIDE, like: Any = None) -> Any:
    """The argument as a tensor of rank 2 or more with one of the dtypes."""
    x = _core.convert(value, hint=like)
    if x.dtype.name not in dtypes:
        raise InvalidDTypeError(
            f"{op}: {name} must be one of {', '.join(dtypes)}, got {x.dtype.name}"
        )
    if x.ndim < 2:
        raise InvalidArgumentError(f"{op}: {name} must have rank at least 2, got shape {x.shape}")
    return x


def square(op: str, name: str, x: Any) -> None:
    if x.shape[-1] != x.shape[-2]:
        raise InvalidArgumentError(f"{op}: Input matrix must be square: {name}.shape={x.shape}")


def by_numpy(f: Callable[..., Any], *tensors: Any, dtypes: Any = None) -> Any:
    """f of the tensors' arrays, as a tensor that no tape knows; of a tuple, a list of them.

    The results have the first tensor's dtype, or those named in `dtypes`; float16 is computed in
    float32.
    """
    dtype = tensors[0].dtype
    with _core._pause_tapes():
        arrays = [np.asarray(t) for t in tensors]
        if dtype == "float16":
            arrays = [a.astype(np.float32) for a in arrays]
        with np.errstate(all="ignore"):
            result = f(*arrays)
        several = isinstance(result, tuple)
        parts = tuple(result) if several else (result,)
        dtypes = dtypes or [dtype.name] * len(parts)
        made = [_core.convert(np.asarray(r, d)) for r, d in zip(parts, dtypes, strict=True)]
        return made if several else made[0]


def adjoint(x: Any) -> Any:
    """The last two axes exchanged, complex elements conjugated."""
    return _core.conj(x.mT) if x.dtype.is_complex else x.mT


def real_dtype(dtype: Any) -> str:
    return {"complex64": "float32", "complex128": "float64"}.get(dtype.name, dtype.name)


def complex_dtype(dtype: Any) -> str:
    return {"float32": "complex64", "float64": "complex128"}.get(dtype.name, dtype.name)


def to_dtype(x: Any, dtype: Any) -> Any:
    """x as this dtype; its real part where a complex one becomes real."""
    if x.dtype == dtype:
        return x
    if x.dtype.is_complex and not dtype.is_complex:
        x = _core.real(x)
    return _core.cast(x, dtype)


def scaled_columns(x: Any, by: Any) -> Any:
    """x @ diag(by); `by` may be real beside a complex x."""
    return x * to_dtype(by, x.dtype)[..., None, :]


def broadcast_batch(op: str, a: Any, b: Any, names: tuple[str, str]) -> None:
    """Raises unless the axes before the last two broadcast."""
    try:
        np.broadcast_shapes(tuple(a.shape[:-2]), tuple(b.shape[:-2]))
    except ValueError:
        raise InvalidArgumentError(
            f"{op}: {names[0]} and {names[1]} must have compatible batch dimensions, got "
            f"{names[0]}.shape={a.shape} and {names[1]}.shape={b.shape}"
        ) from None
