"""Tensors and what holds them, sent to worker processes and back; and used by threads at once."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pickle_workers as workers
import pytest

import pyten as tf

METHODS = [m for m in ("fork", "spawn") if m in multiprocessing.get_all_start_methods()]


@pytest.fixture(params=METHODS, scope="module")
def pool(request: pytest.FixtureRequest) -> Any:
    workers.large_product(300)  # the thread pool is up before the fork
    context = multiprocessing.get_context(request.param)
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        yield executor


def run(pool: Any, function: Any, argument: Any) -> Any:
    return pool.submit(function, argument).result(timeout=120)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "bool", "uint64", "complex64"])
def test_tensors(pool: Any, dtype: str) -> None:
    x = tf.cast([[1, 0, 3], [0, 5, 6]], dtype)
    y = run(pool, workers.echo, tf.transpose(x))
    assert y.dtype == dtype and bool(tf.reduce_all(y == tf.transpose(x)))


def test_structures(pool: Any) -> None:
    v = tf.Variable([1.0, 2.0], name="v", trainable=False)
    sent = {"v": v, "again": [v], "rows": tf.IndexedSlices([[1.0]], [0]), "shape": v.shape}
    got = run(pool, workers.echo, {**sent, "spec": tf.TensorSpec([None], tf.int8)})
    assert got["v"] is got["again"][0] and got["v"] is not v and not got["v"].trainable
    assert got["v"].name == "v:0" and got["shape"] == (2,)
    assert got["spec"] == tf.TensorSpec([None], tf.int8)
    got["v"].assign_add([1.0, 1.0])
    assert v.numpy().tolist() == [1.0, 2.0]


def test_work_on_variables(pool: Any) -> None:
    np.testing.assert_allclose(
        run(pool, workers.gradient, tf.Variable([1.0, 2.0])).numpy(), [3.0, 12.0]
    )


def test_functions(pool: Any) -> None:
    assert run(pool, tf.square, tf.constant(3.0)).numpy() == 9
    assert run(pool, tf.nn.relu, tf.constant(-3.0)).numpy() == 0
    assert run(pool, workers.doubled, tf.constant(3.0)).numpy() == 6
    for x, y in zip(tf.range(4.0), pool.map(workers.total, tf.range(4.0)), strict=True):
        assert y.numpy() == x.numpy() ** 2


def test_large_work(pool: Any) -> None:
    for n in (256, 300):
        assert run(pool, workers.large_product, n) == n**3
    assert workers.large_product(300) == 300**3  # and the parent's pool is as it was


def test_optimizers(pool: Any) -> None:
    here = tf.optimizers.Adam(0.1), tf.Variable([1.0, 2.0])
    there: Any = (tf.optimizers.Adam(0.1), tf.Variable([1.0, 2.0]))
    for _ in range(3):
        workers.step(here)
        there = run(pool, workers.step, there)
    assert there[1].numpy().tolist() == here[1].numpy().tolist()
    assert int(there[0].iterations) == 3


def test_random_streams(pool: Any) -> None:
    here = tf.random.Generator.from_seed(7)
    expected = [here.normal((3,)).numpy().tolist() for _ in range(2)]
    g: Any = tf.random.Generator.from_seed(7)
    for numbers in expected:
        drawn, g = run(pool, workers.draw, g)
        assert drawn.numpy().tolist() == numbers


def test_linear_classifier(pool: Any) -> None:
    x = np.random.default_rng(0).normal(size=(60, 2)) + np.repeat([[0.0, 4.0], [4.0, 0.0]], 30, 0)
    y = np.repeat(["a", "b"], 30)
    model = tf.LinearClassifier().fit(x, y)
    assert run(pool, workers.accuracy, (model, x, y)) == model.score(x, y) > 0.95


def test_errors_come_back(pool: Any) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"add: incompatible shapes: \[2,3\]"):
        run(pool, workers.refuse, 3)


def test_datasets_say_why_not(pool: Any) -> None:
    with pytest.raises(TypeError, match=r"send its elements, list\(dataset\)"):
        run(pool, workers.echo, tf.data.Dataset.range(3))
    got = run(pool, workers.echo, list(tf.data.Dataset.range(3)))
    assert [int(n) for n in got] == [0, 1, 2]


@pytest.mark.parametrize("method", METHODS)
def test_queues_and_pipes(method: str) -> None:
    context = multiprocessing.get_context(method)
    queue, answers = context.SimpleQueue(), context.SimpleQueue()
    process = context.Process(target=serve, args=(queue, answers))
    process.start()
    for n in (0, 3, 100_000):
        queue.put(tf.range(float(n)))
        np.testing.assert_array_equal(answers.get().numpy(), 2 * np.arange(n, dtype=np.float32))
    queue.put(None)
    process.join(60)
    assert process.exitcode == 0


def serve(queue: Any, answers: Any) -> None:
    while (x := queue.get()) is not None:
        answers.put(2 * x)


# -- Threads -------------------------------------------------------------------------------------------
def in_threads(count: int, function: Any) -> list[Any]:
    """What function(0), function(1), … give when all start at once."""
    barrier = threading.Barrier(count)

    def work(i: int) -> Any:
        barrier.wait(60)
        return function(i)

    with ThreadPoolExecutor(count) as executor:
        return list(executor.map(work, range(count)))


@pytest.mark.parametrize("n", [3, 40_000])  # below and above where ops let other threads run
def test_ops_and_tapes_of_many_threads(n: int) -> None:
    shared = tf.linspace(0.0, 1.0, n)

    def work(i: int) -> Any:
        v = tf.Variable(shared + float(i))
        for _ in range(20):
            with tf.GradientTape() as outer:
                with tf.GradientTape() as inner:
                    y = tf.reduce_sum(v**3 + shared)
                first = inner.gradient(y, v)
            assert [w is v for w in inner.watched_variables()] == [True]
        return first.numpy(), outer.gradient(first, v).numpy()

    for i, (first, second) in enumerate(in_threads(6, work)):
        x = shared.numpy() + np.float32(i)
        np.testing.assert_allclose(first, 3 * x**2, rtol=1e-5)
        np.testing.assert_allclose(second, 6 * x, rtol=1e-5)


def test_a_tape_records_its_own_thread_alone() -> None:
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = v * v
        (z,) = in_threads(1, lambda _: v * v)
    assert tape.gradient(y, v).numpy() == 4
    with pytest.warns(UserWarning, match="gradient is None"):
        with tf.GradientTape() as tape:
            (z,) = in_threads(1, lambda _: v * v)
        assert tape.gradient(z, v) is None


def test_reads_of_a_variable_that_another_thread_assigns() -> None:
    n = 100_000
    v = tf.Variable(tf.zeros(n))
    stop = threading.Event()

    def work(i: int) -> bool:
        if i == 0:
            for k in range(100):
                v.assign(tf.fill([n], float(k)))
            stop.set()
            return True
        whole = True
        while not stop.is_set():
            seen = v.read_value().numpy()
            whole &= bool((seen == seen[0]).all())
        return whole

    assert all(in_threads(3, work))
    assert v.numpy()[0] == 99


def test_every_threads_own_variables_and_optimizers() -> None:
    def work(i: int) -> Any:
        v, optimizer = tf.Variable(tf.ones(1000) * float(i)), tf.optimizers.Adam(0.1)
        for _ in range(30):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.square(v))
            optimizer.apply_gradients([(tape.gradient(loss, v), v)])
        return v.numpy()

    together, alone = in_threads(4, work), [work(i) for i in range(4)]
    np.testing.assert_array_equal(together, alone)
