"""vectorized_map: a function of one example, carried out for all examples at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyten import _core, nest
from pyten._control import _stack_structures
from pyten.errors import InvalidArgumentError

__all__ = ["vectorized_map"]


def _sizes(elems: Any, flat: list[Any]) -> int:
    """How many slices there are: the common size of the first axes, where 1 fits any."""
    if not flat or any(e.ndim == 0 for e in flat):
        raise ValueError(
            "vectorized_map: elems must have at least one axis, got "
            + (f"shapes {[tuple(e.shape) for e in flat]}" if flat else f"{elems!r}")
        )
    sizes = {e.shape[0] for e in flat}
    if len(sizes - {1}) > 1:
        raise InvalidArgumentError(
            "vectorized_map: first axes of elems must have one size, or 1, got "
            f"{[e.shape[0] for e in flat]}"
        )
    return max(sizes - {1}, default=1)


def vectorized_map(
    fn: Callable[..., Any], elems: Any, fallback_to_while_loop: bool = True, warn: bool = True
) -> Any:
    """fn of each slice along the first axis, stacked, with every operation carried out once for all.

    fn is called with the first slices, and the operations that depend on them are repeated for the
    whole batch. Where fn does what operations do not show, such as branching on a value of a slice,
    reading one into NumPy, drawing random numbers or assigning to a variable, it is called for each
    slice instead, as tf.map_fn does.

    Args:
      fn: takes a slice (in the form of elems), returns a tensor or a structure of them. It may use
        gradient tapes.
      elems: a tensor or a structure of tensors of any dtype whose first axes have one size, or size
        1, which goes with every slice.
      fallback_to_while_loop: False raises where a loop over slices would be needed.
      warn: whether to warn, with the reason, when fn is called for each slice.

    Returns:
      What fn returns, with a new first axis.

    Raises:
      ValueError: an element of elems is a scalar, or a loop is needed and not allowed.
      InvalidArgumentError: the first axes differ.

    Gradient: that of what fn does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.vectorized_map(lambda row: tf.reduce_sum(row), tf.constant([[1, 2], [3, 4]])).numpy()
      array([3, 7], dtype=int32)
    """
    flat = [_core.convert(e) for e in nest.flatten(elems)]
    count = _sizes(elems, flat)
    # What all slices share is a constant to fn.
    batched = [count == 1 or e.shape[0] != 1 for e in flat]
    returned: list[Any] = []

    def one(slices: Any) -> Any:
        given = iter(slices)
        parts = [next(given) if own else e[0] for e, own in zip(flat, batched, strict=True)]
        return fn(nest.pack_sequence_as(elems, parts))

    def traced(*slices: Any) -> list[Any]:
        returned[:] = [one(slices)]
        return [_core.convert(v) for v in nest.flatten(returned[0])]

    batches = [e for e, own in zip(flat, batched, strict=True) if own]
    found, why = _core._vectorized(traced, batches, count)
    if found is not None:
        return nest.pack_sequence_as(returned[0], found)
    if not fallback_to_while_loop:
        raise ValueError(
            f"vectorized_map: fn cannot be carried out for all slices at once: {why}; allow "
            "fallback_to_while_loop, or use tf.map_fn"
        )
    if warn:
        import warnings

        warnings.warn(
            f"vectorized_map: fn is called for each slice: {why}.", UserWarning, stacklevel=2
        )
    return _stack_structures([one([b[i] for b in batches]) for i in range(count)])
