"""The ways to minimise an :class:`~pyten.linear.objective.Objective`.

All work on a parameter matrix ``theta``, shape (n_features + 1, n_outputs), float64, and keep what
they have reached in a :class:`Trace`, so that an interrupt at any moment loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pyten.linear.objective import Objective

__all__ = ["Trace", "gradient_descent", "judge_epochs", "lbfgs", "newton", "sgd_pass"]

# A loss this close to another, relatively, is the same but for rounding.
_ROUNDING = 1e-12
_MEMORY = 12
_SETTLED = 0.05


@dataclass
class Trace:
    """Where a solver is, and how it got there.

    Attributes:
        theta: the parameters reached.
        loss: the objective there; NaN until it is known.
        losses: the objective at the start of each step.
        converged: whether the solver's own test was met.
        why_not: what was required and what was reached, when it was not met.
        on_step: called after each entry of ``losses`` with the step's number, from 1, its loss
            and the parameters it started from.
    """

    theta: np.ndarray
    loss: float = float("nan")
    losses: list[float] = field(default_factory=list)
    converged: bool = False
    why_not: str = ""
    on_step: Callable[[int, float, np.ndarray], None] | None = None

    def begin_step(self, loss: float) -> None:
        self.losses.append(loss)
        if self.on_step is not None:
            self.on_step(len(self.losses), loss, self.theta)

    def moved(self, theta: np.ndarray, loss: float) -> None:
        self.theta, self.loss = theta, loss


def newton(objective: Objective, trace: Trace, tol: float, max_iter: int) -> None:
    """Newton's method with a backtracking line search; quadratic at the end.

    Args:
        objective: what to minimise; convex.
        trace: starts at ``trace.theta`` and is kept up to date.
        tol: largest absolute entry of the gradient that counts as zero.
        max_iter: most steps.
    """
    inputs, outputs = objective.shape

    def direction(theta: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        hessian = objective.hessian(theta)
        if objective.shift_free:
            _pin_shift(hessian, inputs, outputs)
        return -_solve(hessian, gradient.T.ravel()).reshape(outputs, inputs).T

    _descend(objective, trace, tol, max_iter, direction, lambda step, change: None)


def lbfgs(objective: Objective, trace: Trace, tol: float, max_iter: int) -> None:
    """L-BFGS (Liu and Nocedal, 1989): needs gradients only, for problems too big for Newton.

    Args:
        objective: what to minimise; convex.
        trace: starts at ``trace.theta`` and is kept up to date.
        tol: largest absolute entry of the gradient that counts as zero.
        max_iter: most steps.
    """
    pairs: list[tuple[np.ndarray, np.ndarray, float]] = []

    def direction(theta: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        out = -gradient
        if not pairs:
            return out / max(1.0, float(np.abs(gradient).sum()))
        backward = []
        for step, change, product in reversed(pairs):
            amount = float(np.vdot(step, out)) / product
            out = out - amount * change
            backward.append(amount)
        step, change, product = pairs[-1]
        out = out * (product / float(np.vdot(change, change)))
        for (step, change, product), amount in zip(pairs, reversed(backward), strict=True):
            out = out + (amount - float(np.vdot(change, out)) / product) * step
        return out

    def learn(step: np.ndarray, change: np.ndarray) -> None:
        product = float(np.vdot(step, change))
        floor = np.finfo(np.float64).eps * float(np.vdot(change, change))
        if product > floor:
            pairs.append((step, change, product))
            del pairs[:-_MEMORY]

    _descend(objective, trace, tol, max_iter, direction, learn)


def _descend(
    objective: Objective,
    trace: Trace,
    tol: float,
    max_iter: int,
    direction: Callable[[np.ndarray, np.ndarray], np.ndarray],
    learn: Callable[[np.ndarray, np.ndarray], None],
) -> None:
    theta = trace.theta
    value, gradient = objective(theta)
    trace.moved(theta, value)
    largest = float(np.abs(gradient).max())
    for _ in range(max_iter):
        if largest <= tol and trace.losses:
            break
        trace.begin_step(value)
        if largest <= tol:
            break
        found = _line_search(objective, theta, value, gradient, direction(theta, gradient))
        if found is None:
            break
        new_theta, value, new_gradient = found
        learn(new_theta - theta, new_gradient - gradient)
        theta, gradient = new_theta, new_gradient
        trace.moved(theta, value)
        largest = float(np.abs(gradient).max())
    trace.converged = largest <= tol
    trace.why_not = (
        f"the gradient must reach {tol:g}, got {largest:.3g} after {len(trace.losses)} steps; "
        "raise max_iter or l2"
    )


def _line_search(
    objective: Objective,
    theta: np.ndarray,
    value: float,
    gradient: np.ndarray,
    direction: np.ndarray,
) -> tuple[np.ndarray, float, np.ndarray] | None:
    """The first of the steps 1, 1/2, 1/4, … that lowers the objective enough; None if none does."""
    slope = float(np.vdot(gradient, direction))
    if not slope < 0:
        return None
    length = 1.0
    for _ in range(60):
        candidate = theta + length * direction
        new_value, new_gradient = objective(candidate)
        if new_value <= value + 1e-4 * length * slope:
            return candidate, new_value, new_gradient
        # Near the optimum values differ by rounding alone and only the slope still tells
        # (the approximate Wolfe test of Hager and Zhang, 2005).
        same = abs(new_value - value) <= _ROUNDING * max(1.0, abs(value))
        if same and abs(float(np.vdot(new_gradient, direction))) <= 0.9 * abs(slope):
            return candidate, new_value, new_gradient
        length *= 0.5
    return None


def _pin_shift(hessian: np.ndarray, inputs: int, outputs: int) -> None:
    """Give curvature to the directions that move all outputs alike.

    The loss does not see them and the steps never take them, but the system would be singular.
    """
    blocks = hessian.reshape(outputs, inputs, outputs, inputs)
    rows = np.arange(inputs)
    blocks[:, rows, :, rows] += np.trace(hessian) / len(hessian) / outputs


def _solve(hessian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Solve with the least extra ridge that makes the answer a descent direction."""
    largest = float(np.diag(hessian).max())
    ridge = 0.0
    for _ in range(8):
        try:
            step = np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            step = None
        if step is not None and np.isfinite(step).all() and np.vdot(step, gradient) > 0:
            return step
        extra = max(1e-12 * largest, np.finfo(np.float64).tiny) if ridge == 0.0 else 99.0 * ridge
        ridge += extra
        hessian = hessian + extra * np.eye(len(hessian))
    return gradient / largest if largest > 0 else gradient


def gradient_descent(
    objective: Objective, trace: Trace, learning_rate: float, tol: float, max_iter: int
) -> float:
    """Plain gradient descent: ``theta -= learning_rate * gradient``, ``max_iter`` times.

    A step that would raise the loss is taken again at half the learning rate.

    Args:
        objective: what to minimise.
        trace: starts at ``trace.theta`` and is kept up to date.
        learning_rate: the step size to start with.
        tol: stop early when no entry of the gradient is larger.
        max_iter: number of steps.

    Returns:
        The learning rate at the end.
    """
    theta = trace.theta
    value, gradient = objective(theta)
    trace.moved(theta, value)
    for _ in range(max_iter):
        trace.converged = float(np.abs(gradient).max()) <= tol
        if trace.converged and trace.losses:
            break
        trace.begin_step(value)
        if trace.converged:
            break
        while True:
            candidate = theta - learning_rate * gradient
            new_value, new_gradient = objective(candidate)
            if new_value <= value + _ROUNDING * abs(value):
                break
            learning_rate *= 0.5
        theta, value, gradient = candidate, new_value, new_gradient
        trace.moved(theta, value)
    _judge_by_last_drop(trace, "gradient descent")
    return learning_rate


def sgd_pass(
    make_objective: Callable[[np.ndarray], Objective],
    trace: Trace,
    velocity: np.ndarray,
    order: np.ndarray,
    batch_size: int,
    learning_rate: float,
    momentum: float,
) -> tuple[np.ndarray, float]:
    """One pass of mini-batch gradient descent with momentum over the samples.

    ``velocity = momentum * velocity - learning_rate * gradient; theta += velocity``

    Args:
        make_objective: the objective of the samples whose indices it is given.
        trace: moved after each batch.
        velocity: what the last pass returned; zeros at first; the shape of theta.
        order: the samples' indices in the order to take them.
        batch_size: samples in a batch; the last one may be smaller.
        learning_rate: the step size.
        momentum: in [0, 1).

    Returns:
        The velocity, and the mean of the batches' losses as they were met.

    Raises:
        ValueError: a loss or parameter is no longer finite; ``trace`` keeps the last finite ones.
    """
    losses: list[float] = []
    sizes: list[int] = []
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        value, gradient = make_objective(batch)(trace.theta)
        with np.errstate(over="ignore", invalid="ignore"):
            velocity = momentum * velocity - learning_rate * gradient
            theta = trace.theta + velocity
        if not (np.isfinite(value) and np.isfinite(theta).all()):
            raise ValueError(
                f"sgd: the loss must stay finite, got {value} in batch {len(losses) + 1} with "
                f"learning_rate={learning_rate:g} and momentum={momentum:g}; lower learning_rate"
            )
        losses.append(value)
        sizes.append(len(batch))
        trace.moved(theta, value)
    return velocity, float(np.average(losses, weights=sizes))


def judge_epochs(trace: Trace) -> None:
    """Decide whether passes of mini-batches have settled."""
    _judge_by_last_drop(trace, "mini-batch gradient descent")


def _judge_by_last_drop(trace: Trace, name: str) -> None:
    """Descent by a fixed number of steps has settled when the last step changed little."""
    if trace.converged or not trace.losses:
        return
    if name == "gradient descent":
        before, after = trace.losses[-1], trace.loss
    elif len(trace.losses) > 1:
        before, after = trace.losses[-2:]
    else:
        before, after = trace.losses[-1], 0.0
    drop = abs(before - after) / max(abs(before), np.finfo(np.float64).tiny)
    trace.converged = drop <= _SETTLED
    trace.why_not = (
        f"{name} must settle, got a loss that still changed by {drop:.1%} in the last of "
        f"{len(trace.losses)} steps; raise max_iter or change learning_rate"
    )
