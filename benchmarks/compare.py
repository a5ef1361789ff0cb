"""python -m benchmarks.compare: two versions of pyten take turns, so that a regression is seen.

A version is a git revision, built into a wheel of its own, or a folder with a built package, such as
another worktree.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.cases import selected
from benchmarks.report import seconds_text
from benchmarks.runner import QUICK, Row, Settings, Team, measure
from benchmarks.workers import ROOT, Spec


def installed(version: str, root: Path = ROOT) -> tuple[str, Path]:
    """A version's short name and the folder that it can be imported from, built if need be.

    Args:
      version: a git revision of the repository at `root`, or a folder that holds `pyten/`.
      root: the repository.

    Raises:
      RuntimeError: there is no such revision, or it cannot be built.
    """
    folder = Path(version).expanduser()
    if (folder / "pyten" / "__init__.py").exists():
        return folder.resolve().name, folder.resolve()
    git = ["git", "-C", str(root)]
    try:
        sha = _run([*git, "rev-parse", "--verify", f"{version}^{{commit}}"]).strip()
    except RuntimeError as e:
        raise RuntimeError(
            f"{version!r} is neither a folder with pyten nor a revision: {e}"
        ) from None
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pyten-benchmarks"
    tag = f"{sys.implementation.cache_tag}-{sha[:16]}"
    target = cache / tag
    if not target.exists():
        print(f"building {version} ({sha[:10]})", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            source = Path(scratch) / "source"
            source.mkdir()
            archive = Path(scratch) / "source.tar"
            _run([*git, "archive", "-o", str(archive), sha])
            _run(["tar", "-xf", str(archive), "-C", str(source)])
            made = Path(scratch) / "made"
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            _run([*pip, "--disable-pip-version-check", "--target", str(made), str(source)])
            made.replace(target)
    return version, target


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise RuntimeError(f"{' '.join(command[:4])} …: {last}")
    return done.stdout


def verdict(ratios: list[float], threshold: float) -> str:
    """What the rounds' ratios say: a change counts when three rounds in four agree on it."""
    if len(ratios) < 2:
        return "too few rounds"
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
    if low > 1 + threshold:
        return "SLOWER"
    if high < 1 / (1 + threshold):
        return "faster"
    return "the same"


def compared(row: Row, a: str, b: str, threshold: float) -> list[dict[str, Any]]:
    """A figure for each variant that both versions have."""
    found = []
    for name in row.times:
        label, variant = name.split(":", 1)
        before, after = row.times.get(f"{a}:{variant}"), row.times.get(f"{b}:{variant}")
        if label != a or not before or not after:
            continue
        ratios = [y / x for x, y in zip(before, after, strict=False) if x]
        title = row.case.title + ("" if variant == "eager" else f" ({variant})")
        found.append(
            {
                "name": row.case.name,
                "title": title,
                "variant": variant,
                "before": statistics.median(before),
                "after": statistics.median(after),
                "ratio": statistics.median(ratios) if ratios else 1.0,
                "verdict": verdict(ratios, threshold),
            }
        )
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare",
        description="Times two versions of pyten in turns; exits with 1 if the second is slower at anything.",
    )
    parser.add_argument("before", help="a git revision, or a folder with a built pyten")
    parser.add_argument("after", help="likewise")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int)
    parser.add_argument(
        "--threshold", type=float, default=0.05, help="the change that counts (0.05: 5 percent)"
    )
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args(arguments)
    settings = Settings(threads=options.threads, spend=20)
    if options.quick:
        settings = replace(settings, **QUICK)
    if options.rounds:
        settings = replace(settings, rounds=options.rounds)
    labels, specs = ["before", "after"], []
    for label, version in zip(labels, (options.before, options.after), strict=True):
        try:
            name, folder = installed(version)
        except RuntimeError as e:
            parser.error(str(e))
        print(f"{label}: {name} ({folder})")
        specs.append(Spec(label, "pyten", path=str(folder)))
    team = Team(specs, settings.threads, print)
    if team.missing:
        return 2
    found: list[dict[str, Any]] = []
    print(f"{'':56}{'before':>9}{'after':>9}{'ratio':>8}")
    try:
        for case in selected(options.only):
            row = measure(case, team, settings)
            for figures in compared(row, *labels, options.threshold):
                found.append(figures)
                times = f"{seconds_text(figures['before']):>9}{seconds_text(figures['after']):>9}"
                print(
                    f"{figures['title']:56.56}{times}{figures['ratio']:8.2f}  {figures['verdict']}",
                    flush=True,
                )
            for name, why in row.failed.items():
                print(f"    {name}: {why}")
    finally:
        team.close()
    slower = [f for f in found if f["verdict"] == "SLOWER"]
    faster = sum(f["verdict"] == "faster" for f in found)
    print(f"{len(found)} compared: {len(slower)} slower, {faster} faster")
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(bool(slower))


if __name__ == "__main__":
    raise SystemExit(main())
