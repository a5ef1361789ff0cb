"""What a row of the table is, and the samples and references that rows share."""

import math

import numpy as np

#: (rtol, atol) against a float64 (complex128) reference, by dtype of the result.
TOLERANCE = {
    "float16": (4e-3, 4e-3),
    "bfloat16": (3e-2, 3e-2),
    "float32": (2e-5, 2e-6),
    "float64": (1e-9, 1e-10),
    "complex64": (5e-5, 5e-6),
    "complex128": (1e-9, 1e-10),
}


class Row:
    """How one function is tried.

    Attributes:
        reference: the same function of NumPy arrays (float64, complex128, int64 or bool).
        samples: list of (arrays, keyword arguments): arrays become tensors of each dtype.
        fixed: indices of the arrays that keep their own dtype (indices, conditions).
        order: highest order of derivative that is compared with finite differences.
        last: highest order of derivative that exists at all, where it is not all of them.
        constant: indices of the arrays by which no derivative is taken.
        dtypes: names that replace the function's own list, where the call at hand needs fewer.
        raises: list of (call of f, part of the message): mistakes and what they must say.
    """

    def __init__(
        self,
        reference,
        samples,
        fixed=(),
        order=2,
        constant=(),
        dtypes=None,
        raises=(),
        loose=None,
        last=None,
    ):
        self.reference = reference
        self.samples = samples
        self.fixed = set(fixed)
        self.order = order
        self.last = last or 99
        self.constant = set(constant) | self.fixed
        self.dtypes = dtypes
        self.raises = list(raises)
        self.loose = loose or {}


ERF = np.vectorize(math.erf)


def spread(low, high, n=12, seed=0):
    """n numbers of [low, high] in no order, clear of 0 by 0.05 of the range."""
    x = np.random.default_rng(seed).permutation(np.linspace(low, high, n))
    return x.reshape(3, 4) if n == 12 else x


def unary(reference, low=-2.0, high=2.0, **kw):
    return Row(reference, [((spread(low, high),), {})], **kw)


def binary(reference, x=(-2.0, 2.0), y=(-1.9, 2.3), **kw):
    a, b = spread(*x), spread(*y, seed=1)
    samples = [((a, b), {}), ((a, b[:1]), {}), ((a[:, :1], b[0]), {}), ((a[0, 0], b), {})]
    return Row(reference, samples, raises=[(lambda f, c: f(c(a), c(b[:, :3])), "shapes")], **kw)


def integers(n=12, low=1, high=7, seed=0):
    return np.random.default_rng(seed).integers(low, high, n).reshape(3, 4)


def bitwise(reference):
    return Row(reference, [((integers(), integers(seed=1)), {})])


def logical(reference):
    a, b = integers(low=0, high=2), integers(low=0, high=2, seed=1)
    return Row(reference, [((a, b), {})])


def no_nan(f):
    def g(x, y):
        x, y = np.broadcast_arrays(x, y)
        with np.errstate(all="ignore"):
            return np.where(y == 0, 0, f(x, y))

    return g


def truediv(x, y):
    with np.errstate(all="ignore"):
        return np.true_divide(x, y)


def sign(x):
    with np.errstate(all="ignore"):
        return np.where(x == 0, 0, x / np.abs(x)) if np.iscomplexobj(x) else np.sign(x)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def reduction(reference, low=1.0, high=3.0, **kw):
    x = spread(low, high, 24).reshape(2, 3, 4)
    wrong = x > 2 if reference in (np.any, np.all) else x
    axes = [{}, {"axis": 1}, {"axis": [0, 2]}, {"axis": -1, "keepdims": True}, {"axis": []}]

    def apply(x, axis=None, keepdims=False):
        axis = tuple(axis) if isinstance(axis, list) else axis
        return reference(x, axis=axis, keepdims=keepdims)

    raises = [
        (lambda f, c: f(c(wrong), axis=3), "3"),
        (lambda f, c: f(c(wrong), axis=-4), "-4"),
        (lambda f, c: f(c(wrong), axis=[0, 0]), "axis"),
    ]
    return Row(apply, [((x,), a) for a in axes], raises=raises, **kw)


def mean(x, axis=None, keepdims=False):
    m = np.mean(x, axis=axis, keepdims=keepdims)
    return np.trunc(m) if np.issubdtype(x.dtype, np.integer) else m


def logsumexp(x, axis=None, keepdims=False):
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def norm2(x, axis=None, keepdims=False):
    return np.sqrt(np.sum(np.abs(x) ** 2, axis=axis, keepdims=keepdims))
