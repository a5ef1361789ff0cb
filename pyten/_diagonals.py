"""Diagonals of matrices: tf.linalg.diag and its relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _core
from pyten.errors import InvalidArgumentError

__all__ = ["diag", "diag_part", "set_diag", "tensor_diag", "tensor_diag_part"]


def _bands(k: Any) -> tuple[int, int, bool]:
    """The lowest and highest diagonal, and whether they were given as one number."""
    values = np.asarray(_core.convert(k)).reshape(-1).tolist()
    if len(values) not in (1, 2) or values[0] > values[-1]:
        raise InvalidArgumentError(f"diag: k must be one integer or two in order, got {k}")
    return values[0], values[-1], len(values) == 1


def _layout(
    op: str, low: int, high: int, rows: int, columns: int, align: str
) -> tuple[Any, Any, Any]:
    """Where the diagonals stand: of each place [d, i] its row and column, and whether it exists."""
    sides = align.split("_")
    if len(sides) != 2 or any(side not in ("LEFT", "RIGHT") for side in sides):
        raise ValueError(f"{op}: align must be such as 'RIGHT_LEFT', got {align!r}")
    numbers = np.arange(high, low - 1, -1)
    lengths = np.minimum(rows + np.minimum(numbers, 0), columns - np.maximum(numbers, 0))
    width = max(int(lengths.max()), 0)
    side = np.where(numbers >= 0, sides[0] == "RIGHT", sides[1] == "RIGHT")
    start = np.where(side, width - lengths, 0)[:, None]
    step = np.arange(width)[None, :] - start
    exists = (step >= 0) & (step < lengths[:, None])
    step = np.where(exists, step, 0)
    return step + np.maximum(-numbers, 0)[:, None], step + np.maximum(numbers, 0)[:, None], exists


def _spread_back(
    low: int, high: int, rows: int, columns: int, align: str
) -> tuple[np.ndarray, np.ndarray]:
    """For each matrix element its place among the flat diagonals, and whether it is on one."""
    row, column, exists = _layout("diag", low, high, rows, columns, align)
    place = np.zeros((rows, columns), np.int64)
    on = np.zeros((rows, columns), bool)
    place[row[exists], column[exists]] = np.flatnonzero(exists)
    on[row[exists], column[exists]] = True
    return place, on


def diag(
    diagonal: Any,
    name: str = "diag",
    k: Any = 0,
    num_rows: int = -1,
    num_cols: int = -1,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Any:
    """Matrices with these diagonals, and padding_value elsewhere.

    Args:
      diagonal: a tensor [..., n], or [..., number of diagonals, n] for several.
      name: accepted and ignored.
      k: which diagonal: 0 the main one, above it positive; or (lowest, highest).
      num_rows: rows of the matrices; -1 for as few as the diagonals need.
      num_cols: columns of the matrices; -1 for as few as the diagonals need.
      padding_value: what stands elsewhere.
      align: where shorter diagonals stand in their rows: those above and those below the main one.

    Returns:
      A tensor [..., num_rows, num_cols].

    Raises:
      InvalidArgumentError: the sizes do not fit.

    Gradient: its diagonals' part.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.diag([1., 2.]).numpy()
      array([[1., 0.],
             [0., 2.]], dtype=float32)
    """
    x = _core.convert(diagonal)
    low, high, single = _bands(k)
    if x.ndim < 1 or (low != high and x.ndim < 2):
        raise InvalidArgumentError(
            f"diag: diagonal has too few axes for k={k}, got shape {x.shape}"
        )
    if low == high and not single:
        x = _core.squeeze(x, [-2])
    n = x.shape[-1]
    rows, columns = int(num_rows), int(num_cols)
    least_rows, least_columns = n - min(high, 0), n + max(low, 0)
    if rows == -1 and columns == -1:
        rows = columns = max(least_rows, least_columns)
    rows = least_rows if rows == -1 else rows
    columns = least_columns if columns == -1 else columns
    if rows < least_rows or columns < least_columns:
        raise InvalidArgumentError(
            f"diag: {rows} rows and {columns} columns are too few for diagonals k={k} of length {n}"
        )
    place, on = _spread_back(low, high, rows, columns, align)
    batch = list(x.shape[:-1] if low == high else x.shape[:-2])
    if n == 0 or place.size == 0:
        return _core.fill([*batch, rows, columns], _core.cast(padding_value, x.dtype))
    flat = _core.reshape(x, [*batch, -1])
    spread = _core.gather(flat, _core.convert(place), axis=-1)
    return _core.select(_core.convert(on), spread, _core.cast(padding_value, x.dtype))


def diag_part(
    input: Any,
    name: str = "diag_part",
    k: Any = 0,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Any:
    """Diagonals of matrices.

    Args:
      input: a tensor [..., m, n].
      name: accepted and ignored.
      k: which diagonal: 0 the main one, above it positive; or (lowest, highest) for several.
      padding_value: what stands beside diagonals that are shorter than the longest.
      align: where these stand in their rows: those above and those below the main one.

    Returns:
      A tensor [..., length], or [..., number of diagonals, length].

    Raises:
      InvalidArgumentError: input is no matrix, or there is no such diagonal.

    Gradient: in the places of the diagonals; 0 elsewhere.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.diag_part([[1., 2.], [3., 4.]]).numpy()
      array([1., 4.], dtype=float32)
    """
    x = _core.convert(input)
    if x.ndim < 2:
        raise InvalidArgumentError(
            f"diag_part: input must have rank at least 2, got shape {x.shape}"
        )
    low, high, single = _bands(k)
    rows, columns = x.shape[-2], x.shape[-1]
    if x.size and not (-rows < low and high < columns):
        raise InvalidArgumentError(
            f"diag_part: k={k} is no diagonal of matrices of shape {x.shape}"
        )
    row, column, exists = _layout("diag_part", low, high, rows, columns, align)
    flat = _core.reshape(x, [*x.shape[:-2], rows * columns])
    parts = _core.gather(flat, _core.convert((row * columns + column).astype(np.int64)), axis=-1)
    if not exists.all():
        parts = _core.select(_core.convert(exists), parts, _core.cast(padding_value, x.dtype))
    return _core.squeeze(parts, [-2]) if single else parts


def set_diag(
    input: Any, diagonal: Any, name: str = "set_diag", k: Any = 0, align: str = "RIGHT_LEFT"
) -> Any:
    """Matrices with diagonals replaced.

    Args:
      input: a tensor [..., m, n].
      diagonal: a tensor of the same dtype, of the shape that diag_part(input, k=k) has.
      name: accepted and ignored.
      k: which diagonal: 0 the main one, above it positive; or (lowest, highest) for several.
      align: where shorter diagonals stand in their rows: those above and those below the main one.

    Returns:
      A tensor of the shape of input.

    Raises:
      InvalidArgumentError: the shapes do not fit.

    Gradient: to the new diagonals, and to the input outside of them.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.set_diag(tf.ones((2, 2)), [5., 6.]).numpy()
      array([[5., 1.],
             [1., 6.]], dtype=float32)
    """
    x = _core.convert(input)
    d = _core.convert(diagonal, hint=x.dtype)
    if x.ndim < 2:
        raise InvalidArgumentError(
            f"set_diag: input must have rank at least 2, got shape {x.shape}"
        )
    low, high, single = _bands(k)
    rows, columns = x.shape[-2], x.shape[-1]
    _, _, exists = _layout("set_diag", low, high, rows, columns, align)
    wanted = [*x.shape[:-2], *(exists.shape[1:] if single else exists.shape)]
    if d.shape != wanted:
        raise InvalidArgumentError(
            f"set_diag: diagonal must have shape {tuple(wanted)} for input.shape={x.shape} and "
            f"k={k}, got {d.shape}"
        )
    if x.size == 0:
        return _core.identity(x)
    place, on = _spread_back(low, high, rows, columns, align)
    spread = _core.gather(_core.reshape(d, [*x.shape[:-2], -1]), _core.convert(place), axis=-1)
    return _core.select(_core.convert(on), spread, x)


def tensor_diag(diagonal: Any, name: str | None = None) -> Any:
    """A tensor of twice the rank, with the elements of `diagonal` where both halves agree.

    Args:
      diagonal: a tensor of shape s.
      name: accepted and ignored.

    Returns:
      A tensor of shape s + s.

    Gradient: to the elements of the diagonal.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.tensor_diag([1, 2]).numpy()
      array([[1, 0],
             [0, 2]], dtype=int32)
    """
    x = _core.convert(diagonal)
    return _core.reshape(diag(_core.reshape(x, [-1])), [*x.shape, *x.shape])


def tensor_diag_part(input: Any, name: str | None = None) -> Any:
    """The elements of a tensor at which both halves of the index agree.

    Args:
      input: a tensor of shape s + s.
      name: accepted and ignored.

    Returns:
      A tensor of shape s.

    Raises:
      InvalidArgumentError: the shape is not twice the same.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.tensor_diag_part([[1, 2], [3, 4]]).numpy()
      array([1, 4], dtype=int32)
    """
    x = _core.convert(input)
    half = x.ndim // 2
    sizes = list(x.shape[:half])
    if x.ndim == 0 or x.ndim % 2 or sizes != list(x.shape[half:]):
        raise InvalidArgumentError(
            f"tensor_diag_part: input must have a shape that is twice the same, got {x.shape}"
        )
    n = int(np.prod(sizes))
    return _core.reshape(_core._diag_part(_core.reshape(x, [n, n])), sizes)
