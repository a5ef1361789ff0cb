"""Ctrl-C ends any long operation at once, and leaves everything usable."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import pyten as tf

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends itself signals")
WITHIN = 0.2  # seconds


def interrupted(work, after=0.15, clock=time.perf_counter):
    """Seconds from SIGINT, which comes `after` the start, to KeyboardInterrupt; None if it ended first."""
    sent = []

    def send():
        sent.append(clock())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(after, send)
    try:
        timer.start()
        work()
        timer.join()
        time.sleep(0.5)
    except KeyboardInterrupt:
        came = clock()
        timer.join()
        return came - sent[0]
    return None


def long_matmul():
    x = tf.ones([5000, 5000], tf.float64)
    return lambda: tf.matmul(x, x)


def long_batch_of_products():
    x = tf.ones([60, 1500, 1500])
    return lambda: x @ x


def long_sort():
    x = tf.random.stateless_uniform([20_000_000], [1, 2], dtype=tf.float64)
    return lambda: tf.sort(x)


def long_conv():
    x, k = tf.ones([32, 256, 256, 64]), tf.ones([3, 3, 64, 64])
    return lambda: tf.nn.conv2d(x, k, 1, "SAME")


def long_gradient():
    v = tf.Variable(tf.ones([2000, 2000], tf.float64))

    def work():
        with tf.GradientTape() as tape:
            y = v
            for _ in range(3):
                y = y @ v
        tape.gradient(y, v)

    return work


def many_small_calls_backward():
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = v
        for _ in range(400_000):
            y = y * 1.0
    return lambda: tape.gradient(y, v)


def long_special_function():
    x = tf.random.stateless_uniform([8_000_000], [1, 2], 1.0, 30.0, tf.float64)
    return lambda: tf.math.igamma(x, x)


LONG = [
    long_matmul,
    long_batch_of_products,
    long_sort,
    long_conv,
    long_gradient,
    long_special_function,
]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("make", LONG, ids=lambda f: f.__name__)
def test_long_work_ends_at_once(make, threads):
    work = make()
    before = tf.config.threading.get_intra_op_parallelism_threads()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    try:
        # A busy machine may be late once; the work itself is never short enough for all three.
        took = []
        for _ in range(3):
            took.append(interrupted(work))
            if took[-1] is not None and took[-1] < WITHIN:
                break
        else:
            pytest.fail(f"interrupted after {took} s")
        x = tf.ones([300, 300])
        assert float(tf.reduce_sum(x @ x)) == 300**3
    finally:
        tf.config.threading.set_intra_op_parallelism_threads(before)


def test_a_long_walk_through_small_calls_ends_at_once():
    took = []
    for _ in range(3):
        # One thread's work, so its processor time is what an idle machine would take.
        took.append(interrupted(many_small_calls_backward(), 0.02, time.process_time))
        # None: this machine walked them all in 20 ms
        if took[-1] is None or took[-1] < WITHIN:
            return
    pytest.fail(f"interrupted after {took} s")


def test_other_threads_leave_signals_to_the_main_one():
    x = tf.ones([1500, 1500], tf.float64)
    stop, failures, rounds = threading.Event(), [], []

    def run():
        try:
            while not stop.is_set():
                tf.matmul(x, x)
                rounds.append(1)
        except BaseException as e:
            failures.append(e)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        took = interrupted(lambda: time.sleep(2), after=0.3)
        assert took is not None and took < WITHIN
    finally:
        stop.set()
        thread.join()
    assert rounds and not failures


def test_an_optimizer_step_is_whole_or_not_at_all():
    n = 4_000_000
    variables = [tf.Variable(tf.zeros([n])) for _ in range(3)]
    ones = [tf.ones([n]) for _ in variables]
    sgd = tf.optimizers.SGD(learning_rate=1.0)
    sgd.build(variables)

    def work():
        while True:
            sgd.apply_gradients(zip(ones, variables))

    assert interrupted(work) is not None
    (first,) = set(np.unique(variables[0].numpy()))
    for v in variables:
        assert set(np.unique(v.numpy())) == {first}


def test_a_handler_may_compute_and_go_on():
    seen = []
    before = signal.signal(
        signal.SIGUSR1,
        lambda *_: seen.append(float(tf.reduce_sum(tf.ones([300, 300]) @ tf.ones([300, 300])))),
    )
    x = tf.ones([3000, 3000], tf.float64)
    try:
        timer = threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1))
        timer.start()
        total = 0.0
        while not seen:
            total = float(tf.reduce_sum(x @ x))
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen == [300.0**3] and total == 3000.0**3


def test_a_program_ends_with_the_traceback_of_its_line():
    program = """
        import pyten as tf
        x = tf.ones([6000, 6000], tf.float64)
        print("ready", flush=True)
        for _ in range(100):
            y = tf.matmul(x, x)  # the line
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert errors.strip().endswith("KeyboardInterrupt")
