"""Convolutions, as tf.nn has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pyten import _core
from pyten._docs import described
from pyten._windows import (
    SIZES,
    channels_second,
    layouts_text,
    per_axis,
    result_sizes,
    to_last,
    to_second,
    with_leading,
)
from pyten.errors import InvalidArgumentError

__all__ = [
    "atrous_conv2d",
    "conv1d",
    "conv2d",
    "conv3d",
    "convolution",
    "depthwise_conv2d",
    "operands",
    "require_rank",
    "separable_conv2d",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def operands(op: str, x: Any, filters: Any, axes: int, name: str) -> tuple[Any, Any]:
    """Both as tensors of one dtype, with ranks checked."""
    tensors = (_core.Tensor, _core.Variable)
    like = filters.dtype if isinstance(filters, tensors) else None
    x = _core.convert(x, hint=like) if like is not None else _core.convert(x)
    f = _core.convert(filters, hint=x.dtype)
    if f.ndim != axes + 2:
        raise InvalidArgumentError(
            f"{op}: filter must be {axes + 2}-dimensional, got {name}.shape={f.shape}"
        )
    return x, f


def require_rank(op: str, x: Any, axes: int, filters: Any, more: bool) -> None:
    if x.ndim == axes + 2 or (more and x.ndim > axes + 2):
        return
    raise InvalidArgumentError(
        f"{op}: input must be {axes + 2}-dimensional, got input.shape={x.shape} and "
        f"filters.shape={filters.shape}; tf.expand_dims(input, 0) adds a batch of one"
    )


def _convolve(
    op: str,
    x: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    dilations: Any,
    axes: int,
) -> Any:
    second = channels_second(op, data_format, axes)
    x, f = operands(op, x, filters, axes, "filters")
    require_rank(op, x, axes, f, more=True)
    steps = per_axis(op, "strides", strides, axes, second)
    rates = per_axis(op, "dilations", dilations, axes, second)
    given = x.shape
    x, lead = with_leading(x, axes)
    depth, per_group, outputs = x.shape[1 if second else -1], f.shape[-2], f.shape[-1]
    if 0 in f.shape:
        raise InvalidArgumentError(
            f"{op}: filter must not have zero elements (i.e. all dimensions must be non-zero), got "
            f"filters.shape={f.shape}"
        )
    if depth == 0 or depth % per_group:
        raise InvalidArgumentError(
            f"{op}: input depth must be evenly divisible by filter depth: {depth} vs {per_group}, "
            f"got input.shape={given} and filters.shape={f.shape}"
        )
    groups = depth // per_group
    if outputs % groups:
        raise InvalidArgumentError(
            f"{op}: output depth must be evenly divisible by number of groups: {outputs} vs "
            f"{groups}, got input.shape={given} and filters.shape={f.shape}"
        )
    sizes, pads = result_sizes(
        op, x.shape[2:] if second else x.shape[1:-1], f.shape[:axes], steps, rates, padding, second
    )
    y = _core._conv(to_last(x) if second else x, f, steps, rates, pads, sizes, groups)
    if second:
        y = to_second(y)
    return y if len(lead) == 1 else _core.reshape(y, [*lead, *y.shape[1:]])


_CONV = """Weighted sums of the input's windows, along {axes} spatial ax{ending}.

Args:
  input: a tensor [batch, {sizes}, channels]; float16, bfloat16, float32, float64 or int32.
    Several leading axes are batches, too.
  filters: a tensor [{sizes}, channels / groups, outputs] of the same dtype. Fewer channels
    than the input's mean that many groups, each convolved apart.
  {strides}: the window's step: a number, one for each spatial axis, or one for each axis.
  padding: "SAME", "VALID", or pairs (before, after) of zeros for each axis of the input.
  data_format: {layouts}
  dilations: the step between the window's taps, in the form of the {strides}; None for 1.
  name: accepted and ignored.

Returns:
  A tensor [batch, {sizes}, outputs], in the input's layout.

Raises:
  InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

Example:
  >>> import pyten as tf
  >>> x, filters = tf.ones({input}), tf.ones({filters})
  >>> tf.nn.conv{axes}d(x, filters, 1, "VALID").numpy().max()
  np.float32({result}.0)
"""


def _described(axes: int) -> Callable[[_Function], _Function]:
    return described(
        _CONV,
        axes=axes,
        ending="is" if axes == 1 else "es",
        sizes=SIZES[axes],
        strides="stride" if axes == 1 else "strides",
        layouts=layouts_text(axes),
        input=(1, *[3] * axes, 1),
        filters=(*[2] * axes, 1, 1),
        result=2**axes,
    )


@_described(1)
def conv1d(
    input: Any,
    filters: Any,
    stride: Any,
    padding: Any,
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    return _convolve("conv1d", input, filters, stride, padding, data_format, dilations, 1)


@_described(2)
def conv2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    return _convolve("conv2d", input, filters, strides, padding, data_format, dilations, 2)


@_described(3)
def conv3d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    return _convolve("conv3d", input, filters, strides, padding, data_format, dilations, 3)


def convolution(
    input: Any,
    filters: Any,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """conv1d, conv2d or conv3d, as the filters have it.

    Args:
      input: a tensor [batch, 1 to 3 spatial axes, channels].
      filters: a tensor [spatial axes, channels / groups, outputs] of the same dtype.
      strides: the window's step: a number or one for each spatial axis; None for 1.
      padding: "SAME", "VALID", or pairs (before, after) of zeros for each axis of the input.
      data_format: "NWC", "NHWC", "NDHWC" or None; "NCW", "NCHW" or "NCDHW" if the channels are the
        second axis.
      dilations: the step between the window's taps, in the form of the strides; None for 1.
      name: accepted and ignored.

    Returns:
      A tensor [batch, spatial axes, outputs], in the input's layout.

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

    Example:
      >>> import pyten as tf
      >>> tf.nn.convolution(tf.ones((1, 4, 1)), tf.ones((3, 1, 1)), padding="SAME").numpy().ravel()
      array([2., 3., 3., 2.], dtype=float32)
    """
    rank = _core.convert(filters).ndim
    if not 3 <= rank <= 5:
        raise InvalidArgumentError(
            f"convolution: filters must have 1 to 3 spatial axes, got rank {rank}"
        )
    return _convolve(
        "convolution", input, filters, strides, padding, data_format, dilations, rank - 2
    )


def _depthwise(
    op: str,
    x: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    dilations: Any,
) -> Any:
    second = channels_second(op, data_format, 2)
    x, f = operands(op, x, filter, 2, "filter")
    require_rank(op, x, 2, f, more=False)
    depth = x.shape[1 if second else -1]
    if f.shape[2] != depth:
        raise InvalidArgumentError(
            f"{op}: input and filter must have the same depth: {depth} vs {f.shape[2]}, got "
            f"input.shape={x.shape} and filter.shape={f.shape}"
        )
    each = _core.reshape(f, [f.shape[0], f.shape[1], 1, depth * f.shape[3]])
    return _convolve(op, x, each, strides, padding, data_format, dilations, 2)


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """Convolves each channel apart, with filters of its own.

    Args:
      input: a tensor [batch, height, width, channels].
      filter: a tensor [height, width, channels, multiplier] of the same dtype.
      strides: the window's step: four numbers, one for each axis of the input.
      padding: "SAME", "VALID", or pairs (before, after) of zeros for each axis of the input.
      data_format: "NHWC" or None; "NCHW" if the channels are the second axis.
      dilations: the step between the window's taps: one or two numbers; None for 1.
      name: accepted and ignored.

    Returns:
      A tensor [batch, height, width, channels * multiplier].

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

    Example:
      >>> import pyten as tf
      >>> x, filters = tf.ones((1, 4, 4, 2)), tf.ones((2, 2, 2, 3))
      >>> tf.nn.depthwise_conv2d(x, filters, [1, 1, 1, 1], "VALID").shape
      TensorShape([1, 3, 3, 6])
    """
    return _depthwise("depthwise_conv2d", input, filter, strides, padding, data_format, dilations)


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """A convolution of each channel apart, then one that mixes the channels at each place.

    Args:
      input: a tensor [batch, height, width, channels].
      depthwise_filter: a tensor [height, width, channels, multiplier] of the same dtype.
      pointwise_filter: a tensor [1, 1, channels * multiplier, outputs] of the same dtype.
      strides: the window's step: four numbers, one for each axis of the input.
      padding: "SAME", "VALID", or pairs (before, after) of zeros for each axis of the input.
      data_format: "NHWC" or None; "NCHW" if the channels are the second axis.
      dilations: the step between the window's taps: one or two numbers; None for 1.
      name: accepted and ignored.

    Returns:
      A tensor [batch, height, width, outputs].

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

    Example:
      >>> import pyten as tf
      >>> x, each, mix = tf.ones((1, 4, 4, 2)), tf.ones((2, 2, 2, 1)), tf.ones((1, 1, 2, 5))
      >>> tf.nn.separable_conv2d(x, each, mix, [1, 1, 1, 1], "SAME").shape
      TensorShape([1, 4, 4, 5])
    """
    op = "separable_conv2d"
    pointwise = _core.convert(pointwise_filter)
    depthwise = _core.convert(depthwise_filter, hint=pointwise.dtype)
    if pointwise.ndim != 4 or depthwise.ndim != 4 or pointwise.shape[:2] != [1, 1]:
        raise InvalidArgumentError(
            f"{op}: depthwise_filter must be 4-dimensional and pointwise_filter [1, 1, channels * "
            f"multiplier, outputs], got {depthwise.shape} and {pointwise.shape}"
        )
    middle = _depthwise(op, input, depthwise, strides, padding, data_format, dilations)
    return _convolve(op, middle, pointwise, 1, "VALID", data_format, None, 2)


def atrous_conv2d(
    value: Any, filters: Any, rate: int, padding: Any, name: str | None = None
) -> Any:
    """conv2d with `rate` as dilation.

    Args:
      value: a tensor [batch, height, width, channels].
      filters: a tensor [height, width, channels, outputs] of the same dtype.
      rate: the step between the window's taps along both axes.
      padding: "SAME", "VALID", or pairs (before, after) of zeros for each axis of the input.
      name: accepted and ignored.

    Returns:
      A tensor [batch, height, width, outputs].

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

    Example:
      >>> import pyten as tf
      >>> tf.nn.atrous_conv2d(tf.ones((1, 5, 5, 1)), tf.ones((3, 3, 1, 1)), 2, "VALID").shape
      TensorShape([1, 1, 1, 1])
    """
    return _convolve("atrous_conv2d", value, filters, 1, padding, None, rate, 2)
