"""Importing pyten: silent, without threads, beside other heavy libraries, and light."""

import subprocess
import sys

import pytest


def run(code, **kw):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **kw)


def test_prints_nothing():
    out = run("import pyten")
    assert (out.returncode, out.stdout, out.stderr) == (0, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_starts_no_threads():
    code = (
        "import os, numpy\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "import pyten as tf\n"
        "tf.ones((2, 2)) + 1\n"
        "print(len(os.listdir('/proc/self/task')) - before)"
    )
    assert run(code).stdout == "0\n"


def test_imports_nothing_heavy():
    """Only NumPy, and of the standard library nothing that NumPy does not import itself."""
    code = (
        "import sys, numpy\n"
        "before = set(sys.modules)\n"
        "import pyten\n"
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before}))"
    )
    new = set(run(code).stdout.split())
    heavy = {"inspect", "typing_extensions", "importlib_metadata", "email", "sklearn", "scipy"}
    heavy |= {
        "matplotlib",
        "tqdm",
        "csv",
        "json",
        "argparse",
        "dataclasses",
        "ml_dtypes",
        "asyncio",
    }
    assert not new & heavy
    assert "pyten" in new


@pytest.mark.parametrize("first", [True, False])
def test_lives_beside_libraries_with_thread_local_memory_of_their_own(first):
    """Libraries opened at run time share a small block of it: ours must stay small."""
    pytest.importorskip("sklearn")
    others = "import sklearn.linear_model, scipy.linalg"
    lines = ["import pyten", others] if first else [others, "import pyten"]
    out = run("\n".join([*lines, "print(pyten.ones(2).numpy().sum())"]))
    assert out.stdout == "2.0\n", out.stderr


def test_an_unknown_cpu_level_is_refused():
    import os

    out = run("import pyten", env={**os.environ, "PYTEN_CPU_CAPABILITY": "nonsense"})
    out2 = run(
        "import pyten; pyten.ones(2) + 1", env={**os.environ, "PYTEN_CPU_CAPABILITY": "nonsense"}
    )
    assert "nonsense" in out.stderr + out2.stderr
    assert "baseline" in out.stderr + out2.stderr
