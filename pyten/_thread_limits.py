"""What threadpoolctl needs to see and limit pyten's threads: a controller, registered when both are there."""

from __future__ import annotations

import sys
from typing import Any

_NAME = "threadpoolctl"


def _register(threadpoolctl: Any) -> None:
    from pyten import _core

    class PytenController(threadpoolctl.LibController):  # type: ignore[misc]
        """pyten's pool of threads, by the functions that its library exports."""

        user_api = "pyten"
        internal_api = "pyten"
        filename_prefixes = ("_core.",)
        check_symbols = ("pyten_get_num_threads", "pyten_set_num_threads")

        def get_num_threads(self) -> int:
            return int(self.dynlib.pyten_get_num_threads())

        def set_num_threads(self, num_threads: int) -> None:
            self.dynlib.pyten_set_num_threads(num_threads)

        def get_version(self) -> str:
            return str(_core.runtime_info()["version"])

        def set_additional_attributes(self) -> None:
            self.threading_layer = "pyten"
            self.architecture = _core.runtime_info()["cpu_capability"]

    threadpoolctl.register(PytenController)


class _Finder:
    """First in sys.meta_path until threadpoolctl is imported, to register with it then."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != _NAME:
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)  # type: ignore[arg-type]
        from importlib.util import find_spec

        spec = find_spec(name)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            if hasattr(module, "register"):  # since version 3.3
                _register(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def install() -> None:
    """Registers with threadpoolctl if it is imported, else as soon as it is."""
    module = sys.modules.get(_NAME)
    if module is None:
        sys.meta_path.insert(0, _Finder())  # type: ignore[arg-type]
    elif hasattr(module, "register"):
        _register(module)
