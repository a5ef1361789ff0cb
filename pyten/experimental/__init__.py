"""What TensorFlow calls experimental: the exchange of memory by DLPack."""

from __future__ import annotations

import sys as _sys

from pyten import _teach
from pyten.experimental import dlpack

__all__ = ["dlpack"]

_teach.attach(_sys.modules[__name__], dlpack)
