"""tf.data.Dataset."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pyten import _core, nest
from pyten import _dataset_elements as elements
from pyten import _dataset_random as random
from pyten._dataset_batches import Batches
from pyten._dataset_functions import Functions
from pyten._dataset_order import Order
from pyten._dataset_stream import (
    AUTOTUNE,
    INFINITE_CARDINALITY,
    UNKNOWN_CARDINALITY,
    Options,
    leaf_spec,
    steps,
)
from pyten._dtypes import as_dtype
from pyten._structures import TensorSpec
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = ["AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "Dataset", "Options"]


class Dataset(Order, Functions, Batches):
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

    def __init__(self, variant_tensor: Any) -> None:
        raise TypeError(
            "Dataset: use Dataset.from_tensor_slices, from_tensors, range or from_generator"
        )

    def __reduce__(self) -> Any:
        raise TypeError(
            "Dataset: a dataset holds functions and cannot be pickled or sent to another process; "
            "make it there, or send its elements, list(dataset)"
        )

    def __copy__(self) -> Dataset:
        return self

    def __deepcopy__(self, memo: Any) -> Dataset:
        return self

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
        element = elements.tensors(tensors)
        spec = nest.map_structure(leaf_spec, element)
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
        source, n = elements.slices(tensors)
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
                yield elements.fit_structure(fit, output_signature, value)

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
        pair = random.seeds(seed)
        seeds = random.bits(pair)

        def make() -> Iterator[Any]:
            now = random.drawn(seeds) if rerandomize_each_iteration else pair
            return (_core.convert(word, "int64") for word in random.bits(now))

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

        def step(streams: list[Iterator[Any]]) -> Any:
            group: list[Any] = []
            failed: Exception | None = None
            for stream in streams:  # an error in one takes the others' elements along
                try:
                    group.append(next(stream))
                except StopIteration:
                    raise
                except Exception as error:
                    failed = failed or error
            if failed is not None:
                raise failed
            return elements.replaced(structure, iter(group))

        return Dataset._new(
            lambda: steps(step, [iter(part) for part in parts]),
            size,
            lambda: elements.replaced(structure, iter([p.element_spec for p in parts])),
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
            lambda: _chosen(parts, map(int, choice_dataset), stop_on_empty_dataset),
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
        odds = np.ones(len(parts)) if weights is None else np.array(weights, dtype=float)
        if odds.shape != (len(parts),):
            raise ValueError(
                f"Invalid `weights`. `weights` should have the length of `datasets`, {len(parts)}, "
                f"got shape {odds.shape}"
            )
        # One that is never drawn must not be waited for; without any weight it is the first, as in
        # TensorFlow.
        if not odds.any():
            odds[0] = 1.0
        parts = [part for part, weight in zip(parts, odds, strict=True) if weight > 0]
        odds = odds[odds > 0]
        pair = random.seeds(seed)
        bounds = np.cumsum(odds / odds.sum())
        seeds = random.bits(pair)

        def make() -> Iterator[Any]:
            now = random.drawn(seeds) if rerandomize_each_iteration else pair
            draws = (
                int(np.searchsorted(bounds, w / 2**32, side="right")) for w in random.bits(now)
            )
            return _chosen(parts, draws, stop_on_empty_dataset)

        return Dataset._new(make, UNKNOWN_CARDINALITY, lambda: parts[0].element_spec)

    # -- Options and chains ------------------------------------------------------------------------
    def options(self) -> Options:
        """An Options."""
        return Options()

    def with_options(self, options: Any, name: str | None = None) -> Dataset:
        """Accepts options, which change nothing here.

        Args:
          options: a tf.data.Options.
          name: accepted and ignored.

        Returns:
          A Dataset of the same elements.
        """
        return self._like(iter, self._size)

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


def _chosen(parts: list[Dataset], choices: Iterator[int], stop: bool) -> Iterator[Any]:
    streams = [iter(part) for part in parts]
    ended = [False] * len(parts)

    def step(choices: Iterator[int]) -> Any:
        for i in choices:
            if not 0 <= i < len(parts):
                raise InvalidArgumentError(
                    None, None, f"choose_from_datasets: choice {i} is not in [0, {len(parts)})"
                )
            if ended[i]:
                continue
            for element in streams[i]:
                return element
            ended[i] = True
            if stop or all(ended):
                break
        ended[:] = [True] * len(parts)
        raise StopIteration

    return steps(step, choices)
