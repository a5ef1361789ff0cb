"""What is done on the host before each replay of a function that pyten.cuda.graph has captured."""

from __future__ import annotations

from _thread import _local as local  # threading itself costs half a millisecond of the import
from collections.abc import Callable
from typing import Any

__all__ = ["Actions", "each_replay", "noting"]

Actions = list[Callable[[], Any]]


class _Noting(local):
    actions: Actions | None = None


_noting = _Noting()


def each_replay(action: Callable[[], Any]) -> None:
    """Has the function that is being captured on this thread do something before each replay."""
    if _noting.actions is not None:
        _noting.actions.append(action)


class noting:
    """In a `with` block, each_replay adds to a list."""

    def __init__(self, actions: Actions) -> None:
        self._actions: Actions | None = actions

    def __enter__(self) -> None:
        self._actions, _noting.actions = _noting.actions, self._actions

    def __exit__(self, *exc: object) -> None:
        _noting.actions = self._actions
