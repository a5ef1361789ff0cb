"""``LinearClassifier``: the estimator."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import pyten as tf
from pyten.linear.objective import LOSSES, scores_to_probabilities
from pyten.linear.sklearn_compat import SklearnProtocol, convergence_warning, not_fitted_error
from pyten.linear.training import SOLVERS, Settings, Step, Training
from pyten.linear.validation import (
    check_choice,
    check_device,
    check_features,
    check_integer,
    check_labels,
    check_number,
    check_weights,
    feature_names,
    random_generator,
    unique_labels,
)

__all__ = ["LinearClassifier", "Step"]


class LinearClassifier(SklearnProtocol):
    """Linear classification by gradients from pyten's tape; a scikit-learn estimator.

    Minimises ``sum_i weight_i * loss_i + l2 / 2 * ||w||**2``; intercepts carry no penalty. All
    arithmetic is float64.

    With the logistic loss this is scikit-learn's ``LogisticRegression(C=1 / l2)``: two classes have
    one sigmoid output, more classes one softmax output each (multinomial). With the squared loss it
    is the textbook's classifier: outputs are fitted to 0 and 1, one output a class when there are
    more than two, and two classes are told apart at 0.5.

    **Which coefficients the penalty acts on.** With ``standardize=True`` (as glmnet has it) on
    those of the features brought to mean 0 and variance 1, so the fit does not depend on the units
    the features come in; it equals ``make_pipeline(StandardScaler(), LogisticRegression(C=1 /
    l2))``. With ``standardize=False`` on those of the features as given, which equals
    ``LogisticRegression(C=1 / l2)`` on the raw data; features are then rescaled only inside the
    solver. Either way ``coef_`` and ``intercept_`` are in the user's units. Plain gradient descent
    (``solver="gd"``) with ``standardize=False`` works on the features exactly as given, as the
    textbook does.

    Args:
        loss: "logistic" or "squared".
        l2: strength of the penalty, >= 0. None is 1.0 for the logistic and 0.0 for the squared
            loss.
        standardize: whether the penalty acts on coefficients of standardised features.
        solver: "newton" and "lbfgs" go on to the optimum; "gd" takes ``max_iter`` plain steps over
            all samples, halving the learning rate when a step would raise the loss; "sgd" makes
            ``max_iter`` passes in shuffled mini-batches with momentum. "auto" is "gd" for the
            squared loss, and for the logistic loss "newton", or "lbfgs" when the Hessian would be
            too large.
        learning_rate: step size of "gd" and "sgd", > 0.
        max_iter: most steps (passes for "sgd"). None is 100 for "newton", 5000 for "lbfgs" and 40
            for "gd" and "sgd".
        tol: a gradient of the mean loss with no larger entry counts as zero.
        init: where training starts: "zeros", or "uniform" for coefficients drawn from [0, 1) and
            zero intercepts, as the textbook starts.
        batch_size: samples in a mini-batch of "sgd" and ``partial_fit``.
        momentum: of "sgd" and ``partial_fit``, in [0, 1).
        random_state: seed or NumPy generator for "uniform" and for shuffling. The other solvers
            draw nothing.
        device: where losses, gradients and scores are computed: "GPU:0", "cpu", …, as for
            `tf.device`. None is where `tf.device` says, else the CPU. A model file does not keep it.

    Attributes:
        coef_: shape (1, n_features) for two classes, (n_classes, n_features) for more.
        intercept_: shape (1,) or (n_classes,).
        classes_: the labels in order, shape (n_classes,).
        n_iter_: steps taken.
        loss_curve_: mean loss, penalty included, at the start of each step; for passes of
            mini-batches, its mean over the pass.
        loss_: mean loss, penalty included, that training ended with.
        n_features_in_: number of features.
        feature_names_in_: their names, when ``fit`` was given a data frame.

    Example:
        >>> import numpy as np
        >>> from pyten import LinearClassifier
        >>> X = np.array([[0.0, 3.0], [1.0, 4.0], [3.0, 0.0], [4.0, 1.0]])
        >>> y = np.array(["A", "A", "B", "B"])
        >>> model = LinearClassifier(l2=0.1).fit(X, y)
        >>> model.predict([[0.5, 3.0], [3.5, 0.0]]).tolist()
        ['A', 'B']
        >>> model.score(X, y)
        1.0
    """

    coef_: np.ndarray
    intercept_: np.ndarray
    classes_: np.ndarray
    feature_names_in_: np.ndarray
    n_features_in_: int
    n_iter_: int
    loss_curve_: list[float]
    loss_: float

    def __init__(
        self,
        loss: str = "logistic",
        *,
        l2: float | None = None,
        standardize: bool = True,
        solver: str = "auto",
        learning_rate: float = 0.1,
        max_iter: int | None = None,
        tol: float = 1e-9,
        init: str = "zeros",
        batch_size: int = 32,
        momentum: float = 0.9,
        random_state: Any = None,
        device: str | None = None,
    ) -> None:
        self.loss = loss
        self.l2 = l2
        self.standardize = standardize
        self.solver = solver
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.tol = tol
        self.init = init
        self.batch_size = batch_size
        self.momentum = momentum
        self.random_state = random_state
        self.device = device

    # -- training ---------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        callback: Callable[[Step], None] | None = None,
    ) -> LinearClassifier:
        """Train from the start.

        An interrupt (Ctrl-C) or an exception from ``callback`` stops training at once; the
        attributes are then set to what was learnt so far before it goes on to the caller.

        Args:
            X: numbers, shape (n_samples, n_features); converted to float64.
            y: labels, shape (n_samples,); numbers, strings or booleans, at least two classes.
            sample_weight: shape (n_samples,), >= 0, or None for ones.
            callback: called at the start of each step.

        Returns:
            The estimator itself.

        Raises:
            TypeError: an argument of the wrong type, or data that are not numbers.
            ValueError: wrong shapes, NaN or infinity, one class only, parameters out of range.
        """
        settings = self._checked_settings("fit")
        names = feature_names("fit", X)
        features = check_features("fit", X)
        labels = check_labels("fit", y, len(features))
        weights = check_weights("fit", sample_weight, len(features))
        if not weights.all():
            features, labels, weights = (a[weights > 0] for a in (features, labels, weights))
        classes, index = unique_labels("fit", labels)
        if len(classes) < 2:
            raise ValueError(
                f"fit: y must hold at least 2 classes, got 1 class: {classes.tolist()[0]!r}"
            )
        training = Training(settings, features, index, len(classes), weights)
        self._forget()
        self._set_schema(features.shape[1], names, classes)
        try:
            training.run(callback)
        finally:
            self._keep(training)
        if not training.trace.converged:
            warnings.warn(convergence_warning(f"fit: {training.trace.why_not}"), stacklevel=2)
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> LinearClassifier:
        """Learn from one more portion of a stream: one pass of mini-batches with momentum.

        Means and variances of the features are those of all the samples seen so far, and the
        penalty is spread over their total weight. It also goes on from where ``fit`` or ``load``
        left off. The solver and ``max_iter`` play no part.

        Args:
            X: numbers, shape (n_samples, n_features).
            y: labels, shape (n_samples,).
            classes: every label that will ever come; needed on the first call.
            sample_weight: shape (n_samples,), >= 0, or None for ones.

        Returns:
            The estimator itself.

        Raises:
            TypeError: an argument of the wrong type, or data that are not numbers.
            ValueError: as for ``fit``; a label not in ``classes``; ``classes`` missing on the first
                call or changed on a later one; a learning rate so high that the loss overflows.
        """
        op = "partial_fit"
        settings = self._checked_settings(op)
        first = not hasattr(self, "coef_")
        names = feature_names(op, X)
        features = check_features(op, X)
        if not first:
            self._check_schema(op, names, features)
        labels = check_labels(op, y, len(features))
        weights = check_weights(op, sample_weight, len(features))
        known = self._stream_classes(op, classes)
        index = _index_of(op, labels, known)
        if not weights.all():
            features, index, weights = (a[weights > 0] for a in (features, index, weights))
        training = Training(settings, features, index, len(known), weights)
        if first:
            self._set_schema(features.shape[1], names, known)
        else:
            training.resume(
                self._moments, self.coef_, self.intercept_, self._velocity, self.loss_curve_
            )
        try:
            training.run_pass()
        finally:
            self._keep(training)
        return self

    def _stream_classes(self, op: str, classes: Any) -> np.ndarray:
        if classes is None:
            if hasattr(self, "classes_"):
                return self.classes_
            raise ValueError(
                f"{op}: classes must be given on the first call, got None; pass every label that "
                "will come, e.g. classes=np.unique(y)"
            )
        known, _ = unique_labels(op, check_labels(op, classes))
        if len(known) < 2:
            raise ValueError(f"{op}: classes must hold at least 2 labels, got 1 class")
        if hasattr(self, "classes_") and not np.array_equal(known, self.classes_):
            raise ValueError(
                f"{op}: classes must stay as they were on the first call, "
                f"{self.classes_.tolist()!r}, got {known.tolist()!r}"
            )
        return known

    # -- use --------------------------------------------------------------------------------

    def decision_function(self, X: Any) -> np.ndarray:
        """Scores of the samples; the larger, the more of that class.

        Args:
            X: numbers, shape (n_samples, n_features).

        Returns:
            float64. Two classes: shape (n_samples,), positive where ``classes_[1]`` is predicted.
            More: shape (n_samples, n_classes), largest where predicted. It is
            ``X @ coef_.T + intercept_``, less 0.5 for the squared loss.

        Raises:
            ValueError: not fitted, or ``X`` does not fit what was fitted.
        """
        scores = self._scores("decision_function", X)
        if self.loss == "squared":
            scores = scores - 0.5
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> np.ndarray:
        """The most likely class of each sample.

        Args:
            X: numbers, shape (n_samples, n_features).

        Returns:
            Labels from ``classes_``, shape (n_samples,).

        Raises:
            ValueError: not fitted, or ``X`` does not fit what was fitted.
        """
        scores = self._scores("predict", X)
        if scores.shape[1] == 1:
            threshold = 0.5 if self.loss == "squared" else 0.0
            return self.classes_[(scores[:, 0] > threshold).astype(np.intp)]
        return self.classes_[np.argmax(scores, axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class.

        For the squared loss these are the outputs moved to the nearest probabilities (for two
        classes: clipped to [0, 1]), not calibrated ones.

        Args:
            X: numbers, shape (n_samples, n_features).

        Returns:
            float64, shape (n_samples, n_classes), in the order of ``classes_``; rows sum to 1.

        Raises:
            ValueError: not fitted, or ``X`` does not fit what was fitted.
        """
        return scores_to_probabilities(self.loss, self._scores("predict_proba", X))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Share of samples predicted right.

        Args:
            X: numbers, shape (n_samples, n_features).
            y: true labels, shape (n_samples,).
            sample_weight: shape (n_samples,), or None for ones.

        Returns:
            Weighted accuracy in [0, 1].

        Raises:
            ValueError: not fitted, or shapes that do not fit.
        """
        predicted = self.predict(X)
        labels = check_labels("score", y, len(predicted))
        weights = check_weights("score", sample_weight, len(predicted))
        return float(np.average(predicted == labels, weights=weights))

    def _scores(self, op: str, X: Any) -> np.ndarray:
        if not hasattr(self, "coef_"):
            raise not_fitted_error(
                f"{op}: This {type(self).__name__} instance is not fitted yet; call fit first"
            )
        names = feature_names(op, X)
        features = check_features(op, X)
        self._check_schema(op, names, features)
        with tf.device(check_device(type(self).__name__, self.device)):
            product = tf.matmul(
                tf.convert_to_tensor(features), tf.convert_to_tensor(self.coef_), transpose_b=True
            )
            return (product + tf.convert_to_tensor(self.intercept_)).numpy()

    # -- files ------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a safetensors file, wholly or not at all.

        Args:
            path: the file to write; an old one is replaced.

        Raises:
            OSError: the file cannot be written.
            TypeError: the labels are of a kind that the file cannot hold.
            ValueError: not fitted.
        """
        from pyten.linear.model_file import save_model

        save_model(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LinearClassifier:
        """Read a model that ``save`` wrote.

        Args:
            path: the file.

        Returns:
            A fitted estimator; ``random_state`` is None, or the seed if it was one.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is truncated, damaged or not a model of this kind.
        """
        from pyten.linear.model_file import load_model

        return load_model(cls, path)

    # -- inside -----------------------------------------------------------------------------

    def _checked_settings(self, op: str) -> Settings:
        name = type(self).__name__
        loss = check_choice(name, "loss", self.loss, LOSSES)
        if self.l2 is None:
            l2 = 1.0 if loss == "logistic" else 0.0
        else:
            l2 = check_number(name, "l2", self.l2, 0.0)
        if not isinstance(self.standardize, (bool, np.bool_)):
            raise TypeError(f"{name}: standardize must be True or False, got {self.standardize!r}")
        max_iter = self.max_iter
        if max_iter is not None:
            max_iter = check_integer(name, "max_iter", max_iter, 1)
        return Settings(
            loss=loss,
            l2=l2,
            standardize=bool(self.standardize),
            solver=check_choice(name, "solver", self.solver, SOLVERS),
            learning_rate=check_number(name, "learning_rate", self.learning_rate, 0.0, strict=True),
            max_iter=max_iter,
            tol=check_number(name, "tol", self.tol, 0.0, strict=True),
            init=check_choice(name, "init", self.init, ("zeros", "uniform")),
            batch_size=check_integer(name, "batch_size", self.batch_size, 1),
            momentum=check_number(name, "momentum", self.momentum, 0.0, below=1.0),
            device=check_device(name, self.device),
            random=random_generator(name, self.random_state),
        )

    def _forget(self) -> None:
        # A data frame's names must not outlive it; every other attribute is set anew by fit.
        vars(self).pop("feature_names_in_", None)

    def _set_schema(self, n_features: int, names: np.ndarray | None, classes: np.ndarray) -> None:
        self.n_features_in_ = n_features
        if names is not None:
            self.feature_names_in_ = names
        self.classes_ = classes

    def _keep(self, training: Training) -> None:
        self.coef_, self.intercept_ = training.coef
        self.loss_ = training.trace.loss
        self.loss_curve_ = training.trace.losses
        self.n_iter_ = len(self.loss_curve_)
        self._moments = training.moments
        self._velocity = training.velocity

    def _check_schema(self, op: str, names: np.ndarray | None, features: np.ndarray) -> None:
        fitted = getattr(self, "feature_names_in_", None)
        kind = type(self).__name__
        if fitted is not None and names is None:
            message = f"X does not have valid feature names, but {kind} was fitted with some"
            warnings.warn(f"{op}: {message} feature names", UserWarning, stacklevel=4)
        elif fitted is None and names is not None:
            message = f"X has feature names, but {kind} was fitted without feature names"
            warnings.warn(f"{op}: {message}", UserWarning, stacklevel=4)
        elif names is not None and fitted is not None and not np.array_equal(names, fitted):
            raise ValueError(
                f"{op}: The feature names should match those that were passed during fit, "
                f"{fitted.tolist()!r}, in this order, got {names.tolist()!r}"
            )
        if features.shape[1] != self.n_features_in_:
            raise ValueError(
                f"{op}: X has {features.shape[1]} features, but {kind} is expecting "
                f"{self.n_features_in_} features as input, got X.shape={features.shape}"
            )


def _index_of(op: str, labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    try:
        index = np.searchsorted(classes, labels)
    except TypeError:
        raise TypeError(
            f"{op}: y must hold labels of the same kind as classes, got dtypes {labels.dtype} and "
            f"{classes.dtype}"
        ) from None
    index = np.minimum(index, len(classes) - 1)
    strange = classes[index] != labels
    if strange.any():
        raise ValueError(
            f"{op}: y must hold only labels in classes, {classes.tolist()!r}, got "
            f"{labels[strange].tolist()[0]!r}"
        )
    return index
