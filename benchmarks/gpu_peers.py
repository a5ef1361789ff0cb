"""The libraries of the GPU benchmark: the same work on one GPU, as each library's users write it.

A library makes its arrays on the GPU once; a work's function is then called again and again, and
`wait` returns when the GPU has done everything. A work that a library lacks is not in its table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[[], Any]
LEARNING_RATE = 0.1


class Pyten:
    name = "pyten"

    def __init__(self) -> None:
        import pyten as tf

        if not tf.config.list_logical_devices("GPU"):
            raise RuntimeError(tf._core.accelerator_problem())
        self.tf = tf
        self.version = tf.__version__
        self.device = tf._core.accelerator_info(0)["name"]

    def wait(self) -> None:
        self.tf._core.accelerator_synchronize(0)

    def release(self) -> None:
        self.tf.config.release()

    def array(self, a: np.ndarray, dtype: str | None = None) -> Any:
        with self.tf.device("GPU:0"):
            t = self.tf.constant(a)
            return self.tf.cast(t, dtype) if dtype else t

    def numpy(self, t: Any) -> np.ndarray:
        return self.tf.cast(t, "float32").numpy() if t.dtype == "bfloat16" else t.numpy()

    def copy_seconds(self, nbytes: int) -> float:
        """The device's own copy: the limit that the others are compared with."""
        return self.tf._core.measure_accelerator_copy(0, nbytes, 20)

    def variants(self, work: str, arrays: list[Any]) -> dict[str, Function]:
        tf = self.tf
        one: dict[str, Callable[..., Any]] = {
            "copy": lambda x: tf.concat([x], 0),
            "add": tf.add,
            "exp": tf.exp,
            "relu": tf.nn.relu,
            "sum": tf.reduce_sum,
            "softmax": tf.nn.softmax,
            "layer_norm": lambda x, g, b: tf.nn.layer_normalization(x, g, b, epsilon=1e-5),
            "transpose": lambda x: tf.reshape(tf.transpose(x), [-1]),
            "matmul": tf.matmul,
            "small_add": tf.add,
        }
        if work in one:
            f = one[work]
            return {"eager": lambda: f(*arrays)}
        if work == "matmul_tf32":
            return {"eager": lambda: self._tf32(arrays)}
        return {"mlp": self._mlp, "article": self._article}[work](*arrays)

    def _tf32(self, arrays: list[Any]) -> Any:
        enable = self.tf.config.experimental.enable_tensor_float_32_execution
        enable(True)
        try:
            return self.tf.matmul(*arrays)
        finally:
            enable(False)

    def _steps(self, make: Callable[[], Function]) -> dict[str, Function]:
        def under(f: Function) -> Function:
            def step() -> Any:
                with self.tf.device("GPU:0"):
                    return f()

            return step

        with self.tf.device("GPU:0"):
            return {"eager": under(make()), "graph": under(self.tf.cuda.graph(make()))}

    def _mlp(self, x: Any, labels: Any, *weights: Any) -> dict[str, Function]:
        tf = self.tf

        def make() -> Function:
            variables = [tf.Variable(w) for w in weights]
            w1, b1, w2, b2 = variables
            optimizer = tf.optimizers.Adam(0.001)
            optimizer.build(variables)

            def step() -> Any:
                with tf.GradientTape() as tape:
                    hidden = tf.nn.relu(tf.matmul(x, w1) + b1)
                    loss = tf.reduce_mean(
                        tf.nn.sparse_softmax_cross_entropy_with_logits(
                            labels=labels, logits=tf.matmul(hidden, w2) + b2
                        )
                    )
                optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
                return loss

            return step

        return self._steps(make)

    def _article(self, x: Any, targets: Any, start: Any) -> dict[str, Function]:
        tf = self.tf

        def make() -> Function:
            w, b = tf.Variable(start), tf.Variable(tf.zeros(1))

            def step() -> Any:
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.square(targets - (tf.matmul(x, w) + b)))
                dw, db = tape.gradient(loss, [w, b])
                w.assign_sub(dw * LEARNING_RATE)
                b.assign_sub(db * LEARNING_RATE)
                return loss

            return step

        return self._steps(make)


class Torch:
    name = "torch"

    def __init__(self) -> None:
        import torch

        if not torch.cuda.is_available():
            raise RuntimeError("it sees no GPU")
        self.torch = torch
        self.version = torch.__version__
        self.device = torch.cuda.get_device_name(0)

    def wait(self) -> None:
        self.torch.cuda.synchronize()

    def release(self) -> None:
        self.torch.cuda.empty_cache()

    def array(self, a: np.ndarray, dtype: str | None = None) -> Any:
        t = self.torch.tensor(a, device="cuda")
        return t.to(getattr(self.torch, dtype)) if dtype else t

    def numpy(self, t: Any) -> np.ndarray:
        return t.detach().float().cpu().numpy()

    def variants(self, work: str, arrays: list[Any]) -> dict[str, Function]:
        torch, functional = self.torch, self.torch.nn.functional
        one: dict[str, Callable[..., Any]] = {
            "copy": torch.clone,
            "add": torch.add,
            "exp": torch.exp,
            "relu": torch.relu,
            "sum": torch.sum,
            "softmax": lambda x: torch.softmax(x, -1),
            "layer_norm": lambda x, g, b: functional.layer_norm(x, x.shape[-1:], g, b, 1e-5),
            "transpose": lambda x: x.t().reshape(-1),
            "matmul": torch.matmul,
            "small_add": torch.add,
        }
        if work in one:
            f = one[work]
            return {"eager": lambda: f(*arrays)}
        if work == "matmul_tf32":
            return {"eager": lambda: self._tf32(arrays)}
        return {"mlp": self._mlp, "article": self._article}[work](*arrays)

    def _tf32(self, arrays: list[Any]) -> Any:
        settings = self.torch.backends.cuda.matmul
        settings.allow_tf32 = True
        try:
            return self.torch.matmul(*arrays)
        finally:
            settings.allow_tf32 = False

    def _captured(self, step: Function) -> Function:
        """The step as PyTorch's own documentation captures one: warmed up on a side stream."""
        torch = self.torch
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            loss = step()

        def replay() -> Any:
            graph.replay()
            return loss

        return replay

    def _trained(self, loss_of: Callable[[], Any], optimizer: Any) -> Function:
        def step() -> Any:
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of()
            loss.backward()
            optimizer.step()
            return loss

        return step

    def _mlp(self, x: Any, labels: Any, *weights: Any) -> dict[str, Function]:
        torch, functional = self.torch, self.torch.nn.functional

        def make(graphed: bool) -> Function:
            w1, b1, w2, b2 = variables = [w.clone().requires_grad_() for w in weights]
            adam = torch.optim.Adam(variables, lr=0.001, eps=1e-7, capturable=graphed, foreach=True)
            return self._trained(
                lambda: functional.cross_entropy(torch.relu(x @ w1 + b1) @ w2 + b2, labels), adam
            )

        return {"eager": make(False), "graph": self._captured(make(True))}

    def _article(self, x: Any, targets: Any, start: Any) -> dict[str, Function]:
        torch = self.torch

        def make() -> Function:
            w = start.clone().requires_grad_()
            b = torch.zeros(1, device="cuda", requires_grad=True)
            sgd = torch.optim.SGD([w, b], lr=LEARNING_RATE)
            return self._trained(lambda: torch.nn.functional.mse_loss(x @ w + b, targets), sgd)

        return {"eager": make(), "graph": self._captured(make())}


class CuPy:
    name = "cupy"

    def __init__(self) -> None:
        import cupy

        if not cupy.cuda.runtime.getDeviceCount():
            raise RuntimeError("it sees no GPU")
        self.cupy = cupy
        self.version = cupy.__version__
        self.device = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()

    def wait(self) -> None:
        self.cupy.cuda.get_current_stream().synchronize()

    def release(self) -> None:
        self.cupy.get_default_memory_pool().free_all_blocks()

    def array(self, a: np.ndarray, dtype: str | None = None) -> Any:
        if dtype == "bfloat16":
            raise TypeError("CuPy has no bfloat16")
        return self.cupy.asarray(a)

    def numpy(self, t: Any) -> np.ndarray:
        return self.cupy.asnumpy(t)

    def variants(self, work: str, arrays: list[Any]) -> dict[str, Function]:
        cupy = self.cupy
        one: dict[str, Callable[..., Any]] = {
            "copy": cupy.copy,
            "add": cupy.add,
            "exp": cupy.exp,
            "relu": lambda x: cupy.maximum(x, 0),
            "sum": cupy.sum,
            "transpose": lambda x: x.T.ravel(),
            "matmul": cupy.matmul,
            "small_add": cupy.add,
        }
        return {"eager": lambda: one[work](*arrays)} if work in one else {}


LIBRARIES: tuple[Any, ...] = (Pyten, Torch, CuPy)
