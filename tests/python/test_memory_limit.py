"""Memory that cannot be had: the error says who holds it, and everything goes on."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import pyten as tf

MIB = 1 << 20


def live():
    return tf.config.memory_stats()["live_bytes"]


@pytest.fixture
def limited():
    """Sets a limit of so many MiB more than is in use."""

    def limit(mib):
        tf.config.set_memory_limit(live() + mib * MIB)

    yield limit
    tf.config.set_memory_limit(None)


def test_the_error_names_size_limit_and_largest_holders(limited):
    weights = [tf.ones([1024, 1024]) for _ in range(3)]
    table = tf.zeros([512, 1024], tf.float64)
    limited(8)
    with pytest.raises(tf.errors.ResourceExhaustedError) as caught:
        tf.zeros([4096, 1024])
    message = str(caught.value)
    assert isinstance(caught.value, MemoryError)
    assert message.startswith(
        "OOM when allocating tensor with shape[4096,1024] and type float32: allocate: 16777280 bytes"
    )
    assert "(16 MiB) would exceed the limit of " in message
    first, second = (
        "3 tensors float32 [1024,1024]: 12582912 bytes (12 MiB)",
        "1 tensor float64 [512,1024]",
    )
    assert message.index(first) < message.index(second)
    del weights, table


def test_a_smaller_retry_works_and_nothing_is_left_behind(limited):
    x = tf.ones([1000, 1000])
    limited(16)
    before = live()
    for _ in range(3):
        with pytest.raises(MemoryError, match="would exceed the limit"):
            tf.ones([5000, 1000]) + 1.0
        assert live() == before
        half = tf.ones([1000, 1000]) + x
        assert float(tf.reduce_sum(half)) == 2e6
        del half


def test_freed_memory_can_be_used_again_under_the_limit(limited):
    limited(20)
    for n in (1000, 1100, 1200, 1050):  # of other sizes: what is kept must not count
        t = tf.ones([n, 2, 1000])
        assert t.shape[0] == n
        del t


@pytest.mark.parametrize(
    "call",
    [
        lambda x: tf.matmul(x, x),
        lambda x: tf.exp(x),
        lambda x: tf.transpose(x) + x,
        lambda x: tf.sort(x),
        lambda x: tf.concat([x, x], 0),
        lambda x: tf.cumsum(x),
        lambda x: tf.nn.conv2d(tf.reshape(x, [1, 1000, 1000, 1]), tf.ones([3, 3, 1, 4]), 1, "SAME"),
        lambda x: tf.random.normal([1000, 1000]),
        lambda x: tf.constant(np.ones((1000, 1000), np.float32)),
        lambda x: tf.Variable(tf.zeros([1000, 1000])),
    ],
)
def test_ops_fail_whole(limited, call):
    x = tf.ones([1000, 1000])
    call(x)
    tf.config.release()
    limited(1)
    before = live()
    with pytest.raises(tf.errors.ResourceExhaustedError, match="OOM when allocating tensor"):
        call(x)
    assert live() == before
    tf.config.set_memory_limit(None)
    call(x)


def test_a_gradient_fails_whole_and_the_next_one_works(limited):
    w = tf.Variable(tf.ones([500, 500]))

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.tanh(w @ w))
        return tape.gradient(loss, w)

    wanted = step().numpy()
    limited(3)  # enough for the forward pass alone
    before = live()
    with pytest.raises(tf.errors.ResourceExhaustedError):
        step()
    assert live() == before
    tf.config.set_memory_limit(None)
    np.testing.assert_array_equal(step().numpy(), wanted)
    np.testing.assert_array_equal(w.numpy(), 1)


def test_the_limit_is_told_and_checked():
    assert tf.config.get_memory_limit() is None
    tf.config.set_memory_limit(10**12)
    try:
        assert tf.config.get_memory_limit() == tf.config.memory_stats()["limit_bytes"] == 10**12
    finally:
        tf.config.set_memory_limit(None)
    assert tf.config.get_memory_limit() is None
    for wrong in (0, -5):
        with pytest.raises(ValueError, match=f"nbytes must be positive, or None, got {wrong}"):
            tf.config.set_memory_limit(wrong)


def test_release_gives_back_what_is_kept():
    t = tf.ones([4 * MIB])
    del t
    assert tf.config.memory_stats()["cached_bytes"] >= 16 * MIB
    tf.config.release()
    assert tf.config.memory_stats()["cached_bytes"] < MIB


def test_the_peak_can_start_anew():
    big = tf.ones([8 * MIB])
    del big
    experimental = tf.config.experimental
    assert experimental.get_memory_info("CPU:0")["peak"] >= live() + 32 * MIB
    experimental.reset_memory_stats("CPU:0")
    assert experimental.get_memory_info("CPU:0")["peak"] == live()
    some = tf.ones([MIB])
    del some
    assert 4 * MIB <= experimental.get_memory_info("CPU:0")["peak"] - live() < 6 * MIB
    with pytest.raises(
        ValueError, match="reset_memory_stats: No matching devices found for 'GPU:7'"
    ):
        experimental.reset_memory_stats("GPU:7")


def test_a_shape_that_no_machine_can_hold():
    for shape in ([1 << 40, 1 << 10], [1 << 30, 1 << 32]):
        with pytest.raises(
            tf.errors.ResourceExhaustedError, match="OOM when allocating tensor with shape"
        ):
            tf.zeros(shape)


@pytest.mark.skipif(
    not Path("/proc/meminfo").exists(), reason="the system does not say what it has"
)
def test_what_the_system_has_not_is_refused_before_it_kills_the_process():
    with open("/proc/meminfo") as file:
        total = next(int(line.split()[1]) for line in file if line.startswith("MemTotal"))
    with pytest.raises(MemoryError, match="are more than the system has left"):
        tf.zeros([total * 1024 // 4])
    assert float(tf.reduce_sum(tf.ones([1000]))) == 1000


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS")
def test_when_the_system_itself_refuses():
    program = """
        import resource
        import pyten as tf
        tf.config.threading.set_intra_op_parallelism_threads(1)
        x = tf.ones([1000, 1000])
        pages = int(open("/proc/self/statm").read().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * 4096 + (60 << 20),) * 2)
        kept = [tf.ones([1000, 1000]) for _ in range(5)]
        try:
            tf.ones([20, 1000, 1000])
        except tf.errors.ResourceExhaustedError as e:
            print(e)
        del kept
        print(float(tf.reduce_sum(tf.ones([6, 1000, 1000]) + 1.0)))  # only with what was freed
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    message, total = done.stdout.splitlines()
    assert "(76.3 MiB) are more than the system has left" in message
    assert "6 tensors float32 [1000,1000]" in message
    assert total == "12000000.0"
