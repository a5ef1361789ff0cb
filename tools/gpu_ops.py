"""Every function of the op table on a GPU against its result on the CPU in float64.

    python tools/gpu_ops.py                    forward and gradients, every dtype
    python tools/gpu_ops.py --forward --only reduce --json found.json

Needs pyten and NumPy alone, so that it also runs where there is no pytest, and under compute-sanitizer.
Results must agree with the CPU's to the dtype's tolerance, be on the GPU, and have the same bits when
they are computed again. A function without a kernel for a dtype is listed; it is no failure, since the
CPU stands in for it. The exit status is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
import types
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import pyten as tf
from pyten import _core

TESTS = Path(__file__).resolve().parent.parent / "tests" / "python"
TAKES_LIST = {"add_n", "concat", "stack"}
WIDE = {"complex64": "complex128", "complex128": "complex128"}


def op_table() -> tuple[dict[str, Any], dict[str, tuple[float, float]]]:
    """The rows and tolerances of tests/python/op_table."""
    sys.path.insert(0, str(TESTS))
    try:
        importlib.import_module("scipy.special")
    except ImportError:  # only the rows' references need it, which are not asked here
        special = types.ModuleType("scipy.special")
        special.__getattr__ = lambda name: lambda *a: None  # type: ignore[method-assign]
        package = types.ModuleType("scipy")
        package.special = special  # type: ignore[attr-defined]
        sys.modules |= {"scipy": package, "scipy.special": special}
    module = importlib.import_module("op_table")
    return module.TABLE, module.TOLERANCE


def as_dtype(a: Any, dtype: str) -> Any:
    """A sample in a dtype, as NumPy has it, or as a float32 array that bfloat16 rounds."""
    a = np.asarray(a)
    if dtype == "bool":
        return a > np.median(a)
    if dtype.startswith("uint"):
        return np.abs(np.round(a.real)).astype(dtype)
    if dtype.startswith("int"):
        return np.round(a.real).astype(dtype)
    if dtype.startswith("complex"):
        return (a + 0.25j).astype(dtype)
    return a.astype("float32" if dtype == "bfloat16" else dtype)


def tensors(row: Any, arrays: Any, dtype: str) -> list[Any]:
    """The sample's tensors, on the device of the scope."""
    out = []
    for i, a in enumerate(arrays):
        fixed = i in row.fixed
        t = tf.constant(np.asarray(a) if fixed else as_dtype(a, dtype))
        out.append(t if fixed or dtype != "bfloat16" else tf.cast(t, tf.bfloat16))
    return out


def call(name: str, args: list[Any], options: dict[str, Any]) -> list[Any]:
    f = getattr(_core, name)
    result = f(list(args), **options) if name in TAKES_LIST else f(*args, **options)
    return list(result) if isinstance(result, (list, tuple)) else [result]


def wide(row: Any, args: list[Any]) -> list[Any]:
    """The same values in float64 or complex128; integers and bools as they are."""
    out = []
    for i, t in enumerate(args):
        name = t.dtype.name
        is_float = name in ("bfloat16", "float16", "float32", "float64")
        to = "float64" if is_float else WIDE.get(name)
        out.append(t if i in row.fixed or to is None else tf.cast(t, to))
    return out


def values(t: Any) -> np.ndarray:
    return tf.cast(t, "float32").numpy() if t.dtype == "bfloat16" else np.asarray(t.numpy())


def difference(got: Any, want: Any, tolerance: tuple[float, float]) -> str:
    """What is wrong with a result, or nothing."""
    a, b = values(got), values(want)
    if a.shape != b.shape:
        return f"shape {a.shape} instead of {b.shape}"
    if got.dtype.name in ("float16", "bfloat16", "float32", "float64", "complex64", "complex128"):
        with np.errstate(all="ignore"):
            limit = float(np.finfo(a.dtype if got.dtype != "bfloat16" else np.float32).max)
            far = np.abs(b) > limit  # beyond what the dtype holds
            close = np.isclose(a, b, *tolerance, equal_nan=True) | (far & ~np.isfinite(a))
        if not close.all():
            return f"off by {float(np.nanmax(np.abs(a - b))):.2e}"
        return ""
    return "" if np.array_equal(a, b.astype(a.dtype)) else "other values"


def forward(name: str, row: Any, dtype: str, tolerance: tuple[float, float]) -> Iterator[str]:
    for arrays, options in row.samples:
        with tf.device("CPU:0"):
            args = tensors(row, arrays, dtype)
            want = call(name, wide(row, args), options)
        with tf.device("GPU:0"):
            there = [tf.identity(t) for t in args]
            got = call(name, there, options)
            again = call(name, there, options)
        for g, a, w in zip(got, again, want, strict=True):
            if "GPU:0" not in g.device:
                yield f"the result is on {g.device}"
            if values(g).tobytes() != values(a).tobytes():
                yield "other bits the second time"
            if wrong := difference(g, w, tolerance):
                yield wrong


def gradients(name: str, row: Any) -> Iterator[str]:
    """Derivatives in float64 on both devices, to the order that the row names."""
    for arrays, options in row.samples:
        for order in range(row.order):
            on_cpu, on_gpu = (
                derivatives(device, name, row, arrays, options, order)
                for device in ("CPU:0", "GPU:0")
            )
            for want, got in zip(on_cpu, on_gpu, strict=True):
                if "GPU:0" not in got.device:
                    yield f"the derivative of order {order + 1} is on {got.device}"
                if wrong := difference(got, want, (1e-8, 1e-9)):
                    yield f"the derivative of order {order + 1} is {wrong}"


def derivatives(
    device: str, name: str, row: Any, arrays: Any, options: dict[str, Any], order: int
) -> list[Any]:
    derivative = importlib.import_module("gradient_check").derivative
    free = [i for i in range(len(arrays)) if i not in row.constant]
    with tf.device(device):
        full = tensors(row, arrays, "float64")
        xs = [full[i] for i in free]

        def f(*given: Any) -> Any:
            at = dict(zip(free, given, strict=True))
            return call(name, [at.get(i, t) for i, t in enumerate(full)], options)

        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = derivative(f, order, xs)
        return tape.gradient(y, xs, unconnected_gradients="zero")


def check(options: argparse.Namespace) -> list[dict[str, str]]:
    table, tolerances = op_table()
    found = []

    def note(name: str, dtype: str, what: str, problems: Any) -> None:
        tf.config.set_soft_device_placement(False)
        try:
            try:
                wrong = next(iter(problems), "")
                status = "wrong" if wrong else "ok"
            except tf.errors.UnimplementedError as e:
                wrong, status = str(e), "no kernel"
            except Exception as e:
                wrong, status = f"{type(e).__name__}: {e}"[:300], "wrong"
        finally:
            tf.config.set_soft_device_placement(True)
        found.append({"op": name, "dtype": dtype, "what": what, "status": status, "why": wrong})
        if status == "wrong":
            print(f"{name} {dtype} {what}: {wrong}", flush=True)

    for name, row in table.items():
        function = getattr(_core, name)
        if options.only and not re.search(options.only, name):
            continue
        for dtype in function.dtypes:
            if options.dtype and dtype not in options.dtype.split(","):
                continue
            if row.dtypes is not None and dtype not in row.dtypes:
                continue
            tolerance = row.loose.get(dtype, tolerances.get(dtype, (0.0, 0.0)))
            note(name, dtype, "forward", forward(name, row, dtype, tolerance))
        real = "float64" in function.dtypes and function.differentiable and name != "stop_gradient"
        if real and not options.forward and name != "sign" and row.samples:
            note(name, "float64", "gradients", gradients(name, row))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", metavar="PATTERN", help="functions whose name contains it")
    parser.add_argument("--dtype", metavar="NAMES", help="these dtypes alone")
    parser.add_argument("--forward", action="store_true", help="no gradients")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    if not tf.config.list_logical_devices("GPU"):
        print(f"gpu_ops: no GPU: {_core.accelerator_problem()}", file=sys.stderr)
        return 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check(options)
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1) + "\n")
    counts = Counter(f["status"] for f in found)
    lacking = sorted({f["op"] for f in found if f["status"] == "no kernel"})
    if lacking:
        print(f"without a kernel for some dtype, so that the CPU stands in: {', '.join(lacking)}")
    print(f"{counts['ok']} agree, {counts['wrong']} do not, {counts['no kernel']} have no kernel")
    return 1 if counts["wrong"] or not counts["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
