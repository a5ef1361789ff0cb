"""Linear algebra: matrices in the last two axes, any axes before them are a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pyten import _core
from pyten._arrays import tensordot
from pyten._core import band_part, eye, matmul, matvec, trace
from pyten._custom_gradient import _with_rule
from pyten._einsum import einsum
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = [
    "adjoint",
    "band_part",
    "cross",
    "det",
    "diag",
    "diag_part",
    "einsum",
    "eye",
    "global_norm",
    "inv",
    "l2_normalize",
    "matmul",
    "matrix_transpose",
    "matvec",
    "norm",
    "normalize",
    "set_diag",
    "solve",
    "tensor_diag",
    "tensordot",
    "trace",
]


# -- Over NumPy's routines ------------------------------------------------------------------------------
def _matrix(op: str, name: str, value: Any, dtypes: tuple[str, ...], like: Any = None) -> Any:
    x = _core.convert(value, hint=like)
    if x.dtype.name not in dtypes:
        raise InvalidDTypeError(
            f"{op}: {name} must be one of {', '.join(dtypes)}, got {x.dtype.name}"
        )
    if x.ndim < 2:
        raise InvalidArgumentError(f"{op}: {name} must have rank at least 2, got shape {x.shape}")
    return x


_WIDE = ("float32", "float64", "complex64", "complex128")


def _square(op: str, name: str, x: Any) -> None:
    if x.shape[-1] != x.shape[-2]:
        raise InvalidArgumentError(f"{op}: Input matrix must be square: {name}.shape={x.shape}")


def _by_numpy(f: Callable[..., Any], *tensors: Any) -> Any:
    """f of the tensors' arrays, as a tensor that no tape knows; float16 is computed in float32."""
    dtype = tensors[0].dtype
    with _core._pause_tapes():
        arrays = [np.asarray(t) for t in tensors]
        if dtype == "float16":
            arrays = [a.astype(np.float32) for a in arrays]
        return _core.convert(np.asarray(f(*arrays), dtype.as_numpy_dtype))


def adjoint(matrix: Any, name: str | None = None) -> Any:
    """The last two axes exchanged, complex elements conjugated.

    Args:
      matrix: a tensor [..., m, n].
      name: accepted and ignored.

    Returns:
      A tensor [..., n, m].

    Example:
      >>> import pyten as tf
      >>> tf.linalg.adjoint([[1., 2.]]).shape
      TensorShape([2, 1])
    """
    x = _core.convert(matrix)
    if x.ndim < 2:
        raise InvalidArgumentError(
            f"adjoint: matrix must have rank at least 2, got shape {x.shape}"
        )
    x = x.mT
    return _core.conj(x) if x.dtype.is_complex else x


def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Any:
    """The last two axes exchanged.

    Args:
      a: a tensor [..., m, n].
      name: accepted and ignored.
      conjugate: whether to conjugate complex elements, too.

    Returns:
      A tensor [..., n, m].
    """
    return adjoint(a) if conjugate else _core.convert(a).mT


def inv(input: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """The inverse of square matrices.

    Args:
      input: a tensor [..., n, n], floating or complex.
      adjoint: whether to give the inverse of the adjoint.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      InvalidArgumentError: the matrices are not square, or one has no inverse.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.inv([[2., 0.], [0., 4.]]).numpy()
      array([[0.5 , 0.  ],
             [0.  , 0.25]], dtype=float32)
    """
    x = _matrix("inv", "input", input, ("float16", *_WIDE))
    _square("inv", "input", x)
    if adjoint:
        x = _adjoint(x)
    try:
        y = _by_numpy(np.linalg.inv, x)
    except np.linalg.LinAlgError:
        raise InvalidArgumentError("inv: Input is not invertible.") from None

    def rule(dy: Any) -> Any:
        t = _adjoint(out)
        return -(t @ dy @ t)

    out = _with_rule("inv", [x], [], y, rule)
    return out


_adjoint = adjoint


def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """x such that matrix @ x = rhs.

    Args:
      matrix: a tensor [..., n, n], float32, float64 or complex.
      rhs: a tensor [..., n, k] of the same dtype and batch.
      adjoint: whether to solve with the adjoint of the matrix.
      name: accepted and ignored.

    Returns:
      A tensor [..., n, k].

    Raises:
      InvalidArgumentError: the shapes do not fit, or the matrix has no inverse.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.solve([[2., 0.], [0., 4.]], [[1.], [2.]]).numpy()
      array([[0.5],
             [0.5]], dtype=float32)
    """
    like = next(
        (t.dtype for t in (matrix, rhs) if isinstance(t, (_core.Tensor, _core.Variable))), None
    )
    a = _matrix("solve", "matrix", matrix, _WIDE, like)
    b = _matrix("solve", "rhs", rhs, (a.dtype.name,), a.dtype)
    _square("solve", "matrix", a)
    if a.shape[:-1] != b.shape[:-1]:
        raise InvalidArgumentError(
            "solve: matrix and rhs must have the same sizes but for the last axis, got "
            f"matrix.shape={a.shape} and rhs.shape={b.shape}"
        )
    try:
        y = _by_numpy(np.linalg.solve, _adjoint(a) if adjoint else a, b)
    except np.linalg.LinAlgError:
        raise InvalidArgumentError("solve: Input matrix is not invertible.") from None

    def rule(dy: Any) -> Any:
        db = solve(a, dy, adjoint=not adjoint)
        da = out @ _adjoint(db) if adjoint else db @ _adjoint(out)
        return -da, db

    out = _with_rule("solve", [a, b], [], y, rule)
    return out


def det(input: Any, name: str | None = None) -> Any:
    """The determinant of square matrices.

    Args:
      input: a tensor [..., n, n], float32, float64 or complex.
      name: accepted and ignored.

    Returns:
      A tensor [...]. Its gradient is right for singular matrices, too.

    Raises:
      InvalidArgumentError: the matrices are not square.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.det([[2., 0.], [0., 4.]]).numpy()
      np.float32(8.0)
    """
    x = _matrix("det", "input", input, _WIDE)
    _square("det", "input", x)
    y = _by_numpy(np.linalg.det, x)

    def rule(dy: Any) -> Any:
        cofactors = _cofactors(x, out)
        if cofactors.dtype.is_complex:
            cofactors = _core.conj(cofactors)
        return dy[..., None, None] * cofactors

    out = _with_rule("det", [x], [], y, rule)
    return out


def _cofactors(x: Any, determinant: Any) -> Any:
    """The derivative of the determinant by each element."""
    n = x.shape[-1]
    if n == 0:
        return _core.zeros_like(x)
    if n == 1:
        return _core.ones_like(x)
    with _core._pause_tapes():
        singular = not np.all(np.abs(np.asarray(determinant)) > 0)
    if not singular:
        return determinant[..., None, None] * inv(x).mT
    # The determinants of all minors: slower, but needs no inverse.
    others = np.array([[j for j in range(n) if j != i] for i in range(n)])
    rows = _core.gather(x, _core.convert(others), axis=-2)  # [..., n, n - 1, n]
    minors = _core.gather(rows, _core.convert(others), axis=-1)  # [..., n, n - 1, n, n - 1]
    rank = x.ndim
    order = [*range(rank - 1), rank, rank - 1, rank + 1]
    minors = _core.transpose(minors, order)  # [..., n, n, n - 1, n - 1]
    signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
    return det(minors) * _core.cast(_core.convert(signs), x.dtype)


# -- Diagonals --------------------------------------------------------------------------------------------
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
        return _core.fill([*batch, rows, columns], _core.convert(padding_value, x.dtype))
    flat = _core.reshape(x, [*batch, -1])
    spread = _core.gather(flat, _core.convert(place), axis=-1)
    return _core.select(_core.convert(on), spread, _core.convert(padding_value, x.dtype))


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
        parts = _core.select(_core.convert(exists), parts, _core.convert(padding_value, x.dtype))
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
            f"set_diag: diagonal must have shape {tuple(wanted)} for input.shape={x.shape} and k={k}, "
            f"got {d.shape}"
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

    Example:
      >>> import pyten as tf
      >>> tf.linalg.tensor_diag([1, 2]).numpy()
      array([[1, 0],
             [0, 2]], dtype=int32)
    """
    x = _core.convert(diagonal)
    return _core.reshape(diag(_core.reshape(x, [-1])), [*x.shape, *x.shape])


# -- Norms and products ---------------------------------------------------------------------------------------
def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
) -> Any:
    """Norms of vectors or matrices.

    Args:
      tensor: a floating or complex tensor.
      ord: "euclidean" (also of matrices: "fro"), 1, 2, np.inf or another positive number.
      axis: None for the norm of all elements as one vector; an axis for vectors; a pair of axes
        for matrices.
      keepdims: whether to keep the axes, with size 1.
      name: accepted and ignored.

    Returns:
      A tensor. The gradient of the euclidean norm at 0 is 0.

    Raises:
      ValueError: an ord that is not supported.

    Example:
      >>> import pyten as tf
      >>> tf.norm([[3., 4.], [0., 1.]], axis=1).numpy()
      array([5., 1.], dtype=float32)
    """
    keepdims = bool(keepdims)
    x = _core.convert(tensor)
    if not (x.dtype.is_floating or x.dtype.is_complex):
        raise InvalidDTypeError(f"norm: tensor must be floating or complex, got {x.dtype.name}")
    axes = axis
    if axis is not None and not isinstance(axis, int):
        axes = np.asarray(_core.convert(axis)).reshape(-1).tolist()
    matrix = isinstance(axes, list) and len(axes) == 2
    if isinstance(axes, list) and len(axes) not in (1, 2):
        raise ValueError(f"norm: axis must be None, an axis or a pair of axes, got {axis}")
    supported = ("euclidean", "fro", 1, 2, np.inf) if matrix else ("euclidean", 1, 2, np.inf)
    if isinstance(ord, str) or matrix:
        if ord not in supported:
            raise ValueError(
                f"norm: ord must be one of {supported} for {'matrices' if matrix else 'vectors'}, got {ord!r}"
            )
    elif not ord > 0:
        raise ValueError(f"norm: ord must be positive, got {ord!r}")
    if matrix and ord == 2:
        raise NotImplementedError(
            "norm: the spectral norm (ord=2 of matrices) needs svd, which pyten has not yet"
        )
    if ord in ("euclidean", "fro", 2):
        return _core.reduce_euclidean_norm(x, axes, keepdims)
    size = _core.abs(x)
    if matrix:
        along, over = (axes[0], axes[1]) if ord == 1 else (axes[1], axes[0])
        result = _core.reduce_max(_core.reduce_sum(size, along, True), over, True)
        return result if keepdims else _core.squeeze(result, axes)
    if ord == 1:
        return _core.reduce_sum(size, axes, keepdims)
    if ord == np.inf:
        return _core.reduce_max(size, axes, keepdims)
    return _core.reduce_sum(size**ord, axes, keepdims) ** (1.0 / ord)


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Any, Any]:
    """The tensor divided by its norm, and the norm.

    Args:
      tensor: a floating tensor.
      ord: see tf.norm.
      axis: see tf.norm.
      name: accepted and ignored.

    Returns:
      (normalized, norm); the norm keeps its axes, with size 1.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.normalize([3., 4.])[0].numpy()
      array([0.6, 0.8], dtype=float32)
    """
    x = _core.convert(tensor)
    n = norm(x, ord, axis, keepdims=True)
    return x / n, n


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None
) -> Any:
    """x divided by its euclidean norm: x / sqrt(max(sum(x * x), epsilon)).

    Args:
      x: a floating or complex tensor.
      axis: the axes to sum over; None for all.
      epsilon: the lower bound of the sum.
      name: accepted and ignored.
      dim: an old name of axis.

    Returns:
      A tensor of the same shape.

    Example:
      >>> import pyten as tf
      >>> tf.math.l2_normalize([3., 4.]).numpy()
      array([0.6, 0.8], dtype=float32)
    """
    x = _core.convert(x)
    if x.dtype.is_integer:
        raise TypeError(f"l2_normalize: x must be floating or complex, got {x.dtype.name}")
    axis = dim if axis is None else axis
    if not x.dtype.is_complex:
        total = _core.reduce_sum(_core.square(x), axis, True)
        return x * _core.rsqrt(_core.maximum(total, epsilon))
    total = _core.reduce_sum(_core.square(_core.real(x)) + _core.square(_core.imag(x)), axis, True)
    return x * _core.cast(_core.rsqrt(_core.maximum(total, epsilon)), x.dtype)


def global_norm(t_list: Any, name: str | None = None) -> Any:
    """The euclidean norm of all tensors' elements together.

    Args:
      t_list: a list of tensors; None among them counts as 0.
      name: accepted and ignored.

    Returns:
      A scalar.

    Raises:
      TypeError: t_list is no list, or holds no tensor.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.global_norm([tf.constant([3.]), tf.constant([4.])]).numpy()
      np.float32(5.0)
    """
    if not isinstance(t_list, (list, tuple)):
        raise TypeError(
            f"global_norm: t_list must be a list of tensors, got {type(t_list).__name__}"
        )
    sums = [_core.reduce_sum(_core.square(t)) for t in t_list if t is not None]
    if not sums:
        raise TypeError("global_norm: t_list holds no tensor")
    return _core.sqrt(_core.add_n(sums))


def cross(a: Any, b: Any, name: str | None = None) -> Any:
    """The cross product of vectors of three elements.

    Args:
      a: a tensor [..., 3].
      b: a tensor of the same shape and dtype.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape.

    Raises:
      InvalidArgumentError: the shapes differ, or the last axis has another size.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.cross([1., 0., 0.], [0., 1., 0.]).numpy()
      array([0., 0., 1.], dtype=float32)
    """
    a = _core.convert(a)
    b = _core.convert(b, hint=a.dtype)
    if a.shape != b.shape or a.ndim < 1 or a.shape[-1] != 3:
        raise InvalidArgumentError(
            f"cross: a and b must have one shape [..., 3], got a.shape={a.shape} and b.shape={b.shape}"
        )

    def turned(x: Any, by: int) -> Any:
        return _core.roll(x, [-by], [-1])

    return turned(a, 1) * turned(b, 2) - turned(a, 2) * turned(b, 1)
