"""Methods that scale each element by the squares of its gradients: their arguments, slots and numbers.

The formulas stand in csrc/kernels/optimizer_rules.h.
"""

from __future__ import annotations

from typing import Any

from pyten.optimizers._base import Optimizer, shared
from pyten.optimizers._state import Plan

__all__ = ["Adadelta", "Adagrad", "Ftrl", "RMSprop"]


class RMSprop(Optimizer):
    """RMSprop: steps divided by the root of a running mean of g squared (Hinton 2012).

    v = rho * v + (1 - rho) * g * g, value -= learning_rate * g / sqrt(v + epsilon).

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      rho: how much of the mean square is kept.
      momentum: how much of the last step is added to the new one.
      epsilon: what is added under the root.
      centered: whether the variance of g is used in place of its mean square.
      weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.RMSprop(0.5)
      >>> optimizer.apply([[0.1, -0.1]], [v])
      >>> [bool(x) for x in v < [1., 2.]]
      [True, False]
    """

    _settings = ("rho", "momentum", "epsilon", "centered")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-07,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**shared(locals()))
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def _plan(self) -> Plan:
        groups: list[tuple[tuple[str, ...], tuple[float, ...]]] = [(("velocity",), (0.0,))]
        rule = "rmsprop"
        if self.centered:
            rule += "_centered"
        if self.momentum > 0:
            rule += "_momentum"
            groups.append((("momentum",), (0.0,)))
        if self.centered:
            groups.append((("average_gradient",), (0.0,)))
        return rule, groups

    def _numbers(self, rate: float, step: int) -> list[float]:
        return [rate, self.rho, self.epsilon, self.momentum]


class Adagrad(Optimizer):
    """Adagrad: steps divided by the root of the sum of all g squared (Duchi et al. 2011).

    a += g * g, value -= learning_rate * g / sqrt(a + epsilon).

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      initial_accumulator_value: what the sum begins with.
      epsilon: what is added under the root.
      weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.Adagrad(0.5)
      >>> optimizer.apply([[0.1, -0.1]], [v])
      >>> [bool(x) for x in v < [1., 2.]]
      [True, False]
    """

    _settings = ("initial_accumulator_value", "epsilon")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-07,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**shared(locals()))
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def _plan(self) -> Plan:
        return "adagrad", [(("accumulator",), (self.initial_accumulator_value,))]

    def _numbers(self, rate: float, step: int) -> list[float]:
        return [rate, self.epsilon]


class Adadelta(Optimizer):
    """Adadelta: steps in units of the steps before (Zeiler 2012).

    a = rho * a + (1 - rho) * g * g, d = -sqrt(b + epsilon) / sqrt(a + epsilon) * g,
    b = rho * b + (1 - rho) * d * d, value += learning_rate * d.

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      rho: how much of the mean squares is kept.
      epsilon: what is added under the roots.
      weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.Adadelta(0.5)
      >>> optimizer.apply([[0.1, -0.1]], [v])
      >>> [bool(x) for x in v < [1., 2.]]
      [True, False]
    """

    _settings = ("rho", "epsilon")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-07,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**shared(locals()))
        self.rho = rho
        self.epsilon = epsilon

    def _plan(self) -> Plan:
        return "adadelta", [(("accumulated_grad", "accumulated_delta_var"), (0.0, 0.0))]

    def _numbers(self, rate: float, step: int) -> list[float]:
        return [rate, self.rho, self.epsilon]


class Ftrl(Optimizer):
    """Follow the regularised leader: many exact zeros (McMahan et al. 2013).

    a is the sum of g squared, z the sum of g - (a' ** -p - a ** -p) / learning_rate * value;
    value = (clip(z, -l1, l1) - z) / (a' ** -p / learning_rate + 2 * l2).

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      learning_rate_power: p, at most 0: how the rate falls with the sum; 0 keeps it.
      initial_accumulator_value: what the sum begins with.
      l1_regularization_strength: l1.
      l2_regularization_strength: l2, to which beta / (2 * learning_rate) is added.
      l2_shrinkage_regularization_strength: an L2 penalty on the size of the values alone.
      beta: see l2_regularization_strength.
      weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.Ftrl(0.5, l1_regularization_strength=0.1)
      >>> optimizer.apply([[0.1, -0.2]], [v])
      >>> [bool(x) for x in v == [0., 0.]]
      [True, False]
    """

    _settings = (
        "learning_rate_power",
        "initial_accumulator_value",
        "l1_regularization_strength",
        "l2_regularization_strength",
        "l2_shrinkage_regularization_strength",
        "beta",
    )

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        for label, number, allowed in (
            ("initial_accumulator_value", initial_accumulator_value, ">= 0"),
            ("learning_rate_power", -learning_rate_power, "<= 0"),
            ("l1_regularization_strength", l1_regularization_strength, ">= 0"),
            ("l2_regularization_strength", l2_regularization_strength, ">= 0"),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength, ">= 0"),
        ):
            if number < 0:
                raise ValueError(f"`{label}` needs to be {allowed}.")
        super().__init__(**shared(locals()))
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def _plan(self) -> Plan:
        initial = (self.initial_accumulator_value, 0.0)
        return "ftrl", [(("accumulator", "linear"), initial)]

    def _numbers(self, rate: float, step: int) -> list[float]:
        return [
            rate,
            self.learning_rate_power,
            self.l1_regularization_strength,
            self.l2_regularization_strength,
            self.l2_shrinkage_regularization_strength,
            self.beta,
        ]
