"""NumPy's functions on tensors: arrays, unless a tape or accumulator follows the value."""

from __future__ import annotations

import gc
import operator
import warnings

import numpy as np
import numpy_cases
import pytest

import pyten as tf

NUMPY_2 = np.lib.NumpyVersion(np.__version__) >= "2.0.0"
CASES = numpy_cases.UFUNCS + numpy_cases.METHODS + numpy_cases.FUNCTIONS


def leaves(x):
    if isinstance(x, (list, tuple)):
        return [leaf for v in x for leaf in leaves(v)]
    return [x]


def scalar_of(results, weights):
    """The real part of a weighted sum: one number that depends on every element."""
    total = 0.0
    for y, w in zip(results, weights):
        if y.dtype.kind in "fc":
            total += np.nansum((w * y).real)
    return total


def differences(f, x, weights):
    """The gradient by central differences of what NumPy gives for arrays."""
    out = np.zeros(x.shape, x.dtype)
    directions = (1.0, 1j) if x.dtype.kind == "c" else (1.0,)
    for i in np.ndindex(x.shape):
        for d in directions:
            h = 1e-5
            pair = []
            for sign in (h, -h):
                moved = x.copy()
                moved[i] += sign * d
                pair.append(scalar_of([np.asarray(y) for y in leaves(f(moved))], weights))
            out[i] += d * (pair[0] - pair[1]) / (2 * h)
    return out


def identify(case):
    return case if isinstance(case, str) else None


@pytest.mark.parametrize(("name", "x", "f"), CASES, ids=identify)
def test_a_watched_call_is_recorded(name, x, f):
    """Values and gradients are NumPy's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # NumPy's, of what it will drop
        expected = [np.asarray(y) for y in leaves(f(x))]
    rng = np.random.default_rng(3)
    weights = [rng.normal(size=y.shape) + 1j * rng.normal(size=y.shape) for y in expected]
    t = tf.constant(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)
        with tf.GradientTape() as tape:
            tape.watch(t)
            results = leaves(f(t))
            total = tf.constant(0.0, tf.float64)
            followed = 0
            for y, w in zip(results, weights, strict=True):
                if not isinstance(y, tf.Tensor):
                    continue
                followed += 1
                w = w if y.dtype.is_complex else w.real
                if y.dtype.is_floating or y.dtype.is_complex:
                    part = tf.cast(w, y.dtype) * y
                    part = tf.math.real(part) if y.dtype.is_complex else part
                    total += tf.reduce_sum(
                        tf.where(tf.math.is_nan(part), tf.zeros_like(part), part)
                    )
    assert followed
    for y, e in zip(results, expected, strict=True):
        assert np.shape(y) == e.shape
        assert np.asarray(y).dtype.kind == e.dtype.kind
        np.testing.assert_allclose(np.asarray(y), e, rtol=1e-9, atol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gradient = tape.gradient(total, t)
        reference = differences(f, x, weights)
    reference = np.nan_to_num(reference)
    if gradient is None:  # right where it is 0 wherever there is one
        np.testing.assert_allclose(reference, 0, atol=1e-7)
    else:
        np.testing.assert_allclose(gradient.numpy(), reference, rtol=1e-6, atol=1e-6)


# Where NumPy's own rule is float64, or the call asks for it.
DOUBLE = {"bincount", "float_power"}
# Whose results belong to one argument each.
APART = {"atleast_2d", "atleast_3d", "broadcast_arrays", "meshgrid"}


@pytest.mark.parametrize(("name", "x", "f"), CASES, ids=identify)
def test_float32_stays_float32(name, x, f):
    """Numbers and arrays beside a float32 tensor take its dtype."""
    x = x.astype(np.complex64 if x.dtype.kind == "c" else np.float32)
    t = tf.constant(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        expected = [np.asarray(y) for y in leaves(f(x))]
        with tf.GradientTape() as tape:
            tape.watch(t)
            results = leaves(f(t))
    for y, e in zip(results, expected, strict=True):
        if isinstance(y, tf.Tensor) and (y.dtype.is_floating or y.dtype.is_complex):
            asked = "float64" in f.__code__.co_names or "complex128" in f.__code__.co_names
            wide = y.dtype in (tf.float64, tf.complex128)
            assert wide == (name in DOUBLE or asked or (name in APART and e.dtype == np.float64))
            np.testing.assert_allclose(np.asarray(y), e, rtol=3e-3, atol=1e-4)


# -- What the table covers --------------------------------------------------------------------------
def test_every_entry_has_a_case():
    """What pyten says it can carry out is tested above."""
    from pyten import _numpy
    from pyten._numpy import ufuncs

    tested = {name for name, _, _ in CASES}
    own = {name for name in _numpy.FUNCTIONS if function_named(name) is not None}
    assert own - tested - ALIASES == set()
    calls = {name for name in ufuncs.CALLS if isinstance(getattr(np, name, None), np.ufunc)}
    assert calls - tested - {"true_divide"} == set()


def function_named(name):
    found = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if type(found) is type(np.sum) else None


ALIASES = {"round_", "trapz", "product", "cumproduct"}  # older names of what has cases

# What NumPy computes with a warning: pyten has nothing for it, or it changes an array in place.
WARNED = set(
    """
    copyto fill_diagonal histogram histogram2d histogramdd intersect1d place poly polydiv polyfit
    put put_along_axis putmask roots setdiff1d setxor1d sort_complex union1d unique_all
    unique_counts unique_inverse asfarray
    """.split()
)


def test_every_function_of_numpy_is_decided():
    """A function that NumPy gains fails here until somebody decides what becomes of it."""
    from pyten import _numpy
    from pyten._numpy import silent, ufuncs

    known = _numpy.FUNCTIONS.keys() | silent.METADATA | silent.NO_DERIVATIVE | WARNED
    missing = []
    for module, prefix in ((np, ""), (np.linalg, "linalg."), (np.fft, "fft.")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            members = [(n, getattr(module, n)) for n in dir(module) if not n.startswith("__")]
        for name, f in members:
            if isinstance(f, np.ufunc):
                decided = ufuncs.CALLS.keys() | silent.NO_DERIVATIVE_UFUNCS
                if f.__name__ not in decided:
                    missing.append(name)
            elif type(f) is type(np.sum) and _numpy._function_name(f) not in known:
                missing.append(prefix + name)
    assert not missing
    assert not WARNED & (_numpy.FUNCTIONS.keys() | silent.NO_DERIVATIVE)


@pytest.mark.parametrize(
    ("name", "reference", "x"),
    [
        ("expit", None, [-2.0, 0.3, 5.0]),
        ("logit", None, [0.1, 0.5, 0.9]),
        ("erf", None, [-1.0, 0.2]),
        ("erfc", None, [-1.0, 0.2]),
        ("erfinv", None, [-0.4, 0.2]),
        ("erfcinv", None, [0.4, 1.2]),
        ("gammaln", None, [0.4, 3.2]),
        ("psi", None, [0.4, 3.2]),
        ("entr", None, [0.4, 3.2]),
        ("log_expit", None, [-4.0, 3.2]),
        ("ndtr", None, [-4.0, 0.2]),
        ("ndtri", None, [0.1, 0.7]),
        ("i0", None, [0.4, 3.2]),
        ("i0e", None, [0.4, 3.2]),
        ("i1", None, [0.4, 3.2]),
        ("i1e", None, [0.4, 3.2]),
        ("j0", None, [0.4, 3.2]),
        ("j1", None, [0.4, 3.2]),
        ("y0", None, [0.4, 3.2]),
        ("y1", None, [0.4, 3.2]),
        ("k0", None, [0.4, 3.2]),
        ("k0e", None, [0.4, 3.2]),
        ("k1", None, [0.4, 3.2]),
        ("k1e", None, [0.4, 3.2]),
        ("cbrt", None, [0.4, 3.2]),
        ("exp2", None, [0.4, 3.2]),
        ("expm1", None, [0.4, 3.2]),
        ("log1p", None, [0.4, 3.2]),
        ("xlogy", (1.5,), [0.4, 3.2]),
        ("xlog1py", (1.5,), [0.4, 3.2]),
        ("rel_entr", (1.5,), [0.4, 3.2]),
        ("gammainc", (1.5,), [0.4, 3.2]),
        ("gammaincc", (1.5,), [0.4, 3.2]),
        ("zeta", (2.5,), [0.4, 3.2]),
        ("betainc", (1.5, 2.5), [0.4, 0.7]),
    ],
)
def test_the_ufuncs_of_scipy(name, reference, x):
    special = pytest.importorskip("scipy.special")
    f = getattr(special, name)
    x, before = np.array(x), reference or ()
    t = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = f(*before, t)
    np.testing.assert_allclose(y.numpy(), f(*before, x), rtol=1e-12)
    slope = (f(*before, x + 1e-6) - f(*before, x - 1e-6)) / 2e-6
    np.testing.assert_allclose(tape.gradient(y, t).numpy(), slope, rtol=2e-6)


def test_scipy_entries_have_cases():
    from pyten._numpy import ufuncs

    marks = test_the_ufuncs_of_scipy.pytestmark
    tested = {case[0] for mark in marks for case in mark.args[1]}
    assert {n.strip("_") for n in ufuncs.SPECIAL} - tested - {"digamma"} == set()


# -- Unwatched: as TensorFlow has it ------------------------------------------------------------------
@pytest.fixture(params=["no tape", "a tape that watches another value"])
def unwatched(request):
    if request.param == "no tape":
        yield None
    else:
        with tf.GradientTape() as tape:
            tape.watch(tf.constant(1.0))
            yield tape


A = np.array([1.0, 2.0], np.float32)


@pytest.mark.parametrize(
    "f",
    [
        lambda t: np.exp(t),
        lambda t: np.add(t, A),
        lambda t: np.add(t, t),
        lambda t: np.maximum(t, 0),
        lambda t: np.sum(t, keepdims=True),
        lambda t: np.stack([t, t]),
        lambda t: np.concatenate([t, A]),
        lambda t: np.add.outer(t, t),
        lambda t: np.sort(t),
        lambda t: np.where(A > 1, t, 0),
        lambda t: np.linalg.inv(np.diag(t)),
        lambda t: np.fft.fft(t),
        lambda t: np.reshape(t, (2, 1)),
        lambda t: np.interp(t, A, A),
        lambda t: np.logical_not(t),
        lambda t: np.exp(t, out=np.zeros(2, np.float32)),
    ],
)
@pytest.mark.parametrize("kind", [tf.constant, tf.Variable])
def test_functions_give_arrays(f, kind, unwatched):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = kind(A) if kind is tf.constant else kind(A, trainable=False)
        y = f(x)
    assert type(y) is np.ndarray
    np.testing.assert_array_equal(y, f(A))


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv,
             operator.mod, operator.pow, operator.lt, operator.le, operator.gt, operator.ge,
             operator.eq, operator.ne]  # fmt: skip


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("left", [A, A.astype(np.float64), np.float64(1.5), np.float32(1.5)])
@pytest.mark.parametrize("watch", [False, True])
def test_operators_give_tensors(op, left, watch, unwatched):
    for x in (tf.constant([1.5, 2.5]), tf.Variable([1.5, 2.5], trainable=watch)):
        if watch and unwatched is not None and isinstance(x, tf.Tensor):
            unwatched.watch(x)
        y = op(left, x)
        assert isinstance(y, tf.Tensor)
        with_tensor = op(tf.constant(np.asarray(left, np.float32)), x)
        assert y.dtype == with_tensor.dtype
        np.testing.assert_array_equal(y.numpy(), with_tensor.numpy())


def test_products_and_bits(unwatched):
    m, t = np.eye(2, dtype=np.float32), tf.constant([[1.0, 2.0], [3.0, 4.0]])
    assert isinstance(m @ t, tf.Tensor)
    bits = tf.constant([1, 3])
    for op in (operator.and_, operator.or_, operator.xor):
        y = op(np.array([3, 2], np.int32), bits)
        assert isinstance(y, tf.Tensor) and y.dtype == tf.int32
    quotient, rest = divmod(np.float32(7), tf.constant(2.0))
    assert isinstance(quotient, tf.Tensor) and float(rest) == 1


def test_in_place_operators_rebind(unwatched):
    t = tf.constant([10.0, 20.0])
    if unwatched is not None:
        unwatched.watch(t)
    a = b = np.ones(2)
    a += t
    a -= tf.constant([1.0, 1.0])
    assert isinstance(a, tf.Tensor) and a.numpy().tolist() == [10, 20]
    assert b.tolist() == [1, 1]


def test_out_with_an_unwatched_tensor(unwatched):
    a = np.zeros(2)
    b = np.add(a, tf.constant([1.0, 2.0]), out=a)
    assert b is a and a.tolist() == [1, 2]
    assert np.add.reduce(tf.constant([[1.0], [2.0]]), out=np.zeros(1, np.float32)).tolist() == [3]


def test_a_tensor_is_no_out(unwatched):
    t = tf.constant([1.0, 2.0])
    with pytest.raises(TypeError, match="out|return arrays must be"):
        np.exp(A, out=t)
    with pytest.raises((TypeError, ValueError), match="out|read-only|array"):
        np.sum(A, keepdims=True, out=t)
    assert t.numpy().tolist() == [1, 2]


def test_other_libraries_come_first():
    """An object with an __array_ufunc__ of its own is asked."""

    class Other:
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            return "other", ufunc.__name__

        def __array_function__(self, function, types, args, kwargs):
            return "other", function.__name__

    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape():
        assert np.add(v, Other()) == ("other", "add")
        assert np.concatenate([v, Other()]) == ("other", "concatenate")


def test_pandas_keeps_its_objects():
    pd = pytest.importorskip("pandas")
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape():
        assert isinstance(np.add(v, pd.Series([1.0, 2.0])), pd.Series)
        assert isinstance(np.multiply(pd.Series([1.0, 2.0]), v), pd.Series)
        total = pd.Series([1.0, 2.0]) + v
        assert isinstance(total, pd.Series) and total.tolist() == [2, 4]


def test_named_results():
    v = tf.Variable([[2.0, 1.0], [0.0, 3.0]])
    with tf.GradientTape() as tape:
        y = np.linalg.slogdet(v).logabsdet + np.linalg.svd(v).S[0] + np.linalg.qr(v).R[0, 0]
        y += np.linalg.eigh(v).eigenvalues[0]
    assert tape.gradient(y, v) is not None


def test_arrays_of_the_array_api():
    """They are tensors too; what NumPy gives for a followed one is recorded, later writes or not."""
    xp = pytest.importorskip("pyten.array_api")
    x = xp.asarray([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = np.sum(np.exp(x) * 3)
        z = np.ones(2) + x
    assert isinstance(z, xp.Array)
    np.testing.assert_allclose(np.asarray(tape.gradient(y, x)), 3 * np.exp([1, 2]))
    assert isinstance(np.exp(x), np.ndarray)


def test_exports_of_arrays_of_the_array_api_are_pinned():
    xp = pytest.importorskip("pyten.array_api")
    makers = [np.asarray, memoryview, lambda x: np.asarray(memoryview(x)), lambda x: x.__array__(),
              lambda x: tf.from_dlpack(x), lambda x: x.__dlpack__(max_version=(1, 0))]  # fmt: skip
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        makers.append(np.from_dlpack)
    for make in makers:
        x = xp.asarray([1.0, 2.0])
        export = make(x)
        x[0] = 9.0
        x += 1.0
        if "capsule" in repr(export):
            export = tf.from_dlpack(export)
        assert np.asarray(export).tolist() == [1, 2]
        assert np.asarray(x).tolist() == [10, 3]
        del x
        gc.collect()
        [xp.asarray([5.0, 5.0]) for _ in range(20)]
        assert np.asarray(export).tolist() == [1, 2]


# -- Watched -----------------------------------------------------------------------------------------
def test_variables_are_watched_when_numpy_reads_them():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = np.sum(np.exp(v) * 2)
    assert isinstance(y, tf.Tensor) and y.dtype == tf.float32
    np.testing.assert_allclose(tape.gradient(y, v).numpy(), 2 * np.exp(v.numpy()), rtol=1e-6)
    assert [w.name for w in tape.watched_variables()] == ["Variable:0"]


def test_forward_mode():
    x = tf.constant([0.5, 1.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 2.0])) as acc:
        y = np.sin(x)
        z = np.linalg.norm(x)
    np.testing.assert_allclose(acc.jvp(y).numpy(), np.cos(x.numpy()) * [1, 2], rtol=1e-6)
    np.testing.assert_allclose(acc.jvp(z).numpy(), (0.5 + 2) / np.sqrt(1.25), rtol=1e-6)


def test_second_derivatives_and_jacobians():
    x = tf.constant([0.5, 1.0], tf.float64)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = np.sum(np.power(x, 3) * np.cos(x))
        g = inner.gradient(y, x)
    h = outer.jacobian(g, x).numpy()
    a = x.numpy()
    np.testing.assert_allclose(
        np.diag(h), 6 * a * np.cos(a) - 6 * a**2 * np.sin(a) - a**3 * np.cos(a)
    )


def test_dtypes_follow_the_tensor():
    """As for operators: an array takes the tensor's dtype, unless it is of a higher kind."""
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape():
        for y in (np.add(v, A.astype(np.float64)), np.add(A.astype(np.float64), v),
                  np.stack([v, A.astype(np.float64)]), np.where(A > 1, v, 0), np.dot(v, [1, 2]),
                  np.maximum(v, 0), np.hypot(v, 2), np.add(v, 10**9)):  # fmt: skip
            assert y.dtype == tf.float32
        assert np.add(v, 1j).dtype == tf.complex64 or np.add(v, 1j).dtype == tf.complex128
        assert np.add(v, tf.constant([1.0, 2.0], tf.float64)).dtype == tf.float64
        assert np.exp(tf.cast(v, tf.float16)).dtype == tf.float16
        assert np.exp(tf.cast(v, tf.bfloat16)).dtype == tf.bfloat16
        assert np.sum(v, dtype=np.float64).dtype == tf.float64
        assert np.multiply(v, 2, dtype=np.float64).dtype == tf.float64


def test_what_pyten_lacks_warns_with_the_users_line():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        with pytest.warns(UserWarning, match=r"np\.roots.*no gradient") as caught:
            y = np.roots(v)
        assert caught[0].filename == __file__
        with pytest.warns(UserWarning, match=r"np\.add\.at"):
            np.add.at(np.zeros(2, np.float32), [0, 1], v)
        with pytest.warns(UserWarning, match=r"np\.exp.*where=|expect unit"):
            np.exp(v, where=A > 1)
        with pytest.warns(UserWarning, match=r"np\.pad.*mode='mean'"):
            np.pad(v, 1, "mean")
        with pytest.warns(UserWarning, match="np.put"):
            np.put(np.zeros(2), [0], v[:1])
        with pytest.warns(UserWarning, match="np.copyto"):
            np.copyto(np.zeros(2), v)
        with pytest.warns(UserWarning, match="vectorized"):
            np.frompyfunc(lambda z: 2 * z, 1, 1)(v)
    assert isinstance(y, np.ndarray)
    with pytest.warns(UserWarning, match=r"test_numpy_protocols\.py:\d+"):
        assert tape.gradient(tf.constant(np.real(y)), v) is None


def test_what_has_no_derivative_is_silent():
    v = tf.Variable([3.0, 1.0])
    with tf.GradientTape(), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.argmax(v) == 0 and np.shape(v) == (2,) and np.ndim(v) == 1 and np.size(v) == 2
        assert np.argsort(v).tolist() == [1, 0]
        assert np.isnan(v).tolist() == [False, False]
        assert np.less(v, 2.0).tolist() == [False, True]
        assert np.allclose(v, [3, 1]) and np.array_equal(v, [3, 1])
        assert np.zeros_like(v).tolist() == [0, 0]
        assert np.nonzero(v)[0].tolist() == [0, 1]
        assert np.where(v)[0].tolist() == [0, 1]
        assert np.bincount(np.array([0, 1])).tolist() == [1, 1]
        np.testing.assert_allclose(v, [3, 1])
        np.array2string(v)


def test_shapes_alone_do_not_count_as_an_exit():
    x = tf.constant([1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        np.shape(x), np.zeros_like(x)
        y = tf.constant(2.0)
    assert "NumPy" not in tape.explain(y, x)


def test_out_is_refused():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape():
        a = np.zeros(2, np.float32)
        for f in (lambda: np.exp(v, out=a), lambda: np.sum(v, keepdims=True, out=a[:1]),
                  lambda: np.add(a, v, out=a), lambda: np.add.reduce(v, out=np.array(0.0))):  # fmt: skip
            with pytest.raises(TypeError, match="out= would take the result"):
                f()
        assert a.tolist() == [0, 0]


def test_errors_are_those_of_the_call():
    v = tf.Variable([[1.0, 2.0]])
    with tf.GradientTape():
        with pytest.raises(np.exceptions.AxisError if NUMPY_2 else ValueError):
            np.sum(v, axis=3)
        with pytest.raises(ValueError):
            np.reshape(v, (5, 5))
        with pytest.raises(IndexError, match="out of bounds"):
            np.take(v, 9)
        with pytest.raises(TypeError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.sum(v, no_such_argument=1)


def test_lists_of_watched_tensors():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = np.concatenate([[v, v], tf.reshape(v, [1, 2])])
    assert y.shape == (3, 2)
    assert tape.gradient(y, v).numpy().tolist() == [3, 3]


def test_the_protocols_exist_only_under_a_tape():
    t = tf.constant(1.0)
    assert not hasattr(tf.Tensor, "__array_ufunc__") and not hasattr(t, "__array_function__")
    with tf.GradientTape():
        assert hasattr(tf.Tensor, "__array_ufunc__") and hasattr(t, "__array_function__")
    tf.debugging.enable_check_numerics()
    try:
        assert not hasattr(tf.Tensor, "__array_ufunc__")
        assert isinstance(np.exp(t), np.floating)
    finally:
        tf.debugging.disable_check_numerics()


def test_stop_recording_gives_arrays():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape, tape.stop_recording():
        assert isinstance(np.exp(v), np.ndarray)


def test_nothing_leaks():
    v = tf.Variable(np.zeros((100, 1000), np.float32))
    before = live_bytes()
    for _ in range(5):
        with tf.GradientTape() as tape:
            y = np.mean(np.exp(v) + np.ones((100, 1000), np.float32))
        tape.gradient(y, v)
    del tape, y
    assert live_bytes() - before < 400_000


def live_bytes():
    gc.collect()
    return tf._core.memory_stats()["live_bytes"]


def test_the_page_about_numpy():
    """docs/numpy.md: its example runs, and what it says is warned about is."""
    import doctest
    from pathlib import Path

    page = Path(__file__).resolve().parents[2] / "docs" / "numpy.md"
    text = page.read_text().replace("```", "\n")
    test = doctest.DocTestParser().get_doctest(text, {}, "numpy.md", str(page), 0)
    assert test.examples
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.failures == 0
