"""The pool beside other threads and processes: fork, limits from outside, the GIL."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import pyten as tf
from pyten import _core

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")


def output_of(program, **env):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**{k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}, **env},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


# -- fork ------------------------------------------------------------------------------------------
FORK = """
    import os, threading, time
    import pyten as tf

    tf.config.threading.set_intra_op_parallelism_threads(4)
    x = tf.ones([200, 200])
    big = tf.ones([200_000])
    stop = threading.Event()
    done = [0, 0]

    def run(i):
        while not stop.is_set():
            tf.reduce_sum(tf.exp(big)) if i else x @ x
            done[i] += 1

    threads = [threading.Thread(target=run, args=(i,)) for i in (0, 1)]
    for t in threads:
        t.start()
    while not all(done):
        time.sleep(0.001)
    failed = 0
    for i in range({count}):
        child = os.fork()
        if child == 0:
            # The pool's threads, the allocator's locks and the tape all have to work here.
            good = float(tf.reduce_sum(x @ x)) == 200.0**3 and float(tf.reduce_sum(big)) == 200_000
            os._exit(0 if good else 1)
        failed += os.waitpid(child, 0)[1] != 0
    stop.set()
    for t in threads:
        t.join()
    print(failed, float(tf.reduce_sum(x @ x)) == 200.0**3)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_fork_with_busy_threads(count):
    assert output_of(FORK.replace("{count}", str(count))) == ["0", "True"]


# -- how many threads ------------------------------------------------------------------------------
COUNT = "from pyten import _core; print(_core.thread_count())"


@LINUX
def test_environment_and_affinity_are_obeyed():
    processors = len(os.sched_getaffinity(0))
    (free,) = output_of(COUNT)
    assert 1 <= int(free) <= processors
    assert output_of(COUNT, OMP_NUM_THREADS="3") == ["3"]
    assert output_of(COUNT, OMP_NUM_THREADS="5,2") == ["5"]
    assert output_of(COUNT, OMP_NUM_THREADS="nonsense") == [free]
    one = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
    assert output_of(one + COUNT) == ["1"]


@LINUX
def test_a_quota_is_obeyed():
    group = Path(f"/sys/fs/cgroup/cpu/pyten-{os.getpid()}")  # version 1
    unified = Path(f"/sys/fs/cgroup/pyten-{os.getpid()}")
    try:
        if Path("/sys/fs/cgroup/cgroup.controllers").exists():
            group = unified
            group.mkdir()
            (group / "cpu.max").write_text("150000 100000")
        else:
            group.mkdir()
            (group / "cpu.cfs_period_us").write_text("100000")
            (group / "cpu.cfs_quota_us").write_text("100000")
    except OSError as e:
        if group.exists():
            group.rmdir()
        pytest.skip(f"no control group can be made here: {e}")
    try:
        enter = f"import os; open('{group}/cgroup.procs', 'w').write(str(os.getpid()))\n"
        wanted = "2" if group == unified else "1"
        if int(output_of(COUNT)[0]) >= int(wanted):
            assert output_of(enter + COUNT) == [wanted]
    finally:
        group.rmdir()


def test_threadpoolctl_sees_and_limits_them():
    threadpoolctl = pytest.importorskip("threadpoolctl", minversion="3.3")

    def info():
        return [i for i in threadpoolctl.threadpool_info() if i["user_api"] == "pyten"]

    (found,) = info()
    assert found["num_threads"] == _core.thread_count()
    assert found["version"] == tf.__version__ and found["internal_api"] == "pyten"
    before = _core.thread_count()
    with threadpoolctl.threadpool_limits(1):
        assert _core.thread_count() == 1
    assert _core.thread_count() == before
    with threadpoolctl.threadpool_limits(3, user_api="pyten"):
        assert _core.thread_count() == info()[0]["num_threads"] == 3
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        assert _core.thread_count() == before


@pytest.mark.parametrize("imports", ["import pyten, threadpoolctl", "import threadpoolctl, pyten"])
def test_threadpoolctl_does_in_either_order(imports):
    pytest.importorskip("threadpoolctl", minversion="3.3")
    program = f"""
        {imports}, sys
        assert not any(getattr(f, "_awaited", "") == "threadpoolctl" for f in sys.meta_path)
        print([i["user_api"] for i in threadpoolctl.threadpool_info()].count("pyten"))
    """
    assert output_of(program) == ["1"]


def test_importing_pyten_does_not_import_threadpoolctl():
    assert output_of("import sys, pyten; print('threadpoolctl' in sys.modules)") == ["False"]


# -- nested use, and the GIL ------------------------------------------------------------------------
def test_ops_inside_functions_that_ops_call():
    def inner(row):
        return tf.reduce_sum(tf.matmul(tf.ones([200, 200]), tf.ones([200, 200]))) + row

    rows = tf.map_fn(inner, tf.constant([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(rows, [8_000_001.0, 8_000_002.0, 8_000_003.0])


def counted_while(work, least=0.3):
    """How often another thread got to run Python while `work` ran in this one."""
    stop, count = threading.Event(), [0]

    def run():
        while not stop.is_set():
            count[0] += 1
            time.sleep(0)

    thread = threading.Thread(target=run)
    start = time.perf_counter()
    thread.start()
    work()
    spent = time.perf_counter() - start
    stop.set()
    thread.join()
    assert spent > least, "too short to tell"
    return count[0]


def gradient_work():
    v = tf.Variable(tf.ones([2500, 2500], tf.float64))
    with tf.GradientTape() as tape:
        y = v @ v
    return lambda: tape.gradient(y, v)


def matmul_work():
    x = tf.ones([2500, 2500], tf.float64)
    return lambda: tf.matmul(x, x)


@pytest.mark.parametrize("make", [gradient_work, matmul_work], ids=lambda f: f.__name__)
def test_other_threads_run_meanwhile(make):
    # A thread that had to wait for the whole call would count to one or two.
    assert counted_while(make(), least=0.05) > 20


def test_two_threads_train_two_models_to_the_same_end():
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((64, 300)), tf.float32)
    y = tf.constant(rng.standard_normal((64, 10)), tf.float32)
    start = [rng.standard_normal(s).astype("f") * 0.05 for s in ((300, 200), (200, 10))]

    def train(out):
        w1, w2 = (tf.Variable(w) for w in start)
        adam = tf.optimizers.Adam(0.01)
        for _ in range(60):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(tf.tanh(x @ w1) @ w2 - y))
            adam.apply_gradients(zip(tape.gradient(loss, [w1, w2]), [w1, w2]))
        out.append((loss.numpy(), w1.numpy(), w2.numpy()))

    alone, together = [], []
    train(alone)
    threads = [threading.Thread(target=train, args=(together,)) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(together) == 3
    for found in together:
        for a, b in zip(found, alone[0], strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_tape_is_walked_by_one_thread_at_a_time():
    v = tf.Variable(tf.ones([1500, 1500], tf.float64))
    with tf.GradientTape(persistent=True) as tape:
        y = v @ v @ v
    barrier, outcomes = threading.Barrier(2), []

    def run():
        barrier.wait()
        for _ in range(5):
            try:
                outcomes.append(float(tape.gradient(y, v)[0, 0]))
            except RuntimeError as e:
                assert "another thread is taking a gradient of this tape" in str(e)
                outcomes.append(None)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    values = [o for o in outcomes if o is not None]
    assert values and set(values) == {float(tape.gradient(y, v)[0, 0])}
