"""What scikit-learn asks of an estimator, without importing scikit-learn.

scikit-learn's own classes are used only when the program has imported scikit-learn already.
"""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any

__all__ = [
    "ConvergenceWarning",
    "NotFittedError",
    "SklearnProtocol",
    "convergence_warning",
    "data_conversion_warning",
    "not_fitted_error",
]


class ConvergenceWarning(UserWarning):
    """The solver stopped before it met its own test of convergence.

    When scikit-learn is loaded the warning is also one of its ``ConvergenceWarning``.
    """


class NotFittedError(ValueError, AttributeError):
    """The estimator was used before ``fit``.

    When scikit-learn is loaded the error is also one of its ``NotFittedError``.
    """


def convergence_warning(message: str) -> Warning:
    """The warning to issue, of both kinds where both exist."""
    return _joined(ConvergenceWarning, "ConvergenceWarning")(message)


def not_fitted_error(message: str) -> NotFittedError:
    """The error to raise, of both kinds where both exist."""
    return _joined(NotFittedError, "NotFittedError")(message)


def data_conversion_warning(message: str) -> Warning | None:
    """scikit-learn's warning about a target column, or None when scikit-learn is not loaded."""
    theirs = _theirs("DataConversionWarning")
    return None if theirs is None else theirs(message)


def _theirs(name: str) -> Any:
    module = sys.modules.get("sklearn.exceptions")
    return None if module is None else getattr(module, name, None)


@functools.cache
def _both(ours: type, theirs: type) -> type:
    # Pickling goes through a function: a class made on the fly has no name to be found by.
    def reduce(self: BaseException) -> tuple[Any, ...]:
        return _rebuild, (ours.__name__, *self.args)

    return type(
        ours.__name__,
        (ours, theirs),
        {"__doc__": ours.__doc__, "__module__": ours.__module__, "__reduce__": reduce},
    )


def _joined(ours: type, name: str) -> type:
    theirs = _theirs(name)
    return ours if theirs is None else _both(ours, theirs)


def _rebuild(name: str, *args: Any) -> Any:
    return _joined(globals()[name], name)(*args)


class SklearnProtocol:
    """``get_params``, ``set_params``, ``repr`` and tags as scikit-learn's tools call them."""

    _estimator_type = "classifier"

    @classmethod
    def _parameters(cls) -> dict[str, inspect.Parameter]:
        parameters = dict(inspect.signature(cls.__init__).parameters)
        del parameters["self"]
        return parameters

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments by name.

        Args:
            deep: there are no nested estimators, so it changes nothing.

        Returns:
            One entry an argument.
        """
        return {name: getattr(self, name) for name in sorted(self._parameters())}

    def set_params(self, **params: Any) -> Any:
        """Set constructor arguments by name; they are checked by ``fit``.

        Args:
            **params: new values.

        Returns:
            The estimator itself.

        Raises:
            ValueError: a name is not one of the constructor's.
        """
        known = sorted(self._parameters())
        for name in params:
            if name not in known:
                raise ValueError(
                    f"set_params: Invalid parameter {name!r} for estimator {self!r}. "
                    f"Valid parameters are: {known!r}."
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        shown = []
        for name, parameter in self._parameters().items():
            value = getattr(self, name, parameter.default)
            if value is not parameter.default and repr(value) != repr(parameter.default):
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __sklearn_tags__(self) -> Any:
        """Tags for scikit-learn 1.6 and later."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            transformer_tags=None,
            classifier_tags=ClassifierTags(),
            regressor_tags=None,
            input_tags=InputTags(),
        )

    def _more_tags(self) -> dict[str, Any]:
        """Tags for scikit-learn before 1.6."""
        return {"requires_y": True}
