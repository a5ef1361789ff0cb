"""Distinct elements, and places in sorted rows."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from pyten import _core
from pyten.errors import InvalidArgumentError

__all__ = ["searchsorted", "unique", "unique_with_counts"]


class Unique(NamedTuple):
    """What tf.unique gives: the distinct elements, and which of them each element is."""

    y: Any
    idx: Any


class UniqueWithCounts(NamedTuple):
    """As Unique, and how often each of them occurs."""

    y: Any
    idx: Any
    count: Any


def unique(x: Any, out_idx: Any = "int32", name: str | None = None) -> Unique:
    """The distinct elements of a vector, in the order in which they first appear.

    Args:
      x: a tensor of rank 1.
      out_idx: int32 or int64, the dtype of idx.
      name: accepted and ignored.

    Returns:
      (y, idx): the elements, and for each element of x its place in y.

    Raises:
      InvalidArgumentError: x is no vector.

    Gradient: None.

    Example:
      >>> import pyten as tf
      >>> y, idx = tf.unique([4, 4, 1])
      >>> y.numpy(), idx.numpy()
      (array([4, 1], dtype=int32), array([0, 0, 1], dtype=int32))
    """
    return Unique(*unique_with_counts(x, out_idx)[:2])


def unique_with_counts(x: Any, out_idx: Any = "int32", name: str | None = None) -> UniqueWithCounts:
    """As tf.unique, with the number of times that each element occurs.

    Args:
      x: a tensor of rank 1.
      out_idx: int32 or int64, the dtype of idx and count.
      name: accepted and ignored.

    Returns:
      (y, idx, count).

    Raises:
      InvalidArgumentError: x is no vector.

    Gradient: None.

    Example:
      >>> import pyten as tf
      >>> tf.unique_with_counts([4, 4, 1]).count.numpy()
      array([2, 1], dtype=int32)
    """
    x = _core.convert(x)
    if x.ndim != 1:
        raise InvalidArgumentError(f"unique: x must be a vector, got shape {x.shape}")
    _, first, inverse, count = np.unique(
        np.asarray(x), return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    y = _core.gather(_core.stop_gradient(x), _core.convert(first[order].astype(np.int64)))
    idx, counts = (
        _core.cast(_core.convert(v), out_idx) for v in (place[inverse.reshape(-1)], count[order])
    )
    return UniqueWithCounts(y, idx, counts)


def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: Literal["left", "right"] = "left",
    out_type: Any = "int32",
    name: str | None = None,
) -> Any:
    """Where values would go in sorted rows.

    Args:
      sorted_sequence: a tensor [..., n], sorted along its last axis.
      values: a tensor [..., m] of the same dtype and leading sizes.
      side: "left": before equal elements; "right": after them.
      out_type: int32 or int64.
      name: accepted and ignored.

    Returns:
      An integer tensor of the shape of values.

    Raises:
      ValueError: side is neither.

    Gradient: None.

    Example:
      >>> import pyten as tf
      >>> tf.searchsorted([1, 3, 5], [0, 3, 4]).numpy()
      array([0, 1, 2], dtype=int32)
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side must be 'right' or 'left', got {side!r}")
    rows = _core.convert(sorted_sequence)
    values = _core.convert(values, hint=rows.dtype)
    if rows.shape[:-1] != values.shape[:-1]:
        raise InvalidArgumentError(
            "searchsorted: leading sizes must be the same, got "
            f"sorted_sequence.shape={rows.shape} and values.shape={values.shape}"
        )
    row_list = np.asarray(rows).reshape(-1, rows.shape[-1])
    value_list = np.asarray(values).reshape(len(row_list), -1)
    found = [np.searchsorted(r, v, side) for r, v in zip(row_list, value_list, strict=True)]
    places = np.array(found, np.int64).reshape(values.shape.as_list())
    return _core.cast(_core.convert(places), out_type)
