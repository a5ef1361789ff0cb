"""Something to do when another library is imported, in whichever order a program imports it and pyten.

Importing pyten must not bring the other library in: a finder in `sys.meta_path` waits for its import,
steps aside, and has the rest done right after it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["when_imported"]


class _Loader:
    """A module's own loader, and then what is to be done."""

    def __init__(self, loader: Any, then: Callable[[], None]) -> None:
        self._loader, self._then = loader, then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then()


class _Finder:
    """Waits for one module, and leaves `sys.meta_path` when it comes."""

    def __init__(self, awaited: str, then: Callable[[], None]) -> None:
        self._awaited, self._then = awaited, then

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._awaited:
            return None
        from importlib.util import find_spec

        if self in sys.meta_path:
            sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, self._then)  # type: ignore[assignment]
        return spec


def when_imported(name: str, then: Callable[[], None]) -> None:
    """Calls then() now if the module is imported, or else as soon as it is.

    Args:
      name: the module's full name.
      then: a function without arguments.
    """
    if name in sys.modules:
        then()
    else:
        sys.meta_path.insert(0, _Finder(name, then))
