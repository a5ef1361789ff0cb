"""Decompositions of matrices over NumPy's, each with a gradient rule made of pyten's own ops.

Of a matrix with equal eigenvalues or singular values the vectors are not functions of the matrix.
What depends on the values alone has its gradient there; what goes through the vectors, a second
derivative of the values as well, gets infinities or NaN rather than a number that means nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pyten import _core
from pyten._custom_gradient import with_rule
from pyten._matrices import (
    adjoint,
    by_numpy,
    complex_dtype,
    matrix,
    real_dtype,
    scaled_columns,
    square,
    to_dtype,
)
from pyten._solvers import solve, triangular_solve
from pyten.errors import InvalidArgumentError

__all__ = ["Qr", "cholesky", "eig", "eigh", "eigvals", "eigvalsh", "qr", "svd"]


class Qr(NamedTuple):
    """What tf.linalg.qr returns."""

    q: Any
    r: Any


def cholesky(input: Any, name: str | None = None) -> Any:
    """The lower triangular L with L @ adjoint(L) = input.

    Args:
      input: a tensor [..., n, n] of positive definite matrices, float32, float64 or complex. Only
        the lower triangle is read.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype. Its gradient by the input is symmetric (Murray,
      arXiv:1602.07527).

    Raises:
      InvalidArgumentError: the matrices are not square, or one is not positive definite.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.cholesky([[4., 2.], [2., 5.]]).numpy()
      array([[2., 0.],
             [1., 2.]], dtype=float32)
    """
    x = matrix("cholesky", "input", input)
    square("cholesky", "input", x)
    try:
        y = by_numpy(np.linalg.cholesky, x)
    except np.linalg.LinAlgError:
        raise InvalidArgumentError(
            f"Cholesky: matrix is not positive definite: input.shape={x.shape}"
        ) from None

    def rule(out: Any, dy: Any) -> Any:
        inner = adjoint(out) @ dy
        inner = _core.band_part(inner, -1, 0) - _half_diagonal(inner)
        # out^-H inner out^-1
        left = triangular_solve(out, inner, adjoint=True)
        both = adjoint(triangular_solve(out, adjoint(left), adjoint=True))
        return (both + adjoint(both)) / 2

    return with_rule("cholesky", [x], [], y, rule, of_result=True)


def _half_diagonal(x: Any) -> Any:
    return _core._diag(_core._diag_part(x) / 2)


# -- QR --------------------------------------------------------------------------------------------
def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Any:
    """Q with orthonormal columns and an upper triangular R with Q @ R = input.

    Args:
      input: a tensor [..., m, n], float32, float64 or complex.
      full_matrices: whether Q is [m, m] and R [m, n], in place of [m, k] and [k, n] with
        k = min(m, n).
      name: accepted and ignored.

    Returns:
      A named tuple (q, r). The signs are LAPACK's: R's diagonal is real, of either sign. Gradients
      (Roberts and Roberts, arXiv:2009.10071) need the first k columns to be independent. The
      columns that only full_matrices adds are any basis of their space: a function that depends
      on which one has no gradient.

    Raises:
      InvalidArgumentError: input is no matrix.

    Example:
      >>> import pyten as tf
      >>> q, r = tf.linalg.qr([[3., 1.], [4., 2.]])
      >>> (q @ r).numpy().round(4)
      array([[3., 1.],
             [4., 2.]], dtype=float32)
    """
    x = matrix("qr", "input", input)
    full = bool(full_matrices)
    m, n = x.shape[-2], x.shape[-1]
    k = min(m, n)

    def decompose(a: np.ndarray) -> tuple[np.ndarray, ...]:
        if a.size == 0:  # older NumPy refuses
            columns = m if full else k
            q = np.broadcast_to(np.eye(m, columns, dtype=a.dtype), (*a.shape[:-2], m, columns))
            return q, np.zeros((*a.shape[:-2], columns, n), a.dtype)
        return tuple(np.linalg.qr(a, "complete" if full else "reduced"))

    y = by_numpy(decompose, x)

    def rule(out: Any, dq: Any, dr: Any) -> Any:
        q, r = out
        if k == 0:
            return _core.zeros_like(x)
        q1, r1, dq1, dr1 = q[..., :k], r[..., :k, :k], dq[..., :k], dr[..., :k, :k]
        if m < n:  # R = [R1, Q^H Y] for input = [X, Y]
            dv = dr[..., :, k:]
            dq1 = dq1 + _core.matmul(x[..., :, k:], dv, adjoint_b=True)
        dx = _qr_rule(q1, r1, dq1, dr1)
        if m > k and full:  # Q2 turns against Q1: dQ2 = -Q1 (Q2^H dA R1^-1)^H
            turned = _core.matmul(dq[..., k:], q1, adjoint_a=True)
            dx = dx - q[..., k:] @ _over_adjoint(turned, r1)
        return _core.concat([dx, q @ dv], -1) if m < n else dx

    return with_rule("qr", [x], [], Qr(*y), rule, of_result=True)


def _over_adjoint(x: Any, r: Any) -> Any:
    """x @ r^-H for an upper triangular r."""
    return adjoint(triangular_solve(r, adjoint(x), lower=False))


def _qr_rule(q: Any, r: Any, dq: Any, dr: Any) -> Any:
    """The gradient of the reduced QR of a matrix that is square or tall."""
    m = _core.matmul(r, dr, adjoint_b=True) - _core.matmul(dq, q, adjoint_a=True)
    strict = _core.band_part(m, -1, 0) - _core._diag(_core._diag_part(m))
    diagonal = _core._diag_part(m)
    if m.dtype.is_complex:  # R's diagonal stays real
        diagonal = _core.cast(_core.real(diagonal), m.dtype)
    middle = strict + adjoint(strict) + _core._diag(diagonal)
    return _over_adjoint(dq + q @ middle, r)


# -- Eigenvalues -----------------------------------------------------------------------------------
def _reciprocal_gaps(values: Any) -> Any:
    """1 / (values[j] - values[i]) at [i, j], 0 on the diagonal."""
    one = _core.eye(values.shape[-1], dtype=values.dtype)
    gaps = values[..., None, :] - values[..., :, None]
    return _core.reciprocal(gaps + one) - one


def _times(factor: Any, x: Any) -> Any:
    """factor * x, 0 where x is exactly 0 even if the factor is infinite."""
    return _core.multiply_no_nan(to_dtype(factor, x.dtype), x)


def eigh(tensor: Any, name: str | None = None) -> tuple[Any, Any]:
    """Eigenvalues and eigenvectors of self-adjoint matrices.

    Args:
      tensor: a tensor [..., n, n], float32, float64 or complex. Only the lower triangle is read,
        and the gradient is lower triangular, too.
      name: accepted and ignored.

    Returns:
      (e, v): eigenvalues in ascending order [..., n], of the tensor's dtype, and eigenvectors in
      the columns of v [..., n, n], with LAPACK's signs. Where eigenvalues are equal, what depends
      on the vectors has no gradient: infinities or NaN.

    Raises:
      InvalidArgumentError: the matrices are not square.

    Example:
      >>> import pyten as tf
      >>> e, v = tf.linalg.eigh([[2., 1.], [1., 2.]])
      >>> e.numpy().round(4)
      array([1., 3.], dtype=float32)
    """
    x = matrix("eigh", "tensor", tensor)
    square("eigh", "tensor", x)
    y = by_numpy(lambda a: tuple(np.linalg.eigh(a)), x)

    def rule(out: Any, de: Any, dv: Any) -> Any:
        e, v = out
        return _self_adjoint_rule(e, v, de, dv)

    return with_rule("eigh", [x], [], tuple(y), rule, of_result=True)


def _self_adjoint_rule(e: Any, v: Any, de: Any, dv: Any) -> Any:
    inner = _core._diag(de)
    if dv is not None:
        gaps = _reciprocal_gaps(_core.real(e) if e.dtype.is_complex else e)
        inner = inner + _times(gaps, _core.matmul(v, dv, adjoint_a=True))
    by_all = v @ _core.matmul(inner, v, adjoint_b=True)
    # Only the lower triangle is read: each of its elements stands for two.
    lower = _core.band_part(by_all + adjoint(by_all), -1, 0)
    return lower - _half_diagonal(lower)


def eigvalsh(tensor: Any, name: str | None = None) -> Any:
    """Eigenvalues of self-adjoint matrices.

    Args:
      tensor: a tensor [..., n, n], float32, float64 or complex. Only the lower triangle is read,
        and the gradient is lower triangular, too.
      name: accepted and ignored.

    Returns:
      The eigenvalues in ascending order [..., n], of the tensor's dtype. The first derivative
      exists where eigenvalues are equal, too; second derivatives are NaN or infinite there.

    Raises:
      InvalidArgumentError: the matrices are not square.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.eigvalsh([[2., 1.], [1., 2.]]).numpy().round(4)
      array([1., 3.], dtype=float32)
    """
    x = matrix("eigvalsh", "tensor", tensor)
    square("eigvalsh", "tensor", x)
    y = by_numpy(np.linalg.eigvalsh, x)

    def rule(de: Any) -> Any:
        e, v = eigh(x)
        return _self_adjoint_rule(e, v, de, None)

    return with_rule("eigvalsh", [x], [], y, rule)


def eig(tensor: Any, name: str | None = None) -> tuple[Any, Any]:
    """Eigenvalues and eigenvectors of any square matrices.

    Args:
      tensor: a tensor [..., n, n], float32, float64 or complex.
      name: accepted and ignored.

    Returns:
      (e, v): eigenvalues [..., n] in LAPACK's order and eigenvectors of length 1 in the columns of
      v [..., n, n]; both complex. Where eigenvalues are equal, what depends on the vectors has no
      gradient: infinities or NaN. (Boeddeker et al., arXiv:1701.00392, equation 4.77.)

    Raises:
      InvalidArgumentError: the matrices are not square.

    Example:
      >>> import pyten as tf
      >>> e, v = tf.linalg.eig([[0., 1.], [-1., 0.]])
      >>> e.numpy().imag.round(4)
      array([ 1., -1.], dtype=float32)
    """
    x = matrix("eig", "tensor", tensor)
    square("eig", "tensor", x)
    result = complex_dtype(x.dtype)
    y = by_numpy(lambda a: tuple(np.linalg.eig(a)), x, dtypes=[result, result])

    def rule(out: Any, de: Any, dv: Any) -> Any:
        e, v = out
        left = adjoint(v)
        by_vectors = left @ dv
        # Vectors keep their length: what would stretch them is taken off.
        along = _core.cast(_core.real(_core._diag_part(by_vectors)), e.dtype)
        turning = by_vectors - scaled_columns(left @ v, along)
        inner = _core._diag(de) + _times(_core.conj(_reciprocal_gaps(e)), turning)
        return to_dtype(solve(left, inner @ left), x.dtype)

    return with_rule("eig", [x], [], tuple(y), rule, of_result=True)


def eigvals(tensor: Any, name: str | None = None) -> Any:
    """Eigenvalues of any square matrices.

    Args:
      tensor: a tensor [..., n, n], float32, float64 or complex.
      name: accepted and ignored.

    Returns:
      The eigenvalues [..., n] in LAPACK's order, complex.

    Raises:
      InvalidArgumentError: the matrices are not square.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.eigvals([[2., 0.], [1., 3.]]).numpy().real
      array([3., 2.], dtype=float32)
    """
    x = matrix("eigvals", "tensor", tensor)
    square("eigvals", "tensor", x)
    y = by_numpy(np.linalg.eigvals, x, dtypes=[complex_dtype(x.dtype)])

    def rule(de: Any) -> Any:
        _, v = eig(x)
        left = adjoint(v)
        return to_dtype(solve(left, de[..., :, None] * left), x.dtype)

    return with_rule("eigvals", [x], [], y, rule)


# -- Singular values -------------------------------------------------------------------------------
def svd(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None
) -> Any:
    """The singular value decomposition: tensor = u @ diag(s) @ adjoint(v).

    Args:
      tensor: a tensor [..., m, n], float32, float64 or complex.
      full_matrices: whether u is [m, m] and v [n, n], in place of [m, k] and [n, k] with
        k = min(m, n).
      compute_uv: False for the singular values alone.
      name: accepted and ignored.

    Returns:
      (s, u, v), in this order, v not transposed; or s. The singular values [..., k] descend and
      are real. Where they are equal (or 0), what depends on the vectors has no gradient:
      infinities or NaN; of the values alone, the first derivative is right. The columns that only
      full_matrices adds are any basis of their space: a function that depends on which one has no
      gradient. (Townsend, "Differentiating the singular value decomposition", 2016; for complex
      matrices Wan and Zhang, arXiv:1909.02659.)

    Raises:
      InvalidArgumentError: tensor is no matrix.

    Example:
      >>> import pyten as tf
      >>> s, u, v = tf.linalg.svd([[3., 0.], [0., 4.]])
      >>> s.numpy()
      array([4., 3.], dtype=float32)
      >>> tf.linalg.svd([[3., 0.], [0., 4.]], compute_uv=False).numpy()
      array([4., 3.], dtype=float32)
    """
    x = matrix("svd", "tensor", tensor)
    full, vectors = bool(full_matrices), bool(compute_uv)
    m, n = x.shape[-2], x.shape[-1]
    k = min(m, n)
    real = real_dtype(x.dtype)

    def decompose(a: np.ndarray) -> Any:
        if not vectors:
            return np.linalg.svd(a, compute_uv=False) if a.size else np.zeros((*a.shape[:-2], k))
        if a.size == 0:
            columns = (m, n) if full else (k, k)
            sides = [
                np.broadcast_to(np.eye(rows, c, dtype=a.dtype), (*a.shape[:-2], rows, c))
                for rows, c in zip((m, n), columns, strict=True)
            ]
            return np.zeros((*a.shape[:-2], k), real), *sides
        u, s, vh = np.linalg.svd(a, full_matrices=full)
        return s, u, np.conj(np.swapaxes(vh, -1, -2))

    if not vectors:
        s_alone = by_numpy(decompose, x, dtypes=[real])

        def rule_alone(ds: Any) -> Any:
            _, u, v = svd(x)
            return _core.matmul(scaled_columns(u, ds), v, adjoint_b=True)

        return with_rule("svd", [x], [], s_alone, rule_alone)

    y = by_numpy(decompose, x, dtypes=[real, x.dtype.name, x.dtype.name])

    def rule(out: Any, ds: Any, du: Any, dv: Any) -> Any:
        s, u, v = out
        if k == 0:
            return _core.zeros_like(x)
        return _svd_rule(s, u, v, ds, du, dv, k)

    return with_rule("svd", [x], [], tuple(y), rule, of_result=True)


def _svd_rule(s: Any, u: Any, v: Any, ds: Any, du: Any, dv: Any, k: int) -> Any:
    u1, v1, du1, dv1 = u[..., :k], v[..., :k], du[..., :k], dv[..., :k]
    by_u = _core.matmul(u1, du1, adjoint_a=True)
    by_v = _core.matmul(v1, dv1, adjoint_a=True)
    # With F[i, j] = 1 / (s[j]^2 - s[i]^2), F * (K_u s[j] + s[i] K_v) is split into a part that is
    # singular at equal values and one that is not.
    singular = _times(_reciprocal_gaps(s) / 2, by_u + by_v)
    sums = s[..., None, :] + s[..., :, None]
    if u.dtype.is_complex:
        inverse = _core.reciprocal(sums) / 2
    else:
        one = _core.eye(k, dtype=s.dtype)
        off = 1 - one
        inverse = _core.reciprocal(sums * off + one) * (off / 2)
    regular = _times(inverse, by_u - by_v)
    inner = _core._diag(to_dtype(ds, u.dtype)) + singular + adjoint(singular)
    inner = inner + regular - adjoint(regular)
    dx = u1 @ _core.matmul(inner, v1, adjoint_b=True)
    inverse_s = _core.reciprocal(s)[..., None, :]
    if u.shape[-2] > k:
        side = _outside(u, u1, by_u, du, k)
        dx = dx + _core.matmul(_times(inverse_s, side), v1, adjoint_b=True)
    if v.shape[-2] > k:
        side = _outside(v, v1, by_v, dv, k)
        dx = dx + _core.matmul(u1, _times(inverse_s, side), adjoint_b=True)
    return dx


def _outside(u: Any, u1: Any, by_u: Any, du: Any, k: int) -> Any:
    """The part of u1's gradient that leads out of the space of u1."""
    side = du[..., :k] - u1 @ by_u
    if u.shape[-1] > k:  # the others turn the other way
        side = side - u[..., k:] @ _core.matmul(du[..., k:], u1, adjoint_a=True)
    return side
