"""Runs the command line as a user does, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

__all__ = ["COMMAND", "clean_env", "fails", "run", "write_csv"]

COMMAND = [sys.executable, "-m", "pyten"]


def clean_env(**changes: str) -> dict[str, str]:
    """This process's environment with changes, and UTF-8 output whatever the locale."""
    return {**os.environ, "PYTHONIOENCODING": "utf-8", **changes}


def run(*arguments: object, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run ``pyten`` with these arguments in the folder ``cwd``."""
    return subprocess.run(
        [*COMMAND, *(str(a) for a in arguments)],
        cwd=cwd,
        env=clean_env(**env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )


def fails(*arguments: object, cwd: Path) -> str:
    """Run a command that must end with status 2, one message and nothing written.

    Returns:
        The message.
    """
    before = snapshot(cwd)
    result = run(*arguments, cwd=cwd)
    assert result.returncode == 2, result
    assert "Traceback" not in result.stderr
    assert snapshot(cwd) == before
    return result.stderr


def snapshot(folder: Path) -> dict[str, bytes]:
    """The files in a folder and what is in them."""
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def write_csv(path: Path, seed: int = 0, rows: int = 90, classes: int = 2) -> Path:
    """A file with columns a, b, c and label, whose classes are far apart."""
    rng = np.random.default_rng(seed)
    names = ["ant", "bee", "cat", "dog"]
    lines = ["a,b,c,label"]
    for i in range(rows):
        k = i % classes
        a, b, c = rng.normal(size=3) + np.array([4.0 * k, -3.0 * k, 2.0 * (k == 1)])
        lines.append(f"{a:.4f},{b:.4f},{c:.4f},{names[k]}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
