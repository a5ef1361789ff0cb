"""tf.config.experimental: memory, and what else there is to ask and set."""

from __future__ import annotations

from typing import Any

from pyten import _core, config
from pyten._device import named_gpu
from pyten.config import (
    get_visible_devices,
    list_logical_devices,
    list_physical_devices,
    set_visible_devices,
)

__all__ = [
    "enable_op_determinism",
    "enable_tensor_float_32_execution",
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
    "tensor_float_32_execution_enabled",
]


def _known(device: Any, op: str) -> None:
    if device not in config.list_physical_devices():
        raise ValueError(f"{op}: Unrecognized device: {device!r}")


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
    gpu = named_gpu("get_memory_info", device)
    stats = _core.memory_stats() if gpu is None else _core.accelerator_info(gpu)
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
    gpu = named_gpu("reset_memory_stats", device)
    if gpu is None:
        _core.reset_peak_memory()
    else:
        _core.accelerator_reset_peak(gpu)


def get_memory_usage(device: str) -> int:
    """The bytes that tensors have now; see get_memory_info."""
    return get_memory_info(device)["current"]


def get_device_details(device: Any) -> dict[str, Any]:
    """What is known of a device beyond its name.

    Args:
      device: a PhysicalDevice.

    Returns:
      A dictionary: of a GPU, what its maker calls it under "device_name"; nothing of a CPU.

    Raises:
      ValueError: it does not exist.
    """
    _known(device, "get_device_details")
    if device.device_type == "CPU":
        return {}
    return {"device_name": _core.accelerator_info(int(device.name.rpartition(":")[2]))["name"]}


def enable_op_determinism() -> None:
    """Does nothing: results have the same bits each time, on CPUs and GPUs alike."""


def enable_tensor_float_32_execution(enabled: bool) -> None:
    """Lets GPUs multiply float32 matrices as TensorFloat-32: faster, with 10 bits of mantissa.

    Unlike in TensorFlow it is off at first: float32 products are those of float32.

    Args:
      enabled: whether they may; for all GPUs and threads.

    Example:
      >>> import pyten as tf
      >>> tf.config.experimental.enable_tensor_float_32_execution(True)
      >>> tf.config.experimental.tensor_float_32_execution_enabled()
      True
      >>> tf.config.experimental.enable_tensor_float_32_execution(False)
    """
    _core.set_tensor_float_32(bool(enabled))


def tensor_float_32_execution_enabled() -> bool:
    """Whether GPUs may use TensorFloat-32; see enable_tensor_float_32_execution.

    Returns:
      A bool, False at first.
    """
    return _core.tensor_float_32()


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'pyten.config.experimental' has no attribute '{name}'")
