"""Devices: tf.device and the names that it takes."""

from __future__ import annotations

import re
from _thread import _local as local  # threading itself costs half a millisecond of the import
from typing import Any

__all__ = ["current_device", "device", "parse_device"]

_TYPE = r"[A-Za-z_]+"
_PART = (  # compiled at first use
    rf"(?:device:(?P<long>{_TYPE})(?::(?P<index>[^/:]*))?"
    r"|(?P<short>(?i:cpu|gpu|tpu))(?::(?P<number>[^/:]*))?)$"
)


def parse_device(name: str) -> tuple[str | None, int | None]:
    """The type ("CPU", "GPU", ...) and number that a device's name holds; None where it has none.

    Raises:
      ValueError: a part of the name is not understood.
    """
    kind: str | None = None
    number: int | None = None
    for part in name.split("/"):
        if not part:
            continue
        key, _, value = part.partition(":")
        if key in ("job", "replica", "task") and value:
            continue
        found = re.match(_PART, part)
        if found is None:
            raise ValueError(
                f"Unknown attribute '{key}' is encountered while parsing the device spec: '{name}'."
            )
        kind = (found["long"] or found["short"]).upper()
        digits = found["index"] if found["long"] else found["number"]
        if digits is None or digits == "*":
            number = None
        elif digits.isdigit():
            number = int(digits)
        else:
            raise ValueError(f"device: the number must be an integer, got '{digits}' in '{name}'")
    return kind, number


class _Devices(local):
    stack: tuple[str, ...] = ()


_devices = _Devices()


def current_device() -> str | None:
    """The name that the innermost `with tf.device(...)` of this thread gave, or None."""
    return _devices.stack[-1] if _devices.stack else None


class device:
    """Runs the operations of a `with` block on a device.

    A device that this machine does not have is replaced by the CPU, silently, as in TensorFlow.

    Args:
      device_name: "CPU:0", "/CPU:0", "/device:GPU:0", "gpu", …; None or "" for no preference.

    Raises:
      ValueError: the name is no string, or is not understood.

    Example:
      >>> import pyten as tf
      >>> with tf.device("/CPU:0"):
      ...     tf.ones(2).device
      '/job:localhost/replica:0/task:0/device:CPU:0'
    """

    def __init__(self, device_name: str | None) -> None:
        if device_name is None:
            device_name = ""
        if not isinstance(device_name, str):
            raise ValueError(
                f"device: expecting a string device name, got {type(device_name).__name__} "
                f"{device_name!r}"
            )
        parse_device(device_name)
        self._name = device_name
        self._outer: list[tuple[str, ...]] = []

    def __enter__(self) -> device:
        self._outer.append(_devices.stack)
        _devices.stack = (*_devices.stack, self._name)
        return self

    def __exit__(self, *exc: Any) -> None:
        _devices.stack = self._outer.pop()
