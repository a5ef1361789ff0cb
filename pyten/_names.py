"""Name scopes: what stands in front of the names of variables made inside them."""

from __future__ import annotations

from _thread import _local as local  # threading itself costs half a millisecond of the import
from typing import Any

__all__ = ["current_scope", "name_scope"]


class _Scopes(local):
    prefix = ""  # ends with a slash when it is not empty


_scopes = _Scopes()


def current_scope() -> str:
    """What this thread's name scopes put in front of names: "" or "a/b/"."""
    return _scopes.prefix


class name_scope:
    """Puts a prefix in front of the names of the variables made in a `with` block.

    Args:
      name: the prefix. One that ends with "/" replaces the scopes around it; "" leaves them all.

    Raises:
      ValueError: the name is no string.

    Example:
      >>> import pyten as tf
      >>> with tf.name_scope("layer"):
      ...     tf.Variable(1., name="w").name
      'layer/w:0'
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise ValueError(f"name_scope: name must be a string, got {name!r}")
        self._name = name
        self._outer: list[str] = []

    @property
    def name(self) -> str:
        """The name it was made with."""
        return self._name

    def __enter__(self) -> str:
        outer = _scopes.prefix
        self._outer.append(outer)
        if not self._name or self._name.endswith("/"):
            _scopes.prefix = self._name
        else:
            _scopes.prefix = f"{outer}{self._name}/"
        return _scopes.prefix

    def __exit__(self, *exc: Any) -> None:
        _scopes.prefix = self._outer.pop()
