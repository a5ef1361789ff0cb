"""Neural networks: activations, losses and helpers."""

from __future__ import annotations

import math
import numbers
import sys
from typing import Any

from pyten import _core, _draw, _seeds, _teach
from pyten._activations import crelu, gelu, leaky_relu, silu, softsign, swish
from pyten._blocks import depth_to_space, dilation2d, erosion2d, space_to_depth
from pyten._candidates import (
    all_candidate_sampler,
    compute_accidental_hits,
)
from pyten._conv import (
    atrous_conv2d,
    conv1d,
    conv2d,
    conv3d,
    convolution,
    depthwise_conv2d,
    separable_conv2d,
)
from pyten._conv_transpose import (
    atrous_conv2d_transpose,
    conv1d_transpose,
    conv2d_transpose,
    conv3d_transpose,
    conv_transpose,
)
from pyten._core import (
    elu,
    log_softmax,
    relu,
    relu6,
    selu,
    sigmoid,
    sigmoid_cross_entropy_with_logits,
    softmax,
    softmax_cross_entropy_with_logits,
    softplus,
    sparse_softmax_cross_entropy_with_logits,
    tanh,
)
from pyten._ctc import ctc_loss, ctc_unique_labels
from pyten._moments import normalize_moments, sufficient_statistics, weighted_moments
from pyten._normalization import layer_normalization, local_response_normalization, lrn
from pyten._norms import l2_normalize
from pyten._pool import (
    avg_pool,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_pool_with_argmax,
    pool,
)
from pyten._sampled_losses import nce_loss, sampled_softmax_loss
from pyten.errors import InvalidArgumentError, InvalidDTypeError
from pyten.math import in_top_k, top_k, zero_fraction

__all__ = [
    "all_candidate_sampler",
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_normalization",
    "bias_add",
    "compute_accidental_hits",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "conv_transpose",
    "convolution",
    "crelu",
    "ctc_loss",
    "ctc_unique_labels",
    "depth_to_space",
    "depthwise_conv2d",
    "dilation2d",
    "dropout",
    "elu",
    "embedding_lookup",
    "erosion2d",
    "gelu",
    "in_top_k",
    "l2_loss",
    "l2_normalize",
    "layer_normalization",
    "leaky_relu",
    "local_response_normalization",
    "log_poisson_loss",
    "log_softmax",
    "lrn",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "moments",
    "nce_loss",
    "normalize_moments",
    "pool",
    "relu",
    "relu6",
    "sampled_softmax_loss",
    "selu",
    "separable_conv2d",
    "sigmoid",
    "sigmoid_cross_entropy_with_logits",
    "silu",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softplus",
    "softsign",
    "space_to_depth",
    "sparse_softmax_cross_entropy_with_logits",
    "sufficient_statistics",
    "swish",
    "tanh",
    "top_k",
    "weighted_cross_entropy_with_logits",
    "weighted_moments",
    "zero_fraction",
]


# -- Losses ----------------------------------------------------------------------------------------
def l2_loss(t: Any, name: str | None = None) -> Any:
    """sum(t * t) / 2.

    Args:
      t: a floating tensor.
      name: accepted and ignored.

    Returns:
      A scalar of the same dtype.

    Raises:
      TypeError: t is not floating.

    Gradient: t.

    Example:
      >>> import pyten as tf
      >>> tf.nn.l2_loss([3., 4.]).numpy()
      np.float32(12.5)
    """
    t = _core.convert(t)
    if not t.dtype.is_floating:
        raise InvalidDTypeError(f"l2_loss: t must be floating, got {t.dtype.name}")
    return _core.reduce_sum(_core.square(t)) / 2


def weighted_cross_entropy_with_logits(
    labels: Any, logits: Any, pos_weight: Any, name: str | None = None
) -> Any:
    """Sigmoid cross-entropy in which positive labels count pos_weight times.

    Args:
      labels: a floating tensor of probabilities.
      logits: a tensor of the same shape and dtype.
      pos_weight: a number or a tensor that broadcasts.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape.

    Raises:
      ValueError: the shapes differ.

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.nn.weighted_cross_entropy_with_logits([1.], [0.], 3.).numpy().round(4)
      array([2.0794], dtype=float32)
    """
    x = _core.convert(logits)
    z = _core.convert(labels, hint=x.dtype)
    if x.shape != z.shape:
        raise InvalidArgumentError(
            "weighted_cross_entropy_with_logits: `logits` and `labels` must have the same shape, "
            f"received ({x.shape} vs {z.shape})."
        )
    weight = 1 + (_core.convert(pos_weight, hint=x.dtype) - 1) * z
    return (1 - z) * x + weight * (_core.log1p(_core.exp(-_core.abs(x))) + _core.relu(-x))


def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Any:
    """exp(log_input) - log_input * targets, the Poisson loss of a logarithm.

    Args:
      targets: a floating tensor.
      log_input: a tensor of the same shape and dtype.
      compute_full_loss: whether to add Stirling's approximation of log(targets!).
      name: accepted and ignored.

    Returns:
      A tensor of the same shape.

    Raises:
      ValueError: the shapes differ.

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.nn.log_poisson_loss([1.], [0.]).numpy()
      array([1.], dtype=float32)
    """
    c = _core.convert(log_input)
    z = _core.convert(targets, hint=c.dtype)
    if c.shape != z.shape:
        raise InvalidArgumentError(
            "log_poisson_loss: `log_input` and `targets` must have the same shape, received "
            f"({c.shape} vs {z.shape})."
        )
    loss = _core.exp(c) - c * z
    if compute_full_loss:
        stirling = z * _core.log(z) - z + 0.5 * _core.log(2 * math.pi * z)
        inside = _core.logical_and(_core.greater_equal(z, 0.0), _core.less_equal(z, 1.0))
        loss = loss + _core.select(inside, _core.zeros_like(z), stirling)
    return loss


# -- Helpers ---------------------------------------------------------------------------------------
def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Any:
    """value + bias, along the axis of channels.

    Args:
      value: a tensor of rank 2 or more.
      bias: a vector with one element for each channel.
      data_format: "N...C" or None: the channels are the last axis; "NC...": the second.
      name: accepted and ignored.

    Returns:
      A tensor of the shape of value.

    Raises:
      InvalidArgumentError: bias is no vector, or has another size than the axis.
      ValueError: an unknown data_format.

    Gradient: to value, and its sum over all other axes to bias.

    Example:
      >>> import pyten as tf
      >>> tf.nn.bias_add([[1., 2.]], [10., 20.]).numpy()
      array([[11., 22.]], dtype=float32)
    """
    like = bias.dtype if isinstance(bias, (_core.Tensor, _core.Variable)) else None
    x = _core.convert(value, hint=like)
    b = _core.convert(bias, hint=x.dtype)
    if data_format is not None and not data_format.startswith("N"):
        raise ValueError(
            f"bias_add: data_format must be of the form `N...C` or `NC...`, got {data_format!r}"
        )
    second = data_format is not None and data_format.startswith("NC")
    if x.ndim < 2 or b.ndim != 1 or b.shape[0] != x.shape[1 if second else -1]:
        raise InvalidArgumentError(
            "bias_add: bias must be a vector with one element for each channel of value, got "
            f"value.shape={x.shape} and bias.shape={b.shape}"
        )
    if second:
        b = _core.reshape(b, [-1] + [1] * (x.ndim - 2))
    return _core.add(x, b)


def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[Any, Any]:
    """Mean and variance.

    Args:
      x: a floating tensor.
      axes: the axes to average over.
      shift: accepted for compatibility.
      keepdims: whether to keep the axes, with size 1.
      name: accepted and ignored.

    Returns:
      (mean, variance).

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> mean, variance = tf.nn.moments(tf.constant([1., 3.]), axes=[0])
      >>> mean.numpy(), variance.numpy()
      (np.float32(2.0), np.float32(1.0))
    """
    x = _core.convert(x)
    narrow = x.dtype.name in ("float16", "bfloat16")
    y = _core.cast(x, "float32") if narrow else x
    mean = _core.reduce_mean(y, axes, True)
    variance = _core.reduce_mean(
        _core.squared_difference(y, _core.stop_gradient(mean)), axes, keepdims
    )
    if not keepdims:
        mean = _core.reduce_mean(y, axes, False)
    if narrow:
        mean, variance = _core.cast(mean, x.dtype), _core.cast(variance, x.dtype)
    return mean, variance


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: str | None = None,
) -> Any:
    """scale * (x - mean) / sqrt(variance + variance_epsilon) + offset.

    Args:
      x: a floating tensor.
      mean: a tensor that broadcasts with x, as the next three.
      variance: see mean.
      offset: see mean; or None.
      scale: see mean; or None.
      variance_epsilon: a small number.
      name: accepted and ignored.

    Returns:
      A tensor of the shape of x.

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.nn.batch_normalization([[1., 3.]], 2., 1., None, None, 0.).numpy()
      array([[-1.,  1.]], dtype=float32)
    """
    x = _core.convert(x)
    factor = _core.rsqrt(_core.add(_core.convert(variance, hint=x.dtype), variance_epsilon))
    if scale is not None:
        factor = factor * scale
    shifted = -factor * mean if offset is None else offset - mean * factor
    return x * factor + shifted


def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: str | None = None) -> Any:
    """The rows of a table.

    Args:
      params: a tensor [rows, ...], or a list of tensors that are its parts.
      ids: an integer tensor of any shape.
      max_norm: rows with a greater euclidean norm are scaled down to it; None for no limit.
      name: accepted and ignored.

    Returns:
      A tensor ids.shape + params.shape[1:].

    Raises:
      InvalidArgumentError: an id is out of range.

    Gradient: a tensor like params; rows taken more than once get the sum.

    Example:
      >>> import pyten as tf
      >>> tf.nn.embedding_lookup(tf.constant([[1., 2.], [3., 4.]]), [1, 1]).numpy()
      array([[3., 4.],
             [3., 4.]], dtype=float32)
    """
    if isinstance(params, (list, tuple)):  # parts of one table
        params = params[0] if len(params) == 1 else _core.concat(params, 0)
    ids = _core.convert(ids)
    rows = _core.gather(params, ids)
    if max_norm is None:
        return rows
    from pyten._clip import clip_by_norm

    return clip_by_norm(rows, max_norm, axes=list(range(ids.ndim, rows.ndim)))


def dropout(
    x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None
) -> Any:
    """Sets elements to 0 at random and scales the others up, so that the sum stays on average.

    Args:
      x: a floating tensor.
      rate: the probability of 0, a number or scalar tensor in [0, 1).
      noise_shape: the shape of the random choices, which broadcasts with x; None for x's.
      seed: an integer, or None; see tf.random.set_seed.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype; x itself when rate is the number 0.

    Raises:
      ValueError: rate is out of range, or x is not floating.

    Gradient: to the elements that stay, with their factor.

    Example:
      >>> import pyten as tf
      >>> tf.random.set_seed(42)
      >>> tf.nn.dropout(tf.ones(8), 0.5).numpy()
      array([2., 0., 0., 0., 0., 2., 2., 2.], dtype=float32)
    """
    is_number = isinstance(rate, numbers.Real)
    if is_number and not 0 <= rate < 1:
        raise ValueError(
            f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}"
        )
    x = _core.convert(x)
    if not x.dtype.is_floating:
        raise ValueError(
            "`x.dtype` must be a floating point tensor as `x` will be scaled. Received: "
            f"x_dtype={x.dtype}"
        )
    if is_number and rate == 0:
        _seeds.pass_over()
        return x
    if is_number:
        scaled = x * (1 / (1 - rate))
    elif isinstance(rate, (_core.Tensor, _core.Variable)) and rate.ndim == 0:
        scaled = x / (1 - rate)
    else:
        raise ValueError(f"`rate` must be a scalar or scalar tensor. Received: rate={rate}")
    sizes = _noise_sizes(x, noise_shape)
    blocks = _seeds.COUNTER_STEP * _draw.count_of(sizes)
    stream = _seeds.next_stream(("RandomUniform", x.dtype.name, False), seed, blocks)
    chosen = _core.random_uniform(*stream, sizes, x.dtype, 0.0, 1.0)
    return _core.select(_core.greater_equal(chosen, rate), scaled, _core.zeros_like(scaled))


def _noise_sizes(x: Any, noise_shape: Any) -> list[int]:
    if noise_shape is None:
        return list(x.shape)
    if isinstance(noise_shape, (list, tuple)) and len(noise_shape) == x.ndim:
        noise_shape = [n if m is None else m for n, m in zip(x.shape, noise_shape, strict=True)]
    return _draw.shape_list("nn.dropout", noise_shape)[0]


_teach.attach(sys.modules[__name__])
