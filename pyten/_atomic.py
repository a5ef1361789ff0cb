"""Files that are either wholly written or not touched at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable
from typing import Any

__all__ = ["check_writable", "write_atomically"]


def check_writable(path: str | os.PathLike[str], op: str, what: str) -> str:
    """Check that a file can be written at ``path``, before the work that fills it.

    Args:
        path: where the file will go.
        op: the operation named in the error.
        what: the argument named in the error.

    Returns:
        The path with symbolic links resolved.

    Raises:
        OSError: the directory is missing or not writable, or ``path`` is a directory.
    """
    target = os.path.realpath(os.fspath(path))
    folder = os.path.dirname(target)
    shown = os.fspath(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"{op}: {what} must be in a folder that exists, got {shown!r}; create {folder!r} first"
        )
    if os.path.isdir(target):
        raise IsADirectoryError(f"{op}: {what} must be a file, got the folder {shown!r}")
    if os.path.exists(target) and not _is_regular(target):
        writable = os.access(target, os.W_OK)
    else:
        writable = os.access(folder, os.W_OK | os.X_OK)
    if not writable:
        raise PermissionError(f"{op}: {what} must be writable, got no permission for {shown!r}")
    return target


def write_atomically(
    path: str | os.PathLike[str],
    data: bytes | Iterable[Any],
    op: str = "save",
    what: str = "path",
) -> None:
    """Write ``data`` to ``path`` so that a reader sees the old file or the new one, whole.

    The bytes go to a temporary file in the same folder, reach the disk, and then take the name.
    A device or a pipe is written directly, since it cannot be replaced.

    Args:
        path: the file to write; a symbolic link is followed.
        data: the whole content, or its parts: bytes, or what has the buffer protocol.
        op: the operation named in errors.
        what: the argument named in errors.

    Raises:
        OSError: the file cannot be written; what stood at ``path`` is unchanged.
    """
    target = check_writable(path, op, what)
    parts: Iterable[Any] = (data,) if isinstance(data, bytes) else data
    try:
        if os.path.exists(target) and not _is_regular(target):
            with open(target, "wb") as device:
                device.writelines(parts)
        else:
            _replace(target, parts)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(
            error.errno, f"{op}: {what} must be writable, got {reason!r} for {os.fspath(path)!r}"
        ) from error


def _replace(target: str, parts: Iterable[Any]) -> None:
    folder = os.path.dirname(target)
    descriptor, temporary = tempfile.mkstemp(
        prefix=f".{os.path.basename(target)[:64]}.", suffix=".tmp", dir=folder
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode_for(target))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _is_regular(target: str) -> bool:
    return stat.S_ISREG(os.stat(target).st_mode)


def _mode_for(target: str) -> int:
    """The old file's permissions, else what a plain ``open`` would have given."""
    try:
        return stat.S_IMODE(os.stat(target).st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _sync_folder(folder: str) -> None:
    # The new name itself must survive a power cut; not every file system offers this.
    if not hasattr(os, "O_DIRECTORY"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
