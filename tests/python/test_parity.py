"""TensorFlow's own results for small programs; one test for each of them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from parity.cases import Case, brief, difference, load, run

# Differences that tests of their own describe; elsewhere `dev` cases must not fail by accident.
NUMPY = tuple(int(part) for part in np.__version__.split(".")[:2])


def ids(cases: list[Case]) -> list[str]:
    return [case.name for case in cases]


FIRST = [case for case in load("golden.json") if case.tier == 1]
LATER = [case for case in load("golden.json") if case.tier > 1]
PROGRAMS = load("fuzz.json")


def check(case: Case) -> None:
    if "numpy2" in case.tags and NUMPY < (2, 2):
        pytest.skip("the text is NumPy's own, of 2.2 and later")
    if "bfloat16" in case.src or "bf16" in case.name:
        pytest.importorskip("ml_dtypes")
    got = run(case)
    found = difference(case.want, got, case)
    if found and case.dev:
        message = got.get("msg", "")
        assert (
            not re.search(r"has no attribute|unexpected keyword", message) or "keyword" in case.name
        )
        return
    assert not found, f"{found}\n{case.src}\ngot {brief(got)}"


@pytest.mark.parametrize("case", FIRST, ids=ids(FIRST))
def test_first_release(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("case", LATER, ids=ids(LATER))
def test_later_releases_where_built(case: Case) -> None:
    got = run(case)
    if got["k"] == "x" and re.search(r"module '\S+' has no attribute", got["msg"]):
        pytest.skip(got["msg"][:80])
    check(case)


@pytest.mark.parametrize("case", PROGRAMS, ids=ids(PROGRAMS))
def test_random_programs(case: Case) -> None:
    check(case)
