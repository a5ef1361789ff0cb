"""Tells the compiled core what it needs of the Python side. Imported before anything else."""

from __future__ import annotations

from pyten import _core, _thread_limits, errors, nest
from pyten._dtypes import ALL_DTYPES, as_dtype
from pyten._shape import TensorShape
from pyten._structures import IndexedSlices

_core._register(
    dtypes=ALL_DTYPES,
    as_dtype=as_dtype,
    tensor_shape=TensorShape,
    errors=errors.KINDS,
    flatten=nest.flatten,
    pack=nest.pack_sequence_as,
    indexed_slices=IndexedSlices,
)

_thread_limits.attach()
