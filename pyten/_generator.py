"""tf.random.Generator: a random stream with its own state."""

from __future__ import annotations

import enum
import os
from typing import Any

from pyten import _core, _seeds
from pyten._distributions import binomial_parameters, binomial_samples, count_dtype
from pyten._draw import algorithm_number, count_of, float_dtype, shape_list, shifted, uniform_drawer
from pyten._dtypes import as_dtype
from pyten._names import name_scope
from pyten._variable import Variable

__all__ = [
    "Algorithm",
    "Generator",
    "create_rng_state",
    "get_global_generator",
    "set_global_generator",
]

_STATE_SIZE = 3  # two numbers of the counter and the key, as int64


class Algorithm(enum.Enum):
    """The algorithms that TensorFlow names; pyten has Philox.

    Example:
      >>> import pyten as tf
      >>> tf.random.Algorithm.PHILOX.value
      1
    """

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


def create_rng_state(seed: Any, alg: Any) -> Any:
    """The state of a Generator that starts from a seed.

    Args:
      seed: an integer of any size, or up to three of them.
      alg: "philox" or "auto_select".

    Returns:
      An int64 tensor of shape [3].

    Raises:
      ValueError: an unknown algorithm.

    Example:
      >>> import pyten as tf
      >>> tf.random.create_rng_state(1234, "philox").numpy()
      array([1234,    0,    0])
    """
    algorithm_number("random.create_rng_state", alg)
    if isinstance(seed, int):
        parts = _seeds.chunks(seed, _STATE_SIZE)
    else:
        given = seed if isinstance(seed, (list, tuple)) else _core.convert(seed).numpy().reshape(-1)
        parts = [_seeds.chunks(int(n), 1)[0] for n in given][:_STATE_SIZE]
        parts = [0] * (_STATE_SIZE - len(parts)) + parts
    return _core.convert(parts, "int64")


class Generator:
    """A stream of random numbers with a state of its own, a Variable.

    Make one with `Generator.from_seed(seed)`, `from_non_deterministic_state()`, `from_state` or
    `from_key_counter`.

    Args:
      copy_from: another generator, whose present state is copied.
      state: an int64 vector of three numbers, with `alg`.
      alg: "philox" or "auto_select".

    Raises:
      ValueError: neither copy_from nor state is given, or state has another size.

    Example:
      >>> import pyten as tf
      >>> g = tf.random.Generator.from_seed(1)
      >>> g.normal((2,)).numpy().round(4)
      array([ 0.4384, -0.5344], dtype=float32)
    """

    def __init__(
        self, copy_from: Generator | None = None, state: Any = None, alg: Any = None
    ) -> None:
        if copy_from is not None:
            if state is not None or alg is not None:
                raise ValueError("Generator: give copy_from or state and alg, not both")
            state, alg = copy_from.state.numpy(), copy_from.algorithm
        if state is None:
            raise ValueError(
                "Generator: give copy_from or state; Generator.from_seed(seed) makes one from a "
                "seed"
            )
        self._algorithm = algorithm_number("random.Generator", alg)
        value = _state_tensor(state)
        with name_scope(""):
            self._state = Variable(value, trainable=False, name="StateVar", dtype="int64")

    @classmethod
    def from_state(cls, state: Any, alg: Any) -> Generator:
        """A generator with a given state.

        Args:
          state: an int64 vector of three numbers, as `state` gives it.
          alg: "philox" or "auto_select".

        Returns:
          A Generator.
        """
        return cls(state=state, alg=alg)

    @classmethod
    def from_seed(cls, seed: Any, alg: Any = None) -> Generator:
        """A generator that starts from a seed.

        Args:
          seed: an integer of any size, or a vector of up to three of them.
          alg: "philox", "auto_select" or None, which all mean Philox.

        Returns:
          A Generator.
        """
        return cls(state=create_rng_state(seed, alg), alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """A generator whose numbers never repeat.

        Args:
          alg: "philox", "auto_select" or None, which all mean Philox.

        Returns:
          A Generator.
        """
        return cls.from_seed(int.from_bytes(os.urandom(8 * _STATE_SIZE), "little"), alg)

    @classmethod
    def from_key_counter(cls, key: int, counter: Any, alg: Any) -> Generator:
        """A generator with a given key and counter.

        Args:
          key: an integer.
          counter: a vector of two integers, the low half first.
          alg: "philox" or "auto_select".

        Returns:
          A Generator.
        """
        low, high = _core.convert(counter, "int64").numpy().tolist()
        return cls(state=[low, high, *_seeds.chunks(int(key), 1)], alg=alg)

    @property
    def state(self) -> Variable:
        """The state: an int64 variable [counter's low half, its high half, key]."""
        return self._state

    @property
    def algorithm(self) -> int:
        """The number of the algorithm: 1, Philox."""
        return self._algorithm

    @property
    def key(self) -> Any:
        """The key, an int64 scalar."""
        return self._state[2]

    def reset(self, state: Any) -> None:
        """Takes on another state.

        Args:
          state: an int64 vector of three numbers.
        """
        self._state.assign(_state_tensor(state))

    def reset_from_seed(self, seed: Any) -> None:
        """Starts again from a seed; see from_seed."""
        self._state.assign(create_rng_state(seed, self._algorithm))

    def reset_from_key_counter(self, key: int, counter: Any) -> None:
        """Starts again from a key and a counter; see from_key_counter."""
        low, high = _core.convert(counter, "int64").numpy().tolist()
        self._state.assign([low, high, *_seeds.chunks(int(key), 1)])

    def skip(self, delta: int) -> Any:
        """Goes on as if `delta` numbers had been drawn.

        Args:
          delta: an integer.

        Returns:
          The state before, an int64 tensor [3].
        """
        before = self._state.read_value()
        self._advance(int(delta))
        return before

    def _advance(self, count: int) -> _seeds.Stream:
        """The present stream; the state goes on by `count` numbers."""
        with _core._pause_tapes():
            low, high, key = self._state.numpy().tolist()
            counter = (*_seeds.words(low), *_seeds.words(high))
            after = _seeds.number(_seeds.skip(counter, _seeds.COUNTER_STEP * count))
            self._state.assign([*_seeds.chunks(after, 2), key])
        return _seeds.words(key), counter

    def _sizes(self, op: str, shape: Any) -> list[int]:
        return shape_list(f"Generator.{op}", shape)[0]

    def normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = "float32",
        name: Any = None,
    ) -> Any:
        """Normally distributed numbers; see tf.random.normal."""
        dtype, sizes = float_dtype("Generator.normal", dtype), self._sizes("normal", shape)
        drawn = _core.random_normal(*self._advance(count_of(sizes)), sizes, dtype)
        return shifted(drawn, mean, stddev)

    def truncated_normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = "float32",
        name: Any = None,
    ) -> Any:
        """Normally distributed numbers within two stddev; see tf.random.truncated_normal."""
        dtype = float_dtype("Generator.truncated_normal", dtype)
        sizes = self._sizes("truncated_normal", shape)
        drawn = _core.random_truncated_normal(*self._advance(count_of(sizes)), sizes, dtype)
        return shifted(drawn, mean, stddev)

    def uniform(
        self,
        shape: Any,
        minval: Any = 0,
        maxval: Any = None,
        dtype: Any = "float32",
        name: Any = None,
    ) -> Any:
        """Uniformly distributed numbers in [minval, maxval); see tf.random.stateless_uniform."""
        sizes = self._sizes("uniform", shape)
        draw = uniform_drawer("Generator.uniform", sizes, as_dtype(dtype), minval, maxval)
        return draw(self._advance(count_of(sizes)))

    def binomial(
        self, shape: Any, counts: Any, probs: Any, dtype: Any = "int32", name: Any = None
    ) -> Any:
        """Binomially distributed numbers; see tf.random.stateless_binomial."""
        op = "Generator.binomial"
        to = count_dtype(op, dtype)
        sizes, samples, n, p = binomial_parameters(op, shape, counts, probs)
        stream = self._advance(n.size * 200 * (samples + 3) // 4)  # what TensorFlow passes over
        return binomial_samples(stream, sizes, samples, n, p, to)

    def uniform_full_int(self, shape: Any, dtype: Any = "uint64", name: Any = None) -> Any:
        """Integers among all that the dtype has.

        Args:
          shape: the shape of the result.
          dtype: int32, int64, uint32 or uint64.
          name: accepted and ignored.

        Returns:
          A tensor.

        Raises:
          ValueError: the dtype is another.
        """
        sizes, dtype = self._sizes("uniform_full_int", shape), as_dtype(dtype)
        if not dtype.is_integer:
            raise ValueError(
                f"Generator.uniform_full_int: dtype must be an integer dtype, got {dtype.name}"
            )
        draw = uniform_drawer("Generator.uniform_full_int", sizes, dtype, None, None)
        return draw(self._advance(count_of(sizes)))

    def make_seeds(self, count: int = 1) -> Any:
        """Seeds for stateless functions.

        Args:
          count: how many.

        Returns:
          An int64 tensor [2, count]; each column is a seed.
        """
        keys = self.uniform_full_int([count], "int64")
        return _core.stack([keys, _core.zeros_like(keys)])

    def split(self, count: int = 1) -> list[Generator]:
        """Generators with streams of their own, which depend on this one's state.

        Args:
          count: how many.

        Returns:
          A list of Generators.
        """
        keys = self.uniform_full_int([count], "int64").numpy().tolist()
        return [Generator.from_key_counter(key, [0, 0], self._algorithm) for key in keys]


def _state_tensor(state: Any) -> Any:
    value = _core.convert(state)
    if tuple(value.shape) != (_STATE_SIZE,):
        raise ValueError(
            f"Generator: state must have shape [{_STATE_SIZE}], got {list(value.shape)}"
        )
    return _core.cast(value, "int64")


_global_generator: Generator | None = None


def get_global_generator() -> Generator:
    """The generator for those who have none of their own; its numbers never repeat at first.

    Returns:
      A Generator.

    Example:
      >>> import pyten as tf
      >>> tf.random.get_global_generator().normal([2]).shape
      TensorShape([2])
    """
    global _global_generator
    if _global_generator is None:
        _global_generator = Generator.from_non_deterministic_state()
    return _global_generator


def set_global_generator(generator: Generator) -> None:
    """Makes this the global generator.

    Args:
      generator: a Generator.

    Example:
      >>> import pyten as tf
      >>> tf.random.set_global_generator(tf.random.Generator.from_seed(1))
      >>> tf.random.get_global_generator().normal([2]).numpy().round(4)
      array([ 0.4384, -0.5344], dtype=float32)
    """
    global _global_generator
    _global_generator = generator
