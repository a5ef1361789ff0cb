"""Names, parameters, documentation and the cost of `import pyten`."""

from __future__ import annotations

import doctest
import inspect
import json
import pathlib
import pkgutil
import re
import subprocess
import sys

import numpy as np
import pytest

import pyten as tf
from pyten import _core

SIGNATURES = json.loads((pathlib.Path(__file__).parent / "parity" / "signatures.json").read_text())
MODULES = [m.name for m in pkgutil.iter_modules(tf.__path__) if m.name not in ("_core", "__main__")]
# Methods written in C show no `self`; enums, exceptions and *args are not compared.
NOT_COMPARED = re.compile(r"^(Variable|UnconnectedGradients|errors\..*|Tensor|DType)$")


def find(name: str) -> object:
    obj: object = tf
    for part in name.split("."):
        obj = getattr(obj, part, None)
    return obj


def known() -> list[str]:
    return [name for name in SIGNATURES if SIGNATURES[name] and find(name) is not None]


@pytest.mark.parametrize("name", [n for n in known() if not NOT_COMPARED.match(n)])
def test_parameter_names_are_tensorflows(name: str) -> None:
    wanted = [p.split("=")[0] for p in SIGNATURES[name]]
    found = find(name)
    try:
        parameters = inspect.signature(found).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pytest.skip("has no signature")
    names = [
        ("*" * (p.kind is p.VAR_POSITIONAL) or "**" * (p.kind is p.VAR_KEYWORD)) + n
        for n, p in parameters.items()
    ]
    if wanted[0] == "self" and "self" not in names:
        wanted = wanted[1:]
    if any(w.startswith("*") for w in wanted):
        pytest.skip("takes any arguments")
    assert names[: len(wanted)] == wanted


def test_missing_names_say_why() -> None:
    for name, sentence in (
        ("strings", "pyten has no strings"),
        ("RaggedTensor", "pyten has no ragged tensors"),
    ):
        with pytest.raises(
            AttributeError, match=f"module 'pyten' has no attribute '{name}': {sentence}"
        ):
            getattr(tf, name)
    with pytest.raises(AttributeError, match="module 'pyten' has no attribute 'nonsense'$"):
        _ = tf.nonsense
    assert not hasattr(tf, "raw_ops")


def test_all_names_exist() -> None:
    for module in [
        tf,
        *(getattr(tf, m) for m in MODULES if not m.startswith("_") and hasattr(tf, m)),
    ]:
        for name in getattr(module, "__all__", ()):
            assert getattr(module, name, None) is not None or name == "newaxis", (module, name)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    if tuple(map(int, np.__version__.split(".")[:1])) < (2,):
        pytest.skip("the examples show NumPy 2's text")
    module = __import__(f"pyten.{name}", fromlist=["_"])
    failures, _ = doctest.testmod(module, extraglobs={"tf": tf, "np": np})
    assert failures == 0


def test_public_functions_are_documented() -> None:
    for name in known():
        obj = find(name)
        if callable(obj):
            assert inspect.getdoc(obj), name


# -- The cost of import ---------------------------------------------------------------------------------
def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_import_is_silent_and_starts_no_thread() -> None:
    code = "import threading, os, pyten; print(threading.active_count(), len(os.listdir('/proc/self/task')))"
    if not pathlib.Path("/proc/self/task").exists():
        code = "import threading, pyten; print(threading.active_count(), 1)"
    before = python(code.replace("pyten", "numpy"))
    assert python(code) == before


def test_import_loads_little() -> None:
    code = (
        "import sys, numpy; before = set(sys.modules); import pyten;"
        "print(*sorted(m for m in set(sys.modules) - before if not m.startswith('pyten')))"
    )
    heavy = {
        "dataclasses",
        "importlib.metadata",
        "asyncio",
        "multiprocessing",
        "ml_dtypes",
        "numpy.linalg",
    }
    assert not heavy & set(python(code).split())


def test_version() -> None:
    assert tf.__version__ == _core.runtime_info()["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", tf.__version__)


COMPILED = [*_core._function_names, "GradientTape", "Tensor", "Variable"]


@pytest.mark.parametrize("name", COMPILED)
def test_examples_of_compiled_functions(name: str) -> None:
    text = getattr(_core, name).__doc__ or ""
    example = doctest.DocTestParser().get_doctest(text, {"tf": tf, "np": np}, name, None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(example)
    assert runner.summarize(verbose=False).failed == 0
