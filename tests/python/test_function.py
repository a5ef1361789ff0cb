"""tf.function, tf.Module, tf.device, tf.config, control flow."""

from __future__ import annotations

import numpy as np
import pytest

import pyten as tf


# -- tf.function ------------------------------------------------------------------------------------
def test_results_become_tensors() -> None:
    f = tf.function(lambda: [1, (2.0, {"a": np.ones(2), "b": None}), True])
    one, (two, rest), true = f()
    assert (one.dtype, two.dtype, rest["a"].dtype, true.dtype) == (
        tf.int32,
        tf.float32,
        tf.float64,
        tf.bool,
    )
    assert rest["b"] is None and tf.function(lambda: None)() is None
    assert isinstance(tf.function(lambda x: x)(tf.Variable(1.0)), tf.Tensor)


def test_arguments() -> None:
    kinds = tf.function(lambda *args, **kwargs: seen.extend([*args, *kwargs.values()]))
    seen: list = []
    kinds(np.ones(2), 3, [np.float64(1), "text"], k=np.int32(5))
    assert isinstance(seen[0], tf.Tensor) and seen[1] == 3 and type(seen[1]) is int
    assert isinstance(seen[2][0], tf.Tensor) and seen[2][1] == "text"
    assert isinstance(seen[3], tf.Tensor)


def test_decorator_forms_and_attributes() -> None:
    @tf.function(jit_compile=True, reduce_retracing=True, autograph=False)
    def f(x: tf.Tensor, scale: float = 2.0) -> tf.Tensor:
        """Scales."""
        return x * scale

    assert f(tf.constant(3.0)).numpy() == 6.0 and f(tf.constant(3.0), scale=1.0).numpy() == 3.0
    assert (f.__name__, f.__doc__, f.input_signature) == ("f", "Scales.", None)
    assert f.python_function(tf.constant(1.0)).numpy() == 2.0
    assert f.get_concrete_function(tf.constant(1.0))(tf.constant(4.0)).numpy() == 8.0
    with pytest.raises(TypeError, match="unexpected keyword argument 'foo'"):
        tf.function(f, foo=1)
    with pytest.raises(TypeError, match="not a callable"):
        tf.function(5)


def test_side_effects_happen_at_each_call() -> None:
    calls: list[float] = []
    f = tf.function(lambda x: calls.append(float(x)) or x.numpy())
    f(tf.constant(1.0))
    f(tf.constant(2.0))
    assert calls == [1.0, 2.0]


def test_methods_and_gradients() -> None:
    class Layer:
        def __init__(self) -> None:
            self.w = tf.Variable(3.0)

        @tf.function
        def __call__(self, x: tf.Tensor) -> tf.Tensor:
            return x * self.w

        @tf.function
        def squared(self, x: tf.Tensor) -> tf.Tensor:
            return x * x

    layer = Layer()
    with tf.GradientTape() as tape:
        y = layer(layer.squared(tf.constant(2.0)))
    assert y.numpy() == 12.0 and tape.gradient(y, layer.w).numpy() == 4.0
    assert layer.squared.python_function is Layer.squared.python_function


def test_input_signature() -> None:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def f(x: tf.Tensor) -> tf.Tensor:
        return x + 1

    assert f([1, 2]).dtype == f(np.ones(2)).dtype == tf.float32
    assert f.input_signature == (tf.TensorSpec([None], tf.float32),)
    for wrong in (tf.constant([1, 2]), tf.ones((2, 2))):
        with pytest.raises(TypeError, match="f: argument must fit TensorSpec"):
            f(wrong)
    with pytest.raises(TypeError, match="input_signature has 1 arguments, got 2"):
        f([1.0], [2.0])


def test_tensor_spec() -> None:
    spec = tf.TensorSpec([None, 2], name="x")
    assert (spec.shape, spec.dtype, spec.name) == (tf.TensorShape([None, 2]), tf.float32, "x")
    assert spec.is_compatible_with(tf.ones((3, 2))) and not spec.is_compatible_with(tf.ones(3))
    assert spec == tf.TensorSpec([None, 2], name="x") != tf.TensorSpec([None, 2])
    assert tf.TensorSpec.from_tensor(tf.ones(2)) == tf.TensorSpec([2])
    assert hash(spec) == hash(tf.TensorSpec([None, 2], name="x"))


# -- tf.Module ----------------------------------------------------------------------------------------
def test_module_variables_are_in_order_of_names() -> None:
    m, inner = tf.Module(), tf.Module()
    inner.z = tf.Variable(1.0, name="z")
    m.a = tf.Variable(1.0, name="a")
    m.layers = [m.a, inner]
    m.t = (tf.Variable(2.0, name="t", trainable=False),)
    m.d = {"b": tf.Variable(3.0, name="db"), "a": tf.Variable(4.0, name="da")}
    m.other = {1}
    assert [v.name for v in m.variables] == ["a:0", "da:0", "db:0", "t:0", "z:0"]
    assert [v.name for v in m.trainable_variables] == ["a:0", "da:0", "db:0", "z:0"]
    assert [v.name for v in m.non_trainable_variables] == ["t:0"]
    assert m.submodules == (inner,) and isinstance(m.variables, tuple)


def test_module_cycles() -> None:
    m = tf.Module()
    m.itself, m.child = m, tf.Module()
    m.child.parent, m.child.v = m, tf.Variable(1.0)
    assert len(m.variables) == 1 and m.submodules == (m.child,)


def test_module_names() -> None:
    class MyNet2D(tf.Module):
        @tf.Module.with_name_scope
        def build(self) -> str:
            return tf.Variable(1.0, name="y").name

    assert (tf.Module().name, MyNet2D().name, MyNet2D("n").name) == ("module", "my_net2_d", "n")
    assert MyNet2D("n").build() == "n/y:0" and MyNet2D("n").name_scope.name == "n/"
    for wrong in ("a b", "1a", "x/y"):
        with pytest.raises(ValueError, match="is not a valid module name"):
            tf.Module(wrong)


# -- Devices --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "cpu",
        "CPU:0",
        "/CPU:0",
        "/device:CPU:0",
        "/gpu:0",
        "GPU:1",
        "/TPU:0",
        "",
        None,
        "/job:x/cpu:0",
    ]
    + ["/job:localhost/replica:0/task:0/device:CPU:0"],
)
def test_device_names(name: str | None) -> None:
    with tf.device(name):
        assert tf.constant(1.0).device == "/job:localhost/replica:0/task:0/device:CPU:0"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("foo", "Unknown attribute 'foo' is encountered while parsing the device spec: 'foo'"),
        ("GPU:0/bar", "Unknown attribute 'bar'"),
        ("CPU:x", "must be an integer, got 'x'"),
        (5, "expecting a string device name"),
    ],
)
def test_wrong_device_names(name: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tf.device(name)


def test_config() -> None:
    devices = tf.config.list_physical_devices()
    assert [(d.name, d.device_type) for d in devices if d.device_type == "CPU"] == [
        ("/physical_device:CPU:0", "CPU")
    ]
    assert tf.config.list_physical_devices("foo") == []
    assert tf.config.list_logical_devices("CPU")[0].name == "/device:CPU:0"
    assert tf.config.functions_run_eagerly() is False
    tf.config.run_functions_eagerly(True)
    assert tf.config.functions_run_eagerly() is True
    tf.config.run_functions_eagerly(False)


# -- Control flow ----------------------------------------------------------------------------------------
def test_control_flow() -> None:
    assert tf.cond(tf.constant(True), lambda: 1, lambda: 2) == 1
    assert tf.case([(tf.constant(False), lambda: 1), (True, lambda: 3)], lambda: 2) == 3
    with pytest.raises(ValueError, match="no predicate holds"):
        tf.case([(False, lambda: 1)])
    assert tf.switch_case(5, [lambda: "a", lambda: "b"]) == "b"
    assert tf.switch_case(0, {0: lambda: "a"}, default=lambda: "c") == "a"
    i, total = tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i), (0, 0))
    assert (i.numpy(), total.numpy()) == (5, 10)
    limited = tf.while_loop(lambda i: True, lambda i: [i + 1], [0], maximum_iterations=3)
    assert limited[0].numpy() == 3
    with pytest.raises(TypeError, match="true_fn must be callable"):
        tf.cond(True, 1, lambda: 2)


def test_maps_and_folds() -> None:
    x = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.map_fn(lambda v: v * v, x)
        z = tf.scan(lambda a, v: a * v, x)
    assert tape.gradient(y, x).numpy().tolist() == [2.0, 4.0, 6.0]
    assert z.numpy().tolist() == [1.0, 2.0, 6.0]
    pairs = tf.map_fn(lambda p: (p[0] + p[1], p[0]), (x, x))
    assert [p.numpy().tolist() for p in pairs] == [[2.0, 4.0, 6.0], [1.0, 2.0, 3.0]]
    assert tf.scan(lambda a, v: a + v, x, reverse=True).numpy().tolist() == [6.0, 5.0, 3.0]
    assert tf.foldl(lambda a, v: a - v, x).numpy() == -4.0
    assert tf.foldr(lambda a, v: a - v, x).numpy() == 0.0
    assert tf.foldl(lambda a, v: a + v, tf.zeros((0,)), initializer=7.0).numpy() == 7.0
    assert tf.map_fn(lambda v: v > 1, x, fn_output_signature=tf.bool).dtype == tf.bool
    with pytest.raises(ValueError, match="at least one axis"):
        tf.map_fn(lambda v: v, 1.0)


def test_python_and_numpy_functions() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = tf.py_function(lambda v: v * v, [x], tf.float32)
    assert tape.gradient(y, x).numpy() == 6.0
    assert tf.numpy_function(np.sin, [0.0], tf.float64).dtype == tf.float64
    assert tf.py_function(lambda: None, [], []) is None
    assert [t.numpy() for t in tf.py_function(lambda: (1, 2.0), [], [tf.int32, tf.float32])] == [
        1,
        2,
    ]
