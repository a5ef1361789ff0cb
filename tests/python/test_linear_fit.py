"""LinearClassifier against closed forms and against NumPy re-runs of the same mathematics."""

import doctest
import math
import warnings

import numpy as np
import pytest

import pyten as tf
from pyten.linear import ConvergenceWarning, LinearClassifier, Step
from pyten.linear.objective import Objective, scores_to_probabilities
from pyten.linear.scaling import Moments, Scaling
from pyten.linear.solvers import Trace, lbfgs, newton


def clouds(seed=0, size=500):
    rng = np.random.default_rng(seed)
    points = [rng.multivariate_normal(mean, np.eye(2), size) for mean in ([0, 3], [3, 0])]
    return np.vstack(points), np.repeat([0, 1], size)


def three_classes(n=90, d=4, seed=3):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    return rng.normal(size=(n, d)) * [1, 10, 0.1, 3] + y[:, None] * [1, -5, 0.1, 0], y


def optimum(X, y, l2, scale):
    """Newton's method in NumPy on the softmax loss with a penalty in units of 1 / scale."""
    classes, index = np.unique(y, return_inverse=True)
    A = np.column_stack([(X - X.mean(0)) / scale, np.ones(len(X))])
    onehot = np.eye(len(classes))[index]
    W = np.zeros((A.shape[1], len(classes)))
    penalty = l2 * np.append(np.ones(X.shape[1]), 0.0)
    for _ in range(60):
        scores = A @ W
        p = np.exp(scores - scores.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        gradient = A.T @ (p - onehot) + penalty[:, None] * W
        blocks = np.einsum("nk,ni,nj,kl->kilj", p, A, A, np.eye(len(classes)))
        blocks -= np.einsum("nk,nl,ni,nj->kilj", p, p, A, A)
        H = blocks.reshape(W.size, W.size) + np.diag(np.tile(penalty, len(classes)))
        step = np.linalg.lstsq(H, gradient.T.ravel(), rcond=1e-12)[0].reshape(W.T.shape).T
        W = W - step
    W -= W.mean(1, keepdims=True)
    coef = (W[:-1] / scale[:, None]).T
    return coef, W[-1] - coef @ X.mean(0)


class TestSquared:
    def test_is_the_articles_loop(self):
        X, y = clouds()
        model = LinearClassifier("squared", standardize=False, init="uniform", random_state=7)
        model.fit(X, y)

        W = np.random.RandomState(7).uniform(size=(2, 1))
        b = np.zeros(1)
        targets = y[:, None].astype(float)
        losses = []
        for _ in range(40):
            error = X @ W + b - targets
            losses.append(np.mean(error**2))
            W = W - 0.1 * 2 * X.T @ error / len(X)
            b = b - 0.1 * 2 * error.mean(0)
        np.testing.assert_allclose(model.coef_, W.T, rtol=1e-5)
        np.testing.assert_allclose(model.intercept_, b, rtol=1e-5)
        np.testing.assert_allclose(model.loss_curve_, losses, rtol=1e-5)
        assert model.n_iter_ == len(model.loss_curve_) == 40
        assert model.loss_ < model.loss_curve_[-1]

    def test_default_reaches_the_least_squares_line(self):
        X, y = clouds()
        model = LinearClassifier("squared").fit(X, y)
        A = np.column_stack([X, np.ones(len(X))])
        best = np.linalg.lstsq(A, y.astype(float), rcond=None)[0]
        np.testing.assert_allclose(model.coef_[0], best[:2], rtol=2e-3)
        np.testing.assert_allclose(model.intercept_[0], best[2], rtol=2e-3)

    @pytest.mark.parametrize("solver", ["newton", "lbfgs"])
    def test_other_solvers_reach_ridge_regression(self, solver):
        X, y = clouds(size=50)
        model = LinearClassifier("squared", l2=3.0, standardize=False, solver=solver).fit(X, y)
        centred = X - X.mean(0)
        ridge = np.linalg.solve(2 * centred.T @ centred + 3.0 * np.eye(2), 2 * centred.T @ y)
        np.testing.assert_allclose(model.coef_[0], ridge, rtol=1e-6)
        np.testing.assert_allclose(model.intercept_[0], y.mean() - X.mean(0) @ ridge, rtol=1e-6)

    def test_more_classes_are_each_fitted_against_the_rest(self):
        X, y = three_classes()
        model = LinearClassifier("squared").fit(X, y)
        for k in range(3):
            alone = LinearClassifier("squared").fit(X, y == k)
            np.testing.assert_allclose(model.coef_[k], alone.coef_[0], rtol=1e-9)
            np.testing.assert_allclose(model.intercept_[k], alone.intercept_[0], rtol=1e-9)
        np.testing.assert_array_equal(
            model.predict(X), np.argmax(X @ model.coef_.T + model.intercept_, axis=1)
        )

    def test_a_learning_rate_that_would_diverge_is_halved(self):
        X, y = clouds(size=50)
        model = LinearClassifier("squared", learning_rate=1e6, max_iter=200).fit(X, y)
        assert np.all(np.diff(model.loss_curve_) <= 1e-12)
        assert model.score(X, y) > 0.95


class TestLogistic:
    @pytest.mark.parametrize("solver", ["newton", "lbfgs"])
    @pytest.mark.parametrize("standardize", [True, False])
    @pytest.mark.parametrize("l2", [0.1, 1.0, 20.0])
    def test_multinomial_optimum(self, solver, standardize, l2):
        X, y = three_classes()
        scale = X.std(0) if standardize else np.ones(X.shape[1])
        coef, intercept = optimum(X, y, l2, scale)
        model = LinearClassifier(l2=l2, standardize=standardize, solver=solver).fit(X, y)
        np.testing.assert_allclose(model.coef_, coef, rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(model.intercept_, intercept, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(model.coef_.sum(0), 0.0, atol=1e-8)

    def test_two_classes_equal_the_softmax_with_half_the_penalty(self):
        # One sigmoid output w is the softmax pair (-w/2, w/2), whose squares add up to w² / 2.
        X, y = clouds(size=60)
        model = LinearClassifier(l2=0.7).fit(X, y)
        coef, intercept = optimum(X, y, 1.4, X.std(0))
        np.testing.assert_allclose(model.coef_[0], coef[1] - coef[0], rtol=1e-6)
        np.testing.assert_allclose(model.intercept_[0], intercept[1] - intercept[0], rtol=1e-6)

    def test_gradient_vanishes_in_the_users_units(self):
        X, y = clouds(size=60)
        model = LinearClassifier(l2=0.5, standardize=False).fit(X, y)
        p = model.predict_proba(X)[:, 1]
        np.testing.assert_allclose(X.T @ (p - y) + 0.5 * model.coef_[0], 0.0, atol=1e-6)
        np.testing.assert_allclose(np.sum(p - y), 0.0, atol=1e-6)

    def test_standardized_fit_does_not_depend_on_units(self):
        X, y = three_classes()
        factor, shift = np.array([1e6, 1e-6, 3.0, 1.0]), np.array([5.0, -2.0, 1e3, 0.0])
        one, other = (LinearClassifier().fit(data, y) for data in (X, X * factor + shift))
        np.testing.assert_allclose(other.coef_ * factor, one.coef_, rtol=1e-6)
        np.testing.assert_allclose(other.predict_proba(X * factor + shift), one.predict_proba(X))

    @pytest.mark.parametrize("standardize", [True, False])
    @pytest.mark.parametrize("loss", ["logistic", "squared"])
    def test_constant_columns_get_no_weight(self, loss, standardize):
        X, y = clouds(size=40)
        solver = "newton"
        wide = np.column_stack([np.full(len(X), 1e9), X, np.zeros(len(X)), np.full(len(X), 0.1)])
        model = LinearClassifier(loss, standardize=standardize, solver=solver).fit(wide, y)
        plain = LinearClassifier(loss, standardize=standardize, solver=solver).fit(X, y)
        np.testing.assert_array_equal(model.coef_[0, [0, 3, 4]], 0.0)
        np.testing.assert_allclose(model.coef_[0, 1:3], plain.coef_[0], rtol=1e-9)

    def test_collinear_columns_without_penalty(self):
        X, y = clouds(size=200)
        model = LinearClassifier(l2=0.0, tol=1e-7).fit(np.column_stack([X, X[:, 0]]), y)
        plain = LinearClassifier(l2=0.0, tol=1e-7).fit(X, y)
        np.testing.assert_allclose(
            model.coef_[0, 0] + model.coef_[0, 2], plain.coef_[0, 0], rtol=1e-4
        )

    def test_sample_weights_are_repetitions(self):
        X, y = three_classes(n=60)
        weights = np.arange(60) % 4
        weighted = LinearClassifier().fit(X, y, sample_weight=weights)
        repeated = LinearClassifier().fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
        np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-6, atol=1e-10)
        score = weighted.score(X, y, sample_weight=weights)
        assert score == pytest.approx(repeated.score(np.repeat(X, weights, 0), y.repeat(weights)))

    def test_tensors_lists_and_labels_of_many_kinds(self):
        X, y = clouds(size=30)
        expected = LinearClassifier().fit(X, y).predict(X)
        assert np.array_equal(
            LinearClassifier().fit(tf.constant(X), tf.constant(y)).predict(tf.constant(X)), expected
        )
        assert np.array_equal(LinearClassifier().fit(X.tolist(), y.tolist()).predict(X), expected)
        for labels in (np.array(["no", "yes"])[y], y.astype(bool), y.astype(np.float32), y * 7):
            model = LinearClassifier().fit(X, labels)
            assert model.predict(X).dtype == labels.dtype
            assert np.array_equal(model.predict(X) == model.classes_[1], expected == 1)

    def test_huge_and_tiny_features(self):
        X, y = clouds(size=30)
        model = LinearClassifier().fit(X * [1e200, 1e-200], y)
        plain = LinearClassifier().fit(X, y)
        np.testing.assert_allclose(model.coef_ * [1e200, 1e-200], plain.coef_, rtol=1e-6)


class TestOutputs:
    @pytest.mark.parametrize("loss", ["logistic", "squared"])
    @pytest.mark.parametrize("make", [clouds, three_classes])
    def test_shapes_and_agreement(self, loss, make):
        X, y = make()
        model = LinearClassifier(loss).fit(X, y)
        p, scores, predicted = model.predict_proba(X), model.decision_function(X), model.predict(X)
        classes = len(model.classes_)
        assert p.shape == (len(X), classes) and p.dtype == np.float64
        np.testing.assert_allclose(p.sum(1), 1.0)
        assert (p >= 0).all()
        if classes == 2:
            assert scores.shape == (len(X),)
            np.testing.assert_array_equal(predicted, (scores > 0).astype(int))
            assert model.coef_.shape == (1, 2) and model.intercept_.shape == (1,)
        else:
            assert scores.shape == (len(X), 3)
            np.testing.assert_array_equal(predicted, scores.argmax(1))
            assert model.coef_.shape == (3, 4) and model.intercept_.shape == (3,)
        np.testing.assert_array_equal(predicted, p.argmax(1))
        offset = 0.5 if loss == "squared" else 0.0
        np.testing.assert_allclose(
            np.reshape(scores, (len(X), -1)), X @ model.coef_.T + model.intercept_ - offset
        )
        assert model.score(X, y) == pytest.approx(np.mean(predicted == y))

    def test_nearest_probabilities_solve_their_problem(self):
        rng = np.random.default_rng(0)
        scores = rng.normal(size=(50, 4))
        p = scores_to_probabilities("squared", scores)
        np.testing.assert_allclose(p.sum(1), 1.0)
        # At the projection, s - p is the same wherever p > 0, and no larger elsewhere.
        gap = scores - p
        level = np.where(p > 0, gap, -np.inf).max(1, keepdims=True)
        np.testing.assert_allclose(np.where(p > 0, gap - level, 0.0), 0.0, atol=1e-12)
        assert (gap <= level + 1e-12).all()

    def test_probabilities_of_far_points_stay_exact(self):
        p = scores_to_probabilities("logistic", np.array([[-800.0], [800.0], [40.0]]))
        assert p[0, 0] == 1.0 and p[1, 0] == 0.0 and 0 < p[2, 0] < 1e-16

    def test_predictions_do_not_depend_on_the_batch(self):
        X, y = three_classes()
        model = LinearClassifier().fit(X, y)
        one_by_one = np.vstack([model.predict_proba(row[None, :]) for row in X])
        np.testing.assert_allclose(one_by_one, model.predict_proba(X), rtol=1e-12)


class TestProgress:
    def test_callback_sees_each_step_in_the_users_units(self):
        X, y = clouds()
        steps = []
        model = LinearClassifier("squared").fit(X, y, callback=steps.append)
        assert [step.number for step in steps] == list(range(1, 41))
        assert [step.loss for step in steps] == model.loss_curve_
        for step in (steps[0], steps[20], steps[-1]):
            assert isinstance(step, Step)
            error = X @ step.coef.T + step.intercept - y[:, None]
            assert np.mean(error**2) == pytest.approx(step.loss)

    @pytest.mark.parametrize(
        "solver, loss",
        [("newton", "logistic"), ("lbfgs", "logistic"), ("gd", "squared"), ("sgd", "logistic")],
    )
    @pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
    def test_an_interrupt_keeps_what_was_learnt(self, solver, loss, error):
        X, y = three_classes()

        def stop(step):
            if step.number == 4:
                raise error

        model = LinearClassifier(loss, solver=solver, random_state=0)
        with pytest.raises(error):
            model.fit(X, y, callback=stop)
        whole = LinearClassifier(loss, solver=solver, random_state=0).fit(X, y)
        assert model.n_iter_ == 4
        assert model.loss_curve_ == whole.loss_curve_[:4]
        assert math.isfinite(model.loss_)
        assert model.score(X, y) > 0.5

    def test_warns_when_it_did_not_converge(self):
        X, y = three_classes()
        with pytest.warns(ConvergenceWarning, match=r"fit: the gradient must reach .* after 2 st"):
            LinearClassifier(max_iter=2).fit(X, y)
        with pytest.warns(ConvergenceWarning, match="fit: gradient descent must settle, got a lo"):
            LinearClassifier("squared", max_iter=2).fit(X, y)

    def test_does_not_warn_when_it_did(self):
        X, y = three_classes()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for solver in ("newton", "lbfgs"):
                LinearClassifier(solver=solver).fit(X, y)
            LinearClassifier("squared").fit(X, y)

    def test_is_deterministic(self):
        X, y = three_classes()
        for solver in ("newton", "lbfgs", "gd", "sgd"):
            one, two = (
                LinearClassifier(solver=solver, random_state=1, max_iter=50).fit(X, y)
                for _ in range(2)
            )
            np.testing.assert_array_equal(one.coef_, two.coef_)


class TestParts:
    @pytest.mark.parametrize("loss", ["logistic", "squared"])
    @pytest.mark.parametrize("outputs", [1, 3])
    def test_gradient_and_hessian_are_those_of_the_value(self, loss, outputs):
        rng = np.random.default_rng(0)
        design = np.column_stack([rng.normal(size=(20, 3)), np.ones(20)])
        targets = np.eye(max(outputs, 2))[rng.integers(0, max(outputs, 2), 20)][:, :outputs]
        weights = rng.uniform(0.5, 2.0, 20)
        penalty = np.array([[1.0], [2.0], [0.5], [0.0]])
        objective = Objective(loss, design, targets, weights, penalty)
        theta = rng.normal(size=(4, outputs))
        _, gradient = objective(theta)
        hessian = objective.hessian(theta)
        h = 1e-5
        for i in range(4):
            for k in range(outputs):
                step = np.zeros_like(theta)
                step[i, k] = h
                (above, g_above), (below, g_below) = (
                    objective(theta + step),
                    objective(theta - step),
                )
                assert gradient[i, k] == pytest.approx((above - below) / (2 * h), abs=1e-8)
                np.testing.assert_allclose(
                    hessian[k * 4 + i], ((g_above - g_below) / (2 * h)).T.ravel(), atol=1e-8
                )

    def test_hessian_in_blocks_equals_the_whole(self, monkeypatch):
        X, y = three_classes()
        objective = Objective("logistic", X, np.eye(3)[y], np.ones(len(X)), np.zeros((4, 1)))
        theta = np.random.default_rng(0).normal(size=(4, 3)) * 0.1
        whole = objective.hessian(theta)
        monkeypatch.setattr("pyten.linear.objective._BLOCK_ELEMENTS", 100)
        np.testing.assert_allclose(objective.hessian(theta), whole, atol=1e-12)

    def test_both_full_batch_solvers_find_one_optimum(self):
        X, y = three_classes()
        traces = []
        for solver in (newton, lbfgs):
            scaling = Scaling.of(Moments.of(X, np.ones(len(X))), 1.0, True)
            objective = Objective(
                "logistic", scaling.design(X), np.eye(3)[y], np.ones(len(X)), scaling.penalty
            )
            trace = Trace(np.zeros((5, 3)))
            solver(objective, trace, 1e-10, 500)
            assert trace.converged
            traces.append(trace)
        np.testing.assert_allclose(traces[0].theta, traces[1].theta, atol=1e-7)

    def test_moments_merge_as_if_seen_together(self):
        rng = np.random.default_rng(0)
        X, w = rng.normal(5.0, 2.0, size=(30, 3)), rng.uniform(0.1, 2.0, 30)
        merged = Moments.of(X[:10], w[:10]).merge(Moments.of(X[10:], w[10:]))
        whole = Moments.of(X, w)
        np.testing.assert_allclose(merged.mean, whole.mean)
        np.testing.assert_allclose(merged.spread, whole.spread)
        assert merged.weight == pytest.approx(whole.weight)

    def test_scaling_there_and_back(self):
        X, _ = three_classes()
        for standardize in (True, False):
            scaling = Scaling.of(Moments.of(X, np.ones(len(X))), 2.0, standardize)
            theta = np.random.default_rng(0).normal(size=(5, 3))
            coef, intercept = scaling.to_user(theta)
            np.testing.assert_allclose(X @ coef.T + intercept, scaling.design(X) @ theta)
            np.testing.assert_allclose(scaling.from_user(coef, intercept), theta)
            penalty = np.sum(scaling.penalty * theta**2)
            unit = coef * X.std(0) if standardize else coef
            assert penalty == pytest.approx(2.0 * np.sum(unit**2))

    def test_docstring_example(self):
        import pyten.linear.classifier as module

        result = doctest.testmod(module)
        assert result.attempted > 0 and result.failed == 0
