"""tf.Variable: construction, assignment, scattering, copies, protocols."""

from __future__ import annotations

import copy
import math
import pickle
import weakref

import numpy as np
import pytest

import pyten as tf


def listed(t: object) -> object:
    return np.asarray(t).tolist()


# -- Construction -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("initial", "dtype", "want"),
    [
        (3.0, None, "float32"),
        ([1, 2], None, "int32"),
        (True, None, "bool"),
        (np.array([1.0, 2.0]), None, "float64"),
        (np.array([1.0, 2.0]), tf.float32, "float32"),
        ([1, 2], "float64", "float64"),
        (lambda: tf.ones((2, 2)), None, "float32"),
        (range(3), None, "int32"),
    ],
)
def test_initial_values(initial: object, dtype: object, want: str) -> None:
    assert tf.Variable(initial, dtype=dtype).dtype == want


def test_the_value_is_copied() -> None:
    a, t = np.ones(2, np.float32), tf.ones(2)
    first = tf.Variable(t)
    for source in (a, t, first):
        v = tf.Variable(source)
        v.assign_add([1.0, 1.0])
        assert listed(source) == [1.0, 1.0] and listed(v) == [2.0, 2.0]


def test_defaults() -> None:
    v = tf.Variable(1)
    assert (v.name, v.trainable, v.shape, v.constraint) == ("Variable:0", True, (), None)
    assert v.synchronization is tf.VariableSynchronization.AUTO
    assert v.aggregation is tf.VariableAggregation.NONE
    assert not tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ).trainable
    assert isinstance(v, tf.Variable) and not isinstance(v, tf.Tensor) and tf.is_tensor(v)


def test_names_and_scopes() -> None:
    assert tf.Variable(1.0, name="w").name == tf.Variable(1.0, name="w").name == "w:0"
    with tf.name_scope("a") as a, tf.name_scope("b") as b:
        assert tf.Variable(1.0, name="w").name == "a/b/w:0"
        with tf.name_scope("") as root, tf.name_scope("q/") as q:
            assert tf.Variable(1.0).name == "q/Variable:0"
    assert (a, b, root, q) == ("a/", "a/b/", "", "q/")
    assert tf.name_scope("x").name == "x"
    for wrong in (None, 5):
        with pytest.raises(ValueError, match="name must be a string"):
            tf.name_scope(wrong)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "initial_value. arg to .tf.Variable. must be specified"),
        ({"initial_value": 1.0, "foo": 2}, TypeError, "unexpected keyword argument 'foo'"),
        ({"initial_value": 1.0, "name": 5}, ValueError, "name must be a string"),
        (
            {"initial_value": 1.0, "constraint": 5},
            ValueError,
            "constraint must be None or callable",
        ),
        ({"initial_value": 1.0, "synchronization": "x"}, ValueError, "VariableSynchronization"),
        ({"initial_value": 1.0, "aggregation": "x"}, ValueError, "VariableAggregation"),
        ({"initial_value": 1.0, "variable_def": 1}, ValueError, "variable_def"),
        ({"initial_value": [1.5], "dtype": tf.int32}, TypeError, "1.5"),
        ({"initial_value": np.array([1.5]), "dtype": tf.int32}, TypeError, "int32"),
        ({"initial_value": [1.0, 2.0], "shape": (3,)}, ValueError, r"\(\(2,\)\).*\(\(3,\)\)"),
        ({"initial_value": object()}, ValueError, "unsupported type"),
    ],
)
def test_refusals(arguments: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        tf.Variable(**arguments)


def test_a_tensor_of_another_dtype_is_not_cast() -> None:
    with pytest.raises(
        ValueError, match="initial_value: Tensor conversion requested dtype float64"
    ):
        tf.Variable(tf.ones(1), dtype=tf.float64)


def test_attributes_without_setters() -> None:
    v = tf.Variable(1.0)
    for name in ("name", "trainable", "shape", "dtype"):
        with pytest.raises(AttributeError):
            setattr(v, name, None)
    v.note = "attributes of the user's own are welcome"
    assert weakref.ref(v)() is v


# -- Assignment ---------------------------------------------------------------------------------------
def test_assign_returns_the_variable() -> None:
    v = tf.Variable([1.0, 2.0])
    assert v.assign([5, 6]) is v
    assert v.assign_add(np.array([1.0, 1.0])).assign_sub([0.5, 0.5]) is v
    assert listed(v) == [5.5, 6.5]
    assert v.assign([0.0, 0.0], read_value=False) is None
    assert v.assign(value=[1.0, 1.0], use_locking=True, name="x") is v
    assert v.assign_add(delta=[1.0, 1.0]) is v


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
@pytest.mark.parametrize("wrong", [1.0, [1.0, 2.0, 3.0], [[1.0, 2.0]]])
def test_shapes_do_not_broadcast(method: str, wrong: object) -> None:
    v = tf.Variable([1.0, 2.0], name="w")
    with pytest.raises(ValueError, match="2"):
        getattr(v, method)(wrong)
    assert listed(v) == [1.0, 2.0]


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
def test_dtypes_are_not_cast(method: str) -> None:
    v = tf.Variable([1.0, 2.0])
    for wrong in (tf.constant([1, 2]), tf.ones(2, tf.float64)):
        with pytest.raises((ValueError, TypeError), match="float32"):
            getattr(v, method)(wrong)
    with pytest.raises(TypeError):
        getattr(tf.Variable([1, 2]), method)([1.5, 2.0])
    with pytest.raises(ValueError, match="unsupported type"):
        v.assign(None)


def test_no_aliasing() -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    v.assign(v[::-1])
    assert listed(v) == [3.0, 2.0, 1.0]
    v.assign_add(v)
    v.assign(v + 1)
    assert listed(v) == [7.0, 5.0, 3.0]
    t = tf.ones(3)
    v.assign(t)
    v[0].assign(9.0)
    assert listed(t) == [1.0, 1.0, 1.0] and listed(v) == [9.0, 1.0, 1.0]


def test_earlier_reads_do_not_change() -> None:
    v = tf.Variable([1.0, 2.0])
    reads = [tf.convert_to_tensor(v), v.read_value(), v.value(), tf.identity(v), v[:], v.numpy()]
    reads += [np.asarray(v), tf.cast(v, tf.float32)]
    v.assign_add([5.0, 5.0])
    v[0].assign(9.0)
    v.scatter_nd_update([[1]], [7.0])
    assert [listed(r) for r in reads] == [[1.0, 2.0]] * len(reads)
    a = v.numpy()
    a[0] = 100.0
    assert listed(v) == [9.0, 7.0]


@pytest.mark.parametrize(
    ("key", "value", "want"),
    [
        ((0, 0), 9.0, [[9.0, 2.0], [3.0, 4.0]]),
        ((slice(None), 0), [5.0, 6.0], [[5.0, 2.0], [6.0, 4.0]]),
        ((slice(None), 0), 7.0, [[7.0, 2.0], [7.0, 4.0]]),
        (slice(None, None, -1), [[7.0, 8.0], [9.0, 10.0]], [[9.0, 10.0], [7.0, 8.0]]),
        ((..., None), [[[7.0], [8.0]], [[9.0], [10.0]]], [[7.0, 8.0], [9.0, 10.0]]),
        ((-1, -1), 0.0, [[1.0, 2.0], [3.0, 0.0]]),
        (slice(1, 1), np.zeros((0, 2)), [[1.0, 2.0], [3.0, 4.0]]),
    ],
)
def test_sliced_assign(key: object, value: object, want: list) -> None:
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    assert v[key].assign(value) is v
    assert listed(v) == want


def test_sliced_assign_add_and_sub() -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    v[1:].assign_add([10.0, 10.0])
    v[0].assign_sub(0.5)
    assert listed(v) == [0.5, 12.0, 13.0]


def test_sliced_assign_refusals() -> None:
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match=r"\[3\].*\[2\]|\(3,\).*\(2,\)"):
        v[:].assign([1.0, 2.0, 3.0])
    with pytest.raises(IndexError, match="index 5"):
        v[5].assign(1.0)
    with pytest.raises((ValueError, TypeError)):
        v[0].assign(tf.constant(9))
    with pytest.raises(AttributeError, match="assign"):
        tf.ones(2)[0].assign(1.0)
    with pytest.raises(TypeError, match="does not support item assignment"):
        v[0] = 1.0


@pytest.mark.parametrize("operator", ["+=", "-=", "*=", "/=", "**=", "//=", "%=", "@="])
def test_in_place_operators_name_assign(operator: str) -> None:
    scope = {"v": tf.Variable([[1.0]])}
    with pytest.raises(RuntimeError, match="assign"):
        exec(f"v {operator} [[2.0]]", scope)


def test_shapes_that_vary() -> None:
    v = tf.Variable(tf.ones((1, 2)), shape=[None, 2])
    assert v.shape == (None, 2) and v.get_shape() == (None, 2)
    v.assign(tf.ones((3, 2)))
    assert v.numpy().shape == (3, 2) and v.read_value().shape == (3, 2)
    with pytest.raises(ValueError):
        v.assign(tf.ones((3, 3)))
    free = tf.Variable([1.0], shape=tf.TensorShape(None))
    free.assign(5.0)
    assert free.shape.rank is None and listed(free) == 5.0
    v.set_shape([None, 2])
    with pytest.raises(ValueError, match="are not compatible"):
        v.set_shape([5, 3])


# -- Scattering -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "want"),
    [
        ("scatter_update", [[9.0, 9.0], [3.0, 4.0]]),
        ("scatter_add", [[10.0, 11.0], [3.0, 4.0]]),
        ("scatter_sub", [[-8.0, -7.0], [3.0, 4.0]]),
        ("scatter_mul", [[9.0, 18.0], [3.0, 4.0]]),
        ("scatter_div", [[1 / 9, 2 / 9], [3.0, 4.0]]),
        ("scatter_max", [[9.0, 9.0], [3.0, 4.0]]),
        ("scatter_min", [[1.0, 2.0], [3.0, 4.0]]),
    ],
)
def test_scatter_rows(method: str, want: list) -> None:
    for values in ([[9, 9]], 9.0):
        v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
        assert getattr(v, method)(tf.IndexedSlices(values, [0])) is v
        np.testing.assert_allclose(v, want, rtol=1e-6)


@pytest.mark.parametrize(
    ("method", "want"),
    [
        ("scatter_nd_update", [5.0, 2.0, 3.0]),
        ("scatter_nd_add", [6.0, 2.0, 3.0]),
        ("scatter_nd_sub", [-4.0, 2.0, 3.0]),
        ("scatter_nd_max", [5.0, 2.0, 3.0]),
        ("scatter_nd_min", [1.0, 2.0, 3.0]),
    ],
)
def test_scatter_nd(method: str, want: list) -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    assert getattr(v, method)(indices=[[0]], updates=[5.0]) is v
    assert listed(v) == want


def test_duplicates() -> None:
    v = tf.Variable([0.0, 0.0])
    v.scatter_nd_add([[0], [0]], [1.0, 2.0])
    v.scatter_nd_update([[1], [1]], [1.0, 2.0])
    assert listed(v) == [3.0, 2.0]


@pytest.mark.parametrize("index", [9, -1])
def test_scatter_out_of_range(index: int) -> None:
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=rf"\[{index}\] does not index into shape \[2\]"
    ):
        v.scatter_nd_update([[index]], [10.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match=str(index)):
        v.scatter_add(tf.IndexedSlices([10.0], [index]))
    assert listed(v) == [1.0, 2.0]


def test_scatter_needs_indexed_slices() -> None:
    with pytest.raises(TypeError, match="sparse_delta"):
        tf.Variable([1.0]).scatter_add([1.0])


def test_batch_scatter_update_and_reads() -> None:
    v = tf.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    v.batch_scatter_update(tf.IndexedSlices([[10.0], [20.0]], [[1], [2]]))
    assert listed(v) == [[1.0, 10.0, 3.0], [4.0, 5.0, 20.0]]
    assert listed(v.sparse_read([1])) == [[4.0, 5.0, 20.0]]
    assert listed(v.gather_nd([[0, 1]])) == [10.0]
    assert bool(v.is_initialized())


# -- Copies -----------------------------------------------------------------------------------------------
def test_deepcopy_is_a_variable_of_its_own() -> None:
    v = tf.Variable([1.0, 2.0], name="a", trainable=False)
    v.note = ["kept"]
    first, second = copy.deepcopy([v, v])
    first.assign([9.0, 9.0])
    assert first is second and first is not v and listed(v) == [1.0, 2.0]
    assert (first.name, first.trainable, first.note) == ("a:0", False, ["kept"])
    assert first.note is not v.note


def test_copy_shares_the_value() -> None:
    v = tf.Variable([1.0, 2.0])
    copy.copy(v).assign([3.0, 4.0])
    assert listed(v) == [3.0, 4.0]


@pytest.mark.parametrize("dtype", ["float32", "bool", "int64", "bfloat16", "complex64"])
def test_pickle(dtype: str) -> None:
    v = tf.Variable(tf.cast([1, 0], dtype), name="a/b", trainable=False, shape=[None])
    with tf.name_scope("elsewhere"):
        w = pickle.loads(pickle.dumps(v))
    assert (w.name, w.trainable, w.shape, w.dtype) == ("a/b:0", False, (None,), v.dtype)
    assert bool(tf.reduce_all(v == w))
    w.assign(tf.cast([0, 0, 1], dtype))


# -- Protocols ---------------------------------------------------------------------------------------------
def test_python_protocols() -> None:
    v, w = tf.Variable(2.5), tf.Variable([3, 1, 2])
    assert (float(v), int(v), bool(v), complex(v), math.floor(v)) == (2.5, 2, True, 2.5 + 0j, 2)
    assert (len(w), w.ndim, [10, 20, 30][w[1]], list(range(w[2]))) == (3, 1, 20, [0, 1])
    assert [int(x) for x in w] == [3, 1, 2] and max(w) == 3
    assert round(v) == 2.0 and divmod(tf.Variable(7), 2)[0] == 3
    assert (f"{v:.4f}", "%.1f" % v, f"{v}") == ("2.5000", "2.5", repr(v))  # noqa: UP031
    assert np.sum(w) == 6 and np.asarray(w).dtype == np.int32
    assert v in [v] and [tf.Variable(2.0), v].index(v) == 1
    assert (v == None) is False  # noqa: E711


def test_hash_and_ref() -> None:
    v = tf.Variable(1.0, name="q")
    with pytest.raises(TypeError, match=r"variable\.ref\(\) as the key.*'q:0'"):
        hash(v)
    assert {v.ref(): 3}[v.ref()] == 3 and v.ref().deref() is v
    assert v.ref() != tf.Variable(1.0, name="q").ref() and v.ref() != 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "shape=() dtype=float32, numpy=3.0>"),
        ([1, 2], "shape=(2,) dtype=int32, numpy=array([1, 2], dtype=int32)>"),
        (
            [[1.0], [2.0]],
            "shape=(2, 1) dtype=float32, numpy=\narray([[1.],\n       [2.]], dtype=float32)>",
        ),
    ],
)
def test_text(value: object, text: str) -> None:
    v = tf.Variable(value, name="w")
    assert repr(v) == str(v) == f"<tf.Variable 'w:0' {text}"


def test_looking_at_a_variable_does_not_watch_it() -> None:
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        repr(v), f"{v:.2f}", copy.deepcopy(v), pickle.dumps(v)
    assert tape.watched_variables() == ()


def test_functions_that_give_every_protocol_a_value() -> None:
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    assert listed(v.T) == [[1.0, 3.0], [2.0, 4.0]]
    assert (v.size, v.nbytes, v.sum().numpy(), v.mean().numpy()) == (4, 16, 10.0, 2.5)
    assert v.reshape(4).shape == (4,) and v.tolist() == [[1.0, 2.0], [3.0, 4.0]]
