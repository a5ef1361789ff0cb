"""What the loss classes share: reduction and sample weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyten import _core, nest
from pyten._dtypes import as_dtype
from pyten._module import _snake_case

__all__ = ["Loss", "LossFunction", "same_rank"]

_MEANS = ("sum_over_batch_size", "mean", "mean_with_sample_weight")
_used: dict[str, int] = {}


def same_rank(x: Any, y: Any) -> tuple[Any, Any]:
    """Adds or takes away a last axis of length 1 where the ranks differ by one."""
    if x.ndim == y.ndim + 1 and x.shape[-1] == 1:
        return (x, _core.expand_dims(y, -1)) if y.ndim == 1 else (_core.squeeze(x, -1), y)
    if y.ndim == x.ndim + 1 and y.shape[-1] == 1:
        return (_core.expand_dims(x, -1), y) if x.ndim == 1 else (x, _core.squeeze(y, -1))
    return x, y


class Loss:
    """The base of loss classes: call(y_true, y_pred) gives a loss for each example.

    Args:
      name: a name; by default the class's in snake_case.
      reduction: "sum_over_batch_size" or "mean" for the mean, "sum", "mean_with_sample_weight" for
        the sum divided by that of the weights, "none" or None for the losses themselves.
      dtype: the dtype that both arguments are converted to; float32 by default.

    Raises:
      ValueError: there is no such reduction.

    Example:
      >>> import pyten as tf
      >>> loss = tf.keras.losses.MeanSquaredError()
      >>> loss([[1., 2.]], [[1., 4.]]).numpy()
      np.float32(2.0)
    """

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        if reduction not in (*_MEANS, "sum", "none", None):
            raise ValueError(
                "Invalid value for argument `reduction`. Expected one of "
                f"{(*_MEANS, 'sum', 'none', None)}. Received: reduction={reduction}"
            )
        if name is None:
            base = _snake_case(type(self).__name__)
            count = _used[base] = _used.get(base, -1) + 1
            name = f"{base}_{count}" if count else base
        self.name = name
        self.reduction = reduction
        self._dtype = as_dtype(dtype or "float32")

    @property
    def dtype(self) -> str:
        """The name of the dtype that losses are computed in."""
        return self._dtype.name

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each example; to be overridden.

        Args:
          y_true: the true values, converted to the loss's dtype.
          y_pred: the predictions, converted likewise.

        Returns:
          A tensor of the losses, before weights and reduction.

        Raises:
          NotImplementedError: the class does not override this method.
        """
        raise NotImplementedError(f"{type(self).__name__} must override call(y_true, y_pred)")

    def _converted(self, value: Any) -> Any:
        return _core.cast(_core.convert(value), self._dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss, reduced.

        Args:
          y_true: the true values.
          y_pred: the predictions.
          sample_weight: a weight for each example, or that broadcasts to the losses.

        Returns:
          A scalar; the losses themselves with reduction "none".
        """
        true, pred = (
            nest.map_structure(self._converted, v)
            if isinstance(v, (tuple, dict))
            else self._converted(v)
            for v in (y_true, y_pred)
        )
        values = self._converted(self.call(true, pred))
        weight, valid = None, self._valid(true)
        if sample_weight is not None:
            weight = self._converted(sample_weight)
        if valid is not None:  # ignored examples do not count in a mean
            mask = _core.cast(valid, self._dtype)
            if self.reduction in ("mean", "sum_over_batch_size"):
                mask = mask * _core.divide_no_nan(
                    _core.cast(mask.size, self._dtype), _core.reduce_sum(mask)
                )
            weight = mask if weight is None else weight * mask
        if weight is not None:
            values, weight = same_rank(values, weight)
            values = values * weight
        if self.reduction in (None, "none") or tuple(values.shape) in ((), (0,)):
            return values
        total = _core.reduce_sum(values)
        if self.reduction == "sum":
            return total
        if self.reduction == "mean_with_sample_weight" and weight is not None:
            return _core.divide_no_nan(total, _core.reduce_sum(weight))
        return _core.divide_no_nan(total, _core.cast(values.size, total.dtype))

    def _valid(self, y_true: Any) -> Any:
        return None

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A loss from what get_config gave.

        Args:
          config: the arguments of the constructor by name.

        Returns:
          A loss of this class.
        """
        return cls(**config)


class LossFunction(Loss):
    """A loss made of one of the functions and its arguments."""

    def __init__(
        self,
        function: Callable[..., Any],
        reduction: str | None,
        name: str | None,
        dtype: Any,
        **arguments: Any,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self._function = function
        self._arguments = arguments

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The losses of the examples, before weights and reduction.

        Args:
          y_true: the true values, shaped as the class's function takes them.
          y_pred: the predictions, likewise.

        Returns:
          What the function gives for both and the constructor's arguments.
        """
        return self._function(y_true, y_pred, **self._arguments)

    def _valid(self, y_true: Any) -> Any:
        ignored = self._arguments.get("ignore_class")
        return None if ignored is None else _core.not_equal(y_true, ignored)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), **self._arguments}
