"""pyten.cuda.graph: a replayed function does what the function does, and says what it cannot hold.

Runs where there is a GPU, or the emulator of tests/cuda_host (PYTEN_GPU_LIBRARY names it).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import pyten as tf

pytestmark = pytest.mark.skipif(
    not tf.config.list_physical_devices("GPU"), reason="neither a GPU nor its emulator"
)


@pytest.fixture(autouse=True)
def on_the_gpu(nothing_falls_back: None) -> Iterator[None]:
    with tf.device("GPU:0"):
        yield


def used() -> int:
    return tf.config.experimental.get_memory_info("GPU:0")["current"]


# -- What replays do ----------------------------------------------------------------------------------


def test_it_runs_once_is_captured_once_and_then_replayed() -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    calls = []

    @tf.cuda.graph
    def step(x):
        calls.append(1)
        v.assign_add(x)
        return tf.reduce_sum(v), {"twice": x * 2.0, "n": 7}

    total = np.float32([1, 2, 3])
    for i in range(6):
        s, rest = step(tf.fill([3], float(i)))
        total += i
        assert s.numpy() == total.sum()
        np.testing.assert_array_equal(rest["twice"], [2.0 * i] * 3)
        assert rest["n"] == 7
        np.testing.assert_array_equal(v, total)
        assert len(calls) == min(i + 1, 2)


OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: tf.optimizers.SGD(0.1),
    "adam": lambda: tf.optimizers.Adam(0.1),
    "nadam": lambda: tf.optimizers.Nadam(0.1),
    "amsgrad": lambda: tf.optimizers.Adam(0.1, amsgrad=True),
    "clipped": lambda: tf.optimizers.AdamW(0.1, global_clipnorm=0.5),
    "schedule": lambda: tf.optimizers.SGD(
        tf.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5), momentum=0.9
    ),
    "scaled": lambda: tf.optimizers.SGD(0.1, loss_scale_factor=2.0),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_steps_are_the_same_bit_for_bit(name: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    xs, ys = rng.standard_normal((6, 8, 4)).astype(dtype), rng.standard_normal((6, 8, 3))
    ends = []
    for graphed in (False, True):
        w, b = tf.Variable(tf.ones((4, 3), dtype) / 3), tf.Variable(tf.zeros(3, dtype))
        optimizer = OPTIMIZERS[name]()

        def step(x, y, w=w, b=b, optimizer=optimizer):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((tf.nn.tanh(x @ w + b) - y) ** 2)
            optimizer.apply_gradients(zip(tape.gradient(loss, [w, b]), [w, b], strict=True))
            return loss

        run = tf.cuda.graph(step) if graphed else step
        losses = [
            run(tf.constant(x), tf.constant(y.astype(dtype))).numpy()
            for x, y in zip(xs, ys, strict=True)
        ]
        assert int(optimizer.iterations) == 6
        ends.append((np.stack(losses), w.numpy(), b.numpy()))
    for eager, replayed in zip(*ends, strict=True):
        np.testing.assert_array_equal(replayed, eager)


def test_the_learning_rate_may_change_between_replays() -> None:
    v = tf.Variable([0.0])
    optimizer = tf.optimizers.SGD(1.0)
    step = tf.cuda.graph(lambda: optimizer.apply([tf.ones(1)], [v]))
    for rate in (1.0, 1.0, 1.0, 0.5, 0.25):
        optimizer.learning_rate = rate
        step()
    assert v.numpy() == [-3.75]


def test_shapes_dtypes_and_other_arguments_have_captures_of_their_own() -> None:
    seen = []

    @tf.cuda.graph
    def f(x, times, *, extra=None):
        seen.append((tuple(x.shape), x.dtype.name, times))
        y = x * tf.cast(times, x.dtype)
        return y if extra is None else y + extra["a"][0]

    for _ in range(3):
        np.testing.assert_array_equal(f(np.float32([1, 2]), 3), [3, 6])
        np.testing.assert_array_equal(f(np.float32([[1, 2]]), 3), [[3, 6]])
        np.testing.assert_array_equal(f(np.float64([1, 2]), 4), [4, 8])
        np.testing.assert_array_equal(f(np.int32([1, 2]), 5, extra={"a": [np.int32(1)]}), [6, 11])
    assert len(seen) == 8


def test_results_and_arguments_belong_to_the_caller() -> None:
    double = tf.cuda.graph(lambda x: x + x)
    x = tf.constant([1.0, 2.0])
    results = [double(x * float(i)) for i in range(5)]
    for i, y in enumerate(results):
        np.testing.assert_array_equal(y, [2.0 * i, 4.0 * i])
    np.testing.assert_array_equal(x, [1, 2])


def test_arguments_on_the_cpu_are_copied_in() -> None:
    total = tf.cuda.graph(lambda x: tf.reduce_sum(x))
    for i in range(4):
        with tf.device("CPU:0"):
            x = tf.fill([1000], float(i))
        y = total(x)
        assert "GPU:0" in y.device
        assert y.numpy() == 1000 * i


def test_constants_of_any_size_are_kept() -> None:
    small, large = np.float32([1, 2, 3]), np.arange(5000, dtype="float32")
    f = tf.cuda.graph(lambda x: (x + small, x[0] * large))
    for i in range(4):
        a, b = f(tf.fill([3], float(i)))
        np.testing.assert_array_equal(a, i + small)
        np.testing.assert_array_equal(b, i * large)


@pytest.mark.parametrize(
    "change",
    [
        lambda v, x: v.assign(v * 2.0 + x),
        lambda v, x: v.assign_sub(x),
        lambda v, x: v[1:].assign(x[1:]),
        lambda v, x: v.scatter_nd_add([[1]], x[:1]),
        lambda v, x: (v.assign(x), v.assign_add(v)),
    ],
)
def test_ways_to_change_a_variable(change: Callable[..., Any]) -> None:
    ends = []
    for graphed in (False, True):
        v = tf.Variable([1.0, 2.0, 3.0])

        def f(x, v=v):
            change(v, x)
            return v.read_value()

        run = tf.cuda.graph(f) if graphed else f
        ends.append([(run(tf.fill([3], float(i))).numpy(), v.numpy()) for i in range(5)])
    np.testing.assert_array_equal(ends[1], ends[0])


# -- Variables and memory between replays -------------------------------------------------------------


def test_assigning_elsewhere_captures_anew() -> None:
    v = tf.Variable([1.0, 2.0])
    calls = []

    @tf.cuda.graph
    def f(x):
        calls.append(1)
        return v + x

    for i in range(6):
        if i == 4:
            v.assign([10.0, 20.0])
        np.testing.assert_array_equal(f(tf.ones(2)), v.numpy() + 1)
    assert len(calls) == 3


def test_values_that_were_read_stay_what_they_were() -> None:
    v = tf.Variable([1.0, 2.0])

    @tf.cuda.graph
    def step():
        v.assign_add([1.0, 1.0])

    read = []
    for _ in range(5):
        read.append((v.read_value(), v[0]))
        step()
    for i, (value, first) in enumerate(read):
        np.testing.assert_array_equal(value, [1 + i, 2 + i])
        assert first.numpy() == 1 + i
    np.testing.assert_array_equal(v, [6, 7])


def test_memory_that_the_graph_reads_is_not_given_to_others() -> None:
    held = {"c": tf.fill([1000], 3.0)}
    f = tf.cuda.graph(lambda x: x + held["c"])
    x = tf.ones(1000)
    for _ in range(2):
        f(x)
    del held["c"]
    others = [tf.fill([1000], float(i)) for i in range(20)]
    np.testing.assert_array_equal(f(x), np.full(1000, 4.0))
    np.testing.assert_array_equal(others[7], np.full(1000, 7.0))


def test_memory_comes_back_with_the_graph() -> None:
    x = tf.ones(100_000)
    before = used()
    f = tf.cuda.graph(lambda t: tf.reduce_sum(tf.exp(t) * tf.sin(t)))
    kept = [f(x) for _ in range(3)]
    assert used() > before + 400_000
    f.reset()
    del kept
    assert used() <= before + 2048
    assert np.isfinite(f(x).numpy())


def test_a_result_outlives_its_graph() -> None:
    f = tf.cuda.graph(lambda t: t * 3.0)
    results = [f(tf.ones(1000)) for _ in range(3)]
    del f
    others = [tf.zeros(1000) for _ in range(20)]
    np.testing.assert_array_equal(results[-1], np.full(1000, 3.0))
    assert len(others) == 20


def test_other_threads_go_on() -> None:
    seen = []

    def elsewhere() -> None:
        with tf.device("GPU:0"):
            seen.append((tf.ones(3) * 2.0).numpy())

    @tf.cuda.graph
    def f(x):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return x + 1.0

    for i in range(3):
        np.testing.assert_array_equal(f(tf.fill([2], float(i))), [i + 1, i + 1])
    np.testing.assert_array_equal(seen, np.full((2, 3), 2.0))


# -- What a graph cannot hold -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda x: x.numpy(), "a value was asked for"),
        (lambda x: float(x[0]), "a value was asked for"),
        (lambda x: x if x[0] > 0 else -x, "a value was asked for"),
        (lambda x: tf.boolean_mask(x, x > 0), "a value was asked for"),
        (lambda x: x + tf.random.normal([2]), "random numbers are drawn"),
        (lambda x: tf.Variable(x), "a variable was made"),
    ],
    ids=["numpy", "float", "if", "mask", "random", "variable"],
)
def test_what_raises(body: Callable[..., Any], message: str) -> None:
    f = tf.cuda.graph(body)
    x = tf.constant([1.0, 2.0])
    f(x)
    for _ in range(2):
        with pytest.raises(RuntimeError, match=f"pyten.cuda.graph: {message}"):
            f(x)
    np.testing.assert_array_equal(x + 1.0, [2, 3])  # the GPU goes on


def test_variables_on_the_cpu_raise() -> None:
    with tf.device("CPU:0"):
        v = tf.Variable(2.0)
    f = tf.cuda.graph(lambda x: x * v)
    f(tf.ones(2))
    with pytest.raises(RuntimeError, match="variable Variable:0 is on the CPU"):
        f(tf.ones(2))


def test_nothing_has_happened_when_a_capture_fails() -> None:
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([3.0])
    fail = [False]

    @tf.cuda.graph
    def f(x):
        v.assign(v * x)
        w.assign_add([1.0])
        if fail[0]:
            raise KeyError("mine")
        return v + 0.0

    f(tf.constant(2.0))
    fail[0] = True
    with pytest.raises(KeyError, match="mine"):
        f(tf.constant(2.0))
    np.testing.assert_array_equal(v, [2, 4])
    np.testing.assert_array_equal(w, [4])
    fail[0] = False
    for i in range(3):
        np.testing.assert_array_equal(f(tf.constant(2.0)), [4.0 * 2**i, 8.0 * 2**i])
    np.testing.assert_array_equal(w, [7])


def test_a_value_that_is_kept_beyond_the_function_raises() -> None:
    v = tf.Variable([1.0])
    kept = []

    @tf.cuda.graph
    def f():
        kept.append(v.read_value())
        v.assign(v * 2.0)

    f()
    with pytest.raises(RuntimeError, match=r"from variable Variable:0 is kept beyond its end"):
        f()


def test_a_tape_outside_raises() -> None:
    f = tf.cuda.graph(lambda x: x * x)
    x = tf.ones(2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(RuntimeError, match="put the GradientTape inside"):
            f(x)


def test_graphs_do_not_nest() -> None:
    inner = tf.cuda.graph(lambda x: x + 1.0)
    outer = tf.cuda.graph(lambda x: inner(x) * 2.0)
    x = tf.ones(2)
    outer(x)
    with pytest.raises(RuntimeError, match="graphs do not nest"):
        outer(x)


def test_mistakes_in_calls() -> None:
    with pytest.raises(TypeError, match="is not a callable object"):
        tf.cuda.graph(3)
    with pytest.raises(ValueError, match="warmup must be an int >= 1, got 0"):
        tf.cuda.graph(lambda: None, warmup=0)
    with pytest.raises(TypeError, match="values that can be hashed"):
        tf.cuda.graph(lambda x, s: x)(tf.ones(2), {1, 2})
    with (
        tf.device("CPU:0"),
        pytest.raises(RuntimeError, match=r"there is no GPU in this call.*tf.device\('GPU:0'\)"),
    ):
        tf.cuda.graph(lambda x: x)(tf.ones(2))


def test_all_of_this_with_cublas() -> None:
    """The emulator stands in for cuBLAS where PYTEN_CUBLAS names it."""
    library = os.environ.get("PYTEN_GPU_LIBRARY", "")
    if not os.path.exists(library) or os.environ.get("PYTEN_CUBLAS") == library:
        pytest.skip("no emulator, or in its test")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", __file__],
        env={**os.environ, "PYTEN_CUBLAS": library},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
