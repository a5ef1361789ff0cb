"""Tensors from Python values, ranges and grids."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from pyten import _core
from pyten._dtypes import as_dtype
from pyten._shape import TensorShape
from pyten._structures import IndexedSlices
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = [
    "constant",
    "convert_to_tensor",
    "is_tensor",
    "linspace",
    "meshgrid",
    "range",
    "sequence_mask",
]


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor or a variable.

    Args:
      x: anything.

    Returns:
      A bool; False for arrays, numbers and lists.

    Example:
      >>> import pyten as tf
      >>> tf.is_tensor(tf.ones(2)), tf.is_tensor([1., 1.])
      (True, False)
    """
    return isinstance(x, (_core.Tensor, _core.Variable, IndexedSlices))


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None
) -> Any:
    """A tensor of the value: itself if it is one, else a copy.

    Args:
      value: a tensor or variable, a number, an array, or nested lists of these.
      dtype: the result's dtype; by default the value's own: int32 for Python integers (int64 when
        they do not fit), float32 for Python floats, that of arrays.
      dtype_hint: a dtype to use where the value allows it.
      name: accepted and ignored.

    Returns:
      A tensor.

    Raises:
      ValueError: the value has no dtype in common, is ragged, or is a tensor of another dtype.
      TypeError: the value does not convert to dtype without loss.

    Example:
      >>> import pyten as tf
      >>> tf.convert_to_tensor([tf.constant(1.), 2.])
      <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>
    """
    return _core.convert(value, dtype, dtype_hint)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const") -> Any:
    """A tensor of a Python value.

    Args:
      value: a number, an array, nested lists of these, or a tensor.
      dtype: the result's dtype; by default the value's own (see tf.convert_to_tensor).
      shape: a shape: a single element fills it, other values are reshaped to it.
      name: accepted and ignored.

    Returns:
      A tensor; the value itself if it is one already.

    Raises:
      TypeError: the value does not convert to dtype without loss, or does not fill the shape.
      ValueError: the value is ragged or mixes types.

    Example:
      >>> import pyten as tf
      >>> tf.constant([1, 2, 3, 4], shape=(2, 2)).numpy()
      array([[1, 2],
             [3, 4]], dtype=int32)
    """
    if isinstance(value, _core.Variable) and dtype is not None:
        value = value.numpy()
    if isinstance(value, _core.Tensor) and dtype is not None:
        wanted = as_dtype(dtype)
        if value.dtype != wanted:
            raise TypeError(
                f"constant: value is a tensor of dtype {value.dtype.name}, dtype is {wanted.name}; "
                f"use tf.cast(value, tf.{wanted.name})"
            )
    tensor = _core.convert(value, dtype)
    if shape is None:
        return tensor
    shape = TensorShape(shape)
    wanted_count = shape.num_elements()
    if wanted_count is None:
        raise TypeError(f"constant: shape must be fully known, got {shape}")
    if tensor.shape == shape:
        return tensor
    if tensor.size == 1:
        return _core.fill(shape, _core.reshape(tensor, []))
    if tensor.size == wanted_count:
        return _core.reshape(tensor, shape)
    raise TypeError(
        f"Eager execution of tf.constant with unsupported shape. Tensor {np.asarray(tensor)} "
        f"(converted from {value}) has {tensor.size} elements, but got `shape` {shape} with "
        f"{wanted_count} elements)."
    )


_RANGE_DTYPES = ("int32", "int64", "float16", "bfloat16", "float32", "float64")


def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range"
) -> Any:
    """Numbers from start to limit (not included), delta apart.

    Args:
      start: the first number; with one argument, the limit, and the first number is 0.
      limit: the end, which is not included.
      delta: the step, positive or negative.
      dtype: the result's dtype; by default int32, or the widest among the arguments.
      name: accepted and ignored.

    Returns:
      A tensor of rank 1.

    Raises:
      InvalidArgumentError: delta is 0 or leads away from limit.
      TypeError: a dtype that is neither int32, int64 nor floating.

    Gradient: None.

    Example:
      >>> import pyten as tf
      >>> tf.range(3, 18, 5)
      <tf.Tensor: shape=(3,), dtype=int32, numpy=array([ 3,  8, 13], dtype=int32)>
    """
    if limit is None:
        start, limit = 0, start
    given = (start, limit, delta)
    if dtype is None:
        tensors = [_core.convert(value) for value in given]
        names = [t.dtype.name for t in tensors]
        for found in names:
            _require_range_dtype(found)
        dtype = max(names, key=_RANGE_DTYPES.index)
        tensors = [_core.cast(t, dtype) for t in tensors]
    else:
        dtype = as_dtype(dtype)
        _require_range_dtype(dtype.name)
        tensors = [
            _core.cast(value, dtype)
            if isinstance(value, (_core.Tensor, _core.Variable))
            else _core.convert(value, dtype)
            for value in given
        ]
    return _core._range(*tensors)


def _require_range_dtype(name: str) -> None:
    if name not in _RANGE_DTYPES:
        raise InvalidDTypeError(
            f"range: dtype must be one of {', '.join(_RANGE_DTYPES)}, got {name}"
        )


def linspace(start: Any, stop: Any, num: Any, name: str | None = None, axis: int = 0) -> Any:
    """Evenly spaced numbers from start to stop, both included.

    Args:
      start: the first number, or a tensor of first numbers.
      stop: the last number, of the same shape and dtype.
      num: how many.
      name: accepted and ignored.
      axis: where the new axis goes in the result.

    Returns:
      A tensor with a new axis of size num; integers become float64 (8 and 16 bits: float32).

    Raises:
      InvalidArgumentError: num is negative.
      TypeError: the dtypes differ, or num is no integer.

    Gradient: flows to start and stop.

    Example:
      >>> import pyten as tf
      >>> tf.linspace(0., 1., 5).numpy()
      array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    if isinstance(stop, (_core.Tensor, _core.Variable)):
        start = _core.convert(start, hint=stop.dtype)
        if start.dtype != stop.dtype:
            raise InvalidDTypeError(
                f"linspace: dtypes differ: {start.dtype.name} and {stop.dtype.name}; use tf.cast"
            )
    else:
        start = _core.convert(start)
    if start.dtype.is_integer:
        start = _core.cast(start, "float32" if start.dtype.size <= 2 else "float64")
    if isinstance(stop, (_core.Tensor, _core.Variable)):
        stop = _core.cast(stop, start.dtype)
    else:
        stop = _core.convert(stop, start.dtype)
    try:
        count = operator.index(num)
    except TypeError:
        raise TypeError(f"linspace: num must be an integer, got {num!r}") from None
    if count < 0:
        raise InvalidArgumentError(f"linspace: num must be >= 0, got {count}")
    first, last = _core.expand_dims(start, axis), _core.expand_dims(stop, axis)
    if count <= 1:
        empty = [0 if i == axis % first.ndim else n for i, n in enumerate(first.shape)]
        return first if count else _core.zeros(empty, start.dtype)
    first, last = first + _core.zeros_like(last), last + _core.zeros_like(first)
    # The steps along the new axis; the last one is stop itself, not a sum.
    steps = _core.cast(_core._range(1, count - 1, 1), start.dtype)
    steps = _core.reshape(
        steps, [-1 if i == axis % first.ndim else 1 for i, _ in enumerate(first.shape)]
    )
    delta = (last - first) / (count - 1)
    return _core.concat([first, first + delta * steps, last], axis)


def meshgrid(*args: Any, **kwargs: Any) -> list[Any]:
    """Grids of coordinates from vectors of coordinates.

    Args:
      *args: tensors of rank 1 (or scalars), of any dtypes.
      **kwargs: indexing: "xy" (default; the first two axes change places) or "ij"; name: ignored.

    Returns:
      A list of as many tensors, each with as many axes.

    Raises:
      ValueError: indexing is neither.
      TypeError: an unknown keyword.

    Gradient: the sum over an element's repetitions.

    Example:
      >>> import pyten as tf
      >>> x, y = tf.meshgrid([1, 2, 3], [4, 5])
      >>> x.numpy()
      array([[1, 2, 3],
             [1, 2, 3]], dtype=int32)
    """
    indexing = kwargs.pop("indexing", "xy")
    kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"meshgrid() got an unexpected keyword argument '{next(iter(kwargs))}'")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    vectors = [_core.reshape(_core.convert(arg), [-1]) for arg in args]
    order = [i for i, _ in enumerate(vectors)]
    if indexing == "xy" and len(order) > 1:
        order[:2] = [1, 0]
    shape = [vectors[i].shape[0] for i in order]
    grids = []
    for i, vector in enumerate(vectors):
        own = [n if order[axis] == i else 1 for axis, n in enumerate(shape)]
        grids.append(_core.broadcast_to(_core.reshape(vector, own), shape))
    return grids


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: str | None = None
) -> Any:
    """Marks the first lengths[i] places of each row.

    Args:
      lengths: an integer tensor of any shape.
      maxlen: the length of the rows; by default the greatest of lengths.
      dtype: the result's dtype.
      name: accepted and ignored.

    Returns:
      A tensor of shape lengths.shape + [maxlen].

    Raises:
      ValueError: maxlen is no scalar.

    Example:
      >>> import pyten as tf
      >>> tf.sequence_mask([1, 3], 3, tf.int32).numpy()
      array([[1, 0, 0],
             [1, 1, 1]], dtype=int32)
    """
    lengths = _core.convert(lengths)
    if maxlen is None:
        maxlen = _core.maximum(_core.reduce_max(lengths), 0) if lengths.size else 0
    elif getattr(maxlen, "ndim", 0) != 0:
        raise ValueError(f"sequence_mask: maxlen must be scalar, got shape {maxlen.shape}")
    places = _core.cast(_core._range(0, int(maxlen), 1), lengths.dtype)
    return _core.cast(_core.less(places, _core.expand_dims(lengths, -1)), dtype)
