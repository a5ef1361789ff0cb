"""What this machine has, and how functions run."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyten._device import gpu_count, hidden_gpus

__all__ = [
    "LogicalDevice",
    "PhysicalDevice",
    "functions_run_eagerly",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "run_functions_eagerly",
    "set_visible_devices",
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
_hidden: set[PhysicalDevice] = set()


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
    if device_type in (None, "GPU"):
        devices += [
            PhysicalDevice(f"/physical_device:GPU:{i}", "GPU") for i in range(gpu_count())
        ]
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
        for d in get_visible_devices(device_type)
    ]


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that pyten may use: all, or those of set_visible_devices.

    Args:
      device_type: "CPU" or "GPU" for those alone; None for all.

    Returns:
      A list of PhysicalDevice.

    Example:
      >>> import pyten as tf
      >>> tf.config.get_visible_devices("CPU") == tf.config.list_physical_devices("CPU")
      True
    """
    return [d for d in list_physical_devices(device_type) if d not in _hidden]


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Says which devices pyten may use.

    Args:
      devices: a PhysicalDevice, or a list of them; an empty list for none.
      device_type: "CPU" or "GPU" when the others' visibility is to stay; None for all types.

    Raises:
      ValueError: a device does not exist or is of another type, or the CPU would be hidden, which
        cannot be done without.

    Example:
      >>> import pyten as tf
      >>> tf.config.set_visible_devices([], "GPU")
      >>> tf.config.get_visible_devices("GPU")
      []
    """
    chosen = [devices] if isinstance(devices, PhysicalDevice) else list(devices or ())
    known = list_physical_devices(device_type)
    for device in chosen:
        if device not in known:
            raise ValueError(f"set_visible_devices: Unrecognized device: {device!r}")
    hidden = [d for d in known if d not in chosen]
    if any(d.device_type == "CPU" for d in hidden):
        raise ValueError("set_visible_devices: the CPU cannot be hidden: pyten computes on it")
    _hidden.difference_update(known)
    _hidden.update(hidden)
    hidden_gpus.clear()
    hidden_gpus.update(int(d.name.rpartition(":")[2]) for d in _hidden if d.device_type == "GPU")


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


def __getattr__(name: str) -> Any:
    if name in ("experimental", "threading"):
        from importlib import import_module

        return import_module(f"pyten._config_{name}")
    raise AttributeError(f"module 'pyten.config' has no attribute '{name}'")
