"""Logarithm and square root of a matrix through its complex Schur form, in NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["logarithm", "schur", "square_root", "sylvester"]

Array = np.ndarray


def schur(a: Array) -> tuple[Array, Array]:
    """(t, q) with a = q @ t @ q^H, t upper triangular: QR iteration with Wilkinson's shifts."""
    t = np.array(a, np.complex128)
    high = t.shape[0]
    q = np.eye(high, dtype=np.complex128)
    size = np.abs(t).sum() or 1.0
    tries = 0
    while high > 1:
        row = t[high - 1, : high - 1]
        if np.abs(row).sum() <= np.finfo(float).eps * size or tries > 300:
            row[:] = 0
            high, tries = high - 1, 0
            continue
        (p, b), (c, d) = t[high - 2 : high, high - 2 : high]
        root = np.sqrt((p - d) ** 2 / 4 + b * c)
        near = [(p + d) / 2 + root, (p + d) / 2 - root]
        shift = min(near, key=lambda value: abs(value - d))
        tries += 1
        if tries % 10 == 0:  # out of a cycle
            shift = d + np.abs(row).sum()
        one = shift * np.eye(high)
        turn, rest = np.linalg.qr(t[:high, :high] - one)
        t[:high, :high] = rest @ turn + one
        t[:high, high:] = np.conj(turn.T) @ t[:high, high:]
        q[:, :high] = q[:, :high] @ turn
    return np.triu(t), q


def _triangular_root(t: Array) -> Array:
    """The principal square root of an upper triangular matrix (Björck and Hammarling, 1983)."""
    n = t.shape[0]
    r = np.zeros_like(t)
    for j in range(n):
        r[j, j] = np.sqrt(t[j, j])
        for i in range(j - 1, -1, -1):
            rest = t[i, j] - r[i, i + 1 : j] @ r[i + 1 : j, j]
            r[i, j] = rest / (r[i, i] + r[j, j]) if rest != 0 else 0
    return r


def _triangular_log(t: Array) -> Array:
    """Inverse scaling and squaring (Higham, "Functions of Matrices", algorithm 11.9)."""
    n = t.shape[0]
    one = np.eye(n)
    if not np.isfinite(t).all() or (np.diag(t) == 0).any():
        return np.full_like(t, np.nan * (1 + 1j))
    root, halvings = t, 0
    while np.abs(root - one).sum(0).max() > 0.264 and halvings < 100:
        root = _triangular_root(root)
        halvings += 1
    x = root - one
    # The Padé approximant of degree 7 of log(1 + x), as Gauss's quadrature of its integral.
    nodes, weights = np.polynomial.legendre.leggauss(7)
    y = sum(
        weight / 2 * np.linalg.solve(one + (node + 1) / 2 * x, x)
        for node, weight in zip(nodes, weights, strict=True)
    )
    y = np.triu(y) * 2.0**halvings
    np.fill_diagonal(y, np.log(np.diag(t)))
    return y


def _function(of_triangular: Callable[[Array], Array], a: Array) -> Array:
    batch, n = a.shape[:-2], a.shape[-1]
    out = np.empty((int(np.prod(batch)), n, n), np.complex128)
    for i, one in enumerate(a.reshape(-1, n, n) if a.size else ()):
        if not np.isfinite(one).all():
            out[i] = np.nan
            continue
        t, q = schur(one)
        out[i] = q @ of_triangular(t) @ np.conj(q.T)
    return out.reshape(a.shape)


def logarithm(a: Array) -> Array:
    return _function(_triangular_log, a)


def square_root(a: Array) -> Array:
    """The principal square root; of real matrices that have no real one, NaN."""
    y = _function(_triangular_root, a)
    if a.dtype.kind == "c":
        return y
    size = np.abs(y).max((-1, -2), keepdims=True, initial=0)
    real = (np.abs(y.imag) <= 1e-7 * size).all((-1, -2), keepdims=True)
    return np.where(real, y.real, np.nan)


def sylvester(s: Array, c: Array) -> Array:
    """x with s @ x + x @ s = c, column by column in the basis of the Schur form."""
    n = s.shape[-1]
    batch = c.shape[:-2]
    out = np.empty((int(np.prod(batch)), n, n), np.complex128)
    pairs = zip(s.reshape(-1, n, n), c.reshape(-1, n, n), strict=True) if c.size else ()
    for i, (a, right) in enumerate(pairs):
        if not (np.isfinite(a).all() and np.isfinite(right).all()):
            out[i] = np.nan
            continue
        t, q = schur(a)
        right = np.conj(q.T) @ right @ q
        y = np.zeros((n, n), np.complex128)
        try:
            for k in range(n):
                known = right[:, k] - y[:, :k] @ t[:k, k]
                y[:, k] = np.linalg.solve(t + t[k, k] * np.eye(n), known)
        except np.linalg.LinAlgError:
            y[:] = np.nan
        out[i] = q @ y @ np.conj(q.T)
    return out.reshape(c.shape)
