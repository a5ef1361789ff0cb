"""What LinearClassifier says about bad input."""

import numpy as np
import pytest

from pyten.linear import LinearClassifier, NotFittedError

X = np.array([[0.0, 3.0], [1.0, 4.0], [3.0, 0.0], [4.0, 1.0]])
Y = np.array([0, 0, 1, 1])


@pytest.mark.parametrize(
    "params, error, message",
    [
        ({"loss": "hinge"}, ValueError, "loss must be one of 'logistic', 'squared', got 'hinge'"),
        ({"loss": None}, ValueError, "loss must be one of"),
        ({"solver": "adam"}, ValueError, "solver must be one of 'auto', .* got 'adam'"),
        ({"init": "ones"}, ValueError, "init must be one of 'zeros', 'uniform', got 'ones'"),
        ({"l2": -1.0}, ValueError, "l2 must be >= 0, got -1.0"),
        ({"l2": float("nan")}, ValueError, "l2 must be >= 0, got nan"),
        ({"l2": "1"}, TypeError, "l2 must be a number, got '1'"),
        ({"learning_rate": -0.1}, ValueError, "learning_rate must be > 0, got -0.1"),
        ({"learning_rate": 0}, ValueError, "learning_rate must be > 0, got 0"),
        ({"learning_rate": float("inf")}, ValueError, "learning_rate must be > 0, got inf"),
        ({"learning_rate": True}, TypeError, "learning_rate must be a number, got True"),
        ({"max_iter": 0}, ValueError, "max_iter must be >= 1, got 0"),
        ({"max_iter": 1.5}, TypeError, "max_iter must be a whole number, got 1.5"),
        ({"tol": 0.0}, ValueError, "tol must be > 0, got 0.0"),
        ({"batch_size": 0}, ValueError, "batch_size must be >= 1, got 0"),
        ({"momentum": 1.0}, ValueError, "momentum must be >= 0 and < 1, got 1.0"),
        ({"standardize": 1}, TypeError, "standardize must be True or False, got 1"),
        ({"random_state": -1}, ValueError, "random_state must be >= 0, got -1"),
        ({"random_state": "x"}, TypeError, "random_state must be a whole number, got 'x'"),
    ],
)
def test_parameters(params, error, message):
    with pytest.raises(error, match=f"^LinearClassifier: {message}"):
        LinearClassifier(**params).fit(X, Y)


@pytest.mark.parametrize(
    "features, error, message",
    [
        ([1.0, 2.0], ValueError, r"fit: X must have 2 dimensions, got X.shape=\(2,\)"),
        (np.ones((4, 2, 1)), ValueError, r"fit: X must have 2 dimensions, got X.shape=\(4, 2, 1\)"),
        (5.0, ValueError, r"fit: X must have 2 dimensions, got X.shape=\(\)"),
        (np.empty((0, 2)), ValueError, r"fit: X must not be empty, got 0 sample\(s\)"),
        (np.empty((4, 0)), ValueError, r"fit: X must not be empty, got 0 feature\(s\)"),
        ([[1, 2], [3]], ValueError, "fit: X must be an array of numbers, got"),
        ([["a", "b"]] * 4, ValueError, "fit: X must hold numbers, got could not convert"),
        (np.ones((4, 2)) * 1j, ValueError, "fit: X must be real, got dtype complex128"),
        (np.where(X == 4, np.nan, X), ValueError, r"fit: X must be finite, got NaN at X\[1, 1\]"),
        (np.where(X == 3, -np.inf, X), ValueError, r"fit: X must be finite, got infinity at X\[0"),
        (X[:3], ValueError, "fit: X and y must have as many samples, got X with 3 and y with 4"),
        (None, (TypeError, ValueError), "fit: X must"),
    ],
)
def test_features(features, error, message):
    with pytest.raises(error, match=f"^{message}"):
        LinearClassifier().fit(features, Y)


@pytest.mark.parametrize(
    "labels, error, message",
    [
        (None, ValueError, "fit: requires y to be passed, but the target y is None"),
        ([1, 1, 1, 1], ValueError, "fit: y must hold at least 2 classes, got 1 class: 1"),
        ([0.5, 1.5, 2.5, 3.5], ValueError, "fit: y must hold class labels, got numbers with frac"),
        ([0, np.nan, 1, 1], ValueError, "fit: y must be finite"),
        ([["a", "b"]] * 4, ValueError, r"fit: y should be a 1d array .* got y.shape=\(4, 2\)"),
        (np.array([0, "a", 1, "b"], object), TypeError, "fit: y must hold labels of one kind, got"),
        (np.array(["a", None, "b", "b"], object), ValueError, "fit: y must have no missing labels"),
        (np.array([0, 1, 0, 1]) * 1j, ValueError, "fit: y must hold class labels, got dtype compl"),
    ],
)
def test_labels(labels, error, message):
    with pytest.raises(error, match=f"^{message}"):
        LinearClassifier().fit(X, labels)


@pytest.mark.parametrize(
    "weights, error, message",
    [
        ([1.0, 1.0], ValueError, r"sample_weight must be a 1D array .*shape=\(2,\) and 4 samples"),
        ([1, 1, 1, -1], ValueError, r"sample_weight must be finite and >= 0, got -1.0 at .*\[3\]"),
        ([1, 1, np.nan, 1], ValueError, "sample_weight must be finite and >= 0, got nan at"),
        ([0, 0, 0, 0], ValueError, "sample_weight must contain at least one non-zero number"),
        ([1, 1, 0, 0], ValueError, "y must hold at least 2 classes, got 1 class: 0"),
        (["a"] * 4, ValueError, "sample_weight must hold numbers, got"),
    ],
)
def test_weights(weights, error, message):
    with pytest.raises(error, match=f"^fit: {message}"):
        LinearClassifier().fit(X, Y, sample_weight=weights)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_use(method):
    with pytest.raises(NotFittedError, match=f"^{method}: This LinearClassifier .* call fit first"):
        getattr(LinearClassifier(), method)(X)
    model = LinearClassifier().fit(X, Y)
    with pytest.raises(
        ValueError,
        match=rf"^{method}: X has 3 features, but LinearClassifier is expecting 2 features as "
        r"input, got X.shape=\(4, 3\)",
    ):
        getattr(model, method)(np.ones((4, 3)))
    with pytest.raises(ValueError, match=f"^{method}: X must be finite, got NaN"):
        getattr(model, method)([[np.nan, 1.0]])


def test_score_and_save_before_fit(tmp_path):
    with pytest.raises(NotFittedError, match="call fit first"):
        LinearClassifier().score(X, Y)
    with pytest.raises(NotFittedError, match=r"save: .* call fit first"):
        LinearClassifier().save(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_fit_leaves_the_old_one_whole():
    model = LinearClassifier().fit(X, Y)
    before = dict(vars(model))
    with pytest.raises(ValueError, match="fit: X must be finite"):
        model.fit(X * np.nan, Y)
    assert vars(model) == before


def test_set_params_names_the_valid_ones():
    model = LinearClassifier()
    with pytest.raises(ValueError, match=r"Invalid parameter 'C' for estimator .*'l2'"):
        model.set_params(C=1.0, l2=2.0)
    assert model.l2 is None
    assert model.set_params(l2=2.0).get_params()["l2"] == 2.0


def test_repr_shows_what_was_chosen():
    assert repr(LinearClassifier()) == "LinearClassifier()"
    assert repr(LinearClassifier("squared", l2=0.5)) == "LinearClassifier(loss='squared', l2=0.5)"
