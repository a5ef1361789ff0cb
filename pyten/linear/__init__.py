"""Linear classification on pyten's own tensors and tape.

``pyten.LinearClassifier`` is the public name; this package is imported at its first use, never by
``import pyten``.
"""

from __future__ import annotations

from pyten.linear.classifier import LinearClassifier, Step
from pyten.linear.sklearn_compat import ConvergenceWarning, NotFittedError

__all__ = ["ConvergenceWarning", "LinearClassifier", "NotFittedError", "Step"]
