"""Losses over a few sampled classes: noise contrastive estimation and the sampled softmax."""

from __future__ import annotations

from typing import Any

from pyten import _core
from pyten._candidates import compute_accidental_hits, log_uniform_candidate_sampler
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = ["nce_loss", "sampled_softmax_loss"]


def _sampled_logits(
    op: str,
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    seed: int | None,
) -> tuple[Any, Any]:
    """Logits [batch, num_true + num_sampled], less the logarithms of expected counts; and labels."""
    if isinstance(weights, (list, tuple)) and hasattr(weights[0], "shape"):  # parts of one table
        weights = weights[0] if len(weights) == 1 else _core.concat(list(weights), 0)
    x = _core.convert(inputs)
    table = _core.convert(weights, hint=x.dtype)
    bias = _core.convert(biases, hint=x.dtype)
    labels = _core.convert(labels)
    if not labels.dtype.is_integer:
        raise InvalidDTypeError(f"{op}: labels must be integers, got {labels.dtype.name}")
    if labels.ndim == 1 and num_true == 1:
        labels = labels[:, None]
    if labels.ndim != 2 or labels.shape[1] != num_true or labels.shape[0] != x.shape[0]:
        raise InvalidArgumentError(
            f"{op}: labels must have shape (batch, num_true={num_true}) for "
            f"inputs.shape={x.shape}, got {labels.shape}"
        )
    if x.ndim != 2 or table.ndim != 2 or table.shape[1] != x.shape[1] or bias.ndim != 1:
        raise InvalidArgumentError(
            f"{op}: weights, biases and inputs must have shapes (classes, dim), (classes,) and "
            f"(batch, dim), got {table.shape}, {bias.shape} and {x.shape}"
        )
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(
            labels, num_true, num_sampled, True, num_classes, seed
        )
    sampled, true_count, sampled_count = (
        _core.stop_gradient(_core.convert(v)) for v in sampled_values
    )
    true_rows = _core.gather(table, labels)  # [batch, num_true, dim]
    true_logits = _core.reduce_sum(x[:, None, :] * true_rows, 2) + _core.gather(bias, labels)
    logits = _core.matmul(x, _core.gather(table, sampled), transpose_b=True)
    logits = logits + _core.gather(bias, sampled)
    if remove_accidental_hits:
        rows, places, lowest = compute_accidental_hits(labels, sampled, num_true)
        places = _core.stack([_core.cast(rows, "int64"), places], 1)
        logits = _core.tensor_scatter_nd_add(logits, places, _core.cast(lowest, logits.dtype))
    true_logits = true_logits - _core.log(_core.cast(true_count, x.dtype))
    logits = logits - _core.log(_core.cast(sampled_count, x.dtype))
    wanted = [_core.ones_like(true_logits) / num_true, _core.zeros_like(logits)]
    return _core.concat([true_logits, logits], 1), _core.concat(wanted, 1)


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    name: str = "nce_loss",
) -> Any:
    """Noise contrastive estimation: the right classes against sampled ones, by logistic regression.

    (Gutmann and Hyvärinen, 2010.)

    Args:
      weights: a tensor [classes, dim], or a list of tensors that are its parts.
      biases: a tensor [classes].
      labels: an integer tensor [batch, num_true].
      inputs: a floating tensor [batch, dim].
      num_sampled: how many classes to draw.
      num_classes: the number of classes.
      num_true: how many right classes each example has.
      sampled_values: what a candidate sampler returned; None for
        tf.random.log_uniform_candidate_sampler.
      remove_accidental_hits: whether sampled classes that are right are left out.
      name: accepted and ignored.

    Returns:
      A tensor [batch].

    Raises:
      InvalidArgumentError: the shapes do not fit.

    Example:
      >>> import pyten as tf
      >>> drawn = ([1], [[1.]], [1.])
      >>> tf.nn.nce_loss(tf.zeros((2, 3)), tf.zeros(2), [[0]], tf.ones((1, 3)), 1, 2,
      ...                sampled_values=drawn).numpy().round(4)
      array([1.3863], dtype=float32)
    """
    logits, wanted = _sampled_logits(
        "nce_loss", weights, biases, labels, inputs, num_sampled, num_classes, num_true,
        sampled_values, remove_accidental_hits, None,
    )  # fmt: skip
    losses = _core.sigmoid_cross_entropy_with_logits(labels=wanted, logits=logits)
    return _core.reduce_sum(losses, 1)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    seed: int | None = None,
    name: str = "sampled_softmax_loss",
) -> Any:
    """Softmax cross-entropy over the right classes and sampled ones (Jean et al., 2014).

    Args:
      weights: a tensor [classes, dim], or a list of tensors that are its parts.
      biases: a tensor [classes].
      labels: an integer tensor [batch, num_true].
      inputs: a floating tensor [batch, dim].
      num_sampled: how many classes to draw.
      num_classes: the number of classes.
      num_true: how many right classes each example has.
      sampled_values: what a candidate sampler returned; None for
        tf.random.log_uniform_candidate_sampler.
      remove_accidental_hits: whether sampled classes that are right are left out.
      seed: of the sampler.
      name: accepted and ignored.

    Returns:
      A tensor [batch].

    Raises:
      InvalidArgumentError: the shapes do not fit.

    Example:
      >>> import pyten as tf
      >>> drawn = ([1], [[1.]], [1.])
      >>> tf.nn.sampled_softmax_loss(tf.zeros((2, 3)), tf.zeros(2), [[0]], tf.ones((1, 3)), 1, 2,
      ...                            sampled_values=drawn).numpy().round(4)
      array([0.6931], dtype=float32)
    """
    logits, wanted = _sampled_logits(
        "sampled_softmax_loss", weights, biases, labels, inputs, num_sampled, num_classes, num_true,
        sampled_values, remove_accidental_hits, seed,
    )  # fmt: skip
    return _core.softmax_cross_entropy_with_logits(labels=wanted, logits=logits)
