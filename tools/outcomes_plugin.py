"""Pytest plug-in `-p outcomes_plugin`: a line of JSON for each test as it ends.

The lines go to the file that OUTCOMES names: the test's name, what became of it, and why.
"""

import json
import os
from typing import Any

_out = open(os.environ["OUTCOMES"], "w", buffering=1)  # noqa: SIM115  (open as long as the run)


def _place(report: Any) -> str:
    # The part of the path from site-packages on: packages have tests of the same name.
    path = os.path.abspath(os.path.join(_root, report.location[0])).replace(os.sep, "/")
    return path.rpartition("site-packages/")[2] + "::" + report.nodeid.partition("::")[2]


_root = ""


def pytest_configure(config: Any) -> None:
    global _root
    _root = str(config.rootpath)


def pytest_runtest_logreport(report: Any) -> None:
    if report.when != "call" and report.outcome == "passed":
        return
    outcome = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "xfailed" if report.skipped else "xpassed"
    why = str(report.longrepr)[-3000:] if report.failed else ""
    _out.write(json.dumps([_place(report), outcome, why]) + "\n")
