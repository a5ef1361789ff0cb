"""Memory of GPUs: what is in use, what happens when there is none, and processes that fork."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import pyten as tf

gpus = tf.config.list_logical_devices("GPU")
pytestmark = pytest.mark.skipif(not gpus, reason="no GPU, and no emulator of one")
MIB = 1 << 20


def info():
    gc.collect()
    return tf.config.experimental.get_memory_info("GPU:0")


def test_devices_are_listed():
    physical = tf.config.list_physical_devices("GPU")
    assert physical[0] == tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    assert tf.config.list_logical_devices("GPU")[0].name == "/device:GPU:0"
    assert tf.config.experimental.get_device_details(physical[0])["device_name"]
    tf.config.experimental.set_memory_growth(physical[0], True)
    assert tf.config.experimental.get_memory_growth(physical[0]) is True


def test_hidden_devices_are_not_used():
    physical = tf.config.list_physical_devices("GPU")
    try:
        tf.config.set_visible_devices([], "GPU")
        assert tf.config.list_logical_devices("GPU") == []
        with tf.device("GPU:0"):
            assert tf.ones(1).device.endswith("CPU:0")
        if len(physical) > 1:
            tf.config.set_visible_devices(physical[1], "GPU")
            assert [d.name for d in tf.config.list_logical_devices("GPU")] == ["/device:GPU:0"]
            with tf.device("GPU:0"):
                assert float(tf.ones(()) + 1) == 2
    finally:
        tf.config.set_visible_devices(physical, "GPU")


def test_what_is_in_use():
    before = info()["current"]
    tf.config.experimental.reset_memory_stats("GPU:0")
    with tf.device("GPU:0"):
        x = tf.zeros((1024, 1024))
        assert info()["current"] >= before + 4 * MIB
        y = tf.zeros((1024, 1024))
        del y
    assert info()["peak"] >= before + 8 * MIB
    stats = tf.config.memory_stats("GPU:0")
    assert sorted(stats) == ["cached_bytes", "live_bytes", "peak_bytes", "total_bytes"]
    del x
    assert info()["current"] == before
    assert tf.config.memory_stats("GPU:0")["cached_bytes"] >= 8 * MIB
    tf.config.release()
    assert tf.config.memory_stats("GPU:0")["cached_bytes"] < 8 * MIB
    assert tf.config.experimental.get_memory_usage("GPU:0") == before
    with pytest.raises(ValueError, match="No matching devices found for 'GPU:77'"):
        tf.config.memory_stats("GPU:77")


def test_out_of_memory_names_the_holders_and_a_smaller_retry_works():
    total = tf.config.memory_stats("GPU:0")["total_bytes"]
    with tf.device("GPU:0"):
        held = [tf.ones((512, 1024)) for _ in range(3)]
        before = info()["current"]
        rows = total // 4096
        with pytest.raises(tf.errors.ResourceExhaustedError) as caught:
            tf.zeros((rows, 1024))
        message = str(caught.value)
        assert isinstance(caught.value, MemoryError)
        assert message.startswith(
            f"OOM when allocating tensor with shape[{rows},1024] and type float32: allocate: GPU:0"
        )
        assert str(rows * 4096) in message
        assert "3 tensors float32 [512,1024]: 6291456 bytes (6 MiB)" in message
        assert info()["current"] == before
        assert float(tf.reduce_sum(tf.ones((256, 1024)) + held[0][:256])) == 2 * 256 * 1024


def test_holders_of_the_cpu_are_not_those_of_the_gpu():
    with tf.device("GPU:0"):
        t = tf.zeros((1024, 777))
    tf.config.set_memory_limit(tf.config.memory_stats()["live_bytes"] + MIB)
    try:
        with pytest.raises(MemoryError) as caught, tf.device("CPU:0"):
            tf.zeros((1024, 1024))
    finally:
        tf.config.set_memory_limit(None)
    assert "777" not in str(caught.value)
    del t


def child(queue):
    try:
        with tf.device("GPU:0"):
            queue.put(float(tf.ones(1)[0]))
    except RuntimeError as e:
        queue.put(str(e))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(method):
    with tf.device("GPU:0"):
        kept = tf.ones(1000)
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    answer = queue.get(timeout=120)
    process.join()
    assert process.exitcode == 0
    if method == "fork":
        assert answer.startswith("GPU:0: this process was forked after its parent had found")
        assert "multiprocessing.get_context('spawn')" in answer
    else:
        assert answer == 1.0
    assert float(tf.reduce_sum(kept)) == 1000


def run(program, **environment):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_an_empty_library_turns_gpus_off():
    done = run(
        """
        import pyten as tf
        assert tf.config.list_physical_devices("GPU") == []
        with tf.device("GPU:0"):
            assert tf.ones(1).device.endswith("CPU:0")
        tf.config.set_soft_device_placement(False)
        try:
            tf.device("GPU:0").__enter__()
        except tf.errors.InvalidArgumentError as e:
            print(e)
        """,
        PYTEN_GPU_LIBRARY="",
    )
    assert done.returncode == 0, done.stderr
    assert "PYTEN_GPU_LIBRARY is empty, which turns GPUs off" in done.stdout


def test_importing_and_computing_on_the_cpu_opens_no_gpu():
    done = run(
        """
        import pyten as tf
        tf.reduce_sum(tf.ones((3, 3)) @ tf.ones((3, 3)))
        assert tf._core.known_accelerators() == 0
        """
    )
    assert done.returncode == 0, done.stderr


def test_synchronous_kernels_give_the_same():
    done = run(
        """
        import pyten as tf
        with tf.device("GPU:0"):
            x = tf.linspace(0.0, 1.0, 1000)
            print(float(tf.reduce_sum(x * x)))
        """,
        PYTEN_CUDA_SYNC="1",
    )
    assert done.returncode == 0, done.stderr
    assert abs(float(done.stdout) - 333.5) < 0.1


def test_threads_have_scopes_of_their_own():
    from concurrent.futures import ThreadPoolExecutor

    def work(i):
        with tf.device("GPU:0" if i % 2 else "CPU:0"):
            x = tf.ones(1000) * float(i)
            for _ in range(20):
                x = x + 1.0
            return x.device[-5:], float(tf.reduce_mean(x))

    with ThreadPoolExecutor(4) as pool:
        for i, (device, mean) in enumerate(pool.map(work, range(16))):
            assert device == ("GPU:0" if i % 2 else "CPU:0") and mean == i + 20


def test_tensor_float_32_is_off_until_asked_for():
    experimental = tf.config.experimental
    assert experimental.tensor_float_32_execution_enabled() is False
    experimental.enable_tensor_float_32_execution(True)
    try:
        assert experimental.tensor_float_32_execution_enabled() is True
        with tf.device("GPU:0"):
            np.testing.assert_allclose((tf.ones((4, 4)) @ tf.ones((4, 4))).numpy(), 4, rtol=1e-2)
    finally:
        experimental.enable_tensor_float_32_execution(False)
