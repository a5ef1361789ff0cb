"""Transposed convolutions, as tf.nn has them: adjoints of those in `_conv`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pyten import _core
from pyten._conv import operands, require_rank
from pyten._docs import described
from pyten._windows import (
    SIZES,
    channels_second,
    layouts_text,
    per_axis,
    result_sizes,
    to_last,
    to_second,
)
from pyten.errors import InvalidArgumentError

__all__ = [
    "atrous_conv2d_transpose",
    "conv1d_transpose",
    "conv2d_transpose",
    "conv3d_transpose",
    "conv_transpose",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


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


_TRANSPOSE = """The adjoint of {forward}: what its gradient by the input is.

Args:
  input: a tensor [batch, {sizes}, channels].
  filters: a tensor [{sizes}, outputs, channels] of the same dtype.
  output_shape: the shape of the result, in full, of which the convolution would make the
    input's.
  strides: the step of the convolution: a number, one for each spatial axis, or one for each
    axis.
  padding: "SAME", "VALID", or pairs (before, after) for each axis, of the convolution.
  data_format: {layouts}
  dilations: the step between the window's taps, in the form of the strides; None for 1.
  name: accepted and ignored.

Returns:
  A tensor of output_shape.

Raises:
  InvalidArgumentError: the shapes do not fit, or the dtypes differ or are refused.

Example:
  >>> import pyten as tf
  >>> x, filters = tf.ones({input}), tf.ones({filters})
  >>> tf.nn.{op}(x, filters, {output}, 2).shape
  TensorShape({result})
"""


def _described(axes: int | None) -> Callable[[_Function], _Function]:
    """The documentation of the transpose along so many axes, or 1 to 3."""
    count = axes or 1
    return described(
        _TRANSPOSE,
        forward=f"conv{axes}d" if axes else "convolution",
        op=f"conv{axes}d_transpose" if axes else "conv_transpose",
        sizes=SIZES[axes],
        layouts=layouts_text(axes) if axes else "as in tf.nn.convolution.",
        input=(1, *[2] * count, 1),
        filters=(*[3] * count, 1, 1),
        output=(1, *[4] * count, 1),
        result=[1, *[4] * count, 1],
    )


@_described(1)
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


@_described(2)
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


@_described(3)
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


@_described(None)
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
