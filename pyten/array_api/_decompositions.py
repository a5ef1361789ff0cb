"""Solutions, decompositions and norms of matrices, of the extension `linalg`."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from pyten import _core, _decompositions, _determinants, _solvers
from pyten._matrices import adjoint
from pyten.array_api._array import array, axes_of, elementwise, float_result, op, promoted
from pyten.array_api._manipulation import broadcast_shapes
from pyten.errors import InvalidArgumentError


def _matrices(name: str, x: Any, square: bool = False) -> Any:
    """The argument as floating matrices (..., m, n)."""
    x = float_result(array(x))
    if x.ndim < 2:
        raise InvalidArgumentError(f"{name}: x must have at least 2 axes, got shape {x.shape}")
    if square and x.shape[-1] != x.shape[-2]:
        raise InvalidArgumentError(f"{name}: matrices must be square, got shape {x.shape}")
    return x


# -- Solutions -------------------------------------------------------------------------------------
def inv(x: Any, /) -> Any:
    """The inverses of matrices.

    Args:
      x: an array (..., n, n).

    Returns:
      An Array of the same shape.

    Raises:
      ValueError: a matrix has no inverse.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.inv(xp.asarray([[2., 0.], [0., 4.]]))
      Array([[0.5 , 0.  ],
             [0.  , 0.25]], dtype=float64)
    """
    return _core._array(_solvers.inv(_matrices("inv", x, True)))


def solve(x1: Any, x2: Any, /) -> Any:
    """Solves x1 @ y = x2.

    Args:
      x1: an array (..., n, n).
      x2: an array (..., n, k), or one vector (n,).

    Returns:
      An Array y of the shape of x2, after broadcasting.

    Raises:
      ValueError: a matrix has no inverse, or the shapes do not fit.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.solve(xp.asarray([[2., 0.], [0., 4.]]), xp.asarray([2., 4.]))
      Array([1., 1.], dtype=float64)
    """
    a, b = promoted(_matrices("solve", x1, True), float_result(array(x2)))
    if b.ndim == 1:
        b = op.broadcast_to(b[:, None], [*a.shape[:-2], b.shape[0], 1])
        return _core._array(_solvers.solve(a, b))[..., 0]
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = op.broadcast_to(a, [*batch, *a.shape[-2:]])
    b = op.broadcast_to(b, [*batch, *b.shape[-2:]])
    return _core._array(_solvers.solve(a, b))


def det(x: Any, /) -> Any:
    """The determinants of matrices.

    Args:
      x: an array (..., n, n).

    Returns:
      An Array (...).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.det(xp.asarray([[2., 0.], [0., 4.]]))
      Array(8., dtype=float64)
    """
    return _core._array(_determinants.det(_matrices("det", x, True)))


class SlogdetResult(NamedTuple):
    """The determinant as sign * exp(logabsdet)."""

    sign: Any
    logabsdet: Any


def slogdet(x: Any, /) -> SlogdetResult:
    """The signs of determinants, and the logarithms of their absolute values.

    Args:
      x: an array (..., n, n).

    Returns:
      A named tuple (sign, logabsdet) of Arrays (...); logabsdet is real.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.slogdet(xp.asarray([[-1., 0.], [0., 1.]]))
      SlogdetResult(sign=Array(-1., dtype=float64), logabsdet=Array(0., dtype=float64))
    """
    sign, logarithm = _core._array(tuple(_determinants.slogdet(_matrices("slogdet", x, True))))
    return SlogdetResult(sign, elementwise.real(logarithm))


def matrix_power(x: Any, n: int, /) -> Any:
    """A square matrix multiplied n times with itself; its inverse for negative n.

    Args:
      x: an array (..., m, m).
      n: an int.

    Returns:
      An Array of the same shape.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.matrix_power(xp.asarray([[1., 1.], [0., 1.]]), 3)
      Array([[1., 3.],
             [0., 1.]], dtype=float64)
    """
    x = _matrices("matrix_power", x, True)
    if n < 0:
        x, n = inv(x), -n
    out = None
    while n:
        if n & 1:
            out = x if out is None else out @ x
        n >>= 1
        if n:
            x = x @ x
    if out is None:
        return op.broadcast_to(op.eye(x.shape[-1], dtype=x.dtype), list(x.shape))
    return _core._array_handle(out)


# -- Decompositions --------------------------------------------------------------------------------
def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """The Cholesky factor of positive definite matrices.

    Args:
      x: an array (..., n, n), symmetric or Hermitian.
      upper: whether the result is the upper factor u with x = u^H u, in place of the lower l with
        x = l l^H.

    Returns:
      An Array of the same shape.

    Raises:
      ValueError: a matrix is not positive definite.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.cholesky(xp.asarray([[4., 2.], [2., 5.]]))
      Array([[2., 0.],
             [1., 2.]], dtype=float64)
    """
    x = _matrices("cholesky", x, True)
    lower = _decompositions.cholesky(adjoint(x) if upper else x)
    return _core._array(adjoint(lower) if upper else lower)


class QRResult(NamedTuple):
    """A matrix as Q @ R."""

    Q: Any
    R: Any


def qr(x: Any, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult:
    """Matrices as products of an orthonormal and an upper triangular one.

    Args:
      x: an array (..., m, n).
      mode: "reduced": Q is (m, k) and R (k, n) with k = min(m, n); "complete": (m, m) and (m, n).

    Returns:
      A named tuple (Q, R) of Arrays.

    Raises:
      ValueError: mode is neither.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.abs(xp.linalg.qr(xp.asarray([[2., 0.], [0., 3.]])).R)
      Array([[2., 0.],
             [0., 3.]], dtype=float64)
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode must be 'reduced' or 'complete', got {mode!r}")
    q, r = _decompositions.qr(_matrices("qr", x), mode == "complete")
    return QRResult(*_core._array((q, r)))


class EighResult(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


def eigh(x: Any, /) -> EighResult:
    """The eigenvalues and eigenvectors of symmetric or Hermitian matrices.

    Args:
      x: an array (..., n, n); its lower triangle is read.

    Returns:
      A named tuple (eigenvalues, eigenvectors): ascending real values (..., n), and vectors in the
      columns of (..., n, n).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.eigh(xp.asarray([[1., 0.], [0., 2.]])).eigenvalues
      Array([1., 2.], dtype=float64)
    """
    values, vectors = _core._array(tuple(_decompositions.eigh(_matrices("eigh", x, True))))
    return EighResult(elementwise.real(values), vectors)


def eigvalsh(x: Any, /) -> Any:
    """The eigenvalues of symmetric or Hermitian matrices; see eigh.

    Args:
      x: an array (..., n, n); its lower triangle is read.

    Returns:
      An Array (..., n) of real numbers, ascending.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.eigvalsh(xp.asarray([[1., 0.], [0., 2.]]))
      Array([1., 2.], dtype=float64)
    """
    values = _core._array(_decompositions.eigvalsh(_matrices("eigvalsh", x, True)))
    return elementwise.real(values)


class EigResult(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


def eig(x: Any, /) -> EigResult:
    """The eigenvalues and eigenvectors of square matrices.

    Args:
      x: an array (..., n, n).

    Returns:
      A named tuple (eigenvalues, eigenvectors) of complex Arrays: values (..., n) in no order, and
      vectors in the columns of (..., n, n).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.eig(xp.asarray([[1., 0.], [0., 2.]])).eigenvalues
      Array([1.+0.j, 2.+0.j], dtype=complex128)
    """
    return EigResult(*_core._array(tuple(_decompositions.eig(_matrices("eig", x, True)))))


def eigvals(x: Any, /) -> Any:
    """The eigenvalues of square matrices, complex; see eig.

    Args:
      x: an array (..., n, n).

    Returns:
      A complex Array (..., n).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.eigvals(xp.asarray([[1., 0.], [0., 2.]]))
      Array([1.+0.j, 2.+0.j], dtype=complex128)
    """
    return _core._array(_decompositions.eigvals(_matrices("eigvals", x, True)))


class SVDResult(NamedTuple):
    """A matrix as U @ diag(S) @ Vh."""

    U: Any
    S: Any
    Vh: Any


def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult:
    """The singular value decomposition of matrices: x = U @ diag(S) @ Vh.

    Args:
      x: an array (..., m, n).
      full_matrices: whether U is (m, m) and Vh (n, n), in place of (m, k) and (k, n) with
        k = min(m, n).

    Returns:
      A named tuple (U, S, Vh) of Arrays; S (..., k) is real and descending.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.svd(xp.asarray([[3., 0.], [0., 2.]])).S
      Array([3., 2.], dtype=float64)
    """
    s, u, v = _decompositions.svd(_matrices("svd", x), full_matrices)
    return SVDResult(*_core._array((u, s, adjoint(v))))


def svdvals(x: Any, /) -> Any:
    """The singular values of matrices, descending; see svd.

    Args:
      x: an array (..., m, n).

    Returns:
      A real Array (..., min(m, n)).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.svdvals(xp.asarray([[3., 0.], [0., 2.]]))
      Array([3., 2.], dtype=float64)
    """
    return _core._array(_decompositions.svd(_matrices("svdvals", x), compute_uv=False))


def _relative(rtol: Any, x: Any) -> Any:
    """The limit below which singular values count as 0, as a part of the largest one."""
    if rtol is None:
        return max(x.shape[-2:]) * float(np.finfo(x.dtype.real_dtype.as_numpy_dtype).eps)
    return rtol if isinstance(rtol, (int, float)) else _core._array_value(array(rtol))


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The pseudoinverses of Moore and Penrose.

    Args:
      x: an array (..., m, n).
      rtol: singular values up to rtol times the largest count as 0; a number or an array (...).
        None for max(m, n) * eps.

    Returns:
      An Array (..., n, m).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.pinv(xp.asarray([[2., 0.], [0., 0.]]))
      Array([[0.5, 0. ],
             [0. , 0. ]], dtype=float64)
    """
    x = _matrices("pinv", x)
    limit = _core.convert(_relative(rtol, x), hint=x.dtype.real_dtype)
    return _core._array(_solvers.pinv(x, _core.cast(limit, x.dtype.real_dtype)))


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """How many singular values of a matrix are not 0.

    Args:
      x: an array (..., m, n).
      rtol: as that of pinv().

    Returns:
      An int64 Array (...).

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.matrix_rank(xp.asarray([[1., 2.], [2., 4.]]))
      Array(1, dtype=int64)
    """
    x = _matrices("matrix_rank", x)
    s = svdvals(x)
    if s.shape[-1] == 0:
        return op.zeros(list(s.shape[:-1]), "int64")
    limit = _relative(rtol, x)
    if not isinstance(limit, (int, float)):
        limit = array(limit)[..., None]
    above = s > op.reduce_max(s, -1, True) * limit
    return op.reduce_sum(op.cast(above, "int64"), -1)


# -- Norms -----------------------------------------------------------------------------------------
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm of vectors.

    Args:
      x: an array of numbers.
      axis: the axis or axes of the vectors; None for all of them as one vector.
      keepdims: whether these axes stay, with size 1.
      ord: the p of (sum |x|^p)^(1/p); inf for the largest |x|, -inf for the smallest, 0 for the
        number of those that are not 0.

    Returns:
      A real Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.vector_norm(xp.asarray([3., 4.]))
      Array(5., dtype=float64)
    """
    x = float_result(array(x))
    axes = axes_of("vector_norm", axis, x.ndim)
    size = elementwise.abs(x)
    if ord == float("inf"):
        return op.reduce_max(size, axes, keepdims)
    if ord == float("-inf"):
        return op.reduce_min(size, axes, keepdims)
    if ord == 0:
        return op.reduce_sum(op.cast(size != 0, size.dtype), axes, keepdims)
    if ord == 1:
        return op.reduce_sum(size, axes, keepdims)
    if ord == 2:
        return op.reduce_euclidean_norm(size, axes, keepdims)
    return op.reduce_sum(size**ord, axes, keepdims) ** (1 / ord)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of matrices.

    Args:
      x: an array (..., m, n).
      keepdims: whether the last two axes stay, with size 1.
      ord: "fro" (Frobenius), "nuc" (the sum of the singular values), 2 or -2 (the largest or
        smallest of them), 1 or -1 (the largest or smallest sum of a column's absolute values), inf
        or -inf (of a row's).

    Returns:
      A real Array.

    Raises:
      ValueError: there is no such norm.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.linalg.matrix_norm(xp.asarray([[3., 0.], [0., 4.]]))
      Array(5., dtype=float64)
    """
    x = _matrices("matrix_norm", x)
    if ord == "fro":
        out = op.reduce_euclidean_norm(elementwise.abs(x), [-2, -1], True)
    elif ord in ("nuc", 2, -2):
        s = svdvals(x)
        reduce = {"nuc": op.reduce_sum, 2: op.reduce_max, -2: op.reduce_min}[ord]
        out = reduce(s, -1, True)[..., None]
    elif ord in (1, -1, float("inf"), float("-inf")):
        along, across = (-2, -1) if abs(ord) == 1 else (-1, -2)
        sums = op.reduce_sum(elementwise.abs(x), along, True)
        out = (op.reduce_max if ord > 0 else op.reduce_min)(sums, across, True)
    else:
        raise ValueError(
            f"matrix_norm: ord must be 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, got {ord!r}"
        )
    return out if keepdims else op.squeeze(out, [-2, -1])
