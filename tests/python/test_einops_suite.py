"""einops's own tests, with pyten as one of its back ends. EINOPS_TESTS_DIR names a checkout of einops."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pyten

CHECKOUT = os.environ.get("EINOPS_TESTS_DIR")
TOOLS = Path(__file__).parents[2] / "tools"

# What einops skips with these back ends: its layers, symbolic tensors and torch.compile, which ask
# for torch, TensorFlow, JAX or pytensor by name. None of them is pyten's.
SKIPPED = 11


@pytest.mark.skipif(CHECKOUT is None, reason="EINOPS_TESTS_DIR is not set")
def test_einops_own_tests() -> None:
    checkout = Path(CHECKOUT or "")
    package = str(Path(pyten.__file__).parents[1])
    paths = [str(checkout), str(TOOLS), package]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rsf",
            "-p",
            "einops_plugin",
            "-p",
            "no:cacheprovider",
        ]
        + ["-o", "addopts=", "--rootdir", str(checkout), str(checkout / "einops/tests")],
        capture_output=True,
        text=True,
        timeout=600,
        env={
            **os.environ,
            "EINOPS_TEST_BACKENDS": "numpy,pyten",
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    passed, skipped = (int(n) for n in re.findall(r"(\d+) (?:passed|skipped)", done.stdout)[-2:])
    assert passed >= 50 and skipped <= SKIPPED, done.stdout[-3000:]
    calls = dict(re.findall(r"(\w+) (\d+)", done.stdout.split("back end was called: ")[1]))
    for name in ("concat", "einsum", "reduce", "reshape", "tile", "transpose"):
        assert int(calls[name]) >= 10, calls
