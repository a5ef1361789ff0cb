"""Datasets of several elements each: batches, windows, groups."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pyten import _core, nest
from pyten import _dataset_elements as elements
from pyten._dataset_stream import (
    UNKNOWN_CARDINALITY,
    Stream,
    caught,
    flattened,
    raised,
    steps,
)
from pyten._shape import TensorShape
from pyten._structures import TensorSpec
from pyten.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pyten._dataset import Dataset

__all__ = ["Batches"]


def _whole(stream: Iterator[Any], n: int) -> list[Any]:
    """The next n elements; all n are taken before an error is raised."""
    return list(raised(list(itertools.islice(caught(stream), n))))


class Batches(Stream):
    """batch, window and their like."""

    def batch(
        self,
        batch_size: Any,
        drop_remainder: Any = False,
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Dataset:
        """batch_size elements each as one, along a new first axis.

        Args:
          batch_size: the number of elements, at least 1.
          drop_remainder: whether a last batch with fewer is left out.
          num_parallel_calls: accepted.
          deterministic: accepted.
          name: accepted and ignored.

        Returns:
          A Dataset of batches: parts of shape (...) become parts of shape (batch_size, ...).

        Raises:
          InvalidArgumentError: batch_size is less than 1, or the elements' shapes differ.
        """
        n, drop = elements.count(batch_size, "batch", "batch_size"), bool(drop_remainder)
        size = self._size if self._size < 0 else self._size // n if drop else -(-self._size // n)
        source = self._source
        # TensorFlow runs a map and the batch after it as one: an error takes its batch along.
        pull = _whole if self._mapped else itertools.islice

        def step(stream: Iterator[Any]) -> Any:
            items = list(pull(stream, n))
            if not items or (drop and len(items) < n):
                raise StopIteration
            return elements.stacked(items) if source is None else elements.rows(source, items)

        def spec() -> Any:
            return nest.map_structure(
                lambda s: (
                    s
                    if s is None or not isinstance(s, TensorSpec)
                    else TensorSpec(
                        TensorShape([n if drop else None]).concatenate(s.shape), s.dtype
                    )
                ),
                self.element_spec,
            )

        return self._new(lambda: steps(step, self._make()), size, spec)

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: Any = False,
        name: str | None = None,
    ) -> Dataset:
        """As batch, with elements padded at the end to one shape.

        Args:
          batch_size: the number of elements.
          padded_shapes: the shapes, in the elements' structure; None or -1 stands for the largest
            of the batch. None for that everywhere.
          padding_values: what to pad with; 0 by default.
          drop_remainder: whether a last batch with fewer is left out.
          name: accepted and ignored.

        Returns:
          A Dataset of batches: each part has the shape (batch_size, ...) and the elements' dtype.

        Raises:
          InvalidArgumentError: batch_size is less than 1, or an element is larger than
            padded_shapes.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.range(1, 3).map(lambda n: tf.fill([n], n)).padded_batch(2)
          >>> [b.numpy().tolist() for b in d]
          [[[1, 0], [2, 2]]]
        """
        n, drop = elements.count(batch_size, "padded_batch", "batch_size"), bool(drop_remainder)
        size = self._size if self._size < 0 else self._size // n if drop else -(-self._size // n)

        def step(stream: Iterator[Any]) -> Any:
            items = list(itertools.islice(stream, n))
            if not items or (drop and len(items) < n):
                raise StopIteration
            columns = zip(*(nest.flatten(item) for item in items), strict=True)
            leaves = [list(column) for column in columns]
            k = len(leaves)
            shapes = elements.per_leaf(items[0], padded_shapes, k)
            values = elements.per_leaf(items[0], padding_values, k)
            flat = [
                elements.padded(c, s, v) for c, s, v in zip(leaves, shapes, values, strict=True)
            ]
            return nest.pack_sequence_as(items[0], flat)

        return self._new(lambda: steps(step, iter(self)), size)

    def unbatch(self, name: str | None = None) -> Dataset:
        """The rows of the elements."""

        def rows_of(element: Any) -> Iterator[Any]:
            source, n = elements.slices(element)
            return (nest.map_structure(lambda t, i=i: t[i], source) for i in range(n))

        return self._new(lambda: flattened(iter(self), rows_of), UNKNOWN_CARDINALITY)

    def rebatch(self, batch_size: Any, drop_remainder: bool = False, name: Any = None) -> Dataset:
        """The rows of the elements in batches of another size, or of several sizes by turns.

        Args:
          batch_size: the number of rows, an int scalar, or a vector of numbers taken by turns.
          drop_remainder: whether a last batch with fewer is left out.
          name: accepted and ignored.

        Returns:
          A Dataset of batches, of unknown length.

        Raises:
          InvalidArgumentError: a size is less than 1.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.range(6).batch(2).rebatch(3)
          >>> [b.numpy().tolist() for b in d]
          [[0, 1, 2], [3, 4, 5]]
        """
        sizes = [int(b) for b in np.atleast_1d(np.asarray(batch_size))]
        for b in sizes:
            elements.count(b, "rebatch", "batch_size")

        def make() -> Iterator[Any]:
            turn = 0

            def step(rows: Iterator[Any]) -> Any:
                nonlocal turn
                items = list(itertools.islice(rows, sizes[turn]))
                if not items or (drop_remainder and len(items) < sizes[turn]):
                    raise StopIteration
                turn = (turn + 1) % len(sizes)
                return elements.stacked(items)

            return steps(step, iter(self.unbatch()))

        return self._new(make, UNKNOWN_CARDINALITY)

    def window(
        self,
        size: Any,
        shift: Any = None,
        stride: Any = 1,
        drop_remainder: bool = False,
        name: str | None = None,
    ) -> Dataset:
        """Datasets of `size` elements each.

        Args:
          size: how many elements a window has.
          shift: how far apart windows begin; `size` by default.
          stride: how far apart the elements in a window are.
          drop_remainder: whether windows with fewer elements are left out.
          name: accepted and ignored.

        Returns:
          A Dataset of windows: each part of an element becomes a Dataset of `size` such parts.

        Raises:
          InvalidArgumentError: size, shift or stride is less than 1.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.range(5).window(3, shift=1, drop_remainder=True)
          >>> [[int(i) for i in w] for w in d]
          [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
        """
        n = elements.count(size, "window", "size")
        step = n if shift is None else elements.count(shift, "window", "shift")
        gap = elements.count(stride, "window", "stride")

        def make() -> Iterator[Any]:
            held: list[Any] = []  # elements, and errors in place of some
            span = (n - 1) * gap + 1

            def next_window(stream: Iterator[Any]) -> Any:
                nonlocal held
                held += itertools.islice(stream, span - len(held))
                items = held[:span:gap]
                if not items or (drop_remainder and len(items) < n):
                    raise StopIteration
                for _ in itertools.islice(stream, max(step - len(held), 0)):
                    pass
                held = held[step:]
                return self._window(list(raised(items)))

            return steps(next_window, caught(iter(self)))

        count = self._size
        if count >= 0:
            span = (n - 1) * gap + 1
            count = max(0, (count - span) // step + 1) if drop_remainder else -(-count // step)
        return self._new(make, count)

    def group_by_window(
        self,
        key_func: Callable[..., Any],
        reduce_func: Callable[[Any, Dataset], Dataset],
        window_size: Any = None,
        window_size_func: Callable[[Any], Any] | None = None,
        name: str | None = None,
    ) -> Dataset:
        """Elements of the same key, gathered in windows and reduced.

        Args:
          key_func: a function of an element that gives an int64 scalar.
          reduce_func: (key, dataset of elements) -> dataset of what comes out.
          window_size: how many elements a window has.
          window_size_func: a function of the key that gives it instead.
          name: accepted and ignored.

        Returns:
          A Dataset of unknown length, of the elements that reduce_func's datasets have.

        Raises:
          ValueError: neither or both of window_size and window_size_func are given.
          InvalidArgumentError: a window's size is less than 1; raised by the iteration.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.range(6)
          >>> d = d.group_by_window(lambda i: i % 2, lambda key, group: group.batch(3), 3)
          >>> [b.numpy().tolist() for b in d]
          [[0, 2, 4], [1, 3, 5]]
        """
        if (window_size is None) == (window_size_func is None):
            raise ValueError("Must pass either `window_size` or `window_size_func`, not both.")

        def make() -> Iterator[Any]:
            groups: dict[int, list[Any]] = {}

            def full(stream: Iterator[Any]) -> tuple[Any, list[Any]]:
                """The next group that has its size; at the end those that are left."""
                for element in stream:
                    key = int(elements.call(key_func, element))
                    group = groups.setdefault(key, [])
                    group.append(element)
                    tensor = _core.convert(key, "int64")
                    limit = int(window_size_func(tensor) if window_size_func else window_size)
                    if len(group) >= elements.count(limit, "group_by_window", "window_size"):
                        return tensor, groups.pop(key)
                if not groups:
                    raise StopIteration
                key = min(groups)
                return _core.convert(key, "int64"), groups.pop(key)

            return flattened(
                steps(full, iter(self)),
                lambda pair: iter(reduce_func(pair[0], self._of(pair[1]))),
            )

        return self._new(make, UNKNOWN_CARDINALITY)

    def bucket_by_sequence_length(
        self,
        element_length_func: Callable[..., Any],
        bucket_boundaries: Any,
        bucket_batch_sizes: Any,
        padded_shapes: Any = None,
        padding_values: Any = None,
        pad_to_bucket_boundary: bool = False,
        no_padding: bool = False,
        drop_remainder: bool = False,
        name: str | None = None,
    ) -> Dataset:
        """Batches of elements of similar length.

        Args:
          element_length_func: a function of an element that gives its length.
          bucket_boundaries: increasing lengths: the upper ends of the buckets.
          bucket_batch_sizes: the batch size of each bucket, one more than boundaries.
          padded_shapes: see padded_batch.
          padding_values: see padded_batch.
          pad_to_bucket_boundary: whether unknown sizes are padded to the boundary less 1.
          no_padding: whether batches are made without padding.
          drop_remainder: whether incomplete batches are left out.
          name: accepted and ignored.

        Returns:
          A Dataset of batches, of unknown length.

        Raises:
          ValueError: the numbers of boundaries and batch sizes do not fit.
          InvalidArgumentError: an element is as long as the last boundary or longer, with
            pad_to_bucket_boundary; raised by the iteration.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.range(1, 5).map(lambda n: tf.fill([n], n))
          >>> d = d.bucket_by_sequence_length(tf.size, [3], [2, 2])
          >>> [b.numpy().tolist() for b in d]
          [[[1, 0], [2, 2]], [[3, 3, 3, 0], [4, 4, 4, 4]]]
        """
        bounds, sizes = [int(b) for b in bucket_boundaries], [int(b) for b in bucket_batch_sizes]
        if len(sizes) != len(bounds) + 1:
            raise ValueError(
                "bucket_by_sequence_length: `len(bucket_batch_sizes)` must equal "
                f"`len(bucket_boundaries) + 1` but got {len(sizes)} and {len(bounds)}"
            )

        def key(*element: Any) -> int:
            return int(np.searchsorted(bounds, int(element_length_func(*element)), side="right"))

        def reduce(k: Any, group: Dataset) -> Dataset:
            size = sizes[int(k)]
            if no_padding:
                return group.batch(size, drop_remainder)
            shapes = padded_shapes
            if pad_to_bucket_boundary:
                if int(k) == len(bounds):
                    raise InvalidArgumentError(
                        None,
                        None,
                        "bucket_by_sequence_length: an element is as long as the last boundary, "
                        "with pad_to_bucket_boundary",
                    )
                limit = bounds[int(k)] - 1
                given = shapes if shapes is not None else group._padded_spec()
                shapes = nest.pack_sequence_as(
                    group.element_spec,
                    [
                        [limit if d in (None, -1) else d for d in TensorShape(s).as_list()]
                        for s in elements.per_leaf(
                            group.element_spec, given, len(nest.flatten(group.element_spec))
                        )
                    ],
                )
            return group.padded_batch(size, shapes, padding_values, drop_remainder)

        return self.group_by_window(key, reduce, window_size_func=lambda k: sizes[int(k)])

    def _padded_spec(self) -> Any:
        return nest.map_structure(lambda s: TensorShape([None] * s.shape.rank), self.element_spec)

    def _window(self, items: list[Any]) -> Any:
        columns = zip(*(nest.flatten(item) for item in items), strict=True)
        return nest.pack_sequence_as(items[0], [self._of(list(column)) for column in columns])
