"""What every dataset is made of: a function that begins an iteration, and what is known of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pyten import _core, nest
from pyten._structures import TensorSpec
from pyten.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pyten._dataset import Dataset

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Make",
    "Stream",
    "leaf_spec",
]

AUTOTUNE = -1
INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2

Make = Callable[[], Iterator[Any]]


def leaf_spec(leaf: Any) -> Any:
    if isinstance(leaf, Stream):
        return leaf.element_spec
    return None if leaf is None else TensorSpec(leaf.shape, leaf.dtype)


class Stream:
    """A sequence that can be iterated over again and again."""

    _make: Make
    _size: int
    _source: Any = None  # tensors that the stream holds the row numbers of, or None
    _spec: Any = None  # the element_spec, or a function that gives it, or None: look at one

    @classmethod
    def _new(cls, make: Make, size: int, spec: Any = None, source: Any = None) -> Dataset:
        new: Any = object.__new__(cls)
        new._make, new._size, new._spec, new._source = make, size, spec, source
        return new

    @classmethod
    def _of(cls, items: list[Any]) -> Dataset:
        return cls._new(lambda: iter(items), len(items))

    def _like(self, change: Callable[[Iterator[Any]], Iterator[Any]], size: int) -> Dataset:
        """The same elements in another order or number."""
        return self._new(
            lambda: change(self._make()), size, lambda: self.element_spec, self._source
        )

    def __iter__(self) -> Iterator[Any]:
        source = self._source
        if source is None:
            return iter(self._make())
        if isinstance(source, _core.Tensor):
            return (source[i] for i in self._make())
        return (nest.map_structure(lambda t, i=i: t[i], source) for i in self._make())

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements as NumPy arrays.

        Example:
          >>> import pyten as tf
          >>> list(tf.data.Dataset.range(2).as_numpy_iterator())
          [np.int64(0), np.int64(1)]
        """
        return (nest.map_structure(lambda t: t.numpy(), element) for element in self)

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        if self._size == INFINITE_CARDINALITY:
            raise TypeError("The dataset is infinite.")
        if self._size == UNKNOWN_CARDINALITY:
            raise TypeError("The dataset length is unknown.")
        return self._size

    def cardinality(self) -> Any:
        """The number of elements, an int64 scalar; -1 when infinite, -2 when unknown."""
        return _core.convert(self._size, "int64")

    @property
    def element_spec(self) -> Any:
        """The tf.TensorSpecs of an element. Where a function decides, the first one is made."""
        if callable(self._spec):
            self._spec = self._spec()
        if self._spec is None:
            for element in self:
                self._spec = nest.map_structure(leaf_spec, element)
                break
        return self._spec

    def __repr__(self) -> str:
        return f"<_Dataset element_spec={self.element_spec!r}>"

    def get_single_element(self, name: str | None = None) -> Any:
        """The only element.

        Raises:
          InvalidArgumentError: there is none, or more than one.
        """
        elements = list(itertools.islice(self, 2))
        if len(elements) != 1:
            what = "Dataset was empty." if not elements else "Dataset had more than one element."
            raise InvalidArgumentError(None, None, f"get_single_element: {what}")
        return elements[0]
