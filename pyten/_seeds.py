"""Where random streams start: TensorFlow's rules for seeds.

A stream is a key of two 32-bit words and a counter of four, the lowest first. Each operation takes
the stream (global seed, operation seed). With a global seed, operations without a seed of their own
take theirs from Python's generator, one after the other; an operation with a seed goes on where the
last one like it stopped.
"""

from __future__ import annotations

import operator
import os
import random
import threading
from typing import Any

from pyten import _core

__all__ = ["COUNTER_STEP", "Seeds", "chunks", "next_stream", "number", "set_seed", "skip", "words"]

Stream = tuple[tuple[int, int], tuple[int, int, int, int]]  # key, counter

_LARGEST = 2**31 - 1  # seeds count modulo this
_DEFAULT_GLOBAL = 87654321  # beside an operation's seed when there is no global one
_MASK = 0xFFFFFFFF
COUNTER_STEP = 256  # blocks that a stream advances for each number drawn


def words(value: int) -> tuple[int, int]:
    """A number's low 64 bits as two words, the lower first."""
    return value & _MASK, value >> 32 & _MASK


def number(parts: tuple[int, ...]) -> int:
    """The number that these words are, the lowest first."""
    return sum(word << 32 * i for i, word in enumerate(parts))


def skip(counter: tuple[int, int, int, int], blocks: int) -> tuple[int, int, int, int]:
    """The counter so many blocks further on; it is one 128-bit number."""
    value = number(counter) + blocks
    return (*words(value), *words(value >> 64))


def chunks(value: int, count: int) -> list[int]:
    """A number as signed 64-bit integers, the lowest first."""
    parts = [value >> 64 * i & 0xFFFFFFFFFFFFFFFF for i in range(count)]
    return [part - 2**64 if part >= 2**63 else part for part in parts]


class Seeds:
    """The global seed and how far each seeded operation has come."""

    def __init__(self) -> None:
        self._global: Any = None
        self._source = random.Random()
        self._places: dict[Any, int] = {}  # blocks used, by operation and seeds
        self._lock = threading.Lock()

    def set(self, seed: Any) -> None:
        """Starts everything again from a global seed; None for numbers that never repeat."""
        _core._note_effect("the global seed is set")
        with self._lock:
            self._global = seed
            self._source = random.Random(seed)
            self._places.clear()

    def next(self, op: Any, seed: Any, blocks: int) -> Stream:
        """The stream for one call of an operation that uses so many blocks.

        Args:
          op: what tells this operation from others, e.g. its name and dtype.
          seed: the operation's own seed, or None.
          blocks: how far the next call with the same seed starts from here.
        """
        _core._note_effect("random numbers are drawn")
        with self._lock:
            if seed is None and self._global is None:
                low, high = (int.from_bytes(os.urandom(8), "little") for _ in range(2))
                return words(low), (0, 0, *words(high))
            repeatable = seed is not None
            if seed is None:
                seed = self._source.randint(0, _LARGEST)
            first = _DEFAULT_GLOBAL if self._global is None else int(self._global % _LARGEST)
            second = int(seed % _LARGEST)
            if first == second == 0:
                second = _LARGEST
            counter = (0, 0, *words(second))
            if repeatable:
                place = (op, first, second)
                used = self._places.get(place, 0)
                self._places[place] = used + blocks
                counter = skip(counter, used)
            return words(first), counter

    def pass_over(self) -> None:
        """Takes the seed that an operation which draws nothing would have taken."""
        _core._note_effect("random numbers are drawn")
        with self._lock:
            if self._global is not None:
                self._source.randint(0, _LARGEST)


_seeds = Seeds()
next_stream = _seeds.next
pass_over = _seeds.pass_over


def set_seed(seed: int | None) -> None:
    """Sets the global seed, from which all operations without a seed of their own take theirs.

    The numbers that follow are TensorFlow's for the same seed and the same order of operations.

    Args:
      seed: an integer of any size; None for numbers that never repeat.

    Raises:
      TypeError: the seed is no number.

    Example:
      >>> import pyten as tf
      >>> tf.random.set_seed(42)
      >>> tf.random.uniform((3,)).numpy()
      array([0.6645621 , 0.44100678, 0.3528825 ], dtype=float32)
    """
    if seed is not None and not isinstance(seed, float):
        try:
            seed = operator.index(seed)
        except TypeError:
            raise TypeError(f"set_seed: seed must be an integer, got {seed!r}") from None
    _seeds.set(seed)
