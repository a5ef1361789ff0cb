"""The Python examples, run as a user would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pyten

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(("name", "least"), [("digits_mlp", 96.0), ("digits_cnn", 97.0)])
def test_digits(name: str, least: float, tmp_path: Path) -> None:
    for module in ("sklearn", "matplotlib", "tqdm"):
        pytest.importorskip(module)
    if not EXAMPLES.is_dir():
        pytest.skip("the examples are not beside the tests")
    picture = tmp_path / "mistakes.png"
    root = str(Path(pyten.__file__).parents[1])
    path = os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH")) if p)
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", "--picture", picture],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    accuracy = re.search(r"accuracy ([\d.]+)%", done.stdout)
    assert accuracy is not None and float(accuracy[1]) > least, done.stdout
    assert "epoch" in done.stderr  # the progress bar
    import matplotlib.image

    pixels = matplotlib.image.imread(picture)[..., :3]
    assert min(pixels.shape[:2]) > 100
    assert np.mean(pixels < 0.5) > 0.01 and np.mean(pixels > 0.9) > 0.3  # neither blank nor black
