"""Datasets of the same elements in another order or number."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pyten import _dataset_elements as elements
from pyten import _dataset_random as random
from pyten._dataset_stream import (
    INFINITE_CARDINALITY,
    UNKNOWN_CARDINALITY,
    Failed,
    Stream,
    caught,
    raised,
    steps,
)
from pyten.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pyten._dataset import Dataset

__all__ = ["Order"]


def _taken(stream: Iterator[Any], n: int) -> Iterator[Any]:
    """The first n elements; errors do not count."""
    left = n

    def step(stream: Iterator[Any]) -> Any:
        nonlocal left
        if left == 0:
            raise StopIteration
        item = next(stream)
        left -= 1
        return item

    return steps(step, stream)


def _parts(stream: Iterator[Any], first: int, apart: int) -> Iterator[Any]:
    """The element number `first`, and those `apart`; after an error the way there begins anew."""
    ahead = first  # how many elements are passed over before the next one

    def step(stream: Iterator[Any]) -> Any:
        nonlocal ahead
        for _ in range(ahead):
            next(stream)
        ahead = 0
        item = next(stream)
        ahead = apart - 1
        return item

    return steps(step, stream)


def _mixed(stream: Iterator[Any], size: int, words: Iterator[int]) -> Iterator[Any]:
    """Each element drawn from the next `size` ones, by TensorFlow's rule."""
    buffer: list[Any] = []
    for item in stream:
        if type(item) is Failed:
            yield item
            continue
        buffer.append(item)
        if len(buffer) == size:
            break
    start = 0  # the first of the buffer, which is a ring
    while len(buffer) == size:
        at = (start + next(words) % size) % size
        yield buffer[at]
        buffer[at] = buffer[start]
        for item in stream:
            if type(item) is not Failed:
                buffer[start] = item
                start = (start + 1) % size
                break
            yield item
        else:
            buffer = [*buffer[start + 1 :], *buffer[:start]]
    for first in range(len(buffer)):
        at = first + next(words) % (len(buffer) - first)
        yield buffer[at]
        buffer[at] = buffer[first]


class Order(Stream):
    """shuffle, repeat, take and their like."""

    def shuffle(
        self,
        buffer_size: Any,
        seed: int | None = None,
        reshuffle_each_iteration: bool | None = True,
        name: str | None = None,
    ) -> Dataset:
        """The elements in random order: each is drawn from the next buffer_size ones.

        Args:
          buffer_size: how many elements to draw from; the dataset's length for a uniform order.
          seed: an int for the same order, TensorFlow's, in each run.
          reshuffle_each_iteration: whether each iteration has another order.
          name: accepted and ignored.

        Returns:
          A Dataset of the same length and elements.

        Raises:
          InvalidArgumentError: buffer_size is less than 1.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.range(6).shuffle(6, seed=1)
          >>> sorted(int(i) for i in d)
          [0, 1, 2, 3, 4, 5]
        """
        size = int(buffer_size)
        if size < 1:
            raise InvalidArgumentError(
                None, None, f"shuffle: buffer_size must be greater than zero, got {size}"
            )
        pair = random.seeds(seed)
        seeds = random.bits(pair)

        def change(stream: Iterator[Any]) -> Iterator[Any]:
            again = reshuffle_each_iteration is None or reshuffle_each_iteration
            words = random.bits(random.drawn(seeds)) if again else random.bits(pair)
            if self._source is not None:  # row numbers, which cannot fail
                return _mixed(stream, size, words)
            return raised(_mixed(caught(stream), size, words))

        return self._like(change, self._size)

    def repeat(self, count: Any = None, name: str | None = None) -> Dataset:
        """The dataset `count` times; without end when count is None or negative.

        Args:
          count: how many times, an int scalar; None or a negative number for no end.
          name: accepted and ignored.

        Returns:
          A Dataset of the same kind of elements.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.range(2).repeat(2)]
          [0, 1, 0, 1]
        """
        times = -1 if count is None else int(count)
        size = (
            INFINITE_CARDINALITY
            if times < 0 and self._size != 0
            else 0
            if times <= 0
            else self._size * times
            if self._size > 0
            else self._size
        )

        def make() -> Iterator[Any]:
            rounds = itertools.count() if times < 0 else iter(range(times))
            if self._size > 0:
                return itertools.chain.from_iterable(self._make() for _ in rounds)
            # A round of nothing ends it, or an empty dataset would be asked forever.
            stream: Iterator[Any] = iter(())
            some = True

            def step(rounds: Iterator[int]) -> Any:
                nonlocal stream, some
                while True:
                    try:
                        for item in stream:
                            some = True
                            return item
                    except Exception:
                        some = True
                        raise
                    if not some:
                        raise StopIteration
                    next(rounds)
                    stream, some = self._make(), False

            return steps(step, rounds)

        return self._new(make, size, lambda: self.element_spec, self._source)

    def take(self, count: Any, name: str | None = None) -> Dataset:
        """The first `count` elements; all when it is negative.

        Args:
          count: how many elements, an int scalar.
          name: accepted and ignored.

        Returns:
          A Dataset of at most `count` elements.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.range(9).take(2)]
          [0, 1]
        """
        n = int(count)
        if n < 0:
            return self._like(iter, self._size)
        size = min(n, self._size) if self._size >= 0 else n if self._size == -1 else -2
        return self._like(lambda stream: _taken(stream, n), size)

    def skip(self, count: Any, name: str | None = None) -> Dataset:
        """All but the first `count` elements; none when it is negative.

        Args:
          count: how many elements to leave out, an int scalar.
          name: accepted and ignored.

        Returns:
          A Dataset of the rest.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.range(5).skip(3)]
          [3, 4]
        """
        n = int(count)
        if n < 0:
            return self._like(lambda stream: iter(()), 0)
        size = max(self._size - n, 0) if self._size >= 0 else self._size
        return self._like(lambda stream: _parts(stream, n, 1), size)

    def shard(self, num_shards: Any, index: Any, name: str | None = None) -> Dataset:
        """Every num_shards-th element from number `index` on.

        Args:
          num_shards: the number of shards, an int scalar of at least 1.
          index: the number of this shard, an int scalar from 0 to num_shards - 1.
          name: accepted and ignored.

        Returns:
          A Dataset of the shard's elements.

        Raises:
          InvalidArgumentError: num_shards or index is out of its range.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.range(7).shard(3, 1)]
          [1, 4]
        """
        n, i = int(num_shards), int(index)
        if n < 1 or not 0 <= i < n:
            raise InvalidArgumentError(
                None, None, f"shard: index must be in [0, num_shards), got {i} of {n}"
            )
        size = len(range(i, self._size, n)) if self._size >= 0 else self._size
        return self._like(lambda stream: _parts(stream, i, n), size)

    def prefetch(self, buffer_size: Any, name: str | None = None) -> Dataset:
        """The same elements: nothing is computed ahead of time here.

        Args:
          buffer_size: a number of elements; accepted and ignored.
          name: accepted and ignored.

        Returns:
          A Dataset of the same elements.
        """
        return self._like(iter, self._size)

    def ignore_errors(self, log_warning: bool = False, name: str | None = None) -> Dataset:
        """Leaves out the elements whose computation raises an error of tf.errors.

        What an error takes along depends on the steps in between, as in TensorFlow: batch leaves
        out the elements that it had gathered, right after a map the whole batch.

        Args:
          log_warning: whether to warn of each error.
          name: accepted and ignored.

        Returns:
          A Dataset of unknown length.

        Example:
          >>> import pyten as tf
          >>> check = lambda x: tf.debugging.check_numerics(x, "bad")
          >>> d = tf.data.Dataset.from_tensor_slices([1., np.nan, 3.]).map(check)
          >>> [float(x) for x in d.ignore_errors()]
          [1.0, 3.0]
        """
        from pyten.errors import OpError

        def step(stream: Iterator[Any]) -> Any:
            while True:
                try:
                    return next(stream)
                except OpError as error:
                    if log_warning:
                        import warnings

                        warnings.warn(f"ignore_errors: {error}", stacklevel=2)

        return self._new(
            lambda: steps(step, iter(self)), UNKNOWN_CARDINALITY, lambda: self.element_spec
        )

    def take_while(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements before the first for which predicate(element) is false.

        Args:
          predicate: a function of an element that gives a bool scalar; a tuple's parts are its
            arguments.
          name: accepted and ignored.

        Returns:
          A Dataset of unknown length.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.range(9).take_while(lambda i: i < 3)]
          [0, 1, 2]
        """
        return self._new(
            lambda: itertools.takewhile(lambda e: bool(elements.call(predicate, e)), self),
            UNKNOWN_CARDINALITY,
            lambda: self.element_spec,
        )

    def concatenate(self, dataset: Dataset, name: str | None = None) -> Dataset:
        """This dataset's elements, then those of `dataset`.

        Args:
          dataset: the Dataset that follows.
          name: accepted and ignored.

        Returns:
          A Dataset of both one after the other.

        Example:
          >>> import pyten as tf
          >>> a, b = tf.data.Dataset.range(2), tf.data.Dataset.range(5, 7)
          >>> [int(i) for i in a.concatenate(b)]
          [0, 1, 5, 6]
        """
        sizes = (self._size, dataset._size)
        size = -1 if -1 in sizes else -2 if -2 in sizes else sum(sizes)
        return self._new(lambda: itertools.chain(self, dataset), size, lambda: self.element_spec)

    def cache(self, filename: Any = "", name: str | None = None) -> Dataset:
        """Keeps the elements of the first complete iteration in memory for those after it.

        Args:
          filename: must be empty: there is no cache in files.
          name: accepted and ignored.

        Returns:
          A Dataset of the same elements.

        Raises:
          UnimplementedError: filename is given.
        """
        if filename:
            from pyten.errors import UnimplementedError

            raise UnimplementedError(
                None, None, "cache: pyten keeps caches in memory; leave filename empty"
            )
        kept: list[Any] = []
        complete = False

        def make() -> Iterator[Any]:
            if complete:
                return iter(kept)
            items: list[Any] = []

            def step(stream: Iterator[Any]) -> Any:
                nonlocal complete, kept
                for item in stream:
                    items.append(item)
                    return item
                kept, complete = items, True
                raise StopIteration

            return steps(step, self._make())

        return self._new(make, self._size, lambda: self.element_spec, self._source)
