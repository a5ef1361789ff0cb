"""Random numbers: TensorFlow's own, from the same seeds."""

from __future__ import annotations

import sys
from typing import Any

from pyten import _core, _seeds, _teach
from pyten._candidates import (
    all_candidate_sampler,
    log_uniform_candidate_sampler,
    uniform_candidate_sampler,
)
from pyten._distributions import (
    categorical,
    gamma,
    poisson,
    stateless_binomial,
    stateless_categorical,
    stateless_gamma,
    stateless_poisson,
)
from pyten._draw import (
    FLOATS,
    INTEGERS,
    bounds_of,
    count_of,
    float_dtype,
    shape_list,
    shifted,
    stateless_stream,
    uniform_drawer,
    uniform_floats,
)
from pyten._dtypes import as_dtype
from pyten._generator import (
    Algorithm,
    Generator,
    create_rng_state,
    get_global_generator,
    set_global_generator,
)
from pyten._seeds import set_seed

__all__ = [
    "Algorithm",
    "Generator",
    "all_candidate_sampler",
    "categorical",
    "create_rng_state",
    "gamma",
    "get_global_generator",
    "log_uniform_candidate_sampler",
    "normal",
    "poisson",
    "set_global_generator",
    "set_seed",
    "shuffle",
    "stateless_binomial",
    "stateless_categorical",
    "stateless_gamma",
    "stateless_normal",
    "stateless_poisson",
    "stateless_truncated_normal",
    "stateless_uniform",
    "truncated_normal",
    "uniform",
    "uniform_candidate_sampler",
]


# -- Stateful --------------------------------------------------------------------------------------
def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Normally distributed numbers.

    Args:
      shape: an integer vector: the result's shape.
      mean: the mean, a number or a tensor that broadcasts with shape.
      stddev: the standard deviation, a number or a tensor that broadcasts with shape.
      dtype: float16, bfloat16, float32 or float64.
      seed: an integer, or None; see tf.random.set_seed.
      name: accepted and ignored.

    Returns:
      A tensor; mean and stddev get gradients.

    Raises:
      InvalidArgumentError: shape is no vector, or has a negative size.
      TypeError: dtype is not floating.

    Gradient: flows to mean and stddev.

    Example:
      >>> import pyten as tf
      >>> tf.random.set_seed(1)
      >>> tf.random.normal((2,)).numpy().round(3)
      array([-1.101,  1.546], dtype=float32)
    """
    dtype = float_dtype("random.normal", dtype)
    sizes, wide = shape_list("random.normal", shape)
    op = ("RandomStandardNormal", dtype.name, wide)
    stream = _seeds.next_stream(op, seed, _seeds.COUNTER_STEP * count_of(sizes))
    return shifted(_core.random_normal(*stream, sizes, dtype), mean, stddev)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Normally distributed numbers, drawn again when further than two stddev from the mean.

    Args:
      shape: an integer vector: the result's shape.
      mean: the mean, a number or a tensor that broadcasts with shape.
      stddev: the standard deviation before truncation, a number or a tensor.
      dtype: float16, bfloat16, float32 or float64.
      seed: an integer, or None; see tf.random.set_seed.
      name: accepted and ignored.

    Returns:
      A tensor.

    Raises:
      InvalidArgumentError: shape is no vector, or has a negative size.
      TypeError: dtype is not floating.

    Gradient: flows to mean and stddev.

    Example:
      >>> import pyten as tf
      >>> x = tf.random.truncated_normal((1000,))
      >>> bool(tf.reduce_max(tf.abs(x)) < 2.)
      True
    """
    dtype = float_dtype("random.truncated_normal", dtype)
    sizes, wide = shape_list("random.truncated_normal", shape)
    op = ("TruncatedNormal", dtype.name, wide)
    stream = _seeds.next_stream(op, seed, _seeds.COUNTER_STEP * count_of(sizes))
    return shifted(_core.random_truncated_normal(*stream, sizes, dtype), mean, stddev)


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Uniformly distributed numbers in [minval, maxval).

    Args:
      shape: an integer vector: the result's shape.
      minval: the lower bound, a number or (floats only) a tensor that broadcasts with shape.
      maxval: the upper bound, not included; 1 by default for floats, required for integers.
      dtype: float16, bfloat16, float32, float64, int32 or int64.
      seed: an integer, or None; see tf.random.set_seed.
      name: accepted and ignored.

    Returns:
      A tensor.

    Raises:
      ValueError: another dtype, or an integer dtype without maxval.
      InvalidArgumentError: shape is no vector, or minval >= maxval for integers.

    Gradient: flows to minval and maxval.

    Example:
      >>> import pyten as tf
      >>> tf.random.set_seed(42)
      >>> tf.random.uniform((2, 2), maxval=10, dtype=tf.int32).shape
      TensorShape([2, 2])
    """
    dtype = as_dtype(dtype)
    if dtype.name not in FLOATS + INTEGERS:
        raise ValueError(
            f"random.uniform: dtype must be one of {', '.join(FLOATS + INTEGERS)}, got {dtype.name}"
        )
    if dtype.is_integer and maxval is None:
        raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
    sizes, wide = shape_list("random.uniform", shape)
    blocks = _seeds.COUNTER_STEP * count_of(sizes)
    if not dtype.is_integer:
        stream = _seeds.next_stream(("RandomUniform", dtype.name, wide), seed, blocks)
        return uniform_floats(stream, sizes, dtype, minval, maxval)
    low, count = bounds_of("random.uniform", dtype, minval, maxval)
    stream = _seeds.next_stream(("RandomUniformInt", dtype.name, wide), seed, blocks)
    return _core.random_integers(*stream, sizes, dtype, low, count)


def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Any:
    """The slices of a tensor along its first axis, in random order.

    Args:
      value: a tensor of any dtype.
      seed: an integer, or None; see tf.random.set_seed.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype, without gradient.

    Gradient: None.

    Example:
      >>> import pyten as tf
      >>> tf.random.set_seed(42)
      >>> tf.random.shuffle(tf.range(6)).numpy()
      array([1, 5, 3, 2, 4, 0], dtype=int32)
    """
    value = _core.convert(value)
    rows = value.shape[0] if value.ndim else 1
    op = ("RandomShuffle", value.dtype.name)
    stream = _seeds.next_stream(op, seed, (rows + 2) // 4 if rows > 1 else 0)
    if rows <= 1:
        return _core.stop_gradient(value)
    order = _core.random_shuffle_order(*stream, rows)
    return _core.stop_gradient(_core.gather(value, order))


# -- Stateless -------------------------------------------------------------------------------------
def stateless_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Any:
    """Normally distributed numbers that depend on the seed alone.

    Args:
      shape: an integer vector: the result's shape.
      seed: an integer tensor of shape [2].
      mean: the mean, a number or a tensor that broadcasts with shape.
      stddev: the standard deviation, a number or a tensor that broadcasts with shape.
      dtype: float16, bfloat16, float32 or float64.
      name: accepted and ignored.
      alg: "philox" or "auto_select".

    Returns:
      A tensor.

    Raises:
      InvalidArgumentError: the seed has another shape.
      TypeError: dtype is not floating.

    Gradient: flows to mean and stddev.

    Example:
      >>> import pyten as tf
      >>> tf.random.stateless_normal((2,), seed=(1, 2)).numpy().round(4)
      array([0.5441, 0.2074], dtype=float32)
    """
    dtype = float_dtype("random.stateless_normal", dtype)
    sizes, _ = shape_list("random.stateless_normal", shape)
    stream = stateless_stream("random.stateless_normal", seed, alg)
    return shifted(_core.random_normal(*stream, sizes, dtype), mean, stddev)


def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Any:
    """As truncated_normal; the numbers depend on the seed alone.

    Args:
      shape: an integer vector: the result's shape.
      seed: an integer tensor of shape [2].
      mean: the mean, a number or a tensor that broadcasts with shape.
      stddev: the standard deviation before truncation, a number or a tensor.
      dtype: float16, bfloat16, float32 or float64.
      name: accepted and ignored.
      alg: "philox" or "auto_select".

    Returns:
      A tensor.

    Raises:
      InvalidArgumentError: the seed has another shape.
      TypeError: dtype is not floating.

    Gradient: flows to mean and stddev.

    Example:
      >>> import pyten as tf
      >>> tf.random.stateless_truncated_normal((3,), seed=(1, 2)).shape
      TensorShape([3])
    """
    dtype = float_dtype("random.stateless_truncated_normal", dtype)
    sizes, _ = shape_list("random.stateless_truncated_normal", shape)
    stream = stateless_stream("random.stateless_truncated_normal", seed, alg)
    return shifted(_core.random_truncated_normal(*stream, sizes, dtype), mean, stddev)


def stateless_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = "auto_select",
) -> Any:
    """Uniformly distributed numbers in [minval, maxval) that depend on the seed alone.

    Args:
      shape: an integer vector: the result's shape.
      seed: an integer tensor of shape [2].
      minval: the lower bound, a number or (floats only) a tensor. None for all integers.
      maxval: the upper bound, not included; 1 by default for floats. None for all integers.
      dtype: a floating dtype, int32, int64, or (without bounds) uint32 or uint64.
      name: accepted and ignored.
      alg: "philox" or "auto_select".

    Returns:
      A tensor.

    Raises:
      ValueError: another dtype, or one bound without the other for integers.
      InvalidArgumentError: the seed has another shape, or minval >= maxval for integers.

    Gradient: flows to minval and maxval.

    Example:
      >>> import pyten as tf
      >>> tf.random.stateless_uniform((2,), seed=(1, 2)).numpy()
      array([0.8440604 , 0.19204533], dtype=float32)
    """
    op = "random.stateless_uniform"
    dtype = as_dtype(dtype)
    sizes, _ = shape_list(op, shape)
    draw = uniform_drawer(op, sizes, dtype, minval, maxval)
    return draw(stateless_stream(op, seed, alg))


_teach.attach(sys.modules[__name__])
