"""Determinants and their logarithms."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pyten import _core
from pyten._custom_gradient import with_rule
from pyten._decompositions import cholesky
from pyten._matrices import by_numpy, square
from pyten._matrices import matrix as _matrix
from pyten._solvers import inv

__all__ = ["LogMatrixDeterminant", "det", "logdet", "slogdet"]


class LogMatrixDeterminant(NamedTuple):
    """What tf.linalg.slogdet returns."""

    sign: Any
    log_abs_determinant: Any


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
    x = _matrix("det", "input", input)
    square("det", "input", x)
    y = by_numpy(np.linalg.det, x)

    def rule(out: Any, dy: Any) -> Any:
        cofactors = _cofactors(x, out)
        if cofactors.dtype.is_complex:
            cofactors = _core.conj(cofactors)
        return dy[..., None, None] * cofactors

    return with_rule("det", [x], [], y, rule, of_result=True)


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


def slogdet(input: Any, name: str | None = None) -> Any:
    """The sign of the determinant, and the logarithm of its absolute value.

    Args:
      input: a tensor [..., n, n], float32, float64 or complex.
      name: accepted and ignored.

    Returns:
      A named tuple (sign, log_abs_determinant) of tensors [...] of the input's dtype. The sign is
      -1, 0 or 1, or a complex number on the unit circle; of a singular matrix it is 0 and the
      logarithm -inf.

    Raises:
      InvalidArgumentError: the matrices are not square; or a gradient is asked for and one has no
        inverse.

    Example:
      >>> import pyten as tf
      >>> sign, logarithm = tf.linalg.slogdet([[0., 2.], [3., 0.]])
      >>> sign.numpy(), logarithm.numpy().round(4)
      (np.float32(-1.0), np.float32(1.7918))
    """
    x = _matrix("slogdet", "input", input)
    square("slogdet", "input", x)
    y = by_numpy(lambda a: tuple(np.linalg.slogdet(a)), x, dtypes=[x.dtype.name] * 2)

    def rule(out: Any, dsign: Any, dlog: Any) -> Any:
        weight = dlog
        if x.dtype.is_complex:
            # The logarithm is real, and the sign's derivative is i * sign * Im tr(inv(x) dx).
            weight = _core.cast(_core.real(dlog), x.dtype)
            turn = _core.imag(_core.conj(out.sign) * dsign)
            weight = weight + _core.cast(turn, x.dtype) * 1j
        return weight[..., None, None] * inv(x, adjoint=True)

    return with_rule("slogdet", [x], [], LogMatrixDeterminant(*y), rule, of_result=True)


def logdet(matrix: Any, name: str | None = None) -> Any:
    """The logarithm of the determinant of positive definite matrices.

    Args:
      matrix: a tensor [..., n, n], float32, float64 or complex.
      name: accepted and ignored.

    Returns:
      A tensor [...], real.

    Raises:
      InvalidArgumentError: the matrices are not square, or one is not positive definite.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.logdet([[2., 0.], [0., 3.]]).numpy().round(4)
      np.float32(1.7918)
    """
    x = _matrix("logdet", "matrix", matrix)
    square("logdet", "matrix", x)
    diagonal = _core._diag_part(cholesky(x))
    diagonal = _core.real(diagonal) if x.dtype.is_complex else diagonal
    return 2.0 * _core.reduce_sum(_core.log(diagonal), -1)
