"""Input pipelines: sequences of tensors that are transformed, shuffled and put into batches.

Everything runs in the calling thread when an element is asked for. Slices of tensors that are only
shuffled, repeated or cut are kept as row numbers until they are put into batches, so that a batch
is one gather.
"""

from __future__ import annotations

from pyten._dataset import AUTOTUNE, INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset, Options

__all__ = ["AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "Dataset", "Options"]
