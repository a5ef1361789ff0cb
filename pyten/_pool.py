"""Pooling and other sliding windows, as tf.nn has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pyten import _core
from pyten._docs import described
from pyten._windows import (
    LAYOUTS,
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
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "pool",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _pool(
    op: str,
    kind: str,
    x: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    axes: int,
    dilations: Any = None,
) -> tuple[Any, Any]:
    """The pooled tensor, and the places of maxima (channels last; None for averages)."""
    second = channels_second(op, data_format, axes)
    x = _core.convert(x)
    if x.ndim != axes + 2:
        raise InvalidArgumentError(
            f"{op}: input must be {axes + 2}-dimensional, got input.shape={x.shape}"
        )
    window = per_axis(op, "ksize", ksize, axes, second)
    steps = per_axis(op, "strides", strides, axes, second)
    rates = per_axis(op, "dilations", dilations, axes, second)
    sizes, pads = result_sizes(
        op, x.shape[2:] if second else x.shape[1:-1], window, steps, rates, padding, second
    )
    if any(p >= (k - 1) * r + 1 for p, k, r in zip(pads, window, rates, strict=True)):
        raise InvalidArgumentError(
            f"{op}: padding must be less than the window, got ksize={window} and padding={padding}"
        )
    if second:
        x = to_last(x)
    places = None
    if kind == "MAX":
        y, places = _core._max_pool(x, window, steps, rates, pads, sizes)
    else:
        y = _core._average_pool(x, window, steps, rates, pads, sizes)
    return (to_second(y) if second else y), places


def _axes_of(op: str, x: Any, data_format: str | None) -> int:
    """How many spatial axes the layout, or else the input's rank, says."""
    for axes, layouts in LAYOUTS.items():
        if data_format in layouts:
            return axes
    axes = x.ndim - 2
    if axes not in LAYOUTS or data_format is not None:
        raise InvalidArgumentError(
            f"{op}: input must have 1 to 3 spatial axes and data_format one of its layouts, got "
            f"input.shape={x.shape} and data_format={data_format!r}"
        )
    return axes


_POOL = """{what}

Args:
  input: a tensor {shape}; {dtypes}
  ksize: the window: a number, one for each spatial axis, or one for each axis.
  strides: its step, in the same form.
  padding: "SAME", "VALID", or pairs (before, after) for each axis of the input.
  data_format: {layouts}
  name: accepted and ignored.

Returns:
  A tensor {shape}, in the input's layout.

Raises:
  InvalidArgumentError: the shapes do not fit, or the dtype is refused.

Example:
  >>> import pyten as tf
  >>> x = tf.reshape(tf.range(1., {end}.), {example})
  >>> tf.nn.{op}(x, 2, 2, "VALID").numpy().ravel()
  array([{result}], dtype=float32)
"""


def _described(op: str, axes: int | None) -> Callable[[_Function], _Function]:
    """The documentation of a pooling along so many axes, or 1 to 3."""
    largest, count = op.startswith("max"), axes or 1
    return described(
        _POOL,
        op=op,
        shape=f"[batch, {SIZES[axes]}, channels]",
        layouts=layouts_text(axes),
        what=(
            "The greatest element of each window. The gradient goes to the first of equal elements."
            if largest
            else "The mean of each window. Padding does not count."
        ),
        dtypes=(
            "float16, bfloat16, float32, float64,\n"
            "    int8 to int64, uint8 or uint16. NaN is greater than all else."
            if largest
            else "float16, bfloat16, float32 or\n    float64."
        ),
        end=2**count + 1,
        example=(1, *[2] * count, 1),
        result=f"{2**count}." if largest else (2**count + 1) / 2,
    )


@_described("max_pool", None)
def max_pool(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    name: str | None = None,
) -> Any:
    x = _core.convert(input)
    axes = _axes_of("max_pool", x, data_format)
    return _pool("max_pool", "MAX", x, ksize, strides, padding, data_format, axes)[0]


@_described("max_pool1d", 1)
def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Any:
    return _pool("max_pool1d", "MAX", input, ksize, strides, padding, data_format, 1)[0]


@_described("max_pool2d", 2)
def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Any:
    return _pool("max_pool2d", "MAX", input, ksize, strides, padding, data_format, 2)[0]


@_described("max_pool3d", 3)
def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Any:
    return _pool("max_pool3d", "MAX", input, ksize, strides, padding, data_format, 3)[0]


@_described("avg_pool", None)
def avg_pool(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    name: str | None = None,
) -> Any:
    x = _core.convert(input)
    axes = _axes_of("avg_pool", x, data_format)
    return _pool("avg_pool", "AVG", x, ksize, strides, padding, data_format, axes)[0]


@_described("avg_pool1d", 1)
def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Any:
    return _pool("avg_pool1d", "AVG", input, ksize, strides, padding, data_format, 1)[0]


@_described("avg_pool2d", 2)
def avg_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Any:
    return _pool("avg_pool2d", "AVG", input, ksize, strides, padding, data_format, 2)[0]


@_described("avg_pool3d", 3)
def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Any:
    return _pool("avg_pool3d", "AVG", input, ksize, strides, padding, data_format, 3)[0]


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """Maxima or means of windows, which may have gaps.

    Args:
      input: a tensor [batch, 1 to 3 spatial axes, channels].
      window_shape: the window's size, one number for each spatial axis.
      pooling_type: "MAX" or "AVG".
      strides: its step along each; None for 1.
      padding: "SAME", "VALID", or pairs (before, after) for each axis of the input.
      data_format: "NWC", "NHWC", "NDHWC" or None; "NCW", "NCHW" or "NCDHW" if the channels are the
        second axis.
      dilations: the step between the window's taps along each; None for 1.
      name: accepted and ignored.

    Returns:
      A tensor [batch, spatial axes, channels], in the input's layout.

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtype is refused.
      ValueError: an unknown pooling_type, or strides and dilations both above 1.

    Example:
      >>> import pyten as tf
      >>> tf.nn.pool(tf.reshape([1., 5., 2.], (1, 3, 1)), [2], "MAX").numpy().ravel()
      array([5., 5.], dtype=float32)
    """
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"pool: pooling_type must be 'MAX' or 'AVG', got {pooling_type!r}")
    x = _core.convert(input)
    axes = _axes_of("pool", x, data_format)
    steps = per_axis("pool", "strides", strides, axes)
    rates = per_axis("pool", "dilations", dilations, axes)
    if max(steps) > 1 and max(rates) > 1:
        raise ValueError(
            f"pool: strides > 1 not supported in conjunction with dilations > 1, got "
            f"strides={steps} and dilations={rates}"
        )
    return _pool("pool", pooling_type, x, window_shape, steps, padding, data_format, axes, rates)[0]


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    output_dtype: Any = "int64",
    include_batch_in_index: bool = False,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The greatest element of each window, and where it stands.

    Args:
      input: a tensor [batch, height, width, channels].
      ksize: the window: a number, two, or one for each axis.
      strides: its step, in the same form.
      padding: "SAME" or "VALID".
      data_format: "NHWC", the only one.
      output_dtype: the places' dtype: int64 or int32.
      include_batch_in_index: whether places count from the first image on, not each from its own.
      name: accepted and ignored.

    Returns:
      (values, places): places are ((b * height + y) * width + x) * channels + c, without b if
      include_batch_in_index is false.

    Raises:
      InvalidArgumentError: the shapes do not fit, or the dtype is refused.

    Example:
      >>> import pyten as tf
      >>> x = tf.reshape([1., 4., 3., 2.], (1, 2, 2, 1))
      >>> values, places = tf.nn.max_pool_with_argmax(x, 2, 2, "VALID")
      >>> values.numpy().ravel(), places.numpy().ravel()
      (array([4.], dtype=float32), array([1]))
    """
    op = "max_pool_with_argmax"
    if data_format != "NHWC":
        raise ValueError(
            f"{op}: data_format values other than 'NHWC' are not supported, got {data_format!r}"
        )
    x = _core.convert(input)
    values, places = _pool(op, "MAX", x, ksize, strides, padding, data_format, 2)
    places = _core.cast(places, output_dtype)
    if include_batch_in_index and x.shape[0]:
        image = x.shape[1] * x.shape[2] * x.shape[3]
        sizes = _core.fill([x.shape[0], 1, 1, 1], _core.cast(image, output_dtype))
        places = places + _core.cumsum(sizes, 0, True)
    return values, places
