"""Weights in files: save, load and TensorFile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from pyten import _core, _mapped, _safetensors
from pyten._atomic import check_writable, write_atomically
from pyten._counting import bitcast
from pyten._dtypes import DType, as_dtype
from pyten._safetensors import DTYPE_OF, Entry, Item, damaged
from pyten._shape import TensorShape

__all__ = ["TensorFile", "load", "save"]

# Metadata with the structure of a tree that is more than tensors by name; see docs/saving.md.
_TREE = "pyten.tree"

# First bytes of files that are something else, and what to do with them.
_OTHERS = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file: h5py reads it"),
    (b"\x80\x02", "a pickle, which could run any program"),
    (b"\x80\x04", "a pickle, which could run any program"),
    (b"\x80\x05", "a pickle, which could run any program"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"GGUF", "a GGUF file, which is another format"),
)


def save(
    path: str | os.PathLike[str], tree: Any, metadata: Mapping[str, str] | None = None
) -> None:
    """Writes tensors to a safetensors file, whole or not at all.

    The file takes its name when all of it has reached the disk, so that a reader, a full disk or a
    power cut meets the old file or the new one. In the file a tensor's name is the keys and
    indices that lead to it, joined by dots, as PyTorch names parameters; other programs find it
    under that name. What is more than tensors by name stands in the metadata under "pyten.tree".

    Args:
      path: the file; its folder must exist.
      tree: dicts with string keys, lists and tuples, nested at will, of tensors, variables, NumPy
        arrays (or what np.asarray takes), and of numbers, strings and None. Or one tensor.
      metadata: text by name, kept with the file.

    Raises:
      TypeError: something in the tree is none of these.
      ValueError: two tensors have the same name, or the tree contains itself.
      OSError: the file cannot be written; what was there is unchanged.

    Example:
      >>> import os, tempfile
      >>> import pyten as tf
      >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
      >>> tf.save(path, {"layers": [{"w": tf.ones((2, 2)), "b": tf.Variable([0., 1.])}], "step": 7})
      >>> weights = tf.load(path)
      >>> weights["layers"][0]["b"].numpy(), weights["step"]
      (array([0., 1.], dtype=float32), 7)
    """
    check_writable(path, "save", "path")
    texts = {} if metadata is None else dict(metadata)
    for key, value in texts.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"save: metadata must be text by name, got {key!r}: {value!r}")
        if key == _TREE or key.startswith(DTYPE_OF):
            raise ValueError(f"save: metadata must not be named {key!r}, which pyten uses itself")
    leaves: dict[str, Any] = {}
    try:
        structure = _structure(tree, (), leaves)
        flat = isinstance(tree, Mapping) and list(structure.values()) == list(tree)
        if not flat:
            import json

            texts[_TREE] = json.dumps(structure, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise ValueError("save: tree must not contain itself, or be nested so deep") from None
    write(path, leaves, texts, "path")


def write(
    path: str | os.PathLike[str], leaves: Mapping[str, Any], metadata: Mapping[str, str], what: str
) -> None:
    """Writes tensors by name to a safetensors file; see save.

    Args:
      path: the file.
      leaves: tensors, variables and arrays by name.
      metadata: text by name.
      what: the argument of the caller that names the file, for messages.
    """
    with _core._pause_tapes():
        items = {name: _item(value) for name, value in leaves.items()}
    write_atomically(path, _safetensors.chunks(items, metadata), "save", what)


def _is_array(value: Any) -> bool:
    kinds = (_core.Tensor, _core.Variable, np.ndarray, np.generic)
    return isinstance(value, kinds) or (
        not isinstance(value, type)
        and (hasattr(value, "__array__") or hasattr(value, "__dlpack__"))
    )


def _structure(value: Any, at: tuple[Any, ...], leaves: dict[str, Any]) -> Any:
    """The tree as JSON has it, with names for tensors, which go to `leaves`.

    A name stands for a tensor, numbers and null for themselves; a list, a tuple and a string are
    ["list", …], ["tuple", …] and ["str", "…"].
    """
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(
                    f"save: the keys of {_shown(at)} must be strings, got {key!r} of type "
                    f"{type(key).__name__}"
                )
        return {key: _structure(value[key], (*at, key), leaves) for key in value}
    if isinstance(value, (list, tuple)):
        if hasattr(value, "_fields"):
            raise TypeError(
                f"save: {_shown(at)} must be a dict, list or tuple, got the namedtuple "
                f"{type(value).__name__}; use its _asdict()"
            )
        kind = "list" if isinstance(value, list) else "tuple"
        return [kind, *(_structure(item, (*at, i), leaves) for i, item in enumerate(value))]
    if isinstance(value, str):
        return ["str", value]
    if _is_array(value):
        name = ".".join(map(str, at)) if at else "tensor"
        if name in leaves:
            raise ValueError(
                f"save: two tensors have the name {name!r}, the keys joined by dots; rename one"
            )
        leaves[name] = value
        return name
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise TypeError(
        f"save: {_shown(at)} must be a tensor, variable or array, a number, string or None, or a "
        f"dict, list or tuple of these, got an object of type {type(value).__name__}; "
        "tf.train.Checkpoint saves modules and optimizers"
    )


def _shown(at: tuple[Any, ...]) -> str:
    return "tree" + "".join(f"[{key!r}]" for key in at)


def _item(value: Any) -> Item:
    if isinstance(value, (np.ndarray, np.generic)):
        found = _safetensors.array_item(np.asarray(value))
        if found is not None:
            return found
    t = _core.convert(value)
    dtype = t.dtype.name
    if dtype == "bfloat16":  # NumPy has none of its own
        return _safetensors.array_item(np.asarray(bitcast(t, "uint16")))._replace(dtype=dtype)  # type: ignore[union-attr]
    item = _safetensors.array_item(np.asarray(t))
    assert item is not None
    return item


def load(path: str | os.PathLike[str], *, copy: bool = False, max_bytes: int | None = None) -> Any:
    """Reads tensors from a safetensors, .npz or .npy file.

    The tensors are views of a read-only, private mapping of the file: opening takes
    milliseconds, and what nobody looks at is not read. Only compressed arrays, big-endian ones and
    those at odd places are copied. Replacing the file (as save does) leaves them as they are; a
    program that writes into the file, or shortens it, changes or breaks them: see copy.

    Args:
      path: the file. What it is, its first bytes say.
      copy: whether to read all tensors now, so that nothing depends on the file afterwards.
      max_bytes: bytes that compressed arrays of a .npz file may have together when they are
        unpacked; None for 16 MiB and 100 times the file.

    Returns:
      What save was given, with tensors for variables and arrays, dicts for all mappings; a dict
      of tensors by name for a .npz file or one that another program wrote; a tensor for a .npy
      file.

    Raises:
      OSError: the file cannot be read.
      DataLossError: it is damaged; a ValueError, too.
      TypeError: it holds elements that tensors do not have, or it is a pickle.

    Example:
      >>> import os, tempfile
      >>> import numpy as np
      >>> import pyten as tf
      >>> path = os.path.join(tempfile.mkdtemp(), "arrays.npz")
      >>> np.savez(path, x=np.arange(3.))
      >>> tf.load(path)["x"]
      <tf.Tensor: shape=(3,), dtype=float64, numpy=array([0., 1., 2.])>
    """
    with TensorFile(path, copy=copy, max_bytes=max_bytes) as file:
        return file.tree()


class TensorFile(Mapping[str, Any]):
    """The tensors of a file by name, each made when it is asked for; see load.

    A mapping from names to tensors and a context manager. Tensors stay valid when it is closed.

    Args:
      path: a safetensors, .npz or .npy file; the array of a .npy file is named "".
      copy: whether to read each tensor's bytes when it is asked for, instead of mapping them.
      max_bytes: see load.

    Raises:
      OSError: the file cannot be read.
      DataLossError: it is damaged.
      TypeError: it is a pickle.

    Attributes:
      metadata: text by name, a dict.

    Example:
      >>> import os, tempfile
      >>> import pyten as tf
      >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
      >>> tf.save(path, {"w": tf.ones((2, 3))}, metadata={"author": "me"})
      >>> with tf.TensorFile(path) as file:
      ...     print(file.metadata, list(file), file.shape("w"), file["w"].dtype.name)
      {'author': 'me'} ['w'] (2, 3) float32
    """

    metadata: dict[str, str]

    def __init__(
        self, path: str | os.PathLike[str], *, copy: bool = False, max_bytes: int | None = None
    ) -> None:
        self._shown = os.fspath(path)
        self._structure: str | None = None
        self.metadata = {}
        self._archive: Any = None
        self._parts: dict[str, Any] = {}  # Entry or _npy.Array
        file = _safetensors.open_file(path)
        try:
            self._open(file, copy, max_bytes)
        except BaseException as error:
            file.close()
            if isinstance(error, OSError):
                raise _safetensors.told(error, path) from None
            raise

    def _open(self, file: Any, copy: bool, max_bytes: int | None) -> None:
        start = file.read(8)
        file.seek(0)
        size = os.fstat(file.fileno()).st_size
        for magic, other in _OTHERS:
            # The first eight bytes of a safetensors file are a length.
            if start.startswith(magic) and int.from_bytes(start, "little") > size:
                raise TypeError(
                    f"load: {self._shown!r} must be a safetensors or NumPy file, got {other}"
                )
        if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            from pyten._npy import Archive

            self._source = _mapped.Source(self._shown, file, "NumPy", copy)
            self._archive = Archive(self._source, file, max_bytes)
            self._parts = dict.fromkeys(self._archive)
        elif start.startswith(b"\x93NUMPY"):
            from pyten._npy import parse

            self._source = _mapped.Source(self._shown, file, "NumPy", copy)
            array = parse(self._shown, "", file.read)
            if array.start + array.nbytes != self._source.size:
                raise damaged(
                    self._shown,
                    f"{self._source.size - array.start} bytes of data, where shape {array.shape} "
                    f"and dtype {array.dtype} need {array.nbytes}",
                    kind="NumPy",
                )
            self._parts = {"": array}
        else:
            entries, self.metadata = _safetensors.parse(self._shown, file, size)
            self._source = _mapped.Source(self._shown, file, "safetensors", copy)
            self._parts = {entry.name: self._restored(entry) for entry in entries}
            self._structure = self.metadata.pop(_TREE, None)

    def _restored(self, entry: Entry) -> Entry:
        """The entry with the dtype that it stands for."""
        dtype = self.metadata.pop(DTYPE_OF + entry.name, None)
        if dtype is None or dtype == entry.dtype:
            return entry
        parts = {"complex64": "float32", "complex128": "float64"}.get(dtype)
        if parts is not None and parts == entry.dtype and entry.shape[-1:] == (2,):
            return entry._replace(dtype=dtype, shape=entry.shape[:-1])
        raise damaged(
            self._shown,
            f"array {entry.name!r} of dtype {entry.dtype} and shape {entry.shape} that stands for "
            f"{dtype[:40]!r}",
        )

    def __getitem__(self, name: str) -> Any:
        part = self._parts[name]
        if self._archive is not None:
            return self._archive.tensor(name)
        if isinstance(part, Entry):
            if part.dtype.startswith(_safetensors.FOREIGN):
                raise TypeError(
                    f"load: array {name!r} of {self._shown!r} must be of a dtype that tensors "
                    f"have, got {part.dtype}"
                )
            data = self._source.bytes(part.start, part.stop)
            return self._source.tensor(data, name, part.dtype, part.shape)
        data = self._source.bytes(part.start, part.start + part.nbytes)
        return self._source.tensor(data, name, part.dtype, part.shape, part.order, part.fortran)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __repr__(self) -> str:
        return f"<TensorFile {self._shown!r}: {len(self)} tensors, {self._source.size} bytes>"

    def _part(self, name: str) -> Any:
        return self._parts[name] if self._archive is None else self._archive.array(name)

    def shape(self, name: str) -> TensorShape:
        """The shape of a tensor, without reading its elements.

        Args:
          name: the tensor's name.

        Returns:
          A TensorShape.

        Raises:
          KeyError: there is none of this name.
        """
        return TensorShape(self._part(name).shape)

    def dtype(self, name: str) -> DType:
        """The dtype of a tensor, without reading its elements.

        Args:
          name: the tensor's name.

        Returns:
          A DType.

        Raises:
          KeyError: there is none of this name.
          TypeError: tensors have no such elements.
        """
        return as_dtype(self._part(name).dtype)

    def tree(self) -> Any:
        """All tensors, in the structure that save was given; see load."""
        if self._archive is None and self._source.kind == "NumPy":
            return self[""]
        if self._structure is None:
            return {name: self[name] for name in self}
        import json

        used: set[str] = set()
        try:
            structure = json.loads(self._structure)
            self._built(structure, lambda name: self._check(name, used))
            if len(used) != len(self):
                raise ValueError("it leaves out tensors")
        except (ValueError, RecursionError, MemoryError) as error:
            reason = str(error) or type(error).__name__
            raise damaged(
                self._shown, f"a structure that does not fit its tensors ({reason})"
            ) from None
        return self._built(structure, self.__getitem__)

    def _check(self, name: str, used: set[str]) -> None:
        if name in used or name not in self:
            raise ValueError(f"{'twice' if name in used else 'no'} {name[:80]!r}")
        used.add(name)

    def _built(self, part: Any, leaf: Callable[[str], Any]) -> Any:
        if isinstance(part, dict):
            return {key: self._built(item, leaf) for key, item in part.items()}
        if isinstance(part, list):
            if part[:1] == ["str"] and len(part) == 2 and isinstance(part[1], str):
                return part[1]
            if part[:1] not in (["list"], ["tuple"]):
                raise ValueError("a list without its kind")
            items = (self._built(item, leaf) for item in part[1:])
            return list(items) if part[0] == "list" else tuple(items)
        return leaf(part) if isinstance(part, str) else part

    def close(self) -> None:
        """Closes the file; tensors that were given out stay valid."""
        if self._archive is not None:
            self._archive.close()
        self._source.close()

    def __enter__(self) -> TensorFile:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
