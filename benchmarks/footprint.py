"""What pyten and its peers take besides time: resident growth, import, the size of the wheel."""

from __future__ import annotations

import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from benchmarks.cases import IMPORT_BAR_MS, MEMORY, MEMORY_BAR, WHEEL_BAR_BYTES
from benchmarks.peers import PEERS
from benchmarks.workers import Gone, Missing, Spec, Worker

STEPS = 20


def memory(name: str, specs: list[Spec], threads: int) -> dict[str, Any]:
    """The bytes by which each library grows in a fresh process over STEPS steps of a case."""
    found: dict[str, int] = {}
    failed: dict[str, str] = {}
    for spec in specs:
        if spec.peer == "limits":
            continue
        variant = "jit" if spec.peer == "jax" else PEERS[spec.peer]
        try:
            worker = Worker(spec, threads)
        except (Missing, Gone) as e:
            failed[spec.label] = str(e)
            continue
        try:
            answer = worker.ask("memory", case=MEMORY[name], variant=variant, steps=STEPS)
            found[spec.label] = answer["bytes"]
        except (Gone, RuntimeError) as e:
            failed[spec.label] = str(e)
        finally:
            worker.close()
    others = {k: v for k, v in found.items() if k != "pyten"}
    ratio = found["pyten"] / min(others.values()) if "pyten" in found and others else None
    return {
        "name": name,
        "title": f"resident growth in {STEPS} steps of {MEMORY[name]}",
        "bytes": found,
        "failed": failed,
        "bars": [{"of": "best", "bar": MEMORY_BAR, "ratio": ratio, "met": _met(ratio, MEMORY_BAR)}],
    }


def _met(ratio: float | None, bar: float) -> bool | None:
    return None if ratio is None else ratio <= bar


_IMPORT = """
import os, sys, time
sys.path[:1] = [p for p in sys.argv[2:] if p]
sys.path.append(sys.argv[1])
import numpy
threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0
start = time.perf_counter()
import pyten
spent = time.perf_counter() - start
print(spent, (len(os.listdir("/proc/self/task")) if threads else 0) - threads)
print(os.path.dirname(pyten.__file__))
"""


def import_time(spec: Spec, rounds: int = 7) -> dict[str, Any]:
    """Milliseconds of `import pyten` after NumPy's, bytes printed and threads started."""
    root = str(Path(__file__).resolve().parent.parent)
    # With bytecode cached, as in any installed package; the first run sees to that.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    spent, printed, threads, folder = [], 0, 0, ""
    for _ in range(rounds + 1):
        out = subprocess.run(
            [spec.python, "-c", _IMPORT, root, spec.path],
            capture_output=True,
            text=True,
            env=env,
            cwd=tempfile.gettempdir(),
        )
        if out.returncode:
            raise RuntimeError((out.stderr.strip().splitlines() or ["import pyten failed"])[-1])
        *before, figures, folder = out.stdout.splitlines()
        printed += len(out.stderr) + sum(map(len, before))
        seconds, count = figures.split()
        spent.append(float(seconds))
        threads = max(threads, int(count))
    ms = 1e3 * statistics.median(spent[1:])
    return {
        "name": "size/import",
        "title": "import, ms above NumPy's",
        "ms": ms,
        "bytes_printed": printed,
        "threads_started": threads,
        "folder": folder,
        "bars": [
            {"of": "ms", "bar": IMPORT_BAR_MS, "ratio": ms, "met": ms <= IMPORT_BAR_MS},
        ],
    }


def wheel_bytes(folder: str) -> dict[str, Any]:
    """The size of a wheel of the package in that folder: its files, stripped and deflated."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_dir() or "__pycache__" in path.parts:
                continue
            archive.writestr(str(path.relative_to(folder)), _stripped(path))
    size = buffer.tell()
    bar = {
        "of": "bytes",
        "bar": WHEEL_BAR_BYTES,
        "ratio": size,
        "met": size <= WHEEL_BAR_BYTES,
    }
    return {"name": "size/wheel", "title": "wheel, bytes", "bytes": {"pyten": size}, "bars": [bar]}


def _stripped(path: Path) -> bytes:
    strip = shutil.which("strip")
    if path.suffix not in (".so", ".dylib") or strip is None or sys.platform != "linux":
        return path.read_bytes()
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / path.name
        subprocess.run([strip, "-o", str(out), str(path)], check=True)
        return out.read_bytes()
