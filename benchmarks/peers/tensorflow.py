"""TensorFlow, eager and under tf.function."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers import Peer, Variants
from benchmarks.peers.tensorflow_api import TensorFlowAPI, to_numpy


class TensorFlow(TensorFlowAPI):
    name = "tensorflow"

    def numpy(self, value: Any) -> np.ndarray:
        return to_numpy(value)

    def variants_of(self, make: Callable[[], Callable[[], Any]]) -> Variants:
        return {"eager": make(), "function": self.tf.function(make())}

    def jacobian(self, *arrays: Any, by: str) -> Variants:
        # The eager one traces a loop at every call and takes seconds.
        return {"function": super().jacobian(*arrays, by=by)["function"]}


def load(threads: int) -> Peer:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return TensorFlow(tf)
