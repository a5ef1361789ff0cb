"""Memory of other array libraries, by DLPack."""

from __future__ import annotations

from typing import Any

from pyten import _core

__all__ = ["from_dlpack"]

_CPU = ("CPU", "CPU:0", "/CPU:0", "/DEVICE:CPU:0", "/JOB:LOCALHOST/REPLICA:0/TASK:0/DEVICE:CPU:0")


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor with the elements of another library's array: NumPy's, PyTorch's, JAX's, CuPy's.

    Args:
      x: an array with a method `__dlpack__`, of any shape and layout and of a dtype that tensors
        have; or a capsule that such a method returned, which can be used once. A tensor or
        variable is given back as a new tensor, with its gradient.
      device: None, or "CPU:0": then a library that can copy its array there is asked to.
      copy: True makes a copy in any case. None copies what its owner could still write to, since
        tensors never change: nearly everything. Memory that was made for this call, and tensors
        that come back, are taken as they are. False raises where None would copy.

    Returns:
      A tensor of x's shape and dtype.

    Raises:
      ValueError: the memory is on another device, or the capsule was used before, or describes
        something that cannot be, or copy=False and a copy is needed.
      TypeError: x has no `__dlpack__`, or its dtype is not among the tensors'.
      BufferError: the other library does not export this array.

    Example:
      >>> import numpy as np
      >>> import pyten as tf
      >>> a = np.array([[1., 2.], [3., 4.]])
      >>> t = tf.from_dlpack(a.T)
      >>> a[:] = 0
      >>> t.numpy()
      array([[1., 3.],
             [2., 4.]])
    """
    to_cpu = device is not None
    if to_cpu and str(device).upper() not in _CPU and device != (1, 0):
        raise ValueError(f'from_dlpack: device must be None or "CPU:0", got {device!r}')
    return _core.from_dlpack(x, to_cpu, copy)
