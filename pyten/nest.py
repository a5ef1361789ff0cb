"""Nested structures: lists, tuples, namedtuples and dictionaries, taken apart and rebuilt.

Dictionaries are walked in the order of their sorted keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import MappingView as _MappingView
from typing import Any

__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]

_LEAVES = (str, bytes, bytearray, memoryview)


def is_nested(seq: Any) -> bool:
    """Whether `seq` is a structure: a list, tuple, namedtuple, dictionary or other sequence.

    Args:
      seq: anything.

    Returns:
      A bool. Strings, sets, arrays and tensors are no structures.

    Example:
      >>> import pyten as tf
      >>> tf.nest.is_nested([1]), tf.nest.is_nested("text"), tf.nest.is_nested(tf.ones(2))
      (True, False, False)
    """
    kind = type(seq)
    if kind is list or kind is tuple or kind is dict:
        return True
    return isinstance(seq, (Sequence, Mapping, _MappingView)) and not isinstance(seq, _LEAVES)


def _children(structure: Any) -> list[Any]:
    if isinstance(structure, Mapping):
        return [structure[key] for key in sorted(structure)]
    return list(structure)


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of a structure, from left to right.

    Args:
      structure: anything; what is no structure is a leaf itself.
      expand_composites: accepted for compatibility.

    Returns:
      A list.

    Raises:
      TypeError: a dictionary's keys cannot be sorted.

    Example:
      >>> import pyten as tf
      >>> tf.nest.flatten({"b": 1, "a": [2, (3, None)]})
      [2, 3, None, 1]
    """
    if not is_nested(structure):
        return [structure]
    leaves: list[Any] = []
    _collect(structure, leaves)
    return leaves


def _collect(structure: Any, leaves: list[Any]) -> None:
    for child in _children(structure):
        if is_nested(child):
            _collect(child, leaves)
        else:
            leaves.append(child)


def pack_sequence_as(
    structure: Any, flat_sequence: Sequence[Any], expand_composites: bool = False
) -> Any:
    """The leaves `flat_sequence` in the form of `structure`.

    Args:
      structure: the form; its own leaves do not matter.
      flat_sequence: a list or tuple with as many leaves.
      expand_composites: accepted for compatibility.

    Returns:
      The new structure: the same types of lists, tuples and dictionaries.

    Raises:
      TypeError: flat_sequence is no sequence.
      ValueError: the number of leaves differs.

    Example:
      >>> import pyten as tf
      >>> tf.nest.pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
      {'b': 3, 'a': (1, 2)}
    """
    if not is_nested(flat_sequence):
        raise TypeError(
            f"Attempted to pack value:\n  {flat_sequence}\ninto a structure, but found "
            f"incompatible type `{type(flat_sequence)}` instead."
        )
    flat = list(flat_sequence)
    wanted = len(flatten(structure))
    if wanted != len(flat):
        raise ValueError(
            f"Could not pack sequence. Structure had {wanted} atoms, but flat_sequence had "
            f"{len(flat)} items.  Structure: {structure}, flat_sequence: {flat}."
        )
    return _pack(structure, iter(flat))


def _pack(structure: Any, leaves: Any) -> Any:
    if not is_nested(structure):
        return next(leaves)
    if isinstance(structure, Mapping):
        packed = {key: _pack(structure[key], leaves) for key in sorted(structure)}
        return _like_mapping(structure, [(key, packed[key]) for key in structure])
    return _like_sequence(structure, [_pack(child, leaves) for child in structure])


def _like_mapping(structure: Any, items: list[Any]) -> Any:
    kind = type(structure)
    if kind is dict:
        return dict(items)
    if hasattr(structure, "default_factory"):
        return kind(structure.default_factory, items)
    return kind(items)


def _like_sequence(structure: Any, items: list[Any]) -> Any:
    kind = type(structure)
    if kind is list:
        return items
    if kind is tuple:
        return tuple(items)
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return kind._make(items) if hasattr(kind, "_make") else kind(*items)
    if isinstance(structure, (range, _MappingView)):
        return items
    return kind(items)


def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """`func` of corresponding leaves, in the form of the first structure.

    Args:
      func: called with one leaf of each structure.
      *structure: one structure or more, of the same form.
      **kwargs: check_types=False lets a list stand where another structure has a tuple.

    Returns:
      A structure of the results.

    Raises:
      TypeError: func is not callable, or the types of the structures differ.
      ValueError: there is no structure, or their forms differ.

    Example:
      >>> import pyten as tf
      >>> tf.nest.map_structure(lambda a, b: a + b, {"x": (1, 2)}, {"x": (10, 20)})
      {'x': (11, 22)}
    """
    check_types = kwargs.pop("check_types", True)
    kwargs.pop("expand_composites", None)
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    if kwargs:
        raise ValueError(
            "Only valid keyword arguments are `check_types` and `expand_composites`, not: "
            f"`{'`, `'.join(kwargs)}`"
        )
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types=check_types)
    leaves = zip(*map(flatten, structure), strict=True)
    return _pack(structure[0], iter([func(*group) for group in leaves]))


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Raises unless both structures have the same form.

    Args:
      nest1: a structure.
      nest2: another.
      check_types: whether the types of lists, tuples and dictionaries must agree, too.
      expand_composites: accepted for compatibility.

    Raises:
      ValueError: the numbers of elements, the keys or the nesting differ.
      TypeError: the types differ.

    Example:
      >>> import pyten as tf
      >>> tf.nest.assert_same_structure([1, (2, 3)], ["a", ("b", "c")])
    """
    problem = _difference(nest1, nest2, check_types)
    if problem is None:
        return
    kind, sentence = problem
    raise kind(
        "The two structures don't have the same nested structure.\n\n"
        f"First structure: {_brief(nest1)}\n\nSecond structure: {_brief(nest2)}\n\n"
        f"More specifically: {sentence}"
    )


def _brief(value: Any) -> str:
    return f"type={type(value).__name__} str={value}"


def _same_type(a: Any, b: Any) -> bool:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return True
    if type(a) is type(b):
        return True
    fields = getattr(a, "_fields", None)  # namedtuples defined twice are the same
    return (
        fields is not None
        and fields == getattr(b, "_fields", None)
        and type(a).__name__ == type(b).__name__
    )


def _difference(a: Any, b: Any, check_types: bool) -> tuple[type[Exception], str] | None:
    if is_nested(a) != is_nested(b):
        nested, leaf = (a, b) if is_nested(a) else (b, a)
        return (
            ValueError,
            f'Substructure "{_brief(nested)}" is a sequence, while substructure '
            f'"{_brief(leaf)}" is not',
        )
    if not is_nested(a):
        return None
    if check_types and not _same_type(a, b):
        return TypeError, (
            "The two structures don't have the same sequence type. First structure "
            f"{_brief(a)} has type {type(a).__name__}, while second structure {_brief(b)} has "
            f"type {type(b).__name__}"
        )
    if isinstance(a, Mapping) and isinstance(b, Mapping) and set(a) != set(b):
        return ValueError, (
            "The two dictionaries don't have the same set of keys. First structure has keys "
            f"{list(a)}, while second structure has keys {list(b)}"
        )
    first, second = _children(a), _children(b)
    if len(first) != len(second):
        return ValueError, (
            "The two structures don't have the same number of elements. "
            f"First structure: {_brief(a)}. Second structure: {_brief(b)}"
        )
    for x, y in zip(first, second, strict=True):
        problem = _difference(x, y, check_types)
        if problem is not None:
            return problem
    return None
