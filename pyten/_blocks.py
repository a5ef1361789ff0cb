"""Windows by gathering: blocks of places into channels and back, dilation and erosion."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _core
from pyten._windows import channels_second, per_axis, result_sizes, to_last, to_second
from pyten.errors import InvalidArgumentError

__all__ = ["depth_to_space", "dilation2d", "erosion2d", "space_to_depth"]


def sizes_of(x: Any) -> Any:
    """The shape as a list of numbers."""
    return x.shape.as_list()


def _blocks(op: str, input: Any, block_size: int, data_format: str) -> Any:
    """Blocks of b * b places become channels, or the other way round: only two shapes differ."""
    x = _core.convert(input)
    second = channels_second(op, data_format, 2)
    b = block_size
    if x.ndim != 4 or b < 2:
        raise InvalidArgumentError(
            f"{op}: input must be 4-dimensional and block_size at least 2, got input.shape="
            f"{x.shape} and block_size={b}"
        )
    if second:
        x = to_last(x)
    n, h, w, c = sizes_of(x)
    if op == "space_to_depth":
        if h % b or w % b:
            raise InvalidArgumentError(
                f"{op}: block_size must divide height and width, got {h}, {w} and block_size={b}"
            )
        apart, joined = [n, h // b, b, w // b, b, c], [n, h // b, w // b, b * b * c]
    else:
        if c % (b * b):
            raise InvalidArgumentError(
                f"{op}: block_size ** 2 must divide the channels, got {c} and block_size={b}"
            )
        apart, joined = [n, h, w, b, b, c // (b * b)], [n, h * b, w * b, c // (b * b)]
    x = _core.reshape(_core.transpose(_core.reshape(x, apart), [0, 1, 3, 2, 4, 5]), joined)
    return to_second(x) if second else x


def space_to_depth(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Any:
    """Moves square blocks of places into the channels.

    Args:
      input: a tensor [batch, height, width, channels] of any dtype.
      block_size: the blocks' height and width, which must divide the input's.
      data_format: "NHWC", or "NCHW" if the channels are the second axis.
      name: accepted and ignored.

    Returns:
      A tensor [batch, height / block_size, width / block_size, channels * block_size ** 2].

    Raises:
      InvalidArgumentError: the shapes do not fit.

    Example:
      >>> import pyten as tf
      >>> tf.nn.space_to_depth(tf.reshape(tf.range(4), (1, 2, 2, 1)), 2).numpy().ravel()
      array([0, 1, 2, 3], dtype=int32)
    """
    return _blocks("space_to_depth", input, block_size, data_format)


def depth_to_space(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Any:
    """Moves channels into square blocks of places: the inverse of space_to_depth.

    Args:
      input: a tensor [batch, height, width, channels] of any dtype.
      block_size: the blocks' height and width, whose square must divide the channels.
      data_format: "NHWC", or "NCHW" if the channels are the second axis.
      name: accepted and ignored.

    Returns:
      A tensor [batch, height * block_size, width * block_size, channels / block_size ** 2].

    Raises:
      InvalidArgumentError: the shapes do not fit.

    Example:
      >>> import pyten as tf
      >>> tf.nn.depth_to_space(tf.reshape(tf.range(4), (1, 1, 1, 4)), 2).numpy()[0, :, :, 0]
      array([[0, 1],
             [2, 3]], dtype=int32)
    """
    return _blocks("depth_to_space", input, block_size, data_format)


def _dilate(
    op: str, x: Any, filters: Any, strides: Any, padding: Any, data_format: str, dilations: Any
) -> Any:
    if data_format != "NHWC":
        raise ValueError(f"{op}: data_format must be 'NHWC', got {data_format!r}")
    x = _core.convert(x)
    f = _core.convert(filters, hint=x.dtype)
    if x.ndim != 4 or f.ndim != 3 or x.shape[3] != f.shape[2] or 0 in f.shape:
        raise InvalidArgumentError(
            f"{op}: input must be [batch, height, width, channels] and filters [height, width, "
            f"channels]: input and filter must have the same depth, got input.shape={x.shape} and "
            f"filters.shape={f.shape}"
        )
    steps = per_axis(op, "strides", strides, 2)
    rates = per_axis(op, "dilations", dilations, 2)
    n, h, w, c = sizes_of(x)
    window = sizes_of(f)[:2]
    sizes, pads = result_sizes(op, [h, w], window, steps, rates, padding, False)
    # The place of each tap of each window; the one added place stands for all outside.
    at = [
        np.arange(size)[:, None] * s + np.arange(k) * r - p
        for size, k, s, r, p in zip(sizes, window, steps, rates, pads, strict=True)
    ]
    y, z = at[0][:, None, :, None], at[1][None, :, None, :]
    inside = (y >= 0) & (y < h) & (z >= 0) & (z < w)
    places = np.where(inside, y * w + z, h * w).reshape(*sizes, window[0] * window[1])
    lowest = -np.inf if x.dtype.is_floating else x.dtype.min
    outside = _core.fill([n, 1, c], _core.convert(lowest, x.dtype))
    flat = _core.concat([_core.reshape(x, [n, h * w, c]), outside], 1)
    patches = _core.gather(flat, _core.convert(places.astype(np.int64)), axis=1)
    sums = patches + _core.reshape(f, [-1, c])
    if not x.dtype.is_floating:  # the lowest number plus a negative one would wrap around
        known = _core.convert(inside.reshape(1, *places.shape, 1))
        sums = _core.select(known, sums, _core.convert(lowest, x.dtype))
    sums = _core.transpose(sums, [0, 1, 2, 4, 3])
    best = _core.expand_dims(_core.argmax(sums, -1), -1)
    return _core.squeeze(_core.gather(sums, best, axis=-1, batch_dims=4), [-1])


def dilation2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: str | None = None,
) -> Any:
    """The greatest of input + filter in each window: greyscale dilation.

    Args:
      input: a real tensor [batch, height, width, channels].
      filters: a tensor [height, width, channels] of the same dtype.
      strides: the window's step: four numbers, one for each axis of the input.
      padding: "SAME" or "VALID"; what is outside counts for nothing.
      data_format: "NHWC", the only one.
      dilations: the step between the window's taps, in the form of the strides.
      name: accepted and ignored.

    Returns:
      A tensor [batch, height, width, channels]. The gradient goes to the first of equal sums.

    Raises:
      InvalidArgumentError: the shapes do not fit.
      ValueError: an unknown data_format.

    Example:
      >>> import pyten as tf
      >>> x, filters = tf.reshape([1., 2., 3., 4.], (1, 2, 2, 1)), tf.zeros((2, 2, 1))
      >>> tf.nn.dilation2d(x, filters, [1] * 4, "SAME", "NHWC", [1] * 4).numpy().ravel()
      array([4., 4., 4., 4.], dtype=float32)
    """
    return _dilate("dilation2d", input, filters, strides, padding, data_format, dilations)


def erosion2d(
    value: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: str | None = None,
) -> Any:
    """The least of value - filter (turned round) in each window: greyscale erosion.

    Args:
      value: a real tensor [batch, height, width, channels].
      filters: a tensor [height, width, channels] of the same dtype.
      strides: the window's step: four numbers, one for each axis of the input.
      padding: "SAME" or "VALID"; what is outside counts for nothing.
      data_format: "NHWC", the only one.
      dilations: the step between the window's taps, in the form of the strides.
      name: accepted and ignored.

    Returns:
      A tensor [batch, height, width, channels].

    Raises:
      InvalidArgumentError: the shapes do not fit.
      ValueError: an unknown data_format.

    Example:
      >>> import pyten as tf
      >>> x, filters = tf.reshape([1., 2., 3., 4.], (1, 2, 2, 1)), tf.zeros((2, 2, 1))
      >>> tf.nn.erosion2d(x, filters, [1] * 4, "SAME", "NHWC", [1] * 4).numpy().ravel()
      array([1., 2., 3., 4.], dtype=float32)
    """
    x = _core.convert(value)
    f = _core.convert(filters, hint=x.dtype)
    turned = _core.reverse(f, [0, 1]) if f.ndim == 3 else f
    return -_dilate("erosion2d", -x, turned, strides, padding, data_format, dilations)
