"""LinearClassifier as a scikit-learn estimator, and against LogisticRegression on real data."""

import inspect
import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")
threadpoolctl = pytest.importorskip("threadpoolctl")

from sklearn import datasets  # noqa: E402
from sklearn.base import clone, is_classifier  # noqa: E402
from sklearn.exceptions import ConvergenceWarning, NotFittedError  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

from pyten.linear import ConvergenceWarning as OwnConvergenceWarning  # noqa: E402
from pyten.linear import LinearClassifier  # noqa: E402

RTOL = 1e-3


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"loss": "squared"},
        {"solver": "lbfgs", "standardize": False},
        {"solver": "sgd", "random_state": 0},
    ],
    ids=str,
)
def test_check_estimator(params):
    estimator = LinearClassifier(**params)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if "on_fail" in inspect.signature(check_estimator).parameters:
            results = check_estimator(estimator, on_fail=None)
            failed = [r for r in results if r["status"] == "failed"]
            assert not failed, [(r["check_name"], r["exception"]) for r in failed]
            assert sum(r["status"] == "passed" for r in results) > 50
        else:
            check_estimator(estimator)


def exact_reference(C, y):
    """LogisticRegression that goes on to the optimum, multinomial in old versions too."""
    solver = "newton-cholesky" if len(set(y)) == 2 else "newton-cg"
    return LogisticRegression(C=C, tol=1e-9, max_iter=10_000, solver=solver)


@pytest.mark.parametrize("name", ["breast_cancer", "iris"])
@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("solver", ["auto", "lbfgs"])
def test_coefficients_of_standardized_features(name, C, solver):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    scaler = StandardScaler().fit(X)
    reference = exact_reference(C, y).fit(scaler.transform(X), y)
    model = LinearClassifier(l2=1 / C, solver=solver).fit(X, y)
    coef = reference.coef_ / scaler.scale_
    np.testing.assert_allclose(model.coef_, coef, rtol=RTOL)
    np.testing.assert_allclose(
        model.intercept_, reference.intercept_ - coef @ scaler.mean_, rtol=RTOL
    )


@pytest.mark.parametrize("name", ["breast_cancer", "iris"])
@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
def test_coefficients_in_the_users_units(name, C):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    reference = exact_reference(C, y).fit(X, y)
    model = LinearClassifier(l2=1 / C, standardize=False).fit(X, y)
    np.testing.assert_allclose(model.coef_, reference.coef_, rtol=RTOL)
    np.testing.assert_allclose(model.intercept_, reference.intercept_, rtol=RTOL)
    np.testing.assert_allclose(model.predict_proba(X), reference.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("name", ["breast_cancer", "digits", "iris", "wine"])
def test_cross_validated_accuracy(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    reference = make_pipeline(StandardScaler(), LogisticRegression(max_iter=10_000))
    ours = cross_val_score(LinearClassifier(), X, y, cv=5).mean()
    # BLAS threads that wait for each other would take most of the time on a busy machine.
    with threadpoolctl.threadpool_limits(1):
        theirs = cross_val_score(reference, X, y, cv=5).mean()
    assert abs(ours - theirs) <= 0.005


def test_grid_search_in_two_processes():
    X, y = datasets.load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), LinearClassifier())
    search = GridSearchCV(pipeline, {"linearclassifier__l2": [0.1, 1.0, 10.0]}, n_jobs=2, cv=3)
    search.fit(X, y)
    assert search.best_score_ > 0.9
    assert "LinearClassifier" in search._repr_html_()


def test_clone_and_pickle():
    X, y = datasets.load_iris(return_X_y=True)
    model = LinearClassifier(l2=0.3, random_state=3).fit(X, y)
    copy = clone(model)
    assert copy.get_params() == model.get_params() and not hasattr(copy, "coef_")
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert is_classifier(model)


def test_errors_and_warnings_are_also_scikit_learns():
    X, y = datasets.load_iris(return_X_y=True)
    with pytest.raises(NotFittedError) as caught:
        LinearClassifier().predict(X)
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), NotFittedError)
    with pytest.warns(ConvergenceWarning) as record:
        LinearClassifier(max_iter=1).fit(X, y)
    assert isinstance(record[0].message, OwnConvergenceWarning)
    assert isinstance(pickle.loads(pickle.dumps(record[0].message)), ConvergenceWarning)


def test_data_frames():
    pandas = pytest.importorskip("pandas")
    bunch = datasets.load_wine(as_frame=True)
    names = bunch.target_names[bunch.target]
    model = LinearClassifier().fit(bunch.data, pandas.Series(names))
    assert model.feature_names_in_.tolist() == bunch.data.columns.tolist()
    assert model.score(bunch.data, names) > 0.95
    with pytest.raises(ValueError, match="predict: The feature names should match those that"):
        model.predict(bunch.data[bunch.data.columns[::-1]])
    with pytest.warns(UserWarning, match="X does not have valid feature names, but LinearClass"):
        model.predict(bunch.data.to_numpy())
    plain = LinearClassifier().fit(bunch.data.to_numpy(), names)
    with pytest.warns(UserWarning, match="X has feature names, but LinearClassifier was fitted"):
        plain.predict(bunch.data)
    odd = bunch.data.rename(columns={"ash": 3})
    with pytest.raises(TypeError, match="fit: column names of X must all be strings, got int, st"):
        model.fit(odd, names)


def test_neither_import_nor_use_loads_scikit_learn(tmp_path):
    code = (
        "import sys, pyten\n"
        "heavy = {'sklearn', 'matplotlib', 'tqdm', 'PIL', 'csv', 'pyten.linear'}\n"
        "assert not heavy & set(sys.modules) - {'csv'}, heavy & set(sys.modules)\n"
        "from pyten import LinearClassifier\n"
        "m = LinearClassifier(max_iter=3).fit([[0.], [1.], [2.], [3.]], [0, 0, 1, 1])\n"
        "m.save('m'); LinearClassifier.load('m').predict([[1.]])\n"
        "assert not {'sklearn', 'matplotlib', 'tqdm', 'PIL'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, env=dict(os.environ))
