"""Cases: a name, a Python source and the result that TensorFlow 2.21 gave for its last expression.

The source sees `tf`, `np` and `grads`. Results are JSON values: t tensor or variable, n ndarray, p plain
Python, d dtype, s shape, l list, u tuple, m mapping, x exception.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import math
import pathlib
import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

import pyten as tf

FOLDER = pathlib.Path(__file__).parent

# (rtol, atol) by the dtype that is wanted; everything else must be equal.
TOLERANCE = {
    "float64": (1e-9, 1e-10),
    "float32": (2e-5, 2e-6),
    "float16": (4e-3, 4e-3),
    "bfloat16": (3e-2, 3e-2),
    "complex64": (2e-5, 2e-6),
    "complex128": (1e-9, 1e-10),
}


@dataclass
class Case:
    name: str
    src: str
    want: dict[str, Any]
    tier: int = 1
    tol: tuple[float, float] | None = None  # in place of TOLERANCE
    match: str | None = None  # regular expression that an exception's message must hold
    alt: tuple[str, ...] = ()  # exception types as good as TensorFlow's
    dev: str | None = None  # pyten differs on purpose
    tags: tuple[str, ...] = ()


def load(file: str) -> list[Case]:
    with open(FOLDER / file) as f:
        return [Case(**record) for record in json.load(f)["cases"]]


# -- What cases call --------------------------------------------------------------------------------
def weighted_sum(y: Any) -> Any:
    """A sum with weights, so that no gradient cancels by symmetry."""
    if isinstance(y, (list, tuple)):
        return sum(weighted_sum(v) for v in y)
    shape = tuple(y.shape)
    w = (0.5 + (np.arange(int(np.prod(shape))) * 7 % 11) / 8.0).reshape(shape)
    return tf.reduce_sum(y * tf.constant(w, dtype=y.dtype))


def grads(f: Any, *xs: Any, order: int = 2, dtype: str = "float64") -> dict[str, Any]:
    """f at xs, the gradient g of its weighted sum, and the gradient h of g's."""
    sources = [tf.constant(x, dtype=dtype) for x in xs]
    with tf.GradientTape() as outer:
        outer.watch(sources)
        with tf.GradientTape() as inner:
            inner.watch(sources)
            y = f(*sources)
            total = weighted_sum(y)
        g = inner.gradient(total, sources)
        live = [v for v in g if v is not None]
        second = weighted_sum(live) if live and order == 2 else None
    out = {"y": y, "g": g}
    if second is not None:
        out["h"] = outer.gradient(second, sources)
    return out


def run(case: Case) -> dict[str, Any]:
    names = {"tf": tf, "np": np, "grads": grads}
    tree = ast.parse(case.src, case.name)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else ast.Expr(ast.Constant(None))
    expression = ast.fix_missing_locations(ast.Expression(last.value))
    quiet = contextlib.redirect_stdout(io.StringIO())
    with warnings.catch_warnings(), np.errstate(all="ignore"), quiet:
        warnings.simplefilter("ignore")
        try:
            exec(compile(tree, case.name, "exec"), names)
            value = eval(compile(expression, case.name, "eval"), names)
        except Exception as e:
            kinds = [c.__name__ for c in type(e).__mro__]
            return {"k": "x", "type": kinds[0], "mro": kinds, "msg": str(e)}
    return encode(value)


# -- Results as JSON ----------------------------------------------------------------------------------
def encode(v: Any) -> dict[str, Any]:
    if v is None or isinstance(v, (bool, str, int, float)):
        return {"k": "p", "v": v}
    if isinstance(v, complex):
        return {"k": "p", "v": [v.real, v.imag]}
    if isinstance(v, tf.TensorShape):
        return {"k": "s", "v": v.as_list()}
    if isinstance(v, dict):
        return {"k": "m", "v": {str(key): encode(item) for key, item in v.items()}}
    if isinstance(v, (tuple, list)):
        return {"k": "u" if isinstance(v, tuple) else "l", "v": [encode(item) for item in v]}
    if isinstance(v, (np.ndarray, np.generic)):
        return {"k": "n", "d": v.dtype.name, "s": list(v.shape), "v": numbers(v)}
    if isinstance(v, tf.DType):
        return {"k": "d", "v": v.name}
    if tf.is_tensor(v):
        array = v.numpy()
        return {"k": "t", "d": v.dtype.name, "s": list(array.shape), "v": numbers(array)}
    raise TypeError(f"a case returned a {type(v)}")


def numbers(a: Any) -> list[Any]:
    flat = np.asarray(a).reshape(-1)
    name = flat.dtype.name
    if name.startswith("complex"):
        half = np.float32 if name == "complex64" else np.float64
        return numbers(np.stack([flat.real, flat.imag], -1).astype(half))
    if name == "float32":  # the shortest decimals that give the same number back
        return [
            float(np.format_float_scientific(x)) if math.isfinite(x) else float(x) for x in flat
        ]
    if name.startswith(("float", "bfloat")):
        return [float(x) for x in flat]
    return [int(x) for x in flat]


# -- Comparison -----------------------------------------------------------------------------------------
def difference(want: dict[str, Any], got: dict[str, Any], case: Case, at: str = "result") -> str:
    """Where `got` is not as wanted, in a line; empty when it is."""
    kind = want["k"]
    if kind != got["k"]:
        return f"{at}: want {brief(want)}, got {brief(got)}"
    if kind == "x":
        if not {want["type"], *case.alt} & set(got["mro"]):
            return f"{at}: want {want['type']}, got {got['type']}: {got['msg'][:160]}"
        if case.match and not re.search(case.match, got["msg"]):
            return f"{at}: the message lacks /{case.match}/: {got['msg'][:160]}"
        return ""
    if kind in ("l", "u"):
        if len(want["v"]) != len(got["v"]):
            return f"{at}: want {len(want['v'])} items, got {len(got['v'])}"
        pairs = list(zip(want["v"], got["v"], strict=True))
        found = (difference(a, b, case, f"{at}[{i}]") for i, (a, b) in enumerate(pairs))
        return next(filter(None, found), "")
    if kind == "m":
        if want["v"].keys() != got["v"].keys():
            return f"{at}: want keys {sorted(want['v'])}, got {sorted(got['v'])}"
        found = (
            difference(a, got["v"][key], case, f"{at}[{key!r}]") for key, a in want["v"].items()
        )
        return next(filter(None, found), "")
    if kind in ("t", "n"):
        for key in ("d", "s"):
            if want[key] != got[key]:
                return f"{at}: want {want[key]}, got {got[key]}"
        return values_differ(want["d"], want["v"], got["v"], case, at)
    if isinstance(want["v"], float) and isinstance(got["v"], float):
        return values_differ("float64", [want["v"]], [got["v"]], case, at)
    same = want["v"] == got["v"] and isinstance(want["v"], bool) == isinstance(got["v"], bool)
    return "" if same else f"{at}: want {want['v']!r}, got {got['v']!r}"


def values_differ(dtype: str, want: list[Any], got: list[Any], case: Case, at: str) -> str:
    if dtype not in TOLERANCE:
        return "" if want == got else f"{at}: want {want[:8]}, got {got[:8]}"
    rtol, atol = case.tol or TOLERANCE[dtype]
    a, b = np.array(want, float), np.array(got, float)
    with np.errstate(all="ignore"):
        near = np.isfinite(a) & np.isfinite(b) & (abs(a - b) <= atol + rtol * abs(a))
    ok = (a == b) | (np.isnan(a) & np.isnan(b)) | near
    if ok.all():
        return ""
    i = int(np.flatnonzero(~ok)[0])
    return f"{at}: element {i} of {a.size}: want {a[i]!r}, got {b[i]!r} (rtol {rtol}, atol {atol})"


def brief(v: dict[str, Any]) -> str:
    if v["k"] == "x":
        return f"{v['type']}: {v['msg'][:160]}"
    if v["k"] in ("t", "n"):
        return f"{'tensor' if v['k'] == 't' else 'ndarray'} {v['d']}{v['s']} {v['v'][:4]}"
    return str(v["v"])[:120]
