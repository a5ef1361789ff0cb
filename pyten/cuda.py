"""What NVIDIA GPUs alone have: work that is captured once and replayed without launch gaps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

import numpy as np

from pyten import _core, nest
from pyten._device import _devices
from pyten._replays import Actions, noting

__all__ = ["graph"]

_F = TypeVar("_F", bound=Callable[..., Any])


class _Static:
    """An argument that is no tensor: part of what distinguishes captures."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Static) or type(self.value) is not type(other.value):
            return False
        if isinstance(self.value, _core.Variable):  # whose == compares values
            return self.value is other.value
        return bool(self.value == other.value)

    def __hash__(self) -> int:
        if isinstance(self.value, _core.Variable):
            return id(self.value)
        return hash(self.value)


class _Signature:
    """What is known of calls with tensors of certain shapes and dtypes, and certain other values."""

    def __init__(self) -> None:
        self.calls = 0
        self.variables = _core._VariableList()
        self.captured: Any = None
        self.actions: Actions = []
        self.structure: Any = None  # of the results: tensors' numbers among what is given as it is
        self.made: list[bool] = []


class _GraphFunction:
    """A function whose work on a GPU is replayed; see `pyten.cuda.graph`."""

    def __init__(self, function: Callable[..., Any], warmup: int = 1) -> None:
        if not callable(function):
            raise TypeError(f"cuda.graph: {function!r} is not a callable object")
        if not isinstance(warmup, int) or warmup < 1:
            raise ValueError(f"cuda.graph: warmup must be an int >= 1, got {warmup!r}")
        functools.update_wrapper(self, function)
        self._function = function
        self._warmup = warmup
        self._signatures: dict[Any, _Signature] = {}

    @property
    def python_function(self) -> Callable[..., Any]:
        """The function that was decorated."""
        return self._function

    def reset(self) -> None:
        """Forgets all captures and gives their memory back; the next call is a first one."""
        self._signatures.clear()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves = nest.flatten((args, kwargs))
        tensors = []
        key: list[Any] = []
        for i, leaf in enumerate(leaves):
            if isinstance(leaf, (np.ndarray, np.generic)):
                leaf = leaves[i] = _core.convert(leaf)
            if isinstance(leaf, _core.Tensor):
                tensors.append(leaf)
                key.append((tuple(leaf.shape), leaf.dtype))
            else:
                key.append(_Static(leaf))
        gpu = _gpu_for(tensors)
        if _core._any_listener():
            raise RuntimeError(
                "cuda.graph: a tape records, which cannot see what a replay does; put the "
                "GradientTape inside the function"
            )
        shape = nest.map_structure(lambda leaf: 0, (args, kwargs))
        try:
            signature = self._signatures.setdefault((gpu, repr(shape), tuple(key)), _Signature())
        except TypeError as e:
            raise TypeError(
                "cuda.graph: arguments must be tensors, arrays, or values that can be hashed, "
                f"such as numbers and strings: {e}"
            ) from None
        if signature.calls < self._warmup:
            signature.calls += 1
            args, kwargs = nest.pack_sequence_as((args, kwargs), leaves)
            with signature.variables:
                return self._function(*args, **kwargs)
        captured = signature.captured
        if captured is None or not captured.current:
            signature.captured = None  # its memory may be had for the new one
            captured = self._capture(signature, gpu, (args, kwargs), leaves)
        for action in signature.actions:
            action()
        results = iter(captured.replay(tensors))
        made = iter(signature.made)
        return nest.map_structure(
            lambda leaf: next(results) if next(made) else leaf, signature.structure
        )

    def _capture(self, signature: _Signature, gpu: int, structure: Any, leaves: list[Any]) -> Any:
        """Calls the function for the GPU to note what it does, which is not done."""
        for _ in range(3):
            actions: Actions = []
            capture = _core._begin_capture(gpu, signature.variables)
            try:
                inputs = [
                    capture.input(leaf) if isinstance(leaf, _core.Tensor) else leaf
                    for leaf in leaves
                ]
                args, kwargs = nest.pack_sequence_as(structure, inputs)
                with noting(actions):
                    result = self._function(*args, **kwargs)
                made = [
                    isinstance(leaf, _core.Tensor) and capture.output(leaf)
                    for leaf in nest.flatten(result)
                ]
                kept = _without_made(result, made)
                del result, inputs, args, kwargs
                captured = capture.finish(signature.variables)
            finally:
                capture.drop()
            if captured is not None:
                signature.captured, signature.actions = captured, actions
                signature.structure, signature.made = kept, made
                return captured
        raise RuntimeError(
            "cuda.graph: the function writes to other variables each time it is called"
        )

    def __repr__(self) -> str:
        name = getattr(self._function, "__qualname__", None) or repr(self._function)
        return f"<pyten.cuda.graph of {name}>"


def _without_made(result: Any, made: list[bool]) -> Any:
    flags = iter(made)
    return nest.map_structure(lambda leaf: None if next(flags) else leaf, result)


def _gpu_for(tensors: list[Any]) -> int:
    """The number of the GPU that a call is for: the scope's, or the arguments'."""
    placement = _devices.stack[-1][1] if _devices.stack else None
    if placement is not None and placement >= 0:
        return placement
    for tensor in tensors:
        kind, _, number = tensor.device.rpartition("/")[2].removeprefix("device:").partition(":")
        if kind == "GPU":
            return int(number)
    raise RuntimeError(
        "cuda.graph: there is no GPU in this call; make it under tf.device('GPU:0'), or give it "
        "tensors that are on a GPU"
    )


@overload
def graph(function: None = None, *, warmup: int = 1) -> Callable[[_F], _GraphFunction]: ...
@overload
def graph(function: Callable[..., Any], *, warmup: int = 1) -> _GraphFunction: ...
def graph(function: Callable[..., Any] | None = None, *, warmup: int = 1) -> Any:
    """Makes a function whose work on a GPU is captured once and then replayed as a whole.

    A small model's training step is made of many kernels that take less time than their launches. A
    CUDA graph launches all of them at once, and Python takes no part in it.

    The first calls run the function as it is, which makes what it makes only once, such as an
    optimizer's variables. The next call has the GPU note what the function does, and from then on
    calls copy their arguments to where the graph reads them, replay it, and give copies of its
    results. Variables are read and written as ever; optimizers take each step with the learning rate
    and the count of that step. There is a capture for each combination of shapes, dtypes and other
    arguments, which holds its own memory until `reset()` or the end of what is returned here.

    What the function does beside its work on the GPU happens only when it runs. It may not, inside:
    look at values (`.numpy()`, `if tensor`, `float(tensor)`), make variables, read variables that are
    on the CPU, or draw from random streams that remember their state; these raise. Tensors on the CPU
    are taken as constants. A tape that records around the call raises, too: put it inside.

    A variable that was assigned to elsewhere, or whose value somebody still holds, makes the next call
    capture anew.

    Args:
      function: a function of tensors, arrays, and other values that can be hashed, also in nested
        structures; its results are tensors in nested structures. Without it, a decorator is given.
      warmup: how many calls run the function as it is, at least 1.

    Returns:
      An object that is called like the function. Its `reset()` drops all captures and gives their memory
      back; `python_function` is the function itself.

    Raises:
      TypeError: the function is none, or, at a call, an argument cannot be hashed.
      ValueError: warmup is less than 1.
      RuntimeError: at a call: there is no GPU for it, a tape records around it, or the function does
        what a graph cannot hold.

    Example:
      >>> import pyten as tf
      >>> @tf.cuda.graph
      ... def step(x):
      ...     return x * 2.0
      >>> step
      <pyten.cuda.graph of step>
    """
    if function is None:
        return lambda f: _GraphFunction(f, warmup)
    return _GraphFunction(function, warmup)
