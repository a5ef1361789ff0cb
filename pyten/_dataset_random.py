"""Random words of datasets: TensorFlow's stream, from one or two seeds."""

from __future__ import annotations

from collections.abc import Iterator

from pyten import _core
from pyten._seeds import next_stream

__all__ = ["Seeds", "bits", "drawn", "seeds"]

Seeds = tuple[tuple[int, int], tuple[int, int]]


def bits(seeds: Seeds) -> Iterator[int]:
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


def drawn(words: Iterator[int]) -> Seeds:
    return (next(words), 0), (next(words), 0)


def seeds(seed: int | None) -> Seeds:
    key, counter = next_stream(object(), seed, 0)
    return key, (counter[2], counter[3])
