"""The function a linear classifier minimises: value and gradient from pyten's tape."""

from __future__ import annotations

import numpy as np

import pyten as tf

__all__ = ["LOSSES", "Objective", "scores_to_probabilities"]

LOSSES = ("logistic", "squared")

# Rows are taken in blocks so that the Hessian's working matrix stays near 32 MB.
_BLOCK_ELEMENTS = 1 << 22


class Objective:
    """Mean loss of a linear model plus its L2 penalty, in a solver's coordinates.

    ``sum_i weight_i * loss_i + 1/2 * sum_j penalty_j * theta_j**2``, with weights and penalty both
    divided by the sum of the weights, so that values and gradients do not grow with the data.

    Args:
        loss: "logistic" (sigmoid cross-entropy for one output, softmax cross-entropy for more) or
            "squared" (squared error of each output against 0 or 1, summed over the outputs).
        design: features with a last column of ones, shape (n, d + 1), float64.
        targets: 0 or 1, shape (n, n_outputs), float64.
        weights: shape (n,), float64, positive.
        penalty: shape (d + 1, 1), float64.
        total: what the penalty is divided by; the sum of ``weights`` when None. A mini-batch gives
            the weight of all the samples that the penalty is for.
        norm: what the weights are divided by; their sum when None.
    """

    def __init__(
        self,
        loss: str,
        design: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray,
        penalty: np.ndarray,
        total: float | None = None,
        norm: float | None = None,
    ) -> None:
        weight_sum = float(weights.sum())
        self.loss = loss
        self.shape = (design.shape[1], targets.shape[1])
        self._curvature = np.asarray(penalty / (weight_sum if total is None else total))
        self._design = tf.convert_to_tensor(design)
        self._targets = tf.convert_to_tensor(targets)
        self._weights = tf.convert_to_tensor(weights / (weight_sum if norm is None else norm))
        self._penalty = tf.convert_to_tensor(self._curvature)
        self._theta = tf.Variable(np.zeros(self.shape))

    @property
    def shift_free(self) -> bool:
        """Whether adding one number to all outputs of a sample leaves its loss unchanged."""
        return self.loss == "logistic" and self.shape[1] > 1

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Value and gradient at ``theta``, shape (d + 1, n_outputs)."""
        self._theta.assign(theta)
        with tf.GradientTape() as tape:
            scores = tf.matmul(self._design, self._theta)
            data = tf.reduce_sum(self._weights * self._per_sample(scores))
            value = data + 0.5 * tf.reduce_sum(self._penalty * tf.square(self._theta))
        gradient = tape.gradient(value, self._theta)
        return float(value.numpy()), gradient.numpy()

    def _per_sample(self, scores: tf.Tensor) -> tf.Tensor:
        if self.loss == "squared":
            # One column an output, each with the article's own loss and its own gradient.
            return tf.reduce_sum(tf.square(self._targets - scores), axis=1)
        if self.shape[1] == 1:
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=self._targets, logits=scores)
            return tf.reshape(losses, (-1,))
        return tf.nn.softmax_cross_entropy_with_logits(labels=self._targets, logits=scores)

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """Second derivatives at ``theta``, by the closed form.

        Args:
            theta: shape (d + 1, n_outputs).

        Returns:
            Shape (n_outputs * (d + 1),) squared, float64; parameters ordered by output, then
            feature, as ``theta.T.ravel()`` is.
        """
        inputs, outputs = self.shape
        size = inputs * outputs
        result = np.zeros((size, size))
        rows = max(1, _BLOCK_ELEMENTS // size)
        n_samples = int(self._design.shape[0])
        self._theta.assign(theta)
        for start in range(0, n_samples, rows):
            result += self._hessian_block(start, min(start + rows, n_samples))
        result[np.diag_indices(size)] += np.tile(self._curvature[:, 0], outputs)
        return result

    def _hessian_block(self, start: int, stop: int) -> np.ndarray:
        inputs, outputs = self.shape
        design = self._design[start:stop]
        weights = tf.reshape(self._weights[start:stop], (-1, 1))
        if self.loss == "squared":
            block = tf.matmul(design, design * (2.0 * weights), transpose_a=True).numpy()
            return np.kron(np.eye(outputs), block)
        scores = tf.matmul(design, self._theta)
        if outputs == 1:
            p = tf.nn.sigmoid(scores)
            curvature = weights * p * (1.0 - p)
            return tf.matmul(design, design * curvature, transpose_a=True).numpy()
        # diag(p) - p p', for all pairs of outputs in one product.
        p = tf.nn.softmax(scores)
        spread = tf.reshape(p, (-1, outputs, 1)) * tf.reshape(design, (-1, 1, inputs))
        spread = tf.reshape(spread, (-1, outputs * inputs))
        result = -tf.matmul(spread, spread * weights, transpose_a=True).numpy()
        for k in range(outputs):
            own = slice(k * inputs, (k + 1) * inputs)
            curvature = weights * p[:, k : k + 1]
            result[own, own] += tf.matmul(design, design * curvature, transpose_a=True).numpy()
        return result


def scores_to_probabilities(loss: str, scores: np.ndarray) -> np.ndarray:
    """Class probabilities, shape (n, n_classes), from a model's outputs, shape (n, n_outputs).

    For the squared loss the outputs (and, for two classes, their complement) are moved to the
    nearest point whose entries are probabilities; for two classes that clips to [0, 1].
    """
    if loss == "logistic":
        if scores.shape[1] == 1:
            positive = tf.nn.sigmoid(tf.convert_to_tensor(scores[:, 0])).numpy()
            negative = tf.nn.sigmoid(tf.convert_to_tensor(-scores[:, 0])).numpy()
            return np.stack([negative, positive], axis=1)
        return tf.nn.softmax(tf.convert_to_tensor(scores)).numpy()
    if scores.shape[1] == 1:
        positive = np.clip(scores[:, 0], 0.0, 1.0)
        return np.stack([1.0 - positive, positive], axis=1)
    return _nearest_probabilities(scores)


def _nearest_probabilities(scores: np.ndarray) -> np.ndarray:
    """Euclidean projection of each row on the simplex (Held, Wolfe and Crowder, 1974)."""
    ordered = -np.sort(-scores, axis=1)
    count = np.arange(1, scores.shape[1] + 1)
    excess = (np.cumsum(ordered, axis=1) - 1.0) / count
    last = np.sum(ordered > excess, axis=1) - 1
    threshold = np.take_along_axis(excess, last[:, None], axis=1)
    return np.maximum(scores - threshold, 0.0)
