"""``pyten doctor``."""

from __future__ import annotations

import argparse
import ctypes
import importlib.metadata
import importlib.util
import os
import platform
import sys
from typing import Any

__all__ = ["run"]

_EXTRAS = (
    ("matplotlib", "matplotlib", "pictures", "pip install pyten[plot]"),
    ("PIL", "pillow", "animations", "pip install pyten[plot]"),
    ("tqdm", "tqdm", "progress bars", "pip install pyten[plot]"),
    ("ml_dtypes", "ml_dtypes", "bfloat16 arrays in NumPy", "pip install ml_dtypes"),
    ("sklearn", "scikit-learn", "pipelines and searches", "pip install scikit-learn"),
)


def run(options: argparse.Namespace) -> int:
    """Say what pyten runs on.

    Args:
        options: of the command line; none matter.

    Returns:
        The exit status, 0.
    """
    info = _runtime_info()
    for line in [*_system(info), *_cpu(info), *_gpu(info), *_extras()]:
        print(line)
    return 0


def _runtime_info() -> dict[str, Any]:
    try:
        from pyten import _core

        return dict(_core.runtime_info())
    except (ImportError, AttributeError) as error:
        print(f"note: the compiled core does not answer ({error})", file=sys.stderr)
        return {}


def _system(info: dict[str, Any]) -> list[str]:
    import numpy

    import pyten

    version = info.get("version") or getattr(pyten, "__version__", "of unknown version")
    built = f", built with {info['compiler']}" if info.get("compiler") else ""
    return [
        f"pyten {version}{built}",
        f"Python {platform.python_version()} and NumPy {numpy.__version__} on "
        f"{platform.system()} {platform.machine()}",
    ]


def _cpu(info: dict[str, Any]) -> list[str]:
    lines = ["", "CPU"]
    level = info.get("cpu_capability", "unknown")
    forced = os.environ.get("PYTEN_CPU_CAPABILITY")
    why = f", as PYTEN_CPU_CAPABILITY={forced} asks" if forced else ""
    lines.append(f"  kernels in use: {level}{why}")
    available = list(info.get("cpu_capabilities") or [])
    if available:
        lines.append(f"  this machine can run: {', '.join(map(str, available))}")
    threads = info.get("threads")
    if threads is not None:
        limit = os.environ.get("OMP_NUM_THREADS")
        why = f", as OMP_NUM_THREADS={limit} asks" if limit else ""
        lines.append(f"  threads: {threads} of {os.cpu_count()} processors{why}")
    return lines


def _gpu(info: dict[str, Any]) -> list[str]:
    lines = ["", "GPU"]
    names, problem = _usable() if info else ([], "")
    built = bool(names) or "no GPU kernels" not in problem
    lines.append(f"  GPU kernels in this build: {'yes' if built else 'no'}")
    driver, devices = _nvidia()
    if driver:
        lines.append(f"  NVIDIA driver: found, with {devices} GPU{'' if devices == 1 else 's'}")
    else:
        lines.append("  NVIDIA driver: not found")
    if names:
        lines += [f"  ready: GPU:{i} is {name}" for i, name in enumerate(names)]
        return lines
    missing = []
    if not built:
        missing.append("a pyten built where there is nvcc (CMake option PYTEN_CUDA)")
    if not driver:
        missing.append("NVIDIA's driver")
    elif not devices:
        missing.append("a GPU that the driver can see")
    if missing:
        lines.append(f"  computing on a GPU needs {' and '.join(missing)};")
    else:
        lines.append(f"  no GPU can be used: {problem};")
    lines.append("  everything runs on the CPU")
    return lines


def _usable() -> tuple[list[str], str]:
    """The names of the GPUs that pyten can use, and why there are none."""
    from pyten import _core
    from pyten._device import gpu_count

    names = [_core.accelerator_info(i)["name"] for i in range(gpu_count())]
    return names, _core.accelerator_problem()


def _nvidia() -> tuple[bool, int]:
    """Whether NVIDIA's driver is there, and how many GPUs it sees."""
    name = "nvcuda.dll" if os.name == "nt" else "libcuda.so.1"
    try:
        library = ctypes.CDLL(name)
        count = ctypes.c_int(0)
        if library.cuInit(0) != 0 or library.cuDeviceGetCount(ctypes.byref(count)) != 0:
            return True, 0
    except (OSError, AttributeError):
        return False, 0
    return True, count.value


def _extras() -> list[str]:
    lines = ["", "Extras"]
    for module, package, use, remedy in _EXTRAS:
        if importlib.util.find_spec(module) is None:
            lines.append(f"  {package}: missing, needed for {use}: {remedy}")
            continue
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            version = "found"
        lines.append(f"  {package}: {version} ({use})")
    return lines
