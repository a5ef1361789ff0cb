"""Whether a result is right: its distance from the reference, or a statistic for random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.reference import directions, expected


def _directional(got: list[np.ndarray], case: Any) -> list[np.ndarray]:
    """A loss and gradients as the loss and one derivative: that in the reference's direction."""
    loss, *gradients = got
    ways = directions(gradients)
    return [loss, np.array(sum(np.vdot(g, w) for g, w in zip(gradients, ways, strict=True)))]


def _normal(got: list[np.ndarray]) -> float:
    (x,) = got
    x = x.astype(np.float64)
    return float(max(abs(x.mean()), abs(x.std() - 1), abs(np.mean(np.abs(x) < 0.6744898) - 0.5)))


def _uniform(got: list[np.ndarray]) -> float:
    (x,) = got
    if x.min() < 0 or x.max() >= 1:
        return float("inf")
    x = x.astype(np.float64)
    return float(max(abs(x.mean() - 0.5), abs(x.std() - 12**-0.5)))


def error_of(case: Any, results: list[list[np.ndarray]]) -> float:
    """The largest error of the successive results, relative to the largest element (at least 1e-3)."""
    if case.digest == "normal":
        return _normal(results[0])
    if case.digest == "uniform":
        return _uniform(results[0])
    error = 0.0
    for got, wanted in zip(results, expected(case), strict=True):
        got = [np.asarray(g, np.float64) for g in got]
        if case.digest == "directional":
            got = _directional(got, case)
        if len(got) != len(wanted):
            return float("inf")
        for g, w in zip(got, wanted, strict=True):
            if g.size != w.size:
                return float("inf")
            if g.size == 0:
                continue
            difference = np.abs(g.reshape(-1) - w.reshape(-1)).max()
            if not np.isfinite(difference):
                return float("inf")
            error = max(error, float(difference / max(np.abs(w).max(), 1e-3)))
    return error
