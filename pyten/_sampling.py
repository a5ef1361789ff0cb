"""Samplers by rejection: each output draws from a stretch of the Philox stream of its own.

All work on arrays of outputs together; those that are done leave. Which uniform numbers a sample
takes, and in which order, is TensorFlow's, so that the same seeds give the same samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pyten import _core, _seeds

__all__ = ["binomial", "gamma", "poisson"]

_STRETCH = 256  # blocks that an output may use
_SHORT_STRETCH = 42  # of a binomial by inversion
_MASK = np.uint64(0xFFFFFFFF)


def _blocks(stream: _seeds.Stream, offsets: Any) -> Any:
    """The blocks so far behind the start of the stream, as words [n, 4]; see csrc's philox_block."""
    key, counter = stream
    low = np.uint64(_seeds.number(counter[:2])) + offsets
    high = np.uint64(_seeds.number(counter[2:])) + (low < offsets)
    half = np.uint64(32)
    c0, c1, c2, c3 = low & _MASK, low >> half, high & _MASK, high >> half
    k0, k1 = key
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c2 = (p1 >> half) ^ c1 ^ np.uint64(k0), (p0 >> half) ^ c3 ^ np.uint64(k1)
        c1, c3 = p1 & _MASK, p0 & _MASK
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1)


def _uniform_pairs(words: Any) -> Any:
    """Two numbers in [0, 1) of each block."""
    high, low = words[:, ::2] & np.uint64(0xFFFFF), words[:, 1::2]
    return (np.uint64(1023 << 52) | high << np.uint64(32) | low).view(np.float64) - 1.0


def _normal_pairs(words: Any) -> Any:
    """Two normal numbers of each block, by Box and Muller."""
    u, v = _uniform_pairs(words).T
    r = np.sqrt(-2.0 * np.log(np.maximum(u, 1e-7)))
    return np.stack([np.sin(2 * np.pi * v) * r, np.cos(2 * np.pi * v) * r], axis=1)


class _Source:
    """Blocks for each of many outputs, one after the other."""

    def __init__(self, stream: _seeds.Stream, starts: Any) -> None:
        self._stream = stream
        self._at = starts.astype(np.uint64)

    def numbers(self, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A function from outputs (an array of their indices) to one number for each."""
        pairs = np.empty((self._at.size, 2))
        left = np.zeros(self._at.size, np.int64)

        def take(who: Any) -> Any:
            empty = who[left[who] == 0]
            if empty.size:
                pairs[empty] = make(_blocks(self._stream, self._at[empty]))
                self._at[empty] += np.uint64(1)
                left[empty] = 2
            left[who] -= 1
            return pairs[who, left[who]]  # the second number of a pair comes first

        return take


def _per_output(parameters: Any, samples: int) -> Any:
    """Each parameter as often as it has samples, side by side."""
    return np.repeat(np.asarray(parameters, np.float64).reshape(-1), samples)


def _laid_out(drawn: Any, samples: int) -> Any:
    """From a parameter's samples side by side to [samples, parameters]."""
    return drawn.reshape(-1, samples).T if samples else drawn


def poisson(stream: _seeds.Stream, rates: Any, samples: int) -> Any:
    """Poisson numbers [samples, rates]: by products of uniform numbers (Knuth, The Art of Computer
    Programming 2, 3.4.1) below rate 10, by PTRS (Hörmann, The Transformed Rejection Method for
    Generating Poisson Random Variables, 1993) above."""
    rate = _per_output(rates, samples)
    uniform = _Source(stream, np.arange(rate.size) * _STRETCH).numbers(_uniform_pairs)
    out = np.zeros(rate.size)
    who = np.flatnonzero(rate < 10)
    product, limit = np.ones(rate.size), np.exp(-rate)
    while who.size:
        product[who] *= uniform(who)
        who = who[product[who] > limit[who]]
        out[who] += 1
    who = np.flatnonzero(rate >= 10)
    while who.size:
        mean = rate[who]
        u, v = uniform(who) - 0.5, uniform(who)
        b = 0.931 + 2.53 * np.sqrt(mean)
        a = -0.059 + 0.02483 * b
        edge = 0.5 - np.abs(u)
        with np.errstate(divide="ignore", invalid="ignore"):
            k = np.floor((2 * a / edge + b) * u + mean + 0.43)
            inside = (edge >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
            outside = (k < 0) | ((edge < 0.013) & (v > edge))
            s = np.log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (edge * edge) + b))
            t = -mean + k * np.log(mean) - _log_gamma(np.where(outside, 0, k) + 1)
            good = inside | (~outside & (s <= t))
        out[who[good]] = k[good]
        who = who[~good]
    return _laid_out(out, samples)


def _log_gamma(x: Any) -> Any:
    return _core.lgamma(_core.convert(x, "float64")).numpy()


def gamma(stream: _seeds.Stream, alphas: Any, samples: int) -> Any:
    """Gamma numbers [samples, alphas] of scale 1 (Marsaglia and Tsang, A Simple Method for
    Generating Gamma Variables, 2000); NaN for alpha that is negative or NaN."""
    alpha = _per_output(alphas, samples)
    source = _Source(stream, np.arange(alpha.size) * _STRETCH)
    uniform, normal = source.numbers(_uniform_pairs), source.numbers(_normal_pairs)
    out = np.full(alpha.size, np.nan)
    small = alpha < 1
    d = alpha + np.where(small, 2 / 3, -1 / 3)
    who = np.flatnonzero(alpha == 1)
    out[who] = -np.log1p(-uniform(who))
    who = np.flatnonzero((alpha >= 0) & (alpha != 1))
    while who.size:
        x = normal(who)
        v = 1 + x / (3 * np.sqrt(d[who]))
        possible = v > 0
        x, v, tried = x[possible], v[possible] ** 3, who[possible]
        u = uniform(tried)
        with np.errstate(divide="ignore"):
            log_density = 0.5 * x * x + d[tried] * (1 - v + np.log(v))
            good = (u < 1 - 0.0331 * (x * x) * (x * x)) | (np.log(u) < log_density)
        done = tried[good]
        out[done] = d[done] * v[good]
        again = np.ones(alpha.size, bool)
        again[done] = False
        who = who[again[who]]
        done = done[small[done]]
        with np.errstate(divide="ignore"):
            out[done] *= uniform(done) ** (1 / alpha[done])
    return _laid_out(out, samples)


_TAILS = np.array(
    [
        math.lgamma(k + 1) - (k + 0.5) * math.log(k + 1) + k + 1 - 0.5 * math.log(2 * math.pi)
        for k in range(10)
    ]
)


def _stirling_tail(k: Any) -> Any:
    """log(k!) less Stirling's approximation."""
    square = (k + 1) * (k + 1)
    series = (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
    return np.where(k <= 9, _TAILS[np.clip(k, 0, 9).astype(np.int64)], series)


def binomial(stream: _seeds.Stream, counts: Any, probs: Any, samples: int) -> Any:
    """Binomial numbers [samples, parameters]: by geometric numbers where the mean is below 10, by
    BTRS (Hörmann, The Generation of Binomial Random Variates, 1993) above. counts and probs are
    vectors of one size and dtype; NaN gives NaN."""
    few = np.minimum(probs, 1 - probs)  # of what is rarer
    many = _per_output(counts * few >= 10, samples) > 0
    count, prob, rare = (_per_output(x, samples) for x in (counts, probs, few))
    place = np.arange(count.size)
    out = np.where(np.isnan(prob), np.nan, 0.0)
    valid = (count > 0) & (rare > 0)
    # A stretch of the stream per output, whose length depends on the method.
    starts = place * np.where(many, _STRETCH, _SHORT_STRETCH)
    uniform = _Source(stream, starts).numbers(_uniform_pairs)
    who = place[valid & ~many]
    total = np.zeros(count.size)
    while who.size:
        with np.errstate(divide="ignore"):
            total[who] += np.ceil(np.log(uniform(who)) / np.log1p(-rare[who]))
        who = who[total[who] <= count[who]]
        out[who] += 1
    who = place[valid & many]
    while who.size:
        n, p = count[who], rare[who]
        u, v = uniform(who) - 0.5, uniform(who)
        spread = np.sqrt(n * p * (1 - p))
        b = 1.15 + 2.53 * spread
        a = -0.0873 + 0.0248 * b + 0.01 * p
        edge = 0.5 - np.abs(u)
        with np.errstate(divide="ignore", invalid="ignore"):
            k = np.floor((2 * a / edge + b) * u + n * p + 0.5)
            inside = (edge >= 0.07) & (v <= 0.92 - 4.2 / b)
            outside = (k < 0) | (k > n)
            kept = np.where(outside, 0, k)
            odds, m = p / (1 - p), np.floor((n + 1) * p)
            s = np.log(v * (2.83 + 5.1 / b) * spread / (a / (edge * edge) + b))
            t = (m + 0.5) * np.log((m + 1) / (odds * (n - m + 1)))
            t += (n + 1) * np.log((n - m + 1) / (n - kept + 1))
            t += (kept + 0.5) * np.log(odds * (n - kept + 1) / (kept + 1))
            t += _stirling_tail(m) + _stirling_tail(n - m)
            t -= _stirling_tail(kept) + _stirling_tail(n - kept)
            good = inside | (~outside & (s <= t))
        out[who[good]] = k[good]
        who = who[~good]
    out = np.where(valid & (prob > 0.5), count - out, out)
    return _laid_out(np.where((count > 0) & (prob >= 1), count, out), samples)
