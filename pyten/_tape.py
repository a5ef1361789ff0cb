"""Jacobians and the page of a recording, attached to the compiled GradientTape."""

from __future__ import annotations

import os
import sys
from typing import Any

from pyten import _core, nest
from pyten._structures import UnconnectedGradients

__all__ = ["attach"]


def _wants_zeros(unconnected_gradients: Any) -> bool:
    if unconnected_gradients is UnconnectedGradients.NONE:
        return False
    value = getattr(unconnected_gradients, "value", unconnected_gradients)
    if value not in ("none", "zero"):
        raise ValueError(
            f"Unknown value for unconnected_gradients: {unconnected_gradients!r}; use 'none' or "
            "'zero'"
        )
    return value == "zero"


def _one_tensor(op: str, name: str, value: Any) -> Any:
    if isinstance(value, (_core.Tensor, _core.Variable)):
        return value
    raise TypeError(
        f"{op}: {name} must be one tensor or variable, got {type(value).__name__} {value!r}"
    )


def _require_sources(op: str, sources: list[Any]) -> None:
    for source in sources:
        if not isinstance(source, (_core.Tensor, _core.Variable)):
            raise TypeError(
                f"{op}: sources must be tensors or variables, got {type(source).__name__} "
                f"{source!r}"
            )


def _rows(tape: Any, target: Any, sources: list[Any], seeds: Any, count: int) -> list[list[Any]]:
    """The gradients from each of `count` seeds: for each source a list, of Nones if unconnected."""
    rows: list[list[Any]] = [[] for _ in sources]
    for i in range(count):
        # The last call ends a tape that is not persistent.
        found = tape._gradient([target], sources, [seeds(i)], False, i < count - 1)
        for row, gradient in zip(rows, found, strict=True):
            row.append(gradient)
    return rows


def _all_rows(
    tape: Any, target: Any, sources: list[Any], seeds: Any, count: int, axis: int
) -> list[Any]:
    """For each source one tensor of the gradients from all seeds, along `axis`, or None."""
    rows = _rows(tape, target, sources, seeds, count)
    return [_stacked(row, axis, source) for row, source in zip(rows, sources, strict=True)]


def _stacked(row: list[Any], axis: int, source: Any) -> Any:
    """One tensor of the gradients, or None when there is none."""
    if all(g is None for g in row):
        return None
    return _core.stack([_core.zeros_like(source) if g is None else g for g in row], axis)


def _warn_missing(tape: Any, target: Any, source: Any, caller: Any) -> None:
    import warnings

    why = tape._explain(target, source, caller.f_locals)
    warnings.warn(f"jacobian is None: {why}.", UserWarning, stacklevel=3)


def _jacobian(
    self: Any,
    target: Any,
    sources: Any,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
    parallel_iterations: int | None = None,
    experimental_use_pfor: bool = True,
) -> Any:
    """The derivative of each element of the target by each element of the sources.

    Args:
      target: a tensor of any shape.
      sources: a tensor, a variable or a nested structure of them.
      unconnected_gradients: "none", or "zero" for zeros in place of None.
      parallel_iterations: accepted for compatibility.
      experimental_use_pfor: whether all rows are computed in one batched pass where the operations
        allow it (of at most 256 MiB of intermediate values at a time); False computes them one by
        one.

    Returns:
      Tensors of shape target.shape + source.shape in the structure of `sources`; None where the
      target does not depend on a source. When all are None, a warning says why.

    Raises:
      RuntimeError: the tape is not persistent and was used before.
      TypeError: the target or a source is no tensor.

    Example:
      >>> import pyten as tf
      >>> x = tf.Variable([1., 2.])
      >>> with tf.GradientTape() as tape:
      ...     y = x * x
      >>> tape.jacobian(y, x).numpy()
      array([[2., 0.],
             [0., 4.]], dtype=float32)
    """
    zero = _wants_zeros(unconnected_gradients)
    target = _one_tensor("jacobian", "target", target)
    one = isinstance(sources, (_core.Tensor, _core.Variable))
    flat = [sources] if one else nest.flatten(sources)
    if not one:
        _require_sources("jacobian", flat)
    found = None
    if experimental_use_pfor:
        found = _core._batched_jacobian(self, target, flat, False)
    if found is None:
        found = _jacobian_by_rows(self, target, flat)
    if zero:
        shape = list(target.shape)
        found = [
            _core.zeros([*shape, *x.shape], x.dtype) if j is None else j
            for j, x in zip(found, flat, strict=True)
        ]
    elif found and all(j is None for j in found):
        _warn_missing(self, target, flat[0], sys._getframe(1))
    return found[0] if one else nest.pack_sequence_as(sources, found)


def _jacobian_by_rows(tape: Any, target: Any, sources: list[Any]) -> list[Any]:
    """One gradient for each element of the target."""
    shape, size = list(target.shape), target.size

    def seed(i: int) -> Any:
        if size == 0:
            return _core.zeros_like(target)
        return _core.reshape(_core.one_hot(i, size, dtype=target.dtype), shape)

    found = []
    every = _all_rows(tape, target, sources, seed, max(size, 1), 0)
    for rows, source in zip(every, sources, strict=True):
        whole = [*shape, *source.shape]
        if rows is not None:
            rows = _core.reshape(rows, whole) if size else _core.zeros(whole, source.dtype)
        found.append(rows)
    return found


def _batch_jacobian(
    self: Any,
    target: Any,
    source: Any,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
    parallel_iterations: int | None = None,
    experimental_use_pfor: bool = True,
) -> Any:
    """The Jacobian of each example of a batch by the same example of the source.

    Args:
      target: a tensor [batch, ...].
      source: a tensor or variable [batch, ...]; target[i] depends on source[i] alone.
      unconnected_gradients: accepted for compatibility: the result is never None.
      parallel_iterations: accepted for compatibility.
      experimental_use_pfor: whether all rows are computed in one batched pass where the operations
        allow it (of at most 256 MiB of intermediate values at a time); False computes them one by
        one.

    Returns:
      A tensor [batch, target's other sizes..., source's other sizes...]; zeros where the target
      does not depend on the source.

    Raises:
      RuntimeError: the tape is not persistent and was used before.
      ValueError: target or source have no second axis, or their batch sizes differ.
      TypeError: target or source is no tensor.

    Example:
      >>> import pyten as tf
      >>> x = tf.Variable([[1., 2.], [3., 4.]])
      >>> with tf.GradientTape() as tape:
      ...     y = x * x
      >>> tape.batch_jacobian(y, x).numpy()
      array([[[2., 0.],
              [0., 4.]],
      <BLANKLINE>
             [[6., 0.],
              [0., 8.]]], dtype=float32)
    """
    _wants_zeros(unconnected_gradients)
    target = _one_tensor("batch_jacobian", "target", target)
    source = _one_tensor("batch_jacobian", "source", source)
    shape, by = list(target.shape), list(source.shape)
    if not shape or not by or shape[0] != by[0]:
        raise ValueError(
            f"Need first dimension of target shape ({target.shape}) and source shape ("
            f"{source.shape}) to match."
        )
    if len(shape) < 2:
        raise ValueError(
            f"batch_jacobian: target must have rank at least 2, got shape {target.shape}"
        )
    whole = [*shape, *by[1:]]
    if experimental_use_pfor:
        found = _core._batched_jacobian(self, target, [source], True)
        if found is not None:
            return _core.zeros(whole, source.dtype) if found[0] is None else found[0]
    width = target.size // shape[0] if shape[0] else 0

    def seed(i: int) -> Any:
        if width == 0:
            return _core.zeros_like(target)
        column = _core.reshape(_core.one_hot(i, width, dtype=target.dtype), [1, *shape[1:]])
        return _core.broadcast_to(column, shape)

    rows = _all_rows(self, target, [source], seed, max(width, 1), 1)[0]
    if rows is None or width == 0:
        return _core.zeros(whole, source.dtype)
    return _core.reshape(rows, whole)


def _to_html(
    self: Any, path: str | os.PathLike[str], target: Any = None, sources: Any = None
) -> None:
    """Writes the recorded graph as one self-contained page: ops, shapes, values, gradients.

    A value that nothing else kept is shown when `keep_values()` was called at the start of the
    `with` block. Names are those of variables, of a dictionary given as `sources`, and of the
    caller's own Python variables. A graph of many ops opens with those of one line together.

    Args:
      path: where the page goes; a file there is replaced once the new one is whole.
      target: a tensor, a variable or a nested structure of them; the page then shows the gradient
        of their sum by every value. For a tape that is not persistent this is its one use.
      sources: tensors or variables to mark, in any nested structure; keys of a dictionary name
        them.

    Raises:
      ValueError: the tape recorded nothing, or gave its recording up for a gradient.
      TypeError: the target or a source is no tensor.
      OSError: the file cannot be written; what stood there is unchanged.

    Example:
      >>> import os, tempfile
      >>> import pyten as tf
      >>> x = tf.Variable([1., 2.], name="x")
      >>> with tf.GradientTape() as tape:
      ...     tape.keep_values()
      ...     loss = tf.reduce_sum(x * x)
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     tape.to_html(os.path.join(folder, "step.html"), target=loss)
      ...     os.listdir(folder)
      ['step.html']
    """
    from pyten._tape_html import write

    write(self, path, target, sources, sys._getframe(1))


def attach() -> None:
    """Gives the compiled GradientTape what is written in Python."""
    methods = ("jacobian", _jacobian), ("batch_jacobian", _batch_jacobian), ("to_html", _to_html)
    for name, method in methods:
        method.__name__ = name
        method.__qualname__ = f"GradientTape.{name}"
        setattr(_core.GradientTape, name, method)
