"""Automatic differentiation."""

from pyten._core import GradientTape

__all__ = ["GradientTape"]
