"""Introduces pyten to other packages once a program imports both, in whichever order.

Some can be told of a new framework only when they are there, which importing pyten must not bring
about. A finder in `sys.meta_path` waits for the modules in question; when one comes it steps aside,
and has what is to follow done right after that module's own code.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["after_import", "introduce_to_einops"]

_awaited: dict[str, Callable[[ModuleType], None]] = {}


class _Loader:
    """A module's own loader, and then what is to follow."""

    def __init__(self, loader: Any, then: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then(module)


class _Finder:
    """Stands in `sys.meta_path` for as long as something is awaited."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        then = _awaited.pop(name, None)
        if then is None:
            return None
        from importlib.util import find_spec

        if not _awaited and _finder in sys.meta_path:
            sys.meta_path.remove(_finder)
        spec = find_spec(name)
        if spec is None:
            _await(name, then)  # not installed, or not yet
        elif hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, then)  # type: ignore[assignment]
        return spec


_finder = _Finder()


def _await(name: str, then: Callable[[ModuleType], None]) -> None:
    _awaited[name] = then
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def after_import(name: str, then: Callable[[ModuleType], None]) -> None:
    """Calls then(module) now if the module is imported already, else right after its import."""
    module = sys.modules.get(name)
    if module is None:
        _await(name, then)
    else:
        then(module)


def introduce_to_einops() -> None:
    """Has einops find pyten among the subclasses of its AbstractBackend."""

    def introduce(backends: ModuleType) -> None:
        # Another einops than the one we know works as it did, without pyten.
        if hasattr(backends, "AbstractBackend"):
            from pyten import _einops_backend  # noqa: F401

    after_import("einops._backends", introduce)
