"""Learning rates that change with the steps.

Each is called with the count of steps and gives the learning rate, in float32 when it was made
with Python numbers.
"""

from __future__ import annotations

import math
from typing import Any

from pyten import _core

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


class LearningRateSchedule:
    """The base: a schedule of your own overrides __call__, and get_config to be saved.

    Example:
      >>> import pyten as tf
      >>> class Halving(tf.optimizers.schedules.LearningRateSchedule):
      ...     def __call__(self, step):
      ...         return 0.5 ** tf.cast(step, tf.float32)
      >>> tf.optimizers.SGD(Halving()).learning_rate.numpy()
      np.float32(1.0)
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate at `step`, an integer or integer tensor."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `get_config()` in order "
            "to be serializable."
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A schedule from what get_config gave.

        Args:
          config: a dictionary of the constructor's arguments.

        Returns:
          A new schedule of this class.
        """
        return cls(**config)


def _positive(name: str, value: Any) -> None:
    if value <= 0:
        raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={value}")


def _casts(initial: Any, *values: Any) -> list[Any]:
    """The initial rate as a tensor, and the others in its dtype."""
    rate = _core.convert(initial)
    return [rate, *(_core.cast(v, rate.dtype) for v in values)]


class ExponentialDecay(LearningRateSchedule):
    """The rate initial_learning_rate * decay_rate ** (step / decay_steps).

    Args:
      initial_learning_rate: the rate at step 0.
      decay_steps: the number of steps in which it is multiplied by decay_rate once.
      decay_rate: the factor.
      staircase: whether the exponent is rounded down to a whole number.
      name: a name.

    Raises:
      ValueError: decay_steps is not positive.

    Example:
      >>> import pyten as tf
      >>> tf.optimizers.schedules.ExponentialDecay(1., 10, 0.5)(20).numpy()
      np.float32(0.25)
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        _positive("decay_steps", decay_steps)

    def __call__(self, step: Any) -> Any:
        rate, factor, done, every = _casts(
            self.initial_learning_rate, self.decay_rate, step, self.decay_steps
        )
        part = done / every
        return rate * factor ** (_core.floor(part) if self.staircase else part)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and including step boundaries[0], then values[1] up to boundaries[1], ...

    Args:
      boundaries: increasing numbers of steps.
      values: the rates between them, one more.
      name: a name.

    Raises:
      ValueError: the lengths do not fit.

    Example:
      >>> import pyten as tf
      >>> rate = tf.optimizers.schedules.PiecewiseConstantDecay([10], [1., 0.5])
      >>> float(rate(10)), float(rate(11))
      (1.0, 0.5)
    """

    def __init__(self, boundaries: Any, values: Any, name: str = "PiecewiseConstant") -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of "
                f"length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Any:
        done = _core.convert(step)
        rate = _core.broadcast_to(self.values[0], done.shape)
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            later = done > _core.cast(boundary, done.dtype)
            rate = _core.select(later, _core.cast(value, rate.dtype), rate)
        return rate

    def get_config(self) -> dict[str, Any]:
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


class PolynomialDecay(LearningRateSchedule):
    """From initial_learning_rate to end_learning_rate in decay_steps along a power of the rest.

    (initial - end) * (1 - step / decay_steps) ** power + end, where step stops at decay_steps, or,
    with cycle, decay_steps grows to the next multiple that step has not passed.

    Args:
      initial_learning_rate: the rate at step 0.
      decay_steps: the number of steps.
      end_learning_rate: the last rate.
      power: the exponent; 1 is a straight line.
      cycle: what happens after decay_steps.
      name: a name.

    Raises:
      ValueError: decay_steps is not positive.

    Example:
      >>> import pyten as tf
      >>> tf.optimizers.schedules.PolynomialDecay(1., 10, 0.)(5).numpy()
      np.float32(0.5)
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        end_learning_rate: Any = 0.0001,
        power: Any = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name
        _positive("decay_steps", decay_steps)

    def __call__(self, step: Any) -> Any:
        rate, end, power, done, steps = _casts(
            self.initial_learning_rate,
            self.end_learning_rate,
            self.power,
            step,
            self.decay_steps,
        )
        if self.cycle:
            steps = steps * _core.maximum(_core.ceil(done / steps), 1.0)
        else:
            done = _core.minimum(done, steps)
        return (rate - end) * (1 - done / steps) ** power + end

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


class InverseTimeDecay(LearningRateSchedule):
    """The rate initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Args:
      initial_learning_rate: the rate at step 0.
      decay_steps: the number of steps in which the divisor grows by decay_rate.
      decay_rate: what it grows by.
      staircase: whether step / decay_steps is rounded down to a whole number.
      name: a name.

    Raises:
      ValueError: decay_steps is not positive.

    Example:
      >>> import pyten as tf
      >>> tf.optimizers.schedules.InverseTimeDecay(1., 10, 1.)(10).numpy()
      np.float32(0.5)
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        _positive("decay_steps", decay_steps)

    def __call__(self, step: Any) -> Any:
        rate, factor, done, every = _casts(
            self.initial_learning_rate, self.decay_rate, step, self.decay_steps
        )
        part = done / every
        return rate / (1 + factor * (_core.floor(part) if self.staircase else part))

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class CosineDecay(LearningRateSchedule):
    """Half a cosine from the initial rate to `alpha` times it, after a warm-up if there is one.

    Loshchilov & Hutter, SGDR, 2017; linear warm-up: Goyal et al., 2017.

    Args:
      initial_learning_rate: the rate at step 0.
      decay_steps: the number of steps of the cosine.
      alpha: the last rate as a fraction of the first.
      name: a name.
      warmup_target: what the rate grows to first, in a straight line; None for no warm-up.
      warmup_steps: the number of steps of the warm-up.

    Raises:
      ValueError: decay_steps is not positive.

    Example:
      >>> import pyten as tf
      >>> tf.optimizers.schedules.CosineDecay(1., 10)(10).numpy()
      np.float32(0.0)
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        alpha: Any = 0.0,
        name: str = "CosineDecay",
        warmup_target: Any = None,
        warmup_steps: Any = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps
        _positive("decay_steps", decay_steps)

    def __call__(self, step: Any) -> Any:
        target = self.warmup_target
        rate, done, steps, warmup, top = _casts(
            self.initial_learning_rate,
            step,
            self.decay_steps,
            0 if target is None else self.warmup_steps,
            self.initial_learning_rate if target is None else target,
        )
        after = _core.clip_by_value(done - warmup, _core.zeros_like(warmup), steps)
        cosine = 0.5 * (1 + _core.cos(math.pi * (after / steps)))
        decayed = top * ((1 - self.alpha) * cosine + self.alpha)
        if target is None or not self.warmup_steps:
            return decayed
        return _core.select(done < warmup, (top - rate) * (done / warmup) + rate, decayed)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(LearningRateSchedule):
    """Half cosines one after the other, each t_mul times as long and m_mul times as high.

    Loshchilov & Hutter, SGDR, 2017.

    Args:
      initial_learning_rate: the rate at step 0.
      first_decay_steps: the number of steps of the first cosine.
      t_mul: how much longer the next is.
      m_mul: how much higher the next begins.
      alpha: the lowest rate as a fraction of the initial one.
      name: a name.

    Raises:
      ValueError: first_decay_steps is not positive.

    Example:
      >>> import pyten as tf
      >>> rate = tf.optimizers.schedules.CosineDecayRestarts(1., 10, m_mul=0.5)
      >>> float(rate(0)), float(rate(10))
      (1.0, 0.5)
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        first_decay_steps: Any,
        t_mul: Any = 2.0,
        m_mul: Any = 1.0,
        alpha: Any = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self._t_mul = t_mul
        self._m_mul = m_mul
        self.alpha = alpha
        self.name = name
        _positive("first_decay_steps", first_decay_steps)

    def __call__(self, step: Any) -> Any:
        rate, done, steps, longer, higher = _casts(
            self.initial_learning_rate, step, self.first_decay_steps, self._t_mul, self._m_mul
        )
        part = done / steps
        if self._t_mul == 1:
            restarts = _core.floor(part)
            part = part - restarts
        else:  # the restarts before are a geometric series
            restarts = _core.floor(_core.log(1 - part * (1 - longer)) / _core.log(longer))
            power = longer**restarts
            part = (part - (1 - power) / (1 - longer)) / power
        cosine = 0.5 * higher**restarts * (1 + _core.cos(math.pi * part))
        return rate * ((1 - self.alpha) * cosine + self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self._t_mul,
            "m_mul": self._m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """A dictionary of plain values from which deserialize makes the schedule again.

    Args:
      learning_rate_schedule: a schedule with a get_config.

    Returns:
      A dictionary with "module", "class_name", "config" and "registered_name".

    Raises:
      NotImplementedError: its class does not override get_config.

    Example:
      >>> import pyten as tf
      >>> schedule = tf.optimizers.schedules.InverseTimeDecay(1., 10, 1.)
      >>> tf.optimizers.schedules.serialize(schedule)["class_name"]
      'InverseTimeDecay'
    """
    return {
        "module": "keras.optimizers.schedules",
        "class_name": type(learning_rate_schedule).__name__,
        "config": learning_rate_schedule.get_config(),
        "registered_name": None,
    }


def deserialize(
    config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> LearningRateSchedule:
    """The schedule that a dictionary of serialize describes.

    Args:
      config: a dictionary with "class_name" and "config".
      custom_objects: further classes by name.

    Returns:
      A new schedule.

    Raises:
      ValueError: there is no such class.

    Example:
      >>> import pyten as tf
      >>> schedule = tf.optimizers.schedules.InverseTimeDecay(1., 10, 1.)
      >>> config = tf.optimizers.schedules.serialize(schedule)
      >>> tf.optimizers.schedules.deserialize(config)(10).numpy()
      np.float32(0.5)
    """
    name = config.get("class_name", "")
    cls = (custom_objects or {}).get(name) or (globals().get(name) if name in __all__ else None)
    if not isinstance(cls, type):
        raise ValueError(f"Unknown decay: '{name}'.")
    schedule: LearningRateSchedule = cls.from_config(config["config"])  # type: ignore[attr-defined]
    return schedule
