"""Datasets of what functions make of the elements."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pyten import _core, nest
from pyten import _dataset_elements as elements
from pyten._dataset_stream import AUTOTUNE, UNKNOWN_CARDINALITY, Stream, flattened, steps
from pyten._structures import TensorSpec

if TYPE_CHECKING:
    from pyten._dataset import Dataset

__all__ = ["Functions"]


class Functions(Stream):
    """map, filter, scan and their like."""

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
        synchronous: bool | None = None,
        use_unbounded_threadpool: bool = False,
        name: str | None = None,
    ) -> Dataset:
        """map_func of each element; a tuple's parts are its arguments.

        Args:
          map_func: a function of an element that gives the new one.
          num_parallel_calls: accepted; the calls are made one after the other.
          deterministic: accepted.
          synchronous: accepted.
          use_unbounded_threadpool: accepted.
          name: accepted and ignored.

        Returns:
          A Dataset of the same length, of what map_func gives.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.range(3).map(lambda i: i * 10)]
          [0, 10, 20]
        """

        def apply(element: Any) -> Any:
            return elements.result(elements.call(map_func, element))

        new = self._new(lambda: map(apply, self), self._size)
        new._mapped = True
        return new

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements for which predicate(element) is true.

        Args:
          predicate: a function of an element that gives a bool scalar; a tuple's parts are its
            arguments.
          name: accepted and ignored.

        Returns:
          A Dataset of unknown length.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.range(5).filter(lambda i: i % 2 == 0)]
          [0, 2, 4]
        """
        return self._new(
            lambda: filter(lambda e: bool(elements.call(predicate, e)), self),
            UNKNOWN_CARDINALITY,
            lambda: self.element_spec,
        )

    def flat_map(self, map_func: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements of the datasets that map_func gives, one dataset after the other.

        Args:
          map_func: a function of an element that gives a Dataset; a tuple's parts are its arguments.
          name: accepted and ignored.

        Returns:
          A Dataset of unknown length.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.range(4).flat_map(tf.data.Dataset.range)]
          [0, 0, 1, 0, 1, 2]
        """
        return self._new(
            lambda: flattened(iter(self), lambda e: iter(elements.call(map_func, e))),
            UNKNOWN_CARDINALITY,
        )

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = None,
        block_length: Any = None,
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Dataset:
        """The elements of the datasets that map_func gives, by turns.

        Args:
          map_func: a function of an element that gives a dataset.
          cycle_length: how many datasets take turns; by default the number of processors.
          block_length: how many elements a turn has; 1 by default.
          num_parallel_calls: accepted.
          deterministic: accepted.
          name: accepted and ignored.

        Returns:
          A Dataset of unknown length.

        Raises:
          InvalidArgumentError: cycle_length or block_length is less than 1.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.range(2)
          >>> d = d.interleave(lambda i: tf.data.Dataset.from_tensors(i).repeat(2), 2)
          >>> [int(i) for i in d]
          [0, 1, 0, 1]
        """
        width = _core.thread_count() if cycle_length in (None, AUTOTUNE) else int(cycle_length)
        block = 1 if block_length is None else int(block_length)
        elements.count(width, "interleave", "cycle_length")
        elements.count(block, "interleave", "block_length")

        def make() -> Iterator[Any]:
            turns: list[Iterator[Any] | None] = [None] * width
            at = given = 0  # whose turn it is, and how many elements of it there were

            def step(outer: Iterator[Any]) -> Any:
                nonlocal at, given
                idle = 0
                while idle < width:
                    if turns[at] is None:
                        for element in outer:
                            turns[at] = iter(elements.call(map_func, element))
                            break
                    current = turns[at]
                    if current is None:
                        idle += 1
                    else:
                        idle = 0
                        for inner in current:
                            given = (given + 1) % block
                            if given == 0:
                                at = (at + 1) % width
                            return inner
                        turns[at] = None
                    at, given = (at + 1) % width, 0
                raise StopIteration

            return steps(step, iter(self))

        return self._new(make, UNKNOWN_CARDINALITY)

    def enumerate(self, start: Any = 0, name: str | None = None) -> Dataset:
        """Pairs of a number, an int64 scalar, and an element.

        Args:
          start: the first number, an int scalar.
          name: accepted and ignored.

        Returns:
          A Dataset of pairs, of the same length.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.from_tensor_slices([1.5, 2.5]).enumerate(5)
          >>> [(int(i), float(x)) for i, x in d]
          [(5, 1.5), (6, 2.5)]
        """

        def make() -> Iterator[Any]:
            numbers = itertools.count(int(start))

            def step(stream: Iterator[Any]) -> Any:
                number = next(numbers)  # an error takes its number along
                return _core.convert(number, "int64"), next(stream)

            return steps(step, iter(self))

        return self._new(
            make,
            self._size,
            lambda: (TensorSpec((), "int64"), self.element_spec),
        )

    def scan(
        self, initial_state: Any, scan_func: Callable[..., Any], name: str | None = None
    ) -> Dataset:
        """The results of a function that hands a state on from element to element.

        Args:
          initial_state: the first state: a tensor, or a tuple or dictionary of them.
          scan_func: a function (state, element) -> (next state, element of the result).
          name: accepted and ignored.

        Returns:
          A Dataset of the same length, of the second parts of what scan_func gives.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.range(4).scan(np.int64(0), lambda s, x: (s + x, s + x))
          >>> [int(i) for i in d]
          [0, 1, 3, 6]
        """

        def make() -> Iterator[Any]:
            state = elements.tensors(initial_state)

            def step(element: Any) -> Any:
                nonlocal state
                following, out = scan_func(state, element)
                state = elements.tensors(following)
                return elements.result(out)

            return map(step, self)

        return self._new(make, self._size)

    def reduce(
        self, initial_state: Any, reduce_func: Callable[..., Any], name: str | None = None
    ) -> Any:
        """The last state, where reduce_func(state, element) gives the next one.

        Args:
          initial_state: the first state: a tensor, or a tuple or dictionary of them.
          reduce_func: a function (state, element) -> next state.
          name: accepted and ignored.

        Returns:
          The last state, tensors in its structure; initial_state for an empty dataset.

        Example:
          >>> import pyten as tf
          >>> tf.data.Dataset.range(5).reduce(np.int64(0), lambda s, x: s + x).numpy()
          np.int64(10)
        """
        state = elements.tensors(initial_state)
        for element in self:
            state = elements.tensors(reduce_func(state, element))
        return state

    def unique(self, name: str | None = None) -> Dataset:
        """The elements, each the first time only."""

        def make() -> Iterator[Any]:
            seen: set[Any] = set()

            def is_new(element: Any) -> bool:
                key = tuple(t.numpy().tobytes() for t in nest.flatten(element))
                new = key not in seen
                seen.add(key)
                return new

            return filter(is_new, self)

        return self._new(make, UNKNOWN_CARDINALITY, lambda: self.element_spec)
