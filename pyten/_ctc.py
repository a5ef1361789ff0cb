"""Connectionist temporal classification, in logarithms, by pyten's own ops."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _core
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = ["ctc_loss", "ctc_unique_labels"]

_NEVER = -1e30  # a logarithm of 0 with which sums and derivatives stay finite


def ctc_unique_labels(labels: Any, name: str | None = None) -> tuple[Any, Any]:
    """The different labels of each row, and where in this list each label stands.

    Args:
      labels: an integer tensor [batch, n], padded with 0.
      name: accepted and ignored.

    Returns:
      (unique, indices), both [batch, n]: labels in the order of first appearance, padded with 0,
      int64; and the place of each label, int32.

    Example:
      >>> import pyten as tf
      >>> unique, places = tf.nn.ctc_unique_labels([[3, 4, 4, 3]])
      >>> unique.numpy().tolist(), places.numpy().tolist()
      ([[3, 4, 0, 0]], [[0, 1, 1, 0]])
    """
    rows = np.asarray(_core.convert(labels))
    unique = np.zeros(rows.shape, np.int64)
    places = np.zeros(rows.shape, np.int32)
    for i, row in enumerate(rows.tolist()):
        seen: dict[int, int] = {}
        for j, label in enumerate(row):
            places[i, j] = seen.setdefault(label, len(seen))
        unique[i, : len(seen)] = list(seen)
    return _core.convert(unique), _core.convert(places)


def _integers(name: str, value: Any, batch: int) -> np.ndarray:
    x = _core.convert(value)
    if not x.dtype.is_integer:
        raise InvalidDTypeError(f"ctc_loss: {name} must be integers, got {x.dtype.name}")
    if x.shape != (batch,):
        raise InvalidArgumentError(
            f"ctc_loss: {name} must have shape ({batch},), one for each sequence, got {x.shape}"
        )
    return np.asarray(x).astype(np.int64)


def _dense(labels: Any, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of labels and their lengths, of a sparse tensor."""
    indices = np.asarray(_core.convert(labels.indices)).reshape(-1, 2)
    values = np.asarray(_core.convert(labels.values)).astype(np.int64)
    shape = np.asarray(_core.convert(labels.dense_shape)).tolist()
    rows = np.zeros((batch, int(shape[1])), np.int64)
    rows[indices[:, 0], indices[:, 1]] = values
    return rows, np.bincount(indices[:, 0], minlength=batch)


def ctc_loss(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Any:
    """-log of the probability that the labels have, summed over all their alignments in time.

    An alignment names a class for each frame; equal neighbours merged and blanks taken out, it is
    the sequence of labels. (Graves et al., "Connectionist temporal classification", 2006.)

    Args:
      labels: an integer tensor [batch, most labels]; or an object with indices, values and
        dense_shape as sparse tensors have them.
      logits: a float32 or float64 tensor [frames, batch, classes], not normalised.
      label_length: [batch] integers: how many labels of each row count; None for sparse labels.
      logit_length: [batch] integers: how many frames of each sequence count; None for all.
      logits_time_major: False for logits [batch, frames, classes].
      unique: accepted for compatibility; the result is the same.
      blank_index: the class that means "no label"; negative ones count from the last. None for 0.
      name: accepted and ignored.

    Returns:
      A tensor [batch] of the logits' dtype: differentiable by the logits to any order. It is
      infinite, with gradient 0, where the frames are too few for the labels.

    Raises:
      InvalidArgumentError: the shapes do not fit, or a label is not a class.
      TypeError: labels are no integers, or logits have another dtype.

    Example:
      >>> import pyten as tf
      >>> loss = tf.nn.ctc_loss([[1]], tf.zeros((2, 1, 2)), [1], [2])  # of 4 alignments 3
      >>> tf.exp(-loss).numpy()
      array([0.75], dtype=float32)
    """
    x = _core.convert(logits)
    if x.dtype.name not in ("float32", "float64"):
        raise InvalidDTypeError(f"ctc_loss: logits must be float32 or float64, got {x.dtype.name}")
    if x.ndim != 3:
        raise InvalidArgumentError(f"ctc_loss: logits must have rank 3, got shape {x.shape}")
    if not logits_time_major:
        x = _core.transpose(x, [1, 0, 2])
    frames, batch, classes = (int(n) for n in x.shape)  # type: ignore[arg-type]
    if hasattr(labels, "dense_shape"):
        rows, lengths = _dense(labels, batch)
    else:
        given = _core.convert(labels)
        if not given.dtype.is_integer:
            raise InvalidDTypeError(f"ctc_loss: labels must be integers, got {given.dtype.name}")
        if given.ndim != 2 or given.shape[0] != batch:
            raise InvalidArgumentError(
                f"ctc_loss: labels must have shape ({batch}, most labels) for "
                f"logits.shape={x.shape}, got {given.shape}"
            )
        rows = np.asarray(given).astype(np.int64)
        if label_length is None:
            raise ValueError("ctc_loss: label_length must be given for dense labels")
        lengths = _integers("label_length", label_length, batch)
    seconds = (
        np.full(batch, frames)
        if logit_length is None
        else _integers("logit_length", logit_length, batch)
    )
    blank = 0 if blank_index is None else int(blank_index)
    blank += classes if blank < 0 else 0
    if not 0 <= blank < classes:
        raise InvalidArgumentError(
            f"ctc_loss: blank_index={blank_index} is no class of {classes} classes"
        )
    for what, values, most in (
        ("label_length", lengths, rows.shape[1]),
        ("logit_length", seconds, frames),
    ):
        if np.any((values < 0) | (values > most)):
            raise InvalidArgumentError(f"ctc_loss: {what} must lie in [0, {most}], got {values}")
    counts = np.arange(rows.shape[1]) < lengths[:, None]
    if np.any(counts & ((rows < 0) | (rows >= classes))):
        raise InvalidArgumentError(
            f"ctc_loss: labels must lie in [0, {classes}), got {rows[counts].tolist()}"
        )
    return _forward(x, np.where(counts, rows, blank), lengths, seconds, blank)


def _forward(x: Any, rows: np.ndarray, lengths: np.ndarray, seconds: np.ndarray, blank: int) -> Any:
    """The sum over alignments, frame by frame; states are blank, label, blank, label, ..., blank."""
    frames, batch = int(x.shape[0]), int(x.shape[1])
    states = np.full((batch, 2 * rows.shape[1] + 1), blank)
    states[:, 1::2] = rows
    dtype = x.dtype.name
    # From two states before, over a blank, between labels that differ.
    skips = np.full(states.shape, _NEVER)
    skips[:, 3::2][rows[:, 1:] != rows[:, :-1]] = 0.0
    start = np.full(states.shape, _NEVER)
    start[:, :2] = 0.0
    last = np.full(states.shape, _NEVER)
    last[np.arange(batch), 2 * lengths] = 0.0
    labelled = lengths > 0
    last[np.flatnonzero(labelled), 2 * lengths[labelled] - 1] = 0.0

    every = _core.broadcast_to(_core.convert(states), [frames, *states.shape])
    scores = _core.gather(_core.log_softmax(x), every, axis=2, batch_dims=2)
    gone = _core.fill([batch, 2], _core.convert(_NEVER, dtype))
    skip, alpha = _core.convert(skips, dtype), None
    # Before the first frame: only the first two states can be entered.
    alpha = _core.convert(start, dtype)
    for t, score in enumerate(_core.unstack(scores)):
        if t == 0:
            moved = alpha + score
        else:
            before = _core.concat([gone, alpha], 1)
            ways = [alpha, before[:, 1:-1], before[:, :-2] + skip]
            moved = _core.reduce_logsumexp(_core.stack(ways), 0) + score
        inside = seconds > t
        if inside.all():
            alpha = moved
        else:
            alpha = _core.select(_core.convert(inside[:, None]), moved, alpha)
    if np.any(seconds == 0):  # without a frame nothing has been said
        nothing = np.full(states.shape, _NEVER)
        nothing[:, 0] = 0.0
        alpha = _core.select(
            _core.convert((seconds == 0)[:, None]), _core.convert(nothing, dtype), alpha
        )
    loss = -_core.reduce_logsumexp(alpha + _core.convert(last, dtype), 1)
    possible = _core.less(loss, _core.convert(-_NEVER / 2, dtype))
    return _core.select(possible, loss, _core.convert(np.inf, dtype))
