"""The libraries, each with the same work written as its users would at best.

A module `peers/<name>.py` has a function `load(threads)` that returns a `Peer`. It is imported in a
worker process alone, which may be another interpreter: nothing but NumPy may be taken for granted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[[], Any]
Variants = dict[str, Function]

#: The libraries that can be named, and the variant each is usually run in.
PEERS = {
    "pyten": "eager",
    "numpy": "eager",
    "torch": "eager",
    "tensorflow": "eager",
    "jax": "jit",
    "mlx": "eager",
}

#: Adam's: small, since the libraries differ in whether it is added before or after the bias correction.
EPSILON = 1e-12

#: In the environment of a quick run: no torch.compile, which takes half a minute for each step.
NO_COMPILE = "PYTEN_BENCHMARKS_NO_COMPILE"

TITLES = {
    "pyten": "pyten",
    "numpy": "NumPy",
    "torch": "PyTorch",
    "tensorflow": "TensorFlow",
    "jax": "JAX",
    "mlx": "MLX",
}


class Peer:
    """A library: how it makes and reads arrays, its operations by name, and one method for each work.

    A work's method takes the case's arrays (NumPy) and options and returns its variants: functions
    without arguments that do the work once and return the result. A work that a peer lacks is simply
    not there.
    """

    name = ""
    version = ""
    ops: dict[str, Callable[..., Any]]

    def array(self, a: Any) -> Any:
        return a

    def variable(self, a: Any) -> Any:
        """Something trainable, for operations on it."""
        return self.array(a)

    def numpy(self, value: Any) -> np.ndarray:
        return np.asarray(value)

    def wait(self, value: Any) -> None:
        """Returns when the result is there, for libraries that compute later."""

    def bind(self, f: Callable[..., Any], args: list[Any]) -> Variants:
        """Variants of a call of f with these arguments."""
        if len(args) == 1:
            (x,) = args
            return {"eager": lambda: f(x)}
        if len(args) == 2:
            x, y = args
            return {"eager": lambda: f(x, y)}
        return {"eager": lambda: f(*args)}

    def op(self, *arrays: Any, op: str, variable: bool = False) -> Variants:
        args = [self.array(a) for a in arrays]
        if variable:
            args[0] = self.variable(arrays[0])
        return self.bind(self.ops[op], args)

    def variants(self, case: Any) -> Variants:
        """The variants of a case; none if this library does not do such work."""
        make = getattr(self, case.work, None)
        if make is None or (case.work == "op" and case.options["op"] not in self.ops):
            return {}
        return make(*case.inputs(), **case.options)


def load(name: str, threads: int) -> Peer:
    """Imports the library and says how it is used; ImportError if it is not installed."""
    from importlib import import_module

    return import_module(f"benchmarks.peers.{name}").load(threads)
