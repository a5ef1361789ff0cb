"""Automatic differentiation."""

from pyten._core import GradientTape
from pyten._forward import ForwardAccumulator

__all__ = ["ForwardAccumulator", "GradientTape"]
