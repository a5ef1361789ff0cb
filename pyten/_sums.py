"""Sums of lists and of segments, and the logarithm of the beta function."""

from __future__ import annotations

from typing import Any

from pyten import _core
from pyten._dtypes import as_dtype
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = [
    "accumulate_n",
    "lbeta",
    "parallel_stack",
    "unsorted_segment_mean",
    "unsorted_segment_sqrt_n",
]


def parallel_stack(values: Any, name: str | None = "parallel_stack") -> Any:
    """As tf.stack along a new first axis.

    Args:
      values: a list of tensors of one shape and dtype.
      name: accepted and ignored.

    Returns:
      A tensor with one more axis.

    Raises:
      InvalidArgumentError: shapes that differ.

    Example:
      >>> import pyten as tf
      >>> tf.parallel_stack([[1, 2], [3, 4]]).shape
      TensorShape([2, 2])
    """
    return _core.stack(values)


def lbeta(x: Any, name: str | None = None) -> Any:
    """The logarithm of the beta function of the last axis, log(prod(gamma(x)) / gamma(sum(x))).

    Args:
      x: a floating tensor [..., n].
      name: accepted and ignored.

    Returns:
      A tensor [...] of the same dtype.

    Raises:
      InvalidArgumentError: x is a scalar.
      TypeError: x is not floating.

    Example:
      >>> import pyten as tf
      >>> tf.math.lbeta([2., 3.]).numpy()
      np.float32(-2.4849067)
    """
    x = _core.convert(x)
    if x.ndim == 0:
        raise InvalidArgumentError("lbeta: x must have at least one axis, got a scalar")
    each = _core.reduce_sum(_core.lgamma(x), -1)
    return each - _core.lgamma(_core.reduce_sum(x, -1))


def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Any:
    """The sum of a list of tensors.

    Args:
      inputs: a list of tensors of one shape and dtype.
      shape: the shape that they must have; None for any.
      tensor_dtype: the dtype that they must have; None for any.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: an empty list, or tensors with another shape or dtype.

    Example:
      >>> import pyten as tf
      >>> tf.math.accumulate_n([[1, 2], [3, 4]]).numpy()
      array([4, 6], dtype=int32)
    """
    need = (
        "accumulate_n: inputs must be a list of at least one Tensor with the same dtype and shape"
    )
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(need)
    tensors = [_core.convert(x) for x in inputs]
    dtype = tensors[0].dtype if tensor_dtype is None else as_dtype(tensor_dtype)
    if any(x.dtype != dtype for x in tensors):
        raise ValueError(f"{need}, {dtype.name}; got {[x.dtype.name for x in tensors]}")
    sizes = list(tensors[0].shape) if shape is None else [int(n) for n in shape]
    for x in tensors:
        if list(x.shape) != sizes:
            raise InvalidArgumentError(
                f"accumulate_n: Shapes {sizes} and {list(x.shape)} are not compatible"
            )
    return _core.add_n(tensors)


def _segment_sizes(data: Any, segment_ids: Any, num_segments: Any) -> tuple[Any, Any]:
    """The sums of segments, and how many rows each has, at least 1, to divide by."""
    data, ids = _core.convert(data), _core.convert(segment_ids)
    totals = _core.unsorted_segment_sum(data, ids, num_segments)
    wide = "float32" if data.dtype.name in ("float16", "bfloat16", "float32") else "float64"
    counts = _core.unsorted_segment_sum(_core.ones(ids.shape, "int64"), ids, num_segments)
    counts = _core.cast(_core.maximum(counts, _core.ones_like(counts)), wide)
    trailing = [1] * (data.ndim - ids.ndim)
    return totals, _core.reshape(counts, [*counts.shape, *trailing])


def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Any:
    """The means of the rows of each segment.

    Args:
      data: a numeric tensor.
      segment_ids: an integer tensor whose shape is a prefix of data's; negative ones leave out.
      num_segments: how many segments.
      name: accepted and ignored.

    Returns:
      A tensor [num_segments, ...], float64 for integers; 0 for segments without rows.

    Raises:
      InvalidArgumentError: a number from num_segments on, or shapes that do not match.

    Example:
      >>> import pyten as tf
      >>> tf.math.unsorted_segment_mean([1., 2., 5.], [0, 0, 2], 3).numpy()
      array([1.5, 0. , 5. ], dtype=float32)
    """
    totals, counts = _segment_sizes(data, segment_ids, num_segments)
    return _core.truediv(totals, _core.cast(counts, totals.dtype))


def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Any:
    """The sums of the rows of each segment over the square roots of their numbers.

    Args:
      data: a floating or complex tensor.
      segment_ids: an integer tensor whose shape is a prefix of data's; negative ones leave out.
      num_segments: how many segments.
      name: accepted and ignored.

    Returns:
      A tensor [num_segments, ...]; 0 for segments without rows.

    Raises:
      InvalidArgumentError: a number from num_segments on, or shapes that do not match.
      TypeError: data holds integers.

    Example:
      >>> import pyten as tf
      >>> tf.math.unsorted_segment_sqrt_n([1., 3., 5.], [0, 0, 2], 3).numpy().round(3)
      array([2.828, 0.   , 5.   ], dtype=float32)
    """
    data = _core.convert(data)
    if data.dtype.is_integer:
        raise InvalidDTypeError(
            f"unsorted_segment_sqrt_n: data must be floating or complex, got {data.dtype.name}"
        )
    totals, counts = _segment_sizes(data, segment_ids, num_segments)
    return _core.divide(totals, _core.cast(_core.sqrt(counts), totals.dtype))
