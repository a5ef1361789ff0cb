"""tf.data.Dataset."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from pyten import _core, nest
from pyten._dtypes import as_dtype
from pyten._seeds import next_stream
from pyten._shape import TensorShape
from pyten._structures import TensorSpec
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = ["AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "Dataset", "Options"]

AUTOTUNE = -1
INFINITE_CARDINALITY = -1
UNKNOWN_CARDINALITY = -2

_Stream = Callable[[], Iterator[Any]]


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


def _tensors(structure: Any) -> Any:
    """Tuples and dictionaries are structures; all else, lists too, is one tensor."""
    if isinstance(structure, tuple):
        items = [_tensors(item) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else tuple(items)
    if isinstance(structure, Mapping):
        return _mapping(structure, {key: _tensors(structure[key]) for key in structure})
    if structure is None or isinstance(structure, (_core.Tensor, Dataset)):
        return structure
    with _core._pause_tapes():
        return _core.identity(_core.convert(structure))


def _mapping(like: Any, items: dict[Any, Any]) -> Any:
    return type(like)(items)


def _result(value: Any) -> Any:
    """What a function gave as an element: a list that holds tensors counts as a tuple."""
    if isinstance(value, list) and any(isinstance(v, _core.Tensor) for v in value):
        value = tuple(value)
    return _tensors(value)


def _call(function: Callable[..., Any], element: Any) -> Any:
    """Tuples are spread over the function's arguments."""
    return function(*element) if type(element) is tuple else function(element)


def _leaf_spec(leaf: Any) -> Any:
    if isinstance(leaf, Dataset):
        return leaf.element_spec
    return None if leaf is None else TensorSpec(leaf.shape, leaf.dtype)


def _stacked(elements: list[Any]) -> Any:
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


def _count(value: Any, op: str, name: str, least: int = 1) -> int:
    number = int(value)
    if number < least:
        raise InvalidArgumentError(
            None, None, f"{op}: {name} must be at least {least}, got {number}"
        )
    return number


_Seeds = tuple[tuple[int, int], tuple[int, int]]


def _bits(seeds: _Seeds) -> Iterator[int]:
    """The 32-bit words of TensorFlow's Philox stream for two seeds of two words each."""
    key, high = seeds
    counter: tuple[int, ...] = (0, 0, *high)
    blocks = 256
    while True:
        yield from (
            _core.random_integers(key, counter, (blocks * 4,), "uint32", 0, 0).numpy().tolist()
        )
        counter = _core.philox_skip(counter, blocks)
        blocks = min(blocks * 4, 1 << 16)


def _drawn(words: Iterator[int]) -> _Seeds:
    return (next(words), 0), (next(words), 0)


def _seeds(seed: int | None) -> _Seeds:
    key, counter = next_stream(object(), seed, 0)
    return key, (counter[2], counter[3])


class Dataset:
    """A sequence of elements: tensors, or tuples and dictionaries of tensors.

    It can be iterated over again and again. Made by from_tensor_slices and its like.

    Args:
      variant_tensor: TensorFlow's representation, which does not exist here.

    Raises:
      TypeError: always; use Dataset.from_tensor_slices and its like.

    Example:
      >>> import pyten as tf
      >>> d = tf.data.Dataset.range(5).map(lambda i: i * i).batch(2)
      >>> [b.numpy().tolist() for b in d]
      [[0, 1], [4, 9], [16]]
    """

    _make: _Stream
    _size: int
    _source: Any = None  # tensors that the stream holds the row numbers of, or None
    _spec: Any = None  # the element_spec, or a function that gives it, or None: look at one

    def __init__(self, variant_tensor: Any) -> None:
        raise TypeError(
            "Dataset: use Dataset.from_tensor_slices, from_tensors, range or from_generator"
        )

    @staticmethod
    def _new(make: _Stream, size: int, spec: Any = None, source: Any = None) -> Dataset:
        new = object.__new__(Dataset)
        new._make, new._size, new._spec, new._source = make, size, spec, source
        return new

    def __reduce__(self) -> Any:
        raise TypeError(
            "Dataset: a dataset holds functions and cannot be pickled or sent to another process; "
            "make it there, or send its elements, list(dataset)"
        )

    def __copy__(self) -> Dataset:
        return self

    def __deepcopy__(self, memo: Any) -> Dataset:
        return self

    def _like(self, change: Callable[[Iterator[Any]], Iterator[Any]], size: int) -> Dataset:
        """The same elements in another order or number."""
        return self._new(
            lambda: change(self._make()), size, lambda: self.element_spec, self._source
        )

    # -- Sources -----------------------------------------------------------------------------------
    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> Dataset:
        """One element: `tensors` as a whole.

        Args:
          tensors: a tensor, or a tuple or dictionary of them.
          name: accepted and ignored.

        Returns:
          A Dataset of one element, with the structure, shapes and dtypes of `tensors`.

        Example:
          >>> import pyten as tf
          >>> [t.numpy().tolist() for t in tf.data.Dataset.from_tensors([1, 2])]
          [[1, 2]]
        """
        element = _tensors(tensors)
        spec = nest.map_structure(_leaf_spec, element)
        return Dataset._new(lambda: iter((element,)), 1, spec)

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> Dataset:
        """The rows of tensors: slices along their first axis.

        Args:
          tensors: a tensor of rank 1 or more, or a tuple or dictionary of such, equally long.
          name: accepted and ignored.

        Returns:
          A Dataset of as many elements as there are rows, in the structure of `tensors`; a tensor of
            shape (n, ...) gives parts of shape (...) and of its dtype.

        Raises:
          ValueError: a tensor is a scalar, their lengths differ, or there is none.

        Example:
          >>> import pyten as tf
          >>> [t.numpy().tolist() for t in tf.data.Dataset.from_tensor_slices([[1, 2], [3, 4]])]
          [[1, 2], [3, 4]]
        """
        source = _tensors(tensors)
        leaves = nest.flatten(source)
        if not leaves:
            raise ValueError("Invalid `tensors`. `tensors` should not be empty.")
        if any(leaf.ndim == 0 for leaf in leaves):
            raise ValueError(
                "from_tensor_slices: Unbatching a tensor is only supported for rank >= 1"
            )
        n = leaves[0].shape[0]
        for leaf in leaves:
            if leaf.shape[0] != n:
                raise ValueError(
                    f"from_tensor_slices: Dimensions {n} and {leaf.shape[0]} are not compatible: "
                    "all tensors must have the same number of rows"
                )
        spec = nest.map_structure(lambda t: TensorSpec(t.shape[1:], t.dtype), source)
        return Dataset._new(lambda: iter(range(n)), n, spec, source)

    @staticmethod
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any = None,
        output_shapes: Any = None,
        args: Any = None,
        output_signature: Any = None,
        name: str | None = None,
    ) -> Dataset:
        """What a generator function yields, called anew for each iteration.

        Args:
          generator: a function that gives an iterable of elements.
          output_types: their dtypes; the older way.
          output_shapes: their shapes, with output_types.
          args: arguments for the function, made tensors.
          output_signature: a tf.TensorSpec, or a structure of them.
          name: accepted and ignored.

        Returns:
          A Dataset of unknown length, whose elements have the shapes and dtypes of the signature.

        Raises:
          TypeError: generator is not callable; an element does not fit the signature.

        Example:
          >>> import pyten as tf
          >>> spec = tf.TensorSpec((), tf.int32)
          >>> d = tf.data.Dataset.from_generator(lambda: [1, 2], output_signature=spec)
          >>> [int(t) for t in d]
          [1, 2]
        """
        if not callable(generator):
            raise TypeError("`generator` must be a Python callable.")
        if output_signature is None:
            if output_types is None:
                raise TypeError("Either `output_signature` or `output_types` must be specified.")
            if output_shapes is None:
                output_signature = nest.map_structure(lambda t: TensorSpec(None, t), output_types)
            else:
                flat = nest.flatten(output_types)
                shapes = (
                    [output_shapes] if not nest.is_nested(output_types) else list(output_shapes)
                )
                output_signature = nest.pack_sequence_as(
                    output_types,
                    [TensorSpec(s, t) for s, t in zip(shapes, flat, strict=True)],
                )
        given = tuple(_core.convert(a) for a in args or ())

        def fit(spec: TensorSpec, value: Any) -> Any:
            try:
                tensor = _core.convert(value, spec.dtype)
            except (TypeError, ValueError):
                raise InvalidDTypeError(
                    "from_generator: `generator` yielded an element that did not match the "
                    f"expected structure or type, {spec.dtype.name}: {value!r}"
                ) from None
            if not spec.shape.is_compatible_with(tensor.shape):
                raise InvalidDTypeError(
                    f"from_generator: `generator` yielded an element of shape "
                    f"{tuple(tensor.shape)} where an element of shape {spec.shape} was expected."
                )
            return tensor

        def make() -> Iterator[Any]:
            for value in generator(*given):
                if not nest.is_nested(output_signature):
                    yield fit(output_signature, value)
                    continue
                if isinstance(output_signature, tuple) and isinstance(value, list):
                    value = tuple(value)
                yield _fit_structure(fit, output_signature, value)

        return Dataset._new(make, UNKNOWN_CARDINALITY, output_signature)

    @staticmethod
    def range(*args: Any, **kwargs: Any) -> Dataset:
        """The numbers of Python's range, as scalars.

        Args:
          *args: int scalars: stop, or start and stop, or start, stop and step.
          **kwargs: output_type, the dtype, int64 by default; name is ignored.

        Returns:
          A Dataset of scalars of dtype output_type.

        Raises:
          TypeError: there is another keyword.
          ValueError: there are no or more than three numbers, or step is 0.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.range(1, 8, 3)]
          [1, 4, 7]
        """
        dtype = as_dtype(kwargs.pop("output_type", "int64"))
        kwargs.pop("name", None)
        if kwargs:
            raise TypeError(f"range: unknown arguments {', '.join(kwargs)}")
        if not 1 <= len(args) <= 3:
            raise ValueError(
                f"Invalid `args`. The length of `args` should be between 1 and 3, got {len(args)}."
            )
        numbers = range(*(int(a) for a in args))
        rows = _core.cast(
            np.arange(numbers.start, numbers.stop, numbers.step, dtype=np.int64), dtype
        )
        n = len(numbers)
        return Dataset._new(lambda: iter(range(n)), n, TensorSpec((), dtype), rows)

    @staticmethod
    def counter(start: Any = 0, step: Any = 1, dtype: Any = "int64", name: Any = None) -> Dataset:
        """The numbers start, start + step, and so on without end.

        Args:
          start: the first number, an int scalar.
          step: what is added each time, an int scalar.
          dtype: the dtype of the numbers; int64 by default.
          name: accepted and ignored.

        Returns:
          An infinite Dataset of scalars of that dtype.

        Example:
          >>> import pyten as tf
          >>> [int(i) for i in tf.data.Dataset.counter(5, 10).take(3)]
          [5, 15, 25]
        """
        return Dataset._new(
            lambda: (_core.cast(i, dtype) for i in itertools.count(int(start), int(step))),
            INFINITE_CARDINALITY,
            TensorSpec((), dtype),
        )

    @staticmethod
    def random(
        seed: int | None = None, rerandomize_each_iteration: bool | None = None, name: Any = None
    ) -> Dataset:
        """Uniform numbers below 2**32, as int64 scalars, without end.

        Args:
          seed: an int for the same numbers each time; None for others.
          rerandomize_each_iteration: whether each iteration gives other numbers.
          name: accepted and ignored.

        Returns:
          An infinite Dataset of int64 scalars from 0 to 2**32 - 1.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.random(seed=4).take(10)
          >>> all(0 <= int(i) < 2**32 for i in d)
          True
        """
        pair = _seeds(seed)
        seeds = _bits(pair)

        def make() -> Iterator[Any]:
            now = _drawn(seeds) if rerandomize_each_iteration else pair
            return (_core.convert(word, "int64") for word in _bits(now))

        return Dataset._new(make, INFINITE_CARDINALITY, TensorSpec((), "int64"))

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> Dataset:
        """Elements of several datasets side by side, as long as the shortest.

        Args:
          *args: datasets, or one structure of them.
          datasets: the structure, by name.
          name: accepted and ignored.

        Returns:
          A Dataset of elements in the structure of the arguments.

        Raises:
          TypeError: there is something else.

        Example:
          >>> import pyten as tf
          >>> a, b = tf.data.Dataset.range(2), tf.data.Dataset.range(5, 9)
          >>> [(int(x), int(y)) for x, y in tf.data.Dataset.zip(a, b)]
          [(0, 5), (1, 6)]
        """
        structure = datasets if datasets is not None else args[0] if len(args) == 1 else args
        parts = nest.flatten(structure)
        for part in parts:
            if not isinstance(part, Dataset):
                raise TypeError(
                    f"Invalid input to `zip`. Inputs are expected to be (nested) structures of "
                    f"`tf.data.Dataset` objects, got {type(part).__name__}"
                )
        sizes = [p._size for p in parts]
        finite = [s for s in sizes if s != INFINITE_CARDINALITY]
        size = (
            INFINITE_CARDINALITY
            if not finite
            else UNKNOWN_CARDINALITY
            if UNKNOWN_CARDINALITY in finite
            else min(finite)
        )

        def make() -> Iterator[Any]:
            for group in zip(*parts, strict=False):
                yield _replaced(structure, iter(group))

        return Dataset._new(
            make, size, lambda: _replaced(structure, iter([p.element_spec for p in parts]))
        )

    @staticmethod
    def choose_from_datasets(
        datasets: Any, choice_dataset: Dataset, stop_on_empty_dataset: bool = True
    ) -> Dataset:
        """Elements of several datasets in the order that a dataset of their numbers gives.

        Args:
          datasets: a list of datasets.
          choice_dataset: a dataset of int64 scalars.
          stop_on_empty_dataset: whether to stop when a chosen dataset has ended; else it is
            passed over.

        Returns:
          A Dataset of unknown length.

        Raises:
          ValueError: datasets is empty.
          InvalidArgumentError: a choice is not the number of a dataset; raised by the iteration.

        Example:
          >>> import pyten as tf
          >>> parts = [tf.data.Dataset.range(3), tf.data.Dataset.range(10, 13)]
          >>> choice = tf.data.Dataset.from_tensor_slices(tf.constant([1, 0, 1], tf.int64))
          >>> [int(i) for i in tf.data.Dataset.choose_from_datasets(parts, choice)]
          [10, 0, 11]
        """
        parts = list(datasets)
        if not parts:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        return Dataset._new(
            lambda: _chosen(parts, (int(i) for i in choice_dataset), stop_on_empty_dataset),
            UNKNOWN_CARDINALITY,
            lambda: parts[0].element_spec,
        )

    @staticmethod
    def sample_from_datasets(
        datasets: Any,
        weights: Any = None,
        seed: int | None = None,
        stop_on_empty_dataset: bool = False,
        rerandomize_each_iteration: bool | None = None,
    ) -> Dataset:
        """Elements of several datasets, each from a dataset drawn at random.

        Args:
          datasets: a list of datasets.
          weights: how likely each is; None: equally.
          seed: an int for the same draws each time. They are not TensorFlow's.
          stop_on_empty_dataset: whether to stop when a drawn dataset has ended; else it is left
            out from then on.
          rerandomize_each_iteration: whether each iteration draws anew.

        Returns:
          A Dataset of unknown length.

        Raises:
          ValueError: datasets is empty, or weights has another length.

        Example:
          >>> import pyten as tf
          >>> parts = [tf.data.Dataset.range(2), tf.data.Dataset.range(10, 12)]
          >>> sorted(int(i) for i in tf.data.Dataset.sample_from_datasets(parts))
          [0, 1, 10, 11]
        """
        parts = list(datasets)
        if not parts:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        odds = np.ones(len(parts)) if weights is None else np.asarray(weights, dtype=float)
        if odds.shape != (len(parts),):
            raise ValueError(
                f"Invalid `weights`. `weights` should have the length of `datasets`, {len(parts)}, "
                f"got shape {odds.shape}"
            )
        pair = _seeds(seed)
        bounds = np.cumsum(odds / odds.sum())
        seeds = _bits(pair)

        def make() -> Iterator[Any]:
            now = _drawn(seeds) if rerandomize_each_iteration else pair
            draws = (int(np.searchsorted(bounds, w / 2**32, side="right")) for w in _bits(now))
            return _chosen(parts, draws, stop_on_empty_dataset)

        return Dataset._new(make, UNKNOWN_CARDINALITY, lambda: parts[0].element_spec)

    # -- What it is --------------------------------------------------------------------------------
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
                self._spec = nest.map_structure(_leaf_spec, element)
                break
        return self._spec

    def __repr__(self) -> str:
        return f"<_Dataset element_spec={self.element_spec!r}>"

    def options(self) -> Options:
        """An Options."""
        return Options()

    def with_options(self, options: Any, name: str | None = None) -> Dataset:
        """Accepts options, which change nothing here.

        Args:
          options: a tf.data.Options.
          name: accepted and ignored.

        Returns:
          The dataset itself.
        """
        return self

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

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """Calls a function on the dataset, to write it as one of a chain of methods.

        Args:
          transformation_func: a function of a Dataset that gives a Dataset.

        Returns:
          The Dataset that it gives.

        Raises:
          TypeError: it gives something else.

        Example:
          >>> import pyten as tf
          >>> d = tf.data.Dataset.range(5).apply(lambda d: d.take(2))
          >>> [int(i) for i in d]
          [0, 1]
        """
        dataset = transformation_func(self)
        if not isinstance(dataset, Dataset):
            raise TypeError(
                f"apply: `transformation_func` must return a `tf.data.Dataset` object, got "
                f"{type(dataset).__name__}"
            )
        return dataset

    # -- Order and number --------------------------------------------------------------------------
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
        pair = _seeds(seed)
        seeds = _bits(pair)

        def change(stream: Iterator[Any]) -> Iterator[Any]:
            again = reshuffle_each_iteration is None or reshuffle_each_iteration
            words = _bits(_drawn(seeds)) if again else _bits(pair)
            buffer = list(itertools.islice(stream, size))
            start = 0
            for item in stream:
                at = (start + next(words) % size) % size
                yield buffer[at]
                buffer[at] = buffer[start]
                buffer[start] = item
                start = (start + 1) % size
            buffer = buffer[start:] + buffer[:start]
            for first in range(len(buffer)):
                at = first + next(words) % (len(buffer) - first)
                yield buffer[at]
                buffer[at] = buffer[first]

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
            for _ in itertools.count() if times < 0 else range(times):
                some = False
                for item in self._make():
                    some = True
                    yield item
                if not some:
                    return

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
        return self._like(lambda stream: itertools.islice(stream, n), size)

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
        return self._like(lambda stream: itertools.islice(stream, n, None), size)

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
        return self._like(lambda stream: itertools.islice(stream, i, None, n), size)

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

        After a map or a filter it goes on with the next element; other steps in between, such as
        batch, end with the first error.

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

        def make() -> Iterator[Any]:
            stream = iter(self)
            while True:
                try:
                    yield next(stream)
                except StopIteration:
                    return
                except OpError as error:
                    if log_warning:
                        import warnings

                        warnings.warn(f"ignore_errors: {error}", stacklevel=2)

        return self._new(make, UNKNOWN_CARDINALITY, lambda: self.element_spec)

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
            lambda: itertools.takewhile(lambda e: bool(_call(predicate, e)), self),
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
            nonlocal complete, kept
            if complete:
                yield from kept
                return
            items: list[Any] = []
            for item in self._make():
                items.append(item)
                yield item
            kept, complete = items, True

        return self._new(make, self._size, lambda: self.element_spec, self._source)

    # -- Functions of elements ---------------------------------------------------------------------
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
            return _result(_call(map_func, element))

        # Not a generator, which would end with the first error: ignore_errors goes on.
        return self._new(lambda: map(apply, self), self._size)

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
            lambda: filter(lambda e: bool(_call(predicate, e)), self),
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
            lambda: (inner for e in self for inner in _call(map_func, e)), UNKNOWN_CARDINALITY
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
        _count(width, "interleave", "cycle_length")
        _count(block, "interleave", "block_length")

        def make() -> Iterator[Any]:
            outer = iter(self)
            turns: list[Iterator[Any] | None] = [None] * width
            at = 0
            idle = 0
            while idle < width:
                if turns[at] is None:
                    for element in itertools.islice(outer, 1):
                        turns[at] = iter(_call(map_func, element))
                current = turns[at]
                if current is None:
                    idle += 1
                else:
                    idle = 0
                    given = 0
                    for inner in itertools.islice(current, block):
                        given += 1
                        yield inner
                    if given < block:
                        turns[at] = None
                at = (at + 1) % width

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
        return self._new(
            lambda: ((_core.convert(i, "int64"), e) for i, e in enumerate(self, int(start))),
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
            state = _tensors(initial_state)
            for element in self:
                state, out = scan_func(state, element)
                state = _tensors(state)
                yield _result(out)

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
        state = _tensors(initial_state)
        for element in self:
            state = _tensors(reduce_func(state, element))
        return state

    def unique(self, name: str | None = None) -> Dataset:
        """The elements, each the first time only."""

        def make() -> Iterator[Any]:
            seen: set[Any] = set()
            for element in self:
                key = tuple(t.numpy().tobytes() for t in nest.flatten(element))
                if key not in seen:
                    seen.add(key)
                    yield element

        return self._new(make, UNKNOWN_CARDINALITY, lambda: self.element_spec)

    # -- Batches -----------------------------------------------------------------------------------
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
        n, drop = _count(batch_size, "batch", "batch_size"), bool(drop_remainder)
        size = self._size if self._size < 0 else self._size // n if drop else -(-self._size // n)
        source = self._source

        def make() -> Iterator[Any]:
            stream = self._make()
            while True:
                items = list(itertools.islice(stream, n))
                if not items or (drop and len(items) < n):
                    return
                yield _stacked(items) if source is None else _rows(source, items)

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

        return self._new(make, size, spec)

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
        n, drop = _count(batch_size, "padded_batch", "batch_size"), bool(drop_remainder)
        size = self._size if self._size < 0 else self._size // n if drop else -(-self._size // n)

        def make() -> Iterator[Any]:
            stream = iter(self)
            while True:
                items = list(itertools.islice(stream, n))
                if not items or (drop and len(items) < n):
                    return
                columns = zip(*(nest.flatten(item) for item in items), strict=True)
                leaves = [list(column) for column in columns]
                k = len(leaves)
                shapes = _per_leaf(items[0], padded_shapes, k)
                values = _per_leaf(items[0], padding_values, k)
                flat = [_padded(c, s, v) for c, s, v in zip(leaves, shapes, values, strict=True)]
                yield nest.pack_sequence_as(items[0], flat)

        return self._new(make, size)

    def unbatch(self, name: str | None = None) -> Dataset:
        """The rows of the elements."""

        def make() -> Iterator[Any]:
            for element in self:
                yield from Dataset.from_tensor_slices(element)

        return self._new(make, UNKNOWN_CARDINALITY)

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
            _count(b, "rebatch", "batch_size")

        def make() -> Iterator[Any]:
            rows = iter(self.unbatch())
            for b in itertools.cycle(sizes):
                items = list(itertools.islice(rows, b))
                if not items or (drop_remainder and len(items) < b):
                    return
                yield _stacked(items)

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
        n = _count(size, "window", "size")
        step = n if shift is None else _count(shift, "window", "shift")
        gap = _count(stride, "window", "stride")

        def make() -> Iterator[Any]:
            stream = iter(self)
            held: list[Any] = []
            span = (n - 1) * gap + 1
            while True:
                held += itertools.islice(stream, span - len(held))
                items = held[:span:gap]
                if not items or (drop_remainder and len(items) < n):
                    return
                yield _window_of(items)
                if step >= len(held):
                    for _ in itertools.islice(stream, step - len(held)):
                        pass
                    held = []
                else:
                    held = held[step:]

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
            for element in self:
                key = int(_call(key_func, element))
                group = groups.setdefault(key, [])
                group.append(element)
                tensor = _core.convert(key, "int64")
                limit = int(window_size_func(tensor) if window_size_func else window_size)
                if len(group) >= _count(limit, "group_by_window", "window_size"):
                    yield from reduce_func(tensor, _of(groups.pop(key)))
            for key in sorted(groups):
                yield from reduce_func(_core.convert(key, "int64"), _of(groups[key]))

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
                        for s in _per_leaf(
                            group.element_spec, given, len(nest.flatten(group.element_spec))
                        )
                    ],
                )
            return group.padded_batch(size, shapes, padding_values, drop_remainder)

        return self.group_by_window(key, reduce, window_size_func=lambda k: sizes[int(k)])

    def _padded_spec(self) -> Any:
        return nest.map_structure(lambda s: TensorShape([None] * s.shape.rank), self.element_spec)


def _of(elements: list[Any]) -> Dataset:
    return Dataset._new(lambda: iter(elements), len(elements))


def _window_of(items: list[Any]) -> Any:
    columns = zip(*(nest.flatten(item) for item in items), strict=True)
    return nest.pack_sequence_as(items[0], [_of(list(column)) for column in columns])


def _rows(source: Any, numbers: list[int]) -> Any:
    first, n = numbers[0], len(numbers)
    if numbers[-1] - first == n - 1 and numbers == list(range(first, first + n)):
        return nest.map_structure(lambda t: t[first : first + n], source)
    index = _core.convert(np.array(numbers, dtype=np.int64))
    return nest.map_structure(lambda t: _core.gather(t, index), source)


def _replaced(structure: Any, parts: Iterator[Any]) -> Any:
    """Each dataset of a structure replaced by the next of `parts`, which may be structures."""
    if isinstance(structure, Mapping):
        done = {key: _replaced(structure[key], parts) for key in sorted(structure)}
        return _mapping(structure, {key: done[key] for key in structure})
    if isinstance(structure, (list, tuple)):
        items = [_replaced(item, parts) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else tuple(items)
    return next(parts)


def _fit_structure(fit: Callable[[Any, Any], Any], spec: Any, value: Any) -> Any:
    flat = _flat_as(spec, value)
    leaves = [fit(s, v) for s, v in zip(nest.flatten(spec), flat, strict=True)]
    return nest.pack_sequence_as(spec, leaves)


def _chosen(parts: list[Dataset], choices: Iterator[int], stop: bool) -> Iterator[Any]:
    streams = [iter(part) for part in parts]
    ended = [False] * len(parts)
    for i in choices:
        if not 0 <= i < len(parts):
            raise InvalidArgumentError(
                None, None, f"choose_from_datasets: choice {i} is not in [0, {len(parts)})"
            )
        if ended[i]:
            continue
        try:
            element = next(streams[i])
        except StopIteration:
            if stop:
                return
            ended[i] = True
            if all(ended):
                return
            continue
        yield element


def _per_leaf(element: Any, given: Any, count: int) -> list[Any]:
    """One of `given`, which has the element's structure, for each leaf."""
    if given is None:
        return [None] * count
    if isinstance(element, (tuple, Mapping)):
        if not isinstance(given, (tuple, Mapping)):
            return [given] * count
        return _flat_as(element, given)
    return [given]


def _flat_as(structure: Any, value: Any) -> list[Any]:
    """The parts of value that stand where structure has leaves."""
    if isinstance(structure, Mapping):
        if not isinstance(value, Mapping) or set(value) != set(structure):
            raise TypeError(
                f"Dataset: an element must have the keys {sorted(structure)}, got {value!r}"
            )
        return [leaf for key in sorted(structure) for leaf in _flat_as(structure[key], value[key])]
    if isinstance(structure, tuple):
        if not isinstance(value, (tuple, list)) or len(value) != len(structure):
            raise TypeError(
                f"Dataset: an element must be a tuple of {len(structure)} parts, as expected, got "
                f"{value!r}"
            )
        return [leaf for s, v in zip(structure, value, strict=True) for leaf in _flat_as(s, v)]
    return [value]


def _padded(tensors: list[Any], shape: Any, value: Any) -> Any:
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
