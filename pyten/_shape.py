"""TensorShape: the sizes of a tensor, some of which may be unknown."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

__all__ = ["TensorShape"]


def _dimension(value: Any) -> int | None:
    if value is None or type(value) is int:
        size = value
    else:
        try:
            size = operator.index(value)
        except (TypeError, AttributeError):
            if isinstance(value, str):
                raise TypeError(
                    f"TensorShape: {value!r} is not a size; write e.g. 10 or [1, 10, None]"
                ) from None
            raise TypeError(
                "Dimension value must be integer or None or have an __index__ method, got value "
                f"'{value}' with type '{type(value)}'"
            ) from None
    if size is not None and size < 0:
        raise ValueError(f"Dimension {size} must be >= 0")
    return size


class TensorShape:
    """The shape of a tensor: a known or unknown rank, and sizes that are ints or None (unknown).

    It compares with tuples and lists, slices to shapes and adds to tuples and lists, but it is no
    tuple: a shape of rank 0 is true.

    Args:
      dims: a sequence of sizes, one size, another shape, or None for an unknown rank.

    Raises:
      ValueError: a size is negative.
      TypeError: a size is no integer.

    Example:
      >>> import pyten as tf
      >>> s = tf.ones((2, 3)).shape
      >>> s == (2, 3), s[0], s[1:], s + [4], s.num_elements()
      (True, 2, TensorShape([3]), TensorShape([2, 3, 4]), 6)
    """

    __slots__ = ("_dims",)
    __match_args__ = ("dims",)

    _dims: Any  # a tuple, or None for an unknown rank

    def __init__(self, dims: Any) -> None:
        kind = type(dims)
        if kind is tuple or kind is list:
            for n in dims:
                if type(n) is not int or n < 0:
                    dims = [_dimension(n) for n in dims]
                    break
            self._dims = tuple(dims)
        elif dims is None:
            self._dims = None
        elif kind is TensorShape:
            self._dims = dims._dims
        else:
            try:
                sizes = list(dims)
            except TypeError:
                sizes = [dims]
            self._dims = tuple(_dimension(n) for n in sizes)

    # -- What it holds ---------------------------------------------------------------------------
    @property
    def rank(self) -> int | None:
        """The number of axes, or None."""
        return None if self._dims is None else len(self._dims)

    @property
    def ndims(self) -> int | None:
        """The number of axes, or None."""
        return None if self._dims is None else len(self._dims)

    @property
    def dims(self) -> list[int | None] | None:
        """The sizes as a list, or None when the rank is unknown."""
        return None if self._dims is None else list(self._dims)

    def as_list(self) -> list[int | None]:
        """The sizes as a list; None stands for an unknown one.

        Raises:
          ValueError: the rank is unknown.
        """
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def num_elements(self) -> int | None:
        """The product of the sizes, or None when one of them is unknown."""
        if not self.is_fully_defined():
            return None
        count = 1
        for n in self._dims:
            count *= n
        return count

    def is_fully_defined(self) -> bool:
        """Whether rank and sizes are all known."""
        return self._dims is not None and None not in self._dims

    def as_proto(self) -> Any:
        """An object with the fields of a TensorShapeProto: `dim[i].size`, `unknown_rank`."""
        from types import SimpleNamespace

        dims = () if self._dims is None else self._dims
        sizes = [SimpleNamespace(size=-1 if n is None else n, name="") for n in dims]
        return SimpleNamespace(dim=sizes, unknown_rank=self._dims is None)

    # -- As a sequence ---------------------------------------------------------------------------
    def __len__(self) -> int:
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __bool__(self) -> bool:
        return self._dims is not None

    def __iter__(self) -> Iterator[int | None]:
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter(self._dims)

    def __getitem__(self, key: Any) -> Any:
        if self._dims is not None:
            if isinstance(key, slice):
                return TensorShape(self._dims[key])
            return self._dims[key]
        if not isinstance(key, slice):
            return None
        if key.step is not None:
            raise ValueError("Steps are not yet handled")
        start, stop = key.start or 0, key.stop
        if stop is None or start < 0 or stop < 0:
            return TensorShape(None)
        return TensorShape([None] * max(stop - start, 0))

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return _shape(other).concatenate(self)

    def concatenate(self, other: Any) -> TensorShape:
        """The sizes of both, one after the other; an unknown rank makes the result unknown.

        Args:
          other: a shape, or what makes one (see TensorShape).

        Returns:
          A TensorShape.
        """
        other = _shape(other)
        if self._dims is None or other._dims is None:
            return TensorShape(None)
        return TensorShape(self._dims + other._dims)

    # -- Comparison ------------------------------------------------------------------------------
    def __eq__(self, other: Any) -> bool:
        kind = type(other)
        if kind is TensorShape:
            return self._dims == other._dims
        if kind is tuple:
            return self._dims == other
        if kind is list:
            return self._dims == tuple(other)
        try:
            return self._dims == _shape(other)._dims
        except (TypeError, ValueError):
            return False

    def __hash__(self) -> int:
        return hash(self._dims)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether one tensor could have both shapes: unknown sizes agree with every size.

        Args:
          other: a shape, or what makes one (see TensorShape).

        Returns:
          A bool.
        """
        other = _shape(other)
        if self._dims is None or other._dims is None:
            return True
        return len(self._dims) == len(other._dims) and all(
            a is None or b is None or a == b for a, b in zip(self._dims, other._dims, strict=True)
        )

    def is_subtype_of(self, other: Any) -> bool:
        """Whether every tensor of this shape is one of the other's as well.

        Args:
          other: a shape, or what makes one (see TensorShape).

        Returns:
          A bool.
        """
        other = _shape(other)
        if other._dims is None:
            return True
        if self._dims is None or len(self._dims) != len(other._dims):
            return False
        return all(b is None or a == b for a, b in zip(self._dims, other._dims, strict=True))

    def merge_with(self, other: Any) -> TensorShape:
        """What is known from both shapes together.

        Args:
          other: a shape, or what makes one (see TensorShape).

        Returns:
          A TensorShape.

        Raises:
          ValueError: they are not compatible.
        """
        other = _shape(other)
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        if self._dims is None or other._dims is None:
            return other if self._dims is None else self
        return TensorShape(
            [b if a is None else a for a, b in zip(self._dims, other._dims, strict=True)]
        )

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """The narrowest shape that both are examples of.

        Args:
          other: a shape, or what makes one (see TensorShape).

        Returns:
          A TensorShape; sizes that differ become None.
        """
        other = _shape(other)
        if self._dims is None or other._dims is None or len(self._dims) != len(other._dims):
            return TensorShape(None)
        return TensorShape(
            [a if a == b else None for a, b in zip(self._dims, other._dims, strict=True)]
        )

    def with_rank(self, rank: int) -> TensorShape:
        """The shape itself if its rank is `rank` or unknown.

        Args:
          rank: an integer.

        Returns:
          A TensorShape; of an unknown rank, one of so many unknown sizes.

        Raises:
          ValueError: the rank is another.
        """
        if self._dims is None:
            return TensorShape([None] * rank)
        self.assert_has_rank(rank)
        return self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """The shape itself if its rank is at least `rank`, or unknown.

        Args:
          rank: an integer.

        Returns:
          A TensorShape.

        Raises:
          ValueError: the rank is another.
        """
        if self._dims is not None and len(self._dims) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """The shape itself if its rank is at most `rank`, or unknown.

        Args:
          rank: an integer.

        Returns:
          A TensorShape.

        Raises:
          ValueError: the rank is another.
        """
        if self._dims is not None and len(self._dims) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_has_rank(self, rank: int) -> None:
        """Raises ValueError unless the rank is `rank` or unknown.

        Args:
          rank: an integer.
        """
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_same_rank(self, other: Any) -> None:
        """Raises ValueError unless both ranks are the same or one is unknown.

        Args:
          other: a shape, or what makes one (see TensorShape).
        """
        other = _shape(other)
        if self.rank is not None and other.rank is not None and self.rank != other.rank:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError unless the shapes are compatible.

        Args:
          other: a shape, or what makes one (see TensorShape).
        """
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def assert_is_fully_defined(self) -> None:
        """Raises ValueError unless rank and sizes are all known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    # -- Text ------------------------------------------------------------------------------------
    def __str__(self) -> str:
        return "<unknown>" if self._dims is None else str(self._dims)

    def __repr__(self) -> str:
        return f"TensorShape({None if self._dims is None else list(self._dims)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (TensorShape, (self.dims,))


def _shape(value: Any) -> TensorShape:
    return value if type(value) is TensorShape else TensorShape(value)
