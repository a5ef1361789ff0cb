"""Arrays from values, and arrays of one value or of a range of them."""

from __future__ import annotations

import operator
from typing import Any, Literal

import numpy as np

from pyten import _core
from pyten._dtypes import as_dtype
from pyten.array_api._array import Array, array, by_numpy, check_device, constant, numpy_dtype, op
from pyten.errors import InvalidArgumentError

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]

DEFAULT_FLOAT, DEFAULT_INT, DEFAULT_COMPLEX = "float64", "int64", "complex128"


def _shape(shape: Any) -> list[int]:
    if isinstance(shape, (tuple, list)):
        return [operator.index(n) for n in shape]
    return [operator.index(shape)]


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
    """Converts a value to an Array.

    Args:
      obj: an array, tensor or variable, a Python number, a nested sequence of these, or any object
        with a buffer or an `__array__` method.
      dtype: the dtype of the result. None for that of an array; bools become bool, ints int64,
        floats float64 and complex numbers complex128.
      device: None or "CPU:0".
      copy: True for an array that assignments to `obj` do not reach; False to forbid copies; None
        to copy only where it is needed.

    Returns:
      An Array: `obj` itself when it is one and nothing is to do.

    Raises:
      ValueError: copy is False and a copy is needed.
      OverflowError: a Python int does not fit in the dtype.
      TypeError: the object has no numbers in it.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.asarray([1, 2, 3])
      Array([1, 2, 3], dtype=int64)
    """
    check_device("asarray", device)
    if isinstance(obj, (_core.Tensor, _core.Variable)):
        wanted = obj.dtype if dtype is None else as_dtype(dtype)
        if wanted != obj.dtype:
            if copy is False:
                raise ValueError(
                    f"asarray: {obj.dtype.name} as {wanted.name} needs a copy, got copy=False"
                )
            return op.cast(obj, wanted)
        # A second handle shares the memory until one of them is written to.
        return _core._array_handle(obj) if copy and type(obj) is Array else _core._array(obj)
    if copy is False:
        raise ValueError(f"asarray: a {type(obj).__name__} must be copied, got copy=False")
    if isinstance(obj, (list, tuple)) and _holds_tensors(obj):
        return _stacked(obj, dtype)
    return _from_numpy(obj, dtype)


def _holds_tensors(items: Any) -> bool:
    return any(
        isinstance(i, (_core.Tensor, _core.Variable))
        or (isinstance(i, (list, tuple)) and _holds_tensors(i))
        for i in items
    )


def _stacked(items: Any, dtype: Any) -> Any:
    """A sequence with tensors in it: joined by an op, which tapes see."""
    parts = [asarray(i, dtype=dtype) for i in items]
    if dtype is None:
        dtype = _core._result_type(*parts)
    return op.stack([op.cast(p, dtype) for p in parts])


def _from_numpy(obj: Any, dtype: Any) -> Any:
    wanted = None if dtype is None else as_dtype(dtype)
    if type(obj) is int and wanted is None:
        value = np.asarray(obj, np.int64 if obj < 2**63 else np.uint64)
    elif wanted is None or wanted.name == "bfloat16":
        value = np.asarray(obj)
    elif isinstance(obj, np.ndarray):
        with np.errstate(all="ignore"):
            value = obj.astype(numpy_dtype(wanted), copy=False)
    else:
        with np.errstate(all="ignore"):
            value = np.asarray(obj, numpy_dtype(wanted))
    if value.dtype.kind not in "biufcV":
        raise TypeError(
            f"asarray: expected numbers, got {type(obj).__name__} of dtype {value.dtype}"
        )
    out = constant(value)
    return out if wanted is None or out.dtype == wanted else op.cast(out, wanted)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
    """Takes an array of another library through DLPack.

    Args:
      x: an object with `__dlpack__`.
      device: None or "CPU:0".
      copy: True for a copy; False to forbid one; None copies what its owner could still write to.

    Returns:
      An Array.

    Raises:
      ValueError: copy is False and a copy is needed, or the memory is on another device.

    Example:
      >>> import numpy as np
      >>> import pyten.array_api as xp
      >>> xp.from_dlpack(np.array([1., 2.]))
      Array([1., 2.], dtype=float64)
    """
    check_device("from_dlpack", device)
    if isinstance(x, _core.Tensor):
        return _core._array_handle(x)
    return _core._array(_core.from_dlpack(x, device is not None, copy))


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Creates an array whose elements have no meaning yet: they are zeros.

    Args:
      shape: an int or a tuple of ints.
      dtype: the dtype; None for float64.
      device: None or "CPU:0".

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.empty(2).shape
      (2,)
    """
    check_device("empty", device)
    return op.zeros(_shape(shape), DEFAULT_FLOAT if dtype is None else dtype)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Creates an array of another one's shape, as empty() does.

    Args:
      x: an array.
      dtype: the dtype; None for that of x.
      device: None or "CPU:0".

    Returns:
      An Array of the shape of x.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.empty_like(xp.asarray([1, 2])).dtype
      tf.int64
    """
    check_device("empty_like", device)
    x = array(x)
    return op.zeros(list(x.shape), x.dtype if dtype is None else dtype)


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Creates an array of zeros.

    Args:
      shape: an int or a tuple of ints.
      dtype: the dtype; None for float64.
      device: None or "CPU:0".

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.zeros((2, 2))
      Array([[0., 0.],
             [0., 0.]], dtype=float64)
    """
    check_device("zeros", device)
    return op.zeros(_shape(shape), DEFAULT_FLOAT if dtype is None else dtype)


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Creates zeros of another array's shape.

    Args:
      x: an array.
      dtype: the dtype; None for that of x.
      device: None or "CPU:0".

    Returns:
      An Array of the shape of x.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.zeros_like(xp.asarray([1, 2]))
      Array([0, 0], dtype=int64)
    """
    check_device("zeros_like", device)
    x = array(x)
    return op.zeros(list(x.shape), x.dtype if dtype is None else dtype)


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Creates an array of ones.

    Args:
      shape: an int or a tuple of ints.
      dtype: the dtype; None for float64.
      device: None or "CPU:0".

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.ones(3, dtype=xp.int8)
      Array([1, 1, 1], dtype=int8)
    """
    check_device("ones", device)
    return op.ones(_shape(shape), DEFAULT_FLOAT if dtype is None else dtype)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Creates ones of another array's shape.

    Args:
      x: an array.
      dtype: the dtype; None for that of x.
      device: None or "CPU:0".

    Returns:
      An Array of the shape of x.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.ones_like(xp.asarray([1, 2]))
      Array([1, 1], dtype=int64)
    """
    check_device("ones_like", device)
    x = array(x)
    return op.ones(list(x.shape), x.dtype if dtype is None else dtype)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Creates an array that holds one value everywhere.

    Args:
      shape: an int or a tuple of ints.
      fill_value: a Python number or an array of shape ().
      dtype: the dtype; None for the one that asarray() gives the value.
      device: None or "CPU:0".

    Returns:
      An Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.full((2,), 7)
      Array([7, 7], dtype=int64)
    """
    check_device("full", device)
    return op.broadcast_to(asarray(fill_value, dtype=dtype), _shape(shape))


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Creates an array of one value, of another one's shape.

    Args:
      x: an array.
      fill_value: a Python number or an array of shape ().
      dtype: the dtype; None for that of x.
      device: None or "CPU:0".

    Returns:
      An Array of the shape of x.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.full_like(xp.asarray([1., 2.]), 7)
      Array([7., 7.], dtype=float64)
    """
    x = array(x)
    return full(x.shape, fill_value, dtype=x.dtype if dtype is None else dtype, device=device)


def _number(value: Any) -> Any:
    """A Python number, also from an array of shape ()."""
    if isinstance(value, (int, float, complex)):
        return value
    return by_numpy(lambda a: a.item(), array(value))


def arange(
    start: Any,
    /,
    stop: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
) -> Any:
    """Creates evenly spaced numbers, `stop` left out.

    Args:
      start: the first number; with `stop` None that is 0 and this the end.
      stop: the end.
      step: the distance, not 0.
      dtype: the dtype; None for int64, or float64 when one of the arguments is a float.
      device: None or "CPU:0".

    Returns:
      An Array of rank 1.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.arange(1, 7, 2)
      Array([1, 3, 5], dtype=int64)
    """
    check_device("arange", device)
    start, step = _number(start), _number(step)
    if stop is None:
        start, stop = 0, start
    stop = _number(stop)
    if dtype is None:
        whole = all(isinstance(v, int) for v in (start, stop, step))
        dtype = DEFAULT_INT if whole else DEFAULT_FLOAT
    count = max(len(range(start, stop, step)), 0) if _whole(start, stop, step) else None
    if count == 0:
        return op.zeros([0], dtype)
    return constant(np.arange(start, stop, step, dtype=numpy_dtype(dtype)))


def _whole(*values: Any) -> bool:
    return all(isinstance(v, int) for v in values) and values[-1] != 0


def linspace(
    start: Any,
    stop: Any,
    /,
    num: int,
    *,
    dtype: Any = None,
    device: Any = None,
    endpoint: bool = True,
) -> Any:
    """Creates `num` evenly spaced numbers from start to stop.

    Args:
      start: the first number.
      stop: the last number, or with `endpoint` False the one after it.
      num: how many, at least 0.
      dtype: the dtype; None for float64, or complex128 when an end is complex.
      device: None or "CPU:0".
      endpoint: whether `stop` is among them.

    Returns:
      An Array of rank 1.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linspace(0, 1, 5)
      Array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float64)
    """
    check_device("linspace", device)
    start, stop = _number(start), _number(stop)
    if dtype is None:
        is_complex = isinstance(start, complex) or isinstance(stop, complex)
        dtype = DEFAULT_COMPLEX if is_complex else DEFAULT_FLOAT
    return constant(np.linspace(start, stop, num, endpoint=endpoint, dtype=numpy_dtype(dtype)))


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: Any = None,
    device: Any = None,
) -> Any:
    """Creates a matrix of zeros with ones on a diagonal.

    Args:
      n_rows: the number of rows.
      n_cols: the number of columns; None for as many.
      k: which diagonal: 0 the main one, positive above it.
      dtype: the dtype; None for float64.
      device: None or "CPU:0".

    Returns:
      An Array of shape (n_rows, n_cols).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.eye(2, k=1)
      Array([[0., 1.],
             [0., 0.]], dtype=float64)
    """
    check_device("eye", device)
    columns = n_rows if n_cols is None else n_cols
    k = max(min(k, columns), -n_rows)
    value = np.eye(n_rows, columns, k, bool)
    return op.cast(constant(value), DEFAULT_FLOAT if dtype is None else dtype)


def meshgrid(*arrays: Any, indexing: Literal["xy", "ij"] = "xy") -> tuple[Any, ...]:
    """Spreads vectors of coordinates over a grid.

    Args:
      arrays: vectors or scalars.
      indexing: "xy": the first vector along the second axis, as in a picture; "ij": along the
        first.

    Returns:
      A tuple of Arrays of the grid's shape.

    Raises:
      ValueError: indexing is neither, or an argument is no vector.

    Example:
      >>> import pyten.array_api as xp
      >>> a, b = xp.meshgrid(xp.asarray([1, 2]), xp.asarray([3, 4]))
      >>> b
      Array([[3, 3],
             [4, 4]], dtype=int64)
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    vectors = [array(a) for a in arrays]
    for v in vectors:
        if v.ndim > 1:
            raise InvalidArgumentError(f"meshgrid: expected vectors, got shape {v.shape}")
    sizes = [v.size for v in vectors]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(order) > 1:
        order[0], order[1] = 1, 0
    shape = [0] * len(sizes)
    for v, place in zip(vectors, order, strict=True):
        shape[place] = v.size
    out = []
    for v, place in zip(vectors, order, strict=True):
        along = [1] * len(sizes)
        along[place] = v.size
        out.append(op.broadcast_to(op.reshape(v, along), shape))
    return tuple(out)


def _triangle(name: str, x: Any, k: int, lower: bool) -> Any:
    x = array(x)
    if x.ndim < 2:
        raise InvalidArgumentError(f"{name}: x must have at least 2 axes, got shape {x.shape}")
    rows, columns = x.shape[-2:]
    k = max(min(k, columns + 1), -rows - 1)
    mask = np.tri(rows, columns, k if lower else k - 1, bool)
    return op.select(constant(mask if lower else ~mask), x, op.zeros([], x.dtype))


def tril(x: Any, /, *, k: int = 0) -> Any:
    """Keeps the lower triangle of matrices, up to diagonal k; the rest becomes 0.

    Args:
      x: an array (..., m, n).
      k: the last diagonal that is kept: 0 the main one, positive above it.

    Returns:
      An Array of the same shape.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.tril(xp.ones((2, 2)))
      Array([[1., 0.],
             [1., 1.]], dtype=float64)
    """
    return _triangle("tril", x, k, True)


def triu(x: Any, /, *, k: int = 0) -> Any:
    """Keeps the upper triangle of matrices, from diagonal k on; the rest becomes 0.

    Args:
      x: an array (..., m, n).
      k: the first diagonal that is kept: 0 the main one, positive above it.

    Returns:
      An Array of the same shape.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.triu(xp.ones((2, 2)))
      Array([[1., 1.],
             [0., 1.]], dtype=float64)
    """
    return _triangle("triu", x, k, False)
