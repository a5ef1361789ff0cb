"""Tensors that lie in a file: views of a read-only mapping of it, or copies read from it."""

from __future__ import annotations

import os
import sys
from typing import Any, BinaryIO

import numpy as np

from pyten import _core
from pyten._safetensors import damaged

__all__ = ["Source"]


class Source:
    """An open file whose bytes become tensors.

    Pages of a mapping are read from the disk when they are looked at. The file stays open, and
    its memory mapped, for as long as a tensor needs it.

    Args:
        shown: the file's name, for messages.
        file: the file; it belongs to this object from now on.
        kind: what it is, for messages.
        copy: whether to read the bytes of each tensor instead of mapping the file.
    """

    def __init__(self, shown: str, file: BinaryIO, kind: str, copy: bool) -> None:
        self.shown, self.kind = shown, kind
        self.size = os.fstat(file.fileno()).st_size
        self._file = file
        self._map: Any = None if copy else self._mapped()

    def _mapped(self) -> Any:
        import mmap

        try:
            if os.name == "nt":
                return mmap.mmap(self._file.fileno(), self.size, access=mmap.ACCESS_READ)
            return mmap.mmap(self._file.fileno(), self.size, mmap.MAP_PRIVATE, mmap.PROT_READ)
        except (OSError, ValueError):
            return None  # empty, or on a file system without mappings: it is read instead

    def bytes(self, start: int, stop: int) -> Any:
        """The bytes from start to stop: read-only, and unchanged if the file is copied."""
        if self._map is not None:
            if self._map.size() < stop:
                # Looking beyond the end would kill the process.
                raise self._bad(f"only {self._map.size()} bytes, fewer than when it was opened")
            return memoryview(self._map)[start:stop]
        if hasattr(os, "pread"):
            parts: list[Any] = []
            at = start
            while at < stop and (part := os.pread(self._file.fileno(), stop - at, at)):
                parts.append(part)  # the system reads at most 2 GB at once
                at += len(part)
            data = parts[0] if len(parts) == 1 else b"".join(parts)
        else:
            self._file.seek(start)
            data = self._file.read(stop - start)
        if len(data) != stop - start:
            raise self._bad(f"no bytes after {start + len(data)}")
        return data

    def tensor(
        self,
        data: Any,
        name: str,
        dtype: str,
        shape: tuple[int, ...],
        order: str = "<",
        fortran: bool = False,
    ) -> Any:
        """A tensor over read-only bytes, or a copy where they are in another order than memory's.

        Args:
            data: the elements, of exactly this size.
            name: for messages.
            dtype: a tensor's dtype.
            shape: its shape.
            order: "<" for little-endian elements, ">" for big-endian ones.
            fortran: whether the first index runs fastest.

        Raises:
            DataLossError: a boolean is neither 0 nor 1.
        """
        if dtype == "bool" and (np.frombuffer(data, np.uint8) > 1).any():
            raise damaged(
                self.shown, f"booleans {name!r} with bytes other than 0 and 1", kind=self.kind
            )
        if order != ("<" if sys.byteorder == "little" else ">") and dtype != "bool":
            plain = np.dtype("uint16" if dtype == "bfloat16" else dtype)
            swapped = np.frombuffer(data, plain.newbyteorder()).astype(plain)
            data = swapped.view(np.uint8).data.toreadonly()
        t = _core._view_buffer(data, 0, dtype, shape[::-1] if fortran else shape)
        return _core.transpose(t) if fortran and len(shape) > 1 else t

    def _bad(self, got: str) -> Exception:
        return damaged(self.shown, got, "it was cut off while it was open", self.kind)

    def close(self) -> None:
        """Closes the file; tensors keep what they need."""
        self._file.close()
        self._map = None
