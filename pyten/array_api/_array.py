"""The Array type's Python part, and what the function modules share."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from pyten import _core
from pyten._dtypes import as_dtype
from pyten.errors import InvalidArgumentError

Array = _core.Array

#: The registry's functions, with Arrays as results.
op = SimpleNamespace(**_core._array_functions())

#: The elementwise functions of the standard, which promote.
elementwise = SimpleNamespace(**_core._array_elementwise())

VERSION = "2025.12"


# -- Arguments -------------------------------------------------------------------------------------
def array(x: Any) -> Any:
    """The argument as an Array: what it is already, a tensor, a variable or what makes one."""
    if type(x) is Array:
        return x
    a = _core._array(x)
    if type(a) is Array:
        return a
    from pyten.array_api._creation import asarray

    return asarray(x)


def axis_of(name: str, axis: Any, ndim: int) -> int:
    """The axis counted from the front."""
    at = operator.index(axis)
    if not -ndim <= at < ndim:
        raise InvalidArgumentError(
            f"{name}: axis must be in [{-ndim}, {ndim}), got {axis}: axis {axis} is out of bounds for "
            f"array of dimension {ndim}"
        )
    return at % ndim if ndim else at


def axes_of(name: str, axis: Any, ndim: int) -> list[int]:
    """Axes counted from the front: all for None, one for an int."""
    if axis is None:
        return list(range(ndim))
    axes = [axis_of(name, a, ndim) for a in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    if len(set(axes)) != len(axes):
        raise InvalidArgumentError(f"{name}: axis must not name an axis twice, got {axis}")
    return axes


def check_device(name: str, device: Any) -> None:
    """Raises unless the device is one that arrays can be on: the CPU."""
    if device is None or (isinstance(device, str) and "CPU" in device.upper()):
        return
    raise ValueError(f"{name}: device must be 'CPU:0' or None, got {device!r}")


def float_result(x: Any) -> Any:
    """x in a floating dtype: integers and bools as float64."""
    return x if x.dtype.is_floating or x.dtype.is_complex else op.cast(x, "float64")


def promoted(*arrays: Any) -> list[Any]:
    """The arrays in the dtype that they promote to."""
    dtype = _core._result_type(*arrays)
    return [op.cast(a, dtype) for a in arrays]


def view_of(x: Any, result: Any) -> Any:
    """The result, which an assignment to x reaches, and the other way round, if they share memory."""
    return _core._view_of(x, result)


def by_numpy(f: Callable[..., Any], *arrays: Any) -> Any:
    """f of the arrays' values, unseen by tapes: for results that no gradient flows through."""
    with _core._pause_tapes():
        return f(*(np.asarray(_core._array_value(a)) for a in arrays))


def constant(value: Any) -> Any:
    """What NumPy computed, as an Array."""
    return _core._array(_core.convert(value))


def numpy_dtype(dtype: Any) -> Any:
    return np.dtype(as_dtype(dtype).as_numpy_dtype)


# -- Methods ---------------------------------------------------------------------------------------
def namespace(api_version: str | None) -> Any:
    """What `__array_namespace__` returns."""
    import pyten.array_api

    versions = ("2021.12", "2022.12", "2023.12", "2024.12", VERSION)
    if api_version is not None and api_version not in versions:
        raise ValueError(
            f"__array_namespace__: api_version must be one of {', '.join(versions)}, got "
            f"{api_version!r}"
        )
    return pyten.array_api


def _to_device(self: Any, device: Any, /, *, stream: Any = None) -> Any:
    """The array on a device.

    Args:
      device: the device's name, such as "CPU:0".
      stream: must be None: the CPU has no streams.

    Returns:
      The array itself, since all of them are on the CPU.

    Raises:
      ValueError: there is no such device, or a stream is given.
    """
    check_device("to_device", device)
    if stream is not None:
        raise ValueError(f"to_device: the CPU has no streams, got stream={stream!r}")
    return self


def _astype(self: Any, dtype: Any, copy: bool = True) -> Any:
    """Returns the array in another dtype; see the function astype.

    Args:
      dtype: the dtype of the result.
      copy: whether the result is another array even if the dtype is the same.
    """
    from pyten.array_api._data_types import astype

    return astype(self, dtype, copy=copy)


def _repr(self: Any) -> str:
    value = by_numpy(lambda a: a, self) if self.dtype.name != "bfloat16" else None
    if value is None:
        value = by_numpy(lambda a: a, _core.cast(self, "float32"))
    text = np.array2string(value, separator=", ", prefix="Array(")
    return f"Array({text}, dtype={self.dtype.name})"


def _copy(self: Any) -> Any:
    return _core._array_handle(self)


def _deepcopy(self: Any, memo: Any) -> Any:
    return _core._array_handle(self)


def _unpickle(tensor: Any) -> Any:
    return _core._array(tensor)


def _reduce(self: Any) -> tuple[Any, ...]:
    return _unpickle, (_core._array_value(self),)


def _transposed(self: Any) -> Any:
    return view_of(self, op.transpose(self))


def _matrix_transposed(self: Any) -> Any:
    from pyten.array_api._products import matrix_transpose

    return view_of(self, matrix_transpose(self))


def _as_array(method: Callable[..., Any]) -> Callable[..., Any]:
    """A Tensor's method, with Arrays as results."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = _core._array(method(_core._array_value(self), *args, **kwargs))
        return view_of(self, result) if name in _VIEWS and result is not self else result

    name = method.__name__.lstrip("_")
    call.__name__ = call.__qualname__ = name
    call.__doc__ = method.__doc__
    call.__wrapped__ = method  # type: ignore[attr-defined]  # for its signature
    return call


# Those of the methods below whose results are views.
_VIEWS = ("ravel", "reshape", "squeeze", "transpose")

# Methods that a Tensor has beyond the standard.
_SHARED = (
    "all",
    "any",
    "argmax",
    "argmin",
    "clip",
    "flatten",
    "max",
    "mean",
    "min",
    "prod",
    "ravel",
    "reshape",
    "round",
    "squeeze",
    "std",
    "sum",
    "transpose",
    "var",
    "__round__",
)


def attach() -> None:
    """Gives the compiled type its Python methods."""
    members: dict[str, Any] = {name: _as_array(getattr(_core.Tensor, name)) for name in _SHARED}
    members |= {
        "T": property(_transposed, doc="The axes in reverse order."),
        "mT": property(_matrix_transposed, doc="The last two axes exchanged."),
        "astype": _astype,
        "to_device": _to_device,
        "__repr__": _repr,
        "__str__": lambda self: str(by_numpy(lambda a: a[()], self)),
        "__copy__": _copy,
        "__deepcopy__": _deepcopy,
        "__reduce__": _reduce,
    }
    for name, member in members.items():
        setattr(Array, name, member)
