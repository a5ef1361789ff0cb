"""Has errors of Python's own say what was meant. The words are in `_mistakes`, imported on failure.

Nothing here costs a call that succeeds more than one step from C to C.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from pyten import _core

__all__ = ["attach", "attach_methods", "missing"]


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
        names = module.__dict__
        for name in module.__all__:
            member = names.get(name)
            if isinstance(member, FunctionType):
                names[name] = _taught(member)
            elif isinstance(member, type) and member.__module__.startswith("pyten"):
                attach_methods(member)
        names["__getattr__"] = _getattr_of(module.__name__, names.get("__getattr__"))


def attach_methods(*kinds: type) -> None:
    """Has the methods of classes teach when they are misused."""
    for kind in kinds:
        for name, member in list(kind.__dict__.items()):
            if isinstance(member, FunctionType) and (name == "__init__" or name[0] != "_"):
                setattr(kind, name, _core._teach(member))


def _taught(function: FunctionType) -> Any:
    """The function's one stand-in, also where it was defined, for those who import it later."""
    home = function.__globals__
    known = home.get(function.__name__)
    if isinstance(known, _core.TaughtFunction) and known.__wrapped__ is function:
        return known
    taught = _core._teach(function)
    if known is function:
        home[function.__name__] = taught
    return taught


def _getattr_of(module: str, inner: Callable[[str], Any] | None) -> Callable[[str], Any]:
    def __getattr__(name: str) -> Any:
        if inner is not None:
            return inner(name)
        raise missing(module, name)

    return __getattr__
