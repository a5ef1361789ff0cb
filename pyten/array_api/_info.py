"""What the namespace says of itself."""

from __future__ import annotations

from typing import Any

from pyten._dtypes import as_dtype
from pyten.array_api._array import check_device
from pyten.array_api._creation import DEFAULT_COMPLEX, DEFAULT_FLOAT, DEFAULT_INT
from pyten.array_api._data_types import BY_KIND

__all__ = ["__array_namespace_info__"]


def _device() -> str:
    from pyten import _core

    device: str = _core.zeros([], "float32").device
    return device


class Info:
    """What `__array_namespace_info__()` returns: devices, dtypes and capabilities."""

    def capabilities(self) -> dict[str, Any]:
        """What the library can do: masks as indices, shapes that depend on data; any rank."""
        return {
            "boolean indexing": True,
            "data-dependent shapes": True,
            "max dimensions": None,
        }

    def default_device(self) -> str:
        """The name of the device that arrays are on."""
        return _device()

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The dtypes of arrays that are made without naming one, by kind."""
        check_device("default_dtypes", device)
        return {
            "real floating": as_dtype(DEFAULT_FLOAT),
            "complex floating": as_dtype(DEFAULT_COMPLEX),
            "integral": as_dtype(DEFAULT_INT),
            "indexing": as_dtype(DEFAULT_INT),
        }

    def dtypes(
        self, *, device: Any = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        """The standard's dtypes by name.

        Args:
          device: None or "CPU:0".
          kind: which kind or kinds of them, as isdtype() takes; None for all.

        Returns:
          A dict of dtypes.

        Raises:
          ValueError: there is no such kind.
        """
        check_device("dtypes", device)
        kinds = ("bool", "numeric") if kind is None else (kind,) if isinstance(kind, str) else kind
        for k in kinds:
            if k not in BY_KIND:
                raise ValueError(f"dtypes: kind must be one of {', '.join(BY_KIND)}, got {k!r}")
        return {name: as_dtype(name) for k in kinds for name in BY_KIND[k]}

    def devices(self) -> tuple[str, ...]:
        """The names of the devices that arrays can be on."""
        return (_device(),)


def __array_namespace_info__() -> Info:
    """Returns what the namespace says of itself: devices, dtypes and capabilities.

    Returns:
      An object with the methods capabilities, default_device, default_dtypes, devices and dtypes.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.__array_namespace_info__().default_dtypes()["integral"]
      tf.int64
    """
    return Info()
