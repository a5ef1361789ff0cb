"""Optimizers against TensorFlow's recorded steps (parity/optimizers.json) and NumPy."""

import copy
import json
import pathlib
import pickle
import re
import warnings

import numpy as np
import pytest

import pyten as tf

RECORDED = json.loads((pathlib.Path(__file__).parent / "parity" / "optimizers.json").read_text())
CASES = RECORDED["optimizers"]


def run(case, dtype, optimizer=None, steps=6):
    optimizer = optimizer or getattr(tf.optimizers, case["class"])(**case["args"])
    v = tf.Variable([1.0, -2.0, 0.5], dtype=dtype, name="w")
    u = tf.Variable([[0.3, -0.7]], dtype=dtype, name="b")
    rows = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(v**4) + tf.reduce_sum((u - 1.0) ** 2) * v[0]
        optimizer.apply_gradients(zip(tape.gradient(y, [v, u]), [v, u], strict=True))
        rows.append(np.concatenate([v.numpy().ravel(), u.numpy().ravel()]))
    return rows, optimizer


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_steps_are_tensorflows(name, dtype):
    rows, optimizer = run(CASES[name], dtype)
    rtol = 2e-6 if dtype == "float32" else 1e-10
    np.testing.assert_allclose(rows, CASES[name][dtype]["rows"], rtol=rtol, atol=rtol)
    state = np.concatenate([np.ravel(v.numpy()) for v in optimizer.variables[1:]])
    np.testing.assert_allclose(state, CASES[name][dtype]["state"], rtol=rtol, atol=rtol)
    ours = [v.name.split("/")[1].removesuffix(":0") for v in optimizer.variables]
    theirs = [n.split("/")[1] for n in CASES[name][dtype]["variables"]]
    assert ours == ["product" if n.startswith("variable") else n for n in theirs]


@pytest.mark.parametrize("case", RECORDED["schedules"], ids=lambda c: c["class"])
def test_schedules_are_tensorflows(case):
    schedule = getattr(tf.optimizers.schedules, case["class"])(**case["args"])
    values = [float(schedule(step)) for step in case["steps"]]
    np.testing.assert_allclose(values, case["values"], rtol=1e-6)
    assert schedule.get_config() == case["config"]
    again = tf.optimizers.schedules.deserialize(tf.optimizers.schedules.serialize(schedule))
    assert float(again(7)) == float(schedule(7))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_float32(dtype):
    v = tf.Variable([1.0, 2.0], dtype=dtype)
    optimizer = tf.optimizers.Adam(0.25)
    optimizer.apply([tf.constant([1e-3, -1e-3], dtype)], [v])
    np.testing.assert_allclose(tf.cast(v, "float32").numpy(), [0.75, 2.25], rtol=1e-2)


def test_large_variables_agree_with_numpy():
    rng = np.random.default_rng(0)
    value, gradient = rng.normal(size=(2, 300, 400))
    v = tf.Variable(value)
    optimizer = tf.optimizers.RMSprop(0.5, rho=0.75, epsilon=1e-3)
    optimizer.learning_rate = 0.25
    expected, mean = value.copy(), np.zeros_like(value)
    for _ in range(3):
        optimizer.apply([tf.constant(gradient)], [v])
        mean = 0.75 * mean + 0.25 * gradient**2
        expected -= 0.25 * gradient / np.sqrt(mean + 1e-3)
    np.testing.assert_allclose(v.numpy(), expected, rtol=1e-12)


def test_values_read_before_a_step_do_not_change():
    v = tf.Variable([1.0, 2.0])
    before = v.read_value()
    tf.optimizers.SGD(0.5).apply([before], [v])
    assert before.numpy().tolist() == [1.0, 2.0] and v.numpy().tolist() == [0.5, 1.0]


def test_rows_as_gradient():
    v = tf.Variable([[1.0], [2.0], [3.0]])
    rows = tf.IndexedSlices(tf.constant([[1.0], [1.0], [5.0]]), tf.constant([0, 0, 2]))
    tf.optimizers.SGD(0.5).apply_gradients([(rows, v)])
    assert v.numpy().ravel().tolist() == [0.0, 2.0, 0.5]


def test_constraint_is_applied():
    v = tf.Variable([1.0, -1.0], constraint=lambda x: tf.maximum(x, 0.0))
    tf.optimizers.SGD(0.5).apply([tf.constant([1.0, 1.0])], [v])
    assert v.numpy().tolist() == [0.5, 0.0]


def test_missing_gradients_warn_and_leave_the_variable():
    v, u = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="u")
    optimizer = tf.optimizers.SGD(0.5)
    with pytest.warns(UserWarning, match=re.escape("Gradients do not exist for variables ['u:0']")):
        optimizer.apply_gradients([(tf.constant(1.0), v), (None, u)])
    assert float(u) == 2.0 and float(v) == 0.5


def test_decay_can_leave_variables_out():
    v, u, b = (tf.Variable(1.0, name=n) for n in ("v", "u", "bias"))
    optimizer = tf.optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[u], var_names=["bias"])
    optimizer.apply([0.0, 0.0, 0.0], [v, u, b])
    assert [float(x) for x in (v, u, b)] == [0.75, 1.0, 1.0]
    with pytest.raises(ValueError, match="can only be configured before the optimizer is built"):
        optimizer.exclude_from_weight_decay(var_list=[v])


def test_learning_rate():
    optimizer = tf.optimizers.SGD(0.5)
    optimizer.learning_rate = 0.25
    assert float(optimizer.learning_rate) == 0.25
    optimizer.learning_rate.assign(0.125)
    assert optimizer.get_config()["learning_rate"] == 0.125
    v = tf.Variable(1.0)
    rate = tf.optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.5])
    scheduled = tf.optimizers.SGD(rate)
    for _ in range(2):
        scheduled.apply([1.0], [v])
    assert float(v) == -0.5 and int(scheduled.iterations) == 2
    with pytest.raises(TypeError, match="created with a `LearningRateSchedule`"):
        scheduled.learning_rate = 0.1
    called = tf.optimizers.SGD(lambda: 0.25)
    called.apply([1.0], [v])
    assert float(v) == -0.75


def test_wrong_use():
    v = tf.Variable([1.0, 2.0], name="v")
    with pytest.raises(ValueError, match="No gradients provided for any variable."):
        tf.optimizers.SGD().apply_gradients([(None, v)])
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        tf.optimizers.SGD().apply_gradients([])
    with pytest.raises(ValueError, match="Only one of `clipnorm`"):
        tf.optimizers.SGD(clipnorm=1.0, clipvalue=1.0)
    with pytest.raises(ValueError, match="Argument `learning_rate` should be float"):
        tf.optimizers.SGD("fast")
    with pytest.raises(ValueError, match=r"Argument\(s\) not recognized: {'foo': 1}"):
        tf.optimizers.SGD(foo=1)
    with pytest.raises(ValueError, match="`momentum` must be a float between"):
        tf.optimizers.SGD(momentum=2.0)
    with pytest.raises(ValueError, match="must already be built on a list of variables"):
        tf.optimizers.SGD().apply([1.0])
    with pytest.raises(AttributeError, match="minimize"):
        tf.optimizers.SGD().minimize  # noqa: B018
    optimizer = tf.optimizers.SGD(0.5)
    optimizer.build([v])
    with pytest.raises(ValueError, match="Unknown variable: <tf.Variable"):
        optimizer.apply_gradients([(tf.constant(1.0), tf.Variable(2.0))])
    match = r"Incompatible shapes: the gradient's is \(3,\) and that of variable v:0 is \(2,\)"
    with pytest.raises(tf.errors.InvalidArgumentError, match=match):
        optimizer.apply([tf.ones(3)])
    with pytest.raises(TypeError, match="variables must be floating, got int32"):
        tf.optimizers.SGD().apply([tf.constant(1)], [tf.Variable(1)])
    assert v.numpy().tolist() == [1.0, 2.0] and int(optimizer.iterations) == 0


def test_nothing_changes_when_one_gradient_is_wrong():
    v, u = tf.Variable([1.0, 2.0]), tf.Variable([1.0])
    optimizer = tf.optimizers.Adam(0.5)
    with pytest.raises(tf.errors.InvalidArgumentError):
        optimizer.apply([tf.ones(2), tf.ones(2)], [v, u])
    assert v.numpy().tolist() == [1.0, 2.0] and not optimizer.variables[2].numpy().any()


@pytest.mark.parametrize("name", ["adam", "nadam", "rmsprop_both", "ftrl_all"])
def test_configuration_goes_round(name):
    original = getattr(tf.optimizers, CASES[name]["class"])(**CASES[name]["args"])
    again = tf.optimizers.deserialize(tf.optimizers.serialize(original))
    assert type(again) is type(original) and again.get_config() == original.get_config()
    np.testing.assert_array_equal(
        run(CASES[name], "float32", again)[0], run(CASES[name], "float32", original)[0]
    )
    assert type(tf.optimizers.get("adam")) is tf.optimizers.Adam
    with pytest.raises(ValueError, match="Could not interpret optimizer identifier: foo"):
        tf.optimizers.get("foo")


@pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_go_on_where_they_are(how):
    v = tf.Variable([1.0, 2.0])
    optimizer = tf.optimizers.Adam(0.5)
    optimizer.apply([tf.constant([1.0, -2.0])], [v])
    optimizer2, v2 = how((optimizer, v))
    for o, x in ((optimizer, v), (optimizer2, v2)):
        o.apply([tf.constant([0.5, 1.0])], [x])
    np.testing.assert_array_equal(v.numpy(), v2.numpy())


def test_a_method_of_ones_own():
    class Half(tf.optimizers.Optimizer):
        def build(self, variables):
            super().build(variables)
            self.seen = self.add_optimizer_variables(variables, "seen")

        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, 0.5 * gradient * tf.cast(learning_rate, variable.dtype))
            self.assign_add(self.seen[0], tf.abs(gradient))

    v = tf.Variable([1.0, 2.0])
    optimizer = Half(0.5, clipvalue=1.0)
    optimizer.apply([tf.constant([4.0, -0.5])], [v])
    assert v.numpy().tolist() == [0.75, 2.125]
    assert optimizer.seen[0].numpy().tolist() == [1.0, 0.5]


def test_steps_are_not_recorded():
    v = tf.Variable(2.0)
    with warnings.catch_warnings(), tf.GradientTape() as tape:
        warnings.simplefilter("ignore")
        y = v * v
        tf.optimizers.SGD(0.5, clipnorm=1.0).apply([tf.constant(1.0)], [v])
    assert float(tape.gradient(y, v)) == 4.0 and float(v) == 1.5
