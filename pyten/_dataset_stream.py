"""What every dataset is made of: a function that begins an iteration, and what is known of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyten import _core, nest
from pyten._structures import TensorSpec
from pyten.errors import InvalidArgumentError, OpError

if TYPE_CHECKING:
    from pyten._dataset import Dataset

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Failed",
    "Make",
    "Options",
    "Stream",
    "caught",
    "flattened",
    "leaf_spec",
    "raised",
    "steps",
]

AUTOTUNE = -1
INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2

Make = Callable[[], Iterator[Any]]


def steps(step: Callable[[Any], Any], upstream: Any) -> Iterator[Any]:
    """step(upstream) again and again, until it raises StopIteration.

    A generator ends with the first error; this goes on after one, as TensorFlow's iterators do:
    `ignore_errors` has what is left, and so has who asks for the next element.
    """
    return map(step, itertools.repeat(upstream))


class Options:
    """Settings of TensorFlow's pipelines, accepted and kept; they change nothing here.

    Example:
      >>> import pyten as tf
      >>> options = tf.data.Options()
      >>> options.deterministic = True
      >>> d = tf.data.Dataset.range(2).with_options(options)
      >>> list(d.as_numpy_iterator())
      [np.int64(0), np.int64(1)]
    """


class Failed:
    """Stands for an element whose computation raised an error, which a generator must not see."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def caught(stream: Iterator[Any]) -> Iterator[Any]:
    """The elements, and a Failed for each error."""
    while True:
        try:
            yield next(stream)
        except StopIteration:
            return
        except Exception as error:
            yield Failed(error)


def raised(stream: Iterable[Any]) -> Iterator[Any]:
    """The elements, and again the errors that caught() has taken."""

    def value(item: Any) -> Any:
        if type(item) is Failed:
            raise item.error
        return item

    return map(value, stream)


def flattened(outer: Iterator[Any], inner_of: Callable[[Any], Iterator[Any]]) -> Iterator[Any]:
    """The elements of inner_of(element) for each element."""
    inner: Iterator[Any] = iter(())

    def step(outer: Iterator[Any]) -> Any:
        nonlocal inner
        while True:
            for element in inner:
                return element
            inner = iter(())
            inner = inner_of(next(outer))

    return steps(step, outer)


def leaf_spec(leaf: Any) -> Any:
    if isinstance(leaf, Stream):
        return leaf.element_spec
    return None if leaf is None else TensorSpec(leaf.shape, leaf.dtype)


class Stream:
    """A sequence that can be iterated over again and again."""

    _make: Make
    _size: int
    _source: Any = None  # tensors that the stream holds the row numbers of, or None
    _mapped = False  # whether this is what `map` gives
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

        def arrays(element: Any) -> Any:
            return nest.map_structure(lambda t: t.numpy(), element)

        return map(arrays, self)

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
            stream = iter(self)
            while self._spec is None:
                try:
                    self._spec = nest.map_structure(leaf_spec, next(stream))
                except StopIteration:
                    break
                except OpError:  # any element that can be computed will do
                    continue
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
