"""tf.Module: an object that finds its own variables."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pyten._names import name_scope
from pyten._variable import Variable

__all__ = ["Module"]


def _snake_case(name: str) -> str:
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


class Module:
    """A base for layers and models: gathers the variables and modules among its attributes.

    They are found in attributes, and in the lists, tuples and dictionaries that attributes hold, in
    alphabetical order of the attributes' names; those of the modules inside come after its own.

    Args:
      name: a Python identifier; the class's name in snake_case when None.

    Raises:
      ValueError: the name is no identifier.

    Example:
      >>> import pyten as tf
      >>> class Dense(tf.Module):
      ...     def __init__(self):
      ...         super().__init__()
      ...         self.w = tf.Variable(tf.ones((2, 1)), name="w")
      ...         self.b = tf.Variable(tf.zeros(1), name="b")
      >>> layer = Dense()
      >>> layer.name, [v.name for v in layer.variables]
      ('dense', ['b:0', 'w:0'])
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = _snake_case(type(self).__name__)
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(
                f"Module: {name!r} is not a valid module name. Module names must be valid Python "
                "identifiers (e.g. a valid class name)."
            )
        self._name = name
        with name_scope(name) as scope:
            self._scope = scope

    @property
    def name(self) -> str:
        """The module's name."""
        return self._name

    @property
    def name_scope(self) -> Any:
        """A `with` block that puts the module's name in front of the names of variables."""
        return name_scope(self._scope)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All variables of this module and of those inside it."""
        return tuple(self._flatten(lambda v: isinstance(v, Variable)))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The variables that gradient tapes watch by themselves."""
        return tuple(self._flatten(lambda v: isinstance(v, Variable) and v.trainable))

    @property
    def non_trainable_variables(self) -> tuple[Variable, ...]:
        """The other variables."""
        return tuple(self._flatten(lambda v: isinstance(v, Variable) and not v.trainable))

    @property
    def submodules(self) -> tuple[Module, ...]:
        """All modules inside this one."""
        return tuple(self._flatten(lambda v: isinstance(v, Module)))

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """Decorates a method: variables that it makes have the module's name in front of theirs.

        Args:
          method: a method of a Module.

        Returns:
          The method, wrapped.
        """

        @functools.wraps(method)
        def scoped(self: Module, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return scoped

    def _flatten(self, wanted: Callable[[Any], bool]) -> Iterator[Any]:
        """The wanted objects, each once; those of modules inside after the own ones."""
        seen = {id(self)}
        queue = [self]
        while queue:
            module = queue.pop(0)
            inside: list[Module] = []
            for key in sorted(vars(module)):
                for leaf in _leaves(vars(module)[key]):
                    if id(leaf) in seen:
                        continue
                    seen.add(id(leaf))
                    if isinstance(leaf, Module):
                        inside.append(leaf)
                    if wanted(leaf):
                        yield leaf
            queue[:0] = inside


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, Mapping):
        try:
            keys = sorted(value)
        except TypeError:
            keys = list(value)
        for key in keys:
            yield from _leaves(value[key])
    else:
        yield value
