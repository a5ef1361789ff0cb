"""tf.config.threading: how many threads large operations use."""

from __future__ import annotations

from pyten import _core

__all__ = [
    "get_inter_op_parallelism_threads",
    "get_intra_op_parallelism_threads",
    "set_inter_op_parallelism_threads",
    "set_intra_op_parallelism_threads",
]

_intra = 0
_inter = 0


def _checked(num_threads: int, op: str) -> int:
    if num_threads < 0:
        raise ValueError(f"{op}: num_threads must be at least 0, got {num_threads}")
    return int(num_threads)


def get_intra_op_parallelism_threads() -> int:
    """How many threads one operation may use, as it was set; 0: as many as the machine allows."""
    return _intra


def set_intra_op_parallelism_threads(num_threads: int) -> None:
    """Sets how many threads one operation may use. It can be changed at any time.

    Args:
      num_threads: the number; 0 for as many as the machine allows.

    Raises:
      ValueError: it is negative.

    Example:
      >>> import pyten as tf
      >>> tf.config.threading.set_intra_op_parallelism_threads(0)
      >>> tf.config.threading.get_intra_op_parallelism_threads()
      0
    """
    global _intra
    _intra = _checked(num_threads, "set_intra_op_parallelism_threads")
    _core.set_thread_count(_intra)


def get_inter_op_parallelism_threads() -> int:
    """What set_inter_op_parallelism_threads was given; 0 at first."""
    return _inter


def set_inter_op_parallelism_threads(num_threads: int) -> None:
    """Accepted and kept: operations run one after the other, as they are called.

    Args:
      num_threads: a number, at least 0.

    Raises:
      ValueError: it is negative.
    """
    global _inter
    _inter = _checked(num_threads, "set_inter_op_parallelism_threads")
