"""A pytest plug-in that has einops's own tests try pyten as one of its back ends.

    EINOPS_TEST_BACKENDS=numpy,pyten PYTHONPATH=tools:<einops checkout> \\
        pytest -p einops_plugin -p no:cacheprovider <einops checkout>/einops/tests

tests/python/test_einops_suite.py runs this when EINOPS_TESTS_DIR names a checkout.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import pyten  # introduces itself to einops

import einops._backends  # isort: skip
import einops.tests

calls: Counter[str] = Counter()


def _counted(backend: Any) -> Any:
    """The back end, whose calls are counted: a suite that never reaches it proves nothing."""
    for name in ("reshape", "transpose", "reduce", "tile", "concat", "einsum"):
        method = getattr(backend, name)

        def counting(*args: Any, _name: str = name, _method: Any = method, **kwargs: Any) -> Any:
            calls[_name] += 1
            return _method(*args, **kwargs)

        setattr(backend, name, counting)
    return backend


def _with_pyten(collect: Any) -> Any:
    def collect_test_backends(symbolic: bool = False, layers: bool = False) -> list[Any]:
        found = list(collect(symbolic=symbolic, layers=layers))
        if not symbolic and not layers and "pyten" in einops.tests.parse_backends_to_test():
            # The very one that einops picks for tensors.
            found.append(einops._backends.get_backend(pyten.constant(0.0)))
        return found

    return collect_test_backends


_counted(einops._backends.get_backend(pyten.constant(0.0)))
einops.tests.collect_test_backends = _with_pyten(einops.tests.collect_test_backends)


def pytest_collection_modifyitems() -> None:
    # This one has a list of its own.
    einsum_tests = sys.modules.get("einops.tests.test_einsum")
    if einsum_tests is not None:
        einsum_tests.valid_backends_functional.append("pyten")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts = ", ".join(f"{name} {count}" for name, count in sorted(calls.items()))
    terminalreporter.write_line(f"pyten's back end was called: {counts or 'never'}")
