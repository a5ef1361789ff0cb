"""Candidate sampling: a few classes drawn in place of all, with TensorFlow's own numbers for a seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from pyten import _core, _seeds
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = [
    "all_candidate_sampler",
    "compute_accidental_hits",
    "log_uniform_candidate_sampler",
    "uniform_candidate_sampler",
]

_WORDS_EACH = 2048  # random words set aside for each sample


class Candidates(NamedTuple):
    """What candidate samplers return."""

    sampled_candidates: Any
    true_expected_count: Any
    sampled_expected_count: Any


def _words(stream: _seeds.Stream) -> Iterator[int]:
    key, counter = stream
    while True:
        yield from _core.philox_block(key, counter)
        counter = _seeds.skip(counter, 1)


def _unit_double(words: Iterator[int]) -> float:
    """A number in [0, 1) of 52 random bits."""
    high, low = next(words), next(words)
    return ((high & 0xFFFFF) << 32 | low) / 2.0**52


def _below(words: Iterator[int], n: int) -> int:
    """An integer in [0, n), without bias."""

    def draw() -> int:
        low = next(words)
        return low | next(words) << 32

    if n & (n - 1) == 0:
        return draw() & (n - 1)
    least = (2**64 - 1) % n + 1
    while True:
        value = draw()
        if value >= least:
            return value % n


def _classes(op: str, true_classes: Any, num_true: int, range_max: int | None) -> np.ndarray:
    x = _core.convert(true_classes)
    if not x.dtype.is_integer:
        raise InvalidDTypeError(f"{op}: true_classes must be integers, got {x.dtype.name}")
    if x.ndim != 2 or x.shape[1] != num_true:
        raise InvalidArgumentError(
            f"{op}: true_classes must have shape (batch, num_true={num_true}), got {x.shape}"
        )
    values = np.asarray(x).astype(np.int64)
    if range_max is not None and np.any((values < 0) | (values >= range_max)):
        raise InvalidArgumentError(
            f"{op}: true_classes must lie in [0, {range_max}), got {values.tolist()}"
        )
    return values


def _sample(
    op: str,
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None,
    draw: Callable[[Iterator[int]], int],
    probability: Callable[[np.ndarray], np.ndarray],
) -> Candidates:
    num_true, num_sampled, range_max = int(num_true), int(num_sampled), int(range_max)
    classes = _classes(op, true_classes, num_true, range_max)
    if unique and num_sampled > range_max:
        raise InvalidArgumentError(
            f"{op}: cannot draw {num_sampled} different classes of range_max={range_max}"
        )
    blocks = _WORDS_EACH * num_sampled // 4
    words = _words(_seeds.next_stream((op, num_true, num_sampled, unique, range_max), seed, blocks))
    picked: list[int] = []
    seen: set[int] = set()
    tries = 0
    while len(picked) < num_sampled:
        tries += 1
        value = draw(words)
        if unique and value in seen:
            continue
        seen.add(value)
        picked.append(value)
    sampled = np.array(picked, np.int64)

    def expected(values: np.ndarray) -> Any:
        p = probability(values)
        counts = -np.expm1(tries * np.log1p(-p)) if unique else p * num_sampled
        return _core.convert(counts.astype(np.float32))

    return Candidates(_core.convert(sampled), expected(classes), expected(sampled))


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Draws classes with probability log((k + 2) / (k + 1)) / log(range_max + 1): frequent ones first.

    Args:
      true_classes: an integer tensor [batch, num_true]: the classes that are right.
      num_true: how many for each example.
      num_sampled: how many classes to draw.
      unique: whether all drawn must differ.
      range_max: the number of classes.
      seed: an integer, or None for the global stream.
      name: accepted and ignored.

    Returns:
      A named tuple: sampled_candidates, int64 [num_sampled]; true_expected_count, float32, of the
      shape of true_classes, and sampled_expected_count, float32 [num_sampled]: how often each is
      drawn on average.

    Raises:
      InvalidArgumentError: the shapes do not fit, a class is out of range, or more different
        classes are wanted than there are.

    Example:
      >>> import pyten as tf
      >>> tf.random.log_uniform_candidate_sampler([[0]], 1, 3, True, 3).sampled_candidates.shape
      TensorShape([3])
    """
    span = math.log1p(range_max)

    def draw(words: Iterator[int]) -> int:
        return (int(math.exp(_unit_double(words) * span)) - 1) % int(range_max)

    return _sample(
        "log_uniform_candidate_sampler", true_classes, num_true, num_sampled, bool(unique),
        range_max, seed, draw, lambda k: np.log((k + 2.0) / (k + 1.0)) / span,
    )  # fmt: skip


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Draws classes that are all equally probable.

    Args:
      true_classes: an integer tensor [batch, num_true]: the classes that are right.
      num_true: how many for each example.
      num_sampled: how many classes to draw.
      unique: whether all drawn must differ.
      range_max: the number of classes.
      seed: an integer, or None for the global stream.
      name: accepted and ignored.

    Returns:
      A named tuple as from log_uniform_candidate_sampler.

    Raises:
      InvalidArgumentError: as there.

    Example:
      >>> import pyten as tf
      >>> drawn = tf.random.uniform_candidate_sampler([[0]], 1, 2, False, 4)
      >>> drawn.sampled_expected_count.numpy()
      array([0.5, 0.5], dtype=float32)
    """
    return _sample(
        "uniform_candidate_sampler", true_classes, num_true, num_sampled, bool(unique), range_max,
        seed, lambda words: _below(words, int(range_max)),
        lambda k: np.full(k.shape, 1.0 / range_max),
    )  # fmt: skip


def all_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """All of num_sampled classes, each once.

    Args:
      true_classes: an integer tensor [batch, num_true].
      num_true: how many for each example.
      num_sampled: the number of classes.
      unique: accepted for compatibility.
      seed: accepted for compatibility.
      name: accepted and ignored.

    Returns:
      A named tuple as from log_uniform_candidate_sampler, with counts of 1.

    Raises:
      InvalidArgumentError: true_classes has another shape.

    Example:
      >>> import pyten as tf
      >>> tf.random.all_candidate_sampler([[0]], 1, 3, True).sampled_candidates.numpy()
      array([0, 1, 2])
    """
    classes = _classes("all_candidate_sampler", true_classes, int(num_true), None)
    n = int(num_sampled)
    return Candidates(_core.convert(np.arange(n)), _core.ones(list(classes.shape)), _core.ones([n]))


def compute_accidental_hits(
    true_classes: Any,
    sampled_candidates: Any,
    num_true: int,
    seed: int | None = None,
    name: str | None = None,
) -> tuple[Any, Any, Any]:
    """Where a sampled class is one of the right ones.

    Args:
      true_classes: an integer tensor [batch, num_true].
      sampled_candidates: an integer tensor [num_sampled].
      num_true: how many right classes each example has.
      seed: accepted for compatibility.
      name: accepted and ignored.

    Returns:
      (indices, ids, weights): the examples, int32; the places among the samples, int64; and the
      lowest float32 for each, to add to the logits.

    Raises:
      InvalidArgumentError: true_classes has another shape.

    Example:
      >>> import pyten as tf
      >>> rows, places, _ = tf.nn.compute_accidental_hits([[1], [3]], [3, 0], 1)
      >>> rows.numpy(), places.numpy()
      (array([1], dtype=int32), array([0]))
    """
    classes = _classes("compute_accidental_hits", true_classes, int(num_true), None)
    sampled = np.asarray(_core.convert(sampled_candidates)).astype(np.int64)
    # A class that is drawn twice counts at its last place.
    place = {int(c): i for i, c in enumerate(sampled.tolist())}
    hits = [
        (row, place[c]) for row, right in enumerate(classes.tolist()) for c in right if c in place
    ]
    rows, places = np.array(hits, np.int64).reshape(-1, 2).T
    weights = np.full(len(hits), np.finfo(np.float32).min)
    return (
        _core.convert(rows.astype(np.int32)),
        _core.convert(places.copy()),
        _core.convert(weights),
    )
