"""Selecting, masking and repeating: functions over the compiled operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _core
from pyten._dtypes import DType, as_dtype
from pyten._shape import TensorShape
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = [
    "boolean_mask",
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "complex",
    "ensure_shape",
    "get_static_value",
    "guarantee_const",
    "repeat",
    "saturate_cast",
    "tensordot",
    "where",
]


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """Elements of x where the condition holds, of y elsewhere; or the places where it holds.

    Args:
      condition: a bool tensor, or a NumPy array in which what is not 0 is true; with condition
        alone, a tensor of any dtype.
      x: a tensor that broadcasts with condition and y, or None.
      y: a tensor of the same dtype, or None.
      name: accepted and ignored.

    Returns:
      A tensor of the broadcast shape; with condition alone, an int64 tensor [count, rank]: the
      indices of the elements that are true (not zero), row by row.

    Raises:
      ValueError: only one of x and y is given.
      InvalidArgumentError: the shapes do not broadcast.

    Gradient: to the operand that was taken, exactly 0 to the other; None with a condition alone.

    Example:
      >>> import pyten as tf
      >>> tf.where([True, False], [1., 2.], 0.).numpy(), tf.where([0, 3, 5]).numpy()
      (array([1., 0.], dtype=float32), array([[1],
             [2]]))
    """
    if type(condition) is _core.Tensor and x is not None and y is not None:
        return _core.select(condition, x, y)
    if (x is None) != (y is None):
        raise ValueError("where: x and y must both be non-None or both be None.")
    if x is None:
        return _core._where_nonzero(condition)
    if isinstance(condition, (np.ndarray, np.generic)):
        condition = _core.cast(condition, "bool")
    elif not isinstance(condition, (_core.Tensor, _core.Variable)):
        condition = _core.convert(condition, hint="bool")
    return _core.select(condition, x, y)


def boolean_mask(
    tensor: Any, mask: Any, axis: int | None = None, name: str = "boolean_mask"
) -> Any:
    """The slices of a tensor where the mask is true.

    Args:
      tensor: a tensor of rank N.
      mask: a bool tensor (in others, what is not 0 is true) of rank K <= N, K >= 1, whose shape is
        that of K axes of the tensor.
      axis: the first of these axes; 0 by default.
      name: accepted and ignored.

    Returns:
      A tensor of rank N - K + 1.

    Raises:
      ValueError: the mask is a scalar, or its shape is not that of the axes.

    Gradient: to the elements that are kept; 0 to the others.

    Example:
      >>> import pyten as tf
      >>> tf.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True]).numpy()
      array([[1, 2],
             [5, 6]], dtype=int32)
    """
    tensor = _core.convert(tensor)
    mask = _core.convert(mask, hint="bool")
    if mask.ndim == 0:
        raise ValueError("boolean_mask: mask cannot be scalar.")
    first = 0 if axis is None else int(axis)
    first = first + tensor.ndim if first < 0 else first
    shape, masked = list(tensor.shape), list(mask.shape)
    if shape[first : first + len(masked)] != masked:
        raise InvalidArgumentError(
            f"boolean_mask: Shapes {tuple(shape[first : first + len(masked)])} and {mask.shape} "
            "are incompatible: mask.shape must be that of the axes of the tensor, "
            f"{tensor.shape}, from {first} on"
        )
    rest = shape[first + len(masked) :]
    rows = _core.reshape(tensor, [*shape[:first], mask.size, *rest])
    places = _core._where_nonzero(_core.reshape(mask, [-1]))
    return _core.gather(rows, _core.reshape(places, [-1]), axis=first)


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Any:
    """Repeats each element, or each slice along an axis.

    Args:
      input: a tensor.
      repeats: an integer, or one for each slice.
      axis: the axis; None flattens the input first.
      name: accepted and ignored.

    Returns:
      A tensor.

    Raises:
      InvalidArgumentError: repeats is negative, or there are not as many as slices.

    Gradient: the sum over an element's repetitions.

    Example:
      >>> import pyten as tf
      >>> tf.repeat([1, 2, 3], [0, 1, 2]).numpy()
      array([2, 3, 3], dtype=int32)
    """
    x = _core.convert(input)
    if axis is None:
        x, axis = _core.reshape(x, [-1]), 0
    elif x.ndim == 0:
        x = _core.reshape(x, [1])
    if not -x.ndim <= axis < x.ndim:
        raise InvalidArgumentError(
            f"repeat: axis must be in range [{-x.ndim}, {x.ndim}), got {axis}"
        )
    counts = np.asarray(_core.convert(repeats))
    size = x.shape[axis]
    if not np.issubdtype(counts.dtype, np.integer):
        raise InvalidDTypeError(f"repeat: repeats must be integers, got {counts.dtype.name}")
    if counts.ndim > 1 or counts.size not in (1, size) or (counts < 0).any():
        raise InvalidArgumentError(
            f"repeat: repeats must be one number >= 0 or one for each of {size} slices, got "
            f"{repeats}"
        )
    places = np.repeat(
        np.arange(size), counts.reshape(-1) if counts.size != 1 else int(counts.reshape(()))
    )
    return _core.gather(x, _core.convert(places), axis=axis)


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Any:
    """Products summed over axes of both tensors.

    Args:
      a: a tensor.
      b: a tensor of the same dtype.
      axes: an integer n: the last n axes of a and the first n of b; or two lists of axes (or two
        axes), which are paired in order.
      name: accepted and ignored.

    Returns:
      A tensor: the other axes of a, then those of b.

    Raises:
      InvalidArgumentError: the sizes of paired axes differ.

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.tensordot([1., 2.], [3., 4.], 1).numpy()
      np.float32(11.0)
    """
    like = next((t.dtype for t in (a, b) if isinstance(t, (_core.Tensor, _core.Variable))), None)
    a = _core.convert(a, hint=like)
    b = _core.convert(b, hint=a.dtype)
    over_a, over_b = _contracted_axes(axes, a.ndim, b.ndim)
    sizes_a, sizes_b = [a.shape[i] for i in over_a], [b.shape[i] for i in over_b]
    if sizes_a != sizes_b:
        raise InvalidArgumentError(
            f"tensordot: paired axes must have the same sizes, got {sizes_a} and {sizes_b} from "
            f"a.shape={a.shape}, b.shape={b.shape} and axes={axes}"
        )
    free_a = [i for i, _ in enumerate(a.shape) if i not in over_a]
    free_b = [i for i, _ in enumerate(b.shape) if i not in over_b]
    inner = int(np.prod(sizes_a, dtype=np.int64))
    left = _core.reshape(_core.transpose(a, free_a + over_a), [_product(a, free_a), inner])
    right = _core.reshape(_core.transpose(b, over_b + free_b), [inner, _product(b, free_b)])
    shape = [a.shape[i] for i in free_a] + [b.shape[i] for i in free_b]
    return _core.reshape(_core.matmul(left, right), shape)


def _product(t: Any, axes: list[int]) -> int:
    return int(np.prod([t.shape[i] for i in axes], dtype=np.int64))


def _contracted_axes(axes: Any, rank_a: int, rank_b: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, (_core.Tensor, _core.Variable, np.ndarray)):
        axes = np.asarray(axes).tolist()
    if isinstance(axes, (int, np.integer)):
        n = int(axes)
        if not 0 <= n <= min(rank_a, rank_b):
            raise InvalidArgumentError(
                f"tensordot: axes must be between 0 and {min(rank_a, rank_b)}, got {n}"
            )
        return [rank_a - n + i for i in range(n)], list(range(n))
    if len(axes) != 2:
        raise ValueError(f"tensordot: axes must be an integer or have length 2, got {axes}")
    pair = []
    for given, rank in zip(axes, (rank_a, rank_b), strict=True):
        places = np.asarray(given).reshape(-1).tolist()
        for i in places:
            if not -rank <= i < rank:
                raise InvalidArgumentError(
                    f"tensordot: axes must be in range [{-rank}, {rank}), got {i} in axes={axes}"
                )
        pair.append([i % rank for i in places])
    if len(pair[0]) != len(pair[1]):
        raise ValueError(f"tensordot: axes must be two lists of one length, got {axes}")
    return pair[0], pair[1]


# -- Shapes ----------------------------------------------------------------------------------------
def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Any:
    """x itself, checked.

    Args:
      x: a tensor.
      shape: the shape that it must have; None stands for an unknown size.
      name: accepted and ignored.

    Returns:
      A tensor.

    Raises:
      InvalidArgumentError: x has another shape.

    Gradient: passes through.

    Example:
      >>> import pyten as tf
      >>> tf.ensure_shape(tf.ones((2, 3)), [None, 3]).shape
      TensorShape([2, 3])
    """
    x = _core.convert(x)
    if not x.shape.is_compatible_with(shape):
        raise InvalidArgumentError(
            f"ensure_shape: Shape of tensor {list(x.shape)} is not compatible with expected shape"
            f" {shape}"
        )
    return _core.identity(x)


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape of the sum of tensors of these shapes.

    Args:
      shape_x: a TensorShape.
      shape_y: a TensorShape.

    Returns:
      A TensorShape.

    Raises:
      ValueError: they do not broadcast.

    Example:
      >>> import pyten as tf
      >>> tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3]))
      TensorShape([2, 3])
    """
    x, y = TensorShape(shape_x), TensorShape(shape_y)
    if x.rank is None or y.rank is None:
        return TensorShape(None)
    sizes: list[int | None] = []
    rank = max(len(x), len(y))
    for m, n in zip([1] * (rank - len(x)) + list(x), [1] * (rank - len(y)) + list(y), strict=True):
        if m == 1 or n == 1:
            sizes.append(n if m == 1 else m)
        elif m is None or n is None or m == n:
            sizes.append(n if m is None else m)
        else:
            raise ValueError(f"Incompatible shapes for broadcasting: {shape_x} and {shape_y}.")
    return TensorShape(sizes)


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Any:
    """The shape of the sum of tensors of these shapes, as a tensor.

    Args:
      shape_x: an integer vector.
      shape_y: an integer vector.

    Returns:
      An int32 vector.

    Raises:
      InvalidArgumentError: they do not broadcast.

    Example:
      >>> import pyten as tf
      >>> tf.broadcast_dynamic_shape([2, 1], [3]).numpy()
      array([2, 3], dtype=int32)
    """
    x, y = (np.asarray(_core.convert(s, hint="int32")).tolist() for s in (shape_x, shape_y))
    try:
        sizes: Any = list(broadcast_static_shape(x, y))
    except ValueError as e:
        raise InvalidArgumentError(f"broadcast_dynamic_shape: {e}") from None
    return _core.convert(sizes, "int32")


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value as a NumPy array; every value is known here.

    Args:
      tensor: a tensor, variable or array.
      partial: accepted for compatibility.

    Returns:
      An array.

    Example:
      >>> import pyten as tf
      >>> tf.get_static_value(tf.constant([1, 2]))
      array([1, 2], dtype=int32)
    """
    return _core.convert(tensor).numpy()


def guarantee_const(input: Any, name: str | None = None) -> Any:
    """The input, as a new tensor.

    Args:
      input: a tensor.
      name: accepted and ignored.

    Returns:
      A tensor.

    Gradient: passes through.

    Example:
      >>> import pyten as tf
      >>> tf.guarantee_const([1, 2]).numpy()
      array([1, 2], dtype=int32)
    """
    return _core.identity(input)


# -- Conversion ------------------------------------------------------------------------------------
def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Any:
    """The elements in another dtype, limited to what it can hold.

    Args:
      value: a tensor.
      dtype: a dtype.
      name: accepted and ignored.

    Returns:
      A tensor.

    Gradient: 1 inside the range, 0 outside of it; None for integers.

    Example:
      >>> import pyten as tf
      >>> tf.saturate_cast([-1., 300.], tf.uint8).numpy()
      array([  0, 255], dtype=uint8)
    """
    value, dtype = _core.convert(value), as_dtype(dtype)
    real = not (value.dtype.is_complex or dtype.is_complex or value.dtype.is_bool or dtype.is_bool)
    if real and not (dtype.is_floating and value.dtype.is_integer):
        low, high = _within(dtype.min, value.dtype), _within(dtype.max, value.dtype)
        if float(low) > float(value.dtype.min):
            value = _core.maximum(value, _core.convert(low, value.dtype))
        if float(high) < float(value.dtype.max):
            value = _core.minimum(value, _core.convert(high, value.dtype))
    return _core.cast(value, dtype)


def _within(limit: Any, dtype: DType) -> Any:
    """The limit in another dtype, rounded towards 0: what is cast back must not exceed it."""
    if dtype.is_integer:
        return min(max(int(limit), dtype.min), dtype.max)
    if dtype.name == "bfloat16":
        return limit
    kind = dtype.as_numpy_dtype
    with np.errstate(over="ignore"):
        rounded = kind(limit)
    beyond = abs(float(rounded)) > abs(limit) if isinstance(limit, int) else np.isinf(rounded)
    return np.nextafter(rounded, kind(0)) if beyond else rounded


def complex(real: Any, imag: Any, name: str | None = None) -> Any:
    """Complex numbers from their parts.

    Args:
      real: a float32 or float64 tensor.
      imag: a tensor of the same dtype that broadcasts with it.
      name: accepted and ignored.

    Returns:
      A complex64 or complex128 tensor.

    Raises:
      TypeError: another dtype.

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.complex([1., 2.], [3., 4.]).numpy()
      array([1.+3.j, 2.+4.j], dtype=complex64)
    """
    real = _core.convert(real, hint=getattr(imag, "dtype", None))
    imag = _core.convert(imag, hint=real.dtype)
    kinds = {"float32": "complex64", "float64": "complex128"}
    if real.dtype.name not in kinds or imag.dtype != real.dtype:
        raise TypeError(
            "complex: real and imag must both be float32 or float64, got "
            f"{real.dtype.name} and {imag.dtype.name}"
        )
    dtype = kinds[real.dtype.name]
    return _core.cast(real, dtype) + _core.cast(imag, dtype) * 1j
