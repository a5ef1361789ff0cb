"""Methods that step along a running mean of the gradients: their arguments, slots and numbers.

The formulas stand in csrc/kernels/optimizer_rules.h.
"""

from __future__ import annotations

from typing import Any

from pyten._variable import Variable
from pyten.optimizers._base import Optimizer, shared
from pyten.optimizers._state import Plan

__all__ = ["SGD", "Adam", "AdamW", "Adamax", "Lion", "Nadam"]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if wanted.

    value -= learning_rate * g; with momentum: m = momentum * m - learning_rate * g, value += m, or,
    with nesterov, value += momentum * m - learning_rate * g.

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      momentum: how much of the last step is kept, from 0 to 1.
      nesterov: whether to look ahead, as Nesterov's method does.
      weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.SGD(0.5)
      >>> optimizer.apply([[0.1, -0.1]], [v])
      >>> [bool(x) for x in v < [1., 2.]]
      [True, False]
    """

    _settings = ("momentum", "nesterov")

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
        if not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ValueError("`momentum` must be a float between [0, 1].")
        super().__init__(**shared(locals()))
        self.momentum = momentum
        self.nesterov = nesterov

    def _plan(self) -> Plan:
        if self.momentum == 0:
            return "sgd", []
        return "nesterov" if self.nesterov else "momentum", [(("momentum",), (0.0,))]

    def _numbers(self, rate: float, step: int) -> list[float]:
        return [rate, self.momentum] if self._slots else [rate]


class Adam(Optimizer):
    """Adam: steps of about the learning rate, from running means of g and g squared.

    Kingma & Ba 2015, in the form with epsilon beside the uncorrected root; with amsgrad, the largest
    mean square so far is used (Reddi et al. 2018).

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      beta_1: how much of the mean of g is kept.
      beta_2: how much of the mean of g squared is kept.
      epsilon: what is added to the root.
      amsgrad: see above.
      weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.Adam(0.5)
      >>> optimizer.apply([[0.1, -0.1]], [v])
      >>> [bool(x) for x in v < [1., 2.]]
      [True, False]
    """

    _settings = ("beta_1", "beta_2", "epsilon", "amsgrad")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        amsgrad: bool = False,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = amsgrad

    def _plan(self) -> Plan:
        moments: Plan = ("adam", [(("momentum", "velocity"), (0.0, 0.0))])
        if self.amsgrad:
            return "amsgrad", [*moments[1], (("velocity_hat",), (0.0,))]
        return moments

    def _numbers(self, rate: float, step: int) -> list[float]:
        return [rate, self.beta_1, self.beta_2, self.epsilon, step]


class AdamW(Adam):
    """Adam with weight decay: Loshchilov & Hutter 2019.

    As Adam, after value -= learning_rate * weight_decay * value.

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      weight_decay: the fraction of each variable that is taken off, times the learning rate.
      beta_1: how much of the mean of g is kept.
      beta_2: how much of the mean of g squared is kept.
      epsilon: what is added to the root.
      amsgrad: whether the largest mean square so far is used.
      clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.AdamW(0.5)
      >>> optimizer.apply([[0.1, -0.1]], [v])
      >>> [bool(x) for x in v < [1., 2.]]
      [True, False]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        amsgrad: bool = False,
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
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None")
        super().__init__(
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
            **shared(locals()),
        )


class Adamax(Optimizer):
    """Adam with the largest absolute gradient in place of the root (Kingma & Ba 2015, section 7).

    m = mean of g, u = max(beta_2 * u, |g|),
    value -= learning_rate * m / ((1 - beta_1 ** step) * (u + epsilon)).

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      beta_1: how much of the mean of g is kept.
      beta_2: how fast the largest |g| is forgotten.
      epsilon: what is added to it.
      weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.Adamax(0.5)
      >>> optimizer.apply([[0.1, -0.1]], [v])
      >>> [bool(x) for x in v < [1., 2.]]
      [True, False]
    """

    _settings = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def _plan(self) -> Plan:
        return "adamax", [(("momentum", "norm"), (0.0, 0.0))]

    def _numbers(self, rate: float, step: int) -> list[float]:
        return [rate, self.beta_1, self.beta_2, self.epsilon, step]


class Nadam(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016).

    The momentum of step t is beta_1 * (1 - 0.5 * 0.96 ** t), as in the paper.

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      beta_1: how much of the mean of g is kept.
      beta_2: how much of the mean of g squared is kept.
      epsilon: what is added to the root.
      weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.Nadam(0.5)
      >>> optimizer.apply([[0.1, -0.1]], [v])
      >>> [bool(x) for x in v < [1., 2.]]
      [True, False]
    """

    _settings = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self._product: Variable

    def build(self, variables: Any) -> None:
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._product = self._track_number(
            1.0, "product", variables[0].dtype if variables else "float32"
        )

    def _plan(self) -> Plan:
        return "nadam", [(("momentum", "velocity"), (0.0, 0.0))]

    def _numbers(self, rate: float, step: int) -> list[float]:
        product = float(self._product) * self.beta_1 * (1.0 - 0.5 * 0.96**step)
        self._product.assign(product)
        return [rate, self.beta_1, self.beta_2, self.epsilon, step, float(self._product)]


class Lion(Optimizer):
    """Lion: steps of the learning rate in the direction of a sign (Chen et al. 2023).

    value -= learning_rate * sign(beta_1 * m + (1 - beta_1) * g), m = beta_2 * m + (1 - beta_2) * g.

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      beta_1: the weight of the momentum in the step, above 0 and at most 1.
      beta_2: how much of the momentum is kept.
      weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see
        tf.optimizers.Optimizer.
      **kwargs: decay, which is ignored with a warning; see tf.optimizers.Optimizer.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.])
      >>> optimizer = tf.optimizers.Lion(0.5)
      >>> optimizer.apply([[0.1, -0.1]], [v])
      >>> [bool(x) for x in v < [1., 2.]]
      [True, False]
    """

    _settings = ("beta_1", "beta_2")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
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
        if beta_1 <= 0 or beta_1 > 1:
            raise ValueError(
                f"Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer "
                f"degenerates to SignSGD. Received: beta_1={beta_1}."
            )
        super().__init__(**shared(locals()))
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def _plan(self) -> Plan:
        return "lion", [(("momentum",), (0.0,))]

    def _numbers(self, rate: float, step: int) -> list[float]:
        return [rate, self.beta_1, self.beta_2]
