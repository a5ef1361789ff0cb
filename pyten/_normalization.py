"""Normalisation by neighbouring channels and by layer."""

from __future__ import annotations

from typing import Any

from pyten import _core
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = ["layer_normalization", "local_response_normalization", "lrn"]


def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Any:
    """input / (bias + alpha * sum of squares of neighbouring channels) ** beta.

    Args:
      input: a floating tensor [batch, height, width, channels].
      depth_radius: how many channels on either side count as neighbours.
      bias: keeps the divisor from 0.
      alpha: the weight of the squares.
      beta: the exponent.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype (Krizhevsky et al., 2012).

    Raises:
      InvalidArgumentError: input is not of rank 4, or its dtype is refused.

    Example:
      >>> import pyten as tf
      >>> tf.nn.local_response_normalization(tf.ones((1, 1, 1, 3)), 1).numpy().ravel().round(3)
      array([0.577, 0.5  , 0.577], dtype=float32)
    """
    op = "local_response_normalization"
    x = _core.convert(input)
    if x.ndim != 4 or not x.dtype.is_floating:
        raise InvalidArgumentError(
            f"{op}: input must be floating and 4-dimensional, got a {x.dtype.name} tensor of shape "
            f"{x.shape}"
        )
    wide = _core.cast(x, "float32") if x.dtype.name in ("float16", "bfloat16") else x
    depth = x.shape[3]
    radius = min(depth_radius, depth)
    near = _core.band_part(_core.ones([depth, depth], wide.dtype), radius, radius)
    squares = _core.matmul(_core.square(wide), near)
    y = wide * _core.pow(bias + alpha * squares, _core.cast(-beta, wide.dtype))
    return _core.cast(y, x.dtype)


lrn = local_response_normalization


def layer_normalization(
    x: Any,
    scale: Any = None,
    offset: Any = None,
    axis: Any = -1,
    epsilon: float = 1e-3,
    name: str | None = None,
) -> Any:
    """scale * (x - mean) / sqrt(variance + epsilon) + offset, over the axes given.

    TensorFlow has this as a Keras layer only (Ba et al., 2016).

    Args:
      x: a floating tensor; float16 and bfloat16 are computed in float32.
      scale: a tensor that broadcasts with x, or None.
      offset: a tensor that broadcasts with x, or None.
      axis: an axis or several, whose elements are brought to mean 0 and variance 1 together.
      epsilon: keeps the divisor from 0.
      name: accepted and ignored.

    Returns:
      A tensor of the shape and dtype of x.

    Raises:
      TypeError: x is not floating.

    Example:
      >>> import pyten as tf
      >>> tf.nn.layer_normalization([[1., 3.]], epsilon=0.).numpy()
      array([[-1.,  1.]], dtype=float32)
    """
    x = _core.convert(x)
    if not x.dtype.is_floating:
        raise InvalidDTypeError(f"layer_normalization: x must be floating, got {x.dtype.name}")
    wide = _core.cast(x, "float32") if x.dtype.name in ("float16", "bfloat16") else x
    centred = wide - _core.reduce_mean(wide, axis, True)
    variance = _core.reduce_mean(_core.square(centred), axis, True)
    y = centred * _core.rsqrt(variance + epsilon)
    if scale is not None:
        y = y * _core.cast(scale, wide.dtype)
    if offset is not None:
        y = y + _core.cast(offset, wide.dtype)
    return _core.cast(y, x.dtype)
