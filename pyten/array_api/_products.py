"""Products and parts of matrices: some of the main namespace, some of the extension `linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _arrays, _core
from pyten.array_api._array import array, elementwise, op, promoted, viewed
from pyten.array_api._manipulation import broadcast_arrays, moveaxis
from pyten.errors import InvalidArgumentError

#: Those of the main namespace.
MAIN = ["matmul", "matrix_transpose", "tensordot", "vecdot"]


# -- Products --------------------------------------------------------------------------------------
def matmul(x1: Any, x2: Any, /) -> Any:
    """The product of matrices, with broadcasting of the axes before them; or of vectors.

    Args:
      x1: an array (..., m, k), or (k,).
      x2: an array (..., k, n), or (k,).

    Returns:
      An Array (..., m, n), without the axis that a vector does not have.

    Raises:
      ValueError: the shapes do not fit.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.matmul(xp.asarray([[1., 2.]]), xp.asarray([3., 4.]))
      Array([11.], dtype=float64)
    """
    return array(x1) @ array(x2)


def matrix_transpose(x: Any, /) -> Any:
    """Exchanges the last two axes.

    Args:
      x: an array (..., m, n).

    Returns:
      An Array (..., n, m).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.matrix_transpose(xp.asarray([[1, 2], [3, 4]]))
      Array([[1, 3],
             [2, 4]], dtype=int64)
    """
    x = array(x)
    if x.ndim < 2:
        raise InvalidArgumentError(
            f"matrix_transpose: x must have at least 2 axes, got shape {x.shape}"
        )
    rank = x.ndim
    perm = [*range(rank - 2), rank - 1, rank - 2]
    return viewed(lambda a: op.transpose(a, perm), x)


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """Products summed over axes of both arrays.

    Args:
      x1: an array of numbers.
      x2: an array of numbers.
      axes: an int n: the last n axes of x1 and the first n of x2; or two sequences of axes, which
        are paired in order.

    Returns:
      An Array: the other axes of x1, then those of x2.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.tensordot(xp.asarray([1., 2.]), xp.asarray([3., 4.]), axes=1)
      Array(11., dtype=float64)
    """
    a, b = promoted(array(x1), array(x2))
    if not isinstance(axes, int):
        axes = [list(s) if isinstance(s, (tuple, list)) else [s] for s in axes]
    dtype = a.dtype
    if dtype.is_integer:  # products wrap alike in 64 bits
        a, b = op.cast(a, "int64"), op.cast(b, "int64")
    return op.cast(_arrays.tensordot(a, b, axes), dtype)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The inner product of vectors: the sum of conj(x1) * x2 along an axis.

    Args:
      x1: an array of numbers.
      x2: an array of numbers; the axes but `axis` broadcast.
      axis: the axis of the vectors, counted from the end.

    Returns:
      An Array without that axis.

    Raises:
      ValueError: the vectors have different lengths.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.vecdot(xp.asarray([1., 2.]), xp.asarray([3., 4.]))
      Array(11., dtype=float64)
    """
    a, b = promoted(array(x1), array(x2))
    if not -min(a.ndim, b.ndim) <= axis < max(a.ndim, b.ndim):
        raise InvalidArgumentError(
            f"vecdot: axis must be an axis of both, got {axis} and x1.shape={a.shape}, "
            f"x2.shape={b.shape}"
        )
    if a.shape[axis] != b.shape[axis]:
        raise InvalidArgumentError(
            f"vecdot: vectors must have the same length, got x1.shape={a.shape}, "
            f"x2.shape={b.shape} and axis={axis}"
        )
    a, b = moveaxis(a, axis, -1), moveaxis(b, axis, -1)
    a = elementwise.conj(a)
    return op.squeeze(a[..., None, :] @ b[..., :, None], [-2, -1])


def outer(x1: Any, x2: Any, /) -> Any:
    """The product of each element of a vector with each of another.

    Args:
      x1: an array (m,).
      x2: an array (n,).

    Returns:
      An Array (m, n).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.outer(xp.asarray([1, 2]), xp.asarray([3, 4]))
      Array([[3, 4],
             [6, 8]], dtype=int64)
    """
    a, b = array(x1), array(x2)
    if a.ndim != 1 or b.ndim != 1:
        raise InvalidArgumentError(
            f"outer: x1 and x2 must be vectors, got shapes {a.shape} and {b.shape}"
        )
    return a[:, None] * b[None, :]


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross product of vectors of length 3.

    Args:
      x1: an array of numbers.
      x2: an array of numbers; the axes but `axis` broadcast.
      axis: the axis of the vectors.

    Returns:
      An Array of the broadcast shape.

    Raises:
      ValueError: a vector has another length.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.cross(xp.asarray([1, 0, 0]), xp.asarray([0, 1, 0]))
      Array([0, 0, 1], dtype=int64)
    """
    a, b = array(x1), array(x2)
    if a.shape[axis] != 3 or b.shape[axis] != 3:
        raise InvalidArgumentError(
            f"cross: vectors must have length 3, got x1.shape={a.shape}, x2.shape={b.shape} and "
            f"axis={axis}"
        )
    a, b = broadcast_arrays(a, b)
    a, b = moveaxis(a, axis, 0), moveaxis(b, axis, 0)
    parts = [a[i] * b[j] - a[j] * b[i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return moveaxis(op.stack(parts), 0, axis)


# -- Parts -----------------------------------------------------------------------------------------
def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonals of matrices.

    Args:
      x: an array (..., m, n).
      offset: which one: 0 the main diagonal, positive above it.

    Returns:
      An Array (..., length of the diagonal).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.diagonal(xp.asarray([[1, 2], [3, 4]]))
      Array([1, 4], dtype=int64)
    """
    x = array(x)
    if x.ndim < 2:
        raise InvalidArgumentError(f"diagonal: x must have at least 2 axes, got shape {x.shape}")
    rows, columns = x.shape[-2:]
    first = max(-offset, 0)
    count = max(min(rows - first, columns - max(offset, 0)), 0)
    at = (np.arange(count) + first) * columns + np.arange(count) + first + offset
    flat = op.reshape(x, [*x.shape[:-2], rows * columns])
    return op.gather(flat, _core.convert(at.astype(np.int64)), axis=x.ndim - 2)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sums of the diagonals of matrices.

    Args:
      x: an array (..., m, n).
      offset: which diagonal: 0 the main one, positive above it.
      dtype: the dtype of the result, as that of sum().

    Returns:
      An Array (...).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.trace(xp.asarray([[1, 2], [3, 4]]))
      Array(5, dtype=int64)
    """
    from pyten.array_api._statistical import sum

    return sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)
