"""What threadpoolctl needs to see and limit pyten's threads: a controller, registered when both are there."""

from __future__ import annotations

from typing import Any

from pyten._after_import import after_import


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


def install() -> None:
    """Registers with threadpoolctl if it is imported, else as soon as it is."""

    def register(module: Any) -> None:
        if hasattr(module, "register"):  # since version 3.3
            _register(module)

    after_import("threadpoolctl", register)
