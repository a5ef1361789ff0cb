"""Which checkpoints a folder has: the `checkpoint` file, and tf.train.CheckpointManager."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pyten._atomic import write_atomically
from pyten._checkpoint import Checkpoint
from pyten._checkpoint_reader import file_of

__all__ = [
    "CheckpointManager",
    "CheckpointState",
    "checkpoints_iterator",
    "get_checkpoint_state",
    "latest_checkpoint",
    "update_state",
]


class CheckpointState(NamedTuple):
    """What the `checkpoint` file of a folder says.

    Args:
      model_checkpoint_path: the path of the latest checkpoint.
      all_model_checkpoint_paths: the paths of all that are kept, the oldest first.
      all_model_checkpoint_timestamps: when each was written, in seconds since 1970.
      last_preserved_timestamp: when the last one kept for good was written, in seconds since 1970.

    Example:
      >>> import pyten as tf
      >>> state = tf.train.CheckpointState("a-2", ["a-1", "a-2"], [1., 2.], 0.)
      >>> state.model_checkpoint_path
      'a-2'
    """

    model_checkpoint_path: str
    all_model_checkpoint_paths: list[str]
    all_model_checkpoint_timestamps: list[float]
    last_preserved_timestamp: float


def get_checkpoint_state(
    checkpoint_dir: str | os.PathLike[str], latest_filename: str | None = None
) -> CheckpointState | None:
    """What the `checkpoint` file of a folder says, with whole paths.

    Args:
      checkpoint_dir: the folder.
      latest_filename: the file's name; "checkpoint" by default.

    Returns:
      A CheckpointState; None when there is no such file or it cannot be read.

    Example:
      >>> import tempfile
      >>> import pyten as tf
      >>> folder = tempfile.mkdtemp()
      >>> path = tf.train.Checkpoint(v=tf.Variable(1.)).save(folder + "/ckpt")
      >>> tf.train.get_checkpoint_state(folder).model_checkpoint_path == path
      True
    """
    folder = os.fspath(checkpoint_dir)
    latest, paths, times, preserved = "", [], [], 0.0
    try:
        with open(os.path.join(folder, latest_filename or "checkpoint"), encoding="utf-8") as file:
            for line in file:
                key, _, text = line.partition(":")
                value = json.loads(text)
                if key == "model_checkpoint_path":
                    latest = os.path.join(folder, value)
                elif key == "all_model_checkpoint_paths":
                    paths.append(os.path.join(folder, value))
                elif key == "all_model_checkpoint_timestamps":
                    times.append(float(value))
                elif key == "last_preserved_timestamp":
                    preserved = float(value)
    except (OSError, ValueError, TypeError):
        return None
    return CheckpointState(latest, paths or [latest], times, preserved) if latest else None


def update_state(
    folder: str,
    latest: str,
    paths: list[str] | None = None,
    times: list[float] | None = None,
    preserved: float | None = None,
) -> None:
    """Writes the `checkpoint` file, with paths relative to the folder."""

    def short(path: str) -> str:
        return json.dumps(os.path.relpath(path, folder or "."))

    lines = [f"model_checkpoint_path: {short(latest)}"]
    lines += [f"all_model_checkpoint_paths: {short(p)}" for p in paths or [latest]]
    lines += [f"all_model_checkpoint_timestamps: {t!r}" for t in times or [time.time()]]
    if preserved is not None:
        lines.append(f"last_preserved_timestamp: {preserved!r}")
    text = "\n".join(lines) + "\n"
    write_atomically(os.path.join(folder, "checkpoint"), text.encode(), "save", "file_prefix")


def latest_checkpoint(
    checkpoint_dir: str | os.PathLike[str], latest_filename: str | None = None
) -> str | None:
    """The path of the latest checkpoint in a folder, for Checkpoint.restore.

    Args:
      checkpoint_dir: the folder.
      latest_filename: the name of the file that says so; "checkpoint" by default.

    Returns:
      A path, or None when there is none.

    Example:
      >>> import pyten as tf
      >>> tf.train.latest_checkpoint("/no/such/folder") is None
      True
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None or not os.path.exists(file_of(state.model_checkpoint_path)):
        return None
    return state.model_checkpoint_path


def checkpoints_iterator(
    checkpoint_dir: str | os.PathLike[str],
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """Waits for new checkpoints in a folder and yields each.

    Args:
      checkpoint_dir: the folder.
      min_interval_secs: the least time between two, in seconds.
      timeout: how long to wait for one, in seconds; None for ever.
      timeout_fn: called after a timeout; the iteration ends when it gives True, or without it.

    Returns:
      An iterator of paths for Checkpoint.restore.

    Example:
      >>> import tempfile
      >>> import pyten as tf
      >>> folder = tempfile.mkdtemp()
      >>> path = tf.train.Checkpoint(v=tf.Variable(1.)).save(folder + "/ckpt")
      >>> [p == path for p in tf.train.checkpoints_iterator(folder, timeout=0)]
      [True]
    """
    last = None
    while True:
        start = time.monotonic()
        path = latest_checkpoint(checkpoint_dir)
        while path is None or path == last:
            if timeout is not None and time.monotonic() - start > timeout:
                break
            time.sleep(0.05)
            path = latest_checkpoint(checkpoint_dir)
        if path is None or path == last:
            if timeout_fn is None or timeout_fn():
                return
            continue
        last = path
        begun = time.monotonic()
        yield path
        time.sleep(max(0.0, min_interval_secs - (time.monotonic() - begun)))


class CheckpointManager:
    """Keeps the last few checkpoints of a folder.

    Args:
      checkpoint: the tf.train.Checkpoint to save.
      directory: the folder; it is made when it does not exist.
      max_to_keep: how many to keep, at least 1; None keeps all.
      keep_checkpoint_every_n_hours: one that would go is kept for good when the last one kept so
        is this old; None: none is.
      checkpoint_name: what the files' names begin with.
      step_counter: a variable that counts steps, for checkpoint_interval.
      checkpoint_interval: save does nothing before this many further steps.
      init_fn: called by restore_or_initialize when there is no checkpoint.
      last_checkpoint_step: the step of the last save before this object was made.

    Raises:
      ValueError: max_to_keep is not positive, or checkpoint_interval has no step_counter.

    Example:
      >>> import tempfile
      >>> import pyten as tf
      >>> checkpoint = tf.train.Checkpoint(v=tf.Variable(1.))
      >>> manager = tf.train.CheckpointManager(checkpoint, tempfile.mkdtemp(), max_to_keep=2)
      >>> for _ in range(3):
      ...     path = manager.save()
      >>> [p[-6:] for p in manager.checkpoints]
      ['ckpt-2', 'ckpt-3']
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        directory: str | os.PathLike[str],
        max_to_keep: int | None,
        keep_checkpoint_every_n_hours: float | None = None,
        checkpoint_name: str = "ckpt",
        step_counter: Any = None,
        checkpoint_interval: int | None = None,
        init_fn: Callable[[], Any] | None = None,
        last_checkpoint_step: int | None = None,
    ) -> None:
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(
                f"Expected a positive integer or `None` for `max_to_keep`, got {max_to_keep}."
            )
        if checkpoint_interval is not None and step_counter is None:
            raise ValueError(
                "`step_counter` should be passed if `checkpoint_interval` is not None."
            )
        self._checkpoint = checkpoint
        self._directory = os.fspath(directory)
        self._max_to_keep = max_to_keep
        self._hours = keep_checkpoint_every_n_hours
        self._prefix = os.path.join(self._directory, checkpoint_name)
        self._step_counter = step_counter
        self._interval = checkpoint_interval
        self._init_fn = init_fn
        self._last_step = last_checkpoint_step
        self._kept: dict[str, float] = {}
        state = get_checkpoint_state(self._directory)
        self._latest = state.model_checkpoint_path if state else None
        self._preserved = state.last_preserved_timestamp if state else 0.0
        self._preserved = self._preserved or time.time()
        if state:
            times = state.all_model_checkpoint_timestamps
            for i, path in enumerate(state.all_model_checkpoint_paths):
                self._kept[path] = times[i] if i < len(times) else 0.0

    @property
    def directory(self) -> str:
        """The folder."""
        return self._directory

    @property
    def checkpoint(self) -> Checkpoint:
        """The tf.train.Checkpoint."""
        return self._checkpoint

    @property
    def checkpoint_interval(self) -> int | None:
        """The least number of steps between two checkpoints, or None."""
        return self._interval

    @property
    def latest_checkpoint(self) -> str | None:
        """The path of the latest checkpoint, or None."""
        return self._latest

    @property
    def checkpoints(self) -> list[str]:
        """The paths of the checkpoints that are kept, the oldest first."""
        return list(self._kept)

    def save(
        self, checkpoint_number: Any = None, check_interval: bool = True, options: Any = None
    ) -> str | None:
        """Writes a checkpoint and removes those that are too many.

        Args:
          checkpoint_number: the number in its name; by default the checkpoint's save_counter.
          check_interval: whether checkpoint_interval counts.
          options: accepted for compatibility.

        Returns:
          Its path, or None when checkpoint_interval has not passed.

        Raises:
          OSError: it cannot be written.
        """
        step = None if self._step_counter is None else int(self._step_counter)
        waiting = check_interval and self._interval is not None
        if waiting and step is not None and self._last_step is not None:
            assert self._interval is not None
            if step - self._last_step < self._interval:
                return None
        counter = self._checkpoint.save_counter
        if checkpoint_number is None:
            counter.assign_add(1)
            number = int(counter)
        else:
            number = int(checkpoint_number)
        path = f"{self._prefix}-{number}"
        try:
            self._checkpoint.write(path)
        except BaseException:
            if checkpoint_number is None:
                counter.assign_sub(1)
            raise
        self._last_step = step
        self._kept.pop(path, None)
        self._kept[path] = time.time()
        self._latest = path
        leaving = self._leaving()
        # The state names only files that exist, whatever happens in between.
        update_state(
            self._directory, path, list(self._kept), list(self._kept.values()), self._preserved
        )
        for old in leaving:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(file_of(old))
        return path

    def _leaving(self) -> list[str]:
        leaving = []
        while self._max_to_keep is not None and len(self._kept) > self._max_to_keep:
            old, written = next(iter(self._kept.items()))
            del self._kept[old]
            if self._hours is not None and written - self._hours * 3600 >= self._preserved:
                self._preserved = written
            else:
                leaving.append(old)
        return leaving

    def restore_or_initialize(self) -> str | None:
        """Restores the latest checkpoint, or calls init_fn when there is none.

        Returns:
          The path that was restored, or None.
        """
        if self._latest is not None:
            self._checkpoint.restore(self._latest)
            if self._step_counter is not None:
                self._last_step = int(self._step_counter)
            return self._latest
        if self._init_fn is not None:
            self._init_fn()
        return None

    def sync(self) -> None:
        """Does nothing: saving is never left unfinished."""
