"""Checkpoints: what goes round, what is refused, and which files stay."""

import os

import numpy as np
import pytest

import pyten as tf


class Model(tf.Module):
    def __init__(self, value):
        super().__init__()
        self.w = tf.Variable(tf.fill((2, 3), value), name="w")
        self.layers = [{"b": tf.Variable([value], dtype="float64")}, tf.Variable(int(value))]


def test_round_trip(tmp_path):
    model = Model(3.0)
    path = tf.train.Checkpoint(model=model).save(tmp_path / "ckpt")
    assert path == str(tmp_path / "ckpt-1") and tf.train.latest_checkpoint(tmp_path) == path
    assert tf.train.list_variables(path) == [
        ("model/layers/0/b", [1]),
        ("model/layers/1", []),
        ("model/w", [2, 3]),
        ("save_counter", []),
    ]
    other = Model(0.0)
    checkpoint = tf.train.Checkpoint(model=other)
    checkpoint.restore(path).assert_consumed()
    np.testing.assert_array_equal(other.w.numpy(), model.w.numpy())
    assert other.layers[0]["b"].numpy().tolist() == [3.0] and int(other.layers[1]) == 3
    assert checkpoint.save(tmp_path / "ckpt") == str(tmp_path / "ckpt-2")


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int64", "float16", "bfloat16", "float64", "complex64", "complex128"]
)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 2)])
def test_every_kind_of_dtype(tmp_path, dtype, shape):
    v = tf.Variable(tf.cast(tf.ones(shape), dtype))
    path = tf.train.Checkpoint(v=v).write(tmp_path / "x")
    u = tf.Variable(tf.zeros(shape, dtype))
    tf.train.Checkpoint(v=u).read(path).assert_consumed()
    assert u.dtype == dtype and u.shape == shape
    assert bool(tf.reduce_all(tf.equal(tf.cast(u, "float32"), 1.0)))


def test_optimizer_goes_on_where_it_was(tmp_path):
    def step(optimizer, v):
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(v**4)
        optimizer.apply_gradients([(tape.gradient(y, v), v)])

    v, optimizer = tf.Variable([1.0, -2.0]), tf.optimizers.Adam(0.1)
    for _ in range(3):
        step(optimizer, v)
    path = tf.train.Checkpoint(v=v, optimizer=optimizer).save(tmp_path / "ckpt")
    step(optimizer, v)
    # Its slots do not exist yet when it is restored.
    u, fresh = tf.Variable([0.0, 0.0]), tf.optimizers.Adam(0.5)
    status = tf.train.Checkpoint(v=u, optimizer=fresh).restore(path)
    step(fresh, u)
    np.testing.assert_array_equal(u.numpy(), v.numpy())
    status.assert_consumed()
    assert int(fresh.iterations) == 4


def test_attributes_set_later(tmp_path):
    path = tf.train.Checkpoint(a=tf.Variable(5.0)).save(tmp_path / "ckpt")
    checkpoint = tf.train.Checkpoint()
    status = checkpoint.restore(path)
    with pytest.raises(AssertionError, match="Unresolved object in checkpoint: a"):
        status.assert_consumed()
    checkpoint.a = tf.Variable(0.0)
    assert float(checkpoint.a) == 5.0
    status.assert_consumed()


def test_what_does_not_match(tmp_path):
    path = tf.train.Checkpoint(a=tf.Variable([1.0, 2.0])).save(tmp_path / "ckpt")
    b = tf.Variable(0.0)
    status = tf.train.Checkpoint(a=tf.Variable([0.0, 0.0]), b=b).restore(path)
    with pytest.raises(AssertionError, match="No checkpoint values for b"):
        status.assert_existing_objects_matched()
    status.expect_partial()
    other = tf.Variable([1.0])
    with pytest.raises(
        ValueError, match=r"incompatible tensor with shape \(2,\).*\(1,\) and name a"
    ):
        tf.train.Checkpoint(a=other).restore(path)
    with pytest.raises(ValueError, match="variable a is int32, the checkpoint has float32"):
        tf.train.Checkpoint(a=tf.Variable([1, 2])).restore(path)
    assert other.numpy().tolist() == [1.0]
    with pytest.raises(tf.errors.NotFoundError, match="Failed to find any matching files"):
        tf.train.Checkpoint(a=other).restore(tmp_path / "nothing")
    with pytest.raises(ValueError, match="expecting x to be a trackable object"):
        tf.train.Checkpoint(x=3)


def test_damaged_files_are_named(tmp_path):
    v = tf.Variable(tf.ones((100,)))
    path = tf.train.Checkpoint(v=v).save(tmp_path / "ckpt")
    file = tmp_path / "ckpt-1.safetensors"
    whole = file.read_bytes()
    for end in (0, 4, 20, len(whole) - 1):
        file.write_bytes(whole[:end])
        with pytest.raises(tf.errors.DataLossError, match=r"ckpt-1\.safetensors' must be a whole"):
            tf.train.Checkpoint(v=v).restore(path)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    v = tf.Variable(1.0)
    checkpoint = tf.train.Checkpoint(v=v)
    path = checkpoint.write(tmp_path / "x")
    before = (tmp_path / "x.safetensors").read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    v.assign(2.0)
    with pytest.raises(OSError, match="No space left on device"):
        checkpoint.write(path)
    with pytest.raises(OSError, match="No space left on device"):
        checkpoint.save(path)
    assert (tmp_path / "x.safetensors").read_bytes() == before
    assert os.listdir(tmp_path) == ["x.safetensors"] and int(checkpoint.save_counter) == 0


def test_manager(tmp_path):
    v = tf.Variable(0.0)
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(v=v), tmp_path, max_to_keep=2)
    assert manager.restore_or_initialize() is None and manager.latest_checkpoint is None
    for i in range(4):
        v.assign(float(i))
        manager.save()
    assert [os.path.basename(p) for p in manager.checkpoints] == ["ckpt-3", "ckpt-4"]
    assert sorted(os.listdir(tmp_path)) == [
        "checkpoint",
        "ckpt-3.safetensors",
        "ckpt-4.safetensors",
    ]
    u = tf.Variable(9.0)
    again = tf.train.CheckpointManager(tf.train.Checkpoint(v=u), tmp_path, max_to_keep=2)
    assert again.checkpoints == manager.checkpoints
    assert again.restore_or_initialize() == manager.latest_checkpoint and float(u) == 3.0
    assert os.path.basename(again.save()) == "ckpt-5"
    assert len(again.checkpoints) == 2


def test_manager_counts_steps(tmp_path):
    step = tf.Variable(0)
    manager = tf.train.CheckpointManager(
        tf.train.Checkpoint(step=step), tmp_path, 1, step_counter=step, checkpoint_interval=2
    )
    saved = []
    for _ in range(5):
        saved.append(manager.save() is not None)
        step.assign_add(1)
    assert saved == [True, False, True, False, True]
    with pytest.raises(ValueError, match="Expected a positive integer or `None` for `max_to_keep`"):
        tf.train.CheckpointManager(tf.train.Checkpoint(), tmp_path, 0)
