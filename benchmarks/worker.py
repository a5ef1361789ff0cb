"""The process in which one library works: it answers requests, a line of JSON each.

`workers.py` starts it, sends the requests, and notices when it ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import peers, timing
from benchmarks.cases import CASES

WARM_SECONDS = 0.003  # of work before each measurement: caches filled, a pool's threads awake
Wait = Callable[[Any], None] | None


class Service:
    """One library's answers."""

    def __init__(self, peer: peers.Peer) -> None:
        self.peer = peer
        self.wait: Wait = peer.wait if type(peer).wait is not peers.Peer.wait else None
        #: By variant: the function, how its result is waited for, and how many calls are timed.
        self.ready: dict[str, tuple[Callable[[], Any], Wait, int]] = {}

    def about(self) -> dict[str, Any]:
        return {"version": self.peer.version, "python": sys.version.split()[0]}

    def prepare(self, case: str, seconds: float, check: bool) -> dict[str, Any]:
        """Makes the case's variants, checks their results, and finds how many calls to time."""
        from benchmarks.checks import error_of

        work = CASES[case]
        self.ready = {}
        errors: dict[str, float] = {}
        failed: dict[str, str] = {}
        for name, f in self.peer.variants(work).items():
            try:
                if check:
                    errors[name] = error_of(work, [self._arrays(f) for _ in range(work.calls)])
                    if not errors[name] <= work.tolerance:
                        failed[name] = f"wrong by {errors[name]:.1e}"
                        continue
                self.ready[name] = self._settled(f, seconds)
            except Exception as e:
                failed[name] = f"{type(e).__name__}: {(str(e).splitlines() or [''])[0][:200]}"
        return {"variants": list(self.ready), "errors": errors, "failed": failed}

    def _arrays(self, f: Callable[[], Any]) -> list[np.ndarray]:
        from benchmarks.reference import as_list

        # Copied: the next call may write where this result lies.
        return [np.array(self.peer.numpy(r)) for r in as_list(f())]

    def _settled(self, f: Callable[[], Any], seconds: float) -> tuple[Callable[[], Any], Wait, int]:
        timing.timed(f, 2, self.wait)
        wait = self.wait
        if wait and timing.timed(f, 1, wait) >= timing.WAIT_EACH:
            # Long calls are waited for one by one, or several would run beside each other.
            inner, wait_for = f, wait
            f, wait = lambda: wait_for(inner()), None
        return f, wait, timing.calls_for(f, seconds, wait)

    def time(self, variant: str) -> dict[str, Any]:
        f, wait, calls = self.ready[variant]
        once = timing.timed(f, 1, wait)
        if once < WARM_SECONDS:
            timing.timed(f, min(calls, int(WARM_SECONDS / max(once, 1e-7))), wait)
        return {"seconds": timing.timed(f, calls, wait)}

    def drop(self) -> dict[str, Any]:
        self.ready = {}
        return {}

    def memory(self, case: str, variant: str, steps: int) -> dict[str, Any]:
        """Bytes by which the process grows at most in so many steps, its data and weights there."""
        f = self.peer.variants(CASES[case])[variant]
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim:
            trim(0)
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # the high-water mark starts anew
        before = _resident("VmRSS")
        for _ in range(steps):
            result = f()
            if self.wait:
                self.wait(result)
        return {"bytes": _resident("VmHWM") - before}


def _resident(what: str) -> int:
    with open("/proc/self/status") as file:
        return 1024 * int(re.search(rf"{what}:\s+(\d+) kB", file.read()).group(1))  # type: ignore[union-attr]


class LimitService:
    """The machine's limits, asked like a library."""

    def __init__(self, threads: int) -> None:
        from benchmarks.limits import Limits

        self.limits = Limits(threads)

    def about(self) -> dict[str, Any]:
        return {"version": "", "python": sys.version.split()[0]}

    def limit(self, case: str) -> dict[str, Any]:
        needs = CASES[case].needs
        return {"seconds": self.limits.seconds(needs) if needs else 0.0}

    def machine(self) -> dict[str, Any]:
        peaks = {d: max(self.limits.peak(d) for _ in range(5)) for d in ("float32", "float64")}
        passes = {
            f"{reads} in, {writes} out": max(self.limits.bandwidth(reads, writes) for _ in range(5))
            for reads, writes in ((1, 0), (1, 1), (2, 1), (0, 1))
        }
        return {"flops": peaks, "bytes": passes}


def _bound_to(threads: int) -> None:
    """At most so many processors, for libraries that cannot be told."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) > threads:
            os.sched_setaffinity(0, allowed[:threads])


def main(name: str, threads: int) -> None:
    # Answers go where standard output went; whatever libraries print goes to standard error.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(what: dict[str, Any]) -> None:
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    _bound_to(threads)
    try:
        service: Any = (
            LimitService(threads) if name == "limits" else Service(peers.load(name, threads))
        )
    except ImportError as e:
        return answer({"missing": f"{name} cannot be imported by {sys.executable}: {e}"})
    except RuntimeError as e:
        return answer({"missing": str(e)})
    answer(service.about())
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer(getattr(service, request.pop("ask"))(**request))
        except Exception as e:
            answer({"error": f"{type(e).__name__}: {e}"[:400]})
