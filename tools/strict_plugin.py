"""Pytest plug-in `-p strict_plugin`: pyten.array_api takes the place of array_api_strict.

scikit-learn and SciPy run their array API tests on array_api_strict. What they ask of it beyond the
standard is here: a version, flags that do nothing, and two devices that both are the CPU.
"""

import sys
from typing import Any

import pyten.array_api as xp


def _device(name: str) -> Any:
    return xp.__array_namespace_info__().default_device()


class _Info(type(xp.__array_namespace_info__())):  # type: ignore[misc]
    def dtypes(self, *, device: Any = None, kind: Any = None) -> Any:
        return super().dtypes(kind=kind)  # of "device1", too

    def devices(self) -> Any:
        return list(super().devices())  # a list until the standard of 2025, and SciPy adds to it


xp.__version__ = "2.6.1"
xp.Device = _device
xp.set_array_api_strict_flags = lambda **flags: None
xp.__array_namespace_info__ = _Info
sys.modules["array_api_strict"] = xp
