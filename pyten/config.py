"""What this machine has, and how functions run."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "LogicalDevice",
    "PhysicalDevice",
    "functions_run_eagerly",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "run_functions_eagerly",
]


class PhysicalDevice(NamedTuple):
    """A device of this machine: its name and its type, "CPU" or "GPU".

    Example:
      >>> import pyten as tf
      >>> tf.config.list_physical_devices("CPU")[0].device_type
      'CPU'
    """

    name: str
    device_type: str


class LogicalDevice(NamedTuple):
    """A device as tensors name it: its name and its type, "CPU" or "GPU".

    Example:
      >>> import pyten as tf
      >>> tf.config.list_logical_devices("CPU")[0].name
      '/device:CPU:0'
    """

    name: str
    device_type: str


_run_eagerly = False


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that pyten can use.

    Args:
      device_type: "CPU" or "GPU" for those alone; None for all.

    Returns:
      A list of PhysicalDevice.

    Example:
      >>> import pyten as tf
      >>> tf.config.list_physical_devices("CPU")
      [PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]
    """
    devices = [PhysicalDevice("/physical_device:CPU:0", "CPU")]
    return [d for d in devices if device_type in (None, d.device_type)]


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The devices under the names that tensors have.

    Args:
      device_type: "CPU" or "GPU" for those alone; None for all.

    Returns:
      A list of LogicalDevice.

    Example:
      >>> import pyten as tf
      >>> tf.config.list_logical_devices("CPU")
      [LogicalDevice(name='/device:CPU:0', device_type='CPU')]
    """
    return [
        LogicalDevice(d.name.replace("/physical_device", "/device"), d.device_type)
        for d in list_physical_devices(device_type)
    ]


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The same as list_physical_devices: nothing is hidden.

    Args:
      device_type: "CPU" or "GPU" for those alone; None for all.

    Returns:
      A list of PhysicalDevice.

    Example:
      >>> import pyten as tf
      >>> tf.config.get_visible_devices("CPU") == tf.config.list_physical_devices("CPU")
      True
    """
    return list_physical_devices(device_type)


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Accepted for compatibility: functions under `tf.function` always run eagerly.

    Args:
      run_eagerly: a bool, which functions_run_eagerly() then gives.

    Example:
      >>> import pyten as tf
      >>> tf.config.run_functions_eagerly(True)
      >>> tf.config.functions_run_eagerly()
      True
      >>> tf.config.run_functions_eagerly(False)
    """
    global _run_eagerly
    _run_eagerly = bool(run_eagerly)


def functions_run_eagerly() -> bool:
    """What run_functions_eagerly was last given; False at first.

    Returns:
      A bool.

    Example:
      >>> import pyten as tf
      >>> tf.config.functions_run_eagerly()
      False
    """
    return _run_eagerly
