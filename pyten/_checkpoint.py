"""tf.train.Checkpoint: the variables of objects in one safetensors file, named by their path.

The name of a variable is how it is reached from the checkpoint: `model/layers/0/w`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from pyten import _core, _saving
from pyten._checkpoint_reader import CheckpointReader, file_of
from pyten._module import Module
from pyten._variable import Variable

__all__ = [
    "Checkpoint",
    "CheckpointOptions",
]

_COUNTER = "save_counter"


class CheckpointOptions:
    """TensorFlow's settings of saving, accepted and kept; they change nothing here.

    Args:
      **settings: TensorFlow's settings by name; they become attributes.

    Example:
      >>> import pyten as tf
      >>> tf.train.CheckpointOptions(experimental_io_device="/cpu:0").experimental_io_device
      '/cpu:0'
    """

    def __init__(self, **settings: Any) -> None:
        self.__dict__.update(settings)


def _optimizer_class() -> Any:
    import sys

    module = sys.modules.get("pyten.optimizers._base")  # if nobody imported it, there are none
    return module.Optimizer if module else ()


def _trackable(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_trackable(item) for item in value)
    if isinstance(value, Mapping):
        return any(_trackable(item) for item in value.values())
    return isinstance(value, (_core.Variable, Module, Checkpoint, _optimizer_class()))


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, _optimizer_class()):
        yield from ((f"_variables/{i}", v) for i, v in enumerate(value.variables))
    elif isinstance(value, Checkpoint):
        yield from value._objects().items()
    elif isinstance(value, Module):
        for key in sorted(vars(value)):
            yield key, vars(value)[key]
    elif isinstance(value, (list, tuple)):
        yield from ((str(i), item) for i, item in enumerate(value))
    elif isinstance(value, Mapping):
        for key in sorted(value, key=str):
            yield str(key), value[key]


def _walk(root: Any) -> Iterator[tuple[str, Any]]:
    """Every variable and optimizer below root, once each, with its path; the shortest path wins."""
    seen = {id(root)}
    queue: list[tuple[str, Any]] = [("", root)]
    while queue:
        path, value = queue.pop(0)
        if isinstance(value, (_core.Variable, _optimizer_class())) and path:
            yield path, value
        if isinstance(value, _core.Variable):
            continue
        for key, child in _children(value):
            if _trackable(child) and id(child) not in seen:
                seen.add(id(child))
                escaped = key if key.startswith("_variables/") else key.replace("/", ".S")
                queue.append((f"{path}/{escaped}" if path else escaped, child))


def _variables(root: Any) -> dict[str, Any]:
    return {path: v for path, v in _walk(root) if isinstance(v, _core.Variable)}


def _write(path: str, variables: Mapping[str, Any]) -> None:
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    metadata = {"format": "pyten checkpoint", "version": "1"}
    _saving.write(path, variables, metadata, "file_prefix")


class _Status:
    """What restore gives: checks that everything found its place."""

    def __init__(self, root: Any, reader: CheckpointReader | None) -> None:
        self._root = root
        self._reader = reader
        self._used: set[str] = set()
        self._apply()

    def _apply(self) -> None:
        """Gives values to the variables that there are, and that have none from here yet."""
        reader = self._reader
        if reader is None:
            return
        found = {
            path: v
            for path, v in _variables(self._root).items()
            if path not in self._used and reader.has_tensor(path)
        }
        values = {path: reader._tensor(path) for path in found}
        for path, v in found.items():
            value = values[path]
            if not v.shape.is_compatible_with(value.shape):
                raise ValueError(
                    f"restore: Received incompatible tensor with shape {tuple(value.shape)} when "
                    f"attempting to restore variable with shape {tuple(v.shape)} and name {path}"
                )
            if v.dtype != value.dtype:
                raise ValueError(
                    f"restore: variable {path} is {v.dtype.name}, the checkpoint has "
                    f"{value.dtype.name}"
                )
        for path, v in found.items():
            v.assign(values[path])
        self._used |= set(found)
        for _, value in _walk(self._root):
            if isinstance(value, _optimizer_class()) and not value.built:
                value._after_build = self._apply

    def _missing(self) -> list[str]:
        self._apply()
        names = _variables(self._root)
        return [
            p for p in names if self._reader is not None and p not in self._used and p != _COUNTER
        ]

    def assert_consumed(self) -> _Status:
        """Raises AssertionError unless all of the checkpoint and all variables were matched."""
        self.assert_existing_objects_matched()
        rest = (
            [n for n in self._reader._file if n not in self._used and n != _COUNTER]
            if self._reader
            else []
        )
        if rest:
            raise AssertionError(
                f"Unresolved object in checkpoint: {', '.join(sorted(rest))}: no such variables"
            )
        return self

    def assert_existing_objects_matched(self) -> _Status:
        """Raises AssertionError if a variable was not in the checkpoint."""
        missing = self._missing()
        if missing:
            raise AssertionError(f"No checkpoint values for {', '.join(missing)}")
        return self

    def assert_nontrivial_match(self) -> _Status:
        """Raises AssertionError if no variable was in the checkpoint."""
        self._apply()
        if self._reader is not None and not self._used - {_COUNTER}:
            raise AssertionError("Nothing except the root object matched a checkpointed value.")
        return self

    def expect_partial(self) -> _Status:
        """Says that parts may be missing; nothing warns of them here."""
        return self

    def initialize_or_restore(self, session: Any = None) -> None:
        """Does nothing: variables have their values already."""

    run_restore_ops = initialize_or_restore


class Checkpoint:
    """A group of objects whose variables are saved and restored together.

    Objects are variables, tf.Modules, optimizers, other Checkpoints, and lists, tuples and
    dictionaries of these. The file holds the variables alone, named by the attributes, indices and
    keys that lead to them.

    Args:
      root: an object whose own attributes are saved without a name in front; None for none.
      **kwargs: objects by name. They become attributes.

    Raises:
      ValueError: an object holds no variables and cannot be tracked.

    Example:
      >>> import pyten as tf
      >>> checkpoint = tf.train.Checkpoint(step=tf.Variable(3))
      >>> int(checkpoint.step)
      3
    """

    def __init__(self, root: Any = None, **kwargs: Any) -> None:
        for name, value in {"root": root, **kwargs}.items():
            if value is None and name == "root":
                continue
            empty = isinstance(value, (list, tuple, dict)) and not value
            if not _trackable(value) and not empty:
                raise ValueError(
                    f"`Checkpoint` was expecting {name} to be a trackable object (an object "
                    f"derived from `Trackable`), got {value!r}. A tf.Variable, a tf.Module, an "
                    "optimizer, or a list, tuple or dictionary of these can be saved."
                )
        self._root = root
        self._counter: Any = None
        self._status: _Status | None = None
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if not name.startswith("_") and self.__dict__.get("_status") is not None:
            self._status._apply()  # type: ignore[union-attr]

    def _objects(self) -> dict[str, Any]:
        own = {k: v for k, v in vars(self).items() if not k.startswith("_")}
        if self._root is not None:
            own = {**dict(_children(self._root)), **own}
        if self._counter is not None:
            own[_COUNTER] = self._counter
        return own

    @property
    def save_counter(self) -> Any:
        """How often save was called, an int64 variable that is saved, too."""
        if self._counter is None:
            self._counter = Variable(0, False, name=_COUNTER, dtype="int64")
            if self._status is not None:
                self._status._apply()
        return self._counter

    def write(self, file_prefix: str | os.PathLike[str], options: Any = None) -> str:
        """Writes the variables to one file, whole or not at all.

        Args:
          file_prefix: the path; ".safetensors" is added. Folders are made.
          options: accepted for compatibility.

        Returns:
          The path without ".safetensors", for read.

        Raises:
          OSError: the file cannot be written; what was there is unchanged.
        """
        path = os.fspath(file_prefix)
        _write(file_of(path), _variables(self))
        return path

    def save(self, file_prefix: str | os.PathLike[str], options: Any = None) -> str:
        """Writes the variables to file_prefix-1, the next time to file_prefix-2, and so on.

        The file `checkpoint` beside it names the latest; see tf.train.latest_checkpoint.

        Args:
          file_prefix: the path without the number.
          options: accepted for compatibility.

        Returns:
          The path that was written, for restore.

        Raises:
          OSError: the file cannot be written.
        """
        from pyten._checkpoint_manager import update_state

        self.save_counter.assign_add(1)
        path = f"{os.fspath(file_prefix)}-{int(self._counter)}"
        try:
            self.write(path)
        except BaseException:
            self._counter.assign_sub(1)
            raise
        update_state(os.path.dirname(path), path)
        return path

    def read(self, save_path: str | os.PathLike[str], options: Any = None) -> _Status:
        """Gives the variables the values that write has written.

        Variables that an optimizer makes at its first step get theirs then; those that are set as
        attributes of this checkpoint later, when they are set.

        Args:
          save_path: what write gave.
          options: accepted for compatibility.

        Returns:
          A status: see assert_consumed, assert_existing_objects_matched, expect_partial.

        Raises:
          NotFoundError: there is no such checkpoint.
          DataLossError: the file is damaged.
          ValueError: a shape or dtype differs. Nothing is changed then.
        """
        self._status = _Status(self, CheckpointReader(save_path))
        return self._status

    def restore(self, save_path: str | os.PathLike[str] | None, options: Any = None) -> _Status:
        """Gives the variables the values that save has written; see read.

        Args:
          save_path: what save or tf.train.latest_checkpoint gave; None does nothing.
          options: accepted for compatibility.

        Returns:
          A status, as read gives.
        """
        if save_path is None:
            return _Status(self, None)
        self.save_counter  # noqa: B018  (makes it, so that it is restored)
        return self.read(save_path)

    def sync(self) -> None:
        """Does nothing: saving is never left unfinished."""
