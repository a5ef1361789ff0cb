"""Transposed convolutions, as tf.nn has them: adjoints of those in `_conv`."""

from __future__ import annotations

from typing import Any

from pyten import _core
from pyten._conv import operands, require_rank
from pyten._windows import channels_second, per_axis, result_sizes, to_last, to_second
from pyten.errors import InvalidArgumentError

__all__ = [
    "atrous_conv2d_transpose",
    "conv1d_transpose",
    "conv2d_transpose",
    "conv3d_transpose",
    "conv_transpose",
]


def _transposed(
    op: str,
    x: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    dilations: Any,
    axes: int,
) -> Any:
    second = channels_second(op, data_format, axes)
    x, f = operands(op, x, filters, axes, "filters")
    require_rank(op, x, axes, f, more=False)
    steps = per_axis(op, "strides", strides, axes, second)
    rates = per_axis(op, "dilations", dilations, axes, second)
    wanted = [int(n) for n in output_shape]
    if len(wanted) != axes + 2:
        raise InvalidArgumentError(
            f"{op}: output_shape must have {axes + 2} entries, got output_shape={wanted}"
        )
    depth = wanted[1 if second else -1]
    if f.shape[-1] != x.shape[1 if second else -1] or depth == 0 or depth % f.shape[-2]:
        raise InvalidArgumentError(
            f"{op}: filters must be [..., output channels, input channels], got input.shape="
            f"{x.shape}, filters.shape={f.shape} and output_shape={wanted}"
        )
    spatial = wanted[2:] if second else wanted[1:-1]
    sizes, pads = result_sizes(op, spatial, f.shape[:axes], steps, rates, padding, second)
    have = list(x.shape[2:] if second else x.shape[1:-1])
    if have != sizes or wanted[0] != x.shape[0]:
        raise InvalidArgumentError(
            f"{op}: output_shape must be one that a convolution with these strides and padding "
            f"makes input.shape of, got input.shape={x.shape} and output_shape={wanted}, of which "
            f"it makes spatial sizes {tuple(sizes)}"
        )
    groups = depth // f.shape[-2]
    y = _core._conv_input_gradient(
        to_last(x) if second else x, f, steps, rates, pads, spatial, groups
    )
    return to_second(y) if second else y


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The adjoint of conv1d: what its gradient by the input is.

    Args:
      input: a tensor [batch, width, channels].
      filters: a tensor [width, outputs, channels] of the same dtype.
      output_shape: the shape of the result, in full, of which the convolution would make the
        input's.
      strides: the step of the convolution: a number, one for each spatial axis, or one for each
        axis.
      padding: "SAME", "VALID", or pairs (before, after) for each axis, of the convolution.
      data_format: "NWC", or "NCW" if the channels are the second axis.
      dilations: the step between the window's taps, in the form of the strides; None for 1.
      name: accepted and ignored.

    Returns:
      A tensor of output_shape.

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

    Example:
      >>> import pyten as tf
      >>> x, filters = tf.ones((1, 2, 1)), tf.ones((3, 1, 1))
      >>> tf.nn.conv1d_transpose(x, filters, (1, 4, 1), 2).shape
      TensorShape([1, 4, 1])
    """
    return _transposed(
        "conv1d_transpose",
        input,
        filters,
        output_shape,
        strides,
        padding,
        data_format,
        dilations,
        1,
    )


def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The adjoint of conv2d: what its gradient by the input is.

    Args:
      input: a tensor [batch, height, width, channels].
      filters: a tensor [height, width, outputs, channels] of the same dtype.
      output_shape: the shape of the result, in full, of which the convolution would make the
        input's.
      strides: the step of the convolution: a number, one for each spatial axis, or one for each
        axis.
      padding: "SAME", "VALID", or pairs (before, after) for each axis, of the convolution.
      data_format: "NHWC", or "NCHW" if the channels are the second axis.
      dilations: the step between the window's taps, in the form of the strides; None for 1.
      name: accepted and ignored.

    Returns:
      A tensor of output_shape.

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

    Example:
      >>> import pyten as tf
      >>> x, filters = tf.ones((1, 2, 2, 1)), tf.ones((3, 3, 1, 1))
      >>> tf.nn.conv2d_transpose(x, filters, (1, 4, 4, 1), 2).shape
      TensorShape([1, 4, 4, 1])
    """
    return _transposed(
        "conv2d_transpose",
        input,
        filters,
        output_shape,
        strides,
        padding,
        data_format,
        dilations,
        2,
    )


def conv3d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The adjoint of conv3d: what its gradient by the input is.

    Args:
      input: a tensor [batch, depth, height, width, channels].
      filters: a tensor [depth, height, width, outputs, channels] of the same dtype.
      output_shape: the shape of the result, in full, of which the convolution would make the
        input's.
      strides: the step of the convolution: a number, one for each spatial axis, or one for each
        axis.
      padding: "SAME", "VALID", or pairs (before, after) for each axis, of the convolution.
      data_format: "NDHWC", or "NCDHW" if the channels are the second axis.
      dilations: the step between the window's taps, in the form of the strides; None for 1.
      name: accepted and ignored.

    Returns:
      A tensor of output_shape.

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

    Example:
      >>> import pyten as tf
      >>> x, filters = tf.ones((1, 2, 2, 2, 1)), tf.ones((3, 3, 3, 1, 1))
      >>> tf.nn.conv3d_transpose(x, filters, (1, 4, 4, 4, 1), 2).shape
      TensorShape([1, 4, 4, 4, 1])
    """
    return _transposed(
        "conv3d_transpose",
        input,
        filters,
        output_shape,
        strides,
        padding,
        data_format,
        dilations,
        3,
    )


def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The adjoint of convolution: what its gradient by the input is.

    Args:
      input: a tensor [batch, 1 to 3 spatial axes, channels].
      filters: a tensor [1 to 3 spatial axes, outputs, channels] of the same dtype.
      output_shape: the shape of the result, in full, of which the convolution would make the
        input's.
      strides: the step of the convolution: a number, one for each spatial axis, or one for each
        axis.
      padding: "SAME", "VALID", or pairs (before, after) for each axis, of the convolution.
      data_format: as in tf.nn.convolution.
      dilations: the step between the window's taps, in the form of the strides; None for 1.
      name: accepted and ignored.

    Returns:
      A tensor of output_shape.

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

    Example:
      >>> import pyten as tf
      >>> x, filters = tf.ones((1, 2, 1)), tf.ones((3, 1, 1))
      >>> tf.nn.conv_transpose(x, filters, (1, 4, 1), 2).shape
      TensorShape([1, 4, 1])
    """
    rank = _core.convert(filters).ndim
    if not 3 <= rank <= 5:
        raise InvalidArgumentError(
            f"conv_transpose: filters must have 1 to 3 spatial axes, got rank {rank}"
        )
    return _transposed(
        "conv_transpose",
        input,
        filters,
        output_shape,
        strides,
        padding,
        data_format,
        dilations,
        rank - 2,
    )


def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: int, padding: Any, name: str | None = None
) -> Any:
    """The adjoint of atrous_conv2d.

    Args:
      value: a tensor [batch, height, width, channels].
      filters: a tensor [height, width, outputs, channels] of the same dtype.
      output_shape: the shape of the result, in full.
      rate: the step between the window's taps along both axes.
      padding: "SAME" or "VALID".
      name: accepted and ignored.

    Returns:
      A tensor of output_shape.

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

    Example:
      >>> import pyten as tf
      >>> x, filters = tf.ones((1, 1, 1, 1)), tf.ones((3, 3, 1, 1))
      >>> tf.nn.atrous_conv2d_transpose(x, filters, (1, 5, 5, 1), 2, "VALID").shape
      TensorShape([1, 5, 5, 1])
    """
    return _transposed(
        "atrous_conv2d_transpose", value, filters, output_shape, 1, padding, None, rate, 2
    )
