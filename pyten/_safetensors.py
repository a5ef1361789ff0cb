"""The safetensors file format: eight bytes of header length, a JSON header, the arrays.

Nothing in a file is trusted: sizes are checked against the file before anything is read or made.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

import numpy as np

__all__ = ["pack", "read"]

_DTYPES = {
    "BOOL": "|b1",
    "U8": "|u1",
    "I8": "|i1",
    "U16": "<u2",
    "I16": "<i2",
    "F16": "<f2",
    "U32": "<u4",
    "I32": "<i4",
    "F32": "<f4",
    "U64": "<u8",
    "I64": "<i8",
    "F64": "<f8",
}
_NAMES = {np.dtype(code): name for name, code in _DTYPES.items()}

# The reference implementation's own limit.
_MAX_HEADER = 100_000_000


def pack(arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """The bytes of a safetensors file.

    Args:
        arrays: contents by name; booleans, integers and floats up to 64 bits.
        metadata: free text by name.

    Returns:
        The whole file.

    Raises:
        TypeError: an array's dtype has no name in the format.
    """
    header: dict[str, Any] = {"__metadata__": metadata}
    chunks: list[bytes] = []
    offset = 0
    # Widest first, so that every array is aligned to its own item size.
    for name in sorted(arrays, key=lambda n: (-arrays[n].dtype.itemsize, n)):
        array = arrays[name]
        dtype = array.dtype.newbyteorder("<")
        if dtype not in _NAMES:
            raise TypeError(f"save: array {name!r} must be of a plain dtype, got {array.dtype}")
        # tobytes writes C order whatever the strides; ascontiguousarray would turn () into (1,).
        data = array.astype(dtype, copy=False).tobytes()
        header[name] = {
            "dtype": _NAMES[dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *chunks])


def read(
    path: str | os.PathLike[str], accept: Callable[[dict[str, str]], None] | None = None
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read a safetensors file.

    Args:
        path: the file.
        accept: called with the metadata before any array is read; raises to refuse the file.

    Returns:
        Its arrays and its metadata, by name.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a whole, well-formed safetensors file.
    """
    shown = os.fspath(path)
    try:
        with open(path, "rb") as file:
            return _read_open(shown, file, accept)
    except OSError as error:
        reason = error.strerror or str(error)
        raise type(error)(
            error.errno, f"load: path must be a readable file, got {reason!r} for {shown!r}"
        ) from None


def _read_open(
    shown: str, file: BinaryIO, accept: Callable[[dict[str, str]], None] | None
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    size = os.fstat(file.fileno()).st_size
    prefix = file.read(8)
    if len(prefix) < 8:
        raise _bad(shown, f"{len(prefix)} bytes", "it is empty or truncated")
    length = int.from_bytes(prefix, "little")
    if length > min(size - 8, _MAX_HEADER):
        raise _bad(
            shown,
            f"a header of {length} bytes in a file of {size}",
            "it is truncated or of another format",
        )
    header = _parse_header(shown, file.read(length))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise _bad(shown, "__metadata__ that is not text by name")
    available = size - 8 - length
    entries = [_checked_entry(shown, name, entry, available) for name, entry in header.items()]
    _check_layout(shown, entries, available)
    if accept is not None:
        accept(metadata)
    data = file.read(available)
    if len(data) != available:
        raise _bad(shown, f"{len(data)} bytes of data instead of {available}", "it is truncated")
    # Copies: aligned, writable, and none keeps the whole file alive.
    arrays = {
        entry.name: np.frombuffer(data[entry.start : entry.stop], dtype=entry.dtype)
        .reshape(entry.shape)
        .copy()
        for entry in entries
    }
    return arrays, metadata


class _Entry(NamedTuple):
    start: int
    stop: int
    name: str
    dtype: np.dtype
    shape: tuple[int, ...]


def _bad(shown: str, got: str, remedy: str = "") -> ValueError:
    tail = f"; {remedy}" if remedy else ""
    return ValueError(f"load: {shown!r} must be a whole safetensors file, got {got}{tail}")


def _parse_header(shown: str, text: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError("a name that occurs twice")
        return result

    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise _bad(
            shown, f"a header that cannot be read ({error})", "it is damaged or of another format"
        ) from None
    if not isinstance(header, dict):
        raise _bad(shown, "a header that is not a JSON object")
    return header


def _check_layout(shown: str, entries: list[_Entry], available: int) -> None:
    """The arrays must fill the data without overlap and without holes."""
    end = 0
    for entry in sorted(entries, key=lambda e: (e.start, e.stop)):
        if entry.start != end:
            kind = "overlaps the one before" if entry.start < end else "leaves a hole before it"
            raise _bad(shown, f"array {entry.name!r} that {kind}")
        end = entry.stop
    if end != available:
        raise _bad(shown, f"{available} bytes of data where the header describes {end}")


def _checked_entry(shown: str, name: str, entry: Any, available: int) -> _Entry:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise _bad(shown, f"array {name!r} without dtype, shape and data_offsets")
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in _DTYPES:
        raise _bad(shown, f"array {name!r} of dtype {str(entry['dtype'])[:40]!r}")
    shape, offsets = entry["shape"], entry["data_offsets"]
    for numbers in (shape, offsets):
        if not isinstance(numbers, list) or not all(type(n) is int and n >= 0 for n in numbers):
            raise _bad(shown, f"array {name!r} with a shape or offsets that are not whole numbers")
    if len(shape) > 32 or len(offsets) != 2 or not offsets[0] <= offsets[1] <= available:
        raise _bad(
            shown, f"array {name!r} beyond the {available} bytes of data", "it may be truncated"
        )
    dtype = np.dtype(_DTYPES[entry["dtype"]])
    count = 1
    for n in shape:
        count *= n
    # An empty array may still have other sides too long for NumPy.
    if count * dtype.itemsize != offsets[1] - offsets[0] or max(shape, default=0) > 2**48:
        raise _bad(shown, f"array {name!r} whose shape and offsets differ")
    return _Entry(offsets[0], offsets[1], name, dtype, tuple(shape))
