"""Random numbers of the categorical, gamma, Poisson and binomial distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _core, _sampling, _seeds
from pyten._custom_gradient import with_rule
from pyten._draw import count_of, float_dtype, shape_list, stateless_stream
from pyten._dtypes import DType, as_dtype
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = [
    "binomial_parameters",
    "binomial_samples",
    "categorical",
    "count_dtype",
    "gamma",
    "poisson",
    "stateless_binomial",
    "stateless_categorical",
    "stateless_gamma",
    "stateless_poisson",
]

_COUNTS = ("float16", "float32", "float64", "int32", "int64")


def count_dtype(op: str, dtype: Any) -> DType:
    dtype = as_dtype(dtype)
    if dtype.name not in _COUNTS:
        raise InvalidDTypeError(
            f"{op}: {dtype.name} is not in the list of allowed values: {', '.join(_COUNTS)}"
        )
    return dtype


def _samples_of(op: str, shape: Any, parameters: Any) -> tuple[list[int], int]:
    """The whole shape, which ends with the parameters', and how many samples each has."""
    sizes, _ = shape_list(op, shape)
    trailing = list(parameters)
    lead = len(sizes) - len(trailing)
    if lead < 0 or sizes[lead:] != trailing:
        raise InvalidArgumentError(
            f"{op}: Shape passed in must end with broadcasted shape: {sizes} does not end with "
            f"{trailing}"
        )
    return sizes, count_of(sizes[:lead])


# -- Categorical -----------------------------------------------------------------------------------
def _categories(op: str, logits: Any, num_samples: Any, dtype: Any) -> tuple[Any, int, DType]:
    to = as_dtype("int64" if dtype is None else dtype)
    if to.name not in ("int32", "int64"):
        raise ValueError(
            f"{op}: Argument `dtype` got invalid value {to!r}. Accepted dtypes are (tf.int32, "
            "tf.int64)."
        )
    x = _core.convert(logits)
    if not x.dtype.is_floating:
        raise InvalidDTypeError(f"{op}: logits must be floating, got {x.dtype.name}")
    if x.ndim != 2:
        raise InvalidArgumentError(f"{op}: logits should be a matrix, got shape {list(x.shape)}")
    count = int(num_samples)
    if count < 0:
        raise InvalidArgumentError(f"{op}: num_samples should be non-negative, got {count}")
    if x.shape[1] == 0:
        raise InvalidArgumentError(f"{op}: num_classes should be positive, got 0")
    return _core.cast(x, "float64").numpy(), count, to


def _choose(stream: _seeds.Stream, logits: Any, count: int, dtype: DType) -> Any:
    u = _core.random_uniform(*stream, [len(logits), count], "float64").numpy()
    finite = np.isfinite(logits)
    top = np.max(np.where(finite, logits, -np.inf), axis=1, keepdims=True, initial=-1e308)
    weights = np.where(finite, np.exp(np.where(finite, logits - top, 0)), 0)
    ends = np.cumsum(weights, axis=1)
    chosen = [np.searchsorted(e, v * e[-1], "right") for e, v in zip(ends, u, strict=True)]
    return _core.convert(np.array(chosen, np.int64).reshape(u.shape), dtype)


def categorical(
    logits: Any, num_samples: Any, dtype: Any = None, seed: int | None = None, name: Any = None
) -> Any:
    """Class numbers, drawn with the probabilities softmax(logits).

    Args:
      logits: a floating matrix [batch, classes]; classes whose logit is not finite are not drawn.
      num_samples: how many for each row.
      dtype: int32 or int64; None for int64.
      seed: an integer, or None; see tf.random.set_seed.
      name: accepted and ignored.

    Returns:
      A tensor [batch, num_samples], without gradient; `classes` where no logit is finite.

    Raises:
      InvalidArgumentError: logits is no matrix, or num_samples is negative.
      ValueError: another dtype.

    Example:
      >>> import pyten as tf
      >>> tf.random.set_seed(7)
      >>> tf.random.categorical([[0.1, 1., -2., .5]], 5).shape
      TensorShape([1, 5])
    """
    x, count, to = _categories("random.categorical", logits, num_samples, dtype)
    op = ("Multinomial", _core.convert(logits).dtype.name, to.name)
    numbers = 2 * len(x) * ((count + 3) // 4 * 4)
    return _choose(_seeds.next_stream(op, seed, _seeds.COUNTER_STEP * numbers), x, count, to)


def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = "int64", name: Any = None
) -> Any:
    """As categorical; the numbers depend on the seed alone.

    Args:
      logits: a floating matrix [batch, classes].
      num_samples: how many for each row.
      seed: an integer tensor of shape [2].
      dtype: int32 or int64.
      name: accepted and ignored.

    Returns:
      A tensor [batch, num_samples].

    Raises:
      InvalidArgumentError: logits is no matrix, or the seed has another shape.

    Example:
      >>> import pyten as tf
      >>> tf.random.stateless_categorical([[0.1, 1., -2., .5]], 5, seed=[1, 2]).numpy()
      array([[3, 3, 0, 3, 1]])
    """
    op = "random.stateless_categorical"
    x, count, to = _categories(op, logits, num_samples, dtype)
    return _choose(stateless_stream(op, seed, None), x, count, to)


# -- Gamma -----------------------------------------------------------------------------------------
def _gamma_parameters(op: str, alpha: Any, beta: Any, dtype: Any) -> tuple[Any, Any, DType]:
    to = float_dtype(op, dtype)
    alpha, beta = _core.convert(alpha, to), _core.convert(1 if beta is None else beta, to)
    shape = np.broadcast_shapes(tuple(alpha.shape), tuple(beta.shape))
    return _core.broadcast_to(alpha, list(shape)), beta, to


def _gammas(stream: _seeds.Stream, sizes: list[int], samples: int, alpha: Any, beta: Any) -> Any:
    """Samples of the whole shape, with gradients by alpha and beta."""
    dtype = alpha.dtype
    drawn = _sampling.gamma(stream, _core.cast(alpha, "float64").numpy(), samples)
    raw = _core.cast(_core.convert(drawn.reshape(sizes)), dtype)
    full = _core.broadcast_to(alpha, sizes)
    sample = with_rule(
        "random_gamma", [full], [], raw, lambda dy: dy * _core.random_gamma_grad(full, sample)
    )
    tiny = 2.0**-14 if dtype.name == "float16" else 2.0**-126 if dtype.size < 8 else 2.0**-1022
    return _core.maximum(_core.convert(tiny, dtype), sample / beta)


def gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Any:
    """Gamma distributed numbers.

    Args:
      shape: an integer vector: how many for each pair of alpha and beta.
      alpha: the shape parameter, a tensor of dtype; NaN comes from negative ones.
      beta: the inverse scale, a tensor that broadcasts with alpha; None for 1.
      dtype: float16, bfloat16, float32 or float64.
      seed: an integer, or None; see tf.random.set_seed.
      name: accepted and ignored.

    Returns:
      A tensor of shape `shape + broadcast(alpha, beta).shape`. alpha gets gradients at a fixed
      quantile (Figurnov et al., Implicit Reparameterization Gradients, 2018), beta, too.

    Raises:
      InvalidArgumentError: shape is no vector.
      TypeError: dtype is not floating.

    Example:
      >>> import pyten as tf
      >>> tf.random.gamma([10], [.5, 1.5]).shape
      TensorShape([10, 2])
    """
    alpha, beta, to = _gamma_parameters("random.gamma", alpha, beta, dtype)
    lead, _ = shape_list("random.gamma", shape)
    sizes, samples = [*lead, *alpha.shape], count_of(lead)
    op = ("RandomGamma", to.name)
    stream = _seeds.next_stream(op, seed, _seeds.COUNTER_STEP * count_of(sizes))
    return _gammas(stream, sizes, samples, alpha, beta)


def stateless_gamma(
    shape: Any,
    seed: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = "float32",
    name: Any = None,
) -> Any:
    """As gamma; the numbers depend on the seed alone.

    Args:
      shape: the shape of the result; it ends with that of alpha and beta together.
      seed: an integer tensor of shape [2].
      alpha: the shape parameter, a tensor of dtype.
      beta: the inverse scale, a tensor that broadcasts with alpha; None for 1.
      dtype: float16, bfloat16, float32 or float64.
      name: accepted and ignored.

    Returns:
      A tensor of that shape; alpha and beta get gradients.

    Raises:
      InvalidArgumentError: the shape does not end so, or the seed has another shape.

    Example:
      >>> import pyten as tf
      >>> tf.random.stateless_gamma([2, 2], [1, 2], [.5, 3.], dtype=tf.float64).numpy().round(4)
      array([[0.067 , 4.6746],
             [0.6282, 3.3504]])
    """
    op = "random.stateless_gamma"
    alpha, beta, _ = _gamma_parameters(op, alpha, beta, dtype)
    sizes, samples = _samples_of(op, shape, alpha.shape)
    return _gammas(stateless_stream(op, seed, None), sizes, samples, alpha, beta)


# -- Poisson ---------------------------------------------------------------------------------------
def _rates(op: str, lam: Any) -> Any:
    lam = _core.convert(lam)
    rates = _core.cast(lam, "float64").numpy()
    if not np.all(np.isfinite(rates)):
        raise InvalidArgumentError(f"{op}: lam must be finite, got {rates}")
    return lam, rates


def poisson(
    shape: Any,
    lam: Any,
    dtype: Any = "float32",
    seed: int | None = None,
    name: Any = None,
) -> Any:
    """Poisson distributed numbers.

    Args:
      shape: an integer vector: how many for each rate.
      lam: the rates, a real tensor; 0 comes from negative ones.
      dtype: float16, float32, float64, int32 or int64.
      seed: an integer, or None; see tf.random.set_seed.
      name: accepted and ignored.

    Returns:
      A tensor of shape `shape + lam.shape`, without gradient.

    Raises:
      InvalidArgumentError: shape is no vector, or a rate is not finite.
      TypeError: another dtype.

    Example:
      >>> import pyten as tf
      >>> tf.random.poisson([10], [.5, 30.]).shape
      TensorShape([10, 2])
    """
    to = count_dtype("random.poisson", dtype)
    lam, rates = _rates("random.poisson", lam)
    lead, wide = shape_list("random.poisson", shape)
    sizes = [*lead, *lam.shape]
    op = ("RandomPoissonV2", lam.dtype.name, to.name, wide)
    stream = _seeds.next_stream(op, seed, _seeds.COUNTER_STEP * count_of(sizes))
    drawn = _sampling.poisson(stream, rates, count_of(lead))
    return _core.cast(_core.convert(drawn.reshape(sizes)), to)


def stateless_poisson(
    shape: Any, seed: Any, lam: Any, dtype: Any = "int32", name: Any = None
) -> Any:
    """As poisson; the numbers depend on the seed alone.

    Args:
      shape: the shape of the result; it ends with lam's.
      seed: an integer tensor of shape [2].
      lam: the rates, a real tensor.
      dtype: float16, float32, float64, int32 or int64.
      name: accepted and ignored.

    Returns:
      A tensor of that shape.

    Raises:
      InvalidArgumentError: the shape does not end so, or a rate is not finite.

    Example:
      >>> import pyten as tf
      >>> tf.random.stateless_poisson([4, 2], [1, 2], [.5, 30.]).numpy()
      array([[ 3, 25],
             [ 2, 35],
             [ 1, 30],
             [ 3, 29]], dtype=int32)
    """
    op = "random.stateless_poisson"
    to = count_dtype(op, dtype)
    lam, rates = _rates(op, lam)
    sizes, samples = _samples_of(op, shape, lam.shape)
    drawn = _sampling.poisson(stateless_stream(op, seed, None), rates, samples)
    return _core.cast(_core.convert(drawn.reshape(sizes)), to)


# -- Binomial --------------------------------------------------------------------------------------
def binomial_parameters(op: str, shape: Any, counts: Any, probs: Any) -> tuple[Any, ...]:
    """The whole shape, samples for each parameter, and counts and probs as vectors of one dtype."""
    pair = [_core.convert(counts), _core.convert(probs)]
    wide = any(x.dtype.name == "float64" for x in pair)
    n, p = np.broadcast_arrays(
        *(_core.cast(x, "float64" if wide else "float32").numpy() for x in pair)
    )
    sizes, samples = _samples_of(op, shape, n.shape)
    return sizes, samples, n.reshape(-1), p.reshape(-1)


def binomial_samples(
    stream: _seeds.Stream, sizes: list[int], samples: int, n: Any, p: Any, dtype: DType
) -> Any:
    drawn = _sampling.binomial(stream, n, p, samples)
    return _core.cast(_core.convert(drawn.reshape(sizes)), dtype)


def stateless_binomial(
    shape: Any,
    seed: Any,
    counts: Any,
    probs: Any,
    output_dtype: Any = "int32",
    name: Any = None,
) -> Any:
    """Binomially distributed numbers that depend on the seed alone.

    Args:
      shape: the shape of the result; it ends with that of counts and probs together.
      seed: an integer tensor of shape [2].
      counts: how many trials, a real tensor.
      probs: the probability of success, a floating tensor that broadcasts with counts.
      output_dtype: float16, float32, float64, int32 or int64.
      name: accepted and ignored.

    Returns:
      A tensor of that shape.

    Raises:
      InvalidArgumentError: the shape does not end so, or the seed has another shape.

    Example:
      >>> import pyten as tf
      >>> tf.random.stateless_binomial([3, 2], [1, 2], [10., 100.], [.3, .8]).numpy()
      array([[ 5, 70],
             [ 5, 84],
             [ 5, 77]], dtype=int32)
    """
    op = "random.stateless_binomial"
    to = count_dtype(op, output_dtype)
    sizes, samples, n, p = binomial_parameters(op, shape, counts, probs)
    return binomial_samples(stateless_stream(op, seed, None), sizes, samples, n, p, to)
