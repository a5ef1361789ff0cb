"""Rows of the special functions and segment operations, against SciPy and NumPy."""

import numpy as np
import scipy.special as sp

from op_table.row import Row, binary, bitwise, spread, unary

_m = spread(-1.0, 2.0)
_order = np.array([[0, 1, 2, 3]] * 3)
_sorted = np.array([0, 0, 2])
_any = np.array([2, -1, 2])
_zeros = np.where(np.arange(12).reshape(3, 4) % 5 == 0, 0.0, spread(0.5, 1.5))


def slope(f, h):
    """The derivative by the first argument, to the fourth order of h."""
    return lambda a, x: (
        (8 * (f(a + h, x) - f(a - h, x)) - (f(a + 2 * h, x) - f(a - 2 * h, x))) / (12 * h)
    )


igamma_slope = slope(sp.gammainc, 1e-3)
igamma_curve = slope(slope(sp.gammainc, 4e-3), 4e-3)


def gamma_sample_slope(a, x):
    return -igamma_slope(a, x) / np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))


def polygamma(n, x):
    return np.where(n == 0, sp.psi(x), (-1.0) ** (n + 1) * sp.factorial(n) * sp.zeta(n + 1, x))


def running_logsumexp(x, axis=0, exclusive=False, reverse=False):
    x = np.flip(x, axis) if reverse else x
    out = np.logaddexp.accumulate(x, axis)
    if exclusive:
        first = np.full_like(np.take(x, [0], axis), -np.inf)
        out = np.concatenate([first, np.delete(out, -1, axis)], axis)
    return np.flip(out, axis) if reverse else out


def segments(join, empty):
    def apply(data, ids, num_segments=None):
        n = int(ids.max()) + 1 if num_segments is None else num_segments
        rows = [join(data[ids == k], 0) if (ids == k).any() else empty(data) for k in range(n)]
        return np.array(rows).astype(data.dtype)

    return apply


def nothing(value):
    return lambda data: np.full(data.shape[1:], value)


def segment_mean(rows, axis):
    m = np.mean(rows, axis)
    return np.trunc(m) if np.issubdtype(rows.dtype, np.integer) else m


def sorted_row(join, value=0, data=_m, **kw):
    return Row(
        segments(join, nothing(value)),
        [((data, _sorted), {})],
        fixed=[1],
        raises=[
            (lambda f, c: f(c(_m), [0, 1, 0]), "not increasing"),
            (lambda f, c: f(c(_m), [-1, 0, 0]), "must not be negative"),
            (lambda f, c: f(c(_m), [0, 1]), "same size as dimension 0"),
            (lambda f, c: f(c(_m), [[0, 0, 1]]), "should be a vector"),
        ],
        **kw,
    )


def unsorted_row(join, value=0, data=_m, n=3):
    # With n = 3 segments 0 and 1 are empty; extremes of none depend on the dtype and are tried in
    # test_special.py.
    ids = _any if n == 3 else np.array([0, -1, 0])
    return Row(
        segments(join, nothing(value)),
        [((data, ids), {"num_segments": n})],
        fixed=[1],
        raises=[
            (lambda f, c: f(c(_m), [0, 5, 1], 2), r"segment_ids\[1\] = 5 is out of range \[0, 2\)"),
            (lambda f, c: f(c(_m), [0, 1], 2), r"\[3,4\] does not start with .* \[2\]"),
            (lambda f, c: f(c(_m), [0, 0, 0], -1), "must not be negative"),
        ],
    )


def shifts(f):
    return bitwise(f)


SPECIAL = {
    "lgamma": unary(sp.gammaln, 0.3, 4),
    "digamma": unary(sp.psi, 0.3, 4),
    "erfinv": unary(sp.erfinv, -0.9, 0.9, order=3),
    "erfcinv": unary(sp.erfcinv, 0.1, 1.9),
    "ndtri": unary(sp.ndtri, 0.05, 0.95),
    "bessel_i0": unary(sp.i0),
    "bessel_i0e": unary(sp.i0e),
    "bessel_i1": unary(sp.i1),
    "bessel_i1e": unary(sp.i1e),
    "bessel_k0": unary(sp.k0, 0.4, 3),
    "bessel_k0e": unary(sp.k0e, 0.4, 3),
    "bessel_k1": unary(sp.k1, 0.4, 3),
    "bessel_k1e": unary(sp.k1e, 0.4, 3),
    "bessel_j0": unary(sp.j0),
    "bessel_j1": unary(sp.j1),
    "bessel_y0": unary(sp.y0, 0.4, 3),
    "bessel_y1": unary(sp.y1, 0.4, 3),
    "xlog1py": binary(lambda x, y: x * np.log1p(y), y=(-0.7, 2)),
    "xdivy": binary(lambda x, y: x / y, y=(0.5, 2.5)),
    "polygamma": Row(polygamma, [((_order, spread(0.5, 3)), {})], constant=[0], order=3),
    "zeta": binary(sp.zeta, x=(1.5, 4), y=(0.5, 3), constant=[0]),
    "igamma": binary(sp.gammainc, x=(0.5, 4), y=(0.5, 4), last=2),
    "igammac": binary(sp.gammaincc, x=(0.5, 4), y=(0.5, 4), last=2),
    "igamma_grad_a": binary(igamma_slope, x=(0.5, 4), y=(0.5, 4), order=1, last=1),
    "igamma_grad_aa": binary(
        igamma_curve, x=(0.5, 4), y=(0.5, 4), constant=[0], loose={"float64": (1e-6, 1e-7)}
    ),
    "random_gamma_grad": binary(gamma_sample_slope, x=(0.5, 4), y=(0.5, 4), order=1, last=1),
    "nextafter": binary(np.nextafter, loose={"float64": (1e-15, 0)}),
    "left_shift": shifts(np.left_shift),
    "right_shift": shifts(np.right_shift),
    "betainc": Row(
        sp.betainc,
        [((spread(0.5, 4), spread(0.6, 3, seed=1), spread(0.05, 0.95, seed=2)), {})],
        constant=[0, 1],
        raises=[(lambda f, c: f(c([1.0, 2.0]), c([1.0, 2.0, 3.0]), c(0.5)), "broadcast")],
    ),
    "cumulative_logsumexp": Row(
        running_logsumexp,
        [((_m,), {}), ((_m,), {"axis": 1, "reverse": True}), ((_m,), {"axis": -1})],
        order=3,
        raises=[(lambda f, c: f(c(_m), axis=2), "-2, 2")],
    ),
    "segment_sum": sorted_row(np.sum),
    "segment_prod": sorted_row(np.prod, 1, _zeros),
    "segment_max": sorted_row(np.max),
    "segment_min": sorted_row(np.min),
    "segment_mean": sorted_row(segment_mean),
    "unsorted_segment_sum": unsorted_row(np.sum),
    "unsorted_segment_prod": unsorted_row(np.prod, 1, _zeros),
    "unsorted_segment_max": unsorted_row(np.max, n=1),
    "unsorted_segment_min": unsorted_row(np.min, n=1),
}
