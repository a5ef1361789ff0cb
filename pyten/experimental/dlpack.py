"""TensorFlow's functions for DLPack, which hand capsules about.

>>> import numpy as np
>>> import pyten as tf
>>> capsule = tf.experimental.dlpack.to_dlpack(tf.constant([1., 2.]))
>>> tf.experimental.dlpack.from_dlpack(capsule).numpy()
array([1., 2.], dtype=float32)
"""

from __future__ import annotations

from typing import Any

from pyten import _core
from pyten.errors import InvalidArgumentError

__all__ = ["from_dlpack", "to_dlpack"]


def to_dlpack(tf_tensor: Any) -> Any:
    """A DLPack capsule with a copy of the tensor, which its one consumer may write to.

    Libraries that take arrays as they are (`torch.from_dlpack(t)`) read the tensor's own memory
    instead: see docs/numpy.md.

    Args:
      tf_tensor: a tensor or variable of any shape and dtype.

    Returns:
      A capsule named "dltensor".

    Raises:
      InvalidArgumentError: tf_tensor is something else.

    Example:
      >>> import pyten as tf
      >>> capsule = tf.experimental.dlpack.to_dlpack(tf.constant([1., 2.]))
      >>> tf.from_dlpack(capsule).numpy()
      array([1., 2.], dtype=float32)
    """
    if not isinstance(tf_tensor, (_core.Tensor, _core.Variable)):
        raise InvalidArgumentError(
            "to_dlpack: The argument to `to_dlpack` must be a TF tensor, not Python object: got "
            f"{type(tf_tensor).__name__}; use tf.constant(value) first"
        )
    return tf_tensor.__dlpack__()


def from_dlpack(dlcapsule: Any) -> Any:
    """A tensor from a DLPack capsule; see tf.from_dlpack, which takes arrays as well.

    Args:
      dlcapsule: a capsule named "dltensor" or "dltensor_versioned" that was not used before, or an
        array with a method `__dlpack__`.

    Returns:
      A tensor.

    Raises:
      ValueError: the capsule was used before, or holds what no tensor can be.
      TypeError: its dtype is not among the tensors'.

    Example:
      >>> import pyten as tf
      >>> capsule = tf.experimental.dlpack.to_dlpack(tf.constant([[1, 2]]))
      >>> tf.experimental.dlpack.from_dlpack(capsule).numpy()
      array([[1, 2]], dtype=int32)
    """
    return _core.from_dlpack(dlcapsule)
