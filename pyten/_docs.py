"""Docstrings that several functions share, and the public module that functions belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["described", "file_under"]

_Described = TypeVar("_Described")


def described(template: str, **words: object) -> Callable[[_Described], _Described]:
    """A decorator that makes the template, filled in with the words, the docstring."""

    def describe(member: _Described) -> _Described:
        member.__doc__ = template.format(**words)
        return member

    return describe


def file_under(module: str, namespace: dict[str, Any]) -> None:
    """Has what a private module exports say that it is of a public one.

    Pickles, messages and help() name that one then.

    Args:
      module: the public module's name.
      namespace: the private module's `globals()`.
    """
    for name in namespace["__all__"]:
        namespace[name].__module__ = module
