"""Has errors of Python's own say what was meant. The words are in `_mistakes`, imported on failure.

Nothing here costs a call that succeeds more than one step from C to C.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from pyten import _core

__all__ = ["attach", "missing"]


def missing(module: str, name: str) -> AttributeError:
    """Returns the error for `module.name`, which does not exist."""
    if name.startswith("_"):  # a probe, or the import of a private module
        return AttributeError(f"module '{module}' has no attribute '{name}'", name=name, obj=None)
    from pyten import _mistakes

    return _mistakes.module_error(module, name)


def attach(*modules: ModuleType) -> None:
    """Has the functions, classes and names of modules teach when they are misused.

    Args:
      *modules: public modules of the package, complete; what they do not export is left alone.
    """
    for module in modules:
        for name in module.__all__:
            member = module.__dict__.get(name)
            if isinstance(member, FunctionType):
                _core._explain_calls(member)
            elif isinstance(member, type) and member.__module__.startswith("pyten"):
                _attach_methods(member)
        names = module.__dict__
        names["__getattr__"] = _getattr_of(module.__name__, names.get("__getattr__"))


def _attach_methods(kind: type) -> None:
    for name, member in kind.__dict__.items():
        if isinstance(member, FunctionType) and (name == "__init__" or not name.startswith("_")):
            _core._explain_calls(member)


def attach_methods(*kinds: type) -> None:
    """The same for the methods of classes."""
    for kind in kinds:
        _attach_methods(kind)


def _getattr_of(module: str, inner: Callable[[str], Any] | None) -> Callable[[str], Any]:
    def __getattr__(name: str) -> Any:
        if inner is not None:
            return inner(name)
        raise missing(module, name)

    return __getattr__
