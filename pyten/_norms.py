"""Norms, and what is scaled by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _core
from pyten._docs import file_under
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = ["global_norm", "l2_normalize", "norm", "normalize"]


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
) -> Any:
    """Norms of vectors or matrices.

    Args:
      tensor: a floating or complex tensor; for ord 1 and np.inf also integers.
      ord: "euclidean", 1, 2, np.inf or another positive number; of matrices "euclidean" or "fro"
        (Frobenius), 1 (largest sum of a column), 2 (largest singular value), np.inf (of a row).
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
    whole = x.dtype.is_integer and ord in (1, np.inf)
    if not (x.dtype.is_floating or x.dtype.is_complex or whole):
        raise InvalidDTypeError(
            f"norm: tensor must be floating or complex, or integers for ord=1 and np.inf, got "
            f"{x.dtype.name} and ord={ord!r}"
        )
    axes = axis
    if axis is not None and not isinstance(axis, int):
        axes = np.asarray(_core.convert(axis)).reshape(-1).tolist()
    matrix = isinstance(axes, list) and len(axes) == 2
    if isinstance(axes, list) and len(axes) not in (1, 2):
        raise ValueError(f"norm: axis must be None, an axis or a pair of axes, got {axis}")
    if matrix:
        for a in axes:
            if not -x.ndim <= a < x.ndim:
                raise InvalidArgumentError(f"norm: axis {a} is out of range for shape {x.shape}")
        if axes[0] % x.ndim == axes[1] % x.ndim:
            raise ValueError(f"norm: axis must be a pair of axes that differ, got {axis}")
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
        rows, columns = (a % x.ndim for a in axes)
        batch = [a for a in range(x.ndim) if a not in (rows, columns)]
        from pyten._decompositions import svd  # not loaded for the sake of this one case

        largest = _core.reduce_max(
            svd(_core.transpose(x, [*batch, rows, columns]), compute_uv=False), -1
        )
        if not keepdims:
            return largest
        kept = [1 if a in (rows, columns) else n for a, n in enumerate(x.shape)]
        return _core.reshape(largest, kept)
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
      A scalar; a float32 0 if there is no tensor.

    Raises:
      TypeError: t_list is no list, or a tensor is not floating.

    Gradient: differentiable to any order; 0 where all elements are 0.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.global_norm([tf.constant([3.]), tf.constant([4.])]).numpy()
      np.float32(5.0)
    """
    if not isinstance(t_list, (list, tuple)):
        raise TypeError(
            f"global_norm: t_list must be a list of tensors, got {type(t_list).__name__}"
        )
    tensors = [_core.convert(t) for t in t_list if t is not None]
    for t in tensors:
        if not t.dtype.is_floating:
            raise InvalidDTypeError(f"global_norm: tensors must be floating, got {t.dtype.name}")
    sums = [_core.reduce_sum(_core.square(t)) for t in tensors]
    if not sums:
        return _core.zeros([])
    # |r| = r, but with the slope 0 at 0, which keeps the infinite slope of the root away.
    return _core.abs(_core.sqrt(_core.add_n(sums)))


file_under("pyten.linalg", globals())
