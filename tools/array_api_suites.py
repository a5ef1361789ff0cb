"""Runs scikit-learn's and SciPy's own array API tests on pyten, and on array_api_strict to compare.

    python tools/array_api_suites.py                     both suites on both, about an hour
    python tools/array_api_suites.py sklearn             one of them
    python tools/array_api_suites.py scipy --packages scipy.special scipy.fft
    python tools/array_api_suites.py --reuse             what array_api_strict gave is kept
    python tools/array_api_suites.py --alone sklearn     on pyten only: two minutes

To be run by a Python that has pyten, pytest, scikit-learn, scipy, array_api_strict and pandas. The
outcomes go to build/suites, a line of JSON a test. What counts are the tests that pass on
array_api_strict; those of them that do not pass on pyten are listed.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ROOT / "tools"
SCIPY = (
    *("special", "stats", "signal", "ndimage", "interpolate", "integrate", "optimize", "spatial"),
    *("linalg", "fft", "cluster", "differentiate", "constants", "_lib"),
)
# The share of what passes on array_api_strict that must pass on pyten, and how many tests that are
# with scikit-learn 1.9 and SciPy 1.17.
BARS = {"sklearn": 1070 / 1078, "scipy": 0.998}
COUNTS = {"sklearn": 1070, "scipy": 25_510}


def command(suite: str, packages: list[str]) -> tuple[list[str], str]:
    """The arguments of pytest, and what the suite wants in SCIPY_ARRAY_API."""
    if suite == "sklearn":
        return ["--pyargs", "sklearn", "-k", "array_api_strict"], "1"
    return ["--pyargs", *packages, "-m", "array_api_backends"], '["array_api_strict"]'


def run(suite: str, arrays: str, packages: list[str], out: Path) -> Path:
    """Runs a suite on one library; returns the file with its outcomes."""
    arguments, backends = command(suite, packages)
    outcomes = out / f"{suite}-{arrays}.jsonl"
    path = [str(PLUGINS), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "SCIPY_ARRAY_API": backends,
        "OUTCOMES": str(outcomes),
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        # Tests are small, and two pools of threads on the same cores wait for each other.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    plugins = ["-p", "outcomes_plugin", *(["-p", "strict_plugin"] if arrays == "pyten" else [])]
    with open(out / f"{suite}-{arrays}.log", "w") as log:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]
            + ["-c", os.devnull, f"--rootdir={out}"]  # not by this repository's settings
            + plugins
            + arguments,
            cwd=out,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return outcomes


def read(outcomes: Path) -> dict[str, tuple[str, str]]:
    """What became of each test, and why; a failure of its end counts."""
    tests: dict[str, tuple[str, str]] = {}
    for line in outcomes.read_text().splitlines():
        name, outcome, why = json.loads(line)
        if tests.get(name, ("",))[0] != "failed":
            tests[name] = outcome, why
    return tests


def reason(why: str) -> str:
    """The first line of the error."""
    errors = [line[1:].strip() for line in why.splitlines() if line.startswith("E ")]
    return (errors or why.strip().splitlines()[-1:] or ["?"])[0][:160]


def compare(suite: str, strict: Path, ours: Path) -> bool:
    """Prints how a suite went; returns whether the bar is reached."""
    theirs, mine = read(strict), read(ours)
    for name, tests in (("array_api_strict", theirs), ("pyten", mine)):
        counts = collections.Counter(outcome for outcome, _ in tests.values())
        print(f"{suite} on {name}: {', '.join(f'{n} {what}' for what, n in counts.most_common())}")
    wanted = [name for name, (outcome, _) in theirs.items() if outcome == "passed"]
    missed: dict[str, list[str]] = collections.defaultdict(list)
    for name in wanted:
        outcome, why = mine.get(name, ("not run", ""))
        if outcome not in ("passed", "xpassed"):
            missed[reason(why) if outcome == "failed" else outcome].append(name)
    count = sum(map(len, missed.values()))
    share = 1 - count / max(1, len(wanted))
    print(
        f"{suite}: {len(wanted) - count} of the {len(wanted)} tests that pass on array_api_strict "
        f"pass on pyten: {share:.2%} (at least {BARS[suite]:.2%})\n"
    )
    for why, names in sorted(missed.items(), key=lambda item: -len(item[1])):
        print(f"  {len(names)} x {why}")
        for name in names:
            print(f"      {name}")
    return bool(wanted) and share >= BARS[suite]


def alone(suite: str, ours: Path) -> bool:
    """Prints what failed on pyten; returns whether as many tests pass as should."""
    tests = read(ours)
    passed = sum(outcome == "passed" for outcome, _ in tests.values())
    print(f"{suite}: {passed} tests pass on pyten (at least {COUNTS[suite]})")
    for name, (outcome, why) in tests.items():
        if outcome == "failed":
            print(f"  {name}\n      {reason(why)}")
    return passed >= COUNTS[suite]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suites", nargs="*", choices=["sklearn", "scipy", []], default=[])
    parser.add_argument("--packages", nargs="+", default=[f"scipy.{name}" for name in SCIPY])
    parser.add_argument("--reuse", action="store_true", help="do not run array_api_strict again")
    parser.add_argument("--alone", action="store_true", help="do not compare")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "suites")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    reached = True
    for suite in options.suites or ["sklearn", "scipy"]:
        if options.alone:
            reached &= alone(suite, run(suite, "pyten", options.packages, options.out))
            continue
        strict = options.out / f"{suite}-array_api_strict.jsonl"
        if not (options.reuse and strict.exists()):
            run(suite, "array_api_strict", options.packages, options.out)
        ours = run(suite, "pyten", options.packages, options.out)
        reached &= compare(suite, strict, ours)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
