"""One training run: from checked data and settings to parameters, kept up to date on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import pyten as tf
from pyten.linear import solvers
from pyten.linear.objective import Objective
from pyten.linear.scaling import Moments, Scaling

__all__ = ["SOLVERS", "Settings", "Step", "Training"]

SOLVERS = ("auto", "newton", "lbfgs", "gd", "sgd")

_DEFAULT_STEPS = {"newton": 100, "lbfgs": 5000, "gd": 40, "sgd": 40}
# Beyond these, a Hessian costs more than the many more steps of L-BFGS.
_NEWTON_PARAMETERS = 400
_NEWTON_WORK = 1e10


class Settings(NamedTuple):
    """An estimator's parameters, checked."""

    loss: str
    l2: float
    standardize: bool
    solver: str
    learning_rate: float
    max_iter: int | None
    tol: float
    init: str
    batch_size: int
    momentum: float
    device: str | None
    random: Any


class Step(NamedTuple):
    """What a callback is told about a training step.

    Attributes:
        number: of the step, from 1; of the pass for "sgd".
        loss: mean training loss, penalty included, at the start of the step with the coefficients
            below; for "sgd" the mean over the pass that has just ended.
        coef: shape (n_outputs, n_features), in the user's units.
        intercept: shape (n_outputs,).

    Example:
        >>> from pyten import LinearClassifier
        >>> losses = []
        >>> model = LinearClassifier()
        >>> model.fit([[0.0], [1.0]], ["a", "b"], callback=lambda step: losses.append(step.loss))
        LinearClassifier()
        >>> round(losses[0], 4)  # log(2): nothing is known yet
        0.6931
    """

    number: int
    loss: float
    coef: np.ndarray
    intercept: np.ndarray


class Training:
    """A run of one solver over one set of samples.

    Whatever ends :meth:`run` or :meth:`run_pass`, an interrupt included, ``coef``, ``trace``,
    ``moments`` and ``velocity`` hold what has been reached.

    Args:
        settings: the estimator's parameters.
        features: shape (n, d), float64, finite.
        index: each sample's class, shape (n,), integers.
        n_classes: number of classes; two make one output, more one each.
        weights: shape (n,), positive.
    """

    def __init__(
        self,
        settings: Settings,
        features: np.ndarray,
        index: np.ndarray,
        n_classes: int,
        weights: np.ndarray,
    ) -> None:
        self.settings = settings
        self.features = features
        self.targets = _targets(index, n_classes)
        self.weights = weights
        self.moments = Moments.of(features, weights)
        self.scaling = Scaling.raw(features.shape[1], settings.l2)
        self.trace = solvers.Trace(np.zeros((features.shape[1] + 1, self.targets.shape[1])))
        self.velocity = np.zeros_like(self.trace.theta)

    @property
    def coef(self) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients and intercepts reached, in the user's units."""
        return self.scaling.to_user(self.trace.theta)

    def run(self, callback: Callable[[Step], None] | None) -> None:
        """Train from the start with the solver that the settings name."""
        with tf.device(self.settings.device):
            self._run(callback)

    def _run(self, callback: Callable[[Step], None] | None) -> None:
        settings, trace = self.settings, self.trace
        solver = settings.solver
        if solver == "auto":
            solver = _pick_solver(settings.loss, self.features.shape, self.targets.shape[1])
        steps = _DEFAULT_STEPS[solver] if settings.max_iter is None else settings.max_iter
        if solver != "gd" or settings.standardize:
            self.scaling = Scaling.of(self.moments, settings.l2, settings.standardize)
        if settings.init == "uniform":
            start = settings.random.uniform(size=trace.theta[:-1].shape)
            trace.theta[:-1] = np.where(self.scaling.still[:, None], 0.0, start)
        if callback is not None:
            self._report_to(callback)

        design = self.scaling.design(self.features)
        if solver == "sgd":
            for _ in range(steps):
                self._pass(design)
            trace.loss, _ = self._objective(design)(trace.theta)
            solvers.judge_epochs(trace)
            return
        objective = self._objective(design)
        if solver == "gd":
            solvers.gradient_descent(objective, trace, settings.learning_rate, settings.tol, steps)
        elif solver == "newton":
            solvers.newton(objective, trace, settings.tol, steps)
        else:
            solvers.lbfgs(objective, trace, settings.tol, steps)

    def resume(
        self,
        moments: Moments,
        coef: np.ndarray,
        intercept: np.ndarray,
        velocity: np.ndarray,
        losses: list[float],
    ) -> None:
        """Start from a model trained on other samples with these moments."""
        self.moments = moments.merge(self.moments)
        self._rescale()
        self.trace.theta = self.scaling.from_user(coef, intercept)
        self.trace.losses = list(losses)
        self.velocity = velocity

    def run_pass(self) -> None:
        """Go through the samples once in mini-batches, on from where the run stands."""
        self._rescale()
        with tf.device(self.settings.device):
            self._pass(self.scaling.design(self.features))

    def _objective(self, design: np.ndarray) -> Objective:
        settings = self.settings
        return Objective(settings.loss, design, self.targets, self.weights, self.scaling.penalty)

    def _rescale(self) -> None:
        self.scaling = Scaling.of(self.moments, self.settings.l2, self.settings.standardize)

    def _report_to(self, callback: Callable[[Step], None]) -> None:
        def on_step(number: int, loss: float, theta: np.ndarray) -> None:
            callback(Step(number, loss, *self.scaling.to_user(theta)))

        self.trace.on_step = on_step

    def _pass(self, design: np.ndarray) -> None:
        settings = self.settings
        average = float(self.weights.mean())

        def batch_objective(batch: np.ndarray) -> Objective:
            return Objective(
                settings.loss,
                design[batch],
                self.targets[batch],
                self.weights[batch],
                self.scaling.penalty,
                total=self.moments.weight,
                norm=average * len(batch),
            )

        self.velocity, loss = solvers.sgd_pass(
            batch_objective,
            self.trace,
            self.velocity,
            settings.random.permutation(len(design)),
            settings.batch_size,
            settings.learning_rate,
            settings.momentum,
        )
        self.trace.loss = loss
        self.trace.begin_step(loss)


def _pick_solver(loss: str, shape: tuple[int, ...], outputs: int) -> str:
    if loss == "squared":
        return "gd"
    parameters = (shape[1] + 1) * outputs
    affordable = parameters <= _NEWTON_PARAMETERS and shape[0] * parameters**2 <= _NEWTON_WORK
    return "newton" if affordable else "lbfgs"


def _targets(index: np.ndarray, n_classes: int) -> np.ndarray:
    """0 or 1 for each sample and output: one column for two classes, else one a class."""
    if n_classes == 2:
        return index.astype(np.float64)[:, None]
    return (index[:, None] == np.arange(n_classes)).astype(np.float64)
