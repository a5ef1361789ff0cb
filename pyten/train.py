"""Saving variables to files and getting them back.

>>> import tempfile
>>> import pyten as tf
>>> v = tf.Variable(1.)
>>> checkpoint = tf.train.Checkpoint(v=v)
>>> folder = tempfile.mkdtemp()
>>> path = checkpoint.save(folder + "/ckpt")
>>> v.assign(2.).numpy(), checkpoint.restore(path).assert_consumed() and v.numpy()
(np.float32(2.0), np.float32(1.0))
"""

from __future__ import annotations

from pyten._checkpoint import Checkpoint, CheckpointOptions
from pyten._checkpoint_manager import (
    CheckpointManager,
    CheckpointState,
    checkpoints_iterator,
    get_checkpoint_state,
    latest_checkpoint,
)
from pyten._checkpoint_reader import (
    CheckpointReader,
    list_variables,
    load_checkpoint,
    load_variable,
)

__all__ = [
    "Checkpoint",
    "CheckpointManager",
    "CheckpointOptions",
    "CheckpointReader",
    "CheckpointState",
    "checkpoints_iterator",
    "get_checkpoint_state",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
]
