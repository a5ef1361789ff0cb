"""Linear algebra: matrices in the last two axes, any axes before them are a batch."""

from __future__ import annotations

import sys
from typing import Any

from pyten import _core, _teach
from pyten._arrays import tensordot
from pyten._core import band_part, eye, matmul, matvec, trace
from pyten._decompositions import cholesky, eig, eigh, eigvals, eigvalsh, qr, svd
from pyten._determinants import det, logdet, slogdet
from pyten._diagonals import diag, diag_part, set_diag, tensor_diag, tensor_diag_part
from pyten._einsum import einsum
from pyten._matrix_functions import expm, logm, sqrtm
from pyten._norms import global_norm, l2_normalize, norm, normalize
from pyten._solvers import (
    cholesky_solve,
    inv,
    lstsq,
    matrix_rank,
    pinv,
    solve,
    triangular_solve,
)
from pyten.errors import InvalidArgumentError

__all__ = [
    "adjoint",
    "band_part",
    "cholesky",
    "cholesky_solve",
    "cross",
    "det",
    "diag",
    "diag_part",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "einsum",
    "expm",
    "eye",
    "global_norm",
    "inv",
    "l2_normalize",
    "logdet",
    "logm",
    "lstsq",
    "matmul",
    "matrix_rank",
    "matrix_transpose",
    "matvec",
    "norm",
    "normalize",
    "pinv",
    "qr",
    "set_diag",
    "slogdet",
    "solve",
    "sqrtm",
    "svd",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "triangular_solve",
]


def adjoint(matrix: Any, name: str | None = None) -> Any:
    """The last two axes exchanged, complex elements conjugated.

    Args:
      matrix: a tensor [..., m, n].
      name: accepted and ignored.

    Returns:
      A tensor [..., n, m].

    Gradient: its adjoint.

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

    Gradient: its transpose.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.matrix_transpose([[1, 2, 3]]).numpy()
      array([[1],
             [2],
             [3]], dtype=int32)
    """
    x = _core.convert(a)
    if x.ndim < 2:
        raise InvalidArgumentError(
            f"matrix_transpose: a must have rank at least 2, got shape {x.shape}"
        )
    return adjoint(x) if conjugate else x.mT


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

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.cross([1., 0., 0.], [0., 1., 0.]).numpy()
      array([0., 0., 1.], dtype=float32)
    """
    a = _core.convert(a)
    b = _core.convert(b, hint=a.dtype)
    shapes = f"got a.shape={a.shape} and b.shape={b.shape}"
    if a.shape != b.shape:
        raise InvalidArgumentError(f"cross: Both inputs must be of same shape [..., 3], {shapes}")
    if a.ndim < 1 or a.shape[-1] != 3:
        raise InvalidArgumentError(
            f"cross: Cross-products are only defined for 3-element vectors [..., 3], {shapes}"
        )

    def turned(x: Any, by: int) -> Any:
        return _core.roll(x, [-by], [-1])

    return turned(a, 1) * turned(b, 2) - turned(a, 2) * turned(b, 1)


_teach.attach(sys.modules[__name__])
