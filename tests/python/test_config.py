"""tf.config: devices, threads and memory."""

import pytest

import pyten as tf


def test_threads():
    threading = tf.config.threading
    before = tf._core.thread_count()
    try:
        threading.set_intra_op_parallelism_threads(1)
        assert threading.get_intra_op_parallelism_threads() == 1 and tf._core.thread_count() == 1
    finally:
        threading.set_intra_op_parallelism_threads(0)
    assert tf._core.thread_count() == before
    threading.set_inter_op_parallelism_threads(3)
    assert threading.get_inter_op_parallelism_threads() == 3
    threading.set_inter_op_parallelism_threads(0)
    with pytest.raises(ValueError, match="num_threads must be at least 0, got -1"):
        threading.set_intra_op_parallelism_threads(-1)


def test_devices():
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_visible_devices([], "GPU")
    tf.config.set_visible_devices(cpu, "CPU")
    assert tf.config.get_visible_devices() == tf.config.list_physical_devices()
    with pytest.raises(ValueError, match="the CPU cannot be hidden"):
        tf.config.set_visible_devices([])
    with pytest.raises(ValueError, match="Unrecognized device"):
        tf.config.set_visible_devices([tf.config.PhysicalDevice("x", "GPU")], "GPU")


def test_memory():
    experimental = tf.config.experimental
    x = tf.zeros((1000, 1000))
    info = experimental.get_memory_info("CPU:0")
    assert info["current"] >= x.nbytes and info["peak"] >= info["current"]
    cpu = tf.config.list_physical_devices("CPU")[0]
    experimental.set_memory_growth(cpu, True)
    assert experimental.get_memory_growth(cpu) is True
    with pytest.raises(ValueError, match="enable must be True"):
        experimental.set_memory_growth(cpu, False)
    with pytest.raises(ValueError, match="No matching devices found for 'GPU:0'"):
        experimental.get_memory_info("GPU:0")
