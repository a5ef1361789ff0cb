"""LinearClassifier.partial_fit and mini-batches."""

import numpy as np
import pytest

from pyten.linear import LinearClassifier


def data(seed=0, n=600):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    return rng.normal(size=(n, 4)) * [1, 100, 0.01, 5] + y[:, None] * [2, 100, 0.0, 5], y


def test_a_stream_comes_near_the_optimum():
    X, y = data()
    best = LinearClassifier().fit(X, y)
    model = LinearClassifier(learning_rate=0.05, random_state=0)
    for _ in range(10):
        for start in range(0, len(X), 100):
            portion = slice(start, start + 100)
            model.partial_fit(X[portion], y[portion], classes=[0, 1, 2])
    assert model.n_iter_ == len(model.loss_curve_) == 60
    assert model.score(X, y) >= best.score(X, y) - 0.02
    assert np.mean(model.predict(X) == best.predict(X)) > 0.95


def test_sgd_fit_comes_near_the_optimum():
    X, y = data()
    best = LinearClassifier().fit(X, y)
    model = LinearClassifier(solver="sgd", learning_rate=0.01, random_state=0).fit(X, y)
    assert model.n_iter_ == 40
    assert model.loss_ == pytest.approx(best.loss_, rel=0.05)
    assert np.mean(model.predict(X) == best.predict(X)) > 0.97


@pytest.mark.parametrize("loss", ["logistic", "squared"])
@pytest.mark.parametrize("standardize", [True, False])
def test_one_batch_is_one_step_of_numpy(loss, standardize):
    X, y = data(n=40)
    y = (y > 0).astype(int)
    model = LinearClassifier(loss, standardize=standardize, l2=0.3, batch_size=40, random_state=0)
    model.partial_fit(X, y, classes=[0, 1])

    variance = X.var(0)
    factor = 1 / np.sqrt(variance if standardize else variance + 4 * 0.3 / 40)
    A = (X - X.mean(0)) * factor
    # From zeros the penalty has no gradient yet, and the sigmoid is 1/2 everywhere.
    error = (0.5 - y if loss == "logistic" else -2.0 * y) / 40
    step = -0.1 * A.T @ error
    np.testing.assert_allclose(model.coef_[0], step * factor)
    np.testing.assert_allclose(model.intercept_[0], -0.1 * error.sum() - model.coef_[0] @ X.mean(0))


def test_goes_on_from_fit_and_from_a_file(tmp_path):
    X, y = data()
    model = LinearClassifier(random_state=0).fit(X[:500], y[:500])
    model.save(tmp_path / "m.safetensors")
    loaded = LinearClassifier.load(tmp_path / "m.safetensors")
    before = model.coef_.copy()
    for one in (model, loaded):
        one.partial_fit(X[500:], y[500:])
    assert not np.array_equal(model.coef_, before)
    np.testing.assert_array_equal(loaded.coef_, model.coef_)
    assert loaded.loss_curve_ == model.loss_curve_
    np.testing.assert_allclose(model.coef_, before, atol=2.0)


def test_fit_forgets_the_stream():
    X, y = data()
    model = LinearClassifier(random_state=0).partial_fit(X[:50], y[:50], classes=[0, 1, 2])
    model.fit(X, y)
    np.testing.assert_array_equal(model.coef_, LinearClassifier().fit(X, y).coef_)


def test_a_portion_may_lack_classes_and_vary_in_features():
    X, y = data()
    model = LinearClassifier(random_state=0)
    model.partial_fit(X[y == 0][:20], y[y == 0][:20], classes=np.array([0, 1, 2]))
    assert model.classes_.tolist() == [0, 1, 2]
    constant = np.tile(X[:1], (5, 1))
    model.partial_fit(constant, y[:5])
    model.partial_fit(X, y)
    assert np.isfinite(model.coef_).all() and model.score(X, y) > 0.5


def test_zero_weights_leave_samples_out():
    X, y = data(n=60)
    weights = (np.arange(60) < 40).astype(float)
    kwargs = {"batch_size": 1000, "random_state": 0}
    weighted = LinearClassifier(**kwargs).partial_fit(X, y, [0, 1, 2], sample_weight=weights)
    fewer = LinearClassifier(**kwargs).partial_fit(X[:40], y[:40], [0, 1, 2])
    np.testing.assert_allclose(weighted.coef_, fewer.coef_)


def test_errors_name_the_requirement():
    X, y = data(n=30)
    with pytest.raises(ValueError, match="partial_fit: classes must be given on the first call, g"):
        LinearClassifier().partial_fit(X, y)
    model = LinearClassifier().partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"partial_fit: y must hold only labels in classes, .*got"):
        model.partial_fit(X, y + 1)
    with pytest.raises(ValueError, match=r"partial_fit: classes must stay as they were .* got \[0"):
        model.partial_fit(X, y, classes=[0, 1, 2, 3])
    with pytest.raises(ValueError, match="partial_fit: X has 2 features, but LinearClassifier is"):
        model.partial_fit(X[:, :2], y)
    with pytest.raises(ValueError, match="classes must hold at least 2 labels, got 1 class"):
        LinearClassifier().partial_fit(X, y * 0, classes=[0])


def test_overflow_is_reported_and_the_last_finite_state_kept():
    X, y = data()
    model = LinearClassifier("squared", learning_rate=1e150, random_state=0)
    with pytest.raises(ValueError, match=r"sgd: the loss must stay finite, got .* lower"):
        for _ in range(5):
            model.partial_fit(X, y, classes=[0, 1, 2])
    assert np.isfinite(model.coef_).all()
