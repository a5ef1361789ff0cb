"""tf.device: programs on a GPU give what they give on the CPU, and say where their tensors are.

Without a GPU the module is skipped; PYTEN_GPU_LIBRARY names the emulator (see docs/gpu.md).
"""

from __future__ import annotations

import numpy as np
import pytest

import pyten as tf

gpus = tf.config.list_logical_devices("GPU")
pytestmark = pytest.mark.skipif(not gpus, reason="no GPU, and no emulator of one")

GPU = "/job:localhost/replica:0/task:0/device:GPU:0"
CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


@pytest.fixture
def strictly():
    """An operation without a kernel is an error."""
    tf.config.set_soft_device_placement(False)
    yield
    tf.config.set_soft_device_placement(True)


@pytest.fixture
def x():
    with tf.device("GPU:0"):
        return tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def on_cpu(values, dtype=None):
    with tf.device("CPU:0"):
        return tf.constant(values, dtype)


# -- Where tensors are --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: tf.constant([1.0, 2.0]),
        lambda: tf.constant(np.arange(5)),
        lambda: tf.constant(3),
        lambda: tf.zeros((2, 3)),
        lambda: tf.ones((2, 3), tf.int64),
        lambda: tf.fill([2], 7.0),
        lambda: tf.eye(3),
        lambda: tf.range(5),
        lambda: tf.linspace(0.0, 1.0, 5),
        lambda: tf.one_hot([0, 2], 3),
        lambda: tf.random.uniform((4,)),
        lambda: tf.random.normal((4,)),
        lambda: tf.random.uniform((4,), 0, 9, tf.int32),
        lambda: tf.convert_to_tensor([[1, 2], [3, 4]]),
        lambda: tf.Variable([1.0, 2.0]),
        lambda: tf.Variable([1.0, 2.0]).read_value(),
        lambda: tf.zeros_like([1.0, 2.0]),
        lambda: tf.stack([1.0, tf.constant(2.0)]),
    ],
)
def test_what_is_made_under_a_device_is_there(make):
    with tf.device("GPU:0"):
        t = make()
    assert t.device == GPU
    with tf.device("CPU:0"):
        assert make().device == CPU


def test_the_innermost_scope_counts():
    with tf.device("GPU:0"):
        with tf.device("CPU:0"):
            assert tf.ones(1).device == CPU
            with tf.device(None):
                assert tf.ones(1).device == CPU
        with tf.device(""):
            assert tf.ones(1).device == GPU
        assert tf.ones(1).device == GPU


def test_an_operation_follows_its_gpu_operand_outside_of_scopes(x):
    here = on_cpu([[10.0], [20.0]])
    with tf.device(None):
        for y in (
            x + 1.0,
            2 * x,
            x + here,
            here + x,
            tf.exp(x),
            x @ tf.transpose(x),
            x[0],
            x[:, 1],
        ):
            assert y.device == GPU
        assert (here + 1).device in (CPU, GPU)  # CPU, unless the whole run is on the GPU
    np.testing.assert_array_equal((x + here).numpy(), x.numpy() + here.numpy())


def test_a_scope_copies_its_operands(x):
    here = on_cpu([1.0, 2.0])
    with tf.device("GPU:0"):
        assert (here + here).device == GPU
        assert tf.identity(here).device == GPU
        np.testing.assert_array_equal((here + here).numpy(), [2, 4])
    with tf.device("CPU:0"):
        back = tf.identity(x)
        assert back.device == CPU
        np.testing.assert_array_equal(back.numpy(), x.numpy())
        assert (x * x).device == CPU


@pytest.mark.skipif(len(gpus) < 2, reason="one GPU")
def test_two_gpus_do_not_meet_by_themselves(x):
    with tf.device("GPU:1"):
        other = tf.ones((2, 3))
        assert other.device.endswith("GPU:1")
        moved = tf.identity(x)
        assert moved.device.endswith("GPU:1")
        np.testing.assert_array_equal((moved + other).numpy(), x.numpy() + 1)
    with (
        tf.device(None),
        pytest.raises(
            tf.errors.InvalidArgumentError, match="must be on one GPU, got GPU:0 and GPU:1"
        ),
    ):
        x + other


# -- Back to Python -----------------------------------------------------------------------------------


def test_values_come_back(x):
    np.testing.assert_array_equal(x.numpy(), [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(np.asarray(x), x.numpy())
    np.testing.assert_array_equal(np.array(memoryview(x)), x.numpy())
    assert repr(x) == repr(on_cpu([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    assert [float(r) for r in x[0]] == [1.0, 2.0, 3.0]
    assert [tuple(map(float, row)) for row in x] == [(1, 2, 3), (4, 5, 6)]
    assert bool(x[0, 0] > 0) and int(x[1, 2]) == 6 and x.numpy().tolist()[1][0] == 4
    assert list(range(10))[tf.cast(x[0, 1], tf.int32)] == 2
    assert f"{float(x[0, 0]):.1f}" == "1.0" and "2. 3." in str(x[0])
    with pytest.raises(ValueError, match="needs a copy, got copy=False"):
        x.__array__(copy=False)
    assert not hasattr(x, "__array_interface__")


def test_writing_to_a_copy_changes_nothing(x):
    a = x.numpy()
    a[:] = 0
    assert float(tf.reduce_sum(x)) == 21


def test_the_source_of_a_copy_may_change_at_once():
    a = np.ones(100_000, np.float32)
    with tf.device("GPU:0"):
        t = tf.constant(a)
    a[:] = 7
    assert float(tf.reduce_sum(t)) == 100_000


# -- Tapes --------------------------------------------------------------------------------------------


def test_gradients_of_any_order_are_where_their_source_is():
    with tf.device("GPU:0"):
        v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as second:
        with tf.GradientTape() as first:
            y = tf.reduce_sum(tf.sin(v) * v**2)
        g = first.gradient(y, v)
    h = second.gradient(g, v)
    a = np.array([1.0, 2.0, 3.0])
    assert g.device == GPU and h.device == GPU
    np.testing.assert_allclose(g.numpy(), np.cos(a) * a**2 + 2 * a * np.sin(a), rtol=1e-5)
    np.testing.assert_allclose(
        h.numpy(), -np.sin(a) * a**2 + 4 * a * np.cos(a) + 2 * np.sin(a), rtol=1e-4
    )


def test_gradients_cross_devices():
    with tf.device("CPU:0"):
        w = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        with tf.device("GPU:0"):
            y = w * w
            assert y.device == GPU
        with tf.device("CPU:0"):
            z = tf.reduce_sum(y * 3.0)
    assert z.device == CPU
    with tf.device(None):
        g = tape.gradient(z, w)
    assert g.device == CPU
    np.testing.assert_array_equal(g.numpy(), [6, 12])


def test_forward_mode_jacobian_and_vectorized_map(x):
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as acc:
        y = tf.exp(x) * x
    t = acc.jvp(y)
    assert t.device == GPU
    np.testing.assert_allclose(t.numpy(), np.exp(x.numpy()) * (x.numpy() + 1), rtol=1e-5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.matmul(x, tf.transpose(x))
    j = tape.jacobian(y, x)
    assert j.device == GPU and j.shape == (2, 2, 2, 3)
    with tf.device("CPU:0"), tf.GradientTape() as tape:
        c = tf.identity(x)
        tape.watch(c)
        y = tf.matmul(c, tf.transpose(c))
    np.testing.assert_allclose(j.numpy(), tape.jacobian(y, c).numpy())
    rows = tf.vectorized_map(lambda r: tf.reduce_sum(r * r), x)
    assert rows.device == GPU
    np.testing.assert_array_equal(rows.numpy(), [14, 77])


def test_custom_gradient(x):
    @tf.custom_gradient
    def doubled(a):
        return a * 2, lambda dy: dy * 5

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = doubled(x)
    g = tape.gradient(y, x)
    assert g.device == GPU and float(g[0, 0]) == 5


# -- Variables ----------------------------------------------------------------------------------------


def test_a_variable_stays_where_it_was_made():
    with tf.device("GPU:0"):
        v = tf.Variable(tf.zeros(3))
    v.assign(on_cpu([1.0, 2.0, 3.0]))
    v.assign_add([1.0, 1.0, 1.0])
    v.assign_sub(on_cpu([0.5, 0.5, 0.5]))
    assert v.device == GPU and v.value().device == GPU
    v[0].assign(9.0)
    v.scatter_nd_update([[1]], [8.0])
    np.testing.assert_array_equal(v.numpy(), [9, 8, 3.5])
    before = v.read_value()
    v.assign_add([1.0, 1.0, 1.0])
    np.testing.assert_array_equal(before.numpy(), [9, 8, 3.5])


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "Nadam", "Ftrl"])
def test_optimizers_step_as_on_the_cpu(name):
    def train(device):
        with tf.device(device):
            v = tf.Variable([1.0, -2.0, 3.0])
        optimizer = getattr(tf.optimizers, name)(0.1)
        for _ in range(3):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(v * v)
            optimizer.apply_gradients([(tape.gradient(loss, v), v)])
        assert v.device == (GPU if device == "GPU:0" else CPU)
        return v.numpy()

    np.testing.assert_allclose(train("GPU:0"), train("CPU:0"), rtol=1e-6)


# -- Where the host has to look at values -------------------------------------------------------------


def test_shapes_and_indices_from_tensors(x):
    with tf.device("GPU:0"):
        assert tf.reshape(x, tf.shape(x)[::-1]).shape == (3, 2)
        assert tf.zeros(tf.constant([2, 2])).shape == (2, 2)
        assert tf.reduce_sum(x, axis=tf.constant(1)).shape == (2,)
        assert tf.range(tf.constant(4)).shape == (4,)
        np.testing.assert_array_equal(tf.gather(x, [1, 0]).numpy(), x.numpy()[[1, 0]])
        np.testing.assert_array_equal(x[x > 2].numpy(), [3, 4, 5, 6])
        np.testing.assert_array_equal(tf.where(x > 4).numpy(), [[1, 1], [1, 2]])
        np.testing.assert_array_equal(tf.boolean_mask(x, [True, False]).numpy(), [[1, 2, 3]])
        np.testing.assert_array_equal(tf.pad(x, tf.constant([[1, 0], [0, 1]])).numpy()[0], [0] * 4)
        np.testing.assert_array_equal(
            tf.math.segment_sum(x, tf.constant([0, 0])).numpy(), [[5, 7, 9]]
        )
        values, _ = tf.unique(tf.constant([3, 1, 3]))
        np.testing.assert_array_equal(values.numpy(), [3, 1])


def test_assertions_and_checked_numbers(x):
    tf.debugging.assert_less(x, 100.0)
    tf.debugging.assert_near(x, x)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.debugging.assert_less(x, 3.0)
    tf.debugging.enable_check_numerics()
    try:
        with pytest.raises(tf.errors.InvalidArgumentError, match="log"):
            tf.math.log(x - 4.0)
    finally:
        tf.debugging.disable_check_numerics()


def test_linear_algebra_and_fourier_transforms():
    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    with tf.device("GPU:0"):
        t = tf.constant(a)
        np.testing.assert_allclose(tf.linalg.inv(t).numpy(), np.linalg.inv(a))
        np.testing.assert_allclose(tf.linalg.cholesky(t).numpy(), np.linalg.cholesky(a))
        np.testing.assert_allclose(tf.linalg.solve(t, tf.ones((2, 1), t.dtype)).numpy(),
                                   np.linalg.solve(a, np.ones((2, 1))))  # fmt: skip
        with tf.GradientTape() as tape:
            tape.watch(t)
            d = tf.linalg.det(t)
        np.testing.assert_allclose(tape.gradient(d, t).numpy(), [[3, -1], [-1, 4]])
        spectrum = tf.signal.rfft(tf.constant([1.0, 2.0, 3.0, 4.0]))
        np.testing.assert_allclose(spectrum.numpy(), np.fft.rfft([1, 2, 3, 4]), rtol=1e-6)


def test_saving_and_loading(tmp_path, x):
    with tf.device("GPU:0"):
        v = tf.Variable(x)
    path = tf.train.Checkpoint(v=v).save(str(tmp_path / "c"))
    with tf.device("GPU:0"):
        w = tf.Variable(tf.zeros((2, 3)))
    tf.train.Checkpoint(v=w).restore(path)
    assert w.device == GPU
    np.testing.assert_array_equal(w.numpy(), x.numpy())
    import pickle

    np.testing.assert_array_equal(pickle.loads(pickle.dumps(x)).numpy(), x.numpy())


def test_datasets_give_tensors_on_the_device():
    with tf.device("GPU:0"):
        data = tf.data.Dataset.from_tensor_slices(np.arange(6.0)).map(lambda t: t * 2).batch(4)
        batches = [b.numpy().tolist() for b in data]
    assert batches == [[0, 2, 4, 6], [8, 10]]


# -- Kernels that are not there -----------------------------------------------------------------------


def test_a_missing_kernel_runs_on_the_cpu_and_comes_back():
    with tf.device("GPU:0"):
        a = tf.constant([0.2, 0.4], tf.float64)
        with tf.GradientTape() as tape:
            tape.watch(a)
            y = tf.math.betainc(tf.ones_like(a), tf.ones_like(a), a)
        assert y.device == GPU
        g = tape.gradient(y, a)
        assert g.device == GPU
    np.testing.assert_allclose(y.numpy(), [0.2, 0.4])
    np.testing.assert_allclose(g.numpy(), [1, 1])


def test_without_soft_placement_it_is_an_error(strictly):
    with tf.device("GPU:0"):
        a = tf.constant([0.2, 0.4], tf.float64)
        with pytest.raises(
            tf.errors.UnimplementedError,
            match="betainc: no kernel for dtype float64 on GPU:0; "
            r"tf.config.set_soft_device_placement\(True\) runs it on the CPU",
        ):
            tf.math.betainc(a, a, a)
    with (
        pytest.raises(tf.errors.InvalidArgumentError, match="Could not satisfy device"),
        tf.device("GPU:77"),
    ):
        pass


def test_a_device_that_does_not_exist_is_the_cpu():
    with tf.device("GPU:77"):
        assert tf.ones(1).device == CPU
    with tf.device("TPU:0"):
        assert tf.ones(1).device == CPU
