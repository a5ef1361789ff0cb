"""Control flow as functions. It runs eagerly: these are Python's own if and loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pyten import _core, nest
from pyten.errors import InvalidArgumentError

__all__ = [
    "case",
    "cond",
    "foldl",
    "foldr",
    "map_fn",
    "scan",
    "switch_case",
    "while_loop",
]


def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """true_fn() if the predicate holds, else false_fn().

    Args:
      pred: a bool or scalar bool tensor.
      true_fn: a function without arguments.
      false_fn: a function without arguments.
      name: accepted and ignored.

    Returns:
      What the function returns.

    Raises:
      TypeError: a function is not callable.

    Gradient: that of what the chosen function does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.cond(tf.constant(1.) > 0., lambda: "positive", lambda: "negative")
      'positive'
    """
    for argument, value in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(value):
            raise TypeError(f"cond: {argument} must be callable, got {value!r}")
    return true_fn() if bool(pred) else false_fn()  # type: ignore[misc]


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """The function of the first predicate that holds.

    Args:
      pred_fn_pairs: pairs (bool tensor, function without arguments).
      default: called when none holds.
      exclusive: whether it is an error when several hold.
      strict: accepted for compatibility.
      name: accepted and ignored.

    Returns:
      What the function returns.

    Raises:
      InvalidArgumentError: none holds and there is no default, or several hold.

    Gradient: that of what the chosen function does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.case([(tf.constant(False), lambda: 1)], default=lambda: 2)
      2
    """
    holding = [fn for pred, fn in pred_fn_pairs if bool(pred)]
    if exclusive and len(holding) > 1:
        raise InvalidArgumentError(
            f"case: {len(holding)} predicates hold, exclusive=True allows one"
        )
    if holding:
        return holding[0]()
    if default is None:
        raise InvalidArgumentError("case: no predicate holds and there is no default")
    return default()


def switch_case(
    branch_index: Any,
    branch_fns: Any,
    default: Callable[[], Any] | None = None,
    name: str = "switch_case",
) -> Any:
    """The function with this number.

    Args:
      branch_index: an integer.
      branch_fns: a list of functions without arguments, or pairs (number, function).
      default: called for other numbers; the last function when None.
      name: accepted and ignored.

    Returns:
      What the function returns.

    Gradient: that of what the chosen function does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.switch_case(tf.constant(1), [lambda: "a", lambda: "b"])
      'b'
    """
    pairs = branch_fns.items() if isinstance(branch_fns, dict) else branch_fns
    pairs = [pair if isinstance(pair, (tuple, list)) else (i, pair) for i, pair in enumerate(pairs)]
    table = {int(number): fn for number, fn in pairs}
    last = table[max(table)] if default is None else default
    return table.get(int(branch_index), last)()


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """Runs body as long as cond holds.

    Args:
      cond: takes the loop variables, returns a bool.
      body: takes the loop variables, returns their new values.
      loop_vars: a list or tuple of first values.
      shape_invariants: accepted for compatibility, as are the next three.
      parallel_iterations: see shape_invariants.
      back_prop: see shape_invariants.
      swap_memory: see shape_invariants.
      maximum_iterations: at most so many rounds; None for no limit.
      name: accepted and ignored.

    Returns:
      The last values, in the form of loop_vars.

    Gradient: that of what the body does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.while_loop(lambda i: i < 10, lambda i: [i * 2], [tf.constant(3)])[0].numpy()
      np.int32(12)
    """
    state = nest.map_structure(_core.convert, loop_vars)
    rounds = 0
    while (maximum_iterations is None or rounds < int(maximum_iterations)) and bool(cond(*state)):
        returned = body(*state)
        if not isinstance(returned, (list, tuple)):
            returned = (returned,)
        state = nest.pack_sequence_as(loop_vars, [_core.convert(v) for v in nest.flatten(returned)])
        rounds += 1
    return state


def _stack_structures(items: Sequence[Any], dtypes: Any = None) -> Any:
    if dtypes is not None:
        wanted = [getattr(d, "dtype", d) for d in nest.flatten(dtypes)]
        items = [
            nest.pack_sequence_as(
                item, [_core.convert(v, d) for v, d in zip(nest.flatten(item), wanted, strict=True)]
            )
            for item in items
        ]
    return nest.map_structure(lambda *parts: _core.stack(list(parts)), *items)


def _slices(op: str, elems: Any) -> list[Any]:
    flat = [_core.convert(e) for e in nest.flatten(elems)]
    if not flat or any(e.ndim == 0 for e in flat):
        raise ValueError(f"{op}: elems must have at least one axis")
    count = flat[0].shape[0]
    if any(e.shape[0] != count for e in flat):
        raise InvalidArgumentError(
            f"{op}: first axes of elems must have one size, got {[e.shape[0] for e in flat]}"
        )
    return [nest.pack_sequence_as(elems, [e[i] for e in flat]) for i in range(count)]


def map_fn(
    fn: Callable[..., Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """fn of each slice along the first axis, stacked.

    Args:
      fn: takes a slice (in the form of elems), returns a tensor or a structure of them.
      elems: a tensor or a structure of tensors whose first axes have one size.
      dtype: an old name of fn_output_signature.
      parallel_iterations: accepted for compatibility, as are the next three.
      back_prop: see parallel_iterations.
      swap_memory: see parallel_iterations.
      infer_shape: see parallel_iterations.
      name: accepted and ignored.
      fn_output_signature: the dtypes of what fn returns, if they differ from elems'.

    Returns:
      What fn returns, with a new first axis.

    Raises:
      ValueError: elems is a scalar, or empty.

    Gradient: that of what fn does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.map_fn(lambda x: x * x, tf.constant([1, 2, 3])).numpy()
      array([1, 4, 9], dtype=int32)
    """
    results = [fn(item) for item in _slices("map_fn", elems)]
    if not results:
        raise ValueError("map_fn: elems is empty, so the results' shape is unknown")
    return _stack_structures(results, dtype if fn_output_signature is None else fn_output_signature)


def scan(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """All partial results of fn(accumulated, slice), stacked.

    Args:
      fn: takes what was accumulated and the next slice, returns the new accumulation.
      elems: a tensor or a structure of tensors whose first axes have one size.
      initializer: what to start from; the first slice when None.
      parallel_iterations: accepted for compatibility, as are the next three.
      back_prop: see parallel_iterations.
      swap_memory: see parallel_iterations.
      infer_shape: see parallel_iterations.
      reverse: whether to go from the last slice to the first.
      name: accepted and ignored.

    Returns:
      The accumulations, with a new first axis.

    Gradient: that of what fn does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3])).numpy()
      array([1, 3, 6], dtype=int32)
    """
    items = _slices("scan", elems)
    results = _accumulate("scan", fn, items[::-1] if reverse else items, initializer)
    return _stack_structures(results[::-1] if reverse else results)


def _accumulate(op: str, fn: Callable[..., Any], items: list[Any], initializer: Any) -> list[Any]:
    if initializer is None:
        if not items:
            raise ValueError(f"{op}: elems is empty and there is no initializer")
        results, items = [items[0]], items[1:]
        state = results[0]
    else:
        state = nest.map_structure(_core.convert, initializer)
        results = []
    for item in items:
        state = fn(state, item)
        results.append(state)
    return results


def foldl(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """The last result of fn(accumulated, slice), from the first slice on.

    Args:
      fn: takes what was accumulated and the next slice, returns the new accumulation.
      elems: a tensor or a structure of tensors whose first axes have one size.
      initializer: what to start from; the first slice when None.
      parallel_iterations: accepted for compatibility, as are the next two.
      back_prop: see parallel_iterations.
      swap_memory: see parallel_iterations.
      name: accepted and ignored.

    Returns:
      The accumulation.

    Gradient: that of what fn does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.foldl(lambda a, x: a * 10 + x, tf.constant([1, 2, 3])).numpy()
      np.int32(123)
    """
    results = _accumulate("foldl", fn, _slices("foldl", elems), initializer)
    return results[-1] if results else nest.map_structure(_core.convert, initializer)


def foldr(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """As tf.foldl, from the last slice to the first.

    Args:
      fn: takes what was accumulated and the next slice, returns the new accumulation.
      elems: a tensor or a structure of tensors whose first axes have one size.
      initializer: what to start from; the last slice when None.
      parallel_iterations: accepted for compatibility, as are the next two.
      back_prop: see parallel_iterations.
      swap_memory: see parallel_iterations.
      name: accepted and ignored.

    Returns:
      The accumulation.

    Gradient: that of what fn does, to any order.

    Example:
      >>> import pyten as tf
      >>> tf.foldr(lambda a, x: a * 10 + x, tf.constant([1, 2, 3])).numpy()
      np.int32(321)
    """
    results = _accumulate("foldr", fn, _slices("foldr", elems)[::-1], initializer)
    return results[-1] if results else nest.map_structure(_core.convert, initializer)
