"""How long a call takes: the one loop that everything here is timed by."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

#: From so many seconds on a call is waited for by itself, below once for a whole loop of them.
WAIT_EACH = 1e-4


def timed(f: Callable[[], Any], calls: int, wait: Callable[[Any], None] | None = None) -> float:
    """Seconds for one of `calls` calls of f, the loop's own cost taken off.

    Args:
      f: the work.
      calls: how many times it is done.
      wait: returns when a result of f is there, for libraries that compute later.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        steps = range(calls)
        start = time.perf_counter()
        for _ in steps:
            pass
        empty = time.perf_counter() - start
        start = time.perf_counter()
        if wait is None:
            for _ in steps:
                f()
        else:
            for _ in steps:
                result = f()
            wait(result)
        spent = time.perf_counter() - start
    finally:
        if enabled:
            gc.enable()
    return max(spent - empty, 0.0) / calls


def calls_for(f: Callable[[], Any], seconds: float, wait: Callable[[Any], None] | None) -> int:
    """How many calls of f take about so many seconds, at least one."""
    calls = 1
    while True:
        spent = timed(f, calls, wait) * calls
        if spent >= seconds / 2 or calls >= 1 << 24:
            return max(1, round(calls * seconds / max(spent, 1e-9)))
        calls *= 2 if spent > seconds / 8 else 4
