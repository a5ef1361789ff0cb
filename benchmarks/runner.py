"""The libraries take turns at each case: A B C, then C A B, … in one run; the median round counts."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cases import BUSY_BAR, Bar, Case
from benchmarks.workers import Gone, Missing, Spec, Worker

SUBJECT = "pyten"


@dataclass
class Settings:
    """How carefully to measure.

    Attributes:
      threads: for each library.
      rounds: at most so many turns each.
      least_rounds: so many even when a case takes long.
      batch: seconds of calls that one figure is the mean of.
      spend: seconds after which a case's rounds end.
      busy: also with another process that keeps one core busy.
      check: compare the results with float64.
    """

    threads: int = 2
    rounds: int = 15
    least_rounds: int = 3
    batch: float = 0.02
    spend: float = 12.0
    busy: bool = False
    check: bool = True


QUICK: dict[str, Any] = {"rounds": 5, "batch": 0.005, "spend": 3.0}


@dataclass
class Row:
    """The figures of one case.

    Attributes:
      times: seconds a call by `label:variant`, one figure a round.
      busy: the same with another process on one core, those of SUBJECT and of the peers.
      limit: seconds that the machine allows, one a round.
      errors: by variant, of the checked results.
      failed: by library or variant, a sentence.
    """

    case: Case
    times: dict[str, list[float]] = field(default_factory=dict)
    busy: dict[str, list[float]] = field(default_factory=dict)
    limit: list[float] = field(default_factory=list)
    errors: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def subject(self) -> str | None:
        """pyten's variant that the bars are about: the case's, or the fastest."""
        names = [n for n in self.times if n.split(":")[0] == SUBJECT]
        if self.case.subject:
            names = [n for n in names if n.endswith(":" + self.case.subject)]
        return self.fastest(names)

    def fastest(self, names: list[str]) -> str | None:
        return min(names, key=lambda n: statistics.median(self.times[n]), default=None)

    def rival(self, of: str) -> str | None:
        """The name in `times` that a bar is against."""
        if of == "best":
            return self.fastest([n for n in self.times if n.split(":")[0] != SUBJECT])
        if ":" in of:
            return of if of in self.times else None
        return self.fastest([n for n in self.times if n.split(":")[0] == of])

    def ratio(self, of: str) -> float | None:
        """The median over rounds of pyten's time divided by that of `of`; by the least for "limit"."""
        ours = self.subject()
        if of == "limit":
            theirs = [min(self.limit)] * len(self.times.get(ours or "", [])) if self.limit else []
        else:
            theirs = self.times.get(self.rival(of) or "", [])
        if ours is None or not theirs:
            return None
        pairs = zip(self.times[ours], theirs, strict=False)
        return statistics.median(a / b if b else float("inf") for a, b in pairs)

    def ratio_of_least(self, of: str) -> float | None:
        """Like ratio, from the fastest round of each: what a loaded machine disturbs least."""
        ours = self.subject()
        theirs = self.limit if of == "limit" else self.times.get(self.rival(of) or "", [])
        if ours is None or not theirs or min(theirs) == 0:
            return None
        return min(self.times[ours]) / min(theirs)

    def busy_ratio(self, name: str) -> float | None:
        """A variant's time beside a busy process, divided by its own without."""
        if not self.busy.get(name):
            return None
        return statistics.median(
            b / a for b, a in zip(self.busy[name], self.times[name], strict=False) if a
        )

    def bars(self) -> list[tuple[Bar, float | None]]:
        """Each bar with the ratio that was reached; None where what it is against did not run."""
        found = [(bar, self.ratio(bar.of)) for bar in self.case.bars]
        ours = self.subject()
        if ours and self.busy:
            found.append((Bar("undisturbed", BUSY_BAR), self.busy_ratio(ours)))
        return found


class Team:
    """The workers of all libraries. One that ends is started anew for the next case."""

    def __init__(self, specs: list[Spec], threads: int, tell: Callable[[str], None]) -> None:
        self.specs, self.threads, self.tell = specs, threads, tell
        self.workers: dict[str, Worker] = {}
        self.missing: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        for spec in specs:
            self._start(spec)

    def _start(self, spec: Spec) -> None:
        try:
            worker = Worker(spec, self.threads)
        except (Missing, Gone) as e:
            self.missing[spec.label] = str(e)
            self.tell(f"without {spec.label}: {e}")
            return
        self.workers[spec.label] = worker
        self.versions[spec.label] = worker.about["version"]

    def ask(self, label: str, what: str, **arguments: Any) -> dict[str, Any]:
        """Worker.ask of that library; the worker is forgotten if it is gone."""
        try:
            return self.workers[label].ask(what, **arguments)
        except Gone:
            del self.workers[label]
            raise

    def complete(self) -> None:
        """Starts those again that ended."""
        for spec in self.specs:
            if spec.label not in self.workers and spec.label not in self.missing:
                self._start(spec)

    def close(self) -> None:
        for worker in self.workers.values():
            worker.close()


@contextmanager
def busy_core(on: bool) -> Iterator[Callable[[bool], None]]:
    """A process that keeps one core busy, at first stopped; the function lets it run or stops it."""
    import signal

    if not on:
        yield lambda run: None
        return
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])

    def set_running(run: bool) -> None:
        process.send_signal(signal.SIGCONT if run else signal.SIGSTOP)
        if run:
            time.sleep(0.002)  # until the scheduler has placed it

    set_running(False)
    try:
        yield set_running
    finally:
        process.kill()
        process.wait()


def _take_turn(
    row: Row, team: Team, label: str, variant: str, set_busy: Callable[[bool], None]
) -> None:
    """One figure of a variant, and one beside a busy process if the row has those."""
    name = f"{label}:{variant}"
    try:
        row.times[name].append(team.ask(label, "time", variant=variant)["seconds"])
        if name in row.busy:
            set_busy(True)
            try:
                row.busy[name].append(team.ask(label, "time", variant=variant)["seconds"])
            finally:
                set_busy(False)
    except (Gone, RuntimeError) as e:
        # Its rounds cannot be paired with the others' any more, nor its other variants' if it is gone.
        gone = isinstance(e, Gone)
        row.failed[label if gone else name] = str(e)
        for lost in [n for n in row.times if n == name or (gone and n.split(":")[0] == label)]:
            del row.times[lost]
            row.busy.pop(lost, None)


def measure(case: Case, team: Team, settings: Settings) -> Row:
    """All libraries' figures for one case."""
    row = Row(case)
    team.complete()
    entrants: list[tuple[str, str]] = []
    for spec in team.specs:
        label = spec.label
        if label not in team.workers or spec.peer == "limits":
            continue
        try:
            got = team.ask(
                label, "prepare", case=case.name, seconds=settings.batch, check=settings.check
            )
        except (Gone, RuntimeError) as e:
            row.failed[label] = str(e)
            continue
        entrants += [(label, v) for v in got["variants"]]
        row.errors.update({f"{label}:{v}": e for v, e in got["errors"].items()})
        row.failed.update({f"{label}:{v}": s for v, s in got["failed"].items()})
    for label, variant in entrants:
        row.times[f"{label}:{variant}"] = []
        if settings.busy:
            row.busy[f"{label}:{variant}"] = []

    started = time.perf_counter()
    with busy_core(settings.busy) as set_busy:
        for r in range(settings.rounds):
            if r >= settings.least_rounds and time.perf_counter() - started > settings.spend:
                break
            if case.needs and "limits" in team.workers:
                try:
                    row.limit.append(team.ask("limits", "limit", case=case.name)["seconds"])
                except (Gone, RuntimeError) as e:
                    row.failed["limits"] = str(e)
            shift = r % max(len(entrants), 1)
            for label, variant in entrants[shift:] + entrants[:shift]:
                if f"{label}:{variant}" in row.times:
                    _take_turn(row, team, label, variant, set_busy)
    for label in list(team.workers):
        if any(a == label for a, _ in entrants):
            with suppress(Gone, RuntimeError):
                team.ask(label, "drop")
    return row
