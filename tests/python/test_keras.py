"""tf.keras: losses against TensorFlow's results, and what the rest says."""

import json
import pathlib

import numpy as np
import pytest

import pyten as tf

RECORDED = json.loads((pathlib.Path(__file__).parent / "parity" / "keras_losses.json").read_text())


@pytest.mark.parametrize(("source", "value", "dtype"), RECORDED["cases"], ids=lambda c: str(c)[:60])
def test_losses_are_tensorflows(source, value, dtype):
    names = {k: tf.constant(v, "float64") for k, v in RECORDED["inputs"].items() if k in "PTRSH"}
    names |= {k: np.array(RECORDED["inputs"][k]) for k in "IW"}
    result = eval(source, {"L": tf.keras.losses, **names})
    assert result.dtype == dtype
    rtol = 1e-9 if dtype == "float64" else 2e-6
    np.testing.assert_allclose(result.numpy(), value, rtol=rtol, atol=rtol)


@pytest.mark.parametrize(
    "name", ["mse", "binary_crossentropy", "kld", "logcosh", "huber", "poisson"]
)
def test_gradients(name):
    true = tf.constant([[0.3, 0.8], [0.6, 0.1]], "float64")
    pred = np.array([[0.2, 0.5], [0.9, 0.4]])
    loss = getattr(tf.keras.losses, name)
    x = tf.constant(pred)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(loss(true, x))
    gradient = tape.gradient(y, x).numpy()
    for i in np.ndindex(pred.shape):
        step = np.zeros_like(pred)
        step[i] = 1e-6
        up, down = (float(tf.reduce_sum(loss(true, pred + s))) for s in (step, -step))
        assert gradient[i] == pytest.approx((up - down) / 2e-6, rel=1e-6, abs=1e-8)


def test_get_and_configuration():
    losses = tf.keras.losses
    assert losses.get("mse") is losses.mean_squared_error and losses.get(None) is None
    huber = losses.deserialize(losses.serialize(losses.Huber(delta=0.5)))
    assert float(huber([0.0], [2.0])) == 0.5 * (2.0 - 0.25)
    with pytest.raises(ValueError, match="Could not interpret loss identifier: nope"):
        losses.get("nope")
    with pytest.raises(ValueError, match="Invalid value for argument `reduction`"):
        losses.MeanSquaredError(reduction="x")
    with pytest.raises(ValueError, match="must have the same shape"):
        losses.binary_crossentropy(tf.ones((2, 2)), tf.ones((2, 3)))


def test_layers_say_what_to_use():
    assert tf.keras.optimizers is tf.optimizers
    with pytest.raises(AttributeError, match="layers come with the real Keras"):
        tf.keras.layers.Dense  # noqa: B018
    with pytest.raises(AttributeError, match="derive from tf.Module"):
        tf.keras.datasets  # noqa: B018
    for cls in (tf.keras.Sequential, tf.keras.Model):
        with pytest.raises(
            NotImplementedError, match=f"tf.keras.{cls.__name__}: layers and models"
        ):
            cls([])
    with pytest.raises(NotImplementedError, match="use tf.nn"):

        class Mine(tf.keras.Model):
            pass
