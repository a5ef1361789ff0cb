"""Tells threadpoolctl of pyten's threads, so that it sees and limits them."""

from __future__ import annotations

from pyten._when_imported import when_imported

__all__ = ["attach"]


def _register() -> None:
    import threadpoolctl

    from pyten import _core

    if not hasattr(threadpoolctl, "register"):  # before version 3.3
        return

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


def attach() -> None:
    """Registers with threadpoolctl now, or as soon as it is imported."""
    when_imported("threadpoolctl", _register)
