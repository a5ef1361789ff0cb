"""The safetensors file format: eight bytes of header length, a JSON header, the arrays.

Nothing in a file is trusted: sizes are checked against the file before anything is read or made.
The format has no complex128: such tensors stand as pairs of float64, and the metadata names their
dtype. Source: https://huggingface.co/docs/safetensors (the format's description).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from pyten.errors import DataLossError

__all__ = [
    "Entry",
    "Item",
    "array_item",
    "bytes_of",
    "chunks",
    "damaged",
    "open_file",
    "pack",
    "parse",
    "read",
    "told",
]

# Names in the file and ours.
_DTYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "uint16",
    "I16": "int16",
    "F16": "float16",
    "BF16": "bfloat16",
    "U32": "uint32",
    "I32": "int32",
    "F32": "float32",
    "U64": "uint64",
    "I64": "int64",
    "F64": "float64",
    "C64": "complex64",
}
_NAMES = {ours: name for name, ours in _DTYPES.items()}
_SIZES = {
    name: 2 if ours == "bfloat16" else np.dtype(ours).itemsize for name, ours in _DTYPES.items()
}
# In the format, but not among the dtypes of tensors; the rest of the file can still be used.
FOREIGN = ("F8_", "F6_", "F4")

# The reference implementation's own limit.
_MAX_HEADER = 100_000_000

# Metadata that says which dtype an array stands for that is stored as another.
DTYPE_OF = "dtype of "


class Item(NamedTuple):
    """An array to be written: the name of its dtype, its shape, its elements in C order."""

    dtype: str
    shape: tuple[int, ...]
    data: Any  # bytes, or what has the buffer protocol

    @property
    def nbytes(self) -> int:
        """Bytes of the elements."""
        return memoryview(self.data).nbytes


class Entry(NamedTuple):
    """An array in a file: where it starts and ends there, and what it is."""

    name: str
    dtype: str  # one of ours, or a foreign one's own name
    shape: tuple[int, ...]
    start: int
    stop: int


def chunks(items: Mapping[str, Item], metadata: Mapping[str, str]) -> list[Any]:
    """The parts of a safetensors file, one after the other.

    Args:
        items: contents by name.
        metadata: free text by name.

    Returns:
        A list of bytes and of the items' own data.

    Raises:
        ValueError: a name or text is no valid Unicode, or the name is the format's own.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    stored = {}
    for name, item in items.items():
        if name == "__metadata__":
            raise ValueError("save: '__metadata__' is the format's own name; use another")
        if item.dtype == "complex128":
            header.setdefault("__metadata__", {})[DTYPE_OF + name] = "complex128"
            item = Item("float64", (*item.shape, 2), item.data)
        stored[name] = item
    # Widest first, so that every array is aligned to its own item size.
    order = sorted(stored, key=lambda name: (-_SIZES[_NAMES[stored[name].dtype]], name))
    offsets, end = {}, 0
    for name in order:
        offsets[name] = [end, end := end + stored[name].nbytes]
    for name, item in stored.items():
        header[name] = {
            "dtype": _NAMES[item.dtype],
            "shape": list(item.shape),
            "data_offsets": offsets[name],
        }
    try:
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"save: names and metadata must be valid Unicode ({error})") from None
    text += b" " * (-len(text) % 8)
    if len(text) > _MAX_HEADER:
        raise ValueError(
            f"save: names, shapes and metadata must take at most {_MAX_HEADER} bytes, got "
            f"{len(text)}"
        )
    return [len(text).to_bytes(8, "little"), text, *(stored[name].data for name in order)]


def pack(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a safetensors file.

    Args:
        arrays: contents by name; booleans, integers, floats and complex numbers.
        metadata: free text by name.

    Returns:
        The whole file.

    Raises:
        TypeError: an array's dtype has no name in the format.
    """
    items = {}
    for name, array in arrays.items():
        item = array_item(array)
        if item is None:
            raise TypeError(f"save: array {name!r} must be of a plain dtype, got {array.dtype}")
        items[name] = item
    return b"".join(chunks(items, metadata))


def array_item(array: np.ndarray) -> Item | None:
    """A NumPy array to be written, without a copy where its memory is in order; None if it cannot.

    Args:
        array: of any layout and byte order.
    """
    dtype = array.dtype.newbyteorder("<")
    if (dtype.name not in _NAMES and dtype.name != "complex128") or dtype.name == "bfloat16":
        return None
    # ascontiguousarray would turn () into (1,): the shape is the array's own.
    flat = np.ascontiguousarray(array.astype(dtype, copy=False)).reshape(-1)
    return Item(dtype.name, array.shape, flat.view(np.uint8))


def read(
    path: str | os.PathLike[str], accept: Callable[[dict[str, str]], None] | None = None
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read a safetensors file into arrays of their own.

    Args:
        path: the file.
        accept: called with the metadata before any array is read; raises to refuse the file.

    Returns:
        Its arrays and its metadata, by name.

    Raises:
        OSError: the file cannot be read.
        DataLossError: it is not a whole, well-formed safetensors file.
    """
    shown = os.fspath(path)
    with open_file(path) as file:
        try:
            return _read_open(shown, file, accept)
        except OSError as error:
            raise told(error, path) from None


def _read_open(
    shown: str, file: BinaryIO, accept: Callable[[dict[str, str]], None] | None
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    entries, metadata = parse(shown, file, os.fstat(file.fileno()).st_size)
    if accept is not None:
        accept(metadata)
    arrays = {}
    for entry in entries:
        if entry.dtype not in _NAMES or entry.dtype == "bfloat16":
            raise damaged(shown, f"array {entry.name!r} of dtype {entry.dtype!r}")
        file.seek(entry.start)
        data = file.read(entry.stop - entry.start)
        if len(data) != entry.stop - entry.start:
            raise damaged(shown, f"no bytes after {entry.start + len(data)}", "it is truncated")
        dtype = np.dtype(entry.dtype).newbyteorder("<")
        # Copies: aligned and writable.
        arrays[entry.name] = np.frombuffer(data, dtype).reshape(entry.shape).copy()
    return arrays, metadata


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """A file to read, or an error that names it."""
    try:
        return open(path, "rb")
    except OSError as error:
        raise told(error, path) from None


def told(error: OSError, path: str | os.PathLike[str]) -> OSError:
    """The error with the file's name in it."""
    reason = error.strerror or str(error)
    shown = os.fspath(path)
    return type(error)(
        error.errno, f"load: path must be a readable file, got {reason!r} for {shown!r}"
    )


def parse(shown: str, file: BinaryIO, size: int) -> tuple[list[Entry], dict[str, str]]:
    """What the header of a safetensors file says, checked.

    Args:
        shown: the file's name, for messages.
        file: the file, at its start.
        size: its bytes.

    Returns:
        The arrays in the header's order, with places counted from the start of the file; the
        metadata.

    Raises:
        DataLossError: it is not a whole, well-formed safetensors file.
    """
    prefix = file.read(8)
    if len(prefix) < 8:
        raise damaged(shown, f"{len(prefix)} bytes", "it is empty or truncated")
    length = int.from_bytes(prefix, "little")
    if length > min(size - 8, _MAX_HEADER):
        raise damaged(
            shown,
            f"a header of {length} bytes in a file of {size}",
            "it is truncated or of another format",
        )
    header = _parse_json(shown, file.read(length))
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise damaged(shown, "__metadata__ that is not text by name")
    start = 8 + length
    entries = [_checked_entry(shown, *pair, size - start) for pair in header.items()]
    _check_layout(shown, entries, size - start)
    return [e._replace(start=e.start + start, stop=e.stop + start) for e in entries], metadata


def bytes_of(shape: Sequence[int], size: int) -> int:
    """Bytes of an array; -1 if its sides are too long, which they can be in an empty one too.

    Args:
        shape: numbers >= 0.
        size: bytes of an element.
    """
    count = size
    for n in shape:
        count *= n or 1
        if count > 2**62:
            return -1
    return 0 if 0 in shape else count


def damaged(shown: str, got: str, remedy: str = "", kind: str = "safetensors") -> DataLossError:
    """The error for a file that is not whole, or not what it should be."""
    tail = f"; {remedy}" if remedy else ""
    return DataLossError(f"load: {shown!r} must be a whole {kind} file, got {got}{tail}")


def _parse_json(shown: str, text: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError("a name that occurs twice")
        return result

    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError, MemoryError) as error:
        raise damaged(
            shown,
            f"a header that cannot be read ({str(error) or type(error).__name__})",
            "it is damaged or of another format",
        ) from None
    if not isinstance(header, dict):
        raise damaged(shown, "a header that is not a JSON object")
    return header


def _check_layout(shown: str, entries: Iterable[Entry], available: int) -> None:
    """The arrays must fill the data without overlap and without holes."""
    end = 0
    for entry in sorted(entries, key=lambda e: (e.start, e.stop)):
        if entry.start != end:
            kind = "overlaps the one before" if entry.start < end else "leaves a hole before it"
            raise damaged(shown, f"array {entry.name!r} that {kind}")
        end = entry.stop
    if end != available:
        raise damaged(shown, f"{available} bytes of data where the header describes {end}")


def _checked_entry(shown: str, name: str, entry: Any, available: int) -> Entry:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise damaged(shown, f"array {name!r} without dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    foreign = isinstance(dtype, str) and dtype.startswith(FOREIGN)
    if not foreign and (not isinstance(dtype, str) or dtype not in _DTYPES):
        raise damaged(shown, f"array {name!r} of dtype {str(dtype)[:40]!r}")
    for numbers in (shape, offsets):
        if not isinstance(numbers, list) or not all(type(n) is int and n >= 0 for n in numbers):
            raise damaged(
                shown, f"array {name!r} with a shape or offsets that are not whole numbers"
            )
    if len(shape) > 32 or len(offsets) != 2 or not offsets[0] <= offsets[1] <= available:
        raise damaged(
            shown, f"array {name!r} beyond the {available} bytes of data", "it may be truncated"
        )
    if foreign:
        return Entry(name, dtype, tuple(shape), *offsets)
    if bytes_of(shape, _SIZES[dtype]) != offsets[1] - offsets[0]:
        raise damaged(shown, f"array {name!r} whose shape and offsets differ")
    return Entry(name, _DTYPES[dtype], tuple(shape), *offsets)
