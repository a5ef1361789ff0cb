"""Tells einops of pyten's tensors when a program imports both, in whichever order.

einops finds a framework among the subclasses of its AbstractBackend. Ours can be made only once
einops is there, which importing pyten must not bring about: a finder in `sys.meta_path` waits for
the import of `einops._backends`, steps aside, and has the subclass made right after it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["attach"]

_AWAITED = "einops._backends"


def _introduce() -> None:
    from contextlib import suppress

    # Another einops than the one we know works as it did, without pyten.
    with suppress(ImportError, AttributeError):
        from pyten import _einops_backend  # noqa: F401


class _Loader:
    """A module's own loader, and then the introduction."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _introduce()


class _Finder:
    """Waits for one module, and leaves `sys.meta_path` when it comes."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _AWAITED:
            return None
        from importlib.util import find_spec

        if self in sys.meta_path:
            sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
        return spec


def attach() -> None:
    """Introduces pyten to einops now, or as soon as it is imported."""
    if _AWAITED in sys.modules:
        _introduce()
    else:
        sys.meta_path.insert(0, _Finder())
