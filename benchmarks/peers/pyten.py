"""pyten."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers import Peer, Variants
from benchmarks.peers.tensorflow_api import TensorFlowAPI, to_numpy
from benchmarks.reference import chain


class Pyten(TensorFlowAPI):
    name = "pyten"

    def numpy(self, value: Any) -> np.ndarray:
        return to_numpy(value)

    def normalized(self, x: Any, scale: Any, offset: Any) -> Any:
        return self.tf.nn.layer_normalization(x, scale, offset, epsilon=1e-5)

    # -- What the check for NaN and infinity costs ---------------------------------------------------
    def checked(self, step: Callable[[], Any], again: Callable[[], Any]) -> Variants:
        tf = self.tf

        def checked() -> Any:
            with tf.debugging.check_numerics_enabled(True):
                return step()

        return {"checked": checked, "unchecked": again}

    def checked_linear(self, *arrays: Any) -> Variants:
        return self.checked(*(self.linear_step(*arrays)["eager"] for _ in range(2)))

    def checked_classifier(self, *arrays: Any) -> Variants:
        step = lambda: self.classifier_step(*arrays, optimizer="sgd")["eager"]
        return self.checked(step(), step())

    def checked_chain(self, x: Any) -> Variants:
        tf = self.tf
        a = tf.constant(x)

        class Names:
            abs, maximum, sqrt, square = tf.abs, tf.maximum, tf.sqrt, tf.square

        step = lambda: tf.minimum(chain(a, Names), 3.0)
        return self.checked(step, step)

    # -- Two models at once --------------------------------------------------------------------------
    def side_by_side(self, *arrays: Any, steps: int) -> Variants:
        """Two models, each on one thread of its own, and one after the other."""
        from threading import Thread

        counts = self.tf.config.threading

        def variant(together: bool) -> Callable[[], Any]:
            models = [self.classifier_step(*arrays, optimizer="adam")["eager"] for _ in range(2)]
            losses: list[Any] = [None, None]

            def train(i: int) -> None:
                for _ in range(steps):
                    losses[i] = models[i]()

            def work() -> Any:
                before = counts.get_intra_op_parallelism_threads()
                counts.set_intra_op_parallelism_threads(1)
                try:
                    threads = [Thread(target=train, args=(i,)) for i in (0, 1)]
                    for thread in threads:
                        thread.start()
                        if not together:
                            thread.join()
                    for thread in threads:
                        thread.join()
                finally:
                    counts.set_intra_op_parallelism_threads(before)
                return losses

            return work

        return {"threads": variant(True), "in turns": variant(False)}


def load(threads: int) -> Peer:
    os.environ["OMP_NUM_THREADS"] = str(threads)
    import pyten as tf

    return Pyten(tf)
