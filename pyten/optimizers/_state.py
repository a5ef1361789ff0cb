"""What optimizers keep: the learning rate, the count of steps, slots for each variable."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from pyten import _core
from pyten._device import device
from pyten._variable import Variable
from pyten.optimizers import schedules

__all__ = ["Plan", "State"]

# The compiled rule, and the slots it needs: groups of names and initial values.
Plan = tuple[str, list[tuple[tuple[str, ...], tuple[float, ...]]]]


class State:
    """The variables of an optimizer: made, read, set, saved."""

    name: str
    use_ema: bool
    gradient_accumulation_steps: int | None

    def _begin(self, learning_rate: Any) -> None:
        self.built = False
        self._variables: list[Variable] = []
        self._trainable_variables: list[Variable] = []
        self._index: dict[int, int] = {}
        self._after_build: Callable[[], None] | None = None  # of a checkpoint restored before
        self._rule = ""
        self._slots: list[list[Variable]] = []
        self._averages: list[Variable] = []
        self._accumulated: list[Variable] = []
        self._iterations = self._track_number(0, "iteration", "int64")
        self._learning_rate: Any
        if callable(learning_rate):
            self._learning_rate = learning_rate
        else:
            self._learning_rate = self._track_number(
                _number(learning_rate), "learning_rate", "float32"
            )

    @property
    def variables(self) -> list[Variable]:
        """The optimizer's own variables: the count of steps, the learning rate, the slots."""
        return self._variables[:]

    @property
    def iterations(self) -> Any:
        """How many steps have been taken, an int64 scalar."""
        if self.gradient_accumulation_steps:
            return self._iterations // self.gradient_accumulation_steps
        return self._iterations

    @property
    def learning_rate(self) -> Any:
        """The learning rate now: a variable, or what the schedule or function gives.

        Set it to a number, a schedule or a function.
        """
        rate = self._learning_rate
        if isinstance(rate, schedules.LearningRateSchedule):
            return rate(self._iterations)
        return rate() if callable(rate) else rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        if callable(learning_rate):
            old = self._learning_rate
            self._variables = [v for v in self._variables if v is not old]
            self._learning_rate = learning_rate
        elif isinstance(self._learning_rate, schedules.LearningRateSchedule):
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object as its "
                "`learning_rate` constructor argument, hence its learning rate is not settable. "
                "If you need the learning rate to be settable, you should instantiate the "
                "optimizer with a float `learning_rate` argument."
            )
        elif not isinstance(self._learning_rate, Variable):
            raise TypeError(
                "learning_rate: the optimizer was made with a function, which decides it; set "
                "another function"
            )
        else:
            self._learning_rate.assign(_number(learning_rate))

    def build(self, variables: Iterable[Variable]) -> None:
        """Makes the state for these variables; the first apply does it by itself.

        Args:
          variables: the variables that steps will change.
        """
        if self.built:
            return
        variables = list(variables)
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated = self.add_optimizer_variables(variables, "gradient_accumulator")
        self._trainable_variables = variables
        self._index = {id(v): i for i, v in enumerate(variables)}
        self._rule, groups = self._plan()
        for names, initial in groups:
            self._slots += self.add_optimizer_variables(
                variables, list(names), [_filled(x) for x in initial]
            )
        self.built = True

    def _plan(self) -> Plan:
        """The compiled rule and its slots."""
        return "", []

    def _numbers(self, rate: float, step: int) -> list[float]:
        """What the compiled rule needs beside the slots."""
        raise NotImplementedError

    def _track_number(self, value: Any, name: str, dtype: Any = None) -> Variable:
        """A variable on the CPU, where each step's numbers are made of it."""
        with device("CPU:0"):
            return self._track(Variable(value, False, name=f"{self.name}/{name}", dtype=dtype))

    def _track(self, variable: Variable) -> Variable:
        self._variables.append(variable)
        return variable

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Makes a variable of the optimizer's own, for a build of your own.

        Args:
          shape: its shape.
          initializer: "zeros", "ones", or a function of (shape, dtype=) that gives its value.
          dtype: its dtype; float32 by default.
          aggregation: accepted for compatibility.
          layout: accepted for compatibility.
          name: its name.

        Returns:
          The variable, one of `variables` from now on.
        """
        if isinstance(initializer, str):
            if initializer not in ("zeros", "ones"):
                raise ValueError(
                    f"add_variable: initializer must be 'zeros', 'ones' or a function of (shape, "
                    f"dtype), got {initializer!r}"
                )
            value = getattr(_core, initializer)(shape, dtype or "float32")
        else:
            value = initializer(shape, dtype=dtype or "float32")
        return self._track(Variable(value, False, name=f"{self.name}/{name or 'variable'}"))

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Makes a variable of the shape and dtype of another.

        Args:
          reference_variable: the other variable.
          name: what stands after the other's name; "var" by default.
          initializer: see add_variable.

        Returns:
          The variable, one of `variables` from now on.
        """
        base = reference_variable.name.replace("/", "_").replace(":", "_")
        return self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            name=f"{base}_{name or 'var'}",
        )

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Makes a variable for each of a list of variables.

        Args:
          trainable_variables: the variables.
          name: a name, or a list of names: then as many variables are made for each.
          initializer: see add_variable; a list of them when name is a list.

        Returns:
          A list of variables, or a tuple of such lists when name is a list.

        Raises:
          ValueError: there are not as many initializers as names.
        """
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, (list, tuple))
        initializers = list(initializer) if several else [initializer] * len(names)
        if len(names) != len(initializers):
            raise ValueError(
                "The number of provided names must match the number of provided initializers.  "
                f"Received name='{name}', initializer='{initializer}'"
            )
        made: tuple[list[Variable], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for place, one, value in zip(made, names, initializers, strict=True):
                place.append(self.add_variable_from_reference(variable, one, value))
        return made[0] if isinstance(name, str) else made

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Gives `variables` these values.

        Args:
          weights: as many arrays or tensors, of the variables' shapes.

        Raises:
          ValueError: the optimizer is not built, or a shape differs.
        """
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. "
                "Please call `optimizer.build(trainable_variables)` to create the optimizer "
                "weights before calling `set_weights()`."
            )
        if len(weights) != len(self._variables):
            raise ValueError(
                f"set_weights: weights must be {len(self._variables)} arrays, got {len(weights)}"
            )
        for variable, weight in zip(self._variables, weights, strict=True):
            if tuple(variable.shape) != np.shape(weight):
                raise ValueError(
                    f"Optimizer variable {variable.name} has shape {variable.shape} not "
                    f"compatible with provided weight shape {np.shape(weight)}."
                )
            variable.assign(weight)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Writes each variable's value into `store` under its number.

        Args:
          store: a dictionary, which gets NumPy arrays under the keys "0", "1" and so on.
        """
        for i, variable in enumerate(self._variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Reads what save_own_variables has written; warns if there are more or fewer.

        Args:
          store: a dictionary of arrays of the variables' shapes, under the same keys.
        """
        if len(store) != len(self._variables):
            warnings.warn(
                f"Skipping variable loading for optimizer '{self.name}', because it has "
                f"{len(self._variables)} variables whereas the saved optimizer has {len(store)} "
                "variables. ",
                stacklevel=2,
            )
            return
        for i, variable in enumerate(self._variables):
            variable.assign(store[str(i)])

    # Ids change when an optimizer is copied or unpickled together with its variables.
    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_after_build": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._index = {id(v): i for i, v in enumerate(self._trainable_variables)}


def _number(rate: Any) -> float:
    number = isinstance(rate, (int, float, np.integer, np.floating)) and not isinstance(rate, bool)
    if number or (isinstance(rate, (_core.Tensor, _core.Variable, np.ndarray)) and rate.ndim == 0):
        return float(rate)
    raise ValueError(
        "Argument `learning_rate` should be float, or an instance of LearningRateSchedule, or a "
        "callable (that takes in the current iteration value and returns the corresponding "
        f"learning rate value). Received instead: learning_rate={rate}"
    )


def _filled(value: float) -> Callable[..., Any]:
    def initializer(shape: Any, dtype: Any) -> Any:
        return _core.cast(_core.fill(shape, value), dtype)

    return initializer
