"""Devices: tf.device and the names that it takes."""

from __future__ import annotations

import os
import re
from _thread import _local as local  # threading itself costs half a millisecond of the import
from typing import Any

from pyten import _core

__all__ = ["current_device", "device", "gpu_count", "named_gpu", "parse_device", "visible_gpus"]

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


_opened = False


def gpu_count() -> int:
    """How many GPUs there are; the first call opens the library with the kernels for them."""
    global _opened
    if not _opened:
        _opened = True
        _core.set_accelerator_library(
            os.path.join(os.path.dirname(os.path.abspath(__file__)), "libpyten_cuda.so")
        )
    return _core.accelerator_count()


# Which devices tf.config.set_visible_devices has hidden.
hidden_gpus: set[int] = set()


def visible_gpus() -> list[int]:
    """The GPUs that may be used, by their numbers; "GPU:0" is the first of them."""
    return [i for i in range(gpu_count()) if i not in hidden_gpus]


def named_gpu(op: str, name: str) -> int | None:
    """The number of the GPU with that name; None for the CPU.

    Raises:
      ValueError: there is no such device.
    """
    try:
        kind, number = parse_device(str(name))
    except ValueError:
        kind, number = None, None
    if kind == "CPU" and not number:
        return None
    visible = visible_gpus() if kind == "GPU" else []
    if (number or 0) >= len(visible):
        raise ValueError(f"{op}: No matching devices found for '{name}'")
    return visible[number or 0]


def _placement(name: str) -> int | None:
    """What `_core.set_device` takes: None for no preference, -1 for the CPU, a GPU's number."""
    kind, number = parse_device(name)
    if kind is None:
        return None
    index = number or 0
    if kind == "CPU" and index == 0:
        return -1
    visible = visible_gpus() if kind == "GPU" else []
    if index < len(visible):
        return visible[index]
    if not _core.soft_placement():
        from pyten import errors

        why = f"; {_core.accelerator_problem()}" if kind == "GPU" and not visible else ""
        raise errors.InvalidArgumentError(
            f"device: Could not satisfy device specification '{name}': this machine has the CPU and "
            f"{len(visible)} GPUs that can be used{why}; tf.config.set_soft_device_placement(True) "
            "lets the CPU stand in"
        )
    return -1


class _Devices(local):
    # Of each scope that is open: the name it was given, and where it places tensors.
    stack: tuple[tuple[str, int | None], ...] = ()


_devices = _Devices()


def current_device() -> str | None:
    """The name that the innermost `with tf.device(...)` of this thread gave, or None."""
    return _devices.stack[-1][0] if _devices.stack else None


class device:
    """Runs the operations of a `with` block on a device.

    New tensors and variables are made there, and tensors from elsewhere are copied there before an
    operation takes them. Outside of all blocks tensors are made on the CPU, and an operation runs on
    the GPU that one of its inputs is on. A device that this machine does not have is replaced by the
    CPU, silently, as in TensorFlow; `tf.config.list_physical_devices` tells which there are, and
    after `tf.config.set_soft_device_placement(False)` it is an error.

    Args:
      device_name: "CPU:0", "/CPU:0", "/device:GPU:0", "gpu", …; None or "" for no preference.

    Raises:
      ValueError: the name is no string, or is not understood.
      InvalidArgumentError: at the block's start, when the device does not exist and soft placement
        is off.

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
        self._outer: list[tuple[tuple[str, int | None], ...]] = []

    def __enter__(self) -> device:
        stack = _devices.stack
        placement = _placement(self._name)
        if placement is None and stack:
            placement = stack[-1][1]
        self._outer.append(stack)
        _devices.stack = (*stack, (self._name, placement))
        _core.set_device(placement)
        return self

    def __exit__(self, *exc: Any) -> None:
        stack = _devices.stack = self._outer.pop()
        _core.set_device(stack[-1][1] if stack else None)
