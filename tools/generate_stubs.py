"""Writes pyten/_core.pyi, the type stub of the compiled module, from the module itself.

    python tools/generate_stubs.py            writes the file
    python tools/generate_stubs.py --check    exits with 1 when the file is not up to date

Op functions come from the registry that the bindings come from; the methods of the compiled types
from their text signatures. What C cannot say (the types of attributes and results) stands here.
"""

from __future__ import annotations

import argparse
import inspect
import keyword
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STUB = Path(__file__).resolve().parent.parent / "pyten" / "_core.pyi"
WIDTH = 100

HEADER = """\
# Written by tools/generate_stubs.py: edit that, or the op definitions in csrc/ops.
import builtins
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeAlias

from numpy.typing import ArrayLike, DTypeLike as _NumpyDTypeLike, NDArray

from pyten._dtypes import DType
from pyten._shape import TensorShape

# What ops convert to a tensor; lists may hold tensors as well.
TensorLike: TypeAlias = Tensor | Variable | ArrayLike | Sequence[TensorLike]
DTypeLike: TypeAlias = DType | _NumpyDTypeLike
Ints: TypeAlias = int | Sequence[int] | Tensor | NDArray[Any]
ShapeLike: TypeAlias = TensorShape | int | Sequence[int | None] | Tensor | NDArray[Any]

__version__: str
"""

# Op parameters, by the kind that the registry gives.
KINDS = {
    "tensor": "TensorLike",
    "tensors": "Sequence[TensorLike] | TensorLike",
    "indices": "TensorLike",
    "any_tensor": "TensorLike",
    "ints": "Ints",
    "shape": "ShapeLike",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "string": "str",
    "dtype": "DTypeLike",
    "name": "Any",
}

# Attributes and method parameters, by name; anything else is Any.
ATTRIBUTES = {
    "shape": "TensorShape",
    "Array.shape": "tuple[int, ...]",
    "dtype": "DType",
    "ndim": "int",
    "device": "str",
    "trainable": "bool",
    "name": "str",
    "_id": "int",
    "__name__": "str",
    "__qualname__": "str",
    "__module__": "str",
    "dtypes": "tuple[str, ...]",
    "differentiable": "bool",
}
PARAMETERS = {
    "value": "TensorLike",
    "delta": "TensorLike",
    "persistent": "bool",
    "watch_accessed_variables": "bool",
    "read_value": "bool",
    "unconnected_gradients": "Any",
    "how": "str",
}
RESULTS = {
    "numpy": "Any",
    "__array__": "NDArray[Any]",
    "__dlpack__": "Any",
    "__dlpack_device__": "tuple[int, int]",
    "assign": "Variable",
    "assign_add": "Variable",
    "assign_sub": "Variable",
    "read_value": "Tensor",
    "value": "Tensor",
    "watch": "None",
    "watched_variables": "tuple[Variable, ...]",
    "keep_values": "None",
    "reset": "None",
    "to_html": "None",
    "explain": "str",
    "stop_recording": "AbstractContextManager[None]",
    "convert": "Tensor",
    "_bytes_of": "Tensor",
    "_from_buffer": "Tensor",
    "from_dlpack": "Tensor",
    "get_item": "Tensor",
}
# Constructors, and protocol methods that are not the same for all types.
SIGNATURES = {
    "GradientTape.__new__": "(cls, persistent: bool = False, "
    "watch_accessed_variables: bool = True) -> GradientTape",
    "GradientTape.__enter__": "(self) -> GradientTape",
    "Function.__call__": "(self, *args: Any, **kwargs: Any) -> Any",
}

UNARY = ("neg", "pos", "abs", "invert")
BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"]
BINARY += ["lshift", "rshift"]
COMPARISONS = ("__lt__", "__le__", "__gt__", "__ge__")
TO_TENSOR = "(self, other: Any, /) -> Tensor"
SLOTS = {
    **{f"__{name}__": "(self) -> Tensor" for name in UNARY},
    **{f"__{prefix}{name}__": TO_TENSOR for name in BINARY for prefix in ("", "r", "i")},
    **dict.fromkeys(COMPARISONS, TO_TENSOR),
    "__divmod__": "(self, other: Any, /) -> tuple[Tensor, Tensor]",
    "__rdivmod__": "(self, other: Any, /) -> tuple[Tensor, Tensor]",
    **dict.fromkeys(("__int__", "__index__", "__len__"), "(self) -> int"),
    "__float__": "(self) -> float",
    "__complex__": "(self) -> builtins.complex",
    "__bool__": "(self) -> bool",
    "__iter__": "(self) -> Iterator[Tensor]",
    "__getitem__": "(self, key: Any, /) -> Tensor",
    "__exit__": "(self, *exc: Any) -> None",
    # object promises bool here.
    "__eq__": "(self, other: Any, /) -> Tensor: ...  # type: ignore[override]  # pyright: ignore",
    "__ne__": "(self, other: Any, /) -> Tensor: ...  # type: ignore[override]  # pyright: ignore",
}
# Refused by the type (with a message of its own), or of no interest to a type checker.
HIDDEN = {
    "__slotnames__",  # what copyreg notes on a class whose objects were copied
    "__new__", "__init__", "__doc__", "__dict__", "__weakref__", "__module__", "__hash__",
    "__setitem__", "__delitem__", "__reduce__", "__reduce_ex__", "__repr__", "__str__",
    "__format__", "__dir__", "__vectorcalloffset__", "__weaklistoffset__", "__dictoffset__",
    "__text_signature__", "__setattr__", "__getattribute__", "__getattr__", "__delattr__",
    "__copy__", "__deepcopy__", "_pybind11_conduit_v1_", "__annotations__", "__qualname__",
    "__name__",
}  # fmt: skip


def definition(
    name: str, signature: str, indent: str = "", doc: str | None = None
) -> Iterator[str]:
    """`def name(...)`, a parameter a line when one line is too short, with a one-line docstring."""
    head, marker, _ = signature.partition(": ...")
    if marker:
        yield f"{indent}def {name}{signature}"
        return
    lines = [f"{indent}def {name}{head}:"]
    if len(lines[0]) > WIDTH - 4:
        inside, result = re.fullmatch(r"\((.*)\) -> (.*)", head).groups()  # type: ignore[union-attr]
        parts = split_parameters(inside)
        lines = [
            f"{indent}def {name}(",
            *(f"{indent}    {p}," for p in parts),
            f"{indent}) -> {result}:",
        ]
    yield from lines[:-1]
    if doc:
        yield lines[-1]
        yield f'{indent}    """{doc}"""'
    else:
        yield f"{lines[-1]} ..."


def split_parameters(text: str) -> list[str]:
    """Splits at the commas outside of brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for i, c in enumerate(text):
        quoted ^= c in "'\""
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0 and not quoted:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()]


def first_line(doc: str | None, name: str) -> str | None:
    """The summary of a docstring, if it has one (pybind11 starts with the signature)."""
    lines = [line for line in (doc or "").split("\n") if line and not line.startswith(f"{name}(")]
    return lines[0].replace("\\", "\\\\") if lines and lines[0].endswith(".") else None


def op(function: Any) -> Iterator[str]:
    parts = []
    for name, kind, fallback in function._parameters:
        annotation = KINDS[kind]
        if fallback == "None" and annotation != "Any":
            annotation += " | None"
        shown = "..." if fallback and fallback.startswith("tf.") else fallback
        parts.append(f"{name}: {annotation}" + (f" = {shown}" if shown else ""))
    result = "list[Tensor]" if function._returns_list else "Tensor"
    doc = first_line(function.__doc__, function.__name__)
    yield from definition(function.__name__, f"({', '.join(parts)}) -> {result}", doc=doc)


def from_signature(signature: inspect.Signature, method: bool, result: str | None) -> str:
    """A signature with types: its own annotations where they are plain, else those by name."""
    parts, star = ["self"] if method else [], False
    parameters = list(signature.parameters.values())
    if method and parameters and parameters[0].name in ("self", "$self"):
        parameters = parameters[1:]
    for p in parameters:
        annotation = PARAMETERS.get(p.name, "Any")
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
        star = star or p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        prefix = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        text = f"{prefix}{p.name}: {annotation}"
        if p.default is not p.empty:
            plain = p.default is None or isinstance(p.default, (bool, int, float, str))
            if p.default is None and annotation != "Any":
                text += " | None"
            text += f" = {p.default!r}" if plain else " = ..."
        parts.append(text)
    return f"({', '.join(parts)}) -> {result or 'Any'}"


def attribute(owner: type, name: str, value: Any) -> Iterator[str]:
    full = f"{owner.__name__}.{name}"
    doc = None if name.startswith("__") else first_line(getattr(value, "__doc__", None), name)
    if full in SIGNATURES or name in SLOTS:
        yield from definition(name, SIGNATURES.get(full) or SLOTS[name], "    ")
    elif inspect.isgetsetdescriptor(value) or isinstance(value, property):
        result = ATTRIBUTES.get(full) or ATTRIBUTES.get(name, "Any")
        ignore = ": ...  # type: ignore[override]" if full in ATTRIBUTES else ""
        yield "    @property"
        yield from definition(name, f"(self) -> {result}{ignore}", "    ", doc)
    elif callable(value):
        try:
            signature = inspect.signature(value)
        except ValueError:
            yield from definition(name, "(self, *args: Any, **kwargs: Any) -> Any", "    ", doc)
        else:
            text = from_signature(signature, True, RESULTS.get(name))
            yield from definition(name, text, "    ", doc)
    elif isinstance(value, (bool, int, float, str)):
        yield f"    {name}: ClassVar[{type(value).__name__}]"
    else:
        yield f"    {name}: ClassVar[Any]"


def class_stub(owner: type) -> Iterator[str]:
    # An Array overrides what it has in common with its base, with other types of results.
    is_array = owner.__name__ == "Array"
    yield f"class {owner.__name__}{'(Tensor)' if is_array else ''}:"
    body: list[str] = []
    constructor = SIGNATURES.get(f"{owner.__name__}.__new__")
    if constructor:
        body += definition("__new__", constructor, "    ")
    elif owner.__name__ == "Variable":
        body += definition("__init__", "(self, *args: Any, **kwargs: Any) -> None", "    ")
    if vars(owner).get("__hash__") and owner.__name__ == "Tensor":
        body.append("    __hash__: ClassVar[None]  # type: ignore[assignment]  # pyright: ignore")
    for name, value in sorted(vars(owner).items()):
        if name not in HIDDEN and not keyword.iskeyword(name):
            body += attribute(owner, name, value)
    if is_array:
        body = [re.sub(r"\bTensor\b", "Array", line) for line in body]
        body.append("    def __setitem__(self, key: Any, value: Any, /) -> None: ...")
    yield from body or ["    ..."]
    yield ""


CONTAINERS = {"list": "list[Any]", "tuple": "tuple[Any, ...]", "dict": "dict[str, Any]"}


def simplified(text: str) -> str:
    """A signature by pybind11 in the words of this file; its own vary with the version."""
    text = text.replace("pyten._core.", "").replace("collections.abc.", "")
    text = re.sub(r"typing\.Annotated\[(.*?), \"FixedSize\(\d+\)\"\]", r"\1", text)
    text = re.sub(r"typing\.SupportsInt( \| typing\.SupportsIndex)?", "int", text)
    text = re.sub(r"typing\.SupportsFloat( \| typing\.SupportsIndex)?", "float", text)
    text = re.sub(r"\bobject\b", "Any", text)
    for name, full in CONTAINERS.items():
        text = re.sub(rf"\b{name}\b(?!\[)", full, text)
    return text


def plain_function(name: str, value: Any) -> Iterator[str]:
    """A function of pybind11, which states its types in the docstring, or of plain C."""
    doc = value.__doc__ or ""
    found = re.match(rf"{name}(\(.*\)) -> (.*)\n", doc + "\n")
    if found and "Overloaded function" not in doc:
        arguments, result = (simplified(part) for part in found.groups())
        arguments = re.sub(r"(\*+\w+)(?=[,)])", r"\1: Any", arguments)
        signature = f"{arguments} -> {RESULTS.get(name, result)}"
    elif getattr(value, "__text_signature__", None):
        signature = from_signature(inspect.signature(value), False, RESULTS.get(name))
    else:
        signature = "(*args: Any, **kwargs: Any) -> Any"
    yield from definition(name, signature, doc=first_line(doc, name))


def generate() -> str:
    """The text of the stub."""
    import pyten.array_api  # noqa: F401  attaches the methods that are written in Python
    from pyten import _core

    lines = [HEADER]
    ops = set(_core._function_names)
    others = {n: v for n, v in vars(_core).items() if n not in ops and not n.startswith("__")}
    for _, value in sorted(others.items()):
        if inspect.isclass(value):
            lines += class_stub(value)
    for name, value in sorted(others.items()):
        if inspect.isclass(value):
            continue
        if callable(value):
            lines += plain_function(name, value)
        else:
            lines.append(f"{name}: {'list[str]' if isinstance(value, list) else 'Any'}")
    lines.append("")
    for name in _core._function_names:
        lines += op(getattr(_core, name))
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes pyten/_core.pyi from the module.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    text = generate()
    if arguments.check:
        if not STUB.exists() or STUB.read_text() != text:
            print(
                f"{STUB.name} is out of date: run python tools/generate_stubs.py", file=sys.stderr
            )
            return 1
        return 0
    STUB.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
