"""Linear algebra: matrices in the last two axes, any axes before them are a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pyten import _core
from pyten._arrays import tensordot
from pyten._core import band_part, eye, matmul, matvec, trace
from pyten._custom_gradient import with_rule
from pyten._diagonals import diag, diag_part, set_diag, tensor_diag
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


# -- Over NumPy's routines -------------------------------------------------------------------------
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

    out = with_rule("inv", [x], [], y, rule)
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

    out = with_rule("solve", [a, b], [], y, rule)
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

    out = with_rule("det", [x], [], y, rule)
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


# -- Norms and products ----------------------------------------------------------------------------
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

    Gradient: differentiable to any order; 0 at 0, where equal extremes share it for ord=inf.

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
                f"norm: ord must be one of {supported} for {'matrices' if matrix else 'vectors'}, "
                f"got {ord!r}"
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

    Gradient: differentiable to any order; NaN where the norm is 0, as the result.

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

    Gradient: differentiable to any order.

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

    Gradient: differentiable to any order; NaN where all elements are 0.

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

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.cross([1., 0., 0.], [0., 1., 0.]).numpy()
      array([0., 0., 1.], dtype=float32)
    """
    a = _core.convert(a)
    b = _core.convert(b, hint=a.dtype)
    if a.shape != b.shape or a.ndim < 1 or a.shape[-1] != 3:
        raise InvalidArgumentError(
            f"cross: a and b must have one shape [..., 3], got a.shape={a.shape} and b.shape="
            f"{b.shape}"
        )

    def turned(x: Any, by: int) -> Any:
        return _core.roll(x, [-by], [-1])

    return turned(a, 1) * turned(b, 2) - turned(a, 2) * turned(b, 1)
