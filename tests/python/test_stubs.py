"""The committed type stub is what the module gives, and type checkers accept it."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(__file__).with_name("typing_sample.py")
STUB = ROOT / "pyten" / "_core.pyi"


def load_generator():
    spec = importlib.util.spec_from_file_location(
        "generate_stubs", ROOT / "tools" / "generate_stubs.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_stub_is_up_to_date():
    assert STUB.read_text() == load_generator().generate(), "run python tools/generate_stubs.py"


def mypy(folder, *files):
    # Silent about the package's own sources: what counts is what a user of it sees.
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--follow-imports=silent", "--cache-dir", folder, *files],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_package_passes_mypy_strict(tmp_path):
    pytest.importorskip("mypy")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", tmp_path, "pyten"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def pyright(folder, *files):
    config = {"extraPaths": [str(ROOT)], "pythonVersion": "3.10", "include": list(map(str, files))}
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    return subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--project", folder],
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_checkers_accept_sample_and_stub(checker, tmp_path):
    pytest.importorskip(checker.__name__)
    done = checker(tmp_path, SAMPLE, STUB)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_checkers_see_mistakes(checker, tmp_path):
    pytest.importorskip(checker.__name__)
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import pyten as tf\n\nx: int = tf.square(2.0)\ntf.square()\n")
    done = checker(tmp_path, wrong)
    assert done.returncode == 1
    assert "wrong.py:3" in done.stdout, done.stdout + done.stderr
    assert "wrong.py:4" in done.stdout, done.stdout + done.stderr
