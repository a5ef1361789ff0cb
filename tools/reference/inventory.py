"""Every public name of pyten, once: its kind, its aliases, its signature, its members."""

from __future__ import annotations

import enum
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

# Types whose signature C does not tell.
CONSTRUCTORS = {"GradientTape": "(persistent=False, watch_accessed_variables=True)"}


@dataclass
class Entry:
    """One public object, whatever the number of its names."""

    names: list[str]  # the one it is filed under, then its aliases
    value: Any
    kind: str  # "module", "function", "class", "exception", "dtype" or "constant"
    members: list[Member] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.value) or ""

    @property
    def is_compiled(self) -> bool:
        return is_compiled(self.value)


@dataclass
class Member:
    """A method or attribute of a class."""

    name: str
    value: Any
    kind: str  # "method", "class method", "static method", "attribute"
    doc: str


def modules() -> dict[str, ModuleType]:
    """The public namespaces by name, `tf` first. A module with two names comes once for each."""
    import pyten

    found: dict[str, ModuleType] = {}

    def visit(name: str, module: ModuleType) -> None:
        if module in (found[n] for n in found if name.startswith(n + ".")):
            return
        found[name] = module
        names = set(getattr(module, "__all__", ()))
        if module is pyten:
            names |= {m.name for m in pkgutil.iter_modules(pyten.__path__)}
        for child in sorted(n for n in names if not n.startswith("_")):
            value = getattr(module, child, None)
            if inspect.ismodule(value) and value.__name__.split(".")[0] == "pyten":
                visit(f"{name}.{child}", value)

    # What is loaded at first use shows only once it is loaded.
    for info in pkgutil.iter_modules(pyten.__path__):
        if not info.name.startswith("_"):
            import_module(f"pyten.{info.name}")
    visit("tf", pyten)
    return found


def kind_of(value: Any) -> str:
    from pyten import DType

    if inspect.ismodule(value):
        return "module"
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    if isinstance(value, DType):
        return "dtype"
    return "function" if callable(value) else "constant"


def inventory() -> list[Entry]:
    """All entries, sorted by name."""
    by_identity: dict[int, Entry] = {}
    for namespace, module in modules().items():
        if not any(e.value is module for e in by_identity.values()):
            by_identity[id(module)] = Entry([namespace], module, "module")
        else:
            by_identity[id(module)].names.append(namespace)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if inspect.ismodule(value) or name.startswith("__"):
                continue
            # None and small constants are the same object everywhere.
            key = id(value) if kind_of(value) != "constant" else hash(f"{namespace}.{name}")
            entry = by_identity.setdefault(key, Entry([], value, kind_of(value)))
            entry.names.append(f"{namespace}.{name}")
    entries = list(by_identity.values())
    for entry in entries:
        # The shortest path, and there the name that the object has itself.
        own = getattr(entry.value, "__name__", "")
        entry.names.sort(key=lambda n: (n.count("."), n.rpartition(".")[2] != own, n))
        if entry.kind in ("class", "exception"):
            entry.members = list(members(entry.value))
    return sorted(entries, key=lambda e: (e.name.lower(), e.name))


def members(owner: type) -> Iterator[Member]:
    """Public methods and attributes, inherited ones of pyten's classes too."""
    seen: set[str] = set()
    for base in owner.__mro__:
        if base.__module__.split(".")[0] != "pyten" and owner is not base:
            continue
        for name, value in vars(base).items():
            if name.startswith("_") or name in seen:
                continue
            seen.add(name)
            if issubclass(owner, enum.Enum) and isinstance(getattr(owner, name), owner):
                continue
            if name in getattr(owner, "_fields", ()):
                continue
            kind = "attribute"
            if isinstance(value, classmethod):
                kind = "class method"
            elif isinstance(value, staticmethod):
                kind = "static method"
            elif callable(value):
                kind = "method"
            elif not (inspect.isdatadescriptor(value) or hasattr(value, "__get__")):
                continue  # a plain constant of the class
            target = getattr(owner, name) if "method" in kind else value
            yield Member(name, target, kind, inspect.getdoc(value) or "")


def is_compiled(value: Any) -> bool:
    """Whether this is a function of the op registry."""
    from pyten import _core

    return isinstance(value, _core.Function)


def signature(value: Any) -> inspect.Signature | None:
    """How it is called, without `self`; None when that cannot be told."""
    name = getattr(value, "__name__", "")
    if name in CONSTRUCTORS and inspect.isclass(value):
        return inspect.signature(eval(f"lambda {CONSTRUCTORS[name][1:-1]}: None"))
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    rest = [p for p in found.parameters.values() if p.name not in ("self", "cls", "_cls")]
    return found.replace(parameters=rest)


def signature_text(name: str, value: Any, width: int = 88) -> str:
    """`name(parameters)` as source text, on several lines when one is too short."""
    if is_compiled(value):
        parts = [n + (f"={d}" if d is not None else "") for n, _, d in value._parameters]
    else:
        found = signature(value)
        parts = ["..."] if found is None else list(_parameter_texts(found))
    one_line = f"{name}({', '.join(parts)})"
    if len(one_line) <= width:
        return one_line
    lines = [f"{name}("]
    for part in parts:
        if len(lines) == 1 or len(lines[-1]) + len(part) + 2 > width:
            lines.append(f"    {part},")
        else:
            lines[-1] += f" {part},"
    return "\n".join([*lines, ")"])


def _parameter_texts(found: inspect.Signature) -> Iterator[str]:
    star = False
    previous = None
    for p in found.parameters.values():
        if previous is p.POSITIONAL_ONLY and p.kind is not p.POSITIONAL_ONLY:
            yield "/"
        if p.kind is p.KEYWORD_ONLY and not star:
            yield "*"
        star = star or p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        prefix = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        previous = p.kind
        yield prefix + p.name + ("" if p.default is p.empty else f"={_default(p.default)}")


def _default(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return f"tf.{type(value).__name__}.{value.name}"
    text = repr(value)
    if text.startswith("<"):  # a function or class by its name; a marker for "not given" by nothing
        return getattr(value, "__name__", "...")
    return text
