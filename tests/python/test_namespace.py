"""Names, parameters, documentation and the cost of `import pyten`."""

from __future__ import annotations

import ast
import inspect
import json
import pathlib
import pkgutil
import re
import subprocess
import sys

import pytest

import pyten as tf
from pyten import _core

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from reference.inventory import modules

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


def plain(default: object) -> object:
    """A default as a value: dtypes and enums by name, numbers however they are written."""
    text = str(getattr(default, "value", default))
    text = re.sub(r"^<\w+\.\w+: '(\w+)'>$|^tf\.(\w+)$|^<dtype: '(\w+)'>$", r"\1\2\3", text)
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


@pytest.mark.parametrize("name", [n for n in known() if any("=" in p for p in SIGNATURES[n])])
def test_defaults_are_tensorflows(name: str) -> None:
    try:
        parameters = inspect.signature(find(name)).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pytest.skip("has no signature")
    for text in SIGNATURES[name]:
        parameter, _, default = text.partition("=")
        if default and parameter != "name" and parameter in parameters:
            found = parameters[parameter].default
            assert found is not inspect.Parameter.empty, parameter
            assert plain(found) == plain(default), parameter


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


def natural(name: str) -> tuple[int, list[object]]:
    """As ruff sorts `__all__`: constants, classes, the rest; int8 before int16."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, [int(t) if t.isdigit() else t for t in re.split(r"(\d+)", name)]


NAMESPACES = modules()


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_namespaces_are_complete(namespace: str) -> None:
    module = NAMESPACES[namespace]
    assert module.__doc__ and module.__doc__.split("\n")[0].endswith("."), namespace
    public = module.__all__
    assert len(set(public)) == len(public)
    assert public == sorted(public, key=natural)
    assert set(public) <= set(dir(module)) | set(tf._LAZY_NAMES)
    own = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and callable(value)
        and getattr(value, "__module__", None) == module.__name__
    }
    assert own <= set(public), "public by name, but not in __all__"


@pytest.mark.parametrize("name", known())
def test_names_of_tensorflow_are_in_all(name: str) -> None:
    namespace, _, last = f"tf.{name}".rpartition(".")
    if namespace in NAMESPACES:
        assert last in NAMESPACES[namespace].__all__


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
