"""NumPy's file formats .npy and .npz: where the arrays are and what they are. Nothing is unpickled.

Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pyten._mapped import Source
from pyten._safetensors import bytes_of, damaged

__all__ = ["MAGIC", "Archive", "Array", "parse"]

MAGIC = b"\x93NUMPY"
_MAX_HEADER = 65_536  # a list of some thousand fields; plain arrays need 128 bytes
_PLAIN = re.compile(r"([<>|=]?)(b1|[iu][1248]|f[248]|c8|c16|\?)")
_INSTEAD = {
    "O": "Python objects, which are stored as a pickle that could run any program; "
    "np.load(path, allow_pickle=True) reads it if you trust the file",
    "V": "structured or raw elements (a bfloat16 array of ml_dtypes is stored as such, without its "
    "name); np.load reads them, pyten.save keeps bfloat16",
    "S": "bytes; np.load reads them",
    "U": "strings; np.load reads them",
    "M": "dates; np.load reads them, .astype('int64') makes numbers of them",
    "m": "time differences; np.load reads them, .astype('int64') makes numbers of them",
    "f": "floats that tensors do not have; np.load reads them, .astype('float64') fits",
    "c": "complex numbers that tensors do not have; np.load reads them, .astype('complex128') fits",
}


class Array(NamedTuple):
    """An array in a .npy file: its dtype, byte order and layout, and where its elements start."""

    dtype: str
    order: str
    fortran: bool
    shape: tuple[int, ...]
    start: int
    nbytes: int


def parse(shown: str, name: str, read: Callable[[int], bytes]) -> Array:
    """What the header of a .npy file says, checked.

    Args:
        shown: the file's name, for messages.
        name: the array's, for messages.
        read: gives the next bytes of the file, from its start on.

    Raises:
        DataLossError: it is damaged.
        TypeError: tensors have no such elements.
    """

    def bad(got: str) -> Exception:
        return damaged(shown, f"array {name!r} with {got}", kind="NumPy")

    start = read(8)
    if len(start) < 8 or start[:6] != MAGIC:
        raise bad("no NumPy header")
    version = start[6]
    if version not in (1, 2, 3):
        raise bad(f"a header of version {version}.{start[7]}")
    width = 2 if version == 1 else 4
    size = read(width)
    length = int.from_bytes(size, "little")
    if len(size) < width or length > _MAX_HEADER:
        raise bad(f"a header of {length} bytes")
    text = read(length)
    if len(text) < length:
        raise bad("a header that is cut off")
    header = _literal(text.decode("utf-8" if version == 3 else "latin1", "replace"))
    if not isinstance(header, dict) or set(header) != {"descr", "fortran_order", "shape"}:
        raise bad("a header that does not give descr, fortran_order and shape")
    shape, fortran = header["shape"], header["fortran_order"]
    whole = isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)
    if not whole or len(shape) > 64 or not isinstance(fortran, bool):
        raise bad(f"shape {str(shape)[:80]} and fortran_order {str(fortran)[:80]}")
    order, dtype = _dtype(shown, name, header["descr"], bad)
    nbytes = bytes_of(shape, np.dtype(dtype).itemsize)
    if nbytes < 0:
        raise bad(f"shape {str(shape)[:80]}, which is too large")
    return Array(dtype, order, fortran, shape, 8 + width + length, nbytes)


def _literal(text: str) -> Any:
    import ast

    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _dtype(shown: str, name: str, descr: Any, bad: Callable[[str], Exception]) -> tuple[str, str]:
    """Byte order and dtype; the error says what to do about elements that tensors do not have."""
    found = _PLAIN.fullmatch(descr) if isinstance(descr, str) else None
    if found:
        order = found[1] if found[1] in ("<", ">") else "<"
        return order, "bool" if found[2] in ("b1", "?") else np.dtype(found[2]).name
    kind = "V" if isinstance(descr, (list, tuple)) else str(descr).lstrip("<>|=")[:1]
    if kind not in _INSTEAD:
        raise bad(f"dtype {str(descr)[:80]!r}")
    raise TypeError(
        f"load: array {name!r} of {shown!r} must hold numbers or booleans, got dtype "
        f"{str(descr)[:80]!r}: {_INSTEAD[kind]}"
    )


class _Member(NamedTuple):
    info: Any  # zipfile.ZipInfo
    start: int  # of its data


class Archive:
    """The arrays of a .npz file by name, in its order.

    Members that are stored as they are are read like .npy files; compressed ones are unpacked
    when they are asked for.

    Args:
        source: the open file.
        file: the same file, for the table of contents.
        limit: bytes that compressed arrays may have together when they are unpacked, or None for
          16 MiB and 100 times the file.

    Raises:
        DataLossError: the file is damaged.
    """

    def __init__(self, source: Source, file: Any, limit: int | None) -> None:
        import zipfile
        import zlib

        self._source = source
        # What reading a damaged archive raises.
        self._errors = (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            ValueError,
            OverflowError,
            MemoryError,
            IndexError,
        )
        try:
            self._zip = zipfile.ZipFile(file)
        except self._errors as error:
            raise self._bad(f"a table of contents that cannot be read ({error})") from None
        self._members = self._checked(self._zip.infolist())
        self._limit = 2**24 + 100 * source.size if limit is None else limit
        packed = sum(m.info.file_size for m in self._members.values() if m.info.compress_type)
        if packed > self._limit:
            raise self._bad(
                f"compressed arrays of {packed} bytes in a file of {source.size}; if you trust it, "
                f"pass max_bytes={packed}"
            )
        self._arrays: dict[str, Array] = {}

    def __iter__(self) -> Any:
        return iter(self._members)

    def _bad(self, got: str) -> Exception:
        return damaged(self._source.shown, got, kind="NumPy")

    def _checked(self, infos: list[Any]) -> dict[str, _Member]:
        members: dict[str, _Member] = {}
        names = {info.filename for info in infos}
        if any(name.endswith("data.pkl") for name in names):
            raise TypeError(
                f"load: {self._source.shown!r} must be a safetensors or NumPy file, got a PyTorch "
                "pickle, which could run any program; with PyTorch: safetensors.torch.save_file("
                "torch.load(path), new_path)"
            )
        end = 0
        for info in sorted(infos, key=lambda i: i.header_offset):
            if not info.filename.endswith(".npy"):
                raise self._bad(f"a member {info.filename[:80]!r}, which is no .npy file")
            name = info.filename[:-4]
            if name in members:
                raise self._bad(f"array {name!r} twice")
            if info.flag_bits & 1 or info.compress_type not in (0, 8):
                raise self._bad(f"array {name!r} encrypted or compressed in an unknown way")
            head = self._source.bytes(*self._inside(info.header_offset, 30, name))
            if bytes(head[:4]) != b"PK\x03\x04":
                raise self._bad(f"array {name!r} without a header of its own")
            sizes = [int.from_bytes(head[i : i + 2], "little") for i in (26, 28)]
            start = info.header_offset + 30 + sum(sizes)
            self._inside(start, info.compress_size, name)
            if info.header_offset < end:
                raise self._bad(f"array {name!r} that overlaps the one before")
            end = start + info.compress_size
            if info.compress_type == 0 and info.file_size != info.compress_size:
                raise self._bad(f"array {name!r} of {info.file_size} bytes in {info.compress_size}")
            # A block of deflate makes at most 1032 bytes of one.
            if info.compress_type and info.file_size > 1032 * info.compress_size + 64:
                raise self._bad(f"array {name!r} of {info.file_size} bytes in {info.compress_size}")
            members[name] = _Member(info, start)
        return {info.filename[:-4]: members[info.filename[:-4]] for info in infos}

    def _inside(self, start: int, length: int, name: str) -> tuple[int, int]:
        if not 0 <= start <= start + length <= self._source.size:
            raise self._bad(f"array {name!r} beyond its {self._source.size} bytes")
        return start, start + length

    def array(self, name: str) -> Array:
        """What an array is. For a compressed one, start counts from the start of its member."""
        if name not in self._arrays:
            info, start = self._members[name]
            if info.compress_type:
                found = self._unpacking(
                    name, lambda file: parse(self._source.shown, name, file.read)
                )
            else:
                at = [start]

                def read(n: int) -> bytes:
                    stop = min(at[0] + n, start + info.file_size)
                    data = bytes(self._source.bytes(at[0], stop))
                    at[0] = stop
                    return data

                found = parse(self._source.shown, name, read)
                found = found._replace(start=start + found.start)
            head = found.start - (0 if info.compress_type else start)
            if head + found.nbytes != info.file_size:
                raise self._bad(
                    f"array {name!r} of {info.file_size - head} bytes, where its shape and dtype "
                    f"need {found.nbytes}"
                )
            self._arrays[name] = found
        return self._arrays[name]

    def _unpacking(self, name: str, work: Callable[[Any], Any]) -> Any:
        from pyten.errors import DataLossError

        try:
            with self._zip.open(self._members[name].info) as file:
                return work(file)
        except DataLossError:
            raise
        except self._errors as error:
            reason = str(error) or type(error).__name__
            raise self._bad(f"array {name!r} that cannot be unpacked ({reason})") from None

    def tensor(self, name: str) -> Any:
        """An array as a tensor: a view of the file if it is stored as it is."""
        array = self.array(name)
        info, _ = self._members[name]
        if info.compress_type:
            data = self._unpacking(name, lambda file: self._unpacked(file, array, name))
        else:
            data = self._source.bytes(array.start, array.start + array.nbytes)
        return self._source.tensor(data, name, array.dtype, array.shape, array.order, array.fortran)

    def _unpacked(self, file: Any, array: Array, name: str) -> Any:
        # The system gives memory when it is written to: a size that is a lie costs nothing.
        out = np.empty(array.nbytes, np.uint8)
        file.read(array.start)
        at = 0
        while part := file.read(2**20):  # also checks the sum at the end
            if at + len(part) > array.nbytes:
                raise self._bad(f"array {name!r} with more bytes than its shape needs")
            out[at : at + len(part)] = np.frombuffer(part, np.uint8)
            at += len(part)
        if at != array.nbytes:
            raise self._bad(f"array {name!r} cut off after {at} bytes")
        return out.data.toreadonly()

    def close(self) -> None:
        """Closes the archive."""
        self._zip.close()
