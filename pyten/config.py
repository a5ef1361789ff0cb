"""What this machine has, and how functions run."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from pyten import _core, _teach
from pyten._device import gpu_count, hidden_gpus, named_gpu

__all__ = [
    "LogicalDevice",
    "PhysicalDevice",
    "functions_run_eagerly",
    "get_memory_limit",
    "get_soft_device_placement",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "memory_stats",
    "release",
    "run_functions_eagerly",
    "set_memory_limit",
    "set_soft_device_placement",
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
        devices += [PhysicalDevice(f"/physical_device:GPU:{i}", "GPU") for i in range(gpu_count())]
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
    found = []
    for kind in ("CPU", "GPU"):
        if device_type in (None, kind):
            count = len(get_visible_devices(kind))
            found += [LogicalDevice(f"/device:{kind}:{i}", kind) for i in range(count)]
    return found


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


def set_soft_device_placement(enabled: bool) -> None:
    """Says what happens where a device cannot do what it is asked for.

    With soft placement, which is on at first as in TensorFlow, the CPU stands in: for a device that
    does not exist, and for an operation that has no kernel on the GPU, whose inputs are then copied
    to the CPU and its results back. Without it both are errors, which tells where such copies are.

    Args:
      enabled: whether the CPU stands in; for all threads.

    Example:
      >>> import pyten as tf
      >>> tf.config.set_soft_device_placement(False)
      >>> try:
      ...     with tf.device("GPU:99"):
      ...         pass
      ... except tf.errors.InvalidArgumentError as e:
      ...     print(str(e)[:58])
      device: Could not satisfy device specification 'GPU:99': t
      >>> tf.config.set_soft_device_placement(True)
    """
    _core.set_soft_placement(bool(enabled))


def get_soft_device_placement() -> bool:
    """Whether the CPU stands in for what a device cannot do; see set_soft_device_placement.

    Returns:
      A bool.

    Example:
      >>> import pyten as tf
      >>> tf.config.get_soft_device_placement()
      True
    """
    return _core.soft_placement()


def memory_stats(device: str | None = None) -> dict[str, int]:
    """What the memory of tensors comes to, in bytes.

    Args:
      device: a device's name, such as "GPU:0"; None for the CPU.

    Returns:
      A dictionary: "live_bytes" in use; "peak_bytes", the most that ever were, or were since
      `tf.config.experimental.reset_memory_stats`; "cached_bytes", freed and kept for reuse;
      "limit_bytes", what set_memory_limit was given, 0 for no limit. A GPU has "total_bytes", the
      size of its memory, instead of the limit.

    Raises:
      ValueError: there is no such device.

    Example:
      >>> import pyten as tf
      >>> sorted(tf.config.memory_stats())
      ['cached_bytes', 'limit_bytes', 'live_bytes', 'peak_bytes']
    """
    gpu = named_gpu("memory_stats", "CPU" if device is None else device)
    if gpu is None:
        return _core.memory_stats()
    info = _core.accelerator_info(gpu)
    return {name: info[name] for name in sorted(info) if name.endswith("_bytes")}


def set_memory_limit(nbytes: int | None) -> None:
    """Sets how many bytes tensors may have in use together.

    What would exceed it raises ResourceExhaustedError, which names the largest holders, and changes
    nothing. Blocks below 64 KiB that a thread kept for reuse are handed out without a look at it.

    Args:
      nbytes: the number of bytes; None for no limit.

    Raises:
      ValueError: nbytes is not positive.

    Example:
      >>> import pyten as tf
      >>> tf.config.set_memory_limit(tf.config.memory_stats()["live_bytes"] + 10**6)
      >>> try:
      ...     tf.zeros([1000, 1000])
      ... except tf.errors.ResourceExhaustedError as e:
      ...     print(str(e)[:59])
      OOM when allocating tensor with shape[1000,1000] and type f
      >>> tf.config.set_memory_limit(None)
    """
    if nbytes is not None and nbytes <= 0:
        raise ValueError(f"set_memory_limit: nbytes must be positive, or None, got {nbytes}")
    _core.set_memory_limit(nbytes or 0)


def get_memory_limit() -> int | None:
    """What set_memory_limit was given; None at first.

    Returns:
      A number of bytes, or None.

    Example:
      >>> import pyten as tf
      >>> tf.config.get_memory_limit() is None
      True
    """
    return _core.memory_stats()["limit_bytes"] or None


def release() -> None:
    """Gives memory that was freed and kept for reuse back to the system.

    That is what is kept for all threads, the small blocks of the calling one, and what is kept on
    the GPUs that are in use.

    Example:
      >>> import pyten as tf
      >>> tf.config.release()
      >>> tf.config.memory_stats()["cached_bytes"] >= 0
      True
    """
    _core.release_memory()
    for i in range(_core.known_accelerators()):
        _core.accelerator_release(i)


def __getattr__(name: str) -> Any:
    if name in ("experimental", "threading"):
        from importlib import import_module

        return import_module(f"pyten._config_{name}")
    raise AttributeError(f"module 'pyten.config' has no attribute '{name}'")


_teach.attach(sys.modules[__name__])
