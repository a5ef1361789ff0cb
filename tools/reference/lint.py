"""What public docstrings lack, each as a line: `tf.math.log: parameter x is not in Args`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from .docstrings import Docstring, parse
from .inventory import Entry, Member, is_compiled, signature

# `name` is in every signature for TensorFlow's sake; documenting it is allowed, not asked for.
IGNORED = {"name"}
NO_RESULT = {"None", None, "Never", "NoReturn", inspect.Signature.empty}
# What does the same as another function or method says "see …" instead of Args and Returns.
REFERS = re.compile(r"\b[Ss]ee (?:tf\.)?[a-zA-Z_][\w.]*")


def problems(entries: list[Entry]) -> list[str]:
    """All that is missing or wrong, in the order of the names."""
    found: list[str] = []
    public = {id(e.value) for e in entries if e.kind == "class"}
    for entry in entries:
        found += (f"{entry.name}: {text}" for text in of_entry(entry))
        for member in entry.members:
            if inherited(entry, member, public):
                continue
            found += (f"{entry.name}.{member.name}: {text}" for text in of_member(entry, member))
    return found


def inherited(entry: Entry, member: Member, public: set[int]) -> bool:
    """Whether the member is listed with a base class that has a page of its own."""
    if entry.kind != "class":
        return False
    owner = next((b for b in entry.value.__mro__ if member.name in vars(b)), entry.value)
    return owner is not entry.value and id(owner) in public


def of_entry(entry: Entry) -> Iterator[str]:
    if entry.kind in ("constant", "dtype"):
        return
    if not entry.doc:
        yield "has no docstring"
        return
    doc = parse(entry.doc)
    yield from of_summary(doc)
    if entry.kind in ("module", "exception"):
        return  # classes of exceptions take what TensorFlow's take; OpError shows it
    if not doc.has_example:
        yield "has no example (>>> lines)"
    if entry.kind == "function":
        yield from of_call(entry.value, doc, refers(doc))
    elif not is_plain_record(entry.value):
        yield from of_arguments(entry.value, doc)


def of_member(entry: Entry, member: Member) -> Iterator[str]:
    if not member.doc:
        yield "has no docstring"
        return
    doc = parse(member.doc)
    yield from of_summary(doc)
    if member.kind != "attribute":
        yield from of_call(member.value, doc, refers(doc))


def refers(doc: Docstring) -> bool:
    return "Args" not in doc.sections and REFERS.search(f"{doc.summary} {doc.body}") is not None


def of_summary(doc: Docstring) -> Iterator[str]:
    if not re.search(r"[.:!?]`*$", doc.summary):
        yield f"the first sentence does not end with a period: {doc.summary[-40:]!r}"


def of_call(value: Any, doc: Docstring, elsewhere: bool = False) -> Iterator[str]:
    yield from of_arguments(value, doc, elsewhere)
    found = signature(value)
    result = found.return_annotation if found else None
    says = "Returns" in doc.sections or "Yields" in doc.sections
    if says or elsewhere:
        return
    # The one sentence on a function without arguments may be all there is to say.
    if is_compiled(value) or (result not in NO_RESULT and parameters(value)):
        yield "has no Returns"


def of_arguments(value: Any, doc: Docstring, elsewhere: bool = False) -> Iterator[str]:
    found = signature(value)
    if found is None:
        return
    names = list(found.parameters)
    documented = doc.items("Args")
    if not elsewhere:
        for name in names:
            if name not in documented and name not in IGNORED:
                yield f"parameter {name} is not in Args"
    for name, text in documented.items():
        if name not in names:
            yield f"Args names {name}, which is no parameter"
        elif not text:
            yield f"parameter {name} has no description"


def parameters(value: Any) -> list[str]:
    found = signature(value)
    return [] if found is None else [n for n in found.parameters if n not in IGNORED]


def is_plain_record(value: type) -> bool:
    """Named tuples and enums: their fields are told in the docstring's prose."""
    return issubclass(value, tuple) or hasattr(value, "__members__")
