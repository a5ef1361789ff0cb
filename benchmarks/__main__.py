"""python -m benchmarks: pyten beside its peers."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import footprint, report
from benchmarks.cases import CASES, MEMORY, chosen, selected
from benchmarks.peers import NO_COMPILE, PEERS
from benchmarks.runner import QUICK, Settings, Team, measure
from benchmarks.workers import Spec

RESULTS = Path(__file__).with_name("results")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Times pyten beside its peers: the same work, in turns, results checked.",
        epilog="Figures are medians over rounds; a ratio is pyten's time divided by the other's in "
        "the same round, `least` the ratio of the fastest rounds, `limit` pyten's time divided by "
        "what the machine allows (multiply-adds or memory, measured in the same rounds).",
    )
    others = ",".join(p for p in PEERS if p != "pyten")
    parser.add_argument(
        "--quick", action="store_true", help="fewer and shorter rounds, no torch.compile"
    )
    parser.add_argument("--peers", default=others, metavar="NAMES", help=f"of {others}")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATTERN",
        help="cases whose name contains this regular expression; may be given again",
    )
    parser.add_argument("--list", action="store_true", help="print the cases' names and end")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int)
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PEER=PATH",
        help="the interpreter that a peer is installed for; this one otherwise",
    )
    parser.add_argument("--busy", action="store_true", help="also beside a process on one core")
    parser.add_argument("--json", metavar="FILE", help=f"a bare name goes to {RESULTS.name}/")
    parser.add_argument("--picture", metavar="FILE", help="a PNG or SVG; needs matplotlib")
    parser.add_argument(
        "--draw", metavar="JSON", help="draw the picture of an earlier run's file and end"
    )
    options = parser.parse_args(arguments)
    options.peers = [p for p in options.peers.split(",") if p]
    options.python = dict(item.split("=", 1) for item in options.python)
    for name in [*options.peers, *options.python]:
        if name not in PEERS:
            parser.error(f"unknown peer {name!r}; there are {', '.join(PEERS)}")
    if options.draw and not options.picture:
        parser.error("--draw needs --picture FILE")
    return options


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measures what the options ask for, printing each row when it is there."""
    settings = Settings(threads=options.threads, busy=options.busy)
    if options.quick:
        settings = replace(settings, **QUICK)
        os.environ[NO_COMPILE] = "1"  # for the workers
    if options.rounds:
        settings = replace(settings, rounds=options.rounds)
    names = ["pyten", *(p for p in options.peers if p != "pyten")]
    specs = [Spec(n, n, options.python.get(n, sys.executable)) for n in names]
    specs.append(Spec("limits", "limits"))
    team = Team(specs, settings.threads, lambda text: print(text, flush=True))
    rows: list[dict[str, Any]] = []
    about = report.about(settings, {k: v for k, v in team.versions.items() if v}, team.missing)

    def add(row: dict[str, Any]) -> None:
        rows.append(row)
        print("\n".join(report.lines(row)), flush=True)

    try:
        if "limits" in team.workers:
            about["limits"] = team.ask("limits", "machine")
        print(
            f"{about['cpu']}, {about['cores']} cores, load {about['load']:.1f}; {about['versions']}"
        )
        print(report.HEAD)
        for case in selected(options.only):
            add(report.row_json(measure(case, team, settings)))
    except KeyboardInterrupt:
        print("interrupted: what was measured is kept")
        return {"schema": report.SCHEMA, "about": about, "rows": rows}
    finally:
        team.close()
    present = [s for s in specs if s.label not in team.missing]
    for name in MEMORY:
        if chosen(name, options.only):
            add(footprint.memory(name, present, settings.threads))
    if "pyten" not in team.missing and chosen("size/import size/wheel", options.only):
        cost = footprint.import_time(specs[0])
        folder = cost.pop("folder")
        add(cost)
        add(footprint.wheel_bytes(folder))
    print(report.summary(rows))
    return {"schema": report.SCHEMA, "about": about, "rows": rows}


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    if options.list:
        names = [*CASES, *MEMORY, "size/import", "size/wheel"]
        print("\n".join(n for n in names if chosen(n, options.only)))
        return 0
    if options.draw:
        results = json.loads(Path(options.draw).read_text(encoding="utf-8"))
    else:
        results = run(options)
    if options.json:
        path = Path(options.json)
        if path.name == options.json:
            path = RESULTS / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if options.picture:
        from benchmarks.picture import draw

        draw(results, options.picture)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
