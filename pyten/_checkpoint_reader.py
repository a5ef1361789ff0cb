"""What is in a checkpoint: its tensors by name."""

from __future__ import annotations

import os
from typing import Any

from pyten import _saving
from pyten.errors import NotFoundError

__all__ = [
    "CheckpointReader",
    "file_of",
    "list_variables",
    "load_checkpoint",
    "load_variable",
]

_SUFFIX = ".safetensors"


def file_of(path: str | os.PathLike[str]) -> str:
    text = os.fspath(path)
    return text if text.endswith(_SUFFIX) else text + _SUFFIX


class CheckpointReader:
    """The tensors of a checkpoint by name; made by load_checkpoint.

    Args:
      path: what Checkpoint.save gave.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: the file is damaged.

    Example:
      >>> import tempfile
      >>> import pyten as tf
      >>> checkpoint = tf.train.Checkpoint(v=tf.Variable([1., 2.]))
      >>> reader = tf.train.CheckpointReader(checkpoint.write(tempfile.mkdtemp() + "/ckpt"))
      >>> reader.has_tensor("v"), reader.get_tensor("v")
      (True, array([1., 2.], dtype=float32))
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        file = file_of(path)
        if not os.path.exists(file):
            raise NotFoundError(
                f"Unsuccessful CheckpointReader: Failed to find any matching files for "
                f"{os.fspath(path)}"
            )
        self._file = _saving.TensorFile(file)

    def _tensor(self, name: str) -> Any:
        return self._file[name]

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is a tensor of this name.

        Args:
          tensor_str: the name: attributes joined by slashes.

        Returns:
          A bool.
        """
        return tensor_str in self._file

    def get_tensor(self, tensor_str: str) -> Any:
        """A tensor as a NumPy array.

        Args:
          tensor_str: the name: attributes joined by slashes.

        Returns:
          A NumPy array of the saved shape and dtype.

        Raises:
          NotFoundError: there is none of this name.
          DataLossError: it is damaged.
        """
        if tensor_str not in self._file:
            raise NotFoundError(f"Key {tensor_str} not found in checkpoint")
        return self._tensor(tensor_str).numpy()

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """The shapes by name."""
        return {name: [int(n or 0) for n in self._file.shape(name)] for name in self._file}

    def get_variable_to_dtype_map(self) -> dict[str, Any]:
        """The dtypes by name."""
        return {name: self._file.dtype(name) for name in self._file}


def load_checkpoint(ckpt_dir_or_file: str | os.PathLike[str]) -> CheckpointReader:
    """The tensors of a checkpoint, or of the latest one in a folder.

    Args:
      ckpt_dir_or_file: what Checkpoint.save gave, or a folder.

    Returns:
      A CheckpointReader.

    Raises:
      NotFoundError: there is none.
      DataLossError: the file is damaged.

    Example:
      >>> import tempfile
      >>> import pyten as tf
      >>> checkpoint = tf.train.Checkpoint(v=tf.Variable([1., 2.]))
      >>> path = checkpoint.write(tempfile.mkdtemp() + "/ckpt")
      >>> tf.train.load_checkpoint(path).get_variable_to_shape_map()
      {'v': [2]}
    """
    path = os.fspath(ckpt_dir_or_file)
    if os.path.isdir(path):
        from pyten._checkpoint_manager import latest_checkpoint

        latest = latest_checkpoint(path)
        if latest is None:
            raise NotFoundError(
                f"Couldn't find 'checkpoint' file or checkpoints in given directory {path}"
            )
        path = latest
    return CheckpointReader(path)


def list_variables(ckpt_dir_or_file: str | os.PathLike[str]) -> list[tuple[str, list[int]]]:
    """Names and shapes of the tensors of a checkpoint; see load_checkpoint.

    Args:
      ckpt_dir_or_file: what Checkpoint.save gave, or a folder for its latest checkpoint.

    Returns:
      A list of pairs of a name and a list of ints, sorted by name.

    Raises:
      NotFoundError: there is no checkpoint.
      DataLossError: the file is damaged.

    Example:
      >>> import tempfile
      >>> import pyten as tf
      >>> checkpoint = tf.train.Checkpoint(v=tf.Variable([1., 2.]))
      >>> path = checkpoint.write(tempfile.mkdtemp() + "/ckpt")
      >>> tf.train.list_variables(path)
      [('v', [2])]
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file: str | os.PathLike[str], name: str) -> Any:
    """One tensor of a checkpoint as a NumPy array; see load_checkpoint.

    Args:
      ckpt_dir_or_file: what Checkpoint.save gave, or a folder for its latest checkpoint.
      name: the tensor's name: attributes joined by slashes.

    Returns:
      A NumPy array of the saved shape and dtype.

    Raises:
      NotFoundError: there is no checkpoint, or no such tensor in it.
      DataLossError: the file is damaged.

    Example:
      >>> import tempfile
      >>> import pyten as tf
      >>> checkpoint = tf.train.Checkpoint(v=tf.Variable([1., 2.]))
      >>> path = checkpoint.write(tempfile.mkdtemp() + "/ckpt")
      >>> tf.train.load_variable(path, "v")
      array([1., 2.], dtype=float32)
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name)
