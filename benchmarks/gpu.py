"""python -m benchmarks.gpu: pyten beside PyTorch and CuPy on one GPU.

    python -m benchmarks.gpu --json today.json
    python -m benchmarks.gpu --quick                  small arrays, short rounds: whether it all runs
    python -m benchmarks.gpu --only matmul --peers torch

Each result is compared with NumPy's in float64, or, for a training step, with pyten's on the CPU,
before it is timed, at a smaller size. Every round then times each variant once, in rotating order; a
ratio is the median over rounds of pyten's time divided by the other's in the same round. Works on
large arrays are also given as a share of the device's own copy, measured by itself.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import timing
from benchmarks.gpu_peers import LEARNING_RATE, LIBRARIES

RESULTS = Path(__file__).with_name("results")
Make = Callable[[int], list[np.ndarray]]


class Bar(NamedTuple):
    """What pyten's `subject` is to reach: at most `ratio` of `of`'s time, or of the device's copy."""

    of: str
    ratio: float
    subject: str = "eager"


class Case(NamedTuple):
    name: str
    work: str
    make: Make  # arrays from a size
    size: int
    small: int  # at which results are compared
    bars: tuple[Bar, ...] = ()
    passes: float = 0.0  # over the first array, of reads and writes: what the copy's bytes are to
    flops: Callable[[int], float] | None = None
    dtype: str | None = None  # what the arrays are converted to
    tolerance: float = 1e-5


def _uniform(*shapes: Callable[[int], tuple[int, ...]]) -> Make:
    def make(n: int) -> list[np.ndarray]:
        rng = np.random.default_rng(0)
        return [rng.random(shape(n), np.float32) - np.float32(0.5) for shape in shapes]

    return make


def _rows(n: int) -> tuple[int, int]:
    return n, 1024


def _square(n: int) -> tuple[int, int]:
    return n, n


def _mlp(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    draw = lambda *shape: (rng.standard_normal(shape) / np.sqrt(shape[0])).astype("float32")
    x = rng.standard_normal((n, 784)).astype("float32")
    labels = rng.integers(0, 10, n)
    return [x, labels, draw(784, 512), np.zeros(512, "float32"), draw(512, 10), np.zeros(10, "f")]


def _article(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    targets = np.repeat(np.float32([[0], [1]]), n // 2, axis=0)
    x = rng.standard_normal((n, 2), np.float32) + np.where(targets == 0, [[0, 3]], [[3, 0]])
    return [x.astype("float32"), targets, rng.random((2, 1), np.float32)]


def cases(quick: bool) -> list[Case]:
    """All cases; with small arrays for a quick run."""
    whole = 1 << 12 if quick else 1 << 28
    flat = lambda n: (n,)
    stream = {"copy": (1, 2.0), "add": (2, 3.0), "exp": (1, 2.0), "relu": (1, 2.0), "sum": (1, 1.0)}
    found = [
        Case(f"stream/{op}", op, _uniform(*[flat] * inputs), whole, 1 << 12,
             (Bar("copy", 1 / 0.9),), passes)
        for op, (inputs, passes) in stream.items()
    ]  # fmt: skip
    rows = 64 if quick else 1 << 16
    row = lambda n: (1024,)
    found += [
        Case("rows/softmax", "softmax", _uniform(_rows), rows, 64, (), 2.0),
        Case("rows/layer_norm", "layer_norm", _uniform(_rows, row, row), rows, 64, (), 2.0),
        Case("transpose", "transpose", _uniform(_square), 64 if quick else 8192, 64, (), 2.0),
    ]
    to_torch = (Bar("torch", 1 / 0.95),)
    for n in (64,) if quick else (1024, 2048, 4096, 8192, 16384):
        for title, work, dtype, tolerance in (
            ("float32", "matmul", None, 1e-5),
            ("tf32", "matmul_tf32", None, 5e-3),
            ("bfloat16", "matmul", "bfloat16", 2e-2),
        ):
            found.append(
                Case(f"matmul/{title}/{n}", work, _uniform(_square, _square), n, 64, to_torch,
                     flops=lambda n: 2.0 * n**3, dtype=dtype, tolerance=tolerance)
            )  # fmt: skip
    found += [
        Case("overhead/add", "small_add", _uniform(_square, _square), 2, 2, (Bar("torch", 0.7),)),
        Case("step/mlp", "mlp", _mlp, 8 if quick else 128, 8,
             (Bar("torch:graph", 0.7, "eager"), Bar("torch:graph", 0.7, "graph")), tolerance=1e-3),
        Case("step/article", "article", _article, 100 if quick else 10**7, 100,
             (Bar("torch", 1.0),), tolerance=1e-3),
    ]  # fmt: skip
    return found


# -- Whether results are right ------------------------------------------------------------------------
def _reference(case: Case, arrays: list[np.ndarray]) -> np.ndarray:
    """The result in float64; of a step, the loss of the third one."""
    wide = [a.astype("float64") if a.dtype == np.float32 else a for a in arrays]
    x = wide[0]
    if case.work == "article":
        return np.asarray(_article_loss(*wide))
    if case.work == "mlp":
        return np.asarray(_mlp_loss(*wide))
    if case.work == "softmax":
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)
    if case.work == "layer_norm":
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * wide[1] + wide[2]
    one: dict[str, Callable[..., Any]] = {
        "copy": np.array,
        "add": np.add,
        "small_add": np.add,
        "exp": np.exp,
        "relu": lambda a: np.maximum(a, 0),
        "sum": np.sum,
        "transpose": lambda a: a.T.ravel(),
        "matmul": np.matmul,
        "matmul_tf32": np.matmul,
    }
    return np.asarray(one[case.work](*wide))


def _article_loss(x: np.ndarray, targets: np.ndarray, w: np.ndarray) -> float:
    b, loss = np.zeros(1), 0.0
    for _ in range(3):
        error = x @ w + b - targets
        loss = float((error**2).mean())
        w = w - LEARNING_RATE * 2 * x.T @ error / len(x)
        b = b - LEARNING_RATE * 2 * error.mean()
    return loss


def _mlp_loss(x: np.ndarray, labels: np.ndarray, *weights: np.ndarray) -> float:
    """By pyten in float64 on the CPU, whose own tests compare it with others."""
    import pyten as tf

    with tf.device("CPU:0"):
        variables = [tf.Variable(w) for w in weights]
        adam, loss = tf.optimizers.Adam(0.001), 0.0
        for _ in range(3):
            with tf.GradientTape() as tape:
                w1, b1, w2, b2 = variables
                logits = tf.matmul(tf.nn.relu(tf.matmul(tf.constant(x), w1) + b1), w2) + b2
                value = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
                )
            adam.apply_gradients(zip(tape.gradient(value, variables), variables))
            loss = float(value)
    return loss


def _error(library: Any, case: Case, variant: str) -> float:
    """The largest error of a variant's result at the small size, relative to the largest element."""
    arrays = case.make(case.small)
    f = library.variants(case.work, [library.array(*_as(case, a)) for a in arrays])[variant]
    is_step = case.name.startswith("step/")
    # A captured step of PyTorch has taken steps before it is there: how it falls is what is compared.
    if is_step and (library.name, variant) == ("torch", "graph"):
        losses = [float(library.numpy(f())) for _ in range(3)]
        return 0.0 if losses[2] < losses[1] < losses[0] else float("inf")
    result = [f() for _ in range(3)][-1] if is_step else f()
    want = _reference(case, arrays)
    got = np.asarray(library.numpy(result), np.float64)
    return float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-30))


def _as(case: Case, a: np.ndarray) -> tuple[np.ndarray, str | None]:
    return a, case.dtype if a.dtype == np.float32 else None


# -- Timing -------------------------------------------------------------------------------------------
def measure(case: Case, libraries: list[Any], rounds: int, seconds: float) -> dict[str, Any]:
    """Times of each variant, and what is wrong with those that have none."""
    ready: dict[str, tuple[Callable[[], Any], Callable[[Any], None], int]] = {}
    failed: dict[str, str] = {}
    for library in libraries:
        try:
            arrays = [library.array(*_as(case, a)) for a in case.make(case.size)]
            for variant, f in library.variants(case.work, arrays).items():
                name = f"{library.name}:{variant}"
                try:
                    if not (error := _error(library, case, variant)) <= case.tolerance:
                        failed[name] = f"wrong by {error:.1e}"
                        continue
                    wait = lambda _, library=library: library.wait()
                    timing.timed(f, 2, wait)
                    ready[name] = f, wait, timing.calls_for(f, seconds, wait)
                except Exception as e:
                    failed[name] = _brief(e)
        except Exception as e:
            failed[library.name] = _brief(e)
    times: dict[str, list[float]] = {name: [] for name in ready}
    names = list(ready)
    for r in range(rounds):
        for i in range(len(names)):
            name = names[(i + r) % len(names)]
            f, wait, calls = ready[name]
            times[name].append(timing.timed(f, calls, wait))
    ready.clear()
    for library in libraries:
        library.release()
    return {"times": times, "failed": failed}


def _brief(e: Exception) -> str:
    return f"{type(e).__name__}: {(str(e).splitlines() or [''])[0][:200]}"


def row_of(case: Case, found: dict[str, Any], copied: float) -> dict[str, Any]:
    """A row of the table: medians, ratios, shares of the limit, and whether the bars are met."""
    times = found["times"]
    median = {name: statistics.median(t) for name, t in times.items()}
    ratio = {
        f"{own}/{other}": statistics.median(a / b for a, b in zip(times[own], times[other]))
        for own in times
        if own.startswith("pyten:")
        for other in times
        if not other.startswith("pyten:")
    }
    least_bytes = 0.0
    if case.passes:
        least_bytes = case.passes * case.make(case.size)[0].nbytes
    bars = []
    for bar in case.bars:
        own = f"pyten:{bar.subject}"
        if bar.of == "copy":
            got = median[own] * copied / least_bytes if own in median and copied else None
        else:
            got = ratio.get(f"{own}/{bar.of if ':' in bar.of else bar.of + ':eager'}")
        met = None if got is None else got <= bar.ratio
        bars.append(
            {"of": bar.of, "subject": bar.subject, "at_most": bar.ratio, "got": got, "met": met}
        )
    row = {"name": case.name, "median": median, "ratio": ratio, "bars": bars, "rounds": times}
    if least_bytes and copied:
        row["share_of_copy"] = {n: least_bytes / t / copied for n, t in median.items()}
    if case.flops:
        row["tflops"] = {n: case.flops(case.size) / t / 1e12 for n, t in median.items()}
    return {**row, "failed": found["failed"]}


def _text(row: dict[str, Any]) -> str:
    cells = []
    for name, seconds in row["median"].items():
        share = row.get("share_of_copy", {}).get(name)
        speed = row.get("tflops", {}).get(name)
        more = f" {share:.2f} of copy" if share else f" {speed:.1f} TFLOP/s" if speed else ""
        cells.append(f"{name} {seconds * 1e6:.4g} µs{more}")
    lines = [f"{row['name']:<24} " + " · ".join(cells)]
    for bar in row["bars"]:
        verdict = {True: "met", False: "missed", None: "not measured"}[bar["met"]]
        got = "" if bar["got"] is None else f" {bar['got']:.3f}"
        lines.append(f"    {bar['subject']} ≤ {bar['at_most']:.2f} × {bar['of']}:{got} {verdict}")
    lines += [f"    {name}: {why}" for name, why in row["failed"].items()]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN")
    parser.add_argument("--peers", default="torch,cupy", metavar="NAMES")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--json", metavar="FILE", help=f"a bare name goes to {RESULTS.name}/")
    options = parser.parse_args(arguments)
    wanted = ["pyten", *options.peers.split(",")]
    libraries, missing = [], {}
    for kind in LIBRARIES:
        if kind.name not in wanted:
            continue
        try:
            libraries.append(kind())
        except Exception as e:
            missing[kind.name] = _brief(e)
    for name, why in missing.items():
        print(f"without {name}: {why}", file=sys.stderr)
    if "pyten" in missing:
        return 1
    pyten = libraries[0]
    nbytes = 1 << 14 if options.quick else 1 << 30
    # Bytes a second, of those read and those written together.
    copied = 2 * nbytes / min(pyten.copy_seconds(nbytes) for _ in range(5))
    print(f"{pyten.device}; its own copy moves {copied / 1e9:.0f} GB/s")
    rows = []
    for case in cases(options.quick):
        if options.only and not any(re.search(p, case.name) for p in options.only):
            continue
        rounds = options.rounds or (2 if options.quick else 15)
        found = measure(case, libraries, rounds, 0.002 if options.quick else 0.1)
        rows.append(row_of(case, found, copied))
        print(_text(rows[-1]), flush=True)
    if options.json:
        path = Path(options.json)
        path = path if path.parent != Path(".") else RESULTS / path
        about = {
            "gpu": pyten.device,
            "versions": {library.name: library.version for library in libraries},
            "missing": missing,
            "python": platform.python_version(),
            "copy_bytes_per_second": copied,
            "quick": options.quick,
        }
        path.write_text(json.dumps({"schema": 1, **about, "rows": rows}, indent=1) + "\n")
    broken = [r["name"] for r in rows if any(n.startswith("pyten") for n in r["failed"])]
    if broken:
        print(f"pyten failed in: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
