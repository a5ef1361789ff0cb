"""Activations that are not of the core, as tf.nn has them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pyten import _core
from pyten._custom_gradient import with_rule
from pyten._docs import file_under
from pyten.errors import InvalidDTypeError

__all__ = ["crelu", "gelu", "leaky_relu", "silu", "softsign", "swish"]


def _in_float32(value: float) -> float:
    """The number as TensorFlow keeps it: its constants are float32 beside float64 tensors, too."""
    return float(np.float32(value))


def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Any:
    """features where positive, alpha * features elsewhere.

    Args:
      features: a real tensor; integers become float32.
      alpha: the slope for negative values, and the derivative at 0.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape.

    Gradient: alpha at 0.

    Example:
      >>> import pyten as tf
      >>> tf.nn.leaky_relu([-10., 3.]).numpy()
      array([-2.,  3.], dtype=float32)
    """
    x = _core.convert(features)
    if x.dtype.is_integer:
        x = _core.cast(x, "float32")
    if isinstance(alpha, float):
        alpha = _in_float32(alpha)
    return x * _slope(x, _core.convert(alpha, x.dtype))


def _slope(x: Any, below: Any) -> Any:
    """1 for positive x, else `below`; a step, whose gradient is zeros, not None."""
    slope = _core.select(_core.greater(x, 0), _core.ones_like(below), below)
    return with_rule("slope", [x], [], slope, _core.zeros_like)


def gelu(features: Any, approximate: bool = False, name: str | None = None) -> Any:
    """x * P(X <= x) for a standard normal X (Hendrycks and Gimpel, 2016).

    Args:
      features: a floating tensor.
      approximate: whether to use tanh in place of the normal distribution's erf.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: features is not floating.

    Gradient: differentiable to any order; 1/2 at 0.

    Example:
      >>> import pyten as tf
      >>> tf.nn.gelu([-1., 0., 1.]).numpy().round(4)
      array([-0.1587,  0.    ,  0.8413], dtype=float32)
    """
    x = _core.convert(features)
    if not x.dtype.is_floating:
        raise ValueError(f"gelu: features must be floating, got {x.dtype.name}")
    if approximate:
        inner = math.sqrt(2 / math.pi) * (x + _in_float32(0.044715) * x**3)
        return 0.5 * x * (1.0 + _core.tanh(inner))
    return 0.5 * x * _core.erfc(x * -_in_float32(math.sqrt(0.5)))


def silu(features: Any, beta: Any = 1.0) -> Any:
    """features * sigmoid(beta * features) (Ramachandran et al., 2017).

    Args:
      features: a floating tensor.
      beta: a number or a tensor that broadcasts with features.

    Returns:
      A tensor of the same shape and dtype.

    Gradient: differentiable to any order; 1/2 at 0.

    Example:
      >>> import pyten as tf
      >>> tf.nn.silu([0., 1.]).numpy().round(4)
      array([0.    , 0.7311], dtype=float32)
    """
    x = _core.convert(features)
    if isinstance(beta, (int, float)) and beta == 1:
        return x * _core.sigmoid(x)
    return x * _core.sigmoid(x * beta)


swish = silu


def softsign(features: Any, name: str | None = None) -> Any:
    """features / (|features| + 1).

    Args:
      features: a floating tensor.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      TypeError: features is not floating.

    Gradient: differentiable to any order; 1 at 0.

    Example:
      >>> import pyten as tf
      >>> tf.nn.softsign([-1., 3.]).numpy()
      array([-0.5 ,  0.75], dtype=float32)
    """
    x = _core.convert(features)
    if not x.dtype.is_floating:
        raise InvalidDTypeError(f"softsign: features must be floating, got {x.dtype.name}")
    return _core.divide(x, _core.abs(x) + 1)


def crelu(features: Any, axis: int = -1, name: str | None = None) -> Any:
    """relu of features and of -features, one after the other.

    Args:
      features: a real tensor.
      axis: where they are joined.
      name: accepted and ignored.

    Returns:
      A tensor, twice as long along the axis.

    Gradient: 0 at 0.

    Example:
      >>> import pyten as tf
      >>> tf.nn.crelu([-1., 2.]).numpy()
      array([0., 2., 1., 0.], dtype=float32)
    """
    x = _core.convert(features)
    return _core.relu(_core.concat([x, -x], axis))


file_under("pyten.nn", globals())
