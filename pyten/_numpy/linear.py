"""Products and linear algebra, as NumPy has them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

import pyten as tf
from pyten._numpy.arguments import (
    Unsupported,
    axes_of,
    floating,
    product,
    tensor,
    together,
    value_of,
)
from pyten._numpy.shapes import moveaxis
from pyten._numpy.ufuncs import CALLS, matmul

__all__ = ["FUNCTIONS"]


# -- Products -----------------------------------------------------------------------------------------
def _tensordot(a: Any, b: Any, /, axes: Any = 2) -> Any:
    x, y = together(a, b)
    if np.ndim(axes) == 0:
        return tf.tensordot(x, y, operator.index(axes))
    pair = [[side] if np.ndim(side) == 0 else list(side) for side in axes]
    return tf.tensordot(x, y, [axes_of(pair[0], x.ndim), axes_of(pair[1], y.ndim)])


def _linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return _tensordot(x1, x2, axes)


def _dot(a: Any, b: Any, out: Any = None) -> Any:
    x, y = together(a, b)
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    return tf.tensordot(x, y, [[x.ndim - 1], [max(y.ndim - 2, 0)]])


def _vdot(a: Any, b: Any, /) -> Any:
    x, y = together(a, b)
    x, y = tf.reshape(x, [-1]), tf.reshape(y, [-1])
    return tf.reduce_sum((tf.math.conj(x) if x.dtype.is_complex else x) * y)


def _inner(a: Any, b: Any, /) -> Any:
    x, y = together(a, b)
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    return tf.tensordot(x, y, [[x.ndim - 1], [y.ndim - 1]])


def _outer(a: Any, b: Any, out: Any = None) -> Any:
    x, y = together(a, b)
    return tf.reshape(x, [-1, 1]) * tf.reshape(y, [1, -1])


def _linalg_outer(x1: Any, x2: Any, /) -> Any:
    x, y = together(x1, x2)
    if x.ndim != 1 or y.ndim != 1:
        raise ValueError("Input arrays must be one-dimensional")
    return _outer(x, y)


def _kron(a: Any, b: Any) -> Any:
    x, y = together(a, b)
    rank = max(x.ndim, y.ndim)
    first = [1] * (rank - x.ndim) + list(x.shape)
    second = [1] * (rank - y.ndim) + list(y.shape)
    x = tf.reshape(x, [n for size in first for n in (size, 1)])
    y = tf.reshape(y, [n for size in second for n in (1, size)])
    return tf.reshape(x * y, [n * m for n, m in zip(first, second)])


def _cross(
    a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None
) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = together(a, b)
    x, y = moveaxis(x, axisa, -1), moveaxis(y, axisb, -1)
    if x.shape[-1] not in (2, 3) or y.shape[-1] not in (2, 3):
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    if x.shape[-1] == y.shape[-1] == 2:
        return x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]
    (x0, x1, *x2), (y0, y1, *y2) = tf.unstack(x, axis=-1), tf.unstack(y, axis=-1)
    third, fourth = x2[0] if x2 else 0 * x0, y2[0] if y2 else 0 * y0
    parts = (x1 * fourth - third * y1, third * y0 - x0 * fourth, x0 * y1 - x1 * y0)
    return moveaxis(tf.stack(parts, -1), -1, axisc)


def _linalg_cross(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    return _cross(x1, x2, axis=axis)


def _einsum(*operands: Any, out: Any = None, optimize: Any = False, **kwargs: Any) -> Any:
    if kwargs:
        raise Unsupported(f"{next(iter(kwargs))}=")
    if not isinstance(operands[0], str):
        raise Unsupported("subscripts that are no string")
    return tf.einsum(operands[0], *together(*operands[1:]))


def _multi_dot(arrays: Any, *, out: Any = None) -> Any:
    parts = together(*arrays)
    if len(parts) < 2:
        raise ValueError("Expecting at least two arrays.")
    # From the thinner side, which is the cheaper of the two orders.
    left, right = parts[0], parts[-1]
    if left.ndim == 2 and (right.ndim == 1 or right.shape[-1] < left.shape[0]):
        for part in reversed(parts[:-1]):
            right = matmul(part, right)
        return right
    for part in parts[1:]:
        left = matmul(left, part)
    return left


def _linalg_matmul(x1: Any, x2: Any, /) -> Any:
    return matmul(x1, x2)


def _linalg_vecdot(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    return CALLS["vecdot"](x1, x2, axis)


# -- Norms ------------------------------------------------------------------------------------------
def _magnitudes(x: Any) -> Any:
    return tf.abs(x)


def _root_of_squares(x: Any, axes: list[int], keepdims: bool) -> Any:
    return tf.math.reduce_euclidean_norm(tf.abs(x), axes, keepdims)


def _vector_norm_of(x: Any, ord: Any, axes: list[int], keepdims: bool) -> Any:
    size = _magnitudes(x)
    if ord is None or ord == 2:
        return _root_of_squares(x, axes, keepdims)
    if ord == np.inf:
        return tf.reduce_max(size, axes, keepdims)
    if ord == -np.inf:
        return tf.reduce_min(size, axes, keepdims)
    if ord == 0:
        return tf.reduce_sum(tf.cast(x != 0, size.dtype), axes, keepdims)
    if ord == 1:
        return tf.reduce_sum(size, axes, keepdims)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    return tf.pow(tf.reduce_sum(tf.pow(size, ord), axes, keepdims), 1 / ord)


def _matrix_norm_of(x: Any, ord: Any, axes: list[int], keepdims: bool) -> Any:
    rows, columns = axes
    if rows == columns:
        raise ValueError("Duplicate axes given.")
    if ord in (None, "fro", "f"):
        return _root_of_squares(x, axes, keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        summed, kept = (rows, columns) if abs(ord) == 1 else (columns, rows)
        extreme = tf.reduce_max if ord > 0 else tf.reduce_min
        return (
            extreme(tf.reduce_sum(tf.abs(x), summed, True), axes, keepdims)
            if keepdims
            else extreme(tf.reduce_sum(tf.abs(x), summed), kept - (kept > summed))
        )
    if ord in (2, -2, "nuc"):
        s = tf.linalg.svd(moveaxis(x, (rows, columns), (-2, -1)), compute_uv=False)
        reduce = {2: tf.reduce_max, -2: tf.reduce_min, "nuc": tf.reduce_sum}[ord]
        out = reduce(s, -1)
        if keepdims:
            out = tf.reshape(out, [1 if i in axes else n for i, n in enumerate(x.shape)])
        return out
    raise ValueError("Invalid norm order for matrices.")


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    x = floating(x)
    if axis is None and (
        ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1)
    ):
        return _root_of_squares(x, list(range(x.ndim)), bool(keepdims))
    axes = axes_of(axis, x.ndim)
    if len(axes) == 1:
        return _vector_norm_of(x, ord, axes, bool(keepdims))
    if len(axes) == 2:
        return _matrix_norm_of(x, ord, axes, bool(keepdims))
    raise ValueError("Improper number of dimensions to norm.")


def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    x = floating(x)
    return _vector_norm_of(x, ord, axes_of(axis, x.ndim), bool(keepdims))


def _matrix_norm(x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    x = floating(x)
    return _matrix_norm_of(x, ord, [x.ndim - 2, x.ndim - 1], bool(keepdims))


def _cond(x: Any, p: Any = None) -> Any:
    x = floating(x)
    if p in (None, 2, -2):
        s = tf.linalg.svd(x, compute_uv=False)
        first, last = s[..., 0], s[..., -1]
        return last / first if p == -2 else first / last
    axes = [x.ndim - 2, x.ndim - 1]
    return _matrix_norm_of(x, p, axes, False) * _matrix_norm_of(tf.linalg.inv(x), p, axes, False)


# -- Equations and decompositions ---------------------------------------------------------------------
def _named(name: str, fields: dict[str, Any]) -> Any:
    """NumPy's named tuple of results, which its modules keep to themselves."""
    module = getattr(np.linalg, "_linalg", None) or getattr(np.linalg, "linalg", None)
    kind = getattr(module, name, None)
    if kind is None:
        return tuple(fields.values())
    return kind(**fields)


def _inv(a: Any) -> Any:
    return tf.linalg.inv(floating(a))


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    x = floating(a)
    limit = rcond if rtol is None else rtol
    if limit is None:
        limit = (
            1e-15 if rtol is None else float(np.finfo(value_of(x).dtype).eps) * max(x.shape[-2:])
        )
    return tf.linalg.pinv(x, rcond=limit)


def _solve(a: Any, b: Any) -> Any:
    x, y = map(floating, together(a, b))
    vector = y.ndim == 1
    if np.lib.NumpyVersion(np.__version__) < "2.0.0":
        vector = y.ndim == x.ndim - 1
    rhs = tf.expand_dims(y, -1) if vector else y
    batch = list(np.broadcast_shapes(tuple(x.shape[:-2]), tuple(rhs.shape[:-2])))
    out = tf.linalg.solve(
        tf.broadcast_to(x, [*batch, *x.shape[-2:]]), tf.broadcast_to(rhs, [*batch, *rhs.shape[-2:]])
    )
    return tf.squeeze(out, -1) if vector else out


def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    x, y = map(floating, together(a, b))
    if rcond == "warn" or x.ndim != 2:
        raise Unsupported("these arguments")
    _, residuals, rank, _ = np.linalg.lstsq(value_of(x), value_of(y), rcond)
    if rank < min(x.shape):
        raise Unsupported("a matrix without full rank")
    rhs = tf.expand_dims(y, -1) if y.ndim == 1 else y
    out = tf.linalg.lstsq(x, rhs, fast=False)
    apart = tf.reduce_sum(tf.square(tf.abs(rhs - tf.matmul(x, out))), 0)
    values = tf.linalg.svd(x, compute_uv=False)
    return (
        tf.squeeze(out, -1) if y.ndim == 1 else out,
        apart if residuals.size else residuals,
        rank,
        values,
    )


def _det(a: Any) -> Any:
    return tf.linalg.det(floating(a))


def _slogdet(a: Any) -> Any:
    sign, logabsdet = tf.linalg.slogdet(floating(a))
    return _named("SlogdetResult", {"sign": sign, "logabsdet": logabsdet})


def _real_part_if_real(values: Any, x: Any) -> bool:
    return not x.dtype.is_complex and not value_of(values).imag.any()


def _eig(a: Any) -> Any:
    x = floating(a)
    e, v = tf.linalg.eig(x)
    if _real_part_if_real(e, x):
        e, v = tf.math.real(e), tf.math.real(v)
    return _named("EigResult", {"eigenvalues": e, "eigenvectors": v})


def _eigvals(a: Any) -> Any:
    x = floating(a)
    e = tf.linalg.eigvals(x)
    return tf.math.real(e) if _real_part_if_real(e, x) else e


def _triangle_of(a: Any, UPLO: str) -> Any:
    """The self-adjoint matrix whose lower (upper) triangle is a's."""
    if UPLO.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    x = floating(a)
    strict = tf.linalg.band_part(x, -1, 0) if UPLO.upper() == "L" else tf.linalg.band_part(x, 0, -1)
    diagonal = tf.linalg.band_part(x, 0, 0)
    strict = strict - diagonal
    if x.dtype.is_complex:  # the imaginary part of the diagonal does not count
        diagonal = tf.cast(tf.math.real(diagonal), x.dtype)
    return strict + tf.linalg.adjoint(strict) + diagonal


def _eigh(a: Any, UPLO: str = "L") -> Any:
    e, v = tf.linalg.eigh(_triangle_of(a, UPLO))
    return _named("EighResult", {"eigenvalues": e, "eigenvectors": v})


def _eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return tf.linalg.eigvalsh(_triangle_of(a, UPLO))


def _svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    x = floating(a)
    if not compute_uv:
        return tf.linalg.svd(x, compute_uv=False)
    s, u, v = tf.linalg.svd(x, full_matrices=full_matrices)
    return _named("SVDResult", {"U": u, "S": s, "Vh": tf.linalg.adjoint(v)})


def _svdvals(x: Any, /) -> Any:
    return tf.linalg.svd(floating(x), compute_uv=False)


def _qr(a: Any, mode: str = "reduced") -> Any:
    if mode not in ("reduced", "complete", "r"):
        raise Unsupported(f"mode={mode!r}")
    q, r = tf.linalg.qr(floating(a), full_matrices=mode == "complete")
    return r if mode == "r" else _named("QRResult", {"Q": q, "R": r})


def _cholesky(a: Any, /, *, upper: bool = False) -> Any:
    # Only one triangle counts, and both of the gradient's rule do.
    factor = tf.linalg.cholesky(_triangle_of(a, "U" if upper else "L"))
    return tf.linalg.adjoint(factor) if upper else factor


def _matrix_power(a: Any, n: Any) -> Any:
    x = tensor(a)
    count = operator.index(n)
    if count < 0:
        x, count = tf.linalg.inv(floating(x)), -count
    if count == 0:
        return tf.broadcast_to(tf.eye(int(x.shape[-1]), dtype=x.dtype), x.shape) + 0 * x
    out = None
    while True:
        if count % 2:
            out = x if out is None else tf.matmul(out, x)
        count //= 2
        if not count:
            return tf.identity(out) if out is x else out
        x = tf.matmul(x, x)


def _tensorinv(a: Any, ind: Any = 2) -> Any:
    x = floating(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    shape = [*x.shape[ind:], *x.shape[:ind]]
    return tf.reshape(tf.linalg.inv(tf.reshape(x, [product(x.shape[ind:]), -1])), shape)


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    x, y = map(floating, together(a, b))
    if axes is not None:
        moved = axes_of(axes, x.ndim)
        x = tf.transpose(x, [*(i for i in range(x.ndim) if i not in moved), *moved])
    shape = list(x.shape[y.ndim :])
    x = tf.reshape(x, [-1, product(shape)])
    return tf.reshape(tf.linalg.solve(x, tf.reshape(y, [-1, 1])), shape)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "cross": _cross,
    "dot": _dot,
    "einsum": _einsum,
    "inner": _inner,
    "kron": _kron,
    "linalg.cholesky": _cholesky,
    "linalg.cond": _cond,
    "linalg.cross": _linalg_cross,
    "linalg.det": _det,
    "linalg.eig": _eig,
    "linalg.eigh": _eigh,
    "linalg.eigvals": _eigvals,
    "linalg.eigvalsh": _eigvalsh,
    "linalg.inv": _inv,
    "linalg.lstsq": _lstsq,
    "linalg.matmul": _linalg_matmul,
    "linalg.matrix_norm": _matrix_norm,
    "linalg.matrix_power": _matrix_power,
    "linalg.multi_dot": _multi_dot,
    "linalg.norm": _norm,
    "linalg.outer": _linalg_outer,
    "linalg.pinv": _pinv,
    "linalg.qr": _qr,
    "linalg.slogdet": _slogdet,
    "linalg.solve": _solve,
    "linalg.svd": _svd,
    "linalg.svdvals": _svdvals,
    "linalg.tensordot": _linalg_tensordot,
    "linalg.tensorinv": _tensorinv,
    "linalg.tensorsolve": _tensorsolve,
    "linalg.vecdot": _linalg_vecdot,
    "linalg.vector_norm": _vector_norm,
    "outer": _outer,
    "tensordot": _tensordot,
    "vdot": _vdot,
}
