"""Limits on norms."""

from __future__ import annotations

from typing import Any

from pyten import _core
from pyten._norms import global_norm
from pyten.errors import InvalidDTypeError

__all__ = ["clip_by_global_norm", "clip_by_norm"]


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """Scales a tensor down so that its euclidean norm is at most clip_norm.

    Args:
      t: a floating tensor.
      clip_norm: a positive number or scalar tensor.
      axes: the axes of which the norm is taken; None for all.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype.

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.clip_by_norm([3., 4.], 1.).numpy()
      array([0.6, 0.8], dtype=float32)
    """
    t = _core.convert(t)
    if t.dtype.is_integer:
        raise InvalidDTypeError(f"clip_by_norm: t must be floating or complex, got {t.dtype.name}")
    norm = _core.reduce_euclidean_norm(t, axes, True)
    return t * clip_norm / _core.maximum(norm, clip_norm)


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Any]:
    """Scales tensors down together so that the norm of all their elements is at most clip_norm.

    Args:
      t_list: a list of floating tensors; None stays None.
      clip_norm: a positive number or scalar tensor.
      use_norm: the norm, if it is known already.
      name: accepted and ignored.

    Returns:
      (list of tensors, the norm before).

    Raises:
      TypeError: t_list is no list.

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> clipped, norm = tf.clip_by_global_norm([tf.constant([3.]), tf.constant([4.])], 1.)
      >>> [t.numpy() for t in clipped], norm.numpy()
      ([array([0.6], dtype=float32), array([0.8], dtype=float32)], np.float32(5.0))
    """
    if not isinstance(t_list, (list, tuple)):
        raise TypeError(
            f"clip_by_global_norm: t_list must be a list of tensors, got {type(t_list).__name__}"
        )
    norm = global_norm(t_list) if use_norm is None else _core.convert(use_norm)
    # Infinite and NaN norms make all NaN, as they do in TensorFlow.
    scale = clip_norm / _core.maximum(norm, clip_norm) + (norm - norm)
    tensors = [None if t is None else _core.convert(t) for t in t_list]
    return [None if t is None else t * _core.cast(scale, t.dtype) for t in tensors], norm
