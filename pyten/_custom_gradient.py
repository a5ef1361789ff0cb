"""Functions with gradients of their own: custom_gradient, recompute_grad, grad_pass_through."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from pyten import _core, nest

__all__ = ["custom_gradient", "grad_pass_through", "gradients", "recompute_grad"]


def custom_gradient(f: Callable[..., Any] | None = None) -> Any:
    """Gives a function a gradient of its own.

    Args:
      f: a function of tensors that returns `(result, grad_fn)`. Its positional arguments arrive as
        tensors (or structures of them); keyword arguments arrive as they are and get no gradient.
        grad_fn(*dy) takes the gradient by each tensor of the result, zeros for those not used, and
        returns the gradient by each positional argument; None for no gradient. If f reads trainable
        variables, grad_fn is called with `variables=[...]` as well and returns
        `(gradients, gradients by the variables)`.

    Returns:
      The function, which returns the result alone. The operations inside grad_fn can be
      differentiated in their turn.

    Raises:
      TypeError: f does not return a pair, or grad_fn does not take the `variables` it needs.
      ValueError: grad_fn returns the wrong number of gradients.

    Example:
      >>> import pyten as tf
      >>> @tf.custom_gradient
      ... def clipped(x):
      ...     return x, lambda dy: tf.clip_by_value(dy, -1., 1.)
      >>> x = tf.Variable(3.)
      >>> with tf.GradientTape() as tape:
      ...     y = clipped(x) * 100.
      >>> tape.gradient(y, x).numpy()
      np.float32(1.0)
    """
    return custom_gradient if f is None else _CustomGradient(f)


class _CustomGradient:
    """A decorated function or method."""

    def __init__(self, f: Callable[..., Any]) -> None:
        if not callable(f):
            raise TypeError(f"custom_gradient: f must be callable, got {f!r}")
        functools.update_wrapper(self, f)
        self._f = f

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else _CustomGradient(self._f.__get__(instance, owner))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # A tape of its own sees which variables f reads. The other tapes go on recording: grad_fn
        # may use intermediate values of f, and be differentiated through them.
        args = nest.map_structure(_core.convert, args)
        with _core.GradientTape() as watcher:
            returned = self._f(*args, **kwargs)
        if not (
            isinstance(returned, (tuple, list)) and len(returned) == 2 and callable(returned[1])
        ):
            raise TypeError(
                "custom_gradient: f must return (result, grad_fn), got "
                f"{type(returned).__name__} from {getattr(self._f, '__name__', self._f)}"
            )
        result, grad_fn = returned
        passed = [*nest.flatten(args), *kwargs.values()]
        variables = [
            v for v in watcher.watched_variables() if not any(v is other for other in passed)
        ]
        if variables and not _accepts_variables(grad_fn):
            raise TypeError(
                "@tf.custom_gradient grad_fn must accept keyword argument 'variables', since "
                f"function uses variables: {variables}"
            )
        name = getattr(self._f, "__name__", "custom_gradient")
        return with_rule(name, nest.flatten(args), variables, result, grad_fn)


def _accepts_variables(grad_fn: Callable[..., Any]) -> bool:
    import inspect

    try:
        parameters = inspect.signature(grad_fn).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.kind is p.VAR_KEYWORD or p.name == "variables" for p in parameters)


def with_rule(
    name: str,
    inputs: Sequence[Any],
    variables: Sequence[Any],
    result: Any,
    grad_fn: Callable[..., Any],
    of_result: bool = False,
) -> Any:
    """The result as new tensors whose gradients by inputs and variables grad_fn gives.

    With of_result it takes that result as its first argument: forward mode may ask it before anybody
    else has the result.
    """
    connected = _core._aliases([_core.convert(value) for value in nest.flatten(result)])
    whole = nest.pack_sequence_as(result, connected) if nest.is_nested(result) else connected[0]
    first = (whole,) if of_result else ()
    count = len(inputs)

    def rule(*dys: Any) -> list[Any]:
        if variables:
            returned = grad_fn(*first, *dys, variables=list(variables))
            if not (isinstance(returned, (tuple, list)) and len(returned) == 2):
                raise TypeError(
                    "custom_gradient: grad_fn of a function that uses variables must return "
                    f"(gradients, variable_gradients), got {type(returned).__name__}"
                )
            gradients, by_variables = returned
            by_variables = nest.flatten(by_variables)
            if len(by_variables) != len(variables):
                raise ValueError(
                    "Must return gradient for each variable from @custom_gradient grad_fn: "
                    f"{len(variables)} variables, got {len(by_variables)} gradients"
                )
        else:
            gradients, by_variables = grad_fn(*first, *dys), []
        gradients = nest.flatten(gradients)
        if len(gradients) != count:
            raise ValueError(
                f"custom_gradient function expected to return {count} gradients, but returned "
                f"{len(gradients)} instead."
            )
        return [
            None if g is None else _core.convert(g, hint=dtype)
            for g, dtype in zip([*gradients, *by_variables], dtypes, strict=True)
        ]

    sources = [*inputs, *[_core.convert(v) for v in variables]]
    dtypes = [x.dtype for x in sources]
    _core._record_custom(name, sources, connected, rule)
    return whole


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """Saves memory: f's intermediate values are not kept, but computed again for the gradient.

    Args:
      f: a function of tensors. It must give the same result each time.

    Returns:
      A function with the same results and gradients of any order.

    Example:
      >>> import pyten as tf
      >>> f = tf.recompute_grad(lambda x: tf.exp(tf.sin(x)))
      >>> x = tf.Variable(0.)
      >>> with tf.GradientTape() as tape:
      ...     y = f(x)
      >>> tape.gradient(y, x).numpy()
      np.float32(1.0)
    """

    @functools.wraps(f)
    def recomputed(*args: Any, **kwargs: Any) -> Any:
        args = nest.map_structure(_core.convert, args)
        flat = nest.flatten(args)
        with _core._pause_tapes() as pause:
            result = f(*args, **kwargs)
        used = [v for v in pause.variables if v.trainable]

        def grad_fn(*dys: Any, variables: Sequence[Any] | None = None) -> Any:
            fresh = [_core.identity(x) for x in flat]
            with _core.GradientTape() as tape:
                tape.watch(fresh)
                again = f(*nest.pack_sequence_as(args, fresh), **kwargs)
            targets = [_core.convert(y) for y in nest.flatten(again)]
            found = tape._gradient(targets, [*fresh, *used], list(dys), False, False)
            by_inputs, by_variables = found[: len(fresh)], found[len(fresh) :]
            return (by_inputs, by_variables) if variables else by_inputs

        return with_rule(getattr(f, "__name__", "recompute_grad"), flat, used, result, grad_fn)

    return recomputed


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """f with the gradient of the identity: what comes in from above goes through unchanged.

    Args:
      f: a function whose result has the shapes and dtypes of its arguments.

    Returns:
      The function. Variables that f reads get no gradient.

    Example:
      >>> import pyten as tf
      >>> step = tf.grad_pass_through(tf.round)
      >>> x = tf.Variable(1.6)
      >>> with tf.GradientTape() as tape:
      ...     y = step(x) * 3.
      >>> y.numpy(), tape.gradient(y, x).numpy()
      (np.float32(6.0), np.float32(3.0))
    """

    @custom_gradient
    def passed(*args: Any, **kwargs: Any) -> Any:
        def grad_fn(*dys: Any, variables: Sequence[Any] | None = None) -> Any:
            return dys if variables is None else (dys, [None] * len(variables))

        return f(*args, **kwargs), grad_fn

    return functools.wraps(f)(lambda *args, **kwargs: passed(*args, **kwargs))


def gradients(*args: Any, **kwargs: Any) -> NoReturn:
    """Not available in eager execution: use tf.GradientTape.

    Args:
      args: anything.
      kwargs: anything.

    Raises:
      RuntimeError: always.

    Example:
      >>> import pyten as tf
      >>> try:
      ...     tf.gradients(tf.constant(1.), tf.constant(1.))
      ... except RuntimeError as error:
      ...     print(str(error)[-28:])
      Use tf.GradientTape instead.
    """
    raise RuntimeError(
        "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape "
        "instead."
    )
