"""The Array type's Python part, and what the function modules share."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from pyten import _core
from pyten._dtypes import as_dtype
from pyten.errors import InvalidArgumentError, InvalidIndexError

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
        raise InvalidIndexError(
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


def viewed(f: Callable[[Any], Any], x: Any) -> Any:
    """f(x), which shares what is written to x when it is a view of x's memory."""
    return _core._array_view(x, f(_core._array_base(x)))


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


def _reduce_ex(self: Any, protocol: int) -> tuple[Any, ...]:
    """Pickled as the tensor that it holds."""
    return _unpickle, (_core._array_value(self),), self.__dict__ or None


def _reduce(self: Any) -> tuple[Any, ...]:
    return _reduce_ex(self, 2)


def _transposed(self: Any) -> Any:
    return viewed(op.transpose, self)


def _matrix_transposed(self: Any) -> Any:
    from pyten.array_api._products import matrix_transpose

    return matrix_transpose(self)


def _as_array(method: Callable[..., Any]) -> Callable[..., Any]:
    """A Tensor's method, with Arrays as results."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _core._array(method(_core._array_value(self), *args, **kwargs))

    return _named(call, method)


def _named(call: Any, method: Any) -> Callable[..., Any]:
    call.__name__ = call.__qualname__ = method.__name__.lstrip("_")
    call.__doc__ = method.__doc__
    call.__wrapped__ = method  # for its signature
    named: Callable[..., Any] = call
    return named


def _as_view(method: Callable[..., Any]) -> Callable[..., Any]:
    """A Tensor's method that gives a view, with Arrays as results."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        out = method(_core._array_value(_core._array_base(self)), *args, **kwargs)
        return _core._array_view(self, out) if isinstance(out, _core.Tensor) else out

    return _named(call, method)


def _astype(self: Any, dtype: Any, copy: bool = True, device: Any = None) -> Any:
    """The elements in another dtype.

    Args:
      dtype: the dtype of the result.
      copy: whether the result is another array even if the dtype is the same.
      device: None or "CPU:0".

    Returns:
      An Array of the same shape.
    """
    from pyten.array_api._data_types import astype

    return astype(self, dtype, copy=copy, device=device)


# Methods that a Tensor has beyond the standard.
_VIEWS = ("ravel", "reshape", "squeeze", "transpose")
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
    "round",
    "std",
    "sum",
    "var",
    "__round__",
)


def attach() -> None:
    """Gives the compiled type its Python methods."""
    members: dict[str, Any] = {name: _as_array(getattr(_core.Tensor, name)) for name in _SHARED}
    members |= {name: _as_view(getattr(_core.Tensor, name)) for name in _VIEWS}
    members |= {
        "astype": _astype,
        "T": property(_transposed, doc="The axes in reverse order."),
        "mT": property(_matrix_transposed, doc="The last two axes exchanged."),
        "to_device": _to_device,
        "__repr__": _repr,
        "__str__": lambda self: str(by_numpy(lambda a: a[()], self)),
        "__copy__": _copy,
        "__deepcopy__": _deepcopy,
        "__reduce__": _reduce,
        "__reduce_ex__": _reduce_ex,
    }
    for name, member in members.items():
        setattr(Array, name, member)
