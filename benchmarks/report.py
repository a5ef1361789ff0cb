"""The figures as a table for people and as JSON."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from typing import Any

from benchmarks.runner import Row, Settings

SCHEMA = 1


def cpu_model() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            lines = [line for line in file if line.startswith("model name")]
        return lines[0].split(":")[1].strip()
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def cpu_flags() -> list[str]:
    """The vector extensions that the processor has."""
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((line.split() for line in file if line.startswith("flags")), [])
    except OSError:
        return []
    return [f for f in ("avx2", "fma", "avx512f", "avx512_fp16", "amx_bf16") if f in flags]


def about(settings: Settings, versions: dict[str, str], missing: dict[str, str]) -> dict[str, Any]:
    """The machine, the versions and how it was measured."""
    return {
        "cpu": cpu_model(),
        "cpu_flags": cpu_flags(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "load": os.getloadavg()[0],
        "system": platform.system(),
        "machine": platform.machine(),
        "python": sys.version.split()[0],
        "threads": settings.threads,
        "rounds": settings.rounds,
        "versions": versions,
        "missing": missing,
    }


def row_json(row: Row) -> dict[str, Any]:
    case = row.case
    out: dict[str, Any] = {
        "name": case.name,
        "title": case.title,
        "group": case.group,
        "subject": row.subject(),
        "times": {n: _figures(t) for n, t in row.times.items() if t},
        "errors": row.errors,
        "failed": row.failed,
        "bars": [
            {
                "of": bar.of,
                "against": row.rival(bar.of) if bar.of not in ("limit", "undisturbed") else bar.of,
                "bar": bar.ratio,
                "ratio": ratio,
                "ratio_of_least": row.ratio_of_least(bar.of) if bar.of != "undisturbed" else None,
                "met": None if ratio is None else ratio <= bar.ratio,
            }
            for bar, ratio in row.bars()
        ],
    }
    if row.limit:
        out["limit"] = {"seconds": min(row.limit), "ratio": row.ratio("limit")}
    if row.busy:
        out["busy"] = {n: row.busy_ratio(n) for n in row.busy}
    return out


def _figures(times: list[float]) -> dict[str, Any]:
    return {"median": statistics.median(times), "least": min(times), "rounds": len(times)}


def seconds_text(seconds: float) -> str:
    """A time in three digits: 78 ns, 1.24 us, 35.1 ms."""
    for unit, size in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * size:
            value = seconds / size
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
    return f"{seconds:.3g} s"


HEAD = f"{'':50}{'pyten':>9}  {'against':24}{'theirs':>9}{'ratio':>8}{'least':>8}{'bar':>7}  {'':6}{'limit':>7}"


def lines(row: dict[str, Any]) -> list[str]:
    """A row of the table: a line for each bar, then one for each thing that failed."""
    if "times" not in row:
        return _footprint_lines(row)
    times = row["times"]
    ours = times.get(row["subject"] or "", {}).get("median")
    limit = row.get("limit", {}).get("ratio")
    out = []
    for bar in row["bars"] or [
        {"of": "", "against": None, "bar": None, "ratio": None, "met": None}
    ]:
        first = not out
        against = bar["against"] or f"{bar['of']} (did not run)"
        theirs = times.get(against, {}).get("median")
        if bar["of"] == "limit":
            theirs = row["limit"]["seconds"] if "limit" in row else None
        out.append(
            f"{(row['title'] if first else ''):50.50}"
            f"{(seconds_text(ours) if first and ours is not None else ''):>9}  {against:24.24}"
            f"{(seconds_text(theirs) if theirs is not None else ''):>9}"
            f"{_number(bar['ratio']):>8}{_number(bar.get('ratio_of_least')):>8}{_number(bar['bar']):>7}  "
            f"{ {True: 'met', False: 'MISSED', None: '-'}[bar['met']]:6}"
            f"{(_number(limit) if first else ''):>7}"
        )
    out += [f"    {name}: {why}" for name, why in row["failed"].items()]
    return out


def _footprint_lines(row: dict[str, Any]) -> list[str]:
    (bar,) = row["bars"]
    met = {True: "met", False: "MISSED", None: "-"}[bar["met"]]
    figures = ", ".join(f"{k} {v / 1e6:.1f} MB" for k, v in row.get("bytes", {}).items())
    if "ms" in row:
        figures = f"{row['bytes_printed']} bytes printed, {row['threads_started']} threads started"
    out = [f"{row['title']:50.50} {_number(bar['ratio']):>8} of {bar['bar']:g}  {met:6} {figures}"]
    return out + [f"    {name}: {why}" for name, why in row.get("failed", {}).items()]


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def summary(rows: list[dict[str, Any]]) -> str:
    """How many bars are met, by group."""
    counts: dict[str, list[int]] = {}
    for row in rows:
        group = row["name"].split("/")[0]
        for bar in row["bars"]:
            if bar["met"] is not None:
                met, all_ = counts.setdefault(group, [0, 0])
                counts[group] = [met + bar["met"], all_ + 1]
    total = [sum(c[i] for c in counts.values()) for i in (0, 1)]
    parts = ", ".join(f"{g} {m}/{n}" for g, (m, n) in counts.items())
    return f"bars met: {total[0]} of {total[1]} ({parts})"
