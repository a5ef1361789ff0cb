"""The change of coordinates a solver works in, and the moments it comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Moments", "Scaling"]


@dataclass(frozen=True)
class Moments:
    """Weighted mean and standard deviation of each feature, and the weight they stand on.

    Attributes:
        weight: sum of the sample weights seen.
        mean: shape (n_features,), float64.
        spread: the standard deviation, shape (n_features,), float64; exactly 0 for a constant
            feature. Variances would leave float64's range for features beyond 1e154.
    """

    weight: float
    mean: np.ndarray
    spread: np.ndarray

    @staticmethod
    def of(features: np.ndarray, weights: np.ndarray) -> Moments:
        """Moments of ``features``, shape (n, d), under ``weights``, shape (n,)."""
        total = float(weights.sum())
        # Dividing by the largest magnitude keeps squares of huge or tiny values in range.
        largest = np.abs(features).max(axis=0)
        unit = np.where(largest > 0, largest, 1.0)
        scaled = features / unit
        share = weights / total
        mean = share @ scaled
        centred = scaled - mean
        variance = share @ np.square(centred)
        # What rounding alone makes of a constant column.
        noise = len(features) * np.finfo(np.float64).eps
        constant = variance <= noise * variance + np.square(noise * mean)
        spread = np.where(constant, 0.0, np.sqrt(variance))
        return Moments(total, mean * unit, spread * unit)

    def merge(self, other: Moments) -> Moments:
        """Moments of both sets of samples together (Chan, Golub and LeVeque, 1979)."""
        total = self.weight + other.weight
        share = other.weight / total
        shift = other.mean - self.mean
        mean = self.mean + share * shift
        own = np.hypot(np.sqrt(1.0 - share) * self.spread, np.sqrt(share) * other.spread)
        return Moments(total, mean, np.hypot(own, np.sqrt(share * (1.0 - share)) * shift))


@dataclass(frozen=True)
class Scaling:
    """Coordinates ``(x - center) * factor`` and the L2 penalty expressed in them.

    A parameter matrix in these coordinates, shape (n_features + 1, n_outputs), holds one row a
    feature and the intercepts in the last row.

    Attributes:
        center: shape (n_features,).
        factor: shape (n_features,).
        penalty: shape (n_features + 1, 1); weight of each squared parameter, 0 for the intercept.
        still: shape (n_features,), bool; the constant features.
    """

    center: np.ndarray
    factor: np.ndarray
    penalty: np.ndarray
    still: np.ndarray

    @staticmethod
    def raw(n_features: int, l2: float) -> Scaling:
        """The user's own units: what plain gradient descent on raw data works in."""
        return Scaling(
            np.zeros(n_features),
            np.ones(n_features),
            _with_intercept(np.full(n_features, l2)),
            np.zeros(n_features, dtype=bool),
        )

    @staticmethod
    def of(moments: Moments, l2: float, standardize: bool) -> Scaling:
        """Coordinates for features with these moments.

        Args:
            moments: of the training features.
            l2: the penalty asked for.
            standardize: True puts the penalty on coefficients of standardised features. False
                puts it on coefficients in the user's units, and the coordinates merely bring the
                curvature of each parameter, about ``variance / 4 + l2 / weight``, near 1.
        """
        still = moments.spread == 0
        spread = np.where(still, 1.0, moments.spread)
        if standardize:
            factor = 1.0 / spread
            penalty = np.full(len(spread), l2)
        else:
            factor = 1.0 / np.hypot(spread, 2.0 * np.sqrt(l2 / moments.weight))
            penalty = l2 * np.square(factor)
        factor = np.where(still, 1.0, factor)
        return Scaling(moments.mean, factor, _with_intercept(penalty), still)

    def design(self, features: np.ndarray) -> np.ndarray:
        """Features, shape (n, d), in these coordinates with a column of ones, shape (n, d + 1)."""
        out = np.ones((features.shape[0], features.shape[1] + 1))
        inner = out[:, :-1]
        np.subtract(features, self.center, out=inner)
        inner *= self.factor
        inner[:, self.still] = 0.0
        return out

    def to_user(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients, shape (n_outputs, d), and intercepts, (n_outputs,), in the user's units."""
        coef = (theta[:-1] * self.factor[:, None]).T
        return np.ascontiguousarray(coef), theta[-1] - coef @ self.center

    def from_user(self, coef: np.ndarray, intercept: np.ndarray) -> np.ndarray:
        """The inverse of :meth:`to_user`."""
        inner = coef.T / self.factor[:, None]
        return np.vstack([inner, (intercept + coef @ self.center)[None, :]])


def _with_intercept(penalty: np.ndarray) -> np.ndarray:
    return np.append(penalty, 0.0)[:, None]
