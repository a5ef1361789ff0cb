"""tf.config.experimental: memory, and what else there is to ask and set."""

from __future__ import annotations

from typing import Any

from pyten import _core, config
from pyten._device import gpu_count, parse_device
from pyten.config import (
    get_visible_devices,
    list_logical_devices,
    list_physical_devices,
    set_visible_devices,
)

__all__ = [
    "enable_op_determinism",
    "get_device_details",
    "get_memory_growth",
    "get_memory_info",
    "get_memory_usage",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "reset_memory_stats",
    "set_memory_growth",
    "set_visible_devices",
]


def _known(device: Any, op: str) -> None:
    if device not in config.list_physical_devices():
        raise ValueError(f"{op}: Unrecognized device: {device!r}")


def _known_name(device: str, op: str) -> None:
    if str(device).rsplit("/", 1)[-1].upper().replace("DEVICE:", "") not in ("CPU", "CPU:0"):
        raise ValueError(f"{op}: No matching devices found for '{device}'")


def get_memory_growth(device: Any) -> bool:
    """True: memory is taken when it is needed, never all at once.

    Args:
      device: a PhysicalDevice.

    Raises:
      ValueError: it does not exist.
    """
    _known(device, "get_memory_growth")
    return True


def set_memory_growth(device: Any, enable: bool) -> None:
    """Accepted when `enable` is true: memory is taken when it is needed in any case.

    Args:
      device: a PhysicalDevice.
      enable: True.

    Raises:
      ValueError: the device does not exist, or enable is false: pyten never takes all memory.
    """
    _known(device, "set_memory_growth")
    if not enable:
        raise ValueError(
            "set_memory_growth: enable must be True: pyten takes memory only when it is needed"
        )


def get_memory_info(device: str) -> dict[str, int]:
    """The bytes that tensors have now, and the most they ever had.

    Args:
      device: a device's name, such as "CPU:0".

    Returns:
      A dictionary with "current" and "peak".

    Raises:
      ValueError: there is no such device.

    Example:
      >>> import pyten as tf
      >>> sorted(tf.config.experimental.get_memory_info("CPU:0"))
      ['current', 'peak']
    """
    try:
        kind, number = parse_device(str(device))
    except ValueError:
        kind, number = None, None
    if kind == "CPU" and not number:
        stats = _core.memory_stats()
    elif kind == "GPU" and (number or 0) < gpu_count():
        stats = _core.accelerator_info(number or 0)
    else:
        raise ValueError(f"get_memory_info: No matching devices found for '{device}'")
    return {"current": stats["live_bytes"], "peak": stats["peak_bytes"]}


def reset_memory_stats(device: str) -> None:
    """Lets the peak of get_memory_info start anew from what is in use; kept memory is released.

    Args:
      device: a device's name, such as "CPU:0".

    Raises:
      ValueError: there is no such device.

    Example:
      >>> import pyten as tf
      >>> tf.config.experimental.reset_memory_stats("CPU:0")
      >>> info = tf.config.experimental.get_memory_info("CPU:0")
      >>> info["peak"] == info["current"]
      True
    """
    _known_name(device, "reset_memory_stats")
    _core.reset_peak_memory()


def get_memory_usage(device: str) -> int:
    """The bytes that tensors have now; see get_memory_info."""
    return get_memory_info(device)["current"]


def get_device_details(device: Any) -> dict[str, Any]:
    """What is known of a device beyond its name: nothing for CPUs.

    Args:
      device: a PhysicalDevice.

    Raises:
      ValueError: it does not exist.
    """
    _known(device, "get_device_details")
    return {}


def enable_op_determinism() -> None:
    """Does nothing: results never depend on the number of threads."""


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'pyten.config.experimental' has no attribute '{name}'")
