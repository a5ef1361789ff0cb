"""The array API's own test suite, github.com/data-apis/array-api-tests, run on pyten.array_api.

Its code is no part of this repository: ARRAY_API_TESTS_DIR names a checkout with its submodule, and
without it this test is skipped. None of its tests may fail.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pyten

FOLDER = os.environ.get("ARRAY_API_TESTS_DIR")


@pytest.mark.skipif(not FOLDER, reason="ARRAY_API_TESTS_DIR names no checkout of array-api-tests")
def test_suite():
    environment = {
        **os.environ,
        "ARRAY_API_TESTS_MODULE": "pyten.array_api",
        "PYTHONPATH": str(Path(pyten.__file__).resolve().parents[1]),
    }
    options = ["-q", "-p", "no:cacheprovider", "--max-examples", "5", "--disable-deadline"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "array_api_tests", *options, "--derandomize"],
        cwd=FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.findall(r"^(?:FAILED|ERROR) (.*)", run.stdout, re.M)
    assert not failed, "\n".join(failed)
    passed = int((re.search(r"(\d+) passed", run.stdout) or [0, 0])[1])
    assert passed >= 1360, run.stdout[-2000:] + run.stderr[-2000:]
