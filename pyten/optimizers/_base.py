"""What all optimizers share: state, learning rate, clipping, decay, averages, accumulation."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from pyten import _core
from pyten._clip import clip_by_global_norm, clip_by_norm
from pyten._device import device
from pyten._module import _snake_case
from pyten._replays import each_replay
from pyten._structures import IndexedSlices
from pyten._variable import Variable
from pyten.optimizers import schedules
from pyten.optimizers._state import State

__all__ = ["Optimizer", "shared"]

_used_names: dict[str, int] = {}

# The arguments that all methods have after their own.
_SHARED = (
    "weight_decay",
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
)


def _automatic_name(cls: type) -> str:
    name = _snake_case(cls.__name__)
    count = _used_names.get(name, 0)
    _used_names[name] = count + 1
    return f"{name}_{count}" if count else name


def shared(arguments: dict[str, Any]) -> dict[str, Any]:
    """Those arguments of a method's constructor that are Optimizer's; for its `locals()`."""
    names = ("learning_rate", *_SHARED, "name")
    return {**{name: arguments[name] for name in names}, **arguments["kwargs"]}


class Optimizer(State):
    """The base of optimizers.

    A subclass of your own makes its variables in build and overrides update_step.

    Args:
      learning_rate: a number, a schedule of `tf.optimizers.schedules`, or a function of no
        arguments that gives a number.
      weight_decay: before each step, the learning rate times this fraction of each variable is
        taken off it; None for nothing.
      clipnorm: what the norm of each gradient is limited to.
      clipvalue: what the absolute value of each element of the gradients is limited to.
      global_clipnorm: what the norm of all gradients together is limited to. At most one of the
        three may be given.
      use_ema: whether to keep an exponential moving average of each variable.
      ema_momentum: the weight of the average so far; 1 minus this is that of the new value.
      ema_overwrite_frequency: after how many steps each the variables are replaced by their
        averages; None: only finalize_variable_values does that.
      loss_scale_factor: a number that scale_loss multiplies the loss by, and that the gradients
        are divided by.
      gradient_accumulation_steps: how many gradients make a step, by their mean; at least 2.
      name: the name; by default the class's in snake_case, with a number from the second on.
      **kwargs: decay, an argument of old, which is ignored with a warning; nothing else.

    Raises:
      ValueError: an argument is out of its range or unknown.

    Example:
      >>> import pyten as tf
      >>> class Descent(tf.optimizers.Optimizer):
      ...     def update_step(self, gradient, variable, learning_rate):
      ...         self.assign_sub(variable, gradient * learning_rate)
      >>> v = tf.Variable([1., 2.])
      >>> Descent(0.5).apply([[2., 2.]], [v])
      >>> v.numpy()
      array([0., 1.], dtype=float32)
    """

    _settings: tuple[str, ...] = ()  # a method's own arguments, which are attributes, too

    def __init__(
        self,
        learning_rate: Any,
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
        if kwargs.pop("decay", None) is not None:
            warnings.warn(
                "Argument `decay` is no longer supported and will be ignored.", stacklevel=3
            )
        if kwargs:
            raise ValueError(f"Argument(s) not recognized: {kwargs}")
        if gradient_accumulation_steps and not gradient_accumulation_steps >= 2:
            raise ValueError(
                "`gradient_accumulation_steps` must be an integer >= 2. Received: "
                f"gradient_accumulation_steps={gradient_accumulation_steps}"
            )
        if use_ema and not 0 <= ema_momentum <= 1:
            raise ValueError(
                f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={ema_momentum}"
            )
        every = ema_overwrite_frequency
        if use_ema and every and (not isinstance(every, int) or every < 1):
            raise ValueError(
                "`ema_overwrite_frequency` must be an integer >= 1 or None. Received: "
                f"ema_overwrite_frequency={every}"
            )
        if sum(a is not None for a in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                f"clipnorm={clipnorm}, clipvalue={clipvalue}, global_clipnorm={global_clipnorm}"
            )
        self.name = _automatic_name(type(self)) if name is None else name
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._undecayed: tuple[list[Variable], list[str]] = ([], [])
        self._begin(learning_rate)

    # -- Steps -------------------------------------------------------------------------------------
    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Takes a step: changes each variable by its gradient.

        Args:
          grads_and_vars: pairs of a gradient (a tensor, tf.IndexedSlices, or None to leave the
            variable as it is) and a variable, such as `zip(gradients, variables)`.

        Returns:
          The count of steps, a variable.

        Raises:
          ValueError: there is no gradient at all, or a variable that the optimizer does not know.
          InvalidArgumentError: a gradient has not its variable's shape. Nothing is changed then.
        """
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("No gradients provided for any variable: grads_and_vars is empty.")
        grads, variables = zip(*pairs, strict=True)
        self.apply(grads, variables)
        return self._iterations

    def apply(
        self, grads: Sequence[Any], trainable_variables: Iterable[Variable] | None = None
    ) -> None:
        """Takes a step; see apply_gradients.

        Args:
          grads: the gradients.
          trainable_variables: their variables; those that the optimizer was built for if None.

        Raises:
          ValueError: the optimizer is not built and has no variables, or their numbers differ.
        """
        if len(grads) == 0:
            return
        if trainable_variables is None:
            variables = self._built_variables(len(grads))
        else:
            variables = list(trainable_variables)
            if not self.built:
                self.build(variables)
                self.built = True
            if self._after_build is not None:
                after, self._after_build = self._after_build, None
                after()
            for v in variables:
                if id(v) not in self._index:
                    raise ValueError(
                        f"Unknown variable: {v!r}. This optimizer can only be called for the "
                        "variables it was originally built with. When working with a new set of "
                        "variables, you should recreate a new optimizer instance."
                    )
        gradients = list(grads)
        if any(g is None or type(g) is IndexedSlices for g in gradients):
            gradients, variables = _present(gradients, variables)
        if self._is_plain():
            self._step(gradients, variables)
        else:
            with _core._pause_tapes():
                self._apply_all(gradients, variables)
        for v in variables:
            constraint = v.constraint
            if constraint is not None:
                v.assign(constraint(v))
        if _core._capturing():
            each_replay(lambda: self._iterations.assign_add(1))
        else:
            self._iterations.assign_add(1)

    def _built_variables(self, count: int) -> list[Variable]:
        if not self.built:
            raise ValueError(
                "When passing `grads` without `variables`, the optimizer must already be built on "
                "a list of variables. Call `optimizer.build(trainable_variables)` first. "
            )
        if count != len(self._trainable_variables):
            raise ValueError(
                "When passing `grads` as a list of gradient tensors, the gradients must match "
                f"`optimizer.variables` one-to-on. Received a list of {count} gradients, but the "
                f"optimizer is tracking {len(self._trainable_variables)} trainable variables."
            )
        return self._trainable_variables

    def _is_plain(self) -> bool:
        return not (
            self.clipnorm
            or self.clipvalue
            or self.global_clipnorm
            or self.loss_scale_factor is not None
            or self.use_ema
            or self.gradient_accumulation_steps
            or type(self).update_step is not Optimizer.update_step
        )

    def _apply_all(self, gradients: list[Any], variables: list[Variable]) -> None:
        """A step with everything that may come before and after it."""
        gradients = [
            _core.cast(_core.convert(g, None, v.dtype), v.dtype)
            for g, v in zip(gradients, variables, strict=True)
        ]
        if self.loss_scale_factor is not None:
            gradients = [g / self.loss_scale_factor for g in gradients]
        every = self.gradient_accumulation_steps
        if not every:
            self._clipped_step(gradients, variables)
        else:
            sums = [self._accumulated[self._index[id(v)]] for v in variables]
            if (int(self._iterations) + 1) % every == 0:
                means = [(g + s) / every for g, s in zip(gradients, sums, strict=True)]
                self._clipped_step(means, variables)
                for s in self._accumulated:
                    s.assign(_core.zeros_like(s))
            else:
                for g, s in zip(gradients, sums, strict=True):
                    s.assign_add(g)
        if self.use_ema:
            self._average()

    def _clipped_step(self, gradients: list[Any], variables: list[Variable]) -> None:
        if self.clipnorm and self.clipnorm > 0:
            gradients = [clip_by_norm(g, self.clipnorm) for g in gradients]
        elif self.global_clipnorm and self.global_clipnorm > 0:
            gradients = clip_by_global_norm(gradients, self.global_clipnorm)[0]
        elif self.clipvalue and self.clipvalue > 0:
            limit = self.clipvalue
            gradients = [_core.clip_by_value(g, -limit, limit) for g in gradients]
        if type(self).update_step is Optimizer.update_step:
            self._step(gradients, variables)
            return
        rate = self.learning_rate
        for v, decay in zip(variables, self._decays(variables), strict=False):
            if decay:
                v.assign(v - v * decay * _core.cast(rate, v.dtype))
        for g, v in zip(gradients, variables, strict=True):
            self.update_step(g, v, rate)

    def _step(
        self, gradients: list[Any], variables: list[Variable], rate: float | None = None
    ) -> None:
        index = [self._index[id(v)] for v in variables]
        slots = self._slots
        if index != list(range(len(self._trainable_variables))):
            slots = [[slot[i] for i in index] for slot in slots]
        decays = self._decays(variables)
        if _core._capturing():
            live = _core._optimizer_step(self._rule, variables, gradients, slots, [], decays)
            each_replay(lambda: live.refresh(self._numbers_now(rate)))
            return
        _core._optimizer_step(
            self._rule, variables, gradients, slots, self._numbers_now(rate), decays
        )

    def _numbers_now(self, rate: float | None) -> list[float]:
        """What the compiled rule needs for the next step."""
        if rate is None:
            rate = self._rate_now()
        return self._numbers(rate, int(self.iterations) + 1)

    def _rate_now(self) -> float:
        """The learning rate as a number; schedules compute it on the CPU, as they are small."""
        if isinstance(self._learning_rate, Variable):
            return float(self._learning_rate)
        with device("CPU:0"):
            return float(self.learning_rate)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one variable by its gradient; what a subclass of your own overrides.

        Args:
          gradient: a tensor of the variable's shape and dtype.
          variable: the variable.
          learning_rate: the learning rate of this step.
        """
        if not self._rule:
            raise NotImplementedError(f"{type(self).__name__} must override update_step")
        with _core._pause_tapes():
            self._step([gradient], [variable], float(learning_rate))

    def assign(self, variable: Variable, value: Any) -> None:
        """Gives a variable a value; for an update_step of your own.

        Args:
          variable: the variable.
          value: a tensor of its shape and dtype.
        """
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Adds to a variable; for an update_step of your own.

        Args:
          variable: the variable.
          value: what is added: a tensor of its shape and dtype.
        """
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtracts from a variable; for an update_step of your own.

        Args:
          variable: the variable.
          value: what is taken off: a tensor of its shape and dtype.
        """
        variable.assign_sub(value)

    def scale_loss(self, loss: Any) -> Any:
        """The loss times loss_scale_factor, to be differentiated; the loss itself without one.

        Args:
          loss: a floating-point tensor.

        Returns:
          A tensor of the same shape and dtype.

        Example:
          >>> import pyten as tf
          >>> optimizer = tf.optimizers.SGD(loss_scale_factor=8.)
          >>> optimizer.scale_loss(tf.constant(0.5)).numpy()
          np.float32(4.0)
        """
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # -- Decay and averages ------------------------------------------------------------------------
    def exclude_from_weight_decay(
        self, var_list: Sequence[Variable] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Names variables that weight_decay leaves alone. To be called before the first step.

        Args:
          var_list: the variables themselves.
          var_names: regular expressions that occur in the variables' names.

        Raises:
          ValueError: the optimizer is built already.
        """
        if self.built:
            raise ValueError(
                "`exclude_from_weight_decay()` can only be configured before the optimizer is "
                "built."
            )
        self._undecayed = (list(var_list or ()), list(var_names or ()))

    def _decays(self, variables: list[Variable]) -> list[float]:
        if self.weight_decay is None:
            return []
        excluded, patterns = self._undecayed
        if not excluded and not patterns:
            return [self.weight_decay] * len(variables)
        import re

        ids = {id(v) for v in excluded}
        return [
            0.0
            if id(v) in ids or any(re.search(p, v.name) for p in patterns)
            else self.weight_decay
            for v in variables
        ]

    def _average(self) -> None:
        step = int(self.iterations)
        momentum = self.ema_momentum if step else 0.0
        for variable, average in zip(self._trainable_variables, self._averages, strict=True):
            average.assign(average * momentum + variable * (1.0 - momentum))
        every = self.ema_overwrite_frequency
        if every and (step + 1) % every == 0:
            self.finalize_variable_values(self._trainable_variables)

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Replaces the variables by their moving averages, with use_ema; else does nothing.

        Args:
          var_list: the variables that the optimizer was built for, in that order.

        Raises:
          ValueError: their number is another.
        """
        if not self.use_ema:
            return
        variables = list(var_list)
        if len(variables) != len(self._averages):
            raise ValueError(
                f"The length of model variables ({len(variables)}) to override does not match the "
                f"length of model variables stored in the optimizer ({len(self._averages)}). "
                "Please check if the optimizer was called on your model."
            )
        for variable, average in zip(variables, self._averages, strict=True):
            variable.assign(average)

    # -- Configuration -----------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        """The arguments from which from_config makes the same optimizer, without its state.

        Raises:
          ValueError: the learning rate is a function, which no plain value stands for.
        """
        rate = self._learning_rate
        if isinstance(rate, schedules.LearningRateSchedule):
            rate = schedules.serialize(rate)
        elif isinstance(rate, Variable):
            rate = float(rate)
        else:
            raise ValueError(
                "get_config: the learning rate is a function; use a class derived from "
                "tf.optimizers.schedules.LearningRateSchedule with a get_config"
            )
        names = (*_SHARED, *self._settings)
        return {
            "name": self.name,
            "learning_rate": rate,
            **{name: getattr(self, name) for name in names},
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """An optimizer from what get_config gave.

        Args:
          config: the dictionary.
          custom_objects: further classes of schedules by name.

        Returns:
          A new optimizer.
        """
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config = {**config, "learning_rate": schedules.deserialize(rate, custom_objects)}
        return cls(**config)


def _present(gradients: list[Any], variables: list[Variable]) -> tuple[list[Any], list[Variable]]:
    """Leaves out those without a gradient, and makes rows of a tensor a tensor."""
    missing = [v.name for g, v in zip(gradients, variables, strict=True) if g is None]
    if len(missing) == len(gradients):
        raise ValueError("No gradients provided for any variable.")
    if missing:
        warnings.warn(
            f"Gradients do not exist for variables {missing} when minimizing the loss.",
            stacklevel=4,
        )
    pairs = [
        (_dense(g, v) if type(g) is IndexedSlices else g, v)
        for g, v in zip(gradients, variables, strict=True)
        if g is not None
    ]
    return [g for g, _ in pairs], [v for _, v in pairs]


def _dense(rows: IndexedSlices, variable: Variable) -> Any:
    return _core.tensor_scatter_nd_add(
        _core.zeros(variable.shape, variable.dtype),
        _core.expand_dims(rows.indices, -1),
        _core.cast(rows.values, variable.dtype),
    )
