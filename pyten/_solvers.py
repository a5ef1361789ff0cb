"""Linear equations, inverses, pseudoinverses and ranks."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _core
from pyten._custom_gradient import with_rule
from pyten._matrices import (
    WIDE,
    broadcast_batch,
    by_numpy,
    like_of,
    matrix,
    real_dtype,
    square,
)
from pyten._matrices import adjoint as _adjoint
from pyten.errors import InvalidArgumentError

__all__ = [
    "cholesky_solve",
    "inv",
    "lstsq",
    "matrix_rank",
    "pinv",
    "solve",
    "triangular_solve",
]


# -- Inverses and equations ------------------------------------------------------------------------
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
    x = matrix("inv", "input", input, ("float16", *WIDE))
    square("inv", "input", x)
    if adjoint:
        x = _adjoint(x)
    try:
        y = by_numpy(np.linalg.inv, x)
    except np.linalg.LinAlgError:
        raise InvalidArgumentError("inv: Input is not invertible.") from None

    def rule(out: Any, dy: Any) -> Any:
        t = _adjoint(out)
        return -(t @ dy @ t)

    return with_rule("inv", [x], [], y, rule, of_result=True)


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
    a, b = _equations("solve", matrix, rhs)
    if a.shape[:-1] != b.shape[:-1]:
        raise InvalidArgumentError(
            "solve: matrix and rhs must have the same sizes but for the last axis, got "
            f"matrix.shape={a.shape} and rhs.shape={b.shape}"
        )
    try:
        if b.size:
            y = by_numpy(np.linalg.solve, _adjoint(a) if adjoint else a, b)
        else:  # nothing to solve, whatever the matrix
            y = _core.zeros_like(b)
    except np.linalg.LinAlgError:
        raise InvalidArgumentError("solve: Input matrix is not invertible.") from None

    def rule(out: Any, dy: Any) -> Any:
        db = solve(a, dy, adjoint=not adjoint)
        da = out @ _adjoint(db) if adjoint else db @ _adjoint(out)
        return -da, db

    return with_rule("solve", [a, b], [], y, rule, of_result=True)


def _equations(op: str, a: Any, b: Any, names: tuple[str, str] = ("matrix", "rhs")) -> Any:
    like = like_of(a, b)
    a = matrix(op, names[0], a, like=like)
    b = matrix(op, names[1], b, (a.dtype.name,), a.dtype)
    square(op, names[0], a)
    return a, b


def _substitute(a: np.ndarray, b: np.ndarray, lower: bool) -> np.ndarray:
    """Forward or back substitution, by blocks of rows so that most of the work is in products."""
    n = a.shape[-1]
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    x = np.array(np.broadcast_to(b, (*batch, *b.shape[-2:])))
    block = 16
    starts = range(0, n, block)
    for start in starts if lower else reversed(starts):
        stop = min(start + block, n)
        done = slice(0, start) if lower else slice(stop, n)
        x[..., start:stop, :] -= a[..., start:stop, done] @ x[..., done, :]
        for i in range(start, stop) if lower else range(stop - 1, start - 1, -1):
            near = slice(start, i) if lower else slice(i + 1, stop)
            if near.start < near.stop:
                x[..., i, :] -= (a[..., i : i + 1, near] @ x[..., near, :])[..., 0, :]
            x[..., i, :] /= a[..., i, i, None]
    return x


def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Any:
    """x such that matrix @ x = rhs, of a triangular matrix, by substitution.

    Args:
      matrix: a tensor [..., n, n], float32, float64 or complex, of which one triangle is read.
      rhs: a tensor [..., n, k] of the same dtype; the axes before the last two broadcast.
      lower: whether the lower triangle is read, or the upper one.
      adjoint: whether to solve with the adjoint of the matrix.
      name: accepted and ignored.

    Returns:
      A tensor [..., n, k]; infinite or NaN where the diagonal has a 0.

    Raises:
      InvalidArgumentError: the shapes do not fit.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.triangular_solve([[2., 0.], [1., 4.]], [[2.], [9.]]).numpy()
      array([[1.],
             [2.]], dtype=float32)
    """
    a, b = _equations("triangular_solve", matrix, rhs)
    if a.shape[-1] != b.shape[-2]:
        raise InvalidArgumentError(
            "triangular_solve: matrix and rhs must have the same number of rows, got "
            f"matrix.shape={a.shape} and rhs.shape={b.shape}"
        )
    broadcast_batch("triangular_solve", a, b, ("matrix", "rhs"))

    def forward(m: np.ndarray, r: np.ndarray) -> np.ndarray:
        if adjoint:
            m = np.conj(np.swapaxes(m, -1, -2))
        return _substitute(m, r, bool(lower) != bool(adjoint))

    y = by_numpy(forward, a, b)

    def rule(out: Any, dy: Any) -> Any:
        db = triangular_solve(a, dy, lower, not adjoint)
        da = out @ _adjoint(db) if adjoint else db @ _adjoint(out)
        da = _core.band_part(da, -1, 0) if lower else _core.band_part(da, 0, -1)
        return -da, db

    return with_rule("triangular_solve", [a, b], [], y, rule, of_result=True)


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Any:
    """x such that (chol @ adjoint(chol)) @ x = rhs.

    Args:
      chol: a tensor [..., n, n] from tf.linalg.cholesky; its lower triangle is read.
      rhs: a tensor [..., n, k] of the same dtype; the axes before the last two broadcast.
      name: accepted and ignored.

    Returns:
      A tensor [..., n, k].

    Raises:
      InvalidArgumentError: the shapes do not fit.

    Example:
      >>> import pyten as tf
      >>> chol = tf.linalg.cholesky([[4., 0.], [0., 9.]])
      >>> tf.linalg.cholesky_solve(chol, [[4.], [18.]]).numpy()
      array([[1.],
             [2.]], dtype=float32)
    """
    a, b = _equations("cholesky_solve", chol, rhs, ("chol", "rhs"))
    return triangular_solve(a, triangular_solve(a, b), adjoint=True)


def lstsq(
    matrix: Any,
    rhs: Any,
    l2_regularizer: Any = 0.0,
    fast: bool = True,
    name: str | None = None,
) -> Any:
    """The x that makes |matrix @ x - rhs|^2 + l2_regularizer * |x|^2 smallest.

    Args:
      matrix: a tensor [..., m, n], float32, float64 or complex.
      rhs: a tensor [..., m, k] of the same dtype.
      l2_regularizer: a number; see above. Not used with fast=False.
      fast: True for the normal equations: the matrix must have full rank (a condition number below
        1e7), and the relative error grows with its square. float32 is computed in float64. False for the pseudoinverse: of all solutions the shortest, of any rank.
      name: accepted and ignored.

    Returns:
      A tensor [..., n, k]. Without regularizer and with m < n it is the shortest solution. The
      gradient with fast=False holds as long as the rank does not change.

    Raises:
      InvalidArgumentError: the shapes do not fit, or fast=True and the rank is not full.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.lstsq([[1.], [1.]], [[1.], [3.]]).numpy().round(4)
      array([[2.]], dtype=float32)
    """
    like = like_of(matrix, rhs)
    a = _matrix("lstsq", "matrix", matrix, like=like)
    b = _matrix("lstsq", "rhs", rhs, (a.dtype.name,), a.dtype)
    if a.shape[-2] != b.shape[-2]:
        raise InvalidArgumentError(
            "lstsq: matrix and rhs must have the same number of rows, got "
            f"matrix.shape={a.shape} and rhs.shape={b.shape}"
        )
    broadcast_batch("lstsq", a, b, ("matrix", "rhs"))
    if not fast:
        return pinv(a) @ b
    from pyten._decompositions import cholesky

    dtype = a.dtype
    wide = "complex128" if dtype.is_complex else "float64"
    a, b = _core.cast(a, wide), _core.cast(b, wide)
    m, n = a.shape[-2], a.shape[-1]
    gram = _core.matmul(a, a, adjoint_a=True) if m >= n else _core.matmul(a, a, adjoint_b=True)
    weight = _core.cast(_core.convert(l2_regularizer, hint=wide), wide)
    gram = gram + weight * _core.eye(min(m, n), dtype=wide)
    try:
        chol = cholesky(gram)
        regular = _well_conditioned(chol)
    except InvalidArgumentError:
        regular = False
    if not regular:
        raise InvalidArgumentError(
            "lstsq: the matrix must have full rank (Cholesky: matrix is not positive definite), got "
            f"matrix.shape={a.shape} with a condition number above 1e7; use fast=False or a "
            "positive l2_regularizer"
        )
    if m >= n:
        x = cholesky_solve(chol, _core.matmul(a, b, adjoint_a=True))
    else:
        x = _core.matmul(a, cholesky_solve(chol, b), adjoint_a=True)
    return _core.cast(x, dtype)


def _well_conditioned(chol: Any) -> bool:
    """Whether no diagonal element of the factor is rounding error beside the largest."""
    with _core._pause_tapes():
        diagonal = np.abs(np.asarray(_core._diag_part(chol)))
    if diagonal.size == 0:
        return True
    return bool(np.all(diagonal.min(-1) > 1e-7 * diagonal.max(-1)))


_matrix = matrix


def _cutoff(s: Any, rcond: Any, shape: Any) -> Any:
    if rcond is None:
        return 10.0 * max(shape[-2:]) * np.finfo(s.dtype.as_numpy_dtype).eps
    return _core.convert(rcond, hint=s.dtype)


def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Any:
    """The pseudoinverse of Moore and Penrose.

    Args:
      a: a tensor [..., m, n], float32, float64 or complex.
      rcond: singular values up to rcond times the largest count as 0; a number or a tensor [...].
        None for 10 * max(m, n) * eps.
      validate_args: accepted for compatibility; arguments are always checked.
      name: accepted and ignored.

    Returns:
      A tensor [..., n, m]. Its gradient (Golub and Pereyra, 1973) holds as long as the rank does
      not change.

    Raises:
      InvalidArgumentError: a is no matrix.
      TypeError: a is not floating or complex.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.pinv([[2., 0.], [0., 0.]]).numpy()
      array([[0.5, 0. ],
             [0. , 0. ]], dtype=float32)
    """
    x = _matrix("pinv", "a", a)
    limit = _cutoff(_core.convert(0, real_dtype(x.dtype)), rcond, x.shape)

    def forward(m: np.ndarray) -> np.ndarray:
        if m.size == 0:
            return np.zeros((*m.shape[:-2], m.shape[-1], m.shape[-2]), m.dtype)
        u, s, vh = np.linalg.svd(m, full_matrices=False)
        bound = np.asarray(limit, s.dtype)[..., None] * s.max(-1, keepdims=True)
        inverse = np.where(s > bound, 1 / s, 0).astype(s.dtype)
        return np.conj(np.swapaxes(vh, -1, -2) * inverse[..., None, :]) @ np.conj(
            np.swapaxes(u, -1, -2)
        )

    y = by_numpy(forward, x)

    def rule(out: Any, dy: Any) -> Any:
        p, back = _adjoint(out), _adjoint(dy)
        first = p @ dy @ p
        left = back @ out @ p
        right = p @ out @ back
        return left - x @ (out @ left) + right - (right @ out) @ x - first

    return with_rule("pinv", [x], [], y, rule, of_result=True)


def matrix_rank(
    a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None
) -> Any:
    """How many singular values are greater than tol.

    Args:
      a: a tensor [..., m, n], float32, float64 or complex.
      tol: a number or a tensor [...]; None for max(m, n) * eps times the largest singular value.
      validate_args: accepted for compatibility; arguments are always checked.
      name: accepted and ignored.

    Returns:
      An int32 tensor [...].

    Raises:
      InvalidArgumentError: a is no matrix.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.matrix_rank([[1., 2.], [2., 4.]]).numpy()
      np.int32(1)
    """
    from pyten._decompositions import svd

    x = _matrix("matrix_rank", "a", a, like="float32" if isinstance(a, (list, tuple)) else None)
    s = svd(x, compute_uv=False)
    if s.shape[-1] == 0:
        return _core.zeros(list(s.shape[:-1]), "int32")
    if tol is None:
        eps = float(np.finfo(s.dtype.as_numpy_dtype).eps)
        tol = eps * max(x.shape[-2:]) * _core.reduce_max(s, -1, True)
    else:
        tol = _core.convert(tol, hint=s.dtype)[..., None]
    return _core.reduce_sum(_core.cast(_core.greater(s, tol), "int32"), -1)
