"""What the machine allows: multiply-adds a second and memory bandwidth, measured beside the peers."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.cases import Work

ELEMENTS = 4096 * 4096  # of the arrays whose passes give the bandwidth


def build() -> Path:
    """The library of limits.cpp, compiled for this machine; kept in the user's cache.

    Raises:
      RuntimeError: there is no C++ compiler, or it fails.
    """
    source = Path(__file__).with_name("limits.cpp")
    compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")
    if not compiler:
        raise RuntimeError("no C++ compiler to measure the machine's limits with: set CXX")
    flags = ["-O3", "-march=native", "-std=c++20", "-shared", "-fPIC", "-pthread"]
    key = hashlib.sha256(source.read_bytes() + " ".join([compiler, *flags]).encode()).hexdigest()
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pyten-benchmarks"
    library = folder / f"limits-{key[:16]}.so"
    if not library.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch) / "limits.so"
            run = [compiler, *flags, str(source), "-o", str(made)]
            done = subprocess.run(run, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"{compiler} cannot build {source.name}: {done.stderr[:300]}")
            made.replace(library)
    return library


class Limits:
    """The measurements, made anew at every call; the best of the run so far counts.

    The machine's speed changes, and a measurement that others disturb is no limit.
    """

    def __init__(self, threads: int) -> None:
        self._library: Any = ctypes.CDLL(str(build()))
        for name, arguments in (
            ("peak_float32", [ctypes.c_int]),
            ("peak_float64", [ctypes.c_int]),
            ("pass", [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int]),
        ):
            function = getattr(self._library, name)
            function.restype, function.argtypes = ctypes.c_double, arguments
        self._threads = threads
        self._best: dict[Any, float] = {}

    def _best_of(self, key: Any, figure: float) -> float:
        self._best[key] = max(figure, self._best.get(key, 0.0))
        return self._best[key]

    def peak(self, dtype: str) -> float:
        """Floating-point operations a second; a multiply-add counts as two."""
        return self._best_of(dtype, getattr(self._library, f"peak_{dtype}")(self._threads))

    def bandwidth(self, reads: int, writes: int) -> float:
        """Bytes a second of a pass over so many arrays."""
        seconds = getattr(self._library, "pass")(reads, writes, ELEMENTS, self._threads)
        return self._best_of((reads, writes), 4 * ELEMENTS * (reads + writes) / seconds)

    def seconds(self, work: Work) -> float:
        """The least time for the work: its arithmetic at the peak, or its bytes at the bandwidth."""
        times = [0.0]
        if work.flops:
            times.append(work.flops / self.peak(work.dtype))
        moved = work.reads + work.writes
        if moved:
            # The pass with about the same share of writes.
            ratio = work.reads / work.writes if work.writes else 0
            reads = 2 if ratio >= 1.5 else 1 if work.reads else 0
            size = 4 if work.dtype == "float32" else 8
            times.append(size * moved / self.bandwidth(reads, int(work.writes > 0)))
        return max(times)
