"""Elements of datasets: structures of tensors, how they are called, stacked, padded and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from pyten import _core, nest
from pyten._dataset_stream import Stream
from pyten._shape import TensorShape
from pyten.errors import InvalidArgumentError

__all__ = [
    "call",
    "count",
    "fit_structure",
    "flat_as",
    "padded",
    "per_leaf",
    "replaced",
    "result",
    "rows",
    "slices",
    "stacked",
    "tensors",
]


def tensors(structure: Any) -> Any:
    """Tuples and dictionaries are structures; all else, lists too, is one tensor."""
    if isinstance(structure, tuple):
        items = [tensors(item) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else tuple(items)
    if isinstance(structure, Mapping):
        return mapping(structure, {key: tensors(structure[key]) for key in structure})
    if structure is None or isinstance(structure, (_core.Tensor, Stream)):
        return structure
    with _core._pause_tapes():
        return _core.identity(_core.convert(structure))


def mapping(like: Any, items: dict[Any, Any]) -> Any:
    return type(like)(items)


def result(value: Any) -> Any:
    """What a function gave as an element: a list that holds tensors counts as a tuple."""
    if isinstance(value, list) and any(isinstance(v, _core.Tensor) for v in value):
        value = tuple(value)
    return tensors(value)


def call(function: Callable[..., Any], element: Any) -> Any:
    """Tuples are spread over the function's arguments."""
    return function(*element) if type(element) is tuple else function(element)


def stacked(elements: list[Any]) -> Any:
    def stack(*leaves: Any) -> Any:
        if any(leaf.shape != leaves[0].shape for leaf in leaves):
            shapes = sorted({str(tuple(leaf.shape)) for leaf in leaves})
            raise InvalidArgumentError(
                None,
                None,
                "batch: Cannot batch tensors with different shapes, got "
                f"{' and '.join(shapes)}; use padded_batch",
            )
        return _core.stack(list(leaves))

    return nest.map_structure(stack, *elements)


def count(value: Any, op: str, name: str, least: int = 1) -> int:
    number = int(value)
    if number < least:
        raise InvalidArgumentError(
            None, None, f"{op}: {name} must be at least {least}, got {number}"
        )
    return number


def slices(given: Any) -> tuple[Any, int]:
    """A structure of tensors, and how many rows all of them have."""
    source = tensors(given)
    leaves = nest.flatten(source)
    if not leaves:
        raise ValueError("Invalid `tensors`. `tensors` should not be empty.")
    if any(leaf.ndim == 0 for leaf in leaves):
        raise ValueError("from_tensor_slices: Unbatching a tensor is only supported for rank >= 1")
    n = leaves[0].shape[0]
    for leaf in leaves:
        if leaf.shape[0] != n:
            raise ValueError(
                f"from_tensor_slices: Dimensions {n} and {leaf.shape[0]} are not compatible: "
                "all tensors must have the same number of rows"
            )
    return source, n


def rows(source: Any, numbers: list[int]) -> Any:
    first, n = numbers[0], len(numbers)
    if numbers[-1] - first == n - 1 and numbers == list(range(first, first + n)):
        return nest.map_structure(lambda t: t[first : first + n], source)
    index = _core.convert(np.array(numbers, dtype=np.int64))
    return nest.map_structure(lambda t: _core.gather(t, index), source)


def replaced(structure: Any, parts: Iterator[Any]) -> Any:
    """Each dataset of a structure replaced by the next of `parts`, which may be structures."""
    if isinstance(structure, Mapping):
        done = {key: replaced(structure[key], parts) for key in sorted(structure)}
        return mapping(structure, {key: done[key] for key in structure})
    if isinstance(structure, (list, tuple)):
        items = [replaced(item, parts) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else tuple(items)
    return next(parts)


def fit_structure(fit: Callable[[Any, Any], Any], spec: Any, value: Any) -> Any:
    flat = flat_as(spec, value)
    leaves = [fit(s, v) for s, v in zip(nest.flatten(spec), flat, strict=True)]
    return nest.pack_sequence_as(spec, leaves)


def per_leaf(element: Any, given: Any, count: int) -> list[Any]:
    """One of `given`, which has the element's structure, for each leaf."""
    if given is None:
        return [None] * count
    if isinstance(element, (tuple, Mapping)):
        if not isinstance(given, (tuple, Mapping)):
            return [given] * count
        return flat_as(element, given)
    return [given]


def flat_as(structure: Any, value: Any) -> list[Any]:
    """The parts of value that stand where structure has leaves."""
    if isinstance(structure, Mapping):
        if not isinstance(value, Mapping) or set(value) != set(structure):
            raise TypeError(
                f"Dataset: an element must have the keys {sorted(structure)}, got {value!r}"
            )
        return [leaf for key in sorted(structure) for leaf in flat_as(structure[key], value[key])]
    if isinstance(structure, tuple):
        if not isinstance(value, (tuple, list)) or len(value) != len(structure):
            raise TypeError(
                f"Dataset: an element must be a tuple of {len(structure)} parts, as expected, got "
                f"{value!r}"
            )
        return [leaf for s, v in zip(structure, value, strict=True) for leaf in flat_as(s, v)]
    return [value]


def padded(tensors: list[Any], shape: Any, value: Any) -> Any:
    sizes = [tuple(t.shape) for t in tensors]
    largest = [max(column) for column in zip(*sizes, strict=True)]
    if shape is not None:
        wanted = TensorShape(
            [None if d == -1 else d for d in shape] if isinstance(shape, (list, tuple)) else shape
        ).as_list()
        for size in sizes:
            if len(wanted) != len(size) or any(
                w is not None and w < s for w, s in zip(wanted, size, strict=False)
            ):
                raise InvalidArgumentError(
                    None,
                    None,
                    "padded_batch: Attempted to pad to a smaller size than the input element: "
                    f"{tuple(size)} to {tuple(wanted)}",
                )
        largest = [big if w is None else w for big, w in zip(largest, wanted, strict=True)]
    fill = (
        _core.zeros((), tensors[0].dtype)
        if value is None
        else _core.convert(value, tensors[0].dtype)
    )
    rows = [
        _core.pad(
            t, [[0, big - s] for big, s in zip(largest, t.shape, strict=True)], "CONSTANT", fill
        )
        if largest
        else t
        for t in tensors
    ]
    return _core.stack(rows)
